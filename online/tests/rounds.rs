//! Rounds, checks, bytes, material and openings of every protocol, as the heads of their files say; the plan says the
//! same, and so does what the transport counted.
#![allow(missing_docs)]

mod common;

use std::collections::BTreeMap;

use common::{party, run};
use speedwell_field::{F251, Field, Fp127, Goldilocks};
use speedwell_net::tamper::Direction;
use speedwell_net::{HEADER_BYTES, PartyId};
use speedwell_online::protocol::{dot, inverse, matmul, mul, square};
use speedwell_online::testing::SESSION;
use speedwell_online::transcript::Place;
use speedwell_online::{Kind, Report, Result, Session, Shares, coin, join, plan, try_join_all};

type Bls = speedwell_field::ArkField<ark_bls12_381::Fr>;

const HEADER: u64 = HEADER_BYTES as u64;

/// Elements of each vector.
const L: usize = 5;

/// What a protocol costs, apart from the start of the session.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    rounds: u64,
    checks: u64,
    opened: u64,
    revealed: u64,
    inputs: u64,
    bytes: u64,
    material: BTreeMap<Kind, u64>,
}

fn difference(before: &Report, after: &Report) -> Cost {
    let used = |kind: &Kind| before.material.get(kind).copied().unwrap_or(0);
    Cost {
        rounds: after.rounds - before.rounds,
        checks: after.checks - before.checks,
        opened: after.opened - before.opened,
        revealed: after.revealed - before.revealed,
        inputs: after.inputs - before.inputs,
        bytes: after.bytes_sent_per_peer - before.bytes_sent_per_peer,
        material: after
            .material
            .iter()
            .map(|(kind, n)| (*kind, n - used(kind)))
            .filter(|(_, n)| *n > 0)
            .collect(),
    }
}

/// Bytes of a round with `count` elements: header, count, labels, elements.
fn round<F: Field>(count: usize) -> u64 {
    HEADER + 16 + (count * F::BYTES) as u64
}

/// Bytes of a check.
fn check<F: Field>() -> u64 {
    (HEADER + 96) + (HEADER + 32) + (HEADER + F::BYTES as u64 + 64)
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Open,
    OpenStatistical,
    Mul,
    Square,
    Dot,
    Matmul,
    Inverse,
    Input(usize),
    InputAll,
    Reveal,
    RevealTo(usize),
    RevealProduct,
    Check,
    CheckNothing,
    Material,
    Linear,
    JoinOfTwo,
    JoinOfChains,
    JoinOfReveals,
}

const STEPS: [Step; 20] = [
    Step::Open,
    Step::OpenStatistical,
    Step::Mul,
    Step::Square,
    Step::Dot,
    Step::Matmul,
    Step::Inverse,
    Step::Input(0),
    Step::Input(1),
    Step::InputAll,
    Step::Reveal,
    Step::RevealTo(0),
    Step::RevealTo(1),
    Step::RevealProduct,
    Step::Check,
    Step::CheckNothing,
    Step::Material,
    Step::Linear,
    Step::JoinOfTwo,
    Step::JoinOfChains,
];

