//! Roots of unity of one limb.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "indices run over tables whose length is the power of two that bounds them"
)]

use super::modulus::Modulus;

/// The powers of a primitive 2N-th root ψ that the transform needs, in the order in which it needs them.
///
/// The transform is a binary tree of N - 1 nodes, numbered like a heap: node 1 is the root, the children of node k are
/// 2k and 2k + 1. Node k multiplies by `forward[k]` = ψ^brv(k), with the log2 N bits of k reversed; the inverse transform by
/// its inverse. Entry 0 is unused.
pub struct Roots {
    pub forward: Vec<u64>,
    pub inverse: Vec<u64>,
    /// N^-1
    pub scale: u64,
    /// ψ
    pub psi: u64,
}

impl Roots {
    /// The tables for ring dimension `n`, a power of two with q ≡ 1 mod 2n. ψ is x^((q-1)/2n) for the smallest x ≥ 2 for which that is primitive.
    pub fn new(modulus: Modulus, n: usize) -> Self {
        let order = 2 * n as u64;
        let minus_one = modulus.q() - 1;
        let psi = (2..modulus.q())
            .map(|x| modulus.pow(x, minus_one / order))
            .find(|psi| modulus.pow(*psi, order / 2) == minus_one)
            .unwrap_or(1);
        let table = |psi: u64| {
            let bits = n.trailing_zeros();
            let mut table = vec![1; n];
            let mut power = 1;
            for e in 0..n {
                table[reverse(e, bits)] = power;
                power = modulus.mul(power, psi);
            }
            table
        };
        Self {
            forward: table(psi),
            inverse: table(modulus.inverse(psi)),
            scale: modulus.inverse(modulus.reduce(n as u64)),
            psi,
        }
    }
}

/// The values of X^exponent in place order, by doubling: place j holds ψ^(e (2 brv(j) + 1)), and bit k of j contributes the factor
/// ψ^(e N / 2^k). `axpy(out, k, x)` adds k x to out.
pub fn monomial(
    m: Modulus,
    psi: u64,
    exponent: usize,
    out: &mut [u64],
    axpy: impl Fn(&mut [u64], u64, &[u64]),
) {
    let n = out.len();
    let exponent = (exponent % (2 * n)) as u64;
    out.fill(0);
    out[0] = m.pow(psi, exponent);
    let mut filled = 1;
    while filled < n {
        let factor = m.pow(psi, exponent * (n / filled) as u64 % (2 * n) as u64);
        let (done, next) = out.split_at_mut(filled);
        axpy(&mut next[..filled], factor, done);
        filled *= 2;
    }
}

/// The low `bits` bits of `x`, reversed.
pub fn reverse(x: usize, bits: u32) -> usize {
    if bits == 0 { 0 } else { x.reverse_bits() >> (usize::BITS - bits) }
}
