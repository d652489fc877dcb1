//! Material made before the clock runs, in the pieces in which the measured program takes it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::{
    Error, Inverses, Kind, MacKey, Masks, Preprocessing, Result, Shares, Squares, Triples,
};

/// A source that hands out what was laid in before. Clones share the store, so that the measuring program can fill it
/// while a session owns the other end.
pub(crate) struct Stock<F: Field>(Arc<Mutex<Store<F>>>);

struct Store<F: Field> {
    source: Box<dyn Preprocessing<F>>,
    triples: VecDeque<Triples<F>>,
    randoms: VecDeque<Shares<F>>,
}

impl<F: Field> Stock<F> {
    /// An empty store over this source.
    pub(crate) fn new(source: Box<dyn Preprocessing<F>>) -> Self {
        Self(Arc::new(Mutex::new(Store { source, triples: VecDeque::new(), randoms: VecDeque::new() })))
    }

    /// A handle to the same store.
    pub(crate) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Lays in `pieces` batches of `size` triples; the time that took.
    pub(crate) fn lay_in_triples(&self, pieces: usize, size: usize) -> Result<Duration> {
        let started = Instant::now();
        let mut store = self.store();
        for _ in 0..pieces {
            let batch = store.source.triples(size)?;
            store.triples.push_back(batch);
        }
        Ok(started.elapsed())
    }

    /// Lays in `pieces` batches of `size` random elements; the time that took.
    pub(crate) fn lay_in_randoms(&self, pieces: usize, size: usize) -> Result<Duration> {
        let started = Instant::now();
        let mut store = self.store();
        for _ in 0..pieces {
            let batch = store.source.randoms(size)?;
            store.randoms.push_back(batch);
        }
        Ok(started.elapsed())
    }

    fn store(&self) -> MutexGuard<'_, Store<F>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next batch, which must have the size that is asked for: a measurement never waits for material.
fn next<T>(batches: &mut VecDeque<T>, kind: Kind, need: usize, len: impl Fn(&T) -> usize) -> Result<T> {
    let have = batches.front().map_or(0, &len);
    match batches.pop_front() {
        Some(batch) if have == need => Ok(batch),
        _ => Err(Error::Exhausted { kind, need, have }),
    }
}

impl<F: Field> Preprocessing<F> for Stock<F> {
    fn epoch(&self) -> [u8; 16] {
        self.store().source.epoch()
    }

    fn key(&self) -> Arc<MacKey<F>> {
        self.store().source.key()
    }

    fn triples(&mut self, n: usize) -> Result<Triples<F>> {
        next(&mut self.store().triples, Kind::Triples, n, |batch| batch.a.len())
    }

    fn randoms(&mut self, n: usize) -> Result<Shares<F>> {
        next(&mut self.store().randoms, Kind::Randoms, n, Shares::len)
    }

    fn squares(&mut self, n: usize) -> Result<Squares<F>> {
        self.store().source.squares(n)
    }

    fn bits(&mut self, n: usize) -> Result<Shares<F>> {
        self.store().source.bits(n)
    }

    fn masks(&mut self, owner: PartyId, n: usize) -> Result<Masks<F>> {
        self.store().source.masks(owner, n)
    }

    fn inverses(&mut self, n: usize) -> Result<Inverses<F>> {
        self.store().source.inverses(n)
    }

    fn burn(&mut self) {
        let mut store = self.store();
        store.triples.clear();
        store.randoms.clear();
        store.source.burn();
    }
}
