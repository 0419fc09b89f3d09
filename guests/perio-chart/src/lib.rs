//! Flattens one periodontal exam into what Odoo's form can hold and show.
//!
//! The way of a reading: [`notation`] finds its tooth, [`chart`] gives it a place or sets it aside,
//! [`attachment`] adds recession to depth, [`issues`] gathers what a person should know, [`json`]
//! and [`html`] write the chart, [`exam`] says into which Odoo record. Nothing is diagnosed.

pub mod attachment;
pub mod chart;
pub mod exam;
pub mod html;
pub mod issues;
pub mod json;
pub mod notation;
pub mod teeth;

use odograft_sdk::ModuleSpec;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "perio-chart",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[&exam::partner::TARGET, &exam::message::TARGET],
    settings: &[],
    dropped: &[],
    ..ModuleSpec::EMPTY
};

odograft_sdk::export_perio!(MODULE, |visit: &_, _: &_| exam::exam(visit));
