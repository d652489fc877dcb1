//! What comparisons, zero tests, decompositions and checked inputs cost: rounds, openings and material as the heads of
//! their files say, counted here anew; the plan says the same, and so does what the transport counted.

use std::time::Duration;

use speedwell_field::Fp127;
use speedwell_online::{
    Config, Favour, Int, Interval, Kind, Masking, NetworkProfile, Report, Result, Session, Shape, plan_with,
};

use crate::common::{party, run};

type Setting = fn(Config) -> Config;

const NO_LATENCY: NetworkProfile = NetworkProfile { latency: Duration::ZERO, bits_per_second: 1e12 };
const NO_BANDWIDTH_NEEDED: NetworkProfile =
    NetworkProfile { latency: Duration::from_secs(3600), bits_per_second: 1e12 };

/// Masks by proof with digits of two bits and of four, masks of bits, and full-field masks.
const PROVED: Setting = |config| config.network(NO_LATENCY);
const PROVED_WIDE: Setting = |config| config.network(NO_LATENCY).favour(Favour::Online);
const BITS: Setting = |config| config.network(NO_BANDWIDTH_NEEDED);
const FULL_FIELD: Setting = |config| config.masks(64, 1 << 62).network(NO_LATENCY);
const FULL_FIELD_WIDE: Setting =
    |config| config.masks(64, 1 << 62).network(NO_LATENCY).favour(Favour::Online);

/// What a step costs, by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cost {
    /// Besides those of the checks.
    rounds: u64,
    checks: u64,
    opened: u64,
    statistical: u64,
    revealed: u64,
    inputs: u64,
    triples: u64,
    squares: u64,
    bits: u64,
    /// Input masks of all owners.
    masks: u64,
}

impl Cost {
    fn between(before: &Report, after: &Report) -> Self {
        let used = |kinds: &dyn Fn(&Kind) -> bool| {
            let sum = |report: &Report| -> u64 {
                report.material.iter().filter(|(kind, _)| kinds(kind)).map(|(_, n)| n).sum()
            };
            sum(after) - sum(before)
        };
        let checks = after.checks - before.checks;
        Self {
            rounds: after.rounds - before.rounds - 3 * checks,
            checks,
            opened: after.opened - before.opened,
            statistical: after.opened_statistical - before.opened_statistical,
            revealed: after.revealed - before.revealed,
            inputs: after.inputs - before.inputs,
            triples: used(&|kind| *kind == Kind::Triples),
            squares: used(&|kind| *kind == Kind::Squares),
            bits: used(&|kind| *kind == Kind::Bits),
            masks: used(&|kind| matches!(kind, Kind::Masks(_))),
        }
    }
}

/// The costs of the steps between the reports that the program gives. Session, transport and plan agree on all.
fn costs(
    n: usize,
    setting: Setting,
    program: impl AsyncFn(&Session<Fp127>) -> Result<Vec<Report>>,
) -> Vec<Cost> {
    let outcomes = run::<Fp127>(n).config(setting).go(&program);
    let mut all = Vec::new();
    for (me, outcome) in outcomes.into_iter().enumerate() {
        let planned = plan_with(party(me), n, setting(Config::new([0; 16])), async |s: &Session<Fp127>| {
            program(s).await
        });
        assert_eq!(outcome.report, planned.unwrap(), "the plan of party {me} of {n}");
        let phase = &outcome.traffic.phases[0];
        assert_eq!(phase.rounds, outcome.report.rounds);
        for (peer, traffic) in phase.peers.iter().enumerate() {
            let expected = if peer == me { 0 } else { outcome.report.bytes_sent_per_peer };
            assert_eq!(traffic.sent.bytes, expected, "party {me} of {n} to {peer}");
        }
        let reports = outcome.result.unwrap();
        let costs: Vec<Cost> = reports.windows(2).map(|pair| Cost::between(&pair[0], &pair[1])).collect();
        if me == 0 {
            all = costs;
        } else {
            assert_eq!(costs, all, "all parties count alike");
        }
    }
    all
}

/// Lengths of the digits of a number.
fn digits(bits: u64, width: u64) -> Vec<u64> {
    (0..bits.div_ceil(width)).map(|digit| width.min(bits - digit * width)).collect()
}

/// Products, and rounds, of the tables of digits: 0, 1, 4 and 11 of one, two, three and four bits.
fn tables(digits: &[u64]) -> (u64, u64) {
    let products = digits.iter().map(|width| [0, 1, 4, 11][*width as usize - 1]).sum();
    let rounds = digits.iter().map(|width| [0, 1, 2, 2][*width as usize - 1]).max().unwrap_or(0);
    (products, rounds)
}

/// Products and rounds of a comparison: two products a pair of neighbours, one where the lower one is the lowest.
fn comparison(digits: u64) -> (u64, u64) {
    match digits {
        0 | 1 => (0, 0),
        _ => {
            let (above, levels) = comparison(digits.div_ceil(2));
            (digits / 2 * 2 - 1 + above, levels + 1)
        }
    }
}

