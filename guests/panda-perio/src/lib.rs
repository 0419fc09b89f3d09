//! The mapping of PANDA Perio's databases: one file for each row of the promise. Exams are `perio-chart`'s.

pub mod address;
pub mod attachment;
pub mod author;
pub mod clinic;
#[cfg(test)]
mod examples;
pub mod fees;
pub mod flag;
pub mod letter;
pub mod note;
pub mod patient;
pub mod people;
pub mod provider;
pub mod referral;
pub mod stage;
pub mod treatment_plan;
pub mod words;

use odograft_sdk::panda_perio::{Entity, Patient};
use odograft_sdk::{Context, Dropped, Mapped, ModuleSpec, Rejection, SettingSpec, setting};

use crate::patient::referrals;

/// Whether patients who were referred become opportunities.
const REFERRAL_LEADS: SettingSpec = setting(
    "referral_leads",
    "yes",
    "`yes`: a patient with a referral source becomes an opportunity that names the source; `no`: the contacts are linked to each other, and no opportunity is made",
)
.allowed(&["yes", "no"]);

const CHANGED: &str = "when PANDA changed the row last: what an extraction goes by, and nothing about the practice";
const IN_ID: &str = "the source id begins with it";

const DROPPED: &[Dropped] = &[
    ("clinic.locations.modified_at", CHANGED),
    ("provider.modified_at", CHANGED),
    ("provider.clinic_id", IN_ID),
    ("referral.modified_at", CHANGED),
    ("patient.modified_at", CHANGED),
    ("patient.ssn", "nothing in Odoo needs a social security number, and what is not there cannot be stolen"),
    ("patient.referrals.id", "the number of a row that says who has sent whom; who, when and why are kept"),
    ("patient.referrals.modified_at", CHANGED),
    ("treatment-plan.modified_at", CHANGED),
    ("treatment-plan.phases.modified_at", CHANGED),
    ("note.clinic_id", IN_ID),
    ("flag.clinic_id", IN_ID),
    ("attachment.clinic_id", IN_ID),
    ("attachment.modified_at", CHANGED),
    ("attachment.size", "the bytes themselves are counted, and compared with what Odoo holds"),
];

/// The module as a whole.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "panda-perio",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[
        &clinic::company::TARGET,
        &stage::stage::TARGET,
        &provider::user::TARGET,
        &provider::contact::TARGET,
        &referral::partner::TARGET,
        &referral::origin::TARGET,
        &patient::partner::TARGET,
        &referrals::lead::TARGET,
        &treatment_plan::lead::TARGET,
        &treatment_plan::milestone::message::TARGET,
        &note::message::TARGET,
        &flag::activity_type::TARGET,
        &flag::activity::TARGET,
        &attachment::of_patient::TARGET,
        &attachment::of_plan::TARGET,
    ],
    settings: &[address::COUNTRY, address::STATE, REFERRAL_LEADS],
    dropped: DROPPED,
    handovers: &[&letter::LETTER],
    extras: &[
        &provider::contact::TARGET,
        &referral::partner::TARGET,
        &patient::partner::TARGET,
        &treatment_plan::lead::TARGET,
        &note::message::TARGET,
        &flag::activity::TARGET,
    ],
};

/// One record of PANDA Perio.
///
/// # Errors
/// The record cannot be mapped.
pub fn map(entity: &Entity, context: &Context) -> Result<Mapped, Rejection> {
    match entity {
        Entity::Clinic(clinic) => clinic::company(clinic, context),
        Entity::Provider(provider) => provider::provider(provider, context),
        Entity::Referral(referral) => referral::partner(referral, context),
        Entity::Patient(patient) => patient_and_lead(patient, context),
        Entity::TreatmentPlan(plan) => treatment_plan::lead(plan, context),
        Entity::Note(note) => note::message(note, context),
        Entity::Flag(flag) => flag::activity(flag, context),
        Entity::LetterTemplate(letter) => letter::document(letter, context),
        Entity::Attachment(file) => attachment::attachment(file, context),
    }
}

fn patient_and_lead(patient: &Patient, context: &Context) -> Result<Mapped, Rejection> {
    let mut mapped = patient::partner(patient, context)?;
    mapped.upserts.extend(referrals::lead(patient));
    Ok(mapped)
}

odograft_sdk::export_panda_perio!(MODULE, map);

#[cfg(test)]
mod tests;
