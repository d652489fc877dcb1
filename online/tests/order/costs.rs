//! What order costs, as formulas that are written here; the plan says the same.

use speedwell_online::order::{
    Aggregate, Direction, OneHot, Permutation, Way, group_by, ranks, send_to, sort_table_by,
};
use speedwell_online::{Interval, Kind, Report, Result, Session, plan};

use crate::common::{party, run};
use crate::scene::{F, count, secret, secret_bits, secret_int};

fn switches(rows: usize) -> u64 {
    (1..=rows).map(|k| u64::from(k.next_power_of_two().ilog2())).sum()
}

fn depth(rows: usize) -> u64 {
    (2 * u64::from(rows.next_power_of_two().ilog2())).saturating_sub(1)
}

/// What the program costs beyond what it does before it says so: the plan's figures, which are those of a run.
fn cost(n: usize, program: impl AsyncFn(&Session<F>, &dyn Fn(&Session<F>)) -> Result<()>) -> Report {
    let counted = async |s: &Session<F>| {
        let before = std::sync::Mutex::new(Report::default());
        program(s, &|s| *before.lock().unwrap() = s.report()).await?;
        Ok(before.into_inner().unwrap())
    };
    let outcomes = run::<F>(n).go(counted);
    let mut last = None;
    for (me, outcome) in outcomes.into_iter().enumerate() {
        let mut before = Report::default();
        let planned = plan::<F, _, _>(party(me), n, async |s| {
            before = counted(s).await?;
            Ok(())
        });
        assert_eq!(planned.unwrap(), outcome.report, "party {me} of {n}");
        assert_eq!(Ok(&before), outcome.result.as_ref());
        last = Some((before, outcome.report));
    }
    let (before, mut after) = last.unwrap();
    after.rounds -= before.rounds;
    after.checks -= before.checks;
    after.opened -= before.opened;
    after.revealed -= before.revealed;
    after.inputs -= before.inputs;
    for (kind, n) in &mut after.material {
        *n -= before.material.get(kind).copied().unwrap_or(0);
    }
    after.material.retain(|_, n| *n > 0);
    after
}

fn used(report: &Report, kind: Kind) -> u64 {
    report.material.get(&kind).copied().unwrap_or(0)
}

#[test]
fn permutations_cost_what_they_say() {
    for n in [2, 3] {
        for rows in [2, 3, 8, 17] {
            let (s_of_r, d_of_r) = (switches(rows), depth(rows));
            let drawn = cost(n, async |s, start| {
                secret(s, &[1]).await?;
                s.check().await?;
                start(s);
                Permutation::draw_many(s, rows, 3).await?;
                Ok(())
            });
            let controls = 3 * s_of_r;
            assert_eq!((drawn.rounds, drawn.checks, drawn.revealed), (9, 2, n as u64));
            assert_eq!((used(&drawn, Kind::Triples), used(&drawn, Kind::Squares)), (0, n as u64 * controls));
            assert!((0..n).all(|p| used(&drawn, Kind::Masks(party(p))) == controls));
            assert_eq!(drawn.opened, n as u64 * controls + n as u64);
            let applied = cost(n, async |s, start| {
                let x = secret(s, &count(rows)).await?;
                let drawn = Permutation::draw(s, rows).await?;
                start(s);
                let moved = drawn.apply(s, &[x.clone(), x]).await?;
                drawn.invert(s, &moved[..1]).await?;
                Ok(())
            });
            assert_eq!((applied.rounds, applied.checks), (2 * n as u64 * d_of_r, 0));
            assert_eq!(used(&applied, Kind::Triples), 3 * n as u64 * s_of_r);
            assert_eq!(applied.material.len(), 1);
            let sent = cost(n, async |s, start| {
                let x = secret(s, &count(rows)).await?;
                start(s);
                // The plan sees ones: a permutation all the same.
                send_to(s, &x, std::slice::from_ref(&x)).await?;
                Ok(())
            });
            assert_eq!((sent.rounds, sent.checks), (9 + n as u64 * d_of_r + 7, 4));
            assert_eq!(used(&sent, Kind::Triples), 2 * n as u64 * s_of_r);
        }
    }
}

