//! LowGear: preprocessing from pairwise BGV encryption, secure against cheating by all parties but one.
//!
//! Sources: ePrint 2017/1230 (LowGear), 2023/462 (without sacrifice), 2019/035 (proof of plaintext knowledge). `docs/lowgear.md` has the
//! security argument with all bounds, and where this differs from the papers.
//!
//! | module | what |
//! |---|---|
//! | `setup` | keys of two roles, encrypted shares of the MAC key, proofs of all of them |
//! | `proof` | the interactive proofs |
//! | `factors`, `triples`, `squares`, `authenticate` | the flights of each kind of material |
//! | `check` | the batch check, without which nothing leaves |
//! | `derive` | bits and inverse pairs |
//! | `jobs`, `stream` | the pipeline; batches on their way |
//! | `stock` | the finished material |
//!
//! A party has three flows to its peers ([`Links`]): proofs, replies, checks. While the replies of one block travel the next one is
//! encrypted and proven.
//!
//! **What dies on which error.** A failed check, echo or coin burns the epoch: MAC key, all material. Any other error destroys
//! what was under way, the encryption keys and the masks of checks; what had been checked stays usable, and more material needs a new
//! epoch with a new share of the MAC key.

mod authenticate;
mod cheat;
mod check;
mod cost;
mod derive;
mod engine;
mod factors;
mod jobs;
mod link;
mod proof;
mod replies;
mod settings;
mod setup;
mod squares;
mod stock;
mod stream;
#[cfg(test)]
mod tests;
mod triples;
mod work;

pub use cost::{Cost, cost};
use settings::SharedJournal;
pub use settings::{Links, Progress, Settings};
pub use stock::Stock;

use std::collections::BTreeMap;
use std::sync::Arc;

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::transcript::Transcript;
use speedwell_online::{
    AbortCode, Config, Error, Journal, Kind, Preprocessing, Result, Session, UsageFault, blame,
};
use zeroize::Zeroizing;

use crate::bgv::Params;
use authenticate::randoms;
use cheat::{Cheat, Defences, Weakness};
use check::{CheckMasks, Column};
use derive::{Sealed, Unopened};
use engine::Engine;
use jobs::{Flows, Job, Made};
use link::Link;

/// Takes the columns of a kind, and at an owner of input masks the masks.
type Sink<'a, F> = dyn FnMut(Kind, Vec<Column<F>>, Option<Zeroizing<Vec<F>>>) + 'a;

/// One party of a LowGear epoch.
pub struct LowGear<F: Field> {
    /// Gone after an error: no material is made under these keys again.
    engine: Option<Box<Engine<F>>>,
    proofs: Link,
    replies: Link,
    session: Session<F>,
    masks: CheckMasks<F>,
    stock: Stock<F>,
    settings: Settings,
    jobs: u64,
    /// To be opened when the keys are sealed.
    unopened: Vec<Unopened<F>>,
    /// The session's journal.
    journal: SharedJournal,
    defences: Defences,
}

impl<F: Field> LowGear<F> {
    /// Sets up an epoch among the parties of `links`: keys, proofs, encrypted shares of the MAC key. `session` is fresh and agreed.
    ///
    /// Sent to each peer: about 30 MB for [`Fp127`](speedwell_field::Fp127) at 64 bits of statistical security.
    ///
    /// # Errors
    /// [`UsageFault::Parameters`] if the parties differ, [`Error::Peer`] if a proof does not hold, [`Error::Check`], network errors.
    pub async fn set_up(links: Links, session: [u8; 16], settings: Settings) -> Result<Self> {
        Self::set_up_with(links, session, settings, Cheat::none(), Defences::default()).await
    }

