//! The record of runs that ended while material was being made.
//!
//! Such an end can answer a cheater one question about an encryption key (`docs/lowgear.md`, section 11). The key dies with it, and the
//! next run has others; that somebody asks again and again is for the operator to know. So a party counts, for each consortium, the
//! runs that began to make material and did not come to its end, and makes none any more beyond a number.
//!
//! A file beside the party file, to which a line is appended and synced before the first reply is made, and another when the keys are
//! wiped: `+ SESSION CONSORTIUM` and `- SESSION CONSORTIUM`, in hexadecimal. Several runs may append at a time. Whoever has found out who ends the
//! runs removes the file.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// The file's name.
const NAME: &str = "unfinished-runs";

/// The record of one party with one consortium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unfinished {
    file: PathBuf,
    consortium: String,
    most: u32,
}

/// A run under way. Its end is to be noted; otherwise it counts.
#[derive(Debug)]
#[must_use]
pub(crate) struct Begun<'a> {
    record: &'a Unfinished,
    session: String,
}

impl Unfinished {
    /// The record in `folder`, of runs with the consortium of this digest; `most` of them may be unfinished.
    pub(crate) fn new(folder: &Path, consortium: &[u8; 32], most: u32) -> Self {
        Self { file: folder.join(NAME), consortium: hex(consortium), most }
    }

    /// Whether a further run may begin, and the record can be kept: before anything is sent.
    ///
    /// # Errors
    /// If as many runs are unfinished as may be, or the record cannot be read or written.
    pub(crate) fn admit(&self) -> Outcome<()> {
        self.open()?;
        let count = self.count()?;
        if count >= u64::from(self.most) {
            return Err(Failure::new(
                Exit::Input,
                self.file.display(),
                format!("{count} runs of this consortium ended while material was being made"),
                format!("fewer than {} (setting limits.unfinished_runs)", self.most),
                "find out from the logs who ends them: each may tell a cheater one bit about a key that is gone; then remove the file",
            ));
        }
        Ok(())
    }

    /// Notes that a run begins to make material.
    ///
    /// # Errors
    /// As [`admit`](Self::admit).
    pub(crate) fn begin(&self, session: &[u8; 16]) -> Outcome<Begun<'_>> {
        self.admit()?;
        let begun = Begun { record: self, session: hex(session) };
        self.append('+', &begun.session)?;
        Ok(begun)
    }

    /// How many runs of this consortium are unfinished.
    fn count(&self) -> Outcome<u64> {
        let text = std::fs::read_to_string(&self.file).map_err(|error| self.cannot("read", &error))?;
        let mut open = BTreeSet::new();
        for (number, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["+", session, consortium] if *consortium == self.consortium => {
                    open.insert((*session).to_owned());
                }
                ["-", session, consortium] if *consortium == self.consortium => {
                    open.remove(*session);
                }
                ["+" | "-", _, _] => {}
                _ => {
                    return Err(Failure::input(
                        format!("{}, line {}", self.file.display(), number.saturating_add(1)),
                        format!("\"{line}\""),
                        "lines as runs write them",
                        "remove the file if runs of this party have not been ended from outside",
                    ));
                }
            }
        }
        Ok(open.len() as u64)
    }

    /// The file, which is there afterwards.
    fn open(&self) -> Outcome<File> {
        let new = !self.file.exists();
        let file = OpenOptions::new().append(true).create(true).open(&self.file);
        let file = file.map_err(|error| self.cannot("written", &error))?;
        if new && let Some(folder) = self.file.parent() {
            // Its name is to last too; where folders cannot be synced there is nothing more to do.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(file)
    }

    fn append(&self, sign: char, session: &str) -> Outcome<()> {
        // One call, so that lines of several runs do not mix.
        let line = format!("{sign} {session} {}\n", self.consortium);
        let mut file = self.open()?;
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(|error| self.cannot("written", &error))
    }

    fn cannot(&self, what: &str, error: &std::io::Error) -> Failure {
        Failure::input(
            self.file.display(),
            format!("cannot be {what}: {error}"),
            "a record of unfinished runs beside the party file",
            "give this party write access to the folder of its party file",
        )
    }
}

impl Begun<'_> {
    /// Notes that the material is made and the keys are wiped.
    pub(crate) fn end(self) -> Outcome<()> {
        self.record.append('-', &self.session)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_without_an_end_are_counted_for_their_consortium_and_capped() {
        let folder = tempfile::tempdir().unwrap();
        let record = Unfinished::new(folder.path(), &[1; 32], 2);
        let other = Unfinished::new(folder.path(), &[2; 32], 2);
        for run in 0..10 {
            record.begin(&[run; 16]).unwrap().end().unwrap();
        }
        assert_eq!(record.count(), Ok(0));
        record.admit().unwrap();
        // Two under way at a time; one ends.
        let (first, second) = (record.begin(&[20; 16]).unwrap(), record.begin(&[21; 16]).unwrap());
        let refused = record.begin(&[22; 16]).unwrap_err();
        assert_eq!(refused.exit, Exit::Input);
        assert!(refused.found.starts_with("2 runs"), "{refused}");
        assert!(refused.expected.contains("limits.unfinished_runs"), "{refused}");
        first.end().unwrap();
        drop(second);
        assert_eq!((record.count(), other.count()), (Ok(1), Ok(0)));
        let _ = other.begin(&[23; 16]).unwrap();
        let _ = record.begin(&[24; 16]).unwrap();
        assert!(record.begin(&[25; 16]).is_err() && other.begin(&[26; 16]).is_ok());
        std::fs::remove_file(folder.path().join(NAME)).unwrap();
        record.admit().unwrap();
        assert_eq!(record.count(), Ok(0));
    }

    #[test]
    fn a_record_that_cannot_be_read_or_written_ends_the_run_before_it_begins() {
        let folder = tempfile::tempdir().unwrap();
        let record = Unfinished::new(folder.path(), &[1; 32], 2);
        std::fs::write(folder.path().join(NAME), "+ 00 11\nnonsense\n").unwrap();
        let failure = record.admit().unwrap_err();
        assert!(failure.place.ends_with("line 2") && failure.found.contains("nonsense"), "{failure}");
        let nowhere = Unfinished::new(&folder.path().join("nowhere"), &[1; 32], 2);
        assert!(nowhere.admit().unwrap_err().found.contains("cannot be written"));
    }
}
