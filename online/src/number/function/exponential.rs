//! e^x and 2^x: x = n + d/16 + u; g(x) = g(n)·g(d/16 + 1/32)·g(u), the first two looked up by one-hot, the last a polynomial
//! whose coefficients take the second in.
//!
//! Error: 1/2 ulp of the last rounding, 27/256 of g(n) (1/8 from f = 59 on, none for 2^n), 1/16 of the polynomial's, 1/16 of its series; where the
//! last product has no room it is split, with 1/2 more. Rounds: a rounding, the bits of ⌊16x⌋, the polynomial, a rounding.

use speedwell_field::Field;
use speedwell_net::BoxFuture;

use super::onehot::{look_up, look_up_pairs, one_hot};
use super::polynomial::{self, Task};
use super::tables::{EXP_D, EXP_N, EXP_N_FIRST, EXP2_D, LN2_120, product_120, shortened};
use super::{bit_length, bits, cut, exponent, from_zero, limit, no_room, only, rounded};
use crate::error::Result;
use crate::join::try_join;
use crate::mask::{Routine, power, run_ahead};
use crate::number::{Int, Interval, Ulps};
use crate::session::Session;
use crate::share::Shares;

/// The base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    E,
    Two,
}

/// How an exponential runs. Names are those of `docs/arithmetic.md`.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    base: Base,
    f: i64,
    /// Fraction bits of the argument, at least 5.
    fi: i64,
    /// Arguments below 2^f times this give 0 or 1 ulp: they are moved up to it.
    least: Option<i64>,
    /// Integer parts.
    n0: i64,
    n1: i64,
    /// The argument, moved.
    range: Interval,
    domain: Interval,
    working: i64,
    polynomial: polynomial::Plan,
    /// Fraction bits of g(n).
    fe: i64,
    /// Low bits of g(n) that are multiplied apart.
    split: i64,
    most: u128,
    length: i64,
    error: Ulps,
}

impl Plan {
    /// For x·2^f in `x`.
    pub(crate) fn find<F: Field>(
        s: &Session<F>,
        base: Base,
        x: Interval,
        fraction_bits: u32,
    ) -> Result<Self> {
        let operation = if base == Base::E { "exp" } else { "exp2" };
        let limit = limit(s);
        let need = || bit_length(x.magnitude()).max(limit).saturating_add(1);
        Ok(Self::with(base, x, i64::from(fraction_bits), limit)
            .ok_or_else(|| no_room(s, operation, need()))?)
    }

    #[allow(clippy::arithmetic_side_effects, reason = "public integers below 2^120; see the refusals")]
    fn with(base: Base, x: Interval, f: i64, limit: i64) -> Option<Self> {
        if f > 60 || bit_length(x.magnitude()) + 1 > limit {
            return None;
        }
        let fi = f.max(5);
        let least = match base {
            Base::Two => -(f + 2),
            // 45427/65536 > ln 2.
            Base::E => -(((f + 2) * 45_427) >> 16) - 1,
        };
        let clamp = i128::from(least) << f;
        let clamped = x.lo() < clamp;
        let (lo, hi) = (x.lo().max(clamp), x.hi().max(clamp));
        let (n0, n1) = (i64::try_from(lo >> f).ok()?, i64::try_from(hi >> f).ok()?);
        if n1 > 44 {
            return None;
        }
        // g(hi)·2^f < en·ed·67/64, as 67/64 > e^(1/32).
        let segment = ((hi << (fi - f)) - (i128::from(n1) << fi)) >> (fi - 4);
        let ed = table(base).get(usize::try_from(segment).ok()?)?;
        let en = match base {
            Base::E => Ulps::from(*EXP_N.get(usize::try_from(n1 - EXP_N_FIRST).ok()?)?),
            Base::Two => Ulps::power(exponent(n1 + 64)),
        };
        let most = (en * Ulps::from(*ed) * Ulps::ratio(67, 64)).shifted(exponent(f - 184)).ceiling()?;
        let length = bit_length(most).max(2);
        // The series: (33/32)/(d+1)!·2^(−5(d+1)), (7/10)^(d+1) times as much for base 2.
        let ratio = if base == Base::Two { Ulps::ratio(7, 10) } else { Ulps::ONE };
        let mut series = Ulps::ratio(33, 32);
        let mut coefficient = Ulps::from(3);
        let mut coefficients = vec![coefficient];
        for k in 1_u128..14 {
            series = (series * ratio).shifted(-5).over(k);
            if k > 1 && !series.shifted(exponent(length)).exceeds(Ulps::ratio(1, 16)) {
                break;
            }
            coefficient = (coefficient * ratio).over(k);
            coefficients.push(coefficient);
        }
        let working = length + 4;
        let polynomial = polynomial::Plan::find(
            &Task {
                scale: fi + 1,
                short: 5,
                coefficients: &coefficients,
                working,
                result: working,
                add: None,
            },
            limit,
        )?;
        let fe = f + 4;
        let product = working + 2 + length + 5;
        let split = (product - limit).max(0);
        if split > 0 && working + 2 + split > limit {
            return None;
        }
        let last = if split > 0 { Ulps::ONE } else { Ulps::HALF };
        let powers = match base {
            Base::Two => Ulps::ZERO,
            // The table has 64 fraction bits and g(n) takes fe = f + 4: from 63 on the two roundings are of one size.
            Base::E if fe >= 63 => Ulps::ratio(1, 8),
            Base::E => Ulps::ratio(27, 256),
        };
        let error = last + powers + polynomial.error().shifted(-4) + Ulps::ratio(1, 16);
        let error = if clamped { error.greatest(Ulps::ONE) } else { error };
        let range = Interval::new(lo, hi).ok()?;
        let least = clamped.then_some(least);
        Some(Self {
            base,
            f,
            fi,
            least,
            n0,
            n1,
            range,
            domain: x,
            working,
            polynomial,
            fe,
            split,
            most,
            length,
            error,
        })
    }

