//! PANDA Perio's database: SQL Server, read page by page in the order of each table's key.
//!
//! Its schema is not public. Table and column names are configured, with placeholders as defaults, and checked against
//! `INFORMATION_SCHEMA` before a row is read. Several databases are read one after another; every row carries its clinic,
//! and every key is `clinic/number`, since numbers repeat from one database to the next.
//!
//! What is read is consistent page by page: a row that changes while the table is read comes as it was or as it is, once.

mod blob;
mod browser;
mod client;
mod letters;
mod objects;
mod options;
mod problem;
mod read;
mod schema;
mod server;
mod statements;
mod value;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde_json::json;

pub use browser::BROWSER_PORT;
pub use options::{Conventions, Encryption, PandaOptions, Trust};
pub use problem::{PandaError, SchemaProblem};
pub use schema::TableMap;

use self::client::Connection;
use self::letters::Letters;
use self::objects::{Above, CLINIC, Holds, MODIFIED, OBJECTS, Object};
use self::read::Mark;
use self::schema::Layouts;
use self::server::Server;
use crate::{Changes, FileColumn, FileError, Notice, ObjectSpec, OpenFile, Page, SourceError, SourceRow, open_below};

/// The object that says how texts and moments are to be read.
const MANIFEST: &str = "panda-manifest";

/// The object that says how exams are to be read.
const PERIO_MANIFEST: &str = "perio-manifest";

/// The object with a row for each database.
const CLINICS: &str = "clinic";

/// The object whose rows may be files, too.
const LETTERS: &str = "letter-template";

/// A practice's PANDA Perio.
#[derive(Debug)]
pub struct Panda {
    objects: Vec<ObjectSpec<'static>>,
    tables: BTreeMap<&'static str, TableMap>,
    /// How the tables of each database are read, in the order of the configuration.
    layouts: Vec<Layouts>,
    /// By object with a table, another text whenever rows may come otherwise though nobody has changed them.
    forms: BTreeMap<&'static str, String>,
    share: Option<Dir>,
    letters: Option<Letters>,
    server: Arc<Server>,
}

impl Panda {
    /// Connects to every database and checks that it has the configured tables and columns.
    ///
    /// Errors: [`SourceError::Panda`], with all that is missing together.
    pub async fn open(options: PandaOptions) -> Result<Self, SourceError> {
        let tables = schema::tables(&options.tables)?;
        options.check(tables.contains_key("exam"))?;
        let (share, letters) = folders(&options)?;
        if share.is_none() && tables.values().any(|map| !map.attachments.is_empty()) {
            let hint = "give the folder that the paths under `attachments` begin at";
            return Err(PandaError::Option { option: "share", hint }.into());
        }
        let (mut layouts, mut problems) = (Vec::new(), Vec::new());
        for (database, _) in &options.databases {
            let mut connection = Connection::open(&options, database).await?;
            layouts.push(schema::check(database, &tables, &connection.columns().await?, &mut problems));
        }
        if !problems.is_empty() {
            return Err(PandaError::Schema { problems }.into());
        }
        let read = |object: &&Object| tables.contains_key(object.name) || object.name == LETTERS && letters.is_some();
        let objects: Vec<&Object> = OBJECTS.iter().filter(read).collect();
        let forms = objects.iter().map(|object| {
            let layouts: Vec<_> = layouts.iter().map(|layouts| layouts.get(object.name)).collect();
            let folder = letters.as_ref().filter(|_| object.name == LETTERS).map(Letters::folder);
            let place = (&options.host, &options.instance, options.port, &options.databases);
            let form = format!("{place:?} {:?} {layouts:?} {folder:?}", tables.get(object.name));
            (object.name, blake3::hash(form.as_bytes()).to_hex()[..16].to_owned())
        });
        let (forms, said) = (forms.collect(), said(tables.contains_key("exam")));
        let specs = objects.iter().map(|object| ObjectSpec { name: object.name, parent: parent(object) });
        let objects = said.into_iter().map(|name| ObjectSpec { name, parent: None }).chain(specs).collect();
        Ok(Self { objects, tables, layouts, forms, share, letters, server: Arc::new(Server::of(options)) })
    }

