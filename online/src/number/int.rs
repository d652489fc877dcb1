//! Secret integers with public bounds.

use std::ops::{Add, Mul, Neg, Range, Sub};

use speedwell_field::Field;

use super::Bit;
use super::interval::Interval;
use super::limit::{admit, half};
use crate::error::{Result, UsageFault};
use crate::protocol;
use crate::session::Session;
use crate::share::Shares;

/// A vector of secret integers, all of one public interval.
///
/// An integer x stands for the field element x mod p, and the interval lies within ±(p − 1)/2, so x is never ambiguous.
/// Every operation computes the interval of its result first. One that would leave the field gives a vector that carries
/// the fault, as operators on [`Shares`] do; the first call that would send something refuses it with
/// [`UsageFault::Range`], which names the operation, the operands' intervals and the limit.
pub struct Int<F: Field> {
    shares: Shares<F>,
    range: Interval,
}

impl<F: Field> Int<F> {
    /// Shares whose values are known to lie in `range`: because a protocol made them so, not because an owner says so.
    ///
    /// A value outside makes every later comparison, division and rounding of it wrong, silently, and may show what is
    /// opened for them: a bounded mask hides what lies in its interval.
    #[must_use]
    pub fn assume(shares: Shares<F>, range: Interval) -> Self {
        Self::within("assume", shares, &[range], Some(range))
    }

    /// Public integers.
    #[must_use]
    pub fn constant(s: &Session<F>, values: &[i128]) -> Self {
        let hull = values.iter().map(|x| Interval::point(*x)).reduce(|a, b| a.hull(&b));
        let range = hull.unwrap_or(Interval::point(0));
        let elements: Vec<F> = values.iter().map(|x| F::from_i128(*x)).collect();
        Self::within("constant", s.constant(&elements), &[range], Some(range))
    }

    /// The shares.
    #[must_use]
    pub fn shares(&self) -> &Shares<F> {
        &self.shares
    }

    /// The same as bits, where the interval says that they are: how a party puts in secret bits is a
    /// [`checked_input`](Self::checked_input) in [`Interval::bit`], and this.
    ///
    /// # Errors
    /// [`UsageFault::Domain`] if the interval has other numbers than 0 and 1.
    pub fn into_bit(self) -> Result<Bit<F>> {
        let bit = Interval::bit();
        if bit.lo() <= self.range.lo() && self.range.hi() <= bit.hi() {
            return Ok(Bit::assume(self.shares));
        }
        let domain = "0 and 1: put the numbers in with `Interval::bit()`";
        let fault =
            UsageFault::Domain { operation: "into_bit", domain, interval: self.range, fraction_bits: 0 };
        Err(fault.into())
    }

    /// The shares, without their bounds.
    #[must_use]
    pub fn into_shares(self) -> Shares<F> {
        self.shares
    }

