//! The measured programs, and what is right to come out of them.

use serde::{Deserialize, Serialize};
use speedwell_field::Field;
use speedwell_online::number::Fixed;
use speedwell_online::order::{Direction, sort_table};
use speedwell_online::{Int, Interval, Masking, Result, Session, Shares, UsageFault, protocol};

/// The operation measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(crate) enum Op {
    /// Products of vectors of up to one million elements.
    Mul,
    /// One inner product of up to one million elements; each product counts.
    Dot,
    /// Products of one element, each depending on the one before: rounds a second.
    Chain,
    /// Openings of vectors of up to one million elements.
    Open,
    /// Comparisons of two secret integers of 32 bits.
    #[value(name = "lt32")]
    #[serde(rename = "lt32")]
    Lt32,
    /// Comparisons of two secret integers of 64 bits.
    #[value(name = "lt64")]
    #[serde(rename = "lt64")]
    Lt64,
    /// Equality of two secret integers of 64 bits.
    #[value(name = "eq64")]
    #[serde(rename = "eq64")]
    Eq64,
    /// Fixed-point products rounded exactly; see --fraction-bits.
    FixedMul,
    /// Fixed-point products rounded up or down at random.
    FixedMulPr,
    /// Fixed-point quotients.
    FixedDiv,
    /// One sort of a table: keys of 32 bits and a payload column; each row counts.
    #[value(name = "sort32")]
    #[serde(rename = "sort32")]
    Sort32,
}

/// Fraction bits of fixed-point numbers, and bits before the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) fraction: u32,
    pub(crate) whole: u32,
}

/// What an operation works on.
pub(crate) enum Operands<F: Field> {
    Elements(Shares<F>, Shares<F>),
    Numbers(Int<F>, Int<F>, Vec<(i128, i128)>),
    Points(Fixed<F>, Fixed<F>, Vec<(i128, i128)>),
}

/// What comes out: shares, with what must be in them where it is known.
pub(crate) struct Outcome<F: Field> {
    results: Option<Int<F>>,
    /// Least and largest right result of each.
    right: Vec<(i128, i128)>,
}

impl Op {
    /// How many operations are measured unless the command line says.
    pub(crate) fn default_count(self) -> u64 {
        match self {
            Self::Mul | Self::Dot | Self::Open => 1_000_000,
            Self::Lt32 | Self::FixedMul | Self::FixedMulPr => 200_000,
            Self::Lt64 | Self::Eq64 => 50_000,
            Self::Chain | Self::Sort32 => 20_000,
            Self::FixedDiv => 10_000,
        }
    }

    /// Most operations at once, which bounds the memory: full-field masks take several times as much of it.
    pub(crate) fn block(self, masking: Option<Masking>) -> u64 {
        match self {
            Self::Mul | Self::Dot | Self::Open => 1_000_000,
            Self::Lt32 | Self::FixedMul | Self::FixedMulPr if masking == Some(Masking::FullField) => 1 << 13,
            Self::Lt32 | Self::FixedMul | Self::FixedMulPr => 1 << 15,
            Self::Chain => 50_000,
            Self::Lt64 | Self::Eq64 => 1 << 13,
            Self::FixedDiv => 1 << 12,
            // One sort is one thing.
            Self::Sort32 => u64::MAX,
        }
    }

    /// What `n` operations work on.
    pub(crate) fn operands<F: Field>(self, s: &Session<F>, n: usize, format: Format) -> Result<Operands<F>> {
        let numbers = |bits: u32| -> Result<Operands<F>> {
            let range = Interval::signed(bits);
            let clear: Vec<(i128, i128)> =
                (0..n).map(|i| (spread(2 * i, bits), spread(2 * i + 1, bits))).collect();
            let (x, y): (Vec<i128>, Vec<i128>) = clear.iter().copied().unzip();
            Ok(Operands::Numbers(
                Int::constant(s, &x).widen(range)?,
                Int::constant(s, &y).widen(range)?,
                clear,
            ))
        };
        Ok(match self {
            Self::Mul | Self::Dot => Operands::Elements(s.random(n)?, s.random(n)?),
            // What is opened is drawn when it is opened.
            Self::Open => Operands::Elements(s.constant(&[]), s.constant(&[])),
            Self::Chain => Operands::Elements(s.random(1)?, s.random(1)?),
            Self::Lt32 | Self::Sort32 => numbers(32)?,
            Self::Lt64 | Self::Eq64 => numbers(64)?,
            Self::FixedMul | Self::FixedMulPr | Self::FixedDiv => {
                let bits = format.fraction + format.whole + 1;
                let Operands::Numbers(x, y, mut clear) = numbers(bits)? else {
                    return Err(UsageFault::OutsideInterval.into());
                };
                let y = if self == Self::FixedDiv {
                    // Divisors from 1 on.
                    let one = 1_i128 << format.fraction;
                    let range = Interval::new(one, (1 << (bits - 1)) - 1)?;
                    clear.iter_mut().for_each(|(_, y)| {
                        *y = (*y).unsigned_abs().clamp(one as u128, range.hi() as u128) as i128
                    });
                    Int::constant(s, &clear.iter().map(|(_, y)| *y).collect::<Vec<_>>()).widen(range)?
                } else {
                    y
                };
                Operands::Points(
                    Fixed::from_scaled(x, format.fraction),
                    Fixed::from_scaled(y, format.fraction),
                    clear,
                )
            }
        })
    }

