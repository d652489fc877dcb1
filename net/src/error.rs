//! What can go wrong on the way.

use crate::PartyId;

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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetFault {
    /// The peer closed the connection, or it broke.
    #[error(
        "the connection was closed: the party stopped or failed, or the network broke. Its own log says why"
    )]
    Closed,
    /// No sign of life, or no end of the round, within the time allowed.
    #[error("no answer within the time allowed: the party hangs, or the network broke")]
    TimedOut,
    /// The peer announced a longer payload than the protocol expects.
    #[error(
        "a message of {len} bytes where at most {max} are expected: its software does not keep to the protocol"
    )]
    TooLong {
        /// The announced length.
        len: usize,
        /// The longest that is expected.
        max: usize,
    },
    /// The bytes are not a frame of this version.
    #[error("what it sent is no frame of this protocol version: all parties need the same release")]
    Malformed,
    /// There is no link to this party: it is this party itself, or none of the mesh.
    #[error("there is no link to this party")]
    NoSuchPeer,
}
