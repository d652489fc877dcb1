//! Ciphertexts and keys that honest code never makes: for cheaters under test.

use num_bigint::BigUint;
use speedwell_field::Field;

use super::Bgv;
use super::cipher::Ciphertext;
use super::keys::{PublicKey, Role, SecretKey};
use super::reply::Multiplier;
use super::ring::{Eval, Poly};
use super::wide::Small;

impl<R: Role> Ciphertext<R> {
    /// The same ciphertext, called one of the other role.
    pub(crate) fn recast<S: Role>(self) -> Ciphertext<S> {
        Ciphertext::new(self.c0, self.c1)
    }
}

impl<F: Field> Bgv<F> {
    /// `x c`, with nothing to hide x.
    pub(crate) fn product<R: Role>(&self, x: &Multiplier, c: &Ciphertext<R>) -> Ciphertext<R> {
        Ciphertext::new(self.ring.mul(&x.0, &c.c0), self.ring.mul(&x.0, &c.c1))
    }

    /// `c/2` mod q.
    pub(crate) fn halve<R: Role>(&self, c: &mut Ciphertext<R>) {
        let half = self.ring.scalar(&((self.params.q() + 1_u32) / 2_u32));
        for part in [&mut c.c0, &mut c.c1] {
            let whole = std::mem::replace(part, self.ring.zero());
            self.ring.axpy(part, &half, &whole);
        }
    }

    /// Adds the constant `noise` to the half with the plaintext.
    pub(crate) fn disturb<R: Role>(&self, c: &mut Ciphertext<R>, noise: &BigUint) {
        self.ring.add(&mut c.c0, &self.ring.constant(&self.ring.scalar(noise)));
    }

    /// The key pair with these secrets, whatever their size.
    pub(crate) fn forged_key<R: Role>(
        &self,
        a: Poly<Eval>,
        s: Vec<i32>,
        e: Vec<i32>,
    ) -> (SecretKey<R>, PublicKey<R>) {
        let (s, e) = (Small::new(s), Small::new(e));
        let b = self.key_image(&a, &s, &e);
        let values = self.ring.to_eval(self.embedded(&s));
        (SecretKey::new(s, e, values), PublicKey::new(a, b))
    }

    fn embedded(&self, s: &Small) -> Poly<super::ring::Coeff> {
        let digits = s.coefficients().iter().map(|x| i64::from(*x)).collect();
        self.ring.embed(&super::wide::Wide::from_planes(self.ring.dimension(), digits))
    }
}

impl<F: Field> Bgv<F> {
    /// In which quarter of [0, q'') the coefficients are of what a reply decrypts to, before it is reduced mod p.
    pub(crate) fn quarters_of_noise<R: Role>(&self, key: &SecretKey<R>, reply: &[u8]) -> Vec<u8> {
        let noisy = self.noisy(key, &reply[1..]).unwrap();
        let (n, switched) = (self.ring.dimension(), self.params.switched());
        let limbs = self.ring.limbs().iter().zip(noisy.chunks_exact(n));
        (0..n)
            .map(|i| {
                let value = limbs.clone().map(|(limb, residues)| {
                    let m = limb.modulus();
                    let rest = &switched / m.q();
                    &rest * m.inverse(u64::try_from(&rest % m.q()).unwrap()) * residues[i]
                });
                u8::try_from(value.sum::<BigUint>() % &switched * 4_u32 / &switched).unwrap()
            })
            .collect()
    }
}
