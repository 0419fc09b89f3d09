//! The records of PANDA Perio.

use super::{ComponentType, Image, Nested, field};
use crate::bindings::panda_perio::records::{
    Attachment, Clinic, Entity, Flag, LetterTemplate, Location, Note, Patient, PatientReferral, Phase, Provider,
    Referral, TreatmentPlan,
};

variant!(Entity { Clinic, Provider, Referral, Patient, TreatmentPlan, Note, Flag, LetterTemplate, Attachment });
record!(Location {
    id,
    name,
    address_line1,
    address_line2,
    city,
    state,
    postal_code,
    country,
    phone,
    fax,
    email,
    website,
    npi,
    tax_id,
    modified_at,
    extra
});
record!(Clinic { id, locations, extra });
record!(Provider {
    id,
    clinic_id,
    title,
    first_name,
    middle_initial,
    last_name,
    credentials,
    specialty,
    license_number,
    npi,
    email,
    phone,
    active,
    modified_at,
    extra
});
record!(Referral {
    id,
    clinic_id,
    kind,
    title,
    first_name,
    middle_initial,
    last_name,
    credentials,
    specialty,
    practice_name,
    work_phone,
    mobile_phone,
    fax,
    email,
    address_line1,
    address_line2,
    city,
    state,
    postal_code,
    country,
    active,
    modified_at,
    extra
});
record!(PatientReferral { id, referral_id, referred_on, reason, modified_at, extra });
record!(Patient {
    id,
    clinic_id,
    location_id,
    pms_id,
    account_number,
    title,
    first_name,
    middle_initial,
    last_name,
    nick_name,
    sex,
    birth_date,
    email,
    home_phone,
    mobile_phone,
    work_phone,
    work_phone_extension,
    address_line1,
    address_line2,
    city,
    state,
    postal_code,
    country,
    ssn,
    status,
    provider_id,
    provider_name,
    referral_id,
    referrals,
    created_at,
    modified_at,
    extra
});
record!(Phase {
    id,
    number,
    status,
    ada_code,
    description,
    tooth,
    surface,
    fee,
    planned_on,
    completed_on,
    provider_id,
    note,
    modified_at,
    extra
});
record!(TreatmentPlan {
    id,
    clinic_id,
    patient_id,
    provider_id,
    name,
    description,
    status,
    fee,
    proposed_on,
    accepted_on,
    completed_on,
    phases,
    modified_at,
    extra
});
record!(Note {
    id,
    clinic_id,
    patient_id,
    plan_id,
    provider_id,
    kind,
    subjective,
    objective,
    assessment,
    plan,
    body,
    written_at,
    modified_at,
    extra
});
record!(Flag {
    id,
    clinic_id,
    patient_id,
    provider_id,
    kind,
    text,
    active,
    trigger_date,
    created_at,
    modified_at,
    extra
});
record!(LetterTemplate { id, clinic_id, name, category, subject, body, path, modified_at, extra });
record!(Attachment {
    id,
    clinic_id,
    patient_id,
    plan_id,
    provider_id,
    file_name,
    media_type,
    kind,
    description,
    taken_on,
    content,
    path,
    size,
    created_at,
    modified_at,
    extra
});
