//! Replies: what a peer sends back for a ciphertext.
//!
//! For a ciphertext C of m, a plaintext polynomial x of the sender's and a uniform mask e, the reply is `x C - Enc~(e)`:
//!
//! - c0 = x C0 - (b u + p r + e), r uniform on [-R, R),
//! - c1 = x C1 - (a u + p e1), u ternary, e1 from CBD(21), under the key of C,
//!
//! switched and cut ([`super::switch`]). Its owner decrypts x m - e mod p.
//!
//! **What the owner learns.** With its secret s, c0 = c1 s + (x m - e - p r + noise), where the noise comes from C, u, e1 and the key, and is
//! hidden by r up to the distance stated in `params::bounds`. So c0 is simulated from c1, s and the plaintext. c1 itself hides x by
//! the ring-LWE sample a u + p e1. Hence c0 needs no error e0 of its own beside r. Both halves are re-randomised: x C1 alone would
//! reveal x. The mask e is uniform on [0, p), which only shifts r.
//!
//! A ciphertext must be *verified* (proved short, then doubled) before it is replied to, under a verified key: flooding covers
//! no more than the bounds of `params`.
//!
//! Cost for L limbs, L'' kept: 3 L transforms to reply (u once, two halves back to coefficients; e1, r and e are added to
//! coefficients), 2 L'' to decrypt.

use super::Bgv;
use super::cipher::Ciphertext;
use super::code::CodeError;
use super::keys::{PublicKey, Role, SecretKey};
use super::radix::AddLifted;
use super::ring::{Coeff, Embed, Eval, Poly};
use super::sampler::{self, SamplerError};
use super::switch::Half;
use super::wide::{Wide, canonical_planes};
use core::fmt;
use speedwell_field::{Field, Prg};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A plaintext polynomial that ciphertexts are multiplied by. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Multiplier(pub(super) Poly<Eval>);

/// Buffers of one worker, for any number of replies. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Scratch {
    pub(super) c0: Poly<Coeff>,
    pub(super) c1: Poly<Coeff>,
    values: Vec<u64>,
    /// Digits of r/Q.
    pub(super) flood: Vec<i64>,
    /// Digits of e.
    pub(super) mask: Vec<i64>,
    /// e1
    pub(super) error: Vec<i64>,
}

/// Why a reply was refused, or not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The number of bytes is wrong.
    #[error("a reply has {found} bytes instead of {expected}")]
    Length {
        /// Bytes found.
        found: usize,
        /// Bytes of a reply.
        expected: usize,
    },
    /// It is meant for the key of the other role.
    #[error("a reply names role {found:#04x} instead of {expected:#04x}")]
    Role {
        /// Role byte found.
        found: u8,
        /// Role byte of the key.
        expected: u8,
    },
    /// A coefficient is beyond the switched modulus.
    #[error("a coefficient of a reply is out of range")]
    Range,
    /// The mask has not one element for every coefficient: a usage error, found before anything is made.
    #[error("a reply needs a mask of {expected} elements, not {found}")]
    Mask {
        /// Elements given.
        found: usize,
        /// The ring dimension.
        expected: usize,
    },
    /// The generator is broken.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
}

impl fmt::Debug for Multiplier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Multiplier(..)")
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch(..)")
    }
}

impl<F: Field> Bgv<F> {
    /// The polynomial with these coefficients, as a multiplier. L transforms.
    #[must_use]
    pub fn multiplier(&self, coefficients: &[F]) -> Multiplier {
        Multiplier(self.ring.to_eval(self.ring.embed(&Wide::centred(coefficients))))
    }

    /// The constant polynomial `k`, as a multiplier.
    #[must_use]
    pub fn constant_multiplier(&self, k: F) -> Multiplier {
        let mut coefficients = Zeroizing::new(vec![F::ZERO; self.ring.dimension()]);
        coefficients.iter_mut().take(1).for_each(|first| *first = k);
        self.multiplier(&coefficients)
    }

