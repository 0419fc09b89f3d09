//! The tables, as steps from one schema version to the next. A step that was released never changes; a new one follows it.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::Doing;
use crate::{LedgerError, chain};

/// Step `n` (from 0) brings a ledger from version `n` to `n + 1`.
const STEPS: &[&str] = &[V1, V2, V3, V4, V5, V6, V7];

/// Texts compare bytewise (SQLite's BINARY), so that keyset reading and ordered merges agree with Rust's `str` order.
/// `generation` counts plans: whatever a plan touches carries its number, and what an older plan left can be told apart.
const V1: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE pass (id INTEGER PRIMARY KEY, finished INTEGER NOT NULL) STRICT;

-- A mark of NULL says that the object was read to its end.
CREATE TABLE cursor (pass INTEGER NOT NULL, object TEXT NOT NULL, mark TEXT, PRIMARY KEY (pass, object))
  STRICT, WITHOUT ROWID;

CREATE TABLE staged (
  object TEXT NOT NULL, id TEXT NOT NULL, parent TEXT, position INTEGER NOT NULL, body TEXT NOT NULL,
  digest BLOB NOT NULL, pass INTEGER NOT NULL, PRIMARY KEY (object, id)) STRICT;
CREATE INDEX staged_by_parent ON staged (object, parent, position, id) WHERE parent IS NOT NULL;

CREATE TABLE plan (generation INTEGER PRIMARY KEY, pass INTEGER NOT NULL, finished INTEGER NOT NULL) STRICT;

CREATE TABLE record (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  model TEXT NOT NULL, object TEXT NOT NULL, source_id TEXT NOT NULL, external_id TEXT NOT NULL,
  cells TEXT NOT NULL, planned_digest BLOB NOT NULL, written_cells TEXT, written_digest BLOB,
  odoo_id INTEGER, state TEXT NOT NULL, adopted INTEGER NOT NULL, generation INTEGER NOT NULL,
  UNIQUE (object, source_id, model)) STRICT;
CREATE INDEX record_by_model ON record (model, object, source_id);
CREATE INDEX record_pending ON record (model, number)
  WHERE planned_digest IS NOT written_digest AND state IN ('planned', 'written', 'adopted');

CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT, record INTEGER NOT NULL REFERENCES record (number),
  moment INTEGER NOT NULL, action TEXT NOT NULL, odoo_id INTEGER NOT NULL, fields TEXT NOT NULL,
  before TEXT, cells TEXT NOT NULL) STRICT;
CREATE INDEX journal_by_record ON journal (record);

-- What an update is about to replace: kept before it is sent, gone once it stands in the journal.
CREATE TABLE before_image (record INTEGER PRIMARY KEY REFERENCES record (number), image TEXT NOT NULL) STRICT;

