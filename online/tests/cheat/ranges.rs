//! Cheats on the range proof of bounded numbers: contributions to masks that are out of range, or negative, a coin that
//! is known too early, announcements that are not what they should be, and what of a rejected attempt is ever seen.

use std::sync::Arc;

use speedwell_dealer::InsecureDealer;
use speedwell_field::Field;
use speedwell_net::tamper::{Action, Direction, Event, Watch};
use speedwell_online::testing::Outcome;
use speedwell_online::wire::Message;
use speedwell_online::{
    AbortCode, CheckFault, Config, EpochState, Error, Int, Interval, Masking, NetworkProfile, PeerFault,
    Preprocessing, Result, Session, Shape, Weakness,
};

use crate::common::{dealer_seed, decoded, element, elements, encoded, is, long, party, run_dealt};
use crate::planted::{self, ATTEMPTS, Errors, Sizes, coin_of_reused_checks};
use crate::scene::F;

/// Values of a batch.
const LEN: usize = 64;
const BITS: u32 = 33;
/// log2 B of the high parts of masks for zero tests: kappa alone, which is 40 + 1 + 24.
const BETA: u32 = 65;

/// A network on which masks for so many tests are bounded with a proof.
fn fast(config: Config) -> Config {
    config.network(NetworkProfile { latency: std::time::Duration::ZERO, bits_per_second: 1e12 })
}

fn weak(weakness: Option<Weakness>) -> impl Fn(Config) -> Config {
    move |config| weakness.into_iter().fold(fast(config), |c, w| c.weakness(w))
}

/// Integers some of which are zero, one of them the first.
fn values() -> Vec<i128> {
    (0..LEN as i128).map(|i| [0, -1, 1, -(1 << 32), (1 << 32) - 1, i][i as usize % 6]).collect()
}

fn secret(s: &Session<F>) -> Result<Int<F>> {
    Int::constant(s, &values()).widen(Interval::signed(BITS))
}

/// Which of the values are zero, under masks made ahead.
async fn zeros(s: &Session<F>) -> Result<Vec<bool>> {
    s.lay_in(Shape::Zero { bits: BITS }, LEN).await?;
    let zeros = secret(s)?.is_zero(s).await?.reveal(s).await?;
    assert_eq!(s.report().masks.into_iter().collect::<Vec<_>>(), [(Masking::Proved, LEN as u64)]);
    Ok(zeros)
}

fn right() -> Vec<bool> {
    values().iter().map(|x| *x == 0).collect()
}

fn power(k: u32) -> F {
    F::from_u64(2).pow(&[u64::from(k)])
}

/// All honest parties name the cheater, and nothing was opened under a statistical mask or revealed.
fn all_refuse<T: std::fmt::Debug + PartialEq>(outcomes: &[Outcome<T>], cheater: usize, fault: PeerFault) {
    for (me, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
        let n = outcomes.len();
        assert_eq!(outcome.result.as_ref().err(), Some(&Error::peer(party(cheater), fault)), "{me} of {n}");
        assert_eq!(outcome.epoch, EpochState::Live);
        assert_eq!((outcome.report.opened_statistical, outcome.report.revealed), (0, 0), "{me} of {n}");
    }
}

/// Adds this to one number of the first input vector.
fn one(place: usize, error: F) -> Errors<F> {
    Arc::new(move |call, _| if call == 0 { vec![(place, error)] } else { vec![] })
}

/// A number of which the low bits of the mask would be another one (δ·2^−k), one that is too large, or too small.
fn bad_numbers(sizes: &Sizes) -> Vec<F> {
    let low = power(BITS).inverse_or_zero();
    let m = power(sizes.bound);
    vec![low, low * F::from_u64(12_345), -low, m, -m, power(100), -F::ONE * power(110), power(126)]
}

#[test]
fn a_number_out_of_range_is_seen_by_all_before_any_mask_is_used() {
    for n in [2, 3] {
        let sizes = Sizes::of(LEN, BETA, n);
        for (number, error) in bad_numbers(&sizes).into_iter().enumerate() {
            let (cheater, place) = ([0, n - 1][number % 2], [0, LEN - 1][number / 2 % 2]);
            let run = planted::run(n, number as u64, cheater, one(place, error)).config(weak(None));
            all_refuse(&run.go(zeros), cheater, PeerFault::InputOutOfRange);
        }
    }
}

