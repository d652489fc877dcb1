//! Runs with cheaters: all parties on one thread in virtual time, so that a time-out costs nothing, and nobody hangs up before all
//! have ended.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use speedwell_field::Field;
use speedwell_net::tamper::{Action, Event, Tampered, Watch};
use speedwell_net::{PartyId, Transport};
use speedwell_online::wire::Message;
use speedwell_online::{
    CheckFault, EpochState, Error, Journal, Kind, MemoryJournal, PeerFault, Preprocessing, Result, Shares,
    UsageFault,
};

use super::super::cheat::{Cheat, Defences, Deviation, Weakness};
use super::super::{Links, LowGear, Settings, Stock};
use super::{SESSION, mesh, reassemble};
use crate::bgv::Params;

/// How long a rushing cheater waits for honest parties.
const PATIENCE: Duration = Duration::from_secs(1);

type Adversary = Arc<Mutex<dyn FnMut(&Event<'_>) -> Vec<Action> + Send>>;

/// A run that is being set up.
pub struct Scenario<F: Field> {
    n: usize,
    params: Params,
    weakness: Option<Weakness>,
    deviations: BTreeMap<usize, Arc<dyn Deviation<F>>>,
    adversaries: BTreeMap<usize, (bool, Adversary)>,
    budget: bool,
    memory: usize,
    before: BTreeMap<Kind, u64>,
    demand: BTreeMap<Kind, u64>,
}

/// What a party has at the end.
pub struct Outcome<F: Field> {
    pub result: Result<()>,
    /// `None` if the set-up failed.
    pub stock: Option<Stock<F>>,
    /// After an error of `make`.
    pub lowgear: Option<LowGear<F>>,
    /// Masks of checks before the end.
    pub masks: usize,
    /// What a further `make` says.
    pub again: Result<()>,
    pub journal: MemoryJournal,
}

/// All parties at the end.
pub struct End<F: Field> {
    pub parties: Vec<Outcome<F>>,
    pub watches: Vec<Watch>,
    cheaters: Vec<usize>,
    before: BTreeMap<Kind, u64>,
}

impl<F: Field> Scenario<F> {
    /// `n` parties on a toy ring; they make `count` of `kind`.
    pub fn new(n: usize, kind: Kind, count: u64) -> Self {
        Self {
            n,
            params: small::<F>(),
            weakness: None,
            deviations: BTreeMap::new(),
            adversaries: BTreeMap::new(),
            budget: false,
            memory: 1 << 30,
            before: BTreeMap::new(),
            demand: BTreeMap::from([(kind, count)]),
        }
    }

    pub fn params(mut self, params: Params) -> Self {
        self.params = params;
        self
    }

    /// Counts replies as a product does.
    pub fn within_budget(mut self) -> Self {
        self.budget = true;
        self
    }

    /// A job for every batch.
    pub fn in_single_batches(mut self) -> Self {
        self.memory = 1;
        self
    }

    /// Made honestly before.
    pub fn after(mut self, kind: Kind, count: u64) -> Self {
        self.before.insert(kind, count);
        self
    }

    pub fn without(mut self, weakness: Weakness) -> Self {
        self.weakness = Some(weakness);
        self
    }

    /// `party` deviates from within.
    pub fn deviates(mut self, party: usize, deviation: impl Deviation<F> + 'static) -> Self {
        self.deviations.insert(party, Arc::new(deviation));
        self
    }

    /// `party` has an adversary between itself and its peers, in all flows.
    pub fn tampers(
        mut self,
        party: usize,
        adversary: impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static,
    ) -> Self {
        self.adversaries.insert(party, (false, Arc::new(Mutex::new(adversary))));
        self
    }

    /// As [`tampers`](Self::tampers), and it sees what honest parties send first.
    pub fn rushes(
        mut self,
        party: usize,
        adversary: impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static,
    ) -> Self {
        self.adversaries.insert(party, (true, Arc::new(Mutex::new(adversary))));
        self
    }

    pub fn run(self) -> End<F> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut watches = Vec::new();
            let mut runs: Vec<Pin<Box<dyn Future<Output = Outcome<F>> + '_>>> = Vec::new();
            let (keep_a, keep_b) = (mesh(self.n), mesh(self.n));
            for ((proofs, replies), checks) in mesh(self.n).into_iter().zip(keep_a).zip(keep_b) {
                let me = proofs.me();
                let flows = [proofs, replies, checks];
                let [proofs, replies, checks] = flows.map(|flow| -> Box<dyn Transport> {
                    let cheats = self.deviations.contains_key(&me.index());
                    let Some((rushing, adversary)) =
                        self.adversaries.get(&me.index()).cloned().or_else(|| {
                            cheats.then(|| {
                                (false, Arc::new(Mutex::new(|event: &Event<'_>| event.pass())) as Adversary)
                            })
                        })
                    else {
                        return Box::new(flow);
                    };
                    let adversary = move |event: &Event<'_>| {
                        // A cheater does not tell the others that it gives up.
                        if event.out() && event.kind() == Message::Abort.number() {
                            return Vec::new();
                        }
                        (adversary.lock().unwrap())(event)
                    };
                    let honest = me.others(self.n);
                    let tampered = if rushing {
                        Tampered::rushing(flow, honest, PATIENCE, adversary)
                    } else {
                        Tampered::new(flow, adversary)
                    };
                    watches.push(tampered.watch());
                    Box::new(tampered)
                });
                runs.push(Box::pin(self.party(me, Links { proofs, replies, checks })));
            }
            let parties = side_by_side(runs).await;
            let cheaters = self.deviations.keys().chain(self.adversaries.keys()).copied().collect();
            End { parties, watches, cheaters, before: self.before.clone() }
        })
    }

    async fn party(&self, me: PartyId, links: Links) -> Outcome<F> {
        let journal = MemoryJournal::default();
        let mut settings =
            Settings::new(self.params.clone()).memory(self.memory).journal(Box::new(journal.clone()));
        if !self.budget {
            settings = settings.exceed_flooding_budget();
        }
        let cheat = Cheat { deviation: self.deviations.get(&me.index()).cloned() };
        // A party that lies on the wire does not mind what the others say to have seen.
        let deaf = self.adversaries.contains_key(&me.index()).then_some(Weakness::EchoSkipped);
        let defences = Defences { missing: self.weakness.or(deaf) };
        match LowGear::set_up_with(links, SESSION, settings, cheat, defences).await {
            Err(error) => Outcome {
                result: Err(error.clone()),
                stock: None,
                lowgear: None,
                masks: 0,
                again: Err(error),
                journal,
            },
            Ok(mut lowgear) => {
                let mut result = Ok(());
                if !self.before.is_empty() {
                    result = lowgear.make(&self.before).await;
                }
                if result.is_ok() {
                    result = lowgear.make(&self.demand).await;
                }
                let (stock, masks) = (Some(lowgear.stock.share()), lowgear.masks.left());
                if result.is_err() {
                    let again = lowgear.make(&self.demand).await;
                    return Outcome { result, stock, lowgear: Some(lowgear), masks, again, journal };
                }
                // There is nothing left to make anything with.
                let (result, again) = (lowgear.finish().await.map(drop), Err(UsageFault::EpochBurnt.into()));
                Outcome { result, stock, lowgear: None, masks, again, journal }
            }
        }
    }
}

