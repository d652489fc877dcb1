//! Who may be at the other end: pinned keys in place of certificate authorities.
//!
//! Accepted is exactly one certificate whose key is pinned to the expected party, within its validity, for this usage;
//! and the peer must sign the handshake with that key: rustls's own verification of the TLS 1.3 signature is called.
//! Nothing of TLS 1.2 is accepted. Each verifier serves one connection and keeps the reason of a refusal.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::fault::HandshakeFault;
use crate::certificate::{Certificate, Usage};
use crate::{PartyId, Roster};

/// Who is expected at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// The party that was called.
    Called(PartyId),
    /// Any other party may call.
    AnyCaller,
}

/// Checks the certificate of one connection.
pub(super) struct Verifier {
    pub(super) roster: Arc<Roster>,
    pub(super) me: PartyId,
    pub(super) expected: Expected,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    pub(super) verdict: Verdict,
}

/// What a connection's verifier found.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict(Arc<Mutex<Found>>);

#[derive(Clone, Debug, Default)]
struct Found {
    party: Option<PartyId>,
    fault: Option<HandshakeFault>,
}

impl Verdict {
    /// The party whose pinned key the certificate has. Proved once the handshake is done.
    pub(super) fn party(&self) -> Option<PartyId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).party
    }

    /// Why the verifier refused, if it did.
    pub(super) fn fault(&self) -> Option<HandshakeFault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fault.clone()
    }

    fn refuse(&self, fault: HandshakeFault) -> Error {
        let error = alert_for(&fault);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fault = Some(fault);
        Error::InvalidCertificate(error)
    }
}

impl Verifier {
    fn check(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let usage = match self.expected {
            Expected::Called(_) => Usage::Server,
            Expected::AnyCaller => Usage::Client,
        };
        let party =
            self.judge(certificate, others, now, usage).map_err(|fault| self.verdict.refuse(fault))?;
        self.verdict.0.lock().unwrap_or_else(PoisonError::into_inner).party = Some(party);
        Ok(())
    }

    fn judge(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
        usage: Usage,
    ) -> Result<PartyId, HandshakeFault> {
        if !others.is_empty() {
            return Err(HandshakeFault::Chain { certificates: others.len().saturating_add(1) });
        }
        let certificate = Certificate::parse(certificate).ok_or(HandshakeFault::BadCertificate)?;
        let presented = certificate.pin;
        let party = self.roster.holder(presented).ok_or(HandshakeFault::UnknownKey { presented })?;
        if party == self.me {
            return Err(HandshakeFault::OwnKey);
        }
        if let Expected::Called(called) = self.expected
            && party != called
        {
            return Err(HandshakeFault::OtherPartysKey { presented, owner: self.roster.label(party) });
        }
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now > certificate.not_after {
            return Err(HandshakeFault::Expired { not_after: certificate.not_after });
        }
        if now < certificate.not_before {
            return Err(HandshakeFault::NotYetValid { not_before: certificate.not_before });
        }
        if certificate.allows(usage) { Ok(party) } else { Err(HandshakeFault::WrongUsage { needed: usage }) }
    }

    fn check_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
            .map_err(|_| self.verdict.refuse(HandshakeFault::BadSignature))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(end_entity, intermediates, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::PeerIncompatible(PeerIncompatible::Tls12NotOfferedOrEnabled))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(end_entity, intermediates, now).map(|()| ClientCertVerified::assertion())
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::PeerIncompatible(PeerIncompatible::Tls12NotOfferedOrEnabled))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// The error whose TLS alert tells the peer what it needs to know, and no more.
fn alert_for(fault: &HandshakeFault) -> CertificateError {
    match fault {
        HandshakeFault::Expired { .. } => CertificateError::Expired,
        HandshakeFault::NotYetValid { .. } => CertificateError::NotValidYet,
        HandshakeFault::WrongUsage { .. } => CertificateError::InvalidPurpose,
        HandshakeFault::Chain { .. } | HandshakeFault::BadCertificate => CertificateError::BadEncoding,
        HandshakeFault::BadSignature => CertificateError::BadSignature,
        _ => CertificateError::ApplicationVerificationFailure,
    }
}
