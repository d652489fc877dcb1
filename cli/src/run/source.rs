//! Where a run's material comes from: LowGear among the parties, or, in a build for measurements and where it is asked for, the
//! insecure dealer. Every run with the dealer says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use speedwell_net::Transport;
use speedwell_offline::bgv::Params;
use speedwell_offline::lowgear::{Links, LowGear, Settings};
use speedwell_online::{Kind, MemoryJournal, Preprocessing, UsageFault};

use super::link::SharedLink;
use super::unfinished::{Begun, Unfinished};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;
use crate::file::value::Field;
use crate::progress::{Progress, Stage};

/// A source of material.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// `speedwell_offline::lowgear`, with these parameters.
    LowGear(Box<Params>),
    /// `speedwell-dealer`, from a coin of all parties.
    #[cfg(feature = "insecure-dealer")]
    InsecureDealer,
}

/// How the source is chosen on the command line.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Choice {
    /// Takes all material from the insecure dealer: NO secrecy and NO protection. For measurements over made-up data only.
    #[cfg(feature = "insecure-dealer")]
    #[arg(long)]
    pub(crate) insecure_dealer: bool,
}

/// What a source is to make, for whom.
pub(crate) struct Order<'a> {
    /// [`Source::channels`] of them, the session's first.
    pub(crate) links: &'a [SharedLink],
    pub(crate) session: [u8; 16],
    pub(crate) demand: &'a BTreeMap<Kind, u64>,
    pub(crate) threads: usize,
    /// Bytes of memory for what is under way.
    pub(crate) memory: usize,
    /// Bits that MAC checks have to give at least.
    pub(crate) statistical: u32,
    pub(crate) journal: MemoryJournal,
    /// Where a run is noted that makes material, unless it is a measurement.
    pub(crate) unfinished: Option<&'a Unfinished>,
    pub(crate) progress: &'a Arc<Progress>,
}

impl Choice {
    /// The source asked for, for this field at so many bits of statistical security.
    pub(crate) fn source(self, field: Field, security: u32) -> Outcome<Source> {
        #[cfg(feature = "insecure-dealer")]
        if self.insecure_dealer {
            return Ok(Source::InsecureDealer);
        }
        lowgear(field, security)
    }
}

/// LowGear for this field.
pub(crate) fn lowgear(field: Field, security: u32) -> Outcome<Source> {
    params(field, security).map(|params| Source::LowGear(Box::new(params)))
}

/// The parameters of LowGear for this field.
pub(crate) fn params(field: Field, security: u32) -> Outcome<Params> {
    over_field!(field, F => Params::of::<F>(security)).map_err(|error| {
        Failure::new(
            Exit::Input,
            "the preprocessing",
            error,
            "a field and a statistical security for which LowGear has parameters",
            "run `speedwell params` to see them",
        )
    })
}

impl Source {
    /// How many channels between all parties a run takes.
    pub(crate) fn channels(&self) -> u16 {
        match self {
            Self::LowGear(_) => 4,
            #[cfg(feature = "insecure-dealer")]
            Self::InsecureDealer => 1,
        }
    }

    /// The source's end at this party, with all material that was ordered. All parties open theirs at the same time.
    pub(crate) async fn open<F: speedwell_field::Field>(
        &self,
        order: Order<'_>,
    ) -> speedwell_online::Result<Box<dyn Preprocessing<F>>> {
        match self {
            Self::LowGear(params) => {
                let progress = Arc::clone(order.progress);
                let (done, total) = (Arc::new(Tally::default()), order.demand.values().sum::<u64>());
                progress.at(Stage::Material, 0, Some(total));
                let demand = order.demand.clone();
                let settings = Settings::new(params.as_ref().clone())
                    .threads(order.threads)
                    .memory(order.memory)
                    .statistical(order.statistical)
                    .journal(Box::new(order.journal))
                    .progress(move |step| {
                        let wanted = demand.get(&step.kind).copied().unwrap_or(step.done);
                        progress.at(Stage::Material, done.add(step.kind, step.done.min(wanted)), Some(total));
                    });
                let [_, checks, proofs, replies] = order.links else {
                    return Err(UsageFault::NoSuchParty.into());
                };
                let flow = |link: &SharedLink| -> Box<dyn Transport> { Box::new(link.clone()) };
                let links = Links { proofs: flow(proofs), replies: flow(replies), checks: flow(checks) };
                let mut lowgear = LowGear::<F>::set_up(links, order.session, settings).await?;
                let record = order.unfinished.map(|record| record.begin(&order.session)).transpose();
                let begun = record.map_err(|failure| {
                    tracing::error!("{failure}");
                    UsageFault::Journal
                })?;
                lowgear.make(order.demand).await?;
                let stock = lowgear.finish().await?;
                if let Some(Err(failure)) = begun.map(Begun::end) {
                    // It counts as unfinished then, which is on the safe side.
                    tracing::warn!("{failure}");
                }
                Ok(Box::new(stock))
            }
            #[cfg(feature = "insecure-dealer")]
            Self::InsecureDealer => {
                use speedwell_online::{coin, transcript::Place};
                let place = Place { epoch: [0; 16], session: order.session, number: 0 };
                let link = order.links.first().ok_or(UsageFault::NoSuchParty)?;
                let seed = coin::toss(link, "insecure dealer", &place, 0).await?;
                Ok(Box::new(speedwell_dealer::InsecureDealer::new(seed, link.me(), link.parties())))
            }
        }
    }

    /// The name in reports, and in what the parties compare.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::LowGear(_) => "lowgear",
            #[cfg(feature = "insecure-dealer")]
            Self::InsecureDealer => "insecure-dealer",
        }
    }

    /// What a run with this source says at its start and in its report.
    pub(crate) fn warning(&self) -> Option<&'static str> {
        match self {
            Self::LowGear(_) => None,
            #[cfg(feature = "insecure-dealer")]
            Self::InsecureDealer => Some(speedwell_dealer::BANNER),
        }
    }
}

/// What has been made of each kind.
#[derive(Debug, Default)]
struct Tally(std::sync::Mutex<BTreeMap<Kind, u64>>);

impl Tally {
    /// Sets one kind; the sum over all.
    fn add(&self, kind: Kind, done: u64) -> u64 {
        let mut tally = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        tally.insert(kind, done);
        tally.values().sum()
    }
}

/// A warning that cannot be overlooked.
pub(crate) fn banner(text: &str) -> String {
    let rule = "!".repeat(100);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 96 => {
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let body: Vec<String> = lines.iter().map(|line| format!("!! {line}")).collect();
    format!("{rule}\n{}\n{rule}", body.join("\n"))
}
