//! The binary `speedwell`: one party of a consortium, and the tools around it.
//!
//! `cli` is the command line, `command` has one file per command, `file` the formats that parties exchange and keep.
//! Every command ends in a [`report::Report`] or a [`failure::Failure`]; nothing else reaches the user.
#![forbid(unsafe_code)]

mod bench;
mod children;
mod cli;
mod command;
mod doctor;
mod exit;
mod failure;
mod fields;
mod file;
mod identity;
mod logging;
mod neighbourhood;
mod progress;
mod report;
mod run;
mod runtime;
mod signal;
mod usage;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let ended = logging::start(cli.verbose).and_then(|()| cli.run()).and_then(|report| {
        report.print(cli.json)?;
        Ok(report.exit)
    });
    match ended {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => {
            let text = if cli.json { failure.to_json().to_string() } else { format!("error: {failure}") };
            // If nobody reads the message there is still the exit code.
            let _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::from(failure.exit.code())
        }
    }
}
