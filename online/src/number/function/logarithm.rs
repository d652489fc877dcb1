//! ln x and log2 x: x = ν·2^e with ν in [1/2, 1); ln ν = ln c + Σ ±((ν − c)/c)^k/k around the middle c of one of 16 segments.
//!
//! The four bits below the leading one say which; they and ν come from the normalisation, with no rounding.
//! Error: at most 81/128 ulp. Rounds: those of the normalisation, 2 of the one-hot, and the polynomial's.

use speedwell_field::Field;
use speedwell_net::BoxFuture;

use super::normal::Leading;
use super::onehot::{look_up, one_hot};
use super::polynomial::{self, Task};
use super::tables::{INVLN2_80, LN_C, LN2_100, LOG2_C, shortened};
use super::{bit_length, bits, exponent, inner_all, limit, no_room, only};
use crate::error::{Result, UsageFault};
use crate::mask::{Routine, power, run_ahead};
use crate::number::{Interval, Ulps};
use crate::session::Session;
use crate::share::Shares;

pub(crate) use super::exponential::Base;

/// How a logarithm runs. Names are those of `docs/arithmetic.md`.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    base: Base,
    f: i64,
    m: i64,
    l0: i64,
    /// Bits of the window; fraction bits of u: one more where the window is shorter than x.
    window: i64,
    scale: i64,
    working: i64,
    polynomial: polynomial::Plan,
    error: Ulps,
    domain: Interval,
}

impl Plan {
    /// For x·2^f in `x`; `by_zero` says whether 0 is cared for.
    pub(crate) fn find<F: Field>(
        s: &Session<F>,
        base: Base,
        x: Interval,
        fraction_bits: u32,
        by_zero: bool,
    ) -> Result<Self> {
        let operation = if base == Base::E { "ln" } else { "log2" };
        if x.lo() < 0 || (x.lo() == 0 && !by_zero) {
            let domain = "positive numbers: narrow the interval, or say what 0 gives";
            return Err(UsageFault::Domain { operation, domain, interval: x, fraction_bits }.into());
        }
        let limit = limit(s);
        let need = || bit_length(x.magnitude()).max(limit).saturating_add(1);
        Ok(Self::with(base, x, i64::from(fraction_bits), limit)
            .ok_or_else(|| no_room(s, operation, need()))?)
    }

    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    fn with(base: Base, x: Interval, f: i64, limit: i64) -> Option<Self> {
        let m = bit_length(x.hi().max(1).unsigned_abs());
        let l0 = bit_length(x.lo().max(1).unsigned_abs());
        let working = f + 5;
        let factor = if base == Base::Two { Ulps::ratio(3, 2) } else { Ulps::ONE };
        // The series: (33/32)/((d+1)·33^(d+1)).
        let series = |d: u32| {
            let powers = 33_u128.checked_pow(d + 1)?.checked_mul(u128::from(d) + 1)?;
            Some(Ulps::ratio(33, 32).over(powers) * factor)
        };
        let good = |d: &u32| {
            series(*d).is_some_and(|series| !series.shifted(exponent(f)).exceeds(Ulps::ratio(1, 16)))
        };
        let degree = (1..=7).find(good)?;
        if bit_length(x.magnitude()) + 1 > limit {
            return None;
        }
        let (window, scale, window_error) = if m <= working + 4 {
            (m.max(6), m.max(6), Ulps::ZERO)
        } else {
            (working + 3, working + 4, Ulps::power(exponent(f - working - 3)) * factor)
        };
        let first = if base == Base::Two { Ulps::ONE } else { Ulps::ratio(7, 10) };
        let further = (1..=degree).map(|k| Ulps::power(exponent(k.into())).over(k.into()) * factor);
        let coefficients: Vec<Ulps> = std::iter::once(first).chain(further).collect();
        let add = (m - f).abs().max((l0 - f).abs()).max(1);
        let add = Some(Ulps::from(u128::from(add.unsigned_abs())));
        let task = Task { scale, short: 6, coefficients: &coefficients, working, result: f, add };
        let polynomial = polynomial::Plan::find(&task, limit)?;
        let powers = if base == Base::E { Ulps::ratio(9, 512) } else { Ulps::ZERO };
        let error = polynomial.error() + Ulps::ratio(1, 16) + window_error + powers;
        Some(Self { base, f, m, l0, window, scale, working, polynomial, error, domain: x })
    }

    /// A bound of the error, in ulps: at most 81/128.
    pub(crate) fn error(&self) -> Ulps {
        self.error
    }

