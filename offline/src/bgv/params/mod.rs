//! Parameters of the encryption, derived from the field and the statistical security and from nothing else.
//!
//! `bounds` has the derivation of masks, slack, noise and flooding; `limbs` the choice of the modulus and the compression
//! of replies. Everything is exact integer arithmetic, once per start. No parameter is ever taken from a peer: parties
//! compare [`Params::fingerprint`].
//!
//! Lattice security: with ternary secrets and errors from CBD(21) the cheapest of the primal, dual-hybrid and
//! bounded-distance attacks costs 2^128 or more (lattice-estimator, MATZOV cost model) for log2 q ≤ 430 at N = 16384 and
//! log2 q ≤ 860 at N = 32768. Larger moduli are refused. These limits are stricter than the tables of the HE standard.

mod bounds;
mod display;
mod limbs;
mod primes;
#[cfg(test)]
mod tests;

pub use bounds::{Masks, Witness};
#[cfg(test)]
pub(in crate::bgv) use primes::ntt_primes;

use super::code::can_cut;
use bounds::{Bounds, MOST_ROOM};
use limbs::{Limbs, product};
use num_bigint::BigUint;
use speedwell_field::Field;

/// Ring dimensions, smallest first, and the largest log2 q at which each has 128 bits of lattice security.
pub const LATTICE_LIMITS: [(u32, u32); 2] = [(16384, 430), (32768, 860)];
/// log2 of the statistical distance that a key pair may lose to flooding in its whole life.
pub const FLOODING_LOSS_LOG2: u32 = 40;

/// Replies of an epoch, four a batch, that wide masks of key proofs leave at least.
const LEAST_REPLIES: u64 = 1 << 14;
/// Flooding is exact but for 2^-93 a coefficient.
const FLOODING_PRECISION: u32 = 93;
/// Bound of the integer part of flooding: it is one digit.
const MOST_FLOOD_UNITS: u64 = 1 << 46;

/// Why there are no parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsError {
    /// The statistical security is outside the supported interval.
    #[error("statistical security of {asked} bits is not between 40 and 80: take 64, or 80")]
    Security {
        /// What was asked for.
        asked: u32,
    },
    /// The field has no primitive root of unity of order 2N.
    #[error(
        "field {field} packs no slots at ring dimension {dimension}: p - 1 is not divisible by twice that"
    )]
    Slots {
        /// Name of the field.
        field: &'static str,
        /// The ring dimension tried last.
        dimension: u32,
    },
    /// Replies of this size are not built.
    #[error(
        "fields of {bits} bits like {field} have no kernel for replies: take one of up to 128 or of about 255 bits"
    )]
    Width {
        /// Name of the field.
        field: &'static str,
        /// Bits of its modulus.
        bits: u64,
    },
    /// The modulus would fall below 128 bits of lattice security, or there are no primes for it.
    #[error(
        "field {field} needs a modulus of {needed} bits at ring dimension {dimension}, more than the {limit} that are secure: take a smaller field or fewer statistical bits"
    )]
    Modulus {
        /// Name of the field.
        field: &'static str,
        /// The ring dimension tried last.
        dimension: u32,
        /// Bits that the noise needs.
        needed: u64,
        /// Bits that are secure.
        limit: u32,
    },
}

/// One parameter set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    field: &'static str,
    p: BigUint,
    dimension: u32,
    stat_sec: u32,
    limit: u32,
    bounds: Bounds,
    limbs: Limbs,
    flood_units: u64,
}

impl Params {
    /// The set for field `F` at `stat_sec` bits (40 to 80) of statistical security for proofs and flooding: the smallest
    /// ring that has slots and keeps 128 bits of lattice security.
    ///
    /// # Errors
    /// [`ParamsError`] if the security is out of range, the field has too few roots of unity, or no ring is large enough.
    pub fn of<F: Field>(stat_sec: u32) -> Result<Self, ParamsError> {
        Self::derive(F::NAME, &modulus::<F>(), stat_sec)
    }

