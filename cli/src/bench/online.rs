//! The online phase, measured at one party.
//!
//! Material is made in blocks of at most a million operations, before the block's clock starts. The clock stops when
//! the MAC check over everything the block opened has passed.

use std::time::Instant;

use speedwell_field::Field;
use speedwell_net::Transport;
use speedwell_online::{Config, Preprocessing, Result, Session, Shares, protocol};

use super::figures::{Figures, Op, Taken};
use super::stock::Stock;
use crate::usage;

/// Most operations of one block, which bounds the memory.
const BLOCK: u64 = 1_000_000;
/// Most operations of one block of dependent products, each of which holds a batch of its own.
const CHAIN_BLOCK: u64 = 50_000;

/// Measures `count` operations at this party.
pub(crate) async fn measure<F: Field>(
    transport: Box<dyn Transport>,
    source: Box<dyn Preprocessing<F>>,
    session: [u8; 16],
    op: Op,
    count: u64,
) -> Result<Figures> {
    let stock = Stock::new(source);
    let session = Session::new(transport, Box::new(stock.share()), Config::new(session))?;
    let taken = Taken { count, cpu_seconds: Some(0.0), ..Taken::default() };
    let mut figures = Figures { taken, ..Figures::default() };
    let mut left = count;
    while left > 0 {
        let block = left.min(if op == Op::Chain { CHAIN_BLOCK } else { BLOCK });
        left -= block;
        measure_block(&session, &stock, op, block as usize, &mut figures).await?;
    }
    figures.taken.peak_rss_bytes = usage::peak_memory();
    Ok(figures)
}

async fn measure_block<F: Field>(
    session: &Session<F>,
    stock: &Stock<F>,
    op: Op,
    block: usize,
    figures: &mut Figures,
) -> Result<()> {
    let made = match op {
        Op::Mul => stock.lay_in_triples(1, block)?,
        Op::Chain => stock.lay_in_triples(block, 1)?,
        Op::Open => stock.lay_in_randoms(1, block)?,
    };
    figures.material_seconds += made.as_secs_f64();
    let width = if op == Op::Chain { 1 } else { block };
    stock.lay_in_randoms(2, width)?;
    session.run(start_line).await?;
    let factors = (session.random(width)?, session.random(width)?);

    let before = session.report();
    let (cpu, clock) = (usage::cpu_seconds(), Instant::now());
    session.run(async |session: &Session<F>| operate(session, op, block, &factors).await).await?;
    figures.taken.seconds += clock.elapsed().as_secs_f64();
    let spent = usage::cpu_seconds().zip(cpu).map(|(after, before)| after - before);
    figures.taken.cpu_seconds = figures.taken.cpu_seconds.zip(spent).map(|(sum, spent)| sum + spent);
    let after = session.report();
    figures.rounds += after.rounds - before.rounds;
    figures.taken.bytes_sent_per_peer += after.bytes_sent_per_peer - before.bytes_sent_per_peer;
    Ok(())
}

/// Nobody's clock starts before everybody's material is made.
async fn start_line<F: Field>(session: &Session<F>) -> Result<()> {
    session.open(session.constant(&[F::ZERO])).await?;
    session.check().await
}

/// The measured operations, and the check over all they opened.
async fn operate<F: Field>(
    session: &Session<F>,
    op: Op,
    block: usize,
    (x, y): &(Shares<F>, Shares<F>),
) -> Result<()> {
    match op {
        Op::Mul => {
            protocol::mul(session, x, y).await?;
        }
        Op::Chain => {
            let mut product = x.clone();
            for _ in 0..block {
                product = protocol::mul(session, &product, y).await?;
            }
        }
        Op::Open => {
            session.open(session.random(block)?).await?;
        }
    }
    session.check().await
}
