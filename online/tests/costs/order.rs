//! Sorting eight rows of a key of six bits and a column, and what is made of it.

use speedwell_field::Fp127;
use speedwell_online::order::{
    Aggregate, Direction, OneHot, Quantile, Way, group_by, median, quantiles, ranks, send_to, shuffle, sort,
    sort_table_by, top, twice_midpoint_quantiles,
};
use speedwell_online::{Bit, Int, Interval, Result, Session, Shares};

use crate::table::{agree, step};

type F = Fp127;

const UP: Direction = Direction::Ascending;

fn keys(s: &Session<F>) -> Int<F> {
    Int::constant(s, &[5, 3, 1, 4, 1, 5, 9, 2]).widen(Interval::unsigned(6)).unwrap()
}

fn column(s: &Session<F>) -> Shares<F> {
    keys(s).into_shares()
}

async fn sorted(s: &Session<F>, way: Way) -> Result<()> {
    sort_table_by(s, &keys(s), &[column(s)], UP, way).await.map(drop)
}

/// What stands at three secret places of a table of eight rows.
async fn looked_up(s: &Session<F>) -> Result<()> {
    let places = Int::constant(s, &[0, 7, 3]).widen(Interval::unsigned(3)).unwrap();
    OneHot::of(s, &places, 8).await?.look_up(s, &column(s)).await.map(drop)
}

/// Groups, and how many there are. What follows is planned for eight: see `planned.rs`.
async fn counted(s: &Session<F>) -> Result<()> {
    group_by(s, &keys(s), &[Aggregate::Count]).await?.reveal_count(s).await.map(drop)
}

fn quartiles() -> Vec<Quantile> {
    [(1, 4), (1, 2), (3, 4)].map(|(q, d)| Quantile::new(q, d).unwrap()).to_vec()
}

/// The bits of the keys, the lowest first.
fn planes(s: &Session<F>) -> Vec<Bit<F>> {
    let keys = [5, 3, 1, 4, 1, 5, 9, 2];
    (0..6).map(|at| Bit::constant(s, &keys.map(|key| key >> at & 1 == 1))).collect()
}

/// A public place in a table of eight rows is written.
async fn updated(s: &Session<F>) -> Result<()> {
    let place = OneHot::of(s, &Int::constant(s, &[3]), 8).await?;
    place.update(s, &column(s), &column(s).slice(0..1)).await.map(drop)
}

/// The way there and the update.
async fn updated_at_a_secret_place(s: &Session<F>) -> Result<()> {
    let place = Int::constant(s, &[3]).widen(Interval::unsigned(3)).unwrap();
    OneHot::of(s, &place, 8).await?.update(s, &column(s), &column(s).slice(0..1)).await.map(drop)
}

fn places(s: &Session<F>) -> Shares<F> {
    Int::constant(s, &[7, 3, 0, 1, 2, 6, 5, 4]).into_shares()
}