    /// A bound of the error, in ulps: 1, or 2 where the last product is split.
    pub(crate) fn error(&self) -> Ulps {
        self.error
    }

    /// What the result may be, its error included.
    pub(crate) fn result(&self) -> Result<Interval> {
        Ok(Interval::new(0, i128::try_from(self.most).unwrap_or(i128::MAX).saturating_add(2))?)
    }

    /// The values, for x in the interval that was planned for.
    pub(crate) async fn run<F: Field>(&self, s: &Session<F>, x: &Int<F>) -> Result<Shares<F>> {
        run_ahead(s, self, std::slice::from_ref(x.shares()), &[]).await
    }

    #[allow(clippy::arithmetic_side_effects, reason = "public integers below 2^120; see the plan")]
    async fn steps_of<F: Field>(&self, s: &Session<F>, x: &Int<F>) -> Result<Shares<F>> {
        let Self { base, f, fi, n0, n1, working, fe, split, .. } = *self;
        let x = match self.least {
            Some(least) => {
                let least = Int::constant(s, &vec![i128::from(least) << f; x.len()]);
                x.max(s, &least).await?.into_shares()
            }
            None => x.shares().clone(),
        };
        // 1. X = (x − n0·2^f)·2^(fi−f) ≥ 0, T = ⌊16·X⌋, u = twice the distance from the middle of the sixteenth.
        let offset = i128::from(n0) << f;
        let moved = super::up(&(x - F::from_i128(offset)), fi - f);
        let most = (self.range.hi() - offset) << (fi - f);
        let parts = cut(s, &moved, Interval::new(0, most)?, fi - 4).await?;
        let u = (moved - &super::up(&parts, fi - 4)) * F::from_u64(2) - power::<F>(bits(fi - 4));
        // 2. One-hots of the sixteenth and of the integer part.
        let planes = Int::assume(parts, Interval::new(0, most >> (fi - 4))?).bits(s).await?;
        let mut planes: Vec<Shares<F>> = planes.into_iter().map(crate::Bit::into_shares).collect();
        let wanted = usize::try_from(4 + bit_length(n1.abs_diff(n0).into())).unwrap_or(4);
        while planes.len() < wanted {
            planes.push(s.constant(&vec![F::ZERO; u.len()]));
        }
        let (sixteenth, whole) = planes.split_at(4);
        let (low, high) = whole.split_at(whole.len().min(4));
        let (sixteenth, (low, high)) =
            try_join(one_hot(s, sixteenth), try_join(one_hot(s, low), one_hot(s, high))).await?;
        let low = if low.is_empty() { vec![s.constant(&vec![F::ONE; u.len()])] } else { low };
        // 3. The polynomial beside g(n), in two parts if the last product is split.
        let scales = self.polynomial.scales();
        let coefficients: Vec<Shares<F>> = (0_usize..)
            .zip(&scales)
            .filter_map(|(k, scale)| look_up(&sixteenth, |d| coefficient(base, d, k, *scale)))
            .collect();
        let part = |which: usize, h: usize, l: usize| {
            let n = n0 + i64::try_from(16 * h + l).unwrap_or(0);
            let value = if n <= n1 { power_of(base, n, fe) } else { 0 };
            F::from_u128(if which == 1 { value >> split } else { value & low_mask(split) })
        };
        let parts = if split > 0 { 2 } else { 1 };
        let whole = |which: usize, h: usize, l: usize| part(if split > 0 { which } else { 1 }, h, l);
        let (value, powers) = try_join(
            self.polynomial.run(s, &u, &coefficients, None),
            look_up_pairs(s, &high, &low, parts, whole),
        )
        .await?;
        // 4. The product.
        let shift = working + fe - f;
        let bound = |bits: i64| from_zero(working + 2 + bits);
        match powers.as_slice() {
            [power] => {
                let product = crate::protocol::mul(s, &value, power).await?;
                rounded(s, &product, bound(self.length + 5), shift).await
            }
            [lower, upper] => {
                let both = upper.clone().append(lower);
                let product = crate::protocol::mul(s, &value.clone().append(&value), &both).await?;
                let (upper, lower) = product.split_at(u.len());
                let (upper, lower) = try_join(
                    rounded(s, &upper, bound(self.length + 5 - split), shift - split),
                    rounded(s, &lower, bound(split), shift),
                )
                .await?;
                Ok(upper + &lower)
            }
            _ => Ok(value),
        }
    }
}

