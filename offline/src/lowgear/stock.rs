//! Material in memory, until a session spends it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::{
    Error, Inverses, Kind, MacKey, Masks, Preprocessing, Result, Shares, Squares, Triples,
};
use zeroize::{Zeroize, Zeroizing};

use super::check::Column;

/// Checked material of one epoch, in memory: a source for one session.
///
/// Material is moved out and its place overwritten. When the epoch burns, everything is gone at once.
pub struct Stock<F: Field> {
    epoch: [u8; 16],
    key: Arc<MacKey<F>>,
    columns: Arc<Mutex<Columns<F>>>,
}

/// By kind: its columns, all of one length.
type Columns<F> = BTreeMap<Kind, Shelf<F>>;

struct Shelf<F: Field> {
    columns: Vec<Column<F>>,
    /// Input masks, at their owner.
    clear: Option<Zeroizing<Vec<F>>>,
}

impl<F: Field> Stock<F> {
    pub(super) fn new(epoch: [u8; 16], key: Arc<MacKey<F>>) -> Self {
        Self { epoch, key, columns: Arc::default() }
    }

    /// How many of this kind are left.
    #[must_use]
    pub fn left(&self, kind: Kind) -> usize {
        self.lock().get(&kind).and_then(|shelf| shelf.columns.first()).map_or(0, Column::len)
    }

    /// A second hand on the same stock: for the session of the checks, which burns it. No two sessions ever draw from one stock.
    pub(super) fn share(&self) -> Self {
        Self { epoch: self.epoch, key: Arc::clone(&self.key), columns: Arc::clone(&self.columns) }
    }

    /// Whether the epoch has been burnt.
    pub(super) fn is_burnt(&self) -> bool {
        self.key.is_erased()
    }

    /// Adds checked material.
    pub(super) fn add(&self, kind: Kind, columns: Vec<Column<F>>, clear: Option<Zeroizing<Vec<F>>>) {
        let mut all = self.lock();
        let Some(shelf) = all.get_mut(&kind) else {
            all.insert(kind, Shelf { columns, clear });
            return;
        };
        shelf.columns.iter_mut().zip(columns).for_each(|(column, more)| column.join(more));
        if let (Some(clear), Some(more)) = (&mut shelf.clear, clear) {
            join(clear, &more);
        }
    }

    /// Moves out the last `n` of a kind.
    fn take<const N: usize>(
        &mut self,
        kind: Kind,
        n: usize,
    ) -> Result<([Shares<F>; N], Option<Zeroizing<Vec<F>>>)> {
        let mut all = self.lock();
        let have = all.get(&kind).and_then(|shelf| shelf.columns.first()).map_or(0, Column::len);
        if have < n {
            return Err(Error::Exhausted { kind, need: n, have });
        }
        let (mut own, mut clear) = (Vec::new(), None);
        if let Some(shelf) = all.get_mut(&kind) {
            own.extend(shelf.columns.iter_mut().map(|column| column.split(n)));
            clear = shelf.clear.as_mut().map(|clear| Zeroizing::new(split(clear, n)));
        }
        let mut own = own.into_iter();
        let shares = [(); N].map(|()| {
            let (values, macs) = own.next().unwrap_or_default();
            Shares::from_parts(&self.key, values, macs)
        });
        Ok((shares, clear))
    }

    fn lock(&self) -> MutexGuard<'_, Columns<F>> {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Field> Preprocessing<F> for Stock<F> {
    fn epoch(&self) -> [u8; 16] {
        self.epoch
    }

    fn key(&self) -> Arc<MacKey<F>> {
        Arc::clone(&self.key)
    }

    fn triples(&mut self, n: usize) -> Result<Triples<F>> {
        let ([a, b, c], _) = self.take(Kind::Triples, n)?;
        Ok(Triples { a, b, c })
    }

    fn squares(&mut self, n: usize) -> Result<Squares<F>> {
        let ([a, aa], _) = self.take(Kind::Squares, n)?;
        Ok(Squares { a, aa })
    }

    fn bits(&mut self, n: usize) -> Result<Shares<F>> {
        let ([bits], _) = self.take(Kind::Bits, n)?;
        Ok(bits)
    }

    fn masks(&mut self, owner: PartyId, n: usize) -> Result<Masks<F>> {
        let ([shares], clear) = self.take(Kind::Masks(owner), n)?;
        let own = owner == self.key.party();
        Ok(Masks { shares, clear: clear.or_else(|| own.then(Zeroizing::default)) })
    }

    fn randoms(&mut self, n: usize) -> Result<Shares<F>> {
        let ([shares], _) = self.take(Kind::Randoms, n)?;
        Ok(shares)
    }

    fn inverses(&mut self, n: usize) -> Result<Inverses<F>> {
        let ([r, inverse], _) = self.take(Kind::Inverses, n)?;
        Ok(Inverses { r, inverse })
    }

    fn burn(&mut self) {
        self.lock().clear();
        self.key.erase();
    }
}

impl<F: Field> std::fmt::Debug for Stock<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let left: BTreeMap<Kind, usize> = self.lock().keys().map(|kind| (*kind, 0)).collect();
        let left: Vec<String> = left.keys().map(|kind| format!("{} {kind}", self.left(*kind))).collect();
        write!(f, "Stock<{}>({}, ..)", F::NAME, left.join(", "))
    }
}

impl<F: Field> Column<F> {
    /// Appends, without leaving copies behind.
    pub(super) fn join(&mut self, other: Self) {
        join(&mut self.values, &other.values);
        join(&mut self.macs, &other.macs);
    }

    /// Moves out the last `n`.
    pub(super) fn split(&mut self, n: usize) -> (Vec<F>, Vec<F>) {
        (split(&mut self.values, n), split(&mut self.macs, n))
    }
}

fn join<F: Field>(all: &mut Zeroizing<Vec<F>>, more: &[F]) {
    let len = all.len().saturating_add(more.len());
    if len > all.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(len));
        larger.extend_from_slice(all);
        *all = larger;
    }
    all.extend_from_slice(more);
}

fn split<F: Field>(all: &mut Zeroizing<Vec<F>>, n: usize) -> Vec<F> {
    let at = all.len().saturating_sub(n);
    let (_, tail) = all.split_at_mut_checked(at).unwrap_or_default();
    let out = tail.to_vec();
    tail.zeroize();
    all.truncate(at);
    out
}
