//! The bounds that the parameters are derived from, in exact integers.
//!
//! Notation: N ring dimension, p plaintext modulus, sec statistical security, τ the largest honest absolute value of a
//! coefficient (p/2 for a plaintext m, 1 for u and s, 21 for e, e0, e1), U statements and V rows of a plaintext proof,
//! K rows of a set-up proof.
//!
//! **Rows.** A plaintext proof has challenges from a set of 2N + 1 elements a cell. If for one statement no two accepted
//! challenge matrices differ in its column alone, at most a fraction (2N + 1)^-V of all matrices is accepted; so a cheating
//! prover without a witness passes an attempt with at most that probability, and 16 attempts with 16 (2N + 1)^-V.
//! V is the smallest with (2N + 1)^V ≥ 2^(sec + 4). The set-up proofs have binary challenges: K = sec + 4 by the same count.
//!
//! **Masks.** With z = y + δ, y uniform in `[-M, M)` and |δ| ≤ B known in advance (B = Uτ in a plaintext proof, τ in the
//! set-up proofs), accept if z lies in `[-(M - B), M - B)`. For every such z and δ the mask y = z - δ was possible, so an
//! accepted z is exactly uniform there and acceptance has probability 1 - B/M whatever δ is. Over C coefficients of one
//! proof M = 4 C B accepts all of them with probability (1 - 1/(4C))^C ≈ exp(-1/4) = 78 %, independently of the witness.
//! In the set-up a rejection makes all parties wait for one, so M is 2 or 4 times that (88 or 94 %) where it costs nothing: in the
//! diagonal proof, whose slack is far below the plaintext proof's, as far as a mask of an error fits 31 bits; in the key
//! proof as far as the noise still fits the modulus that is taken anyway (`Params`).
//!
//! **Extraction.** Two accepted transcripts that differ in column k give (X^a - X^b) m = z - z' (or X^a m = z - z'), and
//! 2/(X^a - X^b) has coefficients in {0, ±1}: |2m| ≤ N · 2(M - B). This bounds the *doubled* ciphertext, the one that is used.
//! Binary challenges give m = ±(z - z') itself, hence 2(M - B), without doubling.
//!
//! **Noise of a verified ciphertext under a verified key.** c0 - c1 s = v = m + p (e u + e0 - e1 s), so
//! |v| ≤ ν = |m| + p (N |e| |u| + |e0| + N |e1| |s|) with every bound as extracted. (With |e| ≤ 21 S_k and |e1| ≤ 21 S this is
//! the p κ N S S_k of the literature with κ = 42; the terms in m and e0, 2^-38 of it, are not dropped here.)
//!
//! **What flooding must hide.** A reply x C - Enc(e) decrypts over the integers to x v - e - p (fresh noise) - p r. The owner
//! of the key may know d = x m - e mod p; everything beyond is p times an integer, which r has to hide. x is uniform mod p
//! and independent of v, so a coefficient of x v has mean 0 and standard deviation at most σ = ν p √(N/12) (a scalar x moves it by at
//! most ν p/2 < σ). Added to it in the worst case are the fresh noise f = p (N |e| + 21 + 21 N |s|) and d and e, 2p in all. With r
//! uniform on `[-R, R)` a shift of p r by t costs t/(2 p R) in statistical distance; the expectation of t is at most
//! σ + f + 2p, since E|t| ≤ √E t². So a coefficient costs at most (σ + f + 2p)/(2 p R), exactly: no tail estimate enters.
//! The rule p R ≥ 2^sec E with E = 8 σ + f + 2p makes that 2^-(sec + 4) or less a coefficient.
//!
//! **Modulus.** q ≥ 8 (p R + E): the flooded noise takes 1/8 of q, the rest is left to the compression of replies (`limbs`).

use super::super::range::Range;
use num_bigint::BigUint;

/// Attempts a prover has before it must give up; a cheating prover has as many.
pub const ATTEMPTS_LOG2: u32 = 4;
/// Masks of the set-up proofs are at most `2^MOST_ROOM` times as wide as they need to be.
pub const MOST_ROOM: u32 = 2;
/// Bound of the centred binomial distribution CBD(21).
pub const ERROR_BOUND: u32 = 21;

/// Mask ranges of one proof: coefficients are drawn from `[-M, M)` and accepted in `[-(M - shift), M - shift)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masks {
    /// M for the plaintext; `None` in the key proof, which has none.
    pub plain: Option<Range>,
    /// M for u (for s in the key proof).
    pub ternary: u32,
    /// M for e0 and e1 (for e in the key proof).
    pub error: u32,
    /// Largest honest shift in units of τ: the number of statements a response adds up.
    pub statements: u32,
}

/// Bounds on the coefficients of an extracted witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// |m|
    pub plain: BigUint,
    /// |u| or |s|; over an honest bound of 1 this is the slack.
    pub ternary: BigUint,
    /// |e0|, |e1| or |e|
    pub error: BigUint,
}

