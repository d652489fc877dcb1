//! The cheats: what can be done to one message.

use std::ops::Range;

use bytes::Bytes;
use speedwell_field::Field;
use speedwell_net::tamper::{Action, Event, Mutation};
use speedwell_net::{Frame, PartyId};
use speedwell_online::testing::CHEATER_TIMEOUT;
use speedwell_online::wire::{Message, ROUND_PREFIX};

use crate::scene::{F, POINT_BYTES, spoil_point};

/// What is done to one message on its way to one victim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cheat {
    FlipBit,
    AddOne,
    SetZero,
    Swap,
    /// Another version for each victim.
    Equivocate,
    Truncate,
    Extend,
    Empty,
    /// The count of elements in front of a round is one too high.
    Count,
    /// The running hash of labels in front of a round is another one.
    Labels,
    /// An element is p.
    Modulus,
    /// An element is all ones.
    Ones,
    /// A point is moved off the curve.
    OffCurve,
    /// A point is moved out of the subgroup of prime order.
    OtherSubgroup,
    /// The message is left out; what follows is sent.
    Drop,
    Duplicate,
    /// The message comes after the next one.
    Reorder,
    /// The message and all that follows come too late.
    Delay,
    Disconnect,
    /// The last message of this kind, header and all.
    ReplayRound,
    /// The payload of the last message of this kind under the right header.
    ReplayPayload,
    /// The same message of another session under this epoch.
    ReplaySession,
    /// The same message of this session under another epoch.
    ReplayEpoch,
    /// The payload of a peer's message of this round.
    Copy,
    /// A peer's message of this round, header and all: no frame names its sender, so this is all there is to forge.
    Forge,
    OtherEpoch,
    OtherSession,
    OtherChannel,
    OtherRound,
    /// The number of another kind, or of none.
    OtherKind(u8),
}

/// The groups that the tests are named after.
pub const VALUE: &[Cheat] = &[Cheat::FlipBit, Cheat::AddOne, Cheat::SetZero, Cheat::Swap, Cheat::Equivocate];
pub const LENGTH: &[Cheat] = &[Cheat::Truncate, Cheat::Extend, Cheat::Empty, Cheat::Count];
pub const ENCODING: &[Cheat] = &[Cheat::Modulus, Cheat::Ones];
/// What can be wrong with a point alone: tried on messages that hold points.
pub const GROUP: &[Cheat] = &[Cheat::OffCurve, Cheat::OtherSubgroup];
pub const ORDER: &[Cheat] = &[Cheat::Drop, Cheat::Duplicate, Cheat::Reorder, Cheat::Delay, Cheat::Disconnect];
pub const REPLAY: &[Cheat] =
    &[Cheat::ReplayRound, Cheat::ReplayPayload, Cheat::ReplaySession, Cheat::ReplayEpoch];
pub const SENDER: &[Cheat] = &[Cheat::Copy, Cheat::Forge];
pub const HEADER: &[Cheat] = &[
    Cheat::Labels,
    Cheat::OtherEpoch,
    Cheat::OtherSession,
    Cheat::OtherChannel,
    Cheat::OtherRound,
    Cheat::OtherKind(0),
    Cheat::OtherKind(1),
    Cheat::OtherKind(2),
    Cheat::OtherKind(3),
    Cheat::OtherKind(4),
    Cheat::OtherKind(5),
    Cheat::OtherKind(6),
    Cheat::OtherKind(7),
    Cheat::OtherKind(8),
    Cheat::OtherKind(9),
    Cheat::OtherKind(16),
    Cheat::OtherKind(255),
];
pub const GROUPS: &[&[Cheat]] = &[VALUE, LENGTH, ENCODING, ORDER, REPLAY, SENDER, HEADER];

/// Which element of a message is altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    First,
    Middle,
    Last,
}

impl Place {
    pub const ALL: [Self; 3] = [Self::First, Self::Middle, Self::Last];

    pub fn of(self, len: usize) -> usize {
        match self {
            Self::First => 0,
            Self::Middle => len / 2,
            Self::Last => len.saturating_sub(1),
        }
    }
}

/// What a cheat needs to know of its surroundings.
pub struct Context {
    pub place: Place,
    /// The victim's rank among the victims.
    pub rank: usize,
    /// The honest party whose messages are copied.
    pub source: PartyId,
    /// The same message of another session.
    pub other_session: Option<Frame>,
    /// The same message of another epoch.
    pub other_epoch: Option<Frame>,
}

impl Cheat {
    /// Whether it acts on one element of several.
    pub fn has_place(self) -> bool {
        let parts = [VALUE, ENCODING, GROUP].iter().any(|group| group.contains(&self));
        parts || matches!(self, Self::Truncate | Self::Extend)
    }

    /// Whether the cheater must see the honest parties' messages before it sends its own.
    pub fn rushes(self) -> bool {
        SENDER.contains(&self)
    }

