//! What the account defines for all its patients.

use crate::dentally::{
    AcquisitionSource, AppointmentCancellationReason, AppointmentReason, CustomField, PaymentPlan, Practice, Treatment,
};

/// The account as a whole.
#[must_use]
pub fn practice(id: &str) -> Practice {
    Practice {
        id: id.into(),
        name: None,
        slug: None,
        time_zone: None,
        address_line1: None,
        address_line2: None,
        town: None,
        county: None,
        postcode: None,
        phone_number: None,
        email_address: None,
        patient_email_address: None,
        website: None,
        logo_url: None,
        nhs: None,
        medical_history_expiry_days: None,
        custom_patient_field_label1: None,
        custom_patient_field_label2: None,
        opening_hours: None,
        portal_settings: None,
        extra: Vec::new(),
    }
}

/// A payment plan.
#[must_use]
pub fn payment_plan(id: &str) -> PaymentPlan {
    PaymentPlan {
        id: id.into(),
        name: None,
        patient_friendly_name: None,
        active: None,
        colour: None,
        site_id: None,
        dentist_recall_interval: None,
        hygienist_recall_interval: None,
        recall_method: None,
        exam_duration: None,
        scale_and_polish_duration: None,
        emergency_duration: None,
        created_at: None,
        updated_at: None,
        extra: Vec::new(),
    }
}

/// A way in which patients came.
#[must_use]
pub fn acquisition_source(id: &str) -> AcquisitionSource {
    AcquisitionSource { id: id.into(), name: None, active: None, notes: None, extra: Vec::new() }
}

/// A treatment.
#[must_use]
pub fn treatment(id: &str) -> Treatment {
    Treatment {
        id: id.into(),
        code: None,
        nomenclature: None,
        patient_nomenclature: None,
        description: None,
        patient_description: None,
        treatment_category_id: None,
        insurance_classification: None,
        nhs_treatment_cat: None,
        uda_band: None,
        region: None,
        duration: None,
        active: None,
        created_at: None,
        updated_at: None,
        extra: Vec::new(),
    }
}

/// A reason of appointments.
#[must_use]
pub fn appointment_reason(id: &str) -> AppointmentReason {
    AppointmentReason { id: id.into(), reason: None, duration: None, active: None, extra: Vec::new() }
}

/// A reason why appointments are cancelled.
#[must_use]
pub fn appointment_cancellation_reason(id: &str) -> AppointmentCancellationReason {
    AppointmentCancellationReason { id: id.into(), reason: None, reason_type: None, archived: None, extra: Vec::new() }
}

/// A custom field's definition.
#[must_use]
pub fn custom_field(id: &str) -> CustomField {
    CustomField {
        id: id.into(),
        name: None,
        field_type: None,
        options: Vec::new(),
        entity: None,
        active: None,
        position: None,
        extra: Vec::new(),
    }
}
