//! Patients, those who treat them, where, and when.

use super::lists::custom_value;
use crate::bindings::dentally::records::{Appointment, Patient, Practitioner, Site, User};
use crate::decode::{DecodeError, Decoded, Row, Slots, record};
use crate::locale::Locale;
use crate::names::Names;
use crate::texts::Texts;

record! {
    pub(super) fn patient() -> Patient ("patient") {
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
        custom_fields: list custom_value;
        legacy_id: text;
        family_id: text;
        image_url: text;
        created_at: instant;
        updated_at: instant;
    }
}

record! {
    pub(super) fn practitioner() -> Practitioner ("practitioner") {
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
    pub(super) fn site() -> Site ("site") {
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
        opening_hours: json;
    }
}

record! {
    pub(super) fn appointment() -> Appointment ("appointment") {
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

    #[test]
    fn the_users_table_is_what_is_read() {
        assert_eq!(user::FIELDS.len(), USER.len());
        for (at, field) in user::FIELDS.iter().enumerate() {
            assert_eq!(USER.find(field.names[0]), Some((at, 0)), "{}", field.name);
        }
    }
}
