//! One data connection: a task that reads frames from it, a task that writes frames to it, a bounded queue for each.
//!
//! The reader stops while its queue is full, so TCP holds up the sender; the writer's queue holds up `send`. Frames that
//! are queued together leave together. Closing lets the writer finish what is queued, for at most [`LINGER`], while
//! incoming bytes are thrown away: a socket closed with bytes unread would reset, and the peer lose what is on its way.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};

use super::life::LifeSign;
use super::stream::SharedStream;
use crate::decode::Decoder;
use crate::queue::Queue;
use crate::{Frame, HEADER_BYTES, NetFault};

/// How long a closing connection may take to deliver what is queued.
const LINGER: Duration = Duration::from_secs(5);
/// Frames are written together up to about this many bytes.
const BATCH: usize = 256 << 10;
/// A payload up to this long is copied behind its header, to leave in one TLS record.
const COPIED: usize = 16 << 10;

#[derive(Debug)]
pub(super) struct Link {
    pub(super) outbox: Arc<Queue>,
    pub(super) inbox: Arc<Queue>,
    runtime: Handle,
    aborts: [AbortHandle; 2],
    tasks: Option<[JoinHandle<()>; 2]>,
}

impl Link {
    /// Starts the two tasks on the current runtime.
    pub(super) fn start(stream: SharedStream, queue_bytes: usize, life: LifeSign) -> Self {
        stream.prepare_for_bulk();
        let outbox = Arc::new(Queue::new(queue_bytes));
        let inbox = Arc::new(Queue::new(queue_bytes));
        let reader = tokio::spawn(read(stream.clone(), inbox.clone(), outbox.clone(), life));
        let writer = tokio::spawn(write(stream, outbox.clone(), inbox.clone()));
        let aborts = [reader.abort_handle(), writer.abort_handle()];
        Self { outbox, inbox, runtime: Handle::current(), aborts, tasks: Some([reader, writer]) }
    }

    /// Ends the connection at once.
    pub(super) fn cut(&self) {
        self.outbox.clear(NetFault::Closed);
        self.inbox.clear(NetFault::Closed);
        self.aborts.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.inbox.clear(NetFault::Closed);
        self.outbox.close(NetFault::Closed);
        let (tasks, aborts) = (self.tasks.take(), self.aborts.clone());
        drop(self.runtime.spawn(async move {
            let finished = async {
                for task in tasks.into_iter().flatten() {
                    drop(task.await);
                }
            };
            if tokio::time::timeout(LINGER, finished).await.is_err() {
                aborts.iter().for_each(AbortHandle::abort);
            }
        }));
    }
}

/// Reads until the peer closes or sends what is not a frame. Once the inbox is closed, what comes is thrown away.
async fn read(stream: SharedStream, inbox: Arc<Queue>, outbox: Arc<Queue>, life: LifeSign) {
    let mut decoder = Decoder::new();
    let mut frames = Vec::new();
    let mut wanted = true;
    let fault = loop {
        let step = stream.read(|bytes| {
            let decoded = if wanted { decoder.feed(bytes, |frame| frames.push(frame)) } else { Ok(()) };
            (bytes.len(), decoded)
        });
        let decoded = match step.await {
            Ok(Some(decoded)) => decoded,
            Ok(None) | Err(_) => break NetFault::Closed,
        };
        life.renew();
        for frame in frames.drain(..) {
            wanted = wanted && inbox.push(frame).await.is_ok();
        }
        if let Err(fault) = decoded {
            break fault;
        }
    };
    inbox.close(fault.clone());
    outbox.clear(fault);
}

/// Writes what is queued until the queue is closed and empty, or the connection breaks.
async fn write(stream: SharedStream, outbox: Arc<Queue>, inbox: Arc<Queue>) {
    let mut scratch = Vec::with_capacity(COPIED.saturating_add(HEADER_BYTES));
    while let Some(batch) = outbox.take_batch(BATCH).await {
        let sent = send(&stream, &batch.frames, &mut scratch).await;
        if let Err(fault) = sent {
            // The reader finds the end too. What the peer said before it, an abort perhaps, is delivered first.
            drop(tokio::time::timeout(LINGER, inbox.wait_closed()).await);
            inbox.close(fault.clone());
            outbox.clear(fault);
        }
        outbox.release(batch.charged);
    }
    drop(stream.shutdown().await);
}

async fn send(stream: &SharedStream, frames: &[Frame], scratch: &mut Vec<u8>) -> Result<(), NetFault> {
    let closed = |_| NetFault::Closed;
    scratch.clear();
    for Frame { header, payload } in frames {
        let with_this = scratch.len().saturating_add(HEADER_BYTES).saturating_add(payload.len());
        if !scratch.is_empty() && with_this > COPIED {
            stream.write_all(scratch).await.map_err(closed)?;
            scratch.clear();
        }
        scratch.extend_from_slice(&header.encode(payload.len())?);
        if payload.len() <= COPIED {
            scratch.extend_from_slice(payload);
        } else {
            stream.write_all(scratch).await.map_err(closed)?;
            scratch.clear();
            stream.write_all(payload).await.map_err(closed)?;
        }
    }
    stream.write_all(scratch).await.map_err(closed)?;
    stream.flush().await.map_err(closed)
}
