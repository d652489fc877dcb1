//! The field of p = 2^64 − 2^32 + 1, for throughput where values and statistical security fit into 64 bits.
//!
//! p − 1 = 2^32 · 3 · 5 · 17 · 257 · 65537; 7 generates the multiplicative group; x ↦ x^7 is a permutation. Elements are held
//! as canonical integers. No operation branches on a value or uses one as an index, except those documented for public
//! values.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "the operators of a field are total: they reduce modulo p"
)]

mod arith;
mod kernels;

use crate::simd::{self, avx2};
use crate::sqrt::{LANES, squared_times, times};
use crate::{Field, Prg, ops::field_operators, sample, slice, sqrt};
use core::fmt;
use core::hint::black_box;
use zeroize::DefaultIsZeroes;

/// An element of F_p for p = 2^64 − 2^32 + 1.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Goldilocks(u64);

impl Goldilocks {
    /// The canonical representative in `[0, p)`.
    #[inline(always)]
    #[must_use]
    pub const fn canonical(self) -> u64 {
        self.0
    }

    #[inline(always)]
    const fn plus(self, other: Self) -> Self {
        Self(arith::add(self.0, other.0))
    }

    #[inline(always)]
    const fn minus(self, other: Self) -> Self {
        Self(arith::sub(self.0, other.0))
    }

    #[inline(always)]
    const fn negated(self) -> Self {
        Self(arith::sub(0, self.0))
    }

    #[inline(always)]
    const fn times(self, other: Self) -> Self {
        Self(arith::mul(self.0, other.0))
    }

    /// `x^(2^31 − 1)` for each x.
    #[inline(always)]
    fn pow_2_31_minus_1<const N: usize>(x: [Self; N]) -> [Self; N] {
        // x_k = x^(2^k − 1), and x_(j+k) = x_j^(2^k) · x_k.
        let x2 = times(squared_times(x, 1), x);
        let x3 = times(squared_times(x2, 1), x);
        let x6 = times(squared_times(x3, 3), x3);
        let x12 = times(squared_times(x6, 6), x6);
        let x15 = times(squared_times(x12, 3), x3);
        let x30 = times(squared_times(x15, 15), x15);
        times(squared_times(x30, 1), x)
    }

    /// `self^(p − 2)`.
    #[inline(always)]
    fn fermat_inverse(self) -> Self {
        // p − 2 = (2^31 − 1)·2^33 + (2^32 − 1).
        let x31 = Self::pow_2_31_minus_1([self]);
        let x32 = times(squared_times(x31, 1), [self]);
        let [inverse] = times(squared_times(x31, 33), x32);
        inverse
    }
}

/// The operands of Beaver's step: c, ε, b, ρ, a, k.
pub(crate) type Beaver<'a> = (
    &'a mut [Goldilocks],
    &'a [Goldilocks],
    &'a [Goldilocks],
    &'a [Goldilocks],
    &'a [Goldilocks],
    Goldilocks,
);

impl fmt::Debug for Goldilocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.canonical(), f)
    }
}

impl DefaultIsZeroes for Goldilocks {}

field_operators!([] Goldilocks);

impl Field for Goldilocks {
    const NAME: &'static str = "goldilocks";
    const ZERO: Self = Self(0);
    const ONE: Self = Self(1);
    const BITS: u32 = 64;
    const BYTES: usize = 8;
    const TWO_ADICITY: u32 = 32;

    fn modulus() -> Vec<u64> {
        vec![arith::P]
    }
    fn two_adic_generator() -> Self {
        // 7 generates the group, so 7^((p − 1)/2^32) = 7^(2^32 − 1) has order 2^32.
        let seven = [Self(7)];
        let [generator] = times(squared_times(Self::pow_2_31_minus_1(seven), 1), seven);
        generator
    }

    #[inline(always)]
    fn from_u64(x: u64) -> Self {
        Self(arith::canonical(x))
    }
    #[inline(always)]
    fn from_u128(x: u128) -> Self {
        Self(arith::reduce(x))
    }
    #[inline(always)]
    fn to_u128(&self) -> Option<u128> {
        Some(u128::from(self.0))
    }
    fn to_i128(&self) -> Option<i128> {
        let x = i128::from(self.0);
        Some(if is_lower_half(self.0) { x } else { x.wrapping_sub(i128::from(arith::P)) })
    }

