//! Roots, exponentials, logarithms and sigmoids of fixed-point numbers.
//!
//! The error of each result is that of the function, stated below in ulps of the result, and what the argument's error
//! makes of it by the function's steepest slope on the interval.

use speedwell_field::Field;

use super::{Fixed, scaled_values, signed};
use crate::error::Result;
use crate::number::function::exponential;
use crate::number::function::logarithm::{self, Base};
use crate::number::function::root::{InverseRoot, Root};
use crate::number::function::sigmoid;
use crate::number::{Int, Interval, Rational, Ulps};
use crate::protocol::mul;
use crate::session::Session;
use crate::share::Shares;

impl<F: Field> Fixed<F> {
    /// √x of x ≥ 0, at the scale of x; exactly 0 of 0. Error: at most 1 ulp. Over `Fp127` of x below 2^63 ulps and
    /// results below 2^49 ulps.
    ///
    /// # Errors
    /// [`UsageFault::Domain`](crate::UsageFault::Domain) if x may be negative; [`UsageFault::NoRoom`](crate::UsageFault::NoRoom);
    /// whatever ends the session.
    pub async fn sqrt(&self, s: &Session<F>) -> Result<Self> {
        let root = Root::plan(s, "sqrt", self.range(), self.fraction_bits)?;
        // |√x − √y| ≤ √|x − y|, and ≤ |x − y|/√x.
        let moved = self.error.shifted(signed(self.fraction_bits));
        let least = self.range().lo().unsigned_abs();
        let least = least.checked_mul(1_u128.wrapping_shl(self.fraction_bits)).unwrap_or(0).isqrt();
        let carried = moved.root().least(moved.over(least));
        let scaled = root.run(s, self.shares(), &[]).await?;
        Ok(Self::with_error(Int::assume(scaled, root.range()?), self.fraction_bits, carried + root.error()))
    }

    /// 1/√x of x > 0, at the scale of x. Error: less than 1 ulp.
    ///
    /// # Errors
    /// As [`sqrt`](Self::sqrt); [`UsageFault::Domain`](crate::UsageFault::Domain) if x may be 0.
    pub async fn rsqrt(&self, s: &Session<F>) -> Result<Self> {
        self.inverse_root(s, None).await
    }

    /// As [`rsqrt`](Self::rsqrt), with `zero` where x is 0, as it is held.
    ///
    /// # Errors
    /// As [`rsqrt`](Self::rsqrt), but for 0.
    pub async fn rsqrt_or(&self, s: &Session<F>, zero: Rational) -> Result<Self> {
        self.inverse_root(s, Some(zero)).await
    }

    /// e^x, at the scale of x. Error: at most 1 ulp, 1.36 where results may reach 2^56 ulps or the field has little
    /// room: [`error`](Self::error) of the result says it. Refused where x may reach 45, or the result has no room; small x
    /// give 0 or 1 ulp.
    ///
    /// # Errors
    /// [`UsageFault::NoRoom`](crate::UsageFault::NoRoom); whatever ends the session.
    pub async fn exp(&self, s: &Session<F>) -> Result<Self> {
        self.exponential(s, Base::E).await
    }

    /// 2^x, as [`exp`](Self::exp).
    ///
    /// # Errors
    /// As [`exp`](Self::exp).
    pub async fn exp2(&self, s: &Session<F>) -> Result<Self> {
        self.exponential(s, Base::Two).await
    }

    /// ln x of x > 0, at the scale of x. Error: less than 1 ulp. At most 38 fraction bits.
    ///
    /// # Errors
    /// [`UsageFault::Domain`](crate::UsageFault::Domain) if x may be 0 or negative; [`UsageFault::NoRoom`](crate::UsageFault::NoRoom);
    /// whatever ends the session.
    pub async fn ln(&self, s: &Session<F>) -> Result<Self> {
        self.logarithm(s, Base::E, None).await
    }

    /// As [`ln`](Self::ln), with `zero` where x is 0, as it is held.
    ///
    /// # Errors
    /// As [`ln`](Self::ln), but for 0.
    pub async fn ln_or(&self, s: &Session<F>, zero: Rational) -> Result<Self> {
        self.logarithm(s, Base::E, Some(zero)).await
    }

    /// log2 x of x > 0, as [`ln`](Self::ln).
    ///
    /// # Errors
    /// As [`ln`](Self::ln).
    pub async fn log2(&self, s: &Session<F>) -> Result<Self> {
        self.logarithm(s, Base::Two, None).await
    }

    /// As [`log2`](Self::log2), with `zero` where x is 0, as it is held.
    ///
    /// # Errors
    /// As [`ln_or`](Self::ln_or).
    pub async fn log2_or(&self, s: &Session<F>, zero: Rational) -> Result<Self> {
        self.logarithm(s, Base::Two, Some(zero)).await
    }

