//! Peers that differ, are strangers, do not come, or stop: one error that names the peer, and no hang.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

use crate::neighbours::Neighbours;

/// Gives bank-1 a copy of a shared file of its own, changed.
fn with_own_file(banks: &mut Neighbours, file: &str, from: &str, to: &str) -> Vec<String> {
    let text = banks.place.read(file);
    assert!(text.contains(from));
    banks.place.write("other.toml", text.replace(from, to));
    banks.arguments(1).into_iter().map(|a| if a == file { "other.toml".to_owned() } else { a }).collect()
}

#[test]
fn another_consortium_file_is_named_at_both() {
    let mut banks = Neighbours::new(2);
    // One byte of a comment.
    let other = with_own_file(&mut banks, "consortium.toml", "# Public", "# public");
    let running = [banks.start(0), banks.start_as(1, &other)];
    for (party, running) in running.into_iter().enumerate() {
        let peer = format!("party {} (bank-{})", 1 - party, 1 - party);
        running.fails(4).says(&[&peer, "consortium file differs", "byte by byte"]);
    }
    banks.no_result();
}

#[test]
fn another_study_is_named_at_both() {
    let mut banks = Neighbours::new(2);
    let other = with_own_file(&mut banks, "study.toml", "decimals = 3", "decimals = 4");
    let running = [banks.start(0), banks.start_as(1, &other)];
    for running in running {
        let error = running.fails(4);
        assert_eq!(
            error.found,
            "its study file differs from this party's, its program differs from this party's"
        );
        assert_eq!(error.expected, "the same at all parties: study file, program");
        error.says(&["compare the files byte by byte"]);
    }
    banks.no_result();
}

#[test]
fn a_stranger_with_a_key_of_its_own_is_refused() {
    for stranger in [0, 1] {
        let mut banks = Neighbours::new(2);
        // The stranger made a new key, and a consortium file with its pin for itself.
        let pin = |banks: &Neighbours, file: &str| {
            let card = banks.place.read(file);
            card.lines().find_map(|line| line.strip_prefix("pin = ")).unwrap().to_owned()
        };
        let name = format!("bank-{stranger}");
        let old = pin(&banks, &format!("{name}/{name}.card.toml"));
        let address = banks.place.read(&format!("{name}/{name}.card.toml"));
        let address = address.lines().find_map(|line| line.strip_prefix("address = ")).unwrap().to_owned();
        let init =
            ["init", "--name", &name, "--address", address.trim_matches('"'), "--out", &name, "--force"];
        crate::support::done(&mut banks.place.speedwell(&init));
        let new = pin(&banks, &format!("{name}/{name}.card.toml"));
        let text = banks.place.read("consortium.toml");
        banks.place.write("other.toml", text.replace(&old, &new));
        let honest = 1 - stranger;
        banks.place.edit(&format!("bank-{honest}/party.toml"), "connect_seconds = 20", "connect_seconds = 2");
        banks.place.edit(&format!("{name}/party.toml"), "connect_seconds = 30", "connect_seconds = 2");
        let arguments: Vec<String> = banks
            .arguments(stranger)
            .into_iter()
            .map(|a| if a == "consortium.toml" { "other.toml".to_owned() } else { a })
            .collect();
        let running = [banks.start(honest), banks.start_as(stranger, &arguments)];
        let [honest_end, stranger_end] = running.map(|running| running.fails(4));
        honest_end.says(&[&name, "key"]);
        stranger_end.says(&[&format!("bank-{honest}"), "does not know this party's key"]);
        banks.no_result();
    }
}

#[test]
fn a_peer_that_never_starts_is_named_within_the_time_set() {
    for missing in [0, 1] {
        let mut banks = Neighbours::new(2);
        drop(banks.socket(missing));
        let waiting = 1 - missing;
        banks.place.edit(
            &format!("bank-{waiting}/party.toml"),
            "connect_seconds = 20",
            "connect_seconds = 1",
        );
        let error = banks.start(waiting).fails(4);
        error.says(&[&format!("bank-{missing}"), "within 1 s", "speedwell doctor"]);
        banks.no_result();
    }
}

/// Three parties in the middle of a run, in which party 0's links are dead and that between the two others is not.
fn in_the_middle(adapt: impl Fn(&Neighbours)) -> (Neighbours, Vec<crate::neighbours::Running>) {
    let (mut banks, dead) = Neighbours::held(3);
    adapt(&banks);
    let running = (0..3).map(|party| banks.start(party)).collect();
    (0..2).for_each(|_| dead.recv().unwrap());
    (banks, running)
}

