//! Preprocessing for Speedwell.
//!
//! [`lowgear`] makes authenticated material among parties who do not trust each other; [`bgv`] is the ring and the encryption that it
//! stands on.
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
pub mod lowgear;
