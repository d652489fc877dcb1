//! The coin of a session: one for all, another one each time, fixed by nobody and foreseen by nobody.

use speedwell_net::PartyId;
use speedwell_net::tamper::{Action, Direction, Event, Sighting};
use speedwell_online::testing::Outcome;
use speedwell_online::transcript::{Place, Transcript, commit, fresh32};
use speedwell_online::wire::Message;
use speedwell_online::{CheckFault, Error, Result, Session, Weakness, try_join};

use crate::common::{is, party, run, uniform};
use crate::consistent::{all_burn, witness};
use crate::scene::F;

/// Coins: the first thing of the session, two at once, and one after an opening.
async fn coins(s: &Session<F>) -> Result<Vec<[u8; 32]>> {
    let first = s.coin().await?;
    let (second, third) = try_join(s.coin(), s.coin()).await?;
    let shares = s.input_all(&uniform(s.me().index() as u64, 2)).await?;
    drop(s.open(&shares[0] + &s.random(2)?).await?);
    Ok(vec![first, second, third, s.coin().await?])
}

#[test]
fn all_parties_have_the_same_coins_and_no_two_are_alike() {
    for n in [2, 3, 5] {
        let mut all = Vec::new();
        // The same program, material and inputs, twice.
        for _ in 0..2 {
            let outcomes = run::<F>(n).go(coins);
            let first = outcomes[0].result.clone().unwrap();
            // Start and an empty round; three checks, and a round each of inputs and openings.
            assert_eq!((outcomes[0].report.rounds, outcomes[0].report.checks), (12, 3));
            for outcome in outcomes {
                assert_eq!(outcome.result.as_ref(), Ok(&first));
            }
            all.extend(first);
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8);
    }
}

/// The payload of the watched party's `nth` message of this kind, to or from `peer`.
fn payload(seen: &[Sighting], direction: Direction, peer: PartyId, message: Message, nth: usize) -> Vec<u8> {
    seen.iter()
        .filter(|s| s.direction == direction && s.peer == peer)
        .filter(|s| s.frame.header.kind == message.number())
        .map(|s| s.frame.payload.to_vec())
        .nth(nth)
        .unwrap()
}

/// It is a hash of everybody's seed and, among three and more, of the digest of what was opened: so it cannot be had
/// without the last honest seed. And no honest party sends its seed before it has the cheater's openings.
#[test]
fn a_rushing_party_sees_no_seed_before_its_openings_are_out() {
    for n in [2, 3] {
        let run = run::<F>(n).rushing_cheater(0, |event| event.pass());
        let (outcomes, watches) = run.go_watched(coins);
        let seen = watches[0].seen();
        for (nth, mine) in [0, 1, 2].into_iter().zip([0, 1, 3]) {
            let seeds: Vec<Vec<u8>> = (0..n)
                .map(|p| match p {
                    0 => payload(&seen, Direction::Out, party(1), Message::Seed, nth),
                    p => payload(&seen, Direction::In, party(p), Message::Seed, nth),
                })
                .collect();
            let place = Place {
                epoch: seen[0].frame.header.epoch,
                session: seen[0].frame.header.session,
                number: nth as u64,
            };
            let transcript = place.transcript("mac-check coin").bytes(&seeds[0][..32]);
            let check = seeds.iter().fold(transcript, |t, seed| t.bytes(&seed[32..64])).finish();
            let coin = Transcript::new("session coin").bytes(&check).number(0).finish();
            assert_eq!(outcomes[1].result.as_ref().unwrap()[mine], coin);
        }
        // Of everything in the round before a check the cheater's own message went out first.
        let mut open = vec![0_usize; n];
        for sighting in &seen {
            let (peer, kind) = (sighting.peer.index(), sighting.frame.header.kind);
            match (sighting.direction, Message::from_number(kind)) {
                (Direction::Out, Some(Message::Open)) => open[peer] += 1,
                (Direction::In, Some(Message::Seed)) => {
                    let round = sighting.frame.header.round;
                    let before = seen.iter().filter(|s| {
                        let header = s.frame.header;
                        s.peer.index() == peer
                            && s.direction == Direction::Out
                            && header.kind == Message::Open.number()
                            && header.round < round
                    });
                    assert_eq!(open[peer], before.count(), "{n}");
                }
                _ => {}
            }
        }
    }
}

/// Commits to another seed towards `victim` and opens that one to it; where it can it says the victim's digest to it.
fn two_seeds(cheater: usize, victim: PartyId) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    let (seed, nonce) = (fresh32().unwrap(), fresh32().unwrap());
    move |event| {
        if !event.out() || event.peer != victim || event.nth() > 0 {
            return event.pass();
        }
        let header = event.frame.header;
        let place = Place { epoch: header.epoch, session: header.session, number: 0 };
        if is(event, Message::Start) {
            let commitment = commit("mac-check seed", &place, party(cheater), &seed, &nonce);
            return event.rewrite(|payload| payload.copy_from_slice(&commitment));
        }
        if is(event, Message::Seed) {
            let digest = event.received_from(victim).map(|frame| frame.payload[..32].to_vec());
            return event.rewrite(|payload| {
                if let Some(digest) = digest {
                    payload[..32].copy_from_slice(&digest);
                }
                payload[32..64].copy_from_slice(&seed);
                payload[64..].copy_from_slice(&nonce);
            });
        }
        event.pass()
    }
}

fn with_two_seeds(n: usize, cheater: usize, weakness: Option<Weakness>) -> Vec<Outcome<[u8; 32]>> {
    let victim = party(if cheater == 0 { n - 1 } else { 0 });
    let run = run::<F>(n).config(move |config| weakness.into_iter().fold(config, |c, w| c.weakness(w)));
    let run = run.rushing_cheater(cheater, two_seeds(cheater, victim));
    let (outcomes, watches) = run.go_watched(async |s| s.coin().await);
    assert!(watches[0].altered() >= 2);
    outcomes
}

/// Nothing was opened, so the MAC check itself has nothing to say: only the commitments, compared, tell.
#[test]
fn two_seeds_for_two_peers_are_seen_when_a_coin_is_asked_for() {
    for (n, cheater) in [(3, 0), (3, 1), (3, 2), (5, 4)] {
        let outcomes = with_two_seeds(n, cheater, None);
        all_burn(&outcomes, cheater, &Error::Check(CheckFault::Digest));
        // Positive control: two honest parties go on with different coins.
        let outcomes = with_two_seeds(n, cheater, Some(Weakness::CoinUnagreed));
        let victim = if cheater == 0 { n - 1 } else { 0 };
        let coin = |p: usize| outcomes[p].result.clone().unwrap();
        let other = (0..n).find(|p| *p != cheater && *p != victim).unwrap();
        assert_ne!(coin(victim), coin(other));
        assert_ne!(witness(cheater), party(cheater));
    }
}

/// Between two parties there is nobody to be told another thing: a seed that was not committed to is refused.
#[test]
fn another_seed_than_the_committed_one_is_refused() {
    for (n, cheater) in [(2, 0), (2, 1), (3, 1)] {
        let run = run::<F>(n).cheater(cheater, |event| {
            if event.out() && is(event, Message::Seed) {
                return event.rewrite(|payload| payload[32] ^= 1);
            }
            event.pass()
        });
        let (outcomes, _) = run.go_watched(async |s| s.coin().await);
        let fault = CheckFault::Commitment { party: party(cheater) };
        all_burn(&outcomes, cheater, &Error::Check(fault));
    }
}
