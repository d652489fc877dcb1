//! Flooding and compression of replies: from q to q'' in one step, then to the upper bits ([`super::code`]).
//!
//! **Switching.** With Q = q/q'' and t ≡ -c/p mod Q, a coefficient c mod q becomes c' = (c + p t)/Q. The plaintext is multiplied
//! by 1/Q and the noise divided by Q; the receiver multiplies the plaintext by Q. In residues: with
//! y_l = centred(-c_l (p Q/q_l)^-1 mod q_l) for the dropped limbs and F = Σ y_l/q_l, every t ≡ -c/p mod Q is (F - J) Q for an integer
//! J, and c' = c_k/Q + Σ y_l p/q_l - J p mod q_k for each kept limb. J = ⌊F + 1/2⌋ centres t.
//!
//! **Flooding** subtracts p r from c0, r uniform on [-ρQ, ρQ), before it is switched. That is the same as J = ⌊F + V⌋ with V uniform on
//! [-ρ, ρ), *and c not touched*: c - p r has F + r/Q in place of F modulo integers, and c' is the same function of
//! c/Q - p r/Q and of the residue t of c - p r. In formulas: J Q - F Q = r - t' for r = V Q, t' = (F + V - ⌊F + V⌋) Q in [0, Q), so
//! c' = (c - p r + p t')/Q, which is the switching of c - p r with t' in [0, Q). (Stochastic rounding of F, plus a small integer.)
//! Wide flooding thus costs three random digits a coefficient and nothing modulo the limbs. What is sent is a function of
//! c - p r alone, so all that flooding hides is hidden.
//!
//! **Precision.** V is drawn in steps of 2^-96, and F is computed as Σ a1 2^-48 + Σ a2 2^-96 with an error below 2^-96 for each
//! dropped limb, of which there are at most eight: 2^-93 together. J differs from its exact value only if F + V is that close to
//! an integer; `Params::replies_per_epoch` charges for it.

use super::code::{Code, CodeError};
use super::limb::{Factor, Lane, Modulus, Task};
use super::params::Params;
use super::radix::{MixedRadix, remainder, residue};
use super::range::DIGIT_BITS;
use super::ring::{BLOCK, Block, Coeff, Poly, Ring, combine};
use super::wide::Wide;
use num_bigint::BigUint;

/// The constants of switching for one parameter set.
pub struct Switch {
    n: usize,
    dropped: Vec<Dropped>,
    kept: Vec<Kept>,
    radix: MixedRadix,
    codes: [Code; 2],
}

/// Which polynomial of a ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The one with the plaintext.
    C0,
    /// The one that is multiplied by the key.
    C1,
}

struct Dropped {
    modulus: Modulus,
    /// -(p Q/q_l)^-1 mod q_l: from c_l to y_l
    own: Factor,
    /// 2^48/q_l
    share: f64,
}

struct Kept {
    modulus: Modulus,
    /// 1/Q
    own: Factor,
    /// p/q_l for each dropped limb
    from: Vec<Factor>,
    /// -p
    wrap: Factor,
}

/// Weights of integer polynomials that are subtracted before switching, prepared for every limb: the terms of y_l and of c', by
/// index of their source (the planes, then y_1, y_2, …, then J, then c itself).
pub struct Weights {
    planes: usize,
    dropped: Vec<Vec<(Factor, usize)>>,
    kept: Vec<Vec<(Factor, usize)>>,
}

#[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow; moduli are not zero")]
impl Switch {
    /// The switching of `ring`, which is the ring of `params`.
    #[must_use]
    pub fn new(params: &Params, ring: &Ring) -> Self {
        let (head, tail) = ring.limbs().split_at_checked(params.kept()).unwrap_or((ring.limbs(), &[]));
        let (p, q) = (params.p(), params.q() / params.switched());
        let dropped = tail.iter().map(|limb| {
            let m = limb.modulus();
            let product = remainder(&(p * (&q / m.q())), m.q());
            Dropped {
                modulus: m,
                own: Factor::new(m, m.sub(0, m.inverse(product))),
                share: m.digit_quotient(),
            }
        });
        let kept = head.iter().map(|limb| {
            let m = limb.modulus();
            let p = remainder(p, m.q());
            Kept {
                modulus: m,
                own: Factor::new(m, m.inverse(remainder(&q, m.q()))),
                from: tail
                    .iter()
                    .map(|l| Factor::new(m, m.mul(p, m.inverse(m.reduce(l.modulus().q())))))
                    .collect(),
                wrap: Factor::new(m, m.sub(0, p)),
            }
        });
        let [w0, w1] = params.cut();
        Self {
            n: ring.dimension(),
            dropped: dropped.collect(),
            kept: kept.collect(),
            radix: MixedRadix::new(head, &BigUint::default()),
            codes: [Code::new(params, w0), Code::new(params, w1)],
        }
    }

    /// Prepares the subtraction of polynomials with these weights.
    #[must_use]
    pub fn weights(&self, weights: &[BigUint]) -> Weights {
        let planes = weights.len();
        let (rounding, itself) = (planes + self.dropped.len(), planes + self.dropped.len() + 1);
        let scaled = |m: Modulus, scale: Factor| {
            let weight =
                move |w: &BigUint| Factor::new(m, m.sub(0, m.mul(remainder(w, m.q()), scale.residue)));
            weights.iter().map(weight).chain([scale]).zip((0..planes).chain([itself]))
        };
        let dropped = self.dropped.iter().map(|limb| scaled(limb.modulus, limb.own).collect());
        let kept = self.kept.iter().map(|limb| {
            let shares = limb.from.iter().copied().zip(planes..);
            scaled(limb.modulus, limb.own).chain(shares).chain([(limb.wrap, rounding)]).collect()
        });
        Weights { planes, dropped: dropped.collect(), kept: kept.collect() }
    }