impl<F: Field> Outcome<F> {
    pub fn key(&self) -> F {
        self.stock.as_ref().map_or(F::ZERO, |stock| stock.key().alpha())
    }

    pub fn left(&self, kind: Kind) -> usize {
        self.stock.as_ref().map_or(0, |stock| stock.left(kind))
    }

    fn has_no_keys(&self) {
        if let Some(lowgear) = &self.lowgear {
            assert!(lowgear.engine.is_none() && lowgear.masks.left() == 0 && lowgear.unopened.is_empty());
        }
    }

    pub fn state(&self) -> EpochState {
        self.journal.state(self.stock.as_ref().unwrap().epoch())
    }
}

impl<F: Field> End<F> {
    pub fn honest(&self) -> impl Iterator<Item = (PartyId, &Outcome<F>)> {
        let honest = |(party, _): &(PartyId, _)| !self.cheaters.contains(&party.index());
        PartyId::all(self.parties.len()).zip(&self.parties).filter(honest)
    }

    /// Whether any frame was altered: a cheat on the wire happened.
    pub fn altered(&self) -> bool {
        self.watches.iter().any(|watch| watch.altered() > 0)
    }

    /// Every honest party ended with this failed check: nothing of this key lives on.
    pub fn burnt(&self, fault: CheckFault) {
        self.burnt_with(|_| Error::Check(fault));
    }

