//! # Sorting by comparisons: odd-even merging (Batcher 1968; Knuth, The Art of Computer Programming 5.2.2, algorithm M)
//!
//! A fixed network of comparators for any number of rows: ⌈log₂ r⌉(⌈log₂ r⌉ + 1)/2 layers of at most r/2 comparators, about
//! r·log₂² r/4 in all. Each compares two keys and exchanges the two rows if they stand in the wrong order.
//!
//! Rounds: per layer those of a comparison and 1. Material: a comparison a comparator, and a product for every column.
//! Differs from the source: the row's number in the input is appended to its key, so that no two keys are equal
//! and rows with equal keys keep their order. A key of k bits is compared in k + ⌈log₂ r⌉ bits.
//! Leaks: nothing; which rows are exchanged stays secret.

use speedwell_field::Field;

use super::cost::Cost;
use super::waksman::ceil_log2;
use crate::error::Result;
use crate::number::{Int, Interval};
use crate::protocol::mul;
use crate::session::Session;
use crate::share::{Pair, Shares};

/// Up to so many comparisons have their masks made at once.
const AHEAD: usize = 2048;

/// Sorts rows, the smallest key first: the columns, of which the first are the keys.
pub(super) async fn merge_sort<F: Field>(
    s: &Session<F>,
    keys: &Int<F>,
    columns: &[Shares<F>],
) -> Result<(Int<F>, Vec<Shares<F>>)> {
    let rows = keys.len();
    let last = i128::try_from(rows.saturating_sub(1)).unwrap_or(i128::MAX);
    let numbers = Int::constant(s, &(0..=last).take(rows).collect::<Vec<_>>());
    let mut all = vec![keys.shares(), numbers.shares()];
    all.extend(columns);
    let Some(mut wires) = Shares::concat(&all) else { return Ok((keys.clone(), Vec::new())) };
    let network = layers(rows);
    let step = last.saturating_add(1);
    // Masks for all comparisons at once, where they are few: the rounds of making them are spent once.
    let range = (&(keys * step) + &numbers).range();
    let comparators = network.iter().map(Vec::len).sum();
    if (1..=AHEAD).contains(&comparators)
        && let Some(difference) = range.minus(&range)
    {
        Int::<F>::lay_in_comparisons(s, difference, comparators).await?;
    }
    for pairs in network {
        let differences = wires.differences(rows, &pairs);
        let mut parts = differences.planes(all.len()).into_iter();
        let (Some(key), Some(number)) = (parts.next(), parts.next()) else { continue };
        let larger = Int::within("sort", key * F::from_i128(step) + number, &[range], range.minus(&range));
        let exchanged = larger.is_negative(s).await?.into_shares().tile(all.len());
        let moved = mul(s, &exchanged, &differences).await?;
        wires.exchange(rows, &pairs, &moved);
    }
    let mut sorted = wires.planes(all.len()).into_iter();
    let keys = sorted.next().map_or_else(|| keys.clone(), |sorted| Int::assume(sorted, keys.range()));
    Ok((keys, sorted.skip(1).collect()))
}

/// What a sort costs, with keys of this interval and `columns` columns beside them; `None` without room for the keys.
pub(super) fn cost<F: Field>(keys: Interval, rows: usize, columns: usize) -> Option<Cost> {
    let number = i128::try_from(rows).ok()?;
    let range = keys.times(&Interval::point(number))?.plus(&Interval::new(0, number).ok()?)?;
    let difference = crate::number::limit::admit::<F>("sort", &[], range.minus(&range)).ok()?;
    let bits = usize::try_from(difference.signed_bits()).ok()?;
    let network = layers(rows);
    let comparators: usize = network.iter().map(Vec::len).sum();
    // A comparison of k bits takes k random bits and about 3/2 products a bit; bits are somewhat dearer than products.
    let comparison = bits.saturating_mul(11).wrapping_shr(2).saturating_add(6);
    let products = comparison.saturating_add(columns).saturating_add(2).saturating_mul(comparators);
    let (once, each) = if comparators <= AHEAD { (9, 5) } else { (0, 14) };
    let rounds = ceil_log2(bits).saturating_add(each).saturating_mul(network.len()).saturating_add(once);
    Some(Cost::new(rounds, products, 0))
}

/// The comparators of each layer, the place of the smaller key first.
fn layers(rows: usize) -> Vec<Vec<Pair>> {
    let mut layers = Vec::new();
    let top = rows.checked_next_power_of_two().unwrap_or(0).wrapping_shr(1);
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            let lower = (0..rows.saturating_sub(d)).filter(|i| i & p == r);
            let pair = |i: usize| Some([u32::try_from(i).ok()?, u32::try_from(i.saturating_add(d)).ok()?]);
            layers.push(lower.filter_map(pair).collect());
            if q == p {
                break;
            }
            (d, r) = (q.saturating_sub(p), p);
            q = q.wrapping_shr(1);
        }
        p = p.wrapping_shr(1);
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the zero-one principle a network that sorts all vectors of bits sorts everything.
    #[test]
    fn all_vectors_of_bits_are_sorted() {
        for rows in 0..=13 {
            let network = layers(rows);
            for bits in 0_u32..1 << rows {
                let mut x: Vec<bool> = (0..rows).map(|k| bits >> k & 1 == 1).collect();
                for [i, j] in network.iter().flatten() {
                    if x[*i as usize] && !x[*j as usize] {
                        x.swap(*i as usize, *j as usize);
                    }
                }
                assert!(x.is_sorted(), "{rows} rows");
            }
        }
    }

    #[test]
    fn layers_are_as_many_as_they_should_and_touch_no_row_twice() {
        for rows in [2, 3, 5, 16, 17, 100] {
            let log = ceil_log2(rows);
            let network = layers(rows);
            assert_eq!(network.len(), log * (log + 1) / 2);
            for layer in network {
                let mut places: Vec<u32> = layer.into_iter().flatten().collect();
                places.sort_unstable();
                assert!(places.windows(2).all(|w| w[0] < w[1]));
            }
        }
    }
}
