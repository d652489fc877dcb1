//! # Stable radix sort on shared bits (ePrint 2014/121, 2019/695)
//!
//! The key's digits are sorted by one after the other, the lowest first. What is carried from pass to pass is the vector of
//! destinations in the order of the input; the rows themselves move once, at the end. A pass
//! 1. shuffles the destinations so far together with the digits and reveals the destinations, so that the digits stand in
//!    the order reached so far;
//! 2. from the one-hot vectors f_v of the digits computes where each goes: behind all smaller digits and all equal ones
//!    that stand before it, Σ_v f_v·(#{smaller than v} + #{v up to here} − 1): prefix sums are local, one product a
//!    row and value of the digit;
//! 3. carries that back through the same shuffle.
//!
//! Cost for r rows of k bits in digits of w bits, n parties: the first pass 2^w − w − 1 + 2^w − 1 products a row, every
//! other 3·n·S(r) products and, a row, 2^(w−1) − 1 products, 2^(w−1) − 1 squares for the powers of a digit, and 2^w − 1
//! products. Rounds: 9 to draw the shuffles of all passes at once, ⌈log₂ w⌉ + 1 in the first pass,
//! 2·n·D(r) + 7 + ⌈log₂(2^w − 1)⌉ + 1 in any other.
//! [`widths`] counts which widths cost least; with two parties and 20,000 rows of 32 bits that is eight digits of 4.
//!
//! Differs from the papers: they sort by single bits, or by two or three of them, and shuffle each bit. Here a digit
//! travels as one element and is taken apart afterwards: its one-hot vector is a polynomial of degree 2^w − 1 in it. A network
//! of S(r) products a column is dearer than that from a few rows on.
//! Leaks: nothing. Each revealed vector of destinations is hidden by a permutation of its own.
//! Assumes: the planes are bits. Where a cheater could choose other values, its revealed destinations would tell
//! more, so the bits have to be proved, or made by a protocol.

use speedwell_field::Field;

use super::cost::Cost;
use super::destinations::shuffle_and_reveal;
use super::onehot::{one_hot_of_bits, one_hot_of_digit};
use super::permutation::{Permutation, rows_of};
use super::proof::squares;
use super::waksman::{ceil_log2, depth, switches};
use crate::error::Result;
use crate::number::Bit;
use crate::protocol::mul;
use crate::session::Session;
use crate::share::{Shares, length_fault};

/// Wider digits are never cheaper.
const WIDEST: usize = 8;

/// Where each row goes when rows are sorted by keys given as bits, the lowest plane first; equal keys keep their order.
///
/// Cost: see the head of `radix.rs`. Leaks: nothing.
///
/// # Errors
/// As [`Permutation::draw`]; [`UsageFault::Length`](crate::UsageFault::Length) if the planes differ in length.
pub async fn ranks<F: Field>(s: &Session<F>, planes: &[Bit<F>]) -> Result<Shares<F>> {
    let rows = planes.first().map_or(0, Bit::len);
    let widths = widths(planes.len(), rows, s);
    let shuffles = Permutation::draw_many(s, rows, widths.len().saturating_sub(1)).await?;
    ranks_by(s, &widths, &shuffles, planes).await
}

/// [`ranks`] by digits of these widths, with shuffles that nothing else has been revealed under: one less than digits.
pub(super) async fn ranks_by<F: Field>(
    s: &Session<F>,
    widths: &[usize],
    shuffles: &[Permutation<F>],
    planes: &[Bit<F>],
) -> Result<Shares<F>> {
    let planes: Vec<Shares<F>> = planes.iter().map(|plane| plane.shares().clone()).collect();
    let rows = rows_of("ranks", &planes)?;
    if shuffles.len() != widths.len().saturating_sub(1) {
        return Err(length_fault("ranks", widths.len(), shuffles.len()).into());
    }
    let Some((first, others)) = widths.split_first() else {
        // No plane: all keys are equal and stay.
        return Ok(s.constant(&(0_u64..).take(rows).map(F::from_u64).collect::<Vec<F>>()));
    };
    let (digit, mut left) = planes.split_at_checked(*first).unwrap_or((&planes, &[]));
    let mut ranks = places(s, &one_hot_of_bits(s, digit, values(*first)).await?).await?;
    for (width, shuffle) in others.iter().zip(shuffles) {
        let (digit, higher) = left.split_at_checked(*width).unwrap_or((left, &[]));
        ranks = pass(s, shuffle, &ranks, digit).await?;
        left = higher;
    }
    Ok(ranks)
}

