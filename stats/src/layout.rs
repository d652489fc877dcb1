//! The layout: which local aggregates a study needs, what is multiplied on shares, and what is revealed.
//!
//! The layout is the contract between three steps that never meet otherwise.
//!
//! 1. *Reduction* ([`reduce`](crate::reduce())): each party turns its rows into one vector of integers, one per
//!    [cell](Cell), in the order of [`Layout::cells`].
//! 2. *Secure computation*, over any engine that adds, multiplies and reveals: party i inputs its vector; the *pooled*
//!    value of a cell is the sum of the parties' values; [`Layout::products`] lists the pairs to multiply on shares, all
//!    independent of each other (one round); [`Layout::reveals`] lists what is opened, each either a pooled cell or an
//!    integer combination of products. Nothing else is opened.
//! 3. *Finishing* ([`finish`](crate::finish())): the revealed integers, in the order of [`Layout::reveals`], become results.
//!
//! Cells, products and reveals are listed once each, in order of first use by the statistics in the study's order: mean
//! and deviation of one column by one category share their cells. The order depends on the study and the number of
//! parties alone, and [`Layout::digest`] lets parties compare it.
//!
//! Each cell, product and reveal has a guaranteed interval, from the ranges of the columns and the bound on rows, for
//! parties whose rows keep to them. [`Layout::check_room`] refuses a field in which a result could wrap around. A party that
//! lies can exceed the interval; [`finish`](crate::finish()) refuses a revealed value outside it.
//!
//! **Cost** per category, for n parties: a count, sum, mean, ratio or bin multiplies nothing and reveals its totals. A
//! moment (variance, deviation, covariance, pair of a correlation) on shares takes two products and reveals one form, in
//! clear none and three sums; a variance's second product is a square. Concentration takes n + 1 squares and reveals two
//! forms. All products together are one round of multiplication, all reveals one opening.
//!
//! **What is disclosed.** The revealed list, exactly: [`Layout::reveals`] with a label each. What follows from results
//! follows from these too; [`Layout::leaks`] names the two cases in which a party can solve for another party's own figure.

mod build;
mod recipe;
#[cfg(test)]
mod tests;

pub(crate) use recipe::{Numerator, Recipe, Table};

use crate::{
    advice::advised,
    interval::Interval,
    study::{ColumnId, Measure, Study},
};
use num_bigint::{BigInt, BigUint};
use sha3::{Digest as _, Sha3_256};
use speedwell_net::Advice;

/// The layout of a study for a number of parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub(crate) study: Study,
    pub(crate) parties: usize,
    pub(crate) blocks: Vec<Block>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) products: Vec<Product>,
    pub(crate) reveals: Vec<Reveal>,
    /// One table per statistic.
    pub(crate) tables: Vec<Table>,
}

/// Index into [`Layout::cells`], and into each party's vector of aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(pub usize);

/// Index into [`Layout::products`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductId(pub usize);

/// Index into [`Layout::reveals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevealId(pub usize);

/// One local aggregate of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What it adds up over which rows, for people and for the digest.
    pub label: String,
    /// Where each party's own value lies.
    pub party: Interval,
    /// Where the sum over all parties lies.
    pub pooled: Interval,
}

/// A factor of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operand {
    /// The sum of a cell over all parties.
    Pooled(CellId),
    /// One party's own value of a cell; parties count from 0.
    Party(usize, CellId),
}

/// A multiplication on shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// One factor.
    pub left: Operand,
    /// The other factor; equal to `left` for a square.
    pub right: Operand,
}

/// A value that is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reveal {
    /// What is opened.
    pub expression: Expression,
    /// What it is, for people and for the digest.
    pub label: String,
    /// Where it lies.
    pub bound: Interval,
}

/// What is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// The sum of a cell over all parties.
    Cell(CellId),
    /// Σ coefficient · product.
    Form(Vec<(i64, ProductId)>),
}

/// Cells of one moment, for every category: cell number `first + category · bins + bin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub moment: Moment,
    pub by: Option<ColumnId>,
    pub first: usize,
    pub categories: usize,
    /// 1, or the number of bins of a histogram.
    pub bins: usize,
}

/// What is added up, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Moment {
    /// 1.
    Count,
    /// x.
    Sum(ColumnId),
    /// x·y, with x ≤ y.
    Product(ColumnId, ColumnId),
    /// 1 in the bin that x falls into.
    Bins(Bins),
}

/// Public bins of a column: below the first edge (if the range reaches there), [e₀, e₁), …, at or above the last edge (if
/// the range reaches there).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bins {
    pub column: ColumnId,
    pub edges: Vec<i64>,
    pub below: bool,
    pub above: bool,
}

/// A case in which results let one party compute another party's own figure. It is a property of what was asked, not of
/// how it is computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Leak {
    /// Two parties: each total less one's own part is the other's.
    #[error("with two parties every total less one's own part is the other party's figure")]
    TwoParties,
    /// Concentration among three parties: from Σ L and Σ L² and its own L, a party finds the two others' as a pair.
    #[error(
        "with three parties, {statistic:?} and one's own total give the totals of the two others, up to which is whose"
    )]
    ConcentrationOfThree {
        /// The statistic.
        statistic: String,
    },
}

/// A study that cannot be computed as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LayoutError {
    /// Fewer parties than the study asks for.
    TooFewParties {
        /// At least so many.
        expected: usize,
        /// So many there are.
        found: usize,
    },
    /// More aggregates than fit.
    TooManyCells {
        /// How many.
        found: usize,
        /// How many are possible.
        limit: usize,
    },
    /// A value that could wrap around.
    NoRoom {
        /// What could wrap around.
        what: String,
        /// Bits of its greatest possible absolute value.
        bits: u64,
        /// Bits there are.
        room: u64,
    },
}

