//! Functions of secret numbers: division, roots, exponentials, logarithms, sigmoids.
//!
//! Each is planned in ordinary integers from public intervals before the first byte: which steps, how long each rounded
//! value may be, and a bound of the error that is a theorem. What has no plan is refused. Only what enters a rounding or a
//! comparison needs room; a product that is used in sums and products only may wrap around p, for the sum that is rounded in
//! the end is right modulo p and short. Proofs stand in `docs/arithmetic.md`.

pub(crate) mod division;
pub(crate) mod exponential;
mod inverse_root;
pub(crate) mod logarithm;
mod normal;
mod onehot;
mod polynomial;
pub(crate) mod quotient;
mod reciprocal;
pub(crate) mod root;
pub(crate) mod sigmoid;
mod tables;

use speedwell_field::Field;

use super::Interval;
use super::rounding::Rounding;
use crate::error::{Result, UsageFault};
use crate::mask::power;
use crate::protocol::mul_all;
use crate::session::Session;
use crate::share::Shares;

/// Bits that the sum of the bit bounds of a rounded product may have: three fewer than the longest number that can be
/// masked. One is the sign, and one covers offsets of rounding and the 1 + 2^−11 of approximate reciprocals.
pub(crate) fn limit<F: Field>(s: &Session<F>) -> i64 {
    i64::from(s.longest_masked()).min(126).saturating_sub(3)
}

/// Bits of x.
pub(crate) fn bit_length(x: u128) -> i64 {
    i64::from(u128::BITS.saturating_sub(x.leading_zeros()))
}

/// A planned number of bits. Plans hold none that is negative or above 127.
pub(crate) fn bits(x: i64) -> u32 {
    u32::try_from(x).unwrap_or(0)
}

/// The exponent of an error.
pub(crate) fn exponent(x: i64) -> i32 {
    i32::try_from(x).unwrap_or(i32::MAX)
}

/// All x with |x| ≤ 2^bits·(1 + 2^−8).
pub(crate) fn within(bound: i64) -> Interval {
    let top = above(bound);
    Interval::new(top.saturating_neg(), top).unwrap_or(Interval::point(0))
}

/// All x with 0 ≤ x ≤ 2^bits·(1 + 2^−8).
pub(crate) fn from_zero(bound: i64) -> Interval {
    Interval::new(0, above(bound)).unwrap_or(Interval::point(0))
}

fn above(bound: i64) -> i128 {
    let power = 1_i128.checked_shl(bits(bound)).filter(|power| *power > 0).unwrap_or(i128::MAX);
    power.saturating_add(power.wrapping_shr(8))
}

/// x·2^by.
pub(crate) fn up<F: Field>(x: &Shares<F>, by: i64) -> Shares<F> {
    if by == 0 { x.clone() } else { x * power::<F>(bits(by)) }
}

/// The integer nearest to x/2^by, ties upwards; x·2^−by for a negative `by`.
pub(crate) async fn rounded<F: Field>(
    s: &Session<F>,
    x: &Shares<F>,
    range: Interval,
    by: i64,
) -> Result<Shares<F>> {
    if by <= 0 {
        return Ok(up(x, by.saturating_neg()));
    }
    Rounding::nearest::<F>("rounding", range, bits(by))?.run(s, x).await
}

/// ⌊x/2^by⌋.
pub(crate) async fn cut<F: Field>(
    s: &Session<F>,
    x: &Shares<F>,
    range: Interval,
    by: i64,
) -> Result<Shares<F>> {
    Rounding::down::<F>("rounding", range, bits(by))?.run(s, x).await
}

/// Sums of products, element by element, all in one round.
pub(crate) async fn inner_all<F: Field>(
    s: &Session<F>,
    sums: &[Vec<(&Shares<F>, &Shares<F>)>],
) -> Result<Vec<Shares<F>>> {
    let pairs: Vec<(&Shares<F>, &Shares<F>)> = sums.iter().flatten().copied().collect();
    let mut products = mul_all(s, &pairs).await?.into_iter();
    let of_one = |sum: &Vec<_>| products.by_ref().take(sum.len()).reduce(|sum, product| sum + &product);
    Ok(sums.iter().filter_map(of_one).collect())
}

/// The one input of a routine.
pub(crate) fn only<F: Field>(inputs: &[Shares<F>]) -> Result<&Shares<F>> {
    Ok(inputs.first().ok_or_else(|| crate::share::length_fault("function", 0, 1))?)
}

/// The refusal of an operation for which no plan has room.
pub(crate) fn no_room<F: Field>(s: &Session<F>, operation: &'static str, need: i64) -> UsageFault {
    UsageFault::NoRoom { operation, need: bits(need), have: bits(limit(s)) }
}
