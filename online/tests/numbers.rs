//! Integers: every operation against clear integers, under every kind of mask.

mod common;

use std::fmt::Debug;

use common::{party, prg, run};
use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_online::{
    Bit, Config, Error, Int, Interval, Masking, NetworkProfile, Result, Session, UsageFault, try_join,
};

type Masks = fn(Config) -> Config;

/// Settings under which the masks of some comparisons are of each kind.
const PROVED: Masks =
    |config| config.network(NetworkProfile { latency: std::time::Duration::ZERO, bits_per_second: 1e12 });
const BITS: Masks = |config| config.network(NetworkProfile::WAN);
const FULL_FIELD: Masks = |config| config.masks(64, 1 << 62);

/// Runs the program at n parties and gives what all of them got.
fn all_get<F: Field, T: PartialEq + Debug>(
    n: usize,
    masks: Masks,
    program: impl AsyncFn(&Session<F>) -> Result<T>,
) -> (T, Vec<Masking>) {
    let mut outcomes = run::<F>(n).config(masks).go(program);
    let first = outcomes.remove(0);
    let kinds = first.report.masks.keys().copied().collect();
    let value = first.result.unwrap();
    for outcome in outcomes {
        assert_eq!(outcome.result.as_ref(), Ok(&value));
    }
    (value, kinds)
}

/// Numbers of k bits with sign: the ends, zero, its neighbours, and others.
fn numbers(k: u32, n: usize, seed: u64) -> Vec<i128> {
    let range = Interval::signed(k);
    let mut all = vec![range.lo(), range.hi(), 0, 1, -1, range.lo() + 1, range.hi() - 1, 2, -2];
    all.retain(|x| range.contains(*x));
    let mut bytes = [0; 16];
    let mut prg = prg(seed);
    while all.len() < n {
        prg.fill(&mut bytes);
        all.push(i128::from_le_bytes(bytes) >> (128 - k));
    }
    all.truncate(n);
    all
}

fn secret<F: Field>(s: &Session<F>, values: &[i128], range: Interval) -> Int<F> {
    Int::constant(s, values).widen(range).unwrap()
}

fn is(values: &[i128], f: impl Fn(i128) -> bool) -> Vec<bool> {
    values.iter().map(|x| f(*x)).collect()
}

/// All numbers of few bits, and edges of many, have the right sign, are zero or not, and have the right bits.
#[test]
fn signs_zeros_and_bits_are_right_under_every_mask() {
    for (masks, kind) in [(PROVED, Masking::Proved), (BITS, Masking::Bits), (FULL_FIELD, Masking::FullField)]
    {
        for (k, n) in [(2, 2), (3, 2), (5, 3), (30, 3), (33, 2)] {
            if kind == Masking::Proved && k < 5 {
                continue;
            }
            let values = if k <= 5 { (-(1 << (k - 1))..1 << (k - 1)).collect() } else { numbers(k, 60, 7) };
            let count = if kind == Masking::Proved { 300 } else { values.len() };
            let values: Vec<i128> = values.into_iter().cycle().take(count).collect();
            let range = Interval::signed(k);
            let ((negative, zero, bits), kinds) = all_get::<Fp127, _>(n, masks, async |s| {
                let x = secret(s, &values, range);
                let negative = x.is_negative(s).await?.reveal(s).await?;
                let zero = x.is_zero(s).await?.reveal(s).await?;
                let mut bits = Vec::new();
                for plane in x.bits(s).await? {
                    bits.push(plane.reveal(s).await?);
                }
                Ok((negative, zero, bits))
            });
            assert_eq!(kinds, [kind], "{k} bits");
            assert_eq!(negative, is(&values, |x| x < 0), "{k} bits, {kind}");
            assert_eq!(zero, is(&values, |x| x == 0), "{k} bits, {kind}");
            assert_eq!(bits.len(), k as usize);
            for (at, plane) in bits.into_iter().enumerate() {
                assert_eq!(plane, is(&values, |x| x >> at & 1 == 1), "bit {at} of {k}, {kind}");
            }
        }
    }
}

