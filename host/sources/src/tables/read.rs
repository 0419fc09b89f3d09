//! Reads a table row by row, bounded in memory.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use csv::{ByteRecord, Position, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::lines::Lines;
use super::problem::DropProblem;
use super::scan::Scanned;
use super::{Encoding, Form, Key, Table};

/// The largest row, in bytes as they stand in the file.
pub(crate) const LARGEST_ROW: u64 = 1 << 20;

/// A row with its header.
pub(crate) struct Row<'a> {
    header: &'a [String],
    key: usize,
    parent: Option<usize>,
    cells: StringRecord,
}

/// Reads a table.
pub(crate) struct TableReader<'a> {
    scanned: &'a Scanned,
    csv: csv::Reader<Bounded>,
    /// The columns under the names that odograft knows, or their own.
    header: Vec<String>,
    surplus: Vec<String>,
    key: usize,
    parent: Option<usize>,
    left: Rc<Cell<u64>>,
}

impl Scanned {
    /// Opens the text and reads its header.
    pub(crate) fn open(&self) -> Result<TableReader<'_>, DropProblem> {
        let (mut text, delimiter) = self.text()?;
        let name = &self.table.name;
        text.seek(SeekFrom::Start(0))
            .map_err(|error| DropProblem::File { file: name.clone(), reason: error.to_string() })?;
        let (bounded, left) = Bounded::new(text);
        let csv = ReaderBuilder::new()
            .delimiter(delimiter)
            // A row of another length is our own problem to report, with all the others.
            .flexible(true)
            .from_reader(bounded);
        let (header, surplus) = (Vec::new(), Vec::new());
        let mut reader = TableReader { scanned: self, csv, header, surplus, key: 0, parent: None, left };
        let given = match reader.csv.byte_headers() {
            Ok(header) => StringRecord::from_byte_record(header.clone()).map_err(|_| reader.not_text(1))?,
            Err(error) => return Err(reader.failed(&error)),
        };
        reader.left.set(LARGEST_ROW);
        reader.name_columns(&given)?;
        Ok(reader)
    }
}

