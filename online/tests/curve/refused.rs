//! Programs that cannot be right, and what is printed.

use ark_ec::PrimeGroup;
use speedwell_net::PartyId;
use speedwell_online::curve::{Points, Scalar, mul};
use speedwell_online::{Error, MacKey, Result, Session, UsageFault};

use crate::common::{party, run, uniform};
use crate::{Bls1, Bls2, affine, clear, other_base};

type C = Bls1;
type F = Scalar<C>;

fn refused(program: impl AsyncFn(&Session<F>) -> Result<()>) -> UsageFault {
    let outcomes = run::<F>(2).go(async |s| program(s).await);
    match outcomes.into_iter().map(|o| (o.result, o.traffic.sent().bytes)).next() {
        // The abort that tells the peer, and nothing before it.
        Some((Err(Error::Usage(fault)), sent)) if sent < 60 => fault,
        other => panic!("{other:?}"),
    }
}

fn length(operation: &'static str, left: usize, right: usize) -> UsageFault {
    UsageFault::Length { operation, left, right }
}

async fn three(s: &Session<F>) -> Result<Points<C>> {
    Ok(s.in_exponent(&s.random(3)?))
}

#[test]
fn unequal_lengths_surface_where_something_would_be_sent() {
    let two = affine(&clear::<C>(&uniform(1, 2)));
    let scalars = uniform::<F>(1, 2);
    let cases: [(&dyn Fn(Points<C>) -> Points<C>, UsageFault); 6] = [
        (&|p| &p + &p.slice(0..2), length("add", 3, 2)),
        (&|p| &p - &p.slice(1..2), length("sub", 3, 1)),
        (&|p| p.slice(2..4), length("slice", 3, 4)),
        (&|p| p.add_public(&two), length("add_public", 3, 2)),
        (&|p| p.mul_public(&scalars), length("mul_public", 3, 2)),
        // The first fault stays.
        (&|p| (p.slice(2..4) + p.clone()).sum().append(&p), length("slice", 3, 4)),
    ];
    for (spoil, fault) in cases {
        assert_eq!(refused(async |s| s.reveal_points(&spoil(three(s).await?)).await.map(drop)), fault);
        assert_eq!(refused(async |s| s.open_points(spoil(three(s).await?)).await.map(drop)), fault);
        assert_eq!(
            refused(async |s| s.reveal_points_to(party(0), &spoil(three(s).await?)).await.map(drop)),
            fault
        );
    }
    assert_eq!(
        refused(async |s| mul(s, &s.random(2)?, &three(s).await?).await.map(drop)),
        length("mul", 2, 3)
    );
    assert_eq!(
        refused(async |s| {
            let x = Points::<C>::from_shares(&s.random(3)?, &two);
            s.reveal_points(&x).await.map(drop)
        }),
        length("from_shares", 3, 2)
    );
    // Faults of scalars go along into the group.
    assert_eq!(
        refused(async |s| {
            let x = s.random(3)?.slice(2..9);
            s.reveal_points(&(&x * &other_base::<C>())).await.map(drop)
        }),
        length("slice", 3, 9)
    );
}

#[test]
fn points_of_another_key_are_refused() {
    let key = std::sync::Arc::new(MacKey::<F>::new(party(0), 2, uniform(1, 1)[0]));
    let foreign = || Points::<C>::from_parts(&key, vec![C::generator()], vec![C::generator()]);
    let fault = refused(async |s| s.reveal_points(&foreign()).await.map(drop));
    assert_eq!(fault, UsageFault::ForeignShares);
    let fault = refused(async |s| {
        let own = s.in_exponent::<C>(&s.random(1)?);
        s.reveal_points(&(own + &foreign())).await.map(drop)
    });
    assert_eq!(fault, UsageFault::ForeignShares);
    // A vector without points in a session that is not a plan.
    let fault = refused(async |s| {
        let key = foreign();
        drop(key);
        s.reveal_points(&Points::<C>::ghost(
            &std::sync::Arc::new(MacKey::new(s.me(), 2, uniform(1, 1)[0])),
            2,
        ))
        .await
        .map(drop)
    });
    assert_eq!(fault, UsageFault::ForeignShares);
    let short = Points::<C>::from_parts(&key, vec![C::generator(); 2], vec![C::generator()]);
    assert_eq!(refused(async |s| s.reveal_points(&short).await.map(drop)), length("from_parts", 2, 1));
}

/// Programs that open points where others open scalars, or points of another group, or another number of them.
#[test]
fn other_programs_are_told_from_cheating() {
    type Program = fn(&Session<F>, usize) -> std::pin::Pin<Box<dyn Future<Output = Result<()>> + '_>>;
    let programs: [Program; 4] = [
        |s, len| Box::pin(async move { s.open(s.random(len)?).await.map(drop) }),
        |s, len| Box::pin(async move { s.open_points::<C>(s.in_exponent(&s.random(len)?)).await.map(drop) }),
        |s, len| {
            Box::pin(async move { s.open_points::<Bls2>(s.in_exponent(&s.random(len)?)).await.map(drop) })
        },
        |s, len| {
            Box::pin(async move { s.reveal_points::<C>(&s.in_exponent(&s.random(len)?)).await.map(drop) })
        },
    ];
    for (i, first) in programs.iter().enumerate() {
        for (j, second) in programs.iter().enumerate() {
            for len in [2, 3] {
                let outcomes = run::<F>(2).go(async |s| {
                    if s.me() == PartyId::new(0).unwrap() { first(s, 2).await } else { second(s, len).await }
                });
                let same = i == j && len == 2;
                for (me, outcome) in outcomes.iter().enumerate() {
                    let desync = UsageFault::Desync { peer: party(1 - me) };
                    let expected = if same { Ok(()) } else { Err(desync.into()) };
                    assert_eq!(outcome.result, expected, "{i} {j} {len}");
                }
            }
        }
    }
}

#[test]
fn debug_prints_no_share() {
    let outcomes = run::<F>(2).go(async |s| {
        let x = s.in_exponent::<C>(&s.random(2)?);
        let printed = format!("{x:?} {:?} {:?}", s, s.open_points(x.clone()).await?);
        let shares = x.point_shares().iter().chain(x.mac_shares());
        assert!(shares.map(|share| format!("{share}")).all(|share| !printed.contains(&share)));
        Ok(printed)
    });
    let printed = outcomes[0].result.clone().unwrap();
    assert_eq!(printed, "Points<bls12-381>(2, ..) Session<bls12-381>(party 0 of 2, ..) OpenedPoints(2, ..)");
}
