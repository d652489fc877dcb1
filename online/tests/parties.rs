//! The arithmetic among many parties: values, and costs as planned.
#![allow(missing_docs)]

mod common;

use std::time::Duration;

use common::exact::{all_get, secret, secret_fixed};
use common::party;
use common::real::{error, sigmoid, value};
use speedwell_field::{Field, Fp127};
use speedwell_online::linear::Matrix;
use speedwell_online::order::{Aggregate, Direction, OneHot, Way, group_by, shuffle, sort_table_by};
use speedwell_online::{Config, Fixed, Int, Interval, Kind, Masking, NetworkProfile, Result, Session};

type F = Fp127;

#[derive(Debug, PartialEq)]
struct Got {
    less: Vec<bool>,
    product: Vec<i128>,
    quotient: Vec<i128>,
    sorted: Vec<[i128; 2]>,
    matrix: Vec<i128>,
    looked_up: Vec<i128>,
}

const X: [i128; 4] = [-70_000, 3 << 16, 1 << 22, -1];
const Y: [i128; 4] = [1 << 15, 3 << 16, 65_537, 1 << 16];
const KEYS: [i128; 3] = [5, -3, 5];

async fn everything(s: &Session<F>, way: Way) -> Result<Got> {
    let (range, f) = (Interval::signed(24), 16);
    let (x, y) = (secret_fixed(s, &X, range, f), secret_fixed(s, &Y, Interval::new(1, 1 << 20)?, f));
    let keys = secret(s, &KEYS, Interval::signed(4));
    let rows = secret(s, &[0, 1, 2], Interval::unsigned(2));
    let (keys, rows) = sort_table_by(s, &keys, &[rows.into_shares()], Direction::Ascending, way).await?;
    let rows = s.reveal(&rows[0]).await?;
    let keys = keys.reveal(s).await?;
    let square = Matrix::new(2, 2, secret(s, &X, range))?;
    let at = OneHot::of(s, &secret(s, &[2, 0], Interval::new(0, 2)?), 3).await?;
    let table = secret(s, &[10, 20, 30], Interval::unsigned(5)).into_shares();
    let looked_up = s.reveal(&at.look_up(s, &table).await?).await?;
    Ok(Got {
        less: x.lt(s, &y).await?.reveal(s).await?,
        product: x.mul(s, &y).await?.reveal_scaled(s).await?,
        quotient: x.div(s, &y).await?.reveal_scaled(s).await?,
        sorted: keys.iter().zip(rows).map(|(key, row)| [*key, row.to_i128().unwrap()]).collect(),
        matrix: square.mul(s, &square).await?.entries().reveal(s).await?,
        looked_up: looked_up.iter().map(|x| x.to_i128().unwrap()).collect(),
    })
}

fn is_right(n: usize, way: Way, config: fn(Config) -> Config) -> Vec<Masking> {
    let (mut got, report) = all_get::<F, _>(n, config, async |s| everything(s, way).await);
    let quotients = std::mem::take(&mut got.quotient);
    for ((x, y), quotient) in X.iter().zip(Y).zip(quotients) {
        // 7/8 ulp.
        assert!(8 * ((x << 16) - quotient * y).abs() <= 7 * y, "{x} / {y}: {quotient} among {n}");
    }
    let rounded = |x: i128, y: i128| (x * y + (1 << 15)) >> 16;
    let [a, b, c, d] = X;
    let expected = Got {
        less: X.iter().zip(Y).map(|(x, y)| *x < y).collect(),
        product: X.iter().zip(Y).map(|(x, y)| rounded(*x, y)).collect(),
        quotient: Vec::new(),
        sorted: vec![[-3, 1], [5, 0], [5, 2]],
        matrix: vec![a * a + b * c, a * b + b * d, c * a + d * c, c * b + d * d],
        looked_up: vec![30, 10],
    };
    assert_eq!(got, expected, "among {n}");
    report.masks.keys().copied().collect()
}

#[test]
fn ten_parties_get_what_is_right() {
    let masks = is_right(10, Way::Comparisons, |config| config);
    assert_eq!(masks, [Masking::Bits, Masking::FullField]);
}

/// Masks by proof have room for 33 bits among ten parties.
#[test]
fn ten_parties_prove_their_masks() {
    let (less, report) = all_get::<F, _>(
        10,
        |config| config.network(NetworkProfile { latency: Duration::ZERO, bits_per_second: 1e12 }),
        async |s| {
            let values: Vec<i128> = (0..40).map(|k| (k - 20) << 25).collect();
            let x = secret(s, &values, Interval::signed(32));
            let y = secret(s, &vec![1; 40], Interval::signed(32));
            x.lt(s, &y).await?.reveal(s).await
        },
    );
    assert_eq!(less, (0..40).map(|k| k <= 20).collect::<Vec<_>>());
    assert_eq!(report.masks.keys().copied().collect::<Vec<_>>(), [Masking::Proved]);
    // Everybody puts its part in.
    let part = report.material[&Kind::Masks(party(0))];
    assert!((0..10).all(|p| report.material[&Kind::Masks(party(p))] == part));
}

