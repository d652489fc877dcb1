//! Pointwise operations: plain loops, which the compiler turns into vector code under these features.

use super::{Avx2, MAGIC};
use crate::bgv::limb::lane::{Factor, Lane, Task};
use crate::bgv::limb::modulus::Modulus;
use crate::bgv::range::DIGIT_BITS;

/// The pointwise operations of one limb.
///
/// A product of residues, or of a residue and any x < 2^50, is reduced to (-0.9 q, 0.9 q).
#[derive(Clone, Copy)]
pub struct Pointwise {
    /// Proof that the functions below may be called.
    _avx2: Avx2,
    q: f64,
    inverse: f64,
}

/// Defines operations as safe functions around loops compiled for the vector features.
macro_rules! vectorised {
    ($($(#[$doc:meta])* fn $name:ident($limb:ident $(, $arg:ident: $ty:ty)*) $(-> $out:ty)? $body:block)*) => {
        $(
            $(#[$doc])*
            pub fn $name($limb: Pointwise, $($arg: $ty),*) $(-> $out)? {
                #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
                fn vector($limb: Pointwise, $($arg: $ty),*) $(-> $out)? $body
                // SAFETY: a `Pointwise` holds an `Avx2`, which exists only where the features do.
                unsafe { vector($limb, $($arg),*) }
            }
        )*
    };
}

vectorised! {
    /// `out[i] = a[i] b[i]`
    fn mul(limb, out: &mut [u64], a: &[u64], b: &[u64]) {
        for (o, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
            *o = limb.lift(limb.mul(double(*a), double(*b)));
        }
    }

    /// `a[i] = a[i] b[i]`
    fn mul_assign(limb, a: &mut [u64], b: &[u64]) {
        for (a, b) in a.iter_mut().zip(b) {
            *a = limb.lift(limb.mul(double(*a), double(*b)));
        }
    }

    /// `out[i] += a[i] b[i]`
    fn mul_add(limb, out: &mut [u64], a: &[u64], b: &[u64]) {
        for (o, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
            *o = limb.lift(limb.reduce(double(*o) + limb.mul(double(*a), double(*b))));
        }
    }

    /// `out[i] = a[i] b[i] - c[i] d[i]`
    fn cross(limb, out: &mut [u64], ab: [&[u64]; 2], cd: [&[u64]; 2]) {
        let ([a, b], [c, d]) = (ab, cd);
        for (o, ((a, b), (c, d))) in out.iter_mut().zip(a.iter().zip(b).zip(c.iter().zip(d))) {
            let difference = limb.mul(double(*a), double(*b)) - limb.mul(double(*c), double(*d));
            *o = limb.lift(limb.reduce(difference));
        }
    }

    /// `out[i] += k x[i]` for x below 2^50.
    fn axpy(limb, out: &mut [u64], k: u64, x: &[u64]) {
        let k = double(k);
        for (o, x) in out.iter_mut().zip(x) {
            *o = limb.lift(limb.reduce(double(*o) + limb.mul(double(*x), k)));
        }
    }

    /// `out[i] += k x[i]` for signed x.
    fn axpy_signed(limb, out: &mut [u64], k: u64, x: &[i32]) {
        let k = double(k);
        for (o, x) in out.iter_mut().zip(x) {
            *o = limb.lift(limb.reduce(double(*o) + limb.mul(f64::from(*x), k)));
        }
    }

    /// `out[i] += x[i]`
    fn add(limb, out: &mut [u64], x: &[u64]) {
        for (o, x) in out.iter_mut().zip(x) {
            *o = limb.lift(double(*o) + double(*x) - limb.q);
        }
    }

    /// `out[i] -= x[i]`
    fn sub(limb, out: &mut [u64], x: &[u64]) {
        for (o, x) in out.iter_mut().zip(x) {
            *o = limb.lift(double(*o) - double(*x));
        }
    }
}

impl Pointwise {
    /// The operations modulo `q` < 2^50.
    pub fn new(avx2: Avx2, q: u64) -> Self {
        Self { _avx2: avx2, q: q as f64, inverse: 1.0 / q as f64 }
    }

    #[inline(always)]
    fn mul(self, x: f64, y: f64) -> f64 {
        let high = x * y;
        let low = x.mul_add(y, -high);
        let c = (high * self.inverse).round_ties_even();
        (-c).mul_add(self.q, high) + low
    }

    #[inline(always)]
    fn reduce(self, x: f64) -> f64 {
        let c = (x * self.inverse).round_ties_even();
        (-c).mul_add(self.q, x)
    }

    /// The canonical integer of -q ≤ x < q.
    #[inline(always)]
    fn lift(self, x: f64) -> u64 {
        let x = if x < 0.0 { x + self.q } else { x };
        (x + MAGIC).to_bits() ^ MAGIC.to_bits()
    }
}

/// The double of an integer below 2^52.
#[inline(always)]
fn double(x: u64) -> f64 {
    f64::from_bits(x | MAGIC.to_bits()) - MAGIC
}

/// The lane of this kernel: X is an integer in double precision. A product is below 0.63 q in absolute value.
#[derive(Clone, Copy)]
pub struct Doubles {
    q: f64,
    inverse: f64,
}

/// 1.5 · 2^52: an integer between -2^51 and 2^51 plus its bits are the bits of their sum.
const SIGNED: f64 = 1.5 * MAGIC;

/// 2^48
const DIGIT: f64 = (1_u64 << DIGIT_BITS) as f64;

impl Lane for Doubles {
    type X = f64;

    #[inline(always)]
    fn new(modulus: Modulus) -> Self {
        let q = modulus.q() as f64;
        Self { q, inverse: 1.0 / q }
    }

    #[inline(always)]
    fn integer(x: i64) -> f64 {
        f64::from_bits((x as u64).wrapping_add(SIGNED.to_bits())) - SIGNED
    }

    #[inline(always)]
    fn carry(x: f64) -> f64 {
        (x * (1.0 / DIGIT)).floor()
    }

    #[inline(always)]
    fn divide(self, x: f64, quotient: f64) -> (f64, f64) {
        let a = (x * quotient).round_ties_even();
        (a, (-a).mul_add(self.q, x * DIGIT))
    }

    #[inline(always)]
    fn times(self, x: f64, k: Factor) -> f64 {
        let high = x * k.centred;
        let low = x.mul_add(k.centred, -high);
        let c = (x * k.quotient).round_ties_even();
        (-c).mul_add(self.q, high) + low
    }

    #[inline(always)]
    fn plus(a: f64, b: f64) -> f64 {
        a + b
    }

    #[inline(always)]
    fn canonical(self, x: f64) -> u64 {
        let x = if x < 0.0 { x + self.q } else { x };
        (x + MAGIC).to_bits() ^ MAGIC.to_bits()
    }

    #[inline(always)]
    fn centred(self, x: f64) -> f64 {
        let c = (x * self.inverse).round_ties_even();
        (-c).mul_add(self.q, x)
    }
}

/// Runs a task compiled for the vector features.
pub fn perform<T: Task>(_: Avx2, task: T) -> T::Output {
    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn vector<T: Task>(task: T) -> T::Output {
        task.run::<Doubles>()
    }
    // SAFETY: the features are there, as the `Avx2` proves.
    unsafe { vector(task) }
}
