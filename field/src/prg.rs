//! The bulk generator: AES-128 in counter mode.

use aes::Aes128;
use ctr::cipher::{KeyIvInit, StreamCipher};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A 128-bit seed, fresh for each purpose. Prints no value and is wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed(pub [u8; 16]);

impl core::fmt::Debug for Seed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A stream of pseudorandom bytes expanded from a [`Seed`].
pub struct Prg {
    cipher: ctr::Ctr128LE<Aes128>,
}

impl core::fmt::Debug for Prg {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Prg(..)")
    }
}

impl Prg {
    /// The stream of `seed`, from its start.
    #[must_use]
    pub fn new(seed: &Seed) -> Self {
        Self { cipher: ctr::Ctr128LE::<Aes128>::new((&seed.0).into(), (&[0_u8; 16]).into()) }
    }

    /// The next `out.len()` bytes of the stream.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.cipher.write_keystream(out);
    }
}