    /// As [`set_up`](Self::set_up); in tests the party may deviate, or all may leave out a defence.
    async fn set_up_with(
        links: Links,
        session: [u8; 16],
        mut settings: Settings,
        cheat: Cheat<F>,
        defences: Defences,
    ) -> Result<Self> {
        let mut proofs = Link::new(links.proofs, session, 1);
        let mut replies = Link::new(links.replies, session, 2);
        proofs.defences = defences;
        let engine = match setup::set_up::<F>(&mut proofs, &settings, cheat).await {
            Ok(engine) => engine,
            Err(error) => {
                let error = cause(error, [&proofs, &replies]);
                proofs.tell(error.abort_code());
                replies.tell(error.abort_code());
                return Err(error);
            }
        };
        replies.enter(engine.epoch);
        let stock = Stock::new(engine.epoch, Arc::clone(&engine.key));
        let id = Transcript::new("lowgear checks").bytes(&session).finish();
        let (id, _) = id.split_first_chunk().unwrap_or((&[0; 16], &[]));
        let journal = settings.shared_journal();
        let config = Config::new(*id).channel(3).journal(Box::new(journal.clone()));
        let config = defences.check_config(settings.check_config(config));
        let session = Session::new(links.checks, Box::new(stock.share()), config)?;
        let masks = CheckMasks::new();
        Ok(Self {
            engine: Some(Box::new(engine)),
            proofs,
            replies,
            session,
            masks,
            stock,
            settings,
            jobs: 0,
            unopened: Vec::new(),
            journal,
            defences,
        })
    }

    /// This epoch's name.
    #[must_use]
    pub fn epoch(&self) -> [u8; 16] {
        self.stock.epoch()
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.settings.params
    }

    /// Makes at least as much of every kind as `demand` says, which is the same at all parties. Whole batches are made: N elements, the ring
    /// dimension. Nothing of it can be used before [`finish`](Self::finish).
    ///
    /// Dropping the future before its end destroys the encryption keys, as an error does.
    ///
    /// # Errors
    /// [`UsageFault::FloodingBudget`] before anything is sent, and harmless; [`UsageFault::Desync`] if a peer asks for something else;
    /// otherwise see the module's head.
    pub async fn make(&mut self, demand: &BTreeMap<Kind, u64>) -> Result<()> {
        let stock = self.stock.share();
        let within_budget = !self.settings.exceeds_flooding_budget();
        self.run(demand, within_budget, &mut |kind, columns, clear| stock.add(kind, columns, clear)).await
    }

