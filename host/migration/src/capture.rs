//! What a run can let somebody see of its calls: the rows that went into one, and what came out.

use std::fmt::Debug;

use odograft_engine::{BatchReport, Limits};
use odograft_records::bindings::transform::manifest::{Context, Manifest};
use odograft_records::{DecodeError, Problem, Texts};

/// Keeps calls of modules, so that they can be made again.
pub trait Capture: Debug + Send + Sync {
    /// Called after each call of a module, before anything of it is in the ledger.
    ///
    /// # Errors
    /// Why it cannot be kept; the run stops with that.
    fn keep(&self, call: &Captured<'_>) -> Result<(), String>;
}

/// One call of a module. It holds patients' data.
#[derive(Debug)]
pub struct Captured<'a> {
    /// What reports call the module.
    pub module: &'a str,
    /// SHA-256 of the module's bytes, in lower-case hex.
    pub digest: &'a str,
    /// The interface that it speaks, with its version.
    pub interface: &'static str,
    /// The source object of the rows.
    pub object: &'a str,
    /// What the module could use.
    pub limits: &'a Limits,
    /// What the module was told besides the records.
    pub context: &'a Context,
    /// What the module says it does.
    pub manifest: &'a Manifest,
    /// Every row of the call, in order.
    pub rows: &'a [CapturedRow],
    /// The texts that the answers point into.
    pub texts: &'a Texts,
    /// One answer for each row that became a record, and the call's fuel.
    pub report: &'a BatchReport,
}

/// One row of a call.
#[derive(Debug, Clone)]
pub struct CapturedRow {
    /// The row as staged, in the form that cases keep records in: `{"object": "patient", "row": {…}}`, for exams
    /// `{"manifest": {…}, "exam": {…}, "readings": [{…}], "latest": true}`.
    pub record: String,
    /// What could not be read of it, or why it is no record.
    pub decoded: Result<Vec<Problem>, DecodeError>,
}
