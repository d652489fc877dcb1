//! Revealing fixed-point numbers: as integers of ulps, as decimals, as floating-point numbers.

use speedwell_field::Field;
use speedwell_net::PartyId;

use super::Fixed;
use crate::error::Result;
use crate::session::Session;

impl<F: Field> Fixed<F> {
    /// Reveals the integers X = x·2^f to everybody.
    ///
    /// # Errors
    /// As [`Int::reveal`](crate::Int::reveal).
    pub async fn reveal_scaled(&self, s: &Session<F>) -> Result<Vec<i128>> {
        self.scaled.reveal(s).await
    }

    /// Reveals the integers X = x·2^f to one party; `None` at the others.
    ///
    /// # Errors
    /// As [`Int::reveal_to`](crate::Int::reveal_to).
    pub async fn reveal_scaled_to(&self, s: &Session<F>, party: PartyId) -> Result<Option<Vec<i128>>> {
        self.scaled.reveal_to(s, party).await
    }

    /// Reveals the numbers to everybody, each as the nearest floating-point number.
    ///
    /// # Errors
    /// As [`Int::reveal`](crate::Int::reveal).
    pub async fn reveal(&self, s: &Session<F>) -> Result<Vec<f64>> {
        let scaled = self.reveal_scaled(s).await?;
        Ok(scaled.into_iter().map(|x| to_f64(x, self.fraction_bits)).collect())
    }

    /// Reveals the numbers to everybody, each as a decimal with all its digits, exactly.
    ///
    /// # Errors
    /// As [`Int::reveal`](crate::Int::reveal).
    pub async fn reveal_decimal(&self, s: &Session<F>) -> Result<Vec<String>> {
        let scaled = self.reveal_scaled(s).await?;
        Ok(scaled.into_iter().map(|x| to_decimal(x, self.fraction_bits)).collect())
    }
}

/// X·2^−f to nearest: one rounding, since dividing by a power of two is exact here.
#[allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    reason = "the rounding is what is asked for; at most 120 fraction bits"
)]
fn to_f64(x: i128, fraction_bits: u32) -> f64 {
    let down = i32::try_from(fraction_bits).unwrap_or(i32::MAX);
    x as f64 * 2_f64.powi(-down)
}

/// X·2^−f in full: a multiple of 2^−f has at most f decimals.
fn to_decimal(x: i128, fraction_bits: u32) -> String {
    let magnitude = x.unsigned_abs();
    let below = 1_u128.checked_shl(fraction_bits).map_or(u128::MAX, |power| power.wrapping_sub(1));
    let mut text =
        format!("{}{}", if x < 0 { "-" } else { "" }, magnitude.checked_shr(fraction_bits).unwrap_or(0));
    let mut rest = magnitude & below;
    if rest != 0 {
        text.push('.');
    }
    while rest != 0 {
        // Ten times a rest below 2^120 is below 2^124.
        rest = rest.saturating_mul(10);
        let digit = rest.checked_shr(fraction_bits).and_then(|digit| u32::try_from(digit).ok());
        text.push(digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or('0'));
        rest &= below;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_floats_are_exact_where_they_can_be() {
        for (x, f, decimal, float) in [
            (0, 16, "0", 0.0),
            (1, 1, "0.5", 0.5),
            (-1, 3, "-0.125", -0.125),
            (65_536 + 1, 16, "1.0000152587890625", 1.000_015_258_789_062_5),
            (-7, 0, "-7", -7.0),
            (3 << 118, 120, "0.75", 0.75),
        ] {
            assert_eq!(to_decimal(x, f), decimal);
            assert_eq!(to_f64(x, f), float);
        }
    }
}
