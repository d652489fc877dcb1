//! What can be wrong with a study: the key, what was found, what was expected, what to do.

use crate::advice::advised;
use speedwell_net::Advice;
use std::io;

/// A study that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The file cannot be read.
    #[error("cannot read the study {path}: {reason}")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        reason: io::ErrorKind,
    },
    /// The file starts with a byte order mark.
    #[error("the study starts with a byte order mark; save it as UTF-8 without one")]
    ByteOrderMark,
    /// The file is not text.
    #[error("study line {line} is not UTF-8 text; save the file as UTF-8")]
    NotUtf8 {
        /// Line, counted from 1.
        line: usize,
    },
    /// The file is not TOML, or has a key or a type of value that no study has.
    #[error("study line {line}: {message}")]
    Syntax {
        /// Line, counted from 1.
        line: usize,
        /// What the TOML reader says, for people.
        message: String,
    },
    /// A key's value cannot be used.
    #[error("study key `{key}`: {fault}")]
    Key {
        /// The key, such as `columns.amount.range` or `statistics["fraud rate"].by`.
        key: String,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// What is wrong with the value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A key that must be there is not.
    Missing {
        /// What belongs there.
        expected: &'static str,
    },
    /// A key that the type or kind does not know.
    Foreign {
        /// The type of column or kind of statistic.
        kind: &'static str,
    },
    /// A text that is empty, too long, or has characters that no name has.
    Name {
        /// The text.
        found: String,
        /// Whether conditions can mention the name.
        condition: bool,
    },
    /// A name that stands twice.
    Duplicate {
        /// The name.
        found: String,
    },
    /// A word that is none of those known.
    NotOneOf {
        /// The word.
        found: String,
        /// What is known.
        known: String,
    },
    /// A number outside its limits.
    Limits {
        /// The number.
        found: i128,
        /// The least allowed.
        lo: i128,
        /// The greatest allowed.
        hi: i128,
    },
    /// A list whose length does not fit.
    Length {
        /// Number of entries.
        found: usize,
        /// What is expected.
        expected: &'static str,
    },
    /// Numbers that should increase.
    NotIncreasing {
        /// The former.
        first: i64,
        /// The latter.
        second: i64,
    },
    /// A column of a type that the key cannot use.
    ColumnType {
        /// The column.
        column: String,
        /// Its type.
        found: &'static str,
        /// The types that fit.
        expected: &'static str,
    },
    /// Not of the form `column op constant`.
    Condition {
        /// The text.
        found: String,
    },
    /// Categories compared by order.
    NoOrder {
        /// The text.
        found: String,
    },
    /// A constant that the column of a condition can never be compared with.
    Constant {
        /// The text.
        found: String,
        /// The column.
        column: String,
        /// What is expected.
        expected: String,
    },
    /// Neither `count` nor `sum(column)`.
    Total {
        /// The text.
        found: String,
    },
    /// A null rule that needs a label for unlisted categories.
    NoUnknownLabel,
    /// A null rule that puts a number where the range has none.
    ZeroOutsideRange {
        /// The least value.
        lo: i64,
        /// The greatest value.
        hi: i64,
    },
    /// Fewer parties than the study asks for.
    TooFewParties {
        /// At least so many.
        expected: usize,
        /// So many there are.
        found: usize,
    },
    /// Other parties than the study names.
    OtherParties {
        /// Whom the study names.
        expected: String,
        /// Who is there.
        found: String,
    },
    /// A recipient who is no party.
    NoSuchParty {
        /// The name.
        found: String,
        /// The parties.
        known: String,
    },
}

advised!(Fault);

