//! What every operation costs, as numbers that are written here; the plan says the same, and so does what the transport
//! counted.
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod table;

mod bits;
mod fixed;
mod functions;
mod integers;
mod linear;
mod masked;
mod masking;
mod order;