    /// As [`of`](Self::of), for a field given by name and modulus.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn derive(field: &'static str, p: &BigUint, stat_sec: u32) -> Result<Self, ParamsError> {
        if !(40..=80).contains(&stat_sec) {
            return Err(ParamsError::Security { asked: stat_sec });
        }
        let mut refused = ParamsError::Slots { field, dimension: LATTICE_LIMITS[0].0 };
        for (dimension, limit) in LATTICE_LIMITS {
            match Self::at(field, p, dimension, limit, stat_sec) {
                Ok(params) => return Ok(params),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// A toy set of dimension 16 to 128, **without any security**, for tests that count what a real ring hides.
    ///
    /// # Errors
    /// [`ParamsError`] if the field has too few roots of unity or `stat_sec` is not in 8 to 80.
    #[cfg(any(test, feature = "testing"))]
    pub fn insecure_toy<F: Field>(dimension: u32, stat_sec: u32) -> Result<Self, ParamsError> {
        if !(8..=80).contains(&stat_sec) {
            return Err(ParamsError::Security { asked: stat_sec });
        }
        if !dimension.is_power_of_two() || !(16..=128).contains(&dimension) {
            return Err(ParamsError::Slots { field: F::NAME, dimension });
        }
        Self::at(F::NAME, &modulus::<F>(), dimension, 900, stat_sec)
    }

    #[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow; divisors are not zero")]
    fn at(
        field: &'static str,
        p: &BigUint,
        dimension: u32,
        limit: u32,
        stat_sec: u32,
    ) -> Result<Self, ParamsError> {
        if (p - 1_u32) % (2 * dimension) != BigUint::default() {
            return Err(ParamsError::Slots { field, dimension });
        }
        let refuse = |needed| ParamsError::Modulus { field, dimension, needed, limit };
        let narrow = Bounds::derive(p, dimension, stat_sec, 0).ok_or_else(|| refuse(0))?;
        let needed = narrow.modulus.bits();
        let limbs = Limbs::choose(p, dimension, &narrow, limit).ok_or_else(|| refuse(needed))?;
        let q = product(&limbs.primes);
        let switched = product(limbs.primes.get(..limbs.kept).unwrap_or(&[]));
        if !can_cut(&switched, limbs.kept) {
            return Err(ParamsError::Width { field, bits: p.bits() });
        }
        let dropped = product(limbs.primes.get(limbs.kept..).unwrap_or(&[]));
        let with = |bounds: Bounds| {
            if bounds.modulus > q {
                return None;
            }
            // What q leaves above the least admissible flooding is given to flooding too.
            let units = (&q / 8_u32 - &bounds.shift) / (p * &dropped);
            let flood_units = u64::try_from(units).unwrap_or(u64::MAX).min(MOST_FLOOD_UNITS);
            let (p, limbs) = (p.clone(), limbs.clone());
            (&dropped * flood_units >= bounds.flood).then_some(Self {
                field,
                p,
                dimension,
                stat_sec,
                limit,
                bounds,
                limbs,
                flood_units,
            })
        };
        // Of what q leaves, the masks of the key proof take what they can use, unless an epoch would end too soon.
        let wider = (1..=MOST_ROOM).rev().filter_map(|room| Bounds::derive(p, dimension, stat_sec, room));
        let wider = wider.filter_map(with).find(|params| params.replies_per_epoch() >= LEAST_REPLIES);
        wider.or_else(|| with(narrow)).ok_or_else(|| refuse(needed))
    }

    /// Name of the field.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// The plaintext modulus p.
    #[must_use]
    pub fn p(&self) -> &BigUint {
        &self.p
    }

    /// The ring dimension N: slots of a batch.
    #[must_use]
    pub fn dimension(&self) -> u32 {
        self.dimension
    }

    /// Bits of statistical security of proofs and flooding.
    #[must_use]
    pub fn stat_sec(&self) -> u32 {
        self.stat_sec
    }

    /// The limbs q_1, …, q_L.
    #[must_use]
    pub fn limbs(&self) -> &[u64] {
        &self.limbs.primes
    }

    /// How many limbs, from the first, make up the modulus of a switched reply.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.limbs.kept
    }

    /// The modulus q.
    #[must_use]
    pub fn q(&self) -> BigUint {
        product(&self.limbs.primes)
    }

    /// The modulus q'' of switched replies.
    #[must_use]
    pub fn switched(&self) -> BigUint {
        self.limbs.primes.iter().take(self.limbs.kept).map(|q| BigUint::from(*q)).product()
    }

    /// Low bits cut off the coefficients of c0 and c1 of a switched reply.
    #[must_use]
    pub fn cut(&self) -> [u32; 2] {
        self.limbs.cut
    }

    /// Bits of a coefficient of c0 and c1 of a reply on the wire.
    #[must_use]
    #[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow; q'' is at least 3")]
    pub fn reply_bits(&self) -> [u32; 2] {
        let last = self.switched() - 1_u32;
        self.limbs.cut.map(|w| u32::try_from((&last >> w).bits()).unwrap_or(u32::MAX))
    }

    /// R: the flooding r of a reply is uniform on `[-R, R)`.
    #[must_use]
    #[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow")]
    pub fn flood(&self) -> BigUint {
        product(self.limbs.primes.get(self.limbs.kept..).unwrap_or(&[])) * self.flood_units
    }

    /// R in units of the dropped modulus Q = q/q''.
    #[must_use]
    pub fn flood_units(&self) -> u64 {
        self.flood_units
    }

    /// V: rows of a plaintext proof.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.bounds.rows
    }

