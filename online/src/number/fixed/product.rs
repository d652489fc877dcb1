//! Products of fixed-point numbers: exact products of integers, then one rounding.

use speedwell_field::Field;

pub(crate) use super::count;
use super::cut::{Cut, Ties};
use super::{Fixed, MAX_FRACTION_BITS, signed};
use crate::error::Result;
use crate::mask::Shape;
use crate::number::limit::{admit, fault};
use crate::number::{Interval, Rational, Ulps};
use crate::protocol;
use crate::session::Session;
use crate::share::Shares;

/// What a product of two scales becomes: shifted up, or rounded.
#[derive(Clone, Copy)]
pub(crate) struct Scales {
    pub(crate) up: u32,
    pub(crate) down: u32,
    pub(crate) to: u32,
}

impl Scales {
    /// A product of numbers with `left` and `right` fraction bits, with the more of them afterwards.
    pub(crate) fn of(left: u32, right: u32) -> Self {
        let to = left.max(right);
        Self { up: 0, down: left.min(right), to }
    }

    /// The error of a product of X and Y: |X|·e(y) + |Y|·e(x) + e(x)·e(y), at the scale of the result.
    pub(crate) fn error(&self, (x, e_x): (Interval, Ulps), (y, e_y): (Interval, Ulps)) -> Ulps {
        let (x, y) = (Ulps::from(x.magnitude()), Ulps::from(y.magnitude()));
        (x * e_y + y * e_x + e_x * e_y).shifted(signed(self.up)).shifted(signed(self.down).wrapping_neg())
    }
}

impl<F: Field> Fixed<F> {
    /// x·y, rounded to nearest (ties towards +∞) at the finer scale of the two. Error: half an ulp beside what those of x and
    /// y make. Rounds: 1 and those of a rounding. Material: one triple an element, and the rounding's masks.
    ///
    /// # Errors
    /// [`UsageFault::Range`](crate::UsageFault::Range), [`UsageFault::NoRoom`](crate::UsageFault::NoRoom); whatever ends the session.
    pub async fn mul(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        self.product(s, other, "mul", Ties::Up).await
    }

