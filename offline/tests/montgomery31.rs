//! The kernel of 32-bit lanes that the bench `montgomery31` measures, against the kernels of the library.
//!
//! Its primes are below 2^31, where all three kernels work, so that their transforms can be compared value by value.

#[cfg(target_arch = "x86_64")]
#[path = "../benches/montgomery31/kernel.rs"]
mod kernel;
#[cfg(target_arch = "x86_64")]
#[path = "../benches/montgomery31/primes.rs"]
mod primes;

/// Prints a line that the test harness does not hide.
fn say(line: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{line}").expect("standard error is open");
}

#[cfg(not(target_arch = "x86_64"))]
#[test]
fn skipped() {
    say("SKIPPED: the kernel of 32-bit lanes is for x86-64");
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use super::kernel::{Product, Transform};
    use super::primes::ntt_primes;
    use proptest::prelude::*;
    use speedwell_offline::bgv::{Choice, Limb};

    /// The three kernels for one prime; the new one with both of its products.
    struct Kernels {
        portable: Limb,
        best: Limb,
        narrow_lanes: [Transform; 2],
    }

    /// `None`, with a printed line, where AVX2 is missing.
    fn kernels(q: u64, n: usize) -> Option<Kernels> {
        let (portable, best) = (Limb::new(q, n, Choice::Portable), Limb::new(q, n, Choice::Best));
        // The first value of X is ψ.
        let mut x = vec![0; n];
        portable.monomial(1, &mut x);
        let [montgomery, shoup] = [Product::Montgomery, Product::Shoup]
            .map(|product| Transform::new(u32::try_from(q).expect("a prime below 2^31"), n, x[0], product));
        let Some(narrow_lanes) = montgomery.zip(shoup).map(|(montgomery, shoup)| [montgomery, shoup]) else {
            super::say("SKIPPED: this machine has no AVX2, so the kernel of 32-bit lanes is not tested");
            return None;
        };
        if best.kernel() == portable.kernel() {
            super::say("NOT COMPARED with double precision: this machine has no FMA");
        }
        Some(Kernels { portable, best, narrow_lanes })
    }

    impl Kernels {
        fn q(&self) -> u64 {
            self.portable.modulus().q()
        }

        /// All kernels give the same values of `x`, the same coefficients of `x`, and their inverses undo their transforms.
        fn check_transforms(&self, x: &[u64]) {
            let label = format!("q = {}, N = {}", self.q(), x.len());
            let (mut values, mut coefficients) = (x.to_vec(), x.to_vec());
            self.portable.forward(&mut values);
            self.portable.inverse(&mut coefficients);
            let (mut forward, mut inverse) = (x.to_vec(), x.to_vec());
            self.best.forward(&mut forward);
            self.best.inverse(&mut inverse);
            assert!(forward == values && inverse == coefficients, "double precision, {label}");
            for transform in &self.narrow_lanes {
                let mut forward = lanes_of(x);
                transform.forward(&mut forward);
                assert!(forward == to_order(&values), "forward, {label}");
                transform.inverse(&mut forward);
                assert!(forward == lanes_of(x), "there and back, {label}");
                let mut inverse = to_order(x);
                transform.inverse(&mut inverse);
                assert!(inverse == lanes_of(&coefficients), "inverse, {label}");
            }
        }

        /// All kernels give the same products.
        fn check_products(&self, a: &[u64], b: &[u64]) {
            let label = format!("q = {}", self.q());
            let (mut expected, mut best) = (vec![0; a.len()], vec![0; a.len()]);
            self.portable.mul(&mut expected, a, b);
            self.best.mul(&mut best, a, b);
            assert!(best == expected, "double precision, {label}");
            for transform in &self.narrow_lanes {
                let mut product = vec![0; a.len()];
                transform.mul(&mut product, &lanes_of(a), &lanes_of(b));
                assert!(product == lanes_of(&expected), "product, {label}");
                let raised: Vec<u32> = b.iter().map(|b| ((b << 32) % self.q()) as u32).collect();
                transform.mul_montgomery(&mut product, &lanes_of(a), &raised);
                assert!(product == lanes_of(&expected), "Montgomery's product, {label}");
            }
        }
    }

    fn lanes_of(x: &[u64]) -> Vec<u32> {
        x.iter().map(|x| u32::try_from(*x).expect("a residue below 2^31")).collect()
    }

    /// Values in the order of the kernel under test.
    fn to_order(x: &[u64]) -> Vec<u32> {
        let mut out = vec![0; x.len()];
        lanes_of(x).into_iter().enumerate().for_each(|(i, x)| out[Transform::place(i)] = x);
        out
    }

    /// Residues, with both ends of the range among them.
    fn residues(q: u64, n: usize, seed: u64) -> Vec<u64> {
        let mut state = seed;
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match state >> 60 {
                    0 => q - 1,
                    1 => 0,
                    _ => (state >> 24) % q,
                }
            })
            .collect()
    }

    #[test]
    fn the_kernels_agree_at_every_dimension_and_at_the_ends_of_the_range() {
        for n in [256_usize, 512, 1024, 2048, 4096, 8192, 16384, 32768] {
            // Both sides of 2^30, where the range between levels changes.
            for q in [31, 30, 20].into_iter().flat_map(|bits| ntt_primes(bits, n, 1)) {
                let Some(kernels) = kernels(q, n) else { return };
                for x in [vec![q - 1; n], vec![0; n], residues(q, n, q)] {
                    kernels.check_transforms(&x);
                    kernels.check_products(&x, &residues(q, n, 1));
                }
                kernels.check_products(&vec![q - 1; n], &vec![q - 1; n]);
            }
        }
    }

    #[test]
    fn the_product_of_values_is_the_negacyclic_product() {
        let n = 256;
        for q in ntt_primes(31, n, 2) {
            let Some(kernels) = kernels(q, n) else { return };
            let (a, b) = (residues(q, n, 2), residues(q, n, 3));
            let mut expected = vec![0_u64; n];
            for (i, a) in a.iter().enumerate() {
                for (j, b) in b.iter().enumerate() {
                    let (term, e) = (a * b % q, (i + j) % n);
                    expected[e] = (expected[e] + if i + j < n { term } else { q - term }) % q;
                }
            }
            for transform in &kernels.narrow_lanes {
                let (mut x, mut y, mut z) = (lanes_of(&a), lanes_of(&b), vec![0; n]);
                transform.forward(&mut x);
                transform.forward(&mut y);
                transform.mul(&mut z, &x, &y);
                transform.inverse(&mut z);
                assert_eq!(z, lanes_of(&expected), "q = {q}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn the_kernels_agree(log in 8_u32..=11, bits in 27_u32..=31, index in 0_usize..6, seed: u64) {
            let n = 1 << log;
            let q = ntt_primes(bits, n, 6)[index];
            if let Some(kernels) = kernels(q, n) {
                let (a, b) = (residues(q, n, seed), residues(q, n, !seed));
                kernels.check_transforms(&a);
                kernels.check_products(&a, &b);
            }
        }
    }
}
