//! Cutting off the last digits of what was computed exactly, in one of three ways.

use speedwell_field::Field;

use crate::error::Result;
use crate::mask::{Shape, admit_pieces};
use crate::number::compare::sign_shape;
use crate::number::limit::fault;
use crate::number::rounding::Rounding;
use crate::number::{Int, Interval, Ulps};
use crate::session::Session;
use crate::share::Shares;

/// Which of the two neighbours a number becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ties {
    /// The nearer one, ties towards +∞.
    Up,
    /// The nearer one, ties away from zero.
    Away,
    /// One of the two at random, the nearer one more likely: no comparison is needed. Where only full-field masks have room,
    /// and where there are only two results, the nearer one.
    Random,
}

/// ⌊x/2^t⌋ or the integer above, planned from the public interval of x.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    ties: Ties,
    dropped: u32,
    of: Interval,
    rounding: Rounding,
    /// Rounding down or up at random, where it is planned.
    loose: Option<Rounding>,
}

impl Cut {
    /// The last `dropped` digits of integers in `of`.
    pub(crate) fn plan<F: Field>(
        operation: &'static str,
        ties: Ties,
        of: Interval,
        dropped: u32,
    ) -> Result<Self> {
        // ⌊(x + 2^(t−1) − [x < 0])/2^t⌋ has ties away from zero: x − [x < 0] is rounded.
        let lower = |x: i128| if x < 0 { x.checked_sub(1) } else { Some(x) };
        let moved = |of: Interval| Some((lower(of.lo())?, lower(of.hi())?));
        let rounding = match ties {
            Ties::Away if dropped > 0 => {
                let (lo, hi) = moved(of).ok_or_else(|| fault::<F>(operation, &[of]))?;
                Rounding::nearest::<F>(operation, Interval::new(lo, hi)?, dropped)?
            }
            Ties::Up | Ties::Away | Ties::Random => Rounding::nearest::<F>(operation, of, dropped)?,
        };
        let loose = match ties {
            Ties::Random => Some(Rounding::down::<F>(operation, of, dropped)?),
            Ties::Up | Ties::Away => None,
        };
        Ok(Self { ties, dropped, of, rounding, loose })
    }

    /// The mask of the rounding itself, if it takes one.
    pub(crate) fn shape(&self) -> Option<Shape> {
        self.rounding.shape()
    }

    /// Refuses what has no room, before anything is sent.
    pub(crate) fn admit<F: Field>(&self, s: &Session<F>, n: usize) -> Result<()> {
        if let (true, Some(sign)) = (self.asks_for_signs(), sign_shape(self.of)) {
            s.admit_masks(&sign, n)?;
        }
        match self.loose(s, n) {
            Some(_) => Ok(()),
            None => self.rounding.admit(s, n),
        }
    }

    /// What is left of integers in the interval that was planned for.
    pub(crate) async fn run<F: Field>(&self, s: &Session<F>, x: Shares<F>) -> Result<Int<F>> {
        let range = self.rounding.range();
        match self.ties {
            Ties::Random if let Some(loose) = self.loose(s, x.len()) => {
                let range = Interval::new(loose.range().lo(), loose.range().hi().saturating_add(1))?;
                Ok(Int::assume(loose.run_or_one_more(s, &x).await?, range))
            }
            Ties::Away if self.asks_for_signs() => {
                let x = Int::assume(x, self.of);
                let moved = x.shares() - x.is_negative(s).await?.shares();
                Ok(Int::assume(self.rounding.run(s, &moved).await?, range))
            }
            Ties::Up | Ties::Away | Ties::Random => Ok(Int::assume(self.rounding.run(s, &x).await?, range)),
        }
    }

    /// How far the result may be from x/2^t.
    pub(crate) fn error(&self) -> Ulps {
        match self.ties {
            _ if self.dropped == 0 => Ulps::ZERO,
            Ties::Up | Ties::Away => Ulps::HALF,
            Ties::Random => Ulps::ONE,
        }
    }

    /// Rounding down or up at random, if there is room for its masks. If not, or where a comparison decides in any case, the
    /// nearer one is taken.
    fn loose<F: Field>(&self, s: &Session<F>, n: usize) -> Option<&Rounding> {
        let shape = self.loose.as_ref()?.loose_shape()?;
        admit_pieces(s, &shape, n).ok()?;
        self.loose.as_ref()
    }

    fn asks_for_signs(&self) -> bool {
        self.ties == Ties::Away && self.dropped > 0
    }
}
