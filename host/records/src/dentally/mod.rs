//! Staged rows of Dentally's API as records.
//!
//! Most rows are records by themselves (`decode`). A treatment plan has its items below it; all plans of a patient are one
//! record besides, and so is all money: accounts, invoices and payments lie below the patient, an invoice's items below the invoice.

mod care;
mod lists;
mod money;
mod people;
#[cfg(test)]
mod tests;

use crate::assembly::{Assemble, Object, Part, Staged};
use crate::bindings::dentally::records::Entity;
use crate::decode::{DecodeError, Decoded, Gathered};
use crate::locale::Locale;
use crate::texts::Texts;

/// Dentally's way from rows to records.
#[derive(Debug, Clone, Copy)]
pub struct Assembler;

impl Assemble for Assembler {
    type Record = Entity;
    const OBJECTS: &'static [Object<'static>] = &[
        Object::of_row("practice", &[Part::row(lists::practice::FIELDS)]),
        Object::of_row("site", &[Part::row(people::site::FIELDS)]),
        Object::of_row("practitioner", &[Part::row(people::practitioner::FIELDS)]),
        Object::of_row("payment_plan", &[Part::row(lists::payment_plan::FIELDS)]),
        Object::of_row("acquisition_source", &[Part::row(lists::acquisition_source::FIELDS)]),
        Object::of_row("treatment", &[Part::row(lists::treatment::FIELDS)]),
        Object::of_row("appointment_reason", &[Part::row(lists::appointment_reason::FIELDS)]),
        Object::of_row("appointment_cancellation_reason", &[Part::row(lists::appointment_cancellation_reason::FIELDS)]),
        Object::of_row("custom_field", &[Part::row(lists::custom_field::FIELDS)]),
        Object::of_row("patient", &[Part::row(people::patient::FIELDS)]),
        Object::of_row("appointment", &[Part::row(people::appointment::FIELDS)]),
        Object::of_row("recall", &[Part::row(care::recall::FIELDS)]),
        Object::of_row(
            "treatment_plan",
            &[
                Part::row(care::treatment_plan::FIELDS),
                Part::below("treatment_plan_item", "items", care::treatment_plan_item::FIELDS),
            ],
        ),
        Object::below_parent(
            "treatment_history",
            "patient",
            &[
                Part::below("treatment_plan", "plans", care::treatment_plan::FIELDS),
                Part::under("treatment_plan", "treatment_plan_item", "items", care::treatment_plan_item::FIELDS),
            ],
        ),
        Object::below_parent(
            "account_history",
            "patient",
            &[
                Part::below("account", "accounts", money::account::FIELDS),
                Part::below("invoice", "invoices", money::invoice::FIELDS),
                Part::under("invoice", "invoice_item", "invoice_items", money::invoice_item::FIELDS),
                Part::below("payment", "payments", money::payment::FIELDS),
            ],
        ),
        Object::of_row("image", &[Part::row(care::image::FIELDS)]),
        Object::of_row("template", &[Part::row(care::template::FIELDS)]),
    ];
    const MANIFEST: Option<&'static str> = None;
    const LISTS: &'static [&'static str] = &[
        "practice",
        "site",
        "practitioner",
        "payment_plan",
        "acquisition_source",
        "appointment_cancellation_reason",
        "treatment",
        "custom_field",
    ];
    const BATCH: usize = 256;

    fn open(_: &str) -> Result<Self, DecodeError> {
        Ok(Self)
    }

    fn assemble(
        &self,
        object: &Object<'_>,
        rows: &Staged<'_>,
        texts: &mut Texts,
    ) -> Result<Gathered<Entity>, DecodeError> {
        match object.name {
            "treatment_plan" => care::plan(rows, texts).map(|plan| plan.map(Entity::TreatmentPlan)),
            "treatment_history" => Ok(care::history(rows, texts).map(Entity::TreatmentHistory)),
            "account_history" => Ok(money::history(rows, texts).map(Entity::AccountHistory)),
            name => decode(name, rows.key, rows.row, texts).map(Gathered::from),
        }
    }
}

/// One staged row that is a record by itself, or begins one: `object` as [`Assembler`] names it, `key` its identifier,
/// `json` the row as the API sent it. Its text goes into the batch's `texts`, which the record points into. What lies below
/// a row comes with [`Assembler::assemble`].
///
/// # Errors
/// An object of another source, a row that is no JSON object, or one without a required field.
pub fn decode(object: &str, key: &str, json: &str, texts: &mut Texts) -> Result<Decoded<Entity>, DecodeError> {
    let iso = &Locale::ISO;
    Ok(match object {
        "patient" => people::patient(key, json, iso, texts)?.map(Entity::Patient),
        "practitioner" => people::practitioner(key, json, iso, texts)?.map(Entity::Practitioner),
        "site" => people::site(key, json, iso, texts)?.map(Entity::Site),
        "appointment" => people::appointment(key, json, iso, texts)?.map(Entity::Appointment),
        "practice" => lists::practice(key, json, iso, texts)?.map(Entity::Practice),
        "payment_plan" => lists::payment_plan(key, json, iso, texts)?.map(Entity::PaymentPlan),
        "acquisition_source" => lists::acquisition_source(key, json, iso, texts)?.map(Entity::AcquisitionSource),
        "treatment" => lists::treatment(key, json, iso, texts)?.map(Entity::Treatment),
        "appointment_reason" => lists::appointment_reason(key, json, iso, texts)?.map(Entity::AppointmentReason),
        "appointment_cancellation_reason" => {
            lists::appointment_cancellation_reason(key, json, iso, texts)?.map(Entity::AppointmentCancellationReason)
        }
        "custom_field" => lists::custom_field(key, json, iso, texts)?.map(Entity::CustomField),
        "treatment_plan" => care::treatment_plan(key, json, iso, texts)?.map(Entity::TreatmentPlan),
        "recall" => care::recall(key, json, iso, texts)?.map(Entity::Recall),
        "image" => care::image(key, json, iso, texts)?.map(Entity::Image),
        "template" => care::template(key, json, iso, texts)?.map(Entity::Template),
        other => return Err(DecodeError::NoSuchObject { object: other.to_owned() }),
    })
}

/// How the API names a field of the interface: WIT has no word that begins with a digit, so
/// `address_line1` is `address_line_1` there.
#[must_use]
pub fn api_name(field: &str) -> String {
    match field.char_indices().last() {
        Some((at, digit)) if digit.is_ascii_digit() => format!("{}_{digit}", &field[..at]),
        _ => field.to_owned(),
    }
}
