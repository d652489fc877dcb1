//! One limb of the ring: arithmetic on slices of residues modulo a prime q ≡ 1 mod 2N, q < 2^50.
//!
//! Residues are canonical integers everywhere outside the kernels. There are two kernels with identical results: a portable
//! one, and a vector one for x86-64 with AVX2 and FMA, chosen when the limb is made.
//!
//! The transform of a(X) has at place j the value a(ψ^(2 brv(j) + 1)), ψ a primitive 2N-th root of unity mod q and brv the reversal
//! of log2 N bits. Products of polynomials mod X^N + 1 are pointwise products there.

mod lane;
mod modulus;
mod roots;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod simd;
#[cfg(test)]
mod tests;

pub(super) use lane::{Factor, Integers, Lane, Task};
pub use modulus::Modulus;
use roots::Roots;
pub(super) use roots::reverse;

/// A limb's arithmetic.
pub struct Limb {
    modulus: Modulus,
    dimension: usize,
    psi: u64,
    dispatch: Dispatch,
    kernel: Kernel,
}

/// Which kernel to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The vector kernel where the machine has it.
    Best,
    /// The portable kernel.
    Portable,
}

/// The kernel in use, for tasks that belong to no limb.
#[derive(Clone, Copy, Debug)]
pub enum Dispatch {
    /// Portable code.
    Portable,
    /// Code compiled for the vector features.
    #[cfg(target_arch = "x86_64")]
    Avx2(simd::Avx2),
}

enum Kernel {
    Portable(scalar::Tables),
    #[cfg(target_arch = "x86_64")]
    Avx2(simd::Tables, simd::Pointwise),
}

impl Limb {
    /// The limb of the prime `q` < 2^50 for ring dimension `n`, a power of two up to 32768 with q ≡ 1 mod 2n.
    #[must_use]
    pub fn new(q: u64, n: usize, choice: Choice) -> Self {
        let modulus = Modulus::new(q);
        let roots = Roots::new(modulus, n);
        let dispatch = Dispatch::new(choice);
        let kernel = Kernel::new(modulus, &roots, n, dispatch);
        Self { modulus, dimension: n, psi: roots.psi, dispatch, kernel }
    }

    /// Scalar arithmetic mod q.
    #[must_use]
    pub fn modulus(&self) -> Modulus {
        self.modulus
    }

