//! The core of a session, without input or output: rounds, the MAC gate, checks.
//!
//! The driver polls the program until it can go no further, then asks the core what the next exchange is
//! ([`Core::begin`]), moves the frames ([`Core::wants`], [`Core::accept`]) and tells it that all have arrived
//! ([`Core::complete`]). Openings are parked while a check is under way: one key, one core, one check at a time.

mod check;
mod frames;
mod group;
mod opening;
mod outgoing;

use std::sync::{Arc, Mutex, PoisonError};

use speedwell_field::Field;
use speedwell_net::{Frame, PartyId};
use zeroize::Zeroize;

use self::check::{CommitFlight, Opener, SeedFlight, SigmaFlight};
use self::group::Groups;
#[cfg(feature = "curve")]
pub(crate) use self::group::{Group, Leaving};
use self::opening::OpenRound;
pub(crate) use self::opening::{Class, Request};
use crate::error::{AbortCode, Error, PeerFault, Result, UsageFault};
use crate::journal::Journal;
use crate::key::MacKey;
use crate::mac::{Digest, Pending};
use crate::mask::{Favour, Masking};
use crate::opened::Opened;
use crate::prep::Preprocessing;
use crate::report::{NetworkProfile, Report, add};
use crate::transcript::{Opening32, Place, fresh32};
use crate::weakness::Weakness;
use crate::wire::{Message, array32, split_payload};

/// Where a result appears for the future that waits for it.
pub(crate) type Slot<T> = Arc<Mutex<Option<T>>>;

/// The exchange under way.
enum Phase<F: Field> {
    Idle,
    Open(OpenRound<F>),
    Seed(SeedFlight),
    Commit(CommitFlight<F>),
    Sigma(SigmaFlight<F>),
}

/// What the driver sends to every peer: these frames, then those of [`Core::elements`], then the last ones.
pub(crate) struct Exchange {
    pub(crate) first: Vec<Frame>,
    pub(crate) last: Vec<Frame>,
}

impl Exchange {
    /// Without elements.
    fn of(frames: Vec<Frame>) -> Self {
        Self { first: frames, last: Vec::new() }
    }
}

/// How a session is set up.
pub(crate) struct Setup {
    pub(crate) session: [u8; 16],
    pub(crate) channel: u16,
    pub(crate) statistical: u32,
    pub(crate) check_every: usize,
    pub(crate) journal: Box<dyn Journal>,
    pub(crate) weakness: Option<Weakness>,
    pub(crate) planning: bool,
    pub(crate) masks: MaskBudget,
    pub(crate) network: NetworkProfile,
    pub(crate) favour: Favour,
}

/// How well the statistical masks of a run hide, over all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaskBudget {
    /// Bits of statistical security of the whole run.
    pub(crate) level: u32,
    /// Statistically masked elements that the run may open.
    pub(crate) openings: u64,
    /// The one kind of masks that may be taken, if only one.
    pub(crate) only: Option<Masking>,
}

pub(crate) struct Core<F: Field> {
    pub(crate) key: Arc<MacKey<F>>,
    pub(crate) prep: Box<dyn Preprocessing<F>>,
    pub(crate) report: Report,
    pub(crate) setup: Setup,
    epoch: [u8; 16],
    // The program's side.
    outbox: Vec<Request<F>>,
    gated: Vec<Request<F>>,
    revealed: Vec<(Slot<Opened<F>>, Opened<F>)>,
    waiters: Vec<Slot<()>>,
    coins: Vec<Slot<[u8; 32]>>,
    labels: u64,
    masked: u64,
    coarse: u64,
    // The network's side.
    phase: Phase<F>,
    round: u64,
    started: Vec<bool>,
    // What awaits a check.
    pending: Vec<Pending<F>>,
    pending_len: usize,
    unseen_inputs: bool,
    digest: Digest,
    check: u64,
    own_seed: Opening32,
    seed_commitments: Vec<[u8; 32]>,
    in_sigma_window: bool,
    failed: Option<Error>,
    // What is opened that is not of the field.
    pub(crate) groups: Groups<F>,
}

impl<F: Field> Core<F> {
    pub(crate) fn new(prep: Box<dyn Preprocessing<F>>, setup: Setup) -> Result<Self> {
        let (key, epoch) = (prep.key(), prep.epoch());
        let place = Place { epoch, session: setup.session, number: 0 };
        let parties = key.parties();
        Ok(Self {
            report: Report::default(),
            epoch,
            outbox: Vec::new(),
            gated: Vec::new(),
            revealed: Vec::new(),
            waiters: Vec::new(),
            coins: Vec::new(),
            labels: 0,
            masked: 0,
            coarse: 0,
            phase: Phase::Idle,
            round: 0,
            started: (0..parties).map(|p| p == key.party().index()).collect(),
            pending: Vec::new(),
            pending_len: 0,
            unseen_inputs: false,
            digest: Digest::new(&place),
            check: 0,
            own_seed: Opening32 { value: fresh32()?, nonce: fresh32()? },
            seed_commitments: vec![[0; 32]; parties],
            in_sigma_window: false,
            failed: None,
            groups: Groups::new(),
            key,
            prep,
            setup,
        })
    }

