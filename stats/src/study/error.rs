//! What can be wrong with a study: the key, what was found, what was expected, what to do.

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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A key that must be there is not.
    #[error("is missing; write {expected}")]
    Missing {
        /// What belongs there.
        expected: &'static str,
    },
    /// A key that the type or kind does not know.
    #[error("does not belong to {kind}; remove it")]
    Foreign {
        /// The type of column or kind of statistic.
        kind: &'static str,
    },
    /// A text that is empty, too long, or has characters that no name has.
    #[error(
        "{found:?} is not a usable name; write 1 to 200 characters without control characters, without spaces at its ends{}",
        if *.condition { " and without any of = ! < >, which conditions use" } else { "" }
    )]
    Name {
        /// The text.
        found: String,
        /// Whether conditions can mention the name.
        condition: bool,
    },
    /// A name that stands twice.
    #[error("{found:?} stands twice; give each its own name")]
    Duplicate {
        /// The name.
        found: String,
    },
    /// A word that is none of those known.
    #[error("{found:?} is not known here; use one of: {known}")]
    NotOneOf {
        /// The word.
        found: String,
        /// What is known.
        known: String,
    },
    /// A number outside its limits.
    #[error("is {found}; write a number from {lo} to {hi}")]
    Limits {
        /// The number.
        found: i128,
        /// The least allowed.
        lo: i128,
        /// The greatest allowed.
        hi: i128,
    },
    /// A list whose length does not fit.
    #[error("has {found} entries; list {expected}")]
    Length {
        /// Number of entries.
        found: usize,
        /// What is expected.
        expected: &'static str,
    },
    /// Numbers that should increase.
    #[error("{second} does not follow {first} upwards; list the numbers in increasing order")]
    NotIncreasing {
        /// The former.
        first: i64,
        /// The latter.
        second: i64,
    },
    /// A column of a type that the key cannot use.
    #[error("`{column}` is {found}, but {expected} is needed")]
    ColumnType {
        /// The column.
        column: String,
        /// Its type.
        found: &'static str,
        /// The types that fit.
        expected: &'static str,
    },
    /// Not of the form `column op constant`.
    #[error("{found:?} is not a condition; write: column, one of = != < <= > >=, constant")]
    Condition {
        /// The text.
        found: String,
    },
    /// Categories compared by order.
    #[error("{found:?} compares labels by order; categories know = and != only")]
    NoOrder {
        /// The text.
        found: String,
    },
    /// A constant that the column of a condition can never be compared with.
    #[error("{found:?} is no value of `{column}`; write {expected}")]
    Constant {
        /// The text.
        found: String,
        /// The column.
        column: String,
        /// What is expected.
        expected: String,
    },
    /// Neither `count` nor `sum(column)`.
    #[error("{found:?} is not a total; write \"count\" or \"sum(<column>)\"")]
    Total {
        /// The text.
        found: String,
    },
    /// A null rule that needs a label for unlisted categories.
    #[error("\"unknown\" needs the key `unknown` with the label for unlisted categories")]
    NoUnknownLabel,
    /// A null rule that puts a number where the range has none.
    #[error("\"zero\" puts 0 into a column whose range is {lo} to {hi}; use \"refuse\" or \"skip_row\"")]
    ZeroOutsideRange {
        /// The least value.
        lo: i64,
        /// The greatest value.
        hi: i64,
    },
    /// Fewer parties than the study asks for.
    #[error("the study needs at least {expected} parties, the consortium has {found}")]
    TooFewParties {
        /// At least so many.
        expected: usize,
        /// So many there are.
        found: usize,
    },
    /// Other parties than the study names.
    #[error(
        "the study is for {expected}, the consortium is {found}; use the study or the consortium file of the other"
    )]
    OtherParties {
        /// Whom the study names.
        expected: String,
        /// Who is there.
        found: String,
    },
    /// A recipient who is no party.
    #[error("{found:?} is no party of the study; name some of: {known}")]
    NoSuchParty {
        /// The name.
        found: String,
        /// The parties.
        known: String,
    },
}
