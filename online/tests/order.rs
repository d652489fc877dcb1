//! Shuffles, sorting, look-up and groups against the same in the clear; what they cost, and that the plan says the same.
#![allow(missing_docs)]

mod common;

use std::fmt::Debug;

use common::{is_uniform, party, prg, run};
use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_online::order::{
    Aggregate, Column, Direction, OneHot, Permutation, Quantile, Way, group_by, median, quantiles, ranks,
    send_to, shuffle, sort, sort_table_by, top, twice_midpoint_quantiles, way_for,
};
use speedwell_online::{
    Bit, Config, Fixed, Int, Interval, Kind, NetworkProfile, Report, Result, Session, Shares, Ulps,
    UsageFault, plan, plan_with,
};

type F = Fp127;

const SIZES: [usize; 7] = [0, 1, 2, 3, 5, 8, 17];

/// Runs the program at n parties and gives what all of them got.
fn all_get<F: Field, T: PartialEq + Debug>(n: usize, program: impl AsyncFn(&Session<F>) -> Result<T>) -> T {
    let mut outcomes = run::<F>(n).go(program);
    let value = outcomes.remove(0).result.unwrap();
    for outcome in outcomes {
        assert_eq!(outcome.result.as_ref(), Ok(&value));
    }
    value
}

/// Numbers that the first party puts in.
async fn secret<F: Field>(s: &Session<F>, values: &[i128]) -> Result<Shares<F>> {
    let elements: Vec<F> = values.iter().map(|x| F::from_i128(*x)).collect();
    s.input(party(0), values.len(), (s.me() == party(0)).then_some(&elements)).await
}

async fn secret_bits<F: Field>(s: &Session<F>, keys: &[u64], bits: usize) -> Result<Vec<Bit<F>>> {
    let mut planes = Vec::new();
    for at in 0..bits {
        let plane: Vec<i128> = keys.iter().map(|key| i128::from(key >> at & 1)).collect();
        planes.push(Bit::assume(secret(s, &plane).await?));
    }
    Ok(planes)
}

async fn clear<F: Field>(s: &Session<F>, x: &Shares<F>) -> Result<Vec<i128>> {
    if x.is_empty() {
        return Ok(Vec::new());
    }
    Ok(s.reveal(x).await?.iter().map(|x| x.to_i128().unwrap()).collect())
}

async fn all_clear<F: Field>(s: &Session<F>, columns: &[Shares<F>]) -> Result<Vec<Vec<i128>>> {
    let mut all = Vec::new();
    for column in columns {
        all.push(clear(s, column).await?);
    }
    Ok(all)
}

fn count(rows: usize) -> Vec<i128> {
    (0..rows as i128).collect()
}

fn numbers(seed: u64, n: usize, below: u64) -> Vec<u64> {
    let mut bytes = vec![0; 8 * n];
    prg(seed).fill(&mut bytes);
    bytes.chunks(8).map(|b| u64::from_le_bytes(b.try_into().unwrap()) % below).collect()
}

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

// Permutations.

#[test]
fn a_shuffle_moves_whole_rows_and_loses_none() {
    for n in [2, 3] {
        for rows in SIZES {
            let payload: Vec<i128> = count(rows).iter().map(|k| 1000 - 7 * k).collect();
            let columns = all_get::<F, _>(n, async |s| {
                let table = [secret(s, &count(rows)).await?, secret(s, &payload).await?];
                all_clear(s, &shuffle(s, &table).await?).await
            });
            assert!(columns[0].iter().zip(&columns[1]).all(|(k, p)| *p == 1000 - 7 * k));
            let mut seen = columns[0].clone();
            seen.sort_unstable();
            assert_eq!(seen, count(rows), "{n} parties");
        }
    }
}

