//! Secret fixed-point numbers with public bounds and a public error bound.
//!
//! A number x is held as the integer X = x·2^f with f fraction bits; a unit in the last place (ulp) is 2^−f. The interval
//! of X is public, and so is a bound of |X·2^−f − x| in ulps, where x is what exact arithmetic would have given. Sums and
//! products by integers are exact; a product takes one rounding, and so does a sum of many products. What each function
//! adds to the error stands beside it and in `docs/arithmetic.md`.

mod compare;
pub(crate) mod cut;
mod function;
mod input;
mod operators;
mod opt;
pub(crate) mod product;
mod quotient;
mod reveal;

use std::ops::Range;

use speedwell_field::Field;

use self::cut::{Cut, Ties};
use super::limit::fault;
use super::{Int, Interval, Rational, Ulps};
use crate::error::{Result, UsageFault};
use crate::session::Session;
use crate::share::Shares;

pub use opt::Opt;

/// The most fraction bits of a number.
pub const MAX_FRACTION_BITS: u32 = 120;

/// A vector of secret fixed-point numbers, all of one interval and scale.
///
/// Operands of different scales are brought to the finer one, which is exact. An operation that may leave the field gives
/// a vector that carries the fault; the first call that would send something refuses it.
pub struct Fixed<F: Field> {
    scaled: Int<F>,
    fraction_bits: u32,
    error: Ulps,
}

impl<F: Field> Fixed<F> {
    /// The numbers X·2^−f of the integers X, taken as exact: where they were computed from inexact numbers, say how
    /// inexact with [`widen_error`](Self::widen_error).
    #[must_use]
    pub fn from_scaled(scaled: Int<F>, fraction_bits: u32) -> Self {
        Self::with_error(scaled, fraction_bits, Ulps::ZERO)
    }

    /// Integers as fixed-point numbers, exactly.
    #[must_use]
    pub fn from_int(int: &Int<F>, fraction_bits: u32) -> Self {
        Self::from_scaled(shifted_up(int, fraction_bits), fraction_bits)
    }

    /// Shares of integers X in `range`, where the number is X·2^−f. As [`Int::assume`], no party checks it.
    #[must_use]
    pub fn assume(shares: Shares<F>, range: Interval, fraction_bits: u32) -> Self {
        Self::from_scaled(Int::assume(shares, range), fraction_bits)
    }

    /// Public numbers, rounded to nearest where they are no multiples of 2^−f.
    ///
    /// # Errors
    /// [`UsageFault::Range`] if one is beyond the field.
    pub fn constant(s: &Session<F>, values: &[Rational], fraction_bits: u32) -> Result<Self> {
        let (scaled, exact) = scaled_values::<F>("constant", values, fraction_bits)?;
        let error = if exact { Ulps::ZERO } else { Ulps::HALF };
        Ok(Self::with_error(Int::constant(s, &scaled), fraction_bits, error))
    }

    /// The integers X = x·2^f.
    #[must_use]
    pub fn scaled(&self) -> &Int<F> {
        &self.scaled
    }

    /// The integers X = x·2^f, without the scale.
    #[must_use]
    pub fn into_scaled(self) -> Int<F> {
        self.scaled
    }

    /// The shares of the integers X.
    #[must_use]
    pub fn shares(&self) -> &Shares<F> {
        self.scaled.shares()
    }

    /// The interval of the integers X.
    #[must_use]
    pub fn range(&self) -> Interval {
        self.scaled.range()
    }

    /// The number of fraction bits f.
    #[must_use]
    pub fn fraction_bits(&self) -> u32 {
        self.fraction_bits
    }

    /// How far an element may be from what exact arithmetic would have given, in ulps.
    #[must_use]
    pub fn error(&self) -> Ulps {
        self.error
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scaled.len()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scaled.is_empty()
    }

    /// The same numbers under a wider interval.
    ///
    /// # Errors
    /// [`UsageFault::Range`] if `range` does not cover the present one.
    pub fn widen(self, range: Interval) -> Result<Self> {
        Ok(Self { scaled: self.scaled.widen(range)?, ..self })
    }

