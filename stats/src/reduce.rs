//! Local reduction: a party's rows, in clear and at their owner, to the vector of a layout's cells.
//!
//! One pass over the file in constant memory, whatever its size. Every column that the study names is checked in every
//! row; other columns of the file need only be UTF-8 text. The first fault ends the pass: nothing is guessed or left out silently.

use crate::{
    data_error::{DataError, DataFault},
    layout::{Block, Layout, Moment},
    records::Records,
    rows::{Rows, Verdict},
};
use std::{fmt, fs::File, io::Read, path::Path};

const ROWS_PER_REPORT: u64 = 1 << 16;

/// A party's own aggregates: secret, and the only thing that enters the secure computation.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Aggregates {
    /// One integer per cell of the layout.
    pub values: Vec<i128>,
    /// Rows of the file.
    pub rows: u64,
    /// Of these, rows skipped for an empty field.
    pub skipped: u64,
    /// Of these, rows that a filter left out.
    pub filtered: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// How far a reduction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows read.
    pub rows: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes of the whole file, where they are known.
    pub total_bytes: Option<u64>,
}

/// Reduces a CSV file.
///
/// `progress` is called every 65,536 rows and once at the end.
///
/// # Errors
/// [`DataError`] with the file, the row, the column and what to do; the first one found.
pub fn reduce_file(
    layout: &Layout,
    path: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Aggregates, DataError> {
    let file = path.display().to_string();
    let unreadable = |e: std::io::Error| DataError {
        file: file.clone(),
        row: None,
        column: None,
        fault: Box::new(DataFault::Read(e.kind())),
    };
    let source = File::open(path).map_err(unreadable)?;
    let total = source.metadata().map_err(unreadable)?.len();
    reduce(layout, source, &file, &mut |p| progress(Progress { total_bytes: Some(total), ..p }))
}

/// Reduces CSV text from any source; `name` stands for the file in errors.
///
/// The source is read in blocks of up to 256 KiB. `progress` is called every 65,536 rows and once at the end.
///
/// # Errors
/// [`DataError`] with the name, the row, the column and what to do; the first one found.
pub fn reduce(
    layout: &Layout,
    source: impl Read,
    name: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<Aggregates, DataError> {
    let study = layout.study();
    let error = |row, column, fault| DataError { file: name.into(), row, column, fault: Box::new(fault) };
    let mut records = Records::new(source);
    check_start(&mut records).map_err(|fault| error(None, None, fault))?;
    let rows = match records.next().map_err(|(line, fault)| error(Some(line), None, fault))? {
        None => return Err(error(None, None, DataFault::Empty)),
        Some(header) => {
            Rows::new(study, &header).map_err(|(column, fault)| error(Some(header.line), column, fault))?
        }
    };

    let mut row = vec![0i64; study.columns.len()];
    let mut result =
        Aggregates { values: vec![0; layout.cells().len()], rows: 0, skipped: 0, filtered: 0, bytes: 0 };
    while let Some(record) = records.next().map_err(|(line, fault)| error(Some(line), None, fault))? {
        let line = record.line;
        let verdict =
            rows.values(&record, &mut row).map_err(|(column, fault)| error(Some(line), column, fault))?;
        result.rows += 1;
        if result.rows > study.max_rows {
            return Err(error(Some(line), None, DataFault::TooManyRows { limit: study.max_rows }));
        }
        match verdict {
            Verdict::Use => layout.blocks.iter().for_each(|block| add(block, &row, &mut result.values)),
            Verdict::Skip => result.skipped += 1,
            Verdict::Filter => result.filtered += 1,
        }
        if result.rows.is_multiple_of(ROWS_PER_REPORT) {
            progress(Progress { rows: result.rows, bytes: records.bytes(), total_bytes: None });
        }
    }
    if result.rows == 0 {
        return Err(error(None, None, DataFault::NoRows));
    }
    result.bytes = records.bytes();
    progress(Progress { rows: result.rows, bytes: result.bytes, total_bytes: None });
    Ok(result)
}

/// Adds a row to the cells of a block. No sum overflows: the layout bounded each for `max_rows` rows within their ranges.
#[inline]
fn add(block: &Block, row: &[i64], cells: &mut [i128]) {
    let category = block.by.map_or(0, |column| row[column.index()] as usize);
    let cell = block.first + category * block.bins;
    match &block.moment {
        Moment::Count => cells[cell] += 1,
        Moment::Sum(x) => cells[cell] += i128::from(row[x.index()]),
        Moment::Product(x, y) => cells[cell] += i128::from(row[x.index()]) * i128::from(row[y.index()]),
        Moment::Bins(bins) => cells[cell + bins.bin(row[bins.column.index()])] += 1,
    }
}

fn check_start(records: &mut Records<impl Read>) -> Result<(), DataFault> {
    match records.peek(3)? {
        [] => Err(DataFault::Empty),
        [0xef, 0xbb, 0xbf] => Err(DataFault::ByteOrderMark("UTF-8")),
        [0xff, 0xfe, ..] => Err(DataFault::ByteOrderMark("UTF-16 (little-endian)")),
        [0xfe, 0xff, ..] => Err(DataFault::ByteOrderMark("UTF-16 (big-endian)")),
        _ => Ok(()),
    }
}

impl fmt::Debug for Aggregates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aggregates({} cells)", self.values.len())
    }
}

#[cfg(test)]
mod tests;
