//! What is asked: the study, laid out for the parties of a consortium.

use std::path::Path;

use speedwell_field::Field as _;
use speedwell_net::Roster;
use speedwell_stats::{Layout, LayoutError, Receivers, Recipients, Study, StudyError};

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;
use crate::file::value::Field;
use crate::identity;

/// A study that these parties can run over this field.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) layout: Layout,
    pub(crate) receivers: Receivers,
}

impl Question {
    /// Reads a study and lays it out for the parties of this roster.
    pub(crate) fn read(path: &Path, roster: &Roster, field: Field) -> Outcome<Self> {
        let study = Study::read(path).map_err(|error| failure(path, &error))?;
        let names: Vec<&str> =
            roster.ids().filter_map(|party| Some(roster.member(party)?.name.as_str())).collect();
        study.check_parties(&names).map_err(|error| failure(path, &error))?;
        let receivers = match &study.recipients {
            Recipients::All => Receivers::All,
            // Those that are no parties were refused above.
            Recipients::Named(names) => {
                let mut parties: Vec<_> = names.iter().filter_map(|name| roster.named(name)).collect();
                parties.sort();
                parties.dedup();
                Receivers::Some(parties)
            }
        };
        Ok(Self { layout: layout(path, &study, names.len(), field)?, receivers })
    }

    /// Reads a study and lays it out for so many parties, whoever they are; all of them count as recipients.
    pub(crate) fn read_for(path: &Path, parties: usize, field: Field) -> Outcome<Self> {
        let study = Study::read(path).map_err(|error| failure(path, &error))?;
        Ok(Self { layout: layout(path, &study, parties, field)?, receivers: Receivers::All })
    }

    /// The study.
    pub(crate) fn study(&self) -> &Study {
        self.layout.study()
    }

    /// What the question itself lets a party find out about another, whoever computes the answer.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.layout.leaks().iter().map(ToString::to_string).collect()
    }

    /// What all parties must have the same of: the study file, and what this release makes of it.
    pub(crate) fn digests(&self, source: &str) -> [(&'static str, [u8; 32]); 2] {
        let mut program = b"speedwell program 1, ".to_vec();
        program.extend(source.as_bytes());
        program.extend(self.layout.digest());
        [("study file", self.study().digest().0), ("program", identity::sha256(&program))]
    }
}

fn layout(path: &Path, study: &Study, parties: usize, field: Field) -> Outcome<Layout> {
    let refuse = |error: LayoutError| Failure::of(Exit::Input, path.display(), error.advice());
    let layout = Layout::new(study, parties).map_err(refuse)?;
    let modulus = over_field!(field, F => F::modulus());
    layout.check_room(&modulus).map_err(refuse)?;
    Ok(layout)
}

fn failure(path: &Path, error: &StudyError) -> Failure {
    let path = path.display();
    let place = match error {
        StudyError::Syntax { line, .. } | StudyError::NotUtf8 { line } => format!("{path}, line {line}"),
        StudyError::Key { key, .. } => format!("{path}, key {key}"),
        _ => path.to_string(),
    };
    Failure::of(Exit::Input, place, error.advice())
}
