//! The roster: who takes part, in which order, where, and by which key.

use std::collections::BTreeSet;
use std::fmt;

use crate::digest::LabelledHash;
use crate::{KeyPin, PartyId};

/// Longest name of a party, in bytes.
const MAX_NAME: usize = 64;

/// One party of a [`Roster`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name that messages use: 1 to 64 printable characters, different from all others.
    pub name: String,
    /// Where the party listens: host and port.
    pub address: String,
    /// The pin of the party's key.
    pub pin: KeyPin,
}

/// All parties of a consortium in the order that numbers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    members: Vec<Member>,
}

impl Roster {
    /// The roster of these parties: 2 to 64, names and pins all different.
    pub fn new(members: Vec<Member>) -> Result<Self, RosterError> {
        if !(2..=PartyId::MAX_PARTIES).contains(&members.len()) {
            return Err(RosterError::Size(members.len()));
        }
        let (mut names, mut pins) = (BTreeSet::new(), BTreeSet::new());
        for (index, member) in members.iter().enumerate() {
            let printable = member.name.chars().all(|c| !c.is_control());
            if member.name.trim().is_empty() || member.name.len() > MAX_NAME || !printable {
                return Err(RosterError::Name(index));
            }
            if !names.insert(&member.name) {
                return Err(RosterError::SameName(member.name.clone()));
            }
            if !pins.insert(member.pin) {
                return Err(RosterError::SameKey(member.name.clone()));
            }
        }
        Ok(Self { members })
    }

    /// Number of parties.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.members.len()
    }

    /// All parties, in order.
    pub fn ids(&self) -> impl Iterator<Item = PartyId> + Clone + use<> {
        PartyId::all(self.members.len())
    }

    /// The party with this number, if the roster has it.
    #[must_use]
    pub fn member(&self, party: PartyId) -> Option<&Member> {
        self.members.get(party.index())
    }

    /// The party with this key, if the roster has it.
    #[must_use]
    pub fn holder(&self, pin: KeyPin) -> Option<PartyId> {
        PartyId::new(self.members.iter().position(|m| m.pin == pin)?)
    }

    /// The party with this name, if the roster has it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<PartyId> {
        PartyId::new(self.members.iter().position(|m| m.name == name)?)
    }

    /// Number and name of a party, for messages.
    #[must_use]
    pub fn label(&self, party: PartyId) -> PeerLabel {
        PeerLabel { party, name: self.member(party).map_or_else(String::new, |m| m.name.clone()) }
    }

    /// SHA-256 over names and pins in order. Addresses are left out: they may differ by where one looks from.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let hash = LabelledHash::new("speedwell roster 1");
        self.members.iter().fold(hash, |h, m| h.part(m.name.as_bytes()).part(m.pin.as_bytes())).finish()
    }
}

/// Number and name of a party, as in "party 1 (bank-b)".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerLabel {
    /// The number.
    pub party: PartyId,
    /// The name in the roster.
    pub name: String,
}

impl fmt::Display for PeerLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.party, self.name)
    }
}

/// Why a list of parties is not a roster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RosterError {
    /// Too few or too many parties.
    #[error("{0} parties where 2 to {max} are possible", max = PartyId::MAX_PARTIES)]
    Size(usize),
    /// The name of the party with this number cannot be used.
    #[error("the name of party {0} is empty, longer than {MAX_NAME} bytes or has control characters")]
    Name(usize),
    /// Two parties have this name.
    #[error("two parties are named \"{0}\": names must differ")]
    SameName(String),
    /// The key of the party with this name is another party's too.
    #[error("the key of \"{0}\" is also another party's: each party makes its own")]
    SameKey(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, key: u8) -> Member {
        Member { name: name.into(), address: "127.0.0.1:1".into(), pin: KeyPin::from([key; 32]) }
    }

    #[test]
    fn a_roster_is_two_to_sixty_four_different_parties() {
        let many = |n: u8| (0..n).map(|i| member(&i.to_string(), i)).collect::<Vec<_>>();
        assert_eq!(Roster::new(many(1)), Err(RosterError::Size(1)));
        assert_eq!(Roster::new(many(65)), Err(RosterError::Size(65)));
        assert_eq!(Roster::new(many(64)).unwrap().parties(), 64);
        let with = |last| Roster::new(vec![member("a", 0), last]);
        assert_eq!(with(member("a", 1)), Err(RosterError::SameName("a".into())));
        assert_eq!(with(member("b", 0)), Err(RosterError::SameKey("b".into())));
        for bad in ["", "  ", "b\u{1b}[2J", &"b".repeat(65)] {
            assert_eq!(with(member(bad, 1)), Err(RosterError::Name(1)));
        }
    }

    #[test]
    fn the_digest_covers_order_names_and_keys_but_not_addresses() {
        let roster = |members: [Member; 2]| Roster::new(members.into()).unwrap();
        let (a, b) = (member("a", 0), member("b", 1));
        let digest = roster([a.clone(), b.clone()]).digest();
        assert_ne!(roster([b.clone(), a.clone()]).digest(), digest);
        assert_ne!(roster([a.clone(), member("c", 1)]).digest(), digest);
        assert_ne!(roster([a.clone(), member("b", 2)]).digest(), digest);
        let moved = Member { address: "elsewhere:2".into(), ..b };
        let roster = roster([a, moved]);
        assert_eq!(roster.digest(), digest);
        let b = PartyId::new(1).unwrap();
        assert_eq!((roster.named("b"), roster.holder(KeyPin::from([1; 32]))), (Some(b), Some(b)));
        assert_eq!(roster.label(b).to_string(), "party 1 (b)");
    }
}