    /// The interval that every element lies in.
    #[must_use]
    pub fn range(&self) -> Interval {
        self.range
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shares.len()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    /// The same integers under a wider interval.
    ///
    /// # Errors
    /// [`UsageFault::Range`] if `range` does not cover the present one.
    pub fn widen(self, range: Interval) -> Result<Self> {
        if !range.covers(&self.range) {
            return Err(super::limit::fault::<F>("widen", &[self.range, range]).into());
        }
        Ok(Self { shares: self.shares, range })
    }

    /// The elements of `positions`; a fault if they reach past the end.
    #[must_use]
    pub fn slice(&self, positions: Range<usize>) -> Self {
        Self { shares: self.shares.slice(positions), range: self.range }
    }

    /// The elements at these public positions.
    #[must_use]
    pub fn gather(&self, positions: &[usize]) -> Self {
        Self { shares: self.shares.gather(positions), range: self.range }
    }

    /// x_0, x_0, …, x_1, x_1, …: every element `times` times.
    #[must_use]
    pub fn repeat_each(&self, times: usize) -> Self {
        Self { shares: self.shares.repeat_each(times), range: self.range }
    }

    /// This vector with `other` behind it; the interval covers both.
    #[must_use]
    pub fn append(self, other: &Self) -> Self {
        Self { shares: self.shares.append(&other.shares), range: self.range.hull(&other.range) }
    }

    /// The sum of all elements, a vector of length one. Local.
    #[must_use]
    pub fn sum(&self) -> Self {
        Self::within("sum", self.shares.sum(), &[self.range], self.range.sum_of(self.len()))
    }

    /// x_0 + … + x_k for every k. Local; the interval is that of one to n terms.
    #[must_use]
    pub fn prefix_sums(&self) -> Self {
        let sums = self.range.sum_of(self.len().max(1)).map(|all| all.hull(&self.range));
        Self::within("prefix_sums", self.shares.prefix_sums(), &[self.range], sums)
    }

    /// Sums of equal runs of `width` elements. Local.
    #[must_use]
    pub fn sum_groups(&self, width: usize) -> Self {
        Self::within("sum_groups", self.shares.sum_groups(width), &[self.range], self.range.sum_of(width))
    }

    /// Σ c_k·x_k for public c, a vector of length one. Local.
    #[must_use]
    pub fn dot_public(&self, c: &[i128]) -> Self {
        let elements: Vec<F> = c.iter().map(|c| F::from_i128(*c)).collect();
        let range = c
            .iter()
            .try_fold(Interval::point(0), |sum, c| sum.plus(&self.range.times(&Interval::point(*c))?));
        Self::within("dot_public", self.shares.dot_public(&elements), &[self.range], range)
    }

    /// c_k·x_k for public c. Local.
    #[must_use]
    pub fn mul_public(&self, c: &[i128]) -> Self {
        let elements: Vec<F> = c.iter().map(|c| F::from_i128(*c)).collect();
        let hull =
            c.iter().map(|c| Interval::point(*c)).reduce(|a, b| a.hull(&b)).unwrap_or(Interval::point(0));
        let (shares, range) = (self.shares.clone().mul_public(&elements), self.range.times(&hull));
        Self::within("mul_public", shares, &[self.range, hull], range)
    }

    /// x_k + c_k for public c. Local.
    #[must_use]
    pub fn add_public(&self, c: &[i128]) -> Self {
        let elements: Vec<F> = c.iter().map(|c| F::from_i128(*c)).collect();
        let hull =
            c.iter().map(|c| Interval::point(*c)).reduce(|a, b| a.hull(&b)).unwrap_or(Interval::point(0));
        let (shares, range) = (self.shares.clone().add_public(&elements), self.range.plus(&hull));
        Self::within("add_public", shares, &[self.range, hull], range)
    }

    /// Entrywise product. Rounds: 1. Triples: n.
    ///
    /// # Errors
    /// [`UsageFault::Range`]; otherwise as [`protocol::mul`].
    pub async fn mul(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let range = admit::<F>("mul", &[self.range, other.range], self.range.times(&other.range))?;
        Ok(Self { shares: protocol::mul(s, &self.shares, &other.shares).await?, range })
    }

    /// Entrywise square. Rounds: 1. Squares: n.
    ///
    /// # Errors
    /// [`UsageFault::Range`]; otherwise as [`protocol::square`].
    pub async fn square(&self, s: &Session<F>) -> Result<Self> {
        let range = admit::<F>("square", &[self.range], self.range.squared())?;
        Ok(Self { shares: protocol::square(s, &self.shares).await?, range })
    }

    /// Σ x_k·y_k, a vector of length one. Rounds: 1. Triples: n.
    ///
    /// # Errors
    /// As [`mul`](Self::mul).
    pub async fn dot(&self, s: &Session<F>, other: &Self) -> Result<Self> {
        let products = self.range.times(&other.range).and_then(|product| product.sum_of(self.len()));
        let range = admit::<F>("dot", &[self.range, other.range], products)?;
        Ok(Self { shares: protocol::dot(s, &self.shares, &other.shares).await?, range })
    }

    /// x where `bit` is 1, y where it is 0: y + bit·(x − y). Rounds: 1. Triples: n.
    ///
    /// # Errors
    /// As [`protocol::mul`].
    pub async fn select(s: &Session<F>, bit: &Bit<F>, x: &Self, y: &Self) -> Result<Self> {
        let range = x.range.hull(&y.range);
        let chosen = protocol::mul(s, bit.shares(), &(&x.shares - &y.shares)).await?;
        Ok(Self { shares: chosen + &y.shares, range })
    }

    /// Reveals the integers to everybody.
    ///
    /// # Errors
    /// As [`Session::reveal`]; [`UsageFault::OutsideInterval`] if a value is not where its interval says.
    pub async fn reveal(&self, s: &Session<F>) -> Result<Vec<i128>> {
        self.values(s, &s.reveal(&self.shares).await?)
    }

    /// Reveals the integers to one party; `None` at the others. Material: one mask an element.
    ///
    /// # Errors
    /// As [`reveal`](Self::reveal).
    pub async fn reveal_to(
        &self,
        s: &Session<F>,
        party: speedwell_net::PartyId,
    ) -> Result<Option<Vec<i128>>> {
        s.reveal_to(party, &self.shares).await?.map(|elements| self.values(s, &elements)).transpose()
    }

    fn values(&self, s: &Session<F>, elements: &[F]) -> Result<Vec<i128>> {
        let value = |x: &F| {
            let inside = x.to_i128().filter(|x| self.range.contains(*x));
            // A planning session has no values: what it reveals stands for any.
            if s.is_planning() {
                Ok(inside.unwrap_or(self.range.hi()))
            } else {
                inside.ok_or(UsageFault::OutsideInterval)
            }
        };
        Ok(elements.iter().map(value).collect::<std::result::Result<_, _>>()?)
    }

    /// `shares` under the interval that an operation gives, or with the fault that it met.
    pub(crate) fn within(
        operation: &'static str,
        mut shares: Shares<F>,
        operands: &[Interval],
        range: Option<Interval>,
    ) -> Self {
        let range = match admit::<F>(operation, operands, range) {
            Ok(range) => range,
            Err(fault) => {
                shares.note(fault);
                // Of such integers nothing is known: no operation may take a short way because of their interval.
                let half = half::<F>();
                Interval::new(half.saturating_neg(), half).unwrap_or(Interval::point(0))
            }
        };
        Self { shares, range }
    }
}

impl<F: Field> Clone for Int<F> {
    fn clone(&self) -> Self {
        Self { shares: self.shares.clone(), range: self.range }
    }
}

impl<F: Field> std::fmt::Debug for Int<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Int<{}>({} in {})", F::NAME, self.len(), self.range)
    }
}

