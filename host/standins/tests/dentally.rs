//! The Dentally stand-in: its door, its pages, its limits.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use common::{Answer, request};
use odograft_standins::dentally::{DentallyOptions, DentallyStandin};
use odograft_standins::practice::{Practice, PracticeOptions};
use serde_json::Value;

const HEADERS: [(&str, &str); 2] = [("Authorization", "Bearer tok"), ("User-Agent", "test/1")];

fn practice() -> Arc<Practice> {
    let options = PracticeOptions { patients: 260, appointments: 900, exams: 10, ..PracticeOptions::default() };
    Arc::new(Practice::generate(&options))
}

async fn start(practice: &Arc<Practice>, options: DentallyOptions) -> DentallyStandin {
    let options = DentallyOptions { token: "tok".to_owned(), ..options };
    DentallyStandin::start(Arc::clone(practice), options).await.expect("a free port")
}

fn get(dentally: &DentallyStandin, path: &str) -> Answer {
    request("GET", &dentally.url(), path, &HEADERS, "")
}

#[track_caller]
fn rows(dentally: &DentallyStandin, path: &str, name: &str) -> Vec<Value> {
    let answer = get(dentally, path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()[name].as_array().cloned().unwrap_or_else(|| panic!("{path}: no {name}"))
}

#[tokio::test]
async fn the_door_wants_a_token_and_a_name() {
    let dentally = start(&practice(), DentallyOptions::default()).await;
    let ask = |headers: &[(&str, &str)]| request("GET", &dentally.url(), "/v1/sites", headers, "");
    assert_eq!(ask(&[("Authorization", "Bearer tok")]).status, 403);
    assert_eq!(ask(&[("User-Agent", "t"), ("Authorization", "Bearer wrong")]).status, 401);
    assert_eq!(ask(&[("User-Agent", "t")]).status, 401);
    let answer = ask(&HEADERS);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-ratelimit-limit"), Some("3600"));
    assert_eq!(answer.json()["sites"].as_array().map(Vec::len), Some(2));
    assert_eq!(get(&dentally, "/v1/nothing").status, 404);
    assert_eq!(get(&dentally, "/v1/practice").json()["practice"]["time_zone"], "Europe/London");
    assert_eq!(dentally.requests(), 6);
}

#[tokio::test]
async fn pages_hold_a_hundred_and_together_everything() {
    let practice = practice();
    let dentally = start(&practice, DentallyOptions::default()).await;
    let first = get(&dentally, "/v1/patients?page=1&per_page=100").json();
    assert_eq!(
        (&first["meta"]["total"], &first["meta"]["total_pages"], &first["meta"]["current_page"]),
        (&260.into(), &3.into(), &1.into())
    );
    let mut seen = BTreeSet::new();
    for page in 1..=3 {
        for row in rows(&dentally, &format!("/v1/patients?page={page}&per_page=100"), "patients") {
            assert!(seen.insert(row["id"].as_i64()), "twice");
        }
    }
    assert_eq!(seen.len(), 260);
    assert!(rows(&dentally, "/v1/patients?page=4&per_page=100", "patients").is_empty());
    assert_eq!(rows(&dentally, "/v1/patients?per_page=500", "patients").len(), 25);
    let id = practice.patients[3]["id"].to_string();
    assert_eq!(get(&dentally, &format!("/v1/patients/{id}")).json()["patient"], practice.patients[3]);
}

#[tokio::test]
async fn appointments_need_a_window_and_hide_the_cancelled() {
    let practice = practice();
    let dentally = start(&practice, DentallyOptions::default()).await;
    assert!(rows(&dentally, "/v1/appointments?per_page=100", "appointments").is_empty());
    let total = |more: &str| {
        let path = format!("/v1/appointments?after=2020-01-01&before=2030-01-01T00:00:00Z{more}");
        get(&dentally, &path).json()["meta"]["total"].as_u64().expect("a total")
    };
    let hidden = practice
        .appointments
        .iter()
        .filter(|row| matches!(row["state"].as_str(), Some("Cancelled" | "Did not attend")))
        .count() as u64;
    assert!(hidden > 0);
    assert_eq!(total("&cancelled=true"), 900);
    assert_eq!(total(""), 900 - hidden);
    // Two windows that touch hold every visit once.
    let half = |window: &str| {
        let path = format!("/v1/appointments?cancelled=true&{window}");
        get(&dentally, &path).json()["meta"]["total"].as_u64().expect("a total")
    };
    let (early, late) = (
        half("after=2020-01-01&before=2025-06-01T00:00:00%2B01:00"),
        half("after=2025-05-31T22:59:59Z&before=2030-01-01"),
    );
    assert_eq!(early + late, 900);
}

#[tokio::test]
async fn patients_filter_by_site_and_change() {
    let practice = practice();
    let dentally = start(&practice, DentallyOptions::default()).await;
    let total = |query: &str| get(&dentally, &format!("/v1/patients?{query}")).json()["meta"]["total"].as_u64();
    let sites: u64 = practice
        .sites
        .iter()
        .map(|site| total(&format!("site_id={}", site["id"].as_str().expect("an id"))).expect("a total"))
        .sum();
    assert_eq!(sites, 260);
    assert_eq!(total("active=true").expect("a total") + total("active=false").expect("a total"), 260);
    assert!(total("active=false").expect("a total") > 0);
    assert_eq!(total("updated_after=2026-11-02"), Some(0));
    assert_eq!(total("updated_after=2026-09-01"), Some(260));
    assert_eq!(total("created_after=2030-01-01"), Some(0));
}

#[tokio::test]
async fn every_list_of_the_account_is_served_and_can_be_withheld() {
    let practice = practice();
    let lists = practice.dentally_lists();
    let dentally = start(&practice, DentallyOptions::default()).await;
    assert_eq!(lists.rows.len(), 15);
    for (list, expected) in &lists.rows {
        let answer = get(&dentally, &format!("/v1/{list}?per_page=100")).json();
        if *list == "practice" {
            assert_eq!(answer["practice"], expected[0]);
            continue;
        }
        assert_eq!(answer["meta"]["total"], expected.len(), "{list}");
        assert_eq!(answer[list].as_array().and_then(|rows| rows.first()), expected.first(), "{list}");
    }
    let set = |name: &str| BTreeSet::from([name.to_owned()]);
    let options =
        DentallyOptions { out_of_scope: set("invoices"), missing: set("recalls"), ..DentallyOptions::default() };
    let dentally = start(&practice, options).await;
    let refused = get(&dentally, "/v1/invoices");
    assert_eq!((refused.status, refused.header("x-oauth-scopes").is_some()), (403, true));
    assert!(!refused.body.to_lowercase().contains("rate limit"));
    assert_eq!(get(&dentally, "/v1/recalls").status, 404);
    assert_eq!(get(&dentally, "/v1/payments").status, 200);
}

#[tokio::test]
async fn limits_and_faults_come_when_asked_for() {
    let practice = practice();
    let options = DentallyOptions { max_offset: Some(100), ..DentallyOptions::default() };
    let dentally = start(&practice, options).await;
    assert_eq!(get(&dentally, "/v1/patients?per_page=100&page=2").status, 200);
    assert_eq!(get(&dentally, "/v1/patients?per_page=100&page=3").status, 413);

    let dentally = start(&practice, DentallyOptions { fail_every: Some(3), ..DentallyOptions::default() }).await;
    let statuses: Vec<u16> = (0..6).map(|_| get(&dentally, "/v1/sites").status).collect();
    assert_eq!(statuses, [200, 200, 500, 200, 200, 500]);

    let dentally = start(&practice, DentallyOptions { duplicate_every: Some(2), ..DentallyOptions::default() }).await;
    let one = rows(&dentally, "/v1/patients?per_page=100&page=1", "patients");
    let two = rows(&dentally, "/v1/patients?per_page=100&page=2", "patients");
    assert_eq!((one.last(), two.len()), (two.first(), 101));

    let options = DentallyOptions { rate_limit: Some(2), ..DentallyOptions::default() };
    let dentally = start(&practice, options).await;
    assert_eq!(get(&dentally, "/v1/sites").header("x-ratelimit-remaining"), Some("1"));
    get(&dentally, "/v1/sites");
    let over = get(&dentally, "/v1/sites");
    // The clock hour may have turned between the requests.
    if over.status != 200 {
        assert_eq!(over.status, 429);
        let wait: u64 = over.header("retry-after").and_then(|wait| wait.parse().ok()).expect("a wait");
        assert!((1..=3600).contains(&wait));
        let again = get(&dentally, "/v1/sites");
        assert_eq!(again.status, 403);
        assert!(again.body.contains("Rate limit"));
        assert_eq!(get(&dentally, "/v1/rate_limit").json()["resources"]["core"]["remaining"], 0);
    }

    let options = DentallyOptions {
        rate_limit: Some(1),
        rate_window: Some(Duration::from_millis(300)),
        ..DentallyOptions::default()
    };
    let dentally = start(&practice, options).await;
    for _ in 0..3 {
        assert_eq!(
            {
                let mut status = get(&dentally, "/v1/sites").status;
                while status != 200 {
                    std::thread::sleep(Duration::from_millis(50));
                    status = get(&dentally, "/v1/sites").status;
                }
                status
            },
            200
        );
    }
}
