//! Linear combinations of integers modulo the limbs, coefficient by coefficient.
//!
//! Reduction of wide integers into the limbs, modulus switching and lifting back are all sums `Σ k_j x_j mod q` with public constants k_j.
//! They are written once, over a [`Lane`], and compiled for both kernels: a [`Task`] is run with the lane of the kernel in use.

use super::modulus::Modulus;
use crate::bgv::range::DIGIT_BITS;

/// A public constant mod q in the forms that the kernels want.
#[derive(Clone, Copy, Debug, Default)]
pub struct Factor {
    pub residue: u64,
    pub shoup: u64,
    pub centred: f64,
    pub quotient: f64,
}

/// Arithmetic modulo one limb in one kernel's representation.
pub trait Lane: Copy {
    /// An integer below 2^53 in absolute value.
    type X: Copy + Default;

    /// The arithmetic modulo q.
    fn new(modulus: Modulus) -> Self;
    /// An integer, |x| < 2^51.
    fn integer(x: i64) -> Self::X;
    /// floor(x / 2^48)
    fn carry(x: Self::X) -> Self::X;
    /// The integer a nearest to 2^48 x/q, give or take one, and 2^48 x - a q, for |x| ≤ q/2; `quotient` is 2^48/q.
    fn divide(self, x: Self::X, quotient: f64) -> (Self::X, Self::X);
    /// An integer congruent to `k x`, at most q in absolute value, for |x| ≤ 2^50.
    fn times(self, x: Self::X, k: Factor) -> Self::X;
    /// `a + b`. Twelve products make less than 2^53.
    fn plus(a: Self::X, b: Self::X) -> Self::X;
    /// The representative in `[-q/2, q/2]`.
    fn centred(self, x: Self::X) -> Self::X;
    /// The representative in `[0, q)` of a centred one.
    fn canonical(self, x: Self::X) -> u64;
}

/// Work that is compiled once for each kernel.
pub trait Task {
    /// What it gives.
    type Output;
    /// Does it. Implementations are `#[inline(always)]`, and so is what they call.
    fn run<L: Lane>(self) -> Self::Output;
}

/// The portable lane: X is an integer.
#[derive(Clone, Copy)]
pub struct Integers {
    modulus: Modulus,
    /// 1, to reduce with.
    one: Factor,
}

#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "integers are below 2^53 in absolute value; casts change the sign type only"
)]
impl Lane for Integers {
    type X = i64;

    #[inline(always)]
    fn new(modulus: Modulus) -> Self {
        Self { modulus, one: Factor::new(modulus, 1) }
    }

    #[inline(always)]
    fn integer(x: i64) -> i64 {
        x
    }

    #[inline(always)]
    fn carry(x: i64) -> i64 {
        x >> DIGIT_BITS
    }

    #[inline(always)]
    fn divide(self, x: i64, quotient: f64) -> (i64, i64) {
        let a = (x as f64 * quotient).round_ties_even() as i64;
        // Both products wrap, the difference is small.
        let rest = (x << DIGIT_BITS).wrapping_sub(a.wrapping_mul(self.modulus.q() as i64));
        (a, rest)
    }

    #[inline(always)]
    fn times(self, x: i64, k: Factor) -> i64 {
        let magnitude = self.modulus.mul_const(x.unsigned_abs(), k.residue, k.shoup) as i64;
        // The sign of x, without a branch.
        let sign = x >> 63;
        (magnitude ^ sign) - sign
    }

    #[inline(always)]
    fn plus(a: i64, b: i64) -> i64 {
        a + b
    }

    #[inline(always)]
    fn centred(self, x: i64) -> i64 {
        let q = self.modulus.q() as i64;
        let x = self.canonical(self.times(x, self.one)) as i64;
        x - (q & ((q / 2 - x) >> 63))
    }

    #[inline(always)]
    fn canonical(self, x: i64) -> u64 {
        (x + (self.modulus.q() as i64 & (x >> 63))) as u64
    }
}

#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "residues are below 2^50 and so exact as doubles"
)]
impl Factor {
    /// The constant `k` < q.
    pub fn new(modulus: Modulus, k: u64) -> Self {
        let q = modulus.q();
        let centred = if k > q / 2 { k as f64 - q as f64 } else { k as f64 };
        Self { residue: k, shoup: modulus.shoup(k), centred, quotient: centred / q as f64 }
    }
}
