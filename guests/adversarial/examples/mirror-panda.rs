//! Says which record of PANDA Perio it was given, field by field.

use odograft_sdk::panda_perio::Entity;
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection, info};

/// A module that makes no record.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "mirror-panda", version: env!("CARGO_PKG_VERSION"), targets: &[], settings: &[], dropped: &[] };

/// What was given, as a finding.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn mirror(entity: &Entity, _: &Context) -> Result<Mapped, Rejection> {
    Ok(Mapped { findings: vec![info("mirror", "clinic", format!("{entity:?}"))], ..Mapped::default() })
}

odograft_sdk::export_panda_perio!(MODULE, mirror);
