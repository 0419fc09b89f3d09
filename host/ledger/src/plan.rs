//! The plan: the Odoo records that are wanted, and how far each has come.
//!
//! Planning again brings the records up to date in their places; it never forgets what was written.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::error::Doing;
use crate::notes;
use crate::passes::{count, sql_int};
use crate::{Ledger, LedgerError, Notes, PlanCounts, PlannedRecord, RecordCounts, RecordState, digest};

/// Bytes of cells with which a page of records is full: those with charts are large, and memory must not go by their number.
const PAGE_BYTES: usize = 8 << 20;

const COLUMNS: &str = "number, model, object, source_id, external_id, cells, written_cells, odoo_id, state";

/// The states whose records are sent to Odoo; the partial index `record_pending` has the same condition.
const SENDABLE: &str = "planned_digest IS NOT written_digest AND state IN ('planned', 'written', 'adopted')";

/// A record that is in Odoo goes back to what it was when a plan wants it again after holding it back. One that the migration
/// has made stays its own when a later plan finds it by what it holds, as a tag by its name: it was not there before.
const UPSERT: &str = "
INSERT INTO record (model, object, source_id, external_id, cells, planned_digest, odoo_id, state, adopted, generation)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8 = 'adopted', ?9)
ON CONFLICT (object, source_id, model) DO UPDATE SET
  external_id = excluded.external_id, cells = excluded.cells, planned_digest = excluded.planned_digest,
  odoo_id = coalesce(excluded.odoo_id, odoo_id), adopted = CASE
    WHEN NOT adopted AND written_digest IS NOT NULL AND odoo_id IS excluded.odoo_id THEN 0
    ELSE max(adopted, excluded.adopted) END,
  generation = excluded.generation,
  state = CASE
    WHEN NOT adopted AND written_digest IS NOT NULL AND odoo_id IS excluded.odoo_id AND excluded.state = 'adopted'
      THEN 'written'
    WHEN excluded.state <> 'planned' OR odoo_id IS NULL THEN excluded.state
    WHEN adopted THEN 'adopted'
    ELSE 'written' END";

impl Ledger {
    /// Begins a plan of a pass, afresh: until it is finished, [`Ledger::planned_pass`] does not name this pass.
    pub fn begin_plan(&mut self, pass: u64) -> Result<(), LedgerError> {
        let doing = "begin a plan";
        let tx = self.transaction(doing)?;
        let generation = newest_generation(&tx)?.map_or(1, |(generation, ..)| generation + 1);
        tx.execute("DELETE FROM plan WHERE pass = ?1 OR finished = 0", [sql_int(pass)]).doing(doing)?;
        tx.execute(
            "INSERT INTO plan (generation, pass, finished) VALUES (?1, ?2, 0)",
            params![generation, sql_int(pass)],
        )
        .doing(doing)?;
        tx.commit().doing(doing)
    }

    /// Stores records and notes in one transaction. A record with known model, object and source id is brought up to date and
    /// keeps its row id, what was written of it and, when the new one has none, its Odoo id. Notes replace what the same
    /// source records left in earlier plans.
    ///
    /// Errors: [`LedgerError::NoPlan`] when no plan is under way.
    pub fn plan_records(&mut self, records: &[PlannedRecord], notes: &Notes) -> Result<(), LedgerError> {
        let doing = "plan records";
        let tx = self.transaction(doing)?;
        let Some((generation, _, false)) = newest_generation(&tx)? else {
            return Err(LedgerError::NoPlan);
        };
        upsert(&tx, records, generation).doing(doing)?;
        let sources = records.iter().map(|record| (record.object.as_str(), record.source_id.as_str()));
        notes::forget_older(&tx, sources, generation).doing(doing)?;
        notes::note(&tx, notes, generation).doing(doing)?;
        tx.commit().doing(doing)
    }

    /// Marks the plan complete. Records of earlier plans that it no longer has are forgotten when they never reached Odoo,
    /// and kept as withdrawn when they did; earlier plans' notes go.
    ///
    /// Errors: [`LedgerError::NoPlan`] when no plan of this pass is under way.
    pub fn finish_plan(&mut self, pass: u64) -> Result<PlanCounts, LedgerError> {
        let doing = "finish a plan";
        let tx = self.transaction(doing)?;
        let generation = match newest_generation(&tx)? {
            Some((generation, planned, false)) if planned == pass => generation,
            _ => return Err(LedgerError::NoPlan),
        };
        tx.execute(
            "DELETE FROM record WHERE generation < ?1 AND odoo_id IS NULL AND written_digest IS NULL \
             AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.record = record.number)",
            [generation],
        )
        .doing(doing)?;
        notes::drop_older(&tx, generation).doing(doing)?;
        tx.execute("UPDATE plan SET finished = 1 WHERE generation = ?1", [generation]).doing(doing)?;
        let counts = plan_counts(&tx, generation).doing(doing)?;
        tx.commit().doing(doing)?;
        Ok(counts)
    }