/// Positive control: without the proof a contribution of 2^−k mod p turns bits, and nobody notices.
#[test]
fn without_the_range_proof_bits_are_wrong_and_nobody_notices() {
    for (n, cheater) in [(2, 0), (2, 1), (3, 2)] {
        let error = power(BITS).inverse_or_zero();
        // Of the first number, 0, and of the second, −1.
        let both: Errors<F> =
            Arc::new(move |call, _| if call == 0 { vec![(0, error), (1, error)] } else { vec![] });
        let ignored = weak(Some(Weakness::RangesIgnored));
        let mut wrong = right();
        (wrong[0], wrong[1]) = (false, true);
        for outcome in planted::run(n, 3, cheater, both).config(ignored).go(zeros) {
            assert_eq!(outcome.result, Ok(wrong.clone()));
        }
        // A sign is then no bit at all.
        let error = power(BITS - 1).inverse_or_zero();
        let ignored = weak(Some(Weakness::RangesIgnored));
        let outcomes = planted::run(n, 3, cheater, one(0, error)).config(ignored).go(async |s| {
            s.lay_in(Shape::sign(BITS), LEN).await?;
            s.reveal(secret(s)?.is_negative(s).await?.shares()).await
        });
        for outcome in outcomes {
            let signs = outcome.result.unwrap();
            let bit = |sign: &F| [F::ZERO, F::ONE].contains(sign);
            assert!(!bit(&signs[0]) && signs[1..].iter().all(bit));
        }
    }
}

/// What to add so that the rows come out right under this coin although the first number is off by `error`.
fn foreseeing(cheater: usize, coin: [u8; 32], sizes: Sizes, error: F) -> Errors<F> {
    Arc::new(move |call, len| {
        if call > 0 {
            return vec![];
        }
        assert_eq!(len, LEN + sizes.masks());
        let mut errors = vec![(0, error)];
        for attempt in 0..ATTEMPTS {
            for (j, e) in sizes.coefficients(&coin, party(cheater), attempt, LEN).iter().enumerate() {
                if e[0] {
                    errors.push((LEN + attempt * sizes.rows + j, -error));
                }
            }
        }
        errors
    })
}

/// With the coin known before the masks y are put in, they are chosen so that any number passes. Without that it never
/// does, however often it is tried.
#[test]
fn a_coin_known_too_early_lets_any_number_pass() {
    let error = power(BITS).inverse_or_zero();
    for (n, cheater) in [(2, 0), (2, 1), (3, 2)] {
        let sizes = Sizes::of(LEN, BETA, n);
        let cheat = foreseeing(cheater, coin_of_reused_checks(), sizes, error);
        let mut wrong = right();
        wrong[0] = false;
        let reused = weak(Some(Weakness::CoinReused));
        for outcome in planted::run(n, 1, cheater, Arc::clone(&cheat)).config(reused).go(zeros) {
            assert_eq!(outcome.result, Ok(wrong.clone()), "{n}");
        }
        let tries = if long() { 2_000 } else { 30 };
        let mut accepted = 0;
        for number in 0..tries {
            let mut coin = coin_of_reused_checks();
            coin[0] ^= number as u8;
            coin[1] ^= (number >> 8) as u8;
            let cheat = foreseeing(cheater, coin, sizes, error);
            let outcomes = planted::run(n, number, cheater, cheat).config(weak(None)).go(zeros);
            accepted += usize::from(outcomes.iter().any(|outcome| outcome.result.is_ok()));
            all_refuse(&outcomes, cheater, PeerFault::InputOutOfRange);
        }
        assert_eq!(accepted, 0, "of {tries}");
    }
}

/// A party in the role of the owner of coarsely checked inputs. Its messages: values and masks; the announcement; rows.
async fn coarse(s: &Session<F>, owner: usize) -> Result<Vec<i128>> {
    let values: Vec<i128> = (0..LEN as i128).collect();
    let own = (s.me() == party(owner)).then_some(values.as_slice());
    let range = Interval::new(0, 255)?;
    let x = Int::checked_input_coarse(s, party(owner), range, LEN, own).await?;
    x.reveal(s).await
}

/// The cheater says this in its announcement, to all or to one alone.
fn announcing(
    to: Option<usize>,
    say: impl Fn(&Event<'_>, F) -> F + Send + 'static,
) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    move |event| {
        let announcement = event.out() && is(event, Message::Open) && event.nth() == 1;
        if !announcement || to.is_some_and(|to| party(to) != event.peer) {
            return event.pass();
        }
        event.rewrite(|payload| {
            let place = element::<F>(0);
            let said = decoded::<F>(&payload[place.clone()]);
            payload[place].copy_from_slice(&encoded(say(event, said)));
        })
    }
}

