//! Limb arithmetic of [`super::Fp127`] on `u128`: branch-free, no tables, reduction by shifts and additions.
//!
//! p = 2^127 − 2^65 + 1 has p ≡ 1 modulo 2^64 and upper limb 2^63 − 2, so a step of Montgomery's reduction by 2^64 takes
//! the low limb t0 away as `t − t0·p`: the low limb vanishes without a carry, and t0·(2^63 − 2) is subtracted above it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "innermost kernel: every operation is bounded in the comment beside it or wraps on purpose"
)]

/// The modulus.
pub(crate) const P: u128 = (1 << 127) - (1 << 65) + 1;
/// R = 2^128 mod p: the Montgomery form of one.
pub(crate) const R: u128 = (1 << 66) - 2;
/// R² mod p: 2^256 = (2^66 − 2)² = 2^132 − 2^68 + 4, and 2^132 = 2^5 (2^65 − 1).
pub(crate) const R2: u128 = 3 * (1 << 68) - 28;

/// x, or x + p where x is negative as a two's complement number; for x in (−p, p).
#[inline(always)]
const fn lift(x: u128) -> u128 {
    let sign = ((x as i128) >> 127) as u128;
    x.wrapping_add(P & sign)
}

/// a + b mod p, for a, b < p.
#[inline(always)]
pub(crate) const fn add(a: u128, b: u128) -> u128 {
    lift(a.wrapping_add(b.wrapping_sub(P)))
}

/// a − b mod p, for a, b < p.
#[inline(always)]
pub(crate) const fn sub(a: u128, b: u128) -> u128 {
    lift(a.wrapping_sub(b))
}

/// a·b/R mod p, for a, b < p.
#[inline(always)]
pub(crate) const fn mul(a: u128, b: u128) -> u128 {
    let (low, high) = widen(a, b);
    lift(reduce(low, high))
}

/// a²/R mod p, for a < p.
#[inline(always)]
pub(crate) const fn square(a: u128) -> u128 {
    let (a0, a1) = (a as u64 as u128, a >> 64);
    let low = a0 * a0;
    // a1 < 2^63, so 2·a0·a1 < 2^128 − 2^65, and the carry of `low` fits on top.
    let middle = ((a0 * a1) << 1) + (low >> 64);
    let (low, high) = ((middle << 64) | low as u64 as u128, a1 * a1 + (middle >> 64));
    lift(reduce(low, high))
}

/// c + a·b/R mod p, for a, b, c < p.
#[inline(always)]
pub(crate) const fn mul_add(c: u128, a: u128, b: u128) -> u128 {
    let (low, high) = widen(a, b);
    // high < p/2 and the reduction takes less than p away, so the difference is in (−p, p/2).
    lift(lift(reduce(low, high)).wrapping_add(c).wrapping_sub(P))
}

/// (a·b + c·d)/R mod p, for a, b, c, d < p.
#[inline(always)]
pub(crate) const fn sum_of_two(a: u128, b: u128, c: u128, d: u128) -> u128 {
    let (low, high) = widen(a, b);
    let (low2, high2) = widen(c, d);
    let (low, carry) = low.overflowing_add(low2);
    // Each product is at most (p − 1)², below p·2^127 − 2^128, so the sum's upper half stays below p, carry included.
    lift(reduce(low, high + high2 + carry as u128))
}

/// a·b as (low, high), for a, b < 2^127.
#[inline(always)]
pub(crate) const fn widen(a: u128, b: u128) -> (u128, u128) {
    let (a0, a1) = (a as u64 as u128, a >> 64);
    let (b0, b1) = (b as u64 as u128, b >> 64);
    let low = a0 * b0;
    // Each mixed product is at most (2^64 − 1)(2^63 − 1): both and the carry of `low` stay below 2^128.
    let middle = a0 * b1 + a1 * b0 + (low >> 64);
    ((middle << 64) | low as u64 as u128, a1 * b1 + (middle >> 64))
}

/// x/R mod p for x < 2^128: out of Montgomery form.
#[inline(always)]
pub(crate) const fn to_canonical(x: u128) -> u128 {
    lift(reduce(x, 0))
}

/// (high·2^128 + low − q·p) / 2^128 for the q in [0, 2^128) that makes it whole: congruent to (high·2^128 + low)/R and in
/// (high − p, high], as a two's complement number.
#[inline(always)]
pub(crate) const fn reduce(low: u128, high: u128) -> u128 {
    let first = times_upper_limb(low as u64);
    let (low1, borrow) = ((low >> 64) as u64).overflowing_sub(first as u64);
    let second = times_upper_limb(low1);
    // first >> 64 is below 2^63, so the borrow fits.
    high.wrapping_sub(second).wrapping_sub((first >> 64) + borrow as u128)
}

