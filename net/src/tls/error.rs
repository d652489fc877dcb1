//! Why a session did not start.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::fault::HandshakeFault;
use crate::{KeyPin, PartyId, PeerLabel};

/// Why the parties were not connected. No byte of a protocol was exchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Something on this side; nothing was sent.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// A peer was reached and cannot be accepted, or does not accept this party.
    #[error("{peer} at {address}: {fault}.")]
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
    /// It was reached, but the handshake did not come to an end.
    Handshake(HandshakeFault),
    /// It is connected, but itself still waits for another party.
    NotReady,
}

/// What is wrong on this side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The roster has no such party.
    #[error("{0} is not in the consortium file")]
    NotInRoster(PartyId),
    /// This party's key is not the one in the roster.
    #[error(
        "this party's key is {actual}, but the consortium file has {expected} for {me}. Use the key file that belongs to this party, or make a new consortium file"
    )]
    WrongKey {
        /// This party.
        me: PeerLabel,
        /// The pin in the roster.
        expected: KeyPin,
        /// The pin of the identity in use.
        actual: KeyPin,
    },
    /// This party's certificate cannot be used now.
    #[error("this party's certificate cannot be used: {0}")]
    Certificate(CertificateState),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {kind}. Is the address this machine's, and the port free?")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// More than the hello can carry.
    #[error(
        "a name in the hello is empty, longer than 64 bytes or not printable ASCII, or there are more than 32 digests"
    )]
    Hello,
    /// No channel was asked for, or more than 64.
    #[error("{0} channels asked for where 1 to 64 are possible")]
    Channels(u16),
    /// The operating system gave no randomness, thread or socket.
    #[error("the operating system refused {0}")]
    System(&'static str),
}

/// Why a certificate cannot be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateState {
    /// Out of date.
    #[error("it has expired. Renew it for the same key")]
    Expired,
    /// Not yet valid.
    #[error("it is not yet valid. Check this machine's clock")]
    NotYetValid,
    /// Wrong usage.
    #[error("it lacks digital signature, server or client authentication. Make it anew for the same key")]
    WrongUsage,
}

/// Lists who is missing and why.
struct Missing<'a>(Duration, &'a [Absent], &'a [(SocketAddr, HandshakeFault)]);

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(waited, absent, refused) = self;
        write!(f, "after {waited:.0?} not all parties are there:")?;
        for Absent { peer, address, reason } in *absent {
            write!(f, "\n  {peer} at {address}: ")?;
            match reason {
                AbsentReason::NeverCalled => {
                    f.write_str(
                        "it has not called. Start it, and check that it can reach this party's address",
                    )?;
                }
                AbsentReason::NotReached(io::ErrorKind::ConnectionRefused) => {
                    f.write_str(
                        "nothing listens there. Start it, or correct its address in the consortium file",
                    )?;
                }
                AbsentReason::NotReached(kind) => {
                    write!(f, "it cannot be reached ({kind}). Check its address, the network and firewalls")?;
                }
                AbsentReason::Handshake(fault) => write!(f, "{fault}.")?,
                AbsentReason::NotReady => {
                    f.write_str("it is connected, but itself waits for another party")?;
                }
            }
        }
        for (from, fault) in *refused {
            write!(f, "\n  a caller from {from} was refused: {fault}.")?;
        }
        Ok(())
    }
}
