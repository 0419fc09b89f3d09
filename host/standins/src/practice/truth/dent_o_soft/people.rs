//! Patients with their insurance, practitioners, suppliers, emergency contacts, locations, referral sources.

use serde_json::{Value, json};

use super::super::rows::{Row, rows};
use super::super::{Aside, Expected, Holds, Key, Said, Statement};
use super::Export;

pub(super) fn state(export: &Export<'_>, statement: &mut Statement) {
    let Export { tables, .. } = export;
    statement.records.extend(rows(tables, "practice").map(practice));
    for row in rows(tables, "practitioner") {
        statement.records.push(practitioner(row));
        statement.records.extend(export.owners.login(row.get("id")).map(|login| owner(row, login)));
    }
    statement.records.extend(rows(tables, "practitioner-address").map(place));
    rows(tables, "supplier").for_each(|row| supplier(row, &mut statement.records));
    statement.records.extend(rows(tables, "referral-source").map(referral_source));
    for row in rows(tables, "patient").filter(|row| export.has_contact(row.get("id"))) {
        statement.records.push(patient(export, row));
        if !row.get("referral_source_id").is_empty() {
            statement.records.push(lead(export, row));
        }
    }
    insurance(export, statement);
    for row in rows(tables, "emergency-contact") {
        match export.has_contact(row.get("patient_id")) {
            true => statement.records.push(emergency_contact(row)),
            false => statement.aside.push(Aside {
                row: "emergency-contact",
                object: "emergency-contact",
                id: format!("{}/", row.get("patient_id")),
                code: "held-back",
            }),
        }
    }
}

/// Street, town, county, postcode and country.
fn address(row: Row<'_>) -> [Said; 6] {
    [
        row.same("street", "address_line_1"),
        row.same("street2", "address_line_2"),
        row.same("city", "city"),
        row.county("state_id", "state"),
        row.same("zip", "postal_code"),
        row.country("country_id", "country", "GB"),
    ]
}

const NAMES: [&str; 4] = ["title", "first_name", "middle_name", "last_name"];

/// Archived, not active, or no patient any more.
fn is_active(row: Row<'_>) -> bool {
    row.get("active") == "Y" && row.get("status") != "Deceased"
}

fn patient(export: &Export<'_>, row: Row<'_>) -> Expected {
    let (mobile, home, work) = (row.get("mobile_phone"), row.get("home_phone"), row.get("work_phone"));
    let phones = row.all(&["mobile_phone", "home_phone", "work_phone"]);
    let first = [mobile, home, work].into_iter().find(|number| !number.is_empty()).unwrap_or_default();
    let when = |told: bool, number: &str| if told { Holds::text(number) } else { Holds::Empty };
    let practice = match row.get("practice_id") {
        "" => Holds::Empty,
        id => Holds::Record("res.company", Key::source("practice", id)),
    };
    let mut fields = vec![
        row.same("x_source_patient_id", "id"),
        Said::changed("name", row.all(&NAMES), Holds::Is(row.joined(&NAMES).into())),
        Said::always("x_contact_category", Holds::Is("patient".into())),
        row.lower("email", "email"),
        Said::changed("phone", phones.clone(), Holds::text(first)),
        Said::changed("x_mobile", phones.clone(), when(!home.is_empty() || !work.is_empty(), mobile)),
        Said::changed("x_home_phone", phones.clone(), when(!mobile.is_empty(), home)),
        Said::changed("x_work_phone", phones, when(!mobile.is_empty() || !home.is_empty(), work)),
        Said::changed("active", row.all(&["active", "status"]), Holds::Is(is_active(row).into())),
        row.same("x_patient_status", "status"),
        row.day("x_deceased_on", "deceased_on"),
        row.day("x_date_of_birth", "date_of_birth"),
        row.same("x_preferred_name", "preferred_name"),
        row.same("x_gender", "gender"),
        Said::changed("x_practice", row.raw("practice_id"), practice),
        export.owners.said("user_id", row, "practitioner_id"),
        row.same("x_practitioner_id", "practitioner_id"),
        row.moment("x_original_create_date", "created_at"),
    ];
    fields.extend(address(row));
    let key = Key::source("patient", row.get("id"));
    Expected { row: "patient", object: "patient", model: "res.partner", key, fields }
}

