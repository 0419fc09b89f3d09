//! A stand-in for Dentally's REST API v1: the lists that a migration reads, with the limits, windows and
//! refusals that users of the live API report.

mod list;
mod rate;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use self::list::Query;
use self::rate::{Rate, Standing};
use crate::practice::{DentallyBefore, DentallyLists, Practice};
use crate::server::{Server, Stuck};

/// How the stand-in behaves.
#[derive(Debug, Clone, Default)]
pub struct DentallyOptions {
    /// The bearer token that it accepts.
    pub token: String,
    /// Requests allowed in a window of [`DentallyOptions::rate_window`]; beyond, answers are 429 with
    /// `Retry-After` and, every second one, a 403 that mentions the rate limit. `None`: the headers show
    /// the live API's 3,600 and never drain.
    pub rate_limit: Option<u32>,
    /// Length of a rate window; `None`: the clock hour, as the live API.
    pub rate_window: Option<Duration>,
    /// Time that every answer takes.
    pub latency: Option<Duration>,
    /// Rows after which a page is refused with 413.
    pub max_offset: Option<usize>,
    /// Every n-th request is answered with 500.
    pub fail_every: Option<u32>,
    /// Lists by their endpoint, such as `invoices`, in place of the practice's own.
    pub more: BTreeMap<String, Vec<Value>>,
    /// Endpoints that the token may not read: they are refused with 403.
    pub out_of_scope: BTreeSet<String>,
    /// Endpoints that the account does not have: they are refused with 404.
    pub missing: BTreeSet<String>,
    /// Every n-th page begins with the last row of the page before it, as unstable pagination gives.
    pub duplicate_every: Option<u32>,
    /// What it holds until [`DentallyStandin::end_window`], in place of the practice's patients and visits.
    pub before: Option<DentallyBefore>,
}

/// The running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct DentallyStandin {
    server: Server,
    requests: Arc<AtomicU64>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    practice: Arc<Practice>,
    lists: DentallyLists,
    options: DentallyOptions,
    requests: Arc<AtomicU64>,
    rate: Rate,
    last: Mutex<Option<Chosen>>,
    /// Whether the window is over.
    after: AtomicBool,
}

/// The rows of the list that was asked for last: its pages follow upon each other, and every row's moments are parsed to
/// choose them.
#[derive(Debug)]
struct Chosen {
    collection: String,
    filters: Vec<(String, String)>,
    rows: Arc<Vec<usize>>,
}

