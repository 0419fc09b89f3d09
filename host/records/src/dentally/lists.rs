//! What the account defines for all its patients, and the values of its own fields.

use crate::bindings::dentally::records::{
    AcquisitionSource, AppointmentCancellationReason, AppointmentReason, CustomField, CustomValue, PaymentPlan,
    Practice, Treatment,
};
use crate::decode::{DecodeError, Decoded, Row, Slots, record};
use crate::locale::Locale;
use crate::names::Names;
use crate::texts::Texts;

/// The fields of a custom field's value, where it is an object.
pub(super) mod custom_value {
    use crate::table::{Field, Kind};

    pub(crate) const FIELDS: &[Field] = &[
        Field::named("id", super::ID, Kind::Text),
        Field::named("name", super::NAME, Kind::Text),
        Field::named("value", super::VALUE, Kind::Scalar),
    ];
}

const ID: &[&str] = &["id", "custom_field_id"];
const NAME: &[&str] = &["name", "label"];
const VALUE: &[&str] = &["value"];

static CUSTOM_VALUE: Names = Names::new(&[ID, NAME, VALUE]);

/// What a record's custom fields hold. Which form accounts send is not documented: a list of objects with a number, a
/// label or both, or an object of labels and values; of an object under a name that tells none itself, the name is its label.
pub(super) fn custom_value(row: &mut Row<'_, '_>) -> Vec<CustomValue> {
    row.named_or_listed(
        "custom_fields.",
        &CUSTOM_VALUE,
        |row, under| {
            let (id, name, value) = (row.text(), row.text(), row.scalar());
            let label = under.filter(|_| name.is_none()).map(|under| row.add(under));
            CustomValue { id, name: name.or(label), value }
        },
        |name, value| CustomValue { id: None, name: Some(name), value },
    )
}

record! {
    pub(super) fn practice() -> Practice ("practice") {
        id: text "required";
        name: text;
        slug: text;
        time_zone: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        town: text;
        county: text;
        postcode: text;
        phone_number: text;
        email_address: text;
        patient_email_address: text;
        website: text;
        logo_url: text;
        nhs: boolean;
        medical_history_expiry_days: integer;
        custom_patient_field_label1: text ["custom_patient_field_label_1"];
        custom_patient_field_label2: text ["custom_patient_field_label_2"];
        opening_hours: json;
        portal_settings: json ["portal_settings", "portal"];
    }
}

record! {
    pub(super) fn payment_plan() -> PaymentPlan ("payment_plan") {
        id: text "required";
        name: text;
        patient_friendly_name: text;
        active: boolean;
        colour: text;
        site_id: text;
        dentist_recall_interval: integer;
        hygienist_recall_interval: integer;
        recall_method: text;
        exam_duration: integer;
        scale_and_polish_duration: integer;
        emergency_duration: integer;
        created_at: instant;
        updated_at: instant;
    }
}

record! {
    pub(super) fn acquisition_source() -> AcquisitionSource ("acquisition_source") {
        id: text "required";
        name: text;
        active: boolean;
        notes: text;
    }
}

record! {
    pub(super) fn treatment() -> Treatment ("treatment") {
        id: text "required";
        code: text;
        nomenclature: text;
        patient_nomenclature: text;
        description: text;
        patient_description: text;
        treatment_category_id: text;
        insurance_classification: text;
        nhs_treatment_cat: text;
        uda_band: text;
        region: text;
        duration: integer;
        active: boolean;
        created_at: instant;
        updated_at: instant;
    }
}

record! {
    pub(super) fn appointment_reason() -> AppointmentReason ("appointment_reason") {
        id: text "required";
        reason: text ["reason", "name"];
        duration: integer;
        active: boolean;
    }
}

record! {
    pub(super) fn appointment_cancellation_reason() -> AppointmentCancellationReason ("appointment_cancellation_reason") {
        id: text "required";
        reason: text ["reason", "name"];
        reason_type: text;
        archived: boolean;
    }
}

record! {
    pub(super) fn custom_field() -> CustomField ("custom_field") {
        id: text "required";
        name: text ["name", "label"];
        field_type: text ["field_type", "type", "kind"];
        options: texts ["options", "choices"];
        entity: text ["entity", "resource"];
        active: boolean;
        position: integer;
    }
}
