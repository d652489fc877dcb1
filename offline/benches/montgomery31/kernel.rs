//! The alternative to double precision: the negacyclic transform modulo primes q < 2^31, eight residues of 32 bits to a register,
//! with AVX2 alone. It exists to be measured; the library does not use it.
//!
//! The transform is that of the library's limbs: place j has a(ψ^(2 brv(j) + 1)) for the same ψ, except that within blocks of 64 places
//! the 8 × 8 square of places is left transposed ([`Transform::place`]). Pointwise operations do not mind, and one of two
//! transpositions is saved. Values are canonical outside.
#![allow(unsafe_code, reason = "calls of functions compiled for AVX2; each states why it is sound")]

#[path = "lanes.rs"]
mod lanes;

use lanes::{Constant, Lanes, Oct, every, load, load_eight, once, store, store_eight, transpose};

/// How the transform multiplies by its constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Montgomery's reduction, from below.
    Montgomery,
    /// Shoup's approximate quotient, from above.
    Shoup,
}

/// The transform and the products of one prime.
pub struct Transform {
    q: u32,
    /// q^-1 mod 2^32
    inverse_of_q: u32,
    /// 2^32 mod q, and Shoup's companion.
    radix: [u32; 2],
    dimension: usize,
    product: Product,
    wide: bool,
    forward: Tree,
    inverse: Tree,
    /// N^-1, and N^-1 times the constant of the inverse's root.
    scale: [[u32; 2]; 2],
}

/// Constants of the tree's nodes, numbered like a heap from 1: what the kernel multiplies by, and its companion.
struct Tree {
    /// Nodes above the last six levels.
    upper: Vec<[u32; 2]>,
    /// Nodes of the last six levels.
    lower: Vec<Square>,
}

/// Constants of a block of 64 values.
struct Square {
    /// The 1 + 2 + 4 nodes of three levels.
    top: [[u32; 2]; 7],
    /// The 1 + 2 + 4 nodes of three levels under each of the next eight.
    bottom: [[Oct; 2]; 7],
}

/// A node k, its children and its grandchildren: 4 k + 3 is (4, 3).
const NODES: [(usize, usize); 7] = [(1, 0), (2, 0), (2, 1), (4, 0), (4, 1), (4, 2), (4, 3)];

impl Transform {
    /// Tables of the prime `q` < 2^31 for dimension `n`, a power of two from 256 with q ≡ 1 mod 2n, and the primitive 2n-th root
    /// `psi`. `None` if the machine has no AVX2.
    ///
    /// # Panics
    /// If the parameters are not such.
    #[must_use]
    pub fn new(q: u32, n: usize, psi: u64, product: Product) -> Option<Self> {
        if !std::is_x86_feature_detected!("avx2") {
            return None;
        }
        let modulus = u64::from(q);
        assert!(n.is_power_of_two() && n >= 256, "dimension");
        assert!(q < 1 << 31 && modulus % (2 * n as u64) == 1, "prime");
        assert!(psi < modulus && power(psi, n as u64, modulus) == modulus - 1, "root");

        // Newton's iteration doubles the number of correct bits: 3, 6, 12, 24, 48.
        let inverse_of_q = (0..4).fold(q, |x, _| x.wrapping_mul(2_u32.wrapping_sub(q.wrapping_mul(x))));
        let constant = |w: u64| match product {
            Product::Montgomery => {
                let w = ((w << 32) % modulus) as u32;
                [w, w.wrapping_mul(inverse_of_q)]
            }
            Product::Shoup => [w as u32, ((w << 32) / modulus) as u32],
        };
        let bits = n.trailing_zeros();
        let tree = |root: u64| {
            let mut powers = vec![1; n];
            let mut at = 1;
            for e in 0..n {
                powers[e.reverse_bits() >> (usize::BITS - bits)] = at;
                at = at * root % modulus;
            }
            let lower = (n / 64..n / 32).map(|node| Square {
                top: NODES.map(|(nodes, i)| constant(powers[nodes * node + i])),
                bottom: NODES.map(|(nodes, i)| {
                    let lane = |lane| constant(powers[nodes * (8 * node + lane) + i]);
                    let lanes = [0, 1, 2, 3, 4, 5, 6, 7].map(lane);
                    [lanes.map(|[w, _]| w), lanes.map(|[_, companion]| companion)]
                }),
            });
            Tree { upper: powers[..n / 64].iter().map(|w| constant(*w)).collect(), lower: lower.collect() }
        };
        let backwards = power(psi, modulus - 2, modulus);
        let scale = power(n as u64, modulus - 2, modulus);
        let last = scale * power(backwards, n as u64 / 2, modulus) % modulus;
        let radix = (1_u64 << 32) % modulus;
        Some(Self {
            q,
            inverse_of_q,
            radix: [radix as u32, ((radix << 32) / modulus) as u32],
            dimension: n,
            product,
            wide: q >> 30 != 0,
            forward: tree(psi),
            inverse: tree(backwards),
            scale: [constant(scale), constant(last)],
        })
    }

