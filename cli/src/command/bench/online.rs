//! `bench online`.

use std::collections::BTreeMap;
use std::time::Instant;

use clap::ValueEnum;
use speedwell_net::memory_mesh;
use speedwell_online::{Kind, MemoryJournal};

use super::parties::{Among, Place, as_processes, reported, unexpected};
use crate::bench::figures::{Figures, Op, Settings, line};
use crate::bench::online::measure;
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;
use crate::file::value::{Field, SecurityBits};
use crate::progress::{Mode, Progress};
use crate::report::Report;
use crate::run::link::SharedLink;
use crate::run::source::{self, Order};
use crate::{identity, runtime};

/// One party of a measurement, started by `bench online`.
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
    /// What to measure.
    #[arg(long, value_enum)]
    op: Op,
    /// How many operations; by default a million, or 20000 dependent ones.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    count: Option<u64>,
    /// Threads of each party.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Where the material comes from.
    #[arg(long, value_enum, default_value_t)]
    source: Source,
}

impl Work {
    fn count(self) -> u64 {
        self.count.unwrap_or(self.op.default_count())
    }

    fn threads(self) -> usize {
        usize::from(self.threads)
    }

    /// Material of the whole measurement, where it is made ahead.
    fn demand(self) -> BTreeMap<Kind, u64> {
        let count = self.count();
        // The factors are random elements.
        match self.op {
            Op::Mul => BTreeMap::from([(Kind::Triples, count), (Kind::Randoms, 2 * count)]),
            Op::Chain => BTreeMap::from([(Kind::Triples, count), (Kind::Randoms, 1000)]),
            Op::Open => BTreeMap::from([(Kind::Randoms, 3 * count)]),
        }
    }

    /// Makes the material and measures.
    async fn measure<F: speedwell_field::Field>(
        self,
        source: &source::Source,
        links: &[SharedLink],
        session: [u8; 16],
    ) -> speedwell_online::Result<Figures> {
        let (demand, progress) = (self.demand(), Progress::new(Mode::Off));
        let making = Instant::now();
        let order = Order {
            links,
            session,
            demand: &demand,
            threads: self.threads(),
            memory: 1 << 30,
            statistical: 40,
            journal: MemoryJournal::default(),
            unfinished: None,
            progress: &progress,
        };
        let material = source.open::<F>(order).await?;
        let made = making.elapsed().as_secs_f64();
        let link = links.first().cloned().ok_or(speedwell_online::UsageFault::NoSuchParty)?;
        let mut figures = measure(Box::new(link), material, session, self.op, self.count()).await?;
        figures.material_seconds += made;
        Ok(figures)
    }
}

/// The online phase: products, rounds, openings.
///
/// The clock stops after the MAC check over everything opened. Material is made ahead and timed apart.
#[derive(Debug, clap::Args)]
pub(super) struct OnlineArgs {
    #[command(flatten)]
    work: Work,
    #[command(flatten)]
    among: Among,
    /// How the parties are joined.
    #[arg(long, value_enum, default_value_t)]
    transport: Joined,
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
    /// LowGear among the parties, in the amount of the whole measurement.
    #[cfg_attr(not(feature = "insecure-dealer"), default)]
    Lowgear,
    /// The insecure dealer, in blocks of a million.
    #[cfg(feature = "insecure-dealer")]
    #[default]
    Dealer,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::Lowgear => "lowgear",
            #[cfg(feature = "insecure-dealer")]
            Self::Dealer => "dealer",
        }
    }

    fn source(self, field: Field) -> Outcome<source::Source> {
        match self {
            Self::Lowgear => source::lowgear(field, SecurityBits::DEFAULT.into()),
            #[cfg(feature = "insecure-dealer")]
            Self::Dealer => Ok(source::Source::InsecureDealer),
        }
    }
}

/// Measures and gives the line.
pub(super) fn run(args: &OnlineArgs) -> Outcome<Report> {
    let Among { parties, field } = args.among;
    let (figures, processes) = match args.transport {
        Joined::Memory => (over_field!(field, F => in_memory::<F>(args))?, 1),
        Joined::Tls => (over_tls(args)?, usize::from(parties)),
    };
    let settings = Settings {
        op: args.work.op,
        parties: usize::from(parties),
        field,
        transport: match args.transport {
            Joined::Tls => "tls",
            Joined::Memory => "memory",
        },
        source: args.work.source.name(),
        threads: args.work.threads(),
    };
    reported(&line(&settings, &figures, processes))
}

/// All parties as threads of this process.
fn in_memory<F: speedwell_field::Field>(args: &OnlineArgs) -> Outcome<Vec<Figures>> {
    let source = args.work.source.source(args.among.field)?;
    let mut session = [0; 16];
    session.copy_from_slice(&identity::fresh()?[..16]);
    let work = args.work;
    let mut links: Vec<Vec<SharedLink>> = (0..args.among.parties).map(|_| Vec::new()).collect();
    for _ in 0..source.channels() {
        let mesh = memory_mesh(usize::from(args.among.parties));
        links.iter_mut().zip(mesh).for_each(|(links, transport)| links.push(SharedLink::new(transport)));
    }
    let each: Vec<_> = links
        .into_iter()
        .map(|links| {
            let source = source.clone();
            std::thread::spawn(move || {
                runtime::start(work.threads())?
                    .block_on(async { work.measure::<F>(&source, &links, session).await.map_err(unexpected) })
            })
        })
        .collect();
    each.into_iter()
        .map(|party| party.join().unwrap_or_else(|_| Err(Failure::internal("bench", "a party panicked"))))
        .collect()
}

/// Each party as a process of its own, over mutual TLS on the loopback.
fn over_tls(args: &OnlineArgs) -> Outcome<Vec<Figures>> {
    let Work { op, threads, source, .. } = args.work;
    let op = op.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let (count, threads) = (args.work.count().to_string(), threads.to_string());
    let work = ["--op", &op, "--count", &count, "--threads", &threads, "--source", source.name()];
    as_processes(args.among, &[&["bench", "party"], &work[..]].concat())
}

/// One party.
pub(super) fn party(args: &PartyArgs) -> Outcome<Report> {
    let (seat, work) = (args.place.seat()?, args.work);
    let field = seat.consortium.field;
    let source = work.source.source(field)?;
    args.place.measure(
        &seat,
        source.channels(),
        work.threads(),
        async |links, session| over_field!(field, F => work.measure::<F>(&source, links, session).await),
    )
}
