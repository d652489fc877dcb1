//! The reference: the same study evaluated over everyone's rows at once, by one who may see them all.
//!
//! It shares with the secure path the study and the rounding of decimals, and nothing else: files are read by the `csv`
//! crate, rows are grouped and summed per statistic as its definition says, moments follow from E\[xy\] − E\[x\]·E\[y\] in exact
//! rationals. It is meant for tests and demonstrations, it is slower (about a microsecond per row), and its errors only
//! say where a file cannot be read; [`reduce`](crate::reduce()) explains.

use crate::{
    exact::Rational,
    results::{Results, Row, Table, Undefined, Value},
    study::{ColumnId, Condition, Estimator, Kind, Measure, NullRule, Source, Statistic, Study, Total},
};
use num_bigint::BigInt;
use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

/// Files that cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlainError {
    /// A file that cannot be opened or is no table.
    #[error("{file}: cannot be read as CSV: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the reader says, for people.
        reason: String,
    },
    /// A column that the header lacks.
    #[error("{file}: column {column} is missing")]
    MissingColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// A field that the study does not allow.
    #[error("{file}, row {row}, column {column}: not a value of the study")]
    BadField {
        /// The file.
        file: String,
        /// The row; the header is row 1.
        row: u64,
        /// The column.
        column: String,
    },
    /// A sum beyond 128 bits.
    #[error("{file}, row {row}: a sum leaves 128 bits")]
    Overflow {
        /// The file.
        file: String,
        /// The row; the header is row 1.
        row: u64,
    },
}

/// Evaluates a study over the parties' CSV files, one each, in the parties' order.
///
/// # Errors
/// [`PlainError`] if a file cannot be read, or holds what the study does not allow.
pub fn evaluate_files(study: &Study, files: &[&Path]) -> Result<Results, PlainError> {
    let mut plain = Plain::new(study);
    for path in files {
        let file = path.display().to_string();
        let unreadable =
            |e: std::io::Error| PlainError::Unreadable { file: file.clone(), reason: e.to_string() };
        plain.add_party(File::open(path).map_err(unreadable)?, &file)?;
    }
    Ok(plain.results())
}

/// A study over the rows of the parties added so far.
pub struct Plain<'a> {
    study: &'a Study,
    parties: usize,
    /// By position of the statistic and value of the column it is asked by.
    groups: BTreeMap<(usize, i64), Group>,
}

/// The rows of one category, as one statistic needs them.
#[derive(Default, Clone)]
struct Group {
    n: i128,
    /// Sums of what [`terms`] lists for the statistic.
    sums: Vec<i128>,
    /// Rows by number of edges at or below the value.
    bins: BTreeMap<usize, i128>,
    /// The first sum by party.
    own: BTreeMap<usize, i128>,
}

impl<'a> Plain<'a> {
    /// No rows yet.
    #[must_use]
    pub fn new(study: &'a Study) -> Self {
        Self { study, parties: 0, groups: BTreeMap::new() }
    }

    /// Adds the next party's rows; `file` names them in errors.
    ///
    /// # Errors
    /// [`PlainError`] if they cannot be read, or hold what the study does not allow.
    pub fn add_party(&mut self, source: impl Read, file: &str) -> Result<(), PlainError> {
        let unreadable = |e: csv::Error| PlainError::Unreadable { file: file.into(), reason: e.to_string() };
        let mut reader = csv::ReaderBuilder::new().buffer_capacity(1 << 18).from_reader(source);
        let header = reader.headers().map_err(unreadable)?.clone();
        let mut positions = vec![0; self.study.columns.len()];
        for (column, position) in self.study.columns.iter().zip(&mut positions) {
            if matches!(column.source, Source::File { .. }) {
                *position = header.iter().position(|name| name == column.name).ok_or_else(|| {
                    PlainError::MissingColumn { file: file.into(), column: column.name.clone() }
                })?;
            }
        }
        let mut record = csv::StringRecord::new();
        let mut row = vec![0i64; positions.len()];
        while reader.read_record(&mut record).map_err(unreadable)? {
            let line = record.position().map_or(0, csv::Position::line);
            let field = |id: usize| record.get(positions[id]).unwrap_or_default();
            let complete = self.read_row(field, &mut row).map_err(|column| PlainError::BadField {
                file: file.into(),
                row: line,
                column: self.study.columns[column].name.clone(),
            })?;
            let wanted = |c: &Condition| c.op.holds(row[c.column.index()], c.value);
            if complete && self.study.filters.iter().all(wanted) {
                self.add_row(&row).ok_or(PlainError::Overflow { file: file.into(), row: line })?;
            }
        }
        self.parties += 1;
        Ok(())
    }

