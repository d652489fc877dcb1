//! `bench offline`.

use clap::ValueEnum;
use serde::Serialize;
use speedwell_net::{Listen, MeshConfig, TlsMesh, Transport};
use speedwell_offline::bgv::Params;

use crate::bench::figures::{rate, round};
use crate::bench::offline::{CHANNELS, Figures, Made, measure};
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;
use crate::file::value::Field;
use crate::neighbourhood::Neighbourhood;
use crate::report::Report;
use crate::run::fault;
use crate::run::link::SharedLink;
use crate::run::seat::{Files, Seat};
use crate::run::source::params;
use crate::signal::Stop;
use crate::{children, runtime};

/// The preprocessing: triples, squares, bits, masks, random elements, inverse pairs.
///
/// The clock runs from the end of the set-up, which is timed apart, until the last check has passed. Whole batches are made, so
/// the count may be larger than asked for. Material is thrown away block by block.
#[derive(Debug, clap::Args)]
pub(super) struct OfflineArgs {
    #[command(flatten)]
    work: Work,
    /// Number of parties.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=10))]
    parties: u8,
    /// The field.
    #[arg(long, value_enum, default_value_t)]
    field: Field,
}

/// One party of a measurement, started by `bench offline`.
#[derive(Debug, clap::Args)]
pub(super) struct PartyArgs {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    work: Work,
    #[arg(long)]
    listen_on_stdin: bool,
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
    /// Bits of statistical security. 40 is a label beside other systems' figures: it exceeds the flooding budget, and no run
    /// offers it.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(40..=80))]
    stat_sec: u32,
    /// How many, at least.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    count: u64,
    /// Threads of each party.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
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
    ring_dimension: u32,
    log_q: f64,
    flooding_budget_exceeded: bool,
}

/// Measures and gives the line.
pub(super) fn run(args: &OfflineArgs) -> Outcome<Report> {
    let Source::Lowgear = args.work.source;
    let params = params(args.field, args.work.stat_sec)?;
    let line = line(args, &params, &as_processes(args)?);
    let text = serde_json::to_string(&line).map_err(|error| Failure::internal("bench", error))?;
    Report::done(text, &line)
}

/// The line of the slowest party; CPU time is the mean, memory that of the largest.
fn line(args: &OfflineArgs, params: &Params, parties: &[Figures]) -> Line {
    let largest = |f: fn(&Figures) -> f64| parties.iter().map(f).fold(0.0, f64::max);
    let count = parties.iter().map(|figures| figures.count).min().unwrap_or(0);
    let seconds = largest(|figures| figures.seconds);
    let cpu: Option<f64> = parties.iter().map(|figures| figures.cpu_seconds).sum();
    let cpu = cpu.map(|cpu| cpu / parties.len().max(1) as f64);
    let bytes = parties.iter().map(|figures| figures.bytes_sent_per_peer).max().unwrap_or(0);
    let memory = parties.iter().filter_map(|figures| figures.peak_rss_bytes).max();
    Line {
        bench: "offline",
        source: "lowgear",
        kind: args.work.kind,
        field: args.field,
        parties: args.parties,
        stat_sec: args.work.stat_sec,
        threads: args.work.threads,
        count,
        seconds: round(seconds, 3),
        per_second: rate(count, Some(seconds)),
        cpu_seconds_per_party: cpu.map(|cpu| round(cpu, 3)),
        per_cpu_second: rate(count, cpu),
        bytes_sent_per_op_per_peer: round(bytes as f64 / count.max(1) as f64, 1),
        peak_rss_mb: memory.map(|bytes| round(bytes as f64 / 1e6, 1)),
        setup_seconds: round(largest(|figures| figures.setup_seconds), 3),
        ring_dimension: params.dimension(),
        log_q: round(params.log_q(), 2),
        flooding_budget_exceeded: parties.iter().any(|figures| figures.flooding_budget_exceeded),
    }
}

/// Each party as a process of its own, over mutual TLS on the loopback.
fn as_processes(args: &OfflineArgs) -> Outcome<Vec<Figures>> {
    let stop = Stop::listen()?;
    let folder = tempfile::Builder::new().prefix("speedwell-bench-").tempdir().map_err(|error| {
        Failure::input("the folder for passing files", error, "a writable folder", "set TMPDIR to one")
    })?;
    let names = (0..args.parties).map(|number| format!("party-{number}")).collect();
    let neighbourhood = Neighbourhood::found(folder.path(), names, args.field, &stop)?;
    let Work { kind, stat_sec, count, threads, .. } = args.work;
    let kind = kind.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let numbers = [u64::from(stat_sec), count, u64::from(threads)].map(|number| number.to_string());
    let reports = neighbourhood.run(
        |_| {
            let [stat_sec, count, threads] = &numbers;
            let work = ["--kind", &kind, "--stat-sec", stat_sec, "--count", count, "--threads", threads];
            ["bench", "offline-party"].into_iter().chain(work).map(Into::into).collect()
        },
        &mut |_, _| {},
    )?;
    reports
        .into_iter()
        .map(|report| serde_json::from_value(report).map_err(|error| Failure::internal("bench", error)))
        .collect()
}

/// One party.
pub(super) fn party(args: &PartyArgs) -> Outcome<Report> {
    let seat = Seat::read(&args.files)?;
    let work = args.work;
    let params = params(seat.consortium.field, work.stat_sec)?;
    let listen = if args.listen_on_stdin {
        Listen::On(children::handed_over()?)
    } else {
        Listen::At(seat.party.listen.clone())
    };
    let threads = usize::from(work.threads);
    let figures = runtime::start(threads)?.block_on(async {
        let config = MeshConfig {
            listen,
            spin: seat.neighbours() <= crate::run::execute::cores(),
            channels: CHANNELS,
            ..MeshConfig::new(seat.local(&[]))
        };
        let patience = config.timeouts.connect;
        let connected =
            TlsMesh::connect(config).await.map_err(|error| fault::connecting(&error, patience))?;
        let links: Vec<SharedLink> = connected.transports.into_iter().map(SharedLink::new).collect();
        let session = connected.session_id;
        let figures = over_field!(seat.consortium.field, F => {
            measure::<F>(&links, session, params, work.kind, work.count, threads).await
        });
        for link in &links {
            // A peer that has all it needs may be gone.
            let _ = link.flush().await;
        }
        figures.map_err(|error| fault::session(&error, &seat.roster, patience))
    })?;
    Report::done(String::new(), &figures)
}
