//! The study: what is asked of whose data, in one file that all parties hold.
//!
//! A study is a TOML file. Every party reads the same bytes: [`Study::digest`] goes into the parties' greeting. Nothing
//! here knows any particular data; columns, categories, filters and statistics are named by the file:
//!
//! ```
//! # use speedwell_stats::Study;
//! let study = Study::parse(br#"
//! title = "Card fraud by merchant category"
//! min_owners = 3                # so many parties must take part (default 3)
//! max_rows = 1_000_000          # no party brings more rows; sets the guaranteed size of every sum
//! recipients = "all"            # or a list of party names (default "all")
//! decimals = 6                  # of means, ratios, roots (default 6)
//! filters = ["channel != atm"]  # all must hold: column, one of = != < <= > >=, constant
//!
//! [columns.amount]              # a column of the CSV files; its values are whole numbers of the unit
//! type = "integer"
//! unit = "cent"
//! range = [1, 10_000_000]       # both ends included; a value outside is refused
//! null = "refuse"               # an empty field: "refuse" (default), "skip_row", "zero", "unknown" (categories)
//!
//! [columns.fraud]
//! type = "boolean"              # 0, 1, true, false
//!
//! [columns.channel]
//! type = "categorical"
//! categories = ["pos", "online", "atm", "other"]
//! unknown = "other"             # label for what is not listed; without it an unlisted label is refused
//!
//! [derived.loss]                # amount where the conditions hold, 0 elsewhere
//! from = "amount"
//! where = ["fraud = 1"]
//!
//! [derived.amount_eur]          # floor(amount / 100)
//! from = "amount"
//! floor_div = 100
//! unit = "euro"
//!
//! [[statistics]]
//! name = "fraud rate"
//! kind = "ratio"
//! numerator = "sum(fraud)"
//! denominator = "count"
//! by = "channel"
//! "#)?;
//! assert_eq!(study.statistics.len(), 1);
//! # Ok::<(), speedwell_stats::StudyError>(())
//! ```
//!
//! | kind | keys | answer |
//! |---|---|---|
//! | `count` | | number of rows |
//! | `sum`, `mean` | `column` | exact sum; sum / count |
//! | `variance`, `std` | `column`, `estimator = "population" \| "sample"`, `products` | (n·Σx² − (Σx)²) / n², or / n(n−1); its root |
//! | `covariance` | `columns` (two), `estimator`, `products` | (n·Σxy − Σx·Σy) / n², or / n(n−1) |
//! | `correlation` | `columns` (two or more), `products` | matrix of Pearson's r |
//! | `ratio` | `numerator`, `denominator`, each `"count"` or `"sum(column)"` | quotient of the two totals |
//! | `histogram` | `column`, `edges` | rows per bin [eᵢ, eᵢ₊₁), and what lies below and above |
//! | `concentration` | `total`: `"count"` or `"sum(column)"` | Σ Lᵢ² / (Σ Lᵢ)² over the parties' totals Lᵢ (Herfindahl) |
//!
//! Each kind also takes `name`, `by = "<categorical or boolean column>"` and `decimals`.
//!
//! `products` says where totals are multiplied: `"shares"` (default) multiplies them inside the secure computation and
//! reveals only the finished numerator and the count; `"clear"` reveals the pooled sums and multiplies those.
//! `concentration` always multiplies on shares. Division and root are done in clear on revealed numbers.

mod error;
mod parse;
#[cfg(test)]
mod tests;

pub use error::{Fault, StudyError};

use sha3::{Digest as _, Sha3_256};
use std::{fmt, path::Path};

