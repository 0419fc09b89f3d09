//! A client's own rules, laid over a mapping.
//!
//! An overlay is a component that imports and exports the same mapping interface: the host composes it with the mapping
//! below it, and calls the overlay. For each record, the overlay's rules see the typed record, the context, and what the
//! mapping below has made of it ([`Made`]). [`below!`](crate::below!) says which fields of the mapping below a rule reads,
//! changes, replaces or drops, [`target!`](crate::target!) declares the overlay's own, [`OverlaySpec`] gathers both, and
//! [`export_dentally_overlay!`](crate::export_dentally_overlay!) or
//! [`export_perio_overlay!`](crate::export_perio_overlay!) makes a component of it. An overlay lies over another one the
//! same way.
//!
//! ```
//! use odograft_sdk::dentally::Patient;
//! use odograft_sdk::overlay::{Made, OverlaySpec, Sample};
//! use odograft_sdk::{Context, Rejection, below, target};
//!
//! below! {
//!     /// The contact that the mapping below makes of a patient.
//!     pub contact: patient => "res.partner" {
//!         NAME = char("name") changed from [] .rule("then in capitals");
//!     }
//! }
//!
//! pub fn capitals(_: &Patient, made: &mut Made<'_>, _: &Context) -> Result<(), Rejection> {
//!     let Some(mut contact) = contact::of(made) else { return Ok(()) };
//!     if let Some(name) = contact.text(contact::NAME).map(str::to_uppercase) {
//!         contact.set(contact::NAME, name);
//!     }
//!     Ok(())
//! }
//!
//! static OVERLAY: OverlaySpec =
//!     OverlaySpec { name: "capitals", version: "1", below: &[&contact::BELOW], targets: &[], settings: &[] };
//!
//! odograft_sdk::export_dentally_overlay!(OVERLAY, Patient: [capitals]);
//! ```

mod below;
#[doc(hidden)]
pub mod exports;
mod flat;
mod glue;
mod layers;
mod macros;
mod made;
mod nearest;
mod sample;
mod spec;
#[cfg(test)]
pub mod tests;

pub use below::{Below, BelowField, BelowSpec, Field, Readable, Use, Writable, uses};
pub use glue::Overlay;
pub use layers::Layers;
pub use made::{Made, Record};
pub use sample::Sample;
pub use spec::OverlaySpec;
