//! `load()`: external ids, bad rows, references within a call, speed.

use serde_json::{Value, json};

use crate::{ok, refused, start};

#[tokio::test]
async fn load_is_an_idempotent_upsert() {
    let odoo = start().await;
    let load = |rows: Value| json!({"fields": ["id", "name", "email"], "data": rows});
    let first = ok(
        &odoo,
        "res.partner",
        "load",
        load(json!([["mig.up_1", "Up One", "u1@example.invalid"], ["up_2", "Up Two", ""]])),
    );
    assert_eq!((&first["messages"], &first["nextrow"]), (&json!([]), &json!(0)));
    let again = ok(
        &odoo,
        "res.partner",
        "load",
        load(json!([["mig.up_1", "Up One B", ""], ["__import__.up_2", "Up Two", ""]])),
    );
    assert_eq!(again["ids"], first["ids"]);
    let stored = odoo.by_external_id("mig.up_1").expect("the record");
    assert_eq!((stored["name"].as_str(), stored.get("email")), (Some("Up One B"), None), "a blank clears");

    // Insert-only: what exists is skipped, its edits are kept, the same ids come back in order.
    let context = json!({"mode": "update", "noupdate": true, "tracking_disable": true});
    let insert = |rows: Value| json!({"fields": ["id", "name"], "data": rows, "context": context});
    let one = ok(&odoo, "res.partner", "load", insert(json!([["mig.in_1", "In One"], ["mig.in_2", "In Two"]])));
    let ids = one["ids"].clone();
    ok(&odoo, "res.partner", "write", json!({"ids": [ids[0]], "vals": {"name": "Edited"}}));
    let two = ok(
        &odoo,
        "res.partner",
        "load",
        insert(json!([["mig.in_1", "In One"], ["mig.in_2", "In Two"], ["mig.in_3", "In Three"]])),
    );
    assert_eq!(&two["ids"].as_array().expect("ids")[..2], ids.as_array().expect("ids"));
    assert_eq!(odoo.by_external_id("mig.in_1").expect("the record")["name"], "Edited");
    assert_eq!(odoo.by_external_id("mig.in_3").expect("the record")["name"], "In Three");

    // After unlink the external id is free and the record is made anew.
    ok(&odoo, "res.partner", "unlink", json!({"ids": [ids[1]]}));
    assert_eq!(odoo.by_external_id("mig.in_2"), None);
    let three = ok(&odoo, "res.partner", "load", insert(json!([["mig.in_2", "In Two"]])));
    assert_ne!(three["ids"][0], ids[1]);
}

#[tokio::test]
async fn load_names_every_bad_row_and_keeps_none() {
    let odoo = start().await;
    let before = (odoo.count("res.partner"), odoo.count("ir.model.data"));
    let rows: Vec<Value> = (0..100)
        .map(|row| {
            let kind = if row == 56 { "zzz" } else { "contact" };
            let name = if row == 57 { String::new() } else { format!("B{row}") };
            json!([format!("mig.b{row}"), name, kind, "base.de"])
        })
        .collect();
    let answer =
        ok(&odoo, "res.partner", "load", json!({"fields": ["id", "name", "type", "country_id/id"], "data": rows}));
    assert_eq!(
        answer,
        json!({"ids": false, "nextrow": 0, "messages": [
            {"rows": {"from": 56, "to": 56}, "type": "error", "record": 56, "field": "type",
             "message": "Value 'zzz' not found in selection field 'Address Type'",
             "moreinfo": ["Contact", "Invoice", "Delivery", "Other"], "field_name": "Address Type"},
            {"rows": {"from": 57, "to": 57}, "record": 57, "type": "error", "message": "Contacts require a name"},
        ]})
    );
    let many: Vec<Value> = (0..30).map(|row| json!([format!("mig.c{row}"), ""])).collect();
    let answer = ok(&odoo, "res.partner", "load", json!({"fields": ["id", "name"], "data": many}));
    let messages = answer["messages"].as_array().expect("messages");
    assert_eq!(messages.len(), 11);
    assert_eq!(messages[10]["type"], "warning");
    let reference = json!({"fields": ["id", "name", "country_id/id"], "data": [["mig.d", "D", "base.nope"]]});
    let answer = ok(&odoo, "res.partner", "load", reference);
    let message = &answer["messages"][0];
    assert_eq!(message["message"], "No matching record found for external id 'base.nope' in field 'Country'");
    assert_eq!(message["moreinfo"]["domain"], json!([["model", "=", "res.country"]]));
    let spaces = ok(&odoo, "res.partner", "load", json!({"fields": ["id", "name"], "data": [["mig.a b", "S"]]}));
    assert!(spaces["messages"][0]["message"].as_str().expect("a text").contains("ir_model_data_name_nospaces"));
    assert_eq!((odoo.count("res.partner"), odoo.count("ir.model.data")), before);

    refused(
        &odoo,
        "res.partner",
        "load",
        json!({"fields": ["id", "nope"], "data": [["mig.x", "a"]]}),
        500,
        "builtins.ValueError",
        "Invalid field name 'nope'",
    );
    refused(
        &odoo,
        "res.partner",
        "load",
        json!({"fields": ["id", "name", "active"], "data": [["mig.x", "a", true]]}),
        500,
        "builtins.AttributeError",
        "'bool' object has no attribute 'lower'",
    );
}

