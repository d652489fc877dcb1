//! How parties come together, and how they do not.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn five_parties_with_two_channels_agree_and_talk() {
    let all = Town::new(5).connect_all(|config| config.channels = 2).await;
    for connected in &all {
        assert_eq!((connected.session_id, connected.refused), (all[0].session_id, 0));
        assert_eq!(connected.peers.len(), 4);
        for info in &connected.peers {
            assert_eq!(info.software, "speedwell test");
            assert!(info.clock_offset_ms.abs() < 60_000, "{info}");
        }
    }
    for channel in 0..2 {
        exchange(&all.iter().map(|c| &c.transports[channel]).collect::<Vec<_>>()).await;
    }
    // Channels are separate: what is sent on one does not appear on the other.
    all[0].transports[1].send(party(1), frame(1, "on one")).await.unwrap();
    all[0].transports[0].send(party(1), frame(0, "on zero")).await.unwrap();
    assert_eq!(all[1].transports[0].recv(party(0), 10).await.unwrap(), frame(0, "on zero"));
}

#[tokio::test]
async fn every_run_has_another_session_number() {
    let town = Town::new(2);
    let first = town.connect_all(|_| ()).await[0].session_id;
    assert_ne!(town.connect_all(|_| ()).await[0].session_id, first);
}

#[tokio::test]
async fn a_party_that_restarts_before_the_session_is_waited_for_again() {
    // Party 1 restarts while party 2 is still missing: once as the caller (of 0), once as the called (by 2).
    let town = Town::new(3);
    let (sink, mut told) = events();
    let mut config = town.config(0);
    config.events = sink;
    let zero = tokio::spawn(TlsMesh::connect(config));
    let met = |peer| MeshEvent::Met { peer: town.roster.label(party(peer)) };
    let first = tokio::spawn(TlsMesh::connect(town.config(1)));
    while told.recv().await.unwrap() != met(1) {}
    first.abort();
    while !matches!(told.recv().await.unwrap(), MeshEvent::Lost { .. }) {}
    let two = tokio::spawn(TlsMesh::connect(town.config(2)));
    let one = tokio::spawn(TlsMesh::connect(town.config(1)));
    let all = [zero.await.unwrap().unwrap(), one.await.unwrap().unwrap(), two.await.unwrap().unwrap()];
    assert!(all.iter().all(|c| c.session_id == all[0].session_id));
    exchange(&[&all[0].transports[0], &all[1].transports[0], &all[2].transports[0]]).await;
}

#[tokio::test]
async fn a_called_party_that_restarts_is_called_again() {
    let town = Town::new(3);
    let (sink, mut told) = events();
    let mut config = town.config(1);
    config.events = sink;
    let one = tokio::spawn(TlsMesh::connect(config));
    let first = tokio::spawn(TlsMesh::connect(town.config(0)));
    while !matches!(told.recv().await.unwrap(), MeshEvent::Met { .. }) {}
    first.abort();
    let zero = tokio::spawn(TlsMesh::connect(town.config(0)));
    let two = tokio::spawn(TlsMesh::connect(town.config(2)));
    let all = [zero.await.unwrap().unwrap(), one.await.unwrap().unwrap(), two.await.unwrap().unwrap()];
    exchange(&[&all[0].transports[0], &all[1].transports[0], &all[2].transports[0]]).await;
}

