//! Comparisons of secret integers, and what is made of them.

use speedwell_field::Field;

use super::limit::admit;
use super::{Bit, Int, Interval};
use crate::error::Result;
use crate::join::try_join;
use crate::mask::Shape;
use crate::protocol::{self, bits_below, floor, mul};
use crate::session::Session;
use crate::share::Shares;

impl<F: Field> Int<F> {
    /// Whether x < 0. A bounded mask takes 4 or 5 rounds besides the check before it, a full-field one 7 or 8 and no
    /// check; none where the interval knows.
    ///
    /// # Errors
    /// [`UsageFault::NoRoom`](crate::UsageFault::NoRoom); [`Error::Exhausted`](crate::Error::Exhausted); whatever ends the session.
    pub async fn is_negative(&self, s: &Session<F>) -> Result<Bit<F>> {
        s.admit_shares(self.shares())?;
        let (lo, hi) = (self.range().lo(), self.range().hi());
        if lo >= 0 || hi < 0 {
            return Ok(self.known(hi < 0));
        }
        if lo == -1 && hi == 0 {
            return Ok(Bit::assume(-self.shares()));
        }
        let bits = self.range().signed_bits();
        Ok(Bit::assume(-floor(s, self.shares(), bits, bits.saturating_sub(1)).await?))
    }

    /// Whether x = 0. A masked opening and a tree of products over the digits.
    ///
    /// # Errors
    /// As [`is_negative`](Self::is_negative).
    pub async fn is_zero(&self, s: &Session<F>) -> Result<Bit<F>> {
        s.admit_shares(self.shares())?;
        if !self.range().contains(0) || self.range() == Interval::point(0) {
            return Ok(self.known(self.range().contains(0)));
        }
        if self.range() == Interval::bit() {
            return Ok(!&Bit::assume(self.shares().clone()));
        }
        Ok(Bit::assume(protocol::is_zero(s, self.shares(), self.range().signed_bits()).await?))
    }

    /// x < y. Costs a comparison of x − y, one bit longer than its operands.
    ///
    /// # Errors
    /// [`UsageFault::Range`](crate::UsageFault::Range) if the field cannot hold the difference; as [`is_negative`](Self::is_negative).
    pub async fn lt(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        self.less("lt", other).is_negative(s).await
    }

