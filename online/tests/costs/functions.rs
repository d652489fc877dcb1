//! Functions of four numbers with 16 fraction bits.

use speedwell_field::Fp127;
use speedwell_online::{Fixed, Int, Interval, Rational, Session};

use crate::table::{agree, step};

type F = Fp127;

fn x(s: &Session<F>) -> Fixed<F> {
    of(s, Interval::signed(31))
}

fn positive(s: &Session<F>) -> Fixed<F> {
    of(s, Interval::new(1, (1 << 31) - 1).unwrap())
}

fn not_negative(s: &Session<F>) -> Fixed<F> {
    of(s, Interval::unsigned(31))
}

/// Up to 10.
fn small(s: &Session<F>) -> Fixed<F> {
    of(s, Interval::symmetric(10 << 16))
}

fn of(s: &Session<F>, range: Interval) -> Fixed<F> {
    Fixed::from_scaled(Int::constant(s, &[1 << 16, 3 << 15, 70_000, 5]).widen(range).unwrap(), 16)
}

#[test]
fn functions_cost_what_they_should() {
    agree(&[
        (
            "sqrt",
            step!(|s| not_negative(s).sqrt(s)),
            [[60, 3, 7776, 128736, 3876, 8, 1908, 0, 0], [60, 3, 7776, 128736, 3876, 8, 1908, 0, 0]],
        ),
        (
            "rsqrt",
            step!(|s| positive(s).rsqrt(s)),
            [[58, 4, 6072, 101504, 3024, 8, 1840, 0, 0], [58, 4, 6072, 101504, 3024, 8, 1840, 0, 0]],
        ),
        (
            "rsqrt_or",
            step!(|s| not_negative(s).rsqrt_or(s, Rational::from(0))),
            [[59, 4, 6120, 102336, 3048, 8, 1840, 0, 0], [59, 4, 6120, 102336, 3048, 8, 1840, 0, 0]],
        ),
        (
            "exp",
            step!(|s| small(s).exp(s)),
            [[50, 4, 4256, 71936, 2120, 0, 1656, 0, 0], [50, 4, 4256, 71936, 2120, 0, 1656, 0, 0]],
        ),
        (
            "exp2",
            step!(|s| small(s).exp2(s)),
            [[49, 4, 4112, 69568, 2048, 0, 1656, 0, 0], [49, 4, 4112, 69568, 2048, 0, 1656, 0, 0]],
        ),
        (
            "ln",
            step!(|s| positive(s).ln(s)),
            [[39, 3, 5024, 83360, 2508, 0, 892, 0, 0], [39, 3, 5024, 83360, 2508, 0, 892, 0, 0]],
        ),
        (
            "ln_or",
            step!(|s| not_negative(s).ln_or(s, Rational::from(0))),
            [[40, 3, 5064, 84064, 2528, 0, 892, 0, 0], [40, 3, 5064, 84064, 2528, 0, 892, 0, 0]],
        ),
        (
            "log2",
            step!(|s| positive(s).log2(s)),
            [[39, 3, 5024, 83360, 2508, 0, 892, 0, 0], [39, 3, 5024, 83360, 2508, 0, 892, 0, 0]],
        ),
        (
            "log2_or",
            step!(|s| not_negative(s).log2_or(s, Rational::from(0))),
            [[40, 3, 5064, 84064, 2528, 0, 892, 0, 0], [40, 3, 5064, 84064, 2528, 0, 892, 0, 0]],
        ),
        (
            "sigmoid",
            step!(|s| x(s).sigmoid(s)),
            [[45, 4, 1992, 35392, 988, 0, 1552, 0, 0], [45, 4, 1992, 35392, 988, 0, 1552, 0, 0]],
        ),
        (
            "sigmoid of positive numbers",
            step!(|s| positive(s).sigmoid(s)),
            [[35, 3, 1660, 29280, 824, 0, 1168, 0, 0], [35, 3, 1660, 29280, 824, 0, 1168, 0, 0]],
        ),
        (
            "tanh",
            step!(|s| x(s).tanh(s)),
            [[47, 4, 2328, 40896, 1156, 0, 1616, 0, 0], [47, 4, 2328, 40896, 1156, 0, 1616, 0, 0]],
        ),
        (
            "isqrt",
            step!(|s| not_negative(s).into_scaled().isqrt(s)),
            [[69, 4, 8008, 133184, 3988, 12, 2240, 0, 0], [69, 4, 8008, 133184, 3988, 12, 2240, 0, 0]],
        ),
    ]);
}
