//! The TLS matrix: every kind of wrong peer, as a caller and as the called.
//!
//! Each wrong caller is refused with its exact reason and gets no byte in the clear; then the right party calls, and the
//! session starts as if nothing had been. Each wrong called party ends the caller's attempt with the exact reason, and
//! gets no byte in the clear.

use rcgen::{ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::rogue::{Rogue, certified, certify, dates};
use super::*;

/// Party 1's certificate and identity in a town of three.
fn town_with(identity_1: Identity) -> Town {
    Town::of(vec![identity(), identity_1, identity()])
}

/// Calls party 0 as a wrong party 1 and gives the reason of the refusal. Then all three parties meet.
async fn refused_caller(town: &Town, rogue: Rogue) -> HandshakeFault {
    let (sink, mut told) = events();
    let mut config = town.config(0);
    config.events = sink;
    let zero = tokio::spawn(TlsMesh::connect(config));
    let got = rogue.call(&town.roster.member(party(0)).unwrap().address).await;
    assert_eq!(got, [], "a wrong caller got bytes in the clear");
    let fault = refusal(&mut told).await;
    let others = [1, 2].map(|index| tokio::spawn(TlsMesh::connect(town.config(index))));
    let zero = zero.await.unwrap().expect("a stranger disturbed the session");
    assert_eq!(zero.refused, 1);
    for other in others {
        other.await.unwrap().unwrap();
    }
    fault
}

/// As [`refused_caller`], for a party whose own certificate is wrong: it cannot meet the others.
async fn refused_party(identity_1: Identity) -> HandshakeFault {
    let town = town_with(identity_1);
    let (sink, mut told) = events();
    let mut config = town.config(0);
    config.events = sink;
    let zero = tokio::spawn(TlsMesh::connect(config));
    let got =
        Rogue::with(&town.identities[1], 1, 0).call(&town.roster.member(party(0)).unwrap().address).await;
    assert_eq!(got, [], "a wrong caller got bytes in the clear");
    let fault = refusal(&mut told).await;
    assert!(!zero.is_finished(), "an unproved caller ended the attempt");
    zero.abort();
    fault
}

/// Party 1 calls party 0, where `rogue` answers.
async fn refused_called(town: &Town, rogue: Rogue) -> HandshakeFault {
    let caller = tokio::spawn(TlsMesh::connect(town.config(1)));
    let got = rogue.answer(town.sockets[0].try_clone().unwrap()).await;
    assert_eq!(got, [], "a wrong party got bytes in the clear");
    fault_of(0, caller.await.unwrap())
}

fn fault_of(peer: usize, result: Result<Connected, ConnectError>) -> HandshakeFault {
    match result {
        Err(ConnectError::Peer { peer: named, fault, .. }) => {
            assert_eq!(named.party, party(peer));
            fault
        }
        other => panic!("{other:?}"),
    }
}

fn certificates(identity: &Identity) -> Vec<CertificateDer<'static>> {
    identity.key.cert.clone()
}

