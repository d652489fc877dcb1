//! Rushing cheaters: on each commit–reveal one that copies, one that chooses last, one that refuses to open.

use speedwell_field::{F251, Field};
use speedwell_net::tamper::{Action, Direction, Event, Mutation, Watch};
use speedwell_net::{NetError, NetFault, PartyId};
use speedwell_online::coin::toss;
use speedwell_online::testing::{CHEATER_TIMEOUT, Run, SESSION};
use speedwell_online::transcript::Place;
use speedwell_online::wire::Message;
use speedwell_online::{CheckFault, Config, EpochState, Error, Preprocessing, Weakness};

use crate::common::{dealer_seed, is, party, run};
use crate::consistent::{all_burn, witness};
use crate::puppet::duel;
use crate::scene::{F, Protocol};

/// Sends its witness's messages of these kinds as its own.
fn copy(
    messages: &'static [Message],
    from: PartyId,
) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    move |event| {
        if event.out() && messages.iter().any(|message| is(event, *message)) {
            Mutation::Copy(from).apply(event)
        } else {
            event.pass()
        }
    }
}

/// A cheater that copies commitments and then their openings, word for word, in a run with this weakness.
fn copying(messages: &'static [Message], weakness: Option<Weakness>, error: impl Fn(PartyId) -> Error) {
    for n in [2, 3, 5] {
        for cheater in [0, n - 1] {
            let run = run::<F>(n).rushing_cheater(cheater, copy(messages, witness(cheater)));
            let run = match weakness {
                Some(weakness) => run.config(move |config| config.weakness(weakness)),
                None => run,
            };
            let (outcomes, watches) = run.go_watched(async |s| Protocol::Mul.play(s).await);
            assert!(watches[0].altered() >= messages.len() * (n - 1));
            all_burn(&outcomes, cheater, &error(party(cheater)));
        }
    }
}

fn wrong_commitment(cheater: PartyId) -> Error {
    Error::Check(CheckFault::Commitment { party: cheater })
}

#[test]
fn a_copied_seed_is_refused_with_its_copied_commitment() {
    copying(&[Message::Start, Message::Seed], None, wrong_commitment);
}

#[test]
fn a_copied_sigma_is_refused_with_its_copied_commitment() {
    copying(&[Message::Commit, Message::Sigma], None, wrong_commitment);
}

/// Positive control: commitments that do not name their maker let copies through. It is then the sum of the sigmas that
/// does not come out; over a field of characteristic two and with two parties it would.
#[test]
fn without_names_in_commitments_copies_get_through() {
    let anonymous = Some(Weakness::CommitmentsAnonymous);
    copying(&[Message::Start, Message::Seed], anonymous, |_| Error::Check(CheckFault::Mac));
    copying(&[Message::Commit, Message::Sigma], anonymous, |_| Error::Check(CheckFault::Mac));
}

#[test]
fn a_copied_coin_is_refused_with_its_copied_commitment() {
    let place = Place { epoch: [3; 16], session: SESSION, number: 0 };
    for n in [2, 3, 5] {
        for cheater in [0, n - 1] {
            let adversary = copy(&[Message::Toss, Message::Tossed], witness(cheater));
            let run = run::<F>(n).rushing_cheater(cheater, adversary);
            let (coins, watches) = run.go_bare(async |transport| toss(transport, "test", &place, 0).await);
            assert!(watches[0].altered() >= 2 * (n - 1));
            for (_, coin) in coins.iter().enumerate().filter(|(p, _)| *p != cheater) {
                assert_eq!(*coin, Err(wrong_commitment(party(cheater))));
            }
        }
    }
}

/// Whether the honest parties' messages of this kind had come before the cheater's left.
fn saw_before_it_spoke(watch: &Watch, message: Message, nth: usize, honest: usize) -> bool {
    let mut seen = 0;
    for sighting in watch.seen().iter().filter(|s| s.frame.header.kind == message.number()) {
        match sighting.direction {
            Direction::In => seen += 1,
            Direction::Out => return seen >= (nth + 1) * honest,
        }
    }
    false
}

