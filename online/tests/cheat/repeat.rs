//! A check that did not end is never made again over the same values with another coin.
//!
//! With σ = Σ r_j·δ_j opened under one coin and again under another, every δ_j = γ(x_j)_i − α_i·x_j comes out: with two
//! openings and two coins, by solving two equations.

use speedwell_dealer::InsecureDealer;
use speedwell_field::{Field, Fp127};
use speedwell_online::testing::SESSION;
use speedwell_online::wire::Message;
use speedwell_online::{Config, Error, PeerFault, Preprocessing, Session, Weakness};

use crate::common::{DEALT, decoded, party};
use crate::puppet::{Puppet, Seen, drive, opponents};

type F = Fp127;

/// One check up to the honest party's sigma, and then no answer to it but an empty message.
async fn interrupted(puppet: &mut Puppet<F>, seen: &[Seen<F>]) -> Option<(Vec<F>, F)> {
    let tossed = puppet.toss(seen).await?;
    puppet.commit(|_| tossed.sigma).await;
    let theirs = puppet.receive(Message::Sigma).await.remove(0)?;
    puppet.send_all(Message::Sigma, &[]).await;
    puppet.receive(Message::Abort).await;
    Some((tossed.r, decoded(&theirs[..F::BYTES])))
}

/// What the honest party's two runs gave, and the coefficients and the sigma of each check that it took part in.
fn attack(weakness: Option<Weakness>) -> ([Error; 2], Vec<(Vec<F>, F)>, usize) {
    let config = |_| weakness.into_iter().fold(Config::new(SESSION), Config::weakness);
    let (mut puppet, sessions) = opponents::<F>(2, DEALT, config);
    let session = sessions[0].as_ref().unwrap();
    let mut checks = Vec::new();
    let mut errors = Vec::new();
    let mut surplus = 0;
    drive(vec![
        Box::pin(async {
            for _ in 0..2 {
                let run = session.run(async |s: &Session<F>| {
                    if s.report().opened == 0 {
                        drop(s.open(s.random(2)?).await?);
                    }
                    s.check().await
                });
                errors.extend(run.await.err());
            }
        }),
        Box::pin(async {
            let x = puppet.dealer.randoms(2).unwrap();
            let seen = [puppet.open(&x, &[F::ZERO; 2]).await];
            checks.extend(interrupted(&mut puppet, &seen).await);
            if weakness.is_some() {
                checks.extend(interrupted(&mut puppet, &seen).await);
            }
            // Give the honest party the time to send whatever it would.
            for _ in 0..100 {
                let mut again = true;
                std::future::poll_fn(|_| match std::mem::take(&mut again) {
                    true => std::task::Poll::Pending,
                    false => std::task::Poll::Ready(()),
                })
                .await;
            }
            surplus = puppet.leftover().len();
        }),
    ]);
    (errors.try_into().unwrap(), checks, surplus)
}

#[test]
fn an_unfinished_check_is_never_repeated() {
    let (errors, checks, surplus) = attack(None);
    let fault = Error::peer(party(0), PeerFault::WrongLength);
    assert_eq!(errors, [fault.clone(), fault]);
    assert_eq!(checks.len(), 1);
    assert_eq!(surplus, 0, "not one more message leaves");
}

/// Positive control: a session that goes on opens another combination of the same values, and the two give each of them.
#[test]
fn a_repeated_check_opens_every_value_apart() {
    let (_, checks, _) = attack(Some(Weakness::CheckRepeated));
    let [(r, sigma), (again, other)] = checks.try_into().expect("two sigmas over the same values");
    let determinant = (r[0] * again[1] - r[1] * again[0]).inverse().expect("another coin");
    let first = (sigma * again[1] - other * r[1]) * determinant;
    let second = (other * r[0] - sigma * again[0]) * determinant;
    // What the honest party never meant to open.
    let dealt = |p| InsecureDealer::<F>::new(DEALT, party(p), 2);
    let (mut honest, mut cheater) = (dealt(1), dealt(0));
    let (shares, others) = (honest.randoms(2).unwrap(), cheater.randoms(2).unwrap());
    let alpha = honest.key().alpha();
    let delta =
        |j: usize| shares.mac_shares()[j] - alpha * (shares.value_shares()[j] + others.value_shares()[j]);
    assert_eq!((first, second), (delta(0), delta(1)));
}
