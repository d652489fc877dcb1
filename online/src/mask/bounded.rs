//! Bounded random numbers with proved range, in bulk: the high parts of statistical masks.
//!
//! Each party puts in numbers r_l, uniform below B, and proves that all are above −M and below M. Looking at the opened
//! masked value instead would not do: a contribution of 2^−k·δ mod p shifts its low bits while it still looks small.
//!
//! For each party and batch of m values, R rows and M ≥ 2^5·R·m·B, eight attempts side by side:
//! 1. The party puts in the r_l and, for each attempt, masks y_1 … y_R uniform below M.
//! 2. A coin, tossed when all of that is fixed: bits e_jl for each attempt. With the coin known before, y could be chosen
//!    to make any r pass.
//! 3. The party computes all z_j = y_j + Σ e_jl·r_l itself and announces the first attempt with every z_j in [m·B, M).
//!    No z_j of another attempt is ever opened: a rejected one would narrow down r.
//! 4. The z_j of that attempt are opened, checked, and must lie in [m·B, M).
//!
//! Rounds: 3, and 6 of the coin's check and the last one. Material: 1 input mask a value and party, and 8·R a batch.
//! Soundness: if some |r_l| ≥ M, at most one of the two values of e_jl lets row j pass, so an attempt passes with
//! probability 2^−R at most. An accepted z is uniform on [m·B, M) whatever the r_l are, and so is the number of the
//! attempt independent of them: this opening hides perfectly.
//! Fails with probability 2^-40 a batch for want of an acceptable attempt.

use std::hint::black_box;

use speedwell_field::{Field, Prg, Seed};
use speedwell_net::PartyId;
use zeroize::{Zeroize, Zeroizing};

use super::room::{ATTEMPTS, Proof};
use crate::error::{Error, PeerFault, Result};
use crate::join::try_join_all;
use crate::public::declared;
use crate::session::Session;
use crate::share::Shares;
use crate::transcript::{Transcript, fresh32};
use crate::weakness::Weakness;

/// `n` sums of one bounded number of each party: each part above −2^`bound` and below 2^`bound`, an honest one uniform
/// below 2^`beta`.
pub(crate) async fn bounded_sums<F: Field>(s: &Session<F>, n: usize, proof: &Proof) -> Result<Shares<F>> {
    let owners: Vec<PartyId> = PartyId::all(s.parties()).collect();
    let own = if s.is_planning() { Zeroizing::default() } else { Uniform::new()?.below(proof.beta, n) };
    let mut parts = bounded_inputs(s, &owners, n, proof, own).await?.into_iter();
    let first = parts.next().unwrap_or_else(|| s.constant(&[]));
    Ok(parts.fold(first, |sum, part| sum + &part))
}

/// `n` numbers of each of the `owners`, which put them in and prove them: above −2^`bound` and below 2^`bound`. An honest
/// owner's are below 2^`beta`; `values` are our own, if we are one.
pub(crate) async fn bounded_inputs<F: Field>(
    s: &Session<F>,
    owners: &[PartyId],
    n: usize,
    proof: &Proof,
    values: Zeroizing<Vec<u128>>,
) -> Result<Vec<Shares<F>>> {
    let batches = n.div_ceil(proof.batch.max(1));
    let masks = batches.saturating_mul(ATTEMPTS).saturating_mul(proof.rows);
    // 1. Values and masks of every owner, in one round.
    let own = Own {
        values,
        masks: if s.is_planning() { Zeroizing::default() } else { Uniform::new()?.below(proof.bound, masks) },
    };
    let elements: Vec<F> = own.values.iter().chain(own.masks.iter()).map(|x| F::from_u128(*x)).collect();
    let len = n.saturating_add(masks);
    let elements = Zeroizing::new(if s.is_planning() { vec![F::ZERO; len] } else { elements });
    let ours = |owner: PartyId| (owner == s.me()).then_some(elements.as_slice());
    let inputs: Vec<_> = owners.iter().map(|owner| s.input(*owner, len, ours(*owner))).collect();
    let inputs = try_join_all(inputs).await?;
    // 2. The coin.
    let coin = s.coin().await?;
    // 3. Which attempt of each batch is shown.
    let acceptable = own.acceptable(s.me(), n, proof, &coin);
    let mine = |owner: PartyId| (owner == s.me()).then_some(acceptable.as_slice());
    let said: Vec<_> = owners.iter().map(|owner| s.announce(*owner, batches, mine(*owner))).collect();
    let said = try_join_all(said).await?;
    // 4. The rows of those attempts, of all owners in one round.
    let mut openings = Vec::new();
    for ((owner, inputs), said) in owners.iter().zip(&inputs).zip(&said) {
        let chosen: Vec<usize> = match s.is_planning() {
            true => vec![0; batches],
            false => said.values().iter().map(|said| attempt(*owner, *said)).collect::<Result<_>>()?,
        };
        openings.push(s.open(rows(inputs, *owner, n, proof, &chosen, &coin)));
    }
    let opened = try_join_all(openings).await?;
    s.check().await?;
    for (owner, z) in owners.iter().zip(&opened) {
        let least = width(proof);
        let inside =
            |z: &F| z.to_u128().is_some_and(|z| least <= z && z.checked_shr(proof.bound).unwrap_or(0) == 0);
        if !z.values().iter().all(inside) && !s.weak(Weakness::RangesIgnored) {
            return Err(Error::peer(*owner, PeerFault::InputOutOfRange));
        }
    }
    Ok(inputs.iter().map(|inputs| inputs.slice(0..n)).collect())
}

