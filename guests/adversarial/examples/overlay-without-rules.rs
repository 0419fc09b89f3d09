//! An overlay that declares nothing and has no rule: what is below it must come through as it is.

use odograft_guest_adversarial::sdk::{export_dentally_overlay, overlay::OverlaySpec};

/// The overlay.
pub static OVERLAY: OverlaySpec =
    OverlaySpec { name: "overlay-without-rules", version: "1", below: &[], targets: &[], settings: &[] };

export_dentally_overlay!(OVERLAY);
