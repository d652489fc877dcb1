//! Intervals from which wide integers are drawn: uniform masks and flooding.

use num_bigint::BigUint;

/// Bits of a digit of a wide integer. A digit below 2^48 times a residue of 50 bits is reduced in double precision to
/// 0.6 q or less, so that twelve such products are added up before the sum is reduced; and six bytes make a digit.
pub const DIGIT_BITS: u32 = 48;

/// The half-open interval `[-half, half)` with `half = top/2 · 2^(48·low)`.
///
/// A uniform element is `Σ d_j 2^(48j) + t 2^(48·low) - half`: `low` free digits d_j and t below `top` (even, at most 2^96, drawn
/// by rejection). A bound that does not have this form is rounded outwards ([`at_least`](Self::at_least)) or inwards
/// ([`at_most`](Self::at_most)) by less than one part in 2^46, and by nothing below 2^95.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    top: u128,
    low: u32,
}

#[allow(
    clippy::arithmetic_side_effects,
    reason = "big integers do not overflow; the rest are bit counts of public bounds"
)]
impl Range {
    /// The smallest interval of this form that contains `[-bound, bound)`; `bound` is at least 1.
    #[must_use]
    pub fn at_least(bound: &BigUint) -> Self {
        let low = Self::low_digits(bound);
        let unit = BigUint::from(1_u32) << (DIGIT_BITS * low);
        Self::new((bound + &unit - 1_u32) / unit, low)
    }

    /// The largest interval of this form that is contained in `[-bound, bound)`; `bound` is at least 1.
    #[must_use]
    pub fn at_most(bound: &BigUint) -> Self {
        let low = Self::low_digits(bound);
        Self::new(bound >> (DIGIT_BITS * low), low)
    }

    /// Half the length.
    #[must_use]
    pub fn half(&self) -> BigUint {
        BigUint::from(self.top / 2) << (DIGIT_BITS * self.low)
    }

    /// Number of values of the top part.
    #[must_use]
    pub fn top(&self) -> u128 {
        self.top
    }

    /// Number of free digits below the top part.
    #[must_use]
    pub fn low(&self) -> u32 {
        self.low
    }

    /// Half the top part is at most 2^95.
    fn low_digits(bound: &BigUint) -> u32 {
        let bits = u32::try_from(bound.bits()).unwrap_or(u32::MAX);
        bits.saturating_sub(2 * DIGIT_BITS - 1).div_ceil(DIGIT_BITS)
    }

    fn new(half_top: BigUint, low: u32) -> Self {
        Self { top: 2 * u128::try_from(half_top).unwrap_or(1), low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_brackets_its_bound_closely() {
        for bits in 1..700_u32 {
            for offset in [0_u32, 1, 12345] {
                let bound = (BigUint::from(1_u32) << bits) + offset;
                let (outer, inner) = (Range::at_least(&bound), Range::at_most(&bound));
                assert!(outer.half() >= bound && inner.half() <= bound, "{bits} bits");
                assert!(&outer.half() - &bound <= &bound >> 46, "{bits} bits outwards");
                assert!(&bound - inner.half() <= &bound >> 46, "{bits} bits inwards");
                for range in [outer, inner] {
                    assert!(range.top() <= 1 << 96 && range.top() % 2 == 0, "{bits} bits");
                }
            }
        }
    }
}
