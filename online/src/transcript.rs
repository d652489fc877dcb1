//! Hashing with labels, and the one commitment of the project.
//!
//! Every input is framed by its length, so that no two lists of inputs give the same bytes. Hash: SHA3-256.

use sha3::{Digest, Sha3_256};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::error::{Result, UsageFault};
use speedwell_net::PartyId;

/// A hash over labelled, length-prefixed inputs.
#[derive(Clone, Debug)]
pub struct Transcript {
    hash: Sha3_256,
}

impl Transcript {
    /// An empty transcript for one purpose.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self { hash: Sha3_256::new() }.bytes(b"speedwell/1").bytes(label.as_bytes())
    }

    /// Adds a byte string.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.hash.update(len.to_le_bytes());
        self.hash.update(bytes);
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    /// Adds a party.
    #[must_use]
    pub fn party(self, party: PartyId) -> Self {
        self.number(u64::try_from(party.index()).unwrap_or(u64::MAX))
    }

    /// The digest.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.hash.finalize().into()
    }
}

/// Where a commitment or a coin belongs: nothing made in one place is of use in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The epoch.
    pub epoch: [u8; 16],
    /// The session.
    pub session: [u8; 16],
    /// The check or toss within the session.
    pub number: u64,
}

impl Place {
    /// A transcript that begins with the label and the place.
    #[must_use]
    pub fn transcript(&self, label: &str) -> Transcript {
        Transcript::new(label).bytes(&self.epoch).bytes(&self.session).number(self.number)
    }
}

/// A value with the nonce that hides it until it is opened.
#[derive(Clone, Zeroize)]
#[zeroize(drop)]
pub struct Opening32 {
    /// The value.
    pub value: [u8; 32],
    /// 256 bits from the operating system.
    pub nonce: [u8; 32],
}

impl std::fmt::Debug for Opening32 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opening32(..)")
    }
}

/// H(label, epoch, session, number, party, value, nonce): the commitment of `party` to `value`. It names its maker, so
/// that a rushing peer gains nothing by copying it.
#[must_use]
pub fn commit(label: &str, place: &Place, party: PartyId, value: &[u8], nonce: &[u8; 32]) -> [u8; 32] {
    place.transcript(label).party(party).bytes(value).bytes(nonce).finish()
}

/// Whether `commitment` is that of `party` to `value`, in constant time.
#[must_use]
pub fn opens(
    commitment: &[u8; 32],
    label: &str,
    place: &Place,
    party: PartyId,
    value: &[u8],
    nonce: &[u8; 32],
) -> bool {
    commit(label, place, party, value, nonce).ct_eq(commitment).into()
}

/// 32 bytes from the operating system.
pub fn fresh32() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| UsageFault::Entropy)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resplit_inputs_never_collide() {
        let a = Transcript::new("t").bytes(b"ab").bytes(b"c").finish();
        let b = Transcript::new("t").bytes(b"a").bytes(b"bc").finish();
        let c = Transcript::new("t").bytes(b"abc").bytes(b"").finish();
        assert!(a != b && b != c && a != c);
    }

    #[test]
    fn a_commitment_names_its_place_and_its_maker() {
        let place = Place { epoch: [1; 16], session: [2; 16], number: 3 };
        let (p, q) = (PartyId::new(0).unwrap(), PartyId::new(1).unwrap());
        let c = commit("l", &place, p, b"v", &[9; 32]);
        assert!(opens(&c, "l", &place, p, b"v", &[9; 32]));
        assert!(!opens(&c, "l", &place, q, b"v", &[9; 32]));
        assert!(!opens(&c, "m", &place, p, b"v", &[9; 32]));
        assert!(!opens(&c, "l", &Place { number: 4, ..place }, p, b"v", &[9; 32]));
        assert!(!opens(&c, "l", &Place { session: [3; 16], ..place }, p, b"v", &[9; 32]));
        assert!(!opens(&c, "l", &Place { epoch: [3; 16], ..place }, p, b"v", &[9; 32]));
        assert!(!opens(&c, "l", &place, p, b"w", &[9; 32]));
        assert!(!opens(&c, "l", &place, p, b"v", &[8; 32]));
    }
}
