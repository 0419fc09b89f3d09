//! The practice as a Dent-O-Soft export: twelve tables in four forms, American days, the local time of London.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::Practice;
use super::export::{Tabled, Truth, Written, text};
use super::random::Random;
use super::words;

/// Codes without the American Dental Association's words, which are not free.
const CODES: &[(&str, i64)] = &[("D0120", 65), ("D1110", 110), ("D2391", 215), ("D4341", 290), ("D4910", 165)];

const RULES: &[[&str; 7]] = &[
    ["R1", "Two days before", "appointment", "-48h", "sms", "patient", "See you on {date}"],
    ["R2", "Recall", "recall due", "+0d", "email", "patient", "Your check-up is due"],
];

/// Writes tables and manifest; what is true of each table is returned.
pub(crate) fn write(practice: &Practice, seed: u64, dir: &Path) -> io::Result<Vec<Truth>> {
    std::fs::create_dir_all(dir)?;
    let mut random = Random::new(seed ^ 0xd0_50f7);
    let mut declared = Map::new();
    let mut truths = Vec::new();
    for table in tables(practice, &mut random) {
        let object = table.object;
        let (file, entry) = match object {
            // Names in every script.
            "patient" => {
                let headers: Vec<&str> = table
                    .columns
                    .iter()
                    .map(|column| if *column == "last_name" { "Surname" } else { *column })
                    .collect();
                table.write_csv(&dir.join("PATIENT.TXT"), &headers, b'\t', Written::Utf16)?;
                let aliases = json!({"last_name": ["surname"]});
                ("PATIENT.TXT", json!({"encoding": "utf-16", "delimiter": "\t", "aliases": aliases}))
            }
            "practitioner" => {
                table.write_csv(&dir.join("DENTIST.CSV"), table.columns, b';', Written::Windows1252)?;
                ("DENTIST.CSV", json!({"encoding": "windows-1252", "delimiter": ";"}))
            }
            "supplier" => {
                table.write_xlsx(&dir.join("suppliers.xlsx"), table.columns, "Suppliers")?;
                ("suppliers.xlsx", json!({"sheet": "Suppliers"}))
            }
            _ => {
                let file = format!("{object}.csv");
                table.write_csv(&dir.join(&file), table.columns, b',', Written::Utf8)?;
                declared.insert(object.to_owned(), json!({"file": file, "rows": table.rows.len()}));
                truths.push(table.truth());
                continue;
            }
        };
        let mut entry = entry;
        entry["file"] = file.into();
        entry["rows"] = table.rows.len().into();
        declared.insert(object.to_owned(), entry);
        truths.push(table.truth());
    }
    let manifest = json!({
        "format": "odograft-dent-o-soft-drop", "version": 1, "date_order": "mdy", "decimal_mark": ".",
        "time_zone": "Europe/London", "encoding": "utf-8", "delimiter": ",", "tables": declared,
    });
    std::fs::write(dir.join("manifest.json"), format!("{manifest:#}\n"))?;
    Ok(truths)
}

fn tables(practice: &Practice, random: &mut Random) -> Vec<Tabled> {
    let mut out = vec![
        locations(practice),
        practitioners(practice),
        Tabled {
            object: "supplier",
            columns: &["id", "name", "contact_name", "is_lab", "phone", "email"],
            rows: vec![
                row([
                    "S1",
                    "Ambleford Dental Lab & Sons",
                    "Ines Duarte",
                    "yes",
                    &random.landline(),
                    "lab@example.invalid",
                ]),
                row(["S2", "Otterby Supplies", "", "no", &random.landline(), "orders@example.invalid"]),
            ],
        },
        Tabled {
            object: "referral-source",
            columns: &["id", "name", "kind"],
            rows: vec![row(["Q1", "A friend", "person"]), row(["Q2", "Search engine", "web"])],
        },
        patients(practice, random),
    ];
    let (mut policies, mut contacts) = (Vec::new(), Vec::new());
    for patient in &practice.patients {
        let id = text(&patient["id"]);
        for priority in ["primary", "secondary"] {
            if random.chance(if priority == "primary" { 0.5 } else { 0.1 }) {
                let number = format!("{:08}", random.within(0, 99_999_999));
                policies.push(row([&id, priority, "Acme Dental Plan", &number, "G-17"]));
            }
        }
        if !patient["emergency_contact_name"].is_null() {
            let column = |name: &str| text(&patient[format!("emergency_contact_{name}")]);
            contacts.push(row([&id, &column("name"), &column("phone"), &column("relationship")]));
        }
    }
    let policy: &[&str] = &["patient_id", "priority", "provider", "policy_number", "group_number"];
    out.push(Tabled { object: "policy", columns: policy, rows: policies });
    let contact: &[&str] = &["patient_id", "name", "phone", "relationship"];
    out.push(Tabled { object: "emergency-contact", columns: contact, rows: contacts });
    out.extend(visits(practice, random));
    let rule: &[&str] = &["id", "name", "trigger", "offset", "channel", "recipients", "template"];
    out.push(Tabled { object: "reminder-rule", columns: rule, rows: RULES.iter().map(|rule| row(*rule)).collect() });
    out
}

