//! Matrices against exact integers: products, Cholesky's factor within its bound, solutions, refusals.

mod common;

use common::exact::{all_get, interval, random, samples, secret, secret_fixed};
use common::long;
use speedwell_field::{ArkField, Field, Fp127, Goldilocks};
use speedwell_online::linear::Matrix;
use speedwell_online::{Config, Error, Favour, Fixed, Int, Interval, Kind, Rational, Ulps, UsageFault};

type Bls = ArkField<ark_bls12_381::Fr>;

fn same(config: Config) -> Config {
    config
}

fn nearest(x: i128, t: u32) -> i128 {
    (x + (1 << (t - 1))) >> t
}

/// rows × inner times inner × columns, exactly.
fn product(x: &[i128], y: &[i128], (rows, inner, columns): (usize, usize, usize)) -> Vec<i128> {
    let entry = |i: usize, j: usize| (0..inner).map(|k| x[i * inner + k] * y[k * columns + j]).sum();
    (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect()
}

#[test]
fn products_of_integers_open_each_entry_once_where_a_triple_was_laid_in() {
    let (rows, inner, columns) = (3, 5, 4);
    let range = Interval::signed(20);
    let (x, y) = (samples(range, rows * inner, 1), samples(range, inner * columns, 2));
    for parties in [2, 3] {
        let ((plain, ahead, vector, opened), _) = all_get::<Fp127, _>(parties, same, async |s| {
            let a = Matrix::new(rows, inner, secret(s, &x, range))?;
            let b = Matrix::new(inner, columns, secret(s, &y, range))?;
            s.lay_in_matrices(rows, inner, columns, 1).await?;
            let before = s.report();
            let ahead = a.mul(s, &b).await?;
            let between = s.report();
            let plain = a.mul(s, &b).await?;
            let after = s.report();
            // One round each; 35 entries opened with the triple, 120 without.
            let opened = (between.opened - before.opened, after.opened - between.opened);
            assert_eq!((between.rounds - before.rounds, after.rounds - between.rounds), (1, 1));
            let vector = a.mul_vector(s, &b.column(1)).await?;
            Ok((
                plain.entries().reveal(s).await?,
                ahead.entries().reveal(s).await?,
                vector.reveal(s).await?,
                opened,
            ))
        });
        assert_eq!(opened, (35, 120));
        let exact = product(&x, &y, (rows, inner, columns));
        assert_eq!(plain, exact);
        assert_eq!(ahead, exact);
        assert_eq!(vector, exact.iter().skip(1).step_by(columns).copied().collect::<Vec<_>>());
    }
}

#[test]
fn products_of_numbers_are_rounded_once() {
    fn check<F: Field>(
        range: Interval,
        f: u32,
        dimensions: (usize, usize, usize),
        favour: fn(Config) -> Config,
    ) {
        let (rows, inner, columns) = dimensions;
        let (x, y) = (samples(range, rows * inner, 3), samples(range, inner * columns, 4));
        let ((got, material), _) = all_get::<F, _>(2, favour, async |s| {
            let a = Matrix::new(rows, inner, secret_fixed(s, &x, range, f))?;
            let b = Matrix::new(inner, columns, secret_fixed(s, &y, range, f))?;
            s.lay_in_matrices(rows, inner, columns, 1).await?;
            let product = a.mul(s, &b).await?;
            assert_eq!(product.entries().error(), Ulps::HALF);
            assert_eq!((product.rows(), product.columns()), (rows, columns));
            let material = s.report();
            Ok((product.entries().reveal_scaled(s).await?, material))
        });
        let exact = product(&x, &y, dimensions);
        assert_eq!(got, exact.into_iter().map(|x| nearest(x, f)).collect::<Vec<_>>());
        assert_eq!(material.material[&Kind::Randoms], (rows * inner + inner * columns) as u64);
        // One mask an entry of the result.
        assert_eq!(material.masks.values().sum::<u64>(), (rows * columns) as u64);
    }
    check::<Fp127>(Interval::signed(24), 16, (4, 6, 3), same);
    check::<Fp127>(Interval::signed(24), 16, (1, 9, 1), |config| config.favour(Favour::Online));
    check::<Goldilocks>(Interval::signed(14), 8, (2, 3, 2), same);
    check::<Bls>(Interval::signed(24), 12, (2, 3, 2), same);
}

#[test]
fn shapes_are_kept_and_refused() {
    let ((transposed, row, column), _) = all_get::<Fp127, _>(2, same, async |s| {
        let entries = Int::constant(s, &[1, 2, 3, 4, 5, 6]);
        let m = Matrix::new(2, 3, entries.clone())?;
        assert!(Matrix::new(2, 2, entries).is_err());
        assert!(matches!(m.mul(s, &m).await.unwrap_err(), Error::Usage(UsageFault::Length { .. })));
        let transposed = m.transpose();
        assert_eq!((transposed.rows(), transposed.columns()), (3, 2));
        Ok((transposed.entries().reveal(s).await?, m.row(1).reveal(s).await?, m.column(1).reveal(s).await?))
    });
    assert_eq!((transposed, row, column), (vec![1, 4, 2, 5, 3, 6], vec![4, 5, 6], vec![2, 5]));
}

/// G·Gᵀ/n + shift·I with entries of G in ±1, times `scale`, in ulps.
fn definite(n: usize, f: u32, scale: i128, seed: u64) -> Vec<i128> {
    let mut random = random(seed);
    let g: Vec<i128> = (0..n * n).map(|_| (random() >> 108) as i128 - (1 << 19)).collect();
    let mut a = vec![0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let dot: i128 = (0..n).map(|k| g[i * n + k] * g[j * n + k]).sum();
            let mut entry = (scale * dot / n as i128) >> (38 - f);
            if i == j {
                entry += scale << (f - 1);
            }
            (a[i * n + j], a[j * n + i]) = (entry, entry);
        }
    }
    a
}

