//! What can go wrong on the way.

use crate::advice::advised;
use crate::{Advice, PartyId};

/// A failure of the link to one peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{peer}: {fault}")]
pub struct NetError {
    /// The other end of the link.
    pub peer: PartyId,
    /// What happened.
    pub fault: NetFault,
}

/// What happened on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetFault {
    /// The peer closed the connection, or it broke.
    Closed,
    /// No sign of life, or no end of the round, within the time allowed.
    TimedOut,
    /// The peer announced a longer payload than the protocol expects.
    TooLong {
        /// The announced length.
        len: usize,
        /// The longest that is expected.
        max: usize,
    },
    /// The bytes are not a frame of this version.
    Malformed,
    /// There is no link to this party: it is this party itself, or none of the mesh.
    NoSuchPeer,
}

advised!(NetFault);

impl NetFault {
    /// What was found, what is needed, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        const RELEASE: &str = "install the same release at all parties";
        match self {
            Self::Closed => Advice::new(
                "the connection was closed: the party stopped or failed, or the network broke",
                "a connection until the end of the run",
                "see that party's own log for why",
            ),
            Self::TimedOut => Advice::new(
                "no answer within the time allowed: the party hangs, or the network broke",
                "an answer within the time allowed",
                "look after that party and the network",
            ),
            Self::TooLong { len, max } => Advice::new(
                format!("a message of {len} bytes: its software does not keep to the protocol"),
                format!("at most {max} bytes"),
                RELEASE,
            ),
            Self::Malformed => {
                Advice::new("what it sent is no frame", "frames of this protocol version", RELEASE)
            }
            Self::NoSuchPeer => Advice::new(
                "there is no link to this party",
                "another party of the mesh",
                "name another party",
            ),
        }
    }
}
