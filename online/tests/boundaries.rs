//! Operations at the ends of what they are right on: ±2^(k−1), 0, ±1, the ends of intervals, (p − 1)/2. Right or refused,
//! never wrong.
#![allow(missing_docs)]

mod common;

use std::cell::Cell;

use common::run;
use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_online::order::{Direction, sort, sort_table};
use speedwell_online::testing::{floor, floor_or_one_more};
use speedwell_online::{
    Bit, Config, Error, Fixed, Int, Interval, Masking, NetworkProfile, Result, Session, Shape, UsageFault,
};

/// (p − 1)/2.
fn half<F: Field>() -> i128 {
    let p = F::modulus().iter().rev().fold(0_u128, |p, limb| (p << 64) | u128::from(*limb));
    i128::try_from(p >> 1).unwrap()
}

/// What an operation gave, or why it was refused.
type Got = std::result::Result<Vec<i128>, Error>;

/// Vectors that end at the ends of an interval: each with its interval.
fn operands<F: Field>() -> Vec<(Interval, Vec<i128>)> {
    let top = half::<F>();
    let most = F::BITS - 1;
    let mut all = Vec::new();
    for bits in [1, 2, 8, 32, 33, 62, 63, most - 1, most] {
        let range = Interval::signed(bits);
        if range.lo() >= -top {
            all.push((range, vec![range.lo(), -1, range.lo() / 2, range.hi(), 0]));
        }
        let range = Interval::unsigned(bits - 1);
        all.push((range, vec![range.hi(), 0, range.hi() / 2, range.hi() - range.hi() / 3, 0]));
    }
    let full = Interval::new(-top, top).unwrap();
    all.push((full, vec![-top, top, -1, 0, 1]));
    all.push((Interval::new(top - 3, top).unwrap(), vec![top - 3, top - 2, top - 1, top, top]));
    all.push((Interval::new(-top, 3 - top).unwrap(), vec![-top, 1 - top, 2 - top, 3 - top, -top]));
    for (lo, hi) in [(-1, 0), (0, 1), (-1, 1), (0, 0), (-7, 11), (3, 9), (-9, -3)] {
        let range = Interval::new(lo, hi).unwrap();
        all.push((range, vec![lo, hi, lo, hi, (lo + hi) / 2]));
    }
    all
}

async fn secret<F: Field>(s: &Session<F>, (range, values): &(Interval, Vec<i128>)) -> Result<Int<F>> {
    Int::constant(s, values).widen(*range)
}

/// The results of one operation, checked: right, or refused for want of room or range.
struct Book {
    right: Cell<usize>,
    refused: Cell<usize>,
}

impl Book {
    fn enter(&self, what: &str, got: Got, expected: Option<Vec<i128>>) {
        match (got, expected) {
            (Ok(got), Some(expected)) => {
                assert_eq!(got, expected, "{what}");
                self.right.set(self.right.get() + 1);
            }
            (Ok(got), None) => panic!("{what}: {got:?} of what i128 cannot name"),
            (Err(Error::Usage(UsageFault::Range(_) | UsageFault::NoRoom { .. })), _) => {
                self.refused.set(self.refused.get() + 1);
            }
            (Err(error), _) => panic!("{what}: {error:?}"),
        }
    }
}

/// The value of a program that may be refused.
async fn int<F: Field>(s: &Session<F>, x: Result<Int<F>>) -> Got {
    x?.reveal(s).await
}

async fn bit<F: Field>(s: &Session<F>, x: Result<Bit<F>>) -> Got {
    Ok(x?.reveal(s).await?.into_iter().map(i128::from).collect())
}

fn each(x: &[i128], f: impl Fn(i128) -> Option<i128>) -> Option<Vec<i128>> {
    x.iter().map(|x| f(*x)).collect()
}