impl DentallyStandin {
    /// Serves the practice on a free loopback port.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(practice: Arc<Practice>, options: DentallyOptions) -> io::Result<DentallyStandin> {
        let requests = Arc::new(AtomicU64::new(0));
        let rate = Rate::new(options.rate_limit, options.rate_window);
        let lists = practice.dentally_lists();
        let (requests, last, after) = (Arc::clone(&requests), Mutex::new(None), AtomicBool::new(false));
        let shared = Arc::new(Shared { practice, lists, options, requests, rate, last, after });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let server = Server::start(None, router).await?;
        Ok(DentallyStandin { server, requests: Arc::clone(&shared.requests), shared })
    }

    /// `http://127.0.0.1:PORT`, without `/v1`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// From now on it holds the practice as it is, and no longer as it was before.
    pub fn end_window(&self) {
        self.shared.after.store(true, Ordering::Relaxed);
        *self.shared.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Requests answered so far, refused ones included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Lets `pass` more requests through; the one after them gets stuck for good, and the receiver hears of it.
    pub fn stick(&self, pass: u64, stuck: Stuck) -> oneshot::Receiver<()> {
        self.server.stick(pass, stuck)
    }

    /// Stops the stand-in.
    pub fn shutdown(mut self) {
        self.server.stop();
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let number = shared.requests.fetch_add(1, Ordering::Relaxed) + 1;
    if let Some(latency) = shared.options.latency {
        tokio::time::sleep(latency).await;
    }
    if headers.get(header::USER_AGENT).is_none_or(header::HeaderValue::is_empty) {
        return refuse(StatusCode::FORBIDDEN, "forbidden", "A User-Agent header is required");
    }
    let expected = format!("Bearer {}", shared.options.token);
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !given.eq_ignore_ascii_case(&expected) || !given.ends_with(&shared.options.token) {
        return refuse(StatusCode::UNAUTHORIZED, "unauthorized", "The access token is invalid");
    }
    let path = uri.path().trim_end_matches('/');
    if path == "/v1/rate_limit" || path == "/rate_limit" {
        let standing = shared.rate.look();
        let core = json!({"limit": standing.limit, "remaining": standing.remaining, "reset": standing.reset});
        return found(&json!({"resources": {"core": core, "sms": {}}}), &standing);
    }
    let standing = shared.rate.take();
    if standing.refused > 0 {
        return drained(&standing);
    }
    if shared.options.fail_every.is_some_and(|every| every > 0 && number.is_multiple_of(u64::from(every))) {
        return limited(refuse(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Something went wrong"), &standing);
    }
    let Some(path) = path.strip_prefix("/v1/") else {
        return limited(refuse(StatusCode::NOT_FOUND, "not_found", "Not found"), &standing);
    };
    let query = Query::parse(query.as_deref().unwrap_or_default());
    match resource(&shared, path, &query) {
        Ok(body) => found(&body, &standing),
        Err(Missing::OutOfScope) => {
            let mut refusal =
                refuse(StatusCode::FORBIDDEN, "forbidden", "The token's scopes do not include this resource");
            refusal.headers_mut().insert("x-oauth-scopes", SCOPES);
            limited(refusal, &standing)
        }
        Err(Missing::NotThere) => limited(refuse(StatusCode::NOT_FOUND, "not_found", "Not found"), &standing),
        Err(Missing::TooDeep) => {
            let refusal = refuse(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "Request entity too large");
            limited(refusal, &standing)
        }
    }
}

/// The scopes of a token that may not read everything.
const SCOPES: header::HeaderValue =
    header::HeaderValue::from_static("user:read practice:read patient:read appointment:read");

/// Why a path has no answer.
enum Missing {
    NotThere,
    OutOfScope,
    TooDeep,
}

/// What a path under `/v1` holds.
fn resource(shared: &Shared, path: &str, query: &Query) -> Result<Value, Missing> {
    let practice = &shared.practice;
    let (collection, id) = path.split_once('/').map_or((path, None), |(collection, id)| (collection, Some(id)));
    if shared.options.missing.contains(collection) {
        return Err(Missing::NotThere);
    }
    if shared.options.out_of_scope.contains(collection) {
        return Err(Missing::OutOfScope);
    }
    let before = shared.options.before.as_ref().filter(|_| !shared.after.load(Ordering::Relaxed));
    let users: Vec<Value>;
    let list = || shared.options.more.get(collection).or_else(|| shared.lists.rows.get(collection));
    let (rows, single): (&[Value], &str) = match collection {
        "practice" => {
            return list().and_then(|rows| rows.first()).map(|row| json!({"practice": row})).ok_or(Missing::NotThere);
        }
        "user" => {
            return practice.practitioners.first().map(|one| json!({"user": one["user"]})).ok_or(Missing::NotThere);
        }
        "sites" => (&practice.sites, "site"),
        "practitioners" => (&practice.practitioners, "practitioner"),
        "patients" => (before.map_or(&practice.patients, |before| &before.patients), "patient"),
        "appointments" => (before.map_or(&practice.appointments, |before| &before.appointments), "appointment"),
        "users" => {
            users = practice.practitioners.iter().map(|practitioner| practitioner["user"].clone()).collect();
            (&users, "user")
        }
        _ => (list().ok_or(Missing::NotThere)?, collection.trim_end_matches('s')),
    };
    if let Some(id) = id {
        let row = rows.iter().find(|row| list::id_text(row) == id);
        return row.map(|row| json!({single: row})).ok_or(Missing::NotThere);
    }
    let chosen = chosen(shared, collection, rows, query);
    list::page(collection, rows, &chosen, query, &shared.options).ok_or(Missing::TooDeep)
}

/// The places of the rows that the request's filters leave.
fn chosen(shared: &Shared, collection: &str, rows: &[Value], query: &Query) -> Arc<Vec<usize>> {
    let filters = query.filters();
    let mut last = shared.last.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = last.as_ref().filter(|known| known.collection == collection && known.filters == filters) {
        return Arc::clone(&known.rows);
    }
    let rows = Arc::new(list::select(collection, rows, query));
    *last = Some(Chosen { collection: collection.to_owned(), filters, rows: Arc::clone(&rows) });
    rows
}

fn found(body: &Value, standing: &Standing) -> Response {
    limited(
        (StatusCode::OK, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response(),
        standing,
    )
}

fn refuse(status: StatusCode, kind: &str, message: &str) -> Response {
    let body = json!({"error": {"type": kind, "message": message}});
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}

/// Over the limit: 429 with `Retry-After`, and every second time the 403 that users report instead.
fn drained(standing: &Standing) -> Response {
    if standing.refused % 2 == 1 {
        let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests");
        response.headers_mut().insert(header::RETRY_AFTER, standing.wait.max(1).into());
        limited(response, standing)
    } else {
        limited(refuse(StatusCode::FORBIDDEN, "forbidden", "Rate limit exceeded for this user"), standing)
    }
}

fn limited(mut response: Response, standing: &Standing) -> Response {
    let headers = response.headers_mut();
    headers.insert("x-ratelimit-limit", standing.limit.into());
    headers.insert("x-ratelimit-remaining", standing.remaining.into());
    headers.insert("x-ratelimit-reset", standing.reset.into());
    headers.insert(
        "x-oauth-scopes",
        header::HeaderValue::from_static("user:read practice:read patient:read appointment:read"),
    );
    response
}
