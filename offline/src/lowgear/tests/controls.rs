//! Positive controls: without its defence each attack works, with it the same cheater is caught.

use std::sync::atomic::{AtomicUsize, Ordering};

use speedwell_field::{Field, Goldilocks};
use speedwell_online::testing::shift_key;
use speedwell_online::{CheckFault, EpochState, Error, Kind};

use super::super::cheat::Weakness;
use super::acts::{Acts, polynomial, shift_column, times_key};
use super::cheat_triples::other_key_share;
use super::scenario::Scenario;
use super::sum;

type F = Goldilocks;

/// u times the encrypted MAC key on top of C2; the own share moves by u.
fn moves_a() -> Acts<F> {
    Acts::honest()
        .product(|engine, place, _, product| {
            if place.which == 2 {
                engine.bgv.add(product, &times_key(engine, place, &polynomial(engine).0));
            }
        })
        .shares(|engine, columns| shift_column(engine, &mut columns[0], &polynomial(engine).1, F::ONE))
}

/// One key for both roles: a + u is authenticated while c stays a b, and every check passes.
#[test]
fn one_key_for_both_roles_authenticates_wrong_triples() {
    for n in [2, 3, 5] {
        let scenario = || Scenario::<F>::new(n, Kind::Triples, 200).deviates(n - 1, moves_a());
        let mut end = scenario().without(Weakness::OneKeyForBothRoles).run();
        end.passed();
        let [a, b, c] = end.triples(200);
        assert!((0..200).all(|i| a[i] * b[i] != c[i]), "every triple is wrong, with valid MACs");
        scenario().run().burnt(CheckFault::Mac);
    }
}

/// A encrypts a + D, a is authenticated: c = (a + D) b with valid MACs.
#[test]
fn the_old_authentication_lets_a_and_c_differ() {
    for n in [2, 3] {
        let scenario = |old: bool| {
            let acts = Acts::<F>::honest()
                .product(move |engine, place, _, product| {
                    if old && place.which == 2 {
                        let minus: Vec<F> = polynomial(engine).0.iter().map(|d| -*d).collect();
                        engine.bgv.add(product, &times_key(engine, place, &minus));
                    }
                })
                .shares(|engine, columns| {
                    shift_column(engine, &mut columns[0], &polynomial(engine).1, -F::ONE);
                });
            Scenario::<F>::new(n, Kind::Triples, 200).deviates(n - 1, acts)
        };
        let mut end = scenario(true).without(Weakness::OldAuthentication).run();
        end.passed();
        let [a, b, c] = end.triples(200);
        assert!((0..200).all(|i| a[i] * b[i] != c[i]), "every triple is wrong, with valid MACs");
        scenario(false).run().burnt(CheckFault::Mac);
    }
}

/// Another alpha in C2 than in K: with a check for each column a cheater answers each under the key that fits.
#[test]
fn separate_checks_let_key_shares_differ() {
    for n in [2, 3] {
        let d = F::from_u64(77);
        let scenario = || {
            let checks = AtomicUsize::new(0);
            let acts = Acts::<F>::honest()
                .product(move |engine, place, c, product| {
                    if place.which == 2 {
                        engine.bgv.add(product, &engine.bgv.product(&engine.bgv.constant_multiplier(d), c));
                    }
                })
                .shares(move |_, columns| {
                    let a = &mut columns[0];
                    F::axpy(&mut a.macs, d, &a.values);
                })
                .check(move |engine, _, _, _, _| match checks.fetch_add(1, Ordering::Relaxed) {
                    0 => shift_key(&engine.key, d),
                    1 => shift_key(&engine.key, -d),
                    _ => {}
                });
            Scenario::<F>::new(n, Kind::Triples, 100).deviates(n - 1, acts)
        };
        let mut end = scenario().without(Weakness::SeparateChecks).run();
        end.passed();
        let alpha = end.whole_key();
        let [a, b] = end.shares(|stock| {
            let triples = stock.triples(100).unwrap();
            [triples.a, triples.b]
        });
        let parts = |shares: &[speedwell_online::Shares<F>]| -> (Vec<F>, Vec<F>) {
            let values: Vec<_> = shares.iter().map(|s| s.value_shares().to_vec()).collect();
            let macs: Vec<_> = shares.iter().map(|s| s.mac_shares().to_vec()).collect();
            (sum(&values), sum(&macs))
        };
        let ((a, mac_a), (b, mac_b)) = (parts(&a), parts(&b));
        assert!((0..100).all(|i| mac_a[i] == (alpha + d) * a[i]), "a is under another key");
        assert!((0..100).all(|i| mac_b[i] == alpha * b[i]));
        scenario().run().burnt(CheckFault::Mac);
    }
}

/// alpha + 1 in every C2 of squares and everywhere after: nothing but the check's mask binds it to K.
#[test]
fn a_mask_that_is_a_factor_lets_squares_be_under_another_key() {
    for n in [2, 3, 5] {
        for kind in [Kind::Squares, Kind::Bits] {
            let scenario = || {
                let acts = Acts::<F>::honest().set_up(|engine| other_key_share(engine, true));
                Scenario::<F>::new(n, kind, 100).deviates(n - 1, acts)
            };
            let mut end = scenario().without(Weakness::MaskFromFactor).run();
            end.passed();
            // The cheater's stock counts with alpha + 1; the MAC key that was encrypted and proven is another.
            let wrong = end.whole_key();
            let shares = end.shares(|stock| match kind {
                Kind::Squares => [stock.squares(100).unwrap().a],
                _ => [stock.bits(100).unwrap()],
            });
            super::reassemble(&shares[0], wrong);
            scenario().run().burnt(CheckFault::Mac);
        }
    }
}

/// The checks of this directory that an epoch burns can fail.
#[test]
fn without_burning_the_key_survives_a_failed_check() {
    let acts = Acts::<F>::honest().shares(|_, columns| columns[0].values[0] += F::ONE);
    let end =
        Scenario::<F>::new(3, Kind::Triples, 10).deviates(2, acts).without(Weakness::NothingBurns).run();
    for (_, outcome) in end.honest() {
        assert_eq!(outcome.result, Err(Error::Check(CheckFault::Mac)));
        assert_eq!(outcome.state(), EpochState::Live);
        assert_ne!(outcome.key(), F::ZERO);
    }
}
