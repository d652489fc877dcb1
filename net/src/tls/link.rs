//! One data connection: a task that reads frames from it, a task that writes frames to it, a bounded queue for each.
//!
//! The reader stops while its queue is full, so TCP holds up the sender; the writer's queue holds up `send`. Frames that
//! are queued together leave together. A round of a few bytes does not wait for the tasks: who is about to wait for the
//! peer [writes](Link::write_now) what little is queued, and [looks](Link::look) for an answer, at once.
//!
//! Closing lets the writer finish what is queued, for at most [`LINGER`], while incoming bytes are thrown away: a socket
//! closed with bytes unread would reset, and the peer lose what is on its way.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};

use super::life::LifeSign;
use super::stream::{SharedStream, WeakStream};
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
    stream: WeakStream,
    incoming: Arc<Incoming>,
    runtime: Handle,
    aborts: [AbortHandle; 2],
    tasks: Option<[JoinHandle<()>; 2]>,
}

impl Link {
    /// Starts the two tasks on the current runtime.
    pub(super) fn start(stream: SharedStream, queue_bytes: usize, life: LifeSign) -> Self {
        stream.prepare_for_data();
        let outbox = Arc::new(Queue::new(queue_bytes));
        let inbox = Arc::new(Queue::new(queue_bytes));
        let incoming = Arc::new(Incoming { decoder: Mutex::new(Decoder::new()), inbox: inbox.clone(), life });
        let weak = stream.downgrade();
        let reader = tokio::spawn(read(stream.clone(), incoming.clone(), outbox.clone()));
        let writer = tokio::spawn(write(stream, outbox.clone(), inbox.clone()));
        Self {
            outbox,
            inbox,
            stream: weak,
            incoming,
            runtime: Handle::current(),
            aborts: [reader.abort_handle(), writer.abort_handle()],
            tasks: Some([reader, writer]),
        }
    }

    /// Writes what is queued, if it fits in one TLS record and the writer is at rest. What does not leave at once is the
    /// writer's.
    pub(super) fn write_now(&self) {
        let Some(batch) = self.outbox.take_all_now(COPIED) else { return };
        let mut bytes = Vec::with_capacity(COPIED.min(batch.charged));
        if batch.frames.iter().any(|frame| encode(frame, &mut bytes).is_err()) {
            return self.cut();
        }
        match self.stream.get().map(|stream| stream.write_now(&bytes)) {
            Some(Ok(true)) => self.outbox.release(batch.charged),
            // Part of it is lost: so is the connection.
            Some(Err(error)) if error.kind() == ErrorKind::WriteZero => self.cut(),
            // It waits in the stream until it can leave, or the writer too finds that the connection is broken.
            Some(Ok(false) | Err(_)) => self.outbox.give_back(batch.charged),
            // The tasks are gone.
            None => self.outbox.clear(NetFault::Closed),
        }
    }

    /// Moves what has arrived into the inbox, if there is room, and takes the next frame out of it.
    pub(super) fn look(&self) -> Option<Result<Frame, NetFault>> {
        if self.inbox.has_room()
            && let Some(stream) = self.stream.get()
            && let Err(fault) = stream.read_now(|bytes| self.incoming.take(bytes))
        {
            self.inbox.close(fault.clone());
            self.outbox.clear(fault);
            self.aborts.first().into_iter().for_each(AbortHandle::abort);
        }
        self.inbox.pop_now()
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

/// What arrives on a connection, on its way from bytes to the inbox. Whoever takes the next bytes holds the stream, so
/// frames keep their order.
#[derive(Debug)]
struct Incoming {
    decoder: Mutex<Decoder>,
    inbox: Arc<Queue>,
    life: LifeSign,
}

impl Incoming {
    /// Takes the next bytes. Once the inbox is closed, they are thrown away.
    fn take(&self, bytes: &[u8]) -> Result<(), NetFault> {
        self.life.renew();
        if self.inbox.is_closed() {
            return Ok(());
        }
        let mut decoder = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
        let decoded = decoder.feed(bytes, |frame| drop(self.inbox.put(frame)));
        // Before anybody else takes more: nothing behind it is a frame.
        decoded.inspect_err(|fault| self.inbox.close(fault.clone()))
    }
}

/// Reads until the peer closes or sends what is not a frame.
async fn read(stream: SharedStream, incoming: Arc<Incoming>, outbox: Arc<Queue>) {
    let fault = loop {
        incoming.inbox.wait_room().await;
        match stream.read(|bytes| (bytes.len(), incoming.take(bytes))).await {
            Ok(Some(Ok(()))) => {}
            Ok(Some(Err(fault))) => break fault,
            Ok(None) | Err(_) => break NetFault::Closed,
        }
    };
    incoming.inbox.close(fault.clone());
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
    for frame in frames {
        let Frame { header, payload } = frame;
        let with_this = scratch.len().saturating_add(HEADER_BYTES).saturating_add(payload.len());
        if !scratch.is_empty() && with_this > COPIED {
            stream.write_all(scratch).await.map_err(closed)?;
            scratch.clear();
        }
        if payload.len() <= COPIED {
            encode(frame, scratch)?;
        } else {
            scratch.extend_from_slice(&header.encode(payload.len())?);
            stream.write_all(scratch).await.map_err(closed)?;
            scratch.clear();
            stream.write_all(payload).await.map_err(closed)?;
        }
    }
    stream.write_all(scratch).await.map_err(closed)?;
    stream.flush().await.map_err(closed)
}

/// Appends header and payload.
fn encode(Frame { header, payload }: &Frame, bytes: &mut Vec<u8>) -> Result<(), NetFault> {
    bytes.extend_from_slice(&header.encode(payload.len())?);
    bytes.extend_from_slice(payload);
    Ok(())
}