#[tokio::test]
async fn control_row_the_right_keys_are_accepted_also_after_renewal() {
    let key = KeyPair::generate().unwrap();
    let town = town_with(certify(&key, |_| ()));
    let mut config = town.config(1);
    config.local.identity = certify(&key, |params| dates(params, -3, 30));
    assert_ne!(certificates(&config.local.identity), certificates(&town.identities[1]));
    let all = [town.config(0), config, town.config(2)].map(|c| tokio::spawn(TlsMesh::connect(c)));
    for one in all {
        one.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn no_client_certificate() {
    let town = Town::new(3);
    let rogue = Rogue { shown: None, ..Rogue::with(&town.identities[1], 1, 0) };
    assert_eq!(refused_caller(&town, rogue).await, HandshakeFault::NoCertificate);
}

#[tokio::test]
async fn unknown_key_or_that_of_an_earlier_consortium_file() {
    let (town, earlier) = (Town::new(3), identity());
    let unknown = HandshakeFault::UnknownKey { presented: earlier.pin() };
    assert_eq!(refused_caller(&town, Rogue::with(&earlier, 1, 0)).await, unknown);
    assert_eq!(refused_called(&town, Rogue::with(&earlier, 0, 1)).await, unknown);
}

#[tokio::test]
async fn another_partys_key() {
    let town = Town::new(3);
    let (two, owner) = (&town.identities[2], town.roster.label(party(2)));
    let others = HandshakeFault::OtherPartysKey { presented: two.pin(), owner };
    assert_eq!(refused_called(&town, Rogue::with(two, 0, 1)).await, others);
    // This party's own key, from a copied key file.
    let own = |index: usize| &town.identities[index];
    assert_eq!(refused_caller(&town, Rogue::with(own(0), 1, 0)).await, HandshakeFault::OwnKey);
    assert_eq!(refused_called(&town, Rogue::with(own(1), 0, 1)).await, HandshakeFault::OwnKey);
}

#[tokio::test]
async fn right_key_and_another_party_claimed() {
    let town = Town::new(3);
    let wrong =
        |holder, claimed| HandshakeFault::WrongClaim { claimed, holder: town.roster.label(party(holder)) };
    let waiting = tokio::spawn(TlsMesh::connect(town.config(0)));
    drop(Rogue::with(&town.identities[1], 2, 0).call(&town.roster.member(party(0)).unwrap().address).await);
    assert_eq!(fault_of(1, waiting.await.unwrap()), wrong(1, 2));
    let calling = tokio::spawn(TlsMesh::connect(town.config(1)));
    drop(Rogue::with(&town.identities[0], 2, 1).answer(town.sockets[0].try_clone().unwrap()).await);
    assert_eq!(fault_of(0, calling.await.unwrap()), wrong(0, 2));
}

#[tokio::test]
async fn expired() {
    let old = certified(|params| dates(params, -20, -10));
    let fault = HandshakeFault::Expired { not_after: old.not_after() };
    assert_eq!(refused_party(old.clone()).await, fault);
    let town = Town::of(vec![old, identity()]);
    assert_eq!(refused_called(&town, Rogue::with(&town.identities[0], 0, 1)).await, fault);
}

#[tokio::test]
async fn not_yet_valid() {
    let early = certified(|params| dates(params, 10, 20));
    let fault = HandshakeFault::NotYetValid { not_before: early.not_before() };
    assert_eq!(refused_party(early.clone()).await, fault);
    let town = Town::of(vec![early, identity()]);
    assert_eq!(refused_called(&town, Rogue::with(&town.identities[0], 0, 1)).await, fault);
}

#[tokio::test]
async fn wrong_usage() {
    let for_client = HandshakeFault::WrongUsage { needed: crate::Usage::Client };
    let for_server = HandshakeFault::WrongUsage { needed: crate::Usage::Server };
    let only = |usage| certified(|params| params.extended_key_usages = vec![usage]);
    let no_signing = || certified(|params| params.key_usages = vec![KeyUsagePurpose::KeyAgreement]);
    assert_eq!(refused_party(only(ExtendedKeyUsagePurpose::ServerAuth)).await, for_client);
    assert_eq!(refused_party(no_signing()).await, for_client);
    for wrong in [only(ExtendedKeyUsagePurpose::ClientAuth), no_signing()] {
        let town = Town::of(vec![wrong, identity()]);
        assert_eq!(refused_called(&town, Rogue::with(&town.identities[0], 0, 1)).await, for_server);
    }
}

#[tokio::test]
async fn a_copied_certificate_without_its_key() {
    let (town, thief) = (Town::new(3), identity());
    let rogue = |victim: usize, me, to| {
        Rogue::with(&thief, me, to).shows(certificates(&town.identities[victim]), &thief)
    };
    assert_eq!(refused_caller(&town, rogue(1, 1, 0)).await, HandshakeFault::BadSignature);
    assert_eq!(refused_called(&town, rogue(0, 0, 1)).await, HandshakeFault::BadSignature);
}

#[tokio::test]
async fn a_chain_of_certificates() {
    let town = Town::new(3);
    let rogue = |index: usize, me, to| {
        let mut chain = certificates(&town.identities[index]);
        chain.extend((0..20).flat_map(|_| certificates(&town.identities[2])));
        Rogue::with(&town.identities[index], me, to).shows(chain, &town.identities[index])
    };
    let chain = HandshakeFault::Chain { certificates: 21 };
    assert_eq!(refused_caller(&town, rogue(1, 1, 0)).await, chain);
    assert_eq!(refused_called(&town, rogue(0, 0, 1)).await, chain);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read() {
    let town = Town::new(3);
    let rogue = |index: usize, me, to| {
        let mut bytes = certificates(&town.identities[index]).remove(0).to_vec();
        bytes.push(0);
        Rogue::with(&town.identities[index], me, to).shows(vec![bytes.into()], &town.identities[index])
    };
    assert_eq!(refused_caller(&town, rogue(1, 1, 0)).await, HandshakeFault::BadCertificate);
    assert_eq!(refused_called(&town, rogue(0, 0, 1)).await, HandshakeFault::BadCertificate);
}

#[tokio::test]
async fn tls_1_2_only() {
    let town = Town::new(3);
    let rogue = |index: usize, me, to| Rogue {
        versions: vec![&rustls::version::TLS12],
        ..Rogue::with(&town.identities[index], me, to)
    };
    assert_eq!(refused_caller(&town, rogue(1, 1, 0)).await, HandshakeFault::NotTls13);
    let refused = HandshakeFault::RefusedUs(Refusal::NotTls13);
    assert_eq!(refused_called(&town, rogue(0, 0, 1)).await, refused);
}

#[tokio::test]
async fn a_call_for_another_party() {
    let town = Town::new(3);
    let rogue = Rogue { server_name: "party2.speedwell".into(), ..Rogue::with(&town.identities[1], 1, 0) };
    assert_eq!(refused_caller(&town, rogue).await, HandshakeFault::OtherPartyCalled);
    let calling = tokio::spawn(TlsMesh::connect(town.config(1)));
    drop(Rogue::with(&town.identities[0], 0, 2).answer(town.sockets[0].try_clone().unwrap()).await);
    assert_eq!(fault_of(0, calling.await.unwrap()), HandshakeFault::OtherPartyCalled);
}

#[tokio::test]
async fn plaintext() {
    let town = Town::new(3);
    let request = b"GET / HTTP/1.1\r\nHost: bank\r\n\r\n";
    let (sink, mut told) = events();
    let mut config = town.config(0);
    config.events = sink;
    let waiting = tokio::spawn(TlsMesh::connect(config));
    let address = town.roster.member(party(0)).unwrap().address.clone();
    let mut tcp = tokio::net::TcpStream::connect(address).await.unwrap();
    tcp.write_all(request).await.unwrap();
    assert_eq!(refusal(&mut told).await, HandshakeFault::NotTls);
    waiting.abort();
    drop(waiting.await);

    let calling = tokio::spawn(TlsMesh::connect(town.config(1)));
    let listener = town.sockets[0].try_clone().unwrap();
    let (mut tcp, _) = TcpListener::from_std(listener).unwrap().accept().await.unwrap();
    tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    assert_eq!(fault_of(0, calling.await.unwrap()), HandshakeFault::NotTls);
    drop(tcp.read(&mut [0; 10]).await);
}

#[tokio::test]
async fn right_key_and_no_hello_of_this_protocol() {
    let town = Town::new(3);
    let rogue = |index: usize, me, to| Rogue {
        hello: b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        ..Rogue::with(&town.identities[index], me, to)
    };
    let waiting = tokio::spawn(TlsMesh::connect(town.config(0)));
    drop(rogue(1, 1, 0).call(&town.roster.member(party(0)).unwrap().address).await);
    assert_eq!(fault_of(1, waiting.await.unwrap()), HandshakeFault::BadHello);
    let calling = tokio::spawn(TlsMesh::connect(town.config(1)));
    drop(rogue(0, 0, 1).answer(town.sockets[0].try_clone().unwrap()).await);
    assert_eq!(fault_of(0, calling.await.unwrap()), HandshakeFault::BadHello);
}

#[tokio::test]
async fn another_protocol_version_is_named_at_both_ends() {
    let town = Town::new(2);
    let rogue = |index: usize, me, to| {
        let mut rogue = Rogue::with(&town.identities[index], me, to);
        rogue.hello[8] = 9;
        rogue
    };
    let version = HandshakeFault::Version { ours: 1, theirs: 9, their_software: "rogue".into() };
    let waiting = tokio::spawn(TlsMesh::connect(town.config(0)));
    let got = rogue(1, 1, 0).call(&town.roster.member(party(0)).unwrap().address).await;
    assert_eq!(fault_of(1, waiting.await.unwrap()), version);
    assert!(got.starts_with(b"speedwel\x01\x00\x0espeedwell test"), "the caller learns this party's version");
    let calling = tokio::spawn(TlsMesh::connect(town.config(1)));
    drop(rogue(0, 0, 1).answer(town.sockets[0].try_clone().unwrap()).await);
    assert_eq!(fault_of(0, calling.await.unwrap()), version);
}

#[tokio::test]
async fn a_lower_party_that_calls() {
    let town = Town::new(3);
    let waiting = tokio::spawn(TlsMesh::connect(town.config(1)));
    drop(Rogue::with(&town.identities[0], 0, 1).call(&town.roster.member(party(1)).unwrap().address).await);
    assert_eq!(fault_of(0, waiting.await.unwrap()), HandshakeFault::WrongDirection);
}

#[tokio::test]
async fn a_refused_caller_learns_why() {
    let key = KeyPair::generate().unwrap();
    let town = Town::of(vec![identity(), certify(&key, |_| ())]);
    let new_key = identity();
    let mut members: Vec<_> = town.roster.ids().map(|p| town.roster.member(p).unwrap().clone()).collect();
    members[1].pin = new_key.pin();
    // Party 1 has made a new key and a new file; party 0 still has the old one.
    let mut config = town.config(1);
    (config.local.identity, config.local.roster) = (new_key, Arc::new(Roster::new(members).unwrap()));
    let waiting = tokio::spawn(TlsMesh::connect(town.config(0)));
    let error = TlsMesh::connect(config).await;
    waiting.abort();
    assert_eq!(fault_of(0, error), HandshakeFault::RefusedUs(Refusal::UnknownKey));
}

#[tokio::test]
async fn the_same_party_twice_counts_once_it_is_verified() {
    let town = Town::new(3);
    let (sink, mut told) = events();
    let mut config = town.config(0);
    config.events = sink;
    let zero = tokio::spawn(TlsMesh::connect(config));
    let one = tokio::spawn(TlsMesh::connect(town.config(1)));
    while !matches!(told.recv().await.unwrap(), MeshEvent::Met { .. }) {}
    // A second party 1 with the right key and a wrong hello: the first is kept.
    let rogue = Rogue::with(&town.identities[1], 1, 0);
    drop(rogue.call(&town.roster.member(party(0)).unwrap().address).await);
    assert!(matches!(refusal(&mut told).await, HandshakeFault::Digests(_)));
    let two = tokio::spawn(TlsMesh::connect(town.config(2)));
    let all = [zero.await.unwrap().unwrap(), one.await.unwrap().unwrap(), two.await.unwrap().unwrap()];
    exchange(&[&all[0].transports[0], &all[1].transports[0], &all[2].transports[0]]).await;
}
