//! One-hot vectors of short secret numbers, and public tables looked up by them.
//!
//! A one-hot of two halves is the outer product of theirs: (A − 1)(B − 1) products, the rest by differences. A table of two
//! digits is looked up without the outer product of their one-hots: Σ_h oh_h·(Σ_l oh_l·table[h][l]), where the inner sums are local.

use std::future::Future;
use std::pin::Pin;

use speedwell_field::Field;

use super::inner_all;
use crate::error::Result;
use crate::join::try_join;
use crate::protocol::mul_all;
use crate::session::Session;
use crate::share::Shares;

/// [number = 0], [number = 1], … from the bits, lowest first. Rounds: ⌈log2 bits⌉. Products: 1, 4, 11, 26 for 2 to 5 bits.
pub(crate) fn one_hot<'a, F: Field>(
    s: &'a Session<F>,
    planes: &'a [Shares<F>],
) -> Pin<Box<dyn Future<Output = Result<Vec<Shares<F>>>> + Send + 'a>> {
    Box::pin(async move {
        match planes {
            [] => Ok(Vec::new()),
            [bit] => Ok(vec![-bit + F::ONE, bit.clone()]),
            _ => {
                let (low, high) = planes.split_at(planes.len().wrapping_shr(1));
                let (low, high) = try_join(one_hot(s, low), one_hot(s, high)).await?;
                outer(s, &high, &low).await
            }
        }
    })
}

async fn outer<F: Field>(s: &Session<F>, high: &[Shares<F>], low: &[Shares<F>]) -> Result<Vec<Shares<F>>> {
    let pairs: Vec<(&Shares<F>, &Shares<F>)> =
        high.iter().skip(1).flat_map(|h| low.iter().skip(1).map(move |l| (h, l))).collect();
    let products = mul_all(s, &pairs).await?;
    // Rows h ≥ 1: the entry for l = 0 is what the others leave of h; row 0 is what the others leave of each l.
    let mut rows: Vec<Vec<Shares<F>>> = Vec::new();
    let each = low.len().saturating_sub(1);
    for (h, products) in high.iter().skip(1).zip(products.chunks(each.max(1))) {
        let first = products.iter().fold(h.clone(), |left, product| left - product);
        rows.push(std::iter::once(first).chain(products.iter().cloned()).collect());
    }
    let left = |(l, of): (usize, &Shares<F>)| {
        rows.iter().filter_map(|row| row.get(l)).fold(of.clone(), |left, entry| left - entry)
    };
    let first = low.iter().enumerate().map(left).collect();
    Ok(std::iter::once(first).chain(rows).flatten().collect())
}

/// Σ oh_i·table(i). Local.
pub(crate) fn look_up<F: Field>(hot: &[Shares<F>], table: impl Fn(usize) -> F) -> Option<Shares<F>> {
    let mut entries = hot.iter().enumerate();
    let (at, first) = entries.next()?;
    Some(entries.fold(first * table(at), |sum, (at, hot)| sum.plus_scaled(table(at), hot)))
}

/// Entries of several public tables at a secret place of two digits, in one round; local if the higher digit has one value.
/// `table(which, high, low)`.
pub(crate) async fn look_up_pairs<F: Field>(
    s: &Session<F>,
    high: &[Shares<F>],
    low: &[Shares<F>],
    tables: usize,
    table: impl Fn(usize, usize, usize) -> F,
) -> Result<Vec<Shares<F>>> {
    let row = |which: usize, h: usize| look_up(low, |l| table(which, h, l));
    if high.len() <= 1 {
        return Ok((0..tables).filter_map(|which| row(which, 0)).collect());
    }
    let rows: Vec<Vec<Shares<F>>> =
        (0..tables).map(|which| (0..high.len()).filter_map(|h| row(which, h)).collect()).collect();
    let sums: Vec<Vec<(&Shares<F>, &Shares<F>)>> =
        rows.iter().map(|rows| high.iter().zip(rows).collect()).collect();
    inner_all(s, &sums).await
}