#[test]
fn the_rushing_cheater_does_rush() {
    for message in [Message::Start, Message::Open, Message::Seed, Message::Commit, Message::Sigma] {
        let run = run::<F>(3).rushing_cheater(0, |event| event.pass());
        let (outcomes, watches) = run.go_watched(async |s| Protocol::Mul.play(s).await);
        assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
        assert!(saw_before_it_spoke(&watches[0], message, 0, 2), "{message:?}");
    }
}

/// What the honest parties said in their messages of this kind.
fn said(watch: &Watch, message: Message) -> Vec<(PartyId, Vec<u8>)> {
    let seen = watch.seen().into_iter();
    seen.filter(|s| s.direction == Direction::In && s.frame.header.kind == message.number())
        .map(|s| (s.peer, s.frame.payload.to_vec()))
        .collect()
}

/// Falls silent for good at the `nth` message of this kind, having seen those of the others.
fn silent(message: Message, nth: usize) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    move |event| {
        if event.out() && is(event, message) && event.nth() == nth {
            vec![Action::Stall(CHEATER_TIMEOUT * 10)]
        } else {
            event.pass()
        }
    }
}

fn refusing(message: Message, nth: usize, epoch: EpochState) -> Vec<Vec<(PartyId, Vec<u8>)>> {
    let mut all = Vec::new();
    for n in [2, 3, 5] {
        for cheater in [0, n - 1] {
            let run = run::<F>(n).rushing_cheater(cheater, silent(message, nth));
            let (outcomes, watches) = run.go_watched(async |s| Protocol::Mul.play(s).await);
            let heard = said(&watches[0], message);
            assert_eq!(heard.len(), (nth + 1) * (n - 1), "it has seen all of theirs");
            let silence = NetError { peer: party(cheater), fault: NetFault::TimedOut };
            for (me, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
                assert_eq!(outcome.result, Err(Error::Net(silence.clone())), "party {me} of {n}");
                assert_eq!(outcome.epoch, epoch, "party {me} of {n}");
            }
            all.push(heard);
        }
    }
    all
}

/// Refusing to open the seed wins nothing: the epoch lives, and the seeds that were seen are never used again.
#[test]
fn refusing_to_open_a_seed_ends_the_session_and_the_seeds() {
    for nth in [0, 1] {
        let first = refusing(Message::Seed, nth, EpochState::Live);
        let again = refusing(Message::Seed, nth, EpochState::Live);
        let seeds = |heard: &[Vec<(PartyId, Vec<u8>)>]| -> Vec<Vec<u8>> {
            heard.iter().flatten().map(|(_, payload)| payload[32..64].to_vec()).collect()
        };
        let mut all = [seeds(&first), seeds(&again)].concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "no seed is opened twice");
    }
}

#[test]
fn refusing_to_commit_to_a_sigma_ends_the_session() {
    refusing(Message::Commit, 0, EpochState::Live);
    refusing(Message::Commit, 1, EpochState::Live);
}

/// Refusing to open sigma after the others': they may have given the key away.
#[test]
fn refusing_to_open_a_sigma_burns_the_epoch() {
    refusing(Message::Sigma, 0, EpochState::Burnt);
    refusing(Message::Sigma, 1, EpochState::Burnt);
}

#[test]
fn refusing_an_opening_ends_the_session() {
    refusing(Message::Open, 0, EpochState::Live);
    refusing(Message::Open, 1, EpochState::Live);
    refusing(Message::Open, 2, EpochState::Live);
}

