//! Random programs.

use crate::common::choices::{Random, in_bulk};

/// One step; operands are positions among the integers, or among the bits, made so far.
#[derive(Clone, Copy, Debug)]
pub enum Op {
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
    Sign(usize),
    Pow(usize, u32),
    Isqrt(usize),
    DivPow2Floor(usize, u32),
    DivPow2Round(usize, u32),
    DivFloorPublic(usize, i128),
    DivRoundPublic(usize, i128),
    DivFloor(usize, usize),
    Remainder(usize, usize),
    /// With a quotient by zero.
    DivFloorOr(usize, usize, i128),
    RemainderOr(usize, usize, i128),
    DivRound(usize, usize),
    /// Of whole vectors; the one result stands in every place.
    Sum(usize),
    Dot(usize, usize),
    Least(usize),
    ArgMin(usize),
    Greatest(usize),
    ArgMax(usize),
    /// Downwards, if so.
    Sort(usize, bool),
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
pub struct Program {
    /// Interval, values.
    pub inputs: Vec<(i128, i128, Vec<i128>)>,
    pub ops: Vec<Op>,
}

impl Program {
    pub fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let len = if in_bulk(seed) { 16 + random.below(5) } else { 2 + random.below(3) };
        let inputs: Vec<_> = (0..3)
            .map(|_| {
                let bits = random.of(&[6, 20, 33, 62, 100]);
                let (a, b) = (random.integer(bits), random.integer(bits));
                let (lo, hi) = (a.min(b), a.max(b));
                (lo, hi, (0..len).map(|_| random.within(lo, hi)).collect())
            })
            .collect();
        let (mut ints, mut bits, mut ops) = (inputs.len(), 0, Vec::new());
        while ops.len() < 16 {
            let (a, b) = (random.below(ints), random.below(ints));
            let op = match random.below(if bits == 0 { 31 } else { 37 }) {
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
                16 => random.of(&[Op::IsNegative(a), Op::IsZero(a)]),
                17 => Op::BitOf(a, random.below(128) as u32),
                18 => Op::Sign(a),
                19 => Op::Pow(a, random.below(6) as u32),
                20 => Op::DivPow2Floor(a, random.below(70) as u32),
                21 => Op::DivPow2Round(a, random.below(70) as u32),
                22 => Op::DivFloorPublic(a, random.integer(40).abs().max(1)),
                23 => Op::DivRoundPublic(a, random.integer(40).abs().max(1)),
                24 | 25 => {
                    // By numbers that are not zero, mostly.
                    let most = 1 + random.integer(31).abs();
                    let least = random.of(&[1, 1, most]);
                    let mut b = b;
                    if random.below(8) != 0 {
                        ops.push(random.of(&[Op::Clamp(b, least, most), Op::Clamp(b, -most, -least)]));
                        (b, ints) = (ints, ints + 1);
                    }
                    random.of(&[Op::DivFloor(a, b), Op::Remainder(a, b), Op::DivRound(a, b)])
                }
                26 => {
                    let zero = random.integer(20);
                    random.of(&[Op::DivFloorOr(a, b, zero), Op::RemainderOr(a, b, zero)])
                }
                27 => {
                    ops.push({
                        let most = random.integer(63).abs();
                        random.of(&[Op::Clamp(a, 0, most), Op::Abs(a)])
                    });
                    ints += 1;
                    Op::Isqrt(ints - 1)
                }
                28 => random.of(&[Op::Sum(a), Op::Dot(a, b)]),
                29 => random.of(&[Op::Least(a), Op::ArgMin(a), Op::Greatest(a), Op::ArgMax(a)]),
                30 => Op::Sort(a, random.below(2) == 0),
                _ => {
                    let (x, y) = (random.below(bits), random.below(bits));
                    random.of(&[
                        Op::Select(x, a, b),
                        Op::ToInt(x),
                        Op::And(x, y),
                        Op::Or(x, y),
                        Op::Xor(x, y),
                        Op::Not(x),
                    ])
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
    pub fn rotated(&self, by: usize) -> Self {
        let mut program = self.clone();
        program.inputs.iter_mut().for_each(|(.., values)| values.rotate_left(by));
        program
    }

    /// The program on a part of the vectors.
    pub fn part(&self, from: usize, to: usize) -> Self {
        let mut program = self.clone();
        program.inputs.iter_mut().for_each(|(.., values)| *values = values[from..to].to_vec());
        program
    }
}

impl Op {
    pub fn gives_bit(self) -> bool {
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
