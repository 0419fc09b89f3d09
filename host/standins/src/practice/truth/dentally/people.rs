//! Sites, practitioners, patients with what is clinical and what the practice has fields of its own for, and how they came.

use serde_json::{Value, json};

use super::super::{Aside, Expected, Holds, Key, Said, Statement};
use super::rows::{Row, county, text};
use super::{Account, OWN_FIELDS};

pub(super) fn state(account: &Account<'_>, statement: &mut Statement) {
    statement.records.extend(account.practice.sites.iter().map(|site| team(Row(site))));
    for practitioner in &account.practice.practitioners {
        let login = account.owners.login(&text(&practitioner["id"]));
        statement.records.extend(login.map(|login| user(practitioner, login)));
    }
    statement.records.extend(account.rows("acquisition_sources").map(origin));
    for row in account.practice.patients.iter().map(Row) {
        let id = row.get("id");
        if !account.has_contact(&id) {
            let (row, object, code) = ("patient", "patient", "no-name");
            statement.aside.push(Aside { row, object, id, code });
            continue;
        }
        let mut put = |of, fields| {
            let key = Key::source("patient", id.clone());
            statement.records.push(Expected { row: of, object: "patient", model: "res.partner", key, fields });
        };
        put(
            "patient",
            [identity(account, row), address(row), person(row), belongs(account, row), consents(row)].concat(),
        );
        put("patient-clinical", clinical(row));
        put("patient-custom-fields", own_fields(row));
        statement.records.extend(came_through(account, row));
    }
}

fn team(row: Row<'_>) -> Expected {
    let fields = vec![row.same("x_source_id", "id"), row.same("name", "name"), row.plain("active", "active")];
    Expected {
        row: "practice-site",
        object: "site",
        model: "crm.team",
        key: Key::source("site", row.get("id")),
        fields,
    }
}

fn user(practitioner: &Value, login: &str) -> Expected {
    const NAMES: [&str; 3] = ["title", "first_name", "last_name"];
    let (row, user) = (Row(practitioner), Row(&practitioner["user"]));
    let fields = vec![
        user.lower("login", "email"),
        Said::changed("x_provider_name", user.all(&NAMES), Holds::text(user.joined(&NAMES, " "))),
        user.same("x_provider_role", "role"),
        row.same("x_gdc_number", "gdc_number"),
        row.same("x_nhs_performer_number", "nhs_number"),
        row.changed("x_provider_specialty", "specialisms", Holds::Empty),
    ];
    let (of, object, model) = ("practitioner-of-an-appointment", "practitioner", "res.users");
    Expected { row: of, object, model, key: Key::holding("login", login), fields }
}

fn origin(row: Row<'_>) -> Expected {
    let fields = vec![
        row.same("x_source_id", "id"),
        row.same("name", "name"),
        row.same("x_notes", "notes"),
        row.plain("x_is_offered", "active"),
    ];
    let key = Key::holding("name", row.get("name"));
    Expected { row: "patient", object: "acquisition_source", model: "utm.source", key, fields }
}

/// The same source, as the patient names it.
fn came_through(account: &Account<'_>, row: Row<'_>) -> Option<Expected> {
    let number = row.get("acquisition_source_id");
    let name = account.named("acquisition_sources", &number, "name");
    let fields = vec![row.changed("name", "acquisition_source_id", Holds::text(name.clone()))];
    let (object, model, key) = ("patient", "utm.source", Key::holding("name", name));
    (!number.is_empty()).then_some(Expected { row: "patient", object, model, key, fields })
}

const NAMES: [&str; 4] = ["title", "first_name", "middle_name", "last_name"];
const PHONES: [&str; 3] = ["mobile_phone", "home_phone", "work_phone"];

