//! The client against a server that answers from a script: what the stand-in cannot be asked to do.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::date;
use secrecy::SecretString;

use super::{Dentally, DentallyOptions, Patience};
use crate::{Page, SourceError};

const KEY: &str = "sk-never-to-be-shown";

/// An answer: status, headers, body.
type Answer = (u16, Vec<(&'static str, String)>, String);

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    /// Path and query of every request, and its User-Agent and Authorization.
    seen: Vec<(String, String, String)>,
}

/// A server that gives one scripted answer after another, and 500 when there are none left.
struct Server {
    script: Arc<Mutex<Script>>,
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let header = |name: &str| {
        request.headers().get(name).map(|value| value.to_str().expect("it is text").to_owned()).unwrap_or_default()
    };
    let mut script = script.lock().expect("no test panics while it holds the script");
    script.seen.push((request.uri().to_string(), header("user-agent"), header("authorization")));
    let Some((status, headers, body)) = script.answers.pop_front() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body.into()).expect("the script's answer is HTTP")
}

impl Server {
    async fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        // A second call is refused, as another test was first; either way one is installed.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let script = Arc::new(Mutex::new(Script { answers: answers.into_iter().collect(), seen: Vec::new() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { script, url, task }
    }

    fn dentally(&self) -> Dentally {
        let patience =
            Patience { retries: 3, first_delay: Duration::from_millis(1), longest_wait: Duration::from_millis(300) };
        Dentally::new(options(&self.url)).expect("the options are good").with_patience(patience)
    }

    async fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        self.dentally().extract(object, cursor).await
    }

    fn seen(&self) -> Vec<String> {
        self.script.lock().expect("no test panics while it holds the script").seen.iter().map(|s| s.0.clone()).collect()
    }
}

fn options(url: &str) -> DentallyOptions {
    DentallyOptions {
        url: url.to_owned(),
        key: SecretString::from(KEY),
        from: date(2026, 1, 1),
        until: date(2026, 6, 30),
    }
}

fn ok(body: impl Into<String>) -> Answer {
    (200, Vec::new(), body.into())
}

fn refuse(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    (status, headers.iter().map(|&(name, value)| (name, value.to_owned())).collect(), body.to_owned())
}

fn list(endpoint: &str, ids: std::ops::Range<u32>, meta: &str) -> String {
    let rows: Vec<_> = ids.map(|id| format!("{{\"id\":{id}}}")).collect();
    format!("{{\"{endpoint}\":[{}],\"meta\":{{{meta}}}}}", rows.join(","))
}

fn ids(page: &Page) -> Vec<&str> {
    page.rows.iter().map(|row| row.id.as_str()).collect()
}

#[tokio::test]
async fn pages_are_walked_to_the_last_with_key_and_user_agent() {
    let server = Server::new([
        ok(list("patients", 0..2, "\"total\":3,\"current_page\":1,\"total_pages\":2")),
        ok(list("patients", 2..3, "\"total_count\":3,\"current_page\":2,\"total_pages\":2")),
    ])
    .await;
    let first = server.extract("patient", None).await.expect("a page");
    assert_eq!((ids(&first), first.total), (vec!["0", "1"], Some(3)));
    let second = server.extract("patient", first.next.as_deref()).await.expect("a page");
    assert_eq!((ids(&second), second.total, second.next.as_deref()), (vec!["2"], Some(3), None));
    let seen = server.script.lock().expect("unpoisoned").seen.clone();
    assert_eq!(seen[0].0, "/v1/patients?page=1&per_page=100");
    assert_eq!(seen[1].0, "/v1/patients?page=2&per_page=100");
    assert_eq!(seen[0].1, concat!("odograft/", env!("CARGO_PKG_VERSION")));
    assert_eq!(seen[0].2, format!("Bearer {KEY}"));
}

#[tokio::test]
async fn without_a_number_of_pages_an_empty_page_is_the_end() {
    let server = Server::new([ok(list("sites", 0..1, "")), ok(list("sites", 0..0, ""))]).await;
    let first = server.extract("site", None).await.expect("a page");
    let second = server.extract("site", first.next.as_deref()).await.expect("a page");
    assert_eq!((second.rows.len(), second.next), (0, None));
}

