//! Square roots and reciprocal roots, from the reciprocal root of a normalised number: √x = ν·y·2^i, 1/√x = y·2^−i.

use speedwell_field::Field;
use speedwell_net::BoxFuture;

use super::inverse_root::{Even, Plan};
use super::{bit_length, bits, exponent, from_zero, limit, only, rounded};
use crate::error::{Result, UsageFault};
use crate::mask::{Routine, Shape, power, run_ahead};
use crate::number::compare::sign_shape;
use crate::number::{Int, Interval, Ulps};
use crate::protocol::{mul, square};
use crate::session::Session;
use crate::share::Shares;

/// √x, of integers and of fixed-point numbers.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    plan: Plan,
    /// (f − odd)/2.
    half: i64,
    /// If ν·y·2^i has no room, ν·y is rounded to so many bits first.
    between: Option<i64>,
    /// Results are at most this.
    most: u128,
    domain: Interval,
}

impl Root {
    /// √(x·2^f) of x in [0, `x.hi()`].
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    pub(crate) fn plan<F: Field>(
        s: &Session<F>,
        operation: &'static str,
        x: Interval,
        fraction_bits: u32,
    ) -> Result<Self> {
        if x.lo() < 0 {
            let domain = "numbers that are not negative: take `max` with 0";
            return Err(UsageFault::Domain { operation, domain, interval: x, fraction_bits }.into());
        }
        let (f, limit) = (i64::from(fraction_bits), limit(s));
        let planned = || {
            let square = x.hi().unsigned_abs().checked_mul(1_u128.checked_shl(fraction_bits)?)?;
            let most = square.isqrt() + 1;
            let plan = Plan::find(x, f, most, limit)?;
            let (m, p) = (plan.m, plan.p);
            let half = (f - plan.odd) / 2;
            if m + p + m / 2 <= limit {
                return Some(Self { plan, half, between: None, most, domain: x });
            }
            let g = bit_length(most) + 4;
            let plan = Plan { error: plan.error + Ulps::ratio(1, 8), ..plan };
            let split = Self { plan, half, between: Some(g), most, domain: x };
            (m + p <= limit && g + m / 2 < limit).then_some(split)
        };
        let need = bit_length(x.hi().unsigned_abs()) * 2 + f;
        Ok(planned().ok_or_else(|| super::no_room(s, operation, need.max(limit + 1)))?)
    }

    /// A bound of the error, in ulps; at most 7/8, and 1 of results above 2^48 ulps.
    pub(crate) fn error(&self) -> Ulps {
        self.plan.error
    }

    /// What the root may be, one unit of error included.
    pub(crate) fn range(&self) -> Result<Interval> {
        Ok(Interval::new(0, i128::try_from(self.most).unwrap_or(i128::MAX))?)
    }

    /// The root; exactly 0 of 0. Masks for openings of `more` shapes are made beside its own.
    pub(crate) async fn run<F: Field>(
        &self,
        s: &Session<F>,
        x: &Shares<F>,
        more: &[Shape],
    ) -> Result<Shares<F>> {
        run_ahead(s, self, std::slice::from_ref(x), more).await
    }

    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    async fn steps_of<F: Field>(&self, s: &Session<F>, x: &Shares<F>) -> Result<Shares<F>> {
        let Plan { m, p, .. } = self.plan;
        let even = Even::find(s, x, self.domain, &self.plan).await?;
        let y = even.reciprocal_root(s, &self.plan).await?;
        // 2^(i+1) where the leading bit is in pair i; 0 for x = 0.
        let scale = even.scaled(|i| power::<F>(i.saturating_add(1)));
        let scale = match &even.zero {
            Some(zero) => scale - &(zero + zero),
            None => scale,
        };
        let root = mul(s, &even.v, &y).await?;
        match self.between {
            None => {
                let product = mul(s, &root, &scale).await?;
                rounded(s, &product, from_zero(m + p + m / 2), m + p - self.half).await
            }
            Some(g) => {
                let short = rounded(s, &root, from_zero(m + p), m + p - g).await?;
                let product = mul(s, &short, &scale).await?;
                rounded(s, &product, from_zero(g + m / 2), g - self.half).await
            }
        }
    }
}

