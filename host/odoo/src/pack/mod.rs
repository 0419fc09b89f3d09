//! CSV packs, for an Odoo whose plan has the API closed: files that its administrator imports, and the files that the
//! administrator exports from it.
//!
//! What the files look like follows what Odoo 19's import dialog (`base_import`) and export dialog do, both measured.

mod error;
mod export;
mod labels;
mod schema;
mod write;

pub use error::PackError;
pub use export::{Exported, Exports, Table};
pub use labels::export_label;
pub use schema::{Door, PackTable, doors, fields, pages};
pub use write::{CsvFile, CsvPart, LinesPart, NewFolder};
