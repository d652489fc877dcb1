//! Shuffles and sorts: controls that are no bits, products of switches, revealed destinations.

use speedwell_field::Field;
use speedwell_online::order::{Direction, Permutation, Way, send_to, sort_table_by};
use speedwell_online::testing::Outcome;
use speedwell_online::{
    CheckFault, EpochState, Error, Int, Interval, Kind, PeerFault, Result, Session, Shares, UsageFault,
    Weakness,
};

use crate::common::{dealer_seed, party, run, run_dealt, shift};
use crate::consistent::{all_burn, witness};
use crate::scene::F;
use crate::sweep::each_opening;

const RUNS: [(usize, usize); 4] = [(2, 0), (2, 1), (3, 0), (3, 2)];

/// Rows 10, 20, … from party 0, moved by a permutation in which the cheater alters its controls.
async fn shuffled(
    s: &Session<F>,
    rows: usize,
    cheater: usize,
    alter: impl Fn(&mut [F]) + Send,
) -> Result<Vec<F>> {
    let values: Vec<F> = (1..=rows as u64).map(|k| F::from_u64(10 * k)).collect();
    let x = s.input(party(0), rows, (s.me() == party(0)).then_some(&values)).await?;
    let drawn = if s.me() == party(cheater) {
        Permutation::draw_altered(s, rows, 1, alter).await?
    } else {
        Permutation::draw_many(s, rows, 1).await?
    };
    s.reveal(&drawn[0].apply(s, &[x]).await?[0]).await
}

fn integers(values: &[F]) -> Vec<i128> {
    let mut all: Vec<i128> = values.iter().map(|x| x.to_i128().unwrap()).collect();
    all.sort_unstable();
    all
}

#[test]
fn cheat_permutation_bad_control() {
    for (n, cheater) in RUNS {
        // Values that no bit can be, at the first, an inner and the last switch.
        for (rows, at, by) in [(2, 0, 2), (5, 3, -2), (5, 7, 2), (8, 16, 1 << 90)] {
            let outcomes = run::<F>(n)
                .go(async |s| shuffled(s, rows, cheater, |controls| controls[at] += F::from_i128(by)).await);
            let fault = Error::peer(party(cheater), PeerFault::InputOutOfRange);
            for outcome in &outcomes {
                assert_eq!(outcome.result, Err(fault.clone()), "{rows} rows, switch {at}");
                assert_eq!(outcome.epoch, EpochState::Live);
                // No switch was moved, and nothing shown but the tests themselves.
                assert_eq!(outcome.report.material.get(&Kind::Triples), None);
                assert_eq!(outcome.report.revealed, n as u64);
            }
        }
    }
}

/// As above where controls are proved by polynomials.
#[test]
fn cheat_permutation_bad_control_among_many() {
    for (n, cheater) in [(2, 0), (3, 2)] {
        for (at, by) in [(0, 2), (8_000, -2), (16_999, 1 << 90)] {
            let outcomes = run::<F>(n).go(async |s| {
                let alter = |controls: &mut [F]| controls[at] += F::from_i128(by);
                let alter = |controls: &mut [F]| {
                    if s.me() == party(cheater) {
                        alter(controls)
                    }
                };
                Permutation::draw_altered(s, 8, 1_000, alter).await.map(|drawn| drawn.len())
            });
            for outcome in &outcomes {
                let fault = Error::peer(party(cheater), PeerFault::InputOutOfRange);
                assert_eq!(outcome.result, Err(fault), "control {at}");
                assert_eq!((outcome.epoch, outcome.report.revealed), (EpochState::Live, n as u64));
            }
        }
    }
}

/// Two controls whose errors cancel in an unweighted sum are found out by the weights.
#[test]
fn cheat_permutation_bad_controls_that_add_up() {
    for (n, cheater) in RUNS {
        let outcomes = run::<F>(n).go(async |s| {
            // x² − x = a − a² has a solution x for about every other a.
            let discriminant = |a: &F| F::ONE - (*a * *a - *a) * F::from_u64(4);
            let a = (3..).map(F::from_u64).find(|a| discriminant(a).is_square()).unwrap();
            let x = (F::ONE + discriminant(&a).sqrt_canonical_or_zero()) * F::from_u64(2).inverse().unwrap();
            assert_eq!(x * x - x + a * a - a, F::ZERO);
            shuffled(s, 4, cheater, move |controls| (controls[0], controls[1]) = (a, x)).await
        });
        for outcome in &outcomes {
            assert_eq!(outcome.result, Err(Error::peer(party(cheater), PeerFault::InputOutOfRange)));
        }
    }
}

/// Positive control: without the proof, b = 2 turns rows x and y into 2y − x and 2x − y, and nobody notices.
#[test]
fn without_the_proof_controls_combine_rows() {
    for (n, cheater) in RUNS {
        let run = run::<F>(n).config(|config| config.weakness(Weakness::ControlsUnproven));
        let outcomes =
            run.go(async |s| shuffled(s, 2, cheater, |controls| controls[0] = F::from_u64(2)).await);
        for outcome in &outcomes {
            assert_eq!(integers(outcome.result.as_ref().unwrap()), [0, 30]);
        }
    }
}

