//! Rounds of more than one frame: what is wrong with one of them.

use speedwell_field::Field;
use speedwell_net::tamper::{Action, Event, Mutation};
use speedwell_net::{NetError, NetFault};
use speedwell_online::testing::CHEATER_TIMEOUT;
use speedwell_online::wire::{Message, elements_per_frame};
use speedwell_online::{CheckFault, EpochState, Error, PeerFault, UsageFault};

use crate::common::{is, party, run};
use crate::scene::F;

/// A vector of two full frames and `rest` elements in a third is opened and checked; the cheater does this to the frame
/// with this number of the opening.
fn attacked(rest: usize, number: usize, mutation: Mutation, error: &Error) {
    let len = 2 * elements_per_frame::<F>() + rest;
    let cheater = 0;
    for n in [2, 3] {
        let mutation = mutation.clone();
        let adversary = move |event: &Event<'_>| -> Vec<Action> {
            if event.out() && is(event, Message::Open) && event.nth() == number {
                mutation.apply(event)
            } else {
                event.pass()
            }
        };
        let (outcomes, watches) = run::<F>(n).cheater(cheater, adversary).go_watched(async |s| {
            drop(s.open(s.random(len)?).await?);
            s.check().await
        });
        assert!(watches[0].altered() >= n - 1);
        let error = match error {
            // Three parties compare digests first.
            Error::Check(CheckFault::Mac) if n > 2 => Error::Check(CheckFault::Digest),
            other => other.clone(),
        };
        for outcome in &outcomes[1..] {
            assert_eq!(outcome.result, Err(error.clone()), "{number} of {n}");
            let burnt = matches!(error, Error::Check(_));
            assert_eq!(outcome.epoch == EpochState::Burnt, burnt);
        }
    }
}

#[test]
fn cheat_first_frame_bad_length() {
    // A vector of 300 elements takes 16 + 4800 bytes: more than what is read of any first frame to see its labels.
    let alone = |len: usize, by: usize, fault: PeerFault| {
        let cheat = move |event: &Event<'_>| {
            let first = event.out() && is(event, Message::Open) && event.nth() == 0;
            if first { Mutation::Extend(by).apply(event) } else { event.pass() }
        };
        let (outcomes, watches) =
            run::<F>(2).cheater(0, cheat).go_watched(async |s| s.open(s.random(len)?).await.map(drop));
        assert_eq!(watches[0].altered(), 1);
        assert_eq!(outcomes[1].result, Err(faulty(fault)), "{len} and {by} bytes");
    };
    alone(300, 1, PeerFault::NotAFrame);
    alone(300, F::BYTES, PeerFault::NotAFrame);
    alone(1, (4 << 10) - 16 - F::BYTES, PeerFault::WrongLength);
    alone(1, (4 << 10) - 15 - F::BYTES, PeerFault::NotAFrame);
}

fn faulty(fault: PeerFault) -> Error {
    Error::peer(party(0), fault)
}

#[test]
fn cheat_frames_bad_value_in_any_of_them() {
    for number in 0..3 {
        // Behind the count and the labels of the first frame.
        attacked(3, number, Mutation::AddOne(1, F::BYTES), &Error::Check(CheckFault::Mac));
        attacked(3, number, Mutation::AddOne(2, F::BYTES), &Error::Check(CheckFault::Mac));
    }
    let last = elements_per_frame::<F>() - 1;
    attacked(3, 1, Mutation::AddOne(last, F::BYTES), &Error::Check(CheckFault::Mac));
    attacked(3, 0, Mutation::AddOne(last + 1, F::BYTES), &Error::Check(CheckFault::Mac));
}

#[test]
fn cheat_frames_bad_length_in_any_of_them() {
    for number in 0..3 {
        attacked(3, number, Mutation::Truncate(1), &faulty(PeerFault::WrongLength));
        attacked(3, number, Mutation::Truncate(F::BYTES), &faulty(PeerFault::WrongLength));
        attacked(3, number, Mutation::Empty, &faulty(PeerFault::WrongLength));
    }
    // Not a byte more than what is left of the vector is read. The first frame is as long as a frame can be.
    attacked(3, 2, Mutation::Extend(1), &faulty(PeerFault::NotAFrame));
    attacked(3, 2, Mutation::Extend(F::BYTES), &faulty(PeerFault::NotAFrame));
    attacked(3, 1, Mutation::Extend(1), &faulty(PeerFault::NotAFrame));
    attacked(3, 1, Mutation::Extend(F::BYTES), &faulty(PeerFault::NotAFrame));
}

#[test]
fn cheat_frames_bad_order() {
    let another_program = Error::Usage(UsageFault::Desync { peer: party(0) });
    let late = Error::Net(NetError { peer: party(0), fault: NetFault::TimedOut });
    // The second frame has no labels at its head.
    attacked(3, 0, Mutation::Reorder, &another_program);
    attacked(3, 0, Mutation::Drop, &another_program);
    // The third frame is shorter than the second.
    attacked(3, 1, Mutation::Reorder, &faulty(PeerFault::WrongLength));
    attacked(3, 1, Mutation::Drop, &faulty(PeerFault::WrongLength));
    // The check's first message comes in place of the last frame, and is longer than it.
    attacked(3, 2, Mutation::Drop, &faulty(PeerFault::NotAFrame));
    attacked(7, 2, Mutation::Drop, &faulty(PeerFault::WrongHeader));
    attacked(3, 2, Mutation::Delay(CHEATER_TIMEOUT * 2), &late);
    // Once more the first, or the second, where another one is awaited.
    attacked(3, 0, Mutation::Duplicate, &faulty(PeerFault::NotAFrame));
    attacked(3, 1, Mutation::Duplicate, &faulty(PeerFault::NotAFrame));
    // As long as the third, so that the third is too many, where a check is awaited.
    attacked(0, 1, Mutation::Duplicate, &faulty(PeerFault::NotAFrame));
}