fn identity(account: &Account<'_>, row: Row<'_>) -> Vec<Said> {
    let [mobile, home, work] = PHONES.map(|name| row.get(name));
    let first = [&mobile, &home, &work].into_iter().find(|number| !number.is_empty()).cloned().unwrap_or_default();
    let when = |told: bool, number: &str| if told { Holds::text(number) } else { Holds::Empty };
    let phones = row.all(&PHONES);
    vec![
        row.same("x_source_id", "id"),
        Said::changed("name", row.all(&NAMES), Holds::text(row.joined(&NAMES, " "))),
        row.lower("email", "email_address"),
        Said::changed("phone", phones.clone(), Holds::text(first)),
        Said::changed("x_mobile", phones.clone(), when(!home.is_empty() || !work.is_empty(), &mobile)),
        Said::changed("x_home_phone", phones.clone(), when(!mobile.is_empty(), &home)),
        Said::changed("x_work_phone", phones, when(!mobile.is_empty() || !home.is_empty(), &work)),
        // The practice's own country says nothing about a number.
        row.changed("x_mobile_country", "mobile_phone_country", Holds::Empty),
        row.changed("x_home_phone_country", "home_phone_country", Holds::Empty),
        row.changed("x_emergency_phone_country", "emergency_contact_phone_country", Holds::Empty),
        row.same("x_emergency_name", "emergency_contact_name"),
        row.same("x_emergency_relationship", "emergency_contact_relationship"),
        row.same("x_emergency_phone", "emergency_contact_phone"),
        row.same("x_account_id", "account_id"),
        row.same("x_legacy_id", "legacy_id"),
        row.same("x_source_uuid", "uuid"),
        row.timed("x_source_created_at", "created_at"),
        row.changed("x_dentist_name", "dentist_id", Holds::text(account.practitioner(&row.get("dentist_id")))),
    ]
}

fn address(row: Row<'_>) -> Vec<Said> {
    const FILLED: [&str; 3] = ["address_line_1", "town", "postcode"];
    let own = if row.get("county").is_empty() { row.get("region") } else { row.get("county") };
    let country = match row.joined(&FILLED, "").is_empty() {
        true => Holds::Empty,
        false => Holds::Record("res.country", Key::holding("code", "GB")),
    };
    let second = ["address_line_2", "address_line_3"];
    vec![
        row.same("street", "address_line_1"),
        Said::changed("street2", row.all(&second), Holds::text(row.joined(&second, ", "))),
        row.same("city", "town"),
        row.same("zip", "postcode"),
        Said::changed("x_county", row.all(&["county", "region"]), Holds::text(own.clone())),
        Said::changed("state_id", row.all(&["county", "region"]), county(&own)),
        Said::changed("country_id", row.all(&FILLED), country),
    ]
}

fn person(row: Row<'_>) -> Vec<Said> {
    let gender = match row.raw("gender").as_bool() {
        Some(true) => Holds::Is("Male".into()),
        Some(false) => Holds::Is("Female".into()),
        None => Holds::Empty,
    };
    vec![
        row.plain("active", "active"),
        row.same("x_archived_reason", "archived_reason"),
        row.dated("x_date_of_birth", "date_of_birth"),
        row.changed("x_gender", "gender", gender),
        row.same("x_preferred_name", "preferred_name"),
        row.same("function", "occupation"),
        row.same("x_school_name", "school_name"),
        row.plain("x_is_student", "is_student"),
        row.same("x_family_id", "family_id"),
        row.same("x_doctor_id", "doctor_id"),
    ]
}