/// m·B: what the sum of a batch's values may come to.
fn width(proof: &Proof) -> u128 {
    u128::try_from(proof.batch).unwrap_or(u128::MAX).checked_shl(proof.beta).unwrap_or(u128::MAX)
}

fn attempt<F: Field>(party: PartyId, said: F) -> Result<usize> {
    let number = said.to_u128().and_then(|number| usize::try_from(number).ok());
    match number {
        Some(number) if number < ATTEMPTS => Ok(number),
        Some(ATTEMPTS) => Err(Error::peer(party, PeerFault::Attempts)),
        _ => Err(Error::peer(party, PeerFault::InputOutOfRange)),
    }
}

/// What this party put in.
pub(crate) struct Own {
    pub(crate) values: Zeroizing<Vec<u128>>,
    pub(crate) masks: Zeroizing<Vec<u128>>,
}

/// Uniform numbers from the operating system's randomness.
pub(crate) struct Uniform {
    prg: Prg,
}

impl Uniform {
    fn new() -> Result<Self> {
        let mut fresh = fresh32()?;
        let mut seed = Seed([0; 16]);
        seed.0.iter_mut().zip(fresh).for_each(|(s, f)| *s = f);
        fresh.zeroize();
        Ok(Self::of(&seed))
    }

    pub(crate) fn of(seed: &Seed) -> Self {
        Self { prg: Prg::new(seed) }
    }

    /// `n` numbers below 2^`bits`.
    pub(crate) fn below(mut self, bits: u32, n: usize) -> Zeroizing<Vec<u128>> {
        let mut bytes = Zeroizing::new(vec![0; n.saturating_mul(16)]);
        self.prg.fill(&mut bytes);
        let drop = 128_u32.saturating_sub(bits);
        let number = |bytes: &[u8]| {
            let mut number = [0; 16];
            number.iter_mut().zip(bytes).for_each(|(n, b)| *n = *b);
            u128::from_le_bytes(number).checked_shr(drop).unwrap_or(0)
        };
        Zeroizing::new(bytes.chunks_exact(16).map(number).collect())
    }
}

impl Own {
    /// For each batch the first attempt whose rows are all in range; [`ATTEMPTS`] if there is none.
    pub(crate) fn acceptable<F: Field>(
        &self,
        me: PartyId,
        n: usize,
        proof: &Proof,
        coin: &[u8; 32],
    ) -> Vec<F> {
        let batches = n.div_ceil(proof.batch.max(1));
        let number = |batch: usize| {
            let acceptable = |attempt: &usize| {
                let mut sums = Zeroizing::new(vec![0_u128; proof.rows]);
                let (values, masks) = places(n, proof, batch, *attempt);
                let values = self.values.get(values).unwrap_or(&[]);
                let mut coefficients = Coefficients::new(coin, me, batch, *attempt, proof.rows);
                for four in values.chunks(4) {
                    let mut subset = [0_u128; 16];
                    subset_sums(four, &mut subset, u128::wrapping_add);
                    coefficients.four(|row, which| {
                        if let (Some(sum), Some(subset)) = (sums.get_mut(row), subset.get(which)) {
                            *sum = sum.wrapping_add(*subset);
                        }
                    });
                }
                let rows = sums.iter().zip(self.masks.get(masks).unwrap_or(&[]));
                // Both bounds of every row are looked at, so that a rejected attempt does not tell which one it broke.
                let in_range = |z: u128| (width(proof) <= z) & (z.checked_shr(proof.bound).unwrap_or(0) == 0);
                accept(rows.fold(true, |all, (sum, mask)| all & in_range(sum.wrapping_add(*mask))))
            };
            (0..ATTEMPTS).find(acceptable).unwrap_or(ATTEMPTS)
        };
        (0..batches).map(|batch| F::from_u64(u64::try_from(number(batch)).unwrap_or(u64::MAX))).collect()
    }
}

