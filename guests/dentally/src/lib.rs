//! The mapping of Dentally's records: one file per object, each reads like its row in the promise.

pub mod appointment;
pub mod patient;
pub mod practitioner;
pub mod site;

use odograft_sdk::dentally::Entity;
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection};

/// The module as a whole.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "dentally",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[
        &site::team::TARGET,
        &practitioner::user::TARGET,
        &patient::partner::TARGET,
        &appointment::activity::TARGET,
    ],
    settings: &[],
    dropped: &[
        ("patient.image_url", "a link into Dentally that ends with the subscription"),
        ("patient.preferred_phone_number", "Odoo has no order among phone numbers"),
        ("appointment.booked_via_api", "says how Dentally was used, nothing about the visit"),
    ],
    ..ModuleSpec::EMPTY
};

/// One Dentally record.
///
/// # Errors
/// The record cannot be mapped.
pub fn map(entity: &Entity, context: &Context) -> Result<Mapped, Rejection> {
    match entity {
        Entity::Site(site) => site::team(site),
        Entity::Practitioner(practitioner) => practitioner::user(practitioner),
        Entity::Patient(patient) => patient::partner(patient),
        Entity::Appointment(appointment) => appointment::activity(appointment, context),
    }
}

odograft_sdk::export_dentally!(MODULE, map);
