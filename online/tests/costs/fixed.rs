//! Products of fixed-point numbers, by the way they are rounded, and quotients. Of four numbers with 16 fraction bits, below
//! 2^15.

use speedwell_field::Fp127;
use speedwell_online::{Fixed, Int, Interval, Rational, Session};

use crate::table::{agree, step};

type F = Fp127;

fn x(s: &Session<F>) -> Fixed<F> {
    of(s, Interval::signed(31))
}

/// At least 1.
fn divisors(s: &Session<F>) -> Fixed<F> {
    of(s, Interval::new(1 << 16, (1 << 31) - 1).unwrap())
}

/// At least one ulp.
fn small_divisors(s: &Session<F>) -> Fixed<F> {
    of(s, Interval::new(1, (1 << 31) - 1).unwrap())
}

fn of(s: &Session<F>, range: Interval) -> Fixed<F> {
    Fixed::from_scaled(Int::constant(s, &[1 << 16, 3 << 15, 70_000, 100_000]).widen(range).unwrap(), 16)
}

/// With 8 fraction bits, below 2^10: products have room for a bounded mask.
fn short(s: &Session<F>) -> Fixed<F> {
    Fixed::from_scaled(Int::constant(s, &[1, -300, 70_000, 5]).widen(Interval::signed(18)).unwrap(), 8)
}

fn thirds() -> Vec<Rational> {
    vec![Rational::new(1, 3).unwrap(); 4]
}

#[test]
fn products_cost_what_they_should() {
    agree(&[
        (
            "mul",
            step!(|s| x(s).mul(s, &x(s))),
            [[19, 2, 1596, 27072, 796, 0, 508, 0, 0], [19, 2, 1596, 27072, 796, 0, 508, 0, 0]],
        ),
        (
            "mul_half_away",
            step!(|s| x(s).mul_half_away(s, &x(s))),
            [[36, 4, 3080, 52224, 1536, 0, 1016, 0, 0], [36, 4, 3080, 52224, 1536, 0, 1016, 0, 0]],
        ),
        (
            "mul_half_away of positive numbers",
            step!(|s| divisors(s).mul_half_away(s, &divisors(s))),
            [[19, 2, 1596, 27072, 796, 0, 508, 0, 0], [19, 2, 1596, 27072, 796, 0, 508, 0, 0]],
        ),
        (
            "mul_pr",
            step!(|s| x(s).mul_pr(s, &x(s))),
            [[19, 2, 1596, 27072, 796, 0, 508, 0, 0], [19, 2, 1596, 27072, 796, 0, 508, 0, 0]],
        ),
        (
            "square",
            step!(|s| x(s).square(s)),
            [[19, 2, 1592, 27008, 792, 4, 508, 0, 0], [19, 2, 1592, 27008, 792, 4, 508, 0, 0]],
        ),
        (
            "mul of short numbers",
            step!(|s| short(s).mul(s, &short(s))),
            [[8, 1, 76, 1888, 36, 0, 400, 0, 0], [8, 1, 76, 1888, 36, 0, 400, 0, 0]],
        ),
        (
            "mul_half_away of short numbers",
            step!(|s| short(s).mul_half_away(s, &short(s))),
            [[18, 2, 448, 8640, 220, 0, 804, 0, 0], [18, 2, 448, 8640, 220, 0, 804, 0, 0]],
        ),
        (
            "mul_pr of short numbers",
            step!(|s| short(s).mul_pr(s, &short(s))),
            [[5, 1, 12, 672, 4, 0, 400, 0, 0], [5, 1, 12, 672, 4, 0, 400, 0, 0]],
        ),
        (
            "square of short numbers",
            step!(|s| short(s).square(s)),
            [[8, 1, 72, 1824, 32, 4, 400, 0, 0], [8, 1, 72, 1824, 32, 4, 400, 0, 0]],
        ),
        (
            "dot",
            step!(|s| x(s).dot(s, &x(s))),
            [[19, 2, 405, 8016, 202, 0, 127, 0, 0], [19, 2, 405, 8016, 202, 0, 127, 0, 0]],
        ),
        (
            "dot_pr",
            step!(|s| x(s).dot_pr(s, &x(s))),
            [[19, 2, 405, 8016, 202, 0, 127, 0, 0], [19, 2, 405, 8016, 202, 0, 127, 0, 0]],
        ),
        (
            "dot_pr of short numbers",
            step!(|s| short(s).dot_pr(s, &short(s))),
            [[5, 1, 9, 624, 4, 0, 102, 0, 0], [5, 1, 9, 624, 4, 0, 102, 0, 0]],
        ),
        (
            "dot_half_away",
            step!(|s| x(s).dot_half_away(s, &x(s))),
            [[36, 4, 776, 15360, 387, 0, 254, 0, 0], [36, 4, 776, 15360, 387, 0, 254, 0, 0]],
        ),
        (
            "sum_of_products",
            step!(|s| Fixed::sum_of_products(s, &[(&x(s), &x(s)), (&x(s), &divisors(s))])),
            [[19, 2, 1604, 27200, 800, 0, 508, 0, 0], [19, 2, 1604, 27200, 800, 0, 508, 0, 0]],
        ),
        (
            "mul_public",
            step!(|s| x(s).mul_public(s, &thirds())),
            [[18, 2, 1700, 28672, 848, 0, 508, 0, 0], [18, 2, 1700, 28672, 848, 0, 508, 0, 0]],
        ),
        (
            "rescale",
            step!(|s| x(s).rescale(s, 8)),
            [[7, 1, 68, 1696, 32, 0, 388, 0, 0], [7, 1, 68, 1696, 32, 0, 388, 0, 0]],
        ),
        (
            "rescale_pr",
            step!(|s| x(s).rescale_pr(s, 8)),
            [[1, 0, 4, 128, 0, 0, 384, 0, 0], [1, 0, 4, 128, 0, 0, 384, 0, 0]],
        ),
        (
            "rescale_half_away",
            step!(|s| x(s).rescale_half_away(s, 8)),
            [[16, 2, 384, 7488, 188, 0, 772, 0, 0], [16, 2, 384, 7488, 188, 0, 772, 0, 0]],
        ),
        (
            "rescale to more bits",
            step!(|s| x(s).rescale(s, 20)),
            [[0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0]],
        ),
        (
            "floor",
            step!(|s| x(s).floor(s)),
            [[8, 1, 156, 3168, 76, 0, 384, 0, 0], [8, 1, 156, 3168, 76, 0, 384, 0, 0]],
        ),
        (
            "round",
            step!(|s| x(s).round(s)),
            [[8, 1, 156, 3168, 76, 0, 388, 0, 0], [8, 1, 156, 3168, 76, 0, 388, 0, 0]],
        ),
        (
            "pow 5",
            step!(|s| of(s, Interval::signed(18)).pow(s, 5)),
            [[27, 3, 484, 9952, 232, 8, 1220, 0, 0], [27, 3, 484, 9952, 232, 8, 1220, 0, 0]],
        ),
    ]);
}

