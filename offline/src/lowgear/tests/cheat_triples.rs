//! Triples: every reply of a cheater, its ciphertexts, its shares.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use num_bigint::BigUint;
use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_net::tamper::{Action, Event, Mutation};
use speedwell_online::{CheckFault, Kind, MacKey, PeerFault};

use super::super::engine::{Engine, ReplyPlace};
use super::super::link::Kind as Step;
use super::acts::{Acts, Cipher, polynomial, shift_column, times_key};
use super::scenario::{Scenario, id, peer, told_by};

/// Job 0 makes the check's mask, job 1 the triples.
const JOB: u64 = 1;

/// The last of n parties does this to its replies of one kind to P_0 alone, in one batch.
fn bad_reply<F: Field>(
    n: usize,
    which: u64,
    act: impl Fn(&Engine<F>, ReplyPlace, &Cipher, &mut Cipher) + Send + Sync + 'static,
) {
    let hits = Arc::new(AtomicUsize::new(0));
    let seen = hits.clone();
    let acts = Acts::honest().product(move |engine, place, c, product| {
        if (place.job, place.which, place.to, place.batch) == (JOB, which, id(0), 1) {
            hits.fetch_add(1, Ordering::Relaxed);
            act(engine, place, c, product);
        }
    });
    Scenario::<F>::new(n, Kind::Triples, 300).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
    assert_eq!(seen.load(Ordering::Relaxed), 1, "the cheat happened");
}

/// x C + C: another b in C1 than the authenticated one, alpha + 1 in C2, another g(b) in C4, and in C3 another b than in C1.
#[test]
fn cheat_triples_bad_multiplier() {
    for n in [2, 3, 5] {
        for which in [1, 2, 3, 4] {
            bad_reply::<Goldilocks>(n, which, |engine, _, c, product| engine.bgv.add(product, c));
        }
    }
    bad_reply::<Fp127>(3, 1, |engine, _, c, product| engine.bgv.add(product, c));
}

/// A multiple of the encrypted MAC key in replies under the other role: garbage, if the role byte is forced.
#[test]
fn cheat_triples_bad_role() {
    for n in [2, 3, 5] {
        for which in [1, 2, 4] {
            bad_reply::<Goldilocks>(n, which, |engine, place, _, product| {
                engine.bgv.add(product, &times_key(engine, place, &polynomial(engine).0));
            });
        }
    }
}

#[test]
fn cheat_triples_bad_role_byte() {
    for (n, step, bit) in [(2, Step::Replies, 1), (3, Step::Replies, 0), (3, Step::Factors, 1)] {
        let end = Scenario::<Goldilocks>::new(n, Kind::Triples, 10)
            .tampers(n - 1, move |event: &Event<'_>| {
                // In the flow of replies the first reply of a message is C1; in that of proofs there is C3.
                let hit = event.out() && event.kind() == step.number() && event.peer == id(0);
                if hit && event.frame.header.channel == if step == Step::Factors { 1 } else { 2 } {
                    Mutation::FlipBit(bit).apply(event)
                } else {
                    event.pass()
                }
            })
            .run();
        assert!(end.altered());
        end.ended_with(told_by(0, peer(n - 1, PeerFault::Malformed)(id(0))));
    }
}

/// What an earlier batch's ciphertext decrypts to, mixed in.
#[test]
fn cheat_triples_bad_batch() {
    for n in [2, 3] {
        for which in [1, 2, 4] {
            let stash: Mutex<Option<Cipher>> = Mutex::new(None);
            let acts = Acts::honest().product(move |engine: &Engine<Goldilocks>, place, c, product| {
                if (place.job, place.which, place.to) == (JOB, which, id(0)) {
                    let mut stash = stash.lock().unwrap();
                    match stash.take() {
                        None => *stash = Some(c.clone()),
                        Some(other) => engine.bgv.add(product, &other),
                    }
                }
            });
            Scenario::<Goldilocks>::new(n, Kind::Triples, 200)
                .deviates(n - 1, acts)
                .run()
                .burnt(CheckFault::Mac);
        }
    }
}

