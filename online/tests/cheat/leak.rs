//! "Open, then check": what a visible opening would show before the openings that it depends on were checked.
//!
//! f = x2·s with x2 = 0. The cheater shifts the opening ε of x2 − a by 1, so that the parties hold shares of x2·s + b, where
//! b = s − ρ and ρ has been opened. Whoever sees the honest shares of the output has s, however soon the check fails afterwards.

use speedwell_field::{F251, Field, Fp127};
use speedwell_net::tamper::{Direction, Watch};
use speedwell_online::testing::Outcome;
use speedwell_online::wire::Message;
use speedwell_online::{CheckFault, Error, Result, Session, Weakness, protocol::mul};

use crate::common::{are_alike, dealer_seed, decoded, elements, histogram, party, run_dealt, shift};
use crate::consistent::all_burn;

/// Party 1 puts s and x2 = 0 in; the product is revealed.
async fn program<F: Field>(s: &Session<F>, secret: F) -> Result<Vec<F>> {
    let own = [secret, F::ZERO];
    let both = s.input(party(1), 2, (s.me() == party(1)).then_some(&own)).await?;
    let (secret, zero) = both.split_at(1);
    let product = mul(s, &zero, &secret).await?;
    s.reveal(&product).await
}

/// A run with party 0 as the cheater.
fn attack<F: Field>(
    n: usize,
    number: u64,
    secret: F,
    weakness: Option<Weakness>,
) -> (Vec<Outcome<Vec<F>>>, Watch) {
    let run = run_dealt::<F>(n, dealer_seed(number))
        .config(move |config| weakness.into_iter().fold(config.toy_field(), |c, w| c.weakness(w)))
        .cheater(0, shift(party(1), vec![(1, 0, F::ONE)]));
    let (outcomes, mut watches) = run.go_watched(async |s| program(s, secret).await);
    assert!(watches[0].altered() >= n);
    (outcomes, watches.remove(0))
}

/// What the cheater received from `peer` in its openings, in order.
fn openings<F: Field>(watch: &Watch, direction: Direction, peer: usize) -> Vec<Vec<F>> {
    let seen = watch.seen().into_iter();
    seen.filter(|s| s.direction == direction && s.peer == party(peer))
        .filter(|s| s.frame.header.kind == Message::Open.number())
        .map(|s| elements(&s.frame.payload))
        .collect()
}

/// What the output shows the cheater: the third round of openings, summed over all parties, and ρ of the second.
fn output_seen<F: Field>(watch: &Watch, n: usize) -> Option<F> {
    let of = |rounds: Vec<Vec<F>>| Some(rounds.get(2)?[0] + rounds[1][1]);
    let own = of(openings(watch, Direction::Out, 1))?;
    (1..n).try_fold(own, |sum, peer| Some(sum + of(openings(watch, Direction::In, peer))?))
}

#[test]
fn the_cheater_receives_nothing_visible_before_the_check() {
    for n in [2, 3] {
        for secret in [Fp127::from_u64(123_456_789), Fp127::ZERO] {
            let (outcomes, watch) = attack(n, 7, secret, None);
            all_burn(&outcomes, 0, &Error::Check(CheckFault::Mac));
            for peer in 1..n {
                assert_eq!(openings::<Fp127>(&watch, Direction::In, peer).len(), 2, "inputs and differences");
            }
            assert_eq!(output_seen::<Fp127>(&watch, n), None);
            assert!(outcomes[1..].iter().all(|o| (o.report.revealed, o.report.checks) == (0, 0)));
        }
    }
}

/// Positive control: the same attack shows s, although the check fails afterwards and no honest party gets an output.
#[test]
fn open_then_check_leaks_the_secret() {
    for n in [2, 3] {
        for secret in [Fp127::from_u64(123_456_789), Fp127::from_u64(5)] {
            let (outcomes, watch) = attack(n, 7, secret, Some(Weakness::OpenThenCheck));
            all_burn(&outcomes, 0, &Error::Check(CheckFault::Mac));
            assert_eq!(output_seen(&watch, n), Some(secret));
        }
    }
}

