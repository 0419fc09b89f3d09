//! A stand-in for the JSON API of Practice by Numbers, after its developers' pages: numbered pages of items below an
//! organisation, a bearer token, and the refusals that the pages show.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::practice::Practice;
use crate::server::Server;

/// The most items of a page.
const LARGEST_PAGE: usize = 100;

/// How the stand-in behaves.
#[derive(Debug, Clone, Default)]
pub struct NumbersApiOptions {
    /// The organisation in the address.
    pub organisation: String,
    /// The bearer token that it accepts.
    pub token: String,
    /// Every n-th request is answered with 429 and `Retry-After`, and the one after it with 500.
    pub fail_every: Option<u64>,
    /// So many items go, one after each of the first pages.
    pub deletions: u64,
}

/// The running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct NumbersApiStandin {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: NumbersApiOptions,
    /// By list, its items.
    lists: Mutex<Vec<(&'static str, Vec<Value>)>>,
    requests: AtomicU64,
    deleted: AtomicU64,
}

impl NumbersApiStandin {
    /// Serves the practice's providers, patients, appointments and account lines on a free loopback port.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(practice: &Practice, options: NumbersApiOptions) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            options,
            lists: Mutex::new(vec![
                ("providers", providers(practice)),
                ("patients", patients(practice)),
                ("appointments", appointments(practice)),
                ("ledger", ledger(practice)),
            ]),
            requests: AtomicU64::new(0),
            deleted: AtomicU64::new(0),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        Ok(Self { server: Server::start(None, router).await?, shared })
    }

    /// `http://127.0.0.1:PORT`, without `/api/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Requests so far, refused ones included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// The items of a list, each as its text.
    #[must_use]
    pub fn items(&self, list: &str) -> Vec<String> {
        let lists = self.shared.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let items = lists.iter().find(|(name, _)| *name == list);
        items.map(|(_, items)| items.iter().map(Value::to_string).collect()).unwrap_or_default()
    }
}

fn patients(practice: &Practice) -> Vec<Value> {
    let item = |patient: &Value| {
        json!({
            "uuid": patient["uuid"], "chart_number": patient["id"], "first_name": patient["first_name"],
            "last_name": patient["last_name"], "date_of_birth": patient["date_of_birth"],
            "email": patient["email_address"], "mobile_phone": patient["mobile_phone"],
            "status": if patient["active"] == true { "active" } else { "inactive" },
            "location_uuid": patient["site_id"], "created_at": patient["created_at"],
        })
    };
    practice.patients.iter().map(item).collect()
}

fn providers(practice: &Practice) -> Vec<Value> {
    let item = |practitioner: &Value| {
        let user = &practitioner["user"];
        json!({
            "uuid": practitioner["uuid"], "first_name": user["first_name"], "last_name": user["last_name"],
            "email": user["email"], "active": practitioner["active"],
        })
    };
    practice.practitioners.iter().map(item).collect()
}

/// Patients' UUIDs by their numbers.
fn uuids(practice: &Practice) -> BTreeMap<i64, &Value> {
    practice.patients.iter().filter_map(|patient| Some((patient["id"].as_i64()?, &patient["uuid"]))).collect()
}

fn appointments(practice: &Practice) -> Vec<Value> {
    let uuids = uuids(practice);
    let item = |appointment: &Value| {
        let patient = appointment["patient_id"].as_i64().and_then(|id| uuids.get(&id));
        json!({
            "id": appointment["id"], "patient_uuid": patient, "status": appointment["state"],
            "starts_at": appointment["start_time"], "created_at": appointment["created_at"],
        })
    };
    practice.appointments.iter().map(item).collect()
}

/// A charge for each visit that came about; amounts are numbers.
fn ledger(practice: &Practice) -> Vec<Value> {
    let uuids = uuids(practice);
    let item = |appointment: &Value| {
        let patient = appointment["patient_id"].as_i64().and_then(|id| uuids.get(&id))?;
        let (id, day) = (appointment["id"].as_i64()?, appointment["start_time"].as_str()?.get(..10)?);
        Some(json!({
            "uuid": format!("00000000-0000-4000-8000-{id:012}"), "patient_uuid": patient, "date": day, "type": "Charge",
            "code": "D0120", "amount": (id % 90_000) as f64 / 100.0,
        }))
    };
    practice.appointments.iter().filter(|visit| visit["state"] == "Completed").filter_map(item).collect()
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let number = shared.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let refuse = |status: StatusCode, detail: &str| (status, axum::Json(json!({"detail": detail}))).into_response();
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if given != format!("Bearer {}", shared.options.token) {
        return refuse(StatusCode::UNAUTHORIZED, "Not authenticated");
    }
    if let Some(every) = shared.options.fail_every.filter(|every| *every > 1) {
        match number % every {
            0 => return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response(),
            1 if number > 1 => return refuse(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
            _ => {}
        }
    }
    let Some(list) = uri.path().strip_prefix(&format!("/api/v1/{}/", shared.options.organisation)) else {
        return refuse(StatusCode::FORBIDDEN, "Insufficient permissions");
    };
    let query = query.unwrap_or_default();
    let value = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(own, _)| *own == name).map(|(_, value)| value.parse::<usize>().ok()).next()
    };
    let (Some(page @ 1..), Some(size @ 1..)) =
        (value("page").unwrap_or(Some(1)), value("page_size").unwrap_or(Some(50)))
    else {
        return (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(json!({"detail": [{"loc": ["query", "page"]}]})))
            .into_response();
    };
    let size = size.min(LARGEST_PAGE);
    let mut lists = shared.lists.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((_, items)) = lists.iter_mut().find(|(name, _)| *name == list) else {
        return refuse(StatusCode::NOT_FOUND, "Not Found");
    };
    let found: Vec<&Value> = items.iter().skip((page - 1) * size).take(size).collect();
    let body = json!({"items": found, "page": page, "page_size": size, "total": items.len()});
    if shared.deleted.load(Ordering::Relaxed) < shared.options.deletions && !items.is_empty() {
        shared.deleted.fetch_add(1, Ordering::Relaxed);
        items.remove(0);
    }
    axum::Json(body).into_response()
}
