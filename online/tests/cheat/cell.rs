//! One cell of the matrix: a message, a cheat, who cheats and who suffers; and its run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use speedwell_net::tamper::{Action, Event};
use speedwell_online::AbortCode;
use speedwell_online::testing::Outcome;
use speedwell_online::wire::Message;

use crate::cheats::{Cheat, Context, Place, abort_instead};
use crate::common::{is, long, party, run};
use crate::scene::{Out, Protocol, Scene, sent};
use crate::verdict::{Effect, Verdict};

/// A message of a protocol: the `nth` of its kind that a party sends to a peer. An abort takes the place of the message
/// that is named in its stead.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub protocol: Protocol,
    pub message: Message,
    pub nth: usize,
    /// The message on whose place it stands, if it is an abort.
    pub instead: Option<Message>,
}

impl Target {
    pub const fn new(protocol: Protocol, message: Message, nth: usize) -> Self {
        Self { protocol, message, nth, instead: None }
    }

    pub const fn abort_instead(protocol: Protocol, message: Message, nth: usize) -> Self {
        Self { protocol, message: Message::Abort, nth, instead: Some(message) }
    }

    /// The message that the cheater's honest code sends.
    pub fn honest(&self) -> Message {
        self.instead.unwrap_or(self.message)
    }
}

/// One cell of the matrix.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub target: Target,
    pub cheat: Cheat,
    pub place: Place,
    pub n: usize,
    pub cheater: usize,
    /// The only victim; `None`: all honest parties.
    pub victim: Option<usize>,
}

impl Cell {
    /// All cells of one message and one cheat; the quick part of them unless the long tests are asked for.
    pub fn all(target: Target, cheat: Cheat) -> impl Iterator<Item = Self> {
        let places = if cheat.has_place() { Place::ALL.as_slice() } else { &[Place::First] };
        [2, 3, 5].into_iter().flat_map(move |n| {
            [0, n - 1].into_iter().flat_map(move |cheater| {
                // The first honest party and the last one take turns as the only victim.
                let one = if cheater == 0 { 1 } else { n - 2 };
                let other = if cheater == 0 { n - 1 } else { 0 };
                let victims = match n {
                    2 => vec![None],
                    3 => vec![None, Some(one), Some(other)],
                    _ => vec![None, Some(other)],
                };
                victims.into_iter().flat_map(move |victim| {
                    places.iter().map(move |place| Self { target, cheat, place: *place, n, cheater, victim })
                })
            })
        })
    }

    /// Whether it belongs to the part that is always run: n = 2 and 3 with every cheater and every choice of victims, each
    /// at one element; n = 5 once.
    pub fn is_quick(&self) -> bool {
        let turn = self.n + self.cheater + self.victim.map_or(0, |v| v + 1);
        let place = !self.cheat.has_place() || self.place == Place::ALL[turn % 3];
        place && (self.n < 5 || (self.cheater == 4 && self.victim.is_some()))
    }

    pub fn victims(&self) -> Vec<usize> {
        match self.victim {
            Some(victim) => vec![victim],
            None => (0..self.n).filter(|p| *p != self.cheater).collect(),
        }
    }

    /// The round in which the message travels.
    pub fn round(&self, scene: &Scene) -> usize {
        scene.round_of(self.target.honest(), self.target.nth)
    }

    /// Runs the cell and compares what every honest party has with what it must have.
    pub fn check(self) {
        let scene = Scene::of(self.target.protocol, self.n, self.cheater);
        let (outcomes, hits) = self.run(&scene);
        let idle = matches!(self.effect(&scene, 0), Effect::Nothing);
        let expected_hits = if idle { 0 } else { self.victims().len() };
        assert_eq!(hits, expected_hits, "{self:?}: the cheat happens as often as there are victims");
        for (me, outcome) in outcomes.into_iter().enumerate().filter(|(me, _)| *me != self.cheater) {
            let verdict = Verdict { result: outcome.result, epoch: outcome.epoch };
            assert_eq!(verdict, self.verdict(&scene, me), "{self:?} at party {me}");
        }
    }

    /// What every party has in the end, and how often the cheater cheated.
    fn run(self, scene: &Scene) -> (Vec<Outcome<Vec<Out>>>, usize) {
        let hits = Arc::new(AtomicUsize::new(0));
        let adversary = self.adversary(scene, Arc::clone(&hits));
        let run = run(self.n);
        let run = if self.cheat.rushes() {
            run.rushing_cheater(self.cheater, adversary)
        } else {
            run.cheater(self.cheater, adversary)
        };
        let protocol = self.target.protocol;
        let (outcomes, watches) = run.go_watched(async |s| protocol.play(s).await);
        let hits = hits.load(Ordering::Relaxed);
        assert!(watches[0].altered() >= hits);
        (outcomes, hits)
    }

    fn adversary(
        self,
        scene: &Scene,
        hits: Arc<AtomicUsize>,
    ) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
        let victims = self.victims();
        let honest = (0..self.n).filter(|p| *p != self.cheater);
        let source = honest.clone().find(|p| Some(*p) != self.victim).unwrap_or(victims[0]);
        let contexts: Vec<Context> = victims
            .iter()
            .enumerate()
            .map(|(rank, victim)| {
                let other = |seen| {
                    let known = self.target.instead.is_none();
                    known.then(|| sent(seen, *victim, self.target.message, self.target.nth))
                };
                Context {
                    place: self.place,
                    rank,
                    source: party(source),
                    other_session: other(&scene.other_session),
                    other_epoch: other(&scene.other_epoch),
                }
            })
            .collect();
        move |event| {
            let on_target = event.out() && is(event, self.target.honest()) && event.nth() == self.target.nth;
            let rank = victims.iter().position(|victim| party(*victim) == event.peer);
            let (true, Some(rank)) = (on_target, rank) else { return event.pass() };
            let abort = abort_instead(event, AbortCode::Check.to_byte());
            let attacked = match self.target.instead {
                Some(_) => Event { frame: &abort, ..*event },
                None => *event,
            };
            let actions = self.cheat.apply(&attacked, self.target.message, &contexts[rank]);
            let idle = matches!(actions.as_slice(), [Action::Deliver(same)] if same == attacked.frame);
            if idle {
                // Nothing to cheat on; then no abort either.
                return event.pass();
            }
            hits.fetch_add(1, Ordering::Relaxed);
            actions
        }
    }
}

/// Runs the cells of one message and some cheats.
pub fn check_all(target: Target, cheats: &[Cheat]) {
    let cells = cheats.iter().flat_map(|cheat| Cell::all(target, *cheat));
    let mut count = 0;
    for cell in cells.filter(|cell| long() || cell.is_quick()) {
        cell.check();
        count += 1;
    }
    assert!(count > 0);
}
