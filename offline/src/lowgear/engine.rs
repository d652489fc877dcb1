//! What a party holds under one epoch: keys of its own, keys of its peers, and the ring.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use speedwell_field::{Field, Prg};
use speedwell_net::PartyId;
use speedwell_online::transcript::{Transcript, fresh32};
use speedwell_online::{Error, MacKey, PeerFault, Result, UsageFault};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::cheat::{Cheat, Defences};
use super::proof::seed_of;
use super::work::{Spares, Workers};
use crate::bgv::{Bgv, Ciphertext, FactorRole, MacRole, Multiplier, PublicKey, Role, Scratch, SecretKey};

/// Set up, immutable but for counters; shared by all flows of a party.
pub(super) struct Engine<F: Field> {
    pub(super) bgv: Bgv<F>,
    pub(super) workers: Workers,
    pub(super) key: Arc<MacKey<F>>,
    pub(super) epoch: [u8; 16],
    /// The most batches of a block, the same at all parties.
    pub(super) block: usize,
    pub(super) mac: SecretKey<MacRole>,
    pub(super) factor: SecretKey<FactorRole>,
    pub(super) factor_public: PublicKey<FactorRole>,
    /// Our share of the MAC key, as a polynomial that factors are multiplied by.
    pub(super) alpha: Multiplier,
    /// In the order of the peers.
    pub(super) peers: Vec<Peer>,
    pub(super) secret: Secret,
    /// Of the value shares of our input masks, by peer.
    pub(super) own_seeds: Vec<Secret>,
    pub(super) budget: Budget,
    pub(super) cheat: Cheat<F>,
    pub(super) defences: Defences,
    pub(super) scratch: Spares<Scratch>,
}

/// What a party knows of a peer.
pub(super) struct Peer {
    pub(super) party: PartyId,
    pub(super) mac: PublicKey<MacRole>,
    pub(super) factor: PublicKey<FactorRole>,
    /// Its encrypted share of the MAC key, proven.
    pub(super) alpha: Ciphertext<MacRole>,
    /// Of the value shares of its input masks.
    pub(super) seed: Secret,
}

/// 256 secret bits that streams are derived from. Wiped when dropped.
///
/// In a place of its own on the heap: a struct that holds one can be moved without leaving a copy behind.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Secret(Box<[u8; 32]>);

impl Secret {
    /// 32 zeros, to be overwritten.
    pub(super) fn zero() -> Self {
        Self(Box::new([0; 32]))
    }

    /// 32 bytes from the operating system.
    pub(super) fn fresh() -> Result<Self> {
        let mut secret = Self::zero();
        secret.bytes_mut().copy_from_slice(&Zeroizing::new(fresh32()?)[..]);
        Ok(secret)
    }

    /// A known one, for tests.
    #[cfg(test)]
    pub(super) fn of(byte: u8) -> Self {
        Self(Box::new([byte; 32]))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }

    /// The stream for a purpose and a list of numbers. Streams do not depend on which thread reads them.
    pub(super) fn stream(&self, purpose: &str, numbers: &[u64]) -> Prg {
        let hash =
            numbers.iter().fold(Transcript::new(purpose).bytes(self.bytes()), |t, number| t.number(*number));
        Prg::new(&seed_of(&hash.finish()))
    }
}

/// The replies that one epoch's flooding allows towards each peer.
pub(super) struct Budget {
    most: u64,
    made: AtomicU64,
}

impl Budget {
    pub(super) fn new(most: u64) -> Self {
        Self { most, made: AtomicU64::new(0) }
    }

    pub(super) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Takes `replies`. With `strict`, refuses what exceeds the budget, and takes nothing then.
    pub(super) fn take(&self, replies: u64, strict: bool) -> Result<()> {
        let need = self.made().saturating_add(replies);
        if strict && need > self.most {
            return Err(UsageFault::FloodingBudget { need, budget: self.most }.into());
        }
        self.made.store(need, Ordering::Relaxed);
        Ok(())
    }
}

impl<F: Field> Engine<F> {
    pub(super) fn me(&self) -> PartyId {
        self.key.party()
    }

    /// The ring dimension: elements of a batch.
    pub(super) fn batch(&self) -> usize {
        self.bgv.ring().dimension()
    }

    /// Uniform elements.
    pub(super) fn uniform(&self, purpose: &str, numbers: &[u64]) -> Vec<F> {
        let mut out = vec![F::ZERO; self.batch()];
        F::sample(&mut self.secret.stream(purpose, numbers), &mut out);
        out
    }

    /// Appends the reply `x c - Enc~(e)` under `key` with a fresh uniform e, which is added to `masks`.
    pub(super) fn reply<R: Role>(
        &self,
        key: &PublicKey<R>,
        x: &Multiplier,
        c: &Ciphertext<R>,
        place: ReplyPlace,
        masks: &mut [F],
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let mut e = zeroize::Zeroizing::new(self.uniform("lowgear reply mask", &place.numbers()));
        let mut prg = self.secret.stream("lowgear reply randomness", &place.numbers());
        F::add_assign_slice(masks, &e);
        let forged = self.cheat.product(self, place, x, c);
        let (x, c) = forged.as_ref().map_or((x, c), |(x, c)| (x, c));
        let made = self
            .scratch
            .with(|| self.bgv.scratch(), |scratch| self.bgv.reply(key, x, c, &e, &mut prg, scratch, out));
        e.zeroize();
        Ok(made.map_err(|_| UsageFault::Entropy)?)
    }

    /// Adds what a peer's reply decrypts to.
    pub(super) fn add_reply<R: Role>(
        &self,
        key: &SecretKey<R>,
        peer: PartyId,
        bytes: &[u8],
        out: &mut [F],
    ) -> Result<()> {
        self.bgv.add_decrypted(key, bytes, out).map_err(|_| Error::peer(peer, PeerFault::Malformed))
    }
}

/// Which reply: no two of an epoch share their randomness.
#[derive(Clone, Copy)]
pub(super) struct ReplyPlace {
    pub(super) job: u64,
    pub(super) batch: usize,
    /// C1 … C4 of the protocol.
    pub(super) which: u64,
    pub(super) to: PartyId,
}

impl ReplyPlace {
    fn numbers(self) -> [u64; 4] {
        let number = |x: usize| u64::try_from(x).unwrap_or(u64::MAX);
        [self.job, number(self.batch), self.which, number(self.to.index())]
    }
}
