//! Frames: the unit that travels, with its header.
//!
//! Layout, all integers little-endian: version u8, kind u8, channel u16, payload length u32, round u64, epoch 16 bytes,
//! session 16 bytes; then the payload. Decoding is strict: a version other than [`WIRE_VERSION`] and a length above
//! [`MAX_PAYLOAD`] are refused before anything is allocated, and every accepted header re-encodes to itself.

use bytes::{Buf, BufMut, Bytes};

use crate::NetFault;

/// Bytes of an encoded header.
pub const HEADER_BYTES: usize = 48;
/// Longest payload of a frame: longer messages are cut, so that a round's message never waits behind a bulk one.
pub const MAX_PAYLOAD: usize = 256 * 1024;
/// Version of the frame layout, the first byte of every frame.
pub const WIRE_VERSION: u8 = 1;

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

impl Header {
    /// The header's bytes in front of a payload of `payload_len` bytes, or [`NetFault::TooLong`] above
    /// [`MAX_PAYLOAD`].
    pub fn encode(&self, payload_len: usize) -> Result<[u8; HEADER_BYTES], NetFault> {
        let too_long = NetFault::TooLong { len: payload_len, max: MAX_PAYLOAD };
        let len = u32::try_from(payload_len).ok().filter(|_| payload_len <= MAX_PAYLOAD).ok_or(too_long)?;
        let mut bytes = [0; HEADER_BYTES];
        let mut out = bytes.as_mut_slice();
        out.put_u8(WIRE_VERSION);
        out.put_u8(self.kind);
        out.put_u16_le(self.channel);
        out.put_u32_le(len);
        out.put_u64_le(self.round);
        out.put_slice(&self.epoch);
        out.put_slice(&self.session);
        Ok(bytes)
    }

    /// The header and the length of the payload that follows. Refuses another version with [`NetFault::Malformed`] and
    /// a length above [`MAX_PAYLOAD`] with [`NetFault::TooLong`].
    pub fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<(Self, usize), NetFault> {
        let mut rest = bytes.as_slice();
        if rest.get_u8() != WIRE_VERSION {
            return Err(NetFault::Malformed);
        }
        let (kind, channel, len, round) =
            (rest.get_u8(), rest.get_u16_le(), rest.get_u32_le(), rest.get_u64_le());
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len > MAX_PAYLOAD {
            return Err(NetFault::TooLong { len, max: MAX_PAYLOAD });
        }
        let mut header = Self { kind, channel, round, epoch: [0; 16], session: [0; 16] };
        rest.copy_to_slice(&mut header.epoch);
        rest.copy_to_slice(&mut header.session);
        Ok((header, len))
    }
}

/// A header and its payload. Clones share the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What the frame names.
    pub header: Header,
    /// At most [`MAX_PAYLOAD`] bytes.
    pub payload: Bytes,
}

impl Frame {
    /// Bytes of this frame on the wire: header and payload.
    #[must_use]
    pub fn wire_bytes(&self) -> usize {
        self.payload.len().saturating_add(HEADER_BYTES)
    }

    /// The frame, or [`NetFault::TooLong`] if its payload exceeds `max` bytes.
    pub(crate) fn within(self, max: usize) -> Result<Self, NetFault> {
        let len = self.payload.len();
        if len > max { Err(NetFault::TooLong { len, max }) } else { Ok(self) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> impl Strategy<Value = Header> {
        (any::<u8>(), any::<u16>(), any::<u64>(), any::<[u8; 16]>(), any::<[u8; 16]>()).prop_map(
            |(kind, channel, round, epoch, session)| Header { kind, channel, round, epoch, session },
        )
    }

    proptest! {
        #[test]
        fn decode_inverts_encode(header in header(), len in 0..=MAX_PAYLOAD) {
            prop_assert_eq!(Header::decode(&header.encode(len).unwrap()), Ok((header, len)));
        }

        #[test]
        fn every_accepted_header_reencodes_to_itself(mut bytes in prop::collection::vec(any::<u8>(), HEADER_BYTES), valid in any::<bool>()) {
            if valid {
                bytes[0] = WIRE_VERSION;
                bytes[6..8].fill(0);
            }
            let bytes: [u8; HEADER_BYTES] = bytes.try_into().unwrap();
            match Header::decode(&bytes) {
                Ok((header, len)) => prop_assert_eq!(header.encode(len).unwrap(), bytes),
                Err(_) => prop_assert!(bytes[0] != WIRE_VERSION || bytes[6] > 3 || bytes[7] != 0 || bytes[4..6] != [0, 0]),
            }
        }
    }

    #[test]
    fn layout_is_the_documented_one() {
        let header = Header { kind: 7, channel: 0x0201, round: 3, epoch: [0xee; 16], session: [0x55; 16] };
        let bytes = header.encode(0x0102).unwrap();
        assert_eq!(bytes[..16], [1, 7, 1, 2, 2, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!((&bytes[16..32], &bytes[32..]), ([0xee; 16].as_slice(), [0x55; 16].as_slice()));
    }

    #[test]
    fn hostile_lengths_and_versions_are_refused() {
        let mut bytes = Header::default().encode(MAX_PAYLOAD).unwrap();
        assert_eq!(Header::decode(&bytes), Ok((Header::default(), MAX_PAYLOAD)));
        bytes[4] = 1;
        assert_eq!(Header::decode(&bytes), Err(NetFault::TooLong { len: MAX_PAYLOAD + 1, max: MAX_PAYLOAD }));
        bytes[4..8].fill(0xff);
        assert_eq!(Header::decode(&bytes), Err(NetFault::TooLong { len: 0xffff_ffff, max: MAX_PAYLOAD }));
        for version in (0..=255).filter(|v| *v != WIRE_VERSION) {
            bytes[0] = version;
            assert_eq!(Header::decode(&bytes), Err(NetFault::Malformed));
        }
        assert_eq!(
            Header::default().encode(MAX_PAYLOAD + 1),
            Err(NetFault::TooLong { len: MAX_PAYLOAD + 1, max: MAX_PAYLOAD })
        );
    }
}
