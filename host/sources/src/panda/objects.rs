//! PANDA's objects: what their rows' members are called, and what tables and columns are called where nobody says otherwise.
//! The latter are placeholders: PANDA's own schema is not public. The members' names are those that `wit/panda-perio` and
//! `wit/perio` have.

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// The column's own value.
    Value,
    /// The key of a row, the row's own or another's: `clinic/number`.
    Key,
    /// The path of a file below the share.
    Path,
}

/// A member of an object's rows.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    /// The placeholder for its column.
    pub(super) column: &'static str,
    pub(super) holds: Holds,
}

/// What an object's rows stand below.
#[derive(Debug, Clone, Copy)]
pub(super) enum Above {
    Nothing,
    /// The clinic whose database it is.
    Clinic,
    Row {
        object: &'static str,
        member: &'static str,
        /// The placeholder for the column with its key.
        column: &'static str,
        /// Whether rows are a part of it, and nothing without it.
        part: bool,
    },
}

/// An object that has a table.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) name: &'static str,
    /// The placeholder for its table.
    pub(super) table: &'static str,
    /// The member with the row's own key, and the placeholder for its column.
    pub(super) key: (&'static str, &'static str),
    pub(super) above: Above,
    pub(super) members: &'static [Member],
}

/// The member with the moment of a row's last change, and the placeholder for its column.
pub(super) const MODIFIED: (&str, &str) = ("modified_at", "LastModifiedDate");

/// The member with the clinic's tag.
pub(super) const CLINIC: &str = "clinic_id";

const fn value(name: &'static str, column: &'static str) -> Member {
    Member { name, column, holds: Holds::Value }
}

const fn key(name: &'static str, column: &'static str) -> Member {
    Member { name, column, holds: Holds::Key }
}

const fn path(name: &'static str, column: &'static str) -> Member {
    Member { name, column, holds: Holds::Path }
}

const fn below(object: &'static str, member: &'static str, column: &'static str, part: bool) -> Above {
    Above::Row { object, member, column, part }
}

const OF_PATIENT: Above = below("patient", "patient_id", "PatientID", false);

/// PANDA's objects with tables, parents first.
pub(super) const OBJECTS: &[Object] = &[
    Object {
        name: "location",
        table: "clinic_table",
        key: ("id", "ClinicID"),
        above: Above::Clinic,
        members: LOCATION,
    },
    Object {
        name: "provider",
        table: "provider_table",
        key: ("id", "ProviderID"),
        above: Above::Nothing,
        members: PROVIDER,
    },
    Object {
        name: "referral",
        table: "referral_table",
        key: ("id", "ReferralID"),
        above: Above::Nothing,
        members: REFERRAL,
    },
    Object {
        name: "patient",
        table: "patient_table",
        key: ("id", "PatientID"),
        above: Above::Nothing,
        members: PATIENT,
    },
    Object {
        name: "patient-referral",
        table: "patient_referral_table",
        key: ("id", "PatientReferralID"),
        above: below("patient", "patient_id", "PatientID", true),
        members: PATIENT_REFERRAL,
    },
    Object { name: "exam", table: "exam_table", key: ("exam_id", "ExamID"), above: OF_PATIENT, members: EXAM },
    Object {
        name: "reading",
        table: "chart_table",
        key: ("reading_id", "ReadingID"),
        above: below("exam", "exam_id", "ExamID", true),
        members: READING,
    },
    Object {
        name: "treatment-plan",
        table: "treatment_plan_table",
        key: ("id", "PlanID"),
        above: OF_PATIENT,
        members: TREATMENT_PLAN,
    },
    Object {
        name: "phase",
        table: "treatment_phase_table",
        key: ("id", "PhaseID"),
        above: below("treatment-plan", "plan_id", "PlanID", true),
        members: PHASE,
    },
    Object { name: "note", table: "note_table", key: ("id", "NoteID"), above: OF_PATIENT, members: NOTE },
    Object { name: "flag", table: "flag_table", key: ("id", "FlagID"), above: OF_PATIENT, members: FLAG },
    Object {
        name: "letter-template",
        table: "letter_template_table",
        key: ("id", "TemplateID"),
        above: Above::Nothing,
        members: LETTER_TEMPLATE,
    },
    Object {
        name: "attachment",
        table: "attachment_table",
        key: ("id", "AttachmentID"),
        above: OF_PATIENT,
        members: ATTACHMENT,
    },
];

const LOCATION: &[Member] = &[
    value("name", "ClinicName"),
    value("address_line_1", "Street"),
    value("address_line_2", "Street2"),
    value("city", "City"),
    value("state", "State"),
    value("postal_code", "Zip"),
    value("country", "Country"),
    value("phone", "Phone"),
    value("fax", "Fax"),
    value("email", "Email"),
    value("website", "Website"),
    value("npi", "NPI"),
    value("tax_id", "TaxID"),
];

