//! The reciprocal root of a number normalised by an even shift: y ≈ 1/√ν of ν = v/2^m in [1/4, 1).
//!
//! Start: the relative minimax polynomial of degree 4 of 2/√(3 + t), √2 times it where the leading bit stands at an even place.
//! Each step y' = y + y·E/2^(m+2p+1) has an exact residual E = 2^(m+2p) − y²·v and one rounding.
//! Precision: 17, 27, 53 bits after 0, 1, 2 steps.

use speedwell_field::Field;

use super::normal::Leading;
use super::{bit_length, bits, from_zero, inner_all, rounded, up, within};
use crate::error::Result;
use crate::mask::power;
use crate::number::{Interval, Ulps};
use crate::protocol::{mul, square};
use crate::session::Session;
use crate::share::Shares;

/// Bits of the window that the start value is made from.
const WINDOW: i64 = 15;
/// round(2^18·c_k) of the minimax polynomial of 2/√(3 + t) on [−1, 1], and of √2 times it.
const START: [i64; 5] = [302_701, -50_340, 12_553, -3_929, 1_177];
const START_EVEN: [i64; 5] = [428_084, -71_191, 17_753, -5_556, 1_665];
/// Fraction bits of y after each number of steps.
const LEVELS: [i64; 3] = [17, 27, 53];
/// |1 − y·√ν| there: numerator and binary exponent.
const ERRORS: [(u128, i32); 3] = [(96, -20), (71, -32), (5, -53)];
/// Bits by which |y·E| is below 2^(m + 3p + 1).
const ACCURACY: [i64; 2] = [12, 24];

/// What both kinds of root have in common.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// 1 if x is doubled, so that its scale is even.
    pub(super) odd: i64,
    /// Even number of bits of x·2^odd.
    pub(super) m: i64,
    pub(super) steps: usize,
    /// Fraction bits of y.
    pub(super) p: i64,
    pub(super) error: Ulps,
}

impl Plan {
    /// For x in `x` of `f` fraction bits; the relative error of y times `most` is at most 3/8.
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    pub(super) fn find(x: Interval, f: i64, most: u128, limit: i64) -> Option<Self> {
        let odd = f & 1;
        let m = bit_length(x.hi().unsigned_abs()) + odd;
        let m = (m + (m & 1)).max(2);
        let most = Ulps::from(most);
        let error = |steps: &usize| {
            ERRORS.get(*steps).map_or(Ulps::UNBOUNDED, |(n, e)| most * Ulps::from(*n).shifted(*e))
        };
        let steps = (0..ERRORS.len()).find(|steps| !error(steps).exceeds(Ulps::ratio(3, 8)))?;
        let room = |(p, acc): (&i64, &i64)| (m + 2 * p).max(m + 3 * p + 1 - acc) <= limit;
        let has_room = limit >= 80 && LEVELS.iter().zip(&ACCURACY).take(steps).all(room);
        let p = LEVELS.get(steps).copied()?;
        has_room.then(|| Self { odd, m, steps, p, error: Ulps::HALF + error(&steps) })
    }
}

/// A number normalised by an even shift.
pub(super) struct Even<F: Field> {
    /// x·4^i in [2^(m−2), 2^m).
    pub(super) v: Shares<F>,
    window: Shares<F>,
    /// [the leading bit is in pair i], for each i.
    pairs: Vec<Shares<F>>,
    /// [the leading bit stands at an even place].
    even: Shares<F>,
    pub(super) zero: Option<Shares<F>>,
}

impl<F: Field> Even<F> {
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    pub(super) async fn find(s: &Session<F>, x: &Shares<F>, range: Interval, plan: &Plan) -> Result<Self> {
        let m = plan.m;
        let factor = 1_i128.wrapping_shl(bits(plan.odd));
        let doubled = range.times(&Interval::point(factor)).unwrap_or(range);
        let leading = Leading::find(s, &up(x, plan.odd), doubled, m).await?;
        let nothing = s.constant(&vec![F::ZERO; x.len()]);
        let mut pairs = vec![nothing.clone(); usize::try_from(m / 2).unwrap_or(0)];
        let mut even = nothing;
        for (j, e) in &leading.lead {
            if let Some(pair) = usize::try_from(j.wrapping_shr(1)).ok().and_then(|i| pairs.get_mut(i)) {
                *pair = &*pair + e;
            }
            even = if j & 1 == 0 { even + e } else { even };
        }
        let top = bits(m / 2 - 1);
        let weights = (0_u32..).map(|i| power::<F>(top.saturating_sub(i).saturating_mul(2)));
        let scale = combine(x, &pairs, weights);
        // v, and the window from the leading bit down: by one shift if it holds all of x, else from the bits.
        let windows = leading.windows(WINDOW);
        let mut sums = inner_all(s, &[vec![(&leading.x, &scale)], leading.with(&windows)]).await?.into_iter();
        let v = sums.next().unwrap_or_else(|| leading.x.clone());
        let window = sums.next().unwrap_or_else(|| leading.x.clone());
        Ok(Self { v, window, pairs, even, zero: leading.zero })
    }

