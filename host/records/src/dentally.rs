//! Staged rows of Dentally's API as records.

use crate::assembly::{Assemble, Object, Part, Staged};
use crate::bindings::dentally::records::{Appointment, Entity, Patient, Practitioner, Site, User};
use crate::decode::{DecodeError, Decoded, Gathered, Row, Slots, record};
use crate::locale::Locale;
use crate::names::Names;
use crate::texts::Texts;

/// Dentally's way from rows to records.
#[derive(Debug, Clone, Copy)]
pub struct Assembler;

impl Assemble for Assembler {
    type Record = Entity;
    const OBJECTS: &'static [Object<'static>] = &[
        Object::of_row("site", &[Part::row(site::FIELDS)]),
        Object::of_row("practitioner", &[Part::row(practitioner::FIELDS)]),
        Object::of_row("patient", &[Part::row(patient::FIELDS)]),
        Object::of_row("appointment", &[Part::row(appointment::FIELDS)]),
    ];
    const MANIFEST: Option<&'static str> = None;
    const BATCH: usize = 256;

    fn open(_: &str) -> Result<Self, DecodeError> {
        Ok(Self)
    }

    fn assemble(&self, object: &Object, rows: &Staged<'_>, texts: &mut Texts) -> Result<Gathered<Entity>, DecodeError> {
        decode(object.name, rows.key, rows.row, texts).map(Gathered::from)
    }
}

