//! Pages of rows, and cursors between them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tiberius::Row;

use super::client::Param;
use super::objects::{Above, Object};
use super::schema::{Layout, TableMap};
use super::{Panda, PandaError, blob, statements, value};
use crate::{Page, SourceError, SourceRow};

/// Rows of a page.
const PAGE_ROWS: i64 = 1_000;

/// Where the reading of an object stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    /// How the object was read when the reading began.
    pub(super) form: String,
    /// The database's place in the configuration; behind the last of them, the folder of letters.
    pub(super) database: usize,
    /// The last key that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<Param>,
    /// By clinic, the moment since which changes are read; a clinic without one is read whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) since: BTreeMap<String, String>,
}

impl Mark {
    pub(super) fn text(&self, object: &str) -> Result<String, SourceError> {
        serde_json::to_string(self).map_err(|_| SourceError::BadCursor { object: object.to_owned() })
    }
}

/// A table of one database, as it is read from a mark on.
struct Table<'p> {
    panda: &'p Panda,
    object: &'static Object,
    map: &'p TableMap,
    layout: &'p Layout,
    database: usize,
    clinic: &'p str,
}

impl Panda {
    /// The page of a table at a mark, and the mark behind it.
    pub(super) async fn page(&self, object: &'static Object, mark: Mark) -> Result<(Page, Option<Mark>), SourceError> {
        let databases = &self.server.options.databases;
        let Some((_, clinic)) = databases.get(mark.database) else { return self.letters(mark).await };
        let known = self.tables.get(object.name).zip(self.layouts[mark.database].get(object.name));
        let Some((map, layout)) = known else { return Ok((Page::default(), self.next_database(object, mark))) };
        let table = Table { panda: self, object, map, layout, database: mark.database, clinic };
        let (page, last) = match (mark.since.get(clinic), layout.stamp()) {
            (Some(since), Some(stamp)) => table.changes(stamp, since, mark.after.as_ref()).await?,
            _ => table.whole(mark.after.as_ref()).await?,
        };
        let next = match last {
            Some(last) => Some(Mark { after: Some(last), ..mark }),
            None => self.next_database(object, mark),
        };
        Ok((page, next))
    }

    fn next_database(&self, object: &Object, mark: Mark) -> Option<Mark> {
        let next = Mark { database: mark.database + 1, after: None, ..mark };
        let letters = object.name == "letter-template" && self.letters.is_some();
        (next.database < self.server.options.databases.len() + usize::from(letters)).then_some(next)
    }

    /// The letters of the folder, which lie behind those of the databases.
    async fn letters(&self, mark: Mark) -> Result<(Page, Option<Mark>), SourceError> {
        let Some(letters) = &self.letters else { return Ok((Page::default(), None)) };
        let after = match &mark.after {
            Some(Param::Text(path)) => Some(path.as_str()),
            _ => None,
        };
        let (rows, more) = letters.page(after).await?;
        let last = rows.last().map(|row| Param::Text(row.id.trim_start_matches('/').to_owned()));
        Ok((Page { rows, ..Page::default() }, more.then_some(Mark { after: last, ..mark })))
    }
}

impl Table<'_> {
    /// The next rows behind a key, and the last one's key where there are more.
    async fn whole(&self, after: Option<&Param>) -> Result<(Page, Option<Param>), SourceError> {
        // One row more than the page: whether there is another page, and whether its first key is another.
        let (statement, parameters) = statements::page(self.map, self.layout, PAGE_ROWS + 1, after);
        let rows = self.query(&statement, &parameters).await?;
        let (keys, more) = self.keys(&rows, after)?;
        let rows = std::iter::zip(&rows, &keys).map(|(row, key)| self.row(row, key)).collect();
        Ok((Page { rows, ..Page::default() }, keys.into_iter().next_back().filter(|_| more)))
    }

    /// The keys behind a key, and of these the rows that have changed.
    async fn changes(
        &self,
        stamp: &str,
        since: &str,
        after: Option<&Param>,
    ) -> Result<(Page, Option<Param>), SourceError> {
        let (statement, parameters) = statements::keys(self.map, PAGE_ROWS + 1, after);
        let (keys, more) = self.keys(&self.query(&statement, &parameters).await?, after)?;
        let Some(last) = keys.last() else { return Ok((Page::default(), None)) };
        let (statement, parameters) = statements::changed(self.map, self.layout, stamp, since, after, last);
        let mut page = Page::default();
        for row in &self.query(&statement, &parameters).await? {
            page.rows.push(self.row(row, &self.key(row)?));
        }
        let changed: BTreeSet<&str> = page.rows.iter().map(|row| row.id.as_str()).collect();
        let ids = keys.iter().map(|key| self.id(key)).filter(|id| !changed.contains(id.as_str()));
        page.seen = ids.collect();
        Ok((page, keys.into_iter().next_back().filter(|_| more)))
    }

    async fn query(&self, statement: &str, parameters: &[Param]) -> Result<Vec<Row>, SourceError> {
        self.panda.server.query(self.database, self.object.name, statement, parameters).await
    }

    fn key(&self, row: &Row) -> Result<Param, PandaError> {
        value::key(row, &self.map.key).ok_or_else(|| PandaError::Key { object: self.object.name.to_owned() })
    }

    /// The keys of a page's rows, and whether there is a row behind them. They must come in order, none of them twice.
    fn keys(&self, rows: &[Row], after: Option<&Param>) -> Result<(Vec<Param>, bool), PandaError> {
        let mut keys: Vec<Param> = Vec::with_capacity(rows.len());
        for row in rows {
            let key = self.key(row)?;
            if keys.last().or(after).is_some_and(|before| !key.may_follow(before)) {
                return Err(PandaError::Order { object: self.object.name.to_owned() });
            }
            keys.push(key);
        }
        let more = keys.len() as i64 > PAGE_ROWS;
        if more {
            keys.pop();
        }
        Ok((keys, more))
    }

    fn id(&self, key: &Param) -> String {
        format!("{}/{}", self.clinic, key.text().trim_end())
    }

    fn row(&self, row: &Row, key: &Param) -> SourceRow {
        let file = |column: &super::schema::Column| {
            column.is_blob().then(|| blob::handle(self.object.name, &column.own, self.clinic, key))
        };
        let (parent, body) = value::body(row, self.layout, self.clinic, &file);
        let parent = match self.object.above {
            Above::Clinic => Some(self.clinic.to_owned()),
            _ => parent.map(|parent| format!("{}/{parent}", self.clinic)),
        };
        SourceRow { id: self.id(key), parent, position: 0, body }
    }
}