#[test]
fn comparisons_of_numbers_cost_what_they_should() {
    agree(&[
        (
            "lt",
            step!(|s| x(s).lt(s, &x(s))),
            [[9, 1, 332, 6048, 164, 0, 388, 0, 0], [9, 1, 332, 6048, 164, 0, 388, 0, 0]],
        ),
        (
            "le",
            step!(|s| x(s).le(s, &x(s))),
            [[9, 1, 332, 6048, 164, 0, 388, 0, 0], [9, 1, 332, 6048, 164, 0, 388, 0, 0]],
        ),
        (
            "eq",
            step!(|s| x(s).eq(s, &x(s))),
            [[9, 1, 252, 4768, 124, 0, 388, 0, 0], [9, 1, 252, 4768, 124, 0, 388, 0, 0]],
        ),
        (
            "ne",
            step!(|s| x(s).ne(s, &x(s))),
            [[9, 1, 252, 4768, 124, 0, 388, 0, 0], [9, 1, 252, 4768, 124, 0, 388, 0, 0]],
        ),
        (
            "lt_public",
            step!(|s| x(s).lt_public(s, Rational::from(3))),
            [[9, 1, 332, 6048, 164, 0, 388, 0, 0], [9, 1, 332, 6048, 164, 0, 388, 0, 0]],
        ),
        (
            "lt of another scale",
            step!(|s| x(s).lt(s, &short(s))),
            [[9, 1, 332, 6048, 164, 0, 388, 0, 0], [9, 1, 332, 6048, 164, 0, 388, 0, 0]],
        ),
    ]);
}

#[test]
fn quotients_cost_what_they_should() {
    agree(&[
        (
            "div",
            step!(|s| x(s).div(s, &divisors(s))),
            [[67, 6, 4568, 78336, 2272, 4, 2316, 0, 0], [67, 6, 4568, 78336, 2272, 4, 2316, 0, 0]],
        ),
        (
            "div by small numbers",
            step!(|s| x(s).div(s, &small_divisors(s))),
            [[80, 6, 6996, 118016, 3484, 4, 2824, 0, 0], [80, 6, 6996, 118016, 3484, 4, 2824, 0, 0]],
        ),
        (
            "div_or",
            step!(|s| x(s).div_or(s, &x(s), Rational::from(0))),
            [[90, 7, 7368, 124768, 3668, 4, 3208, 0, 0], [90, 7, 7368, 124768, 3668, 4, 3208, 0, 0]],
        ),
        (
            "reciprocal",
            step!(|s| divisors(s).reciprocal(s)),
            [[59, 5, 3200, 55776, 1588, 4, 2232, 0, 0], [59, 5, 3200, 55776, 1588, 4, 2232, 0, 0]],
        ),
        (
            "reciprocal_or",
            step!(|s| x(s).reciprocal_or(s, Rational::from(0))),
            [[90, 7, 7368, 124768, 3668, 4, 3208, 0, 0], [90, 7, 7368, 124768, 3668, 4, 3208, 0, 0]],
        ),
        (
            "div_public",
            step!(|s| x(s).div_public(s, 10)),
            [[18, 2, 1716, 28928, 856, 0, 508, 0, 0], [18, 2, 1716, 28928, 856, 0, 508, 0, 0]],
        ),
    ]);
}
