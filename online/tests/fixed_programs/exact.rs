//! Steps on exact numbers.

use num_bigint::BigInt;

use crate::common::real::{P, exp, ln, ln2, one, product, quotient, sigmoid, sqrt};
use crate::program::Kind::*;
use crate::program::Step;

/// A vector of exact numbers, where they exist and are known.
pub type Reals = Vec<Option<BigInt>>;

fn real(c: i128, over: i128) -> BigInt {
    (BigInt::from(c) << P) / over
}

/// ⌊x·2^f + 1/2⌋.
pub fn nearest(x: &BigInt, f: u32) -> BigInt {
    ((x >> (P - f - 1)) + 1) >> 1
}

/// The same step on exact numbers; what depends on which number is held depends on `held`.
pub fn exact(step: &Step, x: &[&Reals], held: &[&Reals], bits: Option<&Vec<bool>>) -> Reals {
    let zero = BigInt::from(0);
    let (c, d) = (real(step.c[0], step.over), real(step.c[1], step.over));
    let positive = |x: &BigInt| (*x > zero).then(|| x.clone());
    let element = |i: usize| -> Option<BigInt> {
        let (a, b) = (x[0][i].as_ref()?, x[x.len() - 1][i].as_ref()?);
        let holds = held[held.len() - 1][i].as_ref()?;
        Some(match step.kind {
            DivOr | ReciprocalOr | RsqrtOr | LnOr | Log2Or if *holds == zero => c.clone(),
            Add => a + b,
            Sub => a - b,
            Neg => -a,
            Scale => a * step.c[0],
            AddPublic => a + &c,
            Mul | MulHalfAway | MulPr | Dot | DotHalfAway | DotPr => product(a, b),
            Square => product(a, a),
            Pow => (0..step.c[0]).fold(one(), |power, _| product(&power, a)),
            SumOfProducts => product(a, x[1][i].as_ref()?) + product(x[2][i].as_ref()?, x[3][i].as_ref()?),
            MulPublic => a * step.c[0] / step.over,
            DivPublic => a / step.c[0],
            Div | DivOr if *b == zero => return None,
            Div | DivOr => quotient(a, b),
            Reciprocal | ReciprocalOr if *a == zero => return None,
            Reciprocal | ReciprocalOr => quotient(&one(), a),
            Sqrt => positive(a).map_or(zero.clone(), |x| sqrt(&x)),
            Rsqrt | RsqrtOr => quotient(&one(), &sqrt(&positive(a)?)),
            Exp => exp(a),
            Exp2 => exp(&product(a, &ln2())),
            Ln | LnOr => ln(&positive(a)?),
            Log2 | Log2Or => quotient(&ln(&positive(a)?), &ln2()),
            Sigmoid => sigmoid(a),
            Tanh => sigmoid(&(a * 2)) * 2 - one(),
            Min => a.min(b).clone(),
            Max => a.max(b).clone(),
            Abs => a.clone().max(-a),
            Clamp => a.clone().clamp(c.clone(), d.clone()),
            Select => if bits?[i] { a } else { b }.clone(),
            Floor => (holds >> P) << P,
            Round => nearest(holds, 0) << P,
            Rescale | RescaleHalfAway | RescalePr | Sum => a.clone(),
            Lt | Le | Eq | IsNegative => return None,
        })
    };
    let all: Reals = (0..x[0].len()).map(element).collect();
    if matches!(step.kind, Dot | DotHalfAway | DotPr | Sum) {
        let sum = all.iter().cloned().sum::<Option<BigInt>>();
        return vec![sum; all.len()];
    }
    all
}
