//! Opening a ledger: lock, key, schema; and the facts about the migration.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use secrecy::{ExposeSecret, SecretString};

use crate::error::Doing;
use crate::{LedgerError, Session, audit, lock, schema};

/// One migration's store. It is `Send` and not `Sync`: one thread at a time works on it.
///
/// Every method that changes something is one transaction. The journal mode is WAL with `synchronous = FULL`: a killed
/// process loses nothing either way, as a commit is in the operating system's hands before the call returns, and FULL keeps
/// it through a loss of power as well. That matters for before-images, which cannot be read a second time.
pub struct Ledger {
    pub(crate) conn: Connection,
    pub(crate) path: PathBuf,
    pub(crate) session: Session,
    /// Whether the head beside the ledger names an entry that is here; one that doesn't is evidence, and stays.
    pub(crate) head_fits: bool,
    /// Whether the records of the pilot alone count as pending.
    pub(crate) pilot_only: bool,
    /// Held for the life of a writing ledger. Declared after the connection, so that it is let go last.
    _lock: Option<File>,
}

impl Ledger {
    /// Opens the ledger for writing and creates it when absent. The key is a passphrase for SQLCipher's key derivation.
    ///
    /// Errors: [`LedgerError::InUse`] while another process writes, [`LedgerError::WrongKey`], [`LedgerError::EmptyKey`],
    /// [`LedgerError::NotEncrypted`], [`LedgerError::NotALedger`], [`LedgerError::NewerSchema`], [`LedgerError::File`].
    pub fn open(path: &Path, key: &SecretString) -> Result<Ledger, LedgerError> {
        Self::open_for(path, key, Session::default())
    }

    /// The same, and says who works on it.
    pub fn open_for(path: &Path, key: &SecretString, session: Session) -> Result<Ledger, LedgerError> {
        if key.expose_secret().is_empty() {
            return Err(LedgerError::EmptyKey);
        }
        refuse_strangers(path)?;
        let lock = lock::take(path, &session)?;
        make_private(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let (mut conn, found) = connect(path, path, key, flags)?;
        conn.pragma_update(None, "journal_mode", "WAL").doing("switch to the write-ahead log")?;
        conn.pragma_update(None, "synchronous", "FULL").doing("set the durability")?;
        schema::upgrade(&mut conn, found)?;
        // A new ledger has nothing to do with a head that an earlier one has left.
        let head = if found == 0 { None } else { audit::read_head(path) };
        let head_fits = head.map_or(Ok(true), |head| audit::fits(&conn, &head)).doing("look for the head")?;
        Ok(Ledger { conn, path: path.to_owned(), session, head_fits, pilot_only: false, _lock: Some(lock) })
    }

    /// Opens the ledger for reading beside a writer, for `status`. Takes no lock; every changing call fails. A ledger that
    /// no process has open can be read on a disk that cannot be written.
    ///
    /// Errors: [`LedgerError::Missing`] when there is none, else as [`Ledger::open`] without `InUse`.
    pub fn open_read_only(path: &Path, key: &SecretString) -> Result<Ledger, LedgerError> {
        if key.expose_secret().is_empty() {
            return Err(LedgerError::EmptyKey);
        }
        if !path.exists() {
            return Err(LedgerError::Missing { path: path.to_owned() });
        }
        refuse_strangers(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let (conn, found) = match connect(path, path, key, flags) {
            // Beside a write-ahead log SQLite wants to make a file of its own, which it cannot do here. Without one, nobody
            // can be writing.
            Err(error) if is_of_the_disk(&error) && !has_log(path) => {
                connect(path, &immutable(path), key, flags | OpenFlags::SQLITE_OPEN_URI)?
            }
            other => other?,
        };
        if found == 0 {
            return Err(LedgerError::Missing { path: path.to_owned() });
        }
        let (path, session) = (path.to_owned(), Session::default());
        Ok(Ledger { conn, path, session, head_fits: false, pilot_only: false, _lock: None })
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

    /// Begins a moment at which all reads look, until it is dropped.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn reading(&self) -> Result<Reading<'_>, LedgerError> {
        Reading::begin(&self.conn).doing("begin to read")
    }

    /// A transaction that takes the write lock at once, so that it never fails halfway for want of it.
    pub(crate) fn transaction(&mut self, doing: &'static str) -> Result<Transaction<'_>, LedgerError> {
        self.conn.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)
    }
}

/// A moment at which several reads look at the ledger, so that a writer beside us cannot slip in between. It may begin within
/// a transaction; it ends when it is dropped.
#[must_use = "reads after its end may see another moment"]
pub struct Reading<'c>(&'c Connection);

impl<'c> Reading<'c> {
    pub(crate) fn begin(conn: &'c Connection) -> rusqlite::Result<Self> {
        conn.execute_batch("SAVEPOINT reading")?;
        Ok(Self(conn))
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        // It has changed nothing, and a connection that is gone has let go of it.
        let _ = self.0.execute_batch("RELEASE reading");
    }
}

/// What SQLite's files begin with unless they are encrypted.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";

/// SQLCipher's pages; a ledger is made of whole ones.
const PAGE: u64 = 4096;

/// Refuses files that cannot be ledgers before a lock is laid beside them.
fn refuse_strangers(path: &Path) -> Result<(), LedgerError> {
    let failed = |source| LedgerError::File { path: path.to_owned(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let length = file.metadata().map_err(failed)?.len();
    let mut head = Vec::new();
    file.by_ref().take(PLAIN.len() as u64).read_to_end(&mut head).map_err(failed)?;
    if head == PLAIN {
        return Err(LedgerError::NotEncrypted { path: path.to_owned() });
    }
    // A disk that ran full can leave a piece of a page, which the log beside it makes whole.
    if length % PAGE != 0 && !has_log(path) {
        return Err(LedgerError::NotALedger { path: path.to_owned() });
    }
    Ok(())
}

/// Makes the file where there is none, for its owner alone: the log beside it gets the same rights.
fn make_private(path: &Path) -> Result<(), LedgerError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(LedgerError::File { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// Whether SQLite could not make a file that it wants.
fn is_of_the_disk(error: &LedgerError) -> bool {
    match error {
        LedgerError::ReadOnly { .. } => true,
        LedgerError::Sqlite { source, .. } => source.sqlite_error_code() == Some(ErrorCode::CannotOpen),
        _ => false,
    }
}

/// Whether SQLite's write-ahead log is there with something in it.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// The address of a file that nobody changes while it is open.
fn immutable(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?immutable=1").into()
}

/// Opens the file `at`, which errors call `path`, gives SQLCipher the key and reads the schema's version, which proves the key.
fn connect(path: &Path, at: &Path, key: &SecretString, flags: OpenFlags) -> Result<(Connection, u32), LedgerError> {
    let conn = Connection::open_with_flags(at, flags)
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
    if found == 0 && !schema::is_empty(conn)? {
        return Err(LedgerError::NotALedger { path: path.to_owned() });
    }
    if found > schema::newest() {
        return Err(LedgerError::NewerSchema { path: path.to_owned(), found, known: schema::newest() });
    }
    Ok(found)
}
