//! The generated practice: the same seed, the same bytes, and the flaws where it says they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use odograft_standins::practice::{Practice, PracticeOptions};
use proptest::prelude::*;
use serde_json::Value;

fn everything(practice: &Practice) -> String {
    format!(
        "{}{}{}{}{:?}{:?}",
        serde_json::json!(practice.sites),
        serde_json::json!(practice.practitioners),
        serde_json::json!(practice.patients),
        serde_json::json!(practice.appointments),
        practice.exams,
        practice.planted
    )
}

fn id(row: &Value) -> i64 {
    row["id"].as_i64().expect("a number")
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let options = PracticeOptions { patients: 300, appointments: 600, exams: 60, ..PracticeOptions::default() };
    let (one, two) = (Practice::generate(&options), Practice::generate(&options));
    assert_eq!(everything(&one), everything(&two));
    let other = Practice::generate(&PracticeOptions { seed: 2, ..options });
    assert_ne!(everything(&one), everything(&other));
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    one.write_perio_drop(folders[0].path()).expect("it is written");
    two.write_perio_drop(folders[1].path()).expect("it is written");
    for file in ["manifest.json", "exams.csv", "readings.csv"] {
        let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join(file)).expect("the file");
        assert_eq!(read(&folders[0]), read(&folders[1]), "{file}");
    }
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folders[0].path().join("manifest.json")).expect("it")).expect("JSON");
    let rows = |file: &str| {
        let mut reader = csv::Reader::from_path(folders[0].path().join(file)).expect("a table");
        reader.records().map(|record| record.expect("a row").len()).collect::<Vec<_>>()
    };
    assert_eq!(manifest["files"]["exams"]["rows"], rows("exams.csv").len());
    let readings = rows("readings.csv");
    assert_eq!(manifest["files"]["readings"]["rows"], readings.len());
    assert!(readings.iter().all(|columns| *columns == 10));
}

#[test]
fn the_default_practice_has_what_a_migration_must_meet() {
    let practice = Practice::generate(&PracticeOptions::default());
    assert_eq!((practice.patients.len(), practice.appointments.len(), practice.exams.len()), (2000, 8000, 600));
    let planted = &practice.planted;
    let patients: BTreeMap<i64, &Value> = practice.patients.iter().map(|row| (id(row), row)).collect();
    let blank = |row: &Value, key: &str| row[key].as_str().is_none_or(|text| text.trim().is_empty());

    let nameless: Vec<i64> = patients
        .iter()
        .filter(|(_, row)| blank(row, "first_name") && blank(row, "last_name"))
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(nameless, planted.nameless_patients);
    assert!(!nameless.is_empty());
    let undated: Vec<i64> = patients
        .iter()
        .filter(|(_, row)| row["date_of_birth"].as_str().is_some_and(|text| text.parse::<Date>().is_err()))
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(undated, planted.unparsable_birth_dates);
    let dirt = nameless.len() + undated.len() + planted.malformed_emails.len() + planted.unreachable_patients.len();
    assert!((20..=90).contains(&dirt), "{dirt}");
    for (email, members) in &planted.families {
        assert!(members.len() > 1);
        assert!(members.iter().all(|id| patients[id]["email_address"] == email.as_str()), "{email}");
    }
    assert!(planted.families.len() > 50);

    let unknown: Vec<i64> = practice
        .appointments
        .iter()
        .filter(|row| row["patient_id"].as_i64().is_some_and(|patient| !patients.contains_key(&patient)))
        .map(id)
        .collect();
    assert_eq!(unknown, planted.orphan_appointments);
    let blocked: Vec<i64> = practice.appointments.iter().filter(|row| row["patient_id"].is_null()).map(id).collect();
    assert_eq!(blocked, planted.blocked_appointments);
    let states: BTreeSet<&str> = practice.appointments.iter().filter_map(|row| row["state"].as_str()).collect();
    let known = ["Arrived", "Cancelled", "Completed", "Confirmed", "Did not attend", "In surgery", "Pending"];
    assert!(states.iter().all(|state| known.contains(state)) && states.len() >= 5, "{states:?}");
    for row in &practice.appointments {
        let stamped = |key: &str| row[key].is_string();
        assert_eq!(stamped("completed_at"), row["state"] == "Completed");
        assert_eq!(stamped("cancelled_at"), row["state"] == "Cancelled");
        assert_eq!(stamped("did_not_attend_at"), row["state"] == "Did not attend");
        let start = row["start_time"].as_str().expect("a moment");
        assert!(start.parse::<jiff::Timestamp>().is_ok(), "{start}");
    }

    let text = serde_json::json!(practice.patients).to_string();
    for sample in ["O'Neill", "🦷", "محمد", "שרה", "Siân", "Ruiz Fernández"] {
        assert!(text.contains(sample), "{sample}");
    }
    let users = practice.users();
    assert_eq!(users.len() * 4, practice.practitioners.len() * 3);
    assert!(users.iter().all(|(login, _)| *login == login.to_lowercase()));
}

