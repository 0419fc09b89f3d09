//! What was read of each object, beside what the source says of it.

use odograft_ledger::{Inventory, Ledger};
use odograft_sources::{Marks, Source};
use serde::Serialize;

use crate::error::MigrationError;
use crate::extract::announced;

/// What is staged of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The object.
    pub object: String,
    /// How many rows the source says that it has; none where it does not say it.
    pub announced: Option<u64>,
    /// Rows, the newest of them, and the sites that they belong to.
    #[serde(flatten)]
    pub found: Inventory,
}

/// Counts what is staged of every object that the sources have, in their order.
///
/// # Errors
/// The ledger's.
pub fn inventory(ledger: &Ledger, sources: &[Source]) -> Result<Vec<Counted>, MigrationError> {
    let mut counted = Vec::new();
    for source in sources {
        for object in source.objects() {
            let Marks { site, stamp } = source.marks(object.name);
            let found = ledger.inventory(object.name, site.as_deref(), stamp.as_deref())?;
            let announced = ledger.meta(&announced(object.name))?.and_then(|rows| rows.parse().ok());
            counted.push(Counted { object: object.name.to_owned(), announced, found });
        }
    }
    Ok(counted)
}
