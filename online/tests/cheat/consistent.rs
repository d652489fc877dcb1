//! Cheats that contradict nothing: what only the MACs, or only the commitments, can see.

use std::sync::{Arc, Mutex};

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_net::tamper::{Action, Direction, Event, Watch};
use speedwell_online::testing::Outcome;
use speedwell_online::transcript::{Place, commit, fresh32};
use speedwell_online::wire::Message;
use speedwell_online::{AbortCode, CheckFault, EpochState, Error, PeerFault};

use crate::common::{is, party, run, shift};
use crate::scene::{F, Protocol, Scene};

/// Every honest party has this error and a burnt epoch.
pub fn all_burn<T: std::fmt::Debug>(outcomes: &[Outcome<T>], cheater: usize, error: &Error) {
    for (me, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
        assert_eq!(outcome.result.as_ref().err(), Some(error), "party {me} of {}", outcomes.len());
        assert_eq!(outcome.epoch, EpochState::Burnt, "party {me} of {}", outcomes.len());
    }
}

/// The first party that is not the cheater.
pub fn witness(cheater: usize) -> PartyId {
    party(usize::from(cheater == 0))
}

/// A wrong share of one opened element, towards everybody, with the digest, the coin and the sigma that go with it: the
/// MAC check alone is left to see it.
fn shifted_opening(protocol: Protocol, nth: usize, visible: bool) {
    for n in [2, 3, 5] {
        for cheater in [0, n - 1] {
            for element in [0, 2, 4] {
                let errors = vec![(nth, element, F::ONE)];
                let run = run(n).cheater(cheater, shift::<F>(witness(cheater), errors));
                let (outcomes, watches) = run.go_watched(async |s| protocol.play(s).await);
                // Once towards each peer, and once on the way in.
                assert_eq!(watches[0].altered() - mutes(&watches[0]), n, "{protocol:?}");
                all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
                for (_, outcome) in outcomes.iter().enumerate().filter(|(p, _)| *p != cheater) {
                    // Nothing visible was sent before the check, unless it was itself the opening that was shifted.
                    assert_eq!(outcome.report.revealed > 0, visible, "{protocol:?}");
                }
            }
        }
    }
}

/// Aborts of the cheater's honest code, which never leave.
fn mutes(watch: &Watch) -> usize {
    let abort = Message::Abort.number();
    watch.seen().iter().filter(|s| s.direction == Direction::Out && s.frame.header.kind == abort).count()
}

#[test]
fn cheat_mul_bad_value_with_the_right_digest() {
    shifted_opening(Protocol::Mul, 1, false);
}

#[test]
fn cheat_square_bad_value_with_the_right_digest() {
    shifted_opening(Protocol::Square, 1, false);
}

#[test]
fn cheat_dot_bad_value_with_the_right_digest() {
    shifted_opening(Protocol::Dot, 1, false);
}

#[test]
fn cheat_matmul_bad_value_with_the_right_digest() {
    shifted_opening(Protocol::Matmul, 1, false);
}

#[test]
fn cheat_inverse_bad_value_with_the_right_digest() {
    shifted_opening(Protocol::Inverse, 1, false);
    shifted_opening(Protocol::Inverse, 2, true);
}

#[test]
fn cheat_reveal_bad_value_with_the_right_digest() {
    shifted_opening(Protocol::Reveal, 1, true);
}

#[test]
fn cheat_reveal_to_bad_value_with_the_right_digest() {
    shifted_opening(Protocol::RevealTo, 1, true);
}

/// Sends another sigma than its own in the `nth` check, with the commitment that goes with it; to `victim` alone if there
/// is one.
fn other_sigma(
    nth: usize,
    bytes: Vec<u8>,
    victim: Option<PartyId>,
) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    let nonce = fresh32().unwrap();
    move |event| {
        if !event.out() || event.nth() != nth || victim.is_some_and(|victim| victim != event.peer) {
            return event.pass();
        }
        let header = event.frame.header;
        let place = Place { epoch: header.epoch, session: header.session, number: nth as u64 };
        if is(event, Message::Commit) {
            let commitment = commit("mac-check sigma", &place, event.me, &bytes, &nonce);
            return event.rewrite(|payload| payload.copy_from_slice(&commitment));
        }
        if is(event, Message::Sigma) {
            return event.rewrite(|payload| {
                payload[..F::BYTES].copy_from_slice(&bytes);
                payload[F::BYTES..F::BYTES + 32].copy_from_slice(&nonce);
            });
        }
        event.pass()
    }
}