CREATE TABLE quarantine (
  object TEXT NOT NULL, source_id TEXT NOT NULL, stage TEXT NOT NULL, code TEXT NOT NULL, field TEXT,
  module_digest TEXT, message TEXT NOT NULL, fuel INTEGER, generation INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX quarantine_key ON quarantine (object, source_id, stage, code, ifnull(field, ''));

-- The digest is over every other column but the generation: noting the same thing again changes nothing.
CREATE TABLE finding (
  digest BLOB PRIMARY KEY, object TEXT NOT NULL, source_id TEXT NOT NULL, severity TEXT NOT NULL, code TEXT NOT NULL,
  field TEXT, message TEXT NOT NULL, generation INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX finding_by_source ON finding (object, source_id);

CREATE TABLE handover (
  digest BLOB PRIMARY KEY, module TEXT NOT NULL, kind TEXT NOT NULL, object TEXT NOT NULL, source_id TEXT NOT NULL,
  document TEXT NOT NULL, generation INTEGER NOT NULL) STRICT;
CREATE INDEX handover_by_source ON handover (object, source_id);
";

/// What an undo needs: what Odoo held after the last write, what the schema phase made, and how far the undo has come.
const V2: &str = "
-- Written, and not read back since.
CREATE TABLE unsealed (record INTEGER PRIMARY KEY REFERENCES record (number)) STRICT;

CREATE TABLE field_list (number INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE seal (
  record INTEGER PRIMARY KEY REFERENCES record (number), write_date TEXT NOT NULL,
  fields INTEGER NOT NULL REFERENCES field_list (number), content BLOB NOT NULL) STRICT;

CREATE TABLE schema_part (
  kind TEXT NOT NULL, model TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (kind, model, name, value)) STRICT, WITHOUT ROWID;

CREATE TABLE undo (
  record INTEGER PRIMARY KEY REFERENCES record (number), step TEXT NOT NULL, reason TEXT, odoo_id INTEGER,
  moment INTEGER NOT NULL) STRICT;
CREATE INDEX record_by_odoo_id ON record (model, odoo_id) WHERE odoo_id IS NOT NULL;
";

/// The files that were sent: what they were, not their bytes.
const V3: &str = "
CREATE TABLE file (
  record INTEGER NOT NULL REFERENCES record (number) ON DELETE CASCADE, field TEXT NOT NULL,
  length INTEGER NOT NULL, sha1 BLOB NOT NULL, stamp TEXT, PRIMARY KEY (record, field)) STRICT, WITHOUT ROWID;
";

/// The audit, and chains over it and over the journal. Who wrote is unknown of writes from before; the journal's other
/// new columns are empty only within this step.
const V4: &str = "
CREATE TABLE audit (
  number INTEGER PRIMARY KEY, moment INTEGER NOT NULL, operator TEXT NOT NULL, command TEXT NOT NULL,
  action TEXT NOT NULL, detail TEXT NOT NULL, writes INTEGER NOT NULL, written BLOB NOT NULL, link BLOB NOT NULL) STRICT;

CREATE TABLE chain_key (key BLOB NOT NULL) STRICT;
CREATE TABLE chain (name TEXT PRIMARY KEY, length INTEGER NOT NULL, link BLOB NOT NULL, seal BLOB NOT NULL)
  STRICT, WITHOUT ROWID;
-- `content` stays when the values that it is a keyed hash of are shredded.
ALTER TABLE journal ADD COLUMN operator TEXT;
ALTER TABLE journal ADD COLUMN content BLOB;
ALTER TABLE journal ADD COLUMN link BLOB;
";

/// Where a person rebuilds what a document is about; unknown of documents from before. Documents are read kind by kind.
const V5: &str = "
ALTER TABLE handover ADD COLUMN rebuild_in TEXT NOT NULL DEFAULT '';
CREATE INDEX handover_by_kind ON handover (module, kind, rebuild_in, object, source_id, digest);
";

/// Which records a pilot loads before the others, and what people have decided of records that may be one person's.
const V6: &str = "
CREATE TABLE pilot (record INTEGER PRIMARY KEY REFERENCES record (number) ON DELETE CASCADE) STRICT;

CREATE TABLE decision (
  object TEXT NOT NULL, kept TEXT NOT NULL, other TEXT NOT NULL, verdict TEXT NOT NULL, moment INTEGER NOT NULL,
  operator TEXT NOT NULL, PRIMARY KEY (object, kept, other)) STRICT, WITHOUT ROWID;
";

/// Cells stand last in their rows: a row with a chart fills pages of its own, and what is asked of every record should not
/// have to go through them. The rows of the source that a record is made of besides the one whose key it has; an earlier
/// plan does not tell them, so it is made again. And which records somebody has changed in Odoo.
const V7: &str = "
CREATE TABLE record_anew (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  model TEXT NOT NULL, object TEXT NOT NULL, source_id TEXT NOT NULL, external_id TEXT NOT NULL,
  planned_digest BLOB NOT NULL, written_digest BLOB, odoo_id INTEGER, state TEXT NOT NULL, adopted INTEGER NOT NULL,
  generation INTEGER NOT NULL, cells TEXT NOT NULL, written_cells TEXT, UNIQUE (object, source_id, model)) STRICT;
INSERT INTO record_anew SELECT number, model, object, source_id, external_id, planned_digest, written_digest, odoo_id,
  state, adopted, generation, cells, written_cells FROM record;
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'record') WHERE name = 'record_anew';
DROP TABLE record;
ALTER TABLE record_anew RENAME TO record;
-- In the order of their numbers.
CREATE INDEX record_by_model ON record (model);
CREATE INDEX record_pending ON record (model, number)
  WHERE planned_digest IS NOT written_digest AND state IN ('planned', 'written', 'adopted');
CREATE INDEX record_by_odoo_id ON record (model, odoo_id) WHERE odoo_id IS NOT NULL;

CREATE TABLE made_of (
  record INTEGER NOT NULL REFERENCES record (number) ON DELETE CASCADE, object TEXT NOT NULL, source_id TEXT NOT NULL,
  generation INTEGER NOT NULL, PRIMARY KEY (record, object, source_id)) STRICT, WITHOUT ROWID;
DELETE FROM meta WHERE name = 'plan_of';

-- What somebody had changed in Odoo before a later write of ours: its first seal stays, which that change has broken.
CREATE TABLE edited (record INTEGER PRIMARY KEY REFERENCES record (number) ON DELETE CASCADE) STRICT;
";

/// What a step does that SQL cannot: step 4 links what is in the journal.
fn after_step(conn: &Connection, version: u32) -> Result<(), LedgerError> {
    match version {
        4 => chain::begin(conn),
        _ => Ok(()),
    }
}

/// The newest version that this program reads and writes.
pub(crate) fn newest() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// The version in the file; 0 for a file without tables.
pub(crate) fn version(conn: &Connection) -> Result<u32, LedgerError> {
    let named = conn
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'", [], |_| Ok(()))
        .optional()
        .doing("read the schema version")?;
    if named.is_none() {
        return Ok(0);
    }
    conn.query_row("SELECT version FROM schema_version", [], |row| row.get(0)).doing("read the schema version")
}

/// Whether the file has no table at all, as a new one has.
pub(crate) fn is_empty(conn: &Connection) -> Result<bool, LedgerError> {
    conn.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0)).doing("read the schema")
}

