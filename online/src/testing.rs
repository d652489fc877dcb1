//! Running parties in one process, honest ones and cheaters. Feature `testing` only.
//!
//! All parties run on one thread over the memory mesh with tokio's paused clock, so a run is deterministic and a time-out
//! costs nothing. Sessions stay alive until every party has ended: what a party sees last is a message, not a hang-up.

use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use speedwell_field::Field;
use speedwell_net::tamper::{Action, Event, Tampered, Watch};
use speedwell_net::{Meter, Metered, PartyId, Traffic, Transport, memory_mesh};

use crate::config::Config;
use crate::error::Result;
use crate::journal::{EpochState, Journal, MemoryJournal};
use crate::prep::Preprocessing;
use crate::report::Report;
use crate::session::Session;
use crate::wire::Message;

/// The session id of every run of this module.
pub const SESSION: [u8; 16] = *b"session under te";

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
        let builder = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        #[allow(clippy::panic, reason = "test support")]
        let Ok(runtime) = builder else { panic!("no runtime could be built") };
        runtime.block_on(async move {
            let (mut sessions, mut meters, mut watches, mut journals) = (vec![], vec![], vec![], vec![]);
            let adversaries = std::mem::take(&mut self.adversaries);
            let cheaters: Vec<bool> = adversaries.iter().map(Option::is_some).collect();
            for (transport, adversary) in memory_mesh(self.parties).into_iter().zip(adversaries) {
                let me = transport.me();
                let metered = Metered::new(transport);
                meters.push(metered.meter());
                let honest: Vec<PartyId> =
                    me.others(self.parties).filter(|p| cheaters.get(p.index()) == Some(&false)).collect();
                let transport: Box<dyn Transport> = match adversary {
                    None => Box::new(metered),
                    Some((rushing, adversary)) => {
                        let muted = mute(adversary, self.silence);
                        let patience = Duration::from_secs(5);
                        let tampered = if rushing {
                            Tampered::rushing(metered, honest, patience, muted)
                        } else {
                            Tampered::new(metered, muted)
                        };
                        watches.push(tampered.watch());
                        Box::new(tampered)
                    }
                };
                let journal = MemoryJournal::default();
                let prep = (self.source)(me);
                let epoch = prep.epoch();
                let config = (self.config)(Config::new(SESSION).journal(Box::new(journal.clone())));
                sessions.push(Session::new(transport, prep, config));
                journals.push((journal, epoch));
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
