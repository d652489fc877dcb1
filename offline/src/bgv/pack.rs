//! Bit packing for the wire: numbers of equal width, lowest bit first, without gaps.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "widths are 1 to 48 or 50, at most 63 bits are pending; lengths are computed from the widths"
)]

/// Bytes of `count` numbers of `bits` bits.
#[must_use]
pub fn packed_len(count: usize, bits: u32) -> usize {
    (count * bits as usize).div_ceil(8)
}

/// Writes the numbers, each below 2^bits (bits ≤ 56), to `out`, which has `packed_len` bytes.
#[inline(always)]
pub fn pack(values: &[u64], bits: u32, out: &mut [u8]) {
    let (mut pending, mut filled) = (0_u64, 0);
    let mut at = 0;
    for value in values {
        pending |= value << filled;
        let total = filled + bits;
        if total >= 64 {
            out[at..at + 8].copy_from_slice(&pending.to_le_bytes());
            at += 8;
            filled = total - 64;
            pending = value >> (bits - filled);
        } else {
            filled = total;
        }
    }
    let rest = &mut out[at..];
    let tail = pending.to_le_bytes();
    rest.copy_from_slice(&tail[..rest.len()]);
}

/// Reads `out.len()` numbers of `bits` bits (≤ 56) from `bytes`, which has `packed_len` bytes.
#[inline(always)]
pub fn unpack<T: Packed>(bytes: &[u8], bits: u32, out: &mut [T]) {
    let mask = (1_u64 << bits) - 1;
    // Whole words as far as eight bytes can be read, then byte by byte.
    let whole = if bytes.len() < 8 { 0 } else { ((bytes.len() - 8) * 8 / bits as usize + 1).min(out.len()) };
    let (body, tail) = out.split_at_mut(whole);
    let mut position = 0_usize;
    for out in body {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[position / 8..position / 8 + 8]);
        *out = T::from_packed((u64::from_le_bytes(word) >> (position % 8)) & mask);
        position += bits as usize;
    }
    for out in tail {
        let rest = &bytes[position / 8..];
        let mut word = [0; 8];
        let len = rest.len().min(8);
        word[..len].copy_from_slice(&rest[..len]);
        *out = T::from_packed((u64::from_le_bytes(word) >> (position % 8)) & mask);
        position += bits as usize;
    }
}

/// What packed numbers are read into.
pub trait Packed: Copy {
    /// The number, which is below 2^56.
    fn from_packed(x: u64) -> Self;
}

impl Packed for u64 {
    #[inline(always)]
    fn from_packed(x: u64) -> Self {
        x
    }
}

impl Packed for i64 {
    #[inline(always)]
    fn from_packed(x: u64) -> Self {
        x as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packing_is_a_bijection(bits in 1_u32..=56, seed: u64, count in 0_usize..200) {
            let values: Vec<u64> = (0..count as u64)
                .map(|i| (seed ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits))
                .collect();
            let mut bytes = vec![0xff; packed_len(count, bits)];
            pack(&values, bits, &mut bytes);
            let mut back = vec![0_u64; count];
            unpack(&bytes, bits, &mut back);
            prop_assert_eq!(&back, &values);
            // Bit by bit against the definition.
            for (i, value) in values.iter().enumerate() {
                for bit in 0..bits as usize {
                    let at = i * bits as usize + bit;
                    prop_assert_eq!(u64::from(bytes[at / 8] >> (at % 8) & 1), value >> bit & 1);
                }
            }
        }
    }
}