/// A multiple of an earlier A in C3, which is under the other key.
#[test]
fn cheat_triples_bad_factor_in_c3() {
    for n in [2, 3] {
        let stash: Mutex<Option<Cipher>> = Mutex::new(None);
        let hits = Arc::new(AtomicUsize::new(0));
        let seen = hits.clone();
        let acts = Acts::honest().product(move |engine: &Engine<Goldilocks>, place, c, product| {
            let mut stash = stash.lock().unwrap();
            if place.to != id(0) {
            } else if place.which == 1 {
                *stash = Some(c.clone());
            } else if let Some(other) = stash.as_ref().filter(|_| place.which == 3) {
                hits.fetch_add(1, Ordering::Relaxed);
                engine.bgv.add(product, other);
            }
        });
        let end = Scenario::<Goldilocks>::new(n, Kind::Triples, 600)
            .in_single_batches()
            .deviates(n - 1, acts)
            .run();
        end.burnt(CheckFault::Mac);
        assert!(seen.load(Ordering::Relaxed) > 0);
    }
}

/// One side multiplies the ciphertext that was proven instead of its double.
#[test]
fn cheat_triples_bad_doubling() {
    for n in [2, 3] {
        for which in [1, 2, 4] {
            bad_reply::<Goldilocks>(n, which, |engine, _, _, product| engine.bgv.halve(product));
        }
        let acts = Acts::honest().product(|engine: &Engine<Goldilocks>, place, _, product| {
            if place.which != 3 {
                engine.bgv.halve(product);
            }
        });
        Scenario::new(n, Kind::Triples, 10).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
    }
}

/// Noise that wraps in a reply, whatever flooding adds to it: it decrypts wrong. (With q/2 it would in half of all cases, and
/// tell a cheater one bit a run: hence keys die with the check.)
#[test]
fn cheat_triples_bad_noise_in_reply() {
    let multiple = |engine: &Engine<Goldilocks>, eighths: u32| -> BigUint {
        let noise: BigUint = engine.bgv.params().q() * eighths / 8_u32;
        &noise - &noise % engine.bgv.params().p()
    };
    for n in [2, 3] {
        for which in [1, 2, 3, 4] {
            bad_reply::<Goldilocks>(n, which, move |engine, _, _, product| {
                engine.bgv.disturb(product, &multiple(engine, 6));
            });
        }
    }
    // What does not wrap does no harm.
    let acts = Acts::honest().product(move |engine, place, _, product| {
        if place.job == JOB {
            engine.bgv.disturb(product, &multiple(engine, 1));
        }
    });
    let mut end = Scenario::new(2, Kind::Triples, 100).deviates(1, acts).run();
    end.passed();
    let [a, b, c] = end.triples(100);
    assert!((0..100).all(|i| a[i] * b[i] == c[i]));
}

/// A = Enc(a + 1), to everybody alike.
#[test]
fn cheat_triples_bad_plaintext() {
    for n in [2, 3, 5] {
        let acts = Acts::<Goldilocks>::honest().witness(|batch, witness| {
            if batch == Some((JOB, 0)) {
                let mut one = vec![Goldilocks::ZERO; witness.plain.dimension()];
                one[0] = Goldilocks::ONE;
                let one = crate::bgv::Wide::centred(&one);
                witness.plain.add_monomial(0, &one);
            }
        });
        Scenario::new(n, Kind::Triples, 10).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
    }
}

/// Shares that are not what came of the replies: of a, b, c, or of one of their MACs; or of a with its own part of the MAC.
#[test]
fn cheat_triples_bad_share() {
    for n in [2, 3] {
        for column in 0..3 {
            for mac in [false, true] {
                let acts = Acts::<Goldilocks>::honest().shares(move |_, columns| {
                    let shares = if mac { &mut columns[column].macs } else { &mut columns[column].values };
                    shares[5] += Goldilocks::ONE;
                });
                Scenario::new(n, Kind::Triples, 10).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
            }
            let acts = Acts::<Goldilocks>::honest().shares(move |engine, columns| {
                shift_column(engine, &mut columns[column], &polynomial(engine).1, Goldilocks::ONE);
            });
            Scenario::new(n, Kind::Triples, 10).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
        }
    }
}

