//! The openings of one group in a session: rounds, pending vectors, and its part of Π_MACCheck (`mac.rs`).
//!
//! Functionality: all points opened since the last check have the values that their MACs say, and (n ≥ 3) all parties saw
//! the same. Rounds: none of its own; it goes along in the three flights of the session's check. Sent to each peer: one
//! point more in the last flight.
//! With coefficients r_j expanded from the check's coin and P = Σ r_j·X_j, party i commits to and opens
//! Σ_i = Σ r_j·Γ(X_j)_i − α_i·P; these have to add up to zero. Their sum is −α·Σ r_j·E_j for errors E_j, so soundness is
//! that of the field: 2/p. Both combinations are multi-scalar multiplications.
//!
//! The field's elements and each group's have coefficients of their own.
#![allow(clippy::arithmetic_side_effects, reason = "the operators of a group are total")]

use std::sync::Arc;

use speedwell_field::{Field, Prg};
use speedwell_net::{HEADER_BYTES, MAX_PAYLOAD, PartyId};
use zeroize::Zeroize;

use super::codec::{decode, encode, point_bytes};
use super::{Base, Curve, OpenedPoints, Scalar};
use crate::error::PeerFault;
use crate::mac::{Digest, coefficient_seed};
use crate::round::{Class, Group, Leaving, Slot, put};
use crate::transcript::Transcript;

/// As how many openings of field elements an opened point counts towards the next check: it takes about so much memory.
const WEIGHT: usize = 4;
/// Points that are combined, or encoded for the digest, at a time.
const BLOCK: usize = 1 << 12;

/// A vector of points on its way to being opened.
pub(super) struct Request<C: Curve> {
    pub(super) class: Class,
    pub(super) len: usize,
    /// Our shares; the sum once the round is complete.
    pub(super) values: Vec<C>,
    pub(super) macs: Vec<C>,
    pub(super) slot: Slot<OpenedPoints<C>>,
}

impl<C: Curve> Drop for Request<C> {
    fn drop(&mut self) {
        self.values.zeroize();
        self.macs.zeroize();
    }
}

/// One opened vector that awaits its check: the opened points and this party's MAC shares.
struct Pending<C: Curve> {
    values: Arc<Vec<C::Affine>>,
    macs: Vec<C>,
}

impl<C: Curve> Drop for Pending<C> {
    fn drop(&mut self) {
        self.macs.zeroize();
    }
}

/// All openings of the group `C` in one session.
pub(super) struct Openings<C: Curve> {
    /// Tells the group from others: a hash of its generator.
    name: [u8; 32],
    /// The table of the generator, once somebody needed it.
    pub(super) generator: Option<Arc<Base<C>>>,
    outbox: Vec<Request<C>>,
    gated: Vec<Request<C>>,
    // The round under way.
    round: Vec<Request<C>>,
    expected: usize,
    received: Vec<usize>,
    // What awaits a check.
    pending: Vec<Pending<C>>,
    revealed: Vec<(Slot<OpenedPoints<C>>, OpenedPoints<C>)>,
    sum_of_sigmas: C,
}

impl<C: Curve> Default for Openings<C> {
    fn default() -> Self {
        let mut generator = Vec::new();
        encode::<C>(&[C::generator().into_affine()], &mut generator);
        Self {
            name: Transcript::new("group").bytes(&generator).finish(),
            generator: None,
            outbox: Vec::new(),
            gated: Vec::new(),
            round: Vec::new(),
            expected: 0,
            received: Vec::new(),
            pending: Vec::new(),
            revealed: Vec::new(),
            sum_of_sigmas: C::ZERO,
        }
    }
}

impl<C: Curve> Openings<C> {
    /// Takes a vector to be opened, `gated` if it has to wait for a check.
    pub(super) fn request(&mut self, request: Request<C>, gated: bool) {
        let place = if gated { &mut self.gated } else { &mut self.outbox };
        place.push(request);
    }

    /// What the group adds to the program's labels.
    pub(super) fn label(&self) -> u64 {
        self.name.iter().take(8).fold(0, |label, byte| (label << 8) | u64::from(*byte))
    }

    /// The round's points, cut into frames.
    fn payloads(&self) -> Vec<Vec<u8>> {
        let mut payloads = Vec::new();
        let mut payload = Vec::new();
        for request in &self.round {
            for block in request.values.chunks(BLOCK) {
                let mut block = C::normalize_batch(block);
                let mut rest = block.as_slice();
                while !rest.is_empty() {
                    let room = per_frame::<C>()
                        .saturating_sub(payload.len().checked_div(point_bytes::<C>()).unwrap_or(0));
                    let (head, tail) = rest.split_at(room.min(rest.len()));
                    encode::<C>(head, &mut payload);
                    rest = tail;
                    if room <= head.len() {
                        payloads.push(std::mem::take(&mut payload));
                    }
                }
                block.zeroize();
            }
        }
        if !payload.is_empty() {
            payloads.push(payload);
        }
        payloads
    }

    fn fulfil(&mut self, mut request: Request<C>, digest: Option<&mut Digest>) {
        let values = Arc::new(C::normalize_batch(&request.values));
        if let Some(digest) = digest {
            digest.absorb_group(&self.name, values.len());
            let mut bytes = Vec::new();
            for block in values.chunks(BLOCK) {
                bytes.clear();
                encode::<C>(block, &mut bytes);
                digest.absorb_elements(&bytes);
            }
        }
        let opened = OpenedPoints::new(request.len, Arc::clone(&values));
        self.pending.push(Pending { values, macs: std::mem::take(&mut request.macs) });
        if request.class == Class::Visible {
            self.revealed.push((Arc::clone(&request.slot), opened));
        } else {
            put(&request.slot, opened);
        }
    }
}

