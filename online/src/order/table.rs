//! # Tables at secret places: look-up and update
//!
//! An index becomes a one-hot vector once ([`OneHot::of`]); it may then be used for any number of columns, for reading and for
//! writing. For m indices into a table of r rows: the bits of the index (as [`Int::bits`]) and, from them, fewer than
//! m·2^⌈log₂ r⌉ products in ⌈log₂ log₂ r⌉ rounds, rounded up. A look-up in a public table is local; one in a secret table is
//! m·r products in one round, an update r products.
//! Leaks: nothing; the interval of the index, which is public, has to lie within the table.

use speedwell_field::Field;

use super::column::Column;
use super::onehot::one_hot_of_bits;
use crate::error::{Result, UsageFault};
use crate::number::limit::admit;
use crate::number::{Int, Interval};
use crate::protocol::mul;
use crate::session::Session;
use crate::share::{Shares, length_fault};

/// Secret places in a table, as one-hot vectors.
#[derive(Clone, Debug)]
pub struct OneHot<F: Field> {
    indices: usize,
    /// For each place, whether it is the one: one element an index.
    places: Vec<Shares<F>>,
}

impl<F: Field> OneHot<F> {
    /// The places `indices` in a table of `size` rows.
    ///
    /// # Errors
    /// [`UsageFault::PastTheTable`] if the interval of the indices does not lie within the table; as [`Int::bits`].
    pub async fn of(s: &Session<F>, indices: &Int<F>, size: usize) -> Result<Self> {
        let range = indices.range();
        let last = i128::try_from(size).unwrap_or(i128::MAX).saturating_sub(1);
        if range.lo() < 0 || range.hi() > last {
            return Err(UsageFault::PastTheTable { size, lo: range.lo(), hi: range.hi() }.into());
        }
        let planes: Vec<Shares<F>> =
            indices.bits(s).await?.into_iter().map(|bit| bit.into_shares()).collect();
        let mut places = if planes.is_empty() {
            // All indices are 0.
            vec![s.constant(&vec![F::ONE; indices.len()])]
        } else {
            let occur = usize::try_from(range.hi()).unwrap_or(usize::MAX).saturating_add(1);
            one_hot_of_bits(s, &planes, occur).await?
        };
        places.resize_with(size, || s.constant(&vec![F::ZERO; indices.len()]));
        Ok(Self { indices: indices.len(), places })
    }

    /// Number of indices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.indices
    }

    /// Whether there is no index.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indices == 0
    }

    /// Rows of the table.
    #[must_use]
    pub fn size(&self) -> usize {
        self.places.len()
    }

    /// The rows of a public table at these places. Local.
    ///
    /// # Errors
    /// [`UsageFault::Length`] if the table does not have as many rows as these places are for; [`UsageFault::Range`] if the
    /// field cannot hold them.
    pub fn look_up_public(&self, table: &[i128]) -> Result<Int<F>> {
        let hull = table.iter().map(|x| Interval::point(*x)).reduce(|a, b| a.hull(&b));
        let (Some(hull), Some((first, rest))) = (hull, self.places.split_first()) else {
            return Err(length_fault("look_up_public", self.size(), table.len()).into());
        };
        if table.len() != self.size() {
            return Err(length_fault("look_up_public", self.size(), table.len()).into());
        }
        let range = admit::<F>("look_up_public", &[hull], Some(hull))?;
        let mut values = table.iter().map(|value| F::from_i128(*value));
        let start = first * values.next().unwrap_or(F::ZERO);
        let rows = rest.iter().zip(values).fold(start, |sum, (place, value)| sum.plus_scaled(value, place));
        Ok(Int::assume(rows, range))
    }

    /// The rows of a table at these places. Rounds: 1. Triples: rows times indices.
    ///
    /// # Errors
    /// [`UsageFault::Length`] if the table does not have as many rows as these places are for; whatever ends the session.
    pub async fn look_up<C: Column<F>>(&self, s: &Session<F>, table: &C) -> Result<C> {
        let column = table;
        let table = column.as_shares();
        if table.len() != self.size() {
            return Err(length_fault("look_up", self.size(), table.len()).into());
        }
        let parts: Vec<&Shares<F>> = self.places.iter().collect();
        let Some(places) = Shares::concat(&parts) else {
            return Ok(column.rearranged(s.constant(&[])));
        };
        let products = mul(s, &places, &table.repeat_each(self.indices)).await?;
        let mut rows = products.planes(self.size()).into_iter();
        let first = rows.next().unwrap_or_else(|| s.constant(&[]));
        Ok(column.rearranged(rows.fold(first, |sum, row| sum + row)))
    }

    /// The table with `value`, a vector of length one, at the place of the only index. Rounds: 1. Triples: one a row. What
    /// is public of the result covers the table and the value.
    ///
    /// # Errors
    /// [`UsageFault::Length`] if there is not one index and one value, or the table has other rows; whatever ends the
    /// session.
    pub async fn update<C: Column<F>>(&self, s: &Session<F>, table: &C, value: &C) -> Result<C> {
        let rows = table.as_shares().len();
        if self.indices != 1 || value.as_shares().len() != 1 {
            return Err(length_fault("update", self.indices, value.as_shares().len()).into());
        }
        if rows != self.size() {
            return Err(length_fault("update", self.size(), rows).into());
        }
        let both = table.joined(value);
        let (table, value) = both.as_shares().clone().split_at(rows);
        // t + f·(v − t)
        let parts: Vec<&Shares<F>> = self.places.iter().collect();
        let Some(places) = Shares::concat(&parts) else { return Ok(both.rearranged(table)) };
        let steps = value.repeat_each(rows) - &table;
        Ok(both.rearranged(mul(s, &places, &steps).await? + &table))
    }
}
