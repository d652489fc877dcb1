//! Exact conversion out of the residue number system, through mixed radix digits.
//!
//! A value v in [0, q_1 … q_K) is `v = u_1 + q_1 (u_2 + q_2 (u_3 + …))` with 0 ≤ u_k < q_k, and
//! `u_k = (q_1 … q_{k-1})^-1 v_k - Σ_{j<k} (q_j … q_{k-1})^-1 u_j mod q_k` (Garner). Unlike a conversion through approximate
//! quotients this is exact for every v, so that no bound on the noise enters; for the three or six limbs of a reply it is as cheap.

use super::limb::{Factor, Lane, Limb, Modulus, Task};
use super::params::modulus;
use super::ring::{BLOCK, Block, combine};
use num_bigint::BigUint;
use speedwell_field::Field;

/// Garner's constants for a list of limbs, and an integer to add on the way.
#[derive(Clone, Debug)]
pub struct MixedRadix {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    modulus: Modulus,
    /// -(q_j … q_{k-1})^-1 for j < k, (q_1 … q_{k-1})^-1 for j = k, each with j.
    terms: Vec<(Factor, usize)>,
    /// The added integer times (q_1 … q_{k-1})^-1.
    offset: u64,
}

/// Lifting to centred values mod p, times a constant.
///
/// The values get (q - 1)/2 added before the conversion and subtracted after it: what lies between is in [0, q), and no value is
/// compared with q/2.
#[derive(Clone, Debug)]
pub struct Lift<F> {
    radix: MixedRadix,
    /// For each pair of digits the weight of its lower one, and the modulus between the two.
    pairs: Vec<(F, u64)>,
    /// The weight of (q - 1)/2.
    half: F,
}

impl MixedRadix {
    /// The conversion of `v + offset` from `limbs`.
    #[must_use]
    #[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow; moduli are not zero")]
    pub fn new(limbs: &[Limb], offset: &BigUint) -> Self {
        let moduli: Vec<Modulus> = limbs.iter().map(Limb::modulus).collect();
        let row = |(k, m): (usize, &Modulus)| {
            let inverse_from = |j: usize| {
                let product = moduli.iter().take(k).skip(j).fold(1, |acc, q| m.mul(acc, m.reduce(q.q())));
                m.inverse(product)
            };
            let below = (0..k).map(|j| (Factor::new(*m, m.sub(0, inverse_from(j))), j));
            let own = (Factor::new(*m, inverse_from(0)), k);
            Row {
                modulus: *m,
                terms: below.chain([own]).collect(),
                offset: m.mul(remainder(offset, m.q()), inverse_from(0)),
            }
        };
        Self { rows: moduli.iter().enumerate().map(row).collect() }
    }

    /// Turns the residues of a block, `values[k]` mod q_k, into the digits: in place, and as numbers.
    #[inline(always)]
    pub fn digits<L: Lane>(&self, values: &mut [Block<L>], digits: &mut [[u64; BLOCK]]) {
        let mut sums = [L::X::default(); BLOCK];
        for (k, (row, digits)) in self.rows.iter().zip(digits).enumerate() {
            let lane = L::new(row.modulus);
            combine(lane, row.offset, &row.terms, values, &mut sums);
            let Some(value) = values.get_mut(k) else { return };
            for ((value, digit), sum) in value.iter_mut().zip(digits).zip(&sums) {
                *digit = lane.canonical(*sum);
                *value = residue::<L>(*digit);
            }
        }
    }
}

/// A residue as an integer.
#[inline(always)]
#[allow(clippy::as_conversions, reason = "residues are below 2^50")]
pub fn residue<L: Lane>(x: u64) -> L::X {
    L::integer(x as i64)
}

#[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow; field operators are total")]
impl<F: Field> Lift<F> {
    /// The lift from `limbs` to `scale · v mod p`.
    #[must_use]
    pub fn new(limbs: &[Limb], scale: &BigUint) -> Self {
        let p = modulus::<F>();
        let moduli: Vec<u64> = limbs.iter().map(|limb| limb.modulus().q()).collect();
        let product =
            |count: usize| moduli.iter().take(count).map(|q| BigUint::from(*q)).product::<BigUint>();
        let half = (product(moduli.len()) - 1_u32) / 2_u32;
        let weight = |x: BigUint| element::<F>(&(x * scale % &p));
        Self {
            radix: MixedRadix::new(limbs, &half),
            pairs: moduli.iter().step_by(2).enumerate().map(|(i, q)| (weight(product(2 * i)), *q)).collect(),
            half: weight(half),
        }
    }

    /// `out[i] += scale · (v_i centred) mod p` for the values with these mixed radix digits.
    #[inline(always)]
    fn add_block(&self, digits: &[[u64; BLOCK]], out: &mut [F]) {
        for ((weight, q), pair) in self.pairs.iter().zip(digits.chunks(2)) {
            let [low, rest @ ..] = pair else { return };
            let high = rest.first().unwrap_or(&[0; BLOCK]);
            for (out, (low, high)) in out.iter_mut().zip(low.iter().zip(high)) {
                *out += F::from_u128(u128::from(*low) + u128::from(*q) * u128::from(*high)) * *weight;
            }
        }
        out.iter_mut().for_each(|out| *out -= self.half);
    }
}

/// Adds the lift of every coefficient to `out`.
pub struct AddLifted<'a, F> {
    pub lift: &'a Lift<F>,
    /// The coefficients' residues, by limb.
    pub limbs: Vec<&'a [u64]>,
    pub out: &'a mut [F],
}

impl<F: Field> Task for AddLifted<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        let mut values = vec![[L::X::default(); BLOCK]; self.limbs.len()];
        let mut digits = vec![[0; BLOCK]; self.limbs.len()];
        for (i, out) in self.out.chunks_mut(BLOCK).enumerate() {
            for (value, limb) in values.iter_mut().zip(&self.limbs) {
                let block = limb.get(i.saturating_mul(BLOCK)..).unwrap_or(&[]);
                value.iter_mut().zip(block).for_each(|(value, x)| *value = residue::<L>(*x));
            }
            self.lift.radix.digits::<L>(&mut values, &mut digits);
            self.lift.add_block(&digits, out);
        }
    }
}

/// `x mod q`
#[allow(clippy::arithmetic_side_effects, reason = "q is not zero")]
pub fn remainder(x: &BigUint, q: u64) -> u64 {
    u64::try_from(x % q).unwrap_or(0)
}

/// A big integer below p as a field element.
#[allow(clippy::arithmetic_side_effects, reason = "field operators are total")]
pub fn element<F: Field>(x: &BigUint) -> F {
    let shift = F::from_u128(1 << 64);
    x.to_u64_digits().iter().rev().fold(F::ZERO, |acc, word| acc * shift + F::from_u64(*word))
}