    /// What becomes of the message.
    pub fn apply(self, event: &Event<'_>, message: Message, context: &Context) -> Vec<Action> {
        let parts = parts(message, event.frame.payload.len());
        let index = context.place.of(parts.len());
        let on_part = |change: &dyn Fn(&mut [u8])| {
            event.rewrite(|payload| {
                if let Some(part) = parts.get(index) {
                    change(&mut payload[part.clone()]);
                }
            })
        };
        let amount = match context.place {
            Place::First => 1,
            Place::Middle => F::BYTES.min(event.frame.payload.len()),
            Place::Last => event.frame.payload.len().saturating_sub(1).max(1),
        };
        let spoils = matches!(message, Message::Points) && self.has_place();
        match self {
            Self::Swap | Self::Truncate | Self::Extend if spoils => {}
            _ if spoils => return on_part(&|part| spoil_point(self, context.rank, part)),
            _ => {}
        }
        match self {
            Self::FlipBit => on_part(&|part| part[0] ^= 1),
            Self::AddOne => on_part(&|part| part[0] = part[0].wrapping_add(1)),
            Self::SetZero => on_part(&|part| part.fill(0)),
            Self::Equivocate => on_part(&|part| part[0] = part[0].wrapping_add(1 + context.rank as u8)),
            Self::Swap => event.rewrite(|payload| swap(payload, &parts, index)),
            Self::Modulus if message == Message::Open => on_part(&|part| part.copy_from_slice(&modulus())),
            Self::Ones if message == Message::Open => on_part(&|part| part.fill(0xff)),
            Self::Count if message == Message::Open => event.rewrite(|payload| payload[0] += 1),
            Self::Labels if message == Message::Open => {
                event.rewrite(|payload| payload[ROUND_PREFIX - 1] ^= 1)
            }
            Self::Modulus | Self::Ones | Self::Count | Self::Labels => event.pass(),
            Self::OffCurve | Self::OtherSubgroup => event.pass(),
            Self::Truncate => Mutation::Truncate(amount).apply(event),
            Self::Extend => Mutation::Extend(amount).apply(event),
            Self::Empty => Mutation::Empty.apply(event),
            Self::Drop => Mutation::Drop.apply(event),
            Self::Duplicate => Mutation::Duplicate.apply(event),
            Self::Reorder => Mutation::Reorder.apply(event),
            Self::Delay => Mutation::Delay(CHEATER_TIMEOUT * 2).apply(event),
            Self::Disconnect => Mutation::Disconnect.apply(event),
            Self::ReplayRound => Mutation::ReplayFrame.apply(event),
            Self::ReplayPayload => Mutation::ReplayPayload.apply(event),
            Self::ReplaySession => replace(event, context.other_session.as_ref()),
            Self::ReplayEpoch => replace(event, context.other_epoch.as_ref()),
            Self::Copy => Mutation::Copy(context.source).apply(event),
            Self::Forge => Mutation::Forge(context.source).apply(event),
            Self::OtherEpoch => event.relabel(|header| header.epoch[0] ^= 1),
            Self::OtherSession => event.relabel(|header| header.session[15] ^= 1),
            Self::OtherChannel => event.relabel(|header| header.channel ^= 1),
            Self::OtherRound => event.relabel(|header| header.round ^= 1),
            Self::OtherKind(kind) => event.relabel(|header| header.kind = kind),
        }
    }
}

/// The parts of a message: field elements, its fields, or a quarter each of a lone hash.
fn parts(message: Message, len: usize) -> Vec<Range<usize>> {
    let runs = |lens: &[usize]| {
        let mut start = 0;
        let run = |len: &usize| {
            start += len;
            start - len..start
        };
        lens.iter().map(run).collect()
    };
    match message {
        Message::Start | Message::Commit | Message::Toss => runs(&[8; 4]),
        Message::Open => runs(&vec![F::BYTES; (len - ROUND_PREFIX) / F::BYTES])
            .into_iter()
            .map(|part: Range<usize>| part.start + ROUND_PREFIX..part.end + ROUND_PREFIX)
            .collect(),
        Message::Seed | Message::Tossed => runs(&[32; 3]),
        Message::Sigma if len == F::BYTES + 64 => runs(&[F::BYTES, 32, 32]),
        // The group's part of it first.
        Message::Sigma => vec![F::BYTES..len - 64, len - 64..len - 32, len - 32..len],
        Message::Points => runs(&vec![POINT_BYTES; len / POINT_BYTES]),
        Message::Abort => runs(&[1]),
    }
}

/// Puts the part behind `index`, or the one before if it is the last, in its place, and the other way round.
fn swap(payload: &mut [u8], parts: &[Range<usize>], index: usize) {
    let low = if index + 1 < parts.len() { Some(index) } else { index.checked_sub(1) };
    if let Some(low) = low {
        let (first, second) = (parts[low].clone(), parts[low + 1].clone());
        payload[first.start..second.end].rotate_left(first.len());
    }
}

fn replace(event: &Event<'_>, frame: Option<&Frame>) -> Vec<Action> {
    frame.map_or_else(|| event.pass(), |frame| vec![Action::Deliver(frame.clone())])
}

fn modulus() -> Vec<u8> {
    let mut bytes: Vec<u8> = F::modulus().iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes.truncate(F::BYTES);
    bytes
}

/// The frame with which a party gives up, in place of the one it should send.
pub fn abort_instead(event: &Event<'_>, code: u8) -> Frame {
    let mut header = event.frame.header;
    header.kind = Message::Abort.number();
    Frame { header, payload: Bytes::from(vec![code]) }
}
