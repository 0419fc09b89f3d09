//! Records with nothing in them but their identifier: `Patient { title: Some("Ms".into()), ..examples::patient("17") }`.

use odograft_sdk::Instant;
use odograft_sdk::dent_o_soft::{
    AccountLine, Appointment, ClinicalNote, EmergencyContact, Patient, Policy, Practice, Practitioner,
    PractitionerAddress, ReferralSource, ReminderRule, Supplier, Treatment,
};

/// A location.
pub(crate) fn practice(id: &str) -> Practice {
    Practice {
        id: id.into(),
        name: None,
        address_line1: None,
        address_line2: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        phone: None,
        email: None,
        website: None,
        npi: None,
        tax_id: None,
        extra: Vec::new(),
    }
}

/// A practitioner.
pub(crate) fn practitioner(id: &str) -> Practitioner {
    Practitioner {
        id: id.into(),
        title: None,
        first_name: None,
        last_name: None,
        credential: None,
        license_number: None,
        specialty: None,
        email: None,
        phone: None,
        address_line1: None,
        address_line2: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        active: None,
        extra: Vec::new(),
    }
}

/// A practitioner's further address.
pub(crate) fn practitioner_address(id: &str) -> PractitionerAddress {
    PractitionerAddress {
        id: id.into(),
        practitioner_id: None,
        label: None,
        phone: None,
        email: None,
        address_line1: None,
        address_line2: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        extra: Vec::new(),
    }
}

/// A supplier.
pub(crate) fn supplier(id: &str) -> Supplier {
    Supplier {
        id: id.into(),
        name: None,
        contact_name: None,
        is_lab: None,
        category: None,
        account_number: None,
        active: None,
        phone: None,
        email: None,
        address_line1: None,
        address_line2: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        extra: Vec::new(),
    }
}

/// A referral source.
pub(crate) fn referral_source(id: &str) -> ReferralSource {
    ReferralSource { id: id.into(), name: None, kind: None, extra: Vec::new() }
}

/// A patient.
pub(crate) fn patient(id: &str) -> Patient {
    Patient {
        id: id.into(),
        title: None,
        first_name: None,
        middle_name: None,
        last_name: None,
        preferred_name: None,
        date_of_birth: None,
        gender: None,
        email: None,
        mobile_phone: None,
        home_phone: None,
        work_phone: None,
        address_line1: None,
        address_line2: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        active: None,
        status: None,
        deceased_on: None,
        practice_id: None,
        practitioner_id: None,
        referral_source_id: None,
        created_at: None,
        extra: Vec::new(),
    }
}

/// A policy.
pub(crate) fn policy() -> Policy {
    Policy {
        priority: None,
        provider: None,
        policy_number: None,
        group_number: None,
        subscriber_id: None,
        subscriber_name: None,
        extra: Vec::new(),
    }
}

/// A person to call.
pub(crate) fn emergency_contact(id: &str) -> EmergencyContact {
    EmergencyContact {
        id: id.into(),
        patient_id: None,
        name: None,
        phone: None,
        email: None,
        relationship: None,
        address_line1: None,
        address_line2: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        extra: Vec::new(),
    }
}

/// A treatment.
pub(crate) fn treatment() -> Treatment {
    Treatment {
        treated_on: None,
        procedure_code: None,
        tooth: None,
        surface: None,
        description: None,
        notes: None,
        dentist: None,
        extra: Vec::new(),
    }
}

/// A visit that begins at this moment.
pub(crate) fn appointment(id: &str, starts_at: Instant) -> Appointment {
    Appointment {
        id: id.into(),
        patient_id: None,
        practitioner_id: None,
        practitioner_name: None,
        starts_at,
        starts_on: None,
        duration: None,
        procedure_type: None,
        status: None,
        notes: None,
        extra: Vec::new(),
    }
}

/// A line of an account.
pub(crate) fn account_line() -> AccountLine {
    AccountLine {
        invoice_number: None,
        booked_on: None,
        kind: None,
        amount: None,
        status: None,
        description: None,
        extra: Vec::new(),
    }
}

/// A clinical note.
pub(crate) fn clinical_note(id: &str) -> ClinicalNote {
    ClinicalNote {
        id: id.into(),
        patient_id: None,
        practitioner_id: None,
        author_email: None,
        author_name: None,
        written_at: None,
        body: None,
        extra: Vec::new(),
    }
}

/// A reminder.
pub(crate) fn reminder_rule(id: &str) -> ReminderRule {
    ReminderRule {
        id: id.into(),
        name: None,
        trigger: None,
        offset: None,
        channel: None,
        recipients: None,
        template: None,
        active: None,
        extra: Vec::new(),
    }
}
