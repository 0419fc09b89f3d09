//! How far an undo has come: what is to be taken back, and what became of it.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use crate::error::Doing;
use crate::passes::sql_int;
use crate::{Ledger, LedgerError, chain};

/// How far the undo of one record has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UndoStep {
    /// About to be cancelled, as a confirmed order must be before it can be deleted.
    Cancelling,
    /// About to be deleted.
    Deleting,
    /// About to be archived.
    Archiving,
    /// Deleted.
    Deleted,
    /// The values before the migration are back.
    Restored,
    /// Left in Odoo, archived: Odoo refuses to delete it, or others refer to it.
    Archived,
    /// Nothing was changed in it, so nothing was to be taken back.
    Untied,
    /// The customer had deleted it.
    Gone,
    /// Left as it is.
    Kept,
}

impl UndoStep {
    const ALL: [Self; 9] = [
        Self::Cancelling,
        Self::Deleting,
        Self::Archiving,
        Self::Deleted,
        Self::Restored,
        Self::Archived,
        Self::Untied,
        Self::Gone,
        Self::Kept,
    ];

    /// The word that stands for the step in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancelling => "cancelling",
            Self::Deleting => "deleting",
            Self::Archiving => "archiving",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
            Self::Archived => "archived",
            Self::Untied => "untied",
            Self::Gone => "gone",
            Self::Kept => "kept",
        }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_end(self) -> bool {
        !matches!(self, Self::Cancelling | Self::Deleting | Self::Archiving)
    }

    /// Whether the record stays in Odoo with what the migration wrote.
    #[must_use]
    pub fn leaves_it(self) -> bool {
        matches!(self, Self::Archived | Self::Kept)
    }

    fn parse(word: String) -> Result<Self, LedgerError> {
        let step = Self::ALL.into_iter().find(|step| step.as_str() == word);
        step.ok_or(LedgerError::UnknownWord { what: "undo step", word })
    }
}

/// A record that the migration wrote, as an undo sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Made {
    /// The planned record's row id.
    pub rowid: i64,
    /// The source object.
    pub object: String,
    /// The source row's id.
    pub source_id: String,
    /// The Odoo database id.
    pub odoo_id: i64,
    /// Made by the migration; otherwise it was there before.
    pub created: bool,
    /// What updates replaced, oldest first, as JSON text.
    pub before: Vec<String>,
    /// The fields that were written.
    pub fields: Vec<String>,
    /// Begun by an undo that was broken off.
    pub step: Option<UndoStep>,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Made")
            .field("rowid", &self.rowid)
            .field("odoo_id", &self.odoo_id)
            .field("created", &self.created)
            .field("images", &self.before.len())
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

/// How the migration stands to a record of Odoo's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It did not make it.
    Foreign,
    /// It made it.
    Ours,
    /// It made it, and an undo has left it in Odoo.
    Left,
}

/// How records of a model ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UndoEnd {
    /// The Odoo model.
    pub model: String,
    /// What became of them.
    pub step: UndoStep,
    /// Why they are still there: a code.
    pub reason: Option<String>,
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// The Odoo model.
    pub model: String,
    /// The source object.
    pub object: String,
    /// The source row's id.
    pub source_id: String,
    /// The Odoo database id it has, or had.
    pub odoo_id: i64,
    /// What became of it.
    pub end: UndoStep,
    /// Why it is still there: a code.
    pub reason: Option<String>,
}

/// A thing that the schema phase made in Odoo.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SchemaPart {
    /// `field`, `choice` or `page`.
    pub kind: String,
    /// The Odoo model.
    pub model: String,
    /// The field; empty for a page.
    pub name: String,
    /// The choice's value; empty for others.
    pub value: String,
}

/// Journal rows that count: those after the last undo of their record.
pub(crate) const COUNTS: &str = "journal.id > (SELECT coalesce(max(id), 0) FROM journal AS past \
                      WHERE past.record = journal.record AND past.action = 'undo')";

