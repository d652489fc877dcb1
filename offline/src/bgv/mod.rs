//! The ring R_q = Z_q\[X\]/(X^N + 1) and BGV encryption of depth 0, as LowGear needs them.
//!
//! | module | what |
//! |---|---|
//! | `params` | every bound, derived from the field and the statistical security |
//! | `limb` | arithmetic modulo one prime: transforms and pointwise kernels, portable and AVX2 |
//! | `ring`, `wide`, `radix` | elements of R_q; integer polynomials; exact conversion between them |
//! | `sampler` | secrets, errors, masks, flooding |
//! | `encode` | slots |
//! | `keys`, `cipher`, `reply` | key pairs by role, encryption, flooded replies |
//! | `switch`, `code`, `pack`, `wire` | compression of replies; bytes |
//!
//! A pair of parties in short: the owner makes a key pair ([`Bgv::keygen`]) and proves it, encrypts a batch ([`Bgv::encrypt`]) and proves it;
//! the peer doubles the ciphertext ([`Bgv::double`]) and multiplies it by a polynomial of its own ([`Bgv::reply`]); the owner
//! decrypts ([`Bgv::add_decrypted`]), and both hold additive shares of the product.

mod cipher;
mod code;
mod encode;
#[cfg(test)]
mod forge;
mod keys;
mod limb;
mod pack;
mod params;
mod radix;
mod range;
mod reply;
mod ring;
mod sampler;
mod switch;
#[cfg(test)]
mod tests;
mod wide;
mod wire;

pub use cipher::{Ciphertext, Randomness};
pub use encode::Slots;
pub use keys::{FactorRole, MacRole, PublicKey, Role, SecretKey};
pub use limb::{Choice, Limb, Modulus};
pub use pack::{pack, packed_len, unpack};
pub use params::{Masks, Params, ParamsError, Witness};
pub use range::Range;
pub use reply::{Multiplier, ReplyError, Scratch};
pub use ring::{Coeff, Eval, Poly, Ring, Scalar};
pub use sampler::{SamplerError, binomial, ternary, uniform, uniform_wide};
pub(crate) use wide::digits_of;
pub use wide::{Small, Wide};
pub use wire::WireError;

use num_bigint::BigUint;
use radix::Lift;
pub(crate) use range::DIGIT_BITS;
use speedwell_field::Field;
use switch::{Switch, Weights};

/// One parameter set at work: the ring, the slots and all constants. Immutable; shared among threads.
pub struct Bgv<F> {
    params: Params,
    ring: Ring,
    slots: Slots<F>,
    switch: Switch,
    /// Of ciphertexts.
    lift: Lift<F>,
    /// Of switched replies: undoes the factor 1/Q.
    reply_lift: Lift<F>,
    /// p modulo each limb.
    p: Scalar,
    mask_planes: usize,
    /// Of the digits of e: 2^(48j).
    mask_weights: Weights,
    /// Of e1: p.
    error_weights: Weights,
}

impl<F: Field> Bgv<F> {
    /// Makes the tables of `params` for the field they were derived from.
    ///
    /// # Errors
    /// [`ParamsError::Slots`] if the field has too few roots of unity, which the parameters of another field may show.
    #[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow; q'' is not zero")]
    pub fn new(params: Params, choice: Choice) -> Result<Self, ParamsError> {
        let refused = ParamsError::Slots { field: F::NAME, dimension: params.dimension() };
        let n = usize::try_from(params.dimension()).map_err(|_| refused.clone())?;
        let slots = Slots::new(n, choice).filter(|_| params.p() == &params::modulus::<F>()).ok_or(refused)?;
        let ring = Ring::new(n, params.limbs(), choice);
        let switch = Switch::new(&params, &ring);

        let digits = |bits: u64| usize::try_from(bits.div_ceil(u64::from(DIGIT_BITS))).unwrap_or(usize::MAX);
        let mask_planes = digits(params.p().bits());
        let weights = |scale: &BigUint, planes: usize| -> Vec<BigUint> {
            let step = BigUint::from(1_u64 << DIGIT_BITS);
            core::iter::successors(Some(scale.clone()), |w| Some(w * &step)).take(planes).collect()
        };
        let (p, one) = (params.p(), BigUint::from(1_u32));

        let head = ring.limbs().get(..params.kept()).unwrap_or(&[]);
        Ok(Self {
            slots,
            lift: Lift::new(ring.limbs(), &one),
            reply_lift: Lift::new(head, &(params.q() / params.switched())),
            p: ring.scalar(p),
            mask_planes,
            mask_weights: switch.weights(&weights(&one, mask_planes)),
            error_weights: switch.weights(&weights(p, 1)),
            switch,
            ring,
            params,
        })
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The ring.
    #[must_use]
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// The slots.
    #[must_use]
    pub fn slots(&self) -> &Slots<F> {
        &self.slots
    }

    /// Calls `work` with limb `l` and p modulo it.
    fn with_limb(&self, l: usize, work: impl FnOnce(&Limb, u64)) {
        if let (Some(limb), Some(p)) = (self.ring.limbs().get(l), self.p.residues().get(l)) {
            work(limb, *p);
        }
    }
}
