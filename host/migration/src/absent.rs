//! Lists that a source withholds: staged beside the rows, so that nobody takes what did not come for what is not there.

use odograft_ledger::{Cursor, Ledger, StagedRow};
use serde::{Deserialize, Serialize};

use crate::error::MigrationError;

/// The staged object whose rows are lists that did not come.
const ABSENT: &str = "absent_list";

/// More than any source has objects.
const MOST: usize = 1_000;

/// A list that the source withholds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsentList {
    /// The object that its rows would be.
    pub object: String,
    /// Why, and what would lift it.
    pub reason: String,
}

/// Stages that a list did not come in a pass. What an earlier pass has read of it stays as it is: nothing says that it is
/// gone.
pub(crate) fn stage(ledger: &mut Ledger, pass: u64, absent: &AbsentList) -> Result<(), MigrationError> {
    let body = serde_json::to_string(absent).unwrap_or_default();
    let row = StagedRow { id: absent.object.clone(), parent: None, position: 0, body };
    ledger.stage_page(pass, ABSENT, &[row], &Cursor::At(absent.object.clone()))?;
    Ok(())
}

/// All lists of a pass were asked for: those that an earlier one lacked, and this one does not, are absent no more.
pub(crate) fn finish(ledger: &mut Ledger, pass: u64) -> Result<(), MigrationError> {
    ledger.stage_page(pass, ABSENT, &[], &Cursor::Done)?;
    Ok(())
}

/// The lists that the newest reading lacks, by object.
///
/// # Errors
/// The ledger's.
pub fn absent_lists(ledger: &Ledger) -> Result<Vec<AbsentList>, MigrationError> {
    let rows = ledger.staged(ABSENT, None, MOST)?;
    Ok(rows.iter().filter_map(|row| serde_json::from_str(&row.body).ok()).collect())
}

/// How many rows of each object are staged.
///
/// # Errors
/// The ledger's.
pub fn staged_rows(ledger: &Ledger) -> Result<Vec<(String, u64)>, MigrationError> {
    let mut staged = ledger.staged_objects()?;
    staged.retain(|(object, _)| object != ABSENT);
    Ok(staged)
}