impl Step {
    async fn take<F: Field>(self, s: &Session<F>, x: &Shares<F>, y: &Shares<F>) -> Result<()> {
        match self {
            Self::Open => drop(s.open(x.clone()).await?),
            Self::OpenStatistical => drop(s.open_statistical(x.clone()).await?),
            Self::Mul => drop(mul(s, x, y).await?),
            Self::Square => drop(square(s, x).await?),
            Self::Dot => drop(dot(s, x, y).await?),
            Self::Matmul => drop(matmul(s, &x.slice(0..4), &y.slice(0..4), (2, 2, 2)).await?),
            Self::Inverse => drop(inverse(s, x).await?),
            Self::Input(owner) => {
                let values = vec![F::ONE; L];
                let own = (s.me() == party(owner)).then_some(values.as_slice());
                drop(s.input(party(owner), L, own).await?);
            }
            Self::InputAll => drop(s.input_all(&[F::ONE; L]).await?),
            Self::Reveal => drop(s.reveal(x).await?),
            Self::RevealTo(owner) => drop(s.reveal_to(party(owner), x).await?),
            Self::RevealProduct => drop(s.reveal(&mul(s, x, y).await?).await?),
            Self::Check => {
                drop(s.open(x.clone()).await?);
                s.check().await?;
            }
            Self::CheckNothing => s.check().await?,
            Self::Material => {
                drop((s.random(3)?, s.random_bits(4)?, s.triples(5)?, s.squares(6)?));
                drop((s.inverse_pairs(7)?, s.masks(party(1), 8)?));
            }
            Self::Linear => {
                let sum = (x + y) * F::from_u64(3) - x + F::ONE;
                drop(sum.sum().append(&s.constant(&[F::ONE])).dot_public(&[F::ONE, F::ONE]));
            }
            Self::JoinOfTwo => {
                let (product, squared) = join(mul(s, x, y), square(s, x)).await;
                drop((product?, squared?));
            }
            Self::JoinOfChains => {
                // Three products one behind the other beside one: three rounds, not four.
                let chain = async { mul(s, &mul(s, &mul(s, x, y).await?, y).await?, y).await };
                let (long, short) = join(chain, mul(s, x, y)).await;
                drop((long?, short?));
            }
            Self::JoinOfReveals => drop(try_join_all([s.reveal(x), s.reveal(y)]).await?),
        }
        Ok(())
    }

    /// What it costs party `me` of `n`, where nothing awaits a check before.
    fn cost<F: Field>(self, n: usize, me: usize) -> Cost {
        use Kind::{Bits, Inverses, Masks, Randoms, Squares, Triples};
        let l = L as u64;
        let (open, pair) = (round::<F>(L), round::<F>(2 * L));
        let check = check::<F>();
        let mask = |owner: usize, count: u64| (Masks(party(owner)), count);
        // rounds, checks, opened, revealed, inputs, bytes
        let (numbers, material): ([u64; 6], Vec<(Kind, u64)>) = match self {
            Self::Open => ([1, 0, l, 0, 0, open], vec![]),
            Self::OpenStatistical => ([1, 0, l, 0, 0, open], vec![]),
            Self::Mul | Self::Dot => ([1, 0, 2 * l, 0, 0, pair], vec![(Triples, l)]),
            Self::Square => ([1, 0, l, 0, 0, open], vec![(Squares, l)]),
            Self::Matmul => ([1, 0, 16, 0, 0, round::<F>(16)], vec![(Triples, 8)]),
            Self::Inverse => ([2 + 6, 2, 2 * l, l, 0, 2 * open + 2 * check], vec![(Triples, l)]),
            Self::Input(owner) => {
                let sent = if owner == me { open } else { round::<F>(0) };
                ([1, 0, 0, 0, l, sent], vec![mask(owner, l)])
            }
            Self::InputAll => {
                ([1, 0, 0, 0, l * n as u64, open], (0..n).map(|owner| mask(owner, l)).collect())
            }
            Self::Reveal => ([1 + 3, 1, l, l, 0, open + check], vec![]),
            Self::RevealTo(owner) => ([1 + 3, 1, l, l, 0, open + check], vec![mask(owner, l)]),
            Self::RevealProduct => {
                ([1 + 3 + 1 + 3, 2, 3 * l, l, 0, pair + check + open + check], vec![(Triples, l)])
            }
            Self::Check => ([1 + 3, 1, l, 0, 0, open + check], vec![]),
            Self::CheckNothing | Self::Linear => ([0; 6], vec![]),
            Self::Material => {
                ([0; 6], vec![(Randoms, 3), (Bits, 4), (Triples, 5), (Squares, 6), (Inverses, 7), mask(1, 8)])
            }
            Self::JoinOfTwo => ([1, 0, 3 * l, 0, 0, round::<F>(3 * L)], vec![(Triples, l), (Squares, l)]),
            Self::JoinOfChains => {
                let bytes = round::<F>(4 * L) + pair + pair;
                ([3, 0, 8 * l, 0, 0, bytes], vec![(Triples, 4 * l)])
            }
            Self::JoinOfReveals => ([1 + 3, 1, 2 * l, 2 * l, 0, pair + check], vec![]),
        };
        let [rounds, checks, opened, revealed, inputs, bytes] = numbers;
        Cost { rounds, checks, opened, revealed, inputs, bytes, material: material.into_iter().collect() }
    }
}