/// Many controls are proved by polynomials: a square for 16 of them, 15 masks, and two coins.
#[test]
fn many_controls_take_few_squares() {
    for n in [2, 3] {
        let drawn = cost(n, async |s, start| {
            secret(s, &[1]).await?;
            s.check().await?;
            start(s);
            let drawn = Permutation::draw_many(s, 8, 1000).await?;
            assert_eq!(drawn.len(), 1000);
            Ok(())
        });
        assert_eq!((drawn.rounds, drawn.checks, drawn.revealed), (16, 4, n as u64));
        let controls = 1000 * switches(8);
        assert_eq!(used(&drawn, Kind::Squares), n as u64 * controls.div_ceil(16));
        assert!((0..n).all(|p| used(&drawn, Kind::Masks(party(p))) == controls + 15));
    }
}

#[test]
fn sorting_costs_what_it_says() {
    for n in [2, 3] {
        let parties = n as u64;
        // One digit of three bits; then two of five and four.
        let one = cost(n, async |s, start| {
            let planes = secret_bits(s, &[0, 1, 2, 3, 4, 5, 6, 7], 3).await?;
            start(s);
            drop(ranks(s, &planes).await?);
            Ok(())
        });
        assert_eq!((one.rounds, one.checks, used(&one, Kind::Triples)), (3, 0, (4 + 7) * 8));
        let two = cost(n, async |s, start| {
            let planes = secret_bits(s, &[0, 100, 2, 300, 4, 500, 6, 7], 9).await?;
            start(s);
            drop(ranks(s, &planes).await?);
            Ok(())
        });
        let (first, second, columns) = ((26 + 31) * 8, (7 + 15) * 8, 3 * parties * switches(8));
        assert_eq!(used(&two, Kind::Triples), first + second + columns);
        assert_eq!(used(&two, Kind::Squares), 7 * 8 + parties * switches(8));
        assert_eq!(two.rounds, 9 + (3 + 1) + 2 * parties * depth(8) + 7 + 4 + 1);
        for way in [Way::Digits, Way::Comparisons] {
            let sorted = cost(n, async |s, start| {
                let keys = secret_int(s, &[5, 3, 1, 4, 1, 5, 9, 2], Interval::unsigned(6)).await?;
                start(s);
                let columns = [keys.shares().clone()];
                drop(sort_table_by(s, &keys, &columns, Direction::Descending, way).await?);
                Ok(())
            });
            // Destinations are revealed, and comparisons reveal nothing but tests of masks and controls.
            assert!(sorted.revealed <= 2 * 8 + 2 * parties, "{way:?}: {}", sorted.revealed);
        }
    }
}

#[test]
fn selection_costs_what_it_says() {
    for n in [2, 3] {
        for indices in [1, 3] {
            let made = cost(n, async |s, start| {
                let at = secret_int(s, &vec![2; indices], Interval::unsigned(3)).await?;
                start(s);
                drop(at.bits(s).await?);
                Ok(())
            });
            let hot = cost(n, async |s, start| {
                let at = secret_int(s, &vec![2; indices], Interval::unsigned(3)).await?;
                start(s);
                drop(OneHot::of(s, &at, 11).await?);
                Ok(())
            });
            // Three bits of eight values: 8 − 3 − 1 products in two rounds.
            let products = 4 * indices as u64;
            assert_eq!(used(&hot, Kind::Triples), used(&made, Kind::Triples) + products);
            assert_eq!(hot.rounds, made.rounds + 2);
            let read = cost(n, async |s, start| {
                let at = secret_int(s, &vec![2; indices], Interval::unsigned(3)).await?;
                let at = OneHot::of(s, &at, 11).await?;
                let table = secret(s, &count(11)).await?;
                start(s);
                drop(at.look_up(s, &table).await?);
                if indices == 1 {
                    drop(at.update(s, &table, &table.slice(3..4)).await?);
                }
                Ok(())
            });
            let (rounds, products) = if indices == 1 { (2, 22) } else { (1, 33) };
            assert_eq!((read.rounds, read.checks, used(&read, Kind::Triples)), (rounds, 0, products));
        }
        // A group-by reveals destinations and tests of controls, twice where first values are asked for; counting the
        // groups reveals one number more.
        for first in [false, true] {
            let grouped = cost(n, async |s, start| {
                let keys = secret_int(s, &[1, 1, 2, 2, 3, 0], Interval::unsigned(2)).await?;
                start(s);
                let wanted = if first { Aggregate::First(&keys) } else { Aggregate::Sum(&keys) };
                let groups =
                    group_by(s, &keys, &[Aggregate::Count, wanted, Aggregate::Greatest(&keys)]).await?;
                drop(groups.reveal_count(s).await?);
                Ok(())
            });
            assert!(grouped.revealed > 6 + n as u64);
        }
    }
}
