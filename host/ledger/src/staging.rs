//! Staging: source rows verbatim, page by page, each page and its cursor in one transaction.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::error::Doing;
use crate::passes::{check_open, count, sql_int};
use crate::{Cursor, Ledger, LedgerError, PageCounts, StagedRow, digest};

const COLUMNS: &str = "id, parent, position, body";

/// Rows that the newest complete reading of their object has seen. An object that was never read to its end has all of its.
pub(crate) const IN_SOURCE: &str =
    "pass >= ifnull((SELECT max(cursor.pass) FROM cursor WHERE cursor.object = ?1 AND mark IS NULL), 0)";

impl Ledger {
    /// Where the reading of an object stands in a pass.
    pub fn cursor(&self, pass: u64, object: &str) -> Result<Cursor, LedgerError> {
        let doing = "read a cursor";
        let mut select =
            self.conn.prepare_cached("SELECT mark FROM cursor WHERE pass = ?1 AND object = ?2").doing(doing)?;
        let mark: Option<Option<String>> =
            select.query_row(params![sql_int(pass), object], |row| row.get(0)).optional().doing(doing)?;
        Ok(match mark {
            None => Cursor::Start,
            Some(Some(mark)) => Cursor::At(mark),
            Some(None) => Cursor::Done,
        })
    }

    /// Stages rows and moves the object's cursor, in one transaction. Staging the same page again changes no row.
    ///
    /// Errors: [`LedgerError::NoSuchPass`] when the pass is finished or unknown.
    pub fn stage_page(
        &mut self,
        pass: u64,
        object: &str,
        rows: &[StagedRow],
        cursor: &Cursor,
    ) -> Result<PageCounts, LedgerError> {
        let doing = "stage a page";
        let tx = self.transaction(doing)?;
        check_open(&tx, pass, doing)?;
        let counts = stage_rows(&tx, pass, object, rows).doing(doing)?;
        set_cursor(&tx, pass, object, cursor).doing(doing)?;
        tx.commit().doing(doing)?;
        Ok(counts)
    }

