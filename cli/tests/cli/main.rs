//! The binary as its users meet it: files in, files and messages out.

mod setup;
mod support;
