//! What is a point in bytes, and what is none.

use ark_bls12_381::{Fq, G1Affine};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{BigInteger, PrimeField};
use ark_serialize::CanonicalSerialize;
use proptest::prelude::*;
use speedwell_field::Field;
use speedwell_online::curve::{Curve, Scalar, decode, encode, point_bytes};

use crate::common::{long, uniform};
use crate::{Bls1, Bls2, Bn, affine, clear};

fn bytes<C: Curve>(point: C::Affine) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode::<C>(&[point], &mut bytes);
    bytes
}

#[test]
fn points_have_the_documented_lengths() {
    assert_eq!((point_bytes::<Bls1>(), point_bytes::<Bls2>(), point_bytes::<Bn>()), (96, 192, 64));
}

#[test]
fn what_is_encoded_is_decoded() {
    fn check<C: Curve>() {
        let mut points = affine(&clear::<C>(&uniform(1, 20)));
        points.extend([C::Affine::zero(), C::Affine::generator(), -C::Affine::generator()]);
        let mut all = Vec::new();
        encode::<C>(&points, &mut all);
        assert_eq!(all.len(), points.len() * point_bytes::<C>());
        for (point, bytes) in points.iter().zip(all.chunks(point_bytes::<C>())) {
            assert_eq!(decode::<C>(bytes), Some(*point));
            assert_eq!(decode::<C>(&bytes[1..]), None);
            assert_eq!(decode::<C>(&[bytes, &[0]].concat()), None);
        }
        assert_eq!(decode::<C>(&[]), None);
    }
    check::<Bls1>();
    check::<Bls2>();
    check::<Bn>();
}

/// The point (x, y) as it would travel, whether it is on the curve or not.
fn unchecked_bls(x: Fq, y: Fq) -> Vec<u8> {
    [x, y].iter().flat_map(|c| c.into_bigint().to_bytes_be()).collect()
}

fn unchecked_bn(x: ark_bn254::Fq, y: ark_bn254::Fq) -> Vec<u8> {
    let mut out = Vec::new();
    ark_bn254::G1Affine::new_unchecked(x, y).serialize_uncompressed(&mut out).unwrap();
    out
}

#[test]
fn points_off_the_curve_are_refused() {
    let g = G1Affine::generator();
    let (x, y) = g.xy().unwrap();
    assert_eq!(decode::<Bls1>(&unchecked_bls(x, y)), Some(g), "the encoding of these tests is right");
    for (x, y) in [(x, y + Fq::from(1)), (x + Fq::from(1), y), (y, x), (Fq::from(0), Fq::from(0))] {
        assert_eq!(decode::<Bls1>(&unchecked_bls(x, y)), None);
    }
    let g = ark_bn254::G1Affine::generator();
    let (x, y) = g.xy().unwrap();
    assert_eq!(decode::<Bn>(&unchecked_bn(x, y)), Some(g));
    let one = ark_bn254::Fq::from(1);
    for (x, y) in [(x, y + one), (x + one, y), (one, one)] {
        assert_eq!(decode::<Bn>(&unchecked_bn(x, y)), None);
    }
}

/// Points on curves with another coefficient b. Group operations never use b, so whoever leaves the equation out computes
/// with them.
#[test]
fn points_of_other_curves_are_refused() {
    let mut tried = 0;
    for b in [0_u64, 1, 5, 24] {
        for x in 1_u64..40 {
            let x = Fq::from(x);
            let Some(y) = ark_ff::Field::sqrt(&(x * x * x + Fq::from(b))) else { continue };
            assert_eq!(decode::<Bls1>(&unchecked_bls(x, y)), None);
            tried += 1;
        }
    }
    assert!(tried > 40);
}

