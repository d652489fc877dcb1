//! A strict CSV reader with bounded memory.
//!
//! RFC 4180 with commas: fields may be quoted, `""` is a quote in a quoted field, lines end with LF or CR LF, blank lines
//! are allowed at the end only. What a lenient reader would guess at is an error here, because a guess loses rows without a
//! word: a quote that never closes swallows all rows after it. One buffer, whatever the file's size; about 1 ns per byte.
//! The plain evaluator reads with the `csv` crate instead, and a property test holds the two against each other.

use crate::data_error::DataFault;
use std::{io::Read, ops::Range};

/// The most bytes of one row.
pub(crate) const MAX_RECORD: usize = 64 * 1024;
const TOO_LONG: DataFault = DataFault::TooLong { limit: MAX_RECORD };
const BUFFER: usize = 4 * MAX_RECORD;

pub(crate) struct Records<R> {
    source: R,
    buffer: Box<[u8]>,
    /// What is read and not yet handed out.
    pending: Range<usize>,
    ended: bool,
    fields: Vec<Range<usize>>,
    /// Line on which the next record starts, counted from 1.
    line: u64,
    /// First of the blank lines just passed.
    blank: Option<u64>,
    bytes: u64,
}

/// One row.
pub(crate) struct Record<'a> {
    /// Line on which it starts, counted from 1.
    pub line: u64,
    bytes: &'a [u8],
    fields: &'a [Range<usize>],
}

impl<'a> Record<'a> {
    /// Whether all of its bytes are ASCII.
    #[inline]
    pub(crate) fn is_ascii(&self) -> bool {
        self.bytes.is_ascii()
    }

    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The field of that index; empty if there is none.
    #[inline]
    pub(crate) fn field(&self, index: usize) -> &'a [u8] {
        self.fields.get(index).and_then(|range| self.bytes.get(range.clone())).unwrap_or_default()
    }
}

impl<R: Read> Records<R> {
    pub(crate) fn new(source: R) -> Self {
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Self { source, buffer, pending: 0..0, ended: false, fields: vec![], line: 1, blank: None, bytes: 0 }
    }

    /// Bytes read from the source so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The first bytes of what is not handed out yet, at most `n`.
    pub(crate) fn peek(&mut self, n: usize) -> Result<&[u8], DataFault> {
        while self.pending.len() < n && !self.ended {
            self.fill()?;
        }
        let bytes = &self.buffer[self.pending.clone()];
        Ok(&bytes[..n.min(bytes.len())])
    }

    /// The next row, `None` at the end of the file. An error carries the line of the row.
    pub(crate) fn next(&mut self) -> Result<Option<Record<'_>>, (u64, DataFault)> {
        let (line, length) = loop {
            let line = self.line;
            let rest = &self.buffer[self.pending.clone()];
            match scan(rest, self.ended, &mut self.fields).map_err(|fault| (line, fault))? {
                Scan::End => return Ok(None),
                Scan::More if rest.len() > MAX_RECORD => return Err((line, TOO_LONG)),
                Scan::Record { length, .. } if length > MAX_RECORD => return Err((line, TOO_LONG)),
                Scan::More => self.fill().map_err(|fault| (line, fault))?,
                Scan::Blank { length } => {
                    self.pending.start += length;
                    self.line += 1;
                    self.blank.get_or_insert(line);
                }
                Scan::Record { length } => {
                    if let Some(blank) = self.blank {
                        return Err((blank, DataFault::Blank));
                    }
                    self.line += 1;
                    break (line, length);
                }
            }
        };
        let start = self.pending.start;
        self.pending.start += length;
        let bytes = &mut self.buffer[start..start + length];
        self.fields.iter_mut().for_each(|field| *field = unquote(bytes, field.clone()));
        Ok(Some(Record { line, bytes, fields: &self.fields }))
    }

    /// Moves what is pending to the front and reads once more.
    fn fill(&mut self) -> Result<(), DataFault> {
        self.buffer.copy_within(self.pending.clone(), 0);
        self.pending = 0..self.pending.len();
        let read = loop {
            match self.source.read(&mut self.buffer[self.pending.end..]) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other.map_err(|e| DataFault::Read(e.kind()))?,
            }
        };
        self.ended = read == 0;
        self.pending.end += read;
        self.bytes += read as u64;
        Ok(())
    }
}

