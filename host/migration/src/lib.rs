//! A migration: extract, transform, plan and load, in that order, each resumable.
//!
//! Everything that must survive a crash is in the ledger; this crate holds no state of its own
//! between two steps. See ARCHITECTURE.md for the way of a record.

mod absent;
mod adopt;
mod approval;
mod assembly;
mod attachments;
mod audit;
mod capture;
mod cells;
pub mod clock;
mod compare;
mod delta;
mod diff;
mod directory;
mod duplicates;
mod error;
mod events;
mod external_id;
mod extract;
mod files;
mod fill;
mod follow;
mod handover;
mod insert;
mod inventory;
mod lists;
mod load;
mod merge;
mod modules;
mod namesake;
mod options;
mod order;
mod own_columns;
mod owners;
mod pack;
mod pilot;
mod plan;
mod preflight;
mod proposal;
mod rate;
mod reconcile;
mod ripple;
mod run;
mod sample;
mod schema;
mod seal;
mod shred;
mod stop;
mod transform;
mod undo;
mod update;

pub use absent::{AbsentList, absent_lists, staged_rows};
pub use approval::{Approval, approval, approve, planned as planned_hash, short};
pub use attachments::{Attachment, Content, attachments};
pub use audit::{Audited, Known, audit};
pub use capture::{Capture, Captured, CapturedRow};
pub use cells::{Cell, Cells};
pub use delta::{DeletedPolicy, DeltaSummary, Gone, GoneEnd};
pub use diff::{Compared, ComparedField, SeeCompared};
pub use duplicates::{Candidate, DuplicateCounts, Person, counts as duplicate_counts, decide, duplicates};
pub use error::{MigrationError, MissingExport};
pub use events::{Event, ModelCount, Stage, StageTime, Summary};
pub use external_id::external_id;
pub use extract::read_sources;
pub use files::{Files, MAX_FILE_BYTES, Opening};
pub use handover::{
    EmptyKind, HandedFile, HandedList, HandedOver, HandoverSummary, ListKind, MappingSheets, handover, schema_made,
    spreadsheet_cell,
};
pub use inventory::{Counted, inventory};
pub use load::{Loader, Written};
pub use modules::{Extra, ModuleFile, Modules};
pub use options::Options;
pub use own_columns::{Confidence, ProposedColumn};
pub use owners::{Matched, OwnerChoices, Unmatched};
pub use pack::{Differing, ModelReconciled, PackOptions, PackStep, PackSummary, Reconciled, StepKind};
pub use pilot::PilotSummary;
pub use preflight::{Flaw, Found};
pub use proposal::{Fit, Grade, GradedObject, Owner, Proposal, ProposedField, Structure};
pub use rate::Rate;
pub use reconcile::{Gap, GapKind, ModelChecked, Reconciliation};
pub use run::Migration;
pub use shred::{ShredOptions, ShredReport, shred};
pub use stop::Stop;
pub use undo::{SchemaLeft, Undo, UndoCount, UndoOptions, UndoReport};