#[test]
fn four_parties_get_what_is_right() {
    is_right(4, Way::Digits, |config| config);
    is_right(4, Way::Comparisons, |config| config.masks(64, 1 << 62));
}

/// Inputs with their checks, what shuffles, a function and a factor.
#[test]
fn ten_parties_check_shuffle_group_and_factor() {
    const TYPED: [i128; 3] = [-100, 7, 100];
    const COARSE: [i128; 2] = [0, 15];
    /// 4, 2, 2, 3.
    const SQUARE: [i128; 4] = [4 << 16, 2 << 16, 2 << 16, 3 << 16];
    let f = 16;
    let ((inputs, sorted, groups, sigmoids, factor), _) = all_get::<F, _>(
        10,
        |config| config,
        async |s| {
            let own = |owner: usize, values: &'static [i128]| (s.me() == party(owner)).then_some(values);
            let typed = Int::checked_input(s, party(9), Interval::symmetric(100), 3, own(9, &TYPED)).await?;
            let coarse =
                Int::checked_input_coarse(s, party(4), Interval::unsigned(4), 2, own(4, &COARSE)).await?;
            assert!(coarse.range().covers(&Interval::unsigned(4)));
            let inputs = typed.append(&coarse).reveal(s).await?;

            let (keys, rows) =
                (secret(s, &KEYS, Interval::signed(4)), secret(s, &[0, 1, 2], Interval::unsigned(2)));
            let (up, column) = (Direction::Ascending, rows.shares().clone());
            let (sorted, columns) = sort_table_by(s, &keys, &[column], up, Way::Digits).await?;
            let columns = Int::assume(columns[0].clone(), rows.range());
            let sorted = (sorted.reveal(s).await?, columns.reveal(s).await?);

            let groups = group_by(s, &keys, &[Aggregate::Count, Aggregate::Sum(&rows)]).await?;
            let mut columns = vec![groups.keys.reveal(s).await?];
            for aggregate in &groups.aggregates {
                columns.push(aggregate.reveal(s).await?);
            }

            let x = secret_fixed(s, &X, Interval::signed(24), f);
            let square = Matrix::new(2, 2, secret_fixed(s, &SQUARE, Interval::symmetric(16 << f), f))?;
            let sigmoids = x.sigmoid(s).await?.reveal_scaled(s).await?;
            let factor = square.cholesky(s).await?.entries().reveal_scaled(s).await?;
            Ok((inputs, sorted, columns, sigmoids, factor))
        },
    );
    assert_eq!(inputs, [TYPED.as_slice(), &COARSE].concat());
    assert_eq!(sorted, (vec![-3, 5, 5], vec![1, 0, 2]));
    assert_eq!(groups, [vec![-3, 5, 0], vec![1, 2, 0], vec![1, 2, 0]]);
    for (x, got) in X.iter().zip(sigmoids) {
        let apart = error(got, &sigmoid(&value(*x, f)), f);
        assert!(apart <= 19.0 / 16.0, "sigmoid of {x}: {got}, {apart} ulps");
    }
    // |A − L·Lᵀ| ≤ 2·√M + 4 ulps, of M = 16.
    let [a, b, c, d] = factor[..] else { panic!("{factor:?}") };
    assert_eq!(b, 0);
    let made = [a * a, a * c, c * a, c * c + d * d];
    assert!(made.iter().zip(SQUARE).all(|(made, a)| (made - (a << f)).abs() <= 12 << f), "{factor:?}");
}

#[test]
fn any_number_of_parties_gets_what_is_right() {
    let f = 16;
    for n in 2..=10 {
        let ((product, less, rounded, mut rows), _) = all_get::<F, _>(
            n,
            |config| config,
            async |s| {
                let (x, y) = (secret(s, &X, Interval::signed(24)), secret(s, &Y, Interval::signed(24)));
                let real = |x: &Int<F>| Fixed::from_scaled(x.clone(), f);
                let shuffled = shuffle(s, &[x.shares().clone(), y.shares().clone()]).await?;
                let [left, right] = [&shuffled[0], &shuffled[1]]
                    .map(|column| Int::assume(column.clone(), Interval::signed(24)));
                let rows: Vec<(i128, i128)> =
                    left.reveal(s).await?.into_iter().zip(right.reveal(s).await?).collect();
                Ok((
                    x.mul(s, &y).await?.reveal(s).await?,
                    x.lt(s, &y).await?.reveal(s).await?,
                    real(&x).mul(s, &real(&y)).await?.reveal_scaled(s).await?,
                    rows,
                ))
            },
        );
        let pairs: Vec<(i128, i128)> = X.into_iter().zip(Y).collect();
        let each = |f: fn(i128, i128) -> i128| pairs.iter().map(|(x, y)| f(*x, *y)).collect::<Vec<_>>();
        assert_eq!(product, each(|x, y| x * y), "among {n}");
        assert_eq!(less, pairs.iter().map(|(x, y)| x < y).collect::<Vec<_>>(), "among {n}");
        assert_eq!(rounded, each(|x, y| (x * y + (1 << 15)) >> 16), "among {n}");
        let mut expected = pairs.clone();
        rows.sort_unstable();
        expected.sort_unstable();
        assert_eq!(rows, expected, "among {n}");
    }
}
