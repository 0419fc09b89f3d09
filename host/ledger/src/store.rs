//! Opening a ledger: lock, key, schema; and the facts about the migration.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use secrecy::{ExposeSecret, SecretString};

use crate::error::Doing;
use crate::{LedgerError, lock, schema};

/// One migration's store. It is `Send` and not `Sync`: one thread at a time works on it.
///
/// Every method that changes something is one transaction. The journal mode is WAL with `synchronous = FULL`: a killed
/// process loses nothing either way, as a commit is in the operating system's hands before the call returns, and FULL keeps
/// it through a loss of power as well. That matters for before-images, which cannot be read a second time.
pub struct Ledger {
    pub(crate) conn: Connection,
    /// Held for the life of a writing ledger. Declared after the connection, so that it is let go last.
    _lock: Option<File>,
}

impl Ledger {
    /// Opens the ledger for writing and creates it when absent. The key is a passphrase for SQLCipher's key derivation.
    ///
    /// Errors: [`LedgerError::InUse`] while another process writes, [`LedgerError::WrongKey`], [`LedgerError::EmptyKey`],
    /// [`LedgerError::NewerSchema`], [`LedgerError::File`].
    pub fn open(path: &Path, key: &SecretString) -> Result<Ledger, LedgerError> {
        if key.expose_secret().is_empty() {
            return Err(LedgerError::EmptyKey);
        }
        let lock = lock::take(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let (mut conn, found) = connect(path, key, flags)?;
        conn.pragma_update(None, "journal_mode", "WAL").doing("switch to the write-ahead log")?;
        conn.pragma_update(None, "synchronous", "FULL").doing("set the durability")?;
        schema::upgrade(&mut conn, found)?;
        Ok(Ledger { conn, _lock: Some(lock) })
    }

    /// Opens the ledger for reading beside a writer, for `status`. Takes no lock; every changing call fails.
    ///
    /// Errors: [`LedgerError::Missing`] when there is none, else as [`Ledger::open`] without `InUse`.
    pub fn open_read_only(path: &Path, key: &SecretString) -> Result<Ledger, LedgerError> {
        if key.expose_secret().is_empty() {
            return Err(LedgerError::EmptyKey);
        }
        if !path.exists() {
            return Err(LedgerError::Missing { path: path.to_owned() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let (conn, found) = connect(path, key, flags)?;
        if found == 0 {
            return Err(LedgerError::Missing { path: path.to_owned() });
        }
        Ok(Ledger { conn, _lock: None })
    }

    /// A fact about the migration, such as its name or its as-of moment; `None` when it was never set.
    pub fn meta(&self, name: &str) -> Result<Option<String>, LedgerError> {
        let doing = "read a fact about the migration";
        let mut select = self.conn.prepare_cached("SELECT value FROM meta WHERE name = ?1").doing(doing)?;
        select.query_row([name], |row| row.get(0)).optional().doing(doing)
    }

    /// Sets a fact about the migration, in place of the one there was. Facts are not part of [`Ledger::digest`].
    pub fn set_meta(&mut self, name: &str, value: &str) -> Result<(), LedgerError> {
        let sql =
            "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.conn.execute(sql, [name, value]).doing("set a fact about the migration")?;
        Ok(())
    }

    /// A transaction that takes the write lock at once, so that it never fails halfway for want of it.
    pub(crate) fn transaction(&mut self, doing: &'static str) -> Result<Transaction<'_>, LedgerError> {
        self.conn.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)
    }
}

/// Opens the file, gives SQLCipher the key and reads the schema's version, which proves the key.
fn connect(path: &Path, key: &SecretString, flags: OpenFlags) -> Result<(Connection, u32), LedgerError> {
    let conn = Connection::open_with_flags(path, flags)
        .map_err(|error| LedgerError::File { path: path.to_owned(), source: std::io::Error::other(error) })?;
    // A wrong key is our typed error; SQLCipher would write about it to standard error as well.
    conn.pragma_update(None, "cipher_log_level", "NONE").doing("silence the cipher's log")?;
    // The statement's text holds the key, and SQLite's errors may quote a statement: this one's error is dropped.
    conn.pragma_update(None, "key", key.expose_secret())
        .map_err(|_| LedgerError::WrongKey { path: path.to_owned() })?;
    let cipher: Option<String> =
        conn.query_row("PRAGMA cipher_version", [], |row| row.get(0)).optional().doing("ask for the cipher")?;
    if cipher.is_none() {
        return Err(LedgerError::NoCipher);
    }
    conn.busy_timeout(Duration::from_secs(10)).doing("set the time to wait")?;
    let found = checked_version(&conn, path)?;
    // Sorting must not spill rows into plain temporary files.
    conn.pragma_update(None, "temp_store", "MEMORY").doing("keep temporary rows in memory")?;
    conn.pragma_update(None, "cache_size", -32_768).doing("set the cache's size")?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok((conn, found))
}

/// The schema's version, once the key has proved right. The first read of the file is here.
fn checked_version(conn: &Connection, path: &Path) -> Result<u32, LedgerError> {
    let found = schema::version(conn).map_err(|error| match error {
        LedgerError::Sqlite { ref source, .. } if source.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            LedgerError::WrongKey { path: path.to_owned() }
        }
        other => other,
    })?;
    if found > schema::newest() {
        return Err(LedgerError::NewerSchema { path: path.to_owned(), found, known: schema::newest() });
    }
    Ok(found)
}
