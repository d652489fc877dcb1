//! How often a forged opening passes, counted over F_251.
//!
//! Whole sessions against a cheater that plays by hand; the check's own code is counted over 10^6 tries in the unit tests
//! of the check. `SPEEDWELL_LONG=1` takes 10^6 sessions here as well.

use speedwell_field::{F251, Field};
use speedwell_online::testing::SESSION;
use speedwell_online::{CheckFault, Config, Error, Preprocessing, Result, Session};

use crate::common::{dealer_seed, long};
use crate::puppet::{Puppet, duel};

const P: f64 = 251.0;

fn tries() -> u64 {
    if long() { 1_000_000 } else { 10_000 }
}

/// Opens one element that nobody knows, and checks.
async fn open_and_check(s: &Session<F251>) -> Result<()> {
    let opened = s.open(s.random(1)?).await?;
    s.check().await?;
    assert_eq!(opened.len(), 1);
    Ok(())
}

/// In how many of `tries` sessions, each under a fresh key, some honest party accepted.
fn accepted(n: usize, play: impl AsyncFn(&mut Puppet<F251>)) -> u64 {
    let mut passed = 0;
    for number in 0..tries() {
        let config = |_| Config::new(SESSION).toy_field();
        let (results, ()) = duel(n, dealer_seed(number), config, open_and_check, async |p| play(p).await);
        for result in &results {
            let refused = matches!(result, Err(Error::Check(CheckFault::Mac) | Error::Aborted { .. }));
            assert!(result.is_ok() || refused, "{result:?}");
        }
        passed += u64::from(results.iter().any(Result::is_ok));
    }
    passed
}

fn within_five_sigma(passed: u64, probability: f64) {
    let tries = tries() as f64;
    let (mean, deviation) = (tries * probability, (tries * probability * (1.0 - probability)).sqrt());
    let distance = (passed as f64 - mean).abs() / deviation;
    assert!(distance < 5.0, "{passed} of {tries} passed; {mean:.1} ± {deviation:.1} expected");
}

/// A wrong opening, and a sigma shifted by `shift` towards each honest party.
async fn forge(puppet: &mut Puppet<F251>, shift: impl Fn(usize) -> F251) {
    let x = puppet.dealer.randoms(1).unwrap();
    let seen = puppet.open(&x, &[F251::ONE]).await;
    let Some(tossed) = puppet.toss(&[seen]).await else { return };
    let sigma = |to: speedwell_net::PartyId| tossed.sigma + shift(to.index());
    let nonce = puppet.commit(sigma).await;
    puppet.sigma(sigma, nonce).await;
}

#[test]
fn an_honest_opening_always_passes() {
    for number in 0..200 {
        for n in [2, 3] {
            let config = |_| Config::new(SESSION).toy_field();
            let (results, ()) = duel(n, dealer_seed(number), config, open_and_check, async |p| {
                let x = p.dealer.randoms(1).unwrap();
                let seen = p.open(&x, &[F251::ZERO]).await;
                p.check(&[seen], F251::ZERO).await;
            });
            assert!(results.iter().all(Result::is_ok), "{results:?}");
        }
    }
}

/// alpha·r = 0, that is alpha = 0 or r = 0: 1 in 125.75.
#[test]
fn a_forged_opening_with_an_honest_sigma_passes_twice_in_p() {
    let passed = accepted(2, async |puppet| forge(puppet, |_| F251::ZERO).await);
    within_five_sigma(passed, 2.0 / P - 1.0 / (P * P));
}

/// alpha·r = the shift: 1 in 252.
#[test]
fn a_forged_opening_with_a_guessed_sigma_passes_once_in_p() {
    let passed = accepted(2, async |puppet| forge(puppet, |_| F251::from_u64(77)).await);
    within_five_sigma(passed, (P - 1.0) / (P * P));
}

/// Commitments to sigma are not echoed: towards each honest party a cheater may try another guess. That adds 1/p for each
/// honest party beyond the first.
#[test]
fn another_sigma_for_each_honest_party_is_another_guess() {
    let guess = |to: usize| F251::from_u64([0, 0, 77][to]);
    let passed = accepted(3, async |puppet| forge(puppet, guess).await);
    within_five_sigma(passed, 3.0 / P - 2.0 / (P * P));
}
