//! Sums and differences of [`crate::Fp127`], two to a register: each element is a low and a high 64-bit lane.

use super::{Pair, load, store};
use core::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_bslli_epi128, _mm256_cmpeq_epi64, _mm256_cmpgt_epi64,
    _mm256_set_epi64x, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi32, _mm256_sub_epi64,
    _mm256_xor_si256,
};

/// The upper limb of p; the lower one is 1.
const P1: i64 = 0x7fff_ffff_ffff_fffe;

#[target_feature(enable = "avx2")]
pub(super) fn add_assign(a: &mut [Pair], b: &[Pair]) {
    a.iter_mut().zip(b).for_each(|(a, b)| store(a, add(load(a), load(b))));
}

#[target_feature(enable = "avx2")]
pub(super) fn sub_assign(a: &mut [Pair], b: &[Pair]) {
    a.iter_mut().zip(b).for_each(|(a, b)| store(a, sub(load(a), load(b))));
}

#[target_feature(enable = "avx2")]
pub(super) fn sub_from(a: &mut [Pair], b: &[Pair]) {
    a.iter_mut().zip(b).for_each(|(a, b)| store(a, sub(load(b), load(a))));
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(x: __m256i, y: __m256i) -> __m256i {
    let sum = _mm256_add_epi64(x, y);
    // x + y − p by limbs: the low sum carries if it came out below x, and loses one more if it is zero.
    let carry = to_high_lane(below(sum, x));
    let borrow = to_high_lane(_mm256_cmpeq_epi64(sum, _mm256_setzero_si256()));
    let difference = _mm256_add_epi64(sum, _mm256_set_epi64x(P1.wrapping_neg(), -1, P1.wrapping_neg(), -1));
    // Masks are −1: subtracting one adds, adding one subtracts.
    lift(_mm256_add_epi64(_mm256_sub_epi64(difference, carry), borrow))
}

#[inline]
#[target_feature(enable = "avx2")]
fn sub(x: __m256i, y: __m256i) -> __m256i {
    let borrow = to_high_lane(below(x, y));
    lift(_mm256_add_epi64(_mm256_sub_epi64(x, y), borrow))
}

/// x, or x + p where x is negative as a two's complement number of 128 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn lift(x: __m256i) -> __m256i {
    let high_in_both = _mm256_shuffle_epi32::<0b11_10_11_10>(x);
    let negative = _mm256_cmpgt_epi64(_mm256_setzero_si256(), high_in_both);
    let sum = _mm256_add_epi64(x, _mm256_and_si256(negative, _mm256_set_epi64x(P1, 1, P1, 1)));
    // The low limb grew by one, so it carries if it became zero.
    let carry = _mm256_and_si256(_mm256_cmpeq_epi64(sum, _mm256_setzero_si256()), negative);
    _mm256_sub_epi64(sum, to_high_lane(carry))
}

/// −1 in each lane where x < y, unsigned.
#[inline]
#[target_feature(enable = "avx2")]
fn below(x: __m256i, y: __m256i) -> __m256i {
    let top = _mm256_set1_epi64x(i64::MIN);
    _mm256_cmpgt_epi64(_mm256_xor_si256(y, top), _mm256_xor_si256(x, top))
}

/// Moves each element's low lane to its high lane, and zero to the low one.
#[inline]
#[target_feature(enable = "avx2")]
fn to_high_lane(x: __m256i) -> __m256i {
    _mm256_bslli_epi128::<8>(x)
}