/// A first round and a check, so that the session has started and nothing is pending; then the step.
async fn program<F: Field>(s: &Session<F>, step: Step) -> Result<(Report, Report)> {
    let (x, y) = (s.random(L)?, s.random(L)?);
    drop(s.open(s.random(1)?).await?);
    s.check().await?;
    let before = s.report();
    step.take(s, &x, &y).await?;
    Ok((before, s.report()))
}

/// What a session counted, what its transport counted and what the plan says are one.
fn agree<F: Field, T: std::fmt::Debug>(n: usize, program: impl AsyncFn(&Session<F>) -> Result<T>) -> Vec<T> {
    let outcomes = run::<F>(n).config(|config| config.toy_field()).go(async |s| program(s).await);
    let mut results = Vec::new();
    for (me, outcome) in outcomes.into_iter().enumerate() {
        let report = &outcome.report;
        let planned = plan(party(me), n, async |s: &Session<F>| program(s).await).unwrap();
        assert_eq!(*report, planned, "the plan of party {me} of {n}");
        let phase = &outcome.traffic.phases[0];
        assert_eq!(outcome.traffic.phases.len(), 1);
        assert_eq!(phase.rounds, report.rounds);
        for (peer, traffic) in phase.peers.iter().enumerate() {
            let expected = if peer == me { 0 } else { report.bytes_sent_per_peer };
            assert_eq!(traffic.sent.bytes, expected, "party {me} of {n} to {peer}");
        }
        results.push(outcome.result.unwrap());
    }
    results
}

fn costs_are_as_claimed<F: Field>() {
    for n in [2, 3] {
        for step in STEPS.into_iter().chain([Step::JoinOfReveals]) {
            let reports = agree::<F, _>(n, async |s| program(s, step).await);
            for (me, (before, after)) in reports.iter().enumerate() {
                assert_eq!(difference(before, after), step.cost::<F>(n, me), "{step:?} at party {me} of {n}");
            }
        }
    }
}

#[test]
fn costs_are_as_claimed_over_fp127() {
    costs_are_as_claimed::<Fp127>();
}

#[test]
fn costs_are_as_claimed_over_goldilocks() {
    costs_are_as_claimed::<Goldilocks>();
}

#[test]
fn costs_are_as_claimed_over_a_curve_field() {
    costs_are_as_claimed::<Bls>();
}

#[test]
fn the_start_costs_one_commitment_and_no_round() {
    for n in [2, 3] {
        for (report, _) in agree::<Fp127, _>(n, async |s| program(s, Step::Linear).await) {
            let start = HEADER + 32;
            assert_eq!(report.bytes_sent_per_peer, start + round::<Fp127>(1) + check::<Fp127>());
            assert_eq!((report.rounds, report.checks), (4, 1));
            // Everybody sends as much as everybody.
            assert_eq!(report.critical_bytes, report.bytes_sent_per_peer);
        }
    }
}

/// The critical path of an input is its owner's message.
#[test]
fn critical_bytes_are_those_of_the_longest_message() {
    for n in [2, 3] {
        for (me, (before, after)) in
            agree::<Fp127, _>(n, async |s| program(s, Step::Input(1)).await).iter().enumerate()
        {
            assert_eq!(after.critical_bytes - before.critical_bytes, round::<Fp127>(L));
            let own = if me == 1 { L } else { 0 };
            assert_eq!(after.bytes_sent_per_peer - before.bytes_sent_per_peer, round::<Fp127>(own));
        }
    }
}

