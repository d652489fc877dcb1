//! Products of fixed-point numbers: exact products of integers, then one rounding.

use speedwell_field::Field;

use super::{Fixed, MAX_FRACTION_BITS, count, signed};
use crate::error::Result;
use crate::mask::Shape;
use crate::number::limit::{admit, fault};
use crate::number::rounding::Rounding;
use crate::number::{Int, Interval, Rational, Ulps};
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
        (x * e_y + y * e_x + e_x * e_y).shifted(signed(self.up)).shifted(signed(self.down).saturating_neg())
    }
}

impl<F: Field> Fixed<F> {
    /// x·y, rounded to nearest (ties towards +∞) at the finer scale of the two. Error: half an ulp beside what those of x and
    /// y make. Rounds: 1 and those of a rounding. Material: one triple an element, and the rounding's masks.
    ///
    /// # Errors
    /// [`UsageFault::Range`](crate::UsageFault::Range), [`UsageFault::NoRoom`](crate::UsageFault::NoRoom); whatever ends the session.
    pub async fn mul(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let scales = Scales::of(self.fraction_bits, other.fraction_bits);
        let product = admit::<F>("mul", &[self.range(), other.range()], self.range().times(&other.range()))?;
        let rounding = Rounding::nearest::<F>("mul", product, scales.down)?;
        rounding.admit(s, self.len())?;
        let product = protocol::mul(s, self.shares(), other.shares()).await?;
        let scaled = Int::assume(rounding.run(s, &product).await?, rounding.range());
        let error = scales.error((self.range(), self.error), (other.range(), other.error));
        Ok(Self::with_error(scaled, scales.to, error + half(scales.down)))
    }

    /// x·y with *probabilistic* rounding: one of the two multiples of 2^−f beside the product, the nearer one more likely.
    /// Error: less than one ulp. No comparison: fewer rounds and much less material than [`mul`](Self::mul).
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn mul_pr(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let scales = Scales::of(self.fraction_bits, other.fraction_bits);
        let product =
            admit::<F>("mul_pr", &[self.range(), other.range()], self.range().times(&other.range()))?;
        let rounding = Rounding::down::<F>("mul_pr", product, scales.down)?;
        rounding.admit(s, self.len())?;
        let product = protocol::mul(s, self.shares(), other.shares()).await?;
        let rounded = rounding.run_or_one_more(s, &product).await?;
        let range = Interval::new(rounding.range().lo(), rounding.range().hi().saturating_add(1))?;
        let error = scales.error((self.range(), self.error), (other.range(), other.error));
        let rounding = if scales.down == 0 { Ulps::ZERO } else { Ulps::ONE };
        Ok(Self::with_error(Int::assume(rounded, range), scales.to, error + rounding))
    }