impl Ledger {
    /// The models that were written, those first that were written last.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn models_to_undo(&self) -> Result<Vec<String>, LedgerError> {
        let doing = "read what can be undone";
        let sql = "SELECT model FROM record LEFT JOIN journal ON journal.record = number \
                   WHERE record.odoo_id IS NOT NULL GROUP BY model ORDER BY min(journal.id) IS NOT NULL, min(journal.id) DESC";
        let mut select = self.conn.prepare_cached(sql).doing(doing)?;
        let rows = select.query_map([], |row| row.get(0)).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Up to `limit` records of a model below a row id that were written and whose undo has not ended, the last first.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn made(&self, model: &str, below: Option<i64>, limit: usize) -> Result<Vec<Made>, LedgerError> {
        let doing = "read what can be undone";
        let sql = format!(
            "SELECT number, object, source_id, record.odoo_id, undo.step, \
             EXISTS (SELECT 1 FROM journal WHERE journal.record = number AND action = 'create' AND {COUNTS}) \
             FROM record INDEXED BY record_by_model LEFT JOIN undo ON undo.record = number \
             WHERE model = ?1 AND number < ?2 AND record.odoo_id IS NOT NULL \
             AND (undo.step IS NULL OR undo.step IN ('cancelling', 'deleting', 'archiving')) \
             AND (EXISTS (SELECT 1 FROM journal WHERE journal.record = number AND {COUNTS}) \
                  OR EXISTS (SELECT 1 FROM before_image WHERE before_image.record = number)) \
             ORDER BY number DESC LIMIT ?3"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let mut rows = select.query(params![model, below.unwrap_or(i64::MAX), sql_int(limit)]).doing(doing)?;
        let mut made = Vec::new();
        while let Some(row) = rows.next().doing(doing)? {
            let step: Option<String> = row.get(4).doing(doing)?;
            let rowid = row.get(0).doing(doing)?;
            let (before, fields) = self.images(rowid)?;
            made.push(Made {
                rowid,
                object: row.get(1).doing(doing)?,
                source_id: row.get(2).doing(doing)?,
                odoo_id: row.get(3).doing(doing)?,
                created: row.get(5).doing(doing)?,
                before,
                fields,
                step: step.map(UndoStep::parse).transpose()?,
            });
        }
        Ok(made)
    }

    /// The fields of a record that were written.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn written_fields(&self, rowid: i64) -> Result<Vec<String>, LedgerError> {
        Ok(self.images(rowid)?.1)
    }

    /// What the updates of a record replaced, oldest first, and which fields were written in all. An update that was
    /// sent and never confirmed has an image without a journal row.
    fn images(&self, rowid: i64) -> Result<(Vec<String>, Vec<String>), LedgerError> {
        let doing = "read before-images";
        let sql = format!("SELECT before, fields FROM journal WHERE record = ?1 AND {COUNTS} ORDER BY id");
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let mut rows = select.query([rowid]).doing(doing)?;
        let (mut before, mut fields) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next().doing(doing)? {
            before.extend(row.get::<_, Option<String>>(0).doing(doing)?);
            let names: String = row.get(1).doing(doing)?;
            let names: Vec<String> = serde_json::from_str(&names)
                .map_err(|_| LedgerError::UnknownWord { what: "list of fields", word: names })?;
            fields.extend(names);
        }
        let mut select = self.conn.prepare_cached("SELECT image FROM before_image WHERE record = ?1").doing(doing)?;
        before.extend(select.query_row([rowid], |row| row.get::<_, String>(0)).optional().doing(doing)?);
        fields.sort_unstable();
        fields.dedup();
        Ok((before, fields))
    }

