//! A bounded queue of frames between two tasks: the inside of every transport.
//!
//! Bounded by bytes, each frame charged with its payload and a fixed overhead, so that a flood of empty frames is
//! bounded too. What was pushed before a close is still popped; then the fault of the close comes. Any number of tasks
//! may push and pop; they are served in the order in which they first asked. No timers: waits end by a pop, a push or a
//! close.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::sync::Notify;

use crate::{Frame, NetFault};

/// Charge of a frame beside its payload: header, queue slot and the payload's own bookkeeping.
const FRAME_OVERHEAD: usize = 128;

/// What a queue holds.
pub(crate) trait Item {
    /// Bytes of its payload.
    fn len(&self) -> usize;
}

impl Item for Frame {
    fn len(&self) -> usize {
        self.payload.len()
    }
}

#[derive(Debug)]
pub(crate) struct Queue<T = Frame> {
    state: Mutex<State<T>>,
    capacity: usize,
    readable: Notify,
    writable: Notify,
    drained: Notify,
    /// Held while waiting, so that frames keep the order of the calls and one wake-up reaches the one who waits.
    pushing: Turn,
    popping: Turn,
}

type Turn = tokio::sync::Mutex<()>;

#[derive(Debug)]
struct State<T> {
    frames: VecDeque<T>,
    /// Charged bytes: those in `frames` and those of the batch that is out.
    charged: usize,
    out: Out,
    closed: Option<NetFault>,
}

/// The batch that was taken last: one at a time, so that frames keep their order whoever writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Out {
    Home,
    /// Somebody writes it.
    Taken,
    /// Given back unfinished, with what it is charged.
    Unfinished(usize),
}

