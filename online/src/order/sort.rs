//! Sorting vectors and tables by secret numbers.
//!
//! Two ways, both stable: by digits with shuffles ([`radix`](super::radix)), which costs about r·log₂ r products for every
//! few bits of the key, and by comparisons ([`merge`](super::merge)), about r·log₂² r/4 of them. Which one takes less time on the
//! session's network is counted before the first byte is sent; `docs/arithmetic.md` has the crossover.

use speedwell_field::Field;

use super::column::Keys;
use super::cost::Cost;
use super::destinations::send_by;
use super::permutation::{Permutation, rows_of};
use super::proof::squares;
use super::waksman::{ceil_log2, depth, switches};
use super::{merge, radix};
use crate::error::Result;
use crate::number::{Bit, Int};
use crate::session::Session;
use crate::share::{Shares, length_fault};

/// Which key comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The smallest.
    #[default]
    Ascending,
    /// The largest.
    Descending,
}

/// How a table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// By digits of the key, with shuffles.
    Digits,
    /// By comparisons.
    Comparisons,
}

/// Sorts integers or fixed-point numbers.
///
/// Cost: as [`sort_table`] without other columns. Leaks: nothing.
///
/// # Errors
/// As [`sort_table`].
pub async fn sort<F: Field, K: Keys<F>>(s: &Session<F>, keys: &K, direction: Direction) -> Result<K> {
    Ok(sort_table(s, keys, &[], direction).await?.0)
}

/// Sorts the rows of a table by their keys; rows with equal keys keep their order. The sorted keys, and the columns in
/// the same order.
///
/// Cost: that of [`Way::Digits`] or of [`Way::Comparisons`], whichever takes less time on the session's network.
/// Leaks: nothing.
///
/// # Errors
/// [`UsageFault::Length`](crate::UsageFault::Length) if the columns differ in length;
/// [`UsageFault::NoRoom`](crate::UsageFault::NoRoom); as [`Permutation::draw`].
pub async fn sort_table<F: Field, K: Keys<F>>(
    s: &Session<F>,
    keys: &K,
    columns: &[Shares<F>],
    direction: Direction,
) -> Result<(K, Vec<Shares<F>>)> {
    let way = way_for(s, keys.as_int(), columns.len());
    sort_table_by(s, keys, columns, direction, way).await
}

/// [`sort_table`] in a given way.
///
/// # Errors
/// As [`sort_table`]; for comparisons [`UsageFault::Range`](crate::UsageFault::Range) if the field has no room for keys with
/// the number of their row.
pub async fn sort_table_by<F: Field, K: Keys<F>>(
    s: &Session<F>,
    keys: &K,
    columns: &[Shares<F>],
    direction: Direction,
    way: Way,
) -> Result<(K, Vec<Shares<F>>)> {
    let rows = rows_of("sort", columns)?;
    let ints = keys.as_int();
    if !columns.is_empty() && rows != ints.len() {
        return Err(length_fault("sort", ints.len(), rows).into());
    }
    if ints.len() < 2 {
        return Ok((keys.clone(), columns.to_vec()));
    }
    // Keys whose interval says that all are equal are not looked at: what they carry is.
    s.admit_shares(ints.shares())?;
    if ints.range().lo() == ints.range().hi() {
        return Ok((keys.clone(), columns.to_vec()));
    }
    let (sorted, columns) = match (way, direction) {
        (Way::Digits, _) => by_digits(s, ints, columns, direction).await?,
        (Way::Comparisons, Direction::Ascending) => merge::merge_sort(s, ints, columns).await?,
        (Way::Comparisons, Direction::Descending) => {
            let (opposite, columns) = merge::merge_sort(s, &-ints, columns).await?;
            (-&opposite, columns)
        }
    };
    Ok((keys.rearranged(sorted.into_shares()), columns))
}

/// The way that takes less time on the session's network for so many columns beside the keys.
#[must_use]
pub fn way_for<F: Field>(s: &Session<F>, keys: &Int<F>, columns: usize) -> Way {
    let (_, network, _) = s.mask_settings();
    let rows = keys.len();
    let time = |cost: Cost| cost.time(s.parties(), F::BYTES, &network);
    let digits = time(digits_cost(s, keys, columns));
    match merge::cost::<F>(keys.range(), rows, columns).map(time) {
        Some(comparisons) if comparisons < digits => Way::Comparisons,
        _ => Way::Digits,
    }
}

/// The order of keys by their bits, then one move of the whole table.
async fn by_digits<F: Field>(
    s: &Session<F>,
    keys: &Int<F>,
    columns: &[Shares<F>],
    direction: Direction,
) -> Result<(Int<F>, Vec<Shares<F>>)> {
    let planes = key_planes(s, keys, direction).await?;
    let widths = radix::widths(planes.len(), keys.len(), s);
    // One shuffle for every digit but the first, and one for the table.
    let mut shuffles = Permutation::draw_many(s, keys.len(), widths.len().max(1)).await?;
    let last = shuffles.pop().ok_or_else(|| length_fault("sort", keys.len(), 0))?;
    let ranks = radix::ranks_by(s, &widths, &shuffles, &planes).await?;
    let mut table = vec![keys.shares().clone()];
    table.extend(columns.iter().cloned());
    let mut sorted = send_by(s, &last, &ranks, &table).await?.into_iter();
    let keys = sorted.next().map_or_else(|| keys.clone(), |sorted| Int::assume(sorted, keys.range()));
    Ok((keys, sorted.collect()))
}

/// Bits of numbers from 0 on that are in the order asked for.
async fn key_planes<F: Field>(s: &Session<F>, keys: &Int<F>, direction: Direction) -> Result<Vec<Bit<F>>> {
    let planes = (keys - keys.range().lo()).bits(s).await?;
    Ok(match direction {
        Direction::Ascending => planes,
        Direction::Descending => planes.iter().map(|plane| !plane).collect(),
    })
}

fn digits_cost<F: Field>(s: &Session<F>, keys: &Int<F>, columns: usize) -> Cost {
    let (rows, parties) = (keys.len(), s.parties());
    let bits = usize::try_from(keys.range().width_bits()).unwrap_or(usize::MAX);
    let widths = radix::widths(bits, rows, s);
    // The bits of the key: a random bit and about log₂ k products each.
    let log = ceil_log2(bits);
    let each = bits.saturating_mul(log.saturating_add(2));
    let decomposed = Cost::new(log.saturating_add(20), each.saturating_mul(rows), 0);
    // The ranks, the keys and the other columns; the controls.
    let moved = columns.saturating_add(2).saturating_mul(parties).saturating_mul(switches(rows));
    let moved = moved.saturating_add(squares(switches(rows), parties));
    let table = Cost::new(depth(rows).saturating_mul(parties).saturating_add(16), moved, 0);
    decomposed.plus(radix::cost(&widths, rows, parties)).plus(table)
}
