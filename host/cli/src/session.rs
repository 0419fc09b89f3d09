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
    Ok(Ledger::open_for(&folder.join(open::LEDGER), &keys::ledger(folder)?, of(command))?)
}

fn of(command: &str) -> Session {
    let named = [OPERATOR, "USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| env::var(name).ok());
    let operator = named.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "unknown".to_owned());
    Session { command: format!("odograft {command}"), operator, since: Some(clock::now()) }
}