async fn one_operand<F: Field>(s: &Session<F>, book: &Book) -> Result<()> {
    for operand in operands::<F>() {
        let (range, values) = &operand;
        let x = secret(s, &operand).await?;
        let name = |what: &str| format!("{what} of {range} over {}", F::NAME);
        let is = |f: fn(i128) -> bool| each(values, |x| Some(i128::from(f(x))));
        book.enter(&name("sign"), bit(s, x.is_negative(s).await).await, is(|x| x < 0));
        book.enter(&name("zero"), bit(s, x.is_zero(s).await).await, is(|x| x == 0));
        book.enter(&name("abs"), int(s, x.abs(s).await).await, each(values, |x| Some(x.abs())));
        book.enter(&name("signum"), int(s, x.sign(s).await).await, each(values, |x| Some(x.signum())));
        book.enter(&name("neg"), int(s, Ok(-&x)).await, each(values, i128::checked_neg));
        book.enter(&name("square"), int(s, x.square(s).await).await, each(values, |x| x.checked_mul(x)));
        book.enter(&name("double"), int(s, Ok(&x * 2)).await, each(values, |x| x.checked_mul(2)));
        book.enter(&name("plus one"), int(s, Ok(&x + 1)).await, each(values, |x| x.checked_add(1)));
        let to = Interval::new(-5, 1 << 20).unwrap();
        let clamped = each(values, |x| Some(x.clamp(to.lo(), to.hi())));
        book.enter(&name("clamp"), int(s, x.clamp(s, to).await).await, clamped);
        // The ends: a difference may leave the field.
        for c in [range.lo(), range.hi()] {
            let name = |what: &str| name(&format!("{what} {c}"));
            let is = |f: fn(i128, i128) -> bool| each(values, |x| Some(i128::from(f(x, c))));
            book.enter(&name("lt_public"), bit(s, x.lt_public(s, c).await).await, is(|x, c| x < c));
            book.enter(&name("eq_public"), bit(s, x.eq_public(s, c).await).await, is(|x, c| x == c));
        }
        for d in [3, 10, 1 << 20, (1 << 40) + 1] {
            let name = |what: &str| name(&format!("{what} by {d}"));
            let floors = each(values, |x| Some(x.div_euclid(d)));
            book.enter(&name("div_floor_public"), int(s, x.div_floor_public(s, d).await).await, floors);
            let nearest = each(values, |x| Some(x.div_euclid(d) + i128::from(2 * x.rem_euclid(d) >= d)));
            book.enter(&name("div_round_public"), int(s, x.div_round_public(s, d).await).await, nearest);
            let rests = each(values, |x| Some(x.rem_euclid(d)));
            let rest = x.div_rem_floor_public(s, d).await.map(|(_, rest)| rest);
            book.enter(&name("rem_floor_public"), int(s, rest).await, rests);
        }
        let most = values.iter().copied().max().unwrap();
        let first = values.iter().position(|x| *x == most).unwrap() as i128;
        let argmax = x.argmax(s).await.map(|(most, at)| most.append(&at));
        book.enter(&name("argmax"), int(s, argmax).await, Some(vec![most, first]));
        let bits = match x.bits(s).await {
            Err(error) => Err(error),
            Ok(planes) => {
                let mut sum = vec![0; values.len()];
                let signed = range.lo() < 0;
                let last = planes.len().saturating_sub(1);
                for (at, plane) in planes.iter().enumerate() {
                    let weight = if signed && at == last { -(1_i128 << at) } else { 1 << at };
                    let plane = plane.reveal(s).await?;
                    sum.iter_mut().zip(plane).for_each(|(sum, bit)| *sum += weight * i128::from(bit));
                }
                Ok(sum)
            }
        };
        book.enter(&name("bits"), bits, Some(values.clone()));
    }
    Ok(())
}