fn with_other_sigma(nth: usize, bytes: &[u8], error: impl Fn(PartyId) -> Error) {
    for n in [2, 3, 5] {
        for cheater in [0, n - 1] {
            let victim = party(if cheater == 0 { n - 1 } else { 0 });
            for one in [false, true] {
                let adversary = other_sigma(nth, bytes.to_vec(), one.then_some(victim));
                let (outcomes, watches) =
                    run(n).cheater(cheater, adversary).go_watched(async |s| Protocol::Mul.play(s).await);
                assert!(watches[0].altered() >= if one { 2 } else { 2 * (n - 1) });
                let error = error(party(cheater));
                if !one || n == 2 {
                    all_burn(&outcomes, cheater, &error);
                    continue;
                }
                // The others' checks pass, and rightly: everything opened is right. In the first check they then hear
                // of the abort, before anything visible is sent.
                let plain = &Scene::of(Protocol::Mul, n, cheater).plain;
                for (me, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
                    if party(me) == victim {
                        assert_eq!(outcome.result, Err(error.clone()));
                        assert_eq!(outcome.epoch, EpochState::Burnt);
                    } else if nth == 1 {
                        assert_eq!(outcome.result, Ok(plain[me].clone()));
                    } else {
                        let reason = error.abort_code();
                        let burnt = reason == AbortCode::Check;
                        let epoch = if burnt { EpochState::Burnt } else { EpochState::Live };
                        assert_eq!(outcome.result, Err(Error::Aborted { by: victim, reason }));
                        assert_eq!((outcome.epoch, outcome.report.checks), (epoch, 1));
                    }
                }
            }
        }
    }
}

#[test]
fn cheat_sigma_bad_value_with_its_commitment() {
    for nth in [0, 1] {
        for bytes in [vec![0; F::BYTES], vec![1; F::BYTES]] {
            with_other_sigma(nth, &bytes, |_| Error::Check(CheckFault::Mac));
        }
    }
}

/// Not a check that failed, but in the window all the same: the epoch burns.
#[test]
fn cheat_sigma_bad_encoding_with_its_commitment() {
    let modulus: Vec<u8> = F::modulus().iter().flat_map(|limb| limb.to_le_bytes()).collect();
    for bytes in [modulus, vec![0xff; F::BYTES]] {
        for nth in [0, 1] {
            with_other_sigma(nth, &bytes, |cheater| Error::peer(cheater, PeerFault::NotCanonical));
        }
    }
}

/// A cheater that knows what it said in earlier checks: `copy` from its own first check into its second, both the
/// commitment and the opening. They name the check.
#[test]
fn cheat_sigma_bad_check_number_with_its_commitment() {
    for n in [2, 3] {
        let known: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let run = run(n).cheater(0, move |event| {
            if !event.out() || !(is(event, Message::Commit) || is(event, Message::Sigma)) {
                return event.pass();
            }
            let mut known = known.lock().unwrap();
            if event.nth() == 0 {
                known.push(event.frame.payload.to_vec());
                return event.pass();
            }
            let len = event.frame.payload.len();
            let earlier = known.iter().find(|payload| payload.len() == len).unwrap();
            event.rewrite(|payload| payload.copy_from_slice(earlier))
        });
        let (outcomes, watches) = run.go_watched(async |s| Protocol::Mul.play(s).await);
        assert_eq!(watches[0].altered(), 2 * (n - 1));
        all_burn(&outcomes, 0, &Error::Check(CheckFault::Commitment { party: party(0) }));
    }
}

