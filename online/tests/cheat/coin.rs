//! The joint coin that is tossed without a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use speedwell_net::tamper::{Action, Direction, Event, Sighting};
use speedwell_net::{Frame, NetError, NetFault, PartyId};
use speedwell_online::coin::toss;
use speedwell_online::testing::SESSION;
use speedwell_online::transcript::Place as Spot;
use speedwell_online::wire::Message;
use speedwell_online::{AbortCode, CheckFault, Error, PeerFault, Result};

use crate::cheats::{Cheat, Context, ENCODING, HEADER, LENGTH, ORDER, Place, REPLAY, SENDER, VALUE};
use crate::common::{is, is_uniform, long, party, run};
use crate::scene::F;

const SPOT: Spot = Spot { epoch: [3; 16], session: SESSION, number: 0 };

/// A cheat on one message of a coin.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    message: Message,
    cheat: Cheat,
    place: Place,
    n: usize,
    cheater: usize,
    victim: Option<usize>,
}

impl Cell {
    /// All cells of one message and one cheat; none for messages of sessions.
    pub fn all(message: Message, cheat: Cheat) -> impl Iterator<Item = Self> {
        let places = if cheat.has_place() { Place::ALL.as_slice() } else { &[Place::First] };
        let parties =
            if matches!(message, Message::Toss | Message::Tossed) { [2, 3, 5].as_slice() } else { &[] };
        parties.iter().flat_map(move |n| {
            [0, n - 1].into_iter().flat_map(move |cheater| {
                let (first, last) = if cheater == 0 { (1, n - 1) } else { (0, n - 2) };
                let victims = if *n == 2 { vec![None] } else { vec![None, Some(first), Some(last)] };
                victims.into_iter().flat_map(move |victim| {
                    places.iter().map(move |place| Self {
                        message,
                        cheat,
                        place: *place,
                        n: *n,
                        cheater,
                        victim,
                    })
                })
            })
        })
    }

    fn victims(&self) -> Vec<usize> {
        match self.victim {
            Some(victim) => vec![victim],
            None => (0..self.n).filter(|p| *p != self.cheater).collect(),
        }
    }

    /// What the cheat does to a victim.
    fn effect(&self) -> Effect {
        use Cheat as C;
        let faulty = |fault| Effect::Refused(Error::peer(party(self.cheater), fault));
        let net = |fault| Effect::Refused(Error::Net(NetError { peer: party(self.cheater), fault }));
        let first = self.message == Message::Toss;
        match self.cheat {
            C::FlipBit | C::AddOne | C::SetZero | C::Swap | C::Equivocate | C::Copy | C::Forge if first => {
                Effect::WrongCommitment
            }
            C::FlipBit | C::AddOne | C::SetZero | C::Equivocate if self.place == Place::Last => {
                Effect::WrongEcho
            }
            C::FlipBit | C::AddOne | C::SetZero | C::Swap | C::Equivocate | C::Copy | C::Forge => {
                Effect::WrongOpening
            }
            C::Truncate | C::Empty => faulty(PeerFault::WrongLength),
            C::Extend => faulty(PeerFault::NotAFrame),
            C::Count | C::Labels | C::Modulus | C::Ones | C::ReplayRound | C::ReplayPayload => {
                Effect::Nothing
            }
            C::Delay => net(NetFault::TimedOut),
            C::Disconnect => net(NetFault::Closed),
            C::Duplicate => Effect::Surplus,
            // The opening, 96 bytes, comes where 32 are awaited.
            C::Drop | C::Reorder if first => faulty(PeerFault::NotAFrame),
            C::Drop | C::Reorder => net(NetFault::TimedOut),
            C::OtherKind(kind) if kind == self.message.number() => Effect::Nothing,
            C::OtherKind(8) => faulty(PeerFault::WrongLength),
            _ => faulty(PeerFault::WrongHeader),
        }
    }

