//! Operators on fixed-point numbers: local and exact.

use std::ops::{Add, Mul, Neg, Sub};

use speedwell_field::Field;

use super::Fixed;
use crate::number::Ulps;

impl<F: Field> Add for &Fixed<F> {
    type Output = Fixed<F>;
    fn add(self, other: Self) -> Fixed<F> {
        let (a, b, f) = self.aligned(other);
        Fixed::with_error(&a.scaled + &b.scaled, f, a.error + b.error)
    }
}

impl<F: Field> Sub for &Fixed<F> {
    type Output = Fixed<F>;
    fn sub(self, other: Self) -> Fixed<F> {
        let (a, b, f) = self.aligned(other);
        Fixed::with_error(&a.scaled - &b.scaled, f, a.error + b.error)
    }
}

impl<F: Field> Neg for &Fixed<F> {
    type Output = Fixed<F>;
    fn neg(self) -> Fixed<F> {
        self.like(-&self.scaled)
    }
}

/// x·c for a public integer c. Local, exact.
impl<F: Field> Mul<i128> for &Fixed<F> {
    type Output = Fixed<F>;
    fn mul(self, c: i128) -> Fixed<F> {
        let error = self.error * Ulps::from(c.unsigned_abs());
        Fixed::with_error(&self.scaled * c, self.fraction_bits, error)
    }
}
