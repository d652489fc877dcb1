//! An unfinished check repeated with a new χ on the same values: what it would show, and that it does not happen.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use speedwell_field::{Field, Goldilocks, Prg};
use speedwell_net::tamper::{Direction, Event, Mutation};
use speedwell_net::{NetError, NetFault};
use speedwell_online::wire::Message;
use speedwell_online::{Error, Kind, Preprocessing};

use super::super::cheat::Weakness;
use super::super::proof::seed_of;
use super::acts::Acts;
use super::scenario::{End, Scenario, id};

type F = Goldilocks;

/// Elements of a batch on the small ring: what one check combines.
const BATCH: usize = 32;

/// What P_0 sent to the last party as its share of the combination, check by check.
fn openings(end: &End<F>) -> Vec<F> {
    let seen = end.watches.iter().flat_map(|watch| watch.seen());
    let opened = seen.filter(|s| {
        (s.direction, s.peer, s.frame.header.kind) == (Direction::In, id(0), Message::Open.number())
    });
    let share = |s: speedwell_net::tamper::Sighting| {
        let mut share = [F::ZERO];
        // Behind a count and a label.
        assert!(F::decode(&s.frame.payload[16..24], &mut share));
        share[0]
    };
    opened.map(share).collect()
}

/// The χ of one check.
fn coefficients(seed: &[u8; 32]) -> Vec<F> {
    let mut chi = vec![F::ZERO; BATCH];
    F::sample(&mut Prg::new(&seed_of(seed)), &mut chi);
    chi
}

/// The solution of a linear system, each row with its right side last.
fn solve(mut rows: Vec<Vec<F>>) -> Vec<F> {
    for column in 0..rows.len() {
        let pivot = (column..rows.len()).find(|row| rows[*row][column] != F::ZERO).unwrap();
        rows.swap(column, pivot);
        let inverse = rows[column][column].inverse().unwrap();
        rows[column].iter_mut().for_each(|x| *x *= inverse);
        let own = rows[column].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(row, _)| *row != column) {
            let factor = row[column];
            row.iter_mut().zip(&own).for_each(|(x, own)| *x -= factor * *own);
        }
    }
    rows.iter().map(|row| row[BATCH]).collect()
}

/// Two openings of the same values and mask under two χ differ by a combination without a mask. A cheater that has a check begun anew 32
/// times reads all shares of an honest party, and every check passes.
#[test]
fn a_check_that_is_repeated_shows_all_shares() {
    for n in [2, 3] {
        let seeds: Arc<Mutex<Vec<[u8; 32]>>> = Arc::default();
        let (noted, asked) = (seeds.clone(), seeds.clone());
        let acts = Acts::<F>::honest()
            .check(move |_, seed, _, _, _| noted.lock().unwrap().push(*seed))
            .again(move || asked.lock().unwrap().len() <= BATCH);
        let mut end = Scenario::<F>::new(n, Kind::Randoms, 10)
            .deviates(n - 1, acts)
            .without(Weakness::CheckRepeated)
            .run();
        end.passed();
        let (seeds, rho) = (seeds.lock().unwrap().clone(), openings(&end));
        assert_eq!((seeds.len(), rho.len()), (BATCH + 1, BATCH + 1));
        let chi: Vec<Vec<F>> = seeds.iter().map(coefficients).collect();
        let rows = chi.iter().zip(&rho).skip(1).map(|(chi_t, rho_t)| {
            let differences = chi_t.iter().zip(&chi[0]).map(|(x, y)| *x - *y);
            differences.chain([*rho_t - rho[0]]).collect()
        });
        let read = solve(rows.collect());
        let shares = end.parties[0].stock.as_mut().unwrap().randoms(BATCH).unwrap();
        assert_eq!(read, shares.value_shares(), "every share of P_0");
    }
}

/// The same wish where nobody grants it: who keeps its own share of the combination back, so that the check cannot end, sees one
/// combination. Values, mask and keys are gone then; there is nothing to begin anew with.
#[test]
fn cheat_check_bad_silence_gets_one_combination() {
    for n in [2, 3] {
        for kind in [Kind::Randoms, Kind::Triples] {
            let end = Scenario::<F>::new(n, kind, 10)
                .tampers(n - 1, |event: &Event<'_>| {
                    if event.out() && event.kind() == Message::Open.number() {
                        Mutation::Delay(Duration::from_secs(3600)).apply(event)
                    } else {
                        event.pass()
                    }
                })
                .run();
            assert!(end.altered());
            end.ended_with(|_| Error::Net(NetError { peer: id(n - 1), fault: NetFault::TimedOut }));
            assert_eq!(openings(&end).len(), 1);
        }
    }
}
