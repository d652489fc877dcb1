//! The negacyclic transform in double precision.
//!
//! The tree of `Roots` is walked two levels at a time, depth first until a block fits the first-level cache; the lowest
//! four levels are done in registers on sixteen values, with a 4 × 4 transposition half-way.
//!
//! **Bounds**, in units of q, for N ≤ 32768; a limb is *wide* if q ≥ 2^49.
//! Forward: a level makes |x0 ± w x1| ≤ B + 1/2 + B/16 of narrow limbs; from 1 eleven levels end below 9.6 < 16. Of wide
//! limbs x0 is reduced in every pass, hence B ≤ 1.6 + 0.27 B, below 2.2 < 8. The last four levels reduce their x0 in either
//! case and end below 5.2.
//! Inverse: output 0 of a pass is a sum of four and is reduced; output 1 is a sum of two products, at most 1.5, and is reduced
//! too if the limb is wide, so that the rest is below 1.2. Sums of four stay below 6 < 16, and 4.8 < 8.

use super::{Avx2, Lanes, Quad, load_bits, load_integers, store_bits, store_integers};
use crate::bgv::limb::modulus::Modulus;
use crate::bgv::limb::roots::Roots;
use core::arch::x86_64::{
    __m256d, _mm256_add_pd, _mm256_loadu_pd, _mm256_permute2f128_pd, _mm256_set1_pd, _mm256_sub_pd,
    _mm256_unpackhi_pd, _mm256_unpacklo_pd,
};

/// Quads of a block that is transformed within the first-level cache.
const CACHED: usize = 256;

/// Tables of one limb.
pub struct Tables {
    /// Proof that the functions below may be called.
    _avx2: Avx2,
    q: [f64; 2],
    wide: bool,
    forward: Tree,
    inverse: Tree,
    /// N^-1, and N^-1 times the constant of the inverse's root, each with its quotient.
    scale: [[f64; 2]; 2],
}

/// Constants of the tree's nodes, centred.
struct Tree {
    /// Nodes above the last four levels: constant and quotient.
    upper: Vec<[f64; 2]>,
    /// Nodes of the last four levels, by block of sixteen values: the 1 + 2 of the first two levels, the 4 of the third,
    /// the 8 of the fourth with the even ones first.
    lower: Vec<[[f64; 4]; 4]>,
}

impl Tables {
    /// Tables for ring dimension `n`, 32 to 32768.
    pub fn new(avx2: Avx2, modulus: Modulus, roots: &Roots, n: usize) -> Self {
        let q = modulus.q();
        let centred = |w: u64| if w > q / 2 { w as f64 - q as f64 } else { w as f64 };
        let pair = |w: u64| [centred(w), centred(w) / q as f64];
        let tree = |table: &[u64]| Tree {
            upper: table[..n / 16].iter().map(|w| pair(*w)).collect(),
            lower: (n / 16..n / 8)
                .map(|k| {
                    let at = |i: usize| centred(table[i]);
                    let fourth = |odd| [0, 2, 4, 6].map(|i| at(8 * k + i + odd));
                    let third = [0, 1, 2, 3].map(|i| at(4 * k + i));
                    [[at(k), at(2 * k), at(2 * k + 1), 0.0], third, fourth(0), fourth(1)]
                })
                .collect(),
        };
        Self {
            _avx2: avx2,
            q: [q as f64, 1.0 / q as f64],
            wide: q >> 49 != 0,
            forward: tree(&roots.forward),
            inverse: tree(&roots.inverse),
            scale: [pair(roots.scale), pair(modulus.mul(roots.scale, roots.inverse[1]))],
        }
    }

    /// Coefficients to values, in place; canonical in and out. The length must be N: other slices are left alone.
    pub fn forward(&self, x: &mut [u64]) {
        let (quads, rest) = x.as_chunks_mut::<4>();
        if rest.is_empty() && quads.len() == 4 * self.forward.lower.len() {
            // SAFETY: `_avx2` exists only where the features do.
            unsafe {
                if self.wide { self.forward_all::<true>(quads) } else { self.forward_all::<false>(quads) }
            }
        }
    }

