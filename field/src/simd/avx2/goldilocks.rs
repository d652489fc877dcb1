//! Products of [`crate::Goldilocks`], four to a register.
//!
//! AVX2 compares signed numbers only, so unsigned comparisons are made on numbers with the top bit flipped ("shifted").

use super::{Quad, load, store};
use crate::Goldilocks;
use core::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_andnot_si256, _mm256_blend_epi32,
    _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cmpgt_epi64, _mm256_movehdup_ps, _mm256_moveldup_ps,
    _mm256_mul_epu32, _mm256_set1_epi64x, _mm256_srli_epi64, _mm256_sub_epi64, _mm256_xor_si256,
};

/// 2^64 mod p = 2^32 − 1; also the mask of a lane's low half.
const EPSILON: i64 = 0xffff_ffff;
/// p as a bit pattern.
const P: i64 = 1_i64.wrapping_sub(1 << 32);
/// p with the top bit flipped.
const P_SHIFTED: i64 = P ^ i64::MIN;

#[target_feature(enable = "avx2")]
pub(super) fn mul_assign(a: &mut [Quad], b: &[Quad]) {
    a.iter_mut().zip(b).for_each(|(a, b)| store(a, mul(load(a), load(b))));
}

#[target_feature(enable = "avx2")]
pub(super) fn scale(a: &mut [Quad], c: Goldilocks) {
    let c = load(&[c; 4]);
    a.iter_mut().for_each(|a| store(a, mul(load(a), c)));
}

#[target_feature(enable = "avx2")]
pub(super) fn axpy(a: &mut [Quad], x: &[Quad], c: Goldilocks) {
    let c = load(&[c; 4]);
    a.iter_mut().zip(x).for_each(|(a, x)| store(a, add(load(a), mul(load(x), c))));
}

#[target_feature(enable = "avx2")]
pub(super) fn mul_add(a: &mut [Quad], x: &[Quad], y: &[Quad]) {
    for (a, (x, y)) in a.iter_mut().zip(x.iter().zip(y)) {
        store(a, add(load(a), mul(load(x), load(y))));
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn beaver(c: &mut [Quad], eps: &[Quad], b: &[Quad], rho: &[Quad], a: &[Quad], k: Goldilocks) {
    let k = load(&[k; 4]);
    for ((c, (eps, b)), (rho, a)) in c.iter_mut().zip(eps.iter().zip(b)).zip(rho.iter().zip(a)) {
        let eps = load(eps);
        let factor = add(load(a), mul(k, eps));
        let sum = add(mul(eps, load(b)), mul(load(rho), factor));
        store(c, add(load(c), sum));
    }
}

/// x + y for x, y < p.
#[inline]
#[target_feature(enable = "avx2")]
fn add(x: __m256i, y: __m256i) -> __m256i {
    // x − (p − y): the difference exceeds x exactly if it borrowed.
    let p = _mm256_set1_epi64x(P);
    let difference = _mm256_sub_epi64(x, _mm256_sub_epi64(p, y));
    let borrowed = _mm256_cmpgt_epi64(shift(difference), shift(x));
    _mm256_add_epi64(difference, _mm256_and_si256(borrowed, p))
}

#[inline]
#[target_feature(enable = "avx2")]
fn mul(x: __m256i, y: __m256i) -> __m256i {
    let (low, high) = widen(x, y);
    reduce(low, high)
}

/// The 128-bit products, from four 32-bit products each; every sum fits: (2^32 − 1)² + 2 (2^32 − 1) = 2^64 − 1.
#[inline]
#[target_feature(enable = "avx2")]
fn widen(x: __m256i, y: __m256i) -> (__m256i, __m256i) {
    let (x1, y1) = (high_half(x), high_half(y));
    let low = _mm256_mul_epu32(x, y);
    let cross = _mm256_add_epi64(_mm256_mul_epu32(x1, y), _mm256_srli_epi64::<32>(low));
    let low_of_cross = _mm256_and_si256(cross, _mm256_set1_epi64x(EPSILON));
    let middle = _mm256_add_epi64(_mm256_mul_epu32(x, y1), low_of_cross);
    let high = _mm256_add_epi64(_mm256_mul_epu32(x1, y1), _mm256_srli_epi64::<32>(cross));
    let high = _mm256_add_epi64(high, _mm256_srli_epi64::<32>(middle));
    (_mm256_blend_epi32::<0b1010_1010>(low, to_high_half(middle)), high)
}

/// high·2^64 + low mod p, as in `crate::goldilocks::arith::reduce`.
#[inline]
#[target_feature(enable = "avx2")]
fn reduce(low: __m256i, high: __m256i) -> __m256i {
    // A mask shifted right by 32 is EPSILON: what a borrow or a carry of 2^64 is worth.
    let shifted = shift(low);
    let difference = _mm256_sub_epi64(shifted, _mm256_srli_epi64::<32>(high));
    let borrowed = _mm256_cmpgt_epi64(difference, shifted);
    let difference = _mm256_sub_epi64(difference, _mm256_srli_epi64::<32>(borrowed));
    let epsilon = _mm256_set1_epi64x(EPSILON);
    // The product takes the low half of each lane of `high`.
    let sum = _mm256_add_epi64(difference, _mm256_mul_epu32(high, epsilon));
    let carried = _mm256_cmpgt_epi64(difference, sum);
    let sum = _mm256_add_epi64(sum, _mm256_srli_epi64::<32>(carried));
    // Subtracting p adds EPSILON modulo 2^64.
    let below_p = _mm256_cmpgt_epi64(_mm256_set1_epi64x(P_SHIFTED), sum);
    _mm256_add_epi64(shift(sum), _mm256_andnot_si256(below_p, epsilon))
}

/// Flips the top bit of each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn shift(x: __m256i) -> __m256i {
    _mm256_xor_si256(x, _mm256_set1_epi64x(i64::MIN))
}

/// Each lane's high half in its low half; the high half is of no account.
#[inline]
#[target_feature(enable = "avx2")]
fn high_half(x: __m256i) -> __m256i {
    _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(x)))
}

/// Each lane's low half in its high half; the low half is of no account.
#[inline]
#[target_feature(enable = "avx2")]
fn to_high_half(x: __m256i) -> __m256i {
    _mm256_castps_si256(_mm256_moveldup_ps(_mm256_castsi256_ps(x)))
}
