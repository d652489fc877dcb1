//! What can be wrong with a data file: the file, the row, the column, what was found, what was expected, what to do.
//!
//! Rows are counted as spreadsheets do: the header is row 1. (Strictly: the line on which the row starts.) The messages
//! quote what was found, so they belong into the data owner's own log and never to a peer.

use std::{fmt, io};

/// A data file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}{}: {fault}", At(", row ", row), At(", column ", column))]
#[non_exhaustive]
pub struct DataError {
    /// The file.
    pub file: String,
    /// The row, where there is one; the header is row 1.
    pub row: Option<u64>,
    /// The name of the column, where there is one.
    pub column: Option<String>,
    /// What is wrong.
    pub fault: Box<DataFault>,
}

/// What is wrong with a data file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataFault {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}; check the path and its permissions")]
    Read(io::ErrorKind),
    /// No byte at all.
    #[error("the file is empty; expected a header line with the names of the columns, then the rows")]
    Empty,
    /// A header and nothing else.
    #[error("the file has a header and no rows; expected at least one row")]
    NoRows,
    /// The file starts with a byte order mark.
    #[error(
        "the file starts with a {0} byte order mark; save it as UTF-8 without one (\"CSV\", not \"CSV UTF-8\")"
    )]
    ByteOrderMark(&'static str),
    /// The header is separated by another character than a comma.
    #[error(
        "the columns are separated by {0}; expected commas: export the file again with a comma as delimiter"
    )]
    WrongDelimiter(&'static str),
    /// A column of the study that the header does not have.
    #[error("the column is missing; the header has: {header}{}", hint(similar))]
    MissingColumn {
        /// The names that are there.
        header: String,
        /// A name that differs in letter case or spaces only.
        similar: Option<String>,
    },
    /// A column of the study that the header has twice.
    #[error("the header names the column twice; remove or rename one")]
    DuplicateColumn,
    /// A row with more or fewer fields than the header.
    #[error("expected {expected} fields as in the header, found {found}; quote fields that contain commas")]
    Ragged {
        /// Fields of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// An empty line with rows after it.
    #[error("the row is blank; remove it")]
    Blank,
    /// An empty field.
    #[error("the field is empty; fill it, or have the study say what an empty field means (key `null`)")]
    Null,
    /// No whole number.
    #[error(
        "expected a whole number{}, found {found}; write digits only, without point, separators or spaces",
        unit_of(unit)
    )]
    NotANumber {
        /// What stands there.
        found: Excerpt,
        /// The unit; empty for none.
        unit: String,
    },
    /// A number outside the study's range.
    #[error(
        "expected a number from {lo} to {hi}{}, found {found}; correct the row, or agree on a wider range in the study",
        unit_of(unit)
    )]
    OutOfRange {
        /// What stands there.
        found: Excerpt,
        /// The least value.
        lo: i64,
        /// The greatest value.
        hi: i64,
        /// The unit; empty for none.
        unit: String,
    },
    /// Neither true nor false.
    #[error("expected 0, 1, true or false, found {found}; correct the row")]
    NotABoolean {
        /// What stands there.
        found: Excerpt,
    },
    /// A label that the study does not list.
    #[error(
        "expected one of {known}, found {found}; correct the row, or agree on a label for unlisted ones \
         in the study (key `unknown`)"
    )]
    UnknownCategory {
        /// What stands there.
        found: Excerpt,
        /// The labels.
        known: String,
    },
    /// Bytes that are not UTF-8.
    #[error("the bytes are not UTF-8 text; save the file as UTF-8")]
    NotUtf8,
    /// A quoted field that goes on in the next line: two stray quotes would swallow the rows between them.
    #[error(
        "a quoted field goes on in the next line; remove the stray quote, or the line break within the field"
    )]
    QuotedLineBreak,
    /// A quoted field without end.
    #[error("a quoted field does not end; close the quote that opens in this row")]
    UnclosedQuote,
    /// A quote within a field that does not start with one, or text after a closing quote.
    #[error("a quote stands within a field; quote the whole field and write \"\" for a quote in it")]
    StrayQuote,
    /// A carriage return without line feed.
    #[error("a line ends with a carriage return alone; save the file with LF or CR LF line ends")]
    CarriageReturn,
    /// A row beyond all measure: not a CSV file, or a quote that never closes.
    #[error("the row is longer than {limit} bytes; check for a quote that is not closed")]
    TooLong {
        /// The most bytes.
        limit: usize,
    },
    /// More rows than the study allows.
    #[error("more than {limit} rows; agree on a larger `max_rows` in the study")]
    TooManyRows {
        /// The most rows.
        limit: u64,
    },
}

/// The first characters of a field, quoted and with control characters escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    /// The first 40 characters of the field.
    #[must_use]
    pub fn new(field: &[u8]) -> Self {
        let text = String::from_utf8_lossy(field);
        let mut first: String = text.chars().take(40).collect();
        if first.len() < text.len() {
            first.push('…');
        }
        Self(first)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

struct At<'a, T>(&'static str, &'a Option<T>);

impl<T: fmt::Display> fmt::Display for At<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.as_ref().map_or(Ok(()), |value| write!(f, "{}{value}", self.0))
    }
}

fn hint(similar: &Option<String>) -> String {
    similar.as_ref().map_or_else(
        || "; add it, or rename the one that is meant".into(),
        |name| format!("; rename {name:?}, names must be the same to the letter"),
    )
}

fn unit_of(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" ({unit})") }
}