impl TableReader<'_> {
    fn name_columns(&mut self, given: &StringRecord) -> Result<(), DropProblem> {
        let (table, file) = (&self.scanned.table, || self.scanned.table.name.clone());
        let layout = &table.layout;
        if given.is_empty() {
            return Err(DropProblem::Empty { file: file() });
        }
        if given.iter().any(|name| name.contains('\0')) {
            return Err(DropProblem::ZeroByte { file: file(), line: 1 });
        }
        for (index, name) in given.iter().map(str::trim).enumerate() {
            let name = match table.column(name) {
                Some(column) => column.to_owned(),
                None => {
                    let own = if name.is_empty() { format!("column_{}", index + 1) } else { name.to_owned() };
                    self.surplus.push(own.clone());
                    own
                }
            };
            if self.header.contains(&name) {
                return Err(DropProblem::DoubleColumn { file: file(), column: name });
            }
            self.header.push(name);
        }
        let missing: Vec<_> = layout.required.iter().filter(|column| !self.has(column)).cloned().collect();
        if !missing.is_empty() {
            return Err(DropProblem::MissingColumns { file: file(), columns: missing });
        }
        let at = |column: &str| self.header.iter().position(|name| name == column);
        self.key = at(layout.key.column()).unwrap_or(0);
        self.parent = layout.parent.as_deref().and_then(at);
        Ok(())
    }

    /// The columns' names, as rows have them.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Whether the table has a column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.header.iter().any(|name| name == column)
    }

    /// The columns that the layout does not know.
    pub(crate) fn surplus(&self) -> Vec<String> {
        self.surplus.clone()
    }

    /// Goes to a place that [`TableReader::place`] gave.
    pub(crate) fn seek(&mut self, offset: u64) -> Result<(), DropProblem> {
        let mut position = Position::new();
        position.set_byte(offset);
        match self.csv.seek(position) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Where the next row begins, in bytes from the text's start.
    pub(crate) fn place(&self) -> u64 {
        self.csv.position().byte()
    }

    /// The line on which the row from `offset` on begins; such offsets must not fall.
    pub(crate) fn line(&mut self, offset: u64) -> u64 {
        self.csv.get_mut().line(offset)
    }

    /// The next row and the byte at which it begins; `None` at the end. Rows of empty cells are passed over.
    pub(crate) fn next_row(&mut self) -> Result<Option<(u64, Row<'_>)>, DropProblem> {
        let file = || self.scanned.table.name.clone();
        loop {
            let offset = self.place();
            let mut record = ByteRecord::new();
            self.left.set(LARGEST_ROW);
            match self.csv.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => return Err(self.failed(&error)),
            }
            if record.as_slice().contains(&0) {
                return Err(DropProblem::ZeroByte { file: file(), line: self.line(offset) });
            }
            let Ok(cells) = StringRecord::from_byte_record(record) else {
                let line = self.line(offset);
                return Err(self.not_text(line));
            };
            if cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            // A sheet has no cells behind the last one that is not empty.
            let short = matches!(self.scanned.table.form, Form::Sheet(_)) && cells.len() < self.header.len();
            if cells.len() != self.header.len() && !short {
                let (found, expected) = (cells.len(), self.header.len());
                return Err(DropProblem::CellCount { file: file(), line: self.line(offset), found, expected });
            }
            if cells.get(self.key).unwrap_or_default().trim().is_empty() {
                let column = self.scanned.table.layout.key.column().to_owned();
                return Err(DropProblem::NoKey { file: file(), line: self.line(offset), column });
            }
            return Ok(Some((offset, Row { header: &self.header, key: self.key, parent: self.parent, cells })));
        }
    }

    fn not_text(&self, line: u64) -> DropProblem {
        self.scanned.table.not_text(line)
    }

    /// csv's own text may quote the row; only the operating system's part is kept.
    fn failed(&mut self, error: &csv::Error) -> DropProblem {
        let offset = self.place();
        let (file, line) = (self.scanned.table.name.clone(), self.line(offset));
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
    /// The key without blanks around it.
    pub(crate) fn key(&self) -> &str {
        self.cells.get(self.key).unwrap_or_default().trim()
    }

    /// The parent's key; none where the cell is empty.
    pub(crate) fn parent(&self) -> Option<&str> {
        self.parent.and_then(|at| self.cells.get(at)).map(str::trim).filter(|parent| !parent.is_empty())
    }

    /// A digest of all cells with their columns' names.
    pub(crate) fn content(&self) -> u128 {
        let mut hasher = blake3::Hasher::new();
        for (index, name) in self.header.iter().enumerate() {
            let cell = self.cells.get(index).unwrap_or_default();
            // An empty cell is as good as a missing column: an export that gains one leaves the keys as they are.
            if !cell.is_empty() {
                for text in [name.as_str(), cell] {
                    hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
                }
            }
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        u128::from_le_bytes(bytes)
    }

    /// The row's key in staging, its parent and its place, after `number` rows of the same key and `before` rows of the table.
    pub(crate) fn identity(&self, key: &Key<String>, number: u32, before: u32) -> (String, Option<String>, u32) {
        let parent = self.parent().map(str::to_owned);
        match key {
            Key::Column(_) => (self.key().to_owned(), parent, 0),
            Key::Numbered(_) => (format!("{}/{number}", self.key()), parent, number),
            Key::Content(_) => {
                let digest = format!("{:016x}", (self.content() >> 64) as u64);
                let again = if number > 0 { format!("-{number}") } else { String::new() };
                // The key says nothing of the order, in which an account's lines and balances follow each other.
                (format!("{}/{digest}{again}", self.key()), parent, before)
            }
        }
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
    lines: Lines,
}

impl Table {
    /// What is said of bytes that are no letters.
    pub(crate) fn not_text(&self, line: u64) -> DropProblem {
        let encoding = match self.form {
            Form::Csv { encoding, .. } => encoding,
            Form::Sheet(_) => Encoding::Utf8,
        };
        DropProblem::NotText { file: self.name.clone(), line, encoding: encoding.name() }
    }
}

impl Bounded {
    /// The file, and how many bytes it may still give before it is told otherwise.
    pub(crate) fn new(file: File) -> (Self, Rc<Cell<u64>>) {
        let left = Rc::new(Cell::new(LARGEST_ROW));
        (Self { file, left: Rc::clone(&left), lines: Lines::new() }, left)
    }
}

impl Bounded {
    /// The line of the row that begins at `offset`; 0 where the file cannot be read any more.
    pub(crate) fn line(&mut self, offset: u64) -> u64 {
        self.lines.of(&mut self.file, offset).unwrap_or_default()
    }
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
