//! Records with nothing in them but their identifier, for examples and tests: `Patient { title: Some("Ms".into()),
//! ..examples::patient("17") }`.

use crate::dentally::{Appointment, Patient, Practitioner, Site};
use crate::tabular::{Child, Row};
use crate::{ExtraField, Instant, Scalar};

mod care;
mod lists;
mod money;

pub use care::{image, recall, template, treatment_plan, treatment_plan_item};
pub use lists::{
    acquisition_source, appointment_cancellation_reason, appointment_reason, custom_field, payment_plan, practice,
    treatment,
};
pub use money::{account, account_history, invoice, invoice_item, payment};

/// A patient.
#[must_use]
pub fn patient(id: &str) -> Patient {
    Patient {
        id: id.into(),
        uuid: None,
        account_id: None,
        active: None,
        archived_reason: None,
        title: None,
        first_name: None,
        middle_name: None,
        last_name: None,
        preferred_name: None,
        date_of_birth: None,
        gender: None,
        ethnicity: None,
        nhs_number: None,
        ni_number: None,
        pps_number: None,
        email_address: None,
        mobile_phone: None,
        mobile_phone_country: None,
        home_phone: None,
        home_phone_country: None,
        work_phone: None,
        preferred_phone_number: None,
        address_line1: None,
        address_line2: None,
        address_line3: None,
        town: None,
        county: None,
        region: None,
        postcode: None,
        site_id: None,
        dentist_id: None,
        hygienist_id: None,
        doctor_id: None,
        payment_plan_id: None,
        acquisition_source_id: None,
        dentist_recall_date: None,
        dentist_recall_interval: None,
        hygienist_recall_date: None,
        hygienist_recall_interval: None,
        recall_method: None,
        medical_alert: None,
        medical_alert_text: None,
        medical_history: None,
        notes: None,
        special_needs: None,
        marketing: None,
        use_sms: None,
        use_email: None,
        emergency_contact_name: None,
        emergency_contact_phone: None,
        emergency_contact_relationship: None,
        occupation: None,
        school_name: None,
        custom_field1: None,
        custom_field2: None,
        custom_fields: Vec::new(),
        legacy_id: None,
        family_id: None,
        image_url: None,
        created_at: None,
        updated_at: None,
        extra: Vec::new(),
    }
}

/// A practitioner.
#[must_use]
pub fn practitioner(id: &str) -> Practitioner {
    Practitioner {
        id: id.into(),
        uuid: None,
        active: None,
        site_id: None,
        gdc_number: None,
        nhs_number: None,
        user: None,
        extra: Vec::new(),
    }
}

/// A site.
#[must_use]
pub fn site(id: &str) -> Site {
    Site {
        id: id.into(),
        name: None,
        nickname: None,
        active: None,
        practice_id: None,
        address_line1: None,
        address_line2: None,
        town: None,
        county: None,
        postcode: None,
        phone_number: None,
        email_address: None,
        website: None,
        opening_hours: None,
        extra: Vec::new(),
    }
}

/// An appointment that begins at this moment.
#[must_use]
pub fn appointment(id: &str, start_time: Instant) -> Appointment {
    Appointment {
        id: id.into(),
        uuid: None,
        patient_id: None,
        practitioner_id: None,
        practitioner_name: None,
        practitioner_site_id: None,
        room_id: None,
        payment_plan_id: None,
        start_time,
        finish_time: None,
        duration: None,
        state: None,
        reason: None,
        notes: None,
        treatment_description: None,
        appointment_cancellation_reason_id: None,
        pending_at: None,
        confirmed_at: None,
        arrived_at: None,
        in_surgery_at: None,
        completed_at: None,
        cancelled_at: None,
        did_not_attend_at: None,
        booked_via_api: None,
        created_at: None,
        updated_at: None,
        extra: Vec::new(),
    }
}

/// A row of a declared table with these cells: `examples::row("client", "17", &[("name", Scalar::Text("Kim".into()))])`.
#[must_use]
pub fn row(object: &str, id: &str, cells: &[(&str, Scalar)]) -> Row {
    Row { object: object.into(), id: id.into(), parent: None, cells: self::cells(cells), children: Vec::new() }
}

/// A row that is gathered below another.
#[must_use]
pub fn child(object: &str, id: &str, cells: &[(&str, Scalar)]) -> Child {
    Child { object: object.into(), id: id.into(), cells: self::cells(cells) }
}

fn cells(cells: &[(&str, Scalar)]) -> Vec<ExtraField> {
    cells.iter().map(|(name, value)| ExtraField { name: (*name).into(), value: *value }).collect()
}
