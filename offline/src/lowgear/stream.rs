//! Batches on their way: made and sent, received and taken, at the same time and in order.

use std::ops::Range;

use bytes::Bytes;
use speedwell_net::PartyId;
use speedwell_online::{Result, try_join_all};

use super::link::{Kind, Link, both, breathe};
use super::work::Workers;

/// What one batch sends: to each peer, in the order of the peers, its messages.
pub(super) type Outgoing = Vec<Vec<(Kind, Bytes)>>;

/// What one batch brings: from each peer, in the order of the peers, its messages.
pub(super) type Incoming = Vec<Vec<Vec<u8>>>;

/// Moves `count` batches: `make` gives what we keep and what we send, `take` what we make of what comes; `wants` lists what every peer
/// sends a batch. Work on one batch is independent of the others'; as many are under way as there are threads.
pub(super) async fn stream<S: Send, T: Send>(
    link: &Link,
    workers: &Workers,
    count: usize,
    make: impl Fn(usize) -> Result<(S, Outgoing)> + Sync + Send,
    wants: impl Fn(PartyId) -> Vec<(Kind, usize)>,
    take: impl Fn(usize, &Incoming) -> Result<T> + Sync + Send,
) -> Result<(Vec<S>, Vec<T>)> {
    let (mut made, mut taken) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let producer = async {
        for group in groups(count, workers.threads()) {
            let mut queues: Outgoing = link.peers().map(|_| Vec::new()).collect();
            for batch in workers.map(group.collect(), &make) {
                let (kept, outgoing) = batch?;
                made.push(kept);
                queues.iter_mut().zip(outgoing).for_each(|(queue, own)| queue.extend(own));
            }
            try_join_all(link.peers().zip(queues).map(|(peer, queue)| async move {
                for (kind, payload) in queue {
                    link.send(peer, kind, payload).await?;
                }
                Ok(())
            }))
            .await?;
            breathe().await;
        }
        Ok(())
    };
    let consumer = async {
        let wanted: Vec<Vec<(Kind, usize)>> = link.peers().map(wants).collect();
        for group in groups(count, workers.threads()) {
            let mut batches = Vec::with_capacity(group.len());
            for batch in group {
                let incoming = try_join_all(link.peers().zip(&wanted).map(|(peer, wanted)| async move {
                    let mut messages = Vec::with_capacity(wanted.len());
                    for (kind, len) in wanted {
                        messages.push(link.recv(peer, *kind, *len).await?);
                    }
                    Ok(messages)
                }));
                batches.push((batch, incoming.await?));
            }
            for batch in workers.map(batches, |(batch, incoming)| take(batch, &incoming)) {
                taken.push(batch?);
            }
            breathe().await;
        }
        Ok(())
    };
    both(producer, consumer).await?;
    Ok((made, taken))
}

fn groups(count: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    let size = size.max(1);
    (0..count).step_by(size).map(move |from| from..from.saturating_add(size).min(count))
}
