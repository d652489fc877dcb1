//! Slice kernels of [`Fp127`]: loops over [`super::arith`], compiled by [`crate::simd::dispatch`] for the CPU at hand.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "the operators of a field are total: they reduce modulo p"
)]

use super::{Fp127, arith};
use crate::{simd::kernels, sqrt};

kernels! {
    Axpy = axpy: (&'a mut [Fp127], Fp127, &'a [Fp127]) => ();
    MulAdd = mul_add: (&'a mut [Fp127], &'a [Fp127], &'a [Fp127]) => ();
    Dot = dot: (&'a [Fp127], &'a [Fp127]) => Fp127;
    Sum = sum: &'a [Fp127] => Fp127;
    BeaverStep = beaver: Beaver<'a> => ();
    Inverse = inverse: Fp127 => Fp127;
    InvSqrt = sqrt::inv_sqrt: &'a mut [Fp127] => ();
    Encode = encode: (&'a [Fp127], &'a mut Vec<u8>) => ();
    Decode = decode: (&'a [u8], &'a mut [Fp127]) => bool;
    Pack = pack: (&'a [Fp127], &'a mut Vec<u8>) => ();
    Unpack = unpack: (&'a [u8], &'a mut [Fp127]) => bool;
    UnpackAdd = unpack_add: (&'a [u8], &'a mut [Fp127]) => bool;
}

#[inline(always)]
fn axpy((a, c, x): (&mut [Fp127], Fp127, &[Fp127])) {
    for (a, x) in a.iter_mut().zip(x) {
        a.0 = arith::mul_add(a.0, c.0, x.0);
    }
}

#[inline(always)]
fn mul_add((a, x, y): (&mut [Fp127], &[Fp127], &[Fp127])) {
    for (a, (x, y)) in a.iter_mut().zip(x.iter().zip(y)) {
        a.0 = arith::mul_add(a.0, x.0, y.0);
    }
}

#[inline(always)]
fn dot((a, b): (&[Fp127], &[Fp127])) -> Fp127 {
    let mut sum = arith::Wide::ZERO;
    for (a, b) in a.iter().zip(b) {
        sum.add_product(a.0, b.0);
    }
    Fp127(sum.reduce())
}

#[inline(always)]
fn sum(a: &[Fp127]) -> Fp127 {
    let mut sum = arith::Wide::ZERO;
    for a in a {
        sum.add(a.0);
    }
    Fp127(sum.reduce())
}

/// The operands of Beaver's step: c, ε, b, ρ, a, k.
type Beaver<'a> = (&'a mut [Fp127], &'a [Fp127], &'a [Fp127], &'a [Fp127], &'a [Fp127], Fp127);

#[inline(always)]
fn beaver((c, eps, b, rho, a, k): Beaver<'_>) {
    for ((c, (eps, b)), (rho, a)) in c.iter_mut().zip(eps.iter().zip(b)).zip(rho.iter().zip(a)) {
        // ε·b + ρ·(a + k·ε) is reduced once.
        let factor = arith::mul_add(a.0, k.0, eps.0);
        c.0 = arith::add(c.0, arith::sum_of_two(eps.0, b.0, rho.0, factor));
    }
}

#[inline(always)]
fn inverse(x: Fp127) -> Fp127 {
    x.fermat_inverse()
}

#[inline(always)]
fn encode((elements, out): (&[Fp127], &mut Vec<u8>)) {
    write_with(elements, out, Fp127::canonical);
}

#[inline(always)]
fn pack((elements, out): (&[Fp127], &mut Vec<u8>)) {
    write_with(elements, out, |x| x.0);
}

#[inline(always)]
fn write_with(elements: &[Fp127], out: &mut Vec<u8>, integer: impl Fn(Fp127) -> u128) {
    let start = out.len();
    out.resize(start.saturating_add(size_of_val(elements)), 0);
    let (target, _) = out.get_mut(start..).unwrap_or_default().as_chunks_mut::<16>();
    for (bytes, x) in target.iter_mut().zip(elements) {
        *bytes = integer(*x).to_le_bytes();
    }
}

#[inline(always)]
fn decode((bytes, out): (&[u8], &mut [Fp127])) -> bool {
    // The top bit is cut so that the product's bounds hold for bytes that are refused as well.
    read_with(bytes, out, |slot, x| *slot = Fp127::from_canonical(x & LOW_BITS))
}

#[inline(always)]
fn unpack((bytes, out): (&[u8], &mut [Fp127])) -> bool {
    read_with(bytes, out, |slot, x| *slot = Fp127(reduced(x)))
}

#[inline(always)]
fn unpack_add((bytes, out): (&[u8], &mut [Fp127])) -> bool {
    read_with(bytes, out, |slot, x| *slot += Fp127(reduced(x)))
}

/// An integer below p, also of bytes that are refused: an element of the type is always reduced.
#[inline(always)]
fn reduced(x: u128) -> u128 {
    arith::add(x & LOW_BITS, 0)
}

/// Reads, compares with p and stores in one pass; the verdict is gathered without a branch.
#[inline(always)]
fn read_with(bytes: &[u8], out: &mut [Fp127], store: impl Fn(&mut Fp127, u128)) -> bool {
    let (chunks, rest) = bytes.as_chunks::<16>();
    if chunks.len() != out.len() || !rest.is_empty() {
        return false;
    }
    let mut valid = true;
    for (slot, bytes) in out.iter_mut().zip(chunks) {
        let x = u128::from_le_bytes(*bytes);
        valid &= x < arith::P;
        store(slot, x);
    }
    valid
}

const LOW_BITS: u128 = u128::MAX >> 1;

/// A candidate of [`crate::sample`]: its bytes are taken for the Montgomery form, uniform exactly if the element is.
#[inline(always)]
pub(super) fn candidate(bytes: &[u8]) -> (Fp127, bool) {
    let mut word = [0; 16];
    word.copy_from_slice(bytes);
    let x = u128::from_le_bytes(word) & LOW_BITS;
    (Fp127(x), x < arith::P)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_from_p_up_are_dropped() {
        let below_p = |x: u128| candidate(&x.to_le_bytes()).1;
        assert!(below_p(0) && below_p(arith::P - 1));
        assert!(!below_p(arith::P) && !below_p(arith::P + 1) && !below_p(LOW_BITS));
        // The top bit is cut off before the comparison.
        assert!(below_p(1 << 127) && below_p(1 << 127 | (arith::P - 1)));
        assert!(!below_p(1 << 127 | arith::P) && !below_p(u128::MAX));
    }
}
