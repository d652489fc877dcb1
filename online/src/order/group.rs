//! # Groups of rows with equal secret keys
//!
//! 1. Sort by the key; compare each key with the one before it: e_i = [k_i = k_{i−1}].
//! 2. Running totals. A sum needs none but local prefix sums: with P_i = x_0 + … + x_i the sum of a group is the difference of P
//!    at its last row and at the last row of the group before it. Least and greatest go through a segmented scan (Sklansky's
//!    network): in ⌈log₂ r⌉ steps of r/2 comparisons a row takes in what stands before it, as far as its group reaches.
//! 3. The last rows of the groups move to the front in their order, the others behind: destinations as in
//!    [`radix`](super::radix), one product a row, and one shuffle. The first value of a group moves with its first row, in the same
//!    way.
//! 4. Whatever is behind the last group is multiplied by 0.
//!
//! So the result has as many rows as the input: the groups in the order of their keys, then zeros, with a bit that tells
//! them apart. [`Groups::reveal_count`] reveals how many groups there are and drops the rest.
//!
//! Rounds and material: of [`sort_table`], an equality a row, a comparison and four products a row and step for each least
//! or greatest, [`send_to`](super::send_to) of the columns, and a product a row and column.
//! Differs from the usual way, which reveals shuffled flags: the rows move in secret, so the padded result shows
//! nothing, and the shortened one the number of groups alone.
//! Leaks: nothing; after [`Groups::reveal_count`] the number of groups.

use speedwell_field::Field;

use super::destinations::send_to;
use super::radix::places;
use super::sort::{Direction, sort_table};
use crate::error::Result;
use crate::number::{Bit, Int, Interval};
use crate::protocol::mul;
use crate::session::Session;
use crate::share::{Shares, length_fault};

