//! The practice as a Dent-O-Soft export: thirteen tables in four forms, American days, the local time of London.

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

const RULES: &[[&str; 8]] = &[
    ["R1", "Two days before", "appointment", "-48h", "sms", "patient", "See you on {date}", "yes"],
    ["R2", "Recall", "recall due", "+0d", "email", "patient", "Your check-up is due", "yes"],
    ["R3", "Birthday", "birthday", "on the day", "letter", "patient; guardian", "Many happy returns", "no"],
];

/// Writes tables and manifest; what is true of each table is returned.
pub(crate) fn write(tables: Vec<Tabled>, dir: &Path) -> io::Result<Vec<Truth>> {
    std::fs::create_dir_all(dir)?;
    let mut declared = Map::new();
    let mut truths = Vec::new();
    for table in tables {
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

/// The tables of the export, each with odograft's names for its columns.
pub(crate) fn tables(practice: &Practice, seed: u64) -> Vec<Tabled> {
    let random = &mut Random::new(seed ^ 0xd0_50f7);
    let mut out = vec![
        locations(practice),
        practitioners(practice),
        addresses(practice, random),
        suppliers(random),
        Tabled {
            object: "referral-source",
            columns: &["id", "name", "kind"],
            rows: vec![row(["Q1", "A friend", "person"]), row(["Q2", "Search engine", "web"])],
        },
        patients(practice, random),
    ];
    let (mut policies, mut contacts) = (Vec::new(), Vec::new());
    for patient in &practice.patients {
        let column = |name: &str| text(&patient[name]);
        let id = column("id");
        for (priority, share) in [("primary", 0.5), ("secondary", 0.1), ("tertiary", 0.05)] {
            if random.chance(share) {
                let number = format!("{:08}", random.within(0, 99_999_999));
                let (subscriber, holder) = (format!("S{number}"), column("last_name"));
                // Blanks that somebody has entered are a part of what was entered.
                let group = if random.chance(0.1) { "G-17 " } else { "G-17" };
                policies.push(row([&id, priority, "Acme Dental Plan", &number, group, &subscriber, &holder]));
            }
        }
        if !patient["emergency_contact_name"].is_null() {
            let [name, phone, relationship] =
                ["name", "phone", "relationship"].map(|part| column(&format!("emergency_contact_{part}")));
            let mut cells = row([&id, &name, &phone, &relationship]);
            // Most live with the patient, and nobody has written it down again.
            let line = random.chance(0.2).then(|| format!("{} {}", random.within(1, 90), random.pick(words::STREETS)));
            cells.extend(match line {
                Some(line) => [format!("kin.{id}@example.invalid"), line, column("town"), column("postcode")],
                None => [const { String::new() }; 4],
            });
            contacts.push(cells);
        }
    }
    let policy: &[&str] =
        &["patient_id", "priority", "provider", "policy_number", "group_number", "subscriber_id", "subscriber_name"];
    out.push(Tabled { object: "policy", columns: policy, rows: policies });
    let contact: &[&str] =
        &["patient_id", "name", "phone", "relationship", "email", "address_line_1", "city", "postal_code"];
    out.push(Tabled { object: "emergency-contact", columns: contact, rows: contacts });
    out.extend(visits(practice, random));
    let rule: &[&str] = &["id", "name", "trigger", "offset", "channel", "recipients", "template", "active"];
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
        let website = text(&site["website"]);
        // Numbers whose check digits fit.
        cells.extend([website.as_str(), "GB", "9999999995", "GB123456782"].map(str::to_owned));
        cells
    });
    Tabled {
        object: "practice",
        columns: &[
            "id",
            "name",
            "address_line_1",
            "city",
            "state",
            "postal_code",
            "phone",
            "email",
            "website",
            "country",
            "npi",
            "tax_id",
        ],
        rows: rows.collect(),
    }
}

fn practitioners(practice: &Practice) -> Tabled {
    let rows = practice.practitioners.iter().map(|practitioner| {
        let user = &practitioner["user"];
        let mut cells = vec![text(&practitioner["id"])];
        cells.extend(["title", "first_name", "last_name", "email"].iter().map(|name| text(&user[*name])));
        let active = if practitioner["active"] == Value::Bool(false) { "no" } else { "yes" };
        let role = text(&user["role"]);
        let credential = if role == "Dentist" { "BDS" } else { "" };
        cells.extend([text(&practitioner["gdc_number"]), active.to_owned(), credential.to_owned(), role]);
        let site = practice.sites.iter().find(|site| site["id"] == practitioner["site_id"]);
        let place = |name: &str| site.map(|site| text(&site[name])).unwrap_or_default();
        cells.extend([text(&user["mobile_phone"]), place("address_line_1"), place("town"), place("county")]);
        cells.extend([place("postcode"), "United Kingdom".to_owned()]);
        cells
    });
    Tabled {
        object: "practitioner",
        columns: &[
            "id",
            "title",
            "first_name",
            "last_name",
            "email",
            "license_number",
            "active",
            "credential",
            "specialty",
            "phone",
            "address_line_1",
            "city",
            "state",
            "postal_code",
            "country",
        ],
        rows: rows.collect(),
    }
}

/// The first practitioner works at two more places.
fn addresses(practice: &Practice, random: &mut Random) -> Tabled {
    let mut place = |practitioner: &Value, label: &str| {
        let line = format!("{} {}", random.within(1, 90), random.pick(words::STREETS));
        let (town, county, outward) = *random.pick(words::TOWNS);
        row([&text(&practitioner["id"]), label, &random.landline(), &line, town, county, &format!("{outward} 2BB")])
    };
    let first = practice.practitioners.iter().take(1);
    let rows = first.flat_map(|one| [place(one, "Northside surgery"), place(one, "Correspondence")]).collect();
    Tabled {
        object: "practitioner-address",
        columns: &["practitioner_id", "label", "phone", "address_line_1", "city", "state", "postal_code"],
        rows,
    }
}

