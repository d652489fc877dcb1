//! Groups of rows by a secret key, and prefix sums.

use std::fmt::Debug;

use speedwell_field::Field;
use speedwell_online::order::{Aggregate, group_by};
use speedwell_online::{Fixed, Int, Interval, Result, Session, Ulps};

use crate::scene::{F, SIZES, all_get, clear, numbers, secret, secret_int};

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
        let int = Int::assume(x, Interval::new(-2, 7)?).prefix_sums();
        assert_eq!(int.range(), Interval::new(-10, 35)?);
        let positive = secret_int(s, &[3, 4, 3], Interval::new(3, 4)?).await?;
        assert_eq!(positive.prefix_sums().range(), Interval::new(3, 12)?);
        let numbers = Fixed::from_scaled(positive, 3).widen_error(Ulps::HALF).prefix_sums();
        assert_eq!((numbers.range(), numbers.error()), (Interval::new(3, 12)?, Ulps::ratio(3, 2)));
        assert_eq!(Int::constant(s, &[]).prefix_sums().len(), 0);
        Ok((clear(s, &sums).await?, rounds))
    });
    assert_eq!((sums, rounds), (vec![5, 3, 10, 10, 11], 0));
}