/// Another seed towards one honest party, committed to and opened as it should be: the honest parties have two coins, and
/// their sigmas do not cancel.
#[test]
fn cheat_seed_bad_value_towards_one_party_with_its_commitment() {
    for n in [3, 5] {
        for cheater in [0, n - 1] {
            let victim = party(if cheater == 0 { n - 1 } else { 0 });
            let (seed, nonce) = (fresh32().unwrap(), fresh32().unwrap());
            let run = run::<F>(n).cheater(cheater, move |event| {
                if !event.out() || event.peer != victim || event.nth() > 0 {
                    return event.pass();
                }
                let header = event.frame.header;
                let place = Place { epoch: header.epoch, session: header.session, number: 0 };
                if is(event, Message::Start) {
                    let commitment = commit("mac-check seed", &place, event.me, &seed, &nonce);
                    return event.rewrite(|payload| payload.copy_from_slice(&commitment));
                }
                if is(event, Message::Seed) {
                    return event.rewrite(|payload| {
                        payload[32..64].copy_from_slice(&seed);
                        payload[64..].copy_from_slice(&nonce);
                    });
                }
                event.pass()
            });
            let (outcomes, watches) = run.go_watched(async |s| Protocol::Mul.play(s).await);
            assert_eq!(watches[0].altered() - mutes(&watches[0]), 2);
            all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
        }
    }
}

/// The whole of an honest run's traffic, recorded and played again in the next session under the same epoch, with the
/// headers put right: what is bound to the session does not pass.
#[test]
fn cheat_start_bad_session_with_right_headers() {
    for n in [2, 3] {
        let scene = Scene::of(Protocol::Mul, n, 0);
        let recorded = scene.other_session.clone();
        let run = run(n).cheater(0, move |event| {
            if !event.out() {
                return event.pass();
            }
            let frame = crate::scene::sent(
                &recorded,
                event.peer.index(),
                Message::from_number(event.kind()).unwrap(),
                event.nth(),
            );
            event.rewrite(|payload| *payload = frame.payload.to_vec())
        });
        let (outcomes, watches) = run.go_watched(async |s| Protocol::Mul.play(s).await);
        assert!(watches[0].altered() > 0);
        all_burn(&outcomes, 0, &Error::Check(CheckFault::Commitment { party: party(0) }));
    }
}

/// An input whose difference is another one towards each honest party: nothing visible is sent before it is seen.
#[test]
fn cheat_input_bad_value_towards_each_party_another() {
    for n in [3, 5] {
        for cheater in [0, n - 1] {
            let run = run::<F>(n).cheater(cheater, move |event| {
                if !(event.out() && is(event, Message::Open) && event.nth() == 0) {
                    return event.pass();
                }
                let error = F::from_u64(event.peer.index() as u64);
                event.rewrite(|payload| {
                    crate::common::add_to(&mut payload[crate::common::element::<F>(0)], error);
                })
            });
            let (outcomes, watches) = run.go_watched(async |s| Protocol::Input.play(s).await);
            // Party 0 gets a right one if it is honest: its error is 0.
            assert_eq!(watches[0].altered(), n - 1 - usize::from(cheater != 0));
            all_burn(&outcomes, cheater, &Error::Check(CheckFault::Digest));
            for (_, outcome) in outcomes.iter().enumerate().filter(|(p, _)| *p != cheater) {
                assert_eq!((outcome.report.revealed, outcome.report.checks), (0, 0));
            }
        }
    }
}

/// One honest party's abort reaches the others with its code alone, whatever went wrong.
#[test]
fn aborts_carry_a_code_and_nothing_else() {
    let run = run::<F>(3).cheater(0, |event| {
        if event.out() && is(event, Message::Open) && event.nth() == 1 && event.peer == party(1) {
            event.rewrite(Vec::clear)
        } else {
            event.pass()
        }
    });
    let (outcomes, _) = run.go_watched(async |s| Protocol::Mul.play(s).await);
    assert_eq!(outcomes[1].result, Err(Error::peer(party(0), PeerFault::WrongLength)));
    assert_eq!(outcomes[2].result, Err(Error::Aborted { by: party(1), reason: AbortCode::Peer }));
}
