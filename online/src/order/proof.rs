//! # That every party's controls are bits
//!
//! For each party, T = Σ χ_k·(b_k² − b_k) under a coin χ that came when the b_k were fixed is revealed; it is 0 for bits, and for
//! anything else with probability 1/p at most. Two ways to come by it:
//! - *directly*: a square a control. Rounds 8: the squares, the coin, T and its check.
//! - *by polynomials*, for many controls (the fully linear proofs of ePrint 2019/188, without recursion): the controls are
//!   the values at 1, …, 16 of polynomials f_j of degree 15, one for every 16 controls. q = Σ χ_j·(f_j² − f_j) has degree 30 and is 0 at
//!   those places; the party, who knows all, puts in its values at the next 15. A second coin gives a place x, and
//!   T = q(x) − Σ χ_j·(f_j(x)² − f_j(x)) takes a square for every 16 controls. If a control is no bit, the q that was put in is another
//!   polynomial than the sum, and they agree at x with probability 30/p at most. Rounds 15: two coins, q, the squares, T with the
//!   checks before and after it.
//!
//! Leaks: nothing; T of an honest party is 0, and that of a cheater follows from its own controls.

use speedwell_field::{Field, Prg, Seed};
use speedwell_net::PartyId;
use zeroize::Zeroizing;

use crate::error::{Error, PeerFault, Result};
use crate::join::try_join_all;
use crate::protocol::square;
use crate::session::Session;
use crate::share::Shares;
use crate::transcript::Transcript;
use crate::weakness::Weakness;

/// Up to so many controls of a party the squares cost less than the rounds of the polynomials.
const DIRECT: usize = 1 << 14;
/// Controls in a polynomial.
const POINTS: usize = 16;
/// Values of q that are put in.
const MORE: usize = POINTS - 1;

/// Squares that the proof takes for so many controls of each of the parties.
pub(super) fn squares(controls: usize, parties: usize) -> usize {
    let each = if controls > DIRECT { controls.div_ceil(POINTS) } else { controls };
    each.saturating_mul(parties)
}

/// Proves that the controls of every party are bits; `own` are this party's, in the clear.
///
/// # Errors
/// [`PeerFault::InputOutOfRange`] at every party, of the first party whose controls are none; whatever ends the session.
pub(super) async fn prove_bits<F: Field>(s: &Session<F>, own: &[F], controls: &[Shares<F>]) -> Result<()> {
    let tests = if own.len() > DIRECT {
        by_polynomials(s, own, controls).await
    } else {
        directly(s, controls).await
    }?;
    let parts: Vec<&Shares<F>> = tests.iter().collect();
    let Some(tests) = Shares::concat(&parts) else { return Ok(()) };
    if s.weak(Weakness::ControlsUnproven) {
        return Ok(());
    }
    let values = s.reveal(&tests).await?;
    if s.is_planning() {
        return Ok(());
    }
    match PartyId::all(s.parties()).zip(values).find(|(_, t)| *t != F::ZERO) {
        Some((party, _)) => Err(Error::peer(party, PeerFault::InputOutOfRange)),
        None => Ok(()),
    }
}

async fn directly<F: Field>(s: &Session<F>, controls: &[Shares<F>]) -> Result<Vec<Shares<F>>> {
    let squares = try_join_all(controls.iter().map(|b| square(s, b))).await?;
    let coin = s.coin().await?;
    let tests = PartyId::all(s.parties()).zip(controls).zip(squares);
    Ok(tests.map(|((party, b), bb)| (bb - b).dot_public(&chi(&coin, Some(party), b.len(), s))).collect())
}

async fn by_polynomials<F: Field>(
    s: &Session<F>,
    own: &[F],
    controls: &[Shares<F>],
) -> Result<Vec<Shares<F>>> {
    let polynomials = own.len().div_ceil(POINTS);
    let coin = s.coin().await?;
    // 1. The values of q behind those of the controls.
    let further = if s.is_planning() {
        Zeroizing::new(vec![F::ZERO; MORE])
    } else {
        further_values(own, &chi(&coin, Some(s.me()), polynomials, s))
    };
    let further = s.input_all(&further).await?;
    // 2. A place, and f_j there.
    let second = s.coin().await?;
    let x = chi(&second, None, 1, s).first().copied().unwrap_or(F::ZERO);
    let weights = lagrange_at(&points(1, POINTS), x);
    let values: Vec<Shares<F>> = controls.iter().map(|b| values_at(s, b, polynomials, &weights)).collect();
    let squares = try_join_all(values.iter().map(|f| square(s, f))).await?;
    // 3. q(x) − Σ χ_j·(f_j(x)² − f_j(x)).
    let all_weights = lagrange_at(&points(1, POINTS.saturating_add(MORE)), x);
    let (_, weights) = all_weights.split_at_checked(POINTS).unwrap_or((&[], &[]));
    let tests = PartyId::all(s.parties()).zip(values).zip(squares).zip(further);
    Ok(tests
        .map(|(((party, f), ff), q)| {
            q.dot_public(weights) - (ff - &f).dot_public(&chi(&coin, Some(party), polynomials, s))
        })
        .collect())
}