impl<F: Field> Add for &Int<F> {
    type Output = Int<F>;
    fn add(self, other: Self) -> Int<F> {
        let (shares, range) = (&self.shares + &other.shares, self.range.plus(&other.range));
        Int::within("add", shares, &[self.range, other.range], range)
    }
}

impl<F: Field> Sub for &Int<F> {
    type Output = Int<F>;
    fn sub(self, other: Self) -> Int<F> {
        let (shares, range) = (&self.shares - &other.shares, self.range.minus(&other.range));
        Int::within("sub", shares, &[self.range, other.range], range)
    }
}

impl<F: Field> Neg for &Int<F> {
    type Output = Int<F>;
    fn neg(self) -> Int<F> {
        Int::within("neg", -&self.shares, &[self.range], self.range.negated())
    }
}

impl<F: Field> Mul<i128> for &Int<F> {
    type Output = Int<F>;
    fn mul(self, c: i128) -> Int<F> {
        let c_range = Interval::point(c);
        let (shares, range) = (&self.shares * F::from_i128(c), self.range.times(&c_range));
        Int::within("mul", shares, &[self.range, c_range], range)
    }
}

impl<F: Field> Add<i128> for &Int<F> {
    type Output = Int<F>;
    fn add(self, c: i128) -> Int<F> {
        let c_range = Interval::point(c);
        let (shares, range) = (&self.shares + F::from_i128(c), self.range.plus(&c_range));
        Int::within("add", shares, &[self.range, c_range], range)
    }
}

impl<F: Field> Sub<i128> for &Int<F> {
    type Output = Int<F>;
    fn sub(self, c: i128) -> Int<F> {
        let c_range = Interval::point(c);
        let (shares, range) = (&self.shares - F::from_i128(c), self.range.minus(&c_range));
        Int::within("sub", shares, &[self.range, c_range], range)
    }
}
