//! PANDA Perio's database: SQL Server, read page by page in the order of each table's key.
//!
//! Its schema is not public. Table and column names are configured, with placeholders as defaults, and checked against
//! `INFORMATION_SCHEMA` before a row is read. Several databases are read one after another; every row carries its clinic.
//!
//! What is read is consistent page by page: a row that changes while the table is read comes as it was or as it is, once.

mod blob;
mod client;
mod problem;
mod schema;
mod server;
mod value;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use problem::{PandaError, SchemaProblem};
pub use schema::TableMap;

use self::client::{Connection, Param};
use self::schema::Columns;
use self::server::Server;
use crate::{FileColumn, FileError, ObjectSpec, OpenFile, Page, SourceError, SourceRow, open_below};

/// Rows of a page.
const PAGE_ROWS: i64 = 1_000;

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// All of it; the connection fails where the server cannot.
    #[default]
    Required,
    /// The log-in only.
    LoginOnly,
    /// Nothing; a server that insists on it is still followed.
    None,
}

/// Which certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// Those of the system's certificate authorities.
    #[default]
    System,
    /// Those of the authority in this file (PEM or DER).
    Authority(PathBuf),
    /// Any. SQL Server makes itself a certificate that nobody has signed; on a network that others share, this protects
    /// against nobody who can answer in the server's place.
    Any,
}

/// How to reach the databases and what their tables are called.
#[derive(Debug, Clone)]
pub struct PandaOptions {
    /// The server's name or address.
    pub host: String,
    /// Its TCP port; 1433 by default.
    pub port: u16,
    /// The log-in, which needs to read only.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// The databases, each with the clinic's tag that its rows carry.
    pub databases: Vec<(String, String)>,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// Which certificates are trusted.
    pub trust: Trust,
    /// How long the server may be silent.
    pub timeout: Duration,
    /// Tables by object, where they differ from the defaults. `None`: the databases do not have the table.
    pub tables: BTreeMap<String, Option<TableMap>>,
    /// Rows that were changed at this moment or later, `2026-03-14T00:00:00.000` by the server's clock, of the tables that
    /// have a column for it; all rows where it is `None`. Take it earlier than the newest stamp that was read: a transaction
    /// that was open then has stamped its rows with earlier moments.
    pub changed_since: Option<String>,
    /// The folder that the paths in the databases begin at.
    pub share: Option<PathBuf>,
}

/// A practice's PANDA Perio.
#[derive(Debug)]
pub struct Panda {
    objects: Vec<ObjectSpec<'static>>,
    tables: BTreeMap<&'static str, TableMap>,
    /// What each database has, in the order of the configuration.
    columns: Vec<Columns>,
    share: Option<Dir>,
    server: Arc<Server>,
}

/// Where the reading of a table stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// The database's place in the configuration, and its name.
    database: usize,
    name: String,
    /// The last key that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Param>,
}

impl Panda {
    /// Connects to every database and checks that it has the configured tables and columns.
    ///
    /// Errors: [`SourceError::Panda`], with all that is missing together.
    pub async fn open(options: PandaOptions) -> Result<Self, SourceError> {
        let tables = schema::tables(&options.tables)?;
        if options.databases.is_empty() {
            return Err(PandaError::Option { option: "databases", hint: "name at least one database" }.into());
        }
        for (at, (_, clinic)) in options.databases.iter().enumerate() {
            let twice = options.databases[..at].iter().any(|(_, other)| other == clinic);
            if clinic.is_empty() || clinic.contains('/') || twice {
                let hint = "each database needs a clinic's tag of its own, without `/`: patient numbers repeat from one to the next";
                return Err(PandaError::Option { option: "clinic", hint }.into());
            }
        }
        let share = match &options.share {
            None => None,
            Some(root) => Some(Dir::open_ambient_dir(root, ambient_authority()).map_err(|error| {
                let hint = "give the folder that the paths in the databases begin at";
                SourceError::BadOption { option: "share", reason: error.kind().to_string(), hint }
            })?),
        };
        if share.is_none() && tables.values().any(|map| !map.attachments.is_empty()) {
            let hint = "give the folder that the paths under `attachments` begin at";
            return Err(PandaError::Option { option: "share", hint }.into());
        }
        let (mut columns, mut problems) = (Vec::new(), Vec::new());
        for (database, _) in &options.databases {
            let mut connection = Connection::open(&options, database).await?;
            columns.push(schema::check(database, &tables, &connection.columns().await?, &mut problems));
        }
        if !problems.is_empty() {
            return Err(PandaError::Schema { problems }.into());
        }
        let spec = |object: &&schema::Object| ObjectSpec { name: object.name, parent: object.parent };
        let objects = schema::OBJECTS.iter().filter(|object| tables.contains_key(object.name)).collect::<Vec<_>>();
        let objects = objects.iter().map(spec).collect();
        Ok(Self { objects, tables, columns, share, server: Arc::new(Server::of(options)) })
    }