/// Where no bounded mask fits, and in the small field, full-field masks are taken; up to the whole room of the field.
#[test]
fn long_numbers_take_full_field_masks() {
    fn check<F: Field>(bits: &[u32]) {
        for k in bits {
            let values = numbers(*k, 40, 3);
            let ((negative, zero), kinds) = all_get::<F, _>(
                2,
                |config| config,
                async |s| {
                    let x = secret(s, &values, Interval::signed(*k));
                    Ok((x.is_negative(s).await?.reveal(s).await?, x.is_zero(s).await?.reveal(s).await?))
                },
            );
            assert_eq!(kinds, [Masking::FullField], "{k} bits of {}", F::NAME);
            assert_eq!(negative, is(&values, |x| x < 0));
            assert_eq!(zero, is(&values, |x| x == 0));
        }
    }
    check::<Fp127>(&[65, 90, 126]);
    check::<Goldilocks>(&[3, 20, 33, 63]);
}

#[test]
fn comparisons_of_two_secrets() {
    let range = Interval::signed(32);
    let (x, y) = (numbers(32, 80, 1), numbers(32, 80, 2));
    let y: Vec<i128> =
        y.iter().zip(&x).enumerate().map(|(i, (y, x))| if i % 3 == 0 { *x } else { *y }).collect();
    let two = |f: fn(&i128, &i128) -> bool| -> Vec<bool> { x.iter().zip(&y).map(|(x, y)| f(x, y)).collect() };
    let (got, _) = all_get::<Fp127, _>(
        2,
        |config| config,
        async |s| {
            let (a, b) = (secret(s, &x, range), secret(s, &y, range));
            let bits = [
                a.lt(s, &b).await?,
                a.le(s, &b).await?,
                a.gt(s, &b).await?,
                a.ge(s, &b).await?,
                a.eq(s, &b).await?,
                a.ne(s, &b).await?,
                a.lt_public(s, -1).await?,
                a.le_public(s, -1).await?,
                a.gt_public(s, -1).await?,
                a.ge_public(s, -1).await?,
                a.eq_public(s, 1).await?,
                a.ne_public(s, 1).await?,
            ];
            let mut got = Vec::new();
            for bit in bits {
                got.push(bit.reveal(s).await?);
            }
            Ok(got)
        },
    );
    let expected = [
        two(|x, y| x < y),
        two(|x, y| x <= y),
        two(|x, y| x > y),
        two(|x, y| x >= y),
        two(|x, y| x == y),
        two(|x, y| x != y),
        is(&x, |x| x < -1),
        is(&x, |x| x <= -1),
        is(&x, |x| x > -1),
        is(&x, |x| x >= -1),
        is(&x, |x| x == 1),
        is(&x, |x| x != 1),
    ];
    assert_eq!(got, expected);
}

#[test]
fn numbers_that_are_bits_become_bits() {
    let (bits, _) = all_get::<Fp127, _>(
        2,
        |config| config,
        async |s| {
            let own: Option<&[i128]> = (s.me() == party(1)).then_some(&[1, 0, 1]);
            let bits = Int::checked_input(s, party(1), Interval::bit(), 3, own).await?.into_bit()?;
            let wider = secret(s, &[1], Interval::new(0, 2)?).into_bit();
            assert!(matches!(wider, Err(Error::Usage(UsageFault::Domain { operation: "into_bit", .. }))));
            bits.reveal(s).await
        },
    );
    assert_eq!(bits, [true, false, true]);
}

