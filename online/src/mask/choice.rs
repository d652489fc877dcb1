//! Which masks are taken: those that fit and, on the session's network, take the least time.
//!
//! The time of a variant is its rounds times the latency, its openings over the bandwidth, and its material at the rates
//! at which one core makes it. So a few comparisons on a slow network take bits and wide digits, and a million take
//! range proofs and, where the material counts most, narrow digits. Every party counts the same and chooses alike.

use std::time::Duration;

use speedwell_field::Field;

use super::room::{self, ATTEMPTS};
use super::shape::{Masking, Shape};
use super::uniform::special_form;
use crate::error::UsageFault;
use crate::report::NetworkProfile;
use crate::round::MaskBudget;

/// Nanoseconds of one core that making material takes, as measured for two parties over `Fp127`.
const TRIPLE: u64 = 3_000;
const BIT: u64 = 3_800;
const MASK: u64 = 1_500;

/// The masks of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) masking: Masking,
    /// Bits of a digit in the tables that numbers are compared by.
    pub(crate) digit: u32,
}

/// What a variant costs.
struct Cost {
    rounds: u64,
    bits: u64,
    triples: u64,
    masks: u64,
}

/// The best masks for `n` values of this shape among those that fit.
///
/// # Errors
/// [`UsageFault::NoRoom`] if none fits.
pub(crate) fn choose<F: Field>(
    shape: &Shape,
    n: usize,
    parties: usize,
    budget: &MaskBudget,
    network: &NetworkProfile,
) -> Result<Choice, UsageFault> {
    let mut best: Option<(Duration, Choice)> = None;
    let mut missing = (u32::MAX, 0);
    for masking in [Masking::Proved, Masking::Bits, Masking::FullField] {
        if let Err((need, have)) = fits::<F>(masking, shape, n, parties, budget) {
            missing = if need < missing.0 { (need, have) } else { missing };
            continue;
        }
        for digit in [4, 2] {
            let time = cost::<F>(masking, digit, shape, n, parties, budget).time(parties, network);
            if best.is_none_or(|(least, _)| time < least) {
                best = Some((time, Choice { masking, digit }));
            }
        }
    }
    let (need, have) = missing;
    best.map(|(_, choice)| choice).ok_or(UsageFault::NoRoom { operation: shape.name(), need, have })
}

fn fits<F: Field>(
    masking: Masking,
    shape: &Shape,
    n: usize,
    parties: usize,
    budget: &MaskBudget,
) -> Result<(), (u32, u32)> {
    match masking {
        Masking::Proved => room::fits::<F>(shape, parties, room::proof(shape, budget, parties, n).bound),
        Masking::Bits => room::fits::<F>(shape, 1, room::high_bits(shape, budget)),
        // Under a full-field mask a rounding compares in any case: the exact one is no dearer.
        Masking::FullField if matches!(shape, Shape::FloorOrOneMore { .. }) => Err((u32::MAX, F::BITS)),
        // x + 2^(k−1) must be an integer below p, and p of a form whose numbers can be drawn by bits.
        Masking::FullField if shape.bits() >= F::BITS => Err((shape.bits(), F::BITS.saturating_sub(1))),
        Masking::FullField => special_form::<F>().map(|_| ()).ok_or((u32::MAX, F::BITS)),
    }
}