advised!(LayoutError);

impl LayoutError {
    /// What was found, what is expected, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::TooFewParties { expected, found } => Advice::new(
                format!("{found} parties"),
                format!("at least {expected} parties (key `min_owners`)"),
                "let more parties take part, or agree on a smaller `min_owners`",
            ),
            Self::TooManyCells { found, limit } => Advice::new(
                format!("the study asks for {found} aggregates"),
                format!("at most {limit}"),
                "use fewer categories, bins or columns",
            ),
            Self::NoRoom { what, bits, room } => Advice::new(
                format!("{what} can reach {bits} bits"),
                format!("at most {room} bits, sign apart, which the field has room for"),
                "lower `max_rows`, narrow the `range` of its columns, use a coarser unit, or take a larger field",
            ),
        }
    }
}

impl Layout {
    /// The layout of a study for so many parties.
    ///
    /// # Errors
    /// [`LayoutError`]: too few parties, too many cells, or an aggregate that a party's own 128-bit sum cannot hold.
    pub fn new(study: &Study, parties: usize) -> Result<Self, LayoutError> {
        build::layout(study, parties)
    }

    /// The study it is of.
    #[must_use]
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// Number of parties it is for.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// The local aggregates, in the order of each party's vector.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The multiplications on shares; none depends on another.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// What is opened, in the order that [`finish`](crate::finish()) takes.
    #[must_use]
    pub fn reveals(&self) -> &[Reveal] {
        &self.reveals
    }

    /// Checks that no cell and no revealed value can wrap around modulo `modulus` (little-endian limbs), as centred
    /// representatives, nor leave an `i128`. Products alone may: only their combinations are read.
    ///
    /// # Errors
    /// [`LayoutError::NoRoom`], which names the first value without room.
    pub fn check_room(&self, modulus: &[u64]) -> Result<(), LayoutError> {
        let digits = modulus.iter().flat_map(|limb| [*limb as u32, (limb >> 32) as u32]).collect();
        let half = BigUint::new(digits) >> 1u32; // the centred representatives are −half..=half for an odd modulus
        let largest = BigInt::from(half).min(BigInt::from(i128::MAX));
        let cells = self.cells.iter().map(|c| (&c.label, &c.pooled));
        let reveals = self.reveals.iter().map(|r| (&r.label, &r.bound));
        match cells.chain(reveals).find(|(_, bound)| bound.magnitude() > largest) {
            None => Ok(()),
            Some((label, bound)) => Err(LayoutError::NoRoom {
                what: label.clone(),
                bits: bound.bits(),
                room: (largest + 1u32).bits() - 1, // all of 2^room − 1 and below fits
            }),
        }
    }

    /// SHA3-256 over study, parties, cells, products and reveals: equal at two parties whose layouts are the same.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha3_256::new();
        let mut line = |text: String| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        line(format!("speedwell layout 1, study {}, {} parties", self.study.digest(), self.parties));
        self.cells.iter().for_each(|c| line(format!("cell {} {}", c.label, c.party)));
        self.products.iter().for_each(|p| line(format!("product {:?} {:?}", p.left, p.right)));
        self.reveals.iter().for_each(|r| line(format!("reveal {} {:?}", r.label, r.expression)));
        hash.finalize().into()
    }

    /// The cases in which the results let a party compute another party's own figure.
    #[must_use]
    pub fn leaks(&self) -> Vec<Leak> {
        match self.parties {
            2 => vec![Leak::TwoParties],
            3 => self
                .study
                .statistics
                .iter()
                .filter(|s| matches!(s.measure, Measure::Concentration { .. }))
                .map(|s| Leak::ConcentrationOfThree { statistic: s.name.clone() })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The sum of the parties' vectors, multiplied out and combined as the layout says, in clear: what the secure
    /// computation reveals, computed by one who holds every party's vector. For tests and for engines to test against.
    ///
    /// `vectors` holds one vector per party, each as long as [`Layout::cells`]; missing entries count as 0.
    #[must_use]
    pub fn evaluate(&self, vectors: &[Vec<i128>]) -> Vec<BigInt> {
        let own = |party: usize, cell: CellId| -> BigInt {
            vectors.get(party).and_then(|v| v.get(cell.0)).copied().unwrap_or(0).into()
        };
        let value = |operand: Operand| match operand {
            Operand::Pooled(cell) => (0..vectors.len()).map(|party| own(party, cell)).sum::<BigInt>(),
            Operand::Party(party, cell) => own(party, cell),
        };
        let products: Vec<BigInt> = self.products.iter().map(|p| value(p.left) * value(p.right)).collect();
        let reveal = |r: &Reveal| match &r.expression {
            Expression::Cell(cell) => value(Operand::Pooled(*cell)),
            Expression::Form(terms) => terms.iter().map(|(k, product)| *k * &products[product.0]).sum(),
        };
        self.reveals.iter().map(reveal).collect()
    }
}

impl Product {
    /// Whether both factors are the same.
    #[must_use]
    pub fn is_square(&self) -> bool {
        self.left == self.right
    }
}

impl Bins {
    /// The bin of a value within the column's range.
    pub(crate) fn bin(&self, value: i64) -> usize {
        // So many edges are ≤ value: 0 is below the first.
        self.edges.partition_point(|edge| *edge <= value) - usize::from(!self.below)
    }

    pub(crate) fn labels(&self) -> Vec<String> {
        let first = self.edges.first().filter(|_| self.below).map(|e| format!("below {e}"));
        let last = self.edges.last().filter(|_| self.above).map(|e| format!("{e} and above"));
        let inner = self.edges.windows(2).map(|e| format!("[{}, {})", e[0], e[1]));
        first.into_iter().chain(inner).chain(last).collect()
    }
}
