//! Shredding: patients' values go for good, the id map, the write journal's keys and the audit stay.
//!
//! What goes: staged rows, cells, before-images, handover documents, digests that values could be tried against. What
//! stays says which source row became which Odoo record, when, by whom and in which fields.

use serde::Serialize;
use serde_json::json;

use crate::error::Doing;
use crate::passes::count;
use crate::rekey::REKEYED;
use crate::undo::COUNTS;
use crate::{Ledger, LedgerError};

/// The ledger's fact that it was shredded: the moment, or that it was begun.
const SHREDDED: &str = "shredded";
/// Its value until the file is written anew.
const UNDER_WAY: &str = "under-way";
/// The ledger's fact when the client took the migration over.
const HANDED_OVER: &str = "handed_over";

/// What a ledger holds of patients' values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Shreddable {
    /// Source rows in staging.
    pub staged: u64,
    /// Planned or written records with cells.
    pub records: u64,
    /// Writes in the journal with cells or a before-image.
    pub writes: u64,
    /// Before-images of updates that were never confirmed.
    pub images: u64,
    /// Documents for people.
    pub handovers: u64,
    /// Records that an undo could still take back; without before-images it cannot.
    pub undoable: u64,
}

/// What is overwritten, and how.
const STATEMENTS: [&str; 8] = [
    "DELETE FROM staged",
    "DELETE FROM before_image",
    "DELETE FROM handover",
    "DELETE FROM seal",
    "DELETE FROM unsealed",
    "UPDATE file SET stamp = NULL",
    "UPDATE journal SET before = NULL, cells = '{}'",
    "UPDATE record SET cells = '{}', written_cells = NULL, planned_digest = zeroblob(32), written_digest = zeroblob(32)",
];

impl Ledger {
    /// Whether the values were shredded, or are about to be.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn shredded(&self) -> Result<Option<String>, LedgerError> {
        self.meta(SHREDDED)
    }

    /// Whether a shredding was begun and not ended.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn shredding(&self) -> Result<bool, LedgerError> {
        Ok(self.shredded()?.as_deref() == Some(UNDER_WAY))
    }

    /// When the client took the migration over, in seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn handed_over(&self) -> Result<Option<i64>, LedgerError> {
        Ok(self.meta(HANDED_OVER)?.and_then(|moment| moment.parse().ok()))
    }

    /// Notes that the client has taken the migration over. The first moment counts.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn hand_over(&mut self, moment: i64) -> Result<i64, LedgerError> {
        if let Some(known) = self.handed_over()? {
            return Ok(known);
        }
        self.audit(moment, "hand-over", json!({}))?;
        self.set_meta(HANDED_OVER, &moment.to_string())?;
        Ok(moment)
    }

    /// What the ledger holds of patients' values.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn shreddable(&self) -> Result<Shreddable, LedgerError> {
        let of = |sql: &str| -> Result<u64, LedgerError> {
            self.conn.query_row(sql, [], |row| row.get(0).map(count)).doing("count what can be shredded")
        };
        Ok(Shreddable {
            staged: of("SELECT count(*) FROM staged")?,
            records: of("SELECT count(*) FROM record WHERE cells <> '{}' OR written_cells IS NOT NULL")?,
            writes: of("SELECT count(*) FROM journal WHERE cells <> '{}' OR before IS NOT NULL")?,
            images: of("SELECT count(*) FROM before_image")?,
            handovers: of("SELECT count(*) FROM handover")?,
            undoable: match self.shredded()? {
                Some(_) => 0,
                None => of(&format!("SELECT count(DISTINCT record) FROM journal WHERE {COUNTS}"))?,
            },
        })
    }

    /// Removes patients' values for good: overwritten where they lay, and the file written anew without them. One that
    /// was broken off goes on; after a finished one there is nothing to do. Copies of the file that were made before, and
    /// blocks that a disk keeps of its own accord, hold the values still, encrypted with the ledger's key: a new key
    /// ([`Ledger::rekey`]) and the end of the old one take them out of reach too.
    ///
    /// # Errors
    /// [`LedgerError::DiskFull`], since the file is written anew; [`LedgerError::Busy`] while another process reads.
    pub fn shred(&mut self, moment: i64) -> Result<Shreddable, LedgerError> {
        let doing = "shred";
        let held = self.shreddable()?;
        if self.shredded()?.is_some_and(|state| state != UNDER_WAY) {
            return Ok(held);
        }
        // Before the first value goes, so that there is no shredded ledger whose audit does not say so.
        self.audit(moment, "shred", json!(held))?;
        self.conn.pragma_update(None, "secure_delete", "ON").doing(doing)?;
        // What a statement would take back if it failed, and the copy that takes the file's place, lie in temporary files,
        // encrypted as the ledger is: memory need not hold them.
        self.conn.pragma_update(None, "temp_store", "FILE").doing(doing)?;
        let tx = self.transaction(doing)?;
        for sql in STATEMENTS {
            tx.execute(sql, []).doing(doing)?;
        }
        let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
        tx.execute(sql, [SHREDDED, UNDER_WAY]).doing(doing)?;
        // The key that it has now is one that copies with values were made with.
        tx.execute("DELETE FROM meta WHERE name = ?1", [REKEYED]).doing(doing)?;
        tx.commit().doing(doing)?;
        // The log may hold pages as they were; it is emptied before the file is written anew, and after.
        self.empty_log()?;
        self.conn.execute_batch("VACUUM").doing("write the ledger anew")?;
        self.conn.pragma_update(None, "temp_store", "MEMORY").doing(doing)?;
        self.empty_log()?;
        self.set_meta(SHREDDED, &moment.to_string())?;
        self.audit(moment, "shredded", json!({}))?;
        Ok(held)
    }
}
