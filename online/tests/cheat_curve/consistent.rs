//! Cheats that contradict nothing: what only the group's part of the MAC check, or only the digest, can see.

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField};
use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_net::tamper::{Action, Event};
use speedwell_online::testing::Outcome;
use speedwell_online::transcript::{Place, commit, fresh32};
use speedwell_online::wire::Message;
use speedwell_online::{CheckFault, EpochState, Error, PeerFault, Weakness, join};

use crate::common::{add_to, element, is, party, run};
use crate::scene::{
    C, F, Out, POINT_BYTES, Protocol, Scene, add_point, encoded_point, input, off_curve, times_g, torsion,
};

/// Every honest party has this error and a burnt epoch.
pub fn all_burn<T: std::fmt::Debug>(outcomes: &[Outcome<T>], cheater: usize, error: &Error) {
    for (me, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
        assert_eq!(outcome.result.as_ref().err(), Some(error), "party {me} of {}", outcomes.len());
        assert_eq!(outcome.epoch, EpochState::Burnt, "party {me} of {}", outcomes.len());
    }
}

/// The first party that is not the cheater.
fn witness(cheater: usize) -> PartyId {
    party(usize::from(cheater == 0))
}

/// Adds `(index, error)` to the points of the `nth` message that holds some and `(index, error)` to the elements of the
/// `nth` round of openings: towards everybody, and in what the cheater itself receives from its witness, so that its own
/// honest code has the digest, the coin and the sigma that go with it.
pub fn shift(
    witness: PartyId,
    points: (usize, Vec<(usize, Out)>),
    elements: (usize, Vec<(usize, F)>),
) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    move |event| {
        if !(event.out() || event.peer == witness) {
            return event.pass();
        }
        if is(event, Message::Points) && event.nth() == points.0 && !points.1.is_empty() {
            return event.rewrite(|payload| {
                for (index, error) in &points.1 {
                    add_point(&mut payload[index * POINT_BYTES..(index + 1) * POINT_BYTES], *error);
                }
            });
        }
        if is(event, Message::Open) && event.nth() == elements.0 && !elements.1.is_empty() {
            return event.rewrite(|payload| {
                for (index, error) in &elements.1 {
                    add_to(&mut payload[element::<F>(*index)], *error);
                }
            });
        }
        event.pass()
    }
}

/// A run of a protocol under this shift and this weakness.
fn shifted(
    protocol: Protocol,
    (n, cheater): (usize, usize),
    weakness: Option<Weakness>,
    points: (usize, Vec<(usize, Out)>),
    elements: (usize, Vec<(usize, F)>),
) -> Vec<Outcome<Vec<Out>>> {
    let run = run::<F>(n).config(move |config| weakness.into_iter().fold(config, |c, w| c.weakness(w)));
    let adversary = shift(witness(cheater), points, elements);
    let (outcomes, watches) =
        run.rushing_cheater(cheater, adversary).go_watched(async |s| protocol.play(s).await);
    assert!(watches[0].altered() >= n);
    outcomes
}

const RUNS: [(usize, usize); 5] = [(2, 0), (2, 1), (3, 0), (3, 2), (5, 4)];

fn g() -> Out {
    times_g(F::ONE)
}

#[test]
fn cheat_points_bad_value_with_the_right_digest() {
    for (protocol, nth, visible) in [
        (Protocol::Reveal, 0, true),
        (Protocol::Mul, 0, false),
        (Protocol::Mul, 1, true),
        (Protocol::RevealTo, 0, true),
    ] {
        for (n, cheater) in RUNS {
            let index = (n + cheater) % 3;
            let outcomes = shifted(protocol, (n, cheater), None, (nth, vec![(index, g())]), (9, vec![]));
            all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
            for (_, outcome) in outcomes.iter().enumerate().filter(|(p, _)| *p != cheater) {
                assert_eq!(outcome.report.points_revealed > 0, visible, "{protocol:?}");
            }
        }
    }
}

/// Positive control: without the group's part of the check, and only without it, the shifted points are accepted: X + E
/// where they are revealed; x·(Y + E) where they are factors.
#[test]
fn without_the_group_part_of_the_check_shifted_points_are_accepted() {
    for (n, cheater) in RUNS {
        let skipped = Some(Weakness::GroupCheckSkipped);
        for (protocol, error) in [(Protocol::Reveal, g()), (Protocol::Mul, times_g(input(0)[1]))] {
            let outcomes = shifted(protocol, (n, cheater), skipped, (0, vec![(1, g())]), (9, vec![]));
            for (me, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
                let mut expected = Scene::of(protocol, n, cheater).plain[me].clone();
                expected[1] = (expected[1] + error).into_affine();
                assert_eq!(outcome.result, Ok(expected), "{protocol:?}, party {me} of {n} in the control");
            }
        }
        // The field's part is checked all the same.
        let outcomes = shifted(Protocol::Mul, (n, cheater), skipped, (9, vec![]), (1, vec![(0, F::ONE)]));
        all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
    }
}

