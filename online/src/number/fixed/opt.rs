//! Numbers that may be absent, secretly.

use speedwell_field::Field;

use super::Fixed;
use crate::error::Result;
use crate::join::try_join;
use crate::number::{Bit, Int, Interval, Rational};
use crate::protocol;
use crate::session::Session;

/// A vector of secret numbers, each with a secret bit that says whether it is there. What is absent holds zero.
///
/// Integers are numbers with no fraction bits.
pub struct Opt<F: Field> {
    value: Fixed<F>,
    present: Bit<F>,
}

impl<F: Field> Opt<F> {
    /// All present.
    #[must_use]
    pub fn some(s: &Session<F>, value: Fixed<F>) -> Self {
        let present = Bit::constant(s, &vec![true; value.len()]);
        Self { value, present }
    }

    /// All absent.
    #[must_use]
    pub fn none(s: &Session<F>, n: usize, fraction_bits: u32) -> Self {
        let value = Fixed::from_scaled(Int::constant(s, &vec![0; n]), fraction_bits);
        Self { value, present: Bit::constant(s, &vec![false; n]) }
    }

    /// `value` where `present` is 1, absent where it is 0. Rounds: 1. Triples: n.
    ///
    /// # Errors
    /// As [`protocol::mul`].
    pub async fn new(s: &Session<F>, present: Bit<F>, value: &Fixed<F>) -> Result<Self> {
        let kept = protocol::mul(s, present.shares(), value.shares()).await?;
        let range = value.range().hull(&Interval::point(0));
        Ok(Self { value: value.like(Int::assume(kept, range)), present })
    }

    /// Which are present.
    #[must_use]
    pub fn is_some(&self) -> &Bit<F> {
        &self.present
    }

    /// The values, zero where absent.
    #[must_use]
    pub fn or_zero(&self) -> &Fixed<F> {
        &self.value
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.value.len()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// How many are present. Local.
    #[must_use]
    pub fn count(&self) -> Int<F> {
        self.present.count()
    }

    /// The sum of those that are present. Local.
    #[must_use]
    pub fn sum(&self) -> Fixed<F> {
        self.value.sum()
    }

    /// The values, and `default` where absent: x + (1 − present)·default. Local.
    ///
    /// # Errors
    /// [`UsageFault::Range`](crate::UsageFault::Range).
    pub fn unwrap_or(&self, default: Rational) -> Result<Fixed<F>> {
        let f = self.value.fraction_bits();
        let absent = (!&self.present).to_int();
        let (scaled, exact) = super::scaled_values::<F>("unwrap_or", &[default], f)?;
        let default = scaled.first().copied().unwrap_or(0);
        let sum = self.value.shares() + (&absent * default).shares();
        let range = self.value.range().hull(&Interval::point(default));
        let error = if exact { self.value.error() } else { self.value.error().greatest(super::Ulps::HALF) };
        Ok(Fixed::with_error(Int::assume(sum, range), f, error))
    }

    /// The values, and those of `default` where absent. Rounds: 1. Triples: n.
    ///
    /// # Errors
    /// As [`protocol::mul`].
    pub async fn unwrap_or_secret(&self, s: &Session<F>, default: &Fixed<F>) -> Result<Fixed<F>> {
        let (value, default, f) = self.value.aligned(default);
        let absent = !&self.present;
        let filled = protocol::mul(s, absent.shares(), default.shares()).await?;
        let range = value.range().hull(&default.range());
        let error = value.error().greatest(default.error());
        Ok(Fixed::with_error(Int::assume(value.shares() + &filled, range), f, error))
    }

    /// This one where it is present, else `other`. Rounds: 1. Triples: 2n.
    ///
    /// # Errors
    /// As [`protocol::mul`].
    pub async fn or(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let (value, present) =
            try_join(self.unwrap_or_secret(s, &other.value), self.present.or(s, &other.present)).await?;
        Ok(Self { value, present })
    }

    /// The function of the values that are present. It is applied to all, zero in place of the absent ones, and must be
    /// defined there; the results of those are dropped. Rounds: those of `map` and 1. Triples: n besides.
    ///
    /// # Errors
    /// As `map` and [`protocol::mul`].
    pub async fn map<M>(&self, s: &Session<F>, map: M) -> Result<Self>
    where
        M: AsyncFnOnce(&Session<F>, &Fixed<F>) -> Result<Fixed<F>>,
    {
        let mapped = map(s, &self.value).await?;
        Self::new(s, self.present.clone(), &mapped).await
    }

    /// Reveals to everybody what is there, as integers of ulps; what is absent stays so.
    ///
    /// # Errors
    /// As [`Int::reveal`].
    pub async fn reveal_scaled(&self, s: &Session<F>) -> Result<Vec<Option<i128>>> {
        let (present, values) = try_join(self.present.reveal(s), self.value.reveal_scaled(s)).await?;
        Ok(present.into_iter().zip(values).map(|(present, value)| present.then_some(value)).collect())
    }
}

impl<F: Field> Clone for Opt<F> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), present: self.present.clone() }
    }
}

impl<F: Field> std::fmt::Debug for Opt<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opt({:?})", self.value)
    }
}
