//! Every field against exact integers modulo p (num-bigint), and the own fields against ark-ff's of the same primes.

#![allow(unexpected_cfgs, reason = "the derive of ark-ff asks for a feature of its own crate")]

use ark_ff::{Fp64, Fp128, MontBackend, MontConfig, PrimeField};
use num_bigint::BigUint;
use proptest::prelude::*;
use speedwell_field::{ArkField, F251, F257, Field, Fp127, Goldilocks, laws};

fn modulus<F: Field>() -> BigUint {
    F::modulus().iter().rev().fold(BigUint::default(), |p, limb| (p << 64) + limb)
}

fn to_integer<F: Field>(x: F) -> BigUint {
    let mut bytes = Vec::new();
    F::encode(&[x], &mut bytes);
    BigUint::from_bytes_le(&bytes)
}

fn from_integer<F: Field>(x: &BigUint) -> F {
    let mut bytes = (x % modulus::<F>()).to_bytes_le();
    bytes.resize(F::BYTES, 0);
    let mut element = [F::ZERO];
    assert!(F::decode(&bytes, &mut element), "a reduced integer is accepted");
    element[0]
}

/// Elements by their integers: edges of limb arithmetic, and 32 random bytes reduced.
fn element<F: Field>() -> impl Strategy<Value = F> {
    prop_oneof![
        1 => proptest::sample::select(laws::edges::<F>()),
        3 => any::<[u8; 32]>().prop_map(|bytes| from_integer(&BigUint::from_bytes_le(&bytes))),
    ]
}

fn elements<F: Field>() -> impl Strategy<Value = [Vec<F>; 3]> {
    (0_usize..70).prop_flat_map(|n| {
        let vector = || proptest::collection::vec(element::<F>(), n);
        [vector(), vector(), vector()]
    })
}

fn arithmetic<F: Field>(a: F, b: F) -> Result<(), TestCaseError> {
    let p = modulus::<F>();
    let (x, y) = (to_integer(a), to_integer(b));
    prop_assert!(x < p && y < p);
    prop_assert_eq!(to_integer(a + b), (&x + &y) % &p);
    prop_assert_eq!(to_integer(a - b), (&x + &p - &y) % &p);
    prop_assert_eq!(to_integer(a * b), (&x * &y) % &p);
    prop_assert_eq!(to_integer(a.square()), (&x * &x) % &p);
    prop_assert_eq!(to_integer(-a), (&p - &x) % &p);
    let inverse = x.modinv(&p);
    prop_assert_eq!(a.inverse().map(to_integer), inverse);
    let exponent = y.to_u64_digits();
    prop_assert_eq!(to_integer(a.pow(&exponent)), x.modpow(&y, &p));
    prop_assert_eq!(format!("{a:?}"), x.to_string());
    // A root by its definition: its square, and at most (p − 1)/2.
    let euler = x.modpow(&(&p >> 1), &p);
    prop_assert_eq!(a.is_square(), euler <= BigUint::from(1_u8));
    let root = to_integer(a.sqrt_canonical_or_zero());
    prop_assert!(root <= &p >> 1);
    prop_assert_eq!((&root * &root) % &p, if a.is_square() { x } else { BigUint::default() });
    Ok(())
}

fn kernels<F: Field>([a, b, c]: &[Vec<F>; 3], k: F) -> Result<(), TestCaseError> {
    let p = modulus::<F>();
    let integers = |v: &[F]| v.iter().map(|x| to_integer(*x)).collect::<Vec<_>>();
    let (x, y, z, w) = (integers(a), integers(b), integers(c), to_integer(k));
    let each = |f: &dyn Fn(usize) -> BigUint| (0..x.len()).map(|i| f(i) % &p).collect::<Vec<_>>();
    let in_place = |kernel: &dyn Fn(&mut [F])| {
        let mut a = a.clone();
        kernel(&mut a);
        integers(&a)
    };
    prop_assert_eq!(in_place(&|a| F::add_assign_slice(a, b)), each(&|i| &x[i] + &y[i]));
    prop_assert_eq!(in_place(&|a| F::sub_assign_slice(a, b)), each(&|i| &x[i] + &p - &y[i]));
    prop_assert_eq!(in_place(&|a| F::sub_from_slice(a, b)), each(&|i| &y[i] + &p - &x[i]));
    prop_assert_eq!(in_place(&|a| F::mul_assign_slice(a, b)), each(&|i| &x[i] * &y[i]));
    prop_assert_eq!(in_place(&|a| F::scale_slice(a, k)), each(&|i| &x[i] * &w));
    prop_assert_eq!(in_place(&|a| F::axpy(a, k, b)), each(&|i| &x[i] + &w * &y[i]));
    prop_assert_eq!(in_place(&|a| F::mul_add_slice(a, b, c)), each(&|i| &x[i] + &y[i] * &z[i]));
    prop_assert_eq!(
        in_place(&|a| F::beaver(a, b, c, c, b, k)),
        each(&|i| &x[i] + &y[i] * &z[i] + &z[i] * &y[i] + &w * &y[i] * &z[i])
    );
    prop_assert_eq!(to_integer(F::dot(a, b)), x.iter().zip(&y).map(|(x, y)| x * y).sum::<BigUint>() % &p);
    prop_assert_eq!(to_integer(F::sum(a)), x.iter().sum::<BigUint>() % &p);
    prop_assert_eq!(
        to_integer(F::horner(a, k)),
        x.iter().rev().fold(BigUint::default(), |s, x| (s * &w + x) % &p)
    );
    Ok(())
}