    // The program's side.

    /// Takes a vector to be opened. Visible and statistical ones wait behind the gate.
    pub(crate) fn request(&mut self, request: Request<F>) {
        if self.announce(request.class, request.len) {
            self.gated.push(request);
        } else {
            self.outbox.push(request);
        }
    }

    /// Labels an opening of so many elements. Whether it has to wait behind the gate.
    pub(crate) fn announce(&mut self, class: Class, len: usize) -> bool {
        let tag = match class {
            Class::Uniform => 1,
            Class::Statistical => 2,
            Class::Visible => 3,
            Class::Input(owner) => u64::try_from(owner.index()).unwrap_or(u64::MAX).saturating_add(16),
        };
        self.label(tag);
        self.label(u64::try_from(len).unwrap_or(u64::MAX));
        let gate = matches!(class, Class::Visible | Class::Statistical);
        gate && !self.weak(Weakness::OpenThenCheck)
    }

    /// Counts statistically masked elements, and refuses more than the run was set up for.
    pub(crate) fn spend_masks(&mut self, class: Class, len: usize) -> std::result::Result<(), UsageFault> {
        if class == Class::Statistical {
            add(&mut self.masked, len);
        }
        let planned = self.setup.masks.openings;
        if self.masked > planned { Err(UsageFault::MaskBudget { planned }) } else { Ok(()) }
    }

    /// Counts coarsely proved inputs, and refuses more than the run was set up for: their proofs share one error.
    pub(crate) fn spend_coarse(&mut self, len: usize) -> std::result::Result<(), UsageFault> {
        add(&mut self.coarse, len);
        let planned = self.setup.masks.openings;
        if self.coarse > planned { Err(UsageFault::MaskBudget { planned }) } else { Ok(()) }
    }

    /// Asks for a check over everything opened so far.
    pub(crate) fn request_check(&mut self, slot: Slot<()>) {
        self.label(4);
        self.waiters.push(slot);
    }

    /// Asks for a coin that nobody can foresee before everything opened or put in so far is fixed: a check gives it.
    pub(crate) fn request_coin(&mut self, slot: Slot<[u8; 32]>) {
        self.label(5);
        self.coins.push(slot);
    }

    /// Adds to the running hash of labels that shows diverging programs.
    pub(crate) fn label(&mut self, label: u64) {
        let mixed = (self.labels ^ label).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.labels = mixed ^ (mixed >> 29);
    }

