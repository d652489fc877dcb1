//! # Products of matrices: step *Multiply* of Π_Online (ePrint 2011/535) on matrices
//!
//! With random ⟦A⟧, ⟦B⟧ and ⟦AB⟧ made ahead, X·Y = AB + (X − A)·B + A·(Y − B) + (X − A)·(Y − B): opened are the entries of X and
//! Y, once each, in one round. The triple of matrices is made from random elements and a triple for each product of two entries;
//! made on the spot it would cost as many triples as the plain way and a round more, so it is used where it was laid in.
//! Rounds: 1. Opened: rows·inner + inner·columns; the plain way, 2·rows·inner·columns.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use speedwell_field::Field;

use super::Matrix;
use crate::error::{Result, UsageFault};
use crate::number::fixed::cut::{Cut, Ties};
use crate::number::fixed::product::{Scales, count};
use crate::number::limit::admit;
use crate::number::{Fixed, Int};
use crate::protocol::matmul;
use crate::session::Session;
use crate::share::Shares;

/// Rows of the left factor, its columns, and columns of the right factor.
type Dimensions = (usize, usize, usize);

/// Triples of matrices, by their dimensions.
pub(crate) type MatrixPool<F> = BTreeMap<Dimensions, Vec<MatrixTriple<F>>>;

/// Uniform ⟦A⟧ and ⟦B⟧, and ⟦AB⟧.
pub(crate) struct MatrixTriple<F: Field> {
    a: Shares<F>,
    b: Shares<F>,
    product: Shares<F>,
}

impl<F: Field> Session<F> {
    /// Makes what `n` products of a `rows` × `inner` and an `inner` × `columns` matrix need, ahead. Rounds: 1.
    /// Material: rows·inner·columns triples and rows·inner + inner·columns random elements a product.
    ///
    /// # Errors
    /// [`Error::Exhausted`](crate::Error::Exhausted); whatever ends the session.
    pub async fn lay_in_matrices(&self, rows: usize, inner: usize, columns: usize, n: usize) -> Result<()> {
        let sizes = rows.checked_mul(inner).zip(inner.checked_mul(columns));
        let Some((left, right)) = sizes else {
            return Err(UsageFault::Length { operation: "matrix product", left: rows, right: columns }.into());
        };
        let makings = (0..n).map(|_| async {
            let (a, b) = (self.random(left)?, self.random(right)?);
            let product = matmul(self, &a, &b, (rows, inner, columns)).await?;
            Ok(MatrixTriple { a, b, product })
        });
        let made = crate::join::try_join_all(makings.collect::<Vec<_>>()).await?;
        self.matrix_pool().entry((rows, inner, columns)).or_default().extend(made);
        Ok(())
    }

    fn matrix_pool(&self) -> std::sync::MutexGuard<'_, MatrixPool<F>> {
        self.matrices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The product of shared matrices.
async fn product<F: Field>(
    s: &Session<F>,
    x: &Shares<F>,
    y: &Shares<F>,
    dimensions: Dimensions,
) -> Result<Shares<F>> {
    // 1. A triple of matrices, each used once; else a triple for each product of entries.
    let laid_in = s.matrix_pool().get_mut(&dimensions).and_then(Vec::pop);
    let Some(MatrixTriple { a, b, product }) = laid_in else {
        return matmul(s, x, y, dimensions).await;
    };
    // 2. Open X − A and Y − B, in one round.
    let (eps, rho) = (s.open(x - &a), s.open(y - &b));
    let (eps, rho) = (eps.await?, rho.await?);
    // 3. AB + E·B + A·D + E·D.
    Ok(product.matrix_beaver(&eps, &b, &rho, &a, dimensions))
}

impl<V> Matrix<V> {
    fn dimensions<W>(&self, other: &Matrix<W>) -> Result<Dimensions> {
        if self.columns != other.rows {
            let operation = "matrix product";
            return Err(UsageFault::Length { operation, left: self.columns, right: other.rows }.into());
        }
        Ok((self.rows, self.columns, other.columns))
    }
}

impl<F: Field> Matrix<Int<F>> {
    /// The product of two matrices. Rounds: 1.
    ///
    /// # Errors
    /// [`UsageFault::Length`], [`UsageFault::Range`]; whatever ends the session.
    pub async fn mul(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let dimensions = self.dimensions(other)?;
        let (x, y) = (self.entries.range(), other.entries.range());
        let sums = x.times(&y).and_then(|product| product.sum_of(self.columns));
        let range = admit::<F>("matrix product", &[x, y], sums)?;
        let product = product(s, self.entries.shares(), other.entries.shares(), dimensions).await?;
        let entries = Int::assume(product, range);
        Ok(Self { entries, rows: self.rows, columns: other.columns })
    }

    /// The product with a vector.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn mul_vector(&self, s: &Session<F>, x: &Int<F>) -> Result<Int<F>> {
        Ok(self.mul(s, &Matrix::column_of(x.clone())).await?.entries)
    }
}

impl<F: Field> Matrix<Fixed<F>> {
    /// The product of two matrices at the finer scale of the two, with one rounding an entry: to nearest, ties towards +∞.
    /// Error: half an ulp beside what those of the factors make.
    ///
    /// # Errors
    /// [`UsageFault::Length`], [`UsageFault::Range`], [`UsageFault::NoRoom`]; whatever ends the session.
    pub async fn mul(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        self.product(s, other, Ties::Up).await
    }

    /// As [`mul`](Self::mul), with *probabilistic* rounding, which shows what that of [`Fixed::mul_pr`] shows. Error: less than
    /// one ulp.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn mul_pr(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        self.product(s, other, Ties::Random).await
    }

    /// The product with a vector.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn mul_vector(&self, s: &Session<F>, x: &Fixed<F>) -> Result<Fixed<F>> {
        Ok(self.mul(s, &Matrix::column_of(x.clone())).await?.entries)
    }

    async fn product(&self, s: &Session<F>, other: &Self, ties: Ties) -> Result<Self> {
        let dimensions = self.dimensions(other)?;
        let (left, right) = (&self.entries, &other.entries);
        let scales = Scales::of(left.fraction_bits(), right.fraction_bits());
        let (x, y) = (left.range(), right.range());
        let sums = x.times(&y).and_then(|product| product.sum_of(self.columns));
        let range = admit::<F>("matrix product", &[x, y], sums)?;
        let cut = Cut::plan::<F>("matrix product", ties, range, scales.down)?;
        cut.admit(s, self.rows.saturating_mul(other.columns))?;
        let scaled = cut.run(s, product(s, left.shares(), right.shares(), dimensions).await?).await?;
        let error = scales.error((x, left.error()), (y, right.error())) * count(self.columns);
        let entries = Fixed::with_error(scaled, scales.to, error + cut.error());
        Ok(Self { entries, rows: self.rows, columns: other.columns })
    }
}
