//! Distributions of the samplers, and of wide integers' arithmetic.

use super::*;
use crate::bgv::sampler::{flooding, residues};
use num_bigint::{BigInt, BigUint};
use std::collections::HashSet;

/// Pearson's statistic against its expectation and six standard deviations: fails for a right sampler with less than 1e-6.
fn assert_fits(counts: &[u64], expected: &[f64], what: &str) {
    let cells = counts.iter().zip(expected).filter(|(_, e)| **e > 0.0);
    let statistic: f64 = cells.clone().map(|(c, e)| (*c as f64 - e).powi(2) / e).sum();
    let freedom = (cells.count() - 1) as f64;
    assert!(
        statistic < freedom + 6.0 * (2.0 * freedom).sqrt() + 12.0,
        "{what}: {statistic:.1} for {freedom} degrees"
    );
}

#[test]
fn ternary_is_uniform() {
    let draws = 300_000;
    let s = ternary(&mut prg(21), draws).unwrap();
    let mut counts = [0; 3];
    s.coefficients().iter().for_each(|x| counts[(*x + 1) as usize] += 1);
    assert_fits(&counts, &[draws as f64 / 3.0; 3], "ternary");
}

#[test]
fn errors_are_binomial_with_21_bits_a_side() {
    let draws = 1_000_000;
    let e = binomial(&mut prg(22), draws).unwrap();
    let mut counts = [0_u64; 43];
    e.coefficients().iter().for_each(|x| counts[(*x + 21) as usize] += 1);
    // P(x) = C(42, x + 21) / 2^42; the tails with less than five expected draws are put together.
    let mut binomial = [1.0_f64; 43];
    for k in 1..43 {
        binomial[k] = binomial[k - 1] * (43 - k) as f64 / k as f64;
    }
    let expected: Vec<f64> = binomial.iter().map(|b| b * draws as f64 / 2_f64.powi(42)).collect();
    let common: Vec<usize> = (0..43).filter(|k| expected[*k] >= 5.0).collect();
    let rare: u64 = (0..43).filter(|k| expected[*k] < 5.0).map(|k| counts[k]).sum();
    assert!(rare < 30, "{rare} draws in the tails");
    let pick = |k: &usize| (counts[*k], expected[*k]);
    let (counts, expected): (Vec<u64>, Vec<f64>) = common.iter().map(pick).unzip();
    assert_fits(&counts, &expected, "binomial");
    let square: i64 = e.coefficients().iter().map(|x| i64::from(x * x)).sum();
    assert!((square as f64 / draws as f64 - 10.5).abs() < 0.1);
}

#[test]
fn small_masks_are_uniform_to_both_ends() {
    for bound in [1_u32, 3, 64, 1000] {
        let draws = 200_000;
        let values = 2 * bound as usize;
        let mut counts = vec![0; values];
        for x in uniform(&mut prg(23), draws, bound).coefficients() {
            counts[(i64::from(*x) + i64::from(bound)) as usize] += 1;
        }
        assert_fits(&counts, &vec![draws as f64 / values as f64; values], "small mask");
    }
    let wide = uniform(&mut prg(24), 100_000, 1 << 31);
    assert!(
        wide.coefficients().iter().any(|x| *x < -2_147_000_000)
            && wide.coefficients().iter().any(|x| *x > 2_147_000_000)
    );
}

#[test]
fn wide_draws_fill_their_range_evenly() {
    let n = 60_000;
    // Bounds with a top part far from a power of two, of one, two and more digits.
    for bound in
        [BigUint::from(5_u32), BigUint::from(3_u32) << 90_u32, BigUint::from(0x2_0001_u32) << 270_u32]
    {
        let range = Range::at_most(&bound);
        assert_eq!(range.half(), bound);
        let wide = uniform_wide(&mut prg(25), n, range);
        let half = BigInt::from(bound.clone());
        let mut counts = [0; 10];
        for i in 0..n {
            let x = value(&wide, i) + &half;
            let cell = u64::try_from(x * 5 / &half).unwrap();
            counts[usize::try_from(cell).unwrap()] += 1;
        }
        assert_fits(&counts, &[n as f64 / 10.0; 10], "wide, by tenths");
        // The lowest byte, if it is free.
        if range.low() > 0 {
            let mut bytes = [0; 256];
            wide.plane(0).iter().for_each(|d| bytes[(*d & 255) as usize] += 1);
            assert_fits(&bytes, &[n as f64 / 256.0; 256], "wide, lowest byte");
            let mut high = [0; 256];
            wide.plane(1).iter().for_each(|d| high[(*d >> 40) as usize] += 1);
            assert_fits(&high, &[n as f64 / 256.0; 256], "wide, highest byte of a free digit");
        }
    }
}

#[test]
fn residues_are_uniform_and_below_their_modulus() {
    let q = 40_961;
    let mut out = vec![0; 400_000];
    residues(&mut prg(26), q, &mut out);
    let mut counts = vec![0; q as usize];
    out.iter().for_each(|x| counts[*x as usize] += 1);
    assert_fits(&counts, &vec![out.len() as f64 / q as f64; q as usize], "residues");
}

