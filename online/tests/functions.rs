//! Roots, exponentials, logarithms and sigmoids against exact values from long integers: within the bound that the result
//! carries over the whole domain, or refused.

mod common;

use common::exact::{all_are_refused, all_get, interval, samples, secret_fixed};
use common::long;
use common::real::{Exact, check, error, exp, exp2, inverse_sqrt, ln, log2, sigmoid, sqrt, tanh, value};
use speedwell_field::{ArkField, Fp127, Goldilocks};
use speedwell_online::{Config, Error, Interval, Rational, Session, UsageFault};

type Bls = ArkField<ark_bls12_381::Fr>;

fn same(config: Config) -> Config {
    config
}

/// Samples, and the borders between the segments of tables.
fn arguments(range: Interval, f: u32, seed: u64) -> Vec<i128> {
    let n = if long() { 2500 } else { 40 };
    let mut x = samples(range, n, seed);
    for (i, x) in x.iter_mut().enumerate().skip(9) {
        if i % 5 == 0 && f > 4 {
            *x = ((*x >> (f - 4) << (f - 4)) + i as i128 / 5 % 3 - 1).clamp(range.lo(), range.hi());
        }
    }
    x
}

fn scaled(lo: i128, hi: i128, f: u32) -> Interval {
    interval(lo << f, hi << f)
}

#[test]
fn square_roots() {
    for (f, whole) in [(0, 12), (3, 6), (8, 7), (15, 10), (16, 15), (17, 14), (24, 20), (32, 15), (32, 31)] {
        let range = interval(0, (1 << (f + whole)) - 1);
        let x = arguments(range, f, 1);
        check::<Fp127>("sqrt", 2, f, range, &x, async |s, x| x.sqrt(s).await, sqrt, 0.78);
        let range = interval(1, (1 << (f + whole)) - 1);
        let x = arguments(range, f, 2);
        check::<Fp127>("rsqrt", 2, f, range, &x, async |s, x| x.rsqrt(s).await, inverse_sqrt, 0.78);
    }
    let range = interval(1 << 14, 1 << 20);
    let x = arguments(range, 16, 3);
    check::<Bls>("sqrt", 2, 16, range, &x[..12], async |s, x| x.sqrt(s).await, sqrt, 0.78);
    check::<Fp127>("sqrt", 3, 16, range, &x, async |s, x| x.sqrt(s).await, sqrt, 0.78);
}

#[test]
fn exponentials() {
    for (f, lo, hi) in [
        (5, -10, 4),
        (8, -20, 6),
        (10, -30, 3),
        (16, 0, 10),
        (16, -32_768, 10),
        (24, -20, 12),
        (32, -(1 << 31), 1),
        (32, -40, 10),
    ] {
        let range = scaled(lo, hi, f);
        let x = arguments(range, f, 4);
        check::<Fp127>("exp", 2, f, range, &x, async |s, x| x.exp(s).await, exp, 1.0);
        check::<Fp127>("exp2", 2, f, range, &x, async |s, x| x.exp2(s).await, exp2, 1.0);
    }
    // The last product is split.
    let range = scaled(-64, 21, 32);
    check::<Fp127>("exp", 2, 32, range, &arguments(range, 32, 5), async |s, x| x.exp(s).await, exp, 1.31);
    let range = scaled(-4, 4, 8);
    let x = arguments(range, 8, 6);
    check::<Goldilocks>("exp", 2, 8, range, &x, async |s, x| x.exp(s).await, exp, 1.0);
    check::<Bls>("exp", 2, 8, range, &x[..12], async |s, x| x.exp(s).await, exp, 1.0);
    check::<Fp127>("exp", 3, 8, range, &x, async |s, x| x.exp(s).await, exp, 1.0);
}

#[test]
fn logarithms() {
    for (f, whole) in [(0, 20), (4, 6), (8, 6), (10, 2), (16, 7), (16, 15), (24, 16), (32, 15), (32, 31)] {
        let range = interval(1, (1 << (f + whole)) - 1);
        let x = arguments(range, f, 7);
        check::<Fp127>("ln", 2, f, range, &x, async |s, x| x.ln(s).await, ln, 0.62);
        check::<Fp127>("log2", 2, f, range, &x, async |s, x| x.log2(s).await, log2, 0.62);
    }
    let range = interval(100, 1 << 12);
    let x = arguments(range, 8, 8);
    check::<Goldilocks>("ln", 2, 8, range, &x, async |s, x| x.ln(s).await, ln, 0.62);
    check::<Bls>("ln", 3, 8, range, &x[..12], async |s, x| x.ln(s).await, ln, 0.62);
}

#[test]
fn sigmoids() {
    for (f, whole) in [(5, 4), (8, 4), (10, 3), (16, 3), (16, 15), (24, 8), (32, 15), (32, 31)] {
        let most = (1 << (f + whole)) - 1;
        let range = interval(-most, most);
        let x = arguments(range, f, 9);
        check::<Fp127>("sigmoid", 2, f, range, &x, async |s, x| x.sigmoid(s).await, sigmoid, 0.62);
        check::<Fp127>("tanh", 2, f, range, &x, async |s, x| x.tanh(s).await, tanh, 0.62);
    }
    for range in [interval(0, 1 << 22), interval(-(1 << 22), 0), interval(5, 1 << 17)] {
        let x = arguments(range, 16, 10);
        check::<Fp127>("sigmoid", 3, 16, range, &x, async |s, x| x.sigmoid(s).await, sigmoid, 0.62);
        check::<Fp127>("tanh", 2, 16, range, &x, async |s, x| x.tanh(s).await, tanh, 0.62);
    }
    let range = Interval::symmetric(1 << 12);
    let x = arguments(range, 8, 11);
    check::<Goldilocks>("sigmoid", 2, 8, range, &x, async |s, x| x.sigmoid(s).await, sigmoid, 0.62);
    check::<Bls>("sigmoid", 2, 8, range, &x[..12], async |s, x| x.sigmoid(s).await, sigmoid, 0.62);
}

