//! A party's identity: one self-signed certificate and its key.
//!
//! What others pin is the key, not the certificate: SHA-256 of its SubjectPublicKeyInfo. So a renewed certificate for the
//! same key keeps its pin, and a new key needs a new consortium file. Keys are ECDSA on P-256. The certificate carries
//! a validity and its usage; nobody signs it but its owner.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::certificate::Certificate;

/// What a certificate is dated back, so that a peer whose clock is a little slow accepts it.
const BACKDATED: Duration = Duration::from_secs(3600);

/// SHA-256 of a certificate's SubjectPublicKeyInfo: what the consortium file says of each party's key. Written as
/// `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPin([u8; 32]);

impl KeyPin {
    /// The pin of this SubjectPublicKeyInfo in DER.
    pub(crate) fn of_public_key(spki: &[u8]) -> Self {
        Self(crate::digest::sha256(&[spki]))
    }

    /// The digest's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for KeyPin {
    fn from(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl fmt::Display for KeyPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a pin: expected \"sha256:\" and 64 lower-case hexadecimal digits")]
pub struct ParsePinError;

impl FromStr for KeyPin {
    type Err = ParsePinError;

    fn from_str(text: &str) -> Result<Self, ParsePinError> {
        let digits = text.strip_prefix("sha256:").filter(|d| d.len() == 64).ok_or(ParsePinError)?;
        let mut nibbles = digits.bytes().map(|digit| match digit {
            b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
            b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
            _ => None,
        });
        let mut pin = [0; 32];
        for byte in &mut pin {
            let (high, low) = (nibbles.next().flatten(), nibbles.next().flatten());
            *byte = high.zip(low).map(|(high, low)| high << 4 | low).ok_or(ParsePinError)?;
        }
        Ok(Self(pin))
    }
}

/// A new or renewed identity as text, to be written to files: the key readable by its owner only (mode 0600).
pub struct IdentityPem {
    /// The certificate. Public.
    pub certificate: String,
    /// The private key. Secret.
    pub key: Zeroizing<String>,
}

impl IdentityPem {
    /// Makes a new key and a certificate for it, valid from now for `days`.
    pub fn generate(name: &str, days: u32) -> Result<Self, IdentityError> {
        let key = KeyPair::generate().map_err(|_| IdentityError::Generation)?;
        Self::certify(name, days, &key)
    }

    /// Makes a new certificate for the key in `key_pem`: the pin stays.
    pub fn renew(name: &str, days: u32, key_pem: &str) -> Result<Self, IdentityError> {
        let key = KeyPair::from_pem(key_pem).map_err(|_| IdentityError::UnsupportedKey)?;
        Self::certify(name, days, &key)
    }

    fn certify(name: &str, days: u32, key: &KeyPair) -> Result<Self, IdentityError> {
        let now = SystemTime::now();
        let life = Duration::from_secs(u64::from(days).saturating_mul(24 * 3600));
        let dates = now.checked_sub(BACKDATED).zip(now.checked_add(life));
        let (not_before, not_after) = dates.ok_or(IdentityError::Generation)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = not_before.into();
        params.not_after = not_after.into();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.self_signed(key).map_err(|_| IdentityError::Generation)?;
        Ok(Self { certificate: certificate.pem(), key: Zeroizing::new(key.serialize_pem()) })
    }
}

impl fmt::Debug for IdentityPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityPem").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// A certificate with its private key, ready for use. Clones share the key.
#[derive(Clone)]
pub struct Identity {
    pub(crate) key: Arc<CertifiedKey>,
    certificate: Certificate,
}

