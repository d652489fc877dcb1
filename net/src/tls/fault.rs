//! Why a connection was not accepted, found before any byte of a protocol.

use std::fmt;
use std::io;

use rustls::{AlertDescription, PeerIncompatible};

use crate::advice::advised;
use crate::certificate::Usage;
use crate::{Advice, KeyPin, PeerLabel};

/// What is wrong with the other end of a connection: its certificate, its TLS, or its hello.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeFault {
    /// The key is no party's.
    UnknownKey {
        /// The key that was presented.
        presented: KeyPin,
    },
    /// The key is not that of the party that was called.
    OtherPartysKey {
        /// The key that was presented.
        presented: KeyPin,
        /// Whose key it is.
        owner: PeerLabel,
    },
    /// The key is this party's own.
    OwnKey,
    /// The certificate is out of date.
    Expired {
        /// End of validity, seconds since 1970.
        not_after: i64,
    },
    /// The certificate is not yet valid.
    NotYetValid {
        /// Start of validity, seconds since 1970.
        not_before: i64,
    },
    /// The certificate states a usage that does not include this one.
    WrongUsage {
        /// The usage that is needed.
        needed: Usage,
    },
    /// More than one certificate.
    Chain {
        /// Number of certificates sent.
        certificates: usize,
    },
    /// A certificate that cannot be read.
    BadCertificate,
    /// The caller has no certificate.
    NoCertificate,
    /// The handshake is not signed by the certificate's key.
    BadSignature,
    /// An older TLS.
    NotTls13,
    /// Not TLS at all.
    NotTls,
    /// The caller wanted another party.
    OtherPartyCalled,
    /// The other end refused this party.
    RefusedUs(Refusal),
    /// The connection ended before the handshake.
    Closed,
    /// The handshake took too long.
    TimedOut,
    /// Another TLS failure, in the words of the TLS library.
    Tls(String),
    /// TLS by a party, but not this protocol.
    BadHello,
    /// Another version of the protocol.
    Version {
        /// This party's protocol version.
        ours: u16,
        /// The other's protocol version.
        theirs: u16,
        /// The other's software, as it names it.
        their_software: String,
    },
    /// The hello claims another party than the key proves.
    WrongClaim {
        /// The number in the hello.
        claimed: u16,
        /// Whose key it is.
        holder: PeerLabel,
    },
    /// A lower party opened a connection for a session.
    WrongDirection,
    /// Another number of channels.
    Channels {
        /// This party's number.
        ours: u16,
        /// The other's number.
        theirs: u16,
    },
    /// The hello is for another purpose than asked, or for a channel beyond the last.
    WrongPurpose,
    /// Named digests differ.
    Digests(Vec<DigestDifference>),
    /// Too many callers at once: the oldest unfinished handshake gives way.
    Crowded,
    /// The other end diagnoses only.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not know this party's key.
    UnknownKey,
    /// The certificate of this party is not valid now.
    OutOfDate,
    /// The certificate of this party has the wrong usage.
    WrongUsage,
    /// The certificate of this party cannot be read, or is not alone.
    BadCertificate,
    /// This party sent no certificate.
    NoCertificate,
    /// Versions of TLS do not match.
    NotTls13,
    /// The key does not fit the certificate.
    BadSignature,
    /// Another alert, by its TLS number.
    Alert(u8),
}

advised!(HandshakeFault, Refusal);