/// A validated study.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Study {
    /// What the study is about, for people.
    pub title: String,
    /// Names of the parties who take part, where the study fixes them.
    pub parties: Option<Vec<String>>,
    /// The least number of parties.
    pub min_owners: usize,
    /// The most rows a party may bring, before filters.
    pub max_rows: u64,
    /// Who learns the results.
    pub recipients: Recipients,
    /// Columns of the CSV files in the order of their names, then derived columns in the order of theirs.
    pub columns: Vec<Column>,
    /// Rows for which any of these fails are left out of every statistic.
    pub filters: Vec<Condition>,
    /// What is asked, in the order of the file.
    pub statistics: Vec<Statistic>,
    digest: StudyDigest,
}

/// Index into [`Study::columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub(crate) usize);

/// SHA3-256 of a study file's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StudyDigest(pub [u8; 32]);

/// Who learns the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipients {
    /// Every party.
    All,
    /// These parties only.
    Named(Vec<String>),
}

/// A column of the files, or one derived from it row by row. Every value is an `i64`: a number, 0 or 1, or the index of
/// a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name: the CSV header's, or the study's for a derived column.
    pub name: String,
    /// Unit of the values, for people; empty for none.
    pub unit: String,
    /// What its values are.
    pub kind: Kind,
    /// Where they come from.
    pub source: Source,
}

/// What the values of a column are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers from `lo` to `hi`, both included.
    Integer {
        /// The least value.
        lo: i64,
        /// The greatest value.
        hi: i64,
    },
    /// 0 or 1.
    Boolean,
    /// Index into a public list of labels.
    Categorical {
        /// The labels.
        labels: Vec<String>,
        /// Index of the label that stands for every unlisted one; `None`: an unlisted one is refused.
        unknown: Option<usize>,
    },
}

/// Where the values of a column come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The CSV file.
    File {
        /// What an empty field means.
        null: NullRule,
    },
    /// Another column of the same row: `floor(from / floor_div)` where all conditions hold, else 0.
    Derived {
        /// A column of the file.
        from: ColumnId,
        /// Public divisor, at least 1; rounds towards minus infinity.
        floor_div: i64,
        /// Conditions on columns of the file, all of which must hold.
        conditions: Vec<Condition>,
    },
}

/// What an empty field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullRule {
    /// An error.
    Refuse,
    /// The row is left out of every statistic, and counted as left out.
    SkipRow,
    /// The number 0, or false.
    Zero,
    /// The label for unlisted ones.
    Unknown,
}

/// `column op value`, on the `i64` values of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: ColumnId,
    /// The comparison.
    pub op: Op,
    /// The constant: a number, 0 or 1, or the index of a label.
    pub value: i64,
}

/// A comparison. Categories know `=` and `!=` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// One thing asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistic {
    /// Its name, unique in the study.
    pub name: String,
    /// The categorical or boolean column whose categories it is asked for.
    pub by: Option<ColumnId>,
    /// Decimals of quotients and roots.
    pub decimals: u32,
    /// What is asked.
    pub measure: Measure,
}

/// What a statistic asks; the table in the head of this module gives the formulas.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the keys of the table in the module's head")]
pub enum Measure {
    Count,
    Sum { column: ColumnId },
    Mean { column: ColumnId },
    Variance { column: ColumnId, estimator: Estimator, products: Products },
    Std { column: ColumnId, estimator: Estimator, products: Products },
    Covariance { x: ColumnId, y: ColumnId, estimator: Estimator, products: Products },
    Correlation { columns: Vec<ColumnId>, products: Products },
    Ratio { numerator: Total, denominator: Total },
    Histogram { column: ColumnId, edges: Vec<i64> },
    Concentration { total: Total },
}

/// A total over rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// The number of rows.
    Count,
    /// The sum of a column.
    Sum(ColumnId),
}

/// The divisor of a second moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimator {
    /// n.
    Population,
    /// n − 1.
    Sample,
}

/// Where totals are multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Products {
    /// Inside the secure computation: the factors stay hidden.
    Shares,
    /// In clear: the pooled factors are revealed.
    Clear,
}

