//! The limit of a field: which intervals its elements can stand for.

use speedwell_field::Field;

use super::interval::Interval;
use crate::error::{RangeFault, UsageFault};

/// (p − 1)/2, the largest absolute value that an element can stand for; at most i128::MAX.
pub(crate) fn half<F: Field>() -> i128 {
    let modulus = F::modulus();
    let limb = |at: usize| u128::from(modulus.get(at).copied().unwrap_or(0));
    if modulus.iter().skip(2).any(|limb| *limb != 0) {
        return i128::MAX;
    }
    // p is odd, so this is (p − 1)/2.
    let p = limb(0) | limb(1).wrapping_shl(64);
    i128::try_from(p.wrapping_shr(1)).unwrap_or(i128::MAX)
}

/// The interval of a result, if the field can hold it.
pub(crate) fn admit<F: Field>(
    operation: &'static str,
    operands: &[Interval],
    result: Option<Interval>,
) -> Result<Interval, UsageFault> {
    let limit = half::<F>();
    match result {
        Some(range) if range.lo() >= limit.saturating_neg() && range.hi() <= limit => Ok(range),
        _ => Err(fault::<F>(operation, operands)),
    }
}

/// The refusal of an operation whose result the field cannot hold.
pub(crate) fn fault<F: Field>(operation: &'static str, operands: &[Interval]) -> UsageFault {
    let operands = operands.to_vec();
    UsageFault::Range(Box::new(RangeFault { operation, operands, field: F::NAME, limit: half::<F>() }))
}
