//! Any prime field of ark-ff behind [`Field`]: for the scalar fields of curves, so that results can enter a SNARK.
//!
//! **Not constant time.** ark-ff branches on values in additions, subtractions, negations and reductions; whoever can
//! measure this process finely may learn about secrets in this field. The crate's own fields have no such branches.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "the operators of a field are total: they reduce modulo p"
)]

use crate::{Field, Prg, ops::field_operators, sample, sqrt};
use ark_ff::{AdditiveGroup, FftField, PrimeField, batch_inversion};
use core::fmt;
use zeroize::DefaultIsZeroes;

/// A prime field of ark-ff with a name for the wire and for files.
pub trait CurveField: PrimeField {
    /// The value of [`Field::NAME`]: a name for one modulus, never for two.
    const NAME: &'static str;
}

impl CurveField for ark_bls12_381::Fr {
    const NAME: &'static str = "bls12-381";
}

impl CurveField for ark_bn254::Fr {
    const NAME: &'static str = "bn254";
}

/// An element of an ark-ff prime field. Arithmetic takes a time that depends on the values.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct ArkField<F>(pub F);

impl<F: CurveField> ArkField<F> {
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    #[inline(always)]
    fn negated(self) -> Self {
        Self(-self.0)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }

    /// The integer of at most [`Field::BYTES`] little-endian bytes, `None` if it is ≥ p.
    #[inline(always)]
    fn from_bytes(bytes: &[u8], top_mask: u8) -> Option<Self> {
        let mut integer = F::BigInt::default();
        let (last, full) = bytes.split_last()?;
        let masked = full.iter().copied().chain([last & top_mask]);
        let mut masked = masked.fuse();
        for limb in integer.as_mut() {
            let mut word = [0; 8];
            word.iter_mut().zip(masked.by_ref()).for_each(|(to, from)| *to = from);
            *limb = u64::from_le_bytes(word);
        }
        F::from_bigint(integer).map(Self)
    }

    fn decode_with(bytes: &[u8], out: &mut [Self], store: impl Fn(&mut Self, Self)) -> bool {
        if out.len().checked_mul(Self::BYTES) != Some(bytes.len()) {
            return false;
        }
        out.iter_mut().zip(bytes.chunks_exact(Self::BYTES)).all(|(slot, bytes)| {
            let element = Self::from_bytes(bytes, u8::MAX);
            element.map(|element| store(slot, element)).is_some()
        })
    }
}

impl<F: CurveField> fmt::Debug for ArkField<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.into_bigint(), f)
    }
}

impl<F: CurveField> DefaultIsZeroes for ArkField<F> {}

field_operators!([F: CurveField] ArkField<F>);

impl<F: CurveField> Field for ArkField<F> {
    const NAME: &'static str = <F as CurveField>::NAME;
    const ZERO: Self = Self(<F as AdditiveGroup>::ZERO);
    const ONE: Self = Self(<F as ark_ff::Field>::ONE);
    const BITS: u32 = F::MODULUS_BIT_SIZE;
    #[allow(clippy::as_conversions, reason = "u32 to usize in a constant, where `From` is not available")]
    const BYTES: usize = Self::BITS.div_ceil(8) as usize;
    const TWO_ADICITY: u32 = <F as FftField>::TWO_ADICITY;

    fn modulus() -> Vec<u64> {
        let modulus = F::MODULUS;
        let limbs = modulus.as_ref();
        let length = limbs.iter().rposition(|limb| *limb != 0).map_or(0, |last| last.saturating_add(1));
        limbs.iter().copied().take(length).collect()
    }
    fn two_adic_generator() -> Self {
        Self(F::TWO_ADIC_ROOT_OF_UNITY)
    }

    fn from_u64(x: u64) -> Self {
        Self(F::from(x))
    }
    fn from_u128(x: u128) -> Self {
        Self(F::from(x))
    }
    fn to_u128(&self) -> Option<u128> {
        small(self.0.into_bigint().as_ref())
    }
    fn to_i128(&self) -> Option<i128> {
        let integer = self.0.into_bigint();
        if integer <= F::MODULUS_MINUS_ONE_DIV_TWO {
            i128::try_from(small(integer.as_ref())?).ok()
        } else {
            let magnitude = small((-self.0).into_bigint().as_ref())?;
            // 2^127 has no positive i128, but its negative is one.
            0_i128.checked_sub_unsigned(magnitude)
        }
    }

    fn inverse_or_zero(&self) -> Self {
        Self(self.0.inverse().unwrap_or_default())
    }
    fn inv_sqrt(a: &mut [Self]) {
        sqrt::inv_sqrt(a);
    }

    fn encode(elements: &[Self], out: &mut Vec<u8>) {
        out.reserve(elements.len().saturating_mul(Self::BYTES));
        for element in elements {
            let integer = element.0.into_bigint();
            out.extend(integer.as_ref().iter().flat_map(|limb| limb.to_le_bytes()).take(Self::BYTES));
        }
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
        let mut inverses: Vec<F> = a.iter().map(|a| a.0).collect();
        batch_inversion(&mut inverses);
        a.iter_mut().zip(&inverses).for_each(|(a, inverse)| a.0 = *inverse);
        inverses.iter_mut().for_each(zeroize::Zeroize::zeroize);
    }
}

impl<F: CurveField> sample::Candidate for ArkField<F> {
    fn candidate(bytes: &[u8]) -> (Self, bool) {
        let element = Self::from_bytes(bytes, u8::MAX >> (Self::BITS.wrapping_neg() % 8));
        (element.unwrap_or_default(), element.is_some())
    }
}

impl<F: CurveField> sqrt::PublicRoots for ArkField<F> {
    fn key(&self) -> u64 {
        self.0.into_bigint().as_ref().iter().fold(0, |key, limb| key ^ limb)
    }
    fn is_lower_half(&self) -> bool {
        self.0.into_bigint() <= F::MODULUS_MINUS_ONE_DIV_TWO
    }
    fn half_odd_powers(a: &[Self; sqrt::LANES]) -> [Self; sqrt::LANES] {
        a.map(|a| Self(a.0.pow(F::TRACE_MINUS_ONE_DIV_TWO)))
    }
}

/// The value of little-endian limbs if it is below 2^128.
fn small(limbs: &[u64]) -> Option<u128> {
    let (low, high) = limbs.split_at(limbs.len().min(2));
    if high.iter().any(|limb| *limb != 0) {
        return None;
    }
    Some(low.iter().rev().fold(0, |value, limb| (value << 64) | u128::from(*limb)))
}
