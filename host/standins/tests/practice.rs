//! The generated practice: the same seed, the same bytes, and the flaws where it says they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use odograft_standins::practice::{Practice, PracticeOptions};
use proptest::prelude::*;
use serde_json::Value;

fn everything(practice: &Practice) -> String {
    format!(
        "{}{}{}{}{:?}{:?}{:?}",
        serde_json::json!(practice.sites),
        serde_json::json!(practice.practitioners),
        serde_json::json!(practice.patients),
        serde_json::json!(practice.appointments),
        practice.exams,
        practice.planted,
        practice.dentally_lists(),
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

/// An amount in pence, whether text or number.
fn pence(value: &Value) -> i64 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (whole, rest) = text.trim_start_matches('-').split_once('.').unwrap_or_else(|| panic!("`{text}` has no point"));
    let amount = whole.parse::<i64>().expect("pounds") * 100 + format!("{rest:0<2}").parse::<i64>().expect("pence");
    if text.starts_with('-') { -amount } else { amount }
}

/// Rows by what one of their columns refers to.
fn by<'r>(rows: &'r [Value], column: &str) -> BTreeMap<i64, Vec<&'r Value>> {
    let mut out: BTreeMap<i64, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        out.entry(row[column].as_i64().unwrap_or_default()).or_default().push(row);
    }
    out
}

#[test]
fn invoices_payments_and_accounts_come_to_what_is_planted() {
    let practice = Practice::generate(&PracticeOptions::default());
    let lists = practice.dentally_lists();
    let (invoices, planted) = (&lists.rows["invoices"], &lists.planted);
    let items = by(&lists.rows["invoice_items"], "invoice_id");
    let sum = |rows: &[&Value], column: &str| rows.iter().map(|row| pence(&row[column])).sum::<i64>();
    let known: BTreeSet<i64> = practice.patients.iter().map(id).collect();
    let real = |row: &&Value| row["patient_id"].as_i64().is_some_and(|patient| known.contains(&patient));
    let named = |wrong: &dyn Fn(&Value) -> bool| -> Vec<i64> {
        invoices.iter().filter(real).filter(|row| wrong(row)).map(id).collect()
    };
    let strangers: Vec<i64> = invoices.iter().filter(|row| !real(row)).map(id).collect();
    assert_eq!(strangers, planted.invoices_of_unknown_patients);

    let stray: BTreeSet<&String> = planted.items_of_unknown_invoices.iter().collect();
    assert!(!stray.is_empty());
    let unbalanced = named(&|row| sum(&items[&id(row)], "total_price") != pence(&row["amount"]));
    assert_eq!(unbalanced, planted.unbalanced_invoices);
    assert!(!unbalanced.is_empty());
    let today = "2026-11-01";
    let overdue = named(&|row| row["paid"] == false && row["due_on"].as_str().is_some_and(|due| due < today));
    assert_eq!(overdue, planted.overdue_invoices);
    assert!(overdue.len() > 20 && overdue.len() < invoices.len() / 4, "{} of {}", overdue.len(), invoices.len());
    assert!(lists.rows["invoice_items"].iter().any(|item| pence(&item["total_price"]) < 0), "no discount");

    let mut paid: BTreeMap<i64, usize> = BTreeMap::new();
    let (mut contradicting, mut refunds) = (Vec::new(), Vec::new());
    for payment in &lists.rows["payments"] {
        let explained: Vec<&Value> = payment["explanations"].as_array().expect("a list").iter().collect();
        for explanation in &explained {
            *paid.entry(explanation["invoice_id"].as_i64().expect("an invoice")).or_default() += 1;
        }
        let amount = pence(&payment["amount"]);
        if sum(&explained, "amount") != amount - pence(&payment["amount_unexplained"]) {
            contradicting.push(id(payment));
        }
        if amount < 0 {
            refunds.push(id(payment));
        }
    }
    assert_eq!((contradicting, refunds), (planted.contradicting_payments.clone(), planted.refunds.clone()));
    let deleted = |payment: &&i64| !planted.deleted_payments.contains(payment);
    assert!(planted.refunds.len() > 2 && planted.unexplained_payments.iter().filter(deleted).count() > 5);
    for invoice in &planted.written_off_invoices {
        assert!(!paid.contains_key(invoice), "{invoice} has a payment");
    }
    let owed = by(invoices, "patient_id");
    let held = by(&lists.rows["payments"], "patient_id");
    for account in &lists.rows["accounts"] {
        let patient = account["patient_id"].as_i64().expect("a patient");
        let open = owed.get(&patient).map_or(0, |rows| sum(rows, "amount_outstanding"));
        let kept = |row: &&&Value| row["deleted"] == false && row["status"] == "unexplained";
        let deposits: i64 =
            held.get(&patient).map_or(0, |rows| rows.iter().filter(kept).map(|row| pence(&row["amount"])).sum());
        let balance = pence(&account["current_balance"]) * if account["state"] == "debit" { 1 } else { -1 };
        assert_eq!(balance != open - deposits, planted.contradicting_accounts.contains(&id(account)), "{account}");
    }
}

