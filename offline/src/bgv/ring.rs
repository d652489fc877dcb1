//! Elements of R_q = Z_q[X]/(X^N + 1) in residue number system.
//!
//! An element is stored limb by limb, N canonical residues each, either as coefficients or as values of the transform ([`Coeff`],
//! [`Eval`]: two types, so that forms are not mixed up). Products are taken on values.

use super::limb::{Choice, Dispatch, Factor, Lane, Limb, Modulus, Task};
use super::radix::{remainder, residue};
use super::range::DIGIT_BITS;
use super::wide::{Small, Wide};
use core::fmt;
use core::marker::PhantomData;
use num_bigint::BigUint;
use zeroize::Zeroize;

/// Coefficient form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coeff {}
/// Values of the transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eval {}

/// A ring element in the form `D`. Prints no value: it may be a secret's.
#[derive(Clone, PartialEq, Eq)]
pub struct Poly<D> {
    n: usize,
    residues: Vec<u64>,
    form: PhantomData<D>,
}

/// An integer, reduced modulo every limb.
#[derive(Clone)]
pub struct Scalar(Vec<u64>);

impl Scalar {
    /// The residues.
    #[must_use]
    pub fn residues(&self) -> &[u64] {
        &self.0
    }
}

/// The ring: its limbs and their transforms.
pub struct Ring {
    n: usize,
    limbs: Vec<Limb>,
    dispatch: Dispatch,
}

/// Coefficients handled at a time, so that intermediate values stay in the first-level cache.
pub(super) const BLOCK: usize = 128;

impl Ring {
    /// The ring of dimension `n`, a power of two up to 32768, modulo the product of `primes`, distinct, below 2^50 and 1 mod 2n.
    #[must_use]
    pub fn new(n: usize, primes: &[u64], choice: Choice) -> Self {
        Self {
            n,
            limbs: primes.iter().map(|q| Limb::new(*q, n, choice)).collect(),
            dispatch: Dispatch::new(choice),
        }
    }

