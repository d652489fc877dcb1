//! What masked openings show: nothing that was tampered with before, nothing of the value, no matter which one; and what
//! they show where a defence is missing.

use speedwell_dealer::InsecureDealer;
use speedwell_field::Field;
use speedwell_net::tamper::{Direction, Watch};
use speedwell_online::protocol::mul;
use speedwell_online::testing::{Outcome, Run, floor, floor_or_one_more};
use speedwell_online::wire::Message;
use speedwell_online::{
    CheckFault, Config, Error, Int, Interval, Kind, Masking, NetworkProfile, PeerFault, Preprocessing,
    Result, Session, Shape, Shares, Weakness,
};

use crate::common::{add_to, are_alike, dealer_seed, element, elements, is_uniform, party, run_dealt};
use crate::consistent::all_burn;
use crate::planted;
use crate::scene::F;

/// Length of the integers.
const BITS: u32 = 33;

/// Settings under which masks for some values are of this kind.
fn under(masking: Masking) -> fn(Config) -> Config {
    match masking {
        Masking::Proved => |config| {
            config.network(NetworkProfile { latency: std::time::Duration::ZERO, bits_per_second: 1e12 })
        },
        Masking::Bits => |config| {
            config.network(NetworkProfile {
                latency: std::time::Duration::from_secs(3600),
                bits_per_second: 1e12,
            })
        },
        _ => |config| config.masks(64, 1 << 62),
    }
}

fn weak(masking: Masking, weakness: Option<Weakness>) -> impl Fn(Config) -> Config {
    move |config| weakness.into_iter().fold(under(masking)(config), |c, w| c.weakness(w))
}

fn power(k: u32) -> F {
    F::from_u64(2).pow(&[u64::from(k)])
}

/// What is asked of a value, under a mask.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Sign,
    Zero,
    Bits,
    Rounding,
}

impl Asked {
    const ALL: [Self; 4] = [Self::Sign, Self::Zero, Self::Bits, Self::Rounding];

    fn shape(self) -> Shape {
        match self {
            Self::Sign => Shape::sign(BITS),
            Self::Zero => Shape::Zero { bits: BITS },
            Self::Bits => Shape::Bits { bits: BITS },
            Self::Rounding => Shape::FloorOrOneMore { bits: BITS, by: 8 },
        }
    }

    async fn of(self, s: &Session<F>, x: &Shares<F>) -> Result<()> {
        let int = Int::assume(x.clone(), Interval::signed(BITS));
        match self {
            Self::Sign => int.is_negative(s).await.map(drop),
            Self::Zero => int.is_zero(s).await.map(drop),
            Self::Bits => int.bits(s).await.map(drop),
            Self::Rounding => floor_or_one_more(s, x, BITS, 8).await.map(drop),
        }
    }
}

/// Makes masks, multiplies n zeros and secrets of party 1, and asks something of the products. The round in which the
/// products' differences are opened.
async fn product(s: &Session<F>, asked: Asked, secrets: &[F]) -> Result<u64> {
    let n = secrets.len();
    s.lay_in(asked.shape(), n.max(64)).await?;
    let own = [secrets, &vec![F::ZERO; n]].concat();
    let both = s.input(party(1), 2 * n, (s.me() == party(1)).then_some(&own)).await?;
    let (secrets, zeros) = both.split_at(n);
    let at = s.report().rounds;
    let product = mul(s, &zeros, &secrets).await?;
    asked.of(s, &product).await?;
    s.check().await?;
    Ok(at)
}

/// The run, with party 0 shifting the zeros by 2^100.
fn tampered(
    n: usize,
    masking: Masking,
    asked: Asked,
    weakness: Option<Weakness>,
    secrets: Vec<F>,
) -> (Vec<Outcome<u64>>, Watch, u64) {
    let run = || run_dealt::<F>(n, dealer_seed(5));
    let honest = run().config(under(masking)).go(async |s| product(s, asked, &secrets).await);
    let kinds: Vec<Masking> = honest[0].report.masks.keys().copied().collect();
    assert_eq!(kinds, [masking], "{asked:?}");
    let at = *honest[0].result.as_ref().unwrap();
    let zeros = secrets.len();
    let cheater = run().config(weak(masking, weakness)).cheater(0, move |event| {
        let here = event.kind() == Message::Open.number() && event.round() == at;
        // Its own code sees the shifted values as well, and so computes what goes with them.
        if !here || !(event.out() || event.peer == party(1)) {
            return event.pass();
        }
        event.rewrite(|payload| {
            (0..zeros).for_each(|index| add_to(&mut payload[element::<F>(index)], power(100)));
        })
    });
    let (outcomes, mut watches) = cheater.go_watched(async |s| product(s, asked, &secrets).await);
    assert!(watches[0].altered() >= n);
    (outcomes, watches.remove(0), at)
}

