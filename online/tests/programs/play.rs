//! Programs of a session, beside the reference.

use std::collections::BTreeMap;

use speedwell_field::Field;
use speedwell_online::order::{Direction, sort};
use speedwell_online::{Bit, Error, Int, Interval, Result, Session, UsageFault, try_join_all};

use crate::clear::{Clear, Limits, may_lack_room, step};
use crate::common::party;
use crate::program::{Op, Program};

enum Secret<F: Field> {
    Int(Int<F>),
    Bit(Bit<F>),
    None,
}

/// One step of the session's. The operands are those of steps that were not refused.
async fn play_step<F: Field>(
    s: &Session<F>,
    op: Op,
    ints: &[Secret<F>],
    bits: &[Secret<F>],
) -> Result<Secret<F>> {
    let int = |at: usize| match &ints[at] {
        Secret::Int(x) => x,
        _ => panic!("the reference would have skipped this"),
    };
    let bit = |at: usize| match &bits[at] {
        Secret::Bit(x) => x,
        _ => panic!("the reference would have skipped this"),
    };
    let everywhere = |a: usize, x: Int<F>| Secret::Int(x.repeat_each(int(a).len()));
    Ok(match op {
        Op::Add(a, b) => Secret::Int(int(a) + int(b)),
        Op::Sub(a, b) => Secret::Int(int(a) - int(b)),
        Op::Neg(a) => Secret::Int(-int(a)),
        Op::Mul(a, b) => Secret::Int(int(a).mul(s, int(b)).await?),
        Op::Square(a) => Secret::Int(int(a).square(s).await?),
        Op::MulConst(a, c) => Secret::Int(int(a) * c),
        Op::AddConst(a, c) => Secret::Int(int(a) + c),
        Op::Select(x, a, b) => Secret::Int(Int::select(s, bit(x), int(a), int(b)).await?),
        Op::Min(a, b) => Secret::Int(int(a).min(s, int(b)).await?),
        Op::Max(a, b) => Secret::Int(int(a).max(s, int(b)).await?),
        Op::Abs(a) => Secret::Int(int(a).abs(s).await?),
        Op::Clamp(a, lo, hi) => Secret::Int(int(a).clamp(s, Interval::new(lo, hi)?).await?),
        Op::Sign(a) => Secret::Int(int(a).sign(s).await?),
        Op::Pow(a, e) => Secret::Int(int(a).pow(s, e).await?),
        Op::Isqrt(a) => Secret::Int(int(a).isqrt(s).await?),
        Op::DivPow2Floor(a, t) => Secret::Int(int(a).div_pow2_floor(s, t).await?),
        Op::DivPow2Round(a, t) => Secret::Int(int(a).div_pow2_round(s, t).await?),
        Op::DivFloorPublic(a, d) => Secret::Int(int(a).div_floor_public(s, d).await?),
        Op::DivRoundPublic(a, d) => Secret::Int(int(a).div_round_public(s, d).await?),
        Op::DivFloor(a, b) => Secret::Int(int(a).div_floor(s, int(b)).await?.0),
        Op::Remainder(a, b) => Secret::Int(int(a).div_floor(s, int(b)).await?.1),
        Op::DivFloorOr(a, b, zero) => Secret::Int(int(a).div_floor_or(s, int(b), zero).await?.0),
        Op::RemainderOr(a, b, zero) => Secret::Int(int(a).div_floor_or(s, int(b), zero).await?.1),
        Op::DivRound(a, b) => Secret::Int(int(a).div_round(s, int(b)).await?),
        Op::Sum(a) => everywhere(a, int(a).sum()),
        Op::Dot(a, b) => everywhere(a, int(a).dot(s, int(b)).await?),
        Op::Least(a) => everywhere(a, int(a).argmin(s).await?.0),
        Op::ArgMin(a) => everywhere(a, int(a).argmin(s).await?.1),
        Op::Greatest(a) => everywhere(a, int(a).argmax(s).await?.0),
        Op::ArgMax(a) => everywhere(a, int(a).argmax(s).await?.1),
        Op::Sort(a, downwards) => {
            let direction = if downwards { Direction::Descending } else { Direction::Ascending };
            Secret::Int(sort(s, int(a), direction).await?)
        }
        Op::ToInt(x) => Secret::Int(bit(x).to_int()),
        Op::Lt(a, b) => Secret::Bit(int(a).lt(s, int(b)).await?),
        Op::Le(a, b) => Secret::Bit(int(a).le(s, int(b)).await?),
        Op::Eq(a, b) => Secret::Bit(int(a).eq(s, int(b)).await?),
        Op::IsNegative(a) => Secret::Bit(int(a).is_negative(s).await?),
        Op::IsZero(a) => Secret::Bit(int(a).is_zero(s).await?),
        Op::BitOf(a, at) => {
            let mut planes = int(a).bits(s).await?;
            let at = at as usize % planes.len();
            Secret::Bit(planes.swap_remove(at))
        }
        Op::And(a, b) => Secret::Bit(bit(a).and(s, bit(b)).await?),
        Op::Or(a, b) => Secret::Bit(bit(a).or(s, bit(b)).await?),
        Op::Xor(a, b) => Secret::Bit(bit(a).xor(s, bit(b)).await?),
        Op::Not(a) => Secret::Bit(!bit(a)),
    })
}

