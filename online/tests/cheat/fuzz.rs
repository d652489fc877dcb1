//! Arbitrary frames to a live session: a typed error at most, never a panic, a hang or a wrong result.

use proptest::prelude::*;
use speedwell_net::tamper::{Action, Event};
use speedwell_net::{Frame, Header};
use speedwell_online::testing::CHEATER_TIMEOUT;
use speedwell_online::wire::Message;
use speedwell_online::{EpochState, Error, UsageFault};

use crate::common::{long, party, run};
use crate::scene::{F, FUZZ_CASES, FUZZED, Protocol, Scene};
use crate::verdict::failed_check;

/// What becomes of one outgoing frame of the cheater.
#[derive(Clone, Debug)]
enum Act {
    Pass,
    Drop,
    Twice,
    Later,
    Late,
    Leave,
    /// These bytes over the payload's, from this place on.
    Overwrite(usize, Vec<u8>),
    /// These bytes instead.
    Payload(Vec<u8>),
    /// Cut or filled up with zeros to this length.
    Length(usize),
    /// Another kind, and a round and a channel shifted by so much.
    Relabel(u8, u64, u16),
    /// Another epoch and session.
    Elsewhere([u8; 16], [u8; 16]),
    /// The frame, and behind it another one.
    And(u8, Vec<u8>),
    /// An earlier frame of any kind, to or from anybody.
    Echo(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..200);
    let kind = || prop_oneof![4 => 1_u8..9, 1 => Just(Message::Points.number()), 1 => any::<u8>()];
    prop_oneof![
        30 => Just(Act::Pass),
        1 => Just(Act::Drop),
        1 => Just(Act::Twice),
        1 => Just(Act::Later),
        1 => Just(Act::Late),
        1 => Just(Act::Leave),
        3 => (0_usize..120, prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(at, b)| Act::Overwrite(at, b)),
        2 => bytes().prop_map(Act::Payload),
        2 => prop_oneof![0_usize..300, Just(262_144)].prop_map(Act::Length),
        2 => (kind(), 0_u64..3, 0_u16..2).prop_map(|(kind, round, channel)| Act::Relabel(kind, round, channel)),
        1 => (any::<[u8; 16]>(), any::<[u8; 16]>()).prop_map(|(e, s)| Act::Elsewhere(e, s)),
        2 => (kind(), bytes()).prop_map(|(kind, b)| Act::And(kind, b)),
        2 => (0_usize..100).prop_map(Act::Echo),
    ]
}

impl Act {
    fn on(&self, event: &Event<'_>) -> Vec<Action> {
        let frame = event.frame;
        let with =
            |header: Header, payload: Vec<u8>| Action::Deliver(Frame { header, payload: payload.into() });
        match self {
            Self::Pass => event.pass(),
            Self::Drop => Vec::new(),
            Self::Twice => [event.pass(), event.pass()].concat(),
            Self::Later => vec![Action::KeepForNext(frame.clone())],
            Self::Late => vec![Action::Stall(CHEATER_TIMEOUT / 2), Action::Deliver(frame.clone())],
            Self::Leave => vec![Action::Disconnect],
            Self::Overwrite(at, bytes) => event.rewrite(|payload| {
                payload.iter_mut().skip(*at).zip(bytes).for_each(|(old, new)| *old = *new);
            }),
            Self::Payload(bytes) => vec![with(frame.header, bytes.clone())],
            Self::Length(len) => event.rewrite(|payload| payload.resize(*len, 0)),
            Self::Relabel(kind, round, channel) => event.relabel(|header| {
                header.kind = *kind;
                header.round = header.round.wrapping_sub(*round);
                header.channel ^= channel;
            }),
            Self::Elsewhere(epoch, session) => event.relabel(|header| {
                header.epoch = *epoch;
                header.session = *session;
            }),
            Self::And(kind, bytes) => {
                let header = Header { kind: *kind, ..frame.header };
                [event.pass(), vec![with(header, bytes.clone())]].concat()
            }
            Self::Echo(index) => match event.seen.get(*index) {
                Some(earlier) => vec![Action::Deliver(earlier.frame.clone())],
                None => event.pass(),
            },
        }
    }
}

/// Runs a session against a cheater with this script; each honest party has the right result or an error that a peer's
/// bytes can cause.
fn survive(protocol: Protocol, n: usize, cheater: usize, script: Vec<Act>) {
    let scene = Scene::of(protocol, n, cheater);
    let mut next = 0;
    let run = run::<F>(n).cheater(cheater, move |event| {
        if !event.out() {
            return event.pass();
        }
        next += 1;
        script.get(next - 1).map_or_else(|| event.pass(), |act| act.on(event))
    });
    let (outcomes, _) = run.go_watched(async |s| protocol.play(s).await);
    for (me, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
        let burnt = outcome.epoch == EpochState::Burnt;
        // In the round that did not end a sigma was out.
        let window = scene.rounds.get(outcome.report.rounds as usize) == Some(&Message::Sigma);
        assert_eq!(burnt, window || outcome.result.as_ref().is_err_and(failed_check));
        match &outcome.result {
            Ok(values) => assert_eq!(*values, scene.plain[me]),
            Err(Error::Check(_)) => {}
            Err(Error::Peer { party: by, .. } | Error::Usage(UsageFault::Desync { peer: by })) => {
                assert_eq!(*by, party(cheater), "an honest party is never blamed");
            }
            Err(Error::Net(_) | Error::Aborted { .. }) => {}
            Err(other) => panic!("no peer's bytes may cause {other:?}"),
        }
    }
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop::sample::select(FUZZED)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if long() { 50_000 } else { FUZZ_CASES }))]

    #[test]
    fn arbitrary_frames_cause_a_typed_error_at_most(
        protocol in protocol(),
        n in 2_usize..4,
        last in any::<bool>(),
        script in prop::collection::vec(act(), 0..40),
    ) {
        survive(protocol, n, if last { n - 1 } else { 0 }, script);
    }

    /// One wrong frame, late in the session.
    #[test]
    fn one_arbitrary_frame_causes_a_typed_error_at_most(
        protocol in protocol(),
        n in 2_usize..4,
        last in any::<bool>(),
        at in 0_usize..22,
        wrong in act(),
    ) {
        let mut script = vec![Act::Pass; at];
        script.push(wrong);
        survive(protocol, n, if last { n - 1 } else { 0 }, script);
    }
}

/// The kinds that have no place in a session.
#[test]
fn a_coins_messages_have_no_place_in_a_session() {
    for kind in [Message::Toss, Message::Tossed] {
        for at in 0..10 {
            let mut script = vec![Act::Pass; at];
            script.push(Act::Relabel(kind.number(), 0, 0));
            survive(Protocol::Mul, 2, 0, script);
        }
    }
}
