//! The three flights of Π_MACCheck; what is computed in them stands in `mac.rs`.

use speedwell_field::Field;
use speedwell_net::PartyId;

use super::group::Groups;
use super::{Core, Exchange, Phase, parts, put, set};
use crate::error::{CheckFault, Error, PeerFault, Result, UsageFault};
use crate::journal::EpochState;
use crate::mac::{self, Digest};
use crate::report::mac_level;
use crate::transcript::{Opening32, Place, Transcript, commit, fresh32, opens};
use crate::weakness::Weakness;
use crate::wire::{Message, array32};

pub(super) const SEED_LABEL: &str = "mac-check seed";
const SIGMA_LABEL: &str = "mac-check sigma";

/// Flight 1: digests and seeds.
pub(super) struct SeedFlight {
    digest: [u8; 32],
    seeds: Vec<Option<[u8; 32]>>,
}

/// Flight 2: commitments to sigmas.
pub(super) struct CommitFlight<F> {
    coin: [u8; 32],
    sigma: F,
    /// It, and behind it those of groups.
    encoded: Vec<u8>,
    nonce: [u8; 32],
    commitments: Vec<Option<[u8; 32]>>,
}

/// Flight 3: sigmas, and commitments to the next seeds.
pub(super) struct SigmaFlight<F> {
    coin: [u8; 32],
    sum: F,
    arrived: Vec<bool>,
    next_seed: Opening32,
    commitments: Vec<Option<[u8; 32]>>,
    next: Vec<[u8; 32]>,
}

impl<F: Field> Core<F> {
    /// Flight 1: our view of every opening is complete. Its digest, and the seed we committed to.
    pub(super) fn begin_seed(&mut self) -> Result<Exchange> {
        let level = mac_level::<F>(self.check.saturating_add(1));
        if level < self.setup.statistical {
            let (have, need) = (level, self.setup.statistical);
            return Err(UsageFault::FieldTooSmall { field: F::NAME, have, need }.into());
        }
        let digest = self.digest.finish(self.labels, &self.agreed_commitments());
        let mut seeds = vec![None; self.key.parties()];
        set(&mut seeds, self.key.party(), Some(self.own_seed.value));
        let payload = [digest, self.own_seed.value, self.own_seed.nonce].concat();
        let mut frames = self.start_frame();
        frames.push(self.counted_frame(Message::Seed, payload));
        self.phase = Phase::Seed(SeedFlight { digest, seeds });
        Ok(Exchange::of(frames))
    }

    /// Flight 2: all seeds are in and the digests agree. The coin, our sigma, a commitment to it.
    pub(super) fn begin_commit(&mut self, flight: &SeedFlight) -> Result<Exchange> {
        let place = self.place();
        let coin = if self.weak(Weakness::CoinReused) {
            [7; 32]
        } else {
            mac::coin(&place, &flight.digest, flight.seeds.iter().flatten())
        };
        let sigma = mac::sigma(&self.pending, &coin, self.key.alpha());
        let nonce = fresh32()?;
        let mut encoded = Vec::with_capacity(F::BYTES);
        F::pack(&[sigma], &mut encoded);
        self.groups.sigma(&coin, self.key.alpha(), &mut encoded);
        let commitment = commit(SIGMA_LABEL, &place, self.maker(self.key.party()), &encoded, &nonce);
        let mut commitments = vec![None; self.key.parties()];
        set(&mut commitments, self.key.party(), Some(commitment));
        let frame = self.counted_frame(Message::Commit, commitment.to_vec());
        self.phase = Phase::Commit(CommitFlight { coin, sigma, encoded, nonce, commitments });
        Ok(Exchange::of(vec![frame]))
    }

    /// Flight 3: all commitments are in. The record is durable before sigma leaves.
    pub(super) fn begin_sigma(&mut self, flight: CommitFlight<F>) -> Result<Exchange> {
        let CommitFlight { coin, sigma, encoded, nonce, commitments } = flight;
        // One check at a time under a key: another session of this epoch that has opened its sigma, or was burnt, ends
        // this one before its own sigma leaves. With both open a cheater forges in one what it learns in the other.
        let elsewhere = self.key.is_erased() || self.setup.journal.state(self.epoch) == EpochState::Burnt;
        if elsewhere && !self.weak(Weakness::GateUnlocked) && !self.weak(Weakness::CheckRepeated) {
            return Err(UsageFault::EpochBurnt.into());
        }
        if !self.weak(Weakness::RecordSkipped) && !self.weak(Weakness::NothingBurns) {
            self.setup.journal.sigma_opened(self.epoch, self.check).map_err(|_| UsageFault::Journal)?;
        }
        self.in_sigma_window = true;
        let next_seed = Opening32 { value: fresh32()?, nonce: fresh32()? };
        let place = Place { number: self.check.saturating_add(1), ..self.place() };
        let maker = self.maker(self.key.party());
        let next = commit(SEED_LABEL, &place, maker, &next_seed.value, &next_seed.nonce);
        let mut payload = encoded;
        payload.extend_from_slice(&nonce);
        payload.extend_from_slice(&next);
        let frame = self.counted_frame(Message::Sigma, payload);
        let mut arrived = vec![false; self.key.parties()];
        set(&mut arrived, self.key.party(), true);
        let mut all_next = vec![[0; 32]; self.key.parties()];
        set(&mut all_next, self.key.party(), next);
        self.phase =
            Phase::Sigma(SigmaFlight { coin, sum: sigma, arrived, next_seed, commitments, next: all_next });
        Ok(Exchange::of(vec![frame]))
    }

