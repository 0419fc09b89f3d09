//! Reads a table once from end to end to check it, before anything of it is staged.

use std::fs::File;
use std::io::{self, Read};

use cap_std::fs::Dir;

use super::lines::Lines;
use super::problem::{DropProblem, MOST};
use super::read::TableReader;
use super::repeats::{Finder, Repeats};
use super::{Key, Table, fold, spool};
use crate::FileColumn;

/// A table that was read to its end and found good.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) table: Table,
    /// blake3 of the file, in hexadecimal.
    pub(crate) digest: String,
    /// Rows without the header.
    pub(crate) rows: u64,
    /// The rows that take up an earlier one's key again.
    pub(crate) repeats: Repeats,
    /// Columns that the layout does not know, as the file names them.
    pub(crate) surplus: Vec<String>,
    /// Known columns that the file does not have.
    pub(crate) missing: Vec<String>,
    /// The columns that hold paths of files, as rows name them.
    attachments: Vec<String>,
    /// Lines of a report that were titles, totals or remarks below the header.
    pub(crate) skipped: u64,
    /// The table's text in UTF-8.
    text: File,
    delimiter: u8,
}

impl Scanned {
    /// The columns that hold paths of files below the folder.
    pub(crate) fn file_columns(&self) -> impl Iterator<Item = FileColumn> {
        let object = &self.table.layout.object;
        self.attachments.iter().map(|column| FileColumn { object: object.clone(), column: column.clone() })
    }

    /// The text at its beginning. Pages of one table are read one after another.
    pub(crate) fn text(&self) -> Result<(File, u8), DropProblem> {
        let failed = |error: io::Error| DropProblem::File { file: self.table.name.clone(), reason: error.to_string() };
        Ok((self.text.try_clone().map_err(failed)?, self.delimiter))
    }
}

/// Reads a table from end to end. Problems are added to the list; `None` when there is one that lets nothing be read.
pub(crate) fn scan(dir: &Dir, table: Table, problems: &mut Vec<DropProblem>) -> Option<Scanned> {
    let scanned = table.text(dir).and_then(|(text, delimiter, skipped)| {
        let mut scanned = Scanned {
            table,
            digest: String::new(),
            rows: 0,
            repeats: Repeats::default(),
            surplus: Vec::new(),
            missing: Vec::new(),
            attachments: Vec::new(),
            skipped,
            text,
            delimiter,
        };
        rows(&mut scanned, problems)?;
        // Last, as a file that cannot be read may be very long.
        scanned.digest = digest(dir, &scanned.table.name)?;
        Ok(scanned)
    });
    match scanned {
        Ok(scanned) => {
            let (file, found) = (scanned.table.name.clone(), scanned.rows);
            if let Some(announced) = scanned.table.rows.filter(|announced| *announced != found) {
                problems.push(DropProblem::RowCount { file, announced, found });
            }
            Some(scanned)
        }
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

fn rows(scanned: &mut Scanned, problems: &mut Vec<DropProblem>) -> Result<(), DropProblem> {
    let mut reader = scanned.open()?;
    let key = &scanned.table.layout.key;
    let surplus = reader.surplus();
    let missing = scanned.table.layout.known.iter().filter(|column| !reader.has(column)).cloned().collect();
    let attachments = attachments(&scanned.table, &reader)?;
    let spooling = |error: io::Error| spool::spooling(&scanned.table.name, &error);
    let (mut finder, mut found) = (Finder::new(), 0);
    loop {
        match reader.next_row() {
            Ok(None) => break,
            Ok(Some((offset, row))) => {
                found += 1;
                let digest = match key {
                    Key::Content(_) => row.content(),
                    _ => short(row.key()),
                };
                finder.row(digest, offset, matches!(key, Key::Numbered(_))).map_err(spooling)?;
            }
            // The row itself is wrong, what follows can still be read.
            Err(
                problem @ (DropProblem::CellCount { .. }
                | DropProblem::NoKey { .. }
                | DropProblem::NotText { .. }
                | DropProblem::ZeroByte { .. }),
            ) => {
                found += 1;
                if problems.len() < MOST {
                    problems.push(problem);
                }
            }
            Err(problem) => return Err(problem),
        }
    }
    drop(reader);
    let repeats = finder.finish().map_err(spooling)?;
    if let Key::Column(column) = key {
        double_keys(scanned, &repeats, column, problems).map_err(spooling)?;
    }
    (scanned.rows, scanned.repeats, scanned.surplus, scanned.missing) = (found, repeats, surplus, missing);
    scanned.attachments = attachments;
    Ok(())
}

/// Names the rows that have the key of another.
fn double_keys(scanned: &Scanned, repeats: &Repeats, column: &str, problems: &mut Vec<DropProblem>) -> io::Result<()> {
    let places = repeats.walk(0)?.places(MOST.saturating_sub(problems.len()))?;
    let (mut text, mut lines) = (scanned.text.try_clone()?, Lines::new());
    for place in places {
        let line = lines.of(&mut text, place)?;
        let (file, column) = (scanned.table.name.clone(), column.to_owned());
        problems.push(DropProblem::DoubleKey { file, line, column });
    }
    Ok(())
}

/// The columns that the manifest lists under `attachments`, as rows name them.
fn attachments(table: &Table, reader: &TableReader<'_>) -> Result<Vec<String>, DropProblem> {
    let (mut found, mut columns) = (Vec::new(), Vec::new());
    for wanted in &table.attachments {
        let known = table.column(wanted);
        match reader.header().iter().find(|own| known == Some(own.as_str()) || fold(own) == fold(wanted)) {
            Some(own) => found.push(own.clone()),
            None => columns.push(wanted.clone()),
        }
    }
    if columns.is_empty() { Ok(found) } else { Err(DropProblem::MissingColumns { file: table.name.clone(), columns }) }
}

/// A key's digest.
fn short(key: &str) -> u128 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..16]);
    u128::from_le_bytes(bytes)
}

fn digest(dir: &Dir, name: &str) -> Result<String, DropProblem> {
    let mut file = spool::open(dir, name)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file
            .read(&mut buffer)
            .map_err(|error| DropProblem::File { file: name.to_owned(), reason: error.to_string() })?;
        if read == 0 {
            return Ok(hasher.finalize().to_hex().to_string());
        }
        hasher.update(&buffer[..read]);
    }
}
