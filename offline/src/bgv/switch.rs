//! Compression of flooded replies: from q to q'', then to the upper bits ([`super::code`]); the bounds are derived in `params::limbs`.
//!
//! A coefficient c mod q becomes c' = (c + p t)/Q with Q = q/q'' and t = -c/p mod Q centred. The plaintext is multiplied by 1/Q and the
//! noise divided by Q; the receiver multiplies the plaintext by Q. Switching is a public function of an already private message:
//! it leaks nothing that flooding did not.
//!
//! In residues: with y_l = centred(-c_l (p Q/q_l)^-1 mod q_l) for the dropped limbs and κ = round(Σ y_l/q_l),
//! t = Σ y_l Q/q_l - κ Q, so c' = c_k/Q + Σ y_l p/q_l - κ p mod q_k for each kept limb. κ is computed in double precision; its error
//! moves |t| to at most (1/2 + 2^-44) Q, and both kernels compute the same κ.

use super::code::{Code, CodeError};
use super::limb::{Factor, Lane, Modulus, Task};
use super::params::Params;
use super::radix::{MixedRadix, remainder, residue};
use super::ring::{BLOCK, Coeff, Poly, Ring, accumulate};
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
    /// -(p Q/q_l)^-1 mod q_l
    into: Factor,
    /// 1/q_l
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

/// Weights of integer polynomials that are subtracted before switching, prepared for every limb.
pub struct Weights {
    dropped: Vec<Vec<Factor>>,
    kept: Vec<Vec<Factor>>,
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
            Dropped { modulus: m, into: Factor::new(m, m.sub(0, m.inverse(product))), share: m.reciprocal() }
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
        let scaled = |m: Modulus, scale: Factor| {
            let weight = |w: &BigUint| Factor::new(m, m.sub(0, m.mul(remainder(w, m.q()), scale.residue)));
            weights.iter().map(weight).collect()
        };
        Weights {
            dropped: self.dropped.iter().map(|limb| scaled(limb.modulus, limb.into)).collect(),
            kept: self.kept.iter().map(|limb| scaled(limb.modulus, limb.own)).collect(),
        }
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

    /// Appends the code of `c - Σ weight_j plane_j`; the planes hold n integers each, at most 2^48 in absolute value.
    pub fn encode(
        &self,
        ring: &Ring,
        half: Half,
        c: &Poly<Coeff>,
        weights: &Weights,
        planes: &[i64],
        out: &mut Vec<u8>,
    ) {
        let (from, code) = (out.len(), self.code(half));
        out.resize(from.saturating_add(code.len(self.n)), 0);
        if let Some(out) = out.get_mut(from..) {
            ring.perform(Encode { switch: self, code, c, weights, planes, out });
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

/// Sums of this many products are reduced before they grow further.
const TERMS: usize = 10;

struct Encode<'a> {
    switch: &'a Switch,
    code: &'a Code,
    c: &'a Poly<Coeff>,
    weights: &'a Weights,
    planes: &'a [i64],
    out: &'a mut [u8],
}

impl Task for Encode<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        let Self { switch, code, c, weights, planes, out } = self;
        let planes: Vec<&[i64]> = planes.chunks_exact(switch.n).collect();
        let limbs: Vec<&[u64]> = c.limbs().collect();
        let (head, tail) = limbs.split_at_checked(switch.kept.len()).unwrap_or((&limbs, &[]));
        let mut inputs = vec![[L::X::default(); BLOCK]; planes.len()];
        let mut shares = vec![[L::X::default(); BLOCK]; switch.dropped.len()];
        let mut values = vec![[0; BLOCK]; switch.kept.len()];

        for from in (0..switch.n).step_by(BLOCK) {
            for (input, plane) in inputs.iter_mut().zip(&planes) {
                let plane = plane.get(from..).unwrap_or(&[]);
                input.iter_mut().zip(plane).for_each(|(input, x)| *input = L::integer(*x));
            }
            // y_l and κ.
            let mut kappa = [0.0; BLOCK];
            for (((limb, c), weights), share) in
                switch.dropped.iter().zip(tail).zip(&weights.dropped).zip(&mut shares)
            {
                let lane = L::new(limb.modulus);
                let mut sum = Sum::new(lane);
                sum.add(limb.into, c.get(from..).unwrap_or(&[]).iter().map(|x| residue::<L>(*x)));
                weights.iter().zip(&inputs).for_each(|(k, input)| sum.add(*k, input.iter().copied()));
                for ((kappa, share), sum) in kappa.iter_mut().zip(share.iter_mut()).zip(sum.total) {
                    *share = lane.centred(sum);
                    *kappa += L::double(*share) * limb.share;
                }
            }
            let kappa = kappa.map(|kappa| L::from_double(kappa.round_ties_even()));
            // c'
            for (((limb, c), weights), value) in
                switch.kept.iter().zip(head).zip(&weights.kept).zip(&mut values)
            {
                let lane = L::new(limb.modulus);
                let mut sum = Sum::new(lane);
                sum.add(limb.own, c.get(from..).unwrap_or(&[]).iter().map(|x| residue::<L>(*x)));
                weights.iter().zip(&inputs).for_each(|(k, input)| sum.add(*k, input.iter().copied()));
                limb.from.iter().zip(&shares).for_each(|(k, share)| sum.add(*k, share.iter().copied()));
                sum.add(limb.wrap, kappa.iter().copied());
                value.iter_mut().zip(sum.total).for_each(|(value, sum)| *value = lane.canonical(sum));
            }
            switch.radix.digits::<L>(&mut values);
            code.write(switch.n, from, &values, out);
        }
    }
}

/// A sum of products modulo one limb, reduced as often as needed.
struct Sum<L: Lane> {
    lane: L,
    total: [L::X; BLOCK],
    terms: usize,
}

impl<L: Lane> Sum<L> {
    #[inline(always)]
    fn new(lane: L) -> Self {
        Self { lane, total: [L::X::default(); BLOCK], terms: 0 }
    }

    #[inline(always)]
    fn add(&mut self, k: Factor, x: impl Iterator<Item = L::X>) {
        if self.terms == TERMS {
            self.total.iter_mut().for_each(|x| *x = self.lane.centred(*x));
            self.terms = 1;
        }
        accumulate(self.lane, &mut self.total, k, x);
        self.terms = self.terms.saturating_add(1);
    }
}