impl<C: Curve> Group<Scalar<C>> for Openings<C> {
    fn wants_check(&self) -> bool {
        !self.gated.is_empty() || !self.revealed.is_empty()
    }

    fn unchecked(&self) -> bool {
        !self.pending.is_empty()
    }

    fn release(&mut self) -> bool {
        self.outbox.append(&mut self.gated);
        !self.outbox.is_empty()
    }

    fn begin_round(&mut self, parties: usize, me: PartyId, planning: bool) -> Leaving {
        self.round = std::mem::take(&mut self.outbox);
        let count = |requests: &mut dyn Iterator<Item = &Request<C>>| {
            requests.fold(0_usize, |sum, request| sum.saturating_add(request.len))
        };
        self.expected = count(&mut self.round.iter());
        self.received = vec![0; parties];
        if let Some(own) = self.received.get_mut(me.index()) {
            *own = self.expected;
        }
        let headers = self.expected.div_ceil(per_frame::<C>()).saturating_mul(HEADER_BYTES);
        let bytes = self.expected.saturating_mul(point_bytes::<C>()).saturating_add(headers);
        Leaving {
            opened: self.expected,
            revealed: count(&mut self.round.iter().filter(|request| request.class == Class::Visible)),
            payloads: if planning { Vec::new() } else { self.payloads() },
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
        }
    }

    fn wants(&self, p: usize) -> Option<usize> {
        let left = self.expected.saturating_sub(*self.received.get(p)?);
        (left > 0).then(|| left.min(per_frame::<C>()).saturating_mul(point_bytes::<C>()))
    }

    fn accept(&mut self, p: usize, payload: &[u8]) -> Result<(), PeerFault> {
        if self.wants(p) != Some(payload.len()) {
            return Err(PeerFault::WrongLength);
        }
        let from = self.received.get_mut(p).ok_or(PeerFault::WrongLength)?;
        let mut sums = self.round.iter_mut().flat_map(|request| &mut request.values).skip(*from);
        for bytes in payload.chunks(point_bytes::<C>()) {
            let sum = sums.next().ok_or(PeerFault::WrongLength)?;
            *sum += decode::<C>(bytes).ok_or(PeerFault::NotAPoint)?;
            *from = from.saturating_add(1);
        }
        Ok(())
    }

    fn end_round(&mut self, mut digest: Option<&mut Digest>) -> usize {
        for request in std::mem::take(&mut self.round) {
            self.fulfil(request, digest.as_deref_mut());
        }
        self.received.clear();
        std::mem::take(&mut self.expected).saturating_mul(WEIGHT)
    }

    fn sigma(&mut self, coin: &[u8; 32], alpha: Scalar<C>, out: &mut Vec<u8>) {
        if self.pending.is_empty() {
            return;
        }
        let coin = Transcript::new("mac-check points").bytes(coin).bytes(&self.name).finish();
        let mut prg = Prg::new(&coefficient_seed(&coin));
        let (mut opened, mut macs) = (Vec::new(), Vec::new());
        let (mut point, mut gamma) = (C::ZERO, C::ZERO);
        let mut pairs =
            self.pending.iter().flat_map(|vector| vector.values.iter().zip(&vector.macs)).peekable();
        while pairs.peek().is_some() {
            for (value, mac) in pairs.by_ref().take(BLOCK) {
                opened.push(*value);
                macs.push(*mac);
            }
            let mut r = vec![Scalar::<C>::ZERO; opened.len()];
            Field::sample(&mut prg, &mut r);
            let r: Vec<C::ScalarField> = r.iter().map(|r| r.0).collect();
            let mut affine = C::normalize_batch(&macs);
            point += C::msm_unchecked(&opened, &r);
            gamma += C::msm_unchecked(&affine, &r);
            affine.zeroize();
            macs.zeroize();
            opened.clear();
        }
        let sigma = gamma - point * alpha.0;
        self.sum_of_sigmas = sigma;
        encode::<C>(&[sigma.into_affine()], out);
    }

    fn sigma_bytes(&self) -> usize {
        if self.pending.is_empty() { 0 } else { point_bytes::<C>() }
    }

    fn accept_sigma(&mut self, sigma: &[u8]) -> bool {
        decode::<C>(sigma).map(|sigma| self.sum_of_sigmas += sigma).is_some()
    }

    fn sums_to_zero(&self) -> bool {
        self.sum_of_sigmas == C::ZERO
    }

    fn end_check(&mut self) {
        self.pending.clear();
        self.sum_of_sigmas = C::ZERO;
        for (slot, opened) in std::mem::take(&mut self.revealed) {
            put(&slot, opened);
        }
    }

    fn stop(&mut self, keep_pending: bool) {
        self.outbox.clear();
        self.gated.clear();
        self.round.clear();
        self.received.clear();
        self.expected = 0;
        self.revealed.clear();
        self.sum_of_sigmas = C::ZERO;
        if !keep_pending {
            self.pending.clear();
        }
    }
}

/// How many points a frame holds.
fn per_frame<C: Curve>() -> usize {
    MAX_PAYLOAD.checked_div(point_bytes::<C>()).unwrap_or(1).max(1)
}
