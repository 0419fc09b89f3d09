//! Odoo over its external API: client, metadata, schema, loader.
//!
//! Transport and meaning are apart: [`Client`] and everything above it speak of models, methods and typed errors;
//! only `link` knows how a call travels: over JSON-2, JSON-RPC or XML-RPC. Behaviour is what was measured on Odoo 19.0, never recalled.
//!
//! Nothing that leaves this crate in an error or a log carries a value of a record: Odoo's messages and tracebacks
//! quote what was written, so only model and field names that match a known message are kept (`templates`).

#[cfg(test)]
mod captures;
mod classify;
mod client;
mod error;
mod fast_path;
#[cfg(test)]
mod faults;
mod files;
mod link;
mod loader;
mod metadata;
mod pace;
mod pack;
mod page;
mod problem;
mod refusals;
mod remove;
mod retry;
mod schema;
mod schema_undo;
mod settings;
mod templates;
mod tempo;

pub use client::{Client, SearchOptions};
pub use error::{NOT_UNIQUE, OdooError};
pub use fast_path::FastPath;
pub use files::{FileBody, FileFault, FileReader, OpenFile, Opening};
pub use loader::{
    BatchFile, Inserted, LoadBatch, Row, RowOutcome, bulk_context, insert, insert_with, update, update_with,
};
pub use metadata::FieldInfo;
pub use pack::{
    CsvFile, CsvPart, Door, Exported, Exports, LinesPart, NewFolder, PackError, PackTable, Table, doors, export_label,
    fields, pages,
};
pub use page::{Page, PageEnd, PageField, Section};
pub use problem::{Problem, Rule};
pub use remove::{Referrer, Removal, additions, cancel_orders, read_plain, referrers, referring_fields, remove};
pub use schema::{CustomField, SchemaPlan, SchemaReport, apply, missing};
pub use schema_undo::{holding, remove_choice, remove_fields, remove_page};
pub use settings::{Connection, Pace, Protocol, ServerVersion, Settings, UnknownProtocol};
pub use tempo::{Effort, Strain, Tempo};
