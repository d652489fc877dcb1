//! Inputs of fixed-point numbers, proved to lie in their interval.

use speedwell_field::Field;
use speedwell_net::PartyId;
use zeroize::Zeroizing;

use super::{Fixed, scaled_values};
use crate::error::Result;
use crate::number::{Int, Interval, Rational, Ulps};
use crate::session::Session;

impl<F: Field> Fixed<F> {
    /// Puts `len` numbers of `owner` in, each rounded to the nearest multiple of 2^−f, and proves that each lies in the
    /// interval `range` of the integers x·2^f: exactly, bit by bit, as [`Int::checked_input`], at the same cost. The error is
    /// half an ulp: nobody else knows whether the owner had to round.
    ///
    /// # Errors
    /// As [`Int::checked_input`].
    pub async fn checked_input(
        s: &Session<F>,
        owner: PartyId,
        range: Interval,
        fraction_bits: u32,
        len: usize,
        values: Option<&[Rational]>,
    ) -> Result<Self> {
        let scaled = match values {
            Some(values) => {
                Some(Zeroizing::new(scaled_values::<F>("checked_input", values, fraction_bits)?.0))
            }
            None => None,
        };
        let own = scaled.as_ref().map(|scaled| scaled.as_slice());
        let scaled = Int::checked_input(s, owner, range, len, own).await?;
        Ok(Self::with_error(scaled, fraction_bits, Ulps::HALF))
    }
}
