//! Inputs of fixed-point numbers, proved to lie in their interval.

use speedwell_field::Field;
use speedwell_net::PartyId;
use zeroize::Zeroizing;

use super::{Fixed, admit_fraction_bits};
use crate::error::Result;
use crate::number::limit::fault;
use crate::number::{Int, Interval, Rational, Ulps};
use crate::session::Session;

impl<F: Field> Fixed<F> {
    /// Puts `len` numbers of `owner` in, each rounded to the nearest multiple of 2^−f, and proves that each lies in the
    /// interval `range` of the integers x·2^f: exactly, bit by bit, as [`Int::checked_input`], at the same cost. The error is
    /// half an ulp: nobody else knows whether the owner had to round.
    ///
    /// # Errors
    /// [`UsageFault::FractionBits`](crate::UsageFault::FractionBits), before anything is sent; as [`Int::checked_input`].
    pub async fn checked_input(
        s: &Session<F>,
        owner: PartyId,
        range: Interval,
        fraction_bits: u32,
        len: usize,
        values: Option<&[Rational]>,
    ) -> Result<Self> {
        admit_fraction_bits("checked_input", fraction_bits)?;
        // Nothing of it is left behind: a vector that grows would.
        let mut scaled = Zeroizing::new(Vec::with_capacity(values.map_or(0, <[Rational]>::len)));
        for value in values.unwrap_or_default() {
            let (nearest, _) =
                value.scaled(fraction_bits).ok_or_else(|| fault::<F>("checked_input", &[range]))?;
            scaled.push(nearest);
        }
        let own = values.map(|_| scaled.as_slice());
        let scaled = Int::checked_input(s, owner, range, len, own).await?;
        Ok(Self::with_error(scaled, fraction_bits, Ulps::HALF))
    }
}