/// What is computed of the rows of each group.
///
/// Of fixed-point numbers x give `x.scaled()`, and make the results with [`Fixed::from_scaled`](crate::Fixed::from_scaled) and
/// [`widen_error`](crate::Fixed::widen_error): values of a group are as wrong as those of x, a sum as wrong as all its rows
/// together may be.
#[derive(Clone, Debug)]
pub enum Aggregate<'a, F: Field> {
    /// How many rows there are.
    Count,
    /// The sum of a column.
    Sum(&'a Int<F>),
    /// The least value of a column.
    Least(&'a Int<F>),
    /// The greatest value of a column.
    Greatest(&'a Int<F>),
    /// The value of a column in the group's first row of the input.
    First(&'a Int<F>),
}

/// One row a group, in the order of the keys; behind them rows of zeros.
#[derive(Clone, Debug)]
pub struct Groups<F: Field> {
    /// The keys.
    pub keys: Int<F>,
    /// Whether the row is of a group.
    pub present: Bit<F>,
    /// What was asked for, in that order.
    pub aggregates: Vec<Int<F>>,
}

/// Groups rows by a secret key.
///
/// # Errors
/// [`UsageFault::Length`](crate::UsageFault::Length) if a column does not have as many rows as there are keys;
/// [`UsageFault::Range`](crate::UsageFault::Range) if a sum leaves the field; as [`sort_table`].
pub async fn group_by<F: Field>(
    s: &Session<F>,
    keys: &Int<F>,
    aggregates: &[Aggregate<'_, F>],
) -> Result<Groups<F>> {
    let rows = keys.len();
    if let Some(other) = aggregates.iter().filter_map(Aggregate::column).find(|column| column.len() != rows) {
        return Err(length_fault("group_by", rows, other.len()).into());
    }
    // 1. Sort, and find the ends.
    let columns: Vec<Shares<F>> =
        aggregates.iter().filter_map(Aggregate::column).map(|column| column.shares().clone()).collect();
    let (keys, columns) = sort_table(s, keys, &columns, Direction::Ascending).await?;
    let starts = starts(s, &keys).await?;
    let ends = Bit::assume(starts.shares().slice(rows.min(1)..rows)).into_shares();
    let ends = Bit::assume(if rows == 0 { ends } else { ends.append(&s.constant(&[F::ONE])) });
    // 2. What stands at the ends, or at the starts.
    let mut columns = columns.into_iter();
    let (mut at_ends, mut at_starts) = (vec![ends.shares().clone(), keys.shares().clone()], Vec::new());
    let mut plan = Vec::new();
    for aggregate in aggregates {
        let range = aggregate.result(rows)?;
        let sorted = aggregate.column().and_then(|column| Some(Int::assume(columns.next()?, column.range())));
        let (kind, column) = match (aggregate, sorted) {
            (Aggregate::Sum(_), Some(column)) => (Kind::Difference, column.shares().prefix_sums()),
            (Aggregate::Least(_), Some(column)) => (Kind::Value, scan(s, &column, &starts, true).await?),
            (Aggregate::Greatest(_), Some(column)) => (Kind::Value, scan(s, &column, &starts, false).await?),
            (Aggregate::First(_), Some(column)) => (Kind::Start, column.into_shares()),
            (Aggregate::Count, _) | (_, None) => {
                let counts: Vec<F> = (1_u64..).take(rows).map(F::from_u64).collect();
                (Kind::Difference, s.constant(&counts))
            }
        };
        let target = if kind == Kind::Start { &mut at_starts } else { &mut at_ends };
        target.push(column);
        plan.push((kind, range));
    }
    // 3. To the front.
    let at_ends = to_front(s, &ends, &at_ends).await?;
    let at_starts = if at_starts.is_empty() { at_starts } else { to_front(s, &starts, &at_starts).await? };
    // 4. Zeros behind the last group.
    let (mut at_ends, mut at_starts) = (at_ends.into_iter(), at_starts.into_iter());
    let present = at_ends.next().unwrap_or_else(|| s.constant(&[]));
    let mut values = at_ends.next().into_iter().collect::<Vec<_>>();
    for (kind, _) in &plan {
        values.extend(match kind {
            Kind::Start => at_starts.next(),
            Kind::Value => at_ends.next(),
            Kind::Difference => at_ends.next().map(|totals| {
                let before = s.constant(&vec![F::ZERO; rows.min(1)]);
                let before = before.append(&totals.slice(0..rows.saturating_sub(1)));
                totals - &before
            }),
        });
    }
    let parts: Vec<&Shares<F>> = values.iter().collect();
    let all = Shares::concat(&parts).unwrap_or_else(|| s.constant(&[]));
    let masked = mul(s, &present.clone().tile(values.len()), &all).await?.planes(values.len());
    let mut masked = masked.into_iter();
    let zero = Interval::point(0);
    let mut take =
        |range: Interval| Int::assume(masked.next().unwrap_or_else(|| s.constant(&[])), range.hull(&zero));
    let keys = take(keys.range());
    let aggregates = plan.into_iter().map(|(_, range)| take(range)).collect();
    Ok(Groups { keys, present: Bit::assume(present), aggregates })
}

impl<F: Field> Groups<F> {
    /// Reveals how many groups there are, and drops the rows behind them. Rounds: 7.
    ///
    /// A plan goes on with as many groups as there are rows, so what follows never needs more rows' material than planned. It
    /// may need another kind: masks of few values, and a sort of few rows, are made in other ways than those of many.
    /// [`Config::masking`](crate::Config::masking) and [`sort_table_by`](super::sort_table_by) fix the way.
    ///
    /// # Errors
    /// As [`Session::reveal`].
    pub async fn reveal_count(self, s: &Session<F>) -> Result<Self> {
        if self.present.is_empty() {
            return Ok(self);
        }
        let count = self.present.count().reveal(s).await?;
        let count = count.first().and_then(|count| usize::try_from(*count).ok()).unwrap_or(0);
        // A plan does not know: it goes on with as many as there may be.
        let count = if s.is_planning() { self.present.len() } else { count };
        let present = Bit::assume(self.present.into_shares().slice(0..count));
        let aggregates = self.aggregates.iter().map(|column| column.slice(0..count)).collect();
        Ok(Self { keys: self.keys.slice(0..count), present, aggregates })
    }
}

/// How a result follows from what has moved to the front.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A running total: its differences.
    Difference,
    /// The value at the group's last row.
    Value,
    /// The value at the group's first row.
    Start,
}

impl<F: Field> Aggregate<'_, F> {
    fn column(&self) -> Option<&Int<F>> {
        match self {
            Self::Count => None,
            Self::Sum(column) | Self::Least(column) | Self::Greatest(column) | Self::First(column) => {
                Some(column)
            }
        }
    }

    /// The interval of the result.
    fn result(&self, rows: usize) -> Result<Interval> {
        match self {
            Self::Count => Ok(Interval::new(0, i128::try_from(rows).unwrap_or(i128::MAX))?),
            Self::Sum(column) => {
                let sum = column.range().sum_of(rows);
                Ok(crate::number::limit::admit::<F>("group_by", &[column.range()], sum)?)
            }
            Self::Least(column) | Self::Greatest(column) | Self::First(column) => Ok(column.range()),
        }
    }
}

/// Whether each sorted key differs from the one before it; the first does.
async fn starts<F: Field>(s: &Session<F>, keys: &Int<F>) -> Result<Bit<F>> {
    let rows = keys.len();
    let first = s.constant(&vec![F::ONE; rows.min(1)]);
    if rows < 2 {
        return Ok(Bit::assume(first));
    }
    let differs = keys.slice(1..rows).ne(s, &keys.slice(0..rows.saturating_sub(1))).await?;
    Ok(Bit::assume(first.append(differs.shares())))
}

/// The rows with this bit to the front, in their order, the others behind them in theirs.
async fn to_front<F: Field>(s: &Session<F>, bit: &Bit<F>, columns: &[Shares<F>]) -> Result<Vec<Shares<F>>> {
    if bit.len() < 2 {
        return Ok(columns.to_vec());
    }
    let behind = (!bit).into_shares();
    let destinations = places(s, &[bit.shares().clone(), behind]).await?;
    send_to(s, &destinations, columns).await
}

/// For each row the least, or the greatest, of its group up to it.
async fn scan<F: Field>(s: &Session<F>, column: &Int<F>, starts: &Bit<F>, least: bool) -> Result<Shares<F>> {
    let rows = column.len();
    // `open`: a group starts in the row's block, at the row or before it.
    let (mut values, mut open) = (column.shares().clone(), starts.shares().clone());
    let mut block = 1_usize;
    while block < rows {
        // The last row of a lower block joins every row of the block above it.
        let (lower, upper): (Vec<usize>, Vec<usize>) = (0..rows)
            .filter(|row| row & block != 0)
            .map(|row| (row & !block.saturating_mul(2).wrapping_sub(1) | block.wrapping_sub(1), row))
            .unzip();
        let (before, own) = (values.gather(&lower), values.gather(&upper));
        let step =
            Int::within("group_by", before - &own, &[column.range()], column.range().minus(&column.range()));
        let signed = if least { step.clone() } else { -&step };
        // Take the earlier one if it is less, or greater, and no group starts in between.
        let better = signed.is_negative(s).await?.into_shares();
        let (here, earlier) = (open.gather(&upper), open.gather(&lower));
        let factors = (-&here + F::ONE).append(&here);
        let (taken, both) = mul(s, &factors, &better.append(&earlier)).await?.split_at(upper.len());
        let moved = mul(s, &taken, step.shares()).await?;
        // Open at the row or before: here + earlier − here·earlier.
        let joined = here + earlier - &both;
        values = values.add_at(&upper, &moved);
        open = open.put_at(&upper, &joined);
        block = block.saturating_mul(2);
    }
    Ok(values)
}
