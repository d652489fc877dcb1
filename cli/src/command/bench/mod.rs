//! `bench`: measurements, one JSON object a line.

mod offline;
mod online;
mod parties;

use crate::failure::Outcome;
use crate::report::Report;

/// Measures this machine. Figures are worth something from a release build on a quiet machine only.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  speedwell bench offline --kind triples --parties 2 --field fp127 --json
  speedwell bench online --op mul --parties 2 --field fp127 --json")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Offline(offline::OfflineArgs),
    Online(online::OnlineArgs),
    #[command(hide = true)]
    Party(online::PartyArgs),
    #[command(hide = true)]
    OfflineParty(offline::PartyArgs),
}

/// Measures and gives the line.
pub(crate) fn run(args: &Args) -> Outcome<Report> {
    match &args.what {
        What::Offline(args) => offline::run(args),
        What::Online(args) => online::run(args),
        What::Party(args) => online::party(args),
        What::OfflineParty(args) => offline::party(args),
    }
}
