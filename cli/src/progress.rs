//! Progress: bars for people, lines for logs, and a line protocol for a program that watches.
//!
//! The protocol, one JSON object a line on standard error: `{"progress":"rows","done":65536,"total":200000}`. A line
//! comes at least every [`BEAT`]; when nobody reads any more, the process ends, so a watcher that dies leaves no orphan.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::exit::Exit;

/// Longest silence of the line protocol.
const BEAT: Duration = Duration::from_millis(500);
/// Shortest time between two lines of one stage.
const GAP: Duration = Duration::from_millis(100);

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Mode {
    /// Bars on a terminal, lines elsewhere, nothing with --json.
    #[default]
    Auto,
    /// One line at the start of each stage; with --json, as `json`.
    Lines,
    /// The line protocol, for a program that watches.
    Json,
    /// Nothing.
    Off,
}

impl Mode {
    /// This mode beside a report in JSON: nothing but JSON may be printed, and nothing that was not asked for.
    pub(crate) fn beside(self, json: bool) -> Self {
        match self {
            Self::Auto if json => Self::Off,
            Self::Lines if json => Self::Json,
            mode => mode,
        }
    }
}

/// What a party is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Making up data; counted in rows.
    Generate,
    /// Waiting for its peers; counted in peers.
    Connect,
    /// Reading its rows; counted in bytes.
    Rows,
    /// Making preprocessing material; counted in items.
    Material,
    /// Computing; counted in rounds.
    Compute,
}

impl Stage {
    /// For people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Generate => "making up data",
            Self::Connect => "connecting to the peers",
            Self::Rows => "reading rows",
            Self::Material => "making material",
            Self::Compute => "computing on shares",
        }
    }
}

/// One line of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tick {
    /// The stage.
    pub(crate) progress: Stage,
    /// How much of it is done.
    pub(crate) done: u64,
    /// Out of how much, if that is known.
    pub(crate) total: Option<u64>,
}

/// Shows the progress of one process. Cheap to tell often.
#[derive(Debug)]
pub(crate) struct Progress {
    sink: Sink,
    last: Mutex<Option<(Tick, Instant)>>,
}

#[derive(Debug)]
enum Sink {
    Bar(ProgressBar),
    Lines,
    Json,
    Off,
}

impl Progress {
    /// Shows progress on standard error in this mode.
    pub(crate) fn new(mode: Mode) -> Arc<Self> {
        let sink = match mode {
            Mode::Auto if std::io::stderr().is_terminal() => Sink::Bar(bar()),
            Mode::Auto | Mode::Lines => Sink::Lines,
            Mode::Json => Sink::Json,
            Mode::Off => Sink::Off,
        };
        let progress = Arc::new(Self { sink, last: Mutex::new(None) });
        if matches!(progress.sink, Sink::Json) {
            let beating = Arc::downgrade(&progress);
            std::thread::spawn(move || {
                while let Some(progress) = beating.upgrade() {
                    progress.beat();
                    drop(progress);
                    std::thread::sleep(BEAT);
                }
            });
        }
        progress
    }

    /// `done` out of `total` of a stage.
    pub(crate) fn at(&self, stage: Stage, done: u64, total: Option<u64>) {
        let tick = Tick { progress: stage, done, total };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let entered = last.is_none_or(|(before, _)| before.progress != stage);
        let due = last.is_none_or(|(_, at)| at.elapsed() >= GAP);
        if !(entered || due || total == Some(done)) {
            return;
        }
        *last = Some((tick, Instant::now()));
        match &self.sink {
            Sink::Bar(bar) => draw(bar, tick),
            Sink::Lines if entered => {
                let _ = writeln!(std::io::stderr(), "{} ...", stage.words());
            }
            Sink::Json => say(tick),
            Sink::Lines | Sink::Off => {}
        }
    }

    /// Says something besides: on the terminal or in a log of lines, not to a program.
    pub(crate) fn note(&self, text: &str) {
        match &self.sink {
            Sink::Bar(bar) => bar.suspend(|| {
                let _ = writeln!(std::io::stderr(), "{text}");
            }),
            Sink::Lines => {
                let _ = writeln!(std::io::stderr(), "{text}");
            }
            Sink::Json | Sink::Off => {}
        }
    }

    /// Takes a bar off the screen, before a report is printed.
    pub(crate) fn clear(&self) {
        if let Sink::Bar(bar) = &self.sink {
            bar.finish_and_clear();
        }
    }

    /// Repeats the last line, so that the watcher sees a sign of life and this process notices when it has none.
    fn beat(&self) {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((tick, _)) = last {
            say(tick);
        }
    }
}

