//! Party numbers.

/// The number of a party, counted from 0. It exists only by way of a roster or a range over the parties; a number that
/// a peer sends is never turned into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyId(u16);

impl PartyId {
    /// The largest number of parties.
    pub const MAX_PARTIES: usize = 64;

    /// The party with this number, if it is below [`MAX_PARTIES`](Self::MAX_PARTIES).
    #[must_use]
    pub fn new(index: usize) -> Option<Self> {
        if index < Self::MAX_PARTIES { u16::try_from(index).ok().map(Self) } else { None }
    }

    /// The number, as an index.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// All parties of a run with `n` parties, in order.
    pub fn all(n: usize) -> impl Iterator<Item = Self> + Clone {
        (0..n.min(Self::MAX_PARTIES)).filter_map(Self::new)
    }

    /// All parties but this one, in order.
    pub fn others(self, n: usize) -> impl Iterator<Item = Self> + Clone {
        Self::all(n).filter(move |p| *p != self)
    }
}

impl std::fmt::Display for PartyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "party {}", self.0)
    }
}
