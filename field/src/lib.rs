//! Prime fields for secure computation: arithmetic, slices of them, sampling, canonical bytes.
//!
//! [`Fp127`] is the default field, [`Goldilocks`] the fast small one; feature `ark` adds the scalar fields of curves,
//! feature `testing` two toy fields and the laws that every field obeys. All are used through [`Field`]. Bulk work is
//! written on slices: a field overrides the kernels it can do better than element by element, and the CPU at hand decides at
//! run time which compilation of them runs.
//!
//! ```
//! use speedwell_field::{Field, Fp127, Prg, Seed};
//!
//! // Two parties hold additive shares of salaries, uniform but for their sum.
//! let salaries = [4_200, 3_900, 5_100].map(Fp127::from_u64);
//! let mut first = [Fp127::ZERO; 3];
//! Fp127::sample(&mut Prg::new(&Seed([7; 16])), &mut first);
//! let mut second = salaries;
//! Fp127::sub_assign_slice(&mut second, &first);
//!
//! // Each adds up its own, and the sums are shares of the total.
//! let total = Fp127::sum(&first) + Fp127::sum(&second);
//! assert_eq!(total.to_u128(), Some(13_200));
//! ```
//!
//! The arithmetic of [`Fp127`] and [`Goldilocks`] is free of branches and table look-ups that depend on values, but for
//! methods documented for public values; a test under valgrind holds them to it. The fields of feature `ark` are not.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions))]

#[cfg(feature = "ark")]
mod ark;
#[cfg(feature = "testing")]
mod f251;
#[cfg(feature = "testing")]
mod f257;
mod fp127;
mod goldilocks;
#[cfg(any(test, feature = "testing"))]
pub mod laws;
mod ops;
mod prg;
mod sample;
mod simd;
mod slice;
mod sqrt;

#[cfg(feature = "ark")]
pub use ark::{ArkField, CurveField};
#[cfg(feature = "testing")]
pub use f251::F251;
#[cfg(feature = "testing")]
pub use f257::F257;
pub use fp127::Fp127;
pub use goldilocks::Goldilocks;
pub use prg::{Prg, Seed};

use core::fmt::Debug;
use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};
use zeroize::DefaultIsZeroes;

