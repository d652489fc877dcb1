//! Guaranteed intervals of integers, computed before anything runs, so that no sum can leave the field unnoticed.

use num_bigint::{BigInt, Sign};
use std::fmt;

/// All integers from `lo` to `hi`, both included; exact, of any size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The least.
    pub lo: BigInt,
    /// The greatest.
    pub hi: BigInt,
}

impl Interval {
    /// The integers from `lo` to `hi`; the ends may come in either order.
    pub fn new(lo: impl Into<BigInt>, hi: impl Into<BigInt>) -> Self {
        let (lo, hi) = (lo.into(), hi.into());
        if lo <= hi { Self { lo, hi } } else { Self { lo: hi, hi: lo } }
    }

    /// Where the sum of one number of each interval lies.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self { lo: &self.lo + &other.lo, hi: &self.hi + &other.hi }
    }

    /// Where the product of one number of each interval lies.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let ends = [&self.lo * &other.lo, &self.lo * &other.hi, &self.hi * &other.lo, &self.hi * &other.hi];
        let [a, b, c, d] = ends;
        let lo = (&a).min(&b).min(&c).min(&d).clone();
        let hi = a.max(b).max(c).max(d);
        Self { lo, hi }
    }

    /// Where the square of a number of the interval lies.
    #[must_use]
    pub fn square(&self) -> Self {
        let product = self.times(self);
        Self { lo: product.lo.max(BigInt::ZERO), hi: product.hi }
    }

    /// Where the sum of `parties` numbers of the interval lies.
    #[must_use]
    pub fn pooled(&self, parties: usize) -> Self {
        let parties = BigInt::from(parties);
        Self { lo: &self.lo * &parties, hi: &self.hi * &parties }
    }

    /// Where the `k`-fold of a number of the interval lies.
    #[must_use]
    pub fn scaled(&self, k: i64) -> Self {
        self.times(&Self::new(k, k))
    }

    /// Where the sum of at most `count` numbers of the interval lies; none at all sum to 0.
    #[must_use]
    pub fn sum_of_at_most(&self, count: u64) -> Self {
        let with_zero =
            Self { lo: (&self.lo).min(&BigInt::ZERO).clone(), hi: (&self.hi).max(&BigInt::ZERO).clone() };
        with_zero.times(&Self::new(count, count))
    }

    /// What both intervals contain. Both hold the same number, so they meet; if they did not, `self` is the answer.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let lo = (&self.lo).max(&other.lo).clone();
        let hi = (&self.hi).min(&other.hi).clone();
        if lo <= hi { Self { lo, hi } } else { self.clone() }
    }

    /// Whether the number lies in the interval.
    #[must_use]
    pub fn contains(&self, x: &BigInt) -> bool {
        self.lo <= *x && *x <= self.hi
    }

    /// The greatest absolute value.
    #[must_use]
    pub fn magnitude(&self) -> BigInt {
        let abs = |x: &BigInt| if x.sign() == Sign::Minus { -x } else { x.clone() };
        abs(&self.lo).max(abs(&self.hi))
    }

    /// Bits of the greatest absolute value: every number of the interval lies in (−2^bits, 2^bits).
    #[must_use]
    pub fn bits(&self) -> u64 {
        self.magnitude().bits()
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.lo, self.hi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation on small intervals against all pairs of their numbers: contained, and both ends attained.
    #[test]
    fn operations_are_tight() {
        let range = |i: &Interval| i128::try_from(&i.lo).unwrap()..=i128::try_from(&i.hi).unwrap();
        let tight = |values: Vec<i128>, i: &Interval| {
            assert_eq!(
                (values.iter().min(), values.iter().max()),
                (Some(range(i).start()), Some(range(i).end()))
            );
        };
        for (a, b) in [(-3, 2), (-4, -1), (0, 5), (3, 3), (-2, 0)] {
            for (c, d) in [(-3, 2), (-4, -1), (0, 5), (3, 3), (-2, 0)] {
                let (x, y) = (Interval::new(a, b), Interval::new(c, d));
                let pairs = || range(&x).flat_map(|u| range(&y).map(move |v| (u, v)));
                tight(pairs().map(|(u, v)| u + v).collect(), &x.plus(&y));
                tight(pairs().map(|(u, v)| u * v).collect(), &x.times(&y));
                assert_eq!(x.magnitude(), range(&x).map(i128::abs).max().unwrap().into());
            }
            let x = Interval::new(b, a);
            tight(range(&x).map(|u| -3 * u).collect(), &x.scaled(-3));
            assert!(range(&x).all(|u| x.square().contains(&(u * u).into())));
            assert!(x.sum_of_at_most(4).contains(&0.into()) && x.sum_of_at_most(4).contains(&(4 * a).into()));
        }
    }

    #[test]
    fn bits_bound_the_magnitude() {
        assert_eq!(Interval::new(0, 0).bits(), 0);
        assert_eq!(Interval::new(-8, 7).bits(), 4);
        assert_eq!(Interval::new(-7, 7).bits(), 3);
    }
}
