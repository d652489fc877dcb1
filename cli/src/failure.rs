//! The one error of the command line: where, what was found, what was expected, what to do.
//!
//! Every way to make one asks for all four parts, so that no message can leave out the remedy.

use std::fmt;

use serde_json::json;
use speedwell_net::Advice;

use crate::exit::Exit;

/// Why a command stopped, as it is told to the person or the machine that called it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The number the process ends with.
    pub(crate) exit: Exit,
    /// The file (with line, or row and column), the peer or the option at fault.
    pub(crate) place: String,
    /// What was found there.
    pub(crate) found: String,
    /// What should have been there.
    pub(crate) expected: String,
    /// What to do about it.
    pub(crate) remedy: String,
}

/// Shorthand for results of this program.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure with all its parts.
    pub(crate) fn new(
        exit: Exit,
        place: impl fmt::Display,
        found: impl fmt::Display,
        expected: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        Self {
            exit,
            place: place.to_string(),
            found: found.to_string(),
            expected: expected.to_string(),
            remedy: remedy.to_string(),
        }
    }

    /// A file, row, setting or option is at fault.
    pub(crate) fn input(
        place: impl fmt::Display,
        found: impl fmt::Display,
        expected: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        Self::new(Exit::Input, place, found, expected, remedy)
    }

    /// This program is at fault.
    pub(crate) fn internal(place: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self::new(
            Exit::Internal,
            place,
            found,
            "no such state",
            "report it with the log of a run with -vv; the log holds no secrets",
        )
    }

    /// What an error advises, at this place.
    pub(crate) fn of(exit: Exit, place: impl fmt::Display, advice: Advice) -> Self {
        let Advice { found, expected, remedy } = advice;
        Self { exit, place: place.to_string(), found, expected, remedy }
    }

    /// The same for machines: one object, the shape of which is part of the interface.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        json!({"error": {
            "kind": self.exit.name(),
            "exit": self.exit.code(),
            "place": self.place,
            "found": self.found,
            "expected": self.expected,
            "remedy": self.remedy,
        }})
    }

    /// Reads back what [`Failure::to_json`] made, in another process.
    pub(crate) fn from_json(value: &serde_json::Value) -> Option<Self> {
        let error = value.get("error")?;
        let text = |key: &str| Some(error.get(key)?.as_str()?.to_owned());
        Some(Self {
            exit: Exit::from_code(error.get("exit")?.as_u64()?)?,
            place: text("place")?,
            found: text("found")?,
            expected: text("expected")?,
            remedy: text("remedy")?,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}\n  expected: {}\n  to do:    {}",
            self.place, self.found, self.expected, self.remedy
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_place_finding_expectation_and_remedy_in_both_forms() {
        let failure = Failure::input("a.csv, row 3, column amount", "\"x\"", "an integer", "mend the row");
        let text = failure.to_string();
        assert_eq!(
            text,
            "a.csv, row 3, column amount: \"x\"\n  expected: an integer\n  to do:    mend the row"
        );
        let machine = failure.to_json();
        assert_eq!(machine["error"]["exit"], 3);
        assert_eq!(machine["error"]["remedy"], "mend the row");
        assert_eq!(Failure::from_json(&machine), Some(failure));
    }
}
