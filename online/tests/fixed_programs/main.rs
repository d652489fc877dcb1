//! Random programs over fixed-point numbers against the same programs on long integers. Every step is compared twice: with
//! the exact result of the numbers it was given, to the rounding or the bound that `docs/arithmetic.md` states for that one
//! step, and with what exact arithmetic makes of the inputs, to the bound that the result carries. The same programs on
//! permuted vectors, on vectors in two parts and among three parties give the same; over another field they keep their
//! bounds too.
//!
//! 150 programs; with `SPEEDWELL_LONG=1` 100,000.
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod exact;
mod play;
mod program;

use std::collections::BTreeMap;

use common::choices::setting;
use common::real::{error, value};
use common::{dealer_seed, long, run_dealt};
use exact::{Reals, exact, nearest};
use num_bigint::BigInt;
use play::{Got, play};
use program::Kind::*;
use program::{KINDS, Kind, Program};
use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_online::{Error, Masking, UsageFault};

/// What has been seen in all programs.
#[derive(Default)]
struct Tally {
    given: BTreeMap<Kind, u64>,
    refused: BTreeMap<Kind, u64>,
    skipped: u64,
    /// Probabilistic roundings to the nearer neighbour, and to the other.
    near: [u64; 2],
    masks: BTreeMap<Masking, u64>,
    /// The worst error of one step, in ulps.
    worst: BTreeMap<Kind, f64>,
}

impl Tally {
    /// Compares every step of a run.
    fn check<F: Field>(&mut self, program: &Program, got: &[Got]) {
        // Of each number: what stands in `got`, what is held, and what exact arithmetic makes of the inputs.
        let (mut numbers, mut bits) = (Vec::new(), Vec::new());
        for (at, got) in got.iter().enumerate() {
            let step = at.checked_sub(program.inputs.len()).map(|at| &program.steps[at]);
            let reals = |values: &[i128], f| values.iter().map(|x| Some(value(*x, f))).collect::<Reals>();
            let Some(step) = step else {
                let Got::Number { f, values, .. } = got else { panic!("an input") };
                assert_eq!(values, &program.inputs[at].2);
                numbers.push((got, reals(values, *f), reals(values, *f)));
                continue;
            };
            let operands: Vec<_> = step.at[..step.kind.operands()].iter().map(|at| &numbers[*at]).collect();
            let bit = bits.get(step.bit).copied().flatten();
            let context = || format!("{step:?} of {operands:?} gave {got:?} over {} in {program:?}", F::NAME);
            let made = match got {
                Got::Skipped => {
                    self.skipped += 1;
                    None
                }
                Got::Refused(error) => {
                    let x = operands[operands.len() - 1].0;
                    let Got::Number { range, .. } = x else { panic!("skipped: {}", context()) };
                    let right = match error {
                        Error::Usage(UsageFault::Domain { .. }) => step.kind.is_outside(*range),
                        Error::Usage(UsageFault::Range(_) | UsageFault::NoRoom { .. }) => true,
                        _ => false,
                    };
                    assert!(right, "{}", context());
                    *self.refused.entry(step.kind).or_default() += 1;
                    None
                }
                Got::Bit(values) => {
                    let held = |k: usize| operands[k].1.iter().flatten();
                    let expected: Vec<bool> = match step.kind {
                        Lt => held(0).zip(held(1)).map(|(x, y)| x < y).collect(),
                        Le => held(0).zip(held(1)).map(|(x, y)| x <= y).collect(),
                        Eq => held(0).zip(held(1)).map(|(x, y)| x == y).collect(),
                        _ => held(0).map(|x| *x < BigInt::from(0)).collect(),
                    };
                    assert_eq!(values, &expected, "{}", context());
                    *self.given.entry(step.kind).or_default() += 1;
                    bits.push(Some(values));
                    continue;
                }
                Got::Number { f, range, error: stated, values } => {
                    let held: Vec<_> = operands.iter().map(|x| &x.1).collect();
                    let true_ones: Vec<_> = operands.iter().map(|x| &x.2).collect();
                    let now = exact(step, &held, &held, bit);
                    let mut truth = exact(step, &true_ones, &held, bit);
                    let scale = |x: &&(&Got, Reals, Reals)| match x.0 {
                        Got::Number { f, .. } => *f,
                        _ => panic!("{}", context()),
                    };
                    let scale = match step.kind {
                        Floor | Round => 0,
                        Rescale | RescaleHalfAway | RescalePr => step.c[0] as u32,
                        _ => operands.iter().map(scale).max().unwrap(),
                    };
                    assert_eq!(*f, scale, "{}", context());
                    let exactly = |x: &&(&Got, Reals, Reals)| matches!(x.0, Got::Number { error: 0.0, .. });
                    let documented = step.kind.documented(*range, F::BITS);
                    if operands.iter().all(exactly) {
                        assert!(*stated <= documented + 1e-9, "{}", context());
                    }
                    for (i, x) in values.iter().enumerate() {
                        assert!(range.contains(*x), "{}", context());
                        let now = now[i].as_ref().unwrap_or_else(|| panic!("{}", context()));
                        let apart = error(*x, now, *f);
                        let x_rounded = nearest(now, *f);
                        let right = match step.kind {
                            kind if kind.rounds_away() => {
                                let away = nearest(&now.clone().max(-now), *f);
                                let away = if *now < BigInt::from(0) { -away } else { away };
                                away == BigInt::from(*x)
                            }
                            kind if kind.is_left_to_chance() => {
                                let nearer = usize::from(x_rounded != BigInt::from(*x));
                                self.near[nearer] += u64::from(apart != 0.0);
                                apart < 1.0
                            }
                            kind if documented <= 0.5 && kind != Sqrt => x_rounded == BigInt::from(*x),
                            Pow | MulPublic => apart <= *stated + 1e-9,
                            _ => apart <= documented + 1e-9,
                        };
                        assert!(right, "{apart} ulps at {i}: {}", context());
                        let worst = self.worst.entry(step.kind).or_default();
                        *worst = worst.max(apart);
                        let Some(true_one) = &truth[i] else {
                            // Where exact arithmetic has no value, or an unknown one, no bound is stated.
                            let unknown = true_ones.iter().any(|x| x[i].is_none());
                            assert!(unknown || stated.is_infinite(), "{}", context());
                            continue;
                        };
                        let apart = error(*x, true_one, *f);
                        assert!(apart <= *stated * (1.0 + 1e-9), "{apart} ulps in all at {i}: {}", context());
                    }
                    if stated.is_infinite() {
                        truth.fill(None);
                    }
                    *self.given.entry(step.kind).or_default() += 1;
                    Some((reals(values, *f), truth))
                }
            };
            match made {
                _ if step.kind.gives_bit() => bits.push(None),
                Some((held, truth)) => numbers.push((got, held, truth)),
                None => numbers.push((got, Reals::new(), Reals::new())),
            }
        }
    }

