//! What a run tells, while it works and in the end.

use odograft_ledger::RecordCounts;
use serde::Serialize;

use crate::absent::AbsentList;

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Source rows into staging.
    Extract,
    /// Staged rows put together, to see what cannot be read.
    Audit,
    /// Staged rows through the modules into the plan.
    Transform,
    /// Planned cells against Odoo's fields.
    Preflight,
    /// Custom fields and pages in Odoo.
    Schema,
    /// Planned records into Odoo.
    Load,
    /// Planned records into files for Odoo's administrator.
    Pack,
    /// What was written taken back.
    Undo,
    /// What the ledger says against what Odoo has.
    Reconcile,
}

impl Stage {
    /// The stage's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Extract => "extract",
            Self::Audit => "audit",
            Self::Transform => "transform",
            Self::Preflight => "preflight",
            Self::Schema => "schema",
            Self::Load => "load",
            Self::Pack => "pack",
            Self::Undo => "undo",
            Self::Reconcile => "reconcile",
        }
    }
}

/// What a run tells while it works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A stage begins.
    Started {
        /// Which.
        stage: Stage,
    },
    /// How many rows the stage has before it, where that is known.
    Expected {
        /// In which stage.
        stage: Stage,
        /// Rows.
        rows: u64,
    },
    /// Rows are through.
    Progress {
        /// In which stage.
        stage: Stage,
        /// The source object or Odoo model.
        what: String,
        /// Rows since the last such event.
        done: u64,
    },
    /// The source withholds a list that the migration goes on without.
    Absent {
        /// Which, and why.
        #[serde(flatten)]
        list: AbsentList,
    },
    /// A stage is over.
    Finished {
        /// Which.
        stage: Stage,
    },
}

/// How long a stage took.
#[derive(Debug, Clone, Serialize)]
pub struct StageTime {
    /// Which.
    pub stage: Stage,
    /// Wall clock in milliseconds.
    pub milliseconds: u64,
}

/// How many records of a model stand where.
#[derive(Debug, Clone, Serialize)]
pub struct ModelCount {
    /// The Odoo model.
    pub model: String,
    /// The counts.
    #[serde(flatten)]
    pub counts: RecordCounts,
}

/// What a run has done.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The migration's name.
    pub name: String,
    /// The moment that counts as now.
    pub as_of: i64,
    /// Staged rows by source object.
    pub staged: Vec<(String, u64)>,
    /// Lists that the source withholds.
    pub absent: Vec<AbsentList>,
    /// Records by Odoo model.
    pub models: Vec<ModelCount>,
    /// Records created by this run.
    pub created: u64,
    /// Records changed by this run.
    pub updated: u64,
    /// Records of Odoo's that this run tied to a source record.
    pub adopted: u64,
    /// Fields that this run added to Odoo.
    pub fields_created: usize,
    /// Quarantined records by stage and code.
    pub quarantined: Vec<(String, String, u64)>,
    /// Findings by code.
    pub findings: Vec<(String, u64)>,
    /// Time by stage.
    pub times: Vec<StageTime>,
}
