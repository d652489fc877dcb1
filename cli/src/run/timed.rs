//! A source of material that counts the time it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::{Inverses, MacKey, Masks, Preprocessing, Result, Shares, Squares, Triples};

/// Time spent on material so far. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock(Arc<AtomicU64>);

impl Clock {
    /// The time in seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.0.load(Ordering::Relaxed) as f64 / 1e9
    }

    fn time<T>(&self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        let spent = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(spent, Ordering::Relaxed);
        done
    }
}

/// A source, timed.
pub(super) struct Timed<F: Field> {
    source: Box<dyn Preprocessing<F>>,
    clock: Clock,
}

impl<F: Field> Timed<F> {
    /// Counts the time of `source` on `clock`.
    pub(super) fn new(source: Box<dyn Preprocessing<F>>, clock: Clock) -> Self {
        Self { source, clock }
    }
}

impl<F: Field> Preprocessing<F> for Timed<F> {
    fn epoch(&self) -> [u8; 16] {
        self.source.epoch()
    }
    fn key(&self) -> Arc<MacKey<F>> {
        self.source.key()
    }
    fn triples(&mut self, n: usize) -> Result<Triples<F>> {
        self.clock.time(|| self.source.triples(n))
    }
    fn squares(&mut self, n: usize) -> Result<Squares<F>> {
        self.clock.time(|| self.source.squares(n))
    }
    fn bits(&mut self, n: usize) -> Result<Shares<F>> {
        self.clock.time(|| self.source.bits(n))
    }
    fn masks(&mut self, owner: PartyId, n: usize) -> Result<Masks<F>> {
        self.clock.time(|| self.source.masks(owner, n))
    }
    fn randoms(&mut self, n: usize) -> Result<Shares<F>> {
        self.clock.time(|| self.source.randoms(n))
    }
    fn inverses(&mut self, n: usize) -> Result<Inverses<F>> {
        self.clock.time(|| self.source.inverses(n))
    }
    fn burn(&mut self) {
        self.source.burn();
    }
}