    /// Up to `limit` rows of an object after an id, in bytewise order of their ids. Rows that vanished from the source are
    /// not among them.
    pub fn staged(&self, object: &str, after: Option<&str>, limit: usize) -> Result<Vec<StagedRow>, LedgerError> {
        let doing = "read staged rows";
        let compare = if after.is_some() { ">" } else { ">=" };
        let sql = format!(
            "SELECT {COLUMNS} FROM staged WHERE object = ?1 AND id {compare} ?2 AND {IN_SOURCE} ORDER BY id LIMIT ?3"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select.query_map(params![object, after.unwrap_or(""), sql_int(limit)], staged_row).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// The child rows whose parents lie between two ids, both included, in bytewise order: by parent, then position, then id.
    /// Rows that vanished from the source are not among them: a corrected exam must not keep readings of the former one.
    pub fn staged_children(
        &self,
        object: &str,
        first_parent: &str,
        last_parent: &str,
    ) -> Result<Vec<StagedRow>, LedgerError> {
        let doing = "read staged child rows";
        let sql = format!(
            "SELECT {COLUMNS} FROM staged WHERE object = ?1 AND parent IS NOT NULL AND parent BETWEEN ?2 AND ?3 \
             AND {IN_SOURCE} ORDER BY parent, position, id"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select.query_map([object, first_parent, last_parent], staged_row).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// The ids of an object's rows that name no parent, in bytewise order. Rows that vanished from the source are not among
    /// them.
    pub fn staged_alone(&self, object: &str) -> Result<Vec<String>, LedgerError> {
        let doing = "look for rows without a parent";
        let sql = format!("SELECT id FROM staged WHERE object = ?1 AND parent IS NULL AND {IN_SOURCE} ORDER BY id");
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select.query_map([object], |row| row.get(0)).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// The rows that name a parent which no staged row of another object is, as parent and id, in bytewise order. Rows that
    /// vanished from the source are not among them, and are nobody's parents.
    pub fn staged_orphans(&self, object: &str, parents: &str) -> Result<Vec<(String, String)>, LedgerError> {
        let doing = "look for rows without their parent";
        let sql = format!(
            "SELECT parent, id FROM staged WHERE object = ?1 AND parent IS NOT NULL AND {IN_SOURCE} \
             AND NOT EXISTS (SELECT 1 FROM staged AS other WHERE other.object = ?2 AND other.id = staged.parent \
             AND other.pass >= ifnull((SELECT max(cursor.pass) FROM cursor WHERE cursor.object = ?2 AND mark IS NULL), 0)) \
             ORDER BY parent, id"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select.query_map([object, parents], |row| Ok((row.get(0)?, row.get(1)?))).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// One row; `None` when it was never staged.
    pub fn staged_row(&self, object: &str, id: &str) -> Result<Option<StagedRow>, LedgerError> {
        let doing = "read a staged row";
        let sql = format!("SELECT {COLUMNS} FROM staged WHERE object = ?1 AND id = ?2");
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        select.query_row([object, id], staged_row).optional().doing(doing)
    }

    /// How many rows of an object are staged, those that vanished from the source included.
    pub fn staged_count(&self, object: &str) -> Result<u64, LedgerError> {
        let doing = "count staged rows";
        let mut select = self.conn.prepare_cached("SELECT count(*) FROM staged WHERE object = ?1").doing(doing)?;
        select.query_row([object], |row| row.get(0).map(count)).doing(doing)
    }

    /// How many rows of an object a pass has seen, each once.
    pub fn staged_in(&self, pass: u64, object: &str) -> Result<u64, LedgerError> {
        let doing = "count staged rows";
        let sql = "SELECT count(*) FROM staged WHERE object = ?1 AND pass = ?2";
        let mut select = self.conn.prepare_cached(sql).doing(doing)?;
        select.query_row(params![object, sql_int(pass)], |row| row.get(0).map(count)).doing(doing)
    }

    /// The objects that have staged rows, by name, with how many.
    pub fn staged_objects(&self) -> Result<Vec<(String, u64)>, LedgerError> {
        let doing = "count staged rows";
        let mut select = self
            .conn
            .prepare_cached("SELECT object, count(*) FROM staged GROUP BY object ORDER BY object")
            .doing(doing)?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, count(row.get(1)?)))).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// The ids that an earlier pass staged and this one has not seen, in bytewise order. Meaningful once the object is read
    /// to its end.
    pub fn vanished(&self, object: &str, pass: u64) -> Result<Vec<String>, LedgerError> {
        let doing = "look for vanished rows";
        let mut select = self
            .conn
            .prepare_cached("SELECT id FROM staged WHERE object = ?1 AND pass < ?2 ORDER BY id")
            .doing(doing)?;
        let rows = select.query_map(params![object, sql_int(pass)], |row| row.get(0)).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }
}

fn stage_rows(tx: &Transaction<'_>, pass: u64, object: &str, rows: &[StagedRow]) -> rusqlite::Result<PageCounts> {
    let mut find =
        tx.prepare_cached("SELECT digest, pass, body = ?3 AND parent IS ?4 FROM staged WHERE object = ?1 AND id = ?2")?;
    let mut see = tx.prepare_cached("UPDATE staged SET pass = ?3 WHERE object = ?1 AND id = ?2")?;
    let mut put = tx.prepare_cached(
        "INSERT INTO staged (object, id, parent, position, body, digest, pass) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (object, id) DO UPDATE SET parent = excluded.parent, position = excluded.position, \
         body = excluded.body, digest = excluded.digest, pass = excluded.pass",
    )?;
    let pass = sql_int(pass);
    let mut counts = PageCounts::default();
    for row in rows {
        let digest = digest::of_staged(row);
        let known: Option<([u8; 32], i64, bool)> = find
            .query_row(params![object, row.id, row.body, row.parent], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let same = known.is_some_and(|(known, ..)| known == digest);
        match known {
            None => counts.new += 1,
            Some((_, seen, _)) if seen == pass => counts.repeated += 1,
            // One that only has another place, since a row before it has gone or come, says what it said.
            Some((.., true)) => counts.unchanged += 1,
            Some(_) => counts.changed += 1,
        }
        if same {
            see.execute(params![object, row.id, pass])?;
        } else {
            put.execute(params![object, row.id, row.parent, row.position, row.body, digest, pass])?;
        }
    }
    Ok(counts)
}

fn set_cursor(tx: &Transaction<'_>, pass: u64, object: &str, cursor: &Cursor) -> rusqlite::Result<()> {
    let mark = match cursor {
        Cursor::Start => {
            tx.execute("DELETE FROM cursor WHERE pass = ?1 AND object = ?2", params![sql_int(pass), object])?;
            return Ok(());
        }
        Cursor::At(mark) => Some(mark),
        Cursor::Done => None,
    };
    let mut put = tx.prepare_cached(
        "INSERT INTO cursor (pass, object, mark) VALUES (?1, ?2, ?3) \
         ON CONFLICT (pass, object) DO UPDATE SET mark = excluded.mark",
    )?;
    put.execute(params![sql_int(pass), object, mark])?;
    Ok(())
}

fn staged_row(row: &Row<'_>) -> rusqlite::Result<StagedRow> {
    Ok(StagedRow { id: row.get(0)?, parent: row.get(1)?, position: row.get(2)?, body: row.get(3)? })
}
