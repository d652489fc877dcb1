//! Functions at the ends of the domains that `docs/arithmetic.md` gives: right within the documented error on the last
//! interval that is admitted, and refused on the next one.
#![allow(missing_docs)]

mod common;

use std::pin::Pin;

use common::exact::{interval, samples};
use common::party;
use common::real::{Exact, check, exp, exp2, inverse_sqrt, ln, log2, sigmoid, sqrt, tanh};
use speedwell_field::Fp127;
use speedwell_online::{Error, Fixed, Int, Interval, Result, Session, UsageFault, plan};

type F = Fp127;

type Function =
    for<'a> fn(&'a Session<F>, &'a Fixed<F>) -> Pin<Box<dyn Future<Output = Result<Fixed<F>>> + 'a>>;

const SQRT: Function = |s, x| Box::pin(x.sqrt(s));
const RSQRT: Function = |s, x| Box::pin(x.rsqrt(s));
const EXP: Function = |s, x| Box::pin(x.exp(s));
const EXP2: Function = |s, x| Box::pin(x.exp2(s));
const LN: Function = |s, x| Box::pin(x.ln(s));
const LOG2: Function = |s, x| Box::pin(x.log2(s));
const SIGMOID: Function = |s, x| Box::pin(x.sigmoid(s));
const TANH: Function = |s, x| Box::pin(x.tanh(s));

/// Whether the function has a plan for numbers of this interval; what has none is refused for want of room.
fn admits(function: Function, f: u32, range: Interval) -> bool {
    let planned = plan::<F, _, _>(party(0), 2, async |s| {
        let x = Fixed::from_scaled(Int::constant(s, &[range.hi()]).widen(range)?, f);
        function(s, &x).await.map(drop)
    });
    match planned {
        Ok(_) => true,
        Err(Error::Usage(UsageFault::NoRoom { .. } | UsageFault::Range(_))) => false,
        Err(error) => panic!("{f} {range}: {error:?}"),
    }
}

/// The largest number of bits for which the function admits an interval, at each scale from 0 to 60; 0 if there is none.
fn most_bits(function: Function, range: fn(u32) -> Interval) -> Vec<u32> {
    let most = |f| (1..=125).rev().find(|bits| admits(function, f, range(*bits))).unwrap_or(0);
    (0..=60).map(most).collect()
}

/// The largest argument, in whole numbers, that the function admits, at each scale from 0 to 60.
fn most_whole(function: Function) -> Vec<i128> {
    let most = |f| (1..=50).rev().find(|top| admits(function, f, below(*top, f))).unwrap_or(0);
    (0..=60).map(most).collect()
}

fn positive(bits: u32) -> Interval {
    interval(1, (1 << bits) - 1)
}

fn symmetric(bits: u32) -> Interval {
    interval(1 - (1 << bits), (1 << bits) - 1)
}

/// From −1 up to `top`, which is left out.
fn below(top: i128, f: u32) -> Interval {
    interval(-(1 << f), (top << f) - 1)
}

/// At each of the 61 scales.
fn at_scales<T>(of: impl Fn(u32) -> T) -> Vec<T> {
    (0..=60).map(of).collect()
}

#[test]
fn logarithms_and_sigmoids_are_admitted_to_so_many_fraction_bits() {
    let up_to = |last: u32, bits: u32| at_scales(|f| if f <= last { bits } else { 0 });
    assert_eq!(most_bits(LN, positive), up_to(39, 122));
    assert_eq!(most_bits(LOG2, positive), up_to(38, 122));
    // Arguments are brought to five fraction bits at least, those of tanh are doubled.
    let moved =
        |last: u32, bits: u32| at_scales(|f| if f <= last { bits - 5_u32.saturating_sub(f) } else { 0 });
    assert_eq!(most_bits(SIGMOID, symmetric), moved(42, 122));
    assert_eq!(most_bits(TANH, symmetric), moved(41, 121));
}