macro_rules! against_integers {
    ($($name:ident: $field:ty;)*) => {$(
        mod $name {
            use super::*;
            proptest! {
                #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

                #[test]
                fn arithmetic(a in element::<$field>(), b in element::<$field>()) {
                    super::arithmetic(a, b)?;
                }

                #[test]
                fn kernels(vectors in elements::<$field>(), k in element::<$field>()) {
                    super::kernels(&vectors, k)?;
                    laws::portable(|| super::kernels(&vectors, k))?;
                }
            }

            #[test]
            fn arithmetic_at_edges() {
                let edges = laws::edges::<$field>();
                // Each edge meets every thirtieth other one, from a different start.
                for (i, a) in edges.iter().enumerate() {
                    for b in edges.iter().skip(i % 30).step_by(30) {
                        super::arithmetic(*a, *b).unwrap();
                    }
                }
            }
        }
    )*};
}

against_integers! {
    fp127: Fp127;
    goldilocks: Goldilocks;
    bls12_381: ArkField<ark_bls12_381::Fr>;
    bn254: ArkField<ark_bn254::Fr>;
    f251: F251;
    f257: F257;
}

#[derive(MontConfig)]
#[modulus = "170141183460469231694793815568465002497"]
#[generator = "5"]
struct Fp127Config;
type Ark127 = Fp128<MontBackend<Fp127Config, 2>>;

#[derive(MontConfig)]
#[modulus = "18446744069414584321"]
#[generator = "7"]
struct GoldilocksConfig;
type ArkGoldilocks = Fp64<MontBackend<GoldilocksConfig, 1>>;

/// A second opinion on long vectors: sums, products and roots as ark-ff computes them.
fn against_ark<F: Field, A: PrimeField>() {
    let (a, b) = (laws::random::<F>(1, 20_000), laws::random::<F>(2, 20_000));
    let to_ark = |x: &F| A::from(x.to_u128().unwrap());
    let to_arks = |v: &[F]| v.iter().map(to_ark).collect::<Vec<A>>();
    let (x, y) = (to_arks(&a), to_arks(&b));
    let (mut sum, mut product, mut inverse) = (a.clone(), a.clone(), a.clone());
    F::add_assign_slice(&mut sum, &b);
    F::mul_assign_slice(&mut product, &b);
    F::batch_inverse(&mut inverse);
    for i in 0..x.len() {
        assert_eq!(to_ark(&sum[i]), x[i] + y[i]);
        assert_eq!(to_ark(&product[i]), x[i] * y[i]);
        assert_eq!(to_ark(&inverse[i]) * x[i], A::ONE);
    }
    assert_eq!(to_ark(&F::dot(&a, &b)), x.iter().zip(&y).map(|(x, y)| *x * y).sum());
    assert_eq!(A::MODULUS.as_ref(), F::modulus());
    assert_eq!(to_ark(&F::two_adic_generator()), A::TWO_ADIC_ROOT_OF_UNITY, "both take the least generator");
    for x in &x[..100] {
        let square = F::from_u128(num_of(x)).square();
        let root = to_ark(&square).sqrt().unwrap();
        assert!(
            to_ark(&square.sqrt_canonical_or_zero()) == root
                || to_ark(&square.sqrt_canonical_or_zero()) == -root
        );
    }
}

fn num_of<A: PrimeField>(x: &A) -> u128 {
    let integer: BigUint = x.into_bigint().into();
    integer.try_into().unwrap()
}

#[test]
fn fp127_against_ark() {
    against_ark::<Fp127, Ark127>();
}

#[test]
fn goldilocks_against_ark() {
    against_ark::<Goldilocks, ArkGoldilocks>();
}

/// The small fields exhaustively, against machine arithmetic.
fn exhaustively<F: Field>(p: u64) {
    for x in 0..p {
        for y in 0..p {
            let (a, b) = (F::from_u64(x), F::from_u64(y));
            assert_eq!((a + b).to_u128(), Some(u128::from((x + y) % p)));
            assert_eq!((a - b).to_u128(), Some(u128::from((x + p - y) % p)));
            assert_eq!((a * b).to_u128(), Some(u128::from(x * y % p)));
        }
    }
}

#[test]
fn f251_exhaustively() {
    exhaustively::<F251>(251);
}

#[test]
fn f257_exhaustively() {
    exhaustively::<F257>(257);
}