/// Inputs alone need a check before something visible for n ≥ 3, where an owner could have told different parties different
/// things; two parties need none.
#[test]
fn inputs_are_checked_before_a_reveal_for_three_parties() {
    for (n, rounds, checks) in [(2, 1 + 1 + 3, 1), (3, 1 + 3 + 1 + 3, 2)] {
        let reports = agree::<Fp127, _>(n, async |s| {
            let all = s.input_all(&[Fp127::ONE]).await?;
            s.reveal(&(&all[0] + &all[1])).await?;
            Ok(s.report())
        });
        assert!(reports.iter().all(|report| (report.rounds, report.checks) == (rounds, checks)), "{n}");
    }
}

/// A statistical opening waits for a check over all that is pending, and counts apart.
#[test]
fn statistical_openings_wait_for_a_check() {
    for n in [2, 3] {
        let reports = agree::<Fp127, _>(n, async |s| {
            drop(mul(s, &s.random(1)?, &s.random(1)?).await?);
            drop(s.open_statistical(s.random(3)?).await?);
            Ok(s.report())
        });
        for report in reports {
            assert_eq!((report.rounds, report.checks), (1 + 3 + 1, 1));
            assert_eq!((report.opened, report.opened_statistical, report.revealed), (5, 3, 0));
        }
    }
}

/// Openings beyond the limit are checked without being asked.
#[test]
fn a_check_comes_at_the_latest_after_so_many_openings() {
    for (limit, checks) in [(1, 9), (4, 2), (9, 1), (10, 0)] {
        let outcomes = run::<Fp127>(2).config(move |config| config.check_every(limit)).go(async |s| {
            let mut x = s.random(1)?;
            for _ in 0..10 {
                x = square(s, &x).await?;
            }
            Ok(s.report())
        });
        for outcome in outcomes {
            let report = outcome.result.unwrap();
            // A check comes before the opening that would be one too many.
            assert_eq!(report.checks, checks, "every {limit}");
            assert_eq!(report.rounds, 10 + 3 * checks);
        }
    }
}

/// Long vectors: more frames, as many rounds.
#[test]
fn frames_of_long_vectors_count_as_one_round() {
    for n in [2, 3] {
        let outcomes = run::<Fp127>(n).go(async |s| {
            drop(s.open(s.random(40_000)?).await?);
            Ok(s.report())
        });
        for (me, outcome) in outcomes.into_iter().enumerate() {
            let report = outcome.result.unwrap();
            let planned = plan(party(me), n, async |s: &Session<Fp127>| {
                drop(s.open(s.random(40_000)?).await?);
                Ok(())
            });
            assert_eq!(planned.unwrap(), report);
            assert_eq!(report.rounds, 1);
            // 16,383 elements fit beside the count and the labels, so there are three frames, and the start.
            let expected = (HEADER + 32) + 3 * HEADER + 16 + 40_000 * 16;
            assert_eq!(report.bytes_sent_per_peer, expected);
            let sent = outcome.traffic.sent();
            assert_eq!(sent.bytes, expected * (n as u64 - 1));
            assert_eq!(sent.frames, 4 * (n as u64 - 1));
        }
    }
}

#[test]
fn a_coin_takes_two_rounds_of_32_and_96_bytes() {
    let place = Place { epoch: [1; 16], session: SESSION, number: 0 };
    for n in [2, 3] {
        let run = run::<F251>(n).cheater(0, |event| event.pass());
        let (coins, watches) = run.go_bare(async |transport| coin::toss(transport, "t", &place, 3).await);
        assert!(coins.iter().all(Result::is_ok));
        let frames: Vec<(PartyId, u64, usize)> = watches[0]
            .seen()
            .iter()
            .filter(|s| s.direction == Direction::Out)
            .map(|s| (s.peer, s.frame.header.round, s.frame.payload.len()))
            .collect();
        let rounds = [(0, 32), (1, 96)];
        let expected: Vec<_> =
            rounds.iter().flat_map(|(r, len)| (1..n).map(|p| (party(p), *r, *len))).collect();
        let sorted = |mut frames: Vec<_>| {
            frames.sort_unstable();
            frames
        };
        assert_eq!(sorted(frames), sorted(expected));
    }
}