#[test]
fn a_permutation_is_the_same_at_each_use_and_can_be_undone() {
    fn check<F: Field>(n: usize, rows: usize) {
        let (there, again, back) = all_get::<F, _>(n, async |s| {
            let x = secret(s, &count(rows)).await?;
            let both = Permutation::draw_many(s, rows, 2).await?;
            assert_eq!(both[1].rows(), rows);
            let there = both[1].apply(s, std::slice::from_ref(&x)).await?;
            let again = both[1].apply(s, &[x.clone(), x]).await?;
            let back = both[1].invert(s, &there).await?;
            Ok((all_clear(s, &there).await?, all_clear(s, &again).await?, all_clear(s, &back).await?))
        });
        assert_eq!((&there[0], &there[0]), (&again[0], &again[1]));
        assert_eq!(back[0], count(rows));
    }
    for rows in SIZES {
        check::<Fp127>(2, rows);
        check::<Goldilocks>(3, rows);
    }
}

#[test]
fn rows_go_to_secret_destinations() {
    for n in [2, 3] {
        for rows in SIZES {
            // 11 divides none of the sizes.
            let destinations: Vec<i128> = count(rows).iter().map(|k| k * 11 % rows as i128).collect();
            let columns = all_get::<F, _>(n, async |s| {
                let to = secret(s, &destinations).await?;
                all_clear(s, &send_to(s, &to, &[to.clone(), secret(s, &count(rows)).await?]).await?).await
            });
            assert_eq!(columns[0], count(rows));
            for (row, to) in destinations.iter().enumerate() {
                assert_eq!(columns[1][*to as usize], row as i128);
            }
        }
    }
}

#[test]
fn what_cannot_be_moved_is_refused() {
    let outcomes = run::<F>(2).go(async |s| {
        let x = secret(s, &[1, 2, 3]).await?;
        let drawn = Permutation::draw(s, 3).await?;
        assert_eq!(drawn.apply(s, &[]).await?.len(), 0);
        let length = |left, right| UsageFault::Length { operation: "shuffle", left, right };
        assert_eq!(shuffle(s, &[x.clone(), x.slice(0..2)]).await.unwrap_err(), length(3, 2).into());
        assert!(drawn.apply(s, &[x.slice(0..2)]).await.is_err());
        let to = secret(s, &[0, 2, 2]).await?;
        send_to(s, &to, &[x]).await
    });
    for outcome in outcomes {
        let error = outcome.result.unwrap_err();
        assert!(
            matches!(error, speedwell_online::Error::Usage(UsageFault::NotAPermutation { .. })),
            "{error}"
        );
    }
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

/// The composed permutation of four rows is uniform, and so are revealed destinations, whatever they are of.
#[test]
fn shuffles_and_revealed_destinations_are_uniform() {
    fn index(p: &[i128]) -> usize {
        let smaller = |at: usize| p[at + 1..].iter().filter(|x| **x < p[at]).count();
        smaller(0) * 6 + smaller(1) * 2 + smaller(2)
    }
    let sample = |destinations: [i128; 4]| {
        let all = all_get::<F, _>(2, async |s| {
            let mut all = Vec::new();
            let drawn = Permutation::draw_many(s, 4, 600).await?;
            let x = secret(s, &destinations).await?;
            for permutation in drawn {
                all.push(permutation.apply(s, std::slice::from_ref(&x)).await?.remove(0));
            }
            let all: Vec<&Shares<F>> = all.iter().collect();
            clear(s, &Shares::concat(&all).unwrap()).await
        });
        let mut counts = vec![0; 24];
        all.chunks(4).for_each(|p| counts[index(p)] += 1);
        counts
    };
    for destinations in [[0, 1, 2, 3], [2, 3, 1, 0]] {
        // Once in 10^6 by chance: again.
        assert!(is_uniform(&sample(destinations)) || is_uniform(&sample(destinations)));
    }
    // Uniform controls would not do: a network of four wires has five switches, and 32 ways to set them.
    let controls: Vec<u32> = (0..24).map(|p| if p < 8 { 50 } else { 12 }).collect();
    assert!(!is_uniform(&controls));
}

// Sorting by bits.

fn ranks_in_clear(keys: &[u64]) -> Vec<i128> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|row| keys[*row]);
    let mut ranks = vec![0; keys.len()];
    (0..).zip(order).for_each(|(rank, row)| ranks[row] = rank);
    ranks
}

