//! The secure part of a study: what a [`Layout`] lists, over a session.
//!
//! Functionality: every party puts its vector of aggregates in; what [`Layout::reveals`] lists is revealed, and nothing
//! else. Rounds: 1 for the inputs, 1 if there are products, and those of one reveal (7, or 4 if nothing was opened
//! before). Material: one input mask of each party a cell, one triple or square a product, and one input mask of each
//! recipient a revealed value where not everybody receives.

use speedwell_field::Field;
use speedwell_net::{Advice, PartyId};
use speedwell_online::protocol::{mul, square};
use speedwell_online::{Error, Session, Shares, try_join, try_join_all};

use crate::advice::advised;
use crate::layout::{Expression, Layout, Operand, Reveal};

/// A revealed value is no integer of 127 bits: some party's aggregates were outside their intervals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfRange {
    /// What was revealed.
    pub label: String,
}

advised!(OutOfRange);

impl OutOfRange {
    /// What was found, what is expected, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        Advice::new(
            format!("{} was revealed as a value out of its range", self.label),
            "a value that rows within the study's ranges give",
            "have each party check its data with a dry run: one put in figures that break the study's ranges",
        )
    }
}

/// Who receives what is revealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receivers {
    /// Every party.
    All,
    /// These parties.
    Some(Vec<PartyId>),
}

/// Runs the secure part with this party's vector, which is as long as [`Layout::cells`]. The values in the order of
/// [`Layout::reveals`], for [`integers`] to read; `None` at a party that does not receive.
///
/// # Errors
/// Whatever ends the session.
pub async fn compute<F: Field>(
    s: &Session<F>,
    layout: &Layout,
    own: &[i128],
    receivers: &Receivers,
) -> Result<Option<Vec<F>>, Error> {
    let own: Vec<F> = own.iter().map(|x| F::from_i128(*x)).collect();
    // 1. Every party puts its aggregates in.
    let parties = s.input_all(&own).await?;
    // 2. Pool them: local additions. Operands are addressed in the vector of all cells, pooled first.
    let zero = s.constant(&vec![F::ZERO; own.len()]);
    let pooled = parties.iter().fold(zero, |sum, party| sum + party);
    let all: Vec<&Shares<F>> = std::iter::once(&pooled).chain(&parties).collect();
    let cells = Shares::concat(&all).unwrap_or_else(|| pooled.clone());
    // 3. Multiply, all products in one round.
    let products = products(s, layout, &cells, own.len()).await?;
    // 4. Combine.
    let revealed = combine(s, layout, &pooled, &products);
    // 5. Reveal.
    match receivers {
        Receivers::All => Ok(Some(s.reveal(&revealed).await?)),
        Receivers::Some(receivers) => {
            let to_each = receivers.iter().map(|receiver| s.reveal_to(*receiver, &revealed));
            Ok(try_join_all(to_each).await?.into_iter().flatten().next())
        }
    }
}

/// Reads revealed values as centred integers.
///
/// # Errors
/// [`OutOfRange`], which names the first that is none.
pub fn integers<F: Field>(layout: &Layout, values: &[F]) -> Result<Vec<i128>, OutOfRange> {
    let integer = |(value, reveal): (&F, &Reveal)| {
        value.to_i128().ok_or_else(|| OutOfRange { label: reveal.label.clone() })
    };
    values.iter().zip(layout.reveals()).map(integer).collect()
}

/// The products in the layout's order: squares by squares, the others by triples.
async fn products<F: Field>(
    s: &Session<F>,
    layout: &Layout,
    cells: &Shares<F>,
    width: usize,
) -> Result<Shares<F>, Error> {
    let place = |operand: Operand| match operand {
        Operand::Pooled(cell) => cell.0,
        Operand::Party(party, cell) => (party + 1) * width + cell.0,
    };
    let (squares, others): (Vec<_>, Vec<_>) = layout.products().iter().partition(|p| p.is_square());
    let side = |operands: Vec<Operand>| cells.gather(&operands.into_iter().map(place).collect::<Vec<_>>());
    let roots = side(squares.iter().map(|p| p.left).collect());
    let left = side(others.iter().map(|p| p.left).collect());
    let right = side(others.iter().map(|p| p.right).collect());
    if squares.is_empty() && others.is_empty() {
        return Ok(s.constant(&[]));
    }
    let (squared, multiplied) = try_join(square(s, &roots), mul(s, &left, &right)).await?;
    // Back into the layout's order.
    let (mut next_square, mut next_other) = (0, squares.len());
    let order: Vec<usize> = layout
        .products()
        .iter()
        .map(|p| {
            let next = if p.is_square() { &mut next_square } else { &mut next_other };
            *next += 1;
            *next - 1
        })
        .collect();
    Ok(squared.append(&multiplied).gather(&order))
}

fn combine<F: Field>(s: &Session<F>, layout: &Layout, pooled: &Shares<F>, products: &Shares<F>) -> Shares<F> {
    layout.reveals().iter().fold(s.constant(&[]), |all, reveal| {
        let value = match &reveal.expression {
            Expression::Cell(cell) => pooled.gather(&[cell.0]),
            Expression::Form(terms) => {
                let places: Vec<usize> = terms.iter().map(|(_, product)| product.0).collect();
                let weights: Vec<F> = terms.iter().map(|(k, _)| F::from_i128(i128::from(*k))).collect();
                products.gather(&places).dot_public(&weights)
            }
        };
        all.append(&value)
    })
}