#[test]
fn sorting_costs_what_it_should() {
    agree(&[
        (
            "shuffle",
            step!(|s| shuffle(s, &[column(s), column(s)])),
            [[19, 2, 172, 4560, 68, 34, 0, 34, 0], [24, 2, 258, 6256, 102, 51, 0, 51, 0]],
        ),
        (
            "ranks",
            step!(|s| ranks(s, &planes(s))),
            [[4, 0, 1920, 30976, 960, 0, 0, 0, 0], [4, 0, 1920, 30976, 960, 0, 0, 0, 0]],
        ),
        (
            "send_to",
            step!(|s| send_to(s, &places(s), &[column(s), column(s)])),
            [[26, 4, 248, 6544, 102, 34, 0, 34, 0], [31, 4, 368, 8784, 153, 51, 0, 51, 0]],
        ),
        (
            "sort_table by digits",
            step!(|s| sorted(s, Way::Digits)),
            [[35, 4, 2352, 40784, 1150, 34, 568, 34, 0], [40, 4, 2472, 43024, 1201, 51, 568, 51, 0]],
        ),
        (
            "sort_table by comparisons",
            step!(|s| sorted(s, Way::Comparisons)),
            [[54, 7, 603, 22736, 228, 0, 171, 1062, 0], [54, 7, 670, 23936, 228, 0, 171, 1617, 0]],
        ),
        (
            "sort",
            step!(|s| sort(s, &keys(s), UP)),
            [[54, 7, 565, 22128, 209, 0, 171, 1062, 0], [54, 7, 632, 23328, 209, 0, 171, 1617, 0]],
        ),
        (
            "quantiles",
            step!(|s| quantiles(s, &keys(s), &quartiles())),
            [[54, 7, 565, 22128, 209, 0, 171, 1062, 0], [54, 7, 632, 23328, 209, 0, 171, 1617, 0]],
        ),
        (
            "twice_midpoint_quantiles",
            step!(|s| twice_midpoint_quantiles(s, &keys(s), &quartiles())),
            [[54, 7, 565, 22128, 209, 0, 171, 1062, 0], [54, 7, 632, 23328, 209, 0, 171, 1617, 0]],
        ),
        (
            "median",
            step!(|s| median(s, &keys(s))),
            [[54, 7, 565, 22128, 209, 0, 171, 1062, 0], [54, 7, 632, 23328, 209, 0, 171, 1617, 0]],
        ),
        (
            "top 3",
            step!(|s| top(s, &keys(s), &[column(s)], 3, Direction::Descending)),
            [[54, 7, 603, 22736, 228, 0, 171, 1062, 0], [54, 7, 670, 23936, 228, 0, 171, 1617, 0]],
        ),
    ]);
}

#[test]
fn groups_and_tables_cost_what_they_should() {
    agree(&[
        (
            "count",
            step!(|s| group_by(s, &keys(s), &[Aggregate::Count])),
            [[89, 12, 1020, 32720, 411, 34, 675, 1096, 0], [94, 12, 1241, 36704, 479, 51, 675, 1668, 0]],
        ),
        (
            "count, and reveal_count",
            step!(|s| counted(s)),
            [[96, 14, 1021, 33504, 411, 34, 675, 1096, 0], [101, 14, 1242, 37488, 479, 51, 675, 1668, 0]],
        ),
        (
            "sum",
            step!(|s| group_by(s, &keys(s), &[Aggregate::Sum(&keys(s))])),
            [[89, 12, 1058, 33328, 430, 34, 675, 1096, 0], [94, 12, 1279, 37312, 498, 51, 675, 1668, 0]],
        ),
        (
            "least",
            step!(|s| group_by(s, &keys(s), &[Aggregate::Least(&keys(s))])),
            [[116, 15, 1262, 38800, 526, 34, 1539, 1096, 0], [121, 15, 1483, 42784, 594, 51, 1539, 1668, 0]],
        ),
        (
            "greatest",
            step!(|s| group_by(s, &keys(s), &[Aggregate::Greatest(&keys(s))])),
            [[116, 15, 1262, 38800, 526, 34, 1539, 1096, 0], [121, 15, 1483, 42784, 594, 51, 1539, 1668, 0]],
        ),
        (
            "first",
            step!(|s| group_by(s, &keys(s), &[Aggregate::First(&keys(s))])),
            [[116, 16, 1186, 38016, 472, 68, 675, 1130, 0], [126, 16, 1459, 43152, 557, 102, 675, 1719, 0]],
        ),
        (
            "look_up",
            step!(|s| looked_up(s)),
            [[6, 0, 93, 1872, 45, 0, 204, 0, 0], [6, 0, 93, 1872, 45, 0, 204, 0, 0]],
        ),
        (
            "update at a place that may be one only",
            step!(|s| updated(s)),
            [[4, 0, 21, 592, 10, 0, 67, 0, 0], [4, 0, 21, 592, 10, 0, 67, 0, 0]],
        ),
        (
            "update",
            step!(|s| updated_at_a_secret_place(s)),
            [[6, 0, 31, 880, 15, 0, 68, 0, 0], [6, 0, 31, 880, 15, 0, 68, 0, 0]],
        ),
    ]);
}
