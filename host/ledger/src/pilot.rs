//! The pilot: which records are loaded before all others.

use std::collections::BTreeMap;

use rusqlite::params;

use crate::error::Doing;
use crate::{Ledger, LedgerError};

impl Ledger {
    /// Keeps these records as the pilot's, in place of those there were, in one transaction.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn set_pilot(&mut self, rowids: &[i64]) -> Result<(), LedgerError> {
        let doing = "keep the pilot's records";
        let tx = self.transaction(doing)?;
        tx.execute("DELETE FROM pilot", []).doing(doing)?;
        for rowid in rowids {
            tx.prepare_cached("INSERT OR IGNORE INTO pilot (record) VALUES (?1)")
                .and_then(|mut put| put.execute(params![rowid]))
                .doing(doing)?;
        }
        tx.commit().doing(doing)
    }

    /// The row ids of the pilot's records, in plan order.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn pilot(&self) -> Result<Vec<i64>, LedgerError> {
        let doing = "read the pilot's records";
        let mut select = self.conn.prepare_cached("SELECT record FROM pilot ORDER BY record").doing(doing)?;
        let rows = select.query_map([], |row| row.get(0)).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// The source records that the pilot's are made of, by object: their ids.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn pilot_sources(&self) -> Result<BTreeMap<String, Vec<String>>, LedgerError> {
        let doing = "read what the pilot's records are made of";
        let sql = "SELECT object, source_id FROM record WHERE number IN (SELECT record FROM pilot) \
                   UNION SELECT object, source_id FROM made_of WHERE record IN (SELECT record FROM pilot) ORDER BY 1, 2";
        let mut select = self.conn.prepare_cached(sql).doing(doing)?;
        let mut rows = select.query([]).doing(doing)?;
        let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some(row) = rows.next().doing(doing)? {
            sources.entry(row.get(0).doing(doing)?).or_default().push(row.get(1).doing(doing)?);
        }
        Ok(sources)
    }

    /// Whether [`Ledger::pending`] has the pilot's records alone, until it is told otherwise or the ledger is closed.
    pub fn pilot_only(&mut self, only: bool) {
        self.pilot_only = only;
    }
}
