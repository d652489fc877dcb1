//! Comparison of a public number with a secret one, digit by digit: a tree of products.
//!
//! [c < r] of two halves: [c_hi < r_hi] + [c_hi = r_hi]·[c_lo < r_lo]. Rounds: ⌈log2 digits⌉. Each product takes a triple
//! of its own: one triple for two products with a common factor would show the difference of the other factors.

use speedwell_field::Field;

use crate::error::Result;
use crate::mask::Node;
use crate::prep::Triples;
use crate::protocol::mul_all;
use crate::session::Session;
use crate::share::Shares;
use crate::weakness::Weakness;

/// ⟦[c < r]⟧ from the nodes of its digits, lowest first. `None` of no digits.
pub(crate) async fn less_than<F: Field>(s: &Session<F>, nodes: Vec<Node<F>>) -> Result<Option<Shares<F>>> {
    let mut nodes: Vec<(Shares<F>, Option<Shares<F>>)> =
        nodes.into_iter().map(|Node { less, equal }| (less, Some(equal))).collect();
    // Nothing lies below the lowest node: nobody asks whether it is equal.
    if let Some((_, equal)) = nodes.first_mut() {
        *equal = None;
    }
    while nodes.len() > 1 {
        let mut factors = Vec::new();
        for pair in nodes.chunks_exact(2) {
            let [(less, equal), (_, Some(above))] = pair else { continue };
            factors.push((above, less));
            factors.extend(equal.as_ref().map(|equal| (above, equal)));
        }
        let products = match s.weak(Weakness::TriplesShared) {
            true => mul_with_common_triples(s, &factors).await?,
            false => mul_all(s, &factors).await?,
        };
        let mut products = products.into_iter();
        let mut joined = Vec::with_capacity(nodes.len().div_ceil(2));
        let mut pairs = nodes.into_iter();
        while let Some((low, low_equal)) = pairs.next() {
            let Some((high, _)) = pairs.next() else {
                joined.push((low, low_equal));
                break;
            };
            let less = products.next().map_or(high.clone(), |product| product + &high);
            joined.push((less, low_equal.and_then(|_| products.next())));
        }
        nodes = joined;
    }
    Ok(nodes.pop().map(|(less, _)| less))
}

/// What a tree without [its defence](Weakness::TriplesShared) would do: products with a common left factor under one triple.
async fn mul_with_common_triples<F: Field>(
    s: &Session<F>,
    pairs: &[(&Shares<F>, &Shares<F>)],
) -> Result<Vec<Shares<F>>> {
    let mut openings = Vec::new();
    let mut last: Option<(&Shares<F>, [Shares<F>; 3])> = None;
    for (x, y) in pairs {
        let [a, b, c] = match last.take().filter(|(left, _)| std::ptr::eq(*left, *x)) {
            Some((_, triple)) => triple,
            None => {
                let Triples { a, b, c } = s.triples(x.len())?;
                [a, b, c]
            }
        };
        let masked = (a.clone().taken_from(&[x]), b.clone().taken_from(&[y]));
        openings.push((s.open(masked.0), s.open(masked.1), c.clone()));
        last = Some((x, [a, b, c]));
    }
    let mut products = Vec::new();
    for ((x, y), (eps, rho, c)) in pairs.iter().zip(openings) {
        let (eps, rho) = (eps.await?, rho.await?);
        products.push(c.beaver(0, &eps, &rho, x, y));
    }
    Ok(products)
}

/// The product of all `factors`, entry by entry. Rounds: ⌈log2 of their number⌉. `None` of none.
pub(crate) async fn product_of_all<F: Field>(
    s: &Session<F>,
    mut factors: Vec<Shares<F>>,
) -> Result<Option<Shares<F>>> {
    while factors.len() > 1 {
        let pairs: Vec<_> =
            factors.chunks_exact(2).filter_map(|pair| Some((pair.first()?, pair.get(1)?))).collect();
        let mut products = mul_all(s, &pairs).await?;
        if factors.len() % 2 == 1 {
            products.extend(factors.pop());
        }
        factors = products;
    }
    Ok(factors.pop())
}

/// ⟦[c < r]⟧ and ⟦[c = r]⟧ from the nodes of the digits, lowest first. `None` of no digits.
pub(crate) async fn less_and_equal<F: Field>(
    s: &Session<F>,
    mut nodes: Vec<Node<F>>,
) -> Result<(Option<Shares<F>>, Option<Shares<F>>)> {
    while nodes.len() > 1 {
        let mut factors = Vec::new();
        for pair in nodes.chunks_exact(2) {
            let [low, high] = pair else { continue };
            factors.push((&high.equal, &low.less));
            factors.push((&high.equal, &low.equal));
        }
        let mut products = mul_all(s, &factors).await?.into_iter();
        let mut joined = Vec::with_capacity(nodes.len().div_ceil(2));
        let mut pairs = nodes.into_iter();
        while let Some(low) = pairs.next() {
            let Some(high) = pairs.next() else {
                joined.push(low);
                break;
            };
            let less = products.next().map_or(high.less.clone(), |product| product + &high.less);
            joined.push(Node { less, equal: products.next().unwrap_or(high.equal) });
        }
        nodes = joined;
    }
    Ok(nodes.pop().map(|Node { less, equal }| (less, equal)).unzip())
}
