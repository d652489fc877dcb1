//! The elements of a round on their way out, frame by frame.
//!
//! A frame is encoded when the first peer's turn comes for it, and no later than what arrives is added up in the same
//! place; it is kept until every peer has taken it. So a round in step keeps a few frames, however long it is, and a slow
//! peer keeps nobody from its frames.

use std::collections::VecDeque;

use bytes::Bytes;
use speedwell_field::Field;
use speedwell_net::{Frame, Header, PartyId};

use super::opening::Request;
use crate::wire;

pub(super) struct Outgoing {
    me: PartyId,
    peers: usize,
    header: Header,
    labels: u64,
    /// Elements not yet encoded.
    left: usize,
    /// The next of them: its vector, and its place there.
    at: (usize, usize),
    /// Frames encoded, of which the last ones have not been taken by every peer.
    made: usize,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    frame: Frame,
    taken: usize,
}

impl Outgoing {
    /// Of `len` elements of `me`, to so many peers.
    pub(super) fn new(me: PartyId, peers: usize, header: Header, labels: u64, len: usize) -> Self {
        Self { me, peers, header, labels, left: len, at: (0, 0), made: 0, waiting: VecDeque::new() }
    }

    /// Gives one more peer the frame of this number, which it asks for in turn. `None` behind the last.
    pub(super) fn take<F: Field>(&mut self, number: usize, requests: &[Request<F>]) -> Option<Frame> {
        if number == self.made && !self.is_done() {
            self.encode_next(requests);
        }
        let first = self.made.saturating_sub(self.waiting.len());
        let waiting = self.waiting.get_mut(number.checked_sub(first)?)?;
        waiting.taken = waiting.taken.saturating_add(1);
        let frame = waiting.frame.clone();
        while self.waiting.front().is_some_and(|oldest| oldest.taken >= self.peers) {
            self.waiting.pop_front();
        }
        Some(frame)
    }

    /// Encodes all that stands before `place`, where something else is about to be written.
    pub(super) fn reach<F: Field>(&mut self, place: (usize, usize), requests: &[Request<F>]) {
        while self.at < place && !self.is_done() {
            self.encode_next(requests);
        }
    }

    /// A round without elements has a frame too.
    fn is_done(&self) -> bool {
        self.left == 0 && self.made > 0
    }

    fn encode_next<F: Field>(&mut self, requests: &[Request<F>]) {
        let mut room = self.left.min(wire::elements_per_frame::<F>());
        let mut payload =
            Vec::with_capacity(wire::ROUND_PREFIX.saturating_add(room.saturating_mul(F::BYTES)));
        if self.made == 0 {
            payload.extend_from_slice(&u64::try_from(self.left).unwrap_or(u64::MAX).to_le_bytes());
            payload.extend_from_slice(&self.labels.to_le_bytes());
        }
        self.left = self.left.saturating_sub(room);
        while room > 0
            && let Some(request) = requests.get(self.at.0)
        {
            let rest = match request.comes_from(self.me) {
                true => request.values.get(self.at.1..).unwrap_or_default(),
                false => &[],
            };
            let (head, tail) = rest.split_at(room.min(rest.len()));
            F::pack(head, &mut payload);
            room = room.saturating_sub(head.len());
            self.at = match tail.len() {
                0 => (self.at.0.saturating_add(1), 0),
                _ => (self.at.0, self.at.1.saturating_add(head.len())),
            };
        }
        self.made = self.made.saturating_add(1);
        let frame = Frame { header: self.header, payload: Bytes::from(payload) };
        self.waiting.push_back(Waiting { frame, taken: 0 });
    }
}