fn announced<A>(n: usize, cheater: usize, adversary: A) -> Vec<Outcome<Vec<i128>>>
where
    A: FnMut(&Event<'_>) -> Vec<Action> + Send + 'static,
{
    let run = run_dealt::<F>(n, dealer_seed(9)).config(weak(None)).cheater(cheater, adversary);
    let (outcomes, watches) = run.go_watched(async |s| coarse(s, cheater).await);
    assert!(watches[0].altered() > 0);
    outcomes
}

#[test]
fn an_announcement_that_is_no_attempt_is_refused() {
    let no_attempt = [F::from_u64(9), F::from_u64(1 << 40), power(70), -F::ONE];
    for (n, cheater) in [(2, 0), (2, 1), (3, 0), (3, 2)] {
        for bad in no_attempt {
            let outcomes = announced(n, cheater, announcing(None, move |_, _| bad));
            all_refuse(&outcomes, cheater, PeerFault::InputOutOfRange);
        }
        // "None of them."
        let none = F::from_u64(ATTEMPTS as u64);
        let outcomes = announced(n, cheater, announcing(None, move |_, _| none));
        all_refuse(&outcomes, cheater, PeerFault::Attempts);
    }
    // Towards one of two honest parties: the other one hears of it.
    let outcomes = announced(3, 0, announcing(Some(2), |_, _| F::from_u64(9)));
    assert_eq!(outcomes[2].result, Err(Error::peer(party(0), PeerFault::InputOutOfRange)));
    assert_eq!(outcomes[1].result, Err(Error::Aborted { by: party(2), reason: AbortCode::Peer }));
}

/// The next attempt after the one whose rows the cheater itself opens.
fn another(said: F) -> F {
    if said == F::from_u64(ATTEMPTS as u64 - 1) { F::ZERO } else { said + F::ONE }
}

#[test]
fn another_attempt_than_the_one_that_is_opened_fails_the_check() {
    for (n, cheater, fault) in [
        (2, 0, CheckFault::Mac),
        (2, 1, CheckFault::Mac),
        (3, 0, CheckFault::Digest),
        (3, 2, CheckFault::Digest),
    ] {
        let outcomes = announced(n, cheater, announcing(None, |_, said| another(said)));
        crate::consistent::all_burn(&outcomes, cheater, &Error::Check(fault));
    }
}

/// Different numbers to two peers, each a possible one: the digests tell, and nothing was revealed.
#[test]
fn different_announcements_to_two_peers_are_seen() {
    for (n, cheater) in [(3, 0), (3, 1), (3, 2), (5, 4)] {
        let to = usize::from(cheater == 0);
        let outcomes = announced(n, cheater, announcing(Some(to), |_, said| another(said)));
        crate::consistent::all_burn(&outcomes, cheater, &Error::Check(CheckFault::Digest));
        let honest = outcomes.iter().enumerate().filter(|(me, _)| *me != cheater);
        assert!(honest.into_iter().all(|(_, outcome)| outcome.report.revealed == 0));
    }
}

/// The elements of each round of openings that passed between the watched party and `peer`.
fn rounds(watch: &Watch, direction: Direction, peer: usize) -> Vec<Vec<F>> {
    let seen = watch.seen().into_iter();
    seen.filter(|s| s.direction == direction && s.peer == party(peer))
        .filter(|s| s.frame.header.kind == Message::Open.number())
        .map(|s| elements(&s.frame.payload))
        .collect()
}

/// Honest runs, until an attempt has been rejected in some of them: the rows that are opened are those of the first
/// attempt that is acceptable, and no row of another one travels.
#[test]
fn no_row_of_a_rejected_attempt_is_opened() {
    let sizes = Sizes::of(LEN, 8, 1);
    let (mut rejected, mut number) = (0, 0);
    while rejected < 2 {
        assert!(number < 2_000, "an attempt in about 33 is rejected");
        let config = |config: Config| config.weakness(Weakness::CoinReused);
        let run = run_dealt::<F>(2, dealer_seed(number)).config(config).cheater(0, |event| event.pass());
        let (outcomes, watches) = run.go_watched(async |s| coarse(s, 0).await);
        assert!(outcomes[1].result.is_ok());
        let (out, back) = (rounds(&watches[0], Direction::Out, 1), rounds(&watches[0], Direction::In, 1));
        let lens = |rounds: &[Vec<F>]| rounds.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lens(&out), [LEN + sizes.masks(), 1, sizes.rows, LEN]);
        assert_eq!(lens(&back), [0, 0, sizes.rows, LEN]);
        // What was put in: the differences and, from the dealer, what they were masked with.
        let mut dealer = InsecureDealer::<F>::new(dealer_seed(number), party(0), 2);
        let clear = dealer.masks(party(0), LEN + sizes.masks()).unwrap().clear.unwrap();
        let put_in: Vec<u128> =
            out[0].iter().zip(clear.iter()).map(|(d, r)| (*d + *r).to_u128().unwrap()).collect();
        let (r, y) = put_in.split_at(LEN);
        let z = |attempt: usize| -> Vec<u128> {
            let e = sizes.coefficients(&coin_of_reused_checks(), party(0), attempt, LEN);
            let sum = |e: &Vec<bool>| e.iter().zip(r).map(|(e, r)| u128::from(*e) * r).sum::<u128>();
            e.iter().enumerate().map(|(j, e)| y[attempt * sizes.rows + j] + sum(e)).collect()
        };
        let inside = |z: &u128| (LEN as u128) << 8 <= *z && *z < 1 << sizes.bound;
        let said = out[1][0].to_u128().unwrap() as usize;
        assert!((0..said).all(|attempt| !z(attempt).iter().all(inside)));
        let opened: Vec<u128> =
            out[2].iter().zip(&back[2]).map(|(a, b)| (*a + *b).to_u128().unwrap()).collect();
        assert_eq!(opened, z(said));
        assert!(opened.iter().all(inside));
        rejected += usize::from(said > 0);
        number += 1;
    }
}

