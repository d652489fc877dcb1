//! From the fields of a row to its values: parsing, ranges, empty fields, derived columns, filters.

use crate::{
    data_error::{DataFault, Excerpt},
    records::Record,
    study::{Column, Condition, Kind, NullRule, Source, Study},
};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Reads rows of a file with a known header.
pub(crate) struct Rows<'a> {
    study: &'a Study,
    /// The header's names.
    names: Vec<String>,
    /// Columns of the file that the study names.
    columns: Vec<FileColumn<'a>>,
    derived: Vec<DerivedColumn<'a>>,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Use,
    /// An empty field in a column whose rule is to skip the row.
    Skip,
    /// A filter does not hold.
    Filter,
}

struct FileColumn<'a> {
    column: &'a Column,
    /// Index into the values.
    index: usize,
    /// Index into the fields.
    position: usize,
    null: NullRule,
    /// Of a categorical column.
    labels: HashMap<&'a [u8], i64, BuildHasherDefault<Fnv>>,
}

struct DerivedColumn<'a> {
    index: usize,
    from: usize,
    floor_div: i64,
    conditions: &'a [Condition],
}

impl<'a> Rows<'a> {
    /// Finds the study's columns in the header.
    ///
    /// The error carries the name of the column, where there is one.
    pub(crate) fn new(study: &'a Study, header: &Record<'_>) -> Result<Self, (Option<String>, DataFault)> {
        let names: Vec<&[u8]> = (0..header.len()).map(|i| header.field(i)).collect();
        let text = (1..).zip(&names).map(|(number, name)| match str::from_utf8(name) {
            Ok(name) => Ok(name.to_owned()),
            Err(_) => Err((Some(format!("number {number}")), DataFault::NotUtf8)),
        });
        let text = text.collect::<Result<Vec<String>, _>>()?;
        let (mut columns, mut derived) = (Vec::new(), Vec::new());
        for (index, column) in study.columns.iter().enumerate() {
            match &column.source {
                Source::Derived { from, floor_div, conditions } => {
                    derived.push(DerivedColumn {
                        index,
                        from: from.index(),
                        floor_div: *floor_div,
                        conditions,
                    });
                }
                Source::File { null } => {
                    let mut hits =
                        names.iter().enumerate().filter(|(_, name)| **name == column.name.as_bytes());
                    let Some((position, _)) = hits.next() else { return Err(missing(column, &names, study)) };
                    if hits.next().is_some() {
                        return Err((Some(column.name.clone()), DataFault::DuplicateColumn));
                    }
                    let labels = match &column.kind {
                        Kind::Categorical { labels, .. } => {
                            labels.iter().enumerate().map(|(i, label)| (label.as_bytes(), i as i64)).collect()
                        }
                        Kind::Integer { .. } | Kind::Boolean => HashMap::default(),
                    };
                    columns.push(FileColumn { column, index, position, null: *null, labels });
                }
            }
        }
        Ok(Self { study, names: text, columns, derived })
    }

    /// Writes the values of a row into `values`, one per column of the study; on [`Verdict::Skip`] they are incomplete.
    ///
    /// Every column that the study names is checked, whether or not a filter drops the row; of others, that they are text. The error carries the name of the
    /// column, where there is one.
    #[inline]
    pub(crate) fn values(
        &self,
        record: &Record<'_>,
        values: &mut [i64],
    ) -> Result<Verdict, (Option<String>, DataFault)> {
        if record.len() != self.names.len() {
            return Err((None, DataFault::Ragged { expected: self.names.len(), found: record.len() }));
        }
        if !record.is_ascii() {
            self.check_text(record)?;
        }
        let mut skip = false;
        for column in &self.columns {
            match column.value(record.field(column.position)) {
                Ok(Some(value)) => values[column.index] = value,
                Ok(None) => skip = true,
                Err(fault) => return Err((Some(column.column.name.clone()), fault)),
            }
        }
        if skip {
            return Ok(Verdict::Skip);
        }
        let holds = |values: &[i64], c: &Condition| c.op.holds(values[c.column.index()], c.value);
        for column in &self.derived {
            let applies = column.conditions.iter().all(|c| holds(values, c));
            // The divisor is positive, so Euclidean division is floor division.
            values[column.index] = if applies { values[column.from].div_euclid(column.floor_div) } else { 0 };
        }
        let keep = self.study.filters.iter().all(|c| holds(values, c));
        Ok(if keep { Verdict::Use } else { Verdict::Filter })
    }
}

impl Rows<'_> {
    /// Refuses a field that is not UTF-8, in whichever column.
    #[cold]
    fn check_text(&self, record: &Record<'_>) -> Result<(), (Option<String>, DataFault)> {
        match self.names.iter().enumerate().find(|(i, _)| str::from_utf8(record.field(*i)).is_err()) {
            Some((_, name)) => Err((Some(name.clone()), DataFault::NotUtf8)),
            None => Ok(()),
        }
    }
}