/// 1/√x of fixed-point numbers.
#[derive(Clone, Debug)]
pub(crate) struct InverseRoot {
    plan: Plan,
    f: i64,
    /// Fraction bits of the result.
    to: i64,
    most: u128,
    domain: Interval,
}

impl InverseRoot {
    /// √(2^(3f)/x) of x in `x`, with 1 in place of 0 if `by_zero` says that it is cared for.
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    pub(crate) fn plan<F: Field>(
        s: &Session<F>,
        x: Interval,
        fraction_bits: u32,
        by_zero: bool,
    ) -> Result<Self> {
        let operation = "rsqrt";
        if x.lo() < 0 || (x.lo() == 0 && !by_zero) {
            let domain = "positive numbers: narrow the interval, or say what 0 gives";
            return Err(UsageFault::Domain { operation, domain, interval: x, fraction_bits }.into());
        }
        let (f, limit) = (i64::from(fraction_bits), limit(s));
        let positive = Interval::new(x.lo().max(1), x.hi().max(1))?;
        let planned = || {
            let square = 1_u128.checked_shl(fraction_bits.checked_mul(3)?)?;
            let most = square.checked_div(positive.lo().unsigned_abs())?.isqrt() + 1;
            let plan = Plan::find(positive, f, most, limit)?;
            (plan.p + 1 + plan.m / 2 <= limit).then_some(Self { plan, f, to: f, most, domain: x })
        };
        let need = bit_length(positive.hi().unsigned_abs()) + 2 * f;
        Ok(planned().ok_or_else(|| super::no_room(s, operation, need.max(limit + 1)))?)
    }

    /// 1/√x of x > 0 with `to` fraction bits, to half a unit and 3/8 of a part in `parts`.
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    pub(crate) fn plan_to<F: Field>(
        s: &Session<F>,
        operation: &'static str,
        x: Interval,
        (f, to): (i64, i64),
        parts: u128,
    ) -> Result<Self> {
        let limit = limit(s);
        let planned = || {
            let most = Ulps::power(exponent(f + 2 * to)).over(x.lo().unsigned_abs()).root().ceiling()?;
            // A relative error below 2^−13, and the rounding.
            let most = most.checked_add(most.wrapping_shr(13))?.checked_add(1)?;
            let plan = Plan::find(x, f, parts, limit)?;
            (plan.p + 1 + plan.m / 2 <= limit).then_some(Self { plan, f, to, most, domain: x })
        };
        let need = bit_length(x.hi().unsigned_abs()) + f + 2 * to;
        Ok(planned().ok_or_else(|| super::no_room(s, operation, need.max(limit + 1)))?)
    }

    /// A bound of the error, in ulps; at most 7/8.
    pub(crate) fn error(&self) -> Ulps {
        self.plan.error
    }

    /// What the result may be, one unit of error included.
    pub(crate) fn range(&self) -> Result<Interval> {
        Ok(Interval::new(0, i128::try_from(self.most).unwrap_or(i128::MAX))?)
    }

    /// The result, with 1 in place of x = 0; and [x = 0], if the interval admits it.
    pub(crate) async fn run<F: Field>(
        &self,
        s: &Session<F>,
        x: &Shares<F>,
    ) -> Result<(Shares<F>, Option<Shares<F>>)> {
        run_ahead(s, self, std::slice::from_ref(x), &[]).await
    }

    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    async fn steps_of<F: Field>(
        &self,
        s: &Session<F>,
        x: &Shares<F>,
    ) -> Result<(Shares<F>, Option<Shares<F>>)> {
        let Plan { m, p, odd, .. } = self.plan;
        let even = Even::find(s, x, self.domain, &self.plan).await?;
        let y = even.reciprocal_root(s, &self.plan).await?;
        let pairs = bits(m / 2);
        let scale = even.scaled(|i| power::<F>(pairs.saturating_sub(1).saturating_sub(i)));
        let product = mul(s, &y, &scale).await?;
        let drop = p + m / 2 - self.to - (self.f + odd) / 2;
        let root = rounded(s, &product, from_zero(p + 1 + m / 2), drop).await?;
        Ok((root, even.zero))
    }
}

