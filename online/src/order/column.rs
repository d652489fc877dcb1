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
}

impl<F: Field> Column<F> for Bit<F> {
    fn as_shares(&self) -> &Shares<F> {
        self.shares()
    }

    fn rearranged(&self, shares: Shares<F>) -> Self {
        Self::assume(shares)
    }
}

impl<F: Field> Column<F> for Int<F> {
    fn as_shares(&self) -> &Shares<F> {
        self.shares()
    }

    fn rearranged(&self, shares: Shares<F>) -> Self {
        Self::assume(shares, self.range())
    }
}

impl<F: Field> Column<F> for Fixed<F> {
    fn as_shares(&self) -> &Shares<F> {
        self.shares()
    }

    fn rearranged(&self, shares: Shares<F>) -> Self {
        self.like(Int::assume(shares, self.range()))
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
