//! Random programs over integers and bits against the same programs on clear integers: no result is another one, what is
//! refused is what may leave the field, and nothing else is. The same programs on permuted vectors, on vectors in two
//! parts, among more parties and over another field give the same.
//!
//! 200 programs; with `SPEEDWELL_LONG=1` 100,000.
#![allow(missing_docs)]

mod common;

use common::{dealer_seed, long, party, prg, run_dealt};
use speedwell_field::{Field, Fp127, Goldilocks, Prg};
use speedwell_online::{
    Bit, Config, Error, Int, Interval, NetworkProfile, Result, Session, UsageFault, try_join_all,
};

/// One step; operands are positions among the integers, or among the bits, made so far.
#[derive(Clone, Copy, Debug)]
enum Op {
    Add(usize, usize),
    Sub(usize, usize),
    Neg(usize),
    Mul(usize, usize),
    Square(usize),
    MulConst(usize, i128),
    AddConst(usize, i128),
    Select(usize, usize, usize),
    Min(usize, usize),
    Max(usize, usize),
    Abs(usize),
    Clamp(usize, i128, i128),
    ToInt(usize),
    Lt(usize, usize),
    Le(usize, usize),
    Eq(usize, usize),
    IsNegative(usize),
    IsZero(usize),
    BitOf(usize, u32),
    And(usize, usize),
    Or(usize, usize),
    Xor(usize, usize),
    Not(usize),
}

#[derive(Clone, Debug)]
struct Program {
    /// Interval, values.
    inputs: Vec<(i128, i128, Vec<i128>)>,
    ops: Vec<Op>,
}

/// Choices from a seed.
struct Random(Prg);

impl Random {
    fn number(&mut self) -> u128 {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes);
        u128::from_le_bytes(bytes)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.number() % n as u128) as usize
    }

    /// An integer of up to so many bits, with sign; small ones as often as large ones.
    fn integer(&mut self, bits: usize) -> i128 {
        let bits = self.below(bits + 1);
        let x = (self.number() & ((1 << bits) - 1)) as i128;
        if self.below(2) == 0 { x } else { -x }
    }
}

impl Program {
    fn random(seed: u64) -> Self {
        let mut random = Random(prg(seed));
        let len = 2 + random.below(3);
        let inputs: Vec<_> = (0..3)
            .map(|_| {
                let bits = [6, 20, 33, 62, 100][random.below(5)];
                let (a, b) = (random.integer(bits), random.integer(bits));
                let (lo, hi) = (a.min(b), a.max(b));
                let value = |random: &mut Random| match random.below(5) {
                    0 => lo,
                    1 => hi,
                    2 => 0.clamp(lo, hi),
                    _ => lo + (random.number() % (hi.abs_diff(lo) + 1)) as i128,
                };
                (lo, hi, (0..len).map(|_| value(&mut random)).collect())
            })
            .collect();
        let (mut ints, mut bits, mut ops) = (inputs.len(), 0, Vec::new());
        while ops.len() < 14 {
            let (a, b) = (random.below(ints), random.below(ints));
            let op = match random.below(if bits == 0 { 18 } else { 24 }) {
                0 | 1 => Op::Add(a, b),
                2 => Op::Sub(a, b),
                3 => Op::Neg(a),
                4 | 5 => Op::Mul(a, b),
                6 => Op::Square(a),
                7 => Op::MulConst(a, random.integer(8)),
                8 => Op::AddConst(a, random.integer(40)),
                9 => Op::Min(a, b),
                10 => Op::Max(a, b),
                11 => Op::Abs(a),
                12 => {
                    let (lo, hi) = (random.integer(30), random.integer(30));
                    Op::Clamp(a, lo.min(hi), lo.max(hi))
                }
                13 => Op::Lt(a, b),
                14 => Op::Le(a, b),
                15 => Op::Eq(a, b),
                16 => [Op::IsNegative(a), Op::IsZero(a)][random.below(2)],
                17 => Op::BitOf(a, random.below(128) as u32),
                _ => {
                    let (x, y) = (random.below(bits), random.below(bits));
                    [
                        Op::Select(x, a, b),
                        Op::ToInt(x),
                        Op::And(x, y),
                        Op::Or(x, y),
                        Op::Xor(x, y),
                        Op::Not(x),
                    ][random.below(6)]
                }
            };
            if op.gives_bit() {
                bits += 1
            } else {
                ints += 1
            }
            ops.push(op);
        }
        Self { inputs, ops }
    }

    /// The program on vectors whose elements stand in another order.
    fn rotated(&self, by: usize) -> Self {
        let mut program = self.clone();
        program.inputs.iter_mut().for_each(|(.., values)| values.rotate_left(by));
        program
    }

