//! An overlay that names a field which the mapping below does not have.

use odograft_guest_adversarial::sdk::{below, export_dentally_overlay, overlay::OverlaySpec};

below! {
    /// A slip of the pen.
    pub contact: patient => "res.partner" {
        NHS_NUMBER = char("x_nhs_no") dropped "no NHS numbers";
    }
}

/// The overlay.
pub static OVERLAY: OverlaySpec = OverlaySpec {
    name: "overlay-that-does-not-fit",
    version: "1",
    below: &[&contact::BELOW],
    targets: &[],
    settings: &[],
};

export_dentally_overlay!(OVERLAY);