#[test]
fn plans_and_lists_refer_to_one_another_but_for_what_is_planted() {
    let practice = Practice::generate(&PracticeOptions::default());
    let lists = practice.dentally_lists();
    let ids = |list: &str| -> BTreeSet<String> { lists.rows[list].iter().map(|row| row["id"].to_string()).collect() };
    let (plans, treatments) = (ids("treatment_plans"), ids("treatments"));
    let items = &lists.rows["treatment_plan_items"];
    let stray = |column: &str, known: &BTreeSet<String>| -> Vec<String> {
        let strays = items.iter().filter(|item| !known.contains(&item[column].to_string()));
        strays.map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(stray("treatment_id", &treatments), lists.planted.items_of_unknown_treatments);
    assert_eq!(stray("treatment_plan_id", &plans), lists.planted.items_of_unknown_plans);
    assert!(!lists.planted.items_of_unknown_treatments.is_empty() && !lists.planted.items_of_unknown_plans.is_empty());
    let done = |plan: &Value| {
        let own: Vec<_> = items.iter().filter(|item| item["treatment_plan_id"] == plan["id"]).collect();
        (own.iter().filter(|item| item["completed"] == true).count(), own.len())
    };
    let stages: BTreeSet<&str> = lists.rows["treatment_plans"]
        .iter()
        .take(300)
        .map(|plan| match (done(plan), plan["completed"] == true, plan["end_date"].is_null()) {
            ((_, _), true, _) => "completed",
            ((0, _), _, true) => "proposed",
            (_, _, true) => "under way",
            _ => "given up",
        })
        .collect();
    assert_eq!(stages.len(), 4, "{stages:?}");
    let codes: Vec<&str> = lists.rows["treatments"].iter().filter_map(|row| row["code"].as_str()).collect();
    let twice: Vec<&str> =
        codes.iter().copied().filter(|code| codes.iter().filter(|other| *other == code).count() > 1).collect();
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0], lists.planted.shared_codes[0]);
    assert!(codes.contains(&"DOMI"));

    let sources = ids("acquisition_sources");
    let come: Vec<_> = practice.patients.iter().filter(|row| !row["acquisition_source_id"].is_null()).collect();
    assert!(come.len() > 1_000 && come.iter().all(|row| sources.contains(&row["acquisition_source_id"].to_string())));
    let reasons = ids("appointment_cancellation_reasons");
    let listed = |row: &&Value| reasons.contains(&row["appointment_cancellation_reason_id"].to_string());
    let cancelled = practice.appointments.iter().filter(|row| row["state"] == "Cancelled").count();
    let known = practice.appointments.iter().filter(listed).count();
    assert!(known > cancelled / 2 && known < cancelled, "{known} of {cancelled}");
    let smoker = lists.rows["custom_fields"].iter().find(|field| field["name"] == "Smoker").expect("a dropdown");
    let odd: Vec<i64> = practice
        .patients
        .iter()
        .filter(|row| {
            let values = row["custom_fields"].as_array().expect("a list");
            let choice = values.iter().find(|value| value["name"] == "Smoker").map(|value| &value["value"]);
            choice.is_some_and(|choice| !smoker["options"].as_array().expect("choices").contains(choice))
        })
        .map(id)
        .collect();
    assert_eq!(odd, practice.planted.odd_choices);
    assert!(!odd.is_empty());
    let kinds: BTreeSet<&str> =
        lists.rows["custom_fields"].iter().filter_map(|field| field["field_type"].as_str()).collect();
    assert_eq!(kinds, BTreeSet::from(["dropdown", "text", "tick_box"]));
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
