//! The rows that go in and out of a ledger.
//!
//! `Debug` of everything that carries a patient's values prints sizes in their place, so that a stray `{:?}` cannot leak.

use std::fmt;

use serde::Serialize;

/// How far the reading of an object has come in a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// Nothing read yet.
    Start,
    /// Read up to this mark of the source's own, opaque here.
    At(String),
    /// Read to its end.
    Done,
}

/// One source row as the source sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct StagedRow {
    /// The source's key, unique within its object.
    pub id: String,
    /// The key of the parent row, for child objects such as a reading of an exam.
    pub parent: Option<String>,
    /// The place among its siblings, from 0.
    pub position: u32,
    /// The row's JSON text, verbatim.
    pub body: String,
}

impl fmt::Debug for StagedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StagedRow")
            .field("id", &self.id)
            .field("parent", &self.parent)
            .field("position", &self.position)
            .field("body", &Hidden(Some(&self.body)))
            .finish()
    }
}

/// What staging a page did, in rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PageCounts {
    /// Ids never staged before.
    pub new: u64,
    /// Ids of an earlier pass with other content now.
    pub changed: u64,
    /// Ids of an earlier pass with the same content.
    pub unchanged: u64,
    /// Ids already seen in this pass; the later content is the one kept.
    pub repeated: u64,
}

/// Where a planned record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordState {
    /// In the plan, not in Odoo yet.
    Planned,
    /// Created in Odoo by this migration, and perhaps updated since.
    Written,
    /// Was in Odoo before this migration and is now tied to its source record.
    Adopted,
    /// May not be created, and none was found in Odoo.
    Unmatched,
    /// Waits for a record that is quarantined.
    Held,
    /// Refused; the quarantine says why.
    Quarantined,
}

impl RecordState {
    /// The word that stands for the state in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Written => "written",
            Self::Adopted => "adopted",
            Self::Unmatched => "unmatched",
            Self::Held => "held",
            Self::Quarantined => "quarantined",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Planned, Self::Written, Self::Adopted, Self::Unmatched, Self::Held, Self::Quarantined]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// One Odoo record that the plan wants, keyed by model, object and source id.
#[derive(Clone, PartialEq, Eq)]
pub struct PlannedRecord {
    /// The ledger's own number; 0 for a record that is not stored yet.
    pub rowid: i64,
    /// The Odoo model, such as `res.partner`.
    pub model: String,
    /// The source object, such as `patient`.
    pub object: String,
    /// The source row's id.
    pub source_id: String,
    /// The Odoo external id, module and name.
    pub external_id: String,
    /// What Odoo is to hold: canonical JSON text, so that equal cells are equal bytes.
    pub cells: String,
    /// What was last written, in the same form. The ledger's own: ignored when planning.
    pub written_cells: Option<String>,
    /// The Odoo database id, once known. When planning, `None` keeps the one that is known.
    pub odoo_id: Option<i64>,
    /// Where it stands. When planning: `Planned`, `Unmatched`, `Held` or `Quarantined`.
    pub state: RecordState,
}

impl fmt::Debug for PlannedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlannedRecord")
            .field("rowid", &self.rowid)
            .field("model", &self.model)
            .field("object", &self.object)
            .field("source_id", &self.source_id)
            .field("external_id", &self.external_id)
            .field("cells", &Hidden(Some(&self.cells)))
            .field("written_cells", &Hidden(self.written_cells.as_deref()))
            .field("odoo_id", &self.odoo_id)
            .field("state", &self.state)
            .finish()
    }
}

/// How many records of a model stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    /// Records in the newest plan, whatever their state.
    pub planned: u64,
    /// Created by this migration.
    pub written: u64,
    /// In Odoo before this migration.
    pub adopted: u64,
    /// May not be created, none found.
    pub unmatched: u64,
    /// Waiting for a quarantined record.
    pub held: u64,
    /// Refused.
    pub quarantined: u64,
    /// Still to be sent to Odoo: what [`crate::Ledger::pending`] returns.
    pub pending: u64,
}

/// What a finished plan asks for, in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PlanCounts {
    /// Records in the plan.
    pub records: u64,
    /// Never written to Odoo.
    pub new: u64,
    /// Written before, with other cells.
    pub changed: u64,
    /// Written before with the same cells.
    pub unchanged: u64,
    /// Held, unmatched or quarantined: not to be sent.
    pub held_back: u64,
    /// Written before and no longer in the plan: left in Odoo as they are.
    pub withdrawn: u64,
}

/// What a write did to an Odoo record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteAction {
    /// Made a new record.
    Create,
    /// Changed fields of a record.
    Update,
    /// Tied a record that was there to its source record, changing nothing.
    Adopt,
    /// Took all earlier writes of the record back. What stands before it in the journal no longer counts.
    Undo,
}

impl WriteAction {
    /// The word that stands for the action in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Adopt => "adopt",
            Self::Undo => "undo",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Adopt, Self::Undo].into_iter().find(|action| action.as_str() == word)
    }
}

/// One write to Odoo that was confirmed.
#[derive(Clone, PartialEq, Eq)]
pub struct Write {
    /// The planned record's row id.
    pub rowid: i64,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub moment: i64,
    /// What it did.
    pub action: WriteAction,
    /// The Odoo database id.
    pub odoo_id: i64,
    /// The fields that were sent, by their Odoo names.
    pub fields: Vec<String>,
    /// The values before an update, as JSON text. The ledger's own, from [`crate::Ledger::keep_before_image`]: ignored when
    /// recording.
    pub before: Option<String>,
    /// The record's cells as Odoo now holds them, canonical JSON text.
    pub cells: String,
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write")
            .field("rowid", &self.rowid)
            .field("moment", &self.moment)
            .field("action", &self.action)
            .field("odoo_id", &self.odoo_id)
            .field("fields", &self.fields)
            .field("before", &Hidden(self.before.as_deref()))
            .field("cells", &Hidden(Some(&self.cells)))
            .finish()
    }
}

/// A row of the write journal: the write and the keys of the record it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteRow {
    /// The journal's own number, growing.
    pub id: i64,
    /// The Odoo model.
    pub model: String,
    /// The source object.
    pub object: String,
    /// The source row's id.
    pub source_id: String,
    /// The Odoo external id.
    pub external_id: String,
    /// The person who gave the command; unknown of writes from before the audit.
    pub operator: Option<String>,
    /// The write.
    pub write: Write,
}

/// Stands for a value in `Debug`.
pub(crate) struct Hidden<'a>(pub(crate) Option<&'a str>);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => write!(f, "<{} bytes>", text.len()),
            None => f.write_str("None"),
        }
    }
}
