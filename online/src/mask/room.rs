//! Which masks the field has room for.
//!
//! A bounded mask of x, |x| < 2^(k−1), is r' + 2^l·r'' with l exact bits r' and r'' < B·n or, where it is put in by
//! parties that prove it, |r''| < n·M. The opened integer x + 2^(k−1) + r' + 2^l·r'' must not wrap:
//! 2^k + 2^(k−1) + 2^l·n·M < p/2. It is taken centred, because a cheater's part may be negative.
//!
//! r'' of k − l + kappa bits hides x but for 2^−kappa; kappa = level + 1 + ⌈log2 openings⌉ gives the level to all
//! openings of a run together.

use speedwell_field::Field;

use super::shape::Shape;
use crate::number::limit::half;
use crate::round::MaskBudget;

/// Attempts of a range proof that are put in together.
pub(crate) const ATTEMPTS: usize = 8;
/// An attempt of m values, rows R and bound B hides behind masks below M ≥ 2^5·R·m·B: it is rejected with probability at
/// most 2^-5, all eight with 2^-40.
const SLACK: u32 = 5;

/// Largest log2 M of a proof: twice that much fits u128.
pub(crate) const LONGEST_PROOF: u32 = 126;

/// Sizes of the range proofs of one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Values of a batch.
    pub(crate) batch: usize,
    /// Rows: each lets a value out of range pass with probability 1/2.
    pub(crate) rows: usize,
    /// log2 B: an honest value is below B.
    pub(crate) beta: u32,
    /// log2 M: an accepted value is above −M and below M.
    pub(crate) bound: u32,
}

/// Bits by which the high part of a mask is longer than what it hides.
pub(crate) fn kappa(budget: &MaskBudget) -> u32 {
    budget.level.saturating_add(1).saturating_add(ceil_log2(budget.openings))
}

/// Length of the high part of a mask: k − l + kappa.
pub(crate) fn high_bits(shape: &Shape, budget: &MaskBudget) -> u32 {
    shape.bits().saturating_sub(shape.low()).saturating_add(kappa(budget))
}

/// Sizes of the proofs for `n` values of this shape, in batches of at most 4096.
pub(crate) fn proof(shape: &Shape, budget: &MaskBudget, parties: usize, n: usize) -> Proof {
    proof_below(high_bits(shape, budget), budget, parties, n)
}

/// Sizes of the proofs that `n` numbers of each of `parties` are below 2^`beta`.
pub(crate) fn proof_below(beta: u32, budget: &MaskBudget, parties: usize, n: usize) -> Proof {
    let batch = n.clamp(1, 4096);
    // 2^-level over all attempts of all batches of the run.
    let batches = budget.openings.div_ceil(u64::try_from(batch).unwrap_or(1)).max(1);
    let attempts = u64::try_from(ATTEMPTS.saturating_mul(parties)).unwrap_or(u64::MAX);
    let rows = budget.level.saturating_add(ceil_log2(batches.saturating_mul(attempts)));
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let spread = u64::try_from(batch.saturating_mul(rows)).unwrap_or(u64::MAX);
    Proof { batch, rows, beta, bound: beta.saturating_add(ceil_log2(spread)).saturating_add(SLACK) }
}

/// Whether x and a mask with `parts` high parts of absolute values below 2^`high` fit.
///
/// # Errors
/// The bits that they take, and the bits that the field has for them.
pub(crate) fn fits<F: Field>(shape: &Shape, parts: usize, high: u32) -> Result<(), (u32, u32)> {
    let (k, above) = (shape.bits(), shape.low().saturating_add(high));
    let parts = u64::try_from(parts).unwrap_or(u64::MAX);
    let need = above.saturating_add(ceil_log2(parts)).max(k.saturating_add(1)).saturating_add(1);
    let have = F::BITS.saturating_sub(1);
    let fits = if F::BITS > 128 {
        need < have
    } else {
        let term = |factor: u64, power: u32| {
            let shifted = 1_u128.checked_shl(power).filter(|_| power < 128)?;
            shifted.checked_mul(u128::from(factor))
        };
        // 3·2^(k−1) + parts·2^above ≤ (p − 1)/2, exactly.
        let sum = term(3, k.saturating_sub(1)).zip(term(parts, above)).and_then(|(x, y)| x.checked_add(y));
        sum.is_some_and(|sum| sum <= half::<F>().unsigned_abs())
    };
    if fits { Ok(()) } else { Err((need, have)) }
}

/// ⌈log2 x⌉, 0 for 0.
pub(crate) fn ceil_log2(x: u64) -> u32 {
    64_u32.saturating_sub(x.saturating_sub(1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_field::{Fp127, Goldilocks};

    #[test]
    fn logarithms_are_rounded_up() {
        let expected = [0, 0, 1, 2, 2, 3, 3, 3, 3, 4];
        assert_eq!((0..10).map(ceil_log2).collect::<Vec<_>>(), expected);
        assert_eq!(ceil_log2(u64::MAX), 64);
    }

    /// The bound of the module head, recomputed in logarithms on both sides of each edge.
    #[test]
    fn what_fits_is_what_does_not_wrap() {
        let p = (1_u128 << 127) - (1 << 65) + 1;
        for bits in 2..125 {
            for by in [1, bits / 2, bits - 1] {
                let shape = Shape::Floor { bits, by: by.max(1).min(bits - 1) };
                for (parts, high) in (2..11).flat_map(|n| (1..125 - by).map(move |high| (n, high))) {
                    let sum = 3.0 * 2_f64.powi(bits as i32 - 1)
                        + parts as f64 * 2_f64.powi((shape.low() + high) as i32);
                    let half = (p / 2) as f64;
                    // Where floating point is sure.
                    if (sum - half).abs() > half * 1e-9 {
                        assert_eq!(
                            fits::<Fp127>(&shape, parts, high).is_ok(),
                            sum < half,
                            "{shape:?} {parts} {high}"
                        );
                    }
                }
            }
        }
    }

    /// A 32-bit comparison of two secrets has room at level 40 for 2^24 openings between two, three and five parties, not
    /// at level 64; a 64-bit one has none; Goldilocks has none.
    #[test]
    fn the_room_of_the_usual_comparisons() {
        let room = |bits, level, parts| {
            let (shape, budget) = (Shape::sign(bits), MaskBudget { level, openings: 1 << 24, only: None });
            fits::<Fp127>(&shape, parts, proof(&shape, &budget, parts, 4096).bound).is_ok()
        };
        for parts in [2, 3, 5] {
            assert!(room(33, 40, parts));
            assert!(!room(33, 64, parts));
            assert!(!room(65, 40, parts));
        }
        let shape = Shape::sign(8);
        assert!(
            fits::<Goldilocks>(
                &shape,
                2,
                high_bits(&shape, &MaskBudget { level: 40, openings: 1 << 24, only: None })
            )
            .is_err()
        );
    }
}
