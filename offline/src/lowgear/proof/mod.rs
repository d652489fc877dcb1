//! Interactive proofs: mask, commit, coin, respond; with rejection.
//!
//! Functionality: every prover convinces all others that it knows a short witness. One run serves all verifiers and any number
//! of proofs of each prover. Source: ePrint 2019/035 (TopGear), with uniform masks and rejection as derived in `bgv::params`.
//! Flights an attempt: commitments, echo (n ≥ 3), coin (2), verdicts and responses.
//!
//! 1. Each prover draws masks, and commits by `HY = H(place, prover, statement, attempt, images of the masks; nonce)`.
//! 2. For n ≥ 3 all compare what they hold of everybody: statements and commitments.
//! 3. A joint coin; the challenge of a proof is a hash of coin, prover, place in the list, attempt.
//! 4. Responses are masks plus challenge times witness over the integers. If one leaves the range where it is uniform whatever the
//!    witness, the prover says "rejected" and nothing else, and comes again with fresh masks, nonce and coin: at most 16 times.
//!    For n ≥ 3 all compare who said what: otherwise a prover could send some verifiers to a next attempt and others not.
//! 5. Verifiers check all bounds, recompute the images from the responses, and compare the commitment.
//!
//! The images of a rejected attempt are never shown: together with the range they would tell about the witness.

mod code;
mod diagonal;
mod key;
mod plaintext;
mod row;
#[cfg(test)]
mod tests;

pub(super) use diagonal::{DiagonalProver, DiagonalVerifier};
pub(super) use key::{KeyProver, KeyVerifier};
pub(super) use plaintext::{BlockProver, BlockVerifier};
pub(super) use row::Encrypted;

use bytes::Bytes;
use speedwell_field::{Prg, Seed};
use speedwell_net::PartyId;
use speedwell_online::transcript::{Place, Transcript, commit, fresh32, opens};
use speedwell_online::{Error, PeerFault, Result, UsageFault};

use super::cheat::Weakness;
use super::engine::Secret;
use super::link::{Kind, Link};
use super::work::Workers;
use crate::bgv::Params;

/// Attempts of a prover; `bgv::params` counts with as many.
const ATTEMPTS: u64 = 16;
const LABEL: &str = "lowgear proof";

/// Bytes of the responses of a key proof, a diagonal proof, the proof of a block.
pub(super) fn response_lens(params: &Params) -> [usize; 3] {
    let rows = |rows: u32| usize::try_from(rows).unwrap_or(usize::MAX);
    let n = usize::try_from(params.dimension()).unwrap_or(usize::MAX);
    let diagonal = row::RowCode::new(params, params.diagonal_masks(), 1, true).len();
    let block = row::RowCode::new(params, params.proof_masks(), n, false).len();
    [
        key::KeyRowCode::new(params).len().saturating_mul(rows(params.setup_rows())),
        diagonal.saturating_mul(rows(params.setup_rows())),
        block.saturating_mul(rows(params.rows())),
    ]
}

/// A prover of one statement.
pub(super) trait Prover {
    /// Names the statement: role, public values.
    fn statement(&self) -> [u8; 32];
    /// Draws fresh masks; the hash of their images.
    fn first(&mut self, workers: &Workers, seed: &Secret) -> [u8; 32];
    /// The responses, or `None` if they were rejected. The masks are gone in either case.
    fn respond(&mut self, challenge: &mut Prg) -> Option<Vec<u8>>;
}

/// A verifier of one statement.
pub(super) trait Verifier {
    /// As the prover's.
    fn statement(&self) -> [u8; 32];
    /// Bytes of the responses.
    fn response_len(&self) -> usize;
    /// The hash of the images that the responses imply; `None` if a response is out of bounds.
    fn recompute(&self, workers: &Workers, challenge: &mut Prg, response: &[u8]) -> Option<[u8; 32]>;
}