#[test]
fn ranks_by_bits_are_stable() {
    for n in [2, 3] {
        for rows in SIZES {
            for (bits, below) in [(1, 2), (3, 8), (9, 5), (13, 1 << 13)] {
                let keys = numbers(rows as u64 + bits as u64, rows, below);
                let got = all_get::<F, _>(n, async |s| {
                    clear(s, &ranks(s, &secret_bits(s, &keys, bits).await?).await?).await
                });
                assert_eq!(got, ranks_in_clear(&keys), "{rows} rows of {bits} bits");
            }
        }
    }
}

#[test]
fn adversarial_keys_are_ranked() {
    let keys: [Vec<u64>; 4] =
        [vec![5; 40], (0..40).collect(), (0..40).rev().collect(), (0..40).map(|k| (k & 1) << 19).collect()];
    for keys in keys {
        let got =
            all_get::<F, _>(2, async |s| clear(s, &ranks(s, &secret_bits(s, &keys, 20).await?).await?).await);
        assert_eq!(got, ranks_in_clear(&keys));
    }
    let none = all_get::<F, _>(2, async |s| {
        Ok(ranks(s, &[]).await?.len() + ranks(s, &[Bit::constant(s, &[])]).await?.len())
    });
    assert_eq!(none, 0);
}

// Sorting by integers.

fn sorted_in_clear(keys: &[i128], direction: Direction) -> (Vec<i128>, Vec<i128>) {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    match direction {
        Direction::Ascending => order.sort_by_key(|row| keys[*row]),
        Direction::Descending => order.sort_by_key(|row| std::cmp::Reverse(keys[*row])),
    }
    (order.iter().map(|row| keys[*row]).collect(), order.iter().map(|row| *row as i128).collect())
}

async fn secret_int<F: Field>(s: &Session<F>, values: &[i128], range: Interval) -> Result<Int<F>> {
    Ok(Int::assume(secret(s, values).await?, range))
}

#[test]
fn tables_are_sorted_either_way() {
    for (n, ways) in [(2, [Way::Digits, Way::Comparisons]), (3, [Way::Comparisons, Way::Digits])] {
        for rows in SIZES {
            for (seed, range) in [Interval::signed(33), Interval::unsigned(4), Interval::new(-3, 2).unwrap()]
                .into_iter()
                .enumerate()
            {
                let width = range.hi().abs_diff(range.lo()) as u64 + 1;
                let keys: Vec<i128> =
                    numbers(seed as u64, rows, width).iter().map(|k| range.lo() + i128::from(*k)).collect();
                for (way, direction) in ways.into_iter().zip([Direction::Ascending, Direction::Descending]) {
                    let (sorted, from, bounds) = all_get::<F, _>(n, async |s| {
                        let keys = secret_int(s, &keys, range).await?;
                        let numbers = secret(s, &count(rows)).await?;
                        let (keys, columns) = sort_table_by(s, &keys, &[numbers], direction, way).await?;
                        Ok((clear(s, keys.shares()).await?, clear(s, &columns[0]).await?, keys.range()))
                    });
                    assert_eq!((sorted, from), sorted_in_clear(&keys, direction), "{rows} rows {way:?}");
                    assert_eq!(bounds, range);
                }
            }
        }
    }
}

#[test]
fn the_way_of_sorting_is_the_cheaper_one() {
    let chosen = |rows: usize, network: NetworkProfile| {
        let me = party(0);
        let mut ways = Vec::new();
        let times = [Way::Digits, Way::Comparisons].map(|way| {
            let report = plan_with::<F, _, _>(me, 2, Config::new([0; 16]).network(network), async |s| {
                let keys = Int::constant(s, &vec![0; rows]).widen(Interval::unsigned(32))?;
                ways.push(way_for(s, &keys, 1));
                sort_table_by(s, &keys, &[keys.shares().clone()], Direction::Ascending, way).await
            });
            let report = report.unwrap();
            let material: u64 = report.material.values().sum();
            report.network_time(2, &network).as_secs_f64() + material as f64 * 3e-6
        });
        (ways[0], times[0] / times[1])
    };
    for network in [NetworkProfile::LAN, NetworkProfile::WAN] {
        for rows in [4, 16, 64, 256, 1024] {
            let (way, ratio) = chosen(rows, network);
            eprintln!("{rows} rows: {way:?}, digits / comparisons = {ratio:.2}");
            // Near the crossover either is right.
            match way {
                Way::Digits => assert!(ratio < 1.3, "{rows} rows: {ratio}"),
                _ => assert!(ratio > 0.7, "{rows} rows: {ratio}"),
            }
        }
    }
}

