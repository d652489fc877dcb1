//! Every party's share of every wire is uniform, whatever the value; and what can be had where it is not.

use speedwell_dealer::InsecureDealer;
use speedwell_field::{F251, F257, Field, Fp127};
use speedwell_net::tamper::{Direction, Watch};
use speedwell_online::protocol::{mul, square};
use speedwell_online::testing::Run;
use speedwell_online::wire::Message;
use speedwell_online::{Masks, Preprocessing, Result, Session, Shares};

use crate::altered::Altered;
use crate::common::{DEALT, elements, histogram, is_uniform, party, uniform};

/// The dealer, and, where `zero_shares` says so, input masks that are all their owner's share, with zeros for the others.
/// The MACs are right.
fn run<F: Field>(n: usize, zero_shares: bool) -> Run<F> {
    Run::new(n, move |p| {
        let dealer = InsecureDealer::<F>::new(DEALT, p, n);
        let key = dealer.key();
        Altered::new(dealer).masks(move |Masks { shares, clear }| {
            if !zero_shares {
                return Masks { shares, clear };
            }
            let values = clear.as_deref().cloned().unwrap_or_else(|| vec![F::ZERO; shares.len()]);
            let shares = Shares::from_parts(&key, values, shares.mac_shares().to_vec());
            Masks { shares, clear }
        })
    })
}

/// A party's shares of one wire: of the value and of its MAC.
type Wire<F> = (&'static str, Vec<F>, Vec<F>);

/// Inputs of one value throughout, and what is computed from them.
async fn wires<F: Field>(s: &Session<F>, len: usize) -> Result<Vec<Wire<F>>> {
    let all = s.input_all(&vec![F::from_u64(5); len]).await?;
    let (x, y) = (&all[0], &all[1]);
    let triples = s.triples(len)?;
    let squares = s.squares(len)?;
    let inverses = s.inverse_pairs(len)?;
    let wires = [
        ("input of party 0", x.clone()),
        ("input of party 1", y.clone()),
        ("input of the last party", all[s.parties() - 1].clone()),
        ("sum", x + y),
        ("multiple", x * F::from_u64(3) + F::ONE),
        ("product", mul(s, x, y).await?),
        ("square", square(s, x).await?),
        ("a of triples", triples.a),
        ("b of triples", triples.b),
        ("c of triples", triples.c),
        ("a of squares", squares.a),
        ("a² of squares", squares.aa),
        ("random bits", s.random_bits(len)?),
        ("random elements", s.random(len)?),
        ("r of inverses", inverses.r),
        ("1/r of inverses", inverses.inverse),
    ];
    let parts = |shares: &Shares<F>| (shares.value_shares().to_vec(), shares.mac_shares().to_vec());
    Ok(wires.iter().map(|(name, shares)| (*name, parts(shares).0, parts(shares).1)).collect())
}

/// The wires of which some party's share, or some sum over two parties' shares, is not uniform.
fn not_uniform<F: Field>(p: usize, zero_shares: bool) -> Vec<&'static str> {
    let len = 20_000;
    let outcomes =
        run::<F>(3, zero_shares).config(|config| config.toy_field()).go(async |s| wires(s, len).await);
    let views: Vec<Vec<Wire<F>>> = outcomes.into_iter().map(|outcome| outcome.result.unwrap()).collect();
    let mut found = Vec::new();
    for (wire, (name, ..)) in views[0].iter().enumerate() {
        let good = (0..3).all(|me| {
            let (_, values, macs) = &views[me][wire];
            let (_, others, _) = &views[(me + 1) % 3][wire];
            let together = |k: u64| values.iter().zip(others).map(move |(a, b)| *a + F::from_u64(k) * *b);
            is_uniform(&histogram(p, values.iter().copied()))
                && is_uniform(&histogram(p, macs.iter().copied()))
                && (1..4).all(|k| is_uniform(&histogram(p, together(k))))
        });
        if !good {
            found.push(*name);
        }
    }
    found
}

#[test]
fn every_partys_share_of_every_wire_is_uniform() {
    // All randomness here is the dealer's, from one seed: the outcome is always the same.
    assert_eq!(not_uniform::<F251>(251, false), [""; 0]);
    assert_eq!(not_uniform::<F257>(257, false), [""; 0]);
}

/// Positive control: the test sees zero shares, in the inputs and in what is linear in them.
#[test]
fn zero_shares_of_input_masks_are_not_uniform() {
    let found = not_uniform::<F251>(251, true);
    let inputs = ["input of party 0", "input of party 1", "input of the last party", "sum", "multiple"];
    assert_eq!(found, inputs);
}

/// Parties 0 and 1 put vectors in, their sum is revealed. What party 2, who follows the protocol, computes as party 0's
/// vector: party 0's share of the sum less the public difference of party 1's input.
fn recovered(zero_shares: bool) -> (Vec<Fp127>, Vec<Fp127>) {
    let (x, y) = (uniform::<Fp127>(1, 50), uniform::<Fp127>(2, 50));
    let run = run(3, zero_shares).cheater(2, |event| event.pass());
    let (outcomes, watches) = run.go_watched(async |s| {
        let left = s.input(party(0), 50, (s.me() == party(0)).then_some(&x));
        let right = s.input(party(1), 50, (s.me() == party(1)).then_some(&y));
        let (left, right) = (left.await?, right.await?);
        s.reveal(&(left + &right)).await
    });
    for outcome in outcomes {
        let sum: Vec<Fp127> = x.iter().zip(&y).map(|(x, y)| *x + *y).collect();
        assert_eq!(outcome.result, Ok(sum));
    }
    let mut share = opened(&watches[0], 0, 1);
    Fp127::sub_assign_slice(&mut share, &opened(&watches[0], 1, 0));
    (x, share)
}

fn opened(watch: &Watch, peer: usize, nth: usize) -> Vec<Fp127> {
    let seen = watch.seen().into_iter();
    seen.filter(|s| s.direction == Direction::In && s.peer == party(peer))
        .filter(|s| s.frame.header.kind == Message::Open.number())
        .map(|s| elements(&s.frame.payload))
        .nth(nth)
        .unwrap()
}

#[test]
fn an_opened_sum_gives_no_single_input() {
    let (x, guess) = recovered(false);
    assert!(x.iter().zip(&guess).all(|(x, guess)| x != guess));
}

/// Positive control: with zero shares a third party reads every single input off an opened sum, without cheating.
#[test]
fn zero_shares_of_input_masks_give_single_inputs_away() {
    let (x, guess) = recovered(true);
    assert_eq!(x, guess);
}
