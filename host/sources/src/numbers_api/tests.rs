//! The API against its stand-in.

use std::collections::BTreeMap;

use odograft_standins::numbers_api::{NumbersApiOptions as Behaviour, NumbersApiStandin};
use odograft_standins::practice::{Practice, PracticeOptions};

use super::{NumbersApi, NumbersApiOptions, NumbersProblem};
use crate::{SourceError, SourceRow};

fn practice() -> Practice {
    Practice::generate(&PracticeOptions { patients: 250, appointments: 130, exams: 0, ..PracticeOptions::default() })
}

async fn start(behaviour: Behaviour) -> NumbersApiStandin {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let behaviour = Behaviour { organisation: "org-1".to_owned(), token: "token".to_owned(), ..behaviour };
    NumbersApiStandin::start(&practice(), behaviour).await.expect("the stand-in starts")
}

fn options(url: String) -> NumbersApiOptions {
    let lists = BTreeMap::from([("appointment".to_owned(), "appointments".to_owned())]);
    let time_zone = "America/Chicago".to_owned();
    NumbersApiOptions { url, organisation: "org-1".to_owned(), token: "token".into(), lists, time_zone }
}

fn api(options: NumbersApiOptions) -> NumbersApi {
    let mut api = NumbersApi::new(options).expect("good options");
    api.client = api.client.hurried();
    api
}

/// All rows, the later of two with one id, in the order of their ids.
async fn walk(api: &NumbersApi, object: &str) -> Result<Vec<SourceRow>, SourceError> {
    let (mut rows, mut cursor) = (BTreeMap::new(), None);
    loop {
        let page = api.extract(object, cursor.as_deref()).await?;
        rows.extend(page.rows.into_iter().map(|row| (row.id.clone(), row)));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(rows.into_values().collect());
        }
    }
}

fn bodies(rows: Vec<SourceRow>) -> Vec<String> {
    let mut bodies: Vec<_> = rows.into_iter().map(|row| row.body).collect();
    bodies.sort_unstable();
    bodies
}

fn sorted(mut items: Vec<String>) -> Vec<String> {
    items.sort_unstable();
    items
}

#[tokio::test]
async fn every_item_comes_as_it_was_sent_whatever_fails_on_the_way() {
    for fail_every in [None, Some(3)] {
        let server = start(Behaviour { fail_every, ..Behaviour::default() }).await;
        let api = api(options(server.url()));
        let names: Vec<_> = api.objects().iter().map(|spec| (spec.name, spec.parent)).collect();
        let manifest = "practice-by-numbers-manifest";
        assert_eq!(names, [(manifest, None), ("patient", None), ("appointment", Some("patient"))]);
        let rows = bodies(walk(&api, manifest).await.expect("read"));
        let said: serde_json::Value = serde_json::from_str(&rows[0]).expect("JSON");
        assert_eq!((&said["date_order"], &said["decimal_mark"]), (&"ymd".into(), &".".into()));
        assert_eq!((&said["time_zone"], rows.len()), (&"America/Chicago".into(), 1));
        assert_eq!(bodies(walk(&api, "patient").await.expect("read")), sorted(server.items("patients")));
        let appointments = walk(&api, "appointment").await.expect("read");
        assert!(appointments.iter().any(|row| row.parent.as_deref().is_some_and(|parent| parent.len() == 36)));
        assert_eq!(bodies(appointments), sorted(server.items("appointments")));
    }
}

#[tokio::test]
async fn a_list_that_changes_is_read_again_and_in_the_end_refused() {
    let server = start(Behaviour { deletions: 1, ..Behaviour::default() }).await;
    let rows = walk(&api(options(server.url())), "patient").await.expect("read");
    let left = server.items("patients");
    assert!(left.iter().all(|item| rows.iter().any(|row| row.body == *item)), "a row was missed");
    let server = start(Behaviour { deletions: u64::MAX, ..Behaviour::default() }).await;
    let error = walk(&api(options(server.url())), "patient").await.expect_err("it changes all the time");
    assert!(matches!(error, SourceError::Numbers(NumbersProblem::Changing { .. })), "{error:?}");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let server = start(Behaviour::default()).await;
    let refused = async |options: NumbersApiOptions, object| match walk(&api(options), object).await {
        Err(SourceError::Numbers(problem)) => problem,
        other => panic!("{other:?}"),
    };
    let good = || options(server.url());
    let problem = refused(NumbersApiOptions { token: "secret-token".into(), ..good() }, "patient").await;
    assert!(matches!(problem, NumbersProblem::TokenRefused { .. }), "{problem:?}");
    assert!(!format!("{problem:?} {problem}").contains("secret-token"));
    let problem = refused(NumbersApiOptions { organisation: "org-2".to_owned(), ..good() }, "patient").await;
    assert!(matches!(problem, NumbersProblem::NotAllowed { .. }), "{problem:?}");
    let lists = BTreeMap::from([("provider".to_owned(), "staff".to_owned())]);
    let problem = refused(NumbersApiOptions { lists, ..good() }, "provider").await;
    assert!(matches!(problem, NumbersProblem::Status { status: 404, .. }), "{problem:?}");
    for (name, bad) in [
        ("url", NumbersApiOptions { url: "http://clinic.example.invalid".to_owned(), ..good() }),
        ("organisation", NumbersApiOptions { organisation: "../admin".to_owned(), ..good() }),
        ("time_zone", NumbersApiOptions { time_zone: "Springfield".to_owned(), ..good() }),
        ("token", NumbersApiOptions { token: "two words".into(), ..good() }),
        ("lists", NumbersApiOptions { lists: BTreeMap::from([("crown".to_owned(), "crowns".to_owned())]), ..good() }),
        ("lists", NumbersApiOptions { lists: BTreeMap::from([("provider".to_owned(), "a?b".to_owned())]), ..good() }),
    ] {
        match NumbersApi::new(bad) {
            Err(SourceError::BadOption { option, .. }) => assert_eq!(option, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}