/// Runs all proofs of `own` and of every peer, in the order of the peers. `number` tells this run from others of the epoch.
///
/// # Errors
/// [`PeerFault::Proof`], [`PeerFault::Attempts`], a failed echo or coin, network errors.
pub(super) async fn prove(
    link: &Link,
    workers: &Workers,
    number: u64,
    own: &mut [Box<dyn Prover + Send + '_>],
    theirs: &[Vec<Box<dyn Verifier + Sync + '_>>],
) -> Result<()> {
    let place = link.place(number);
    let mut own_open: Vec<usize> = (0..own.len()).collect();
    let mut open: Vec<Vec<usize>> = theirs.iter().map(|list| (0..list.len()).collect()).collect();
    for attempt in 0..ATTEMPTS {
        // 1.
        let mut firsts = Vec::new();
        let mut message = Vec::new();
        for index in &own_open {
            let Some(prover) = own.get_mut(*index) else { continue };
            let images = prover.first(workers, &Secret::fresh()?);
            let nonce = fresh32()?;
            let value = bound(&prover.statement(), *index, attempt, &images);
            message.extend_from_slice(&commit(LABEL, &place, link.me(), &value, &nonce));
            firsts.push(nonce);
        }
        let peers: Vec<PartyId> = link.peers().collect();
        let lens: Vec<usize> = open.iter().map(|open| open.len().saturating_mul(32)).collect();
        let commitments = link.exchange(Kind::First, Bytes::from(message.clone()), &lens).await?;
        // 2.
        link.echo(seen(link, &place, attempt, own, theirs, &message, &commitments)).await?;
        // 3.
        let coin = link.toss("lowgear challenge").await?;
        // 4.
        let (mut verdicts, mut responses, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
        for (index, nonce) in own_open.iter().zip(firsts) {
            let Some(prover) = own.get_mut(*index) else { continue };
            let response = prover.respond(&mut challenge(&coin, &place, link.me(), *index, attempt));
            verdicts.push(u8::from(response.is_some()));
            match response {
                Some(response) => {
                    responses.extend_from_slice(&nonce);
                    responses.extend_from_slice(&response);
                }
                None => rejected.push(*index),
            }
        }
        own_open = rejected;
        let lens: Vec<usize> = open.iter().map(Vec::len).collect();
        let own_verdicts = verdicts.clone();
        let verdicts = link.exchange(Kind::Verdicts, Bytes::from(verdicts), &lens).await?;
        // Who goes on to the next attempt is the same to all.
        link.echo(said(link, &place, attempt, &own_verdicts, &verdicts)).await?;
        let mut accepted = Vec::new();
        for ((peer, open), verdicts) in peers.iter().zip(&mut open).zip(&verdicts) {
            if verdicts.iter().any(|verdict| *verdict > 1) {
                return Err(Error::peer(*peer, PeerFault::Malformed));
            }
            let (yes, no): (Vec<_>, Vec<_>) =
                open.iter().copied().enumerate().partition(|(at, _)| verdicts.get(*at) == Some(&1));
            *open = no.into_iter().map(|(_, index)| index).collect();
            accepted.push(yes);
        }
        let lens: Vec<usize> = accepted
            .iter()
            .zip(theirs)
            .map(|(accepted, list)| {
                let of = |(_, index): &(usize, usize)| {
                    list.get(*index).map_or(0, |v| v.response_len().saturating_add(32))
                };
                accepted.iter().map(of).fold(0, usize::saturating_add)
            })
            .collect();
        let responses = link.exchange(Kind::Responses, Bytes::from(responses), &lens).await?;
        // 5.
        for (((peer, accepted), list), (commitments, bytes)) in
            peers.iter().zip(&accepted).zip(theirs).zip(commitments.iter().zip(&responses))
        {
            let mut rest = bytes.as_slice();
            for (at, index) in accepted {
                let Some(verifier) = list.get(*index) else { continue };
                let mut split = |len| {
                    let (part, next) = rest.split_at_checked(len).unwrap_or((rest, &[]));
                    rest = next;
                    part
                };
                let nonce = split(32).try_into().unwrap_or([0; 32]);
                let response = split(verifier.response_len());
                let mut challenge = challenge(&coin, &place, *peer, *index, attempt);
                let commitment = commitments.chunks_exact(32).nth(*at).and_then(|c| c.try_into().ok());
                let images = verifier.recompute(workers, &mut challenge, response);
                let holds = images.zip(commitment).is_some_and(|(images, commitment)| {
                    let value = bound(&verifier.statement(), *index, attempt, &images);
                    opens(&commitment, LABEL, &place, *peer, &value, &nonce)
                });
                if !holds && !link.defences.lack(Weakness::ProofSkipped) {
                    return Err(Error::peer(*peer, PeerFault::Proof));
                }
            }
        }
        if own_open.is_empty() && open.iter().all(Vec::is_empty) {
            return Ok(());
        }
    }
    let late = link.peers().zip(&open).find(|(_, open)| !open.is_empty());
    Err(late.map_or(UsageFault::Entropy.into(), |(peer, _)| Error::peer(peer, PeerFault::Attempts)))
}

/// What a commitment is to: statement, index in the prover's list, attempt, images.
fn bound(statement: &[u8; 32], index: usize, attempt: u64, images: &[u8; 32]) -> [u8; 32] {
    let index = u64::try_from(index).unwrap_or(u64::MAX);
    Transcript::new(LABEL).bytes(statement).number(index).number(attempt).bytes(images).finish()
}

/// The stream that the challenge of one proof is read from.
fn challenge(coin: &[u8; 32], place: &Place, prover: PartyId, index: usize, attempt: u64) -> Prg {
    let index = u64::try_from(index).unwrap_or(u64::MAX);
    let transcript = place.transcript("lowgear challenge").bytes(coin).party(prover).number(index);
    Prg::new(&seed_of(&transcript.number(attempt).finish()))
}

/// The first 128 bits of a hash as a seed.
pub(super) fn seed_of(hash: &[u8; 32]) -> Seed {
    let mut seed = [0; 16];
    seed.iter_mut().zip(hash).for_each(|(s, h)| *s = *h);
    Seed(seed)
}

/// Everything that all parties must have seen alike before the coin: statements and commitments of every party, by party.
fn seen(
    link: &Link,
    place: &Place,
    attempt: u64,
    own: &[Box<dyn Prover + Send + '_>],
    theirs: &[Vec<Box<dyn Verifier + Sync + '_>>],
    message: &[u8],
    commitments: &[Vec<u8>],
) -> [u8; 32] {
    let mut hash = place.transcript("lowgear broadcast").number(attempt);
    let (mut verifiers, mut messages) = (theirs.iter(), commitments.iter());
    for party in PartyId::all(link.parties()) {
        if party == link.me() {
            hash = own.iter().fold(hash, |hash, prover| hash.bytes(&prover.statement())).bytes(message);
        } else {
            let list = verifiers.next().into_iter().flatten();
            hash = list.fold(hash, |hash, verifier| hash.bytes(&verifier.statement()));
            hash = hash.bytes(messages.next().map_or(&[], Vec::as_slice));
        }
    }
    hash.finish()
}

/// The verdicts of every party, by party.
fn said(link: &Link, place: &Place, attempt: u64, own: &[u8], theirs: &[Vec<u8>]) -> [u8; 32] {
    let mut theirs = theirs.iter();
    let hash = place.transcript("lowgear verdicts").number(attempt);
    let all = PartyId::all(link.parties())
        .map(|party| if party == link.me() { own } else { theirs.next().map_or(&[][..], Vec::as_slice) });
    all.fold(hash, |hash, verdicts| hash.bytes(verdicts)).finish()
}

/// The hash of the images of all rows, from the hash of each.
fn images<'a>(rows: impl Iterator<Item = &'a [u8; 32]>) -> [u8; 32] {
    rows.fold(Transcript::new("lowgear images"), |hash, row| hash.bytes(row)).finish()
}
