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
    advice::advised,
    exact::Rational,
    layout::{Layout, Numerator, Recipe, RevealId},
    results::{Results, Row, Table, Undefined, Value},
    study::Estimator,
};
use num_bigint::{BigInt, Sign};
use speedwell_net::Advice;

/// Revealed values from which no results follow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishError {
    /// Another number of values than the layout reveals.
    Length {
        /// So many the layout reveals.
        expected: usize,
        /// So many there are.
        found: usize,
    },
    /// A value that no rows within the study's ranges give.
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
    Contradiction {
        /// The statistic.
        statistic: String,
        /// The labels of the row.
        labels: Vec<String>,
    },
}

advised!(FinishError);

impl FinishError {
    /// What was found, what is expected, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        const DRY_RUN: &str = "have each party check its data with a dry run: the input of one did not come from rows of the study";
        match self {
            Self::Length { expected, found } => Advice::new(
                format!("{found} revealed values"),
                format!("{expected}, as the layout reveals"),
                "give the values of the same layout",
            ),
            Self::OutOfBounds { what, found, lo, hi } => Advice::new(
                format!("{what} is {found}"),
                format!("a value in [{lo}, {hi}], which is what rows within the study's ranges give"),
                DRY_RUN,
            ),
            Self::Contradiction { statistic, labels } => Advice::new(
                format!("the totals of {statistic:?}{} contradict each other", in_row(labels)),
                "totals that rows give together",
                DRY_RUN,
            ),
        }
    }
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
