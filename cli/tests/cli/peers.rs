//! Peers that differ, are strangers, do not come, or stop: one error that names the peer, and no hang.

use std::fs::OpenOptions;
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
        running.fails(4).says(&["study file differs"]);
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

/// Makes bank-1's rows a pipe, so that it stops in the middle of reading them.
fn start_with_pipe(banks: &mut Neighbours) -> (Vec<crate::neighbours::Running>, std::fs::File) {
    std::fs::remove_file(banks.place.path("bank-1.csv")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(banks.place.path("bank-1.csv")).status().unwrap();
    assert!(made.success());
    let running = (0..3).map(|party| banks.start(party)).collect();
    // Opens when the party opens its end, and so when all parties are connected.
    let mut pipe = OpenOptions::new().write(true).open(banks.place.path("bank-1.csv")).unwrap();
    pipe.write_all(b"shop,amount\nfood,1\n").unwrap();
    (running, pipe)
}

#[test]
fn a_peer_that_is_killed_in_the_middle_ends_the_run() {
    let mut banks = Neighbours::new(3);
    let (running, _pipe) = start_with_pipe(&mut banks);
    running[1].signal("KILL");
    for (party, running) in running.into_iter().enumerate().filter(|(party, _)| *party != 1) {
        let error = running.fails(4);
        // The first to notice gives up, of which the other may hear first.
        let other = if party == 0 { "bank-2" } else { "bank-0" };
        let named = std::panic::catch_unwind(|| error.says(&["party 1 (bank-1)"])).is_ok();
        assert!(named || std::panic::catch_unwind(|| error.says(&[other, "gave up"])).is_ok(), "{error:?}");
    }
    banks.no_result();
}

#[test]
fn a_peer_that_falls_silent_in_the_middle_ends_the_run() {
    let mut banks = Neighbours::new(3);
    for party in [0, 2] {
        let file = format!("bank-{party}/party.toml");
        banks.place.edit(&file, "silence_seconds = 30", "silence_seconds = 1");
    }
    let (running, _pipe) = start_with_pipe(&mut banks);
    running[1].signal("STOP");
    let mut named = 0;
    for (party, running) in running.into_iter().enumerate() {
        if party != 1 {
            let error = running.fails(4);
            named += usize::from(std::panic::catch_unwind(|| error.says(&["party 1 (bank-1)"])).is_ok());
        }
    }
    assert!(named > 0, "at least one party tells who fell silent");
    banks.no_result();
}

#[test]
fn a_party_that_is_stopped_says_so_and_the_others_end_too() {
    let mut banks = Neighbours::new(3);
    let (mut running, _pipe) = start_with_pipe(&mut banks);
    running[1].signal("INT");
    running.remove(1).fails(130).says(&["stopped from outside", "nothing was written"]);
    for running in running {
        running.fails(4);
    }
    banks.no_result();
}

#[test]
fn a_waiting_party_ends_at_once_when_it_is_stopped() {
    for signal in ["INT", "TERM"] {
        let mut banks = Neighbours::new(2);
        let mut running = banks.start(0);
        running.until("connecting to the peers");
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