/// t·(2^63 − 2).
#[inline(always)]
const fn times_upper_limb(t: u64) -> u128 {
    ((t as u128) << 63).wrapping_sub((t as u128) << 1)
}

/// x mod p for any x: 2^128 < 3p, so two corrections do.
#[inline(always)]
pub(crate) const fn canonical(x: u128) -> u128 {
    subtract_once(subtract_once(x))
}

#[inline(always)]
const fn subtract_once(x: u128) -> u128 {
    let (difference, borrow) = x.overflowing_sub(P);
    let keep = (borrow as u128).wrapping_neg();
    // Two's complement: adding p back undoes the subtraction.
    difference.wrapping_add(P & keep)
}

/// All ones if x is zero, else zero.
#[inline(always)]
pub(crate) const fn zero_mask(x: u128) -> u64 {
    let either = (x as u64) | ((x >> 64) as u64);
    // The top bit of v | −v says whether v is not zero.
    ((either | either.wrapping_neg()) >> 63).wrapping_sub(1)
}

/// A mask for both limbs.
#[inline(always)]
pub(crate) const fn widen_mask(mask: u64) -> u128 {
    mask as u128 | (mask as u128) << 64
}

/// The exclusive or of both limbs.
#[inline(always)]
pub(crate) const fn fold(x: u128) -> u64 {
    x as u64 ^ (x >> 64) as u64
}

/// A sum that is reduced once: 256 bits and the carries above them, as limbs.
#[derive(Clone, Copy)]
pub(crate) struct Wide([u64; 5]);

impl Wide {
    pub(crate) const ZERO: Self = Self([0; 5]);

    /// Adds a·b, for a, b < p.
    #[inline(always)]
    pub(crate) fn add_product(&mut self, a: u128, b: u128) {
        let (low, high) = widen(a, b);
        self.add_limbs(low, high);
    }

    /// Adds a·2^128, so that [`Self::reduce`] adds a.
    #[inline(always)]
    pub(crate) fn add(&mut self, a: u128) {
        self.add_limbs(0, a);
    }

    /// Adds a number of 256 bits. The carries count additions at most, so they fit.
    #[inline(always)]
    fn add_limbs(&mut self, low: u128, high: u128) {
        let [s0, s1, s2, s3, carries] = self.0;
        // Limb by limb, or the compiler loses the carry flag.
        let (s0, carry) = s0.carrying_add(low as u64, false);
        let (s1, carry) = s1.carrying_add((low >> 64) as u64, carry);
        let (s2, carry) = s2.carrying_add(high as u64, carry);
        let (s3, carry) = s3.carrying_add((high >> 64) as u64, carry);
        self.0 = [s0, s1, s2, s3, carries.wrapping_add(carry as u64)];
    }

    /// The sum divided by R, mod p.
    #[inline(always)]
    pub(crate) fn reduce(&self) -> u128 {
        let [s0, s1, s2, s3, carries] = self.0;
        let low = to_canonical(join(s0, s1));
        // carries·2^256/R = carries·R = mul(carries, R²).
        add(add(low, canonical(join(s2, s3))), mul(carries as u128, R2))
    }
}

#[inline(always)]
const fn join(low: u64, high: u64) -> u128 {
    low as u128 | (high as u128) << 64
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    const EXTREMES: [u128; 12] =
        [0, 1, 2, P - 1, P, P + 1, 2 * P - 1, 2 * P, u64::MAX as u128, 1 << 64, u128::MAX - 1, u128::MAX];

    #[test]
    fn constants() {
        assert_eq!(BigUint::from(R), (BigUint::from(1_u8) << 128) % P);
        assert_eq!(BigUint::from(R2), (BigUint::from(1_u8) << 256) % P);
    }

    #[test]
    fn corrections_at_extremes() {
        for x in EXTREMES {
            assert_eq!(canonical(x), x % P);
            assert_eq!((BigUint::from(to_canonical(x)) << 128) % P, BigUint::from(x % P));
            assert_eq!(zero_mask(x), if x == 0 { u64::MAX } else { 0 });
        }
    }

    #[test]
    fn wide_sums_at_extremes() {
        for low in EXTREMES {
            for high in EXTREMES {
                for carries in [0, 1, 1 << 62, u64::MAX] {
                    let limbs = [low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64, carries];
                    let sum =
                        BigUint::from(low) + (BigUint::from(high) << 128) + (BigUint::from(carries) << 256);
                    let reduced = Wide(limbs).reduce();
                    assert!(reduced < P);
                    assert_eq!((BigUint::from(reduced) << 128) % P, sum % P);
                }
            }
        }
    }
}
