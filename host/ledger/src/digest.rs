//! Digests: of single rows, to tell change from repetition, and of the whole ledger, to compare two of them.

use rusqlite::types::ValueRef;

use crate::error::Doing;
use crate::store::Reading;
use crate::{Finding, Handover, Ledger, LedgerError, StagedRow};

/// What lasts, in key order. Left out is what differs between two runs of one migration that end alike: facts and moments,
/// numbers of rows, passes and plans, cursors, Odoo ids, and before-images, which hold Odoo ids and moments.
const LASTING: [(&str, &str); 8] = [
    ("staged", "SELECT object, id, parent, position, body FROM staged ORDER BY object, id"),
    (
        "record",
        "SELECT model, object, source_id, external_id, cells, written_cells, state, \
         generation = (SELECT max(generation) FROM plan) FROM record ORDER BY object, source_id, model",
    ),
    (
        "journal",
        "SELECT model, object, source_id, action, fields, journal.cells FROM journal \
         JOIN record ON record.number = journal.record ORDER BY model, object, source_id, journal.id",
    ),
    (
        "made_of",
        "SELECT model, record.object, record.source_id, made_of.object, made_of.source_id FROM made_of \
         JOIN record ON record.number = made_of.record ORDER BY 1, 2, 3, 4, 5",
    ),
    (
        "file",
        "SELECT model, object, source_id, field, length, sha1 FROM file JOIN record ON record.number = file.record \
         ORDER BY model, object, source_id, field",
    ),
    (
        "quarantine",
        "SELECT object, source_id, stage, code, field, module_digest, message, fuel FROM quarantine \
         ORDER BY object, source_id, stage, code, ifnull(field, '')",
    ),
    ("finding", "SELECT digest FROM finding ORDER BY digest"),
    ("handover", "SELECT digest FROM handover ORDER BY digest"),
];

impl Ledger {
    /// blake3 over all lasting content in key order, in hexadecimal: two ledgers of the same migration have the same digest,
    /// however often either was interrupted. Facts, moments, row ids, passes, cursors and Odoo ids do not count.
    pub fn digest(&self) -> Result<String, LedgerError> {
        let doing = "compute the ledger's digest";
        let _reading = Reading::begin(&self.conn).doing(doing)?;
        let mut parts = Parts::default();
        for (table, sql) in LASTING {
            parts.text(table);
            let mut select = self.conn.prepare(sql).doing(doing)?;
            let columns = select.column_count();
            let mut rows = select.query([]).doing(doing)?;
            while let Some(row) = rows.next().doing(doing)? {
                for column in 0..columns {
                    parts.value(row.get_ref(column).doing(doing)?);
                }
            }
        }
        Ok(parts.0.finalize().to_hex().to_string())
    }
}

/// Tells a changed staged row from one sent again.
pub(crate) fn of_staged(row: &StagedRow) -> [u8; 32] {
    let mut parts = Parts::default();
    parts.optional(row.parent.as_deref());
    parts.part(b'i', &row.position.to_le_bytes());
    parts.text(&row.body);
    parts.finish()
}

/// Tells changed cells from the same ones.
pub(crate) fn of_cells(cells: &str) -> [u8; 32] {
    *blake3::hash(cells.as_bytes()).as_bytes()
}

/// A finding's identity.
pub(crate) fn of_finding(finding: &Finding) -> [u8; 32] {
    let mut parts = Parts::default();
    for part in [&finding.object, &finding.source_id, &finding.severity, &finding.code, &finding.message] {
        parts.text(part);
    }
    parts.optional(finding.field.as_deref());
    parts.finish()
}

/// A handover's identity.
pub(crate) fn of_handover(handover: &Handover) -> [u8; 32] {
    let mut parts = Parts::default();
    for part in [&handover.module, &handover.kind, &handover.object, &handover.source_id, &handover.document] {
        parts.text(part);
    }
    parts.finish()
}

/// Hashes parts with their kind and length, so that no two lists of parts look alike.
#[derive(Default)]
pub(crate) struct Parts(blake3::Hasher);

impl Parts {
    /// The parts of a hash that may be keyed.
    pub(crate) fn of(hasher: blake3::Hasher) -> Self {
        Self(hasher)
    }

    pub(crate) fn part(&mut self, kind: u8, bytes: &[u8]) {
        self.0.update(&[kind]);
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.part(b't', text.as_bytes());
    }

    pub(crate) fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.part(b'n', &[]),
        }
    }

    fn value(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.part(b'n', &[]),
            ValueRef::Integer(number) => self.part(b'i', &number.to_le_bytes()),
            ValueRef::Real(number) => self.part(b'r', &number.to_le_bytes()),
            ValueRef::Text(bytes) => self.part(b't', bytes),
            ValueRef::Blob(bytes) => self.part(b'b', bytes),
        }
    }

    pub(crate) fn finish(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}