    /// Name of the kernel in use, for reports.
    #[must_use]
    pub fn kernel(&self) -> &'static str {
        match self.kernel {
            Kernel::Portable(_) => "portable",
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(..) => "avx2+fma",
        }
    }

    /// Coefficients to values, in place.
    pub fn forward(&self, x: &mut [u64]) {
        debug_assert_eq!(x.len(), self.dimension);
        match &self.kernel {
            Kernel::Portable(tables) => tables.forward(self.modulus, x),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(tables, _) => tables.forward(x),
        }
    }

    /// Values to coefficients, in place.
    pub fn inverse(&self, x: &mut [u64]) {
        debug_assert_eq!(x.len(), self.dimension);
        match &self.kernel {
            Kernel::Portable(tables) => tables.inverse(self.modulus, x),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(tables, _) => tables.inverse(x),
        }
    }

    /// `out[i] = a[i] b[i]`
    pub fn mul(&self, out: &mut [u64], a: &[u64], b: &[u64]) {
        match &self.kernel {
            Kernel::Portable(_) => scalar::mul(self.modulus, out, a, b),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(_, pointwise) => simd::mul(*pointwise, out, a, b),
        }
    }

    /// `a[i] = a[i] b[i]`
    pub fn mul_assign(&self, a: &mut [u64], b: &[u64]) {
        match &self.kernel {
            Kernel::Portable(_) => scalar::mul_assign(self.modulus, a, b),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(_, pointwise) => simd::mul_assign(*pointwise, a, b),
        }
    }

    /// `out[i] += a[i] b[i]`
    pub fn mul_add(&self, out: &mut [u64], a: &[u64], b: &[u64]) {
        match &self.kernel {
            Kernel::Portable(_) => scalar::mul_add(self.modulus, out, a, b),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(_, pointwise) => simd::mul_add(*pointwise, out, a, b),
        }
    }

    /// `out[i] = a[i] b[i] - c[i] d[i]`
    pub fn cross(&self, out: &mut [u64], ab: [&[u64]; 2], cd: [&[u64]; 2]) {
        match &self.kernel {
            Kernel::Portable(_) => scalar::cross(self.modulus, out, ab, cd),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(_, pointwise) => simd::cross(*pointwise, out, ab, cd),
        }
    }

    /// `out[i] += k x[i]` for a residue k and x below 2^48 or below q.
    pub fn axpy(&self, out: &mut [u64], k: u64, x: &[u64]) {
        match &self.kernel {
            Kernel::Portable(_) => scalar::axpy(self.modulus, out, k, x),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(_, pointwise) => simd::axpy(*pointwise, out, k, x),
        }
    }

    /// `out[i] += k x[i]` for a residue k and signed x.
    pub fn axpy_signed(&self, out: &mut [u64], k: u64, x: &[i32]) {
        match &self.kernel {
            Kernel::Portable(_) => scalar::axpy_signed(self.modulus, out, k, x),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(_, pointwise) => simd::axpy_signed(*pointwise, out, k, x),
        }
    }

    /// `out[i] += x[i]`
    pub fn add(&self, out: &mut [u64], x: &[u64]) {
        match &self.kernel {
            Kernel::Portable(_) => scalar::add(self.modulus, out, x),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(_, pointwise) => simd::add(*pointwise, out, x),
        }
    }

    /// `out[i] -= x[i]`
    pub fn sub(&self, out: &mut [u64], x: &[u64]) {
        match &self.kernel {
            Kernel::Portable(_) => scalar::sub(self.modulus, out, x),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(_, pointwise) => simd::sub(*pointwise, out, x),
        }
    }

    /// `x[i] += x[i]`
    pub fn double(&self, x: &mut [u64]) {
        x.iter_mut().for_each(|x| *x = self.modulus.add(*x, *x));
    }

    /// The values of X^exponent, the exponent mod 2N. The length must be N: other slices are left alone.
    pub fn monomial(&self, exponent: usize, out: &mut [u64]) {
        if out.len() == self.dimension {
            roots::monomial(self.modulus, self.psi, exponent, out, |out, k, x| self.axpy(out, k, x));
        }
    }

    /// Runs a task in the kernel in use.
    #[inline]
    pub(super) fn perform<T: Task>(&self, task: T) -> T::Output {
        self.dispatch.perform(task)
    }

    /// Whether every entry is a canonical residue.
    #[must_use]
    pub fn canonical(&self, x: &[u64]) -> bool {
        scalar::canonical(self.modulus, x)
    }
}

impl Dispatch {
    /// The chosen kernel, or what the machine has.
    #[must_use]
    pub fn new(choice: Choice) -> Self {
        #[cfg(target_arch = "x86_64")]
        if choice == Choice::Best
            && let Some(avx2) = simd::Avx2::detect()
        {
            return Self::Avx2(avx2);
        }
        let _ = choice;
        Self::Portable
    }

    /// Runs a task in this kernel.
    #[inline]
    pub(super) fn perform<T: Task>(self, task: T) -> T::Output {
        match self {
            Self::Portable => task.run::<Integers>(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => simd::perform(avx2, task),
        }
    }
}

impl Kernel {
    /// Transforms shorter than 32 fall to the portable kernel.
    fn new(modulus: Modulus, roots: &Roots, n: usize, dispatch: Dispatch) -> Self {
        match dispatch {
            #[cfg(target_arch = "x86_64")]
            Dispatch::Avx2(avx2) if (32..=32768).contains(&n) => Self::Avx2(
                simd::Tables::new(avx2, modulus, roots, n),
                simd::Pointwise::new(avx2, modulus.q()),
            ),
            _ => Self::Portable(scalar::Tables::new(modulus, roots)),
        }
    }
}
