//! Rounding by powers of two: planned from the public interval, then run.
//!
//! ⌊x/2^t⌋ is taken of x moved by a multiple of 2^t towards the middle of its interval, which makes the opened value as
//! short as it can be. Where only two results are possible, it is a comparison with the border between them.

use speedwell_field::Field;

use super::limit::fault;
use super::{Int, Interval};
use crate::error::Result;
use crate::mask::Shape;
use crate::protocol::{floor, floor_or_one_more};
use crate::session::Session;
use crate::share::Shares;

/// How x is rounded, and what comes out.
#[derive(Clone, Debug)]
pub(crate) struct Rounding {
    /// Added before the floor.
    add: i128,
    by: u32,
    how: How,
    range: Interval,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// Nothing is cut off.
    Exact,
    /// Every x gives the same.
    Always(i128),
    /// `above` − [x < border], a comparison of `bits` bits.
    Step { border: i128, above: i128, bits: u32 },
    /// ⌊(x − middle·2^by)/2^by⌋ + middle, of `bits` bits.
    Floor { middle: i128, bits: u32 },
}

impl Rounding {
    /// ⌊x/2^by⌋ of x in `range`.
    pub(crate) fn down<F: Field>(operation: &'static str, range: Interval, by: u32) -> Result<Self> {
        Self::planned(range, 0, by).ok_or_else(|| fault::<F>(operation, &[range]).into())
    }

    /// The integer nearest to x/2^by, ties towards +∞.
    pub(crate) fn nearest<F: Field>(operation: &'static str, range: Interval, by: u32) -> Result<Self> {
        let half = match by {
            0 => Some(0),
            1..=126 => 1_i128.checked_shl(by.wrapping_sub(1)),
            _ => None,
        };
        half.and_then(|half| Self::planned(range, half, by))
            .ok_or_else(|| fault::<F>(operation, &[range]).into())
    }

    /// What the rounding may give.
    pub(crate) fn range(&self) -> Interval {
        self.range
    }

    /// The masked opening that it takes, if any.
    pub(crate) fn shape(&self) -> Option<Shape> {
        match self.how {
            How::Exact | How::Always(_) => None,
            How::Step { bits, .. } => Some(Shape::sign(bits)),
            How::Floor { bits, .. } => Some(Shape::Floor { bits, by: self.by }),
        }
    }

    /// Refuses what has no room, before anything is sent.
    pub(crate) fn admit<F: Field>(&self, s: &Session<F>, n: usize) -> Result<()> {
        self.shape().map_or(Ok(()), |shape| s.admit_masks(&shape, n))
    }

    /// The masked opening that [`run_or_one_more`](Self::run_or_one_more) takes: none where one result is certain, or two
    /// are told apart by a comparison.
    pub(crate) fn loose_shape(&self) -> Option<Shape> {
        match self.how {
            How::Floor { bits, .. } => Some(Shape::FloorOrOneMore { bits, by: self.by }),
            _ => None,
        }
    }

    /// Rounds shares of numbers in the interval that was planned for.
    pub(crate) async fn run<F: Field>(&self, s: &Session<F>, x: &Shares<F>) -> Result<Shares<F>> {
        self.run_with(s, x, false).await
    }

    /// As [`run`](Self::run), or one more: the probability of one more is the part that is cut off.
    pub(crate) async fn run_or_one_more<F: Field>(&self, s: &Session<F>, x: &Shares<F>) -> Result<Shares<F>> {
        self.run_with(s, x, true).await
    }

    async fn run_with<F: Field>(&self, s: &Session<F>, x: &Shares<F>, loose: bool) -> Result<Shares<F>> {
        s.admit_shares(x)?;
        let moved = |by: i128| x + F::from_i128(self.add.wrapping_sub(by));
        match self.how {
            How::Exact => Ok(moved(0)),
            How::Always(result) => Ok(s.constant(&vec![F::from_i128(result); x.len()])),
            How::Step { border, above, bits } => {
                let sign = floor(s, &moved(border), bits, bits.saturating_sub(1)).await?;
                Ok(sign + F::from_i128(above))
            }
            How::Floor { middle, bits } => {
                let moved = moved(middle.wrapping_shl(self.by));
                let floor = match loose {
                    true => floor_or_one_more(s, &moved, bits, self.by).await?,
                    false => floor(s, &moved, bits, self.by).await?,
                };
                Ok(floor + F::from_i128(middle))
            }
        }
    }

