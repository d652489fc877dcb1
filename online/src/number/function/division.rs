//! Division: q ≈ a·2^f/b, to 7/8 of a unit.
//!
//! The divisor is normalised to v = b·σ, its reciprocal w found, and a·σ·w rounded. Where that has no room for the whole
//! quotient, the exact rest r = a·2^f − q·b gives a second digit r·σ·w. The plan is the cheapest that has room.
//! Rounds: those of the bits of b, ⌈log2⌉ of their number, of the reciprocal, and 1 or 2 roundings a digit.

use speedwell_field::Field;

use super::normal::Leading;
use super::reciprocal::{self, reciprocal, relative_error};
use super::{bit_length, bits, exponent, inner_all, rounded, within};
use crate::error::Result;
use crate::join::try_join;
use crate::mask::power;
use crate::number::{Interval, Ulps};
use crate::protocol::mul;
use crate::session::Session;
use crate::share::Shares;

/// A numerator.
#[derive(Clone, Copy)]
pub(crate) enum Numerator<'a, F: Field> {
    Secret(&'a Shares<F>),
    Public(F),
}

impl<F: Field> Numerator<'_, F> {
    async fn times(&self, s: &Session<F>, x: &Shares<F>) -> Result<Shares<F>> {
        match self {
            Self::Secret(a) => mul(s, a, x).await,
            Self::Public(a) => Ok(x * *a),
        }
    }
}

/// How a division runs. Numbers of bits are as in `docs/arithmetic.md`.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// |a| < 2^a_bits.
    a_bits: i64,
    f: i64,
    /// 2^(l0−1) ≤ b < 2^m.
    m: i64,
    l0: i64,
    precision: i64,
    first: First,
    second: Second,
    /// |q − a·2^f/b| after the first digit is at most 2^eta.
    eta: i64,
    /// |a·σ| < 2^product.
    product: i64,
    /// A bound of |q − a·2^f/b|, at most 7/8.
    error: Ulps,
}

/// The first digit: one rounding of a·σ·w, or one of a·w by `cut` bits before σ and one after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Once,
    Twice { cut: i64 },
}

/// The second digit: none, one rounding of r·σ·w, or one of r·σ before w and one after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Second {
    None,
    Once,
    Twice,
}

impl Plan {
    /// The cheapest plan for |a| ≤ `a`, 0 < `b.lo()` ≤ b ≤ `b.hi()` within `limit` bits.
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    pub(crate) fn find(a: u128, b: Interval, f: u32, limit: i64) -> Option<Self> {
        let (a_bits, f) = (bit_length(a.max(1)), i64::from(f));
        let (m, l0) = (bit_length(b.hi().unsigned_abs()), bit_length(b.lo().unsigned_abs()));
        // |a·2^f/b| < 2^h.
        let h = if a_bits + f <= 127 {
            let most = a.max(1).wrapping_shl(bits(f)).checked_div(b.lo().unsigned_abs()).unwrap_or(u128::MAX);
            bit_length(most).max(1)
        } else {
            (a_bits + f - l0 + 1).max(1)
        };
        let mut best: Option<(i64, Self)> = None;
        for (least, most) in reciprocal::PRECISIONS {
            for precision in least..=most {
                for twice in [false, true] {
                    let found = Self::with((a_bits, f, m, l0, h), precision, twice, limit);
                    if let Some((cost, plan)) = found
                        && best.as_ref().is_none_or(|(least, _)| cost < *least)
                    {
                        best = Some((cost, plan));
                    }
                }
            }
        }
        best.map(|(_, plan)| plan)
    }

    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    fn with(
        (a_bits, f, m, l0, h): (i64, i64, i64, i64, i64),
        g: i64,
        twice: bool,
        limit: i64,
    ) -> Option<(i64, Self)> {
        if !reciprocal::has_room(m, g, limit) {
            return None;
        }
        let good_enough = |error: Ulps| !error.exceeds(Ulps::ratio(7, 8));
        let sigma = m - l0;
        let shift = m + g - f;
        let product = if h + m - f > 0 { (a_bits + sigma).min(h + m - f) } else { a_bits + sigma };
        let (first, first_error, dropped) = if twice {
            let cut = (g - f + l0 - 4).max(a_bits + g + 2 + sigma - limit).max(1);
            if a_bits + g + 1 > limit || a_bits + g + 2 - cut + sigma > limit {
                return None;
            }
            (First::Twice { cut }, Ulps::power(exponent(cut - 1 + sigma - shift)), shift - cut)
        } else if product + g < limit {
            (First::Once, Ulps::ZERO, shift)
        } else {
            return None;
        };
        // A shift to the left is exact.
        let last = if dropped < 1 { Ulps::ZERO } else { Ulps::HALF };
        let error = last + first_error + Ulps::power(exponent(h - g));
        let levels = i64::try_from(reciprocal::levels(g).len()).unwrap_or(i64::MAX);
        let cost = levels + if twice { 2 } else { 1 };
        let plan =
            Self { a_bits, f, m, l0, precision: g, first, second: Second::None, eta: 0, product, error };
        if good_enough(error) {
            return Some((cost, plan));
        }
        let eta = bit_length(error.ceiling()?.saturating_sub(1));
        if eta + m > limit {
            return None;
        }
        let rest = relative_error(g).shifted(exponent(eta));
        let once = Ulps::HALF + rest;
        if eta + m + g < limit && good_enough(once) {
            return Some((cost + 1, Self { second: Second::Once, eta, error: once, ..plan }));
        }
        let twice = Ulps::HALF + Ulps::ratio(9, 64) + rest;
        if eta + g + 6 <= limit && m > 3 && good_enough(twice) {
            return Some((cost + 2, Self { second: Second::Twice, eta, error: twice, ..plan }));
        }
        None
    }