    /// By object, the columns that the configuration can name, beside `key`, `parent` and `modified`; and before them the
    /// members that these are called in rows, and `clinic_id`.
    pub fn columns() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        OBJECTS.iter().map(|object| {
            let parent = match object.above {
                Above::Row { member, .. } => Some(member),
                _ => None,
            };
            let keys = [object.key.0, MODIFIED.0, CLINIC].into_iter().chain(parent);
            (object.name, keys.chain(object.members.iter().map(|member| member.name)).collect())
        })
    }

    /// What the databases offer, parents first.
    pub fn objects(&self) -> &[ObjectSpec<'_>] {
        &self.objects
    }

    /// The page at the cursor, of up to 1,000 rows of one database. The body of a row is a JSON object of its columns under
    /// odograft's names where they are mapped, and of its clinic's tag as `clinic_id`. Keys, the row's own and those of rows
    /// that it refers to, are `clinic/number`. Exact numbers have all digits, moments have no zone, and a binary column is
    /// the handle of its content for [`Panda::open_file`] and, behind it, its length.
    pub async fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        if let Some(rows) = self.said(object) {
            return Ok(Page { rows, ..Page::default() });
        }
        let (object, form) = self.object(object)?;
        let bad_cursor = || SourceError::BadCursor { object: object.name.to_owned() };
        let from_the_start = || Mark { form: form.to_owned(), ..Mark::default() };
        let mark = match cursor {
            Some(text) => serde_json::from_str(text).map_err(|_| bad_cursor())?,
            None => from_the_start(),
        };
        // Another configuration reads other rows, and rows otherwise: what was read is read again.
        let mark = if mark.form == *form { mark } else { from_the_start() };
        let (page, next) = self.page(object, mark).await?;
        Ok(Page { next: next.map(|mark| mark.text(object.name)).transpose()?, ..page })
    }

    /// Another text whenever rows of an object may come otherwise though nobody has changed them; none where rows do not say
    /// when they were changed.
    pub fn form(&self, object: &str) -> Option<&str> {
        self.forms.get(object).filter(|_| self.stamp(object).is_some()).map(String::as_str)
    }

    /// How rows say when they were changed; none where they do not, or where the configuration does not trust them.
    pub async fn changes(&self, object: &str) -> Result<Option<Changes>, SourceError> {
        if self.server.options.overlap.is_none() || self.form(object).is_none() {
            return Ok(None);
        }
        let rows = self.server.query(0, object, statements::NOW, &[]).await?;
        let now = rows.first().and_then(|row| value::word(row, 0));
        Ok(now.map(|now| Changes { stamp: MODIFIED.0, now }))
    }

    /// The cursor from which [`Panda::extract`] gives what has changed: rows whose stamp lies no further behind their
    /// clinic's newest than the overlap, rows without a stamp, and of all others that they are there. A clinic without a
    /// newest stamp is read whole.
    pub fn since(&self, object: &str, newest: &BTreeMap<String, String>) -> Result<String, SourceError> {
        let (object, form) = self.object(object)?;
        let overlap = SignedDuration::try_from(self.server.options.overlap.unwrap_or_default()).unwrap_or_default();
        let before = |stamp: &String| {
            let moment: DateTime = stamp.parse().ok()?;
            let since = moment.checked_sub(overlap).ok()?;
            Some(since.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string())
        };
        let since = newest.iter().filter_map(|(clinic, stamp)| Some((clinic.clone(), before(stamp)?)));
        Mark { form: form.to_owned(), since: since.collect(), ..Mark::default() }.text(object.name)
    }

    /// Columns of the tables that no name of odograft's stands for, and names without a column.
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (layouts, (database, _)) in std::iter::zip(&self.layouts, &self.server.options.databases) {
            for (object, layout) in layouts {
                let surplus = layout.columns.iter().filter(|column| column.surplus).map(|column| column.own.clone());
                notices.push(Notice {
                    object: (*object).to_owned(),
                    file: format!("{database}.{}", self.tables[object].table),
                    rows: None,
                    surplus: surplus.collect(),
                    missing: layout.missing.clone(),
                    skipped: 0,
                });
            }
        }
        notices
    }

    /// The binary columns of every database, and those with paths: the configured ones and, where there is a share, those
    /// that are mapped to a path.
    pub fn file_columns(&self) -> Vec<FileColumn> {
        let mut found = BTreeSet::new();
        for (object, layout) in self.layouts.iter().flatten() {
            let configured = &self.tables[object].attachments;
            for column in &layout.columns {
                let path = column.members.iter().any(|(_, holds)| *holds == Holds::Path) && self.share.is_some();
                if path || column.is_blob() || configured.iter().any(|own| own.eq_ignore_ascii_case(&column.own)) {
                    found.insert((*object, column.shown().to_owned()));
                }
            }
        }
        if self.letters.is_some() {
            found.insert((LETTERS, "path".to_owned()));
        }
        found.into_iter().map(|(object, column)| FileColumn { object: object.to_owned(), column }).collect()
    }

    /// The member with the moment of a row's last change; none where a database's table has no such column.
    pub(crate) fn stamp(&self, object: &str) -> Option<&'static str> {
        let stamped = |own: &schema::Layout| own.stamp().is_some();
        self.layouts.iter().all(|layouts| layouts.get(object).is_some_and(stamped)).then_some(MODIFIED.0)
    }

    /// Opens a file that a row names: one that the row itself holds, or one of the share; no path and no link leads out of
    /// that.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn open_file(&self, handle: &str) -> Result<OpenFile, FileError> {
        match (handle.strip_prefix(blob::PREFIX), &self.share) {
            (Some(place), _) => blob::open(&self.server, &self.tables, &self.layouts, place).await,
            (None, Some(share)) => open_below(share, handle).await,
            (None, None) => Err(FileError::NoFiles),
        }
    }

    /// The rows of an object that the configuration says and no table.
    fn said(&self, object: &str) -> Option<Vec<SourceRow>> {
        let options = &self.server.options;
        let row = |id: &str, body: String| SourceRow { id: id.to_owned(), parent: None, position: 0, body };
        if !self.objects.iter().any(|spec| spec.name == object) {
            return None;
        }
        match object {
            MANIFEST => Some(vec![row("manifest", options.conventions.manifest())]),
            PERIO_MANIFEST => Some(vec![row("manifest", options.conventions.perio_manifest())]),
            CLINICS => {
                let clinics = options.databases.iter();
                Some(clinics.map(|(_, clinic)| row(clinic, json!({ "id": clinic }).to_string())).collect())
            }
            _ => None,
        }
    }

    /// An object with a table, and its form.
    fn object(&self, object: &str) -> Result<(&'static Object, &String), SourceError> {
        let known = OBJECTS.iter().find(|own| own.name == object);
        known.zip(self.forms.get(object)).ok_or_else(|| SourceError::UnknownObject {
            object: object.to_owned(),
            known: self.objects.iter().map(|spec| format!("`{}`", spec.name)).collect::<Vec<_>>().join(", "),
        })
    }
}

