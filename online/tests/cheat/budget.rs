//! The limit behind the statistical level: a run that has opened as many elements under bounded masks as it was set up for
//! opens no further one, whatever asks for it, and no party sends its share.

use speedwell_online::testing::{Outcome, floor, floor_or_one_more};
use speedwell_online::{
    Config, EpochState, Error, Int, Interval, Masking, Result, Session, UsageFault, plan, plan_with,
};

use crate::common::run;
use crate::scene::F;

const BITS: u32 = 9;

fn beyond(planned: u64) -> Error {
    UsageFault::MaskBudget { planned }.into()
}

fn set_up_for(openings: u64) -> impl Fn(Config) -> Config + Copy {
    move |config| config.masks(40, openings).masking(Masking::Bits)
}

/// What is asked of how many values, each of which is one masked opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Sign,
    Floor,
    Rounding,
    Zero,
    Bits,
    Opening,
}

impl Asked {
    const ALL: [Self; 6] = [Self::Sign, Self::Floor, Self::Rounding, Self::Zero, Self::Bits, Self::Opening];

    async fn of(self, s: &Session<F>, n: usize) -> Result<()> {
        let x = Int::constant(s, &vec![-3; n]).widen(Interval::signed(BITS))?;
        match self {
            Self::Sign => x.is_negative(s).await.map(drop),
            Self::Floor => floor(s, x.shares(), BITS, 4).await.map(drop),
            Self::Rounding => floor_or_one_more(s, x.shares(), BITS, 4).await.map(drop),
            Self::Zero => x.is_zero(s).await.map(drop),
            Self::Bits => x.bits(s).await.map(drop),
            Self::Opening => s.open_statistical(s.random(n)?).await.map(drop),
        }
    }
}

/// Every party has this error, a live epoch, and sent so many masked elements.
fn all_are_refused<T: std::fmt::Debug + PartialEq>(outcomes: &[Outcome<T>], error: &Error, sent: u64) {
    for outcome in outcomes {
        assert_eq!(outcome.result.as_ref().err(), Some(error));
        assert_eq!((outcome.report.opened_statistical, outcome.epoch), (sent, EpochState::Live));
    }
}

#[test]
fn a_masked_opening_too_many_is_refused_before_anything_is_sent() {
    for n in [2, 3] {
        // Of five: all of them, then one more; three, and three more, of which two would still be within the limit.
        for (first, more) in [(5, 1), (3, 3), (0, 6)] {
            let outcomes = run::<F>(n).config(set_up_for(5)).go(async |s| {
                s.open_statistical(s.random(first)?).await?;
                s.check().await?;
                let x = s.random(more)?;
                let before = s.report();
                let refused = s.open_statistical(x).await.map(drop);
                assert_eq!(s.report(), before, "no round, no byte, no check");
                refused
            });
            all_are_refused(&outcomes, &beyond(5), first as u64);
            let within = run::<F>(n).config(set_up_for(first as u64 + more as u64));
            let outcomes = within.go(async |s| {
                s.open_statistical(s.random(first)?).await?;
                s.open_statistical(s.random(more)?).await.map(|opened| opened.len())
            });
            assert!(outcomes.iter().all(|outcome| outcome.result == Ok(more)));
        }
    }
}

/// Comparisons, roundings, zero tests and decompositions draw on one budget: whichever of them comes last and is one too
/// many is refused.
#[test]
fn the_limit_is_that_of_all_masked_openings_of_a_run_together() {
    const EACH: u64 = 2;
    let all = EACH * Asked::ALL.len() as u64;
    for last in Asked::ALL {
        let program = async |s: &Session<F>| {
            for asked in Asked::ALL.into_iter().filter(|asked| *asked != last) {
                asked.of(s, EACH as usize).await?;
            }
            last.of(s, EACH as usize).await?;
            s.check().await
        };
        for outcome in run::<F>(2).config(set_up_for(all)).go(program) {
            assert_eq!((outcome.result, outcome.report.opened_statistical), (Ok(()), all), "{last:?}");
        }
        let outcomes = run::<F>(2).config(set_up_for(all - 1)).go(program);
        all_are_refused(&outcomes, &beyond(all - 1), all - EACH);
        // A plan says the same.
        let planned =
            plan_with(crate::common::party(0), 2, set_up_for(all - 1)(Config::new([0; 16])), program);
        assert_eq!(planned.unwrap_err(), beyond(all - 1), "{last:?}");
    }
}

/// A vector that is masked in pieces counts as a whole: none of its pieces leaves.
#[test]
fn a_vector_in_pieces_is_refused_whole() {
    let outcomes = run::<F>(2)
        .config(set_up_for(2048))
        .go(async |s| floor_or_one_more(s, &s.random(2049)?, BITS, 1).await.map(drop));
    all_are_refused(&outcomes, &beyond(2048), 0);
}

/// The proofs of all coarse inputs of a run, whoever's they are, share one error: as many are admitted as it was set for.
#[test]
fn coarse_inputs_beyond_those_that_the_run_was_set_up_for_are_refused() {
    for (counts, opened) in [([3, 2, 0], Ok(())), ([3, 2, 1], Err(beyond(5))), ([6, 0, 0], Err(beyond(5)))] {
        for outcome in run::<F>(2).config(set_up_for(5)).go(async |s| {
            for (owner, n) in counts.into_iter().enumerate().filter(|(_, n)| *n > 0) {
                let owner = crate::common::party(owner % 2);
                let own = vec![7; n];
                let own = (s.me() == owner).then_some(own.as_slice());
                drop(Int::checked_input_coarse(s, owner, Interval::unsigned(8), n, own).await?);
            }
            Ok(())
        }) {
            assert_eq!(outcome.result, opened, "{counts:?}");
        }
    }
}

/// What hides perfectly, or is revealed anyway, is not counted.
#[test]
fn openings_that_need_no_statistics_are_not_limited() {
    let full_field = |config: Config| config.masks(40, 1).masking(Masking::FullField);
    let outcomes = run::<F>(2).config(full_field).go(async |s| {
        for asked in [Asked::Sign, Asked::Floor, Asked::Zero, Asked::Bits] {
            asked.of(s, 2).await?;
        }
        s.open(s.random(5)?).await?;
        s.reveal(&s.random(5)?).await?;
        Asked::Opening.of(s, 1).await?;
        Asked::Opening.of(s, 1).await
    });
    all_are_refused(&outcomes, &beyond(1), 1);
}

/// Without other settings the limit is 2^24, for which masks are so long that the level is 40.
#[test]
fn the_limit_is_two_to_the_twenty_four_by_default() {
    let opening = |parts: &'static [usize]| {
        plan(crate::common::party(0), 2, async move |s: &Session<F>| {
            for part in parts {
                s.open_statistical(s.random(*part)?).await?;
            }
            Ok(())
        })
        .map(|report| report.opened_statistical)
    };
    assert_eq!(opening(&[1 << 24]), Ok(1 << 24));
    assert_eq!(opening(&[1 << 23, 1 << 22, 1 << 22]), Ok(1 << 24));
    assert_eq!(opening(&[(1 << 24) + 1]), Err(beyond(1 << 24)));
    assert_eq!(opening(&[1 << 23, 1 << 22, 1 << 22, 1]), Err(beyond(1 << 24)));
}
