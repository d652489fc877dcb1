//! Bulk messages between pairs of parties: cut into frames, numbered, of a length that the protocol prescribes.
//!
//! Every directed link counts its frames in the header's round, so a replayed, doubled or missing frame is refused. A link serves one
//! flow of messages at a time; LowGear has one for what is proven and one for replies.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use speedwell_net::{Frame, Header, MAX_PAYLOAD, PartyId, Transport};
use speedwell_online::transcript::Place;
use speedwell_online::{
    AbortCode, CheckFault, Error, PeerFault, Result, blame, coin, join_all, try_join_all,
};

use super::cheat::{Defences, Weakness};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Digest of the parameters.
    Hello,
    /// Public keys and the encrypted share of the MAC key.
    Keys,
    /// Seed of the value shares of the sender's input masks.
    Seed,
    /// Hash of what was broadcast, for n ≥ 3.
    Echo,
    /// Commitments to the first messages of proofs.
    First,
    /// Which proofs were rejected.
    Verdicts,
    /// Responses of proofs.
    Responses,
    /// A batch of encrypted factors.
    Factors,
    /// Replies.
    Replies,
}

impl Kind {
    /// The number of the kind in a header; the online phase has those below 32.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Hello => 32,
            Self::Keys => 33,
            Self::Seed => 34,
            Self::Echo => 35,
            Self::First => 36,
            Self::Verdicts => 37,
            Self::Responses => 38,
            Self::Factors => 39,
            Self::Replies => 40,
        }
    }
}

/// One party's end of a flow.
pub(super) struct Link {
    transport: Box<dyn Transport>,
    channel: u16,
    session: [u8; 16],
    epoch: [u8; 16],
    sent: Vec<AtomicU64>,
    received: Vec<AtomicU64>,
    tosses: AtomicU64,
    /// Whether the peers know that nothing more will come, or need not know.
    ended: AtomicBool,
    pub(super) defences: Defences,
}

impl Link {
    /// A link over `transport`, before there is an epoch.
    pub(super) fn new(transport: Box<dyn Transport>, session: [u8; 16], channel: u16) -> Self {
        let counters = |n| (0..n).map(|_| AtomicU64::new(0)).collect();
        let n = transport.parties();
        let (sent, received) = (counters(n), counters(n));
        Self {
            transport,
            channel,
            session,
            epoch: [0; 16],
            sent,
            received,
            tosses: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            defences: Defences::default(),
        }
    }

    /// From here on every frame names `epoch`.
    pub(super) fn enter(&mut self, epoch: [u8; 16]) {
        self.epoch = epoch;
    }

    pub(super) fn me(&self) -> PartyId {
        self.transport.me()
    }

