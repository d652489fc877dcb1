//! Every protocol against plain arithmetic: for two, three and five parties, over every field.
#![allow(missing_docs)]

use proptest::prelude::*;
use speedwell_dealer::InsecureDealer;
use speedwell_field::{Field, Fp127, Goldilocks, Prg, Seed};
use speedwell_net::PartyId;
use speedwell_online::protocol::{dot, inverse, matmul, mul, square};
use speedwell_online::testing::Run;
use speedwell_online::{EpochState, Result, Session, Shares, UsageFault, join};

type Bls = speedwell_field::ArkField<ark_bls12_381::Fr>;
type Bn = speedwell_field::ArkField<ark_bn254::Fr>;

fn run<F: Field>(n: usize) -> Run<F> {
    Run::new(n, move |p| InsecureDealer::new([7; 32], p, n))
}

fn uniform<F: Field>(seed: u64, len: usize) -> Vec<F> {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut out = vec![F::ZERO; len];
    F::sample(&mut Prg::new(&Seed(key)), &mut out);
    out
}

/// x from party 0 and y from the last party.
async fn two_inputs<F: Field>(s: &Session<F>, x: &[F], y: &[F]) -> Result<(Shares<F>, Shares<F>)> {
    let (p, q) = (PartyId::new(0).unwrap(), PartyId::new(s.parties() - 1).unwrap());
    let left = s.input(p, x.len(), (s.me() == p).then_some(x));
    let right = s.input(q, y.len(), (s.me() == q).then_some(y));
    Ok((left.await?, right.await?))
}

fn check_all_protocols<F: Field>(n: usize, seed: u64, len: usize) {
    let (x, y) = (uniform::<F>(seed, len), uniform::<F>(!seed, len));
    let c = uniform::<F>(seed ^ 1, 1)[0];
    let outcomes = run::<F>(n).go(async |s| {
        let (a, b) = two_inputs(s, &x, &y).await?;
        let ((product, squared), (inner, inverted)) =
            join(join(mul(s, &a, &b), square(s, &a)), join(dot(s, &a, &b), inverse(s, &b))).await;
        let linear = (&a + &b) * c - &a + F::ONE;
        let parts = [product?, squared?, inner?, inverted?, linear, -&a, a.sum(), a.dot_public(&y)];
        let parts: Vec<&Shares<F>> = parts.iter().collect();
        s.reveal(&Shares::concat(&parts).unwrap()).await
    });
    let inner = x.iter().zip(&y).fold(F::ZERO, |sum, (x, y)| sum + *x * *y);
    let mut expected: Vec<F> = x.iter().zip(&y).map(|(x, y)| *x * *y).collect();
    expected.extend(x.iter().map(|x| *x * *x));
    expected.push(inner);
    expected.extend(y.iter().map(|y| y.inverse().unwrap()));
    expected.extend(x.iter().zip(&y).map(|(x, y)| (*x + *y) * c - *x + F::ONE));
    expected.extend(x.iter().map(|x| -*x));
    expected.push(x.iter().fold(F::ZERO, |sum, x| sum + *x));
    expected.push(inner);
    for outcome in outcomes {
        assert_eq!(outcome.result.unwrap(), expected);
        assert_eq!(outcome.epoch, EpochState::Live);
    }
}

