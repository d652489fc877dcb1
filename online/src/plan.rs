//! Planning: the same protocol code, without peers and without values.

use std::sync::Arc;

use speedwell_field::Field;
use speedwell_net::PartyId;

use crate::config::Config;
use crate::error::Result;
use crate::key::MacKey;
use crate::prep::{Inverses, Masks, Preprocessing, Squares, Triples};
use crate::report::Report;
use crate::session::Session;
use crate::share::Shares;

/// What `program` costs at party `me` of `parties`: rounds, bytes, openings, material.
///
/// # Errors
/// Whatever the program returns; [`UsageFault::Stalled`](crate::UsageFault::Stalled) if it waits for something else.
pub fn plan<F: Field, T, P>(me: PartyId, parties: usize, program: P) -> Result<Report>
where
    P: AsyncFnOnce(&Session<F>) -> Result<T>,
{
    plan_with(me, parties, Config::new([0; 16]), program)
}

/// As [`plan`], with the settings of the run: its masks and its network.
///
/// # Errors
/// As [`plan`].
pub fn plan_with<F: Field, T, P>(me: PartyId, parties: usize, config: Config, program: P) -> Result<Report>
where
    P: AsyncFnOnce(&Session<F>) -> Result<T>,
{
    let session = Session::planning_with(me, parties, config)?;
    // A planning session has nothing to wait for: one poll runs it to its end.
    let mut run = std::pin::pin!(session.run(program));
    match run.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(result) => result.map(|_| session.report()),
        std::task::Poll::Pending => Err(crate::UsageFault::Stalled.into()),
    }
}

/// A source of material that has lengths only and never runs out.
pub(crate) struct Planner<F: Field> {
    key: Arc<MacKey<F>>,
}

impl<F: Field> Planner<F> {
    pub(crate) fn new(me: PartyId, parties: usize) -> Self {
        Self { key: Arc::new(MacKey::new(me, parties, F::ZERO)) }
    }

    fn ghost(&self, n: usize) -> Shares<F> {
        Shares::ghost(&self.key, n)
    }
}

impl<F: Field> Preprocessing<F> for Planner<F> {
    fn epoch(&self) -> [u8; 16] {
        [0; 16]
    }

    fn key(&self) -> Arc<MacKey<F>> {
        Arc::clone(&self.key)
    }

    fn triples(&mut self, n: usize) -> Result<Triples<F>> {
        Ok(Triples { a: self.ghost(n), b: self.ghost(n), c: self.ghost(n) })
    }

    fn squares(&mut self, n: usize) -> Result<Squares<F>> {
        Ok(Squares { a: self.ghost(n), aa: self.ghost(n) })
    }

    fn bits(&mut self, n: usize) -> Result<Shares<F>> {
        Ok(self.ghost(n))
    }

    fn masks(&mut self, owner: PartyId, n: usize) -> Result<Masks<F>> {
        Ok(Masks { shares: self.ghost(n), clear: (owner == self.key.party()).then(Default::default) })
    }

    fn randoms(&mut self, n: usize) -> Result<Shares<F>> {
        Ok(self.ghost(n))
    }

    fn inverses(&mut self, n: usize) -> Result<Inverses<F>> {
        Ok(Inverses { r: self.ghost(n), inverse: self.ghost(n) })
    }

    fn burn(&mut self) {}
}
