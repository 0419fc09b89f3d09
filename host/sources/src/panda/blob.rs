//! What binary columns hold, as files that are read a piece at a time.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::client::Param;
use super::schema::{Column, Layouts, TableMap};
use super::server::Server;
use super::{statements, value};
use crate::open_file::{Parts, Pieces};
use crate::{FileError, OpenFile};

/// Before a handle's place. No path on Windows begins so.
pub(super) const PREFIX: &str = "blob:";

/// Bytes that are read at once.
const PART: i64 = 1 << 20;

/// The handle of what a row's column holds.
pub(super) fn handle(object: &str, column: &str, clinic: &str, key: &Param) -> String {
    format!("{PREFIX}{object}/{}/{clinic}/{}", escaped(column), key.text())
}

/// A column's name without the mark that parts a handle.
fn escaped(column: &str) -> String {
    column.replace('%', "%25").replace('/', "%2f")
}

/// Opens the column that a handle names, without its prefix.
pub(super) async fn open(
    server: &Arc<Server>,
    tables: &BTreeMap<&'static str, TableMap>,
    layouts: &[Layouts],
    place: &str,
) -> Result<OpenFile, FileError> {
    let gone = || FileError::Closed(io::ErrorKind::NotFound);
    let mut parts = place.splitn(4, '/');
    let (Some(object), Some(column), Some(clinic), Some(key)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(gone());
    };
    let database = server.options.databases.iter().position(|(_, own)| own == clinic).ok_or_else(gone)?;
    let (map, layout) = tables.get(object).zip(layouts[database].get(object)).ok_or_else(gone)?;
    let is_it = |own: &&Column| own.is_blob() && escaped(&own.own) == column;
    let column = &layout.columns.iter().find(is_it).ok_or_else(gone)?.own;
    let trusted = layout.stamp().filter(|_| server.options.overlap.is_some());
    let (statement, key) = (statements::length(map, column, trusted), Param::Text(key.to_owned()));
    let rows = server.query(database, object, &statement, std::slice::from_ref(&key)).await.map_err(Box::new)?;
    let length = rows.first().and_then(value::whole_number).ok_or_else(gone)?;
    let stamp = rows.first().filter(|_| trusted.is_some()).and_then(|row| value::word(row, 1));
    let blob = Blob {
        server: Arc::clone(server),
        database,
        object: object.to_owned(),
        statement: statements::part(map, column),
        key,
        from: 0,
        length,
    };
    Ok(OpenFile { length: u64::try_from(length).ok(), stamp, reader: Parts::of(blob) })
}

/// A column's content, read up to a byte.
struct Blob {
    server: Arc<Server>,
    database: usize,
    object: String,
    statement: String,
    key: Param,
    from: i64,
    length: i64,
}

impl Pieces for Blob {
    async fn next(mut self, _: Vec<u8>) -> io::Result<(Self, Vec<u8>)> {
        if self.from >= self.length {
            return Ok((self, Vec::new()));
        }
        let parameters = [Param::Int(self.from + 1), Param::Int(PART), self.key.clone()];
        let rows = self.server.query(self.database, &self.object, &self.statement, &parameters).await;
        let part = rows.map_err(io::Error::other)?.into_iter().next().and_then(value::bytes).unwrap_or_default();
        if part.is_empty() {
            // The row is gone, or its content is shorter than it was.
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        self.from += part.len() as i64;
        Ok((self, part))
    }
}
