//! Functions of real numbers from long integers, and the functions of the library compared with them.

use num_bigint::BigInt;
use speedwell_field::Field;
use speedwell_online::{Fixed, Interval, Report, Result, Session};

use super::exact::{all_get, secret_fixed};

/// Fraction bits of the exact values: errors below 2^-200.
pub const P: u32 = 320;

pub fn one() -> BigInt {
    BigInt::from(1) << P
}

pub fn product(x: &BigInt, y: &BigInt) -> BigInt {
    (x * y) >> P
}

pub fn quotient(x: &BigInt, y: &BigInt) -> BigInt {
    (x << P) / y
}

/// X·2^−f.
pub fn value(x: i128, f: u32) -> BigInt {
    BigInt::from(x) << (P - f)
}

/// e^x by its series at x/2^16 and sixteen squarings.
pub fn exp(x: &BigInt) -> BigInt {
    if *x < one() * -300 {
        // Below 2^-P.
        return BigInt::from(0);
    }
    let (halvings, small): (u32, BigInt) = (16, x >> 16);
    let (mut term, mut sum) = (one(), one());
    for k in 1..200 {
        term = product(&term, &small) / k;
        if term == BigInt::from(0) {
            break;
        }
        sum += &term;
    }
    (0..halvings).for_each(|_| sum = product(&sum, &sum));
    sum
}

/// ln x = e·ln 2 + 2·artanh((m − 1)/(m + 1)) of x = m·2^e with m in [1, 2).
pub fn ln(x: &BigInt) -> BigInt {
    let artanh = |z: BigInt| {
        let square = product(&z, &z);
        let (mut power, mut sum) = (z.clone(), z);
        for k in (3_u32..).step_by(2) {
            power = product(&power, &square);
            let term: BigInt = &power / k;
            if term == BigInt::from(0) {
                return sum;
            }
            sum += term;
        }
        sum
    };
    let exponent = x.bits() as i64 - 1 - i64::from(P);
    let m = if exponent >= 0 { x >> exponent } else { x << -exponent };
    let ln2: BigInt = artanh(one() / 3) * 2;
    artanh(quotient(&(&m - one()), &(&m + one()))) * 2 + ln2 * exponent
}

pub fn ln2() -> BigInt {
    ln(&(one() * 2))
}

pub fn sigmoid(x: &BigInt) -> BigInt {
    if *x < BigInt::from(0) { one() - sigmoid(&-x) } else { quotient(&one(), &(one() + exp(&-x))) }
}

pub fn sqrt(x: &BigInt) -> BigInt {
    (x << P).sqrt()
}

/// |got·2^−f − exact| in ulps.
pub fn error(got: i128, exact: &BigInt, f: u32) -> f64 {
    let apart = (value(got, f) - exact).into_parts().1;
    let cut = apart.bits().saturating_sub(60);
    let top = u64::try_from(apart >> cut).expect("60 bits");
    top as f64 * 2_f64.powi(cut as i32 - (P - f) as i32)
}

pub type Exact = fn(&BigInt) -> BigInt;

/// Runs a function over samples of an interval and compares each value; the worst error.
pub fn check<F: Field>(
    name: &str,
    parties: usize,
    f: u32,
    range: Interval,
    x: &[i128],
    function: impl AsyncFn(&Session<F>, &Fixed<F>) -> Result<Fixed<F>>,
    exact: Exact,
    most: f64,
) -> Report {
    let ((got, bound), report) = all_get::<F, _>(
        parties,
        |config| config,
        async |s| {
            let y = function(s, &secret_fixed(s, x, range, f)).await?;
            assert_eq!(y.fraction_bits(), f);
            Ok((y.reveal_scaled(s).await?, y.error().as_f64()))
        },
    );
    assert!(bound <= most, "{name} {f} {range}: promises {bound}");
    let mut worst = 0.0_f64;
    for (x, got) in x.iter().zip(got) {
        let error = error(got, &exact(&value(*x, f)), f);
        assert!(error <= bound + 1e-9, "{name} f={f} {range} at {x}: {got}, {error} of {bound} ulps");
        worst = worst.max(error);
    }
    println!(
        "{name} f={f} in {range}: {worst:.4} of {bound:.4} ulp; {} rounds, {:?}, {:?}",
        report.rounds, report.masks, report.material
    );
    report
}

pub fn tanh(x: &BigInt) -> BigInt {
    sigmoid(&(x * 2)) * 2 - one()
}

pub fn inverse_sqrt(x: &BigInt) -> BigInt {
    quotient(&one(), &sqrt(x))
}

pub fn exp2(x: &BigInt) -> BigInt {
    exp(&product(x, &ln2()))
}

pub fn log2(x: &BigInt) -> BigInt {
    quotient(&ln(x), &ln2())
}
