//! Tables read and written at secret places.

use speedwell_field::Field;
use speedwell_online::order::OneHot;
use speedwell_online::{Fixed, Int, Interval, Ulps, UsageFault};

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
            let public = at.look_up_public(&table)?;
            assert_eq!(public.range(), Interval::new(table[size - 1], 100)?);
            assert!(at.look_up_public(&table[1..]).is_err());
            Ok((public.reveal(s).await?, clear(s, &rows).await?, clear(s, &written).await?))
        });
        let expected: Vec<i128> = indices.iter().map(|k| table[*k as usize]).collect();
        assert_eq!((&public, &secret_rows), (&expected, &expected));
        let mut changed = table.clone();
        changed[indices[2] as usize] = -5;
        assert_eq!(written, changed);
    }
}

/// An update covers what the table and the value said of themselves.
#[test]
fn an_update_covers_both_intervals_scales_and_errors() {
    let (written, numbers) = all_get::<F, _>(2, async |s| {
        let at = OneHot::of(s, &secret_int(s, &[1], Interval::unsigned(1)).await?, 2).await?;
        let table = secret_int(s, &[3, 4], Interval::new(0, 9)?).await?;
        let value = secret_int(s, &[-70], Interval::new(-70, -1)?).await?;
        let written = at.update(s, &table, &value).await?;
        assert_eq!(written.range(), Interval::new(-70, 9)?);
        let table = Fixed::from_scaled(table, 2).widen_error(Ulps::ONE);
        let value = Fixed::from_scaled(value, 4);
        let numbers = at.update(s, &table, &value).await?;
        assert_eq!((numbers.range(), numbers.fraction_bits()), (Interval::new(-70, 36)?, 4));
        assert_eq!(numbers.error(), Ulps::from(4));
        Ok((written.reveal(s).await?, numbers.reveal_scaled(s).await?))
    });
    assert_eq!((written, numbers), (vec![3, -70], vec![12, -70]));
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
