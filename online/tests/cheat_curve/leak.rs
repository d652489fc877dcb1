//! "Open, then check" over points: what a visible opening would show before the openings that it depends on were checked.
//!
//! Z = x2·(s·G) with x2 = 0. The cheater shifts the opening of x2 − a by 1, so that the parties hold shares of
//! (x2 + 1)·s·G. Whoever sees the honest shares of the output has s·G, however soon the check fails afterwards.

use ark_ec::CurveGroup;
use speedwell_field::Field;
use speedwell_net::tamper::{Direction, Watch};
use speedwell_online::curve::{decode, mul};
use speedwell_online::wire::Message;
use speedwell_online::{CheckFault, Error, Weakness};

use crate::common::{party, run};
use crate::consistent::{all_burn, shift};
use crate::scene::{C, F, Out, times_g};

/// The messages with points that passed one way between the cheater, party 0, and `peer`.
fn points(watch: &Watch, direction: Direction, peer: usize) -> Vec<Out> {
    let seen = watch.seen().into_iter();
    seen.filter(|s| s.direction == direction && s.peer == party(peer))
        .filter(|s| s.frame.header.kind == Message::Points.number())
        .map(|s| decode::<C>(&s.frame.payload).expect("one point"))
        .collect()
}

#[test]
fn nothing_visible_leaves_before_the_check_and_in_the_control_it_leaks() {
    let secret = F::from_u64(123_456_789);
    for n in [2, 3] {
        for receiver in [None, Some(0)] {
            for weakness in [None, Some(Weakness::OpenThenCheck)] {
                let run = run::<F>(n)
                    .config(move |config| weakness.into_iter().fold(config, |c, w| c.weakness(w)))
                    .cheater(0, shift(party(1), (9, vec![]), (1, vec![(0, F::ONE)])));
                let (outcomes, watches) = run.go_watched(async |s| {
                    let own = [secret, F::ZERO];
                    let both = s.input(party(1), 2, (s.me() == party(1)).then_some(&own)).await?;
                    let (secret, zero) = both.split_at(1);
                    let product = mul(s, &zero, &s.in_exponent::<C>(&secret)).await?;
                    match receiver {
                        None => s.reveal_points(&product).await.map(Some),
                        Some(receiver) => s.reveal_points_to(party(receiver), &product).await,
                    }
                });
                all_burn(&outcomes, 0, &Error::Check(CheckFault::Mac));
                let seen: Vec<Vec<Out>> =
                    (1..n).map(|peer| points(&watches[0], Direction::In, peer)).collect();
                if weakness.is_none() {
                    assert!(seen.iter().all(|from| from.len() == 1), "the masked difference alone");
                    continue;
                }
                let own = points(&watches[0], Direction::Out, 1)[1];
                let sum = seen.iter().fold(C::from(own), |sum, from| sum + from[1]).into_affine();
                // To one party it goes masked, by a mask of that party: then it is the cheater's to take off.
                assert_eq!(sum == times_g(secret), receiver.is_none());
            }
        }
    }
}
