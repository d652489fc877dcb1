//! Material made of checked material by opening a part of it.
//!
//! - Bits: of a checked square the a² is opened and its MAC checked; b = (a/√(a²) + 1)/2 with the root in [0, (p-1)/2]. Zeros are
//!   discarded.
//! - Inverse pairs: of a checked triple c = ab is opened and its MAC checked; a⁻¹ = c⁻¹ b. Zeros are discarded.
//!
//! Either opening shows a function of fresh uniform elements that are used for nothing else.

use speedwell_field::Field;
use speedwell_online::{Result, Session};

use super::check::Column;
use super::engine::Engine;

/// Bits from squares: this party's shares.
pub(super) async fn bits<F: Field>(
    engine: &Engine<F>,
    session: &Session<F>,
    [a, squares]: [Column<F>; 2],
) -> Result<Column<F>> {
    let opened = reveal(engine, session, squares).await?;
    let half = F::from_u64(2).inverse_or_zero();
    let factors = in_parts(engine, opened, |factors| {
        F::inv_sqrt(factors);
        F::scale_slice(factors, half);
    });
    let mut bits = scaled(&a, &factors);
    let (value, mac) = (if engine.me().index() == 0 { half } else { F::ZERO }, half * engine.key.alpha());
    bits.values.iter_mut().for_each(|x| *x += value);
    bits.macs.iter_mut().for_each(|x| *x += mac);
    Ok(without_zeros(bits, &factors))
}

/// Inverse pairs from triples: this party's shares of a and of its inverse.
pub(super) async fn inverses<F: Field>(
    engine: &Engine<F>,
    session: &Session<F>,
    [a, b, c]: [Column<F>; 3],
) -> Result<[Column<F>; 2]> {
    let opened = reveal(engine, session, c).await?;
    let factors = in_parts(engine, opened, F::batch_inverse);
    let inverses = scaled(&b, &factors);
    Ok([without_zeros(a, &factors), without_zeros(inverses, &factors)])
}

async fn reveal<F: Field>(engine: &Engine<F>, session: &Session<F>, column: Column<F>) -> Result<Vec<F>> {
    let shares = column.into_shares(engine);
    session.run(async |s| s.reveal(&shares).await).await
}

/// Applies `op` to parts of a vector, on all threads.
fn in_parts<F: Field>(engine: &Engine<F>, mut x: Vec<F>, op: impl Fn(&mut [F]) + Sync + Send) -> Vec<F> {
    let part = x.len().div_ceil(engine.workers.threads()).max(1);
    engine.workers.map(x.chunks_mut(part).collect(), op);
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
