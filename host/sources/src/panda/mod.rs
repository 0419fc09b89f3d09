//! PANDA Perio's database: SQL Server, read page by page in the order of each table's key.
//!
//! Its schema is not public. Table and column names are configured, with placeholders as defaults, and checked against
//! `INFORMATION_SCHEMA` before a row is read. Several databases are read one after another; every row carries its clinic.
//!
//! What is read is consistent page by page: a row that changes while the table is read comes as it was or as it is, once.

mod client;
mod problem;
mod schema;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

pub use problem::{PandaError, SchemaProblem};
pub use schema::TableMap;

use self::client::{Connection, Param};
use crate::{ObjectSpec, Page, SourceError, SourceRow};

/// Rows of a page.
const PAGE_ROWS: i64 = 1_000;

/// Bytes of a binary column that are read at once.
const PART: i64 = 1 << 20;

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
    Authority(std::path::PathBuf),
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
}

/// A practice's PANDA Perio.
#[derive(Debug)]
pub struct Panda {
    options: PandaOptions,
    objects: Vec<ObjectSpec>,
    tables: BTreeMap<&'static str, TableMap>,
    /// The connection of the last page, and its database.
    open: Mutex<Option<(usize, Connection)>>,
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
        let mut tables = schema::tables(&options.tables)?;
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
        let mut problems = Vec::new();
        for (database, _) in &options.databases {
            let mut connection = Connection::open(&options, database).await?;
            let columns = connection.columns().await?;
            schema::check(database, &mut tables, &columns, &mut problems);
        }
        if !problems.is_empty() {
            return Err(PandaError::Schema { problems }.into());
        }
        let spec = |object: &&schema::Object| ObjectSpec { name: object.name, parent: object.parent };
        let objects = schema::OBJECTS.iter().filter(|object| tables.contains_key(object.name)).collect::<Vec<_>>();
        Ok(Self { objects: objects.iter().map(spec).collect(), options, tables, open: Mutex::default() })
    }

    /// What the databases offer, parents first.
    pub fn objects(&self) -> &[ObjectSpec] {
        &self.objects
    }

    /// The page at the cursor, of up to 1,000 rows of one database. The body of a row is a JSON object of its columns under
    /// odograft's names where they are mapped, and of its clinic's tag as `clinic_id`. Exact numbers have all digits,
    /// moments have no zone, binary columns are left out ([`Panda::read_blob`]).
    pub async fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        let table = self.table(object)?;
        let bad_cursor = || SourceError::BadCursor { object: object.to_owned() };
        let mark: Mark = match cursor {
            Some(text) => serde_json::from_str(text).map_err(|_| bad_cursor())?,
            None => Mark { name: self.options.databases[0].0.clone(), ..Mark::default() },
        };
        let (name, clinic) = self.options.databases.get(mark.database).ok_or_else(bad_cursor)?;
        if *name != mark.name {
            return Err(bad_cursor());
        }
        let (statement, parameters) =
            schema::page(table, PAGE_ROWS, mark.after.as_ref(), self.options.changed_since.as_deref());
        let rows = self.query(mark.database, object, &statement, &parameters).await?;
        let mut page = Page { rows: Vec::with_capacity(rows.len()), next: None, total: None };
        let mut after = None;
        for row in &rows {
            let key = value::key(row, &table.key).ok_or_else(|| PandaError::Key { object: object.to_owned() })?;
            let (parent, body) = value::body(row, table, clinic);
            let id = format!("{clinic}/{}", key.text());
            page.rows.push(SourceRow {
                id,
                parent: parent.map(|parent| format!("{clinic}/{parent}")),
                position: 0,
                body,
            });
            after = Some(key);
        }
        let next = if rows.len() as i64 == PAGE_ROWS {
            Some(Mark { after, ..mark })
        } else {
            let next = self.options.databases.get(mark.database + 1);
            next.map(|(name, _)| Mark { database: mark.database + 1, name: name.clone(), after: None })
        };
        page.next = next.map(|mark| serde_json::to_string(&mark)).transpose().map_err(|_| bad_cursor())?;
        Ok(page)
    }

    /// Copies a binary column of one row into `out`, a piece at a time. `id` is the row's in staging. Returns how many bytes
    /// there are and their blake3 digest; `None` where the column is null or the row is gone.
    pub async fn read_blob(
        &self,
        object: &str,
        id: &str,
        column: &str,
        out: &mut (dyn Write + Send),
    ) -> Result<Option<(u64, String)>, SourceError> {
        let table = self.table(object)?;
        let broken = |reason: String| PandaError::Copy { object: object.to_owned(), reason };
        let (clinic, key) = id.split_once('/').ok_or_else(|| broken("the row's id has no clinic".to_owned()))?;
        let database = self.options.databases.iter().position(|(_, own)| own == clinic);
        let database = database.ok_or_else(|| broken("the row's clinic is not configured".to_owned()))?;
        let mut hasher = blake3::Hasher::new();
        let mut from = 1_i64;
        loop {
            let statement = schema::part(table, column);
            let parameters = [Param::Int(from), Param::Int(PART), Param::Text(key.to_owned())];
            let rows = self.query(database, object, &statement, &parameters).await?;
            let Some(part) = rows.first().and_then(value::bytes) else { return Ok(None) };
            out.write_all(part).map_err(|error| broken(error.to_string()))?;
            hasher.update(part);
            from += part.len() as i64;
            if (part.len() as i64) < PART {
                return Ok(Some((from as u64 - 1, hasher.finalize().to_hex().to_string())));
            }
        }
    }

    fn table(&self, object: &str) -> Result<&TableMap, SourceError> {
        self.tables.get(object).ok_or_else(|| SourceError::UnknownObject {
            object: object.to_owned(),
            known: self.objects.iter().map(|spec| format!("`{}`", spec.name)).collect::<Vec<_>>().join(", "),
        })
    }

    /// Runs a statement; where the connection breaks, once more over a new one. Nothing that is read changes anything.
    async fn query(
        &self,
        database: usize,
        object: &str,
        statement: &str,
        parameters: &[Param],
    ) -> Result<Vec<tiberius::Row>, SourceError> {
        const ATTEMPTS: usize = 4;
        let mut open = self.open.lock().await;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let read = async {
                if open.as_ref().is_none_or(|(own, _)| *own != database) {
                    let name = &self.options.databases[database].0;
                    *open = Some((database, Connection::open(&self.options, name).await?));
                }
                match open.as_mut() {
                    Some((_, connection)) => connection.query(object, statement, parameters).await,
                    None => Err(PandaError::Closed { object: object.to_owned() }),
                }
            };
            match read.await {
                Ok(rows) => return Ok(rows),
                Err(error) if error.may_pass() && attempt < ATTEMPTS => {
                    // The session is in an unknown state.
                    *open = None;
                    tracing::info!(object, attempt, "reading once more over a new connection");
                    tokio::time::sleep(Duration::from_millis(100) * 4_u32.pow(attempt as u32 - 1)).await;
                }
                Err(error) => {
                    *open = None;
                    return Err(error.into());
                }
            }
        }
    }
}
