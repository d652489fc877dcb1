//! Products of a public matrix and a shared one.

use speedwell_field::Field;

use super::{Shares, length_fault};
use crate::opened::Opened;

impl<F: Field> Shares<F> {
    /// Beaver's step on matrices in place of C: ⟦Z⟧ = ⟦C⟧ + E·⟦B⟧ + ⟦A⟧·D + E·D, where E is rows × inner and D inner ×
    /// columns, all row by row.
    pub(crate) fn matrix_beaver(
        mut self,
        eps: &Opened<F>,
        b: &Self,
        rho: &Opened<F>,
        a: &Self,
        (rows, inner, columns): (usize, usize, usize),
    ) -> Self {
        self.note_other(a);
        self.note_other(b);
        let lengths = [(self.len, rows, columns), (a.len, rows, inner), (b.len, inner, columns)];
        let opened = [(eps.len(), rows, inner), (rho.len(), inner, columns)];
        let wrong = lengths.iter().chain(&opened).find(|(len, x, y)| x.checked_mul(*y) != Some(*len));
        if let Some((len, x, _)) = wrong {
            self.note(length_fault("matrix product", *len, *x));
            return self;
        }
        if self.is_ghost() {
            return self;
        }
        let rho = transposed(rho.values(), columns);
        let shape = (inner, columns);
        let weight = self.key.constant_weight();
        combine(&mut self.values, eps.values(), &a.values, &b.values, &rho, weight, shape);
        let alpha = self.key.alpha();
        combine(&mut self.macs, eps.values(), &a.macs, &b.macs, &rho, alpha, shape);
        self
    }
}

/// c += E·(B + k·D) + A·D, with D given column by column.
fn combine<F: Field>(
    c: &mut [F],
    eps: &[F],
    a: &[F],
    b: &[F],
    rho: &[F],
    k: F,
    (inner, columns): (usize, usize),
) {
    let (inner, columns) = (inner.max(1), columns.max(1));
    let mut b = transposed(b, columns);
    F::axpy(&mut b, k, rho);
    for ((row, eps), a) in c.chunks_mut(columns).zip(eps.chunks(inner)).zip(a.chunks(inner)) {
        for ((entry, b), rho) in row.iter_mut().zip(b.chunks(inner)).zip(rho.chunks(inner)) {
            *entry += F::dot(eps, b) + F::dot(a, rho);
        }
    }
}

/// The columns of a matrix of so many columns, one behind the other.
fn transposed<F: Field>(matrix: &[F], columns: usize) -> Vec<F> {
    (0..columns).flat_map(|column| matrix.iter().skip(column).step_by(columns.max(1)).copied()).collect()
}
