//! Tables in files: CSV in several encodings and sheets of workbooks, below one folder, in bounded memory.
//!
//! A table is checked whole when it is opened, so that everything that is wrong with a drop is said at once. What is not
//! UTF-8 CSV is turned into it on the way, in a file without a name that is gone with the process; from then on there is
//! one way to read a page.

mod declare;
mod doubles;
mod lines;
mod page;
mod problem;
mod read;
mod repeats;
mod report;
mod scan;
mod sheet;
mod sorted;
mod spool;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

pub(crate) use declare::{Manifest, NAME as MANIFEST, problem};
pub(crate) use page::page;
pub use problem::DropProblem;
pub(crate) use problem::MOST;
pub(crate) use scan::{Scanned, scan};
pub(crate) use spool::Encoding;

use crate::SourceError;

/// The folder of a drop. Nothing that is opened through it lies outside.
pub(crate) fn open_folder(root: &Path) -> Result<Dir, SourceError> {
    Dir::open_ambient_dir(root, ambient_authority()).map_err(|error| SourceError::DropUnreadable {
        file: ".".to_owned(),
        reason: error.to_string(),
        hint: "give the folder that holds `manifest.json`",
    })
}

/// How a table tells its rows apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key<T = &'static str> {
    /// One row for each value of the column.
    Column(T),
    /// The rows of one parent, in their order: `E9/0`, `E9/1`.
    Numbered(T),
    /// Nothing but the content: a digest of the row below its parent. Two rows that are the same get a number behind it.
    Content(T),
}

impl Key<String> {
    pub(crate) fn column(&self) -> &str {
        match self {
            Self::Column(column) | Self::Numbered(column) | Self::Content(column) => column,
        }
    }
}

impl From<Key> for Key<String> {
    fn from(key: Key) -> Self {
        match key {
            Key::Column(column) => Self::Column(column.to_owned()),
            Key::Numbered(column) => Self::Numbered(column.to_owned()),
            Key::Content(column) => Self::Content(column.to_owned()),
        }
    }
}

/// What a table must hold, of a source whose tables are the same everywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// The object that its rows are.
    pub(crate) object: &'static str,
    pub(crate) key: Key,
    /// The column with the parent's key.
    pub(crate) parent: Option<&'static str>,
    /// Columns without which it is refused.
    pub(crate) required: &'static [&'static str],
    /// Columns that it may hold beside those; all others are carried along under their own names.
    pub(crate) known: &'static [&'static str],
}

/// What a table must hold, as its source or its manifest says.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) object: String,
    pub(crate) key: Key<String>,
    /// The column with the parent's key.
    pub(crate) parent: Option<String>,
    /// Columns without which it is refused.
    pub(crate) required: Vec<String>,
    /// Columns that it may hold beside those; all others are carried along under their own names.
    pub(crate) known: Vec<String>,
}

impl From<Shape> for Layout {
    fn from(shape: Shape) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            object: shape.object.to_owned(),
            key: shape.key.into(),
            parent: shape.parent.map(str::to_owned),
            required: owned(shape.required),
            known: owned(shape.known),
        }
    }
}

/// In which form a table comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text with a delimiter.
    Csv { delimiter: u8, encoding: Encoding },
    /// A sheet of an XLSX workbook; the first one where it has no name.
    Sheet(Option<String>),
}

/// A table that is to be read.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// The file's name in the folder.
    pub(crate) name: String,
    pub(crate) form: Form,
    pub(crate) layout: Layout,
    /// Rows that the manifest announces.
    pub(crate) rows: Option<u64>,
    /// By a column's name in odograft, the headers that it may have besides its own.
    pub(crate) aliases: BTreeMap<String, Vec<String>>,
    /// Headers of the columns that hold paths of files below the folder.
    pub(crate) attachments: Vec<String>,
    /// Whether titles, totals and headers of two lines stand around its rows.
    pub(crate) report: bool,
}

impl Table {
    /// A table's text as UTF-8 CSV, with its delimiter: the file itself, or a copy without a name. Of a report the rows
    /// alone, and how many lines were none.
    fn text(&self, dir: &Dir) -> Result<(File, u8, u64), DropProblem> {
        let (text, delimiter) = self.whole_text(dir)?;
        if !self.report {
            return Ok((text, delimiter, 0));
        }
        let bare = self.bare(text, delimiter)?;
        Ok((bare.text, b',', bare.skipped))
    }

    fn whole_text(&self, dir: &Dir) -> Result<(File, u8), DropProblem> {
        let file = spool::open(dir, &self.name)?;
        Ok(match &self.form {
            Form::Csv { delimiter, encoding: Encoding::Utf8 } => (file, *delimiter),
            Form::Csv { delimiter, encoding } => (spool::transcode(&self.name, file, *encoding)?, *delimiter),
            Form::Sheet(sheet) => (sheet::to_csv(&self.name, file, sheet.as_deref())?, b','),
        })
    }

    /// The column that a header stands for; a header that none of them has keeps its own name.
    pub(crate) fn column(&self, header: &str) -> Option<&str> {
        let folded = fold(header);
        let mut columns = self.layout.required.iter().chain(&self.layout.known).map(String::as_str);
        columns.find(|column| {
            *column == folded
                || self.aliases.get(*column).is_some_and(|others| others.iter().any(|other| fold(other) == folded))
        })
    }
}

/// A header without what differs from export to export: capitals, blanks and marks.
pub(crate) fn fold(header: &str) -> String {
    let mut folded = String::with_capacity(header.len());
    for c in header.chars() {
        if c.is_alphanumeric() {
            folded.extend(c.to_lowercase());
        } else if !folded.ends_with('_') && !folded.is_empty() {
            folded.push('_');
        }
    }
    folded.truncate(folded.trim_end_matches('_').len());
    folded
}
