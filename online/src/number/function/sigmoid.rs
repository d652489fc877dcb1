//! σ(x) = 1/(1 + e^−x): Taylor polynomials of 16 segments a unit for |x| up to 2^nb, beyond which σ is 0 or 1.
//!
//! tanh x = 2σ(2x) − 1. Error: at most 19/16 ulps, mostly below 0.63. Rounds: a comparison (none of one sign), a
//! rounding, the bits of ⌊16|x|⌋, the polynomial's, and 1.

use speedwell_field::Field;
use speedwell_net::BoxFuture;

use super::onehot::{look_up_pairs, one_hot};
use super::polynomial::{self, Task};
use super::tables::{SIG_Q, SIG_Q0, shortened};
use super::{bit_length, bits, cut, limit, no_room, only, up};
use crate::error::Result;
use crate::join::try_join;
use crate::mask::{Routine, power, run_ahead};
use crate::number::{Int, Interval, Ulps};
use crate::protocol::{mul, product_of_all};
use crate::session::Session;
use crate::share::Shares;

/// Fraction bits of the table.
const TABLE: i64 = 60;

/// How σ runs. Names are those of `docs/arithmetic.md`.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    f: i64,
    /// Fraction bits of the argument, at least 5.
    fi: i64,
    /// Fraction bits of the result.
    result: i64,
    /// σ is 0 or 1 for |x| ≥ 2^nb.
    nb: i64,
    /// Bits of ⌊|x|⌋.
    nt: i64,
    degree: usize,
    polynomial: polynomial::Plan,
    error: Ulps,
    range: Interval,
}

impl Plan {
    /// For x·2^f in `x`, and `result` fraction bits.
    pub(crate) fn find<F: Field>(
        s: &Session<F>,
        operation: &'static str,
        x: Interval,
        fraction_bits: u32,
        result: u32,
    ) -> Result<Self> {
        let limit = limit(s);
        let need = || bit_length(x.magnitude()).max(limit).saturating_add(1);
        Ok(Self::with(x, i64::from(fraction_bits), i64::from(result), limit)
            .ok_or_else(|| no_room(s, operation, need()))?)
    }

    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    fn with(range: Interval, f: i64, result: i64, limit: i64) -> Option<Self> {
        let fi = f.max(5);
        if result > 42 || f > 60 || bit_length(range.magnitude()) + (fi - f) + 1 > limit {
            return None;
        }
        // 45427/65536 > ln 2.
        let nb = bit_length(u128::try_from(((result + 2) * 45_427) >> 16).ok()?);
        // |σ^(k)/k!| ≤ (9/4)·π^−(k+1) for k ≥ 2.
        let pi = Ulps::ratio(1000, 3141);
        let mut bound = Ulps::ratio(9, 4) * pi * pi * pi;
        let mut coefficients = vec![Ulps::ONE, Ulps::ratio(1, 4)];
        // `bound` is that of coefficient d + 1, the first that is left out.
        let too_much = |bound: Ulps, degree: usize| {
            let small = super::exponent(result - 5 * (i64::try_from(degree).unwrap_or(0) + 1));
            bound.shifted(small).exceeds(Ulps::ratio(1, 16))
        };
        while too_much(bound, coefficients.len() - 1) {
            coefficients.push(bound);
            bound = bound * pi;
            if coefficients.len() > 12 {
                return None;
            }
        }
        let working = result + 4;
        let task = Task { scale: fi + 1, short: 5, coefficients: &coefficients, working, result, add: None };
        let polynomial = polynomial::Plan::find(&task, limit)?;
        let nt = bit_length(range.magnitude() >> f).max(1);
        let error = polynomial.error() + Ulps::ratio(1, 16);
        let degree = coefficients.len() - 1;
        Some(Self { f, fi, result, nb, nt, degree, polynomial, error, range })
    }

    /// A bound of the error, in ulps: at most 19/16.
    pub(crate) fn error(&self) -> Ulps {
        self.error
    }