    /// The error that honest party `me` must have, or `None` if it must have the coin.
    fn verdict(&self, me: usize) -> Option<Error> {
        let hit = self.victims().contains(&me);
        let by_commitment = Error::Check(CheckFault::Commitment { party: party(self.cheater) });
        let first = self.message == Message::Toss;
        let error = match self.effect() {
            Effect::Nothing => return None,
            // Nobody reads after the second round.
            Effect::Surplus if !first => return None,
            Effect::Surplus => Error::peer(party(self.cheater), PeerFault::WrongHeader),
            Effect::Refused(error) => error,
            Effect::WrongOpening if hit => by_commitment,
            Effect::WrongEcho if hit => Error::Check(CheckFault::Digest),
            Effect::WrongOpening | Effect::WrongEcho => return None,
            // Everybody compares, in the order of the parties: the cheater's opening with its commitment, and what
            // each party says that it saw with what itself saw.
            Effect::WrongCommitment => {
                let alike = self.victim.is_none() && self.cheat != Cheat::Equivocate;
                let other_view =
                    |p: usize| p != self.cheater && p != me && !alike && (hit || p == self.victims()[0]);
                let verdicts = (0..self.n).filter(|p| *p != me).find_map(|p| match p == self.cheater {
                    true => hit.then(|| by_commitment.clone()),
                    false => other_view(p).then_some(Error::Check(CheckFault::Digest)),
                });
                return verdicts;
            }
        };
        if hit {
            return Some(error);
        }
        // The others hear of it in the round after, if there is one.
        let heard = first && !matches!(self.effect(), Effect::Surplus);
        heard.then(|| Error::Aborted { by: party(self.victims()[0]), reason: error.abort_code() })
    }

    fn check(self) {
        let hits = Arc::new(AtomicUsize::new(0));
        let adversary = self.adversary(Arc::clone(&hits));
        let run = run::<F>(self.n);
        let run = if self.cheat.rushes() {
            run.rushing_cheater(self.cheater, adversary)
        } else {
            run.cheater(self.cheater, adversary)
        };
        let (coins, _) = run.go_bare(async |transport| toss(transport, "test", &SPOT, 0).await);
        let idle = matches!(self.effect(), Effect::Nothing);
        let expected = if idle { 0 } else { self.victims().len() };
        assert_eq!(hits.load(Ordering::Relaxed), expected, "{self:?}: the cheat happens");
        let mut given = Vec::new();
        for (me, coin) in coins.into_iter().enumerate().filter(|(me, _)| *me != self.cheater) {
            assert_eq!(coin.clone().err(), self.verdict(me), "{self:?} at party {me}");
            given.extend(coin);
        }
        assert!(given.windows(2).all(|pair| pair[0] == pair[1]), "{self:?}: one coin");
    }

    fn adversary(self, hits: Arc<AtomicUsize>) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
        let victims = self.victims();
        let source =
            (0..self.n).find(|p| *p != self.cheater && Some(*p) != self.victim).unwrap_or(victims[0]);
        let (session, epoch) = (Spot { session: [9; 16], ..SPOT }, Spot { epoch: [9; 16], ..SPOT });
        let other = |spot| recorded(self.n, self.cheater, spot);
        let (session, epoch) =
            if REPLAY.contains(&self.cheat) { (other(session), other(epoch)) } else { (vec![], vec![]) };
        move |event| {
            let rank = victims.iter().position(|victim| party(*victim) == event.peer);
            let (true, Some(rank)) = (event.out() && is(event, self.message), rank) else {
                return event.pass();
            };
            let context = Context {
                place: self.place,
                rank,
                source: party(source),
                other_session: sent(&session, event.peer, self.message),
                other_epoch: sent(&epoch, event.peer, self.message),
            };
            let actions = self.cheat.apply(event, self.message, &context);
            let idle = matches!(actions.as_slice(), [Action::Deliver(same)] if same == event.frame);
            hits.fetch_add(usize::from(!idle), Ordering::Relaxed);
            actions
        }
    }
}

/// What a cheat does to a victim.
enum Effect {
    Nothing,
    Refused(Error),
    WrongCommitment,
    WrongOpening,
    WrongEcho,
    Surplus,
}

/// What `watched` sent and received in an honest toss.
fn recorded(n: usize, watched: usize, spot: Spot) -> Vec<Sighting> {
    let run = run::<F>(n).cheater(watched, |event| event.pass());
    let (coins, watches) = run.go_bare(async |transport| toss(transport, "test", &spot, 0).await);
    assert!(coins.iter().all(Result::is_ok));
    watches[0].seen()
}

