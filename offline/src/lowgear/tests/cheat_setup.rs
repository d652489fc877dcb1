//! Keys, encrypted key shares and proofs.

use std::sync::{Arc, Mutex};

use speedwell_field::{Field, Goldilocks};
use speedwell_net::tamper::{Action, Direction, Event, Mutation};
use speedwell_net::{NetError, NetFault};
use speedwell_online::wire::Message;
use speedwell_online::{CheckFault, Error, Kind, PeerFault, UsageFault};

use super::super::cheat::Weakness;
use super::super::link::Kind as Step;
use super::acts::Acts;
use super::scenario::{End, Scenario, id, peer, small};
use crate::bgv::{Bgv, Choice, FactorRole, MacRole, Role, Small, Wide};

type F = Goldilocks;

fn step(event: &Event<'_>, step: Step) -> bool {
    event.out() && event.kind() == step.number()
}

/// A party that says to have seen what the others have seen.
fn agrees(event: &Event<'_>) -> Vec<Action> {
    if step(event, Step::Echo) { Mutation::Copy(id(0)).apply(event) } else { event.pass() }
}

/// The last party alters its message of a step towards everybody.
fn altered(n: usize, kind: Step, mutation: &Mutation) -> End<F> {
    let mutation = mutation.clone();
    let end = Scenario::<F>::new(n, Kind::Triples, 10)
        .rushes(n - 1, move |event| {
            // Where every proof was rejected there are no responses.
            let hit = step(event, kind) && !event.frame.payload.is_empty();
            if hit { mutation.apply(event) } else { agrees(event) }
        })
        .run();
    assert!(end.altered());
    end
}

#[test]
fn cheat_setup_bad_parameters() {
    for n in [2, 3] {
        let end = altered(n, Step::Hello, &Mutation::FlipBit(9));
        end.refused_with(|_| UsageFault::Parameters { peer: id(n - 1) }.into());
    }
}

/// The size of blocks: none, more than a proof covers; another one to one of two peers.
#[test]
fn cheat_setup_bad_block() {
    for n in [2, 3] {
        for block in [0, small::<F>().block() + 1, u32::MAX] {
            let end = Scenario::<F>::new(n, Kind::Triples, 10)
                .tampers(n - 1, move |event| {
                    let hello = step(event, Step::Hello);
                    let change = |bytes: &mut Vec<u8>| bytes[32..36].copy_from_slice(&block.to_le_bytes());
                    if hello { event.rewrite(change) } else { event.pass() }
                })
                .run();
            assert!(end.altered());
            end.refused_with(peer(n - 1, PeerFault::Malformed));
        }
    }
    let end = Scenario::<F>::new(3, Kind::Triples, 10)
        .tampers(2, |event| {
            let hit = step(event, Step::Hello) && event.peer == id(0);
            if hit {
                event.rewrite(|bytes| bytes[32..36].copy_from_slice(&[1, 0, 0, 0]))
            } else {
                event.pass()
            }
        })
        .run();
    assert!(end.altered());
    end.refused_with(|_| Error::Check(CheckFault::Digest));
}

#[test]
fn cheat_setup_bad_length() {
    for n in [2, 3] {
        for kind in [Step::Hello, Step::Keys, Step::Seed, Step::First, Step::Verdicts, Step::Responses] {
            for mutation in [Mutation::Truncate(1), Mutation::Empty] {
                altered(n, kind, &mutation).refused_with(peer(n - 1, PeerFault::WrongLength));
            }
            altered(n, kind, &Mutation::Extend(1)).refused_with(peer(n - 1, PeerFault::NotAFrame));
        }
    }
}

