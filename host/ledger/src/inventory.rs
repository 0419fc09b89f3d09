//! What is staged of an object, counted.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::Serialize;

use crate::error::Doing;
use crate::passes::count;
use crate::staging::IN_SOURCE;
use crate::{Ledger, LedgerError};

/// Sites that are told apart: no practice has more, and a column that is no site's might have one for each row.
const MOST_SITES: usize = 100;

/// What is staged of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// Rows that the source has.
    pub rows: u64,
    /// Rows that it had, and has no more.
    pub gone: u64,
    /// The newest stamp of a row, as the source writes it; none where no row has one.
    pub newest: Option<String>,
    /// By site, how many rows belong to it; empty where no row names one.
    pub sites: BTreeMap<String, u64>,
}

impl Ledger {
    /// Counts the rows of an object. `site` is the column that names a row's site, `stamp` the one with the moment of its last
    /// change; both are looked for in the rows' JSON, and left out where their names cannot be.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn inventory(&self, object: &str, site: Option<&str>, stamp: Option<&str>) -> Result<Inventory, LedgerError> {
        let doing = "count staged rows";
        let [site, stamp] = [site, stamp].map(|column| column.and_then(path));
        if site.is_none() && stamp.is_none() {
            let rows = format!("SELECT count(*) FROM staged WHERE object = ?1 AND {IN_SOURCE}");
            let rows = self.conn.query_row(&rows, [object], |row| row.get(0).map(count)).doing(doing)?;
            let gone = self.staged_count(object)?.saturating_sub(rows);
            return Ok(Inventory { rows, gone, ..Inventory::default() });
        }
        // A row that is nested beyond all measure is kept as it came, and is no JSON to SQLite.
        let sql = format!(
            "SELECT site, stamp, julianday(stamp) FROM (SELECT \
             CASE WHEN json_valid(body) THEN CAST(json_extract(body, ?2) AS TEXT) END AS site, \
             CASE WHEN json_valid(body) THEN CAST(json_extract(body, ?3) AS TEXT) END AS stamp \
             FROM staged WHERE object = ?1 AND {IN_SOURCE})"
        );
        let mut select = self.conn.prepare(&sql).doing(doing)?;
        let mut rows = select.query(params![object, site, stamp]).doing(doing)?;
        let (mut found, mut newest) = (Inventory::default(), f64::MIN);
        while let Some(row) = rows.next().doing(doing)? {
            found.rows += 1;
            if let Some(site) = row.get_ref(0).doing(doing)?.as_str().ok().filter(|site| !site.is_empty()) {
                let room = found.sites.len() < MOST_SITES;
                match found.sites.get_mut(site) {
                    Some(rows) => *rows += 1,
                    None if room => drop(found.sites.insert(site.to_owned(), 1)),
                    None => {}
                }
            }
            let moment: Option<f64> = row.get(2).doing(doing)?;
            if let Some(moment) = moment.filter(|moment| *moment > newest) {
                (newest, found.newest) = (moment, row.get(1).doing(doing)?);
            }
        }
        found.gone = self.staged_count(object)?.saturating_sub(found.rows);
        Ok(found)
    }
}

/// A column as a path of SQLite's; none for a name that cannot stand in one.
fn path(column: &str) -> Option<String> {
    (!column.contains(['"', '\\'])).then(|| format!("$.\"{column}\""))
}
