//! # One-hot vectors of secret digits and indices
//!
//! ⟦f_v⟧ = ⟦[x = v]⟧ for v = 0, …, V − 1.
//! - From the w bits of x: those of the lower and the upper half are multiplied with each other. Because they add up to 1,
//!   the products with v = 0 follow from the others: 2^w − w − 1 products in ⌈log₂ w⌉ rounds.
//! - From x itself, x < V: f_v is a polynomial of degree V − 1 in x. V − 2 powers, every other one a square, in
//!   ⌈log₂(V − 1)⌉ rounds; V² multiplications an element are local.

use speedwell_field::Field;

use crate::error::Result;
use crate::join::try_join;
use crate::protocol::{mul, square};
use crate::session::Session;
use crate::share::Shares;

/// The one-hot vectors of numbers below `size`, given by their bits, the lowest plane first: vector v has one element a
/// number. None is made of values from `size` on, which do not occur.
pub(super) async fn one_hot_of_bits<F: Field>(
    s: &Session<F>,
    planes: &[Shares<F>],
    size: usize,
) -> Result<Vec<Shares<F>>> {
    let mut parts: Vec<Vec<Shares<F>>> = planes.iter().map(|bit| vec![-bit + F::ONE, bit.clone()]).collect();
    while parts.len() > 1 {
        let last = parts.len() <= 2;
        // Pairs of neighbours, all in one round; an odd one passes on.
        let limit = if last { size } else { usize::MAX };
        let mut factors: Option<(Shares<F>, Shares<F>)> = None;
        for pair in parts.chunks_exact(2) {
            for (left, right) in crossed(pair, limit).map(|(_, _, low, high)| (low, high)) {
                factors = Some(match factors {
                    None => (left.clone(), right.clone()),
                    Some((all, others)) => (all.append(left), others.append(right)),
                });
            }
        }
        let mut products = match factors {
            None => Vec::new(),
            Some((left, right)) => {
                let count = planes.first().map_or(1, Shares::len).max(1);
                let products = mul(s, &left, &right).await?;
                products.planes(products.len().checked_div(count).unwrap_or(0))
            }
        }
        .into_iter();
        let mut next = Vec::new();
        for pair in parts.chunks(2) {
            next.push(match pair {
                [low, high] => {
                    let known: Vec<(usize, usize)> = crossed(pair, limit).map(|(i, j, ..)| (i, j)).collect();
                    cross(low, high, &known, &mut products)
                }
                other => other.first().cloned().unwrap_or_default(),
            });
        }
        parts = next;
    }
    let mut all = parts.pop().unwrap_or_default();
    all.truncate(size);
    Ok(all)
}

/// The pairs of values that a product is spent on: neither is 0, and the value they make is below the limit.
fn crossed<T>(pair: &[Vec<T>], limit: usize) -> impl Iterator<Item = (usize, usize, &T, &T)> {
    let (low, high) =
        (pair.first().map_or(&[][..], Vec::as_slice), pair.get(1).map_or(&[][..], Vec::as_slice));
    let width = low.len();
    high.iter().enumerate().skip(1).flat_map(move |(j, high)| {
        let below = move |i: usize| j.saturating_mul(width).saturating_add(i) < limit;
        low.iter().enumerate().skip(1).filter(move |(i, _)| below(*i)).map(move |(i, low)| (i, j, low, high))
    })
}

/// All products of one part's vectors with another's, from those of the known pairs.
fn cross<F: Field>(
    low: &[Shares<F>],
    high: &[Shares<F>],
    known: &[(usize, usize)],
    products: &mut impl Iterator<Item = Shares<F>>,
) -> Vec<Shares<F>> {
    let width = low.len();
    // [lo = 0]·[hi = j] = [hi = j] − Σ …, [lo = i]·[hi = 0] = [lo = i] − Σ …
    let mut table: Vec<Option<Shares<F>>> = vec![None; width.saturating_mul(high.len())];
    let mut first_column: Vec<Shares<F>> = high.to_vec();
    let mut first_row: Vec<Shares<F>> = low.to_vec();
    for ((i, j), both) in known.iter().zip(products) {
        if let (Some(column), Some(row)) = (first_column.get_mut(*j), first_row.get_mut(*i)) {
            *column = column.clone() - &both;
            *row = row.clone() - &both;
        }
        if let Some(place) = table.get_mut(j.saturating_mul(width).saturating_add(*i)) {
            *place = Some(both);
        }
    }
    // [lo = 0]·[hi = 0] = [lo = 0] − Σ_j [lo = 0]·[hi = j]
    let rest = first_column.iter().skip(1);
    let corner = low.first().map(|zero| rest.fold(zero.clone(), |left, both| left - both));
    for (at, place) in table.iter_mut().enumerate() {
        let (j, i) = (at.checked_div(width).unwrap_or(0), at.checked_rem(width).unwrap_or(0));
        if at == 0 {
            place.clone_from(&corner);
        } else if i == 0 {
            *place = first_column.get(j).cloned();
        } else if j == 0 {
            *place = first_row.get(i).cloned();
        } else if place.is_none() {
            // A value that does not occur.
            *place = low.first().map(|zero| zero.clone() * F::ZERO);
        }
    }
    table.into_iter().flatten().collect()
}