#[test]
fn charts_hold_the_planted_flaws_and_else_none() {
    let practice = Practice::generate(&PracticeOptions::default());
    let planted = &practice.planted;
    let patients: BTreeSet<i64> = practice.patients.iter().map(id).collect();
    let named = |found: &dyn Fn(&odograft_standins::practice::Exam) -> bool| -> Vec<String> {
        practice.exams.iter().filter(|exam| found(exam)).map(|exam| exam.id.clone()).collect()
    };
    assert_eq!(named(&|exam| !patients.contains(&exam.patient_id)), planted.exams_of_unknown_patients);
    let impossible = named(&|exam| {
        exam.readings
            .iter()
            .any(|row| row.measure == "probing-depth" && row.sites.iter().flatten().any(|depth| *depth > 19))
    });
    assert_eq!(impossible, planted.impossible_exams);
    let single_root = named(&|exam| exam.readings.iter().any(|row| row.measure == "furcation" && row.tooth % 10 <= 3));
    assert_eq!(single_root, planted.single_root_furcation_exams);
    let twice = named(&|exam| {
        let mut seen = BTreeSet::new();
        exam.readings.iter().any(|row| !seen.insert((row.tooth, row.measure)))
    });
    assert_eq!(twice, planted.duplicate_reading_exams);
    let contradicting = named(&|exam| {
        let sites = |tooth: u8, measure: &str| {
            exam.readings.iter().find(|row| row.tooth == tooth && row.measure == measure).map(|row| row.sites)
        };
        exam.readings.iter().filter(|row| row.measure == "attachment-level").any(|row| {
            let (Some(depth), Some(margin)) = (sites(row.tooth, "probing-depth"), sites(row.tooth, "gingival-margin"))
            else {
                return false;
            };
            (0..6).any(|site| match (row.sites[site], depth[site], margin[site]) {
                (Some(level), Some(depth), Some(margin)) => depth <= 19 && level != depth + margin,
                _ => false,
            })
        })
    });
    let expected: Vec<&String> = contradicting
        .iter()
        .filter(|id| !planted.impossible_exams.contains(id) && !planted.duplicate_reading_exams.contains(id))
        .collect();
    assert_eq!(expected, planted.contradicting_attachment_exams.iter().collect::<Vec<_>>());
    assert!(!planted.primary_teeth_exams.is_empty());
    let visits = practice.exams.iter().fold(BTreeMap::<i64, usize>::new(), |mut visits, exam| {
        *visits.entry(exam.patient_id).or_default() += 1;
        visits
    });
    assert!(visits.values().any(|count| *count >= 3));
    let words: BTreeSet<&str> = practice.exams.iter().flat_map(|exam| &exam.readings).map(|row| row.measure).collect();
    for measure in [
        "probing-depth",
        "gingival-margin",
        "attachment-level",
        "bleeding",
        "suppuration",
        "plaque",
        "calculus",
        "furcation",
        "mobility",
        "mucogingival-junction",
        "missing",
        "implant",
    ] {
        assert!(words.contains(measure), "{measure}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn ids_are_unique_and_counts_kept(seed in any::<u64>(), patients in 0_usize..200, appointments in 0_usize..200, exams in 0_usize..30, sites in 1_usize..5, dirt in 0.0_f64..1.0) {
        let options = PracticeOptions { seed, patients, appointments, exams, sites, dirt, ..PracticeOptions::default() };
        let practice = Practice::generate(&options);
        prop_assert_eq!(practice.patients.len(), patients);
        prop_assert_eq!(practice.appointments.len(), appointments);
        prop_assert_eq!(practice.sites.len(), sites);
        prop_assert!(practice.exams.len() <= exams);
        for rows in [&practice.sites, &practice.practitioners, &practice.patients, &practice.appointments] {
            let ids: BTreeSet<String> = rows.iter().map(|row| row["id"].to_string()).collect();
            prop_assert_eq!(ids.len(), rows.len());
        }
        let exams: BTreeSet<&String> = practice.exams.iter().map(|exam| &exam.id).collect();
        prop_assert_eq!(exams.len(), practice.exams.len());
        for reading in practice.exams.iter().flat_map(|exam| &exam.readings) {
            let (quadrant, place) = (reading.tooth / 10, reading.tooth % 10);
            let last = if quadrant > 4 { 5 } else { 8 };
            prop_assert!((1..=8).contains(&quadrant) && (1..=last).contains(&place));
        }
    }
}
