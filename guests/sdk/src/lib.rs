//! What a module author writes against.
//!
//! A rule file declares its Odoo records with [`target!`] and fills them in one pure function;
//! [`ModuleSpec`] gathers the targets; [`export_dentally!`] or [`export_perio!`] makes a component
//! of it. A client's own rules over such a module are an [`overlay`]. Everything but the exported
//! glue runs natively under `cargo test`.

mod allocator;
pub mod bindings;
mod cells;
pub mod columns;
mod context;
pub mod examples;
#[doc(hidden)]
pub mod exports;
mod extras;
mod fields;
mod glue;
mod handover;
pub mod html;
pub mod journal;
mod json;
mod mapped;
mod module;
pub mod money;
pub mod overlay;
pub mod place;
mod target;
pub mod text;
pub mod texts;
pub mod time;

pub use bindings::transform::effects::{File, Finding, Lookup, Reference, Rejection, Severity, SourceKey, Text};
pub use bindings::transform::values::{Date, Decimal, ExtraField, Instant, Scalar, Span};
pub use context::Context;
pub use fields::{Field, FieldKind, FieldSpec, kinds};
pub use glue::{describe, transform};
pub use handover::{Handover, HandoverSpec, handover};
pub use json::{Json, json};
pub use mapped::{
    Mapped, Upsert, error, external_id, file, info, lookup, lookup_by, reject, source, user_contact, warning,
};
pub use module::{Dropped, ModuleSpec, SettingSpec, setting};
pub use target::{TargetSpec, place_of, target};

/// The records of Dent-O-Soft, as the contract types them.
pub use bindings::dent_o_soft::records as dent_o_soft;
/// The records of Dentally, as the contract types them.
pub use bindings::dentally::records as dentally;
/// The records of PANDA Perio, as the contract types them.
pub use bindings::panda_perio::records as panda_perio;
/// The records of a periodontal examination, as the contract types them.
pub use bindings::perio::records as perio;
/// The records of Practice by Numbers, as the contract types them.
pub use bindings::practice_by_numbers::records as practice_by_numbers;
/// The rows of declared tables, as the contract types them.
pub use bindings::tabular::records as tabular;
