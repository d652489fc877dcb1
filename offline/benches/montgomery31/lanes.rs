//! Arithmetic modulo q < 2^31 in eight lanes of 32 bits.
//!
//! **Range.** Between levels values are below 2h and h is 2q for *narrow* primes, q < 2^30 (Harvey, arXiv 1205.2926), and q for
//! *wide* ones, since 4q would not fit a lane: products of wide primes are then reduced once more. A butterfly of u, x < 2h makes
//! u' = min(u, u - h), v = w x mod q < h, and u' + v, u' + h - v < 2h. The minimum is one of unsigned numbers: where u < h the
//! difference wraps to a number above u.
//!
//! **Products by a constant**, either way of any x < 2^32:
//! - Montgomery: with W = 2^32 w mod q and W' = W q^-1 mod 2^32, d = (x W - (x W' mod 2^32) q) / 2^32 is congruent to x w, exact, and
//!   in (-q, q). Four `mul_epu32` and one `mullo_epi32`, eleven instructions for eight lanes.
//! - Shoup: with w' = floor(2^32 w / q), x w - floor(x w' / 2^32) q is in [0, 2q). Two `mul_epu32` and two `mullo_epi32`, eight
//!   instructions.
//!
//! Products of two variables are Montgomery's, x y / 2^32, and one of Shoup's by the constant 2^32 mod q makes x y of them.
#![allow(unsafe_code, reason = "loads and stores of vectors; each states why it is sound")]

use core::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_blend_epi32, _mm256_loadu_si256, _mm256_min_epu32, _mm256_mul_epu32,
    _mm256_mullo_epi32, _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_srli_epi64, _mm256_storeu_si256,
    _mm256_sub_epi32, _mm256_sub_epi64, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32,
    _mm256_unpacklo_epi64,
};

/// Eight residues in memory.
pub type Oct = [u32; 8];

/// The modulus in every lane.
#[derive(Clone, Copy)]
pub struct Lanes<const MONTGOMERY: bool, const WIDE: bool> {
    pub q: __m256i,
    /// h
    pub half: __m256i,
}

/// A constant of eight lanes.
#[derive(Clone, Copy)]
pub struct Constant {
    w: __m256i,
    companion: __m256i,
    /// Of w in Montgomery's form, of the companion in Shoup's: the odd lanes, moved to the even ones.
    odd: __m256i,
}

impl<const MONTGOMERY: bool, const WIDE: bool> Lanes<MONTGOMERY, WIDE> {
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn new(q: u32) -> Self {
        Self { q: every(q), half: every(if WIDE { q } else { 2 * q }) }
    }