#[test]
fn flooding_is_uniform_in_every_digit() {
    let (n, units) = (100_000, 3 << 20);
    let mut planes = vec![0; 3 * n];
    flooding(&mut prg(31), n, units, &mut planes);
    let mut cells = [0; 48];
    planes[..n].iter().for_each(|v| cells[((v + units as i64) >> 17) as usize] += 1);
    assert_fits(&cells, &[n as f64 / 48.0; 48], "integer part");
    for fraction in planes[n..].chunks_exact(n) {
        for shift in [0, 20, 40] {
            let mut bytes = [0; 256];
            fraction.iter().for_each(|d| bytes[((d >> shift) & 255) as usize] += 1);
            assert_fits(&bytes, &[n as f64 / 256.0; 256], "a byte of the fraction");
        }
        assert!(fraction.iter().all(|d| (0..1 << 48).contains(d)));
    }
}

#[test]
fn a_million_draws_repeat_nothing() {
    let n = 250_000;
    let mut seen = HashSet::new();
    // Four streams, as four workers have them.
    for stream in 0..4 {
        let mut planes = vec![0; 3 * n];
        flooding(&mut prg(40 + stream), n, 1 << 20, &mut planes);
        assert!((0..n).all(|i| seen.insert((planes[n + i], planes[2 * n + i]))), "a fraction came twice");
    }
}

#[test]
fn streams_are_deterministic_and_independent_of_the_length() {
    let long = ternary(&mut prg(27), 1000).unwrap();
    assert_eq!(ternary(&mut prg(27), 1000).unwrap(), long);
    assert_ne!(ternary(&mut prg(28), 1000).unwrap(), long);
}

/// Coefficient i as a big integer.
fn value(wide: &Wide, i: usize) -> BigInt {
    (0..wide.planes()).rev().fold(BigInt::default(), |acc, j| (acc << 48_u32) + wide.plane(j)[i])
}

#[test]
fn wide_integers_add_normalise_and_compare_as_integers() {
    let n = 16;
    let bound = (BigUint::from(1_u32) << 150_u32) + 12_345_u32;
    let range = Range::at_least(&bound);
    let mut prg = prg(29);
    let mut sum = uniform_wide(&mut prg, n, range);
    let mut expected: Vec<BigInt> = (0..n).map(|i| value(&sum, i)).collect();
    for exponent in [0, 3, n, 2 * n - 1, 5 * n + 7] {
        let m: Vec<Fp127> = random(n, &mut prg);
        let wide = Wide::centred(&m);
        for (i, m) in m.iter().enumerate() {
            assert_eq!(value(&wide, i), BigInt::from(m.to_i128().unwrap()));
            let e = (i + exponent) % (2 * n);
            expected[e % n] += if e < n { value(&wide, i) } else { -value(&wide, i) };
        }
        sum.add_monomial(exponent, &wide);
    }
    sum.normalise();
    assert!((0..n).all(|i| value(&sum, i) == expected[i]));
    assert!((0..sum.planes() - 1).all(|j| sum.plane(j).iter().all(|d| (0..1 << 48).contains(d))));

    // The interval is half open, at every place.
    let magnitude = expected.iter().map(|x| x.magnitude().clone()).max().unwrap();
    for (i, expected) in expected.iter().enumerate() {
        let mut one = Wide::zero(n, 4);
        let digits = crate::bgv::wide::digits_of(expected.magnitude());
        let signed = digits.iter().map(|d| if *expected < BigInt::default() { -d } else { *d });
        let mut planes = vec![0; 4 * n];
        signed.enumerate().for_each(|(j, d)| planes[j * n + i] = d);
        one.add_monomial(0, &Wide::from_planes(n, planes));
        one.normalise();
        assert_eq!(value(&one, i), *expected);
        let edge = expected.magnitude();
        assert!(one.within(&(edge + 1_u32)));
        assert_eq!(one.within(edge), *expected < BigInt::default(), "negative ends belong to the interval");
        assert!(!one.within(&(edge - 1_u32)));
    }
    assert!(sum.within(&(&magnitude + 1_u32)) && !sum.within(&(magnitude - 1_u32)));
    assert!(sum.within(&(BigUint::from(1_u32) << 400_u32)));
}

#[test]
fn small_polynomials_rotate_with_sign_and_compare() {
    let mut a = Small::new(vec![1, 2, 3, 4]);
    a.add_monomial(1, &Small::new(vec![10, 20, 30, 40]));
    assert_eq!(a.coefficients(), [-39, 12, 23, 34]);
    a.add_monomial(6, &Small::new(vec![1, 1, 1, 1]));
    assert_eq!(a.coefficients(), [-38, 13, 22, 33]);
    assert!(a.within(39) && a.within(38) && !a.within(37) && !a.within(33));
}

#[test]
fn constants_are_told_from_other_polynomials() {
    let mut m = vec![Fp127::ZERO; 8];
    m[0] = -Fp127::ONE;
    assert!(Wide::centred(&m).is_constant());
    m[7] = Fp127::ONE;
    assert!(!Wide::centred(&m).is_constant());
}
