//! Sorting: tables, ranks by bits, and which way is taken.

use speedwell_online::order::{Aggregate, Direction, Way, group_by, ranks, sort_table_by, way_for};
use speedwell_online::{Bit, Config, Int, Interval, NetworkProfile, plan_with};

use crate::common::party;
use crate::scene::{
    F, SIZES, all_get, clear, count, numbers, secret, secret_bits, secret_int, sorted_in_clear,
};

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

/// Keys whose interval has one number stay where they are, whichever way is asked for; so do their groups.
#[test]
fn keys_that_are_all_equal_in_public_stay() {
    for n in [2, 3] {
        let got = all_get::<F, _>(n, async |s| {
            let keys = secret_int(s, &[5; 20], Interval::point(5)).await?;
            let payload = secret(s, &count(20)).await?;
            let mut all = Vec::new();
            for (way, direction) in [
                (way_for(s, &keys, 1), Direction::Descending),
                (Way::Digits, Direction::Ascending),
                (Way::Comparisons, Direction::Ascending),
            ] {
                let columns = std::slice::from_ref(&payload);
                let (sorted, columns) = sort_table_by(s, &keys, columns, direction, way).await?;
                all.push((sorted.reveal(s).await?, clear(s, &columns[0]).await?));
            }
            let sum = Aggregate::Sum(&keys);
            let groups = group_by(s, &keys, &[sum]).await?.reveal_count(s).await?;
            Ok((all, groups.aggregates[0].reveal(s).await?))
        });
        assert_eq!(got, (vec![(vec![5; 20], count(20)); 3], vec![100]));
    }
}
