//! As [`sweep`](crate::sweep), of what symmetric systems open, and of the one bit that they reveal.

use speedwell_field::Field;
use speedwell_net::tamper::Direction;
use speedwell_online::linear::Matrix;
use speedwell_online::testing::Outcome;
use speedwell_online::wire::Message;
use speedwell_online::{
    CheckFault, Config, EpochState, Error, Fixed, Interval, Rational, Result, Session, UsageFault, Weakness,
};

use crate::common::{run, shift};
use crate::consistent::witness;
use crate::scene::F;
use crate::sweep::{FRACTION, fixed, sweep};

const ONE: i128 = 1 << FRACTION;
/// [[4, 2], [2, 5]] = L·Lᵀ with L = [[2, 0], [1, 2]].
const DEFINITE: [i128; 4] = [4 * ONE, 2 * ONE, 2 * ONE, 5 * ONE];
/// The determinant is −1.
const INDEFINITE: [i128; 4] = [4 * ONE, 3 * ONE, 3 * ONE, 2 * ONE];

async fn square(s: &Session<F>, entries: &[i128]) -> Result<Matrix<Fixed<F>>> {
    let range = Interval::new(-8 * ONE, 8 * ONE)?;
    Matrix::new(2, 2, fixed(s, entries, range).await?)
}

#[test]
fn cheat_cholesky_bad_opening() {
    sweep(&[2 * ONE, 0, ONE, 2 * ONE], 2, async |s| {
        let lower = square(s, &DEFINITE).await?.cholesky(s).await?;
        lower.into_entries().reveal_scaled(s).await
    });
}

#[test]
fn cheat_solve_bad_opening() {
    sweep(&[ONE, 2 * ONE], 5, async |s| {
        let a = square(s, &DEFINITE).await?;
        let b = Matrix::column_of(fixed(s, &[8 * ONE, 12 * ONE], Interval::new(-16 * ONE, 16 * ONE)?).await?);
        let x = a.solve(s, &b, Rational::new(4, 1)?).await?;
        x.into_entries().reveal_scaled(s).await
    });
}

/// The run of a factorisation that shows nothing but the bit, in its last round of openings, to which the cheater adds `error`.
fn forged(
    (n, cheater): (usize, usize),
    (entries, definite): ([i128; 4], bool),
    error: F,
    weakness: Option<Weakness>,
) -> Vec<Outcome<bool>> {
    let program = async |s: &Session<F>| match square(s, &entries).await?.cholesky(s).await {
        Ok(_) => Ok(true),
        Err(Error::Usage(UsageFault::NotPositiveDefinite { .. })) => Ok(false),
        Err(error) => Err(error),
    };
    let (honest, watches) = run::<F>(n).cheater(cheater, |event| event.pass()).go_watched(program);
    assert!(honest.iter().all(|outcome| outcome.result == Ok(definite)));
    let sent = watches[0].seen().into_iter().filter(|s| {
        (s.direction, s.peer, s.frame.header.kind)
            == (Direction::Out, witness(cheater), Message::Open.number())
    });
    let last = sent.count() - 1;
    let run = run::<F>(n).config(move |config| weakness.into_iter().fold(config, Config::weakness));
    let adversary = shift(witness(cheater), vec![(last, 0, error)]);
    let (mut outcomes, watches) = run.cheater(cheater, adversary).go_watched(program);
    assert!(watches[0].altered() > 0);
    // Beside the bit what tells whether full-field masks are below p.
    assert!((0..n).all(|me| me == cheater || outcomes[me].report.revealed == honest[me].report.revealed));
    outcomes.remove(cheater);
    outcomes
}

/// The bit turned either way: nobody takes a factor that is none, nor is told that there is none.
#[test]
fn cheat_cholesky_bad_bit() {
    for pair in [(2, 0), (2, 1), (3, 1)] {
        for (entries, error, definite) in [(DEFINITE, -F::ONE, true), (INDEFINITE, F::ONE, false)] {
            for outcome in forged(pair, (entries, definite), error, None) {
                assert_eq!(outcome.result, Err(Error::Check(CheckFault::Mac)));
                assert_eq!(outcome.epoch, EpochState::Burnt);
            }
            // Positive control.
            for outcome in forged(pair, (entries, definite), error, Some(Weakness::MacCheckSkipped)) {
                assert_eq!(outcome.result, Ok(!definite), "nobody notices");
            }
        }
    }
}
