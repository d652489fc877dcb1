//! The reciprocal of a normalised number: w ≈ 2^G·2^m/v for 2^(m−1) ≤ v < 2^m, with |1 − v·w/2^(m+G)| ≤ 2^−G.
//!
//! Start: with t = 4·v/2^m − 3, Chebyshev's T_4(3) = 577 gives 1/ν ≈ (32/577)(24 − 8t + 3t² − t³) to 1/577; its powers are
//! exact on a window of 12 bits. Each Newton step w' = w + w·E/2^(m+p) has an exact residual E = 2^(m+p) − v·w and costs two
//! products and one rounding.

use speedwell_field::Field;

use super::{exponent, rounded, up, within};
use crate::error::Result;
use crate::mask::power;
use crate::number::Interval;
use crate::number::Ulps;
use crate::protocol::{mul, square};
use crate::session::Session;
use crate::share::Shares;

/// Bits of the window that the start value is made from.
pub(crate) const WINDOW: i64 = 12;
/// round(32/577·2^17).
const START: u64 = 7269;
/// Precisions G that a reciprocal can have.
pub(crate) const PRECISIONS: [(i64, i64); 3] = [(12, 16), (20, 34), (38, 68)];
/// Fraction bits after the start and after each step but the last, and bits of the residual's bound there.
const LEVELS: [(i64, i64); 3] = [(12, 8), (20, 17), (38, 34)];

/// Fraction bits after the start and after each step.
pub(crate) fn levels(precision: i64) -> Vec<i64> {
    let steps = PRECISIONS.iter().position(|(_, most)| precision <= *most).unwrap_or(0);
    let before = LEVELS.iter().take(steps.saturating_add(1)).map(|(bits, _)| *bits);
    before.chain(std::iter::once(precision)).collect()
}

/// Whether the steps to this precision have room.
pub(crate) fn has_room(m: i64, precision: i64, limit: i64) -> bool {
    let steps = PRECISIONS.iter().position(|(_, most)| precision <= *most).unwrap_or(0);
    let mut steps = LEVELS.iter().take(steps.saturating_add(1));
    let room = |p: i64, acc: i64| {
        let residual = m.saturating_add(p).saturating_add(1);
        residual.max(residual.saturating_add(p).saturating_sub(acc)) <= limit
    };
    limit >= 55 && steps.all(|(p, acc)| room(*p, *acc))
}

/// w from v and its window of [`WINDOW`] bits.
pub(crate) async fn reciprocal<F: Field>(
    s: &Session<F>,
    v: &Shares<F>,
    window: &Shares<F>,
    m: i64,
    precision: i64,
) -> Result<Shares<F>> {
    let mut w = start(s, window).await?;
    let mut steps = levels(precision).into_iter();
    let mut p = steps.next().unwrap_or(WINDOW);
    for q in steps {
        let acc = LEVELS.iter().find(|(bits, _)| *bits == p).map_or(0, |(_, acc)| *acc);
        // E = 2^(m+p) − v·w, exactly.
        let residual = -mul(s, v, &w).await? + power::<F>(super::bits(m.saturating_add(p)));
        let correction = mul(s, &w, &residual).await?;
        let bound = within(m.saturating_add(p.saturating_mul(2)).saturating_add(1).saturating_sub(acc));
        let drop = m.saturating_add(p.saturating_mul(2)).saturating_sub(q);
        w = up(&w, q.saturating_sub(p)) + &rounded(s, &correction, bound, drop).await?;
        p = q;
    }
    Ok(w)
}

/// The start value with 12 fraction bits; relative error at most 9/4096.
async fn start<F: Field>(s: &Session<F>, window: &Shares<F>) -> Result<Shares<F>> {
    // t·2^12 at the middle of the window.
    let a = window * F::from_u64(4) + F::from_u64(2) - F::from_u64(3 << 12);
    let a2 = square(s, &a).await?;
    let a3 = mul(s, &a2, &a).await?;
    let n = (a * -power::<F>(27)).plus_scaled(F::from_u64(3 << 12), &a2) - &a3 + F::from_u64(24 << 36);
    // 0 < N ≤ 36·2^36.
    let range = Interval::new(0, i128::from(36 * START).wrapping_shl(36)).unwrap_or(Interval::point(0));
    rounded(s, &(n * F::from_u64(START)), range, 41).await
}

/// 2^−G as a factor of errors.
pub(crate) fn relative_error(precision: i64) -> Ulps {
    Ulps::power(exponent(precision.saturating_neg()))
}

#[cfg(test)]
mod tests {
    /// The start value for every window, at both ends of it: w is constant on a window and v·w monotone.
    #[test]
    fn the_start_is_as_close_as_the_proof_says() {
        for window in 1_i128 << 11..1 << 12 {
            let a = 4 * window + 2 - (3 << 12);
            let n = (24 << 36) - (a << 27) + (3 * a * a << 12) - a * a * a;
            assert!(0 < n && n <= 36 << 36);
            let w = (n * i128::from(super::START) + (1 << 40)) >> 41;
            for v in [window, window + 1] {
                // |1 − v·w/2^24| ≤ 9/4096
                assert!(((1 << 24) - v * w).abs() << 12 <= 9 << 24, "{window}");
            }
        }
    }

    #[test]
    fn levels_double_the_bits() {
        assert_eq!(super::levels(14), [12, 14]);
        assert_eq!(super::levels(34), [12, 20, 34]);
        assert_eq!(super::levels(50), [12, 20, 38, 50]);
    }
}
