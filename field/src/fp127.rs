//! The default field: p = 2^127 − 2^65 + 1.
//!
//! p − 1 = 2^65 · 3 · 715827883 · 2147483647, so the field has roots of unity for every ring dimension in use; 5 generates
//! the multiplicative group; x ↦ x^5 is a permutation. Elements are held in Montgomery form with R = 2^128, fully
//! reduced; they travel in it, and sampling takes the stream's integers for it. No operation branches on a value or uses one as an index, except those documented for public values.
//!
//! Cost: four 64-bit products an element for a product, no products for its reduction; measured in `benches/field.rs`.
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

/// An element of F_p for p = 2^127 − 2^65 + 1.
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub struct Fp127(u128);

impl Fp127 {
    /// The canonical representative in `[0, p)`.
    #[inline(always)]
    #[must_use]
    pub const fn canonical(self) -> u128 {
        arith::to_canonical(self.0)
    }

    /// The element of a canonical representative, which the caller has compared with p.
    #[inline(always)]
    const fn from_canonical(x: u128) -> Self {
        Self(arith::mul(x, arith::R2))
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

    /// `x^(2^61 − 1)` for each x.
    #[inline(always)]
    fn pow_2_61_minus_1<const N: usize>(x: [Self; N]) -> [Self; N] {
        // x_k = x^(2^k − 1), and x_(j+k) = x_j^(2^k) · x_k.
        let x2 = times(squared_times(x, 1), x);
        let x3 = times(squared_times(x2, 1), x);
        let x6 = times(squared_times(x3, 3), x3);
        let x12 = times(squared_times(x6, 6), x6);
        let x15 = times(squared_times(x12, 3), x3);
        let x30 = times(squared_times(x15, 15), x15);
        let x60 = times(squared_times(x30, 30), x30);
        times(squared_times(x60, 1), x)
    }

    /// `self^(p − 2)`.
    #[inline(always)]
    fn fermat_inverse(self) -> Self {
        // p − 2 = (2^61 − 1)·2^66 + (2^65 − 1), and 2^65 − 1 = (2^61 − 1)·2^4 + 15.
        let x61 = Self::pow_2_61_minus_1([self]);
        let x2 = times(squared_times([self], 1), [self]);
        let x4 = times(squared_times(x2, 2), x2);
        let x65 = times(squared_times(x61, 4), x4);
        let [inverse] = times(squared_times(x61, 66), x65);
        inverse
    }
}

impl PartialEq for Fp127 {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        // One comparison of both limbs: no early exit after the first.
        arith::zero_mask(self.0 ^ other.0) != 0
    }
}

impl Eq for Fp127 {}

impl fmt::Debug for Fp127 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.canonical(), f)
    }
}

impl DefaultIsZeroes for Fp127 {}

field_operators!([] Fp127);

impl Field for Fp127 {
    const NAME: &'static str = "fp127";
    const ZERO: Self = Self(0);
    const ONE: Self = Self(arith::R);
    const BITS: u32 = 127;
    const BYTES: usize = 16;
    const TWO_ADICITY: u32 = 65;

    fn modulus() -> Vec<u64> {
        vec![1, 0x7fff_ffff_ffff_fffe]
    }
    fn two_adic_generator() -> Self {
        // 5 generates the group, so 5^((p − 1)/2^65) = 5^(2^62 − 1) has order 2^65.
        let five = [Self::from_u64(5)];
        let [generator] = times(squared_times(Self::pow_2_61_minus_1(five), 1), five);
        generator
    }

    #[inline(always)]
    fn from_u64(x: u64) -> Self {
        Self::from_canonical(u128::from(x))
    }
    #[inline(always)]
    fn from_u128(x: u128) -> Self {
        Self::from_canonical(arith::canonical(x))
    }
    #[inline(always)]
    fn to_u128(&self) -> Option<u128> {
        Some(self.canonical())
    }
    fn to_i128(&self) -> Option<i128> {
        let x = self.canonical();
        Some(if is_lower_half(x) {
            x.cast_signed()
        } else {
            // x and p are below 2^127, so both the casts and the difference are exact.
            x.cast_signed().wrapping_sub(arith::P.cast_signed())
        })
    }

    #[inline(always)]
    fn square(&self) -> Self {
        Self(arith::square(self.0))
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
    fn pack(elements: &[Self], out: &mut Vec<u8>) {
        simd::dispatch(kernels::Pack, (elements, out));
    }
    fn unpack(bytes: &[u8], out: &mut [Self]) -> bool {
        simd::dispatch(kernels::Unpack, (bytes, out))
    }
    fn unpack_add(bytes: &[u8], out: &mut [Self]) -> bool {
        simd::dispatch(kernels::UnpackAdd, (bytes, out))
    }
    fn sample(prg: &mut Prg, out: &mut [Self]) {
        sample::fill(prg, out);
    }

    fn add_assign_slice(a: &mut [Self], b: &[Self]) {
        simd::dispatch(slice::AddAssign, avx2::add_assign(a, b));
    }
    fn sub_assign_slice(a: &mut [Self], b: &[Self]) {
        simd::dispatch(slice::SubAssign, avx2::sub_assign(a, b));
    }
    fn sub_from_slice(a: &mut [Self], b: &[Self]) {
        simd::dispatch(slice::SubFrom, avx2::sub_from(a, b));
    }
    fn mul_assign_slice(a: &mut [Self], b: &[Self]) {
        simd::dispatch(slice::MulAssign, (a, b));
    }
    fn scale_slice(a: &mut [Self], c: Self) {
        simd::dispatch(slice::Scale, (a, c));
    }
    fn axpy(a: &mut [Self], c: Self, x: &[Self]) {
        simd::dispatch(kernels::Axpy, (a, c, x));
    }
    fn mul_add_slice(a: &mut [Self], x: &[Self], y: &[Self]) {
        simd::dispatch(kernels::MulAdd, (a, x, y));
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
        simd::dispatch(kernels::BeaverStep, (c, eps, b, rho, a, k));
    }
    fn batch_inverse(a: &mut [Self]) {
        simd::dispatch(slice::BatchInverse, a);
    }
}

impl slice::StandIn for Fp127 {
    #[inline(always)]
    fn zero_mask(&self) -> u64 {
        black_box(arith::zero_mask(self.0))
    }
    #[inline(always)]
    fn or_one(self, mask: u64) -> Self {
        Self(self.0 | (arith::R & arith::widen_mask(mask)))
    }
    #[inline(always)]
    fn cleared(self, mask: u64) -> Self {
        Self(self.0 & !arith::widen_mask(mask))
    }
}

impl sample::Candidate for Fp127 {
    #[inline(always)]
    fn candidate(bytes: &[u8]) -> (Self, bool) {
        kernels::candidate(bytes)
    }
}

impl sqrt::PublicRoots for Fp127 {
    #[inline(always)]
    fn key(&self) -> u64 {
        // The Montgomery form is as good a name of the element as any.
        arith::fold(self.0)
    }
    #[inline(always)]
    fn is_lower_half(&self) -> bool {
        is_lower_half(self.canonical())
    }
    #[inline(always)]
    fn half_odd_powers(a: &[Self; LANES]) -> [Self; LANES] {
        // p − 1 = 2^65 (2^62 − 1), and (2^62 − 2)/2 = 2^61 − 1.
        Self::pow_2_61_minus_1(*a)
    }
}

/// Whether a canonical x is at most (p − 1)/2.
#[inline(always)]
fn is_lower_half(x: u128) -> bool {
    x <= arith::P >> 1
}