    /// x ≤ y.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn le(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        Ok(!&other.less("le", self).is_negative(s).await?)
    }

    /// x > y.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn gt(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        other.less("gt", self).is_negative(s).await
    }

    /// x ≥ y.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn ge(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        Ok(!&self.less("ge", other).is_negative(s).await?)
    }

    /// x = y. Costs an [`is_zero`](Self::is_zero) of x − y.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn eq(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        self.less("eq", other).is_zero(s).await
    }

    /// x ≠ y.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn ne(&self, s: &Session<F>, other: &Self) -> Result<Bit<F>> {
        Ok(!&self.less("ne", other).is_zero(s).await?)
    }

    /// x < c for a public c.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn lt_public(&self, s: &Session<F>, c: i128) -> Result<Bit<F>> {
        self.less_public("lt_public", c).is_negative(s).await
    }

    /// x ≤ c for a public c.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn le_public(&self, s: &Session<F>, c: i128) -> Result<Bit<F>> {
        Ok(!&(-&self.less_public("le_public", c)).is_negative(s).await?)
    }

    /// x > c for a public c.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn gt_public(&self, s: &Session<F>, c: i128) -> Result<Bit<F>> {
        (-&self.less_public("gt_public", c)).is_negative(s).await
    }

    /// x ≥ c for a public c.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn ge_public(&self, s: &Session<F>, c: i128) -> Result<Bit<F>> {
        Ok(!&self.less_public("ge_public", c).is_negative(s).await?)
    }

    /// x = c for a public c.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn eq_public(&self, s: &Session<F>, c: i128) -> Result<Bit<F>> {
        self.less_public("eq_public", c).is_zero(s).await
    }

    /// x ≠ c for a public c.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn ne_public(&self, s: &Session<F>, c: i128) -> Result<Bit<F>> {
        Ok(!&self.less_public("ne_public", c).is_zero(s).await?)
    }

    /// The smaller of x and y: a comparison and a product.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn min(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let less = self.less("min", other).is_negative(s).await?;
        let smaller = Self::select(s, &less, self, other).await?;
        Ok(Self::assume(smaller.into_shares(), self.range().least(&other.range())))
    }

    /// The larger of x and y: a comparison and a product.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn max(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let less = self.less("max", other).is_negative(s).await?;
        let larger = Self::select(s, &less, other, self).await?;
        Ok(Self::assume(larger.into_shares(), self.range().greatest(&other.range())))
    }

    /// |x|: a comparison and a product.
    ///
    /// # Errors
    /// As [`is_negative`](Self::is_negative).
    pub async fn abs(&self, s: &Session<F>) -> Result<Self> {
        let range = admit::<F>("abs", &[self.range()], self.range().absolute())?;
        let negative = self.is_negative(s).await?;
        let part = mul(s, negative.shares(), self.shares()).await?;
        Ok(Self::assume(self.shares() - &part - &part, range))
    }

    /// −1, 0 or 1: two comparisons side by side.
    ///
    /// # Errors
    /// As [`is_negative`](Self::is_negative).
    pub async fn sign(&self, s: &Session<F>) -> Result<Self> {
        let opposite = -self;
        let (negative, positive) = try_join(self.is_negative(s), opposite.is_negative(s)).await?;
        let sign = Interval::signed(2).clamped(&Interval::symmetric(1));
        Ok(Self::assume(positive.shares() - negative.shares(), sign))
    }

    /// x moved into the public interval `to`: two comparisons side by side and two products.
    ///
    /// # Errors
    /// As [`lt`](Self::lt).
    pub async fn clamp(&self, s: &Session<F>, to: Interval) -> Result<Self> {
        let (below, above) = (self.less_public("clamp", to.lo()), -&self.less_public("clamp", to.hi()));
        let (is_below, is_above) = try_join(below.is_negative(s), above.is_negative(s)).await?;
        // x − [x < lo]·(x − lo) + [x > hi]·(hi − x)
        let is_outside = is_below.into_shares().append(is_above.shares());
        let by = below.into_shares().append(above.shares());
        let (down, up) = mul(s, &is_outside, &by).await?.split_at(self.len());
        Ok(Self::assume(self.shares() - &down + &up, self.range().clamped(&to)))
    }

    /// The bits of x ≥ 0, lowest first: as many as its interval's upper end has. Of an interval with negative numbers, the
    /// bits in two's complement, as many as the interval needs with its sign.
    ///
    /// # Errors
    /// As [`is_negative`](Self::is_negative).
    pub async fn bits(&self, s: &Session<F>) -> Result<Vec<Bit<F>>> {
        s.admit_shares(self.shares())?;
        let signed = self.range().lo() < 0;
        let bits = self.range().signed_bits().saturating_sub(u32::from(!signed));
        let u = if signed {
            self.shares() + crate::mask::power::<F>(bits.saturating_sub(1))
        } else {
            self.shares().clone()
        };
        let mut planes: Vec<Bit<F>> = bits_below(s, &u, bits).await?.into_iter().map(Bit::assume).collect();
        if signed && let Some(top) = planes.last_mut() {
            *top = !&*top;
        }
        Ok(planes)
    }

    /// Masks for `n` comparisons of differences in `range`, made ahead: see [`Session::lay_in`].
    ///
    /// # Errors
    /// As [`Session::lay_in`].
    pub async fn lay_in_comparisons(s: &Session<F>, range: Interval, n: usize) -> Result<()> {
        s.lay_in(Shape::sign(range.signed_bits()), n).await
    }

    /// x − y, for an operation of this name.
    fn less(&self, operation: &'static str, other: &Self) -> Self {
        let operands = [self.range(), other.range()];
        Self::within(operation, self.shares() - other.shares(), &operands, self.range().minus(&other.range()))
    }

    /// x − c, for an operation of this name.
    fn less_public(&self, operation: &'static str, c: i128) -> Self {
        let operands = [self.range(), Interval::point(c)];
        let difference = self.shares() - F::from_i128(c);
        Self::within(operation, difference, &operands, self.range().minus(&Interval::point(c)))
    }

    /// What the interval knows, for every element. Made from the shares, so that a fault that they carry is not lost: of
    /// integers that may have left the field the interval knows nothing.
    fn known(&self, bit: bool) -> Bit<F> {
        Bit::assume(self.shares() * F::ZERO + F::from_u64(u64::from(bit)))
    }

    /// The smallest element and where it stands (the first of equals), each a vector of length one: ⌈log2 n⌉ comparisons
    /// one after the other.
    ///
    /// # Errors
    /// [`UsageFault::Length`](crate::UsageFault::Length) of an empty vector; as [`lt`](Self::lt).
    pub async fn argmin(&self, s: &Session<F>) -> Result<(Self, Self)> {
        let (opposite, at) = (-self).argmax(s).await?;
        Ok((-&opposite, at))
    }

    /// The largest element and where it stands (the first of equals), each a vector of length one.
    ///
    /// # Errors
    /// As [`argmin`](Self::argmin).
    pub async fn argmax(&self, s: &Session<F>) -> Result<(Self, Self)> {
        if self.is_empty() {
            return Err(crate::share::length_fault("argmax", 0, 1).into());
        }
        let last = i128::try_from(self.len().saturating_sub(1)).unwrap_or(i128::MAX);
        let places: Vec<i128> = (0..=last).collect();
        let (mut best, mut at) = (self.clone(), Self::constant(s, &places));
        while best.len() > 1 {
            let half = best.len().wrapping_shr(1);
            // Pairs (2i, 2i + 1): the earlier wins unless it is smaller. An odd last one passes on.
            let even: Vec<usize> = (0..half).map(|i| i.wrapping_mul(2)).collect();
            let odd: Vec<usize> = even.iter().map(|i| i.wrapping_add(1)).collect();
            let rest = half.wrapping_mul(2)..best.len();
            let (first, second) = (best.gather(&even), best.gather(&odd));
            let (first_at, second_at) = (at.gather(&even), at.gather(&odd));
            let later = first.less("argmax", &second).is_negative(s).await?;
            let steps = (&second - &first).into_shares().append((&second_at - &first_at).shares());
            let both: Shares<F> = later.shares().clone().append(later.shares());
            let (step, step_at) = mul(s, &both, &steps).await?.split_at(half);
            let (winner, winner_at) = (step + first.shares(), step_at + first_at.shares());
            best = Self::assume(winner.append(best.slice(rest.clone()).shares()), self.range());
            at = Self::assume(winner_at.append(at.slice(rest).shares()), Interval::new(0, last)?);
        }
        Ok((best, at))
    }
}

/// The mask that a comparison of numbers in `range` with 0 takes, if it takes any.
pub(crate) fn sign_shape(range: Interval) -> Option<Shape> {
    let known = range.lo() >= 0 || range.hi() < 0 || (range.lo() == -1 && range.hi() == 0);
    (!known).then(|| Shape::sign(range.signed_bits()))
}