/// Time and memory of a large sort: `cargo test --release --test order -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn sort_of_20000_keys() {
    let rows = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(20_000);
    let keys: Vec<i128> = numbers(1, rows, 1 << 32).into_iter().map(i128::from).collect();
    let transports = speedwell_net::memory_mesh(2);
    let start = std::time::Instant::now();
    let threads: Vec<_> = transports
        .into_iter()
        .map(|transport| {
            let keys = keys.clone();
            std::thread::spawn(move || {
                use speedwell_net::Transport;
                let dealer = speedwell_dealer::InsecureDealer::<F>::new(common::DEALT, transport.me(), 2);
                let s = Session::new(Box::new(transport), Box::new(dealer), Config::new([3; 16])).unwrap();
                let sorted = block_on(s.run(async |s| {
                    let keys = secret_int(s, &keys, Interval::unsigned(32)).await?;
                    let payload = secret(s, &count(rows)).await?;
                    let start = std::time::Instant::now();
                    let (keys, columns) =
                        sort_table_by(s, &keys, &[payload], Direction::Ascending, Way::Digits).await?;
                    s.check().await?;
                    eprintln!("sorted in {:?}", start.elapsed());
                    Ok((clear(s, keys.shares()).await?, clear(s, &columns[0]).await?))
                }));
                (sorted, s.report())
            })
        })
        .collect();
    for thread in threads {
        let (sorted, report) = thread.join().unwrap();
        assert_eq!(sorted.unwrap(), sorted_in_clear(&keys, Direction::Ascending));
        eprintln!("{report:?}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    eprintln!("{:?} in all, both parties {peak}", start.elapsed());
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Thread(std::thread::Thread);
    impl std::task::Wake for Thread {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Thread(std::thread::current())).into();
    let mut cx = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
        std::thread::park();
    }
}

// Quantiles and the largest rows.

#[test]
fn quantiles_are_those_of_the_definitions() {
    for rows in [1, 2, 3, 5, 8, 17] {
        let range = Interval::signed(20);
        let values: Vec<i128> =
            numbers(rows as u64, rows, 1 << 20).into_iter().map(|x| i128::from(x) - (1 << 19)).collect();
        let at: Vec<Quantile> =
            [(0, 1), (1, 4), (1, 2), (9, 10), (1, 1)].map(|(q, d)| Quantile::new(q, d).unwrap()).to_vec();
        let (nearest, twice, middle) = all_get::<F, _>(2, async |s| {
            let x = secret_int(s, &values, range).await?;
            let nearest = quantiles(s, &x, &at).await?.reveal(s).await?;
            let twice = twice_midpoint_quantiles(s, &x, &at).await?.reveal(s).await?;
            Ok((nearest, twice, median(s, &x).await?.reveal(s).await?))
        });
        let sorted = sorted_in_clear(&values, Direction::Ascending).0;
        let by_rank = |q: f64| sorted[((q * rows as f64).ceil() as usize).max(1) - 1];
        assert_eq!(nearest, [0.0, 0.25, 0.5, 0.9, 1.0].map(by_rank));
        let twice_median = sorted[(rows - 1) / 2] + sorted[rows / 2];
        assert_eq!((twice[2], middle[0]), (twice_median, by_rank(0.5)));
        assert_eq!((twice[0], twice[4]), (2 * sorted[0], 2 * sorted[rows - 1]));
    }
}

