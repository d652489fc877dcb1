//! Material made of checked material by opening a part of it.
//!
//! - Bits: of a checked square the a² is opened and its MAC checked; b = (a/√(a²) + 1)/2 with the root in [0, (p-1)/2]. Zeros are
//!   discarded.
//! - Inverse pairs: of a checked triple c = ab is opened and its MAC checked; a⁻¹ = c⁻¹ b. Zeros are discarded.
//!
//! Either opening shows a function of fresh uniform elements that are used for nothing else.
//!
//! **Sealing.** a² leaves two candidates for a, and for an honest party's a_i. While that a_i is encrypted under a key whose owner still
//! decrypts replies, a cheater could add a multiple of (A_i - guess) to a later reply: the check would pass exactly if the guess
//! is right. So nothing is opened here before the secret keys of the epoch are wiped: [`Sealed`] can only be had by giving up the
//! engine.

use speedwell_field::Field;
use speedwell_online::{CheckFault, Error, Kind, MacKey, Result, Session};

use std::sync::Arc;

use super::check::Column;
use super::engine::Engine;
use super::work::Workers;

/// What is left of a party when its encryption keys are gone.
pub(super) struct Sealed<F: Field> {
    workers: Workers,
    key: Arc<MacKey<F>>,
}

/// Checked material that has to be opened in part to become what was asked for.
pub(super) struct Unopened<F: Field> {
    pub(super) kind: Kind,
    pub(super) columns: Vec<Column<F>>,
}

impl<F: Field> Sealed<F> {
    /// Wipes the encryption keys.
    pub(super) fn new(engine: Engine<F>) -> Self {
        let Engine { workers, key, .. } = engine;
        Self { workers, key }
    }

    /// Opens what has to be opened; the columns of the kind.
    pub(super) async fn derive(
        &self,
        session: &Session<F>,
        Unopened { kind, columns }: Unopened<F>,
    ) -> Result<Vec<Column<F>>> {
        let mut columns = columns.into_iter();
        let mut next = || columns.next().unwrap_or_else(|| Column::with_capacity(0));
        Ok(match kind {
            Kind::Bits => vec![bits(self, session, [next(), next()]).await?],
            _ => inverses(self, session, [next(), next(), next()]).await?.into(),
        })
    }
}

/// Bits from squares: this party's shares.
async fn bits<F: Field>(
    sealed: &Sealed<F>,
    session: &Session<F>,
    [a, squares]: [Column<F>; 2],
) -> Result<Column<F>> {
    let opened = reveal(sealed, session, squares).await?;
    let half = F::from_u64(2).inverse_or_zero();
    let factors = in_parts(sealed, opened.clone(), |factors| {
        F::inv_sqrt(factors);
        F::scale_slice(factors, half);
    });
    // Of a non-residue there is no root: what was checked to be a square is none.
    if opened.iter().zip(&factors).any(|(square, factor)| *square != F::ZERO && *factor == F::ZERO) {
        return Err(Error::Check(CheckFault::Relation));
    }
    let mut bits = scaled(&a, &factors);
    let (value, mac) =
        (if sealed.key.party().index() == 0 { half } else { F::ZERO }, half * sealed.key.alpha());
    bits.values.iter_mut().for_each(|x| *x += value);
    bits.macs.iter_mut().for_each(|x| *x += mac);
    Ok(without_zeros(bits, &factors))
}

/// Inverse pairs from triples: this party's shares of a and of its inverse.
async fn inverses<F: Field>(
    sealed: &Sealed<F>,
    session: &Session<F>,
    [a, b, c]: [Column<F>; 3],
) -> Result<[Column<F>; 2]> {
    let opened = reveal(sealed, session, c).await?;
    let factors = in_parts(sealed, opened, F::batch_inverse);
    let inverses = scaled(&b, &factors);
    Ok([without_zeros(a, &factors), without_zeros(inverses, &factors)])
}

async fn reveal<F: Field>(sealed: &Sealed<F>, session: &Session<F>, column: Column<F>) -> Result<Vec<F>> {
    let shares = column.into_shares(&sealed.key);
    session.run(async |s| s.reveal(&shares).await).await
}

/// Applies `op` to parts of a vector, on all threads.
fn in_parts<F: Field>(sealed: &Sealed<F>, mut x: Vec<F>, op: impl Fn(&mut [F]) + Sync + Send) -> Vec<F> {
    let part = x.len().div_ceil(sealed.workers.threads()).max(1);
    sealed.workers.map(x.chunks_mut(part).collect(), op);
    x
}

fn scaled<F: Field>(column: &Column<F>, factors: &[F]) -> Column<F> {
    let mut out = Column::of(column.values.clone(), column.macs.clone());
    F::mul_assign_slice(&mut out.values, factors);
    F::mul_assign_slice(&mut out.macs, factors);
    out
}

/// The elements whose factor is not zero.
fn without_zeros<F: Field>(column: Column<F>, factors: &[F]) -> Column<F> {
    if factors.iter().all(|factor| *factor != F::ZERO) {
        return column;
    }
    let mut out = Column::with_capacity(column.len());
    let pairs = column.values.iter().zip(column.macs.iter());
    for ((value, mac), _) in pairs.zip(factors).filter(|(_, factor)| **factor != F::ZERO) {
        out.values.push(*value);
        out.macs.push(*mac);
    }
    out
}
