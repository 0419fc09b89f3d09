//! What planning and loading leave beside the records: quarantine, findings, handovers.

use std::collections::BTreeSet;

use rusqlite::{Row, Transaction, params};

use crate::error::Doing;
use crate::passes::{count, sql_int};
use crate::plan::newest_generation;
use crate::{Finding, Handover, Ledger, LedgerError, Notes, Quarantined, digest};

/// What an older plan noted, by table. What was found when a record was read back holds until it is read back again,
/// whatever plans come.
const PLANNED: [(&str, &str); 3] =
    [("quarantine", ""), ("finding", " AND code NOT IN ('differs-in-odoo', 'file-differs-in-odoo')"), ("handover", "")];

impl Ledger {
    /// Puts records aside, in one transaction. The same reason for the same record is kept once, with its newest message.
    ///
    /// The rows belong to the newest plan: a later plan drops them when it finishes, unless it notes them again.
    pub fn quarantine(&mut self, rows: &[Quarantined]) -> Result<(), LedgerError> {
        let doing = "quarantine records";
        let tx = self.transaction(doing)?;
        let generation = newest_generation(&tx)?.map_or(0, |(generation, ..)| generation);
        note_quarantined(&tx, rows, generation).doing(doing)?;
        tx.commit().doing(doing)
    }

    /// Adds findings and the like to those of the newest plan, in one transaction.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn note(&mut self, notes: &Notes) -> Result<(), LedgerError> {
        let doing = "note findings";
        let tx = self.transaction(doing)?;
        let generation = newest_generation(&tx)?.map_or(0, |(generation, ..)| generation);
        note(&tx, notes, generation).doing(doing)?;
        tx.commit().doing(doing)
    }

    /// Everything in quarantine, by object, source id, stage, code and field.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, LedgerError> {
        let doing = "read the quarantine";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT object, source_id, stage, module_digest, code, field, message, fuel FROM quarantine \
                 ORDER BY object, source_id, stage, code, ifnull(field, '')",
            )
            .doing(doing)?;
        let rows = select.query_map([], quarantined).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// All findings, by object, source id, code, field and message.
    pub fn findings(&self) -> Result<Vec<Finding>, LedgerError> {
        let doing = "read findings";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT object, source_id, severity, code, field, message FROM finding \
                 ORDER BY object, source_id, code, field, message, digest",
            )
            .doing(doing)?;
        let rows = select.query_map([], finding).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Forgets what was found when these fields of a source record were read back: they are about to be compared again.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn forget_differences(&mut self, records: &[(&str, &str, &[String])]) -> Result<(), LedgerError> {
        let doing = "forget differences";
        let tx = self.transaction(doing)?;
        let sql = "DELETE FROM finding WHERE object = ?1 AND source_id = ?2 AND field = ?3 \
                   AND code IN ('differs-in-odoo', 'file-differs-in-odoo')";
        for (object, source_id, fields) in records {
            for field in *fields {
                tx.prepare_cached(sql)
                    .and_then(|mut delete| delete.execute(params![object, source_id, field]))
                    .doing(doing)?;
            }
        }
        tx.commit().doing(doing)
    }

    /// How many findings there are of each code, by code.
    pub fn finding_counts(&self) -> Result<Vec<(String, u64)>, LedgerError> {
        let doing = "count findings";
        let mut select =
            self.conn.prepare_cached("SELECT code, count(*) FROM finding GROUP BY code ORDER BY code").doing(doing)?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, count(row.get(1)?)))).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }
}

/// Drops what older plans noted about these source records.
pub(crate) fn forget_older<'a>(
    tx: &Transaction<'_>,
    sources: impl Iterator<Item = (&'a str, &'a str)>,
    generation: i64,
) -> rusqlite::Result<()> {
    let sources: BTreeSet<_> = sources.collect();
    for (table, planned) in PLANNED {
        let sql = format!("DELETE FROM {table} WHERE object = ?1 AND source_id = ?2 AND generation < ?3{planned}");
        let mut delete = tx.prepare_cached(&sql)?;
        for (object, source_id) in &sources {
            delete.execute(params![object, source_id, generation])?;
        }
    }
    Ok(())
}

