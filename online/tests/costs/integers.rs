//! Choices among integers of 32 bits, and their quotients.

use speedwell_field::Fp127;
use speedwell_online::{Int, Interval, Result, Session};

use crate::common::party;
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
            "le",
            step!(|s| x(s).le(s, &x(s))),
            [[9, 1, 425, 7536, 210, 0, 490, 0, 0], [9, 1, 425, 7536, 210, 0, 490, 0, 0]],
        ),
        (
            "ne",
            step!(|s| x(s).ne(s, &x(s))),
            [[10, 1, 325, 6000, 160, 0, 490, 0, 0], [10, 1, 325, 6000, 160, 0, 490, 0, 0]],
        ),
        (
            "lt_public",
            step!(|s| x(s).lt_public(s, 1000)),
            [[9, 1, 425, 7536, 210, 0, 490, 0, 0], [9, 1, 425, 7536, 210, 0, 490, 0, 0]],
        ),
        (
            "eq_public",
            step!(|s| x(s).eq_public(s, 1000)),
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
            "div_floor_or",
            step!(|s| x(s).div_floor_or(s, &x(s), 0)),
            [[89, 8, 7580, 128256, 3770, 5, 3880, 0, 0], [89, 8, 7580, 128256, 3770, 5, 3880, 0, 0]],
        ),
        (
            "div_floor_or of positive divisors or 0",
            step!(|s| x(s).div_floor_or(s, &of(s, Interval::unsigned(31)), 0)),
            [[79, 7, 6975, 117776, 3470, 5, 3380, 0, 0], [79, 7, 6975, 117776, 3470, 5, 3380, 0, 0]],
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
            "div_rem_floor_public",
            step!(|s| x(s).div_rem_floor_public(s, 10)),
            [[18, 2, 2165, 36112, 1080, 0, 635, 0, 0], [18, 2, 2165, 36112, 1080, 0, 635, 0, 0]],
        ),
        (
            "div_round_public",
            step!(|s| x(s).div_round_public(s, 10)),
            [[18, 2, 2165, 36112, 1080, 0, 635, 0, 0], [18, 2, 2165, 36112, 1080, 0, 635, 0, 0]],
        ),
        (
            "div_round_public by an odd number",
            step!(|s| x(s).div_round_public(s, 7)),
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

#[test]
fn powers_cost_what_they_should() {
    agree(&[
        (
            "pow 0",
            step!(|s| of(s, Interval::signed(22)).pow(s, 0)),
            [[0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0]],
        ),
        (
            "pow 1",
            step!(|s| of(s, Interval::signed(22)).pow(s, 1)),
            [[0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0]],
        ),
        (
            "pow 2",
            step!(|s| of(s, Interval::signed(22)).pow(s, 2)),
            [[1, 0, 5, 144, 0, 5, 0, 0, 0], [1, 0, 5, 144, 0, 5, 0, 0, 0]],
        ),
        (
            "pow 3",
            step!(|s| of(s, Interval::signed(22)).pow(s, 3)),
            [[2, 0, 15, 368, 5, 5, 0, 0, 0], [2, 0, 15, 368, 5, 5, 0, 0, 0]],
        ),
        (
            "pow 5",
            step!(|s| of(s, Interval::signed(22)).pow(s, 5)),
            [[3, 0, 20, 512, 5, 10, 0, 0, 0], [3, 0, 20, 512, 5, 10, 0, 0, 0]],
        ),
    ]);
}

/// Five values of every party, which all send as much.
async fn checked(s: &Session<F>, range: Interval) -> Result<()> {
    for owner in 0..s.parties() {
        let own = (s.me() == party(owner)).then_some([range.lo(); 5]);
        Int::checked_input(s, party(owner), range, 5, own.as_ref().map(|own| own.as_slice())).await?;
    }
    Ok(())
}

#[test]
fn checked_inputs_of_all_parties_cost_what_they_should() {
    agree(&[
        (
            "checked_input of a whole power of two",
            step!(|s| checked(s, Interval::unsigned(8))),
            [[18, 4, 82, 3744, 0, 80, 0, 80, 0], [27, 6, 123, 5296, 0, 120, 0, 120, 0]],
        ),
        (
            "checked_input",
            step!(|s| checked(s, Interval::symmetric(100))),
            [[22, 4, 242, 6560, 80, 80, 0, 80, 0], [33, 6, 363, 9520, 120, 120, 0, 120, 0]],
        ),
    ]);
}
