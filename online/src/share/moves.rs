//! Moving elements about: what permutation networks and prefix sums need, on slices and in place.

use std::hint::black_box;

use speedwell_field::Field;
use zeroize::Zeroize;

use super::{Shares, length_fault};
use crate::error::UsageFault;

/// Two places of one vector: the wires that a switch joins.
pub(crate) type Pair = [u32; 2];

impl<F: Field> Shares<F> {
    /// ⟦x_0 + … + x_k⟧ for every k.
    #[must_use]
    pub fn prefix_sums(&self) -> Self {
        let mut out = self.clone();
        for column in [&mut out.values, &mut out.macs] {
            let mut sum = F::ZERO;
            for x in column.iter_mut() {
                // Of a sum kept in a register from turn to turn the compiler reduces `Goldilocks` by a branch.
                sum = black_box(sum + *x);
                *x = sum;
            }
        }
        out
    }

    /// The whole vector `times` times, one behind the other.
    #[must_use]
    pub(crate) fn tile(mut self, times: usize) -> Self {
        if times != 1 {
            self.len = self.len.saturating_mul(times);
            for column in [&mut self.values, &mut self.macs] {
                let tiled = column.repeat(times);
                std::mem::replace(column, tiled).zeroize();
            }
        }
        self
    }

    /// ⟦x_k + y⟧ at these positions, in turn.
    #[must_use]
    pub(crate) fn add_at(self, positions: &[usize], added: &Self) -> Self {
        self.change_at("add_at", positions, added, |x, y| *x += y)
    }

    /// ⟦y⟧ in place of what stands at these positions, in turn.
    #[must_use]
    pub(crate) fn put_at(self, positions: &[usize], put: &Self) -> Self {
        self.change_at("put_at", positions, put, |x, y| *x = y)
    }

    fn change_at(
        mut self,
        operation: &'static str,
        positions: &[usize],
        other: &Self,
        change: impl Fn(&mut F, F),
    ) -> Self {
        self.note_other(other);
        if positions.len() != other.len || positions.iter().any(|at| *at >= self.len) {
            self.note(length_fault(operation, self.len, other.len));
            return self;
        }
        for (column, others) in [(&mut self.values, &other.values), (&mut self.macs, &other.macs)] {
            for (at, y) in positions.iter().zip(others) {
                if let Some(x) = column.get_mut(*at) {
                    change(x, *y);
                }
            }
        }
        self
    }

    /// ⟦x_j − x_i⟧ for every pair (i, j), in each of the columns of `rows` elements that stand one behind the other.
    #[must_use]
    pub(crate) fn differences(&self, rows: usize, pairs: &[Pair]) -> Self {
        let columns = self.len.checked_div(rows).unwrap_or(0);
        let mut out = Self::ghost(&self.key, columns.saturating_mul(pairs.len()));
        out.fault.clone_from(&self.fault);
        if !self.is_ghost() {
            out.values = differences(&self.values, rows, pairs, out.len);
            out.macs = differences(&self.macs, rows, pairs, out.len);
            if out.is_ghost() {
                out.note(past_end(self.len, pairs));
            }
        }
        out
    }

    /// ⟦x_i⟧ + ⟦p⟧ and ⟦x_j⟧ − ⟦p⟧ for every pair (i, j) and its element p, column by column.
    pub(crate) fn exchange(&mut self, rows: usize, pairs: &[Pair], moved: &Self) {
        self.note_other(moved);
        if self.len.checked_div(rows).unwrap_or(0).saturating_mul(pairs.len()) != moved.len {
            self.note(length_fault("exchange", self.len, moved.len));
        } else if !self.is_ghost() {
            exchange(&mut self.values, rows, pairs, &moved.values);
            exchange(&mut self.macs, rows, pairs, &moved.macs);
        }
    }
}

fn past_end(len: usize, pairs: &[Pair]) -> UsageFault {
    let last = pairs.iter().flatten().max().copied().unwrap_or(0);
    length_fault("exchange", len, usize::try_from(last).unwrap_or(usize::MAX))
}

fn place(wire: u32) -> usize {
    usize::try_from(wire).unwrap_or(usize::MAX)
}

/// Pairs that reach past the end give nothing; the length then tells.
fn differences<F: Field>(wires: &[F], rows: usize, pairs: &[Pair], len: usize) -> Vec<F> {
    let mut out = Vec::with_capacity(len);
    for column in wires.chunks_exact(rows.max(1)) {
        out.extend(pairs.iter().filter_map(|[i, j]| {
            let (x, y) = (column.get(place(*i))?, column.get(place(*j))?);
            Some(*y - *x)
        }));
    }
    out
}

fn exchange<F: Field>(wires: &mut [F], rows: usize, pairs: &[Pair], moved: &[F]) {
    for (column, moved) in wires.chunks_exact_mut(rows.max(1)).zip(moved.chunks(pairs.len().max(1))) {
        for ([i, j], p) in pairs.iter().zip(moved) {
            if let Some(x) = column.get_mut(place(*i)) {
                *x += *p;
            }
            if let Some(y) = column.get_mut(place(*j)) {
                *y -= *p;
            }
        }
    }
}
