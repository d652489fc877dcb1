//! A party's rows: reduced to the vector that enters the computation, before anything is sent.

use std::path::Path;

use speedwell_stats::{Aggregates, DataError, Layout, reduce_file};

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::{Progress, Stage};

/// Reduces the whole file.
pub(crate) fn reduced(layout: &Layout, path: &Path, progress: &Progress) -> Outcome<Aggregates> {
    let mut tell = |at: speedwell_stats::Progress| progress.at(Stage::Rows, at.bytes, at.total_bytes);
    reduce_file(layout, path, &mut tell).map_err(|error| failure(&error))
}

fn failure(error: &DataError) -> Failure {
    let mut place = error.file.clone();
    if let Some(row) = error.row {
        place.push_str(&format!(", row {row}"));
    }
    if let Some(column) = &error.column {
        place.push_str(&format!(", column {column}"));
    }
    Failure::of(Exit::Input, place, error.fault.advice())
}
