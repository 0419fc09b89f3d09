//! The practice as reports of Practice by Numbers, as people export them: titles, headers of two lines, totals, the header of
//! the next page, remarks, `Last, First`, `$1,250.00`, American days.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::Practice;
use super::dent_o_soft::{day, moment};
use super::export::{Tabled, Truth, text};
use super::random::Random;

/// Rows of a printed page, behind which the header comes again.
const PAGE: usize = 400;

/// A report: its rows, the words above its columns, and those above them where there are two lines.
pub(crate) struct Report {
    pub(crate) table: Tabled,
    headers: &'static [&'static str],
    groups: &'static [&'static str],
}

/// Writes the reports and their manifest; what is true of each is returned.
pub(crate) fn write(reports: Vec<Report>, dir: &Path) -> io::Result<Vec<Truth>> {
    std::fs::create_dir_all(dir)?;
    let (mut declared, mut truths) = (Map::new(), Vec::new());
    for report in reports {
        let table = &report.table;
        let file = match table.object {
            // An export without anything around the rows.
            "goal" => {
                table.write_xlsx(&dir.join("Goals.xlsx"), report.headers, "Goals")?;
                "Goals.xlsx".to_owned()
            }
            object => {
                let file = format!("{object}.csv");
                report.write(&dir.join(&file))?;
                file
            }
        };
        declared.insert(table.object.to_owned(), json!({"file": file, "rows": table.rows.len()}));
        truths.push(table.truth());
    }
    let manifest = json!({
        "format": "odograft-practice-by-numbers-drop", "version": 1, "date_order": "mdy", "decimal_mark": ".",
        "time_zone": "Europe/London", "encoding": "utf-8", "delimiter": ",", "tables": declared,
    });
    std::fs::write(dir.join("manifest.json"), format!("{manifest:#}\n"))?;
    Ok(truths)
}

impl Report {
    fn write(&self, file: &Path) -> io::Result<()> {
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_path(file)?;
        csv.write_record(["Practice by Numbers"])?;
        csv.write_record([format!("Report: {}, as of 11/01/2026", self.table.object)])?;
        if !self.groups.is_empty() {
            csv.write_record(self.groups)?;
        }
        for page in self.table.rows.chunks(PAGE) {
            csv.write_record(self.headers)?;
            for row in page {
                csv.write_record(row)?;
            }
        }
        if self.table.rows.is_empty() {
            csv.write_record(self.headers)?;
        }
        csv.write_record([format!("Total: {}", self.table.rows.len())])?;
        csv.write_record(["Printed by reception"])?;
        csv.flush()
    }
}

/// The rows of the reports, with odograft's names for their columns.
pub(crate) fn tables(practice: &Practice, seed: u64) -> Vec<Tabled> {
    reports(practice, seed).into_iter().map(|report| report.table).collect()
}