    /// The program on a part of the vectors.
    fn part(&self, from: usize, to: usize) -> Self {
        let mut program = self.clone();
        program.inputs.iter_mut().for_each(|(.., values)| *values = values[from..to].to_vec());
        program
    }
}

impl Op {
    fn gives_bit(self) -> bool {
        use Op::*;
        matches!(
            self,
            Lt(..)
                | Le(..)
                | Eq(..)
                | IsNegative(_)
                | IsZero(_)
                | BitOf(..)
                | And(..)
                | Or(..)
                | Xor(..)
                | Not(_)
        )
    }
}

/// What a step gives in the clear.
#[derive(Clone, Debug, PartialEq)]
enum Clear {
    Int(i128, i128, Vec<i128>),
    Bit(Vec<bool>),
    /// Its interval leaves the field, or the field has no room for what it opens.
    Refused,
    /// An operand was refused.
    Skipped,
}

/// A field as far as intervals are concerned.
#[derive(Clone, Copy)]
struct Limits {
    half: i128,
    bits: u32,
}

impl Limits {
    fn of<F: Field>() -> Self {
        let p = F::modulus().iter().rev().fold(0_u128, |p, limb| (p << 64) | u128::from(*limb));
        Self { half: i128::try_from(p >> 1).unwrap(), bits: F::BITS }
    }

    fn int(self, ends: Option<(i128, i128)>, values: Option<Vec<i128>>) -> Clear {
        match ends {
            Some((lo, hi)) if lo >= -self.half && hi <= self.half => {
                let values = values.expect("values lie between the ends");
                assert!(values.iter().all(|x| lo <= *x && *x <= hi), "the reference itself");
                Clear::Int(lo, hi, values)
            }
            _ => Clear::Refused,
        }
    }

    /// Whether the sign of such integers can be had: where it is known, or they are not as long as the field.
    fn sign(self, (lo, hi): (i128, i128)) -> bool {
        lo >= -self.half && hi <= self.half && (lo >= 0 || hi < 0 || length(lo, hi) < self.bits)
    }

    fn zero(self, (lo, hi): (i128, i128)) -> bool {
        lo >= -self.half && hi <= self.half && (lo > 0 || hi < 0 || lo == hi || length(lo, hi) < self.bits)
    }
}

/// Bits of a two's complement that holds both.
fn length(lo: i128, hi: i128) -> u32 {
    (1..=128).find(|k| lo >> (k - 1) >= -1 && hi >> (k - 1) <= 0).unwrap()
}

fn corners(a: (i128, i128), b: (i128, i128)) -> Option<(i128, i128)> {
    let products = [(a.0, b.0), (a.0, b.1), (a.1, b.0), (a.1, b.1)];
    let all: Option<Vec<i128>> = products.into_iter().map(|(x, y)| x.checked_mul(y)).collect();
    all.map(|all| (*all.iter().min().unwrap(), *all.iter().max().unwrap()))
}

/// Everything that the program gives in the clear: the inputs, then a result a step.
fn interpret(program: &Program, limits: Limits) -> (Vec<Clear>, Vec<Clear>, Vec<Clear>) {
    let inputs = program.inputs.iter();
    let mut ints: Vec<Clear> =
        inputs.map(|(lo, hi, values)| limits.int(Some((*lo, *hi)), Some(values.clone()))).collect();
    let (mut bits, mut steps) = (Vec::new(), Vec::new());
    for op in &program.ops {
        let step = step(*op, &ints, &bits, limits).unwrap_or(Clear::Skipped);
        steps.push(step.clone());
        if op.gives_bit() { bits.push(step) } else { ints.push(step) }
    }
    (ints, bits, steps)
}

