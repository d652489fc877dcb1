//! Programs whose course depends on what they reveal, run with exactly the material that was planned.
#![allow(missing_docs)]

mod common;

use std::collections::BTreeMap;

use common::{DEALT, party};
use speedwell_dealer::InsecureDealer;
use speedwell_field::Fp127;
use speedwell_online::order::{Aggregate, group_by};
use speedwell_online::testing::Run;
use speedwell_online::{Error, Int, Interval, Kind, Result, Session, plan};

type F = Fp127;

const KINDS: [Kind; 5] = [Kind::Triples, Kind::Squares, Kind::Bits, Kind::Randoms, Kind::Inverses];

/// What party 0 gets of a program for which there is no more material than this.
fn with_exactly<T>(
    n: usize,
    material: &BTreeMap<Kind, u64>,
    program: impl AsyncFn(&Session<F>) -> Result<T>,
) -> Result<T> {
    let material = material.clone();
    let run = Run::new(n, move |p| {
        let kinds = KINDS.into_iter().chain((0..n).map(|owner| Kind::Masks(party(owner))));
        kinds.fold(InsecureDealer::<F>::new(DEALT, p, n), |dealer, kind| {
            dealer.limit(kind, material.get(&kind).map_or(0, |n| usize::try_from(*n).unwrap()))
        })
    });
    run.go(program).remove(0).result
}

/// The number of groups is revealed; what follows is for so many rows: the squares of the counts, and which are above 1.
async fn after_the_count(s: &Session<F>, keys: &[i128]) -> Result<(Vec<i128>, Vec<bool>)> {
    let keys = Int::constant(s, keys).widen(Interval::unsigned(5))?;
    let groups = group_by(s, &keys, &[Aggregate::Count]).await?.reveal_count(s).await?;
    let counts = &groups.aggregates[0];
    let products = counts.mul(s, &groups.keys).await?;
    let above = counts.lt(s, &Int::constant(s, &vec![2; counts.len()])).await?;
    Ok((products.reveal(s).await?, above.reveal(s).await?))
}

#[test]
fn what_follows_a_revealed_number_of_groups_is_planned_for_as_many_as_there_may_be() {
    let all: [(&[i128], &[i128], &[bool]); 4] = [
        (&[4, 4, 4, 4, 4, 4], &[24], &[false]),
        (&[9, 2, 9, 2, 9, 9], &[4, 36], &[false, false]),
        (&[3, 1, 2, 2, 1, 5], &[2, 4, 3, 5], &[false, false, true, true]),
        (&[6, 5, 4, 3, 2, 1], &[1, 2, 3, 4, 5, 6], &[true; 6]),
    ];
    for n in [2, 3] {
        let planned = plan::<F, _, _>(party(0), n, async |s| after_the_count(s, &[0; 6]).await).unwrap();
        for (keys, products, above) in all {
            let got = with_exactly(n, &planned.material, async |s| after_the_count(s, keys).await);
            assert_eq!(got, Ok((products.to_vec(), above.to_vec())), "{keys:?} among {n}");
        }
        // As many groups as rows take all that was planned.
        let mut less = planned.material.clone();
        *less.get_mut(&Kind::Triples).unwrap() -= 1;
        let got = with_exactly(n, &less, async |s| after_the_count(s, all[3].0).await);
        assert!(matches!(got, Err(Error::Exhausted { kind: Kind::Triples, .. })), "{got:?}");
    }
}

/// Nothing of no rows.
#[test]
fn no_rows_are_no_groups() {
    let planned = plan::<F, _, _>(party(0), 2, async |s| after_the_count(s, &[]).await).unwrap();
    let got = with_exactly(2, &planned.material, async |s| after_the_count(s, &[]).await);
    assert_eq!(got, Ok((vec![], vec![])));
}