    fn inverse_or_zero(&self) -> Self {
        simd::dispatch(kernels::Inverse, *self)
    }
    fn inv_sqrt(a: &mut [Self]) {
        simd::dispatch(kernels::InvSqrt, a);
    }

    fn encode(elements: &[Self], out: &mut Vec<u8>) {
        simd::dispatch(kernels::Encode, (elements, out));
    }
    fn decode(bytes: &[u8], out: &mut [Self]) -> bool {
        simd::dispatch(kernels::Decode, (bytes, out))
    }
    fn unpack_add(bytes: &[u8], out: &mut [Self]) -> bool {
        simd::dispatch(kernels::UnpackAdd, (bytes, out))
    }
    fn sample(prg: &mut Prg, out: &mut [Self]) {
        sample::fill(prg, out);
    }

    fn add_assign_slice(a: &mut [Self], b: &[Self]) {
        simd::dispatch(slice::AddAssign, (a, b));
    }
    fn sub_assign_slice(a: &mut [Self], b: &[Self]) {
        simd::dispatch(slice::SubAssign, (a, b));
    }
    fn sub_from_slice(a: &mut [Self], b: &[Self]) {
        simd::dispatch(slice::SubFrom, (a, b));
    }
    fn mul_assign_slice(a: &mut [Self], b: &[Self]) {
        simd::dispatch(slice::MulAssign, avx2::mul_assign(a, b));
    }
    fn scale_slice(a: &mut [Self], c: Self) {
        simd::dispatch(slice::Scale, (avx2::scale(a, c), c));
    }
    fn axpy(a: &mut [Self], c: Self, x: &[Self]) {
        let (a, x) = avx2::axpy(a, c, x);
        simd::dispatch(kernels::Axpy, (a, c, x));
    }
    fn mul_add_slice(a: &mut [Self], x: &[Self], y: &[Self]) {
        simd::dispatch(kernels::MulAdd, avx2::mul_add(a, x, y));
    }
    fn dot(a: &[Self], b: &[Self]) -> Self {
        simd::dispatch(kernels::Dot, (a, b))
    }
    fn sum(a: &[Self]) -> Self {
        simd::dispatch(kernels::Sum, a)
    }
    fn horner(a: &[Self], x: Self) -> Self {
        slice::horner(a, x)
    }
    fn beaver(c: &mut [Self], eps: &[Self], b: &[Self], rho: &[Self], a: &[Self], k: Self) {
        simd::dispatch(kernels::BeaverStep, avx2::beaver((c, eps, b, rho, a, k)));
    }
    fn batch_inverse(a: &mut [Self]) {
        simd::dispatch(slice::BatchInverse, a);
    }
}

impl slice::StandIn for Goldilocks {
    #[inline(always)]
    fn zero_mask(&self) -> u64 {
        black_box(arith::zero_mask(self.0))
    }
    #[inline(always)]
    fn or_one(self, mask: u64) -> Self {
        Self(self.0 | (mask & 1))
    }
    #[inline(always)]
    fn cleared(self, mask: u64) -> Self {
        Self(self.0 & !mask)
    }
}

impl sample::Candidate for Goldilocks {
    #[inline(always)]
    fn candidate(bytes: &[u8]) -> (Self, bool) {
        kernels::candidate(bytes)
    }
}

impl sqrt::PublicRoots for Goldilocks {
    #[inline(always)]
    fn key(&self) -> u64 {
        self.0
    }
    #[inline(always)]
    fn is_lower_half(&self) -> bool {
        is_lower_half(self.0)
    }
    #[inline(always)]
    fn half_odd_powers(a: &[Self; LANES]) -> [Self; LANES] {
        // p − 1 = 2^32 (2^32 − 1), and (2^32 − 2)/2 = 2^31 − 1.
        Self::pow_2_31_minus_1(*a)
    }
}

/// Whether a canonical x is at most (p − 1)/2.
#[inline(always)]
fn is_lower_half(x: u64) -> bool {
    x <= arith::P >> 1
}
