//! Rounds of more than one frame of points: what is wrong with the last of them.

use speedwell_net::tamper::{Action, Direction, Event, Mutation};
use speedwell_online::curve::Scalar;
use speedwell_online::wire::Message;
use speedwell_online::{CheckFault, EpochState, Error, PeerFault};

use crate::common::{is, party, run};

/// 64 bytes a point: 4,096 of them in a frame.
type Bn = ark_bn254::G1Projective;

#[test]
fn cheat_last_frame_of_points() {
    let peer = |fault| Error::peer(party(0), fault);
    let cases = [
        (Mutation::Truncate(1), peer(PeerFault::WrongLength)),
        (Mutation::Truncate(64), peer(PeerFault::WrongLength)),
        (Mutation::Extend(64), peer(PeerFault::NotAFrame)),
        (Mutation::Empty, peer(PeerFault::WrongLength)),
        // The check's first message comes in its place.
        (Mutation::Drop, peer(PeerFault::WrongHeader)),
        // Twice: longer than the check's first message.
        (Mutation::Duplicate, peer(PeerFault::NotAFrame)),
    ];
    for (mutation, error) in cases {
        let shown = format!("{mutation:?}");
        let adversary = move |event: &Event<'_>| {
            let last = event.out() && is(event, Message::Points) && event.nth() == 1;
            if last { mutation.apply(event) } else { event.pass() }
        };
        let (outcomes, watches) = run::<Scalar<Bn>>(2).cheater(0, adversary).go_watched(async |s| {
            // Constants: what the frames hold matters to nobody.
            let points = vec![ark_bn254::G1Affine::identity(); 4_098];
            drop(s.open_points::<Bn>(s.constant_points(&points)).await?);
            s.check().await
        });
        assert_eq!(watches[0].altered(), 1, "{shown}");
        assert_eq!(outcomes[1].result, Err(error), "{shown}");
        assert_eq!(outcomes[1].epoch, EpochState::Live);
    }
}

/// The first frame in place of the last one: longer than what is left of the round.
#[test]
fn cheat_last_frame_of_points_bad_replay() {
    let adversary = |event: &Event<'_>| {
        let first = event
            .seen
            .iter()
            .find(|s| s.direction == Direction::Out && s.frame.header.kind == Message::Points.number());
        match first {
            Some(first) if event.out() && is(event, Message::Points) => {
                vec![Action::Deliver(first.frame.clone())]
            }
            _ => event.pass(),
        }
    };
    let (outcomes, watches) = run::<Scalar<Bn>>(2).cheater(0, adversary).go_watched(async |s| {
        let points = vec![ark_bn254::G1Affine::identity(); 4_098];
        s.open_points::<Bn>(s.constant_points(&points)).await.map(drop)
    });
    assert_eq!(watches[0].altered(), 1);
    assert_eq!(outcomes[1].result, Err(Error::peer(party(0), PeerFault::NotAFrame)));
}

/// A wrong point in the last frame.
#[test]
fn cheat_last_point_bad_value() {
    let adversary = |event: &Event<'_>| {
        if event.out() && is(event, Message::Points) && event.nth() == 1 {
            return event.rewrite(|payload| {
                let generator = ark_bn254::G1Affine::new(1.into(), 2.into());
                let mut bytes = Vec::new();
                speedwell_online::curve::encode::<Bn>(&[generator], &mut bytes);
                let end = payload.len();
                payload[end - 64..].copy_from_slice(&bytes);
            });
        }
        event.pass()
    };
    let (outcomes, watches) = run::<Scalar<Bn>>(2).cheater(0, adversary).go_watched(async |s| {
        let points = vec![ark_bn254::G1Affine::identity(); 4_098];
        s.reveal_points::<Bn>(&s.constant_points(&points)).await.map(drop)
    });
    assert!(watches[0].altered() > 0);
    assert_eq!(outcomes[1].result, Err(Error::Check(CheckFault::Mac)));
}
