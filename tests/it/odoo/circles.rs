//! References that no order of models satisfies: to the same model, in circles, and to several records at once.

use odograft_ledger::PlannedRecord;
use odograft_migration::{Cell, Loader, Undo, UndoOptions};
use odograft_odoo::{Client, Protocol, SearchOptions};
use serde_json::{Value, json};

use super::plan::{ledger, plan, planned, source, text};
use super::undo::word;
use super::{Server, assert_same_content, content};

const MODELS: [&str; 4] = ["res.partner.category", "res.partner", "mail.message", "ir.attachment"];

fn records(name: &str) -> Vec<PlannedRecord> {
    let mut records = Vec::new();
    for n in 0..2 {
        records.push(planned(name, "res.partner.category", "tag", n, vec![("name", text(format!("{name} {n}")))]));
    }
    // Each refers to the one after it, which is planned later.
    for n in 0..4 {
        let mut cells = vec![
            ("name", text(format!("Member {n} {name}"))),
            ("type", text("other")),
            (
                "category_id",
                Cell::Many((0..=n % 2).map(|tag| source("res.partner.category", "tag", tag, false)).collect()),
            ),
        ];
        if n < 3 {
            cells.push(("parent_id", source("res.partner", "patient", n + 1, false)));
        }
        records.push(planned(name, "res.partner", "patient", n, cells));
    }
    // A message names its files, and a file its message.
    for n in 0..3 {
        let files = vec![source("ir.attachment", "file", n, false)];
        let cells = vec![
            ("model", text("res.partner")),
            ("res_id", source("res.partner", "patient", n, true)),
            ("body", text(format!("<p>Letter {n}</p>"))),
            ("message_type", text("comment")),
            ("attachment_ids", Cell::Many(files)),
        ];
        records.push(planned(name, "mail.message", "letter", n, cells));
        let cells = vec![
            ("name", text(format!("letter-{n}.txt"))),
            ("res_model", text("mail.message")),
            ("res_id", source("mail.message", "letter", n, true)),
            ("datas", text("TGV0dGVy")),
        ];
        records.push(planned(name, "ir.attachment", "file", n, cells));
    }
    records
}

async fn they_are_all_closed(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let before = content(&client, &MODELS).await;
    let name = word();
    let (_folder, mut ledger) = ledger();
    plan(&mut ledger, &records(&name));
    let models = MODELS.map(str::to_owned);

    let written = Loader::new(&mut ledger, &client).load(&models, &mut |_| {}).await.expect("loaded");
    assert_eq!((written.created, written.updated), (12, 3), "only the circle takes a second write");
    assert!(ledger.quarantined().expect("readable").is_empty());
    let again = Loader::new(&mut ledger, &client).load(&models, &mut |_| {}).await.expect("loaded");
    assert_eq!((again.created, again.updated), (0, 0));

    let id = |model: &str, object: &str, n: usize| {
        ledger
            .record(model, object, &n.to_string())
            .expect("readable")
            .and_then(|record| record.odoo_id)
            .expect("in Odoo")
    };
    for n in 0..4 {
        let row = one(&client, "res.partner", id("res.partner", "patient", n), &["parent_id", "category_id"]).await;
        let parent = if n < 3 { json!(id("res.partner", "patient", n + 1)) } else { Value::Null };
        assert_eq!(row["parent_id"][0], parent);
        assert_eq!(row["category_id"].as_array().map(Vec::len), Some(n % 2 + 1));
    }
    for n in 0..3 {
        let (letter, file) = (id("mail.message", "letter", n), id("ir.attachment", "file", n));
        assert_eq!(one(&client, "mail.message", letter, &["attachment_ids"]).await["attachment_ids"], json!([file]));
        assert_eq!(one(&client, "ir.attachment", file, &["res_id"]).await["res_id"], json!(letter));
    }

    let options = UndoOptions { write: true, drop_fields: false };
    let undone = Undo::new(&mut ledger, &client, &name, options).run(&mut |_| {}).await.expect("undone");
    let counts: Vec<u64> = undone.counts.iter().map(|count| count.count).collect();
    assert_eq!(counts.iter().sum::<u64>(), 12);
    assert_same_content(&content(&client, &MODELS).await, &before);
}

async fn one(client: &Client, model: &str, id: i64, fields: &[&str]) -> serde_json::Map<String, Value> {
    let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
    client.search_read(model, json!([["id", "=", id]]), fields, options).await.expect("read").pop().expect("there")
}

on_both!(circles_on_a_real_odoo: they_are_all_closed);
