//! One party's share of the MAC key.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use speedwell_field::Field;
use speedwell_net::PartyId;
use zeroize::Zeroize;

/// This party's share `alpha_i` of the MAC key `alpha = Σ alpha_i`, and who the party is.
///
/// All shares of one epoch point to one key. [`erase`](Self::erase) wipes it for all of them.
pub struct MacKey<F: Field> {
    party: PartyId,
    parties: usize,
    pub(crate) alpha: Mutex<F>,
    erased: AtomicBool,
}

impl<F: Field> MacKey<F> {
    /// The key share of `party` among `parties`.
    #[must_use]
    pub fn new(party: PartyId, parties: usize, alpha: F) -> Self {
        Self { party, parties, alpha: Mutex::new(alpha), erased: AtomicBool::new(false) }
    }

    /// The party that holds this share.
    #[must_use]
    pub fn party(&self) -> PartyId {
        self.party
    }

    /// Number of parties.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// `alpha_i`. For preprocessing and checks; never sent, never printed.
    #[must_use]
    pub fn alpha(&self) -> F {
        *self.alpha.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Overwrites the key share: the epoch is burnt.
    pub fn erase(&self) {
        self.erased.store(true, Ordering::SeqCst);
        self.alpha.lock().unwrap_or_else(PoisonError::into_inner).zeroize();
    }

    /// Whether the epoch has been burnt.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.erased.load(Ordering::SeqCst)
    }

    /// The weight of a public constant on value shares: P_0 adds it, the others add nothing.
    pub(crate) fn constant_weight(&self) -> F {
        if self.party.index() == 0 { F::ONE } else { F::ZERO }
    }
}

impl<F: Field> Drop for MacKey<F> {
    fn drop(&mut self) {
        self.erase();
    }
}

impl<F: Field> std::fmt::Debug for MacKey<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MacKey({} of {}, ..)", self.party, self.parties)
    }
}
