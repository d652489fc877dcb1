//! How each figure of a result follows from the revealed values.

use super::RevealId;
use crate::study::Estimator;

/// The figures of one statistic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// What tells the rows apart, such as the column of categories.
    pub headers: Vec<String>,
    /// Per row the labels under the headers, and the figure.
    pub rows: Vec<(Vec<String>, Recipe)>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recipe {
    /// The value itself.
    Integer(RevealId),
    /// numerator / denominator.
    Quotient { numerator: RevealId, denominator: RevealId },
    /// numerator / n², or numerator / n(n−1); its root if asked.
    Moment { numerator: Numerator, n: RevealId, estimator: Estimator, root: bool },
    /// xy / √(xx·yy).
    Correlation { xy: Numerator, xx: Numerator, yy: Numerator },
}

/// n·Σxy − Σx·Σy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Numerator {
    /// Computed on shares.
    Revealed(RevealId),
    /// Computed in clear.
    Clear { n: RevealId, xy: RevealId, x: RevealId, y: RevealId },
}