    /// Values to coefficients, in place; canonical in and out. The length must be N: other slices are left alone.
    pub fn inverse(&self, x: &mut [u64]) {
        let (quads, rest) = x.as_chunks_mut::<4>();
        if rest.is_empty() && quads.len() == 4 * self.inverse.lower.len() {
            // SAFETY: `_avx2` exists only where the features do.
            unsafe {
                if self.wide { self.inverse_all::<true>(quads) } else { self.inverse_all::<false>(quads) }
            }
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn forward_all<const WIDE: bool>(&self, x: &mut [Quad]) {
        let lanes = Lanes::new(self.q);
        let children = if x.len().trailing_zeros().is_multiple_of(2) { 4 } else { 2 };
        if children == 4 {
            forward_pass::<WIDE, true>(lanes, &self.forward, x, 1);
        } else {
            forward_pair(lanes, &self.forward, x);
        }
        let quads = x.len() / children;
        for (i, block) in x.chunks_exact_mut(quads).enumerate() {
            forward_block::<WIDE>(lanes, &self.forward, block, children + i);
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn inverse_all<const WIDE: bool>(&self, x: &mut [Quad]) {
        let lanes = Lanes::new(self.q);
        let children = if x.len().trailing_zeros().is_multiple_of(2) { 4 } else { 2 };
        let quads = x.len() / children;
        for (i, block) in x.chunks_exact_mut(quads).enumerate() {
            inverse_block::<WIDE>(lanes, &self.inverse, block, children + i);
        }
        let [scale, last] = [constant(self.scale[0]), constant(self.scale[1])];
        if children == 4 {
            let [_, w2, w3] = self.inverse.at(1);
            let [x0, x1, x2, x3] = quarters(x);
            for (((x0, x1), x2), x3) in x0.iter_mut().zip(x1).zip(x2).zip(x3) {
                let (a, b, c, d) = (load_bits(x0), load_bits(x1), load_bits(x2), load_bits(x3));
                let (sum01, diff01) = (_mm256_add_pd(a, b), lanes.times(_mm256_sub_pd(a, b), w2));
                let (sum23, diff23) = (_mm256_add_pd(c, d), lanes.times(_mm256_sub_pd(c, d), w3));
                lanes.finish::<WIDE>(x0, lanes.times(_mm256_add_pd(sum01, sum23), scale));
                lanes.finish::<WIDE>(x1, lanes.times(_mm256_add_pd(diff01, diff23), scale));
                lanes.finish::<WIDE>(x2, lanes.times(_mm256_sub_pd(sum01, sum23), last));
                lanes.finish::<WIDE>(x3, lanes.times(_mm256_sub_pd(diff01, diff23), last));
            }
        } else {
            let (low, high) = x.split_at_mut(quads);
            for (x0, x1) in low.iter_mut().zip(high) {
                let (a, b) = (load_bits(x0), load_bits(x1));
                lanes.finish::<WIDE>(x0, lanes.times(_mm256_add_pd(a, b), scale));
                lanes.finish::<WIDE>(x1, lanes.times(_mm256_sub_pd(a, b), last));
            }
        }
    }
}

/// A constant and its quotient, in every lane.
type Constant = [__m256d; 2];

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn constant([w, quotient]: [f64; 2]) -> Constant {
    [_mm256_set1_pd(w), _mm256_set1_pd(quotient)]
}

impl Lanes {
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn times(self, x: __m256d, [w, quotient]: Constant) -> __m256d {
        self.mul(x, w, quotient)
    }

    /// Stores the canonical representative of x, |x| < q, or below 2q if wide.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn finish<const WIDE: bool>(self, out: &mut Quad, x: __m256d) {
        store_integers(out, self.lift(if WIDE { self.reduce(x) } else { x }));
    }
}

impl Tree {
    /// The constants of an upper node and of its children.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,fma")]
    fn at(&self, node: usize) -> [Constant; 3] {
        let children = &self.upper[2 * node..2 * node + 2];
        [constant(self.upper[node]), constant(children[0]), constant(children[1])]
    }
}

/// The first level of an odd number of levels.
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn forward_pair(lanes: Lanes, tree: &Tree, x: &mut [Quad]) {
    let w = constant(tree.upper[1]);
    let (low, high) = x.split_at_mut(x.len() / 2);
    for (x0, x1) in low.iter_mut().zip(high) {
        let (a, b) = (load_integers(x0), lanes.times(load_integers(x1), w));
        store_bits(x0, _mm256_add_pd(a, b));
        store_bits(x1, _mm256_sub_pd(a, b));
    }
}

/// All levels of the block at `node`.
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn forward_block<const WIDE: bool>(lanes: Lanes, tree: &Tree, x: &mut [Quad], node: usize) {
    if x.len() > CACHED {
        forward_pass::<WIDE, false>(lanes, tree, x, node);
        let quads = x.len() / 4;
        for (i, block) in x.chunks_exact_mut(quads).enumerate() {
            forward_block::<WIDE>(lanes, tree, block, 4 * node + i);
        }
        return;
    }
    let (mut quads, mut node) = (x.len(), node);
    while quads > 4 {
        for (i, block) in x.chunks_exact_mut(quads).enumerate() {
            forward_pass::<WIDE, false>(lanes, tree, block, node + i);
        }
        quads /= 4;
        node *= 4;
    }
    let (squares, _) = x.as_chunks_mut::<4>();
    for (square, w) in squares.iter_mut().zip(&tree.lower[node - tree.lower.len()..]) {
        forward_square(lanes, square, w);
    }
}

/// Two levels of the block at `node`; `FIRST` if the values are still integers.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn forward_pass<const WIDE: bool, const FIRST: bool>(lanes: Lanes, tree: &Tree, x: &mut [Quad], node: usize) {
    let [w1, w2, w3] = tree.at(node);
    let [x0, x1, x2, x3] = quarters(x);
    for (((x0, x1), x2), x3) in x0.iter_mut().zip(x1).zip(x2).zip(x3) {
        let (a, b, c, d) = (load::<FIRST>(x0), load::<FIRST>(x1), load::<FIRST>(x2), load::<FIRST>(x3));
        let a = if WIDE { lanes.reduce(a) } else { a };
        let (c, d) = (lanes.times(c, w1), lanes.times(d, w1));
        let (ac, ca) = (_mm256_add_pd(a, c), _mm256_sub_pd(a, c));
        let bd = lanes.times(_mm256_add_pd(b, d), w2);
        let db = lanes.times(_mm256_sub_pd(b, d), w3);
        store_bits(x0, _mm256_add_pd(ac, bd));
        store_bits(x1, _mm256_sub_pd(ac, bd));
        store_bits(x2, _mm256_add_pd(ca, db));
        store_bits(x3, _mm256_sub_pd(ca, db));
    }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn load<const INTEGERS: bool>(x: &Quad) -> __m256d {
    if INTEGERS { load_integers(x) } else { load_bits(x) }
}

/// The last four levels on sixteen values, which leave as canonical integers.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn forward_square(lanes: Lanes, x: &mut [Quad; 4], [w, third, even, odd]: &[[f64; 4]; 4]) {
    let [w1, w2, w3] = [_mm256_set1_pd(w[0]), _mm256_set1_pd(w[1]), _mm256_set1_pd(w[2])];
    let [third, even, odd] = [load_doubles(third), load_doubles(even), load_doubles(odd)];

    let [a, b, c, d] = [load_bits(&x[0]), load_bits(&x[1]), load_bits(&x[2]), load_bits(&x[3])];
    let (a, c, d) = (lanes.reduce(a), lanes.mul_any(c, w1), lanes.mul_any(d, w1));
    let (ac, ca) = (_mm256_add_pd(a, c), _mm256_sub_pd(a, c));
    let bd = lanes.mul_any(_mm256_add_pd(b, d), w2);
    let db = lanes.mul_any(_mm256_sub_pd(b, d), w3);
    let rows = [_mm256_add_pd(ac, bd), _mm256_sub_pd(ac, bd), _mm256_add_pd(ca, db), _mm256_sub_pd(ca, db)];

    let [a, b, c, d] = transpose(rows);
    let (c, d) = (lanes.mul_any(c, third), lanes.mul_any(d, third));
    let (ac, ca) = (_mm256_add_pd(a, c), _mm256_sub_pd(a, c));
    let bd = lanes.mul_any(_mm256_add_pd(b, d), even);
    let db = lanes.mul_any(_mm256_sub_pd(b, d), odd);
    let columns =
        [_mm256_add_pd(ac, bd), _mm256_sub_pd(ac, bd), _mm256_add_pd(ca, db), _mm256_sub_pd(ca, db)];
    for (x, v) in x.iter_mut().zip(transpose(columns)) {
        lanes.finish::<true>(x, v);
    }
}

/// All levels of the block at `node`.
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn inverse_block<const WIDE: bool>(lanes: Lanes, tree: &Tree, x: &mut [Quad], node: usize) {
    if x.len() > CACHED {
        let quads = x.len() / 4;
        for (i, block) in x.chunks_exact_mut(quads).enumerate() {
            inverse_block::<WIDE>(lanes, tree, block, 4 * node + i);
        }
        inverse_pass::<WIDE>(lanes, tree, x, node);
        return;
    }
    let levels = x.len().trailing_zeros() / 2 - 1;
    let mut node = node << (2 * levels);
    let (squares, _) = x.as_chunks_mut::<4>();
    for (square, w) in squares.iter_mut().zip(&tree.lower[node - tree.lower.len()..]) {
        inverse_square::<WIDE>(lanes, square, w);
    }
    for level in 0..levels {
        node /= 4;
        for (i, block) in x.chunks_exact_mut(16 << (2 * level)).enumerate() {
            inverse_pass::<WIDE>(lanes, tree, block, node + i);
        }
    }
}

/// Two levels of the block at `node`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn inverse_pass<const WIDE: bool>(lanes: Lanes, tree: &Tree, x: &mut [Quad], node: usize) {
    let [w1, w2, w3] = tree.at(node);
    let [x0, x1, x2, x3] = quarters(x);
    for (((x0, x1), x2), x3) in x0.iter_mut().zip(x1).zip(x2).zip(x3) {
        let (a, b, c, d) = (load_bits(x0), load_bits(x1), load_bits(x2), load_bits(x3));
        let (sum01, diff01) = (_mm256_add_pd(a, b), lanes.times(_mm256_sub_pd(a, b), w2));
        let (sum23, diff23) = (_mm256_add_pd(c, d), lanes.times(_mm256_sub_pd(c, d), w3));
        let second = _mm256_add_pd(diff01, diff23);
        store_bits(x0, lanes.reduce(_mm256_add_pd(sum01, sum23)));
        store_bits(x1, if WIDE { lanes.reduce(second) } else { second });
        store_bits(x2, lanes.times(_mm256_sub_pd(sum01, sum23), w1));
        store_bits(x3, lanes.times(_mm256_sub_pd(diff01, diff23), w1));
    }
}

/// The last four levels, backwards, on sixteen canonical integers.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn inverse_square<const WIDE: bool>(lanes: Lanes, x: &mut [Quad; 4], [w, third, even, odd]: &[[f64; 4]; 4]) {
    let [w1, w2, w3] = [_mm256_set1_pd(w[0]), _mm256_set1_pd(w[1]), _mm256_set1_pd(w[2])];
    let [third, even, odd] = [load_doubles(third), load_doubles(even), load_doubles(odd)];

