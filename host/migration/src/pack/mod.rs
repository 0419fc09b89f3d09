//! Packs: what is pending goes into files that Odoo's administrator imports, and comes back as exports.
//!
//! A pack holds what can be imported now. A field that holds a database id as a number (`res_id`) can only be filled once
//! the record that it points to is in Odoo and its id has come back: such records are in the pack of the next round. What
//! is in a pack follows from the ledger alone, so the same ledger gives the same bytes, and reconciliation knows what to
//! look for without a list of its own.

mod reconcile;
mod select;
mod shown;
mod theirs;
mod write;

pub use reconcile::{Differing, ModelReconciled, Reconciled};
pub use write::{PackOptions, PackStep, PackSummary, StepKind};

/// The ledger's fact that a pack is out: the fingerprint of what it was planned from; empty when none is.
pub(crate) const META: &str = "pack";

/// The ledger's fact which models the newest pack has records of, kept when what became of it is known: reconciliation
/// can be done again.
pub(crate) const MODELS: &str = "pack_models";

/// The ledger's fact which custom fields the newest pack makes, as `model.field`, and those of packs that records came
/// back of: records cannot be in Odoo without their fields.
pub(crate) const FIELDS: &str = "pack_fields";
pub(crate) const FIELDS_MADE: &str = "pack_fields_made";
