//! A whole consortium on this machine, for `demo` and `bench`: made by the same commands that real parties use, each
//! party a process of its own.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::children::{self, Spec};
use crate::failure::{Failure, Outcome};
use crate::file::value::Field;
use crate::progress::Tick;
use crate::signal::Stop;

/// Parties on this machine's loopback, with their files in one folder.
pub(crate) struct Neighbourhood<'a> {
    folder: PathBuf,
    names: Vec<String>,
    /// The sockets of the parties, bound before anybody is told their addresses.
    sockets: Vec<TcpListener>,
    stop: &'a Stop,
}

impl<'a> Neighbourhood<'a> {
    /// Makes each party's key in a folder of its name, and the consortium file.
    pub(crate) fn found(folder: &Path, names: Vec<String>, field: Field, stop: &'a Stop) -> Outcome<Self> {
        let mut sockets = Vec::new();
        let mut consortium: Vec<String> =
            ["consortium", "--out", "consortium.toml", "--field"].map(Into::into).into();
        consortium.push(field.to_string());
        for name in &names {
            let (socket, address) = socket()?;
            sockets.push(socket);
            let init = ["init", "--name", name, "--address", &address, "--out", name];
            step(folder, &init, stop, &mut |_| {})?;
            consortium.push(format!("{name}/{name}.card.toml"));
        }
        let consortium: Vec<&str> = consortium.iter().map(String::as_str).collect();
        step(folder, &consortium, stop, &mut |_| {})?;
        Ok(Self { folder: folder.to_owned(), names, sockets, stop })
    }

    /// Starts all parties with these arguments, waits for all, and gives their reports in order. The commands are told
    /// their consortium and party files, their socket, and to speak to a program.
    pub(crate) fn run(
        self,
        arguments: impl Fn(&str) -> Vec<String>,
        watch: &mut dyn FnMut(usize, Tick),
    ) -> Outcome<Vec<Value>> {
        let program = program()?;
        let specs = self.names.iter().zip(self.sockets).map(|(name, socket)| {
            let mut arguments = arguments(name);
            let party = format!("{name}/party.toml");
            arguments
                .extend(["--consortium", "consortium.toml", "--party", &party, "--json"].map(Into::into));
            let listener = cfg!(unix).then_some(socket);
            if listener.is_some() {
                arguments.push("--listen-on-stdin".to_owned());
            }
            Spec {
                name: name.clone(),
                program: program.clone(),
                arguments: arguments.into_iter().map(OsString::from).collect(),
                folder: self.folder.clone(),
                listener,
            }
        });
        children::run(specs.collect(), self.stop, watch)
    }
}

/// Runs one command of this program in `folder`; its report.
pub(crate) fn step(
    folder: &Path,
    arguments: &[&str],
    stop: &Stop,
    watch: &mut dyn FnMut(Tick),
) -> Outcome<Value> {
    let name = arguments.first().copied().unwrap_or_default();
    tracing::info!("speedwell {}", arguments.join(" "));
    let spec = Spec {
        name: format!("speedwell {name}"),
        program: program()?,
        arguments: arguments.iter().map(OsString::from).chain([OsString::from("--json")]).collect(),
        folder: folder.to_owned(),
        listener: None,
    };
    let reports = children::run(vec![spec], stop, &mut |_, tick| watch(tick))?;
    reports.into_iter().next().ok_or_else(|| Failure::internal(name, "it gave no report"))
}

/// This very program.
fn program() -> Outcome<PathBuf> {
    std::env::current_exe().map_err(|error| Failure::internal("this program's own path", error))
}

/// A listening socket on a free port of the loopback, and its address.
fn socket() -> Outcome<(TcpListener, String)> {
    let fail = |error: std::io::Error| {
        Failure::input("127.0.0.1", format!("cannot listen: {error}"), "a free port", "free some ports")
    };
    let socket = TcpListener::bind("127.0.0.1:0").map_err(fail)?;
    let address = socket.local_addr().map_err(fail)?.to_string();
    Ok((socket, address))
}
