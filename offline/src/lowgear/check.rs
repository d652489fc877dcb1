//! The batch check: nothing leaves before it has passed.
//!
//! A joint coin χ, tossed when every share under check is fixed; ρ = Σ χ_t v_t + m over all values of all columns, m a random element
//! used once; ρ is opened and its MAC checked by the ordinary check of the online phase (Π_MACCheck), with its commitments, digests, journal
//! records and what burns.
//!
//! m is authenticated through the encrypted MAC key. That binds the share of the key that a party uses in C2 to the one in
//! K_i: with an `a` for a mask, squares made with another share throughout would pass. One combination over all columns and the
//! mask each cover for the other in triples; in squares the mask alone does.
//!
//! Soundness 4/p (`docs/lowgear.md`, section 8): 1/p for the combination, 1/p for Π_MACCheck's coefficient, 2/p for a form of degree 2 in
//! honest shares.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use speedwell_field::{Field, Prg};
use speedwell_online::transcript::Transcript;
use speedwell_online::{MacKey, Result, Session, Shares, UsageFault};
use zeroize::Zeroizing;

use super::cheat::Weakness;
use super::engine::Engine;
use super::link::Link;
use super::proof::seed_of;

/// Values and MACs of one kind, this party's shares. Wiped when dropped.
pub(super) struct Column<F: Field> {
    pub(super) values: Zeroizing<Vec<F>>,
    pub(super) macs: Zeroizing<Vec<F>>,
}

impl<F: Field> Column<F> {
    /// Room for `len` elements, so that nothing is copied and left behind.
    pub(super) fn with_capacity(len: usize) -> Self {
        let room = || Zeroizing::new(Vec::with_capacity(len));
        Self { values: room(), macs: room() }
    }

    pub(super) fn of(values: Zeroizing<Vec<F>>, macs: Zeroizing<Vec<F>>) -> Self {
        Self { values, macs }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.values.extend_from_slice(&other.values);
        self.macs.extend_from_slice(&other.macs);
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    fn first(&self) -> Option<(F, F)> {
        Some((*self.values.first()?, *self.macs.first()?))
    }

    pub(super) fn into_shares(mut self, key: &Arc<MacKey<F>>) -> Shares<F> {
        let (values, macs) = (std::mem::take(&mut *self.values), std::mem::take(&mut *self.macs));
        Shares::from_parts(key, values, macs)
    }
}

/// Masks of batch checks, each for one check. Wiped when used, and when dropped.
pub(super) struct CheckMasks<F: Field>(Mutex<Column<F>>);

impl<F: Field> CheckMasks<F> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Column::with_capacity(0)))
    }

    pub(super) fn left(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn add(&self, column: Column<F>) {
        self.lock().join(column);
    }

    /// The next one; all parties take them in the same order.
    pub(super) fn take(&self) -> Result<(F, F)> {
        let (values, macs) = self.lock().split(1);
        let (values, macs) = (Zeroizing::new(values), Zeroizing::new(macs));
        let mask = values.first().copied().zip(macs.first().copied());
        Ok(mask.ok_or(UsageFault::Interrupted)?)
    }

    fn lock(&self) -> MutexGuard<'_, Column<F>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks the columns against each other. `broadcast` is the hash of what was broadcast for them.
pub(super) async fn check<F: Field>(
    engine: &Engine<F>,
    link: &Link,
    session: &Session<F>,
    masks: &CheckMasks<F>,
    broadcast: &[u8; 32],
    columns: &[&Column<F>],
) -> Result<()> {
    let own_mask =
        engine.defences.lack(Weakness::MaskFromFactor) || engine.defences.lack(Weakness::SeparateChecks);
    let of_column = columns.first().filter(|_| own_mask).and_then(|column| column.first());
    let mask = of_column.map_or_else(|| masks.take(), Ok)?;
    let rho = combination(engine, link, broadcast, columns, mask).await?;
    if engine.defences.lack(Weakness::CheckRepeated) {
        let begin = async |rho| session.run(async |s| s.open(rho).await.map(drop)).await;
        begin(rho).await?;
        while engine.cheat.again(link).await? {
            begin(combination(engine, link, broadcast, columns, mask).await?).await?;
        }
        return session.run(async |s| s.check().await).await;
    }
    session
        .run(async |s| {
            s.open(rho).await?;
            s.check().await
        })
        .await
}

/// ρ under a fresh coin, with this mask.
async fn combination<F: Field>(
    engine: &Engine<F>,
    link: &Link,
    broadcast: &[u8; 32],
    columns: &[&Column<F>],
    (mut rho, mut mac): (F, F),
) -> Result<Shares<F>> {
    let coin = link.toss("lowgear batch check").await?;
    let seed = Transcript::new("lowgear coefficients").bytes(&coin).bytes(broadcast).finish();
    let mut prg = Prg::new(&seed_of(&seed));
    for column in columns {
        let (value, own_mac) = combine(&mut prg, column);
        rho += value;
        mac += own_mac;
    }
    engine.cheat.check(engine, &seed, columns, &mut rho, &mut mac);
    Ok(Shares::from_parts(&engine.key, vec![rho], vec![mac]))
}

/// Σ χ_t v_t and Σ χ_t g(v_t), the χ read from `prg`.
fn combine<F: Field>(prg: &mut Prg, column: &Column<F>) -> (F, F) {
    // As many coefficients as stay in the first-level cache.
    const BLOCK: usize = 1024;
    let mut chi = [F::ZERO; BLOCK];
    let (mut value, mut mac) = (F::ZERO, F::ZERO);
    for (values, macs) in column.values.chunks(BLOCK).zip(column.macs.chunks(BLOCK)) {
        let Some(chi) = chi.get_mut(..values.len()) else { continue };
        F::sample(prg, chi);
        value += F::dot(chi, values);
        mac += F::dot(chi, macs);
    }
    (value, mac)
}
