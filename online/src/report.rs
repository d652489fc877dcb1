//! What a program costs: counted while it runs, and the same way when it is only planned.

use std::collections::BTreeMap;
use std::time::Duration;

use speedwell_field::Field;

use crate::mask::{Masking, Shape};
use crate::prep::Kind;

/// Counts of one session, at one party.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Network rounds, those of checks included.
    pub rounds: u64,
    /// MAC checks; three rounds each.
    pub checks: u64,
    /// Elements opened.
    pub opened: u64,
    /// Elements opened by hiding them statistically (a part of `opened`).
    pub opened_statistical: u64,
    /// Elements revealed (a part of `opened`).
    pub revealed: u64,
    /// Curve points opened.
    pub points: u64,
    /// Curve points revealed (a part of `points`).
    pub points_revealed: u64,
    /// Elements that parties put in.
    pub inputs: u64,
    /// Bytes sent to each peer, headers included, TLS not.
    pub bytes_sent_per_peer: u64,
    /// Sum over the rounds of the longest message of any party: what the network's time depends on.
    pub critical_bytes: u64,
    /// Material used, by kind.
    pub material: BTreeMap<Kind, u64>,
    /// Masks made for comparisons and roundings, by kind.
    pub masks: BTreeMap<Masking, u64>,
    /// Values masked, by shape: what [`Session::lay_in`](crate::Session::lay_in) can make ahead.
    pub shapes: BTreeMap<Shape, u64>,
}

/// A network, for estimates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkProfile {
    /// Time of a message from one party to another.
    pub latency: Duration,
    /// Bits a second that a party can send, over all its peers together.
    pub bits_per_second: f64,
}

impl NetworkProfile {
    /// 1 Gbit/s, 0.2 ms.
    pub const LAN: Self = Self { latency: Duration::from_micros(200), bits_per_second: 1e9 };
    /// 50 Mbit/s, 50 ms.
    pub const WAN: Self = Self { latency: Duration::from_millis(50), bits_per_second: 50e6 };
}

/// Bits of security against a forged opening in any of so many checks: log2 p − 2 − log2 #checks, rounded down.
#[must_use]
pub fn mac_level<F: Field>(checks: u64) -> u32 {
    // log2 p is taken as BITS, which for `Fp127` and `Goldilocks` is too much by less than 2^-31.
    let log_checks = checks.max(1).checked_next_power_of_two().map_or(64, u64::ilog2);
    F::BITS.saturating_sub(2).saturating_sub(log_checks)
}

impl Report {
    /// Time on the network alone: rounds times latency plus bytes over bandwidth, with the parties computing at no cost.
    #[must_use]
    pub fn network_time(&self, parties: usize, network: &NetworkProfile) -> Duration {
        let peers = u32::try_from(parties.saturating_sub(1)).unwrap_or(u32::MAX);
        let rounds = u32::try_from(self.rounds).unwrap_or(u32::MAX);
        #[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "an estimate")]
        let bits = self.critical_bytes as f64 * 8.0 * f64::from(peers);
        #[allow(clippy::arithmetic_side_effects, reason = "floating point")]
        let transfer = bits / network.bits_per_second;
        network.latency.saturating_mul(rounds).saturating_add(Duration::from_secs_f64(transfer.max(0.0)))
    }

    /// Adds masks of one kind.
    pub(crate) fn count_masks(&mut self, masking: Masking, n: usize) {
        add(self.masks.entry(masking).or_default(), n);
    }

    /// Adds masked values of one shape.
    pub(crate) fn count_shape(&mut self, shape: Shape, n: usize) {
        add(self.shapes.entry(shape).or_default(), n);
    }

    /// Adds material of one kind.
    pub(crate) fn count_material(&mut self, kind: Kind, n: usize) {
        add(self.material.entry(kind).or_default(), n);
    }
}

pub(crate) fn add(counter: &mut u64, n: usize) {
    *counter = counter.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
}