#[test]
fn the_largest_rows_come_first_and_ties_by_position() {
    let keys = [3, 9, 9, 1, 4, 9, 0];
    let (top_keys, rows) = all_get::<F, _>(3, async |s| {
        let keys = secret_int(s, &keys, Interval::unsigned(4)).await?;
        let numbers = secret(s, &count(7)).await?;
        let (keys, columns) = top(s, &keys, &[numbers], 4, Direction::Descending).await?;
        assert!(top(s, &keys, &[], 5, Direction::Descending).await.is_err());
        Ok((keys.reveal(s).await?, clear(s, &columns[0]).await?))
    });
    assert_eq!((top_keys, rows), (vec![9, 9, 9, 4], vec![1, 2, 5, 4]));
}

/// What is public of numbers goes with them when they change places.
#[test]
fn interval_scale_and_error_go_with_the_numbers() {
    let (values, range) = ([-7, 40, 3, 12, 3], Interval::signed(7));
    let (got, kept) = all_get::<F, _>(2, async |s| {
        let x = Fixed::from_scaled(secret_int(s, &values, range).await?, 4).widen_error(Ulps::ONE);
        let at = [Quantile::MEDIAN, Quantile::new(1, 1)?];
        let sorted = sort(s, &x, Direction::Descending).await?;
        let (largest, rows) = top(s, &x, &[secret(s, &count(5)).await?], 2, Direction::Descending).await?;
        let place = OneHot::of(s, &secret_int(s, &[1], Interval::unsigned(2)).await?, 5).await?;
        let moved = shuffle(s, &[x.shares().clone()]).await?.remove(0);
        let kept = [
            sorted,
            quantiles(s, &x, &at).await?,
            median(s, &x).await?,
            largest,
            place.look_up(s, &x).await?,
            x.rearranged(moved),
        ];
        let twice = twice_midpoint_quantiles(s, &x, &at).await?;
        assert_eq!((twice.error(), twice.fraction_bits()), (Ulps::from(2), 4));
        let mut got = vec![twice.reveal_scaled(s).await?, clear(s, &rows[0]).await?];
        for x in &kept {
            got.push(x.reveal_scaled(s).await?);
        }
        let last = got.len() - 1;
        got[last].sort_unstable();
        Ok((got, kept.map(|x| (x.range(), x.fraction_bits(), x.error()))))
    });
    let expected: [&[i128]; 8] =
        [&[6, 80], &[1, 3], &[40, 12, 3, 3, -7], &[3, 40], &[3], &[40, 12], &[40], &[-7, 3, 3, 12, 40]];
    assert_eq!(got, expected);
    assert!(kept.iter().all(|kept| *kept == (range, 4, Ulps::ONE)), "{kept:?}");
}

// Tables.

#[test]
fn tables_are_read_and_written_at_secret_places() {
    for (n, size) in [(2, 1), (2, 2), (3, 5), (2, 8), (2, 17), (2, 40)] {
        let table: Vec<i128> = count(size).iter().map(|k| 100 - 3 * k).collect();
        let last = size as i128 - 1;
        let indices: Vec<i128> = vec![0, last, last / 2, last / 3];
        let (public, secret_rows, written) = all_get::<F, _>(n, async |s| {
            let range = Interval::new(0, last)?;
            let at = OneHot::of(s, &secret_int(s, &indices, range).await?, size).await?;
            assert_eq!((at.len(), at.size()), (4, size));
            let column = secret(s, &table).await?;
            let rows = at.look_up(s, &column).await?;
            let one = OneHot::of(s, &secret_int(s, &indices[2..3], range).await?, size).await?;
            let written = one.update(s, &column, &secret(s, &[-5]).await?).await?;
            assert!(at.update(s, &column, &secret(s, &[-5]).await?).await.is_err());
            let public = at.look_up_public(&table).unwrap();
            assert!(at.look_up_public(&table[1..]).is_none());
            Ok((clear(s, &public).await?, clear(s, &rows).await?, clear(s, &written).await?))
        });
        let expected: Vec<i128> = indices.iter().map(|k| table[*k as usize]).collect();
        assert_eq!((&public, &secret_rows), (&expected, &expected));
        let mut changed = table.clone();
        changed[indices[2] as usize] = -5;
        assert_eq!(written, changed);
    }
}

