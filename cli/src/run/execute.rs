//! One party of one run: reduce, connect, compute, finish.
//!
//! Nothing is written here, and nothing is told to the peers but that this party gave up, if it did.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use speedwell_field::Field;
use speedwell_net::{
    Advice, Connected, EventSink, Listen, MeshConfig, MeshEvent, Timeouts, TlsMesh, Transport,
};
use speedwell_online::{Config, Error, MemoryJournal, Report, Session};
use speedwell_stats::{Aggregates, Results, compute, finish, integers};
use tokio::sync::oneshot;

use super::cost::Cost;
use super::link::SharedLink;
use super::question::Question;
use super::seat::Seat;
use super::source::{Order, Source};
use super::unfinished::Unfinished;
use super::{data, fault, timed};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;
use crate::progress::{Progress, Stage};
use crate::{runtime, signal, usage};

/// How long a party that gives up waits for its last words to leave.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Everything a run needs, checked.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) seat: Seat,
    pub(crate) question: Arc<Question>,
    pub(crate) data: PathBuf,
    /// What the run is going to take.
    pub(crate) plan: Report,
    /// Its statistical security in bits.
    pub(crate) security_bits: u32,
    pub(crate) source: Source,
    pub(crate) listen: Listen,
    pub(crate) progress: Arc<Progress>,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The answers, if this party receives them.
    pub(crate) results: Option<Results>,
    /// What the run cost this party.
    pub(crate) cost: Cost,
    /// The session's number, the same at all parties.
    pub(crate) session: [u8; 16],
}

/// Runs the study to its end, or until somebody stops this process.
pub(crate) fn execute(mut run: Run) -> Outcome<Finished> {
    let (stop, mut stopped) = oneshot::channel();
    signal::Stop::listen()?.then(move || {
        let _ = stop.send(());
    });
    let listen = std::mem::take(&mut run.listen);
    let runtime = runtime::start(run.seat.party.threads)?;
    runtime.block_on(async {
        let links = OnceLock::new();
        let outcome = {
            let mut work = std::pin::pin!(run.go(listen, &links));
            std::future::poll_fn(|context| {
                if std::pin::Pin::new(&mut stopped).poll(context).is_ready() {
                    return std::task::Poll::Ready(Err(signal::stopped("this party")));
                }
                work.as_mut().poll(context)
            })
            .await
        };
        // Whatever ended the run early, a dropped session too, has left word for the peers. It must leave before we do.
        if let (Err(_), Some(links)) = (&outcome, links.get()) {
            last_words(links).await;
        }
        outcome
    })
}

impl Run {
    /// Goes through all steps; `links` is set once the parties are connected.
    async fn go(&self, listen: Listen, links: &OnceLock<Vec<SharedLink>>) -> Outcome<Finished> {
        let started = Instant::now();
        self.unfinished().admit()?;
        let own = self.rows().await?;
        let rows = started.elapsed();
        let connected = self.connect(listen).await?;
        let connect = started.elapsed().saturating_sub(rows);
        let field = self.seat.consortium.field;
        let mut finished = over_field!(field, F => self.session::<F>(connected, &own, links).await)?;
        let seconds = &mut finished.cost.seconds;
        seconds.rows = rows.as_secs_f64();
        seconds.connect = connect.as_secs_f64();
        seconds.total = started.elapsed().as_secs_f64();
        finished.cost.cpu_seconds = usage::cpu_seconds();
        finished.cost.peak_rss_bytes = usage::peak_memory();
        Ok(finished)
    }

    fn unfinished(&self) -> Unfinished {
        let Seat { party, digest, .. } = &self.seat;
        Unfinished::new(&party.folder, digest, party.unfinished_runs)
    }

    async fn connect(&self, listen: Listen) -> Outcome<Connected> {
        let Self { seat, question, source, progress, .. } = self;
        let peers = seat.roster.parties() as u64 - 1;
        progress.at(Stage::Connect, 0, Some(peers));
        let config = MeshConfig {
            listen,
            timeouts: Timeouts {
                connect: seat.party.connect,
                handshake: Timeouts::default().handshake.min(seat.party.connect),
                idle: seat.party.silence,
                round: seat.party.round,
            },
            spin: seat.neighbours() <= cores(),
            channels: source.channels(),
            events: events(Arc::clone(progress), peers),
            ..MeshConfig::new(seat.local(&question.digests(source.name())))
        };
        TlsMesh::connect(config).await.map_err(|error| fault::connecting(&error, seat.party.connect))
    }

