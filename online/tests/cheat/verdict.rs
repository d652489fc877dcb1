//! What each cheat must lead to: the specification that the runs are compared with.

use speedwell_field::Field;
use speedwell_net::{NetError, NetFault};
use speedwell_online::wire::Message;
use speedwell_online::{AbortCode, CheckFault, EpochState, Error, PeerFault, Result, UsageFault};

use crate::cell::Cell;
use crate::cheats::{Cheat, Place};
use crate::common::party;
use crate::scene::{F, Out, Scene};

/// What a cheat does to a victim.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The cheat has nothing to work on: there is no earlier message of this kind, no second part, no element.
    Nothing,
    /// The message is refused when it arrives.
    Refused(Error),
    /// Opened values or inputs are wrong. For n ≥ 3 the next check's digests tell, for n = 2 its MACs.
    WrongValue,
    /// What is opened in the next round is not what was committed to.
    WrongSigma,
    /// The seed of the next check, if there is one, is not the one committed to.
    WrongSeed,
    /// There is one message too many on the link. It is refused in the next round, if there is one.
    Surplus(Error),
}

/// The effects that most messages share.
#[derive(Clone)]
struct Cheated {
    header: Effect,
    length: Effect,
    too_long: Effect,
}

/// The longest payload that is read where this kind is awaited. The rounds of these protocols are shorter than what is
/// read of any first frame; `frames` has longer ones.
fn longest(message: Message) -> usize {
    match message {
        Message::Open => 4 << 10,
        Message::Seed | Message::Tossed => 96,
        Message::Start | Message::Commit | Message::Toss => 32,
        Message::Sigma => F::BYTES + 64,
        Message::Abort => 1,
        Message::Points => unreachable!("a frame of points is exactly as long as the round says"),
    }
}

/// What an honest party must have in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub result: Result<Vec<Out>>,
    pub epoch: EpochState,
}

