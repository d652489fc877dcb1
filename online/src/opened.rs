//! Opened values that no check has covered yet.

mod integers;

pub(crate) use self::integers::Integers;
use std::ops::{Add, Mul, Neg, Sub};
use std::sync::Arc;

use speedwell_field::Field;

/// A vector of opened values, not yet checked.
///
/// It serves as constant and coefficient of shares and gives its values to nobody: no control flow, no error and no log
/// depends on it. Only [`Session::reveal`](crate::Session::reveal) gives field elements. Vectors of unequal length are
/// combined up to the shorter one; the difference in length surfaces where the result meets shares.
#[derive(Clone)]
pub struct Opened<F> {
    len: usize,
    values: Arc<Vec<F>>,
}

impl<F: Field> Opened<F> {
    pub(crate) fn new(len: usize, values: Arc<Vec<F>>) -> Self {
        Self { len, values }
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// For each value a, 1/√a with the canonical root (the one in [0, (p−1)/2]); 0 for 0 and for a non-residue.
    #[must_use]
    pub fn inv_sqrt(&self) -> Self {
        let mut values = self.values.as_ref().clone();
        F::inv_sqrt(&mut values);
        Self::new(self.len, Arc::new(values))
    }

    /// For each value its inverse; 0 for 0.
    #[must_use]
    pub fn inverse_or_zero(&self) -> Self {
        let mut values = self.values.as_ref().clone();
        F::batch_inverse(&mut values);
        Self::new(self.len, Arc::new(values))
    }

    pub(crate) fn values(&self) -> &[F] {
        &self.values
    }

    fn map(&self, f: impl Fn(F) -> F) -> Self {
        Self::new(self.len, Arc::new(self.values.iter().map(|x| f(*x)).collect()))
    }

    fn zip(&self, other: &Self, f: impl Fn(F, F) -> F) -> Self {
        let values = self.values.iter().zip(other.values.iter()).map(|(x, y)| f(*x, *y)).collect();
        Self::new(self.len.min(other.len), Arc::new(values))
    }
}

impl<F> std::fmt::Debug for Opened<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({}, ..)", self.len)
    }
}

impl<F: Field> Add for &Opened<F> {
    type Output = Opened<F>;
    fn add(self, other: Self) -> Opened<F> {
        self.zip(other, |x, y| x + y)
    }
}

impl<F: Field> Sub for &Opened<F> {
    type Output = Opened<F>;
    fn sub(self, other: Self) -> Opened<F> {
        self.zip(other, |x, y| x - y)
    }
}

impl<F: Field> Mul for &Opened<F> {
    type Output = Opened<F>;
    fn mul(self, other: Self) -> Opened<F> {
        self.zip(other, |x, y| x * y)
    }
}

impl<F: Field> Mul<F> for &Opened<F> {
    type Output = Opened<F>;
    fn mul(self, c: F) -> Opened<F> {
        self.map(|x| x * c)
    }
}

impl<F: Field> Neg for &Opened<F> {
    type Output = Opened<F>;
    fn neg(self) -> Opened<F> {
        self.map(|x| -x)
    }
}
