//! Uniform numbers below p with shared bits, for full-field masks.
//!
//! For p = 2^a − 2^b + 1 (`Fp127`: 127, 65; `Goldilocks`: 64, 32): a random bits make r < 2^a, which is thrown away if
//! its top a − b bits are all ones, that is if r ≥ 2^a − 2^b. The rest is uniform on [0, p − 2]: at distance 1/p from
//! uniform. Material a number: a random bits and one triple. Rounds: 2, and 6 of two checks.
//! Leaks: how many were thrown away.
//!
//! t = Σ top bits − (a − b) is 0 exactly if r is thrown away; t·ρ with a random ρ is revealed. ρ is the b of the triple
//! that makes the product, as in the inversion of Bar-Ilan and Beaver (PODC 1989); one that is 0, probability 1/p, costs
//! a good number.

use speedwell_field::Field;

use crate::error::Result;
use crate::prep::Triples;
use crate::session::Session;
use crate::share::Shares;

/// a and b of p = 2^a − 2^b + 1, with a − b of at least 20: fewer would throw too many away.
pub(crate) fn special_form<F: Field>() -> Option<(u32, u32)> {
    let (a, b) = (F::BITS, F::TWO_ADICITY);
    let bit = |at: u32| {
        let limb = usize::try_from(at.wrapping_shr(6)).ok().and_then(|limb| modulus_limb::<F>(limb));
        limb.is_some_and(|limb| limb.wrapping_shr(at & 63) & 1 == 1)
    };
    // Bits b to a − 1 and bit 0 are set, no other.
    let special = (0..a).all(|at| bit(at) == (at == 0 || at >= b));
    (special && a.saturating_sub(b) >= 20).then_some((a, b))
}

fn modulus_limb<F: Field>(limb: usize) -> Option<u64> {
    F::modulus().get(limb).copied()
}

/// `n` numbers as bit planes, lowest first. `form` is that of p.
pub(crate) async fn uniform_bits<F: Field>(
    s: &Session<F>,
    n: usize,
    (a, b): (u32, u32),
) -> Result<Vec<Shares<F>>> {
    let parts = usize::try_from(a).unwrap_or(usize::MAX);
    let mut planes: Vec<Shares<F>> = Vec::new();
    while planes.first().map_or(0, Shares::len) < n {
        let missing = n.saturating_sub(planes.first().map_or(0, Shares::len));
        let drawn = s.random_bits(missing.saturating_mul(parts))?.planes(parts);
        let kept = below_modulus(s, &drawn, (a, b)).await?;
        let all = kept.len() == missing;
        let drawn = drawn.into_iter().map(|plane| if all { plane } else { plane.gather(&kept) });
        planes = match planes.is_empty() {
            true => drawn.collect(),
            false => planes.into_iter().zip(drawn).map(|(plane, more)| plane.append(&more)).collect(),
        };
    }
    Ok(planes)
}

/// The positions of the numbers whose top a − b bits are not all ones.
async fn below_modulus<F: Field>(
    s: &Session<F>,
    planes: &[Shares<F>],
    (a, b): (u32, u32),
) -> Result<Vec<usize>> {
    let top = planes.get(usize::try_from(b).unwrap_or(usize::MAX)..).unwrap_or(&[]);
    let Some((first, rest)) = top.split_first() else { return Ok(Vec::new()) };
    let ones = F::from_u64(u64::from(a.saturating_sub(b)));
    let t = rest.iter().fold(first.clone(), |sum, plane| sum + plane) - ones;
    let Triples { a, b, c } = s.triples(t.len())?;
    let eps = s.open(&t - &a).await?;
    let product = s.reveal(&(c + &b * &eps)).await?;
    Ok(product.iter().enumerate().filter(|(_, product)| **product != F::ZERO).map(|(at, _)| at).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_field::{F251, F257, Fp127, Goldilocks};

    #[test]
    fn the_form_of_each_field() {
        assert_eq!(special_form::<Fp127>(), Some((127, 65)));
        assert_eq!(special_form::<Goldilocks>(), Some((64, 32)));
        assert_eq!(special_form::<F251>(), None);
        assert_eq!(special_form::<F257>(), None);
    }
}