    /// The same constant in every lane.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn broadcast(self, [w, companion]: &[u32; 2]) -> Constant {
        let (w, companion) = (every(*w), every(*companion));
        Constant { w, companion, odd: if MONTGOMERY { w } else { companion } }
    }

    /// A constant to each lane.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn constants(self, [w, companion]: &[Oct; 2]) -> Constant {
        let (w, companion) = (load(w), load(companion));
        Constant { w, companion, odd: odd_lanes(if MONTGOMERY { w } else { companion }) }
    }

    /// `x w` in (-q, q).
    #[inline]
    #[target_feature(enable = "avx2")]
    fn signed(self, x: __m256i, k: Constant) -> __m256i {
        let m = _mm256_mullo_epi32(x, k.companion);
        let even = _mm256_sub_epi64(_mm256_mul_epu32(x, k.w), _mm256_mul_epu32(m, self.q));
        let odd =
            _mm256_sub_epi64(_mm256_mul_epu32(odd_lanes(x), k.odd), _mm256_mul_epu32(odd_lanes(m), self.q));
        high_halves(even, odd)
    }

    /// `x w` below h for any x.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn times(self, x: __m256i, k: Constant) -> __m256i {
        if MONTGOMERY {
            return self.lift(self.signed(x, k));
        }
        let quotient = high_halves(_mm256_mul_epu32(x, k.companion), _mm256_mul_epu32(odd_lanes(x), k.odd));
        let v = _mm256_sub_epi32(_mm256_mullo_epi32(x, k.w), _mm256_mullo_epi32(quotient, self.q));
        if WIDE { once(v, self.q) } else { v }
    }

    /// `x y / 2^32`, below h, for residues x and y.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn montgomery(self, x: __m256i, y: __m256i, inverse_of_q: __m256i) -> __m256i {
        let (even, odd) = (_mm256_mul_epu32(x, y), _mm256_mul_epu32(odd_lanes(x), odd_lanes(y)));
        let (m, n) = (_mm256_mul_epu32(even, inverse_of_q), _mm256_mul_epu32(odd, inverse_of_q));
        let even = _mm256_sub_epi64(even, _mm256_mul_epu32(m, self.q));
        let odd = _mm256_sub_epi64(odd, _mm256_mul_epu32(n, self.q));
        self.lift(high_halves(even, odd))
    }

    /// The number below h that is congruent to d in (-q, q).
    #[inline]
    #[target_feature(enable = "avx2")]
    fn lift(self, d: __m256i) -> __m256i {
        let raised = _mm256_add_epi32(d, self.q);
        if WIDE { _mm256_min_epu32(d, raised) } else { raised }
    }

    /// `u + w x` and `u - w x`; `REDUCED` if u < h.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn forward_pair<const REDUCED: bool>(self, u: __m256i, x: __m256i, k: Constant) -> [__m256i; 2] {
        let u = if REDUCED { u } else { once(u, self.half) };
        if MONTGOMERY && !WIDE {
            // u + q ± d is in (0, 4q).
            let (u, d) = (_mm256_add_epi32(u, self.q), self.signed(x, k));
            return [_mm256_add_epi32(u, d), _mm256_sub_epi32(u, d)];
        }
        let v = self.times(x, k);
        [_mm256_add_epi32(u, v), _mm256_sub_epi32(_mm256_add_epi32(u, self.half), v)]
    }

    /// `a + b` and `w (a - b)` below h, for a and b below h.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn inverse_pair(self, a: __m256i, b: __m256i, k: Constant) -> [__m256i; 2] {
        let (sum, difference) = self.sums(a, b);
        [once(sum, self.half), self.times(difference, k)]
    }

    /// `a + b` and `a - b` below 2h, for a and b below h.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn sums(self, a: __m256i, b: __m256i) -> (__m256i, __m256i) {
        (_mm256_add_epi32(a, b), _mm256_sub_epi32(_mm256_add_epi32(a, self.half), b))
    }

    /// The inverse's last butterfly, which also multiplies by N^-1: canonical.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn last_pair(self, a: __m256i, b: __m256i, [scale, last]: [Constant; 2]) -> [__m256i; 2] {
        let (sum, difference) = self.sums(a, b);
        [self.canonical(self.times(sum, scale)), self.canonical(self.times(difference, last))]
    }

    /// The canonical representative of x < h.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn canonical(self, x: __m256i) -> __m256i {
        if WIDE { x } else { once(x, self.q) }
    }

    /// Two levels of four values under the constants of a node and its children.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn forward_four<const REDUCED: bool>(
        self,
        [a, b, c, d]: [__m256i; 4],
        [k1, k2, k3]: [Constant; 3],
    ) -> [__m256i; 4] {
        let [a, c] = self.forward_pair::<REDUCED>(a, c, k1);
        let [b, d] = self.forward_pair::<REDUCED>(b, d, k1);
        let [a, b] = self.forward_pair::<false>(a, b, k2);
        let [c, d] = self.forward_pair::<false>(c, d, k3);
        [a, b, c, d]
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn inverse_four(self, [a, b, c, d]: [__m256i; 4], [k1, k2, k3]: [Constant; 3]) -> [__m256i; 4] {
        let [a, b] = self.inverse_pair(a, b, k2);
        let [c, d] = self.inverse_pair(c, d, k3);
        let [a, c] = self.inverse_pair(a, c, k1);
        let [b, d] = self.inverse_pair(b, d, k1);
        [a, b, c, d]
    }

    /// Three levels of eight values under the constants `k` of seven nodes.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn forward_eight<const REDUCED: bool>(
        self,
        [a, b, c, d, e, f, g, h]: [__m256i; 8],
        k: impl Fn(usize) -> Constant,
    ) -> [__m256i; 8] {
        let root = k(0);
        let [a, e] = self.forward_pair::<REDUCED>(a, e, root);
        let [b, f] = self.forward_pair::<REDUCED>(b, f, root);
        let [c, g] = self.forward_pair::<REDUCED>(c, g, root);
        let [d, h] = self.forward_pair::<REDUCED>(d, h, root);
        let [a, b, c, d] = self.forward_four::<false>([a, b, c, d], [k(1), k(3), k(4)]);
        let [e, f, g, h] = self.forward_four::<false>([e, f, g, h], [k(2), k(5), k(6)]);
        [a, b, c, d, e, f, g, h]
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub fn inverse_eight(
        self,
        [a, b, c, d, e, f, g, h]: [__m256i; 8],
        k: impl Fn(usize) -> Constant,
    ) -> [__m256i; 8] {
        let [a, b, c, d] = self.inverse_four([a, b, c, d], [k(1), k(3), k(4)]);
        let [e, f, g, h] = self.inverse_four([e, f, g, h], [k(2), k(5), k(6)]);
        let root = k(0);
        let [a, e] = self.inverse_pair(a, e, root);
        let [b, f] = self.inverse_pair(b, f, root);
        let [c, g] = self.inverse_pair(c, g, root);
        let [d, h] = self.inverse_pair(d, h, root);
        [a, b, c, d, e, f, g, h]
    }
}

