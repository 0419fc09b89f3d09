//! Files that rows name: each is read once when the source is extracted, and its length and SHA-1 are staged beside the rows.

use std::future::poll_fn;
use std::io;

use odograft_ledger::{Cursor, Ledger, StagedRow};
use odograft_sources::{FileColumn, FileError, OpenFile, Source};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha1::{Digest, Sha1};
use tokio::io::ReadBuf;

use crate::error::MigrationError;
use crate::events::{Event, Stage};

/// The staged object whose rows are files.
pub(crate) const FILE: &str = "file";

/// Rows that are looked at together, and files that are staged together.
const ROWS: usize = 1_000;
const FILES: usize = 50;

/// Bytes that are hashed at once.
const PART: usize = 1 << 16;

/// A staged file: which row names it, and what it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The object of the row that names it.
    pub object: String,
    /// The row's id.
    pub row: String,
    /// The column that holds the handle.
    pub column: String,
    /// What the source opens it by. It can hold a patient's name.
    pub handle: String,
    /// Its length and SHA-1, or why it could not be read.
    #[serde(flatten)]
    pub content: Content,
}

/// What was found at a handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// The file was read to its end.
    Read {
        /// Its bytes.
        bytes: u64,
        /// Its SHA-1 in hexadecimal, which Odoo keeps too.
        sha1: String,
        /// Another text whenever the content may be another, where the source tells.
        stamp: Option<String>,
    },
    /// It could not be read: what the operating system calls it.
    Unread(String),
}

/// Where the reading of files stands.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// The column's place among all of them, and its name.
    column: usize,
    name: String,
    /// The last row that was looked at.
    after: Option<String>,
}

/// Reads the files that the staged rows name. A file that is not there, or lies outside the source, is staged with the
/// reason; a source that cannot be asked ends the reading, which a later run goes on with.
pub(crate) async fn read(
    ledger: &mut Ledger,
    sources: &[Source],
    pass: u64,
    report: &mut dyn FnMut(Event),
) -> Result<(), MigrationError> {
    let columns: Vec<(&Source, FileColumn)> = sources
        .iter()
        .flat_map(|source| source.file_columns().into_iter().map(move |column| (source, column)))
        .collect();
    let name = |at: usize| columns.get(at).map(|(_, column)| format!("{}.{}", column.object, column.column));
    let mut mark = match ledger.cursor(pass, FILE)? {
        Cursor::Done => return Ok(()),
        Cursor::At(mark) => serde_json::from_str(&mark).unwrap_or_default(),
        Cursor::Start if columns.is_empty() => return Ok(()),
        Cursor::Start => Mark::default(),
    };
    // Another configuration has other columns: what was read then is read again.
    if name(mark.column).as_deref() != Some(mark.name.as_str()) {
        mark = Mark { column: 0, name: name(0).unwrap_or_default(), after: None };
    }
    while let Some((source, column)) = columns.get(mark.column) {
        let rows = ledger.staged(&column.object, mark.after.as_deref(), ROWS)?;
        let mut files = Vec::new();
        for row in &rows {
            if let Some(handle) = handle(&row.body, &column.column) {
                files.push(file(ledger, source, column, row, handle).await?);
            }
            mark.after = Some(row.id.clone());
            if files.len() == FILES {
                break;
            }
        }
        if rows.is_empty() {
            mark = Mark { column: mark.column + 1, name: name(mark.column + 1).unwrap_or_default(), after: None };
        }
        let cursor = match mark.column < columns.len() {
            true => Cursor::At(serde_json::to_string(&mark).unwrap_or_default()),
            false => Cursor::Done,
        };
        tokio::task::block_in_place(|| ledger.stage_page(pass, FILE, &files, &cursor))?;
        report(Event::Progress { stage: Stage::Extract, what: FILE.to_owned(), done: files.len() as u64 });
    }
    Ok(())
}

/// The text in a row's column, where it has one.
fn handle(body: &str, column: &str) -> Option<String> {
    let row: Value = serde_json::from_str(body).ok()?;
    let text = row.get(column)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The staged row of a file. One that has the stamp that it had before is not read again.
async fn file(
    ledger: &Ledger,
    source: &Source,
    column: &FileColumn,
    row: &StagedRow,
    handle: String,
) -> Result<StagedRow, MigrationError> {
    let id = format!("{}/{}/{}", column.object, column.column, row.id);
    let before = ledger.staged_row(FILE, &id)?.and_then(|row| serde_json::from_str::<Attachment>(&row.body).ok());
    let before = before.filter(|before| before.handle == handle).map(|before| before.content);
    let content = match source.open_file(&handle).await {
        Ok(open) => match before {
            Some(Content::Read { bytes, sha1, stamp })
                if stamp.is_some() && stamp == open.stamp && open.length == Some(bytes) =>
            {
                Content::Read { bytes, sha1, stamp }
            }
            _ => match measure(open).await {
                Ok(content) => content,
                Err(error) => unread(error)?,
            },
        },
        Err(FileError::Source(error)) => return Err(MigrationError::Source(*error)),
        Err(error) => Content::Unread(error.kind().to_string()),
    };
    let file = Attachment {
        object: column.object.clone(),
        row: row.id.clone(),
        column: column.column.clone(),
        handle,
        content,
    };
    let body = serde_json::to_string(&file).unwrap_or_default();
    Ok(StagedRow { id, parent: Some(row.id.clone()), position: 0, body })
}

/// Why a file could not be read to its end; a source that cannot be asked is no fault of the file.
fn unread(error: io::Error) -> Result<Content, MigrationError> {
    let kind = error.kind();
    match error.downcast::<odograft_sources::SourceError>() {
        Ok(error) => Err(MigrationError::Source(error)),
        Err(_) => Ok(Content::Unread(kind.to_string())),
    }
}

/// Reads a file to its end, a piece at a time.
async fn measure(file: OpenFile) -> io::Result<Content> {
    let (mut reader, mut hasher, mut bytes, mut part) = (file.reader, Sha1::new(), 0, vec![0; PART]);
    loop {
        let mut filled = ReadBuf::new(&mut part);
        poll_fn(|context| reader.as_mut().poll_read(context, &mut filled)).await?;
        if filled.filled().is_empty() {
            break;
        }
        bytes += filled.filled().len() as u64;
        hasher.update(filled.filled());
    }
    if file.length.is_some_and(|length| length != bytes) {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
    }
    let sha1 = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Content::Read { bytes, sha1, stamp: file.stamp })
}

/// The staged files after an id, up to a page of them.
///
/// # Errors
/// The ledger.
pub fn attachments(ledger: &Ledger, after: Option<&str>) -> Result<Vec<(String, Attachment)>, MigrationError> {
    let rows = ledger.staged(FILE, after, 1_000)?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, serde_json::from_str(&row.body).ok()?))).collect())
}