#[test]
fn roots_are_admitted_up_to_2_to_the_49_ulps() {
    // Of 64 bits, with an even scale; √(2^98) is 2^49.
    assert_eq!(most_bits(SQRT, positive), at_scales(|f| (64 - (f & 1)).min(98 - f)));
    // √(2^3f) is at most 2^49; the fewer steps, the longer the argument may be.
    let length = |f: u32| match f {
        0..=7 => 125 - (f & 1),
        8..=16 => 82 - (f & 1),
        17..=32 => 64 - (f & 1),
        _ => 0,
    };
    assert_eq!(most_bits(RSQRT, positive), at_scales(length));
}

#[test]
fn exponentials_are_admitted_up_to_45_and_as_far_as_results_have_room() {
    let exp = [
        45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 44, 43, 42, 42, 41, 40, 40, 39, 38, 38, 37, 36, 36,
        35, 34, 33, 33, 32, 31, 31, 30, 29, 29, 28, 27, 27, 26, 25, 24, 24, 23, 22, 22, 21, 20, 20, 19, 18,
        16, 15, 13, 12, 11, 9, 8, 6, 5, 4, 2,
    ];
    assert_eq!(most_whole(EXP), exp);
    let exp2 = at_scales(|f| match i128::from(f) {
        0..=29 => 45,
        f @ 30..=48 => 75 - f,
        f => 2 * (62 - f) - 1,
    });
    assert_eq!(most_whole(EXP2), exp2);
}

/// The function on the interval: right to `most` ulps.
fn is_right(name: &str, function: Function, f: u32, range: Interval, exact: Exact, most: f64) {
    assert!(admits(function, f, range), "{name} {f} {range}");
    let mut x = samples(range, 24, 31);
    // Beside whole numbers and sixteenths near zero, where segments meet.
    for (k, x) in (0..).zip(&mut x).skip(14) {
        let unit = f.saturating_sub(if k % 2 == 0 { 4 } else { 0 });
        *x = ((k - 18) * (1 << unit) + k % 3 - 1).clamp(range.lo(), range.hi());
    }
    check::<F>(name, 2, f, range, &x, async |s, x| function(s, x).await, exact, most);
}

#[test]
fn logarithms_are_right_at_the_ends() {
    for (f, bits) in [(38, 39), (38, 64), (38, 122), (0, 122)] {
        is_right("ln", LN, f, positive(bits), ln, 0.64);
        is_right("log2", LOG2, f, positive(bits), log2, 0.64);
    }
    is_right("ln", LN, 39, positive(122), ln, 0.64);
}

#[test]
fn sigmoids_are_right_at_the_ends() {
    for (f, bits, most) in [(42, 48, 1.18), (42, 122, 1.18), (41, 122, 0.63), (0, 117, 0.62), (5, 122, 0.62)]
    {
        is_right("sigmoid", SIGMOID, f, symmetric(bits), sigmoid, most);
    }
    for (f, bits, most) in [(41, 47, 0.63), (41, 121, 0.63), (0, 116, 0.62), (5, 121, 0.62)] {
        is_right("tanh", TANH, f, symmetric(bits), tanh, most);
    }
}

#[test]
fn roots_are_right_at_the_ends() {
    for (f, bits, most) in
        [(0, 64, 0.63), (33, 63, 0.79), (34, 64, 0.94), (35, 63, 0.94), (49, 49, 0.94), (60, 38, 0.82)]
    {
        is_right("sqrt", SQRT, f, positive(bits), sqrt, most);
    }
    for (f, bits) in [(0, 125), (16, 82), (31, 63), (32, 64)] {
        is_right("rsqrt", RSQRT, f, positive(bits), inverse_sqrt, 0.82);
    }
    // Zero beside the largest.
    is_right("sqrt", SQRT, 34, interval(0, (1 << 64) - 1), sqrt, 0.94);
}

#[test]
fn exponentials_are_right_at_the_ends() {
    for (f, top) in [(0, 45), (11, 45), (16, 41), (32, 30), (47, 20), (60, 2)] {
        is_right("exp", EXP, f, below(top, f), exp, 1.36);
    }
    for (f, top) in [(0, 45), (11, 45), (29, 45), (48, 27), (60, 3)] {
        is_right("exp2", EXP2, f, below(top, f), exp2, 1.36);
    }
}