    /// The same numbers with at least this bound of error.
    #[must_use]
    pub fn widen_error(self, error: Ulps) -> Self {
        Self { error: self.error.greatest(error), ..self }
    }

    /// The elements of `positions`; a fault if they reach past the end.
    #[must_use]
    pub fn slice(&self, positions: Range<usize>) -> Self {
        self.like(self.scaled.slice(positions))
    }

    /// The elements at these public positions.
    #[must_use]
    pub fn gather(&self, positions: &[usize]) -> Self {
        self.like(self.scaled.gather(positions))
    }

    /// Every element `times` times.
    #[must_use]
    pub fn repeat_each(&self, times: usize) -> Self {
        self.like(self.scaled.repeat_each(times))
    }

    /// This vector with `other` behind it.
    #[must_use]
    pub fn append(&self, other: &Self) -> Self {
        let (a, b, fraction_bits) = self.aligned(other);
        let error = a.error.greatest(b.error);
        Self::with_error(a.scaled.append(&b.scaled), fraction_bits, error)
    }

    /// x_0 + … + x_k for every k. Local, exact.
    #[must_use]
    pub fn prefix_sums(&self) -> Self {
        Self::with_error(self.scaled.prefix_sums(), self.fraction_bits, self.error * count(self.len()))
    }

    /// The sum of all elements. Local, exact.
    #[must_use]
    pub fn sum(&self) -> Self {
        let error = self.error * count(self.len());
        Self::with_error(self.scaled.sum(), self.fraction_bits, error)
    }

    /// Sums of equal runs of `width` elements. Local, exact.
    #[must_use]
    pub fn sum_groups(&self, width: usize) -> Self {
        let error = self.error * count(width);
        Self::with_error(self.scaled.sum_groups(width), self.fraction_bits, error)
    }

    /// x + c for a public c, rounded to the scale of x. Local.
    #[must_use]
    pub fn add_public(&self, c: Rational) -> Self {
        match scaled_values::<F>("add_public", &[c], self.fraction_bits) {
            Ok((c, exact)) => {
                let scaled = &self.scaled + c.first().copied().unwrap_or(0);
                let error = if exact { Ulps::ZERO } else { Ulps::HALF };
                Self::with_error(scaled, self.fraction_bits, self.error + error)
            }
            Err(fault) => self.refused(fault),
        }
    }

    /// The same numbers with `fraction_bits`: more bits are exact and local; fewer take a rounding to nearest (ties towards
    /// +∞), with an error of half an ulp more.
    ///
    /// # Errors
    /// [`UsageFault::NoRoom`], [`UsageFault::Range`]; whatever ends the session.
    pub async fn rescale(&self, s: &Session<F>, fraction_bits: u32) -> Result<Self> {
        self.rescaled(s, fraction_bits, "rescale", Ties::Up).await
    }

    /// As [`rescale`](Self::rescale), with *probabilistic* rounding, which shows what that of [`mul_pr`](Self::mul_pr) shows.
    /// Error: less than one ulp more.
    ///
    /// # Errors
    /// As [`rescale`](Self::rescale).
    pub async fn rescale_pr(&self, s: &Session<F>, fraction_bits: u32) -> Result<Self> {
        self.rescaled(s, fraction_bits, "rescale_pr", Ties::Random).await
    }

    /// As [`rescale`](Self::rescale), with ties *away from zero*, at the cost of a comparison where the sign is not public.
    ///
    /// # Errors
    /// As [`rescale`](Self::rescale).
    pub async fn rescale_half_away(&self, s: &Session<F>, fraction_bits: u32) -> Result<Self> {
        self.rescaled(s, fraction_bits, "rescale_half_away", Ties::Away).await
    }

    /// ⌊x⌋, of the number as it is held.
    ///
    /// # Errors
    /// As [`Int::div_pow2_floor`].
    pub async fn floor(&self, s: &Session<F>) -> Result<Int<F>> {
        self.scaled.div_pow2_floor(s, self.fraction_bits).await
    }

    /// The integer nearest to x, ties towards +∞, of the number as it is held.
    ///
    /// # Errors
    /// As [`Int::div_pow2_floor`].
    pub async fn round(&self, s: &Session<F>) -> Result<Int<F>> {
        self.scaled.div_pow2_round(s, self.fraction_bits).await
    }

