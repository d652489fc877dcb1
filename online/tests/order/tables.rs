//! Tables read and written at secret places.

use speedwell_field::Field;
use speedwell_online::order::OneHot;
use speedwell_online::{Int, Interval, UsageFault};

use crate::common::run;
use crate::scene::{F, all_get, clear, count, secret, secret_int};

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
