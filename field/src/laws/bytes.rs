//! Canonical bytes and sampling.

use super::{edges_and_random, encoded, mixed, on_both_paths, random};
use crate::{Field, Prg, Seed};

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
            let mut packed = vec![0xa5; 3];
            F::pack(&elements, &mut packed);
            assert_eq!(packed[..3], [0xa5; 3], "packing appends");
            let packed = &packed[3..];
            assert_eq!(packed.len(), n * F::BYTES);
            let mut unpacked = vec![F::ONE; n];
            assert!(F::unpack(packed, &mut unpacked));
            assert_eq!(unpacked, elements);
            let before = random::<F>(31, n);
            let mut sum = before.clone();
            assert!(F::unpack_add(packed, &mut sum));
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
                assert_eq!(F::unpack(&all, &mut [F::ZERO; 9]), accepted, "p + {offset} at {position}");
                assert_eq!(F::unpack_add(&all, &mut [F::ONE; 9]), accepted, "p + {offset} at {position}");
            }
        }
        assert!(!F::decode(&vec![0xff; F::BYTES], &mut [F::ZERO]));
        assert!(!F::unpack(&vec![0xff; F::BYTES], &mut [F::ZERO]));
        assert!(!F::unpack_add(&vec![0xff; F::BYTES], &mut [F::ZERO]));
        for bytes in [0, F::BYTES - 1, F::BYTES + 1, 2 * F::BYTES - 1, 2 * F::BYTES + 1, 3 * F::BYTES] {
            for elements in [1, 2] {
                let fits = bytes == elements * F::BYTES;
                assert_eq!(F::decode(&vec![0; bytes], &mut vec![F::ZERO; elements]), fits);
                assert_eq!(F::unpack(&vec![0; bytes], &mut vec![F::ZERO; elements]), fits);
                assert_eq!(F::unpack_add(&vec![0; bytes], &mut vec![F::ZERO; elements]), fits);
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
            let unpacked = F::unpack(bytes, &mut element);
            assert_eq!(unpacked, F::decode(bytes, &mut [F::ZERO]), "the same strings are forms");
            if unpacked {
                let mut packed = Vec::new();
                F::pack(&element, &mut packed);
                assert_eq!(packed, *bytes);
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
