//! One opening of a long program shifted, whichever it is: nobody gets a result, and the epoch is dead.
//!
//! The programs are those of which no single message is looked at elsewhere: groups, look-up, functions of fixed-point
//! numbers, matrices; symmetric systems in `sweep_matrices`. By default every seventh opening, from another one for each program; `SPEEDWELL_LONG=1` takes all.

use speedwell_field::Field;
use speedwell_net::tamper::{Action, Event};
use speedwell_online::linear::Matrix;
use speedwell_online::order::{Aggregate, OneHot, group_by};
use speedwell_online::testing::Outcome;
use speedwell_online::wire::{Message, ROUND_PREFIX};
use speedwell_online::{
    CheckFault, EpochState, Error, Fixed, Int, Interval, PeerFault, Result, Session, Weakness,
};

use crate::common::{add_to, element, is, long, party, run};
use crate::consistent::witness;
use crate::scene::F;

/// Adds 1 to the first element of the cheater's nth round of openings, where it has one, towards everybody.
fn nudge(nth: usize, cheater: usize) -> impl FnMut(&Event<'_>) -> Vec<Action> + Send + 'static {
    move |event| {
        let on_target = is(event, Message::Open) && event.nth() == nth;
        let longer = event.frame.payload.len() >= ROUND_PREFIX + F::BYTES;
        if !on_target || !longer || !(event.out() || event.peer == witness(cheater)) {
            return event.pass();
        }
        event.rewrite(|payload| add_to(&mut payload[element::<F>(0)], F::ONE))
    }
}

/// Runs `program` again and again among n, with one opening of the cheater shifted each time: the `first` one, and then every
/// `step`th. Where none was left to shift the result has to be `right`; where one was, `verdict` sees each honest party. How
/// many were shifted.
pub fn each_opening<T: Send + PartialEq + std::fmt::Debug>(
    (n, cheater): (usize, usize),
    (first, step): (usize, usize),
    right: &T,
    program: impl AsyncFn(&Session<F>) -> Result<T> + Sync,
    verdict: impl Fn(&Outcome<T>),
) -> usize {
    let (mut shifted, mut nth) = (0, first);
    loop {
        let (outcomes, watches) = run::<F>(n).cheater(cheater, nudge(nth, cheater)).go_watched(&program);
        let seen = watches[0].seen().into_iter().filter(|s| s.peer == witness(cheater));
        // Both directions are seen.
        let openings = seen.filter(|s| s.frame.header.kind == Message::Open.number()).count() / 2;
        if watches[0].altered() > 0 {
            shifted += 1;
            outcomes.iter().enumerate().filter(|(p, _)| *p != cheater).for_each(|(_, o)| verdict(o));
        } else {
            for outcome in &outcomes {
                assert_eq!(outcome.result.as_ref(), Ok(right), "opening {nth} of {n}");
            }
            if openings <= nth {
                return shifted;
            }
        }
        nth += step;
    }
}

/// Shifts openings of `program`: each ends the run for everybody.
pub fn sweep(right: &[i128], first: usize, program: impl AsyncFn(&Session<F>) -> Result<Vec<i128>> + Sync) {
    for (n, cheater) in [(2, 0), (2, 1), (3, 1)] {
        let step = if long() { 1 } else { 7 };
        let out_of_range = Error::peer(party(cheater), PeerFault::InputOutOfRange);
        let openings = (if long() { 0 } else { first }, step);
        let shifted = each_opening((n, cheater), openings, &right.to_vec(), &program, |outcome| {
            match outcome.result.as_ref().err() {
                // What everybody takes from one party is not under a MAC: where it is shifted, the others find that the
                // cheater's own code saw something else, or that it is not what it must be.
                Some(Error::Check(CheckFault::Mac | CheckFault::Digest)) => {
                    assert_eq!(outcome.epoch, EpochState::Burnt);
                }
                error => assert_eq!(error, Some(&out_of_range)),
            }
        });
        assert!(shifted > 0, "nothing was shifted");
    }
}

/// Positive control: without the MAC check a shifted opening, here the last one, changes the result, and nobody notices.
#[test]
fn without_the_check_a_shifted_opening_changes_the_result() {
    let unchecked = run::<F>(2).config(|config| config.weakness(Weakness::MacCheckSkipped));
    let (outcomes, watches) = unchecked.cheater(0, nudge(4, 0)).go_watched(matrix_product);
    assert!(watches[0].altered() > 0);
    assert_eq!(outcomes[1].result, Ok(vec![20, 22, 43, 50]));
}

/// Numbers of party 0.
async fn secret(s: &Session<F>, values: &[i128], range: Interval) -> Result<Int<F>> {
    let own: Vec<F> = values.iter().map(|x| F::from_i128(*x)).collect();
    let shares = s.input(party(0), values.len(), (s.me() == party(0)).then_some(&own)).await?;
    Ok(Int::assume(shares, range))
}

pub const FRACTION: u32 = 8;

pub async fn fixed(s: &Session<F>, values: &[i128], range: Interval) -> Result<Fixed<F>> {
    Ok(Fixed::from_scaled(secret(s, values, range).await?, FRACTION))
}

#[test]
fn cheat_group_by_bad_opening() {
    sweep(&[1, 2, 0, 7, 5, 0, 3, 5, 0], 0, async |s| {
        let keys = secret(s, &[2, 1, 1], Interval::unsigned(2)).await?;
        let values = secret(s, &[5, 3, 4], Interval::unsigned(3)).await?;
        let wanted = [Aggregate::Sum(&values), Aggregate::Least(&values)];
        let groups = group_by(s, &keys, &wanted).await?;
        groups.keys.append(&groups.aggregates[0]).append(&groups.aggregates[1]).reveal(s).await
    });
}

#[test]
fn cheat_look_up_bad_opening() {
    sweep(&[30, 10], 1, async |s| {
        let at = OneHot::of(s, &secret(s, &[2, 0], Interval::unsigned(2)).await?, 4).await?;
        let table = secret(s, &[10, 20, 30, 40], Interval::unsigned(6)).await?;
        Int::assume(at.look_up(s, table.shares()).await?, table.range()).reveal(s).await
    });
}

#[test]
fn cheat_fixed_quotient_bad_opening() {
    let one = 1 << FRACTION;
    sweep(&[3 * one / 2], 2, async |s| {
        let x = fixed(s, &[3 * one], Interval::signed(11)).await?;
        let y = fixed(s, &[2 * one], Interval::new(1, 8 * one)?).await?;
        x.div(s, &y).await?.into_scaled().reveal(s).await
    });
}

#[test]
fn cheat_fixed_function_bad_opening() {
    let one = 1_i128 << FRACTION;
    // At points where the functions are exact.
    sweep(&[2 * one, one, one / 2], 3, async |s| {
        let four = fixed(s, &[4 * one], Interval::new(0, 8 * one)?).await?;
        let zero = fixed(s, &[0], Interval::signed(10)).await?;
        let root = four.sqrt(s).await?.into_scaled().reveal(s).await?;
        let power = zero.exp(s).await?.into_scaled().reveal(s).await?;
        let half = zero.sigmoid(s).await?.into_scaled().reveal(s).await?;
        Ok([root, power, half].concat())
    });
}

const PRODUCT: [i128; 4] = [19, 22, 43, 50];

async fn matrix_product(s: &Session<F>) -> Result<Vec<i128>> {
    let range = Interval::unsigned(4);
    let a = Matrix::new(2, 2, secret(s, &[1, 2, 3, 4], range).await?)?;
    let b = Matrix::new(2, 2, secret(s, &[5, 6, 7, 8], range).await?)?;
    s.lay_in_matrices(2, 2, 2, 1).await?;
    a.mul(s, &b).await?.entries().reveal(s).await
}

#[test]
fn cheat_matrix_product_bad_opening() {
    sweep(&PRODUCT, 0, matrix_product);
}

#[test]
fn cheat_group_count_bad_opening() {
    sweep(&[1, 2, 2, 1], 4, async |s| {
        let keys = secret(s, &[2, 1, 1], Interval::unsigned(2)).await?;
        let groups = group_by(s, &keys, &[Aggregate::Count]).await?.reveal_count(s).await?;
        groups.keys.append(&groups.aggregates[0]).reveal(s).await
    });
}

/// The count alone, at every opening up to its own: nobody takes it before it is checked.
#[test]
fn cheat_group_count_bad_count() {
    for cheater in [0, 1] {
        let program = async |s: &Session<F>| {
            let keys = secret(s, &[1, 1], Interval::unsigned(1)).await?;
            Ok(group_by(s, &keys, &[]).await?.reveal_count(s).await?.keys.len())
        };
        let shifted = each_opening((2, cheater), (0, 1), &1, program, |outcome| {
            assert_eq!(outcome.result, Err(Error::Check(CheckFault::Mac)));
            assert_eq!(outcome.epoch, EpochState::Burnt);
        });
        assert!(shifted > 5, "{shifted} openings");
    }
}

#[test]
fn cheat_table_update_bad_opening() {
    sweep(&[10, 20, 7, 40], 2, async |s| {
        let at = OneHot::of(s, &secret(s, &[2], Interval::unsigned(2)).await?, 4).await?;
        let table = secret(s, &[10, 20, 30, 40], Interval::unsigned(6)).await?;
        let value = secret(s, &[7], Interval::unsigned(6)).await?;
        let updated = at.update(s, table.shares(), value.shares()).await?;
        Int::assume(updated, table.range()).reveal(s).await
    });
}

#[test]
fn cheat_floor_quotient_bad_opening() {
    sweep(&[-4, 1], 3, async |s| {
        let x = secret(s, &[-11], Interval::signed(6)).await?;
        let y = secret(s, &[3], Interval::new(1, 7)?).await?;
        let (quotient, remainder) = x.div_floor(s, &y).await?;
        quotient.append(&remainder).reveal(s).await
    });
}

#[test]
fn cheat_integer_root_bad_opening() {
    sweep(&[9], 4, async |s| secret(s, &[99], Interval::unsigned(7)).await?.isqrt(s).await?.reveal(s).await);
}

#[test]
fn cheat_inverse_root_bad_opening() {
    let one = 1_i128 << FRACTION;
    sweep(&[one / 2], 5, async |s| {
        let four = fixed(s, &[4 * one], Interval::new(one, 8 * one)?).await?;
        four.rsqrt(s).await?.into_scaled().reveal(s).await
    });
}

#[test]
fn cheat_logarithm_bad_opening() {
    let one = 1_i128 << FRACTION;
    sweep(&[0], 6, async |s| {
        let x = fixed(s, &[one], Interval::new(one / 2, 8 * one)?).await?;
        x.ln(s).await?.into_scaled().reveal(s).await
    });
}

#[test]
fn cheat_tanh_bad_opening() {
    let one = 1_i128 << FRACTION;
    sweep(&[0], 0, async |s| {
        let x = fixed(s, &[0], Interval::new(-4 * one, 4 * one)?).await?;
        x.tanh(s).await?.into_scaled().reveal(s).await
    });
}