    fn add(&mut self, other: Self) {
        let sum = |to: &mut BTreeMap<Kind, u64>, from: BTreeMap<Kind, u64>| {
            for (key, n) in from {
                *to.entry(key).or_default() += n;
            }
        };
        sum(&mut self.given, other.given);
        sum(&mut self.refused, other.refused);
        for (masking, n) in other.masks {
            *self.masks.entry(masking).or_default() += n;
        }
        for (kind, error) in other.worst {
            let worst = self.worst.entry(kind).or_default();
            *worst = worst.max(error);
        }
        self.skipped += other.skipped;
        self.near.iter_mut().zip(other.near).for_each(|(to, n)| *to += n);
    }

    /// Runs the program at n parties, compares it, and says what it gave.
    fn run<F: Field>(&mut self, n: usize, number: u64, program: &Program) -> Vec<Got> {
        let run = run_dealt::<F>(n, dealer_seed(number)).config(move |config| setting(number, config));
        let mut outcomes = run.go(async |s| play(s, program).await);
        let first = outcomes.remove(0);
        let got = first.result.unwrap_or_else(|error| panic!("{error}: program {number}: {program:?}"));
        for outcome in outcomes {
            assert_eq!(outcome.result.as_ref(), Ok(&got), "program {number}: {program:?}");
        }
        for (masking, n) in first.report.masks {
            *self.masks.entry(masking).or_default() += n;
        }
        self.check::<F>(program, &got);
        got
    }
}

/// Runs every `step`th program from `first` on, of so many.
fn some(first: u64, step: usize, programs: u64) -> Tally {
    let mut tally = Tally::default();
    for number in (first..programs).step_by(step) {
        if number % 1000 == 999 {
            println!("{number} programs");
        }
        let program = Program::random(number);
        // Every few programs: permuted, in two parts, among three, over another field.
        match number % 8 {
            1 | 5 => {
                let program = program.determined();
                let mut once = tally.run::<Fp127>(2, number, &program);
                let again = if number % 8 == 1 {
                    once.iter_mut().for_each(|got| match got {
                        Got::Number { values, .. } => values.rotate_left(1),
                        Got::Bit(values) => values.rotate_left(1),
                        _ => {}
                    });
                    tally.run::<Fp127>(2, number, &program.rotated(1))
                } else {
                    tally.run::<Fp127>(3, number, &program)
                };
                assert_eq!(once, again, "program {number}: {program:?}");
            }
            3 => {
                let program = program.determined().element_by_element();
                let once = tally.run::<Fp127>(2, number, &program);
                let len = program.inputs[0].2.len();
                if len > 1 {
                    let at = 1 + number as usize / 8 % (len - 1);
                    let first = tally.run::<Fp127>(2, number, &program.part(0, at));
                    let last = tally.run::<Fp127>(2, number, &program.part(at, len));
                    let both: Vec<Got> = first.into_iter().zip(last).map(|(x, y)| x.append(y)).collect();
                    assert_eq!(once, both, "program {number}: {program:?}");
                }
            }
            7 => drop(tally.run::<Goldilocks>(2, number, &program)),
            _ => drop(tally.run::<Fp127>(2, number, &program)),
        }
    }
    tally
}

#[test]
fn random_programs_keep_their_bounds() {
    let programs = if long() { 100_000 } else { 150 };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let started: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || some(first as u64, threads, programs))).collect();
        started.into_iter().for_each(|thread| tally.add(thread.join().unwrap()));
    });
    let Tally { given, refused, skipped, near, masks, worst } = tally;
    println!(
        "given {given:?}\nrefused {refused:?}\nskipped {skipped}, near {near:?}, {masks:?}\nworst {worst:?}"
    );
    let count = |all: &BTreeMap<Kind, u64>, kind| all.get(&kind).copied().unwrap_or(0);
    for kind in KINDS {
        assert!(count(&given, kind) > count(&refused, kind), "{kind:?}: {given:?} {refused:?}");
    }
    let (given, refused) = (given.values().sum::<u64>(), refused.values().sum::<u64>());
    assert!(given > 4 * (refused + skipped), "{given} given, {refused} refused, {skipped} skipped");
    let enough = near[0] + near[1] > 200;
    assert!(!enough || near[0] > 2 * near[1], "the nearer neighbour is the likelier one: {near:?}");
    for masking in [Masking::Proved, Masking::Bits, Masking::FullField] {
        assert!(masks.contains_key(&masking), "no {masking} mask: {masks:?}");
    }
}