pub(crate) fn reports(practice: &Practice, seed: u64) -> Vec<Report> {
    let random = &mut Random::new(seed ^ 0x9b_4e55);
    let mut out = vec![providers(practice), patients(practice, random)];
    let (mut coverages, mut recalls, mut messages, mut goals) = (vec![], vec![], vec![], vec![]);
    for patient in &practice.patients {
        let column = |name: &str| text(&patient[name]);
        let id = column("id");
        if random.chance(0.4) {
            let (subscriber, policy) = (format!("S{id}"), format!("P-{}", random.within(10_000, 99_999)));
            let holder = column("last_name");
            let mut cover = |priority: &str, carrier: &str, group: &str| {
                let percent = format!("{}%", random.within(5, 10) * 10);
                let left = dollars(random.within(0, 300_000));
                coverages.push(row([&id, priority, carrier, group, &policy, &subscriber, &holder, &percent, &left]));
            };
            cover("Primary", "Acme Dental Plan", "G-17");
            if id.ends_with(['1', '2', '3']) {
                cover("Secondary", "Umbra Dental Mutual", "");
            }
            if id.ends_with('3') {
                cover("Tertiary", "Penny Plan", "G-3");
            }
        }
        for (kind, due) in [("Examination", "dentist_recall_date"), ("Hygiene", "hygienist_recall_date")] {
            if patient[due].is_null() {
                continue;
            }
            let who = if kind == "Hygiene" { provider(practice, &patient["hygienist_id"]) } else { String::new() };
            recalls.push(row([&id, &name(patient), kind, &day(&column(due)), "Due", &who]));
            if random.chance(0.1) {
                recalls.push(row([
                    &id,
                    &name(patient),
                    kind,
                    &day(&format!("2025{}", &column(due)[4..])),
                    "Completed",
                    &who,
                ]));
            }
        }
        if random.chance(0.3) {
            let sent = moment(&column("updated_at"));
            let reminder = "Your check-up is due, \"reply\" to book;\nthank you";
            messages.push(row([&id, &sent, "SMS", "Outbound", "", "", reminder]));
            if random.chance(0.3) {
                messages.push(row([
                    &id,
                    &sent,
                    "Email",
                    "Inbound",
                    &column("email_address"),
                    "Re: check-up",
                    "Tuesday <morning> suits me & the boy",
                ]));
            }
        }
    }
    for practitioner in &practice.practitioners {
        for month in ["09/2026", "10/2026"] {
            let target = dollars(random.within(1_000_000, 9_000_000));
            let id = text(&practitioner["id"]);
            goals.push(row([&id, &provider(practice, &practitioner["id"]), month, &target, "65%", "12"]));
        }
    }
    out.extend(visits(practice, random));
    out.push(report(
        "coverage",
        &[
            "patient_id",
            "priority",
            "carrier",
            "group_number",
            "policy_number",
            "subscriber_id",
            "subscriber_name",
            "coverage_percent",
            "remaining_benefits",
        ],
        &[
            "Patient ID",
            "Priority",
            "Carrier",
            "Group #",
            "Policy #",
            "Subscriber ID",
            "Subscriber Name",
            "Coverage %",
            "Remaining Benefits",
        ],
        coverages,
    ));
    let recall: &[&str] = &["patient_id", "patient_name", "recall_type", "recall_due", "status", "provider"];
    let recall_headers = &["Patient ID", "Patient Name", "Recall Type", "Recall Due", "Status", "Provider"];
    out.push(report("recall", recall, recall_headers, recalls));
    let goal: &[&str] =
        &["provider_id", "provider", "month", "production_target", "acceptance_target", "new_patients_target"];
    let goal_headers =
        &["Provider ID", "Provider", "Month", "Production Target", "Acceptance Rate Target", "New Patients Target"];
    out.push(report("goal", goal, goal_headers, goals));
    let message: &[&str] = &["patient_id", "sent_at", "channel", "direction", "sent_by", "subject", "message"];
    let message_headers = &["Patient ID", "Date/Time", "Channel", "Direction", "Sent By", "Subject", "Message"];
    out.push(report("message", message, message_headers, messages));
    out
}

fn providers(practice: &Practice) -> Report {
    let rows = practice.practitioners.iter().map(|practitioner| {
        let user = &practitioner["user"];
        let name = name(user);
        let active = if practitioner["active"] == Value::Bool(true) { "Yes" } else { "No" };
        row([&text(&practitioner["id"]), &name, &text(&user["email"]), &text(&user["role"]), active])
    });
    let columns: &[&str] = &["provider_id", "provider_name", "email", "specialty", "active"];
    report("provider", columns, &["Provider ID", "Name", "Email", "Specialty", "Active"], rows.collect())
}

