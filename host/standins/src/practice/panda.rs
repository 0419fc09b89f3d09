//! The practice as PANDA Perio's databases, one for each site, under the placeholder names that the extractor begins with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Practice;
use super::export::{Truth, text};
use super::random::Random;
use crate::mssql::{Cell, Column, Database, Kind, Table};

/// A row under way: each column's name, type, value, and the value as JSON.
struct Row(Vec<(&'static str, Kind, Cell, String)>);

impl Row {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn int(mut self, name: &'static str, number: i64) -> Self {
        self.0.push((name, Kind::Int, Cell::Int(number), number.to_string()));
        self
    }

    fn site(mut self, name: &'static str, number: Option<i16>) -> Self {
        let cell = number.map_or(Cell::Null, |number| Cell::Int(number.into()));
        self.0.push((name, Kind::SmallInt, cell, Value::from(number).to_string()));
        self
    }

    fn text(mut self, name: &'static str, words: &str) -> Self {
        let (cell, json) = match words {
            "" => (Cell::Null, Value::Null),
            words => (Cell::Text(words.to_owned()), Value::from(words)),
        };
        self.0.push((name, Kind::NVarChar(400), cell, json.to_string()));
        self
    }

    fn day(mut self, name: &'static str, day: Option<Date>) -> Self {
        let cell = day.map_or(Cell::Null, |day| Cell::Date(days(date(1, 1, 1), day) as u32));
        self.0.push((name, Kind::Date, cell, Value::from(day.map(|day| day.to_string())).to_string()));
        self
    }

    /// Ten-thousandths.
    fn money(mut self, name: &'static str, amount: i64) -> Self {
        let json = format!("{}.{:04}", amount / 10_000, amount % 10_000);
        self.0.push((name, Kind::Money, Cell::Money(amount), json));
        self
    }

    /// What is read apart: the row has its handle.
    fn bytes(mut self, name: &'static str, bytes: Vec<u8>, handle: &str) -> Self {
        self.0.push((name, Kind::VarBinaryMax, Cell::Bytes(bytes), Value::from(handle).to_string()));
        self
    }

    /// The moment of the last change, by the practice's clock.
    fn changed(mut self, moment: &str) -> Self {
        let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
        let local = moment.parse::<Timestamp>().map(|moment| zone.to_datetime(moment)).unwrap_or_default();
        let seconds = i64::from(local.hour()) * 3_600 + i64::from(local.minute()) * 60 + i64::from(local.second());
        let cell = Cell::DateTime { days: days(date(1900, 1, 1), local.date()) as i32, ticks: seconds as u32 * 300 };
        let json = format!("\"{}.000\"", local.strftime("%Y-%m-%dT%H:%M:%S"));
        self.0.push(("LastModifiedDate", Kind::DateTime, cell, json));
        self
    }

    fn body(&self, clinic: &str) -> String {
        let mut columns: Vec<_> = self.0.iter().map(|(name, .., json)| (name, json)).collect();
        columns.sort_by_key(|(name, _)| name.to_lowercase());
        let columns: Vec<_> = columns.iter().map(|(name, json)| format!(",\"{name}\":{json}")).collect();
        format!("{{\"clinic_id\":\"{clinic}\"{}}}", columns.concat())
    }
}

fn days(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| span.get_days().into())
}

/// A database for each site, its clinic's tag first, and what is true of each object in all of them together.
pub(crate) fn databases(practice: &Practice, seed: u64) -> (Vec<(String, Database)>, Vec<Truth>) {
    let mut random = Random::new(seed ^ 0x9a_17da);
    let mut truths: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut out = Vec::new();
    for (at, site) in practice.sites.iter().enumerate() {
        let clinic = format!("clinic{}", at + 1);
        let mut tables = Vec::new();
        for (object, table, rows) in rows(practice, site, &clinic, &mut random) {
            truths.entry(object).or_default().extend(rows.iter().map(|row| row.body(&clinic)));
            let Some(first) = rows.first() else { continue };
            let columns = first.0.iter().map(|(name, kind, ..)| Column { name: (*name).to_owned(), kind: *kind });
            let columns = columns.collect();
            let rows = rows.into_iter().map(|row| row.0.into_iter().map(|(_, _, cell, _)| cell).collect());
            tables.push(Table { schema: "dbo".to_owned(), name: table.to_owned(), columns, rows: rows.collect() });
        }
        out.push((clinic, Database { name: format!("Panda{}", at + 1), tables }));
    }
    (out, truths.into_iter().map(|(object, bodies)| Truth::of(object, bodies)).collect())
}

fn rows(
    practice: &Practice,
    site: &Value,
    tag: &str,
    random: &mut Random,
) -> Vec<(&'static str, &'static str, Vec<Row>)> {
    let patients: Vec<_> = practice.patients.iter().filter(|patient| patient["site_id"] == site["id"]).collect();
    let ids: BTreeSet<i64> = patients.iter().filter_map(|patient| patient["id"].as_i64()).collect();
    let stamp = "2026-10-01T09:30:00Z";
    let clinic =
        Row::new().text("ClinicID", &text(&site["id"])).text("ClinicName", &text(&site["name"])).changed(stamp);
    let provider = |practitioner: &Value| {
        let user = &practitioner["user"];
        Row::new()
            .int("ProviderID", practitioner["id"].as_i64().unwrap_or_default())
            .text("FirstName", &text(&user["first_name"]))
            .text("LastName", &text(&user["last_name"]))
            .text("Email", &text(&user["email"]))
            .changed(stamp)
    };
    let referral =
        Row::new().int("ReferralID", 1).text("LastName", "Bright").text("Practice", "Kirk Hallow").changed(stamp);
    let patient = |patient: &&Value| {
        let column = |name: &str| text(&patient[name]);
        Row::new()
            .int("PatientID", patient["id"].as_i64().unwrap_or_default())
            .text("PatID", &column("uuid"))
            .text("FirstName", &column("first_name"))
            .text("LastName", &column("last_name"))
            .day("BirthDate", column("date_of_birth").parse().ok())
            .text("Email", &column("email_address"))
            .text("HomePhone", &column("home_phone"))
            .int("ReferralID", 1)
            .changed(&column("updated_at"))
    };
    let exams: Vec<_> = practice.exams.iter().filter(|exam| ids.contains(&exam.patient_id)).collect();
    let exam = |exam: &&super::Exam| {
        Row::new()
            .text("ExamID", &exam.id)
            .int("PatientID", exam.patient_id)
            .day("ExamDate", Some(exam.date))
            .text("Examiner", &exam.examiner)
            .text("Classification", &exam.classification)
            .text("Note", &exam.note)
            .changed(stamp)
    };
    let mut readings = Vec::new();
    for exam in &exams {
        for reading in &exam.readings {
            let mut row = Row::new().int("ReadingID", readings.len() as i64 + 1).text("ExamID", &exam.id);
            row = row.int("Tooth", reading.tooth.into()).text("Measure", reading.measure);
            for (name, value) in std::iter::zip(["MB", "B", "DB", "ML", "L", "DL"], reading.sites) {
                row = row.site(name, value);
            }
            readings.push(row.site("ToothValue", reading.tooth_value).changed(stamp));
        }
    }
    let (mut plans, mut phases, mut notes, mut flags, mut files) = (vec![], vec![], vec![], vec![], vec![]);
    for (at, patient) in patients.iter().enumerate() {
        let (id, number) = (patient["id"].as_i64().unwrap_or_default(), at as i64 + 1);
        let status = *random.pick(&["proposed", "accepted", "completed"]);
        let fee = random.within(10_000, 99_999_999);
        plans.push(
            Row::new()
                .int("PlanID", number)
                .int("PatientID", id)
                .text("Status", status)
                .money("Fee", fee)
                .changed(stamp),
        );
        let phase = Row::new().int("PhaseID", number).int("PlanID", number).text("AdaCode", "D4341");
        phases.push(phase.text("Description", "Phase 1").changed(stamp));
        if let Some(note) = patient["notes"].as_str() {
            notes.push(Row::new().int("NoteID", number).int("PatientID", id).text("Body", note).changed(stamp));
        }
        if let Some(alert) = patient["medical_alert_text"].as_str() {
            flags.push(Row::new().int("FlagID", number).int("PatientID", id).text("Flag", alert).changed(stamp));
        }
        if random.chance(0.05) {
            let scan = (0..random.within(1, 4_000)).map(|byte| byte as u8).collect();
            let row = Row::new().int("AttachmentID", number).int("PatientID", id).text("FileName", "scan.png");
            files.push(row.bytes("Scan", scan, &format!("blob:attachment/Scan/{tag}/{number}")).changed(stamp));
        }
    }
    vec![
        ("clinic", "clinic_table", vec![clinic]),
        ("provider", "provider_table", practice.practitioners.iter().map(provider).collect()),
        ("referral", "referral_table", vec![referral]),
        ("patient", "patient_table", patients.iter().map(patient).collect()),
        ("exam", "exam_table", exams.iter().map(exam).collect()),
        ("reading", "chart_table", readings),
        ("treatment-plan", "treatment_plan_table", plans),
        ("phase", "treatment_phase_table", phases),
        ("note", "note_table", notes),
        ("flag", "flag_table", flags),
        ("attachment", "attachment_table", files),
    ]
}
