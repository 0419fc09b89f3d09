//! Patients with their own columns and their insurance, providers with their targets.

use serde_json::Value;

use super::super::rows::{Row, amount, cents, decimal};
use super::super::{Aside, Expected, Holds, Key, Said, Statement};
use super::{OWN_COLUMNS, Reports, spoken};

pub(super) fn state(reports: &Reports<'_>, statement: &mut Statement) {
    for row in reports.rows("provider") {
        let number = row.get("provider_id");
        match reports.by_number.login(number) {
            Some(login) => {
                statement.records.push(provider(row, login));
                statement.records.push(targets(reports, number, login));
            }
            // Odoo has no record to put the targets on.
            None => statement.aside.push(Aside {
                row: "goal-kpi-target",
                object: "goals",
                id: number.to_owned(),
                code: "no-such-record",
            }),
        }
    }
    for row in reports.rows("patient") {
        match reports.names.get(row.get("patient_id")) {
            Some(name) => statement.records.extend([patient(reports, row, name), own_columns(row)]),
            None => statement.aside.push(Aside {
                row: "patient",
                object: "patient",
                id: row.get("patient_id").to_owned(),
                code: "no-name",
            }),
        }
    }
    insurances(reports, statement);
}

/// The user of Odoo who is this provider.
fn provider(row: Row<'_>, login: &str) -> Expected {
    let fields = vec![
        Said::changed("login", row.raw("email"), Holds::Is(login.into())),
        Said::changed(
            "x_provider_name",
            row.raw("provider_name"),
            Holds::text(spoken(row.get("provider_name")).unwrap_or_default()),
        ),
        row.same("x_provider_specialty", "specialty"),
    ];
    Expected { row: "provider", object: "provider", model: "res.users", key: Key::holding("login", login), fields }
}

/// The targets of the last month before the migration, October 2026, and a line for each month.
fn targets(reports: &Reports<'_>, provider: &str, login: &str) -> Expected {
    let own: Vec<Row<'_>> = reports.rows("goal").filter(|row| row.get("provider_id") == provider).collect();
    let cells = |column: &str| own.iter().map(|row| Value::from(row.raw(column))).collect::<Value>();
    let now = own.iter().find(|row| row.get("month") == "10/2026");
    let of_now = |column: &str| now.map(|row| row.get(column)).unwrap_or_default();
    let percent = |text: &str| text.trim_end_matches('%').to_owned();
    let number = |text: &str| Holds::Is(text.parse::<f64>().unwrap_or_default().into());
    let line = |row: &Row<'_>| {
        let month = row.get("month").split_once('/').map(|(month, year)| format!("{year}-{month}")).unwrap_or_default();
        let production = decimal(cents(row.get("production_target")).unwrap_or_default());
        let (acceptance, patients) = (percent(row.get("acceptance_target")), row.get("new_patients_target"));
        let who = row.get("provider");
        format!("{month}; production {production}; acceptance {acceptance} %; new patients {patients}; {who}")
    };
    let history: Vec<String> = own.iter().map(line).collect();
    let fields = vec![
        Said::changed("x_target_month", cells("month"), Holds::Is("2026-10".into())),
        Said::changed(
            "x_monthly_production_target",
            cells("production_target"),
            amount(cents(of_now("production_target")).unwrap_or_default()),
        ),
        Said::changed(
            "x_acceptance_rate_target",
            cells("acceptance_target"),
            number(&percent(of_now("acceptance_target"))),
        ),
        Said::changed("x_new_patient_target", cells("new_patients_target"), number(of_now("new_patients_target"))),
        Said::changed("x_target_history", cells("month"), Holds::text(history.join("\n"))),
    ];
    let key = Key::holding("login", login);
    Expected { row: "goal-kpi-target", object: "goals", model: "res.users", key, fields }
}