impl Cell {
    /// What the cheat does to a victim.
    pub fn effect(&self, scene: &Scene, rank: usize) -> Effect {
        use Cheat as C;
        let faulty = |fault| Effect::Refused(Error::peer(party(self.cheater), fault));
        let (header, length) = (faulty(PeerFault::WrongHeader), faulty(PeerFault::WrongLength));
        let net = |fault| Effect::Refused(Error::Net(NetError { peer: party(self.cheater), fault }));
        let commitment = Error::Check(CheckFault::Commitment { party: party(self.cheater) });
        let desync = Effect::Refused(UsageFault::Desync { peer: party(self.cheater) }.into());
        let repeated = self.target.nth > 0;
        // What holds for every message alike.
        match self.cheat {
            C::Delay => return net(NetFault::TimedOut),
            C::Disconnect => return net(NetFault::Closed),
            C::Truncate | C::Empty => return length,
            C::OtherEpoch | C::OtherSession | C::OtherChannel => return header,
            _ => {}
        }
        let cheated = Cheated { header, length, too_long: faulty(PeerFault::NotAFrame) };
        let Cheated { header, length, too_long } = cheated.clone();
        match self.target.message {
            // A frame too few or too many in the first round shows at once: another one is awaited in it.
            Message::Start => match self.cheat {
                C::FlipBit | C::AddOne | C::SetZero | C::Swap | C::Equivocate | C::Copy | C::Forge => {
                    Effect::WrongSeed
                }
                // The round's openings come in its place and are longer than it.
                C::Extend | C::Drop | C::Reorder => too_long,
                C::Count | C::Labels | C::Modulus | C::Ones | C::ReplayRound | C::ReplayPayload => {
                    Effect::Nothing
                }
                C::OtherKind(8) => length,
                C::OtherKind(1) => Effect::Nothing,
                _ => header,
            },
            Message::Open => match self.cheat {
                C::FlipBit | C::AddOne | C::SetZero | C::Swap | C::Equivocate | C::Copy | C::Forge => {
                    Effect::WrongValue
                }
                // As long again as it is, it is more than is read of any first frame.
                C::Extend
                    if self.place == Place::Last
                        && 2 * scene.lens[self.round(scene)] > longest(Message::Open) =>
                {
                    too_long
                }
                C::Extend | C::Count => length,
                C::Labels => desync,
                C::Modulus | C::Ones => faulty(PeerFault::NotCanonical),
                C::Duplicate => self.surplus(scene),
                C::Drop | C::Reorder => self.skipped(scene),
                C::ReplayRound | C::ReplayPayload if !repeated => Effect::Nothing,
                // The labels of an earlier round.
                C::ReplayPayload => desync,
                C::OtherKind(2) => Effect::Nothing,
                C::OtherKind(3) => desync,
                C::OtherKind(8) => length,
                _ => header,
            },
            Message::Seed => match (self.cheat, self.place) {
                (C::FlipBit | C::AddOne | C::SetZero | C::Equivocate, Place::First) => {
                    Effect::Refused(Error::Check(CheckFault::Digest))
                }
                (C::FlipBit | C::AddOne | C::SetZero | C::Swap | C::Equivocate | C::Copy | C::Forge, _) => {
                    Effect::Refused(commitment)
                }
                (C::ReplayPayload, _) if repeated => Effect::Refused(commitment),
                (C::OtherKind(2), _) => desync,
                (C::OtherKind(3), _) => Effect::Nothing,
                _ => self.fixed_length(scene, cheated),
            },
            Message::Commit => match self.cheat {
                C::FlipBit | C::AddOne | C::SetZero | C::Swap | C::Equivocate | C::Copy | C::Forge => {
                    Effect::WrongSigma
                }
                C::ReplayPayload if repeated => Effect::WrongSigma,
                C::OtherKind(4) => Effect::Nothing,
                _ => self.fixed_length(scene, cheated),
            },
            Message::Sigma => match (self.cheat, self.place) {
                (C::FlipBit | C::AddOne | C::SetZero | C::Equivocate, Place::Last) => Effect::WrongSeed,
                (C::FlipBit | C::AddOne | C::SetZero | C::Swap | C::Equivocate | C::Copy | C::Forge, _) => {
                    Effect::Refused(commitment)
                }
                (C::ReplayPayload, _) if repeated => Effect::Refused(commitment),
                (C::OtherKind(5), _) => Effect::Nothing,
                _ => self.fixed_length(scene, cheated),
            },
            // The message on which the cheat works is an abort with the code of a failed check, in place of the one
            // that the cheater should send.
            Message::Abort => {
                let aborted = |reason| Effect::Refused(Error::Aborted { by: party(self.cheater), reason });
                match self.cheat {
                    C::FlipBit | C::AddOne => aborted(AbortCode::Net),
                    C::Equivocate => aborted(
                        [AbortCode::Net, AbortCode::Exhausted, AbortCode::Usage, AbortCode::Stopped][rank],
                    ),
                    // 0 is no code.
                    C::SetZero | C::Extend => length,
                    // The second one is never read; where the round differs no longer matters.
                    C::Duplicate | C::OtherRound => aborted(AbortCode::Check),
                    C::Drop | C::Reorder => self.skipped(scene),
                    C::OtherKind(8) => Effect::Nothing,
                    C::OtherKind(kind) => self.relabelled_abort(scene, kind),
                    _ => Effect::Nothing,
                }
            }
            // Behind the round's elements, without a count and labels of their own.
            Message::Points => match self.cheat {
                C::AddOne | C::SetZero | C::Swap | C::Equivocate | C::Copy | C::Forge => Effect::WrongValue,
                C::FlipBit | C::Modulus | C::Ones | C::OffCurve | C::OtherSubgroup => {
                    faulty(PeerFault::NotAPoint)
                }
                C::Extend => too_long,
                C::Count | C::Labels => Effect::Nothing,
                C::Duplicate => self.surplus(scene),
                C::Drop | C::Reorder => self.skipped(scene),
                C::ReplayRound | C::ReplayPayload if !repeated => Effect::Nothing,
                C::ReplayPayload => Effect::WrongValue,
                C::OtherKind(8) => length,
                C::OtherKind(16) => Effect::Nothing,
                _ => header,
            },
            Message::Toss | Message::Tossed => unreachable!("coins are tossed without a session"),
        }
    }

    /// What the messages of a check have in common.
    fn fixed_length(&self, scene: &Scene, Cheated { header, length, too_long }: Cheated) -> Effect {
        match self.cheat {
            Cheat::Extend => too_long,
            Cheat::Count | Cheat::Labels | Cheat::Modulus | Cheat::Ones => Effect::Nothing,
            Cheat::ReplayRound | Cheat::ReplayPayload if self.target.nth == 0 => Effect::Nothing,
            Cheat::Duplicate => self.surplus(scene),
            Cheat::Drop | Cheat::Reorder => self.skipped(scene),
            Cheat::OtherKind(8) => length,
            _ => header,
        }
    }

