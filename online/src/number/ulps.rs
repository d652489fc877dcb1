//! Upper bounds of errors: non-negative numbers that every operation rounds up.
//!
//! A bound is a mantissa of 64 bits times a power of two, so it is never out of range and never below what it bounds.

use std::fmt;
use std::ops::{Add, Mul};

/// An upper bound of an error, in units of the last place of the number that carries it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ulps {
    /// With its top bit set, or 0.
    mantissa: u64,
    exponent: i32,
}

impl Ulps {
    /// No error.
    pub const ZERO: Self = Self { mantissa: 0, exponent: 0 };
    /// Half a unit: a rounding to nearest.
    pub const HALF: Self = Self { mantissa: 1 << 63, exponent: -64 };
    /// One unit.
    pub const ONE: Self = Self { mantissa: 1 << 63, exponent: -63 };
    /// Nothing is known.
    pub const UNBOUNDED: Self = Self { mantissa: u64::MAX, exponent: i32::MAX };

    /// `numerator`/`denominator`; unbounded for a denominator of 0.
    #[must_use]
    pub fn ratio(numerator: u128, denominator: u128) -> Self {
        Self::from(numerator).over(denominator)
    }

    /// 2^`exponent`.
    #[must_use]
    pub fn power(exponent: i32) -> Self {
        Self { mantissa: 1 << 63, exponent: exponent.saturating_sub(63) }
    }

    /// This times 2^`by`.
    #[must_use]
    pub fn shifted(self, by: i32) -> Self {
        if self.mantissa == 0 || self == Self::UNBOUNDED {
            return self;
        }
        Self { exponent: self.exponent.saturating_add(by), ..self }
    }

    /// This over `divisor`; unbounded for 0.
    #[must_use]
    pub fn over(self, divisor: u128) -> Self {
        if divisor == 0 {
            return Self::UNBOUNDED;
        }
        // The divisor is cut to 63 bits, downwards.
        let drop = 65_u32.saturating_sub(divisor.leading_zeros());
        let divisor = divisor.wrapping_shr(drop);
        let dividend = u128::from(self.mantissa).wrapping_shl(63);
        let quotient = dividend.div_ceil(divisor);
        Self::rounded_up(quotient, self.exponent).shifted(-63).shifted(signed(drop).saturating_neg())
    }

    /// An upper bound of the square root.
    #[must_use]
    pub fn root(self) -> Self {
        if self.mantissa == 0 || self == Self::UNBOUNDED {
            return self;
        }
        let odd = self.exponent & 1;
        let radicand = u128::from(self.mantissa).wrapping_shl(62_u32.wrapping_add(odd.unsigned_abs()));
        let root = radicand.isqrt().wrapping_add(1);
        Self::rounded_up(root, self.exponent.wrapping_sub(odd).wrapping_shr(1).wrapping_sub(31))
    }

    /// The smaller of two bounds of one error.
    #[must_use]
    pub fn least(self, other: Self) -> Self {
        if self.exceeds(other) { other } else { self }
    }

    /// The larger of two.
    #[must_use]
    pub fn greatest(self, other: Self) -> Self {
        if self.exceeds(other) { self } else { other }
    }

    /// Whether this is above `other`.
    #[must_use]
    pub fn exceeds(self, other: Self) -> bool {
        match (self.mantissa, other.mantissa) {
            (0, _) => false,
            (_, 0) => true,
            _ => (self.exponent, self.mantissa) > (other.exponent, other.mantissa),
        }
    }

    /// The bound as a floating-point number that is not below it.
    #[must_use]
    #[allow(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        clippy::arithmetic_side_effects,
        reason = "floating point, then moved up"
    )]
    pub fn as_f64(self) -> f64 {
        if self == Self::UNBOUNDED {
            return f64::INFINITY;
        }
        let mantissa = self.mantissa as f64;
        // The conversion rounds to nearest only where it has more than 53 bits.
        let mantissa = if self.mantissa.trailing_zeros() >= 11 {
            mantissa
        } else {
            mantissa * (1.0 + 2.0 * f64::EPSILON)
        };
        mantissa * 2_f64.powi(self.exponent)
    }

    /// The least integer that is not below it; `None` beyond u128.
    #[must_use]
    pub fn ceiling(self) -> Option<u128> {
        if self.mantissa == 0 {
            return Some(0);
        }
        match u32::try_from(self.exponent) {
            Ok(up) if up <= 64 => Some(u128::from(self.mantissa).wrapping_shl(up)),
            Ok(_) => None,
            Err(_) => {
                let down = self.exponent.unsigned_abs();
                let fraction = down < 64 && self.mantissa.trailing_zeros() >= down;
                let whole = self.mantissa.checked_shr(down).unwrap_or(0);
                Some(u128::from(whole).wrapping_add(u128::from(!fraction)))
            }
        }
    }

    /// mantissa·2^exponent of a longer mantissa.
    fn rounded_up(mantissa: u128, exponent: i32) -> Self {
        if mantissa == 0 {
            return Self::ZERO;
        }
        let zeros = mantissa.leading_zeros();
        let exponent = exponent.saturating_add(64).saturating_sub(signed(zeros));
        let top = mantissa.wrapping_shl(zeros);
        let (high, low) = (top.wrapping_shr(64), top & u128::from(u64::MAX));
        match u64::try_from(high.wrapping_add(u128::from(low != 0))) {
            Ok(mantissa) => Self { mantissa, exponent },
            Err(_) => Self { mantissa: 1 << 63, exponent: exponent.saturating_add(1) },
        }
    }
}

