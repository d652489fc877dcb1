//! Why a session did not start.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::fault::HandshakeFault;
use crate::advice::advised;
use crate::{Advice, KeyPin, PartyId, PeerLabel};

/// Why the parties were not connected. No byte of a protocol was exchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Something on this side; nothing was sent.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// A peer was reached and cannot be accepted, or does not accept this party.
    #[error("{peer} at {address}: {fault}")]
    Peer {
        /// Which peer.
        peer: PeerLabel,
        /// Where it was met.
        address: String,
        /// What is wrong.
        fault: HandshakeFault,
    },
    /// Peers did not appear in time.
    #[error("{}", Missing(*.waited, .absent, .refused))]
    Absent {
        /// How long this party waited.
        waited: Duration,
        /// Who is missing and what is known about it.
        absent: Vec<Absent>,
        /// The last callers that were refused, oldest first: one of them may be a missing peer with a wrong key.
        refused: Vec<(SocketAddr, HandshakeFault)>,
    },
}

/// A peer that did not appear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// Which peer.
    pub peer: PeerLabel,
    /// Where it should be.
    pub address: String,
    /// What is known about it.
    pub reason: AbsentReason,
}

/// What is known about a peer that did not appear.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AbsentReason {
    /// This party waited for its call (the higher party number calls the lower).
    NeverCalled,
    /// The network refused or lost the call.
    NotReached(io::ErrorKind),
    /// It was connected, and left before the session began.
    Left,
    /// It was reached, but the handshake did not come to an end.
    Handshake(HandshakeFault),
    /// It is connected, but itself still waits for another party.
    NotReady,
}

/// What is wrong on this side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalError {
    /// The roster has no such party.
    NotInRoster(PartyId),
    /// This party's key is not the one in the roster.
    WrongKey {
        /// This party.
        me: PeerLabel,
        /// The pin in the roster.
        expected: KeyPin,
        /// The pin of the identity in use.
        actual: KeyPin,
    },
    /// This party's certificate cannot be used now.
    Certificate(CertificateState),
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// More than the hello can carry.
    Hello,
    /// No channel was asked for, or more than 64.
    Channels(u16),
    /// The operating system gave no randomness, thread or socket.
    System(&'static str),
}

/// Why a certificate cannot be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateState {
    /// Out of date.
    Expired,
    /// Not yet valid.
    NotYetValid,
    /// Wrong usage.
    WrongUsage,
}

advised!(AbsentReason, LocalError);

impl AbsentReason {
    /// What is known, what is needed, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        const THERE: &str = "this party, ready, before the time is over";
        match self {
            Self::NeverCalled => Advice::new(
                "it has not called",
                THERE,
                "start it, and check that it can reach this party's address",
            ),
            Self::Left => Advice::new(
                "it was connected and left before the session began",
                THERE,
                "see its own message for why it stopped, then start it again",
            ),
            Self::NotReached(io::ErrorKind::ConnectionRefused) => Advice::new(
                "nothing listens there",
                THERE,
                "start it, or correct its address in the consortium file",
            ),
            Self::NotReached(kind) => Advice::new(
                format!("it cannot be reached ({kind})"),
                THERE,
                "check its address, the network and firewalls",
            ),
            Self::Handshake(fault) => fault.advice(),
            Self::NotReady => Advice::new(
                "it is connected, but itself waits for another party",
                THERE,
                "start the parties that it waits for",
            ),
        }
    }
}

impl LocalError {
    /// What was found, what is needed, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::NotInRoster(party) => Advice::new(
                format!("{party} is not in the consortium file"),
                "a party of the consortium",
                "take the files that belong to this party",
            ),
            Self::WrongKey { me, expected, actual } => Advice::new(
                format!("this party's key is {actual}"),
                format!("{expected}, which the consortium file has for {me}"),
                "use the key file that belongs to this party, or make a new consortium file",
            ),
            Self::Certificate(state) => {
                let (found, expected, remedy) = match state {
                    CertificateState::Expired => {
                        ("has expired", "valid now", "renew this party's certificate for the same key")
                    }
                    CertificateState::NotYetValid => {
                        ("is not yet valid", "valid now", "check this machine's clock")
                    }
                    CertificateState::WrongUsage => (
                        "lacks a usage",
                        "for digital signature, server and client authentication",
                        "renew this party's certificate for the same key",
                    ),
                };
                Advice::new(
                    format!("this party's certificate {found}"),
                    format!("a certificate {expected}"),
                    remedy,
                )
            }
            Self::Listen { address, kind } => Advice::new(
                format!("cannot listen on {address}: {kind}"),
                "a free port at an address of this machine",
                match kind {
                    io::ErrorKind::AddrInUse => {
                        "end the program that uses the port, or listen on another one"
                    }
                    io::ErrorKind::AddrNotAvailable => "listen on an address that this machine has",
                    io::ErrorKind::PermissionDenied => {
                        "listen on a port above 1023, or be allowed to use this one"
                    }
                    _ => "check the address to listen on",
                },
            ),
            Self::Hello => Advice::new(
                "a name in the hello is empty, longer than 64 bytes or not printable ASCII, or there are more than 32 digests",
                "short names in ASCII, and at most 32 digests",
                "shorten the names",
            ),
            Self::Channels(channels) => Advice::new(
                format!("{channels} channels"),
                "1 to 64 channels",
                "ask for a number in this range",
            ),
            Self::System(what) => Advice::new(
                format!("the operating system refused {what}"),
                "a machine with free resources",
                "raise the limits of this process, or end others",
            ),
        }
    }
}

/// Lists who is missing and why, each with its remedy.
struct Missing<'a>(Duration, &'a [Absent], &'a [(SocketAddr, HandshakeFault)]);

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(waited, absent, refused) = self;
        write!(f, "after {waited:.0?} not all parties are there:")?;
        for Absent { peer, address, reason } in *absent {
            let Advice { found, remedy, .. } = reason.advice();
            write!(f, "\n  {peer} at {address}: {found} (to do: {remedy})")?;
        }
        for (from, fault) in *refused {
            let Advice { found, remedy, .. } = fault.advice();
            write!(f, "\n  a caller from {from} was refused: {found} (to do: {remedy})")?;
        }
        Ok(())
    }
}