    /// What the databases offer, parents first.
    pub fn objects(&self) -> &[ObjectSpec<'_>] {
        &self.objects
    }

    /// The page at the cursor, of up to 1,000 rows of one database. The body of a row is a JSON object of its columns under
    /// odograft's names where they are mapped, and of its clinic's tag as `clinic_id`. Exact numbers have all digits,
    /// moments have no zone, and a binary column is the handle of its content for [`Panda::open_file`].
    pub async fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        let table = self.table(object)?;
        let bad_cursor = || SourceError::BadCursor { object: object.to_owned() };
        let mark: Mark = match cursor {
            Some(text) => serde_json::from_str(text).map_err(|_| bad_cursor())?,
            None => Mark { name: self.server.options.databases[0].0.clone(), ..Mark::default() },
        };
        let (name, clinic) = self.server.options.databases.get(mark.database).ok_or_else(bad_cursor)?;
        if *name != mark.name {
            return Err(bad_cursor());
        }
        let since = self.server.options.changed_since.as_deref();
        let columns = self.columns.get(mark.database).and_then(|columns| columns.get(object)).ok_or_else(bad_cursor)?;
        // One row more than the page: whether there is another page, and whether its first key is another.
        let (statement, parameters) = schema::page(table, columns, PAGE_ROWS + 1, mark.after.as_ref(), since);
        let rows = self.server.query(mark.database, object, &statement, &parameters).await?;
        let mut page = Page { rows: Vec::with_capacity(rows.len()), next: None, total: None };
        let mut after = mark.after.clone();
        for row in &rows {
            let key = value::key(row, &table.key).ok_or_else(|| PandaError::Key { object: object.to_owned() })?;
            if after.as_ref().is_some_and(|after| !key.may_follow(after)) {
                return Err(PandaError::Order { object: object.to_owned() }.into());
            }
            if page.rows.len() as i64 == PAGE_ROWS {
                break;
            }
            let blob = |column: &str| columns.iter().any(|(own, kind)| own == column && schema::is_blob(kind));
            let file = |column: &str| blob(column).then(|| blob::handle(object, column, clinic, &key));
            let (parent, body) = value::body(row, table, clinic, &file);
            let id = format!("{clinic}/{}", key.text());
            page.rows.push(SourceRow {
                id,
                parent: parent.map(|parent| format!("{clinic}/{parent}")),
                position: 0,
                body,
            });
            after = Some(key);
        }
        let next = if rows.len() as i64 > PAGE_ROWS {
            Some(Mark { after, ..mark })
        } else {
            let next = self.server.options.databases.get(mark.database + 1);
            next.map(|(name, _)| Mark { database: mark.database + 1, name: name.clone(), after: None })
        };
        page.next = next.map(|mark| serde_json::to_string(&mark)).transpose().map_err(|_| bad_cursor())?;
        Ok(page)
    }

    /// The binary columns of every database, and the configured ones with paths.
    pub fn file_columns(&self) -> Vec<FileColumn> {
        let mut found = BTreeSet::new();
        for (object, map) in &self.tables {
            let known = self.columns.iter().filter_map(|columns| columns.get(object)).flatten();
            let binary = known.filter(|(_, kind)| schema::is_blob(kind)).map(|(column, _)| column);
            found.extend(binary.map(|column| (*object, map.shown(column))));
            // By the database's own spelling, which rows have.
            let spelled = |wanted: &str| {
                let mut known = self.columns.iter().filter_map(|columns| columns.get(object)).flatten();
                known.find(|(own, _)| own.eq_ignore_ascii_case(wanted)).map(|(own, _)| map.shown(own))
            };
            found.extend(map.attachments.iter().filter_map(|wanted| Some((*object, spelled(wanted)?))));
        }
        found
            .into_iter()
            .map(|(object, column)| FileColumn { object: object.to_owned(), column: column.to_owned() })
            .collect()
    }

    /// Opens a file that a row names: one that the row itself holds, or one of the share; no path and no link leads out of
    /// that.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn open_file(&self, handle: &str) -> Result<OpenFile, FileError> {
        match (handle.strip_prefix(blob::PREFIX), &self.share) {
            (Some(place), _) => blob::open(&self.server, &self.tables, &self.columns, place).await,
            (None, Some(share)) => open_below(share, handle).await,
            (None, None) => Err(FileError::NoFiles),
        }
    }

    fn table(&self, object: &str) -> Result<&TableMap, SourceError> {
        self.tables.get(object).ok_or_else(|| SourceError::UnknownObject {
            object: object.to_owned(),
            known: self.objects.iter().map(|spec| format!("`{}`", spec.name)).collect::<Vec<_>>().join(", "),
        })
    }
}