    /// Row id, model, external id and cells of up to `limit` records of a model after a row id that were never confirmed to be in
    /// Odoo: a killed run may have made them all the same.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn unconfirmed(&self, after: i64, limit: usize) -> Result<Vec<(i64, String, String, String)>, LedgerError> {
        let doing = "read the records that were never confirmed";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT number, model, external_id, cells FROM record WHERE odoo_id IS NULL AND number > ?1 \
                 AND NOT EXISTS (SELECT 1 FROM undo WHERE undo.record = number) ORDER BY number LIMIT ?2",
            )
            .doing(doing)?;
        let rows = select
            .query_map(params![after, sql_int(limit)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// How the migration stands to an Odoo record.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn standing(&self, model: &str, odoo_id: i64) -> Result<Standing, LedgerError> {
        let doing = "look a record up";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT undo.step FROM record INDEXED BY record_by_odoo_id LEFT JOIN undo ON undo.record = number \
                 WHERE model = ?1 AND record.odoo_id = ?2 AND NOT adopted",
            )
            .doing(doing)?;
        let step: Option<Option<String>> =
            select.query_row(params![model, odoo_id], |row| row.get(0)).optional().doing(doing)?;
        Ok(match step {
            None => Standing::Foreign,
            Some(Some(word)) if UndoStep::parse(word.clone())?.leaves_it() => Standing::Left,
            Some(_) => Standing::Ours,
        })
    }

    /// Notes how far the undo of records has come, in one transaction. A record whose end takes back all writes is as
    /// if it had never been written: a later run writes it again.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn note_undo(&mut self, steps: &[(i64, UndoStep, Option<String>)], moment: i64) -> Result<(), LedgerError> {
        let doing = "note an undo";
        let operator = self.session.operator.clone();
        let tx = self.transaction(doing)?;
        let last = chain::last_write(&tx).doing(doing)?;
        for (rowid, step, reason) in steps {
            tx.prepare_cached(
                "INSERT INTO undo (record, step, reason, odoo_id, moment) \
                 VALUES (?1, ?2, ?3, (SELECT odoo_id FROM record WHERE number = ?1), ?4) \
                 ON CONFLICT (record) DO UPDATE SET step = excluded.step, reason = excluded.reason, \
                 odoo_id = excluded.odoo_id, moment = excluded.moment",
            )
            .and_then(|mut put| put.execute(params![rowid, step.as_str(), reason, moment]))
            .doing(doing)?;
            if !step.is_end() || step.leaves_it() {
                continue;
            }
            tx.prepare_cached(
                "INSERT INTO journal (record, moment, action, odoo_id, fields, before, cells) \
                 SELECT number, ?2, 'undo', odoo_id, '[]', NULL, '{}' FROM record WHERE number = ?1",
            )
            .and_then(|mut append| append.execute(params![rowid, moment]))
            .doing(doing)?;
            let stays = matches!(step, UndoStep::Restored | UndoStep::Untied);
            tx.prepare_cached(
                "UPDATE record SET written_cells = NULL, written_digest = NULL, \
                 odoo_id = iif(?2, odoo_id, NULL), state = iif(?2, 'adopted', 'planned') WHERE number = ?1",
            )
            .and_then(|mut update| update.execute(params![rowid, stays]))
            .doing(doing)?;
            for table in ["before_image", "seal", "unsealed", "file"] {
                tx.prepare_cached(&format!("DELETE FROM {table} WHERE record = ?1"))
                    .and_then(|mut delete| delete.execute([rowid]))
                    .doing(doing)?;
            }
        }
        chain::link_writes(&tx, last, Some(&operator)).doing(doing)?;
        tx.commit().doing(doing)
    }

    /// How many records of a model ended alike, and why.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn undo_ends(&self) -> Result<BTreeMap<UndoEnd, u64>, LedgerError> {
        let doing = "count what was undone";
        // Counted here: SQLite would sort all of them in memory first.
        let sql = "SELECT model, step, reason FROM undo JOIN record ON record.number = undo.record";
        let mut select = self.conn.prepare_cached(sql).doing(doing)?;
        let mut rows = select.query([]).doing(doing)?;
        let mut ends = BTreeMap::new();
        while let Some(row) = rows.next().doing(doing)? {
            let step = UndoStep::parse(row.get(1).doing(doing)?)?;
            let end = UndoEnd { model: row.get(0).doing(doing)?, step, reason: row.get(2).doing(doing)? };
            *ends.entry(end).or_default() += 1;
        }
        Ok(ends)
    }

    /// The records that an undo has left in Odoo.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn left(&self) -> Result<Vec<Undone>, LedgerError> {
        let doing = "read what an undo has left";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT model, object, source_id, undo.odoo_id, step, reason FROM undo \
                 JOIN record ON record.number = undo.record \
                 WHERE step IN ('kept', 'archived') ORDER BY model, object, source_id",
            )
            .doing(doing)?;
        let mut rows = select.query([]).doing(doing)?;
        let mut left = Vec::new();
        while let Some(row) = rows.next().doing(doing)? {
            left.push(Undone {
                model: row.get(0).doing(doing)?,
                object: row.get(1).doing(doing)?,
                source_id: row.get(2).doing(doing)?,
                odoo_id: row.get(3).doing(doing)?,
                end: UndoStep::parse(row.get(4).doing(doing)?)?,
                reason: row.get(5).doing(doing)?,
            });
        }
        Ok(left)
    }

    /// Forgets how earlier undos ended, so that a new one looks at every record that is still there.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn forget_undo(&mut self) -> Result<(), LedgerError> {
        self.conn.execute("DELETE FROM undo", []).doing("forget an undo").map(drop)
    }

    /// Notes what the schema phase is about to make.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn note_schema(&mut self, parts: &[SchemaPart]) -> Result<(), LedgerError> {
        let doing = "note the schema";
        let tx = self.transaction(doing)?;
        for part in parts {
            tx.prepare_cached("INSERT OR IGNORE INTO schema_part (kind, model, name, value) VALUES (?1, ?2, ?3, ?4)")
                .and_then(|mut put| put.execute([&part.kind, &part.model, &part.name, &part.value]))
                .doing(doing)?;
        }
        tx.commit().doing(doing)
    }

    /// What the schema phase made.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn schema_parts(&self) -> Result<Vec<SchemaPart>, LedgerError> {
        let doing = "read the schema";
        let mut select = self
            .conn
            .prepare_cached("SELECT kind, model, name, value FROM schema_part ORDER BY kind, model, name, value")
            .doing(doing)?;
        let rows = select
            .query_map([], |row| {
                Ok(SchemaPart { kind: row.get(0)?, model: row.get(1)?, name: row.get(2)?, value: row.get(3)? })
            })
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Forgets a part that is no longer in Odoo.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn forget_schema(&mut self, part: &SchemaPart) -> Result<(), LedgerError> {
        let sql = "DELETE FROM schema_part WHERE kind = ?1 AND model = ?2 AND name = ?3 AND value = ?4";
        self.conn
            .execute(sql, [&part.kind, &part.model, &part.name, &part.value])
            .doing("forget a part of the schema")
            .map(drop)
    }
}
