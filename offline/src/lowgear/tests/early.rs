//! Replies and proofs out of their order: a reply is neither made nor looked at before the proof that it rests on has been accepted.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use speedwell_field::Goldilocks;
use speedwell_net::tamper::{Action, Direction, Event, Mutation};
use speedwell_online::{Kind, PeerFault};
use tokio::time::Instant;

use super::super::cheat::Weakness;
use super::super::link::Kind as Step;
use super::scenario::{End, Scenario, id, peer, told_by};

type F = Goldilocks;

/// How long the responses of the block's proof are under way.
const LATE: Duration = Duration::from_secs(20);

/// Whether this is a response of a block's proof: one after encrypted factors, and not that of a rejected attempt.
fn responds(event: &Event<'_>) -> bool {
    let factors = |s: &speedwell_net::tamper::Sighting| {
        (s.direction, s.frame.header.kind) == (Direction::Out, Step::Factors.number())
    };
    event.out()
        && event.kind() == Step::Responses.number()
        && !event.frame.payload.is_empty()
        && event.seen.iter().any(factors)
}

fn replies(event: &Event<'_>) -> bool {
    event.out() && (event.frame.header.channel, event.kind()) == (2, Step::Replies.number())
}

/// The last party's responses come late, its replies before them; either may be bad. Where an honest party has to prove anew, nobody
/// gets as far as replies before the responses are there: such runs are not looked at.
fn early(n: usize, bad_proof: bool, bad_replies: bool) -> End<F> {
    (0..60).find_map(|_| try_early(n, bad_proof, bad_replies)).unwrap()
}

fn try_early(n: usize, bad_proof: bool, bad_replies: bool) -> Option<End<F>> {
    // When the first reply left, and when the last response arrived.
    let times: Arc<Mutex<[Option<Instant>; 2]>> = Arc::default();
    let noted = times.clone();
    let end = Scenario::<F>::new(n, Kind::Triples, 10)
        .after(Kind::Randoms, 40)
        .tampers(n - 1, move |event: &Event<'_>| {
            let [reply, response] = &mut *noted.lock().unwrap();
            if responds(event) {
                *response = Some(Instant::now() + LATE);
                let sent = if bad_proof { Mutation::FlipBit(8 * 33).apply(event) } else { event.pass() };
                return [vec![Action::Stall(LATE)], sent].concat();
            }
            if replies(event) {
                reply.get_or_insert(Instant::now());
                if bad_replies {
                    return event.rewrite(|bytes| bytes[1..].fill(0xff));
                }
            }
            event.pass()
        })
        .run();
    assert!(end.altered());
    let [reply, response] = *times.lock().unwrap();
    (reply? < response?).then_some(end)
}

/// A reply that comes before its sender's proof waits for it: with a good proof it is taken in its turn, bad or good; with a bad
/// one it is never looked at, whatever it is.
#[test]
fn cheat_reply_bad_time_before_the_proof() {
    for n in [2, 3] {
        let mut end = early(n, false, false);
        end.passed();
        let [a, b, c] = end.triples(10);
        assert!((0..10).all(|i| a[i] * b[i] == c[i]));
        early(n, false, true).ended_with(peer(n - 1, PeerFault::Malformed));
        for bad_replies in [false, true] {
            early(n, true, bad_replies).ended_with(peer(n - 1, PeerFault::Proof));
        }
    }
}

/// In the flow of proofs itself a reply in the place of a proof's message is out of order.
#[test]
fn cheat_reply_bad_time_in_the_place_of_the_proof() {
    for kind in [Step::First, Step::Verdicts, Step::Responses] {
        let end = Scenario::<F>::new(3, Kind::Triples, 10)
            .after(Kind::Randoms, 40)
            .tampers(2, move |event: &Event<'_>| {
                let factors = Step::Factors.number();
                let begun = event.seen.iter().any(|s| s.frame.header.kind == factors);
                if event.out() && event.kind() == kind.number() && begun && event.peer == id(0) {
                    event.relabel(|header| header.kind = Step::Replies.number())
                } else {
                    event.pass()
                }
            })
            .run();
        assert!(end.altered());
        end.ended_with(told_by(0, peer(2, PeerFault::WrongHeader)(id(0))));
    }
}

/// Nobody makes a reply to a factor before its proof holds: the cheater of a bad one gets none. With the proof left out it gets them.
#[test]
fn no_reply_is_made_to_an_unproven_factor() {
    let answered = |end: &End<F>| {
        let seen = end.watches.iter().flat_map(|watch| watch.seen());
        let replies = seen.filter(|s| {
            let header = s.frame.header;
            s.direction == Direction::In && (header.channel, header.kind) == (2, Step::Replies.number())
        });
        replies.count()
    };
    for n in [2, 3] {
        let scenario = || {
            Scenario::<F>::new(n, Kind::Triples, 10).after(Kind::Randoms, 40).tampers(
                n - 1,
                |event: &Event<'_>| {
                    if responds(event) { Mutation::FlipBit(8 * 33).apply(event) } else { event.pass() }
                },
            )
        };
        let end = scenario().run();
        end.ended_with(peer(n - 1, PeerFault::Proof));
        assert_eq!(answered(&end), 0);
        let end = scenario().without(Weakness::ProofSkipped).run();
        end.passed();
        assert_eq!(answered(&end), n - 1, "a message from each");
    }
}