#[test]
fn points_outside_the_subgroup_are_refused() {
    let mut tried = 0;
    for x in 1_u64..60 {
        let Some(point) = G1Affine::get_point_from_x_unchecked(Fq::from(x), false) else { continue };
        assert!(point.is_on_curve());
        let inside = point.is_in_correct_subgroup_assuming_on_curve();
        assert_eq!(decode::<Bls1>(&bytes::<Bls1>(point)).is_some(), inside);
        // The part of it outside the subgroup alone.
        let order = <Bls1 as PrimeGroup>::ScalarField::MODULUS;
        let torsion = ark_ec::scalar_mul::double_and_add_affine(&point, order).into_affine();
        if !torsion.is_zero() {
            assert_eq!(decode::<Bls1>(&bytes::<Bls1>(torsion)), None);
            assert_eq!(decode::<Bls1>(&bytes::<Bls1>((torsion + G1Affine::generator()).into_affine())), None);
            tried += 1;
        }
    }
    assert!(tried > 20);
    // The group of order 3: (0, ±2).
    let small = unchecked_bls(Fq::from(0), Fq::from(2));
    assert_eq!(decode::<Bls1>(&small), None);
}

/// x + q where it still fits, the infinity flag beside coordinates, other flags.
#[test]
fn other_encodings_of_points_are_refused() {
    let flags = |bytes: &[u8], place: usize, flag: u8| {
        let mut flagged = bytes.to_vec();
        flagged[place] ^= flag;
        flagged
    };
    let (g, zero) = (bytes::<Bls1>(G1Affine::generator()), bytes::<Bls1>(G1Affine::zero()));
    for bit in 0..8 {
        for encoded in [&g, &zero] {
            for place in [0, 47, 48, 95] {
                assert_eq!(decode::<Bls1>(&flags(encoded, place, 1 << bit)), None, "{place} {bit}");
            }
        }
    }
    let mut above = g.clone();
    let x: Vec<u8> =
        (num_bigint::BigUint::from_bytes_be(&g[..48]) + num_bigint::BigUint::from(Fq::MODULUS)).to_bytes_be();
    if x.len() == 48 {
        above[..48].copy_from_slice(&x);
        assert_eq!(decode::<Bls1>(&above), None);
    }
    let (g, zero) = (bytes::<Bn>(ark_bn254::G1Affine::generator()), bytes::<Bn>(ark_bn254::G1Affine::zero()));
    for bit in 0..8 {
        for place in [0, 31, 32] {
            assert_eq!(decode::<Bn>(&flags(&g, place, 1 << bit)), None, "{place} {bit}");
            assert_eq!(decode::<Bn>(&flags(&zero, place, 1 << bit)), None, "{place} {bit}");
        }
        // The last byte holds the sign of y, which an uncompressed point does not need, and the flag of infinity.
        let accepted = decode::<Bn>(&flags(&g, 63, 1 << bit));
        assert_eq!(accepted, None, "{bit}");
        assert_eq!(decode::<Bn>(&flags(&zero, 63, 1 << bit)), None, "{bit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if long() { 20_000 } else { 300 }))]

    /// Whatever is accepted re-encodes to itself; nothing panics.
    #[test]
    fn arbitrary_bytes_are_refused_or_canonical(
        noise in prop::collection::vec(any::<u8>(), 192),
        from in 0_usize..96,
        len in 0_usize..8,
        seed in 0_u64..4,
    ) {
        fn check<C: Curve>(noise: &[u8], from: usize, len: usize, seed: u64) {
            let x: Vec<Scalar<C>> = if seed == 0 { vec![Field::ZERO] } else { uniform(seed, 1) };
            let mut spoilt = bytes::<C>(clear::<C>(&x)[0].into_affine());
            let from = from.min(spoilt.len() - len);
            spoilt[from..from + len].copy_from_slice(&noise[..len]);
            for candidate in [spoilt.as_slice(), &noise[..point_bytes::<C>()]] {
                if let Some(point) = decode::<C>(candidate) {
                    assert_eq!(bytes::<C>(point), candidate);
                }
            }
        }
        check::<Bls1>(&noise, from, len, seed);
        check::<Bls2>(&noise, from, len, seed);
        check::<Bn>(&noise, from, len, seed);
    }
}