fn log2(x: u64) -> u64 {
    u64::from(x.next_power_of_two().ilog2())
}

/// Products and rounds of all borrows of a subtraction: at each level half the nodes join a lower one, two products each
/// but in the lowest pair of blocks.
fn borrows(nodes: u64) -> (u64, u64) {
    let levels = log2(nodes);
    let products = (0..levels).map(|level| {
        let block = 1 << level;
        (0..nodes).filter(|at| at & block != 0).map(|at| if at >= 2 * block { 2 } else { 1 }).sum::<u64>()
    });
    (products.sum(), levels)
}

#[derive(Clone, Copy, Debug)]
enum Asked {
    /// Of 33 bits: of two integers of 32.
    Less,
    Zero,
    Bits,
}

const LEN: u64 = 300;

/// What masks cost that are made ahead, and what is asked under them; both for `LEN` values.
fn expected(asked: Asked, masking: Masking, width: u64, n: u64) -> [Cost; 2] {
    let low = if matches!(asked, Asked::Less) { 32 } else { 33 };
    let field = masking == Masking::FullField;
    let compared = digits(if field { 127 } else { low }, width);
    let count = compared.len() as u64;
    let (made, rounds) = tables(&compared);
    let margin = 40 + 1 + 24 + 33 - low;
    let mut ahead = Cost { triples: made * LEN, opened: 2 * made * LEN, ..Cost::default() };
    match masking {
        Masking::Proved => {
            let rows = 40 + log2((1_u64 << 24).div_ceil(LEN) * 8 * n);
            // Inputs, announcements and rows; the coin's check and the rows'.
            (ahead.rounds, ahead.checks) = (3, 2);
            ahead.bits = low * LEN;
            ahead.masks = n * (LEN + 8 * rows);
            // An announcement of each party.
            ahead.inputs = ahead.masks + n;
            ahead.opened += n * rows;
        }
        Masking::Bits => {
            ahead.rounds = rounds;
            ahead.bits = (low + margin) * LEN;
        }
        _ => {
            // The top bits times a random number, revealed.
            (ahead.rounds, ahead.checks) = (rounds + 2, 2);
            ahead.bits = 127 * LEN;
            ahead.triples += LEN;
            (ahead.opened, ahead.revealed) = (ahead.opened + 2 * LEN, LEN);
        }
    }
    let (products, levels) = match asked {
        Asked::Less => {
            let (products, levels) = comparison(count);
            // Under a full-field mask one more, for the parity.
            (products + u64::from(field), levels + u64::from(field))
        }
        Asked::Zero => (count - 1, log2(count)),
        Asked::Bits => {
            let ((borrow, levels), bits) = (borrows(32), 33);
            // Under a full-field mask [c < r], and its product with each bit, come first.
            let (wraps, more) = if field { comparison(127) } else { (0, 0) };
            let selected = if field { bits } else { 0 };
            (wraps + selected + borrow + bits - 1, more + u64::from(field) + levels + 1)
        }
    };
    let online = Cost {
        rounds: 1 + levels,
        checks: u64::from(!field),
        opened: (1 + 2 * products) * LEN,
        statistical: if field { 0 } else { LEN },
        triples: products * LEN,
        ..Cost::default()
    };
    [ahead, online]
}

/// The masks made ahead, then the question.
fn measured(asked: Asked, setting: Setting, n: usize) -> Vec<Cost> {
    costs(n, setting, async |s| {
        let values: Vec<i128> = (0..i128::from(LEN)).collect();
        let x = Int::constant(s, &values).widen(Interval::signed(32))?;
        let y = Int::constant(s, &vec![100; values.len()]).widen(Interval::signed(32))?;
        let difference = &x - &y;
        let shape = match asked {
            Asked::Less => Shape::sign(33),
            Asked::Zero => Shape::Zero { bits: 33 },
            Asked::Bits => Shape::Bits { bits: 33 },
        };
        // So that there is something to check.
        drop(s.open(s.random(1)?).await?);
        let mut reports = vec![s.report()];
        s.lay_in(shape, values.len()).await?;
        // So that there is something to check again.
        drop(s.open(s.random(1)?).await?);
        reports.push(s.report());
        match asked {
            Asked::Less => drop(x.lt(s, &y).await?),
            Asked::Zero => drop(difference.is_zero(s).await?),
            Asked::Bits => drop(difference.bits(s).await?),
        }
        reports.push(s.report());
        Ok(reports)
    })
}

/// One opening in a round of its own, which stands between the two steps.
fn without_filler(mut costs: Vec<Cost>) -> Vec<Cost> {
    costs[0].rounds -= 1;
    costs[0].opened -= 1;
    costs
}

fn agree(asked: Asked, masking: Masking, width: u64, setting: Setting) {
    for n in [2, 3] {
        let width = if matches!(asked, Asked::Bits) { 1 } else { width };
        let costs = without_filler(measured(asked, setting, n));
        assert_eq!(costs, expected(asked, masking, width, n as u64), "{asked:?} {masking} {width} of {n}");
    }
}

