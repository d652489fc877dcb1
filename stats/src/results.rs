//! Results: what a run answers, for people and machines.

use crate::{
    exact::Rational,
    study::{Measure, Statistic, Study, Total},
};
use num_bigint::BigInt;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The answers of a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// The study's title.
    pub title: String,
    /// SHA3-256 of the study file, in hexadecimal.
    pub study: String,
    /// Number of parties whose rows went in.
    pub parties: usize,
    /// One table per statistic, in the study's order.
    pub statistics: Vec<Table>,
}

/// The answer to one statistic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The statistic's name.
    pub name: String,
    /// Its kind, as in the study.
    pub kind: String,
    /// Unit of the values; empty for none.
    pub unit: String,
    /// What tells the rows apart, such as the column of categories; empty for a single value.
    pub headers: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// One label under each header.
    pub labels: Vec<String>,
    /// The figure.
    pub value: Value,
}

/// A figure: exact, with its decimal where it is no integer.
///
/// Integers are written as decimal strings, because they outgrow the numbers of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Value {
    /// An exact integer.
    Integer {
        /// The integer.
        #[serde(with = "text")]
        value: BigInt,
    },
    /// An exact quotient in lowest terms.
    Quotient {
        /// Rounded to nearest, ties towards plus infinity.
        decimal: String,
        /// Numerator.
        #[serde(with = "text")]
        numerator: BigInt,
        /// Denominator, positive.
        #[serde(with = "text")]
        denominator: BigInt,
    },
    /// The square root of an exact quotient in lowest terms, with its sign.
    Root {
        /// Rounded to nearest, ties towards plus infinity.
        decimal: String,
        /// Whether the figure is minus the root.
        negative: bool,
        /// Numerator of the square.
        #[serde(with = "text")]
        square_numerator: BigInt,
        /// Denominator of the square, positive.
        #[serde(with = "text")]
        square_denominator: BigInt,
    },
    /// There is no such figure.
    Undefined {
        /// Why.
        reason: Undefined,
    },
}

/// Why a figure does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Undefined {
    /// The divisor is 0.
    #[error("the divisor is 0")]
    ZeroDivisor,
    /// No row, or one row where a sample needs two.
    #[error("too few rows")]
    TooFewRows,
    /// A column of a correlation has the same value in every row.
    #[error("a column does not vary")]
    NoVariation,
}

/// A figure in which two results differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The statistic.
    pub statistic: String,
    /// The labels of the row; empty for a single value.
    pub labels: Vec<String>,
    /// What the first has; `None` if it lacks the row.
    pub left: Option<Value>,
    /// What the second has; `None` if it lacks the row.
    pub right: Option<Value>,
}

/// Every figure in which two results differ, exactly and in their decimals. Empty: all are the same.
///
/// Titles, digests and numbers of parties are not compared, figures are: a row that one of them lacks is a difference.
#[must_use]
pub fn differences(left: &Results, right: &Results) -> Vec<Difference> {
    let figures = |results: &Results| -> Vec<(String, Vec<String>, Value)> {
        let rows = |t: &Table| -> Vec<_> {
            t.rows.iter().map(|r| (t.name.clone(), r.labels.clone(), r.value.clone())).collect()
        };
        results.statistics.iter().flat_map(rows).collect()
    };
    let (left, mut right) = (figures(left), figures(right));
    let mut found = Vec::new();
    // Both are in the study's order, so the row looked for is nearly always the first.
    for (statistic, labels, value) in left {
        let at = right.iter().position(|(s, l, _)| *s == statistic && *l == labels);
        let other = at.map(|at| right.remove(at).2);
        if other.as_ref() != Some(&value) {
            found.push(Difference { statistic, labels, left: Some(value), right: other });
        }
    }
    let lacking =
        |(statistic, labels, value)| Difference { statistic, labels, left: None, right: Some(value) };
    found.extend(right.into_iter().map(lacking));
    found
}

impl Results {
    /// Results without tables.
    pub(crate) fn new(study: &Study, parties: usize) -> Self {
        Self { title: study.title.clone(), study: study.digest().to_string(), parties, statistics: vec![] }
    }

    /// The JSON of the results, indented, with a line feed at its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists of them: nothing that JSON could not hold.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl Table {
    pub(crate) fn new(study: &Study, statistic: &Statistic, headers: Vec<String>, rows: Vec<Row>) -> Self {
        let (kind, unit) = kind_and_unit(study, &statistic.measure);
        Self { name: statistic.name.clone(), kind: kind.into(), unit, headers, rows }
    }
}

impl Value {
    pub(crate) fn quotient(value: Rational, digits: u32) -> Self {
        let decimal = value.decimal(digits);
        Self::Quotient { decimal, numerator: value.numerator, denominator: value.denominator }
    }

