//! `insert` under faults: what is sent again, what is taken out, what is given up.

use serde_json::{Value, json};

use super::{Reply, Script, loaded, refused};
use crate::error::OdooError;
use crate::loader::{LoadBatch, Row, RowOutcome, insert};

fn batch(names: &[&str]) -> LoadBatch {
    let row = |name: &&str| Row { external_id: format!("m.{name}"), cells: vec![(*name).to_owned()] };
    LoadBatch {
        model: "res.partner".to_owned(),
        columns: vec!["name".to_owned()],
        rows: names.iter().map(row).collect(),
    }
}

fn ids(outcomes: &[RowOutcome]) -> Vec<Option<i64>> {
    let id = |outcome: &RowOutcome| match outcome {
        RowOutcome::Loaded { id } => Some(*id),
        RowOutcome::Refused { .. } => None,
    };
    outcomes.iter().map(id).collect()
}

/// The external ids of one request's rows.
fn sent(body: &Value) -> Vec<&str> {
    body["data"].as_array().into_iter().flatten().filter_map(|row| row[0].as_str()).collect()
}

const COLLISION: &str = "could not serialize access due to concurrent update\n";

#[tokio::test]
async fn an_unknown_outcome_sends_the_identical_batch_again() {
    for fault in [Reply::Page(504, ""), Reply::Page(502, ""), Reply::Drop, Reply::Stall] {
        let script = Script::start(vec![fault, loaded(&[7, 8])]);
        let outcomes = insert(&script.client(), &batch(&["a", "b"])).await.expect("it passes").outcomes;
        assert_eq!(ids(&outcomes), [Some(7), Some(8)]);
        let requests = script.played();
        assert_eq!(requests[0].body, requests[1].body);
        assert_eq!(requests[0].body["context"]["mode"], "update");
        assert_eq!(requests[0].body["context"]["noupdate"], true);
    }
}

#[tokio::test]
async fn a_collision_sends_the_identical_batch_again() {
    let fault = json!({ "name": "psycopg2.errors.SerializationFailure", "message": COLLISION });
    let rows = refused(&[(0, COLLISION), (1, COLLISION)]);
    let script = Script::start(vec![rows, Reply::Json(500, fault), loaded(&[7, 8])]);
    let outcomes = insert(&script.client(), &batch(&["a", "b"])).await.expect("it passes").outcomes;
    assert_eq!(ids(&outcomes), [Some(7), Some(8)]);
    let requests = script.played();
    assert!(requests.iter().all(|request| request.body == requests[0].body));
}

#[tokio::test]
async fn tries_end_in_an_unknown_outcome() {
    let script = Script::start(vec![Reply::Drop, Reply::Page(503, ""), Reply::Page(504, "")]);
    let error = insert(&script.client(), &batch(&["a"])).await.expect_err("three tries, no answer");
    let last = Box::new(OdooError::Gateway { status: 504 });
    assert_eq!(error, OdooError::UnknownOutcome { attempts: 3, last });
    assert_eq!(script.played().len(), 3);
}

#[tokio::test]
async fn guilty_rows_are_taken_out_and_the_order_is_kept() {
    let required = "Contacts require a name";
    let script = Script::start(vec![refused(&[(1, required)]), refused(&[(2, required)]), loaded(&[70, 72, 74])]);
    let outcomes = insert(&script.client(), &batch(&["a", "b", "c", "d", "e"])).await.expect("it passes").outcomes;
    assert_eq!(ids(&outcomes), [Some(70), None, Some(72), None, Some(74)]);
    let requests = script.played();
    assert_eq!(sent(&requests[1].body), ["m.a", "m.c", "m.d", "m.e"]);
    assert_eq!(sent(&requests[2].body), ["m.a", "m.c", "m.e"]);
}

#[tokio::test]
async fn the_first_message_of_a_row_is_the_one_that_is_kept() {
    let script = Script::start(vec![refused(&[(0, "Contacts require a name"), (0, "other words")])]);
    let outcomes = insert(&script.client(), &batch(&["a"])).await.expect("an answer").outcomes;
    let RowOutcome::Refused { field, code, .. } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!((field.as_deref(), code.as_str()), (Some("name"), "missing-required"));
    script.played();
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_halved_in_order() {
    let too_large = || Reply::Page(413, "");
    let script = Script::start(vec![too_large(), loaded(&[7]), too_large(), too_large(), loaded(&[9])]);
    let outcomes = insert(&script.client(), &batch(&["a", "b", "c"])).await.expect("an answer").outcomes;
    assert_eq!(ids(&outcomes), [Some(7), None, Some(9)]);
    let RowOutcome::Refused { code, .. } = &outcomes[1] else { panic!("{outcomes:?}") };
    assert_eq!(code, "too-large");
    let requests = script.played();
    let sizes: Vec<usize> = requests.iter().map(|request| sent(&request.body).len()).collect();
    assert_eq!(sizes, [3, 1, 2, 1, 1]);
}

#[tokio::test]
async fn a_refusal_of_the_whole_call_ends_it_at_once() {
    let rights =
        "You are not allowed to create 'Contact' (res.partner) records.\n\nThis operation is allowed for nobody.";
    let script = Script::start(vec![refused(&[(0, rights), (1, rights)])]);
    let error = insert(&script.client(), &batch(&["a", "b"])).await.expect_err("no row can be loaded");
    let expected = OdooError::NoRights { model: "res.partner".to_owned(), operation: "create".to_owned() };
    assert_eq!(error, expected);
    assert_eq!(script.played().len(), 1);
}

#[tokio::test]
async fn a_server_that_asks_for_a_pause_gets_it() {
    let script = Script::start(vec![Reply::Page(429, "Retry-After: 1\r\n"), loaded(&[7])]);
    let began = std::time::Instant::now();
    let outcomes = insert(&script.client(), &batch(&["a"])).await.expect("it passes").outcomes;
    assert_eq!(ids(&outcomes), [Some(7)]);
    assert!(began.elapsed().as_millis() >= 1000);
    script.played();
}
