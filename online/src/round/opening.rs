//! Rounds of openings and inputs: what goes out, and what comes in and is added up in place.

use std::sync::Arc;

use speedwell_field::Field;
use speedwell_net::{Frame, PartyId};
use zeroize::Zeroize;

use super::outgoing::Outgoing;
use super::{Core, Exchange, Phase, Slot, put};
use crate::error::{Error, PeerFault, Result, UsageFault};
use crate::mac::Pending;
use crate::opened::Opened;
use crate::report::add;
use crate::wire::{self, Message};

/// A round's first frame is read up to this length even where less is expected: its labels tell a peer that runs another
/// program, which is the usual reason for another length, from one that breaks the protocol.
const LABELLED: usize = 4 << 10;

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

/// A vector on its way to being opened.
pub(crate) struct Request<F: Field> {
    pub(crate) class: Class,
    pub(crate) len: usize,
    /// Our value shares; the sum once the round is complete.
    pub(crate) values: Vec<F>,
    pub(crate) macs: Vec<F>,
    pub(crate) slot: Slot<Opened<F>>,
}

impl<F: Field> Request<F> {
    /// Whether this party contributes to it.
    pub(super) fn comes_from(&self, party: PartyId) -> bool {
        !matches!(self.class, Class::Input(owner) if owner != party)
    }
}

impl<F: Field> Drop for Request<F> {
    fn drop(&mut self) {
        self.values.as_mut_slice().zeroize();
        self.macs.as_mut_slice().zeroize();
    }
}

/// A round under way.
pub(super) struct OpenRound<F: Field> {
    requests: Vec<Request<F>>,
    outgoing: Outgoing,
    received: Vec<Received>,
}

/// What has arrived from one peer in a round of openings.
#[derive(Clone, Copy, Default)]
struct Received {
    frames: usize,
    elements: usize,
    expected: usize,
}

impl<F: Field> Core<F> {
    pub(super) fn begin_open(&mut self) -> Exchange {
        let requests = std::mem::take(&mut self.outbox);
        let me = self.key.party();
        let mut received = vec![Received::default(); self.key.parties()];
        for request in &requests {
            for (party, received) in PartyId::all(self.key.parties()).zip(&mut received) {
                if request.comes_from(party) {
                    received.expected = received.expected.saturating_add(request.len);
                }
            }
            self.count(request);
        }
        let own = received.get(me.index()).map_or(0, |r| r.expected);
        let longest = received.iter().map(|r| r.expected).max().unwrap_or(0);
        let bytes = wire::bytes_of_round::<F>(own);
        let critical = wire::bytes_of_round::<F>(longest);
        let first = self.start_frame();
        self.count_bytes(bytes, critical);
        let peers = self.key.parties().saturating_sub(1);
        let outgoing = Outgoing::new(me, peers, self.header(Message::Open), self.labels, own);
        let leaving = self.groups.begin_round(self.key.parties(), me, self.setup.planning);
        add(&mut self.report.points, leaving.opened);
        add(&mut self.report.points_revealed, leaving.revealed);
        self.count_bytes(leaving.bytes, leaving.bytes);
        let last = leaving.payloads.into_iter().map(|payload| self.frame(Message::Points, payload)).collect();
        self.phase = Phase::Open(OpenRound { requests, outgoing, received });
        Exchange { first, last }
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

    pub(super) fn end_open(&mut self, round: OpenRound<F>) {
        round.requests.into_iter().for_each(|request| self.fulfil(request));
        let digest = (self.key.parties() >= 3).then_some(&mut self.digest);
        self.pending_len = self.pending_len.saturating_add(self.groups.end_round(digest));
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
            self.pending.push(Pending { values, macs: std::mem::take(&mut request.macs) });
        }
        if request.class == Class::Visible {
            self.revealed.push((Arc::clone(&request.slot), opened));
        } else {
            put(&request.slot, opened);
        }
    }
}

impl<F: Field> OpenRound<F> {
    /// The longest payload of the next frame from party `p`, if one is missing: what is left of the round, and of a first
    /// frame up to [`LABELLED`].
    pub(super) fn wants(&self, p: usize) -> Option<usize> {
        let Received { frames, elements, expected } = *self.received.get(p)?;
        if frames >= wire::frames_of_round::<F>(expected) {
            return None;
        }
        let left = expected.saturating_sub(elements).min(wire::elements_per_frame::<F>());
        let bytes = left.saturating_mul(F::BYTES);
        Some(if frames == 0 { bytes.saturating_add(wire::ROUND_PREFIX).max(LABELLED) } else { bytes })
    }

    /// Gives one more peer the frame of this number.
    pub(super) fn elements(&mut self, number: usize) -> Option<Frame> {
        self.outgoing.take(number, &self.requests)
    }

    /// Adds a frame's elements to the vectors they belong to.
    pub(super) fn accept(&mut self, peer: PartyId, payload: &[u8], labels: u64) -> Result<()> {
        let wrong_length = || Error::peer(peer, PeerFault::WrongLength);
        let from = self.received.get_mut(peer.index()).ok_or_else(wrong_length)?;
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
        for vector in 0..self.requests.len() {
            let len = match self.requests.get(vector) {
                Some(request) if request.comes_from(peer) => request.len,
                _ => continue,
            };
            if skip >= len {
                skip = skip.saturating_sub(len);
                continue;
            }
            if bytes.is_empty() {
                break;
            }
            let take = len.saturating_sub(skip).min(bytes.len().checked_div(F::BYTES).unwrap_or(0));
            let (head, tail) =
                bytes.split_at_checked(take.saturating_mul(F::BYTES)).ok_or_else(wrong_length)?;
            let end = skip.saturating_add(take);
            // Ours leave as they are.
            self.outgoing.reach((vector, end), &self.requests);
            let request = self.requests.get_mut(vector).ok_or_else(wrong_length)?;
            let target = request.values.get_mut(skip..end).ok_or_else(wrong_length)?;
            if !F::unpack_add(head, target) {
                return Err(Error::peer(peer, PeerFault::NotCanonical));
            }
            (bytes, skip) = (tail, 0);
        }
        from.elements = from.elements.saturating_add(count);
        from.frames = from.frames.saturating_add(1);
        Ok(())
    }
}
