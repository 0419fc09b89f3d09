//! Which protocol is chosen, what it sends, and what of it may fail.

use serde_json::{Map, Value, json};

use super::{Reply, Script};
use crate::client::Client;
use crate::error::OdooError;
use crate::loader::{LoadBatch, Row, RowOutcome, insert};
use crate::problem::Problem;
use crate::settings::{Connection, Protocol, Settings};

const OLD: [Protocol; 2] = [Protocol::JsonRpc, Protocol::XmlRpc];

/// A method's result, as Odoo sends it.
fn result(protocol: Protocol, value: &Value) -> Reply {
    match protocol {
        Protocol::Json2 => Reply::Json(200, value.clone()),
        Protocol::JsonRpc => Reply::Json(200, json!({ "jsonrpc": "2.0", "id": 1, "result": value })),
        Protocol::XmlRpc => Reply::Xml(format!(
            "<?xml version=\"1.0\"?>\n<methodResponse>\n<params>\n<param>\n{}</param>\n</params>\n\n</methodResponse>\n",
            xml(value)
        )),
    }
}

fn xml(value: &Value) -> String {
    let inner = match value {
        Value::Bool(flag) => format!("<boolean>{}</boolean>", u8::from(*flag)),
        Value::Number(number) => format!("<int>{number}</int>"),
        Value::String(text) => format!("<string>{text}</string>"),
        Value::Array(items) => format!("<array><data>\n{}</data></array>", items.iter().map(xml).collect::<String>()),
        Value::Object(members) => {
            let member = |(name, value)| format!("<member>\n<name>{name}</name>\n{}</member>\n", xml(value));
            format!("<struct>\n{}</struct>", members.iter().map(member).collect::<String>())
        }
        Value::Null => panic!("Odoo's XML has no null"),
    };
    format!("<value>{inner}</value>\n")
}

/// An exception, as Odoo sends it.
fn raised(protocol: Protocol, class: &str, message: &str) -> Reply {
    if protocol == Protocol::JsonRpc {
        let data = json!({ "name": class, "message": message, "arguments": [], "context": {}, "debug": "" });
        let error = json!({ "code": 0, "message": "Odoo Server Error", "data": data });
        return Reply::Json(200, json!({ "jsonrpc": "2.0", "id": 1, "error": error }));
    }
    let traceback = format!("Traceback (most recent call last):\n  File \"x.py\", line 1, in f\n{class}: {message}\n");
    let fault = json!({ "faultCode": 1, "faultString": traceback });
    Reply::Xml(format!(
        "<?xml version=\"1.0\"?>\n<methodResponse>\n<fault>\n{}</fault>\n</methodResponse>\n",
        xml(&fault)
    ))
}

fn page(version: &str) -> Reply {
    Reply::Json(200, json!({ "version": version, "version_info": [] }))
}

fn version(version: &str) -> Value {
    json!({ "server_version": version, "server_serie": version, "protocol_version": 1 })
}

/// The first lines of the requests.
fn asked(script: Script) -> Vec<String> {
    let request = |head: &str| head.split(" http/").next().unwrap_or_default().to_owned();
    script.played().iter().map(|request_| request(&request_.head)).collect()
}

#[tokio::test]
async fn odoo_19_is_spoken_to_over_json_2() {
    for told in ["19.0", "saas~19.1", "20.0"] {
        let script = Script::start(vec![page(told), Reply::Json(200, json!({ "uid": 2 })), Reply::Json(200, json!(7))]);
        let client = script.client_over(None);
        assert_eq!(client.check_access().await, Ok(2));
        assert_eq!(client.search_count("res.partner", json!([]), false).await, Ok(7));
        assert_eq!(client.protocol().await, Ok(Protocol::Json2));
        let asked = asked(script);
        assert_eq!(asked[0], "get /web/version", "asked once");
        assert_eq!(asked[1..], ["post /json/2/res.users/context_get", "post /json/2/res.partner/search_count"]);
    }
}

