//! Choice of the RNS limbs and of the compression of replies.
//!
//! q is a product of distinct primes q_l ≡ 1 mod 2N of at most 50 bits, as few as the bound on q allows. The first `kept` limbs are
//! the widest; their product q'' is the modulus to which flooded replies are switched.
//!
//! **Switching.** With Q = q/q'' and t ≡ -c/p mod Q, c' = (c + p t)/Q has noise (noise of c)/Q plus at most p |t|/Q from c0 and
//! p N |t|/Q from c1: s is ternary. t is centred in c1, |t| ≤ (1/2 + 2^-40) Q, and in (-Q, Q) in c0, where flooding is added on the
//! way (`switch`).
//!
//! **Cutting.** A coefficient c' in [0, q'') is sent as (c' + p t)/2^w with t = -c'/p mod 2^w in [0, 2^w), or t - 2^w if the sum
//! would reach q''. So a code is at most q''/2^w, and the error is below p 2^w in c0 and N p 2^w in c1. (Without the second
//! case codes overshoot q''/2^w by up to p: more than a spare code.) w0 and w1 are the largest with p 2^w0 ≤ q''/15 and
//! N p 2^w1 ≤ 4 q''/15.
//!
//! **Correctness.** Flooded noise 1/8, rounding about 1/32, cuts 1/15 and 4/15 of q'' add up to less than 0.491: the sum is
//! checked against q''/2 in exact integers, in the worst case over all ternary keys, so no honest reply ever decrypts wrong.

use super::bounds::Bounds;
use super::primes::ntt_primes;
use num_bigint::BigUint;

/// The widest limb that the double-precision kernel carries.
pub const LIMB_BITS: u32 = 50;

/// Limbs, and how many of them a reply keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limbs {
    /// The primes; the first `kept` make up q''.
    pub primes: Vec<u64>,
    /// Limbs of a switched reply.
    pub kept: usize,
    /// Low bits cut off c0 and c1 of a switched reply.
    pub cut: [u32; 2],
}

#[allow(
    clippy::arithmetic_side_effects,
    reason = "big integers do not overflow; widths and counts are small and public"
)]
impl Limbs {
    /// The limbs for `bounds`, with q of at most `limit` bits; `None` if there are none.
    pub fn choose(p: &BigUint, n: u32, bounds: &Bounds, limit: u32) -> Option<Self> {
        let least = u32::try_from(bounds.modulus.bits()).ok()?;
        let kept_bits = u32::try_from(p.bits()).ok()? + n.ilog2() + 4;
        (least..=limit.min(least + 2)).find_map(|total| {
            [true, false].iter().find_map(|even| {
                let (widths, kept) = widths(total, kept_bits, *even)?;
                let primes = primes_of(&widths, n)?;
                let q = product(&primes);
                let fits = q >= bounds.modulus && q.bits() <= u64::from(limit);
                fits.then(|| Self::cut(p, n, primes, kept)).flatten()
            })
        })
    }

    /// Fixes the cuts and checks that flooded, switched and cut replies decrypt.
    fn cut(p: &BigUint, n: u32, primes: Vec<u64>, kept: usize) -> Option<Self> {
        let switched = product(primes.get(..kept)?);
        let unit = p * 15_u32;
        let cut = [floor_log2(&(&switched / &unit))?, floor_log2(&(&switched * 4_u32 / (&unit * n)))?];

        let flooded = &switched / 8_u32 + 1_u32;
        let rounded = p * (n * 33 + 64) / 64_u32 + 1_u32;
        let below = (p << cut[0]) + ((p * n) << cut[1]);
        ((flooded + rounded + below) * 2_u32 < switched).then_some(Self { primes, kept, cut })
    }
}

/// The product of `primes`.
pub fn product(primes: &[u64]) -> BigUint {
    primes.iter().map(|q| BigUint::from(*q)).product()
}

/// Limb widths that add up to `total` bits or, if `even`, to the next sum with equal widths in both groups; and the
/// number of limbs to keep for `kept_bits`.
#[allow(clippy::arithmetic_side_effects, reason = "widths and counts are small and public")]
fn widths(total: u32, kept_bits: u32, even: bool) -> Option<(Vec<u32>, usize)> {
    let count = total.div_ceil(LIMB_BITS);
    let kept = kept_bits.div_ceil(LIMB_BITS);
    let wide = total.div_ceil(count).max(kept_bits.div_ceil(kept));
    let rest = count.checked_sub(kept)?;
    let left = total.saturating_sub(kept * wide);
    let mut widths = vec![wide; usize::try_from(kept).ok()?];
    for i in 0..rest {
        widths.push(if even { left.div_ceil(rest) } else { (left + rest - 1 - i) / rest });
    }
    Some((widths, usize::try_from(kept).ok()?))
}

/// For each width the largest primes below it, all distinct.
fn primes_of(widths: &[u32], n: u32) -> Option<Vec<u64>> {
    let mut primes: Vec<u64> = Vec::with_capacity(widths.len());
    for bits in widths {
        let next = ntt_primes(*bits, u64::from(n), 1, &primes);
        primes.push(*next.first()?);
    }
    Some(primes)
}

/// The integer part of log2 x; `None` for 0.
fn floor_log2(x: &BigUint) -> Option<u32> {
    u32::try_from(x.bits()).ok()?.checked_sub(1)
}
