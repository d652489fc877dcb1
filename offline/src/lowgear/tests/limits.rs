//! The flooding budget, and streams of randomness.

use std::collections::HashSet;

use speedwell_field::{Field, Goldilocks as F, Prg};
use speedwell_online::{Error, Kind, UsageFault};

use super::super::engine::Secret;
use super::scenario::{Scenario, every_kind};
use crate::bgv::Params;

/// What exceeds the budget by one batch is refused, with the exact count, for every kind.
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
            // Refused before anything is sent, as often as it is asked for; what is within the budget could still be made.
            let refused = Err(Error::Usage(UsageFault::FloodingBudget { need, budget }));
            assert_eq!((&party.result, &party.again), (&refused, &refused), "{kind}");
            assert_eq!(party.left(kind), 0, "{kind}");
            assert!(party.lowgear.as_ref().is_some_and(|lowgear| lowgear.engine.is_some()));
            assert_ne!(party.key(), F::ZERO);
        }
    }
}

/// No two streams of a party are alike, whatever purpose, job, batch, reply or peer.
#[test]
fn no_two_streams_are_alike() {
    let secret = Secret::of(5);
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
