//! What a range proof shows is less than what an honest party does: a cheater's number may be longer by the slack of the
//! proof, or negative, and is accepted. Intervals, and the room of masks, are those that are proved.

use std::sync::Arc;

use speedwell_field::Field;
use speedwell_online::testing::Outcome;
use speedwell_online::{
    Config, Error, Int, Interval, Masking, PeerFault, Result, Session, Shape, UsageFault, Weakness,
};

use crate::common::party;
use crate::planted::{self, Errors, Sizes};
use crate::scene::F;

const LEN: usize = 64;
/// log2 B of the high parts of masks for signs: 1 bit and kappa.
const BETA: u32 = 66;

fn power(k: u32) -> F {
    F::from_u64(2).pow(&[u64::from(k)])
}

fn settings(weakness: Option<Weakness>) -> impl Fn(Config) -> Config {
    move |config| weakness.into_iter().fold(config.masking(Masking::Proved), |c, w| c.weakness(w))
}

/// The cheater's first vector is off by `error` everywhere. Seldom a row of the proof shows it; then again.
fn accepted<T: PartialEq + std::fmt::Debug>(
    (n, cheater): (usize, usize),
    error: F,
    weakness: Option<Weakness>,
    program: impl AsyncFn(&Session<F>) -> Result<T>,
) -> T {
    let all: Errors<F> =
        Arc::new(move |call, _| if call == 0 { (0..LEN).map(|l| (l, error)).collect() } else { vec![] });
    for number in 0..40 {
        let run = planted::run(n, number, cheater, Arc::clone(&all)).config(settings(weakness));
        let mut outcomes: Vec<Outcome<T>> = run.go(async |s| program(s).await);
        match outcomes.swap_remove(usize::from(cheater == 0)).result {
            Ok(value) => return value,
            Err(error) => assert_eq!(error, Error::peer(party(cheater), PeerFault::InputOutOfRange)),
        }
    }
    panic!("a number of M/2^14 passes more often than not");
}

const PAIRS: [(usize, usize); 3] = [(2, 0), (2, 1), (3, 2)];

/// The longest integers whose signs have room, where the high parts of masks are below 2^`high`.
fn longest(n: usize, high: u32) -> u32 {
    let half = (1_u128 << 126) - (1 << 64);
    let fits = |bits: u32| {
        let mask = (n as u128).checked_shl(bits - 1 + high).filter(|m| m >> (bits - 1 + high) == n as u128);
        mask.is_some_and(|mask| mask + (3 << (bits - 1)) <= half)
    };
    (2..100).rev().find(|bits| fits(*bits)).unwrap()
}

async fn signs(s: &Session<F>, bits: u32) -> Result<Vec<F>> {
    s.lay_in(Shape::sign(bits), LEN).await?;
    let x = Int::constant(s, &values(bits)).widen(Interval::signed(bits))?;
    s.reveal(x.is_negative(s).await?.shares()).await
}

fn values(bits: u32) -> Vec<i128> {
    let range = Interval::signed(bits);
    (0..LEN as i128).map(|i| [range.lo(), -1, 0, range.hi()][i as usize % 4]).collect()
}

fn negative(bits: u32) -> Vec<F> {
    values(bits).iter().map(|x| F::from_u64(u64::from(*x < 0))).collect()
}

/// Of the longest integers that have room, and with a part of the mask as long as one that passes: of either sign.
#[test]
fn a_long_contribution_that_passes_does_not_wrap() {
    for pair in PAIRS {
        let sizes = Sizes::of(LEN, BETA, pair.0);
        let bits = longest(pair.0, sizes.bound);
        for error in [power(sizes.bound - 14), -power(sizes.bound - 14)] {
            assert_eq!(accepted(pair, error, None, async |s| signs(s, bits).await), negative(bits));
        }
        // One bit more is refused before anything is sent.
        let outcomes = planted::run(pair.0, 0, pair.1, Arc::new(|_, _| vec![])).config(settings(None));
        for outcome in outcomes.go(async |s| signs(s, bits + 1).await) {
            let fault = outcome.result.unwrap_err();
            assert!(matches!(fault, Error::Usage(UsageFault::NoRoom { operation: "comparison", .. })));
            assert_eq!(outcome.report.rounds, 0);
        }
    }
}

/// Positive control: with room for honest contributions only, longer integers have masks, and one that passes the proof
/// wraps: the sign is no bit.
#[test]
fn with_room_for_honest_contributions_only_signs_are_no_bits() {
    for pair in PAIRS {
        let (sizes, bits) = (Sizes::of(LEN, BETA, pair.0), longest(pair.0, BETA));
        // 2^(bits − 1) times this is beyond p/2.
        let error = power(127 - bits);
        assert!(127 - bits <= sizes.bound - 14, "it passes");
        let signs = accepted(pair, error, Some(Weakness::SlackForgotten), async |s| signs(s, bits).await);
        assert!(signs.iter().all(|sign| ![F::ZERO, F::ONE].contains(sign)), "{signs:?}");
        // Honest parties see nothing of it.
        let honest = planted::run(pair.0, 0, pair.1, Arc::new(|_, _| vec![]));
        let honest = honest.config(settings(Some(Weakness::SlackForgotten)));
        for outcome in honest.go(async |s| self::signs(s, bits).await) {
            assert_eq!(outcome.result, Ok(negative(bits)));
        }
    }
}

/// A coarsely checked input may lie outside the interval that was agreed, and does so at a cheater; what it is compared
/// with takes that into account. Positive control: with the interval that was agreed the result is no bit.
#[test]
fn a_coarsely_checked_input_has_the_interval_that_is_proved() {
    let range = Interval::new(0, 255).unwrap();
    let below = async |s: &Session<F>, owner: usize| {
        let own = (s.me() == party(owner)).then_some([0; LEN].as_slice());
        let x = Int::checked_input_coarse(s, party(owner), range, LEN, own).await?;
        let below = x.lt_public(s, 100).await?;
        Ok((x.range(), s.reveal(below.shares()).await?))
    };
    for (n, owner) in PAIRS {
        let bound = Sizes::of(LEN, 8, 1).bound;
        let error = power(bound - 12);
        for (error, less) in [(error, F::ZERO), (-error, F::ONE)] {
            let program = async |s: &Session<F>| below(s, owner).await;
            let (interval, signs) = accepted((n, owner), error, None, program);
            assert_eq!(
                (interval.covers(&Interval::symmetric((1 << bound) - 1)), signs),
                (true, vec![less; LEN])
            );
            let weakness = Some(Weakness::SlackForgotten);
            let (interval, signs) = accepted((n, owner), error, weakness, program);
            assert_eq!(interval, range);
            assert!(signs.iter().all(|sign| ![F::ZERO, F::ONE].contains(sign)), "{signs:?}");
        }
    }
}
