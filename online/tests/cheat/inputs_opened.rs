//! Wrong shares in the proof of an input's range, of the owner or of anybody else: in the squares, the comparison, and in T,
//! which says whether the owner lied.

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_net::tamper::{Action, Event};
use speedwell_online::testing::{Outcome, Run};
use speedwell_online::wire::Message;
use speedwell_online::{
    CheckFault, Config, EpochState, Error, Int, Interval, PeerFault, Result, Session, Weakness,
};

use crate::common::{add_to, decoded, element, encoded, is, party, shift};
use crate::consistent::{all_burn, witness};
use crate::inputs::planting;
use crate::planted;
use crate::scene::F;

const LEN: usize = 3;

/// Whole powers of two need no comparison, others do.
fn ranges() -> [Interval; 2] {
    [Interval::new(0, 255).unwrap(), Interval::new(-100, 100).unwrap()]
}

/// An owner proves zeros; the proof is all that is done. How many rounds of openings it took with the input's.
async fn proof(s: &Session<F>, owner: usize, range: Interval) -> Result<Int<F>> {
    let own = (s.me() == party(owner)).then_some([0; LEN].as_slice());
    Int::checked_input(s, party(owner), range, LEN, own).await
}

fn run(n: usize, owner: usize, errors: Vec<(usize, F)>, weakness: Option<Weakness>) -> Run<F> {
    let run = planted::run(n, 4, owner, planting(errors));
    run.config(move |config| weakness.into_iter().fold(config, Config::weakness))
}

/// In which round T is opened, the last one of the proof.
fn last_round(n: usize, owner: usize, range: Interval) -> usize {
    let run = run(n, owner, vec![], None).cheater(0, |event| event.pass());
    let (_, watches) = run.go_watched(async |s| proof(s, owner, range).await.map(drop));
    let opens = |s: &speedwell_net::tamper::Sighting| {
        (s.peer, s.frame.header.kind) == (party(1), Message::Open.number())
    };
    // Both directions are seen.
    let last = watches[0].seen().iter().filter(|s| opens(s)).count() / 2 - 1;
    assert_eq!(last == 2, range == ranges()[0]);
    last
}

/// (n, owner, cheater): the owner itself, and another.
const ROLES: [(usize, usize, usize); 6] = [(2, 0, 0), (2, 0, 1), (2, 1, 0), (3, 1, 1), (3, 1, 2), (3, 0, 2)];

/// The check before T, or behind it, ends the run: nobody says that the owner lied, whoever cheated.
#[test]
fn cheat_checked_input_bad_opening() {
    for (n, owner, cheater) in ROLES {
        for range in ranges() {
            let last = last_round(n, owner, range);
            for round in 1..=last {
                let adversary = shift(witness(cheater), vec![(round, 0, F::ONE)]);
                let run = run(n, owner, vec![], None).cheater(cheater, adversary);
                let (outcomes, watches) = run.go_watched(async |s| proof(s, owner, range).await.map(drop));
                assert!(watches[0].altered() > 0);
                shown(&outcomes, cheater, CheckFault::Mac, round == last);
            }
        }
    }
}

/// Everybody has a burnt epoch, and T was sent or not.
fn shown(outcomes: &[Outcome<()>], cheater: usize, fault: CheckFault, sent: bool) {
    all_burn(outcomes, cheater, &Error::Check(fault));
    for (_, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
        assert_eq!(outcome.report.revealed, u64::from(sent));
    }
}

/// Adds 1 to the first element of a round of openings, towards one party alone.
fn towards(victim: PartyId, round: usize) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    move |event| {
        if !(event.out() && is(event, Message::Open) && event.nth() == round && event.peer == victim) {
            return event.pass();
        }
        event.rewrite(|payload| add_to(&mut payload[element::<F>(0)], F::ONE))
    }
}

/// Also the input itself, where the owner puts other bits in towards one party: seen before T is opened.
#[test]
fn cheat_checked_input_bad_opening_towards_one_party() {
    for (owner, cheater, victim) in [(0, 0, 1), (0, 0, 2), (0, 1, 0), (0, 1, 2), (2, 0, 1), (1, 1, 0)] {
        for range in ranges() {
            let last = last_round(3, owner, range);
            for round in usize::from(cheater != owner)..=last {
                let run = run(3, owner, vec![], None).cheater(cheater, towards(party(victim), round));
                let (outcomes, watches) = run.go_watched(async |s| proof(s, owner, range).await.map(drop));
                assert!(watches[0].altered() > 0);
                shown(&outcomes, cheater, CheckFault::Digest, round == last);
            }
        }
    }
}

/// Positive control: unchecked, a cheater has everybody believe that an honest owner lied.
#[test]
fn without_the_check_an_honest_owner_is_blamed() {
    for (n, owner, cheater) in ROLES.into_iter().filter(|(_, owner, cheater)| owner != cheater) {
        for range in ranges() {
            let adversary = shift(witness(cheater), vec![(last_round(n, owner, range), 0, F::ONE)]);
            let run = run(n, owner, vec![], Some(Weakness::MacCheckSkipped)).cheater(cheater, adversary);
            let (outcomes, _) = run.go_watched(async |s| proof(s, owner, range).await.map(drop));
            for (_, outcome) in outcomes.iter().enumerate().filter(|(me, _)| *me != cheater) {
                let blamed = Error::peer(party(owner), PeerFault::InputOutOfRange);
                assert_eq!((&outcome.result, outcome.epoch), (&Err(blamed), EpochState::Live));
            }
        }
    }
}

/// Answers the other party's share of T with its negative, whatever T is.
fn cancelling(round: usize) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    let mut theirs = F::ZERO;
    move |event| {
        if !is(event, Message::Open) || event.nth() != round {
            return event.pass();
        }
        if event.out() {
            return event.rewrite(|payload| payload[element::<F>(0)].copy_from_slice(&encoded(-theirs)));
        }
        theirs = decoded(&event.frame.payload[element::<F>(0)]);
        event.pass()
    }
}

/// A lying owner that waits for the other share of T and makes T zero does not get through; unchecked (positive control) it
/// does.
#[test]
fn cheat_checked_input_bad_share_that_makes_the_proof_zero() {
    let range = ranges()[0];
    for owner in [0, 1] {
        let play = |weakness| {
            let run = run(2, owner, vec![(0, F::from_u64(2))], weakness);
            let run = run.rushing_cheater(owner, cancelling(last_round(2, owner, range)));
            let (mut outcomes, watches) = run.go_watched(async |s| {
                let x = proof(s, owner, range).await;
                // Unchecked, the owner's own code sees another T.
                if s.me() == party(owner) && x.is_err() {
                    return s.reveal(&s.constant(&[F::ZERO; LEN])).await;
                }
                s.reveal(x?.shares()).await
            });
            assert!(watches[0].altered() > 0);
            outcomes.remove(1 - owner)
        };
        let honest = play(None);
        assert_eq!(honest.result, Err(Error::Check(CheckFault::Mac)));
        assert_eq!((honest.epoch, honest.report.revealed), (EpochState::Burnt, 1));
        assert!(play(Some(Weakness::MacCheckSkipped)).result.unwrap().len() == LEN, "nobody notices");
    }
}
