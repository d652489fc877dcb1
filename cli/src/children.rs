//! Processes that this one starts: watched, and never left behind.
//!
//! Each child speaks the line protocol of [`crate::progress`] on standard error and ends with one JSON object on standard
//! output. A child's listening socket is bound here and handed over as its standard input, so that no other process can
//! take the port in between.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::Tick;
use crate::signal::{self, Stop};

/// How long the others may take to end by themselves once one has failed.
const GRACE: Duration = Duration::from_secs(5);
/// Lines of a child's log that are kept for the report of its failure.
const LOG_LINES: usize = 20;

/// A process to be started.
#[derive(Debug)]
pub(crate) struct Spec {
    /// What to call it in messages.
    pub(crate) name: String,
    /// The program.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) arguments: Vec<OsString>,
    /// The folder it runs in.
    pub(crate) folder: PathBuf,
    /// The socket it listens on, if any.
    pub(crate) listener: Option<TcpListener>,
}

/// Starts all, shows what they say, and waits for all. Gives the object that each printed, in order.
///
/// # Errors
/// If one fails, cannot be started, or this process is asked to stop: the others get [`GRACE`] to end by themselves and
/// are then killed. None is alive when this returns. The failure reported is the one that caused the rest.
pub(crate) fn run(specs: Vec<Spec>, stop: &Stop, watch: &mut dyn FnMut(usize, Tick)) -> Outcome<Vec<Value>> {
    run_with_grace(specs, stop, watch, GRACE)
}

fn run_with_grace(
    specs: Vec<Spec>,
    stop: &Stop,
    watch: &mut dyn FnMut(usize, Tick),
    grace: Duration,
) -> Outcome<Vec<Value>> {
    let (sender, events) = channel();
    let to_loop = sender.clone();
    stop.then(move || {
        let _ = to_loop.send(Event::Stop);
    });
    let mut pack = Pack::default();
    for (number, spec) in specs.into_iter().enumerate() {
        pack.start(number, spec, &sender)?;
    }
    pack.wait(&events, watch, grace)
}

enum Event {
    /// A child's progress.
    Tick(usize, Tick),
    /// Any other line on a child's standard error.
    Line(usize, String),
    /// One of a child's two outputs is at its end; the first of them has text.
    Closed(usize, Option<String>),
    /// Somebody asks us to stop.
    Stop,
}

/// Children that are killed when this is dropped.
#[derive(Default)]
struct Pack(Vec<Member>);

struct Member {
    name: String,
    child: Child,
    open: u8,
    output: String,
    log: Vec<String>,
    ended: Option<ExitStatus>,
}

impl Pack {
    fn start(&mut self, number: usize, spec: Spec, events: &Sender<Event>) -> Outcome<()> {
        let Spec { name, program, arguments, folder, listener } = spec;
        let mut child = Command::new(&program)
            .args(arguments)
            .current_dir(&folder)
            .stdin(listener.map_or_else(|| Ok(Stdio::null()), hand_over)?)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Failure::input(
                    program.display(),
                    format!("cannot be started: {error}"),
                    "an executable",
                    "install speedwell again",
                )
            })?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        self.0.push(Member { name, child, open: 2, output: String::new(), log: Vec::new(), ended: None });
        let to_reader = events.clone();
        std::thread::spawn(move || {
            let mut text = String::new();
            if let Some(mut out) = out {
                // What is not text cannot be the object we wait for, and is reported as such.
                let _ = out.read_to_string(&mut text);
            }
            let _ = to_reader.send(Event::Closed(number, Some(text)));
        });
        let to_reader = events.clone();
        std::thread::spawn(move || {
            for line in err.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
                let event = match serde_json::from_str::<Tick>(&line) {
                    Ok(tick) => Event::Tick(number, tick),
                    Err(_) => Event::Line(number, line),
                };
                if to_reader.send(event).is_err() {
                    return;
                }
            }
            let _ = to_reader.send(Event::Closed(number, None));
        });
        Ok(())
    }

    fn wait(
        mut self,
        events: &Receiver<Event>,
        watch: &mut dyn FnMut(usize, Tick),
        grace: Duration,
    ) -> Outcome<Vec<Value>> {
        let mut deadline: Option<Instant> = None;
        while self.0.iter().any(|member| member.ended.is_none()) {
            let event = match deadline {
                None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => events.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match event {
                Ok(Event::Tick(number, tick)) => watch(number, tick),
                Ok(Event::Line(number, line)) => {
                    tracing::info!("{}: {line}", self.0[number].name);
                    self.0[number].log.push(line);
                }
                Ok(Event::Closed(number, output)) => {
                    if self.0[number].close(output)? {
                        deadline.get_or_insert_with(|| Instant::now() + grace);
                    }
                }
                Ok(Event::Stop) => return Err(signal::stopped("all parties")),
                Err(_) => break,
            }
        }
        match self.cause() {
            Some(failure) => Err(failure),
            None => self.0.iter().map(Member::report).collect(),
        }
    }

    /// Among several failures the one that caused the others: a bad file, a killed process or a failed check makes the
    /// peers see a broken connection, never the other way round.
    fn cause(&self) -> Option<Failure> {
        let rank = |(member, failure): &(&Member, Failure)| match failure.exit {
            Exit::Input | Exit::CommandLine => 0,
            _ if member.killed().is_some() => 1,
            Exit::Check => 2,
            Exit::Internal => 3,
            Exit::Finding | Exit::Done => 4,
            Exit::Interrupted => 5,
            Exit::Peer => 6,
        };
        let failures = self.0.iter().filter_map(|member| Some((member, member.failure()?)));
        failures.min_by_key(rank).map(|(_, failure)| failure)
    }
}