    /// Whether a plan was begun and is not finished: records and notes are in part those of the plan before.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn planning(&self) -> Result<bool, LedgerError> {
        Ok(newest_generation(&self.conn)?.is_some_and(|(.., finished)| !finished))
    }

    /// The newest pass whose plan is finished.
    pub fn planned_pass(&self) -> Result<Option<u64>, LedgerError> {
        self.conn
            .query_row("SELECT pass FROM plan WHERE finished = 1 ORDER BY generation DESC LIMIT 1", [], |row| {
                row.get(0).map(count)
            })
            .optional()
            .doing("read the newest plan")
    }

    /// The record of a source row in a model, withdrawn ones included.
    pub fn record(&self, model: &str, object: &str, source_id: &str) -> Result<Option<PlannedRecord>, LedgerError> {
        let doing = "read a planned record";
        let sql = format!("SELECT {COLUMNS} FROM record WHERE object = ?1 AND source_id = ?2 AND model = ?3");
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let found = select.query_row([object, source_id, model], raw_record).optional().doing(doing)?;
        found.map(RawRecord::checked).transpose()
    }

    /// The record of a source row in a model as the plan that is under way has it so far: what the outcomes of a second
    /// module are merged with. `None` when only an earlier plan had it.
    pub fn record_in_plan(
        &self,
        model: &str,
        object: &str,
        source_id: &str,
    ) -> Result<Option<PlannedRecord>, LedgerError> {
        let doing = "read a planned record";
        let sql = format!(
            "SELECT {COLUMNS} FROM record WHERE object = ?1 AND source_id = ?2 AND model = ?3 \
             AND generation = (SELECT max(generation) FROM plan)"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let found = select.query_row([object, source_id, model], raw_record).optional().doing(doing)?;
        found.map(RawRecord::checked).transpose()
    }

    /// The record with this row id.
    pub fn planned(&self, rowid: i64) -> Result<Option<PlannedRecord>, LedgerError> {
        let doing = "read a planned record";
        let sql = format!("SELECT {COLUMNS} FROM record WHERE number = ?1");
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let found = select.query_row([rowid], raw_record).optional().doing(doing)?;
        found.map(RawRecord::checked).transpose()
    }

    /// All records of a source row, in plan order.
    pub fn records_by_source(&self, object: &str, source_id: &str) -> Result<Vec<PlannedRecord>, LedgerError> {
        let doing = "read planned records";
        let sql = format!("SELECT {COLUMNS} FROM record WHERE object = ?1 AND source_id = ?2 ORDER BY number");
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select.query_map([object, source_id], raw_record).doing(doing)?;
        checked(rows.collect::<Result<_, _>>().doing(doing)?)
    }

    /// Up to `limit` records after a row id, in plan order, each with whether the newest plan has it: one that it no longer
    /// has is withdrawn. Fewer where they are large (8 MiB of cells); none behind the last.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn records(&self, after: i64, limit: usize) -> Result<Vec<(PlannedRecord, bool)>, LedgerError> {
        let doing = "read records";
        let sql = format!(
            "SELECT {COLUMNS}, generation = (SELECT max(generation) FROM plan) FROM record WHERE number > ?1 \
             ORDER BY number LIMIT ?2"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows =
            select.query_map(params![after, sql_int(limit)], |row| Ok((raw_record(row)?, row.get(9)?))).doing(doing)?;
        let (mut page, mut bytes) = (Vec::new(), 0);
        for row in rows {
            let (raw, planned): (RawRecord, bool) = row.doing(doing)?;
            bytes += raw.bytes();
            page.push((raw.checked()?, planned));
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok(page)
    }

    /// The records of one model in the newest plan, in plan order: for models of which a practice has few.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn planned_of(&self, model: &str) -> Result<Vec<PlannedRecord>, LedgerError> {
        let doing = "read the records of a model";
        let sql = format!(
            "SELECT {COLUMNS} FROM record WHERE model = ?1 AND generation = (SELECT max(generation) FROM plan) \
             ORDER BY number"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select.query_map([model], raw_record).doing(doing)?;
        checked(rows.collect::<Result<_, _>>().doing(doing)?)
    }

    /// How many records of a model the newest plan has of each source object.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn planned_by_object(&self, model: &str) -> Result<Vec<(String, u64)>, LedgerError> {
        let doing = "count the records of a model";
        let sql = "SELECT object, count(*) FROM record WHERE model = ?1 \
                   AND generation = (SELECT max(generation) FROM plan) GROUP BY object ORDER BY object";
        let mut select = self.conn.prepare_cached(sql).doing(doing)?;
        let rows = select.query_map([model], |row| Ok((row.get(0)?, row.get(1).map(count)?))).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// How many records of the newest plan are this one of Odoo's.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn tied_to(&self, model: &str, odoo_id: i64) -> Result<u64, LedgerError> {
        let sql = "SELECT count(*) FROM record INDEXED BY record_by_odoo_id WHERE model = ?1 AND odoo_id = ?2 \
                   AND generation = (SELECT max(generation) FROM plan)";
        let mut select = self.conn.prepare_cached(sql).doing("count records")?;
        select.query_row(params![model, odoo_id], |row| row.get(0).map(count)).doing("count records")
    }

    /// Up to `limit` records of a model after a row id that are in Odoo and in the newest plan, in plan order. Fewer where
    /// they are large (8 MiB of cells); none behind the last.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn in_odoo(&self, model: &str, after: i64, limit: usize) -> Result<Vec<PlannedRecord>, LedgerError> {
        let doing = "read the records in Odoo";
        let sql = format!(
            "SELECT {COLUMNS} FROM record INDEXED BY record_by_model WHERE model = ?1 AND number > ?2 AND odoo_id IS NOT NULL \
             AND generation = (SELECT max(generation) FROM plan) ORDER BY number LIMIT ?3"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select.query_map(params![model, after, sql_int(limit)], raw_record).doing(doing)?;
        within_bytes(rows, doing)
    }

    /// Up to `limit` records of a model after a row id that Odoo does not hold as planned, in plan order: never written, or
    /// written with other cells. Held, unmatched, quarantined and withdrawn records are not among them, nor during a pilot
    /// ([`Ledger::pilot_only`]) those outside it. Fewer where they are large (8 MiB of cells); none behind the last.
    pub fn pending(&self, model: &str, after: Option<i64>, limit: usize) -> Result<Vec<PlannedRecord>, LedgerError> {
        let doing = "read pending records";
        let within = if self.pilot_only { " AND number IN (SELECT record FROM pilot)" } else { "" };
        let sql = format!(
            "SELECT {COLUMNS} FROM record INDEXED BY record_pending WHERE model = ?1 AND number > ?2 AND {SENDABLE} \
             AND generation = (SELECT max(generation) FROM plan){within} ORDER BY number LIMIT ?3"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select.query_map(params![model, after.unwrap_or(0), sql_int(limit)], raw_record).doing(doing)?;
        within_bytes(rows, doing)
    }

    /// The Odoo ids of the pending records of a model that are in Odoo already.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn pending_in_odoo(&self, model: &str) -> Result<Vec<i64>, LedgerError> {
        let doing = "read pending records";
        let within = if self.pilot_only { " AND number IN (SELECT record FROM pilot)" } else { "" };
        let sql = format!(
            "SELECT odoo_id FROM record INDEXED BY record_pending WHERE model = ?1 AND odoo_id IS NOT NULL AND {SENDABLE} \
             AND generation = (SELECT max(generation) FROM plan){within} ORDER BY number"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select.query_map([model], |row| row.get(0)).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// The models of the newest plan, by name, with their counts.
    pub fn models(&self) -> Result<Vec<(String, RecordCounts)>, LedgerError> {
        let doing = "count planned records";
        let sql = format!(
            "SELECT model, count(*), sum(state = 'written'), sum(state = 'adopted'), sum(state = 'unmatched'), \
             sum(state = 'held'), sum(state = 'quarantined'), sum({SENDABLE}) FROM record \
             WHERE generation = (SELECT max(generation) FROM plan) GROUP BY model ORDER BY model"
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let rows = select
            .query_map([], |row| {
                let counts = RecordCounts {
                    planned: count(row.get(1)?),
                    written: count(row.get(2)?),
                    adopted: count(row.get(3)?),
                    unmatched: count(row.get(4)?),
                    held: count(row.get(5)?),
                    quarantined: count(row.get(6)?),
                    pending: count(row.get(7)?),
                };
                Ok((row.get(0)?, counts))
            })
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Sets states by row id, in one transaction: all or none. An Odoo id of `None` keeps the one that is known.
    ///
    /// Errors: [`LedgerError::NoSuchRecord`].
    pub fn set_state(&mut self, updates: &[(i64, RecordState, Option<i64>)]) -> Result<(), LedgerError> {
        let doing = "set the state of records";
        let tx = self.transaction(doing)?;
        {
            let mut update = tx
                .prepare_cached(
                    "UPDATE record SET state = ?2, odoo_id = coalesce(?3, odoo_id), \
                     adopted = max(adopted, ?2 = 'adopted') WHERE number = ?1",
                )
                .doing(doing)?;
            for &(rowid, state, odoo_id) in updates {
                if update.execute(params![rowid, state.as_str(), odoo_id]).doing(doing)? == 0 {
                    return Err(LedgerError::NoSuchRecord { rowid });
                }
            }
        }
        tx.commit().doing(doing)
    }
}

/// The newest plan: its generation, its pass, whether it is finished.
pub(crate) fn newest_generation(conn: &Connection) -> Result<Option<(i64, u64, bool)>, LedgerError> {
    conn.query_row("SELECT generation, pass, finished FROM plan ORDER BY generation DESC LIMIT 1", [], |row| {
        Ok((row.get(0)?, count(row.get(1)?), row.get(2)?))
    })
    .optional()
    .doing("read the newest plan")
}

fn upsert(tx: &Transaction<'_>, records: &[PlannedRecord], generation: i64) -> rusqlite::Result<()> {
    let mut upsert = tx.prepare_cached(UPSERT)?;
    for record in records {
        upsert.execute(params![
            record.model,
            record.object,
            record.source_id,
            record.external_id,
            record.cells,
            digest::of_cells(&record.cells),
            record.odoo_id,
            record.state.as_str(),
            generation,
        ])?;
    }
    Ok(())
}

fn plan_counts(tx: &Transaction<'_>, generation: i64) -> rusqlite::Result<PlanCounts> {
    let sql = "
        SELECT coalesce(sum(planned), 0), coalesce(sum(planned AND sendable AND never), 0),
          coalesce(sum(planned AND sendable AND NOT never AND NOT same), 0),
          coalesce(sum(planned AND sendable AND same), 0), coalesce(sum(planned AND NOT sendable), 0),
          coalesce(sum(NOT planned), 0)
        FROM (SELECT generation = ?1 AS planned, state IN ('planned', 'written', 'adopted') AS sendable,
          written_digest IS NULL AS never, planned_digest IS written_digest AS same FROM record)";
    tx.query_row(sql, [generation], |row| {
        Ok(PlanCounts {
            records: count(row.get(0)?),
            new: count(row.get(1)?),
            changed: count(row.get(2)?),
            unchanged: count(row.get(3)?),
            held_back: count(row.get(4)?),
            withdrawn: count(row.get(5)?),
        })
    })
}

/// A record whose state is still a word.
struct RawRecord(PlannedRecord, String);

impl RawRecord {
    /// Bytes of cells.
    fn bytes(&self) -> usize {
        self.0.cells.len() + self.0.written_cells.as_ref().map_or(0, String::len)
    }

    fn checked(self) -> Result<PlannedRecord, LedgerError> {
        let Self(mut record, word) = self;
        record.state = RecordState::parse(&word).ok_or(LedgerError::UnknownWord { what: "record state", word })?;
        Ok(record)
    }
}

/// Rows up to the one with which they have [`PAGE_BYTES`].
fn within_bytes(
    rows: impl Iterator<Item = rusqlite::Result<RawRecord>>,
    doing: &'static str,
) -> Result<Vec<PlannedRecord>, LedgerError> {
    let (mut page, mut bytes) = (Vec::new(), 0);
    for raw in rows {
        let raw = raw.doing(doing)?;
        bytes += raw.bytes();
        page.push(raw.checked()?);
        if bytes >= PAGE_BYTES {
            break;
        }
    }
    Ok(page)
}

fn checked(rows: Vec<RawRecord>) -> Result<Vec<PlannedRecord>, LedgerError> {
    rows.into_iter().map(RawRecord::checked).collect()
}

fn raw_record(row: &Row<'_>) -> rusqlite::Result<RawRecord> {
    let record = PlannedRecord {
        rowid: row.get(0)?,
        model: row.get(1)?,
        object: row.get(2)?,
        source_id: row.get(3)?,
        external_id: row.get(4)?,
        cells: row.get(5)?,
        written_cells: row.get(6)?,
        odoo_id: row.get(7)?,
        state: RecordState::Planned,
    };
    Ok(RawRecord(record, row.get(8)?))
}
