//! Passes: a pass is one complete reading of the source.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Doing;
use crate::{Ledger, LedgerError};

impl Ledger {
    /// The unfinished pass, or a new one with the next number. Passes count from 1.
    pub fn begin_pass(&mut self) -> Result<u64, LedgerError> {
        let doing = "begin a pass";
        let tx = self.transaction(doing)?;
        let pass = match newest(&tx)? {
            Some((pass, false)) => pass,
            newest => {
                let pass = newest.map_or(1, |(pass, _)| pass + 1);
                tx.execute("INSERT INTO pass (id, finished) VALUES (?1, 0)", [sql_int(pass)]).doing(doing)?;
                pass
            }
        };
        tx.commit().doing(doing)?;
        Ok(pass)
    }

    /// Marks the pass complete. Finishing it again changes nothing.
    ///
    /// Errors: [`LedgerError::NoSuchPass`]; [`LedgerError::PassIncomplete`] while an object that was begun in this pass has
    /// more pages.
    pub fn finish_pass(&mut self, pass: u64) -> Result<(), LedgerError> {
        let doing = "finish a pass";
        let tx = self.transaction(doing)?;
        let open: Option<String> = tx
            .query_row(
                "SELECT object FROM cursor WHERE pass = ?1 AND mark IS NOT NULL ORDER BY object LIMIT 1",
                [sql_int(pass)],
                |row| row.get(0),
            )
            .optional()
            .doing(doing)?;
        if let Some(object) = open {
            return Err(LedgerError::PassIncomplete { pass, object });
        }
        if tx.execute("UPDATE pass SET finished = 1 WHERE id = ?1", [sql_int(pass)]).doing(doing)? == 0 {
            return Err(LedgerError::NoSuchPass { pass });
        }
        tx.commit().doing(doing)
    }

    /// The newest pass and whether it is finished; `None` before the first.
    pub fn current_pass(&self) -> Result<Option<(u64, bool)>, LedgerError> {
        newest(&self.conn)
    }
}

fn newest(conn: &Connection) -> Result<Option<(u64, bool)>, LedgerError> {
    conn.query_row("SELECT id, finished FROM pass ORDER BY id DESC LIMIT 1", params![], |row| {
        Ok((count(row.get(0)?), row.get(1)?))
    })
    .optional()
    .doing("read the newest pass")
}

/// Refuses to go on with a pass that is finished or unknown.
pub(crate) fn check_open(conn: &Connection, pass: u64, doing: &'static str) -> Result<(), LedgerError> {
    let open: Option<bool> = conn
        .query_row("SELECT finished = 0 FROM pass WHERE id = ?1", [sql_int(pass)], |row| row.get(0))
        .optional()
        .doing(doing)?;
    if open == Some(true) { Ok(()) } else { Err(LedgerError::NoSuchPass { pass }) }
}

/// SQLite's integers are signed; numbers beyond that do not occur.
pub(crate) fn sql_int(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// A stored count or number, which is never negative.
pub(crate) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