impl Drop for Pack {
    fn drop(&mut self) {
        for member in self.0.iter_mut().filter(|member| member.ended.is_none()) {
            // It may have ended meanwhile; then there is nothing to kill, only to reap.
            let _ = member.child.kill();
            let _ = member.child.wait();
        }
    }
}

impl Member {
    /// One output is at its end. After the second the process is reaped; says whether it failed.
    fn close(&mut self, output: Option<String>) -> Outcome<bool> {
        self.output.push_str(&output.unwrap_or_default());
        self.open = self.open.saturating_sub(1);
        if self.open > 0 {
            return Ok(false);
        }
        let status = self.child.wait().map_err(|error| Failure::internal(&self.name, error))?;
        self.ended = Some(status);
        Ok(!status.success())
    }

    /// The object a child that succeeded printed.
    fn report(&self) -> Outcome<Value> {
        serde_json::from_str(&self.output)
            .map_err(|error| Failure::internal(&self.name, format!("its report is not JSON: {error}")))
    }

    /// The signal that ended it, if one did.
    fn killed(&self) -> Option<i32> {
        #[cfg(unix)]
        return std::os::unix::process::ExitStatusExt::signal(self.ended.as_ref()?);
        #[cfg(not(unix))]
        None
    }

    /// Why it failed, in its own words if it had any; `None` if it succeeded or was still running.
    fn failure(&self) -> Option<Failure> {
        let status = self.ended.filter(|status| !status.success())?;
        if let Some(signal) = self.killed() {
            return Some(Failure::new(
                Exit::Peer,
                &self.name,
                format!("{}'s process was killed by signal {signal}", self.name),
                "a process that ends by itself",
                "find out who sent the signal (the system does when memory runs out), then start again",
            ));
        }
        let spoken = self.log.iter().rev().find_map(|line| {
            let value: Value = serde_json::from_str(line).ok()?;
            Failure::from_json(&value)
        });
        Some(match spoken {
            Some(failure) => Failure { place: format!("{}: {}", self.name, failure.place), ..failure },
            None => {
                let from = self.log.len().saturating_sub(LOG_LINES);
                let log = self.log.get(from..).unwrap_or_default().join("\n    ");
                Failure::internal(&self.name, format!("ended with {status}\n    {log}"))
            }
        })
    }
}

/// A listening socket as a child's standard input, the way `inetd` does it.
#[cfg(unix)]
fn hand_over(listener: TcpListener) -> Outcome<Stdio> {
    Ok(Stdio::from(std::os::fd::OwnedFd::from(listener)))
}

#[cfg(not(unix))]
fn hand_over(_listener: TcpListener) -> Outcome<Stdio> {
    Err(Failure::input(
        "this system",
        "cannot hand a listening socket to another process",
        "a Unix system",
        "start the parties one by one with `speedwell party`",
    ))
}

/// The listening socket that a parent handed over as standard input.
#[cfg(unix)]
pub(crate) fn handed_over() -> Outcome<TcpListener> {
    use std::os::fd::AsFd;
    let fail = |found: String| {
        Failure::new(
            Exit::CommandLine,
            "--listen-on-stdin",
            found,
            "a listening TCP socket as standard input",
            "leave the option away, and set `listen` in the party file",
        )
    };
    let descriptor =
        std::io::stdin().as_fd().try_clone_to_owned().map_err(|error| fail(error.to_string()))?;
    let listener = TcpListener::from(descriptor);
    listener.local_addr().map_err(|error| fail(format!("not a socket: {error}")))?;
    Ok(listener)
}

#[cfg(all(test, unix))]
mod tests;
