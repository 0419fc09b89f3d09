//! What can go wrong with a ledger. Texts carry paths, keys, names and codes, never a row's values and never the key.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::lock::Holder;

/// Why the ledger refused or failed. Every text ends in a hint or names the call that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Another process writes to this ledger.
    #[error("the ledger `{path}` is in use by {}; hint: wait for it, or end it and run again (what it finished is kept)", in_words(.holder.as_ref()))]
    InUse {
        /// The ledger's file.
        path: PathBuf,
        /// The process that holds the lock, where its lock file says so.
        holder: Option<Holder>,
    },
    /// The file begins like an SQLite database that nobody encrypted.
    #[error(
        "`{path}` is an SQLite database without encryption, and a ledger is encrypted; hint: it is not odograft's: name another folder, or move the file away"
    )]
    NotEncrypted {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be a ledger, whatever the key.
    #[error("`{path}` is not a ledger; hint: name another folder, or move the file away")]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The key does not open the file. What is encrypted with another key, and what is no ledger but has a ledger's
    /// shape, cannot be told apart.
    #[error(
        "the key does not open the ledger `{path}`; hint: use the key that this migration began with (`ODOGRAFT_LEDGER_KEY` goes before `ledger.key`); there is no other way into the file"
    )]
    WrongKey {
        /// The ledger's file.
        path: PathBuf,
    },
    /// An empty key would leave the file unencrypted.
    #[error(
        "the ledger's key is empty, which would leave patients' records unencrypted; hint: give a passphrase of 16 characters or more"
    )]
    EmptyKey,
    /// SQLite was built without SQLCipher.
    #[error("this build of SQLite cannot encrypt; hint: build with the feature `bundled-sqlcipher-vendored-openssl`")]
    NoCipher,
    /// A newer odograft wrote the file.
    #[error(
        "the ledger `{path}` has schema version {found}, this program knows versions up to {known}; hint: use the newer odograft that wrote it"
    )]
    NewerSchema {
        /// The ledger's file.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The newest version this program reads.
        known: u32,
    },
    /// An older odograft wrote the file, and it was opened for reading only.
    #[error(
        "the ledger `{path}` was written by an older odograft, which kept no audit; hint: any command that works on it brings it up to date"
    )]
    OlderSchema {
        /// The ledger's file.
        path: PathBuf,
    },
    /// What this needs was shredded.
    #[error(
        "the values of the ledger were shredded: it keeps the id map and the audit, and no more; hint: a new migration begins in a folder of its own"
    )]
    Shredded,
    /// Another process reads, and its reading keeps old pages alive.
    #[error("another process reads the ledger `{path}`; hint: end it and give the same command again")]
    Busy {
        /// The ledger's file.
        path: PathBuf,
    },
    /// There is no ledger to read.
    #[error("there is no ledger at `{path}`; hint: `odograft extract` and `odograft run` create it")]
    Missing {
        /// The ledger's file.
        path: PathBuf,
    },
    /// The file or its lock cannot be opened or created.
    #[error("cannot open `{path}`: {source}; hint: check that the folder exists and may be written")]
    File {
        /// The file that failed.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A pass was to be finished while an object was not read to its end.
    #[error("pass {pass} is not complete: `{object}` has more pages; hint: extract `{object}` to its end first")]
    PassIncomplete {
        /// The pass.
        pass: u64,
        /// The first object that is not done.
        object: String,
    },
    /// The pass is unknown, or is not the one under way.
    #[error("pass {pass} is not under way; hint: call `begin_pass` and use the number that it returns")]
    NoSuchPass {
        /// The pass asked for.
        pass: u64,
    },
    /// Records were planned, or a plan finished, without a plan begun.
    #[error("no plan is under way; hint: call `begin_plan` first")]
    NoPlan,
    /// A row id that the ledger did not give out.
    #[error(
        "the ledger has no planned record with row id {rowid}; hint: use row ids that `pending` or `record` returned"
    )]
    NoSuchRecord {
        /// The row id asked for.
        rowid: i64,
    },
    /// A stored word that this program does not know.
    #[error(
        "the ledger holds the unknown {what} `{word}`; hint: the file was changed from outside, restore it from a copy"
    )]
    UnknownWord {
        /// What the word stands for, such as `record state`.
        what: &'static str,
        /// The word.
        word: String,
    },
    /// No room for what was to be stored. The transaction is undone as a whole.
    #[error(
        "the disk is full: the ledger could not {doing}; hint: make room and give the same command again: it goes on where this one stopped, and nothing that was finished is lost"
    )]
    DiskFull {
        /// The call that failed.
        doing: &'static str,
    },
    /// The file cannot be written.
    #[error(
        "the ledger can only be read: it could not {doing}; hint: make the file and its folder writable and give the same command again; nothing that was finished is lost"
    )]
    ReadOnly {
        /// The call that failed.
        doing: &'static str,
    },
    /// A page is missing, or is not what was written.
    #[error(
        "the ledger is damaged: it could not {doing}; hint: put back a copy that `odograft ledger verify` finds whole; what was written to Odoo since is found there again by its external ids"
    )]
    Damaged {
        /// The call that failed.
        doing: &'static str,
    },
    /// SQLite failed: the disk has errors, or the like.
    #[error(
        "the ledger failed to {doing}: {source}; hint: check free space and that nothing else changes the file, then run again (finished work is kept)"
    )]
    Sqlite {
        /// The call that failed.
        doing: &'static str,
        /// SQLite's code and text, which name tables and columns, never values.
        source: rusqlite::Error,
    },
}

/// The process that holds the lock, in words.
fn in_words(holder: Option<&Holder>) -> String {
    let Some(Holder { pid, command, since }) = holder else { return "another process".to_owned() };
    let since = since.map(|since| format!(" since {since}")).unwrap_or_default();
    format!("process {pid} (`{command}`{since})")
}

/// Names the call in an SQLite error.
pub(crate) trait Doing<T> {
    /// Turns the error into [`LedgerError::Sqlite`] with the call's name.
    fn doing(self, doing: &'static str) -> Result<T, LedgerError>;
}

impl<T> Doing<T> for Result<T, rusqlite::Error> {
    fn doing(self, doing: &'static str) -> Result<T, LedgerError> {
        self.map_err(|source| match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => LedgerError::DiskFull { doing },
            Some(ErrorCode::ReadOnly) => LedgerError::ReadOnly { doing },
            Some(ErrorCode::DatabaseCorrupt) => LedgerError::Damaged { doing },
            _ => LedgerError::Sqlite { doing, source },
        })
    }
}
