//! Why a connection was not accepted, found before any byte of a protocol.

use std::fmt;
use std::io;

use rustls::{AlertDescription, PeerIncompatible};

use crate::certificate::Usage;
use crate::{KeyPin, PeerLabel};

/// What is wrong with the other end of a connection: its certificate, its TLS, or its hello.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeFault {
    /// The key is no party's.
    #[error(
        "its key is {presented}, which no party of this consortium file has. If it made a new key, all parties need the new consortium file"
    )]
    UnknownKey {
        /// The key that was presented.
        presented: KeyPin,
    },
    /// The key is not that of the party that was called.
    #[error(
        "its key {presented} is that of {owner}. Check the addresses in the consortium file, and that the parties' key files were not swapped"
    )]
    OtherPartysKey {
        /// The key that was presented.
        presented: KeyPin,
        /// Whose key it is.
        owner: PeerLabel,
    },
    /// The key is this party's own.
    #[error(
        "its key is this party's own. Check that the addresses in the consortium file differ, and that no key file was copied"
    )]
    OwnKey,
    /// The certificate is out of date.
    #[error(
        "its certificate expired on {}. It must renew it for the same key, or this machine's clock is wrong",
        Date(*not_after)
    )]
    Expired {
        /// End of validity, seconds since 1970.
        not_after: i64,
    },
    /// The certificate is not yet valid.
    #[error(
        "its certificate is valid from {} only. Compare both machines' clocks",
        Date(*not_before)
    )]
    NotYetValid {
        /// Start of validity, seconds since 1970.
        not_before: i64,
    },
    /// The certificate states a usage that does not include this one.
    #[error(
        "its certificate may not be used by a {needed}. Expected digital signature, server and client authentication: it must be made anew for the same key"
    )]
    WrongUsage {
        /// The usage that is needed.
        needed: Usage,
    },
    /// More than one certificate.
    #[error("it sent a chain of {certificates} certificates where exactly one, self-signed, is expected")]
    Chain {
        /// Number of certificates sent.
        certificates: usize,
    },
    /// A certificate that cannot be read.
    #[error("its certificate cannot be read. It must be made anew for the same key")]
    BadCertificate,
    /// The caller has no certificate.
    #[error("it presented no certificate: it is not a party of this consortium")]
    NoCertificate,
    /// The handshake is not signed by the certificate's key.
    #[error("it does not hold the private key of the certificate it presented")]
    BadSignature,
    /// An older TLS.
    #[error("it does not speak TLS 1.3, which is required")]
    NotTls13,
    /// Not TLS at all.
    #[error("what it sent is not TLS: another service, or a middlebox on the way. Check address and port")]
    NotTls,
    /// The caller wanted another party.
    #[error("it called another party than this one. Compare the consortium files and the addresses in them")]
    OtherPartyCalled,
    /// The other end refused this party.
    #[error("it refused this party: {0}")]
    RefusedUs(Refusal),
    /// The connection ended before the handshake.
    #[error("it closed the connection before the handshake was done")]
    Closed,
    /// The handshake took too long.
    #[error("it did not finish the handshake in time")]
    TimedOut,
    /// Another TLS failure, in the words of the TLS library.
    #[error("the TLS handshake failed: {0}")]
    Tls(String),
    /// TLS by a party, but not this protocol.
    #[error("what it sent after the TLS handshake is not a hello of this protocol")]
    BadHello,
    /// Another version of the protocol.
    #[error(
        "it speaks protocol version {theirs} (software {their_software}), this party version {ours}. All parties need the same release"
    )]
    Version {
        /// This party's protocol version.
        ours: u16,
        /// The other's protocol version.
        theirs: u16,
        /// The other's software, as it names it.
        their_software: String,
    },
    /// The hello claims another party than the key proves.
    #[error("its hello claims to be party {claimed}, but its key is that of {holder}")]
    WrongClaim {
        /// The number in the hello.
        claimed: u16,
        /// Whose key it is.
        holder: PeerLabel,
    },
    /// A lower party opened a connection for a session.
    #[error("it opened a connection that the higher party number opens. Compare the consortium files")]
    WrongDirection,
    /// Another number of channels.
    #[error("it wants {theirs} channels and this party {ours}. All parties need the same program")]
    Channels {
        /// This party's number.
        ours: u16,
        /// The other's number.
        theirs: u16,
    },
    /// The hello is for another purpose than asked, or for a channel beyond the last.
    #[error(
        "it opened or answered another connection than was due: its software does not keep to the protocol"
    )]
    WrongPurpose,
    /// Named digests differ.
    #[error("{}", Differences(.0))]
    Digests(Vec<DigestDifference>),
    /// Too many callers at once: the oldest unfinished handshake gives way.
    #[error("it did not finish the handshake while many others called")]
    Crowded,
    /// The other end diagnoses only.
    #[error("it runs the doctor only: start the party itself there")]
    DoctorOnly,
}

