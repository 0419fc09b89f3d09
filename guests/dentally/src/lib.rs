//! The mapping of Dentally's records: one file per object, each reads like its row in the promise.

pub mod appointment;
pub mod patient;
pub mod practitioner;
pub mod site;

use odograft_sdk::dentally::Entity;
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection, info};

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
        Entity::Practice(_) => Ok(without_rule("practice")),
        Entity::PaymentPlan(_) => Ok(without_rule("payment_plan")),
        Entity::AcquisitionSource(_) => Ok(without_rule("acquisition_source")),
        Entity::Treatment(_) => Ok(without_rule("treatment")),
        Entity::AppointmentReason(_) => Ok(without_rule("appointment_reason")),
        Entity::AppointmentCancellationReason(_) => Ok(without_rule("appointment_cancellation_reason")),
        Entity::CustomField(_) => Ok(without_rule("custom_field")),
        Entity::TreatmentPlan(_) => Ok(without_rule("treatment_plan")),
        Entity::AccountHistory(_) => Ok(without_rule("account_history")),
        Entity::Recall(_) => Ok(without_rule("recall")),
        Entity::Image(_) => Ok(without_rule("image")),
        Entity::Template(_) => Ok(without_rule("template")),
    }
}

/// A record of an object that this version has no rule for. Its list is read only where the client's configuration names
/// it, and the record stays in the ledger.
fn without_rule(object: &str) -> Mapped {
    let finding = info("no-rule", object, "this version of the mapping has no rule for it; it stays in the ledger");
    Mapped { findings: vec![finding], ..Mapped::default() }
}

odograft_sdk::export_dentally!(MODULE, map);
