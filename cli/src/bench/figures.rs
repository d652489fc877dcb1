//! What one party measured, and the line that all of them make.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::file::value::Field;

/// The operation measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Op {
    /// Products of vectors of up to one million elements.
    Mul,
    /// Products of one element, each depending on the one before: rounds a second.
    Chain,
    /// Openings of vectors of up to one million elements.
    Open,
}

impl Op {
    /// How many operations are measured unless the command line says.
    pub(crate) fn default_count(self) -> u64 {
        match self {
            Self::Mul | Self::Open => 1_000_000,
            Self::Chain => 20_000,
        }
    }

    fn material(self) -> &'static str {
        match self {
            Self::Mul | Self::Chain => "triples",
            Self::Open => "randoms",
        }
    }
}

/// What one party measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    /// Operations done.
    pub(crate) count: u64,
    /// Wall time from the first operation of a block to the end of its MAC check, summed over the blocks.
    pub(crate) seconds: f64,
    /// CPU time of this party's process in that time; `None` where the system does not say.
    pub(crate) cpu_seconds: Option<f64>,
    /// Wall time spent on making material.
    pub(crate) material_seconds: f64,
    /// Rounds in the measured time, those of checks included.
    pub(crate) rounds: u64,
    /// Bytes sent to each peer in the measured time, frame headers included, TLS not.
    pub(crate) bytes_sent_per_peer: u64,
    /// Peak resident memory of the process.
    pub(crate) peak_rss_bytes: Option<u64>,
}

/// The settings of a measurement, as the line repeats them.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) op: Op,
    pub(crate) parties: usize,
    pub(crate) field: Field,
    pub(crate) transport: &'static str,
    pub(crate) source: &'static str,
    pub(crate) threads: usize,
}

/// One line of `bench online`, with its keys in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Line {
    bench: &'static str,
    op: Op,
    parties: usize,
    field: Field,
    transport: &'static str,
    source: &'static str,
    threads: usize,
    count: u64,
    seconds: f64,
    per_second: Option<u64>,
    per_cpu_second: Option<u64>,
    bytes_sent_per_op_per_peer: f64,
    rounds: u64,
    material_per_op: BTreeMap<&'static str, u64>,
    material_seconds: f64,
    cpu_seconds_per_party: Option<f64>,
    peak_rss_mb: Option<f64>,
}

/// The line that the parties' figures make. Times are those of the slowest party; CPU time is the mean over the parties,
/// as one process may hold all of them; memory is that of the largest process.
pub(crate) fn line(settings: &Settings, parties: &[Figures], processes: usize) -> Line {
    let largest = |f: fn(&Figures) -> f64| parties.iter().map(f).fold(0.0, f64::max);
    let count = parties.iter().map(|figures| figures.count).min().unwrap_or(0);
    let seconds = largest(|figures| figures.seconds);
    // One process counts the CPU time of all its parties at each of them.
    let shared = if processes == 1 { settings.parties } else { 1 };
    let cpu: Option<f64> = parties.iter().map(|figures| figures.cpu_seconds).sum();
    let cpu = cpu.map(|cpu| cpu / (parties.len().max(1) * shared) as f64);
    let bytes = parties.iter().map(|figures| figures.bytes_sent_per_peer).max().unwrap_or(0);
    let memory = parties.iter().filter_map(|figures| figures.peak_rss_bytes).max();
    Line {
        bench: "online",
        op: settings.op,
        parties: settings.parties,
        field: settings.field,
        transport: settings.transport,
        source: settings.source,
        threads: settings.threads,
        count,
        seconds: round(seconds, 6),
        per_second: rate(count, Some(seconds)),
        per_cpu_second: rate(count, cpu),
        bytes_sent_per_op_per_peer: round(bytes as f64 / count.max(1) as f64, 3),
        rounds: parties.iter().map(|figures| figures.rounds).max().unwrap_or(0),
        material_per_op: BTreeMap::from([(settings.op.material(), 1)]),
        material_seconds: round(largest(|figures| figures.material_seconds), 6),
        cpu_seconds_per_party: cpu.map(|cpu| round(cpu, 3)),
        peak_rss_mb: memory.map(|bytes| round(bytes as f64 / 1e6, 1)),
    }
}

/// Operations a second, whole; `None` if the time is unknown or too short to be seen.
pub(crate) fn rate(count: u64, seconds: Option<f64>) -> Option<u64> {
    seconds.filter(|seconds| *seconds > 0.0).map(|seconds| (count as f64 / seconds).round() as u64)
}

pub(crate) fn round(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(seconds: f64) -> Figures {
        Figures {
            count: 1000,
            seconds,
            cpu_seconds: Some(2.0),
            material_seconds: 0.25,
            rounds: 4,
            bytes_sent_per_peer: 32_500,
            peak_rss_bytes: Some(5_000_000),
        }
    }

    #[test]
    fn the_line_is_that_of_the_slowest_party() {
        let settings = Settings {
            op: Op::Mul,
            parties: 2,
            field: Field::Fp127,
            transport: "tls",
            source: "dealer",
            threads: 1,
        };
        let parties = [figures(0.5), figures(1.0)];
        let apart = line(&settings, &parties, 2);
        let expected = r#"{"bench":"online","op":"mul","parties":2,"field":"fp127","transport":"tls","source":"dealer","threads":1,"count":1000,"seconds":1.0,"per_second":1000,"per_cpu_second":500,"bytes_sent_per_op_per_peer":32.5,"rounds":4,"material_per_op":{"triples":1},"material_seconds":0.25,"cpu_seconds_per_party":2.0,"peak_rss_mb":5.0}"#;
        assert_eq!(serde_json::to_string(&apart).unwrap(), expected);
        assert_eq!(line(&settings, &parties, 1).cpu_seconds_per_party, Some(1.0));
    }
}
