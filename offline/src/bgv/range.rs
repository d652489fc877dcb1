//! Intervals from which wide integers are drawn: uniform masks and flooding.

use num_bigint::BigUint;

/// The most bits a digit of a wide integer has. A digit below 2^48 times a residue of 50 bits is reduced in double
/// precision to 0.6 q or less, so that twelve such products are added up before the sum is reduced.
pub const DIGIT_BITS: u32 = 48;

/// The half-open interval `[-half, half)` with `half = top/2 · 2^(bits·low)`.
///
/// A uniform element is `Σ d_j 2^(bits·j) - half`: `low` free digits of `bits` bits and one top digit below `top` (even,
/// at most 2^48). The form makes uniform sampling exact with a rejection on the top digit alone; a bound that does not have
/// it is rounded outwards ([`at_least`](Self::at_least)) or inwards ([`at_most`](Self::at_most)), by less than one part in
/// 2^20, and by nothing below 2^47.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    top: u64,
    low: u32,
    bits: u32,
}

#[allow(
    clippy::arithmetic_side_effects,
    reason = "big integers do not overflow; the rest are bit counts of public bounds"
)]
impl Range {
    /// The smallest interval of this form that contains `[-bound, bound)`; `bound` is at least 1.
    #[must_use]
    pub fn at_least(bound: &BigUint) -> Self {
        let (low, bits) = Self::digits(bound);
        let unit = BigUint::from(1_u32) << (bits * low);
        Self { top: 2 * small(&((bound + &unit - 1_u32) / unit)), low, bits }
    }

    /// The largest interval of this form that is contained in `[-bound, bound)`; `bound` is at least 1.
    #[must_use]
    pub fn at_most(bound: &BigUint) -> Self {
        let (low, bits) = Self::digits(bound);
        Self { top: 2 * small(&(bound >> (bits * low))), low, bits }
    }

    /// Half the length.
    #[must_use]
    pub fn half(&self) -> BigUint {
        BigUint::from(self.top / 2) << (self.bits * self.low)
    }

    /// Number of values of the top digit.
    #[must_use]
    pub fn top(&self) -> u64 {
        self.top
    }

    /// Number of free digits below the top one.
    #[must_use]
    pub fn low(&self) -> u32 {
        self.low
    }

    /// Bits of a free digit.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// As few digits as possible, of equal width: the top one then has more than 20 bits whenever there is another.
    fn digits(bound: &BigUint) -> (u32, u32) {
        let total = u32::try_from(bound.bits()).unwrap_or(u32::MAX).saturating_add(1);
        let count = total.div_ceil(DIGIT_BITS - 1).max(1);
        (count - 1, total.div_ceil(count))
    }
}

/// The value of a big integer known to be below 2^64.
fn small(x: &BigUint) -> u64 {
    x.iter_u64_digits().next().unwrap_or(0)
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
                assert!(&outer.half() - &bound <= &bound >> 20, "{bits} bits outwards");
                assert!(&bound - inner.half() <= &bound >> 20, "{bits} bits inwards");
                for range in [outer, inner] {
                    assert!(
                        range.top() <= 1 << DIGIT_BITS && range.top() % 2 == 0 && range.bits() <= DIGIT_BITS
                    );
                }
            }
        }
    }
}