    pub(super) fn parties(&self) -> usize {
        self.transport.parties()
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = PartyId> + use<> {
        self.me().others(self.parties())
    }

    /// The same length for every peer.
    pub(super) fn each(&self, len: usize) -> Vec<usize> {
        self.peers().map(|_| len).collect()
    }

    /// Where commitments of this link belong.
    pub(super) fn place(&self, number: u64) -> Place {
        Place { epoch: self.epoch, session: self.session, number }
    }

    /// Sends a message to one peer.
    pub(super) async fn send(&self, peer: PartyId, kind: Kind, payload: Bytes) -> Result<()> {
        let mut rest = payload;
        loop {
            let part = rest.split_to(rest.len().min(MAX_PAYLOAD));
            let header = self.header(kind.number(), next(&self.sent, peer));
            self.transport.send(peer, Frame { header, payload: part }).await?;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// The next message of a peer, which has to be of this kind and length.
    pub(super) async fn recv(&self, peer: PartyId, kind: Kind, len: usize) -> Result<Vec<u8>> {
        let mut message = Vec::with_capacity(len);
        loop {
            let wanted = len.saturating_sub(message.len()).min(MAX_PAYLOAD);
            // An abort has one byte.
            let frame = self.transport.recv(peer, wanted.max(1)).await?;
            let expected = self.header(kind.number(), next(&self.received, peer));
            if frame.header.kind == abort() {
                return Err(self.aborted(peer, &frame));
            }
            if frame.header != expected {
                return Err(Error::peer(peer, PeerFault::WrongHeader));
            }
            if frame.payload.len() != wanted {
                return Err(Error::peer(peer, PeerFault::WrongLength));
            }
            message.extend_from_slice(&frame.payload);
            if message.len() == len {
                return Ok(message);
            }
        }
    }

    /// Sends one message to all peers.
    pub(super) async fn broadcast(&self, kind: Kind, payload: Bytes) -> Result<()> {
        try_join_all(self.peers().map(|peer| self.send(peer, kind, payload.clone()))).await.map(drop)
    }

    /// One message of this kind from every peer, of these lengths, in the order of the peers.
    pub(super) async fn gather(&self, kind: Kind, lens: &[usize]) -> Result<Vec<Vec<u8>>> {
        try_join_all(self.peers().zip(lens).map(|(peer, len)| self.recv(peer, kind, *len))).await
    }

    /// Sends to all and receives from all.
    pub(super) async fn exchange(&self, kind: Kind, payload: Bytes, lens: &[usize]) -> Result<Vec<Vec<u8>>> {
        let mut gathered = Vec::new();
        both(self.broadcast(kind, payload), async {
            gathered = self.gather(kind, lens).await?;
            Ok(())
        })
        .await?;
        blame::handed_over(self.transport.as_ref()).await?;
        Ok(gathered)
    }

    /// Compares a hash of what was broadcast with everybody's, where there is a third party to be told something else.
    pub(super) async fn echo(&self, hash: [u8; 32]) -> Result<()> {
        if self.parties() < 3 {
            return Ok(());
        }
        // A contradiction counts as soon as it is seen: whoever caused it may say nothing any more.
        let compare = self.peers().map(|peer| async move {
            let theirs = self.recv(peer, Kind::Echo, 32).await?;
            let same = theirs.as_slice() == hash || self.defences.lack(Weakness::EchoSkipped);
            if same { Ok(()) } else { Err(Error::Check(CheckFault::Digest)) }
        });
        let sent =
            join_all(self.peers().map(|peer| self.send(peer, Kind::Echo, Bytes::copy_from_slice(&hash))));
        let sent = async { sent.await.into_iter().collect::<Result<()>>() };
        both(sent, async { try_join_all(compare).await.map(drop) }).await
    }

    /// A joint coin.
    pub(super) async fn toss(&self, label: &str) -> Result<[u8; 32]> {
        let number = self.tosses.fetch_add(1, Ordering::Relaxed);
        coin::toss(self.transport.as_ref(), label, &self.place(number), self.channel).await
    }

    /// Tells the peers that we gave up, as far as their queues take it at once. Said once.
    pub(super) fn tell(&self, code: AbortCode) {
        if self.ended.swap(true, Ordering::Relaxed) || !speedwell_net::in_runtime() {
            return;
        }
        for peer in self.peers() {
            let header = self.header(abort(), next(&self.sent, peer));
            let frame = Frame { header, payload: Bytes::copy_from_slice(&[code.to_byte()]) };
            let mut send = self.transport.send(peer, frame);
            let _ = send.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// What the peers have said at last. Nobody may be waiting for a message any more.
    pub(super) fn last_words(&self) -> Vec<Error> {
        let expected = self.header(abort(), 0);
        self.peers().filter_map(|peer| blame::last_words(self.transport.as_ref(), peer, &expected)).collect()
    }

    /// Ends the flow in order: everything has been handed to the network, as far as there is a peer that still wants it.
    pub(super) async fn finish(&self) {
        if !self.ended.swap(true, Ordering::Relaxed) {
            let _ = self.transport.flush().await;
        }
    }

    fn header(&self, kind: u8, round: u64) -> Header {
        Header { kind, channel: self.channel, round, epoch: self.epoch, session: self.session }
    }

    fn aborted(&self, peer: PartyId, frame: &Frame) -> Error {
        let Header { epoch, session, channel, .. } = frame.header;
        let entered = epoch == self.epoch || epoch == [0; 16] || self.epoch == [0; 16];
        if (session, channel) != (self.session, self.channel) || !entered {
            return Error::peer(peer, PeerFault::WrongHeader);
        }
        match (frame.payload.first().and_then(|byte| AbortCode::from_byte(*byte)), frame.payload.len()) {
            (Some(reason), 1) => Error::Aborted { by: peer, reason },
            _ => Error::peer(peer, PeerFault::WrongLength),
        }
    }
}

/// A party that is stopped says so.
impl Drop for Link {
    fn drop(&mut self) {
        self.tell(AbortCode::Stopped);
    }
}

/// Runs two flows side by side and ends both when one fails.
pub(super) async fn both(
    a: impl Future<Output = Result<()>>,
    b: impl Future<Output = Result<()>>,
) -> Result<()> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut a_done, mut b_done) = (false, false);
    poll_fn(move |cx| {
        if !a_done && let Poll::Ready(result) = a.as_mut().poll(cx) {
            result?;
            a_done = true;
        }
        if !b_done && let Poll::Ready(result) = b.as_mut().poll(cx) {
            result?;
            b_done = true;
        }
        if a_done && b_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

/// Lets the other flow of [`both`] take what has arrived, and whoever polls us stop this.
pub(super) async fn breathe() {
    let mut polled = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// An abort looks the same in every flow.
fn abort() -> u8 {
    speedwell_online::wire::Message::Abort.number()
}

fn next(counters: &[AtomicU64], peer: PartyId) -> u64 {
    counters.get(peer.index()).map_or(0, |counter| counter.fetch_add(1, Ordering::Relaxed))
}
