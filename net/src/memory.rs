//! The mesh of one process: bounded queues in memory.
//!
//! Needs no runtime of its own and runs on any tokio flavour, with paused time too; without a time-out it uses no timer.
//! When all parties run on one current-thread runtime, a run is deterministic. Dropping a party closes its links: its
//! peers still receive what it sent, then [`NetFault::Closed`].

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::queue::Queue;
use crate::{BoxFuture, Frame, MAX_PAYLOAD, NetError, NetFault, PartyId, Transport};

/// Bounds of a memory mesh.
#[derive(Clone, Copy, Debug)]
pub struct MemoryConfig {
    /// Bytes that each directed link holds before `send` waits.
    pub queue_bytes: usize,
    /// How long one `send` or `recv` may wait; `None`: without end.
    pub timeout: Option<Duration>,
}

impl Default for MemoryConfig {
    fn default() -> Self {
        Self { queue_bytes: 4 << 20, timeout: None }
    }
}

/// The transports of `n` parties (at most [`PartyId::MAX_PARTIES`]) joined in memory, without time-out, 4 MiB a link.
#[must_use]
pub fn memory_mesh(n: usize) -> Vec<MemoryTransport> {
    memory_mesh_with(n, MemoryConfig::default())
}

/// As [`memory_mesh`], with bounds of the caller's.
#[must_use]
pub fn memory_mesh_with(n: usize, config: MemoryConfig) -> Vec<MemoryTransport> {
    let parties: Vec<PartyId> = PartyId::all(n).collect();
    let mut mesh: Vec<MemoryTransport> = parties
        .iter()
        .map(|&me| MemoryTransport { me, timeout: config.timeout, out: Vec::new(), inbox: Vec::new() })
        .collect();
    for from in &parties {
        for to in &parties {
            let queue = Arc::new(Queue::new(config.queue_bytes));
            if let Some(party) = mesh.get_mut(from.index()) {
                party.out.push(queue.clone());
            }
            if let Some(party) = mesh.get_mut(to.index()) {
                party.inbox.push(queue);
            }
        }
    }
    mesh
}

/// One party of a [`memory_mesh`].
#[derive(Debug)]
pub struct MemoryTransport {
    me: PartyId,
    timeout: Option<Duration>,
    /// By receiver; the entry of this party itself is never used.
    out: Vec<Arc<Queue>>,
    /// By sender.
    inbox: Vec<Arc<Queue>>,
}

impl MemoryTransport {
    fn link<'a>(&self, links: &'a [Arc<Queue>], peer: PartyId) -> Result<&'a Queue, NetFault> {
        links.get(peer.index()).filter(|_| peer != self.me).map(Arc::as_ref).ok_or(NetFault::NoSuchPeer)
    }

    async fn bounded<T>(&self, wait: impl Future<Output = Result<T, NetFault>>) -> Result<T, NetFault> {
        match self.timeout {
            None => wait.await,
            Some(limit) => tokio::time::timeout(limit, wait).await.unwrap_or(Err(NetFault::TimedOut)),
        }
    }
}

impl Transport for MemoryTransport {
    fn me(&self) -> PartyId {
        self.me
    }

    fn parties(&self) -> usize {
        self.out.len()
    }

    fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, Result<(), NetError>> {
        Box::pin(async move {
            let sent = async {
                let queue = self.link(&self.out, to)?;
                self.bounded(queue.push(frame.within(MAX_PAYLOAD)?)).await
            };
            sent.await.map_err(|fault| NetError { peer: to, fault })
        })
    }

    fn recv(&self, from: PartyId, max_payload: usize) -> BoxFuture<'_, Result<Frame, NetError>> {
        Box::pin(async move {
            let received = async {
                let queue = self.link(&self.inbox, from)?;
                let frame = match queue.pop_now() {
                    Some(frame) => frame?,
                    None => self.bounded(queue.pop()).await?,
                };
                frame.within(max_payload).inspect_err(|_| self.disconnect(from))
            };
            received.await.map_err(|fault| NetError { peer: from, fault })
        })
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), NetError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn disconnect(&self, peer: PartyId) {
        if let Ok(queue) = self.link(&self.out, peer) {
            queue.close(NetFault::Closed);
        }
        if let Ok(queue) = self.link(&self.inbox, peer) {
            queue.clear(NetFault::Closed);
        }
    }
}

impl Drop for MemoryTransport {
    fn drop(&mut self) {
        for peer in self.me.others(self.out.len()) {
            self.disconnect(peer);
        }
    }
}

#[cfg(test)]
mod tests;
