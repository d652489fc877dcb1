//! What making material sends, before it is made.

use std::collections::BTreeMap;

use speedwell_net::PartyId;
use speedwell_online::Kind;

use super::proof::response_lens;
use crate::bgv::{Params, packed_len};

/// Bytes that a party sends to one peer, frame headers and repeated proofs not counted (about one part in a thousand).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The set-up: keys and their proofs.
    pub set_up: u64,
    /// The material: ciphertexts, proofs, replies.
    pub material: u64,
    /// MAC checks at most: one for every batch, as blocks are that small where memory is short.
    pub checks: u64,
}

/// What `demand` costs party `me`, sent to `peer`.
#[must_use]
#[allow(clippy::arithmetic_side_effects, reason = "sums of public lengths far below 2^63")]
pub fn cost(params: &Params, me: PartyId, peer: PartyId, demand: &BTreeMap<Kind, u64>) -> Cost {
    let n = usize::try_from(params.dimension()).unwrap_or(usize::MAX);
    let element: usize = params.limbs().iter().map(|q| packed_len(n, u64::BITS - q.leading_zeros())).sum();
    let [c0, c1] = params.reply_bits();
    let (cipher, reply) = (1 + 2 * element, 1 + packed_len(n, c0) + packed_len(n, c1));
    let [key, diagonal, block] = response_lens(params);
    // Hello, keys, seed, three commitments, verdicts and nonces, two coins.
    let set_up = 36 + 2 * (1 + element) + cipher + 32 + 3 * 65 + 2 * key + diagonal + 2 * 128;

    // The masks of checks come first.
    let mut material = if demand.is_empty() { 0 } else { reply };
    let most = usize::try_from(params.block()).unwrap_or(1);
    let mut checks = 0;
    for (kind, count) in demand {
        let batches = usize::try_from(*count).unwrap_or(usize::MAX).div_ceil(n);
        let blocks = batches.div_ceil(most);
        let proofs = blocks * (block + 65);
        checks += batches;
        material += match kind {
            Kind::Triples | Kind::Inverses => batches * (cipher + 4 * reply) + proofs,
            Kind::Squares | Kind::Bits => {
                let replies = if me.index() > peer.index() { 3 } else { 2 };
                batches * (cipher + replies * reply) + proofs
            }
            Kind::Masks(owner) if *owner != me => 0,
            _ => batches * reply,
        };
        if matches!(kind, Kind::Bits | Kind::Inverses) {
            // Opened in part, and checked again.
            checks += batches;
            material += batches * n * usize::try_from(params.p().bits().div_ceil(8)).unwrap_or(0);
        }
    }
    let number = |x: usize| u64::try_from(x).unwrap_or(u64::MAX);
    Cost { set_up: number(set_up), material: number(material), checks: number(checks) }
}
