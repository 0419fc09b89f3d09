//! What a reading of changes needs: the newest stamps that are staged, and which rows are there as they were.

use std::collections::BTreeMap;

use rusqlite::params;

use crate::error::Doing;
use crate::passes::{check_open, sql_int};
use crate::{Ledger, LedgerError};

impl Ledger {
    /// The newest stamp of an object's rows that is not behind `until`, by what stands before the first `/` of their ids.
    /// `member` is the member of their bodies that holds it, as text that sorts as moments do.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], also for a body that is no JSON.
    pub fn newest(&self, object: &str, member: &str, until: &str) -> Result<BTreeMap<String, String>, LedgerError> {
        let doing = "look for the newest stamps";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT substr(id, 1, instr(id, '/') - 1), max(json_extract(body, ?2)) FROM staged \
                 WHERE object = ?1 AND instr(id, '/') > 1 AND json_extract(body, ?2) <= ?3 GROUP BY 1",
            )
            .doing(doing)?;
        let path = format!("$.\"{member}\"");
        let rows = select.query_map([object, &path, until], |row| Ok((row.get(0)?, row.get(1)?))).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Takes note that rows are in the source as they are staged; how many of them are staged at all.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchPass`] when the pass is finished or unknown.
    pub fn see(&mut self, pass: u64, object: &str, ids: &[String]) -> Result<usize, LedgerError> {
        let doing = "take note of rows that are there";
        let tx = self.transaction(doing)?;
        check_open(&tx, pass, doing)?;
        let mut staged = 0;
        {
            let sql = "UPDATE staged SET pass = ?3 WHERE object = ?1 AND id = ?2";
            let mut see = tx.prepare_cached(sql).doing(doing)?;
            for id in ids {
                staged += see.execute(params![object, id, sql_int(pass)]).doing(doing)?;
            }
        }
        tx.commit().doing(doing)?;
        Ok(staged)
    }
}
