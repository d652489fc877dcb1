//! Running parties in one process, honest ones and cheaters. Feature `testing` only.
//!
//! All parties run on one thread over the memory mesh with tokio's paused clock, so a run is deterministic and a time-out
//! costs nothing. Sessions stay alive until every party has ended: what a party sees last is a message, not a hang-up.
//! Honest parties wait for a cheater for [`CHEATER_TIMEOUT`] and for each other for longer, so that it does not hang on
//! the order of polling who is the first to report a silent cheater.

pub mod local;

use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::task::Poll;
use std::time::Duration;

use speedwell_field::Field;
use speedwell_net::tamper::{Action, Event, Tampered, Watch};
use speedwell_net::{
    BoxFuture, Frame, MemoryConfig, Meter, Metered, NetError, NetFault, PartyId, Traffic, Transport,
    memory_mesh_with,
};

use crate::config::Config;
use crate::error::Result;
use crate::journal::{EpochState, Journal, MemoryJournal};
use crate::key::MacKey;
use crate::mac::Pending;
use crate::opened::Opened;
use crate::prep::Preprocessing;
use crate::report::Report;
use crate::session::Session;
use crate::share::Shares;
use crate::wire::Message;

/// The session id of every run of this module.
pub const SESSION: [u8; 16] = *b"session under te";

/// How long an honest party waits for a message of a cheater.
pub const CHEATER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an honest party waits for a message of another one.
const HONEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a rushing cheater waits for honest parties, where none of them speaks first.
const PATIENCE: Duration = Duration::from_secs(5);

/// Adds to the key share of a party under test: a cheater who answers a check under another key.
pub fn shift_key<F: Field>(key: &MacKey<F>, by: F) {
    *key.alpha.lock().unwrap_or_else(PoisonError::into_inner) += by;
}

/// A party's sigma of one opened vector, as a check computes it.
#[must_use]
pub fn sigma<F: Field>(opened: Vec<F>, macs: Vec<F>, coin: &[u8; 32], alpha: F) -> F {
    crate::mac::sigma(&[Pending { values: Arc::new(opened), macs }], coin, alpha)
}

/// The local steps of a product: x − a, and the product in place of c where ε and ρ were opened.
#[must_use]
pub fn product<F: Field>(
    [a, c]: [Shares<F>; 2],
    [x, y]: [&Shares<F>; 2],
    [eps, rho]: [Vec<F>; 2],
) -> [Shares<F>; 2] {
    let [eps, rho] = [eps, rho].map(|opened| Opened::new(opened.len(), Arc::new(opened)));
    [a.taken_from(&[x]), c.beaver(0, &eps, &rho, x, y)]
}

/// [`protocol`](crate::protocol)'s rounding down by 2^`by`, of any signed integers of `bits` bits.
///
/// # Errors
/// As the operations that are built on it.
pub async fn floor<F: Field>(s: &Session<F>, x: &Shares<F>, bits: u32, by: u32) -> Result<Shares<F>> {
    crate::protocol::floor(s, x, bits, by).await
}

/// The same without a comparison: one more with the probability of what is cut off.
///
/// # Errors
/// As the operations that are built on it.
pub async fn floor_or_one_more<F: Field>(
    s: &Session<F>,
    x: &Shares<F>,
    bits: u32,
    by: u32,
) -> Result<Shares<F>> {
    crate::protocol::floor_or_one_more(s, x, bits, by).await
}

/// What one party has at the end of a run.
#[derive(Debug)]
pub struct Outcome<T> {
    /// What its program returned.
    pub result: Result<T>,
    /// What its session counted.
    pub report: Report,
    /// What its network layer counted.
    pub traffic: Traffic,
    /// Whether its epoch lives.
    pub epoch: EpochState,
}

