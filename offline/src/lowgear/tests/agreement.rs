//! Parties that do not ask for the same, and parties that are stopped in the middle.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use speedwell_field::{Field, Goldilocks};
use speedwell_online::{AbortCode, Error, UsageFault};

use super::*;

type F = Goldilocks;

fn demand(kind: Kind, count: u64) -> BTreeMap<Kind, u64> {
    BTreeMap::from([(kind, count)])
}

fn settings() -> Settings {
    Settings::new(toy::<F>()).exceed_flooding_budget()
}

#[test]
fn another_demand_is_a_program_error_and_nobody_is_called_a_cheater() {
    let ends = parties(3, async |me, links| {
        let mut lowgear = LowGear::<F>::set_up(links, SESSION, settings()).await.unwrap();
        let kind = if me.index() == 1 { Kind::Inverses } else { Kind::Triples };
        lowgear.make(&demand(kind, 10)).await.unwrap_err()
    });
    let one = PartyId::new(1).unwrap();
    assert_eq!(ends[0], UsageFault::Desync { peer: one }.into());
    assert_eq!(ends[2], UsageFault::Desync { peer: one }.into());
    assert_eq!(ends[1], UsageFault::Desync { peer: PartyId::new(0).unwrap() }.into());
}

/// The party with the least memory decides how large blocks are, and the material is as good.
#[test]
fn the_least_memory_counts() {
    for n in [2, 3] {
        let mut ends: Vec<(usize, usize, Stock<F>)> = parties(n, async |me, links| {
            let settings = if me.index() == 1 { settings().memory(1) } else { settings() };
            let own = settings.block(n);
            let mut lowgear = LowGear::<F>::set_up(links, SESSION, settings).await.unwrap();
            let agreed = lowgear.engine.as_ref().unwrap().block;
            lowgear.make(&demand(Kind::Randoms, 128 * 3)).await.unwrap();
            // A mask for each check: three of the 128 are used.
            assert_eq!(lowgear.masks.left(), 128 - 3);
            (own, agreed, lowgear.finish().await.unwrap())
        });
        assert!(ends[0].0 > 1);
        assert!(ends.iter().all(|(_, agreed, _)| *agreed == 1));
        let alpha = ends.iter().map(|(_, _, stock)| stock.key().alpha()).fold(F::ZERO, |sum, x| sum + x);
        let randoms: Vec<_> = ends.iter_mut().map(|(_, _, stock)| stock.randoms(384).unwrap()).collect();
        reassemble(&randoms, alpha);
    }
}

/// A party gives up after so many polls: its keys are gone, no number is used again, and the others are told.
#[test]
fn making_that_is_dropped_in_the_middle_never_goes_on() {
    for polls in [1, 2, 3, 5, 8, 13, 21] {
        let ends = parties(2, async |me, links| {
            let mut lowgear = LowGear::<F>::set_up(links, SESSION, settings()).await.unwrap();
            let demand = demand(Kind::Triples, 5000);
            if me.index() == 0 {
                return lowgear.make(&demand).await;
            }
            let dropped = {
                let mut making = pin!(lowgear.make(&demand));
                let mut left = polls;
                std::future::poll_fn(|context| {
                    left -= 1;
                    match making.as_mut().poll(context) {
                        Poll::Ready(result) => Poll::Ready(Some(result)),
                        Poll::Pending if left == 0 => Poll::Ready(None),
                        Poll::Pending => Poll::Pending,
                    }
                })
                .await
            };
            assert_eq!(dropped, None, "it was still at work after {polls} polls");
            // The peer has been told; a second attempt finds no keys.
            lowgear.make(&demand).await
        });
        assert_eq!(ends[1], Err(UsageFault::EpochBurnt.into()), "{polls}");
        let stopped = Error::Aborted { by: PartyId::new(1).unwrap(), reason: AbortCode::Stopped };
        assert_eq!(ends[0], Err(stopped), "{polls}");
    }
}