/// The progress of several processes, a bar or a sequence of lines for each.
#[derive(Debug)]
pub(crate) struct Crowd {
    shown: bool,
    /// `None` where there is no terminal.
    bars: Option<MultiProgress>,
}

/// One of a [`Crowd`].
#[derive(Debug)]
pub(crate) struct Member {
    name: String,
    shown: bool,
    bar: Option<ProgressBar>,
    stage: Mutex<Option<Stage>>,
}

impl Crowd {
    /// Nobody yet; nothing is ever shown unless `shown`.
    pub(crate) fn new(shown: bool) -> Self {
        Self { shown, bars: (shown && std::io::stderr().is_terminal()).then(MultiProgress::new) }
    }

    /// One more.
    pub(crate) fn member(&self, name: &str) -> Member {
        let bar = self.bars.as_ref().map(|bars| bars.add(bar().with_prefix(name.to_owned())));
        Member { name: name.to_owned(), shown: self.shown, bar, stage: Mutex::new(None) }
    }

    /// Takes the bars off the screen.
    pub(crate) fn clear(&self) {
        if let Some(bars) = &self.bars {
            // A terminal that is gone needs no clearing.
            let _ = bars.clear();
        }
    }
}

impl Member {
    /// Shows how far this one is.
    pub(crate) fn at(&self, tick: Tick) {
        if let Some(bar) = &self.bar {
            return draw(bar, tick);
        }
        if !self.shown {
            return;
        }
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if stage.replace(tick.progress) != Some(tick.progress) {
            let _ = writeln!(std::io::stderr(), "{:>12}: {} ...", self.name, tick.progress.words());
        }
    }
}

/// A bar in the house's look.
fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{prefix:>12} {bar:30} {percent:>3}% {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// Moves a bar: what is done, how fast, and how long it still takes at that rate.
fn draw(bar: &ProgressBar, tick: Tick) {
    let words = tick.progress.words();
    if !bar.message().starts_with(words) {
        bar.reset();
    }
    bar.set_length(tick.total.unwrap_or(tick.done).max(1));
    bar.set_position(tick.done);
    let pace = pace(bar.per_sec(), tick);
    bar.set_message(pace.map_or_else(|| words.to_owned(), |pace| format!("{words}, {pace}")));
}

/// Rate and time left, of stages that take long and when something can be said.
fn pace(per_second: f64, Tick { progress, done, total }: Tick) -> Option<String> {
    let left = total?.checked_sub(done).filter(|left| *left > 0)?;
    let unit = match progress {
        Stage::Generate => "rows",
        Stage::Rows => "bytes",
        Stage::Material => "items",
        Stage::Connect | Stage::Compute => return None,
    };
    (done > 0 && per_second >= 1.0).then(|| {
        let seconds = (left as f64 / per_second).ceil();
        format!("{} {unit}/s, {seconds:.0} s left", crate::run::cost::grouped(per_second.round() as u64))
    })
}

/// Writes one line of the protocol, or ends the process when nobody reads.
fn say(tick: Tick) {
    let Ok(line) = serde_json::to_string(&tick) else { return };
    if writeln!(std::io::stderr(), "{line}").is_err() {
        std::process::exit(i32::from(Exit::Interrupted.code()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_is_told_when_there_is_one() {
        let tick = |progress, done, total| Tick { progress, done, total };
        let told = pace(2000.0, tick(Stage::Material, 1000, Some(9000)));
        assert_eq!(told.as_deref(), Some("2,000 items/s, 4 s left"));
        assert_eq!(pace(0.0, tick(Stage::Material, 0, Some(9000))), None);
        assert_eq!(pace(2000.0, tick(Stage::Material, 9000, Some(9000))), None);
        assert_eq!(pace(2000.0, tick(Stage::Rows, 10, None)), None);
        assert_eq!(pace(2000.0, tick(Stage::Compute, 1, Some(9))), None);
    }

    #[test]
    fn a_line_of_the_protocol_reads_back() {
        let line = r#"{"progress":"rows","done":65536,"total":200000}"#;
        let tick = Tick { progress: Stage::Rows, done: 65_536, total: Some(200_000) };
        assert_eq!(serde_json::from_str::<Tick>(line).unwrap(), tick);
        assert_eq!(serde_json::to_string(&tick).unwrap(), line);
    }

    #[test]
    fn the_last_step_of_a_stage_is_never_left_out() {
        let progress = Progress::new(Mode::Off);
        for done in 0..=1000 {
            progress.at(Stage::Rows, done, Some(1000));
        }
        let (last, _) = progress.last.lock().unwrap().unwrap();
        assert_eq!((last.done, last.total), (1000, Some(1000)));
    }
}
