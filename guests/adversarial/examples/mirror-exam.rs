//! Says which exam it was given, field by field.

use odograft_sdk::perio::Exam;
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection, info};

/// A module that makes no record.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "mirror-exam", version: env!("CARGO_PKG_VERSION"), targets: &[], ..ModuleSpec::EMPTY };

/// What was given, as a finding.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn mirror(exam: &Exam, _: &Context) -> Result<Mapped, Rejection> {
    Ok(Mapped { findings: vec![info("mirror", "exam", format!("{exam:?}"))], ..Mapped::default() })
}

odograft_sdk::export_perio!(MODULE, mirror);