/// Brings the file to the newest version, in one transaction.
pub(crate) fn upgrade(conn: &mut Connection, found: u32) -> Result<(), LedgerError> {
    let doing = "bring the schema up to date";
    if found == newest() {
        return Ok(());
    }
    // A table that is made anew is dropped in between, and what refers to it must not go with it.
    let keys: bool = conn.pragma_query_value(None, "foreign_keys", |row| row.get(0)).doing(doing)?;
    conn.pragma_update(None, "foreign_keys", false).doing(doing)?;
    let upgraded = steps(conn, found);
    conn.pragma_update(None, "foreign_keys", keys).doing(doing)?;
    upgraded
}

/// The steps from a version to the newest, in one transaction.
fn steps(conn: &mut Connection, found: u32) -> Result<(), LedgerError> {
    let doing = "bring the schema up to date";
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)?;
    tx.execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT").doing(doing)?;
    for (version, step) in std::iter::zip(1.., STEPS).skip(found as usize) {
        tx.execute_batch(step).doing(doing)?;
        after_step(&tx, version)?;
    }
    tx.execute("DELETE FROM schema_version", []).doing(doing)?;
    tx.execute("INSERT INTO schema_version (version) VALUES (?1)", [newest()]).doing(doing)?;
    tx.commit().doing(doing)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Makes the tables of an earlier version.
    pub(crate) fn make(conn: &Connection, version: u32) {
        for step in STEPS.iter().take(version as usize) {
            conn.execute_batch(step).expect("a step");
        }
        let sql = "CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT";
        conn.execute_batch(sql).expect("a table");
        conn.execute("INSERT INTO schema_version (version) VALUES (?1)", [version]).expect("a version");
    }
}
