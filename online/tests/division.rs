//! Division, powers and roots of integers, and quotients of fixed-point numbers: exact, or within the bound that the
//! result carries, or refused.

mod common;

use common::exact::{all_are_refused, all_get, interval, random, samples, secret, secret_fixed};
use common::long;
use num_bigint::BigInt;
use speedwell_field::{ArkField, Field, Fp127, Goldilocks};
use speedwell_online::{Config, Error, Fixed, Interval, Rational, UsageFault};

type Bls = ArkField<ark_bls12_381::Fr>;

fn same(config: Config) -> Config {
    config
}

/// Pairs of numerators and divisors: samples of both, and numerators at and beside multiples of the divisor.
fn pairs(a: Interval, b: Interval, n: usize, seed: u64) -> (Vec<i128>, Vec<i128>) {
    let (mut x, y) = (samples(a, n, seed), samples(b, n, seed + 1));
    let mut random = random(seed + 2);
    for (i, (x, y)) in x.iter_mut().zip(&y).enumerate() {
        if i % 3 == 1 && *y != 0 {
            *x = (*x / y * y + (random() % 3) as i128 - 1).clamp(a.lo(), a.hi());
        }
    }
    (x, y)
}

fn floors<F: Field>(n: usize, a: Interval, b: Interval, x: &[i128], y: &[i128]) {
    let ((quotients, remainders, rounded), _) = all_get::<F, _>(n, same, async |s| {
        let (x, y) = (secret(s, x, a), secret(s, y, b));
        let (quotient, remainder) = x.div_floor(s, &y).await?;
        let rounded = x.div_round(s, &y).await?;
        Ok((quotient.reveal(s).await?, remainder.reveal(s).await?, rounded.reveal(s).await?))
    });
    for (i, (x, y)) in x.iter().zip(y).enumerate() {
        // Floors, with a remainder of the sign of y.
        let floor = x.div_euclid(*y) - i128::from(*y < 0 && x.rem_euclid(*y) != 0);
        assert_eq!((quotients[i], remainders[i]), (floor, x - y * floor), "{x} / {y}");
        // ⌊x/y + 1/2⌋ = ⌊(2x + y)/2y⌋.
        let (top, bottom) = if *y < 0 { (-2 * x - y, -2 * y) } else { (2 * x + y, 2 * y) };
        assert_eq!(rounded[i], top.div_euclid(bottom), "{x} / {y} rounded");
    }
}

#[test]
fn all_small_quotients_are_exact() {
    let (most, divisors) = if long() { (64, 64) } else { (20, 9) };
    let mut x = Vec::new();
    let mut y = Vec::new();
    for a in -most..=most {
        for b in 1..=divisors {
            x.push(a);
            y.push(b);
        }
    }
    floors::<Fp127>(2, interval(-most, most), interval(1, divisors), &x, &y);
    let y: Vec<i128> = y.iter().map(|y| -y).collect();
    floors::<Fp127>(2, interval(-most, most), interval(-divisors, -1), &x, &y);
}

#[test]
fn quotients_of_every_length_are_exact() {
    let n = if long() { 400 } else { 24 };
    for (bits, divisor, parties) in
        [(32, 31, 2), (32, 32, 3), (41, 20, 2), (64, 63, 2), (65, 8, 2), (80, 40, 2)]
    {
        let (a, b) = (Interval::signed(bits), interval(1, (1 << divisor) - 1));
        let (x, y) = pairs(a, b, n, 7 + u64::from(bits));
        floors::<Fp127>(parties, a, b, &x, &y);
    }
    // Divisors of one length, and of few.
    for (a, b) in [(Interval::signed(30), interval(4, 7)), (Interval::signed(30), interval(5000, 90_000))] {
        let (x, y) = pairs(a, b, n, 3);
        floors::<Fp127>(2, a, b, &x, &y);
    }
    let (a, b) = (Interval::signed(16), interval(1, 1000));
    let (x, y) = pairs(a, b, n, 5);
    floors::<Goldilocks>(2, a, b, &x, &y);
    let (a, b) = (Interval::signed(32), interval(1, 1 << 20));
    let (x, y) = pairs(a, b, 12, 5);
    floors::<Bls>(2, a, b, &x, &y);
}