/// Another share of the MAC key than the encrypted one: in C2 alone; and in C2 and everywhere after.
#[test]
fn cheat_triples_bad_key_share() {
    for n in [2, 3, 5] {
        for consistent in [false, true] {
            let acts = Acts::<Goldilocks>::honest().set_up(move |engine| other_key_share(engine, consistent));
            Scenario::new(n, Kind::Triples, 10).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
        }
    }
}

/// The party goes on with alpha + 1: in the replies, and if `consistent` in its own arithmetic and in checks.
pub fn other_key_share<F: Field>(engine: &mut Engine<F>, consistent: bool) {
    let other = engine.key.alpha() + F::ONE;
    engine.alpha = engine.bgv.constant_multiplier(other);
    if consistent {
        engine.key = Arc::new(MacKey::new(engine.key.party(), engine.key.parties(), other));
    }
}

/// Replies twice, in another order, out of range, too short, too long; or those of another batch in the place of this one's.
#[test]
fn cheat_replies_bad_frames() {
    let scenario = |n: usize, channel: u16, act: fn(&Event<'_>) -> Vec<Action>| {
        Scenario::<Goldilocks>::new(n, Kind::Triples, 128).after(Kind::Randoms, 40).tampers(
            n - 1,
            move |event: &Event<'_>| {
                let header = event.frame.header;
                let hit = event.out() && (header.channel, header.kind) == (channel, Step::Replies.number());
                // Not the first one: of that of triples there is none before.
                if hit && event.nth() >= 4 - 2 * usize::from(channel == 2) && event.peer == id(0) {
                    act(event)
                } else {
                    event.pass()
                }
            },
        )
    };
    let refused: [(fn(&Event<'_>) -> Vec<Action>, PeerFault); 5] = [
        (|event| Mutation::Duplicate.apply(event), PeerFault::WrongHeader),
        (|event| event.relabel(|header| header.round += 1), PeerFault::WrongHeader),
        (|event| event.rewrite(|bytes| bytes[1..].fill(0xff)), PeerFault::Malformed),
        (|event| Mutation::Truncate(1).apply(event), PeerFault::WrongLength),
        (|event| Mutation::Extend(1).apply(event), PeerFault::NotAFrame),
    ];
    for n in [2, 3] {
        for channel in [1, 2] {
            for (act, fault) in refused {
                let end = scenario(n, channel, act).run();
                assert!(end.altered());
                end.ended_with(told_by(0, peer(n - 1, fault)(id(0))));
            }
            let end = scenario(n, channel, |event| Mutation::ReplayPayload.apply(event)).run();
            assert!(end.altered());
            end.burnt(CheckFault::Mac);
        }
    }
}

/// What was checked before the failed job dies with the key.
#[test]
fn a_failed_check_burns_what_was_made_before() {
    let acts = Acts::<Goldilocks>::honest().product(|engine, place, c, product| {
        if place.job > 10 && place.which == 1 {
            engine.bgv.add(product, c);
        }
    });
    let end = Scenario::new(3, Kind::Triples, 1000)
        .in_single_batches()
        .after(Kind::Randoms, 200)
        .deviates(1, acts)
        .run();
    end.burnt(CheckFault::Mac);
}

/// On the real ring.
#[test]
fn cheat_triples_bad_multiplier_on_a_full_ring() {
    let acts = Acts::<Fp127>::honest().product(|engine, place, c, product| {
        if (place.which, place.to) == (4, id(0)) {
            engine.bgv.add(product, c);
        }
    });
    Scenario::new(2, Kind::Triples, 10)
        .params(crate::bgv::Params::of::<Fp127>(64).unwrap())
        .deviates(1, acts)
        .run()
        .burnt(CheckFault::Mac);
}
