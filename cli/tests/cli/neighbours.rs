//! Parties as processes that meet on the loopback.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command as Process, Stdio};
use std::sync::mpsc::Receiver;

use serde_json::Value;

use crate::relay;
use crate::support::{Error, Place, done};

/// Parties on the loopback, with their files and sockets.
pub struct Neighbours {
    pub place: Place,
    pub names: Vec<String>,
    sockets: Vec<Option<TcpListener>>,
}

impl Neighbours {
    /// So many parties, a consortium file, a study and rows that fit it.
    pub fn new(parties: usize) -> Self {
        Self::at(parties, |_, address| address)
    }

    /// The same with a study of many totals and a relay before party 0: its two connections to each peer go dead in the
    /// middle of the inputs, of which the receiver hears once for each peer.
    pub fn held(parties: usize) -> (Self, Receiver<()>) {
        let mut held = None;
        let banks = Self::at(parties, |party, address| {
            if party > 0 {
                return address;
            }
            // Handshakes and coins take a few kilobytes, the inputs 64 a direction.
            let (relay, dead) = relay::before(address, 40_000);
            held = Some(dead);
            relay
        });
        let shops: Vec<String> = (0..2000).map(|shop| format!("\"s{shop}\"")).collect();
        let categories = format!("categories = [{}]", shops.join(", "));
        banks.place.edit("study.toml", "categories = [\"food\", \"fuel\"]", &categories);
        banks.place.edit("study.toml", "kind = \"sum\"", "kind = \"mean\"");
        for name in &banks.names {
            banks.place.write(&format!("{name}.csv"), "shop,amount\ns7,1\n");
        }
        (banks, held.unwrap())
    }

    /// Parties whose peers find them where `seen` says.
    fn at(parties: usize, mut seen: impl FnMut(usize, SocketAddr) -> SocketAddr) -> Self {
        let place = Place::new();
        let names: Vec<String> = (0..parties).map(|party| format!("bank-{party}")).collect();
        let mut sockets = Vec::new();
        let mut consortium = vec!["consortium".to_owned()];
        for (party, name) in names.iter().enumerate() {
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            place.init(name, &seen(party, socket.local_addr().unwrap()).to_string());
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
            .chain(["--data", &data, "--out", &out, "--json"])
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
