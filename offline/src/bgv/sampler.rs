//! Samplers, all fed by AES-128 in counter mode.
//!
//! What a sampler does is independent of the values it returns: draws are rejected by public rules (a byte of 255, a number beyond
//! the range), accepted ones are mapped without branches or tables. The number of draws thus tells nothing about what was accepted.
//!
//! | distribution | used for | how |
//! |---|---|---|
//! | uniform on {-1, 0, 1} | s, u | a byte below 255, mod 3 |
//! | CBD(21): difference of two sums of 21 bits, σ = 3.24 | e, e0, e1 | one population count of 42 bits |
//! | uniform on [-M, M), M ≤ 2^31 | masks of u, e, s | rejection |
//! | uniform on a [`Range`] | plaintext masks | free digits, rejection on the topmost |
//! | uniform on [-ρ, ρ) in steps of 2^-96 | flooding | free digits, rejection on the integer part |
//! | uniform mod q | the public `a` | rejection |
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "values are masked to the ranges stated; the write index of a rejection loop stays below the slice's length"
)]

use super::range::{DIGIT_BITS, Range};
use super::wide::{Small, Wide};
use speedwell_field::Prg;
use zeroize::{Zeroize, Zeroizing};

const MASK: u64 = (1 << DIGIT_BITS) - 1;

/// A sampler's failure, which no working generator ever shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// Every coefficient of a secret or an error is 0.
    #[error("a secret polynomial came out all zero: the random generator is broken, do not continue")]
    AllZero,
}

/// Uniform on {-1, 0, 1}.
///
/// # Errors
/// [`SamplerError::AllZero`] if all `n` > 0 coefficients are 0.
pub fn ternary(prg: &mut Prg, n: usize) -> Result<Small, SamplerError> {
    let mut out = vec![0_i32; n];
    let mut bytes = Zeroizing::new([0_u8; 1024]);
    let mut filled = 0;
    while filled < n {
        prg.fill(&mut *bytes);
        for byte in bytes.iter().take(n - filled) {
            // 255 = 3 · 85; x mod 3 from the exact quotient floor(171 x / 512), x < 256.
            let x = i32::from(*byte);
            out[filled] = x - 3 * ((171 * x) >> 9) - 1;
            filled += usize::from(*byte != 255);
        }
    }
    nonzero(out)
}

/// Centred binomial with 2 · 21 bits: between -21 and 21, variance 10.5.
///
/// # Errors
/// [`SamplerError::AllZero`] if all `n` > 0 coefficients are 0.
pub fn binomial(prg: &mut Prg, n: usize) -> Result<Small, SamplerError> {
    const UPPER: u64 = ((1 << 21) - 1) << 21;
    const BOTH: u64 = (1 << 42) - 1;
    let mut out = vec![0_i32; n];
    words(prg, &mut out, |word| {
        // a - b = popcount(a) + popcount(not b) - 21.
        ((word ^ UPPER) & BOTH).count_ones() as i32 - 21
    });
    nonzero(out)
}

/// Uniform on `[-bound, bound)`, 1 ≤ bound ≤ 2^31.
#[must_use]
pub fn uniform(prg: &mut Prg, n: usize, bound: u32) -> Small {
    let values = 2 * u64::from(bound);
    let mut out = vec![0_i32; n];
    rejection(prg, values, &mut out, |x| (x as i64 - i64::from(bound)) as i32);
    Small::new(out)
}

/// Uniform on `range`, in digits between -2^48 and 2^48.
#[must_use]
pub fn uniform_wide(prg: &mut Prg, n: usize, range: Range) -> Wide {
    let low = range.low() as usize;
    let mut digits = vec![0; n * (low + 2)];
    let (free, top) = digits.split_at_mut(n * low);
    words(prg, free, |word| (word & MASK) as i64);
    let (low, high) = top.split_at_mut(n);
    // The top part is two digits, compared with its bound as one number.
    let last = range.top() - 1;
    let high_mask = ((1_u128 << (u128::BITS - last.leading_zeros())) - 1) >> DIGIT_BITS;
    let half = range.top() / 2;
    let (half_low, half_high) = ((half as u64 & MASK) as i64, (half >> DIGIT_BITS) as i64);
    let low_mask = if high_mask == 0 { (last as u64 + 1).next_power_of_two() - 1 } else { MASK };
    let mut pairs = Zeroizing::new([0_u8; 16 * 64]);
    let mut filled = 0;
    while filled < n {
        prg.fill(&mut *pairs);
        let (pairs, _) = pairs.as_chunks::<16>();
        for pair in pairs.iter().take(n - filled) {
            let pair = u128::from_le_bytes(*pair);
            let (l, h) = (pair as u64 & low_mask, (pair >> 64) & high_mask);
            low[filled] = l as i64 - half_low;
            high[filled] = h as i64 - half_high;
            filled += usize::from(((h << DIGIT_BITS) | u128::from(l)) <= last);
        }
    }
    Wide::from_planes(n, digits)
}

/// Uniform on [-units, units) in steps of 2^-96: three planes of n digits, the integer part first, then two of the fraction.
/// `units` is at most 2^46.
pub fn flooding(prg: &mut Prg, n: usize, units: u64, planes: &mut [i64]) {
    let (integers, fractions) = planes.split_at_mut(n);
    rejection(prg, 2 * units, integers, |x| x as i64 - units as i64);
    words(prg, fractions, |word| (word & MASK) as i64);
}

/// Uniform residues mod `q` < 2^50.
pub fn residues(prg: &mut Prg, q: u64, out: &mut [u64]) {
    rejection(prg, q, out, |x| x);
}

/// Maps one 64-bit word of the stream to each entry.
fn words<T>(prg: &mut Prg, out: &mut [T], map: impl Fn(u64) -> T) {
    let mut bytes = Zeroizing::new([0_u8; 8 * 512]);
    for block in out.chunks_mut(512) {
        let bytes = &mut bytes[..8 * block.len()];
        prg.fill(bytes);
        let (words, _) = bytes.as_chunks::<8>();
        block.iter_mut().zip(words).for_each(|(out, word)| *out = map(u64::from_le_bytes(*word)));
    }
}

/// Fills `out` with the images of uniform numbers below `values`, 1 ≤ values ≤ 2^63.
fn rejection<T>(prg: &mut Prg, values: u64, out: &mut [T], map: impl Fn(u64) -> T) {
    let mask = values.next_power_of_two() - 1;
    let mut bytes = Zeroizing::new([0_u8; 8 * 512]);
    let mut filled = 0;
    while filled < out.len() {
        prg.fill(&mut *bytes);
        let (words, _) = bytes.as_chunks::<8>();
        for word in words.iter().take(out.len() - filled) {
            let x = u64::from_le_bytes(*word) & mask;
            out[filled] = map(x);
            filled += usize::from(x < values);
        }
    }
}

/// The polynomial, unless it is zero.
fn nonzero(mut coefficients: Vec<i32>) -> Result<Small, SamplerError> {
    if !coefficients.is_empty() && coefficients.iter().fold(0, |any, x| any | x) == 0 {
        coefficients.zeroize();
        return Err(SamplerError::AllZero);
    }
    Ok(Small::new(coefficients))
}
