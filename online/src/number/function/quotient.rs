//! Division as it is asked for: of signed numbers, by numbers that may be zero.

use speedwell_field::Field;
use speedwell_net::BoxFuture;

use super::division::{Numerator, Plan};
use super::{bit_length, limit, no_room};
use crate::error::{Result, UsageFault};
use crate::mask::{Routine, Shape, run_ahead};
use crate::number::limit::fault;
use crate::number::{Int, Interval, Ulps};
use crate::protocol::mul;
use crate::session::Session;
use crate::share::Shares;

/// A division as it is asked for: of signed numbers, with or without a value in place of a quotient by zero.
pub(crate) struct Division {
    plan: Plan,
    /// |b| once its sign is out, 0 included if it may be.
    divisor: Interval,
    sign: Sign,
    /// What the quotient may be.
    range: Interval,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Positive,
    Negative,
    Either,
}

/// The quotient and what it was made from.
pub(crate) struct Quotient<F: Field> {
    pub(crate) quotient: Shares<F>,
    /// |b|, 1 in place of 0.
    pub(crate) divisor: Shares<F>,
    /// a, negated where b is negative.
    pub(crate) numerator: Shares<F>,
    /// [b < 0], if that is not public.
    pub(crate) negative: Option<Shares<F>>,
    /// [b = 0], if that may be.
    pub(crate) zero: Option<Shares<F>>,
}

impl Division {
    /// Of a·2^f/b. `by_zero` says whether b = 0 is cared for.
    pub(crate) fn plan<F: Field>(
        s: &Session<F>,
        operation: &'static str,
        a: Interval,
        b: Interval,
        (f, fraction_bits): (u32, u32),
        by_zero: bool,
    ) -> Result<Self> {
        if b.contains(0) && !by_zero {
            let domain = "what is not 0: narrow the interval, or say what a division by 0 gives";
            return Err(UsageFault::Domain { operation, domain, interval: b, fraction_bits }.into());
        }
        let refused = || fault::<F>(operation, &[a, b]);
        let sign = match (b.lo() < 0, b.hi() > 0) {
            (false, _) => Sign::Positive,
            (true, false) => Sign::Negative,
            (true, true) => Sign::Either,
        };
        let divisor = b.absolute().ok_or_else(refused)?;
        let positive = Interval::new(divisor.lo().max(1), divisor.hi().max(1))?;
        let bound = limit(s);
        let plan = Plan::find(a.magnitude(), positive, f, bound).ok_or_else(|| {
            let need = bit_length(a.magnitude())
                .saturating_add(i64::from(f))
                .saturating_add(bit_length(divisor.hi().unsigned_abs()));
            no_room(s, operation, need.max(bound.saturating_add(1)))
        })?;
        let numerator = match sign {
            Sign::Positive => a,
            Sign::Negative => a.negated().ok_or_else(refused)?,
            Sign::Either => a.hull(&a.negated().ok_or_else(refused)?),
        };
        let range = quotients(numerator, positive, f).ok_or_else(refused)?;
        Ok(Self { plan, divisor, sign, range })
    }

    /// What the quotient may be, one unit of error included.
    pub(crate) fn range(&self) -> Interval {
        self.range
    }

    /// |b|, 0 included if it may be.
    pub(crate) fn divisor(&self) -> Interval {
        self.divisor
    }

    /// A bound of the error, in ulps.
    pub(crate) fn error(&self) -> Ulps {
        self.plan.error()
    }

    /// a·2^f/b, to less than one unit. Masks for openings of `more` shapes are made beside its own.
    pub(crate) async fn run<F: Field>(
        &self,
        s: &Session<F>,
        a: Numerator<'_, F>,
        b: &Int<F>,
        more: &[Shape],
    ) -> Result<Quotient<F>> {
        let (public, inputs) = match a {
            Numerator::Secret(a) => (None, vec![b.shares().clone(), a.clone()]),
            Numerator::Public(a) => (Some(a), vec![b.shares().clone()]),
        };
        run_ahead(s, &Running { division: self, public, range: b.range() }, &inputs, more).await
    }

    async fn steps<F: Field>(&self, s: &Session<F>, a: Numerator<'_, F>, b: &Int<F>) -> Result<Quotient<F>> {
        let secret = |a: &Numerator<'_, F>| match a {
            Numerator::Secret(a) => (*a).clone(),
            Numerator::Public(a) => s.constant(&vec![*a; b.len()]),
        };
        let (numerator, divisor, negative) = match self.sign {
            Sign::Positive => {
                let (quotient, zero) = self.plan.run(s, a, b.shares(), self.divisor).await?;
                let divisor = with_one(b.shares(), zero.as_ref());
                return Ok(Quotient { quotient, divisor, numerator: secret(&a), negative: None, zero });
            }
            Sign::Negative => (-secret(&a), -b.shares(), None),
            Sign::Either => {
                // |b| = b − 2·g·b and a' = a − 2·g·a.
                let negative = b.is_negative(s).await?.into_shares();
                let all = secret(&a);
                let signs = negative.clone().append(&negative);
                let flipped = mul(s, &signs, &b.shares().clone().append(&all)).await?;
                let (b_part, a_part) = flipped.split_at(b.len());
                (all - &a_part - &a_part, b.shares() - &b_part - &b_part, Some(negative))
            }
        };
        let (quotient, zero) =
            self.plan.run(s, Numerator::Secret(&numerator), &divisor, self.divisor).await?;
        let divisor = with_one(&divisor, zero.as_ref());
        Ok(Quotient { quotient, divisor, numerator, negative, zero })
    }
}

/// A division of shares.
struct Running<'a, F> {
    division: &'a Division,
    public: Option<F>,
    range: Interval,
}

impl<F: Field> Routine<F> for Running<'_, F> {
    type Output = Quotient<F>;

    fn steps<'a>(&'a self, s: &'a Session<F>, inputs: &'a [Shares<F>]) -> BoxFuture<'a, Result<Quotient<F>>> {
        Box::pin(async move {
            let nothing = s.constant(&[]);
            let b = Int::assume(inputs.first().unwrap_or(&nothing).clone(), self.range);
            let a = match self.public {
                Some(a) => Numerator::Public(a),
                None => Numerator::Secret(inputs.get(1).unwrap_or(&nothing)),
            };
            self.division.steps(s, a, &b).await
        })
    }
}

fn with_one<F: Field>(b: &Shares<F>, zero: Option<&Shares<F>>) -> Shares<F> {
    match zero {
        Some(zero) => b + zero,
        None => b.clone(),
    }
}

/// All a·2^f/b with b > 0, widened by one unit.
fn quotients(a: Interval, b: Interval, f: u32) -> Option<Interval> {
    let scale = 1_i128.checked_shl(f).filter(|power| *power > 0)?;
    let corner = |a: i128, up: bool| {
        let scaled = a.checked_mul(scale)?;
        let ends = [scaled.div_euclid(b.lo()), scaled.div_euclid(b.hi())];
        // An integer at less than 1 from x lies between ⌊x⌋ and ⌊x⌋ + 1.
        if up { ends.into_iter().max()?.checked_add(1) } else { ends.into_iter().min() }
    };
    Interval::new(corner(a.lo(), false)?, corner(a.hi(), true)?).ok()
}
