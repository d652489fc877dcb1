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

use crate::{Field, Prg, Seed, simd};
use core::array;

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

pub fn kernels<F: Field>() {
    on_both_paths(|| {
        for n in lengths() {
            kernels_on::<F>(&array::from_fn(|i| mixed(10 + i as u8, n)), random(16, 1)[0]);
        }
    });
}

pub fn kernels_at_edges<F: Field>() {
    on_both_paths(|| {
        let edges = edges::<F>();
        for shift in 0..edges.len() {
            let rotated =
                |by: usize| edges.iter().cycle().skip(by % edges.len()).take(edges.len()).copied().collect();
            kernels_on(&array::from_fn(|i| rotated(i * shift)), edges[shift]);
        }
    });
}

fn kernels_on<F: Field>([a, b, c, x, y]: &[Vec<F>; 5], k: F) {
    let n = a.len();
    let each = |f: &dyn Fn(usize) -> F| (0..n).map(f).collect::<Vec<F>>();
    let in_place = |kernel: &dyn Fn(&mut [F])| {
        let mut a = a.clone();
        kernel(&mut a);
        a
    };
    assert_eq!(in_place(&|a| F::add_assign_slice(a, b)), each(&|i| a[i] + b[i]), "add, n = {n}");
    assert_eq!(in_place(&|a| F::sub_assign_slice(a, b)), each(&|i| a[i] - b[i]), "sub, n = {n}");
    assert_eq!(in_place(&|a| F::mul_assign_slice(a, b)), each(&|i| a[i] * b[i]), "mul, n = {n}");
    assert_eq!(in_place(&|a| F::scale_slice(a, k)), each(&|i| a[i] * k), "scale, n = {n}");
    assert_eq!(in_place(&|a| F::axpy(a, k, x)), each(&|i| a[i] + k * x[i]), "axpy, n = {n}");
    assert_eq!(in_place(&|a| F::mul_add_slice(a, x, y)), each(&|i| a[i] + x[i] * y[i]), "mul_add, n = {n}");
    for k in [F::ZERO, F::ONE, -F::ONE, k] {
        assert_eq!(
            in_place(&|a| F::beaver(a, x, b, y, c, k)),
            each(&|i| a[i] + x[i] * b[i] + y[i] * c[i] + k * x[i] * y[i]),
            "beaver, n = {n}"
        );
        let horner = a.iter().rev().fold(F::ZERO, |sum, a| sum * k + *a);
        assert_eq!(F::horner(a, k), horner, "horner, n = {n}");
    }
    let sum_of = |f: &dyn Fn(usize) -> F| (0..n).fold(F::ZERO, |sum, i| sum + f(i));
    assert_eq!(F::dot(a, b), sum_of(&|i| a[i] * b[i]), "dot, n = {n}");
    assert_eq!(F::sum(a), sum_of(&|i| a[i]), "sum, n = {n}");
    let largest = vec![-F::ONE; n];
    assert_eq!(F::dot(&largest, &largest), sum_of(&|_| F::ONE), "dot of p − 1, n = {n}");
}

pub fn unequal_lengths<F: Field>() {
    on_both_paths(|| {
        let k = random::<F>(20, 1)[0];
        for (n, m) in [(0, 5), (5, 0), (3, 9), (9, 3), (64, 67), (131, 130)] {
            let shorter = n.min(m);
            let [a, x]: [Vec<F>; 2] = array::from_fn(|i| random(21 + i as u8, n));
            let [b, y]: [Vec<F>; 2] = array::from_fn(|i| random(23 + i as u8, m));
            let check = |kernel: &dyn Fn(&mut [F]), expected: &dyn Fn(usize) -> F| {
                let mut out = a.clone();
                kernel(&mut out);
                let expected: Vec<F> = (0..n).map(|i| if i < shorter { expected(i) } else { a[i] }).collect();
                assert_eq!(out, expected, "lengths {n} and {m}");
            };
            check(&|a| F::add_assign_slice(a, &b), &|i| a[i] + b[i]);
            check(&|a| F::sub_assign_slice(a, &b), &|i| a[i] - b[i]);
            check(&|a| F::mul_assign_slice(a, &b), &|i| a[i] * b[i]);
            check(&|a| F::axpy(a, k, &b), &|i| a[i] + k * b[i]);
            check(&|a| F::mul_add_slice(a, &x, &b), &|i| a[i] + x[i] * b[i]);
            check(&|a| F::beaver(a, &b, &x, &y, &x, k), &|i| a[i] + b[i] * x[i] + y[i] * (x[i] + k * b[i]));
            let dot = (0..shorter).fold(F::ZERO, |sum, i| sum + a[i] * b[i]);
            assert_eq!(F::dot(&a, &b), dot);
        }
    });
}

