//! Frames out of a stream of bytes that arrive in pieces of any size.
//!
//! Memory follows what has arrived, not what is announced: a payload's buffer is taken once its header is whole, and a
//! header can announce [`MAX_PAYLOAD`](crate::MAX_PAYLOAD) at most. Each payload byte is copied once.

use bytes::{Bytes, BytesMut};

use crate::{Frame, HEADER_BYTES, Header, NetFault};

/// Payloads up to here get an allocation of their own, so that a short message kept for long pins no large buffer.
const SMALL: usize = 4 << 10;
/// Larger payloads are cut from buffers of this size, used again once all payloads in them are gone.
const BUFFER: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct Decoder {
    header: [u8; HEADER_BYTES],
    have: usize,
    body: Option<Body>,
    buffer: BytesMut,
}

#[derive(Debug)]
struct Body {
    header: Header,
    len: usize,
    payload: BytesMut,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self { header: [0; HEADER_BYTES], have: 0, body: None, buffer: BytesMut::new() }
    }

    /// Takes the next bytes and gives every frame that they complete. After an error the stream is of no further use.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut frame: impl FnMut(Frame)) -> Result<(), NetFault> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some(body) = &mut self.body else {
                rest = self.feed_header(rest)?;
                if self.body.as_ref().is_some_and(|body| body.len == 0) {
                    self.finish(&mut frame);
                }
                continue;
            };
            let missing = body.len.saturating_sub(body.payload.len());
            let (taken, left) = rest.split_at_checked(missing).unwrap_or((rest, &[]));
            body.payload.extend_from_slice(taken);
            rest = left;
            if taken.len() == missing {
                self.finish(&mut frame);
            }
        }
        Ok(())
    }

    fn feed_header<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], NetFault> {
        let room = self.header.get_mut(self.have..).unwrap_or_default();
        let (taken, left) = bytes.split_at_checked(room.len()).unwrap_or((bytes, &[]));
        room.iter_mut().zip(taken).for_each(|(to, from)| *to = *from);
        self.have = self.have.saturating_add(taken.len());
        if self.have == HEADER_BYTES {
            self.have = 0;
            let (header, len) = Header::decode(&self.header)?;
            self.body = Some(Body { header, len, payload: self.take_buffer(len) });
        }
        Ok(left)
    }

    fn take_buffer(&mut self, len: usize) -> BytesMut {
        if len <= SMALL {
            return BytesMut::with_capacity(len);
        }
        if self.buffer.capacity() < len {
            self.buffer.reserve(BUFFER);
        }
        let rest = self.buffer.split_off(len);
        std::mem::replace(&mut self.buffer, rest)
    }

    fn finish(&mut self, frame: &mut impl FnMut(Frame)) {
        if let Some(Body { header, payload, .. }) = self.body.take() {
            let payload = if payload.is_empty() { Bytes::new() } else { payload.freeze() };
            frame(Frame { header, payload });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::MAX_PAYLOAD;

    fn encode(frames: &[Frame]) -> Vec<u8> {
        let encode = |f: &Frame| [&f.header.encode(f.payload.len()).unwrap(), &f.payload[..]].concat();
        frames.iter().flat_map(encode).collect()
    }

    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Result<(), NetFault>) {
        let (mut decoder, mut frames) = (Decoder::new(), Vec::new());
        let ok = pieces.into_iter().try_for_each(|piece| decoder.feed(piece, |frame| frames.push(frame)));
        (frames, ok)
    }

    fn frames() -> impl Strategy<Value = Vec<Frame>> {
        let len = prop_oneof![Just(0), 1..100usize, SMALL - 1..SMALL + 2, Just(MAX_PAYLOAD)];
        let frame = (any::<u64>(), any::<u8>(), len).prop_map(|(round, byte, len)| Frame {
            header: Header { round, kind: byte, ..Header::default() },
            payload: vec![byte; len].into(),
        });
        prop::collection::vec(frame, 0..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn frames_survive_any_cutting(frames in frames(), piece in prop_oneof![1..64usize, 1..40_000usize]) {
            let bytes = encode(&frames);
            prop_assert_eq!(decode(bytes.chunks(piece)), (frames, Ok(())));
        }

        #[test]
        fn any_bytes_give_frames_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..500), piece in 1..99usize) {
            let (frames, ok) = decode(bytes.chunks(piece));
            if ok.is_ok() {
                let encoded = encode(&frames);
                prop_assert!(bytes.starts_with(&encoded));
            }
        }
    }

    #[test]
    fn a_hostile_length_is_refused_before_anything_is_allocated() {
        let mut bytes = Header::default().encode(0).unwrap();
        bytes[4..8].fill(0xff);
        let mut decoder = Decoder::new();
        let refused = NetFault::TooLong { len: 0xffff_ffff, max: MAX_PAYLOAD };
        assert_eq!(decoder.feed(&bytes, |_| ()), Err(refused));
        assert_eq!(decoder.buffer.capacity(), 0);
    }

    #[test]
    fn buffers_are_used_again() {
        let frame = Frame { header: Header::default(), payload: vec![1; MAX_PAYLOAD].into() };
        let bytes = encode(&[frame]);
        let (mut decoder, mut places) = (Decoder::new(), std::collections::BTreeSet::new());
        for _ in 0..100 {
            let note = |frame: Frame| _ = places.insert(frame.payload.as_ptr());
            decoder.feed(&bytes, note).unwrap();
        }
        assert!(places.len() <= 8, "{} places", places.len());
    }

    #[test]
    fn a_short_payload_pins_no_large_buffer() {
        let large = Frame { header: Header::default(), payload: vec![1; SMALL + 1].into() };
        let small = Frame { header: Header::default(), payload: vec![1; 16].into() };
        let (frames, _) = decode([encode(&[large, small]).as_slice()]);
        let in_large = frames[0].payload.as_ptr_range();
        let distance = frames[1].payload.as_ptr().addr().abs_diff(in_large.end.addr());
        assert!(distance > BUFFER - SMALL - 1 || !in_large.contains(&frames[1].payload.as_ptr()));
    }
}