impl FileColumn<'_> {
    /// The value of a field, `None` where the row is to be skipped.
    #[inline]
    fn value(&self, field: &[u8]) -> Result<Option<i64>, DataFault> {
        if field.is_empty() {
            return match self.null {
                NullRule::Refuse => Err(DataFault::Null),
                NullRule::SkipRow => Ok(None),
                NullRule::Zero => Ok(Some(0)),
                NullRule::Unknown => self.unlisted(field).map(Some),
            };
        }
        match &self.column.kind {
            Kind::Integer { lo, hi } => match integer(field) {
                Some(Some(value)) if (*lo..=*hi).contains(&value) => Ok(Some(value)),
                parsed => Err(self.bad_number(field, parsed.is_some())),
            },
            Kind::Boolean => boolean(field)
                .map(|value| Some(value.into()))
                .ok_or_else(|| DataFault::NotABoolean { found: Excerpt::new(field) }),
            Kind::Categorical { .. } => match self.labels.get(field) {
                Some(index) => Ok(Some(*index)),
                None => self.unlisted(field).map(Some),
            },
        }
    }

    #[cold]
    fn bad_number(&self, field: &[u8], number: bool) -> DataFault {
        let (found, unit, (lo, hi)) = (Excerpt::new(field), self.column.unit.clone(), self.column.range());
        if number {
            DataFault::OutOfRange { found, lo, hi, unit }
        } else {
            DataFault::NotANumber { found, unit }
        }
    }

    fn unlisted(&self, field: &[u8]) -> Result<i64, DataFault> {
        match &self.column.kind {
            Kind::Categorical { unknown: Some(index), .. } => Ok(*index as i64),
            _ => {
                let known = shortened(self.column.categories());
                Err(DataFault::UnknownCategory { found: Excerpt::new(field), known })
            }
        }
    }
}

/// An optional minus and digits: the number, `Some(None)` if it is too large for an `i64`, `None` if it is none.
#[inline]
fn integer(field: &[u8]) -> Option<Option<i64>> {
    let (negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    // Up to 18 digits fit whatever they are.
    if digits.is_empty() || digits.len() > 18 {
        return long_integer(field, digits);
    }
    let mut value = 0i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(Some(if negative { -value } else { value }))
}

#[cold]
fn long_integer(field: &[u8], digits: &[u8]) -> Option<Option<i64>> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(str::from_utf8(field).ok()?.parse().ok())
}

fn boolean(field: &[u8]) -> Option<bool> {
    match field {
        b"0" => Some(false),
        b"1" => Some(true),
        word if word.eq_ignore_ascii_case(b"false") => Some(false),
        word if word.eq_ignore_ascii_case(b"true") => Some(true),
        _ => None,
    }
}

fn missing(column: &Column, names: &[&[u8]], study: &Study) -> (Option<String>, DataFault) {
    if let Some(name) = other_delimiter(names, study) {
        return (None, DataFault::WrongDelimiter(name));
    }
    let texts: Vec<String> = names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let alike = |text: &&String| text.trim().eq_ignore_ascii_case(&column.name);
    let similar = texts.iter().find(alike).cloned();
    let header = shortened(texts.iter().map(String::as_str).collect());
    (Some(column.name.clone()), DataFault::MissingColumn { header, similar })
}

/// A delimiter that would give more of the study's columns than the comma does.
fn other_delimiter(names: &[&[u8]], study: &Study) -> Option<&'static str> {
    let line = names.join(&b","[..]);
    let known = |separator: u8| {
        let is_column = |part: &&[u8]| study.columns.iter().any(|c| c.name.as_bytes() == part.trim_ascii());
        line.split(|byte| *byte == separator).filter(is_column).count()
    };
    [(b';', "semicolons"), (b'\t', "tabs"), (b'|', "vertical bars"), (b' ', "spaces")]
        .into_iter()
        .find_map(|(separator, name)| (known(separator) > known(b',')).then_some(name))
}

/// The names, at most 20 of them.
fn shortened(mut names: Vec<&str>) -> String {
    let more = names.len().saturating_sub(20);
    names.truncate(20);
    let list = names.join(", ");
    if more == 0 { list } else { format!("{list} and {more} more") }
}

/// FNV-1a: the keys are the study's own short labels.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    fn write_usize(&mut self, _: usize) {} // the length of a slice: the bytes tell labels apart well enough
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_digits_with_an_optional_minus() {
        for text in
            ["0", "7", "-1", "007", "999999999999999999", "9223372036854775807", "-9223372036854775808"]
        {
            assert_eq!(integer(text.as_bytes()), Some(text.parse().ok()), "{text}");
        }
        for text in
            ["", "-", "+1", " 1", "1 ", "1.0", "1e3", "--1", "1-", "1_000", "0x1", "½", "123456789012345678a"]
        {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
        for text in ["9223372036854775808", "-9223372036854775809", "99999999999999999999999999"] {
            assert_eq!(integer(text.as_bytes()), Some(None), "{text}");
        }
    }

    #[test]
    fn booleans_are_four_words() {
        let words = ["0", "false", "FALSE", "1", "true", "True"].map(|w| boolean(w.as_bytes()));
        assert_eq!(words, [Some(false), Some(false), Some(false), Some(true), Some(true), Some(true)]);
        assert!(["", "2", "yes", "t", "01", " 1"].iter().all(|w| boolean(w.as_bytes()).is_none()));
    }
}