/// The `nth` round of openings, from round `from` on, as the watched party 0 sees it: what its first frames hold.
fn opened(watch: &Watch, n: usize, from: u64, nth: usize) -> Option<Vec<F>> {
    let share = |direction, peer: usize| {
        let seen = watch.seen().into_iter().map(|s| (s.direction, s.peer, s.frame));
        let mut openings: Vec<_> = seen
            .filter(|(way, with, frame)| {
                (*way, *with) == (direction, party(peer))
                    && frame.header.kind == Message::Open.number()
                    && frame.header.round >= from
            })
            .map(|(.., frame)| frame)
            .collect();
        openings.dedup_by_key(|frame| frame.header.round);
        openings.get(nth).map(|frame| elements::<F>(&frame.payload))
    };
    let mut sum = share(Direction::Out, 1)?;
    for peer in 1..n {
        F::add_assign_slice(&mut sum, &share(Direction::In, peer)?);
    }
    Some(sum)
}

/// What the cheater makes of the opening under a mask: the product that it shifted is 2^100·b, and b = secret − ρ with ρ open.
fn shown(watch: &Watch, n: usize, at: u64) -> Option<Vec<F>> {
    let differences = opened(watch, n, at, 0)?;
    let (_, rho) = differences.split_at(differences.len() / 2);
    let masked = opened(watch, n, at, 1)?;
    Some(masked.iter().zip(rho).map(|(c, rho)| *c + power(100) * *rho).collect())
}

/// A multiplication that was tampered with, and then something that opens its result under a bounded mask: the cheater
/// does not get to see that opening, nor does anybody send it.
#[test]
fn nothing_is_opened_under_a_bounded_mask_before_the_check() {
    for (n, masking) in [2, 3].into_iter().flat_map(|n| [(n, Masking::Proved), (n, Masking::Bits)]) {
        for asked in Asked::ALL {
            let (outcomes, watch, at) = tampered(n, masking, asked, None, vec![F::from_u64(1_234_567)]);
            all_burn(&outcomes, 0, &Error::Check(CheckFault::Mac));
            assert!(outcomes[1..].iter().all(|o| o.report.opened_statistical == 0), "{asked:?}");
            assert!(opened(&watch, n, at, 0).is_some() && opened(&watch, n, at, 1).is_none(), "{asked:?}");
        }
    }
}

/// Positive control: without the check before it, the opening shows the secret, which the mask is far too short to hide.
#[test]
fn without_the_check_before_it_a_masked_opening_shows_the_secret() {
    for (n, masking) in [2, 3].into_iter().flat_map(|n| [(n, Masking::Proved), (n, Masking::Bits)]) {
        for (asked, secret) in Asked::ALL.into_iter().zip([1_234_567, 0, 42, 9_999]) {
            let late = Some(Weakness::OpenThenCheck);
            let (outcomes, watch, at) = tampered(n, masking, asked, late, vec![F::from_u64(secret)]);
            all_burn(&outcomes, 0, &Error::Check(CheckFault::Mac));
            let c = shown(&watch, n, at).expect("it is sent")[0].to_i128().unwrap();
            assert_eq!(c >> 100, i128::from(secret), "{asked:?} of {n}, {masking}");
        }
    }
}

/// The places, five bits wide each, at which two samples of opened values differ in distribution.
fn telling(a: &[F], b: &[F]) -> Vec<u32> {
    let counts = |sample: &[F], at: u32| {
        let mut counts = vec![0; 32];
        sample.iter().for_each(|c| counts[(c.to_u128().unwrap() >> at & 31) as usize] += 1);
        counts
    };
    (0..26).map(|digit| digit * 5).filter(|at| !are_alike(&counts(a, *at), &counts(b, *at))).collect()
}

/// Full-field masks need no check before them: what is opened is uniform whatever was tampered with.
#[test]
fn what_is_opened_under_a_full_field_mask_does_not_depend_on_the_secret() {
    let sample = |masking, weakness, secret| {
        let secrets = vec![F::from_u64(secret); 1_000];
        let (outcomes, watch, at) = tampered(2, masking, Asked::Sign, weakness, secrets);
        all_burn(&outcomes, 0, &Error::Check(CheckFault::Mac));
        assert_eq!(outcomes[1].report.revealed, u64::from(masking == Masking::FullField) * 1_000);
        shown(&watch, 2, at).unwrap()
    };
    let full = |secret| sample(Masking::FullField, None, secret);
    let (zero, other) = (full(0), full((1 << 20) - 1));
    assert_eq!(telling(&zero, &other), [0; 0]);
    for c in [zero, other] {
        let mut counts = [0; 32];
        c.iter().for_each(|c| counts[(c.to_u128().unwrap() >> 122) as usize] += 1);
        assert!(is_uniform(&counts), "{counts:?}");
    }
    // Control: the same look at bounded masks without their check tells.
    let late = |secret| sample(Masking::Bits, Some(Weakness::OpenThenCheck), secret);
    assert!(!telling(&late(0), &late((1 << 20) - 1)).is_empty());
}