pub fn encoding<F: Field>() {
    on_both_paths(|| {
        for n in (0..20).chain([70]) {
            let elements = mixed::<F>(30, n);
            let mut bytes = vec![0xa5; 3];
            F::encode(&elements, &mut bytes);
            assert_eq!(bytes[..3], [0xa5; 3], "encoding appends");
            let bytes = &bytes[3..];
            assert_eq!(bytes.len(), n * F::BYTES);
            let mut decoded = vec![F::ONE; n];
            assert!(F::decode(bytes, &mut decoded));
            assert_eq!(decoded, elements);
            let before = random::<F>(31, n);
            let mut sum = before.clone();
            assert!(F::decode_add(bytes, &mut sum));
            assert!((0..n).all(|i| sum[i] == before[i] + elements[i]));
        }
        // The bytes are those of the canonical integer.
        assert_eq!(encoded::<F>(&[F::ZERO]), vec![0; F::BYTES]);
        let mut one = vec![0; F::BYTES];
        one[0] = 1;
        assert_eq!(encoded(&[F::ONE]), one);
        assert_eq!(encoded(&[-F::ONE]), integer_bytes::<F>(&plus(&F::modulus(), -1)));
        for element in edges_and_random::<F>(32) {
            if let Some(x) = element.to_u128() {
                assert!(
                    encoded(&[element]).iter().copied().eq(x
                        .to_le_bytes()
                        .into_iter()
                        .chain([0; 64])
                        .take(F::BYTES))
                );
            }
        }
    });
}

pub fn refused_bytes<F: Field>() {
    on_both_paths(|| {
        let p = F::modulus();
        for (offset, accepted) in [(-2, true), (-1, true), (0, false), (1, false), (2, false)] {
            let bytes = integer_bytes::<F>(&plus(&p, offset));
            // A bad value is found wherever it stands.
            for position in 0..9 {
                let mut all = encoded(&random::<F>(40, 9));
                all[position * F::BYTES..][..F::BYTES].copy_from_slice(&bytes);
                assert_eq!(F::decode(&all, &mut [F::ZERO; 9]), accepted, "p + {offset} at {position}");
                assert_eq!(F::decode_add(&all, &mut [F::ONE; 9]), accepted, "p + {offset} at {position}");
            }
        }
        assert!(!F::decode(&vec![0xff; F::BYTES], &mut [F::ZERO]));
        assert!(!F::decode_add(&vec![0xff; F::BYTES], &mut [F::ZERO]));
        for bytes in [0, F::BYTES - 1, F::BYTES + 1, 2 * F::BYTES - 1, 2 * F::BYTES + 1, 3 * F::BYTES] {
            for elements in [1, 2] {
                let fits = bytes == elements * F::BYTES;
                assert_eq!(F::decode(&vec![0; bytes], &mut vec![F::ZERO; elements]), fits);
                assert_eq!(F::decode_add(&vec![0; bytes], &mut vec![F::ZERO; elements]), fits);
            }
        }
        // Every accepted string re-encodes to itself: all strings of a short field, random ones of a long field.
        let strings: Vec<Vec<u8>> = if F::BYTES <= 2 {
            (0..1_usize << (8 * F::BYTES)).map(|x| x.to_le_bytes()[..F::BYTES].to_vec()).collect()
        } else {
            let mut bytes = vec![0; 1000 * F::BYTES];
            Prg::new(&Seed([41; 16])).fill(&mut bytes);
            bytes.chunks(F::BYTES).map(<[u8]>::to_vec).collect()
        };
        let mut accepted = 0_u64;
        for bytes in &strings {
            let mut element = [F::ZERO];
            if F::decode(bytes, &mut element) {
                assert_eq!(encoded(&element), *bytes);
                accepted += 1;
            }
        }
        assert!(accepted > 0);
        if F::BYTES <= 2 {
            assert_eq!(accepted, p[0], "exactly p strings are accepted");
        }
    });
}

