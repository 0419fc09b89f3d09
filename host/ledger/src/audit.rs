//! The audit: who did what, when, with counts and codes, never values. Each entry holds fast the ones before it, and how
//! far the journal of writes had come.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chain::{AUDIT, Chain, JOURNAL, Link};
use crate::digest::Parts;
use crate::error::Doing;
use crate::passes::{count, sql_int};
use crate::{Ledger, LedgerError, lock};

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditEntry {
    /// From 1, without gaps.
    pub number: u64,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub moment: i64,
    /// The person who gave the command.
    pub operator: String,
    /// The command.
    pub command: String,
    /// What was done, in a word, such as `extract`.
    pub action: String,
    /// Counts and codes.
    pub detail: Value,
    /// How many writes to Odoo the journal had then.
    pub writes: u64,
}

/// Where the audit ended, kept beside the ledger: an older copy of the ledger, or one whose end was cut off, does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// How many entries there were.
    pub entries: u64,
    /// The last one's link, in hexadecimal.
    pub link: String,
}

/// An entry as it lies in the file.
pub(crate) struct StoredEntry {
    pub(crate) entry: AuditEntry,
    /// The detail's own text: what the link is over.
    pub(crate) detail: String,
    pub(crate) written: Link,
    pub(crate) link: Link,
}

impl StoredEntry {
    /// What the link holds fast.
    pub(crate) fn fill(&self, parts: &mut Parts) {
        let AuditEntry { number, moment, operator, command, action, writes, .. } = &self.entry;
        parts.part(b'#', &number.to_le_bytes());
        parts.part(b'i', &moment.to_le_bytes());
        for text in [operator, command, action, &self.detail] {
            parts.text(text);
        }
        parts.part(b'#', &writes.to_le_bytes());
        parts.part(b'b', &self.written);
    }
}

impl Ledger {
    /// Appends an entry to the audit. `detail` holds counts, codes, names of models and fields: never a value of a record.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`]; [`LedgerError::File`] when the head beside the ledger cannot be kept, and then the entry is
    /// there.
    pub fn audit(&mut self, moment: i64, action: &str, detail: Value) -> Result<(), LedgerError> {
        let doing = "append to the audit";
        let session = self.session.clone();
        let tx = self.transaction(doing)?;
        let mut chain = Chain::load(&tx, AUDIT).doing(doing)?;
        let journal = Chain::load(&tx, JOURNAL).doing(doing)?;
        let entry = AuditEntry {
            number: chain.length + 1,
            moment,
            operator: session.operator,
            command: session.command,
            action: action.to_owned(),
            detail,
            writes: journal.length,
        };
        let mut stored =
            StoredEntry { detail: entry.detail.to_string(), entry, written: journal.link, link: Link::default() };
        stored.link = chain.append(|parts| stored.fill(parts));
        insert(&tx, &stored).and_then(|()| chain.store(&tx)).doing(doing)?;
        tx.commit().doing(doing)?;
        let head = AuditHead { entries: chain.length, link: hex(&chain.link) };
        if self.head_fits { write_head(&self.path, &head) } else { Ok(()) }
    }

    /// Up to `limit` entries of the audit after a number (0: from the first), oldest first.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn audit_entries(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, LedgerError> {
        Ok(stored(&self.conn, after, limit)?.into_iter().map(|stored| stored.entry).collect())
    }

    /// Where the audit ends: who keeps this elsewhere can tell later that nothing before it was changed.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn audit_head(&self) -> Result<AuditHead, LedgerError> {
        let chain = Chain::load(&self.conn, AUDIT).doing("read the audit's end")?;
        Ok(AuditHead { entries: chain.length, link: hex(&chain.link) })
    }
}

fn insert(conn: &Connection, stored: &StoredEntry) -> rusqlite::Result<()> {
    let StoredEntry { entry, detail, written, link } = stored;
    conn.prepare_cached(
        "INSERT INTO audit (number, moment, operator, command, action, detail, writes, written, link) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        sql_int(entry.number),
        entry.moment,
        entry.operator,
        entry.command,
        entry.action,
        detail,
        sql_int(entry.writes),
        written,
        link
    ])?;
    Ok(())
}

/// Entries with their links, oldest first.
pub(crate) fn stored(conn: &Connection, after: u64, limit: usize) -> Result<Vec<StoredEntry>, LedgerError> {
    let doing = "read the audit";
    let mut select = conn
        .prepare_cached(
            "SELECT number, moment, operator, command, action, detail, writes, written, link FROM audit \
             WHERE number > ?1 ORDER BY number LIMIT ?2",
        )
        .doing(doing)?;
    let mut rows = select.query(params![sql_int(after), sql_int(limit)]).doing(doing)?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next().doing(doing)? {
        let detail: String = row.get(5).doing(doing)?;
        let entry = AuditEntry {
            number: count(row.get(0).doing(doing)?),
            moment: row.get(1).doing(doing)?,
            operator: row.get(2).doing(doing)?,
            command: row.get(3).doing(doing)?,
            action: row.get(4).doing(doing)?,
            detail: serde_json::from_str(&detail)
                .map_err(|_| LedgerError::UnknownWord { what: "detail in the audit", word: "(no JSON)".to_owned() })?,
            writes: count(row.get(6).doing(doing)?),
        };
        let (written, link) = (row.get(7).doing(doing)?, row.get(8).doing(doing)?);
        entries.push(StoredEntry { entry, detail, written, link });
    }
    Ok(entries)
}

/// The head that lies beside a ledger; `None` when there is none that can be read.
pub(crate) fn read_head(ledger: &Path) -> Option<AuditHead> {
    serde_json::from_str(&fs::read_to_string(head_path(ledger)).ok()?).ok()
}

/// Where the head lies.
pub(crate) fn head_path(ledger: &Path) -> PathBuf {
    lock::beside(ledger, "head")
}

/// Puts the head beside the ledger, in one step.
fn write_head(ledger: &Path, head: &AuditHead) -> Result<(), LedgerError> {
    let path = head_path(ledger);
    let failed = |source| LedgerError::File { path: path.clone(), source };
    let text = serde_json::to_string(head).map_err(|error| failed(error.into()))? + "\n";
    let new = lock::beside(&path, "new");
    fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).map_err(failed)
}

/// Whether the ledger has the entry that a head names: it may have got further since, and never less far.
pub(crate) fn fits(conn: &Connection, head: &AuditHead) -> rusqlite::Result<bool> {
    if head.entries == 0 {
        return Ok(true);
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM audit WHERE number = ?1 AND lower(hex(link)) = ?2)";
    conn.query_row(sql, params![sql_int(head.entries), head.link], |row| row.get(0))
}

fn hex(link: &Link) -> String {
    blake3::Hash::from_bytes(*link).to_hex().to_string()
}
