//! The core of a session, without input or output: rounds, the MAC gate, checks.
//!
//! The driver polls the program until it can go no further, then asks the core what the next exchange is
//! ([`Core::begin`]), moves the frames ([`Core::wants`], [`Core::accept`]) and tells it that all have arrived
//! ([`Core::complete`]). Openings are parked while a check is under way: one key, one core, one check at a time.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use speedwell_field::Field;
use speedwell_net::{Frame, Header, MAX_PAYLOAD, PartyId};
use zeroize::Zeroize;

use crate::error::{AbortCode, CheckFault, Error, PeerFault, Result, UsageFault};
use crate::journal::{EpochState, Journal};
use crate::key::MacKey;
use crate::mac::{self, Digest, Pending};
use crate::opened::Opened;
use crate::prep::Preprocessing;
use crate::report::{Report, add, mac_level};
use crate::transcript::{Opening32, Place, commit, fresh32, opens};
use crate::weakness::Weakness;
use crate::wire::{self, Message, array32, split_payload};

const SEED_LABEL: &str = "mac-check seed";
const SIGMA_LABEL: &str = "mac-check sigma";

/// How a vector is opened; see the crate's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Masked by a fresh uniform element used once.
    Uniform,
    /// Masked only statistically.
    Statistical,
    /// Not masked: an output, a flag.
    Visible,
    /// A public difference that one party sends.
    Input(PartyId),
}

/// Where a result appears for the future that waits for it.
pub(crate) type Slot<T> = Arc<Mutex<Option<T>>>;

/// A vector on its way to being opened.
pub(crate) struct Request<F: Field> {
    pub(crate) class: Class,
    pub(crate) len: usize,
    /// Our value shares; the sum once the round is complete.
    pub(crate) values: Vec<F>,
    pub(crate) macs: Vec<F>,
    pub(crate) slot: Slot<Opened<F>>,
}

/// The exchange under way.
enum Phase<F: Field> {
    Idle,
    Open {
        requests: Vec<Request<F>>,
        received: Vec<Received>,
    },
    Seed {
        digest: [u8; 32],
        seeds: Vec<Option<[u8; 32]>>,
    },
    Commit {
        sigma: F,
        nonce: [u8; 32],
        commitments: Vec<Option<[u8; 32]>>,
    },
    Sigma {
        sum: F,
        arrived: Vec<bool>,
        next_seed: Opening32,
        commitments: Vec<[u8; 32]>,
        next: Vec<[u8; 32]>,
    },
}

/// What has arrived from one peer in a round of openings.
#[derive(Clone, Copy, Default)]
struct Received {
    frames: usize,
    elements: usize,
    expected: usize,
}

