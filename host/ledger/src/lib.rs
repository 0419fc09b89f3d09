//! The migration's store: one encrypted SQLite file that holds everything a migration must not lose.
//!
//! Staged source rows with their cursors, the plan, the id map, every write to Odoo with its before-image, and what was
//! quarantined or found on the way. Each call is one transaction: it happened wholly or not at all, so a process that is
//! killed at any moment resumes from its last finished call.

mod audit;
mod chain;
mod changes;
mod decisions;
mod digest;
mod error;
mod files;
mod handovers;
mod inventory;
mod journal;
mod lock;
mod note_types;
mod notes;
mod passes;
mod pilot;
mod plan;
mod rekey;
mod schema;
mod seal;
mod session;
mod shred;
mod staging;
mod store;
mod types;
mod undo;
mod verify;

#[cfg(test)]
mod tests;

pub use audit::{AuditEntry, AuditHead};
pub use decisions::{Decision, DuplicateVerdict};
pub use error::LedgerError;
pub use files::{FiledRecord, WrittenFile};
pub use handovers::HandoverKind;
pub use inventory::Inventory;
pub use lock::Holder;
pub use note_types::{Contribution, Finding, Handover, Notes, Quarantined};
pub use seal::Seal;
pub use session::Session;
pub use shred::Shreddable;
pub use store::{Ledger, Reading};
pub use types::{
    Cursor, PageCounts, PlanCounts, PlannedRecord, RecordCounts, RecordState, StagedRow, Write, WriteAction, WriteRow,
};
pub use undo::{Made, SchemaPart, Standing, UndoEnd, UndoStep, Undone};
pub use verify::{Fault, Verification};
