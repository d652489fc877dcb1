//! `demo`: the whole thing on one machine, with made-up data and the answer beside it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;
use speedwell_stats::{Difference, Results, differences};
use tempfile::TempDir;

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::file::text;
use crate::file::value::Field;
use crate::file::write::make_folder;
use crate::neighbourhood::{Neighbourhood, step};
use crate::progress::Crowd;
use crate::report::Report;
use crate::run::beside::{costs, show_beside};
use crate::run::cost::grouped;
use crate::run::outcome::ResultFile;
use crate::run::question::Question;
use crate::signal::Stop;

/// Shows a whole run on this machine: three banks, made-up transactions, one answer.
///
/// Makes up card transactions, a key for each bank and the consortium file, then starts each bank as a process of its own.
/// They meet over mutual TLS and compute on shares of their totals; the result is compared with the plain answer, which
/// the demo knows because it made the data up. Ends with 1 if any figure differs.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  speedwell demo
  speedwell demo --rows 10000 --keep demo
  speedwell demo --banks 5 --seed 7 --json

With --keep all files stay: each bank's rows, key and result, the consortium and the study.")]
pub(crate) struct Args {
    /// Number of banks.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..=10))]
    banks: u32,
    /// Transactions of each bank.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    rows: u64,
    /// The seed of the made-up data.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The field.
    #[arg(long, value_enum, default_value_t)]
    field: Field,
    /// Leaves all files in this folder, which must be new or empty.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Goes through all steps and compares.
pub(crate) fn run(args: &Args, json: bool) -> Outcome<Report> {
    let started = Instant::now();
    let stop = Stop::listen()?;
    let folder = Folder::new(args.keep.as_deref())?;
    let place = folder.path();

    let crowd = Crowd::new(!json);
    let made_up = crowd.member("rows");
    let (banks, rows, seed) = (args.banks.to_string(), args.rows.to_string(), args.seed.to_string());
    let make_up =
        ["gen", "--out", ".", "--banks", &banks, "--rows", &rows, "--seed", &seed, "--progress", "json"];
    let made = step(place, &make_up, &stop, &mut |tick| made_up.at(tick))?;
    let names: Vec<String> = made["banks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|bank| Some(bank["name"].as_str()?.to_owned()))
        .collect();
    let notes = question(args, place)?.notes();
    let neighbourhood = Neighbourhood::found(place, names.clone(), args.field, &stop)?;
    let bars: Vec<_> = names.iter().map(|name| crowd.member(name)).collect();
    let party = |name: &str| -> Vec<String> {
        let (data, out) = (format!("{name}.csv"), format!("{name}/result.json"));
        ["party", "--study", "study.toml", "--data", &data, "--out", &out, "--progress", "json"]
            .map(Into::into)
            .into()
    };
    neighbourhood.run(party, &mut |number, tick| {
        if let Some(bar) = bars.get(number) {
            bar.at(tick);
        }
    })?;
    crowd.clear();

    let files = names
        .iter()
        .map(|name| ResultFile::read(&place.join(name).join("result.json")))
        .collect::<Outcome<Vec<_>>>()?;
    let plain = read_plain(&place.join("truth/expected.json"))?;
    report(args, &notes, &files, &plain, &compare(&files, &plain), started)
}

/// The study that was made up, if the field has room for it.
fn question(args: &Args, place: &Path) -> Outcome<Question> {
    Question::read_for(&place.join("study.toml"), args.banks as usize, args.field).map_err(|failure| {
        Failure {
            place: format!("the study over {} rows of each of {} banks", args.rows, args.banks),
            remedy: "ask for fewer --rows, or for a larger --field".to_owned(),
            ..failure
        }
    })
}

/// Every figure that any party has otherwise than the plain answer.
fn compare(files: &[ResultFile], plain: &Results) -> Vec<(String, Difference)> {
    let one = |file: &ResultFile| -> Vec<_> {
        differences(plain, &file.results).into_iter().map(|one| (file.party.clone(), one)).collect()
    };
    files.iter().flat_map(one).collect()
}

fn report(
    args: &Args,
    notes: &[String],
    files: &[ResultFile],
    plain: &Results,
    found: &[(String, Difference)],
    started: Instant,
) -> Outcome<Report> {
    let first = files.first().ok_or_else(|| Failure::internal("demo", "no party wrote a result"))?;
    let seconds = started.elapsed().as_secs_f64();
    let told: Vec<String> = found.iter().map(|(party, difference)| tell(party, difference)).collect();
    let verdict = if told.is_empty() {
        let figures: usize = plain.statistics.iter().map(|statistic| statistic.rows.len()).sum();
        format!("All {figures} figures are the same at all {} parties and in clear.", files.len())
    } else {
        format!("{} FIGURES DIFFER:\n{}", told.len(), told.join("\n"))
    };
    let kept = match &args.keep {
        Some(folder) => format!("Files are in {}.\n", folder.display()),
        None => String::new(),
    };
    let text = format!(
        "{}\n{} banks, {} transactions each, seed {}; computed on shares (above) and in clear (below)\n\n{}\n{}\n\n\
         {verdict}\n{}{kept}{seconds:.1} s from start to end",
        plain.title,
        files.len(),
        grouped(args.rows),
        args.seed,
        show_beside(&first.results, plain),
        costs(files),
        notes.iter().map(|note| format!("note: {note}\n")).collect::<String>(),
    );
    let json = json!({
        "same": found.is_empty(), "differences": told, "notes": notes,
        "banks": files.len(), "rows_per_bank": args.rows, "seed": args.seed, "field": args.field,
        "results": first.results, "plain": plain,
        "costs": files.iter().map(|file| json!({ "party": file.party, "cost": file.cost })).collect::<Vec<_>>(),
        "seconds": seconds, "kept": args.keep,
    });
    Report::new(if found.is_empty() { Exit::Done } else { Exit::Finding }, text, &json)
}

fn tell(party: &str, Difference { statistic, labels, left, right, .. }: &Difference) -> String {
    let value = |value: &Option<speedwell_stats::Value>| match value {
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    let labels = if labels.is_empty() { String::new() } else { format!(", {}", labels.join(", ")) };
    format!("  {statistic}{labels}: {} in clear, {} at {party}", value(left), value(right))
}

fn read_plain(path: &Path) -> Outcome<Results> {
    let (what, remedy) = ("the plain answers", "run the demo again");
    let text = text::read(path, what, remedy)?;
    serde_json::from_str(&text).map_err(|error| Failure::input(path.display(), error, what, remedy))
}

/// Where the files lie: kept, or gone with the demo.
enum Folder {
    Kept(PathBuf),
    Passing(TempDir),
}

impl Folder {
    fn new(keep: Option<&Path>) -> Outcome<Self> {
        let Some(keep) = keep else {
            let passing = tempfile::Builder::new().prefix("speedwell-demo-").tempdir();
            return passing.map(Self::Passing).map_err(|error| {
                Failure::input(
                    std::env::temp_dir().display(),
                    format!("cannot be written: {error}"),
                    "a folder for passing files with room for the rows",
                    "free some space, set TMPDIR, or name a folder with --keep",
                )
            });
        };
        make_folder(keep)?;
        if std::fs::read_dir(keep).is_ok_and(|mut files| files.next().is_some()) {
            return Err(Failure::input(
                keep.display(),
                "the folder is not empty",
                "a new or empty folder",
                "name another folder with --keep, or empty this one",
            ));
        }
        Ok(Self::Kept(keep.to_owned()))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Passing(folder) => folder.path(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn results(sum: &str) -> Results {
        let row = json!({ "labels": [], "value": { "type": "integer", "value": sum } });
        let statistic =
            json!({ "name": "loss", "kind": "sum", "unit": "cent", "headers": [], "rows": [row] });
        serde_json::from_value(json!({ "title": "t", "study": "", "parties": 2, "statistics": [statistic] }))
            .unwrap()
    }

    fn file(party: &str, sum: &str) -> ResultFile {
        ResultFile {
            format: 1,
            warning: None,
            parties: Vec::new(),
            party: party.to_owned(),
            consortium: String::new(),
            session: String::new(),
            field: String::new(),
            statistical_security_bits: 64,
            preprocessing: String::new(),
            results: results(sum),
            cost: crate::run::cost::Cost::default(),
        }
    }

    #[test]
    fn one_figure_that_differs_at_one_party_ends_the_demo_badly() {
        let args = Line::parse_from(["demo"]).args;
        let plain = results("7");
        let end = |sum: &str| {
            let files = [file("bank-a", "7"), file("bank-b", sum)];
            report(&args, &[], &files, &plain, &compare(&files, &plain), Instant::now()).unwrap()
        };
        assert_eq!(end("7").exit, Exit::Done);
        let bad = end("8");
        assert_eq!(bad.exit, Exit::Finding);
        assert!(bad.text.contains("loss: 7 in clear, 8 at bank-b"), "{}", bad.text);
        assert!(bad.json.contains("\"same\":false"), "{}", bad.json);
    }
}