#[test]
fn divisors_of_either_sign_and_zero_have_their_value() {
    let range = Interval::signed(20);
    let (x, y) = pairs(range, Interval::signed(9), if long() { 300 } else { 40 }, 9);
    let ((quotients, remainders), _) = all_get::<Fp127, _>(2, same, async |s| {
        let (x, y) = (secret(s, &x, range), secret(s, &y, Interval::signed(9)));
        let (quotient, remainder) = x.div_floor_or(s, &y, -7).await?;
        Ok((quotient.reveal(s).await?, remainder.reveal(s).await?))
    });
    assert!(y.contains(&0));
    for (i, (x, y)) in x.iter().zip(&y).enumerate() {
        let expected = match y {
            0 => (-7, *x),
            y => {
                let floor = x.div_euclid(*y) - i128::from(*y < 0 && x.rem_euclid(*y) != 0);
                (floor, x - y * floor)
            }
        };
        assert_eq!((quotients[i], remainders[i]), expected, "{x} / {y}");
    }
}

#[test]
fn public_divisors() {
    fn check<F: Field>(range: Interval, d: i128, n: usize) {
        let mut x = samples(range, n, 11);
        for (i, x) in x.iter_mut().enumerate().skip(9) {
            if i % 2 == 0 {
                *x = (*x / d * d - (i as i128 / 2 % 2)).clamp(range.lo(), range.hi());
            }
        }
        let ((floors, rests, rounded), _) = all_get::<F, _>(2, same, async |s| {
            let x = secret(s, &x, range);
            let (floor, rest) = x.div_rem_floor_public(s, d).await?;
            assert_eq!(rest.range(), interval(0, d - 1));
            let round = x.div_round_public(s, d).await?;
            Ok((floor.reveal(s).await?, rest.reveal(s).await?, round.reveal(s).await?))
        });
        for (i, x) in x.iter().enumerate() {
            assert_eq!((floors[i], rests[i]), (x.div_euclid(d), x.rem_euclid(d)), "{x} / {d}");
            assert_eq!(rounded[i], (2 * x + d).div_euclid(2 * d), "{x} / {d} rounded");
        }
    }
    let n = if long() { 200 } else { 20 };
    for d in [1, 2, 3, 7, 10, 64, 100] {
        check::<Fp127>(interval(-300, 300), d, n);
    }
    for (bits, d) in
        [(62, 1_000_003), (90, 3), (100, 12_345_678_901), (110, 10), (60, (1 << 58) + 1), (20, 1 << 40)]
    {
        check::<Fp127>(Interval::signed(bits), d, n);
    }
    check::<Fp127>(interval(1 << 80, (1 << 80) + 5000), 37, n);
    check::<Goldilocks>(Interval::signed(40), 1000, n);
    check::<Goldilocks>(Interval::signed(58), 3, n);
    check::<Bls>(Interval::signed(64), 1000, 12);
}

#[test]
fn powers_and_inverses() {
    let range = Interval::signed(12);
    let x = samples(range, 30, 1);
    let (got, _) = all_get::<Fp127, _>(2, same, async |s| {
        let base = secret(s, &x, range);
        let mut got = Vec::new();
        for e in 0..=9 {
            got.push(base.pow(s, e).await?.reveal(s).await?);
        }
        Ok(got)
    });
    for (e, powers) in (0..).zip(got) {
        assert_eq!(powers, x.iter().map(|x| x.pow(e)).collect::<Vec<_>>(), "{e}");
    }
    let (ones, _) = all_get::<Fp127, _>(2, same, async |s| {
        let x = secret(s, &[1, 2, -3, 5000], interval(-10, 10_000));
        let inverse = x.field_inverse(s).await?;
        let product = speedwell_online::protocol::mul(s, x.shares(), &inverse).await?;
        s.reveal(&product).await
    });
    assert_eq!(ones, vec![Fp127::ONE; 4]);
    // x^5 of 16 fraction bits, within its bound.
    let x = samples(Interval::symmetric(3 << 16), 30, 2);
    let ((powers, bound), _) = all_get::<Fp127, _>(2, same, async |s| {
        let power = secret_fixed(s, &x, Interval::symmetric(3 << 16), 16).pow(s, 5).await?;
        Ok((power.reveal_scaled(s).await?, power.error().as_f64()))
    });
    for (x, power) in x.iter().zip(powers) {
        let error = BigInt::from(*x).pow(5) - (BigInt::from(power) << 64);
        let error = i128::try_from(error >> 32).unwrap().unsigned_abs() as f64 / 2_f64.powi(32);
        assert!(error <= bound + 1e-6, "{x}: {error} {bound}");
    }
}

