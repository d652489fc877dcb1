//! Material made before the clock runs; what an operation takes of a kind beyond a bound is made in further batches while
//! it runs, and the time of that is kept, to be taken off.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::{
    Error, Inverses, Kind, MacKey, Masks, Preprocessing, Result, Shares, Squares, Triples,
};

use crate::usage;

/// A source that hands out what was laid in before. Clones share the store, so that the measuring program can fill it
/// while a session owns the other end.
pub(crate) struct Stock<F: Field>(Arc<Mutex<Store<F>>>);

/// Most elements of a kind that are laid in at once.
const MOST: usize = 1 << 20;

struct Store<F: Field> {
    source: Box<dyn Preprocessing<F>>,
    /// What making batches has cost since it was last asked for.
    making: Making,
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
            making: Making::default(),
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

    /// Lays in what is demanded, as far as that is bounded, in place of what was left.
    pub(crate) fn lay_in(&self, demand: &BTreeMap<Kind, u64>) -> Result<()> {
        let mut store = self.store();
        let Store { source, making, triples, squares, bits, masks, randoms, inverses } = &mut *store;
        for (kind, n) in demand {
            let n = *n as usize;
            match *kind {
                Kind::Triples => triples.fill(n, making, |n| source.triples(n))?,
                Kind::Squares => squares.fill(n, making, |n| source.squares(n))?,
                Kind::Bits => bits.fill(n, making, |n| source.bits(n))?,
                Kind::Masks(owner) => {
                    masks.entry(owner).or_default().fill(n, making, |n| source.masks(owner, n))?;
                }
                Kind::Randoms => randoms.fill(n, making, |n| source.randoms(n))?,
                Kind::Inverses => inverses.fill(n, making, |n| source.inverses(n))?,
                _ => return Err(Error::Exhausted { kind: *kind, need: n, have: 0 }),
            }
        }
        Ok(())
    }

    /// What making material has cost since this was last asked.
    pub(crate) fn made_in(&self) -> Making {
        std::mem::take(&mut self.store().making)
    }

    fn store(&self) -> MutexGuard<'_, Store<F>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Time spent on making batches.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Making {
    /// Seconds of wall time.
    pub(crate) seconds: f64,
    /// Seconds of CPU time, as far as the system tells.
    pub(crate) cpu_seconds: f64,
}

impl Making {
    fn measure<T>(&mut self, make: impl FnOnce() -> Result<T>) -> Result<T> {
        let (started, cpu) = (Instant::now(), usage::cpu_seconds());
        let made = make();
        self.seconds += started.elapsed().as_secs_f64();
        self.cpu_seconds += usage::cpu_seconds().zip(cpu).map_or(0.0, |(after, before)| after - before);
        made
    }
}

/// A batch, how much of it has been handed out, and how much more is due.
struct Shelf<T> {
    batch: Option<T>,
    at: usize,
    due: usize,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { batch: None, at: 0, due: 0 }
    }
}

impl<T: Batch> Shelf<T> {
    fn fill(&mut self, n: usize, making: &mut Making, make: impl FnOnce(usize) -> Result<T>) -> Result<()> {
        let now = n.min(MOST);
        *self = Self { batch: Some(making.measure(|| make(now))?), at: 0, due: n - now };
        Ok(())
    }

    /// The next `n`: the batch itself if that is all of it.
    fn take(
        &mut self,
        kind: Kind,
        n: usize,
        making: &mut Making,
        make: impl FnOnce(usize) -> Result<T>,
    ) -> Result<T> {
        let len = self.batch.as_ref().map_or(0, T::len);
        let have = len - self.at;
        let exhausted = Error::Exhausted { kind, need: n, have: have + self.due };
        if n > have && n - have <= self.due {
            // What is left of the batch, and a further one behind it.
            let more = self.due.min(MOST.max(n - have));
            let batch = making.measure(|| {
                let fresh = make(more)?;
                Ok(match self.batch.take() {
                    Some(batch) if have > 0 => batch.part(self.at..len).with(&fresh),
                    _ => fresh,
                })
            })?;
            *self = Self { batch: Some(batch), at: 0, due: self.due - more };
        }
        self.serve(n).ok_or(exhausted)
    }

    fn serve(&mut self, n: usize) -> Option<T> {
        let len = self.batch.as_ref().map_or(0, T::len);
        if n > len - self.at {
            return None;
        }
        let from = self.at;
        self.at += n;
        if n == len {
            self.at = 0;
            return self.batch.take();
        }
        self.batch.as_ref().map(|batch| batch.part(from..from + n))
    }
}

/// A batch of one kind of material.
trait Batch {
    fn len(&self) -> usize;
    fn part(&self, range: Range<usize>) -> Self;
    /// This batch and `more` behind it.
    fn with(self, more: &Self) -> Self;
}

impl<F: Field> Batch for Shares<F> {
    fn len(&self) -> usize {
        self.len()
    }
    fn part(&self, range: Range<usize>) -> Self {
        self.slice(range)
    }
    fn with(self, more: &Self) -> Self {
        self.append(more)
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
    fn with(self, more: &Self) -> Self {
        Self { a: self.a.append(&more.a), b: self.b.append(&more.b), c: self.c.append(&more.c) }
    }
}

impl<F: Field> Batch for Squares<F> {
    fn len(&self) -> usize {
        self.a.len()
    }
    fn part(&self, range: Range<usize>) -> Self {
        Self { a: self.a.slice(range.clone()), aa: self.aa.slice(range) }
    }
    fn with(self, more: &Self) -> Self {
        Self { a: self.a.append(&more.a), aa: self.aa.append(&more.aa) }
    }
}

impl<F: Field> Batch for Inverses<F> {
    fn len(&self) -> usize {
        self.r.len()
    }
    fn part(&self, range: Range<usize>) -> Self {
        Self { r: self.r.slice(range.clone()), inverse: self.inverse.slice(range) }
    }
    fn with(self, more: &Self) -> Self {
        Self { r: self.r.append(&more.r), inverse: self.inverse.append(&more.inverse) }
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
    fn with(mut self, more: &Self) -> Self {
        if let (Some(clear), Some(more)) = (&mut self.clear, &more.clear) {
            clear.extend_from_slice(more);
        }
        Self { shares: self.shares.append(&more.shares), clear: self.clear }
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
        let Store { source, making, triples, .. } = &mut *self.store();
        triples.take(Kind::Triples, n, making, |n| source.triples(n))
    }

    fn squares(&mut self, n: usize) -> Result<Squares<F>> {
        let Store { source, making, squares, .. } = &mut *self.store();
        squares.take(Kind::Squares, n, making, |n| source.squares(n))
    }

    fn bits(&mut self, n: usize) -> Result<Shares<F>> {
        let Store { source, making, bits, .. } = &mut *self.store();
        bits.take(Kind::Bits, n, making, |n| source.bits(n))
    }

    fn masks(&mut self, owner: PartyId, n: usize) -> Result<Masks<F>> {
        let Store { source, making, masks, .. } = &mut *self.store();
        masks.entry(owner).or_default().take(Kind::Masks(owner), n, making, |n| source.masks(owner, n))
    }

    fn randoms(&mut self, n: usize) -> Result<Shares<F>> {
        let Store { source, making, randoms, .. } = &mut *self.store();
        randoms.take(Kind::Randoms, n, making, |n| source.randoms(n))
    }

    fn inverses(&mut self, n: usize) -> Result<Inverses<F>> {
        let Store { source, making, inverses, .. } = &mut *self.store();
        inverses.take(Kind::Inverses, n, making, |n| source.inverses(n))
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
