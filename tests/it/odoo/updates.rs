//! A later plan: changed records are written, a customer's changes stay, one refused record stops nothing.

use odograft_ledger::{Ledger, PlannedRecord, RecordState, UndoStep};
use odograft_migration::{Cell, Loader, Undo, UndoOptions, Written};
use odograft_odoo::{Client, Protocol};
use serde_json::{Value, json};

use super::Server;
use super::plan::{ledger, plan, planned, text};
use super::undo::word;

async fn load(ledger: &mut Ledger, client: &Client, records: &[PlannedRecord]) -> Written {
    plan(ledger, records);
    Loader::new(ledger, client).load(&["res.partner".to_owned()], &mut |_| {}).await.expect("loaded")
}

async fn three_ways_are_compared(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let name = word();
    let (_folder, mut ledger) = ledger();
    let plan = |city: &str, country: &str| -> Vec<PlannedRecord> {
        (0..5)
            .map(|n| {
                let country = Cell::ExternalId(if n == 3 { country } else { "base.uk" }.into());
                let comment = text(format!("<p>From {city} &amp; around</p>"));
                let cells = vec![
                    ("name", text(format!("Patient {n} {name}"))),
                    ("city", text(city)),
                    ("comment", comment),
                    ("country_id", country),
                ];
                planned(&name, "res.partner", "patient", n, cells)
            })
            .collect()
    };
    let first = load(&mut ledger, &client, &plan("Bath", "base.uk")).await;
    assert_eq!((first.created, first.updated), (5, 0));
    let ids: Vec<i64> = (0..5)
        .map(|n| ledger.record("res.partner", "patient", &n.to_string()).expect("readable").and_then(|r| r.odoo_id))
        .map(|id| id.expect("it is in Odoo"))
        .collect();

    // Odoo's moments have whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    client.write("res.partner", &[ids[0]], json!({ "city": "Leeds" }), Value::Null).await.expect("written");
    client.write("res.partner", &[ids[1]], json!({ "phone": "555-0100" }), Value::Null).await.expect("written");
    client.unlink("res.partner", &[ids[2]]).await.expect("deleted");
    let second = load(&mut ledger, &client, &plan("Wells", "base.no_such_country")).await;
    assert_eq!((second.created, second.updated), (0, 3), "the others are written although two are refused");

    let rows = client.read("res.partner", &ids, &["city", "comment", "phone"]).await.expect("read");
    let cities: Vec<&str> = rows.iter().filter_map(|row| row["city"].as_str()).collect();
    assert_eq!(cities, ["Leeds", "Wells", "Bath", "Wells"], "the customer's city stays");
    assert!(rows[0]["comment"].as_str().is_some_and(|text| text.contains("Wells")), "and nothing but the city");
    assert_eq!(rows[1]["phone"], "555-0100");
    let findings = ledger.findings().expect("readable");
    let found: Vec<_> = findings.iter().map(|f| (f.source_id.as_str(), f.code.as_str(), f.field.as_deref())).collect();
    assert_eq!(found, [("0", "changed-in-odoo", Some("city"))]);
    let refused = ledger.quarantined().expect("readable");
    let codes: Vec<_> = refused.iter().map(|row| (row.source_id.as_str(), row.code.as_str())).collect();
    assert_eq!(codes, [("2", "missing-record"), ("3", "no-such-external-id")]);
    let state = |n: &str| ledger.record("res.partner", "patient", n).expect("readable").map(|record| record.state);
    assert_eq!((state("0"), state("3")), (Some(RecordState::Written), Some(RecordState::Quarantined)));

    let there: Vec<i64> = rows.iter().filter_map(|row| row["id"].as_i64()).collect();
    client.unlink("res.partner", &there).await.expect("deleted");
}

/// Two records of the source that are one in Odoo, the second of which a later load writes, as after a pilot: that is our
/// doing, and an undo takes back both; where the customer was there in between, the record stays.
async fn one_in_odoo_of_two(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let name = word();
    let (_folder, mut ledger) = ledger();
    let of = |clinic: &str, number: usize, city: &str| {
        let cells = vec![("name", text(format!("Provider {number} {name}"))), ("city", text(city))];
        planned(&name, "res.partner", clinic, number, cells)
    };
    let first = [of("one", 0, "Bath"), of("one", 1, "Bath")];
    load(&mut ledger, &client, &first).await;
    let ids = ["0", "1"].map(|number| {
        let made = ledger.record("res.partner", "one", number).expect("readable");
        made.and_then(|made| made.odoo_id).expect("it is in Odoo")
    });
    // Odoo's moments have whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    client.write("res.partner", &[ids[1]], json!({ "phone": "555-0100" }), Value::Null).await.expect("written");
    let tied = |number: usize| PlannedRecord {
        odoo_id: Some(ids[number]),
        state: RecordState::Adopted,
        ..of("two", number, "Wells")
    };
    let second = load(&mut ledger, &client, &[&first[..], &[tied(0), tied(1)]].concat()).await;
    assert_eq!((second.created, second.updated), (0, 2));

    let options = UndoOptions { write: true, drop_fields: false };
    let undone = Undo::new(&mut ledger, &client, &name, options).run(&mut |_| {}).await.expect("undone");
    let left: Vec<_> = undone.records.iter().map(|left| (left.object.as_str(), left.odoo_id, left.end)).collect();
    assert_eq!(left, [("one", ids[1], UndoStep::Kept)]);
    let rows = client.read("res.partner", &ids, &["city", "phone"]).await.expect("read");
    let held: Vec<_> = rows.iter().map(|row| (row["city"].as_str(), row["phone"].as_str())).collect();
    assert_eq!(held, [(Some("Bath"), Some("555-0100"))]);
    client.unlink("res.partner", &[ids[1]]).await.expect("deleted");
}

on_both!(updates_on_a_real_odoo: three_ways_are_compared, one_in_odoo_of_two);