#[tokio::test]
async fn who_never_starts_is_named_after_the_time_out() {
    let town = Town::new(4);
    let mut config = town.config(1);
    config.timeouts.connect = Duration::from_millis(300);
    // Nobody listens at party 0's port; party 2 is there and waits itself; party 3 never calls.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut members: Vec<_> = town.roster.ids().map(|p| town.roster.member(p).unwrap().clone()).collect();
    members[0].address = free.to_string();
    config.local.roster = Arc::new(Roster::new(members).unwrap());
    let waiting = tokio::spawn(TlsMesh::connect(town.config(2)));
    let error = TlsMesh::connect(config).await.unwrap_err();
    waiting.abort();
    let ConnectError::Absent { absent, refused, .. } = &error else { panic!("{error}") };
    let reasons: Vec<_> = absent.iter().map(|a| (a.peer.party.index(), a.reason.clone())).collect();
    let refused_call = AbsentReason::NotReached(std::io::ErrorKind::ConnectionRefused);
    assert_eq!(reasons, [(0, refused_call), (3, AbsentReason::NeverCalled)]);
    assert_eq!(refused, &[]);
    let text = error.to_string();
    for part in
        [&format!("party 0 (bank-a) at {free}"), "nothing listens there", "party 3 (bank-d)", "start it"]
    {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn who_was_there_and_left_is_not_said_to_have_never_called() {
    let town = Town::new(3);
    let (sink, mut told) = events();
    let mut config = town.config(0);
    config.events = sink;
    config.timeouts.connect = Duration::from_secs(2);
    let zero = tokio::spawn(TlsMesh::connect(config));
    let one = tokio::spawn(TlsMesh::connect(town.config(1)));
    while !matches!(told.recv().await.unwrap(), MeshEvent::Met { .. }) {}
    one.abort();
    let error = zero.await.unwrap().unwrap_err();
    let ConnectError::Absent { absent, .. } = &error else { panic!("{error}") };
    let reasons: Vec<_> = absent.iter().map(|a| (a.peer.party.index(), a.reason.clone())).collect();
    assert_eq!(reasons, [(1, AbsentReason::Left), (2, AbsentReason::NeverCalled)]);
    assert!(error.to_string().contains("was connected and left"), "{error}");
}

#[tokio::test]
async fn who_waits_for_another_is_told_apart_from_who_is_missing() {
    let town = Town::new(2);
    let mut config = town.config(0);
    config.timeouts.connect = Duration::from_millis(400);
    let other = rogue::Accomplice::of(&town, 1);
    let (error, _held) = tokio::join!(TlsMesh::connect(config), other.connect(0));
    let ConnectError::Absent { absent, .. } = error.unwrap_err() else { panic!() };
    assert_eq!((absent.len(), &absent[0].reason), (1, &AbsentReason::NotReady));
}

#[tokio::test]
async fn differing_files_are_named_at_both_ends() {
    let town = Town::new(2);
    let (zero, mut one) = (town.config(0), town.config(1));
    one.local.digests = vec![("program".into(), [9; 32]), ("limits".into(), [0; 32])];
    let (zero, one) = tokio::join!(TlsMesh::connect(zero), TlsMesh::connect(one));
    let difference = |name: &str, kind| DigestDifference { name: name.into(), kind };
    use DifferenceKind::{Differs, OnlyOurs, OnlyTheirs};
    for (result, peer, differences) in [
        (zero, 1, [("study file", OnlyOurs), ("program", Differs), ("limits", OnlyTheirs)]),
        (one, 0, [("program", Differs), ("limits", OnlyOurs), ("study file", OnlyTheirs)]),
    ] {
        let Err(ConnectError::Peer { peer: named, fault, .. }) = result else { panic!("{result:?}") };
        assert_eq!(named, town.roster.label(party(peer)));
        assert_eq!(fault, HandshakeFault::Digests(differences.map(|(n, k)| difference(n, k)).to_vec()));
    }
}

#[tokio::test]
async fn a_differing_roster_is_named_where_the_keys_still_fit() {
    let town = Town::new(2);
    let (zero, mut one) = (town.config(0), town.config(1));
    let mut members: Vec<_> = town.roster.ids().map(|p| town.roster.member(p).unwrap().clone()).collect();
    members[0].name = "bank-z".into();
    one.local.roster = Arc::new(Roster::new(members).unwrap());
    let (zero, one) = tokio::join!(TlsMesh::connect(zero), TlsMesh::connect(one));
    for result in [zero, one] {
        let Err(ConnectError::Peer { fault: HandshakeFault::Digests(differences), .. }) = result else {
            panic!("{result:?}")
        };
        assert_eq!(differences.len(), 1);
        assert_eq!(differences[0].name, "list of parties and keys");
    }
}

#[tokio::test]
async fn more_channels_at_one_end_is_a_fault_at_both() {
    let town = Town::new(2);
    let (zero, mut one) = (town.config(0), town.config(1));
    one.channels = 2;
    let (zero, one) = tokio::join!(TlsMesh::connect(zero), TlsMesh::connect(one));
    for (result, ours, theirs) in [(zero, 1, 2), (one, 2, 1)] {
        let Err(ConnectError::Peer { fault, .. }) = result else { panic!("{result:?}") };
        assert_eq!(fault, HandshakeFault::Channels { ours, theirs });
    }
}

#[tokio::test]
async fn what_is_wrong_on_this_side_is_found_before_anything_is_sent() {
    let town = Town::new(2);
    let connect = async |adapt: fn(&mut MeshConfig)| {
        let mut config = town.config(0);
        adapt(&mut config);
        match TlsMesh::connect(config).await {
            Err(ConnectError::Local(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let wrong_key = connect(|config| config.local.identity = identity()).await;
    assert!(matches!(&wrong_key, LocalError::WrongKey { me, .. } if me.name == "bank-a"), "{wrong_key}");
    assert_eq!(connect(|config| config.channels = 0).await, LocalError::Channels(0));
    assert_eq!(connect(|config| config.local.me = party(2)).await, LocalError::NotInRoster(party(2)));
    assert_eq!(connect(|config| config.local.software = "\u{7}".into()).await, LocalError::Hello);
    let nowhere = connect(|config| config.listen = Listen::At("192.0.2.1:1".into())).await;
    assert!(matches!(&nowhere, LocalError::Listen { address, .. } if address == "192.0.2.1:1"), "{nowhere}");

    let expired = Town::of(vec![rogue::certified(|p| rogue::dates(p, -20, -10)), identity()]);
    let error = TlsMesh::connect(expired.config(0)).await.unwrap_err();
    assert_eq!(error, ConnectError::Local(LocalError::Certificate(CertificateState::Expired)));
}
