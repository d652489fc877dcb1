//! `bench`: measurements, one JSON object a line.

use clap::ValueEnum;
use speedwell_net::{Listen, MeshConfig, TlsMesh, Transport};

use crate::bench::figures::{Figures, Op, Settings, line};
use crate::bench::online::measure;
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;
use crate::file::value::Field;
use crate::neighbourhood::Neighbourhood;
use crate::report::Report;
use crate::run::fault;
use crate::run::link::SharedLink;
use crate::run::seat::{Files, Seat};
use crate::run::source::Choice;
use crate::signal::Stop;
use crate::{children, identity, runtime};

/// Measures this machine. Figures are worth something from a release build on a quiet machine only.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  speedwell bench online --op mul --parties 2 --field fp127 --json")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Online(OnlineArgs),
    #[command(hide = true)]
    Party(PartyArgs),
}

/// One party of a measurement, started by `bench online`.
#[derive(Debug, clap::Args)]
struct PartyArgs {
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
    /// What to measure.
    #[arg(long, value_enum)]
    op: Op,
    /// How many operations; by default a million, or 20000 dependent ones.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    count: Option<u64>,
    /// Threads of each party.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

impl Work {
    fn count(self) -> u64 {
        self.count.unwrap_or(self.op.default_count())
    }

    fn threads(self) -> usize {
        usize::from(self.threads)
    }
}

/// The online phase: products, rounds, openings.
///
/// The clock stops after the MAC check over everything opened. Material is made in blocks of a million and timed apart.
#[derive(Debug, clap::Args)]
struct OnlineArgs {
    #[command(flatten)]
    work: Work,
    /// Number of parties.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=10))]
    parties: u8,
    /// The field.
    #[arg(long, value_enum, default_value_t)]
    field: Field,
    /// How the parties are joined.
    #[arg(long, value_enum, default_value_t)]
    transport: Joined,
    /// Where the material comes from.
    #[arg(long, value_enum, default_value_t)]
    source: Source,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Joined {
    /// Processes over mutual TLS on this machine's loopback.
    #[default]
    Tls,
    /// Threads of one process.
    Memory,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Source {
    /// The insecure dealer.
    #[default]
    Dealer,
}

/// Measures and gives the line.
pub(crate) fn run(args: &Args) -> Outcome<Report> {
    match &args.what {
        What::Online(args) => online(args),
        What::Party(args) => party(args),
    }
}

fn online(args: &OnlineArgs) -> Outcome<Report> {
    let Source::Dealer = args.source;
    let (figures, processes) = match args.transport {
        Joined::Memory => (over_field!(args.field, F => in_memory::<F>(args))?, 1),
        Joined::Tls => (as_processes(args)?, usize::from(args.parties)),
    };
    let settings = Settings {
        op: args.work.op,
        parties: usize::from(args.parties),
        field: args.field,
        transport: match args.transport {
            Joined::Tls => "tls",
            Joined::Memory => "memory",
        },
        source: "dealer",
        threads: args.work.threads(),
    };
    let line = line(&settings, &figures, processes);
    let text = serde_json::to_string(&line).map_err(|error| Failure::internal("bench", error))?;
    Report::done(text, &line)
}

/// All parties as threads of this process.
fn in_memory<F: speedwell_field::Field>(args: &OnlineArgs) -> Outcome<Vec<Figures>> {
    let source = Choice { insecure_dealer: true }.source()?;
    let mut session = [0; 16];
    session.copy_from_slice(&identity::fresh()?[..16]);
    let work = args.work;
    let each: Vec<_> = speedwell_net::memory_mesh(usize::from(args.parties))
        .into_iter()
        .map(|transport| {
            std::thread::spawn(move || {
                runtime::start(work.threads())?.block_on(async {
                    let material = source.open::<F>(&transport, session).await.map_err(unexpected)?;
                    measure(Box::new(transport), material, session, work.op, work.count())
                        .await
                        .map_err(unexpected)
                })
            })
        })
        .collect();
    each.into_iter()
        .map(|party| party.join().unwrap_or_else(|_| Err(Failure::internal("bench", "a party panicked"))))
        .collect()
}

/// Each party as a process of its own, over mutual TLS on the loopback.
fn as_processes(args: &OnlineArgs) -> Outcome<Vec<Figures>> {
    let stop = Stop::listen()?;
    let folder = tempfile::Builder::new().prefix("speedwell-bench-").tempdir().map_err(|error| {
        Failure::input("the folder for passing files", error, "a writable folder", "set TMPDIR to one")
    })?;
    let names = (0..args.parties).map(|number| format!("party-{number}")).collect();
    let neighbourhood = Neighbourhood::found(folder.path(), names, args.field, &stop)?;
    let Work { op, threads, .. } = args.work;
    let op = op.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let (count, threads) = (args.work.count().to_string(), threads.to_string());
    let reports = neighbourhood.run(
        |_| ["bench", "party", "--op", &op, "--count", &count, "--threads", &threads].map(Into::into).into(),
        &mut |_, _| {},
    )?;
    reports
        .into_iter()
        .map(|report| serde_json::from_value(report).map_err(|error| Failure::internal("bench", error)))
        .collect()
}

fn party(args: &PartyArgs) -> Outcome<Report> {
    let source = Choice { insecure_dealer: true }.source()?;
    let seat = Seat::read(&args.files)?;
    let listen = if args.listen_on_stdin {
        Listen::On(children::handed_over()?)
    } else {
        Listen::At(seat.party.listen.clone())
    };
    let work = args.work;
    let figures = runtime::start(work.threads())?.block_on(async {
        let config = MeshConfig {
            listen,
            spin: seat.neighbours() <= crate::run::execute::cores(),
            ..MeshConfig::new(seat.local(&[]))
        };
        let patience = config.timeouts.connect;
        let connected =
            TlsMesh::connect(config).await.map_err(|error| fault::connecting(&error, patience))?;
        let transport = connected.transports.into_iter().next();
        let link = transport.map(SharedLink::new).ok_or_else(|| Failure::internal("bench", "no channel"))?;
        let session = connected.session_id;
        let figures = over_field!(seat.consortium.field, F => {
            let material = source.open::<F>(&link, session).await.map_err(unexpected)?;
            measure(Box::new(link.clone()), material, session, work.op, work.count()).await
        });
        // A peer that has all it needs may be gone.
        let _ = link.flush().await;
        figures.map_err(|error| fault::session(&error, &seat.roster, patience))
    })?;
    Report::done(String::new(), &figures)
}

fn unexpected(error: speedwell_online::Error) -> Failure {
    Failure::internal("bench", error)
}