impl Identity {
    /// Reads one certificate and its private key.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let certificates: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(certificate.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|_| IdentityError::BadCertificate)?;
        let parsed = match certificates.as_slice() {
            [] => return Err(IdentityError::NoCertificate),
            [one] => Certificate::parse(one).ok_or(IdentityError::BadCertificate)?,
            several => return Err(IdentityError::SeveralCertificates(several.len())),
        };
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| IdentityError::NoKey)?;
        let key = rustls::crypto::ring::sign::any_supported_type(&key)
            .map_err(|_| IdentityError::UnsupportedKey)?;
        let key = CertifiedKey::new(certificates, key);
        key.keys_match().map_err(|_| IdentityError::KeyMismatch)?;
        Ok(Self { key: Arc::new(key), certificate: parsed })
    }

    /// The pin of this identity's key.
    #[must_use]
    pub fn pin(&self) -> KeyPin {
        self.certificate.pin
    }

    /// The certificate is valid from here, in seconds since 1970.
    #[must_use]
    pub fn not_before(&self) -> i64 {
        self.certificate.not_before
    }

    /// The certificate is valid up to here, in seconds since 1970.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        self.certificate.not_after
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("pin", &self.pin()).finish_non_exhaustive()
    }
}

/// Why an identity cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// No certificate in the text.
    #[error("no certificate found: expected one \"BEGIN CERTIFICATE\" block")]
    NoCertificate,
    /// More than one certificate in the text.
    #[error(
        "{0} certificates found where exactly one is expected: keep this party's own and remove the others"
    )]
    SeveralCertificates(usize),
    /// The certificate cannot be read.
    #[error("the certificate cannot be read: make it anew for the same key")]
    BadCertificate,
    /// No private key in the text.
    #[error("no private key found: expected one \"BEGIN PRIVATE KEY\" block")]
    NoKey,
    /// The private key is of a kind that is not supported.
    #[error("the private key cannot be used: expected an ECDSA key on P-256, in PKCS#8")]
    UnsupportedKey,
    /// Certificate and key do not belong together.
    #[error("the certificate is not for this private key: take the two files that were made together")]
    KeyMismatch,
    /// Making a key or certificate failed.
    #[error("a key or certificate could not be made: the name or the time of validity is out of range")]
    Generation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewal_keeps_the_pin_and_a_new_key_changes_it() {
        let first = IdentityPem::generate("bank-a", 30).unwrap();
        let renewed = IdentityPem::renew("bank-a", 60, &first.key).unwrap();
        let other = IdentityPem::generate("bank-a", 30).unwrap();
        let read = |pem: &IdentityPem| Identity::from_pem(&pem.certificate, &pem.key).unwrap();
        assert_eq!(read(&first).pin(), read(&renewed).pin());
        assert_ne!(read(&first).pin(), read(&other).pin());
        assert_eq!(read(&renewed).not_after() - read(&renewed).not_before(), 60 * 86_400 + 3600);
    }

    #[test]
    fn a_pin_reads_back_and_nothing_else_does() {
        let pin = KeyPin::of_public_key(b"key");
        assert_eq!(pin.to_string().parse(), Ok(pin));
        let text = pin.to_string();
        for bad in
            ["", "sha256:", &text[7..], &text[..70], &format!("{text}0"), &text.to_uppercase(), "sha256:é"]
        {
            assert_eq!(bad.parse::<KeyPin>(), Err(ParsePinError), "{bad}");
        }
        assert_eq!(format!("sha256:{}", "é".repeat(32)).parse::<KeyPin>(), Err(ParsePinError));
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let (a, b) = (IdentityPem::generate("a", 1).unwrap(), IdentityPem::generate("b", 1).unwrap());
        let read = |certificate: &str, key: &str| Identity::from_pem(certificate, key).map(|_| ());
        assert_eq!(read(&a.certificate, &b.key), Err(IdentityError::KeyMismatch));
        assert_eq!(read("", &a.key), Err(IdentityError::NoCertificate));
        assert_eq!(read(&a.certificate, &a.certificate), Err(IdentityError::NoKey));
        let both = format!("{}{}", a.certificate, b.certificate);
        assert_eq!(read(&both, &a.key), Err(IdentityError::SeveralCertificates(2)));
        let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(read(junk, &a.key), Err(IdentityError::BadCertificate));
        assert_eq!(IdentityPem::renew("a", 1, "no key").map(|_| ()), Err(IdentityError::UnsupportedKey));
    }

    #[test]
    fn debug_shows_no_key() {
        let pem = IdentityPem::generate("a", 1).unwrap();
        let identity = Identity::from_pem(&pem.certificate, &pem.key).unwrap();
        let secret = pem.key.lines().nth(1).unwrap();
        assert!(!format!("{pem:?}{identity:?}").contains(secret));
    }
}
