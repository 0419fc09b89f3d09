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

use std::collections::BTreeMap;
use std::fmt;

pub use dentally::{Dentally, DentallyOptions, Patience};
pub use drop::{DropKind, TableDrop};
pub use error::SourceError;
pub use numbers_api::{NumbersApi, NumbersApiOptions, NumbersProblem};
pub use open_file::{FileError, OpenFile, open_below};
pub use panda::{
    BROWSER_PORT, Conventions, Encryption, Panda, PandaError, PandaOptions, SchemaProblem, TableMap, Trust,
};
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

/// The columns of an object's rows that say where a row belongs and how new it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Names a row's site, clinic or location.
    pub site: Option<String>,
    /// Holds the moment of a row's last change, or of its making where the source has nothing better.
    pub stamp: Option<String>,
}

/// How an object's rows say when they were changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The member of the rows' bodies with the moment: text that sorts as moments do.
    pub stamp: &'static str,
    /// The source's own clock, written alike. A later stamp is a mistake.
    pub now: String,
}

/// One page of an object's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows, in the source's order.
    pub rows: Vec<SourceRow>,
    /// The keys of rows that are in the source as they were, where only changes are asked for.
    pub seen: Vec<String>,
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

impl Page {
    /// The one row in which a source says how its others are to be read.
    pub(crate) fn manifest(text: &str) -> Self {
        let row = SourceRow { id: "manifest".to_owned(), parent: None, position: 0, body: text.to_owned() };
        Self { rows: vec![row], total: Some(1), ..Self::default() }
    }
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
    /// The table's file; of a database, the table.
    pub file: String,
    /// Rows without the header, where they are counted.
    pub rows: Option<u64>,
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

    /// What is wrong where fewer rows of an object came than the source says that there are, each counted once; none where
    /// that is as it should be, or as the configuration allows.
    pub fn rows_missing(&self, object: &str, total: u64, count: u64) -> Option<SourceError> {
        let object = || object.to_owned();
        match self {
            _ if count >= total => None,
            Self::Dentally(dentally) if dentally.accepts_missing_rows() => None,
            Self::Dentally(_) => Some(SourceError::RowsMissing { object: object(), total, count }),
            Self::NumbersApi(_) => Some(NumbersProblem::Changing { object: object() }.into()),
            // Their tables are counted when they are opened.
            Self::PerioDrop(_) | Self::Tables(_) | Self::Panda(_) => None,
        }
    }

    /// What its tables hold beside what odograft knows of them; empty for a source that has no tables of its own making.
    pub fn notices(&self) -> Vec<Notice> {
        match self {
            Self::Tables(drop) => drop.notices(),
            Self::Panda(panda) => panda.notices(),
            Self::Dentally(_) | Self::PerioDrop(_) | Self::NumbersApi(_) => Vec::new(),
        }
    }

    /// Another text whenever an object's rows may come otherwise though nobody has changed them, such as under another
    /// configuration; none where rows do not say when they were changed.
    pub fn form(&self, object: &str) -> Option<&str> {
        match self {
            Self::Panda(panda) => panda.form(object),
            Self::Dentally(_) | Self::PerioDrop(_) | Self::Tables(_) | Self::NumbersApi(_) => None,
        }
    }

    /// How an object's rows say when they were changed; none where they do not, or where that is not to be trusted. Errors:
    /// as [`Source::extract`].
    pub async fn changes(&self, object: &str) -> Result<Option<Changes>, SourceError> {
        match self {
            Self::Panda(panda) => panda.changes(object).await,
            Self::Dentally(_) | Self::PerioDrop(_) | Self::Tables(_) | Self::NumbersApi(_) => Ok(None),
        }
    }

    /// The cursor of the first page with what has changed since the rows that are at hand. `newest` has their newest stamps,
    /// each by what stands before the first `/` of its rows' keys. Pages have changed rows whole and the keys of all others.
    ///
    /// Errors: [`SourceError::UnknownObject`], also for an object whose rows say nothing of changes.
    pub fn since(&self, object: &str, newest: &BTreeMap<String, String>) -> Result<String, SourceError> {
        match self {
            Self::Panda(panda) => panda.since(object, newest),
            Self::Dentally(_) | Self::PerioDrop(_) | Self::Tables(_) | Self::NumbersApi(_) => {
                Err(SourceError::UnknownObject {
                    object: object.to_owned(),
                    known: "none that tells changes".to_owned(),
                })
            }
        }
    }

    /// The columns that say where an object's rows belong and how new they are, as rows name them.
    pub fn marks(&self, object: &str) -> Marks {
        let (site, stamp) = match (self, object) {
            (Self::Dentally(_), "appointment") => (Some("practitioner_site_id"), Some("updated_at")),
            (Self::Dentally(_), _) => (Some("site_id"), Some("updated_at")),
            (Self::NumbersApi(_), _) => (Some("location_uuid"), Some("created_at")),
            (Self::Panda(panda), _) => (Some("clinic_id"), panda.stamp(object)),
            (Self::Tables(drop), "patient") => match drop.kind() {
                DropKind::DentOSoft => (Some("practice_id"), None),
                DropKind::PracticeByNumbers => (Some("location"), None),
                DropKind::DentallyFiles | DropKind::Tabular => (None, None),
            },
            (Self::Tables(_) | Self::PerioDrop(_), _) => (None, None),
        };
        Marks { site: site.map(str::to_owned), stamp: stamp.map(str::to_owned) }
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
