//! The remaining positive controls: one defence removed, the attack seen to work.

use speedwell_field::{Field, Prg, Seed};
use speedwell_net::tamper::{Action, Direction, Event, Mutation, Sighting};
use speedwell_online::testing::Outcome;
use speedwell_online::transcript::Place;
use speedwell_online::wire::Message;
use speedwell_online::{CheckFault, Error, PeerFault, Weakness};

use crate::common::{add_to, element, is, party, run, shift};
use crate::consistent::{all_burn, witness};
use crate::scene::{F, Protocol, Scene, sent};

fn attacked(
    protocol: Protocol,
    (n, cheater): (usize, usize),
    weakness: Option<Weakness>,
    adversary: impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static,
) -> Vec<Outcome<Vec<F>>> {
    let run = run::<F>(n).config(move |config| weakness.into_iter().fold(config, |c, w| c.weakness(w)));
    let (outcomes, watches) =
        run.rushing_cheater(cheater, adversary).go_watched(async |s| protocol.play(s).await);
    assert!(watches[0].altered() > 0);
    outcomes
}

const RUNS: [(usize, usize); 4] = [(2, 0), (2, 1), (3, 0), (3, 2)];

/// Every honest party got the right result with these errors added, and nobody noticed.
fn all_accept(outcomes: &[Outcome<Vec<F>>], protocol: Protocol, cheater: usize, errors: &[(usize, F)]) {
    let n = outcomes.len();
    for (me, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
        let mut expected = Scene::of(protocol, n, cheater).plain[me].clone();
        errors.iter().for_each(|(index, e)| expected[*index] += *e);
        assert_eq!(outcome.result, Ok(expected), "party {me} of {n} in the control");
    }
}

#[test]
fn without_the_mac_check_a_wrong_output_is_accepted() {
    for (n, cheater) in RUNS {
        let cheat = || shift::<F>(witness(cheater), vec![(1, 3, F::ONE)]);
        let outcomes = attacked(Protocol::Reveal, (n, cheater), None, cheat());
        all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
        let skipped = Some(Weakness::MacCheckSkipped);
        let outcomes = attacked(Protocol::Reveal, (n, cheater), skipped, cheat());
        all_accept(&outcomes, Protocol::Reveal, cheater, &[(3, F::ONE)]);
    }
}

/// Different shares towards different parties. Each receives every share itself here, so the sum of the sigmas does not
/// come out either; but without the digests the honest parties open their sigmas first, each with another coin.
#[test]
fn without_digests_equivocation_gets_as_far_as_the_sigmas() {
    for (n, cheater) in [(3, 0), (3, 2), (5, 4)] {
        let victim = witness(cheater);
        let cheat = move |event: &Event<'_>| {
            if event.out() && is(event, Message::Open) && event.nth() == 1 && event.peer == victim {
                return event.rewrite(|payload| add_to(&mut payload[element::<F>(0)], F::ONE));
            }
            event.pass()
        };
        let outcomes = attacked(Protocol::Mul, (n, cheater), None, cheat);
        all_burn(&outcomes, cheater, &Error::Check(CheckFault::Digest));
        let rounds = |outcomes: &[Outcome<Vec<F>>]| outcomes[victim.index()].report.rounds;
        // Inputs, differences; the first flight does not end.
        assert_eq!(rounds(&outcomes), 2);
        let outcomes = attacked(Protocol::Mul, (n, cheater), Some(Weakness::DigestSkipped), cheat);
        all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
        assert_eq!(rounds(&outcomes), 5, "all three flights");
    }
}

/// The coefficients that a coin gives.
fn coefficients(coin: [u8; 32], n: usize) -> Vec<F> {
    let mut r = vec![F::ZERO; n];
    F::sample(&mut Prg::new(&Seed(coin[..16].try_into().unwrap())), &mut r);
    r
}

