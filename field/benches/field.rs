//! Slice kernels against ark-ff's fields of the same primes, ns per element on vectors of 2048.
//!
//! Every pass gets fresh random operands, drawn outside the timed part: on repeated data a branch predictor learns the
//! conditional subtractions of an implementation that branches on values, which no protocol run would allow it to.
//! `cargo bench -p speedwell-field` prints criterion's figures, then a table in which both sides take turns pass by
//! pass; `-- --summary` prints the table alone.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench: macros make undocumented functions, failure is a panic"
)]
#![allow(unexpected_cfgs, reason = "the derive of ark-ff asks for a feature of its own crate")]

use ark_ff::{Fp64, Fp128, MontBackend, MontConfig, PrimeField};
use criterion::{BenchmarkId, Criterion, Throughput};
use speedwell_field::{Field, Fp127, Goldilocks, Prg, Seed};
use std::hint::black_box;
use std::time::{Duration, Instant};

const N: usize = 2048;

#[derive(MontConfig)]
#[modulus = "170141183460469231694793815568465002497"]
#[generator = "5"]
struct Fp127Config;
type Ark127 = Fp128<MontBackend<Fp127Config, 2>>;

#[derive(MontConfig)]
#[modulus = "18446744069414584321"]
#[generator = "7"]
struct GoldilocksConfig;
type ArkGoldilocks = Fp64<MontBackend<GoldilocksConfig, 1>>;

/// Operands of one pass. Kernels write to `a` or to `scalar`.
struct Operands<T> {
    a: Vec<T>,
    b: Vec<T>,
    c: Vec<T>,
    d: Vec<T>,
    e: Vec<T>,
    scalar: T,
    bytes: Vec<u8>,
    prg: Prg,
}

type Kernel<T> = fn(&mut Operands<T>);

/// One side of a comparison: how operands are drawn, and the kernels by name.
struct Side<T> {
    name: &'static str,
    operands: Operands<T>,
    refresh: fn(&mut Operands<T>),
    kernels: Vec<(&'static str, Kernel<T>)>,
}

impl<T> Side<T> {
    fn kernel(&self, name: &str) -> Option<Kernel<T>> {
        self.kernels.iter().find(|(n, _)| *n == name).map(|(_, kernel)| *kernel)
    }