/// How often each operation gave a result, and how often it was refused.
pub type Tally = BTreeMap<String, [u64; 2]>;

/// Runs the program beside the reference; every live vector is revealed in the end.
pub async fn play<F: Field>(s: &Session<F>, program: &Program) -> Result<Tally> {
    let limits = Limits::of::<F>();
    let (mut ints, mut bits) = (Vec::new(), Vec::new());
    let (mut clear_ints, mut clear_bits, mut tally) = (Vec::new(), Vec::new(), Tally::new());
    for (at, (lo, hi, values)) in program.inputs.iter().enumerate() {
        let clear = limits.int(Some((*lo, *hi)), Some(values.clone()));
        let owner = party(at % s.parties());
        let own = (s.me() == owner).then_some(values.as_slice());
        ints.push(match clear {
            Clear::Refused => Secret::None,
            _ => {
                Secret::Int(Int::trusted_input(s, owner, Interval::new(*lo, *hi)?, values.len(), own).await?)
            }
        });
        clear_ints.push(clear);
    }
    for op in &program.ops {
        let mut clear = step(*op, &clear_ints, &clear_bits, limits).unwrap_or(Clear::Skipped);
        let mut got = match clear {
            Clear::Skipped => Ok(Secret::None),
            _ => play_step(s, *op, &ints, &bits).await,
        };
        let lacks_room = matches!(got, Err(Error::Usage(UsageFault::Range(_) | UsageFault::NoRoom { .. })));
        if lacks_room && may_lack_room(*op, &clear_ints, limits) {
            clear = Clear::Refused;
        }
        if clear == Clear::Refused {
            let refused = match got {
                Ok(Secret::Int(x)) => x.reveal(s).await.err(),
                Ok(Secret::Bit(x)) => x.reveal(s).await.err(),
                Ok(Secret::None) => None,
                Err(error) => Some(error),
            };
            use UsageFault::{Domain, NoRoom, Range};
            let in_order = matches!(refused, Some(Error::Usage(Range(_) | NoRoom { .. } | Domain { .. })));
            assert!(in_order, "{op:?} must be refused: {refused:?} in {program:?}");
            got = Ok(Secret::None);
        }
        let got = got.unwrap_or_else(|error| panic!("{error} at {op:?} in {program:?}"));
        if let (Secret::Int(x), Clear::Int(lo, hi, _)) = (&got, &clear) {
            assert_eq!(x.range(), Interval::new(*lo, *hi)?, "{op:?} in {program:?}");
        }
        let name = format!("{op:?}").split('(').next().unwrap_or_default().to_owned();
        match clear {
            Clear::Refused => tally.entry(name).or_default()[1] += 1,
            Clear::Int(..) | Clear::Bit(_) => tally.entry(name).or_default()[0] += 1,
            Clear::Skipped => {}
        }
        let (secrets, clears) =
            if op.gives_bit() { (&mut bits, &mut clear_bits) } else { (&mut ints, &mut clear_ints) };
        secrets.push(got);
        clears.push(clear);
    }
    let all = ints.iter().zip(&clear_ints).chain(bits.iter().zip(&clear_bits));
    let revealed = all.map(|(secret, clear)| async move {
        match (secret, clear) {
            (Secret::Int(x), Clear::Int(.., values)) => {
                assert_eq!(&x.reveal(s).await?, values, "{program:?}");
            }
            (Secret::Bit(x), Clear::Bit(values)) => assert_eq!(&x.reveal(s).await?, values, "{program:?}"),
            (Secret::None, Clear::Refused | Clear::Skipped) => {}
            _ => panic!("{clear:?} in {program:?}"),
        }
        Ok(())
    });
    try_join_all(revealed.collect::<Vec<_>>().into_iter().map(Box::pin)).await?;
    Ok(tally)
}