    /// Where this transform leaves the value that the library's leaves at place `i`.
    #[must_use]
    pub fn place(i: usize) -> usize {
        (i & !63) | (i & 7) << 3 | (i >> 3) & 7
    }

    /// Coefficients to values, in place; canonical in and out.
    ///
    /// # Panics
    /// If the length is not N.
    pub fn forward(&self, x: &mut [u32]) {
        assert_eq!(x.len(), self.dimension);
        let (octs, _) = x.as_chunks_mut();
        // SAFETY: a `Transform` exists only where AVX2 does.
        unsafe {
            match (self.product, self.wide) {
                (Product::Montgomery, false) => self.forward_all::<true, false>(octs),
                (Product::Montgomery, true) => self.forward_all::<true, true>(octs),
                (Product::Shoup, false) => self.forward_all::<false, false>(octs),
                (Product::Shoup, true) => self.forward_all::<false, true>(octs),
            }
        }
    }

    /// Values to coefficients, in place; canonical in and out.
    ///
    /// # Panics
    /// If the length is not N.
    pub fn inverse(&self, x: &mut [u32]) {
        assert_eq!(x.len(), self.dimension);
        let (octs, _) = x.as_chunks_mut();
        // SAFETY: a `Transform` exists only where AVX2 does.
        unsafe {
            match (self.product, self.wide) {
                (Product::Montgomery, false) => self.inverse_all::<true, false>(octs),
                (Product::Montgomery, true) => self.inverse_all::<true, true>(octs),
                (Product::Shoup, false) => self.inverse_all::<false, false>(octs),
                (Product::Shoup, true) => self.inverse_all::<false, true>(octs),
            }
        }
    }

    /// `out[i] = a[i] b[i]`, canonical.
    ///
    /// # Panics
    /// If the lengths are not N.
    pub fn mul(&self, out: &mut [u32], a: &[u32], b: &[u32]) {
        self.pointwise::<false>(out, a, b);
    }

    /// `out[i] = a[i] b[i] / 2^32`, canonical: the product for those who keep one factor times 2^32.
    ///
    /// # Panics
    /// If the lengths are not N.
    pub fn mul_montgomery(&self, out: &mut [u32], a: &[u32], b: &[u32]) {
        self.pointwise::<true>(out, a, b);
    }

    fn pointwise<const REDUCED: bool>(&self, out: &mut [u32], a: &[u32], b: &[u32]) {
        assert!([out.len(), a.len(), b.len()] == [self.dimension; 3]);
        let ((out, _), (a, _), (b, _)) = (out.as_chunks_mut(), a.as_chunks(), b.as_chunks());
        // SAFETY: a `Transform` exists only where AVX2 does.
        unsafe {
            if self.wide {
                self.multiply::<true, REDUCED>(out, a, b);
            } else {
                self.multiply::<false, REDUCED>(out, a, b);
            }
        }
    }

    #[target_feature(enable = "avx2")]
    fn multiply<const WIDE: bool, const REDUCED: bool>(&self, out: &mut [Oct], a: &[Oct], b: &[Oct]) {
        let lanes = Lanes::<false, WIDE>::new(self.q);
        let (inverse_of_q, radix) = (every(self.inverse_of_q), lanes.broadcast(&self.radix));
        for (out, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
            let product = lanes.montgomery(load(a), load(b), inverse_of_q);
            let product = if REDUCED { product } else { lanes.times(product, radix) };
            store(out, if WIDE && !REDUCED { product } else { once(product, lanes.q) });
        }
    }