/// Keys and K: zero, of the other role, with a residue that is not below its modulus, anywhere.
#[test]
fn cheat_setup_bad_key_bytes() {
    let bgv = Bgv::<F>::new(small::<F>(), Choice::Best).unwrap();
    let (key, cipher) = (bgv.key_len(), bgv.ciphertext_len());
    let changes: [fn(&mut [u8]); 3] = [
        |part| part[1..].fill(0),
        |part| part[0] ^= MacRole::BYTE ^ FactorRole::BYTE,
        |part| part[1..].fill(0xff),
    ];
    for n in [2, 3] {
        for (place, from, len) in [(0, 0, key), (1, key, key), (2, 2 * key, cipher)] {
            for (index, change) in changes.into_iter().enumerate() {
                let end = Scenario::<F>::new(n, Kind::Triples, 10)
                    .rushes(n - 1, move |event| {
                        if !step(event, Step::Keys) {
                            return agrees(event);
                        }
                        event.rewrite(|bytes| change(&mut bytes[from..from + len]))
                    })
                    .run();
                // A ciphertext that is zero is one; its proof does not hold.
                let fault = if (place, index) == (2, 0) { PeerFault::Proof } else { PeerFault::Malformed };
                end.refused_with(peer(n - 1, fault));
            }
        }
    }
}

/// A valid encoding of something that is not what was proven: to all, the proof fails; to one of two, they see it.
#[test]
fn cheat_setup_bad_key_to_one_peer() {
    let bgv = Bgv::<F>::new(small::<F>(), Choice::Best).unwrap();
    for place in [1, bgv.key_len() + 1, 2 * bgv.key_len() + 1] {
        altered(2, Step::Keys, &Mutation::FlipBit(8 * place)).refused_with(peer(1, PeerFault::Proof));
        let end = Scenario::<F>::new(3, Kind::Triples, 10)
            .tampers(2, move |event| {
                let hit = step(event, Step::Keys) && event.peer == id(0);
                if hit { Mutation::FlipBit(8 * place).apply(event) } else { event.pass() }
            })
            .run();
        end.refused_with(|_| Error::Check(CheckFault::Digest));
    }
}

/// Secrets of keys outside what the masks hide: an honest prover of them is rejected until it has no attempt left.
#[test]
fn cheat_setup_bad_key_size() {
    for n in [2, 3] {
        for (role, of_s) in [
            (MacRole::BYTE, true),
            (MacRole::BYTE, false),
            (FactorRole::BYTE, true),
            (FactorRole::BYTE, false),
        ] {
            let acts = Acts::<F>::honest().key(move |own, s, e| {
                if own == role {
                    (if of_s { s } else { e })[3] = 1 << 28;
                }
                own == role
            });
            let end = Scenario::<F>::new(n, Kind::Triples, 10).deviates(n - 1, acts).run();
            end.refused_with(peer(n - 1, PeerFault::Attempts));
        }
    }
}

/// An all-zero key; and one a little too large, which the slack of the proof admits and the noise bounds count with.
#[test]
fn cheat_setup_bad_key_zero_or_within_the_slack() {
    let acts = |size: i32| {
        Acts::<F>::honest().key(move |role, s, e| {
            s.fill(0);
            e.fill(0);
            e[0] = size;
            role == MacRole::BYTE
        })
    };
    let zero = Scenario::<F>::new(3, Kind::Triples, 10).deviates(2, acts(0)).run();
    zero.refused_with(peer(2, PeerFault::Malformed));
    let mut end = Scenario::<F>::new(3, Kind::Triples, 10).deviates(2, acts(30)).run();
    end.passed();
    let [a, b, c] = end.triples(10);
    assert!((0..10).all(|i| a[i] * b[i] == c[i]));
}

/// K of a polynomial that is not constant, with an honest prover else.
#[test]
fn cheat_setup_bad_diagonal() {
    for n in [2, 3, 5] {
        let acts = Acts::<F>::honest().witness(|batch, witness| {
            if batch.is_none() {
                let mut x = vec![F::ZERO; witness.plain.dimension()];
                x[7] = F::ONE;
                witness.plain.add_monomial(0, &Wide::centred(&x));
            }
        });
        let end = Scenario::<F>::new(n, Kind::Triples, 10).deviates(n - 1, acts).run();
        end.refused_with(peer(n - 1, PeerFault::Proof));
    }
}

/// Randomness too large: in K it ends the set-up, in one A of a block the job.
#[test]
fn cheat_proof_bad_randomness() {
    for n in [2, 3] {
        for part in 0..3 {
            for key in [true, false] {
                let acts = Acts::<F>::honest().witness(move |batch, witness| {
                    let hit = if key { batch.is_none() } else { batch == Some((1, 1)) };
                    if hit {
                        let r = &mut witness.randomness;
                        let poly = [&mut r.u, &mut r.e0, &mut r.e1].into_iter().nth(part).unwrap();
                        let mut large = poly.coefficients().to_vec();
                        large[0] = 1 << 30;
                        *poly = Small::new(large);
                    }
                });
                let end = Scenario::<F>::new(n, Kind::Triples, 100).deviates(n - 1, acts).run();
                let fault = peer(n - 1, PeerFault::Attempts);
                if key { end.refused_with(fault) } else { end.ended_with(fault) }
            }
        }
    }
}

