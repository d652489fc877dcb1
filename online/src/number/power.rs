//! Powers with public exponents.

use speedwell_field::Field;

use super::fixed::Fixed;
use super::limit::admit;
use super::{Int, Interval};
use crate::error::Result;
use crate::join::try_join;
use crate::session::Session;

impl<F: Field> Int<F> {
    /// x^e, exactly; 1 for e = 0. Rounds: ⌊log2 e⌋, and one more unless e is a power of two. ⌊log2 e⌋ squares and as many triples as e has further ones.
    ///
    /// # Errors
    /// [`UsageFault::Range`](crate::UsageFault::Range) before anything is sent; whatever ends the session.
    pub async fn pow(&self, s: &Session<F>, e: u32) -> Result<Self> {
        admit::<F>("pow", &[self.range()], power_of(self.range(), e))?;
        s.admit_shares(self.shares())?;
        let mut product: Option<Self> = None;
        let mut square = self.clone();
        let mut rest = e;
        // From the low end, so that the square and the product are made side by side.
        while rest > 1 {
            let odd = rest & 1 == 1;
            let next = async {
                match &product {
                    Some(product) if odd => Ok(Some(product.mul(s, &square).await?)),
                    None if odd => Ok(Some(square.clone())),
                    product => Ok(product.clone()),
                }
            };
            let (next, squared) = try_join(next, square.square(s)).await?;
            (product, square) = (next, squared);
            rest = rest.wrapping_shr(1);
        }
        let power = match product {
            _ if e == 0 => Self::constant(s, &vec![1; self.len()]),
            Some(product) => product.mul(s, &square).await?,
            None => square,
        };
        let range = admit::<F>("pow", &[self.range()], power_of(self.range(), e))?;
        Ok(Self::assume(power.into_shares(), range))
    }
}

impl<F: Field> Fixed<F> {
    /// x^e; 1 for e = 0. A rounding for each product: the error is in the result.
    ///
    /// # Errors
    /// As [`Fixed::mul`].
    pub async fn pow(&self, s: &Session<F>, e: u32) -> Result<Self> {
        s.admit_shares(self.shares())?;
        let mut product: Option<Self> = None;
        let mut square = self.clone();
        let mut rest = e;
        while rest > 1 {
            let odd = rest & 1 == 1;
            let next = async {
                match &product {
                    Some(product) if odd => Ok(Some(product.mul(s, &square).await?)),
                    None if odd => Ok(Some(square.clone())),
                    product => Ok(product.clone()),
                }
            };
            let (next, squared) = try_join(next, square.square(s)).await?;
            (product, square) = (next, squared);
            rest = rest.wrapping_shr(1);
        }
        match product {
            _ if e == 0 => {
                let ones = Int::constant(s, &vec![1; self.len()]);
                Ok(Self::from_int(&ones, self.fraction_bits()))
            }
            Some(product) => product.mul(s, &square).await,
            None => Ok(square),
        }
    }
}

/// All x^e.
fn power_of(range: Interval, e: u32) -> Option<Interval> {
    let ends = (range.lo().checked_pow(e)?, range.hi().checked_pow(e)?);
    let (lo, hi) = (ends.0.min(ends.1), ends.0.max(ends.1));
    let least = if e != 0 && e & 1 == 0 && range.contains(0) { 0 } else { lo };
    Interval::new(least, hi).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_powers_are_tight() {
        for lo in -4..=4_i128 {
            for hi in lo..=4 {
                for e in 0..6 {
                    let powers: Vec<i128> = (lo..=hi).map(|x| x.pow(e)).collect();
                    let hull = (*powers.iter().min().unwrap(), *powers.iter().max().unwrap());
                    let got = power_of(Interval::new(lo, hi).unwrap(), e).unwrap();
                    assert_eq!((got.lo(), got.hi()), hull, "{lo} {hi} {e}");
                }
            }
        }
    }
}
