//! The digits of opened values.
//!
//! An opened masked value c serves only through its digits: they say which shares enter a sum and with what coefficient.
//! Taking the centred representative where the canonical one belongs, or the other way round, is off by one in the lowest
//! bits, and only when a cheater makes the integer negative: so both exist by name.

use std::sync::Arc;

use speedwell_field::Field;

use super::Opened;

/// Opened values as integers modulo 2^(64·limbs), for a whole number of limbs that holds p.
#[derive(Clone)]
pub(crate) struct Integers {
    len: usize,
    limbs: usize,
    /// `limbs` little-endian limbs a value; empty in a planning session.
    words: Vec<u64>,
}

impl<F: Field> Opened<F> {
    /// The representatives in [0, p).
    pub(crate) fn canonical(&self) -> Integers {
        const BLOCK: usize = 4096;
        let limbs = F::BYTES.div_ceil(8);
        let mut words = Vec::with_capacity(self.values.len().saturating_mul(limbs));
        let mut bytes = Vec::new();
        for block in self.values.chunks(BLOCK) {
            bytes.clear();
            F::encode(block, &mut bytes);
            for element in bytes.chunks_exact(F::BYTES) {
                for limb in element.chunks(8) {
                    let mut word = [0; 8];
                    word.iter_mut().zip(limb).for_each(|(w, b)| *w = *b);
                    words.push(u64::from_le_bytes(word));
                }
            }
        }
        Integers { len: self.len, limbs, words }
    }

    /// The representatives in (−p/2, p/2), in two's complement.
    pub(crate) fn centred(&self) -> Integers {
        let mut integers = self.canonical();
        let modulus = F::modulus();
        let half = halved(&modulus);
        for value in integers.words.chunks_exact_mut(integers.limbs) {
            if exceeds(value, &half) {
                subtract(value, &modulus);
            }
        }
        integers
    }
}

impl Integers {
    /// Plus a public integer given by its limbs, modulo the power of two that all is taken of.
    pub(crate) fn plus(mut self, addend: &[u64]) -> Self {
        for value in self.words.chunks_exact_mut(self.limbs) {
            let mut carry = false;
            for (at, limb) in value.iter_mut().enumerate() {
                let (sum, first) = limb.overflowing_add(addend.get(at).copied().unwrap_or(0));
                let (sum, second) = sum.overflowing_add(u64::from(carry));
                (*limb, carry) = (sum, first || second);
            }
        }
        self
    }

    /// Minus 2^k, modulo the power of two that all is taken of.
    pub(crate) fn minus_power(mut self, k: u32) -> Self {
        let power = power_of_two(k, self.limbs);
        self.words.chunks_exact_mut(self.limbs).for_each(|value| subtract(value, &power));
        self
    }

    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bits `at` to `at + width − 1` of each value, `width` at most 8; nothing in a planning session.
    pub(crate) fn digits(&self, at: u32, width: u32) -> impl Iterator<Item = usize> + '_ {
        let mask = 1_u64.wrapping_shl(width).wrapping_sub(1);
        self.words.chunks_exact(self.limbs).map(move |value| {
            let digit = bits_from(value, at) & mask;
            usize::try_from(digit).unwrap_or(0)
        })
    }

    /// Bit `at` of each value, as elements.
    pub(crate) fn bit<F: Field>(&self, at: u32) -> Opened<F> {
        let elements = self.words.chunks_exact(self.limbs).map(|value| F::from_u64(bits_from(value, at) & 1));
        Opened::new(self.len, Arc::new(elements.collect()))
    }

    /// Each value modulo 2^bits, as elements; `bits` at most 127.
    pub(crate) fn modulo_power<F: Field>(&self, bits: u32) -> Opened<F> {
        let mask = 1_u128.wrapping_shl(bits).wrapping_sub(1);
        let elements = self.words.chunks_exact(self.limbs).map(|value| {
            let low = u128::from(bits_from(value, 0)) | u128::from(bits_from(value, 64)).wrapping_shl(64);
            F::from_u128(low & mask)
        });
        Opened::new(self.len, Arc::new(elements.collect()))
    }
}

