//! The online phase, measured at one party.
//!
//! Material is made in blocks, before the block's clock starts; then masks and their tables, timed apart; then the
//! operations. The clock stops when the MAC check over everything they opened has passed. After it the results are
//! revealed and compared with what is right.

use std::collections::BTreeMap;
use std::time::Instant;

use speedwell_field::Field;
use speedwell_net::{PartyId, Transport};
use speedwell_online::{
    Config, Favour, Kind, Masking, Preprocessing, Report, Result, Session, Shape, plan_with,
};

use super::figures::{Figures, Taken};
use super::stock::Stock;
use super::work::{Format, Op};
use crate::usage;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) op: Op,
    pub(crate) count: u64,
    pub(crate) format: Format,
    /// Level of the statistical masks of the whole run.
    pub(crate) level: u32,
    /// The one kind of masks to take, if only one.
    pub(crate) masking: Option<Masking>,
}

impl Work {
    /// What each block takes: its operations, and the plan of making its masks and then of them.
    fn blocks(&self) -> impl Iterator<Item = u64> + use<> {
        let (block, count) = (self.op.block(self.masking), self.count);
        (0..count.div_ceil(block)).map(move |at| block.min(count - at * block))
    }

    fn config(&self, session: [u8; 16]) -> Config {
        // No operation opens more than 16 statistically masked elements.
        let config = Config::new(session).favour(Favour::Online).masks(self.level, self.count * 16);
        match self.masking {
            Some(only) => config.masking(only),
            None => config,
        }
    }

    /// What a block of `n` costs.
    fn plan<F: Field>(&self, me: PartyId, parties: usize, n: u64) -> Result<Plan> {
        let n = n as usize;
        let mut operands_alone = Report::default();
        // Alone, the operations say what masks they take; then they are planned with those made ahead.
        let alone = plan_with::<F, _, _>(me, parties, self.config([0; 16]), async |s| {
            let operands = self.op.operands(s, n, self.format)?;
            operands_alone = s.report();
            self.op.run(s, n, &operands, self.format).await.map(|_| ())
        })?;
        let whole = plan_with::<F, _, _>(me, parties, self.config([0; 16]), async |s| {
            lay_in_masks(s, &alone.shapes).await?;
            let operands = self.op.operands(s, n, self.format)?;
            self.op.run(s, n, &operands, self.format).await.map(|_| ())
        })?;
        Ok(Plan { shapes: alone.shapes, operands: operands_alone.material, demand: whole.material })
    }

    /// Material of the whole measurement.
    pub(crate) fn demand<F: Field>(&self, me: PartyId, parties: usize) -> Result<BTreeMap<Kind, u64>> {
        let mut demand = BTreeMap::new();
        for block in self.blocks() {
            let of_block = self.plan::<F>(me, parties, block)?.demand;
            of_block.into_iter().for_each(|(kind, n)| *demand.entry(kind).or_default() += n);
        }
        Ok(demand)
    }
}

/// What a block takes.
struct Plan {
    /// Masks to make ahead.
    shapes: BTreeMap<Shape, u64>,
    /// Material of the operands, which is not the operations'.
    operands: BTreeMap<Kind, u64>,
    /// Material in all.
    demand: BTreeMap<Kind, u64>,
}

/// Measures at this party.
pub(crate) async fn measure<F: Field>(
    transport: Box<dyn Transport>,
    source: Box<dyn Preprocessing<F>>,
    session: [u8; 16],
    work: &Work,
) -> Result<Figures> {
    let stock = Stock::new(source);
    let session = Session::new(transport, Box::new(stock.share()), work.config(session))?;
    let taken = Taken { count: work.count, cpu_seconds: Some(0.0), ..Taken::default() };
    let mut figures = Figures { taken, ..Figures::default() };
    for block in work.blocks() {
        measure_block(&session, &stock, work, block, &mut figures).await?;
    }
    figures.taken.peak_rss_bytes = usage::peak_memory();
    let masks = session.report().masks;
    let full_field = masks.get(&Masking::FullField).copied().unwrap_or(0);
    figures.masking = match (masks.values().sum::<u64>(), full_field) {
        (0, _) => None,
        (_, 0) => Some("bounded".to_owned()),
        (all, full) if all == full => Some("full-field".to_owned()),
        _ => Some("mixed".to_owned()),
    };
    Ok(figures)
}

async fn measure_block<F: Field>(
    session: &Session<F>,
    stock: &Stock<F>,
    work: &Work,
    block: u64,
    figures: &mut Figures,
) -> Result<()> {
    let (n, op, format) = (block as usize, work.op, work.format);
    let plan = work.plan::<F>(session.me(), session.parties(), block)?;
    stock.lay_in(&plan.demand)?;
    figures.material_seconds += stock.made_in().seconds;
    for (kind, n) in &plan.demand {
        let taken = n - plan.operands.get(kind).copied().unwrap_or(0);
        if taken > 0 {
            *figures.material.entry(name(*kind)).or_default() += taken;
        }
    }
    session.run(start_line).await?;
    let clock = Instant::now();
    session.run(async |s: &Session<F>| lay_in_masks(s, &plan.shapes).await).await?;
    let making = stock.made_in();
    figures.ahead_seconds += clock.elapsed().as_secs_f64() - making.seconds;
    figures.material_seconds += making.seconds;
    let operands = op.operands(session, n, format)?;
    // What had to be made for the operands is not the operations' either.
    figures.material_seconds += stock.made_in().seconds;
    session.run(start_line).await?;

    let before = session.report();
    let (cpu, clock) = (usage::cpu_seconds(), Instant::now());
    let outcome = session
        .run(async |s: &Session<F>| {
            let outcome = op.run(s, n, &operands, format).await?;
            s.check().await?;
            Ok(outcome)
        })
        .await?;
    // What had to be made meanwhile is not the operations'.
    let making = stock.made_in();
    figures.taken.seconds += clock.elapsed().as_secs_f64() - making.seconds;
    figures.material_seconds += making.seconds;
    let spent = usage::cpu_seconds().zip(cpu).map(|(after, before)| after - before - making.cpu_seconds);
    figures.taken.cpu_seconds = figures.taken.cpu_seconds.zip(spent).map(|(sum, spent)| sum + spent);
    let after = session.report();
    figures.rounds += after.rounds - before.rounds;
    figures.taken.bytes_sent_per_peer += after.bytes_sent_per_peer - before.bytes_sent_per_peer;
    session.run(async |s: &Session<F>| outcome.verify(s).await).await
}

/// Makes the masks ahead that the planned program takes.
async fn lay_in_masks<F: Field>(s: &Session<F>, shapes: &BTreeMap<Shape, u64>) -> Result<()> {
    for (shape, n) in shapes {
        s.lay_in(*shape, *n as usize).await?;
    }
    Ok(())
}

/// The name of a kind in the line; input masks of all owners count together.
fn name(kind: Kind) -> String {
    let name = match kind {
        Kind::Triples => "triples",
        Kind::Squares => "squares",
        Kind::Bits => "bits",
        Kind::Masks(_) => "masks",
        Kind::Randoms => "randoms",
        Kind::Inverses => "inverses",
        _ => "other",
    };
    name.to_owned()
}

/// Nobody's clock starts before everybody's material is made.
async fn start_line<F: Field>(session: &Session<F>) -> Result<()> {
    session.open(session.constant(&[F::ZERO])).await?;
    session.check().await
}