#[test]
fn what_is_made_of_comparisons() {
    let range = Interval::signed(20);
    let (x, y) = (numbers(20, 33, 1), numbers(20, 33, 2));
    let to = Interval::new(-1000, 70_000).unwrap();
    let (got, _) = all_get::<Fp127, _>(
        2,
        |config| config,
        async |s| {
            let (a, b) = (secret(s, &x, range), secret(s, &y, range));
            let (largest, at_largest) = a.argmax(s).await?;
            let (least, at_least) = a.argmin(s).await?;
            let made = [
                a.min(s, &b).await?,
                a.max(s, &b).await?,
                a.abs(s).await?,
                a.sign(s).await?,
                a.clamp(s, to).await?,
                largest,
                at_largest,
                least,
                at_least,
            ];
            let mut got = Vec::new();
            for int in made {
                got.push(int.reveal(s).await?);
            }
            Ok(got)
        },
    );
    let first = |of: i128| vec![x.iter().position(|x| *x == of).unwrap() as i128];
    let (largest, least) = (*x.iter().max().unwrap(), *x.iter().min().unwrap());
    let expected: Vec<Vec<i128>> = vec![
        x.iter().zip(&y).map(|(x, y)| *x.min(y)).collect(),
        x.iter().zip(&y).map(|(x, y)| *x.max(y)).collect(),
        x.iter().map(|x| x.abs()).collect(),
        x.iter().map(|x| x.signum()).collect(),
        x.iter().map(|x| (*x).clamp(to.lo(), to.hi())).collect(),
        vec![largest],
        first(largest),
        vec![least],
        first(least),
    ];
    assert_eq!(got, expected);
}

#[test]
fn masks_made_ahead_are_spent_first() {
    let values = numbers(20, 50, 9);
    let (reports, _) = all_get::<Fp127, _>(
        2,
        |config| config,
        async |s| {
            let x = secret(s, &values, Interval::signed(20));
            Int::lay_in_comparisons(s, x.range(), 120).await?;
            let made = s.report().material;
            let mut right = Vec::new();
            for _ in 0..2 {
                right.push(x.is_negative(s).await?.reveal(s).await?);
            }
            let spent = s.report().material;
            let bits = |material: &std::collections::BTreeMap<_, u64>| {
                material.get(&speedwell_online::Kind::Bits).copied()
            };
            Ok((right, bits(&made) == bits(&spent)))
        },
    );
    let negative = is(&values, |x| x < 0);
    assert_eq!(reports, (vec![negative.clone(), negative], true));
}

#[test]
fn bits_compute() {
    let (got, _) = all_get::<Fp127, _>(
        3,
        |config| config,
        async |s| {
            let x = Bit::constant(s, &[false, false, true, true]);
            let y = Bit::constant(s, &[false, true, false, true]);
            let mut got = Vec::new();
            for bit in [x.and(s, &y).await?, x.or(s, &y).await?, x.xor(s, &y).await?, !&x] {
                got.push(bit.reveal(s).await?);
            }
            Ok((got, x.count().reveal(s).await?))
        },
    );
    let bits = |bits: [u8; 4]| bits.map(|bit| bit == 1).to_vec();
    let expected = vec![bits([0, 0, 0, 1]), bits([0, 1, 1, 1]), bits([0, 1, 1, 0]), bits([1, 1, 0, 0])];
    assert_eq!(got, (expected, vec![2]));
}

/// Inputs in range come in as they are, those of several owners in the same rounds.
#[test]
fn checked_inputs_come_in() {
    for (lo, hi) in [(0, 255), (-100, 155), (3, 3), (-5, 1_000_000), (0, (1 << 64) - 1)] {
        let range = Interval::new(lo, hi).unwrap();
        let values = [lo, hi, (lo + hi) / 2];
        let (got, _) = all_get::<Fp127, _>(
            3,
            |config| config,
            async |s| {
                let own = |owner: usize| (s.me() == party(owner)).then_some(values.as_slice());
                let (x, y) = try_join(
                    Int::checked_input(s, party(0), range, 3, own(0)),
                    Int::checked_input(s, party(2), range, 3, own(2)),
                )
                .await?;
                let z = Int::trusted_input(s, party(1), range, 3, own(1)).await?;
                assert_eq!([x.range(), y.range(), z.range()], [range; 3]);
                Ok((x.reveal(s).await?, y.reveal(s).await?, z.reveal(s).await?))
            },
        );
        let values = values.to_vec();
        assert_eq!(got, (values.clone(), values.clone(), values));
    }
}