fn suppliers(random: &mut Random) -> Tabled {
    let phones = [random.landline(), random.landline()];
    let lab = row([
        "S1",
        "Ambleford Dental Lab & Sons",
        "Ines Duarte",
        "yes",
        "Prosthetics",
        "AMB-0042",
        "yes",
        &phones[0],
        "lab@example.invalid",
        "Unit 4, Mill Lane",
        "Ambleford",
        "GB",
    ]);
    let depot =
        row(["S2", "Otterby Supplies", "", "no", "", "", "", &phones[1], "orders@example.invalid", "", "Otterby", ""]);
    // Nobody buys there any more, and of its name only the person was kept.
    let past = row(["S3", "", "Wilf Thackray", "no", "Instruments", "", "no", "", "WILF@example.invalid", "", "", ""]);
    Tabled {
        object: "supplier",
        columns: &[
            "id",
            "name",
            "contact_name",
            "is_lab",
            "category",
            "account_number",
            "active",
            "phone",
            "email",
            "address_line_1",
            "city",
            "country",
        ],
        rows: vec![lab, depot, past],
    }
}

fn patients(practice: &Practice, random: &mut Random) -> Tabled {
    let rows = practice.patients.iter().map(|patient| {
        let column = |name: &str| text(&patient[name]);
        let active = patient["active"] == Value::Bool(true);
        let status = if active { "Active".to_owned() } else { column("archived_reason") };
        vec![
            column("id"),
            column("title"),
            column("first_name"),
            column("middle_name"),
            column("last_name"),
            column("preferred_name"),
            if patient["gender"] == Value::Bool(true) { "M" } else { "F" }.to_owned(),
            day(&column("date_of_birth")),
            column("email_address"),
            column("mobile_phone"),
            column("home_phone"),
            column("work_phone"),
            column("address_line_1"),
            column("town"),
            column("county"),
            column("postcode"),
            if active { "Y" } else { "N" }.to_owned(),
            status.clone(),
            if status == "Deceased" { day(column("updated_at").get(..10).unwrap_or_default()) } else { String::new() },
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
            "preferred_name",
            "gender",
            "date_of_birth",
            "email",
            "mobile_phone",
            "home_phone",
            "work_phone",
            "address_line_1",
            "city",
            "state",
            "postal_code",
            "active",
            "status",
            "deceased_on",
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
            column("practitioner_name"),
            start.clone(),
            // Nobody has said how long these take.
            if random.chance(0.03) { String::new() } else { column("duration") },
            column("reason"),
            column("state"),
            column("notes"),
        ]);
        if visit["state"] != "Completed" {
            continue;
        }
        let (code, fee) = *random.pick(CODES);
        let (tooth, on) = (random.within(1, 32).to_string(), start.split(' ').next().unwrap_or_default().to_owned());
        let (surface, done) = (*random.pick(&["", "MOD", "B"]), *random.pick(words::TREATMENTS));
        let day = if random.chance(0.03) { "" } else { &on };
        let mut treatment = row([&patient, day, code, &tooth, surface, done, &column("practitioner_name")]);
        treatment.push(if random.chance(0.2) { (*random.pick(words::VISIT_NOTES)).to_owned() } else { String::new() });
        treatments.push(treatment);
        let invoice = format!("INV-{id}");
        lines.push(row([
            &patient,
            &invoice,
            &on,
            "charge",
            &format!("${fee},{:03}.50", random.within(0, 999)),
            "posted",
            done,
        ]));
        if random.chance(0.8) {
            lines.push(row([&patient, &invoice, &on, "payment", &format!("(${fee}.50)"), "posted", "Card"]));
        }
        if random.chance(0.1) {
            lines.push(row([&patient, &invoice, &on, "adjustment", "-5.25", "posted", "Courtesy"]));
        }
        if random.chance(0.05) {
            lines.push(row([&patient, &invoice, &on, "charge", "$999.99", "Void", "Booked twice"]));
        }
        if random.chance(0.3) {
            let body = format!("{}\n\"{}\"; reviewed", random.pick(words::VISIT_NOTES), code);
            let author = practice.practitioners.iter().find(|one| text(&one["id"]) == practitioner);
            let email = author.filter(|_| random.chance(0.7)).map(|one| text(&one["user"]["email"]));
            let (email, name) = (email.unwrap_or_default(), column("practitioner_name"));
            notes.push(vec![format!("N{id}"), patient, practitioner, email, name, start, body]);
        }
    }
    let table = |object, columns, rows| Tabled { object, columns, rows };
    [
        table(
            "treatment",
            &["patient_id", "treated_on", "procedure_code", "tooth", "surface", "description", "dentist", "notes"],
            treatments,
        ),
        table(
            "appointment",
            &[
                "id",
                "patient_id",
                "practitioner_id",
                "practitioner_name",
                "starts_at",
                "duration",
                "procedure_type",
                "status",
                "notes",
            ],
            appointments,
        ),
        table(
            "account-line",
            &["patient_id", "invoice_number", "booked_on", "kind", "amount", "status", "description"],
            lines,
        ),
        table(
            "clinical-note",
            &["id", "patient_id", "practitioner_id", "author_email", "author_name", "written_at", "body"],
            notes,
        ),
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
