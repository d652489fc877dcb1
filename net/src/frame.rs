//! Frames: the unit that travels, with its header.
//!
//! Layout, all integers little-endian: version u8, kind u8, channel u16, payload length u32, round u64, epoch 16 bytes,
//! session 16 bytes; then the payload.

use bytes::Bytes;

/// Bytes of an encoded header.
pub const HEADER_BYTES: usize = 48;
/// Longest payload of a frame: longer messages are cut, so that a round's message never waits behind a bulk one.
pub const MAX_PAYLOAD: usize = 256 * 1024;

/// What every frame names: epoch, session, channel, round and kind. The length is the payload's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Header {
    /// The message kind, as the protocol layer numbers them.
    pub kind: u8,
    /// The channel within the session.
    pub channel: u16,
    /// The round within the channel.
    pub round: u64,
    /// The epoch: the life of one MAC key.
    pub epoch: [u8; 16],
    /// The session: one run of one program.
    pub session: [u8; 16],
}

/// A header and its payload. Clones share the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What the frame names.
    pub header: Header,
    /// At most [`MAX_PAYLOAD`] bytes.
    pub payload: Bytes,
}