/// |A − L·Lᵀ| in ulps, at its worst; and the bound 2·√M + 4.
fn residual(a: &[i128], l: &[i128], n: usize, f: u32, most: i128) -> (f64, f64) {
    let mut worst = 0_i128;
    for i in 0..n {
        for j in 0..n {
            assert!(j <= i || l[i * n + j] == 0, "zero above the diagonal");
            let dot: i128 = (0..n).map(|k| l[i * n + k] * l[j * n + k]).sum();
            worst = worst.max(((a[i * n + j] << f) - dot).abs());
        }
    }
    let unit = 2_f64.powi(f as i32);
    (worst as f64 / unit, 2.0 * (most as f64 / unit).sqrt() + 4.0)
}

#[test]
fn factors_are_within_their_bound() {
    fn check<F: Field>(parties: usize, n: usize, f: u32, whole: u32, seed: u64) {
        let a = definite(n, f, 1 << (whole - 1), seed);
        let range = interval(-(1 << (f + whole)), 1 << (f + whole));
        let (l, report) = all_get::<F, _>(parties, same, async |s| {
            let a = Matrix::new(n, n, secret_fixed(s, &a, range, f))?;
            let factor = a.cholesky(s).await?;
            assert_eq!(factor.entries().error(), Ulps::UNBOUNDED);
            factor.entries().reveal_scaled(s).await
        });
        let (worst, bound) = residual(&a, &l, n, f, range.hi());
        println!(
            "cholesky {n} x {n} f={f}: |A - LL'| {worst:.2} of {bound:.2} ulps, {} rounds",
            report.rounds
        );
        assert!(worst <= bound, "{n} x {n}: {worst} of {bound}");
    }
    check::<Fp127>(2, 1, 16, 4, 1);
    check::<Fp127>(2, 2, 16, 4, 2);
    check::<Fp127>(3, 4, 16, 8, 3);
    check::<Fp127>(2, 5, 32, 8, 4);
    check::<Bls>(2, 2, 16, 4, 5);
    if long() {
        check::<Fp127>(2, 24, 16, 6, 6);
        check::<Fp127>(2, 64, 16, 6, 7);
    }
}

