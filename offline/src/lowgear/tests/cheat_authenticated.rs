//! Squares, bits, inverse pairs, random elements, input masks; and the masks of checks.

use std::sync::{Arc, Mutex};

use speedwell_field::{Field, Goldilocks, Prg};
use speedwell_net::tamper::{Event, Mutation};
use speedwell_online::wire::Message;
use speedwell_online::{CheckFault, Error, Kind, PeerFault, UsageFault};

use super::super::cheat::Weakness;
use super::super::check::CheckMasks;
use super::super::engine::Engine;
use super::super::link::Kind as Step;
use super::super::proof::seed_of;
use super::acts::{Acts, polynomial, shift_column, times_key};
use super::scenario::{Scenario, id, peer, told_by};

type F = Goldilocks;

/// x C + C to P_0 alone.
fn off_by_one(which: u64, job: u64) -> Acts<F> {
    Acts::honest().product(move |engine: &Engine<F>, place, c, product| {
        if (place.job, place.which, place.to) == (job, which, id(0)) {
            engine.bgv.add(product, c);
        }
    })
}

#[test]
fn cheat_squares_bad_multiplier() {
    for n in [2, 3, 5] {
        for which in [1, 2, 4] {
            for kind in [Kind::Squares, Kind::Bits] {
                let acts = off_by_one(which, 1);
                Scenario::new(n, kind, 40).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
            }
        }
    }
}

#[test]
fn cheat_squares_bad_role_and_share() {
    for n in [2, 3] {
        for which in [1, 2, 4] {
            let acts = Acts::<F>::honest().product(move |engine, place, _, product| {
                if place.which == which {
                    engine.bgv.add(product, &times_key(engine, place, &polynomial(engine).0));
                }
            });
            Scenario::new(n, Kind::Squares, 10).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
        }
        for column in 0..2 {
            let acts = Acts::<F>::honest().shares(move |engine, columns| {
                shift_column(engine, &mut columns[column], &polynomial(engine).1, F::ONE);
            });
            Scenario::new(n, Kind::Squares, 10).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
        }
    }
}

/// What bits and inverse pairs open, and ρ, shifted towards all, or towards one.
#[test]
fn cheat_openings_bad_value() {
    for kind in [Kind::Bits, Kind::Inverses] {
        for nth in [0, 1] {
            for (n, victim) in [(2, None), (3, None), (3, Some(id(0)))] {
                let end = Scenario::<F>::new(n, kind, 10)
                    .tampers(n - 1, move |event: &Event<'_>| {
                        let open = event.out() && event.kind() == Message::Open.number();
                        if open && event.nth() == nth && victim.is_none_or(|victim| victim == event.peer) {
                            // Behind a count and a label.
                            Mutation::AddOne(2, 8).apply(event)
                        } else {
                            event.pass()
                        }
                    })
                    .run();
                assert!(end.altered());
                // Among three, the cheater's own view differs from everybody's.
                end.burnt(if n > 2 { CheckFault::Digest } else { CheckFault::Mac });
            }
        }
    }
}

#[test]
fn cheat_randoms_bad_multiplier_and_share() {
    for n in [2, 3, 5] {
        Scenario::new(n, Kind::Randoms, 40).deviates(n - 1, off_by_one(3, 1)).run().burnt(CheckFault::Mac);
        // Job 0 makes the check's own mask.
        let acts = Acts::<F>::honest().product(|engine, place, _, product| {
            if (place.job, place.to) == (0, id(0)) {
                engine.bgv.add(product, &times_key(engine, place, &polynomial(engine).0));
            }
        });
        Scenario::new(n, Kind::Randoms, 40).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
        let acts = Acts::<F>::honest().shares(|_, columns| columns[0].macs[1] += F::ONE);
        Scenario::new(n, Kind::Randoms, 40).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
    }
}

/// Another mask share, or MAC, than the one that was authenticated for the check: one used before, say.
#[test]
fn cheat_check_bad_mask() {
    for n in [2, 3] {
        for mac in [false, true] {
            let acts = Acts::<F>::honest()
                .check(move |_, _, _, rho, own_mac| *(if mac { own_mac } else { rho }) += F::from_u64(5));
            Scenario::new(n, Kind::Triples, 10).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
        }
    }
}

/// Every check takes a mask of its own; without one there is no check.
#[test]
fn a_mask_of_a_check_is_used_once() {
    let end = Scenario::<F>::new(2, Kind::Triples, 32 * 5).in_single_batches().run();
    end.passed();
    assert!(end.parties.iter().all(|party| party.masks == 32 - 5));
    assert_eq!(CheckMasks::<F>::new().take(), Err(Error::Usage(UsageFault::Interrupted)));
}

/// The owner gives one peer another r; or, among more, all but one.
#[test]
fn cheat_masks_bad_value_to_one_peer() {
    for n in [2, 3, 5] {
        for others in [false, true] {
            let acts = Acts::<F>::honest().product(move |engine, place, c, product| {
                if (place.job, place.which) == (1, 3) && (place.to == id(0)) != others {
                    engine.bgv.add(product, c);
                }
            });
            if n > 2 || !others {
                let kind = Kind::Masks(id(n - 1));
                Scenario::new(n, kind, 40).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
            }
        }
    }
}