/// Every number of few bits.
#[test]
fn whole_short_domains() {
    let f = 6;
    let most: i128 = if long() { 511 } else { 127 };
    let all: Vec<i128> = (-most..=most).collect();
    let positive: Vec<i128> = (1..=most).collect();
    let (range, above) = (interval(-most, most), interval(1, most));
    check::<Fp127>("sigmoid", 2, f, range, &all, async |s, x| x.sigmoid(s).await, sigmoid, 0.62);
    check::<Fp127>("exp", 2, f, range, &all, async |s, x| x.exp(s).await, exp, 1.0);
    check::<Fp127>("ln", 2, f, above, &positive, async |s, x| x.ln(s).await, ln, 0.62);
    check::<Fp127>("sqrt", 2, f, above, &positive, async |s, x| x.sqrt(s).await, sqrt, 0.78);
}

#[test]
fn zero_has_its_value() {
    let range = interval(0, 1 << 20);
    let x = [0, 1, 0, 1 << 16, 1 << 20];
    let (got, _) = all_get::<Fp127, _>(2, same, async |s| {
        let x = secret_fixed(s, &x, range, 16);
        let value: Rational = "-2.5".parse()?;
        let made = [
            x.ln_or(s, value).await?,
            x.log2_or(s, value).await?,
            x.rsqrt_or(s, value).await?,
            x.sqrt(s).await?,
        ];
        let mut got = Vec::new();
        for made in made {
            got.push(made.reveal_scaled(s).await?);
        }
        Ok(got)
    });
    let value = -(5 << 15);
    assert_eq!((got[0][0], got[0][2], got[0][3]), (value, value, 0));
    assert_eq!(got[1], [value, -(16 << 16), value, 0, 4 << 16]);
    assert_eq!(got[2], [value, 1 << 24, value, 1 << 16, 1 << 14]);
    assert_eq!(got[3], [0, 1 << 8, 0, 1 << 16, 1 << 18]);
}

/// What the argument's error makes of the result is in the result's bound.
#[test]
fn errors_of_arguments_are_carried_through() {
    let range = interval(1 << 12, 1 << 18);
    let x = samples(range, 40, 21);
    let ((got, bounds), _) = all_get::<Fp127, _>(2, same, async |s| {
        let third = secret_fixed(s, &x, range, 16).mul_public(s, &vec![Rational::new(1, 3)?; 40]).await?;
        let third = third.rescale(s, 12).await?;
        let made = [
            third.sqrt(s).await?,
            third.rsqrt(s).await?,
            third.exp(s).await?,
            third.ln(s).await?,
            third.sigmoid(s).await?,
            third.tanh(s).await?,
        ];
        let mut got = Vec::new();
        for made in &made {
            got.push(made.reveal_scaled(s).await?);
        }
        Ok((got, made.map(|made| made.error().as_f64())))
    });
    let exact: [Exact; 6] = [sqrt, inverse_sqrt, exp, ln, sigmoid, tanh];
    for ((got, bound), exact) in got.iter().zip(bounds).zip(exact) {
        for (got, x) in got.iter().zip(&x) {
            let error = error(*got, &exact(&(value(*x, 16) / 3)), 12);
            assert!(error <= bound, "{x}: {error} of {bound}");
        }
    }
}

#[test]
fn what_is_outside_the_domain_or_the_room_is_refused_before_anything_is_sent() {
    let domain = |error| matches!(error, Error::Usage(UsageFault::Domain { .. }));
    let no_room = |error| matches!(error, Error::Usage(UsageFault::NoRoom { .. }));
    let of = |range: Interval, f: u32| move |s: &Session<Fp127>| secret_fixed(s, &[range.hi()], range, f);
    let below = of(interval(-1, 100), 8);
    assert!(domain(all_are_refused(2, async |s| below(s).sqrt(s).await.map(drop))));
    assert!(domain(all_are_refused(2, async |s| below(s).ln(s).await.map(drop))));
    let zero = of(interval(0, 100), 8);
    assert!(domain(all_are_refused(2, async |s| zero(s).ln(s).await.map(drop))));
    assert!(domain(all_are_refused(2, async |s| zero(s).rsqrt(s).await.map(drop))));
    assert!(domain(all_are_refused(2, async |s| zero(s).reciprocal(s).await.map(drop))));
    let large = of(interval(0, 46 << 16), 16);
    assert!(no_room(all_are_refused(2, async |s| large(s).exp(s).await.map(drop))));
    let fine = of(interval(1, 1 << 50), 48);
    assert!(no_room(all_are_refused(2, async |s| fine(s).sigmoid(s).await.map(drop))));
    assert!(no_room(all_are_refused(2, async |s| fine(s).ln(s).await.map(drop))));
    let long = of(interval(1, 1 << 100), 32);
    assert!(no_room(all_are_refused(2, async |s| long(s).sqrt(s).await.map(drop))));
}
