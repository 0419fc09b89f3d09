//! Files that were written to Odoo: what they were, never their bytes.

use rusqlite::params;

use crate::error::Doing;
use crate::passes::{count, sql_int};
use crate::{Ledger, LedgerError};

/// A file that a field of a record was filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// The planned record's row id.
    pub rowid: i64,
    /// The field.
    pub field: String,
    /// How many bytes were sent.
    pub length: u64,
    /// Their SHA-1.
    pub sha1: [u8; 20],
    /// What the source said beside the content, another text whenever that may be another.
    pub stamp: Option<String>,
}

/// A record of the newest plan that is in Odoo with a file: row id, planned cells and the files.
pub type FiledRecord = (i64, String, Vec<WrittenFile>);

impl Ledger {
    /// Keeps what was sent, in place of what was kept of the same fields.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn keep_files(&mut self, files: &[WrittenFile]) -> Result<(), LedgerError> {
        let doing = "keep what files were sent";
        let tx = self.transaction(doing)?;
        for WrittenFile { rowid, field, length, sha1, stamp } in files {
            let sql = "INSERT OR REPLACE INTO file (record, field, length, sha1, stamp) VALUES (?1, ?2, ?3, ?4, ?5)";
            tx.prepare_cached(sql)
                .and_then(|mut put| put.execute(params![rowid, field, sql_int(*length), sha1, stamp]))
                .doing(doing)?;
        }
        tx.commit().doing(doing)
    }

    /// The files that were sent for a record, by field.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn files_of(&self, rowid: i64) -> Result<Vec<WrittenFile>, LedgerError> {
        let doing = "read what files were sent";
        let mut select = self
            .conn
            .prepare_cached("SELECT field, length, sha1, stamp FROM file WHERE record = ?1 ORDER BY field")
            .doing(doing)?;
        let rows = select
            .query_map([rowid], |row| {
                let length = count(row.get(1)?);
                Ok(WrittenFile { rowid, field: row.get(0)?, length, sha1: row.get(2)?, stamp: row.get(3)? })
            })
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Up to `limit` records of a model, after a row id, that are in the newest plan and in Odoo with a file.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn filed(&self, model: &str, after: i64, limit: usize) -> Result<Vec<FiledRecord>, LedgerError> {
        let doing = "read the records with files";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT number, cells FROM file CROSS JOIN record ON record.number = file.record \
                 WHERE file.record > ?2 AND model = ?1 AND odoo_id IS NOT NULL AND state IN ('written', 'adopted') \
                 AND generation = (SELECT max(generation) FROM plan) GROUP BY number ORDER BY number LIMIT ?3",
            )
            .doing(doing)?;
        let rows = select
            .query_map(params![model, after, sql_int(limit)], |row| Ok((row.get(0)?, row.get(1)?)))
            .doing(doing)?;
        let rows: Vec<(i64, String)> = rows.collect::<Result<_, _>>().doing(doing)?;
        rows.into_iter().map(|(rowid, cells)| Ok((rowid, cells, self.files_of(rowid)?))).collect()
    }

    /// Makes records pending again, because something that their cells name is another than it was.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn make_pending(&mut self, rowids: &[i64]) -> Result<(), LedgerError> {
        let doing = "make records pending";
        let tx = self.transaction(doing)?;
        for rowid in rowids {
            tx.prepare_cached("UPDATE record SET written_digest = NULL WHERE number = ?1")
                .and_then(|mut update| update.execute([rowid]))
                .doing(doing)?;
        }
        tx.commit().doing(doing)
    }
}