#[test]
fn a_peer_that_is_killed_in_the_middle_ends_the_run_and_nobody_else_is_blamed() {
    let (banks, mut running) = in_the_middle(|_| ());
    running.remove(0).signal("KILL");
    for (party, running) in (1..).zip(running) {
        let error = running.fails(4);
        // Either it sees the end itself, or hears first that the other's network failed.
        let other = format!("party {0} (bank-{0})", 3 - party);
        let heard = error.place == other && error.has(&["gave up: its network failed"]);
        assert!(error.has(&["party 0 (bank-0)", "connection was closed"]) || heard, "{error:?}");
    }
    banks.no_result();
}

#[test]
fn a_peer_that_falls_silent_in_the_middle_ends_the_run() {
    let (banks, mut running) = in_the_middle(|banks| {
        for party in [1, 2] {
            let file = format!("bank-{party}/party.toml");
            banks.place.edit(&file, "silence_seconds = 30", "silence_seconds = 1");
        }
    });
    let silent = running.remove(0);
    silent.signal("STOP");
    let errors: Vec<_> = running.into_iter().map(|running| running.fails(4)).collect();
    let named = errors.iter().filter(|error| error.has(&["party 0 (bank-0)", "no answer"])).count();
    assert!(named > 0, "at least one party tells who fell silent: {errors:?}");
    assert!(errors.iter().all(|error| error.has(&["party 0"]) || error.has(&["gave up"])), "{errors:?}");
    banks.no_result();
}

#[test]
fn a_party_that_is_stopped_says_so_here_and_to_its_peers() {
    for signal in ["INT", "TERM"] {
        let (banks, mut running) = in_the_middle(|_| ());
        running[1].signal(signal);
        running.remove(1).fails(130).says(&["stopped from outside", "nothing was written"]);
        let [first, third]: [_; 2] = running.try_into().unwrap_or_else(|_| panic!());
        // The link to party 2 works: it names the party that was stopped.
        let told = third.fails(4);
        assert_eq!(told.place, "party 1 (bank-1)", "{told:?}");
        // If the queue to it was full of ciphertexts there was no room for the word; then it sees the end of the link.
        assert!(told.has(&["gave up: it was stopped"]) || told.has(&["connection was closed"]), "{told:?}");
        first.fails(4);
        banks.no_result();
    }
}

#[test]
fn a_waiting_party_ends_at_once_when_it_is_stopped() {
    for signal in ["INT", "TERM"] {
        let mut banks = Neighbours::new(2);
        let mut running = banks.start_with(0, &["--progress", "lines"]);
        running.until("connect");
        running.signal(signal);
        assert_eq!(running.output().status.code(), Some(130), "{signal}");
        banks.no_result();
    }
}

#[test]
fn a_party_ends_when_the_program_that_watches_it_is_gone() {
    let mut banks = Neighbours::new(2);
    let mut running = banks.start_with(0, &["--progress", "json"]);
    // Nobody reads its progress any more; it would wait 20 s for its peer.
    drop(running.0.stderr.take());
    assert_eq!(running.output().status.code(), Some(130));
    banks.no_result();
}

#[test]
fn a_peer_of_another_version_is_named_with_both_versions() {
    let mut banks = Neighbours::new(2);
    drop(banks.socket(1));
    let text = banks.place.read("consortium.toml");
    let address = text.lines().find_map(|line| line.strip_prefix("address = ")).unwrap();
    let address = address.trim_matches('"').to_owned();
    let running = banks.start(0);
    // Party 1, played by hand: the right key, and a hello of protocol version 99.
    let certificate = banks.place.read("bank-1/certificate.pem");
    let key = banks.place.read("bank-1/key.pem");
    std::thread::spawn(move || hello_of_version(&address, &certificate, &key, 99));
    running.fails(4).says(&["party 1 (bank-1)", "version 99", "speedwell 99.0", "version 1", "same release"]);
    banks.no_result();
}

/// Connects and says hello in another version of the protocol.
fn hello_of_version(address: &str, certificate: &str, key: &str, version: u16) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone))
        .with_client_auth_cert(vec![certificate], key)
        .unwrap();
    let name = ServerName::try_from("party0.speedwell").unwrap();
    let mut tls = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut tcp = std::net::TcpStream::connect(address).unwrap();
    let mut stream = rustls::Stream::new(&mut tls, &mut tcp);
    let software = b"speedwell 99.0";
    let mut hello = b"speedwel".to_vec();
    hello.extend(version.to_le_bytes());
    hello.push(software.len() as u8);
    hello.extend(software);
    hello.extend(0u16.to_le_bytes());
    stream.write_all(&hello).unwrap();
    // Its answer, or its end.
    let _ = stream.read(&mut [0; 256]);
}

/// Takes every certificate: the tests' own peer has nothing to lose.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.3 only".into()))
    }
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
