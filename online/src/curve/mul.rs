//! # Product of a secret scalar and a secret point: step *Multiply* of Π_Online (ePrint 2011/535) in the exponent
//!
//! Entrywise ⟨Z⟩ = ⟨x·Y⟩. Rounds: 1. Triples: n. Sent to each peer: n elements and n points.
//! A triple is of scalars. With G the group's generator, Y = b·G + D makes x·Y the product of a + ε and b·G + D, whence
//! ⟨Z⟩ = (⟦c⟧ + ε⟦b⟧)·G + (⟦a⟧ + ε)·D. D is uniform, as b is.
//! Cost: 8 multiplications an element of which 4, by G, are from a table; the openings' encoding and subgroup check.
//! Assumes: triples authenticated under the session's key, each used once.
#![allow(clippy::arithmetic_side_effects, reason = "the operators of a group are total")]

use ark_ec::CurveGroup;
use speedwell_field::ArkField;
use speedwell_field::CurveField;

use super::{Curve, OpenedPoints, Points, Scalar};
use crate::error::Result;
use crate::prep::Triples;
use crate::session::Session;
use crate::share::{Shares, length_fault};

/// Entrywise product of n secret scalars and n secret points.
///
/// # Errors
/// [`UsageFault::Length`](crate::UsageFault::Length); [`Error::Exhausted`](crate::Error::Exhausted) for want of n triples;
/// whatever ends the session.
pub async fn mul<S: CurveField, C: CurveGroup<ScalarField = S>>(
    s: &Session<ArkField<S>>,
    x: &Shares<ArkField<S>>,
    y: &Points<C>,
) -> Result<Points<C>> {
    if x.len() != y.len() {
        return Err(length_fault("mul", x.len(), y.len()).into());
    }
    // 1. Spend one triple ⟦a⟧, ⟦b⟧, ⟦c⟧ with c = ab per entry.
    let Triples { a, b, c } = s.triples(x.len())?;
    // 2. Open ε = x − a and D = Y − b·G, in one round.
    let (eps, d) = (s.open(x - &a), s.open_points(y - &s.in_exponent(&b)));
    let (eps, d) = (eps.await?, d.await?);
    // 3. ⟨Z⟩ = (⟦c⟧ + ε⟦b⟧)·G + (⟦a⟧ + ε)·D.
    Ok(s.in_exponent::<C>(&(c + b * &eps)) + times_opened(&(a + &eps), &d))
}

/// ⟨x_k·D_k⟩ for opened points D.
fn times_opened<C: Curve>(x: &Shares<Scalar<C>>, d: &OpenedPoints<C>) -> Points<C> {
    if x.is_ghost() {
        return Points::from_scalars(x, |_| Vec::new());
    }
    Points::from_shares(x, d.values())
}
