//! A party's rows: looked at before anything is sent, then reduced to the vector that enters the computation.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use speedwell_stats::{Aggregates, DataError, DataFault, Layout, reduce, reduce_file};

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::{Progress, Stage};

/// So much of a file is looked at before the peers are called: enough for its header and some rows.
const PREVIEW_BYTES: usize = 64 * 1024;

/// Finds what is wrong with the file's beginning: a missing column, a wrong delimiter, a byte order mark, no rows. A file
/// that is no longer than the preview is checked whole. A pipe is not looked at: it can be read only once.
pub(crate) fn preview(layout: &Layout, path: &Path) -> Outcome<()> {
    let read = |path: &Path| -> std::io::Result<Option<Vec<u8>>> {
        let kind = std::fs::metadata(path)?;
        if !kind.is_file() && !kind.is_dir() {
            return Ok(None);
        }
        let mut start = Vec::with_capacity(PREVIEW_BYTES + 1);
        File::open(path)?.take(PREVIEW_BYTES as u64 + 1).read_to_end(&mut start)?;
        Ok(Some(start))
    };
    let start = read(path).map_err(|error| {
        Failure::input(
            path.display(),
            format!("cannot be read: {error}"),
            "this party's rows, a CSV file",
            "check the path and its permissions",
        )
    })?;
    let Some(start) = start else { return Ok(()) };
    let cut = start.len() > PREVIEW_BYTES;
    // Whole lines only. A quoted field may still be cut in two.
    let end =
        if cut { start.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1) } else { start.len() };
    if cut && end == 0 {
        return Ok(());
    }
    match reduce(layout, &start[..end], &path.display().to_string(), &mut |_| {}) {
        Err(error) if cut && matches!(*error.fault, DataFault::UnclosedQuote | DataFault::NoRows) => Ok(()),
        Err(error) => Err(failure(&error)),
        Ok(_) => Ok(()),
    }
}

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
    let expected = match &error.column {
        Some(column) => {
            place.push_str(&format!(", column {column}"));
            format!("what the study says of column {column}")
        }
        None => "a CSV file: UTF-8, commas, one header line, then rows".to_owned(),
    };
    Failure::advised(Exit::Input, place, &error.fault, expected, "correct the file; nothing of it was sent")
}
