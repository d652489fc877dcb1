//! Secret bits.

use std::ops::Not;

use speedwell_field::Field;

use super::int::Int;
use super::interval::Interval;
use crate::error::Result;
use crate::protocol;
use crate::session::Session;
use crate::share::Shares;

/// A vector of secret bits: shares of 0 or 1.
pub struct Bit<F: Field> {
    shares: Shares<F>,
}

impl<F: Field> Bit<F> {
    /// Shares that are known to be of 0 or 1: because a protocol made them so.
    #[must_use]
    pub fn assume(shares: Shares<F>) -> Self {
        Self { shares }
    }

    /// Public bits.
    #[must_use]
    pub fn constant(s: &Session<F>, bits: &[bool]) -> Self {
        let elements: Vec<F> = bits.iter().map(|bit| F::from_u64(u64::from(*bit))).collect();
        Self { shares: s.constant(&elements) }
    }

    /// `n` random bits that nobody knows. Material: n random bits.
    ///
    /// # Errors
    /// [`Error::Exhausted`](crate::Error::Exhausted).
    pub fn random(s: &Session<F>, n: usize) -> Result<Self> {
        Ok(Self { shares: s.random_bits(n)? })
    }

    /// The shares.
    #[must_use]
    pub fn shares(&self) -> &Shares<F> {
        &self.shares
    }

    /// The shares alone.
    #[must_use]
    pub fn into_shares(self) -> Shares<F> {
        self.shares
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shares.len()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    /// The bits as integers 0 and 1. Local.
    #[must_use]
    pub fn to_int(&self) -> Int<F> {
        Int::assume(self.shares.clone(), Interval::bit())
    }

    /// How many are 1. Local.
    #[must_use]
    pub fn count(&self) -> Int<F> {
        self.to_int().sum()
    }

    /// x ∧ y. Rounds: 1. Triples: n.
    ///
    /// # Errors
    /// As [`protocol::mul`].
    pub async fn and(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        Ok(Self { shares: protocol::mul(s, &self.shares, &other.shares).await? })
    }

    /// x ∨ y = x + y − xy. Rounds: 1. Triples: n.
    ///
    /// # Errors
    /// As [`protocol::mul`].
    pub async fn or(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let both = protocol::mul(s, &self.shares, &other.shares).await?;
        Ok(Self { shares: &self.shares + &other.shares - &both })
    }

    /// x ⊕ y = x + y − 2xy. Rounds: 1. Triples: n.
    ///
    /// # Errors
    /// As [`protocol::mul`].
    pub async fn xor(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let both = protocol::mul(s, &self.shares, &other.shares).await?;
        Ok(Self { shares: &self.shares + &other.shares - &both - &both })
    }

    /// Reveals the bits to everybody.
    ///
    /// # Errors
    /// As [`Int::reveal`].
    pub async fn reveal(&self, s: &Session<F>) -> Result<Vec<bool>> {
        Ok(self.to_int().reveal(s).await?.into_iter().map(|bit| bit == 1).collect())
    }
}

/// ¬x = 1 − x. Local.
impl<F: Field> Not for &Bit<F> {
    type Output = Bit<F>;
    fn not(self) -> Bit<F> {
        Bit { shares: -&self.shares + F::ONE }
    }
}

impl<F: Field> Clone for Bit<F> {
    fn clone(&self) -> Self {
        Self { shares: self.shares.clone() }
    }
}

impl<F: Field> std::fmt::Debug for Bit<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bit<{}>({})", F::NAME, self.len())
    }
}
