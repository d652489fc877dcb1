use bytes::Bytes;

use super::*;
use crate::Header;

fn party(index: usize) -> PartyId {
    PartyId::new(index).unwrap()
}

fn frame(round: u64, payload: &[u8]) -> Frame {
    Frame { header: Header { round, ..Header::default() }, payload: Bytes::copy_from_slice(payload) }
}

fn pair() -> (MemoryTransport, MemoryTransport) {
    let mut mesh = memory_mesh(2);
    let b = mesh.pop().unwrap();
    (mesh.pop().unwrap(), b)
}

#[tokio::test]
async fn frames_arrive_in_order_from_the_party_that_sent_them() {
    let mesh = memory_mesh(5);
    for from in &mesh {
        for to in from.me().others(5) {
            for round in 0..3 {
                let index = u8::try_from(from.me().index()).unwrap();
                from.send(to, frame(round, &[index])).await.unwrap();
            }
        }
    }
    for to in &mesh {
        assert_eq!(to.parties(), 5);
        for from in to.me().others(5) {
            for round in 0..3 {
                let index = u8::try_from(from.index()).unwrap();
                assert_eq!(to.recv(from, 1).await.unwrap(), frame(round, &[index]));
            }
        }
    }
}

#[tokio::test]
async fn a_dropped_party_is_read_to_the_end_and_then_closed() {
    let (a, b) = pair();
    a.send(party(1), frame(1, b"last words")).await.unwrap();
    drop(a);
    assert_eq!(b.recv(party(0), 10).await.unwrap(), frame(1, b"last words"));
    let closed = NetError { peer: party(0), fault: NetFault::Closed };
    assert_eq!(b.recv(party(0), 10).await, Err(closed.clone()));
    assert_eq!(b.send(party(0), frame(2, b"")).await, Err(closed));
}

#[tokio::test]
async fn a_longer_payload_than_expected_ends_the_link() {
    let (a, b) = pair();
    a.send(party(1), frame(1, &[0; 11])).await.unwrap();
    a.send(party(1), frame(2, &[0; 1])).await.unwrap();
    let fault = |fault| Err(NetError { peer: party(0), fault });
    assert_eq!(b.recv(party(0), 10).await, fault(NetFault::TooLong { len: 11, max: 10 }));
    assert_eq!(b.recv(party(0), 10).await, fault(NetFault::Closed));
    let too_long = NetFault::TooLong { len: MAX_PAYLOAD + 1, max: MAX_PAYLOAD };
    let (a, _b) = pair();
    assert_eq!(
        a.send(party(1), frame(1, &vec![0; MAX_PAYLOAD + 1])).await,
        Err(NetError { peer: party(1), fault: too_long })
    );
}

#[tokio::test]
async fn no_link_leads_to_oneself_or_to_a_stranger() {
    let (a, _b) = pair();
    for peer in [0, 2, 63] {
        let error = NetError { peer: party(peer), fault: NetFault::NoSuchPeer };
        assert_eq!(a.send(party(peer), frame(0, b"")).await, Err(error.clone()));
        assert_eq!(a.recv(party(peer), 0).await, Err(error));
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_link_holds_the_sender_until_the_time_out() {
    let config = MemoryConfig { queue_bytes: 10_000, timeout: Some(Duration::from_secs(5)) };
    let mesh = memory_mesh_with(2, config);
    let (a, b) = (&mesh[0], &mesh[1]);
    let mut sent = 0;
    let error = loop {
        match a.send(party(1), frame(sent, &[0; 1000])).await {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, NetError { peer: party(1), fault: NetFault::TimedOut });
    assert_eq!(sent, 8, "8 * (1000 + 128) bytes are below 10,000, nine are not");
    assert_eq!(tokio::time::Instant::now().elapsed(), Duration::ZERO);
    for round in 0..sent {
        assert_eq!(b.recv(party(0), 1000).await.unwrap().header.round, round);
    }
    assert_eq!(b.recv(party(0), 1000).await, Err(NetError { peer: party(0), fault: NetFault::TimedOut }));
    a.send(party(1), frame(9, b"a time-out does not close the link")).await.unwrap();
    assert_eq!(b.recv(party(0), 1000).await.unwrap().header.round, 9);
}

#[tokio::test]
async fn bulk_in_both_directions_at_once_does_not_deadlock() {
    let mesh = memory_mesh_with(2, MemoryConfig { queue_bytes: 1 << 16, timeout: None });
    let bulk = Bytes::from(vec![7; MAX_PAYLOAD]);
    let side = |me: usize| {
        let (transport, peer, bulk) = (&mesh[me], party(1 - me), bulk.clone());
        async move {
            let send = async {
                for round in 0..50 {
                    let header = Header { round, ..Header::default() };
                    transport.send(peer, Frame { header, payload: bulk.clone() }).await.unwrap();
                }
            };
            let recv = async {
                for round in 0..50 {
                    assert_eq!(transport.recv(peer, MAX_PAYLOAD).await.unwrap().header.round, round);
                }
            };
            tokio::join!(send, recv);
        }
    };
    tokio::join!(side(0), side(1));
}
