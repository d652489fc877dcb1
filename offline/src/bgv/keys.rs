//! Key pairs, one for each role.
//!
//! A party has two: MAC-role keys encrypt its share of the MAC key, factor-role keys the factors `a`. With one key for both a
//! cheating peer could add a multiple of the encrypted MAC key to a reply that is to contain a factor, and authenticate a wrong triple that passes
//! every check. So the role is a type parameter of keys, ciphertexts and replies, and a byte on the wire.
//!
//! The public `a` is expanded from a joint coin; nobody chooses it. `b = a s + p e` with s ternary, e from CBD(21); that s and e
//! are short is for the owner to prove.

use super::ring::{Eval, Poly};
use super::wide::Small;
use core::fmt;
use core::marker::PhantomData;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What a key pair is for.
pub trait Role: sealed::Sealed + Copy + fmt::Debug + Eq + Send + Sync + 'static {
    /// The role on the wire and in hashes.
    const BYTE: u8;
}

/// Keys under which shares of the MAC key are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacRole {}

/// Keys under which factors are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorRole {}

impl Role for MacRole {
    const BYTE: u8 = b'K';
}

impl Role for FactorRole {
    const BYTE: u8 = b'A';
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::MacRole {}
    impl Sealed for super::FactorRole {}
}

/// A public key `(a, b)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey<R> {
    pub(super) a: Poly<Eval>,
    pub(super) b: Poly<Eval>,
    role: PhantomData<R>,
}

/// A secret key, with the error of its public key: the witness of the key proof. Wiped when dropped.
pub struct SecretKey<R: Role> {
    s: Small,
    e: Small,
    pub(super) values: Poly<Eval>,
    role: PhantomData<R>,
}

impl<R: Role> PublicKey<R> {
    pub(super) fn new(a: Poly<Eval>, b: Poly<Eval>) -> Self {
        Self { a, b, role: PhantomData }
    }

    /// The public random element.
    #[must_use]
    pub fn a(&self) -> &Poly<Eval> {
        &self.a
    }

    /// `a s + p e`
    #[must_use]
    pub fn b(&self) -> &Poly<Eval> {
        &self.b
    }
}

impl<R: Role> SecretKey<R> {
    pub(super) fn new(s: Small, e: Small, values: Poly<Eval>) -> Self {
        Self { s, e, values, role: PhantomData }
    }

    /// The ternary secret.
    #[must_use]
    pub fn secret(&self) -> &Small {
        &self.s
    }

    /// The error in `b`.
    #[must_use]
    pub fn error(&self) -> &Small {
        &self.e
    }
}

impl<R: Role> fmt::Debug for SecretKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

impl<R: Role> Drop for SecretKey<R> {
    fn drop(&mut self) {
        self.values.zeroize();
    }
}

impl<R: Role> ZeroizeOnDrop for SecretKey<R> {}