#[test]
fn comparisons_cost_what_they_should() {
    agree(Asked::Less, Masking::Proved, 2, PROVED);
    agree(Asked::Less, Masking::Proved, 4, PROVED_WIDE);
    agree(Asked::Less, Masking::Bits, 2, BITS);
    agree(Asked::Less, Masking::FullField, 2, FULL_FIELD);
    agree(Asked::Less, Masking::FullField, 4, FULL_FIELD_WIDE);
}

#[test]
fn zero_tests_cost_what_they_should() {
    agree(Asked::Zero, Masking::Proved, 2, PROVED);
    agree(Asked::Zero, Masking::Proved, 4, PROVED_WIDE);
    agree(Asked::Zero, Masking::Bits, 2, BITS);
    agree(Asked::Zero, Masking::FullField, 2, FULL_FIELD);
}

#[test]
fn decompositions_cost_what_they_should() {
    agree(Asked::Bits, Masking::Proved, 1, PROVED);
    agree(Asked::Bits, Masking::Bits, 1, BITS);
    agree(Asked::Bits, Masking::FullField, 1, FULL_FIELD);
}

/// The numbers of the documentation, as numbers: rounds besides the checks, products ahead and after.
#[test]
fn a_comparison_of_32_bits_takes_at_most_five_rounds_and_seven_under_a_full_field_mask() {
    for (setting, rounds, ahead, online) in
        [(PROVED, 5, 16, 26), (PROVED_WIDE, 4, 88, 11), (BITS, 5, 16, 26), (FULL_FIELD_WIDE, 7, 346, 58)]
    {
        let costs = without_filler(measured(Asked::Less, setting, 2));
        assert_eq!(costs[1].rounds, rounds);
        assert_eq!((costs[0].triples / LEN, costs[1].triples / LEN), (ahead, online));
    }
}

/// A coin is a check; as the first thing of a session it takes a round before it.
#[test]
fn coins_cost_a_check_each_and_the_first_one_a_round() {
    for n in [2, 3, 5] {
        let costs = costs(
            n,
            |config| config,
            async |s| {
                let mut reports = vec![s.report()];
                for _ in 0..2 {
                    s.coin().await?;
                    reports.push(s.report());
                }
                Ok(reports)
            },
        );
        let coin = |rounds| Cost { rounds, checks: 1, ..Cost::default() };
        assert_eq!(costs, [coin(1), coin(0)]);
    }
}

/// Of a whole power of two: inputs, squares, the coin's check, T, its check. Else the comparison beside the squares.
#[test]
fn checked_inputs_cost_what_they_should() {
    for (n, owner) in [(2, 1), (3, 0)] {
        for (lo, hi, bits, above) in
            [(0, 255, 8, false), (-100, 100, 8, true), (0, 1_000_000, 20, true), (5, 5, 0, false)]
        {
            let range = Interval::new(lo, hi).unwrap();
            let costs = costs(
                n,
                |config| config,
                async |s| {
                    let values = [lo, hi, lo];
                    let before = s.report();
                    let own = (s.me() == party(owner)).then_some(values.as_slice());
                    Int::checked_input(s, party(owner), range, 3, own).await?;
                    Ok(vec![before, s.report()])
                },
            );
            let (made, ahead) = if above { tables(&digits(bits, 2)) } else { (0, 0) };
            let (products, levels) = if above { comparison(bits.div_ceil(2)) } else { (0, 0) };
            let triples = 3 * (made + products);
            let expected = Cost {
                rounds: 2 + (ahead + levels).max(1),
                checks: 2,
                opened: 2 * triples + 3 * bits + 1,
                revealed: 1,
                inputs: 3 * bits,
                triples,
                squares: 3 * bits,
                masks: 3 * bits,
                ..Cost::default()
            };
            assert_eq!(costs, [expected], "[{lo}, {hi}]");
        }
    }
}

#[test]
fn coarsely_checked_inputs_cost_what_they_should() {
    for (n, owner, len) in [(2, 1, 10), (3, 0, 5_000)] {
        let costs = costs(
            n,
            |config| config,
            async |s| {
                let values = vec![7; len];
                let before = s.report();
                let own = (s.me() == party(owner)).then_some(values.as_slice());
                Int::checked_input_coarse(s, party(owner), Interval::unsigned(4), len, own).await?;
                Ok(vec![before, s.report()])
            },
        );
        let (batch, batches) = (len.min(4096) as u64, (len as u64).div_ceil(4096));
        let rows = batches * (40 + log2((1_u64 << 24).div_ceil(batch) * 8));
        let masks = len as u64 + 8 * rows;
        let expected =
            Cost { rounds: 3, checks: 2, opened: rows, inputs: masks + batches, masks, ..Cost::default() };
        assert_eq!(costs, [expected], "{len}");
    }
}