/// A contribution that is negative, and passes the proof as it may. Seldom a row shows it; then again.
fn with_negative_mask<T: PartialEq + std::fmt::Debug>(
    (n, cheater): (usize, usize),
    shape: Shape,
    beta: u32,
    weakness: Option<Weakness>,
    program: impl AsyncFn(&Session<F>) -> Result<T>,
) -> T {
    let sizes = Sizes::of(LEN, beta, n);
    // Honest contributions are below M/2^17, so the sum is negative.
    let error = -power(sizes.bound - 14);
    let all: Errors<F> =
        Arc::new(move |call, _| if call == 0 { (0..LEN).map(|l| (l, error)).collect() } else { vec![] });
    for number in 0..40 {
        let run = planted::run(n, number, cheater, Arc::clone(&all)).config(weak(weakness));
        let mut outcomes = run.go(async |s| {
            s.lay_in(shape, LEN).await?;
            program(s).await
        });
        let honest = outcomes.swap_remove(usize::from(cheater == 0)).result;
        match honest {
            Ok(value) => return value,
            Err(error) => assert_eq!(error, Error::peer(party(cheater), PeerFault::InputOutOfRange)),
        }
    }
    panic!("a contribution of −M/2^14 passes more often than not");
}

/// The opened integer is negative then, and everything is right all the same, because it is taken centred.
#[test]
fn a_negative_contribution_that_passes_does_no_harm() {
    for pair in [(2, 0), (2, 1), (3, 2)] {
        for weakness in [None, Some(Weakness::DigitsCanonical)] {
            let sound = weakness.is_none();
            let zero = Shape::Zero { bits: BITS };
            let zeros = with_negative_mask(pair, zero, BETA, weakness, async |s| {
                secret(s)?.is_zero(s).await?.reveal(s).await
            });
            assert_eq!(zeros == right(), sound, "zeros of {pair:?}");
            let sign = Shape::sign(BITS);
            let signs = with_negative_mask(pair, sign, BETA + 1, weakness, async |s| {
                s.reveal(secret(s)?.is_negative(s).await?.shares()).await
            });
            let negative: Vec<F> = values().iter().map(|x| F::from_u64(u64::from(*x < 0))).collect();
            assert_eq!(signs == negative, sound, "signs of {pair:?}");
            let all = Shape::Bits { bits: BITS };
            let parities = with_negative_mask(pair, all, BETA, weakness, async |s| {
                secret(s)?.bits(s).await?[0].reveal(s).await
            });
            let odd: Vec<bool> = values().iter().map(|x| x % 2 != 0).collect();
            assert_eq!(parities == odd, sound, "bits of {pair:?}");
        }
    }
}
