//! The portable kernel, which is also the oracle of the others: Harvey's butterflies with Shoup's constants
//! (arXiv 1205.2926), values kept below 4q between levels.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "values stay below 4q < 2^52; indices run over slices whose length is the loop's bound"
)]

use super::modulus::{Modulus, below};
use super::roots::Roots;

/// Tables of the portable transform: each root with its Shoup companion.
pub struct Tables {
    forward: Vec<[u64; 2]>,
    inverse: Vec<[u64; 2]>,
    scale: [u64; 2],
}

impl Tables {
    pub fn new(modulus: Modulus, roots: &Roots) -> Self {
        let pair = |w: &u64| [*w, modulus.shoup(*w)];
        Self {
            forward: roots.forward.iter().map(pair).collect(),
            inverse: roots.inverse.iter().map(pair).collect(),
            scale: pair(&roots.scale),
        }
    }

    /// Coefficients to values, in place; canonical in and out.
    pub fn forward(&self, m: Modulus, x: &mut [u64]) {
        let mut half = x.len() / 2;
        let mut node = 1;
        while half > 0 {
            for block in x.chunks_exact_mut(2 * half) {
                let [w, shoup] = self.forward[node];
                node += 1;
                let (low, high) = block.split_at_mut(half);
                for (a, b) in low.iter_mut().zip(high) {
                    let u = below(*a, 2 * m.q());
                    let v = m.mul_lazy(*b, w, shoup);
                    (*a, *b) = (u + v, u + 2 * m.q() - v);
                }
            }
            half /= 2;
        }
        x.iter_mut().for_each(|a| *a = m.once(below(*a, 2 * m.q())));
    }

    /// Values to coefficients, in place; canonical in and out.
    pub fn inverse(&self, m: Modulus, x: &mut [u64]) {
        let mut half = 1;
        while half < x.len() {
            let first = x.len() / (2 * half);
            for (block, [w, shoup]) in x.chunks_exact_mut(2 * half).zip(&self.inverse[first..]) {
                let (low, high) = block.split_at_mut(half);
                for (a, b) in low.iter_mut().zip(high) {
                    let (u, v) = (*a, *b);
                    *a = below(u + v, 2 * m.q());
                    *b = m.mul_lazy(u + 2 * m.q() - v, *w, *shoup);
                }
            }
            half *= 2;
        }
        let [w, shoup] = self.scale;
        x.iter_mut().for_each(|a| *a = m.mul_const(*a, w, shoup));
    }
}

/// `out[i] = a[i] b[i]`
pub fn mul(m: Modulus, out: &mut [u64], a: &[u64], b: &[u64]) {
    out.iter_mut().zip(a.iter().zip(b)).for_each(|(o, (a, b))| *o = m.mul(*a, *b));
}

/// `a[i] = a[i] b[i]`
pub fn mul_assign(m: Modulus, a: &mut [u64], b: &[u64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a = m.mul(*a, *b));
}

/// `out[i] += a[i] b[i]`
pub fn mul_add(m: Modulus, out: &mut [u64], a: &[u64], b: &[u64]) {
    out.iter_mut().zip(a.iter().zip(b)).for_each(|(o, (a, b))| *o = m.add(*o, m.mul(*a, *b)));
}

/// `out[i] = a[i] b[i] - c[i] d[i]`
pub fn cross(m: Modulus, out: &mut [u64], [a, b]: [&[u64]; 2], [c, d]: [&[u64]; 2]) {
    for (o, ((a, b), (c, d))) in out.iter_mut().zip(a.iter().zip(b).zip(c.iter().zip(d))) {
        *o = m.sub(m.mul(*a, *b), m.mul(*c, *d));
    }
}

/// `out[i] += k x[i]` for x below 2^48 or below q.
pub fn axpy(m: Modulus, out: &mut [u64], k: u64, x: &[u64]) {
    let shoup = m.shoup(k);
    out.iter_mut().zip(x).for_each(|(o, x)| *o = m.add(*o, m.mul_const(*x, k, shoup)));
}

/// `out[i] += k x[i]` for signed x.
pub fn axpy_signed(m: Modulus, out: &mut [u64], k: u64, x: &[i32]) {
    let shoup = m.shoup(k);
    for (o, x) in out.iter_mut().zip(x) {
        let magnitude = m.mul_const(u64::from(x.unsigned_abs()), k, shoup);
        let negative = u64::from(*x < 0).wrapping_neg();
        // q - magnitude or magnitude, without a branch.
        *o = m.add(*o, (magnitude ^ negative).wrapping_add((m.q() + 1) & negative));
    }
}

/// `out[i] += x[i]`
pub fn add(m: Modulus, out: &mut [u64], x: &[u64]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o = m.add(*o, *x));
}

/// `out[i] -= x[i]`
pub fn sub(m: Modulus, out: &mut [u64], x: &[u64]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o = m.sub(*o, *x));
}

/// Whether every entry is a canonical residue.
pub fn canonical(m: Modulus, x: &[u64]) -> bool {
    x.iter().fold(true, |all, x| all & (*x < m.q()))
}