fn step(op: Op, ints: &[Clear], bits: &[Clear], limits: Limits) -> Option<Clear> {
    let int = |at: usize| match &ints[at] {
        Clear::Int(lo, hi, values) => Some(((*lo, *hi), values.clone())),
        _ => None,
    };
    let bit = |at: usize| match &bits[at] {
        Clear::Bit(values) => Some(values.clone()),
        _ => None,
    };
    let one =
        |a: usize, ends: &dyn Fn((i128, i128)) -> Option<(i128, i128)>, f: &dyn Fn(i128) -> Option<i128>| {
            let (range, values) = int(a)?;
            Some(limits.int(ends(range), values.iter().map(|x| f(*x)).collect()))
        };
    let two = |a: usize,
               b: usize,
               ends: &dyn Fn((i128, i128), (i128, i128)) -> Option<(i128, i128)>,
               f: &dyn Fn(i128, i128) -> Option<i128>| {
        let ((a, x), (b, y)) = (int(a)?, int(b)?);
        Some(limits.int(ends(a, b), x.iter().zip(&y).map(|(x, y)| f(*x, *y)).collect()))
    };
    let minus = |a: (i128, i128), b: (i128, i128)| Some((a.0.checked_sub(b.1)?, a.1.checked_sub(b.0)?));
    let compared = |a: usize, b: usize| {
        let ((a, x), (b, y)) = (int(a)?, int(b)?);
        Some((minus(a, b), x.into_iter().zip(y).collect::<Vec<_>>(), a, b))
    };
    let asked =
        |possible: bool, values: Vec<bool>| Some(if possible { Clear::Bit(values) } else { Clear::Refused });
    let two_bits = |a: usize, b: usize, f: fn(bool, bool) -> bool| {
        let (x, y) = (bit(a)?, bit(b)?);
        Some(Clear::Bit(x.into_iter().zip(y).map(|(x, y)| f(x, y)).collect()))
    };
    match op {
        Op::Add(a, b) => {
            two(a, b, &|a, b| Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?)), &i128::checked_add)
        }
        Op::Sub(a, b) => two(a, b, &minus, &i128::checked_sub),
        Op::Neg(a) => one(a, &|a| Some((-a.1, -a.0)), &i128::checked_neg),
        Op::Mul(a, b) => two(a, b, &corners, &i128::checked_mul),
        Op::Square(a) => {
            let ends = |a: (i128, i128)| {
                let (lo, hi) = (a.0.checked_mul(a.0)?, a.1.checked_mul(a.1)?);
                Some((if a.0 <= 0 && 0 <= a.1 { 0 } else { lo.min(hi) }, lo.max(hi)))
            };
            one(a, &ends, &|x| x.checked_mul(x))
        }
        Op::MulConst(a, c) => one(a, &|a| corners(a, (c, c)), &|x| x.checked_mul(c)),
        Op::AddConst(a, c) => {
            one(a, &|a| Some((a.0.checked_add(c)?, a.1.checked_add(c)?)), &|x| x.checked_add(c))
        }
        Op::Select(bits, a, b) => {
            let (chosen, (a, x), (b, y)) = (bit(bits)?, int(a)?, int(b)?);
            let values = chosen.iter().zip(x.iter().zip(&y)).map(|(bit, (x, y))| if *bit { *x } else { *y });
            Some(Clear::Int(a.0.min(b.0), a.1.max(b.1), values.collect()))
        }
        Op::Min(a, b) | Op::Max(a, b) => {
            let (difference, pairs, a, b) = compared(a, b)?;
            if !difference.is_some_and(|ends| limits.sign(ends)) {
                return Some(Clear::Refused);
            }
            let least = matches!(op, Op::Min(..));
            let pick = |x: i128, y: i128| if least { x.min(y) } else { x.max(y) };
            let values = pairs.iter().map(|(x, y)| pick(*x, *y)).collect();
            Some(Clear::Int(pick(a.0, b.0), pick(a.1, b.1), values))
        }
        Op::Abs(a) => {
            let ((lo, hi), values) = int(a)?;
            let least = if lo <= 0 && 0 <= hi { 0 } else { lo.abs().min(hi.abs()) };
            let possible = limits.sign((lo, hi));
            let values = values.iter().map(|x| x.abs()).collect();
            Some(if possible { Clear::Int(least, lo.abs().max(hi.abs()), values) } else { Clear::Refused })
        }
        Op::Clamp(a, to_lo, to_hi) => {
            let ((lo, hi), values) = int(a)?;
            let (below, above) = (minus((lo, hi), (to_lo, to_lo)), minus((to_hi, to_hi), (lo, hi)));
            let possible = [below, above].iter().all(|ends| ends.is_some_and(|ends| limits.sign(ends)));
            let clamp = |x: i128| x.clamp(to_lo, to_hi);
            let values = values.iter().map(|x| clamp(*x)).collect();
            Some(if possible { Clear::Int(clamp(lo), clamp(hi), values) } else { Clear::Refused })
        }
        Op::ToInt(x) => Some(Clear::Int(0, 1, bit(x)?.into_iter().map(i128::from).collect())),
        Op::Lt(a, b) => {
            let (ends, pairs, ..) = compared(a, b)?;
            asked(ends.is_some_and(|e| limits.sign(e)), pairs.iter().map(|(x, y)| x < y).collect())
        }
        Op::Le(a, b) => {
            let (ends, pairs, ..) = compared(b, a)?;
            asked(ends.is_some_and(|e| limits.sign(e)), pairs.iter().map(|(y, x)| x <= y).collect())
        }
        Op::Eq(a, b) => {
            let (ends, pairs, ..) = compared(a, b)?;
            asked(ends.is_some_and(|e| limits.zero(e)), pairs.iter().map(|(x, y)| x == y).collect())
        }
        Op::IsNegative(a) => {
            let (range, values) = int(a)?;
            asked(limits.sign(range), values.iter().map(|x| *x < 0).collect())
        }
        Op::IsZero(a) => {
            let (range, values) = int(a)?;
            asked(limits.zero(range), values.iter().map(|x| *x == 0).collect())
        }
        Op::BitOf(a, at) => {
            let ((lo, hi), values) = int(a)?;
            let planes = length(lo, hi) - u32::from(lo >= 0);
            let at = at.checked_rem(planes)?;
            asked(planes < limits.bits, values.iter().map(|x| x >> at & 1 == 1).collect())
        }
        Op::And(a, b) => two_bits(a, b, |x, y| x && y),
        Op::Or(a, b) => two_bits(a, b, |x, y| x || y),
        Op::Xor(a, b) => two_bits(a, b, |x, y| x ^ y),
        Op::Not(a) => Some(Clear::Bit(bit(a)?.into_iter().map(|x| !x).collect())),
    }
}

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

