//! Integer division. There is no `/`: each kind has its name.

use speedwell_field::Field;

use super::compare::sign_shape;
use super::function::division::Numerator;
use super::function::quotient::{Division, Quotient};
use super::limit::{admit, fault};
use super::rounding::Rounding;
use super::{Int, Interval};
use crate::error::{Result, UsageFault};
use crate::join::try_join;
use crate::mask::Shape;
use crate::protocol::{inverse, mul};
use crate::session::Session;
use crate::share::Shares;

impl<F: Field> Int<F> {
    /// ⌊x/y⌋ and x − y·⌊x/y⌋, exactly; the remainder has the sign of y. An approximate quotient and one comparison.
    ///
    /// # Errors
    /// [`UsageFault::Domain`] if y may be 0: see [`div_floor_or`](Self::div_floor_or). [`UsageFault::NoRoom`],
    /// [`UsageFault::Range`]; whatever ends the session.
    pub async fn div_floor(&self, s: &Session<F>, y: &Self) -> Result<(Self, Self)> {
        self.floor_division(s, y, None).await
    }

    /// As [`div_floor`](Self::div_floor), with the quotient `zero` and the remainder x where y is 0.
    ///
    /// # Errors
    /// As [`div_floor`](Self::div_floor), but for the domain.
    pub async fn div_floor_or(&self, s: &Session<F>, y: &Self, zero: i128) -> Result<(Self, Self)> {
        self.floor_division(s, y, Some(zero)).await
    }

    /// The integer nearest to x/y, ties towards +∞: ⌊x/y + 1/2⌋, exactly. An approximate quotient and two comparisons.
    ///
    /// # Errors
    /// As [`div_floor`](Self::div_floor).
    pub async fn div_round(&self, s: &Session<F>, y: &Self) -> Result<Self> {
        self.same_length("div_round", y)?;
        let plan = Division::plan(s, "div_round", self.range(), y.range(), (0, 0), false)?;
        let rests = Rests::of(&plan, y)?;
        let later: Vec<Shape> = [rests.above, rests.below].into_iter().filter_map(sign_shape).collect();
        let Quotient { quotient, divisor, numerator, .. } =
            plan.run(s, Numerator::Secret(self.shares()), y, &later).await?;
        // + [2r ≥ |y|] − [2r < −|y|], of r = x' − q·|y| with |r| < |y|.
        let rest = numerator - &mul(s, &quotient, &divisor).await?;
        let above = Int::assume(&rest + &rest - &divisor, rests.above);
        let below = Int::assume(&rest + &rest + &divisor, rests.below);
        let (above, below) = try_join(above.is_negative(s), below.is_negative(s)).await?;
        let quotient = quotient + (!&above).shares() - below.shares();
        Ok(Self::assume(quotient, plan.range()))
    }

    /// ⌊x/d⌋ for a public d ≥ 1, exactly: a product with a public reciprocal and one rounding where it has room, else
    /// digit by digit.
    ///
    /// # Errors
    /// [`UsageFault::Domain`] for d < 1; [`UsageFault::NoRoom`]; whatever ends the session.
    pub async fn div_floor_public(&self, s: &Session<F>, d: i128) -> Result<Self> {
        if d < 1 {
            let interval = Interval::point(d);
            let domain = "positive divisors";
            let operation = "div_floor_public";
            return Err(UsageFault::Domain { operation, domain, interval, fraction_bits: 0 }.into());
        }
        if d.unsigned_abs().is_power_of_two() {
            return self.div_pow2_floor(s, d.trailing_zeros()).await;
        }
        let range = Interval::new(self.range().lo().div_euclid(d), self.range().hi().div_euclid(d))?;
        let quotient = public_quotient(s, self, d).await?;
        Ok(Self::assume(quotient, range))
    }

    /// ⌊x/d⌋ and x − d·⌊x/d⌋, from 0 to d − 1, for a public d ≥ 1, exactly. The remainder is local.
    ///
    /// # Errors
    /// As [`div_floor_public`](Self::div_floor_public); [`UsageFault::Range`] if the remainder may be beyond the field.
    pub async fn div_rem_floor_public(&self, s: &Session<F>, d: i128) -> Result<(Self, Self)> {
        let range = Interval::new(0, d.max(1).saturating_sub(1))?;
        admit::<F>("div_rem_floor_public", &[self.range(), Interval::point(d)], Some(range))?;
        let quotient = self.div_floor_public(s, d).await?;
        let rest = self.shares() - &(quotient.shares() * F::from_i128(d));
        Ok((quotient, Self::assume(rest, range)))
    }