    /// As [`make`](Self::make) and [`finish`](Self::finish), but throws the material away block by block: for measuring. The flooding budget may
    /// be exceeded.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub async fn make_and_drop(mut self, demand: &BTreeMap<Kind, u64>) -> Result<Dropped> {
        let mut dropped = Dropped::default();
        let mut count = |columns: &[Column<F>]| {
            let own = columns.first().map_or(0, Column::len);
            dropped.count = dropped.count.saturating_add(u64::try_from(own).unwrap_or(u64::MAX));
        };
        self.run(demand, false, &mut |_, columns, _| count(&columns)).await?;
        let budget = self.settings.params.replies_per_epoch();
        let exceeded = self.engine.as_ref().is_some_and(|engine| engine.budget.made() > budget);
        self.seal(&mut |_, columns, _| count(&columns)).await?;
        dropped.flooding_budget_exceeded = exceeded;
        Ok(dropped)
    }

    /// Ends the making and gives the material out: the encryption keys are wiped, bits and inverse pairs opened where they have to be.
    /// Everything sent has been handed to the network when this returns. After an error that did not burn the epoch it gives what had been
    /// checked before.
    ///
    /// Material is had in no other way: while a key decrypts replies, nothing encrypted under it may be used (`docs/lowgear.md`,
    /// section 9).
    ///
    /// # Errors
    /// A failed check, network errors; [`UsageFault::EpochBurnt`] if an earlier error has burnt the epoch.
    pub async fn finish(mut self) -> Result<Stock<F>> {
        if self.stock.is_burnt() {
            return Err(UsageFault::EpochBurnt.into());
        }
        let stock = self.stock.share();
        self.seal(&mut |kind, columns, clear| stock.add(kind, columns, clear)).await?;
        Ok(stock)
    }

    /// Wipes the encryption keys, then derives what has to be opened.
    async fn seal(&mut self, sink: &mut Sink<'_, F>) -> Result<()> {
        if let Some(engine) = self.engine.take() {
            let sealed = Sealed::new(*engine);
            for unopened in std::mem::take(&mut self.unopened) {
                let kind = unopened.kind;
                match sealed.derive(&self.session, unopened).await {
                    Ok(columns) => sink(kind, columns, None),
                    Err(error) => return Err(self.end(error).await),
                }
            }
        }
        self.proofs.finish().await;
        self.replies.finish().await;
        // A peer that has all it needs may be gone.
        let _ = self.session.flush().await;
        Ok(())
    }

    async fn run(
        &mut self,
        demand: &BTreeMap<Kind, u64>,
        within_budget: bool,
        sink: &mut Sink<'_, F>,
    ) -> Result<()> {
        let (mask_batches, jobs) = self.plan(demand)?;
        // The keys come back if all goes well, and not otherwise: also when this future is dropped.
        let Some(engine) = self.engine.take() else {
            return Err(UsageFault::EpochBurnt.into());
        };
        let replies = jobs.iter().map(Job::replies).fold(mask_batches, u64::saturating_add);
        if let Err(error) = engine.budget.take(replies, within_budget) {
            self.engine = Some(engine);
            return Err(error);
        }
        // Numbers are spent before they are used: no two jobs of an epoch share their randomness.
        let first = self.jobs;
        let count = u64::try_from(jobs.len()).unwrap_or(u64::MAX);
        self.jobs = first.saturating_add(mask_batches).saturating_add(count);

        let (masks, proofs, session) = (&self.masks, &self.proofs, &self.session);
        let flows = Flows { engine: &engine, proofs, replies: &self.replies, session, masks };
        let unopened = &mut self.unopened;
        let mut progress = Meter::new(&self.settings, &jobs, engine.batch());
        let stopped = Stopped(Some([proofs, &self.replies]));
        let result = async {
            agree(proofs, first, masks.left(), &jobs).await?;
            for number in (first..).take(usize::try_from(mask_batches).unwrap_or(usize::MAX)) {
                masks.add(randoms(&engine, proofs, number, 1).await?);
            }
            let start = first.saturating_add(mask_batches);
            let jobs = jobs.iter().map(|job| Job { number: start.saturating_add(job.number), ..*job });
            flows
                .run(jobs.collect(), &mut |Made { kind, columns, clear }| {
                    progress.add(kind, columns.first().map_or(0, Column::len));
                    match kind {
                        Kind::Bits | Kind::Inverses => unopened.push(Unopened { kind, columns }),
                        _ => sink(kind, columns, clear),
                    }
                })
                .await
        }
        .await;
        stopped.came_to_an_end();
        match result {
            Ok(()) => {
                self.engine = Some(engine);
                Ok(())
            }
            Err(error) => {
                drop(engine);
                Err(self.end(error).await)
            }
        }
    }

    /// Destroys what the error kills, and tells the peers.
    async fn end(&mut self, error: Error) -> Error {
        let error = cause(error, [&self.proofs, &self.replies]);
        self.engine = None;
        self.unopened.clear();
        self.masks = CheckMasks::new();
        let code = error.abort_code();
        let told = error.clone();
        // The session burns the epoch if that is what the error asks for; unless the error came from another flow, in the middle of
        // a check that it interrupted. Then the session has ended with that, and the epoch is burnt here.
        let _: Result<()> = self.session.run(async move |_| Err(told)).await;
        let failed = matches!(error, Error::Check(_) | Error::Aborted { reason: AbortCode::Check, .. });
        if failed && !self.defences.lack(Weakness::NothingBurns) {
            // Without the record a restart would find the epoch alive; but there is no key to use it with.
            let _ = self.journal.burn(self.stock.epoch());
            self.stock.burn();
        }
        self.proofs.tell(code);
        self.replies.tell(code);
        error
    }

    /// Cuts the demand into jobs; before them, how many batches of check masks are needed.
    fn plan(&self, demand: &BTreeMap<Kind, u64>) -> Result<(u64, Vec<Job>)> {
        let Some(engine) = self.engine.as_ref() else {
            return Err(UsageFault::EpochBurnt.into());
        };
        let (batch, block) = (engine.batch(), engine.block);
        let mut jobs: Vec<Job> = Vec::new();
        for (kind, count) in demand {
            match kind {
                Kind::Masks(owner) if owner.index() >= self.proofs.parties() => {
                    return Err(UsageFault::NoSuchParty.into());
                }
                Kind::Masks(_)
                | Kind::Triples
                | Kind::Squares
                | Kind::Bits
                | Kind::Randoms
                | Kind::Inverses => {}
                _ => return Err(Error::Exhausted { kind: *kind, need: 1, have: 0 }),
            }
            let mut left = usize::try_from(*count).unwrap_or(usize::MAX).div_ceil(batch);
            while left > 0 {
                let batches = left.min(block);
                let number = u64::try_from(jobs.len()).unwrap_or(u64::MAX);
                jobs.push(Job { kind: *kind, batches, number });
                left = left.saturating_sub(batches);
            }
        }
        let masks = jobs.len().saturating_sub(self.masks.left()).div_ceil(batch);
        Ok((u64::try_from(masks).unwrap_or(u64::MAX), jobs))
    }

    /// This party.
    #[must_use]
    pub fn me(&self) -> PartyId {
        self.proofs.me()
    }
}

