//! Comparisons of fixed-point numbers as they are held, and choices between them.

use speedwell_field::Field;

use super::{Fixed, scaled_values};
use crate::error::Result;
use crate::number::limit::fault;
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
        let (a, b, _) = self.aligned(other);
        a.scaled.le(s, &b.scaled).await
    }

    /// x > y, of the numbers as they are held.
    ///
    /// # Errors
    /// As [`Int::lt`].
    pub async fn gt(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        let (a, b, _) = self.aligned(other);
        a.scaled.gt(s, &b.scaled).await
    }

    /// x ≥ y, of the numbers as they are held.
    ///
    /// # Errors
    /// As [`Int::lt`].
    pub async fn ge(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        let (a, b, _) = self.aligned(other);
        a.scaled.ge(s, &b.scaled).await
    }

    /// x = y, of the numbers as they are held.
    ///
    /// # Errors
    /// As [`Int::lt`].
    pub async fn eq(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        let (a, b, _) = self.aligned(other);
        a.scaled.eq(s, &b.scaled).await
    }

    /// x ≠ y, of the numbers as they are held.
    ///
    /// # Errors
    /// As [`Int::lt`].
    pub async fn ne(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        let (a, b, _) = self.aligned(other);
        a.scaled.ne(s, &b.scaled).await
    }

    /// x < c for a public c, exactly that c, of the number as it is held.
    ///
    /// # Errors
    /// As [`Int::lt`]; [`UsageFault::Range`](crate::UsageFault::Range) if c·2^f is beyond 127 bits.
    pub async fn lt_public(&self, s: &Session<F>, c: Rational) -> Result<Bit<F>> {
        self.scaled.lt_public(s, self.at_least("lt_public", c)?).await
    }

    /// x ≤ c for a public c, exactly that c, of the number as it is held.
    ///
    /// # Errors
    /// As [`lt_public`](Self::lt_public).
    pub async fn le_public(&self, s: &Session<F>, c: Rational) -> Result<Bit<F>> {
        self.scaled.le_public(s, self.at_most("le_public", c)?).await
    }

    /// x > c for a public c, exactly that c, of the number as it is held.
    ///
    /// # Errors
    /// As [`lt_public`](Self::lt_public).
    pub async fn gt_public(&self, s: &Session<F>, c: Rational) -> Result<Bit<F>> {
        self.scaled.gt_public(s, self.at_most("gt_public", c)?).await
    }

    /// x ≥ c for a public c, exactly that c, of the number as it is held.
    ///
    /// # Errors
    /// As [`lt_public`](Self::lt_public).
    pub async fn ge_public(&self, s: &Session<F>, c: Rational) -> Result<Bit<F>> {
        self.scaled.ge_public(s, self.at_least("ge_public", c)?).await
    }

    /// x = 0, of the number as it is held.
    ///
    /// # Errors
    /// As [`Int::is_zero`].
    pub async fn is_zero(&self, s: &Session<F>) -> Result<Bit<F>> {
        self.scaled.is_zero(s).await
    }

    /// −1, 0 or 1, of the number as it is held.
    ///
    /// # Errors
    /// As [`Int::sign`].
    pub async fn sign(&self, s: &Session<F>) -> Result<Int<F>> {
        self.scaled.sign(s).await
    }

    /// The smallest element, as the numbers are held, and where it stands (the first of equals), each a vector of length one.
    ///
    /// # Errors
    /// As [`Int::argmin`].
    pub async fn argmin(&self, s: &Session<F>) -> Result<(Self, Int<F>)> {
        let (least, at) = self.scaled.argmin(s).await?;
        Ok((self.like(least), at))
    }

    /// The largest element, as the numbers are held, and where it stands (the first of equals), each a vector of length one.
    ///
    /// # Errors
    /// As [`Int::argmin`].
    pub async fn argmax(&self, s: &Session<F>) -> Result<(Self, Int<F>)> {
        let (most, at) = self.scaled.argmax(s).await?;
        Ok((self.like(most), at))
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

    /// The least X that is not below c.
    fn at_least(&self, operation: &'static str, c: Rational) -> Result<i128> {
        Ok(c.scaled_ceil(self.fraction_bits).ok_or_else(|| fault::<F>(operation, &[self.range()]))?)
    }

    /// The largest X that is not above c.
    fn at_most(&self, operation: &'static str, c: Rational) -> Result<i128> {
        let scaled = c.scaled_floor(self.fraction_bits);
        Ok(scaled.map(|(most, _)| most).ok_or_else(|| fault::<F>(operation, &[self.range()]))?)
    }
}
