//! The SPDZ online phase: authenticated shares, sessions, MAC checks, arithmetic protocols.
//!
//! A vector is opened in one of three ways, by type and by name:
//! - [`Session::open`] (U): masked by a fresh uniform element used once. May stay unchecked for a while;
//! - [`Session::open_statistical`] (S): masked only statistically;
//! - [`Session::reveal`] (V): not masked; the only way to field elements.
//!
//! Before the first share of an S or V opening leaves, a check over everything opened before has passed; after a V
//! opening a second check covers it, and only then are its values given. An error that a cheater injects into an earlier
//! opening would otherwise show in what is seen before any later check can object.
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions))]

pub mod blame;
pub mod coin;
mod config;
#[cfg(feature = "curve")]
pub mod curve;
mod error;
mod join;
mod journal;
mod key;
pub mod linear;
mod mac;
mod mask;
pub mod number;
mod opened;
pub mod order;
mod plan;
mod prep;
pub mod protocol;
mod public;
mod report;
mod round;
mod session;
mod share;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transcript;
mod weakness;
pub mod wire;

pub use config::Config;
pub use error::{AbortCode, CheckFault, Error, PeerFault, RangeFault, Result, UsageFault};
pub use join::{join, join_all, try_join, try_join_all};
pub use journal::{EpochState, Journal, JournalError, MemoryJournal};
pub use key::MacKey;
pub use mask::{Favour, Masking, Shape};
pub use number::{Bit, Fixed, Int, Interval, Opt, Rational, Ulps};
pub use opened::Opened;
pub use plan::{plan, plan_with};
pub use prep::{Inverses, Kind, Masks, Preprocessing, Squares, Triples};
pub use report::{NetworkProfile, Report, mac_level};
pub use session::{Input, Opening, Session};
pub use share::Shares;
#[cfg(feature = "testing")]
pub use weakness::Weakness;