/// Sorts by one more digit.
async fn pass<F: Field>(
    s: &Session<F>,
    shuffle: &Permutation<F>,
    ranks: &Shares<F>,
    planes: &[Shares<F>],
) -> Result<Shares<F>> {
    let Some(digit) = Shares::compose(planes) else { return Ok(ranks.clone()) };
    // 1. In the order reached so far.
    let (order, digit) = shuffle_and_reveal(s, shuffle, ranks, &[digit]).await?;
    let Some(digit) = digit.first() else { return Ok(ranks.clone()) };
    let digit = digit.gather(&order.sources());
    // 2. Where each goes.
    let one_hot = one_hot_of_digit(s, &digit, values(planes.len())).await?;
    let places = places(s, &one_hot).await?;
    // 3. Back to the order of the input.
    let mut back = shuffle.invert(s, &[places.gather(order.places())]).await?;
    Ok(back.pop().unwrap_or_else(|| ranks.clone()))
}

/// Where each row goes: Σ_v f_v·(#{smaller than v} + #{v up to here} − 1) for one-hot vectors f_v.
pub(super) async fn places<F: Field>(s: &Session<F>, one_hot: &[Shares<F>]) -> Result<Shares<F>> {
    let Some((first, others)) = one_hot.split_first() else { return Ok(s.constant(&[])) };
    let rows = first.len();
    let all: Vec<&Shares<F>> = one_hot.iter().collect();
    let Some(all) = Shares::concat(&all) else { return Ok(s.constant(&[])) };
    // Running through all values one behind the other counts the smaller ones as well.
    let (lowest, counts) = (all.prefix_sums() - F::ONE).split_at(rows);
    if others.is_empty() || rows == 0 {
        return Ok(lowest);
    }
    // As the f_v add up to 1, it is c_0 + Σ_{v ≥ 1} f_v·(c_v − c_0).
    let (_, chosen) = all.split_at(rows);
    let steps = counts - &lowest.clone().tile(others.len());
    let products = mul(s, &chosen, &steps).await?;
    Ok(products.planes(others.len()).iter().fold(lowest, |sum, part| sum + part))
}

/// Values of a digit of `width` bits.
fn values(width: usize) -> usize {
    u32::try_from(width).ok().and_then(|width| 1_usize.checked_shl(width)).unwrap_or(usize::MAX)
}

/// The widths of the digits that keys of so many bits are sorted by: those that take the least time.
pub(super) fn widths<F: Field>(bits: usize, rows: usize, s: &Session<F>) -> Vec<usize> {
    let (_, network, _) = s.mask_settings();
    let time =
        |passes: &usize| cost(&split(bits, *passes), rows, s.parties()).time(s.parties(), F::BYTES, &network);
    let best = (bits.div_ceil(WIDEST)..=bits).min_by_key(time);
    split(bits, best.unwrap_or(0))
}

/// `bits` in so many digits of nearly the same width, the widest first: the first digit costs least.
fn split(bits: usize, digits: usize) -> Vec<usize> {
    let (width, wider) = (bits.checked_div(digits).unwrap_or(0), bits.checked_rem(digits).unwrap_or(0));
    (0..digits).map(|digit| width.saturating_add(usize::from(digit < wider))).collect()
}

/// What [`ranks_by`] costs, with the proof of its shuffles' controls.
pub(super) fn cost(widths: &[usize], rows: usize, parties: usize) -> Cost {
    let network = switches(rows).saturating_mul(parties);
    let layers = depth(rows).saturating_mul(parties);
    let Some((first, others)) = widths.split_first() else { return Cost::default() };
    let first = {
        let (rounds, made) = (ceil_log2(*first), values(*first).saturating_sub(first.saturating_add(1)));
        let placed = values(*first).saturating_sub(1);
        Cost::new(rounds.saturating_add(1), made.saturating_add(placed).saturating_mul(rows), 0)
    };
    let controls = switches(rows).saturating_mul(others.len());
    let first = first.plus(Cost::new(0, squares(controls, parties), 0));
    others.iter().fold(first, |sum, width| {
        let v = values(*width);
        let rounds =
            layers.saturating_mul(2).saturating_add(8).saturating_add(ceil_log2(v.saturating_sub(1)));
        let of_rows = v.saturating_mul(2).saturating_sub(3).saturating_mul(rows);
        let local = v.saturating_mul(v).saturating_mul(rows);
        sum.plus(Cost::new(rounds, network.saturating_mul(3).saturating_add(of_rows), local))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::NetworkProfile;

    fn chosen(bits: usize, rows: usize) -> Vec<usize> {
        let config = crate::Config::new([0; 16]).network(NetworkProfile::LAN);
        let me = speedwell_net::PartyId::new(0).unwrap();
        let s = Session::<speedwell_field::Fp127>::planning_with(me, 2, config).unwrap();
        widths(bits, rows, &s)
    }

    #[test]
    fn digits_are_as_wide_as_pays() {
        assert_eq!(chosen(32, 20_000), [4; 8]);
        assert_eq!(chosen(0, 5), [0; 0]);
        assert_eq!(chosen(1, 5), [1]);
        assert_eq!(chosen(3, 1), [3]);
        assert!(chosen(32, 10).iter().all(|width| *width >= 5));
        assert_eq!(chosen(33, 20_000).iter().sum::<usize>(), 33);
    }
}
