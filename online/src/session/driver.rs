//! The driver: polls a program, moves its rounds over the transport, and ends it in order.

use std::future::Future;
use std::pin::pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use speedwell_field::Field;
use speedwell_net::{BoxFuture, Frame, Header, MAX_PAYLOAD, PartyId, Transport};

use super::Session;
use crate::error::{AbortCode, Error, Result, UsageFault};

/// Frames of one peer that are searched for its abort: more than a round leaves unread in a queue of the default length.
const LAST_WORDS: usize = 64;

impl<F: Field> Session<F> {
    /// Polls the program until it ends.
    pub(super) async fn drive<T, P>(&self, program: P) -> Result<T>
    where
        P: AsyncFnOnce(&Self) -> Result<T>,
    {
        let mut program = pin!(program(self));
        loop {
            if let Poll::Ready(result) = program.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return result;
            }
            let mut next = self.core().begin()?;
            while let Some(exchange) = next {
                if let Some(transport) = &self.transport {
                    self.exchange(transport.as_ref(), &exchange.frames).await?;
                }
                drop(exchange);
                next = self.core().complete()?;
            }
        }
    }

    /// Sends the frames to every peer and receives what the core wants from each, all at the same time. Sending is asked
    /// for first, and of every peer before any failure counts: what we have to say in this round is on its way to
    /// everybody before anything in it makes us give up, so that a contradiction that we see is seen by the others too.
    async fn exchange(&self, transport: &dyn Transport, frames: &[Frame]) -> Result<()> {
        let mut links: Vec<Option<BoxFuture<'_, Result<()>>>> = Vec::new();
        for peer in self.me.others(self.parties) {
            links.push(Some(Box::pin(async move {
                for frame in frames {
                    transport.send(peer, frame.clone()).await?;
                }
                Ok(())
            })));
        }
        for peer in self.me.others(self.parties) {
            links.push(Some(Box::pin(self.receive(transport, peer))));
        }
        let failures = std::future::poll_fn(|cx| {
            let (mut failures, mut waiting) = (Vec::new(), false);
            for slot in &mut links {
                match slot.as_mut().map(|link| link.as_mut().poll(cx)) {
                    Some(Poll::Ready(outcome)) => {
                        *slot = None;
                        failures.extend(outcome.err());
                    }
                    Some(Poll::Pending) => waiting = true,
                    None => {}
                }
            }
            if failures.is_empty() && waiting { Poll::Pending } else { Poll::Ready(failures) }
        })
        .await;
        // Nobody may stand in line for a frame when the last words are read.
        drop(links);
        if failures.is_empty() { Ok(()) } else { Err(self.cause(transport, failures)) }
    }

    /// What ended the exchange, where several things failed at once. A party that gives up says so and hangs up; whoever
    /// notices the hanging up first must not blame it for the cause. So, in this order:
    ///
    /// 1. What we found out ourselves: a check that failed, a message that breaks the protocol, another program.
    /// 2. A peer's abort that names a cause of its own; before all others a failed check, which burns the epoch. That it
    ///    was stopped is one too, unless some peer's network failed: then it may pass that peer's abort on.
    /// 3. A link that failed at a peer that said nothing: an honest one would have.
    /// 4. An abort because of the network, then one that passes it on.
    ///
    /// For 2 and 3, what the peers have said already is read to its end.
    fn cause(&self, transport: &dyn Transport, mut failures: Vec<Error>) -> Error {
        let handed_on = |error: &Error| matches!(error, Error::Net(_) | Error::Aborted { .. });
        if failures.iter().all(handed_on) {
            for peer in self.me.others(self.parties) {
                failures.extend(self.last_words(transport, peer));
            }
        }
        let gave_up: Vec<PartyId> = failures
            .iter()
            .filter_map(|error| if let Error::Aborted { by, .. } = error { Some(*by) } else { None })
            .collect();
        let lost = |error: &Error| matches!(error, Error::Aborted { reason: AbortCode::Net, .. });
        let passed_on = failures.iter().any(lost);
        let rank = |error: &Error| match error {
            Error::Aborted { reason: AbortCode::Check, .. } => 1,
            Error::Aborted { reason: AbortCode::Stopped, .. } if passed_on => 6,
            Error::Aborted { reason: AbortCode::Stopped, .. } => 3,
            Error::Aborted { reason: AbortCode::Net, .. } => 5,
            Error::Aborted { .. } => 2,
            Error::Net(error) if !gave_up.contains(&error.peer) => 4,
            Error::Net(_) => 7,
            _ => 0,
        };
        failures.into_iter().min_by_key(rank).unwrap_or_else(|| UsageFault::Interrupted.into())
    }

    /// An abort of `peer` among what has arrived from it, or the end of its link. Waits for nothing.
    fn last_words(&self, transport: &dyn Transport, peer: PartyId) -> Option<Error> {
        let expected = self.core().abort_frame(AbortCode::Stopped).header;
        for _ in 0..LAST_WORDS {
            let mut next = transport.recv(peer, MAX_PAYLOAD);
            match next.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok(Frame { header, payload })) => {
                    let abort = Header { round: header.round, ..expected } == header;
                    if let ([code], true) = (payload.as_ref(), abort)
                        && let Some(reason) = AbortCode::from_byte(*code)
                    {
                        return Some(Error::Aborted { by: peer, reason });
                    }
                }
                Poll::Ready(Err(error)) => return Some(error.into()),
                Poll::Pending => return None,
            }
        }
        None
    }

    async fn receive(&self, transport: &dyn Transport, peer: PartyId) -> Result<()> {
        loop {
            let wanted = self.core().wants(peer);
            let Some(max_payload) = wanted else { return Ok(()) };
            let frame = transport.recv(peer, max_payload).await?;
            self.core().accept(peer, &frame)?;
        }
    }

    /// Poisons the session and tells the peers, as far as their queues take it at once.
    pub(super) fn give_up(&self, error: Error) -> Error {
        let (error, frame) = {
            let mut core = self.core();
            let frame = core.abort_frame(error.abort_code());
            (core.fail(error), frame)
        };
        if let Some(transport) = &self.transport {
            for peer in self.me.others(self.parties) {
                let mut send = transport.send(peer, frame.clone());
                let _ = send.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            }
        }
        error
    }
}

/// Marks the end of a run, also when its future is dropped in the middle.
pub(super) struct RunGuard<'a, F: Field> {
    pub(super) session: &'a Session<F>,
    pub(super) ended: bool,
}

impl<F: Field> Drop for RunGuard<'_, F> {
    fn drop(&mut self) {
        *self.session.running.lock().unwrap_or_else(PoisonError::into_inner) = false;
        if !self.ended {
            let _ = self.session.give_up(UsageFault::Interrupted.into());
        }
    }
}