/// Where the patient belongs, who treats them, how they pay, and how they came.
fn belongs(account: &Account<'_>, row: Row<'_>) -> Vec<Said> {
    let team = match row.get("site_id").as_str() {
        "" => Holds::Empty,
        site => Holds::Record("crm.team", Key::source("site", site)),
    };
    let number = row.get("acquisition_source_id");
    let origin = account.named("acquisition_sources", &number, "name");
    let through =
        if origin.is_empty() { Holds::Empty } else { Holds::Record("utm.source", Key::holding("name", origin)) };
    let plan = account.named("payment_plans", &row.get("payment_plan_id"), "name");
    vec![
        row.changed("x_site_team", "site_id", team),
        row.changed("x_site_company", "site_id", Holds::Empty),
        row.changed("user_id", "dentist_id", account.owners.holds(&row.get("dentist_id"))),
        row.changed("x_hygienist_name", "hygienist_id", Holds::text(account.practitioner(&row.get("hygienist_id")))),
        row.changed("x_payment_plan", "payment_plan_id", Holds::text(plan)),
        row.same("x_payment_plan_status", "payment_plan_subscription_status"),
        row.changed("x_acquisition_source", "acquisition_source_id", through),
        row.changed("x_acquisition_source_id", "acquisition_source_id", Holds::Empty),
    ]
}

fn consents(row: Row<'_>) -> Vec<Said> {
    vec![
        row.dated("x_dentist_recall_date", "dentist_recall_date"),
        row.plain("x_dentist_recall_interval", "dentist_recall_interval"),
        row.dated("x_hygienist_recall_date", "hygienist_recall_date"),
        row.plain("x_hygienist_recall_interval", "hygienist_recall_interval"),
        row.same("x_recall_method", "recall_method"),
        row.answer("x_marketing_consent", "marketing"),
        row.answer("x_use_sms", "use_sms"),
        row.answer("x_use_email", "use_email"),
        row.answer("x_shares_account", "consent_to_share_accounts"),
    ]
}

fn clinical(row: Row<'_>) -> Vec<Said> {
    let alert = match row.get("medical_alert_text").as_str() {
        "" if row.is("medical_alert") => "Alert without text".to_owned(),
        words => words.to_owned(),
    };
    let parts = [("Medical history", "medical_history"), ("Notes", "notes"), ("Special needs", "special_needs")];
    let filled = parts.iter().filter(|(_, name)| !row.get(name).is_empty());
    let notes: Vec<String> = filled.map(|(heading, name)| format!("{heading}:\n{}", row.get(name))).collect();
    vec![
        Said::changed("x_medical_alert", row.all(&["medical_alert_text"]), Holds::text(alert)),
        Said::changed("x_clinical_notes", row.all(&parts.map(|(_, name)| name)), Holds::text(notes.join("\n\n"))),
        row.same("x_ethnicity", "ethnicity"),
        row.same("x_nhs_number", "nhs_number"),
        row.same("x_ni_number", "ni_number"),
        row.same("x_pps_number", "pps_number"),
    ]
}

/// What a value of the practice's own fields says.
fn written(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => text(other),
    }
}

/// What the patient has in the practice's own fields: a line for each, and a field of its own for each that is confirmed.
fn own_fields(row: Row<'_>) -> Vec<Said> {
    let values: Vec<&Value> = row.raw("custom_fields").as_array().into_iter().flatten().collect();
    let mut lines: Vec<String> =
        values.iter().map(|value| format!("{}: {}", text(&value["name"]), written(&value["value"]))).collect();
    // The label of an older field stands with the practice.
    let older = row.get("custom_field_1");
    lines.extend((!older.is_empty()).then(|| format!("Insurer: {older}")));
    let source = row.all(&["custom_fields", "custom_field_1", "custom_field_2"]);
    let mut fields = vec![Said::changed("x_custom_fields", source, Holds::text(lines.join("\n")))];
    for (label, field, kind, choices) in OWN_FIELDS {
        let value =
            values.iter().find(|value| value["name"] == label).map_or(Value::Null, |value| value["value"].clone());
        let odoo = match (kind, &value) {
            ("boolean", value) => Holds::Is((*value == true).into()),
            // A choice that the dropdown does not offer is told in the lines, and nowhere else.
            ("selection", Value::String(choice)) if !choices.contains(&choice.as_str()) => Holds::Empty,
            (_, Value::Null) => Holds::Empty,
            (_, value) => Holds::text(text(value)),
        };
        fields.push(Said::changed(field, json!([value]), odoo));
    }
    fields
}
