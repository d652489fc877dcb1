//! Vectors of authenticated shares, and linear algebra on them.
//!
//! ⟦x⟧ = (x_i, γ(x)_i) with Σ x_i = x and Σ γ(x)_i = α·x (ePrint 2011/535, in the form of ePrint 2012/642 without the offset δ).
//! Linear operations are local. A constant c is added by P_0 to its value share and by everybody, as α_i·c, to the MAC
//! share.
//!
//! Operators cannot fail. Vectors of unequal length, or of two sessions, give a vector that carries the fault; it
//! surfaces as [`Error::Usage`](crate::Error::Usage) at the first call that would send something.

mod matrix;
mod moves;
mod operators;
mod planes;
mod product;

use std::ops::Range;
use std::sync::Arc;

use speedwell_field::Field;
use zeroize::Zeroize;

pub(crate) use self::moves::Pair;
use crate::error::{Result, UsageFault};
use crate::key::MacKey;

/// A vector of authenticated shares of one party.
///
/// In a planning session a vector has a length but no elements.
pub struct Shares<F: Field> {
    key: Arc<MacKey<F>>,
    len: usize,
    values: Vec<F>,
    macs: Vec<F>,
    fault: Option<UsageFault>,
}

impl<F: Field> Shares<F> {
    /// A vector from value shares and MAC shares, for sources of preprocessing.
    #[must_use]
    pub fn from_parts(key: &Arc<MacKey<F>>, values: Vec<F>, macs: Vec<F>) -> Self {
        let len = values.len();
        let fault = (macs.len() != len).then(|| length_fault("from_parts", len, macs.len()));
        Self { key: Arc::clone(key), len, values, macs, fault }
    }

    /// A vector that has a length only, for planning.
    #[must_use]
    pub fn ghost(key: &Arc<MacKey<F>>, len: usize) -> Self {
        Self { key: Arc::clone(key), len, values: Vec::new(), macs: Vec::new(), fault: None }
    }

    /// `len` shares of zero: the trivial ones, which hide nothing.
    #[must_use]
    pub(crate) fn zeros(key: &Arc<MacKey<F>>, len: usize, ghost: bool) -> Self {
        if ghost {
            return Self::ghost(key, len);
        }
        Self::from_parts(key, vec![F::ZERO; len], vec![F::ZERO; len])
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// This party's value shares, for sources of preprocessing and their tests. They are secret.
    #[must_use]
    pub fn value_shares(&self) -> &[F] {
        &self.values
    }

    /// This party's MAC shares, for sources of preprocessing and their tests. They are secret.
    #[must_use]
    pub fn mac_shares(&self) -> &[F] {
        &self.macs
    }

    /// The elements of `range`; a fault if it reaches past the end.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let len = range.end.saturating_sub(range.start);
        let mut out = Self::ghost(&self.key, len);
        out.fault.clone_from(&self.fault);
        if range.end > self.len || range.start > range.end {
            out.fault = Some(length_fault("slice", self.len, range.end));
        } else if let (Some(values), Some(macs)) = (self.values.get(range.clone()), self.macs.get(range)) {
            out.values = values.to_vec();
            out.macs = macs.to_vec();
        }
        out
    }

    /// Splits into the first `at` elements and the rest, without a copy of the first part.
    #[must_use]
    pub fn split_at(mut self, at: usize) -> (Self, Self) {
        let tail = self.slice(at..self.len.max(at));
        if at > self.len {
            self.fault = Some(length_fault("split_at", self.len, at));
        }
        for column in [&mut self.values, &mut self.macs] {
            column.get_mut(at..).unwrap_or_default().zeroize();
            column.truncate(at);
        }
        self.len = at.min(self.len);
        (self, tail)
    }

    /// The vectors one behind the other.
    #[must_use]
    pub fn concat(parts: &[&Self]) -> Option<Self> {
        let first = parts.first()?;
        let mut all = Self::ghost(&first.key, 0);
        let len = parts.iter().fold(0_usize, |len, part| len.saturating_add(part.values.len()));
        all.values.reserve_exact(len);
        all.macs.reserve_exact(len);
        Some(parts.iter().fold(all, |all, part| all.append(part)))
    }

    /// This vector with `other` behind it.
    #[must_use]
    pub fn append(mut self, other: &Self) -> Self {
        self.note_other(other);
        self.len = self.len.saturating_add(other.len);
        extend(&mut self.values, &other.values);
        extend(&mut self.macs, &other.macs);
        self
    }

    /// The single element ⟦Σ x_k⟧.
    #[must_use]
    pub fn sum(&self) -> Self {
        let mut out = Self::ghost(&self.key, 1);
        out.fault.clone_from(&self.fault);
        if !self.is_ghost() {
            out.values = vec![F::sum(&self.values)];
            out.macs = vec![F::sum(&self.macs)];
        }
        out
    }

    /// The single element ⟦Σ c_k·x_k⟧ for public c.
    #[must_use]
    pub fn dot_public(&self, c: &[F]) -> Self {
        let mut out = Self::ghost(&self.key, 1);
        out.fault.clone_from(&self.fault);
        if c.len() != self.len {
            out.note(length_fault("dot_public", self.len, c.len()));
        } else if !self.is_ghost() {
            out.values = vec![F::dot(&self.values, c)];
            out.macs = vec![F::dot(&self.macs, c)];
        }
        out
    }

    /// ⟦x_k + c_k⟧ for public c.
    #[must_use]
    pub fn add_public(mut self, c: &[F]) -> Self {
        if c.len() != self.len {
            self.note(length_fault("add_public", self.len, c.len()));
            return self;
        }
        F::axpy(&mut self.values, self.key.constant_weight(), c);
        F::axpy(&mut self.macs, self.key.alpha(), c);
        self
    }

