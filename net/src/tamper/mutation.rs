//! The usual cheats, ready made. What needs the field's arithmetic is a closure over [`Event::rewrite`].

use std::time::Duration;

use super::{Action, Event};
use crate::{Frame, PartyId};

/// One way to alter a frame. Elements are numbered from 0 and have `width` bytes, little-endian. Where a mutation has
/// nothing to work on (an element beyond the end, no earlier frame) the frame passes and does not count as altered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Flips one bit of the payload, counted from the lowest of the first byte.
    FlipBit(usize),
    /// Adds one to element `.0` of width `.1`, as an integer that wraps around.
    AddOne(usize, usize),
    /// Sets element `.0` of width `.1` to zero.
    SetZero(usize, usize),
    /// Swaps elements `.0` and `.1` of width `.2`.
    Swap(usize, usize, usize),
    /// Cuts this many bytes off the end.
    Truncate(usize),
    /// Appends this many zero bytes.
    Extend(usize),
    /// Sends no payload.
    Empty,
    /// Sends nothing.
    Drop,
    /// Sends the frame twice.
    Duplicate,
    /// Sends the frame after the next one on the link.
    Reorder,
    /// Sends the frame and all that follows this much later.
    Delay(Duration),
    /// Sends the link's last frame of this kind from an earlier round instead, header and all.
    ReplayFrame,
    /// Sends the payload of the link's last frame of this kind from an earlier round under the right header.
    ReplayPayload,
    /// Sends this frame instead, header and all: one of an earlier session or epoch, from [`Watch::seen`](super::Watch::seen).
    Replace(Frame),
    /// Flips the lowest bit towards this peer only.
    Equivocate(PartyId),
    /// Sends the payload of this peer's message of the same round and kind as one's own. Needs a rushing party.
    Copy(PartyId),
    /// Relays this peer's message of the same round and kind, header and all, instead of one's own. Needs a rushing
    /// party. No frame names its sender, so this is all there is to forge.
    Forge(PartyId),
    /// Ends the link instead of sending.
    Disconnect,
}

impl Mutation {
    /// What becomes of the frame.
    #[must_use]
    pub fn apply(&self, event: &Event<'_>) -> Vec<Action> {
        let frame = event.frame;
        let instead = |other: Option<&Frame>| other.map(|f| vec![Action::Deliver(f.clone())]);
        let payload = |other: Option<&Frame>| {
            other.map(|f| vec![Action::Deliver(Frame { header: frame.header, payload: f.payload.clone() })])
        };
        let altered = match self {
            Self::FlipBit(bit) => Some(event.rewrite(|bytes| flip(bytes, *bit))),
            Self::AddOne(index, width) => Some(event.rewrite(|bytes| add_one(bytes, *index, *width))),
            Self::SetZero(index, width) => Some(event.rewrite(|bytes| {
                if let Some(element) = bytes.chunks_exact_mut((*width).max(1)).nth(*index) {
                    element.fill(0);
                }
            })),
            Self::Swap(a, b, width) => Some(event.rewrite(|bytes| swap(bytes, *a, *b, *width))),
            Self::Truncate(by) => {
                Some(event.rewrite(|bytes| bytes.truncate(bytes.len().saturating_sub(*by))))
            }
            Self::Extend(by) => Some(event.rewrite(|bytes| bytes.resize(bytes.len().saturating_add(*by), 0))),
            Self::Empty => Some(event.rewrite(Vec::clear)),
            Self::Drop => Some(Vec::new()),
            Self::Duplicate => Some([event.pass(), event.pass()].concat()),
            Self::Reorder => Some(vec![Action::KeepForNext(frame.clone())]),
            Self::Delay(time) => Some(vec![Action::Stall(*time), Action::Deliver(frame.clone())]),
            Self::ReplayFrame => instead(event.earlier()),
            Self::ReplayPayload => payload(event.earlier()),
            Self::Replace(other) => instead(Some(other)),
            Self::Equivocate(victim) => {
                (event.peer == *victim).then(|| event.rewrite(|bytes| flip(bytes, 0)))
            }
            Self::Copy(peer) => payload(event.received_from(*peer)),
            Self::Forge(peer) => instead(event.received_from(*peer)),
            Self::Disconnect => Some(vec![Action::Disconnect]),
        };
        altered.unwrap_or_else(|| event.pass())
    }
}

/// An adversary that applies `mutation` to each frame for which `when` holds and lets all others pass.
pub fn cheat(
    when: impl Fn(&Event<'_>) -> bool + Send + 'static,
    mutation: Mutation,
) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    move |event| if when(event) { mutation.apply(event) } else { event.pass() }
}

fn flip(bytes: &mut [u8], bit: usize) {
    if let Some(byte) = bytes.get_mut(bit >> 3) {
        *byte ^= 1 << (bit & 7);
    }
}

fn add_one(bytes: &mut [u8], index: usize, width: usize) {
    for byte in bytes.chunks_exact_mut(width.max(1)).nth(index).into_iter().flatten() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return;
        }
    }
}

fn swap(bytes: &mut [u8], a: usize, b: usize, width: usize) {
    let mut elements = bytes.chunks_exact_mut(width.max(1));
    let (low, high) = (a.min(b), a.max(b));
    let Some(first) = elements.nth(low) else { return };
    if let Some(second) = high.checked_sub(low.saturating_add(1)).and_then(|gap| elements.nth(gap)) {
        first.swap_with_slice(second);
    }
}
