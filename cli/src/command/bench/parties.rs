//! The parties of a measurement: on this machine, each a process of its own, over mutual TLS on the loopback.

use serde::Serialize;
use serde::de::DeserializeOwned;
use speedwell_net::{MeshConfig, TlsMesh, Transport};

use crate::failure::{Failure, Outcome};
use crate::file::value::Field;
use crate::neighbourhood::Neighbourhood;
use crate::report::Report;
use crate::run::fault;
use crate::run::link::SharedLink;
use crate::run::seat::{Files, Seat, Socket};
use crate::runtime;
use crate::signal::Stop;

/// How many parties, in which field.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Among {
    /// Number of parties.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=10))]
    pub(super) parties: u8,
    /// The field.
    #[arg(long, value_enum, default_value_t)]
    pub(super) field: Field,
}

/// Where one party of a measurement sits.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    socket: Socket,
    /// Sleep between frames instead of looking out for the next one.
    #[arg(long)]
    parked: bool,
}

/// Starts this program with `arguments` for each party and waits for all: what each measured.
pub(super) fn as_processes<T: DeserializeOwned>(among: Among, arguments: &[&str]) -> Outcome<Vec<T>> {
    let stop = Stop::listen()?;
    let folder = tempfile::Builder::new().prefix("speedwell-bench-").tempdir().map_err(|error| {
        Failure::input("the folder for passing files", error, "a writable folder", "set TMPDIR to one")
    })?;
    let names = (0..among.parties).map(|number| format!("party-{number}")).collect();
    let neighbourhood = Neighbourhood::found(folder.path(), names, among.field, &stop)?;
    let arguments = |_: &str| arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let reports = neighbourhood.run(arguments, &mut |_, _| {})?;
    let figures = reports.into_iter().map(|report| serde_json::from_value(report).map_err(unexpected));
    figures.collect()
}

impl Place {
    /// This party's files.
    pub(super) fn seat(&self) -> Outcome<Seat> {
        Seat::read(&self.files)
    }

    /// Connects over so many channels, measures, and reports the figures to who started this process. As in
    /// a run, a party that waits looks out for the next frame if there are cores for all, unless it is to be parked.
    pub(super) fn measure<T: Serialize>(
        &self,
        seat: &Seat,
        channels: u16,
        threads: usize,
        work: impl AsyncFnOnce(&[SharedLink], [u8; 16]) -> speedwell_online::Result<T>,
    ) -> Outcome<Report> {
        let listen = self.socket.listen(&seat.party)?;
        let figures = runtime::start(threads)?.block_on(async {
            let config = MeshConfig {
                listen,
                spin: !self.parked && seat.neighbours() <= crate::run::execute::cores(),
                channels,
                ..MeshConfig::new(seat.local(&[]))
            };
            let patience = config.timeouts.connect;
            let connected =
                TlsMesh::connect(config).await.map_err(|error| fault::connecting(&error, patience))?;
            let links: Vec<SharedLink> = connected.transports.into_iter().map(SharedLink::new).collect();
            let figures = work(&links, connected.session_id).await;
            for link in &links {
                // A peer that has all it needs may be gone.
                let _ = link.flush().await;
            }
            figures.map_err(|error| fault::session(&error, &seat.roster, patience))
        })?;
        Report::done(String::new(), &figures)
    }
}

/// The report of a measurement: one line, for people too.
pub(super) fn reported(line: &impl Serialize) -> Outcome<Report> {
    Report::done(serde_json::to_string(line).map_err(unexpected)?, line)
}

/// Something that no measurement should meet.
pub(super) fn unexpected(error: impl std::fmt::Display) -> Failure {
    Failure::internal("bench", error)
}
