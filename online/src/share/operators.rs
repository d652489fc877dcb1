//! Operators on vectors of shares.

use std::ops::{Add, Mul, Neg, Sub};

use speedwell_field::Field;

use super::{Shares, length_fault};
use crate::opened::Opened;

impl<F: Field> Add<&Shares<F>> for Shares<F> {
    type Output = Shares<F>;
    fn add(self, other: &Shares<F>) -> Shares<F> {
        self.zip(other, "add", F::add_assign_slice)
    }
}

impl<F: Field> Sub<&Shares<F>> for Shares<F> {
    type Output = Shares<F>;
    fn sub(self, other: &Shares<F>) -> Shares<F> {
        self.zip(other, "sub", F::sub_assign_slice)
    }
}

impl<F: Field> Neg for Shares<F> {
    type Output = Shares<F>;
    fn neg(self) -> Shares<F> {
        self * -F::ONE
    }
}

impl<F: Field> Mul<F> for Shares<F> {
    type Output = Shares<F>;
    fn mul(mut self, c: F) -> Shares<F> {
        F::scale_slice(&mut self.values, c);
        F::scale_slice(&mut self.macs, c);
        self
    }
}

/// Adds the same public constant to every element.
impl<F: Field> Add<F> for Shares<F> {
    type Output = Shares<F>;
    fn add(mut self, c: F) -> Shares<F> {
        let (value, mac) = (self.key.constant_weight() * c, self.key.alpha() * c);
        self.values.iter_mut().for_each(|x| *x += value);
        self.macs.iter_mut().for_each(|x| *x += mac);
        self
    }
}

impl<F: Field> Sub<F> for Shares<F> {
    type Output = Shares<F>;
    fn sub(self, c: F) -> Shares<F> {
        self + -c
    }
}

impl<F: Field> Add<&Opened<F>> for Shares<F> {
    type Output = Shares<F>;
    fn add(mut self, c: &Opened<F>) -> Shares<F> {
        if c.len() != self.len {
            self.note(length_fault("add", self.len, c.len()));
            return self;
        }
        if self.is_ghost() { self } else { self.add_public(c.values()) }
    }
}

impl<F: Field> Sub<&Opened<F>> for Shares<F> {
    type Output = Shares<F>;
    fn sub(self, c: &Opened<F>) -> Shares<F> {
        self + &(-c)
    }
}

impl<F: Field> Mul<&Opened<F>> for Shares<F> {
    type Output = Shares<F>;
    fn mul(mut self, c: &Opened<F>) -> Shares<F> {
        if c.len() != self.len {
            self.note(length_fault("mul", self.len, c.len()));
            return self;
        }
        if self.is_ghost() { self } else { self.mul_public(c.values()) }
    }
}

/// The operators on references and on two owned vectors, all by way of the in-place ones above.
macro_rules! by_reference {
    ($($op:ident, $method:ident);*) => {$(
        impl<F: Field> $op<&Shares<F>> for &Shares<F> {
            type Output = Shares<F>;
            fn $method(self, other: &Shares<F>) -> Shares<F> {
                self.clone().$method(other)
            }
        }
        impl<F: Field> $op<Shares<F>> for Shares<F> {
            type Output = Shares<F>;
            fn $method(self, other: Shares<F>) -> Shares<F> {
                self.$method(&other)
            }
        }
        impl<F: Field> $op<F> for &Shares<F> {
            type Output = Shares<F>;
            fn $method(self, c: F) -> Shares<F> {
                self.clone().$method(c)
            }
        }
    )*};
}
by_reference!(Add, add; Sub, sub);

impl<F: Field> Mul<F> for &Shares<F> {
    type Output = Shares<F>;
    fn mul(self, c: F) -> Shares<F> {
        self.clone() * c
    }
}

impl<F: Field> Mul<&Opened<F>> for &Shares<F> {
    type Output = Shares<F>;
    fn mul(self, c: &Opened<F>) -> Shares<F> {
        self.clone() * c
    }
}

impl<F: Field> Neg for &Shares<F> {
    type Output = Shares<F>;
    fn neg(self) -> Shares<F> {
        -self.clone()
    }
}
