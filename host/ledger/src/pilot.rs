//! The pilot: which records are loaded before all others.

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

    /// Whether [`Ledger::pending`] has the pilot's records alone, until it is told otherwise or the ledger is closed.
    pub fn pilot_only(&mut self, only: bool) {
        self.pilot_only = only;
    }
}
