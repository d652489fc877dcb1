//! Slice kernels that are the same for every field, written to be compiled into [`crate::simd::dispatch`].
//!
//! Each is the loop of the trait's default, so that one source gives the portable and the wide compilation.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "the operators of a field are total: they reduce modulo p"
)]

use crate::Field;
use zeroize::{Zeroize, Zeroizing};

#[inline(always)]
pub(crate) fn add_assign<F: Field>((a, b): (&mut [F], &[F])) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += *b);
}

#[inline(always)]
pub(crate) fn sub_assign<F: Field>((a, b): (&mut [F], &[F])) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a -= *b);
}

#[inline(always)]
pub(crate) fn mul_assign<F: Field>((a, b): (&mut [F], &[F])) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a *= *b);
}

#[inline(always)]
pub(crate) fn scale<F: Field>((a, c): (&mut [F], F)) {
    a.iter_mut().for_each(|a| *a *= c);
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

/// Independent chains of [`batch_inverse`], enough to hide the latency of a product.
const CHAINS: usize = 8;

/// Montgomery's trick over [`CHAINS`] interleaved chains. `one_if_zero` gives one for zero and zero otherwise, without a
/// branch; it stands in for zeros on the way, so that they stay zero and spoil nothing.
#[inline(always)]
pub(crate) fn batch_inverse<F: Field>((a, one_if_zero): (&mut [F], impl Fn(&F) -> F)) {
    // Forward: before[i] is the product of the chain's elements before i.
    let mut before = Zeroizing::new(vec![F::ZERO; a.len()]);
    let mut products = [F::ONE; CHAINS];
    for (a, before) in a.chunks(CHAINS).zip(before.chunks_mut(CHAINS)) {
        for ((a, before), product) in a.iter().zip(before).zip(&mut products) {
            *before = *product;
            *product *= *a + one_if_zero(a);
        }
    }
    // The chains' products are not zero; the same trick over them costs one inversion.
    let mut inverses = [F::ONE; CHAINS];
    let mut total = F::ONE;
    for (product, before) in products.iter().zip(&mut inverses) {
        *before = total;
        total *= *product;
    }
    let mut inverse_of_total = total.inverse_or_zero();
    for (product, inverse) in products.iter().zip(&mut inverses).rev() {
        *inverse *= inverse_of_total;
        inverse_of_total *= *product;
    }
    // Backward: inverses holds each chain's inverse product up to and with i.
    for (a, before) in a.chunks_mut(CHAINS).zip(before.chunks(CHAINS)).rev() {
        for ((a, before), inverse) in a.iter_mut().zip(before).zip(&mut inverses) {
            let stand_in = one_if_zero(a);
            let element = *a + stand_in;
            *a = *inverse * *before - stand_in;
            *inverse *= element;
        }
    }
    products.zeroize();
    inverses.zeroize();
}
