//! Choices among integers of 32 bits, and their quotients.

use speedwell_field::Fp127;
use speedwell_online::{Int, Interval, Session};

use crate::table::{agree, step};

type F = Fp127;

fn x(s: &Session<F>) -> Int<F> {
    of(s, Interval::signed(32))
}

fn positive(s: &Session<F>) -> Int<F> {
    of(s, Interval::new(1, (1 << 31) - 1).unwrap())
}

fn of(s: &Session<F>, range: Interval) -> Int<F> {
    Int::constant(s, &[7, 100, 1 << 20, 3, 5]).widen(range).unwrap()
}

#[test]
fn choices_cost_what_they_should() {
    agree(&[
        (
            "lt",
            step!(|s| x(s).lt(s, &x(s))),
            [[9, 1, 425, 7536, 210, 0, 490, 0, 0], [9, 1, 425, 7536, 210, 0, 490, 0, 0]],
        ),
        (
            "eq",
            step!(|s| x(s).eq(s, &x(s))),
            [[10, 1, 325, 6000, 160, 0, 490, 0, 0], [10, 1, 325, 6000, 160, 0, 490, 0, 0]],
        ),
        (
            "min",
            step!(|s| x(s).min(s, &x(s))),
            [[10, 1, 435, 7760, 215, 0, 490, 0, 0], [10, 1, 435, 7760, 215, 0, 490, 0, 0]],
        ),
        (
            "max",
            step!(|s| x(s).max(s, &x(s))),
            [[10, 1, 435, 7760, 215, 0, 490, 0, 0], [10, 1, 435, 7760, 215, 0, 490, 0, 0]],
        ),
        (
            "abs",
            step!(|s| x(s).abs(s)),
            [[10, 1, 425, 7600, 210, 0, 485, 0, 0], [10, 1, 425, 7600, 210, 0, 485, 0, 0]],
        ),
        (
            "sign",
            step!(|s| x(s).sign(s)),
            [[9, 1, 840, 14176, 415, 0, 975, 0, 0], [9, 1, 840, 14176, 415, 0, 975, 0, 0]],
        ),
        (
            "clamp",
            step!(|s| x(s).clamp(s, Interval::symmetric(1000))),
            [[10, 1, 870, 14720, 430, 0, 980, 0, 0], [10, 1, 870, 14720, 430, 0, 980, 0, 0]],
        ),
        (
            "clamp from below",
            step!(|s| positive(s).clamp(s, Interval::new(10, 1 << 40).unwrap())),
            [[10, 1, 435, 7760, 215, 0, 485, 0, 0], [10, 1, 435, 7760, 215, 0, 485, 0, 0]],
        ),
        (
            "argmin of five",
            step!(|s| x(s).argmin(s)),
            [[30, 3, 356, 8096, 176, 0, 392, 0, 0], [30, 3, 356, 8096, 176, 0, 392, 0, 0]],
        ),
        (
            "argmax of five",
            step!(|s| x(s).argmax(s)),
            [[30, 3, 356, 8096, 176, 0, 392, 0, 0], [30, 3, 356, 8096, 176, 0, 392, 0, 0]],
        ),
        (
            "argmax of one",
            step!(|s| x(s).slice(2..3).argmax(s)),
            [[0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0]],
        ),
    ]);
}

#[test]
fn quotients_of_integers_cost_what_they_should() {
    agree(&[
        (
            "div_floor",
            step!(|s| x(s).div_floor(s, &positive(s))),
            [[78, 7, 6915, 116752, 3440, 5, 3380, 0, 0], [78, 7, 6915, 116752, 3440, 5, 3380, 0, 0]],
        ),
        (
            "div_round",
            step!(|s| x(s).div_round(s, &positive(s))),
            [[78, 7, 7360, 123872, 3660, 5, 3885, 0, 0], [78, 7, 7360, 123872, 3660, 5, 3885, 0, 0]],
        ),
        (
            "div_floor_public",
            step!(|s| x(s).div_floor_public(s, 10)),
            [[18, 2, 2165, 36112, 1080, 0, 635, 0, 0], [18, 2, 2165, 36112, 1080, 0, 635, 0, 0]],
        ),
        (
            "div_pow2_floor",
            step!(|s| x(s).div_pow2_floor(s, 8)),
            [[7, 1, 85, 1968, 40, 0, 485, 0, 0], [7, 1, 85, 1968, 40, 0, 485, 0, 0]],
        ),
        (
            "div_pow2_round",
            step!(|s| x(s).div_pow2_round(s, 8)),
            [[7, 1, 85, 1968, 40, 0, 490, 0, 0], [7, 1, 85, 1968, 40, 0, 490, 0, 0]],
        ),
    ]);
}
