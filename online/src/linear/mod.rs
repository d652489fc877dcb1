//! Linear algebra on secret integers and fixed-point numbers.
//!
//! A product of matrices takes one rounding for each entry of the result. With a triple of matrices laid in ahead
//! ([`Session::lay_in_matrices`](crate::Session::lay_in_matrices)) it opens each entry of its operands once; else each product of
//! entries takes a triple of its own. Rounds: 1 of integers, 9 or more with the roundings of fixed-point numbers.
//!
//! Cholesky factors and solutions go column by column, with a reciprocal root and roundings each: about 80 rounds a column
//! for a factor (102 for n = 1, 265 for n = 3, 5,293 for n = 64 at 16 fraction bits), and 25 to 30 a column more for a
//! solution.

mod cholesky;
mod product;

use speedwell_field::Field;

use crate::error::{Result, UsageFault};
use crate::number::{Fixed, Int};
pub(crate) use product::MatrixPool;

/// A matrix, held row by row.
#[derive(Clone, Debug)]
pub struct Matrix<V> {
    entries: V,
    rows: usize,
    columns: usize,
}

/// A vector of numbers that a matrix is made of.
pub trait Entries: Sized {
    /// Number of elements.
    fn count(&self) -> usize;
    /// The elements at these public positions.
    #[must_use]
    fn at(&self, positions: &[usize]) -> Self;
}

impl<F: Field> Entries for Int<F> {
    fn count(&self) -> usize {
        self.len()
    }

    fn at(&self, positions: &[usize]) -> Self {
        self.gather(positions)
    }
}

impl<F: Field> Entries for Fixed<F> {
    fn count(&self) -> usize {
        self.len()
    }

    fn at(&self, positions: &[usize]) -> Self {
        self.gather(positions)
    }
}

impl<V: Entries> Matrix<V> {
    /// A matrix of so many rows from its entries, row by row.
    ///
    /// # Errors
    /// [`UsageFault::Length`] if there are not rows·columns of them.
    pub fn new(rows: usize, columns: usize, entries: V) -> Result<Self> {
        if rows.checked_mul(columns) != Some(entries.count()) {
            let right = rows.saturating_mul(columns);
            return Err(UsageFault::Length { operation: "matrix", left: entries.count(), right }.into());
        }
        Ok(Self { entries, rows, columns })
    }

    /// A matrix of one column.
    #[must_use]
    pub fn column_of(entries: V) -> Self {
        Self { rows: entries.count(), columns: 1, entries }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The entries, row by row.
    #[must_use]
    pub fn entries(&self) -> &V {
        &self.entries
    }

    /// The entries, without their shape.
    #[must_use]
    pub fn into_entries(self) -> V {
        self.entries
    }

    /// Rows as columns. Local.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let place = |column: usize, row: usize| row.saturating_mul(self.columns).saturating_add(column);
        let positions: Vec<usize> =
            (0..self.columns).flat_map(|column| (0..self.rows).map(move |row| place(column, row))).collect();
        Self { entries: self.entries.at(&positions), rows: self.columns, columns: self.rows }
    }

    /// One row. Local.
    #[must_use]
    pub fn row(&self, row: usize) -> V {
        let start = row.saturating_mul(self.columns);
        let positions: Vec<usize> = (start..start.saturating_add(self.columns)).collect();
        self.entries.at(&positions)
    }

    /// One column. Local.
    #[must_use]
    pub fn column(&self, column: usize) -> V {
        // Of a column that there is not, positions that there are not: the entries carry the fault.
        let end = self.entries.count();
        let first = if column < self.columns { column } else { end };
        let place = |row: usize| first.saturating_add(row.saturating_mul(self.columns));
        let positions: Vec<usize> = (0..self.rows).map(place).collect();
        self.entries.at(&positions)
    }
}

impl<F: Field> Matrix<Fixed<F>> {
    /// Entry by entry the sum. Local.
    ///
    /// # Errors
    /// [`UsageFault::Length`] of different shapes.
    pub fn plus(&self, other: &Self) -> Result<Self> {
        self.same_shape("matrix sum", other)?;
        Ok(Self { entries: &self.entries + &other.entries, ..*self })
    }

    /// Entry by entry the difference. Local.
    ///
    /// # Errors
    /// [`UsageFault::Length`] of different shapes.
    pub fn minus(&self, other: &Self) -> Result<Self> {
        self.same_shape("matrix difference", other)?;
        Ok(Self { entries: &self.entries - &other.entries, ..*self })
    }

    fn same_shape(&self, operation: &'static str, other: &Self) -> Result<()> {
        if (self.rows, self.columns) == (other.rows, other.columns) {
            return Ok(());
        }
        Err(UsageFault::Length { operation, left: self.rows, right: other.rows }.into())
    }
}
