//! `bench online`.

use std::time::Instant;

use clap::ValueEnum;
use speedwell_net::{Transport, memory_mesh};
use speedwell_online::{Masking, MemoryJournal};

use super::parties::{Among, Place, as_processes, reported};
use crate::bench::figures::{Figures, Settings, line};
use crate::bench::online::{Work, measure};
use crate::bench::work::{Format, Op};
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;
use crate::file::value::{Field, SecurityBits};
use crate::progress::{Mode, Progress};
use crate::report::Report;
use crate::run::fault;
use crate::run::link::SharedLink;
use crate::run::source::{self, Order};
use crate::{identity, runtime};

/// One party of a measurement, started by `bench online`.
#[derive(Debug, clap::Args)]
pub(super) struct PartyArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    task: Task,
}

/// What each party does.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Task {
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
    /// Statistical security of all statistically masked openings together, in bits.
    #[arg(long, value_enum, default_value_t)]
    stat_sec: MaskLevel,
    /// How compared and rounded values are masked.
    #[arg(long, value_enum, default_value_t)]
    masking: Masked,
    /// Fraction bits of fixed-point numbers.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=40))]
    fraction_bits: u32,
    /// Bits of fixed-point numbers before the point: values lie between −2^BITS and 2^BITS.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=40))]
    whole_bits: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum MaskLevel {
    /// What runs have unless they ask for more.
    #[default]
    #[value(name = "40")]
    Forty,
    /// On request.
    #[value(name = "64")]
    SixtyFour,
}

impl MaskLevel {
    fn bits(self) -> u32 {
        match self {
            Self::Forty => 40,
            Self::SixtyFour => 64,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Masked {
    /// As the planner chooses: bounded where there is room.
    #[default]
    Auto,
    /// Bounded, statistically hiding.
    Bounded,
    /// By uniform elements of the field, perfectly hiding.
    FullField,
}

impl Task {
    fn count(self) -> u64 {
        self.count.unwrap_or(self.op.default_count())
    }

    fn threads(self) -> usize {
        usize::from(self.threads)
    }

    fn work(self) -> Work {
        Work {
            op: self.op,
            count: self.count(),
            format: Format { fraction: self.fraction_bits, whole: self.whole_bits },
            level: self.stat_sec.bits(),
            masking: match self.masking {
                Masked::Auto => None,
                Masked::Bounded => Some(Masking::Proved),
                Masked::FullField => Some(Masking::FullField),
            },
        }
    }

    /// Makes the material and measures.
    async fn measure<F: speedwell_field::Field>(
        self,
        source: &source::Source,
        links: &[SharedLink],
        session: [u8; 16],
    ) -> speedwell_online::Result<Figures> {
        let (work, progress) = (self.work(), Progress::new(Mode::Off));
        let link = links.first().cloned().ok_or(speedwell_online::UsageFault::NoSuchParty)?;
        let demand = work.demand::<F>(link.me(), link.parties())?;
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
        let mut figures = measure(Box::new(link), material, session, &work).await?;
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
    task: Task,
    #[command(flatten)]
    among: Among,
    /// How the parties are joined.
    #[arg(long, value_enum, default_value_t)]
    transport: Joined,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Joined {
    /// Processes over mutual TLS on this machine's loopback, looking out for the next frame for a while.
    #[default]
    Tls,
    /// The same, asleep between frames.
    TlsParked,
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
        Joined::Tls | Joined::TlsParked => (over_tls(args)?, usize::from(parties)),
    };
    let settings = Settings {
        op: args.task.op,
        parties: usize::from(parties),
        field,
        transport: match args.transport {
            Joined::Tls => "tls",
            Joined::TlsParked => "tls-parked",
            Joined::Memory => "memory",
        },
        source: args.task.source.name(),
        threads: args.task.threads(),
        stat_sec: args.task.stat_sec.bits(),
    };
    reported(&line(&settings, &figures, processes))
}

/// All parties as threads of this process.
fn in_memory<F: speedwell_field::Field>(args: &OnlineArgs) -> Outcome<Vec<Figures>> {
    let source = args.task.source.source(args.among.field)?;
    let mut session = [0; 16];
    session.copy_from_slice(&identity::fresh()?[..16]);
    let task = args.task;
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
                runtime::start(task.threads())?.block_on(async {
                    task.measure::<F>(&source, &links, session).await.map_err(|error| fault::alone(&error))
                })
            })
        })
        .collect();
    each.into_iter()
        .map(|party| party.join().unwrap_or_else(|_| Err(Failure::internal("bench", "a party panicked"))))
        .collect()
}

/// Each party as a process of its own, over mutual TLS on the loopback.
fn over_tls(args: &OnlineArgs) -> Outcome<Vec<Figures>> {
    let Task { op, threads, source, stat_sec, masking, fraction_bits, whole_bits, .. } = args.task;
    let [op, masking] = [op.to_possible_value(), masking.to_possible_value()]
        .map(|value| value.map_or_else(String::new, |value| value.get_name().to_owned()));
    let numbers =
        [args.task.count(), threads.into(), stat_sec.bits().into(), fraction_bits.into(), whole_bits.into()];
    let [count, threads, stat_sec, fraction, whole] = &numbers.map(|number| number.to_string());
    let task = ["--op", &op, "--count", count, "--threads", threads, "--source", source.name()];
    let masks =
        ["--stat-sec", stat_sec, "--masking", &masking, "--fraction-bits", fraction, "--whole-bits", whole];
    let parked: &[&str] = if args.transport == Joined::TlsParked { &["--parked"] } else { &[] };
    as_processes(args.among, &[&["bench", "party"], &task[..], &masks[..], parked].concat())
}

/// One party.
pub(super) fn party(args: &PartyArgs) -> Outcome<Report> {
    let (seat, task) = (args.place.seat()?, args.task);
    let field = seat.consortium.field;
    let source = task.source.source(field)?;
    args.place.measure(
        &seat,
        source.channels(),
        task.threads(),
        async |links, session| over_field!(field, F => task.measure::<F>(&source, links, session).await),
    )
}
