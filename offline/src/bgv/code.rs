//! The last step of compression: coefficients in [0, q'') lose their low bits and become bytes.
//!
//! The code of c' is (c' + p t)/2^w with t = -c'/p mod 2^w in [0, 2^w), or t - 2^w if the sum would reach q'': so it is at most
//! (q'' - 1)/2^w and never negative, and 2^w code = c' + p t with |t| < 2^w. The bounds are in `params::limbs`.
//!
//! A polynomial on the wire is its codes' 48-bit digits, plane by plane, the topmost digit in as many bits as the largest code
//! needs; each plane is packed without gaps. The length is exact and every code above the largest is refused.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "words of fixed length with explicit carries; lengths are computed from the parameters, not from the peer"
)]

use super::pack::{pack, packed_len, unpack};
use super::params::Params;
use super::range::DIGIT_BITS;
use super::ring::BLOCK;
use super::wide::{Wide, digits_of};
use num_bigint::BigUint;

/// A polynomial of a reply that does not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// The number of bytes is not that of one polynomial.
    #[error("a switched polynomial has {found} bytes instead of {expected}")]
    Length {
        /// Bytes found.
        found: usize,
        /// Bytes of a polynomial.
        expected: usize,
    },
    /// A coefficient is beyond q''.
    #[error("a coefficient of a switched polynomial is out of range")]
    Range,
}

/// Whether replies modulo q'' of so many limbs can be cut: one to three limbs of about one word each, or six.
#[must_use]
pub fn can_cut(switched: &BigUint, kept: usize) -> bool {
    matches!((words_of(switched), kept), (1, 1) | (2, 2) | (3, 3) | (..=5, 6))
}

/// Words of q'' + p 2^w.
fn words_of(switched: &BigUint) -> u64 {
    (switched << 1_u32).bits().div_ceil(64)
}

/// How the coefficients of c0, or of c1, are cut and written.
pub struct Code {
    cut: u32,
    /// Bits of each digit.
    widths: Vec<u32>,
    /// Digits of the largest code.
    last: Vec<i64>,
    /// q_1, …, q_K of the mixed radix digits that come in.
    moduli: Vec<u64>,
    p: BigUint,
    /// q''
    bound: BigUint,
    /// Words of q'' + p 2^w, and the number of kept limbs.
    shape: (u64, usize),
}

impl Code {
    /// The code that cuts `cut` < 64 bits.
    #[must_use]
    pub fn new(params: &Params, cut: u32) -> Self {
        let bound = params.switched();
        let largest: BigUint = (&bound - 1_u32) >> cut;
        let last = digits_of(&largest);
        let top = largest.bits() as u32 - DIGIT_BITS * (last.len() as u32 - 1);
        let mut widths = vec![DIGIT_BITS; last.len() - 1];
        widths.push(top);
        let moduli = params.limbs()[..params.kept()].to_vec();
        let shape = (words_of(&bound), moduli.len());
        Self { cut, widths, last, moduli, p: params.p().clone(), bound, shape }
    }

    /// Low bits that are cut off: a code stands for 2^cut times its value.
    #[must_use]
    pub fn cut(&self) -> u32 {
        self.cut
    }

    /// Bits of each digit of a code.
    #[cfg(test)]
    pub fn widths(&self) -> &[u32] {
        &self.widths
    }

    /// Bytes of a polynomial of `n` coefficients.
    #[must_use]
    pub fn len(&self, n: usize) -> usize {
        self.widths.iter().map(|bits| packed_len(n, *bits)).sum()
    }

    /// Writes the codes of the block at coefficient `from`, given by mixed radix digits, into a polynomial's bytes.
    #[inline(always)]
    pub fn write(&self, n: usize, from: usize, digits: &[[u64; BLOCK]], out: &mut [u8]) {
        let mut planes = vec![[0; BLOCK]; self.widths.len()];
        match self.shape {
            (1, 1) => self.cut_block::<1, 1>(digits, &mut planes),
            (2, 2) => self.cut_block::<2, 2>(digits, &mut planes),
            (3, 3) => self.cut_block::<3, 3>(digits, &mut planes),
            _ => self.cut_block::<5, 6>(digits, &mut planes),
        }
        let count = BLOCK.min(n - from);
        let mut plane_start = 0;
        for (plane, bits) in planes.iter().zip(&self.widths) {
            // A block starts at a whole byte: it is the first, or 128 coefficients are 16 bytes a bit.
            let at = plane_start + from * *bits as usize / 8;
            pack(&plane[..count], *bits, &mut out[at..at + packed_len(count, *bits)]);
            plane_start += packed_len(n, *bits);
        }
    }