    let columns = [load_integers(&x[0]), load_integers(&x[1]), load_integers(&x[2]), load_integers(&x[3])];
    let rows = transpose(inverse_four::<WIDE>(lanes, transpose(columns), [third, even, odd]));
    for (x, v) in x.iter_mut().zip(inverse_four::<WIDE>(lanes, rows, [w1, w2, w3])) {
        store_bits(x, v);
    }
}

/// Two inverse levels in registers.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn inverse_four<const WIDE: bool>(
    lanes: Lanes,
    [a, b, c, d]: [__m256d; 4],
    [w1, w2, w3]: [__m256d; 3],
) -> [__m256d; 4] {
    let (sum01, diff01) = (_mm256_add_pd(a, b), lanes.mul_any(_mm256_sub_pd(a, b), w2));
    let (sum23, diff23) = (_mm256_add_pd(c, d), lanes.mul_any(_mm256_sub_pd(c, d), w3));
    let second = _mm256_add_pd(diff01, diff23);
    [
        lanes.reduce(_mm256_add_pd(sum01, sum23)),
        if WIDE { lanes.reduce(second) } else { second },
        lanes.mul_any(_mm256_sub_pd(sum01, sum23), w1),
        lanes.mul_any(_mm256_sub_pd(diff01, diff23), w1),
    ]
}

/// The four quarters of a block whose length is a multiple of 4.
#[inline]
fn quarters(x: &mut [Quad]) -> [&mut [Quad]; 4] {
    let quads = x.len() / 4;
    let (low, high) = x.split_at_mut(2 * quads);
    let ((x0, x1), (x2, x3)) = (low.split_at_mut(quads), high.split_at_mut(quads));
    [x0, x1, x2, x3]
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn load_doubles(x: &[f64; 4]) -> __m256d {
    // SAFETY: the reference covers 32 readable bytes; the load is unaligned.
    unsafe { _mm256_loadu_pd(x.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,fma")]
fn transpose([a, b, c, d]: [__m256d; 4]) -> [__m256d; 4] {
    let (ab0, ab1) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
    let (cd0, cd1) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
    [
        _mm256_permute2f128_pd::<0x20>(ab0, cd0),
        _mm256_permute2f128_pd::<0x20>(ab1, cd1),
        _mm256_permute2f128_pd::<0x31>(ab0, cd0),
        _mm256_permute2f128_pd::<0x31>(ab1, cd1),
    ]
}
