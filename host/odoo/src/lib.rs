//! Odoo over its external API: client, metadata, schema, loader.
//!
//! Transport and meaning are apart: [`Client`] and everything above it speak of models, methods and typed errors;
//! only `json2` knows how a call travels. Behaviour is what was measured on Odoo 19.0, never recalled.
//!
//! Nothing that leaves this crate in an error or a log carries a value of a record: Odoo's messages and tracebacks
//! quote what was written, so only model and field names that match a known message are kept (`templates`).

mod classify;
#[cfg(test)]
mod classify_captures;
mod client;
mod error;
#[cfg(test)]
mod faults;
mod json2;
mod loader;
mod metadata;
mod page;
mod refusals;
mod retry;
mod schema;
mod templates;

pub use client::{Client, Connection, SearchOptions, ServerVersion, Settings};
pub use error::{OdooError, Problem};
pub use loader::{LoadBatch, Row, RowOutcome, bulk_context, insert, update};
pub use metadata::FieldInfo;
pub use page::{Page, PageEnd, PageField, Section};
pub use schema::{CustomField, SchemaPlan, SchemaReport, apply};
