//! Material made before the clock runs.

use std::collections::BTreeMap;
use std::ops::Range;
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
    triples: Shelf<Triples<F>>,
    squares: Shelf<Squares<F>>,
    bits: Shelf<Shares<F>>,
    masks: BTreeMap<PartyId, Shelf<Masks<F>>>,
    randoms: Shelf<Shares<F>>,
    inverses: Shelf<Inverses<F>>,
}

impl<F: Field> Stock<F> {
    /// An empty store over this source.
    pub(crate) fn new(source: Box<dyn Preprocessing<F>>) -> Self {
        Self(Arc::new(Mutex::new(Store {
            source,
            triples: Shelf::default(),
            squares: Shelf::default(),
            bits: Shelf::default(),
            masks: BTreeMap::new(),
            randoms: Shelf::default(),
            inverses: Shelf::default(),
        })))
    }

    /// A handle to the same store.
    pub(crate) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Lays in what is demanded, in place of what was left; the time that took.
    pub(crate) fn lay_in(&self, demand: &BTreeMap<Kind, u64>) -> Result<Duration> {
        let started = Instant::now();
        let mut store = self.store();
        for (kind, n) in demand {
            let n = *n as usize;
            match *kind {
                Kind::Triples => store.triples = Shelf::of(store.source.triples(n)?),
                Kind::Squares => store.squares = Shelf::of(store.source.squares(n)?),
                Kind::Bits => store.bits = Shelf::of(store.source.bits(n)?),
                Kind::Masks(owner) => {
                    let masks = Shelf::of(store.source.masks(owner, n)?);
                    store.masks.insert(owner, masks);
                }
                Kind::Randoms => store.randoms = Shelf::of(store.source.randoms(n)?),
                Kind::Inverses => store.inverses = Shelf::of(store.source.inverses(n)?),
                _ => return Err(Error::Exhausted { kind: *kind, need: n, have: 0 }),
            }
        }
        Ok(started.elapsed())
    }

    fn store(&self) -> MutexGuard<'_, Store<F>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A batch, and how much of it has been handed out.
struct Shelf<T> {
    batch: Option<T>,
    at: usize,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { batch: None, at: 0 }
    }
}

impl<T: Batch> Shelf<T> {
    fn of(batch: T) -> Self {
        Self { batch: Some(batch), at: 0 }
    }

    /// The next `n`: the batch itself if that is all of it.
    fn take(&mut self, kind: Kind, n: usize) -> Result<T> {
        let len = self.batch.as_ref().map_or(0, T::len);
        let have = len - self.at;
        let exhausted = Error::Exhausted { kind, need: n, have };
        if n > have {
            return Err(exhausted);
        }
        let from = self.at;
        self.at += n;
        if n == len {
            self.at = 0;
            return self.batch.take().ok_or(exhausted);
        }
        self.batch.as_ref().map(|batch| batch.part(from..from + n)).ok_or(exhausted)
    }
}

/// A batch of one kind of material.
trait Batch {
    fn len(&self) -> usize;
    fn part(&self, range: Range<usize>) -> Self;
}

impl<F: Field> Batch for Shares<F> {
    fn len(&self) -> usize {
        self.len()
    }
    fn part(&self, range: Range<usize>) -> Self {
        self.slice(range)
    }
}

impl<F: Field> Batch for Triples<F> {
    fn len(&self) -> usize {
        self.a.len()
    }
    fn part(&self, range: Range<usize>) -> Self {
        let [a, b, c] = [&self.a, &self.b, &self.c].map(|column| column.slice(range.clone()));
        Self { a, b, c }
    }
}

impl<F: Field> Batch for Squares<F> {
    fn len(&self) -> usize {
        self.a.len()
    }
    fn part(&self, range: Range<usize>) -> Self {
        Self { a: self.a.slice(range.clone()), aa: self.aa.slice(range) }
    }
}

impl<F: Field> Batch for Inverses<F> {
    fn len(&self) -> usize {
        self.r.len()
    }
    fn part(&self, range: Range<usize>) -> Self {
        Self { r: self.r.slice(range.clone()), inverse: self.inverse.slice(range) }
    }
}

impl<F: Field> Batch for Masks<F> {
    fn len(&self) -> usize {
        self.shares.len()
    }
    fn part(&self, range: Range<usize>) -> Self {
        let clear = self.clear.as_ref().map(|clear| clear[range.clone()].to_vec().into());
        Self { shares: self.shares.slice(range), clear }
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
        self.store().triples.take(Kind::Triples, n)
    }

    fn squares(&mut self, n: usize) -> Result<Squares<F>> {
        self.store().squares.take(Kind::Squares, n)
    }

    fn bits(&mut self, n: usize) -> Result<Shares<F>> {
        self.store().bits.take(Kind::Bits, n)
    }

    fn masks(&mut self, owner: PartyId, n: usize) -> Result<Masks<F>> {
        self.store().masks.entry(owner).or_default().take(Kind::Masks(owner), n)
    }

    fn randoms(&mut self, n: usize) -> Result<Shares<F>> {
        self.store().randoms.take(Kind::Randoms, n)
    }

    fn inverses(&mut self, n: usize) -> Result<Inverses<F>> {
        self.store().inverses.take(Kind::Inverses, n)
    }

    fn burn(&mut self) {
        let mut store = self.store();
        store.triples = Shelf::default();
        store.squares = Shelf::default();
        store.bits = Shelf::default();
        store.masks.clear();
        store.randoms = Shelf::default();
        store.inverses = Shelf::default();
        store.source.burn();
    }
}
