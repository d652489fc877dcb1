//! From a TCP socket to a connection whose other end is proved, with both hellos read.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::cipher_suite::{
    TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::sign::SingleCertAndKey;
use rustls::version::TLS13;
use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::error::{CertificateState, LocalError};
use super::fault::HandshakeFault;
use super::hello::{Body, Hello, Purpose};
use super::socket::Socket;
use super::verify::{Expected, Verdict, Verifier};
use crate::certificate::Usage;
use crate::{Identity, PartyId, Roster};

/// After a refusal, the caller's bytes are still read for so long, so that the alert reaches it before a reset does.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a party says of itself to every other, and by which it checks them.
#[derive(Clone, Debug)]
pub struct LocalParty {
    /// All parties.
    pub roster: Arc<Roster>,
    /// This party.
    pub me: PartyId,
    /// Its certificate and key.
    pub identity: Identity,
    /// The name and version of its software, shown to the others: at most 64 printable ASCII characters.
    pub software: String,
    /// What must be the same at all parties, by name: files, program. At most 32, named as `software` is. The roster
    /// is compared in any case.
    pub digests: Vec<(String, [u8; 32])>,
}

/// A connection with a proved peer.
pub(super) struct Secured {
    pub(super) peer: PartyId,
    pub(super) stream: TlsStream<Socket>,
}

/// A connection on which both have said hello.
pub(super) struct Greeted {
    pub(super) peer: PartyId,
    pub(super) stream: TlsStream<Socket>,
    pub(super) hello: Hello,
    /// Their clock less ours, in milliseconds; as exact as half a round trip.
    pub(super) clock_offset_ms: i64,
    pub(super) round_trip: Duration,
}

/// A fault, and the party it is proved to be of, if TLS came that far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) peer: Option<PartyId>,
    pub(super) fault: HandshakeFault,
}

/// A local party made ready: what all its connections share.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) local: LocalParty,
    /// Given digests and the roster's.
    pub(super) digests: Vec<(String, [u8; 32])>,
    pub(super) nonce: [u8; 32],
    /// Channels of the session; 0 for a doctor.
    pub(super) channels: u16,
    provider: Arc<CryptoProvider>,
}

impl Endpoint {
    /// Checks what can be checked without a peer.
    pub(super) fn new(local: LocalParty, channels: u16) -> Result<Self, LocalError> {
        let member = local.roster.member(local.me).ok_or(LocalError::NotInRoster(local.me))?;
        let certificate = local.identity.certificate();
        if member.pin != certificate.pin {
            let me = local.roster.label(local.me);
            return Err(LocalError::WrongKey { me, expected: member.pin, actual: certificate.pin });
        }
        let now = i64::try_from(now_ms() / 1000).unwrap_or(i64::MAX);
        let state = if now > certificate.not_after {
            Some(CertificateState::Expired)
        } else if now < certificate.not_before {
            Some(CertificateState::NotYetValid)
        } else if !(certificate.allows(Usage::Server) && certificate.allows(Usage::Client)) {
            Some(CertificateState::WrongUsage)
        } else {
            None
        };
        if let Some(state) = state {
            return Err(LocalError::Certificate(state));
        }
        let mut digests = local.digests.clone();
        digests.push(("list of parties and keys".into(), local.roster.digest()));
        let nonce = crate::digest::nonce().ok_or(LocalError::System("randomness"))?;
        let provider = CryptoProvider {
            cipher_suites: vec![
                TLS13_AES_128_GCM_SHA256,
                TLS13_AES_256_GCM_SHA384,
                TLS13_CHACHA20_POLY1305_SHA256,
            ],
            ..rustls::crypto::ring::default_provider()
        };
        let endpoint = Self { local, digests, nonce, channels, provider: Arc::new(provider) };
        let sample = endpoint.hello(Purpose::Control, 0, endpoint.local.me);
        sample.encode().map(|_| endpoint).ok_or(LocalError::Hello)
    }

    pub(super) fn roster(&self) -> &Arc<Roster> {
        &self.local.roster
    }

    pub(super) fn me(&self) -> PartyId {
        self.local.me
    }

    /// Handshake and hellos as the one who calls `peer`; at most `limit`.
    pub(super) async fn call(
        &self,
        tcp: TcpStream,
        peer: PartyId,
        (purpose, attempt): (Purpose, u32),
        limit: Duration,
    ) -> Result<Greeted, HandshakeFault> {
        within(limit, async {
            let mut secured = self.secure_call(tcp, peer).await?;
            let sent = Instant::now();
            let before = now_ms();
            self.hello(purpose, attempt, peer).write(&mut secured.stream).await?;
            let hello = Hello::read(&mut secured.stream).await?;
            let round_trip = sent.elapsed();
            hello.check_parties(peer, self.me(), self.roster())?;
            let middle = before.saturating_add(millis(round_trip) / 2);
            let clock_offset_ms = offset(hello.body.clock_ms, middle);
            Ok(Greeted { peer, stream: secured.stream, hello, clock_offset_ms, round_trip })
        })
        .await
    }