enum Scan {
    /// Nothing left.
    End,
    /// The record does not end in these bytes.
    More,
    /// An empty line of so many bytes.
    Blank { length: usize },
    /// A record of so many bytes, line end included.
    Record { length: usize },
}

/// Finds the fields of the record at the front of `bytes`, quotes included.
fn scan(bytes: &[u8], ended: bool, fields: &mut Vec<Range<usize>>) -> Result<Scan, DataFault> {
    fields.clear();
    match bytes {
        [] if ended => return Ok(Scan::End),
        [b'\n', ..] => return Ok(Scan::Blank { length: 1 }),
        [b'\r', b'\n', ..] => return Ok(Scan::Blank { length: 2 }),
        _ => {}
    }
    let mut start = 0; // of the current field
    let mut at = 0;
    loop {
        // A field starts here.
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                match (bytes.get(at), bytes.get(at + 1)) {
                    (Some(b'"'), Some(b'"')) => at += 2,
                    (Some(b'"'), None) if !ended => return Ok(Scan::More),
                    (Some(b'"'), _) => break,
                    (Some(b'\n'), _) => return Err(DataFault::QuotedLineBreak),
                    (Some(_), _) => at += 1,
                    (None, _) if ended => return Err(DataFault::UnclosedQuote),
                    (None, _) => return Ok(Scan::More),
                }
            }
            at += 1;
            match bytes.get(at) {
                None | Some(b',' | b'\n' | b'\r') => {}
                Some(_) => return Err(DataFault::StrayQuote),
            }
        } else {
            let plain = |byte: &u8| !matches!(byte, b',' | b'\n' | b'\r' | b'"');
            while bytes.get(at).is_some_and(plain) {
                at += 1;
            }
        }
        match bytes.get(at) {
            Some(b',') => {
                fields.push(start..at);
                at += 1;
                start = at;
            }
            Some(b'\n') => {
                fields.push(start..at);
                return Ok(Scan::Record { length: at + 1 });
            }
            Some(b'\r') => match bytes.get(at + 1) {
                Some(b'\n') => {
                    fields.push(start..at);
                    return Ok(Scan::Record { length: at + 2 });
                }
                None if !ended => return Ok(Scan::More),
                _ => return Err(DataFault::CarriageReturn),
            },
            Some(_) => return Err(DataFault::StrayQuote),
            None if ended => {
                fields.push(start..at);
                return Ok(Scan::Record { length: at });
            }
            None => return Ok(Scan::More),
        }
    }
}