    /// Cuts one block. `W` words hold q'' + p 2^w and one word more than p, unless one is enough for all.
    #[inline(always)]
    fn cut_block<const W: usize, const K: usize>(
        &self,
        digits: &[[u64; BLOCK]],
        planes: &mut [[u64; BLOCK]],
    ) {
        let (Some((digits, _)), Some((moduli, _))) =
            (digits.split_first_chunk::<K>(), self.moduli.split_first_chunk::<K>())
        else {
            return;
        };
        let (p, bound, step) = (words::<W>(&self.p), words(&self.bound), words(&(&self.p << self.cut)));
        let weights: [[u64; W]; K] =
            core::array::from_fn(|k| words(&moduli[..k].iter().map(|q| BigUint::from(*q)).product()));
        let (mask, negative_inverse) = ((1_u64 << self.cut) - 1, inverse_word(p[0]).wrapping_neg());
        let mut cut = [[0_u64; W]; BLOCK];
        for (i, cut) in cut.iter_mut().enumerate() {
            // v from pairs of digits, u_k + q_k u_(k+1).
            let mut v = [0; W];
            for k in (0..K).step_by(2) {
                let high = if k + 1 < K { u128::from(digits[k + 1][i]) * u128::from(moduli[k]) } else { 0 };
                let pair = u128::from(digits[k][i]) + high;
                add_product(&mut v, &weights[k], pair as u64, 0);
                if k + 1 < K {
                    add_product(&mut v, &weights[k], (pair >> 64) as u64, 1);
                }
            }
            let t = v[0].wrapping_mul(negative_inverse) & mask;
            add_product(&mut v, &p, t, 0);
            let below = subtract(&v, &bound).1;
            let step = step.map(|word| word & !below.wrapping_neg());
            *cut = shift(&subtract(&v, &step).0, self.cut);
        }
        for (j, plane) in planes.iter_mut().enumerate() {
            let bit = j * DIGIT_BITS as usize;
            let (word, bit) = (bit / 64, bit as u32 % 64);
            for (out, cut) in plane.iter_mut().zip(&cut) {
                let pair = [cut.get(word).copied().unwrap_or(0), cut.get(word + 1).copied().unwrap_or(0)];
                *out = shift(&pair, bit)[0] & ((1 << DIGIT_BITS) - 1);
            }
        }
    }

    /// The codes in `bytes` as integers.
    ///
    /// # Errors
    /// [`CodeError`] if the length is wrong or a code is above the largest.
    pub fn decode(&self, n: usize, bytes: &[u8]) -> Result<Wide, CodeError> {
        if bytes.len() != self.len(n) {
            return Err(CodeError::Length { found: bytes.len(), expected: self.len(n) });
        }
        let mut digits = vec![0; n * self.widths.len()];
        let mut borrow = vec![0_i64; n];
        let mut rest = bytes;
        for ((plane, bits), last) in digits.chunks_exact_mut(n).zip(&self.widths).zip(&self.last) {
            let (packed, next) = rest.split_at(packed_len(n, *bits));
            unpack(packed, *bits, plane);
            rest = next;
            // The sign of (largest - code), digit by digit.
            borrow.iter_mut().zip(plane.iter()).for_each(|(b, x)| *b = (last - x + *b) >> 63);
        }
        let above = borrow.iter().fold(0, |any, b| any | b);
        if above == 0 { Ok(Wide::from_planes(n, digits)) } else { Err(CodeError::Range) }
    }
}

/// The low `W` words of a big integer.
fn words<const W: usize>(x: &BigUint) -> [u64; W] {
    let mut words = [0; W];
    words.iter_mut().zip(x.iter_u64_digits()).for_each(|(word, x)| *word = x);
    words
}

/// The inverse of an odd number mod 2^64, by Newton's iteration: 5 bits to start, then 10, 20, 40, 80.
fn inverse_word(x: u64) -> u64 {
    let start = x.wrapping_mul(3) ^ 2;
    (0..4).fold(start, |y, _| y.wrapping_mul(2_u64.wrapping_sub(x.wrapping_mul(y))))
}

/// `v += 2^(64 at) x k`, modulo 2^(64 W).
#[inline(always)]
fn add_product<const W: usize>(v: &mut [u64; W], x: &[u64; W], k: u64, at: usize) {
    let mut carry = 0;
    for i in at..W {
        let wide = u128::from(x[i - at]) * u128::from(k) + u128::from(v[i]) + u128::from(carry);
        (v[i], carry) = (wide as u64, (wide >> 64) as u64);
    }
}

/// `a - b` and the borrow, 0 or 1.
#[inline(always)]
fn subtract<const W: usize>(a: &[u64; W], b: &[u64; W]) -> ([u64; W], u64) {
    let mut borrow = false;
    let mut out = [0; W];
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        (*out, borrow) = a.borrowing_sub(*b, borrow);
    }
    (out, u64::from(borrow))
}

/// `v >> bits`, bits < 64.
#[inline(always)]
fn shift<const W: usize>(v: &[u64; W], bits: u32) -> [u64; W] {
    let mut out = [0; W];
    for (i, out) in out.iter_mut().enumerate() {
        let above = v.get(i + 1).copied().unwrap_or(0);
        *out = (v[i] >> bits) | ((above << 1) << (63 - bits));
    }
    out
}
