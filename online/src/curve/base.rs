//! Multiples of one public point, from a table: one addition for each byte of the scalar.
#![allow(clippy::arithmetic_side_effects, reason = "the operators of a group are total")]

use std::ops::Mul;

use speedwell_field::Field;
use zeroize::Zeroizing;

use super::{Curve, Points, Scalar};
use crate::share::Shares;

/// Multiples of a byte that a row of the table holds: 1 to 255. Zero adds nothing.
const ROW: usize = 255;

/// A public point B with its multiples b·256^k·B, for many products with it.
///
/// The table takes a few milliseconds to make and 255 affine points for each byte of a scalar: about 850 kB on BLS12-381 G1.
pub struct Base<C: Curve> {
    point: C,
    rows: Vec<Vec<C::Affine>>,
}

impl<C: Curve> Base<C> {
    /// The table of `point`.
    #[must_use]
    pub fn new(point: C) -> Self {
        let mut step = point;
        let mut rows = Vec::with_capacity(Scalar::<C>::BYTES);
        for _ in 0..Scalar::<C>::BYTES {
            let mut multiple = C::ZERO;
            let row: Vec<C> = (0..ROW)
                .map(|_| {
                    multiple += step;
                    multiple
                })
                .collect();
            rows.push(C::normalize_batch(&row));
            multiple += step;
            step = multiple;
        }
        Self { point, rows }
    }

    /// B itself.
    #[must_use]
    pub fn point(&self) -> C {
        self.point
    }

    /// x_k·B for each scalar.
    #[must_use]
    pub fn multiples(&self, scalars: &[Scalar<C>]) -> Vec<C> {
        let mut digits = Zeroizing::new(Vec::new());
        Field::encode(scalars, &mut digits);
        digits.chunks(Scalar::<C>::BYTES).map(|digits| self.multiple(digits)).collect()
    }

    fn multiple(&self, digits: &[u8]) -> C {
        let mut sum = C::ZERO;
        for (row, digit) in self.rows.iter().zip(digits) {
            // There is no row −1: a digit of zero finds nothing.
            if let Some(point) = usize::from(*digit).checked_sub(1).and_then(|place| row.get(place)) {
                sum += *point;
            }
        }
        sum
    }
}

/// ⟦x⟧·B: shares in the exponent. Local.
impl<C: Curve> Mul<&Base<C>> for &Shares<Scalar<C>> {
    type Output = Points<C>;
    fn mul(self, base: &Base<C>) -> Points<C> {
        Points::from_scalars(self, |scalars| base.multiples(scalars))
    }
}

/// ⟦x⟧·B: shares in the exponent. Local.
impl<C: Curve> Mul<&Base<C>> for Shares<Scalar<C>> {
    type Output = Points<C>;
    fn mul(self, base: &Base<C>) -> Points<C> {
        &self * base
    }
}

impl<C: Curve> std::fmt::Debug for Base<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Base({}, ..)", self.point)
    }
}
