//! Random programs.

use Kind::*;
use speedwell_online::Interval;

use crate::common::choices::{Random, in_bulk};

#[rustfmt::skip]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Add, Sub, Neg, Scale, AddPublic, Mul, MulHalfAway, MulPr, Square, Pow, Dot, DotHalfAway, DotPr, SumOfProducts, MulPublic,
    DivPublic, Rescale, RescaleHalfAway, RescalePr, Div, DivOr, Reciprocal, ReciprocalOr, Sqrt, Rsqrt, RsqrtOr, Exp, Exp2,
    Ln, LnOr, Log2, Log2Or, Sigmoid, Tanh, Lt, Le, Eq, IsNegative, Min, Max, Abs, Clamp, Select, Floor, Round, Sum,
}

#[rustfmt::skip]
pub const KINDS: [Kind; 46] = [
    Add, Sub, Neg, Scale, AddPublic, Mul, MulHalfAway, MulPr, Square, Pow, Dot, DotHalfAway, DotPr, SumOfProducts, MulPublic,
    DivPublic, Rescale, RescaleHalfAway, RescalePr, Div, DivOr, Reciprocal, ReciprocalOr, Sqrt, Rsqrt, RsqrtOr, Exp, Exp2,
    Ln, LnOr, Log2, Log2Or, Sigmoid, Tanh, Lt, Le, Eq, IsNegative, Min, Max, Abs, Clamp, Select, Floor, Round, Sum,
];

impl Kind {
    pub fn operands(self) -> usize {
        match self {
            Add | Sub | Mul | MulHalfAway | MulPr | Dot | DotHalfAway | DotPr | Div | DivOr => 2,
            Lt | Le | Eq | Min | Max | Select => 2,
            SumOfProducts => 4,
            _ => 1,
        }
    }

    /// Whether ties go away from zero.
    pub fn rounds_away(self) -> bool {
        matches!(self, MulHalfAway | DotHalfAway | RescaleHalfAway)
    }

    /// Whether either neighbour may come out.
    pub fn is_left_to_chance(self) -> bool {
        matches!(self, MulPr | DotPr | RescalePr)
    }

    pub fn gives_bit(self) -> bool {
        matches!(self, Lt | Le | Eq | IsNegative)
    }

    /// The error of one step, in ulps, as documented: over `Fp127`, and over fields with less room.
    pub fn documented(self, results: Interval, field_bits: u32) -> f64 {
        let short = field_bits < 100;
        match self {
            Add | Sub | Neg | Scale | Min | Max | Abs | Select | Floor | Round | Sum => 0.0,
            MulPr | DotPr | RescalePr => 1.0,
            Exp | Exp2 | Ln | LnOr | Log2 | Log2Or | Sigmoid | Tanh if short => 2.0,
            Sqrt | Rsqrt | RsqrtOr if short => 1.0,
            Exp | Exp2 if results.magnitude() >> 56 != 0 => 1.3594,
            Exp | Exp2 => 1.0,
            Sqrt if results.magnitude() >> 48 != 0 => 1.0,
            Div | DivOr | Reciprocal | ReciprocalOr | Sqrt | Rsqrt | RsqrtOr => 0.875,
            Ln | LnOr | Log2 | Log2Or => 0.6329,
            Sigmoid | Tanh => 1.1875,
            Pow | MulPublic => f64::INFINITY,
            _ => 0.5,
        }
    }

    /// Whether the interval of the last operand is outside the domain.
    pub fn is_outside(self, x: Interval) -> bool {
        match self {
            Div | Reciprocal => x.contains(0),
            Sqrt | RsqrtOr | LnOr | Log2Or => x.lo() < 0,
            Rsqrt | Ln | Log2 => x.lo() <= 0,
            _ => false,
        }
    }
}

/// One step; operands are positions among the numbers, or the bits, made so far.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub kind: Kind,
    pub at: [usize; 4],
    pub bit: usize,
    /// A public factor, exponent, divisor, scale, or the ends of an interval and so on, the real ones over `over`.
    pub c: [i128; 2],
    pub over: i128,
}

/// Numbers X·2^−f: f, the interval of X, and X.
pub type Input = (u32, Interval, Vec<i128>);

#[derive(Clone, Debug)]
pub struct Program {
    pub inputs: Vec<Input>,
    pub steps: Vec<Step>,
}