#[test]
fn an_index_that_may_be_outside_its_table_is_refused() {
    for (range, size) in [(Interval::signed(3), 10), (Interval::unsigned(3), 7), (Interval::point(0), 0)] {
        for outcome in run::<F>(2).go(async |s| {
            let index = Int::assume(s.constant(&[F::ZERO]), range);
            OneHot::of(s, &index, size).await
        }) {
            let (lo, hi) = (range.lo(), range.hi());
            assert_eq!(outcome.result.unwrap_err(), UsageFault::PastTheTable { size, lo, hi }.into());
            assert_eq!(outcome.report.rounds, 0);
        }
    }
}

// Groups.

#[derive(Debug, PartialEq, Eq)]
struct Group {
    key: i128,
    count: i128,
    sum: i128,
    least: i128,
    greatest: i128,
    first: i128,
}

fn groups_in_clear(keys: &[i128], values: &[i128]) -> Vec<Group> {
    let mut distinct = keys.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
        .into_iter()
        .map(|key| {
            let of: Vec<i128> =
                keys.iter().zip(values).filter(|(k, _)| **k == key).map(|(_, value)| *value).collect();
            Group {
                key,
                count: of.len() as i128,
                sum: of.iter().sum(),
                least: *of.iter().min().unwrap(),
                greatest: *of.iter().max().unwrap(),
                first: of[0],
            }
        })
        .collect()
}

async fn grouped<F: Field>(
    s: &Session<F>,
    keys: &[i128],
    values: &[i128],
    shorten: bool,
) -> Result<(Vec<Group>, Vec<bool>)> {
    let key = secret_int(s, keys, Interval::signed(5)).await?;
    let value = secret_int(s, values, Interval::signed(10)).await?;
    let wanted = [
        Aggregate::Count,
        Aggregate::First(&value),
        Aggregate::Sum(&value),
        Aggregate::Least(&value),
        Aggregate::Greatest(&value),
    ];
    let groups = group_by(s, &key, &wanted).await?;
    let groups = if shorten { groups.reveal_count(s).await? } else { groups };
    let mut columns = vec![clear(s, groups.keys.shares()).await?];
    for aggregate in &groups.aggregates {
        columns.push(clear(s, aggregate.shares()).await?);
    }
    let of = |row: usize| {
        let [key, count, first, sum, least, greatest] = [0, 1, 2, 3, 4, 5].map(|column| columns[column][row]);
        Group { key, count, sum, least, greatest, first }
    };
    let present = clear(s, groups.present.shares()).await?;
    Ok(((0..present.len()).map(of).collect(), present.iter().map(|bit| *bit == 1).collect()))
}

#[test]
fn groups_are_those_of_the_clear_rows() {
    for n in [2, 3] {
        for rows in SIZES {
            for below in [1, 3, 32] {
                let keys: Vec<i128> =
                    numbers(7, rows, below).into_iter().map(|k| i128::from(k) - 16).collect();
                let values: Vec<i128> =
                    numbers(8, rows, 1 << 10).into_iter().map(|k| i128::from(k) - 512).collect();
                let expected = groups_in_clear(&keys, &values);
                for shorten in [false, true] {
                    let (got, present) =
                        all_get::<F, _>(n, async |s| grouped(s, &keys, &values, shorten).await);
                    let (groups, rest) = got.split_at(expected.len());
                    assert_eq!(groups, expected, "{rows} rows");
                    assert_eq!(rest.len(), if shorten { 0 } else { rows - groups.len() });
                    let zero = Group { key: 0, count: 0, sum: 0, least: 0, greatest: 0, first: 0 };
                    assert!(rest.iter().all(|group| *group == zero));
                    assert!((0..present.len()).all(|row| present[row] == (row < groups.len())));
                }
            }
        }
    }
}

#[test]
fn prefix_sums_are_local() {
    let (sums, rounds) = all_get::<F, _>(2, async |s| {
        let x = secret(s, &[5, -2, 7, 0, 1]).await?;
        let before = s.report().rounds;
        let sums = x.prefix_sums();
        let rounds = s.report().rounds - before;
        Ok((clear(s, &sums).await?, rounds))
    });
    assert_eq!((sums, rounds), (vec![5, 3, 10, 10, 11], 0));
}

// What they cost.

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