#[test]
fn integer_roots_are_exact() {
    let n = if long() { 400 } else { 30 };
    for bits in [10, 31, 48, 62, 64] {
        let range = Interval::unsigned(bits);
        let mut x = samples(range, n, u64::from(bits));
        for (i, x) in x.iter_mut().enumerate().skip(9) {
            if i % 2 == 0 {
                *x = (x.isqrt().pow(2) + i as i128 / 2 % 3 - 1).clamp(0, range.hi());
            }
        }
        let (roots, _) =
            all_get::<Fp127, _>(2, same, async |s| secret(s, &x, range).isqrt(s).await?.reveal(s).await);
        assert_eq!(roots, x.iter().map(|x| x.isqrt()).collect::<Vec<_>>(), "{bits} bits");
    }
}

/// |got − a·2^f/b| in ulps.
fn quotient_error(got: i128, a: i128, b: i128, f: u32) -> f64 {
    let rest = (BigInt::from(a) << f) - BigInt::from(got) * BigInt::from(b);
    let scaled: BigInt = (rest << 40) / BigInt::from(b);
    i128::try_from(scaled).unwrap().unsigned_abs() as f64 / 2_f64.powi(40)
}

#[test]
fn quotients_of_numbers_are_within_their_bounds() {
    fn check<F: Field>(parties: usize, f: u32, a: Interval, b: Interval, n: usize) -> f64 {
        let (x, y) = pairs(a, b, n, 20 + u64::from(f));
        let ((got, bound), report) = all_get::<F, _>(parties, same, async |s| {
            let (x, y) = (secret_fixed(s, &x, a, f), secret_fixed(s, &y, b, f));
            let quotient = x.div(s, &y).await?;
            Ok((quotient.reveal_scaled(s).await?, quotient.error().as_f64()))
        });
        assert!(bound <= 0.875);
        let errors = got.iter().zip(&x).zip(&y).map(|((got, x), y)| quotient_error(*got, *x, *y, f));
        let worst = errors.fold(0.0, f64::max);
        assert!(worst <= bound + 1e-9, "{f} {a} {b}: {worst} of {bound}");
        println!(
            "div f={f} b in {b}: {worst:.4} of {bound:.4} ulp, {} rounds, {:?}",
            report.rounds, report.masks
        );
        worst
    }
    let n = if long() { 2000 } else { 24 };
    let mut worst = 0.0_f64;
    for (f, whole) in [(0, 10), (8, 7), (16, 7), (16, 15), (20, 20), (24, 16), (32, 15), (32, 31)] {
        let most = (1_i128 << (f + whole)) - 1;
        let parties = if f == 16 { 3 } else { 2 };
        worst = worst.max(check::<Fp127>(parties, f, interval(-most, most), interval(1 << f, most), n));
        worst = worst.max(check::<Fp127>(2, f, interval(-most, most), interval(1, most), n));
    }
    assert!(worst > 0.49);
    check::<Fp127>(2, 16, interval(0, 1 << 20), interval(-(1 << 20), -5), n);
    check::<Goldilocks>(2, 8, Interval::signed(16), interval(1 << 8, 1 << 15), n);
    check::<Bls>(2, 16, Interval::signed(24), interval(1, 1 << 23), 12);
}

/// All quotients of four fraction and three integer bits.
#[test]
fn all_short_quotients_are_within_their_bound() {
    let (f, most) = if long() { (5, 127) } else { (4, 31) };
    let mut x = Vec::new();
    let mut y = Vec::new();
    for a in -most..=most {
        for b in 1..=most {
            if long() || (a + b) % 3 == 0 {
                x.push(a);
                y.push(b);
            }
        }
    }
    let ((got, bound), _) = all_get::<Fp127, _>(2, same, async |s| {
        let (x, y) =
            (secret_fixed(s, &x, interval(-most, most), f), secret_fixed(s, &y, interval(1, most), f));
        let quotient = x.div(s, &y).await?;
        Ok((quotient.reveal_scaled(s).await?, quotient.error().as_f64()))
    });
    for (i, got) in got.iter().enumerate() {
        assert!(quotient_error(*got, x[i], y[i], f) <= bound, "{} / {}", x[i], y[i]);
    }
}

