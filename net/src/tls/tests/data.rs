//! Frames over TLS: order, bounds, back-pressure, ends.

use std::time::Duration;

use super::*;
use crate::queue::Queue;
use crate::{MAX_PAYLOAD, NetFault};

#[tokio::test]
async fn frames_of_all_sizes_arrive_in_order_and_whole() {
    let (a, b) = Town::pair(|config| config.spin = true).await;
    let sizes = [0, 1, 47, 48, 4096, 4097, 16_384, 16_385, 100_000, MAX_PAYLOAD, 0, 3];
    let payload =
        |round: u64, size: usize| (0..size).map(|i| (i as u64 * 31 + round) as u8).collect::<Vec<_>>();
    for (round, size) in (0..).zip(sizes) {
        a.send(party(1), frame(round, payload(round, size))).await.unwrap();
    }
    for (round, size) in (0..).zip(sizes) {
        assert_eq!(b.recv(party(0), size).await.unwrap(), frame(round, payload(round, size)));
    }
    let long = frame(0, vec![0; MAX_PAYLOAD + 1]);
    assert!(matches!(a.send(party(1), long).await.unwrap_err().fault, NetFault::TooLong { .. }));
    assert_eq!(a.recv(party(0), 0).await.unwrap_err().fault, NetFault::NoSuchPeer);
}

/// Frames are written by who sends them or by the writer, and read by who waits for them or by the reader: both sides have
/// bursts of all sizes.
async fn frames_keep_their_order_whoever_moves_them() {
    let (a, b) = Town::pair(|config| config.queue_bytes = 1 << 18).await;
    let sizes = [0, 100, 100, 9_000, 9_000, 17_000, 50, MAX_PAYLOAD, 50, 20_000, 3];
    let side = move |transport: TlsTransport| async move {
        let peer = party(1 - transport.me().index());
        let (mut sent, mut received) = (0, 0);
        for burst in (1..60).map(|i| i * 7 % 13) {
            let send = async {
                for _ in 0..burst {
                    let size = sizes[sent % sizes.len()];
                    transport.send(peer, frame(sent as u64, vec![sent as u8; size])).await.unwrap();
                    sent += 1;
                }
            };
            let receive = async {
                for _ in 0..burst {
                    let size = sizes[received % sizes.len()];
                    let expected = frame(received as u64, vec![received as u8; size]);
                    assert!(transport.recv(peer, size).await.unwrap() == expected, "frame {received}");
                    received += 1;
                }
            };
            tokio::join!(send, receive);
        }
        transport.flush().await.unwrap();
        transport
    };
    let (a, b) = (tokio::spawn(side(a)), tokio::spawn(side(b)));
    drop((a.await.unwrap(), b.await.unwrap()));
}