#[tokio::test]
async fn before_19_it_is_json_rpc_and_xml_rpc_where_that_is_closed() {
    for first in [page("17.0"), Reply::Page(404, ""), Reply::Page(200, "")] {
        let told = version("17.0+e");
        let replies = vec![first, result(Protocol::JsonRpc, &told), result(Protocol::JsonRpc, &json!(6))];
        let script = Script::start(replies.into_iter().chain([result(Protocol::JsonRpc, &json!(7))]).collect());
        let client = script.client_over(None);
        assert_eq!(client.search_count("res.partner", json!([]), false).await, Ok(7));
        assert_eq!(client.version().await.expect("known").version, "17.0+e");
        assert_eq!(asked(script), ["get /web/version", "post /jsonrpc", "post /jsonrpc", "post /jsonrpc"]);
    }
    let told = result(Protocol::XmlRpc, &version("14.0"));
    let script = Script::start(vec![Reply::Page(404, ""), Reply::Page(404, ""), told]);
    let client = script.client_over(None);
    assert_eq!(client.protocol().await, Ok(Protocol::XmlRpc));
    assert_eq!(client.version().await.expect("known").major, 14);
    assert_eq!(asked(script), ["get /web/version", "post /jsonrpc", "post /xmlrpc/2/common"]);
}

#[tokio::test]
async fn a_server_that_speaks_none_is_no_odoo_or_has_closed_them() {
    for (first, expected) in
        [(Reply::Page(404, ""), OdooError::NotOdoo { status: 404 }), (page("17.0"), OdooError::LegacyOff)]
    {
        let script = Script::start(vec![first, Reply::Page(404, ""), Reply::Page(404, "")]);
        assert_eq!(script.client_over(None).version().await, Err(expected));
        script.played();
    }
}

/// A restart in the middle of the choice doesn't bind the client to a lesser protocol.
#[tokio::test]
async fn a_proxys_error_chooses_nothing() {
    let script = Script::start(vec![Reply::Page(502, ""), page("19.0"), Reply::Json(200, json!(7))]);
    let client = script.client_over(None);
    assert_eq!(client.search_count("res.partner", json!([]), false).await, Ok(7));
    assert_eq!(client.protocol().await, Ok(Protocol::Json2));
    script.played();
}

#[tokio::test]
async fn the_old_protocols_log_in_once_and_send_the_key_in_the_body() {
    for protocol in OLD {
        let count = result(protocol, &json!(7));
        let script = Script::start(vec![result(protocol, &json!(2)), count, result(protocol, &json!(8))]);
        let client = script.client_over(Some(protocol));
        assert_eq!(client.search_count("res.partner", json!([["ref", "=", "a<b"]]), true).await, Ok(7));
        assert_eq!(client.search_count("res.partner", json!([]), true).await, Ok(8));
        let requests = script.played();
        assert!(requests.iter().all(|request| !request.head.contains("the-key") && !request.head.contains("bearer")));
        let text = &requests[1].text;
        if protocol == Protocol::JsonRpc {
            let arguments = json!(["practice", 2, "the-key", "res.partner", "search_count", [[["ref", "=", "a<b"]]], { "context": { "active_test": false } }]);
            assert_eq!(
                requests[1].body["params"],
                json!({ "service": "object", "method": "execute_kw", "args": arguments })
            );
            assert_eq!(requests[0].body["params"]["args"], json!(["practice", "admin", "the-key", {}]));
        } else {
            assert!(requests[0].head.starts_with("post /xmlrpc/2/common "), "{}", requests[0].head);
            assert!(requests[1].head.starts_with("post /xmlrpc/2/object "), "{}", requests[1].head);
            let user =
                "<param><value><int>2</int></value></param><param><value><string>the-key</string></value></param>";
            assert!(text.contains(user) && text.contains("<value><string>a&lt;b</string></value>"), "{text}");
        }
    }
}

