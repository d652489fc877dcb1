//! The party file: what one party keeps to itself. Its paths are relative to the file's own folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::text;
use super::value::{Address, Format, Name};
use crate::failure::{Failure, Outcome};

/// What the file should be, for messages.
const WHAT: &str = "a party file, as `speedwell init` writes it";
/// Where to have it from.
const REMEDY: &str = "correct it, or compare with the party.toml that `speedwell init` wrote";
/// A wait may last from one second to one day.
const SECONDS: std::ops::RangeInclusive<u64> = 1..=86_400;

/// Memory for preprocessing under way: from 64 MiB to 1 TiB.
const MEBIBYTES: std::ops::RangeInclusive<u64> = 64..=1 << 20;

/// One party's own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    /// Its name, as the consortium file has it.
    pub(crate) name: Name,
    /// Its private key, PEM.
    pub(crate) key: PathBuf,
    /// Its certificate, PEM.
    pub(crate) certificate: PathBuf,
    /// The address it listens on.
    pub(crate) listen: String,
    /// Its rows, unless the command line names them.
    pub(crate) data: Option<PathBuf>,
    /// How long to wait for all peers to be there.
    pub(crate) connect: Duration,
    /// How long a peer may be silent before the run ends.
    pub(crate) silence: Duration,
    /// How long a peer may take for one round, even while it shows signs of life.
    pub(crate) round: Duration,
    /// Threads of the run.
    pub(crate) threads: usize,
    /// Bytes of memory for what the preprocessing has under way.
    pub(crate) memory: usize,
    /// The most runs of a consortium that may have ended while material was being made.
    pub(crate) unfinished_runs: u32,
    /// Where the party file lies.
    pub(crate) folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    #[serde(rename = "format")]
    _format: Format,
    name: Name,
    key: PathBuf,
    certificate: PathBuf,
    listen: Address,
    data: Option<PathBuf>,
    #[serde(default)]
    wait: Wait,
    #[serde(default)]
    limits: Limits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wait {
    connect_seconds: u64,
    silence_seconds: u64,
    round_seconds: u64,
}

impl Default for Wait {
    fn default() -> Self {
        Self { connect_seconds: 30, silence_seconds: 30, round_seconds: 600 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    threads: std::num::NonZeroU16,
    preprocessing_mib: u64,
    unfinished_runs: std::num::NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        let unfinished_runs = std::num::NonZeroU32::MIN.saturating_add(99);
        Self { threads: std::num::NonZeroU16::MIN, preprocessing_mib: 1024, unfinished_runs }
    }
}

impl Party {
    /// Reads a party file.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let text = text::read(path, WHAT, REMEDY)?;
        let Shape { name, key, certificate, listen, data, wait, limits, .. } =
            text::parse(path, &text, WHAT, REMEDY)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let seconds = |key: &str, seconds: u64| {
            if SECONDS.contains(&seconds) {
                Ok(Duration::from_secs(seconds))
            } else {
                let expected = format!("{} to {} seconds", SECONDS.start(), SECONDS.end());
                Err(Failure::input(format!("{}, key wait.{key}", path.display()), seconds, expected, REMEDY))
            }
        };
        let memory = limits.preprocessing_mib;
        if !MEBIBYTES.contains(&memory) {
            let expected = format!("{} to {} MiB", MEBIBYTES.start(), MEBIBYTES.end());
            let place = format!("{}, key limits.preprocessing_mib", path.display());
            return Err(Failure::input(place, memory, expected, REMEDY));
        }
        Ok(Self {
            name,
            key: folder.join(key),
            certificate: folder.join(certificate),
            listen: listen.to_string(),
            data: data.map(|data| folder.join(data)),
            connect: seconds("connect_seconds", wait.connect_seconds)?,
            silence: seconds("silence_seconds", wait.silence_seconds)?,
            round: seconds("round_seconds", wait.round_seconds)?,
            threads: usize::from(limits.threads.get()),
            memory: usize::try_from(memory << 20).unwrap_or(usize::MAX),
            unfinished_runs: limits.unfinished_runs.get(),
            folder: folder.to_owned(),
        })
    }
}

