//! The driver: polls a program, moves its rounds over the transport, and ends it in order.

use std::future::Future;
use std::pin::pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use speedwell_field::Field;
use speedwell_net::{BoxFuture, PartyId, Transport};

use super::Session;
use crate::blame;
use crate::error::{AbortCode, Error, Result, UsageFault};
use crate::round::Exchange;

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
                    self.exchange(transport.as_ref(), &exchange).await?;
                }
                drop(exchange);
                next = self.core().complete()?;
            }
        }
    }

    /// Sends the frames to every peer and receives what the core wants from each, all at the same time. Sending is asked
    /// for first, and of every peer before any failure counts: what we have to say in this round is on its way to
    /// everybody before anything in it makes us give up, so that a contradiction that we see is seen by the others too.
    async fn exchange(&self, transport: &dyn Transport, exchange: &Exchange) -> Result<()> {
        let mut links: Vec<Option<BoxFuture<'_, Result<()>>>> = Vec::new();
        for peer in self.me.others(self.parties) {
            links.push(Some(Box::pin(self.send(transport, peer, exchange))));
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
        if failures.is_empty() {
            blame::handed_over(transport).await
        } else {
            Err(self.cause(transport, failures))
        }
    }

    /// What ended the exchange, where several things failed at once: what the peers have said already is read to its end.
    fn cause(&self, transport: &dyn Transport, mut failures: Vec<Error>) -> Error {
        if failures.iter().all(blame::handed_on) {
            let expected = self.core().abort_frame(AbortCode::Stopped).header;
            let peers = self.me.others(self.parties);
            failures.extend(peers.filter_map(|peer| blame::last_words(transport, peer, &expected)));
        }
        blame::cause(failures)
    }

    async fn send(&self, transport: &dyn Transport, peer: PartyId, exchange: &Exchange) -> Result<()> {
        for frame in &exchange.first {
            transport.send(peer, frame.clone()).await?;
        }
        for number in 0.. {
            let elements = self.core().elements(number);
            let Some(frame) = elements else { break };
            transport.send(peer, frame).await?;
        }
        for frame in &exchange.last {
            transport.send(peer, frame.clone()).await?;
        }
        Ok(())
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
