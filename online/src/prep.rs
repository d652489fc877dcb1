//! Preprocessing: the authenticated random material that the online phase spends.
//!
//! Material is moved out and never put back. A session does not know where it comes from.

use std::sync::Arc;

use speedwell_field::Field;
use speedwell_net::PartyId;
use zeroize::Zeroizing;

use crate::error::Result;
use crate::key::MacKey;
use crate::share::Shares;

/// Beaver triples: uniform ⟦a⟧, ⟦b⟧ and ⟦c⟧ with c_k = a_k·b_k.
#[derive(Debug)]
pub struct Triples<F: Field> {
    /// The first factors.
    pub a: Shares<F>,
    /// The second factors.
    pub b: Shares<F>,
    /// The products.
    pub c: Shares<F>,
}

/// Squares: uniform ⟦a⟧ and ⟦a²⟧.
#[derive(Debug)]
pub struct Squares<F: Field> {
    /// The roots.
    pub a: Shares<F>,
    /// Their squares.
    pub aa: Shares<F>,
}

/// Input masks: uniform ⟦r⟧, with r known to one party.
pub struct Masks<F: Field> {
    /// The shares of r.
    pub shares: Shares<F>,
    /// r itself, at its owner alone. Wiped when dropped.
    pub clear: Option<Zeroizing<Vec<F>>>,
}

impl<F: Field> std::fmt::Debug for Masks<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masks({:?}, ..)", self.shares)
    }
}

/// Inverse pairs: uniform non-zero ⟦r⟧ and ⟦r⁻¹⟧.
#[derive(Debug)]
pub struct Inverses<F: Field> {
    /// The elements.
    pub r: Shares<F>,
    /// Their inverses.
    pub inverse: Shares<F>,
}

/// The kinds of material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Beaver triples.
    Triples,
    /// Squares.
    Squares,
    /// Random bits.
    Bits,
    /// Input masks of this owner.
    Masks(PartyId),
    /// Random elements.
    Randoms,
    /// Inverse pairs.
    Inverses,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Triples => f.write_str("triples"),
            Self::Squares => f.write_str("squares"),
            Self::Bits => f.write_str("random bits"),
            Self::Masks(owner) => write!(f, "input masks of {owner}"),
            Self::Randoms => f.write_str("random elements"),
            Self::Inverses => f.write_str("inverse pairs"),
        }
    }
}

/// A source of material under one MAC key.
///
/// Every party draws the same kinds in the same order. A call that asks for more than there is fails with
/// [`Error::Exhausted`](crate::Error::Exhausted) and takes nothing. Each party's share of each element is uniform given
/// the element.
pub trait Preprocessing<F: Field>: Send {
    /// The epoch: the life of this MAC key.
    fn epoch(&self) -> [u8; 16];
    /// This party's share of the MAC key; the same one at every call.
    fn key(&self) -> Arc<MacKey<F>>;
    /// `n` Beaver triples.
    fn triples(&mut self, n: usize) -> Result<Triples<F>>;
    /// `n` squares.
    fn squares(&mut self, n: usize) -> Result<Squares<F>>;
    /// `n` random bits.
    fn bits(&mut self, n: usize) -> Result<Shares<F>>;
    /// `n` masks that `owner` knows.
    fn masks(&mut self, owner: PartyId, n: usize) -> Result<Masks<F>>;
    /// `n` random elements that nobody knows.
    fn randoms(&mut self, n: usize) -> Result<Shares<F>>;
    /// `n` random non-zero elements with their inverses.
    fn inverses(&mut self, n: usize) -> Result<Inverses<F>>;
    /// Destroys the key share and all unused material: the epoch is burnt.
    fn burn(&mut self);
}