    /// x·y with *probabilistic* rounding: one of the two multiples of 2^−f beside the product, the nearer one more likely.
    /// Error: less than one ulp. No comparison: fewer rounds and much less material than [`mul`](Self::mul). Where only
    /// full-field masks have room, and where the interval leaves two results, the nearer one is taken, as `mul` does.
    ///
    /// *Leaks, once the result is revealed*: the parties hold a uniform number c that tells with the result exactly
    /// whether the digits that were cut off lie above c. Rounded to nearest, a revealed result tells of itself alone.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn mul_pr(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        self.product(s, other, "mul_pr", Ties::Random).await
    }

    /// x·y, rounded to nearest with ties *away from zero*. Error: half an ulp. Costs a comparison more than
    /// [`mul`](Self::mul) where the product may have either sign.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn mul_half_away(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        self.product(s, other, "mul_half_away", Ties::Away).await
    }

    /// x², as [`mul`](Self::mul). Squares in place of triples.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn square(&self, s: &Session<F>) -> Result<Self> {
        let scales = Scales::of(self.fraction_bits, self.fraction_bits);
        let range = admit::<F>("square", &[self.range()], self.range().squared())?;
        let cut = Cut::plan::<F>("square", Ties::Up, range, scales.down)?;
        cut.admit(s, self.len())?;
        let scaled = cut.run(s, protocol::square(s, self.shares()).await?).await?;
        let error = scales.error((self.range(), self.error), (self.range(), self.error));
        Ok(Self::with_error(scaled, scales.to, error + cut.error()))
    }

    /// Σ x_k·y_k, a vector of length one, with *one* rounding for the whole sum: to nearest, ties towards +∞. Error: half
    /// an ulp beside what those of x and y make. Material: a triple an element, and the masks of one rounding.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn dot(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        self.inner_product(s, other, "dot", Ties::Up).await
    }

    /// As [`dot`](Self::dot), with *probabilistic* rounding, which shows what that of [`mul_pr`](Self::mul_pr) shows. Error: less
    /// than one ulp.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn dot_pr(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        self.inner_product(s, other, "dot_pr", Ties::Random).await
    }

    /// As [`dot`](Self::dot), with ties *away from zero*.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn dot_half_away(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        self.inner_product(s, other, "dot_half_away", Ties::Away).await
    }

    /// Element by element the sum of the products of all pairs, with *one* rounding an element; at the finest scale of all.
    ///
    /// # Errors
    /// As [`mul`](Self::mul). [`UsageFault::Length`](crate::UsageFault::Length) of no pairs, or of vectors of
    /// different lengths.
    pub async fn sum_of_products(s: &Session<F>, pairs: &[(&Self, &Self)]) -> Result<Self> {
        let len = pairs.first().map_or(0, |(x, _)| x.len());
        if let Some(other) = pairs.iter().flat_map(|(x, y)| [x.len(), y.len()]).find(|other| *other != len) {
            return Err(crate::share::length_fault("sum_of_products", len, other).into());
        }
        let sum = |(x, y): &(&Self, &Self)| x.fraction_bits.saturating_add(y.fraction_bits);
        let finest = pairs.iter().map(sum).max().unwrap_or(0);
        let to = pairs.iter().map(|(x, y)| x.fraction_bits.max(y.fraction_bits)).max().unwrap_or(0);
        let mut range = Some(Interval::point(0));
        let mut error = Ulps::ZERO;
        let mut left: Option<Shares<F>> = None;
        let mut right: Option<Shares<F>> = None;
        for (x, y) in pairs {
            // Products at the scale of the finest one.
            let up = finest.saturating_sub(sum(&(x, y)));
            let x = x.finer(x.fraction_bits.saturating_add(up));
            range = range.and_then(|range| range.plus(&x.range().times(&y.range())?));
            let scales = Scales { up: 0, down: finest.saturating_sub(to), to };
            error = error + scales.error((x.range(), x.error), (y.range(), y.error));
            left = Some(match left {
                Some(all) => all.append(x.shares()),
                None => x.shares().clone(),
            });
            right = Some(match right {
                Some(all) => all.append(y.shares()),
                None => y.shares().clone(),
            });
        }
        let (Some(left), Some(right)) = (left, right) else {
            return Err(crate::share::length_fault("sum_of_products", 0, 1).into());
        };
        let operands: Vec<Interval> = pairs.iter().flat_map(|(x, y)| [x.range(), y.range()]).collect();
        let range = admit::<F>("sum_of_products", &operands, range)?;
        let down = finest.saturating_sub(to);
        let cut = Cut::plan::<F>("sum_of_products", Ties::Up, range, down)?;
        cut.admit(s, len)?;
        let products = protocol::mul(s, &left, &right).await?.planes(pairs.len());
        let sum = Shares::total(&products).unwrap_or(left);
        Ok(Self::with_error(cut.run(s, sum).await?, to, error + cut.error()))
    }

    /// x_k·c_k for public real numbers c_k, rounded to nearest. Error: half an ulp where all c_k are multiples of powers of
    /// two that have room, else as close to 9/16 ulp as the room admits; it is in the result. No triple; one rounding.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn mul_public(&self, s: &Session<F>, c: &[Rational]) -> Result<Self> {
        let operands = [self.range()];
        let refused = || fault::<F>("mul_public", &operands);
        let longest = s.longest_masked();
        // The error of a rounded constant is at most |X|·2^−(g+1) ulps.
        let ideal = u128::BITS.saturating_sub(self.range().magnitude().leading_zeros()).saturating_add(3);
        let exact = c.iter().map(Rational::fraction_bits).try_fold(0, |most, bits| Some(bits?.max(most)));
        let fits = |bits: u32| {
            let scaled: Option<Vec<(i128, bool)>> = c.iter().map(|c| c.scaled(bits)).collect();
            let scaled = scaled?;
            let hull = scaled.iter().map(|(c, _)| Interval::point(*c)).reduce(|a, b| a.hull(&b));
            let hull = hull.unwrap_or(Interval::point(0));
            let range = admit::<F>("mul_public", &operands, self.range().times(&hull)).ok()?;
            let cut = Cut::plan::<F>("mul_public", Ties::Up, range, bits).ok()?;
            let room = cut.shape().is_none_or(|shape| shape.bits() <= longest);
            room.then_some((bits, scaled, hull, cut))
        };
        let candidates = exact.into_iter().chain((0..=ideal.min(MAX_FRACTION_BITS)).rev());
        let (bits, scaled, hull, cut) = candidates.into_iter().find_map(fits).ok_or_else(refused)?;
        cut.admit(s, self.len())?;
        let elements: Vec<F> = scaled.iter().map(|(c, _)| F::from_i128(*c)).collect();
        let product = self.shares().clone().mul_public(&elements);
        let scaled_c = if scaled.iter().all(|(_, exact)| *exact) { Ulps::ZERO } else { Ulps::HALF };
        let error = Scales { up: 0, down: bits, to: self.fraction_bits }
            .error((self.range(), self.error), (hull, scaled_c));
        Ok(Self::with_error(cut.run(s, product).await?, self.fraction_bits, error + cut.error()))
    }

    /// The mask that [`mul`](Self::mul) of numbers in these intervals takes, for [`Session::lay_in`]; none where nothing
    /// is rounded.
    ///
    /// # Errors
    /// [`UsageFault::Range`](crate::UsageFault::Range).
    pub fn mul_shape(x: Interval, y: Interval, fraction_bits: u32) -> Result<Option<Shape>> {
        let range = admit::<F>("mul", &[x, y], x.times(&y))?;
        Ok(Cut::plan::<F>("mul", Ties::Up, range, fraction_bits)?.shape())
    }

    async fn product(
        &self,
        s: &Session<F>,
        other: &Self,
        operation: &'static str,
        ties: Ties,
    ) -> Result<Self> {
        let scales = Scales::of(self.fraction_bits, other.fraction_bits);
        let (x, y) = (self.range(), other.range());
        let cut = Cut::plan::<F>(operation, ties, admit::<F>(operation, &[x, y], x.times(&y))?, scales.down)?;
        cut.admit(s, self.len())?;
        let scaled = cut.run(s, protocol::mul(s, self.shares(), other.shares()).await?).await?;
        let error = scales.error((x, self.error), (y, other.error));
        Ok(Self::with_error(scaled, scales.to, error + cut.error()))
    }

    async fn inner_product(
        &self,
        s: &Session<F>,
        other: &Self,
        operation: &'static str,
        ties: Ties,
    ) -> Result<Self> {
        let scales = Scales::of(self.fraction_bits, other.fraction_bits);
        let (x, y) = (self.range(), other.range());
        let sums = x.times(&y).and_then(|product| product.sum_of(self.len()));
        let cut = Cut::plan::<F>(operation, ties, admit::<F>(operation, &[x, y], sums)?, scales.down)?;
        cut.admit(s, 1)?;
        let scaled = cut.run(s, protocol::dot(s, self.shares(), other.shares()).await?).await?;
        let error = scales.error((x, self.error), (y, other.error));
        Ok(Self::with_error(scaled, scales.to, error * count(self.len()) + cut.error()))
    }
}
