//! Encryption: `c0 = b u + p e0 + m`, `c1 = a u + p e1`; decryption: `((c0 - c1 s) mod q, centred) mod p`.
//!
//! The map (m, u, e0, e1) ↦ (c0, c1) is linear over the integers, which is what the proof of plaintext knowledge uses: it encrypts
//! masks and responses with the same function. Plaintexts are integer polynomials, centred by the honest.
//! Depth 0: products with plaintexts only, in [`super::reply`].
//!
//! Cost: 3 transforms a limb to encrypt, 2 to decrypt.

use super::Bgv;
use super::keys::{PublicKey, Role, SecretKey};
use super::ring::{Embed, Eval, Poly};
use super::sampler::{self, SamplerError};
use super::wide::{Small, Wide};
use core::marker::PhantomData;
use speedwell_field::{Field, Prg, Seed};
use zeroize::Zeroizing;

/// A ciphertext under a key of role `R`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ciphertext<R> {
    pub(super) c0: Poly<Eval>,
    pub(super) c1: Poly<Eval>,
    role: PhantomData<R>,
}

/// What an encryption is made with. Wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Randomness {
    /// Ternary.
    pub u: Small,
    /// Error of c0.
    pub e0: Small,
    /// Error of c1.
    pub e1: Small,
}

impl<R: Role> Ciphertext<R> {
    pub(super) fn new(c0: Poly<Eval>, c1: Poly<Eval>) -> Self {
        Self { c0, c1, role: PhantomData }
    }

    /// The half with the plaintext.
    #[must_use]
    pub fn c0(&self) -> &Poly<Eval> {
        &self.c0
    }

    /// The half that is multiplied by the key.
    #[must_use]
    pub fn c1(&self) -> &Poly<Eval> {
        &self.c1
    }
}

impl Randomness {
    /// Fresh honest randomness: u ternary, e0 and e1 from CBD(21).
    ///
    /// # Errors
    /// [`SamplerError`] if the generator is broken.
    pub fn sample(prg: &mut Prg, n: usize) -> Result<Self, SamplerError> {
        let u = sampler::ternary(prg, n)?;
        Ok(Self { u, e0: sampler::binomial(prg, n)?, e1: sampler::binomial(prg, n)? })
    }
}

impl<F: Field> Bgv<F> {
    /// A uniform element of the ring, from a seed that all parties share: `a` of a key.
    #[must_use]
    pub fn expand(&self, seed: &Seed) -> Poly<Eval> {
        let (mut prg, mut out) = (Prg::new(seed), self.ring.zero());
        for (limb, out) in self.ring.limbs().iter().zip(out.limbs_mut()) {
            sampler::residues(&mut prg, limb.modulus().q(), out);
        }
        out
    }

    /// A key pair for the public element `a`.
    ///
    /// # Errors
    /// [`SamplerError`] if the generator is broken.
    pub fn keygen<R: Role>(
        &self,
        a: Poly<Eval>,
        prg: &mut Prg,
    ) -> Result<(SecretKey<R>, PublicKey<R>), SamplerError> {
        let n = self.ring.dimension();
        let (s, e) = (sampler::ternary(prg, n)?, sampler::binomial(prg, n)?);
        let b = self.key_image(&a, &s, &e);
        let mut values = self.ring.zero();
        for (limb, out) in self.ring.limbs().iter().zip(values.limbs_mut()) {
            limb.perform(Embed { modulus: limb.modulus(), wide: None, small: Some((1, &s)), out });
            limb.forward(out);
        }
        Ok((SecretKey::new(s, e, values), PublicKey::new(a, b)))
    }

    /// `a s + p e` over the ring: a public key's b, and both sides of the key proof's equation.
    #[must_use]
    pub fn key_image(&self, a: &Poly<Eval>, s: &Small, e: &Small) -> Poly<Eval> {
        let mut out = self.ring.zero();
        let mut values = Zeroizing::new(vec![0; self.ring.dimension()]);
        for (l, (out, a)) in out.limbs_mut().zip(a.limbs()).enumerate() {
            self.with_limb(l, |limb, p| {
                limb.perform(Embed { modulus: limb.modulus(), wide: None, small: Some((p, e)), out });
                limb.forward(out);
                limb.perform(Embed {
                    modulus: limb.modulus(),
                    wide: None,
                    small: Some((1, s)),
                    out: &mut values,
                });
                limb.forward(&mut values);
                limb.mul_add(out, a, &values);
            });
        }
        out
    }

    /// The encryption of `m` with the given randomness.
    #[must_use]
    pub fn encrypt<R: Role>(&self, key: &PublicKey<R>, m: &Wide, randomness: &Randomness) -> Ciphertext<R> {
        let Randomness { u, e0, e1 } = randomness;
        let (mut c0, mut c1) = (self.ring.zero(), self.ring.zero());
        let mut values = Zeroizing::new(vec![0; self.ring.dimension()]);
        let outputs = c0.limbs_mut().zip(c1.limbs_mut());
        for (l, ((c0, c1), (a, b))) in outputs.zip(key.a.limbs().zip(key.b.limbs())).enumerate() {
            self.with_limb(l, |limb, p| {
                let modulus = limb.modulus();
                limb.perform(Embed { modulus, wide: None, small: Some((1, u)), out: &mut values });
                limb.forward(&mut values);
                limb.perform(Embed { modulus, wide: Some((1, m)), small: Some((p, e0)), out: c0 });
                limb.forward(c0);
                limb.mul_add(c0, b, &values);
                limb.perform(Embed { modulus, wide: None, small: Some((p, e1)), out: c1 });
                limb.forward(c1);
                limb.mul_add(c1, a, &values);
            });
        }
        Ciphertext::new(c0, c1)
    }

    /// The plaintext of a ciphertext whose noise is below q/2, in coefficients.
    #[must_use]
    pub fn decrypt<R: Role>(&self, key: &SecretKey<R>, c: &Ciphertext<R>) -> Vec<F> {
        let mut noisy = c.c0.clone();
        self.ring.sub(&mut noisy, &self.ring.mul(&c.c1, &key.values));
        let noisy = Zeroizing::new(self.ring.to_coeff(noisy));
        let mut out = vec![F::ZERO; self.ring.dimension()];
        self.ring.perform(super::radix::AddLifted {
            lift: &self.lift,
            limbs: noisy.limbs().collect(),
            out: &mut out,
        });
        out
    }

    /// Doubles plaintext, randomness and ciphertext: what the proof speaks about.
    pub fn double<R: Role>(&self, c: &mut Ciphertext<R>) {
        self.ring.double(&mut c.c0);
        self.ring.double(&mut c.c1);
    }

    /// `c += other`
    pub fn add<R: Role>(&self, c: &mut Ciphertext<R>, other: &Ciphertext<R>) {
        self.ring.add(&mut c.c0, &other.c0);
        self.ring.add(&mut c.c1, &other.c1);
    }

    /// `c -= X^exponent other`, the exponent mod 2N: one cell of a proof's challenge.
    pub fn sub_monomial<R: Role>(&self, c: &mut Ciphertext<R>, exponent: usize, other: &Ciphertext<R>) {
        // -X^e = X^(e + N)
        let monomial = self.ring.monomial(exponent.wrapping_add(self.ring.dimension()));
        self.ring.mul_add(&mut c.c0, &monomial, &other.c0);
        self.ring.mul_add(&mut c.c1, &monomial, &other.c1);
    }
}
