//! The Smile Clinic's own rules over the mapping of Dentally's records: one file per rule. The clinic is made up.

pub mod nhs_number;
pub mod recall;
pub mod surname;

use odograft_sdk::overlay::OverlaySpec;

/// The overlay as a whole.
pub static OVERLAY: OverlaySpec = OverlaySpec {
    name: "smile-clinic",
    version: env!("CARGO_PKG_VERSION"),
    below: &[&surname::contact::BELOW, &recall::contact::BELOW, &nhs_number::contact::BELOW],
    targets: &[&recall::due::TARGET],
    settings: &[recall::LAPSES_AFTER],
};

odograft_sdk::export_dentally_overlay!(OVERLAY, Patient: [surname::prefix, recall::next]);
