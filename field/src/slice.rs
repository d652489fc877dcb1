//! Slice kernels that are the same for every field, written to be compiled into [`crate::simd::dispatch`].
//!
//! Each is the loop of the trait's default, so that one source gives the portable and the wide compilation.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "innermost kernel: the operators of a field are total, and indices run over arrays of the same length"
)]

use crate::{Field, simd::kernels};
use core::array;
use zeroize::{Zeroize, Zeroizing};

kernels! {
    <F: Field> AddAssign = add_assign: (&'a mut [F], &'a [F]) => ();
    <F: Field> SubAssign = sub_assign: (&'a mut [F], &'a [F]) => ();
    <F: Field> SubFrom = sub_from: (&'a mut [F], &'a [F]) => ();
    <F: Field> MulAssign = mul_assign: (&'a mut [F], &'a [F]) => ();
    <F: Field> Scale = scale: (&'a mut [F], F) => ();
    <F: StandIn> BatchInverse = batch_inverse: &'a mut [F] => ();
}

/// What [`batch_inverse`] asks of a field besides its arithmetic.
pub(crate) trait StandIn: Field {
    /// All ones for zero, all zeros otherwise; hidden from the compiler, which otherwise makes branches of what follows.
    fn zero_mask(&self) -> u64;
    /// One where the mask is all ones, the element itself where it is all zeros.
    fn or_one(self, mask: u64) -> Self;
    /// Zero where the mask is all ones, the element itself where it is all zeros.
    fn cleared(self, mask: u64) -> Self;
}

#[inline(always)]
fn add_assign<F: Field>((a, b): (&mut [F], &[F])) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += *b;
    }
}

#[inline(always)]
fn sub_assign<F: Field>((a, b): (&mut [F], &[F])) {
    for (a, b) in a.iter_mut().zip(b) {
        *a -= *b;
    }
}

#[inline(always)]
fn sub_from<F: Field>((a, b): (&mut [F], &[F])) {
    for (a, b) in a.iter_mut().zip(b) {
        *a = *b - *a;
    }
}

#[inline(always)]
fn mul_assign<F: Field>((a, b): (&mut [F], &[F])) {
    for (a, b) in a.iter_mut().zip(b) {
        *a *= *b;
    }
}

#[inline(always)]
fn scale<F: Field>((a, c): (&mut [F], F)) {
    for a in a {
        *a *= c;
    }
}

/// Number of powers of `x` that [`horner`] keeps.
const POWERS: usize = 64;

/// `Σ a[i] * x^i` by dot products of [`POWERS`] terms and Horner's rule over those: the long chain of dependent
/// products becomes one step in [`POWERS`], and the rest has lazy reduction.
#[inline(always)]
pub(crate) fn horner<F: Field>(a: &[F], x: F) -> F {
    if a.len() < 2 * POWERS {
        return a.iter().rev().fold(F::ZERO, |acc, a| acc * x + *a);
    }
    // powers[i] = x^i, doubled from the first half: after each step x_known = x^known.
    let mut powers = [F::ONE; POWERS];
    let (mut known, mut x_known) = (1_usize, x);
    while let Some((low, high)) = powers.split_at_mut_checked(known)
        && !high.is_empty()
    {
        high.iter_mut().zip(low).for_each(|(high, low)| *high = *low * x_known);
        known = known.saturating_mul(2);
        x_known *= x_known;
    }
    let sum = a.chunks(POWERS).rev().fold(F::ZERO, |acc, chunk| acc * x_known + F::dot(chunk, &powers));
    powers.zeroize();
    sum
}

/// Independent chains of [`batch_inverse`]: enough to hide most of a product's latency, few enough for the registers.
const CHAINS: usize = 4;

/// Montgomery's trick over [`CHAINS`] interleaved chains. One stands in for zeros on the way, so that
/// they stay zero and spoil nothing.
#[inline(always)]
pub(crate) fn batch_inverse<F: StandIn>(a: &mut [F]) {
    let (rows, rest) = a.as_chunks_mut::<CHAINS>();
    // Forward: before[i] holds the products of the chains' elements before row i.
    let mut before = Zeroizing::new(vec![[F::ZERO; CHAINS]; rows.len()]);
    let mut products = [F::ONE; CHAINS];
    for (row, before) in rows.iter().zip(before.iter_mut()) {
        *before = products;
        for l in 0..CHAINS {
            products[l] *= row[l].or_one(row[l].zero_mask());
        }
    }
    // The chains' products and the elements of no whole row are inverted together.
    let mut ends: Zeroizing<Vec<F>> = Zeroizing::new(Vec::with_capacity(2 * CHAINS));
    ends.extend(products);
    ends.extend(rest.iter().map(|a| a.or_one(a.zero_mask())));
    invert_nonzero(&mut ends);
    let (inverses, rest_inverses) = ends.split_at(CHAINS);
    for (a, inverse) in rest.iter_mut().zip(rest_inverses) {
        *a = inverse.cleared(a.zero_mask());
    }
    // Backward: inverses holds each chain's inverse product up to and with row i.
    let mut inverses: [F; CHAINS] = array::from_fn(|l| inverses[l]);
    for (row, before) in rows.iter_mut().zip(before.iter()).rev() {
        for l in 0..CHAINS {
            let mask = row[l].zero_mask();
            let element = row[l].or_one(mask);
            row[l] = (inverses[l] * before[l]).cleared(mask);
            inverses[l] *= element;
        }
    }
    products.zeroize();
    inverses.zeroize();
}

/// Montgomery's trick over a few elements, none of them zero.
#[inline(always)]
fn invert_nonzero<F: Field>(a: &mut [F]) {
    let mut before = Zeroizing::new(Vec::with_capacity(a.len()));
    let mut product = F::ONE;
    for a in a.iter() {
        before.push(product);
        product *= *a;
    }
    let mut inverse = product.inverse_or_zero();
    for (a, before) in a.iter_mut().zip(before.iter()).rev() {
        let element = *a;
        *a = inverse * *before;
        inverse *= element;
    }
    product.zeroize();
}
