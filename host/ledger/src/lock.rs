//! One writer at a time: an operating system's lock on `<ledger>.lock`, which a killed process lets go by itself.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{LedgerError, Session};

/// What the lock file says of the process that holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// The command that it carries out.
    pub command: String,
    /// When it began, in UTC.
    pub since: Option<Timestamp>,
}

/// Takes the lock and writes this process into the file. The file itself stays: removing it would let two writers lock
/// two files of one name. What a process that was killed left in it is written over.
pub(crate) fn take(ledger: &Path, session: &Session) -> Result<File, LedgerError> {
    let path = beside(ledger, "lock");
    let failed = |source| LedgerError::File { path: path.clone(), source };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(LedgerError::InUse { path: ledger.to_owned(), holder: holder(&mut file) });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    let since = session.since.and_then(|moment| Timestamp::from_second(moment).ok());
    let holder = Holder { pid: std::process::id(), command: session.command.clone(), since };
    // Written in one call, and only then cut to its length: whoever reads it meanwhile finds a whole line.
    let text = serde_json::to_string(&holder).map_err(|error| failed(error.into()))? + "\n";
    file.rewind().map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.set_len(text.len() as u64).map_err(failed)?;
    Ok(file)
}

/// A file beside the ledger, such as `<ledger>.lock`.
pub(crate) fn beside(ledger: &Path, ending: &str) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// The process that wrote itself into the lock file.
fn holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(text.lines().next()?).ok()
}