#[tokio::test]
async fn appointments_are_walked_in_adjoining_windows_that_are_halved_on_413() {
    let end = "\"total_pages\":1,\"current_page\":1";
    let server = Server::new([
        ok(list("appointments", 0..2, "\"total_pages\":3,\"current_page\":1")),
        refuse(413, &[], ""),
        ok(list("appointments", 0..3, end)),
        ok(list("appointments", 3..4, end)),
        ok(list("appointments", 4..5, end)),
    ])
    .await;
    let dentally = server.dentally();
    let (mut cursor, mut walked) = (None, Vec::new());
    loop {
        let page = dentally.extract("appointment", cursor.as_deref()).await.expect("a page");
        assert_eq!(page.total, None, "a window's total is not the whole");
        walked.extend(page.rows.into_iter().map(|row| row.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(walked, ["0", "1", "0", "1", "2", "3", "4"]);
    let windows: Vec<_> =
        server.seen().iter().map(|uri| uri.replace("T23%3A59%3A59Z", "").replace("T00%3A00%3A00Z", "")).collect();
    let of = |page: u32, after: &str, before: &str| {
        format!("/v1/appointments?page={page}&per_page=100&cancelled=true&after={after}&before={before}")
    };
    let expected = [
        of(1, "2025-12-30", "2026-04-02"),
        of(2, "2025-12-30", "2026-04-02"),
        of(1, "2025-12-30", "2026-02-15"),
        of(1, "2026-02-14", "2026-05-18"),
        of(1, "2026-05-17", "2026-08-18"),
    ];
    assert_eq!(windows, expected);
}

#[tokio::test]
async fn a_list_that_misses_rows_is_read_again_until_it_is_whole() {
    let meta = |page| format!("\"total\":4,\"current_page\":{page},\"total_pages\":2");
    // A row moved between the two pages: one comes twice, and another not at all.
    let moved = || [ok(list("patients", 0..2, &meta(1))), ok(list("patients", 1..3, &meta(2)))];
    let whole = [ok(list("patients", 0..2, &meta(1))), ok(list("patients", 2..4, &meta(2)))];
    let walk = async |server: &Server, accepts: bool| {
        let dentally = server.dentally().accepting_missing_rows(accepts);
        let (mut cursor, mut walked) = (None, Vec::new());
        loop {
            let page = dentally.extract("patient", cursor.as_deref()).await?;
            walked.extend(page.rows.into_iter().map(|row| row.id));
            cursor = page.next;
            if cursor.is_none() {
                return Ok(walked);
            }
        }
    };
    let server = Server::new(moved().into_iter().chain(whole)).await;
    let walked: Result<_, SourceError> = walk(&server, false).await;
    assert_eq!(walked.expect("whole at the second reading"), ["0", "1", "1", "2", "0", "1", "2", "3"]);

    let never = || (0..3).flat_map(|_| moved());
    let error = walk(&Server::new(never()).await, false).await.expect_err("three times is enough");
    assert!(matches!(error, SourceError::RowsMissing { total: 4, count: 3, .. }), "{error:?}");
    assert!(error.to_string().contains("accept_missing_rows"), "{error}");
    let walked = walk(&Server::new(never()).await, true).await.expect("the client accepts it");
    assert_eq!(walked.len(), 12);

    // Rows that come twice and none missing are no reason to read again.
    let twice = [ok(list("patients", 0..2, &meta(1))), ok(list("patients", 1..4, &meta(2)))];
    let server = Server::new(twice).await;
    assert_eq!(walk(&server, false).await.expect("whole").len(), 5);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn every_object_has_a_list_of_its_own_and_long_ones_are_cut_by_what_dates_them() {
    let server = Server::new([]).await;
    let dentally = server.dentally().with_objects(&["room", "contract"]).expect("Dentally has them");
    let order: Vec<&str> = dentally.objects().iter().map(|spec| spec.name).collect();
    assert_eq!(order[..4], ["practice", "site", "practitioner", "payment_plan"]);
    assert_eq!(order[8..14], ["custom_field", "contract", "room", "patient", "account", "appointment"]);
    assert_eq!(order[14..], ["recall", "treatment_plan", "treatment_plan_item", "invoice", "invoice_item", "payment"]);
    assert!(matches!(server.dentally().with_objects(&["xray"]), Err(SourceError::UnknownObject { .. })));

    let end = "\"total\":1,\"total_pages\":1,\"current_page\":1";
    let server =
        Server::new([refuse(413, &[], ""), ok(list("invoices", 0..1, end)), ok(list("payments", 0..1, end))]).await;
    let invoices = server.extract("invoice", None).await.expect("a page");
    assert!(invoices.next.is_some(), "more windows follow");
    server.extract("payment", None).await.expect("a page");
    let seen = server.seen();
    assert_eq!(seen[1], "/v1/invoices?page=1&per_page=100&dated_on_after=1979-12-31&dated_on_before=1980-04-02");
    assert_eq!(seen[2], "/v1/payments?page=1&per_page=100");
}

#[tokio::test]
async fn windows_of_patients_go_on_after_the_appointments_asked_for() {
    let end = "\"total\":1,\"total_pages\":1,\"current_page\":1";
    let server = Server::new([ok(list("patients", 0..1, end)), ok(list("patients", 1..2, end))]).await;
    let dentally = server.dentally();
    let near = "{\"page\":1,\"window\":{\"from\":\"2026-05-01\",\"days\":92}}";
    let page = dentally.extract("patient", Some(near)).await.expect("a page");
    let last = dentally.extract("patient", page.next.as_deref()).await.expect("a page");
    assert_eq!(last.next, None);
    assert_eq!(
        server.seen()[1].replace("T23%3A59%3A59Z", ""),
        "/v1/patients?page=1&per_page=100&created_after=2026-07-31"
    );
}

#[tokio::test]
async fn all_workers_wait_for_one_rate_limit() {
    let low = vec![("x-ratelimit-remaining", "5".to_owned()), ("x-ratelimit-reset", "60".to_owned())];
    let page = || ok(list("patients", 0..1, "\"total_pages\":1"));
    let server = Server::new([(200, low, list("sites", 0..1, "\"total_pages\":1")), page(), page(), page()]).await;
    let dentally = server.dentally();
    dentally.extract("site", None).await.expect("a page");
    let begun = Instant::now();
    let ended = async || {
        dentally.extract("patient", None).await.expect("a page");
        begun.elapsed()
    };
    let (first, second, third) = tokio::join!(ended(), ended(), ended());
    for waited in [first, second, third] {
        assert!(waited >= Duration::from_millis(250), "{waited:?}");
    }
}

#[tokio::test]
async fn a_day_that_is_too_deep_is_an_error_and_patients_turn_to_windows() {
    let server = Server::new((0..20).map(|_| refuse(413, &[], ""))).await;
    let error = server.extract("appointment", None).await.expect_err("no window is small enough");
    assert!(matches!(error, SourceError::TooDeep { .. }), "{error:?}");
    let windows: Vec<_> = server.seen();
    assert_eq!(windows.len(), 7, "92, 46, 23, 11, 5, 2, 1 days: {windows:?}");

    let end = "\"total_pages\":1,\"current_page\":1";
    let server = Server::new([refuse(413, &[], ""), ok(list("patients", 0..1, end))]).await;
    let page = server.extract("patient", Some("{\"page\":501}")).await.expect("a page");
    assert!(page.next.is_some(), "more windows follow");
    assert!(server.seen()[1].starts_with("/v1/patients?page=1&per_page=100&created_after=2007-12-31"));
}

#[tokio::test]
async fn the_three_meanings_of_403_are_told_apart() {
    let scopes =
        refuse(403, &[("x-oauth-scopes", "user:read"), ("x-ratelimit-remaining", "3000")], "{\"error\":\"forbidden\"}");
    let error = Server::new([scopes]).await.extract("patient", None).await.expect_err("no scope");
    match &error {
        SourceError::ScopeMissing { scopes, needed, .. } => {
            assert_eq!((scopes.as_str(), needed.as_str()), ("user:read", "patient:read"));
        }
        other => panic!("{other:?}"),
    }
    let agent = refuse(403, &[], "{\"error\":\"Please send a User-Agent\"}");
    let error = Server::new([agent]).await.extract("patient", None).await.expect_err("no agent");
    assert!(matches!(error, SourceError::UserAgentRefused { .. }), "{error:?}");
    for limit in [
        refuse(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")], "{}"),
        refuse(403, &[], "Rate Limit exceeded"),
    ] {
        let server = Server::new([limit, ok(list("patients", 0..1, "\"total_pages\":1"))]).await;
        assert_eq!(server.extract("patient", None).await.expect("it waits and goes on").rows.len(), 1);
    }
}

#[tokio::test]
async fn what_an_account_withholds_is_absent_unless_no_migration_can_be_without_it() {
    let scopes = || refuse(403, &[("x-oauth-scopes", "user:read"), ("x-ratelimit-remaining", "3000")], "{}");
    for (refusal, word) in [(scopes(), "`patient:read`"), (refuse(404, &[], "{}"), "status 404")] {
        let error = Server::new([refusal]).await.extract("recall", None).await.expect_err("withheld");
        assert!(matches!(&error, SourceError::Absent { object, .. } if object == "recall"), "{error:?}");
        assert!(error.to_string().starts_with("`recall` is left out: ") && error.to_string().contains(word), "{error}");
    }
    let error = Server::new([refuse(404, &[], "{}")]).await.extract("patient", None).await.expect_err("no patients");
    assert!(matches!(error, SourceError::Status { status: 404, .. }), "{error:?}");
    // A list that was begun is not withheld, and a lapsed key withholds nothing.
    let error = Server::new([scopes()]).await.extract("recall", Some("{\"page\":2}")).await.expect_err("a refusal");
    assert!(matches!(error, SourceError::ScopeMissing { .. }), "{error:?}");
    let error = Server::new([refuse(401, &[], "{}")]).await.extract("recall", None).await.expect_err("a lapsed key");
    assert!(matches!(error, SourceError::KeyRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn the_practice_is_asked_for_once_and_rows_name_what_they_lie_below() {
    let server = Server::new([
        ok("{\"practice\":{\"id\":4711}}"),
        ok("{\"payments\":[{\"id\":7,\"patient_id\":17}],\"meta\":{\"total_pages\":1}}"),
    ])
    .await;
    let page = server.extract("practice", None).await.expect("the practice");
    assert_eq!((ids(&page), page.next.as_deref()), (vec!["4711"], None));
    let page = server.extract("payment", None).await.expect("a page");
    assert_eq!((page.rows[0].parent.as_deref(), page.rows[0].position), (Some("17"), 7));
    assert_eq!(server.seen()[0], "/v1/practice");
    let usual = server.dentally();
    let parents: Vec<_> = usual.objects().iter().filter_map(|spec| Some((spec.name, spec.parent?))).collect();
    let expected = [
        ("account", "patient"),
        ("treatment_plan", "patient"),
        ("treatment_plan_item", "treatment_plan"),
        ("invoice", "patient"),
        ("invoice_item", "invoice"),
        ("payment", "patient"),
    ];
    assert_eq!(parents, expected);
}

#[tokio::test]
async fn a_lapsed_key_is_not_tried_again_and_not_shown() {
    let server = Server::new([refuse(401, &[], "{\"error\":\"bad token sk-never-to-be-shown\"}")]).await;
    let error = server.extract("patient", None).await.expect_err("the key has lapsed");
    assert!(matches!(error, SourceError::KeyRefused { .. }), "{error:?}");
    assert!(error.to_string().contains("two weeks"), "{error}");
    assert!(!format!("{error} {error:?} {:?}", server.dentally()).contains(KEY));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_rate_limit_is_waited_for_and_in_the_end_an_error() {
    let page = || ok(list("patients", 0..1, "\"total_pages\":1"));
    let begun = Instant::now();
    let server = Server::new([refuse(429, &[("retry-after", "7")], ""), page()]).await;
    server.extract("patient", None).await.expect("it waits and goes on");
    assert!(begun.elapsed() >= Duration::from_millis(300), "it waits as long as it may");

    // A moment counts against the server's clock, whatever ours says.
    let reset = &[("x-ratelimit-reset", "1000000000"), ("date", "Sun, 09 Sep 2001 01:46:40 GMT")];
    let begun = Instant::now();
    let server = Server::new([refuse(429, reset, ""), page()]).await;
    server.extract("patient", None).await.expect("it waits and goes on");
    assert!((300..5_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());

    let server = Server::new((0..9).map(|_| refuse(429, &[("retry-after", "0")], ""))).await;
    let error = server.extract("patient", None).await.expect_err("it does not lift");
    assert!(matches!(error, SourceError::RateLimited { .. }), "{error:?}");
    assert_eq!(server.seen().len(), 4, "once and three retries");
}

#[tokio::test]
async fn it_waits_before_the_limit_is_used_up() {
    let low = (
        200,
        vec![("x-ratelimit-remaining", "5".to_owned()), ("x-ratelimit-reset", "60".to_owned())],
        list("patients", 0..1, "\"total_pages\":2"),
    );
    let server = Server::new([low, ok(list("patients", 1..2, "\"total_pages\":2"))]).await;
    let dentally = server.dentally();
    let first = dentally.extract("patient", None).await.expect("a page");
    let begun = Instant::now();
    dentally.extract("patient", first.next.as_deref()).await.expect("a page");
    assert!(begun.elapsed() >= Duration::from_millis(250), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn passing_faults_are_tried_again_and_lasting_ones_end() {
    let server = Server::new([
        refuse(500, &[], "Quackenbush"),
        refuse(503, &[], ""),
        ok(list("patients", 0..1, "\"total_pages\":1")),
    ])
    .await;
    assert_eq!(server.extract("patient", None).await.expect("it recovers").rows.len(), 1);

    let server = Server::new([]).await;
    let error = server.extract("patient", None).await.expect_err("it never recovers");
    assert!(matches!(error, SourceError::Unavailable { attempts: 4, .. }), "{error:?}");

    let gone = server.url.clone();
    drop(server);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let patience = Patience { retries: 1, first_delay: Duration::from_millis(1), ..Patience::default() };
    let dentally = Dentally::new(options(&gone)).expect("good options").with_patience(patience);
    let error = dentally.extract("patient", None).await.expect_err("nobody listens");
    assert!(matches!(&error, SourceError::Unavailable { .. }), "{error:?}");
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn pages_that_do_not_advance_are_an_error() {
    let same = || ok(list("patients", 0..2, "\"total_pages\":9"));
    let server = Server::new([same(), same()]).await;
    let first = server.extract("patient", None).await.expect("a page");
    let error = server.extract("patient", first.next.as_deref()).await.expect_err("the same page again");
    assert!(matches!(error, SourceError::PagesRepeat { page: 2, .. }), "{error:?}");

    for page in
        [list("patients", 0..2, "\"current_page\":1,\"total_pages\":9"), list("patients", 0..0, "\"total_pages\":9")]
    {
        let server = Server::new([ok(page)]).await;
        let error = server.extract("patient", Some("{\"page\":2}")).await.expect_err("not page 2");
        assert!(matches!(error, SourceError::PagesRepeat { page: 2, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_strange_statuses_are_named() {
    let server = Server::new([refuse(302, &[("location", "http://127.0.0.1:9/")], "")]).await;
    let error = server.extract("site", None).await.expect_err("a redirect");
    assert!(matches!(error, SourceError::Status { status: 302, .. }), "{error:?}");
    assert_eq!(server.seen().len(), 1);
    let error = server.extract("xray", None).await.expect_err("no such object");
    assert!(matches!(error, SourceError::UnknownObject { .. }), "{error:?}");
    for cursor in ["", "{}", "{\"page\":1,\"x\":1}", "{\"page\":1,\"window\":{\"from\":\"x\",\"days\":1}}"] {
        let error = server.extract("appointment", Some(cursor)).await.expect_err("no cursor");
        assert!(matches!(error, SourceError::BadCursor { .. }), "{cursor}: {error:?}");
    }
}

#[test]
fn options_that_would_harm_are_refused() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let refused = |options| match Dentally::new(options) {
        Err(SourceError::BadOption { option, .. }) => option,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(options("http://api.example.invalid")), "url");
    assert_eq!(refused(options("api.example.invalid")), "url");
    assert_eq!(refused(options("ftp://api.example.invalid")), "url");
    let good = options("https://api.example.invalid/v1/");
    assert_eq!(refused(DentallyOptions { key: SecretString::from("two words"), ..good.clone() }), "key");
    assert_eq!(refused(DentallyOptions { until: date(2020, 1, 1), ..good.clone() }), "from");
    Dentally::new(good).expect("https and a plain key are fine");
}
