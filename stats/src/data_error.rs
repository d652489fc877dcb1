//! What can be wrong with a data file: the file, the row, the column, what was found, what was expected, what to do.
//!
//! Rows are counted as spreadsheets do: the header is row 1. (Strictly: the line on which the row starts.) The messages
//! quote what was found, so they belong into the data owner's own log and never to a peer.

use crate::advice::advised;
use speedwell_net::Advice;
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
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataFault {
    /// The file cannot be opened or read.
    Read(io::ErrorKind),
    /// No byte at all.
    Empty,
    /// A header and nothing else.
    NoRows,
    /// The file starts with a byte order mark.
    ByteOrderMark(&'static str),
    /// The header is separated by another character than a comma.
    WrongDelimiter(&'static str),
    /// A column of the study that the header does not have.
    MissingColumn {
        /// The names that are there.
        header: String,
        /// A name that differs in letter case or spaces only.
        similar: Option<String>,
    },
    /// A column of the study that the header has twice.
    DuplicateColumn,
    /// A row with more or fewer fields than the header.
    Ragged {
        /// Fields of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// An empty line with rows after it.
    Blank,
    /// An empty field.
    Null,
    /// No whole number.
    NotANumber {
        /// What stands there.
        found: Excerpt,
        /// The unit; empty for none.
        unit: String,
    },
    /// A number outside the study's range.
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
    NotABoolean {
        /// What stands there.
        found: Excerpt,
    },
    /// A label that the study does not list.
    UnknownCategory {
        /// What stands there.
        found: Excerpt,
        /// The labels.
        known: String,
    },
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// A quoted field that goes on in the next line: two stray quotes would swallow the rows between them.
    QuotedLineBreak,
    /// A quoted field without end.
    UnclosedQuote,
    /// A quote within a field that does not start with one, or text after a closing quote.
    StrayQuote,
    /// A carriage return without line feed.
    CarriageReturn,
    /// A row beyond all measure: not a CSV file, or a quote that never closes.
    TooLong {
        /// The most bytes.
        limit: usize,
    },
    /// More rows than the study allows.
    TooManyRows {
        /// The most rows.
        limit: u64,
    },
}

advised!(DataFault);

impl DataFault {
    /// What was found, what is expected, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        const TEXT: &str = "save the file as UTF-8";
        const TABLE: &str = "a CSV file: UTF-8, commas, one header line, then rows";
        match self {
            Self::Read(kind) => Advice::new(
                format!("cannot be read: {kind}"),
                "a readable CSV file",
                "check the path and its permissions",
            ),
            Self::Empty => Advice::new(
                "the file is empty",
                "a header line with the names of the columns, then the rows",
                "export the rows again, with a header",
            ),
            Self::NoRows => {
                Advice::new("the file has a header and no rows", "at least one row", "export the rows again")
            }
            Self::ByteOrderMark(mark) => Advice::new(
                format!("the file starts with a {mark} byte order mark"),
                "UTF-8 without a byte order mark",
                "save it as UTF-8 without one (\"CSV\", not \"CSV UTF-8\")",
            ),
            Self::WrongDelimiter(delimiter) => Advice::new(
                format!("the columns are separated by {delimiter}"),
                "commas between the columns",
                "export the file again with a comma as delimiter",
            ),
            Self::MissingColumn { header, similar } => Advice::new(
                format!("the column is missing; the header has: {header}"),
                "a column of this name, the same to the letter",
                match similar {
                    Some(name) => format!("rename {name:?}"),
                    None => "add it, or rename the one that is meant".to_owned(),
                },
            ),
            Self::DuplicateColumn => {
                Advice::new("the header names the column twice", "every name once", "remove or rename one")
            }
            Self::Ragged { expected, found } => Advice::new(
                format!("the row has {found} fields"),
                format!("{expected} fields, as in the header"),
                "quote fields that contain commas; remove surplus fields or fill in missing ones",
            ),
            Self::Blank => Advice::new("the row is blank", "no blank rows between others", "remove the row"),
            Self::Null => Advice::new(
                "the field is empty",
                "a value",
                "fill it, or have the study say what an empty field means (key `null`)",
            ),
            Self::NotANumber { found, unit } => Advice::new(
                found,
                format!("a whole number{}", unit_of(unit)),
                "write digits only, without point, separators or spaces",
            ),
            Self::OutOfRange { found, lo, hi, unit } => Advice::new(
                found,
                format!("a number from {lo} to {hi}{}", unit_of(unit)),
                "correct the row, or agree on a wider range in the study",
            ),
            Self::NotABoolean { found } => Advice::new(found, "0, 1, true or false", "correct the row"),
            Self::UnknownCategory { found, known } => Advice::new(
                found,
                format!("one of {known}"),
                "correct the row, or agree on a label for unlisted ones in the study (key `unknown`)",
            ),
            Self::NotUtf8 => Advice::new("the bytes are not UTF-8 text", "UTF-8 text", TEXT),
            Self::QuotedLineBreak => Advice::new(
                "a quoted field goes on in the next line",
                "every row on a line of its own",
                "remove the stray quote, or the line break within the field",
            ),
            Self::UnclosedQuote => Advice::new(
                "a quoted field does not end",
                "a closing quote for each opening one",
                "close the quote that opens in this row",
            ),
            Self::StrayQuote => Advice::new(
                "a quote stands within a field",
                "quotes around a whole field, or none",
                "quote the whole field and write \"\" for a quote in it",
            ),
            Self::CarriageReturn => Advice::new(
                "a line ends with a carriage return alone",
                "LF or CR LF at the end of a line",
                "save the file with LF or CR LF line ends",
            ),
            Self::TooLong { limit } => Advice::new(
                format!("the row is longer than {limit} bytes"),
                TABLE,
                "check for a quote that is not closed",
            ),
            Self::TooManyRows { limit } => Advice::new(
                format!("there are more than {limit} rows"),
                format!("at most {limit} rows (key `max_rows`)"),
                "agree on a larger `max_rows` in the study",
            ),
        }
    }
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

fn unit_of(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" ({unit})") }
}