    /// Buffers for [`reply`](Self::reply).
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        let n = self.ring.dimension();
        Scratch {
            c0: self.ring.zero(),
            c1: self.ring.zero(),
            values: vec![0; n],
            flood: vec![0; n.saturating_mul(3)],
            mask: vec![0; n.saturating_mul(self.mask_planes)],
            error: vec![0; n],
        }
    }

    /// Bytes of a reply, whatever its role.
    #[must_use]
    pub fn reply_len(&self) -> usize {
        let n = self.ring.dimension();
        let halves = [Half::C0, Half::C1].map(|half| self.switch.code(half).len(n));
        halves.iter().fold(1, |sum, len| sum.saturating_add(*len))
    }

    /// Appends the reply `x c - Enc~(mask)` under `key`, which is the key of `c`.
    ///
    /// # Errors
    /// [`ReplyError::Mask`] if the mask has not N elements, [`ReplyError::Sampler`] if the generator is broken; nothing has been
    /// appended then.
    pub fn reply<R: Role>(
        &self,
        key: &PublicKey<R>,
        x: &Multiplier,
        c: &Ciphertext<R>,
        mask: &[F],
        prg: &mut Prg,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), ReplyError> {
        self.prepare(key, x, c, mask, prg, scratch)?;
        self.finish::<R>(scratch, out);
        Ok(())
    }

    /// Adds what is added to coefficients, switches, cuts and writes.
    pub(super) fn finish<R: Role>(&self, scratch: &Scratch, out: &mut Vec<u8>) {
        let Scratch { c0, c1, flood, mask, error, .. } = scratch;
        out.reserve(self.reply_len());
        out.push(R::BYTE);
        self.switch.encode(&self.ring, Half::C0, c0, &self.mask_weights, mask, flood, out);
        self.switch.encode(&self.ring, Half::C1, c1, &self.error_weights, error, &[], out);
    }

    /// Everything before flooding and switching: c0 = x C0 - b u, c1 = x C1 - a u in coefficients; r, e and e1 in their planes.
    pub(super) fn prepare<R: Role>(
        &self,
        key: &PublicKey<R>,
        x: &Multiplier,
        c: &Ciphertext<R>,
        mask: &[F],
        prg: &mut Prg,
        scratch: &mut Scratch,
    ) -> Result<(), ReplyError> {
        let n = self.ring.dimension();
        if mask.len() != n {
            return Err(ReplyError::Mask { found: mask.len(), expected: n });
        }
        let Scratch { c0, c1, values, flood, mask: digits, error } = scratch;
        let u = sampler::ternary(prg, n)?;
        let e1 = sampler::binomial(prg, n)?;
        error.iter_mut().zip(e1.coefficients()).for_each(|(out, e1)| *out = i64::from(*e1));
        sampler::flooding(prg, n, self.params.flood_units(), flood);
        canonical_planes(mask, digits);

        let sources = c.c0.limbs().zip(c.c1.limbs()).zip(key.a.limbs().zip(key.b.limbs())).zip(x.0.limbs());
        let outputs = c0.limbs_mut().zip(c1.limbs_mut());
        for ((limb, (out0, out1)), (((in0, in1), (a, b)), x)) in
            self.ring.limbs().iter().zip(outputs).zip(sources)
        {
            limb.perform(Embed { modulus: limb.modulus(), wide: None, small: Some((1, &u)), out: values });
            limb.forward(values);
            limb.cross(out0, [x, in0], [b, values]);
            limb.inverse(out0);
            limb.cross(out1, [x, in1], [a, values]);
            limb.inverse(out1);
        }
        Ok(())
    }

    /// Adds the plaintext of a reply, in coefficients, to `out`.
    ///
    /// # Errors
    /// [`ReplyError`] if the bytes are not a reply for a key of this role; `out` is untouched then.
    pub fn add_decrypted<R: Role>(
        &self,
        key: &SecretKey<R>,
        bytes: &[u8],
        out: &mut [F],
    ) -> Result<(), ReplyError> {
        let expected = self.reply_len();
        let wrong_length = ReplyError::Length { found: bytes.len(), expected };
        let (role, body) = bytes.split_first().filter(|_| bytes.len() == expected).ok_or(wrong_length)?;
        if *role != R::BYTE {
            return Err(ReplyError::Role { found: *role, expected: R::BYTE });
        }
        let noisy = self.noisy(key, body).map_err(|error| match error {
            CodeError::Length { .. } => wrong_length,
            CodeError::Range => ReplyError::Range,
        })?;
        let limbs = noisy.chunks_exact(self.ring.dimension()).collect();
        self.ring.perform(AddLifted { lift: &self.reply_lift, limbs, out });
        Ok(())
    }

    /// c0 - c1 s of a reply, modulo the kept limbs.
    pub(super) fn noisy<R: Role>(
        &self,
        key: &SecretKey<R>,
        body: &[u8],
    ) -> Result<Zeroizing<Vec<u64>>, CodeError> {
        let n = self.ring.dimension();
        let (c0, c1) = body.split_at_checked(self.switch.code(Half::C0).len(n)).unwrap_or((body, &[]));
        let (c0, c1) = (self.switch.decode(Half::C0, c0)?, self.switch.decode(Half::C1, c1)?);
        let kept = self.params.kept();
        let mut noisy = Zeroizing::new(vec![0; n.saturating_mul(kept)]);
        let mut values = Zeroizing::new(vec![0; n]);
        for ((limb, out), s) in
            self.ring.limbs().iter().zip(noisy.chunks_exact_mut(n)).zip(key.values.limbs())
        {
            let modulus = limb.modulus();
            let scale = |half| modulus.pow(2, u64::from(self.switch.code(half).cut()));
            limb.perform(Embed {
                modulus,
                wide: Some((scale(Half::C1), &c1)),
                small: None,
                out: &mut values,
            });
            limb.forward(&mut values);
            limb.mul_assign(&mut values, s);
            limb.inverse(&mut values);
            limb.perform(Embed { modulus, wide: Some((scale(Half::C0), &c0)), small: None, out });
            limb.sub(out, &values);
        }
        Ok(noisy)
    }
}
