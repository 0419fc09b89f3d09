//! JSON-RPC and XML-RPC: captured requests are refused in the captured words.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::common::{Answer, request};
use super::{KEY, OdooOptions, OdooStandin, ok, start};

/// A stand-in as the captured server was: its database, its administrator's password and its custom fields.
async fn captured_server() -> OdooStandin {
    let options =
        OdooOptions { api_key: "admin".to_owned(), database: Some("mig".to_owned()), ..OdooOptions::default() };
    let odoo = OdooStandin::start(options).await.expect("a free port");
    let json2 = |model: &str, method: &str, body: Value| -> Value {
        let headers = [("Authorization", "bearer admin"), ("Content-Type", "application/json")];
        let path = format!("/json/2/{model}/{method}");
        let answer = request("POST", &odoo.url(), &path, &headers, &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    };
    let partner = &json2("ir.model", "search", json!({ "domain": [["model", "=", "res.partner"]] }))[0];
    let field = |name: &str, kind: &str| {
        let label = format!("F x_ppd_{name}");
        json!({ "model_id": partner, "name": format!("x_ppd_{name}"), "ttype": kind, "field_description": label, "state": "manual" })
    };
    let mut choice = field("sel", "selection");
    choice["selection_ids"] =
        json!([[0, 0, { "value": "a", "name": "Alpha" }], [0, 0, { "value": "b", "name": "Beta" }]]);
    let mut user = field("m2o", "many2one");
    user["relation"] = json!("res.users");
    let plain = [("chart_data", "char"), ("date", "date"), ("dt", "datetime"), ("int", "integer"), ("float", "float")];
    let fields: Vec<Value> = plain.map(|(name, kind)| field(name, kind)).into_iter().chain([choice, user]).collect();
    json2("ir.model.fields", "create", json!({ "vals_list": fields }));
    let direct = json!({ "module": "mig", "name": "direct_1", "model": "res.partner", "res_id": 1 });
    json2("ir.model.data", "create", json!({ "vals_list": [direct] }));
    odoo
}

fn captures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/odoo19/captures")
}

