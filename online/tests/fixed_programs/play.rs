//! Programs of a session.

use speedwell_field::Field;
use speedwell_online::{Bit, Error, Fixed, Int, Interval, Rational, Result, Session, try_join_all};

use crate::common::party;
use crate::program::Kind::*;
use crate::program::{Program, Step};

/// What a step gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Got {
    Number {
        f: u32,
        range: Interval,
        error: f64,
        values: Vec<i128>,
    },
    Bit(Vec<bool>),
    Refused(Error),
    /// An operand was refused.
    Skipped,
}

impl Got {
    /// What the step gave on the elements of both.
    pub fn append(mut self, other: Self) -> Self {
        match (&mut self, other) {
            (
                Self::Number { f, range, error, values },
                Self::Number { f: f2, range: range2, error: error2, values: more },
            ) => {
                assert_eq!((*f, *range, *error), (f2, range2, error2));
                values.extend(more);
            }
            (Self::Bit(values), Self::Bit(more)) => values.extend(more),
            (one, other) => assert_eq!(*one, other),
        }
        self
    }
}

enum Made<F: Field> {
    Number(Fixed<F>),
    Bit(Bit<F>),
}

async fn play_step<F: Field>(
    s: &Session<F>,
    step: &Step,
    x: &[&Fixed<F>],
    bit: Option<&Bit<F>>,
) -> Result<Made<F>> {
    let (a, b, c) = (x[0], x[x.len() - 1], step.c[0]);
    let real = |c: i128| Rational::new(c, step.over);
    let number = match step.kind {
        Add => a + b,
        Sub => a - b,
        Neg => -a,
        Scale => a * c,
        AddPublic => a.add_public(real(c)?),
        Mul => a.mul(s, b).await?,
        MulHalfAway => a.mul_half_away(s, b).await?,
        MulPr => a.mul_pr(s, b).await?,
        Square => a.square(s).await?,
        Pow => a.pow(s, c as u32).await?,
        Dot => a.dot(s, b).await?.repeat_each(a.len()),
        DotHalfAway => a.dot_half_away(s, b).await?.repeat_each(a.len()),
        DotPr => a.dot_pr(s, b).await?.repeat_each(a.len()),
        SumOfProducts => Fixed::sum_of_products(s, &[(x[0], x[1]), (x[2], x[3])]).await?,
        MulPublic => a.mul_public(s, &vec![real(c)?; a.len()]).await?,
        DivPublic => a.div_public(s, c).await?,
        Rescale => a.rescale(s, c as u32).await?,
        RescaleHalfAway => a.rescale_half_away(s, c as u32).await?,
        RescalePr => a.rescale_pr(s, c as u32).await?,
        Div => a.div(s, b).await?,
        DivOr => a.div_or(s, b, real(c)?).await?,
        Reciprocal => a.reciprocal(s).await?,
        ReciprocalOr => a.reciprocal_or(s, real(c)?).await?,
        Sqrt => a.sqrt(s).await?,
        Rsqrt => a.rsqrt(s).await?,
        RsqrtOr => a.rsqrt_or(s, real(c)?).await?,
        Exp => a.exp(s).await?,
        Exp2 => a.exp2(s).await?,
        Ln => a.ln(s).await?,
        LnOr => a.ln_or(s, real(c)?).await?,
        Log2 => a.log2(s).await?,
        Log2Or => a.log2_or(s, real(c)?).await?,
        Sigmoid => a.sigmoid(s).await?,
        Tanh => a.tanh(s).await?,
        Lt => return Ok(Made::Bit(a.lt(s, b).await?)),
        Le => return Ok(Made::Bit(a.le(s, b).await?)),
        Eq => return Ok(Made::Bit(a.eq(s, b).await?)),
        IsNegative => return Ok(Made::Bit(a.is_negative(s).await?)),
        Min => a.min(s, b).await?,
        Max => a.max(s, b).await?,
        Abs => a.abs(s).await?,
        Clamp => a.clamp(s, real(c)?, real(step.c[1])?).await?,
        Select => Fixed::select(s, bit.expect("a bit"), a, b).await?,
        Floor => Fixed::from_int(&a.floor(s).await?, 0),
        Round => Fixed::from_int(&a.round(s).await?, 0),
        Sum => a.sum().repeat_each(a.len()),
    };
    // x¹ is x and sends nothing, but it refuses what carries a fault.
    number.pow(s, 1).await.map(Made::Number)
}

/// Runs the program: what the inputs and the steps gave, all revealed in the end.
pub async fn play<F: Field>(s: &Session<F>, program: &Program) -> Result<Vec<Got>> {
    let (mut numbers, mut bits, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (f, range, values)) in program.inputs.iter().enumerate() {
        let owner = party(at % s.parties());
        let own = (s.me() == owner).then_some(values.as_slice());
        let made = Int::trusted_input(s, owner, *range, values.len(), own).await;
        let made = made.map(|made| Made::Number(Fixed::from_scaled(made, *f)));
        numbers.push(all.len());
        all.push(Some(made));
    }
    for step in &program.steps {
        let operands = step.at[..step.kind.operands()].iter().map(|at| match &all[numbers[*at]] {
            Some(Ok(Made::Number(x))) => Some(x),
            _ => None,
        });
        let bit = bits.get(step.bit).and_then(|at: &usize| match &all[*at] {
            Some(Ok(Made::Bit(bit))) => Some(bit),
            _ => None,
        });
        let operands: Option<Vec<&Fixed<F>>> = operands.collect();
        let made = match operands.filter(|_| bit.is_some() || step.kind != Select) {
            Some(operands) => Some(play_step(s, step, &operands, bit).await),
            None => None,
        };
        if step.kind.gives_bit() {
            bits.push(all.len())
        } else {
            numbers.push(all.len())
        }
        all.push(made);
    }
    let revealed = all.iter().map(|made| async move {
        Ok(match made {
            None => Got::Skipped,
            Some(Err(error @ Error::Usage(_))) => Got::Refused(error.clone()),
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(Made::Bit(bit))) => Got::Bit(bit.reveal(s).await?),
            Some(Ok(Made::Number(x))) => Got::Number {
                f: x.fraction_bits(),
                range: x.range(),
                error: x.error().as_f64(),
                values: x.reveal_scaled(s).await?,
            },
        })
    });
    try_join_all(revealed.collect::<Vec<_>>().into_iter().map(Box::pin)).await
}
