//! What a command has to say at its end, for people and for machines.

use std::io::Write;

use serde::Serialize;

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// The end of a command that ran through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// How it ended.
    pub(crate) exit: Exit,
    /// For people, without a newline at its end.
    pub(crate) text: String,
    /// For machines: one object on one line.
    pub(crate) json: String,
}

impl Report {
    /// A report that all is well.
    pub(crate) fn done(text: impl Into<String>, json: &impl Serialize) -> Outcome<Self> {
        Self::new(Exit::Done, text, json)
    }

    /// A report of a command that ran through, with its verdict.
    pub(crate) fn new(exit: Exit, text: impl Into<String>, json: &impl Serialize) -> Outcome<Self> {
        let json = serde_json::to_string(json).map_err(|error| Failure::internal("the report", error))?;
        Ok(Self { exit, text: text.into(), json })
    }

    /// Prints the report to standard output: text, or the object on one line.
    pub(crate) fn print(&self, json: bool) -> Outcome<()> {
        let text = if json { &self.json } else { &self.text };
        if text.is_empty() {
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        match writeln!(out, "{text}").and_then(|()| out.flush()) {
            // Whoever reads has read enough, as `head` does.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::input(
                "standard output",
                format!("cannot be written: {error}"),
                "an open output",
                "redirect it elsewhere",
            )),
            _ => Ok(()),
        }
    }
}
