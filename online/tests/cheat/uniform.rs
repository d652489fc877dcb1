//! Full-field masks: the one opening of their making that is visible, which says whose r is not below p.

use speedwell_dealer::InsecureDealer;
use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_net::tamper::{Action, Event};
use speedwell_online::testing::{Outcome, Run};
use speedwell_online::wire::Message;
use speedwell_online::{
    CheckFault, Config, Error, Int, Interval, Kind, Masking, Result, Session, Shape, Weakness,
};

use crate::altered::Altered;
use crate::common::{DEALT, add_to, element, is, party, shift};
use crate::consistent::{all_burn, witness};
use crate::scene::F;

const BITS: u32 = 9;
/// The values, the first of which is zero.
const VALUES: [i128; 4] = [0, 1, -200, 3];
const LEN: usize = VALUES.len();

/// The dealer, with ones for the first number's bits in the first vector of bits if asked for: that number is not below p.
fn run(n: usize, all_ones: bool, weakness: Option<Weakness>) -> Run<F> {
    let source = move |p: PartyId| {
        let mut first = all_ones;
        Altered::new(InsecureDealer::new(DEALT, p, n)).bits(move |bits| {
            if !std::mem::take(&mut first) {
                return bits;
            }
            // Plane by plane: the bits of one number are LEN apart.
            let ones: Vec<F> = (0..bits.len()).map(|at| F::from_u64(u64::from(at % LEN == 0))).collect();
            let others: Vec<F> = ones.iter().map(|one| F::ONE - *one).collect();
            bits.mul_public(&others).add_public(&ones)
        })
    };
    Run::new(n, source).config(move |config: Config| {
        weakness.into_iter().fold(config.masking(Masking::FullField), |c, w| c.weakness(w))
    })
}

async fn zeros(s: &Session<F>) -> Result<Vec<F>> {
    s.lay_in(Shape::Zero { bits: BITS }, LEN).await?;
    let x = Int::constant(s, &VALUES).widen(Interval::signed(BITS))?;
    s.reveal(x.is_zero(s).await?.shares()).await
}

fn right() -> Vec<F> {
    VALUES.iter().map(|x| F::from_u64(u64::from(*x == 0))).collect()
}

/// The rounds of openings of the making: t less its mask, and t·ρ.
const DIFFERENCE: usize = 0;
const PRODUCT: usize = 1;

const PAIRS: [(usize, usize); 4] = [(2, 0), (2, 1), (3, 0), (3, 2)];

/// The run ended for everybody, and of the masks nothing was opened but what the test of r took, up to this round.
fn all_end(outcomes: &[Outcome<Vec<F>>], cheater: usize, fault: CheckFault, round: usize) {
    all_burn(outcomes, cheater, &Error::Check(fault));
    let shown = if round == PRODUCT { LEN } else { 0 };
    for (_, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
        let report = &outcome.report;
        assert_eq!((report.opened, report.revealed), ((LEN + shown) as u64, shown as u64));
        assert_eq!(report.material[&Kind::Bits], (LEN * 127) as u64, "nothing is drawn again");
    }
}

#[test]
fn cheat_full_field_mask_bad_opening() {
    for (n, cheater) in PAIRS {
        for (round, place) in [(DIFFERENCE, 0), (DIFFERENCE, LEN - 1), (PRODUCT, 0), (PRODUCT, LEN - 1)] {
            let error = vec![(round, place, F::ONE)];
            let run = run(n, false, None).cheater(cheater, shift(witness(cheater), error));
            let (outcomes, watches) = run.go_watched(zeros);
            assert!(watches[0].altered() > 0);
            all_end(&outcomes, cheater, CheckFault::Mac, round);
        }
    }
}

/// Adds 1 to the last number of a round of openings, towards one party alone.
fn towards(victim: PartyId, round: usize) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    move |event| {
        if !(event.out() && is(event, Message::Open) && event.nth() == round && event.peer == victim) {
            return event.pass();
        }
        event.rewrite(|payload| add_to(&mut payload[element::<F>(LEN - 1)], F::ONE))
    }
}

/// Towards one of two honest parties: they would not agree on whose numbers to keep.
#[test]
fn cheat_full_field_mask_bad_opening_towards_one_party() {
    for (cheater, victim) in [(0, 1), (0, 2), (2, 0), (2, 1)] {
        for round in [DIFFERENCE, PRODUCT] {
            let run = run(3, false, None).cheater(cheater, towards(party(victim), round));
            let (outcomes, watches) = run.go_watched(zeros);
            assert!(watches[0].altered() > 0);
            all_end(&outcomes, cheater, CheckFault::Digest, round);
        }
    }
}

/// A number that is not below p is thrown away, and another one drawn in its place.
#[test]
fn a_number_that_is_not_below_p_is_drawn_again() {
    for (n, _) in PAIRS {
        for (all_ones, drawn) in [(false, LEN), (true, LEN + 1)] {
            for outcome in run(n, all_ones, None).go(zeros) {
                assert_eq!(outcome.result, Ok(right()));
                assert_eq!(outcome.report.material[&Kind::Bits], drawn as u64 * 127);
            }
        }
    }
}

/// Positive control: without the check a cheater has a number kept that is not below p, and the zero under it is not found;
/// with it, nobody gets that far.
#[test]
fn without_the_check_a_number_that_is_not_below_p_is_kept() {
    for (n, cheater) in PAIRS {
        let keep = |weakness| {
            let error = vec![(PRODUCT, 0, F::ONE)];
            let run = run(n, true, weakness).cheater(cheater, shift(witness(cheater), error));
            run.go_watched(zeros).0
        };
        all_end(&keep(None), cheater, CheckFault::Mac, PRODUCT);
        let mut wrong = right();
        wrong[0] = F::ZERO;
        let unchecked = keep(Some(Weakness::MacCheckSkipped));
        for (_, outcome) in unchecked.iter().enumerate().filter(|(me, _)| *me != cheater) {
            assert_eq!(outcome.result, Ok(wrong.clone()), "among {n}");
        }
    }
}
