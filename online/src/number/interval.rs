//! Closed intervals of integers, and what arithmetic does to them.
//!
//! Every operation on a bounded number computes the interval of its result first, in i128. `None` is an interval that no
//! i128 can name; whoever asked for it is refused.

use std::fmt;
use std::ops::RangeInclusive;

use crate::error::UsageFault;

/// All integers from `lo` to `hi`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    lo: i128,
    hi: i128,
}

impl Interval {
    /// The interval from `lo` to `hi`.
    ///
    /// # Errors
    /// [`UsageFault::EmptyInterval`] if `lo` is above `hi`.
    pub fn new(lo: i128, hi: i128) -> Result<Self, UsageFault> {
        if lo > hi { Err(UsageFault::EmptyInterval { lo, hi }) } else { Ok(Self { lo, hi }) }
    }

    /// The interval that holds `x` alone.
    #[must_use]
    pub const fn point(x: i128) -> Self {
        Self { lo: x, hi: x }
    }

    /// 0 and 1.
    #[must_use]
    pub const fn bit() -> Self {
        Self { lo: 0, hi: 1 }
    }

    /// 0 to 2^bits − 1; `bits` of 127 and more give all non-negative integers.
    #[must_use]
    pub fn unsigned(bits: u32) -> Self {
        Self { lo: 0, hi: if bits >= 127 { i128::MAX } else { below_power(bits) } }
    }

    /// −2^(bits−1) to 2^(bits−1) − 1; `bits` of 128 and more give all integers.
    #[must_use]
    pub fn signed(bits: u32) -> Self {
        let hi = Self::unsigned(bits.saturating_sub(1)).hi;
        Self { lo: !hi, hi }
    }

    /// −bound to bound.
    #[must_use]
    pub fn symmetric(bound: u64) -> Self {
        let hi = i128::from(bound);
        Self { lo: hi.saturating_neg(), hi }
    }

    /// The smallest element.
    #[must_use]
    pub const fn lo(&self) -> i128 {
        self.lo
    }

    /// The largest element.
    #[must_use]
    pub const fn hi(&self) -> i128 {
        self.hi
    }

    /// Whether `x` lies in it.
    #[must_use]
    pub fn contains(&self, x: i128) -> bool {
        self.lo <= x && x <= self.hi
    }

