//! What the tests of the binary share.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own for each test.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Replaces text in a file; the text must be there.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}:\n{text}");
        self.write(name, text.replace(from, to));
    }

    /// Makes a party in a folder of its name.
    pub fn init(&self, name: &str, address: &str) {
        done(&mut self.speedwell(&["init", "--name", name, "--address", address, "--out", name]));
    }

    /// Runs `speedwell` in this folder.
    pub fn speedwell(&self, arguments: &[&str]) -> Command {
        let mut command = Command::from_std(self.process());
        command.args(arguments);
        command
    }

    /// The same as a process that goes on by itself.
    pub fn process(&self) -> Process {
        let mut process = Process::new(assert_cmd::cargo::cargo_bin!("speedwell"));
        process.current_dir(self.0.path()).env_remove("SPEEDWELL_LOG").env("TMPDIR", self.0.path());
        process
    }

    /// Everything under this folder of which the name ends so.
    pub fn found(&self, end: &str) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    walk(&entry.path(), found);
                }
                found.push(entry.path());
            }
        }
        let mut found = Vec::new();
        walk(self.0.path(), &mut found);
        found.retain(|path| path.to_string_lossy().ends_with(end));
        found
    }
}

/// Runs to success; standard output.
pub fn done(command: &mut Command) -> String {
    let output = command.assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

/// Runs to success with `--json`; the report.
pub fn report(command: &mut Command) -> Value {
    serde_json::from_str(&done(command.arg("--json"))).unwrap()
}

/// Runs into a failure with this exit code.
pub fn fails(command: &mut Command, code: i32) -> Error {
    let output = command.arg("--json").assert().code(code).get_output().clone();
    Error::of(&output)
}

/// An error of the binary, every part of which says something.
#[derive(Debug)]
pub struct Error {
    pub place: String,
    pub found: String,
    pub expected: String,
    pub remedy: String,
}

impl Error {
    /// What a failed process said under `--json`: one object on a line of its own, and nothing else anywhere.
    pub fn of(output: &std::process::Output) -> Self {
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
        let text = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "more than the error: {text}");
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in: {text}"));
        let error = &value["error"];
        assert_eq!(error["exit"].as_i64(), output.status.code().map(i64::from), "{text}");
        let part = |name: &str| error[name].as_str().filter(|part| !part.is_empty()).unwrap().to_owned();
        let [place, found, expected, remedy] = ["place", "found", "expected", "remedy"].map(part);
        Self { place, found, expected, remedy }
    }

    /// Whether each of these is said somewhere.
    pub fn has(&self, parts: &[&str]) -> bool {
        let all = [self.place.as_str(), &self.found, &self.expected, &self.remedy].join(" | ");
        parts.iter().all(|part| all.contains(part))
    }

    /// Each of these is said somewhere.
    pub fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.has(&[part]), "no {part:?} in: {self:?}");
        }
    }
}