    #[target_feature(enable = "avx2")]
    fn forward_all<const MONTGOMERY: bool, const WIDE: bool>(&self, x: &mut [Oct]) {
        let lanes = Lanes::<MONTGOMERY, WIDE>::new(self.q);
        // Six levels are left to the squares of 64 values; the root takes what makes the rest even.
        let children = if x.len().trailing_zeros() % 2 == 1 { 4 } else { 8 };
        if children == 4 {
            lanes.forward_pass::<true>(&self.forward, x, 1);
        } else {
            lanes.forward_root(&self.forward, x);
        }
        let octs = x.len() / children;
        for (i, block) in x.chunks_exact_mut(octs).enumerate() {
            lanes.forward_block(&self.forward, block, children + i);
        }
    }

    #[target_feature(enable = "avx2")]
    fn inverse_all<const MONTGOMERY: bool, const WIDE: bool>(&self, x: &mut [Oct]) {
        let lanes = Lanes::<MONTGOMERY, WIDE>::new(self.q);
        let children = if x.len().trailing_zeros() % 2 == 1 { 4 } else { 8 };
        let octs = x.len() / children;
        for (i, block) in x.chunks_exact_mut(octs).enumerate() {
            lanes.inverse_block(&self.inverse, block, children + i);
        }
        let scale = [lanes.broadcast(&self.scale[0]), lanes.broadcast(&self.scale[1])];
        if children == 4 {
            lanes.inverse_root_of_four(&self.inverse, x, scale);
        } else {
            lanes.inverse_root_of_eight(&self.inverse, x, scale);
        }
    }
}