    /// What the result may be: g(2^(l0−1−f)) to g(2^(m−f)), and one unit of error.
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers below 2^120")]
    pub(crate) fn result(&self) -> Result<Interval> {
        let of = |power: i64, up: bool| match self.base {
            Base::Two => i128::from(power) << self.f,
            Base::E => {
                let scaled = i128::from(power) * LN2_100;
                (scaled >> bits(100 - self.f)) + i128::from(up)
            }
        };
        Ok(Interval::new(of(self.l0 - 1 - self.f, false) - 1, of(self.m - self.f, true) + 1)?)
    }

    /// The logarithm, with 1 ulp in place of x = 0; and [x = 0], if the interval admits it.
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
        let Self { base, f, m, window, scale, working, .. } = *self;
        let leading = Leading::find(s, x, self.domain, m).await?;
        // 1. The window from the leading bit down, and the four bits below it, in one round.
        let windows = leading.windows(window);
        let below: Vec<Vec<Shares<F>>> = (1..=4).map(|i| leading.below(i)).collect();
        let mut sums = vec![leading.with(&windows)];
        sums.extend(below.iter().rev().map(|bits| leading.with(bits)));
        let mut sums = inner_all(s, &sums).await?;
        if sums.is_empty() {
            return Ok((x.clone(), leading.zero));
        }
        let top = sums.remove(0);
        // 2. The segment, and u = ν − c.
        let hot = one_hot(s, &sums).await?;
        let nu = if scale == window { top } else { &top + &top + F::ONE };
        let middle = |i: usize| F::from_u128(odd_of(i)) * power::<F>(bits(scale - 6));
        let Some(middle) = look_up(&hot, middle) else { return Ok((x.clone(), leading.zero)) };
        let u = nu - &middle;
        // 3. (place of the leading bit + 1 − f)·ln 2, local, and the polynomial.
        let weight = |j: u32| {
            let places = i128::from(j) + 1 - i128::from(f);
            F::from_i128(match base {
                Base::Two => places << working,
                Base::E => shortened(places * LN2_100, 100 - working),
            })
        };
        let add = leading.weighted(weight);
        let coefficients: Vec<Shares<F>> = (0_u32..)
            .zip(self.polynomial.scales())
            .filter_map(|(k, scale)| look_up(&hot, |i| F::from_i128(coefficient(base, i, k, scale))))
            .collect();
        let value = self.polynomial.run(s, &u, &coefficients, add.as_ref()).await?;
        Ok((value, leading.zero))
    }
}

impl<F: Field> Routine<F> for Plan {
    type Output = (Shares<F>, Option<Shares<F>>);

    fn steps<'a>(
        &'a self,
        s: &'a Session<F>,
        inputs: &'a [Shares<F>],
    ) -> BoxFuture<'a, Result<Self::Output>> {
        Box::pin(async move { self.steps_of(s, only(inputs)?).await })
    }
}

/// 64·c of segment i.
#[allow(clippy::arithmetic_side_effects, reason = "at most 63")]
fn odd_of(i: usize) -> u128 {
    2 * u128::try_from(i).unwrap_or(0) + 33
}

/// Coefficient k of segment i with so many fraction bits: ln c, then ±1/(k·c^k); over ln 2 for base 2.
#[allow(clippy::arithmetic_side_effects, reason = "k ≤ 7: below 2^125")]
fn coefficient(base: Base, i: usize, k: u32, scale: i64) -> i128 {
    let signed = |x: u128| i128::try_from(x).unwrap_or(0);
    if k == 0 {
        let table = if base == Base::Two { &LOG2_C } else { &LN_C };
        return -shortened(signed(table.get(i).copied().unwrap_or(0)), 100 - scale);
    }
    let one = if base == Base::Two { INVLN2_80 } else { 1 << 80 };
    let divisor = odd_of(i).pow(k) * u128::from(k);
    let value = shortened(signed((one << (6 * k)) / divisor.max(1)), 80 - scale);
    if k & 1 == 1 { value } else { -value }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plans at every scale for intervals between powers of two, over fields with much and little room.
    #[test]
    fn every_plan_keeps_the_error_that_is_promised() {
        for (base, limit) in [(Base::E, 60), (Base::E, 123), (Base::Two, 60), (Base::Two, 123)] {
            let mut most = Ulps::ZERO;
            for (f, high) in (0..=60).flat_map(|f| (0..limit).map(move |high| (f, high))) {
                for low in (0..=high).step_by(5) {
                    let x = Interval::new(1 << low, 1 << high).unwrap();
                    let Some(plan) = Plan::with(base, x, f, limit) else { continue };
                    most = most.greatest(plan.error);
                }
            }
            assert!(!most.exceeds(Ulps::ratio(81, 128)), "{base:?} {limit}: {most:?}");
            assert!(most.exceeds(Ulps::ratio(79, 128)), "{base:?} {limit}: {most:?}");
        }
    }
}
