//! What is read of a certificate: its key, validity and usage.

use rustls_pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::KeyPin;

/// The facts of one certificate. Dates are seconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) pin: KeyPin,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    /// May sign a handshake: no key usage is stated, or digital signature is among them.
    signs: bool,
    server: bool,
    client: bool,
}

/// The part that a certificate's owner plays in a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Answers a connection.
    Server,
    /// Opens a connection.
    Client,
}

impl Certificate {
    /// The facts of a certificate in DER, or nothing if it cannot be read to its last byte.
    pub(crate) fn parse(der: &CertificateDer<'_>) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        let key_usage = certificate.key_usage().ok()?;
        let extended = certificate.extended_key_usage().ok()?;
        rest.is_empty().then(|| Self {
            pin: KeyPin::of_public_key(certificate.public_key().raw),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            signs: key_usage.is_none_or(|usage| usage.value.digital_signature()),
            server: extended.as_ref().is_none_or(|usage| usage.value.server_auth || usage.value.any),
            client: extended.is_none_or(|usage| usage.value.client_auth || usage.value.any),
        })
    }

    /// Whether the certificate may be used in this part.
    pub(crate) fn allows(&self, usage: Usage) -> bool {
        let extended = match usage {
            Usage::Server => self.server,
            Usage::Client => self.client,
        };
        self.signs && extended
    }
}
