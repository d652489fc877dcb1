//! Every operation against the clear one, for two, three and five parties, over three groups.

use ark_ec::{AdditiveGroup, CurveGroup, PrimeGroup};
use proptest::prelude::*;
use speedwell_field::{ArkField, CurveField, Field};
use speedwell_online::curve::{Base, Curve, Points, Scalar, mul};
use speedwell_online::{EpochState, Result, Session, Shares, join};

use crate::common::{party, run, uniform};
use crate::{Bls1, Bls2, Bn, affine, clear, other_base};

/// x from party 0 and y from the last party.
async fn two_inputs<F: Field>(s: &Session<F>, x: &[F], y: &[F]) -> Result<(Shares<F>, Shares<F>)> {
    let (p, q) = (party(0), party(s.parties() - 1));
    let left = s.input(p, x.len(), (s.me() == p).then_some(x));
    let right = s.input(q, y.len(), (s.me() == q).then_some(y));
    Ok((left.await?, right.await?))
}

fn check_all<S: CurveField, C: CurveGroup<ScalarField = S> + Curve>(n: usize, seed: u64, len: usize) {
    let (x, y) = (uniform::<Scalar<C>>(seed, len), uniform::<Scalar<C>>(!seed, len));
    let scalars = uniform::<Scalar<C>>(seed ^ 5, len);
    let public = affine(&clear::<C>(&uniform(seed ^ 9, len)));
    let base = other_base::<C>();
    let outcomes = run::<ArkField<S>>(n).go(async |s| {
        let (a, b) = two_inputs(s, &x, &y).await?;
        let (a_g, b_g): (Points<C>, Points<C>) = (s.in_exponent(&a), &b * &base);
        let product = mul(s, &a, &b_g).await?;
        let parts = [
            product,
            &a_g + &b_g,
            &a_g - &b_g,
            -&a_g,
            &a_g * scalars.first().copied().unwrap_or(Scalar::<C>::ONE),
            a_g.clone().mul_public(&scalars),
            a_g.clone().add_public(&public),
            Points::from_shares(&a, &public),
            s.constant_points(&public),
            a_g.sum(),
            a_g.slice(0..len / 2).append(&a_g.slice(len / 2..len)),
        ];
        let all = parts.iter().skip(1).fold(parts[0].clone(), |all, part| all.append(part));
        s.reveal_points(&all).await
    });
    let (a, b): (Vec<C>, Vec<C>) = (clear(&x), y.iter().map(|y| base.point() * y.0).collect());
    let entrywise = |f: &dyn Fn(usize) -> C| -> Vec<C> { (0..len).map(f).collect() };
    let expected = [
        entrywise(&|k| b[k] * x[k].0),
        entrywise(&|k| a[k] + b[k]),
        entrywise(&|k| a[k] - b[k]),
        entrywise(&|k| -a[k]),
        entrywise(&|k| a[k] * scalars[0].0),
        entrywise(&|k| a[k] * scalars[k].0),
        entrywise(&|k| a[k] + public[k]),
        entrywise(&|k| public[k] * x[k].0),
        entrywise(&|k| public[k].into()),
        vec![a.iter().sum()],
        a.clone(),
    ]
    .concat();
    for outcome in outcomes {
        assert_eq!(outcome.result.unwrap(), affine(&expected));
        assert_eq!(outcome.epoch, EpochState::Live);
    }
}

