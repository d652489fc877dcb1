//! Diagnosis: between two doctors, and of a party that waits.

use std::time::Duration;

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

fn listen(town: &Town, index: usize) -> Listen {
    Listen::On(town.sockets[index].try_clone().unwrap())
}

#[tokio::test]
async fn two_doctors_meet_in_both_directions() {
    let town = Town::new(2);
    let mut other = town.local(1);
    other.digests[0].1 = [7; 32];
    let (sink, mut told) = events();
    let _zero = Doctor::listen(town.local(0), listen(&town, 0), LIMIT, sink).await.unwrap();
    let one = Doctor::listen(other.clone(), listen(&town, 1), LIMIT, EventSink::none()).await.unwrap();
    assert_eq!(one.address(), Some(town.sockets[1].local_addr().unwrap()));

    let report = doctor_probe(town.local(0), party(1), LIMIT).await.unwrap();
    assert_eq!((report.peer.name.as_str(), report.software.as_str()), ("bank-b", "speedwell test"));
    assert!(report.clock_offset_ms.abs() < 60_000);
    let differs = DigestDifference { name: "study file".into(), kind: DifferenceKind::Differs };
    assert_eq!(report.differences, vec![differs.clone()]);

    let report = doctor_probe(other, party(0), LIMIT).await.unwrap();
    assert_eq!(report.differences, vec![differs]);
    let probed = MeshEvent::Probed { peer: town.roster.label(party(1)) };
    assert_eq!(told.recv().await.unwrap(), probed);
}

#[tokio::test]
async fn a_waiting_party_answers_and_goes_on_waiting() {
    let town = Town::new(3);
    let waiting = tokio::spawn(TlsMesh::connect(town.config(0)));
    for index in [1, 2] {
        let report = doctor_probe(town.local(index), party(0), LIMIT).await.unwrap();
        assert_eq!(report.differences, []);
    }
    let others = [1, 2].map(|index| tokio::spawn(TlsMesh::connect(town.config(index))));
    assert_eq!(waiting.await.unwrap().unwrap().refused, 0);
    for other in others {
        other.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_party_does_not_start_a_session_with_a_doctor() {
    let town = Town::new(2);
    let (sink, mut told) = events();
    let _doctor = Doctor::listen(town.local(0), listen(&town, 0), LIMIT, sink).await.unwrap();
    let mut config = town.config(1);
    config.timeouts.connect = Duration::from_millis(500);
    let ConnectError::Absent { absent, .. } = TlsMesh::connect(config).await.unwrap_err() else { panic!() };
    assert_eq!(absent[0].reason, AbsentReason::Handshake(HandshakeFault::DoctorOnly));
    assert_eq!(refusal(&mut told).await, HandshakeFault::DoctorOnly);
}

#[tokio::test]
async fn each_finding_has_its_kind() {
    let town = Town::new(3);
    let probe = async |local, peer| doctor_probe(local, party(peer), LIMIT).await.unwrap_err();

    let mut stranger = town.local(1);
    stranger.identity = identity();
    assert!(matches!(probe(stranger, 0).await, ProbeError::Local(LocalError::WrongKey { .. })));
    let itself = probe(town.local(1), 1).await;
    assert_eq!(itself, ProbeError::Local(LocalError::NotInRoster(party(1))));

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut lost = town.local(1);
    let mut members: Vec<_> = town.roster.ids().map(|p| town.roster.member(p).unwrap().clone()).collect();
    members[0].address.clone_from(&free);
    lost.roster = Arc::new(Roster::new(members.clone()).unwrap());
    let error = probe(lost, 0).await;
    let kind = std::io::ErrorKind::ConnectionRefused;
    assert_eq!(error, ProbeError::NotReached { peer: town.roster.label(party(0)), address: free, kind });
    assert!(error.to_string().contains("party 0 (bank-a)"), "{error}");

    // The addresses of parties 0 and 2 are swapped in the file.
    let _two = Doctor::listen(town.local(2), listen(&town, 2), LIMIT, EventSink::none()).await.unwrap();
    members[0].address = town.roster.member(party(2)).unwrap().address.clone();
    let mut swapped = town.local(1);
    swapped.roster = Arc::new(Roster::new(members).unwrap());
    let ProbeError::Fault { fault, .. } = probe(swapped, 0).await else { panic!() };
    let (presented, owner) = (town.identities[2].pin(), town.roster.label(party(2)));
    assert_eq!(fault, HandshakeFault::OtherPartysKey { presented, owner });
}