/// Takes the quotes off a field, in place; the new range.
#[inline]
fn unquote(bytes: &mut [u8], field: Range<usize>) -> Range<usize> {
    if bytes.get(field.start) != Some(&b'"') || field.is_empty() {
        return field;
    }
    let (mut from, mut to) = (field.start + 1, field.start + 1);
    while from + 1 < field.end {
        bytes[to] = bytes[from];
        from += if bytes[from] == b'"' { 2 } else { 1 };
        to += 1;
    }
    field.start + 1..to
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Row = (u64, Vec<Vec<u8>>);

    /// Hands out few bytes at a time, so that records cross the borders of reads.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn rows(text: &[u8], drip: usize) -> Result<Vec<Row>, (u64, DataFault)> {
        let mut records = Records::new(Drip(text, drip));
        let mut rows = Vec::new();
        while let Some(record) = records.next()? {
            rows.push((record.line, (0..record.len()).map(|i| record.field(i).to_vec()).collect()));
        }
        assert_eq!(records.bytes(), text.len() as u64);
        Ok(rows)
    }

    #[test]
    fn rows_fields_and_lines() {
        let text = b"a,b\r\n\"x \"\"1\"\"\",\"two, parts\"\n,\n\"\",z\n\n\r\n";
        let expected: [(u64, [&str; 2]); 4] =
            [(1, ["a", "b"]), (2, ["x \"1\"", "two, parts"]), (3, ["", ""]), (4, ["", "z"])];
        for drip in [1, 2, 3, 1000] {
            let found = rows(text, drip).unwrap();
            let expected =
                expected.iter().map(|(line, f)| (*line, f.map(|f| f.as_bytes().to_vec()).to_vec()));
            assert_eq!(found, expected.collect::<Vec<_>>(), "{drip}");
        }
        assert_eq!(rows(b"", 1).unwrap(), []);
        assert_eq!(rows(b"a", 1).unwrap(), [(1, vec![b"a".to_vec()])]);
    }

    #[test]
    fn what_a_lenient_reader_would_guess_at_is_refused() {
        for (text, line, fault) in [
            (b"a\nb\n\"c\nd\n".as_slice(), 3, DataFault::QuotedLineBreak),
            (b"a\n\"b\nc\nd\"\n", 2, DataFault::QuotedLineBreak),
            (b"a\nb\n\"c", 3, DataFault::UnclosedQuote),
            (b"a\nb\"c\n", 2, DataFault::StrayQuote),
            (b"a\n\"b\"c\n", 2, DataFault::StrayQuote),
            (b"a\rb\r", 1, DataFault::CarriageReturn),
            (b"a\n\nb\n", 2, DataFault::Blank),
            (b"\na\n", 1, DataFault::Blank),
        ] {
            for drip in [1, 7, usize::MAX] {
                assert_eq!(
                    rows(text, drip).unwrap_err(),
                    (line, fault.clone()),
                    "{:?}",
                    &text[..9.min(text.len())]
                );
            }
        }
    }

    #[test]
    fn rows_are_bounded() {
        for (content, fits) in [(MAX_RECORD - 3, true), (MAX_RECORD - 2, false), (3 * MAX_RECORD, false)] {
            let text = [b"a\n\"".as_slice(), &vec![b'x'; content], b"\"\nb\n"].concat();
            for drip in [1000, usize::MAX] {
                let found = rows(&text, drip).map(|rows| rows.len());
                assert_eq!(found, if fits { Ok(3) } else { Err((2, TOO_LONG)) }, "{content} {drip}");
            }
        }
    }

    #[test]
    fn a_failing_source_is_an_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::PermissionDenied.into())
            }
        }
        let error = Records::new(Broken).next().map(|_| ()).unwrap_err();
        assert_eq!(error, (1, DataFault::Read(std::io::ErrorKind::PermissionDenied)));
    }

    proptest! {
        #![proptest_config(crate::testing::cases(256))]

        /// Whatever is read, the csv crate reads the same; what the csv crate writes is read.
        #[test]
        fn agrees_with_the_csv_crate(
            table in proptest::collection::vec(proptest::collection::vec("[a,\" ]{0,4}", 2..4), 1..6),
            text in "[a,\"\r\n]{0,24}",
            drip in 1usize..9,
        ) {
            let reference = |text: &[u8]| -> Vec<Vec<Vec<u8>>> {
                let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
                reader.byte_records().map(|r| r.unwrap().iter().map(<[u8]>::to_vec).collect()).collect()
            };
            let plain = |rows: Vec<Row>| rows.into_iter().map(|(_, fields)| fields).collect::<Vec<_>>();
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(vec![]);
            table.iter().for_each(|row| writer.write_record(row).unwrap());
            let written = writer.into_inner().unwrap();
            prop_assert_eq!(plain(rows(&written, drip).unwrap()), reference(&written));
            if let Ok(found) = rows(text.as_bytes(), drip) {
                prop_assert_eq!(plain(found), reference(text.as_bytes()));
            }
        }
    }
}
