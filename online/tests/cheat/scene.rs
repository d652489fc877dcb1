//! The programs under attack, and what their honest runs look like.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use speedwell_field::{Field, Fp127};
use speedwell_net::Frame;
use speedwell_net::tamper::{Direction, Sighting};
use speedwell_online::protocol::{dot, inverse, matmul, mul, square};
use speedwell_online::wire::Message;
use speedwell_online::{Config, EpochState, Int, Interval, Result, Session, Shares, try_join_all};

use crate::cheats::Cheat;
use crate::common::{dealer_seed, party, run, run_dealt, uniform};

pub type F = Fp127;
/// What a program gives.
pub type Out = F;

/// What is run against arbitrary frames, and how often.
pub const FUZZED: &[Protocol] =
    &[Protocol::Input, Protocol::Mul, Protocol::Inverse, Protocol::Reveal, Protocol::RevealTo];
pub const FUZZ_CASES: u32 = 400;

/// No points are opened in these programs.
pub const POINT_BYTES: usize = 1;
pub fn spoil_point(cheat: Cheat, _: usize, _: &mut [u8]) {
    unreachable!("{cheat:?} on a point");
}

/// Elements of each party's input.
const LEN: usize = 5;

/// The protocol whose messages are under attack. Every party puts a vector in, x from the first and y from the last; the
/// protocol runs on them; its result is revealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    Input,
    Mul,
    Square,
    Dot,
    Matmul,
    Inverse,
    Reveal,
    RevealTo,
    /// Whether small numbers are less than others, under masks of bits.
    Less,
    /// Small numbers of the first party and the last, proved in bulk.
    Coarse,
}

impl Protocol {
    pub async fn play(self, s: &Session<F>) -> Result<Vec<F>> {
        if self == Self::Coarse {
            let (me, range, owners) = (s.me().index(), Interval::unsigned(7), [0, s.parties() - 1]);
            let values = owners.map(|p| (p == me).then(|| small(p)));
            let inputs = owners.iter().zip(&values);
            let inputs =
                inputs.map(|(p, v)| Int::checked_input_coarse(s, party(*p), range, LEN, v.as_deref()));
            let all = try_join_all(inputs).await?;
            return s.reveal(&(all[0].shares() + all[1].shares())).await;
        }
        let all = s.input_all(&self.input(s.me().index())).await?;
        let (x, y) = (&all[0], &all[s.parties() - 1]);
        let z = match self {
            Self::Input | Self::Reveal => x + y,
            Self::Mul => mul(s, x, y).await?,
            Self::Square => square(s, x).await?,
            Self::Dot => dot(s, x, y).await?,
            Self::Matmul => matmul(s, &x.slice(0..4), &y.slice(0..4), (2, 2, 2)).await?,
            Self::Inverse => inverse(s, x).await?,
            Self::Less => {
                let int = |x: &Shares<F>| Int::assume(x.clone(), Interval::unsigned(7));
                int(x).lt(s, &int(y)).await?.into_shares()
            }
            Self::Coarse => s.constant(&[]),
            Self::RevealTo => {
                let receiver = party(s.parties() - 1);
                return Ok(s.reveal_to(receiver, &(x + y)).await?.unwrap_or_default());
            }
        };
        s.reveal(&z).await
    }

    fn input(self, party: usize) -> Vec<F> {
        match self {
            Self::Less | Self::Coarse => small(party).into_iter().map(F::from_i128).collect(),
            _ => uniform(100 + party as u64, LEN),
        }
    }

    /// What party `me` of `n` gets in an honest run.
    fn plain(self, n: usize, me: usize) -> Vec<F> {
        let (x, y) = (self.input(0), self.input(n - 1));
        let entrywise = |f: fn(F, F) -> F| -> Vec<F> { x.iter().zip(&y).map(|(x, y)| f(*x, *y)).collect() };
        match self {
            Self::Input | Self::Reveal => entrywise(|x, y| x + y),
            Self::Mul => entrywise(|x, y| x * y),
            Self::Square => entrywise(|x, _| x * x),
            Self::Dot => vec![F::dot(&x, &y)],
            Self::Matmul => {
                let entry = |i: usize, j: usize| x[2 * i] * y[j] + x[2 * i + 1] * y[2 + j];
                vec![entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]
            }
            Self::Inverse => x.iter().map(|x| x.inverse().unwrap()).collect(),
            Self::Less => entrywise(|x, y| F::from_u64(u64::from(x.to_u128() < y.to_u128()))),
            Self::Coarse => entrywise(|x, y| x + y),
            Self::RevealTo if me == n - 1 => entrywise(|x, y| x + y),
            Self::RevealTo => Vec::new(),
        }
    }
}

