//! Frames of a session: their headers, what is expected of a peer's, and the counting of bytes.

use bytes::Bytes;
use speedwell_field::Field;
use speedwell_net::{Frame, Header, PartyId};

use super::check::SEED_LABEL;
use super::{Core, Phase, set};
use crate::error::{AbortCode, Error, PeerFault, Result, UsageFault};
use crate::transcript::{Opening32, commit};
use crate::weakness::Weakness;
use crate::wire::{self, Message};

impl<F: Field> Core<F> {
    pub(super) fn header(&self, message: Message) -> Header {
        Header {
            kind: message.number(),
            channel: self.setup.channel,
            round: self.round,
            epoch: self.epoch,
            session: self.setup.session,
        }
    }

    pub(super) fn frame(&self, message: Message, payload: Vec<u8>) -> Frame {
        Frame { header: self.header(message), payload: Bytes::from(payload) }
    }

    pub(super) fn counted_frame(&mut self, message: Message, payload: Vec<u8>) -> Frame {
        let bytes = wire::bytes_of_frame(payload.len());
        self.count_bytes(bytes, bytes);
        self.frame(message, payload)
    }

    pub(super) fn count_bytes(&mut self, own: u64, critical: u64) {
        self.report.bytes_sent_per_peer = self.report.bytes_sent_per_peer.saturating_add(own);
        self.report.critical_bytes = self.report.critical_bytes.saturating_add(critical);
    }

    /// The commitment to the first seed travels with the first message.
    pub(super) fn start_frame(&mut self) -> Vec<Frame> {
        if self.round > 0 {
            return Vec::new();
        }
        let Opening32 { value, nonce } = &self.own_seed;
        let commitment = commit(SEED_LABEL, &self.place(), self.maker(self.key.party()), value, nonce);
        set(&mut self.seed_commitments, self.key.party(), commitment);
        vec![self.counted_frame(Message::Start, commitment.to_vec())]
    }

    /// Compares a header with what this exchange expects of the peer.
    pub(super) fn admit_header(&self, peer: PartyId, header: &Header, payload: &[u8]) -> Result<Message> {
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
            // Elements of the field first, then those of groups.
            Phase::Open(ref round) if round.wants(peer.index()).is_none() && self.wants(peer).is_some() => {
                Message::Points
            }
            Phase::Idle | Phase::Open(_) => Message::Open,
            Phase::Seed(_) => Message::Seed,
            Phase::Commit(_) => Message::Commit,
            Phase::Sigma(_) => Message::Sigma,
        }
    }
}