#[tokio::test]
async fn an_unknown_log_in_or_a_wrong_key_is_told() {
    for protocol in OLD {
        let script = Script::start(vec![result(protocol, &json!(false))]);
        assert_eq!(script.client_over(Some(protocol)).check_access().await, Err(OdooError::WrongKey));
        script.played();
    }
}

#[tokio::test]
async fn nothing_is_sent_without_log_in_or_database() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let connection = Connection { url: "http://127.0.0.1:9".to_owned(), database: None, key: "the-key".into() };
    for protocol in OLD {
        let settings = Settings { protocol: Some(protocol), ..Settings::default() };
        let client = |connection| Client::with_settings(&connection, settings.clone()).expect("a client");
        let error = client(connection.clone()).check_access().await;
        assert_eq!(error, Err(OdooError::WrongDatabase { database: None }));
        let named = Connection { database: Some("practice".to_owned()), ..connection.clone() };
        assert_eq!(client(named).check_access().await, Err(OdooError::NoLogin));
    }
}

#[tokio::test]
async fn a_server_that_tells_its_version_and_nothing_else_has_closed_its_api() {
    let closed = OdooError::PlanClosed { version: "19.0".to_owned() };
    let denied = json!({ "name": "odoo.exceptions.AccessError", "message": "words", "arguments": [], "debug": "" });
    for refusal in [Reply::Json(403, denied), Reply::Page(403, ""), Reply::Page(404, "")] {
        let script = Script::start(vec![page("19.0"), refusal]);
        assert_eq!(script.client_over(None).check_access().await, Err(closed.clone()));
        script.played();
    }
    for protocol in OLD {
        let user = result(protocol, &json!(2));
        let refusal = raised(protocol, "odoo.exceptions.AccessError", "words");
        let script = Script::start(vec![user, refusal, result(protocol, &version("19.0"))]);
        assert_eq!(script.client_over(Some(protocol)).check_access().await, Err(closed.clone()));
        script.played();
    }
    // Who tells nothing at all is somebody else.
    let script = Script::start(vec![Reply::Page(403, ""), Reply::Page(403, "")]);
    assert_eq!(script.client().check_access().await, Err(OdooError::NotOdoo { status: 403 }));
    script.played();
}

#[tokio::test]
async fn switched_off_services_are_told() {
    for protocol in OLD {
        let words = "404 Not Found: The requested URL was not found on the server.";
        for refusal in [Reply::Page(404, ""), raised(protocol, "werkzeug.exceptions.NotFound", words)] {
            let script = Script::start(vec![result(protocol, &json!(2)), refusal]);
            let error = script.client_over(Some(protocol)).search_count("res.partner", json!([]), false).await;
            assert_eq!(error, Err(OdooError::LegacyOff));
            script.played();
        }
    }
}

#[tokio::test]
async fn a_method_that_returns_nothing_was_done() {
    let none = "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nTypeError: cannot marshal None unless allow_none is enabled\n";
    let fault = xml(&json!({ "faultCode": 1, "faultString": none }));
    let fault = Reply::Xml(format!("<methodResponse><fault>{fault}</fault></methodResponse>"));
    let script = Script::start(vec![result(Protocol::XmlRpc, &json!(2)), fault]);
    let answer = script.client_over(Some(Protocol::XmlRpc)).call("crm.lead", "action_set_lost", Map::new()).await;
    assert_eq!(answer, Ok(Value::Null));
    script.played();

    let nothing = Reply::Json(200, json!({ "jsonrpc": "2.0", "id": 1 }));
    let script = Script::start(vec![result(Protocol::JsonRpc, &json!(2)), nothing]);
    let answer = script.client_over(Some(Protocol::JsonRpc)).call("crm.lead", "action_set_lost", Map::new()).await;
    assert_eq!(answer, Ok(Value::Null));
    script.played();
}

