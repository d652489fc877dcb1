//! Preprocessing for Speedwell: the building blocks of LowGear.
//!
//! [`bgv`] is the ring and the encryption that the pairwise protocols stand on.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions))]

pub mod bgv;
