//! A party that cheats: an adversary between the honest code of one party and its transport.
//!
//! For tests. The adversary is a closure that sees every frame on its way out and in, with all that passed before, and
//! answers what is to happen instead ([`Action`]). It may *rush*: its party's frames of a round wait until the others'
//! frames of that round are there to be seen. The usual cheats are one line each:
//!
//! ```
//! # use speedwell_net::{memory_mesh, tamper::{Mutation, Tampered, cheat}};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let transport = memory_mesh(2).remove(0);
//! # const OPENING: u8 = 3;
//! // In round 5, every opening of this party is off by one in its second 16-byte element.
//! let adversary = cheat(|e| e.out() && e.kind() == OPENING && e.round() == 5, Mutation::AddOne(1, 16));
//! let cheater = Tampered::new(transport, adversary);
//! let watch = cheater.watch(); // tells later that the cheat really happened
//! # assert_eq!(watch.altered(), 0);
//! # }
//! ```
//!
//! Frames pass through tasks on the current runtime; on a current-thread runtime a run is deterministic. Two parties
//! that cheat together share state through their closures.

mod event;
mod mutation;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

pub use self::event::{Action, Direction, Event, Sighting};
pub use self::mutation::{Mutation, cheat};
use crate::queue::Queue;
use crate::{BoxFuture, Frame, MAX_PAYLOAD, NetError, NetFault, PartyId, Transport};

/// Held by each of the adversary's queues: enough for any test, so that back-pressure never decides a verdict.
const QUEUE_BYTES: usize = 256 << 20;

/// A transport under the control of an adversary. Must be made within a tokio runtime.
pub struct Tampered<T> {
    inner: Arc<T>,
    shared: Arc<Shared>,
    readers: Vec<AbortHandle>,
}

impl<T: Transport + 'static> Tampered<T> {
    /// Lets `adversary` decide over every frame of this party.
    pub fn new(inner: T, adversary: impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static) -> Self {
        Self::start(inner, None, Box::new(adversary))
    }

    /// As [`new`](Self::new), and rushing: each outgoing frame waits until a frame of the same session, channel and at
    /// least the same round has come from each of `honest`, or for `patience` where none comes. Tests with paused time
    /// pay nothing for the patience.
    pub fn rushing(
        inner: T,
        honest: impl IntoIterator<Item = PartyId>,
        patience: Duration,
        adversary: impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static,
    ) -> Self {
        let rush = Rush { honest: honest.into_iter().collect(), patience };
        Self::start(inner, Some(rush), Box::new(adversary))
    }

    /// A handle that tells what happened, valid after the transport is gone.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch(self.shared.clone())
    }

    fn start(inner: T, rush: Option<Rush>, adversary: Adversary) -> Self {
        let (n, inner) = (inner.parties(), Arc::new(inner));
        let queues = || (0..n).map(|_| Queue::new(QUEUE_BYTES)).collect();
        let shared = Arc::new(Shared {
            me: inner.me(),
            rush,
            outbox: queues(),
            inbox: queues(),
            arrived: Notify::new(),
            state: Mutex::new(State { adversary, seen: Vec::new(), rounds: BTreeMap::new(), altered: 0 }),
        });
        let mut readers = Vec::new();
        for peer in inner.me().others(n) {
            tokio::spawn(write(inner.clone(), shared.clone(), peer));
            readers.push(tokio::spawn(read(inner.clone(), shared.clone(), peer)).abort_handle());
        }
        Self { inner, shared, readers }
    }
}

/// Tells what an adversary saw and did. Clones watch the same adversary.
#[derive(Clone)]
pub struct Watch(Arc<Shared>);

impl Watch {
    /// Number of frames for which the adversary did anything else than deliver them as they were. A test of a cheat
    /// asserts that this is not zero.
    #[must_use]
    pub fn altered(&self) -> usize {
        self.0.lock().altered
    }

    /// Every frame so far, as it was before the adversary touched it, oldest first: to be replayed in a later run.
    #[must_use]
    pub fn seen(&self) -> Vec<Sighting> {
        self.0.lock().seen.clone()
    }
}

