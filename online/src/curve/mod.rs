//! Authenticated points of a curve whose scalar field is the session's field. Feature `curve`.
//!
//! Source: SPDZ's authentication (ePrint 2011/535, 2012/642) carried over to a group of prime order: MACs and the MAC check
//! are linear, so they hold word for word in the exponent. A point X is shared as ⟨X⟩ = (X_i, Γ(X)_i) with Σ X_i = X and
//! Σ Γ(X)_i = α·X, under the MAC key of the session.
//!
//! | operation | rounds | material an element | sent an element |
//! |---|---|---|---|
//! | ⟦x⟧·B for public B, sums, public scalars, public points | 0 | – | – |
//! | [`mul`]: ⟦x⟧·⟨Y⟩ | 1 | 1 triple | 1 scalar, 1 point |
//! | [`Session::open_points`] (U) | 1 | – | 1 point |
//! | [`Session::reveal_points`] (V) | 1, and the checks | – | 1 point |
//! | [`Session::reveal_points_to`] (V) | 1, and the checks | 1 mask | 1 point |
//!
//! A point travels uncompressed (96 bytes on BLS12-381 G1): decompressing costs a square root, more than the bytes cost on
//! any network faster than about 20 Mbit/s. Points join the session's rounds, its gate and its checks: one check covers
//! all field elements and points of all groups that were opened since the last one.
//!
//! Assumes: α and the shares are hidden by the MAC scheme alone. Nothing here rests on discrete logarithms being hard; what
//! a revealed point hides of its logarithm does.
//!
//! **Not constant time**: ark-ec branches and looks tables up by secret scalars. Whoever can measure this process finely
//! may learn about secrets that go through here.

mod base;
mod codec;
mod mul;
mod opened;
mod openings;
mod operators;
mod points;
mod session;

use ark_ec::{CurveGroup, PrimeGroup};
use speedwell_field::ArkField;
use speedwell_field::CurveField;

pub use self::base::Base;
pub use self::codec::{decode, encode, point_bytes};
pub use self::mul::mul;
pub use self::opened::{OpenedPoints, PointsOpening};
pub use self::points::Points;
#[cfg(doc)]
use crate::session::Session;

/// A group of prime order whose scalars are a session's field. Every such group of ark-ec is one.
pub trait Curve: CurveGroup<ScalarField: CurveField> {}
impl<C: CurveGroup<ScalarField: CurveField>> Curve for C {}

/// The field of a session over the scalars of `C`.
pub type Scalar<C> = ArkField<<C as PrimeGroup>::ScalarField>;
