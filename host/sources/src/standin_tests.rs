//! A generated practice, read whole from the stand-ins: nothing is missing, whatever the server does on the way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use odograft_standins::dentally::{DentallyOptions as StandinOptions, DentallyStandin};
use odograft_standins::practice::{Practice, PracticeOptions};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;

use crate::{Dentally, DentallyOptions, Patience, PerioDrop, Source};

const TOKEN: &str = "token-of-the-stand-in";

fn practice_options() -> PracticeOptions {
    PracticeOptions { patients: 450, appointments: 1_200, exams: 40, ..PracticeOptions::default() }
}

/// Every row of an object by its id, the last one where an id comes twice, and the number of rows that came.
async fn walk(source: &Source, object: &str) -> (BTreeMap<String, Value>, usize) {
    let (mut rows, mut came, mut cursor) = (BTreeMap::new(), 0, None);
    loop {
        let page = source.extract(object, cursor.as_deref()).await.expect("a page");
        came += page.rows.len();
        rows.extend(page.rows.into_iter().map(|row| {
            let body = serde_json::from_str(&row.body).expect("a row is JSON");
            (row.id, body)
        }));
        cursor = page.next;
        if cursor.is_none() {
            return (rows, came);
        }
    }
}

fn by_id(rows: &[Value]) -> BTreeMap<String, Value> {
    let id = |row: &Value| row["id"].as_str().map_or_else(|| row["id"].to_string(), str::to_owned);
    rows.iter().map(|row| (id(row), row.clone())).collect()
}

/// Reads the whole practice from a stand-in and compares it. Returns how many rows came more than once.
async fn reads_whole(standin: StandinOptions) -> usize {
    // A second call is refused, as another test was first; either way one is installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let options = practice_options();
    let practice = Arc::new(Practice::generate(&options));
    let standin = StandinOptions { token: TOKEN.to_owned(), ..standin };
    let started = DentallyStandin::start(Arc::clone(&practice), standin.clone()).await.expect("the stand-in starts");
    let year = options.today.saturating_add(1.year());
    let dentally = Dentally::new(DentallyOptions {
        url: started.url(),
        key: SecretString::from(TOKEN),
        from: options.today.saturating_sub(10.years()),
        until: year,
    });
    let patience = Patience { first_delay: Duration::from_millis(1), ..Patience::default() };
    let lists = practice.dentally_lists();
    let mut expected = vec![
        ("site", &practice.sites),
        ("practitioner", &practice.practitioners),
        ("patient", &practice.patients),
        ("appointment", &practice.appointments),
    ];
    for (object, list) in [
        ("practice", "practice"),
        ("payment_plan", "payment_plans"),
        ("treatment_category", "treatment_categories"),
        ("treatment_plan", "treatment_plans"),
        ("treatment_plan_item", "treatment_plan_items"),
        ("account", "accounts"),
        ("invoice", "invoices"),
        ("invoice_item", "invoice_items"),
        ("payment", "payments"),
        ("recall", "recalls"),
    ] {
        // The live API refuses deep pages of these too, and has no windows for them.
        if standin.max_offset.is_none() || lists.rows[list].len() < 100 || crate::dentally::has_windows(object) {
            expected.push((object, &lists.rows[list]));
        }
    }
    let source = Source::Dentally(dentally.expect("the options are good").with_patience(patience));
    let mut repeated = 0;
    for (object, expected) in expected {
        let (rows, came) = walk(&source, object).await;
        assert!(!expected.is_empty(), "the practice has no {object}");
        assert_eq!(rows.len(), expected.len(), "{object}");
        assert_eq!(rows, by_id(expected), "{object}");
        repeated += came - rows.len();
    }
    repeated
}

#[tokio::test]
async fn a_practice_is_read_whole() {
    assert_eq!(reads_whole(StandinOptions::default()).await, 0, "no row comes twice from a quiet server");
}

#[tokio::test]
async fn a_practice_is_read_whole_through_faults_and_shifting_pages() {
    let repeated =
        reads_whole(StandinOptions { fail_every: Some(3), duplicate_every: Some(2), ..StandinOptions::default() })
            .await;
    assert!(repeated > 0, "the stand-in repeated no row");
}

#[tokio::test]
async fn a_practice_is_read_whole_where_deep_pages_are_refused() {
    reads_whole(StandinOptions { max_offset: Some(100), ..StandinOptions::default() }).await;
}

#[tokio::test]
async fn a_practices_exams_are_read_whole() {
    let practice = Practice::generate(&practice_options());
    let folder = TempDir::new().expect("the test needs a temporary folder");
    practice.write_perio_drop(folder.path()).expect("the drop is written");
    let source = Source::PerioDrop(PerioDrop::open(folder.path()).expect("the drop is good"));
    let (exams, came) = walk(&source, "exam").await;
    assert_eq!((exams.len(), came), (practice.exams.len(), practice.exams.len()));
    let (readings, came) = walk(&source, "reading").await;
    let expected: usize = practice.exams.iter().map(|exam| exam.readings.len()).sum();
    assert!(expected > 2_000, "more than a page");
    assert_eq!((readings.len(), came), (expected, expected));
    for exam in &practice.exams {
        for (position, reading) in exam.readings.iter().enumerate() {
            let row = &readings[&format!("{}/{position}", exam.id)];
            assert_eq!(row["tooth"], reading.tooth.to_string());
            assert_eq!(row["measure"], reading.measure);
        }
    }
}

#[tokio::test]
async fn lists_are_read_whole_however_deep_they_are() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let practice = Arc::new(Practice::generate(&PracticeOptions { patients: 1, ..practice_options() }));
    let invoice = |n: i64| {
        let day = jiff::civil::date(2019, 1, 1).saturating_add((n * 2).days());
        serde_json::json!({ "id": n, "patient_id": 1, "dated_on": day.to_string(), "amount": "12.50" })
    };
    let plan = |n: i64| serde_json::json!({ "id": n, "patient_id": 1, "updated_at": "2026-03-01T09:00:00Z" });
    let more = [
        ("invoices".to_owned(), (0..1_300).map(invoice).collect::<Vec<_>>()),
        ("treatment_plans".to_owned(), (0..250).map(plan).collect()),
        ("recalls".to_owned(), Vec::new()),
    ];
    let options = StandinOptions {
        token: TOKEN.to_owned(),
        max_offset: Some(300),
        duplicate_every: Some(2),
        more: more.into(),
        ..StandinOptions::default()
    };
    let standin = DentallyStandin::start(practice, options).await.expect("the stand-in starts");
    let today = practice_options().today;
    let options = DentallyOptions { url: standin.url(), key: TOKEN.into(), from: today, until: today };
    let source = Source::Dentally(Dentally::new(options).expect("good"));
    for (object, expected) in [("invoice", 1_300), ("treatment_plan", 250), ("recall", 0)] {
        assert_eq!(walk(&source, object).await.0.len(), expected, "{object}");
    }
}