/// An element of a prime field F_p.
///
/// Every operation is total; nothing panics. Equality compares values. `Debug` prints the canonical value: secrets are
/// never held as bare elements in a type that derives `Debug`.
pub trait Field:
    Copy
    + Default
    + Eq
    + Debug
    + Send
    + Sync
    + 'static
    + DefaultIsZeroes
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// Name of the field on the wire and in files, such as `fp127`.
    const NAME: &'static str;
    /// The neutral element of addition.
    const ZERO: Self;
    /// The neutral element of multiplication.
    const ONE: Self;
    /// Bit length of p.
    const BITS: u32;
    /// Length of the canonical encoding in bytes: ceil(BITS / 8).
    const BYTES: usize;
    /// The largest s with 2^s dividing p − 1.
    const TWO_ADICITY: u32;

    /// p as little-endian 64-bit limbs, without leading zero limbs.
    fn modulus() -> Vec<u64>;
    /// A generator of the multiplicative group's 2-Sylow subgroup (order 2^[`TWO_ADICITY`](Self::TWO_ADICITY)).
    fn two_adic_generator() -> Self;

    /// The element `x mod p`.
    fn from_u64(x: u64) -> Self;
    /// The element `x mod p`.
    fn from_u128(x: u128) -> Self;
    /// The element `x mod p`, negative numbers included.
    fn from_i128(x: i128) -> Self {
        // |x| − 2|x|·[x < 0], without a branch on the sign.
        let magnitude = Self::from_u128(x.unsigned_abs());
        magnitude - (magnitude + magnitude) * Self::from_u64(u64::from(x.is_negative()))
    }
    /// The canonical representative in `[0, p)` if it fits.
    fn to_u128(&self) -> Option<u128>;
    /// The centred representative in `(-p/2, p/2]` if it fits. Public values only: the sign is branched on.
    fn to_i128(&self) -> Option<i128>;

    /// `self * self`.
    fn square(&self) -> Self {
        *self * *self
    }
    /// The inverse, `None` for zero. Branch-free in the value except for the final zero test.
    fn inverse(&self) -> Option<Self> {
        let inverse = self.inverse_or_zero();
        if *self == Self::ZERO { None } else { Some(inverse) }
    }
    /// The inverse, and zero for zero, without a branch on the value.
    fn inverse_or_zero(&self) -> Self;
    /// `self^e` for a public exponent given as little-endian limbs.
    fn pow(&self, e: &[u64]) -> Self {
        let mut acc = Self::ONE;
        for limb in e.iter().rev() {
            for bit in (0..64).rev() {
                acc *= acc;
                if (limb >> bit) & 1 == 1 {
                    acc *= *self;
                }
            }
        }
        acc
    }

    /// Whether the element is a square; zero is one. Public values only: the time depends on the value.
    fn is_square(&self) -> bool {
        sqrt::is_square(self)
    }
    /// The square root in `[0, (p-1)/2]`, zero for a non-residue. Public values only: the time depends on the value.
    fn sqrt_canonical_or_zero(&self) -> Self {
        sqrt::tonelli_shanks(self)
    }
    /// Replaces every element by the inverse of its canonical square root (the root in `[0, (p-1)/2]`), and zero and
    /// non-residues by zero. Public values only: the time and the memory accesses depend on the values.
    fn inv_sqrt(a: &mut [Self]) {
        a.iter_mut().for_each(|a| *a = a.sqrt_canonical_or_zero().inverse_or_zero());
    }

    /// Appends the canonical little-endian encodings, `BYTES` each.
    fn encode(elements: &[Self], out: &mut Vec<u8>);
    /// Reads canonical encodings into `out`; `false` if the length is not `out.len() * BYTES` or any value is ≥ p (the
    /// contents of `out` are then unspecified).
    #[must_use]
    fn decode(bytes: &[u8], out: &mut [Self]) -> bool;
    /// Appends the elements in the form in which they travel, `BYTES` each: every element has exactly one, a little-endian
    /// integer below p. Which one is the field's choice: its internal form where that is such an integer, so that nothing has
    /// to be multiplied, else the canonical one.
    fn pack(elements: &[Self], out: &mut Vec<u8>) {
        Self::encode(elements, out);
    }
    /// Reads what [`pack`](Self::pack) wrote; `false` as for [`decode`](Self::decode).
    #[must_use]
    fn unpack(bytes: &[u8], out: &mut [Self]) -> bool {
        Self::decode(bytes, out)
    }
    /// Reads what [`pack`](Self::pack) wrote and adds it to `out`; `false` as for [`decode`](Self::decode).
    #[must_use]
    fn unpack_add(bytes: &[u8], out: &mut [Self]) -> bool;
    /// Fills `out` with independent uniform elements by rejection from the stream: each candidate takes the next `BYTES`
    /// bytes, read as a little-endian integer and cut to its low `BITS` bits, and is dropped if it is ≥ p. So drawing n
    /// elements and then m gives the same elements, from the same bytes, as drawing n + m at once. Which element an integer
    /// below p stands for is the field's choice: itself, or the element whose internal form it is.
    fn sample(prg: &mut Prg, out: &mut [Self]);

    // Slice kernels. Slices of unequal length are processed up to the shorter one; callers check lengths first.

    /// `a[i] += b[i]`.
    fn add_assign_slice(a: &mut [Self], b: &[Self]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += *b);
    }
    /// `a[i] -= b[i]`.
    fn sub_assign_slice(a: &mut [Self], b: &[Self]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a -= *b);
    }
    /// `a[i] = b[i] - a[i]`.
    fn sub_from_slice(a: &mut [Self], b: &[Self]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = *b - *a);
    }
    /// `a[i] *= b[i]`.
    fn mul_assign_slice(a: &mut [Self], b: &[Self]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a *= *b);
    }
    /// `a[i] *= c`.
    fn scale_slice(a: &mut [Self], c: Self) {
        a.iter_mut().for_each(|a| *a *= c);
    }
    /// `a[i] += c * x[i]`.
    fn axpy(a: &mut [Self], c: Self, x: &[Self]) {
        a.iter_mut().zip(x).for_each(|(a, x)| *a += c * *x);
    }
    /// `a[i] += x[i] * y[i]`.
    fn mul_add_slice(a: &mut [Self], x: &[Self], y: &[Self]) {
        a.iter_mut().zip(x.iter().zip(y)).for_each(|(a, (x, y))| *a += *x * *y);
    }
    /// `Σ a[i] * b[i]`, with lazy reduction where the field has it.
    fn dot(a: &[Self], b: &[Self]) -> Self {
        a.iter().zip(b).fold(Self::ZERO, |acc, (a, b)| acc + *a * *b)
    }
    /// `Σ a[i]`.
    fn sum(a: &[Self]) -> Self {
        a.iter().fold(Self::ZERO, |acc, a| acc + *a)
    }
    /// Horner combination `Σ a[i] * x^i`.
    fn horner(a: &[Self], x: Self) -> Self {
        a.iter().rev().fold(Self::ZERO, |acc, a| acc * x + *a)
    }
    /// Beaver's step: `c[i] += eps[i]*b[i] + rho[i]*a[i] + k*eps[i]*rho[i]`, where `k` is the weight of the public
    /// product: 1 or 0 on value shares, the MAC key share on MAC shares.
    fn beaver(c: &mut [Self], eps: &[Self], b: &[Self], rho: &[Self], a: &[Self], k: Self) {
        for ((c, (eps, b)), (rho, a)) in c.iter_mut().zip(eps.iter().zip(b)).zip(rho.iter().zip(a)) {
            *c += *eps * *b + *rho * (*a + k * *eps);
        }
    }
    /// Replaces every element by its inverse (zero stays zero): one inversion and 3 multiplications an element
    /// (Montgomery's trick), without branches on values.
    fn batch_inverse(a: &mut [Self]);
}
