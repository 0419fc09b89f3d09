//! The mapping of the records of Practice by Numbers: one file per object, each reads like its row in the promise.

pub mod amounts;
pub mod appointment;
pub mod communication;
#[cfg(test)]
mod examples;
pub mod goal;
pub mod insurance;
pub mod ledger;
pub mod names;
pub mod patient;
pub mod provider;
pub mod recall;
pub mod treatment_plan;

use odograft_sdk::practice_by_numbers::Entity;
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection, setting};

/// The module as a whole.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "practice-by-numbers",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[
        &provider::user::TARGET,
        &patient::partner::TARGET,
        &insurance::partner::TARGET,
        &insurance::carrier::TARGET,
        &appointment::lead::TARGET,
        &appointment::activity::TARGET,
        &appointment::event::TARGET,
        &treatment_plan::partner::TARGET,
        &treatment_plan::product::TARGET,
        &treatment_plan::order::TARGET,
        &treatment_plan::line::TARGET,
        &ledger::partner::TARGET,
        &recall::lead::TARGET,
        &recall::activity::TARGET,
        &goal::user::TARGET,
        &communication::message::TARGET,
    ],
    settings: &[
        setting("appointments", "activity", "whether appointments become activities of the patient's lead, calendar events, or both")
            .allowed(&["activity", "calendar", "both"]),
        setting(
            "secondary_insurance",
            "fields",
            "whether the carrier of a secondary insurance stands in a field of the patient, or is a contact that the patient is linked to",
        )
        .allowed(&["fields", "contact"]),
        setting("country", "", "ISO code of the country that addresses lie in, such as `US`: reports have none; empty: left empty"),
        setting(
            "source_system",
            "",
            "the practice system that Practice by Numbers copies from, such as `Open Dental`, for patients whose report does not name it",
        ),
    ],
    extras: &[
        &patient::partner::TARGET,
        &provider::user::TARGET,
        &appointment::activity::TARGET,
        &communication::message::TARGET,
    ],
    ..ModuleSpec::EMPTY
};

/// One record of Practice by Numbers.
///
/// # Errors
/// The record cannot be mapped.
pub fn map(entity: &Entity, context: &Context) -> Result<Mapped, Rejection> {
    match entity {
        Entity::Provider(provider) => provider::user(provider, context),
        Entity::Patient(patient) => patient::partner(patient, context),
        Entity::Insurance(insurance) => insurance::partner(insurance, context),
        Entity::Appointment(appointment) => appointment::activity(appointment, context),
        Entity::TreatmentPlan(plan) => treatment_plan::orders(plan),
        Entity::Ledger(ledger) => ledger::partner(ledger),
        Entity::Recalls(recalls) => recall::leads(recalls, context),
        Entity::Goals(goals) => goal::user(goals, context),
        Entity::Message(message) => communication::message(message, context),
    }
}

odograft_sdk::export_practice_by_numbers!(MODULE, map);
