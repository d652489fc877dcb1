//! The two local steps of Beaver's multiplication (ePrint 2011/535, step *Multiply* of Π_Online), both in place: no vector
//! is allocated between taking a triple and having the product.
//!
//! With ε = x − a and ρ = y − b, the paper's c + ε·b + ρ·a + ε·ρ is c + ε·y + ρ·x − ε·ρ. So the factors of the triple may
//! be overwritten by what is opened.

use speedwell_field::Field;

use super::{Shares, length_fault};
use crate::error::UsageFault;
use crate::opened::Opened;

impl<F: Field> Shares<F> {
    /// ⟦x − a⟧ in place of ⟦a⟧, for the vectors x one behind the other.
    pub(crate) fn taken_from(mut self, operands: &[&Self]) -> Self {
        operands.iter().for_each(|x| self.note_operand(x));
        let len = operands.iter().fold(0_usize, |len, x| len.saturating_add(x.len));
        if len != self.len {
            self.note(length_fault("mul", self.len, len));
        } else if !self.is_ghost() {
            subtract_from(&mut self.values, operands.iter().map(|x| x.values.as_slice()));
            subtract_from(&mut self.macs, operands.iter().map(|x| x.macs.as_slice()));
        }
        self
    }

    /// ⟦x·y⟧ = ⟦c⟧ + ε⟦y⟧ + ρ⟦x⟧ − ερ in place of ⟦c⟧, where ε = x − a and ρ = y − b are those from place `at` on.
    pub(crate) fn beaver(mut self, at: usize, eps: &Opened<F>, rho: &Opened<F>, x: &Self, y: &Self) -> Self {
        self.note_operand(x);
        self.note_operand(y);
        let end = at.saturating_add(self.len);
        if x.len != self.len || y.len != self.len || eps.len() < end || rho.len() < end {
            self.note(length_fault("mul", x.len, y.len));
        } else if !self.is_ghost() {
            let eps = eps.values().get(at..end).unwrap_or_default();
            let rho = rho.values().get(at..end).unwrap_or_default();
            F::beaver(&mut self.values, eps, &y.values, rho, &x.values, -self.key.constant_weight());
            F::beaver(&mut self.macs, eps, &y.macs, rho, &x.macs, -self.key.alpha());
        }
        self
    }

    /// As [`note_other`](Self::note_other); a vector without elements, where we have some, would leave a to be opened as it is.
    fn note_operand(&mut self, x: &Self) {
        self.note_other(x);
        if x.len > 0 && x.is_ghost() != self.is_ghost() {
            self.note(UsageFault::ForeignShares);
        }
    }
}

/// x − a in place of a, for the slices x one behind the other.
fn subtract_from<'a, F: Field>(mut a: &mut [F], operands: impl Iterator<Item = &'a [F]>) {
    for x in operands {
        let (here, rest) = a.split_at_mut_checked(x.len()).unwrap_or_default();
        F::sub_from_slice(here, x);
        a = rest;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use speedwell_field::Fp127;
    use speedwell_net::PartyId;

    use super::*;
    use crate::key::MacKey;

    type F = Fp127;

    fn vector(key: &Arc<MacKey<F>>, x: u64) -> Shares<F> {
        Shares::from_parts(key, vec![F::from_u64(x); 2], vec![F::from_u64(x + 1); 2])
    }

    /// A vector with a length and no elements would leave a to be opened as it is, and c to be taken for the product.
    #[test]
    fn vectors_without_elements_are_refused() {
        let key = Arc::new(MacKey::new(PartyId::new(0).unwrap(), 2, F::from_u64(7)));
        let (x, ghost) = (vector(&key, 3), Shares::ghost(&key, 2));
        let opened = Opened::new(2, Arc::new(vec![F::ONE; 2]));
        let refused =
            |shares: Shares<F>| shares.into_parts().unwrap_err() == UsageFault::ForeignShares.into();
        assert!(refused(vector(&key, 1).taken_from(&[&ghost])));
        assert!(refused(vector(&key, 1).taken_from(&[&x.slice(0..1), &Shares::ghost(&key, 1)])));
        assert!(refused(vector(&key, 1).beaver(0, &opened, &opened, &ghost, &x)));
        assert!(refused(vector(&key, 1).beaver(0, &opened, &opened, &x, &ghost)));
        // None at all, or only such vectors as in planning, is no fault.
        assert!(vector(&key, 1).taken_from(&[&x, &Shares::ghost(&key, 0)]).into_parts().is_ok());
        assert!(Shares::ghost(&key, 2).taken_from(&[&ghost]).into_parts().is_ok());
    }
}
