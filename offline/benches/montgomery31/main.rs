//! Transforms in lanes of 32 bits against those of the library, in double precision and portable.
//!
//! The unit is an element of R_q with q of at least 417 bits, one limb after the other as in a run, each limb with tables of its own, which
//! do not fit the second-level cache together:
//! nine limbs of 47 or 50 bits, or fourteen of 30 or 31. Every pass gets fresh residues, drawn outside the timed part, and the
//! kernels take turns pass by pass, so that a disturbance meets all. Printed are medians.
//!
//! `cargo bench -p speedwell-offline --bench montgomery31 -- [passes]`

#[cfg(target_arch = "x86_64")]
mod kernel;
#[cfg(target_arch = "x86_64")]
mod primes;

#[cfg(not(target_arch = "x86_64"))]
fn main() {
    println!("SKIPPED: the kernel of 32-bit lanes is for x86-64");
}

#[cfg(target_arch = "x86_64")]
fn main() {
    let passes = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(200);
    for n in [16384, 32768] {
        compare::table(n, passes);
    }
}

#[cfg(target_arch = "x86_64")]
mod compare {
    use super::kernel::{Product, Transform};
    use super::primes::ntt_primes;
    use speedwell_field::{Prg, Seed};
    use speedwell_offline::bgv::{Choice, Limb};
    use std::hint::black_box;
    use std::time::{Duration, Instant};

    /// Bits of q for triples over a field of 127 bits.
    const BITS: f64 = 417.0;

    /// What is timed: an operation, and whether it is done once before on the same limb, so that operands and tables are in the cache.
    const OPERATIONS: [(&str, bool); 6] = [
        ("forward", false),
        ("inverse", false),
        ("a b", false),
        ("a b/R", false),
        ("forward", true),
        ("inverse", true),
    ];

    /// Arithmetic of one limb on its residues.
    trait Kernel {
        type Word: Copy + Default;
        fn q(&self) -> u64;
        fn word(x: u64) -> Self::Word;
        /// Does the operation, if there is one of this name, to `a`.
        fn run(&self, operation: &str, a: &mut [Self::Word], b: &[Self::Word], c: &[Self::Word]) -> bool;
    }

    impl Kernel for Limb {
        type Word = u64;
        fn q(&self) -> u64 {
            self.modulus().q()
        }
        fn word(x: u64) -> u64 {
            x
        }
        fn run(&self, operation: &str, a: &mut [u64], b: &[u64], c: &[u64]) -> bool {
            match operation {
                "forward" => self.forward(a),
                "inverse" => self.inverse(a),
                "a b" => self.mul(a, b, c),
                _ => return false,
            }
            true
        }
    }

    impl Kernel for (u32, Transform) {
        type Word = u32;
        fn q(&self) -> u64 {
            u64::from(self.0)
        }
        fn word(x: u64) -> u32 {
            x as u32
        }
        fn run(&self, operation: &str, a: &mut [u32], b: &[u32], c: &[u32]) -> bool {
            match operation {
                "forward" => self.1.forward(a),
                "inverse" => self.1.inverse(a),
                "a b" => self.1.mul(a, b, c),
                "a b/R" => self.1.mul_montgomery(a, b, c),
                _ => return false,
            }
            true
        }
    }

    /// A row of the table: one kernel with limbs of one width.
    struct Row {
        name: String,
        limbs: usize,
        bits: f64,
        /// Runs one pass of an operation over fresh residues.
        pass: Box<dyn FnMut(&str, bool, &mut Prg) -> Option<Duration>>,
    }

    /// Prints the table of dimension `n`.
    pub fn table(n: usize, passes: usize) {
        let Some(mut rows) = rows(n) else {
            println!("SKIPPED: this machine has no AVX2");
            return;
        };
        let mut prg = Prg::new(&Seed([31; 16]));
        let mut times = vec![[const { Vec::new() }; OPERATIONS.len()]; rows.len()];
        for _ in 0..passes {
            for (operation, (name, warm)) in OPERATIONS.into_iter().enumerate() {
                for (row, times) in rows.iter_mut().zip(&mut times) {
                    times[operation].extend((row.pass)(name, warm, &mut prg));
                }
            }
        }
        println!(
            "\nN = {n}, medians of {passes} passes: µs a limb, ns a bit of q; an element has so many limbs"
        );
        print!("{:<24} {:>5} {:>6}", "kernel", "limbs", "log q");
        OPERATIONS
            .iter()
            .for_each(|(name, warm)| print!(" | {name:>8} {:>5}", if *warm { "warm" } else { "" }));
        println!();
        for (row, times) in rows.iter().zip(&mut times) {
            print!("{:<24} {:>5} {:>6.1}", row.name, row.limbs, row.bits);
            for times in times {
                times.sort();
                match times.get(times.len() / 2).map(|time: &Duration| time.as_secs_f64() * 1e6) {
                    Some(time) => {
                        print!(" | {:>8.1} {:>5.0}", time / row.limbs as f64, time / row.bits * 1e3)
                    }
                    None => print!(" | {:>8} {:>5}", "-", "-"),
                }
            }
            println!();
        }
    }

