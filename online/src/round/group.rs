//! Group elements that are opened beside field elements: what the core asks of them.
//!
//! The core knows fields only. A group whose scalars are the session's field keeps its own outbox, gate and pending
//! vectors behind [`Group`], and the core moves them through the same rounds, the same gate and the same three flights of
//! a check. Whoever opens no group elements has an empty list here, and nothing else changes.

#[cfg(feature = "curve")]
use std::any::Any;

use speedwell_field::Field;
use speedwell_net::PartyId;

use crate::error::{Error, PeerFault, Result};
use crate::mac::Digest;

/// The openings of one group in a session.
pub(crate) trait Group<F: Field>: AnyGroup + Send {
    /// Whether something waits for a check before it may be sent, or for one before it may be given.
    fn wants_check(&self) -> bool;
    /// Whether something opened has not been checked.
    fn unchecked(&self) -> bool;
    /// Lets through what waited behind the gate. Whether there is anything to open.
    fn release(&mut self) -> bool;
    /// A round begins: everything that was let through is opened in it.
    fn begin_round(&mut self, parties: usize, me: PartyId, planning: bool) -> Leaving;
    /// The exact length of the next frame from party `p`, if one is missing.
    fn wants(&self, p: usize) -> Option<usize>;
    /// Adds a frame's elements to the vectors they belong to.
    fn accept(&mut self, p: usize, payload: &[u8]) -> std::result::Result<(), PeerFault>;
    /// The round is complete: what was opened now awaits its check. How much that is, in openings of field elements.
    fn end_round(&mut self, digest: Option<&mut Digest>) -> usize;
    /// Appends our sigma of this group to `out`, if anything of it is unchecked.
    fn sigma(&mut self, coin: &[u8; 32], alpha: F, out: &mut Vec<u8>);
    /// Length of each party's sigma of this group in the check under way.
    fn sigma_bytes(&self) -> usize;
    /// Adds a peer's sigma, [`sigma_bytes`](Self::sigma_bytes) long. Whether it is one.
    fn accept_sigma(&mut self, sigma: &[u8]) -> bool;
    /// Whether the sigmas add up to zero.
    fn sums_to_zero(&self) -> bool;
    /// The check has passed: what waited for it is given, the rest is wiped.
    fn end_check(&mut self);
    /// The session has ended. With `keep_pending` what awaits a check stays, as a test wants it.
    fn stop(&mut self, keep_pending: bool);
}

/// Access to the type behind a [`Group`], for those who put elements of it in.
#[cfg(feature = "curve")]
pub(crate) trait AnyGroup: Any {}
#[cfg(feature = "curve")]
impl<T: Any> AnyGroup for T {}

/// Without the feature `curve` there is no group, and nobody puts anything in.
#[cfg(not(feature = "curve"))]
pub(crate) trait AnyGroup {}

/// What leaves in one round.
#[derive(Default)]
pub(crate) struct Leaving {
    /// Elements opened.
    pub(crate) opened: usize,
    /// Elements revealed, a part of them.
    pub(crate) revealed: usize,
    /// Payloads of frames; none when planning.
    pub(crate) payloads: Vec<Vec<u8>>,
    /// Bytes to each peer, headers included.
    pub(crate) bytes: u64,
}

/// All groups of a session, in the order of their first openings.
pub(crate) struct Groups<F: Field>(Vec<Box<dyn Group<F>>>);

impl<F: Field> Groups<F> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// The openings of group `G`, which are there from the first call on.
    #[cfg(feature = "curve")]
    pub(crate) fn of<G: Group<F> + Default>(&mut self) -> Option<&mut G> {
        let known = self.0.iter().position(|group| {
            let group: &dyn Any = group.as_ref();
            group.is::<G>()
        });
        let place = known.unwrap_or_else(|| {
            self.0.push(Box::new(G::default()));
            self.0.len().saturating_sub(1)
        });
        let group: &mut dyn Any = self.0.get_mut(place)?.as_mut();
        group.downcast_mut()
    }

    pub(super) fn wants_check(&self) -> bool {
        self.0.iter().any(|group| group.wants_check())
    }

    pub(super) fn unchecked(&self) -> bool {
        self.0.iter().any(|group| group.unchecked())
    }

    pub(super) fn release(&mut self) -> bool {
        // Every one of them, not the first alone.
        self.0.iter_mut().filter_map(|group| group.release().then_some(())).count() > 0
    }

    pub(super) fn begin_round(&mut self, parties: usize, me: PartyId, planning: bool) -> Leaving {
        self.0.iter_mut().fold(Leaving::default(), |mut all, group| {
            let mut leaving = group.begin_round(parties, me, planning);
            all.opened = all.opened.saturating_add(leaving.opened);
            all.revealed = all.revealed.saturating_add(leaving.revealed);
            all.bytes = all.bytes.saturating_add(leaving.bytes);
            all.payloads.append(&mut leaving.payloads);
            all
        })
    }

    pub(super) fn wants(&self, p: usize) -> Option<usize> {
        self.0.iter().find_map(|group| group.wants(p))
    }

    /// Takes a frame of the group whose turn it is.
    pub(super) fn accept(&mut self, peer: PartyId, payload: &[u8]) -> Result<()> {
        let group = self.0.iter_mut().find(|group| group.wants(peer.index()).is_some());
        let group = group.ok_or(Error::peer(peer, PeerFault::WrongHeader))?;
        group.accept(peer.index(), payload).map_err(|fault| Error::peer(peer, fault))
    }

    pub(super) fn end_round(&mut self, mut digest: Option<&mut Digest>) -> usize {
        let mut weight = 0_usize;
        for group in &mut self.0 {
            weight = weight.saturating_add(group.end_round(digest.as_deref_mut()));
        }
        weight
    }

    pub(super) fn sigma(&mut self, coin: &[u8; 32], alpha: F, out: &mut Vec<u8>) {
        self.0.iter_mut().for_each(|group| group.sigma(coin, alpha, out));
    }

    pub(super) fn sigma_bytes(&self) -> usize {
        self.0.iter().fold(0, |sum, group| sum.saturating_add(group.sigma_bytes()))
    }

    /// Adds a peer's sigmas of all groups. Whether each is one.
    pub(super) fn accept_sigma(&mut self, sigmas: &[u8]) -> bool {
        let mut rest = sigmas;
        for group in &mut self.0 {
            let Some((own, others)) = rest.split_at_checked(group.sigma_bytes()) else { return false };
            if !own.is_empty() && !group.accept_sigma(own) {
                return false;
            }
            rest = others;
        }
        rest.is_empty()
    }

    pub(super) fn sums_to_zero(&self) -> bool {
        self.0.iter().all(|group| group.sums_to_zero())
    }

    pub(super) fn end_check(&mut self) {
        self.0.iter_mut().for_each(|group| group.end_check());
    }

    pub(super) fn stop(&mut self, keep_pending: bool) {
        self.0.iter_mut().for_each(|group| group.stop(keep_pending));
    }
}
