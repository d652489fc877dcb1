//! Latency and bandwidth of another network, on top of any transport.
//!
//! Each link leaves at its own pace: a frame of b bytes occupies its link for b / bandwidth, and arrives a latency later.
//! Frames wait in a task of the sending party, so the decorator works over any transport, in one process or in many;
//! each party wraps its own. With tokio's paused time the delays cost nothing and are deterministic.
//!
//! tokio's timers have a resolution of one millisecond. Where time runs, the last part of a delay is therefore waited
//! out actively; where it is paused, delays are rounded up to whole milliseconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::queue::{Item, Queue};
use crate::{BoxFuture, Frame, MAX_PAYLOAD, NetError, NetFault, PartyId, Transport};

/// Bytes on their way, beyond what latency and bandwidth keep under way, before `send` waits.
const QUEUE_BYTES: usize = 4 << 20;
/// The part of a delay that is waited out actively, as timers are too coarse.
const ACTIVE: Duration = Duration::from_millis(2);
/// A clock that shows no progress for so long is paused.
const STANDING_STILL: Duration = Duration::from_micros(20);

/// What a link is like, in each direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkProfile {
    /// From sending to arrival of a frame without length: half a round trip.
    pub latency: Duration,
    /// Bits per second; `None`: without bound.
    pub bits_per_second: Option<u64>,
}

impl LinkProfile {
    /// A local network: 1 Gbit/s, round trip 0.2 ms.
    pub const LAN: Self = Self { latency: Duration::from_micros(100), bits_per_second: Some(1_000_000_000) };
    /// The internet: 50 Mbit/s, round trip 50 ms.
    pub const WAN: Self = Self { latency: Duration::from_millis(25), bits_per_second: Some(50_000_000) };

    /// How long a frame of so many bytes occupies the link.
    #[must_use]
    pub fn occupation(&self, bytes: usize) -> Duration {
        let Some(rate) = self.bits_per_second.filter(|rate| *rate > 0) else { return Duration::ZERO };
        let bits = u128::try_from(bytes).unwrap_or(u128::MAX).saturating_mul(8);
        let nanos = bits.saturating_mul(1_000_000_000).checked_div(u128::from(rate)).unwrap_or(u128::MAX);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Bytes under way on a full link.
    fn pipe_bytes(&self) -> usize {
        let rate = u128::from(self.bits_per_second.unwrap_or(0));
        let bits = rate.saturating_mul(self.latency.as_nanos()) / 1_000_000_000;
        usize::try_from(bits / 8).unwrap_or(usize::MAX)
    }
}

/// A transport whose outgoing links have latency and bandwidth. Must be made within a tokio runtime.
#[derive(Debug)]
pub struct Delayed<T> {
    inner: Arc<T>,
    /// By receiver.
    links: Vec<Arc<Queue<Stamped>>>,
}

/// A frame and when it was sent.
#[derive(Debug)]
struct Stamped {
    frame: Frame,
    sent: Instant,
}

impl Item for Stamped {
    fn len(&self) -> usize {
        self.frame.payload.len()
    }
}

impl<T: Transport + 'static> Delayed<T> {
    /// Every link to a peer is as `profile` says.
    pub fn new(inner: T, profile: impl Fn(PartyId) -> LinkProfile) -> Self {
        let inner = Arc::new(inner);
        let links = PartyId::all(inner.parties()).map(|peer| {
            let profile = profile(peer);
            let queue = Arc::new(Queue::new(QUEUE_BYTES.saturating_add(profile.pipe_bytes())));
            tokio::spawn(carry(inner.clone(), queue.clone(), peer, profile));
            queue
        });
        Self { links: links.collect(), inner }
    }
}

/// Hands each frame on when it has arrived, until the queue is closed and empty.
async fn carry<T: Transport>(inner: Arc<T>, link: Arc<Queue<Stamped>>, peer: PartyId, profile: LinkProfile) {
    let mut free = Instant::now();
    while let Some(batch) = link.take_batch(1).await {
        for Stamped { frame, sent } in batch.frames {
            free = later(free.max(sent), profile.occupation(frame.wire_bytes()));
            wait_until(later(free, profile.latency)).await;
            if let Err(error) = inner.send(peer, frame).await {
                link.clear(error.fault);
            }
        }
        link.release(batch.charged);
    }
    drop(inner.flush().await);
}

async fn wait_until(moment: Instant) {
    let start = Instant::now();
    if let Some(early) = moment.checked_sub(ACTIVE).filter(|early| *early > start) {
        tokio::time::sleep_until(early).await;
    }
    let (start, really) = (Instant::now(), std::time::Instant::now());
    while Instant::now() < moment {
        if Instant::now() == start && really.elapsed() > STANDING_STILL {
            return tokio::time::sleep_until(moment).await;
        }
        tokio::task::yield_now().await;
    }
}

fn later(moment: Instant, by: Duration) -> Instant {
    moment.checked_add(by).unwrap_or(moment)
}