/// The objects without a table.
fn said(exams: bool) -> Vec<&'static str> {
    if exams { vec![MANIFEST, PERIO_MANIFEST, CLINICS] } else { vec![MANIFEST, CLINICS] }
}

/// The object whose ids the rows' parents are.
fn parent(object: &Object) -> Option<&'static str> {
    match object.above {
        Above::Nothing => None,
        Above::Clinic => Some(CLINICS),
        Above::Row { object, .. } => Some(object),
    }
}

/// The share, and the folder of letters in it.
fn folders(options: &PandaOptions) -> Result<(Option<Dir>, Option<Letters>), SourceError> {
    let bad = |option, hint| {
        move |error: std::io::Error| SourceError::BadOption { option, reason: error.kind().to_string(), hint }
    };
    let share = match &options.share {
        None => None,
        Some(root) => {
            let hint = "give the folder that the paths in the databases begin at";
            Some(Dir::open_ambient_dir(root, ambient_authority()).map_err(bad("share", hint))?)
        }
    };
    let letters = match (&options.letters, &share) {
        (None, _) => None,
        (Some(_), None) => {
            let hint = "give the folder that `letters` lies in";
            return Err(PandaError::Option { option: "share", hint }.into());
        }
        (Some(folder), Some(share)) => {
            let hint = "give a folder below the share that may be read";
            Some(Letters::open(share, folder).map_err(bad("letters", hint))?)
        }
    };
    Ok((share, letters))
}