type Adversary = Box<dyn FnMut(&Event<'_>) -> Vec<Action> + Send>;

/// A run that is being set up.
pub struct Run<F: Field> {
    parties: usize,
    source: Box<dyn Fn(PartyId) -> Box<dyn Preprocessing<F>>>,
    config: Box<dyn Fn(Config) -> Config>,
    adversaries: Vec<Option<(bool, Adversary)>>,
    silence: bool,
}

impl<F: Field> Run<F> {
    /// `n` parties with the material that `source` gives each.
    pub fn new<P: Preprocessing<F> + 'static>(n: usize, source: impl Fn(PartyId) -> P + 'static) -> Self {
        Self {
            parties: n,
            source: Box::new(move |party| Box::new(source(party))),
            config: Box::new(|config| config),
            adversaries: (0..n).map(|_| None).collect(),
            silence: true,
        }
    }

    /// Changes the configuration of every party.
    #[must_use]
    pub fn config(mut self, config: impl Fn(Config) -> Config + 'static) -> Self {
        self.config = Box::new(config);
        self
    }

    /// Puts `party` under an adversary. It never tells the others that it gives up.
    #[must_use]
    pub fn cheater(
        self,
        party: usize,
        adversary: impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static,
    ) -> Self {
        self.adversary(party, false, Box::new(adversary))
    }

    /// As [`cheater`](Self::cheater), and it sees the honest parties' frames of a round before it sends its own.
    #[must_use]
    pub fn rushing_cheater(
        self,
        party: usize,
        adversary: impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static,
    ) -> Self {
        self.adversary(party, true, Box::new(adversary))
    }

    fn adversary(mut self, party: usize, rushing: bool, adversary: Adversary) -> Self {
        if let Some(place) = self.adversaries.get_mut(party) {
            *place = Some((rushing, adversary));
        }
        self
    }

    /// Runs the program at every party.
    pub fn go<T>(self, program: impl AsyncFn(&Session<F>) -> Result<T>) -> Vec<Outcome<T>> {
        self.go_watched(program).0
    }

    /// As [`go`](Self::go), with the watches of the cheaters: a test of a cheat asserts that it happened.
    pub fn go_watched<T>(
        mut self,
        program: impl AsyncFn(&Session<F>) -> Result<T>,
    ) -> (Vec<Outcome<T>>, Vec<Watch>) {
        paused(async move {
            let (transports, meters, watches) = self.mesh();
            let (mut sessions, mut journals) = (vec![], vec![]);
            for transport in transports {
                let journal = MemoryJournal::default();
                let prep = (self.source)(transport.me());
                journals.push((journal.clone(), prep.epoch()));
                let config = (self.config)(Config::new(SESSION).journal(Box::new(journal)));
                sessions.push(Session::new(transport, prep, config));
            }
            let runs = sessions.iter().map(|session| async {
                match session {
                    Ok(session) => session.run(&program).await,
                    Err(error) => Err(error.clone()),
                }
            });
            let results = side_by_side(runs).await;
            let outcomes = results
                .into_iter()
                .zip(&sessions)
                .zip(meters.iter().map(Meter::traffic).zip(&journals))
                .map(|((result, session), (traffic, (journal, epoch)))| Outcome {
                    result,
                    report: session.as_ref().map(Session::report).unwrap_or_default(),
                    traffic,
                    epoch: journal.state(*epoch),
                })
                .collect();
            (outcomes, watches)
        })
    }

    /// Runs a protocol that needs no session over the parties' transports.
    pub fn go_bare<T>(mut self, protocol: impl AsyncFn(&dyn Transport) -> T) -> (Vec<T>, Vec<Watch>) {
        paused(async move {
            let (transports, _, watches) = self.mesh();
            let runs = transports.iter().map(|transport| protocol(transport.as_ref()));
            (side_by_side(runs).await, watches)
        })
    }

    /// The parties' transports with what counts their traffic, and the cheaters' watches.
    fn mesh(&mut self) -> (Vec<Box<dyn Transport>>, Vec<Meter>, Vec<Watch>) {
        let adversaries = std::mem::take(&mut self.adversaries);
        let (cheaters, honest): (Vec<PartyId>, Vec<PartyId>) =
            PartyId::all(self.parties).partition(|p| adversaries.get(p.index()).is_some_and(Option::is_some));
        let (mut transports, mut meters, mut watches): (Vec<Box<dyn Transport>>, _, _) =
            (vec![], vec![], vec![]);
        let bounds = MemoryConfig { timeout: Some(HONEST_TIMEOUT), ..MemoryConfig::default() };
        for (transport, adversary) in memory_mesh_with(self.parties, bounds).into_iter().zip(adversaries) {
            let metered = Metered::new(transport);
            meters.push(metered.meter());
            let Some((rushing, adversary)) = adversary else {
                transports.push(Box::new(Wary { inner: metered, cheaters: cheaters.clone() }));
                continue;
            };
            let adversary = mute(adversary, self.silence);
            let tampered = if rushing {
                Tampered::rushing(metered, honest.clone(), PATIENCE, adversary)
            } else {
                Tampered::new(metered, adversary)
            };
            watches.push(tampered.watch());
            transports.push(Box::new(tampered));
        }
        (transports, meters, watches)
    }
}

/// Runs on one thread with the clock paused.
fn paused<T>(run: impl Future<Output = T>) -> T {
    let builder = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    #[allow(clippy::panic, reason = "test support")]
    let Ok(runtime) = builder else { panic!("no runtime could be built") };
    runtime.block_on(run)
}

/// A transport that waits for cheaters less long than for others.
struct Wary<T> {
    inner: T,
    cheaters: Vec<PartyId>,
}

impl<T: Transport> Transport for Wary<T> {
    fn me(&self) -> PartyId {
        self.inner.me()
    }

    fn parties(&self) -> usize {
        self.inner.parties()
    }

    fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, std::result::Result<(), NetError>> {
        self.inner.send(to, frame)
    }

    fn recv(&self, from: PartyId, max_payload: usize) -> BoxFuture<'_, std::result::Result<Frame, NetError>> {
        let received = self.inner.recv(from, max_payload);
        if !self.cheaters.contains(&from) {
            return received;
        }
        Box::pin(async move {
            let late = NetError { peer: from, fault: NetFault::TimedOut };
            tokio::time::timeout(CHEATER_TIMEOUT, received).await.unwrap_or(Err(late))
        })
    }

    fn flush(&self) -> BoxFuture<'_, std::result::Result<(), NetError>> {
        self.inner.flush()
    }

    fn disconnect(&self, peer: PartyId) {
        self.inner.disconnect(peer);
    }
}

/// Drops the abort frames that the honest code under the adversary would send.
fn mute(mut adversary: Adversary, silence: bool) -> Adversary {
    Box::new(move |event| {
        if silence && event.out() && event.kind() == Message::Abort.number() {
            return Vec::new();
        }
        adversary(event)
    })
}

/// Polls all runs until each has ended.
async fn side_by_side<T>(runs: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut runs: Vec<_> = runs.map(|run| (Box::pin(run), None)).collect();
    std::future::poll_fn(move |cx| {
        for (run, result) in &mut runs {
            if result.is_none()
                && let Poll::Ready(value) = run.as_mut().poll(cx)
            {
                *result = Some(value);
            }
        }
        if runs.iter().any(|(_, result)| result.is_none()) {
            return Poll::Pending;
        }
        Poll::Ready(runs.iter_mut().filter_map(|(_, result)| result.take()).collect())
    })
    .await
}
