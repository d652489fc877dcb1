//! Local steps that the crate keeps to itself, for the test that no secret decides a branch or an address.

use std::sync::Arc;

use speedwell_field::{Field, Seed};
use speedwell_net::PartyId;
use zeroize::Zeroizing;

use crate::mask::bounded::{Own, Uniform, rows};
use crate::mask::room::Proof;
use crate::opened::Opened;
use crate::order::Dice;
use crate::share::Shares;

/// Whom to tell on this thread which bits are declared public, if anybody.
pub fn tell_public(checker: Option<fn(&mut bool)>) {
    crate::public::CHECKER.set(checker);
}

fn opened<F: Field>(values: Vec<F>) -> Opened<F> {
    Opened::new(values.len(), Arc::new(values))
}

/// ⟦x + c·y⟧.
#[must_use]
pub fn plus_scaled<F: Field>(x: Shares<F>, c: F, y: &Shares<F>) -> Shares<F> {
    x.plus_scaled(c, y)
}

/// ⟦Σ 2^j·x_j⟧.
#[must_use]
pub fn compose<F: Field>(planes: &[Shares<F>]) -> Option<Shares<F>> {
    Shares::compose(planes)
}

/// ⟦Σ x_j⟧.
#[must_use]
pub fn total<F: Field>(vectors: &[Shares<F>]) -> Option<Shares<F>> {
    Shares::total(vectors)
}

/// Vectors of the same length, cut from one.
#[must_use]
pub fn planes<F: Field>(x: &Shares<F>, parts: usize) -> Vec<Shares<F>> {
    x.planes(parts)
}

/// The same map of value shares and of MAC shares.
#[must_use]
pub fn transformed<F: Field>(x: Shares<F>, y: &Shares<F>, map: impl Fn(&mut [F], &[F])) -> Shares<F> {
    x.transformed(y, map)
}

/// The vector so many times.
#[must_use]
pub fn tile<F: Field>(x: Shares<F>, times: usize) -> Shares<F> {
    x.tile(times)
}

/// Sums at public positions.
#[must_use]
pub fn add_at<F: Field>(x: Shares<F>, positions: &[usize], added: &Shares<F>) -> Shares<F> {
    x.add_at(positions, added)
}

/// Other elements at public positions.
#[must_use]
pub fn put_at<F: Field>(x: Shares<F>, positions: &[usize], put: &Shares<F>) -> Shares<F> {
    x.put_at(positions, put)
}

/// What the switches of a layer multiply by their controls.
#[must_use]
pub fn differences<F: Field>(x: &Shares<F>, rows: usize, pairs: &[[u32; 2]]) -> Shares<F> {
    x.differences(rows, pairs)
}

/// The wires behind a layer of switches.
#[must_use]
pub fn exchange<F: Field>(mut x: Shares<F>, rows: usize, pairs: &[[u32; 2]], moved: &Shares<F>) -> Shares<F> {
    x.exchange(rows, pairs, moved);
    x
}

/// A product of matrices, from its triple and what was opened.
#[must_use]
pub fn matrix_beaver<F: Field>(
    [a, b, c]: [Shares<F>; 3],
    [eps, rho]: [Vec<F>; 2],
    dimensions: (usize, usize, usize),
) -> Shares<F> {
    c.matrix_beaver(&opened(eps), &b, &opened(rho), &a, dimensions)
}

/// ⟦\[digit > c\]⟧ and ⟦\[digit = c\]⟧ from the table of the digit, for public c.
#[must_use]
pub fn look_up<F: Field>(table: &[Shares<F>], digits: &[usize]) -> Option<(Shares<F>, Shares<F>)> {
    Shares::look_up(table, digits)
}

/// A digit of four bits beside a public one: its table from the bits, the products of the two of each pair, and the
/// products of the halves.
#[must_use]
pub fn digit<F: Field>(
    bits: [&Shares<F>; 4],
    pairs: [&Shares<F>; 2],
    crossed: Vec<Shares<F>>,
    public: u128,
) -> Option<[Shares<F>; 2]> {
    crate::mask::beside_four_bits(bits, pairs, crossed, public)
}

/// What a party puts in to prove that its controls are bits.
#[must_use]
pub fn further_values<F: Field>(own: &[F], chi: &[F]) -> Zeroizing<Vec<F>> {
    crate::order::further_values(own, chi)
}

/// Numbers below 2^`bits` as a range proof draws them.
#[must_use]
pub fn below(seed: &Seed, bits: u32, n: usize) -> Zeroizing<Vec<u128>> {
    Uniform::of(seed).below(bits, n)
}

/// A number in [0, `last`] as a permutation is drawn from.
#[must_use]
pub fn up_to(seed: &Seed, last: u32) -> u32 {
    Dice::of(seed).up_to(last)
}

/// One batch of a range proof: its values are below 2^`beta`, its masks below 2^`bound`.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Values.
    pub values: usize,
    /// Rows of an attempt.
    pub rows: usize,
    /// log2 B.
    pub beta: u32,
    /// log2 M.
    pub bound: u32,
    /// The coin.
    pub coin: [u8; 32],
}

impl Batch {
    fn proof(self) -> Proof {
        Proof { batch: self.values, rows: self.rows, beta: self.beta, bound: self.bound }
    }

    /// The number of the attempt that its owner announces.
    #[must_use]
    pub fn acceptable<F: Field>(self, owner: PartyId, values: Vec<u128>, masks: Vec<u128>) -> Vec<F> {
        let own = Own { values: Zeroizing::new(values), masks: Zeroizing::new(masks) };
        own.acceptable(owner, self.values, &self.proof(), &self.coin)
    }

    /// Shares of the rows of an attempt, of shares of the values with the masks behind them.
    #[must_use]
    pub fn rows<F: Field>(self, owner: PartyId, inputs: &Shares<F>, attempt: usize) -> Shares<F> {
        rows(inputs, owner, self.values, &self.proof(), &[attempt], &self.coin)
    }
}