    /// The values of a row, `false` if it is to be skipped. The error is the column at fault.
    fn read_row<'r>(&self, field: impl Fn(usize) -> &'r str, row: &mut [i64]) -> Result<bool, usize> {
        let mut complete = true;
        for (id, column) in self.study.columns.iter().enumerate() {
            let text = field(id);
            row[id] = match (&column.source, &column.kind) {
                (Source::Derived { from, floor_div, conditions }, _) => {
                    let apply = conditions.iter().all(|c| c.op.holds(row[c.column.index()], c.value));
                    let value = row[from.index()];
                    let below = i64::from(value < 0 && value % floor_div != 0); // division truncates
                    if apply { value / floor_div - below } else { 0 }
                }
                (Source::File { null }, kind) if text.is_empty() => match (null, kind) {
                    (NullRule::SkipRow, _) => {
                        complete = false;
                        0
                    }
                    (NullRule::Zero, _) => 0,
                    (NullRule::Unknown, Kind::Categorical { unknown: Some(label), .. }) => *label as i64,
                    _ => return Err(id),
                },
                (_, Kind::Integer { lo, hi }) => {
                    text.parse().ok().filter(|value| lo <= value && value <= hi).ok_or(id)?
                }
                (_, Kind::Boolean) => match text.to_lowercase().as_str() {
                    "1" | "true" => 1,
                    "0" | "false" => 0,
                    _ => return Err(id),
                },
                (_, Kind::Categorical { labels, unknown }) => {
                    let index = labels.iter().position(|label| label == text).or(*unknown);
                    index.ok_or(id)? as i64
                }
            };
        }
        Ok(complete)
    }

    /// Adds a row to every statistic; `None` on overflow.
    fn add_row(&mut self, row: &[i64]) -> Option<()> {
        let mut summands = Vec::new();
        for (position, statistic) in self.study.statistics.iter().enumerate() {
            let category = statistic.by.map_or(0, |by| row[by.index()]);
            let group = self.groups.entry((position, category)).or_default();
            group.n += 1;
            summands.clear();
            terms(&statistic.measure, row, &mut summands)?;
            group.sums.resize(summands.len(), 0);
            for (sum, summand) in group.sums.iter_mut().zip(&summands) {
                *sum = sum.checked_add(*summand)?;
            }
            match (&statistic.measure, summands.first()) {
                (Measure::Concentration { .. }, Some(first)) => {
                    let own = group.own.entry(self.parties).or_default();
                    *own = own.checked_add(*first)?;
                }
                (Measure::Histogram { column, edges }, _) => {
                    let at_or_below = edges.iter().filter(|edge| **edge <= row[column.index()]).count();
                    *group.bins.entry(at_or_below).or_default() += 1;
                }
                _ => {}
            }
        }
        Some(())
    }

    /// The results over the rows so far.
    #[must_use]
    pub fn results(&self) -> Results {
        let mut results = Results::new(self.study, self.parties);
        for (position, statistic) in self.study.statistics.iter().enumerate() {
            results.statistics.push(self.table(position, statistic));
        }
        results
    }

    fn table(&self, position: usize, statistic: &Statistic) -> Table {
        let mut headers = Vec::new();
        let categories = match statistic.by {
            None => vec![vec![]],
            Some(by) => {
                headers.push(self.study.column(by).name.clone());
                self.study.column(by).categories().into_iter().map(|c| vec![c.to_owned()]).collect()
            }
        };
        match &statistic.measure {
            Measure::Histogram { column, .. } => headers.push(self.study.column(*column).name.clone()),
            Measure::Correlation { .. } => headers.extend(["first".to_owned(), "second".to_owned()]),
            _ => {}
        }
        let mut rows = Vec::new();
        for (category, labels) in categories.into_iter().enumerate() {
            let none = Group::default();
            let group = self.groups.get(&(position, category as i64)).unwrap_or(&none);
            for (more, value) in self.figures(statistic, group) {
                rows.push(Row { labels: [labels.clone(), more].concat(), value });
            }
        }
        Table::new(self.study, statistic, headers, rows)
    }

    fn figures(&self, statistic: &Statistic, group: &Group) -> Vec<(Vec<String>, Value)> {
        let digits = statistic.decimals;
        let sum = |slot: usize| group.sums.get(slot).copied().unwrap_or_default();
        let quotient = |top: BigInt, bottom: BigInt| match Rational::new(top, bottom) {
            Some(value) => Value::quotient(value, digits),
            None => Value::Undefined { reason: Undefined::ZeroDivisor },
        };
        let few = Value::Undefined { reason: Undefined::TooFewRows };
        let value = match &statistic.measure {
            Measure::Count => Value::Integer { value: group.n.into() },
            Measure::Sum { .. } => Value::Integer { value: sum(0).into() },
            Measure::Mean { .. } => quotient(sum(0).into(), group.n.into()),
            Measure::Ratio { .. } => quotient(sum(0).into(), sum(1).into()),
            Measure::Variance { estimator, .. } => moment(group.n, [sum(0), sum(0), sum(1)], *estimator)
                .map_or(few, |m| Value::quotient(m, digits)),
            Measure::Std { estimator, .. } => moment(group.n, [sum(0), sum(0), sum(1)], *estimator)
                .map_or(few, |m| Value::root(m, false, digits)),
            Measure::Covariance { estimator, .. } => moment(group.n, [sum(0), sum(1), sum(2)], *estimator)
                .map_or(few, |m| Value::quotient(m, digits)),
            Measure::Concentration { .. } => {
                let own = || group.own.values().map(|l| BigInt::from(*l));
                let whole: BigInt = own().sum();
                quotient(own().map(|l| &l * &l).sum(), &whole * &whole)
            }
            Measure::Correlation { columns, .. } => {
                let mut figures = Vec::new();
                let d = columns.len();
                let pair =
                    |x, y| moment(group.n, [sum(x), sum(y), sum(d + x * d + y)], Estimator::Population);
                for x in 0..d {
                    for y in x + 1..d {
                        let names = [x, y].map(|i| self.study.column(columns[i]).name.clone()).to_vec();
                        figures.push((names, correlation(pair(x, y), pair(x, x), pair(y, y), digits)));
                    }
                }
                return figures;
            }
            Measure::Histogram { column, edges } => {
                let (lo, hi) = self.study.column(*column).range();
                let last = edges.len();
                let names = (0..=last).filter_map(|bin| match bin {
                    0 => (lo < edges[0]).then(|| (0, format!("below {}", edges[0]))),
                    bin if bin == last => {
                        (hi >= edges[last - 1]).then(|| (bin, format!("{} and above", edges[last - 1])))
                    }
                    bin => Some((bin, format!("[{}, {})", edges[bin - 1], edges[bin]))),
                });
                let count = |bin| group.bins.get(&bin).copied().unwrap_or_default();
                return names
                    .map(|(bin, name)| (vec![name], Value::Integer { value: count(bin).into() }))
                    .collect();
            }
        };
        vec![(vec![], value)]
    }
}

