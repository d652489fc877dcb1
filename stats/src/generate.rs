//! Made-up card transactions: what a consortium of banks would bring, the same bytes on every machine.
//!
//! The table is `card_transactions(day, second, card, merchant, category, amount_cents, channel, confirmed_fraud)`, one CSV
//! file per bank, ordered by time. Customers have cards at one to three banks, merchants are popular in a Zipf-like way,
//! payments follow the hours of the day and the days of the week, amounts are log-normal by category, and fraud comes in
//! three typologies, velocity bursts, take-overs and skimming, whose amounts are drawn like honest ones.
//!
//! All arithmetic is on integers; every customer, fraud and bank's day has its own ChaCha20 stream, seeded by a hash of
//! the seed, the kind of entity and its index. So the bytes depend on the parameters alone: not on order, threads or machine.
//!
//! [`generate`] writes into a directory: `bank-a.csv` and so on for the parties, `study.toml` with the questions of the
//! demonstration, and, apart, never to be given to a party, `truth/typologies.csv` with the row of every injected fraud.
//! [`write_expected`] adds `truth/expected.json`, the study's exact answers over all files.

mod config;
mod day;
mod fraud;
mod random;
mod tables;
#[cfg(test)]
mod tests;
mod world;

pub use config::{ConfigError, GeneratorConfig, Preset};

use crate::{PlainError, Results, Study, StudyError, evaluate_files};
use day::Transaction;
use fraud::{Frauds, Typology};
use speedwell_net::Advice;
use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};
use world::{CATEGORIES, CHANNELS, World};

const HEADER: &str = "day,second,card,merchant,category,amount_cents,channel,confirmed_fraud\n";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generated {
    /// The banks' names and files, in order.
    pub banks: Vec<(String, PathBuf)>,
    /// The study of the demonstration.
    pub study: PathBuf,
    /// Which rows are fraud, of which typology: not for the parties.
    pub typologies: PathBuf,
    /// Where [`write_expected`] puts the study's answers: not for the parties.
    pub expected: PathBuf,
}

/// Files that could not be generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// A parameter cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file cannot be written.
    #[error("{}", unwritten(path, *reason))]
    Write {
        /// The file or directory.
        path: String,
        /// What the system says.
        reason: io::ErrorKind,
    },
    /// The study cannot be read back.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The files cannot be evaluated.
    #[error(transparent)]
    Plain(#[from] PlainError),
}

impl GenerateError {
    /// What was found, what is expected, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Config(error) => error.advice(),
            Self::Write { path, reason } => unwritten(path, *reason),
            Self::Study(error) => error.advice(),
            Self::Plain(error) => Advice::new(
                error,
                "the files as they were generated",
                "let no other program write into the directory, and generate again",
            ),
        }
    }
}

fn unwritten(path: &str, reason: io::ErrorKind) -> Advice {
    Advice::new(
        format!("cannot write {path}: {reason}"),
        "a writable directory with space left",
        "check the directory, its permissions and the space left",
    )
}

/// Writes the banks' files, the study and the typologies into a directory, which is made if it is not there.
///
/// Banks are generated on as many threads as there are cores; `progress` is called by all of them with the number of rows
/// written so far. About 0.2 µs and 55 bytes per row; memory for one day of each bank at a time, and for the cards.
///
/// # Errors
/// [`GenerateError`]: parameters outside their limits, or a file that cannot be written.
pub fn generate(
    config: &GeneratorConfig,
    directory: &Path,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Generated, GenerateError> {
    config.check()?;
    let truth = directory.join("truth");
    fs::create_dir_all(&truth).map_err(unwritable(&truth))?;
    let name = |bank| config.bank_name(bank);
    let files = (0..config.banks).map(|bank| (name(bank), directory.join(format!("{}.csv", name(bank)))));
    let generated = Generated {
        banks: files.collect(),
        study: directory.join("study.toml"),
        typologies: truth.join("typologies.csv"),
        expected: truth.join("expected.json"),
    };
    fs::write(&generated.study, demo_study(config)).map_err(unwritable(&generated.study))?;

    let world = World::new(config);
    let frauds = Frauds::new(config, &world);
    let (next, done) = (AtomicU32::new(0), AtomicU64::new(0));
    let worker = || -> Result<Vec<(u32, String)>, GenerateError> {
        let mut found = Vec::new();
        loop {
            let bank = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, path)) = generated.banks.get(bank as usize) else { return Ok(found) };
            let file = fs::File::create(path).map_err(unwritable(path))?;
            let rows = |rows| progress(rows + done.fetch_add(rows, Ordering::Relaxed));
            let truth =
                write_bank(config, &world, &frauds, bank, BufWriter::with_capacity(1 << 20, file), &rows)
                    .map_err(unwritable(path))?;
            found.push((bank, truth.into_iter().map(|line| format!("{name},{line}\n")).collect()));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(generated.banks.len());
    let mut truths = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let join = |w: std::thread::ScopedJoinHandle<'_, _>| {
            w.join().unwrap_or_else(|e| std::panic::resume_unwind(e))
        };
        workers.into_iter().map(join).collect::<Result<Vec<_>, _>>()
    })?
    .concat();
    truths.sort_unstable_by_key(|(bank, _)| *bank);
    let lines: String = truths.into_iter().map(|(_, lines)| lines).collect();
    let table = format!("bank,row,typology,instance\n{lines}");
    fs::write(&generated.typologies, table).map_err(unwritable(&generated.typologies))?;
    Ok(generated)
}