/// Ways to show something that is not masked by a fresh uniform element.
#[derive(Clone, Copy, Debug)]
enum Shown {
    ToAll,
    ToTheCheater,
    /// Masked statistically.
    Statistically,
}

/// Whatever is shown, and however, waits for the check over the product's openings; in the control it does not.
#[test]
fn every_visible_or_statistical_opening_waits_for_a_check() {
    for shown in [Shown::ToAll, Shown::ToTheCheater, Shown::Statistically] {
        for (weakness, rounds) in [(None, 2), (Some(Weakness::OpenThenCheck), 3)] {
            let run = run_dealt::<Fp127>(3, dealer_seed(1))
                .config(move |config| weakness.into_iter().fold(config, |c, w| c.weakness(w)))
                .cheater(0, shift(party(1), vec![(1, 0, Fp127::ONE)]));
            let (outcomes, watches) = run.go_watched(async |s| {
                let own = [Fp127::from_u64(9), Fp127::ZERO];
                let both = s.input(party(1), 2, (s.me() == party(1)).then_some(&own)).await?;
                let product = mul(s, &both.slice(1..2), &both.slice(0..1)).await?;
                match shown {
                    Shown::ToAll => drop(s.reveal(&product).await?),
                    Shown::ToTheCheater => drop(s.reveal_to(party(0), &product).await?),
                    Shown::Statistically => drop(s.open_statistical(product).await?),
                }
                s.check().await
            });
            all_burn(&outcomes, 0, &Error::Check(CheckFault::Mac));
            for peer in [1, 2] {
                let seen = openings::<Fp127>(&watches[0], Direction::In, peer).len();
                assert_eq!(seen, rounds, "{shown:?} {weakness:?}");
            }
        }
    }
}

/// All field elements that the cheater of two parties receives before the check has passed, and, where it is sent, the
/// output.
fn received(number: u64, secret: F251, weakness: Option<Weakness>) -> Vec<F251> {
    let (_, watch) = attack(2, number, secret, weakness);
    let rounds = openings::<F251>(&watch, Direction::In, 1);
    let mut all = rounds[..2].concat();
    let sigma = watch
        .seen()
        .into_iter()
        .find(|s| s.direction == Direction::In && s.frame.header.kind == Message::Sigma.number())
        .map(|s| decoded(&s.frame.payload[..F251::BYTES]))
        .expect("the honest party opens its sigma");
    all.push(sigma);
    if weakness.is_some() {
        all.extend(output_seen::<F251>(&watch, 2));
    }
    all
}

/// For each element and each pair of elements received: does it tell one secret from another?
fn telling(weakness: Option<Weakness>, first: u64, runs: u64) -> Vec<(usize, usize)> {
    let views = |secret: u64, first: u64| -> Vec<Vec<F251>> {
        let numbers = first..first + runs;
        numbers.map(|number| received(number, F251::from_u64(secret), weakness)).collect()
    };
    let (a, b) = (views(0, first), views(100, first + runs));
    let width = a[0].len();
    let mut telling = Vec::new();
    for i in 0..width {
        for j in i..width {
            let of = |views: &[Vec<F251>]| {
                histogram(251, views.iter().map(|v| if i == j { v[i] } else { v[i] + v[j] + v[j] }))
            };
            if !are_alike(&of(&a), &of(&b)) {
                telling.push((i, j));
            }
        }
    }
    telling
}

/// The cheater's view does not depend on the secret; in the control it does, in the output and in nothing else that is
/// not combined with it.
#[test]
fn what_the_cheater_receives_does_not_depend_on_the_secret() {
    let runs = 1_000;
    let mut told = telling(None, 0, runs);
    if !told.is_empty() {
        // Once in 10^6 by chance: again, on new seeds.
        told = telling(None, 1_000_000, runs);
    }
    assert_eq!(told, []);
    let told = telling(Some(Weakness::OpenThenCheck), 0, runs);
    assert!(told.contains(&(5, 5)), "{told:?}");
    assert!(told.iter().all(|(_, j)| *j == 5), "{told:?}");
}
