//! Which masks are taken: those that fit and, on the session's network, take the least time.
//!
//! The time of a variant is its rounds times the latency, its openings over the bandwidth, and its material at the rates
//! at which one core makes it. So a few comparisons, or any on a slow network, take bits, and a million take range proofs.
//! Wide digits save a round of the comparison and cost one where their tables are made: they are taken where the time
//! after that counts ([`Favour::Online`]), narrow ones, which take less material, where all counts. Every party counts the
//! same and chooses alike.

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

/// What is to be saved when masks are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Favour {
    /// Time in all, that of making the material included.
    #[default]
    Total,
    /// Time after the material and the masks have been made: for programs that [lay them in](crate::Session::lay_in) ahead.
    Online,
}

/// What a variant costs, or a part of it.
#[derive(Default)]
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
    favour: Favour,
) -> Result<Choice, UsageFault> {
    let mut best: Option<((Duration, Duration), Choice)> = None;
    let mut missing = (u32::MAX, 0);
    let kinds = [Masking::Proved, Masking::Bits, Masking::FullField];
    for masking in kinds.into_iter().filter(|kind| budget.only.is_none_or(|only| only == *kind)) {
        if let Err((need, have)) = fits::<F>(masking, shape, n, parties, budget) {
            missing = if need < missing.0 { (need, have) } else { missing };
            continue;
        }
        for digit in [4, 2] {
            let (ahead, online) = cost::<F>(masking, digit, shape, n, parties, budget);
            let (ahead, online) = (ahead.time(parties, network), online.time(parties, network));
            let total = ahead.saturating_add(online);
            let time = match favour {
                Favour::Total => (total, online),
                Favour::Online => (online, total),
            };
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
        Masking::Proved => {
            let bound = room::proof(shape, budget, parties, n).bound;
            // A party computes its rows in u128, whatever the field.
            if bound > room::LONGEST_PROOF {
                return Err((bound, room::LONGEST_PROOF));
            }
            room::fits::<F>(shape, parties, bound)
        }
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
) -> (Cost, Cost) {
    let number = |x: usize| u64::try_from(x).unwrap_or(u64::MAX);
    let n_values = number(n.max(1));
    let compared = match masking {
        Masking::FullField => F::BITS,
        _ => shape.low(),
    };
    let digits = u64::from(compared.div_ceil(digit));
    let compares = !matches!(shape, Shape::FloorOrOneMore { .. });
    let (made, table_rounds) = if digit == 4 { (11, 2) } else { (1, 1) };
    let mut online = Cost { rounds: if masking == Masking::FullField { 1 } else { 4 }, ..Cost::default() };
    let mut ahead = Cost { bits: u64::from(shape.low()).saturating_mul(n_values), ..Cost::default() };
    let mut tables = 0;
    if compares {
        online.triples = digits.saturating_mul(2).saturating_mul(n_values);
        online.rounds = online.rounds.saturating_add(u64::from(room::ceil_log2(digits)));
        ahead.triples = digits.saturating_mul(made).saturating_mul(n_values);
        tables = table_rounds;
    }
    match masking {
        Masking::Proved => {
            let proof = room::proof(shape, budget, parties, n);
            let rows =
                number(n.div_ceil(proof.batch.max(1)).saturating_mul(ATTEMPTS).saturating_mul(proof.rows));
            ahead.masks = n_values.saturating_add(rows).saturating_mul(number(parties));
            // The tables are made beside the proof.
            ahead.rounds = 9;
        }
        Masking::Bits => {
            let high = u64::from(room::high_bits(shape, budget)).saturating_mul(n_values);
            ahead.bits = ahead.bits.saturating_add(high);
            ahead.rounds = tables;
        }
        Masking::FullField => {
            ahead.bits = u64::from(F::BITS).saturating_mul(n_values);
            ahead.triples = ahead.triples.saturating_add(n_values);
            ahead.rounds = tables.saturating_add(8);
        }
    }
    (ahead, online)
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

    const BUDGET: MaskBudget = MaskBudget { level: 40, openings: 1 << 24, only: None };

    /// A field of 254 bits has room for numbers that no proof can be computed of.
    #[test]
    fn no_proof_is_longer_than_what_it_is_computed_in() {
        type Bn = speedwell_field::ArkField<ark_bn254::Fr>;
        let fast = NetworkProfile { latency: Duration::ZERO, bits_per_second: 1e12 };
        let masking = |openings| {
            let budget = MaskBudget { level: 64, openings, only: None };
            choose::<Bn>(&Shape::sign(33), 500, 2, &budget, &fast, Favour::Total).map(|choice| choice.masking)
        };
        assert_eq!(masking(1 << 20), Ok(Masking::Proved));
        assert_eq!(masking(1 << 62), Ok(Masking::Bits));
    }

    fn chosen(shape: Shape, n: usize, budget: MaskBudget, network: &NetworkProfile) -> Choice {
        choose::<Fp127>(&shape, n, 2, &budget, network, Favour::Total).unwrap()
    }

    #[test]
    fn many_comparisons_take_proofs_and_few_take_bits() {
        let (lan, wan) = (NetworkProfile::LAN, NetworkProfile::WAN);
        assert_eq!(chosen(Shape::sign(33), 100_000, BUDGET, &lan).masking, Masking::Proved);
        assert_eq!(chosen(Shape::sign(33), 1, BUDGET, &lan).masking, Masking::Bits);
        assert_eq!(chosen(Shape::sign(33), 100, BUDGET, &wan).masking, Masking::Bits);
    }

    #[test]
    fn wide_digits_are_taken_where_their_tables_are_made_ahead() {
        let of = |favour| {
            choose::<Fp127>(&Shape::sign(33), 100_000, 2, &BUDGET, &NetworkProfile::LAN, favour).unwrap()
        };
        assert_eq!(of(Favour::Total), Choice { masking: Masking::Proved, digit: 2 });
        assert_eq!(of(Favour::Online), Choice { masking: Masking::Proved, digit: 4 });
    }

    #[test]
    fn what_has_no_room_goes_full_field_or_nowhere() {
        let lan = NetworkProfile::LAN;
        assert_eq!(chosen(Shape::sign(65), 1_000, BUDGET, &lan).masking, Masking::FullField);
        let high = MaskBudget { level: 64, openings: 1 << 24, only: None };
        assert_eq!(chosen(Shape::sign(33), 1_000, high, &lan).masking, Masking::Bits);
        assert_eq!(chosen(Shape::sign(65), 1_000, high, &lan).masking, Masking::FullField);
        let golden = choose::<Goldilocks>(&Shape::sign(33), 10, 2, &BUDGET, &lan, Favour::Total);
        assert_eq!(golden.map(|choice| choice.masking), Ok(Masking::FullField));
        assert!(matches!(
            choose::<Fp127>(&Shape::sign(127), 1, 2, &BUDGET, &lan, Favour::Total),
            Err(UsageFault::NoRoom { operation: "comparison", .. })
        ));
    }
}
