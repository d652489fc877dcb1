//! What ways of sorting cost, for choosing among them. Every party counts the same and chooses alike.
//!
//! The time of a way is its rounds times the latency, its openings over the bandwidth, its material at the rate at which
//! one core makes it, and its local work.

use std::time::Duration;

use crate::report::NetworkProfile;

/// Nanoseconds of one core that a triple takes from its making to its use, as measured for two parties over `Fp127`. Squares
/// are counted as triples.
const PRODUCT: u64 = 3_200;
/// Nanoseconds of one multiplication and addition on a value share and a MAC share.
const LOCAL: u64 = 4;

/// Rounds, products, local multiplications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) rounds: u64,
    pub(super) products: u64,
    pub(super) local: u64,
}

impl Cost {
    pub(super) fn new(rounds: usize, products: usize, local: usize) -> Self {
        let number = |x: usize| u64::try_from(x).unwrap_or(u64::MAX);
        Self { rounds: number(rounds), products: number(products), local: number(local) }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            rounds: self.rounds.saturating_add(other.rounds),
            products: self.products.saturating_add(other.products),
            local: self.local.saturating_add(other.local),
        }
    }

    /// The time at a party over elements of `bytes` bytes.
    pub(super) fn time(&self, parties: usize, bytes: usize, network: &NetworkProfile) -> Duration {
        let work = self.products.saturating_mul(PRODUCT).saturating_add(self.local.saturating_mul(LOCAL));
        let sent = u64::try_from(parties.saturating_sub(1).saturating_mul(bytes).saturating_mul(2));
        let sent = self.products.saturating_mul(sent.unwrap_or(u64::MAX));
        #[allow(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            clippy::arithmetic_side_effects,
            reason = "an estimate"
        )]
        let transfer = sent as f64 * 8.0 / network.bits_per_second;
        let rounds = u32::try_from(self.rounds).unwrap_or(u32::MAX);
        network
            .latency
            .saturating_mul(rounds)
            .saturating_add(Duration::from_nanos(work))
            .saturating_add(Duration::try_from_secs_f64(transfer).unwrap_or(Duration::MAX))
    }
}
