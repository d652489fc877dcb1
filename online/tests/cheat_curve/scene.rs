//! The programs under attack, and what their honest runs look like.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ark_bls12_381::{Fq, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{BigInteger, PrimeField};
use speedwell_field::Field;
use speedwell_net::Frame;
use speedwell_net::tamper::{Direction, Sighting};
use speedwell_online::curve::{Scalar, decode, encode, mul};
use speedwell_online::wire::Message;
use speedwell_online::{Config, EpochState, Result, Session};

use crate::cheats::Cheat;
use crate::common::{dealer_seed, party, run, run_dealt, uniform};

pub type C = G1Projective;
pub type F = Scalar<C>;
/// What a program gives.
pub type Out = G1Affine;

/// What is run against arbitrary frames, and how often.
pub const FUZZED: &[Protocol] = &[Protocol::Mul, Protocol::Reveal, Protocol::RevealTo];
pub const FUZZ_CASES: u32 = 40;

/// Elements of each party's input.
const LEN: usize = 3;
/// Bytes of a point.
pub const POINT_BYTES: usize = 96;

/// Every party puts a vector in, x from the first and y from the last; both are carried into the group; what comes out of
/// it is revealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// X + Y.
    Reveal,
    /// ⟦x⟧·⟨Y⟩.
    Mul,
    /// X + Y to the last party.
    RevealTo,
}

impl Protocol {
    pub async fn play(self, s: &Session<F>) -> Result<Vec<Out>> {
        let all = s.input_all(&input(s.me().index())).await?;
        let (x, y) = (&all[0], &all[s.parties() - 1]);
        let big_y = s.in_exponent::<C>(y);
        match self {
            Self::Reveal => s.reveal_points(&(s.in_exponent(x) + &big_y)).await,
            Self::Mul => s.reveal_points(&mul(s, x, &big_y).await?).await,
            Self::RevealTo => {
                let sum = s.in_exponent(x) + &big_y;
                Ok(s.reveal_points_to(party(s.parties() - 1), &sum).await?.unwrap_or_default())
            }
        }
    }

    /// What party `me` of `n` gets in an honest run.
    fn plain(self, n: usize, me: usize) -> Vec<Out> {
        let pairs = input(0).into_iter().zip(input(n - 1));
        match self {
            Self::RevealTo if me != n - 1 => Vec::new(),
            Self::Mul => pairs.map(|(x, y)| times_g(x * y)).collect(),
            Self::Reveal | Self::RevealTo => pairs.map(|(x, y)| times_g(x + y)).collect(),
        }
    }
}

pub fn input(party: usize) -> Vec<F> {
    uniform(100 + party as u64, LEN)
}

pub fn times_g(x: F) -> Out {
    (C::generator() * x.0).into_affine()
}

pub fn encoded_point(point: Out) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode::<C>(&[point], &mut bytes);
    bytes
}

/// Adds `error` to the point that stands in `bytes`.
pub fn add_point(bytes: &mut [u8], error: Out) {
    let point = decode::<C>(bytes).expect("an honest point");
    bytes.copy_from_slice(&encoded_point((point + error).into_affine()));
}

/// A point of the curve outside the subgroup: of order 3.
pub fn torsion() -> Out {
    let point = G1Affine::new_unchecked(Fq::from(0), Fq::from(2));
    assert!(point.is_on_curve() && !point.is_in_correct_subgroup_assuming_on_curve());
    point
}

/// (x, y + 1) in place of the point (x, y).
pub fn off_curve(point: Out) -> Vec<u8> {
    let (x, y) = point.xy().unwrap_or_default();
    [x, y + Fq::from(1)].iter().flat_map(|c| c.into_bigint().to_bytes_be()).collect()
}

/// What each cheat does to a point on its way.
pub fn spoil_point(cheat: Cheat, rank: usize, bytes: &mut [u8]) {
    let point = decode::<C>(bytes).expect("an honest point");
    match cheat {
        Cheat::AddOne => add_point(bytes, times_g(F::ONE)),
        Cheat::Equivocate => add_point(bytes, times_g(F::from_u64(1 + rank as u64))),
        Cheat::SetZero => bytes.copy_from_slice(&encoded_point(Out::zero())),
        Cheat::FlipBit => bytes[POINT_BYTES - 1] ^= 1,
        Cheat::Modulus => bytes[POINT_BYTES / 2..].copy_from_slice(&Fq::MODULUS.to_bytes_be()),
        Cheat::Ones => bytes.fill(0xff),
        Cheat::OffCurve => bytes.copy_from_slice(&off_curve(point)),
        Cheat::OtherSubgroup => {
            bytes.copy_from_slice(&encoded_point((point + torsion()).into_affine()));
        }
        other => unreachable!("{other:?} is not a point's"),
    }
}

/// The honest run of one protocol, with one party watched.
pub struct Scene {
    /// What travels in each round; start, and the points behind the elements, apart.
    pub rounds: Vec<Message>,
    /// Its payload's length.
    pub lens: Vec<usize>,
    /// The rounds in which points travel, and the length of their frame.
    points: Vec<(usize, usize)>,
    /// What each party gets.
    pub plain: Vec<Vec<Out>>,
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
        let (mut rounds, mut lens, mut points) = (vec![], vec![], vec![]);
        for sighting in seen.iter().filter(|s| s.direction == Direction::Out && s.peer == first_peer) {
            let len = sighting.frame.payload.len();
            match Message::from_number(sighting.frame.header.kind) {
                Some(Message::Start) | None => {}
                Some(Message::Points) => points.push((sighting.frame.header.round as usize, len)),
                Some(message) => {
                    rounds.push(message);
                    lens.push(len);
                }
            }
        }
        Self {
            rounds,
            lens,
            points,
            plain: (0..n).map(|me| protocol.plain(n, me)).collect(),
            other_session: record(run(n).config(|_| Config::new([9; 16]))),
            other_epoch: record(run_dealt(n, dealer_seed(1))),
        }
    }

    /// The round in which the `nth` message of this kind travels.
    pub fn round_of(&self, message: Message, nth: usize) -> usize {
        if message == Message::Points {
            return self.points[nth].0;
        }
        let rounds = self.rounds.iter().enumerate().filter(|(_, m)| **m == message);
        rounds.map(|(round, _)| round).nth(nth).expect("the program sends that many messages of this kind")
    }

    /// Length of the message of this kind in this round.
    pub fn len_of(&self, message: Message, round: usize) -> usize {
        let points = self.points.iter().find(|(r, _)| message == Message::Points && *r == round);
        points.map_or(self.lens[round], |(_, len)| *len)
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