fn cost<F: Field>(
    masking: Masking,
    digit: u32,
    shape: &Shape,
    n: usize,
    parties: usize,
    budget: &MaskBudget,
) -> Cost {
    let number = |x: usize| u64::try_from(x).unwrap_or(u64::MAX);
    let n_values = number(n.max(1));
    let compared = match masking {
        Masking::FullField => F::BITS,
        _ => shape.low(),
    };
    let digits = u64::from(compared.div_ceil(digit));
    let compares = !matches!(shape, Shape::FloorOrOneMore { .. });
    let made = if digit == 4 { 11 } else { 1 };
    // The tree over the digits, and the tables below it.
    let products =
        if compares { digits.saturating_mul(made).saturating_add(digits.saturating_mul(2)) } else { 0 };
    let depth = u64::from(room::ceil_log2(digits)).saturating_add(if digit == 4 { 2 } else { 1 });
    let mut cost = Cost {
        rounds: if compares { depth } else { 0 },
        bits: u64::from(shape.low()).saturating_mul(n_values),
        triples: products.saturating_mul(n_values),
        masks: 0,
    };
    match masking {
        Masking::Proved => {
            let proof = room::proof(shape, budget, parties, n);
            let rows =
                number(n.div_ceil(proof.batch.max(1)).saturating_mul(ATTEMPTS).saturating_mul(proof.rows));
            cost.masks = n_values.saturating_add(rows).saturating_mul(number(parties));
            cost.rounds = cost.rounds.saturating_add(12);
        }
        Masking::Bits => {
            cost.bits =
                cost.bits.saturating_add(u64::from(room::high_bits(shape, budget)).saturating_mul(n_values));
            cost.rounds = cost.rounds.saturating_add(4);
        }
        Masking::FullField => {
            cost.bits = u64::from(F::BITS).saturating_mul(n_values);
            cost.triples = cost.triples.saturating_add(n_values);
            cost.rounds = cost.rounds.saturating_add(9);
        }
    }
    cost
}

impl Cost {
    fn time(&self, parties: usize, network: &NetworkProfile) -> Duration {
        let made = [(self.triples, TRIPLE), (self.bits, BIT), (self.masks, MASK)];
        let made = made.iter().fold(0_u64, |sum, (n, each)| sum.saturating_add(n.saturating_mul(*each)));
        let peers = u64::try_from(parties.saturating_sub(1)).unwrap_or(u64::MAX);
        let bytes = self
            .triples
            .saturating_mul(32)
            .saturating_add(self.masks.saturating_mul(16))
            .saturating_mul(peers);
        #[allow(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            clippy::arithmetic_side_effects,
            reason = "an estimate"
        )]
        let transfer = bytes as f64 * 8.0 / network.bits_per_second;
        let rounds = u32::try_from(self.rounds).unwrap_or(u32::MAX);
        network
            .latency
            .saturating_mul(rounds)
            .saturating_add(Duration::from_nanos(made))
            .saturating_add(Duration::try_from_secs_f64(transfer).unwrap_or(Duration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_field::{Fp127, Goldilocks};

    const BUDGET: MaskBudget = MaskBudget { level: 40, openings: 1 << 24 };

    fn chosen(shape: Shape, n: usize, budget: MaskBudget, network: &NetworkProfile) -> Choice {
        choose::<Fp127>(&shape, n, 2, &budget, network).unwrap()
    }

    #[test]
    fn many_comparisons_take_proofs_and_few_take_bits() {
        let (lan, wan) = (NetworkProfile::LAN, NetworkProfile::WAN);
        assert_eq!(chosen(Shape::sign(33), 100_000, BUDGET, &lan).masking, Masking::Proved);
        assert_eq!(chosen(Shape::sign(33), 1, BUDGET, &lan), Choice { masking: Masking::Bits, digit: 4 });
        assert_eq!(chosen(Shape::sign(33), 1, BUDGET, &wan), Choice { masking: Masking::Bits, digit: 4 });
        assert_eq!(chosen(Shape::sign(33), 100_000, BUDGET, &lan).digit, 2);
    }

    #[test]
    fn what_has_no_room_goes_full_field_or_nowhere() {
        let lan = NetworkProfile::LAN;
        assert_eq!(chosen(Shape::sign(65), 1_000, BUDGET, &lan).masking, Masking::FullField);
        let high = MaskBudget { level: 64, openings: 1 << 24 };
        assert_eq!(chosen(Shape::sign(33), 1_000, high, &lan).masking, Masking::FullField);
        let golden = choose::<Goldilocks>(&Shape::sign(33), 10, 2, &BUDGET, &lan);
        assert_eq!(golden.map(|choice| choice.masking), Ok(Masking::FullField));
        assert!(matches!(
            choose::<Fp127>(&Shape::sign(127), 1, 2, &BUDGET, &lan),
            Err(UsageFault::NoRoom { operation: "comparison", .. })
        ));
    }
}
