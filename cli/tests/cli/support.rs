//! What the tests of the binary share.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};

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
pub struct Error(Vec<String>);

impl Error {
    /// What a failed process said under `--json`; it said nothing on standard output.
    pub fn of(output: &std::process::Output) -> Self {
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
        let text = String::from_utf8(output.stderr.clone()).unwrap();
        let last = text.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error} in: {text}"));
        let parts = ["place", "found", "expected", "remedy"];
        let parts: Vec<String> =
            parts.iter().map(|part| value["error"][part].as_str().unwrap().to_owned()).collect();
        assert!(parts.iter().all(|part| !part.is_empty()), "{parts:?}");
        Self(parts)
    }

    /// Each of these is said somewhere.
    pub fn says(&self, parts: &[&str]) {
        let all = self.0.join(" | ");
        for part in parts {
            assert!(all.contains(part), "no {part:?} in: {all}");
        }
    }
}

/// Parties on the loopback, with their files and sockets.
pub struct Neighbours {
    pub place: Place,
    pub names: Vec<String>,
    sockets: Vec<Option<TcpListener>>,
}

impl Neighbours {
    /// So many parties, a consortium file, a study and rows that fit it.
    pub fn new(parties: usize) -> Self {
        let place = Place::new();
        let names: Vec<String> = (0..parties).map(|party| format!("bank-{party}")).collect();
        let mut sockets = Vec::new();
        let mut consortium = vec!["consortium".to_owned()];
        for name in &names {
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            place.init(name, &socket.local_addr().unwrap().to_string());
            sockets.push(Some(socket));
            consortium.push(format!("{name}/{name}.card.toml"));
            // A test that waits for what never comes need not wait long.
            place.edit(&format!("{name}/party.toml"), "connect_seconds = 30", "connect_seconds = 20");
        }
        consortium.extend(["--out", "consortium.toml"].map(str::to_owned));
        done(&mut place.speedwell(&consortium.iter().map(String::as_str).collect::<Vec<_>>()));
        place.write("study.toml", STUDY);
        for (party, name) in names.iter().enumerate() {
            place.write(&format!("{name}.csv"), rows(party));
        }
        Self { place, names, sockets }
    }

    /// The command of one party, with its rows and the place of its result.
    pub fn arguments(&self, party: usize) -> Vec<String> {
        let name = &self.names[party];
        let (file, data, out) = (format!("{name}/party.toml"), format!("{name}.csv"), format!("{name}.json"));
        ["party", "--consortium", "consortium.toml", "--party", &file, "--study", "study.toml"]
            .into_iter()
            .chain(["--data", &data, "--out", &out, "--insecure-dealer", "--json"])
            .map(str::to_owned)
            .collect()
    }

    /// Starts one party on its socket.
    pub fn start(&mut self, party: usize) -> Running {
        self.start_with(party, &[])
    }

    /// Starts one party on its socket, with more arguments.
    pub fn start_with(&mut self, party: usize, more: &[&str]) -> Running {
        let mut arguments = self.arguments(party);
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        self.start_as(party, &arguments)
    }

    /// Starts one party on its socket, with these arguments alone.
    pub fn start_as(&mut self, party: usize, arguments: &[String]) -> Running {
        let socket = self.sockets[party].take().unwrap();
        let mut process = self.place.process();
        process.args(arguments).arg("--listen-on-stdin");
        process.stdin(Stdio::from(std::os::fd::OwnedFd::from(socket)));
        Running(process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// The socket of one party, for a test that plays the party itself.
    pub fn socket(&mut self, party: usize) -> TcpListener {
        self.sockets[party].take().unwrap()
    }

    /// Runs one party to a failure of its own, before it listens.
    pub fn fails_alone(&self, party: usize, code: i32) -> Error {
        let arguments = self.arguments(party);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = self.place.speedwell(&arguments).assert().code(code).get_output().clone();
        self.no_result();
        Error::of(&output)
    }

    /// Nothing of any result is on the disk.
    pub fn no_result(&self) {
        assert_eq!(self.place.found(".json"), Vec::<PathBuf>::new());
        let temporary: Vec<PathBuf> = self.place.found("");
        assert!(
            !temporary.iter().any(|path| path
                .file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with(".speedwell")),
            "{temporary:?}"
        );
    }
}

/// A process that is killed if the test gives up.
pub struct Running(pub Child);

impl Running {
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Process::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Reads standard error until a line holds this.
    pub fn until(&mut self, text: &str) {
        let mut lines = BufReader::new(self.0.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended before it said {text:?}");
        }
        // What follows is read, so that the process does not wait for a reader.
        std::thread::spawn(move || std::io::copy(&mut lines.take(u64::MAX), &mut std::io::sink()));
    }

    /// Waits for its end; its output.
    pub fn output(mut self) -> std::process::Output {
        let mut output = std::process::Output {
            status: std::process::ExitStatus::default(),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        if let Some(mut err) = self.0.stderr.take() {
            err.read_to_end(&mut output.stderr).unwrap();
        }
        if let Some(mut out) = self.0.stdout.take() {
            out.read_to_end(&mut output.stdout).unwrap();
        }
        output.status = self.0.wait().unwrap();
        output
    }

    /// Waits for success; its report.
    pub fn report(self) -> Value {
        let output = self.output();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Waits for a failure with this exit code.
    pub fn fails(self, code: i32) -> Error {
        let output = self.output();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        Error::of(&output)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has usually ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A small study over [`rows`].
pub const STUDY: &str = r#"
title = "Test"
min_owners = 2
max_rows = 10_000_000
decimals = 3

[columns.shop]
type = "categorical"
categories = ["food", "fuel"]

[columns.amount]
type = "integer"
unit = "cent"
range = [0, 1000]

[[statistics]]
name = "spent"
kind = "sum"
column = "amount"
by = "shop"

[[statistics]]
name = "spread"
kind = "variance"
column = "amount"
estimator = "population"

[[statistics]]
name = "share"
kind = "concentration"
total = "sum(amount)"
"#;

/// The rows of one party: its food is 100, 200 … by number, its fuel always 7 twice.
pub fn rows(party: usize) -> String {
    format!("shop,amount\nfood,{}\nfuel,7\nfuel,7\n", 100 * (party + 1))
}