impl HandshakeFault {
    /// What was found, what is needed, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        const RELEASE: &str = "install the same release at all parties";
        const ANEW: &str = "it renews its certificate for the same key";
        const FILES: &str = "compare the consortium files, and the addresses in them, with that party";
        const AGAIN: &str =
            "start all parties again; if it happens again, look for what on the way breaks connections";
        const HANDSHAKE: &str = "a finished TLS handshake";
        match self {
            Self::UnknownKey { presented } => Advice::new(
                format!("its key is {presented}, which no party of this consortium file has"),
                "a key that the consortium file has",
                "compare the consortium files; if it made a new key, all parties need a new consortium file",
            ),
            Self::OtherPartysKey { presented, owner } => Advice::new(
                format!("its key {presented} is that of {owner}"),
                "the key that the consortium file has for this address",
                "check the addresses in the consortium file, and that the parties' key files were not swapped",
            ),
            Self::OwnKey => Advice::new(
                "its key is this party's own",
                "a key of its own at each party",
                "check that the addresses in the consortium file differ, and that no key file was copied",
            ),
            Self::Expired { not_after } => Advice::new(
                format!("its certificate expired on {}", Date(*not_after)),
                "a certificate that is valid now",
                format!("{ANEW}; if this machine's clock is wrong, set it"),
            ),
            Self::NotYetValid { not_before } => Advice::new(
                format!("its certificate is valid from {} only", Date(*not_before)),
                "a certificate that is valid now",
                "compare both machines' clocks and set the wrong one",
            ),
            Self::WrongUsage { needed } => Advice::new(
                format!("its certificate may not be used by a {needed}"),
                "a certificate for digital signature, server and client authentication",
                ANEW,
            ),
            Self::Chain { certificates } => Advice::new(
                format!("it sent a chain of {certificates} certificates"),
                "exactly one certificate, self-signed",
                ANEW,
            ),
            Self::BadCertificate => {
                Advice::new("its certificate cannot be read", "one X.509 certificate", ANEW)
            }
            Self::NoCertificate => Advice::new(
                "it presented no certificate: it is not a party of this consortium",
                "a party of the consortium",
                "find out who calls; if it is a party, install the same release there",
            ),
            Self::BadSignature => Advice::new(
                "it does not hold the private key of the certificate it presented",
                "a certificate and its own key",
                "it restores the key file that belongs to its certificate",
            ),
            Self::NotTls13 => Advice::new("it does not speak TLS 1.3", "TLS 1.3", RELEASE),
            Self::NotTls => Advice::new(
                "what it sent is not TLS: another service, or a middlebox on the way",
                "a party of the consortium at this address",
                "check address and port in the consortium file, and firewalls and proxies on the way",
            ),
            Self::OtherPartyCalled => {
                Advice::new("it called another party than this one", "a call for this party", FILES)
            }
            Self::RefusedUs(refusal) => {
                let Advice { found, expected, remedy } = refusal.advice();
                Advice::new(format!("it refused this party: {found}"), expected, remedy)
            }
            Self::Closed => {
                Advice::new("it closed the connection before the handshake was done", HANDSHAKE, AGAIN)
            }
            Self::TimedOut => Advice::new("it did not finish the handshake in time", HANDSHAKE, AGAIN),
            Self::Tls(text) => Advice::new(format!("the TLS handshake failed: {text}"), HANDSHAKE, RELEASE),
            Self::BadHello => Advice::new(
                "what it sent after the TLS handshake is not a hello of this protocol",
                "a hello of this protocol",
                RELEASE,
            ),
            Self::Version { ours, theirs, their_software } => Advice::new(
                format!("it speaks protocol version {theirs} (software {their_software})"),
                format!("protocol version {ours}, that of this party"),
                RELEASE,
            ),
            Self::WrongClaim { claimed, holder } => Advice::new(
                format!("its hello claims to be party {claimed}, but its key is that of {holder}"),
                format!("a hello of {holder}"),
                FILES,
            ),
            Self::WrongDirection => Advice::new(
                "it opened a connection that the higher party number opens",
                "the parties in the same order at both",
                FILES,
            ),
            Self::Channels { ours, theirs } => Advice::new(
                format!("it wants {theirs} channels"),
                format!("{ours} channels, as this party has"),
                RELEASE,
            ),
            Self::WrongPurpose => Advice::new(
                "it opened or answered another connection than was due: its software does not keep to the protocol",
                "the connection that was due",
                RELEASE,
            ),
            Self::Digests(differences) => {
                let names: Vec<&str> =
                    differences.iter().map(|difference| difference.name.as_str()).collect();
                Advice::new(
                    Differences(differences),
                    format!("the same at all parties: {}", names.join(", ")),
                    "compare the files byte by byte, and the releases; all parties take the ones agreed on",
                )
            }
            Self::Crowded => {
                Advice::new("it did not finish the handshake while many others called", HANDSHAKE, AGAIN)
            }
            Self::DoctorOnly => {
                Advice::new("it runs the doctor only", "the party itself", "start the party there")
            }
        }
    }

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
    /// What it found wrong, what it needs, what to do.
    #[must_use]
    pub fn advice(self) -> Advice {
        const ANEW: &str = "renew this party's certificate for the same key";
        match self {
            Self::UnknownKey => Advice::new(
                "it does not know this party's key",
                "this party's key in its consortium file",
                "compare the consortium files; if this party made a new key, all parties need a new consortium file",
            ),
            Self::OutOfDate => Advice::new(
                "this party's certificate is out of date by its clock",
                "a certificate that is valid now",
                format!("compare the clocks; else {ANEW}"),
            ),
            Self::WrongUsage => Advice::new(
                "this party's certificate has the wrong usage",
                "a certificate for digital signature, server and client authentication",
                ANEW,
            ),
            Self::BadCertificate => {
                Advice::new("it cannot read this party's certificate", "one X.509 certificate", ANEW)
            }
            Self::NoCertificate => {
                Advice::new("it wants a certificate and got none", "this party's certificate", ANEW)
            }
            Self::NotTls13 => {
                Advice::new("it does not speak TLS 1.3", "TLS 1.3", "install the same release at all parties")
            }
            Self::BadSignature => Advice::new(
                "this party's signature is wrong: its key does not fit its certificate",
                "a certificate and its own key",
                "restore the key file that belongs to this party's certificate",
            ),
            Self::Alert(number) => Advice::new(
                format!("TLS alert {number}"),
                "a finished TLS handshake",
                "see its own log for why it refused",
            ),
        }
    }

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

/// Lists what differs.
struct Differences<'a>(&'a [DigestDifference]);

impl fmt::Display for Differences<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, difference) in self.0.iter().enumerate() {
            let name = &difference.name;
            f.write_str(if index == 0 { "" } else { ", " })?;
            match difference.kind {
                DifferenceKind::Differs => write!(f, "its {name} differs from this party's")?,
                DifferenceKind::OnlyOurs => write!(f, "it has no {name} and this party has one")?,
                DifferenceKind::OnlyTheirs => write!(f, "it has a {name} and this party has none")?,
            }
        }
        Ok(())
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
