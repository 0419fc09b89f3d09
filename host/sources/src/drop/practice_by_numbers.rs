//! The reports of Practice by Numbers. Their names and columns are those that `wit/practice-by-numbers` has, with the words that
//! reports use for them.

use crate::tables::{Key, Shape};

/// The reports, parents first.
pub(super) const SHAPES: &[Shape] = &[
    Shape {
        object: "provider",
        key: Key::Column("provider_id"),
        parent: None,
        required: &["provider_id"],
        known: &["provider_name", "first_name", "last_name", "email", "specialty", "active"],
    },
    Shape {
        object: "patient",
        key: Key::Column("patient_id"),
        parent: None,
        required: &["patient_id"],
        known: &[
            "patient_name",
            "first_name",
            "last_name",
            "preferred_name",
            "date_of_birth",
            "gender",
            "email",
            "mobile_phone",
            "home_phone",
            "work_phone",
            "address",
            "address_2",
            "city",
            "state",
            "zip",
            "status",
            "primary_provider",
            "first_visit",
            "last_visit",
            "next_appointment",
            "balance",
        ],
    },
    Shape {
        object: "coverage",
        key: Key::Content("patient_id"),
        parent: Some("patient_id"),
        required: &["patient_id"],
        known: &[
            "priority",
            "carrier",
            "group_number",
            "policy_number",
            "subscriber_id",
            "coverage_percent",
            "remaining_benefits",
        ],
    },
    Shape {
        object: "appointment",
        key: Key::Column("appointment_id"),
        parent: Some("patient_id"),
        required: &["appointment_id", "patient_id", "date"],
        known: &["time", "length", "provider", "operatory", "status", "procedures", "production"],
    },
    Shape {
        object: "plan-item",
        key: Key::Content("patient_id"),
        parent: Some("patient_id"),
        required: &["patient_id"],
        known: &["plan_date", "ada_code", "tooth", "surface", "description", "fee", "status", "provider"],
    },
    Shape {
        object: "ledger-line",
        key: Key::Content("patient_id"),
        parent: Some("patient_id"),
        required: &["patient_id", "date"],
        known: &["type", "code", "description", "amount"],
    },
    Shape {
        object: "recall",
        key: Key::Content("patient_id"),
        parent: Some("patient_id"),
        required: &["patient_id"],
        known: &["recall_type", "recall_due", "status"],
    },
    Shape {
        object: "goal",
        key: Key::Content("provider_id"),
        parent: None,
        required: &["provider_id"],
        known: &["provider", "month", "production_target", "acceptance_target", "new_patients_target"],
    },
    Shape {
        object: "message",
        key: Key::Content("patient_id"),
        parent: Some("patient_id"),
        required: &["patient_id"],
        known: &["sent_at", "channel", "direction", "message"],
    },
];

/// The words that reports have for columns, besides the columns' own names; a manifest may declare more.
pub(super) const WORDS: &[(&str, &[&str])] = &[
    ("appointment_id", &["Appt ID", "Appt #"]),
    ("date_of_birth", &["DOB", "Birthdate"]),
    ("mobile_phone", &["Mobile", "Cell Phone"]),
    ("next_appointment", &["Next Appt"]),
    ("group_number", &["Group #", "Group"]),
    ("policy_number", &["Policy #"]),
    ("coverage_percent", &["Coverage %", "Coverage"]),
    ("sent_at", &["Date/Time"]),
    ("acceptance_target", &["Acceptance Rate Target"]),
    ("patient_name", &["Patient", "Name"]),
    ("provider_name", &["Name"]),
];