#[tokio::test]
async fn frames_keep_their_order_on_one_thread() {
    frames_keep_their_order_whoever_moves_them().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_keep_their_order_on_two_threads() {
    frames_keep_their_order_whoever_moves_them().await;
}

/// What has arrived, a peer's last words perhaps, is found by who asks once, however long its task has been running.
#[tokio::test]
async fn what_has_arrived_is_found_by_who_asks_once() {
    let (a, _b) = Town::pair(|_| ()).await;
    a.links[1].as_ref().unwrap().link.inbox.put(frame(7, "last words")).unwrap();
    while tokio::task::coop::has_budget_remaining() {
        tokio::task::coop::consume_budget().await;
    }
    let mut found = a.recv(party(1), 100);
    let found = std::future::poll_fn(|cx| std::task::Poll::Ready(found.as_mut().poll(cx))).await;
    assert_eq!(found, std::task::Poll::Ready(Ok(frame(7, "last words"))));
}

/// A small frame that does not leave at once, as nothing more fits between the parties, leaves later, behind all before it.
#[tokio::test]
async fn a_small_frame_that_finds_the_socket_full_leaves_later() {
    let (a, b) = Town::pair(|_| ()).await;
    let mut sent = 0;
    // Until the system takes no more, not until the runtime wants to have its turn.
    let fill = async {
        loop {
            a.send(party(1), frame(sent, vec![sent as u8; 15_000])).await.unwrap();
            sent += 1;
            let link = &a.links[1].as_ref().unwrap().link;
            link.write_now();
            if !link.outbox.is_drained() {
                break;
            }
        }
    };
    tokio::task::coop::unconstrained(fill).await;
    a.send(party(1), frame(sent, "last")).await.unwrap();
    for round in 0..sent {
        assert_eq!(b.recv(party(0), 15_000).await.unwrap(), frame(round, vec![round as u8; 15_000]));
    }
    assert_eq!(b.recv(party(0), 4).await.unwrap(), frame(sent, "last"));
    a.flush().await.unwrap();
}

#[tokio::test]
async fn bulk_in_both_directions_at_once_does_not_deadlock() {
    let (a, b) = Town::pair(|config| config.queue_bytes = 1 << 18).await;
    let side = |transport: TlsTransport| async move {
        let peer = party(1 - transport.me().index());
        let bulk = Bytes::from(vec![7; MAX_PAYLOAD]);
        let send = async {
            for round in 0..100 {
                transport.send(peer, frame(round, bulk.clone())).await.unwrap();
            }
            transport.flush().await.unwrap();
        };
        let receive = async {
            for round in 0..100 {
                assert_eq!(transport.recv(peer, MAX_PAYLOAD).await.unwrap().header.round, round);
            }
        };
        tokio::join!(send, receive);
    };
    tokio::join!(side(a), side(b));
}

#[tokio::test]
async fn a_peer_that_never_reads_holds_up_the_sender_within_bounds() {
    let (a, _b) = Town::pair(|config| {
        config.queue_bytes = 1 << 20;
        config.timeouts.round = Duration::from_millis(500);
    })
    .await;
    let bulk = Bytes::from(vec![7; MAX_PAYLOAD]);
    let mut taken = 0usize;
    let error = loop {
        match a.send(party(1), frame(0, bulk.clone())).await {
            Ok(()) => taken += MAX_PAYLOAD,
            Err(error) => break error,
        }
    };
    assert_eq!(error.fault, NetFault::TimedOut);
    // Two queues of 1 MiB, and what the system's socket buffers hold.
    assert!(taken < 64 << 20, "{taken} bytes taken");
    assert_eq!(a.flush().await.unwrap_err().fault, NetFault::TimedOut);
}

#[tokio::test]
async fn a_dead_link_keeps_a_flush_from_no_other() {
    let mut all = Town::new(3).connect_all(|_| ()).await;
    let (mut a, c) = (all.remove(0).transports.remove(0), all.remove(1).transports.remove(0));
    // The link to party 1 is dead with a frame on it.
    let dead = Arc::new(Queue::new(1));
    dead.push(frame(0, "lost")).await.unwrap();
    drop(dead.take_batch(1).await);
    dead.close(NetFault::Closed);
    a.links[1].as_mut().unwrap().link.outbox = dead;
    // More for party 2 than the sockets hold.
    let mut sent = 0;
    while tokio::time::timeout(
        Duration::from_millis(100),
        a.send(party(2), frame(sent, vec![7; MAX_PAYLOAD])),
    )
    .await
    .is_ok()
    {
        sent += 1;
    }
    let mut flush = a.flush();
    let first = std::future::poll_fn(|cx| std::task::Poll::Ready(flush.as_mut().poll(cx).is_pending()));
    assert!(first.await, "it waits for party 2");
    for round in 0..sent {
        assert_eq!(c.recv(party(0), MAX_PAYLOAD).await.unwrap().header.round, round);
    }
    assert_eq!(flush.await.unwrap_err(), crate::NetError { peer: party(1), fault: NetFault::Closed });
}

/// Peers that take nothing cost one time-out together, and the first is named.
#[tokio::test]
async fn peers_that_take_nothing_hold_up_a_flush_for_one_time_out() {
    let round = Duration::from_secs(5);
    let mut all = Town::new(3).connect_all(|config| config.timeouts.round = round).await;
    let mut a = all.remove(0).transports.remove(0);
    for peer in [1, 2] {
        let stuck = Arc::new(Queue::new(1));
        stuck.push(frame(0, "kept")).await.unwrap();
        drop(stuck.take_batch(1).await);
        a.links[peer].as_mut().unwrap().link.outbox = stuck;
    }
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    assert_eq!(a.flush().await.unwrap_err(), crate::NetError { peer: party(1), fault: NetFault::TimedOut });
    assert!((round..round * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn what_was_sent_before_a_drop_arrives_and_then_the_end() {
    let (a, b) = Town::pair(|_| ()).await;
    // More than the sockets hold, and some of it coming the other way unread: a plain close would reset.
    for round in 0..20 {
        b.send(party(0), frame(round, vec![1; MAX_PAYLOAD / 8])).await.unwrap();
        a.send(party(1), frame(round, vec![1; MAX_PAYLOAD])).await.unwrap();
        if round == 14 {
            tokio::task::yield_now().await;
        }
    }
    drop(a);
    for round in 0..20 {
        assert_eq!(b.recv(party(0), MAX_PAYLOAD).await.unwrap().header.round, round);
    }
    assert_eq!(b.recv(party(0), MAX_PAYLOAD).await.unwrap_err().fault, NetFault::Closed);
    assert_eq!(b.send(party(0), frame(0, "")).await.unwrap_err().fault, NetFault::Closed);
}

#[tokio::test]
async fn a_disconnected_peer_sees_the_end_and_no_other_does() {
    let all = Town::new(3).connect_all(|_| ()).await;
    let [a, b, c] = [0, 1, 2].map(|i| &all[i].transports[0]);
    a.disconnect(party(1));
    assert_eq!(a.recv(party(1), 0).await.unwrap_err().fault, NetFault::Closed);
    assert_eq!(b.recv(party(0), 0).await.unwrap_err().fault, NetFault::Closed);
    for (from, to) in [(a, c), (c, a), (b, c)] {
        from.send(to.me(), frame(1, "still here")).await.unwrap();
        assert_eq!(to.recv(from.me(), 10).await.unwrap(), frame(1, "still here"));
    }
}

#[test]
fn a_flushed_transport_may_lose_its_runtime() {
    let town = Town::new(2);
    let (sender, receiver) = (town.config(0), town.config(1));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sending = std::thread::spawn(move || {
        runtime().block_on(async {
            let transport = TlsMesh::connect(sender).await.unwrap().transports.remove(0);
            for round in 0..3 {
                transport.send(party(1), frame(round, vec![0; 1000])).await.unwrap();
            }
            transport.flush().await.unwrap();
        });
    });
    runtime().block_on(async {
        let transport = TlsMesh::connect(receiver).await.unwrap().transports.remove(0);
        for round in 0..3 {
            assert_eq!(transport.recv(party(0), 1000).await.unwrap().header.round, round);
        }
        assert_eq!(transport.recv(party(0), 1000).await.unwrap_err().fault, NetFault::Closed);
    });
    sending.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn works_on_many_threads() {
    let all = Town::new(3).connect_all(|config| config.spin = true).await;
    let parties: Vec<_> = all.into_iter().map(|mut c| Arc::new(c.transports.remove(0))).collect();
    let tasks: Vec<_> = parties
        .iter()
        .cloned()
        .map(|t| {
            tokio::spawn(async move {
                for round in 0..200 {
                    for peer in t.me().others(3) {
                        t.send(peer, frame(round, vec![3; 100])).await.unwrap();
                    }
                    for peer in t.me().others(3) {
                        assert_eq!(t.recv(peer, 100).await.unwrap().header.round, round);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
