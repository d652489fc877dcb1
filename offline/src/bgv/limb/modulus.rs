//! Integer arithmetic modulo one limb prime: the portable kernel and the set-up of the tables.
//!
//! Nothing here branches on a value.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "residues are below 2^50: sums stay below 2^64, products are taken in 128 bits, casts keep the low word on purpose"
)]

use crate::bgv::range::DIGIT_BITS;

/// A prime q below 2^50 with its Barrett constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modulus {
    q: u64,
    /// Bit length of q.
    bits: u32,
    /// floor(2^(2 bits) / q)
    barrett: u64,
}

impl Modulus {
    /// The modulus `q`, 2 < q < 2^50.
    pub fn new(q: u64) -> Self {
        let bits = u64::BITS - q.leading_zeros();
        let barrett = ((1_u128 << (2 * bits)) / u128::from(q)) as u64;
        Self { q, bits, barrett }
    }

    /// q
    pub fn q(self) -> u64 {
        self.q
    }

    /// `a + b` of residues.
    #[inline(always)]
    pub fn add(self, a: u64, b: u64) -> u64 {
        self.once(a + b)
    }

    /// `a - b` of residues.
    #[inline(always)]
    pub fn sub(self, a: u64, b: u64) -> u64 {
        self.once(a + self.q - b)
    }

    /// `a b` of residues; also of any a, b with a b < 4^bits, bits being the length of q.
    #[inline(always)]
    pub fn mul(self, a: u64, b: u64) -> u64 {
        let x = u128::from(a) * u128::from(b);
        let high = (x >> (self.bits - 1)) as u64;
        let quotient = ((u128::from(high) * u128::from(self.barrett)) >> (self.bits + 1)) as u64;
        // The quotient is at most 2 too small.
        let r = (x as u64).wrapping_sub(quotient.wrapping_mul(self.q));
        self.once(self.once(r))
    }

    /// `base^e`
    pub fn pow(self, base: u64, mut e: u64) -> u64 {
        let (mut acc, mut square) = (1, base);
        while e > 0 {
            if e & 1 == 1 {
                acc = self.mul(acc, square);
            }
            square = self.mul(square, square);
            e >>= 1;
        }
        acc
    }

    /// The inverse of a residue that is not 0.
    pub fn inverse(self, a: u64) -> u64 {
        self.pow(a, self.q - 2)
    }

    /// Bit length of q.
    pub fn bits(self) -> u32 {
        self.bits
    }

    /// 2^48/q
    pub fn digit_quotient(self) -> f64 {
        (1_u64 << DIGIT_BITS) as f64 / self.q as f64
    }

    /// `x mod q` of any 64-bit number, for constants.
    pub fn reduce(self, x: u64) -> u64 {
        x % self.q
    }

    /// floor(2^64 w / q): Shoup's companion of the constant `w`.
    pub fn shoup(self, w: u64) -> u64 {
        ((u128::from(w) << 64) / u128::from(self.q)) as u64
    }

    /// `x w` for any 64-bit x and a constant with its companion; the result is below 2q.
    #[inline(always)]
    pub fn mul_lazy(self, x: u64, w: u64, shoup: u64) -> u64 {
        let quotient = ((u128::from(x) * u128::from(shoup)) >> 64) as u64;
        x.wrapping_mul(w).wrapping_sub(quotient.wrapping_mul(self.q))
    }

    /// `x w`, reduced.
    #[inline(always)]
    pub fn mul_const(self, x: u64, w: u64, shoup: u64) -> u64 {
        self.once(self.mul_lazy(x, w, shoup))
    }

    /// `x` or `x - q`, whichever is in `[0, q)`, for x < 2q; larger x are lowered by q.
    #[inline(always)]
    pub fn once(self, x: u64) -> u64 {
        below(x, self.q)
    }
}

/// `x` if it is below `bound`, else `x - bound`; both are below 2^63.
#[inline(always)]
pub fn below(x: u64, bound: u64) -> u64 {
    let lowered = x.wrapping_sub(bound);
    let negative = ((lowered as i64) >> 63) as u64;
    lowered.wrapping_add(bound & negative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_remainder(q in prop::sample::select(vec![769_u64, 7_681, (1 << 45) - 229_375, (1 << 50) - 27]), a: u64, b: u64) {
            let m = Modulus::new(q);
            let (a, b) = (a % q, b % q);
            prop_assert_eq!(m.mul(a, b), (u128::from(a) * u128::from(b) % u128::from(q)) as u64);
            prop_assert_eq!(m.mul_const(a, b, m.shoup(b)), m.mul(a, b));
            prop_assert_eq!(m.add(a, b), (a + b) % q);
            prop_assert_eq!(m.sub(a, b), (a + q - b) % q);
        }
    }
}