/// Declares public whether an attempt is accepted: the number of the first one that is gets announced.
///
/// It tells nothing about the values: the masks being uniform below M, as many of them are accepted whatever the values
/// are, and those of a rejected attempt are used nowhere. It is the only bit that the proof branches on.
#[inline(always)]
fn accept(in_range: bool) -> bool {
    declared(in_range)
}

/// Shares of the rows z_j = y_j + Σ e_jl·r_l of the chosen attempt of every batch.
pub(crate) fn rows<F: Field>(
    inputs: &Shares<F>,
    party: PartyId,
    n: usize,
    proof: &Proof,
    chosen: &[usize],
    coin: &[u8; 32],
) -> Shares<F> {
    let mut masks = Vec::with_capacity(chosen.len().saturating_mul(proof.rows));
    for (batch, attempt) in chosen.iter().enumerate() {
        // Among the inputs the masks stand behind the n values.
        masks.extend(places(n, proof, batch, *attempt).1.map(|at| at.saturating_add(n)));
    }
    inputs.gather(&masks).transformed(inputs, |sums, inputs| {
        for ((batch, attempt), sums) in chosen.iter().enumerate().zip(sums.chunks_mut(proof.rows.max(1))) {
            let values = inputs.get(places(n, proof, batch, *attempt).0).unwrap_or(&[]);
            let mut coefficients = Coefficients::new(coin, party, batch, *attempt, proof.rows);
            for four in values.chunks(4) {
                let mut subset = [F::ZERO; 16];
                // Of a sum of sums in registers the compiler reduces `Goldilocks` by a branch.
                subset_sums(four, &mut subset, |x, y| black_box(x + y));
                coefficients.four(|row, which| {
                    if let (Some(sum), Some(subset)) = (sums.get_mut(row), subset.get(which)) {
                        *sum += *subset;
                    }
                });
            }
        }
    })
}

/// Where a batch's values lie among a party's values, and an attempt's masks among its masks.
fn places(
    n: usize,
    proof: &Proof,
    batch: usize,
    attempt: usize,
) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let start = batch.saturating_mul(proof.batch);
    let values = start..start.saturating_add(proof.batch).min(n);
    let first = batch.saturating_mul(ATTEMPTS).saturating_add(attempt).saturating_mul(proof.rows);
    (values, first..first.saturating_add(proof.rows))
}

/// All sums of up to four numbers, at the index whose bits say which.
fn subset_sums<T: Copy + Default>(four: &[T], sums: &mut [T; 16], add: impl Fn(T, T) -> T) {
    for (bit, half) in [1_usize, 2, 4, 8].into_iter().enumerate() {
        let x = four.get(bit).copied().unwrap_or_default();
        for index in 0..half {
            if let Some(sum) = sums.get(index).map(|without| add(*without, x))
                && let Some(place) = sums.get_mut(index | half)
            {
                *place = sum;
            }
        }
    }
}

/// The bits e_jl of one attempt: four values l at a time, all rows j.
struct Coefficients {
    prg: Prg,
    bytes: Vec<u8>,
    rows: usize,
}

impl Coefficients {
    fn new(coin: &[u8; 32], party: PartyId, batch: usize, attempt: usize, rows: usize) -> Self {
        let number = |x: usize| u64::try_from(x).unwrap_or(u64::MAX);
        let hash = Transcript::new("range proof").bytes(coin).party(party);
        let hash = hash.number(number(batch)).number(number(attempt)).finish();
        let mut seed = [0; 16];
        seed.iter_mut().zip(hash).for_each(|(s, h)| *s = h);
        Self { prg: Prg::new(&Seed(seed)), bytes: vec![0; rows.div_ceil(2)], rows }
    }

    /// Calls `row(j, e)` for every row j with the bits e of the next four values.
    fn four(&mut self, mut row: impl FnMut(usize, usize)) {
        self.prg.fill(&mut self.bytes);
        for j in 0..self.rows {
            let byte = self.bytes.get(j.wrapping_shr(1)).copied().unwrap_or(0);
            row(j, usize::from(if j & 1 == 0 { byte & 15 } else { byte.wrapping_shr(4) }));
        }
    }
}

#[cfg(test)]
mod tests;
