//! What a message tells a person who can mend something.

use std::fmt;

/// The three parts of a message, each without a full stop at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What was found.
    pub found: String,
    /// What should have been there.
    pub expected: String,
    /// What to do about it.
    pub remedy: String,
}

impl Advice {
    /// All three parts.
    pub fn new(found: impl fmt::Display, expected: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self { found: found.to_string(), expected: expected.to_string(), remedy: remedy.to_string() }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (expected: {}; to do: {})", self.found, self.expected, self.remedy)
    }
}

/// Makes types errors whose text is their advice.
macro_rules! advised {
    ($($name:ty),*) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.advice().fmt(f)
            }
        }
        impl std::error::Error for $name {}
    )*};
}

pub(crate) use advised;