fn patients(practice: &Practice, random: &mut Random) -> Report {
    let rows = practice.patients.iter().map(|patient| {
        let column = |name: &str| text(&patient[name]);
        let status = if patient["active"] == Value::Bool(true) { "Active" } else { "Inactive" };
        let site = practice.sites.iter().find(|site| site["id"] == patient["site_id"]);
        let gender = if patient["gender"] == Value::Bool(true) { "M" } else { "F" };
        let seen = |name: &str| day(column(name).get(..10).unwrap_or_default());
        let mut cells = vec![column("id"), name(patient), "Open Dental".to_owned()];
        cells.extend([column("legacy_id"), column("preferred_name"), gender.to_owned()]);
        cells.extend(["address_line_1", "address_line_2", "town", "county", "postcode"].map(column));
        cells.extend([
            provider(practice, &patient["dentist_id"]),
            site.map(|site| text(&site["name"])).unwrap_or_default(),
        ]);
        cells.extend([seen("created_at"), seen("updated_at"), day(&column("dentist_recall_date"))]);
        cells.push(moment(&column("created_at")));
        // Columns that the practice has made up itself.
        let filled = random.chance(0.4);
        let own = |text: String| if filled { text } else { String::new() };
        let shade = random.within(1, 4).to_string();
        let x_ray = day(column("updated_at").get(..10).unwrap_or_default());
        cells.extend([own("Dr Who".to_owned()), own(shade), own(dollars(random.within(0, 200_000))), own(x_ray)]);
        cells.extend(["mobile_phone", "home_phone", "work_phone", "email_address"].map(column));
        cells.push(day(&column("date_of_birth")));
        cells.extend([status.to_owned(), dollars(random.within(-20_000, 400_000))]);
        cells
    });
    let rows = rows.collect();
    Report { groups: GROUPS, ..report("patient", PATIENT, PATIENT_HEADERS, rows) }
}

const PATIENT: &[&str] = &[
    "patient_id",
    "patient_name",
    "source_system",
    "chart_number",
    "preferred_name",
    "gender",
    "address",
    "address_2",
    "city",
    "state",
    "zip",
    "primary_provider",
    "location",
    "first_visit",
    "last_visit",
    "next_appointment",
    "created_at",
    "Ref By",
    "Shade",
    "Deductible",
    "Last X-Ray",
    "mobile_phone",
    "home_phone",
    "work_phone",
    "email",
    "date_of_birth",
    "status",
    "balance",
];

const PATIENT_HEADERS: &[&str] = &[
    "Patient ID",
    "Patient Name",
    "PMS",
    "Chart #",
    "Preferred Name",
    "Gender",
    "Address",
    "Address 2",
    "City",
    "State",
    "Zip",
    "Primary Provider",
    "Location",
    "First Visit",
    "Last Visit",
    "Next Appt",
    "Created At",
    "Ref By",
    "Shade",
    "Deductible",
    "Last X-Ray",
    "Mobile",
    "Home Phone",
    "Work Phone",
    "Email",
    "DOB",
    "Status",
    "Balance",
];

/// Names of groups of columns in the line above; the first groups stand over nothing.
const GROUPS: &[&str] = &[
    "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "Contact", "", "", "", "",
    "Account", "",
];