    /// U: the most batches that one plaintext proof covers.
    #[must_use]
    pub fn block(&self) -> u32 {
        self.bounds.block
    }

    /// K: rows of the key proof and of the diagonal proof.
    #[must_use]
    pub fn setup_rows(&self) -> u32 {
        self.bounds.setup_rows
    }

    /// Masks of the plaintext proof.
    #[must_use]
    pub fn proof_masks(&self) -> &Masks {
        &self.bounds.proof
    }

    /// Masks of the key proof.
    #[must_use]
    pub fn key_masks(&self) -> &Masks {
        &self.bounds.key
    }

    /// Masks of the diagonal proof.
    #[must_use]
    pub fn diagonal_masks(&self) -> &Masks {
        &self.bounds.diagonal
    }

    /// What an accepted plaintext proof bounds, for the doubled ciphertext.
    #[must_use]
    pub fn proof_witness(&self) -> &Witness {
        &self.bounds.proof_witness
    }

    /// What an accepted key proof bounds.
    #[must_use]
    pub fn key_witness(&self) -> &Witness {
        &self.bounds.key_witness
    }

    /// What an accepted diagonal proof bounds.
    #[must_use]
    pub fn diagonal_witness(&self) -> &Witness {
        &self.bounds.diagonal_witness
    }

    /// ν: bound on |c0 - c1 s| of a verified, doubled ciphertext under a verified key.
    #[must_use]
    pub fn noise(&self) -> &BigUint {
        &self.bounds.noise
    }

    /// E: what the flooding of a reply covers 2^sec times.
    #[must_use]
    pub fn shift(&self) -> &BigUint {
        &self.bounds.shift
    }

    /// log2 q
    #[must_use]
    pub fn log_q(&self) -> f64 {
        Self::log2(&self.q())
    }

    /// The binary logarithm of a bound, for display.
    #[must_use]
    pub fn log2(x: &BigUint) -> f64 {
        display::log2(x)
    }

    /// Plaintext responses under `masks` are accepted in `[-bound, bound)`.
    #[must_use]
    #[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow")]
    pub fn accept_plain(&self, masks: &Masks) -> BigUint {
        masks.accept_plain(&(&self.p / 2_u32))
    }

