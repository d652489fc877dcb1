//! Masks for opening values that comparison, rounding and bit decomposition look at: made before the value is known.
//!
//! Two kinds hide in different ways. A *bounded* mask r' + 2^l·r'' is longer than the value by kappa bits and hides it
//! statistically; it has few bits to make and to compare, and it needs room in the field ([`room`]). A *full-field* mask is a
//! uniform element with shared bits and hides perfectly, in any number of openings; it has as many bits as p.

mod ahead;
pub(crate) mod bounded;
mod choice;
mod digits;
pub(crate) mod room;
mod shape;
mod uniform;

use std::collections::BTreeMap;

use speedwell_field::Field;

#[cfg(feature = "testing")]
pub(crate) use self::digits::beside_four_bits;
pub(crate) use self::digits::{Digits, Node};
pub use self::shape::{Masking, Shape};

pub(crate) use self::ahead::{Routine, run_ahead};
pub use self::choice::Favour;
use self::choice::{Choice, choose};
use crate::error::Result;
use crate::join::try_join;
use crate::opened::{Integers, Opened};
use crate::session::Session;
use crate::share::Shares;
use crate::weakness::Weakness;

/// Longest vector that is masked at once: longer ones are cut into pieces that run side by side, so that what one step
/// works on stays in the cache.
const PIECE: usize = 2048;

/// The vector in pieces that are masked at once.
pub(crate) fn pieces<F: Field>(x: &Shares<F>) -> Vec<Shares<F>> {
    let starts = (0..x.len()).step_by(PIECE);
    starts.map(|start| x.slice(start..start.saturating_add(PIECE).min(x.len()))).collect()
}

/// Refuses `n` openings of this shape, in such pieces, if no mask has room for one of them.
pub(crate) fn admit_pieces<F: Field>(s: &Session<F>, shape: &Shape, n: usize) -> Result<()> {
    let mut lengths = (0..n).step_by(PIECE).map(|start| n.saturating_sub(start).min(PIECE));
    lengths.try_for_each(|piece| s.admit_masks(shape, piece))
}

/// Masks for values of one shape.
pub(crate) struct Masks<F: Field> {
    pub(crate) masking: Masking,
    /// What is added to the value: r' + 2^l·r'', or the uniform r.
    pub(crate) mask: Shares<F>,
    /// The bits of r' (or of r), lowest first; only those that the shape uses one by one.
    pub(crate) planes: Vec<Shares<F>>,
    /// r' = r mod 2^l.
    pub(crate) low: Shares<F>,
    /// Tables of the bits that are compared.
    pub(crate) digits: Option<Digits<F>>,
}

/// Masks that were made ahead.
pub(crate) type Pool<F> = BTreeMap<Shape, Vec<Masks<F>>>;

impl<F: Field> Session<F> {
    /// Makes masks for `n` openings of this shape ahead: later comparisons and roundings of that shape spend them, in the
    /// order they were made, and have so much less to do. All parties do so at the same place of the program.
    ///
    /// Rounds and material: by the kind of mask that fits and takes the least time on the session's network.
    ///
    /// # Errors
    /// [`UsageFault::NoRoom`](crate::UsageFault::NoRoom); [`Error::Exhausted`](crate::Error::Exhausted); whatever ends the session.
    pub async fn lay_in(&self, shape: Shape, n: usize) -> Result<()> {
        let mut left = n;
        while left > 0 {
            let masks = self.make_masks(shape, left.min(PIECE)).await?;
            self.pool().entry(shape).or_default().push(masks);
            left = left.saturating_sub(PIECE);
        }
        Ok(())
    }

    /// Refuses an opening of this shape for which no mask has room. Nothing is sent.
    pub(crate) fn admit_masks(&self, shape: &Shape, n: usize) -> Result<()> {
        self.choose_masks(shape, n).map(drop)
    }

    fn choose_masks(&self, shape: &Shape, n: usize) -> Result<Choice> {
        let (budget, network, favour) = self.mask_settings();
        if self.weak(Weakness::SlackForgotten)
            && room::fits::<F>(shape, self.parties(), room::high_bits(shape, &budget)).is_ok()
        {
            return Ok(Choice { masking: Masking::Proved, digit: 4 });
        }
        Ok(choose::<F>(shape, n, self.parties(), &budget, &network, favour)?)
    }

    /// The greatest k such that numbers of k bits have room under some mask, whatever is asked of them.
    pub(crate) fn longest_masked(&self) -> u32 {
        if uniform::special_form::<F>().is_some() {
            return F::BITS.saturating_sub(1);
        }
        let (budget, ..) = self.mask_settings();
        let fits = |bits: &u32| {
            let shape = Shape::sign(*bits);
            room::fits::<F>(&shape, 1, room::high_bits(&shape, &budget)).is_ok()
        };
        (2..=128).rev().find(fits).unwrap_or(0)
    }

