//! Inputs whose range is proved: owners that lie, and how often a lie passes over fields that are far too small.

use std::sync::Arc;

use speedwell_field::{F251, F257, Field};
use speedwell_net::tamper::{Direction, Watch};
use speedwell_online::testing::Outcome;
use speedwell_online::wire::Message;
use speedwell_online::{
    Bit, EpochState, Error, Int, Interval, PeerFault, Result, Session, Weakness, join_all, try_join,
};

use crate::common::{element, elements, party, uniform};
use crate::planted::{self, Errors, Sizes};
use crate::scene::F;

const LEN: usize = 3;

/// The owner puts zeros in; an honest party puts a secret in beside.
async fn inputs(s: &Session<F>, owner: usize, range: Interval, coarse: bool, secret: &[F]) -> Result<Vec<F>> {
    let honest = party(usize::from(owner == 0));
    let own = (s.me() == party(owner)).then_some([0; LEN].as_slice());
    let beside = async { s.input(honest, secret.len(), (s.me() == honest).then_some(secret)).await };
    let checked = async {
        match coarse {
            false => Int::checked_input(s, party(owner), range, LEN, own).await,
            true => Int::checked_input_coarse(s, party(owner), range, LEN, own).await,
        }
    };
    let (x, _) = try_join(checked, beside).await?;
    s.reveal(x.shares()).await
}

/// Adds these numbers to places of the owner's first vector, the bits of what it puts in, lowest first.
pub fn planting(errors: Vec<(usize, F)>) -> Errors<F> {
    Arc::new(move |call, _| if call == 0 { errors.clone() } else { vec![] })
}

fn play(
    (n, owner): (usize, usize),
    range: Interval,
    coarse: bool,
    errors: Vec<(usize, F)>,
    weakness: Option<Weakness>,
) -> Vec<Outcome<Vec<F>>> {
    let run = planted::run(n, 4, owner, planting(errors));
    let run = run.config(move |config| weakness.into_iter().fold(config, |c, w| c.weakness(w)));
    run.go(async |s| inputs(s, owner, range, coarse, &uniform(1, 2)).await)
}

const PAIRS: [(usize, usize); 4] = [(2, 0), (2, 1), (3, 0), (3, 2)];

/// Every honest party names the owner, and nothing was revealed but the number that the proof shows, or not even that.
fn all_refuse(outcomes: &[Outcome<Vec<F>>], owner: usize, shown: u64) {
    for (_, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != owner) {
        assert_eq!(outcome.result, Err(Error::peer(party(owner), PeerFault::InputOutOfRange)));
        assert_eq!((outcome.report.revealed, outcome.epoch), (shown, EpochState::Live));
    }
}

/// What no honest owner puts in for bits: 2, −1, 1/2, and others.
fn no_bits() -> [F; 6] {
    let two = F::from_u64(2);
    [two, -F::ONE, two.inverse_or_zero(), F::from_u64(u64::MAX), uniform(9, 1)[0], -two]
}

#[test]
fn a_bit_that_is_none_is_seen_by_all() {
    for pair in PAIRS {
        for (number, bad) in no_bits().into_iter().enumerate() {
            // Intervals with and without the comparison.
            let range = [Interval::new(0, 255), Interval::new(-100, 100)][number % 2].clone().unwrap();
            let place = [0, LEN, 8 * LEN - 1][number % 3];
            // The bits of 0 are those of 100 above the lower end of the second interval: some are 1 already.
            let bit = u64::from(range.lo() < 0 && 100 >> (place / LEN) & 1 == 1);
            let errors = vec![(place, bad - F::from_u64(bit))];
            all_refuse(&play(pair, range, false, errors.clone(), None), pair.1, 1);
            // Positive control.
            for outcome in play(pair, range, false, errors.clone(), Some(Weakness::RangesIgnored)) {
                let x = outcome.result.unwrap();
                let weight = F::from_u64(1 << (place / LEN));
                assert_eq!(x[place % LEN], (bad - F::from_u64(bit)) * weight, "nobody notices");
            }
        }
    }
}

/// Honest bits of a number that is too large, by one and by as much as there are bits for.
#[test]
fn a_value_above_the_interval_is_seen_by_all() {
    for pair in PAIRS {
        for (hi, bits) in [(200, 8), (1_000_000, 20), (2, 2)] {
            for value in [hi + 1, (1 << bits) - 1] {
                let range = Interval::new(0, hi).unwrap();
                let planes = (0..bits).filter(|bit| value >> bit & 1 == 1);
                let errors: Vec<(usize, F)> = planes.map(|bit| (bit as usize * LEN + 1, F::ONE)).collect();
                all_refuse(&play(pair, range, false, errors.clone(), None), pair.1, 1);
                for outcome in play(pair, range, false, errors, Some(Weakness::RangesIgnored)) {
                    assert_eq!(outcome.result.unwrap()[1], F::from_i128(value));
                }
            }
        }
    }
}

#[test]
fn a_coarsely_checked_value_beyond_its_slack_is_seen_by_all() {
    let range = Interval::new(0, 255).unwrap();
    let m = F::from_u64(1 << Sizes::of(LEN, 8, 1).bound);
    for pair in PAIRS {
        for (number, error) in
            [m, -m, F::from_u64(2).inverse_or_zero(), -F::from_u64(1 << 60)].into_iter().enumerate()
        {
            let errors = vec![(number % LEN, error)];
            all_refuse(&play(pair, range, true, errors.clone(), None), pair.1, 0);
            for outcome in play(pair, range, true, errors, Some(Weakness::RangesIgnored)) {
                assert_eq!(outcome.result.unwrap()[number % LEN], error);
            }
        }
    }
}