    /// ⟦c_k·x_k⟧ for public c.
    #[must_use]
    pub fn mul_public(mut self, c: &[F]) -> Self {
        if c.len() != self.len {
            self.note(length_fault("mul_public", self.len, c.len()));
            return self;
        }
        F::mul_assign_slice(&mut self.values, c);
        F::mul_assign_slice(&mut self.macs, c);
        self
    }

    /// ⟦x⟧ repeated `times` times, element by element: x_0, x_0, …, x_1, x_1, ….
    #[must_use]
    pub fn repeat_each(&self, times: usize) -> Self {
        let mut out = Self::ghost(&self.key, self.len.saturating_mul(times));
        out.fault.clone_from(&self.fault);
        out.values = self.values.iter().flat_map(|x| std::iter::repeat_n(*x, times)).collect();
        out.macs = self.macs.iter().flat_map(|x| std::iter::repeat_n(*x, times)).collect();
        out
    }

    /// The elements at these positions, in this order; a fault if one reaches past the end. The positions are public.
    #[must_use]
    pub fn gather(&self, positions: &[usize]) -> Self {
        let mut out = Self::ghost(&self.key, positions.len());
        out.fault.clone_from(&self.fault);
        if let Some(past) = positions.iter().find(|p| **p >= self.len) {
            out.note(length_fault("gather", self.len, *past));
        } else if !self.is_ghost() {
            out.values = positions.iter().filter_map(|p| self.values.get(*p).copied()).collect();
            out.macs = positions.iter().filter_map(|p| self.macs.get(*p).copied()).collect();
        }
        out
    }

    /// Sums of `groups` equal runs of elements: group g is Σ of elements g·w … (g+1)·w − 1, w = len / groups.
    #[must_use]
    pub fn sum_groups(&self, width: usize) -> Self {
        let groups = self.len.checked_div(width).unwrap_or(0);
        let mut out = Self::ghost(&self.key, groups);
        out.fault.clone_from(&self.fault);
        if groups.saturating_mul(width) != self.len {
            out.note(length_fault("sum_groups", self.len, width));
        } else if !self.is_ghost() {
            out.values = self.values.chunks(width.max(1)).map(F::sum).collect();
            out.macs = self.macs.chunks(width.max(1)).map(F::sum).collect();
        }
        out
    }

    /// The key under which these shares are, and the fault that an operator met.
    #[cfg(feature = "curve")]
    pub(crate) fn origin(&self) -> (&Arc<MacKey<F>>, Option<&UsageFault>) {
        (&self.key, self.fault.as_ref())
    }

    pub(crate) fn is_ghost(&self) -> bool {
        self.values.len() != self.len
    }

    /// The value shares and the MAC shares, or the fault that an operator met.
    pub(crate) fn into_parts(mut self) -> Result<(Vec<F>, Vec<F>)> {
        if let Some(fault) = self.fault.take() {
            return Err(fault.into());
        }
        Ok((std::mem::take(&mut self.values), std::mem::take(&mut self.macs)))
    }

    /// Refuses shares that carry a fault, belong to another key, or have no elements where there should be some.
    pub(crate) fn admit(&self, key: &Arc<MacKey<F>>, planning: bool) -> Result<()> {
        match &self.fault {
            Some(fault) => Err(fault.clone().into()),
            None if !Arc::ptr_eq(&self.key, key) || (self.is_ghost() && !planning) => {
                Err(UsageFault::ForeignShares.into())
            }
            None => Ok(()),
        }
    }

    fn zip(mut self, other: &Self, operation: &'static str, kernel: fn(&mut [F], &[F])) -> Self {
        self.note_other(other);
        if self.len != other.len {
            self.note(length_fault(operation, self.len, other.len));
            return self;
        }
        kernel(&mut self.values, &other.values);
        kernel(&mut self.macs, &other.macs);
        self
    }

    pub(crate) fn note(&mut self, fault: UsageFault) {
        self.fault.get_or_insert(fault);
    }

    fn note_other(&mut self, other: &Self) {
        if let Some(fault) = &other.fault {
            self.note(fault.clone());
        }
        if !Arc::ptr_eq(&self.key, &other.key) {
            self.note(UsageFault::ForeignShares);
        }
    }
}

pub(crate) fn length_fault(operation: &'static str, left: usize, right: usize) -> UsageFault {
    UsageFault::Length { operation, left, right }
}

impl<F: Field> Clone for Shares<F> {
    fn clone(&self) -> Self {
        Self {
            key: Arc::clone(&self.key),
            len: self.len,
            values: self.values.clone(),
            macs: self.macs.clone(),
            fault: self.fault.clone(),
        }
    }
}

/// `head` with `tail` behind it. Where it moves, nothing of it stays behind.
fn extend<F: Field>(head: &mut Vec<F>, tail: &[F]) {
    let len = head.len().saturating_add(tail.len());
    if head.capacity() < len {
        let mut both = Vec::with_capacity(len.max(head.len().saturating_mul(2)));
        both.extend_from_slice(head);
        std::mem::swap(head, &mut both);
        both.as_mut_slice().zeroize();
    }
    head.extend_from_slice(tail);
}

impl<F: Field> Drop for Shares<F> {
    fn drop(&mut self) {
        self.values.as_mut_slice().zeroize();
        self.macs.as_mut_slice().zeroize();
    }
}

impl<F: Field> std::fmt::Debug for Shares<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shares<{}>({}, ..)", F::NAME, self.len)
    }
}
