//! Single calls under faults, and what each request carries.

use serde_json::{Map, Value, json};

use super::{Reply, Script};
use crate::client::SearchOptions;
use crate::error::OdooError;

#[tokio::test]
async fn a_request_carries_key_database_and_agent() {
    let script = Script::start(vec![Reply::Json(200, json!([]))]);
    script.client().call("res.partner", "search", Map::new()).await.expect("an answer");
    let head = &script.played()[0].head;
    assert!(head.starts_with("post /json/2/res.partner/search http/1.1"), "{head}");
    for line in ["authorization: bearer the-key", "x-odoo-database: practice", "content-type: application/json"] {
        assert!(head.contains(line), "{line} is missing in {head}");
    }
    assert!(head.contains(concat!("user-agent: odograft/", env!("CARGO_PKG_VERSION"))), "{head}");
}

#[tokio::test]
async fn the_key_is_in_no_debug_output() {
    let script = Script::start(Vec::new());
    let shown = format!("{:?}", script.client());
    assert!(!shown.contains("the-key"), "{shown}");
    script.played();
}

#[tokio::test]
async fn reading_is_repeated_and_creating_is_not() {
    let script = Script::start(vec![Reply::Drop, Reply::Json(200, json!([{ "id": 1 }]))]);
    let rows = script.client().search_read("res.partner", json!([]), &["id"], SearchOptions::default()).await;
    assert_eq!(rows.expect("the second answer").len(), 1);
    script.played();

    let script = Script::start(vec![Reply::Page(504, "")]);
    let created = script.client().create("res.partner", vec![json!({})], Value::Null).await;
    assert_eq!(created, Err(OdooError::Gateway { status: 504 }), "a second create would make it twice");
    script.played();
}

#[tokio::test]
async fn another_server_is_not_taken_for_odoo() {
    let script = Script::start(vec![Reply::Page(200, ""), Reply::Page(404, "")]);
    let client = script.client();
    assert_eq!(client.version().await, Err(OdooError::NotOdoo { status: 200 }));
    assert_eq!(client.check_access().await, Err(OdooError::NotOdoo { status: 404 }));
    script.played();
}

#[tokio::test]
async fn a_redirection_is_told_instead_of_followed() {
    let script = Script::start(vec![Reply::Page(301, "Location: https://odoo.example.com/json/2/x/y\r\n")]);
    let origin = script.url.clone();
    let error = script.client().check_access().await.expect_err("a POST does not survive a redirection");
    assert_eq!(error, OdooError::Redirected { origin, target: "https://odoo.example.com".to_owned() });
    script.played();
}

#[tokio::test]
async fn nobody_there_is_told_at_once_by_a_probe_and_after_the_tries_by_a_call() {
    let script = Script::start(Vec::new());
    let (client, origin) = (script.client(), script.url.clone());
    script.played();
    let unreachable = OdooError::Unreachable { origin };
    assert_eq!(client.check_access().await, Err(unreachable.clone()));
    assert_eq!(client.search_count("res.partner", json!([]), false).await, Err(unreachable));
}

#[tokio::test]
async fn versions_of_odoo_online_are_understood() {
    let script = Script::start(vec![
        Reply::Json(200, json!({ "hello": "world" })),
        Reply::Json(200, json!({ "version": "saas~19.1", "version_info": ["saas~19", 1, 0, "final", 0, "e"] })),
    ]);
    let client = script.client();
    assert_eq!(client.version().await, Err(OdooError::NotOdoo { status: 200 }));
    assert_eq!(client.version().await.expect("a version").major, 19);
    assert_eq!(client.version().await.expect("known by now").version, "saas~19.1");
    script.played();
}

#[tokio::test]
async fn an_answer_in_another_shape_is_told() {
    let script = Script::start(vec![Reply::Json(200, json!(null))]);
    let error = script.client().search_count("res.partner", json!([]), false).await.expect_err("no count");
    assert_eq!(error.code(), "unexpected-answer");
    script.played();
}
