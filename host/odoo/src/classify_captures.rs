//! Every captured exchange with a real Odoo 19 through the classifier.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::classify::refusal;
use crate::error::{OdooError, Problem};
use crate::templates::Asked;

/// One captured exchange: what was asked, and what came back.
struct Capture {
    model: String,
    method: String,
    fields: Vec<String>,
    status: u16,
    body: String,
}

fn captures() -> BTreeMap<String, Capture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/odoo19/captures/json2");
    let mut captures = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().expect("the captures are there") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).expect("below the root").with_extension("");
            captures.insert(name.display().to_string(), capture(&path));
        }
    }
    captures
}

fn capture(path: &Path) -> Capture {
    let text = std::fs::read_to_string(path).expect("a readable capture");
    let capture: Value = serde_json::from_str(&text).expect("a capture is JSON");
    let (request, response) = (&capture["request"], &capture["response"]);
    let (model, method) = request["path"]
        .as_str()
        .and_then(|path| path.strip_prefix("/json/2/"))
        .and_then(|path| path.split_once('/'))
        .expect("a JSON-2 path");
    let sent: Value = request["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    let fields = sent["vals"].as_object().map(|values| values.keys().cloned().collect()).unwrap_or_default();
    Capture {
        model: model.to_owned(),
        method: method.to_owned(),
        fields,
        status: u16::try_from(response["status"].as_u64().expect("a status")).expect("a status"),
        body: response["body"].as_str().expect("a body").to_owned(),
    }
}

fn classify(capture: &Capture) -> OdooError {
    let asked = Asked { model: &capture.model, method: &capture.method, fields: &capture.fields };
    refusal(asked, Some("nodb"), capture.status, None, capture.body.as_bytes())
}

fn name(text: &str) -> String {
    text.to_owned()
}

/// What each refusal in the captures means.
fn expected() -> BTreeMap<&'static str, OdooError> {
    let bad_arguments = |method: &str, argument: &str| OdooError::BadArguments {
        model: name("res.partner"),
        method: name(method),
        argument: name(argument),
    };
    let no_method = |method: &str| OdooError::NoMethod { model: name("res.partner"), method: name(method) };
    let no_database = || OdooError::WrongDatabase { database: Some(name("nodb")) };
    let no_field = |field: &str| OdooError::NoField { model: name("res.partner"), field: name(field) };
    let required = |model: &str, field: &str| OdooError::MissingRequired { model: name(model), field: name(field) };
    let gone = || OdooError::MissingRecord { model: name("res.partner") };
    BTreeMap::from([
        ("02-bad-key", OdooError::WrongKey),
        ("03-no-auth", OdooError::WrongKey),
        ("05-wrong-db", no_database()),
        ("06-no-such-model", OdooError::NoModel { model: name("res.nope") }),
        ("07-no-such-method", no_method("nope")),
        ("08-private", no_method("_search")),
        ("09-positional-args", bad_arguments("search_count", "domain")),
        ("10-unknown-kw", bad_arguments("search_count", "foo")),
        ("11-array-body", bad_arguments("search_count", "domain")),
        ("12-malformed", bad_arguments("search_count", "?")),
        ("13-GET", no_method("search_count")),
        ("14-ctype", OdooError::NotOdoo { status: 415 }),
        ("15-ids-on-model-method", bad_arguments("create", "ids")),
        ("16-None", no_method("check_access")),
        ("17-password-as-bearer", OdooError::WrongKey),
        ("att/over-web.max_file_upload_size", OdooError::TooLarge),
        ("att/size-over-128MiB", OdooError::TooLarge),
        ("conc/retries-exhausted", OdooError::Serialization),
        ("err/bad-m2o-id", OdooError::NoReference { model: name("res.partner"), field: name("country_id") }),
        (
            "err/bad-selection",
            OdooError::BadValue { model: name("res.partner"), field: name("type"), problem: Problem::Selection },
        ),
        ("err/missing-required-activity", required("mail.activity", "res_model_id")),
        ("err/missing-required-lead-name", required("crm.lead", "name")),
        ("err/missing-required-partner-name", required("res.partner", "name")),
        ("err/search-bad-field", no_field("nope")),
        ("err/unknown-field", no_field("nope_field")),
        ("err/unlink-missing-record", gone()),
        ("err/write-missing-record", gone()),
        (
            "imd/create-dup",
            OdooError::NotUnique {
                model: name("ir.model.data"),
                constraint: name("ir_model_data_module_name_uniq_index"),
            },
        ),
        ("multidb/header-nodb", no_database()),
        ("multidb/no-header", no_database()),
        ("unlink/partner-with-order", OdooError::InUse { by: name("sale.order"), field: name("partner_id") }),
    ])
}

#[test]
fn every_captured_refusal_is_understood() {
    let captures = captures();
    let mut expected = expected();
    for (name, capture) in &captures {
        if capture.status == 200 {
            continue;
        }
        assert_eq!(Some(classify(capture)), expected.remove(name.as_str()), "{name}");
    }
    assert!(expected.is_empty(), "no capture for {:?}", expected.keys());
}

#[test]
fn no_error_quotes_what_was_sent() {
    for (name, capture) in captures().iter().filter(|(_, capture)| capture.status != 200) {
        let shown = format!("{0} {0:?}", classify(capture));
        for value in ["zzz", "99999999", "999999", "a@example.invalid", "Traceback", "direct_1", "<site>"] {
            assert!(!shown.contains(value), "{name} quotes `{value}`: {shown}");
        }
        assert!(shown.contains("hint: "), "{name} has no hint: {shown}");
    }
}

#[test]
fn a_key_error_is_believed_only_about_a_field_that_was_sent() {
    let body = br#"{"name": "builtins.KeyError", "message": "Margaret", "arguments": [], "context": {}, "debug": ""}"#;
    let fields = vec![name("x_alert")];
    let asked = Asked { model: "res.partner", method: "write", fields: &fields };
    let unknown = OdooError::Server { name: name("KeyError"), status: 500 };
    assert_eq!(refusal(asked, None, 500, None, body), unknown);

    let body = br#"{"name": "builtins.KeyError", "message": "x_alert"}"#;
    let no_field = OdooError::NoField { model: name("res.partner"), field: name("x_alert") };
    assert_eq!(refusal(asked, None, 500, None, body), no_field);
}

#[test]
fn a_proxy_in_odoos_place_leaves_the_outcome_unknown() {
    let asked = Asked { model: "res.partner", method: "load", fields: &[] };
    let page = b"<html><h1>504 Gateway Time-out</h1></html>";
    for status in [502, 503, 504] {
        let error = refusal(asked, None, status, None, page);
        assert_eq!(error, OdooError::Gateway { status });
        assert!(error.outcome_is_unknown());
    }
    let busy = refusal(asked, None, 429, Some("7"), page);
    assert_eq!(busy, OdooError::RateLimited { retry_after: Some(std::time::Duration::from_secs(7)) });
    assert_eq!(refusal(asked, None, 413, None, page), OdooError::TooLarge);
    assert_eq!(refusal(asked, None, 404, None, page), OdooError::NotOdoo { status: 404 });
}