/// Drops what older plans noted about anything.
pub(crate) fn drop_older(tx: &Transaction<'_>, generation: i64) -> rusqlite::Result<()> {
    for (table, planned) in PLANNED {
        tx.execute(&format!("DELETE FROM {table} WHERE generation < ?1{planned}"), [generation])?;
    }
    tx.execute("DELETE FROM made_of WHERE generation < ?1", [generation])?;
    Ok(())
}

/// Stores notes in place of what older plans noted about the same source records.
pub(crate) fn note(tx: &Transaction<'_>, notes: &Notes, generation: i64) -> rusqlite::Result<()> {
    let quarantined = notes.quarantined.iter().map(|row| (row.object.as_str(), row.source_id.as_str()));
    let findings = notes.findings.iter().map(|row| (row.object.as_str(), row.source_id.as_str()));
    let handovers = notes.handovers.iter().map(|row| (row.object.as_str(), row.source_id.as_str()));
    forget_older(tx, quarantined.chain(findings).chain(handovers), generation)?;
    note_quarantined(tx, &notes.quarantined, generation)?;
    let mut put = tx.prepare_cached(
        "INSERT INTO finding (digest, object, source_id, severity, code, field, message, generation) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (digest) DO UPDATE SET generation = excluded.generation",
    )?;
    for f in &notes.findings {
        let digest = digest::of_finding(f);
        put.execute(params![digest, f.object, f.source_id, f.severity, f.code, f.field, f.message, generation])?;
    }
    let mut put = tx.prepare_cached(
        "INSERT INTO handover (digest, module, kind, rebuild_in, object, source_id, document, generation) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (digest) DO UPDATE SET \
         rebuild_in = excluded.rebuild_in, generation = excluded.generation",
    )?;
    for h in &notes.handovers {
        let digest = digest::of_handover(h);
        let Handover { module, kind, rebuild_in, object, source_id, document } = h;
        put.execute(params![digest, module, kind, rebuild_in, object, source_id, document, generation])?;
    }
    let mut put = tx.prepare_cached(
        "INSERT INTO made_of (record, object, source_id, generation) SELECT number, ?4, ?5, ?6 FROM record \
         WHERE object = ?2 AND source_id = ?3 AND model = ?1 \
         ON CONFLICT (record, object, source_id) DO UPDATE SET generation = excluded.generation",
    )?;
    for c in &notes.contributions {
        put.execute(params![c.model, c.object, c.source_id, c.from_object, c.from_id, generation])?;
    }
    Ok(())
}

fn note_quarantined(tx: &Transaction<'_>, rows: &[Quarantined], generation: i64) -> rusqlite::Result<()> {
    let mut put = tx.prepare_cached(
        "INSERT INTO quarantine (object, source_id, stage, module_digest, code, field, message, fuel, generation) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
         ON CONFLICT (object, source_id, stage, code, ifnull(field, '')) DO UPDATE SET \
         module_digest = excluded.module_digest, message = excluded.message, fuel = excluded.fuel, \
         generation = excluded.generation",
    )?;
    for q in rows {
        let fuel = q.fuel.map(sql_int);
        put.execute(params![
            q.object,
            q.source_id,
            q.stage,
            q.module_digest,
            q.code,
            q.field,
            q.message,
            fuel,
            generation
        ])?;
    }
    Ok(())
}

fn quarantined(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    Ok(Quarantined {
        object: row.get(0)?,
        source_id: row.get(1)?,
        stage: row.get(2)?,
        module_digest: row.get(3)?,
        code: row.get(4)?,
        field: row.get(5)?,
        message: row.get(6)?,
        fuel: row.get::<_, Option<i64>>(7)?.map(count),
    })
}

fn finding(row: &Row<'_>) -> rusqlite::Result<Finding> {
    Ok(Finding {
        object: row.get(0)?,
        source_id: row.get(1)?,
        severity: row.get(2)?,
        code: row.get(3)?,
        field: row.get(4)?,
        message: row.get(5)?,
    })
}