async fn two_operands<F: Field>(s: &Session<F>, book: &Book) -> Result<()> {
    let all = operands::<F>();
    for (number, left) in all.iter().enumerate() {
        // The next one, and itself the other way round.
        let back = (left.0, left.1.iter().rev().copied().collect::<Vec<_>>());
        for right in [&all[(number + 1) % all.len()], &back] {
            let (x, y) = (secret(s, left).await?, secret(s, right).await?);
            let name = |what: &str| format!("{what} of {} and {} over {}", left.0, right.0, F::NAME);
            let both = |f: fn(i128, i128) -> Option<i128>| {
                left.1.iter().zip(&right.1).map(|(x, y)| f(*x, *y)).collect::<Option<Vec<_>>>()
            };
            book.enter(&name("lt"), bit(s, x.lt(s, &y).await).await, both(|x, y| Some(i128::from(x < y))));
            book.enter(&name("eq"), bit(s, x.eq(s, &y).await).await, both(|x, y| Some(i128::from(x == y))));
            book.enter(&name("le"), bit(s, x.le(s, &y).await).await, both(|x, y| Some(i128::from(x <= y))));
            book.enter(&name("min"), int(s, x.min(s, &y).await).await, both(|x, y| Some(x.min(y))));
            book.enter(&name("max"), int(s, x.max(s, &y).await).await, both(|x, y| Some(x.max(y))));
            book.enter(&name("add"), int(s, Ok(&x + &y)).await, both(i128::checked_add));
            book.enter(&name("sub"), int(s, Ok(&x - &y)).await, both(i128::checked_sub));
            book.enter(&name("mul"), int(s, x.mul(s, &y).await).await, both(i128::checked_mul));
        }
    }
    Ok(())
}

/// How many were right, and how many refused.
fn right_or_refused<F: Field>(config: fn(Config) -> Config, n: usize) -> (usize, usize) {
    let books: Vec<Book> = (0..n).map(|_| Book { right: Cell::new(0), refused: Cell::new(0) }).collect();
    let outcomes = run::<F>(n).config(config).go(async |s| {
        one_operand(s, &books[s.me().index()]).await?;
        two_operands(s, &books[s.me().index()]).await
    });
    for outcome in outcomes {
        assert_eq!(outcome.result, Ok(()));
    }
    (books[0].right.get(), books[0].refused.get())
}

#[test]
fn right_or_refused_over_fp127() {
    assert_eq!(right_or_refused::<Fp127>(|config| config, 2), (1056, 148));
}

#[test]
fn right_or_refused_over_goldilocks() {
    assert_eq!(right_or_refused::<Goldilocks>(|config| config, 2), (1008, 196));
}

/// What may leave the field is refused where an interval seems to know the answer, too: of a difference that was refused
/// nothing is known.
#[test]
fn no_comparison_answers_for_a_difference_that_was_refused() {
    let outcomes = run::<Fp127>(2).go(async |s| {
        let wide = Interval::signed(126);
        let x = Int::constant(s, &[-(1 << 124), 5]).widen(wide)?;
        let y = Int::constant(s, &[1 << 124, 3]).widen(wide)?;
        let outside = &x - &y;
        let answers = [
            bit(s, x.lt(s, &y).await).await,
            bit(s, x.le(s, &y).await).await,
            bit(s, x.eq(s, &y).await).await,
            bit(s, outside.is_negative(s).await).await,
            bit(s, (-&outside).is_negative(s).await).await,
            bit(s, outside.is_zero(s).await).await,
            int(s, outside.sign(s).await).await,
            int(s, outside.abs(s).await).await,
            int(s, x.min(s, &y).await).await,
            int(s, x.max(s, &y).await).await,
            int(s, x.clone().append(&y).argmax(s).await.map(|(best, _)| best)).await,
            bit(s, outside.bits(s).await.map(|mut bits| bits.remove(0))).await,
            int(s, outside.div_pow2_floor(s, 20).await).await,
            int(s, outside.div_pow2_round(s, 126).await).await,
            int(s, outside.div_floor_public(s, 3).await).await,
            int(s, outside.pow(s, 0).await).await,
            int(s, outside.pow(s, 1).await).await,
            int(s, outside.clamp(s, Interval::bit()).await).await,
            int(s, Fixed::from_scaled(outside.clone(), 8).floor(s).await).await,
            int(s, Fixed::from_int(&x, 8).floor(s).await).await,
            int(s, Fixed::from_int(&x, 8).pow(s, 0).await.map(Fixed::into_scaled)).await,
            bit(s, Fixed::from_int(&x, 8).is_negative(s).await).await,
            int(s, sort(s, &outside, Direction::Ascending).await).await,
            int(
                s,
                sort_table(s, &outside, &[x.shares().clone()], Direction::Ascending)
                    .await
                    .map(|(keys, _)| keys),
            )
            .await,
        ];
        // Vectors of unequal lengths, of which the intervals know as well.
        let (low, high) = (Int::constant(s, &[1, 2]), Int::constant(s, &[5]));
        let uneven = bit(s, low.lt(s, &high).await).await;
        Ok((answers, uneven))
    });
    for outcome in outcomes {
        let (answers, uneven) = outcome.result.unwrap();
        for answer in answers {
            assert!(matches!(answer, Err(Error::Usage(UsageFault::Range(_)))), "{answer:?}");
        }
        assert!(matches!(uneven, Err(Error::Usage(UsageFault::Length { .. }))), "{uneven:?}");
    }
}