    /// The operations, without the check over what they opened.
    pub(crate) async fn run<F: Field>(
        self,
        s: &Session<F>,
        n: usize,
        operands: &Operands<F>,
        format: Format,
    ) -> Result<Outcome<F>> {
        let (mut results, mut right) = (None, Vec::new());
        let bit = |holds: bool| (i128::from(holds), i128::from(holds));
        match (self, operands) {
            (Self::Mul, Operands::Elements(x, y)) => drop(protocol::mul(s, x, y).await?),
            (Self::Dot, Operands::Elements(x, y)) => drop(protocol::dot(s, x, y).await?),
            (Self::Chain, Operands::Elements(x, y)) => {
                let mut product = x.clone();
                for _ in 0..n {
                    product = protocol::mul(s, &product, y).await?;
                }
            }
            (Self::Open, _) => drop(s.open(s.random(n)?).await?),
            (Self::Lt32 | Self::Lt64, Operands::Numbers(x, y, clear)) => {
                results = Some(x.lt(s, y).await?.to_int());
                right = clear.iter().map(|(x, y)| bit(x < y)).collect();
            }
            (Self::Eq64, Operands::Numbers(x, y, clear)) => {
                results = Some(x.eq(s, y).await?.to_int());
                right = clear.iter().map(|(x, y)| bit(x == y)).collect();
            }
            (Self::Sort32, Operands::Numbers(keys, payload, clear)) => {
                let columns = [payload.shares().clone()];
                let (sorted, columns) = sort_table(s, keys, &columns, Direction::Ascending).await?;
                let mut rows = clear.clone();
                rows.sort_by_key(|(key, _)| *key);
                let payload = Int::assume(
                    columns.into_iter().next().unwrap_or_else(|| s.constant(&[])),
                    payload.range(),
                );
                right = rows
                    .iter()
                    .map(|(key, _)| (*key, *key))
                    .chain(rows.iter().map(|(_, y)| (*y, *y)))
                    .collect();
                results = Some(sorted.append(&payload));
            }
            (Self::FixedMul, Operands::Points(x, y, clear)) => {
                results = Some(x.mul(s, y).await?.into_scaled());
                let half = 1 << (format.fraction - 1);
                right =
                    clear.iter().map(|(x, y)| (x * y + half) >> format.fraction).map(|z| (z, z)).collect();
            }
            (Self::FixedMulPr, Operands::Points(x, y, clear)) => {
                results = Some(x.mul_pr(s, y).await?.into_scaled());
                right = clear.iter().map(|(x, y)| (x * y) >> format.fraction).map(|z| (z, z + 1)).collect();
            }
            (Self::FixedDiv, Operands::Points(x, y, clear)) => {
                results = Some(x.div(s, y).await?.into_scaled());
                let floor = |(x, y): &(i128, i128)| (x << format.fraction).div_euclid(*y);
                // At most one unit of the last place from the quotient.
                right = clear.iter().map(floor).map(|z| (z, z + 1)).collect();
            }
            _ => return Err(UsageFault::OutsideInterval.into()),
        }
        Ok(Outcome { results, right })
    }
}

impl<F: Field> Outcome<F> {
    /// Reveals what came out and compares it with what is right.
    pub(crate) async fn verify(&self, s: &Session<F>) -> Result<()> {
        let Some(results) = &self.results else { return Ok(()) };
        let revealed = results.reveal(s).await?;
        let wrong =
            revealed.iter().zip(&self.right).any(|(result, (least, most))| result < least || most < result);
        if wrong && !s.is_planning() {
            return Err(UsageFault::OutsideInterval.into());
        }
        Ok(())
    }
}

/// A number of so many bits with its sign, always the same for one position; every fourth pair is of equals.
fn spread(at: usize, bits: u32) -> i128 {
    let at = if at % 8 == 1 { at - 1 } else { at } as u128;
    let mixed = at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    (mixed as i128) >> (128 - bits)
}
