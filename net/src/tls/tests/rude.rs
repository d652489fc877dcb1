//! Peers without manners: they cost a bounded handshake or their own connection, and nobody else anything.

use std::time::Duration;

use bytes::BufMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::stream::SharedStream;
use super::rogue::Accomplice;
use super::*;
use crate::{MAX_PAYLOAD, NetError, NetFault};

async fn call(town: &Town, index: usize) -> TcpStream {
    TcpStream::connect(&town.roster.member(party(index)).unwrap().address).await.unwrap()
}

/// The first bytes of a handshake: a record header that announces more than ever comes.
const HALF_A_HANDSHAKE: [u8; 6] = [22, 3, 1, 1, 0, 1];

#[tokio::test]
async fn half_open_connections_keep_nobody_out() {
    let town = Town::new(2);
    let (sink, mut told) = events();
    let mut config = town.config(0);
    config.events = sink;
    config.timeouts.handshake = Duration::from_secs(3600);
    let zero = tokio::spawn(TlsMesh::connect(config));
    let mut crowd = Vec::new();
    for index in 0..200 {
        let mut tcp = call(&town, 0).await;
        if index % 2 == 0 {
            tcp.write_all(&HALF_A_HANDSHAKE).await.unwrap();
        }
        crowd.push(tcp);
    }
    assert_eq!(refusal(&mut told).await, HandshakeFault::Crowded);
    let end = tokio::time::timeout(Duration::from_secs(60), crowd[0].read(&mut [0; 1])).await;
    assert_eq!(end.expect("the oldest has to give way").unwrap_or(0), 0);
    let one = TlsMesh::connect(town.config(1)).await.unwrap();
    let zero = zero.await.unwrap().unwrap();
    exchange(&[&zero.transports[0], &one.transports[0]]).await;
    drop(crowd);
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_cut_off() {
    let town = Town::new(2);
    let (sink, mut told) = events();
    let mut config = town.config(0);
    config.events = sink;
    config.timeouts.handshake = Duration::from_millis(200);
    let waiting = tokio::spawn(TlsMesh::connect(config));
    let mut silent = call(&town, 0).await;
    let mut slow = call(&town, 0).await;
    slow.write_all(&HALF_A_HANDSHAKE).await.unwrap();
    let dripping = tokio::spawn(async move {
        while slow.write_all(&[0]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(refusal(&mut told).await, HandshakeFault::TimedOut);
    assert_eq!(refusal(&mut told).await, HandshakeFault::TimedOut);
    assert_eq!(silent.read(&mut [0; 1]).await.unwrap_or(0), 0, "the connection is closed");
    dripping.await.unwrap();
    waiting.abort();
}

#[tokio::test]
async fn nobody_is_let_in_during_a_session() {
    let town = Town::new(2);
    let sockets: Vec<_> = town.sockets.iter().map(|s| s.local_addr().unwrap()).collect();
    let configs = [town.config(0), town.config(1)];
    drop(town); // and with it the tests' own handles of the listening sockets
    let [zero, one] = configs.map(|config| tokio::spawn(TlsMesh::connect(config)));
    let (zero, one) = (zero.await.unwrap().unwrap(), one.await.unwrap().unwrap());
    for address in sockets {
        let refused = async {
            // The listener's task ends when the runtime comes round to it.
            while TcpStream::connect(address).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        refused.await;
    }
    exchange(&[&zero.transports[0], &one.transports[0]]).await;
}

/// A session of an honest party 0 with a party 1 that writes raw bytes.
async fn with_raw_peer(bytes: &[u8]) -> (TlsTransport, [SharedStream; 2]) {
    let town = Town::new(2);
    let zero = tokio::spawn(TlsMesh::connect(town.config(0)));
    let [control, data] = Accomplice::of(&town, 1).start(0).await;
    data.write_all(bytes).await.unwrap();
    data.flush().await.unwrap();
    (zero.await.unwrap().unwrap().transports.remove(0), [control, data])
}

fn raw_header(version: u8, len: u32) -> Vec<u8> {
    let mut bytes = vec![version, 0, 0, 0];
    bytes.put_u32_le(len);
    bytes.resize(crate::HEADER_BYTES, 0);
    bytes
}

#[tokio::test]
async fn hostile_lengths_end_the_connection_and_cost_nothing() {
    let fault = |fault| Err(NetError { peer: party(1), fault });
    let (zero, _peer) = with_raw_peer(&raw_header(1, u32::MAX)).await;
    let too_long = NetFault::TooLong { len: 0xffff_ffff, max: MAX_PAYLOAD };
    assert_eq!(zero.recv(party(1), 100).await, fault(too_long.clone()));
    assert_eq!(zero.send(party(1), frame(0, "")).await.unwrap_err().fault, too_long);

    let (zero, _peer) = with_raw_peer(&raw_header(2, 0)).await;
    assert_eq!(zero.recv(party(1), 100).await, fault(NetFault::Malformed));
    // A whole frame, longer than the protocol expects at this point.
    let (zero, _peer) = with_raw_peer(&[raw_header(1, 101), vec![0; 101]].concat()).await;
    assert_eq!(zero.recv(party(1), 100).await, fault(NetFault::TooLong { len: 101, max: 100 }));
    assert_eq!(zero.recv(party(1), 100).await, fault(NetFault::Closed));
}

#[tokio::test]
async fn a_short_message_and_then_the_end() {
    let (zero, peer) = with_raw_peer(&[raw_header(1, 0), raw_header(1, 50), vec![0; 49]].concat()).await;
    assert_eq!(zero.recv(party(1), 50).await.unwrap().payload.len(), 0);
    drop(peer);
    assert_eq!(zero.recv(party(1), 50).await.unwrap_err().fault, NetFault::Closed);
}

#[tokio::test]
async fn tiny_frames_are_bounded_by_the_queue() {
    let (zero, [_control, data]) = with_raw_peer(&[]).await;
    let flood = raw_header(1, 0).repeat(50_000);
    let sent = async { data.write_all(&flood).await.unwrap() };
    let received = async {
        for _ in 0..50_000 {
            zero.recv(party(1), 0).await.unwrap();
        }
    };
    tokio::join!(sent, received);
}
