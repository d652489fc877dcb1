//! The toy field F_257: as [`crate::F251`], with the roots of unity of order 256 that a toy ring needs. Two bytes an
//! element.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "the operators of a field are total: they reduce modulo p"
)]

use crate::{Field, Prg, ops::field_operators, sample, slice};
use core::fmt;
use zeroize::DefaultIsZeroes;

const P: u16 = 257;

/// An element of F_257.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct F257(u16);

impl F257 {
    fn reduced(x: u32) -> Self {
        Self(u16::try_from(x % u32::from(P)).unwrap_or_default())
    }
    fn plus(self, other: Self) -> Self {
        Self::reduced(u32::from(self.0).wrapping_add(u32::from(other.0)))
    }
    fn minus(self, other: Self) -> Self {
        self.plus(other.negated())
    }
    fn negated(self) -> Self {
        Self::reduced(u32::from(P).wrapping_sub(u32::from(self.0)))
    }
    fn times(self, other: Self) -> Self {
        Self::reduced(u32::from(self.0).wrapping_mul(u32::from(other.0)))
    }

    fn decode_with(bytes: &[u8], out: &mut [Self], store: impl Fn(&mut Self, Self)) -> bool {
        let (chunks, rest) = bytes.as_chunks::<2>();
        chunks.len() == out.len()
            && rest.is_empty()
            && out.iter_mut().zip(chunks).all(|(slot, bytes)| {
                let x = u16::from_le_bytes(*bytes);
                store(slot, Self::reduced(u32::from(x)));
                x < P
            })
    }
}

impl fmt::Debug for F257 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl DefaultIsZeroes for F257 {}

field_operators!([] F257);

impl Field for F257 {
    const NAME: &'static str = "f257";
    const ZERO: Self = Self(0);
    const ONE: Self = Self(1);
    const BITS: u32 = 9;
    const BYTES: usize = 2;
    const TWO_ADICITY: u32 = 8;

    fn modulus() -> Vec<u64> {
        vec![u64::from(P)]
    }
    fn two_adic_generator() -> Self {
        Self(3)
    }

    fn from_u64(x: u64) -> Self {
        Self::from_u128(u128::from(x))
    }
    fn from_u128(x: u128) -> Self {
        Self(u16::try_from(x % u128::from(P)).unwrap_or_default())
    }
    fn to_u128(&self) -> Option<u128> {
        Some(u128::from(self.0))
    }
    fn to_i128(&self) -> Option<i128> {
        let x = i128::from(self.0);
        Some(if self.0 <= P / 2 { x } else { x.wrapping_sub(i128::from(P)) })
    }

    fn inverse_or_zero(&self) -> Self {
        self.pow(&[u64::from(P - 2)])
    }

    fn encode(elements: &[Self], out: &mut Vec<u8>) {
        out.extend(elements.iter().flat_map(|x| x.0.to_le_bytes()));
    }
    fn decode(bytes: &[u8], out: &mut [Self]) -> bool {
        Self::decode_with(bytes, out, |slot, x| *slot = x)
    }
    fn unpack_add(bytes: &[u8], out: &mut [Self]) -> bool {
        Self::decode_with(bytes, out, |slot, x| *slot += x)
    }
    fn sample(prg: &mut Prg, out: &mut [Self]) {
        sample::fill(prg, out);
    }
    fn batch_inverse(a: &mut [Self]) {
        slice::batch_inverse(a);
    }
}

impl slice::StandIn for F257 {
    fn zero_mask(&self) -> u64 {
        if self.0 == 0 { u64::MAX } else { 0 }
    }
    fn or_one(self, mask: u64) -> Self {
        if mask == 0 { self } else { Self::ONE }
    }
    fn cleared(self, mask: u64) -> Self {
        if mask == 0 { self } else { Self::ZERO }
    }
}

impl sample::Candidate for F257 {
    fn candidate(bytes: &[u8]) -> (Self, bool) {
        let mut word = [0; 2];
        word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        let x = u16::from_le_bytes(word) & 0x1ff;
        (Self::reduced(u32::from(x)), x < P)
    }
}
