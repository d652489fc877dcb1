//! Primes for transforms, found here because the library chooses its own.

use speedwell_offline::bgv::Modulus;

/// The largest `count` primes q ≡ 1 mod 2n below 2^bits, bits ≤ 50, from above.
pub fn ntt_primes(bits: u32, n: usize, count: usize) -> Vec<u64> {
    let step = 2 * n as u64;
    (1..(1 << bits) / step).map(|k| (1 << bits) - k * step + 1).filter(|q| is_prime(*q)).take(count).collect()
}

/// Miller's test of an odd n > 37 with the first twelve primes as bases: no composite below 2^64 passes (Sorenson and Webster 2015).
fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    let modulus = Modulus::new(n);
    let twos = (n - 1).trailing_zeros();
    BASES.iter().all(|base| {
        let x = modulus.pow(*base, (n - 1) >> twos);
        let mut squares = core::iter::successors(Some(x), |x| Some(modulus.mul(*x, *x))).take(twos as usize);
        x == 1 || squares.any(|x| x == n - 1)
    })
}