    /// The ring dimension N.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.n
    }

    /// The limbs.
    #[must_use]
    pub fn limbs(&self) -> &[Limb] {
        &self.limbs
    }

    /// Name of the kernel in use, for reports.
    #[must_use]
    pub fn kernel(&self) -> &'static str {
        self.limbs.first().map_or("none", Limb::kernel)
    }

    /// Runs a task in the kernel in use.
    #[inline]
    pub(super) fn perform<T: Task>(&self, task: T) -> T::Output {
        self.dispatch.perform(task)
    }

    /// Zero.
    #[must_use]
    pub fn zero<D>(&self) -> Poly<D> {
        Poly::new(self.n, vec![0; self.n.saturating_mul(self.limbs.len())])
    }

    /// The element with these residues, limb by limb; `None` if their number is wrong or one of them is not canonical.
    #[must_use]
    pub fn from_residues<D>(&self, residues: Vec<u64>) -> Option<Poly<D>> {
        let whole = residues.len() == self.n.checked_mul(self.limbs.len())?;
        let canonical =
            self.limbs.iter().zip(residues.chunks_exact(self.n)).all(|(limb, x)| limb.canonical(x));
        (whole && canonical).then(|| Poly::new(self.n, residues))
    }

    /// `k` as a scalar.
    #[must_use]
    pub fn scalar(&self, k: &BigUint) -> Scalar {
        Scalar(self.limbs.iter().map(|limb| remainder(k, limb.modulus().q())).collect())
    }

    /// The values of a polynomial.
    #[must_use]
    pub fn to_eval(&self, a: Poly<Coeff>) -> Poly<Eval> {
        let mut residues = a.residues;
        self.limbs.iter().zip(residues.chunks_exact_mut(self.n)).for_each(|(limb, x)| limb.forward(x));
        Poly::new(self.n, residues)
    }

    /// The coefficients of a polynomial.
    #[must_use]
    pub fn to_coeff(&self, a: Poly<Eval>) -> Poly<Coeff> {
        let mut residues = a.residues;
        self.limbs.iter().zip(residues.chunks_exact_mut(self.n)).for_each(|(limb, x)| limb.inverse(x));
        Poly::new(self.n, residues)
    }

    /// `a += b`
    pub fn add<D>(&self, a: &mut Poly<D>, b: &Poly<D>) {
        self.zip(a, b, |limb, a, b| limb.add(a, b));
    }

    /// `a -= b`
    pub fn sub<D>(&self, a: &mut Poly<D>, b: &Poly<D>) {
        self.zip(a, b, |limb, a, b| limb.sub(a, b));
    }

    /// `a += a`
    pub fn double<D>(&self, a: &mut Poly<D>) {
        for (limb, x) in self.limbs.iter().zip(a.residues.chunks_exact_mut(self.n)) {
            limb.double(x);
        }
    }

    /// `a b`
    #[must_use]
    pub fn mul(&self, a: &Poly<Eval>, b: &Poly<Eval>) -> Poly<Eval> {
        let mut out = self.zero();
        for (((limb, out), a), b) in self.limbs.iter().zip(out.limbs_mut()).zip(a.limbs()).zip(b.limbs()) {
            limb.mul(out, a, b);
        }
        out
    }

    /// `out += a b`
    pub fn mul_add(&self, out: &mut Poly<Eval>, a: &Poly<Eval>, b: &Poly<Eval>) {
        for (((limb, out), a), b) in self.limbs.iter().zip(out.limbs_mut()).zip(a.limbs()).zip(b.limbs()) {
            limb.mul_add(out, a, b);
        }
    }

    /// `out += k a`
    pub fn axpy<D>(&self, out: &mut Poly<D>, k: &Scalar, a: &Poly<D>) {
        for (((limb, k), out), a) in self.limbs.iter().zip(&k.0).zip(out.limbs_mut()).zip(a.limbs()) {
            limb.axpy(out, *k, a);
        }
    }

    /// The constant polynomial `k`.
    #[must_use]
    pub fn constant(&self, k: &Scalar) -> Poly<Eval> {
        Poly::new(self.n, k.0.iter().flat_map(|k| core::iter::repeat_n(*k, self.n)).collect())
    }

    /// X^exponent, the exponent mod 2N: 2 N multiplications a limb, without a transform.
    #[must_use]
    pub fn monomial(&self, exponent: usize) -> Poly<Eval> {
        let mut out = self.zero();
        self.limbs.iter().zip(out.limbs_mut()).for_each(|(limb, out)| limb.monomial(exponent, out));
        out
    }

    /// `Σ_j digit_j 2^(48j)`
    #[must_use]
    pub fn embed(&self, wide: &Wide) -> Poly<Coeff> {
        let mut out = self.zero();
        for (limb, out) in self.limbs.iter().zip(out.limbs_mut()) {
            limb.perform(Embed { modulus: limb.modulus(), wide: Some((1, wide)), small: None, out });
        }
        out
    }

    fn zip<D>(&self, a: &mut Poly<D>, b: &Poly<D>, op: impl Fn(&Limb, &mut [u64], &[u64])) {
        for ((limb, a), b) in self.limbs.iter().zip(a.limbs_mut()).zip(b.limbs()) {
            op(limb, a, b);
        }
    }
}

impl<D> Poly<D> {
    fn new(n: usize, residues: Vec<u64>) -> Self {
        Self { n, residues, form: PhantomData }
    }

    /// All residues, limb by limb.
    #[must_use]
    pub fn residues(&self) -> &[u64] {
        &self.residues
    }

    /// The residues by limb.
    pub fn limbs(&self) -> impl ExactSizeIterator<Item = &[u64]> {
        self.residues.chunks_exact(self.n)
    }

    pub(super) fn limbs_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [u64]> {
        self.residues.chunks_exact_mut(self.n)
    }
}

