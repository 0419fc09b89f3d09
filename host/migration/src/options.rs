//! What a client's configuration decides of a run.

use std::sync::Arc;

use crate::capture::Capture;
use crate::files::MAX_FILE_BYTES;
use crate::modules::Extra;
use crate::owners::OwnerChoices;
use crate::stop::Stop;

/// What a client's configuration decides.
#[derive(Debug, Clone)]
pub struct Options {
    /// The migration's name: lower-case letters, digits and `_`; part of every external id.
    pub name: String,
    /// The moment that counts as now for the modules, in seconds since 1970-01-01T00:00:00Z. Taken
    /// from the clock by the first run, and kept in the ledger from then on.
    pub as_of: Option<i64>,
    /// Who stands in for people whom no user of Odoo's matches.
    pub owners: OwnerChoices,
    /// Whether it goes into an Odoo that nobody works in, and needs no approval.
    pub rehearsal: bool,
    /// Where a person asks it to stop.
    pub stop: Stop,
    /// The share of its records that a module may fail on before the run stops.
    pub max_failed_share: f64,
    /// Failures of a module before its share is looked at.
    pub failures_before_judging: u64,
    /// Whether new records go through a server action, see [`crate::Loader::fast`].
    pub server_action: bool,
    /// The most bytes that a file may have.
    pub max_file_bytes: u64,
    /// The practice's own columns, so that their texts are read as the source writes days and numbers.
    pub extras: Vec<Extra>,
    /// Sees every call of a module.
    pub capture: Option<Arc<dyn Capture>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "clinic".to_owned(),
            as_of: None,
            owners: OwnerChoices::default(),
            rehearsal: false,
            stop: Stop::default(),
            max_failed_share: 0.05,
            failures_before_judging: 20,
            server_action: false,
            max_file_bytes: MAX_FILE_BYTES,
            extras: Vec::new(),
            capture: None,
        }
    }
}
