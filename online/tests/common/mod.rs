//! What the tests of this folder share.
#![allow(dead_code, reason = "each test binary uses a part")]

pub mod choices;
pub mod exact;
pub mod real;

use std::ops::Range;

use speedwell_dealer::InsecureDealer;
use speedwell_field::{Field, Prg, Seed};
use speedwell_net::PartyId;
use speedwell_net::tamper::{Action, Event};
use speedwell_online::testing::Run;
use speedwell_online::wire::{Message, ROUND_PREFIX};

/// The seed of the dealer in every run that does not say otherwise.
pub const DEALT: [u8; 32] = [7; 32];

pub fn party(index: usize) -> PartyId {
    PartyId::new(index).unwrap()
}

/// `n` parties with the dealer's material.
pub fn run<F: Field>(n: usize) -> Run<F> {
    run_dealt(n, DEALT)
}

/// `n` parties with the material of the dealer with this seed.
pub fn run_dealt<F: Field>(n: usize, seed: [u8; 32]) -> Run<F> {
    Run::new(n, move |p| InsecureDealer::new(seed, p, n))
}

/// `len` uniform elements, always the same for one seed.
pub fn uniform<F: Field>(seed: u64, len: usize) -> Vec<F> {
    let mut out = vec![F::ZERO; len];
    F::sample(&mut prg(seed), &mut out);
    out
}

pub fn prg(seed: u64) -> Prg {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    Prg::new(&Seed(key))
}

/// A dealer's seed, another one for each number.
pub fn dealer_seed(number: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}

/// Whether the long versions of the tests are asked for: `SPEEDWELL_LONG=1`.
pub fn long() -> bool {
    std::env::var_os("SPEEDWELL_LONG").is_some_and(|value| value == "1")
}

/// The elements of a round's first frame.
pub fn elements<F: Field>(payload: &[u8]) -> Vec<F> {
    let bytes = &payload[ROUND_PREFIX..];
    let mut out = vec![F::ZERO; bytes.len() / F::BYTES];
    assert!(F::unpack(bytes, &mut out), "an honest frame decodes");
    out
}

/// The place of element `index` in a round's first frame.
pub fn element<F: Field>(index: usize) -> Range<usize> {
    let start = ROUND_PREFIX + index * F::BYTES;
    start..start + F::BYTES
}

/// Adds `e` to the element that stands in `bytes`.
pub fn add_to<F: Field>(bytes: &mut [u8], e: F) {
    let mut value = [F::ZERO];
    assert!(F::unpack(bytes, &mut value));
    bytes.copy_from_slice(&encoded(value[0] + e));
}

pub fn encoded<F: Field>(x: F) -> Vec<u8> {
    let mut bytes = Vec::new();
    F::pack(&[x], &mut bytes);
    bytes
}

pub fn decoded<F: Field>(bytes: &[u8]) -> F {
    let mut value = [F::ZERO];
    assert!(F::unpack(bytes, &mut value));
    value[0]
}

/// Whether the frame is of this kind.
pub fn is(event: &Event<'_>, message: Message) -> bool {
    event.kind() == message.number()
}

/// A cheat that no digest can see: each `(nth round of openings, element, error)` adds the error to the cheater's share
/// on its way to everybody, and to what the cheater itself receives from `witness`, so that its own honest code sees the
/// shifted value as well and computes the digest, the coin and an honest sigma from it.
pub fn shift<F: Field>(
    witness: PartyId,
    errors: Vec<(usize, usize, F)>,
) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    move |event| {
        if !is(event, Message::Open) || !(event.out() || event.peer == witness) {
            return event.pass();
        }
        let nth = event.nth();
        event.rewrite(|payload| {
            for (_, index, error) in errors.iter().filter(|(round, ..)| *round == nth) {
                add_to(&mut payload[element::<F>(*index)], *error);
            }
        })
    }
}

/// Whether a distribution over the counts' places is compatible with the uniform one: chi-square at 10^-6.
pub fn is_uniform(counts: &[u32]) -> bool {
    let total: f64 = counts.iter().map(|c| f64::from(*c)).sum();
    let expected = total / counts.len() as f64;
    assert!(expected >= 5.0, "too few samples");
    let chi: f64 = counts.iter().map(|c| (f64::from(*c) - expected).powi(2) / expected).sum();
    chi < chi_square_limit(counts.len() - 1)
}

/// Whether two samples of equal size may be from one distribution: chi-square at 10^-6.
pub fn are_alike(a: &[u32], b: &[u32]) -> bool {
    assert_eq!(a.iter().sum::<u32>(), b.iter().sum::<u32>());
    let pairs = || a.iter().zip(b).filter(|(a, b)| **a + **b > 0);
    let chi: f64 = pairs().map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2) / f64::from(a + b)).sum();
    chi < chi_square_limit(pairs().count().max(2) - 1)
}

/// The 1 − 10^-6 quantile (Wilson and Hilferty's approximation).
fn chi_square_limit(degrees: usize) -> f64 {
    let k = degrees as f64;
    let variance = 2.0 / (9.0 * k);
    k * (1.0 - variance + 4.753 * variance.sqrt()).powi(3)
}

/// How often each element of a toy field with `p` elements occurs.
pub fn histogram<F: Field>(p: usize, values: impl IntoIterator<Item = F>) -> Vec<u32> {
    let mut counts = vec![0; p];
    for value in values {
        counts[usize::try_from(value.to_u128().unwrap()).unwrap()] += 1;
    }
    counts
}
