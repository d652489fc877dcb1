//! From revealed integers to results: division and root in clear, exactly.
//!
//! Only numbers that the layout reveals are divided here; every party who receives them computes the same digits. Sums and
//! counts stay integers, quotients are kept as numerator and denominator, and decimals are rounded once
//! ([`Value`] gives the rule).
//!
//! The revealed numbers passed the MAC check, so they are what the parties' inputs give. The inputs themselves are not yet
//! proven to keep to the study's ranges: a party can lie about its rows. Lies that rows within the ranges could never
//! give are refused here, as far as they show: a value outside its interval, a negative variance, |r| > 1.

use crate::{
    exact::Rational,
    layout::{Layout, Numerator, Recipe, RevealId},
    results::{Results, Row, Table, Undefined, Value},
    study::Estimator,
};
use num_bigint::{BigInt, Sign};

/// Revealed values from which no results follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FinishError {
    /// Another number of values than the layout reveals.
    #[error("the layout reveals {expected} values, there are {found}")]
    Length {
        /// So many the layout reveals.
        expected: usize,
        /// So many there are.
        found: usize,
    },
    /// A value that no rows within the study's ranges give.
    #[error(
        "{what} is {found}, but rows within the study's ranges give a value in [{lo}, {hi}]: a party's input did not come \
         from such rows; have each party check its data with a dry run"
    )]
    OutOfBounds {
        /// The value's label.
        what: String,
        /// The value.
        found: BigInt,
        /// The least possible.
        lo: BigInt,
        /// The greatest possible.
        hi: BigInt,
    },
    /// Values that no rows give together, such as a negative variance.
    #[error(
        "the totals of {statistic:?}{} contradict each other: a party's input did not come from rows; \
         have each party check its data with a dry run",
        in_row(labels)
    )]
    Contradiction {
        /// The statistic.
        statistic: String,
        /// The labels of the row.
        labels: Vec<String>,
    },
}

/// The results that follow from the revealed values, given in the order of [`Layout::reveals`] as centred integers.
///
/// # Errors
/// [`FinishError`] if the values cannot come from rows within the study's ranges.
pub fn finish<T: Clone + Into<BigInt>>(layout: &Layout, revealed: &[T]) -> Result<Results, FinishError> {
    let values: Vec<BigInt> = revealed.iter().cloned().map(Into::into).collect();
    if values.len() != layout.reveals.len() {
        return Err(FinishError::Length { expected: layout.reveals.len(), found: values.len() });
    }
    for (reveal, value) in layout.reveals.iter().zip(&values) {
        if !reveal.bound.contains(value) {
            let (what, found) = (reveal.label.clone(), value.clone());
            let (lo, hi) = (reveal.bound.lo.clone(), reveal.bound.hi.clone());
            return Err(FinishError::OutOfBounds { what, found, lo, hi });
        }
    }
    let mut results = Results::new(&layout.study, layout.parties);
    for (statistic, table) in layout.study.statistics.iter().zip(&layout.tables) {
        let mut rows = Vec::with_capacity(table.rows.len());
        for (labels, recipe) in &table.rows {
            let value = figure(recipe, &values, statistic.decimals);
            let value = value.ok_or_else(|| FinishError::Contradiction {
                statistic: statistic.name.clone(),
                labels: labels.clone(),
            })?;
            rows.push(Row { labels: labels.clone(), value });
        }
        results.statistics.push(Table::new(&layout.study, statistic, table.headers.clone(), rows));
    }
    Ok(results)
}

/// One figure, `None` if the values contradict each other.
fn figure(recipe: &Recipe, values: &[BigInt], digits: u32) -> Option<Value> {
    let value = |id: &RevealId| &values[id.0];
    let undefined = |reason| Some(Value::Undefined { reason });
    match recipe {
        Recipe::Integer(id) => Some(Value::Integer { value: value(id).clone() }),
        Recipe::Quotient { numerator: top, denominator: bottom } => {
            match Rational::new(value(top).clone(), value(bottom).clone()) {
                Some(quotient) => Some(Value::quotient(quotient, digits)),
                None => undefined(Undefined::ZeroDivisor),
            }
        }
        Recipe::Moment { numerator: top, n, estimator, root } => {
            let (top, n) = (numerator(top, values), value(n));
            let divisor = match estimator {
                Estimator::Population => n * n,
                Estimator::Sample => n * (n - 1u32),
            };
            match Rational::new(top.clone(), divisor) {
                // No rows have no moments, one row has none but 0.
                None if top.sign() == Sign::NoSign => undefined(Undefined::TooFewRows),
                None => None,
                Some(moment) if *root => (!moment.is_negative()).then(|| Value::root(moment, false, digits)),
                Some(moment) => Some(Value::quotient(moment, digits)),
            }
        }
        Recipe::Correlation { xy, xx, yy } => {
            let [xy, xx, yy] = [xy, xx, yy].map(|n| numerator(n, values));
            if xx.sign() == Sign::Minus || yy.sign() == Sign::Minus {
                return None;
            }
            let (square, product) = (&xy * &xy, xx * yy);
            if square > product {
                return None;
            }
            match Rational::new(square, product) {
                None => undefined(Undefined::NoVariation),
                Some(square) => Some(Value::root(square, xy.sign() == Sign::Minus, digits)),
            }
        }
    }
}

/// n·Σxy − Σx·Σy.
fn numerator(numerator: &Numerator, values: &[BigInt]) -> BigInt {
    let value = |id: &RevealId| &values[id.0];
    match numerator {
        Numerator::Revealed(id) => value(id).clone(),
        Numerator::Clear { n, xy, x, y } => value(n) * value(xy) - value(x) * value(y),
    }
}

fn in_row(labels: &[String]) -> String {
    if labels.is_empty() { String::new() } else { format!(" at {}", labels.join(", ")) }
}

#[cfg(test)]
mod tests;