fn small(party: usize) -> Vec<i128> {
    (0..LEN).map(|i| ((party + 1) * 37 + i * 29) as i128 % 128).collect()
}

/// The honest run of one protocol, with one party watched.
pub struct Scene {
    /// What travels in each round, start apart.
    pub rounds: Vec<Message>,
    /// Its payload's length.
    pub lens: Vec<usize>,
    /// What each party gets.
    pub plain: Vec<Vec<F>>,
    /// What the watched party sent and received in a session before, under the same epoch.
    pub other_session: Vec<Sighting>,
    /// The same in the same session under another epoch.
    pub other_epoch: Vec<Sighting>,
}

impl Scene {
    /// The honest run of `protocol` among `n` parties, with `watched` watched.
    pub fn of(protocol: Protocol, n: usize, watched: usize) -> Arc<Self> {
        static KNOWN: Mutex<BTreeMap<(Protocol, usize, usize), Arc<Scene>>> = Mutex::new(BTreeMap::new());
        let known = KNOWN.lock().unwrap().get(&(protocol, n, watched)).cloned();
        known.unwrap_or_else(|| {
            let scene = Arc::new(Self::play(protocol, n, watched));
            KNOWN.lock().unwrap().insert((protocol, n, watched), Arc::clone(&scene));
            scene
        })
    }

    fn play(protocol: Protocol, n: usize, watched: usize) -> Self {
        let record = |run: speedwell_online::testing::Run<F>| {
            let (outcomes, watches) =
                run.cheater(watched, |event| event.pass()).go_watched(async |s| protocol.play(s).await);
            for (me, outcome) in outcomes.into_iter().enumerate() {
                assert_eq!(outcome.result, Ok(protocol.plain(n, me)), "{protocol:?} among {n}, honest");
                assert_eq!(outcome.epoch, EpochState::Live);
            }
            assert_eq!(watches[0].altered(), 0);
            watches[0].seen()
        };
        let seen = record(run(n));
        let first_peer = party(usize::from(watched == 0));
        let (rounds, lens) = seen
            .iter()
            .filter(|s| s.direction == Direction::Out && s.peer == first_peer)
            .filter_map(|s| Some((Message::from_number(s.frame.header.kind)?, s.frame.payload.len())))
            .filter(|(message, _)| *message != Message::Start)
            .unzip();
        Self {
            rounds,
            lens,
            plain: (0..n).map(|me| protocol.plain(n, me)).collect(),
            other_session: record(run(n).config(|_| Config::new([9; 16]))),
            other_epoch: record(run_dealt(n, dealer_seed(1))),
        }
    }

    /// The round in which the `nth` message of this kind travels.
    pub fn round_of(&self, message: Message, nth: usize) -> usize {
        if message == Message::Start {
            return 0;
        }
        let rounds = self.rounds.iter().enumerate().filter(|(_, m)| **m == message);
        rounds.map(|(round, _)| round).nth(nth).expect("the program sends that many messages of this kind")
    }

    /// Length of the message of this kind in this round.
    pub fn len_of(&self, _: Message, round: usize) -> usize {
        self.lens[round]
    }

    /// The first round after `round` in which this kind of message travels.
    pub fn next(&self, round: usize, message: Message) -> Option<usize> {
        (round + 1..self.rounds.len()).find(|r| self.rounds[*r] == message)
    }
}

/// The `nth` frame of this kind that was sent to `peer`.
pub fn sent(seen: &[Sighting], peer: usize, message: Message, nth: usize) -> Frame {
    seen.iter()
        .filter(|s| s.direction == Direction::Out && s.peer == party(peer))
        .filter(|s| s.frame.header.kind == message.number())
        .map(|s| s.frame.clone())
        .nth(nth)
        .expect("the recorded run sends that many messages of this kind")
}
