//! The mapping of Dent-O-Soft's exports: one file for each row of the promise.

pub mod address;
pub mod appointment;
pub mod billing;
pub mod clinical_note;
pub mod contact;
pub mod emergency_contact;
#[cfg(test)]
mod examples;
pub mod insurance;
pub mod patient;
pub mod practice;
pub mod practitioner;
pub mod referral;
pub mod reminder;
pub mod supplier;
pub mod treatment_history;

use odograft_sdk::dent_o_soft::{Entity, Patient};
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection};

/// Why a column is left behind.
const BELOW: &str = "the row lies below its patient";

/// The module as a whole.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "dent-o-soft",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[
        &practice::company::TARGET,
        &practitioner::user::TARGET,
        &practitioner::partner::TARGET,
        &practitioner::place::TARGET,
        &supplier::tag::TARGET,
        &supplier::partner::TARGET,
        &supplier::ranked::TARGET,
        &referral::origin::TARGET,
        &patient::partner::TARGET,
        &referral::lead::TARGET,
        &insurance::partner::TARGET,
        &emergency_contact::partner::TARGET,
        &treatment_history::partner::TARGET,
        &appointment::activity_type::TARGET,
        &appointment::activity::TARGET,
        &appointment::event::TARGET,
        &billing::partner::TARGET,
        &clinical_note::message::TARGET,
    ],
    settings: &[
        appointment::APPOINTMENTS,
        appointment::kind::CONSULTATION,
        appointment::kind::FOLLOW_UP,
        address::COUNTRY,
        referral::LEADS,
        billing::PAYMENT_SIGN,
        billing::journal::SETTINGS[0],
        billing::journal::SETTINGS[1],
        billing::journal::SETTINGS[2],
        billing::journal::SETTINGS[3],
        billing::journal::SETTINGS[4],
    ],
    handovers: &[&reminder::RULE, &billing::LEDGER],
    extras: &[
        &practice::company::TARGET,
        &practitioner::partner::TARGET,
        &practitioner::place::TARGET,
        &supplier::partner::TARGET,
        &referral::origin::TARGET,
        &patient::partner::TARGET,
        &emergency_contact::partner::TARGET,
        &appointment::activity::TARGET,
        &clinical_note::message::TARGET,
    ],
    dropped: &[
        ("treatment-history.extra.treatments.patient_id", BELOW),
        ("billing.extra.lines.patient_id", BELOW),
        ("insurance.extra.policies.patient_id", BELOW),
    ],
};

/// One record of an export.
///
/// # Errors
/// The record cannot be mapped.
pub fn map(entity: &Entity, context: &Context) -> Result<Mapped, Rejection> {
    match entity {
        Entity::Practice(practice) => practice::company(practice, context),
        Entity::Practitioner(practitioner) => practitioner::partner(practitioner, context),
        Entity::PractitionerAddress(address) => practitioner::place(address, context),
        Entity::Supplier(supplier) => supplier::partner(supplier, context),
        Entity::ReferralSource(origin) => referral::origin(origin, context),
        Entity::Patient(patient) => patient_and_lead(patient, context),
        Entity::Insurance(insurance) => insurance::partner(insurance, context),
        Entity::EmergencyContact(contact) => emergency_contact::partner(contact, context),
        Entity::TreatmentHistory(history) => treatment_history::partner(history, context),
        Entity::Appointment(visit) => appointment::appointment(visit, context),
        Entity::Billing(billing) => billing::partner(billing, context),
        Entity::ClinicalNote(note) => clinical_note::message(note, context),
        Entity::ReminderRule(rule) => reminder::document(rule, context),
    }
}

fn patient_and_lead(patient: &Patient, context: &Context) -> Result<Mapped, Rejection> {
    let mut mapped = patient::partner(patient, context)?;
    mapped.upserts.extend(referral::lead(patient));
    Ok(mapped)
}

odograft_sdk::export_dent_o_soft!(MODULE, map);
