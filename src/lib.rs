//! Speedwell: secure computation among parties who do not trust each other.
//!
//! Parties compute on their pooled data and learn only the agreed result; cheating by all parties but one is caught. It
//! is SPDZ (ePrint 2011/535, 2012/642): preprocessing makes authenticated random material, the online phase computes on
//! authenticated shares, a MAC check stops on cheating before any result is given.
//!
//! ```
//! use speedwell::prelude::*;
//! use speedwell_dealer::InsecureDealer; // material without security; real preprocessing is under way
//!
//! // Three parties hold a number each. They learn the sum of the squares, and nothing else.
//! let seed = [0; 32];
//! let results = local::run_parties(3, |me| InsecureDealer::<Fp127>::new(seed, me, 3), async |s| {
//!     let mine = Fp127::from_u64(10 + s.me().index() as u64); // 10, 11, 12
//!     let numbers = s.input_all(&[mine]).await?;
//!     let numbers = Shares::concat(&numbers.iter().collect::<Vec<_>>()).unwrap();
//!     let sum = dot(s, &numbers, &numbers).await?;
//!     s.reveal(&sum).await
//! });
//! for result in results {
//!     assert_eq!(result?, [Fp127::from_u64(100 + 121 + 144)]);
//! }
//! # Ok::<(), speedwell::online::Error>(())
//! ```
//!
//! This crate re-exports the crates of the workspace: [`field`], [`net`], [`online`], [`offline`], [`stats`].
#![forbid(unsafe_code)]

pub use speedwell_field as field;
pub use speedwell_net as net;
pub use speedwell_offline as offline;
pub use speedwell_online as online;
pub use speedwell_stats as stats;

pub mod local;

/// What most programs need.
pub mod prelude {
    pub use crate::field::{Field, Fp127, Goldilocks};
    pub use crate::local;
    pub use crate::net::PartyId;
    pub use crate::online::protocol::{dot, inverse, matmul, mul, square};
    pub use crate::online::{Error, Opened, Result, Session, Shares, join, join_all, try_join, try_join_all};
}
