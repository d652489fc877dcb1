//! Normalisation: a positive number shifted until its leading bit stands at the top.
//!
//! From the bits x_j of x and the prefix-or P_j = x_{m−1} ∨ … ∨ x_j come e_j = P_j − P_{j+1} = [the leading bit is x_j].
//! Then v = x·Σ e_j·2^(m−1−j), and the T bits from the leading one on are Σ e_j·Y_j with local combinations Y_j of bits:
//! no rounding. Rounds: of the bits, ⌈log2 m⌉, and one for v, the window and whatever else is a sum over e_j.

use speedwell_field::Field;

use super::bits;
use crate::error::Result;
use crate::mask::power;
use crate::number::{Bit, Int, Interval};
use crate::protocol::mul_all;
use crate::session::Session;
use crate::share::Shares;

/// A number from 2^(l0−1) to 2^m − 1, or 0 counted as 1, with its bits and its leading one.
pub(crate) struct Leading<F: Field> {
    /// x, with 1 in place of 0.
    pub(crate) x: Shares<F>,
    /// Bits of x from the lowest, as they were.
    pub(crate) planes: Vec<Shares<F>>,
    /// e_j for j = l0 − 1, …, m − 1.
    pub(crate) lead: Vec<(u32, Shares<F>)>,
    /// [x = 0], if 0 is admitted.
    pub(crate) zero: Option<Shares<F>>,
    m: u32,
}

impl<F: Field> Leading<F> {
    /// Of x in `range`, whose lower end is not negative, as a number of `m` bits.
    pub(crate) async fn find(s: &Session<F>, x: &Shares<F>, range: Interval, m: i64) -> Result<Self> {
        let m = bits(m);
        let zero = range.lo() <= 0;
        let low = 128_u32.saturating_sub(range.lo().max(1).leading_zeros());
        let planes = Int::assume(x.clone(), range).bits(s).await?;
        let mut planes: Vec<Shares<F>> = planes.into_iter().map(Bit::into_shares).collect();
        while planes.len() < usize::try_from(m).unwrap_or(0) {
            planes.push(s.constant(&vec![F::ZERO; x.len()]));
        }
        // P_j for j from m − 1 down to l0, and to 0 if z is asked for.
        let last = usize::try_from(if zero { 0 } else { low }).unwrap_or(0);
        let from_top: Vec<Shares<F>> = planes.iter().skip(last).rev().cloned().collect();
        let prefix = prefix_or(s, from_top).await?;
        let zero = if zero { prefix.last().map(|any| -any + F::ONE) } else { None };
        let nothing = s.constant(&vec![F::ZERO; x.len()]);
        let mut lead = Vec::new();
        let mut above = &nothing;
        for (j, p) in (low..m).rev().zip(&prefix) {
            lead.push((j, p - above));
            above = p;
        }
        // P_{l0−1} = 1.
        lead.push((low.saturating_sub(1), -above + F::ONE));
        lead.reverse();
        let x = match &zero {
            Some(zero) => x + zero,
            None => x.clone(),
        };
        Ok(Self { x, planes, lead, zero, m })
    }

    /// Σ e_j·c_j for public c_j. Local.
    pub(crate) fn weighted(&self, c: impl Fn(u32) -> F) -> Option<Shares<F>> {
        let mut lead = self.lead.iter();
        let (first, e) = lead.next()?;
        Some(lead.fold(e * c(*first), |sum, (j, e)| sum.plus_scaled(c(*j), e)))
    }

    /// Σ e_j·2^(m−1−j), which moves the leading bit to the top.
    pub(crate) fn shift(&self) -> Option<Shares<F>> {
        self.weighted(|j| power::<F>(self.m.saturating_sub(1).saturating_sub(j)))
    }

    /// For each e_j the number whose T bits are those of x from bit j down: Y_j.
    pub(crate) fn windows(&self, t: i64) -> Vec<Shares<F>> {
        let t = bits(t);
        let window = |(j, e): &(u32, Shares<F>)| {
            let mut window = e * F::ZERO;
            for i in 0..t.min(j.saturating_add(1)) {
                if let Some(plane) = self.bit(j.saturating_sub(i)) {
                    window = window.plus_scaled(power::<F>(t.saturating_sub(1).saturating_sub(i)), plane);
                }
            }
            // 1 in place of 0 has its leading bit at 0.
            match &self.zero {
                Some(zero) if *j == 0 => window.plus_scaled(power::<F>(t.saturating_sub(1)), zero),
                _ => window,
            }
        };
        self.lead.iter().map(window).collect()
    }

    /// The factors of Σ e_j·y_j.
    pub(crate) fn with<'a>(&'a self, y: &'a [Shares<F>]) -> Vec<(&'a Shares<F>, &'a Shares<F>)> {
        self.lead.iter().map(|(_, e)| e).zip(y).collect()
    }

    /// For each e_j the bit i places below it; 0 below the lowest.
    pub(crate) fn below(&self, i: u32) -> Vec<Shares<F>> {
        let bit = |(j, e): &(u32, Shares<F>)| match j.checked_sub(i).and_then(|j| self.bit(j)) {
            Some(plane) => plane.clone(),
            None => e * F::ZERO,
        };
        self.lead.iter().map(bit).collect()
    }

    fn bit(&self, j: u32) -> Option<&Shares<F>> {
        usize::try_from(j).ok().and_then(|j| self.planes.get(j))
    }
}

/// x_0, x_0 ∨ x_1, …: Sklansky's network. Rounds: ⌈log2 of their number⌉.
async fn prefix_or<F: Field>(s: &Session<F>, mut nodes: Vec<Shares<F>>) -> Result<Vec<Shares<F>>> {
    let mut block = 1_usize;
    while block < nodes.len() {
        let lower =
            |at: usize| (at & !block.wrapping_mul(2).wrapping_sub(1)).saturating_add(block).saturating_sub(1);
        let uppers: Vec<usize> = (0..nodes.len()).filter(|at| at & block != 0).collect();
        let factors: Vec<_> =
            uppers.iter().filter_map(|at| Some((nodes.get(*at)?, nodes.get(lower(*at))?))).collect();
        let both = mul_all(s, &factors).await?;
        for (at, both) in uppers.into_iter().zip(both) {
            let sum = nodes.get(at).zip(nodes.get(lower(at))).map(|(x, y)| x + y - &both);
            if let (Some(node), Some(sum)) = (nodes.get_mut(at), sum) {
                *node = sum;
            }
        }
        block = block.saturating_mul(2);
    }
    Ok(nodes)
}
