//! What JSON-RPC and XML-RPC have in common: services, methods and arguments by position.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

/// Half of Odoo's old interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Version and log-in.
    Common,
    /// Methods of models.
    Object,
}

impl Service {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Service::Common => "common",
            Service::Object => "object",
        }
    }
}

/// An argument by position, borrowed from whoever calls.
#[derive(Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Argument<'a> {
    /// A text; one of them is the key, so arguments have no `Debug`.
    Text(&'a str),
    /// A user's id.
    Id(i64),
    /// A method's arguments by position.
    List(Vec<&'a Value>),
    /// A method's arguments by name.
    Named(BTreeMap<&'a str, &'a Value>),
}

/// One call of a service.
pub(crate) struct Request<'a> {
    pub(crate) service: Service,
    pub(crate) method: &'static str,
    pub(crate) arguments: Vec<Argument<'a>>,
}

/// Who calls.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) database: &'a str,
    pub(crate) login: &'a str,
    pub(crate) key: &'a SecretString,
}

impl<'a> Caller<'a> {
    fn key(self) -> Argument<'a> {
        Argument::Text(self.key.expose_secret().trim())
    }
}

/// Asks for the version; needs no key.
pub(crate) fn version() -> Request<'static> {
    Request { service: Service::Common, method: "version", arguments: Vec::new() }
}

/// Asks for the caller's user id: `false` when the log-in or the key is wrong.
pub(crate) fn authenticate(caller: Caller<'_>) -> Request<'_> {
    let arguments = vec![
        Argument::Text(caller.database),
        Argument::Text(caller.login),
        caller.key(),
        Argument::Named(BTreeMap::new()),
    ];
    Request { service: Service::Common, method: "authenticate", arguments }
}

/// A call of a model's method. `body` is what JSON-2 would send: `ids`, `context` and the method's arguments by name.
pub(crate) fn execute<'a>(
    caller: Caller<'a>,
    user: i64,
    model: &'a str,
    method: &'a str,
    body: &'a Map<String, Value>,
) -> Request<'a> {
    let mut named: BTreeMap<&str, &Value> = body.iter().map(|(name, value)| (name.as_str(), value)).collect();
    let mut list: Vec<&Value> = named.remove("ids").into_iter().collect();
    // As long as one follows the other: an argument that is left out ends the list.
    list.extend(by_position(method).iter().map_while(|name| named.remove(name)));
    let arguments = vec![
        Argument::Text(caller.database),
        Argument::Id(user),
        caller.key(),
        Argument::Text(model),
        Argument::Text(method),
        Argument::List(list),
        Argument::Named(named),
    ];
    Request { service: Service::Object, method: "execute_kw", arguments }
}

/// Arguments that other versions name otherwise (a domain `args`, `default_get`'s fields `fields_list`), so that only
/// their place tells them, or that Odoo takes by position only (`create` looks whether it was given one record or a list).
fn by_position(method: &str) -> &'static [&'static str] {
    match method {
        "create" => &["vals_list"],
        "write" => &["vals"],
        "search" | "search_count" => &["domain"],
        "default_get" => &["fields"],
        "load" => &["fields", "data"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(method: &str, body: &Value) -> Value {
        let key = SecretString::from(" the-key\n");
        let caller = Caller { database: "practice", login: "admin", key: &key };
        let body = body.as_object().cloned().unwrap_or_default();
        serde_json::to_value(execute(caller, 2, "res.partner", method, &body).arguments).expect("JSON")
    }

    #[test]
    fn ids_come_first_and_the_rest_by_name() {
        let sent = sent("read", &json!({ "fields": ["name"], "ids": [7], "context": { "lang": "en_US" } }));
        let named = json!({ "context": { "lang": "en_US" }, "fields": ["name"] });
        assert_eq!(sent, json!(["practice", 2, "the-key", "res.partner", "read", [[7]], named]));
    }

    #[test]
    fn what_was_renamed_goes_by_position() {
        let arguments = |method, body| {
            let sent = sent(method, &body);
            (sent[5].clone(), sent[6].clone())
        };
        assert_eq!(arguments("create", json!({ "vals_list": [{}] })), (json!([[{}]]), json!({})));
        assert_eq!(arguments("write", json!({ "ids": [1], "vals": {} })), (json!([[1], {}]), json!({})));
        assert_eq!(arguments("search", json!({ "limit": 1, "domain": [] })), (json!([[]]), json!({ "limit": 1 })));
        assert_eq!(arguments("load", json!({ "data": [], "fields": ["id"] })), (json!([["id"], []]), json!({})));
        assert_eq!(arguments("load", json!({ "data": [] })), (json!([]), json!({ "data": [] })));
    }
}