#[test]
fn operations_agree_with_the_clear_ones() {
    for n in [2, 3, 5] {
        check_all::<_, Bls1>(n, 1, 3);
        check_all::<_, Bn>(n, 2, 3);
    }
    check_all::<_, Bls2>(2, 3, 2);
    check_all::<_, Bls1>(2, 4, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn operations_agree_on_random_vectors(seed in any::<u64>(), n in 2_usize..4, len in 0_usize..6) {
        check_all::<_, Bn>(n, seed, len);
    }

    /// Tables, against ark's multiplication; zero, one and p − 1 among the scalars.
    #[test]
    fn tables_agree_with_multiplication(seed in any::<u64>()) {
        fn check<C: Curve>(seed: u64) {
            let mut scalars = uniform::<Scalar<C>>(seed, 3);
            scalars.extend([Field::ZERO, Scalar::<C>::ONE, -Scalar::<C>::ONE, Field::from_u64(256)]);
            let base = other_base::<C>();
            let expected: Vec<C> = scalars.iter().map(|x| base.point() * x.0).collect();
            assert_eq!(base.multiples(&scalars), expected);
        }
        check::<Bls1>(seed);
        check::<Bn>(seed);
    }
}

#[test]
fn the_table_of_zero_gives_zero() {
    let base = Base::<Bn>::new(Bn::ZERO);
    assert_eq!(base.multiples(&uniform(1, 2)), [Bn::ZERO; 2]);
}

/// Opened values multiply points, and opened points are added: what the masks hide comes out when they go.
#[test]
fn opened_scalars_and_points_serve_as_constants() {
    let (x, y) = (uniform::<Scalar<Bls1>>(1, 3), uniform::<Scalar<Bls1>>(2, 3));
    let outcomes = run::<Scalar<Bls1>>(3).go(async |s| {
        let (a, b) = two_inputs(s, &x, &y).await?;
        let (r, t) = (s.random(3)?, s.random(3)?);
        let (c, d) = (s.open(&a + &r), s.open_points::<Bls1>(s.in_exponent(&(&b + &t))));
        let (c, d) = (c.await?, d.await?);
        // (x + r)·P − r·P for public P, and (y + t)·G − t·G.
        let p = s.in_exponent::<Bls1>(&s.constant(&y));
        let left = &p * &c - Points::from_shares(&r, &affine(&clear::<Bls1>(&y)));
        let right = -s.in_exponent::<Bls1>(&t) + &d;
        s.reveal_points(&left.append(&right)).await
    });
    let products: Vec<_> = x.iter().zip(&y).map(|(x, y)| *x * *y).collect();
    for outcome in outcomes {
        assert_eq!(outcome.result.unwrap(), affine(&clear::<Bls1>(&[products.clone(), y.clone()].concat())));
    }
}

#[test]
fn points_are_revealed_to_one_party() {
    for (n, receiver) in [(2, 0), (3, 2), (5, 1)] {
        let x = uniform::<Scalar<Bn>>(3, 4);
        let outcomes = run::<Scalar<Bn>>(n).go(async |s| {
            let (a, _) = two_inputs(s, &x, &x).await?;
            s.reveal_points_to::<Bn>(party(receiver), &s.in_exponent(&a)).await
        });
        for (me, outcome) in outcomes.into_iter().enumerate() {
            let expected = (me == receiver).then(|| affine(&clear::<Bn>(&x)));
            assert_eq!(outcome.result.unwrap(), expected, "party {me} of {n}");
        }
    }
}

/// Field elements, points of G1 and points of G2, all revealed at one level: two checks for all of them.
#[test]
fn groups_and_field_share_rounds_and_checks() {
    let x = uniform::<Scalar<Bls1>>(4, 2);
    for n in [2, 3] {
        let outcomes = run::<Scalar<Bls1>>(n).go(async |s| {
            let (a, b) = two_inputs(s, &x, &x).await?;
            let (p, q) = (s.in_exponent::<Bls1>(&a), s.in_exponent::<Bls2>(&b));
            drop(mul(s, &a, &q).await?);
            let ((values, g1), g2) = join(join(s.reveal(&a), s.reveal_points(&p)), s.reveal_points(&q)).await;
            Ok((values?, g1?, g2?))
        });
        for outcome in outcomes {
            let expected = (x.clone(), affine(&clear::<Bls1>(&x)), affine(&clear::<Bls2>(&x)));
            assert_eq!(outcome.result.unwrap(), expected);
            assert_eq!((outcome.report.checks, outcome.report.rounds), (2, 1 + 1 + 3 + 1 + 3));
            assert_eq!((outcome.report.points, outcome.report.points_revealed), (2 + 4, 4));
        }
    }
}

/// Rounds of several frames, with a last one that is full or not, in more than one vector; checked in several blocks.
#[test]
fn rounds_of_many_points_are_cut_into_frames() {
    // A frame holds 4,096 points of 64 bytes.
    for (first, second) in [(4_096, 0), (4_095, 2)] {
        let outcomes = run::<Scalar<Bn>>(2).go(async |s| {
            let all = s.in_exponent::<Bn>(&s.random(first + second)?);
            let (p, q) = (all.slice(0..first), all.slice(first..first + second));
            let (p, q) = join(s.reveal_points(&p), s.reveal_points(&q)).await;
            Ok((p?.len(), q?.len(), s.report().bytes_sent_per_peer))
        });
        for outcome in outcomes {
            let (p, q, bytes) = outcome.result.unwrap();
            assert_eq!((p, q), (first, second));
            assert_eq!(outcome.traffic.sent().bytes, bytes);
        }
    }
}

#[test]
fn planning_reveals_generators() {
    let report = speedwell_online::plan::<Scalar<Bn>, _, _>(party(0), 2, async |s| {
        let x = s.in_exponent::<Bn>(&s.random(3)?);
        assert_eq!(s.reveal_points(&x).await?, vec![Bn::generator().into_affine(); 3]);
        assert_eq!(s.reveal_points_to(party(1), &x).await?, None);
        assert_eq!(s.reveal_points_to(party(0), &x).await?, Some(vec![Bn::generator().into_affine(); 3]));
        Ok(())
    });
    assert_eq!(report.unwrap().points, 9);
}
