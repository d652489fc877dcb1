//! Π_MACCheck (ePrint 2012/642, figure "Protocol MACCheck"), with seeds committed in advance.
//!
//! Functionality: everything opened since the last check has the value that its MAC says, and (n ≥ 3) all parties saw
//! the same. Rounds: 3. Material: none. Sent to each peer: 96 + 32 + (element + 64) bytes.
//! Soundness: a wrong opening passes with probability 2/p − 1/p² if the cheater sends an honest sigma, (p−1)/p² if it
//! shifts sigma by a guess; counted over F251 in the tests.
//!
//! Elements of groups are checked in the same flights (`curve/openings.rs`).
//!
//! Differs from the paper: the seed of each check is committed one check earlier, so that the coin costs no round of its
//! own; the coefficients come from one joint seed; the opened values' digest travels with the seed.

use std::sync::Arc;

use speedwell_field::{Field, Prg, Seed};
use speedwell_net::PartyId;
use zeroize::Zeroize;

use crate::transcript::Place;

/// One opened vector that awaits its check: the opened values and this party's MAC shares.
pub(crate) struct Pending<F: Field> {
    pub(crate) values: Arc<Vec<F>>,
    pub(crate) macs: Vec<F>,
}

impl<F: Field> Drop for Pending<F> {
    fn drop(&mut self) {
        self.macs.as_mut_slice().zeroize();
    }
}

/// The coin of a check: H(label, epoch, session, check number, digest, all seeds), bound to the transcript.
pub(crate) fn coin<'a>(
    place: &Place,
    digest: &[u8; 32],
    seeds: impl Iterator<Item = &'a [u8; 32]>,
) -> [u8; 32] {
    seeds.fold(place.transcript("mac-check coin").bytes(digest), |t, seed| t.bytes(seed)).finish()
}

/// Step 2: rho = Σ r_j·x_j over the opened values, and σ_i = Σ r_j·γ(x_j)_i − α_i·rho.
pub(crate) fn sigma<F: Field>(pending: &[Pending<F>], coin: &[u8; 32], alpha: F) -> F {
    // 2^11 coefficients at a time stay in the first-level cache.
    const BLOCK: usize = 2048;
    let mut prg = Prg::new(&coefficient_seed(coin));
    let mut r = [F::ZERO; BLOCK];
    let (mut rho, mut gamma) = (F::ZERO, F::ZERO);
    for vector in pending {
        for (values, macs) in vector.values.chunks(BLOCK).zip(vector.macs.chunks(BLOCK)) {
            let Some(r) = r.get_mut(..values.len()) else { continue };
            F::sample(&mut prg, r);
            rho += F::dot(r, values);
            gamma += F::dot(r, macs);
        }
    }
    gamma - alpha * rho
}

pub(crate) fn coefficient_seed(coin: &[u8; 32]) -> Seed {
    let mut seed = [0; 16];
    seed.iter_mut().zip(coin).for_each(|(s, c)| *s = *c);
    Seed(seed)
}

/// The running hash of all that was opened since the last check, for n ≥ 3: a party that sends different shares to
/// different peers is seen by nothing else.
pub(crate) struct Digest {
    hash: blake3::Hasher,
    buffer: Vec<u8>,
}

impl Digest {
    pub(crate) fn new(place: &Place) -> Self {
        let mut hash = blake3::Hasher::new_derive_key("speedwell/1 openings since the last check");
        hash.update(&place.epoch);
        hash.update(&place.session);
        hash.update(&place.number.to_le_bytes());
        Self { hash, buffer: Vec::new() }
    }

    /// Adds a vector: its length, its owner if it was an input, its values.
    pub(crate) fn absorb<F: Field>(&mut self, owner: Option<PartyId>, values: &[F]) {
        const BLOCK: usize = 4096;
        let owner = owner.map_or(u64::MAX, |p| u64::try_from(p.index()).unwrap_or(u64::MAX));
        self.hash.update(&owner.to_le_bytes());
        self.hash.update(&u64::try_from(values.len()).unwrap_or(u64::MAX).to_le_bytes());
        for block in values.chunks(BLOCK) {
            self.buffer.clear();
            F::pack(block, &mut self.buffer);
            self.hash.update(&self.buffer);
        }
    }

    /// Begins a vector of `len` elements of the group with this name. Their canonical bytes follow.
    #[cfg(feature = "curve")]
    pub(crate) fn absorb_group(&mut self, group: &[u8; 32], len: usize) {
        // No party has this number, so no vector of field elements begins like this.
        self.hash.update(&u64::MAX.wrapping_sub(1).to_le_bytes());
        self.hash.update(group);
        self.hash.update(&u64::try_from(len).unwrap_or(u64::MAX).to_le_bytes());
    }

    /// Adds canonical bytes of group elements.
    #[cfg(feature = "curve")]
    pub(crate) fn absorb_elements(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// Adds the program's labels, so that the coin is bound to them for n = 2 as well, and the commitments that all
    /// parties must have seen alike.
    pub(crate) fn finish(&self, labels: u64, commitments: &[u8]) -> [u8; 32] {
        let mut hash = self.hash.clone();
        hash.update(&labels.to_le_bytes());
        hash.update(commitments);
        *hash.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests;
