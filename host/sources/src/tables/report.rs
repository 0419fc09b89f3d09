//! Reports that people were meant to read: titles above the header, headers of two lines, totals and remarks between the rows.

use std::fs::File;
use std::io::{BufWriter, Write};

use csv::{ReaderBuilder, StringRecord, Writer};

use super::problem::DropProblem;
use super::read::{Bounded, LARGEST_ROW};
use super::{Table, fold, spool};

/// Lines in which the header must come.
const TITLES: usize = 40;

/// Words that a line of sums begins with.
const SUMS: [&str; 7] = ["total", "totals", "grand_total", "subtotal", "report_total", "average", "count"];

/// A report's rows under a header of one line, each on the line on which it stood.
pub(crate) struct Bare {
    pub(crate) text: File,
    /// Lines below the header that were no rows.
    pub(crate) skipped: u64,
}

impl Table {
    /// Takes the rows out of a report.
    pub(crate) fn bare(&self, text: File, delimiter: u8) -> Result<Bare, DropProblem> {
        let (bounded, left) = Bounded::new(text);
        let mut csv = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(bounded);
        let mut out = Lines { name: &self.name, line: 1, out: BufWriter::new(spool::nameless(&self.name)?) };
        let (mut above, mut header, mut skipped, mut seen) = (StringRecord::new(), None, 0, 0);
        let mut record = StringRecord::new();
        loop {
            left.set(LARGEST_ROW);
            let offset = csv.position().byte();
            match csv.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    let line = csv.get_mut().line(offset);
                    return Err(match error.kind() {
                        csv::ErrorKind::Utf8 { .. } => self.not_text(line),
                        _ if left.get() == 0 => DropProblem::TooLong { file: self.name.clone(), line },
                        csv::ErrorKind::Io(error) => {
                            DropProblem::Read { file: self.name.clone(), line, reason: error.to_string() }
                        }
                        _ => DropProblem::Read { file: self.name.clone(), line, reason: "it is not CSV".to_owned() },
                    });
                }
            }
            let line = csv.get_mut().line(offset);
            let Some(columns) = &header else {
                seen += 1;
                if let Some(found) = self.header(&above, &record) {
                    out.put(line, &found)?;
                    header = Some(found);
                } else if seen >= TITLES {
                    break;
                }
                above.clone_from(&record);
                continue;
            };
            if self.is_row(columns, &record) {
                record.truncate(cells(&record).max(columns.len()));
                while record.len() < columns.len() {
                    record.push_field("");
                }
                out.put(line, &record.iter().map(str::to_owned).collect::<Vec<_>>())?;
            } else if record.iter().any(|cell| !cell.trim().is_empty()) {
                skipped += 1;
            }
        }
        if header.is_none() {
            let columns = self.layout.required.clone();
            return Err(DropProblem::MissingColumns { file: self.name.clone(), columns });
        }
        Ok(Bare { text: spool::rewound(&self.name, out.out)?, skipped })
    }

    /// The header's columns, where this line, alone or below the one above it, has all that must be there.
    fn header(&self, above: &StringRecord, line: &StringRecord) -> Option<Vec<String>> {
        let complete = |names: &[String]| {
            let known: Vec<_> = names.iter().filter_map(|name| self.column(name)).collect();
            self.layout.required.iter().all(|column| known.contains(&column.as_str()))
        };
        let width = cells(line);
        let alone: Vec<String> = line.iter().take(width).map(|cell| cell.trim().to_owned()).collect();
        if !complete(&alone) {
            return None;
        }
        // A line above with a single cell is a title; one with several names groups of columns.
        let groups = above.iter().filter(|cell| !cell.trim().is_empty()).count();
        if groups < 2 || cells(above) > width {
            return Some(alone);
        }
        let mut group = "";
        let joined = alone.iter().enumerate().map(|(at, own)| {
            if let Some(next) = above.get(at).map(str::trim).filter(|next| !next.is_empty()) {
                group = next;
            }
            let both = format!("{group} {own}").trim().to_owned();
            let repeated = alone.iter().filter(|other| *other == own).count() > 1;
            match (self.column(&both), self.column(own)) {
                (Some(_), _) => both,
                (None, Some(_)) if !repeated => own.clone(),
                _ => both,
            }
        });
        Some(joined.collect())
    }

    /// Whether a line below the header is a row: no sum, no remark, no header of the next page.
    fn is_row(&self, header: &[String], record: &StringRecord) -> bool {
        let mut given = record.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty());
        let Some((first, text)) = given.next() else { return false };
        let alone = given.next().is_none();
        let key = header.iter().position(|name| self.column(name) == Some(self.layout.key.column()));
        let keyed = key.and_then(|at| record.get(at)).map_or("", str::trim);
        let again = header.iter().enumerate().all(|(at, name)| record.get(at).unwrap_or_default().trim() == name);
        let sum = |text: &str| {
            let word = fold(text);
            SUMS.iter().any(|sum| word == *sum || word.strip_prefix(sum).is_some_and(|rest| rest.starts_with('_')))
        };
        if keyed.is_empty() || Some(first) == key && sum(text) {
            // Without a key, what is neither sum nor remark is a broken row, which is reported.
            return !(sum(text) || alone || again);
        }
        // No number of a patient has blanks: a remark stands where the key would.
        !(again || alone && header.len() > 2 && keyed.contains(' '))
    }
}

/// Cells up to the last that is not empty.
fn cells(record: &StringRecord) -> usize {
    record.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()).last().map_or(0, |(at, _)| at + 1)
}

/// Writes records on the lines on which they stood.
struct Lines<'a> {
    name: &'a str,
    line: u64,
    out: BufWriter<File>,
}

impl Lines<'_> {
    fn put(&mut self, line: u64, cells: &[String]) -> Result<(), DropProblem> {
        let failed = |error: &std::io::Error| spool::spooling(self.name, error);
        let mut bytes = vec![b'\n'; usize::try_from(line.saturating_sub(self.line)).unwrap_or(0)];
        let mut csv = Writer::from_writer(&mut bytes);
        csv.write_record(cells)
            .and_then(|()| Ok(csv.flush()?))
            .map_err(|error| failed(&std::io::Error::other(error)))?;
        drop(csv);
        self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.out.write_all(&bytes).map_err(|error| failed(&error))
    }
}