impl Study {
    /// Reads and validates a study file.
    ///
    /// # Errors
    /// [`StudyError`], which names the key, what was expected and what to do.
    pub fn read(path: &Path) -> Result<Self, StudyError> {
        let bytes = std::fs::read(path)
            .map_err(|e| StudyError::Read { path: path.display().to_string(), reason: e.kind() })?;
        Self::parse(&bytes)
    }

    /// Validates a study given as the exact bytes of its file.
    ///
    /// # Errors
    /// [`StudyError`], which names the key, what was expected and what to do.
    pub fn parse(bytes: &[u8]) -> Result<Self, StudyError> {
        parse::study(bytes, StudyDigest(Sha3_256::digest(bytes).into()))
    }

    /// SHA3-256 of the file's bytes, as `openssl dgst -sha3-256` prints it.
    #[must_use]
    pub fn digest(&self) -> StudyDigest {
        self.digest
    }

    /// The column of that index.
    #[must_use]
    pub fn column(&self, id: ColumnId) -> &Column {
        &self.columns[id.0]
    }

    /// The column of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ColumnId> {
        self.columns.iter().position(|c| c.name == name).map(ColumnId)
    }

    /// Whether a party of that name takes part, and learns the results.
    #[must_use]
    pub fn is_recipient(&self, party: &str) -> bool {
        match &self.recipients {
            Recipients::All => true,
            Recipients::Named(names) => names.iter().any(|n| n == party),
        }
    }

    /// Checks the study against the parties who are to run it, in their order.
    ///
    /// # Errors
    /// [`StudyError`] if they are fewer than `min_owners`, not those whom the study names, or lack a recipient.
    pub fn check_parties(&self, present: &[&str]) -> Result<(), StudyError> {
        let fault = |key: &str, fault| Err(StudyError::Key { key: key.into(), fault });
        if present.len() < self.min_owners {
            return fault(
                "min_owners",
                Fault::TooFewParties { expected: self.min_owners, found: present.len() },
            );
        }
        let all = |names: &[&str]| names.join(", ");
        if let Some(named) = &self.parties
            && named.iter().map(String::as_str).ne(present.iter().copied())
        {
            return fault("parties", Fault::OtherParties { expected: named.join(", "), found: all(present) });
        }
        if let Recipients::Named(names) = &self.recipients
            && let Some(missing) = names.iter().find(|n| !present.contains(&n.as_str()))
        {
            return fault("recipients", Fault::NoSuchParty { found: missing.clone(), known: all(present) });
        }
        Ok(())
    }
}

impl Column {
    /// The least and the greatest value.
    #[must_use]
    pub fn range(&self) -> (i64, i64) {
        match &self.kind {
            Kind::Integer { lo, hi } => (*lo, *hi),
            Kind::Boolean => (0, 1),
            Kind::Categorical { labels, .. } => (0, labels.len() as i64 - 1),
        }
    }

    /// The categories a statistic may be asked by: the labels, or `false` and `true`. Empty for integers.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Integer { .. } => Vec::new(),
            Kind::Boolean => vec!["false", "true"],
            Kind::Categorical { labels, .. } => labels.iter().map(String::as_str).collect(),
        }
    }

    /// The category of that index.
    #[must_use]
    pub fn category(&self, index: usize) -> Option<&str> {
        match &self.kind {
            Kind::Integer { .. } => None,
            Kind::Boolean => ["false", "true"].get(index).copied(),
            Kind::Categorical { labels, .. } => labels.get(index).map(String::as_str),
        }
    }

    /// How many categories there are; 0 for integers.
    #[must_use]
    pub fn category_count(&self) -> usize {
        match &self.kind {
            Kind::Integer { .. } => 0,
            Kind::Boolean => 2,
            Kind::Categorical { labels, .. } => labels.len(),
        }
    }
}

impl ColumnId {
    /// The position in [`Study::columns`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

impl Op {
    /// Whether `left op right` holds.
    #[must_use]
    #[inline]
    pub fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl fmt::Display for StudyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StudyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
