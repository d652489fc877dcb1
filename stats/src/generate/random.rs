//! Streams of random numbers, one per entity.
//!
//! The seed of a stream is SHA3-256 of the user's seed, the kind of entity and its index, so an entity is the same
//! whatever is generated before it, beside it or on how many threads.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use sha3::{Digest as _, Sha3_256};

pub(super) struct Stream(ChaCha20Rng);

impl Stream {
    pub(super) fn new(seed: u64, kind: &str, index: u64) -> Self {
        let mut hash = Sha3_256::new();
        hash.update(b"speedwell generator 1");
        hash.update(seed.to_le_bytes());
        hash.update(index.to_le_bytes());
        hash.update(kind);
        Self(ChaCha20Rng::from_seed(hash.finalize().into()))
    }

    #[inline]
    pub(super) fn any(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number below n, uniform up to a bias of n / 2³²; 0 for n = 0.
    #[inline]
    pub(super) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.any()) * u64::from(n)) >> 32) as u32
    }

    /// A number from lo to hi, both included.
    pub(super) fn between(&mut self, lo: u32, hi: u32) -> u32 {
        lo + self.below(hi - lo + 1)
    }

    /// An index, as often as its weight among the weights.
    #[inline]
    pub(super) fn weighted(&mut self, weights: &[u16]) -> usize {
        let mut left = self.below(weights.iter().map(|w| u32::from(*w)).sum());
        let passed = |weight: &&u16| match left.checked_sub(u32::from(**weight)) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        };
        weights.iter().take_while(passed).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_kind_and_index() {
        let first = |seed, kind, index| Stream::new(seed, kind, index).any();
        assert_eq!(first(1, "day", 0), first(1, "day", 0));
        let others = [first(2, "day", 0), first(1, "days", 0), first(1, "day", 1)];
        assert!(others.iter().all(|other| *other != first(1, "day", 0)));
    }

    /// Chi-square with 3 degrees of freedom: 16.3 is exceeded once in a thousand.
    #[test]
    fn weights_are_kept() {
        let weights = [1, 0, 6, 3];
        let mut counts = [0u32; 4];
        let mut stream = Stream::new(1, "test", 0);
        (0..10_000).for_each(|_| counts[stream.weighted(&weights)] += 1);
        let expected = weights.map(|w| f64::from(w) * 1000.0);
        let terms = counts.iter().zip(expected).filter(|(_, e)| *e > 0.0);
        let chi: f64 = terms.map(|(c, e)| (f64::from(*c) - e).powi(2) / e).sum();
        assert!(chi < 16.3 && counts[1] == 0, "{counts:?}");
        assert_eq!(stream.below(0), 0);
        assert!((0..1000).all(|_| (5..=7).contains(&stream.between(5, 7))));
    }
}