/// Everything that follows from (p, N, sec) alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub rows: u32,
    pub block: u32,
    pub setup_rows: u32,
    pub proof: Masks,
    pub key: Masks,
    pub diagonal: Masks,
    pub proof_witness: Witness,
    pub key_witness: Witness,
    pub diagonal_witness: Witness,
    /// ν
    pub noise: BigUint,
    /// σ + f + 2p: bound on the mean absolute shift that flooding hides.
    pub mean_shift: BigUint,
    /// E = 8 σ + f + 2p
    pub shift: BigUint,
    /// The least R with p R ≥ 2^sec E.
    pub flood: BigUint,
    /// 8 (p R + E)
    pub modulus: BigUint,
}

#[allow(
    clippy::arithmetic_side_effects,
    reason = "big integers do not overflow; n, sec and row counts are small and public"
)]
impl Bounds {
    /// The bounds for plaintext modulus `p`, ring dimension `n` (at most 2^15) and `sec` (at most 128); `None` if a mask of
    /// an error does not fit 31 bits. The masks of the key proof are `2^room` times as wide as they need to be.
    pub fn derive(p: &BigUint, n: u32, sec: u32, room: u32) -> Option<Self> {
        let challenges = BigUint::from(2 * n + 1);
        let target = BigUint::from(1_u32) << (sec + ATTEMPTS_LOG2);
        let rows = (1..=sec + ATTEMPTS_LOG2).find(|v| challenges.pow(*v) >= target)?;
        let block = 4 * rows;
        let setup_rows = sec + ATTEMPTS_LOG2;

        let wide_n = u64::from(n);
        let plain_bound = p / 2_u32;
        let masks = |coefficients: u64, statements: u32, plain: bool, room: u32| -> Option<Masks> {
            let factor = (4 * coefficients * u64::from(statements)) << room;
            Some(Masks {
                plain: plain.then(|| Range::at_least(&(&plain_bound * factor))),
                ternary: mask(factor)?,
                error: mask(factor * u64::from(ERROR_BOUND))?,
                statements,
            })
        };
        let proof = masks(4 * u64::from(rows) * wide_n, block, true, 0)?;
        let key = masks(2 * u64::from(setup_rows) * wide_n, 1, false, room)?;
        let wider = |room| masks(u64::from(setup_rows) * (3 * wide_n + 1), 1, true, room);
        let diagonal = (0..=MOST_ROOM).rev().find_map(wider)?;

        let proof_witness = proof.witness(&plain_bound, 2 * n);
        let key_witness = key.witness(&plain_bound, 2);
        let diagonal_witness = diagonal.witness(&plain_bound, 2);

        let noise_of = |w: &Witness| {
            &w.plain
                + p * (&key_witness.error * &w.ternary * n + &w.error + &w.error * &key_witness.ternary * n)
        };
        let noise = noise_of(&proof_witness).max(noise_of(&diagonal_witness));
        let honest = Witness {
            plain: BigUint::default(),
            ternary: BigUint::from(1_u32),
            error: BigUint::from(ERROR_BOUND),
        };
        let fresh = noise_of(&honest) + p * 2_u32;
        let variance = noise.pow(2) * p.pow(2) * n;
        let mean_shift = root_up(&(&variance / 12_u32)) + &fresh;
        let shift = root_up(&(&variance * 64_u32 / 12_u32)) + fresh;
        let flood = (&shift << sec) / p + 1_u32;
        let modulus = (p * &flood + &shift) * 8_u32;
        Some(Self {
            rows,
            block,
            setup_rows,
            proof,
            key,
            diagonal,
            proof_witness,
            key_witness,
            diagonal_witness,
            noise,
            mean_shift,
            shift,
            flood,
            modulus,
        })
    }
}

#[allow(clippy::arithmetic_side_effects, reason = "masks are at least four times the shifts")]
impl Masks {
    /// Honest coefficients of u are accepted in `[-bound, bound)`.
    #[must_use]
    pub fn accept_ternary(&self) -> u32 {
        self.ternary - self.statements
    }

    /// Honest coefficients of e0 and e1 are accepted in `[-bound, bound)`.
    #[must_use]
    pub fn accept_error(&self) -> u32 {
        self.error - ERROR_BOUND * self.statements
    }

    /// Honest coefficients of the plaintext are accepted in `[-bound, bound)`; `plain_bound` is p/2 rounded down.
    #[must_use]
    pub fn accept_plain(&self, plain_bound: &BigUint) -> BigUint {
        self.plain.map_or_else(BigUint::default, |range| range.half() - plain_bound * self.statements)
    }

    /// What two accepted responses bound, each coefficient `factor` times the accept bound.
    fn witness(&self, plain_bound: &BigUint, factor: u32) -> Witness {
        Witness {
            plain: self.accept_plain(plain_bound) * factor,
            ternary: BigUint::from(self.accept_ternary()) * factor,
            error: BigUint::from(self.accept_error()) * factor,
        }
    }
}

/// A mask bound, if `[-m, m)` fits an i32.
fn mask(m: u64) -> Option<u32> {
    u32::try_from(m).ok().filter(|m| *m <= 1 << 31)
}

/// An integer not below the square root of `x + 1`.
#[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow")]
fn root_up(x: &BigUint) -> BigUint {
    (x + 1_u32).sqrt() + 1_u32
}