#[tokio::test]
async fn load_finds_records_of_the_same_call() {
    let odoo = start().await;
    let data = json!([["mig.p", "Parent", "", ""], ["mig.k", "Kid", "mig.p", "Other"]]);
    let answer =
        ok(&odoo, "res.partner", "load", json!({"fields": ["id", "name", "parent_id/id", "type"], "data": data}));
    assert_eq!(answer["messages"], json!([]));
    let kid = odoo.by_external_id("mig.k").expect("the child");
    assert_eq!((kid["parent_id"].as_i64(), kid["type"].as_str()), (answer["ids"][0].as_i64(), Some("other")));
    assert_eq!(kid["complete_name"], "Parent, Kid");
}

#[tokio::test]
async fn a_practice_loads_in_seconds() {
    let odoo = start().await;
    let began = std::time::Instant::now();
    let context =
        json!({"tracking_disable": true, "mode": "update", "noupdate": true, "mail_activity_quick_update": true});
    let send = |model: &str, fields: Value, rows: Vec<Value>| {
        for batch in rows.chunks(500) {
            let answer = ok(&odoo, model, "load", json!({"fields": fields, "data": batch, "context": context}));
            assert_eq!(answer["ids"].as_array().map(Vec::len), Some(batch.len()), "{}", answer["messages"]);
        }
    };
    let partners = (0..2000)
        .map(|n| json!([format!("mig.p{n}"), format!("Patient {n}"), format!("p{n}@example.invalid")]))
        .collect();
    send("res.partner", json!(["id", "name", "email"]), partners);
    let activities = (0..8000)
        .map(|n| {
            json!([
                format!("mig.a{n}"),
                "base.model_res_partner",
                odoo_id(n),
                "mail.mail_activity_data_todo",
                "2020-01-01",
                "Exam"
            ])
        })
        .collect();
    send(
        "mail.activity",
        json!(["id", "res_model_id/id", "res_id", "activity_type_id/id", "date_deadline", "summary"]),
        activities,
    );
    let body = format!("<table>{}</table>", "<tr><td style=\"border:1px solid #000\">5</td></tr>".repeat(1000));
    let messages: Vec<Value> =
        (0..200).map(|n| json!([format!("mig.m{n}"), "res.partner", odoo_id(n), body])).collect();
    send("mail.message", json!(["id", "model", "res_id", "body"]), messages);
    let taken = began.elapsed();
    assert!(taken.as_secs() < 30, "took {taken:?}");
    assert_eq!(odoo.count("mail.activity"), 8000);
}

/// Partners of the test above get ids from 7 on.
fn odoo_id(n: usize) -> String {
    (7 + n % 2000).to_string()
}