impl<F: Field> Routine<F> for Root {
    type Output = Shares<F>;

    fn steps<'a>(&'a self, s: &'a Session<F>, inputs: &'a [Shares<F>]) -> BoxFuture<'a, Result<Shares<F>>> {
        Box::pin(async move { self.steps_of(s, only(inputs)?).await })
    }
}

impl<F: Field> Routine<F> for InverseRoot {
    type Output = (Shares<F>, Option<Shares<F>>);

    fn steps<'a>(
        &'a self,
        s: &'a Session<F>,
        inputs: &'a [Shares<F>],
    ) -> BoxFuture<'a, Result<Self::Output>> {
        Box::pin(async move { self.steps_of(s, only(inputs)?).await })
    }
}

impl<F: Field> Int<F> {
    /// ⌊√x⌋, exactly. Of x below 2^64 over `Fp127`.
    ///
    /// # Errors
    /// [`UsageFault::Domain`] if x may be negative; [`UsageFault::NoRoom`]; whatever ends the session.
    pub async fn isqrt(&self, s: &Session<F>) -> Result<Self> {
        let root = Root::plan(s, "isqrt", self.range(), 0)?;
        // |y − √x| < 1, so ⌊√x⌋ is y − [x < y²]; |x − y²| ≤ 2y + 1.
        let most = root.range()?.hi().saturating_mul(2).saturating_add(1);
        let rests = Interval::new(most.saturating_neg(), most)?;
        let y = root.run(s, self.shares(), sign_shape(rests).as_slice()).await?;
        let rest = self.shares() - &square(s, &y).await?;
        let over = Self::assume(rest, rests).is_negative(s).await?;
        let range = Interval::new(self.range().lo().isqrt(), self.range().hi().isqrt())?;
        Ok(Self::assume(y - over.shares(), range))
    }
}

#[cfg(test)]
mod tests {
    use speedwell_field::Fp127;
    use speedwell_net::PartyId;

    use super::*;

    /// At every scale, for intervals that end at or beside powers of two and where another step begins.
    #[test]
    fn every_plan_keeps_the_error_that_is_promised() {
        let s = Session::<Fp127>::planning(PartyId::new(0).unwrap(), 2).unwrap();
        let ends = (0..64_u32).flat_map(|k| [1 << k, (1_i128 << k) - 1, 3_i128 << k, 45 << k >> 4]);
        let edges = (0..=60_u32).filter_map(|f| (4095_i128 * 4095).checked_shr(f));
        let (mut roots, mut inverse) = ([Ulps::ZERO; 2], Ulps::ZERO);
        for (f, end) in (0..=60).flat_map(|f| ends.clone().chain(edges.clone()).map(move |end| (f, end))) {
            let x = Interval::new(0, end).unwrap();
            if let Ok(plan) = Root::plan(&s, "sqrt", x, f) {
                let at = usize::from(plan.most >> 48 != 0);
                roots[at] = roots[at].greatest(plan.error());
            }
            if let Ok(plan) = InverseRoot::plan(&s, Interval::new(end.max(1), 1 << 62).unwrap_or(x), f, true)
            {
                inverse = inverse.greatest(plan.error());
            }
        }
        assert!(!roots[0].exceeds(Ulps::ratio(7, 8)), "{roots:?}");
        assert!(!roots[1].exceeds(Ulps::ONE), "{roots:?}");
        assert!(!inverse.exceeds(Ulps::ratio(7, 8)), "{inverse:?}");
    }
}