impl<const MONTGOMERY: bool, const WIDE: bool> Lanes<MONTGOMERY, WIDE> {
    /// The constants of an upper node and of its children.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn at(self, tree: &Tree, node: usize) -> [Constant; 3] {
        let children = &tree.upper[2 * node..2 * node + 2];
        [self.broadcast(&tree.upper[node]), self.broadcast(&children[0]), self.broadcast(&children[1])]
    }

    /// Three levels at the root, of canonical values.
    #[target_feature(enable = "avx2")]
    fn forward_root(self, tree: &Tree, x: &mut [Oct]) {
        let top = &tree.upper[1..8];
        for mut column in columns_of_eight(x) {
            let v = self.forward_eight::<true>(load_eight(&column), |i| self.broadcast(&top[i]));
            store_eight(&mut column, v);
        }
    }

    /// All levels of the block at `node`, which fits the first-level cache.
    #[target_feature(enable = "avx2")]
    fn forward_block(self, tree: &Tree, x: &mut [Oct], node: usize) {
        let (mut octs, mut node) = (x.len(), node);
        while octs > 8 {
            for (i, block) in x.chunks_exact_mut(octs).enumerate() {
                self.forward_pass::<false>(tree, block, node + i);
            }
            octs /= 4;
            node *= 4;
        }
        let (squares, _) = x.as_chunks_mut::<8>();
        for (x, w) in squares.iter_mut().zip(&tree.lower[node - tree.lower.len()..]) {
            let rows = self.forward_eight::<false>(load_eight(&x.each_mut()), |i| self.broadcast(&w.top[i]));
            let columns = self.forward_eight::<false>(transpose(rows), |i| self.constants(&w.bottom[i]));
            for (x, v) in x.iter_mut().zip(columns) {
                store(x, self.canonical(once(v, self.half)));
            }
        }
    }

    /// Two levels of the block at `node`; `REDUCED` if the values are canonical.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn forward_pass<const REDUCED: bool>(self, tree: &Tree, x: &mut [Oct], node: usize) {
        let k = self.at(tree, node);
        for [x0, x1, x2, x3] in columns_of_four(x) {
            let [a, b, c, d] = self.forward_four::<REDUCED>([load(x0), load(x1), load(x2), load(x3)], k);
            store(x0, a);
            store(x1, b);
            store(x2, c);
            store(x3, d);
        }
    }

    /// All levels of the block at `node`, backwards.
    #[target_feature(enable = "avx2")]
    fn inverse_block(self, tree: &Tree, x: &mut [Oct], node: usize) {
        let levels = (x.len() / 8).trailing_zeros() / 2;
        let mut node = node << (2 * levels);
        let (squares, _) = x.as_chunks_mut::<8>();
        for (x, w) in squares.iter_mut().zip(&tree.lower[node - tree.lower.len()..]) {
            let columns = self.inverse_eight(load_eight(&x.each_mut()), |i| self.constants(&w.bottom[i]));
            let rows = self.inverse_eight(transpose(columns), |i| self.broadcast(&w.top[i]));
            for (x, v) in x.iter_mut().zip(rows) {
                store(x, v);
            }
        }
        for level in 0..levels {
            node /= 4;
            for (i, block) in x.chunks_exact_mut(32 << (2 * level)).enumerate() {
                self.inverse_pass(tree, block, node + i);
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn inverse_pass(self, tree: &Tree, x: &mut [Oct], node: usize) {
        let k = self.at(tree, node);
        for [x0, x1, x2, x3] in columns_of_four(x) {
            let [a, b, c, d] = self.inverse_four([load(x0), load(x1), load(x2), load(x3)], k);
            store(x0, a);
            store(x1, b);
            store(x2, c);
            store(x3, d);
        }
    }

    /// The last two levels of the inverse.
    #[target_feature(enable = "avx2")]
    fn inverse_root_of_four(self, tree: &Tree, x: &mut [Oct], scale: [Constant; 2]) {
        let [_, k2, k3] = self.at(tree, 1);
        for [x0, x1, x2, x3] in columns_of_four(x) {
            let [a, b] = self.inverse_pair(load(x0), load(x1), k2);
            let [c, d] = self.inverse_pair(load(x2), load(x3), k3);
            let ([a, c], [b, d]) = (self.last_pair(a, c, scale), self.last_pair(b, d, scale));
            store(x0, a);
            store(x1, b);
            store(x2, c);
            store(x3, d);
        }
    }

    /// The last three levels of the inverse.
    #[target_feature(enable = "avx2")]
    fn inverse_root_of_eight(self, tree: &Tree, x: &mut [Oct], scale: [Constant; 2]) {
        let top = &tree.upper[1..8];
        let k = |i: usize| self.broadcast(&top[i]);
        for mut column in columns_of_eight(x) {
            let [a, b, c, d, e, f, g, h] = load_eight(&column);
            let [a, b, c, d] = self.inverse_four([a, b, c, d], [k(1), k(3), k(4)]);
            let [e, f, g, h] = self.inverse_four([e, f, g, h], [k(2), k(5), k(6)]);
            let ([a, e], [b, f]) = (self.last_pair(a, e, scale), self.last_pair(b, f, scale));
            let ([c, g], [d, h]) = (self.last_pair(c, g, scale), self.last_pair(d, h, scale));
            store_eight(&mut column, [a, b, c, d, e, f, g, h]);
        }
    }
}

/// The values that a node's two levels take together: one of each quarter.
fn columns_of_four(x: &mut [Oct]) -> impl Iterator<Item = [&mut Oct; 4]> {
    let (low, high) = x.split_at_mut(x.len() / 2);
    let ((a, b), (c, d)) = (low.split_at_mut(low.len() / 2), high.split_at_mut(high.len() / 2));
    a.iter_mut().zip(b).zip(c).zip(d).map(|(((a, b), c), d)| [a, b, c, d])
}

/// The values that a node's three levels take together: one of each eighth.
fn columns_of_eight(x: &mut [Oct]) -> impl Iterator<Item = [&mut Oct; 8]> {
    let (low, high) = x.split_at_mut(x.len() / 2);
    columns_of_four(low)
        .zip(columns_of_four(high))
        .map(|([a, b, c, d], [e, f, g, h])| [a, b, c, d, e, f, g, h])
}

/// `base^e mod q` for set-up, q < 2^32.
fn power(mut base: u64, mut e: u64, q: u64) -> u64 {
    let mut result = 1;
    while e > 0 {
        if e & 1 == 1 {
            result = result * base % q;
        }
        base = base * base % q;
        e >>= 1;
    }
    result
}
