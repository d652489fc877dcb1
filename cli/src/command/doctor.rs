//! `doctor`: whether the parties would meet, and what to mend if not.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::exit::Exit;
use crate::failure::Outcome;
use crate::report::Report;
use crate::run::outcome::table;
use crate::run::question::Question;
use crate::run::seat::{Files, Seat, Socket};
use crate::{doctor, runtime};

/// Tries to reach every other party and says what is wrong, with the fix for each finding.
///
/// It listens itself, so that doctors started at the same time at several places meet; a waiting `speedwell party` answers
/// it too. For each peer it compares keys, versions, clocks and the digests of the files. No rows are read or sent.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  speedwell doctor --consortium consortium.toml --party bank-a/party.toml
  speedwell doctor --consortium consortium.toml --party bank-a/party.toml --study study.toml --wait 60

Ends with 0 if all is well, with 1 if there are findings.")]
pub(crate) struct Args {
    #[command(flatten)]
    files: Files,
    /// Compares this study file too.
    #[arg(long, value_name = "FILE")]
    study: Option<PathBuf>,
    /// How many seconds to keep trying, and to stay for the others.
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=3600))]
    wait: u64,
    #[command(flatten)]
    socket: Socket,
}

/// Examines and reports.
pub(crate) fn run(args: &Args) -> Outcome<Report> {
    let seat = Seat::read(&args.files)?;
    let question = args
        .study
        .as_ref()
        .map(|path| Question::read(path, &seat.roster, seat.consortium.field))
        .transpose()?;
    let listen = args.socket.listen(&seat.party)?;
    let study = question.map(|question| question.study().digest().0);
    let patience = Duration::from_secs(args.wait);
    let findings = runtime::start(1)?.block_on(doctor::examine(&seat, study, listen, patience))?;
    report(&findings)
}

fn report(findings: &doctor::Findings) -> Outcome<Report> {
    let mut shown = table(&["party", "address", "reached", "key", "version", "clock", "files"]);
    for peer in &findings.peers {
        shown.add_row(peer.cells());
    }
    let fixes: Vec<String> = findings
        .all()
        .map(|finding| {
            format!("{}\n  found:  {}\n  to do:  {}", finding.place, finding.found, finding.remedy)
        })
        .collect();
    let bad = findings.all().any(|finding| finding.bad);
    let verdict = match (bad, fixes.is_empty()) {
        (true, _) => "There are findings: a run would not start.",
        (false, false) => "A run can start; there are notes.",
        (false, true) => "All is well: a run can start.",
    };
    let text = [vec![shown.to_string()], fixes, vec![verdict.to_owned()]].concat().join("\n");
    let json = json!({ "well": !bad, "peers": findings.peers, "here": findings.here });
    Report::new(if bad { Exit::Finding } else { Exit::Done }, text, &json)
}
