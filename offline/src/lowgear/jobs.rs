//! The pipeline: jobs of up to a block each, proven and encrypted while the replies of the one before travel.

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::{Kind, Result, Session};
use zeroize::Zeroizing;

use super::authenticate::{masks, randoms};
use super::cheat::Weakness;
use super::check::{CheckMasks, Column, check};
use super::engine::Engine;
use super::factors::{Factors, factors};
use super::link::{Link, both};
use super::squares::squares;
use super::triples::triples;

/// What a job makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) kind: Kind,
    pub(super) batches: usize,
    /// Tells it from all others of the epoch.
    pub(super) number: u64,
}

/// What a job has made, checked. Of bits and inverse pairs, what they are derived from.
pub(super) struct Made<F: Field> {
    pub(super) kind: Kind,
    pub(super) columns: Vec<Column<F>>,
    pub(super) clear: Option<Zeroizing<Vec<F>>>,
}

/// The flows of a party, and what they share.
pub(super) struct Flows<'a, F: Field> {
    pub(super) engine: &'a Engine<F>,
    pub(super) proofs: &'a Link,
    pub(super) replies: &'a Link,
    pub(super) session: &'a Session<F>,
    pub(super) masks: &'a CheckMasks<F>,
}

/// A job whose first flight is over.
enum Begun<F: Field> {
    Factors(Factors<F>),
    Randoms(Column<F>),
    Masks(Column<F>, Option<Zeroizing<Vec<F>>>),
}

impl Job {
    /// Replies that it sends to each peer.
    pub(super) fn replies(&self) -> u64 {
        let each = match self.kind {
            Kind::Triples | Kind::Inverses => 4,
            Kind::Squares | Kind::Bits => 3,
            _ => 1,
        };
        u64::try_from(self.batches).unwrap_or(u64::MAX).saturating_mul(each)
    }
}

impl<F: Field> Flows<'_, F> {
    /// Runs the jobs in order and hands over what each has made.
    pub(super) async fn run(&self, jobs: Vec<Job>, sink: &mut dyn FnMut(Made<F>)) -> Result<()> {
        let mut begun: Option<(Job, Begun<F>)> = None;
        for job in jobs.into_iter().map(Some).chain([None]) {
            let mut next = None;
            let ready = begun.take();
            both(
                async {
                    if let Some(job) = job {
                        next = Some((job, self.begin(job).await?));
                    }
                    Ok(())
                },
                async {
                    if let Some((job, ready)) = ready {
                        sink(self.finish(job, ready).await?);
                    }
                    Ok(())
                },
            )
            .await?;
            begun = next;
        }
        Ok(())
    }

    /// The first flight, over the link of proofs.
    async fn begin(&self, Job { kind, batches, number }: Job) -> Result<Begun<F>> {
        let Self { engine, proofs: link, .. } = self;
        Ok(match kind {
            Kind::Triples | Kind::Inverses => {
                Begun::Factors(factors(engine, link, number, batches, true).await?)
            }
            Kind::Squares | Kind::Bits => {
                Begun::Factors(factors(engine, link, number, batches, false).await?)
            }
            Kind::Masks(owner) => self.begin_masks(owner, batches, number).await?,
            _ => Begun::Randoms(randoms(engine, link, number, batches).await?),
        })
    }

    async fn begin_masks(&self, owner: PartyId, batches: usize, number: u64) -> Result<Begun<F>> {
        let (column, clear) = masks(self.engine, self.proofs, number, owner, batches).await?;
        Ok(Begun::Masks(column, clear))
    }

    /// The replies, over their link, and the check.
    async fn finish(&self, Job { kind, number, .. }: Job, begun: Begun<F>) -> Result<Made<F>> {
        let Self { engine, replies: link, .. } = self;
        let broadcast = if let Begun::Factors(factors) = &begun { factors.broadcast } else { [0; 32] };
        let (mut columns, clear): (Vec<Column<F>>, _) = match (begun, kind) {
            (Begun::Factors(factors), Kind::Triples | Kind::Inverses) => {
                (triples(engine, link, number, factors).await?.into(), None)
            }
            (Begun::Factors(factors), _) => (squares(engine, link, number, factors).await?.into(), None),
            (Begun::Randoms(column), _) => (vec![column], None),
            (Begun::Masks(column, clear), _) => (vec![column], clear),
        };
        self.check(&broadcast, &mut columns).await?;
        Ok(Made { kind, columns, clear })
    }

    async fn check(&self, broadcast: &[u8; 32], columns: &mut [Column<F>]) -> Result<()> {
        self.engine.cheat.shares(self.engine, columns);
        let columns: Vec<&Column<F>> = columns.iter().collect();
        if self.engine.defences.lack(Weakness::SeparateChecks) {
            for column in columns {
                check(self.engine, self.replies, self.session, self.masks, broadcast, &[column]).await?;
            }
            return Ok(());
        }
        check(self.engine, self.replies, self.session, self.masks, broadcast, &columns).await
    }
}