fn patient(reports: &Reports<'_>, row: Row<'_>, name: &str) -> Expected {
    let (mobile, home, work) = (row.get("mobile_phone"), row.get("home_phone"), row.get("work_phone"));
    let phones = row.all(&["mobile_phone", "home_phone", "work_phone"]);
    let first = [mobile, home, work].into_iter().find(|number| !number.is_empty()).unwrap_or_default();
    let when = |told: bool, number: &str| if told { Holds::text(number) } else { Holds::Empty };
    let fields = vec![
        row.same("x_source_patient_id", "patient_id"),
        row.same("x_source_system", "source_system"),
        row.moment("x_source_created_at", "created_at"),
        row.same("x_chart_number", "chart_number"),
        Said::changed("name", row.raw("patient_name"), Holds::Is(name.into())),
        row.same("x_preferred_name", "preferred_name"),
        row.day("x_date_of_birth", "date_of_birth"),
        row.same("x_gender", "gender"),
        row.lower("email", "email"),
        Said::changed("phone", phones.clone(), Holds::text(first)),
        Said::changed("x_mobile", phones.clone(), when(!home.is_empty() || !work.is_empty(), mobile)),
        Said::changed("x_home_phone", phones.clone(), when(!mobile.is_empty(), home)),
        Said::changed("x_work_phone", phones, when(!mobile.is_empty() || !home.is_empty(), work)),
        row.same("street", "address"),
        row.same("street2", "address_2"),
        row.same("city", "city"),
        row.same("zip", "zip"),
        row.county("state_id", "state"),
        row.same("x_state", "state"),
        // Reports name no country, and the configuration none either.
        Said::always("country_id", Holds::Empty),
        Said::changed("active", row.raw("status"), Holds::Is((row.get("status") == "Active").into())),
        row.same("x_patient_status", "status"),
        row.same("x_location", "location"),
        reports.by_name.said("user_id", row, "primary_provider"),
        row.same("x_primary_provider", "primary_provider"),
        row.day("x_first_visit", "first_visit"),
        row.day("x_last_visit", "last_visit"),
        row.day("x_next_appointment", "next_appointment"),
        Said::changed("x_account_balance", row.raw("balance"), amount(cents(row.get("balance")).unwrap_or_default())),
    ];
    let key = Key::source("patient", row.get("patient_id"));
    Expected { row: "patient", object: "patient", model: "res.partner", key, fields }
}

/// The columns that the practice has made up itself.
fn own_columns(row: Row<'_>) -> Expected {
    let said = |(column, field, kind): &(&'static str, &'static str, &'static str)| match *kind {
        "integer" => {
            let number = row.get(column).parse::<i64>().unwrap_or(0);
            Said::changed(field, row.raw(column), Holds::Is(number.into()))
        }
        "float" => Said::changed(field, row.raw(column), amount(cents(row.get(column)).unwrap_or(0))),
        "date" => row.day(field, column),
        _ => row.same(field, column),
    };
    let fields = OWN_COLUMNS.iter().map(said).collect();
    let key = Key::source("patient", row.get("patient_id"));
    Expected { row: "custom-dental-properties", object: "patient", model: "res.partner", key, fields }
}

/// The first and the second insurance in fields, any further one in a line.
fn insurances(reports: &Reports<'_>, statement: &mut Statement) {
    const TEXTS: [(&str, &str, &str); 5] = [
        ("carrier", "x_insurance_carrier", "x_secondary_insurance_carrier"),
        ("group_number", "x_group_number", "x_secondary_group_number"),
        ("policy_number", "x_policy_number", "x_secondary_policy_number"),
        ("subscriber_id", "x_subscriber_id", "x_secondary_subscriber_id"),
        ("subscriber_name", "x_subscriber_name", "x_secondary_subscriber_name"),
    ];
    let (own, nobodies) = reports.by_patient("coverage");
    statement.aside.extend(nobodies.into_iter().map(|patient| Aside {
        row: "insurance-record",
        object: "insurance",
        id: patient.to_owned(),
        code: reports.code(patient),
    }));
    for (patient, own) in own {
        let of = |priority: &str| own.iter().find(|row| row.get("priority") == priority);
        let cell = |row: Option<&Row<'_>>, column: &str| row.map(|row| row.get(column)).unwrap_or_default().to_owned();
        let mut fields = vec![Said::always("x_insurance_partner_id", Holds::Empty)];
        for (column, first, second) in TEXTS {
            fields.push(Said::same(first, &cell(of("Primary"), column)));
            fields.push(Said::same(second, &cell(of("Secondary"), column)));
        }
        for (priority, percent, left) in [
            ("Primary", "x_coverage_pct", "x_remaining_benefits"),
            ("Secondary", "x_secondary_coverage_pct", "x_secondary_remaining_benefits"),
        ] {
            let (share, rest) = (cell(of(priority), "coverage_percent"), cell(of(priority), "remaining_benefits"));
            fields.push(Said::changed(percent, share.clone(), amount(cents(&share).unwrap_or(0))));
            fields.push(Said::changed(left, rest.clone(), amount(cents(&rest).unwrap_or(0))));
        }
        let further = of("Tertiary").map(|row| {
            let left = decimal(cents(row.get("remaining_benefits")).unwrap_or_default());
            let holder = match row.get("subscriber_name") {
                "" => String::new(),
                name => format!("; subscriber: {name}"),
            };
            format!(
                "Tertiary; carrier: {}; group: {}; policy: {}; subscriber id: {}{holder}; coverage %: {}; remaining: {left}",
                row.get("carrier"),
                row.get("group_number"),
                row.get("policy_number"),
                row.get("subscriber_id"),
                row.get("coverage_percent").trim_end_matches('%'),
            )
        });
        let cells = of("Tertiary").map_or(Value::Null, |row| row.all(&["priority", "carrier"]));
        fields.push(Said::changed("x_insurance_details", cells, Holds::text(further.unwrap_or_default())));
        let key = Key::source("patient", patient);
        let (row, object, model) = ("insurance-record", "insurance", "res.partner");
        statement.records.push(Expected { row, object, model, key, fields });
    }
}
