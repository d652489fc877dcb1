//! Random programs over integers and bits against the same programs on clear integers: no result is another one, what is
//! refused is what may leave the field, and nothing else is. The same programs on permuted vectors, on vectors in two
//! parts, among more parties and over another field give the same.
//!
//! 200 programs; with `SPEEDWELL_LONG=1` 100,000.
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod clear;
mod play;
mod program;

use std::collections::BTreeMap;

use common::choices::{in_bulk, setting};
use common::{dealer_seed, long, run_dealt};
use play::{Tally, play};
use program::Program;
use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_online::Masking;

/// Operations that there are.
const OPERATIONS: usize = 42;

/// What has been seen in all programs.
#[derive(Default)]
struct Seen {
    operations: Tally,
    masks: BTreeMap<Masking, u64>,
    /// Programs with proved masks, of those that are in bulk.
    proved: u64,
}

impl Seen {
    fn run_over<F: Field>(&mut self, n: usize, number: u64, programs: &[Program]) {
        let run = run_dealt::<F>(n, dealer_seed(number)).config(move |config| setting(number, config));
        let outcomes = run.go(async |s| {
            let mut all = Vec::new();
            for program in programs {
                all.push(play(s, program).await?);
            }
            Ok(all)
        });
        for outcome in &outcomes {
            let same = outcome.result == outcomes[0].result;
            assert!(same && outcome.result.is_ok(), "program {number}: {:?}: {programs:?}", outcome.result);
        }
        let report = &outcomes[0].report;
        for (masking, n) in &report.masks {
            *self.masks.entry(*masking).or_default() += n;
        }
        self.proved += u64::from(in_bulk(number) && report.masks.contains_key(&Masking::Proved));
        for (name, counts) in outcomes[0].result.iter().flatten().flatten() {
            let all = self.operations.entry(name.clone()).or_default();
            *all = [all[0] + counts[0], all[1] + counts[1]];
        }
    }
}

#[test]
fn random_programs_give_what_they_should() {
    let programs = if long() { 100_000 } else { 200 };
    let mut seen = Seen::default();
    for number in 0..programs {
        let program = Program::random(number);
        seen.run_over::<Fp127>(2, number, std::slice::from_ref(&program));
        // Every few programs: permuted, in two parts, among three, over another field.
        match number % 8 {
            1 => seen.run_over::<Fp127>(2, number, &[program.rotated(1)]),
            3 => {
                let len = program.inputs[0].2.len();
                seen.run_over::<Fp127>(2, number, &[program.part(0, 1), program.part(1, len)]);
            }
            5 => seen.run_over::<Fp127>(3, number, &[program]),
            7 => seen.run_over::<Goldilocks>(2, number, &[program]),
            _ => {}
        }
    }
    let Seen { operations, masks, proved } = seen;
    println!("{operations:?}\n{masks:?}, {proved} programs with proved masks");
    assert_eq!(operations.len(), OPERATIONS);
    assert!(operations.values().all(|[given, _]| *given > 0), "{operations:?}");
    let [given, refused] =
        operations.values().fold([0, 0], |sum, counts| [sum[0] + counts[0], sum[1] + counts[1]]);
    assert!(given > refused && refused > 0, "{given} given, {refused} refused");
    for masking in [Masking::Proved, Masking::Bits, Masking::FullField] {
        assert!(masks.contains_key(&masking), "no {masking} mask: {masks:?}");
    }
    assert!(proved > programs / 42, "one of 21 programs has vectors for proved masks: {proved}");
}
