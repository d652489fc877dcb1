//! Preprocessing, measured at one party.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use speedwell_net::{PartyId, Transport};
use speedwell_offline::bgv::Params;
use speedwell_offline::lowgear::{Dropped, Links, LowGear, Settings};
use speedwell_online::{Kind, Result, UsageFault};

use super::figures::Taken;
use crate::run::link::SharedLink;
use crate::usage;

/// Flows of LowGear.
pub(crate) const CHANNELS: u16 = 3;

/// The kind of material measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Made {
    /// Beaver triples.
    Triples,
    /// Squares.
    Squares,
    /// Random bits.
    Bits,
    /// Input masks, the same number of every party.
    Masks,
    /// Random elements.
    Randoms,
    /// Inverse pairs.
    Inverses,
    /// Mixtures of 1,000 triples, 1,000 bits and 100 input masks of each party: what a small program waits for.
    Mixed,
}

impl Made {
    /// How many are made unless the command line says.
    pub(crate) fn default_count(self) -> u64 {
        if self == Self::Mixed { 1 } else { 1_000_000 }
    }

    fn demand(self, count: u64, parties: usize) -> BTreeMap<Kind, u64> {
        let kind = match self {
            Self::Triples => Kind::Triples,
            Self::Squares => Kind::Squares,
            Self::Bits => Kind::Bits,
            Self::Randoms => Kind::Randoms,
            Self::Inverses => Kind::Inverses,
            Self::Masks => {
                let each = count.div_ceil(parties.max(1) as u64);
                return PartyId::all(parties).map(|owner| (Kind::Masks(owner), each)).collect();
            }
            Self::Mixed => {
                let masks =
                    PartyId::all(parties).map(|owner| (Kind::Masks(owner), count.saturating_mul(100)));
                let thousands = count.saturating_mul(1000);
                let kinds = [(Kind::Triples, thousands), (Kind::Bits, thousands)];
                return kinds.into_iter().chain(masks).collect();
            }
        };
        BTreeMap::from([(kind, count)])
    }
}

/// What one party measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    /// Of elements made, in whole batches, or of mixtures; from the end of the set-up until the last check has passed.
    pub(crate) taken: Taken,
    /// Wall time of the set-up.
    pub(crate) setup_seconds: f64,
    /// Whether more replies were made than flooding hides.
    pub(crate) flooding_budget_exceeded: bool,
}

/// Sets up and makes at least as many as `asked` at this party. Material is thrown away block by block.
pub(crate) async fn measure<F: speedwell_field::Field>(
    links: &[SharedLink],
    session: [u8; 16],
    params: Params,
    made: Made,
    asked: u64,
    threads: usize,
) -> Result<Figures> {
    let [checks, proofs, replies] = links else {
        return Err(UsageFault::NoSuchParty.into());
    };
    let parties = checks.parties();
    let flow = |link: &SharedLink| -> Box<dyn Transport> { Box::new(link.clone()) };
    let flows = Links { proofs: flow(proofs), replies: flow(replies), checks: flow(checks) };
    let settings = Settings::new(params).threads(threads);
    let clock = Instant::now();
    let lowgear = LowGear::<F>::set_up(flows, session, settings).await?;
    let setup_seconds = clock.elapsed().as_secs_f64();

    let sent = || links.iter().map(|link| link.meter().traffic().sent().bytes).sum::<u64>();
    let (before, cpu, clock) = (sent(), usage::cpu_seconds(), Instant::now());
    let Dropped { count, flooding_budget_exceeded } =
        lowgear.make_and_drop(&made.demand(asked, parties)).await?;
    let seconds = clock.elapsed().as_secs_f64();
    let spent = usage::cpu_seconds().zip(cpu).map(|(after, before)| after - before);
    let bytes = sent() - before;
    let taken = Taken {
        count: if made == Made::Mixed { asked } else { count },
        seconds,
        cpu_seconds: spent,
        bytes_sent_per_peer: bytes / (parties.max(2) as u64 - 1),
        peak_rss_bytes: usage::peak_memory(),
    };
    Ok(Figures { taken, setup_seconds, flooding_budget_exceeded })
}
