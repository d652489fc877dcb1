//! What one party measured, and the line that all of them make.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::work::Op;
use crate::file::value::Field;

/// What a measured amount of work took one party.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taken {
    /// Operations done.
    pub(crate) count: u64,
    /// Wall time.
    pub(crate) seconds: f64,
    /// CPU time of this party's process in that time; `None` where the system does not say.
    pub(crate) cpu_seconds: Option<f64>,
    /// Bytes sent to each peer in that time, frame headers included, TLS not.
    pub(crate) bytes_sent_per_peer: u64,
    /// Peak resident memory of the process.
    pub(crate) peak_rss_bytes: Option<u64>,
}

/// What the work took all parties: times are those of the slowest, CPU time is the mean, memory that of the largest process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Overall {
    pub(crate) count: u64,
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: Option<f64>,
    bytes_sent_per_peer: u64,
    peak_rss_bytes: Option<u64>,
}

impl Overall {
    /// Of all parties, so many of which share a process: it counts the CPU time of all of them at each.
    pub(crate) fn of<'a>(parties: impl Iterator<Item = &'a Taken> + Clone, sharing: usize) -> Self {
        let cpu: Option<f64> = parties.clone().map(|taken| taken.cpu_seconds).sum();
        let count = parties.clone().count().max(1) * sharing.max(1);
        Self {
            count: parties.clone().map(|taken| taken.count).min().unwrap_or(0),
            seconds: parties.clone().map(|taken| taken.seconds).fold(0.0, f64::max),
            cpu_seconds: cpu.map(|cpu| cpu / count as f64),
            bytes_sent_per_peer: parties.clone().map(|taken| taken.bytes_sent_per_peer).max().unwrap_or(0),
            peak_rss_bytes: parties.filter_map(|taken| taken.peak_rss_bytes).max(),
        }
    }

    pub(crate) fn per_second(&self) -> Option<u64> {
        rate(self.count, Some(self.seconds))
    }

    pub(crate) fn per_cpu_second(&self) -> Option<u64> {
        rate(self.count, self.cpu_seconds)
    }

    pub(crate) fn bytes_per_op(&self) -> f64 {
        self.bytes_sent_per_peer as f64 / self.count.max(1) as f64
    }

    pub(crate) fn peak_rss_mb(&self) -> Option<f64> {
        self.peak_rss_bytes.map(|bytes| round(bytes as f64 / 1e6, 1))
    }
}

/// What one party measured: from the first operation of a block to the end of its MAC check, summed over the blocks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    pub(crate) taken: Taken,
    /// Wall time spent on making material.
    pub(crate) material_seconds: f64,
    /// Wall time spent on making masks and their tables from it.
    pub(crate) ahead_seconds: f64,
    /// Material that the operations and their masks took.
    pub(crate) material: BTreeMap<String, u64>,
    /// The kind of masks taken, where there are any.
    pub(crate) masking: Option<String>,
    /// Rounds in the measured time, those of checks included.
    pub(crate) rounds: u64,
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
    pub(crate) stat_sec: u32,
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
    stat_sec: u32,
    masking: Option<String>,
    material_per_op: BTreeMap<String, f64>,
    material_seconds: f64,
    ahead_seconds: f64,
    cpu_seconds_per_party: Option<f64>,
    peak_rss_mb: Option<f64>,
}

/// The line that the parties' figures make; one process may hold all of them.
pub(crate) fn line(settings: &Settings, parties: &[Figures], processes: usize) -> Line {
    let sharing = if processes == 1 { settings.parties } else { 1 };
    let overall = Overall::of(parties.iter().map(|figures| &figures.taken), sharing);
    let longest = |of: fn(&Figures) -> f64| parties.iter().map(of).fold(0.0, f64::max);
    let first = parties.first();
    let per_op = |n: u64| round(n as f64 / overall.count.max(1) as f64, 3);
    let material = first.map(|figures| &figures.material).into_iter().flatten();
    Line {
        bench: "online",
        op: settings.op,
        parties: settings.parties,
        field: settings.field,
        transport: settings.transport,
        source: settings.source,
        threads: settings.threads,
        count: overall.count,
        seconds: round(overall.seconds, 6),
        per_second: overall.per_second(),
        per_cpu_second: overall.per_cpu_second(),
        bytes_sent_per_op_per_peer: round(overall.bytes_per_op(), 3),
        rounds: parties.iter().map(|figures| figures.rounds).max().unwrap_or(0),
        stat_sec: settings.stat_sec,
        masking: first.and_then(|figures| figures.masking.clone()),
        material_per_op: material.map(|(kind, n)| (kind.clone(), per_op(*n))).collect(),
        material_seconds: round(longest(|figures| figures.material_seconds), 6),
        ahead_seconds: round(longest(|figures| figures.ahead_seconds), 6),
        cpu_seconds_per_party: overall.cpu_seconds.map(|cpu| round(cpu, 3)),
        peak_rss_mb: overall.peak_rss_mb(),
    }
}

/// Operations a second, whole; `None` if the time is unknown or too short to be seen.
fn rate(count: u64, seconds: Option<f64>) -> Option<u64> {
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
        let taken = Taken {
            count: 1000,
            seconds,
            cpu_seconds: Some(2.0),
            bytes_sent_per_peer: 32_500,
            peak_rss_bytes: Some(5_000_000),
        };
        let material = BTreeMap::from([("triples".to_owned(), 1000)]);
        Figures { taken, material_seconds: 0.25, ahead_seconds: 0.0, material, masking: None, rounds: 4 }
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
            stat_sec: 40,
        };
        let parties = [figures(0.5), figures(1.0)];
        let apart = line(&settings, &parties, 2);
        let expected = r#"{"bench":"online","op":"mul","parties":2,"field":"fp127","transport":"tls","source":"dealer","threads":1,"count":1000,"seconds":1.0,"per_second":1000,"per_cpu_second":500,"bytes_sent_per_op_per_peer":32.5,"rounds":4,"stat_sec":40,"masking":null,"material_per_op":{"triples":1.0},"material_seconds":0.25,"ahead_seconds":0.0,"cpu_seconds_per_party":2.0,"peak_rss_mb":5.0}"#;
        assert_eq!(serde_json::to_string(&apart).unwrap(), expected);
        assert_eq!(line(&settings, &parties, 1).cpu_seconds_per_party, Some(1.0));
    }
}
