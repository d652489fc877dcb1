//! Slice kernels of [`Goldilocks`]: loops over [`super::arith`], compiled by [`crate::simd::dispatch`] for the CPU at hand.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "the operators of a field are total: they reduce modulo p"
)]

use super::{Beaver, Goldilocks, arith};
use crate::{simd::kernels, sqrt};

kernels! {
    Axpy = axpy: (&'a mut [Goldilocks], Goldilocks, &'a [Goldilocks]) => ();
    MulAdd = mul_add: (&'a mut [Goldilocks], &'a [Goldilocks], &'a [Goldilocks]) => ();
    Dot = dot: (&'a [Goldilocks], &'a [Goldilocks]) => Goldilocks;
    Sum = sum: &'a [Goldilocks] => Goldilocks;
    BeaverStep = beaver: Beaver<'a> => ();
    Inverse = inverse: Goldilocks => Goldilocks;
    InvSqrt = sqrt::inv_sqrt: &'a mut [Goldilocks] => ();
    Encode = encode: (&'a [Goldilocks], &'a mut Vec<u8>) => ();
    Decode = decode: (&'a [u8], &'a mut [Goldilocks]) => bool;
    UnpackAdd = unpack_add: (&'a [u8], &'a mut [Goldilocks]) => bool;
}

#[inline(always)]
fn axpy((a, c, x): (&mut [Goldilocks], Goldilocks, &[Goldilocks])) {
    for (a, x) in a.iter_mut().zip(x) {
        a.0 = mul_add_one(a.0, c.0, x.0);
    }
}

#[inline(always)]
fn mul_add((a, x, y): (&mut [Goldilocks], &[Goldilocks], &[Goldilocks])) {
    for (a, (x, y)) in a.iter_mut().zip(x.iter().zip(y)) {
        a.0 = mul_add_one(a.0, x.0, y.0);
    }
}

#[inline(always)]
fn sum(a: &[Goldilocks]) -> Goldilocks {
    // A slice has fewer than 2^64 elements.
    Goldilocks(arith::reduce(a.iter().fold(0, |sum, a| u128::wrapping_add(sum, u128::from(a.0)))))
}

/// c + a·b, reduced once: (2^64 − 1)² + 2^64 − 1 is below 2^128.
#[inline(always)]
fn mul_add_one(c: u64, a: u64, b: u64) -> u64 {
    arith::reduce((u128::from(a).wrapping_mul(u128::from(b))).wrapping_add(u128::from(c)))
}

#[inline(always)]
fn dot((a, b): (&[Goldilocks], &[Goldilocks])) -> Goldilocks {
    let mut sum = arith::Wide::ZERO;
    for (a, b) in a.iter().zip(b) {
        sum.add_product(a.0, b.0);
    }
    Goldilocks(sum.reduce())
}

#[inline(always)]
fn beaver((c, eps, b, rho, a, k): Beaver<'_>) {
    for ((c, (eps, b)), (rho, a)) in c.iter_mut().zip(eps.iter().zip(b)).zip(rho.iter().zip(a)) {
        let factor = mul_add_one(a.0, k.0, eps.0);
        c.0 = mul_add_one(mul_add_one(c.0, eps.0, b.0), rho.0, factor);
    }
}

#[inline(always)]
fn inverse(x: Goldilocks) -> Goldilocks {
    x.fermat_inverse()
}

#[inline(always)]
fn encode((elements, out): (&[Goldilocks], &mut Vec<u8>)) {
    let start = out.len();
    out.resize(start.saturating_add(size_of_val(elements)), 0);
    let (target, _) = out.get_mut(start..).unwrap_or_default().as_chunks_mut::<8>();
    for (bytes, x) in target.iter_mut().zip(elements) {
        *bytes = x.canonical().to_le_bytes();
    }
}

#[inline(always)]
fn decode((bytes, out): (&[u8], &mut [Goldilocks])) -> bool {
    decode_with(bytes, out, |slot, x| *slot = x)
}

#[inline(always)]
fn unpack_add((bytes, out): (&[u8], &mut [Goldilocks])) -> bool {
    decode_with(bytes, out, |slot, x| *slot += x)
}

/// Reads, compares with p and stores in one pass; the verdict is gathered without a branch.
#[inline(always)]
fn decode_with(bytes: &[u8], out: &mut [Goldilocks], store: impl Fn(&mut Goldilocks, Goldilocks)) -> bool {
    let (chunks, rest) = bytes.as_chunks::<8>();
    if chunks.len() != out.len() || !rest.is_empty() {
        return false;
    }
    let mut valid = true;
    for (slot, bytes) in out.iter_mut().zip(chunks) {
        let x = u64::from_le_bytes(*bytes);
        valid &= x < arith::P;
        // Refused values are reduced as well: an element of the type is always canonical.
        store(slot, Goldilocks(arith::canonical(x)));
    }
    valid
}

/// A candidate of [`crate::sample`].
#[inline(always)]
pub(super) fn candidate(bytes: &[u8]) -> (Goldilocks, bool) {
    let mut word = [0; 8];
    word.copy_from_slice(bytes);
    let x = u64::from_le_bytes(word);
    (Goldilocks(arith::canonical(x)), x < arith::P)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_from_p_up_are_dropped() {
        let below_p = |x: u64| candidate(&x.to_le_bytes()).1;
        assert!(below_p(0) && below_p(arith::P - 1));
        assert!(!below_p(arith::P) && !below_p(arith::P + 1) && !below_p(u64::MAX));
    }
}
