//! A cheater that gives one check up to learn the MAC key, and tries to forge with it elsewhere.

use std::future::Future;
use std::pin::Pin;

use speedwell_field::{Field, Fp127};
use speedwell_online::testing::SESSION;
use speedwell_online::{
    CheckFault, Config, EpochState, Error, Journal, MemoryJournal, Preprocessing, Result, Session,
    UsageFault, Weakness,
};

use crate::common::DEALT;
use crate::puppet::{Puppet, Seen, drive, duel, opponents};

type F = Fp127;

/// What the honest party runs: it reveals an element that nobody knows.
async fn reveal(s: &Session<F>) -> Result<Vec<F>> {
    let x = s.random(1)?;
    s.reveal(&x).await
}

/// Opens with an error of one, and computes alpha from the sigmas of the check that must fail.
async fn learn(puppet: &mut Puppet<F>) -> F {
    let x = puppet.dealer.randoms(1).unwrap();
    let seen = puppet.open(&x, &[F::ONE]).await;
    let (tossed, others) = puppet.check(&[seen], F::ZERO).await.unwrap();
    // The sum is −alpha·r·1.
    -(tossed.sigma + F::sum(&others)) * tossed.r[0].inverse().unwrap()
}

/// Opens with an error of one under a MAC that fits it.
async fn forge(puppet: &mut Puppet<F>, alpha: F) {
    let x = puppet.dealer.randoms(1).unwrap();
    let Seen { values, macs } = puppet.open(&x, &[F::ONE]).await;
    let seen = Seen { values, macs: vec![macs[0] + alpha] };
    puppet.check(&[seen], F::ZERO).await;
}

/// The value that the forger changes by one.
fn honest_value() -> F {
    let x = |party| {
        let mut dealer = speedwell_dealer::InsecureDealer::<F>::new(DEALT, crate::common::party(party), 2);
        dealer.randoms(1).unwrap().value_shares()[0]
    };
    x(0) + x(1)
}

fn attack(weakness: Option<Weakness>) -> (EpochState, Result<Vec<F>>) {
    let journal = MemoryJournal::default();
    let config = |session: [u8; 16]| {
        let config = Config::new(session).journal(Box::new(journal.clone()));
        weakness.into_iter().fold(config, Config::weakness)
    };
    // The first session: its check fails, and gives alpha away.
    let mut epoch = [0; 16];
    let (results, alpha) = duel(
        2,
        DEALT,
        |_| config(SESSION),
        reveal,
        async |puppet| {
            epoch = puppet.dealer.epoch();
            let alpha = learn(puppet).await;
            assert_eq!(alpha, puppet.dealer.whole_key(), "a check that fails gives the key away");
            alpha
        },
    );
    assert_eq!(results[0], Err(Error::Check(CheckFault::Mac)));
    // A later session under the same epoch.
    let (mut puppet, sessions) = opponents::<F>(2, DEALT, |_| config(SESSION));
    let session = match &sessions[0] {
        Ok(session) => session,
        Err(error) => return (journal.state(epoch), Err(error.clone())),
    };
    let mut result = None;
    drive(vec![
        Box::pin(async { forge(&mut puppet, alpha).await }),
        Box::pin(async { result = Some(session.run(reveal).await) }),
    ]);
    (journal.state(epoch), result.unwrap())
}

#[test]
fn a_key_learnt_from_a_failed_check_opens_nothing() {
    assert_eq!(attack(None), (EpochState::Burnt, Err(UsageFault::EpochBurnt.into())));
}

/// Positive control: if nothing burns, the honest party accepts a forged value in the next session.
#[test]
fn without_burning_the_key_learnt_forges_any_value() {
    let forged = honest_value() + F::ONE;
    assert_eq!(attack(Some(Weakness::NothingBurns)), (EpochState::Live, Ok(vec![forged])));
}

/// Two sessions of one epoch at the same time (ePrint 2025/789). A source is moved into its session, so this takes two
/// copies of a source, as two processes over one store would have them. The cheater stalls the first check after the
/// honest sigma is out, computes alpha, and forges in the second.
fn two_at_once(weakness: Option<Weakness>) -> (Option<Error>, Result<Vec<F>>) {
    let journal = MemoryJournal::default();
    let config = |session: [u8; 16]| {
        let config = Config::new(session).journal(Box::new(journal.clone()));
        weakness.into_iter().fold(config, Config::weakness)
    };
    let (mut first, first_sessions) = opponents::<F>(2, DEALT, |_| config(SESSION));
    let (mut second, second_sessions) = opponents::<F>(2, DEALT, |_| config(SESSION));
    let (mut first_result, mut second_result) = (None, None);
    let play = async {
        // The second session is under way, up to the commitments, before the first opens its sigma.
        let x = second.dealer.randoms(1).unwrap();
        let Seen { values, macs } = second.open(&x, &[F::ONE]).await;
        let y = first.dealer.randoms(1).unwrap();
        let seen = first.open(&y, &[F::ONE]).await;
        let tossed = first.toss(&[seen]).await.unwrap();
        let nonce = first.commit(|_| tossed.sigma).await;
        let sigma = first.others_sigmas().await[0];
        let alpha = -(tossed.sigma + sigma) * tossed.r[0].inverse().unwrap();
        assert_eq!(alpha, first.dealer.whole_key());
        // The first check hangs; the second is served with a MAC that fits.
        second.check(&[Seen { values, macs: vec![macs[0] + alpha] }], F::ZERO).await;
        first.sigma(|_| tossed.sigma, nonce).await;
    };
    let all: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = vec![
        Box::pin(play),
        Box::pin(async { first_result = first_sessions[0].as_ref().unwrap().run(reveal).await.err() }),
        Box::pin(async { second_result = Some(second_sessions[0].as_ref().unwrap().run(reveal).await) }),
    ];
    drive(all);
    (first_result, second_result.unwrap())
}

/// The second check finds that the first has opened its sigma, and does not open its own.
#[test]
fn two_checks_under_one_key_are_never_open_at_once() {
    let (first, second) = two_at_once(None);
    assert_eq!(first, Some(Error::Check(CheckFault::Mac)));
    assert_eq!(second, Err(UsageFault::EpochBurnt.into()));
}

/// Positive control: without the gate the second session accepts a forged value.
#[test]
fn without_the_gate_a_stalled_check_breaks_another() {
    let (first, second) = two_at_once(Some(Weakness::GateUnlocked));
    assert_eq!(first, Some(Error::Check(CheckFault::Mac)));
    assert_eq!(second, Ok(vec![honest_value() + F::ONE]));
}
