//! A peer with the right key and the right files that breaks the protocol, played by the test over the real mesh.

use std::path::Path;
use std::sync::Arc;

use speedwell_net::{
    Frame, Header, Identity, Listen, LocalParty, Member, MeshConfig, PartyId, Roster, TlsMesh, TlsTransport,
    Transport,
};
use speedwell_stats::{Layout, Study};

use crate::neighbours::Neighbours;

/// Where the runs of these tests have their material from, as the parties compare it.
const SOURCE: &str = "lowgear";

fn sha256(bytes: &[u8]) -> [u8; 32] {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().try_into().unwrap()
}

/// Meets the other parties as party `me`, with its key and its files.
async fn meet(banks: &mut Neighbours, me: usize) -> Vec<TlsTransport> {
    let place = &banks.place;
    let read = |name: &str| std::fs::read(place.path(name)).unwrap();
    let consortium = place.read("consortium.toml");
    let table: toml::Table = consortium.parse().unwrap();
    let member = |party: &toml::Value| Member {
        name: party["name"].as_str().unwrap().to_owned(),
        address: party["address"].as_str().unwrap().to_owned(),
        pin: party["pin"].as_str().unwrap().parse().unwrap(),
    };
    let members: Vec<Member> = table["party"].as_array().unwrap().iter().map(member).collect();
    let study = Study::parse(&read("study.toml")).unwrap();
    let layout = Layout::new(&study, members.len()).unwrap();
    let program = [b"speedwell program 1, ", SOURCE.as_bytes(), &layout.digest()].concat();
    let own = |file: &str| place.read(&Path::new(&banks.names[me]).join(file).to_string_lossy());
    let local = LocalParty {
        identity: Identity::from_pem(&own("certificate.pem"), &own("key.pem")).unwrap(),
        roster: Arc::new(Roster::new(members).unwrap()),
        me: PartyId::new(me).unwrap(),
        software: "malicious".to_owned(),
        digests: vec![
            ("consortium file".to_owned(), sha256(consortium.as_bytes())),
            ("study file".to_owned(), study.digest().0),
            ("program".to_owned(), sha256(&program)),
        ],
    };
    let config = MeshConfig { listen: Listen::On(banks.socket(me)), channels: 4, ..MeshConfig::new(local) };
    TlsMesh::connect(config).await.unwrap().transports
}

/// Party 0 is a process; party 1 sends it this in place of its first message.
fn caught(frame: Frame, says: &str) {
    let mut banks = Neighbours::new(2);
    let running = banks.start(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let peer = runtime.block_on(async {
        let peer = meet(&mut banks, 1).await;
        let victim = PartyId::new(0).unwrap();
        // The channel of the preprocessing's proofs is the one that speaks first.
        peer[2].send(victim, frame).await.unwrap();
        peer[2].flush().await.unwrap();
        peer
    });
    let error = running.fails(5);
    assert_eq!(error.place, "party 1 (bank-1)");
    error.says(&["broke the protocol", says, "nothing was revealed"]);
    banks.no_result();
    drop(peer);
}

#[test]
fn a_message_out_of_place_is_cheating_and_leaves_no_result() {
    let header = Header { kind: 99, ..Header::default() };
    caught(
        Frame { header, payload: vec![0; 32].into() },
        "of another epoch, session, channel, round or kind",
    );
}

#[test]
fn a_message_that_is_too_long_is_cheating_and_leaves_no_result() {
    caught(
        Frame { header: Header::default(), payload: vec![7; 200_000].into() },
        "longer than the protocol allows",
    );
}
