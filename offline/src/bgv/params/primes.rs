//! Deterministic search for NTT primes.

/// The `count` largest primes below `2^bits` that are 1 mod `2n` and not in `taken`, in descending order; fewer if there
/// are no more. `bits` is at most 50 and `n` a power of two.
#[allow(clippy::arithmetic_side_effects, reason = "everything is below 2^51: public parameters")]
pub(in crate::bgv) fn ntt_primes(bits: u32, n: u64, count: usize, taken: &[u64]) -> Vec<u64> {
    let step = 2 * n;
    let top = 1_u64 << bits;
    (1..top / step)
        .map(|k| top - k * step + 1)
        .filter(|q| !taken.contains(q) && is_prime(*q))
        .take(count)
        .collect()
}

/// Miller's test with the first twelve primes as bases: no composite below 2^64 passes (Sorenson and Webster 2015).
#[allow(clippy::arithmetic_side_effects, reason = "odd n > 2; products are taken in 128 bits")]
fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 || BASES.iter().any(|b| n.is_multiple_of(*b)) {
        return BASES.contains(&n);
    }
    let twos = (n - 1).trailing_zeros();
    BASES.iter().all(|base| {
        let mut x = pow_mod(*base, (n - 1) >> twos, n);
        if x == 1 || x == n - 1 {
            return true;
        }
        (1..twos).any(|_| {
            x = mul_mod(x, x, n);
            x == n - 1
        })
    })
}

/// `a b mod n`, for set-up only.
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "n is not zero; the remainder is below 2^64"
)]
fn mul_mod(a: u64, b: u64, n: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(n)) as u64
}

/// `base^e mod n`, for set-up only.
#[allow(clippy::arithmetic_side_effects, reason = "n is not zero")]
fn pow_mod(base: u64, mut e: u64, n: u64) -> u64 {
    let (mut acc, mut square) = (1 % n, base % n);
    while e > 0 {
        if e & 1 == 1 {
            acc = mul_mod(acc, square, n);
        }
        square = mul_mod(square, square, n);
        e >>= 1;
    }
    acc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primality_agrees_with_trial_division_and_refuses_strong_pseudoprimes() {
        for n in 0..5000_u64 {
            let by_division = n >= 2 && (2..n).take_while(|d| d * d <= n).all(|d| n % d != 0);
            assert_eq!(is_prime(n), by_division, "{n}");
        }
        // Composite, yet strong pseudoprimes to the first 4, 8 and 9 prime bases.
        for n in [3_215_031_751_u64, 341_550_071_728_321, 3_825_123_056_546_413_051] {
            assert!(!is_prime(n), "{n}");
        }
        assert!(is_prime(0xffff_ffff_0000_0001));
    }

    #[test]
    fn the_search_is_ordered_distinct_and_within_width() {
        let first = ntt_primes(45, 16384, 6, &[]);
        assert_eq!(first.len(), 6);
        assert!(first.is_sorted_by(|a, b| a > b));
        assert!(first.iter().all(|q| is_prime(*q) && q % 32768 == 1 && q >> 44 == 1));
        let others = ntt_primes(45, 16384, 6, &first);
        assert!(others.iter().all(|q| !first.contains(q)));
    }
}
