//! The mapping of BrightChair, a practice system that exists nowhere: how a fifth system is onboarded by a manifest and one
//! module. Its tables are those that `fixtures/tabular/brightchair/manifest.json` declares, one file for each.

pub mod balance;
pub mod client;
pub mod visit;

use odograft_sdk::tabular::Row;
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection};

/// The module as a whole.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "fifth-system",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[&client::partner::TARGET, &visit::activity::TARGET],
    dropped: &[
        ("client.card", "the number of a bonus card that ends with BrightChair"),
        ("visit.chair", "which chair is a matter of the day"),
        ("client.extra", "columns that the manifest does not declare; name them there to map them"),
    ],
    ..ModuleSpec::EMPTY
};

/// One row of the export.
///
/// # Errors
/// The row cannot be mapped.
pub fn map(row: &Row, context: &Context) -> Result<Mapped, Rejection> {
    match &*row.object {
        "client" => client::partner(row),
        "visit" => visit::activity(row, context),
        _ => Ok(Mapped::default()),
    }
}

odograft_sdk::export_tabular!(MODULE, map);
