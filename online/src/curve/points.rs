//! Vectors of authenticated points, and linear algebra on them.
//!
//! A public point C is added by P_0 to its share and by everybody, as α_i·C, to the MAC share. Operators carry faults as
//! those of [`Shares`] do.
#![allow(clippy::arithmetic_side_effects, reason = "the operators of a group are total")]

use std::ops::Range;
use std::sync::Arc;

use speedwell_field::Field;
use zeroize::Zeroize;

use super::{Curve, OpenedPoints, Scalar};
use crate::error::{Result, UsageFault};
use crate::key::MacKey;
use crate::share::{Shares, length_fault};

/// A vector of authenticated points of one party.
///
/// In a planning session a vector has a length but no points.
pub struct Points<C: Curve> {
    pub(super) key: Arc<MacKey<Scalar<C>>>,
    pub(super) len: usize,
    pub(super) values: Vec<C>,
    pub(super) macs: Vec<C>,
    fault: Option<UsageFault>,
}

impl<C: Curve> Points<C> {
    /// A vector from shares of points and of their MACs.
    #[must_use]
    pub fn from_parts(key: &Arc<MacKey<Scalar<C>>>, values: Vec<C>, macs: Vec<C>) -> Self {
        let len = values.len();
        let fault = (macs.len() != len).then(|| length_fault("from_parts", len, macs.len()));
        Self { key: Arc::clone(key), len, values, macs, fault }
    }

    /// A vector that has a length only, for planning.
    #[must_use]
    pub fn ghost(key: &Arc<MacKey<Scalar<C>>>, len: usize) -> Self {
        Self { key: Arc::clone(key), len, values: Vec::new(), macs: Vec::new(), fault: None }
    }

    /// ⟨x_k·B_k⟩ for public points B. Local.
    #[must_use]
    pub fn from_shares(x: &Shares<Scalar<C>>, bases: &[C::Affine]) -> Self {
        let mut out = Self::from_scalars(x, |scalars| {
            bases.iter().zip(scalars).map(|(base, scalar)| *base * scalar.0).collect()
        });
        if x.len() != bases.len() {
            out.note(length_fault("from_shares", x.len(), bases.len()));
        }
        out
    }

    /// Both shares of each scalar, carried into the group.
    pub(super) fn from_scalars(x: &Shares<Scalar<C>>, carry: impl Fn(&[Scalar<C>]) -> Vec<C>) -> Self {
        let (key, fault) = x.origin();
        let mut out = Self::ghost(key, x.len());
        out.fault = fault.cloned();
        if !x.is_ghost() {
            out.values = carry(x.value_shares());
            out.macs = carry(x.mac_shares());
        }
        out
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// This party's shares of the points. They are secret.
    #[must_use]
    pub fn point_shares(&self) -> &[C] {
        &self.values
    }

    /// This party's shares of the MACs. They are secret.
    #[must_use]
    pub fn mac_shares(&self) -> &[C] {
        &self.macs
    }

    /// The points of `range`; a fault if it reaches past the end.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut out = Self::ghost(&self.key, range.end.saturating_sub(range.start));
        out.fault.clone_from(&self.fault);
        if range.end > self.len || range.start > range.end {
            out.note(length_fault("slice", self.len, range.end));
        } else if let (Some(values), Some(macs)) = (self.values.get(range.clone()), self.macs.get(range)) {
            out.values = values.to_vec();
            out.macs = macs.to_vec();
        }
        out
    }

    /// This vector with `other` behind it.
    #[must_use]
    pub fn append(mut self, other: &Self) -> Self {
        self.note_other(other);
        self.len = self.len.saturating_add(other.len);
        // Extending may move the shares and leave a copy behind.
        self.values = joined(std::mem::take(&mut self.values), &other.values);
        self.macs = joined(std::mem::take(&mut self.macs), &other.macs);
        self
    }

    /// The single point ⟨Σ X_k⟩.
    #[must_use]
    pub fn sum(&self) -> Self {
        let mut out = Self::ghost(&self.key, 1);
        out.fault.clone_from(&self.fault);
        if !self.is_ghost() {
            out.values = vec![self.values.iter().sum()];
            out.macs = vec![self.macs.iter().sum()];
        }
        out
    }

