//! `bench offline`.

use clap::ValueEnum;
use serde::Serialize;
use speedwell_offline::bgv::Params;

use super::parties::{Among, Place, as_processes, reported};
use crate::bench::figures::{Overall, round};
use crate::bench::offline::{CHANNELS, Figures, Made, measure};
use crate::failure::Outcome;
use crate::fields::over_field;
use crate::file::value::{Field, Level};
use crate::report::Report;
use crate::run::source::params;

/// The preprocessing: triples, squares, bits, masks, random elements, inverse pairs.
///
/// The clock runs from the end of the set-up, which is timed apart, until the last check has passed. Whole batches are made, so
/// the count may be larger than asked for; mixtures are counted as asked for. Material is thrown away block by block.
#[derive(Debug, clap::Args)]
pub(super) struct OfflineArgs {
    #[command(flatten)]
    work: Work,
    #[command(flatten)]
    among: Among,
}

/// One party of a measurement, started by `bench offline`.
#[derive(Debug, clap::Args)]
pub(super) struct PartyArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    work: Work,
}

/// What each party does.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Work {
    /// Which preprocessing.
    #[arg(long, value_enum, default_value_t)]
    source: Source,
    /// What to make.
    #[arg(long, value_enum, default_value_t = Made::Triples)]
    kind: Made,
    /// Bits of statistical security.
    #[arg(long, value_enum, default_value_t)]
    stat_sec: Level,
    /// How many, at least; by default a million, or one mixture.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    count: Option<u64>,
    /// Threads of each party.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

impl Work {
    fn count(self) -> u64 {
        self.count.unwrap_or(self.kind.default_count())
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Source {
    /// Pairwise BGV encryption.
    #[default]
    Lowgear,
}

/// One line of `bench offline`, with its keys in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Line {
    bench: &'static str,
    source: &'static str,
    kind: Made,
    field: Field,
    parties: u8,
    stat_sec: u32,
    threads: u16,
    count: u64,
    seconds: f64,
    per_second: Option<u64>,
    cpu_seconds_per_party: Option<f64>,
    per_cpu_second: Option<u64>,
    bytes_sent_per_op_per_peer: f64,
    peak_rss_mb: Option<f64>,
    setup_seconds: f64,
    /// From the first message until all of it is ready, the set-up included.
    ready_seconds: f64,
    ring_dimension: u32,
    log_q: f64,
    flooding_budget_exceeded: bool,
}

/// Measures and gives the line.
pub(super) fn run(args: &OfflineArgs) -> Outcome<Report> {
    let Source::Lowgear = args.work.source;
    let params = params(args.among.field, args.work.stat_sec.bits())?;
    reported(&line(args, &params, &over_tls(args)?))
}

/// The line of the slowest party; CPU time is the mean, memory that of the largest.
fn line(args: &OfflineArgs, params: &Params, parties: &[Figures]) -> Line {
    let overall = Overall::of(parties.iter().map(|figures| &figures.taken), 1);
    let largest = |f: fn(&Figures) -> f64| parties.iter().map(f).fold(0.0, f64::max);
    Line {
        bench: "offline",
        source: "lowgear",
        kind: args.work.kind,
        field: args.among.field,
        parties: args.among.parties,
        stat_sec: args.work.stat_sec.bits(),
        threads: args.work.threads,
        count: overall.count,
        seconds: round(overall.seconds, 3),
        per_second: overall.per_second(),
        cpu_seconds_per_party: overall.cpu_seconds.map(|cpu| round(cpu, 3)),
        per_cpu_second: overall.per_cpu_second(),
        bytes_sent_per_op_per_peer: round(overall.bytes_per_op(), 1),
        peak_rss_mb: overall.peak_rss_mb(),
        setup_seconds: round(largest(|figures| figures.setup_seconds), 3),
        ready_seconds: round(largest(|figures| figures.setup_seconds + figures.taken.seconds), 3),
        ring_dimension: params.dimension(),
        log_q: round(params.log_q(), 2),
        flooding_budget_exceeded: parties.iter().any(|figures| figures.flooding_budget_exceeded),
    }
}

/// Each party as a process of its own, over mutual TLS on the loopback.
fn over_tls(args: &OfflineArgs) -> Outcome<Vec<Figures>> {
    let Work { kind, stat_sec, threads, .. } = args.work;
    let kind = kind.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let numbers = [u64::from(stat_sec.bits()), args.work.count(), u64::from(threads)];
    let [stat_sec, count, threads] = &numbers.map(|number| number.to_string());
    let work = ["--kind", &kind, "--stat-sec", stat_sec, "--count", count, "--threads", threads];
    as_processes(args.among, &[&["bench", "offline-party"], &work[..]].concat())
}

/// One party.
pub(super) fn party(args: &PartyArgs) -> Outcome<Report> {
    let (seat, work) = (args.place.seat()?, args.work);
    let field = seat.consortium.field;
    let params = params(field, work.stat_sec.bits())?;
    let threads = usize::from(work.threads);
    args.place.measure(&seat, CHANNELS, threads, async |links, session| {
        over_field!(field, F => measure::<F>(links, session, params, work.kind, work.count(), threads).await)
    })
}