/// What a measurement made and threw away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Elements.
    pub count: u64,
    /// Whether more replies were made than flooding hides: such material would not be secure.
    pub flooding_budget_exceeded: bool,
}

/// Says on its links that this party stops, when it is dropped before what it watches came to an end.
struct Stopped<'a>(Option<[&'a Link; 2]>);

impl Stopped<'_> {
    fn came_to_an_end(mut self) {
        self.0 = None;
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.iter().flatten().for_each(|link| link.tell(AbortCode::Stopped));
    }
}

/// Compares what is to be made: parties that ask for different things would take each other for cheaters.
async fn agree(link: &Link, first: u64, masks: usize, jobs: &[Job]) -> Result<()> {
    let count = |x: usize| u64::try_from(x).unwrap_or(u64::MAX);
    let start = Transcript::new("lowgear jobs").number(first).number(count(masks)).number(count(jobs.len()));
    let digest =
        jobs.iter().fold(start, |t, job| t.bytes(job.kind.to_string().as_bytes()).number(count(job.batches)));
    let digest = digest.finish();
    let theirs =
        link.exchange(link::Kind::Hello, bytes::Bytes::copy_from_slice(&digest), &link.each(32)).await?;
    match link.peers().zip(&theirs).find(|(_, theirs)| theirs.as_slice() != digest) {
        Some((peer, _)) => Err(UsageFault::Desync { peer }.into()),
        None => Ok(()),
    }
}

/// What ended the making: the error, or what the peers have said about it.
fn cause(error: Error, links: [&Link; 2]) -> Error {
    if !blame::handed_on(&error) {
        return error;
    }
    let words = links.into_iter().flat_map(Link::last_words);
    blame::cause(std::iter::once(error).chain(words).collect())
}

impl<F: Field> std::fmt::Debug for LowGear<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LowGear<{}>({}, {:?})", F::NAME, self.me(), self.stock)
    }
}

/// Reports how far the making has come.
struct Meter<'a> {
    settings: &'a Settings,
    done: BTreeMap<Kind, u64>,
    total: BTreeMap<Kind, u64>,
}

impl<'a> Meter<'a> {
    fn new(settings: &'a Settings, jobs: &[Job], batch: usize) -> Self {
        let mut total = BTreeMap::new();
        for job in jobs {
            let own = u64::try_from(job.batches.saturating_mul(batch)).unwrap_or(u64::MAX);
            let sum: &mut u64 = total.entry(job.kind).or_default();
            *sum = sum.saturating_add(own);
        }
        Self { settings, done: BTreeMap::new(), total }
    }

    fn add(&mut self, kind: Kind, made: usize) {
        let done = self.done.entry(kind).or_default();
        *done = done.saturating_add(u64::try_from(made).unwrap_or(u64::MAX));
        let total = self.total.get(&kind).copied().unwrap_or_default();
        self.settings.report(&Progress { kind, done: *done, total });
    }
}
