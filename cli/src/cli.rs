//! The command line: its tree, its help, its version.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::command;
use crate::exit::{self, Exit};
use crate::failure::{Failure, Outcome};
use crate::report::Report;

/// What `--version` says after the name.
const VERSION: &str = if cfg!(feature = "insecure-dealer") {
    concat!(
        env!("CARGO_PKG_VERSION"),
        "\nstatistical security: 64 bits by default (80 on request)",
        "\ninsecure dealer:      compiled in; used only with --insecure-dealer"
    )
} else {
    concat!(
        env!("CARGO_PKG_VERSION"),
        "\nstatistical security: 64 bits by default (80 on request)",
        "\ninsecure dealer:      not compiled in"
    )
};

/// How a first run goes, for the end of the help.
const FIRST_STEPS: &str = "\
The whole thing on this machine, with made-up data:
  speedwell demo

Three banks, each at its own place:
  speedwell init --name bank-a --address bank-a.example:7400 --out bank-a    each bank; keeps its key
  speedwell consortium a.card.toml b.card.toml c.card.toml --out consortium.toml    one of them; all take the file
  speedwell doctor --consortium consortium.toml --party bank-a/party.toml    each; at the same time
  speedwell party  --consortium consortium.toml --party bank-a/party.toml --study study.toml --data rows.csv --out result.json
";

/// Heading of the options that every command has.
const EVERYWHERE: &str = "Options of every command";

/// Computes agreed statistics over the rows of several parties who do not show each other their rows.
///
/// Each party runs this program beside its own data. The parties learn the agreed result and nothing else, and a party
/// that cheats is noticed before any result is written, even if all the others cheat together.
#[derive(Debug, Parser)]
#[command(name = "speedwell", version = VERSION, after_long_help = format!("{FIRST_STEPS}\n{}", exit::HELP))]
#[command(arg_required_else_help = true, propagate_version = false, max_term_width = 110)]
pub(crate) struct Cli {
    /// Prints the report, or the error, as one JSON object: the report to standard output, the error to standard error.
    /// Nothing else is printed; what -v and --progress ask for comes as JSON too, one object a line.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,

    /// Logs to standard error what happens: -v steps, -vv details, -vvv every message. Never data, keys or shares.
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = EVERYWHERE)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(command::init::Args),
    Consortium(command::consortium::Args),
    Doctor(command::doctor::Args),
    #[command(name = "gen")]
    Generate(command::generate::Args),
    Plan(command::plan::Args),
    Party(command::party::Args),
    Demo(command::demo::Args),
    Params(command::params::Args),
    Bench(command::bench::Args),
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(&self) -> Outcome<Report> {
        match &self.command {
            Command::Init(args) => command::init::run(args),
            Command::Consortium(args) => command::consortium::run(args),
            Command::Doctor(args) => command::doctor::run(args),
            Command::Generate(args) => command::generate::run(args, self.json),
            Command::Plan(args) => command::plan::run(args),
            Command::Party(args) => command::party::run(args, self.json),
            Command::Demo(args) => command::demo::run(args, self.json),
            Command::Params(args) => command::params::run(args),
            Command::Bench(args) => command::bench::run(args),
        }
    }
}

/// Whether a command line that could not be read asks for JSON.
pub(crate) fn asks_for_json(arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

/// A command line that could not be read.
pub(crate) fn wrong(error: &clap::Error) -> Failure {
    use clap::error::ContextKind;
    let said = |kinds: &[ContextKind]| -> Vec<String> {
        kinds.iter().filter_map(|kind| error.get(*kind)).map(ToString::to_string).collect()
    };
    let mut found = vec![error.kind().as_str().unwrap_or("the command line cannot be understood").to_owned()];
    found.extend(said(&[
        ContextKind::InvalidSubcommand,
        ContextKind::InvalidArg,
        ContextKind::PriorArg,
        ContextKind::InvalidValue,
    ]));
    found.extend(std::error::Error::source(error).map(ToString::to_string));
    let mut expected = said(&[ContextKind::ValidSubcommand, ContextKind::ValidValue]);
    if expected.is_empty() {
        expected = said(&[ContextKind::Usage]);
    }
    if expected.is_empty() {
        expected = vec!["a command line as the help describes it".to_owned()];
    }
    Failure::new(
        Exit::CommandLine,
        "the command line",
        found.join(": "),
        expected.join(", "),
        "correct the command line; `speedwell --help`, and --help behind a command, describe it",
    )
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_version_says_the_level_that_a_consortium_gets() {
        let level = format!("{} bits by default", crate::file::value::SecurityBits::DEFAULT);
        assert!(super::VERSION.contains(&level));
    }

    #[test]
    fn the_tree_is_well_formed_and_every_command_shows_an_example() {
        let mut cli = super::Cli::command();
        cli.build();
        cli.clone().debug_assert();
        for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name}");
            let example = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(example.contains(&format!("speedwell {name}")), "{name} has no example");
        }
    }
}