/// The opportunity of a patient who came through a referral source. It has the contact's e-mail and phone, and none of its
/// own: Odoo would write others to the contact.
fn lead(export: &Export<'_>, row: Row<'_>) -> Expected {
    let id = row.get("id");
    let origin = Key::holding("name", if row.get("referral_source_id") == "Q1" { "A friend" } else { "Search engine" });
    let fields = vec![
        row.same("x_source_id", "id"),
        Said::changed("name", row.all(&NAMES), Holds::Is(row.joined(&NAMES).into())),
        Said::always("type", Holds::Is("opportunity".into())),
        Said::changed("partner_id", id, Holds::Record("res.partner", Key::source("patient", id))),
        Said::changed("source_id", row.raw("referral_source_id"), Holds::Record("utm.source", origin)),
        export.owners.said("user_id", row, "practitioner_id"),
        Said::changed("active", row.all(&["active", "status"]), Holds::Is(is_active(row).into())),
        row.moment("x_source_created_at", "created_at"),
    ];
    let key = Key::source("patient", id);
    Expected { row: "referral-source", object: "patient", model: "crm.lead", key, fields }
}

fn referral_source(row: Row<'_>) -> Expected {
    let fields = vec![row.same("x_source_id", "id"), row.same("name", "name"), row.same("x_referral_kind", "kind")];
    let key = Key::holding("name", row.get("name"));
    Expected { row: "referral-source", object: "referral-source", model: "utm.source", key, fields }
}

/// The policies of each patient, exactly as entered: the first, the second, and a line for each further one.
fn insurance(export: &Export<'_>, statement: &mut Statement) {
    const COLUMNS: [(&str, &str, &str); 5] = [
        ("provider", "x_primary_insurance_provider", "x_secondary_insurance_provider"),
        ("policy_number", "x_insurance_policy_number", "x_secondary_insurance_policy_number"),
        ("group_number", "x_insurance_group_number", "x_secondary_insurance_group_number"),
        ("subscriber_id", "x_insurance_subscriber_id", "x_secondary_insurance_subscriber_id"),
        ("subscriber_name", "x_insurance_subscriber_name", "x_secondary_insurance_subscriber_name"),
    ];
    for patient in &export.known {
        let own: Vec<Row<'_>> = rows(export.tables, "policy").filter(|row| row.get("patient_id") == *patient).collect();
        if own.is_empty() {
            continue;
        }
        if !export.has_contact(patient) {
            let (row, object, code) = ("patient-insurance", "insurance", "no-such-record");
            statement.aside.push(Aside { row, object, id: (*patient).to_owned(), code });
            continue;
        }
        let of = |priority: &str| own.iter().find(|row| row.get("priority") == priority);
        let entered = |column: &str, field, row: Option<&Row<'_>>| Said::same(field, entered(row, column));
        let mut fields = Vec::new();
        for (column, first, second) in COLUMNS {
            fields.push(entered(column, first, of("primary")));
            fields.push(entered(column, second, of("secondary")));
        }
        let third = of("tertiary");
        let line = third.map(|row| {
            let holder = match row.get("subscriber_name") {
                "" => String::new(),
                name => format!(" ({name})"),
            };
            format!(
                "tertiary: {}, policy {}, group {}, subscriber {}{holder}",
                row.get("provider"),
                row.get("policy_number"),
                row.get("group_number"),
                row.get("subscriber_id")
            )
        });
        let cells = third.map_or(Value::Null, |row| row.all(&COLUMNS.map(|(column, ..)| column)));
        fields.push(Said::changed("x_other_insurance", cells, Holds::text(line.unwrap_or_default())));
        let key = Key::source("patient", *patient);
        let (row, object, model) = ("patient-insurance", "insurance", "res.partner");
        statement.records.push(Expected { row, object, model, key, fields });
    }
}

/// A cell with the blanks around it, as somebody has entered it; nothing but blanks is nothing.
fn entered<'t>(row: Option<&Row<'t>>, column: &str) -> &'t str {
    row.map(|row| row.raw(column)).filter(|text| !text.trim().is_empty()).unwrap_or_default()
}

fn practitioner(row: Row<'_>) -> Expected {
    const NAMES: [&str; 3] = ["title", "first_name", "last_name"];
    let mut fields = vec![
        row.same("x_source_id", "id"),
        Said::changed("name", row.all(&NAMES), Holds::Is(row.joined(&NAMES).into())),
        Said::always("x_contact_category", Holds::Is("practitioner".into())),
        row.same("x_credential", "credential"),
        row.same("x_license_number", "license_number"),
        row.same("x_specialty", "specialty"),
        row.lower("email", "email"),
        row.same("phone", "phone"),
        Said::changed("active", row.raw("active"), Holds::Is((row.get("active") == "yes").into())),
    ];
    fields.extend(address(row));
    let key = Key::source("practitioner", row.get("id"));
    Expected { row: "practitioner", object: "practitioner", model: "res.partner", key, fields }
}

