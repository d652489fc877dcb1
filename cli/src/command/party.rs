//! `party`: one party of one run.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use speedwell_stats::Receivers;

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::file::write::{Audience, Pending};
use crate::identity;
use crate::progress::{Mode, Progress};
use crate::report::Report;
use crate::run::execute::{Finished, Run, execute};
use crate::run::outcome::{ResultFile, show, show_cost};
use crate::run::question::Question;
use crate::run::seat::{Files, Seat, Socket};
use crate::run::source::{Choice, Source, banner};
use crate::run::{dry, plan};

/// Takes part in one run of a study, with this party's rows.
///
/// First all files are checked, and all rows reduced to the totals that the study needs. Then the party waits for all
/// others, compares the digests of the consortium and study files with theirs, and computes on shares of the totals.
/// Nothing is sent before every row has been found good. The result appears whole, after every check has passed, or not at all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  speedwell party --consortium consortium.toml --party bank-a/party.toml --study study.toml --data rows.csv --dry-run
  speedwell party --consortium consortium.toml --party bank-a/party.toml --study study.toml --data rows.csv \\
      --out result.json

The first connects to nobody: it checks the files and says what would be shared and what would be revealed to whom.")]
pub(crate) struct Args {
    #[command(flatten)]
    files: Files,
    /// The study file, the same at all parties.
    #[arg(long, value_name = "FILE")]
    study: PathBuf,
    /// This party's rows, CSV, if the party file does not name them.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Where to write the result; needed by parties that receive it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replaces the result file if it is there already, and only if the run succeeds.
    #[arg(long)]
    force: bool,
    /// Connects to nobody: checks the files and all rows, and says what a run would share, cost and reveal.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    source: Choice,
    /// How progress is shown.
    #[arg(long, value_enum, default_value_t, value_name = "MODE")]
    progress: Mode,
    #[command(flatten)]
    socket: Socket,
}

/// Checks everything, runs, writes the result.
pub(crate) fn run(args: &Args, json: bool) -> Outcome<Report> {
    let seat = Seat::read(&args.files)?;
    let question = Question::read(&args.study, &seat.roster, seat.consortium.field)?;
    let rows = args.data.clone().or_else(|| seat.party.data.clone()).ok_or_else(|| {
        Failure::new(
            Exit::CommandLine,
            "this party's rows",
            "no file is named",
            "--data, or the key data in the party file",
            "add --data FILE",
        )
    })?;
    let progress = Progress::new(args.progress.beside(json));
    if args.dry_run {
        return dry::run(&seat, &question, &rows, &progress);
    }
    let source = args.source.source(seat.consortium.field, seat.consortium.security.into())?;
    let out = result_place(args, &seat, &question)?;
    let listen = args.socket.listen(&seat.party)?;
    if let Some(warning) = source.warning().filter(|_| !json) {
        // If nobody reads it, the report says it again.
        let _ = writeln!(std::io::stderr(), "{}", banner(warning));
    }
    let notes = question.notes();
    notes.iter().for_each(|note| progress.note(&format!("note: {note}")));
    let field = seat.consortium.field;
    let plan = plan::plan(&question, field, seat.me)?;
    let agreed = (field, seat.consortium.security);
    let checks = dry::preprocessing(agreed, seat.roster.parties(), seat.me, &plan)?.checks;
    let security_bits = plan::security_bits(seat.consortium.security, field, &plan, checks);
    let shown = Shown::of(&seat, &source, security_bits, notes);
    let finished = execute(Run {
        seat,
        question: Arc::new(question),
        data: rows,
        plan,
        security_bits,
        source,
        listen,
        progress: Arc::clone(&progress),
    });
    progress.clear();
    shown.write(finished?, out)
}

/// The place of the result file, found writable before the run, at a party that receives.
fn result_place(args: &Args, seat: &Seat, question: &Question) -> Outcome<Option<Pending>> {
    let receives = match &question.receivers {
        Receivers::All => true,
        Receivers::Some(parties) => parties.contains(&seat.me),
    };
    match &args.out {
        Some(out) if receives => {
            spare_inputs(args, seat, out)?;
            Pending::new(out, Audience::Owner, args.force).map(Some)
        }
        None if receives => Err(Failure::new(
            Exit::CommandLine,
            "the result",
            "no file is named",
            "--out, since this party receives the result",
            "add --out FILE",
        )),
        _ => Ok(None),
    }
}

/// Refuses to write the result over a file that the run reads, even with `--force`.
fn spare_inputs(args: &Args, seat: &Seat, out: &Path) -> Outcome<()> {
    let same = |input: &Path| match (input.canonicalize(), out.canonicalize()) {
        (Ok(input), Ok(out)) => input == out,
        _ => false,
    };
    let files = [&args.files.consortium, &args.files.party, &args.study];
    let own = [&seat.party.key, &seat.party.certificate].into_iter().chain(&seat.party.data);
    if files.into_iter().chain(&args.data).chain(own).any(|input| same(input)) {
        return Err(Failure::new(
            Exit::CommandLine,
            out.display(),
            "the result would take the place of a file that this run reads",
            "--out with a file of its own",
            "choose another place for the result",
        ));
    }
    Ok(())
}

/// What the result file says besides the result.
struct Shown {
    warning: Option<&'static str>,
    notes: Vec<String>,
    parties: Vec<String>,
    party: String,
    consortium: String,
    field: String,
    statistical_security_bits: u32,
    preprocessing: &'static str,
}

impl Shown {
    fn of(seat: &Seat, source: &Source, security_bits: u32, notes: Vec<String>) -> Self {
        let consortium = &seat.consortium;
        Self {
            warning: source.warning(),
            notes,
            parties: consortium.members.iter().map(|member| member.name.to_string()).collect(),
            party: seat.party.name.to_string(),
            consortium: identity::digest(consortium.text().as_bytes()),
            field: consortium.field.to_string(),
            statistical_security_bits: security_bits,
            preprocessing: source.name(),
        }
    }

    fn write(self, finished: Finished, out: Option<Pending>) -> Outcome<Report> {
        let Finished { results, cost, session } = finished;
        let (Some(results), Some(out)) = (results, out) else {
            let text = format!("done; the study gives this party no result\n\n{}", show_cost(&cost));
            return Report::done(
                self.above(text),
                &json!({
                    "result": null, "warning": self.warning, "notes": self.notes, "cost": cost,
                }),
            );
        };
        let text = format!("{}\n{}", show(&results), show_cost(&cost));
        let file = ResultFile {
            format: crate::file::value::FORMAT,
            warning: self.warning.map(str::to_owned),
            parties: self.parties.clone(),
            party: self.party.clone(),
            consortium: self.consortium.clone(),
            session: session.iter().map(|byte| format!("{byte:02x}")).collect(),
            field: self.field.clone(),
            statistical_security_bits: self.statistical_security_bits,
            preprocessing: self.preprocessing.to_owned(),
            results,
            cost,
        };
        let written = out.target().to_owned();
        out.commit(&file.to_bytes()?)?;
        let text = format!("{text}\nresult    {}", written.display());
        let json = json!({
            "result": written, "warning": self.warning, "notes": self.notes, "cost": file.cost,
        });
        Report::done(self.above(text), &json)
    }

    /// The text under its warning, if there is one, and above its notes.
    fn above(&self, text: String) -> String {
        let notes = self.notes.iter().map(|note| format!("\nnote      {note}"));
        let text = std::iter::once(text).chain(notes).collect::<String>();
        match self.warning {
            Some(warning) => format!("{}\n{text}", banner(warning)),
            None => text,
        }
    }
}
