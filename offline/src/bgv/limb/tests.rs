//! The kernels against definition and against each other.

use super::*;
use crate::bgv::params::ntt_primes;
use proptest::prelude::*;

/// Deterministic residues that include both ends of the range.
fn residues(q: u64, n: usize, seed: u64) -> Vec<u64> {
    let mut state = seed | 1;
    (0..n)
        .map(|i| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            match (state >> 60, i % 7) {
                (0, _) => q - 1,
                (1, 0) => 0,
                _ => (state >> 8) % q,
            }
        })
        .collect()
}

/// One prime a width, from small to the widest, for each dimension.
fn primes(n: usize) -> Vec<u64> {
    [20, 30, 44, 45, 48, 49, 50].iter().flat_map(|bits| ntt_primes(*bits, n as u64, 1, &[])).collect()
}

#[test]
fn the_transform_evaluates_at_odd_powers_in_bit_reversed_order() {
    for n in [16_usize, 32, 64, 128] {
        for q in primes(n) {
            let limb = Limb::new(q, n, Choice::Best);
            let m = limb.modulus();
            let a = residues(q, n, q);
            let mut values = a.clone();
            limb.forward(&mut values);
            for (j, value) in values.iter().enumerate() {
                let x = m.pow(limb.psi, 2 * roots::reverse(j, n.ilog2()) as u64 + 1);
                let expected = a.iter().rev().fold(0, |acc, c| m.add(m.mul(acc, x), *c));
                assert_eq!(*value, expected, "n = {n}, q = {q}, place {j}");
            }
        }
    }
}

#[test]
fn kernels_agree_on_every_dimension_and_width() {
    for n in [16_usize, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768] {
        for q in primes(n) {
            let (fast, oracle) = (Limb::new(q, n, Choice::Best), Limb::new(q, n, Choice::Portable));
            for a in [residues(q, n, 3 * q), vec![q - 1; n], vec![0; n]] {
                let (mut x, mut y) = (a.clone(), a.clone());
                fast.forward(&mut x);
                oracle.forward(&mut y);
                assert!(x == y, "forward, n = {n}, q = {q}");
                assert!(fast.canonical(&x));
                fast.inverse(&mut x);
                assert!(x == a, "round trip, n = {n}, q = {q}");
                let (mut x, mut y) = (a.clone(), a);
                fast.inverse(&mut x);
                oracle.inverse(&mut y);
                assert!(x == y, "inverse, n = {n}, q = {q}");
            }
        }
    }
}

#[test]
fn the_product_is_negacyclic() {
    let n = 64;
    for q in primes(n) {
        let limb = Limb::new(q, n, Choice::Best);
        let m = limb.modulus();
        let (a, b) = (residues(q, n, 1), residues(q, n, 2));
        let mut expected = vec![0; n];
        for (i, a) in a.iter().enumerate() {
            for (j, b) in b.iter().enumerate() {
                let (term, e) = (m.mul(*a, *b), (i + j) % n);
                expected[e] = if i + j < n { m.add(expected[e], term) } else { m.sub(expected[e], term) };
            }
        }
        let (mut x, mut y, mut z) = (a, b, vec![0; n]);
        limb.forward(&mut x);
        limb.forward(&mut y);
        limb.mul(&mut z, &x, &y);
        limb.inverse(&mut z);
        assert_eq!(z, expected, "q = {q}");
    }
}

proptest! {
    #[test]
    fn pointwise_kernels_agree(index in 0_usize..7, seed: u64, len in 1_usize..70) {
        let n = 1024;
        let q = primes(n)[index];
        let (fast, oracle) = (Limb::new(q, n, Choice::Best), Limb::new(q, n, Choice::Portable));
        let [out, a, b, c, d] = [0, 1, 2, 3, 4].map(|i| residues(q, len, seed.wrapping_add(i)));
        let k = a[0];
        let wide: Vec<u64> = residues(1 << 48, len, seed);
        let signed: Vec<i32> = wide.iter().map(|x| *x as i32).chain([i32::MIN, i32::MAX, 0, -1]).collect();
        let both = |operation: &dyn Fn(&Limb, &mut [u64])| {
            let (mut x, mut y) = (out.clone(), out.clone());
            operation(&fast, &mut x);
            operation(&oracle, &mut y);
            (x, y)
        };
        for (x, y) in [
            both(&|limb, out| limb.mul(out, &a, &b)),
            both(&|limb, out| limb.mul_add(out, &a, &b)),
            both(&|limb, out| limb.cross(out, [&a, &b], [&c, &d])),
            both(&|limb, out| limb.axpy(out, k, &a)),
            both(&|limb, out| limb.axpy(out, k, &wide)),
            both(&|limb, out| limb.axpy_signed(out, k, &signed)),
            both(&|limb, out| limb.add(out, &a)),
            both(&|limb, out| limb.sub(out, &a)),
        ] {
            prop_assert!(fast.canonical(&x));
            prop_assert_eq!(x, y);
        }
        let m = fast.modulus();
        let mut sum = out.clone();
        fast.axpy_signed(&mut sum, k, &signed);
        for ((sum, out), x) in sum.iter().zip(&out).zip(&signed) {
            let expected = (i128::from(*out) + i128::from(k) * i128::from(*x)).rem_euclid(i128::from(q));
            prop_assert_eq!(i128::from(*sum), expected);
        }
        let mut product = vec![0; len];
        fast.mul(&mut product, &a, &b);
        prop_assert!(product.iter().zip(a.iter().zip(&b)).all(|(p, (a, b))| *p == m.mul(*a, *b)));
    }
}
