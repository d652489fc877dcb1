//! `gen`: made-up card transactions with a study over them.

use std::path::PathBuf;

use serde_json::json;
use speedwell_stats::generate::{
    ConfigError, GenerateError, GeneratorConfig, Preset, generate, write_expected,
};

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::file::text;
use crate::file::write::make_folder;
use crate::progress::{Mode, Progress, Stage};
use crate::report::Report;
use crate::run::cost::grouped;

/// Makes up card transactions of several banks, a study over them, and its exact answers.
///
/// The same preset and seed give the same bytes on every machine. What is in truth/ tells which rows are fraud and what
/// the answers are; a party is never given it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  speedwell gen --preset demo --out data
  speedwell gen --preset small --seed 7 --banks 5 --out data
  speedwell gen --config generator.toml --out data

writes into data/:
  bank-a.csv, bank-b.csv, ...    one file of card transactions for each bank
  study.toml                     the questions of the demonstration
  truth/typologies.csv           which rows are injected fraud, and of which kind
  truth/expected.json            the exact answers over all files")]
pub(crate) struct Args {
    /// How much: tiny, small, medium, large, demo.
    #[arg(long, default_value = "demo", value_parser = preset, conflicts_with = "config")]
    preset: Preset,
    /// Parameters from a TOML file instead of a preset.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Number of banks.
    #[arg(long)]
    banks: Option<u32>,
    /// Transactions of each bank.
    #[arg(long)]
    rows: Option<u64>,
    /// The folder to write into; made if it is not there, and empty if it is.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Writes into a folder that is not empty; files of the same names are replaced.
    #[arg(long)]
    force: bool,
    /// How progress is shown.
    #[arg(long, value_enum, default_value_t, value_name = "MODE")]
    progress: Mode,
}

fn preset(name: &str) -> Result<Preset, ConfigError> {
    name.parse()
}

/// Generates, evaluates, writes.
pub(crate) fn run(args: &Args, json: bool) -> Outcome<Report> {
    let config = config(args)?;
    make_folder(&args.out)?;
    let occupied = std::fs::read_dir(&args.out).is_ok_and(|mut files| files.next().is_some());
    if occupied && !args.force {
        return Err(Failure::input(
            args.out.display(),
            "the folder is not empty",
            "a new or empty folder",
            "choose another folder, or pass --force",
        ));
    }
    let progress = Progress::new(args.progress.beside(json));
    let rows = u64::from(config.banks) * config.rows_per_bank;
    let told = |done| progress.at(Stage::Generate, done, Some(rows));
    let generated = generate(&config, &args.out, &told).map_err(|error| failure(args, &error))?;
    let results = write_expected(&generated).map_err(|error| failure(args, &error))?;
    progress.clear();

    let files: Vec<String> = generated.banks.iter().map(|(_, path)| path.display().to_string()).collect();
    let text = format!(
        "{} transactions of each of {} banks, seed {}\n\
         rows      {}\n\
         study     {}\n\
         answers   {} (over all rows; not for the parties)",
        grouped(config.rows_per_bank),
        config.banks,
        config.seed,
        files.join(", "),
        generated.study.display(),
        generated.expected.display(),
    );
    let json = json!({
        "seed": config.seed, "rows_per_bank": config.rows_per_bank,
        "banks": generated.banks.iter().map(|(name, path)| json!({ "name": name, "data": path })).collect::<Vec<_>>(),
        "study": generated.study, "study_digest": results.study,
        "typologies": generated.typologies, "expected": generated.expected,
    });
    Report::done(text, &json)
}

fn config(args: &Args) -> Outcome<GeneratorConfig> {
    let what = "parameters of the generator";
    let refuse = |place: String| move |error: ConfigError| Failure::of(Exit::Input, place, error.advice());
    let mut config = match &args.config {
        None => GeneratorConfig::preset(args.preset),
        Some(path) => {
            let text = text::read(path, what, "check the path")?;
            GeneratorConfig::parse(&text).map_err(refuse(path.display().to_string()))?
        }
    };
    config.seed = args.seed.unwrap_or(config.seed);
    config.banks = args.banks.unwrap_or(config.banks);
    config.rows_per_bank = args.rows.unwrap_or(config.rows_per_bank);
    config.check().map_err(refuse("the command line".to_owned()))?;
    Ok(config)
}

fn failure(args: &Args, error: &GenerateError) -> Failure {
    Failure::of(Exit::Input, args.out.display(), error.advice())
}
