//! Comparisons of fixed-point numbers as they are held, and choices between them.

use speedwell_field::Field;

use super::{Fixed, scaled_values};
use crate::error::Result;
use crate::number::{Bit, Int, Interval, Rational, Ulps};
use crate::session::Session;

impl<F: Field> Fixed<F> {
    /// x < y, of the numbers as they are held.
    ///
    /// # Errors
    /// As [`Int::lt`].
    pub async fn lt(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        let (a, b, _) = self.aligned(other);
        a.scaled.lt(s, &b.scaled).await
    }

    /// x ≤ y, of the numbers as they are held.
    ///
    /// # Errors
    /// As [`Int::lt`].
    pub async fn le(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        Ok(!&other.lt(s, self).await?)
    }

    /// x = y, of the numbers as they are held.
    ///
    /// # Errors
    /// As [`Int::lt`].
    pub async fn eq(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        let (a, b, _) = self.aligned(other);
        a.scaled.eq(s, &b.scaled).await
    }

    /// x < 0, of the number as it is held.
    ///
    /// # Errors
    /// As [`Int::is_negative`].
    pub async fn is_negative(&self, s: &Session<F>) -> Result<Bit<F>> {
        self.scaled.is_negative(s).await
    }

    /// The smaller of x and y.
    ///
    /// # Errors
    /// As [`Int::min`].
    pub async fn min(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let (a, b, f) = self.aligned(other);
        Ok(Self::with_error(a.scaled.min(s, &b.scaled).await?, f, a.error.greatest(b.error)))
    }

    /// The larger of x and y.
    ///
    /// # Errors
    /// As [`Int::max`].
    pub async fn max(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let (a, b, f) = self.aligned(other);
        Ok(Self::with_error(a.scaled.max(s, &b.scaled).await?, f, a.error.greatest(b.error)))
    }

    /// |x|.
    ///
    /// # Errors
    /// As [`Int::abs`].
    pub async fn abs(&self, s: &Session<F>) -> Result<Self> {
        Ok(self.like(self.scaled.abs(s).await?))
    }

    /// x moved into [`lo`, `hi`], both rounded to the scale of x.
    ///
    /// # Errors
    /// As [`Int::clamp`]; [`UsageFault::EmptyInterval`](crate::UsageFault::EmptyInterval).
    pub async fn clamp(&self, s: &Session<F>, lo: Rational, hi: Rational) -> Result<Self> {
        let (ends, exact) = scaled_values::<F>("clamp", &[lo, hi], self.fraction_bits)?;
        let end = |at: usize| ends.get(at).copied().unwrap_or(0);
        let clamped = self.scaled.clamp(s, Interval::new(end(0), end(1))?).await?;
        let error = if exact { Ulps::ZERO } else { Ulps::HALF };
        Ok(Self::with_error(clamped, self.fraction_bits, self.error + error))
    }

    /// x where `bit` is 1, y where it is 0. Rounds: 1. Triples: n.
    ///
    /// # Errors
    /// As [`Int::select`].
    pub async fn select(s: &Session<F>, bit: &Bit<F>, x: &Self, y: &Self) -> Result<Self> {
        let (a, b, f) = x.aligned(y);
        Ok(Self::with_error(Int::select(s, bit, &a.scaled, &b.scaled).await?, f, a.error.greatest(b.error)))
    }
}