    /// Σ pair_i·c(i).
    pub(super) fn scaled(&self, c: impl Fn(u32) -> F) -> Shares<F> {
        combine(&self.v, &self.pairs, (0_u32..).map(c))
    }

    /// y with |1 − y·√ν/2^p| ≤ the error of so many steps.
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^10")]
    pub(super) async fn reciprocal_root(&self, s: &Session<F>, plan: &Plan) -> Result<Shares<F>> {
        let m = plan.m;
        let mut y = self.start(s).await?;
        let levels = LEVELS.iter().zip(LEVELS.iter().skip(1)).zip(&ACCURACY);
        for ((p, q), acc) in levels.take(plan.steps) {
            // E = 2^(m+2p) − y²·v, exactly.
            let y2 = square(s, &y).await?;
            let residual = -mul(s, &y2, &self.v).await? + power::<F>(bits(m + 2 * p));
            let correction = mul(s, &y, &residual).await?;
            let correction = rounded(s, &correction, within(m + 3 * p + 1 - acc), m + 3 * p + 1 - q).await?;
            y = up(&y, q - p) + &correction;
        }
        Ok(y)
    }

    /// The start value with 17 fraction bits.
    async fn start(&self, s: &Session<F>) -> Result<Shares<F>> {
        // t·2^15 at the middle of the window.
        let a = &self.window * F::from_u64(4) + F::from_u64(2) - F::from_u64(3 << 15);
        let a2 = square(s, &a).await?;
        let a3_a4 = mul(s, &a2.clone().append(&a2), &a.clone().append(&a2)).await?;
        let (a3, a4) = a3_a4.split_at(a.len());
        let sum = |c: [i64; 5]| {
            let [c0, c1, c2, c3, c4] = c.map(|c| F::from_i128(i128::from(c)));
            (a.clone() * (c1 * power::<F>(45)))
                .plus_scaled(c2 * power::<F>(30), &a2)
                .plus_scaled(c3 * power::<F>(15), &a3)
                .plus_scaled(c4, &a4)
                + c0 * power::<F>(60)
        };
        let odd = sum(START);
        let step = sum(START_EVEN) - &odd;
        let step = mul(s, &self.even, &step).await?;
        rounded(s, &(odd + &step), from_zero(80), 61).await
    }
}

/// zero + Σ c_i·x_i.
fn combine<F: Field>(zero: &Shares<F>, x: &[Shares<F>], c: impl Iterator<Item = F>) -> Shares<F> {
    x.iter().zip(c).fold(zero * F::ZERO, |sum, (x, c)| sum.plus_scaled(c, x))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The start value for every window and parity, at both ends of it: |1 − y·√ν| ≤ 96·2^−20, checked in squares.
    #[test]
    fn the_start_is_as_close_as_the_proof_says() {
        for window in 1_i128 << 14..1 << 15 {
            let a = 4 * window + 2 - (3 << 15);
            let powers = [1 << 60, a << 45, (a * a) << 30, (a * a * a) << 15, a * a * a * a];
            for (c, even) in [(START, false), (START_EVEN, true)] {
                let n: i128 = c.iter().zip(powers).map(|(c, a)| i128::from(*c) * a).sum();
                assert!(0 < n && n < 1 << 80);
                let y = (n + (1 << 60)) >> 61;
                for end in [window, window + 1] {
                    // ν = end/2^15, or half of that; (y/2^17)²·ν within (1 ± 96/2^20)².
                    let square = y * y * end * if even { 1 } else { 2 };
                    let unit = 1_i128 << (34 + 15 + 1);
                    let (low, high) = ((1_i128 << 20) - 96, (1_i128 << 20) + 96);
                    assert!(low * low * (unit >> 40) <= square, "{window} {even}");
                    assert!(square <= high * high * (unit >> 40), "{window} {even}");
                }
            }
        }
    }

    #[test]
    fn steps_keep_their_bounds() {
        for steps in 0..2 {
            let [before, after] = [steps, steps + 1].map(|at| {
                let (n, e) = ERRORS[at];
                Ulps::from(n).shifted(e)
            });
            let square = before * before;
            let step = square * Ulps::ratio(3, 2) + square * before * Ulps::HALF;
            let rounding = Ulps::power(-(LEVELS[steps + 1] as i32) - 1);
            assert!(!(step + rounding).exceeds(after));
            let residual = before * Ulps::ratio(21, 10);
            assert!(!residual.exceeds(Ulps::power(-(ACCURACY[steps] as i32))));
        }
    }
}
