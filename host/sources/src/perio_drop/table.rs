//! One CSV table: opened inside the folder, read row by row, bounded in memory.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use cap_std::fs::{Dir, File};
use csv::{ByteRecord, Position, ReaderBuilder, StringRecord, Trim};
use serde_json::{Map, Value};

use super::problem::DropProblem;

/// The largest row, in bytes as they stand in the file.
const LARGEST_ROW: u64 = 1 << 20;

/// A table as the manifest announces it and, once it was scanned, as it is.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) rows: u64,
    pub(crate) delimiter: u8,
    /// The columns that must be there; the first one is the key.
    pub(crate) columns: &'static [&'static str],
    /// Whether a key may come once only.
    pub(crate) one_row_per_key: bool,
    /// blake3 of the file, in hexadecimal; empty before the scan.
    pub(crate) digest: String,
}

/// A row with its header.
pub(crate) struct Row<'a> {
    header: &'a [String],
    key: usize,
    cells: StringRecord,
}

/// Reads a table.
pub(crate) struct TableReader<'a> {
    table: &'a Table,
    csv: csv::Reader<Bounded>,
    header: Vec<String>,
    key: usize,
    left: Rc<Cell<u64>>,
}

impl Table {
    pub(crate) fn announced(name: String, rows: u64, delimiter: u8, columns: &'static [&'static str]) -> Self {
        Self { name, rows, delimiter, columns, one_row_per_key: false, digest: String::new() }
    }

    /// Opens the file and reads its header.
    pub(crate) fn open(&self, dir: &Dir) -> Result<TableReader<'_>, DropProblem> {
        let failed = |error: io::Error| DropProblem::File { file: self.name.clone(), reason: error.to_string() };
        let file = dir.open(&self.name).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(failed(io::Error::other("it is not a file")));
        }
        let left = Rc::new(Cell::new(LARGEST_ROW));
        let csv = ReaderBuilder::new()
            .delimiter(self.delimiter)
            // A row of another length is our own problem to report, with all the others.
            .flexible(true)
            .trim(Trim::Headers)
            .from_reader(Bounded { file, left: Rc::clone(&left) });
        let mut reader = TableReader { table: self, csv, header: Vec::new(), key: 0, left };
        let header = match reader.csv.byte_headers() {
            Ok(header) => StringRecord::from_byte_record(header.clone()).map_err(|_| reader.not_utf8(1))?,
            Err(error) => return Err(reader.failed(&error)),
        };
        reader.left.set(LARGEST_ROW);
        reader.header = header.iter().map(str::to_owned).collect();
        let known = |column: &&&str| !reader.header.iter().any(|name| name == **column);
        let missing: Vec<_> = self.columns.iter().filter(known).map(|column| (*column).to_owned()).collect();
        if !missing.is_empty() {
            return Err(DropProblem::MissingColumns { file: self.name.clone(), columns: missing });
        }
        for (index, column) in reader.header.iter().enumerate() {
            if reader.header[..index].contains(column) {
                return Err(DropProblem::DoubleColumn { file: self.name.clone(), column: column.clone() });
            }
        }
        reader.key = reader.header.iter().position(|name| name == self.columns[0]).unwrap_or(0);
        Ok(reader)
    }
}

impl TableReader<'_> {
    /// Goes to a place that [`TableReader::place`] gave.
    pub(crate) fn seek(&mut self, offset: u64, line: u64) -> Result<(), DropProblem> {
        let mut position = Position::new();
        position.set_byte(offset).set_line(line);
        self.csv.seek(position).map_err(|error| self.failed(&error))
    }

    /// Where the next row begins: bytes from the file's start, and the line.
    pub(crate) fn place(&self) -> (u64, u64) {
        (self.csv.position().byte(), self.csv.position().line())
    }

    /// The next row and the byte at which it begins; `None` at the end.
    pub(crate) fn next_row(&mut self) -> Result<Option<(u64, Row<'_>)>, DropProblem> {
        let (offset, line) = self.place();
        let mut record = ByteRecord::new();
        self.left.set(LARGEST_ROW);
        let more = self.csv.read_byte_record(&mut record).map_err(|error| self.failed(&error))?;
        if !more {
            return Ok(None);
        }
        let cells = StringRecord::from_byte_record(record).map_err(|_| self.not_utf8(line))?;
        if cells.len() != self.header.len() {
            let (found, expected) = (cells.len(), self.header.len());
            return Err(DropProblem::CellCount { file: self.table.name.clone(), line, found, expected });
        }
        if cells[self.key].trim().is_empty() {
            return Err(DropProblem::NoKey { file: self.table.name.clone(), line, column: self.table.columns[0] });
        }
        Ok(Some((offset, Row { header: &self.header, key: self.key, cells })))
    }

    fn not_utf8(&self, line: u64) -> DropProblem {
        DropProblem::NotUtf8 { file: self.table.name.clone(), line }
    }

    /// csv's own text may quote the row; only the operating system's part is kept.
    fn failed(&self, error: &csv::Error) -> DropProblem {
        let (file, line) = (self.table.name.clone(), self.csv.position().line());
        if self.left.get() == 0 {
            return DropProblem::TooLong { file, line };
        }
        let reason = match error.kind() {
            csv::ErrorKind::Io(error) => error.to_string(),
            _ => "it is not CSV".to_owned(),
        };
        DropProblem::Read { file, line, reason }
    }
}

impl Row<'_> {
    pub(crate) fn key(&self) -> &str {
        &self.cells[self.key]
    }

    /// The cell under a column; empty when there is no such column.
    pub(crate) fn cell(&self, column: &str) -> &str {
        let index = self.header.iter().position(|name| name == column);
        index.and_then(|index| self.cells.get(index)).unwrap_or_default()
    }

    /// A JSON object of the columns, in their order, each cell as text.
    pub(crate) fn body(&self) -> String {
        let cells = self.header.iter().enumerate().map(|(index, name)| {
            let cell = self.cells.get(index).unwrap_or_default();
            (name.clone(), Value::from(cell))
        });
        Value::Object(cells.collect::<Map<_, _>>()).to_string()
    }
}

/// A file that fails once a single row has taken more than its share of bytes, before memory does.
pub(crate) struct Bounded {
    file: File,
    left: Rc<Cell<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::other("the row is too long"));
        }
        let read = self.file.read(buffer)?;
        self.left.set(left.saturating_sub(read as u64));
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
