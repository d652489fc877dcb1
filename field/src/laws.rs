//! The laws that every [`Field`] obeys, as tests: [`field_laws!`](crate::field_laws) instantiates them.
//!
//! They compare each method with its definition over edge values and values drawn from a fixed seed. Kernels that are
//! chosen at run time are tested on both paths. What the laws cannot see, a consistent error of all operations, is left
//! to comparison with other implementations in this crate's own tests.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "test code: it panics to fail"
)]

mod bytes;
mod kernels;

pub use bytes::{encoding, refused_bytes, sampling, uniformity};
pub use kernels::{kernels, kernels_at_edges, unequal_lengths};

use crate::{Field, Prg, Seed, simd};

/// Makes one test for each law of a field: `mod fp127 { speedwell_field::field_laws!(speedwell_field::Fp127); }`.
#[macro_export]
macro_rules! field_laws {
    ($field:ty) => {
        $crate::field_laws!(@ $field: constants, ring, inverses, powers, integers, kernels, kernels_at_edges, unequal_lengths, encoding,
            refused_bytes, sampling, uniformity, roots, formatting);
    };
    (@ $field:ty: $($law:ident),*) => {
        $(#[test] fn $law() { $crate::laws::$law::<$field>(); })*
    };
}

/// Runs `work` on this thread with the kernels that any CPU can run.
pub fn portable<R>(work: impl FnOnce() -> R) -> R {
    simd::portable::force(work)
}

/// Runs `law` with the kernels of this CPU and with the portable ones.
fn on_both_paths(law: impl Fn()) {
    law();
    portable(law);
}

/// `n` elements from a stream of its own.
#[must_use]
pub fn random<F: Field>(label: u8, n: usize) -> Vec<F> {
    let mut out = vec![F::ZERO; n];
    F::sample(&mut Prg::new(&Seed([label; 16])), &mut out);
    out
}

/// Values at which limb arithmetic goes wrong first: near 0, p, p/2 and powers of two, and those that look so in
/// Montgomery form with R = 2^128.
#[must_use]
pub fn edges<F: Field>() -> Vec<F> {
    let half = F::from_u64(2).inverse_or_zero();
    let mut edges = vec![F::ZERO, F::ONE, half, half - F::ONE];
    for bit in [1_u32, 7, 8, 31, 32, 33, 62, 63, 64, 65, 66, 126, 127, 128, 192, F::BITS - 1, F::BITS] {
        let power = F::from_u64(2).pow(&[u64::from(bit)]);
        edges.extend([power, power - F::ONE, power + F::ONE, power.inverse_or_zero()]);
    }
    let negative: Vec<F> = edges.iter().map(|x| -*x).collect();
    edges.extend(negative);
    let out_of_montgomery = F::from_u64(2).pow(&[128]).inverse_or_zero();
    let internal: Vec<F> = edges.iter().map(|x| *x * out_of_montgomery).collect();
    edges.extend(internal);
    edges
}

fn edges_and_random<F: Field>(label: u8) -> Vec<F> {
    let mut values = edges();
    values.extend(random::<F>(label, 32));
    values
}

/// A mix of random values, zeros, ones and minus ones, as slices meet them.
fn mixed<F: Field>(label: u8, n: usize) -> Vec<F> {
    let mut values = random(label, n);
    for (i, value) in values.iter_mut().enumerate() {
        match (i + usize::from(label)) % 7 {
            0 => *value = F::ZERO,
            1 => *value = -F::ONE,
            2 => *value = F::ONE,
            _ => {}
        }
    }
    values
}

/// Lengths of slices: all small ones, and some that take the blocked paths.
fn lengths() -> impl Iterator<Item = usize> {
    (0..70).chain([127, 128, 129, 200, 513])
}

pub fn constants<F: Field>() {
    let p = F::modulus();
    let top = *p.last().unwrap();
    assert_ne!(top, 0, "leading zero limb");
    assert_eq!(F::BITS as usize, 64 * p.len() - top.leading_zeros() as usize);
    assert_eq!(F::BYTES, (F::BITS as usize).div_ceil(8));
    assert_eq!(F::default(), F::ZERO);
    assert_ne!(F::ZERO, F::ONE);
    // p·1 = 0, by doubling and adding.
    let p_times_one =
        bits(&p).iter().rev().fold(F::ZERO, |x, bit| x + x + if *bit { F::ONE } else { F::ZERO });
    assert_eq!(p_times_one, F::ZERO);
    // p − 1 = 2^s·t with t odd, and p is odd, so its lowest set bit above bit 0 is bit s.
    let s = bits(&p).iter().skip(1).position(|bit| *bit).unwrap() + 1;
    assert_eq!(F::TWO_ADICITY as usize, s);
    let g = F::two_adic_generator();
    assert_eq!((1..F::TWO_ADICITY).fold(g, |x, _| x * x), -F::ONE, "g has order 2^s");
}

pub fn ring<F: Field>() {
    let values = edges_and_random::<F>(1);
    for &a in &values {
        assert_eq!(a + F::ZERO, a);
        assert_eq!(a * F::ONE, a);
        assert_eq!(a * F::ZERO, F::ZERO);
        assert_eq!(a + -a, F::ZERO);
        assert_eq!(a - F::ZERO, a);
        assert_eq!(-(-a), a);
        assert_eq!(a.square(), a * a);
        for (&b, &c) in values.iter().zip(values.iter().rev()) {
            assert_eq!(a + b, b + a);
            assert_eq!(a * b, b * a);
            assert_eq!(a - b, a + -b);
            assert_eq!((a - b) + b, a);
            assert_eq!((a + b) + c, a + (b + c));
            assert_eq!((a * b) * c, a * (b * c));
            assert_eq!(a * (b + c), a * b + a * c);
            let (mut sum, mut difference, mut product) = (a, a, a);
            sum += b;
            difference -= b;
            product *= b;
            assert_eq!((sum, difference, product), (a + b, a - b, a * b));
            assert_eq!(a == b, encoded(&[a]) == encoded(&[b]), "equality is equality of values");
        }
    }
}

pub fn inverses<F: Field>() {
    on_both_paths(|| {
        assert_eq!(F::ZERO.inverse(), None);
        assert_eq!(F::ZERO.inverse_or_zero(), F::ZERO);
        for a in edges_and_random::<F>(2).into_iter().filter(|a| *a != F::ZERO) {
            assert_eq!(a * a.inverse_or_zero(), F::ONE);
            assert_eq!(a.inverse(), Some(a.inverse_or_zero()));
        }
        for n in lengths() {
            let elements = mixed::<F>(4, n);
            let mut inverses = elements.clone();
            F::batch_inverse(&mut inverses);
            assert!((0..n).all(|i| inverses[i] == elements[i].inverse_or_zero()), "batch_inverse, n = {n}");
        }
        let mut inverses = edges::<F>();
        F::batch_inverse(&mut inverses);
        assert!(edges::<F>().iter().zip(inverses).all(|(a, inverse)| inverse == a.inverse_or_zero()));
    });
}

pub fn powers<F: Field>() {
    let mut p_minus_1 = F::modulus();
    p_minus_1[0] -= 1;
    for a in edges_and_random::<F>(3) {
        assert_eq!(a.pow(&[]), F::ONE);
        assert_eq!(a.pow(&[0, 0]), F::ONE);
        let mut power = F::ONE;
        for e in 0..20 {
            assert_eq!(a.pow(&[e]), power);
            power *= a;
        }
        assert_eq!(a.pow(&[0, 1]), a.pow(&[1 << 32]).pow(&[1 << 32]));
        assert_eq!(a.pow(&p_minus_1), if a == F::ZERO { F::ZERO } else { F::ONE });
    }
}

pub fn integers<F: Field>() {
    let p = F::modulus();
    let small_p = match p[..] {
        [low] => Some(u128::from(low)),
        [low, high] => Some(u128::from(low) | u128::from(high) << 64),
        _ => None,
    };
    let around = |x: u128| [x.wrapping_sub(1), x, x.wrapping_add(1)];
    let mut cases: Vec<u128> =
        [0, 1 << 63, 1 << 64, 1 << 126, 1 << 127].into_iter().flat_map(around).collect();
    cases.extend(small_p.into_iter().flat_map(|p| [p, p / 2, p.wrapping_mul(2)]).flat_map(around));
    for x in cases {
        let element = F::from_u128(x);
        let built = bits(&[x as u64, (x >> 64) as u64])
            .iter()
            .rev()
            .fold(F::ZERO, |y, bit| y + y + if *bit { F::ONE } else { F::ZERO });
        assert_eq!(element, built, "from_u128({x})");
        if let Ok(x) = u64::try_from(x) {
            assert_eq!(F::from_u64(x), built, "from_u64({x})");
        }
        assert_eq!(element.to_u128(), Some(small_p.map_or(x, |p| x % p)));

        let signed = x.cast_signed();
        let from_signed = F::from_i128(signed);
        let magnitude = F::from_u128(signed.unsigned_abs());
        assert_eq!(from_signed, if signed < 0 { -magnitude } else { magnitude }, "from_i128({signed})");
        let centred = match small_p {
            None => Some(signed),
            Some(p) => {
                // The residue of |signed|, then the sign, then the centre; p < 2^128 and its half fits.
                let residue = signed.unsigned_abs() % p;
                let residue = if signed < 0 && residue != 0 { p - residue } else { residue };
                let centred =
                    if residue > p / 2 { -(p - residue).cast_signed() } else { residue.cast_signed() };
                Some(centred)
            }
        };
        assert_eq!(from_signed.to_i128(), centred, "to_i128 of {signed}");
    }
    assert_eq!((-F::ONE).to_i128(), Some(-1));
    assert_eq!((-F::ONE).to_u128(), small_p.map(|p| p - 1));
    let half = F::from_u64(2).inverse_or_zero();
    let half_p = small_p.map(|p| (p / 2).cast_signed());
    assert_eq!(half.to_i128(), half_p.map(|half| -half), "(p+1)/2 is centred to the negative");
    assert_eq!((half - F::ONE).to_i128(), half_p, "(p-1)/2 is centred to itself");
    if small_p.is_none() {
        let two_127 = F::from_u128(1 << 127);
        assert_eq!((two_127.to_i128(), (-two_127).to_i128()), (None, Some(i128::MIN)));
        assert_eq!((-two_127 - F::ONE).to_i128(), None);
        assert_eq!((F::from_u128(u128::MAX) + F::ONE).to_u128(), None);
    }
}

pub fn roots<F: Field>() {
    on_both_paths(|| {
        let non_residue = F::two_adic_generator();
        assert!(!non_residue.is_square());
        assert!(F::ZERO.is_square());
        assert_eq!(F::ZERO.sqrt_canonical_or_zero(), F::ZERO);
        let mut values = edges::<F>();
        values.extend(random::<F>(70, 40));
        let mut squares = Vec::new();
        for x in values {
            let root = x.square().sqrt_canonical_or_zero();
            assert!(x.square().is_square());
            assert!(root == x || root == -x);
            // Canonical: as an integer at most its negative.
            let (low, high) = (encoded(&[root]), encoded(&[-root]));
            assert!(low.iter().rev().le(high.iter().rev()));
            squares.extend([x.square(), x.square() * non_residue]);
            if x != F::ZERO {
                assert!(!(x.square() * non_residue).is_square());
                assert_eq!((x.square() * non_residue).sqrt_canonical_or_zero(), F::ZERO);
            }
        }
        let expected: Vec<F> = squares.iter().map(|a| a.sqrt_canonical_or_zero().inverse_or_zero()).collect();
        for n in (0..40).chain([squares.len()]) {
            let mut inverses = squares[..n].to_vec();
            F::inv_sqrt(&mut inverses);
            assert_eq!(inverses, expected[..n], "inv_sqrt, n = {n}");
        }
    });
}

pub fn formatting<F: Field>() {
    assert_eq!(format!("{:?}", F::ZERO), "0");
    assert_eq!(format!("{:?}", F::from_u64(42)), "42");
    let minus_one = format!("{:?}", -F::ONE);
    assert!(minus_one.bytes().all(|b| b.is_ascii_digit()), "decimal: {minus_one}");
    if let Some(x) = (-F::ONE).to_u128() {
        assert_eq!(minus_one, x.to_string());
    }
}

fn encoded<F: Field>(elements: &[F]) -> Vec<u8> {
    let mut bytes = Vec::new();
    F::encode(elements, &mut bytes);
    bytes
}

/// The bits of little-endian limbs, lowest first.
fn bits(limbs: &[u64]) -> Vec<bool> {
    limbs.iter().flat_map(|limb| (0..64).map(move |i| limb >> i & 1 == 1)).collect()
}
