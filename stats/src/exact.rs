//! Exact rationals and square roots of rationals, and their decimals.
//!
//! A decimal of d digits is the nearest multiple of 10⁻ᵈ, ties towards plus infinity: floor(x·10ᵈ + ½) / 10ᵈ. It is
//! correctly rounded: the error is at most half a unit of the last digit, and the digits are the same on every machine,
//! because everything is integer arithmetic.

use num_bigint::{BigInt, BigUint, Sign};
use std::ops::{Add, Mul, Sub};

/// A rational number in lowest terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rational {
    pub numerator: BigInt,
    /// Positive.
    pub denominator: BigInt,
}

impl Rational {
    /// `numerator / denominator`, `None` for a denominator of 0.
    pub(crate) fn new(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Option<Self> {
        let (mut numerator, mut denominator) = (numerator.into(), denominator.into());
        match denominator.sign() {
            Sign::NoSign => return None,
            Sign::Minus => (numerator, denominator) = (-numerator, -denominator),
            Sign::Plus => {}
        }
        let divisor = BigInt::from(gcd(numerator.magnitude().clone(), denominator.magnitude().clone()));
        Some(Self { numerator: numerator / &divisor, denominator: denominator / divisor })
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.numerator.sign() == Sign::Minus
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.numerator.sign() == Sign::NoSign
    }

    /// The quotient, `None` for a divisor of 0.
    pub(crate) fn over(&self, divisor: &Self) -> Option<Self> {
        Self::new(&self.numerator * &divisor.denominator, &self.denominator * &divisor.numerator)
    }

    /// The decimal of so many digits.
    pub(crate) fn decimal(&self, digits: u32) -> String {
        let scaled = &self.numerator * BigInt::from(10).pow(digits) * 2 + &self.denominator;
        point(&floor_div(&scaled, &(&self.denominator * 2)), digits)
    }

    /// The decimal of the square root, with a minus sign in front of the root if `negative`. `self` is not negative.
    pub(crate) fn root_decimal(&self, negative: bool, digits: u32) -> String {
        // With s = 2·√q·10ᵈ: the nearest integer to s/2 is floor((s + 1)/2), and ceil((s − 1)/2) towards minus infinity
        // on ties; both depend on floor(s) or ceil(s) alone.
        let top = self.numerator.magnitude() * BigUint::from(10u32).pow(2 * digits) * 4u32;
        let below = self.denominator.magnitude();
        let square = &top / below;
        let floor = square.sqrt();
        if !negative {
            return point(&BigInt::from((floor + 1u32) / 2u32), digits);
        }
        let exact = &floor * &floor * below == top;
        let ceil = if exact { floor } else { floor + 1u32 };
        point(&-BigInt::from(ceil / 2u32), digits) // ceil((c − 1)/2) = floor(c/2)
    }
}

/// Rationals are closed under these; the denominators are never 0.
fn combined(numerator: BigInt, denominator: BigInt) -> Rational {
    let divisor = BigInt::from(gcd(numerator.magnitude().clone(), denominator.magnitude().clone()));
    Rational { numerator: numerator / &divisor, denominator: denominator / divisor }
}

impl Add for &Rational {
    type Output = Rational;
    fn add(self, other: Self) -> Rational {
        let top = &self.numerator * &other.denominator + &other.numerator * &self.denominator;
        combined(top, &self.denominator * &other.denominator)
    }
}

impl Sub for &Rational {
    type Output = Rational;
    fn sub(self, other: Self) -> Rational {
        let top = &self.numerator * &other.denominator - &other.numerator * &self.denominator;
        combined(top, &self.denominator * &other.denominator)
    }
}

impl Mul for &Rational {
    type Output = Rational;
    fn mul(self, other: Self) -> Rational {
        combined(&self.numerator * &other.numerator, &self.denominator * &other.denominator)
    }
}

impl From<i128> for Rational {
    fn from(x: i128) -> Self {
        Self { numerator: x.into(), denominator: 1.into() }
    }
}

fn gcd(mut a: BigUint, mut b: BigUint) -> BigUint {
    while b.bits() > 0 {
        (a, b) = (b.clone(), a % b);
    }
    a
}

/// `floor(a / b)` for positive b.
fn floor_div(a: &BigInt, b: &BigInt) -> BigInt {
    let quotient = a / b; // truncates
    if (a % b).sign() == Sign::Minus { quotient - 1 } else { quotient }
}

/// An integer with a decimal point in front of its last digits.
fn point(scaled: &BigInt, digits: u32) -> String {
    let digits = digits as usize;
    let text = format!("{:0>width$}", scaled.magnitude().to_string(), width = digits + 1);
    let (whole, fraction) = text.split_at(text.len() - digits);
    let sign = if scaled.sign() == Sign::Minus { "-" } else { "" };
    if digits == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rational(a: i128, b: i128) -> Rational {
        Rational::new(a, b).unwrap()
    }

    #[test]
    fn decimals_round_to_nearest_ties_up() {
        for (a, b, digits, text) in [
            (1, 8, 2, "0.13"),
            (-1, 8, 2, "-0.12"),
            (1, 3, 3, "0.333"),
            (-2, 3, 3, "-0.667"),
            (1, 2, 0, "1"),
            (-1, 2, 0, "0"),
            (-3, 2, 0, "-1"),
            (7, 1, 1, "7.0"),
            (-1, 1000, 2, "0.00"),
            (999, 1000, 2, "1.00"),
            (5, -4, 1, "-1.2"),
        ] {
            assert_eq!(rational(a, b).decimal(digits), text, "{a}/{b}");
        }
        assert_eq!(Rational::new(1, 0), None);
    }

    #[test]
    fn roots_round_to_nearest_ties_up() {
        for (a, b, negative, digits, text) in [
            (2, 1, false, 4, "1.4142"),
            (2, 1, true, 4, "-1.4142"),
            (1, 4, false, 0, "1"), // the root is 0.5
            (1, 4, true, 0, "0"),  // −0.5
            (9, 4, true, 0, "-1"), // −1.5
            (9, 4, false, 0, "2"),
            (1, 64, true, 2, "-0.12"),
            (0, 1, true, 3, "0.000"),
            (1, 1, true, 3, "-1.000"),
        ] {
            assert_eq!(rational(a, b).root_decimal(negative, digits), text, "{a}/{b} {negative}");
        }
    }

    proptest! {
        #![proptest_config(crate::testing::cases(256))]

        /// The definition, checked without division: r = d/10^k is nearest to a/b, ties up, iff −b < 2(a·10^k − d·b) ≤ … .
        #[test]
        fn decimal_is_within_half_a_unit(a in -10_000_000i128..10_000_000, b in 1i128..10_000, digits in 0u32..6) {
            let text = rational(a, b).decimal(digits);
            let d: i128 = text.replace('.', "").parse().unwrap();
            let twice_error = 2 * (a * 10i128.pow(digits) - d * b); // (x − r)·2·b·10^k
            prop_assert!(-b <= twice_error && twice_error < b, "{}", text);
        }

        #[test]
        fn root_is_within_half_a_unit(a in 0i128..10_000_000, b in 1i128..10_000, digits in 0u32..4, negative: bool) {
            let text = rational(a, b).root_decimal(negative, digits);
            let d: i128 = text.replace('.', "").parse().unwrap();
            // |d| − ½ ≤ √q·10^k ≤ |d| + ½, squared and cleared of fractions; the open end depends on the sign.
            let (scaled, d) = (4 * a * 10i128.pow(2 * digits), d.abs());
            let low = if d == 0 { 0 } else { (2 * d - 1) * (2 * d - 1) * b };
            let high = (2 * d + 1) * (2 * d + 1) * b;
            prop_assert!(low <= scaled && scaled <= high);
            let half_open = if negative { d == 0 || low < scaled } else { scaled < high };
            prop_assert!(half_open, "{}", text);
        }

        #[test]
        fn field_operations(a in -50i128..50, b in 1i128..20, c in -50i128..50, d in 1i128..20) {
            let (x, y) = (rational(a, b), rational(c, d));
            prop_assert_eq!(&x + &y, rational(a * d + c * b, b * d));
            prop_assert_eq!(&x - &y, rational(a * d - c * b, b * d));
            prop_assert_eq!(&x * &y, rational(a * c, b * d));
            prop_assert_eq!(x.over(&y), Rational::new(a * d, b * c));
            prop_assert_eq!(rational(3 * a, 3 * b), x);
        }
    }
}
