//! `plan`: what a study costs and reveals, before anybody runs it.

use std::path::PathBuf;

use serde_json::json;
use speedwell_net::PartyId;

use crate::failure::{Failure, Outcome};
use crate::file::consortium::Consortium;
use crate::file::value::{Field, SecurityBits};
use crate::report::Report;
use crate::run::dry::{Estimate, listed, revealed};
use crate::run::question::Question;

/// Says what a study costs and what it reveals: rounds, bytes, material, time on two networks.
///
/// The program of the study runs without peers and without values, and its rounds and bytes are counted. A run of the same
/// study takes exactly these.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  speedwell plan --study study.toml --consortium consortium.toml
  speedwell plan --study study.toml --parties 5 --field fp127 --json")]
pub(crate) struct Args {
    /// The study file.
    #[arg(long, value_name = "FILE")]
    study: PathBuf,
    /// For the parties and the field of this consortium.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["parties", "field"])]
    consortium: Option<PathBuf>,
    /// For so many parties.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=64))]
    parties: u8,
    /// For this field.
    #[arg(long, value_enum, default_value_t)]
    field: Field,
}

/// Lays the study out and counts.
pub(crate) fn run(args: &Args) -> Outcome<Report> {
    let (question, agreed, roster) = match &args.consortium {
        Some(path) => {
            let consortium = Consortium::read(path)?;
            let roster = crate::run::seat::roster(&consortium, path)?;
            let agreed = (consortium.field, consortium.security);
            (Question::read(&args.study, &roster, consortium.field)?, agreed, Some(roster))
        }
        None => (
            Question::read_for(&args.study, usize::from(args.parties), args.field)?,
            (args.field, SecurityBits::DEFAULT),
            None,
        ),
    };
    let first = PartyId::new(0).ok_or_else(|| Failure::internal("plan", "no first party"))?;
    let estimate = Estimate::of(&question, agreed, first, roster.as_deref())?;
    let (layout, study) = (&question.layout, question.study());
    let revealed = revealed(&question);
    let (field, _) = agreed;
    let mut text = format!(
        "{}: {} statistics, {} parties, field {field}\n\n\
         Each party shares {} totals of its rows; {} products are made on shares.\n\n\
         Revealed: {} totals over all parties\n{}\n\n\
         The run\n{}",
        study.title,
        study.statistics.len(),
        layout.parties(),
        layout.cells().len(),
        layout.products().len(),
        revealed.len(),
        listed(&revealed),
        estimate.text(),
    );
    let leaks: Vec<String> = layout.leaks().iter().map(ToString::to_string).collect();
    for leak in &leaks {
        text.push_str(&format!("\nnote      {leak}"));
    }
    let what: Vec<_> = revealed.iter().map(|(what, bound)| json!({ "what": what, "bound": bound })).collect();
    let json = json!({
        "study": study.digest().to_string(), "parties": layout.parties(), "field": field,
        "shared_per_party": layout.cells().len(), "products": layout.products().len(),
        "revealed": what, "notes": leaks, "plan": estimate.json(),
    });
    Report::done(text, &json)
}
