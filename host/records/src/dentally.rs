//! Staged rows of Dentally's API as records.

use crate::bindings::dentally::records::{Appointment, Entity, Patient, Practitioner, Site, User};
use crate::decode::{DecodeError, Decoded, Row};

/// Dentally's objects, as [`decode`] knows them.
pub const OBJECTS: [&str; 4] = ["site", "practitioner", "patient", "appointment"];

/// One staged row: `object` as in [`OBJECTS`], `key` its identifier, `json` the row as the API sent it.
///
/// # Errors
/// An object of another source, a row that is no JSON object, or one without a required field.
pub fn decode(object: &str, key: &str, json: &str) -> Result<Decoded<Entity>, DecodeError> {
    let row = |object| Row::new(object, key, json);
    match object {
        "patient" => patient(row("patient")?),
        "practitioner" => practitioner(row("practitioner")?),
        "site" => site(row("site")?),
        "appointment" => appointment(row("appointment")?),
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

/// Reads each field by its kind; the source's name is the field's own unless others are given.
macro_rules! read {
    ($row:ident, $record:ident { $($field:ident: $kind:ident $([$($name:literal),+])? $($required:literal)?;)* } $(+ $nested:ident)?) => {{
        $(let $field = read!(@value $row, $field, $kind $([$($name),+])? $($required)?);)*
        let (extra, problems) = $row.finish();
        Decoded { record: $record { $($field,)* $($nested,)? extra }, problems }
    }};
    (@value $row:ident, $field:ident, $kind:ident [$($name:literal),+]) => { $row.$kind(&[$($name),+]) };
    (@value $row:ident, $field:ident, $kind:ident) => { $row.$kind(&[stringify!($field)]) };
    (@value $row:ident, $field:ident, $kind:ident $required:literal) => {{
        let value = $row.$kind(&[stringify!($field)]);
        $row.required(value, stringify!($field))?
    }};
}

fn entity<R>(decoded: Decoded<R>, wrap: impl FnOnce(R) -> Entity) -> Decoded<Entity> {
    Decoded { record: wrap(decoded.record), problems: decoded.problems }
}

fn patient(mut row: Row<'_>) -> Result<Decoded<Entity>, DecodeError> {
    let decoded = read!(row, Patient {
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
    });
    Ok(entity(decoded, Entity::Patient))
}

fn practitioner(mut row: Row<'_>) -> Result<Decoded<Entity>, DecodeError> {
    let user = row.nested("user", "user.").map(|nested| user(nested, &mut row)).transpose()?;
    let decoded = read!(row, Practitioner {
        id: text "required";
        uuid: text;
        active: boolean;
        site_id: text;
        gdc_number: text;
        nhs_number: text;
    } + user);
    Ok(entity(decoded, Entity::Practitioner))
}

fn user<'a>(mut nested: Row<'a>, row: &mut Row<'a>) -> Result<User, DecodeError> {
    let id = nested.text(&["id"]);
    let user = User {
        id: nested.required(id, "id")?,
        title: nested.text(&["title"]),
        first_name: nested.text(&["first_name"]),
        last_name: nested.text(&["last_name"]),
        email: nested.text(&["email"]),
        role: nested.text(&["role"]),
    };
    row.absorb(nested);
    Ok(user)
}

fn site(mut row: Row<'_>) -> Result<Decoded<Entity>, DecodeError> {
    let decoded = read!(row, Site {
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
    });
    Ok(entity(decoded, Entity::Site))
}

fn appointment(mut row: Row<'_>) -> Result<Decoded<Entity>, DecodeError> {
    let decoded = read!(row, Appointment {
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
    });
    Ok(entity(decoded, Entity::Appointment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_keeps_every_column() {
        let json = r#"{"id":17,"first_name":"Ada","email":"ada@example.invalid","address_line_1":"1 High St",
            "date_of_birth":"1990-02-30","metadata":{"shoe":"39"},"medical_alert":true,"updated_at":"2026-07-04T20:35:55.599+01:00"}"#;
        let decoded = decode("patient", "17", json).expect("decodes");
        let Entity::Patient(patient) = decoded.record else { panic!("not a patient") };
        assert_eq!((patient.id.as_str(), patient.email_address.as_deref()), ("17", Some("ada@example.invalid")));
        assert_eq!(patient.address_line1.as_deref(), Some("1 High St"));
        assert_eq!(patient.date_of_birth, None);
        assert_eq!(decoded.problems[0].field, "patient.date_of_birth");
        let names: Vec<_> = patient.extra.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["date_of_birth", "metadata.shoe"]);
    }

    #[test]
    fn the_apis_own_names() {
        assert_eq!((api_name("address_line1").as_str(), api_name("town").as_str()), ("address_line_1", "town"));
    }

    #[test]
    fn what_is_required_is_named() {
        let error = decode("appointment", "900", r#"{"id":900,"start_time":"soon"}"#).expect_err("no start");
        assert!(
            error.to_string().starts_with("appointment `900`: `start_time` is missing or cannot be read"),
            "{error}"
        );
        let error = decode("patient", "17", "[]").expect_err("no object");
        assert!(error.to_string().starts_with("patient `17` is not a JSON object"), "{error}");
    }

    #[test]
    fn the_nested_user_is_read_and_its_rest_kept() {
        let json = r#"{"id":3,"user":{"id":5,"email":"d@example.invalid","permission_level":2}}"#;
        let decoded = decode("practitioner", "3", json).expect("decodes");
        let Entity::Practitioner(practitioner) = decoded.record else { panic!("not a practitioner") };
        assert_eq!(practitioner.user.and_then(|u| u.email).as_deref(), Some("d@example.invalid"));
        assert_eq!(practitioner.extra[0].name, "user.permission_level");
    }
}