fn signed(x: u32) -> i32 {
    i32::try_from(x).unwrap_or(i32::MAX)
}

impl From<u128> for Ulps {
    fn from(x: u128) -> Self {
        Self::rounded_up(x, 0)
    }
}

impl Add for Ulps {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (large, small) = if self.exceeds(other) { (self, other) } else { (other, self) };
        if small.mantissa == 0 || large == Self::UNBOUNDED {
            return large;
        }
        let apart = u32::try_from(large.exponent.saturating_sub(small.exponent)).unwrap_or(u32::MAX);
        // Two bits of head room; what is cut off below counts as one.
        let wide = |x: u64| u128::from(x).wrapping_shl(62);
        let below = match wide(small.mantissa).checked_shr(apart) {
            Some(shifted) if apart <= 62 => shifted,
            shifted => shifted.unwrap_or(0).saturating_add(1),
        };
        Self::rounded_up(wide(large.mantissa).saturating_add(below), large.exponent.saturating_sub(62))
    }
}

impl Mul for Ulps {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        if self.mantissa == 0 || other.mantissa == 0 {
            return Self::ZERO;
        }
        if self == Self::UNBOUNDED || other == Self::UNBOUNDED {
            return Self::UNBOUNDED;
        }
        let product = u128::from(self.mantissa).saturating_mul(u128::from(other.mantissa));
        Self::rounded_up(product, self.exponent.saturating_add(other.exponent))
    }
}

impl std::iter::Sum for Ulps {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, |sum, x| sum + x)
    }
}

impl fmt::Display for Ulps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4} ulp", self.as_f64())
    }
}

impl fmt::Debug for Ulps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_rationals_are_exact() {
        assert_eq!(Ulps::HALF + Ulps::HALF, Ulps::ONE);
        assert_eq!(Ulps::ratio(3, 4) + Ulps::ratio(1, 4), Ulps::from(1));
        assert_eq!(Ulps::ratio(3, 4) * Ulps::from(12), Ulps::from(9));
        assert_eq!(Ulps::power(-3).shifted(5), Ulps::from(4));
        assert_eq!(Ulps::from(7).as_f64(), 7.0);
        assert_eq!([0, 1, 7].map(|x| Ulps::from(x).ceiling()), [Some(0), Some(1), Some(7)]);
        assert_eq!(Ulps::ratio(7, 2).ceiling(), Some(4));
        assert_eq!(Ulps::power(-200).ceiling(), Some(1));
        assert_eq!(Ulps::power(128).ceiling(), None);
    }

    /// Every operation is at or above the true value, by a relative 2^-60 at most.
    #[test]
    fn operations_round_up_and_hardly() {
        let close = |bound: Ulps, value: f64| {
            assert!(bound.as_f64() >= value * (1.0 - 1e-15), "{bound} {value}");
            assert!(bound.as_f64() <= value * (1.0 + 1e-14), "{bound} {value}");
        };
        let numbers = [1_u128, 3, 10, 12_345, (1 << 64) - 1, (1 << 64) + 1, (1 << 100) + 12_345, u128::MAX];
        for a in numbers {
            close(Ulps::from(a), a as f64);
            close(Ulps::from(a).root(), (a as f64).sqrt());
            for b in numbers {
                close(Ulps::from(a) + Ulps::from(b), a as f64 + b as f64);
                close(Ulps::from(a) * Ulps::from(b), a as f64 * b as f64);
                close(Ulps::ratio(a, b), a as f64 / b as f64);
            }
        }
        assert!((Ulps::ONE + Ulps::power(-500)).exceeds(Ulps::ONE));
        assert!(Ulps::ratio(1, 3) + Ulps::ratio(1, 3) + Ulps::ratio(1, 3) != Ulps::ONE);
        assert_eq!(Ulps::ratio(1, 0) + Ulps::ONE, Ulps::UNBOUNDED);
    }
}
