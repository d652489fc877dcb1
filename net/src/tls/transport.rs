//! The transport over mutual TLS, once a session has started.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Timeouts;
use super::keepalive::Keepalive;
use super::life::LifeSign;
use super::link::Link;
use crate::queue::Pushed;
use crate::{BoxFuture, Frame, MAX_PAYLOAD, NetError, NetFault, PartyId, Transport};

/// How long `recv` looks at the socket before it lets the other tasks of the thread have a turn.
const TURN: Duration = Duration::from_micros(20);
/// How long `recv` looks out for a frame before it goes to sleep, where spinning is enabled: longer than waking a peer
/// takes that has gone to sleep, or two parties that once slept would never stop.
const SPIN: Duration = Duration::from_micros(200);

/// One channel of a [`TlsMesh`](super::TlsMesh): a TLS connection to every peer.
///
/// `recv`, and `send` and `flush` where the network is slow to take, wait as long as the peer shows signs of life, up to
/// the round's time-out. Before dropping a transport, [`flush`](Transport::flush) it: its tasks deliver what is still
/// queued only while their runtime lives.
#[derive(Debug)]
pub struct TlsTransport {
    pub(super) me: PartyId,
    /// By party number; none for this party.
    pub(super) links: Vec<Option<Peer>>,
    pub(super) timeouts: Timeouts,
    pub(super) spin: bool,
    pub(super) _keepalive: Arc<Keepalive>,
}

#[derive(Debug)]
pub(super) struct Peer {
    pub(super) link: Link,
    pub(super) life: LifeSign,
}

impl TlsTransport {
    fn peer(&self, party: PartyId) -> Result<&Peer, NetFault> {
        self.links.get(party.index()).and_then(Option::as_ref).ok_or(NetFault::NoSuchPeer)
    }

    async fn push(&self, to: PartyId, frame: Frame) -> Result<(), NetFault> {
        let peer = self.peer(to)?;
        match peer.link.outbox.push_now(frame.within(MAX_PAYLOAD)?) {
            Pushed::Taken => Ok(()),
            Pushed::Closed(fault) => Err(fault),
            Pushed::Full(frame) => {
                Box::pin(self.while_alive(Instant::now(), &peer.life, peer.link.outbox.push(frame))).await
            }
        }
    }

    async fn receive(&self, from: PartyId, max_payload: usize) -> Result<Frame, NetFault> {
        let peer = self.peer(from)?;
        self.write_now();
        let inbox = &peer.link.inbox;
        let mut frame = inbox.pop_now();
        if frame.is_none() {
            // Who always finds the next frame in the socket must let the other tasks of the thread have a turn too. Not
            // before the inbox has been looked at: what is there is found by who asks once.
            tokio::task::coop::consume_budget().await;
            frame = if self.spin { look_out(&peer.link).await } else { peer.link.look() };
        }
        let frame = match frame {
            Some(frame) => frame?,
            None => Box::pin(self.while_alive(Instant::now(), &peer.life, inbox.pop())).await?,
        };
        frame.within(max_payload).inspect_err(|_| peer.link.cut())
    }

    /// Waits until what is queued for `party` has left, since `start`.
    async fn drain(&self, party: PartyId, start: Instant) -> Result<(), NetFault> {
        let peer = self.peer(party)?;
        if peer.link.outbox.is_drained() {
            return Ok(());
        }
        Box::pin(self.while_alive(start, &peer.life, peer.link.outbox.wait_drained())).await
    }

    /// What little is queued leaves before this party waits for anybody.
    fn write_now(&self) {
        self.links.iter().flatten().for_each(|peer| peer.link.write_now());
    }

    /// Waits as long as the peer shows signs of life, up to the round's time-out from `start`.
    async fn while_alive<T>(
        &self,
        start: Instant,
        life: &LifeSign,
        wait: impl Future<Output = Result<T, NetFault>>,
    ) -> Result<T, NetFault> {
        let mut wait = pin!(wait);
        loop {
            let patience = self.timeouts.idle.saturating_sub(life.silence());
            let patience = patience.min(self.timeouts.round.saturating_sub(start.elapsed()));
            match tokio::time::timeout(patience, wait.as_mut()).await {
                Ok(done) => return done,
                Err(_) if patience.is_zero() => return Err(NetFault::TimedOut),
                Err(_) => {}
            }
        }
    }
}

/// Looks for a frame for a while without going to sleep.
async fn look_out(link: &Link) -> Option<Result<Frame, NetFault>> {
    let start = std::time::Instant::now();
    let mut turn = start;
    loop {
        if let Some(frame) = link.look() {
            return Some(frame);
        }
        let now = std::time::Instant::now();
        if now.duration_since(start) > SPIN {
            return None;
        }
        if now.duration_since(turn) > TURN {
            tokio::task::yield_now().await;
            turn = std::time::Instant::now();
        }
    }
}

impl Transport for TlsTransport {
    fn me(&self) -> PartyId {
        self.me
    }

    fn parties(&self) -> usize {
        self.links.len()
    }

    fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, Result<(), NetError>> {
        Box::pin(async move { self.push(to, frame).await.map_err(|fault| NetError { peer: to, fault }) })
    }

    fn recv(&self, from: PartyId, max_payload: usize) -> BoxFuture<'_, Result<Frame, NetError>> {
        Box::pin(async move {
            self.receive(from, max_payload).await.map_err(|fault| NetError { peer: from, fault })
        })
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), NetError>> {
        Box::pin(async move {
            self.write_now();
            let (mut outcome, start) = (Ok(()), Instant::now());
            // One that is dead must not keep the last words from the others. Time runs for all alike meanwhile.
            for party in self.me.others(self.links.len()) {
                let drained = self.drain(party, start).await;
                outcome = outcome.and(drained.map_err(|fault| NetError { peer: party, fault }));
            }
            outcome
        })
    }

    fn disconnect(&self, peer: PartyId) {
        if let Ok(peer) = self.peer(peer) {
            peer.link.cut();
        }
    }
}
