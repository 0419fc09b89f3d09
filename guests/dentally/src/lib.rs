//! The mapping of Dentally's records: one file for each row of the promise, each reads like its row.

pub mod account;
pub mod acquisition_source;
pub mod address;
pub mod amount;
pub mod appointment;
pub mod cancellation_reason;
pub mod clock;
pub mod columns;
pub mod custom_field;
pub mod dropped;
pub mod imaging;
pub mod lists;
pub mod patient;
pub mod payment_plan;
pub mod portal;
pub mod practitioner;
pub mod recall;
pub mod site;
pub mod team_member;
pub mod treatment;
pub mod treatment_history;
pub mod treatment_plan;

use odograft_sdk::dentally::Entity;
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection};

/// The module as a whole.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "dentally",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[
        &site::team::TARGET,
        &site::company::TARGET,
        &practitioner::user::TARGET,
        &acquisition_source::origin::TARGET,
        &acquisition_source::of_patient::TARGET,
        &patient::partner::TARGET,
        &appointment::kind::of_reason::TARGET,
        &appointment::kind::of_appointment::TARGET,
        &appointment::activity::TARGET,
        &appointment::event::event::TARGET,
        &team_member::member::TARGET,
        &treatment::product::TARGET,
        &treatment_plan::line::product::TARGET,
        &treatment_plan::order::TARGET,
        &treatment_plan::line::line::TARGET,
        &treatment_plan::told::note::TARGET,
        &treatment_history::contact::TARGET,
        &account::contact::TARGET,
        &account::history::note::TARGET,
    ],
    settings: &[
        appointment::APPOINTMENTS,
        site::SITES,
        address::COUNTRY,
        clock::UTC_OFFSET,
        lists::LISTS,
        account::journal::SETTINGS[0],
        account::journal::SETTINGS[1],
        account::journal::SETTINGS[2],
        account::journal::SETTINGS[3],
    ],
    handovers: &[
        &site::SHEET,
        &portal::PORTAL,
        &portal::FORM,
        &portal::OTHER,
        &recall::CAMPAIGN,
        &recall::DUE,
        &recall::TEMPLATE,
        &payment_plan::PLAN,
        &cancellation_reason::REASON,
        &custom_field::DEFINITION,
        &account::journal::LEDGER,
        &imaging::IMAGE,
    ],
    extras: &[&patient::partner::TARGET, &appointment::activity::TARGET],
    dropped: dropped::DROPPED,
};

/// One Dentally record.
///
/// # Errors
/// The record cannot be mapped.
pub fn map(entity: &Entity, context: &Context) -> Result<Mapped, Rejection> {
    match entity {
        Entity::Practice(practice) => portal::practice(practice),
        Entity::Site(site) => site::site(site, context),
        Entity::Practitioner(practitioner) => practitioner::user(practitioner),
        Entity::PaymentPlan(plan) => payment_plan::plan(plan, context),
        Entity::AcquisitionSource(origin) => acquisition_source::origin(origin),
        Entity::Treatment(treatment) => treatment::product(treatment, context),
        Entity::AppointmentReason(reason) => appointment::kind::reason(reason),
        Entity::AppointmentCancellationReason(reason) => cancellation_reason::reason(reason),
        Entity::CustomField(field) => custom_field::definition(field),
        Entity::Patient(patient) => patient::partner(patient, context),
        Entity::Appointment(appointment) => appointment::appointment(appointment, context),
        Entity::Recall(recall) => recall::recall(recall, context),
        Entity::TreatmentPlan(plan) => treatment_plan::plan(plan, context),
        Entity::TreatmentHistory(history) => treatment_history::contact(history, context),
        Entity::AccountHistory(account) => account::account(account, context),
        Entity::Image(image) => imaging::image(image),
        Entity::Template(template) => portal::template(template),
    }
}

odograft_sdk::export_dentally!(MODULE, map);