#[test]
fn refusing_to_open_a_coin_ends_the_toss() {
    let place = Place { epoch: [3; 16], session: SESSION, number: 0 };
    for n in [2, 3, 5] {
        for cheater in [0, n - 1] {
            for message in [Message::Toss, Message::Tossed] {
                let run: Run<F> = run(n).rushing_cheater(cheater, silent(message, 0));
                let (coins, watches) =
                    run.go_bare(async |transport| toss(transport, "test", &place, 0).await);
                assert_eq!(said(&watches[0], message).len(), n - 1);
                let silence = NetError { peer: party(cheater), fault: NetFault::TimedOut };
                for (_, coin) in coins.iter().enumerate().filter(|(p, _)| *p != cheater) {
                    assert_eq!(*coin, Err(Error::Net(silence.clone())));
                }
            }
        }
    }
}

/// Sees every honest sigma and then sends the one that makes the sum zero, whatever it committed to.
fn last_word() -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    let mut shift = crate::common::shift::<F>(party(1), vec![(1, 0, F::ONE)]);
    move |event| {
        if !(event.out() && is(event, Message::Sigma)) {
            return shift(event);
        }
        let sum = event
            .seen
            .iter()
            .filter(|s| s.direction == Direction::In && s.frame.header == event.frame.header)
            .fold(F::ZERO, |sum, s| sum + crate::common::decoded::<F>(&s.frame.payload[..F::BYTES]));
        event.rewrite(|payload| payload[..F::BYTES].copy_from_slice(&crate::common::encoded(-sum)))
    }
}

/// Committing before seeing is what stops a cheater who chooses its sigma last; without it any forgery passes, over any
/// field.
#[test]
fn choosing_sigma_last_works_only_without_commitments() {
    for n in [2, 3] {
        let (outcomes, _) =
            run::<F>(n).rushing_cheater(0, last_word()).go_watched(async |s| Protocol::Reveal.play(s).await);
        all_burn(&outcomes, 0, &wrong_commitment(party(0)));

        let weak = run::<F>(n).config(|config| config.weakness(Weakness::CommitmentsIgnored));
        let (outcomes, _) =
            weak.rushing_cheater(0, last_word()).go_watched(async |s| Protocol::Reveal.play(s).await);
        let plain = &crate::scene::Scene::of(Protocol::Reveal, n, 0).plain[1];
        for outcome in &outcomes[1..] {
            let forged = outcome.result.as_ref().expect("the control accepts the forgery");
            assert_eq!(forged[0], plain[0] + F::ONE);
            assert_eq!(forged[1..], plain[1..]);
        }
    }
}

/// A cheater that opens the seed it likes best after it has seen the others': over F_251 it finds one that makes the
/// coefficient of its error zero in a few hundred tries.
#[test]
fn choosing_the_seed_last_works_only_without_commitments() {
    for weak in [false, true] {
        let (mut accepted, tries) = (0, 20);
        for number in 0..tries {
            let config = move |_| {
                let config = Config::new(SESSION).toy_field();
                if weak { config.weakness(Weakness::CommitmentsIgnored) } else { config }
            };
            let (results, ()) = duel::<F251, _, _>(
                2,
                dealer_seed(number),
                config,
                async |s| {
                    let x = s.random(1)?;
                    drop(s.open(x).await?);
                    s.check().await
                },
                async |puppet| {
                    let x = puppet.dealer.randoms(1).unwrap();
                    let seen = [puppet.open(&x, &[F251::ONE]).await];
                    // Never the one that it has committed to, which is tried first.
                    let mut tried = 0;
                    let tossed = puppet.toss_of_choice(&seen, |r| {
                        tried += 1;
                        tried > 1 && r[0] == F251::ZERO
                    });
                    let Some(tossed) = tossed.await else { return };
                    let nonce = puppet.commit(|_| tossed.sigma).await;
                    puppet.sigma(|_| tossed.sigma, nonce).await;
                },
            );
            match &results[0] {
                Ok(()) => accepted += 1,
                Err(error) => assert_eq!(*error, wrong_commitment(party(0))),
            }
        }
        assert_eq!(accepted, if weak { tries } else { 0 });
    }
}
