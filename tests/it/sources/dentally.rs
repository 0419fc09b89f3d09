//! Every list of Dentally: as records with what lies below them, what belongs to nothing, and what an account withholds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use odograft_standins::dentally::{DentallyOptions, DentallyStandin};
use odograft_standins::practice::{DentallyLists, Practice, PracticeOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{client, command, extracted, held, ledger, staged};
use crate::clinic::small;

/// Every list that has records, beside those that are read anyway.
pub(crate) const ALSO: [&str; 14] = [
    "practice",
    "payment_plan",
    "treatment",
    "acquisition_source",
    "appointment_reason",
    "appointment_cancellation_reason",
    "custom_field",
    "account",
    "recall",
    "treatment_plan",
    "treatment_plan_item",
    "invoice",
    "invoice_item",
    "payment",
];

async fn start(practice: &Arc<Practice>, options: DentallyOptions) -> DentallyStandin {
    let options = DentallyOptions { token: "token".to_owned(), ..options };
    DentallyStandin::start(Arc::clone(practice), options).await.expect("the stand-in starts")
}

/// The `[source.dentally]` table with these lists.
pub(crate) fn table(url: &str, also: &[&str]) -> String {
    format!(
        "[source.dentally]\nurl = \"{url}\"\nappointments_from = \"2020-01-01\"\nappointments_until = \"2027-12-31\"\n\
         also = {}",
        json!(also)
    )
}

/// A practice in which each kind of planted flaw is to be found.
fn practice() -> Arc<Practice> {
    Arc::new(Practice::generate(&PracticeOptions { patients: 700, appointments: 1_500, exams: 0, ..small() }))
}

/// By object, what `odograft audit` counts.
fn audited(folder: &Path) -> (Option<i32>, BTreeMap<String, Value>) {
    let output = command(&["audit", "--json"], folder);
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a list");
    let named = |object: Value| (object["object"].as_str().expect("a name").to_owned(), object);
    (output.status.code(), found.into_iter().map(named).collect())
}

/// Rows of lists whose upper row no list has.
fn strays(lists: &DentallyLists) -> (usize, usize) {
    let planted = &lists.planted;
    let orphan = |row: &&Value| {
        let invoice = row["invoice_id"].as_i64().unwrap_or_default();
        planted.invoices_of_unknown_patients.contains(&invoice)
    };
    let below = lists.rows["invoice_items"].iter().filter(orphan).count();
    (
        planted.items_of_unknown_plans.len(),
        planted.invoices_of_unknown_patients.len() + below + planted.items_of_unknown_invoices.len(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_list_becomes_records_and_what_belongs_to_nothing_is_told() {
    let practice = practice();
    let server = start(&practice, DentallyOptions::default()).await;
    let folder = client(&format!("{}\nfiles = \"beside\"", table(&server.url(), &ALSO)));
    let mut truths = practice.dentally_truths();
    truths.extend(practice.write_dentally_files(&folder.path().join("beside")).expect("the folder is written"));
    let answer = extracted(folder.path());
    assert_eq!((&answer["absent"], &answer["files"]["unread"]), (&json!([]), &json!([])));
    assert!(answer["files"]["read"].as_u64() > Some(20), "{answer:#}");
    assert_eq!(held(&ledger(folder.path()), &truths), truths);

    let lists = practice.dentally_lists();
    let (code, found) = audited(folder.path());
    let rows = |object: &str| truths.iter().find(|truth| truth.object == object).expect("a truth").rows;
    let (of_plans, of_patients) = strays(&lists);
    assert!(of_plans > 0 && of_patients > 2, "{of_plans} {of_patients}");
    assert_eq!(code, Some(3), "rows of nobody are told");
    for (object, counts) in &found {
        let (below, orphans): (&[&str], usize) = match object.as_str() {
            "treatment_plan" => (&["treatment_plan", "treatment_plan_item"], of_plans),
            "treatment_history" => (&["treatment_plan", "treatment_plan_item"], of_plans),
            "account_history" => (&["account", "invoice", "invoice_item", "payment"], of_patients),
            object => (&[object], 0),
        };
        let rows: u64 = below.iter().map(|staged| rows(staged)).sum();
        assert_eq!(counts["orphans"], orphans, "{object}");
        assert_eq!(counts["rows"].as_u64(), Some(rows - orphans as u64), "{object}");
        assert_eq!(counts["refused"], 0, "{object}");
        let unreadable: Vec<&String> = counts["unreadable"].as_object().expect("an object").keys().collect();
        assert!(unreadable.iter().all(|what| what.starts_with("patient.date_of_birth")), "{object}: {unreadable:?}");
    }
    assert_eq!(found["account_history"]["records"], practice.patients.len(), "each has an account");
    assert_eq!(found.len(), 17, "{:?}", found.keys());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_list_that_the_account_withholds_is_told_and_what_was_read_of_it_stays() {
    let practice =
        Arc::new(Practice::generate(&PracticeOptions { patients: 40, appointments: 80, exams: 0, ..small() }));
    let whole = start(&practice, DentallyOptions::default()).await;
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let options = DentallyOptions {
        out_of_scope: set(&["invoices", "recalls"]),
        missing: set(&["custom_fields"]),
        ..DentallyOptions::default()
    };
    let narrow = start(&practice, options).await;
    let turn = |folder: &TempDir, server: &DentallyStandin| {
        let text = client(&table(&server.url(), &["recall", "invoice", "custom_field", "payment"]));
        fs::copy(text.path().join("odograft.toml"), folder.path().join("odograft.toml")).expect("copied");
        extracted(folder.path())
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let answer = turn(&folder, &narrow);
    let reason = |object: &str| {
        let absent = answer["absent"].as_array().expect("a list").iter().find(|absent| absent["object"] == object);
        absent.and_then(|absent| absent["reason"].as_str()).unwrap_or_default().to_owned()
    };
    assert_eq!(answer["absent"].as_array().map(Vec::len), Some(3), "{answer:#}");
    assert!(reason("invoice").ends_with("hint: give the key the scope `invoice:read`"), "{}", reason("invoice"));
    assert!(reason("custom_field").contains("status 404"), "{}", reason("custom_field"));
    assert!(answer["staged"].as_array().expect("a list").iter().all(|row| row[0] != "absent_list"), "{answer:#}");
    assert_eq!(staged(&ledger(folder.path()), "absent_list").len(), 3);
    assert!(!staged(&ledger(folder.path()), "payment").is_empty(), "the other lists are read");
    let told = command(&["audit"], folder.path());
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(said.contains("withholds") && said.contains("`patient:read`"), "{said}");

    // Given the scopes, nothing is absent; without them again, what was read is not taken for deleted.
    assert_eq!(turn(&folder, &whole)["absent"], json!([]));
    let recalls = staged(&ledger(folder.path()), "recall").len();
    assert!(recalls > 20, "{recalls}");
    assert_eq!(turn(&folder, &narrow)["absent"].as_array().map(Vec::len), Some(3));
    assert_eq!(staged(&ledger(folder.path()), "recall").len(), recalls);

    // Without its patients it is no migration.
    let options = DentallyOptions { out_of_scope: set(&["patients"]), ..DentallyOptions::default() };
    let none = start(&practice, options).await;
    let folder = client(&table(&none.url(), &[]));
    let refused = command(&["extract"], folder.path());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("give the key the scope `patient:read`"), "{said}");
}
