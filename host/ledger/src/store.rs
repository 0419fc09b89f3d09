//! Opening a ledger.

use std::path::Path;

use rusqlite::Connection;
use secrecy::SecretString;

use crate::LedgerError;

/// One migration's store. Send, not Sync: one thread at a time.
pub struct Ledger {
    pub(crate) conn: Connection,
}

impl Ledger {
    /// Opens the ledger for writing, creating it when absent.
    pub fn open(path: &Path, key: &SecretString) -> Result<Ledger, LedgerError> {
        unimplemented!()
    }
    /// Opens the ledger for reading beside a writer; takes no lock.
    pub fn open_read_only(path: &Path, key: &SecretString) -> Result<Ledger, LedgerError> {
        unimplemented!()
    }
    /// A fact about the migration.
    pub fn meta(&self, name: &str) -> Result<Option<String>, LedgerError> {
        unimplemented!()
    }
    /// Sets a fact about the migration.
    pub fn set_meta(&mut self, name: &str, value: &str) -> Result<(), LedgerError> {
        unimplemented!()
    }
}
