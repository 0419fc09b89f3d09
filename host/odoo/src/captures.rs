//! Every captured exchange with a real Odoo 19, replayed by a server to the client.
//!
//! What each must come to stands in `expected.json` beside the captures: the answer as Python's own XML-RPC and JSON
//! readers decode it, the error, or for `load()` what becomes of its rows.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::error::OdooError;
use crate::faults::{Reply, Script};
use crate::refusals::{self, Answer};
use crate::settings::Protocol;

/// One captured exchange: what was asked, and what came back.
#[derive(Deserialize)]
struct Capture {
    asked: Asked,
    request: Sent,
    response: Response,
}

#[derive(Deserialize)]
struct Asked {
    /// `common`; without it a method of a model is called.
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    model: String,
    method: String,
    /// The fields that were written.
    #[serde(default)]
    fields: Vec<String>,
    /// How many rows `load()` was given.
    #[serde(default)]
    rows: Option<usize>,
}

#[derive(Deserialize)]
struct Sent {
    path: String,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Capture {
    fn protocol(&self) -> Protocol {
        match self.request.path.as_str() {
            "/jsonrpc" => Protocol::JsonRpc,
            path if path.starts_with("/xmlrpc/2/") => Protocol::XmlRpc,
            _ => Protocol::Json2,
        }
    }

    fn reply(&self) -> Reply {
        let kind = self.response.headers.first().map_or("", |(_, kind)| kind.as_str());
        Reply::Raw(self.response.status, kind.to_owned(), self.response.body.clone())
    }

    /// A call that writes the same fields.
    fn body(&self) -> Map<String, Value> {
        let values: Map<String, Value> = self.asked.fields.iter().map(|field| (field.clone(), Value::Null)).collect();
        let body = match self.asked.method.as_str() {
            "create" => json!({ "vals_list": [values] }),
            "write" => json!({ "ids": [1], "vals": values }),
            _ => json!({}),
        };
        crate::client::arguments(body)
    }

    async fn ask(&self, client: &Client) -> Value {
        let Asked { model, method, .. } = &self.asked;
        match client.call(model, method, self.body()).await {
            Err(error) => failed(&error),
            Ok(answer) if method == "load" => match refusals::read(model, self.asked.rows.unwrap_or(0), &answer) {
                Err(error) => failed(&error),
                Ok(Answer::Loaded(ids)) => json!({ "loaded": ids }),
                Ok(Answer::Refused(rows)) => {
                    let rows: Map<String, Value> = rows
                        .iter()
                        .map(|(row, refusal)| (row.to_string(), format!("{:?}", refusal.error).into()))
                        .collect();
                    json!({ "refused": rows })
                }
            },
            Ok(answer) => json!({ "answer": answer }),
        }
    }
}

fn failed(error: &OdooError) -> Value {
    let shown = format!("{error} {error:?}");
    for value in [
        "zzz",
        "999999",
        "example.invalid",
        "Traceback",
        "File ",
        "direct_1",
        "<site>",
        "Germany",
        "abc",
        "1,25",
        "2020",
        "picklist",
        "mig.",
        "Author X",
        "Beta",
        "race src",
    ] {
        assert!(!shown.contains(value), "`{value}` is quoted: {shown}");
    }
    assert!(shown.contains("hint: "), "no hint: {shown}");
    json!({ "error": format!("{error:?}") })
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/odoo19/captures")
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).expect("a readable file");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn captures() -> BTreeMap<String, Capture> {
    let mut captures = BTreeMap::new();
    let mut folders: Vec<_> = ["json2", "jsonrpc", "xmlrpc", "misc"].map(|name| folder().join(name)).into();
    while let Some(below) = folders.pop() {
        for entry in below.read_dir().expect("the captures are there") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder()).expect("below the root").with_extension("");
            captures.insert(name.display().to_string(), read(&path));
        }
    }
    captures
}

/// The answer to `authenticate`, before the first call of a model.
fn authenticated(protocol: Protocol) -> Option<Reply> {
    match protocol {
        Protocol::Json2 => None,
        Protocol::JsonRpc => Some(Reply::Json(200, json!({ "jsonrpc": "2.0", "id": 1, "result": 2 }))),
        Protocol::XmlRpc => Some(Reply::Xml(
            "<?xml version=\"1.0\"?><methodResponse><params><param><value><int>2</int></value></param></params></methodResponse>"
                .to_owned(),
        )),
    }
}

/// Version and log-in, each from a client of its own, which asks them once.
async fn service(capture: &Capture) -> Value {
    let logs_in = capture.asked.method == "authenticate" || capture.asked.method == "login";
    let script = Script::start(vec![capture.reply()]);
    let client = script.client_over(Some(capture.protocol()));
    let outcome = if logs_in {
        client.user().await.map(Value::from)
    } else {
        client.version().await.map(|version| version.version.into())
    };
    script.played();
    outcome.map_or_else(|error| failed(&error), |answer| json!({ "answer": answer }))
}

#[tokio::test]
async fn every_captured_exchange_comes_to_what_is_expected() {
    let captures = captures();
    let mut ends: BTreeMap<&str, Value> = BTreeMap::new();
    for protocol in Protocol::ALL {
        let (services, calls): (Vec<_>, Vec<_>) = captures
            .iter()
            .filter(|(_, capture)| capture.protocol() == protocol)
            .partition(|(_, capture)| capture.asked.service.is_some());
        for (name, capture) in services {
            ends.insert(name, service(capture).await);
        }
        let replies = authenticated(protocol).into_iter().chain(calls.iter().map(|(_, capture)| capture.reply()));
        let script = Script::start(replies.collect());
        let client = script.client_over(Some(protocol));
        for (name, capture) in calls {
            ends.insert(name, capture.ask(&client).await);
        }
        script.played();
    }
    let expected: BTreeMap<String, Value> = read(&folder().join("expected.json"));
    let mut wrong = Vec::new();
    for (name, end) in &ends {
        match expected.get(*name) {
            Some(wanted) if wanted == end => {}
            Some(wanted) => wrong.push(format!("{name}\n  expected {wanted}\n  found    {end}")),
            None => wrong.push(format!("{name}\n  has no expectation\n  found    {end}")),
        }
    }
    wrong
        .extend(expected.keys().filter(|name| !ends.contains_key(name.as_str())).map(|name| format!("{name} is gone")));
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), ends.len(), wrong.join("\n"));
}
