//! What a run cost one party.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use speedwell_net::Roster;
use speedwell_online::{Kind, Report};

/// Counts and times of one party.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cost {
    /// Network rounds, those of checks included.
    pub(crate) rounds: u64,
    /// MAC checks.
    pub(crate) checks: u64,
    /// Field elements opened.
    pub(crate) opened: u64,
    /// Of these, revealed.
    pub(crate) revealed: u64,
    /// Field elements put in by all parties.
    pub(crate) inputs: u64,
    /// Material used, by kind.
    pub(crate) material: BTreeMap<String, u64>,
    /// Bytes sent to all peers together, frame headers included, TLS not.
    pub(crate) bytes_sent: u64,
    /// Bytes received from all peers together.
    pub(crate) bytes_received: u64,
    /// Wall time by phase.
    pub(crate) seconds: Seconds,
    /// CPU time of the whole process.
    pub(crate) cpu_seconds: Option<f64>,
    /// Peak resident memory of the process.
    pub(crate) peak_rss_bytes: Option<u64>,
}

/// Wall time by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seconds {
    /// Until all parties were there.
    pub(crate) connect: f64,
    /// Reading and reducing this party's rows.
    pub(crate) rows: f64,
    /// Computing on shares, waiting for slower parties included.
    pub(crate) compute: f64,
    /// Making material.
    pub(crate) material: f64,
    /// From start to end.
    pub(crate) total: f64,
}

impl Cost {
    /// The counts of a session, or of a plan.
    pub(crate) fn of(report: &Report, roster: Option<&Roster>) -> Self {
        Self {
            rounds: report.rounds,
            checks: report.checks,
            opened: report.opened,
            revealed: report.revealed,
            inputs: report.inputs,
            material: report
                .material
                .iter()
                .map(|(kind, count)| (kind_name(*kind, roster), *count))
                .collect(),
            ..Self::default()
        }
    }
}

/// A kind of material, with its owner's name where there is one.
fn kind_name(kind: Kind, roster: Option<&Roster>) -> String {
    match (kind, roster) {
        (Kind::Masks(owner), Some(roster)) => format!("input masks of {}", roster.label(owner).name),
        _ => kind.to_string(),
    }
}

/// Bytes in the unit that suits them.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.2} GB", count as f64 / 1e9),
    }
}

/// A number with commas between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500), "1.5 kB");
        assert_eq!(bytes(2_000_000_000), "2.00 GB");
    }
}