/// Runs the program beside the reference; every live vector is revealed in the end.
async fn play<F: Field>(s: &Session<F>, program: &Program) -> Result<()> {
    let (clear_ints, clear_bits, steps) = interpret(program, Limits::of::<F>());
    let (mut ints, mut bits) = (Vec::new(), Vec::new());
    for (at, (lo, hi, values)) in program.inputs.iter().enumerate() {
        if clear_ints[at] == Clear::Refused {
            ints.push(Secret::None);
            continue;
        }
        let owner = party(at % s.parties());
        let own = (s.me() == owner).then_some(values.as_slice());
        ints.push(Secret::Int(
            Int::trusted_input(s, owner, Interval::new(*lo, *hi)?, values.len(), own).await?,
        ));
    }
    for (op, clear) in program.ops.iter().zip(&steps) {
        let got = match clear {
            Clear::Skipped => Secret::None,
            Clear::Refused => {
                let refused = match play_step(s, *op, &ints, &bits).await {
                    Ok(Secret::Int(x)) => x.reveal(s).await.err(),
                    Ok(Secret::Bit(x)) => x.reveal(s).await.err(),
                    Ok(Secret::None) => None,
                    Err(error) => Some(error),
                };
                let in_order =
                    matches!(refused, Some(Error::Usage(UsageFault::Range(_) | UsageFault::NoRoom { .. })));
                assert!(in_order, "{op:?} must be refused: {refused:?} in {program:?}");
                Secret::None
            }
            Clear::Int(lo, hi, _) => {
                let got = play_step(s, *op, &ints, &bits).await?;
                let Secret::Int(x) = &got else { panic!("an integer") };
                assert_eq!(x.range(), Interval::new(*lo, *hi)?, "{op:?} in {program:?}");
                got
            }
            Clear::Bit(_) => play_step(s, *op, &ints, &bits).await?,
        };
        if op.gives_bit() { bits.push(got) } else { ints.push(got) }
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
    try_join_all(revealed.collect::<Vec<_>>().into_iter().map(Box::pin)).await.map(drop)
}

/// A setting for each kind of mask, in turn.
fn setting(number: u64, config: Config) -> Config {
    match number % 4 {
        0 | 1 => config,
        2 => config.network(NetworkProfile::WAN),
        _ => config.masks(64, 1 << 62),
    }
}

fn run_over<F: Field>(n: usize, number: u64, programs: &[Program]) {
    let run = run_dealt::<F>(n, dealer_seed(number)).config(move |config| setting(number, config));
    let outcomes = run.go(async |s| {
        for program in programs {
            play(s, program).await?;
        }
        Ok(())
    });
    for outcome in outcomes {
        assert_eq!(outcome.result, Ok(()), "program {number}: {programs:?}");
    }
}

#[test]
fn random_programs_give_what_they_should() {
    let programs = if long() { 100_000 } else { 200 };
    let (mut refused, mut given) = (0, 0);
    for number in 0..programs {
        let program = Program::random(number);
        let (.., steps) = interpret(&program, Limits::of::<Fp127>());
        refused += steps.iter().filter(|step| **step == Clear::Refused).count();
        given += steps.iter().filter(|step| matches!(step, Clear::Int(..) | Clear::Bit(_))).count();
        run_over::<Fp127>(2, number, std::slice::from_ref(&program));
        // Every few programs: permuted, in two parts, among three, over another field.
        match number % 8 {
            1 => run_over::<Fp127>(2, number, &[program.rotated(1)]),
            3 => {
                let len = program.inputs[0].2.len();
                run_over::<Fp127>(2, number, &[program.part(0, 1), program.part(1, len)]);
            }
            5 => run_over::<Fp127>(3, number, &[program]),
            7 => run_over::<Goldilocks>(2, number, &[program]),
            _ => {}
        }
    }
    assert!(given > refused && refused > 0, "{given} given, {refused} refused");
}