/// The openings that the watched party received, by peer.
fn received(watch: &Watch, peer: usize) -> Vec<Vec<F>> {
    let seen = watch.seen().into_iter();
    seen.filter(|s| s.direction == Direction::In && s.peer == party(peer))
        .filter(|s| s.frame.header.kind == Message::Open.number())
        .map(|s| elements(&s.frame.payload))
        .collect()
}

/// A refused input costs the others nothing: until the proof is shown, a lying owner gets what an honest one gets, and
/// what it shows does not depend on anybody else's input.
#[test]
fn a_refused_input_has_no_effect_on_the_secrecy_of_others() {
    let range = Interval::new(0, 255).unwrap();
    let views = |errors: Vec<(usize, F)>, secret: u64| {
        // With one coin for all runs, what is received is the same wherever it is from the same material and inputs.
        let run = planted::run(3, 4, 0, planting(errors)).config(|c| c.weakness(Weakness::CoinReused));
        let run = run.cheater(0, |event| event.pass());
        let (_, watches) = run.go_watched(async |s| inputs(s, 0, range, false, &uniform(secret, 2)).await);
        [received(&watches[0], 1), received(&watches[0], 2)]
    };
    let (honest, lying) = (views(vec![], 1), views(vec![(0, F::from_u64(2))], 1));
    let other = views(vec![(0, F::from_u64(2))], 2);
    for peer in 0..2 {
        // Inputs, squares, the proof; an honest owner's value after it.
        assert_eq!((honest[peer].len(), lying[peer].len()), (4, 3));
        assert_eq!(honest[peer][..2], lying[peer][..2]);
        assert_eq!(lying[peer][1..], other[peer][1..]);
    }
    // Only the honest owner's own difference is another one.
    assert!(lying[0][0] != other[0][0] && lying[1][0] == other[1][0]);
    assert_eq!(element::<F>(0).start, 16);
}

/// The coin of the proof is tossed when the bits are put in and the squares opened, and T is shown under two checks.
#[test]
fn the_coin_comes_when_the_bits_are_fixed() {
    use Message::{Commit, Open, Seed, Sigma};
    let range = Interval::new(0, 255).unwrap();
    let run = planted::run(2, 4, 0, planting(vec![])).cheater(0, |event| event.pass());
    let (_, watches) = run.go_watched(async |s| inputs(s, 0, range, false, &uniform(1, 2)).await);
    let seen = watches[0].seen().into_iter().filter(|s| s.direction == Direction::In);
    let kinds: Vec<Message> = seen
        .filter_map(|s| Message::from_number(s.frame.header.kind))
        .skip_while(|kind| *kind != Open)
        .collect();
    assert_eq!(kinds[..9], [Open, Open, Seed, Commit, Sigma, Open, Seed, Commit, Sigma]);
}

/// A lie passes if the coin makes T zero: once in p. Many proofs side by side, each with a coin of its own.
fn passes_once_in_p<F: Field>(p: u64) {
    let tries = 60 * p as usize;
    let errors: Errors<F> = Arc::new(|_, _| vec![(0, F::from_u64(2))]);
    let run = planted::run(2, 1, 0, errors).config(|config| config.toy_field());
    let outcomes = run.go(async |s| {
        let own = (s.me() == party(0)).then_some([0].as_slice());
        let proofs = (0..tries).map(|_| Int::checked_input(s, party(0), Interval::bit(), 1, own));
        let mut passed = 0;
        for proof in join_all(proofs).await {
            match proof {
                Ok(_) => passed += 1,
                Err(error) => assert_eq!(error, Error::peer(party(0), PeerFault::InputOutOfRange)),
            }
        }
        Ok(passed)
    });
    let passed = *outcomes[1].result.as_ref().unwrap();
    assert_eq!(outcomes[0].result, Ok(passed));
    let (mean, probability) = (60.0, 1.0 / p as f64);
    let deviation = (mean * (1.0 - probability)).sqrt();
    assert!((f64::from(passed) - mean).abs() < 5.0 * deviation, "{passed} of {tries} passed, 60 expected");
}

#[test]
fn a_lie_passes_once_in_p() {
    passes_once_in_p::<F251>(251);
    passes_once_in_p::<F257>(257);
}

/// Owners who tell the truth are never refused, over the same fields.
#[test]
fn the_truth_always_passes() {
    let outcomes = crate::common::run::<F251>(2).config(|config| config.toy_field()).go(async |s| {
        let values: Vec<i128> = (0..64).collect();
        let own = (s.me() == party(1)).then_some(values.as_slice());
        let range = Interval::new(0, 63)?;
        let proofs = (0..300).map(|_| Int::checked_input(s, party(1), range, 64, own));
        let x = speedwell_online::try_join_all(proofs).await?;
        let first = x.first().map(|x| x.slice(63..64)).unwrap_or_else(|| Bit::constant(s, &[false]).to_int());
        first.reveal(s).await
    });
    assert_eq!(outcomes[0].result, Ok(vec![63]));
}
