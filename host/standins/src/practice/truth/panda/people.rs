//! Clinics, providers, referral sources, patients and who has sent them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{Aside, Expected, Holds, Key, Said, Statement};
use super::Panda;
use super::cells::{Clinic, Row};

/// The stages of treatment, in their order.
const STAGES: [&str; 6] =
    ["New Patient", "Assessment", "Treatment Proposed", "Treatment In Progress", "Completed", "Discharged"];

pub(super) fn state(panda: &Panda<'_>, statement: &mut Statement) {
    for (name, sequence) in std::iter::zip(STAGES, (10..).step_by(10)) {
        let fields = vec![
            Said::always("name", Holds::Is(name.into())),
            Said::always("sequence", Holds::Is(Value::from(sequence))),
        ];
        let (row, object, model) = ("treatment-plan", "clinic", "crm.stage");
        statement.records.push(Expected { row, object, model, key: Key::holding("name", name), fields });
    }
    for clinic in panda.clinics() {
        statement.records.extend(clinic.rows("clinic_table").map(|row| company(clinic, row)));
        for row in clinic.rows("referral_table") {
            statement.records.push(referral(clinic, row));
        }
        for row in clinic.rows("patient_table") {
            let number = row.get("PatientID");
            if panda.is_patient(clinic, &number) {
                patient(panda, clinic, row, statement);
            } else {
                let (row, object, code) = ("patient", "patient", "no-name");
                statement.aside.push(Aside { row, object, id: clinic.id(&number), code });
            }
        }
        // A row that says who has sent whom is nothing without the patient.
        let of_nobody =
            clinic.rows("patient_referral_table").filter(|row| !panda.is_known(clinic, &row.get("PatientID")));
        statement.aside.extend(of_nobody.map(|row| {
            let (id, code) = (clinic.id(&row.get("PatientID")), "orphan-rows");
            Aside { row: "referral-source", object: "patient", id, code }
        }));
    }
    shared(panda, statement);
}

/// The company of a clinic's only location.
fn company(clinic: Clinic<'_>, row: Row<'_>) -> Expected {
    let mut fields = vec![
        Said::changed("x_source_id", row.raw("ClinicID"), Holds::text(clinic.tag)),
        Said::same("x_clinic_id", clinic.tag),
        row.numbered("x_location_id", "ClinicID"),
        row.same("name", "ClinicName"),
        row.same("phone", "Phone"),
        row.same("x_fax", "Fax"),
        row.lower("email", "Email"),
        row.same("website", "Website"),
        row.same("vat", "TaxID"),
        row.same("x_npi", "NPI"),
        Said::changed("x_other_columns", row.raw("Chairs"), Holds::Is(format!("Chairs: {}", row.get("Chairs")).into())),
    ];
    fields.extend(row.address());
    let key = Key::source("clinic", clinic.tag);
    Expected { row: "practice-clinic", object: "clinic", model: "res.company", key, fields }
}

/// What clinics have in common: providers, and sources of opportunities. A provider's contact carries the number of the last
/// clinic.
fn shared(panda: &Panda<'_>, statement: &mut Statement) {
    let (mut users, mut contacts, mut origins) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for clinic in panda.clinics() {
        for row in clinic.rows("provider_table") {
            let login = panda.owners.login(&row.get("ProviderID"));
            users.extend(login.map(|login| (login.to_owned(), user(row, login))));
            let contact = contact(panda, clinic, row);
            contacts.insert(contact.key.clone(), contact);
        }
        for row in clinic.rows("referral_table") {
            let origin = origin(row);
            origins.insert(origin.key.clone(), origin);
        }
    }
    statement.records.extend(users.into_values().chain(contacts.into_values()).chain(origins.into_values()));
}

const NAMES: [&str; 3] = ["FirstName", "MiddleInitial", "LastName"];
const TITLED: [&str; 4] = ["Title", "FirstName", "MiddleInitial", "LastName"];

fn user(row: Row<'_>, login: &str) -> Expected {
    let fields = vec![
        row.lower("login", "Email"),
        Said::changed("x_provider_name", row.all(&TITLED), Holds::text(row.joined(&TITLED))),
        row.same("x_credentials", "Credentials"),
    ];
    let key = Key::holding("login", login);
    Expected { row: "provider", object: "provider", model: "res.users", key, fields }
}