    /// The error that ended the session, if one did.
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.failed.as_ref()
    }

    /// Ends the session with this error, or with the earlier one, and burns the epoch if a cheater may know the key.
    pub(crate) fn fail(&mut self, error: Error) -> Error {
        if let Some(first) = &self.failed {
            return first.clone();
        }
        // A check that failed at a peer failed: a cheater who sent different things burns the epoch everywhere.
        let failed = matches!(error, Error::Check(_) | Error::Aborted { reason: AbortCode::Check, .. });
        let burns = failed || self.in_sigma_window;
        if burns && !self.weak(Weakness::NothingBurns) && !self.weak(Weakness::CheckRepeated) {
            // The record comes first; without it the dangling one of the window says the same.
            let _ = self.setup.journal.burn(self.epoch);
            self.prep.burn();
            self.key.erase();
        }
        // What entered an unfinished check is destroyed and never checked again.
        if !self.weak(Weakness::CheckRepeated) {
            self.failed = Some(error.clone());
            self.pending.clear();
            self.pending_len = 0;
        }
        self.groups.stop(self.weak(Weakness::CheckRepeated));
        self.phase = Phase::Idle;
        self.outbox.clear();
        self.gated.clear();
        self.revealed.clear();
        self.own_seed.zeroize();
        error
    }

    /// Whether leaving now would be leaving between opening our sigma and seeing the check pass.
    pub(crate) fn in_sigma_window(&self) -> bool {
        self.in_sigma_window
    }

    // The driver's side.

    /// Decides what the next exchange is and gives what goes to every peer. `None` when only local results had to be
    /// handed out: poll the program again.
    pub(crate) fn begin(&mut self) -> Result<Option<Exchange>> {
        if !self.coins.is_empty() {
            // The digest of the check that gives the coin covers the commitments to its seeds: they come first, in the first
            // round, also of a session that only plans and receives none.
            let started = self.round > 0;
            return if started { self.begin_seed().map(Some) } else { Ok(Some(self.begin_open())) };
        }
        let unchecked = !self.pending.is_empty() || self.unseen_inputs || self.groups.unchecked();
        let wanted = !self.gated.is_empty()
            || !self.waiters.is_empty()
            || !self.revealed.is_empty()
            || self.groups.wants_check()
            || self.pending_len >= self.setup.check_every;
        if unchecked && wanted {
            return self.begin_seed().map(Some);
        }
        if !self.waiters.is_empty() {
            self.fulfil_waiters();
            return Ok(None);
        }
        self.outbox.append(&mut self.gated);
        if !self.groups.release() && self.outbox.is_empty() {
            return Err(UsageFault::Stalled.into());
        }
        Ok(Some(self.begin_open()))
    }

    /// Gives one more peer the frame of elements of this number. `None` behind the last.
    pub(crate) fn elements(&mut self, number: usize) -> Option<Frame> {
        match &mut self.phase {
            Phase::Open(round) => round.elements(number),
            _ => None,
        }
    }

    /// The longest payload of the next frame from `peer`, or `None` if this exchange needs no more from it.
    pub(crate) fn wants(&self, peer: PartyId) -> Option<usize> {
        let p = peer.index();
        if !self.started.get(p).copied().unwrap_or(true) {
            return Some(32);
        }
        match &self.phase {
            Phase::Idle => None,
            Phase::Open(round) => round.wants(p).or_else(|| self.groups.wants(p)),
            Phase::Seed(flight) => flight.wants(p),
            Phase::Commit(flight) => flight.wants(p),
            Phase::Sigma(flight) => flight.wants(p, &self.groups),
        }
    }

    /// Takes a frame from `peer`.
    pub(crate) fn accept(&mut self, peer: PartyId, frame: &Frame) -> Result<()> {
        let kind = self.admit_header(peer, &frame.header, &frame.payload)?;
        if kind == Message::Start {
            let [commitment] = parts(peer, &frame.payload, [32])?;
            set(&mut self.seed_commitments, peer, array32(commitment));
            set(&mut self.started, peer, true);
            return Ok(());
        }
        let (maker, weakness, payload) = (self.maker(peer), self.setup.weakness, frame.payload.as_ref());
        let opened_by = Opener { peer, maker, place: self.place(), weakness };
        match &mut self.phase {
            Phase::Idle => Err(Error::peer(peer, PeerFault::WrongHeader)),
            Phase::Open(_) if kind == Message::Points => self.groups.accept(peer, payload),
            Phase::Open(round) => round.accept(peer, payload, self.labels),
            Phase::Seed(flight) => flight.accept(&opened_by, payload, &self.seed_commitments),
            Phase::Commit(flight) => flight.accept(peer, payload),
            Phase::Sigma(flight) => flight.accept(&opened_by, payload, &mut self.groups),
        }
    }

    /// All frames of the exchange have arrived: ends it. `Some` is the next flight of a check, to be exchanged before the
    /// program is polled again.
    pub(crate) fn complete(&mut self) -> Result<Option<Exchange>> {
        self.round = self.round.saturating_add(1);
        self.report.rounds = self.report.rounds.saturating_add(1);
        if self.setup.planning {
            // Nobody is there to say that it has started.
            self.started.fill(true);
        }
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => Ok(None),
            Phase::Open(round) => {
                self.end_open(round);
                Ok(None)
            }
            Phase::Seed(flight) => self.begin_commit(&flight).map(Some),
            Phase::Commit(flight) => self.begin_sigma(flight).map(Some),
            Phase::Sigma(flight) => self.end_check(flight).map(|()| None),
        }
    }

    /// The frame that tells peers that we gave up.
    pub(crate) fn abort_frame(&self, code: AbortCode) -> Frame {
        self.frame(Message::Abort, vec![code.to_byte()])
    }

    fn place(&self) -> Place {
        Place { epoch: self.epoch, session: self.setup.session, number: self.check }
    }

    /// Who a commitment says has made it.
    fn maker(&self, party: PartyId) -> PartyId {
        if self.weak(Weakness::CommitmentsAnonymous) { PartyId::new(0).unwrap_or(party) } else { party }
    }

    pub(crate) fn weak(&self, weakness: Weakness) -> bool {
        self.setup.weakness == Some(weakness)
    }
}

fn parts<const N: usize>(peer: PartyId, payload: &[u8], lens: [usize; N]) -> Result<[&[u8]; N]> {
    split_payload(payload, lens).ok_or(Error::peer(peer, PeerFault::WrongLength))
}

fn set<T>(all: &mut [T], party: PartyId, value: T) {
    if let Some(place) = all.get_mut(party.index()) {
        *place = value;
    }
}

pub(crate) fn put<T>(slot: &Slot<T>, value: T) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}
