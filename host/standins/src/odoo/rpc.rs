//! JSON-RPC and XML-RPC: services, log-in, arguments by position, and refusals with status 200.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::database::{ADMIN, Database};
use super::fault::Fault;
use super::http::{Server, answer, is_json, page, unsupported};
use super::rules::PASSWORD;
use super::store::{Row, is_set, text_of};
use super::{call, lock, xml};

/// What `common.version` tells.
fn version() -> Value {
    json!({
        "server_version": "19.0", "server_version_info": [19, 0, 0, "final", 0, ""], "server_serie": "19.0",
        "protocol_version": 1,
    })
}

pub(super) async fn jsonrpc(
    Shared(server): Shared<Arc<Server>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    server.linger().await;
    if !is_json(&headers) {
        return unsupported("/jsonrpc", "jsonrpc");
    }
    let Ok(body) = body else { return failed(&Value::Null, &too_large()) };
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return page(StatusCode::BAD_REQUEST, "Invalid JSON data");
    };
    if !request.is_object() {
        return page(StatusCode::BAD_REQUEST, "Invalid JSON-RPC data");
    }
    let (id, params) = (&request["id"], &request["params"]);
    let text = |name: &str| params[name].as_str().unwrap_or_default();
    let arguments = params["args"].as_array().map(Vec::as_slice).unwrap_or_default();
    match dispatch(&server, text("service"), text("method"), arguments) {
        // A method that returns nothing leaves it out.
        Ok(Value::Null) => answer(StatusCode::OK, &json!({ "jsonrpc": "2.0", "id": id })),
        Ok(result) => answer(StatusCode::OK, &json!({ "jsonrpc": "2.0", "id": id, "result": result })),
        Err(fault) => failed(id, &fault),
    }
}

fn failed(id: &Value, fault: &Fault) -> Response {
    let error = json!({ "code": 0, "message": "Odoo Server Error", "data": fault.rpc_data() });
    answer(StatusCode::OK, &json!({ "jsonrpc": "2.0", "id": id, "error": error }))
}

fn too_large() -> Fault {
    let name = "werkzeug.exceptions.RequestEntityTooLarge";
    let message = "413 Request Entity Too Large: The data value transmitted exceeds the capacity limit.".to_owned();
    Fault::Http { status: 413, name, message }
}

pub(super) async fn xmlrpc(
    Shared(server): Shared<Arc<Server>>,
    Path(service): Path<String>,
    verb: Method,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    server.linger().await;
    let html = |status, name: &str, text: &str| {
        page(
            status,
            format!(
                "<!doctype html>\n<html lang=en>\n<title>{} {name}</title>\n<h1>{name}</h1>\n<p>{text}</p>\n",
                status.as_u16()
            ),
        )
    };
    if verb != Method::POST {
        let text = "The method is not allowed for the requested URL.";
        return html(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", text);
    }
    let Ok(body) = body else {
        let text = "The data value transmitted exceeds the capacity limit.";
        return html(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large", text);
    };
    let result = xml::call(&body)
        .map_err(|words| Fault::python("xml.parsers.expat.ExpatError", words))
        .and_then(|(method, arguments)| dispatch(&server, &service, &method, &arguments));
    // What can't be written is told after it was committed.
    let text = result.and_then(|value| xml::response(&value).map_err(|(name, words)| Fault::python(name, words)));
    let text = text.unwrap_or_else(|fault| {
        let (code, words) = fault.xml();
        xml::fault(code, &words)
    });
    let headers = [(header::CONTENT_TYPE, "text/xml; charset=utf-8"), (header::CONNECTION, "close")];
    (StatusCode::OK, headers, text).into_response()
}

/// One call of a service.
fn dispatch(server: &Server, service: &str, method: &str, arguments: &[Value]) -> Result<Value, Fault> {
    match service {
        "common" => common(server, method, arguments),
        "object" => object(server, method, arguments),
        other => Err(Fault::python("builtins.KeyError", other)),
    }
}

fn common(server: &Server, method: &str, arguments: &[Value]) -> Result<Value, Fault> {
    match (method, arguments) {
        ("version", _) => Ok(version()),
        ("authenticate" | "login", [database, login, key, ..]) => {
            has_database(server, database)?;
            let state = lock(&server.state);
            let login = login.as_str().unwrap_or_default();
            let of = |row: &Row| is_set(row, "active") && text_of(row, "login") == Some(login);
            let user = state.database.store.rows("res.users").find(|(_, row)| of(row)).map(|(id, _)| id);
            let user = user.filter(|id| is_key(server, &state.database, *id, key));
            Ok(user.map_or(Value::Bool(false), Value::from))
        }
        ("authenticate" | "login", _) => Err(Fault::python(
            "builtins.TypeError",
            format!("exp_{method}() missing 1 required positional argument: 'password'"),
        )),
        _ => Err(Fault::python("builtins.Exception", format!("Method not found: {method}"))),
    }
}

fn object(server: &Server, method: &str, arguments: &[Value]) -> Result<Value, Fault> {
    let [database, user, key, model, name, rest @ ..] = arguments else {
        let given = arguments.len();
        let words = format!("not enough values to unpack (expected at least 5, got {given})");
        return Err(Fault::value(words));
    };
    if key.as_str().is_none_or(str::is_empty) {
        return Err(Fault::denied());
    }
    has_database(server, database)?;
    let none = Map::new();
    let (positional, named): (&[Value], &Map<String, Value>) = match (method, rest) {
        ("execute", all) => (all, &none),
        ("execute_kw", [Value::Array(positional)]) => (positional, &none),
        ("execute_kw", [Value::Array(positional), Value::Object(named), ..]) => (positional, named),
        ("execute_kw", [Value::Array(positional), Value::Null, ..]) => (positional, &none),
        ("execute_kw", _) => return Err(Fault::value("not enough values to unpack (expected 2, got 0)")),
        _ => return Err(Fault::python("builtins.NameError", format!("Method not available {method}"))),
    };
    let mut state = lock(&server.state);
    let id = user.as_i64().unwrap_or_default();
    if state.database.store.get("res.users", id).is_none() {
        let message = format!("Record does not exist or has been deleted.\n(Record: res.users({id},), User: {id})");
        return Err(Fault::Odoo { status: 404, name: "odoo.exceptions.MissingError", message });
    }
    if !is_key(server, &state.database, id, key) {
        return Err(Fault::denied());
    }
    let (model, name) = (model.as_str().unwrap_or_default(), name.as_str().unwrap_or_default());
    // The model is looked for before its arguments are bound.
    state.database.model(model)?;
    let body = call::named(model, name, positional, named)?;
    let result = state.call(id, model, name, &body)?;
    // One record given, one id back.
    match (name, positional.first(), &result) {
        ("create", Some(Value::Object(_)), Value::Array(ids)) => Ok(ids.first().cloned().unwrap_or_default()),
        _ => Ok(result),
    }
}

/// Whether this is the user's key: the administrator's, or the password of another user.
fn is_key(server: &Server, database: &Database, user: i64, key: &Value) -> bool {
    if user == ADMIN {
        return *key == server.api_key;
    }
    let password = database.store.get("res.users", user).and_then(|row| row.get(PASSWORD));
    password.is_some_and(|password| password == key)
}

fn has_database(server: &Server, name: &Value) -> Result<(), Fault> {
    let name = name.as_str().unwrap_or_default();
    if server.has_database(name) {
        return Ok(());
    }
    let words = format!(
        "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  database \"{name}\" does not exist\n"
    );
    Err(Fault::python("psycopg2.OperationalError", words))
}