/// Where two parties' digests differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestDifference {
    /// What the digest is of.
    pub name: String,
    /// In what way.
    pub kind: DifferenceKind,
}

/// In what way two parties' digests differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// Both have it and the contents differ.
    Differs,
    /// Only this party has it.
    OnlyOurs,
    /// Only the other party has it.
    OnlyTheirs,
}

/// What the other end said when it refused this party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not know this party's key.
    #[error(
        "it does not know this party's key. Its consortium file is another one, or this party made a new key since"
    )]
    UnknownKey,
    /// The certificate of this party is not valid now.
    #[error(
        "this party's certificate is out of date by its clock. Renew the certificate for the same key, and compare the clocks"
    )]
    OutOfDate,
    /// The certificate of this party has the wrong usage.
    #[error("this party's certificate has the wrong usage. Make it anew for the same key")]
    WrongUsage,
    /// The certificate of this party cannot be read, or is not alone.
    #[error("it cannot read this party's certificate. Make it anew for the same key")]
    BadCertificate,
    /// This party sent no certificate.
    #[error("it wants a certificate and got none")]
    NoCertificate,
    /// Versions of TLS do not match.
    #[error("it does not speak TLS 1.3, which is required")]
    NotTls13,
    /// The key does not fit the certificate.
    #[error("this party's signature is wrong: its key does not fit its certificate")]
    BadSignature,
    /// Another alert, by its TLS number.
    #[error("TLS alert {0}")]
    Alert(u8),
}

impl HandshakeFault {
    /// The fault behind a failed TLS handshake.
    pub(super) fn of_io(error: &io::Error) -> Self {
        use rustls::Error;
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        match tls {
            Some(Error::NoCertificatesPresented) => Self::NoCertificate,
            Some(Error::InvalidMessage(_)) => Self::NotTls,
            Some(Error::AlertReceived(alert)) => Self::RefusedUs(Refusal::of(*alert)),
            Some(Error::PeerIncompatible(
                PeerIncompatible::SupportedVersionsExtensionRequired
                | PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::Tls13RequiredForQuic
                | PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            )) => Self::NotTls13,
            Some(Error::InvalidCertificate(_)) => Self::BadCertificate,
            Some(other) => Self::Tls(other.to_string()),
            None => match error.kind() {
                io::ErrorKind::TimedOut => Self::TimedOut,
                _ => Self::Closed,
            },
        }
    }

    /// Whether trying again may help: the other end is perhaps not up yet.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Closed | Self::TimedOut | Self::DoctorOnly)
    }
}

impl Refusal {
    fn of(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::AccessDenied
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown => Self::UnknownKey,
            AlertDescription::CertificateExpired => Self::OutOfDate,
            AlertDescription::UnsupportedCertificate => Self::WrongUsage,
            AlertDescription::BadCertificate => Self::BadCertificate,
            AlertDescription::CertificateRequired => Self::NoCertificate,
            AlertDescription::ProtocolVersion => Self::NotTls13,
            AlertDescription::DecryptError => Self::BadSignature,
            other => Self::Alert(u8::from(other)),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "party that is called",
            Self::Client => "party that calls",
        })
    }
}

/// Lists what differs and what to do.
struct Differences<'a>(&'a [DigestDifference]);

impl fmt::Display for Differences<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, difference) in self.0.iter().enumerate() {
            let name = &difference.name;
            f.write_str(if index == 0 { "" } else { "; " })?;
            match difference.kind {
                DifferenceKind::Differs => write!(f, "its {name} differs from this party's")?,
                DifferenceKind::OnlyOurs => write!(f, "it has no {name} and this party has one")?,
                DifferenceKind::OnlyTheirs => write!(f, "it has a {name} and this party has none")?,
            }
        }
        f.write_str(". All parties need the same: compare the files byte by byte")
    }
}

/// Seconds since 1970 as a day and time in UTC.
struct Date(i64);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match x509_parser::time::ASN1Time::from_timestamp(self.0) {
            Ok(date) => write!(f, "{date}"),
            Err(_) => write!(f, "second {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_each_digest() {
        let difference = |name: &str, kind| DigestDifference { name: name.into(), kind };
        let fault = HandshakeFault::Digests(vec![
            difference("study file", DifferenceKind::Differs),
            difference("program", DifferenceKind::OnlyOurs),
        ]);
        let text = fault.to_string();
        assert!(text.contains("its study file differs") && text.contains("it has no program"), "{text}");
    }

    #[test]
    fn dates_are_readable() {
        let text = HandshakeFault::Expired { not_after: 1_700_000_000 }.to_string();
        assert!(text.contains("Nov 14 22:13:20 2023"), "{text}");
        let far = HandshakeFault::Expired { not_after: i64::MAX }.to_string();
        assert!(far.contains("second 9223372036854775807"), "{far}");
    }
}