/// A forged nonce, a forged response, a commitment to something else, verdicts that are none.
#[test]
fn cheat_proof_bad_bytes() {
    for n in [2, 3] {
        for (kind, bit) in [(Step::Responses, 0), (Step::Responses, 8 * 33), (Step::First, 5)] {
            altered(n, kind, &Mutation::FlipBit(bit)).refused_with(peer(n - 1, PeerFault::Proof));
        }
        for bit in [1, 7] {
            altered(n, Step::Verdicts, &Mutation::FlipBit(bit))
                .refused_with(peer(n - 1, PeerFault::Malformed));
        }
    }
}

/// A rushing party commits to what another one commits to, and answers what it answers.
#[test]
fn cheat_proof_bad_copy() {
    for n in [2, 3] {
        let end = Scenario::<F>::new(n, Kind::Triples, 10)
            .rushes(n - 1, |event: &Event<'_>| {
                let proof = [Step::First, Step::Verdicts, Step::Responses, Step::Echo];
                // Where all proofs of P_0 are rejected there is nothing to answer with but its own.
                let verdict = event.seen.iter().rfind(|s| {
                    s.direction == Direction::In
                        && s.peer == id(0)
                        && s.frame.header.kind == Step::Verdicts.number()
                });
                let none = verdict.is_some_and(|s| !s.frame.payload.contains(&1));
                let own = none && !step(event, Step::First) && !step(event, Step::Echo);
                if proof.iter().any(|kind| step(event, *kind)) && !own {
                    Mutation::Copy(id(0)).apply(event)
                } else {
                    event.pass()
                }
            })
            .run();
        assert!(end.altered());
        end.refused_with(peer(n - 1, PeerFault::Proof));
    }
}

/// Commitment and responses of an earlier block, of this epoch or of another.
#[test]
fn cheat_proof_bad_block() {
    type Stash = Arc<Mutex<[Vec<u8>; 2]>>;
    let replay = |from: usize, stash: Stash| {
        Scenario::<F>::new(2, Kind::Triples, 96).in_single_batches().tampers(1, move |event: &Event<'_>| {
            let factors = event
                .seen
                .iter()
                .filter(|s| s.direction == event.direction && s.frame.header.kind == Step::Factors.number());
            let blocks = factors.count();
            let mut stash = stash.lock().unwrap();
            for (place, kind) in [(0, Step::First), (1, Step::Responses)] {
                if step(event, kind) && blocks == 1 && blocks < from && !event.frame.payload.is_empty() {
                    stash[place] = event.frame.payload.to_vec();
                }
                if step(event, kind) && blocks >= from {
                    return event.rewrite(|bytes| bytes.clone_from(&stash[place]));
                }
            }
            if step(event, Step::Verdicts) && blocks >= from {
                return event.rewrite(|bytes| *bytes = vec![1]);
            }
            event.pass()
        })
    };
    let stash: Stash = Arc::default();
    let end = replay(2, stash.clone()).run();
    assert!(end.altered() && stash.lock().unwrap().iter().all(|part| !part.is_empty()));
    end.ended_with(peer(1, PeerFault::Proof));
    replay(1, stash).run().ended_with(peer(1, PeerFault::Proof));
}