    /// x·y, rounded to nearest with ties *away from zero*. Error: half an ulp. Costs a comparison more than
    /// [`mul`](Self::mul) where the product may have either sign.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn mul_half_away(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let scales = Scales::of(self.fraction_bits, other.fraction_bits);
        let operands = [self.range(), other.range()];
        let range = admit::<F>("mul_half_away", &operands, self.range().times(&other.range()))?;
        // ⌊(x + 2^(t−1) − [x < 0])/2^t⌋: of x − [x < 0], which a negative x makes one lower.
        let below = if range.lo() < 0 { range.lo().saturating_sub(1) } else { range.lo() };
        let above = if range.hi() < 0 { range.hi().saturating_sub(1) } else { range.hi() };
        let rounding = match scales.down {
            0 => Rounding::nearest::<F>("mul_half_away", range, 0)?,
            down => Rounding::nearest::<F>("mul_half_away", Interval::new(below, above)?, down)?,
        };
        rounding.admit(s, self.len())?;
        let product = Int::assume(protocol::mul(s, self.shares(), other.shares()).await?, range);
        let moved = match scales.down {
            0 => product.into_shares(),
            _ => product.shares() - product.is_negative(s).await?.shares(),
        };
        let scaled = Int::assume(rounding.run(s, &moved).await?, rounding.range());
        let error = scales.error((self.range(), self.error), (other.range(), other.error));
        Ok(Self::with_error(scaled, scales.to, error + half(scales.down)))
    }

    /// x², as [`mul`](Self::mul). Squares in place of triples.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn square(&self, s: &Session<F>) -> Result<Self> {
        let scales = Scales::of(self.fraction_bits, self.fraction_bits);
        let range = admit::<F>("square", &[self.range()], self.range().squared())?;
        let rounding = Rounding::nearest::<F>("square", range, scales.down)?;
        rounding.admit(s, self.len())?;
        let square = protocol::square(s, self.shares()).await?;
        let scaled = Int::assume(rounding.run(s, &square).await?, rounding.range());
        let error = scales.error((self.range(), self.error), (self.range(), self.error));
        Ok(Self::with_error(scaled, scales.to, error + half(scales.down)))
    }

    /// Σ x_k·y_k, a vector of length one, with *one* rounding for the whole sum. Error: half an ulp beside what those of x
    /// and y make.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn dot(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let scales = Scales::of(self.fraction_bits, other.fraction_bits);
        let sums = self.range().times(&other.range()).and_then(|product| product.sum_of(self.len()));
        let range = admit::<F>("dot", &[self.range(), other.range()], sums)?;
        let rounding = Rounding::nearest::<F>("dot", range, scales.down)?;
        rounding.admit(s, 1)?;
        let sum = protocol::dot(s, self.shares(), other.shares()).await?;
        let scaled = Int::assume(rounding.run(s, &sum).await?, rounding.range());
        let error = scales.error((self.range(), self.error), (other.range(), other.error));
        Ok(Self::with_error(scaled, scales.to, error * count(self.len()) + half(scales.down)))
    }

    /// Element by element the sum of the products of all pairs, with *one* rounding an element; at the finest scale of all.
    ///
    /// # Errors
    /// As [`mul`](Self::mul). [`UsageFault::Length`](crate::UsageFault::Length) of no pairs.
    pub async fn sum_of_products(s: &Session<F>, pairs: &[(&Self, &Self)]) -> Result<Self> {
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
        let (Some(left), Some(right), Some((first, _))) = (left, right, pairs.first()) else {
            return Err(crate::share::length_fault("sum_of_products", 0, 1).into());
        };
        let operands: Vec<Interval> = pairs.iter().flat_map(|(x, y)| [x.range(), y.range()]).collect();
        let range = admit::<F>("sum_of_products", &operands, range)?;
        let down = finest.saturating_sub(to);
        let rounding = Rounding::nearest::<F>("sum_of_products", range, down)?;
        rounding.admit(s, first.len())?;
        let products = protocol::mul(s, &left, &right).await?.planes(pairs.len());
        let sum = Shares::total(&products).unwrap_or(left);
        let scaled = Int::assume(rounding.run(s, &sum).await?, rounding.range());
        Ok(Self::with_error(scaled, to, error + half(down)))
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
            let rounding = Rounding::nearest::<F>("mul_public", range, bits).ok()?;
            let room = rounding.shape().is_none_or(|shape| shape.bits() <= longest);
            room.then_some((bits, scaled, hull, rounding))
        };
        let candidates = exact.into_iter().chain((0..=ideal.min(MAX_FRACTION_BITS)).rev());
        let (bits, scaled, hull, rounding) = candidates.into_iter().find_map(fits).ok_or_else(refused)?;
        rounding.admit(s, self.len())?;
        let elements: Vec<F> = scaled.iter().map(|(c, _)| F::from_i128(*c)).collect();
        let product = self.shares().clone().mul_public(&elements);
        let scaled_c = if scaled.iter().all(|(_, exact)| *exact) { Ulps::ZERO } else { Ulps::HALF };
        let error = Scales { up: 0, down: bits, to: self.fraction_bits }
            .error((self.range(), self.error), (hull, scaled_c));
        let rounded = Int::assume(rounding.run(s, &product).await?, rounding.range());
        Ok(Self::with_error(rounded, self.fraction_bits, error + half(bits)))
    }

    /// The mask that [`mul`](Self::mul) of numbers in these intervals takes, for [`Session::lay_in`]; none where nothing
    /// is rounded.
    ///
    /// # Errors
    /// [`UsageFault::Range`](crate::UsageFault::Range).
    pub fn mul_shape(x: Interval, y: Interval, fraction_bits: u32) -> Result<Option<Shape>> {
        let range = admit::<F>("mul", &[x, y], x.times(&y))?;
        Ok(Rounding::nearest::<F>("mul", range, fraction_bits)?.shape())
    }
}

/// The error of a rounding, if there is one.
pub(crate) fn half(dropped: u32) -> Ulps {
    if dropped == 0 { Ulps::ZERO } else { Ulps::HALF }
}
