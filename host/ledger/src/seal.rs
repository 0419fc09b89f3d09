//! Seals: what Odoo held after the last write, so that an undo can tell a customer's change from ours.

use rusqlite::{OptionalExtension, params};

use crate::error::Doing;
use crate::passes::sql_int;
use crate::undo::COUNTS;
use crate::{Ledger, LedgerError};

/// What a record held when it was read back after its last write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The planned record's row id.
    pub rowid: i64,
    /// Odoo's `write_date`, as it reads.
    pub write_date: String,
    /// The fields that the digest is over, in order.
    pub fields: Vec<String>,
    /// A digest of their values.
    pub content: [u8; 32],
}

impl Ledger {
    /// Row id, Odoo id and whether it was in Odoo before the migration, of up to `limit` records of a model after a row
    /// id that were written and not read back since.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn unsealed(&self, model: &str, after: i64, limit: usize) -> Result<Vec<(i64, i64, bool)>, LedgerError> {
        let doing = "read the records that were not read back";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT number, odoo_id, adopted FROM unsealed JOIN record ON record.number = unsealed.record \
                 WHERE model = ?1 AND number > ?2 AND odoo_id IS NOT NULL ORDER BY number LIMIT ?3",
            )
            .doing(doing)?;
        let rows = select
            .query_map(params![model, after, sql_int(limit)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Keeps that somebody has changed a record in Odoo since it was sealed: a later seal would vouch for that change, so the
    /// one that it has stays. A record that is made anew is nobody's again.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn keep_edited(&mut self, rowid: i64) -> Result<(), LedgerError> {
        self.conn
            .execute("INSERT OR IGNORE INTO edited (record) VALUES (?1)", [rowid])
            .doing("keep that a record was changed")?;
        Ok(())
    }

    /// Forgets that these records were read back, in one transaction: what they hold is about to change by our doing.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn unseal(&mut self, rowids: &[i64]) -> Result<(), LedgerError> {
        let doing = "forget what was read back";
        let tx = self.transaction(doing)?;
        for rowid in rowids {
            tx.prepare_cached("INSERT OR IGNORE INTO unsealed (record) VALUES (?1)")
                .and_then(|mut put| put.execute([rowid]))
                .doing(doing)?;
        }
        tx.commit().doing(doing)
    }

    /// The records of these that the migration has written: row id and Odoo id.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn made_by_us(&self, model: &str, odoo_ids: &[i64]) -> Result<Vec<(i64, i64)>, LedgerError> {
        let doing = "look records up";
        let sql = "SELECT number FROM record INDEXED BY record_by_odoo_id WHERE model = ?1 AND odoo_id = ?2 \
                   AND written_digest IS NOT NULL";
        let mut select = self.conn.prepare_cached(sql).doing(doing)?;
        let mut found = Vec::new();
        for odoo_id in odoo_ids {
            let rows = select.query_map(params![model, odoo_id], |row| row.get(0)).doing(doing)?;
            for rowid in rows {
                found.push((rowid.doing(doing)?, *odoo_id));
            }
        }
        Ok(found)
    }

    /// Keeps seals in place of earlier ones, but for records that somebody has changed ([`Ledger::keep_edited`]), and forgets that these records, and those of `gone`, were not read back:
    /// all in one transaction.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn seal(&mut self, seals: &[Seal], gone: &[i64]) -> Result<(), LedgerError> {
        let doing = "keep what was read back";
        let tx = self.transaction(doing)?;
        {
            let mut list = tx.prepare_cached("INSERT OR IGNORE INTO field_list (names) VALUES (?1)").doing(doing)?;
            let mut put = tx
                .prepare_cached(
                    "INSERT OR REPLACE INTO seal (record, write_date, fields, content) \
                     SELECT ?1, ?2, (SELECT number FROM field_list WHERE names = ?3), ?4 \
                     WHERE NOT EXISTS (SELECT 1 FROM edited WHERE record = ?1)",
                )
                .doing(doing)?;
            let mut settle = tx.prepare_cached("DELETE FROM unsealed WHERE record = ?1").doing(doing)?;
            for seal in seals {
                let names = serde_json::Value::from(seal.fields.clone()).to_string();
                list.execute([&names]).doing(doing)?;
                put.execute(params![seal.rowid, seal.write_date, names, seal.content]).doing(doing)?;
                settle.execute([seal.rowid]).doing(doing)?;
            }
            for rowid in gone {
                settle.execute([rowid]).doing(doing)?;
            }
        }
        tx.commit().doing(doing)
    }

    /// The fields of a record that were sent since it was read back last; all that were sent, when it never was. And whether
    /// it ever was.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn sent_since_seal(&self, rowid: i64) -> Result<(Vec<String>, bool), LedgerError> {
        let doing = "read what was sent";
        let sql = format!(
            "SELECT fields, EXISTS (SELECT 1 FROM seal WHERE seal.record = journal.record) FROM journal \
             WHERE record = ?1 AND {COUNTS} ORDER BY id DESC"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let mut rows = select.query([rowid]).doing(doing)?;
        let (mut fields, mut again) = (Vec::new(), false);
        while let Some(row) = rows.next().doing(doing)? {
            let names: String = row.get(0).doing(doing)?;
            let names: Vec<String> = serde_json::from_str(&names)
                .map_err(|_| LedgerError::UnknownWord { what: "list of fields", word: names })?;
            fields.extend(names);
            // Of a record that was read back before, the last write alone is new.
            again = row.get(1).doing(doing)?;
            if again {
                break;
            }
        }
        fields.sort_unstable();
        fields.dedup();
        Ok((fields, again))
    }

    /// What a record held when it was last read back; `None` when it was written since, or never read back.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn seal_of(&self, rowid: i64) -> Result<Option<Seal>, LedgerError> {
        let doing = "read what was read back";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT write_date, names, content FROM seal JOIN field_list ON field_list.number = seal.fields \
                 WHERE record = ?1 AND NOT EXISTS (SELECT 1 FROM unsealed WHERE unsealed.record = seal.record)",
            )
            .doing(doing)?;
        let row = select
            .query_row([rowid], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?)))
            .optional()
            .doing(doing)?;
        let Some((write_date, names, content)) = row else { return Ok(None) };
        let fields = serde_json::from_str(&names)
            .map_err(|_| LedgerError::UnknownWord { what: "list of fields", word: names })?;
        Ok(Some(Seal { rowid, write_date, fields, content }))
    }
}
