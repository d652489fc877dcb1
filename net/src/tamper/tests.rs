use bytes::Bytes;
use tokio::time::Instant;

use super::*;
use crate::{Header, MemoryConfig, MemoryTransport, memory_mesh, memory_mesh_with};

const SECOND: Duration = Duration::from_secs(1);

fn party(index: usize) -> PartyId {
    PartyId::new(index).unwrap()
}

fn frame(round: u64, payload: impl Into<Vec<u8>>) -> Frame {
    Frame { header: Header { round, ..Header::default() }, payload: Bytes::from(payload.into()) }
}

/// Party 0 sends rounds 0, 1, 2 with payloads [r, 10, 20, 30] and cheats in round 1; what party 1 gets.
async fn received(mutation: Mutation) -> (Vec<Result<Frame, NetFault>>, usize) {
    let config = MemoryConfig { timeout: Some(10 * SECOND), ..MemoryConfig::default() };
    let mut mesh = memory_mesh_with(2, config);
    let honest = mesh.pop().unwrap();
    let cheater = Tampered::new(mesh.pop().unwrap(), cheat(|e| e.out() && e.round() == 1, mutation));
    let watch = cheater.watch();
    for round in 0..3u8 {
        cheater.send(party(1), frame(round.into(), [round, 10, 20, 30])).await.unwrap();
    }
    drop(cheater);
    let mut frames = Vec::new();
    for _ in 0..4 {
        let got = honest.recv(party(0), 100).await.map_err(|e| e.fault);
        let last = got.is_err();
        frames.push(got);
        if last {
            break;
        }
    }
    (frames, watch.altered())
}