/// q at the places behind those of the controls.
pub(crate) fn further_values<F: Field>(own: &[F], chi: &[F]) -> Zeroizing<Vec<F>> {
    let known = points(1, POINTS);
    let first = u64::try_from(POINTS).unwrap_or(u64::MAX).saturating_add(1);
    let mut f = Zeroizing::new(vec![F::ZERO; chi.len()]);
    let mut excess = f.clone();
    points(first, MORE)
        .into_iter()
        .map(|place| {
            f.fill(F::ZERO);
            for (weight, values) in lagrange_at(&known, place).iter().zip(own.chunks(chi.len().max(1))) {
                F::axpy(&mut f, *weight, values);
            }
            excess.copy_from_slice(&f);
            F::mul_assign_slice(&mut excess, &f);
            F::sub_assign_slice(&mut excess, &f);
            F::dot(chi, &excess)
        })
        .collect::<Vec<F>>()
        .into()
}

/// f_j(x) for every j: control j + t·(number of polynomials) is the value of f_j at t + 1, and those behind the last are 0.
fn values_at<F: Field>(s: &Session<F>, controls: &Shares<F>, polynomials: usize, weights: &[F]) -> Shares<F> {
    let padding = polynomials.saturating_mul(POINTS).saturating_sub(controls.len());
    let padded = controls.clone().append(&s.constant(&vec![F::ZERO; padding]));
    let zero = s.constant(&vec![F::ZERO; polynomials]);
    padded
        .planes(POINTS)
        .iter()
        .zip(weights)
        .fold(zero, |sum, (plane, weight)| sum.plus_scaled(*weight, plane))
}

/// The weights with which values at `points` give that of their polynomial at x.
fn lagrange_at<F: Field>(points: &[F], x: F) -> Vec<F> {
    points
        .iter()
        .map(|t| {
            let others = points.iter().filter(|u| *u != t);
            let (above, below) =
                others.fold((F::ONE, F::ONE), |(above, below), u| (above * (x - *u), below * (*t - *u)));
            above * below.inverse_or_zero()
        })
        .collect()
}

fn points<F: Field>(first: u64, count: usize) -> Vec<F> {
    (first..).take(count).map(F::from_u64).collect()
}

/// Uniform elements from a coin, for one party or for all.
fn chi<F: Field>(coin: &[u8; 32], party: Option<PartyId>, len: usize, s: &Session<F>) -> Vec<F> {
    let mut chi = vec![F::ZERO; len];
    if !s.is_planning() {
        let transcript = Transcript::new("controls are bits").bytes(coin);
        let transcript = party.into_iter().fold(transcript, Transcript::party);
        let mut seed = Seed([0; 16]);
        seed.0.iter_mut().zip(transcript.finish()).for_each(|(s, d)| *s = d);
        F::sample(&mut Prg::new(&seed), &mut chi);
    }
    chi
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_field::Fp127;

    type F = Fp127;

    /// What the test T is for these controls, in the clear.
    fn test(own: &[F], x: F) -> F {
        let polynomials = own.len().div_ceil(POINTS);
        let mut chi = vec![F::ZERO; polynomials];
        F::sample(&mut Prg::new(&Seed([3; 16])), &mut chi);
        let further = further_values(own, &chi);
        let weights = lagrange_at(&points(1, POINTS + MORE), x);
        let q = F::dot(&weights[POINTS..], &further);
        let mut f = vec![F::ZERO; polynomials];
        for (weight, values) in lagrange_at(&points(1, POINTS), x).iter().zip(own.chunks(polynomials)) {
            F::axpy(&mut f, *weight, values);
        }
        q - f.iter().zip(&chi).fold(F::ZERO, |sum, (f, chi)| sum + *chi * (*f * *f - *f))
    }

    #[test]
    fn the_test_is_zero_for_bits_at_every_place_and_for_nothing_else() {
        for len in [1, 16, 17, 100, 333] {
            let bits: Vec<F> = (0..len).map(|k| F::from_u64((k as u64 * k as u64 / 3) & 1)).collect();
            for x in [1, 7, 16, 20, 31, 1 << 50].map(F::from_u64) {
                assert_eq!(test(&bits, x), F::ZERO, "{len} controls");
            }
            for at in [0, len / 2, len - 1] {
                let mut bad = bits.clone();
                bad[at] += F::from_u64(2);
                assert_ne!(test(&bad, F::from_u64(1 << 50)), F::ZERO, "control {at} of {len}");
            }
        }
    }
}