/// The one-hot vectors of digits below `size`.
pub(super) async fn one_hot_of_digit<F: Field>(
    s: &Session<F>,
    digit: &Shares<F>,
    size: usize,
) -> Result<Vec<Shares<F>>> {
    // powers[e − 1] = x^e
    let mut powers = vec![digit.clone()];
    while powers.len().saturating_add(1) < size {
        let most = powers.len().saturating_mul(2).min(size.saturating_sub(1));
        let (mut roots, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
        for exponent in powers.len().saturating_add(1)..=most {
            let half = exponent.wrapping_shr(1);
            if exponent.is_multiple_of(2) {
                roots.extend(powers.get(half.saturating_sub(1)));
            } else {
                left.extend(powers.get(half.saturating_sub(1)));
                right.extend(powers.get(half));
            }
        }
        let parts = (roots.len(), left.len());
        let none = || digit.slice(0..0);
        let join = |all: Vec<&Shares<F>>| Shares::concat(&all).unwrap_or_else(none);
        let (roots, left, right) = (join(roots), join(left), join(right));
        let (squares, products) = try_join(square(s, &roots), mul(s, &left, &right)).await?;
        let (mut squares, mut products) =
            (squares.planes(parts.0).into_iter(), products.planes(parts.1).into_iter());
        for exponent in powers.len().saturating_add(1)..=most {
            powers.extend(if exponent.is_multiple_of(2) { squares.next() } else { products.next() });
        }
    }
    Ok(lagrange::<F>(size).iter().map(|coefficients| evaluate(coefficients, digit, &powers)).collect())
}

/// c_0 + c_1·x + Σ c_k·x^k.
fn evaluate<F: Field>(coefficients: &[F], x: &Shares<F>, powers: &[Shares<F>]) -> Shares<F> {
    let coefficient = |k: usize| coefficients.get(k).copied().unwrap_or(F::ZERO);
    let linear = x * coefficient(1) + coefficient(0);
    let terms = coefficients.iter().skip(2).zip(powers.iter().skip(1));
    terms.fold(linear, |sum, (c, power)| sum.plus_scaled(*c, power))
}

/// For each v < `size` the coefficients of the polynomial that is 1 at v and 0 at the other numbers below `size`.
fn lagrange<F: Field>(size: usize) -> Vec<Vec<F>> {
    let points: Vec<F> = (0_u64..).take(size).map(F::from_u64).collect();
    points
        .iter()
        .map(|v| {
            let mut coefficients = vec![F::ONE];
            let mut scale = F::ONE;
            for u in points.iter().filter(|u| *u != v) {
                scale *= *v - *u;
                // · (x − u)
                let lower: Vec<F> = coefficients.iter().map(|c| -(*c * *u)).collect();
                coefficients.insert(0, F::ZERO);
                F::add_assign_slice(&mut coefficients, &lower);
            }
            F::scale_slice(&mut coefficients, scale.inverse_or_zero());
            coefficients
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_field::Fp127;

    #[test]
    fn polynomials_are_one_at_their_point_alone() {
        for size in [1, 2, 3, 16, 64] {
            for (v, polynomial) in lagrange::<Fp127>(size).iter().enumerate() {
                for x in 0..size {
                    let value = Fp127::horner(polynomial, Fp127::from_u64(x as u64));
                    assert_eq!(value, Fp127::from_u64(u64::from(x == v)));
                }
            }
        }
    }
}
