//! Public real numbers, exactly: fractions of integers, and what decimal strings say.

use std::fmt;
use std::str::FromStr;

use crate::error::UsageFault;

/// A public rational number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rational {
    numerator: i128,
    /// Positive; no common divisor with the numerator.
    denominator: i128,
}

impl Rational {
    /// `numerator`/`denominator`, with a positive denominator.
    ///
    /// # Errors
    /// [`UsageFault::NotANumber`] for a denominator that is not positive.
    pub fn new(numerator: i128, denominator: i128) -> Result<Self, UsageFault> {
        if denominator <= 0 {
            return Err(UsageFault::NotANumber);
        }
        let divisor = common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).unwrap_or(1);
        let reduced = |x: i128| x.checked_div(divisor).unwrap_or(x);
        Ok(Self { numerator: reduced(numerator), denominator: reduced(denominator) })
    }

    /// The integer nearest to this times 2^`bits` (ties upwards), and whether it is exact; `None` beyond i128.
    #[must_use]
    pub fn scaled(&self, bits: u32) -> Option<(i128, bool)> {
        let (scaled, rest) = self.scaled_floor(bits)?;
        let up = rest.wrapping_shl(1) >= self.denominator.unsigned_abs();
        Some((scaled.checked_add(i128::from(up))?, rest == 0))
    }

    /// The least integer that is not below this times 2^`bits`; `None` beyond i128.
    #[must_use]
    pub fn scaled_ceil(&self, bits: u32) -> Option<i128> {
        let (scaled, rest) = self.scaled_floor(bits)?;
        scaled.checked_add(i128::from(rest > 0))
    }

    /// The largest integer that is not above this times 2^`bits`, and the rest, in parts of the denominator.
    pub(crate) fn scaled_floor(&self, bits: u32) -> Option<(i128, u128)> {
        let mut scaled = self.numerator.div_euclid(self.denominator);
        let mut rest = self.numerator.rem_euclid(self.denominator).unsigned_abs();
        let denominator = self.denominator.unsigned_abs();
        // Long division, a bit at a time: the rest stays below the denominator, which is below 2^127.
        for _ in 0..bits {
            rest = rest.wrapping_shl(1);
            let bit = rest >= denominator;
            rest = if bit { rest.wrapping_sub(denominator) } else { rest };
            scaled = scaled.checked_mul(2)?.checked_add(i128::from(bit))?;
        }
        Some((scaled, rest))
    }

    /// The least number of fraction bits that holds it exactly, if any does.
    #[must_use]
    pub fn fraction_bits(&self) -> Option<u32> {
        self.denominator.unsigned_abs().is_power_of_two().then(|| self.denominator.trailing_zeros())
    }
}

fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a
}

impl From<i128> for Rational {
    fn from(x: i128) -> Self {
        Self { numerator: x, denominator: 1 }
    }
}

impl From<i32> for Rational {
    fn from(x: i32) -> Self {
        Self::from(i128::from(x))
    }
}

/// A decimal number: an optional sign, digits, and at most one point among or beside them; at most 38 digits.
impl FromStr for Rational {
    type Err = UsageFault;
    fn from_str(text: &str) -> Result<Self, UsageFault> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut numerator = 0_i128;
        for digit in whole.chars().chain(fraction.chars()) {
            let digit = digit.to_digit(10).ok_or(UsageFault::NotANumber)?;
            let longer = numerator.checked_mul(10).and_then(|n| n.checked_add(i128::from(digit)));
            numerator = longer.ok_or(UsageFault::NotANumber)?;
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(UsageFault::NotANumber);
        }
        let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
        let denominator = 10_i128.checked_pow(places).ok_or(UsageFault::NotANumber)?;
        Self::new(if negative { numerator.saturating_neg() } else { numerator }, denominator)
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl fmt::Debug for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(text: &str, bits: u32) -> (i128, bool) {
        text.parse::<Rational>().unwrap().scaled(bits).unwrap()
    }

    #[test]
    fn decimals_are_exact_or_nearest() {
        assert_eq!(scaled("0.125", 16), (8192, true));
        assert_eq!(scaled("0.125", 2), (1, false)); // a tie, upwards
        assert_eq!(scaled("-0.125", 2), (0, false)); // a tie, upwards
        assert_eq!(scaled("-3.07", 8), (-786, false)); // -785.92
        assert_eq!(scaled("+7", 3), (56, true));
        assert_eq!(scaled(".5", 1), (1, true));
        assert_eq!(scaled("5.", 1), (10, true));
        assert_eq!(scaled("0.1", 120).0, ((1_i128 << 120) + 5) / 10);
        assert_eq!("0.1875".parse::<Rational>().unwrap().fraction_bits(), Some(4));
        assert_eq!("0.1".parse::<Rational>().unwrap().fraction_bits(), None);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in
            ["", "-", ".", "1.2.3", "1e5", " 1", "0x1", "--1", "1234567890123456789012345678901234567890"]
        {
            assert_eq!(text.parse::<Rational>(), Err(UsageFault::NotANumber), "{text}");
        }
        assert_eq!(Rational::new(1, 0), Err(UsageFault::NotANumber));
        assert_eq!(Rational::from(1).scaled(127), None);
    }
}
