//! The HTTP side: routes, and JSON-2's key, content type, body and answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State as Shared};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::{Map, Value, json};

use super::database::ADMIN;
use super::fault::Fault;
use super::{OdooOptions, State, lock, rpc};

/// Odoo's limit for a request.
const BODY_LIMIT: usize = 128 * 1024 * 1024;

const NO_DATABASE: &str = "<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>No database is selected and the \
                           requested URL was not found in the server-wide controllers.</p>\n<p>Please verify the hostname, <a \
                           href=/web/login>login</a> and try again.</p>\n\n<!-- Alternatively, use the X-Odoo-Database header. -->\n";

pub(super) struct Server {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) api_key: String,
    pub(super) database: Option<String>,
    latency: Option<Duration>,
}

impl Server {
    /// Takes the time that every answer takes.
    pub(super) async fn linger(&self) {
        if let Some(latency) = self.latency {
            tokio::time::sleep(latency).await;
        }
    }

    pub(super) fn has_database(&self, name: &str) -> bool {
        self.database.as_ref().is_none_or(|database| database == name)
    }
}

/// The stand-in's routes.
pub(super) fn router(state: Arc<Mutex<State>>, options: &OdooOptions) -> Router {
    let OdooOptions { api_key, database, latency, .. } = options.clone();
    Router::new()
        .route("/web/version", get(version))
        .route("/web/health", get(health))
        .route("/json/2/{model}/{method}", any(json2))
        .route("/jsonrpc", any(rpc::jsonrpc))
        .route("/xmlrpc/2/{service}", any(rpc::xmlrpc))
        .fallback(nowhere)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Arc::new(Server { state, api_key, database, latency }))
}

async fn version() -> Response {
    answer(StatusCode::OK, &json!({"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}))
}

async fn health() -> Response {
    answer(StatusCode::OK, &json!({"status": "pass"}))
}

async fn nowhere() -> Response {
    refuse(&Fault::not_found("Did you mean POST /json/2/<model>/<method>?"))
}

async fn json2(
    Shared(server): Shared<Arc<Server>>,
    Path((model, method)): Path<(String, String)>,
    verb: Method,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    server.linger().await;
    if verb != Method::POST {
        return nowhere().await;
    }
    let named = headers.get("x-odoo-database").and_then(|name| name.to_str().ok());
    if named.is_some_and(|name| !server.has_database(name)) {
        return page(StatusCode::NOT_FOUND, NO_DATABASE);
    }
    let Ok(body) = body else {
        return refuse(&Fault::Http {
            status: 413,
            name: "werkzeug.exceptions.RequestEntityTooLarge",
            message: "The data value transmitted exceeds the capacity limit.".to_owned(),
        });
    };
    if !is_json(&headers) {
        return unsupported("/json/2/&lt;__model__&gt;/&lt;__method__&gt;", "json2");
    }
    if let Err(fault) = authenticate(&headers, &server.api_key) {
        let mut response = refuse(&fault);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer "));
        return response;
    }
    let body = match parse(&body) {
        Ok(body) => body,
        Err(fault) => return refuse(&fault),
    };
    let result = lock(&server.state).call(ADMIN, &model, &method, &body);
    match result {
        Ok(value) => answer(StatusCode::OK, &value),
        Err(fault) => refuse(&fault),
    }
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn authenticate(headers: &HeaderMap, api_key: &str) -> Result<(), Fault> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    match given {
        Some(key) if key == api_key => Ok(()),
        Some(_) => Err(Fault::unauthorized("Invalid apikey")),
        None => Err(Fault::unauthorized("User not authenticated, use an API Key with a Bearer Authorization header.")),
    }
}

fn parse(body: &[u8]) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(map)) => Ok(map),
        // Odoo reads nothing from a body that is no object.
        Ok(_) => Ok(Map::new()),
        Err(error) => {
            Err(Fault::bad_request(format!("could not parse the body as json: {}", python_text(body, &error))))
        }
    }
}

/// Python's words for the commonest mistakes; the place is the parser's.
fn python_text(body: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(body);
    let at = text.find(|c: char| !c.is_whitespace());
    let what = match at.map(|at| &text[at..]) {
        Some(rest) if rest.starts_with('{') && !rest[1..].trim_start().starts_with('"') => {
            "Expecting property name enclosed in double quotes"
        }
        _ if error.is_eof() => "Unterminated value",
        _ => "Expecting value",
    };
    let column = error.column().max(1);
    format!("{what}: line {} column {column} (char {})", error.line().max(1), column - 1)
}

/// The refusal of a body of another type.
pub(super) fn unsupported(route: &str, kind: &str) -> Response {
    let text = format!(
        "<!doctype html>\n<html lang=en>\n<title>415 Unsupported Media Type</title>\n<h1>Unsupported Media \
         Type</h1>\n<p>Request inferred type is compatible with [&#39;http&#39;] but &#39;{route}&#39; is \
         type=&#39;{kind}&#39;.<br><br>Please verify the Content-Type request header and try again.</p>\n"
    );
    let mut response = page(StatusCode::UNSUPPORTED_MEDIA_TYPE, text);
    response.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    response
}

/// A page of Odoo's web server.
pub(super) fn page(status: StatusCode, text: impl Into<String>) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONNECTION, "close")];
    (status, headers, text.into()).into_response()
}

fn refuse(fault: &Fault) -> Response {
    let status = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer(status, &fault.body())
}

/// Odoo keeps no connection alive.
pub(super) fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CONNECTION, "close")];
    (status, headers, body.to_string()).into_response()
}
