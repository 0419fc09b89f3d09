//! Another key: every page is encrypted anew, so that the former key opens former copies of the ledger and nothing else.

use rusqlite::ffi;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::error::Doing;
use crate::{Ledger, LedgerError};

/// The ledger's fact when it got its newest key; shredding forgets it.
pub(crate) const REKEYED: &str = "rekeyed";

impl Ledger {
    /// When the ledger got another key than the one that it was made with, or was shredded with, in seconds since
    /// 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn rekeyed(&self) -> Result<Option<i64>, LedgerError> {
        Ok(self.meta(REKEYED)?.and_then(|moment| moment.parse().ok()))
    }

    /// Encrypts the ledger with another key, in one transaction: a process that is killed leaves it with one of the two.
    ///
    /// # Errors
    /// [`LedgerError::EmptyKey`]; [`LedgerError::DiskFull`], since every page is written anew; [`LedgerError::Busy`] while
    /// another process reads. The former key is still the ledger's then.
    pub fn rekey(&mut self, moment: i64, key: &SecretString) -> Result<(), LedgerError> {
        if key.expose_secret().is_empty() {
            return Err(LedgerError::EmptyKey);
        }
        self.empty_log()?;
        self.audit(moment, "rekey", json!({}))?;
        // The statement's text holds the key, and SQLite's errors may quote a statement: only the code is kept.
        let result = self.conn.pragma_update(None, "rekey", key.expose_secret()).map_err(|error| {
            let code = error.sqlite_error().map_or(ffi::SQLITE_ERROR, |error| error.extended_code);
            rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
        });
        result.doing("be encrypted with another key")?;
        self.set_meta(REKEYED, &moment.to_string())?;
        // What a reader has kept in the log goes with the next command; the ledger has its new key.
        let _ = self.empty_log();
        Ok(())
    }

    /// Brings the write-ahead log into the file and cuts it to nothing.
    pub(crate) fn empty_log(&self) -> Result<(), LedgerError> {
        let emptied = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        let busy: bool = emptied.doing("empty the write-ahead log")?;
        if busy { Err(LedgerError::Busy { path: self.path.clone() }) } else { Ok(()) }
    }
}