    pub fn burnt_with(&self, expected: impl Fn(PartyId) -> Error) {
        for (party, outcome) in self.honest() {
            assert_eq!(outcome.result, Err(expected(party)), "at {party}");
            assert_eq!(outcome.again, Err(UsageFault::EpochBurnt.into()), "at {party}: a retry");
            assert_eq!(outcome.state(), EpochState::Burnt, "at {party}");
            assert_eq!(outcome.key(), F::ZERO, "at {party}: the key share survived");
            outcome.has_no_keys();
            for kind in every_kind(self.parties.len()) {
                assert_eq!(outcome.left(kind), 0, "at {party}: {kind} survived");
            }
        }
    }

    /// Every honest party ended with its error; the encryption keys are gone, nothing was added, and what had been checked before stays.
    pub fn ended_with(&self, expected: impl Fn(PartyId) -> Error) {
        for (party, outcome) in self.honest() {
            assert_eq!(outcome.result, Err(expected(party)), "at {party}");
            assert_eq!(outcome.again, Err(UsageFault::EpochBurnt.into()), "at {party}: a retry");
            assert_eq!(outcome.state(), EpochState::Live, "at {party}");
            assert_ne!(outcome.key(), F::ZERO, "at {party}");
            outcome.has_no_keys();
            for kind in every_kind(self.parties.len()) {
                let made = usize::try_from(self.before.get(&kind).copied().unwrap_or(0)).unwrap();
                assert_eq!(outcome.left(kind) > 0, made > 0, "at {party}: {kind}");
                assert!(outcome.left(kind) <= made.next_multiple_of(128), "at {party}: {kind}");
            }
        }
    }

    /// Every honest party's set-up failed with its error: there is no epoch.
    pub fn refused_with(&self, expected: impl Fn(PartyId) -> Error) {
        for (party, outcome) in self.honest() {
            assert_eq!(outcome.result, Err(expected(party)), "at {party}");
            assert!(outcome.stock.is_none(), "at {party}");
        }
    }

    /// All honest parties found the checks passed.
    pub fn passed(&self) {
        for (party, outcome) in self.honest() {
            assert_eq!(outcome.result, Ok(()), "at {party}");
        }
    }

    /// The whole MAC key, with the share of each party's stock.
    pub fn whole_key(&self) -> F {
        self.parties.iter().fold(F::ZERO, |sum, outcome| sum + outcome.key())
    }

    /// `take` at every party.
    pub fn shares<const N: usize>(
        &mut self,
        take: impl Fn(&mut dyn Preprocessing<F>) -> [Shares<F>; N],
    ) -> [Vec<Shares<F>>; N] {
        let mut columns = [(); N].map(|()| Vec::new());
        for outcome in &mut self.parties {
            let shares = take(outcome.stock.as_mut().unwrap());
            columns.iter_mut().zip(shares).for_each(|(column, shares)| column.push(shares));
        }
        columns
    }

    /// Triples put together, with valid MACs under the whole key.
    pub fn triples(&mut self, count: usize) -> [Vec<F>; 3] {
        let alpha = self.whole_key();
        let shares = self.shares(|stock| {
            let triples = stock.triples(count).unwrap();
            [triples.a, triples.b, triples.c]
        });
        shares.map(|shares| reassemble(&shares, alpha))
    }
}

/// A toy ring smaller still.
pub fn small<F: Field>() -> Params {
    Params::insecure_toy::<F>(32, 40).unwrap()
}

/// The error of a party that `cheater` sent something with this fault.
pub fn peer(cheater: usize, fault: PeerFault) -> impl Fn(PartyId) -> Error {
    move |_| Error::peer(id(cheater), fault)
}

/// The first error at `victim` alone; the others hear from it.
pub fn told_by(victim: usize, error: Error) -> impl Fn(PartyId) -> Error {
    move |party| {
        let reason = error.abort_code();
        if party.index() == victim { error.clone() } else { Error::Aborted { by: id(victim), reason } }
    }
}

pub fn id(party: usize) -> PartyId {
    PartyId::all(party + 1).last().unwrap()
}

pub fn every_kind(n: usize) -> Vec<Kind> {
    let kinds = [Kind::Triples, Kind::Squares, Kind::Bits, Kind::Randoms, Kind::Inverses];
    kinds.into_iter().chain(PartyId::all(n).map(Kind::Masks)).collect()
}

/// Polls all until each has ended; nobody is dropped before.
pub async fn side_by_side<T>(runs: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut runs: Vec<_> = runs.into_iter().map(|run| (run, None)).collect();
    poll_fn(move |cx| {
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