    /// ⌊(x + add)/2^by⌋ of x in `range`; `None` where an i128 cannot hold what is needed.
    pub(crate) fn planned(range: Interval, add: i128, by: u32) -> Option<Self> {
        let sums = range.plus(&Interval::point(add))?;
        // Beyond 127 bits every i128 gives −1 or 0, as at 127.
        let by = by.min(127);
        let range = sums.shifted_down(by);
        let how = if by == 0 {
            How::Exact
        } else if range.lo() == range.hi() {
            How::Always(range.lo())
        } else if range.lo().checked_add(1)? == range.hi() {
            let border = range.hi().checked_mul(1_i128.wrapping_shl(by))?;
            let bits = sums.minus(&Interval::point(border))?.signed_bits();
            How::Step { border, above: range.hi(), bits }
        } else {
            let middle = range.lo().checked_add(range.hi())?.wrapping_shr(1);
            let centred = |middle: i128| {
                let by_middle = middle.checked_mul(1_i128.wrapping_shl(by))?;
                Some((sums.minus(&Interval::point(by_middle))?.signed_bits(), middle))
            };
            let (bits, middle) = [Some(0), Some(middle), middle.checked_add(1)]
                .into_iter()
                .flatten()
                .filter_map(centred)
                .min()?;
            How::Floor { middle, bits: bits.max(by.saturating_add(1)) }
        };
        Some(Self { add, by, how, range })
    }
}

impl<F: Field> Int<F> {
    /// ⌊x/2^bits⌋, exactly. Rounds, openings and material as a comparison of `bits` bits, of x as long as its interval is.
    ///
    /// # Errors
    /// [`UsageFault::NoRoom`](crate::UsageFault::NoRoom); [`Error::Exhausted`](crate::Error::Exhausted); whatever ends the session.
    pub async fn div_pow2_floor(&self, s: &Session<F>, bits: u32) -> Result<Self> {
        let rounding = Rounding::down::<F>("div_pow2_floor", self.range(), bits)?;
        Ok(Self::assume(rounding.run(s, self.shares()).await?, rounding.range()))
    }

    /// The integer nearest to x/2^bits, ties towards +∞, exactly.
    ///
    /// # Errors
    /// As [`div_pow2_floor`](Self::div_pow2_floor).
    pub async fn div_pow2_round(&self, s: &Session<F>, bits: u32) -> Result<Self> {
        let rounding = Rounding::nearest::<F>("div_pow2_round", self.range(), bits)?;
        Ok(Self::assume(rounding.run(s, self.shares()).await?, rounding.range()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_field::Fp127;

    /// What [`Rounding::run`] computes, on clear integers, with every masked opening within its length.
    fn clear(rounding: &Rounding, x: i128) -> i128 {
        let x = x + rounding.add;
        match rounding.how {
            How::Exact => x,
            How::Always(result) => result,
            How::Step { border, above, bits } => {
                assert!(Interval::signed(bits).contains(x - border));
                above - i128::from(x < border)
            }
            How::Floor { middle, bits } => {
                let y = x - (middle << rounding.by);
                assert!(Interval::signed(bits).contains(y) && rounding.by < bits);
                (y >> rounding.by) + middle
            }
        }
    }

    #[test]
    fn every_small_interval_is_rounded_rightly() {
        for lo in -20..=20 {
            for hi in lo..=20 {
                let range = Interval::new(lo, hi).unwrap();
                for by in 0..7 {
                    let down = Rounding::down::<Fp127>("test", range, by).unwrap();
                    let near = Rounding::nearest::<Fp127>("test", range, by).unwrap();
                    for x in lo..=hi {
                        assert_eq!(clear(&down, x), x.div_euclid(1 << by));
                        let half = if by == 0 { 0 } else { 1 << (by - 1) };
                        assert_eq!(clear(&near, x), (x + half).div_euclid(1 << by));
                        assert!(down.range.contains(clear(&down, x)) && near.range.contains(clear(&near, x)));
                    }
                }
            }
        }
    }

    /// An interval far from zero costs what its width costs.
    #[test]
    fn the_opened_value_is_as_short_as_the_interval() {
        let range = Interval::new(1 << 60, (1 << 60) + (1 << 20)).unwrap();
        let rounding = Rounding::down::<Fp127>("test", range, 8).unwrap();
        assert_eq!(rounding.shape(), Some(Shape::Floor { bits: 21, by: 8 }));
        let one_border = Rounding::down::<Fp127>("test", Interval::new(250, 260).unwrap(), 8).unwrap();
        assert_eq!(one_border.shape(), Some(Shape::sign(4)));
    }
}
