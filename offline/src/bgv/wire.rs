//! Ciphertexts and public keys on the wire.
//!
//! A polynomial is its residues, limb by limb, each limb packed at its own width without gaps. A ciphertext is its role byte, c0
//! and c1; a public key its role byte and b (everybody expands `a`). A residue that is not canonical, another length, another
//! role, b = 0 and b = a are refused.

use super::Bgv;
use super::cipher::Ciphertext;
use super::keys::{PublicKey, Role};
use super::pack::{pack, packed_len, unpack};
use super::ring::{Eval, Poly, Ring};
use speedwell_field::Field;

/// Why bytes are not a ciphertext or key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The number of bytes is wrong.
    #[error("a ciphertext or key has {found} bytes instead of {expected}")]
    Length {
        /// Bytes found.
        found: usize,
        /// Bytes expected.
        expected: usize,
    },
    /// It is of the other role.
    #[error("a ciphertext or key names role {found:#04x} instead of {expected:#04x}")]
    Role {
        /// Role byte found.
        found: u8,
        /// Role byte expected.
        expected: u8,
    },
    /// A residue is not below its modulus.
    #[error("a residue is not below its modulus")]
    Residue,
    /// A public key is 0.
    #[error("a public key is zero")]
    ZeroKey,
    /// A public key is the public element itself: everybody knows its secret.
    #[error("a public key is the public element itself")]
    TrivialKey,
}

impl Ring {
    /// Bytes of an element on the wire.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let lens = self.limbs().iter().map(|limb| packed_len(self.dimension(), limb.modulus().bits()));
        lens.fold(0, usize::saturating_add)
    }

    /// Appends an element.
    pub fn encode<D>(&self, a: &Poly<D>, out: &mut Vec<u8>) {
        for (limb, residues) in self.limbs().iter().zip(a.limbs()) {
            let (from, bits) = (out.len(), limb.modulus().bits());
            out.resize(from.saturating_add(packed_len(residues.len(), bits)), 0);
            pack(residues, bits, out.get_mut(from..).unwrap_or(&mut []));
        }
    }

    /// The element in `bytes`.
    ///
    /// # Errors
    /// [`WireError`] if the length is wrong or a residue is not canonical.
    pub fn decode<D>(&self, bytes: &[u8]) -> Result<Poly<D>, WireError> {
        let expected = self.encoded_len();
        if bytes.len() != expected {
            return Err(WireError::Length { found: bytes.len(), expected });
        }
        let (mut out, mut rest) = (self.zero(), bytes);
        for (limb, residues) in self.limbs().iter().zip(out.limbs_mut()) {
            let bits = limb.modulus().bits();
            let (packed, next) =
                rest.split_at_checked(packed_len(residues.len(), bits)).unwrap_or((rest, &[]));
            unpack(packed, bits, residues);
            if !limb.canonical(residues) {
                return Err(WireError::Residue);
            }
            rest = next;
        }
        Ok(out)
    }
}

impl<F: Field> Bgv<F> {
    /// Bytes of a ciphertext.
    #[must_use]
    pub fn ciphertext_len(&self) -> usize {
        self.ring.encoded_len().saturating_mul(2).saturating_add(1)
    }

    /// Appends a ciphertext.
    pub fn encode_ciphertext<R: Role>(&self, c: &Ciphertext<R>, out: &mut Vec<u8>) {
        out.reserve(self.ciphertext_len());
        out.push(R::BYTE);
        self.ring.encode(&c.c0, out);
        self.ring.encode(&c.c1, out);
    }

    /// The ciphertext of role `R` in `bytes`.
    ///
    /// # Errors
    /// [`WireError`] if it is none.
    pub fn decode_ciphertext<R: Role>(&self, bytes: &[u8]) -> Result<Ciphertext<R>, WireError> {
        let body = of_role::<R>(bytes, self.ciphertext_len())?;
        let (c0, c1) = body.split_at_checked(self.ring.encoded_len()).unwrap_or((body, &[]));
        Ok(Ciphertext::new(self.ring.decode(c0)?, self.ring.decode(c1)?))
    }

    /// Bytes of a public key.
    #[must_use]
    pub fn key_len(&self) -> usize {
        self.ring.encoded_len().saturating_add(1)
    }

    /// Appends a public key.
    pub fn encode_key<R: Role>(&self, key: &PublicKey<R>, out: &mut Vec<u8>) {
        out.push(R::BYTE);
        self.ring.encode(key.b(), out);
    }

    /// The public key of role `R` in `bytes`, for the expanded element `a`. Its proof is still to be checked.
    ///
    /// # Errors
    /// [`WireError`] if it is none, if b = 0 or b = a.
    pub fn decode_key<R: Role>(&self, a: Poly<Eval>, bytes: &[u8]) -> Result<PublicKey<R>, WireError> {
        let b: Poly<Eval> = self.ring.decode(of_role::<R>(bytes, self.key_len())?)?;
        if b.residues().iter().all(|x| *x == 0) {
            return Err(WireError::ZeroKey);
        }
        if b == a {
            return Err(WireError::TrivialKey);
        }
        Ok(PublicKey::new(a, b))
    }
}

/// What follows the role byte, if the length and the role are right.
fn of_role<R: Role>(bytes: &[u8], expected: usize) -> Result<&[u8], WireError> {
    match bytes.split_first() {
        Some((role, body)) if bytes.len() == expected && *role == R::BYTE => Ok(body),
        Some((role, _)) if bytes.len() == expected => {
            Err(WireError::Role { found: *role, expected: R::BYTE })
        }
        _ => Err(WireError::Length { found: bytes.len(), expected }),
    }
}
