//! The binary as its users meet it: files in, files and messages out, processes that meet on the loopback.
#![cfg(unix)] // sockets are handed over as standard input

mod bench;
mod data;
mod demo;
mod doctor;
mod malicious;
mod neighbours;
mod peers;
mod relay;
mod run;
mod setup;
mod support;