    /// 1/(1 + e^−x), at the scale of x. Error: at most 19/16 ulps, mostly below 0.63; [`error`](Self::error) of the result
    /// says it. At most 42 fraction bits.
    ///
    /// # Errors
    /// As [`exp`](Self::exp).
    pub async fn sigmoid(&self, s: &Session<F>) -> Result<Self> {
        let f = self.fraction_bits;
        let plan = sigmoid::Plan::find(s, "sigmoid", self.range(), f, f)?;
        let scaled = plan.run(s, &self.scaled).await?;
        let range = Interval::new(0, 1_i128.wrapping_shl(f))?;
        Ok(Self::with_error(Int::assume(scaled, range), f, self.error.shifted(-2) + plan.error()))
    }

    /// tanh x, at the scale of x. Error: at most 19/16 ulps, mostly below 0.63. At most 41 fraction bits.
    ///
    /// # Errors
    /// As [`exp`](Self::exp).
    pub async fn tanh(&self, s: &Session<F>) -> Result<Self> {
        // 2σ(2x) − 1, with one fraction bit more.
        let f = self.fraction_bits;
        let twice = &self.scaled * 2;
        let plan = sigmoid::Plan::find(s, "tanh", twice.range(), f, f.saturating_add(1))?;
        let one = 1_i128.wrapping_shl(f);
        let scaled = plan.run(s, &twice).await? - F::from_i128(one);
        let range = Interval::new(one.saturating_neg(), one)?;
        Ok(Self::with_error(Int::assume(scaled, range), f, self.error + plan.error()))
    }

    async fn exponential(&self, s: &Session<F>, base: Base) -> Result<Self> {
        let plan = exponential::Plan::find(s, base, self.range(), self.fraction_bits)?;
        let range = plan.result()?;
        // e^(x + δ) − e^x ≤ e^x·δ(1 + δ) for δ ≤ 1.
        let moved = self.error.shifted(signed(self.fraction_bits).wrapping_neg());
        let slope = Ulps::from(range.magnitude()) * (moved + moved * moved);
        let carried = if moved.exceeds(Ulps::ONE) { Ulps::UNBOUNDED } else { slope };
        let scaled = plan.run(s, &self.scaled).await?;
        Ok(Self::with_error(Int::assume(scaled, range), self.fraction_bits, carried + plan.error()))
    }

    async fn logarithm(&self, s: &Session<F>, base: Base, zero: Option<Rational>) -> Result<Self> {
        let f = self.fraction_bits;
        let plan = logarithm::Plan::find(s, base, self.range(), f, zero.is_some())?;
        let slope = if base == Base::Two { Ulps::ratio(3, 2) } else { Ulps::ONE };
        let carried = match self.least_true() {
            Some(least) => (self.error * slope).shifted(signed(f)).over(least),
            None => Ulps::UNBOUNDED,
        };
        let made = plan.run(s, self.shares()).await?;
        self.filled(s, "ln", made, plan.result()?, carried + plan.error(), zero).await
    }

    async fn inverse_root(&self, s: &Session<F>, zero: Option<Rational>) -> Result<Self> {
        let f = self.fraction_bits;
        let plan = InverseRoot::plan(s, self.range(), f, zero.is_some())?;
        // The slope of √(2^(3f)/X) is half of it over X.
        let carried = match self.least_true() {
            Some(least) => {
                let value = Ulps::power(signed(f.saturating_mul(3))).over(least).root();
                (value * self.error).over(least).shifted(-1)
            }
            None => Ulps::UNBOUNDED,
        };
        let made = plan.run(s, self.shares()).await?;
        self.filled(s, "rsqrt", made, plan.range()?, carried + plan.error(), zero).await
    }

    /// The least that the true argument may be, in ulps, if that is known to be positive.
    fn least_true(&self) -> Option<u128> {
        let least = self.range().lo().max(1).unsigned_abs();
        self.error.ceiling().and_then(|error| least.checked_sub(error)).filter(|least| *least > 0)
    }

    /// A result, with `zero` where the argument was 0: y + z·(zero − y).
    async fn filled(
        &self,
        s: &Session<F>,
        operation: &'static str,
        (value, is_zero): (Shares<F>, Option<Shares<F>>),
        range: Interval,
        error: Ulps,
        zero: Option<Rational>,
    ) -> Result<Self> {
        let f = self.fraction_bits;
        let (Some(is_zero), Some(zero)) = (is_zero, zero) else {
            return Ok(Self::with_error(Int::assume(value, range), f, error));
        };
        let (zero, exact) = scaled_values::<F>(operation, &[zero], f)?;
        let zero = zero.first().copied().unwrap_or(0);
        let offset = mul(s, &is_zero, &(-&value + F::from_i128(zero))).await?;
        let range = range.hull(&Interval::point(zero));
        let error = if exact { error } else { error.greatest(Ulps::HALF) };
        Ok(Self::with_error(Int::assume(value + &offset, range), f, error))
    }
}