impl<F: Field> Routine<F> for Plan {
    type Output = Shares<F>;

    fn steps<'a>(&'a self, s: &'a Session<F>, inputs: &'a [Shares<F>]) -> BoxFuture<'a, Result<Shares<F>>> {
        Box::pin(async move { self.steps_of(s, &Int::assume(only(inputs)?.clone(), self.domain)).await })
    }
}

fn table(base: Base) -> &'static [u128; 16] {
    match base {
        Base::E => &EXP_D,
        Base::Two => &EXP2_D,
    }
}

#[allow(clippy::arithmetic_side_effects, reason = "at most 126 bits")]
fn low_mask(split: i64) -> u128 {
    (1 << bits(split)) - 1
}

/// g(n)·2^fe, rounded.
#[allow(clippy::arithmetic_side_effects, reason = "public integers below 2^7")]
fn power_of(base: Base, n: i64, fe: i64) -> u128 {
    match base {
        Base::Two => 1_u128.checked_shl(u32::try_from(n + fe).unwrap_or(u32::MAX)).unwrap_or(0),
        Base::E => {
            let value = usize::try_from(n - EXP_N_FIRST).ok().and_then(|at| EXP_N.get(at)).copied();
            let down = 64 - fe;
            let value = value.unwrap_or(0);
            match u32::try_from(down) {
                Ok(0) => value,
                Ok(down) => (value >> down) + (value >> (down - 1) & 1),
                Err(_) => value << bits(-down),
            }
        }
    }
}

/// Coefficient k of segment d with so many fraction bits: g(d/16 + 1/32)/k!, for base 2 times (ln 2)^k.
fn coefficient<F: Field>(base: Base, d: usize, k: usize, scale: i64) -> F {
    let mut value = table(base).get(d).copied().unwrap_or(0);
    for i in (2_u128..).take(k.saturating_sub(1)) {
        value = value.checked_div(i).unwrap_or(0);
    }
    if base == Base::Two {
        (0..k).for_each(|_| value = product_120(value, LN2_120));
    }
    let value = i128::try_from(value).unwrap_or(0);
    F::from_i128(shortened(value, 120_i64.saturating_sub(scale)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plans of the widest and the narrowest intervals that end in the beginning, the middle or the end of each unit, at
    /// every scale, over fields with much and little room.
    #[test]
    fn every_plan_keeps_the_error_that_is_promised() {
        for (base, limit) in [(Base::E, 60), (Base::E, 90), (Base::E, 123), (Base::Two, 60), (Base::Two, 123)]
        {
            let mut most = Ulps::ZERO;
            for (f, n) in (0..=60_u32).flat_map(|f| (-40..=44_i128).map(move |n| (f, n))) {
                for hi in [0, 8, 15].map(|part| (16 * n + part) << f >> 4) {
                    for lo in [hi, -64 << f] {
                        let Ok(x) = Interval::new(lo, hi) else { continue };
                        let Some(plan) = Plan::with(base, x, i64::from(f), limit) else { continue };
                        most = most.greatest(plan.error);
                        if limit == 123 && plan.length <= 56 {
                            assert!(!plan.error.exceeds(Ulps::ONE), "{plan:?}");
                        }
                    }
                }
            }
            assert!(!most.exceeds(Ulps::ratio(87, 64)), "{base:?} {limit}: {most:?}");
            assert!(most.exceeds(Ulps::ONE), "{base:?} {limit}: {most:?}");
        }
    }
}