    async fn rescaled(&self, s: &Session<F>, to: u32, operation: &'static str, ties: Ties) -> Result<Self> {
        let drop = match self.fraction_bits.checked_sub(to) {
            None | Some(0) => return Ok(self.finer(to)),
            Some(drop) => drop,
        };
        let cut = Cut::plan::<F>(operation, ties, self.range(), drop)?;
        cut.admit(s, self.len())?;
        let scaled = cut.run(s, self.shares().clone()).await?;
        Ok(Self::with_error(scaled, to, self.error.shifted(signed(drop).wrapping_neg()) + cut.error()))
    }

    /// Numbers X·2^−f with this error.
    pub(crate) fn with_error(scaled: Int<F>, fraction_bits: u32, error: Ulps) -> Self {
        let made = Self { scaled, fraction_bits, error };
        match admit_fraction_bits("fixed point", fraction_bits) {
            Ok(()) => made,
            Err(fault) => made.refused(fault),
        }
    }

    /// Other integers of the same scale and error.
    pub(crate) fn like(&self, scaled: Int<F>) -> Self {
        Self { scaled, fraction_bits: self.fraction_bits, error: self.error }
    }

    /// Both at the finer of their scales.
    pub(crate) fn aligned(&self, other: &Self) -> (Self, Self, u32) {
        let f = self.fraction_bits.max(other.fraction_bits);
        (self.finer(f), other.finer(f), f)
    }

    /// At a scale that is no coarser. Local, exact.
    pub(crate) fn finer(&self, fraction_bits: u32) -> Self {
        let up = fraction_bits.saturating_sub(self.fraction_bits);
        let scaled = if up == 0 { self.scaled.clone() } else { shifted_up(&self.scaled, up) };
        Self::with_error(scaled, self.fraction_bits.saturating_add(up), self.error.shifted(signed(up)))
    }

    fn refused(&self, fault: UsageFault) -> Self {
        let mut shares = self.scaled.shares().clone();
        shares.note(fault);
        self.like(Int::assume(shares, Interval::point(0)))
    }
}

/// Whether numbers may have so many fraction bits.
fn admit_fraction_bits(operation: &'static str, fraction_bits: u32) -> std::result::Result<(), UsageFault> {
    let most = MAX_FRACTION_BITS;
    let within = fraction_bits <= most;
    within.then_some(()).ok_or(UsageFault::FractionBits { operation, fraction_bits, most })
}

/// x·2^bits.
pub(crate) fn shifted_up<F: Field>(x: &Int<F>, bits: u32) -> Int<F> {
    match 1_i128.checked_shl(bits).filter(|power| *power > 0) {
        Some(power) => x * power,
        None => Int::within("shift", x.shares().clone(), &[x.range()], None),
    }
}

/// The integers nearest to `values`·2^f, and whether all are exact.
fn scaled_values<F: Field>(
    operation: &'static str,
    values: &[Rational],
    fraction_bits: u32,
) -> std::result::Result<(Vec<i128>, bool), UsageFault> {
    let scaled: Option<Vec<(i128, bool)>> = values.iter().map(|value| value.scaled(fraction_bits)).collect();
    let scaled = scaled.ok_or_else(|| fault::<F>(operation, &[]))?;
    let exact = scaled.iter().all(|(_, exact)| *exact);
    Ok((scaled.into_iter().map(|(value, _)| value).collect(), exact))
}

/// A number of elements, as a factor of errors.
pub(crate) fn count(n: usize) -> Ulps {
    Ulps::from(u128::try_from(n).unwrap_or(u128::MAX))
}

/// A number of bits with a sign.
pub(crate) fn signed(bits: u32) -> i32 {
    i32::try_from(bits).unwrap_or(i32::MAX)
}

impl<F: Field> Clone for Fixed<F> {
    fn clone(&self) -> Self {
        self.like(self.scaled.clone())
    }
}

impl<F: Field> std::fmt::Debug for Fixed<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { scaled, fraction_bits, error } = self;
        write!(f, "Fixed<{}>({} in {}·2^-{fraction_bits} ± {error})", F::NAME, scaled.len(), scaled.range())
    }
}