impl<T: Item> Queue<T> {
    /// A queue that takes frames while fewer than `capacity` bytes are charged; it always takes one when empty.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State { frames: VecDeque::new(), charged: 0, out: Out::Home, closed: None }),
            capacity,
            readable: Notify::new(),
            writable: Notify::new(),
            drained: Notify::new(),
            pushing: Turn::default(),
            popping: Turn::default(),
        }
    }

    /// Waits for room, then appends.
    pub(crate) async fn push(&self, frame: T) -> Result<(), NetFault> {
        let _turn = self.pushing.lock().await;
        let mut frame = frame;
        loop {
            let room = self.writable.notified();
            match self.try_push(frame) {
                Pushed::Taken => return Ok(()),
                Pushed::Closed(fault) => return Err(fault),
                Pushed::Full(back) => frame = back,
            }
            room.await;
        }
    }

    /// [`push`](Self::push) without waiting: full also if others wait already.
    pub(crate) fn push_now(&self, frame: T) -> Pushed<T> {
        match self.pushing.try_lock() {
            Ok(_turn) => self.try_push(frame),
            Err(_) => Pushed::Full(frame),
        }
    }

    /// Appends whether there is room or not, for who [waits for room](Self::wait_room) before.
    pub(crate) fn put(&self, frame: T) -> Result<(), NetFault> {
        let mut state = self.lock();
        if let Some(fault) = &state.closed {
            return Err(fault.clone());
        }
        state.charged = state.charged.saturating_add(charge(&frame));
        state.frames.push_back(frame);
        drop(state);
        self.readable.notify_one();
        Ok(())
    }

    /// Waits until there is room, or the queue is closed.
    pub(crate) async fn wait_room(&self) {
        loop {
            let room = self.writable.notified();
            if self.has_room() || self.is_closed() {
                return;
            }
            room.await;
        }
    }

    /// An empty queue has room for any one frame.
    pub(crate) fn has_room(&self) -> bool {
        let charged = self.lock().charged;
        charged == 0 || charged < self.capacity
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed.is_some()
    }

    /// Appends if there is room.
    fn try_push(&self, frame: T) -> Pushed<T> {
        let mut state = self.lock();
        if let Some(fault) = &state.closed {
            return Pushed::Closed(fault.clone());
        }
        let charge = charge(&frame);
        if state.charged > 0 && state.charged.saturating_add(charge) > self.capacity {
            return Pushed::Full(frame);
        }
        state.charged = state.charged.saturating_add(charge);
        state.frames.push_back(frame);
        drop(state);
        self.readable.notify_one();
        Pushed::Taken
    }

    /// The next frame, once there is one; the fault of the close when nothing is left.
    pub(crate) async fn pop(&self) -> Result<T, NetFault> {
        let _turn = self.popping.lock().await;
        loop {
            let more = self.readable.notified();
            if let Some(popped) = self.try_pop() {
                return popped;
            }
            more.await;
        }
    }

    /// [`pop`](Self::pop) without waiting: `None` if nothing is there or others wait already.
    pub(crate) fn pop_now(&self) -> Option<Result<T, NetFault>> {
        let _turn = self.popping.try_lock().ok()?;
        self.try_pop()
    }

    /// The next frame or the fault of the close, if either is there.
    fn try_pop(&self) -> Option<Result<T, NetFault>> {
        let mut state = self.lock();
        let Some(frame) = state.frames.pop_front() else {
            return state.closed.clone().map(Err);
        };
        state.charged = state.charged.saturating_sub(charge(&frame));
        drop(state);
        self.writable.notify_one();
        Some(Ok(frame))
    }

    /// Waits for frames and takes up to `bytes` of them, at least one, or the batch that was given back unfinished. They
    /// stay charged until [`release`](Self::release). `None` once the queue is closed and empty.
    pub(crate) async fn take_batch(&self, bytes: usize) -> Option<Batch<T>> {
        let _turn = self.popping.lock().await;
        loop {
            let more = self.readable.notified();
            if let Poll::Ready(batch) = self.try_take(bytes) {
                return batch;
            }
            more.await;
        }
    }

    /// Takes all frames, if they are charged at most `bytes` together and no batch is out. They stay charged until
    /// [`release`](Self::release) or [`give_back`](Self::give_back).
    pub(crate) fn take_all_now(&self, bytes: usize) -> Option<Batch<T>> {
        let mut state = self.lock();
        if state.frames.is_empty() || state.charged > bytes || state.out != Out::Home {
            return None;
        }
        state.out = Out::Taken;
        Some(Batch { frames: state.frames.drain(..).collect(), charged: state.charged })
    }

    /// Gives back a batch that could not leave whole: it is the next one of [`take_batch`](Self::take_batch), without
    /// its frames.
    pub(crate) fn give_back(&self, charged: usize) {
        self.lock().out = Out::Unfinished(charged);
        self.readable.notify_one();
    }

    /// Gives back the room of a batch that has left.
    pub(crate) fn release(&self, charged: usize) {
        let mut state = self.lock();
        state.out = Out::Home;
        state.charged = state.charged.saturating_sub(charged);
        let (empty, more) = (state.charged == 0, !state.frames.is_empty() || state.closed.is_some());
        drop(state);
        self.writable.notify_one();
        if more {
            self.readable.notify_one();
        }
        if empty {
            self.drained.notify_waiters();
        }
    }

    /// Whether everything pushed has been released.
    pub(crate) fn is_drained(&self) -> bool {
        self.lock().charged == 0
    }

    /// Waits until everything pushed has been released; the fault of the close if that never comes.
    pub(crate) async fn wait_drained(&self) -> Result<(), NetFault> {
        loop {
            let drained = self.drained.notified();
            {
                let state = self.lock();
                if state.charged == 0 {
                    return Ok(());
                }
                if let Some(fault) = &state.closed {
                    return Err(fault.clone());
                }
            }
            drained.await;
        }
    }

    /// Waits until nothing can be pushed any more.
    pub(crate) async fn wait_closed(&self) {
        loop {
            // A close tells all three.
            let closed = self.drained.notified();
            if self.is_closed() {
                return;
            }
            closed.await;
        }
    }

    /// Whether someone waits in [`pop`](Self::pop).
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn awaited(&self) -> bool {
        self.popping.try_lock().is_err()
    }

    /// Closes with `fault`; the first close counts. Pushing fails from now on, popping once the queue is empty.
    pub(crate) fn close(&self, fault: NetFault) {
        self.lock().closed.get_or_insert(fault);
        self.readable.notify_waiters();
        self.writable.notify_waiters();
        self.drained.notify_waiters();
    }

    /// Closes with `fault` and drops what is queued.
    pub(crate) fn clear(&self, fault: NetFault) {
        self.close(fault);
        let mut state = self.lock();
        let dropped: usize = state.frames.iter().map(charge).sum();
        state.frames = VecDeque::new();
        state.charged = state.charged.saturating_sub(dropped);
    }

    /// The next batch, or none for ever, if that is known.
    fn try_take(&self, bytes: usize) -> Poll<Option<Batch<T>>> {
        let mut state = self.lock();
        let mut batch = Batch { frames: Vec::new(), charged: 0 };
        match state.out {
            Out::Taken => return Poll::Pending,
            Out::Unfinished(charged) => batch.charged = charged,
            Out::Home if state.frames.is_empty() && state.closed.is_some() => return Poll::Ready(None),
            Out::Home if state.frames.is_empty() => return Poll::Pending,
            Out::Home => {
                while batch.charged < bytes
                    && let Some(frame) = state.frames.pop_front()
                {
                    batch.charged = batch.charged.saturating_add(charge(&frame));
                    batch.frames.push(frame);
                }
            }
        }
        state.out = Out::Taken;
        Poll::Ready(Some(batch))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frames taken together, and what they are charged. Without frames it is one that was given back.
#[derive(Debug)]
pub(crate) struct Batch<T> {
    pub(crate) frames: Vec<T>,
    pub(crate) charged: usize,
}

/// The outcome of [`Queue::push_now`].
pub(crate) enum Pushed<T> {
    Taken,
    /// The frame, back.
    Full(T),
    Closed(NetFault),
}

fn charge(frame: &impl Item) -> usize {
    frame.len().saturating_add(FRAME_OVERHEAD)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Header;

    fn frame(len: usize) -> Frame {
        Frame { header: Header::default(), payload: Bytes::from(vec![0; len]) }
    }

    fn taken(pushed: &Pushed<Frame>) -> bool {
        matches!(pushed, Pushed::Taken)
    }

    #[test]
    fn capacity_counts_bytes_and_frames() {
        let queue = Queue::new(10 * FRAME_OVERHEAD);
        assert_eq!((0..100).filter(|_| taken(&queue.try_push(frame(0)))).count(), 10);
        assert!(queue.try_pop().unwrap().is_ok());
        assert!(taken(&queue.try_push(frame(0))));
        assert!(matches!(queue.try_push(frame(0)), Pushed::Full(_)));
        let queue = Queue::new(1);
        assert!(taken(&queue.try_push(frame(1000))), "an empty queue takes any one frame");
        assert!(matches!(queue.try_push(frame(0)), Pushed::Full(_)));
    }

    #[test]
    fn what_waits_for_room_elsewhere_is_put_beyond_the_capacity() {
        let queue = Queue::new(1);
        assert!(queue.has_room());
        assert_eq!((queue.put(frame(5)), queue.put(frame(6))), (Ok(()), Ok(())));
        assert!(!queue.has_room() && matches!(queue.try_push(frame(0)), Pushed::Full(_)));
        assert_eq!([(); 2].map(|()| queue.try_pop().unwrap().unwrap().payload.len()), [5, 6]);
        assert!(queue.has_room());
        queue.close(NetFault::Closed);
        assert_eq!(queue.put(frame(5)), Err(NetFault::Closed));
    }

    #[tokio::test]
    async fn one_batch_is_out_at_a_time_and_an_unfinished_one_comes_first() {
        let queue = Queue::<Frame>::new(1 << 20);
        let lens = |batch: &Batch<Frame>| batch.frames.iter().map(|f| f.payload.len()).collect::<Vec<_>>();
        assert!(queue.take_all_now(1000).is_none(), "nothing is there");
        queue.push(frame(1)).await.unwrap();
        queue.push(frame(2)).await.unwrap();
        assert!(queue.take_all_now(2 * FRAME_OVERHEAD).is_none(), "they are charged more");
        let first = queue.take_all_now(1000).unwrap();
        assert_eq!(lens(&first), [1, 2]);
        queue.push(frame(3)).await.unwrap();
        assert!(queue.take_all_now(1000).is_none() && queue.try_take(1000).is_pending());
        queue.give_back(first.charged);
        assert!(queue.take_all_now(1000).is_none());
        let again = queue.take_batch(1000).await.unwrap();
        assert_eq!((lens(&again), again.charged), (vec![], first.charged));
        assert!(queue.try_take(1000).is_pending());
        queue.release(again.charged);
        queue.close(NetFault::Closed);
        let last = queue.take_batch(1000).await.unwrap();
        assert_eq!(lens(&last), [3]);
        // The rest of a closed queue leaves before its end does.
        assert!(queue.try_take(1000).is_pending());
        queue.release(last.charged);
        assert!(queue.take_batch(1000).await.is_none());
        assert_eq!(queue.wait_drained().await, Ok(()));
    }

    #[tokio::test]
    async fn close_lets_the_rest_be_read_and_wakes_every_waiter() {
        let queue = std::sync::Arc::new(Queue::new(1));
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let queue = queue.clone();
                tokio::spawn(async move { queue.pop().await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(taken(&queue.try_push(frame(1))));
        queue.close(NetFault::Closed);
        queue.close(NetFault::Malformed);
        let mut outcomes = Vec::new();
        for task in waiting {
            outcomes.push(task.await.unwrap());
        }
        assert_eq!(outcomes.iter().filter(|o| **o == Err(NetFault::Closed)).count(), 2);
        assert_eq!(queue.push(frame(1)).await, Err(NetFault::Closed));
    }

    #[tokio::test]
    async fn a_small_frame_does_not_overtake_a_large_one_that_waits() {
        let queue = Queue::<Frame>::new(1000);
        let pop_all = async {
            let mut lengths = Vec::new();
            for _ in 0..4 {
                tokio::task::yield_now().await;
                lengths.push(queue.pop().await.unwrap().payload.len());
            }
            lengths
        };
        let (a, b, c, d, lengths) = tokio::join!(
            biased;
            queue.push(frame(500)),
            queue.push(frame(700)),
            queue.push(frame(1)),
            queue.push(frame(2)),
            pop_all
        );
        assert_eq!([a, b, c, d], [Ok(()), Ok(()), Ok(()), Ok(())]);
        assert_eq!(lengths, [500, 700, 1, 2]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_tasks_share_one_queue_without_losing_a_wake_up() {
        let queue = std::sync::Arc::new(Queue::new(3 * FRAME_OVERHEAD));
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let queue = queue.clone();
                tokio::spawn(async move {
                    for _ in 0..500 {
                        queue.push(frame(0)).await.unwrap();
                    }
                })
            })
            .collect();
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let queue = queue.clone();
                tokio::spawn(async move {
                    for _ in 0..500 {
                        queue.pop().await.unwrap();
                    }
                })
            })
            .collect();
        for task in writers.into_iter().chain(readers) {
            task.await.unwrap();
        }
    }
}
