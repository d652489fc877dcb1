//! The flooding budget, and streams of randomness.

use std::collections::HashSet;

use speedwell_field::{Field, Goldilocks as F, Prg};
use speedwell_online::{Error, Kind, UsageFault};

use super::super::engine::Secret;
use super::scenario::{Scenario, every_kind};
use crate::bgv::Params;

/// The first batch beyond the budget is refused, with the exact count, for every kind; what there is stays.
#[test]
fn replies_beyond_the_flooding_budget_are_refused() {
    let params = (40..80).map(|sec| Params::insecure_toy::<F>(32, sec).unwrap());
    let params = params.into_iter().find(|params| params.replies_per_epoch() >= 9).unwrap();
    let budget = params.replies_per_epoch();
    for kind in every_kind(2) {
        let each = match kind {
            Kind::Triples | Kind::Inverses => 4,
            Kind::Squares | Kind::Bits => 3,
            _ => 1,
        };
        // One reply is spent on the mask of the first check; jobs of one batch.
        let batches = (budget - 1) / each;
        let scenario = |count: u64| {
            Scenario::<F>::new(2, kind, 32 * count).params(params.clone()).in_single_batches().within_budget()
        };
        let end = scenario(batches).run();
        end.passed();
        let need = 1 + each * (batches + 1);
        let end = scenario(batches + 1).run();
        for party in &end.parties {
            assert_eq!(
                party.result,
                Err(Error::Usage(UsageFault::FloodingBudget { need, budget })),
                "{kind}"
            );
            assert_eq!(party.again, Err(UsageFault::EpochBurnt.into()));
            // The block before the refused one had not been checked; what still has to be opened is gone.
            let made = match kind {
                Kind::Bits | Kind::Inverses => 0,
                _ => usize::try_from(32 * (batches - 1)).unwrap(),
            };
            assert_eq!(party.left(kind), made, "{kind}");
            assert_ne!(party.key(), F::ZERO);
        }
    }
}

/// No two streams of a party are alike, whatever purpose, job, batch, reply or peer.
#[test]
fn no_two_streams_are_alike() {
    let secret = Secret([5; 32]);
    let mut seen = HashSet::new();
    let mut count = 0;
    let mut add = |mut prg: Prg| {
        let mut bytes = [0; 16];
        prg.fill(&mut bytes);
        seen.insert(bytes);
        count += 1;
    };
    for job in 0..12 {
        for batch in 0..12 {
            let purposes = [
                "lowgear authenticated",
                "lowgear factor",
                "lowgear second factor",
                "lowgear encrypted factor",
                "lowgear input shares",
            ];
            purposes.iter().for_each(|purpose| add(secret.stream(purpose, &[job, batch])));
            for which in 1..=4 {
                for peer in 0..5 {
                    for purpose in ["lowgear reply mask", "lowgear reply randomness"] {
                        add(secret.stream(purpose, &[job, batch, which, peer]));
                    }
                }
            }
        }
    }
    assert_eq!(seen.len(), count);
    assert!(count > 6000);
}
