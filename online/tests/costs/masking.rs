//! The same few operations under one kind of mask. Full-field masks take ten to twenty times the products of others; proved
//! ones a proof of some thousand input masks, whatever is masked. A quotient has no room for proved ones.

use speedwell_field::Fp127;
use speedwell_online::order::{Direction, sort};
use speedwell_online::{Fixed, Int, Interval, Masking, Session};

use crate::table::{agree_under, step};

type F = Fp127;

fn of(s: &Session<F>, range: Interval) -> Int<F> {
    Int::constant(s, &[256, 384, 700, 1000, 200]).widen(range).unwrap()
}

fn number(s: &Session<F>) -> Fixed<F> {
    Fixed::from_scaled(of(s, Interval::signed(16)), 8)
}

/// At least 1/2.
fn divisor(s: &Session<F>) -> Fixed<F> {
    Fixed::from_scaled(of(s, Interval::new(1 << 7, (1 << 15) - 1).unwrap()), 8)
}

#[test]
fn operations_under_full_field_masks_cost_what_they_should() {
    agree_under(
        |config| config.masking(Masking::FullField),
        &[
            (
                "mul under FullField",
                step!(|s| number(s).mul(s, &number(s))),
                [[19, 2, 1935, 32496, 965, 0, 635, 0, 0], [19, 2, 1935, 32496, 965, 0, 635, 0, 0]],
            ),
            (
                "lt under FullField",
                step!(|s| number(s).lt(s, &number(s))),
                [[17, 2, 1855, 31088, 925, 0, 635, 0, 0], [17, 2, 1855, 31088, 925, 0, 635, 0, 0]],
            ),
            (
                "div under FullField",
                step!(|s| number(s).div(s, &divisor(s))),
                [[71, 2, 11770, 193184, 5870, 5, 3175, 0, 0], [71, 2, 11770, 193184, 5870, 5, 3175, 0, 0]],
            ),
            (
                "sort under FullField",
                step!(|s| sort(s, &of(s, Interval::signed(16)), Direction::Ascending)),
                [[63, 2, 3375, 58352, 1683, 0, 1143, 0, 0], [63, 2, 3375, 58352, 1683, 0, 1143, 0, 0]],
            ),
        ],
    );
}

#[test]
fn operations_under_proved_masks_cost_what_they_should() {
    agree_under(
        |config| config.masking(Masking::Proved),
        &[
            (
                "mul under Proved",
                step!(|s| number(s).mul(s, &number(s))),
                [[13, 2, 227, 13328, 45, 0, 40, 1066, 0], [13, 2, 296, 14560, 45, 0, 40, 1623, 0]],
            ),
            (
                "lt under Proved",
                step!(|s| number(s).lt(s, &number(s))),
                [[13, 2, 327, 14928, 95, 0, 80, 1066, 0], [13, 2, 396, 16160, 95, 0, 80, 1623, 0]],
            ),
            (
                "sort under Proved",
                step!(|s| sort(s, &of(s, Interval::signed(16)), Direction::Ascending)),
                [[60, 7, 589, 22864, 225, 0, 171, 1058, 0], [60, 7, 657, 24080, 225, 0, 171, 1611, 0]],
            ),
        ],
    );
}

#[test]
fn operations_under_bit_masks_cost_what_they_should() {
    agree_under(
        |config| config.masking(Masking::Bits),
        &[
            (
                "mul under Bits",
                step!(|s| number(s).mul(s, &number(s))),
                [[8, 1, 95, 2192, 45, 0, 480, 0, 0], [8, 1, 95, 2192, 45, 0, 480, 0, 0]],
            ),
            (
                "lt under Bits",
                step!(|s| number(s).lt(s, &number(s))),
                [[8, 1, 195, 3792, 95, 0, 410, 0, 0], [8, 1, 195, 3792, 95, 0, 410, 0, 0]],
            ),
            (
                "div under Bits",
                step!(|s| number(s).div(s, &divisor(s))),
                [[55, 5, 2280, 40800, 1125, 5, 2510, 0, 0], [55, 5, 2280, 40800, 1125, 5, 2510, 0, 0]],
            ),
            (
                "sort under Bits",
                step!(|s| sort(s, &of(s, Interval::signed(16)), Direction::Ascending)),
                [[55, 6, 459, 11824, 225, 0, 765, 0, 0], [55, 6, 459, 11824, 225, 0, 765, 0, 0]],
            ),
        ],
    );
}
