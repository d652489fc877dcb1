//! The vector kernel for x86-64 with AVX2 and FMA (and BMI, for the scalar code beside it): residues as integers in double precision, four to a register.
//!
//! All `unsafe` of the crate is in this module: calls of functions compiled for these features ([`Avx2`] is the proof that
//! the machine has them) and loads and stores of `[u64; 4]`.
//!
//! **A product.** For integers x, w with |w| ≤ q/2 and |x w| < 2^101, let h = fl(x w), l = x w - h (exact by FMA),
//! c = the integer nearest to x·fl(w/q), r = (h - c q) + l. h - c q is an integer; while it is below 2^53 the FMA gives
//! it exactly, so r = x w - c q exactly. c is off the true quotient by at most 1/2 + |x w/q| 2^-52, hence
//! |r| ≤ q (1/2 + B q 2^-53) for |x| ≤ B q: at most (1/2 + B/8) q for q < 2^50 and (1/2 + B/16) q for q < 2^49.
//! With c from fl(fl(h)·fl(1/q)) there are three roundings instead of two: 3/16 and 3/32 in place of 1/8 and 1/16.
//! Sums stay exact below 2^53, that is 8 q or 16 q.
//!
//! **Conversion.** 0 ≤ x < 2^52 becomes a double by giving it the exponent of 2^52 and subtracting 2^52, and back likewise.
#![allow(unsafe_code, reason = "the one module for vector instructions; each use states why it is sound")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "double precision within the bounds above; indices run over tables whose length is the loop's bound"
)]

mod pointwise;
mod transform;

pub use pointwise::{Pointwise, add, axpy, axpy_signed, cross, mul, mul_add, mul_assign, perform, sub};
pub use transform::Tables;

use core::arch::x86_64::{
    __m256d, __m256i, _mm256_add_pd, _mm256_blendv_pd, _mm256_castpd_si256, _mm256_castsi256_pd,
    _mm256_fmsub_pd, _mm256_fnmadd_pd, _mm256_loadu_si256, _mm256_mul_pd, _mm256_or_si256, _mm256_round_pd,
    _mm256_set1_epi64x, _mm256_set1_pd, _mm256_storeu_si256, _mm256_sub_pd, _mm256_xor_si256,
};

/// 2^52: its exponent makes an integer below it a double.
const MAGIC: f64 = 4_503_599_627_370_496.0;
/// Round to nearest, no exception.
const NEAREST: i32 = 8;

/// Proof that the machine has AVX2, FMA, BMI1 and BMI2.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// The proof, if the machine has all four.
    pub fn detect() -> Option<Self> {
        let vectors = std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma");
        let words = std::is_x86_feature_detected!("bmi1") && std::is_x86_feature_detected!("bmi2");
        (vectors && words).then_some(Self(()))
    }
}

/// Four residues in a register's memory form: integers, or doubles by their bits.
type Quad = [u64; 4];

/// q and 1/q in every lane.
#[derive(Clone, Copy)]
struct Lanes {
    q: __m256d,
    inverse: __m256d,
}

impl Lanes {
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn new([q, inverse]: [f64; 2]) -> Self {
        Self { q: _mm256_set1_pd(q), inverse: _mm256_set1_pd(inverse) }
    }

    /// `x w` by a constant with its quotient w/q.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn mul(self, x: __m256d, w: __m256d, quotient: __m256d) -> __m256d {
        let high = _mm256_mul_pd(x, w);
        let low = _mm256_fmsub_pd(x, w, high);
        let c = _mm256_round_pd::<NEAREST>(_mm256_mul_pd(x, quotient));
        _mm256_add_pd(_mm256_fnmadd_pd(c, self.q, high), low)
    }

    /// `x y`: as [`mul`](Self::mul) with one more rounding.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn mul_any(self, x: __m256d, y: __m256d) -> __m256d {
        let high = _mm256_mul_pd(x, y);
        let low = _mm256_fmsub_pd(x, y, high);
        let c = _mm256_round_pd::<NEAREST>(_mm256_mul_pd(high, self.inverse));
        _mm256_add_pd(_mm256_fnmadd_pd(c, self.q, high), low)
    }

    /// The representative of x in [-q/2, q/2].
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn reduce(self, x: __m256d) -> __m256d {
        let c = _mm256_round_pd::<NEAREST>(_mm256_mul_pd(x, self.inverse));
        _mm256_fnmadd_pd(c, self.q, x)
    }

    /// The representative of x in [0, q) for -q ≤ x < q; no operand is ever -0.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn lift(self, x: __m256d) -> __m256d {
        _mm256_blendv_pd(x, _mm256_add_pd(x, self.q), x)
    }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn load(x: &Quad) -> __m256i {
    // SAFETY: the reference covers 32 readable bytes; the load is unaligned.
    unsafe { _mm256_loadu_si256(core::ptr::from_ref(x).cast()) }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn store(x: &mut Quad, v: __m256i) {
    // SAFETY: the reference covers 32 writable bytes; the store is unaligned.
    unsafe { _mm256_storeu_si256(core::ptr::from_mut(x).cast(), v) }
}

/// Doubles from their stored bits.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn load_bits(x: &Quad) -> __m256d {
    _mm256_castsi256_pd(load(x))
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn store_bits(x: &mut Quad, v: __m256d) {
    store(x, _mm256_castpd_si256(v));
}

/// Doubles from integers below 2^52.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn load_integers(x: &Quad) -> __m256d {
    let magic = _mm256_set1_epi64x(MAGIC.to_bits() as i64);
    _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(load(x), magic)), _mm256_set1_pd(MAGIC))
}

/// Integers from doubles in [0, 2^52).
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn store_integers(x: &mut Quad, v: __m256d) {
    let magic = _mm256_set1_epi64x(MAGIC.to_bits() as i64);
    store(x, _mm256_xor_si256(_mm256_castpd_si256(_mm256_add_pd(v, _mm256_set1_pd(MAGIC))), magic));
}