#[test]
fn coarsely_checked_inputs_carry_their_slack() {
    let range = Interval::new(-1000, 1000).unwrap();
    let values: Vec<i128> = (-1000..=1000).collect();
    let (got, _) = all_get::<Fp127, _>(
        2,
        |config| config,
        async |s| {
            let own = (s.me() == party(1)).then_some(values.as_slice());
            let x = Int::checked_input_coarse(s, party(1), range, values.len(), own).await?;
            assert!(x.range().covers(&range) && x.range().signed_bits() <= 36, "{}", x.range());
            x.reveal(s).await
        },
    );
    assert_eq!(got, values);
}

/// The owner itself is told before anything is sent; a range of more than 64 bits is not for bits.
#[test]
fn what_cannot_be_checked_is_refused() {
    let range = Interval::new(0, 9).unwrap();
    let outcomes = run::<Fp127>(2).go(async |s| {
        let own = (s.me() == party(0)).then_some([10].as_slice());
        Int::checked_input(s, party(0), range, 1, own).await
    });
    assert!(matches!(&outcomes[0].result, Err(Error::Usage(UsageFault::Range(_)))));
    assert!(matches!(&outcomes[1].result, Err(Error::Aborted { .. })));
    let outcomes =
        run::<Fp127>(2).go(async |s| Int::checked_input(s, party(0), Interval::signed(65), 1, None).await);
    assert!(matches!(&outcomes[1].result, Err(Error::Usage(UsageFault::Range(_)))));
}

/// A refusal names what was asked for, the intervals of its operands and the limit.
#[test]
fn refusals_name_operation_operands_and_limit() {
    let limit = (1_i128 << 126) - (1 << 64);
    let wide = Interval::new(2 - limit, limit - 2).unwrap();
    for outcome in run::<Fp127>(2).go(async |s| {
        let (x, y) = (secret(s, &[1], wide), secret(s, &[2, 3], wide));
        let pair = y.slice(0..1);
        Ok([
            ("lt", x.lt(s, &pair).await.map(drop)),
            ("le", x.le(s, &pair).await.map(drop)),
            ("gt", x.gt(s, &pair).await.map(drop)),
            ("ge", x.ge(s, &pair).await.map(drop)),
            ("eq", x.eq(s, &pair).await.map(drop)),
            ("ne", x.ne(s, &pair).await.map(drop)),
            ("min", x.min(s, &pair).await.map(drop)),
            ("max", x.max(s, &pair).await.map(drop)),
            ("argmax", y.argmin(s).await.map(drop)),
            ("mul", x.mul(s, &pair).await.map(drop)),
            ("add", (&x + &pair).reveal(s).await.map(drop)),
            ("sub", (&x - &pair).reveal(s).await.map(drop)),
        ])
    }) {
        for (operation, refused) in outcome.result.unwrap() {
            let text = refused.unwrap_err().to_string();
            let expected = format!("`{operation}` of numbers in {wide} and {wide} may go beyond ±{limit}");
            assert!(text.contains(&expected), "{text}");
        }
    }
}

/// What may leave the field is refused, whatever the values, before anything is sent.
#[test]
fn what_may_leave_the_field_is_refused_before_anything_is_sent() {
    let wide = Interval::signed(100);
    let outcomes = run::<Fp127>(2).go(async |s| {
        let x = secret(s, &[1, 2], wide);
        let refused = [
            x.mul(s, &x).await.map(|_| ()),
            x.square(s).await.map(|_| ()),
            x.dot(s, &x).await.map(|_| ()),
            (&x * (1 << 40)).reveal(s).await.map(|_| ()),
            (&x + i128::MAX).reveal(s).await.map(|_| ()),
            secret(s, &[1], Interval::signed(127)).is_negative(s).await.map(|_| ()),
        ];
        let report = s.report();
        assert_eq!((report.rounds, report.material.len()), (0, 0));
        Ok(refused)
    });
    for outcome in outcomes {
        let refused = outcome.result.unwrap();
        for fault in &refused[..5] {
            let Err(Error::Usage(UsageFault::Range(fault))) = fault else { panic!("{fault:?}") };
            assert!(fault.to_string().contains(fault.operation) && fault.limit == (1 << 126) - (1 << 64));
        }
        assert!(matches!(refused[5], Err(Error::Usage(UsageFault::NoRoom { .. }))), "{:?}", refused[5]);
    }
}
