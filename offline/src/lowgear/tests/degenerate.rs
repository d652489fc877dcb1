//! Public keys that no honest party draws: zero, the public element itself, of small order, with a secret of zero.

use speedwell_field::Goldilocks;
use speedwell_net::tamper::{Event, Mutation};
use speedwell_online::{CheckFault, Kind, PeerFault};

use super::super::link::Kind as Step;
use super::acts::Acts;
use super::scenario::{End, Scenario, id, peer, small};
use crate::bgv::{Bgv, Choice, FactorRole, MacRole, Role, packed_len};

type F = Goldilocks;

/// The last of n parties has the key with these secrets in a role, and proves it as an honest party would.
fn with_key(n: usize, role: u8, s: i32, e: i32) -> Scenario<F> {
    Scenario::<F>::new(n, Kind::Triples, 10).deviates(n - 1, with_secrets(role, s, e))
}

fn with_secrets(role: u8, s: i32, e: i32) -> Acts<F> {
    Acts::honest().key(move |own, secret, error| {
        if own == role {
            secret.fill(0);
            error.fill(0);
            (secret[0], error[0]) = (s, e);
        }
        own == role
    })
}

/// s = e = 0, so that b = 0; s = 1 and e = 0, so that b = a. Both would pass their proofs, and are refused before them.
#[test]
fn cheat_setup_bad_key_zero_or_public() {
    for n in [2, 3, 5] {
        for role in [MacRole::BYTE, FactorRole::BYTE] {
            for s in [0, 1] {
                with_key(n, role, s, 0).run().refused_with(peer(n - 1, PeerFault::Malformed));
            }
        }
    }
}

/// b is zero modulo one limb, or modulo all but one: a multiple of a divisor of q, which no short s and e give.
#[test]
fn cheat_setup_bad_key_order() {
    let bgv = Bgv::<F>::new(small::<F>(), Choice::Best).unwrap();
    let limbs: Vec<usize> = bgv.ring().limbs().iter().map(|l| packed_len(32, l.modulus().bits())).collect();
    let from = |limb: usize| 1 + limbs[..limb].iter().sum::<usize>();
    for n in [2, 3] {
        for key in [0, bgv.key_len()] {
            for limb in [0, limbs.len() - 1] {
                for all_but in [false, true] {
                    let own = key + from(limb)..key + from(limb) + limbs[limb];
                    let whole = key + 1..key + bgv.key_len();
                    let end = Scenario::<F>::new(n, Kind::Triples, 10)
                        .rushes(n - 1, move |event: &Event<'_>| {
                            let step = |kind: Step| event.out() && event.kind() == kind.number();
                            if step(Step::Echo) {
                                return Mutation::Copy(id(0)).apply(event);
                            }
                            if !step(Step::Keys) {
                                return event.pass();
                            }
                            event.rewrite(|bytes| {
                                let kept = bytes[own.clone()].to_vec();
                                if all_but {
                                    bytes[whole.clone()].fill(0);
                                    bytes[own.clone()].copy_from_slice(&kept);
                                } else {
                                    bytes[own.clone()].fill(0);
                                }
                            })
                        })
                        .run();
                    assert!(end.altered());
                    end.refused_with(peer(n - 1, PeerFault::Proof));
                }
            }
        }
    }
}

/// s = 0 with an e: short, so that its proof holds. Everybody reads what is encrypted under such a key, which is its owner's loss: the
/// material is right, what the others hold stays hidden (the multiplier is masked under `a`, not under b), and cheating is caught as ever.
#[test]
fn a_secret_of_zero_helps_nobody() {
    let right = |mut end: End<F>| {
        end.passed();
        let [a, b, c] = end.triples(10);
        assert!((0..10).all(|i| a[i] * b[i] == c[i]));
    };
    for n in [2, 3] {
        for role in [MacRole::BYTE, FactorRole::BYTE] {
            right(with_key(n, role, 0, 21).run());
            let cheater = with_secrets(role, 0, 21).product(|engine, place, c, product| {
                if (place.job, place.which, place.to) == (1, 1, id(0)) {
                    engine.bgv.add(product, c);
                }
            });
            let cheats = Scenario::<F>::new(n, Kind::Triples, 10).deviates(n - 1, cheater);
            cheats.run().burnt(CheckFault::Mac);
        }
    }
}
