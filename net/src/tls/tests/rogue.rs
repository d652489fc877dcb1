//! A peer that does as it likes: raw TLS with any certificate, any hello, any bytes.

use std::time::Duration;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::super::hello::{Body, Hello, Purpose};
use super::super::stream::SharedStream;
use super::*;
use crate::tls::secure::Endpoint;

/// An identity whose certificate is like a party's but for what `adapt` changes.
pub(super) fn certified(adapt: impl FnOnce(&mut CertificateParams)) -> Identity {
    certify(&KeyPair::generate().unwrap(), adapt)
}

pub(super) fn certify(key: &KeyPair, adapt: impl FnOnce(&mut CertificateParams)) -> Identity {
    let mut params = CertificateParams::default();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    dates(&mut params, -1, 1);
    adapt(&mut params);
    let certificate = params.self_signed(key).unwrap();
    Identity::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap()
}

/// Validity in days from now.
pub(super) fn dates(params: &mut CertificateParams, from: i64, to: i64) {
    let day = |days: i64| {
        let distance = Duration::from_secs(days.unsigned_abs() * 86_400);
        let now = std::time::SystemTime::now();
        if days < 0 { now - distance } else { now + distance }
    };
    (params.not_before, params.not_after) = (day(from).into(), day(to).into());
}

/// One connection to or from a rogue.
pub(super) struct Rogue {
    /// Certificates and key to present; none: as a caller, no certificate.
    pub(super) shown: Option<Arc<CertifiedKey>>,
    pub(super) versions: Vec<&'static SupportedProtocolVersion>,
    /// The name asked for; that of the called party, if not another.
    pub(super) server_name: String,
    /// What is sent after the handshake.
    pub(super) hello: Vec<u8>,
}

impl Rogue {
    /// Presents this identity and greets as `me` of the town to `to`.
    pub(super) fn with(identity: &Identity, me: u16, to: u16) -> Self {
        let body = Body {
            purpose: Purpose::Control,
            from: me,
            to,
            clock_ms: 0,
            nonce: [5; 32],
            attempt: 0,
            channels: 1,
            digests: Vec::new(),
        };
        Self {
            shown: Some(identity.key.clone()),
            versions: vec![&rustls::version::TLS13],
            server_name: format!("party{to}.speedwell"),
            hello: Hello { software: "rogue".into(), body }.encode().unwrap(),
        }
    }

    /// Shows these certificates, whether or not they fit the key.
    pub(super) fn shows(mut self, certificates: Vec<CertificateDer<'static>>, key: &Identity) -> Self {
        self.shown = Some(Arc::new(CertifiedKey::new(certificates, key.key.key.clone())));
        self
    }

    /// Calls, sends its hello, and gives what it gets in the clear.
    pub(super) async fn call(&self, address: &str) -> Vec<u8> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&self.versions)
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Credulous));
        let config = match &self.shown {
            Some(key) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key.clone()))),
            None => builder.with_no_client_auth(),
        };
        let name = ServerName::try_from(self.server_name.clone()).unwrap();
        let tcp = TcpStream::connect(address).await.unwrap();
        match TlsConnector::from(Arc::new(config)).connect(name, tcp).await {
            Ok(stream) => self.talk(stream.into()).await,
            Err(_) => Vec::new(),
        }
    }

    /// Takes one call, sends its hello, and gives what it gets in the clear.
    pub(super) async fn answer(&self, listener: std::net::TcpListener) -> Vec<u8> {
        let config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&self.versions)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(self.shown.clone().unwrap())));
        listener.set_nonblocking(true).unwrap();
        let (tcp, _) = TcpListener::from_std(listener).unwrap().accept().await.unwrap();
        match TlsAcceptor::from(Arc::new(config)).accept(tcp).await {
            Ok(stream) => self.talk(stream.into()).await,
            Err(_) => Vec::new(),
        }
    }

    async fn talk(&self, mut stream: TlsStream<TcpStream>) -> Vec<u8> {
        drop(stream.write_all(&self.hello).await);
        drop(stream.flush().await);
        let mut got = Vec::new();
        drop(stream.read_to_end(&mut got).await);
        got
    }
}

/// A party of the town that keeps to the protocol until its connections are made.
pub(super) struct Accomplice(Endpoint);

impl Accomplice {
    pub(super) fn of(town: &Town, index: usize) -> Self {
        Self(Endpoint::new(town.local(index), 1).unwrap())
    }

    /// Opens the control connection and one channel to party `to`.
    pub(super) async fn connect(&self, to: usize) -> [SharedStream; 2] {
        [self.open(to, Purpose::Control).await, self.open(to, Purpose::Data(0)).await]
    }

    /// Opens both, waits for the session's number and announces the same.
    pub(super) async fn start(&self, to: usize) -> [SharedStream; 2] {
        let [control, data] = self.connect(to).await;
        let mut announced = Vec::new();
        while announced.len() < 17 {
            let more = control.read(|bytes| (bytes.len(), announced.extend_from_slice(bytes))).await;
            more.unwrap().unwrap();
        }
        control.write_all(&announced[..17]).await.unwrap();
        control.flush().await.unwrap();
        [control, data]
    }

    async fn open(&self, to: usize, purpose: Purpose) -> SharedStream {
        let (limit, to) = (Duration::from_secs(10), party(to));
        let tcp = super::super::call::connect(&self.0, to, limit).await.unwrap();
        SharedStream::new(self.0.call(tcp, to, (purpose, 0), limit).await.unwrap().stream)
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Believes any server.
#[derive(Debug)]
struct Credulous;

impl ServerCertVerifier for Credulous {
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
        Ok(HandshakeSignatureValid::assertion())
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
        provider().signature_verification_algorithms.supported_schemes()
    }
}
