//! Division of fixed-point numbers.

use speedwell_field::Field;

use super::{Fixed, scaled_values};
use crate::error::Result;
use crate::number::function::division::Numerator;
use crate::number::function::quotient::{Division, Quotient};
use crate::number::{Int, Interval, Rational, Ulps};
use crate::protocol::mul;
use crate::session::Session;

impl<F: Field> Fixed<F> {
    /// x/y at the finer scale of the two. Error: less than 1 ulp beside what those of x and y make.
    ///
    /// # Errors
    /// [`UsageFault::Domain`](crate::UsageFault::Domain) if y may be 0: see [`div_or`](Self::div_or). [`UsageFault::NoRoom`](crate::UsageFault::NoRoom),
    /// [`UsageFault::Range`](crate::UsageFault::Range); whatever ends the session.
    pub async fn div(&self, s: &Session<F>, y: &Self) -> Result<Self> {
        self.quotient(s, "div", y, None).await
    }

    /// As [`div`](Self::div), with `zero` where y is 0, as it is held.
    ///
    /// # Errors
    /// As [`div`](Self::div), but for the domain.
    pub async fn div_or(&self, s: &Session<F>, y: &Self, zero: Rational) -> Result<Self> {
        self.quotient(s, "div", y, Some(zero)).await
    }

    /// 1/x at the scale of x. Error: less than 1 ulp beside what that of x makes.
    ///
    /// # Errors
    /// As [`div`](Self::div).
    pub async fn reciprocal(&self, s: &Session<F>) -> Result<Self> {
        self.inverse(s, None).await
    }

    /// As [`reciprocal`](Self::reciprocal), with `zero` where x is 0, as it is held.
    ///
    /// # Errors
    /// As [`div_or`](Self::div_or).
    pub async fn reciprocal_or(&self, s: &Session<F>, zero: Rational) -> Result<Self> {
        self.inverse(s, Some(zero)).await
    }

    /// x/d for a public integer d ≥ 1, rounded to nearest. Error: half an ulp.
    ///
    /// # Errors
    /// As [`Int::div_round_public`].
    pub async fn div_public(&self, s: &Session<F>, d: i128) -> Result<Self> {
        let scaled = self.scaled.div_round_public(s, d).await?;
        let half = if d == 1 { Ulps::ZERO } else { Ulps::HALF };
        Ok(Self::with_error(scaled, self.fraction_bits, self.error.over(d.unsigned_abs()) + half))
    }

    async fn inverse(&self, s: &Session<F>, zero: Option<Rational>) -> Result<Self> {
        let f = self.fraction_bits;
        let one = 1_i128.checked_shl(f).filter(|one| *one > 0).unwrap_or(i128::MAX);
        let numerator = (Numerator::Public(F::from_i128(one)), Interval::point(one), Ulps::ZERO);
        divide(s, "reciprocal", numerator, self, (f, f), zero).await
    }

    async fn quotient(
        &self,
        s: &Session<F>,
        operation: &'static str,
        y: &Self,
        zero: Option<Rational>,
    ) -> Result<Self> {
        self.scaled.same_length(operation, &y.scaled)?;
        // x/y = X/Y·2^(f_y − f_x), at the finer scale.
        let to = self.fraction_bits.max(y.fraction_bits);
        let f = to.saturating_add(y.fraction_bits).saturating_sub(self.fraction_bits);
        let numerator = (Numerator::Secret(self.shares()), self.range(), self.error);
        divide(s, operation, numerator, y, (f, to), zero).await
    }
}

/// a·2^f/y as a number with `to` fraction bits.
async fn divide<F: Field>(
    s: &Session<F>,
    operation: &'static str,
    (a, a_range, a_error): (Numerator<'_, F>, Interval, Ulps),
    y: &Fixed<F>,
    (f, to): (u32, u32),
    zero: Option<Rational>,
) -> Result<Fixed<F>> {
    let zero = match zero {
        Some(zero) => Some(scaled_values::<F>(operation, &[zero], to)?),
        None => None,
    };
    let plan = Division::plan(s, operation, a_range, y.range(), (f, y.fraction_bits), zero.is_some())?;
    let error = carried(&plan, a_error, y.error, f) + plan.error();
    let Quotient { quotient, zero: is_zero, .. } = plan.run(s, a, &y.scaled, &[]).await?;
    let (Some(is_zero), Some((value, exact))) = (is_zero, zero) else {
        return Ok(Fixed::with_error(Int::assume(quotient, plan.range()), to, error));
    };
    // q + z·(zero − q).
    let value = value.first().copied().unwrap_or(0);
    let offset = mul(s, &is_zero, &(-&quotient + F::from_i128(value))).await?;
    let range = plan.range().hull(&Interval::point(value));
    let error = if exact { error } else { error.greatest(Ulps::HALF) };
    Ok(Fixed::with_error(Int::assume(quotient + &offset, range), to, error))
}

/// What errors of a and b make of a·2^f/b: (e(a)·2^f + |q|·e(b))/(|b| − e(b)), with the least |b|.
fn carried(plan: &Division, a: Ulps, b: Ulps, f: u32) -> Ulps {
    let least = plan.divisor().lo().max(1).unsigned_abs();
    let quotient = Ulps::from(plan.range().magnitude());
    match b.ceiling().and_then(|b| least.checked_sub(b)) {
        Some(least) if least > 0 => (a.shifted(super::signed(f)) + quotient * b).over(least),
        _ => Ulps::UNBOUNDED,
    }
}