fn sent(seen: &[Sighting], peer: PartyId, message: Message) -> Option<Frame> {
    let mut out = seen.iter().filter(|s| s.direction == Direction::Out && s.peer == peer);
    out.find(|s| s.frame.header.kind == message.number()).map(|s| s.frame.clone())
}

fn check_all(message: Message, cheats: &[Cheat]) {
    for cell in cheats.iter().flat_map(|cheat| Cell::all(message, *cheat)) {
        if long() || cell.n < 5 || cell.place == Place::Last {
            cell.check();
        }
    }
}

macro_rules! tests {
    ($($name:ident: $message:ident, $cheats:expr;)*) => {$(
        #[test]
        fn $name() {
            check_all(Message::$message, $cheats);
        }
    )*};
}

tests! {
    cheat_toss_bad_commitment: Toss, VALUE;
    cheat_toss_bad_length: Toss, LENGTH;
    cheat_toss_bad_encoding: Toss, ENCODING;
    cheat_toss_bad_order: Toss, ORDER;
    cheat_toss_bad_replay: Toss, REPLAY;
    cheat_toss_bad_sender: Toss, SENDER;
    cheat_toss_bad_header: Toss, HEADER;

    cheat_tossed_bad_opening: Tossed, VALUE;
    cheat_tossed_bad_length: Tossed, LENGTH;
    cheat_tossed_bad_encoding: Tossed, ENCODING;
    cheat_tossed_bad_order: Tossed, ORDER;
    cheat_tossed_bad_replay: Tossed, REPLAY;
    cheat_tossed_bad_sender: Tossed, SENDER;
    cheat_tossed_bad_header: Tossed, HEADER;
}

#[test]
fn honest_parties_toss_one_coin_and_another_one_in_every_place() {
    for n in [2, 3, 5, 10] {
        let mut coins = Vec::new();
        for (label, number, session) in [("a", 0, 1), ("a", 1, 1), ("b", 0, 1), ("a", 0, 2), ("a", 0, 1)] {
            let spot = Spot { number, session: [session; 16], ..SPOT };
            let (all, _) = run::<F>(n).go_bare(async |transport| toss(transport, label, &spot, 0).await);
            let all: Vec<[u8; 32]> = all.into_iter().map(Result::unwrap).collect();
            assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
            coins.push(all[0]);
        }
        coins.sort_unstable();
        coins.dedup();
        assert_eq!(coins.len(), 5);
    }
}

/// A cheater that speaks last in both flights, and would refuse to open if it did not like the coin, still tosses a
/// uniform one: each byte's chi-square at 10^-6.
#[test]
fn with_a_rushing_party_the_coin_is_uniform() {
    let bytes_uniform = |first: u64| {
        let mut counts = vec![[0_u32; 256]; 32];
        for number in first..first + 2_560 {
            let spot = Spot { number, ..SPOT };
            let run = run::<F>(2).rushing_cheater(0, |event| event.pass());
            let (coins, _) = run.go_bare(async |transport| toss(transport, "test", &spot, 0).await);
            for (count, byte) in counts.iter_mut().zip(coins[1].as_ref().unwrap()) {
                count[usize::from(*byte)] += 1;
            }
        }
        counts.iter().all(|count| is_uniform(count))
    };
    assert!(bytes_uniform(0) || bytes_uniform(1_000_000), "twice in a row");
}

#[test]
fn an_abort_in_place_of_a_coins_message_is_an_abort() {
    for message in [Message::Toss, Message::Tossed] {
        let run = run::<F>(3).cheater(2, move |event| {
            if !(event.out() && is(event, message)) {
                return event.pass();
            }
            vec![Action::Deliver(crate::cheats::abort_instead(event, AbortCode::Exhausted.to_byte()))]
        });
        let (coins, watches) = run.go_bare(async |transport| toss(transport, "test", &SPOT, 0).await);
        assert_eq!(watches[0].altered(), 2);
        for coin in &coins[..2] {
            assert_eq!(*coin, Err(Error::Aborted { by: party(2), reason: AbortCode::Exhausted }));
        }
    }
}