fn check_matmul<F: Field>(n: usize, seed: u64, (rows, inner, columns): (usize, usize, usize)) {
    let (x, y) = (uniform::<F>(seed, rows * inner), uniform::<F>(!seed, inner * columns));
    let outcomes = run::<F>(n).go(async |s| {
        let (a, b) = two_inputs(s, &x, &y).await?;
        s.reveal(&matmul(s, &a, &b, (rows, inner, columns)).await?).await
    });
    let entry =
        |i: usize, j: usize| (0..inner).fold(F::ZERO, |sum, k| sum + x[i * inner + k] * y[k * columns + j]);
    let expected: Vec<F> =
        (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect();
    for outcome in outcomes {
        assert_eq!(outcome.result.unwrap(), expected, "{n} parties, {rows} × {inner} × {columns}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn protocols_agree_with_plain_arithmetic(seed in any::<u64>(), len in 1_usize..40) {
        for n in [2, 3, 5] {
            check_all_protocols::<Fp127>(n, seed, len);
            check_all_protocols::<Goldilocks>(n, seed, len);
            check_all_protocols::<Bls>(n, seed, len);
            check_all_protocols::<Bn>(n, seed, len);
        }
    }

    #[test]
    fn matrices_agree_with_plain_arithmetic(
        seed in any::<u64>(), rows in 0_usize..4, inner in 0_usize..4, columns in 0_usize..4
    ) {
        for n in [2, 3, 5] {
            check_matmul::<Fp127>(n, seed, (rows, inner, columns));
            check_matmul::<Goldilocks>(n, seed, (rows, inner, columns));
            check_matmul::<Bls>(n, seed, (rows, inner, columns));
            check_matmul::<Bn>(n, seed, (rows, inner, columns));
        }
    }
}

#[test]
fn ten_parties_compute() {
    check_all_protocols::<Fp127>(10, 3, 5);
}

#[test]
fn long_vectors_are_cut_into_frames_and_joined_again() {
    // 40,000 elements of 16 bytes take three frames a vector.
    let (x, y) = (uniform::<Fp127>(1, 40_000), uniform::<Fp127>(2, 40_000));
    let outcomes = run::<Fp127>(3).go(async |s| {
        let (a, b) = two_inputs(s, &x, &y).await?;
        s.reveal(&mul(s, &a, &b).await?).await
    });
    for outcome in outcomes {
        let z = outcome.result.unwrap();
        assert!(z.iter().zip(x.iter().zip(&y)).all(|(z, (x, y))| *z == *x * *y) && z.len() == x.len());
    }
}

#[test]
fn random_bits_are_bits_and_random_elements_differ() {
    let outcomes = run::<Goldilocks>(3).go(async |s| {
        let bits = s.random_bits(200)?;
        let pairs = s.inverse_pairs(20)?;
        let ones = mul(s, &pairs.r, &pairs.inverse).await?;
        s.reveal(&Shares::concat(&[&bits, &ones, &s.random(20)?]).unwrap()).await
    });
    for outcome in outcomes {
        let values = outcome.result.unwrap();
        let ones = values[..200].iter().filter(|b| **b == Goldilocks::ONE).count();
        assert!(values[..200].iter().all(|b| *b == Goldilocks::ZERO || *b == Goldilocks::ONE));
        assert!((60..140).contains(&ones));
        assert!(values[200..220].iter().all(|x| *x == Goldilocks::ONE));
        assert!(values[220..].windows(2).all(|w| w[0] != w[1]));
    }
}

#[test]
fn reveal_to_gives_the_values_to_one_party_alone() {
    let x = uniform::<Fp127>(5, 9);
    for n in [2, 3, 5] {
        for owner in [0, n - 1] {
            let outcomes = run::<Fp127>(n).go(async |s| {
                let all = s.input_all(&x).await?;
                s.reveal_to(PartyId::new(owner).unwrap(), &(&all[0] + &all[1])).await
            });
            for (party, outcome) in outcomes.into_iter().enumerate() {
                let expected: Vec<Fp127> = x.iter().map(|x| *x + *x).collect();
                assert_eq!(outcome.result.unwrap(), (party == owner).then_some(expected));
            }
        }
    }
}

#[test]
fn zero_has_no_inverse() {
    let outcomes = run::<Fp127>(3).go(async |s| {
        let (a, _) = two_inputs(s, &[Fp127::ONE, Fp127::ZERO], &[]).await?;
        inverse(s, &a).await
    });
    for outcome in outcomes {
        assert_eq!(outcome.result.unwrap_err(), UsageFault::ZeroInverse { index: 1 }.into());
        assert_eq!(outcome.epoch, EpochState::Live);
    }
}