impl<D> Zeroize for Poly<D> {
    fn zeroize(&mut self) {
        self.residues.zeroize();
    }
}

impl<D> fmt::Debug for Poly<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Poly(..; {} residues)", self.residues.len())
    }
}

/// Reduction of `k wide + l small` modulo one limb, for whatever of the two is given.
pub(super) struct Embed<'a> {
    pub modulus: Modulus,
    pub wide: Option<(u64, &'a Wide)>,
    pub small: Option<(u64, &'a Small)>,
    pub out: &'a mut [u64],
}

impl Task for Embed<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        let lane = L::new(self.modulus);
        let planes = self.wide.map_or(0, |(_, wide)| wide.planes());
        let factors = digit_factors(self.modulus, self.wide.map_or(0, |(k, _)| k), planes);
        let small = self.small.map(|(k, small)| (Factor::new(self.modulus, k), small));
        let factors = factors.into_iter().chain(small.map(|(k, _)| k));
        let terms: Vec<(Factor, usize)> = factors.enumerate().map(|(j, k)| (k, j)).collect();
        let mut sources = vec![[L::X::default(); BLOCK]; terms.len()];
        let mut sum = [L::X::default(); BLOCK];
        for (i, out) in self.out.chunks_mut(BLOCK).enumerate() {
            let from = i.saturating_mul(BLOCK);
            let mut source = sources.iter_mut();
            if let Some((_, wide)) = self.wide {
                for (source, plane) in source.by_ref().take(planes).zip(wide.all_planes()) {
                    let plane = plane.get(from..).unwrap_or(&[]);
                    source.iter_mut().zip(plane).for_each(|(x, digit)| *x = L::integer(*digit));
                }
            }
            if let (Some((_, small)), Some(source)) = (small, source.next()) {
                let coefficients = small.coefficients().get(from..).unwrap_or(&[]);
                source.iter_mut().zip(coefficients).for_each(|(x, c)| *x = L::integer(i64::from(*c)));
            }
            combine(lane, 0, &terms, &sources, &mut sum);
            out.iter_mut().zip(&sum).for_each(|(out, sum)| *out = lane.canonical(*sum));
        }
    }
}

/// Integers or residues of one block of coefficients.
pub(super) type Block<L> = [<L as Lane>::X; BLOCK];

/// Sums of this many products are reduced before they grow further.
const TERMS: usize = 10;
/// Coefficients whose sums are kept in registers.
const GROUP: usize = 16;

/// `out = start + Σ k_j x_j`, centred, for the terms (k, index of x among the sources).
#[inline(always)]
pub(super) fn combine<L: Lane>(
    lane: L,
    start: u64,
    terms: &[(Factor, usize)],
    sources: &[Block<L>],
    out: &mut Block<L>,
) {
    for (g, out) in out.as_chunks_mut::<GROUP>().0.iter_mut().enumerate() {
        let mut sum = [residue::<L>(start); GROUP];
        for terms in terms.chunks(TERMS) {
            for (k, source) in terms {
                let Some(x) = sources.get(*source).and_then(|x| x.as_chunks::<GROUP>().0.get(g)) else {
                    continue;
                };
                for (sum, x) in sum.iter_mut().zip(x) {
                    *sum = L::plus(*sum, lane.times(*x, *k));
                }
            }
            for sum in &mut sum {
                *sum = lane.centred(*sum);
            }
        }
        *out = sum;
    }
}

/// The constants `scale · 2^(48 j) mod q`, j < count.
pub(super) fn digit_factors(modulus: Modulus, scale: u64, count: usize) -> Vec<Factor> {
    let step = modulus.pow(2, u64::from(DIGIT_BITS));
    let mut power = scale;
    (0..count)
        .map(|_| {
            let factor = Factor::new(modulus, power);
            power = modulus.mul(power, step);
            factor
        })
        .collect()
}