/// What is opened of many equal values, in an honest run of `n` parties.
fn sample(
    n: usize,
    masking: Masking,
    shape: Shape,
    value: i128,
    config: impl Fn(Config) -> Config + 'static,
    number: u64,
) -> Vec<F> {
    const N: usize = 1_500;
    let run: Run<F> = run_dealt(n, dealer_seed(number)).config(config).cheater(0, |event| event.pass());
    let (outcomes, watches) = run.go_watched(async |s| {
        s.lay_in(shape, N).await?;
        let x = Int::constant(s, &vec![value; N]).widen(Interval::signed(shape.bits()))?;
        let at = s.report().rounds;
        match shape {
            Shape::FloorOrOneMore { bits, by } => drop(floor_or_one_more(s, x.shares(), bits, by).await?),
            Shape::Zero { .. } => drop(x.is_zero(s).await?),
            Shape::Bits { .. } => drop(x.bits(s).await?),
            Shape::Floor { bits, by } if by + 1 < bits => drop(floor(s, x.shares(), bits, by).await?),
            _ => drop(x.is_negative(s).await?),
        }
        Ok(at)
    });
    let kinds: Vec<Masking> = outcomes[0].report.masks.keys().copied().collect();
    assert_eq!(kinds, [masking], "{shape:?}");
    opened(&watches[0], n, *outcomes[0].result.as_ref().unwrap(), 0).unwrap()
}

/// The two ends of the interval, and 0, look alike under every kind of mask.
#[test]
fn what_is_opened_of_different_values_is_alike() {
    let mut found = Vec::new();
    for (n, masking, shape) in [
        (2, Masking::Proved, Shape::FloorOrOneMore { bits: BITS, by: 8 }),
        (2, Masking::Proved, Shape::Zero { bits: 8 }),
        (3, Masking::Proved, Shape::sign(5)),
        (2, Masking::Bits, Shape::FloorOrOneMore { bits: BITS, by: 8 }),
        (2, Masking::Bits, Shape::Floor { bits: 12, by: 4 }),
        (3, Masking::Bits, Shape::Bits { bits: 8 }),
        (2, Masking::Bits, Shape::sign(5)),
        (2, Masking::FullField, Shape::sign(5)),
        (2, Masking::FullField, Shape::Floor { bits: 8, by: 3 }),
        (2, Masking::FullField, Shape::Zero { bits: 8 }),
    ] {
        let range = Interval::signed(shape.bits());
        let told = |first: u64| {
            let of = |value, number| sample(n, masking, shape, value, under(masking), number);
            let (lo, hi) = (of(range.lo(), first), of(range.hi(), first + 1));
            let zero = of(0, first + 2);
            [telling(&lo, &hi), telling(&lo, &zero)].concat()
        };
        // Proved parts are the parties' own randomness: once in 10^4 they tell by chance.
        let told = if told(100).is_empty() { vec![] } else { told(200) };
        if !told.is_empty() {
            found.push((n, masking, shape, told));
        }
    }
    assert!(found.is_empty(), "{found:?}");
}

/// Rounding by few bits of a long value: the high part of the mask must be as long as the value's, and a margin.
#[test]
fn a_high_part_without_the_length_of_the_value_shows_its_high_bits() {
    let shape = Shape::FloorOrOneMore { bits: 60, by: 4 };
    let of = |weakness: Option<Weakness>, value, number| {
        // A margin of 40 + 1 + 12 bits.
        let config =
            move |config: Config| weakness.into_iter().fold(config.masks(40, 1 << 12), Config::weakness);
        sample(2, Masking::Bits, shape, value, config, number)
    };
    assert_eq!(telling(&of(None, 0, 1), &of(None, 1 << 58, 2)), [0; 0]);
    let short = Some(Weakness::MasksShort);
    let told = telling(&of(short, 0, 1), &of(short, 1 << 58, 2));
    assert!(told.contains(&55) && told.iter().all(|at| *at >= 50), "{told:?}");
}

