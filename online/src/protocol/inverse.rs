//! # Inversion (Bar-Ilan and Beaver, PODC 1989)
//!
//! Entrywise ⟦z⟧ = ⟦x⁻¹⟧. Rounds: 2, and the 6 of two checks. Triples: n. Sent to each peer: 2n elements and the checks.
//! Differs from the paper: the random factor is the b of the triple that makes the product, so that
//! ⟦x·b⟧ = ε⟦b⟧ + ⟦c⟧ with ε = x − a needs no other material.
//! Leaks: whether an entry is zero (that is the error). A b that is zero, probability 1/p, gives the same error.
//! The product is zero exactly when its entry is, even if ε was tampered with; so it is revealed, not merely opened:
//! otherwise a cheater could test a guess of x by shifting ε.

use speedwell_field::Field;

use crate::error::{Result, UsageFault};
use crate::prep::Triples;
use crate::session::Session;
use crate::share::Shares;

/// Entrywise inverse of a vector of n elements.
///
/// # Errors
/// [`UsageFault::ZeroInverse`] at every party if an entry is zero; [`Error::Exhausted`](crate::Error::Exhausted) for want
/// of n triples; whatever ends the session.
pub async fn inverse<F: Field>(s: &Session<F>, x: &Shares<F>) -> Result<Shares<F>> {
    // 1. Spend one triple per entry; its b is the random factor.
    let Triples { a, b, c } = s.triples(x.len())?;
    // 2. ⟦x·b⟧ = (x − a)⟦b⟧ + ⟦c⟧.
    let eps = s.open(x - &a).await?;
    let product = c + &b * &eps;
    // 3. Reveal x·b: uniform among the non-zero elements unless x is zero.
    let mut product = s.reveal(&product).await?;
    if let Some(index) = product.iter().position(|z| *z == F::ZERO) {
        return Err(UsageFault::ZeroInverse { index }.into());
    }
    // 4. ⟦x⁻¹⟧ = (x·b)⁻¹⟦b⟧.
    F::batch_inverse(&mut product);
    Ok(b.mul_public(&product))
}