    /// A bound of the error, in ulps.
    pub(crate) fn error(&self) -> Ulps {
        self.error
    }

    /// a·2^f/b of b in `range`, with 1 in place of 0; and [b = 0], if 0 is in `range`.
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    pub(crate) async fn run<F: Field>(
        &self,
        s: &Session<F>,
        a: Numerator<'_, F>,
        b: &Shares<F>,
        range: Interval,
    ) -> Result<(Shares<F>, Option<Shares<F>>)> {
        let (m, g, f) = (self.m, self.precision, self.f);
        let leading = Leading::find(s, b, range, m).await?;
        let b = &leading.x;
        let Some(shift) = leading.shift() else { return Ok((b.clone(), None)) };
        // v = b·σ and its window.
        let (v, window) = if self.l0 == m {
            // All divisors have their leading bit in one place.
            match leading.windows(reciprocal::WINDOW).pop() {
                Some(window) => (b.clone(), window),
                None => return Ok((b.clone(), None)),
            }
        } else if m > reciprocal::WINDOW {
            let windows = leading.windows(reciprocal::WINDOW);
            let mut sums = inner_all(s, &[vec![(b, &shift)], leading.with(&windows)]).await?.into_iter();
            match (sums.next(), sums.next()) {
                (Some(v), Some(window)) => (v, window),
                _ => return Ok((b.clone(), None)),
            }
        } else {
            let v = mul(s, b, &shift).await?;
            let window = &v * power::<F>(bits(reciprocal::WINDOW - m));
            (v, window)
        };
        // The first digit; a·σ beside the reciprocal.
        let total = m + g - f;
        let w = reciprocal(s, &v, &window, m, g);
        let (mut q, w) = match self.first {
            First::Once => {
                let (scaled, w) = try_join(a.times(s, &shift), w).await?;
                let product = mul(s, &scaled, &w).await?;
                (rounded(s, &product, within(self.product + g + 1), total).await?, w)
            }
            First::Twice { cut } => {
                let w = w.await?;
                let product = a.times(s, &w).await?;
                let t = rounded(s, &product, within(self.a_bits + g + 1), cut).await?;
                let product = mul(s, &t, &shift).await?;
                let bound = within(self.a_bits + g + 2 - cut + self.m - self.l0);
                (rounded(s, &product, bound, total - cut).await?, w)
            }
        };
        if self.second != Second::None {
            // r = a·2^f − q·b, exactly, and r·σ.
            let taken = mul(s, &q, b).await?;
            let scaled = power::<F>(bits(f));
            let rest = match a {
                Numerator::Secret(a) => a * scaled - &taken,
                Numerator::Public(a) => -taken + a * scaled,
            };
            let rest = mul(s, &rest, &shift).await?;
            let more = if self.second == Second::Once {
                let product = mul(s, &rest, &w).await?;
                rounded(s, &product, within(self.eta + m + g + 1), m + g).await?
            } else {
                let short = rounded(s, &rest, within(self.eta + m), m - 3).await?;
                let product = mul(s, &short, &w).await?;
                rounded(s, &product, within(self.eta + g + 5), g + 3).await?
            };
            q = q + &more;
        }
        Ok((q, leading.zero))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(a: u128, lo: i128, hi: i128, f: u32) -> Plan {
        Plan::find(a, Interval::new(lo, hi).unwrap(), f, 123).unwrap()
    }

    /// The plans of `docs/arithmetic.md`.
    #[test]
    fn plans_are_those_of_the_documentation() {
        let of = |plan: Plan| (plan.precision, plan.first, plan.second);
        assert_eq!(of(plan((1 << 31) - 1, 1 << 16, (1 << 31) - 1, 16)), (33, First::Once, Second::None));
        assert_eq!(of(plan((1 << 31) - 1, 1, (1 << 31) - 1, 16)), (25, First::Once, Second::Once));
        let (g, first, second) = of(plan((1 << 63) - 1, 1, (1 << 63) - 1, 32));
        assert_eq!((g, second), (50, Second::Twice));
        assert!(matches!(first, First::Twice { .. }));
        assert!(Plan::find(1 << 100, Interval::new(1, 1 << 100).unwrap(), 0, 123).is_none());
    }

    /// Numerators, divisors between powers of two and scales of every length, with much and little room.
    #[test]
    fn every_plan_keeps_the_error_that_is_promised() {
        let mut plans = 0_u32;
        for (f, a) in (0..=60).step_by(3).flat_map(|f| (0..100).step_by(7).map(move |a| (f, a))) {
            for (low, high) in
                (0..100).step_by(6).flat_map(|low| (low..100).step_by(9).map(move |h| (low, h)))
            {
                for limit in [40, 60, 90, 123] {
                    let b = Interval::new(1 << low, 1 << high).unwrap();
                    let Some(plan) = Plan::find(1 << a, b, f, limit) else { continue };
                    plans += 1;
                    assert!(!plan.error.exceeds(Ulps::ratio(7, 8)), "{plan:?}");
                }
            }
        }
        assert!(plans > 10_000, "{plans}");
    }
}
