//! Multiples of one public point, from a table: one addition for each half byte of the scalar.
#![allow(clippy::arithmetic_side_effects, reason = "the operators of a group are total")]

use std::ops::Mul;

use speedwell_field::Field;
use zeroize::Zeroizing;

use super::{Curve, Points, Scalar};
use crate::share::Shares;

/// Multiples that a row of the table holds: 1 to 15. Zero adds nothing.
const ROW: usize = 15;

/// A public point B with its multiples d·16^k·B, for many products with it.
///
/// The table has 30 affine points for each byte of a scalar, 100 kB on BLS12-381 G1, and takes as long to make as 15
/// multiples to compute. Rows for whole bytes would halve a multiple's time and take eight times as long to make.
pub struct Base<C: Curve> {
    point: C,
    /// The rows one behind the other.
    table: Vec<C::Affine>,
}

impl<C: Curve> Base<C> {
    /// The table of `point`.
    #[must_use]
    pub fn new(point: C) -> Self {
        let digits = Scalar::<C>::BYTES.saturating_mul(2);
        let mut table = Vec::with_capacity(digits.saturating_mul(ROW));
        let mut step = point;
        for _ in 0..digits {
            let mut multiple = C::ZERO;
            for _ in 0..ROW {
                multiple += step;
                table.push(multiple);
            }
            step += multiple;
        }
        // All at once: one inversion.
        Self { point, table: C::normalize_batch(&table) }
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
        let digits = digits.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        for (row, digit) in self.table.chunks(ROW).zip(digits) {
            // A digit of zero has no place in the row.
            if let Some(point) = usize::from(digit).checked_sub(1).and_then(|place| row.get(place)) {
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