/// Exception and words of a refusal over JSON-RPC, fault code and words over XML-RPC, the page otherwise.
fn refusal(path: &str, status: u16, body: &str) -> String {
    if status != 200 {
        return format!("{status} {body}");
    }
    if path == "/jsonrpc" {
        let answer: Value = serde_json::from_str(body).expect("JSON");
        let data = &answer["error"]["data"];
        return format!("{} {}", data["name"], data["message"]);
    }
    let part = |open: &str, close: &str| {
        let after = body.split_once(open).map(|(_, after)| after)?;
        after.rsplit_once(close).map(|(part, _)| part)
    };
    let words = part("<name>faultString</name>\n<value><string>", "</string>").unwrap_or_default();
    // Of a traceback, what comes after the last line of code.
    let end = words.rfind("\n  ").map_or(words, |at| words[at + 1..].split_once('\n').map_or("", |(_, rest)| rest));
    let words = if words.starts_with("Traceback ") { end } else { words };
    let code = body.split("<int>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
    format!("{code} {words}")
}

/// Captured refusals that a fresh stand-in can't give, and why.
const NOT_HERE: [(&str, &[&str]); 6] = [
    (
        "they are about records that the captured server had by then, or had deleted",
        &[
            "jsonrpc/unlink/partner-with-order",
            "jsonrpc/write/unknown-field",
            "xmlrpc/act/create-bad-res_id",
            "xmlrpc/company/create-dup",
            "xmlrpc/company/order-in-foreign-company",
            "xmlrpc/company/partner-in-company",
            "xmlrpc/fields/change-type",
            "xmlrpc/fields/gone-read",
            "xmlrpc/fields/val-m2o-str",
            "xmlrpc/sale/create-bad-line-product",
            "xmlrpc/sale/line-unlink-confirmed",
            "xmlrpc/sale/state-done-create",
            "xmlrpc/sale/unlink-confirmed",
            "xmlrpc/unlink/batch-one-missing",
            "xmlrpc/unlink/partner-with-order",
            "xmlrpc/unlink/product-with-order",
            "xmlrpc/unlink/stage-used",
            "xmlrpc/user/create-dup-login",
            "xmlrpc/user/unlink-partner-of-user",
            "xmlrpc/utm/source-rename-dup",
            "xmlrpc/write/unknown-field",
        ],
    ),
    (
        "they come from other writers at the same moment",
        &[
            "jsonrpc/conc/retries-exhausted",
            "jsonrpc/conc/utm-same-name-prefork4-0",
            "jsonrpc/conc/utm-same-name-prefork4-1",
            "jsonrpc/conc/utm-same-name-prefork4-3",
            "jsonrpc/conc/utm-same-name-threaded-0",
            "jsonrpc/conc/utm-same-name-threaded-2",
            "jsonrpc/conc/utm-same-name-threaded-3",
            "xmlrpc/conc/retries-exhausted",
        ],
    ),
    (
        "they come from a user with fewer rights than the administrator",
        &[
            "jsonrpc/acc/low-create-field",
            "xmlrpc/acc/low-check_access_rights",
            "xmlrpc/acc/low-create-field",
            "xmlrpc/acc/low-create-partner",
            "xmlrpc/acc/low-read-lead",
        ],
    ),
    (
        "the models or methods are none that a migration needs",
        &[
            "xmlrpc/22-make_key",
            "xmlrpc/23-generate",
            "xmlrpc/crm/lead-lost",
            "xmlrpc/imd/get_external_id",
            "xmlrpc/user/unlink-admin",
        ],
    ),
    (
        "PostgreSQL quotes its own statement, or Python its own parser",
        &["jsonrpc/err/bad-m2o-name", "jsonrpc/val/control-char", "xmlrpc/err/bad-m2o-name"],
    ),
    (
        "the stand-in takes more than Odoo: no content is refused in Python's words, no company is held against its user",
        &[
            "xmlrpc/att/bad-base64",
            "xmlrpc/att/create-datas-Binary",
            "xmlrpc/att/create-raw-Binary",
            "xmlrpc/int/company-0",
        ],
    ),
];

/// Every captured request that was refused; those that were cut, too large or answered by a proxy excepted.
fn refused() -> Vec<(String, Value)> {
    let (mut found, mut folders) = (Vec::new(), vec![captures().join("jsonrpc"), captures().join("xmlrpc")]);
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().expect("the captures are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("readable");
            let capture: Value = serde_json::from_str(&text).expect("JSON");
            let (status, body) =
                (&capture["response"]["status"], capture["response"]["body"].as_str().expect("a body"));
            let refused = *status != 200 || body.contains("<fault>") || body.contains("\"error\": {");
            let whole = !capture["request"]["body"].as_str().expect("a body").contains("…[cut");
            if refused && whole && ![413, 502, 504].map(Value::from).contains(status) {
                let name = path.strip_prefix(captures()).expect("below").with_extension("").display().to_string();
                found.push((name, capture));
            }
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[tokio::test]
async fn captured_requests_are_refused_in_the_captured_words() {
    let excepted: Vec<&str> = NOT_HERE.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let odoo = captured_server().await;
    let (mut wrong, mut equal) = (Vec::new(), 0);
    for (name, capture) in refused() {
        let (sent, answer) = (&capture["request"], &capture["response"]);
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let (verb, path, body) = (text(&sent["method"]), text(&sent["path"]), text(&sent["body"]));
        let kind = sent["headers"]["Content-Type"].as_str().unwrap_or("text/xml");
        let given = request(&verb, &odoo.url(), &path, &[("Content-Type", kind)], &body);
        let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
        let wanted = refusal(&path, status, &text(&answer["body"]));
        let given = refusal(&path, given.status, &given.body);
        match (wanted == given, excepted.contains(&name.as_str())) {
            (true, true) => wrong.push(format!("{name} is as captured and still excepted")),
            (false, false) => wrong.push(format!("{name}\n  wanted {wanted:?}\n  given  {given:?}")),
            (true, false) => equal += 1,
            (false, true) => {}
        }
    }
    assert!(wrong.is_empty(), "{equal} are as captured, these are not:\n{}", wrong.join("\n"));
    assert!(equal >= 90, "{equal}");
}

fn jsonrpc(odoo: &OdooStandin, service: &str, method: &str, arguments: &Value) -> Value {
    let params = json!({ "service": service, "method": method, "args": arguments });
    let body = json!({ "jsonrpc": "2.0", "method": "call", "params": params, "id": 7 }).to_string();
    let answer = request("POST", &odoo.url(), "/jsonrpc", &[("Content-Type", "application/json")], &body).json();
    assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(7)));
    answer
}

/// A model's method over JSON-RPC; its result.
fn execute(odoo: &OdooStandin, model: &str, method: &str, positional: Value, named: Value) -> Value {
    let arguments = json!(["any", 2, KEY, model, method, positional, named]);
    let answer = jsonrpc(odoo, "object", "execute_kw", &arguments);
    assert_eq!(answer.get("error"), None, "{answer}");
    answer["result"].clone()
}

fn xmlrpc(odoo: &OdooStandin, service: &str, method: &str, params: &str) -> Answer {
    let body = format!(
        "<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params>{params}</params></methodCall>"
    );
    request("POST", &odoo.url(), &format!("/xmlrpc/2/{service}"), &[("Content-Type", "text/xml")], &body)
}

#[tokio::test]
async fn the_administrator_logs_in_with_the_key() {
    let odoo = start().await;
    let log_in = |login: &str, key: &str| {
        jsonrpc(&odoo, "common", "authenticate", &json!(["any", login, key, {}]))["result"].clone()
    };
    assert_eq!(log_in("admin", KEY), 2);
    assert_eq!((log_in("admin", "wrong"), log_in("dee@example.invalid", KEY)), (json!(false), json!(false)));
    assert_eq!(jsonrpc(&odoo, "common", "version", &json!([]))["result"]["server_version"], "19.0");
    let text = |text: &str| format!("<param><value>{text}</value></param>");
    let params = [text("any"), text("admin"), text(KEY), "<param><value><struct/></value></param>".to_owned()].concat();
    let answer = xmlrpc(&odoo, "common", "authenticate", &params);
    assert_eq!(answer.header("content-type"), Some("text/xml; charset=utf-8"));
    assert!(answer.body.contains("<param>\n<value><int>2</int></value>\n</param>"), "{}", answer.body);
}

#[tokio::test]
async fn arguments_are_bound_by_position_and_by_name() {
    let odoo = start().await;
    let one = execute(&odoo, "res.partner", "create", json!([{ "name": "Ann" }]), json!({}));
    assert!(one.is_i64(), "one record, one id: {one}");
    let list = execute(&odoo, "res.partner", "create", json!([[{ "name": "Bob" }]]), json!({}));
    assert!(list[0].is_i64(), "{list}");
    assert_eq!(execute(&odoo, "res.partner", "write", json!([one, { "ref": "x" }]), json!({ "context": {} })), true);
    let named = json!({ "domain": [["ref", "=", "x"]], "fields": ["name"] });
    assert_eq!(execute(&odoo, "res.partner", "search_read", json!([]), named)[0]["name"], "Ann");
    let found = execute(&odoo, "res.partner", "search", json!([[["ref", "=", "x"]], 0, 1]), json!({}));
    assert_eq!(found, json!([one]));
    let json2 = ok(&odoo, "res.partner", "read", json!({ "ids": [one], "fields": ["ref"] }));
    assert_eq!(json2[0]["ref"], "x", "it is the same database");
}

#[tokio::test]
async fn xml_has_no_null_no_control_characters_and_no_long_numbers() {
    let odoo = start().await;
    let values = json!({ "name": "Cy\u{7} & <co>" });
    let id = execute(&odoo, "res.partner", "create", json!([values]), json!({}));
    let head = format!(
        "<param><value>any</value></param><param><value><int>2</int></value></param><param><value>{KEY}</value></param>\
         <param><value>res.partner</value></param>"
    );
    let call = |method: &str, arguments: &str| {
        let params = format!("{head}<param><value>{method}</value></param><param>{arguments}</param>");
        xmlrpc(&odoo, "object", "execute_kw", &params).body
    };
    let read = call(
        "read",
        &format!(
            "<value><array><data><value><int>{id}</int></value><value><array><data><value>name</value></data></array></value></data></array></value>"
        ),
    );
    assert!(read.contains("<value><string>Cy &amp; &lt;co&gt;</string></value>"), "{read}");
    let long = "<value><array><data><value><array><data><value><array><data><value>id</value><value>=</value><value><i8>4294967296</i8></value></data></array></value></data></array></value></data></array></value>";
    let count = call("search_count", long);
    assert!(count.contains("<value><int>0</int></value>"), "{count}");
}