    /// The message is there a second time when the next one is awaited.
    fn surplus(&self, scene: &Scene) -> Effect {
        let round = self.round(scene);
        let fault = match scene.rounds.get(round + 1) {
            Some(awaited) if self.len(scene) > longest(*awaited) => PeerFault::NotAFrame,
            _ => PeerFault::WrongHeader,
        };
        Effect::Surplus(Error::peer(party(self.cheater), fault))
    }

    /// Length of the message.
    fn len(&self, scene: &Scene) -> usize {
        scene.len_of(self.target.honest(), self.round(scene))
    }

    /// The next message comes in its place; if there is none, none comes at all.
    fn skipped(&self, scene: &Scene) -> Effect {
        let round = self.round(scene);
        let read = match self.target.message {
            Message::Points => self.len(scene),
            _ => longest(scene.rounds[round]),
        };
        let fault = match scene.lens.get(round + 1) {
            None => {
                let fault = NetFault::TimedOut;
                return Effect::Refused(Error::Net(NetError { peer: party(self.cheater), fault }));
            }
            Some(len) if *len > read => PeerFault::NotAFrame,
            Some(_) => PeerFault::WrongHeader,
        };
        Effect::Refused(Error::peer(party(self.cheater), fault))
    }

    /// An abort under another kind's number is one byte where more are awaited.
    fn relabelled_abort(&self, scene: &Scene, kind: u8) -> Effect {
        let awaited = scene.rounds[self.round(scene)];
        let fault = |fault| Effect::Refused(Error::peer(party(self.cheater), fault));
        let steps = [Message::Open.number(), Message::Seed.number()];
        if kind == awaited.number() {
            fault(PeerFault::WrongLength)
        } else if steps.contains(&kind) && steps.contains(&awaited.number()) {
            Effect::Refused(UsageFault::Desync { peer: party(self.cheater) }.into())
        } else {
            fault(PeerFault::WrongHeader)
        }
    }

    /// What honest party `me` must have in the end.
    pub fn verdict(&self, scene: &Scene, me: usize) -> Verdict {
        let fine = Verdict { result: Ok(scene.plain[me].clone()), epoch: EpochState::Live };
        let round = self.round(scene);
        let rank = self.victims().iter().position(|v| *v == me);
        let commitment = Error::Check(CheckFault::Commitment { party: party(self.cheater) });
        let effect = self.effect(scene, rank.unwrap_or(0));
        // Where a victim ends, and how.
        let (ends_in, error) = match effect {
            Effect::Nothing => return fine,
            Effect::Refused(ref error) => (Some(round), error.clone()),
            Effect::WrongValue if self.n == 2 => {
                (scene.next(round, Message::Sigma), Error::Check(CheckFault::Mac))
            }
            Effect::WrongValue => (scene.next(round, Message::Seed), Error::Check(CheckFault::Digest)),
            Effect::WrongSigma => (Some(round + 1), commitment),
            Effect::WrongSeed => (scene.next(round, Message::Seed), commitment),
            Effect::Surplus(ref error) => {
                ((round + 1 < scene.rounds.len()).then_some(round + 1), error.clone())
            }
        };
        let Some(ends_in) = ends_in else { return fine };
        let window = |round: usize| scene.rounds[round] == Message::Sigma;
        let state = |burnt: bool| if burnt { EpochState::Burnt } else { EpochState::Live };
        // Digests are compared among all, so a wrong value at one party is seen by all.
        if rank.is_some() || matches!(effect, Effect::WrongValue) {
            let burnt = failed_check(&error) || window(ends_in);
            return Verdict { result: Err(error), epoch: state(burnt) };
        }
        // The others hear of it in the round after: the victim had sent its message of the round before it gave up.
        let hears_in = ends_in + 1;
        if hears_in == scene.rounds.len() {
            return fine;
        }
        let by = party(self.victims()[0]);
        let error = Error::Aborted { by, reason: error.abort_code() };
        let burnt = failed_check(&error) || window(hears_in);
        Verdict { result: Err(error), epoch: state(burnt) }
    }
}

/// Whether a check failed, here or at the peer that gave up: the epoch is burnt at every honest party.
pub fn failed_check(error: &Error) -> bool {
    matches!(error, Error::Check(_) | Error::Aborted { reason: AbortCode::Check, .. })
}
