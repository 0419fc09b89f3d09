//! When a ledger may be shredded: not while somebody may want to take the migration back.

use odograft_ledger::{Ledger, Shreddable};
use serde::Serialize;

use crate::error::MigrationError;
use crate::{clock, pack, undo};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// What a client's configuration and the command say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShredOptions {
    /// Days that the values are kept after the hand-over.
    pub days: u32,
    /// Do it; without it nothing is changed.
    pub write: bool,
    /// Do it although an undo is still possible, and never again afterwards.
    pub give_up_undo: bool,
}

/// What was shredded, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShredReport {
    /// Whether anything was changed.
    pub written: bool,
    /// What the ledger held.
    pub held: Shreddable,
    /// When the client took the migration over, in seconds since 1970-01-01T00:00:00Z.
    pub handed_over: Option<i64>,
    /// When the time of keeping ends, or ended; unknown before the hand-over.
    pub kept_until: Option<i64>,
    /// Whether the ledger was shredded before.
    pub before: bool,
    /// Whether it is refused without [`ShredOptions::give_up_undo`].
    pub refused: bool,
}

/// Shreds a ledger, or says what that would be.
///
/// # Errors
/// [`MigrationError::UndoPossible`] where it is to be done and may not; [`MigrationError::UndoUnderWay`],
/// [`MigrationError::PackOut`]; the ledger's.
pub fn shred(ledger: &mut Ledger, options: ShredOptions) -> Result<ShredReport, MigrationError> {
    if ledger.meta(undo::META)?.as_deref() == Some(undo::UNDER_WAY) {
        return Err(MigrationError::UndoUnderWay);
    }
    if ledger.meta(pack::META)?.is_some_and(|out| !out.is_empty()) {
        return Err(MigrationError::PackOut);
    }
    let now = clock::now();
    let (held, handed_over) = (ledger.shreddable()?, ledger.handed_over()?);
    let kept_until = handed_over.map(|moment| moment.saturating_add(i64::from(options.days) * DAY));
    let before = ledger.shredded()?.is_some() && !ledger.shredding()?;
    let over = kept_until.is_some_and(|until| until <= now);
    let refused = held.undoable > 0 && !over && !options.give_up_undo;
    if options.write && refused {
        return Err(MigrationError::UndoPossible { records: held.undoable, days: options.days });
    }
    if options.write {
        ledger.shred(now)?;
    }
    Ok(ShredReport { written: options.write && !before, held, handed_over, kept_until, before, refused })
}
