//! Messages of a session: their kinds, their lengths, how they are cut into frames.
//!
//! | kind | payload |
//! |---|---|
//! | start | commitment to the seed of the first check, 32 bytes; travels with the first message |
//! | open | count u64, labels u64, then elements, cut into frames |
//! | seed | digest 32, seed 32, nonce 32 |
//! | commit | commitment to sigma, 32 |
//! | sigma | sigma, one element, and one of each group with unchecked openings; nonce 32; commitment to the next seed 32 |
//! | points | elements of a group, cut into frames; behind `open`, of the same round |
//! | toss, tossed | a coin's commitment 32; value 32, nonce 32, echo 32 |
//! | abort | code u8 |

use speedwell_field::Field;
use speedwell_net::{HEADER_BYTES, MAX_PAYLOAD};

/// The kinds of messages, as they stand in a frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Message {
    /// Commitment to the first seed.
    Start = 1,
    /// A round of openings and inputs.
    Open = 2,
    /// First flight of a check: digest and seed.
    Seed = 3,
    /// Second flight of a check: commitment to sigma.
    Commit = 4,
    /// Third flight of a check: sigma, and the commitment to the next seed.
    Sigma = 5,
    /// First flight of a joint coin.
    Toss = 6,
    /// Second flight of a joint coin.
    Tossed = 7,
    /// The sender has given up.
    Abort = 8,
    /// The curve points of a round.
    Points = 16,
}

impl Message {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Start,
        Self::Open,
        Self::Seed,
        Self::Commit,
        Self::Sigma,
        Self::Toss,
        Self::Tossed,
        Self::Abort,
        Self::Points,
    ];

    /// The number of the kind in a header.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Start => 1,
            Self::Open => 2,
            Self::Seed => 3,
            Self::Commit => 4,
            Self::Sigma => 5,
            Self::Toss => 6,
            Self::Tossed => 7,
            Self::Abort => 8,
            Self::Points => 16,
        }
    }

    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// Bytes before the elements of a round: how many elements the sender has, and its running hash of labels.
pub const ROUND_PREFIX: usize = 16;

/// How many elements of `F` a frame of a round holds.
#[must_use]
pub fn elements_per_frame<F: Field>() -> usize {
    MAX_PAYLOAD.saturating_sub(ROUND_PREFIX).checked_div(F::BYTES).unwrap_or(1).max(1)
}

/// How many frames a round with `count` elements takes: at least one.
#[must_use]
pub fn frames_of_round<F: Field>(count: usize) -> usize {
    count.div_ceil(elements_per_frame::<F>()).max(1)
}

/// Bytes on the way for a round with `count` elements, headers included.
#[must_use]
pub fn bytes_of_round<F: Field>(count: usize) -> u64 {
    let payload = count.saturating_mul(F::BYTES).saturating_add(ROUND_PREFIX);
    let headers = frames_of_round::<F>(count).saturating_mul(HEADER_BYTES);
    u64::try_from(payload.saturating_add(headers)).unwrap_or(u64::MAX)
}

/// Bytes on the way for one frame with this payload.
#[must_use]
pub fn bytes_of_frame(payload: usize) -> u64 {
    u64::try_from(payload.saturating_add(HEADER_BYTES)).unwrap_or(u64::MAX)
}

/// A payload cut at fixed places; `None` unless it is exactly as long as the parts.
pub(crate) fn split_payload<const N: usize>(payload: &[u8], lens: [usize; N]) -> Option<[&[u8]; N]> {
    let mut rest = payload;
    let mut parts = [rest; N];
    for (part, len) in parts.iter_mut().zip(lens) {
        let (head, tail) = rest.split_at_checked(len)?;
        *part = head;
        rest = tail;
    }
    rest.is_empty().then_some(parts)
}

/// The 32 bytes of a part that [`split_payload`] made 32 long.
pub(crate) fn array32(part: &[u8]) -> [u8; 32] {
    part.try_into().unwrap_or([0; 32])
}
