//! The secure part of a study reveals exactly what its layout says, for two, three and five parties, over every field
//! with room, to everybody or to some; and a party that tampers with it stops it.
#![allow(missing_docs)]

use num_bigint::BigInt;
use proptest::prelude::*;
use speedwell_dealer::InsecureDealer;
use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_net::PartyId;
use speedwell_net::tamper::{Event, Mutation, cheat};
use speedwell_online::testing::{Outcome, Run};
use speedwell_online::{CheckFault, EpochState, Error, Kind, plan, wire::Message};
use speedwell_stats::{Layout, Receivers, Study, compute, integers};

const STUDY: &str = r#"
    title = "everything"
    min_owners = 2
    max_rows = 100
    [columns.a]
    type = "integer"
    range = [-5, 9]
    [columns.b]
    type = "integer"
    range = [0, 3]
    [columns.c]
    type = "categorical"
    categories = ["x", "y", "z"]
    [[statistics]]
    name = "mean"
    kind = "mean"
    column = "a"
    by = "c"
    [[statistics]]
    name = "std"
    kind = "std"
    column = "a"
    estimator = "sample"
    products = "clear"
    [[statistics]]
    name = "covariance"
    kind = "covariance"
    columns = ["a", "b"]
    estimator = "population"
    products = "shares"
    [[statistics]]
    name = "concentration"
    kind = "concentration"
    total = "sum(b)"
"#;

fn layout(n: usize) -> Layout {
    Layout::new(&Study::parse(STUDY.as_bytes()).unwrap(), n).unwrap()
}

fn run<F: Field>(
    n: usize,
    vectors: &[Vec<i128>],
    receivers: &Receivers,
    change: impl FnOnce(Run<F>) -> Run<F>,
) -> Vec<Outcome<Option<Vec<i128>>>> {
    let layout = layout(n);
    change(Run::<F>::new(n, move |p| InsecureDealer::new([5; 32], p, n))).go(async |s| {
        let revealed = compute(s, &layout, &vectors[s.me().index()], receivers).await?;
        Ok(revealed.map(|values| integers(&layout, &values).unwrap()))
    })
}

fn check<F: Field>(n: usize, vectors: &[Vec<i128>], receivers: &Receivers) {
    let expected: Vec<BigInt> = layout(n).evaluate(vectors);
    for (party, outcome) in run::<F>(n, vectors, receivers, |run| run).into_iter().enumerate() {
        let receives = match receivers {
            Receivers::All => true,
            Receivers::Some(some) => some.iter().any(|p| p.index() == party),
        };
        let got = outcome.result.unwrap().map(|v| v.into_iter().map(BigInt::from).collect::<Vec<_>>());
        assert_eq!(got, receives.then(|| expected.clone()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(8) })]

    #[test]
    fn reveals_what_the_layout_says(numbers in proptest::collection::vec(-400_i128..400, 5 * 20)) {
        for n in [2, 3, 5] {
            let width = layout(n).cells().len();
            let vectors: Vec<Vec<i128>> = numbers.chunks(20).take(n).map(|v| v[..width].to_vec()).collect();
            check::<Fp127>(n, &vectors, &Receivers::All);
            check::<Goldilocks>(n, &vectors, &Receivers::All);
            let some = vec![PartyId::new(0).unwrap(), PartyId::new(n - 1).unwrap()];
            check::<Fp127>(n, &vectors, &Receivers::Some(some));
        }
    }
}

fn some_vectors(n: usize) -> Vec<Vec<i128>> {
    let width = layout(n).cells().len() as i128;
    (0..n as i128).map(|p| (0..width).map(|k| p * 7 + k).collect()).collect()
}

#[test]
fn a_tampered_opening_stops_the_study_at_every_honest_party() {
    // Round 0 carries the inputs, round 1 the products, round 5 the results. With three parties the cheater's own honest
    // code gives the digest of what it should have sent.
    for (n, fault) in [(2, CheckFault::Mac), (3, CheckFault::Digest)] {
        for round in [1, 5] {
            let outcomes = run::<Fp127>(n, &some_vectors(n), &Receivers::All, |run| {
                let open = Message::Open.number();
                let wanted = move |e: &Event<'_>| e.out() && e.kind() == open && e.round() == round;
                run.cheater(n - 1, cheat(wanted, Mutation::AddOne(1, 16)))
            });
            for outcome in &outcomes[..n - 1] {
                assert_eq!(outcome.result, Err(Error::Check(fault)));
                assert_eq!(outcome.epoch, EpochState::Burnt);
            }
        }
    }
}

#[test]
fn the_plan_is_what_the_run_uses() {
    for n in [2, 3, 5] {
        let (layout, vectors) = (layout(n), some_vectors(n));
        let outcomes = run::<Fp127>(n, &vectors, &Receivers::All, |run| run);
        for (party, outcome) in PartyId::all(n).zip(outcomes) {
            let planned = plan::<Fp127, _, _>(party, n, async |s| {
                compute(s, &layout, &vectors[party.index()], &Receivers::All).await
            });
            assert_eq!(planned.unwrap(), outcome.report);
            assert_eq!(outcome.report.rounds, 1 + 1 + 7);
            assert_eq!(outcome.report.material[&Kind::Masks(party)], layout.cells().len() as u64);
        }
    }
}
