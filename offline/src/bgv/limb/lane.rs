//! Linear combinations of integers modulo the limbs, coefficient by coefficient.
//!
//! Reduction of wide integers into the limbs, modulus switching and lifting back are all sums `Σ k_j x_j mod q` with public constants k_j.
//! They are written once, over a [`Lane`], and compiled for both kernels: a [`Task`] is run with the lane of the kernel in use.

use super::modulus::Modulus;

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
    /// An integer below 2^51 in absolute value, or a residue that need not be reduced.
    type X: Copy + Default;

    /// The arithmetic modulo q.
    fn new(modulus: Modulus) -> Self;
    /// An integer, |x| < 2^51.
    fn integer(x: i64) -> Self::X;
    /// Its value as a double, exactly.
    fn double(x: Self::X) -> f64;
    /// The integer of a double that holds one, |x| < 2^51.
    fn from_double(x: f64) -> Self::X;
    /// `k x`, a residue; |x| ≤ 2^50.
    fn times(self, x: Self::X, k: Factor) -> Self::X;
    /// `a + b` of residues; at most twelve may be added up before [`canonical`](Self::canonical).
    fn plus(self, a: Self::X, b: Self::X) -> Self::X;
    /// The representative in `[0, q)` of a sum of residues.
    fn canonical(self, x: Self::X) -> u64;
    /// The representative in `[-q/2, q/2]` of a sum of residues, as an integer for other limbs.
    fn centred(self, x: Self::X) -> Self::X;
}

/// Work that is compiled once for each kernel.
pub trait Task {
    /// What it gives.
    type Output;
    /// Does it. Implementations are `#[inline(always)]`, and so is what they call.
    fn run<L: Lane>(self) -> Self::Output;
}

/// The portable lane: X is an integer, residues are kept in `[0, q)`.
#[derive(Clone, Copy)]
pub struct Integers(Modulus);

#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "integers are below 2^51 and residues below 2^50 in absolute value; casts change the sign type only"
)]
impl Lane for Integers {
    type X = i64;

    #[inline(always)]
    fn new(modulus: Modulus) -> Self {
        Self(modulus)
    }

    #[inline(always)]
    fn integer(x: i64) -> i64 {
        x
    }

    #[inline(always)]
    fn double(x: i64) -> f64 {
        x as f64
    }

    #[inline(always)]
    fn from_double(x: f64) -> i64 {
        x as i64
    }

    #[inline(always)]
    fn times(self, x: i64, k: Factor) -> i64 {
        let magnitude = self.0.mul_const(x.unsigned_abs(), k.residue, k.shoup);
        let sign = (x >> 63) as u64;
        // q - magnitude for negative x, without a branch.
        let signed = (magnitude ^ sign).wrapping_add((self.0.q() + 1) & sign);
        self.0.once(signed) as i64
    }

    #[inline(always)]
    fn plus(self, a: i64, b: i64) -> i64 {
        self.0.add(a as u64, b as u64) as i64
    }

    #[inline(always)]
    fn canonical(self, x: i64) -> u64 {
        x as u64
    }

    #[inline(always)]
    fn centred(self, x: i64) -> i64 {
        let q = self.0.q() as i64;
        let above = (q / 2 - x) >> 63;
        x - (q & above)
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