/// What the driver sends to every peer.
pub(crate) struct Exchange {
    pub(crate) frames: Vec<Frame>,
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
    labels: u64,
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
            labels: 0,
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
            key,
            prep,
            setup,
        })
    }

    // The program's side.

    /// Takes a vector to be opened. Visible and statistical ones wait behind the gate.
    pub(crate) fn request(&mut self, request: Request<F>) {
        let tag = match request.class {
            Class::Uniform => 1,
            Class::Statistical => 2,
            Class::Visible => 3,
            Class::Input(owner) => u64::try_from(owner.index()).unwrap_or(u64::MAX).saturating_add(16),
        };
        self.label(tag);
        self.label(u64::try_from(request.len).unwrap_or(u64::MAX));
        let gate = matches!(request.class, Class::Visible | Class::Statistical);
        if gate && !self.weak(Weakness::OpenThenCheck) {
            self.gated.push(request);
        } else {
            self.outbox.push(request);
        }
    }

    /// Asks for a check over everything opened so far.
    pub(crate) fn request_check(&mut self, slot: Slot<()>) {
        self.label(4);
        self.waiters.push(slot);
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
        let burns = matches!(error, Error::Check(_)) || self.in_sigma_window;
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
        let unchecked = !self.pending.is_empty() || self.unseen_inputs;
        let wanted = !self.gated.is_empty()
            || !self.waiters.is_empty()
            || !self.revealed.is_empty()
            || self.pending_len >= self.setup.check_every;
        if unchecked && wanted {
            return self.begin_seed().map(Some);
        }
        if !self.waiters.is_empty() {
            self.fulfil_waiters();
            return Ok(None);
        }
        self.outbox.append(&mut self.gated);
        if self.outbox.is_empty() {
            return Err(UsageFault::Stalled.into());
        }
        Ok(Some(self.begin_open()))
    }

    /// The longest payload of the next frame from `peer`, or `None` if this exchange needs no more from it.
    pub(crate) fn wants(&self, peer: PartyId) -> Option<usize> {
        let p = peer.index();
        if !self.started.get(p).copied().unwrap_or(true) {
            return Some(32);
        }
        match &self.phase {
            Phase::Idle => None,
            Phase::Open { received, .. } => {
                let received = received.get(p)?;
                let frames = wire::frames_of_round::<F>(received.expected);
                (received.frames < frames).then_some(MAX_PAYLOAD)
            }
            Phase::Seed { seeds, .. } => seeds.get(p)?.is_none().then_some(96),
            Phase::Commit { commitments, .. } => commitments.get(p)?.is_none().then_some(32),
            Phase::Sigma { arrived, .. } => (!arrived.get(p)?).then_some(F::BYTES.saturating_add(64)),
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
        let (place, maker) = (self.place(), self.maker(peer));
        match &mut self.phase {
            Phase::Idle => Err(Error::peer(peer, PeerFault::WrongHeader)),
            Phase::Open { requests, received } => {
                accept_elements(peer, &frame.payload, requests, received, self.labels)
            }
            Phase::Seed { digest, seeds } => {
                let [theirs, seed, nonce] = parts(peer, &frame.payload, [32, 32, 32])?;
                let committed = self.seed_commitments.get(peer.index()).copied().unwrap_or_default();
                let opened = opens(&committed, SEED_LABEL, &place, maker, seed, &array32(nonce));
                if !opened && self.setup.weakness != Some(Weakness::CommitmentsIgnored) {
                    return Err(Error::Check(CheckFault::Commitment { party: peer }));
                }
                if theirs != digest.as_slice() && self.setup.weakness != Some(Weakness::DigestSkipped) {
                    return Err(Error::Check(CheckFault::Digest));
                }
                set(seeds, peer, Some(array32(seed)));
                Ok(())
            }
            Phase::Commit { commitments, .. } => {
                let [commitment] = parts(peer, &frame.payload, [32])?;
                set(commitments, peer, Some(array32(commitment)));
                Ok(())
            }
            Phase::Sigma { sum, arrived, commitments, next, .. } => {
                let [sigma, nonce, seed_commitment] = parts(peer, &frame.payload, [F::BYTES, 32, 32])?;
                let committed = commitments.get(peer.index()).copied().unwrap_or_default();
                let opened = opens(&committed, SIGMA_LABEL, &place, maker, sigma, &array32(nonce));
                if !opened && self.setup.weakness != Some(Weakness::CommitmentsIgnored) {
                    return Err(Error::Check(CheckFault::Commitment { party: peer }));
                }
                let mut value = [F::ZERO];
                if !F::decode(sigma, &mut value) {
                    return Err(Error::peer(peer, PeerFault::NotCanonical));
                }
                *sum = value.iter().fold(*sum, |sum, v| sum + *v);
                set(next, peer, array32(seed_commitment));
                set(arrived, peer, true);
                Ok(())
            }
        }
    }

    /// All frames of the exchange have arrived: ends it. `Some` is the next flight of a check, to be exchanged before the
    /// program is polled again.
    pub(crate) fn complete(&mut self) -> Result<Option<Exchange>> {
        self.round = self.round.saturating_add(1);
        self.report.rounds = self.report.rounds.saturating_add(1);
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => Ok(None),
            Phase::Open { requests, .. } => {
                requests.into_iter().for_each(|request| self.fulfil(request));
                Ok(None)
            }
            Phase::Seed { digest, seeds } => self.begin_commit(&digest, &seeds).map(Some),
            Phase::Commit { sigma, nonce, commitments } => {
                let commitments = commitments.into_iter().map(Option::unwrap_or_default).collect();
                self.begin_sigma(sigma, nonce, commitments).map(Some)
            }
            Phase::Sigma { sum, next_seed, next, .. } => self.end_check(sum, next_seed, next).map(|()| None),
        }
    }

    /// The frame that tells peers that we gave up.
    pub(crate) fn abort_frame(&self, code: AbortCode) -> Frame {
        self.frame(Message::Abort, vec![code.to_byte()])
    }

    // A round of openings.

    fn begin_open(&mut self) -> Exchange {
        let requests = std::mem::take(&mut self.outbox);
        let me = self.key.party();
        let mut received = vec![Received::default(); self.key.parties()];
        for request in &requests {
            for (party, received) in PartyId::all(self.key.parties()).zip(&mut received) {
                if !matches!(request.class, Class::Input(owner) if owner != party) {
                    received.expected = received.expected.saturating_add(request.len);
                }
            }
            self.count(request);
        }
        let own = received.get(me.index()).map_or(0, |r| r.expected);
        let longest = received.iter().map(|r| r.expected).max().unwrap_or(0);
        let bytes = wire::bytes_of_round::<F>(own);
        let critical = wire::bytes_of_round::<F>(longest);
        let mut frames = self.start_frame();
        self.count_bytes(bytes, critical);
        if !self.setup.planning {
            let vectors: Vec<&[F]> = requests
                .iter()
                .filter(|request| !matches!(request.class, Class::Input(owner) if owner != me))
                .map(|request| request.values.as_slice())
                .collect();
            frames.extend(wire::encode_round(self.header(Message::Open), self.labels, &vectors));
        }
        self.phase = Phase::Open { requests, received };
        Exchange { frames }
    }

    fn count(&mut self, request: &Request<F>) {
        match request.class {
            Class::Input(_) => add(&mut self.report.inputs, request.len),
            Class::Uniform => add(&mut self.report.opened, request.len),
            Class::Statistical => {
                add(&mut self.report.opened, request.len);
                add(&mut self.report.opened_statistical, request.len);
            }
            Class::Visible => {
                add(&mut self.report.opened, request.len);
                add(&mut self.report.revealed, request.len);
            }
        }
    }

    fn fulfil(&mut self, mut request: Request<F>) {
        let values = Arc::new(std::mem::take(&mut request.values));
        let opened = Opened::new(request.len, Arc::clone(&values));
        let several = self.key.parties() >= 3;
        if let Class::Input(owner) = request.class {
            if several {
                self.digest.absorb(Some(owner), &values);
                self.unseen_inputs = true;
            }
        } else {
            if several {
                self.digest.absorb(None, &values);
            }
            self.pending_len = self.pending_len.saturating_add(request.len);
            self.pending.push(Pending { values, macs: request.macs });
        }
        if request.class == Class::Visible {
            self.revealed.push((request.slot, opened));
        } else {
            put(&request.slot, opened);
        }
    }

    // The three flights of a check.

    fn begin_seed(&mut self) -> Result<Exchange> {
        let level = mac_level::<F>(self.check.saturating_add(1));
        if level < self.setup.statistical {
            let (have, need) = (level, self.setup.statistical);
            return Err(UsageFault::FieldTooSmall { field: F::NAME, have, need }.into());
        }
        let digest = self.digest.finish(self.labels);
        let mut seeds = vec![None; self.key.parties()];
        set(&mut seeds, self.key.party(), Some(self.own_seed.value));
        let payload = [digest, self.own_seed.value, self.own_seed.nonce].concat();
        let mut frames = self.start_frame();
        frames.push(self.counted_frame(Message::Seed, payload));
        self.phase = Phase::Seed { digest, seeds };
        Ok(Exchange { frames })
    }

    fn begin_commit(&mut self, digest: &[u8; 32], seeds: &[Option<[u8; 32]>]) -> Result<Exchange> {
        let place = self.place();
        let coin = if self.weak(Weakness::CoinReused) {
            [7; 32]
        } else {
            mac::coin(&place, digest, seeds.iter().flatten())
        };
        let sigma = mac::sigma(&self.pending, &coin, self.key.alpha());
        let nonce = fresh32()?;
        let mut encoded = Vec::with_capacity(F::BYTES);
        F::encode(&[sigma], &mut encoded);
        let commitment = commit(SIGMA_LABEL, &place, self.maker(self.key.party()), &encoded, &nonce);
        let mut commitments = vec![None; self.key.parties()];
        set(&mut commitments, self.key.party(), Some(commitment));
        let frame = self.counted_frame(Message::Commit, commitment.to_vec());
        self.phase = Phase::Commit { sigma, nonce, commitments };
        Ok(Exchange { frames: vec![frame] })
    }

    fn begin_sigma(&mut self, sigma: F, nonce: [u8; 32], commitments: Vec<[u8; 32]>) -> Result<Exchange> {
        // One check at a time under a key: another session of this epoch that has opened its sigma, or was burnt, ends
        // this one before its own sigma leaves. With both open a cheater forges in one what it learns in the other.
        let elsewhere = self.setup.journal.state(self.epoch) == EpochState::Burnt;
        if elsewhere && !self.weak(Weakness::GateUnlocked) && !self.weak(Weakness::CheckRepeated) {
            return Err(UsageFault::EpochBurnt.into());
        }
        // The record is durable before sigma leaves.
        if !self.weak(Weakness::RecordSkipped) && !self.weak(Weakness::NothingBurns) {
            self.setup.journal.sigma_opened(self.epoch, self.check).map_err(|_| UsageFault::Journal)?;
        }
        self.in_sigma_window = true;
        let next_seed = Opening32 { value: fresh32()?, nonce: fresh32()? };
        let place = Place { number: self.check.saturating_add(1), ..self.place() };
        let maker = self.maker(self.key.party());
        let next = commit(SEED_LABEL, &place, maker, &next_seed.value, &next_seed.nonce);
        let mut payload = Vec::with_capacity(F::BYTES.saturating_add(64));
        F::encode(&[sigma], &mut payload);
        payload.extend_from_slice(&nonce);
        payload.extend_from_slice(&next);
        let frame = self.counted_frame(Message::Sigma, payload);
        let mut arrived = vec![false; self.key.parties()];
        set(&mut arrived, self.key.party(), true);
        let next = vec![[0; 32]; self.key.parties()];
        self.phase = Phase::Sigma { sum: sigma, arrived, next_seed, commitments, next };
        Ok(Exchange { frames: vec![frame] })
    }

    fn end_check(&mut self, sum: F, next_seed: Opening32, next: Vec<[u8; 32]>) -> Result<()> {
        if sum != F::ZERO && !self.setup.planning && !self.weak(Weakness::MacCheckSkipped) {
            return Err(Error::Check(CheckFault::Mac));
        }
        self.setup.journal.check_passed(self.epoch, self.check).map_err(|_| UsageFault::Journal)?;
        self.in_sigma_window = false;
        self.check = self.check.saturating_add(1);
        self.report.checks = self.report.checks.saturating_add(1);
        self.own_seed = next_seed;
        self.seed_commitments = next;
        self.pending.clear();
        self.pending_len = 0;
        self.unseen_inputs = false;
        self.digest = Digest::new(&self.place());
        for (slot, opened) in std::mem::take(&mut self.revealed) {
            put(&slot, opened);
        }
        self.fulfil_waiters();
        Ok(())
    }

    fn fulfil_waiters(&mut self) {
        std::mem::take(&mut self.waiters).iter().for_each(|slot| put(slot, ()));
    }

    // Frames.

    /// Who a commitment says has made it.
    fn maker(&self, party: PartyId) -> PartyId {
        if self.weak(Weakness::CommitmentsAnonymous) { PartyId::new(0).unwrap_or(party) } else { party }
    }

    fn place(&self) -> Place {
        Place { epoch: self.epoch, session: self.setup.session, number: self.check }
    }

    fn header(&self, message: Message) -> Header {
        Header {
            kind: message.number(),
            channel: self.setup.channel,
            round: self.round,
            epoch: self.epoch,
            session: self.setup.session,
        }
    }

    fn frame(&self, message: Message, payload: Vec<u8>) -> Frame {
        Frame { header: self.header(message), payload: Bytes::from(payload) }
    }

    fn counted_frame(&mut self, message: Message, payload: Vec<u8>) -> Frame {
        let bytes = wire::bytes_of_frame(payload.len());
        self.count_bytes(bytes, bytes);
        self.frame(message, payload)
    }

    fn count_bytes(&mut self, own: u64, critical: u64) {
        self.report.bytes_sent_per_peer = self.report.bytes_sent_per_peer.saturating_add(own);
        self.report.critical_bytes = self.report.critical_bytes.saturating_add(critical);
    }

    /// The commitment to the first seed travels with the first message.
    fn start_frame(&mut self) -> Vec<Frame> {
        if self.round > 0 {
            return Vec::new();
        }
        let Opening32 { value, nonce } = &self.own_seed;
        let commitment = commit(SEED_LABEL, &self.place(), self.maker(self.key.party()), value, nonce);
        vec![self.counted_frame(Message::Start, commitment.to_vec())]
    }

    /// Compares a header with what this exchange expects of the peer.
    fn admit_header(&self, peer: PartyId, header: &Header, payload: &[u8]) -> Result<Message> {
        let awaited = self.expected_message(peer);
        let expected = self.header(awaited);
        let ours = Header { kind: header.kind, round: header.round, ..expected } == *header;
        let kind = Message::from_number(header.kind);
        if ours && kind == Some(Message::Abort) {
            let code = payload.first().and_then(|byte| AbortCode::from_byte(*byte));
            return match (code, payload.len()) {
                (Some(reason), 1) => Err(Error::Aborted { by: peer, reason }),
                _ => Err(Error::peer(peer, PeerFault::WrongLength)),
            };
        }
        match kind {
            Some(kind) if *header == expected => Ok(kind),
            Some(kind) if kind == awaited && self.weak(Weakness::HeadersIgnored) => Ok(kind),
            // The right place and another step of the program: another program.
            Some(Message::Open | Message::Seed)
                if ours
                    && header.round == expected.round
                    && matches!(awaited, Message::Open | Message::Seed) =>
            {
                Err(UsageFault::Desync { peer }.into())
            }
            _ => Err(Error::peer(peer, PeerFault::WrongHeader)),
        }
    }

    fn expected_message(&self, peer: PartyId) -> Message {
        if !self.started.get(peer.index()).copied().unwrap_or(true) {
            return Message::Start;
        }
        match self.phase {
            Phase::Idle | Phase::Open { .. } => Message::Open,
            Phase::Seed { .. } => Message::Seed,
            Phase::Commit { .. } => Message::Commit,
            Phase::Sigma { .. } => Message::Sigma,
        }
    }

    pub(crate) fn weak(&self, weakness: Weakness) -> bool {
        self.setup.weakness == Some(weakness)
    }
}