/// What a row adds to the sums of a statistic, one summand each; `None` on overflow.
fn terms(measure: &Measure, row: &[i64], to: &mut Vec<i128>) -> Option<()> {
    let x = |id: &ColumnId| i128::from(row[id.index()]);
    let total = |total: &Total| match total {
        Total::Count => 1,
        Total::Sum(column) => x(column),
    };
    match measure {
        Measure::Count | Measure::Histogram { .. } => {}
        Measure::Sum { column } | Measure::Mean { column } => to.push(x(column)),
        Measure::Variance { column, .. } | Measure::Std { column, .. } => {
            to.extend([x(column), x(column).checked_mul(x(column))?]);
        }
        Measure::Covariance { x: a, y: b, .. } => to.extend([x(a), x(b), x(a).checked_mul(x(b))?]),
        Measure::Ratio { numerator, denominator } => to.extend([total(numerator), total(denominator)]),
        Measure::Concentration { total: of } => to.push(total(of)),
        Measure::Correlation { columns, .. } => {
            to.extend(columns.iter().map(x));
            for a in columns {
                for b in columns {
                    to.push(x(a).checked_mul(x(b))?);
                }
            }
        }
    }
    Some(())
}

/// E\[xy\] − E\[x\]·E\[y\] from Σx, Σy, Σxy, times n / (n − 1) for a sample; `None` for too few rows.
fn moment(n: i128, sums: [i128; 3], estimator: Estimator) -> Option<Rational> {
    let mean = |sum: i128| Rational::new(sum, n);
    let [x, y, xy] = sums;
    let population = &mean(xy)? - &(&mean(x)? * &mean(y)?);
    match estimator {
        Estimator::Population => Some(population),
        Estimator::Sample => Some(&population * &Rational::new(n, n - 1)?),
    }
}

fn correlation(xy: Option<Rational>, xx: Option<Rational>, yy: Option<Rational>, digits: u32) -> Value {
    let square = || {
        let (xy, xx, yy) = (xy?, xx?, yy?);
        Some((xy.is_negative(), (&xy * &xy).over(&(&xx * &yy))?))
    };
    match square() {
        Some((negative, square)) => Value::root(square, negative, digits),
        None => Value::Undefined { reason: Undefined::NoVariation },
    }
}

#[cfg(test)]
mod tests;