impl StudyError {
    /// What was found, what is expected, what to do. The file, line or key is not in it.
    #[must_use]
    pub fn advice(&self) -> Advice {
        const KEYS: &str = "TOML with the keys of a study and no others";
        match self {
            Self::Read { reason, .. } => Advice::new(
                format!("cannot be read: {reason}"),
                "a readable study file",
                "check the path and its permissions",
            ),
            Self::ByteOrderMark => Advice::new(
                "it starts with a byte order mark",
                "UTF-8 without a byte order mark",
                "save it as UTF-8 without one",
            ),
            Self::NotUtf8 { .. } => {
                Advice::new("the bytes are not UTF-8 text", "UTF-8 text", "save the file as UTF-8")
            }
            Self::Syntax { message, .. } => Advice::new(
                message,
                KEYS,
                "correct the line; `speedwell gen` writes an example, and the documentation lists the keys",
            ),
            Self::Key { fault, .. } => fault.advice(),
        }
    }
}

impl Fault {
    /// What was found, what is expected, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Missing { expected } => Advice::new("the key is missing", expected, "add the key"),
            Self::Foreign { kind } => Advice::new(
                format!("does not belong to {kind}"),
                format!("the keys of {kind} only"),
                "remove it",
            ),
            Self::Name { found, condition } => Advice::new(
                format!("{found:?}"),
                format!(
                    "1 to 200 characters without control characters, without spaces at its ends{}",
                    if *condition { " and without any of = ! < >, which conditions use" } else { "" }
                ),
                "choose another name",
            ),
            Self::Duplicate { found } => {
                Advice::new(format!("{found:?} stands twice"), "every name once", "give each its own name")
            }
            Self::NotOneOf { found, known } => {
                Advice::new(format!("{found:?}"), format!("one of: {known}"), "use one of the known words")
            }
            Self::Limits { found, lo, hi } => {
                Advice::new(found, format!("a number from {lo} to {hi}"), "correct the number")
            }
            Self::Length { found, expected } => {
                Advice::new(format!("{found} entries"), expected, "correct the list")
            }
            Self::NotIncreasing { first, second } => Advice::new(
                format!("{second} behind {first}"),
                "numbers in increasing order",
                "sort the numbers, each once",
            ),
            Self::ColumnType { column, found, expected } => Advice::new(
                format!("`{column}` is {found}"),
                format!("a column that is {expected}"),
                "name another column, or change its type",
            ),
            Self::Condition { found } => Advice::new(
                format!("{found:?} is not a condition"),
                "column, one of = != < <= > >=, constant",
                "write it in this form",
            ),
            Self::NoOrder { found } => Advice::new(
                format!("{found:?} compares labels by order"),
                "= or != between a category and a label",
                "list the labels one by one, or use a number",
            ),
            Self::Constant { found, column, expected } => {
                Advice::new(format!("{found:?} is no value of `{column}`"), expected, "correct the constant")
            }
            Self::Total { found } => Advice::new(
                format!("{found:?} is not a total"),
                "\"count\" or \"sum(<column>)\"",
                "write one of the two",
            ),
            Self::NoUnknownLabel => Advice::new(
                "\"unknown\" without a label for unlisted categories",
                "the key `unknown` with that label",
                "add the key `unknown`, or use \"refuse\" or \"skip_row\"",
            ),
            Self::ZeroOutsideRange { lo, hi } => Advice::new(
                format!("\"zero\" puts 0 into a column whose range is {lo} to {hi}"),
                "a range that has 0",
                "use \"refuse\" or \"skip_row\", or agree on a wider range",
            ),
            Self::TooFewParties { expected, found } => Advice::new(
                format!("{found} parties"),
                format!("at least {expected} parties (key `min_owners`)"),
                "let more parties take part, or agree on a smaller `min_owners`",
            ),
            Self::OtherParties { expected, found } => Advice::new(
                format!("the consortium is {found}"),
                format!("{expected}, in this order"),
                "take the study or the consortium file that belongs to the other",
            ),
            Self::NoSuchParty { found, known } => Advice::new(
                format!("{found:?} is no party of the study"),
                format!("some of: {known}"),
                "correct the name",
            ),
        }
    }
}