#[tokio::test]
async fn an_answer_that_is_cut_leaves_the_outcome_unknown() {
    for protocol in Protocol::ALL {
        let (kind, body) = match result(protocol, &json!([{ "id": 7 }])) {
            Reply::Xml(body) => ("text/xml", body),
            Reply::Json(_, body) => ("application/json", body.to_string()),
            _ => panic!("a result is XML or JSON"),
        };
        let half = Reply::Raw(200, kind.to_owned(), body[..body.len() * 2 / 3].to_owned());
        let user = (protocol != Protocol::Json2).then(|| result(protocol, &json!(2)));
        let script = Script::start(user.into_iter().chain([half]).collect());
        let error = script.client_over(Some(protocol)).create("res.partner", vec![json!({})], Value::Null).await;
        assert_eq!(error, Err(OdooError::Dropped), "{}", protocol.name());
        script.played();
    }
}

fn batch(names: &[&str]) -> LoadBatch {
    let row = |(row, name): (usize, &&str)| Row { external_id: format!("m.{row}"), cells: vec![(*name).to_owned()] };
    LoadBatch {
        model: "res.partner".to_owned(),
        columns: vec!["name".to_owned()],
        rows: names.iter().enumerate().map(row).collect(),
    }
}

#[tokio::test]
async fn an_unknown_outcome_sends_the_identical_batch_again_over_every_protocol() {
    for protocol in Protocol::ALL {
        for fault in [Reply::Page(504, ""), Reply::Page(502, ""), Reply::Drop, Reply::Stall] {
            let user = (protocol != Protocol::Json2).then(|| result(protocol, &json!(2)));
            let loaded = result(protocol, &json!({ "ids": [7, 8], "messages": [], "nextrow": 0 }));
            let script = Script::start(user.into_iter().chain([fault, loaded]).collect());
            let outcomes = insert(&script.client_over(Some(protocol)), &batch(&["Ann", "Bob"])).await;
            let outcomes = outcomes.expect("it passes").outcomes;
            assert_eq!(outcomes, [RowOutcome::Loaded { id: 7 }, RowOutcome::Loaded { id: 8 }]);
            let requests = script.played();
            let sent = &requests[requests.len() - 2..];
            assert_eq!(sent[0].text, sent[1].text);
            assert!(sent[0].text.contains("Ann"), "{}", sent[0].text);
        }
    }
}

#[tokio::test]
async fn a_row_that_xml_cannot_carry_is_refused_and_the_others_go() {
    let protocol = Protocol::XmlRpc;
    let loaded = result(protocol, &json!({ "ids": [7, 8], "messages": [], "nextrow": 0 }));
    let script = Script::start(vec![result(protocol, &json!(2)), loaded]);
    let client = script.client_over(Some(protocol));
    let outcomes = insert(&client, &batch(&["Ann", "B\u{7}b", "Cy\r\n"])).await.expect("an answer").outcomes;
    assert_eq!([&outcomes[0], &outcomes[2]], [&RowOutcome::Loaded { id: 7 }, &RowOutcome::Loaded { id: 8 }]);
    let RowOutcome::Refused { field, code, message } = &outcomes[1] else { panic!("{outcomes:?}") };
    assert_eq!((field.as_deref(), code.as_str()), (Some("name"), "bad-value"));
    assert!(message.contains("control character") && !message.contains('\u{7}'), "{message}");

    let error = client.create("res.partner", vec![json!({ "name": "x", "ref": "\u{0}" })], Value::Null).await;
    let field = "ref".to_owned();
    let bad = OdooError::BadValue { model: "res.partner".to_owned(), field, problem: Problem::Nul };
    assert_eq!(error, Err(bad), "and nothing more is sent");
    let requests = script.played();
    assert!(requests[1].text.contains("Cy&#13;\n") && !requests[1].text.contains("B\u{7}b"), "{}", requests[1].text);

    let all = batch(&["\u{1}", "\u{fffe}"]);
    let outcomes = insert(&client, &all).await.expect("nothing has to be sent").outcomes;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, RowOutcome::Refused { .. })));
}
