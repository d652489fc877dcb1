//! The insecure dealer as a source of a run: only if it is compiled in, only if asked for, and never silently.

#[cfg(not(feature = "insecure-dealer"))]
use crate::failure::Failure;

/// The dealer was asked for and is not there.
#[cfg(not(feature = "insecure-dealer"))]
pub(crate) fn not_compiled_in() -> Failure {
    Failure::new(
        crate::exit::Exit::CommandLine,
        "the insecure dealer",
        "is not part of this program",
        "a program built with the feature `insecure-dealer`",
        "build with `--features insecure-dealer`, for tests and measurements only",
    )
}
