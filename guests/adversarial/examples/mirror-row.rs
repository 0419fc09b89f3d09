//! Says which row it was given, cell by cell.

use odograft_sdk::tabular::Row;
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection, info};

/// A module that makes no record.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "mirror-row", version: env!("CARGO_PKG_VERSION"), ..ModuleSpec::EMPTY };

/// What was given, as a finding.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn mirror(row: &Row, _: &Context) -> Result<Mapped, Rejection> {
    Ok(Mapped { findings: vec![info("mirror", "row", format!("{row:?}"))], ..Mapped::default() })
}

odograft_sdk::export_tabular!(MODULE, mirror);