/// The text of a new party file.
pub(crate) fn new_text(name: &Name, key: &str, certificate: &str, listen: &str) -> String {
    let Wait { connect_seconds, silence_seconds, round_seconds } = Wait::default();
    let Limits { threads, preprocessing_mib, unfinished_runs } = Limits::default();
    format!(
        "# Local to {name}: not for the other parties. Paths are relative to this file.\n\
         format = {format}\n\
         name = \"{name}\"\n\
         key = \"{key}\" # secret: whoever holds it is {name}\n\
         certificate = \"{certificate}\"\n\
         listen = \"{listen}\"\n\
         # data = \"transactions.csv\" # your rows, unless --data names them\n\
         \n\
         [wait]\n\
         connect_seconds = {connect_seconds} # for all peers to have read their rows and be there\n\
         silence_seconds = {silence_seconds} # for a sign of life of a peer\n\
         round_seconds = {round_seconds} # for a peer that lives and is slow\n\
         \n\
         [limits]\n\
         threads = {threads} # of a run\n\
         preprocessing_mib = {preprocessing_mib} # of memory for material under way; the party with the least decides for all\n\
         unfinished_runs = {unfinished_runs} # that ended while material was made; more need a look at who ends them\n",
        format = super::value::FORMAT,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: impl Fn(String) -> String) -> Outcome<Party> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("party.toml");
        let text = new_text(&"bank-a".parse().unwrap(), "k.pem", "c.pem", "0.0.0.0:7400");
        std::fs::write(&path, change(text)).unwrap();
        Party::read(&path)
    }

    #[test]
    fn a_new_file_reads_back_with_paths_beside_it() {
        let party = read(|text| text).unwrap();
        assert_eq!(party.name.as_str(), "bank-a");
        assert!(party.key.is_absolute() && party.key.ends_with("k.pem"));
        assert_eq!((party.connect, party.silence), (Duration::from_secs(30), Duration::from_secs(30)));
        assert_eq!(party.data, None);
    }

    #[test]
    fn waits_are_bounded() {
        for bad in ["0", "86401"] {
            let failure =
                read(|text| text.replace("connect_seconds = 30", &format!("connect_seconds = {bad}")));
            let failure = failure.unwrap_err();
            assert!(failure.place.ends_with("key wait.connect_seconds"), "{failure}");
            assert_eq!(failure.expected, "1 to 86400 seconds");
        }
    }

    #[test]
    fn memory_for_preprocessing_is_bounded_and_need_not_be_named() {
        let with = |mib: &str| {
            read(|text| text.replace("preprocessing_mib = 1024", &format!("preprocessing_mib = {mib}")))
        };
        assert_eq!(read(|text| text).unwrap().memory, 1 << 30);
        assert_eq!(with("64").unwrap().memory, 64 << 20);
        let unnamed = read(|text| {
            text.lines().filter(|line| !line.contains("preprocessing_mib")).collect::<Vec<_>>().join("\n")
        });
        assert_eq!(unnamed.unwrap().memory, 1 << 30);
        for bad in ["0", "63", "1048577"] {
            let failure = with(bad).unwrap_err();
            assert!(failure.place.ends_with("key limits.preprocessing_mib"), "{failure}");
            assert_eq!(failure.expected, "64 to 1048576 MiB");
        }
        assert!(with("-1").unwrap_err().place.contains("line "));
        assert_eq!(read(|text| text).unwrap().unfinished_runs, 100);
        let none = read(|text| text.replace("unfinished_runs = 100", "unfinished_runs = 0"));
        assert!(none.unwrap_err().place.contains("line "));
    }

    #[test]
    fn unknown_keys_are_refused_by_line() {
        let failure = read(|text| text.replace("[limits]", "[limit]")).unwrap_err();
        assert!(failure.place.contains("line ") && failure.found.contains("limit"), "{failure}");
    }
}