/// Evaluates the study in clear over all banks' files and writes the answers to [`Generated::expected`].
///
/// # Errors
/// [`GenerateError`]: a file that cannot be read, evaluated or written.
pub fn write_expected(generated: &Generated) -> Result<Results, GenerateError> {
    let study = Study::read(&generated.study)?;
    let files: Vec<&Path> = generated.banks.iter().map(|(_, path)| path.as_path()).collect();
    let results = evaluate_files(&study, &files)?;
    fs::write(&generated.expected, results.to_json()).map_err(unwritable(&generated.expected))?;
    Ok(results)
}

/// The study of the demonstration, as the text of its file.
#[must_use]
pub fn demo_study(config: &GeneratorConfig) -> String {
    let quoted = |names: Vec<String>| {
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        quoted.join(", ")
    };
    let parties = quoted((0..config.banks).map(|bank| config.bank_name(bank)).collect());
    let categories = quoted(CATEGORIES.iter().map(|c| c.name.to_owned()).collect());
    include_str!("generate/study.toml")
        .replace("{parties}", &parties)
        .replace("{min_owners}", &config.banks.min(3).to_string())
        .replace("{max_rows}", &config.rows_per_bank.to_string())
        .replace("{categories}", &categories)
        .replace("{least}", &config.least_amount.to_string())
        .replace("{greatest}", &config.greatest_amount.to_string())
}

/// Writes a bank's file; what is true of its frauds, as `row,typology,instance`.
fn write_bank(
    config: &GeneratorConfig,
    world: &World,
    frauds: &Frauds,
    bank: u32,
    mut to: impl Write,
    written: &dyn Fn(u64),
) -> io::Result<Vec<String>> {
    let letter = b'a' + bank as u8;
    let mut truth = Vec::new();
    let mut text = HEADER.as_bytes().to_vec();
    let mut row = 1u64; // the header
    for day in 0..config.days {
        let transactions = day::transactions(config, world, frauds, bank as usize, day);
        for t in &transactions {
            row += 1;
            if t.typology != Typology::Honest {
                truth.push(format!("{row},{},{}", t.typology.name(), t.instance));
            }
            write_row(&mut text, letter, day, t);
        }
        to.write_all(&text)?;
        text.clear();
        written(transactions.len() as u64);
    }
    to.flush()?;
    Ok(truth)
}

fn write_row(to: &mut Vec<u8>, letter: u8, day: u32, t: &Transaction) {
    number(to, day, 1);
    to.push(b',');
    number(to, t.second, 1);
    to.extend([b',', letter]);
    number(to, t.card, 7);
    to.extend(b",m");
    number(to, t.merchant, 6);
    to.push(b',');
    to.extend(CATEGORIES[usize::from(t.category)].name.as_bytes());
    to.push(b',');
    number(to, t.amount, 1);
    to.push(b',');
    to.extend(CHANNELS[usize::from(t.channel)].as_bytes());
    to.extend(if t.confirmed { b",1\n" } else { b",0\n" });
}

/// Decimal digits, with leading zeros up to so many.
fn number(to: &mut Vec<u8>, mut n: u32, least: usize) {
    let mut digits = [b'0'; 10];
    let mut first = digits.len();
    while n > 0 || digits.len() - first < least {
        first -= 1;
        digits[first] = b'0' + (n % 10) as u8;
        n /= 10;
    }
    to.extend(&digits[first..]);
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> GenerateError + use<> {
    let path = path.display().to_string();
    move |e| GenerateError::Write { path: path.clone(), reason: e.kind() }
}
