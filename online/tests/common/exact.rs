//! Runs whose results and costs are compared with what is exact and with what was planned.

use std::fmt::Debug;

use speedwell_field::Field;
use speedwell_online::{Config, Fixed, Int, Interval, Report, Result, Session, plan_with};

use super::{party, prg, run};

/// Runs a program at n parties: what all of them got, and what it cost, which is what the plan says.
pub fn all_get<F: Field, T: PartialEq + Debug>(
    n: usize,
    config: fn(Config) -> Config,
    program: impl AsyncFn(&Session<F>) -> Result<T>,
) -> (T, Report) {
    let mut outcomes = run::<F>(n).config(config).go(&program);
    let first = outcomes.remove(0);
    let value = first.result.unwrap();
    for outcome in &outcomes {
        assert_eq!(outcome.result.as_ref(), Ok(&value));
    }
    let settings = config(Config::new(speedwell_online::testing::SESSION));
    let planned = plan_with(party(0), n, settings, async |s: &Session<F>| program(s).await).unwrap();
    assert_eq!(first.report, planned, "the plan");
    (value, first.report)
}

/// What every party of a run is refused with; nothing is sent.
pub fn all_are_refused<F: Field, T: Debug>(
    n: usize,
    program: impl AsyncFn(&Session<F>) -> Result<T>,
) -> speedwell_online::Error {
    let mut outcomes = run::<F>(n).go(&program);
    let first = outcomes.remove(0);
    assert_eq!(first.report.rounds, 0, "nothing is sent before the refusal");
    let error = first.result.unwrap_err();
    for outcome in outcomes {
        assert_eq!(outcome.result.unwrap_err(), error);
    }
    error
}

/// Secret integers in `range`.
pub fn secret<F: Field>(s: &Session<F>, values: &[i128], range: Interval) -> Int<F> {
    Int::constant(s, values).widen(range).unwrap()
}

/// Secret numbers X·2^−f with X in `range`.
pub fn secret_fixed<F: Field>(s: &Session<F>, values: &[i128], range: Interval, f: u32) -> Fixed<F> {
    Fixed::from_scaled(secret(s, values, range), f)
}

pub fn interval(lo: i128, hi: i128) -> Interval {
    Interval::new(lo, hi).unwrap()
}

/// Values of [lo, hi]: the ends, zero, powers of two and their neighbours, values of every length, and uniform ones.
pub fn samples(range: Interval, n: usize, seed: u64) -> Vec<i128> {
    let (lo, hi) = (range.lo(), range.hi());
    let mut all = vec![lo, hi, lo + 1, hi - 1, 0, 1, -1, 2, (lo + hi) / 2];
    let mut random = random(seed);
    while all.len() < n {
        let word = random();
        let magnitude = range.magnitude();
        let length = 128 - magnitude.leading_zeros();
        let shift = 128 - (1 + (word >> 100) as u32 % length.max(1));
        let mut x = (random() >> shift) as i128;
        match word & 3 {
            0 => x = (1 << (128 - shift).min(126)) - (word >> 8 & 1) as i128,
            1 => x = (1 << (128 - shift).min(126)) + (word >> 8 & 1) as i128,
            2 => {
                let width = hi.abs_diff(lo) + 1;
                x = lo + (random() % width) as i128;
            }
            _ => {}
        }
        all.push(if lo < 0 && word & 4 == 0 && word & 3 != 2 { -x } else { x });
    }
    all.iter_mut().for_each(|x| *x = (*x).clamp(lo, hi));
    all.truncate(n);
    all
}

/// Random words.
pub fn random(seed: u64) -> impl FnMut() -> u128 {
    let mut prg = prg(seed);
    move || {
        let mut bytes = [0; 16];
        prg.fill(&mut bytes);
        u128::from_le_bytes(bytes)
    }
}