/// The 64 bits of `value` from bit `at` on.
fn bits_from(value: &[u64], at: u32) -> u64 {
    let limb = |at: u32| usize::try_from(at).ok().and_then(|at| value.get(at)).copied().unwrap_or(0);
    let (from, shift) = (at.wrapping_shr(6), at & 63);
    let high =
        if shift == 0 { 0 } else { limb(from.wrapping_add(1)).wrapping_shl(64_u32.wrapping_sub(shift)) };
    limb(from).wrapping_shr(shift) | high
}

fn power_of_two(k: u32, limbs: usize) -> Vec<u64> {
    let at = usize::try_from(k.wrapping_shr(6)).unwrap_or(usize::MAX);
    (0..limbs).map(|limb| if limb == at { 1_u64.wrapping_shl(k & 63) } else { 0 }).collect()
}

fn halved(modulus: &[u64]) -> Vec<u64> {
    (0..modulus.len())
        .map(|at| bits_from(modulus, u32::try_from(at).unwrap_or(0).wrapping_mul(64).wrapping_add(1)))
        .collect()
}

fn exceeds(value: &[u64], bound: &[u64]) -> bool {
    let limb = |at: usize| bound.get(at).copied().unwrap_or(0);
    let differing = (0..value.len()).rev().find(|at| value.get(*at).copied() != Some(limb(*at)));
    differing.is_some_and(|at| value.get(at).copied().unwrap_or(0) > limb(at))
}

fn subtract(value: &mut [u64], subtrahend: &[u64]) {
    let mut borrow = false;
    for (at, limb) in value.iter_mut().enumerate() {
        let (difference, first) = limb.overflowing_sub(subtrahend.get(at).copied().unwrap_or(0));
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        (*limb, borrow) = (difference, first || second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_field::{F251, Fp127, Goldilocks};

    fn opened<F: Field>(values: &[i128]) -> Opened<F> {
        Opened::new(values.len(), Arc::new(values.iter().map(|x| F::from_i128(*x)).collect()))
    }

    fn digit_of<F: Field>(integers: &Integers, bits: u32) -> Vec<u128> {
        integers.modulo_power::<F>(bits).values().iter().map(|x| x.to_u128().unwrap()).collect()
    }

    /// Centred digits are those of the signed integer, canonical ones those of its representative in [0, p).
    #[test]
    fn digits_are_those_of_the_representative_that_is_named() {
        fn of<F: Field>(values: &[i128], p: u128, bits: u32) {
            let x = opened::<F>(values);
            let modulo = |v: i128| v.rem_euclid(1 << bits) as u128;
            let centred: Vec<u128> = values.iter().map(|v| modulo(*v)).collect();
            assert_eq!(digit_of::<F>(&x.centred(), bits), centred);
            let canonical: Vec<u128> = values
                .iter()
                .map(|v| (if *v < 0 { p - v.unsigned_abs() } else { *v as u128 }) % (1 << bits))
                .collect();
            assert_eq!(digit_of::<F>(&x.canonical(), bits), canonical);
            let shifted: Vec<u128> = values.iter().map(|v| modulo(*v - 8)).collect();
            assert_eq!(digit_of::<F>(&x.centred().minus_power(3), bits), shifted);
            for at in 0..bits - 4 {
                let digits: Vec<usize> = centred.iter().map(|c| ((c >> at) & 15) as usize).collect();
                assert_eq!(x.centred().digits(at, 4).collect::<Vec<_>>(), digits, "{at}");
            }
        }
        of::<F251>(&[0, 1, -1, 125, -125, 8, -8], 251, 6);
        of::<Goldilocks>(&[0, 1, -1, 1 << 40, -(1 << 62) - 5], 0xffff_ffff_0000_0001, 60);
        let big = (1 << 125) + 12_345;
        of::<Fp127>(&[0, 1, -1, big, -big, (1 << 64) - 3, -(1 << 64)], (1 << 127) - (1 << 65) + 1, 100);
    }

    #[test]
    fn adding_p_is_adding_p() {
        let x = opened::<F251>(&[0, 4, -1]);
        let sum = x.canonical().plus(&F251::modulus());
        assert_eq!(digit_of::<F251>(&sum, 6), [251 % 64, 255 % 64, 501 % 64]);
    }
}