pub fn sampling<F: Field>() {
    on_both_paths(|| {
        let seed = Seed([50; 16]);
        let whole = random::<F>(50, 700);
        // The same elements from the same bytes, however the calls are split.
        for split in [0, 1, 2, 7, 8, 9, 255, 256, 257, 699, 700] {
            let mut prg = Prg::new(&seed);
            let mut parts = vec![F::ZERO; 700];
            let (first, second) = parts.split_at_mut(split);
            F::sample(&mut prg, first);
            F::sample(&mut prg, second);
            assert!(parts == whole, "split at {split}");
        }
        let mut one_by_one = Prg::new(&seed);
        for expected in &whole {
            let mut element = [F::ZERO];
            F::sample(&mut one_by_one, &mut element);
            assert_eq!(element[0], *expected);
        }
        // The documented rule, spelled out: the accepted candidates stand in a fixed ratio to the elements (one, or
        // that of the field's internal form), and both streams have come to the same byte.
        let mut prg = Prg::new(&seed);
        let candidates: Vec<F> = whole.iter().map(|_| next_candidate(&mut prg)).collect();
        let first = whole.iter().position(|x| *x != F::ZERO).unwrap();
        for (element, candidate) in whole.iter().zip(&candidates) {
            assert_eq!(*element * candidates[first], *candidate * whole[first]);
        }
        let (mut next, mut expected) = ([0; 40], [0; 40]);
        prg.fill(&mut next);
        one_by_one.fill(&mut expected);
        assert_eq!(next, expected);
    });
}

fn next_candidate<F: Field>(prg: &mut Prg) -> F {
    loop {
        let mut bytes = vec![0; F::BYTES];
        prg.fill(&mut bytes);
        *bytes.last_mut().unwrap() &= u8::MAX >> (8 * F::BYTES as u32 - F::BITS);
        let mut element = [F::ZERO];
        if F::decode(&bytes, &mut element) {
            return element[0];
        }
    }
}

pub fn uniformity<F: Field>() {
    // Chi-square over 16 classes of the canonical value: by remainder, and by size (the top eight bits, scaled).
    let n = 20_000;
    let elements = random::<F>(60, n);
    let top_of_p = f64::from(top_bits(&integer_bytes::<F>(&plus(&F::modulus(), -1)))) + 1.0;
    let (mut by_remainder, mut by_size) = ([0.0; 16], [0.0; 16]);
    for element in &elements {
        let bytes = encoded(&[*element]);
        by_remainder[usize::from(bytes[0] % 16)] += 1.0;
        by_size[((f64::from(top_bits(&bytes)) * 16.0 / top_of_p) as usize).min(15)] += 1.0;
    }
    let exact = |class: &dyn Fn(u64) -> usize| -> [f64; 16] {
        let mut shares = [1.0 / 16.0; 16];
        if F::BYTES <= 2 {
            shares = [0.0; 16];
            (0..F::modulus()[0]).for_each(|x| shares[class(x)] += 1.0 / F::modulus()[0] as f64);
        }
        shares
    };
    let remainders = exact(&|x| (x % 256 % 16) as usize);
    assert!(chi_square(&by_remainder, &remainders, n) < 56.5, "{by_remainder:?}");
    if F::BYTES > 2 {
        assert!(chi_square(&by_size, &[1.0 / 16.0; 16], n) < 56.5, "{by_size:?}");
    }
}

/// 56.5 is exceeded with probability 1e-6 at 15 degrees of freedom.
fn chi_square(counts: &[f64; 16], shares: &[f64; 16], n: usize) -> f64 {
    counts
        .iter()
        .zip(shares)
        .map(|(count, share)| (count - share * n as f64).powi(2) / (share * n as f64))
        .sum()
}

/// The top 16 bits of the encoding's last two bytes.
fn top_bits(bytes: &[u8]) -> u16 {
    let high = *bytes.last().unwrap();
    let low = bytes.len().checked_sub(2).map_or(0, |i| bytes[i]);
    u16::from_be_bytes([high, low])
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

/// An integer plus a small one.
fn plus(limbs: &[u64], x: i128) -> Vec<u64> {
    let mut carry = x;
    let mut sum: Vec<u64> = limbs
        .iter()
        .map(|limb| {
            carry += i128::from(*limb);
            let low = carry as u64;
            carry >>= 64;
            low
        })
        .collect();
    sum.push(carry as u64);
    sum
}

/// The `BYTES` low bytes of an integer; the rest must be zero.
fn integer_bytes<F: Field>(limbs: &[u64]) -> Vec<u8> {
    let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    assert!(bytes[F::BYTES..].iter().all(|b| *b == 0));
    bytes.truncate(F::BYTES);
    bytes
}