    /// `square` is not negative.
    pub(crate) fn root(square: Rational, negative: bool, digits: u32) -> Self {
        let negative = negative && !square.is_zero();
        let decimal = square.root_decimal(negative, digits);
        let Rational { numerator: square_numerator, denominator: square_denominator } = square;
        Self::Root { decimal, negative, square_numerator, square_denominator }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { value } => f.pad(&value.to_string()),
            Self::Quotient { decimal, .. } | Self::Root { decimal, .. } => f.pad(decimal),
            Self::Undefined { reason } => f.pad(&format!("undefined ({reason})")),
        }
    }
}

fn kind_and_unit(study: &Study, measure: &Measure) -> (&'static str, String) {
    let unit = |id: &crate::ColumnId| study.column(*id).unit.clone();
    let product = |x: String, y: String| match (x.as_str(), y.as_str()) {
        ("", one) | (one, "") => one.to_owned(),
        _ if x == y => format!("{x}^2"),
        _ => format!("{x} * {y}"),
    };
    let total = |total: &Total| match total {
        Total::Count => String::new(),
        Total::Sum(column) => unit(column),
    };
    match measure {
        Measure::Count => ("count", "rows".into()),
        Measure::Sum { column } => ("sum", unit(column)),
        Measure::Mean { column } => ("mean", unit(column)),
        Measure::Variance { column, .. } => ("variance", product(unit(column), unit(column))),
        Measure::Std { column, .. } => ("std", unit(column)),
        Measure::Covariance { x, y, .. } => ("covariance", product(unit(x), unit(y))),
        Measure::Correlation { .. } => ("correlation", String::new()),
        Measure::Ratio { numerator, denominator } => {
            let unit = match (total(numerator), total(denominator)) {
                (same, other) if same == other => String::new(),
                (one, none) if none.is_empty() => one,
                (none, one) if none.is_empty() => format!("1 / {one}"),
                (top, bottom) => format!("{top} / {bottom}"),
            };
            ("ratio", unit)
        }
        Measure::Histogram { .. } => ("histogram", "rows".into()),
        Measure::Concentration { .. } => ("concentration", String::new()),
    }
}

/// Integers as decimal strings.
mod text {
    use num_bigint::BigInt;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(value: &BigInt, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BigInt, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| D::Error::custom(format!("expected an integer in quotes, found {text:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(figures: &[(&str, &[&str], Value)]) -> Results {
        let table = |(name, labels, value): &(&str, &[&str], Value)| Table {
            name: (*name).into(),
            kind: "mean".into(),
            unit: String::new(),
            headers: vec![],
            rows: vec![Row { labels: labels.iter().map(|l| (*l).into()).collect(), value: value.clone() }],
        };
        let statistics = figures.iter().map(table).collect();
        Results { title: "t".into(), study: "d".into(), parties: 3, statistics }
    }

    fn half(digits: u32) -> Value {
        Value::quotient(Rational::new(1, 2).unwrap(), digits)
    }

    #[test]
    fn json_goes_both_ways() {
        let big: BigInt = "-170141183460469231731687303715884105728".parse().unwrap();
        let results = results(&[
            ("i", &["x"], Value::Integer { value: big }),
            ("q", &[], half(2)),
            ("r", &[], Value::root(Rational::new(2, 9).unwrap(), true, 3)),
            ("u", &[], Value::Undefined { reason: Undefined::TooFewRows }),
        ]);
        let json = results.to_json();
        assert_eq!(serde_json::from_str::<Results>(&json).unwrap(), results);
        assert!(json.contains(r#""value": "-170141183460469231731687303715884105728""#), "{json}");
        assert!(
            json.contains(r#""decimal": "-0.471""#) && json.contains(r#""reason": "too_few_rows""#),
            "{json}"
        );
        assert!(serde_json::from_str::<Results>(&json.replace("\"1\"", "\"one\"")).is_err());
    }

    #[test]
    fn every_difference_is_named() {
        let one = |n: i32| Value::Integer { value: n.into() };
        let left =
            results(&[("a", &["x"], one(1)), ("a", &["y"], one(2)), ("b", &[], half(2)), ("c", &[], one(3))]);
        let right =
            results(&[("a", &["y"], one(2)), ("a", &["x"], one(5)), ("b", &[], half(3)), ("d", &[], one(3))]);
        assert_eq!(differences(&left, &left), []);
        let found = differences(&left, &right);
        let named: Vec<_> =
            found.iter().map(|d| (d.statistic.as_str(), d.left.is_some(), d.right.is_some())).collect();
        assert_eq!(named, [("a", true, true), ("b", true, true), ("c", true, false), ("d", false, true)]);
        assert_eq!(found[0].labels, ["x"]);
    }
}
