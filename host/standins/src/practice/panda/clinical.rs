//! Treatment plans with their phases, progress notes, flags and files.

use jiff::ToSpan;
use jiff::civil::date;
use serde_json::Value;

use super::super::export::text;
use super::super::random::Random;
use super::row::Row;
use super::share::{self, FILED};
use super::{Clinic, LAST_DAY, NOBODY, Rows, at_work, provider};

/// Codes without the American Dental Association's words, which are not free; and what they are called here.
const STEPS: &[(&str, &str, i64)] = &[
    ("D4341", "Root surface debridement", 290),
    ("D4342", "Root surface debridement, few teeth", 180),
    ("D4910", "Maintenance visit", 165),
    ("D4260", "Flap surgery", 1_150),
    ("D4249", "Crown lengthening", 890),
    ("D4341, D4910", "Debridement, then maintenance", 455),
];

const QUADRANTS: &[&str] = &["UR", "UL", "LL", "LR", "16", "26", "46", ""];

/// The four parts of a note.
const SOAP: &[[&str; 4]] = &[
    [
        "Gums bleed when brushing; no pain",
        "PD 5-7 mm UR; BOP 42 %",
        "Generalised periodontitis, stable since last visit",
        "SRP UR under LA; re-evaluate in 8 weeks",
    ],
    [
        "Says \"it's much better\" & flosses daily",
        "PD ≤ 4 mm, no suppuration",
        "Good response",
        "Maintenance every 3 months",
    ],
    [
        "Sensitivity at LL3 < 10 s to cold",
        "Recession 4 mm LL3, KT 1 mm",
        "",
        "Discussed graft; wants to think\nabout it",
    ],
];

pub(super) fn tables(clinic: &Clinic<'_>, random: &mut Random) -> Vec<Rows> {
    let (plans, phases) = plans(clinic, random);
    vec![
        ("treatment-plan", "treatment_plan_table", plans),
        ("phase", "treatment_phase_table", phases),
        ("note", "note_table", notes(clinic, random)),
        ("flag", "flag_table", flags(clinic, random)),
        ("attachment", "attachment_table", files(clinic, random)),
    ]
}

fn plans(clinic: &Clinic<'_>, random: &mut Random) -> (Vec<Row>, Vec<Row>) {
    let (mut plans, mut phases) = (Vec::new(), Vec::new());
    for (patient, _) in clinic.numbered() {
        if !(patient == super::FIRST_PATIENT || random.chance(0.4)) {
            continue;
        }
        let number = plans.len() as i64 + 1;
        let state = random.index(3);
        let steps = random.within(1, 4);
        let mut fee = 0;
        for step in 1..=steps {
            let (row, own) = phase(clinic, phases.len() as i64 + 1, number, step, state, random);
            phases.push(row);
            fee += own;
        }
        let proposed = random.before(LAST_DAY, 60, 900);
        let later = |days: i64, reached: bool| reached.then(|| proposed.checked_add(days.days()).unwrap_or(proposed));
        let row = clinic
            .row()
            .key("PlanID", "id", Some(number))
            .key("PatientID", "patient_id", Some(patient))
            // The first plan of each clinic names nobody who has made it.
            .key("ProviderID", "provider_id", provider(random, clinic.practice).filter(|_| number > 1))
            .text("PlanName", "name", &format!("Plan {number}"))
            .text("Description", "description", if steps > 2 { "Active therapy, then maintenance" } else { "" })
            .text("Status", "status", ["Proposed", "accepted", "COMPLETED"][state])
            .money("Fee", "fee", fee)
            .day("ProposedDate", "proposed_on", Some(proposed))
            .day("AcceptedDate", "accepted_on", later(14, state > 0))
            .day("CompletedDate", "completed_on", later(58, state > 1))
            .changed(Some(at_work(random, 400)));
        plans.push(row);
    }
    if clinic.first {
        phases.push(phase(clinic, phases.len() as i64 + 1, NOBODY, 1, 0, random).0);
    }
    (plans, phases)
}

fn phase(clinic: &Clinic<'_>, number: i64, plan: i64, step: i64, state: usize, random: &mut Random) -> (Row, i64) {
    let (code, words, dollars) = *random.pick(STEPS);
    let (fee, planned) = (dollars * 10_000 + 5_000, random.before(LAST_DAY, 1, 60));
    let status = if step == 1 { state } else { state.saturating_sub(1) };
    let row = clinic
        .row()
        .key("PhaseID", "id", Some(number))
        .key("PlanID", "plan_id", Some(plan))
        .int("PhaseNumber", "number", Some(step))
        .text("Status", "status", ["proposed", "accepted", "completed"][status])
        .text("AdaCode", "ada_code", code)
        .text("Description", "description", words)
        .text("Tooth", "tooth", random.pick::<&str>(QUADRANTS))
        .text("Surface", "surface", random.pick::<&str>(&["", "", "MB", "L"]))
        .money("Fee", "fee", fee)
        .day("PlannedDate", "planned_on", Some(planned))
        .day("CompletedDate", "completed_on", (status > 1).then_some(planned))
        .key("ProviderID", "provider_id", provider(random, clinic.practice).filter(|_| plan > 1))
        .text("Note", "note", if random.chance(0.1) { "LA: 2.2 ml" } else { "" })
        .changed(Some(at_work(random, 400)));
    (row, fee)
}