#[tokio::test(start_paused = true)]
async fn each_mutation_does_what_it_says() {
    let (r0, r2) = (Ok(frame(0, [0, 10, 20, 30])), Ok(frame(2, [2, 10, 20, 30])));
    let closed = Err(NetFault::Closed);
    let one = |payload: &[u8]| vec![r0.clone(), Ok(frame(1, payload)), r2.clone(), closed.clone()];
    let honest = Ok(frame(1, [1, 10, 20, 30]));
    let table = [
        (Mutation::FlipBit(9), one(&[1, 8, 20, 30])),
        (Mutation::AddOne(1, 2), one(&[1, 10, 21, 30])),
        (Mutation::SetZero(3, 1), one(&[1, 10, 20, 0])),
        (Mutation::Swap(2, 0, 1), one(&[20, 10, 1, 30])),
        (Mutation::Truncate(3), one(&[1])),
        (Mutation::Extend(1), one(&[1, 10, 20, 30, 0])),
        (Mutation::Empty, one(&[])),
        (Mutation::Drop, vec![r0.clone(), r2.clone(), closed.clone()]),
        (Mutation::Duplicate, vec![r0.clone(), honest.clone(), honest.clone(), r2.clone()]),
        (Mutation::Reorder, vec![r0.clone(), r2.clone(), honest.clone(), closed.clone()]),
        (Mutation::Delay(3 * SECOND), one(&[1, 10, 20, 30])),
        (Mutation::Delay(60 * SECOND), vec![r0.clone(), Err(NetFault::TimedOut)]),
        (Mutation::ReplayFrame, vec![r0.clone(), r0.clone(), r2.clone(), closed.clone()]),
        (Mutation::ReplayPayload, one(&[0, 10, 20, 30])),
        (Mutation::Replace(frame(7, [9])), vec![r0.clone(), Ok(frame(7, [9])), r2.clone(), closed.clone()]),
        (Mutation::Equivocate(party(1)), one(&[0, 10, 20, 30])),
        (Mutation::Disconnect, vec![r0.clone(), closed.clone()]),
    ];
    for (mutation, expected) in table {
        assert_eq!(received(mutation.clone()).await, (expected, 1), "{mutation:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mutation_without_a_hold_lets_the_frame_pass_and_does_not_count() {
    let none = [
        Mutation::FlipBit(32),
        Mutation::AddOne(2, 2),
        Mutation::Swap(0, 4, 1),
        Mutation::Swap(1, 1, 1),
        Mutation::Equivocate(party(0)),
        Mutation::Copy(party(1)),
    ];
    for mutation in none {
        let (frames, altered) = received(mutation.clone()).await;
        assert_eq!((frames[1].clone(), altered), (Ok(frame(1, [1, 10, 20, 30])), 0), "{mutation:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn incoming_frames_are_the_adversarys_too() {
    let mut mesh = memory_mesh(3).into_iter();
    let cheater = Tampered::new(mesh.next().unwrap(), |e| match (e.direction, e.nth()) {
        (Direction::In, 0) => vec![Action::DeliverTo(party(2), e.frame.clone())],
        (Direction::In, 1) => e.relabel(|header| header.epoch = [9; 16]),
        _ => vec![Action::Disconnect],
    });
    let peer = mesh.next().unwrap();
    for round in 0..3 {
        peer.send(party(0), frame(round, [])).await.unwrap();
    }
    assert_eq!(cheater.recv(party(2), 0).await, Ok(frame(0, [])));
    assert_eq!(cheater.recv(party(1), 0).await.unwrap().header.epoch, [9; 16]);
    assert_eq!(cheater.recv(party(1), 0).await.unwrap_err().fault, NetFault::Closed);
    assert_eq!(peer.recv(party(0), 0).await.unwrap_err().fault, NetFault::Closed);
}

/// What an honest party does in a round: sends to all, then receives from all. Party 0 speaks first.
async fn exchange(transport: &impl Transport, round: u64, payload: [u8; 1]) -> Vec<u8> {
    let (me, n) = (transport.me(), transport.parties());
    if me != party(0) {
        tokio::time::sleep(SECOND / 2).await;
    }
    for to in me.others(n) {
        transport.send(to, frame(round, payload)).await.unwrap();
    }
    let mut got = Vec::new();
    for from in me.others(n) {
        got.extend(transport.recv(from, 100).await.unwrap().payload);
    }
    got
}

fn split(mesh: Vec<MemoryTransport>) -> [MemoryTransport; 3] {
    mesh.try_into().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_rushing_party_sees_the_round_before_it_speaks() {
    for rushes in [false, true] {
        let [a, b, c] = split(memory_mesh(3));
        let adversary = cheat(|e| e.out(), Mutation::Copy(party(1)));
        let a = if rushes {
            Tampered::rushing(a, [party(1), party(2)], SECOND, adversary)
        } else {
            Tampered::new(a, adversary)
        };
        let (_, of_b, of_c) = tokio::join!(
            biased;
            exchange(&a, 0, [7]),
            exchange(&b, 0, [40]),
            exchange(&c, 0, [50])
        );
        let said = if rushes { 40 } else { 7 };
        assert_eq!((of_b, of_c), (vec![said, 50], vec![said, 40]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_rushing_party_speaks_after_its_patience_when_the_others_wait_for_it() {
    let [a, b, _c] = split(memory_mesh(3));
    let start = Instant::now();
    let a = Tampered::rushing(a, [party(1)], 3 * SECOND, |e| e.pass());
    a.send(party(1), frame(0, [1])).await.unwrap();
    assert_eq!(b.recv(party(0), 1).await, Ok(frame(0, [1])));
    assert_eq!(start.elapsed(), 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_forged_message_is_a_peers_message_on_ones_own_link() {
    let [a, b, c] = split(memory_mesh(3));
    let adversary = cheat(|e| e.out() && e.peer == party(2), Mutation::Forge(party(1)));
    let a = Tampered::rushing(a, [party(1)], SECOND, adversary);
    let watch = a.watch();
    let (_, of_b, of_c) =
        tokio::join!(biased; exchange(&a, 4, [7]), exchange(&b, 4, [40]), exchange(&c, 4, [50]));
    assert_eq!((of_b, of_c), (vec![7, 50], vec![40, 40]));
    assert_eq!(watch.altered(), 1);
    assert_eq!(watch.seen().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn only_a_wait_of_the_honest_code_times_out() {
    let config = MemoryConfig { timeout: Some(SECOND), ..MemoryConfig::default() };
    let mut mesh = memory_mesh_with(2, config);
    let peer = mesh.pop().unwrap();
    let a = Tampered::new(mesh.pop().unwrap(), |e| e.pass());
    tokio::time::sleep(60 * SECOND).await;
    peer.send(party(0), frame(0, [])).await.unwrap();
    assert!(a.recv(party(1), 0).await.is_ok());
    assert_eq!(a.recv(party(1), 0).await.unwrap_err().fault, NetFault::TimedOut);
}
