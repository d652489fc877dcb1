//! Matrices: products, with and without a triple laid in, factors and solutions.

use speedwell_field::Fp127;
use speedwell_online::linear::Matrix;
use speedwell_online::{Fixed, Int, Interval, Rational, Result, Session};

use crate::table::{agree, step};

type F = Fp127;

fn integers(s: &Session<F>, rows: usize, columns: usize) -> Matrix<Int<F>> {
    let entries = Int::constant(s, &vec![5; rows * columns]).widen(Interval::signed(20)).unwrap();
    Matrix::new(rows, columns, entries).unwrap()
}

fn numbers(s: &Session<F>, rows: usize, columns: usize) -> Matrix<Fixed<F>> {
    let entries = Int::constant(s, &vec![5; rows * columns]).widen(Interval::signed(24)).unwrap();
    Matrix::new(rows, columns, Fixed::from_scaled(entries, 16)).unwrap()
}

/// The unit matrix.
fn unit(s: &Session<F>, n: usize) -> Matrix<Fixed<F>> {
    let entries: Vec<i128> = (0..n * n).map(|at| i128::from(at % (n + 1) == 0) << 16).collect();
    let entries = Int::constant(s, &entries).widen(Interval::symmetric(16 << 16)).unwrap();
    Matrix::new(n, n, Fixed::from_scaled(entries, 16)).unwrap()
}

/// The product of 2 × 3 and 3 × 4 with a triple of matrices.
async fn ahead(s: &Session<F>) -> Result<()> {
    s.lay_in_matrices(2, 3, 4, 1).await?;
    integers(s, 2, 3).mul(s, &integers(s, 3, 4)).await.map(drop)
}

async fn solved(s: &Session<F>, n: usize, sides: usize) -> Result<()> {
    unit(s, n).solve(s, &numbers(s, n, sides), Rational::from(8)).await.map(drop)
}

#[test]
fn matrices_cost_what_they_should() {
    agree(&[
        (
            "product of integers",
            step!(|s| integers(s, 2, 3).mul(s, &integers(s, 3, 4))),
            [[1, 0, 48, 832, 24, 0, 0, 0, 0], [1, 0, 48, 832, 24, 0, 0, 0, 0]],
        ),
        (
            "lay_in_matrices",
            step!(|s| s.lay_in_matrices(2, 3, 4, 1)),
            [[1, 0, 48, 832, 24, 0, 0, 0, 18], [1, 0, 48, 832, 24, 0, 0, 0, 18]],
        ),
        (
            "lay_in_matrices and product",
            step!(|s| ahead(s)),
            [[2, 0, 66, 1184, 24, 0, 0, 0, 18], [2, 0, 66, 1184, 24, 0, 0, 0, 18]],
        ),
        (
            "integers times vector",
            step!(|s| integers(s, 2, 3).mul_vector(s, &integers(s, 3, 1).into_entries())),
            [[1, 0, 12, 256, 6, 0, 0, 0, 0], [1, 0, 12, 256, 6, 0, 0, 0, 0]],
        ),
        (
            "product of numbers",
            step!(|s| numbers(s, 2, 3).mul(s, &numbers(s, 3, 4))),
            [[9, 1, 360, 6496, 176, 0, 912, 0, 0], [9, 1, 360, 6496, 176, 0, 912, 0, 0]],
        ),
        (
            "product of numbers, rounded at random",
            step!(|s| numbers(s, 2, 3).mul_pr(s, &numbers(s, 3, 4))),
            [[5, 1, 56, 1376, 24, 0, 912, 0, 0], [5, 1, 56, 1376, 24, 0, 912, 0, 0]],
        ),
        (
            "numbers times vector",
            step!(|s| numbers(s, 2, 3).mul_vector(s, &numbers(s, 3, 1).into_entries())),
            [[9, 1, 90, 2176, 44, 0, 228, 0, 0], [9, 1, 90, 2176, 44, 0, 228, 0, 0]],
        ),
        (
            "cholesky 1",
            step!(|s| unit(s, 1).cholesky(s)),
            [[102, 11, 1501, 32304, 744, 2, 1005, 0, 0], [102, 11, 1501, 32304, 744, 2, 1005, 0, 0]],
        ),
        (
            "cholesky 3",
            step!(|s| unit(s, 3).cholesky(s)),
            [[265, 23, 5269, 104944, 2611, 6, 4116, 0, 0], [265, 23, 5269, 104944, 2611, 6, 4116, 0, 0]],
        ),
        (
            "solve 1",
            step!(|s| solved(s, 1, 1)),
            [[128, 14, 2003, 42480, 991, 2, 1828, 0, 0], [128, 14, 2003, 42480, 991, 2, 1828, 0, 0]],
        ),
        (
            "solve 3, two sides",
            step!(|s| solved(s, 3, 2)),
            [[342, 32, 8341, 160464, 4123, 6, 9096, 0, 0], [342, 32, 8341, 160464, 4123, 6, 9096, 0, 0]],
        ),
    ]);
}
