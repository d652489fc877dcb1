//! Parties that cheat: for each message of each protocol everything that can be wrong with it, and what every honest
//! party must then say, to the exact error and the state of its epoch.
//!
//! The tests `cheat_<protocol>_bad_<what>` run the quick part of the matrix in [`matrix`]; `SPEEDWELL_LONG=1` runs all of
//! it. The other files hold the attacks that need more than one wrong message, each with its positive control: a build
//! without the defence, in which the attack is seen to work.
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod altered;
mod cell;
mod cheats;
mod scene;
mod verdict;

mod abort;
mod budget;
mod check;
mod coin;
mod consistent;
mod control;
mod frames;
mod fuzz;
mod inputs;
mod inputs_opened;
mod key;
mod leak;
mod masks;
mod matrix;
mod open;
mod order;
mod planted;
mod puppet;
mod ranges;
mod repeat;
mod rushing;
mod session_coin;
mod slack;
mod soundness;
mod statistical;
mod sweep;
mod sweep_matrices;
mod uniform;
mod window;
