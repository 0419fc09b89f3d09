//! The schema phase under faults: a create that may have been done is settled by asking.

use serde_json::json;

use super::{Reply, Script};
use crate::schema::{CustomField, SchemaPlan, apply};

fn plan() -> SchemaPlan {
    let field = |name: &str| CustomField {
        model: "res.partner".to_owned(),
        name: name.to_owned(),
        kind: "char".to_owned(),
        label: "L".to_owned(),
        groups: Vec::new(),
        selection: Vec::new(),
        relation: None,
    };
    SchemaPlan { fields: vec![field("x_a"), field("x_b")], ..SchemaPlan::default() }
}

fn there() -> Reply {
    Reply::Json(200, json!([{ "id": 51, "name": "x_a" }, { "id": 52, "name": "x_b" }]))
}

fn nothing() -> Vec<Reply> {
    vec![Reply::Json(200, json!({})), Reply::Json(200, json!([{ "id": 9 }])), Reply::Json(200, json!([]))]
}

fn seen() -> Reply {
    Reply::Json(200, json!({ "x_a": { "type": "char" }, "x_b": { "type": "char" } }))
}

#[tokio::test]
async fn a_create_that_was_done_although_it_failed_is_not_repeated() {
    let mut replies = nothing();
    replies.extend([Reply::Drop, there(), seen(), there()]);
    let script = Script::start(replies);
    let report = apply(&script.client(), &plan()).await.expect("settled");
    let ids: Vec<i64> = report.created_fields.iter().map(|(_, _, id)| *id).collect();
    assert_eq!(ids, [51, 52]);
    let creates = script.played().iter().filter(|request| request.head.contains("/ir.model.fields/create")).count();
    assert_eq!(creates, 1);
}

#[tokio::test]
async fn a_create_that_was_still_at_work_is_waited_for() {
    let unique = json!({ "name": "odoo.exceptions.ValidationError", "message": "The operation cannot be completed: Field names must be unique per model." });
    let mut replies = nothing();
    replies.extend([
        Reply::Page(504, ""),
        Reply::Json(200, json!([])),
        Reply::Json(422, unique),
        there(),
        seen(),
        there(),
    ]);
    let script = Script::start(replies);
    let report = apply(&script.client(), &plan()).await.expect("settled");
    assert_eq!(report.created_fields.len(), 2);
    script.played();
}

#[tokio::test]
async fn a_field_that_the_user_does_not_see_is_told() {
    let hidden = Reply::Json(200, json!([{ "id": 51, "name": "x_a" }]));
    let script = Script::start(vec![
        Reply::Json(200, json!({})),
        Reply::Json(200, json!([{ "id": 9 }])),
        hidden,
        Reply::Json(200, json!({})),
    ]);
    let error = apply(&script.client(), &plan()).await.expect_err("it exists and can't be filled");
    assert_eq!((error.code(), error.field()), ("hidden-field", Some("x_a")));
    script.played();
}