/// The author of what a provider has written: the user's own contact, or one that is made.
fn contact(panda: &Panda<'_>, clinic: Clinic<'_>, row: Row<'_>) -> Expected {
    let key = panda.contact(clinic, &row.get("ProviderID"));
    let fields = vec![
        row.numbered("x_source_id", "ProviderID"),
        Said::changed("name", row.all(&NAMES), Holds::text(row.joined(&NAMES))),
        row.lower("email", "Email"),
        Said::always("x_is_provider", Holds::Is(true.into())),
        row.same("x_title", "Title"),
        row.same("x_credential", "Credentials"),
        row.same("x_specialty", "Specialty"),
        row.same("x_license_number", "LicenseNumber"),
        row.same("x_npi", "NPI"),
        row.same("x_provider_phone", "Phone"),
        Said::changed(
            "x_provider_left",
            json!(row.bit("Active")),
            Holds::Is((row.bit("Active") == Some(false)).into()),
        ),
    ];
    Expected { row: "provider", object: "provider", model: "res.partner", key, fields }
}

/// Whether a referral source is a doctor, and nobody's advertisement.
fn is_doctor(row: Row<'_>) -> bool {
    row.get("ReferralType") == "Doctor"
}

fn referral(clinic: Clinic<'_>, row: Row<'_>) -> Expected {
    let (work, mobile) = (row.get("WorkPhone"), row.get("MobilePhone"));
    let phones = row.all(&["WorkPhone", "MobilePhone"]);
    let second = if work.is_empty() { "" } else { mobile.as_str() };
    let mut fields = vec![
        row.numbered("x_source_id", "ReferralID"),
        Said::same("x_clinic_id", clinic.tag),
        Said::changed("name", row.all(&TITLED), Holds::text(row.joined(&TITLED))),
        Said::changed("is_company", row.raw("ReferralType"), Holds::Is((!is_doctor(row)).into())),
        Said::changed("x_referring_dentist", row.raw("ReferralType"), Holds::Is(is_doctor(row).into())),
        row.same("x_referral_kind", "ReferralType"),
        row.same("x_credential", "Credentials"),
        row.same("x_specialty", "Specialty"),
        row.same("company_name", "Practice"),
        row.lower("email", "Email"),
        Said::changed("phone", phones.clone(), Holds::text(if work.is_empty() { &mobile } else { &work }.as_str())),
        Said::changed("x_mobile", phones, Holds::text(second)),
        row.same("x_fax", "Fax"),
        row.same("x_state", "State"),
        Said::changed("active", json!(row.bit("Active")), Holds::Is((row.bit("Active") != Some(false)).into())),
    ];
    fields.extend(row.address());
    let key = Key::source("referral", row.id("ReferralID").unwrap_or_default());
    Expected { row: "referral-source", object: "referral", model: "res.partner", key, fields }
}