#[test]
fn quotients_by_either_sign_zero_and_public_numbers() {
    let (range, f) = (Interval::signed(24), 12);
    let (x, y) = pairs(range, Interval::signed(20), 60, 4);
    let (got, _) = all_get::<Fp127, _>(2, same, async |s| {
        let (a, b) = (secret_fixed(s, &x, range, f), secret_fixed(s, &y, Interval::signed(20), f));
        let quotient = a.div_or(s, &b, "-2.5".parse::<Rational>()?).await?;
        let inverse = b.reciprocal_or(s, Rational::from(0)).await?;
        let tenth = a.div_public(s, 10).await?;
        // Of different scales: at the finer one.
        let mixed = a.div_or(s, &secret_fixed(s, &y, Interval::signed(20), 3), Rational::from(0)).await?;
        assert!([&quotient, &inverse, &tenth, &mixed].iter().all(|x| x.error().as_f64() <= 0.875));
        assert_eq!(mixed.fraction_bits(), 12);
        let mut got = Vec::new();
        for x in [quotient, inverse, tenth, mixed] {
            got.push(x.reveal_scaled(s).await?);
        }
        Ok(got)
    });
    assert!(y.contains(&0) && y.iter().any(|y| *y < 0));
    for (i, (x, y)) in x.iter().zip(&y).enumerate() {
        assert_eq!(got[2][i], (2 * x + 10).div_euclid(20));
        if *y == 0 {
            assert_eq!([got[0][i], got[1][i], got[3][i]], [-10_240, 0, 0]);
            continue;
        }
        assert!(quotient_error(got[0][i], *x, *y, f) <= 0.875, "{x} / {y}");
        assert!(quotient_error(got[1][i], 1 << f, *y, f) <= 0.875, "1 / {y}");
        assert!(quotient_error(got[3][i], *x, *y, 3) <= 0.875, "{x} / {y}");
    }
}

/// The error that a quotient carries covers what errors of its operands make.
#[test]
fn errors_of_operands_are_carried_through() {
    let range = interval(3 << 14, 1 << 20);
    let x = samples(range, 40, 8);
    let ((got, bound), _) = all_get::<Fp127, _>(2, same, async |s| {
        let third = secret_fixed(s, &x, range, 16).mul_public(s, &vec![Rational::new(1, 3)?; 40]).await?;
        let quotient = secret_fixed(s, &x, range, 16).div(s, &third).await?;
        Ok((quotient.reveal_scaled(s).await?, quotient.error().as_f64()))
    });
    let worst = got.iter().map(|x| (x - (3 << 16)).abs()).max().unwrap() as f64;
    assert!(worst > 1.0 && worst <= bound, "{worst} {bound}");
}

#[test]
fn what_has_no_value_or_no_room_is_refused_before_anything_is_sent() {
    let domain = |error| matches!(error, Error::Usage(UsageFault::Domain { .. }));
    let no_room = |error| matches!(error, Error::Usage(UsageFault::NoRoom { .. }));
    let range = Interval::signed(20);
    assert!(domain(all_are_refused::<Fp127, _>(2, async |s| {
        let x = secret(s, &[1, 2], range);
        x.div_floor(s, &x).await.map(drop)
    })));
    assert!(domain(all_are_refused::<Fp127, _>(2, async |s| {
        let x = secret_fixed(s, &[1, 2], range, 8);
        x.div(s, &x).await.map(drop)
    })));
    assert!(domain(all_are_refused::<Fp127, _>(2, async |s| secret(s, &[1], range)
        .isqrt(s)
        .await
        .map(drop))));
    assert!(domain(all_are_refused::<Fp127, _>(2, async |s| {
        secret(s, &[1], range).div_floor_public(s, 0).await.map(drop)
    })));
    assert!(no_room(all_are_refused::<Fp127, _>(2, async |s| {
        secret(s, &[1], Interval::unsigned(65)).isqrt(s).await.map(drop)
    })));
    assert!(no_room(all_are_refused::<Fp127, _>(2, async |s| {
        let x = secret(s, &[1], interval(1, 1 << 110));
        x.div_floor(s, &x).await.map(drop)
    })));
    assert!(no_room(all_are_refused::<Goldilocks, _>(2, async |s| {
        let x = secret(s, &[1], interval(1, 1 << 40));
        x.div_floor(s, &x).await.map(drop)
    })));
    assert!(no_room(all_are_refused::<Goldilocks, _>(2, async |s| {
        Fixed::from_scaled(secret(s, &[1], interval(1, 1 << 20)), 8).sqrt(s).await.map(drop)
    })));
    let refused = all_are_refused::<Fp127, _>(2, async |s| {
        secret(s, &[1], Interval::signed(20)).pow(s, 7).await.map(drop)
    });
    assert!(matches!(refused, Error::Usage(UsageFault::Range(fault)) if fault.operation == "pow"));
}