/// The signs of 50 numbers under masks whose bits are the dealer's: the differences of the right factors of two products
/// of the first level of the tree, [c < r] and [c = r] of the third digit, and what they are.
fn differences(weakness: Option<Weakness>) -> (Vec<F>, Vec<F>, u64) {
    const N: usize = 50;
    let seed = dealer_seed(77);
    let low = (BITS - 1) as usize;
    let run = run_dealt::<F>(2, seed).config(weak(Masking::Bits, weakness)).cheater(0, |event| event.pass());
    let (outcomes, watches) = run.go_watched(async |s| {
        s.lay_in(Shape::sign(BITS), N).await?;
        let values: Vec<i128> = (0..N as i128).map(|i| i * 1_000_003 - 20_000_000).collect();
        let at = s.report().rounds;
        let x = Int::constant(s, &values).widen(Interval::signed(BITS))?;
        let signs = x.is_negative(s).await?.reveal(s).await?;
        assert!(signs.iter().zip(&values).all(|(sign, x)| *sign == (*x < 0)));
        Ok(at)
    });
    let at = *outcomes[0].result.as_ref().unwrap();
    let (c, level) = (opened(&watches[0], 2, at, 0).unwrap(), opened(&watches[0], 2, at, 1).unwrap());
    // Of G digits G/2 pairs, each but the lowest with two products, each with two factors.
    let pairs = level.len() / (2 * N);
    let (digits, width) = (pairs + 1, low / (pairs + 1));
    assert!(digits == 16 || digits == 8);
    let factor = |pair: usize| {
        // All left factors come first, but where products share triples each left one before its right one.
        let place = if weakness.is_some() { 2 * pair + 1 } else { pairs + pair };
        &level[place * N..(place + 1) * N]
    };
    let mut differences = factor(1).to_vec();
    F::sub_assign_slice(&mut differences, factor(2));
    // The masks' bits: the dealer's first.
    let mut bits = vec![F::ZERO; N * low];
    for p in 0..2 {
        let mut dealer = InsecureDealer::<F>::new(seed, party(p), 2);
        F::add_assign_slice(&mut bits, dealer.bits(N * low).unwrap().value_shares());
    }
    let expected = (0..N).map(|i| {
        let digit =
            |of: &dyn Fn(usize) -> u128| (0..width).map(|bit| of(2 * width + bit) << bit).sum::<u128>();
        let r = digit(&|at| bits[at * N + i].to_u128().unwrap());
        let c = digit(&|at| c[i].to_u128().unwrap() >> at & 1);
        F::from_i128(i128::from(c < r) - i128::from(c == r))
    });
    (differences, expected.collect(), outcomes[0].report.material[&Kind::Triples])
}

/// Each product takes a triple of its own: one for the two products of a node shows the difference of the factors that
/// they do not have in common.
#[test]
fn one_triple_for_two_products_shows_the_difference_of_their_factors() {
    let (differences_seen, expected, triples) = differences(None);
    assert!(differences_seen.iter().zip(&expected).all(|(seen, expected)| seen != expected));
    let (differences_seen, expected, fewer) = differences(Some(Weakness::TriplesShared));
    assert_eq!(differences_seen, expected);
    assert!(expected.contains(&F::ONE) && expected.contains(&F::ZERO) && fewer < triples);
}

/// Why inputs are checked: an owner that is believed and lies does not only make comparisons wrong. A number far outside
/// its interval, times a secret, is more than the mask hides.
#[test]
fn a_lie_about_a_trusted_input_reads_the_others_secrets() {
    let range = Interval::signed(16);
    let lie: planted::Errors<F> =
        std::sync::Arc::new(|call, _| if call == 0 { vec![(0, power(105))] } else { vec![] });
    let play = |checked: bool, secret: i128| {
        let run = planted::run(2, 1, 0, std::sync::Arc::clone(&lie)).config(weak(Masking::Bits, None));
        run.cheater(0, |event| event.pass()).go_watched(async move |s| {
            let own = |p: usize, values: &[i128]| (s.me() == party(p)).then(|| values.to_vec());
            let (zero, secret) = (own(0, &[0]), own(1, &[secret]));
            let a = match checked {
                true => Int::checked_input(s, party(0), range, 1, zero.as_deref()).await?,
                false => Int::trusted_input(s, party(0), range, 1, zero.as_deref()).await?,
            };
            let b = Int::checked_input(s, party(1), range, 1, secret.as_deref()).await?;
            let product = a.mul(s, &b).await?;
            Int::lay_in_comparisons(s, product.range(), 1).await?;
            let at = s.report().rounds;
            product.is_negative(s).await?;
            s.check().await?;
            Ok(at)
        })
    };
    for secret in [12_345, -321] {
        let (outcomes, watches) = play(false, secret);
        let at = *outcomes[1].result.as_ref().expect("nobody notices");
        let c = opened(&watches[0], 2, at, 0).unwrap()[0].to_i128().unwrap();
        assert_eq!(c >> 105, secret);
        let (outcomes, _) = play(true, secret);
        assert_eq!(outcomes[1].result, Err(Error::peer(party(0), PeerFault::InputOutOfRange)));
        assert_eq!(outcomes[1].report.opened_statistical, 0);
    }
}
