//! Bits, choices by them, and numbers that may be absent: five of each. A product opens two elements and takes a triple.

use speedwell_field::Fp127;
use speedwell_online::{Bit, Fixed, Int, Interval, Opt, Session};

use crate::table::{agree, step};

type F = Fp127;

fn bit(s: &Session<F>) -> Bit<F> {
    Bit::constant(s, &[true, false, true, true, false])
}

fn x(s: &Session<F>) -> Int<F> {
    Int::constant(s, &[7, 100, 1 << 20, 3, 5]).widen(Interval::signed(32)).unwrap()
}

fn number(s: &Session<F>) -> Fixed<F> {
    Fixed::from_scaled(x(s), 16)
}

fn some(s: &Session<F>) -> Opt<F> {
    Opt::some(s, number(s))
}

#[test]
fn bits_and_choices_cost_what_they_should() {
    agree(&[
        (
            "and",
            step!(|s| bit(s).and(s, &bit(s))),
            [[1, 0, 10, 224, 5, 0, 0, 0, 0], [1, 0, 10, 224, 5, 0, 0, 0, 0]],
        ),
        (
            "or",
            step!(|s| bit(s).or(s, &bit(s))),
            [[1, 0, 10, 224, 5, 0, 0, 0, 0], [1, 0, 10, 224, 5, 0, 0, 0, 0]],
        ),
        (
            "xor",
            step!(|s| bit(s).xor(s, &bit(s))),
            [[1, 0, 10, 224, 5, 0, 0, 0, 0], [1, 0, 10, 224, 5, 0, 0, 0, 0]],
        ),
        (
            "select",
            step!(|s| Int::select(s, &bit(s), &x(s), &x(s))),
            [[1, 0, 10, 224, 5, 0, 0, 0, 0], [1, 0, 10, 224, 5, 0, 0, 0, 0]],
        ),
        (
            "Fixed::select",
            step!(|s| Fixed::select(s, &bit(s), &number(s), &number(s))),
            [[1, 0, 10, 224, 5, 0, 0, 0, 0], [1, 0, 10, 224, 5, 0, 0, 0, 0]],
        ),
    ]);
}

#[test]
fn numbers_that_may_be_absent_cost_what_they_should() {
    agree(&[
        (
            "Opt::new",
            step!(|s| Opt::new(s, bit(s), &number(s))),
            [[1, 0, 10, 224, 5, 0, 0, 0, 0], [1, 0, 10, 224, 5, 0, 0, 0, 0]],
        ),
        (
            "Opt::map of a local function",
            step!(|s| some(s).map(s, async |_, x| Ok(-x))),
            [[1, 0, 10, 224, 5, 0, 0, 0, 0], [1, 0, 10, 224, 5, 0, 0, 0, 0]],
        ),
        (
            "Opt::map of a square",
            step!(|s| some(s).map(s, async |s, x| x.square(s).await)),
            [[20, 2, 2000, 33600, 995, 5, 635, 0, 0], [20, 2, 2000, 33600, 995, 5, 635, 0, 0]],
        ),
        (
            "square",
            step!(|s| number(s).square(s)),
            [[19, 2, 1990, 33376, 990, 5, 635, 0, 0], [19, 2, 1990, 33376, 990, 5, 635, 0, 0]],
        ),
        (
            "Opt::or",
            step!(|s| some(s).or(s, &some(s))),
            [[1, 0, 20, 384, 10, 0, 0, 0, 0], [1, 0, 20, 384, 10, 0, 0, 0, 0]],
        ),
        (
            "Opt::unwrap_or_secret",
            step!(|s| some(s).unwrap_or_secret(s, &number(s))),
            [[1, 0, 10, 224, 5, 0, 0, 0, 0], [1, 0, 10, 224, 5, 0, 0, 0, 0]],
        ),
    ]);
}