type Adversary = Box<dyn FnMut(&Event<'_>) -> Vec<Action> + Send>;

struct Rush {
    honest: Vec<PartyId>,
    patience: Duration,
}

struct Shared {
    me: PartyId,
    rush: Option<Rush>,
    /// By receiver: what the honest code has sent and the adversary has not yet decided on.
    outbox: Vec<Queue>,
    /// By sender: what the adversary lets the honest code receive.
    inbox: Vec<Queue>,
    arrived: Notify,
    state: Mutex<State>,
}

struct State {
    adversary: Adversary,
    seen: Vec<Sighting>,
    /// Highest round received, by sender, channel and session.
    rounds: BTreeMap<(PartyId, u16, [u8; 16]), u64>,
    altered: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decide(&self, direction: Direction, peer: PartyId, frame: &Frame) -> Vec<Action> {
        let mut state = self.lock();
        let State { adversary, seen, altered, .. } = &mut *state;
        let actions = adversary(&Event { direction, me: self.me, peer, frame, seen });
        let untouched = matches!(actions.as_slice(), [Action::Deliver(same)] if same == frame);
        *altered = altered.saturating_add(usize::from(!untouched));
        seen.push(Sighting { direction, peer, frame: frame.clone() });
        actions
    }

    fn note_arrival(&self, peer: PartyId, frame: &Frame) {
        let key = (peer, frame.header.channel, frame.header.session);
        let mut state = self.lock();
        let highest = state.rounds.entry(key).or_default();
        *highest = (*highest).max(frame.header.round);
        drop(state);
        self.arrived.notify_waiters();
    }

    /// Waits until the honest parties' frames of this frame's round are there.
    async fn rush(&self, frame: &Frame) {
        let Some(rush) = &self.rush else { return };
        let all_there = async {
            loop {
                let arrived = self.arrived.notified();
                let there = |peer: &PartyId| {
                    let key = (*peer, frame.header.channel, frame.header.session);
                    self.lock().rounds.get(&key).is_some_and(|round| *round >= frame.header.round)
                };
                if rush.honest.iter().all(there) {
                    return;
                }
                arrived.await;
            }
        };
        drop(tokio::time::timeout(rush.patience, all_there).await);
    }
}

/// Decides on what the honest code sends to `peer`, until it stops.
async fn write<T: Transport>(inner: Arc<T>, shared: Arc<Shared>, peer: PartyId) {
    let Some(outbox) = shared.outbox.get(peer.index()) else { return };
    let mut kept = Vec::new();
    while let Ok(frame) = outbox.pop().await {
        shared.rush(&frame).await;
        let mut released = std::mem::take(&mut kept);
        for action in shared.decide(Direction::Out, peer, &frame) {
            // A link that is gone shows in the honest code's own calls.
            match action {
                Action::Deliver(frame) => drop(inner.send(peer, frame).await),
                Action::DeliverTo(other, frame) => drop(inner.send(other, frame).await),
                Action::KeepForNext(frame) => kept.push(frame),
                Action::Stall(time) => tokio::time::sleep(time).await,
                Action::Disconnect => inner.disconnect(peer),
            }
        }
        for frame in released.drain(..) {
            drop(inner.send(peer, frame).await);
        }
    }
    drop(inner.flush().await);
}

/// Decides on what `peer` sends to the honest code, until the link ends.
async fn read<T: Transport>(inner: Arc<T>, shared: Arc<Shared>, peer: PartyId) {
    let Some(inbox) = shared.inbox.get(peer.index()) else { return };
    let mut kept = Vec::new();
    loop {
        let frame = match inner.recv(peer, MAX_PAYLOAD).await {
            Ok(frame) => frame,
            // The reader runs ahead: only a wait of the honest code counts.
            Err(error) if error.fault == NetFault::TimedOut && !inbox.awaited() => continue,
            Err(error) => {
                inbox.close(error.fault.clone());
                if let Some(outbox) = shared.outbox.get(peer.index()) {
                    outbox.close(error.fault);
                }
                return;
            }
        };
        shared.note_arrival(peer, &frame);
        let mut released = std::mem::take(&mut kept);
        for action in shared.decide(Direction::In, peer, &frame) {
            match action {
                Action::Deliver(frame) => drop(inbox.push(frame).await),
                Action::DeliverTo(other, frame) => {
                    if let Some(inbox) = shared.inbox.get(other.index()) {
                        drop(inbox.push(frame).await);
                    }
                }
                Action::KeepForNext(frame) => kept.push(frame),
                Action::Stall(time) => tokio::time::sleep(time).await,
                Action::Disconnect => inner.disconnect(peer),
            }
        }
        for frame in released.drain(..) {
            drop(inbox.push(frame).await);
        }
    }
}

impl<T: Transport + 'static> Transport for Tampered<T> {
    fn me(&self) -> PartyId {
        self.inner.me()
    }

    fn parties(&self) -> usize {
        self.inner.parties()
    }

    /// Resolves when the adversary has the frame.
    fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, Result<(), NetError>> {
        Box::pin(async move {
            let outbox = self.shared.outbox.get(to.index()).filter(|_| to != self.me());
            let sent = match outbox {
                Some(outbox) => outbox.push(frame).await,
                None => Err(NetFault::NoSuchPeer),
            };
            sent.map_err(|fault| NetError { peer: to, fault })
        })
    }

    fn recv(&self, from: PartyId, max_payload: usize) -> BoxFuture<'_, Result<Frame, NetError>> {
        Box::pin(async move {
            let inbox = self.shared.inbox.get(from.index()).filter(|_| from != self.me());
            let received = match inbox {
                Some(inbox) => inbox.pop().await.and_then(|frame| frame.within(max_payload)),
                None => Err(NetFault::NoSuchPeer),
            };
            received.map_err(|fault| NetError { peer: from, fault })
        })
    }

    /// Does not wait for the adversary: what it holds back may never leave.
    fn flush(&self) -> BoxFuture<'_, Result<(), NetError>> {
        self.inner.flush()
    }

    fn disconnect(&self, peer: PartyId) {
        self.inner.disconnect(peer);
    }
}

impl<T> Drop for Tampered<T> {
    /// The readers end at once, the writers when the adversary has decided on everything that was sent.
    fn drop(&mut self) {
        self.readers.iter().for_each(AbortHandle::abort);
        self.shared.outbox.iter().for_each(|queue| queue.close(NetFault::Closed));
    }
}

impl<T> fmt::Debug for Tampered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tampered").field("me", &self.shared.me).finish_non_exhaustive()
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("altered", &self.altered()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
