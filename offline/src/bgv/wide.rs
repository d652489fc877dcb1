//! Polynomials with integer coefficients: small ones (secrets, errors, their masks and responses) and wide ones
//! (plaintexts, masks, flooding).
//!
//! A wide coefficient is `Σ d_j 2^(48j)` with signed digits, stored digit by digit: sums are taken without carries, and vector
//! code reads each plane of digits straight through. It is in *normal form* if all digits but the topmost are in
//! [0, 2^48). Digits stay below 2^62 in absolute value: up to 2^14 summands in normal form.
//!
//! Nothing here branches on a coefficient. Both types are wiped when dropped and print nothing.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "digits are bounded as stated; indices run within planes of equal length"
)]

use super::range::DIGIT_BITS;
use core::fmt;
use num_bigint::BigUint;
use speedwell_field::Field;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const MASK: i64 = (1 << DIGIT_BITS) - 1;

/// Coefficients that fit 32 bits.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Small(Vec<i32>);

/// Coefficients of several digits.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Wide {
    n: usize,
    /// Plane j holds digit j of all n coefficients.
    digits: Vec<i64>,
}

impl fmt::Debug for Small {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Small(..; {})", self.0.len())
    }
}

impl fmt::Debug for Wide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wide(..; {} x {})", self.planes(), self.n)
    }
}

impl Small {
    /// The polynomial with these coefficients.
    #[must_use]
    pub fn new(coefficients: Vec<i32>) -> Self {
        Self(coefficients)
    }

    /// The coefficients.
    #[must_use]
    pub fn coefficients(&self) -> &[i32] {
        &self.0
    }

    /// Adds `X^exponent · other` mod X^N + 1; the exponent is taken mod 2N. Sums stay within 32 bits by the bounds of the
    /// parameters; beyond, they wrap.
    pub fn add_monomial(&mut self, exponent: usize, other: &Self) {
        rotate(&mut self.0, &other.0, exponent, |a, b, sign| {
            *a = a.wrapping_add((b ^ sign as i32).wrapping_sub(sign as i32))
        });
    }

    /// Whether all coefficients are in `[-bound, bound)`. All are looked at.
    #[must_use]
    pub fn within(&self, bound: u32) -> bool {
        let bound = i64::from(bound);
        self.0.iter().fold(true, |all, x| all & (i64::from(*x) >= -bound) & (i64::from(*x) < bound))
    }
}

impl Wide {
    /// The polynomial with these planes of n digits each, lowest first.
    #[must_use]
    pub fn from_planes(n: usize, digits: Vec<i64>) -> Self {
        Self { n, digits }
    }

    /// Zero, with `planes` digits a coefficient.
    #[must_use]
    pub fn zero(n: usize, planes: usize) -> Self {
        Self { n, digits: vec![0; n * planes] }
    }

    /// The centred representatives, in (-p/2, p/2], of the elements.
    #[must_use]
    pub fn centred<F: Field>(elements: &[F]) -> Self {
        let modulus = super::params::modulus::<F>();
        let p = digits_of(&modulus);
        let mut half = digits_of(&(modulus >> 1_u32));
        half.resize(p.len(), 0);
        let mut wide = Self::zero(elements.len(), p.len());
        canonical_planes(elements, &mut wide.digits);
        // The sign of p/2 - x: all ones if x is above.
        let mut above = Zeroizing::new(vec![0_i64; wide.n]);
        for (plane, half) in wide.digits.chunks_exact(wide.n.max(1)).zip(&half) {
            above.iter_mut().zip(plane).for_each(|(above, x)| *above = (half - x + *above) >> 63);
        }
        for (plane, p) in wide.digits.chunks_exact_mut(wide.n.max(1)).zip(&p) {
            plane.iter_mut().zip(above.iter()).for_each(|(x, above)| *x -= p & above);
        }
        wide
    }

