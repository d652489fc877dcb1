//! The statistics of a study file: kinds, their keys, and what each key may name.

use super::{
    MAX_DECIMALS, Result, column_type, distinct, fault, find, limits, name, number_column, one_of, required,
};
use crate::study::{Column, ColumnId, Estimator, Fault, Kind, Measure, Products, Statistic, Total};
use serde::Deserialize;

const MAX_STATISTICS: usize = 1_000;
const MAX_EDGES: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStatistic {
    name: Option<String>,
    kind: Option<String>,
    by: Option<String>,
    decimals: Option<i64>,
    column: Option<String>,
    columns: Option<Vec<String>>,
    estimator: Option<String>,
    products: Option<String>,
    numerator: Option<String>,
    denominator: Option<String>,
    edges: Option<Vec<i64>>,
    total: Option<String>,
}

pub(super) fn statistics(
    raw: Vec<RawStatistic>,
    columns: &[Column],
    decimals: u32,
) -> Result<Vec<Statistic>> {
    if raw.is_empty() || raw.len() > MAX_STATISTICS {
        let expected = "1 to 1,000 statistics as [[statistics]]";
        return fault("statistics", Fault::Length { found: raw.len(), expected });
    }
    let all: Vec<Statistic> = raw
        .into_iter()
        .enumerate()
        .map(|(i, r)| statistic(i, r, columns, decimals))
        .collect::<Result<_>>()?;
    distinct(&all.iter().map(|s| s.name.clone()).collect::<Vec<_>>(), "statistics")?;
    Ok(all)
}

fn statistic(position: usize, mut raw: RawStatistic, columns: &[Column], decimals: u32) -> Result<Statistic> {
    let at = format!("statistics[{position}]");
    let title = required(raw.name.take(), &format!("{at}.name"), "a name for the table of results")?;
    name(&title, &format!("{at}.name"), false)?;
    let key = |last: &str| format!("statistics[{title:?}].{last}");
    let kind = required(raw.kind.take(), &key("kind"), "what is asked, such as \"mean\"")?;

    let by = raw.by.take().map(|by| find(&by, &key("by"), columns)).transpose()?;
    if let Some(ColumnId(by)) = by
        && matches!(columns[by].kind, Kind::Integer { .. })
    {
        return column_type(&columns[by], &key("by"), "categorical or boolean");
    }
    let decimals = match raw.decimals.take() {
        Some(decimals) => limits(decimals, &key("decimals"), 0, MAX_DECIMALS)? as u32,
        None => decimals,
    };
    let number = |name: Option<String>, last: &str| -> Result<ColumnId> {
        let name = required(name, &key(last), "the name of a column")?;
        let id = find(&name, &key(last), columns)?;
        number_column(&columns[id.0], &key(last))?;
        Ok(id)
    };
    let numbers = |names: Option<Vec<String>>| -> Result<Vec<ColumnId>> {
        let names = required(names, &key("columns"), "a list of columns")?;
        distinct(&names, &key("columns"))?;
        names.into_iter().map(|name| number(Some(name), "columns")).collect()
    };
    let total = |text: Option<String>, last: &str| -> Result<Total> {
        let text = required(text, &key(last), "\"count\" or \"sum(<column>)\"")?;
        if text == "count" {
            return Ok(Total::Count);
        }
        match text.strip_prefix("sum(").and_then(|rest| rest.strip_suffix(')')) {
            Some(column) => Ok(Total::Sum(number(Some(column.trim().into()), last)?)),
            None => fault(&key(last), Fault::Total { found: text }),
        }
    };
    let estimator = |word: Option<String>| -> Result<Estimator> {
        let word =
            required(word, &key("estimator"), "\"population\" (divide by n) or \"sample\" (by n - 1)")?;
        let known = [("population", Estimator::Population), ("sample", Estimator::Sample)];
        one_of(&word, &key("estimator"), &known)
    };
    let products = |word: Option<String>| -> Result<Products> {
        let known = [("shares", Products::Shares), ("clear", Products::Clear)];
        word.map_or(Ok(Products::Shares), |word| one_of(&word, &key("products"), &known))
    };

    let (kind, measure) = match kind.as_str() {
        "count" => ("count", Measure::Count),
        "sum" => ("sum", Measure::Sum { column: number(raw.column.take(), "column")? }),
        "mean" => ("mean", Measure::Mean { column: number(raw.column.take(), "column")? }),
        "variance" => (
            "variance",
            Measure::Variance {
                column: number(raw.column.take(), "column")?,
                estimator: estimator(raw.estimator.take())?,
                products: products(raw.products.take())?,
            },
        ),
        "std" => (
            "std",
            Measure::Std {
                column: number(raw.column.take(), "column")?,
                estimator: estimator(raw.estimator.take())?,
                products: products(raw.products.take())?,
            },
        ),
        "covariance" => {
            let pair = numbers(raw.columns.take())?;
            let [x, y] = pair[..] else {
                return fault(&key("columns"), Fault::Length { found: pair.len(), expected: "two columns" });
            };
            (
                "covariance",
                Measure::Covariance {
                    x,
                    y,
                    estimator: estimator(raw.estimator.take())?,
                    products: products(raw.products.take())?,
                },
            )
        }
        "correlation" => {
            let columns = numbers(raw.columns.take())?;
            if columns.len() < 2 {
                return fault(
                    &key("columns"),
                    Fault::Length { found: columns.len(), expected: "two columns or more" },
                );
            }
            ("correlation", Measure::Correlation { columns, products: products(raw.products.take())? })
        }
        "ratio" => (
            "ratio",
            Measure::Ratio {
                numerator: total(raw.numerator.take(), "numerator")?,
                denominator: total(raw.denominator.take(), "denominator")?,
            },
        ),
        "histogram" => {
            let column = number(raw.column.take(), "column")?;
            let edges = required(
                raw.edges.take(),
                &key("edges"),
                "the public edges of the bins, in increasing order",
            )?;
            if edges.len() < 2 || edges.len() > MAX_EDGES {
                return fault(
                    &key("edges"),
                    Fault::Length { found: edges.len(), expected: "2 to 10,000 edges" },
                );
            }
            if let Some(pair) = edges.windows(2).find(|pair| pair[0] >= pair[1]) {
                return fault(&key("edges"), Fault::NotIncreasing { first: pair[0], second: pair[1] });
            }
            ("histogram", Measure::Histogram { column, edges })
        }
        "concentration" => {
            ("concentration", Measure::Concentration { total: total(raw.total.take(), "total")? })
        }
        _ => {
            let known =
                "count, sum, mean, variance, std, covariance, correlation, ratio, histogram, concentration";
            return fault(&key("kind"), Fault::NotOneOf { found: kind, known: known.into() });
        }
    };
    match raw.left_over() {
        Some(last) => fault(&key(last), Fault::Foreign { kind }),
        None => Ok(Statistic { name: title, by, decimals, measure }),
    }
}

impl RawStatistic {
    /// A key that the kind did not take.
    fn left_over(&self) -> Option<&'static str> {
        [
            ("column", self.column.is_some()),
            ("columns", self.columns.is_some()),
            ("estimator", self.estimator.is_some()),
            ("products", self.products.is_some()),
            ("numerator", self.numerator.is_some()),
            ("denominator", self.denominator.is_some()),
            ("edges", self.edges.is_some()),
            ("total", self.total.is_some()),
        ]
        .into_iter()
        .find_map(|(key, present)| present.then_some(key))
    }
}