/// Solutions of well-conditioned systems against exact ones, to the ulps that `docs/arithmetic.md` states for them.
#[test]
fn systems_are_solved() {
    fn check<F: Field>(parties: usize, n: usize, sides: usize, f: u32, seed: u64, most_ulps: i128) {
        let a = definite(n, f, 4, seed);
        let x: Vec<i128> = samples(Interval::symmetric(4 << f), n * sides, seed + 1);
        let b: Vec<i128> = product(&a, &x, (n, n, sides)).into_iter().map(|b| nearest(b, f)).collect();
        let most = b.iter().map(|b| b.abs()).max().unwrap();
        let (got, report) = all_get::<F, _>(parties, same, async |s| {
            let a = Matrix::new(n, n, secret_fixed(s, &a, Interval::symmetric(16 << f), f))?;
            let b = Matrix::new(n, sides, secret_fixed(s, &b, interval(-most, most), f))?;
            let solution = a.solve(s, &b, Rational::from(8)).await?;
            assert_eq!(solution.entries().error(), Ulps::UNBOUNDED);
            solution.entries().reveal_scaled(s).await
        });
        let worst = got.iter().zip(&x).map(|(got, x)| (got - x).abs()).max().unwrap();
        println!("solve {n} x {n}, {sides} sides, f={f}: {worst} ulps, {} rounds", report.rounds);
        assert!(worst <= most_ulps, "{n} x {n}, f={f}: {worst} of {most_ulps}");
    }
    check::<Fp127>(2, 1, 1, 16, 1, 2);
    check::<Fp127>(2, 3, 2, 16, 3, 2);
    check::<Fp127>(3, 4, 1, 24, 5, 2);
    if long() {
        check::<Fp127>(2, 20, 1, 16, 7, 4);
        check::<Fp127>(2, 64, 1, 16, 8, 7);
    }
}

/// Singular and indefinite matrices, pivots too small, solutions beyond their bound: refused at all parties, and nothing
/// else is said.
#[test]
fn what_is_not_positive_definite_is_refused() {
    let f = 16;
    let one = 1 << f;
    let range = Interval::symmetric(16 << f);
    let refused = |entries: Vec<i128>, n: usize| {
        let outcomes = common::run::<Fp127>(2).go(async |s| {
            let a = Matrix::new(n, n, secret_fixed(s, &entries, range, f))?;
            a.cholesky(s).await.map(drop)
        });
        for outcome in outcomes {
            assert_eq!(outcome.result.unwrap_err(), UsageFault::NotPositiveDefinite { least: 8 }.into());
            // The only thing that is shown is one bit.
            assert_eq!(outcome.report.revealed, revealed_by_a_good_one(n));
        }
    };
    refused(vec![one, one, one, one], 2);
    refused(vec![one, 2 * one, 2 * one, one], 2);
    refused(vec![-one], 1);
    refused(vec![0, 0, 0, 0], 2);
    refused(vec![200], 1);
    // A small pivot before large entries: far beyond √M.
    refused(vec![300, 15 * one, 0, 15 * one, 15 * one, 15 * one, 0, 15 * one, 15 * one], 3);
    let outcomes = common::run::<Fp127>(2).go(async |s| {
        let a = Matrix::new(2, 2, secret_fixed(s, &[one, 0, 0, one], range, f))?;
        let b = Matrix::column_of(secret_fixed(s, &[one, 5 * one], range, f));
        let fine = a.solve(s, &b, Rational::from(6)).await?;
        let got = fine.entries().reveal_scaled(s).await?;
        assert!((got[0] - one).abs() <= 2 && (got[1] - 5 * one).abs() <= 2, "{got:?}");
        a.solve(s, &b, Rational::from(4)).await.map(drop)
    });
    for outcome in outcomes {
        assert_eq!(outcome.result.unwrap_err(), UsageFault::NotPositiveDefinite { least: 8 }.into());
    }
}

/// Elements that the factorisation of a unit matrix reveals: those of making masks, and the one bit.
fn revealed_by_a_good_one(n: usize) -> u64 {
    let entries: Vec<i128> = (0..n * n).map(|at| i128::from(at % (n + 1) == 0) << 16).collect();
    let range = Interval::symmetric(16 << 16);
    let outcomes = common::run::<Fp127>(2).go(async |s| {
        let a: Matrix<Fixed<Fp127>> = Matrix::new(n, n, secret_fixed(s, &entries, range, 16))?;
        a.cholesky(s).await.map(drop)
    });
    assert!(outcomes[0].result.is_ok());
    outcomes[0].report.revealed
}
