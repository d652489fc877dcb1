//! Responses as bytes: integers of `[-bound, bound)`, shifted to be non-negative, at their exact width.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "widths are bit lengths of public bounds; digits are below 2^48"
)]

use num_bigint::BigUint;
use zeroize::Zeroizing;

use crate::bgv::{DIGIT_BITS, Small, Wide, digits_of, pack, packed_len, unpack};

/// How small coefficients of one kind are written.
pub(super) struct SmallCode {
    bound: u32,
    bits: u32,
}

impl SmallCode {
    pub(super) fn new(bound: u32) -> Self {
        Self { bound, bits: (2 * u64::from(bound) - 1).ilog2() + 1 }
    }

    pub(super) fn len(&self, n: usize) -> usize {
        packed_len(n, self.bits)
    }

    /// Appends `x`, or nothing if a coefficient is out of bounds. Coefficients are all looked at.
    #[must_use]
    pub(super) fn write(&self, x: &Small, out: &mut Vec<u8>) -> bool {
        let accepted = x.within(self.bound);
        if accepted {
            let shift = i64::from(self.bound);
            let values = x.coefficients().iter().map(|x| (i64::from(*x) + shift) as u64);
            append(&Zeroizing::new(values.collect::<Vec<u64>>()), self.bits, out);
        }
        accepted
    }

    /// The polynomial in `bytes`, which have the length of `n` coefficients; `None` if one is out of bounds.
    pub(super) fn read(&self, n: usize, bytes: &[u8]) -> Option<Small> {
        let mut values = vec![0_i64; n];
        unpack(bytes, self.bits, &mut values);
        let shift = i64::from(self.bound);
        let small = Small::new(values.iter().map(|x| (x - shift) as i32).collect());
        let fits = values.iter().all(|x| *x < 2 * shift);
        (fits && small.within(self.bound)).then_some(small)
    }
}

/// How wide coefficients of one kind are written: digit by digit.
pub(super) struct WideCode {
    bound: BigUint,
    shift: Vec<i64>,
    /// Bits of each digit; the topmost ones may have none.
    widths: Vec<u32>,
}

impl WideCode {
    /// For coefficients of `planes` digits in `[-bound, bound)`. With `whole` digits take whole bytes.
    pub(super) fn new(bound: BigUint, planes: usize, whole: bool) -> Self {
        let bits = ((&bound * 2_u32) - 1_u32).bits() as u32;
        let width = |j: u32| {
            let own = bits.saturating_sub(j * DIGIT_BITS).min(DIGIT_BITS);
            if whole { own.next_multiple_of(8) } else { own }
        };
        let mut shift = digits_of(&bound);
        shift.resize(planes, 0);
        Self { bound, shift, widths: (0..planes as u32).map(width).collect() }
    }

    pub(super) fn len(&self, n: usize) -> usize {
        self.widths.iter().map(|bits| packed_len(n, *bits)).sum()
    }

    /// Appends `x`, in normal form, or nothing if a coefficient is out of bounds. Coefficients are all looked at.
    #[must_use]
    pub(super) fn write(&self, x: &Wide, out: &mut Vec<u8>) -> bool {
        let accepted = x.within(&self.bound);
        if accepted {
            let shifted = self.shifted(x, 1);
            for (plane, bits) in shifted.all_planes().zip(&self.widths) {
                let values: Zeroizing<Vec<u64>> = plane.iter().map(|x| *x as u64).collect::<Vec<_>>().into();
                append(&values, *bits, out);
            }
        }
        accepted
    }

    /// The polynomial in `bytes`, which have the length of `n` coefficients; `None` if one is out of bounds.
    pub(super) fn read(&self, n: usize, mut bytes: &[u8]) -> Option<Wide> {
        let mut digits = vec![0_i64; n * self.widths.len()];
        for (plane, bits) in digits.chunks_exact_mut(n).zip(&self.widths) {
            let (own, rest) = bytes.split_at_checked(packed_len(n, *bits))?;
            if *bits > 0 {
                unpack(own, *bits, plane);
            }
            bytes = rest;
        }
        let wide = self.shifted(&Wide::from_planes(n, digits), -1);
        wide.within(&self.bound).then_some(wide)
    }

    /// `x + sign bound`, in normal form.
    fn shifted(&self, x: &Wide, sign: i64) -> Wide {
        let digits = x.all_planes().zip(&self.shift);
        let digits = digits.flat_map(|(plane, shift)| plane.iter().map(move |x| x + sign * shift)).collect();
        let mut shifted = Wide::from_planes(x.dimension(), digits);
        shifted.normalise();
        shifted
    }
}

fn append(values: &[u64], bits: u32, out: &mut Vec<u8>) {
    let from = out.len();
    out.resize(from + packed_len(values.len(), bits), 0);
    if let Some(out) = out.get_mut(from..).filter(|_| bits > 0) {
        pack(values, bits, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_responses_are_read_back_within_bounds_only() {
        for bound in [1_u32, 2, 21, 1000, 1 << 31] {
            let code = SmallCode::new(bound);
            let top = (i64::from(bound) - 1) as i32;
            let bottom = -i64::from(bound) as i32;
            let x = Small::new(vec![0, top, bottom, -1, bottom, top, 0, 0]);
            let mut bytes = Vec::new();
            assert!(code.write(&x, &mut bytes));
            assert_eq!(bytes.len(), code.len(8));
            assert!(code.read(8, &bytes).unwrap() == x, "{bound}");
            if bound < 1 << 31 {
                assert!(!code.write(&Small::new(vec![top + 1; 8]), &mut bytes));
                assert!(!code.write(&Small::new(vec![bottom - 1; 8]), &mut bytes));
            }
            // All ones are out of range unless the range is a power of two.
            let ones = vec![0xff; code.len(8)];
            assert_eq!(code.read(8, &ones).is_some(), bound.is_power_of_two(), "{bound}");
        }
    }

    #[test]
    fn wide_responses_are_read_back_within_bounds_only() {
        for (bits, planes) in [(20_u32, 2), (48, 2), (60, 2), (97, 3), (150, 4)] {
            for whole in [false, true] {
                let bound = (BigUint::from(1_u32) << bits) + 3_u32;
                let code = WideCode::new(bound.clone(), planes, whole);
                let mut top = digits_of(&(&bound - 1_u32));
                top.resize(planes, 0);
                let mut bottom: Vec<i64> = digits_of(&bound).iter().map(|d| -d).collect();
                bottom.resize(planes, 0);
                let digits =
                    top.iter().zip(&bottom).flat_map(|(t, b)| [*t, *b, 0, 0, *b, *t, 0, 0]).collect();
                let mut x = Wide::from_planes(8, digits);
                x.normalise();
                let mut bytes = Vec::new();
                assert!(code.write(&x, &mut bytes), "{bits}");
                assert_eq!(bytes.len(), code.len(8));
                let back = code.read(8, &bytes).unwrap();
                let mut again = Vec::new();
                assert!(code.write(&back, &mut again) && again == bytes, "{bits}");

                let mut above = digits_of(&bound);
                above.resize(planes, 0);
                let above = Wide::from_planes(1, above);
                assert!(!code.write(&above, &mut bytes), "{bits}");
                let ones = vec![0xff; code.len(8)];
                assert!(code.read(8, &ones).is_none(), "{bits}");
            }
        }
    }
}
