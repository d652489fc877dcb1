//! What a session spends: material of its source, and masks made ahead from it.

use std::sync::{MutexGuard, PoisonError};

use speedwell_field::Field;
use speedwell_net::PartyId;

use super::Session;
use crate::error::{Result, UsageFault};
use crate::mask::{Favour, Masking, Pool, Shape};
use crate::prep::{Inverses, Kind, Masks, Preprocessing, Squares, Triples};
use crate::report::NetworkProfile;
use crate::round::MaskBudget;
use crate::share::Shares;

impl<F: Field> Session<F> {
    /// Spends `n` triples.
    ///
    /// # Errors
    /// [`Error::Exhausted`](crate::Error::Exhausted).
    pub fn triples(&self, n: usize) -> Result<Triples<F>> {
        self.spend(Kind::Triples, n, |prep| prep.triples(n))
    }

    /// Spends `n` squares.
    ///
    /// # Errors
    /// [`Error::Exhausted`](crate::Error::Exhausted).
    pub fn squares(&self, n: usize) -> Result<Squares<F>> {
        self.spend(Kind::Squares, n, |prep| prep.squares(n))
    }

    /// `n` random bits that nobody knows. No round.
    ///
    /// # Errors
    /// [`Error::Exhausted`](crate::Error::Exhausted).
    pub fn random_bits(&self, n: usize) -> Result<Shares<F>> {
        self.spend(Kind::Bits, n, |prep| prep.bits(n))
    }

    /// `n` random elements that nobody knows. No round.
    ///
    /// # Errors
    /// [`Error::Exhausted`](crate::Error::Exhausted).
    pub fn random(&self, n: usize) -> Result<Shares<F>> {
        self.spend(Kind::Randoms, n, |prep| prep.randoms(n))
    }

    /// `n` random elements that `owner` knows. No round.
    ///
    /// # Errors
    /// [`Error::Exhausted`](crate::Error::Exhausted), [`UsageFault::NoSuchParty`].
    pub fn masks(&self, owner: PartyId, n: usize) -> Result<Masks<F>> {
        if owner.index() >= self.parties {
            return Err(UsageFault::NoSuchParty.into());
        }
        self.spend(Kind::Masks(owner), n, |prep| prep.masks(owner, n))
    }

    /// `n` random non-zero elements that nobody knows, with their inverses. No round.
    ///
    /// # Errors
    /// [`Error::Exhausted`](crate::Error::Exhausted).
    pub fn inverse_pairs(&self, n: usize) -> Result<Inverses<F>> {
        self.spend(Kind::Inverses, n, |prep| prep.inverses(n))
    }

    fn spend<T>(
        &self,
        kind: Kind,
        n: usize,
        take: impl FnOnce(&mut dyn Preprocessing<F>) -> Result<T>,
    ) -> Result<T> {
        let mut core = self.core();
        if let Some(error) = core.failure() {
            return Err(error.clone());
        }
        let material = take(core.prep.as_mut())?;
        core.report.count_material(kind, n);
        Ok(material)
    }

    /// Masks made ahead.
    pub(crate) fn pool(&self) -> MutexGuard<'_, Pool<F>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How well statistical masks must hide, and the network that they are chosen for.
    pub(crate) fn mask_settings(&self) -> (MaskBudget, NetworkProfile, Favour) {
        let core = self.core();
        (core.setup.masks, core.setup.network, core.setup.favour)
    }

    /// Counts coarsely proved inputs.
    pub(crate) fn spend_coarse(&self, n: usize) -> Result<()> {
        Ok(self.core().spend_coarse(n)?)
    }

    /// Counts masked values of one shape.
    pub(crate) fn count_shape(&self, shape: Shape, n: usize) {
        self.core().report.count_shape(shape, n);
    }

    /// Counts masks of one kind.
    pub(crate) fn count_masks(&self, masking: Masking, n: usize) {
        self.core().report.count_masks(masking, n);
    }
}
