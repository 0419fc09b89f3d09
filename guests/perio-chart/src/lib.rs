//! Flattens one periodontal exam into what Odoo's form can hold and show.
//!
//! The way of a reading: [`notation`] finds its tooth, [`chart`] gives it a place or sets it aside,
//! [`attachment`] adds recession to depth, [`issues`] gathers what a person should know, [`json`]
//! and [`html`] write the chart, [`exam`] says into which Odoo record, and [`earlier_file`] makes a file
//! of an earlier exam where the client wants one. Nothing is diagnosed.

pub mod attachment;
pub mod chart;
pub mod earlier_file;
pub mod exam;
pub mod html;
pub mod issues;
pub mod json;
pub mod notation;
pub mod teeth;

use odograft_sdk::perio::Exam;
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "perio-chart",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[&exam::partner::TARGET, &exam::message::TARGET, &earlier_file::attachment::TARGET],
    settings: &[earlier_file::EARLIER_EXAMS_ATTACHMENT],
    dropped: &[],
    ..ModuleSpec::EMPTY
};

/// One exam.
///
/// # Errors
/// The exam cannot be understood.
pub fn map(visit: &Exam, context: &Context) -> Result<Mapped, Rejection> {
    let mut mapped = exam::exam(visit)?;
    mapped.upserts.extend(earlier_file::attachment(visit, context));
    Ok(mapped)
}

odograft_sdk::export_perio!(MODULE, map);
