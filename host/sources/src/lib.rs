//! The source systems behind one enum: what objects there are, and page after page of their rows, verbatim.
//!
//! A source reads and never interprets. Errors and logs carry object names, keys, positions and codes, never a row's values
//! and never a key to an API.

mod dentally;
mod drop;
mod error;
mod numbers_api;
mod open_file;
mod panda;
mod perio_drop;
mod tables;

#[cfg(test)]
mod standin_tests;

use std::fmt;

pub use dentally::{Dentally, DentallyOptions, Patience};
pub use drop::{DropKind, TableDrop};
pub use error::SourceError;
pub use numbers_api::{NumbersApi, NumbersApiOptions, NumbersProblem};
pub use open_file::{FileError, OpenFile, open_below};
pub use panda::{Encryption, Panda, PandaError, PandaOptions, SchemaProblem, TableMap, Trust};
pub use perio_drop::PerioDrop;
pub use tables::DropProblem;

/// An object that a source can extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectSpec<'a> {
    /// The object's name in odograft, singular, such as `patient`.
    pub name: &'a str,
    /// The object whose ids the rows' `parent` refers to.
    pub parent: Option<&'a str>,
}

/// A column whose texts are handles of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileColumn {
    /// The object.
    pub object: String,
    /// The column, as the rows' bodies name it.
    pub column: String,
}

/// One page of an object's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The rows, in the source's order.
    pub rows: Vec<SourceRow>,
    /// Where to go on: JSON text that only the source understands. `None`: the object is read to its end.
    pub next: Option<String>,
    /// How many rows the source says the object has, where it says so.
    pub total: Option<u64>,
}

/// One row as the source sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// The source's key.
    pub id: String,
    /// The key of the parent row.
    pub parent: Option<String>,
    /// The place among its siblings, from 0; 0 for rows that have no order of their own.
    pub position: u32,
    /// The row's JSON text, verbatim.
    pub body: String,
}

impl fmt::Debug for SourceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceRow")
            .field("id", &self.id)
            .field("parent", &self.parent)
            .field("position", &self.position)
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .finish()
    }
}

/// A source system. Every kind is read in the same way: objects, then pages until `next` is `None`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Source {
    /// Dentally over HTTP.
    Dentally(Dentally),
    /// A folder of perio exams with a manifest.
    PerioDrop(PerioDrop),
    /// A practice's records as a folder of tables with a manifest.
    Tables(TableDrop),
    /// The JSON API of Practice by Numbers.
    NumbersApi(NumbersApi),
    /// PANDA Perio's SQL Server.
    Panda(Box<Panda>),
}

/// What stands in a table beside what odograft knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The object.
    pub object: String,
    /// The table's file.
    pub file: String,
    /// Rows without the header.
    pub rows: u64,
    /// Columns that the object's record does not name: they are carried along.
    pub surplus: Vec<String>,
    /// Columns that the record names and the table does not have.
    pub missing: Vec<String>,
    /// Lines of a report that were titles, totals or remarks below the header.
    pub skipped: u64,
}

impl Source {
    /// What people call the system.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dentally(_) => "Dentally",
            Self::PerioDrop(_) => "the perio drop",
            Self::Tables(drop) => drop.kind().name(),
            Self::NumbersApi(_) => "Practice by Numbers",
            Self::Panda(_) => "PANDA Perio",
        }
    }

    /// What this source offers, parents before children.
    pub fn objects(&self) -> Vec<ObjectSpec<'_>> {
        match self {
            Self::Dentally(dentally) => dentally.objects().to_vec(),
            Self::PerioDrop(drop) => drop.objects().to_vec(),
            Self::Tables(drop) => drop.objects(),
            Self::NumbersApi(api) => api.objects().to_vec(),
            Self::Panda(panda) => panda.objects().to_vec(),
        }
    }

    /// The page at the cursor; `None` is the first. Errors: [`SourceError`], after bounded retries where a retry can help.
    pub async fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        match self {
            Self::Dentally(dentally) => dentally.extract(object, cursor).await,
            Self::PerioDrop(drop) => drop.extract(object, cursor),
            Self::Tables(drop) => drop.extract(object, cursor),
            Self::NumbersApi(api) => api.extract(object, cursor).await,
            Self::Panda(panda) => panda.extract(object, cursor).await,
        }
    }

    /// What its tables hold beside what odograft knows of them; empty for a source that has no tables of its own making.
    pub fn notices(&self) -> Vec<Notice> {
        match self {
            Self::Tables(drop) => drop.notices(),
            Self::Dentally(_) | Self::PerioDrop(_) | Self::NumbersApi(_) | Self::Panda(_) => Vec::new(),
        }
    }

    /// The columns of its rows that hold handles for [`Source::open_file`].
    pub fn file_columns(&self) -> Vec<FileColumn> {
        match self {
            Self::Dentally(_) | Self::NumbersApi(_) => Vec::new(),
            Self::PerioDrop(drop) => drop.file_columns(),
            Self::Tables(drop) => drop.file_columns(),
            Self::Panda(panda) => panda.file_columns(),
        }
    }

    /// Opens the file that a row of this source names; each call opens it anew. No API has files.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn open_file(&self, handle: &str) -> Result<OpenFile, FileError> {
        match self {
            Self::Dentally(_) | Self::NumbersApi(_) => Err(FileError::NoFiles),
            Self::PerioDrop(drop) => drop.open_file(handle).await,
            Self::Tables(drop) => drop.open_file(handle).await,
            Self::Panda(panda) => panda.open_file(handle).await,
        }
    }
}
