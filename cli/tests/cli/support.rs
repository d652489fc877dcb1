//! What the tests of the binary share.

use std::path::{Path, PathBuf};

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

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Replaces text in a file; the text must be there.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}:\n{text}");
        self.write(name, &text.replace(from, to));
    }

    /// Makes a party in a folder of its name.
    pub fn init(&self, name: &str, address: &str) {
        done(speedwell(self.0.path()).args(["init", "--name", name, "--address", address, "--out", name]));
    }

    /// Runs `speedwell` in this folder.
    pub fn speedwell(&self, arguments: &[&str]) -> Command {
        let mut command = speedwell(self.0.path());
        command.args(arguments);
        command
    }
}

fn speedwell(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("speedwell").unwrap();
    command.current_dir(folder).env_remove("SPEEDWELL_LOG");
    command
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

/// Runs into a failure with this exit code; the error, every part of which says something. Nothing is on standard output.
pub fn fails(command: &mut Command, code: i32) -> Error {
    let output = command.arg("--json").assert().code(code).get_output().clone();
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    let text = String::from_utf8(output.stderr).unwrap();
    let last = text.lines().last().unwrap_or_default();
    let value: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error} in: {text}"));
    let part = |key: &str| value["error"][key].as_str().unwrap().to_owned();
    let error = Error {
        place: part("place"),
        found: part("found"),
        expected: part("expected"),
        remedy: part("remedy"),
    };
    for part in [&error.place, &error.found, &error.expected, &error.remedy] {
        assert!(!part.is_empty(), "{error:?}");
    }
    error
}

#[derive(Debug)]
pub struct Error {
    pub place: String,
    pub found: String,
    pub expected: String,
    pub remedy: String,
}

impl Error {
    /// Each of these is said somewhere.
    pub fn says(&self, parts: &[&str]) {
        let all = format!("{} | {} | {} | {}", self.place, self.found, self.expected, self.remedy);
        for part in parts {
            assert!(all.contains(part), "no {part:?} in: {all}");
        }
    }
}
