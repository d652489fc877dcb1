//! What an adversary sees and what it can do.

use std::time::Duration;

use crate::{Frame, Header, PartyId};

/// Which way a frame travels, as seen by the party under the adversary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From this party to a peer.
    Out,
    /// From a peer to this party.
    In,
}

/// A frame that passed, as it was before the adversary touched it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which way.
    pub direction: Direction,
    /// The other end.
    pub peer: PartyId,
    /// What passed.
    pub frame: Frame,
}

/// One frame on its way, as the adversary sees it.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Which way.
    pub direction: Direction,
    /// The party under the adversary.
    pub me: PartyId,
    /// The other end of the link.
    pub peer: PartyId,
    /// The frame as the honest code of its sender made it.
    pub frame: &'a Frame,
    /// Everything that passed before on any link of this party, oldest first.
    pub seen: &'a [Sighting],
}

/// What is to happen to a frame. The actions of one event are carried out in order; an empty list drops the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Delivers this frame on the event's link.
    Deliver(Frame),
    /// Delivers this frame to another peer; of an incoming event: as if it had come from that peer.
    DeliverTo(PartyId, Frame),
    /// Delivers this frame after the next one on the event's link.
    KeepForNext(Frame),
    /// Holds up the link for this long, and with it all that follows.
    Stall(Duration),
    /// Ends the link.
    Disconnect,
}

impl Event<'_> {
    /// Whether this party is the sender.
    #[must_use]
    pub fn out(&self) -> bool {
        self.direction == Direction::Out
    }

    /// The frame's message kind.
    #[must_use]
    pub fn kind(&self) -> u8 {
        self.frame.header.kind
    }

    /// The frame's round.
    #[must_use]
    pub fn round(&self) -> u64 {
        self.frame.header.round
    }

    /// How many frames of the same kind passed before on this link in this direction.
    #[must_use]
    pub fn nth(&self) -> usize {
        self.before().filter(|s| s.frame.header.kind == self.kind()).count()
    }

    /// Lets the frame pass as it is.
    #[must_use]
    pub fn pass(&self) -> Vec<Action> {
        vec![Action::Deliver(self.frame.clone())]
    }

    /// Delivers the frame with another payload.
    pub fn rewrite(&self, change: impl FnOnce(&mut Vec<u8>)) -> Vec<Action> {
        let mut payload = self.frame.payload.to_vec();
        change(&mut payload);
        vec![Action::Deliver(Frame { header: self.frame.header, payload: payload.into() })]
    }

    /// Delivers the frame with another header.
    pub fn relabel(&self, change: impl FnOnce(&mut Header)) -> Vec<Action> {
        let mut frame = self.frame.clone();
        change(&mut frame.header);
        vec![Action::Deliver(frame)]
    }

    /// The last frame of the same kind on the same link and direction from an earlier round of this channel.
    #[must_use]
    pub fn earlier(&self) -> Option<&Frame> {
        let header = self.frame.header;
        let same =
            |h: &Header| h.kind == header.kind && h.channel == header.channel && h.round < header.round;
        self.before().map(|s| &s.frame).filter(|f| same(&f.header)).last()
    }

    /// What `peer` sent to this party in the round of this frame, of the same kind. To see it before sending, rush.
    #[must_use]
    pub fn received_from(&self, peer: PartyId) -> Option<&Frame> {
        let header = self.frame.header;
        let same = |h: &Header| (h.kind, h.channel, h.round) == (header.kind, header.channel, header.round);
        self.seen
            .iter()
            .filter(|s| s.direction == Direction::In && s.peer == peer && same(&s.frame.header))
            .map(|s| &s.frame)
            .next_back()
    }

    fn before(&self) -> impl Iterator<Item = &Sighting> {
        self.seen.iter().filter(|s| s.direction == self.direction && s.peer == self.peer)
    }
}