/// Nothing is sent for an input of an interval that the field does not hold.
#[test]
fn inputs_beyond_the_field_are_refused_before_anything_is_sent() {
    let outcomes = run::<Goldilocks>(2).go(async |s| {
        let range = Interval::unsigned(64);
        let owner = common::party(0);
        let own = (s.me() == owner).then_some([1].as_slice());
        let refused = [
            Int::checked_input(s, owner, range, 1, own).await.err(),
            Int::trusted_input(s, owner, range, 1, own).await.err(),
            Int::checked_input_coarse(s, owner, range, 1, own).await.err(),
        ];
        assert_eq!(s.report().rounds, 0);
        Ok(refused)
    });
    for refused in outcomes[1].result.as_ref().unwrap() {
        assert!(matches!(refused, Some(Error::Usage(UsageFault::Range(_)))), "{refused:?}");
    }
}

/// All integers of few bits, and the ends of many, cut by every number of bits, under every kind of mask.
fn floors<F: Field>(setting: fn(Config) -> Config, lengths: &[(u32, u32)], kinds: &[Masking]) {
    let outcomes = run::<F>(2).config(setting).go(async |s| {
        for (k, by) in lengths {
            let range = Interval::signed(*k);
            let mut values: Vec<i128> = if *k <= 6 { (range.lo()..=range.hi()).collect() } else { vec![] };
            values.extend([range.lo(), range.hi(), 0, -1, range.hi() / 3, range.lo() / 3, range.lo() + 1]);
            // So many that masks by proof are taken where they may be.
            let values: Vec<i128> = values.iter().copied().cycle().take(values.len().max(100)).collect();
            let x = Int::<F>::constant(s, &values);
            let one = F::ONE;
            let exact = s.reveal(&floor(s, x.shares(), *k, *by).await?).await?;
            let near = floor_or_one_more(s, x.shares(), *k, *by).await;
            if kinds == [Masking::FullField] {
                assert!(matches!(near, Err(Error::Usage(UsageFault::NoRoom { .. }))));
                assert_eq!(exact, values.iter().map(|x| F::from_i128(x >> by)).collect::<Vec<_>>());
                continue;
            }
            let near = s.reveal(&near?).await?;
            for ((x, exact), near) in values.iter().zip(exact).zip(near) {
                let floor = F::from_i128(x >> by);
                assert_eq!(exact, floor, "{x} of {k} bits, by {by}");
                assert!(near == floor || near == floor + one, "{x} of {k} bits, by {by}");
                // Without a part that is cut off there is nothing to round.
                assert!(x & ((1 << by) - 1) != 0 || near == floor, "{x} of {k} bits, by {by}");
            }
        }
        Ok(())
    });
    for outcome in outcomes {
        assert_eq!(outcome.result, Ok(()));
        assert_eq!(outcome.report.masks.keys().copied().collect::<Vec<_>>(), kinds);
    }
}