/// The user of Odoo who is this practitioner.
fn owner(row: Row<'_>, login: &str) -> Expected {
    let fields = vec![Said::changed("login", row.raw("email"), Holds::Is(login.into()))];
    let key = Key::holding("login", login);
    Expected { row: "practitioner", object: "practitioner", model: "res.users", key, fields }
}

/// One of several places where a practitioner works.
fn place(row: Row<'_>) -> Expected {
    let id = row.get("practitioner_id");
    let key = Key::Holding(vec![("parent_id.x_source_id", id.to_owned()), ("name", row.get("label").to_owned())]);
    let owner = Holds::Record("res.partner", Key::source("practitioner", id));
    let mut fields = vec![
        Said::changed("parent_id", id, owner),
        Said::always("type", Holds::Is("other".into())),
        row.same("name", "label"),
        row.lower("email", "email"),
        row.same("phone", "phone"),
    ];
    fields.extend(address(row));
    Expected { row: "practitioner", object: "practitioner-address", model: "res.partner", key, fields }
}

/// A supplier, its tags, and the person whom one asks for there.
fn supplier(row: Row<'_>, records: &mut Vec<Expected>) {
    let (id, name, person) = (row.get("id"), row.get("name"), row.get("contact_name"));
    let is_lab = row.get("is_lab") == "yes";
    let lab = is_lab.then_some("Dental lab");
    let own = Some(row.get("category")).filter(|tag| !tag.is_empty());
    let tags: Vec<&str> = std::iter::once("Supplier").chain(lab).chain(own).collect();
    let expected = |model, key, fields| Expected { row: "supplier-lab", object: "supplier", model, key, fields };

    let called = if name.is_empty() { person } else { name };
    let tagged = Holds::Records("res.partner.category", tags.iter().map(|tag| Key::holding("name", *tag)).collect());
    let mut fields = vec![
        row.same("x_source_id", "id"),
        Said::changed("name", row.all(&["name", "contact_name"]), Holds::text(called)),
        Said::changed("is_company", row.raw("name"), Holds::Is((!name.is_empty()).into())),
        Said::always("x_contact_category", Holds::Is("supplier".into())),
        Said::changed("x_is_dental_lab", row.raw("is_lab"), Holds::Is(is_lab.into())),
        Said::changed("category_id", row.all(&["is_lab", "category"]), tagged),
        row.same("ref", "account_number"),
        row.lower("email", "email"),
        row.same("phone", "phone"),
        Said::changed("active", row.raw("active"), Holds::Is((row.get("active") != "no").into())),
        Said::always("supplier_rank", Holds::Is(json!(1))),
    ];
    fields.extend(address(row));
    records.push(expected("res.partner", Key::source("supplier", id), fields));
    for tag in tags {
        let fields = vec![Said::changed("name", row.all(&["is_lab", "category"]), Holds::Is(tag.into()))];
        records.push(expected("res.partner.category", Key::holding("name", tag), fields));
    }
    if !name.is_empty() && !person.is_empty() {
        let owner = Holds::Record("res.partner", Key::source("supplier", id));
        let fields = vec![
            row.same("name", "contact_name"),
            Said::changed("parent_id", id, owner),
            Said::always("type", Holds::Is("contact".into())),
        ];
        records.push(expected("res.partner", Key::source("supplier-contact", id), fields));
    }
}

/// A person to call, below the patient.
fn emergency_contact(row: Row<'_>) -> Expected {
    let patient = row.get("patient_id");
    let below = ("parent_id.x_source_patient_id", patient.to_owned());
    let key = Key::Holding(vec![below, ("x_contact_category", "emergency".to_owned())]);
    let mut fields = vec![
        Said::changed("parent_id", patient, Holds::Record("res.partner", Key::source("patient", patient))),
        Said::always("type", Holds::Is("other".into())),
        row.same("name", "name"),
        Said::always("x_contact_category", Holds::Is("emergency".into())),
        row.same("x_emergency_relationship", "relationship"),
        row.same("phone", "phone"),
        row.lower("email", "email"),
    ];
    fields.extend(address(row));
    Expected { row: "emergency-contact", object: "emergency-contact", model: "res.partner", key, fields }
}

/// A location.
fn practice(row: Row<'_>) -> Expected {
    let mut fields = vec![
        row.same("x_source_id", "id"),
        row.same("name", "name"),
        row.same("phone", "phone"),
        row.lower("email", "email"),
        row.same("website", "website"),
        row.same("vat", "tax_id"),
        row.same("x_npi", "npi"),
    ];
    fields.extend(address(row));
    let key = Key::source("practice", row.get("id"));
    Expected { row: "practice-setting", object: "practice", model: "res.company", key, fields }
}
