#![doc = include_str!("../README.md")]
//!
//! This crate re-exports the crates of the workspace: [`field`], [`net`], [`online`], [`offline`], [`stats`].
#![forbid(unsafe_code)]

pub use speedwell_field as field;
pub use speedwell_net as net;
pub use speedwell_offline as offline;
pub use speedwell_online as online;
pub use speedwell_stats as stats;

#[cfg(feature = "curve")]
pub use speedwell_online::curve;

pub mod local;

/// What most programs need.
pub mod prelude {
    pub use crate::field::{Field, Fp127, Goldilocks};
    pub use crate::local::{run_local, run_local_with};
    pub use crate::net::PartyId;
    pub use crate::online::linear::Matrix;
    pub use crate::online::protocol::{dot, inverse, matmul, mul, square};
    pub use crate::online::{
        Bit, Config, Error, Fixed, Int, Interval, Opened, Opt, Rational, Result, Session, Shares, join,
        join_all, try_join, try_join_all,
    };
}