    /// How many replies a party may send under one of its peers' key pairs before their distance from what the peer may know
    /// exceeds 2^-40. A coefficient loses (σ + f + 2p)/(2 p R), and 2^-93 by the precision of flooding (`switch`).
    /// 0 means that the set is fit for benchmarks only.
    #[must_use]
    #[allow(
        clippy::arithmetic_side_effects,
        reason = "big integers do not overflow; the divisor is not zero"
    )]
    pub fn replies_per_epoch(&self) -> u64 {
        let range = &self.p * self.flood() * 2_u32;
        let loss = ((&self.bounds.mean_shift << FLOODING_PRECISION) + &range) * self.dimension;
        let allowed = range << (FLOODING_PRECISION - FLOODING_LOSS_LOG2);
        u64::try_from(allowed / loss).unwrap_or(u64::MAX)
    }

    /// Bits on the wire, for a batch of N triples and one peer: the ciphertext, its share of a full block's proof, four
    /// replies.
    #[must_use]
    #[allow(clippy::arithmetic_side_effects, reason = "sums of public widths far below 2^64")]
    pub fn bits_per_batch(&self) -> u64 {
        let limb_bits: u32 = self.limbs.primes.iter().map(|q| u64::BITS - q.leading_zeros()).sum();
        let [c0, c1] = self.reply_bits();
        let [plain, ternary, error] = self.response_bits();
        let proof = u64::from(self.rows() * (plain + ternary + 2 * error)) * u64::from(self.dimension);
        u64::from(2 * limb_bits + 4 * (c0 + c1)) * u64::from(self.dimension)
            + proof.div_ceil(u64::from(self.block()))
    }

    /// Bytes on the wire per triple and peer.
    #[must_use]
    pub fn bytes_per_triple(&self) -> f64 {
        let bits = u32::try_from(self.bits_per_batch()).unwrap_or(u32::MAX);
        f64::from(bits) / f64::from(self.dimension) / 8.0
    }

    /// Bits of a coefficient of the plaintext proof's responses: m, u, and e0 or e1.
    #[must_use]
    #[allow(clippy::arithmetic_side_effects, reason = "bit lengths of public bounds")]
    pub fn response_bits(&self) -> [u32; 3] {
        let masks = &self.bounds.proof;
        let plain = masks.plain.map_or(0, |range| range.half().bits());
        let signed = |m: u32| 1 + u32::BITS - (m - 1).leading_zeros();
        [1 + u32::try_from(plain).unwrap_or(u32::MAX), signed(masks.ternary), signed(masks.error)]
    }

    /// Canonical bytes that name everything two parties must agree on.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        let head = [self.dimension, self.stat_sec, self.rows(), self.block(), self.setup_rows()];
        let cut = self.limbs.cut;
        let mut out = b"speedwell-bgv-1\0".to_vec();
        out.extend(head.iter().chain(&cut).flat_map(|x| x.to_le_bytes()));
        let masks = [&self.bounds.proof, &self.bounds.key, &self.bounds.diagonal];
        out.extend(masks.iter().flat_map(|m| [m.ternary, m.error, m.statements]).flat_map(u32::to_le_bytes));
        out.extend(self.flood_units.to_le_bytes());
        out.extend(u64::try_from(self.limbs.kept).unwrap_or(u64::MAX).to_le_bytes());
        out.extend(self.limbs.primes.iter().flat_map(|q| q.to_le_bytes()));
        out.extend(self.p.to_bytes_le());
        out
    }
}

/// p of a field as a big integer.
#[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow")]
pub(in crate::bgv) fn modulus<F: Field>() -> BigUint {
    let words = F::modulus();
    words.iter().rev().fold(BigUint::default(), |acc, w| (acc << 64_u32) | BigUint::from(*w))
}
