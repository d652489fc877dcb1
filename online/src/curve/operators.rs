//! Operators on vectors of points.
#![allow(clippy::arithmetic_side_effects, reason = "the operators of a group are total")]

use std::ops::{Add, Mul, Neg, Sub};

use super::{Curve, OpenedPoints, Points, Scalar};
use crate::opened::Opened;
use crate::share::length_fault;

impl<C: Curve> Add<&Points<C>> for Points<C> {
    type Output = Points<C>;
    fn add(self, other: &Points<C>) -> Points<C> {
        self.zip(other, "add", |x, y| *x += y)
    }
}

impl<C: Curve> Sub<&Points<C>> for Points<C> {
    type Output = Points<C>;
    fn sub(self, other: &Points<C>) -> Points<C> {
        self.zip(other, "sub", |x, y| *x -= y)
    }
}

impl<C: Curve> Neg for Points<C> {
    type Output = Points<C>;
    fn neg(mut self) -> Points<C> {
        self.values.iter_mut().chain(&mut self.macs).for_each(|x| *x = -*x);
        self
    }
}

/// Multiplies every point by the same public scalar.
impl<C: Curve> Mul<Scalar<C>> for Points<C> {
    type Output = Points<C>;
    fn mul(mut self, c: Scalar<C>) -> Points<C> {
        self.values.iter_mut().chain(&mut self.macs).for_each(|x| *x *= c.0);
        self
    }
}

impl<C: Curve> Add<&OpenedPoints<C>> for Points<C> {
    type Output = Points<C>;
    fn add(self, points: &OpenedPoints<C>) -> Points<C> {
        self.add_opened(points)
    }
}

/// Multiplies point by point by opened scalars.
impl<C: Curve> Mul<&Opened<Scalar<C>>> for Points<C> {
    type Output = Points<C>;
    fn mul(mut self, c: &Opened<Scalar<C>>) -> Points<C> {
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
        impl<C: Curve> $op<&Points<C>> for &Points<C> {
            type Output = Points<C>;
            fn $method(self, other: &Points<C>) -> Points<C> {
                self.clone().$method(other)
            }
        }
        impl<C: Curve> $op<Points<C>> for Points<C> {
            type Output = Points<C>;
            fn $method(self, other: Points<C>) -> Points<C> {
                self.$method(&other)
            }
        }
    )*};
}
by_reference!(Add, add; Sub, sub);

impl<C: Curve> Add<&OpenedPoints<C>> for &Points<C> {
    type Output = Points<C>;
    fn add(self, points: &OpenedPoints<C>) -> Points<C> {
        self.clone() + points
    }
}

impl<C: Curve> Mul<Scalar<C>> for &Points<C> {
    type Output = Points<C>;
    fn mul(self, c: Scalar<C>) -> Points<C> {
        self.clone() * c
    }
}

impl<C: Curve> Mul<&Opened<Scalar<C>>> for &Points<C> {
    type Output = Points<C>;
    fn mul(self, c: &Opened<Scalar<C>>) -> Points<C> {
        self.clone() * c
    }
}

impl<C: Curve> Neg for &Points<C> {
    type Output = Points<C>;
    fn neg(self) -> Points<C> {
        -self.clone()
    }
}
