//! Parties that cheat where points of a curve are opened: the matrix of `tests/cheat` on the message that holds them and on
//! the group's part of the check, and the attacks that need more than one wrong message, with their positive controls.
#![allow(missing_docs)]

#[path = "../cheat/cell.rs"]
#[allow(dead_code, reason = "aborts in the place of messages are tried in `tests/cheat`")]
mod cell;
#[path = "../cheat/cheats.rs"]
mod cheats;
#[path = "../common/mod.rs"]
mod common;
#[path = "../cheat/fuzz.rs"]
mod fuzz;
#[path = "../cheat/verdict.rs"]
mod verdict;

mod consistent;
mod frames;
mod leak;
mod points;
mod scene;
