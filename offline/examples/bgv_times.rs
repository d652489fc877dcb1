//! Prints how long the ring operations take, in microseconds: minimum of the wall clock and mean processor time of many runs
//! on one thread.
//!
//! `cargo run --release -p speedwell-offline --example bgv_times -- [operation] [limbs | fp127-40 | goldilocks-64 | …]`

use speedwell_field::{Field, Fp127, Goldilocks, Prg, Seed};
use speedwell_offline::bgv::{
    Bgv, Choice, FactorRole, Limb, Params, PublicKey, Randomness, SecretKey, Wide, binomial, ternary,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() {
    println!("{:44} {:>9} {:>9}", "operation", "min µs", "mean CPU");
    let set = std::env::args().nth(2);
    let wanted = |name: &str| set.as_ref().is_none_or(|set| set == name);
    if wanted("limbs") {
        limbs();
    }
    for sec in [40, 64] {
        if wanted(&format!("fp127-{sec}")) {
            batches::<Fp127>(sec);
        }
        if wanted(&format!("goldilocks-{sec}")) {
            batches::<Goldilocks>(sec);
        }
    }
}

/// Times `body` for about a third of a second, if its name contains the program's argument.
fn time<T>(name: &str, mut body: impl FnMut() -> T) {
    if std::env::args().nth(1).is_some_and(|wanted| !name.contains(&wanted)) {
        body();
        return;
    }
    let (begin, cpu) = (Instant::now(), cpu_nanos());
    let (mut best, mut runs) = (Duration::MAX, 0.0);
    while begin.elapsed() < Duration::from_millis(300) || runs < 10.0 {
        let start = Instant::now();
        black_box(body());
        best = best.min(start.elapsed());
        runs += 1.0;
    }
    let mean = cpu_nanos().zip(cpu).map_or(f64::NAN, |(end, start)| (end - start) / 1e3 / runs);
    println!("{name:44} {:9.1} {mean:9.1}", best.as_secs_f64() * 1e6);
}

/// Processor time of this thread, where the system tells it.
fn cpu_nanos() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok()
}

/// One limb: primes of 45, 49 and 50 bits, 1 mod 65536.
fn limbs() {
    for (bits, q) in [(45, 35_184_368_877_569_u64), (49, 562_949_952_700_417), (50, 1_125_899_904_679_937)] {
        for n in [16384_usize, 32768] {
            for choice in [Choice::Best, Choice::Portable] {
                let limb = Limb::new(q, n, choice);
                let label = |what: &str| format!("{what}, {bits} bits, N = {n}, {}", limb.kernel());
                let a: Vec<u64> = (0..n as u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) % q).collect();
                let (b, mut x, mut y) = (a.iter().rev().copied().collect::<Vec<_>>(), a.clone(), a.clone());
                time(&label("forward"), || limb.forward(&mut x));
                time(&label("inverse"), || limb.inverse(&mut x));
                if bits == 49 {
                    time(&label("mul_add"), || limb.mul_add(&mut y, &a, &b));
                    time(&label("cross"), || limb.cross(&mut y, [&a, &b], [&x, &b]));
                    time(&label("axpy"), || limb.axpy(&mut y, 12345, &a));
                }
            }
        }
    }
}

/// What a batch of N triples is made of.
fn batches<F: Field>(sec: u32) {
    let params = Params::of::<F>(sec).expect("the field has parameters");
    println!("\n{params}\n");
    let bgv = Bgv::<F>::new(params, Choice::Best).expect("the field has slots");
    let (n, mut prg) = (bgv.ring().dimension(), Prg::new(&Seed([1; 16])));
    let a = bgv.expand(&Seed([2; 16]));
    let (secret, public): (SecretKey<FactorRole>, PublicKey<FactorRole>) =
        bgv.keygen(a, &mut prg).expect("a key");
    let mut m = vec![F::ZERO; n];

    time("sample N elements", || F::sample(&mut prg, &mut m));
    time("slots forward", || bgv.slots().forward(&mut m));
    time("slots inverse", || bgv.slots().inverse(&mut m));
    time("ternary", || ternary(&mut prg, n));
    time("binomial", || binomial(&mut prg, n));
    time("centred lift", || Wide::centred(&m));
    let wide = Wide::centred(&m);
    time("embed a plaintext in all limbs", || bgv.ring().embed(&wide));
    let randomness = Randomness::sample(&mut prg, n).expect("randomness");
    time("sample randomness", || Randomness::sample(&mut prg, n));
    time("encrypt", || bgv.encrypt(&public, &wide, &randomness));
    let c = bgv.encrypt(&public, &wide, &randomness);
    time("multiplier", || bgv.multiplier(&m));
    let x = bgv.multiplier(&m);
    let (mut scratch, mut bytes) = (bgv.scratch(), Vec::new());
    time("reply", || {
        bytes.clear();
        bgv.reply(&public, &x, &c, &m, &mut prg, &mut scratch, &mut bytes)
    });
    let mut out = vec![F::ZERO; n];
    time("decrypt", || bgv.add_decrypted(&secret, &bytes, &mut out));
    let mut wire = Vec::new();
    time("encode a ciphertext", || {
        wire.clear();
        bgv.encode_ciphertext(&c, &mut wire);
    });
    time("decode a ciphertext", || bgv.decode_ciphertext::<FactorRole>(&wire));
    let mut sum = c.clone();
    time("subtract X^e times a ciphertext", || bgv.sub_monomial(&mut sum, 12345, &c));
}
