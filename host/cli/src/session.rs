//! Who gives a command: what the ledger's lock and its audit say.

use std::env;
use std::path::Path;

use anyhow::Result;
use odograft_ledger::{Ledger, Session};
use odograft_migration::clock;

use crate::{keys, open};

/// Names the person for the audit where the operating system's log-in name does not.
const OPERATOR: &str = "ODOGRAFT_OPERATOR";

/// The ledger of a client's folder, opened for writing by `command`.
pub(crate) fn ledger(folder: &Path, command: &str) -> Result<Ledger> {
    keys::with(folder, |key| Ledger::open_for(&folder.join(open::LEDGER), key, of(command)))
}

/// The same for reading, beside another command that may be at work.
pub(crate) fn read_only(folder: &Path) -> Result<Ledger> {
    keys::with(folder, |key| Ledger::open_read_only(&folder.join(open::LEDGER), key))
}

/// Who gives commands, as the environment names them.
pub(crate) fn operator() -> String {
    let named = [OPERATOR, "USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| env::var(name).ok());
    named.filter(|name| !name.trim().is_empty()).unwrap_or_else(nameless)
}

fn of(command: &str) -> Session {
    Session { command: format!("odograft {command}"), operator: operator(), since: Some(clock::now()) }
}

/// What the audit calls a person whose name the environment does not have, as under a timer of the system's.
#[cfg(unix)]
fn nameless() -> String {
    format!("user {}", rustix::process::getuid().as_raw())
}

/// The same where users have no numbers.
#[cfg(not(unix))]
fn nameless() -> String {
    "unknown".to_owned()
}