#[test]
fn roundings_are_right_for_all_short_integers_and_at_the_ends_of_long_ones() {
    let short: Vec<(u32, u32)> = (2..=6).flat_map(|k| (1..k).map(move |by| (k, by))).collect();
    let long: Vec<(u32, u32)> = vec![(32, 1), (32, 16), (33, 32), (30, 29), (40, 20)];
    let all = [short.as_slice(), &long].concat();
    let proved: fn(Config) -> Config =
        |config| config.network(NetworkProfile { latency: std::time::Duration::ZERO, bits_per_second: 1e12 });
    let bits: fn(Config) -> Config = |config| {
        config
            .network(NetworkProfile { latency: std::time::Duration::from_secs(3600), bits_per_second: 1e12 })
    };
    floors::<Fp127>(proved, &all, &[Masking::Proved]);
    floors::<Fp127>(bits, &all, &[Masking::Bits]);
    let full: fn(Config) -> Config = |config| config.masks(64, 1 << 62);
    floors::<Fp127>(
        full,
        &[short.as_slice(), &[(40, 20), (126, 1), (126, 64), (126, 125)]].concat(),
        &[Masking::FullField],
    );
    floors::<Goldilocks>(
        full,
        &[short.as_slice(), &[(40, 20), (63, 1), (63, 32), (63, 62)]].concat(),
        &[Masking::FullField],
    );
}

/// Shapes that are none, and longer than any field, are refused or made, and never hang or crash.
#[test]
fn masks_of_senseless_shapes_do_no_harm() {
    let outcomes = run::<Fp127>(2).go(async |s| {
        let lengths = [0, 1, 2, 126, 127, 128, 129, 255, 256, u32::MAX];
        let mut refused = 0;
        for bits in lengths {
            for by in lengths {
                let shapes = [
                    Shape::Floor { bits, by },
                    Shape::FloorOrOneMore { bits, by },
                    Shape::Zero { bits },
                    Shape::Bits { bits },
                ];
                for shape in shapes {
                    match s.lay_in(shape, 1).await {
                        Ok(()) => {}
                        Err(Error::Usage(UsageFault::NoRoom { .. })) => refused += 1,
                        Err(error) => panic!("{shape:?}: {error:?}"),
                    }
                }
            }
        }
        Ok(refused)
    });
    assert!(outcomes.iter().all(|outcome| outcome.result.as_ref().is_ok_and(|refused| *refused > 100)));
}

/// Values that are not the owner's to give, or not as many as agreed, are refused by every kind of input.
#[test]
fn only_the_owner_gives_values() {
    for kind in 0..3 {
        let fault = |me: usize, values: Option<&[i128]>| {
            let outcomes = run::<Fp127>(2).go(async |s| {
                let (range, owner) = (Interval::new(0, 200)?, common::party(0));
                if s.me().index() != me {
                    return Ok(());
                }
                let x = match kind {
                    0 => Int::checked_input(s, owner, range, 1, values).await,
                    1 => Int::trusted_input(s, owner, range, 1, values).await,
                    _ => Int::checked_input_coarse(s, owner, range, 1, values).await,
                };
                x.map(drop)
            });
            outcomes[me].result.clone()
        };
        let not_the_owner = Err(Error::Usage(UsageFault::InputOwner));
        assert_eq!(fault(1, Some(&[1])), not_the_owner, "{kind}");
        assert_eq!(fault(0, None), not_the_owner, "{kind}");
        assert!(matches!(fault(0, Some(&[1, 2])), Err(Error::Usage(UsageFault::Length { .. }))), "{kind}");
    }
}