    /// All sigmas are in and match their commitments: passes if they add up to zero.
    pub(super) fn end_check(&mut self, flight: SigmaFlight<F>) -> Result<()> {
        let groups = self.groups.sums_to_zero() || self.weak(Weakness::GroupCheckSkipped);
        let zero = flight.sum == F::ZERO && groups;
        if !zero && !self.setup.planning && !self.weak(Weakness::MacCheckSkipped) {
            return Err(Error::Check(CheckFault::Mac));
        }
        self.setup.journal.check_passed(self.epoch, self.check).map_err(|_| UsageFault::Journal)?;
        self.in_sigma_window = false;
        self.check = self.check.saturating_add(1);
        self.report.checks = self.report.checks.saturating_add(1);
        self.own_seed = flight.next_seed;
        self.seed_commitments = flight.next;
        self.pending.clear();
        self.pending_len = 0;
        self.unseen_inputs = false;
        self.digest = Digest::new(&self.place());
        for (slot, opened) in std::mem::take(&mut self.revealed) {
            put(&slot, opened);
        }
        self.groups.end_check();
        for (number, slot) in (0_u64..).zip(std::mem::take(&mut self.coins)) {
            put(&slot, Transcript::new("session coin").bytes(&flight.coin).number(number).finish());
        }
        self.fulfil_waiters();
        Ok(())
    }

    /// What all parties must have seen alike besides the openings, where a coin is asked for: the commitments to the
    /// seeds that make it, or it could differ between two of them.
    fn agreed_commitments(&self) -> Vec<u8> {
        let several = self.key.parties() >= 3 && !self.coins.is_empty() && !self.weak(Weakness::CoinUnagreed);
        if several { self.seed_commitments.concat() } else { Vec::new() }
    }

    /// Answers those who asked for a check.
    pub(super) fn fulfil_waiters(&mut self) {
        std::mem::take(&mut self.waiters).iter().for_each(|slot| put(slot, ()));
    }
}

impl SeedFlight {
    pub(super) fn wants(&self, p: usize) -> Option<usize> {
        self.seeds.get(p)?.is_none().then_some(96)
    }

    pub(super) fn accept(&mut self, opener: &Opener, payload: &[u8], commitments: &[[u8; 32]]) -> Result<()> {
        let peer = opener.peer;
        let [digest, seed, nonce] = parts(peer, payload, [32, 32, 32])?;
        opener.verify(SEED_LABEL, commitments.get(peer.index()), seed, nonce)?;
        if digest != self.digest && opener.weakness != Some(Weakness::DigestSkipped) {
            return Err(Error::Check(CheckFault::Digest));
        }
        set(&mut self.seeds, peer, Some(array32(seed)));
        Ok(())
    }
}

impl<F: Field> CommitFlight<F> {
    pub(super) fn wants(&self, p: usize) -> Option<usize> {
        self.commitments.get(p)?.is_none().then_some(32)
    }

    pub(super) fn accept(&mut self, peer: PartyId, payload: &[u8]) -> Result<()> {
        let [commitment] = parts(peer, payload, [32])?;
        set(&mut self.commitments, peer, Some(array32(commitment)));
        Ok(())
    }
}

impl<F: Field> SigmaFlight<F> {
    pub(super) fn wants(&self, p: usize, groups: &Groups<F>) -> Option<usize> {
        let sigmas = F::BYTES.saturating_add(groups.sigma_bytes());
        (!self.arrived.get(p)?).then_some(sigmas.saturating_add(64))
    }

    pub(super) fn accept(&mut self, opener: &Opener, payload: &[u8], groups: &mut Groups<F>) -> Result<()> {
        let peer = opener.peer;
        let sigmas = F::BYTES.saturating_add(groups.sigma_bytes());
        let [sigmas, nonce, seed_commitment] = parts(peer, payload, [sigmas, 32, 32])?;
        let committed = self.commitments.get(peer.index()).and_then(Option::as_ref);
        opener.verify(SIGMA_LABEL, committed, sigmas, nonce)?;
        let (sigma, of_groups) = sigmas.split_at(F::BYTES.min(sigmas.len()));
        let mut value = [F::ZERO];
        if !F::unpack(sigma, &mut value) {
            return Err(Error::peer(peer, PeerFault::NotCanonical));
        }
        if !groups.accept_sigma(of_groups) {
            return Err(Error::peer(peer, PeerFault::NotAPoint));
        }
        self.sum += F::sum(&value);
        set(&mut self.next, peer, array32(seed_commitment));
        set(&mut self.arrived, peer, true);
        Ok(())
    }
}

/// Whose opening of a commitment is being read, and where it belongs.
pub(super) struct Opener {
    pub(super) peer: PartyId,
    /// Who the commitment has to name: the peer.
    pub(super) maker: PartyId,
    pub(super) place: Place,
    pub(super) weakness: Option<Weakness>,
}

impl Opener {
    /// Compares what the peer opens with what it committed to.
    fn verify(&self, label: &str, committed: Option<&[u8; 32]>, value: &[u8], nonce: &[u8]) -> Result<()> {
        let nonce = array32(nonce);
        let matches = committed.is_some_and(|c| opens(c, label, &self.place, self.maker, value, &nonce));
        if matches || self.weakness == Some(Weakness::CommitmentsIgnored) {
            return Ok(());
        }
        Err(Error::Check(CheckFault::Commitment { party: self.peer }))
    }
}