    /// Time of one pass over fresh operands.
    fn pass(&mut self, kernel: Kernel<T>) -> Duration {
        (self.refresh)(&mut self.operands);
        let operands = black_box(&mut self.operands);
        let start = Instant::now();
        kernel(operands);
        let time = start.elapsed();
        black_box(&mut self.operands);
        time
    }
}

fn operands<T: Clone>(zero: T) -> Operands<T> {
    let zeros = || vec![zero.clone(); N];
    Operands {
        a: zeros(),
        b: zeros(),
        c: zeros(),
        d: zeros(),
        e: zeros(),
        scalar: zero.clone(),
        bytes: Vec::new(),
        prg: Prg::new(&Seed([7; 16])),
    }
}

fn ours<F: Field>() -> Side<F> {
    Side {
        name: F::NAME,
        operands: operands(F::ZERO),
        refresh: |o| {
            for v in [&mut o.a, &mut o.b, &mut o.c, &mut o.d, &mut o.e] {
                F::sample(&mut o.prg, v);
            }
            o.scalar = o.b[0] + o.c[1];
            o.bytes.clear();
            F::encode(&o.b, &mut o.bytes);
        },
        kernels: vec![
            ("mul", |o| F::mul_assign_slice(&mut o.a, &o.b)),
            ("add", |o| F::add_assign_slice(&mut o.a, &o.b)),
            ("sub", |o| F::sub_assign_slice(&mut o.a, &o.b)),
            ("sub from", |o| F::sub_from_slice(&mut o.a, &o.b)),
            ("c+=a*b", |o| F::mul_add_slice(&mut o.a, &o.b, &o.c)),
            ("c+=k*b", |o| F::axpy(&mut o.a, o.scalar, &o.b)),
            ("scale", |o| F::scale_slice(&mut o.a, o.scalar)),
            ("dot", |o| o.scalar = F::dot(&o.a, &o.b)),
            ("sum", |o| o.scalar = F::sum(&o.a)),
            ("horner", |o| o.scalar = F::horner(&o.a, o.scalar)),
            ("beaver", |o| F::beaver(&mut o.a, &o.b, &o.c, &o.d, &o.e, o.scalar)),
            ("batch_inverse", |o| F::batch_inverse(&mut o.a)),
            ("inv_sqrt", |o| F::inv_sqrt(&mut o.a)),
            ("encode", |o| {
                o.bytes.clear();
                F::encode(&o.a, &mut o.bytes);
            }),
            ("decode", |o| assert!(F::decode(&o.bytes, &mut o.a))),
            ("pack", |o| {
                o.bytes.clear();
                F::pack(&o.a, &mut o.bytes);
            }),
            ("unpack", |o| assert!(F::unpack(&o.bytes, &mut o.a))),
            ("unpack_add", |o| assert!(F::unpack_add(&o.bytes, &mut o.a))),
            ("sample", |o| F::sample(&mut o.prg, &mut o.a)),
        ],
    }
}

fn arks<A: PrimeField, F: Field>(name: &'static str) -> Side<A> {
    Side {
        name,
        operands: operands(A::ZERO),
        refresh: |o| {
            let mut fresh = vec![F::ZERO; N];
            for v in [&mut o.a, &mut o.b, &mut o.c, &mut o.d, &mut o.e] {
                F::sample(&mut o.prg, &mut fresh);
                v.iter_mut().zip(&fresh).for_each(|(v, x)| *v = A::from(x.to_u128().unwrap()));
            }
            o.scalar = o.b[0] + o.c[1];
        },
        kernels: vec![
            ("mul", |o| o.a.iter_mut().zip(&o.b).for_each(|(a, b)| *a *= b)),
            ("add", |o| o.a.iter_mut().zip(&o.b).for_each(|(a, b)| *a += b)),
            ("sub", |o| o.a.iter_mut().zip(&o.b).for_each(|(a, b)| *a -= b)),
            ("c+=a*b", |o| {
                o.a.iter_mut().zip(o.b.iter().zip(&o.c)).for_each(|(a, (b, c))| *a += *b * c);
            }),
            ("c+=k*b", |o| o.a.iter_mut().zip(&o.b).for_each(|(a, b)| *a += o.scalar * b)),
            ("scale", |o| o.a.iter_mut().for_each(|a| *a *= o.scalar)),
            ("dot", |o| o.scalar = o.a.iter().zip(&o.b).map(|(a, b)| *a * b).sum()),
            ("sum", |o| o.scalar = o.a.iter().sum()),
            ("horner", |o| o.scalar = o.a.iter().rev().fold(A::ZERO, |sum, a| sum * o.scalar + a)),
            ("batch_inverse", |o| ark_ff::batch_inversion(&mut o.a)),
        ],
    }
}

fn criterion_groups<F: Field, A: PrimeField>(c: &mut Criterion, ours: &mut Side<F>, arks: &mut Side<A>) {
    for (name, kernel) in ours.kernels.clone() {
        let mut group = c.benchmark_group(format!("{}/{name}", ours.name));
        group.throughput(Throughput::Elements(N as u64));
        group.bench_function(BenchmarkId::from_parameter("speedwell"), |b| {
            b.iter_custom(|passes| (0..passes).map(|_| ours.pass(kernel)).sum());
        });
        if let Some(kernel) = arks.kernel(name) {
            group.bench_function(BenchmarkId::from_parameter("ark-ff"), |b| {
                b.iter_custom(|passes| (0..passes).map(|_| arks.pass(kernel)).sum());
            });
        }
        group.finish();
    }
}

/// Medians of passes that alternate between the sides, so that a disturbance meets both.
fn summary<F: Field, A: PrimeField>(ours: &mut Side<F>, arks: &mut Side<A>) {
    const PASSES: usize = 300;
    println!("\n{:<14} {:>12} {:>12} {:>7}   ns per element, medians", "", ours.name, arks.name, "ratio");
    for (name, kernel) in ours.kernels.clone() {
        let theirs = arks.kernel(name);
        let (mut times, mut their_times) = (Vec::new(), Vec::new());
        for _ in 0..PASSES {
            times.push(ours.pass(kernel));
            their_times.extend(theirs.map(|kernel| arks.pass(kernel)));
        }
        let median = |times: &mut Vec<Duration>| {
            times.sort();
            times.get(times.len() / 2).map(|time| time.as_nanos() as f64 / N as f64)
        };
        let ours = median(&mut times).unwrap();
        match median(&mut their_times) {
            Some(theirs) => println!("{name:<14} {ours:>12.2} {theirs:>12.2} {:>7.2}", theirs / ours),
            None => println!("{name:<14} {ours:>12.2}"),
        }
    }
}

fn main() {
    let (mut fp127, mut ark127) = (ours::<Fp127>(), arks::<Ark127, Fp127>("ark-ff"));
    let (mut goldilocks, mut ark_goldilocks) =
        (ours::<Goldilocks>(), arks::<ArkGoldilocks, Goldilocks>("ark-ff"));
    if !std::env::args().any(|argument| argument == "--summary") {
        let mut c = Criterion::default()
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(700))
            .configure_from_args();
        criterion_groups(&mut c, &mut fp127, &mut ark127);
        criterion_groups(&mut c, &mut goldilocks, &mut ark_goldilocks);
        c.final_summary();
    }
    summary(&mut fp127, &mut ark127);
    summary(&mut goldilocks, &mut ark_goldilocks);
}