fn notes(clinic: &Clinic<'_>, random: &mut Random) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut note = |patient: i64, kind: &str, parts: &[&str; 4], body: &str, random: &mut Random| {
        let at = rows.len();
        // The clocks of London showed 01:30 twice on one of these days, and never on the other.
        let written = match (clinic.first, at) {
            (true, 0) => date(2026, 10, 25).at(1, 30, 0, 0),
            (true, 1) => date(2026, 3, 29).at(1, 30, 0, 0),
            _ => at_work(random, 1_200),
        };
        let changed = at_work(random, 300);
        let [subjective, objective, assessment, plan] = parts;
        let row = clinic
            .row()
            .key("NoteID", "id", Some(at as i64 + 1))
            .key("PatientID", "patient_id", Some(patient))
            // The first patient's first plan is the clinic's first one, too.
            .key("PlanID", "plan_id", (patient == super::FIRST_PATIENT && kind == "Progress").then_some(1))
            .key("ProviderID", "provider_id", provider(random, clinic.practice))
            .text("NoteType", "kind", kind)
            .text("Subjective", "subjective", subjective)
            .text("Objective", "objective", objective)
            .text("Assessment", "assessment", assessment)
            .text("PlanText", "plan", plan)
            .text("Body", "body", body)
            .moment("NoteDate", "written_at", Some(written))
            .changed((at != 2).then_some(changed));
        rows.push(row);
    };
    for (number, patient) in clinic.numbered() {
        if let Some(body) = patient["notes"].as_str() {
            note(number, "General", &[""; 4], body, random);
        }
        for _ in 0..if random.chance(0.4) { random.within(1, 3) } else { 0 } {
            let parts = *random.pick(SOAP);
            note(number, "Progress", &parts, "", random);
        }
    }
    note(super::FIRST_PATIENT, "Progress", &SOAP[0], "Seen together with the hygienist", random);
    rows
}

fn flags(clinic: &Clinic<'_>, random: &mut Random) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut flag = |patient: i64, kind: &str, words: &str, active: Option<bool>, random: &mut Random| {
        let due = random.within(-200, 90);
        let row = clinic
            .row()
            .key("FlagID", "id", Some(rows.len() as i64 + 1))
            .key("PatientID", "patient_id", Some(patient))
            .key("ProviderID", "provider_id", provider(random, clinic.practice))
            .text("FlagType", "kind", kind)
            .text("Flag", "text", words)
            .bit("Active", "active", active)
            .day("TriggerDate", "trigger_date", LAST_DAY.checked_add(due.days()).ok().filter(|_| due % 7 != 0))
            .moment("CreatedDate", "created_at", Some(at_work(random, 1_000)))
            .changed(Some(at_work(random, 300)));
        rows.push(row);
    };
    for (number, patient) in clinic.numbered() {
        if let Some(alert) = patient["medical_alert_text"].as_str() {
            let active = *random.pick(&[Some(true), Some(true), Some(true), Some(false), None]);
            flag(number, "Medical", alert, active, random);
        }
    }
    flag(super::FIRST_PATIENT, "Clinical", "Re-evaluate furcation 46", Some(true), random);
    rows
}

fn files(clinic: &Clinic<'_>, random: &mut Random) -> Vec<Row> {
    let mut rows = Vec::new();
    for (patient, person) in clinic.numbered() {
        let filed = patient % FILED == 0;
        if !filed && patient != super::FIRST_PATIENT && !random.chance(0.05) {
            continue;
        }
        let number = rows.len() as i64 + 1;
        let scan = (!filed).then(|| (0..random.within(1, 4_000)).map(|byte| byte as u8).collect::<Vec<u8>>());
        let size = filed.then(|| share::scan(&clinic.tag, patient).len() as i64);
        let path = if filed { share::path(&clinic.tag, patient).replace('/', "\\") } else { String::new() };
        let row = clinic
            .row()
            .key("AttachmentID", "id", Some(number))
            .key("PatientID", "patient_id", Some(patient))
            .key("PlanID", "plan_id", (patient == super::FIRST_PATIENT).then_some(1))
            .key("ProviderID", "provider_id", provider(random, clinic.practice))
            .text("FileName", "file_name", if filed { "radiograph.png" } else { "scan.png" })
            .text("MediaType", "media_type", if filed { "" } else { "image/png" })
            .text("AttachmentType", "kind", if filed { "Radiograph" } else { "Scan" })
            .text("Description", "description", &described(person))
            .day("TakenDate", "taken_on", Some(random.before(LAST_DAY, 1, 900)))
            .bytes("Scan", "content", scan, &format!("blob:attachment/Scan/{}/{number}", clinic.tag))
            .text("FilePath", "path", &path)
            .int("FileSize", "size", size)
            .moment("CreatedDate", "created_at", Some(at_work(random, 900)))
            .changed(Some(at_work(random, 300)));
        rows.push(row);
    }
    rows
}

fn described(patient: &Value) -> String {
    format!("Full mouth, account {}", text(&patient["account_id"]))
}
