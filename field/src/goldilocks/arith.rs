//! Arithmetic of [`super::Goldilocks`] on `u64`: branch-free, with 2^64 ≡ 2^32 − 1 and 2^96 ≡ −1 modulo p.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "innermost kernel: every operation is bounded in the comment beside it or wraps on purpose"
)]

/// The modulus.
pub(crate) const P: u64 = 0xffff_ffff_0000_0001;
/// 2^64 mod p.
pub(crate) const EPSILON: u64 = 0xffff_ffff;

/// `value` if `condition`, else zero.
#[inline(always)]
const fn only_if(condition: bool, value: u64) -> u64 {
    value & (condition as u64).wrapping_neg()
}

/// a + b mod p, for a, b < p.
#[inline(always)]
pub(crate) const fn add(a: u64, b: u64) -> u64 {
    // a − (p − b): p − b is at most p, so a borrow means that p has to come back.
    let (difference, borrow) = a.overflowing_sub(P - b);
    difference.wrapping_add(only_if(borrow, P))
}

/// a − b mod p, for a, b < p.
#[inline(always)]
pub(crate) const fn sub(a: u64, b: u64) -> u64 {
    let (difference, borrow) = a.overflowing_sub(b);
    difference.wrapping_add(only_if(borrow, P))
}

/// a·b mod p, for any a, b.
#[inline(always)]
pub(crate) const fn mul(a: u64, b: u64) -> u64 {
    reduce(a as u128 * b as u128)
}

/// x mod p.
#[inline(always)]
pub(crate) const fn reduce(x: u128) -> u64 {
    let (low, high) = (x as u64, (x >> 64) as u64);
    // x = low + 2^64·(middle + 2^32·top) ≡ low − top + middle·(2^32 − 1).
    let (top, middle) = (high >> 32, high & EPSILON);
    let (difference, borrow) = low.overflowing_sub(top);
    // A borrow stands for −2^64 ≡ −EPSILON; the difference is then at least 2^64 − 2^32 and cannot borrow again.
    let difference = difference.wrapping_sub(only_if(borrow, EPSILON));
    let (sum, carry) = difference.overflowing_add(middle * EPSILON);
    // With a carry the sum is at most 2^64 − 2^33, so it cannot carry again.
    canonical(sum.wrapping_add(only_if(carry, EPSILON)))
}

/// x mod p.
#[inline(always)]
pub(crate) const fn canonical(x: u64) -> u64 {
    let (difference, borrow) = x.overflowing_sub(P);
    difference.wrapping_add(only_if(borrow, P))
}

/// All ones if x is zero, else zero.
#[inline(always)]
pub(crate) const fn zero_mask(x: u64) -> u64 {
    // The top bit of x | −x says whether x is not zero.
    ((x | x.wrapping_neg()) >> 63).wrapping_sub(1)
}

/// A sum of products that is reduced once: 128 bits and the carries above them.
#[derive(Clone, Copy)]
pub(crate) struct Wide {
    sum: u128,
    carries: u64,
}

impl Wide {
    pub(crate) const ZERO: Self = Self { sum: 0, carries: 0 };

    /// Adds a·b. The carries count products at most, so they fit.
    #[inline(always)]
    pub(crate) const fn add_product(&mut self, a: u64, b: u64) {
        let (sum, carry) = self.sum.overflowing_add(a as u128 * b as u128);
        self.sum = sum;
        self.carries = self.carries.wrapping_add(carry as u64);
    }

    /// The sum mod p.
    #[inline(always)]
    pub(crate) const fn reduce(&self) -> u64 {
        // 2^128 ≡ −2^32, and carries·2^32 is below 2^96.
        sub(reduce(self.sum), reduce((self.carries as u128) << 32))
    }
}