/// What a source of opportunities is called: the doctor with the doctor's practice.
fn origin_name(row: Row<'_>) -> String {
    let parts = [row.joined(&TITLED), row.get("Practice")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn origin(row: Row<'_>) -> Expected {
    let name = origin_name(row);
    let columns = row.all(&["Title", "FirstName", "MiddleInitial", "LastName", "Practice"]);
    let fields = vec![Said::changed("name", columns, Holds::text(name.clone()))];
    let key = Key::holding("name", name);
    Expected { row: "referral-source", object: "referral", model: "utm.source", key, fields }
}

/// A patient, and the opportunity of one whom somebody has sent.
fn patient(panda: &Panda<'_>, clinic: Clinic<'_>, row: Row<'_>, statement: &mut Statement) {
    let number = row.get("PatientID");
    let mut sent: Vec<Row<'_>> =
        clinic.rows("patient_referral_table").filter(|own| own.get("PatientID") == number).collect();
    // As they have happened: of one day, the later row is the later referral.
    sent.sort_by_key(|own| own.day("ReferralDate"));
    let noted = row.id("ReferralID");
    let current = noted.clone().or_else(|| sent.last().and_then(|own| own.id("ReferralID")));
    let mut all: Vec<String> = noted.into_iter().chain(sent.iter().filter_map(|own| own.id("ReferralID"))).collect();
    all.sort_unstable();
    all.dedup();
    let source: Value = sent.iter().map(|own| own.all(&["ReferralDate", "ReferralID", "Reason"])).collect();
    let referred = json!([row.raw("ReferralID"), source]);
    let of = |id: String| Key::source("referral", id);
    let partner = current.clone().map_or(Holds::Empty, |id| Holds::Record("res.partner", of(id)));
    let key = Key::source("patient", row.id("PatientID").unwrap_or_default());
    let mut fields = contact_fields(panda, clinic, row);
    fields.extend([
        Said::changed("x_referral_partner_id", referred.clone(), partner),
        Said::changed(
            "x_referral_partner_ids",
            referred.clone(),
            match all.is_empty() {
                true => Holds::Empty,
                false => Holds::Records("res.partner", all.into_iter().map(of).collect()),
            },
        ),
        Said::changed("x_referral_history", source, Holds::text(history(&sent))),
    ]);
    statement.records.push(Expected { row: "patient", object: "patient", model: "res.partner", key, fields });
    if let Some(current) = current {
        let from = clinic.rows("referral_table").find(|own| own.id("ReferralID").as_ref() == Some(&current));
        statement.records.push(lead(panda, clinic, row, referred, from.map(origin_name).unwrap_or_default()));
    }
}

/// `2026-01-05, clinic1/2: Pockets > 6 mm`, a line for each referral.
fn history(sent: &[Row<'_>]) -> String {
    let line = |own: &Row<'_>| {
        let day = own.day("ReferralDate").map(|day| day.to_string()).unwrap_or_default();
        let head = format!("{day}, {}", own.id("ReferralID").unwrap_or_default());
        match own.get("Reason").as_str() {
            "" => head,
            reason => format!("{head}: {reason}"),
        }
    };
    sent.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Whether a patient still comes.
fn is_active(row: Row<'_>) -> bool {
    row.get("Status") == "Active"
}

fn contact_fields(panda: &Panda<'_>, clinic: Clinic<'_>, row: Row<'_>) -> Vec<Said> {
    let (mobile, home, extension) = (row.get("MobilePhone"), row.get("HomePhone"), row.get("WorkPhoneExt"));
    let work = match (row.get("WorkPhone"), extension.as_str()) {
        (number, "") => number,
        (number, extension) => format!("{number} {extension}"),
    };
    let phones = row.all(&["MobilePhone", "HomePhone", "WorkPhone", "WorkPhoneExt"]);
    let first = [&mobile, &home, &work].into_iter().find(|number| !number.is_empty()).cloned().unwrap_or_default();
    let when = |told: bool, number: &str| if told { Holds::text(number) } else { Holds::Empty };
    let mut fields = vec![
        row.numbered("x_source_id", "PatientID"),
        Said::same("x_clinic_id", clinic.tag),
        row.same("x_pms_id", "PatID"),
        row.same("x_account_number", "AccountNO"),
        row.timed("x_source_created_at", "CreatedDate"),
        Said::changed("name", row.all(&TITLED), Holds::text(row.joined(&TITLED))),
        row.same("x_preferred_name", "NickName"),
        row.dated("x_date_of_birth", "BirthDate"),
        row.same("x_gender", "Sex"),
        row.lower("email", "Email"),
        Said::changed("phone", phones.clone(), Holds::text(first)),
        Said::changed("x_mobile", phones.clone(), when(!home.is_empty() || !work.is_empty(), &mobile)),
        Said::changed("x_home_phone", phones.clone(), when(!mobile.is_empty(), &home)),
        Said::changed("x_work_phone", phones, when(!mobile.is_empty() || !home.is_empty(), &work)),
        row.same("x_state", "State"),
        Said::changed("active", row.raw("Status"), Holds::Is(is_active(row).into())),
        row.same("x_patient_status", "Status"),
        Said::changed("x_clinic", clinic.tag, Holds::Record("res.company", Key::source("clinic", clinic.tag))),
        row.numbered("x_location_id", "LocationID"),
        Said::changed("user_id", row.raw("ProviderID"), panda.owners.holds(&row.get("ProviderID"))),
        row.same("x_primary_provider", "ProviderName"),
        row.numbered("x_provider_id", "ProviderID"),
        // A column of the practice's own, which the client has confirmed.
        Said::changed(
            "x_recall_months",
            row.raw("RecallMonths"),
            Holds::Is(json!(row.get("RecallMonths").parse::<i64>().ok())),
        ),
    ];
    fields.extend(row.address());
    fields
}

/// The opportunity of a patient who was sent. It has the contact's e-mail and phone, and none of its own: Odoo would write
/// others to the contact.
fn lead(panda: &Panda<'_>, clinic: Clinic<'_>, row: Row<'_>, referred: Value, origin: String) -> Expected {
    let id = row.id("PatientID").unwrap_or_default();
    let stage = if is_active(row) { "New Patient" } else { "Discharged" };
    let name = format!("Referral: {}", row.joined(&TITLED));
    let fields = vec![
        row.numbered("x_source_id", "PatientID"),
        Said::same("x_clinic_id", clinic.tag),
        row.timed("x_source_created_at", "CreatedDate"),
        Said::changed("name", row.all(&TITLED), Holds::Is(name.into())),
        Said::always("type", Holds::Is("opportunity".into())),
        Said::changed(
            "partner_id",
            row.raw("PatientID"),
            Holds::Record("res.partner", Key::source("patient", id.clone())),
        ),
        Said::changed("source_id", referred, Holds::Record("utm.source", Key::holding("name", origin))),
        Said::changed("stage_id", row.raw("Status"), Holds::Record("crm.stage", Key::holding("name", stage))),
        Said::changed("user_id", row.raw("ProviderID"), panda.owners.holds(&row.get("ProviderID"))),
        Said::changed("active", row.raw("Status"), Holds::Is(is_active(row).into())),
    ];
    Expected { row: "referral-source", object: "patient", model: "crm.lead", key: Key::source("patient", id), fields }
}
