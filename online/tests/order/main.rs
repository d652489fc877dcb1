//! Shuffles, sorting, look-up and groups against the same in the clear; what they cost, and that the plan says the same.
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod scene;

mod costs;
mod groups;
mod large;
mod permutations;
mod quantiles;
mod relations;
mod sort;
mod tables;