    /// `None` if the machine has no AVX2.
    fn rows(n: usize) -> Option<Vec<Row>> {
        let mut rows = Vec::new();
        for (choice, bits) in
            [(Choice::Portable, 47), (Choice::Portable, 31), (Choice::Best, 47), (Choice::Best, 50)]
        {
            let limbs: Vec<Limb> = primes(bits, n).into_iter().map(|q| Limb::new(q, n, choice)).collect();
            rows.push(row(&format!("{}, {bits} bits", limbs[0].kernel()), n, limbs));
        }
        for product in [Product::Montgomery, Product::Shoup] {
            for bits in [31, 30] {
                let limbs = primes(bits, n).into_iter().map(|q| checked(q, n, product));
                rows.push(row(
                    &format!("avx2 {product:?}, {bits} bits"),
                    n,
                    limbs.collect::<Option<Vec<_>>>()?,
                ));
            }
        }
        Some(rows)
    }

    /// The transform of a prime, after it gave the values, and their squares, that the library gives of one polynomial.
    fn checked(q: u64, n: usize, product: Product) -> Option<(u32, Transform)> {
        let limb = Limb::new(q, n, Choice::Portable);
        let mut values = vec![0; n];
        limb.monomial(1, &mut values);
        let narrow = u32::try_from(q).ok()?;
        // The first value of X is ψ.
        let transform = Transform::new(narrow, n, values[0], product)?;
        let mut x: Vec<u32> = (0..n as u32).map(|i| i.wrapping_mul(2_654_435_769) % narrow).collect();
        values = x.iter().copied().map(u64::from).collect();
        limb.forward(&mut values);
        transform.forward(&mut x);
        let same = |x: &[u32], values: &[u64]| {
            values.iter().enumerate().all(|(i, value)| u64::from(x[Transform::place(i)]) == *value)
        };
        assert!(same(&x, &values), "transform, q = {q}");
        let (mut square, mut expected) = (vec![0; n], vec![0; n]);
        transform.mul(&mut square, &x, &x);
        limb.mul(&mut expected, &values, &values);
        assert!(same(&square, &expected), "product, q = {q}");
        Some((narrow, transform))
    }

    /// As many primes of this width as make [`BITS`] bits.
    fn primes(bits: u32, n: usize) -> Vec<u64> {
        ntt_primes(bits, n, (BITS / f64::from(bits)).ceil() as usize)
    }

    fn row<K: Kernel + 'static>(name: &str, n: usize, limbs: Vec<K>) -> Row {
        let bits = limbs.iter().map(|limb| (limb.q() as f64).log2()).sum::<f64>();
        assert!(bits >= BITS, "{name}: {bits} bits");
        let count = limbs.len();
        let mut operands = [0, 1, 2].map(|_| vec![vec![K::Word::default(); n]; count]);
        let mut bytes = vec![0; 8 * n];
        let pass = move |operation: &str, warm: bool, prg: &mut Prg| {
            let used = if operation.starts_with('a') { 3 } else { 1 };
            for operand in operands.iter_mut().take(used) {
                for (limb, x) in limbs.iter().zip(operand) {
                    prg.fill(&mut bytes);
                    let (words, _) = bytes.as_chunks::<8>();
                    x.iter_mut()
                        .zip(words)
                        .for_each(|(x, word)| *x = K::word(u64::from_le_bytes(*word) % limb.q()));
                }
            }
            let [a, b, c] = &mut operands;
            let (mut time, mut done) = (Duration::ZERO, true);
            for (limb, ((a, b), c)) in limbs.iter().zip(a.iter_mut().zip(&*b).zip(&*c)) {
                if warm {
                    limb.run(operation, a, b, c);
                }
                let (a, b, c) = (black_box(a), black_box(b), black_box(c));
                let start = Instant::now();
                done &= limb.run(operation, a, b, c);
                time += start.elapsed();
                black_box(a);
            }
            done.then_some(time)
        };
        Row { name: name.to_owned(), limbs: count, bits, pass: Box::new(pass) }
    }
}