/// Appointments and what came of them: planned procedures, charges and payments.
fn visits(practice: &Practice, random: &mut Random) -> [Report; 3] {
    let (mut appointments, mut items, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let names: BTreeMap<i64, String> =
        practice.patients.iter().filter_map(|patient| Some((patient["id"].as_i64()?, name(patient)))).collect();
    // What each patient owes, in cents.
    let mut owed: BTreeMap<String, i64> = BTreeMap::new();
    for visit in practice.appointments.iter().filter(|visit| !visit["patient_id"].is_null()) {
        let column = |name: &str| text(&visit[name]);
        let (patient, start) = (column("patient_id"), moment(&column("start_time")));
        let (on, at) = start.split_once(' ').unwrap_or((start.as_str(), ""));
        let (length, provider, fee) = (column("duration"), column("practitioner_name"), random.within(2_500, 250_000));
        let whose = visit["patient_id"].as_i64().and_then(|id| names.get(&id)).map_or("", String::as_str);
        let (id, state, reason, amount) = (column("id"), column("state"), column("reason"), dollars(fee));
        appointments.push(row([&id, &patient, whose, on, at, &length, &provider, "Op 1", &state, &reason, &amount]));
        if visit["state"] != "Completed" {
            continue;
        }
        let tooth = random.within(1, 32).to_string();
        let status = *random.pick(&["Proposed", "Accepted", "Completed"]);
        let (plan, accepted) = (format!("TP-{id}"), if status == "Proposed" { "" } else { on });
        let filling = "Resin composite, one surface";
        items.push(row([&patient, &plan, on, "D2391", &tooth, "MO", filling, &amount, status, accepted, &provider]));
        if random.chance(0.3) {
            let (cleaning, status) = ("Prophylaxis - adult", *random.pick(&["Proposed", "Completed"]));
            items.push(row([&patient, &plan, on, "D1110", "", "", cleaning, "$99.50", status, "", &provider]));
        }
        let mut booked = |kind: &str, code: &str, cents: i64| {
            let balance = owed.entry(patient.clone()).or_default();
            *balance += cents;
            let words = if code.is_empty() { "Card" } else { "Resin composite, one surface" };
            lines.push(row([&patient, on, kind, code, words, &dollars(cents), &dollars(*balance)]));
        };
        booked("Charge", "D2391", fee);
        if random.chance(0.7) {
            booked("Payment", "", -fee);
        }
    }
    [
        report(
            "appointment",
            &[
                "appointment_id",
                "patient_id",
                "patient_name",
                "date",
                "time",
                "length",
                "provider",
                "operatory",
                "status",
                "procedures",
                "production",
            ],
            &[
                "Appt ID",
                "Patient ID",
                "Patient Name",
                "Date",
                "Time",
                "Length",
                "Provider",
                "Operatory",
                "Status",
                "Procedures",
                "Production",
            ],
            appointments,
        ),
        report(
            "plan-item",
            &[
                "patient_id",
                "plan_id",
                "plan_date",
                "ada_code",
                "tooth",
                "surface",
                "description",
                "fee",
                "status",
                "accepted_on",
                "provider",
            ],
            &[
                "Patient ID",
                "Plan #",
                "Plan Date",
                "ADA Code",
                "Tooth",
                "Surface",
                "Description",
                "Fee",
                "Status",
                "Date Accepted",
                "Provider",
            ],
            items,
        ),
        report(
            "ledger-line",
            &["patient_id", "date", "type", "code", "description", "amount", "balance"],
            &["Patient ID", "Date", "Type", "Code", "Description", "Amount", "Balance"],
            lines,
        ),
    ]
}

/// The name of a provider as reports have it; nothing for a number that is nobody's.
fn provider(practice: &Practice, id: &Value) -> String {
    let one = practice.practitioners.iter().find(|one| one["id"] == *id);
    one.map(|one| name(&one["user"])).unwrap_or_default()
}

/// A patient's name as reports have it; nothing of one without a name.
fn name(patient: &Value) -> String {
    match (text(&patient["last_name"]), text(&patient["first_name"])) {
        (last, first) if last.is_empty() && first.is_empty() => String::new(),
        (last, first) => format!("{last}, {first}"),
    }
}

fn report(
    object: &'static str,
    columns: &'static [&'static str],
    headers: &'static [&'static str],
    rows: Vec<Vec<String>>,
) -> Report {
    Report { table: Tabled { object, columns, rows }, headers, groups: &[] }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Cents as `$1,250.00`; what is owed to the patient as `($20.00)`.
fn dollars(cents: i64) -> String {
    let (whole, rest) = (cents.abs() / 100, cents.abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if cents < 0 { format!("(${grouped}.{rest:02})") } else { format!("${grouped}.{rest:02}") }
}