    /// Number of coefficients.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.n
    }

    /// Number of digits a coefficient.
    #[must_use]
    pub fn planes(&self) -> usize {
        self.digits.len().checked_div(self.n).unwrap_or(0)
    }

    /// The planes, lowest first.
    pub fn all_planes(&self) -> impl ExactSizeIterator<Item = &[i64]> {
        self.digits.chunks_exact(self.n.max(1))
    }

    /// Digit `j` of all coefficients; empty if there is no such digit.
    #[must_use]
    pub fn plane(&self, j: usize) -> &[i64] {
        self.digits.chunks_exact(self.n.max(1)).nth(j).unwrap_or(&[])
    }

    /// Adds `X^exponent · other` mod X^N + 1 digit by digit; the exponent is taken mod 2N. Digits that `self` does not have are
    /// dropped: make `self` as wide as any summand.
    pub fn add_monomial(&mut self, exponent: usize, other: &Self) {
        for (a, b) in
            self.digits.chunks_exact_mut(self.n.max(1)).zip(other.digits.chunks_exact(other.n.max(1)))
        {
            rotate(a, b, exponent, |a, b, sign| *a += (b ^ sign) - sign);
        }
    }

    /// Brings all coefficients to normal form.
    pub fn normalise(&mut self) {
        let mut rest: &mut [i64] = &mut self.digits;
        while rest.len() > self.n {
            let (low, high) = rest.split_at_mut(self.n);
            for (low, high) in low.iter_mut().zip(high.iter_mut()) {
                *high += *low >> DIGIT_BITS;
                *low &= MASK;
            }
            rest = high;
        }
    }

    /// Whether all coefficients, in normal form, are in `[-bound, bound)`. All are looked at.
    #[must_use]
    pub fn within(&self, bound: &BigUint) -> bool {
        let mut bound = digits_of(bound);
        if bound.len() > self.planes() {
            // More digits than the coefficients have: every value of 48-bit digits is below it.
            return self
                .digits
                .chunks_exact(self.n.max(1))
                .last()
                .is_none_or(|top| top.iter().all(|d| d.abs() <= MASK));
        }
        bound.resize(self.planes(), 0);
        let mut all = true;
        for i in 0..self.n {
            // Sign of x + bound and of x - bound, by borrows from digit to digit.
            let (mut above, mut below) = (0_i64, 0_i64);
            for (j, bound) in bound.iter().enumerate() {
                let digit = self.digits[j * self.n + i];
                let last = j + 1 == self.planes();
                let (sum, difference) = (digit + bound + above, digit - bound + below);
                above = if last { sum >> 63 } else { sum >> DIGIT_BITS };
                below = if last { difference >> 63 } else { difference >> DIGIT_BITS };
            }
            all &= above == 0 && below == -1;
        }
        all
    }

    /// Whether every coefficient but the constant one is 0.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.digits
            .chunks_exact(self.n.max(1))
            .flat_map(|plane| plane.iter().skip(1))
            .fold(0, |any, d| any | d)
            == 0
    }
}

/// Elements of a block of encodings.
const BLOCK: usize = 256;

/// The digits of the canonical representatives, into planes of as many entries as there are elements. Planes beyond the
/// topmost digit are set to 0.
pub fn canonical_planes<F: Field>(elements: &[F], planes: &mut [i64]) {
    let n = elements.len().max(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(BLOCK * F::BYTES + 8));
    for (i, block) in elements.chunks(BLOCK).enumerate() {
        bytes.clear();
        F::encode(block, &mut bytes);
        bytes.extend([0; 8]);
        for (j, plane) in planes.chunks_exact_mut(n).enumerate() {
            let plane = &mut plane[i * BLOCK..i * BLOCK + block.len()];
            // Eight bytes are read; those of the next element are masked off.
            let own = F::BYTES.saturating_sub(6 * j).min(6);
            let mask = (1_i64 << (8 * own)) - 1;
            let from = (6 * j).min(F::BYTES);
            for (x, bytes) in plane.iter_mut().zip(bytes[from..].windows(8).step_by(F::BYTES)) {
                let mut word = [0; 8];
                word.copy_from_slice(bytes);
                *x = i64::from_le_bytes(word) & mask;
            }
        }
    }
}

/// The digits of a big integer, at least one.
pub fn digits_of(x: &BigUint) -> Vec<i64> {
    let bytes = x.to_bytes_le();
    (0..bytes.len().div_ceil(6).max(1)).map(|j| digit(&bytes, j)).collect()
}

/// Digit `j` of a little-endian integer.
#[inline(always)]
fn digit(bytes: &[u8], j: usize) -> i64 {
    let mut word = [0; 8];
    let from = (6 * j).min(bytes.len());
    let to = (6 * j + 6).min(bytes.len());
    word[..to - from].copy_from_slice(&bytes[from..to]);
    i64::from_le_bytes(word)
}

/// Applies `op(a[i], b[k], sign)` for `a += X^exponent b`, sign being 0 or -1.
fn rotate<T: Copy>(a: &mut [T], b: &[T], exponent: usize, op: impl Fn(&mut T, T, i64)) {
    let n = a.len();
    if n == 0 || b.len() != n {
        return;
    }
    let (shift, negative) = (exponent % n, (exponent / n) % 2 == 1);
    let sign = -i64::from(negative);
    let (stay, wrap) = b.split_at(n - shift);
    a[shift..].iter_mut().zip(stay).for_each(|(a, b)| op(a, *b, sign));
    a[..shift].iter_mut().zip(wrap).for_each(|(a, b)| op(a, *b, !sign));
}