    /// The values, for x in the interval that was planned for.
    pub(crate) async fn run<F: Field>(&self, s: &Session<F>, x: &Int<F>) -> Result<Shares<F>> {
        run_ahead(s, self, std::slice::from_ref(x.shares()), &[]).await
    }

    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    async fn steps_of<F: Field>(&self, s: &Session<F>, x: &Int<F>) -> Result<Shares<F>> {
        let Self { f, fi, result, nb, nt, degree, range, .. } = *self;
        // 1. |x|, where the sign is not public.
        let negative = if range.lo() >= 0 || range.hi() <= 0 {
            None
        } else {
            Some(x.is_negative(s).await?.into_shares())
        };
        let absolute = match &negative {
            None if range.lo() < 0 => -x.shares(),
            None => x.shares().clone(),
            Some(negative) => {
                let part = mul(s, negative, x.shares()).await?;
                x.shares() - &part - &part
            }
        };
        // 2. T = ⌊16·|x|⌋ and u, twice the distance from the middle of the sixteenth.
        let moved = up(&absolute, fi - f);
        let most = i128::try_from(range.magnitude()).unwrap_or(i128::MAX) << bits(fi - f);
        let parts = cut(s, &moved, Interval::new(0, most)?, fi - 4).await?;
        let u = (moved - &up(&parts, fi - 4)) * F::from_u64(2) - power::<F>(bits(fi - 4));
        let planes = Int::assume(parts, Interval::new(0, most >> bits(fi - 4))?).bits(s).await?;
        let mut planes: Vec<Shares<F>> = planes.into_iter().map(crate::Bit::into_shares).collect();
        let nothing = s.constant(&vec![F::ZERO; u.len()]);
        planes.resize(usize::try_from(4 + nt).unwrap_or(4), nothing);
        // 3. One-hots of the sixteenth and the whole part, whether all is beyond the table, and how the result is turned:
        // α·y + β with α = 1 − sat − 2g + 2·sat·g, β = g + sat − 2·sat·g.
        let (sixteenth, whole) = planes.split_at(4);
        let (whole, beyond) = whole.split_at(whole.len().min(usize::try_from(nb).unwrap_or(0)));
        let turned = async {
            let none: Vec<Shares<F>> = beyond.iter().map(|bit| -bit + F::ONE).collect();
            let beyond = product_of_all(s, none).await?.map(|none| -none + F::ONE);
            let both = match (&beyond, &negative) {
                (Some(beyond), Some(negative)) => Some(mul(s, beyond, negative).await?),
                _ => None,
            };
            Ok((beyond, both))
        };
        let ((low, high), (beyond, both)) =
            try_join(try_join(one_hot(s, sixteenth), one_hot(s, whole)), turned).await?;
        // 4. Coefficients in one round, then the polynomial.
        let table = segments(16_usize << bits(nb), degree);
        let scales = self.polynomial.scales();
        let entry = |k: usize, h: usize, l: usize| {
            let value = table.get(16 * h + l).and_then(|segment| segment.get(k)).copied().unwrap_or(0);
            let scale = scales.get(k).copied().unwrap_or(0);
            F::from_i128(shortened(value, TABLE - scale))
        };
        let coefficients = look_up_pairs(s, &high, &low, scales.len(), entry).await?;
        let y = self.polynomial.run(s, &u, &coefficients, None).await?;
        // 5. y, 1 − y, 0 or 1.
        let zero = s.constant(&vec![F::ZERO; u.len()]);
        let g = negative.unwrap_or_else(|| match range.lo() < 0 {
            true => -&zero + F::ONE,
            false => zero.clone(),
        });
        let secret_sign = range.lo() < 0 && range.hi() > 0;
        let Some(sat) = beyond else {
            if secret_sign {
                let flipped = mul(s, &g, &y).await?;
                return Ok(y - &flipped - &flipped + &up(&g, result));
            }
            return Ok(if range.lo() < 0 { -y + power::<F>(bits(result)) } else { y });
        };
        let both = both.unwrap_or_else(|| if range.lo() < 0 { sat.clone() } else { zero });
        let beta = &g + &sat - &both - &both;
        let alpha = -&sat - &g - &g + &both + &both + F::ONE;
        Ok(mul(s, &alpha, &y).await? + &up(&beta, result))
    }
}

impl<F: Field> Routine<F> for Plan {
    type Output = Shares<F>;

    fn steps<'a>(&'a self, s: &'a Session<F>, inputs: &'a [Shares<F>]) -> BoxFuture<'a, Result<Shares<F>>> {
        Box::pin(async move { self.steps_of(s, &Int::assume(only(inputs)?.clone(), self.range)).await })
    }
}

/// Taylor coefficients of σ at (2i + 1)/32 with 60 fraction bits, by σ' = σ − σ² in integers. Error below 2^−52.
#[allow(clippy::arithmetic_side_effects, reason = "fewer than 12 products below 2^121")]
fn segments(count: usize, degree: usize) -> Vec<Vec<i128>> {
    let mut q = SIG_Q0;
    let mut table = Vec::with_capacity(count);
    for _ in 0..count {
        let mut c = vec![divided(1 << 122, (1 << 62) + q)];
        for k in 0..degree {
            let last = c.get(k).copied().unwrap_or(0);
            let squares: i128 = c.iter().zip(c.iter().rev()).map(|(a, b)| a * b).sum();
            let divisor = i128::try_from(k + 1).unwrap_or(1) << TABLE;
            c.push(divided((last << TABLE) - squares, divisor));
        }
        table.push(c);
        q = shortened(q * SIG_Q, 62);
    }
    table
}

/// ⌊a/b + 1/2⌋.
#[allow(clippy::arithmetic_side_effects, reason = "|a| below 2^123, b below 2^64")]
fn divided(a: i128, b: i128) -> i128 {
    (2 * a + b).div_euclid(2 * b)
}

#[cfg(test)]
mod tests {
    use super::Plan;
    use crate::number::{Interval, Ulps};

    /// All plans there are: of σ and of tanh, at every scale, whatever the field and its masks have room for.
    #[test]
    fn every_plan_keeps_the_error_that_is_promised() {
        let scales = (0..=42).flat_map(|f| [(f, f), (f, f + 1)]);
        let all = scales.flat_map(|(f, result)| (0..=123).map(move |limit| (f, result, limit)));
        let error = |(f, result, limit)| Some(Plan::with(Interval::point(1), f, result, limit)?.error);
        let most = all.filter_map(error).reduce(Ulps::greatest).unwrap();
        assert!(!most.exceeds(Ulps::ratio(19, 16)), "{most:?}");
        assert!(most.exceeds(Ulps::ratio(18, 16)), "{most:?}: the documentation promises too little");
    }
}
