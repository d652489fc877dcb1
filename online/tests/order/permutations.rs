//! Shuffles, and rows sent to secret places.

use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_online::order::{Permutation, send_to, shuffle};
use speedwell_online::{Shares, UsageFault};

use crate::common::{is_uniform, run};
use crate::scene::{F, SIZES, all_clear, all_get, clear, count, secret};

#[test]
fn a_shuffle_moves_whole_rows_and_loses_none() {
    for n in [2, 3] {
        for rows in SIZES {
            let payload: Vec<i128> = count(rows).iter().map(|k| 1000 - 7 * k).collect();
            let columns = all_get::<F, _>(n, async |s| {
                let table = [secret(s, &count(rows)).await?, secret(s, &payload).await?];
                all_clear(s, &shuffle(s, &table).await?).await
            });
            assert!(columns[0].iter().zip(&columns[1]).all(|(k, p)| *p == 1000 - 7 * k));
            let mut seen = columns[0].clone();
            seen.sort_unstable();
            assert_eq!(seen, count(rows), "{n} parties");
        }
    }
}

#[test]
fn a_permutation_is_the_same_at_each_use_and_can_be_undone() {
    fn check<F: Field>(n: usize, rows: usize) {
        let (there, again, back) = all_get::<F, _>(n, async |s| {
            let x = secret(s, &count(rows)).await?;
            let both = Permutation::draw_many(s, rows, 2).await?;
            assert_eq!(both[1].rows(), rows);
            let there = both[1].apply(s, std::slice::from_ref(&x)).await?;
            let again = both[1].apply(s, &[x.clone(), x]).await?;
            let back = both[1].invert(s, &there).await?;
            Ok((all_clear(s, &there).await?, all_clear(s, &again).await?, all_clear(s, &back).await?))
        });
        assert_eq!((&there[0], &there[0]), (&again[0], &again[1]));
        assert_eq!(back[0], count(rows));
    }
    for rows in SIZES {
        check::<Fp127>(2, rows);
        check::<Goldilocks>(3, rows);
    }
}

#[test]
fn rows_go_to_secret_destinations() {
    for n in [2, 3] {
        for rows in SIZES {
            // 11 divides none of the sizes.
            let destinations: Vec<i128> = count(rows).iter().map(|k| k * 11 % rows as i128).collect();
            let columns = all_get::<F, _>(n, async |s| {
                let to = secret(s, &destinations).await?;
                all_clear(s, &send_to(s, &to, &[to.clone(), secret(s, &count(rows)).await?]).await?).await
            });
            assert_eq!(columns[0], count(rows));
            for (row, to) in destinations.iter().enumerate() {
                assert_eq!(columns[1][*to as usize], row as i128);
            }
        }
    }
}

#[test]
fn what_cannot_be_moved_is_refused() {
    let outcomes = run::<F>(2).go(async |s| {
        let x = secret(s, &[1, 2, 3]).await?;
        let drawn = Permutation::draw(s, 3).await?;
        assert_eq!(drawn.apply(s, &[]).await?.len(), 0);
        let length = |left, right| UsageFault::Length { operation: "shuffle", left, right };
        assert_eq!(shuffle(s, &[x.clone(), x.slice(0..2)]).await.unwrap_err(), length(3, 2).into());
        assert!(drawn.apply(s, &[x.slice(0..2)]).await.is_err());
        let to = secret(s, &[0, 2, 2]).await?;
        send_to(s, &to, &[x]).await
    });
    for outcome in outcomes {
        let error = outcome.result.unwrap_err();
        assert!(
            matches!(error, speedwell_online::Error::Usage(UsageFault::NotAPermutation { .. })),
            "{error}"
        );
    }
}

/// The composed permutation of four rows is uniform, and so are revealed destinations, whatever they are of.
#[test]
fn shuffles_and_revealed_destinations_are_uniform() {
    fn index(p: &[i128]) -> usize {
        let smaller = |at: usize| p[at + 1..].iter().filter(|x| **x < p[at]).count();
        smaller(0) * 6 + smaller(1) * 2 + smaller(2)
    }
    let sample = |destinations: [i128; 4]| {
        let all = all_get::<F, _>(2, async |s| {
            let mut all = Vec::new();
            let drawn = Permutation::draw_many(s, 4, 600).await?;
            let x = secret(s, &destinations).await?;
            for permutation in drawn {
                all.push(permutation.apply(s, std::slice::from_ref(&x)).await?.remove(0));
            }
            let all: Vec<&Shares<F>> = all.iter().collect();
            clear(s, &Shares::concat(&all).unwrap()).await
        });
        let mut counts = vec![0; 24];
        all.chunks(4).for_each(|p| counts[index(p)] += 1);
        counts
    };
    for destinations in [[0, 1, 2, 3], [2, 3, 1, 0]] {
        // Once in 10^6 by chance: again.
        assert!(is_uniform(&sample(destinations)) || is_uniform(&sample(destinations)));
    }
    // Uniform controls would not do: a network of four wires has five switches, and 32 ways to set them.
    let controls: Vec<u32> = (0..24).map(|p| if p < 8 { 50 } else { 12 }).collect();
    assert!(!is_uniform(&controls));
}