const PROVIDER: &[Member] = &[
    value("title", "Title"),
    value("first_name", "FirstName"),
    value("middle_initial", "MiddleInitial"),
    value("last_name", "LastName"),
    value("credentials", "Credentials"),
    value("specialty", "Specialty"),
    value("license_number", "LicenseNumber"),
    value("npi", "NPI"),
    value("email", "Email"),
    value("phone", "Phone"),
    value("active", "Active"),
];

const REFERRAL: &[Member] = &[
    value("kind", "ReferralType"),
    value("title", "Title"),
    value("first_name", "FirstName"),
    value("middle_initial", "MiddleInitial"),
    value("last_name", "LastName"),
    value("credentials", "Credentials"),
    value("specialty", "Specialty"),
    value("practice_name", "Practice"),
    value("work_phone", "WorkPhone"),
    value("mobile_phone", "MobilePhone"),
    value("fax", "Fax"),
    value("email", "Email"),
    value("address_line_1", "Street"),
    value("address_line_2", "Street2"),
    value("city", "City"),
    value("state", "State"),
    value("postal_code", "Zip"),
    value("country", "Country"),
    value("active", "Active"),
];

const PATIENT: &[Member] = &[
    key("location_id", "LocationID"),
    value("pms_id", "PatID"),
    value("account_number", "AccountNO"),
    value("title", "Title"),
    value("first_name", "FirstName"),
    value("middle_initial", "MiddleInitial"),
    value("last_name", "LastName"),
    value("nick_name", "NickName"),
    value("sex", "Sex"),
    value("birth_date", "BirthDate"),
    value("email", "Email"),
    value("home_phone", "HomePhone"),
    value("mobile_phone", "MobilePhone"),
    value("work_phone", "WorkPhone"),
    value("work_phone_extension", "WorkPhoneExt"),
    value("address_line_1", "Street"),
    value("address_line_2", "Street2"),
    value("city", "City"),
    value("state", "State"),
    value("postal_code", "Zip"),
    value("country", "Country"),
    value("ssn", "SSN"),
    value("status", "Status"),
    key("provider_id", "ProviderID"),
    value("provider_name", "ProviderName"),
    key("referral_id", "ReferralID"),
    value("created_at", "CreatedDate"),
];

const PATIENT_REFERRAL: &[Member] =
    &[key("referral_id", "ReferralID"), value("referred_on", "ReferralDate"), value("reason", "Reason")];

const EXAM: &[Member] = &[
    value("exam_date", "ExamDate"),
    value("examiner", "Examiner"),
    value("classification", "Classification"),
    value("note", "Note"),
];

const READING: &[Member] = &[
    value("tooth", "Tooth"),
    value("measure", "Measure"),
    value("mb", "MB"),
    value("b", "B"),
    value("db", "DB"),
    value("ml", "ML"),
    value("l", "L"),
    value("dl", "DL"),
    value("tooth_value", "ToothValue"),
];

const TREATMENT_PLAN: &[Member] = &[
    key("provider_id", "ProviderID"),
    value("name", "PlanName"),
    value("description", "Description"),
    value("status", "Status"),
    value("fee", "Fee"),
    value("proposed_on", "ProposedDate"),
    value("accepted_on", "AcceptedDate"),
    value("completed_on", "CompletedDate"),
];

const PHASE: &[Member] = &[
    value("number", "PhaseNumber"),
    value("status", "Status"),
    value("ada_code", "AdaCode"),
    value("description", "Description"),
    value("tooth", "Tooth"),
    value("surface", "Surface"),
    value("fee", "Fee"),
    value("planned_on", "PlannedDate"),
    value("completed_on", "CompletedDate"),
    key("provider_id", "ProviderID"),
    value("note", "Note"),
];

const NOTE: &[Member] = &[
    key("plan_id", "PlanID"),
    key("provider_id", "ProviderID"),
    value("kind", "NoteType"),
    value("subjective", "Subjective"),
    value("objective", "Objective"),
    value("assessment", "Assessment"),
    value("plan", "PlanText"),
    value("body", "Body"),
    value("written_at", "NoteDate"),
];

const FLAG: &[Member] = &[
    key("provider_id", "ProviderID"),
    value("kind", "FlagType"),
    value("text", "Flag"),
    value("active", "Active"),
    value("trigger_date", "TriggerDate"),
    value("created_at", "CreatedDate"),
];

const LETTER_TEMPLATE: &[Member] = &[
    value("name", "TemplateName"),
    value("category", "Category"),
    value("subject", "Subject"),
    value("body", "Body"),
    path("path", "FilePath"),
];

const ATTACHMENT: &[Member] = &[
    key("plan_id", "PlanID"),
    key("provider_id", "ProviderID"),
    value("file_name", "FileName"),
    value("media_type", "MediaType"),
    value("kind", "AttachmentType"),
    value("description", "Description"),
    value("taken_on", "TakenDate"),
    value("content", "Scan"),
    path("path", "FilePath"),
    value("size", "FileSize"),
    value("created_at", "CreatedDate"),
];
