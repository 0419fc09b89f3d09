//! An overlay over a flattening rule that has one rule, which changes nothing: exams are lifted for it all the same.

use odograft_guest_adversarial::sdk::overlay::{Made, OverlaySpec};
use odograft_guest_adversarial::sdk::{Context, Rejection, export_perio_overlay, perio::Exam};

/// The overlay.
pub static OVERLAY: OverlaySpec =
    OverlaySpec { name: "perio-overlay-that-changes-nothing", version: "1", below: &[], targets: &[], settings: &[] };

/// Changes nothing.
///
/// # Errors
/// None.
pub fn nothing(_: &Exam, _: &mut Made<'_>, _: &Context) -> Result<(), Rejection> {
    Ok(())
}

export_perio_overlay!(OVERLAY, [nothing]);
