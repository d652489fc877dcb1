//! `bench`: measurements, one JSON object a line.

use crate::bench::figures::{Figures, Op, Settings, line};
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;
use crate::file::value::Field;
use crate::report::Report;

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
}

/// The online phase: products, rounds, openings.
///
/// The clock stops after the MAC check over everything opened. Material is made in blocks of a million and timed apart.
#[derive(Debug, clap::Args)]
struct OnlineArgs {
    /// What to measure.
    #[arg(long, value_enum)]
    op: Op,
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
    /// How many operations; by default a million, or 20000 dependent ones.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    count: Option<u64>,
    /// Threads of each party.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
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
    }
}

fn online(args: &OnlineArgs) -> Outcome<Report> {
    let Source::Dealer = args.source;
    let count = args.count.unwrap_or(args.op.default_count());
    let (figures, processes) = match args.transport {
        Joined::Memory => (over_field!(args.field, F => in_memory::<F>(args, count))?, 1),
        Joined::Tls => return Err(Failure::internal("bench", "no TLS yet")),
    };
    let settings = Settings {
        op: args.op,
        parties: usize::from(args.parties),
        field: args.field,
        transport: match args.transport {
            Joined::Tls => "tls",
            Joined::Memory => "memory",
        },
        source: "dealer",
        threads: usize::from(args.threads),
    };
    let line = line(&settings, &figures, processes);
    Report::done(serde_json::to_string(&line).unwrap_or_default(), &line)
}

/// All parties as threads of this process.
#[cfg(feature = "insecure-dealer")]
fn in_memory<F: speedwell_field::Field>(args: &OnlineArgs, count: u64) -> Outcome<Vec<Figures>> {
    use speedwell_dealer::InsecureDealer;
    use speedwell_net::Transport;

    let parties = usize::from(args.parties);
    let seed = crate::identity::fresh()?;
    let mut session = [0; 16];
    session.copy_from_slice(&crate::identity::fresh()?[..16]);
    let (op, threads) = (args.op, usize::from(args.threads));
    let each: Vec<_> = speedwell_net::memory_mesh(parties)
        .into_iter()
        .map(|transport| {
            std::thread::spawn(move || {
                let source = Box::new(InsecureDealer::<F>::new(seed, transport.me(), parties));
                let measured =
                    crate::bench::online::measure::<F>(Box::new(transport), source, session, op, count);
                crate::runtime::start(threads)?.block_on(measured).map_err(session_failure)
            })
        })
        .collect();
    each.into_iter()
        .map(|party| party.join().unwrap_or_else(|_| Err(Failure::internal("bench", "a party panicked"))))
        .collect()
}

#[cfg(not(feature = "insecure-dealer"))]
fn in_memory<F: speedwell_field::Field>(_args: &OnlineArgs, _count: u64) -> Outcome<Vec<Figures>> {
    Err(crate::run::dealer::not_compiled_in())
}

fn session_failure(error: speedwell_online::Error) -> Failure {
    Failure::internal("bench", error)
}