    /// The integer nearest to x/d for a public d ≥ 1, ties towards +∞, exactly.
    ///
    /// # Errors
    /// As [`div_floor_public`](Self::div_floor_public); [`UsageFault::Range`].
    pub async fn div_round_public(&self, s: &Session<F>, d: i128) -> Result<Self> {
        if d == 1 {
            return Ok(self.clone());
        }
        // ⌊(2x + d)/2d⌋, and where d is even ⌊(x + d/2)/d⌋.
        if d & 1 == 0 {
            return (self + d.wrapping_shr(1)).div_floor_public(s, d).await;
        }
        let twice = d.checked_mul(2).ok_or_else(|| fault::<F>("div_round_public", &[self.range()]))?;
        (&(self * 2) + d).div_floor_public(s, twice).await
    }

    /// The inverses of x modulo p, which are no quotients of integers.
    ///
    /// # Errors
    /// [`UsageFault::ZeroInverse`] if one is 0; as [`inverse`].
    pub async fn field_inverse(&self, s: &Session<F>) -> Result<Shares<F>> {
        inverse(s, self.shares()).await
    }

    async fn floor_division(&self, s: &Session<F>, y: &Self, zero: Option<i128>) -> Result<(Self, Self)> {
        self.same_length("div_floor", y)?;
        let plan = Division::plan(s, "div_floor", self.range(), y.range(), (0, 0), zero.is_some())?;
        let rests = Rests::of(&plan, y)?;
        let mut range = floored_quotients(&plan)?;
        let later: Vec<Shape> = sign_shape(rests.rest).into_iter().collect();
        let made = plan.run(s, Numerator::Secret(self.shares()), y, &later).await?;
        let Quotient { mut quotient, divisor, numerator, negative, zero: is_zero } = made;
        // r = x' − q·|y|, |r| < |y|; one less where r is negative.
        let rest = numerator - &mul(s, &quotient, &divisor).await?;
        let under = Int::assume(rest.clone(), rests.rest).is_negative(s).await?.into_shares();
        quotient = quotient - &under;
        let mut rest = rest + &mul(s, &under, &divisor).await?;
        // The sign of y, if it is secret: r·(1 − 2g). Where y is 0: 1 stood for it, so the rest is 0.
        if let Some(negative) = &negative {
            let flipped = mul(s, negative, &rest).await?;
            rest = rest - &flipped - &flipped;
        } else if y.range().lo() < 0 {
            rest = -rest;
        }
        if let (Some(is_zero), Some(zero)) = (&is_zero, zero) {
            let offset = -&quotient + F::from_i128(zero);
            let both = is_zero.clone().append(is_zero);
            let (offset, x) =
                mul(s, &both, &offset.append(&(self.shares() - &rest))).await?.split_at(self.len());
            (quotient, rest) = (quotient + &offset, rest + &x);
            range = range.hull(&Interval::point(zero));
        }
        let remainder = if is_zero.is_some() {
            rests.remainder.hull(&self.range()).hull(&Interval::point(0))
        } else {
            rests.remainder
        };
        Ok((Self::assume(quotient, range), Self::assume(rest, remainder)))
    }

    pub(crate) fn same_length(&self, operation: &'static str, other: &Self) -> Result<()> {
        if self.len() == other.len() {
            return Ok(());
        }
        Err(crate::share::length_fault(operation, self.len(), other.len()).into())
    }
}

/// The intervals of what is left of a division.
struct Rests {
    rest: Interval,
    above: Interval,
    below: Interval,
    remainder: Interval,
}

impl Rests {
    fn of<F: Field>(plan: &Division, y: &Int<F>) -> Result<Self> {
        let divisor = plan.divisor();
        let most = divisor.hi().max(1).saturating_sub(1);
        let rest = Interval::new(most.saturating_neg(), most)?;
        let twice = rest.times(&Interval::point(2));
        let positive = Interval::new(divisor.lo().max(1), divisor.hi().max(1))?;
        let refused = || fault::<F>("div", &[y.range()]);
        let above = twice.and_then(|twice| twice.minus(&positive)).ok_or_else(refused)?;
        let below = twice.and_then(|twice| twice.plus(&positive)).ok_or_else(refused)?;
        let lo = if y.range().lo() < 0 { rest.lo() } else { 0 };
        let hi = if y.range().hi() > 0 { rest.hi() } else { 0 };
        Ok(Self { rest, above, below, remainder: Interval::new(lo, hi)? })
    }
}

/// Quotients rounded down, from those to less than one unit.
fn floored_quotients(plan: &Division) -> Result<Interval> {
    let range = plan.range();
    Ok(Interval::new(range.lo(), range.hi().saturating_sub(1).max(range.lo()))?)
}

