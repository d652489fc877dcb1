//! What a vector says of its elements, kept while they change places.

use speedwell_field::Field;

use crate::number::{Bit, Fixed, Int};
use crate::share::Shares;

/// A vector of secret elements together with what is public of all of them alike: interval, scale, bound of error.
pub trait Column<F: Field>: Clone {
    /// The shares of the elements.
    fn as_shares(&self) -> &Shares<F>;

    /// `shares` with what is public of this vector: for elements of this vector in another order, some perhaps repeated or
    /// left out, as shuffles, sorts and look-ups give them. Nobody checks that they are.
    #[must_use]
    fn rearranged(&self, shares: Shares<F>) -> Self;

    /// This vector with another one behind it, and what is public of the elements of both.
    #[must_use]
    fn joined(&self, other: &Self) -> Self;
}

/// A column that rows can be ordered by.
pub trait Keys<F: Field>: Column<F> {
    /// Integers in the same order.
    fn as_int(&self) -> &Int<F>;
}

impl<F: Field> Column<F> for Shares<F> {
    fn as_shares(&self) -> &Shares<F> {
        self
    }

    fn rearranged(&self, shares: Shares<F>) -> Self {
        shares
    }

    fn joined(&self, other: &Self) -> Self {
        self.clone().append(other)
    }
}

impl<F: Field> Column<F> for Bit<F> {
    fn as_shares(&self) -> &Shares<F> {
        self.shares()
    }

    fn rearranged(&self, shares: Shares<F>) -> Self {
        Self::assume(shares)
    }

    fn joined(&self, other: &Self) -> Self {
        Self::assume(self.shares().clone().append(other.shares()))
    }
}

impl<F: Field> Column<F> for Int<F> {
    fn as_shares(&self) -> &Shares<F> {
        self.shares()
    }

    fn rearranged(&self, shares: Shares<F>) -> Self {
        Self::assume(shares, self.range())
    }

    fn joined(&self, other: &Self) -> Self {
        self.clone().append(other)
    }
}

impl<F: Field> Column<F> for Fixed<F> {
    fn as_shares(&self) -> &Shares<F> {
        self.shares()
    }

    fn rearranged(&self, shares: Shares<F>) -> Self {
        self.like(Int::assume(shares, self.range()))
    }

    fn joined(&self, other: &Self) -> Self {
        self.append(other)
    }
}

impl<F: Field> Keys<F> for Int<F> {
    fn as_int(&self) -> &Int<F> {
        self
    }
}

impl<F: Field> Keys<F> for Fixed<F> {
    fn as_int(&self) -> &Int<F> {
        self.scaled()
    }
}