    /// Handshake and hellos as the one who is called; at most `limit`. The caller always gets an answer to its hello,
    /// so that both see what differs; the answer's purpose is what `answer` makes of the caller's.
    pub(super) async fn answer(
        &self,
        tcp: TcpStream,
        limit: Duration,
        answer: impl Fn(Purpose) -> Purpose,
    ) -> Result<Greeted, Failed> {
        let mut proved = None;
        let greeted = within(limit, async {
            let mut secured = self.secure_answer(tcp).await?;
            let peer = secured.peer;
            proved = Some(peer);
            let hello = Hello::read(&mut secured.stream).await;
            let clock_ms = now_ms();
            match &hello {
                Ok(theirs) => {
                    let (purpose, attempt) = (answer(theirs.body.purpose), theirs.body.attempt);
                    self.hello(purpose, attempt, peer).write(&mut secured.stream).await?;
                }
                Err(HandshakeFault::Version { .. }) => {
                    self.hello(Purpose::Doctor, 0, peer).write(&mut secured.stream).await?;
                }
                Err(_) => {}
            }
            let hello = hello?;
            hello.check_parties(peer, self.me(), self.roster())?;
            let clock_offset_ms = offset(hello.body.clock_ms, clock_ms);
            let stream = secured.stream;
            Ok(Greeted { peer, stream, hello, clock_offset_ms, round_trip: Duration::ZERO })
        });
        greeted.await.map_err(|fault| Failed { peer: proved, fault })
    }

    async fn secure_call(&self, tcp: TcpStream, peer: PartyId) -> Result<Secured, HandshakeFault> {
        let verdict = Verdict::default();
        let verifier = Arc::new(self.verifier(Expected::Called(peer), &verdict));
        let tls = |error: rustls::Error| HandshakeFault::Tls(error.to_string());
        let mut config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&TLS13])
            .map_err(tls)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(self.local.identity.key.clone())));
        config.resumption = Resumption::disabled();
        let name =
            ServerName::try_from(server_name(peer)).map_err(|_| HandshakeFault::Tls("server name".into()))?;
        let socket = Socket::new(tcp).map_err(|error| HandshakeFault::of_io(&error))?;
        let connected = TlsConnector::from(Arc::new(config)).connect(name, socket).await;
        match connected {
            Ok(stream) => Ok(Secured { peer, stream: stream.into() }),
            Err(error) => Err(verdict.fault().unwrap_or_else(|| HandshakeFault::of_io(&error))),
        }
    }

    async fn secure_answer(&self, tcp: TcpStream) -> Result<Secured, HandshakeFault> {
        let verdict = Verdict::default();
        let verifier = Arc::new(self.verifier(Expected::AnyCaller, &verdict));
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&TLS13])
            .map_err(|error| HandshakeFault::Tls(error.to_string()))?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(self.local.identity.key.clone())));
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        let socket = Socket::new(tcp).map_err(|error| HandshakeFault::of_io(&error))?;
        let accepted = TlsAcceptor::from(Arc::new(config)).accept(socket).into_fallible().await;
        match accepted {
            Ok(stream) => {
                let peer = verdict.party().ok_or(HandshakeFault::NoCertificate)?;
                if stream.get_ref().1.server_name() != Some(server_name(self.me()).as_str()) {
                    return Err(HandshakeFault::OtherPartyCalled);
                }
                Ok(Secured { peer, stream: stream.into() })
            }
            Err((error, socket)) => {
                last_words(socket).await;
                Err(verdict.fault().unwrap_or_else(|| HandshakeFault::of_io(&error)))
            }
        }
    }

    fn verifier(&self, expected: Expected, verdict: &Verdict) -> Verifier {
        Verifier {
            roster: self.roster().clone(),
            me: self.me(),
            expected,
            algorithms: self.provider.signature_verification_algorithms,
            verdict: verdict.clone(),
        }
    }

    fn hello(&self, purpose: Purpose, attempt: u32, to: PartyId) -> Hello {
        let number = |party: PartyId| u16::try_from(party.index()).unwrap_or(u16::MAX);
        let body = Body {
            purpose,
            from: number(self.me()),
            to: number(to),
            clock_ms: now_ms(),
            nonce: self.nonce,
            attempt,
            channels: self.channels,
            digests: self.digests.clone(),
        };
        Hello { software: self.local.software.clone(), body }
    }
}

/// The name a caller asks for in TLS: the number only, as names of parties need not be host names.
fn server_name(party: PartyId) -> String {
    format!("party{}.speedwell", party.index())
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, HandshakeFault>>,
) -> Result<T, HandshakeFault> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(HandshakeFault::TimedOut))
}

async fn last_words(mut socket: Socket) {
    let drained = async {
        socket.shutdown().await?;
        let mut waste = [0; 1024];
        // A caller has at most a flight of its handshake under way.
        for _ in 0..64 {
            if socket.read(&mut waste).await? == 0 {
                break;
            }
        }
        std::io::Result::Ok(())
    };
    drop(tokio::time::timeout(LAST_WORDS, drained).await);
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn offset(theirs: u64, ours: u64) -> i64 {
    let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    signed(theirs).saturating_sub(signed(ours))
}