    /// How the coefficients of one half are coded.
    #[must_use]
    pub fn code(&self, half: Half) -> &Code {
        let [c0, c1] = &self.codes;
        match half {
            Half::C0 => c0,
            Half::C1 => c1,
        }
    }

    /// Appends the code of `c - Σ weight_j plane_j`; the planes hold n integers each, at most 2^48 in absolute value. `flood` is V in
    /// three planes ([`super::sampler::flooding`]), or empty for V = 1/2: no flooding.
    pub fn encode(
        &self,
        ring: &Ring,
        half: Half,
        c: &Poly<Coeff>,
        weights: &Weights,
        planes: &[i64],
        flood: &[i64],
        out: &mut Vec<u8>,
    ) {
        let (from, code) = (out.len(), self.code(half));
        out.resize(from.saturating_add(code.len(self.n)), 0);
        if let Some(out) = out.get_mut(from..) {
            ring.perform(Encode { switch: self, code, c, weights, planes, flood, out });
        }
    }

    /// The codes in `bytes`, as integers below q''/2^w.
    ///
    /// # Errors
    /// [`CodeError`] if the length is wrong or a code is out of range.
    pub fn decode(&self, half: Half, bytes: &[u8]) -> Result<Wide, CodeError> {
        self.code(half).decode(self.n, bytes)
    }
}

struct Encode<'a> {
    switch: &'a Switch,
    code: &'a Code,
    c: &'a Poly<Coeff>,
    weights: &'a Weights,
    planes: &'a [i64],
    flood: &'a [i64],
    out: &'a mut [u8],
}

#[allow(clippy::arithmetic_side_effects, reason = "indices are sums of public counts")]
impl Task for Encode<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        let Self { switch, code, c, weights, planes, flood, out } = self;
        let planes: Vec<&[i64]> = planes.chunks_exact(switch.n).collect();
        let limbs: Vec<&[u64]> = c.limbs().collect();
        let (head, tail) = limbs.split_at_checked(switch.kept.len()).unwrap_or((&limbs, &[]));
        let (rounding, itself) =
            (weights.planes + switch.dropped.len(), weights.planes + switch.dropped.len() + 1);
        let mut sources = vec![[L::X::default(); BLOCK]; itself + 1];
        let mut values = vec![[L::X::default(); BLOCK]; switch.kept.len()];
        let mut digits = vec![[0; BLOCK]; switch.kept.len()];

        for from in (0..switch.n).step_by(BLOCK) {
            for (source, plane) in sources.iter_mut().zip(&planes) {
                let plane = plane.get(from..).unwrap_or(&[]);
                source.iter_mut().zip(plane).for_each(|(source, x)| *source = L::integer(*x));
            }
            // y_l, and F in two digits.
            let mut digits_of_f = [[L::X::default(); BLOCK]; 2];
            let [first, second] = &mut digits_of_f;
            let mut share = [L::X::default(); BLOCK];
            for (l, ((limb, c), terms)) in switch.dropped.iter().zip(tail).zip(&weights.dropped).enumerate() {
                let lane = L::new(limb.modulus);
                fill::<L>(&mut sources, itself, c, from);
                combine(lane, 0, terms, &sources, &mut share);
                for ((first, second), y) in first.iter_mut().zip(second.iter_mut()).zip(&share) {
                    let (a1, rest) = lane.divide(*y, limb.share);
                    let (a2, _) = lane.divide(rest, limb.share);
                    (*first, *second) = (L::plus(*first, a1), L::plus(*second, a2));
                }
                sources.get_mut(weights.planes + l).into_iter().for_each(|source| *source = share);
            }
            // J = ⌊F + V⌋
            let [v0, v1, v2] =
                [0, 1, 2].map(|j| flood.chunks_exact(switch.n).nth(j).and_then(|v| v.get(from..)));
            let half = [1 << (DIGIT_BITS - 1); BLOCK];
            let (v0, v1, v2) = (v0.unwrap_or(&[0; BLOCK]), v1.unwrap_or(&half), v2.unwrap_or(&[0; BLOCK]));
            let j = sources.get_mut(rounding).into_iter().flatten();
            for (((j, f), v0), (v1, v2)) in
                j.zip(first.iter().zip(second.iter())).zip(v0).zip(v1.iter().zip(v2))
            {
                let carry = L::carry(L::plus(*f.1, L::integer(*v2)));
                let carry = L::carry(L::plus(L::plus(*f.0, L::integer(*v1)), carry));
                *j = L::plus(L::integer(*v0), carry);
            }
            // c'
            for (((limb, c), terms), value) in
                switch.kept.iter().zip(head).zip(&weights.kept).zip(&mut values)
            {
                fill::<L>(&mut sources, itself, c, from);
                combine(L::new(limb.modulus), 0, terms, &sources, value);
            }
            switch.radix.digits::<L>(&mut values, &mut digits);
            code.write(switch.n, from, &digits, out);
        }
    }
}

/// Puts the residues of one limb of a polynomial into a source.
#[inline(always)]
fn fill<L: Lane>(sources: &mut [Block<L>], which: usize, residues: &[u64], from: usize) {
    let residues = residues.get(from..).unwrap_or(&[]);
    let source = sources.get_mut(which).into_iter().flatten();
    source.zip(residues).for_each(|(source, x)| *source = residue::<L>(*x));
}
