//! Quantiles, medians, the largest rows: by sorting once, then by public places of the sorted vector.
//!
//! Of r values in order x_1 ≤ … ≤ x_r the q-quantile for 0 ≤ q ≤ 1 is defined in two ways, both exact:
//! - *nearest rank*: x_k with k = max(1, ⌈q·r⌉), the least value that at least q·r of the values do not exceed;
//! - *midpoint*: the mean of x_k and x_{k+1} if q·r = k is an integer in [1, r − 1], else the nearest rank. Of q = ½ this is the usual
//!   median. It is given twice, as an integer.
//!
//! Cost: that of [`sort`]. Leaks: nothing.

use std::ops::Add;

use speedwell_field::Field;

use super::column::{Column, Keys};
use super::sort::{Direction, sort, sort_table};
use crate::error::{Result, UsageFault};
use crate::number::Int;
use crate::session::Session;
use crate::share::{Shares, length_fault};

/// A fraction q = numerator / denominator between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantile {
    numerator: u32,
    denominator: u32,
}

impl Quantile {
    /// One half.
    pub const MEDIAN: Self = Self { numerator: 1, denominator: 2 };

    /// The fraction `numerator` / `denominator`.
    ///
    /// # Errors
    /// [`UsageFault::Quantile`] unless it lies between 0 and 1.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self> {
        if denominator == 0 || numerator > denominator {
            return Err(UsageFault::Quantile { numerator, denominator }.into());
        }
        Ok(Self { numerator, denominator })
    }

    /// The places, from 0, of the two values that the midpoint definition takes the mean of among `rows`; the first is the
    /// nearest rank.
    fn places(self, rows: usize) -> Option<(usize, usize)> {
        let last = rows.checked_sub(1)?;
        let (q, d) = (u128::from(self.numerator), u128::from(self.denominator));
        let product = q.saturating_mul(u128::try_from(rows).ok()?);
        let rank = usize::try_from(product.div_ceil(d)).ok()?.max(1);
        let place = rank.saturating_sub(1);
        let exact = product > 0 && product.checked_rem(d) == Some(0);
        Some((place, if exact { rank.min(last) } else { place }))
    }
}

/// Quantiles by nearest rank, one element each.
///
/// # Errors
/// [`UsageFault::Length`] of no values; as [`sort`].
pub async fn quantiles<F: Field, K: Keys<F>>(s: &Session<F>, values: &K, at: &[Quantile]) -> Result<K> {
    let (first, _): (Vec<usize>, Vec<usize>) = places(values.as_int(), at)?.into_iter().unzip();
    Ok(gather(&sort(s, values, Direction::Ascending).await?, &first))
}

/// Twice the quantiles by the midpoint definition, one element each.
///
/// # Errors
/// As [`quantiles`].
pub async fn twice_midpoint_quantiles<F: Field, K: Keys<F>>(
    s: &Session<F>,
    values: &K,
    at: &[Quantile],
) -> Result<K>
where
    for<'a> &'a K: Add<&'a K, Output = K>,
{
    let (lower, upper): (Vec<usize>, Vec<usize>) = places(values.as_int(), at)?.into_iter().unzip();
    let sorted = sort(s, values, Direction::Ascending).await?;
    Ok(Add::add(&gather(&sorted, &lower), &gather(&sorted, &upper)))
}

/// The median by nearest rank: the lower of the two in the middle of an even number of values.
///
/// # Errors
/// As [`quantiles`].
pub async fn median<F: Field, K: Keys<F>>(s: &Session<F>, values: &K) -> Result<K> {
    quantiles(s, values, &[Quantile::MEDIAN]).await
}

/// The `k` rows with the largest keys, or the smallest, and their columns, in order; of equal keys the earlier rows.
///
/// Cost: that of [`sort_table`]. Leaks: nothing.
///
/// # Errors
/// [`UsageFault::Length`] if there are fewer than `k` rows; as [`sort_table`].
pub async fn top<F: Field, K: Keys<F>>(
    s: &Session<F>,
    keys: &K,
    columns: &[Shares<F>],
    k: usize,
    direction: Direction,
) -> Result<(K, Vec<Shares<F>>)> {
    let rows = keys.as_int().len();
    if k > rows {
        return Err(length_fault("top", rows, k).into());
    }
    let (keys, columns) = sort_table(s, keys, columns, direction).await?;
    let first = keys.rearranged(keys.as_shares().slice(0..k));
    Ok((first, columns.iter().map(|column| column.slice(0..k)).collect()))
}

fn gather<F: Field, C: Column<F>>(values: &C, places: &[usize]) -> C {
    values.rearranged(values.as_shares().gather(places))
}

fn places<F: Field>(values: &Int<F>, at: &[Quantile]) -> Result<Vec<(usize, usize)>> {
    let places: Option<Vec<_>> = at.iter().map(|q| q.places(values.len())).collect();
    places.ok_or_else(|| length_fault("quantiles", values.len(), 1).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(numerator: u32, denominator: u32, rows: usize) -> Option<(usize, usize)> {
        Quantile::new(numerator, denominator).unwrap().places(rows)
    }

    #[test]
    fn places_are_those_of_the_definitions() {
        assert_eq!(places(1, 2, 0), None);
        assert_eq!(places(1, 2, 1), Some((0, 0)));
        assert_eq!(places(1, 2, 4), Some((1, 2)));
        assert_eq!(places(1, 2, 5), Some((2, 2)));
        assert_eq!(places(0, 1, 5), Some((0, 0)));
        assert_eq!(places(1, 1, 5), Some((4, 4)));
        assert_eq!(places(1, 4, 8), Some((1, 2)));
        assert_eq!(places(9, 10, 11), Some((9, 9)));
        assert!(Quantile::new(3, 2).is_err() && Quantile::new(0, 0).is_err());
    }
}
