//! JSON-RPC: `POST /jsonrpc`, on every version until Odoo removes it. Refusals come with status 200.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rpc::{Argument, Request};
use super::wire::Answer;
use crate::classify::{self, Fault};
use crate::error::OdooError;
use crate::templates::Asked;

#[derive(Serialize)]
struct Envelope<'a> {
    jsonrpc: &'static str,
    method: &'static str,
    params: Params<'a>,
    // Each call has a connection of its own, so there is nothing to tell apart.
    id: u8,
}

#[derive(Serialize)]
struct Params<'a> {
    service: &'static str,
    method: &'static str,
    args: &'a [Argument<'a>],
}

#[derive(Deserialize)]
struct Response {
    error: Option<Failure>,
    // Left out for a method that returns nothing.
    #[serde(default)]
    result: Value,
    jsonrpc: String,
}

#[derive(Deserialize)]
struct Failure {
    data: Fault,
}

/// The request's body.
pub(crate) fn write(request: &Request<'_>) -> Vec<u8> {
    let params = Params { service: request.service.name(), method: request.method, args: &request.arguments };
    // Text, numbers, lists and maps of JSON values always serialise.
    serde_json::to_vec(&Envelope { jsonrpc: "2.0", method: "call", params, id: 1 }).unwrap_or_default()
}

/// What an answer means.
pub(crate) fn read(asked: Asked<'_>, database: Option<&str>, answer: &Answer) -> Result<Value, OdooError> {
    if answer.status == 200 && answer.kind == "application/json" {
        let text = std::str::from_utf8(&answer.body).map_err(|_| OdooError::Dropped)?;
        return match serde_json::from_str::<Response>(text) {
            Ok(Response { error: Some(failure), .. }) => Err(classify::rpc_fault(asked, database, 200, &failure.data)),
            Ok(Response { jsonrpc, result, .. }) if jsonrpc == "2.0" => Ok(result),
            Err(error) if error.is_eof() => Err(OdooError::Dropped),
            Ok(_) | Err(_) => Err(OdooError::NotOdoo { status: 200 }),
        };
    }
    Err(match answer.status {
        404 => OdooError::LegacyOff,
        400 if [&b"Invalid JSON data"[..], b"Invalid JSON-RPC data"].contains(&answer.body.trim_ascii()) => {
            classify::bad_arguments(asked, None)
        }
        _ => classify::page(database, answer),
    })
}