/// Errors that would cancel under equal coefficients, between two places or between the field and the group.
#[test]
fn errors_do_not_cancel() {
    for (n, cheater) in [(2, 0), (3, 2)] {
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let errors = vec![(i, g()), (j, -g())];
            let outcomes = shifted(Protocol::Reveal, (n, cheater), None, (0, errors), (9, vec![]));
            all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
        }
        for index in 0..3 {
            let errors = ((0, vec![(index, -g())]), (1, vec![(index, F::ONE)]));
            let outcomes = shifted(Protocol::Mul, (n, cheater), None, errors.0, errors.1);
            all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
        }
    }
}

/// Another point towards one party. Without the digests the honest parties open their sigmas first.
#[test]
fn cheat_points_bad_equivocation_is_seen_by_the_digest() {
    for (n, cheater) in [(3, 0), (3, 2), (5, 4)] {
        let victim = witness(cheater);
        for (weakness, fault, rounds) in
            [(None, CheckFault::Digest, 2), (Some(Weakness::DigestSkipped), CheckFault::Mac, 5)]
        {
            let run =
                run::<F>(n).config(move |config| weakness.into_iter().fold(config, |c, w| c.weakness(w)));
            let run = run.rushing_cheater(cheater, move |event: &Event<'_>| {
                if event.out() && is(event, Message::Points) && event.nth() == 0 && event.peer == victim {
                    return event.rewrite(|payload| add_point(&mut payload[..POINT_BYTES], g()));
                }
                event.pass()
            });
            let (outcomes, watches) = run.go_watched(async |s| Protocol::Mul.play(s).await);
            assert!(watches[0].altered() > 0);
            all_burn(&outcomes, cheater, &Error::Check(fault));
            assert_eq!(outcomes[victim.index()].report.rounds, rounds);
        }
    }
}

/// A cheater that opens another sigma than its own, with the commitment that goes with it, in a run without openings of
/// field elements: there the field's sigmas are zero, and the group's alone are wrong.
fn other_sigma(n: usize, cheater: usize, weakness: Option<Weakness>, group: Vec<u8>) -> Vec<Outcome<usize>> {
    let nonce = fresh32().unwrap();
    let bytes = [vec![0; F::BYTES], group].concat();
    let run = run::<F>(n).config(move |config| weakness.into_iter().fold(config, |c, w| c.weakness(w)));
    let run = run.cheater(cheater, move |event: &Event<'_>| {
        let header = event.frame.header;
        let place = Place { epoch: header.epoch, session: header.session, number: 0 };
        if event.out() && is(event, Message::Commit) {
            let commitment = commit("mac-check sigma", &place, event.me, &bytes, &nonce);
            return event.rewrite(|payload| payload.copy_from_slice(&commitment));
        }
        if event.out() && is(event, Message::Sigma) {
            return event.rewrite(|payload| {
                let end = payload.len() - 64;
                payload[..end].copy_from_slice(&bytes);
                payload[end..end + 32].copy_from_slice(&nonce);
            });
        }
        event.pass()
    });
    let (outcomes, watches) = run.go_watched(async |s| {
        let x = s.in_exponent::<C>(&s.random(2)?);
        s.reveal_points(&x).await.map(|points| points.len())
    });
    assert_eq!(watches[0].altered(), 2 * (n - 1));
    outcomes
}

#[test]
fn cheat_sigma_bad_group_value_with_its_commitment() {
    for (n, cheater) in RUNS {
        for sigma in [g(), Out::zero()] {
            let outcomes = other_sigma(n, cheater, None, encoded_point(sigma));
            all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
        }
        // Positive control: the group's part is all that is wrong.
        let skipped = Some(Weakness::GroupCheckSkipped);
        let outcomes = other_sigma(n, cheater, skipped, encoded_point(g()));
        for (_, outcome) in outcomes.iter().enumerate().filter(|(p, _)| *p != cheater) {
            assert_eq!((outcome.result.clone(), outcome.epoch), (Ok(2), EpochState::Live));
        }
    }
}

/// Not a check that failed, but in the window all the same: the epoch burns.
#[test]
fn cheat_sigma_bad_group_encoding_with_its_commitment() {
    let outside = (g() + torsion()).into_affine();
    let mut above = encoded_point(g());
    above[POINT_BYTES / 2..].copy_from_slice(&ark_bls12_381::Fq::MODULUS.to_bytes_be());
    for bytes in [off_curve(g()), encoded_point(outside), encoded_point(torsion()), above, vec![0xff; 96]] {
        for (n, cheater) in [(2, 0), (3, 2)] {
            let outcomes = other_sigma(n, cheater, None, bytes.clone());
            all_burn(&outcomes, cheater, &Error::peer(party(cheater), PeerFault::NotAPoint));
        }
    }
}

/// Field elements and points in one round, with the element shifted alone: the one check sees it.
#[test]
fn a_check_over_both_sees_either() {
    for (n, cheater) in [(2, 1), (3, 0)] {
        for (points, elements) in [(vec![(0, g())], vec![]), (vec![], vec![(1, F::ONE)])] {
            let adversary = shift(witness(cheater), (0, points), (0, elements));
            let (outcomes, _) = run::<F>(n).cheater(cheater, adversary).go_watched(async |s| {
                let x = s.random(2)?;
                let (values, points) = join(s.reveal(&x), s.reveal_points::<C>(&s.in_exponent(&x))).await;
                Ok((values?, points?))
            });
            all_burn(&outcomes, cheater, &Error::Check(CheckFault::Mac));
        }
    }
}