    async fn session<F: Field>(
        &self,
        connected: Connected,
        own: &Aggregates,
        shared: &OnceLock<Vec<SharedLink>>,
    ) -> Outcome<Finished> {
        let Connected { transports, session_id, .. } = connected;
        let links = shared.get_or_init(|| transports.into_iter().map(SharedLink::new).collect());
        let link = links.first().ok_or_else(|| Failure::internal("connecting", "no channel"))?;
        let journal = MemoryJournal::default();
        let making = Instant::now();
        let unfinished = self.unfinished();
        let order = Order {
            links,
            session: session_id,
            demand: &self.plan.material,
            threads: self.seat.party.threads,
            memory: self.seat.party.memory,
            statistical: self.security_bits,
            journal: journal.clone(),
            unfinished: Some(&unfinished),
            progress: &self.progress,
        };
        let material = self.source.open::<F>(order).await.map_err(|error| self.fault(&error))?;
        let made = making.elapsed().as_secs_f64();
        let clock = timed::Clock::default();
        let source = Box::new(timed::Timed::new(material, clock.clone()));
        let config = Config::new(session_id).statistical(self.security_bits).journal(Box::new(journal));
        let session =
            Session::new(Box::new(link.clone()), source, config).map_err(|error| self.fault(&error))?;

        let compute_started = Instant::now();
        let revealed = self.compute(&session, own).await?;
        // What the peers still need of this party must leave before it does. A peer that has all it needs may be gone.
        last_words(links).await;
        let results = revealed.map(|values| self.finish(&values)).transpose()?;

        let mut cost = Cost::of(&session.report(), Some(&self.seat.roster));
        for link in links {
            let traffic = link.meter().traffic();
            cost.bytes_sent += traffic.sent().bytes;
            cost.bytes_received += traffic.received().bytes;
        }
        cost.seconds.compute = compute_started.elapsed().as_secs_f64();
        cost.seconds.material = made + clock.seconds();
        Ok(Finished { results, cost, session: session_id })
    }

    /// This party's rows, reduced on a thread of their own: meanwhile somebody may stop this process.
    async fn rows(&self) -> Outcome<Aggregates> {
        let (tell, told) = oneshot::channel();
        let (question, path, progress) =
            (Arc::clone(&self.question), self.data.clone(), Arc::clone(&self.progress));
        std::thread::spawn(move || {
            let _ = tell.send(data::reduced(&question.layout, &path, &progress));
        });
        told.await.unwrap_or_else(|_| Err(Failure::internal("reading the rows", "the reader ended early")))
    }

    async fn compute<F: Field>(&self, session: &Session<F>, own: &Aggregates) -> Outcome<Option<Vec<i128>>> {
        let Question { layout, receivers } = self.question.as_ref();
        let planned = self.plan.rounds;
        self.progress.at(Stage::Compute, 0, Some(planned));
        let revealed = session
            .run(async |session| compute(session, layout, &own.values, receivers).await)
            .await
            .map_err(|error| self.fault(&error))?;
        self.progress.at(Stage::Compute, planned, Some(planned));
        revealed
            .map(|values| integers(layout, &values).map_err(|error| implausible(error.advice())))
            .transpose()
    }

    fn finish(&self, values: &[i128]) -> Outcome<Results> {
        finish(&self.question.layout, values).map_err(|error| implausible(error.advice()))
    }

    fn fault(&self, error: &Error) -> Failure {
        fault::session(error, &self.seat.roster, self.seat.party.silence)
    }
}

/// Lets what is queued leave, for a while: a peer that has all it needs may be gone.
async fn last_words(links: &[SharedLink]) {
    for link in links {
        let flushed = tokio::time::timeout(LAST_WORDS, link.flush()).await;
        tracing::debug!(?flushed, "the last messages");
    }
}

/// Revealed totals that no rows within the study's ranges give.
fn implausible(advice: Advice) -> Failure {
    let remedy = format!("{}; no result was written", advice.remedy);
    Failure::of(Exit::Check, "the revealed totals", Advice { remedy, ..advice })
}

/// Counts the peers that are there.
fn events(progress: Arc<Progress>, peers: u64) -> EventSink {
    let met = std::sync::Mutex::new(std::collections::BTreeSet::new());
    EventSink::new(move |event| {
        let mut met = met.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            MeshEvent::Met { peer } => {
                met.insert(peer.party);
            }
            MeshEvent::Lost { peer } => {
                met.remove(&peer.party);
            }
            MeshEvent::Waiting { peer, address, waited } => {
                progress.note(&format!("waiting for {peer} at {address} ({} s)", waited.as_secs()));
                return;
            }
            _ => return,
        }
        progress.at(Stage::Connect, met.len() as u64, Some(peers));
    })
}

/// Cores of this machine.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