/// A reply made from the encrypted key share of another party than the one that gets it.
#[test]
fn cheat_masks_bad_key() {
    let acts = Acts::<F>::honest().product(move |engine, place, _, product| {
        if (place.job, place.to) == (1, id(0)) {
            let other = super::super::engine::ReplyPlace { to: id(1), ..place };
            *product = times_key(engine, other, &polynomial(engine).0);
        }
    });
    Scenario::new(3, Kind::Masks(id(2)), 40).deviates(2, acts).run().burnt(CheckFault::Mac);
}

/// One who is not the owner has only its share to lie about.
#[test]
fn cheat_masks_bad_share() {
    for n in [2, 3] {
        let acts = Acts::<F>::honest().shares(|_, columns| columns[0].values[0] += F::ONE);
        Scenario::new(n, Kind::Masks(id(0)), 40).deviates(n - 1, acts).run().burnt(CheckFault::Mac);
    }
}

/// In the place of the owner's reply there is one too many: a party that is not the owner has nothing to send.
#[test]
fn cheat_masks_bad_sender() {
    let end = Scenario::<F>::new(3, Kind::Masks(id(0)), 10)
        .tampers(2, |event: &Event<'_>| {
            // Its coin for the check, called a reply.
            let toss = event.out() && event.frame.header.channel == 2;
            if toss && event.kind() == Message::Toss.number() && event.peer == id(0) {
                event.relabel(|header| header.kind = Step::Replies.number())
            } else {
                event.pass()
            }
        })
        .run();
    assert!(end.altered());
    end.ended_with(told_by(0, peer(2, PeerFault::WrongHeader)(id(0))));
}

/// Another r and another ρ for each peer. The MAC equation itself holds, with what each party saw: had all one coin and no digests, it
/// would pass. Digests are compared; and the coin is bound to what was seen, so that it fails without them too.
#[test]
fn cheat_masks_bad_value_and_rho_to_one_peer() {
    // Party, share of rho, of its MAC, of the key.
    type Said = Arc<Mutex<Vec<[F; 3]>>>;
    let scenario = || {
        let fitted = Arc::new(Mutex::new(F::ZERO));
        let (difference, again) = (fitted.clone(), fitted.clone());
        let said: Said = Arc::new(Mutex::new(vec![[F::ZERO; 3]; 3]));
        let watch = |said: Said| {
            move |engine: &Engine<F>, rho: &F, mac: &F| {
                said.lock().unwrap()[engine.me().index()] = [*rho, *mac, engine.key.alpha()];
            }
        };
        let note = watch(said.clone());
        let acts = Acts::<F>::honest()
            .product(|engine, place, c, product| {
                if (place.job, place.which, place.to) == (1, 3, id(2)) {
                    engine.bgv.add(product, c);
                }
            })
            .check(move |engine, seed, columns, rho, mac| {
                note(engine, rho, mac);
                // r' - r is 1 in the first element of every batch.
                let mut chi = vec![F::ZERO; columns[0].values.len()];
                let mut prg = Prg::new(&seed_of(seed));
                chi.chunks_mut(1024).for_each(|chi| F::sample(&mut prg, chi));
                let own = chi.iter().step_by(engine.batch()).fold(F::ZERO, |sum, chi| sum + *chi);
                *difference.lock().unwrap() = own;
            });
        let scenario = Scenario::<F>::new(3, Kind::Masks(id(0)), 100).deviates(0, acts).tampers(
            0,
            move |event: &Event<'_>| {
                let open = event.out() && event.kind() == Message::Open.number() && event.peer == id(2);
                if !open {
                    return event.pass();
                }
                event.rewrite(|bytes| {
                    let mut rho = [F::ZERO];
                    assert!(F::decode(&bytes[16..24], &mut rho));
                    rho[0] += *fitted.lock().unwrap();
                    bytes.truncate(16);
                    F::encode(&rho, bytes);
                })
            },
        );
        let observer = |said: &Said| {
            let note = watch(said.clone());
            Acts::<F>::honest().check(move |engine, _, _, rho, mac| note(engine, rho, mac))
        };
        let observers = [observer(&said), observer(&said)];
        (scenario, observers, said, again)
    };
    let end = scenario().0.run();
    assert!(end.altered());
    end.burnt(CheckFault::Digest);

    scenario().0.without(Weakness::DigestSkipped).run().burnt(CheckFault::Mac);

    let (watched, [first, second], said, fitted) = scenario();
    drop(watched.deviates(1, first).deviates(2, second).run());
    let (said, fitted) = (said.lock().unwrap(), *fitted.lock().unwrap());
    let rho = said.iter().fold(F::ZERO, |sum, [rho, _, _]| sum + *rho);
    let seen = [rho, rho, rho + fitted];
    let sigma = |seen: &[F; 3]| {
        said.iter().zip(seen).fold(F::ZERO, |sum, ([_, mac, alpha], rho)| sum + *mac - *alpha * *rho)
    };
    assert_eq!(sigma(&seen), F::ZERO, "to each its own rho");
    assert_ne!(sigma(&[rho; 3]), F::ZERO, "one rho for all");
}
