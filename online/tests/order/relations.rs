//! What must not change a result: the order of the rows, and sorting parts of them first.

use speedwell_online::order::{Aggregate, Direction, Way, group_by, median, sort_table_by};
use speedwell_online::{Interval, Result, Session};

use crate::scene::{F, SIZES, all_get, clear, count, numbers, secret, secret_int};

/// A key and a value each.
type Rows = Vec<(i128, i128)>;

/// The same rows, in another order for another `seed`; equal keys with different values among them.
fn rows(rows: usize, keys: u64, seed: u64) -> Rows {
    let keys = numbers(5, rows, keys).into_iter().map(|key| i128::from(key) - 16);
    let mut all: Rows = keys.zip(count(rows)).collect();
    for (at, other) in numbers(seed, rows, 1 << 32).into_iter().enumerate() {
        all.swap(at, other as usize % (at + 1));
    }
    all
}

async fn sorted(s: &Session<F>, rows: &[(i128, i128)], direction: Direction, way: Way) -> Result<Rows> {
    let (keys, values): (Vec<i128>, Vec<i128>) = rows.iter().copied().unzip();
    let keys = secret_int(s, &keys, Interval::signed(6)).await?;
    let values = secret(s, &values).await?;
    let (keys, columns) = sort_table_by(s, &keys, &[values], direction, way).await?;
    let (keys, values) = (clear(s, keys.shares()).await?, clear(s, &columns[0]).await?);
    Ok(keys.into_iter().zip(values).collect())
}

fn each_way(check: impl Fn(usize, u64, Direction, Way)) {
    for size in SIZES {
        for keys in [3, 32] {
            for way in [Way::Digits, Way::Comparisons] {
                for direction in [Direction::Ascending, Direction::Descending] {
                    check(size, keys, direction, way);
                }
            }
        }
    }
}

/// Equal keys keep the order that they had: of them the same rows stand there, in some order.
#[test]
fn permuted_rows_are_sorted_to_the_same_table() {
    each_way(|size, keys, direction, way| {
        let [once, again] = [1, 2].map(|seed| {
            let rows = rows(size, keys, seed);
            all_get(2, async |s| sorted(s, &rows, direction, way).await)
        });
        let order = |rows: &Rows| rows.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        assert_eq!(order(&once), order(&again), "{size} rows, {direction:?} by {way:?}");
        let all = |mut rows: Rows| {
            rows.sort_unstable();
            rows
        };
        assert_eq!(all(once), all(again), "{size} rows, {direction:?} by {way:?}");
    });
}

/// Even where keys are equal: sorting is stable.
#[test]
fn parts_are_sorted_and_merged_to_the_same_table() {
    each_way(|size, keys, direction, way| {
        let rows = rows(size, keys, 3);
        let (first, last) = rows.split_at(size / 3);
        let (whole, merged) = all_get(2, async |s| {
            let mut parts = sorted(s, first, direction, way).await?;
            parts.extend(sorted(s, last, direction, way).await?);
            Ok((sorted(s, &rows, direction, way).await?, sorted(s, &parts, direction, way).await?))
        });
        assert_eq!(whole, merged, "{size} rows, {direction:?} by {way:?}");
    });
}

/// All that is asked of a group but what stands first in it.
#[test]
fn permuted_rows_are_grouped_to_the_same_groups() {
    for size in SIZES {
        for keys in [1, 3, 32] {
            let [once, again] = [1, 2].map(|seed| {
                let (keys, values): (Vec<i128>, Vec<i128>) = rows(size, keys, seed).into_iter().unzip();
                all_get::<F, _>(2, async |s| {
                    let keys = secret_int(s, &keys, Interval::signed(6)).await?;
                    let values = secret_int(s, &values, Interval::unsigned(5)).await?;
                    let wanted = [
                        Aggregate::Count,
                        Aggregate::Sum(&values),
                        Aggregate::Least(&values),
                        Aggregate::Greatest(&values),
                    ];
                    let groups = group_by(s, &keys, &wanted).await?;
                    let mut columns = vec![clear(s, groups.present.shares()).await?];
                    for column in std::iter::once(&groups.keys).chain(&groups.aggregates) {
                        columns.push(clear(s, column.shares()).await?);
                    }
                    Ok(columns)
                })
            });
            assert_eq!(once, again, "{size} rows of {keys} keys");
            assert_eq!(once[1].len(), size);
        }
    }
}

#[test]
fn permuted_rows_have_the_same_median() {
    for size in SIZES.into_iter().filter(|size| *size > 0) {
        let [once, again] = [1, 2].map(|seed| {
            let keys: Vec<i128> = rows(size, 32, seed).into_iter().map(|(key, _)| key).collect();
            all_get::<F, _>(2, async |s| {
                clear(s, median(s, &secret_int(s, &keys, Interval::signed(6)).await?).await?.shares()).await
            })
        });
        assert_eq!(once, again, "{size} rows");
    }
}