/// ⌊x/d⌋ for d that is no power of two.
///
/// y = x − ⌊lo/d⌋·d lies in [0, W]. With M = ⌊2^t/d⌋ + 1 and 2^t ≥ d·2^(bits of W), ⌊y·M/2^t⌋ is right. Where y·M has no
/// room, a digit of weight 2^k comes first, too small by at most 1.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "numbers of bits; integers below 2^127 by the room of the field"
)]
async fn public_quotient<F: Field>(s: &Session<F>, x: &Int<F>, d: i128) -> Result<Shares<F>> {
    let steps = public_steps(x.range(), d, s.longest_masked().min(126))
        .ok_or_else(|| fault::<F>("div_floor_public", &[x.range(), Interval::point(d)]))?;
    for step in &steps {
        step.admit(s, x.len())?;
    }
    let offset = x.range().lo().div_euclid(d);
    let multiple = offset.checked_mul(d).ok_or_else(|| fault::<F>("div_floor_public", &[x.range()]))?;
    let mut y = x.shares() - F::from_i128(multiple);
    let mut q = s.constant(&vec![F::from_i128(offset); x.len()]);
    for step in steps {
        match step {
            Step::Whole { factor, rounding } => {
                q = q + &rounding.run(s, &(y.clone() * F::from_u128(factor))).await?;
            }
            Step::Digit { shorten, factor, rounding, weight } => {
                let short = shorten.run(s, &y).await? * F::from_u128(factor);
                let digit = rounding.run(s, &short).await? * F::from_u128(weight);
                y = y - &(&digit * F::from_i128(d));
                q = q + &digit;
            }
            Step::Last { range } => {
                let less = Int::assume(&y - F::from_i128(d), range).is_negative(s).await?;
                q = q + (!&less).shares();
            }
        }
    }
    Ok(q)
}

/// A step of a division by a public integer.
enum Step {
    /// + ⌊y·factor/2^t⌋, which is the whole quotient.
    Whole { factor: u128, rounding: Rounding },
    /// A digit ⌊⌊y/2^c⌋·factor/2^t⌋ of this weight.
    Digit { shorten: Rounding, factor: u128, rounding: Rounding, weight: u128 },
    /// + [y ≥ d] of y − d in this interval.
    Last { range: Interval },
}

impl Step {
    fn admit<F: Field>(&self, s: &Session<F>, n: usize) -> Result<()> {
        match self {
            Self::Whole { rounding, .. } => rounding.admit(s, n),
            Self::Digit { shorten, rounding, .. } => {
                shorten.admit(s, n)?;
                rounding.admit(s, n)
            }
            Self::Last { .. } => Ok(()),
        }
    }
}

/// The steps for x in `range`, with no masked number longer than `longest` bits. `None` where there is no room.
#[allow(clippy::arithmetic_side_effects, reason = "numbers of bits below 2^8; products checked")]
fn public_steps(range: Interval, d: i128, longest: u32) -> Option<Vec<Step>> {
    let length = |x: u128| 128 - x.leading_zeros();
    let divisor = d.unsigned_abs();
    let offset = range.lo().div_euclid(d);
    let mut most = range.hi().checked_sub(offset.checked_mul(d)?)?.unsigned_abs();
    let from_zero = |most: u128| Interval::new(0, i128::try_from(most).ok()?).ok();
    let mut steps = Vec::new();
    loop {
        if most < divisor {
            return Some(steps);
        }
        let n = length(most);
        let t = n + length(divisor);
        // The whole quotient at once, if t fits u128 and y·M has room.
        if t <= 126 {
            let factor = 1_u128.wrapping_shl(t).checked_div(divisor)? + 1;
            let product = most.checked_mul(factor).filter(|product| length(*product) < longest);
            if let Some(product) = product {
                let rounding = Rounding::planned(from_zero(product)?, 0, t)?;
                steps.push(Step::Whole { factor, rounding });
                return Some(steps);
            }
        }
        // 62 bits of y times 62 bits of the reciprocal, or as much as there is room for.
        let room = longest.checked_sub(5)?.wrapping_shr(1);
        let k = n.saturating_sub(length(divisor) + room.checked_sub(5)?);
        let c = n.saturating_sub(room.checked_sub(1)?);
        let t = n - c + 3;
        if t + c > 127 || (c > 0 && c + 4 > k + length(divisor)) {
            return None;
        }
        let weight = 1_u128.wrapping_shl(k);
        let factor = 1_u128.wrapping_shl(t + c).checked_div(divisor.checked_mul(weight)?)?;
        let shorten = Rounding::planned(from_zero(most)?, 0, c)?;
        let short = u128::try_from(shorten.range().hi()).ok()?;
        let product = short.checked_mul(factor).filter(|product| length(*product) < longest)?;
        let rounding = Rounding::planned(from_zero(product)?, 0, t)?;
        steps.push(Step::Digit { shorten, factor, rounding, weight });
        // y/(d·2^k) − digit < 1 + 1/4.
        let left = divisor.checked_mul(weight)?.checked_mul(5)?.wrapping_shr(2);
        if left >= most && k > 0 {
            return None;
        }
        most = most.min(left);
        if k == 0 {
            let range = from_zero(most)?.minus(&Interval::point(d))?;
            steps.push(Step::Last { range });
            return Some(steps);
        }
    }
}
