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

use crate::failure::Failure;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && cli::asks_for_json(std::env::args_os()) => {
            return fail(&cli::wrong(&error), true);
        }
        // Help, or what is wrong for people: to the terminal, with its colours.
        Err(error) => error.exit(),
    };
    let ended = logging::start(cli.verbose, cli.json).and_then(|()| cli.run()).and_then(|report| {
        report.print(cli.json)?;
        Ok(report.exit)
    });
    match ended {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => fail(&failure, cli.json),
    }
}

fn fail(failure: &Failure, json: bool) -> ExitCode {
    let text = if json { failure.to_json().to_string() } else { format!("error: {failure}") };
    // If nobody reads the message there is still the exit code.
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::from(failure.exit.code())
}
