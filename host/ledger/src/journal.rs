//! The write journal: every confirmed write to Odoo, with what was there before.

use rusqlite::params;

use crate::error::Doing;
use crate::passes::sql_int;
use crate::{Ledger, LedgerError, Write, WriteAction, WriteRow, chain, digest};

impl Ledger {
    /// Keeps what an update is about to replace, as JSON text, before it is sent. An image that is there already stays: it is
    /// from a try whose outcome nobody knows, and what Odoo holds now may be that try's own doing.
    pub fn keep_before_image(&mut self, rowid: i64, image: &str) -> Result<(), LedgerError> {
        let doing = "keep a before-image";
        let tx = self.transaction(doing)?;
        tx.execute("INSERT OR IGNORE INTO before_image (record, image) VALUES (?1, ?2)", params![rowid, image])
            .doing(doing)?;
        tx.commit().doing(doing)
    }

    /// Appends writes to the journal, updates with the before-image that was kept, and brings cells, Odoo id and state of their records up to date, all in one
    /// transaction. A record that was adopted stays adopted when it is updated.
    ///
    /// Errors: [`LedgerError::NoSuchRecord`], and then none of the writes is stored.
    pub fn record_writes(&mut self, writes: &[Write]) -> Result<(), LedgerError> {
        let doing = "record writes";
        let operator = self.session.operator.clone();
        let tx = self.transaction(doing)?;
        let last = chain::last_write(&tx).doing(doing)?;
        {
            let mut update = tx
                .prepare_cached(
                    "UPDATE record SET written_cells = ?2, written_digest = ?3, odoo_id = ?4, \
                     adopted = max(adopted, ?5), state = iif(max(adopted, ?5), 'adopted', 'written') WHERE number = ?1",
                )
                .doing(doing)?;
            let mut append = tx
                .prepare_cached(
                    "INSERT INTO journal (record, moment, action, odoo_id, fields, before, cells) \
                     VALUES (?1, ?2, ?3, ?4, ?5, \
                     (SELECT image FROM before_image WHERE before_image.record = ?1), ?6)",
                )
                .doing(doing)?;
            let mut settle = tx.prepare_cached("DELETE FROM before_image WHERE record = ?1").doing(doing)?;
            let mut anew = tx.prepare_cached("DELETE FROM edited WHERE record = ?1").doing(doing)?;
            let mut unseal = tx.prepare_cached("INSERT OR IGNORE INTO unsealed (record) VALUES (?1)").doing(doing)?;
            for write in writes {
                let digest = digest::of_cells(&write.cells);
                let adopted = write.action == WriteAction::Adopt;
                let updated =
                    update.execute(params![write.rowid, write.cells, digest, write.odoo_id, adopted]).doing(doing)?;
                if updated == 0 {
                    return Err(LedgerError::NoSuchRecord { rowid: write.rowid });
                }
                // A list of names always has a JSON text.
                let fields = serde_json::Value::from(write.fields.clone()).to_string();
                append
                    .execute(params![
                        write.rowid,
                        write.moment,
                        write.action.as_str(),
                        write.odoo_id,
                        fields,
                        write.cells
                    ])
                    .doing(doing)?;
                settle.execute([write.rowid]).doing(doing)?;
                unseal.execute([write.rowid]).doing(doing)?;
                if write.action == WriteAction::Create {
                    anew.execute([write.rowid]).doing(doing)?;
                }
            }
            chain::link_writes(&tx, last, Some(&operator)).doing(doing)?;
        }
        tx.commit().doing(doing)
    }

    /// Up to `limit` journal rows after a number (0: from the first), oldest first.
    pub fn journal(&self, after: i64, limit: usize) -> Result<Vec<WriteRow>, LedgerError> {
        let doing = "read the write journal";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT journal.id, model, object, source_id, external_id, record, moment, action, journal.odoo_id, \
                 fields, before, journal.cells, operator FROM journal JOIN record ON record.number = journal.record \
                 WHERE journal.id > ?1 ORDER BY journal.id LIMIT ?2",
            )
            .doing(doing)?;
        let mut rows = select.query(params![after, sql_int(limit)]).doing(doing)?;
        let mut journal = Vec::new();
        while let Some(row) = rows.next().doing(doing)? {
            let action: String = row.get(7).doing(doing)?;
            let fields: String = row.get(9).doing(doing)?;
            journal.push(WriteRow {
                id: row.get(0).doing(doing)?,
                model: row.get(1).doing(doing)?,
                object: row.get(2).doing(doing)?,
                source_id: row.get(3).doing(doing)?,
                external_id: row.get(4).doing(doing)?,
                operator: row.get(12).doing(doing)?,
                write: Write {
                    rowid: row.get(5).doing(doing)?,
                    moment: row.get(6).doing(doing)?,
                    action: WriteAction::parse(&action)
                        .ok_or(LedgerError::UnknownWord { what: "write action", word: action })?,
                    odoo_id: row.get(8).doing(doing)?,
                    fields: serde_json::from_str(&fields)
                        .map_err(|_| LedgerError::UnknownWord { what: "list of fields", word: fields })?,
                    before: row.get(10).doing(doing)?,
                    cells: row.get(11).doing(doing)?,
                },
            });
        }
        Ok(journal)
    }
}