/// The encrypted factors: to one of two peers something else; malformed; with noise that no proof admits.
#[test]
fn cheat_factors_bad_bytes() {
    for n in [3, 5] {
        let equivocate = |weakness: Option<Weakness>| {
            let mut scenario = Scenario::<F>::new(n, Kind::Squares, 10).after(Kind::Randoms, 40).tampers(
                n - 1,
                |event: &Event<'_>| {
                    let hit = step(event, Step::Factors) && event.peer == id(0);
                    if hit { Mutation::FlipBit(8).apply(event) } else { event.pass() }
                },
            );
            if let Some(weakness) = weakness {
                scenario = scenario.without(weakness);
            }
            scenario.run()
        };
        equivocate(None).burnt(CheckFault::Digest);
        // The second line of defence: P_0 verifies the proof of another ciphertext.
        let end = equivocate(Some(Weakness::EchoSkipped));
        let (_, first) = end.honest().next().unwrap();
        assert_eq!(first.result, Err(Error::peer(id(n - 1), PeerFault::Proof)));
    }
    altered(2, Step::Factors, &Mutation::FlipBit(8)).ended_with(peer(1, PeerFault::Proof));
    altered(3, Step::Factors, &Mutation::Truncate(1)).ended_with(peer(2, PeerFault::WrongLength));
    altered(3, Step::Factors, &Mutation::Extend(1)).ended_with(peer(2, PeerFault::NotAFrame));
    let end = Scenario::<F>::new(3, Kind::Squares, 10)
        .after(Kind::Randoms, 40)
        .tampers(2, |event: &Event<'_>| {
            if step(event, Step::Factors) {
                event.rewrite(|bytes| bytes[1..].fill(0xff))
            } else {
                event.pass()
            }
        })
        .run();
    end.ended_with(peer(2, PeerFault::Malformed));
}

/// An echo that fails in one flow while a check waits in another: the epoch burns, and the error is the echo's.
#[test]
fn cheat_factors_bad_echo_beside_a_check() {
    for block in 1..4 {
        let end = Scenario::<F>::new(3, Kind::Squares, 32 * 8)
            .in_single_batches()
            .tampers(2, move |event: &Event<'_>| {
                if step(event, Step::Factors) && event.peer == id(0) && event.nth() == block {
                    return Mutation::FlipBit(8).apply(event);
                }
                // The check of the block before hangs until the echo of this one is there.
                let opens = event.out() && event.kind() == Message::Open.number();
                if opens && event.nth() + 1 >= block {
                    return Mutation::Delay(std::time::Duration::from_secs(20)).apply(event);
                }
                // So does the echo until the check hangs.
                if step(event, Step::Echo) {
                    return Mutation::Delay(std::time::Duration::from_secs(5)).apply(event);
                }
                event.pass()
            })
            .run();
        assert!(end.altered());
        end.burnt(CheckFault::Digest);
    }
}

/// Silence in every step of every flow: a time-out at everybody, and the epoch burns if and only if our sigma is out.
#[test]
fn cheat_silence_in_every_step() {
    let bulk =
        [Step::Hello, Step::Keys, Step::Seed, Step::First, Step::Verdicts, Step::Responses, Step::Factors];
    let mut steps: Vec<(u16, u8, bool)> =
        bulk.iter().map(|kind| (1, kind.number(), *kind != Step::Factors)).collect();
    let coin = [Message::Toss.number(), Message::Tossed.number()];
    steps.extend([(1, coin[0], true), (1, coin[1], true), (2, coin[0], false), (2, coin[1], false)]);
    steps.extend([(1, Step::Replies.number(), false), (2, Step::Replies.number(), false)]);
    let session = [Message::Start, Message::Open, Message::Seed, Message::Commit, Message::Sigma];
    steps.extend(session.iter().map(|kind| (3, kind.number(), false)));
    for (channel, kind, in_set_up) in steps {
        for (n, gone) in [(2, false), (2, true), (3, false), (3, true)] {
            let end = Scenario::<F>::new(n, Kind::Squares, 10)
                .tampers(n - 1, move |event: &Event<'_>| {
                    let header = event.frame.header;
                    if event.out() && (header.channel, header.kind) == (channel, kind) {
                        let hour = std::time::Duration::from_secs(3600);
                        let silence = if gone { Mutation::Disconnect } else { Mutation::Delay(hour) };
                        silence.apply(event)
                    } else {
                        event.pass()
                    }
                })
                .run();
            let fault = if gone { NetFault::Closed } else { NetFault::TimedOut };
            let expected = |_| Error::Net(NetError { peer: id(n - 1), fault: fault.clone() });
            if in_set_up {
                end.refused_with(expected);
            } else if kind == Message::Sigma.number() {
                end.burnt_with(expected);
            } else {
                end.ended_with(expected);
            }
        }
    }
}