/// The coin of the first check, from what the cheater saw of it.
fn first_coin(me: usize, n: usize, seen: &[Sighting]) -> [u8; 32] {
    let seed_of = |p: usize| {
        let (direction, peer) =
            if p == me { (Direction::Out, witness(me)) } else { (Direction::In, party(p)) };
        seen.iter()
            .find(|s| {
                s.direction == direction && s.peer == peer && s.frame.header.kind == Message::Seed.number()
            })
            .map(|s| s.frame.clone())
            .expect("the first check is over")
    };
    let frames: Vec<_> = (0..n).map(seed_of).collect();
    let header = frames[0].header;
    let place = Place { epoch: header.epoch, session: header.session, number: 0 };
    let transcript = place.transcript("mac-check coin").bytes(&frames[0].payload[..32]);
    frames.iter().fold(transcript, |t, frame| t.bytes(&frame.payload[32..64])).finish()
}

/// A cheater that takes the coin of the last check for that of the next: it shifts two visible openings by e with
/// Σ r_j·e_j = 0.
fn predictor(
    cheater: usize,
    n: usize,
    coin: impl Fn(&[Sighting]) -> [u8; 32] + Send + 'static,
) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    let mut known = None;
    move |event| {
        let last = is(event, Message::Open) && event.nth() == 2;
        if !last || !(event.out() || event.peer == witness(cheater)) {
            return event.pass();
        }
        let r: &mut Vec<F> = known.get_or_insert_with(|| coefficients(coin(event.seen), 2));
        let errors = [(0, r[1]), (1, -r[0])];
        assert!(n >= 2);
        event.rewrite(|payload| {
            for (index, e) in errors {
                add_to(&mut payload[element::<F>(index)], e);
            }
        })
    }
}

#[test]
fn with_one_coin_for_all_checks_errors_are_chosen_to_cancel() {
    for (n, cheater) in RUNS {
        let fresh = predictor(cheater, n, move |seen| first_coin(cheater, n, seen));
        let outcomes = attacked(Protocol::Mul, (n, cheater), None, fresh);
        all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
        // In the control the coin is this one, always.
        let reused = predictor(cheater, n, |_| [7; 32]);
        let outcomes = attacked(Protocol::Mul, (n, cheater), Some(Weakness::CoinReused), reused);
        let r = coefficients([7; 32], 2);
        all_accept(&outcomes, Protocol::Mul, cheater, &[(0, r[1]), (1, -r[0])]);
    }
}

/// Frames of an earlier session under the same epoch: refused by their header. Without that the values count, and what
/// they spoil is only seen by the check.
#[test]
fn without_headers_replayed_openings_count() {
    for (n, cheater) in RUNS {
        let replay = move || {
            let scene = Scene::of(Protocol::Reveal, n, cheater);
            // Only an opening of other values is worth replaying: the inputs' differences, in place of the sum's shares.
            move |event: &Event<'_>| {
                if !(event.out() && is(event, Message::Open) && event.nth() == 1) {
                    return event.pass();
                }
                let mut old = sent(&scene.other_session, event.peer.index(), Message::Open, 0);
                // The labels are those of the round.
                let labels = event.frame.payload[8..16].to_vec();
                let mut payload = old.payload.to_vec();
                payload[8..16].copy_from_slice(&labels);
                old.payload = payload.into();
                Mutation::Replace(old).apply(event)
            }
        };
        let outcomes = attacked(Protocol::Reveal, (n, cheater), None, replay());
        for (_, outcome) in outcomes.iter().enumerate().filter(|(p, _)| *p != cheater) {
            assert_eq!(outcome.result, Err(Error::peer(party(cheater), PeerFault::WrongHeader)));
        }
        let outcomes = attacked(Protocol::Reveal, (n, cheater), Some(Weakness::HeadersIgnored), replay());
        let seen_by = if n == 2 { CheckFault::Mac } else { CheckFault::Digest };
        all_burn(&outcomes, cheater, &Error::Check(seen_by));
    }
}