/// One staged row: `object` as [`Assembler`] names it, `key` its identifier, `json` the row as the API sent it. Its text goes
/// into the batch's `texts`, which the record points into.
///
/// # Errors
/// An object of another source, a row that is no JSON object, or one without a required field.
pub fn decode(object: &str, key: &str, json: &str, texts: &mut Texts) -> Result<Decoded<Entity>, DecodeError> {
    match object {
        "patient" => Ok(patient(key, json, &Locale::ISO, texts)?.map(Entity::Patient)),
        "practitioner" => Ok(practitioner(key, json, &Locale::ISO, texts)?.map(Entity::Practitioner)),
        "site" => Ok(site(key, json, &Locale::ISO, texts)?.map(Entity::Site)),
        "appointment" => Ok(appointment(key, json, &Locale::ISO, texts)?.map(Entity::Appointment)),
        other => Err(DecodeError::NoSuchObject { object: other.to_owned() }),
    }
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

record! {
    fn patient() -> Patient ("patient") {
        id: text "required";
        uuid: text;
        account_id: text;
        active: boolean;
        archived_reason: text;
        title: text;
        first_name: text;
        middle_name: text;
        last_name: text;
        preferred_name: text;
        date_of_birth: date;
        gender: text;
        ethnicity: text;
        nhs_number: text;
        ni_number: text;
        pps_number: text;
        email_address: text ["email_address", "email"];
        mobile_phone: text;
        mobile_phone_country: text;
        home_phone: text;
        home_phone_country: text;
        work_phone: text;
        preferred_phone_number: integer;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        address_line3: text ["address_line_3"];
        town: text;
        county: text;
        region: text;
        postcode: text;
        site_id: text;
        dentist_id: text;
        hygienist_id: text;
        doctor_id: text;
        payment_plan_id: text;
        acquisition_source_id: text;
        dentist_recall_date: date;
        dentist_recall_interval: integer;
        hygienist_recall_date: date;
        hygienist_recall_interval: integer;
        recall_method: text;
        medical_alert: boolean;
        medical_alert_text: text;
        medical_history: text;
        notes: text;
        special_needs: text;
        marketing: boolean;
        use_sms: boolean;
        use_email: boolean;
        emergency_contact_name: text;
        emergency_contact_phone: text;
        emergency_contact_relationship: text;
        occupation: text;
        school_name: text;
        custom_field1: text ["custom_field_1"];
        custom_field2: text ["custom_field_2"];
        legacy_id: text;
        family_id: text;
        image_url: text;
        created_at: instant;
        updated_at: instant;
    }
}

record! {
    fn practitioner() -> Practitioner ("practitioner") {
        id: text "required";
        uuid: text;
        active: boolean;
        site_id: text;
        gdc_number: text;
        nhs_number: text;
        user: with user;
    }
}

/// The fields of a practitioner's user.
mod user {
    use crate::table::{Field, Kind};

    pub(super) const FIELDS: &[Field] = &[
        Field::named("id", &["id"], Kind::Text).required(),
        Field::named("title", &["title"], Kind::Text),
        Field::named("first_name", &["first_name"], Kind::Text),
        Field::named("last_name", &["last_name"], Kind::Text),
        Field::named("email", &["email"], Kind::Text),
        Field::named("role", &["role"], Kind::Text),
    ];
}

/// The names of `user`'s fields, in the order in which [`user()`] reads them.
static USER: Names = Names::new(&[&["id"], &["title"], &["first_name"], &["last_name"], &["email"], &["role"]]);

fn user(row: &mut Row<'_, '_>) -> Result<Option<User>, DecodeError> {
    row.nested("user.", Slots::new(&USER, &mut [None; USER.len()]), |user| {
        let id = user.text();
        Ok(User {
            id: user.required(id, "id")?,
            title: user.text(),
            first_name: user.text(),
            last_name: user.text(),
            email: user.text(),
            role: user.text(),
        })
    })
}

record! {
    fn site() -> Site ("site") {
        id: text "required";
        name: text;
        nickname: text;
        active: boolean;
        practice_id: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        town: text;
        county: text;
        postcode: text;
        phone_number: text;
        email_address: text;
        website: text;
    }
}

record! {
    fn appointment() -> Appointment ("appointment") {
        id: text "required";
        uuid: text;
        patient_id: text;
        practitioner_id: text;
        practitioner_name: text;
        practitioner_site_id: text;
        room_id: text;
        payment_plan_id: text;
        start_time: instant "required";
        finish_time: instant;
        duration: integer;
        state: text;
        reason: text;
        notes: text;
        treatment_description: text;
        appointment_cancellation_reason_id: text;
        pending_at: instant;
        confirmed_at: instant;
        arrived_at: instant;
        in_surgery_at: instant;
        completed_at: instant;
        cancelled_at: instant;
        did_not_attend_at: instant;
        booked_via_api: boolean;
        created_at: instant;
        updated_at: instant;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Field, Kind};

    #[test]
    fn a_patient_keeps_every_column() {
        let mut texts = Texts::new();
        let json = r#"{"id":17,"first_name":"Ada","email":"ada@example.invalid","address_line_1":"1 High St",
            "date_of_birth":"1990-02-30","metadata":{"shoe":"39"},"medical_alert":true,"updated_at":"2026-07-04T20:35:55.599+01:00"}"#;
        let decoded = decode("patient", "17", json, &mut texts).expect("decodes");
        let Entity::Patient(patient) = decoded.record else { panic!("not a patient") };
        assert_eq!(
            (texts.get(patient.id), patient.email_address.and_then(|e| texts.get(e))),
            (Some("17"), Some("ada@example.invalid"))
        );
        assert_eq!(patient.address_line1.and_then(|a| texts.get(a)), Some("1 High St"));
        assert_eq!(patient.date_of_birth, None);
        assert_eq!(decoded.problems[0].field, "patient.date_of_birth");
        let names: Vec<_> = patient.extra.iter().filter_map(|e| texts.get(e.name)).collect();
        assert_eq!(names, ["metadata.shoe", "date_of_birth"]);
    }

    #[test]
    fn tables_know_what_rows_hold() {
        let field =
            |table: &[Field], name: &str| table.iter().find(|field| field.name == name).cloned().expect("a field");
        assert_eq!(patient::FIELDS.len(), 61);
        assert_eq!(field(patient::FIELDS, "email_address").names, ["email_address", "email"]);
        assert_eq!(field(patient::FIELDS, "address_line1").names, ["address_line_1"]);
        assert!(field(patient::FIELDS, "id").required && !field(patient::FIELDS, "town").required);
        assert_eq!(field(appointment::FIELDS, "start_time").kind, Kind::Instant);
        let Kind::Nested(user) = field(practitioner::FIELDS, "user").kind else { panic!("the user is an object") };
        // What is read and what the table says are written in two places.
        assert_eq!(user.len(), USER.len());
        for (at, field) in user.iter().enumerate() {
            assert_eq!(USER.find(field.names[0]), Some((at, 0)), "{}", field.name);
        }
        assert_eq!(site::FIELDS[0].name, "id");
    }

    #[test]
    fn the_apis_own_names() {
        assert_eq!((api_name("address_line1").as_str(), api_name("town").as_str()), ("address_line_1", "town"));
    }

    #[test]
    fn what_is_required_is_named() {
        let mut texts = Texts::new();
        let error =
            decode("appointment", "900", r#"{"id":900,"start_time":"soon"}"#, &mut texts).expect_err("no start");
        assert!(
            error.to_string().starts_with("appointment `900`: `start_time` is missing or cannot be read"),
            "{error}"
        );
        let error = decode("patient", "17", "[]", &mut texts).expect_err("no object");
        assert!(error.to_string().starts_with("patient `17` is not a JSON object"), "{error}");
    }

    #[test]
    fn the_nested_user_is_read_and_its_rest_kept() {
        let mut texts = Texts::new();
        let json = r#"{"id":3,"user":{"id":5,"email":"d@example.invalid","permission_level":2}}"#;
        let decoded = decode("practitioner", "3", json, &mut texts).expect("decodes");
        let Entity::Practitioner(practitioner) = decoded.record else { panic!("not a practitioner") };
        assert_eq!(practitioner.user.and_then(|u| texts.get(u.email?)), Some("d@example.invalid"));
        assert_eq!(texts.get(practitioner.extra[0].name), Some("user.permission_level"));
    }
}