impl<T: Transport + 'static> Transport for Delayed<T> {
    fn me(&self) -> PartyId {
        self.inner.me()
    }

    fn parties(&self) -> usize {
        self.inner.parties()
    }

    /// Resolves when the frame is on its way.
    fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, Result<(), NetError>> {
        let sent = Instant::now();
        Box::pin(async move {
            let link = self.links.get(to.index()).filter(|_| to != self.me());
            let queued = async {
                let link = link.ok_or(NetFault::NoSuchPeer)?;
                link.push(Stamped { frame: frame.within(MAX_PAYLOAD)?, sent }).await
            };
            queued.await.map_err(|fault| NetError { peer: to, fault })
        })
    }

    fn recv(&self, from: PartyId, max_payload: usize) -> BoxFuture<'_, Result<Frame, NetError>> {
        self.inner.recv(from, max_payload)
    }

    /// Resolves when everything has travelled and the transport beneath is flushed.
    fn flush(&self) -> BoxFuture<'_, Result<(), NetError>> {
        Box::pin(async move {
            let mut outcome = Ok(());
            for (peer, link) in PartyId::all(self.links.len()).zip(&self.links) {
                outcome = outcome.and(link.wait_drained().await.map_err(|fault| NetError { peer, fault }));
            }
            outcome.and(self.inner.flush().await)
        })
    }

    fn disconnect(&self, peer: PartyId) {
        if let Some(link) = self.links.get(peer.index()) {
            link.clear(NetFault::Closed);
        }
        self.inner.disconnect(peer);
    }
}

impl<T> Drop for Delayed<T> {
    /// What is on its way still arrives.
    fn drop(&mut self) {
        self.links.iter().for_each(|link| link.close(NetFault::Closed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Header, MemoryTransport, memory_mesh};

    const LATENCY: Duration = Duration::from_millis(25);

    fn party(index: usize) -> PartyId {
        PartyId::new(index).unwrap()
    }

    fn frame(round: u64, len: usize) -> Frame {
        Frame { header: Header { round, ..Header::default() }, payload: vec![0; len].into() }
    }

    fn delayed(n: usize, bits_per_second: Option<u64>) -> Vec<Delayed<MemoryTransport>> {
        let profile = LinkProfile { latency: LATENCY, bits_per_second };
        memory_mesh(n).into_iter().map(|inner| Delayed::new(inner, |_| profile)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_costs_one_latency_whoever_takes_part() {
        for n in [2, 5] {
            let mesh = delayed(n, None);
            let start = Instant::now();
            let tasks: Vec<_> = mesh
                .into_iter()
                .map(|t| {
                    tokio::spawn(async move {
                        for round in 0..10 {
                            for peer in t.me().others(n) {
                                t.send(peer, frame(round, 16)).await.unwrap();
                            }
                            for peer in t.me().others(n) {
                                assert_eq!(t.recv(peer, 16).await.unwrap().header.round, round);
                            }
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            assert_eq!(start.elapsed(), LATENCY * 10);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn frames_follow_each_other_at_the_links_pace() {
        // 8 Mbit/s: a frame of 1000 bytes with its header takes a millisecond. The pipe holds many at once.
        let mesh = delayed(2, Some(8_000_000));
        let start = Instant::now();
        for round in 0..100 {
            mesh[0].send(party(1), frame(round, 1000 - crate::HEADER_BYTES)).await.unwrap();
        }
        for round in 0..100u32 {
            assert_eq!(mesh[1].recv(party(0), 1000).await.unwrap().header.round, u64::from(round));
            assert_eq!(start.elapsed(), LATENCY + Duration::from_millis(1) * (round + 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_link_has_its_own_profile() {
        let mut mesh = memory_mesh(3).into_iter();
        let slow_to_2 = |peer: PartyId| LinkProfile {
            latency: Duration::from_millis(if peer == party(2) { 90 } else { 10 }),
            bits_per_second: None,
        };
        let zero = Delayed::new(mesh.next().unwrap(), slow_to_2);
        let (one, two) = (mesh.next().unwrap(), mesh.next().unwrap());
        let start = Instant::now();
        zero.send(party(2), frame(0, 0)).await.unwrap();
        zero.send(party(1), frame(0, 0)).await.unwrap();
        one.recv(party(0), 0).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_millis(10));
        two.recv(party(0), 0).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_millis(90));
    }

    #[tokio::test(start_paused = true)]
    async fn flush_waits_for_the_network_and_a_drop_loses_nothing() {
        let mut mesh = delayed(2, Some(8_000_000)).into_iter();
        let (zero, one) = (mesh.next().unwrap(), mesh.next().unwrap());
        let start = Instant::now();
        zero.send(party(1), frame(0, 0)).await.unwrap();
        zero.flush().await.unwrap();
        assert!(start.elapsed() >= LATENCY);
        zero.send(party(1), frame(1, 0)).await.unwrap();
        drop(zero);
        for round in 0..2 {
            assert_eq!(one.recv(party(0), 0).await.unwrap().header.round, round);
        }
        assert_eq!(one.recv(party(0), 0).await.unwrap_err().fault, NetFault::Closed);
    }

    #[tokio::test]
    async fn where_time_runs_no_frame_is_early() {
        let profile = LinkProfile { latency: Duration::from_micros(300), bits_per_second: None };
        let mut mesh = memory_mesh(2).into_iter();
        let zero = Delayed::new(mesh.next().unwrap(), |_| profile);
        let one = mesh.next().unwrap();
        for round in 0..10 {
            let start = Instant::now();
            zero.send(party(1), frame(round, 0)).await.unwrap();
            one.recv(party(0), 0).await.unwrap();
            assert!(start.elapsed() >= profile.latency);
        }
    }

    #[test]
    fn occupation_is_bits_over_rate() {
        assert_eq!(LinkProfile::WAN.occupation(50_000_000 / 8), Duration::from_secs(1));
        assert_eq!(
            LinkProfile { bits_per_second: Some(0), ..LinkProfile::LAN }.occupation(9),
            Duration::ZERO
        );
        assert_eq!(LinkProfile::LAN.pipe_bytes(), 12_500);
    }
}
