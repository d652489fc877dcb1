//! What a step gives in the clear.

use speedwell_field::Field;

use crate::program::Op;

/// What a step gives in the clear.
#[derive(Clone, Debug, PartialEq)]
pub enum Clear {
    Int(i128, i128, Vec<i128>),
    Bit(Vec<bool>),
    /// Its interval leaves the field, or the field has no room for what it opens.
    Refused,
    /// An operand was refused.
    Skipped,
}

/// A field as far as intervals are concerned.
#[derive(Clone, Copy)]
pub struct Limits {
    half: i128,
    bits: u32,
}

impl Limits {
    pub fn of<F: Field>() -> Self {
        let p = F::modulus().iter().rev().fold(0_u128, |p, limb| (p << 64) | u128::from(*limb));
        Self { half: i128::try_from(p >> 1).unwrap(), bits: F::BITS }
    }

    pub fn int(self, ends: Option<(i128, i128)>, values: Option<Vec<i128>>) -> Clear {
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

/// The step on clear numbers; `None` where an operand was refused.
pub fn step(op: Op, ints: &[Clear], bits: &[Clear], limits: Limits) -> Option<Clear> {
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
    let whole = |a: usize,
                 ends: &dyn Fn((i128, i128), i128) -> Option<(i128, i128)>,
                 f: &dyn Fn(&[i128]) -> Option<i128>| {
        let (range, values) = int(a)?;
        Some(limits.int(ends(range, values.len() as i128), f(&values).map(|x| vec![x; values.len()])))
    };
    let sums = |(lo, hi): (i128, i128), n: i128| Some((lo.checked_mul(n)?, hi.checked_mul(n)?));
    let sum = |values: &[i128]| values.iter().try_fold(0_i128, |sum, x| sum.checked_add(*x));
    // The best element, or where it stands, of a vector whose elements can be compared.
    let best = |a: usize, at: bool, better: fn(&i128, &i128) -> bool| {
        let (range, values) = int(a)?;
        if values.len() > 1 && !minus(range, range).is_some_and(|ends| limits.sign(ends)) {
            return Some(Clear::Refused);
        }
        let first =
            (1..values.len()).fold(0, |best, i| if better(&values[i], &values[best]) { i } else { best });
        let (lo, hi) = if at { (0, values.len() as i128 - 1) } else { range };
        Some(Clear::Int(lo, hi, vec![if at { first as i128 } else { values[first] }; values.len()]))
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
        Op::Sign(a) => {
            let ((lo, hi), values) = int(a)?;
            let possible = limits.sign((lo, hi)) && limits.sign((-hi, -lo));
            let values = values.iter().map(|x| x.signum()).collect();
            Some(if possible { Clear::Int(-1, 1, values) } else { Clear::Refused })
        }
        Op::Pow(a, e) => one(a, &|a| powers(a, e), &|x| x.checked_pow(e)),
        Op::Isqrt(a) => one(a, &|a| Some((a.0.checked_isqrt()?, a.1.checked_isqrt()?)), &i128::checked_isqrt),
        Op::DivPow2Floor(a, t) => one(a, &|a| Some((a.0 >> t, a.1 >> t)), &|x| Some(x >> t)),
        Op::DivPow2Round(a, t) => {
            let round = |x: i128| if t == 0 { Some(x) } else { Some(x.checked_add(1 << (t - 1))? >> t) };
            one(a, &|a| Some((round(a.0)?, round(a.1)?)), &round)
        }
        Op::DivFloorPublic(a, d) => {
            one(a, &|a| Some((a.0.div_euclid(d), a.1.div_euclid(d))), &|x| Some(x.div_euclid(d)))
        }
        Op::DivRoundPublic(a, d) => {
            let moved = |x: i128| x.checked_mul(2)?.checked_add(d);
            let round = |x: i128| Some(if d == 1 { x } else { moved(x)?.div_euclid(2 * d) });
            one(a, &|a| Some((round(a.0)?, round(a.1)?)), &round)
        }
        Op::DivFloor(a, b) => quotients(int(a)?, int(b)?, None, floor, false, limits),
        Op::DivFloorOr(a, b, zero) => quotients(int(a)?, int(b)?, Some(zero), floor, false, limits),
        // ⌊x/y + 1/2⌋, in an interval of one unit more.
        Op::DivRound(a, b) => {
            let round = |x: i128, y: i128| floor(2 * x * y.signum() + y.abs(), 2 * y.abs());
            quotients(int(a)?, int(b)?, None, round, true, limits)
        }
        Op::Remainder(a, b) => remainders(int(a)?, int(b)?, false),
        Op::RemainderOr(a, b, _) => remainders(int(a)?, int(b)?, true),
        Op::Sum(a) => whole(a, &sums, &sum),
        Op::Dot(a, b) => {
            let ((a, x), (b, y)) = (int(a)?, int(b)?);
            let products: Option<Vec<i128>> = x.iter().zip(&y).map(|(x, y)| x.checked_mul(*y)).collect();
            let dot = products.and_then(|products| sum(&products));
            let ends = corners(a, b).and_then(|ends| sums(ends, x.len() as i128));
            Some(limits.int(ends, dot.map(|dot| vec![dot; x.len()])))
        }
        Op::Least(a) => best(a, false, i128::lt),
        Op::ArgMin(a) => best(a, true, i128::lt),
        Op::Greatest(a) => best(a, false, i128::gt),
        Op::ArgMax(a) => best(a, true, i128::gt),
        Op::Sort(a, downwards) => {
            let ((lo, hi), mut values) = int(a)?;
            values.sort();
            if downwards {
                values.reverse();
            }
            Some(Clear::Int(lo, hi, values))
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

type Operand = ((i128, i128), Vec<i128>);

/// ⌊x/y⌋.
fn floor(x: i128, y: i128) -> i128 {
    x.div_euclid(y) - i128::from(y < 0 && x.rem_euclid(y) != 0)
}

/// All x^e.
fn powers((lo, hi): (i128, i128), e: u32) -> Option<(i128, i128)> {
    let (x, y) = (lo.checked_pow(e)?, hi.checked_pow(e)?);
    let least = if e > 0 && e.is_multiple_of(2) && lo <= 0 && 0 <= hi { 0 } else { x.min(y) };
    Some((least, x.max(y)))
}

/// Quotients; the interval is that of the quotients by what the sign of y leaves, rounded down or one unit wider.
fn quotients(
    ((lo, hi), x): Operand,
    (divisor, y): Operand,
    zero: Option<i128>,
    quotient: impl Fn(i128, i128) -> i128,
    wider: bool,
    limits: Limits,
) -> Option<Clear> {
    if zero.is_none() && divisor.0 <= 0 && 0 <= divisor.1 {
        return Some(Clear::Refused);
    }
    let (lo, hi) = match (divisor.0 < 0, divisor.1 > 0) {
        (false, _) => (lo, hi),
        (true, false) => (-hi, -lo),
        (true, true) => (lo.min(-hi), hi.max(-lo)),
    };
    let most = divisor.0.abs().max(divisor.1.abs()).max(1);
    let touches = divisor.0 <= 0 && 0 <= divisor.1;
    let least = if touches { 1 } else { divisor.0.abs().min(divisor.1.abs()) };
    let lo = floor(lo, least).min(floor(lo, most));
    let hi = floor(hi, least).max(floor(hi, most)) + i128::from(wider);
    let (lo, hi) = zero.filter(|_| touches).map_or((lo, hi), |zero| (lo.min(zero), hi.max(zero)));
    let values = x.iter().zip(&y).map(|(x, y)| if *y == 0 { zero } else { Some(quotient(*x, *y)) });
    Some(limits.int(Some((lo, hi)), values.collect()))
}

/// x − y·⌊x/y⌋, of the sign of y; x where y is 0.
fn remainders(((lo, hi), x): Operand, (divisor, y): Operand, or: bool) -> Option<Clear> {
    let touches = divisor.0 <= 0 && 0 <= divisor.1;
    if touches && !or {
        return Some(Clear::Refused);
    }
    let most = divisor.0.abs().max(divisor.1.abs()).max(1) - 1;
    let (mut from, mut to) = (if divisor.0 < 0 { -most } else { 0 }, if divisor.1 > 0 { most } else { 0 });
    if touches {
        (from, to) = (from.min(lo).min(0), to.max(hi).max(0));
    }
    let values = x.iter().zip(&y).map(|(x, y)| if *y == 0 { *x } else { x - y * floor(*x, *y) });
    Some(Clear::Int(from, to, values.collect()))
}

/// Whether the field may have no room for the numbers that this step opens, though its result lies in the field.
pub fn may_lack_room(op: Op, ints: &[Clear], limits: Limits) -> bool {
    let length = |at: usize| match &ints[at] {
        Clear::Int(lo, hi, _) => length(*lo, *hi),
        _ => 0,
    };
    match op {
        // Numbers up to two bits longer are opened.
        Op::DivPow2Floor(a, t) | Op::DivPow2Round(a, t) => length(a).max(t) + 3 > limits.bits,
        Op::DivFloorPublic(a, d) | Op::DivRoundPublic(a, d) => {
            length(a).max(128 - d.leading_zeros()) * 2 > limits.bits
        }
        // There are no roots over short fields.
        Op::Isqrt(a) => limits.bits < 100 || length(a) > limits.bits / 2 + 1,
        Op::DivFloor(a, b)
        | Op::DivFloorOr(a, b, _)
        | Op::DivRound(a, b)
        | Op::Remainder(a, b)
        | Op::RemainderOr(a, b, _) => {
            let longest = if limits.bits < 100 { limits.bits / 4 } else { limits.bits / 2 };
            length(a).max(length(b)) > longest
        }
        Op::Sort(a, _) => length(a) + 8 > limits.bits,
        _ => false,
    }
}
