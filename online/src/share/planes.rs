//! Combinations of several vectors, element by element: bit planes, tables of digits.

use speedwell_field::Field;

use super::{Shares, length_fault};

impl<F: Field> Shares<F> {
    /// ⟦self + c·x⟧ for a public c.
    #[must_use]
    pub(crate) fn plus_scaled(mut self, c: F, x: &Self) -> Self {
        self.note_other(x);
        if self.len != x.len {
            self.note(length_fault("plus_scaled", self.len, x.len));
            return self;
        }
        F::axpy(&mut self.values, c, &x.values);
        F::axpy(&mut self.macs, c, &x.macs);
        self
    }

    /// ⟦Σ 2^j·x_j⟧ of the planes x_0, x_1, …, all of the same length. `None` of none.
    #[must_use]
    pub(crate) fn compose(planes: &[Self]) -> Option<Self> {
        let (first, rest) = planes.split_first()?;
        let mut power = F::ONE;
        Some(rest.iter().fold(first.clone(), |sum, plane| {
            power += power;
            sum.plus_scaled(power, plane)
        }))
    }

    /// ⟦Σ x_j⟧ of vectors of the same length. `None` of none.
    #[must_use]
    pub(crate) fn total(vectors: &[Self]) -> Option<Self> {
        let (first, rest) = vectors.split_first()?;
        Some(rest.iter().fold(first.clone(), |sum, x| sum + x))
    }

    /// Applies one and the same linear map to value shares and to MAC shares, with those of `other` at hand.
    #[must_use]
    pub(crate) fn transformed(mut self, other: &Self, map: impl Fn(&mut [F], &[F])) -> Self {
        self.note_other(other);
        if !self.is_ghost() {
            map(&mut self.values, &other.values);
            map(&mut self.macs, &other.macs);
        }
        self
    }

    /// Cuts into `parts` vectors of the same length, one behind the other. A fault if it does not come out even.
    #[must_use]
    pub(crate) fn planes(&self, parts: usize) -> Vec<Self> {
        let width = self.len.checked_div(parts).unwrap_or(0);
        (0..parts)
            .map(|part| {
                let start = part.saturating_mul(width);
                let mut plane = self.slice(start..start.saturating_add(width));
                if width.saturating_mul(parts) != self.len {
                    plane.note(length_fault("planes", self.len, parts));
                }
                plane
            })
            .collect()
    }

    /// ⟦[digit > c]⟧ and ⟦[digit = c]⟧ for a public digit c an element, from the planes ⟦[digit > v]⟧ for v = 0, 1, …
    /// up to the last but one value of the digit. `self` gives the length. Local.
    #[must_use]
    pub(crate) fn look_up(planes: &[Self], digits: &[usize]) -> Option<(Self, Self)> {
        let first = planes.first()?;
        let mut above = Self::ghost(&first.key, first.len);
        planes.iter().for_each(|plane| above.note_other(plane));
        let mut equal = above.clone();
        if !first.is_ghost() {
            let one = first.key.constant_weight();
            (above.values, equal.values) = pick(planes, |plane| &plane.values, digits, one);
            (above.macs, equal.macs) = pick(planes, |plane| &plane.macs, digits, first.key.alpha());
        }
        Some((above, equal))
    }
}

/// [digit > c] is plane c, or 0 behind the last; [digit = c] = [digit > c − 1] − [digit > c], with 1 before the first.
fn pick<F: Field>(
    planes: &[Shares<F>],
    part: impl Fn(&Shares<F>) -> &Vec<F>,
    digits: &[usize],
    one: F,
) -> (Vec<F>, Vec<F>) {
    let planes: Vec<&[F]> = planes.iter().map(|plane| part(plane).as_slice()).collect();
    let at = |plane: usize, i: usize| planes.get(plane).and_then(|plane| plane.get(i)).copied();
    let mut above = Vec::with_capacity(digits.len());
    let mut equal = Vec::with_capacity(digits.len());
    for (i, digit) in digits.iter().enumerate() {
        let greater = at(*digit, i).unwrap_or(F::ZERO);
        let not_less = digit.checked_sub(1).map_or(one, |before| at(before, i).unwrap_or(F::ZERO));
        above.push(greater);
        equal.push(not_less - greater);
    }
    (above, equal)
}
