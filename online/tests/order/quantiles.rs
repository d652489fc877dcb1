//! Quantiles and the largest rows.

use speedwell_online::order::{
    Column, Direction, OneHot, Quantile, median, quantiles, shuffle, sort, top, twice_midpoint_quantiles,
};
use speedwell_online::{Fixed, Interval, Ulps};

use crate::scene::{F, all_get, clear, count, numbers, secret, secret_int, sorted_in_clear};

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