/// Adds a frame's elements from `peer` to the vectors they belong to.
fn accept_elements<F: Field>(
    peer: PartyId,
    payload: &[u8],
    requests: &mut [Request<F>],
    received: &mut [Received],
    labels: u64,
) -> Result<()> {
    let wrong_length = || Error::peer(peer, PeerFault::WrongLength);
    let from = received.get_mut(peer.index()).ok_or_else(wrong_length)?;
    let mut bytes = payload;
    if from.frames == 0 {
        let (prefix, rest) = payload.split_at_checked(wire::ROUND_PREFIX).ok_or_else(wrong_length)?;
        let (count, theirs) = prefix.split_at_checked(8).ok_or_else(wrong_length)?;
        if theirs != labels.to_le_bytes() {
            return Err(UsageFault::Desync { peer }.into());
        }
        if count != u64::try_from(from.expected).unwrap_or(u64::MAX).to_le_bytes() {
            return Err(wrong_length());
        }
        bytes = rest;
    }
    let left = from.expected.saturating_sub(from.elements);
    let count = left.min(wire::elements_per_frame::<F>());
    if bytes.len() != count.saturating_mul(F::BYTES) {
        return Err(wrong_length());
    }
    // Walk over the vectors that this peer contributes to, from where its last frame ended.
    let mut skip = from.elements;
    for request in requests {
        if matches!(request.class, Class::Input(owner) if owner != peer) {
            continue;
        }
        if skip >= request.len {
            skip = skip.saturating_sub(request.len);
            continue;
        }
        if bytes.is_empty() {
            break;
        }
        let take = request.len.saturating_sub(skip).min(bytes.len().checked_div(F::BYTES).unwrap_or(0));
        let (head, tail) = bytes.split_at_checked(take.saturating_mul(F::BYTES)).ok_or_else(wrong_length)?;
        let end = skip.saturating_add(take);
        let target = request.values.get_mut(skip..end).ok_or_else(wrong_length)?;
        if !F::decode_add(head, target) {
            return Err(Error::peer(peer, PeerFault::NotCanonical));
        }
        (bytes, skip) = (tail, 0);
    }
    from.elements = from.elements.saturating_add(count);
    from.frames = from.frames.saturating_add(1);
    Ok(())
}

fn parts<const N: usize>(peer: PartyId, payload: &[u8], lens: [usize; N]) -> Result<[&[u8]; N]> {
    split_payload(payload, lens).ok_or(Error::peer(peer, PeerFault::WrongLength))
}

fn set<T>(all: &mut [T], party: PartyId, value: T) {
    if let Some(place) = all.get_mut(party.index()) {
        *place = value;
    }
}

fn put<T>(slot: &Slot<T>, value: T) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}