    /// Whether all of `other` lies in it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.lo <= other.lo && other.hi <= self.hi
    }

    /// The largest absolute value.
    #[must_use]
    pub fn magnitude(&self) -> u128 {
        self.lo.unsigned_abs().max(self.hi.unsigned_abs())
    }

    /// The least k ≥ 1 with −2^(k−1) ≤ x < 2^(k−1) for every element x.
    #[must_use]
    pub fn signed_bits(&self) -> u32 {
        let bits =
            |x: i128| 129_u32.saturating_sub(if x < 0 { (!x).leading_zeros() } else { x.leading_zeros() });
        bits(self.lo).max(bits(self.hi))
    }

    /// The least k with x − lo < 2^k for every element x.
    #[must_use]
    pub fn width_bits(&self) -> u32 {
        128_u32.saturating_sub(self.hi.abs_diff(self.lo).leading_zeros())
    }

    /// Sums.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self { lo: self.lo.checked_add(other.lo)?, hi: self.hi.checked_add(other.hi)? })
    }

    /// Differences.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Option<Self> {
        Some(Self { lo: self.lo.checked_sub(other.hi)?, hi: self.hi.checked_sub(other.lo)? })
    }

    /// Negatives.
    #[must_use]
    pub fn negated(&self) -> Option<Self> {
        Some(Self { lo: self.hi.checked_neg()?, hi: self.lo.checked_neg()? })
    }

    /// Products.
    #[must_use]
    pub fn times(&self, other: &Self) -> Option<Self> {
        let corners = [
            self.lo.checked_mul(other.lo)?,
            self.lo.checked_mul(other.hi)?,
            self.hi.checked_mul(other.lo)?,
            self.hi.checked_mul(other.hi)?,
        ];
        Some(Self { lo: corners.into_iter().min()?, hi: corners.into_iter().max()? })
    }

    /// Squares.
    #[must_use]
    pub fn squared(&self) -> Option<Self> {
        let (lo, hi) = (self.lo.checked_mul(self.lo)?, self.hi.checked_mul(self.hi)?);
        Some(Self { lo: if self.contains(0) { 0 } else { lo.min(hi) }, hi: lo.max(hi) })
    }

    /// Sums of `n` elements.
    #[must_use]
    pub fn sum_of(&self, n: usize) -> Option<Self> {
        let n = i128::try_from(n).ok()?;
        Some(Self { lo: self.lo.checked_mul(n)?, hi: self.hi.checked_mul(n)? })
    }

    /// Absolute values.
    #[must_use]
    pub fn absolute(&self) -> Option<Self> {
        let (lo, hi) = (self.lo.checked_abs()?, self.hi.checked_abs()?);
        Some(Self { lo: if self.contains(0) { 0 } else { lo.min(hi) }, hi: lo.max(hi) })
    }

    /// The smallest interval that covers both.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What min (x, y) may be.
    #[must_use]
    pub fn least(&self, other: &Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.min(other.hi) }
    }

    /// What max (x, y) may be.
    #[must_use]
    pub fn greatest(&self, other: &Self) -> Self {
        Self { lo: self.lo.max(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What is left of it between `lo` and `hi`: every element moved to the nearest of those.
    #[must_use]
    pub fn clamped(&self, to: &Self) -> Self {
        Self { lo: self.lo.clamp(to.lo, to.hi), hi: self.hi.clamp(to.lo, to.hi) }
    }

    /// ⌊x / 2^bits⌋.
    #[must_use]
    pub fn shifted_down(&self, bits: u32) -> Self {
        let bits = bits.min(127);
        Self { lo: self.lo.wrapping_shr(bits), hi: self.hi.wrapping_shr(bits) }
    }
}

/// 2^bits − 1 for bits < 127.
fn below_power(bits: u32) -> i128 {
    1_i128.checked_shl(bits).map_or(i128::MAX, |power| power.wrapping_sub(1))
}

impl TryFrom<RangeInclusive<i128>> for Interval {
    type Error = UsageFault;
    fn try_from(range: RangeInclusive<i128>) -> Result<Self, UsageFault> {
        Self::new(*range.start(), *range.end())
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.lo, self.hi)
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Vec<Interval> {
        (-4..=4).flat_map(|lo| (lo..=4).map(move |hi| Interval { lo, hi })).collect()
    }

    fn elements(i: &Interval) -> impl Iterator<Item = i128> + Clone + use<> {
        i.lo..=i.hi
    }

    /// The interval of an operation is the hull of all its results.
    #[test]
    fn every_operation_is_tight_and_covers() {
        let hull = |xs: Vec<i128>| Interval { lo: *xs.iter().min().unwrap(), hi: *xs.iter().max().unwrap() };
        for a in small() {
            let one = |f: fn(i128) -> i128| hull(elements(&a).map(f).collect());
            assert_eq!(a.negated(), Some(one(|x| -x)));
            assert_eq!(a.squared(), Some(one(|x| x * x)));
            assert_eq!(a.absolute(), Some(one(i128::abs)));
            assert_eq!(a.shifted_down(1), one(|x| x.div_euclid(2)));
            for b in small() {
                let two = |f: fn(i128, i128) -> i128| {
                    hull(elements(&a).flat_map(|x| elements(&b).map(move |y| f(x, y))).collect())
                };
                assert_eq!(a.plus(&b), Some(two(|x, y| x + y)));
                assert_eq!(a.minus(&b), Some(two(|x, y| x - y)));
                assert_eq!(a.times(&b), Some(two(|x, y| x * y)));
                assert_eq!(a.least(&b), two(|x, y| x.min(y)));
                assert_eq!(a.greatest(&b), two(|x, y| x.max(y)));
            }
        }
    }

    #[test]
    fn bit_lengths_are_the_least_that_hold() {
        for i in small() {
            let k = i.signed_bits();
            assert!(Interval::signed(k).covers(&i), "{i} {k}");
            assert!(k == 1 || !Interval::signed(k - 1).covers(&i), "{i} {k}");
            assert!(i.hi - i.lo < 1 << i.width_bits());
        }
        assert_eq!(Interval::signed(128), Interval { lo: i128::MIN, hi: i128::MAX });
        assert_eq!(Interval::signed(128).signed_bits(), 128);
        assert_eq!(Interval::signed(8), Interval { lo: -128, hi: 127 });
        assert_eq!(Interval::unsigned(8), Interval { lo: 0, hi: 255 });
    }

    #[test]
    fn what_no_i128_can_name_is_refused() {
        let all = Interval::signed(128);
        assert_eq!(all.plus(&Interval::bit()), None);
        assert_eq!(all.negated(), None);
        assert_eq!(all.times(&Interval::point(2)), None);
        assert!(Interval::new(1, 0).is_err());
    }
}