fn locations(practice: &Practice) -> Tabled {
    let rows = practice.sites.iter().map(|site| {
        let mut cells: Vec<_> =
            ["id", "name", "address_line_1", "town", "county", "postcode", "phone_number", "email_address"]
                .iter()
                .map(|name| text(&site[*name]))
                .collect();
        cells.push("9999999995".to_owned());
        cells
    });
    Tabled {
        object: "practice",
        columns: &["id", "name", "address_line_1", "city", "state", "postal_code", "phone", "email", "npi"],
        rows: rows.collect(),
    }
}

fn practitioners(practice: &Practice) -> Tabled {
    let rows = practice.practitioners.iter().map(|practitioner| {
        let user = &practitioner["user"];
        let mut cells = vec![text(&practitioner["id"])];
        cells.extend(["title", "first_name", "last_name", "email"].iter().map(|name| text(&user[*name])));
        cells.extend([text(&practitioner["gdc_number"]), "yes".to_owned()]);
        cells
    });
    Tabled {
        object: "practitioner",
        columns: &["id", "title", "first_name", "last_name", "email", "license_number", "active"],
        rows: rows.collect(),
    }
}

fn patients(practice: &Practice, random: &mut Random) -> Tabled {
    let rows = practice.patients.iter().map(|patient| {
        let column = |name: &str| text(&patient[name]);
        vec![
            column("id"),
            column("title"),
            column("first_name"),
            column("middle_name"),
            column("last_name"),
            day(&column("date_of_birth")),
            column("email_address"),
            column("mobile_phone"),
            column("home_phone"),
            column("address_line_1"),
            column("town"),
            column("county"),
            column("postcode"),
            if patient["active"] == Value::Bool(true) { "Y" } else { "N" }.to_owned(),
            column("site_id"),
            column("dentist_id"),
            (*random.pick(&["Q1", "Q2", ""])).to_owned(),
            moment(&column("created_at")),
            column("parking_permit"),
        ]
    });
    Tabled {
        object: "patient",
        columns: &[
            "id",
            "title",
            "first_name",
            "middle_name",
            "last_name",
            "date_of_birth",
            "email",
            "mobile_phone",
            "home_phone",
            "address_line_1",
            "city",
            "state",
            "postal_code",
            "active",
            "practice_id",
            "practitioner_id",
            "referral_source_id",
            "created_at",
            "Parking permit",
        ],
        rows: rows.collect(),
    }
}

/// Appointments and what came of them: treatments, charges and payments, notes.
fn visits(practice: &Practice, random: &mut Random) -> [Tabled; 4] {
    let (mut appointments, mut treatments, mut lines, mut notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for visit in practice.appointments.iter().filter(|visit| !visit["patient_id"].is_null()) {
        let column = |name: &str| text(&visit[name]);
        let (id, patient, practitioner) = (column("id"), column("patient_id"), column("practitioner_id"));
        let start = moment(&column("start_time"));
        appointments.push(vec![
            id.clone(),
            patient.clone(),
            practitioner.clone(),
            start.clone(),
            column("duration"),
            column("reason"),
            column("state"),
            column("notes"),
        ]);
        if visit["state"] != "Completed" {
            continue;
        }
        let (code, fee) = *random.pick(CODES);
        let (tooth, on) = (random.within(1, 32).to_string(), start.split(' ').next().unwrap_or_default().to_owned());
        treatments.push(vec![patient.clone(), on.clone(), code.to_owned(), tooth, column("practitioner_name")]);
        let invoice = format!("INV-{id}");
        lines.push(row([
            &patient,
            &invoice,
            &on,
            "charge",
            &format!("${fee},{:03}.50", random.within(0, 999)),
            "posted",
        ]));
        if random.chance(0.8) {
            lines.push(row([&patient, &invoice, &on, "payment", &format!("(${fee}.50)"), "posted"]));
        }
        if random.chance(0.3) {
            let body = format!("{}\n\"{}\"; reviewed", random.pick(words::VISIT_NOTES), code);
            notes.push(vec![format!("N{id}"), patient, practitioner, start, body]);
        }
    }
    let table = |object, columns, rows| Tabled { object, columns, rows };
    [
        table("treatment", &["patient_id", "treated_on", "procedure_code", "tooth", "dentist"], treatments),
        table(
            "appointment",
            &["id", "patient_id", "practitioner_id", "starts_at", "duration", "procedure_type", "status", "notes"],
            appointments,
        ),
        table("account-line", &["patient_id", "invoice_number", "booked_on", "kind", "amount", "status"], lines),
        table("clinical-note", &["id", "patient_id", "practitioner_id", "written_at", "body"], notes),
    ]
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// `1990-03-14` as `03/14/1990`; what is no day stays as it is.
pub(crate) fn day(text: &str) -> String {
    text.parse::<Date>().map_or_else(|_| text.to_owned(), |day| day.strftime("%m/%d/%Y").to_string())
}

/// A moment as the clocks of London showed it, `03/14/1990 2:30 PM`.
pub(crate) fn moment(text: &str) -> String {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let local = text.parse::<Timestamp>().map(|moment| zone.to_datetime(moment));
    local.map_or_else(|_| text.to_owned(), |local| local.strftime("%m/%d/%Y %-I:%M %p").to_string())
}