impl Program {
    pub fn random(number: u64) -> Self {
        let mut random = Random::new(number);
        let len = if in_bulk(number) { 16 + random.below(5) } else { 1 + random.below(4) };
        let usual = random.of(&[0, 4, 8, 12, 16, 16, 20, 24, 32]);
        let inputs = (0..3).map(|_| input(&mut random, usual, len)).collect();
        let mut program = Self { inputs, steps: Vec::new() };
        let (mut numbers, mut bits) = (3, 0);
        while program.steps.len() < 8 {
            let kind = match random.below(16) {
                0 => Select,
                1 => MulHalfAway,
                _ => random.of(&KINDS),
            };
            if kind == Select && bits == 0 {
                continue;
            }
            let mut step = Step {
                kind,
                at: [0; 4].map(|_| random.below(numbers)),
                bit: random.below(bits.max(1)),
                c: [random.integer(9), random.integer(9)],
                over: random.of(&[1, 2, 3, 10, 16, 256]),
            };
            match kind {
                Clamp => step.c.sort(),
                Pow => step.c[0] = random.below(5) as i128,
                DivPublic => step.c[0] = random.of(&[1, 2, 3, 7, 10, 64, 365, 1_000_003]),
                Rescale | RescaleHalfAway | RescalePr => {
                    step.c[0] = (usual as i128 + random.integer(3)).max(0)
                }
                _ => {}
            }
            let last = kind.operands() - 1;
            if let Some((c, over)) = domain(&mut random, kind) {
                // The operand that the domain is about is moved there first.
                program.steps.push(Step { kind: Clamp, at: [step.at[last]; 4], c, over, ..step });
                step.at[last] = numbers;
                numbers += 1;
            }
            program.steps.push(step);
            if kind.gives_bit() { bits += 1 } else { numbers += 1 }
        }
        program
    }

    /// The program with nothing in it that is left to chance.
    pub fn determined(mut self) -> Self {
        self.steps.iter_mut().for_each(|step| match step.kind {
            MulPr => step.kind = Mul,
            DotPr => step.kind = Dot,
            RescalePr => step.kind = Rescale,
            _ => {}
        });
        self
    }

    /// The program with nothing in it that brings elements together.
    pub fn element_by_element(mut self) -> Self {
        self.steps.iter_mut().for_each(|step| match step.kind {
            Dot => step.kind = Mul,
            DotHalfAway => step.kind = MulHalfAway,
            DotPr => step.kind = MulPr,
            Sum => step.kind = Neg,
            _ => {}
        });
        self
    }

    /// The program on a part of its numbers.
    pub fn part(&self, from: usize, to: usize) -> Self {
        let mut program = self.clone();
        program.inputs.iter_mut().for_each(|(.., values)| *values = values[from..to].to_vec());
        program
    }

    /// The program on vectors whose elements stand in another order.
    pub fn rotated(&self, by: usize) -> Self {
        let mut program = self.clone();
        program.inputs.iter_mut().for_each(|(.., values)| values.rotate_left(by));
        program
    }
}

fn input(random: &mut Random, usual: u32, len: usize) -> Input {
    let f = if random.below(4) == 0 { random.of(&[0, 5, 8, 16, 32]) } else { usual };
    let bits = f as usize + random.of(&[1, 4, 8, 12, 15, 31]);
    let (a, b) = (random.integer(bits), random.integer(bits));
    let (lo, hi) = match random.below(3) {
        0 => (1 + a.abs().min(b.abs()), 1 + a.abs().max(b.abs())),
        1 => (0, a.abs().max(1)),
        _ => (a.min(b), a.max(b)),
    };
    // Products of numbers with one bit less behind the point than the scale has are ties.
    let value = |random: &mut Random| {
        let (x, zeros) = (random.within(lo, hi), f / 2 - random.below(2).min(f as usize / 2) as u32);
        if random.below(3) == 0 { ((x >> zeros | 1) << zeros).clamp(lo, hi) } else { x }
    };
    let values = (0..len).map(|_| value(random)).collect();
    (f, Interval::new(lo, hi).unwrap(), values)
}

/// Mostly an interval in which the function has values, over a denominator.
fn domain(random: &mut Random, kind: Kind) -> Option<([i128; 2], i128)> {
    let hi = 16 << random.of(&[1, 3, 6, 10, 15]);
    let (lo, hi) = match kind {
        _ if random.below(4) == 0 => return None,
        Reciprocal | Div if random.below(3) == 0 => (-hi, -8),
        Reciprocal | Div | Rsqrt | Ln | Log2 => (random.of(&[1, 8, 16, 24]), hi),
        Sqrt | RsqrtOr | LnOr | Log2Or => (0, hi),
        DivOr | ReciprocalOr => (-hi * random.below(2) as i128, hi),
        Exp | Exp2 => (-16 * random.of(&[0, 3, 12, 30]), 16 * random.of(&[0, 1, 4, 9, 14])),
        _ => return None,
    };
    Some(([lo, hi], 16))
}
