//! Prints how long the ring operations take, in microseconds: minimum and median of many runs on one thread.
//!
//! `cargo run --release -p speedwell-offline --example bgv_times`

use speedwell_offline::bgv::{Choice, Limb};
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() {
    println!("{:44} {:>9} {:>9}", "operation", "min µs", "median");
    limbs();
}

/// Times `body` for about a third of a second.
fn time<T>(name: &str, mut body: impl FnMut() -> T) {
    let begin = Instant::now();
    let mut times = Vec::new();
    while begin.elapsed() < Duration::from_millis(300) || times.len() < 5 {
        let start = Instant::now();
        black_box(body());
        times.push(start.elapsed());
    }
    times.sort();
    let micros = |d: Duration| d.as_secs_f64() * 1e6;
    println!("{name:44} {:9.1} {:9.1}", micros(times[0]), micros(times[times.len() / 2]));
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
