//! Records with nothing in them but their keys, for the examples of the rules.

use odograft_sdk::panda_perio::{
    Attachment, Clinic, Flag, LetterTemplate, Location, Note, Patient, PatientReferral, Phase, Provider, Referral,
    TreatmentPlan,
};

pub(crate) fn clinic(tag: &str) -> Clinic {
    Clinic { id: tag.into(), locations: Vec::new(), extra: Vec::new() }
}

pub(crate) fn location(id: &str) -> Location {
    Location {
        id: id.into(),
        name: None,
        address_line1: None,
        address_line2: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        phone: None,
        fax: None,
        email: None,
        website: None,
        npi: None,
        tax_id: None,
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn provider(id: &str) -> Provider {
    Provider {
        id: id.into(),
        clinic_id: "N".into(),
        title: None,
        first_name: None,
        middle_initial: None,
        last_name: None,
        credentials: None,
        specialty: None,
        license_number: None,
        npi: None,
        email: None,
        phone: None,
        active: None,
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn referral(id: &str) -> Referral {
    Referral {
        id: id.into(),
        clinic_id: "N".into(),
        kind: None,
        title: None,
        first_name: None,
        middle_initial: None,
        last_name: None,
        credentials: None,
        specialty: None,
        practice_name: None,
        work_phone: None,
        mobile_phone: None,
        fax: None,
        email: None,
        address_line1: None,
        address_line2: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        active: None,
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn patient_referral(id: &str) -> PatientReferral {
    PatientReferral {
        id: id.into(),
        referral_id: None,
        referred_on: None,
        reason: None,
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn patient(id: &str) -> Patient {
    Patient {
        id: id.into(),
        clinic_id: "N".into(),
        location_id: None,
        pms_id: None,
        account_number: None,
        title: None,
        first_name: None,
        middle_initial: None,
        last_name: None,
        nick_name: None,
        sex: None,
        birth_date: None,
        email: None,
        home_phone: None,
        mobile_phone: None,
        work_phone: None,
        work_phone_extension: None,
        address_line1: None,
        address_line2: None,
        city: None,
        state: None,
        postal_code: None,
        country: None,
        ssn: None,
        status: None,
        provider_id: None,
        provider_name: None,
        referral_id: None,
        referrals: Vec::new(),
        created_at: None,
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn phase(id: &str, status: &str) -> Phase {
    Phase {
        id: id.into(),
        number: None,
        status: Some(status.into()),
        ada_code: None,
        description: None,
        tooth: None,
        surface: None,
        fee: None,
        planned_on: None,
        completed_on: None,
        provider_id: None,
        note: None,
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn treatment_plan(id: &str) -> TreatmentPlan {
    TreatmentPlan {
        id: id.into(),
        clinic_id: "N".into(),
        patient_id: Some("N/17".into()),
        provider_id: None,
        name: None,
        description: None,
        status: None,
        fee: None,
        proposed_on: None,
        accepted_on: None,
        completed_on: None,
        phases: Vec::new(),
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn note(id: &str) -> Note {
    Note {
        id: id.into(),
        clinic_id: "N".into(),
        patient_id: Some("N/17".into()),
        plan_id: None,
        provider_id: None,
        kind: None,
        subjective: None,
        objective: None,
        assessment: None,
        plan: None,
        body: None,
        written_at: None,
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn flag(id: &str) -> Flag {
    Flag {
        id: id.into(),
        clinic_id: "N".into(),
        patient_id: Some("N/17".into()),
        provider_id: None,
        kind: None,
        text: None,
        active: None,
        trigger_date: None,
        created_at: None,
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn letter_template(id: &str) -> LetterTemplate {
    LetterTemplate {
        id: id.into(),
        clinic_id: None,
        name: None,
        category: None,
        subject: None,
        body: None,
        path: None,
        modified_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn attachment(id: &str) -> Attachment {
    Attachment {
        id: id.into(),
        clinic_id: "N".into(),
        patient_id: None,
        plan_id: None,
        provider_id: None,
        file_name: None,
        media_type: None,
        kind: None,
        description: None,
        taken_on: None,
        content: None,
        path: None,
        size: None,
        created_at: None,
        modified_at: None,
        extra: Vec::new(),
    }
}