/// `x` or `x - bound`, whichever is below `bound`, for x < 2 bound.
#[inline]
#[target_feature(enable = "avx2")]
pub fn once(x: __m256i, bound: __m256i) -> __m256i {
    _mm256_min_epu32(x, _mm256_sub_epi32(x, bound))
}

/// The odd lanes, moved to the even ones.
#[inline]
#[target_feature(enable = "avx2")]
fn odd_lanes(x: __m256i) -> __m256i {
    _mm256_srli_epi64::<32>(x)
}

/// The high halves of eight products, in the order of their lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn high_halves(even: __m256i, odd: __m256i) -> __m256i {
    _mm256_blend_epi32::<0b1010_1010>(odd_lanes(even), odd)
}

#[inline]
#[target_feature(enable = "avx2")]
pub fn every(x: u32) -> __m256i {
    _mm256_set1_epi32(x.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
pub fn load(x: &Oct) -> __m256i {
    // SAFETY: the reference covers 32 readable bytes; the load is unaligned.
    unsafe { _mm256_loadu_si256(core::ptr::from_ref(x).cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub fn store(x: &mut Oct, v: __m256i) {
    // SAFETY: the reference covers 32 writable bytes; the store is unaligned.
    unsafe { _mm256_storeu_si256(core::ptr::from_mut(x).cast(), v) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub fn load_eight([a, b, c, d, e, f, g, h]: &[&mut Oct; 8]) -> [__m256i; 8] {
    [load(a), load(b), load(c), load(d), load(e), load(f), load(g), load(h)]
}

#[inline]
#[target_feature(enable = "avx2")]
pub fn store_eight(x: &mut [&mut Oct; 8], v: [__m256i; 8]) {
    for (x, v) in x.iter_mut().zip(v) {
        store(x, v);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
pub fn transpose([a, b, c, d, e, f, g, h]: [__m256i; 8]) -> [__m256i; 8] {
    let (ab0, ab1) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (cd0, cd1) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    let (ef0, ef1) = (_mm256_unpacklo_epi32(e, f), _mm256_unpackhi_epi32(e, f));
    let (gh0, gh1) = (_mm256_unpacklo_epi32(g, h), _mm256_unpackhi_epi32(g, h));
    let (top0, top1) = (_mm256_unpacklo_epi64(ab0, cd0), _mm256_unpackhi_epi64(ab0, cd0));
    let (top2, top3) = (_mm256_unpacklo_epi64(ab1, cd1), _mm256_unpackhi_epi64(ab1, cd1));
    let (low0, low1) = (_mm256_unpacklo_epi64(ef0, gh0), _mm256_unpackhi_epi64(ef0, gh0));
    let (low2, low3) = (_mm256_unpacklo_epi64(ef1, gh1), _mm256_unpackhi_epi64(ef1, gh1));
    [
        _mm256_permute2x128_si256::<0x20>(top0, low0),
        _mm256_permute2x128_si256::<0x20>(top1, low1),
        _mm256_permute2x128_si256::<0x20>(top2, low2),
        _mm256_permute2x128_si256::<0x20>(top3, low3),
        _mm256_permute2x128_si256::<0x31>(top0, low0),
        _mm256_permute2x128_si256::<0x31>(top1, low1),
        _mm256_permute2x128_si256::<0x31>(top2, low2),
        _mm256_permute2x128_si256::<0x31>(top3, low3),
    ]
}
