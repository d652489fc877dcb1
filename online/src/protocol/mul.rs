//! # Multiplication: step *Multiply* of Π_Online (ePrint 2011/535)
//!
//! Entrywise ⟦z⟧ = ⟦x·y⟧. Rounds: 1. Triples: n. Sent to each peer: 2n elements.
//! Differs from the paper: vectors; openings are checked later (`mac.rs`), before anything that they could spoil is seen.
//! Assumes: triples authenticated under the session's key, each used once.

use speedwell_field::Field;

use crate::error::{Result, UsageFault};
use crate::prep::Triples;
use crate::session::Session;
use crate::share::{Shares, length_fault};

/// Entrywise product of two vectors of n elements.
///
/// # Errors
/// [`UsageFault::Length`]; [`Error::Exhausted`](crate::Error::Exhausted) for want of n triples; whatever ends the session.
pub async fn mul<F: Field>(s: &Session<F>, x: &Shares<F>, y: &Shares<F>) -> Result<Shares<F>> {
    if x.len() != y.len() {
        return Err(length_fault("mul", x.len(), y.len()).into());
    }
    // 1. Spend one triple ⟦a⟧, ⟦b⟧, ⟦c⟧ with c = ab per entry.
    let Triples { a, b, c } = s.triples(x.len())?;
    // 2. Open ε = x − a and ρ = y − b, in one round; in place of a and b.
    let (eps, rho) = (s.open(a.taken_from(&[x])), s.open(b.taken_from(&[y])));
    let (eps, rho) = (eps.await?, rho.await?);
    // 3. ⟦z⟧ = ⟦c⟧ + ε⟦b⟧ + ρ⟦a⟧ + ερ = ⟦c⟧ + ε⟦y⟧ + ρ⟦x⟧ − ερ: one fused slice kernel, in place of c.
    Ok(c.beaver(0, &eps, &rho, x, y))
}

/// Products of pairs of vectors, all in one round; each product takes a triple of its own.
pub(crate) async fn mul_all<F: Field>(
    s: &Session<F>,
    pairs: &[(&Shares<F>, &Shares<F>)],
) -> Result<Vec<Shares<F>>> {
    if let Some((x, y)) = pairs.iter().find(|(x, y)| x.len() != y.len()) {
        return Err(length_fault("mul", x.len(), y.len()).into());
    }
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let (left, right): (Vec<&Shares<F>>, Vec<&Shares<F>>) = pairs.iter().copied().unzip();
    let len = left.iter().fold(0_usize, |len, x| len.saturating_add(x.len()));
    // As in `mul`, with the triples of all pairs one behind the other.
    let Triples { a, b, c } = s.triples(len)?;
    let (eps, rho) = (s.open(a.taken_from(&left)), s.open(b.taken_from(&right)));
    let (eps, rho) = (eps.await?, rho.await?);
    let mut at = 0_usize;
    let product = |(x, y): &(&Shares<F>, &Shares<F>)| {
        let start = at;
        at = at.saturating_add(x.len());
        c.slice(start..at).beaver(start, &eps, &rho, x, y)
    };
    Ok(pairs.iter().map(product).collect())
}

/// Inner product Σ x_k·y_k, a vector of length one. Rounds: 1. Triples: n. Sent to each peer: 2n elements.
///
/// # Errors
/// As [`mul`].
pub async fn dot<F: Field>(s: &Session<F>, x: &Shares<F>, y: &Shares<F>) -> Result<Shares<F>> {
    Ok(mul(s, x, y).await?.sum())
}

/// Product of an `rows`×`inner` matrix and an `inner`×`columns` matrix, all row by row. Rounds: 1.
/// Triples: rows·inner·columns. Sent to each peer: twice that many elements.
///
/// # Errors
/// [`UsageFault::Length`] if a vector is not as long as its shape says; otherwise as [`mul`].
pub async fn matmul<F: Field>(
    s: &Session<F>,
    x: &Shares<F>,
    y: &Shares<F>,
    (rows, inner, columns): (usize, usize, usize),
) -> Result<Shares<F>> {
    let too_large = || UsageFault::Length { operation: "matmul", left: rows, right: columns };
    let x_len = rows.checked_mul(inner).ok_or_else(too_large)?;
    let y_len = inner.checked_mul(columns).ok_or_else(too_large)?;
    let products = x_len.checked_mul(columns).ok_or_else(too_large)?;
    if x.len() != x_len {
        return Err(length_fault("matmul", x.len(), x_len).into());
    }
    if y.len() != y_len {
        return Err(length_fault("matmul", y.len(), y_len).into());
    }
    // Product (i, j, k) = x[i, k]·y[k, j], with k running fastest, so that entry (i, j) is a run of `inner` products.
    let mut left = Vec::with_capacity(products);
    let mut right = Vec::with_capacity(products);
    for row in 0..rows {
        for column in 0..columns {
            for k in 0..inner {
                left.push(row.saturating_mul(inner).saturating_add(k));
                right.push(k.saturating_mul(columns).saturating_add(column));
            }
        }
    }
    let z = mul(s, &x.gather(&left), &y.gather(&right)).await?;
    Ok(if inner == 0 {
        s.constant(&vec![F::ZERO; rows.saturating_mul(columns)])
    } else {
        z.sum_groups(inner)
    })
}