    /// ⟨X_k + C_k⟩ for public points C.
    #[must_use]
    pub fn add_public(mut self, points: &[C::Affine]) -> Self {
        if points.len() != self.len {
            self.note(length_fault("add_public", self.len, points.len()));
            return self;
        }
        let (first, alpha) = (self.key.party().index() == 0, self.key.alpha());
        if first {
            self.values.iter_mut().zip(points).for_each(|(x, c)| *x += *c);
        }
        self.macs.iter_mut().zip(points).for_each(|(mac, c)| *mac += *c * alpha.0);
        self
    }

    /// ⟨c_k·X_k⟩ for public scalars c.
    #[must_use]
    pub fn mul_public(mut self, c: &[Scalar<C>]) -> Self {
        if c.len() != self.len {
            self.note(length_fault("mul_public", self.len, c.len()));
            return self;
        }
        self.values.iter_mut().zip(c).for_each(|(x, c)| *x *= c.0);
        self.macs.iter_mut().zip(c).for_each(|(mac, c)| *mac *= c.0);
        self
    }

    pub(super) fn is_ghost(&self) -> bool {
        self.values.len() != self.len
    }

    /// The shares of the points and of the MACs, or the fault that an operator met.
    pub(super) fn into_parts(mut self) -> Result<(Vec<C>, Vec<C>)> {
        if let Some(fault) = self.fault.take() {
            return Err(fault.into());
        }
        Ok((std::mem::take(&mut self.values), std::mem::take(&mut self.macs)))
    }

    /// Refuses points that carry a fault, belong to another key, or are missing where there should be some.
    pub(super) fn admit(&self, key: &Arc<MacKey<Scalar<C>>>, planning: bool) -> Result<()> {
        match &self.fault {
            Some(fault) => Err(fault.clone().into()),
            None if !Arc::ptr_eq(&self.key, key) || (self.is_ghost() && !planning) => {
                Err(UsageFault::ForeignShares.into())
            }
            None => Ok(()),
        }
    }

    /// ⟨X_k + d_k⟩, or ⟨X_k − d_k⟩, entrywise on both shares.
    pub(super) fn zip(mut self, other: &Self, operation: &'static str, step: fn(&mut C, &C)) -> Self {
        self.note_other(other);
        if self.len != other.len {
            self.note(length_fault(operation, self.len, other.len));
            return self;
        }
        self.values.iter_mut().zip(&other.values).for_each(|(x, y)| step(x, y));
        self.macs.iter_mut().zip(&other.macs).for_each(|(x, y)| step(x, y));
        self
    }

    /// ⟨X_k + C_k⟩ for opened points.
    pub(super) fn add_opened(mut self, points: &OpenedPoints<C>) -> Self {
        if points.len() != self.len {
            self.note(length_fault("add", self.len, points.len()));
            return self;
        }
        if self.is_ghost() { self } else { self.add_public(points.values()) }
    }

    pub(super) fn note(&mut self, fault: UsageFault) {
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

    /// The single point of zero shares: the trivial ones, which hide nothing.
    #[must_use]
    pub(super) fn zeros(key: &Arc<MacKey<Scalar<C>>>, len: usize) -> Self {
        Self::from_parts(key, vec![C::ZERO; len], vec![C::ZERO; len])
    }
}

/// `head` with `tail` behind it, in a vector of its own if it has no room; the old one is wiped.
fn joined<C: Curve>(mut head: Vec<C>, tail: &[C]) -> Vec<C> {
    if head.capacity().saturating_sub(head.len()) >= tail.len() {
        head.extend_from_slice(tail);
        return head;
    }
    let both = [head.as_slice(), tail].concat();
    head.zeroize();
    both
}

impl<C: Curve> Clone for Points<C> {
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

impl<C: Curve> Drop for Points<C> {
    fn drop(&mut self) {
        self.values.zeroize();
        self.macs.zeroize();
    }
}

impl<C: Curve> std::fmt::Debug for Points<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Points<{}>({}, ..)", Scalar::<C>::NAME, self.len)
    }
}