    /// `n` masks of this shape: of those made ahead, if there are as many, or fresh.
    pub(crate) async fn masks_of(&self, shape: Shape, n: usize) -> Result<Masks<F>> {
        self.count_shape(shape, n);
        self.note_masks(shape, n);
        if let Some(masks) = take(&mut self.pool(), shape, n) {
            return Ok(masks);
        }
        self.make_masks(shape, n).await
    }

    /// The digits of an opening under a bounded mask: of the centred integer, because a cheater's part of the mask, and so
    /// the whole, may be negative.
    pub(crate) fn unmasked(&self, opened: &Opened<F>) -> Integers {
        if self.weak(Weakness::DigitsCanonical) { opened.canonical() } else { opened.centred() }
    }

    async fn make_masks(&self, shape: Shape, n: usize) -> Result<Masks<F>> {
        let (budget, ..) = self.mask_settings();
        let Choice { masking, digit } = self.choose_masks(&shape, n)?;
        self.count_masks(masking, n);
        let low = usize::try_from(shape.low()).unwrap_or(usize::MAX);
        let (planes, mask) = if masking == Masking::FullField {
            let form = uniform::special_form::<F>().unwrap_or_default();
            let planes = uniform::uniform_bits(self, n, form).await?;
            let mask = Shares::compose(&planes);
            (planes, mask)
        } else {
            let planes = self.random_bits(n.saturating_mul(low))?.planes(low);
            (planes, None)
        };
        let low_part = Shares::compose(planes.get(..low).unwrap_or(&planes));
        let low_part = low_part.unwrap_or_else(|| self.constant(&vec![F::ZERO; n]));
        let digits = async {
            // A decomposition compares bit by bit. Digits do not cross the bit where a full-field floor cuts.
            match shape {
                Shape::FloorOrOneMore { .. } => Ok(None),
                Shape::Bits { .. } => Digits::make(self, &planes, 1, 0).await.map(Some),
                Shape::Floor { by, .. } if masking == Masking::FullField && !shape.is_sign() => {
                    Digits::make(self, &planes, digit, by).await.map(Some)
                }
                _ => Digits::make(self, &planes, digit, 0).await.map(Some),
            }
        };
        let high = async {
            match masking {
                Masking::Proved => {
                    let proof = room::proof(&shape, &budget, self.parties(), n);
                    bounded::bounded_sums(self, n, &proof).await.map(Some)
                }
                Masking::Bits => {
                    let bits = match self.weak(Weakness::MasksShort) {
                        true => room::kappa(&budget),
                        false => room::high_bits(&shape, &budget),
                    };
                    let bits = usize::try_from(bits).unwrap_or(usize::MAX);
                    let planes = self.random_bits(n.saturating_mul(bits))?.planes(bits);
                    Ok(Shares::compose(&planes))
                }
                Masking::FullField => Ok(None),
            }
        };
        let (digits, high) = try_join(digits, high).await?;
        let mask = match (mask, high) {
            (Some(mask), _) => mask,
            (None, Some(high)) => low_part.clone().plus_scaled(power::<F>(shape.low()), &high),
            (None, None) => low_part.clone(),
        };
        let mut planes = planes;
        planes.truncate(match shape {
            Shape::Bits { .. } => low,
            // The sign under a full-field mask is a comparison of parities.
            _ if masking == Masking::FullField => 1,
            _ => 0,
        });
        Ok(Masks { masking, mask, planes, low: low_part, digits })
    }
}

/// 2^k.
pub(crate) fn power<F: Field>(k: u32) -> F {
    F::from_u64(2).pow(&[u64::from(k)])
}

/// The first `n` masks of this shape, if the oldest that were made ahead are as many.
fn take<F: Field>(pool: &mut Pool<F>, shape: Shape, n: usize) -> Option<Masks<F>> {
    let made = pool.get_mut(&shape)?;
    let at = made.iter().position(|masks| masks.mask.len() >= n)?;
    let masks = made.remove(at);
    if masks.mask.len() == n {
        return Some(masks);
    }
    let (first, rest) = masks.split_at(n);
    made.insert(at, rest);
    Some(first)
}

impl<F: Field> Masks<F> {
    fn split_at(self, n: usize) -> (Self, Self) {
        let Self { masking, mask, planes, low, digits } = self;
        let ((mask, mask_rest), (low, low_rest)) = (mask.split_at(n), low.split_at(n));
        let (planes, planes_rest) = planes.into_iter().map(|plane| plane.split_at(n)).unzip();
        let (digits, digits_rest) = digits.map(|digits| digits.split_at(n)).unzip();
        let rest = Self { masking, mask: mask_rest, planes: planes_rest, low: low_rest, digits: digits_rest };
        (Self { masking, mask, planes, low, digits }, rest)
    }
}