fn with(n: usize, number: u64, weakness: Option<Weakness>) -> speedwell_online::testing::Run<F> {
    run_dealt::<F>(n, dealer_seed(number))
        .config(move |config| weakness.into_iter().fold(config, |c, w| c.weakness(w)))
}

/// The rounds of openings before the first switch of a run of [`shuffled`] or [`sent`]: the rows, and the drawing.
const BEFORE: usize = 4;

/// A control is opened less its mask, and 2 more than it is: no switch moves by that.
fn tampered(n: usize, cheater: usize, nth: usize, weakness: Option<Weakness>) -> Vec<Outcome<Vec<F>>> {
    let error = vec![(nth, 0, F::from_u64(2))];
    let run = with(n, 1, weakness).cheater(cheater, shift(witness(cheater), error));
    let (outcomes, watches) = run.go_watched(async |s| shuffled(s, 4, cheater, |_| ()).await);
    assert!(watches[0].altered() > 0);
    outcomes
}

#[test]
fn cheat_permutation_bad_switch() {
    for (n, cheater) in RUNS {
        // Three layers for each party: the first, an inner and the last one.
        for layer in [0, 2, 3 * n - 1] {
            let outcomes = tampered(n, cheater, BEFORE + layer, None);
            all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
            let honest = outcomes.iter().enumerate().filter(|(me, _)| *me != cheater);
            assert!(honest.clone().all(|(_, outcome)| outcome.report.revealed == n as u64));
            // Positive controls: opened before it is checked, the result is sent; unchecked, it is believed.
            let outcomes = tampered(n, cheater, BEFORE + layer, Some(Weakness::OpenThenCheck));
            all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
            assert!(
                (0..n).filter(|me| *me != cheater).all(|me| outcomes[me].report.revealed == n as u64 + 4)
            );
            let outcomes = tampered(n, cheater, BEFORE + layer, Some(Weakness::MacCheckSkipped));
            for (_, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
                assert_ne!(integers(outcome.result.as_ref().unwrap()), [10, 20, 30, 40]);
            }
        }
    }
}

/// Rows 10 and 20 from party 0, sent to places 0 and 1.
async fn sent(s: &Session<F>) -> Result<Vec<F>> {
    let values = [F::ZERO, F::ONE, F::from_u64(10), F::from_u64(20)];
    let all = s.input(party(0), 4, (s.me() == party(0)).then_some(&values)).await?;
    let (places, rows) = all.split_at(2);
    s.reveal(&send_to(s, &places, &[rows]).await?[0]).await
}

#[test]
fn cheat_send_to_bad_destination() {
    let right = vec![F::from_u64(10), F::from_u64(20)];
    let wrong = vec![F::from_u64(20), F::from_u64(10)];
    for (n, cheater) in RUNS {
        // One layer for each party, then the destinations: 0 becomes 1, 1 becomes 0.
        let forged = |number, weakness| {
            let errors = vec![(BEFORE + n, 0, F::ONE), (BEFORE + n, 1, -F::ONE)];
            let run = with(n, number, weakness).cheater(cheater, shift(witness(cheater), errors));
            let (mut outcomes, watches) = run.go_watched(sent);
            assert!(watches[0].altered() > 0);
            outcomes.remove(cheater);
            outcomes
        };
        for outcome in forged(0, None) {
            assert_eq!(outcome.result, Err(Error::Check(CheckFault::Mac)));
            assert_eq!(outcome.epoch, EpochState::Burnt);
        }
        // Positive control: unchecked, the rows go where the cheater says whenever it guesses right, and it is no
        // permutation otherwise.
        let (mut moved, mut refused) = (0, 0);
        for number in 0..40 {
            for outcome in forged(number, Some(Weakness::MacCheckSkipped)) {
                match outcome.result {
                    Ok(rows) if rows == wrong => moved += 1,
                    Err(Error::Usage(UsageFault::NotAPermutation { row: 0 })) => refused += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(moved > 0 && refused > 0, "{moved} {refused}");
        for outcome in run::<F>(n).go(sent) {
            assert_eq!(outcome.result.as_ref(), Ok(&right));
        }
    }
}

async fn sorted(s: &Session<F>, way: Way) -> Result<Vec<F>> {
    let values = [5, 1, 3].map(F::from_u64);
    let keys = s.input(party(0), 3, (s.me() == party(0)).then_some(&values)).await?;
    let keys = Int::assume(keys, Interval::unsigned(3));
    let payload = keys.shares().clone() + F::ONE;
    let (keys, columns) = sort_table_by(s, &keys, &[payload], Direction::Ascending, way).await?;
    s.reveal(&Shares::concat(&[keys.shares(), &columns[0]]).unwrap()).await
}

/// Whichever opening of a whole sort is tampered with, nobody gets a result.
#[test]
fn cheat_sort_bad_opening() {
    let right = [1, 3, 5, 2, 4, 6].map(F::from_u64).to_vec();
    for way in [Way::Digits, Way::Comparisons] {
        for cheater in [0, 1] {
            let program = async |s: &Session<F>| sorted(s, way).await;
            let tampered = each_opening((2, cheater), (0, 1), &right, program, |outcome| {
                assert_eq!(outcome.result, Err(Error::Check(CheckFault::Mac)), "{way:?}");
                assert_eq!(outcome.epoch, EpochState::Burnt);
            });
            assert!(tampered > 10, "{tampered} openings");
        }
    }
}
