//! Undo: Odoo holds what it held before, but for what the customer has changed in between.

use std::hash::{BuildHasher, Hasher, RandomState};

use odograft_ledger::UndoStep;
use odograft_migration::{Undo, UndoOptions, UndoReport};
use odograft_odoo::{Client, Protocol, SearchOptions, cancel_orders};
use serde_json::{Value, json};

use super::plan::{Known, MODELS, Migration, Size};
use super::{Content, Server, assert_same_content, content};

/// The models whose content is compared: those that are written, and what hangs on them.
const TOUCHED: [&str; 9] = [
    "res.partner",
    "mail.activity",
    "mail.message",
    "ir.attachment",
    "sale.order",
    "sale.order.line",
    "product.product",
    "product.template",
    "ir.model.data",
];

const SMALL: Size = Size { partners: 12, activities: 8, messages: 7, attachments: 5, orders: 4 };

/// A word that no other run has.
pub(super) fn word() -> String {
    format!("u{:08x}", RandomState::new().build_hasher().finish() >> 32)
}

pub(super) async fn known(client: &Client) -> Known {
    let found = client.resolve_external_ids(&["base.model_res_partner".to_owned()]).await.expect("resolved");
    let staff = json!({ "name": "Staff", "city": "York", "email": "staff@example.invalid" });
    let adopted = client.create("res.partner", vec![staff], Value::Null).await.expect("a contact")[0];
    Known { partner_model: found["base.model_res_partner"].1, adopted, assignee: None }
}

async fn load(client: &Client, migration: &mut Migration) {
    let models = MODELS.map(str::to_owned);
    let written = migration.loader(client).load(&models, &mut |_| {}).await.expect("loaded");
    assert!(migration.ledger.quarantined().expect("readable").is_empty(), "nothing is refused");
    assert!(written.created > 0);
    assert_eq!(written.updated, 3, "the adopted contact, and two orders that are no drafts");
    assert_eq!(written.differing, 0);
}

async fn undo(client: &Client, migration: &mut Migration, write: bool) -> UndoReport {
    let options = UndoOptions { write, drop_fields: false };
    let undo = Undo::new(&mut migration.ledger, client, &migration.name, options);
    undo.run(&mut |_| {}).await.expect("undone")
}

fn ends(report: &UndoReport) -> Vec<(&str, UndoStep, Option<&str>, u64)> {
    report.counts.iter().map(|c| (c.model.as_str(), c.end, c.reason.as_deref(), c.count)).collect()
}

/// The Odoo id of a planned record.
pub(super) fn id(migration: &Migration, model: &str, object: &str, number: usize) -> i64 {
    let record = migration.ledger.record(model, object, &number.to_string()).expect("readable").expect("planned");
    record.odoo_id.expect("it is in Odoo")
}

/// Odoo logs the change of a field that it computes itself even where tracking is off: the line on a contact that was
/// there before stays, as its history. Everything else must be as it was.
pub(super) async fn compared(client: &Client, known: Known) -> Content {
    let mut content = content(client, &TOUCHED).await;
    for (_, rows) in content.iter_mut().filter(|(model, _)| model == "mail.message") {
        rows.retain(|row| !(row["message_type"] == "notification" && row["res_id"] == known.adopted));
    }
    content
}

async fn everything_is_taken_back(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let known = known(&client).await;
    let before = compared(&client, known).await;
    let mut migration = Migration::plan(&word(), SMALL, known);
    load(&client, &mut migration).await;

    let loaded = compared(&client, known).await;
    let dry = undo(&client, &mut migration, false).await;
    assert_same_content(&compared(&client, known).await, &loaded);
    let done = undo(&client, &mut migration, true).await;
    let expected = [
        ("sale.order.line", UndoStep::Deleted, None, 8),
        ("sale.order", UndoStep::Deleted, None, 4),
        ("ir.attachment", UndoStep::Deleted, None, 5),
        ("mail.message", UndoStep::Deleted, None, 7),
        ("mail.activity", UndoStep::Deleted, None, 8),
        ("res.partner", UndoStep::Deleted, None, 12),
        ("res.partner", UndoStep::Restored, None, 1),
        ("product.product", UndoStep::Deleted, None, 1),
    ];
    assert_eq!(ends(&done), expected);
    assert_eq!(ends(&dry), expected, "a dry run says what will be");
    assert_same_content(&compared(&client, known).await, &before);

    let again = undo(&client, &mut migration, true).await;
    assert_eq!(ends(&again), [], "nothing is left to take back");
    load(&client, &mut migration).await;
    undo(&client, &mut migration, true).await;
    assert_same_content(&compared(&client, known).await, &before);
    client.unlink("res.partner", &[known.adopted]).await.expect("deleted");
}

async fn what_the_customer_did_stays(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let known = known(&client).await;
    let mut migration = Migration::plan(&word(), SMALL, known);
    load(&client, &mut migration).await;
    let patient = |n| id(&migration, "res.partner", "patient", n);
    let (changed, noted, used, gone) = (patient(0), patient(1), patient(2), patient(8));
    let order = id(&migration, "sale.order", "plan", 1);

    // Odoo's moments have whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    client
        .write("res.partner", &[changed], json!({ "website": "https://a.example.invalid" }), Value::Null)
        .await
        .expect("w");
    client.write("res.partner", &[known.adopted], json!({ "city": "Leeds" }), Value::Null).await.expect("written");
    client
        .write("sale.order", &[order], json!({ "client_order_ref": "call first" }), Value::Null)
        .await
        .expect("written");
    // Touched, and nothing changed.
    client.write("res.partner", &[patient(5)], json!({ "city": "Bath" }), Value::Null).await.expect("written");
    let note = json!({ "model": "res.partner", "res_id": noted, "body": "<p>Called</p>", "message_type": "comment" });
    let note = client.create("mail.message", vec![note], Value::Null).await.expect("a note")[0];
    let child = json!({ "name": "Child", "parent_id": used, "type": "other" });
    let child = client.create("res.partner", vec![child], Value::Null).await.expect("a child")[0];
    client.unlink("res.partner", &[gone]).await.expect("deleted");

    let dry = undo(&client, &mut migration, false).await;
    let done = undo(&client, &mut migration, true).await;
    assert_eq!(ends(&dry), ends(&done));
    let mut left: Vec<(&str, i64, UndoStep, &str)> = done
        .records
        .iter()
        .map(|r| (r.model.as_str(), r.odoo_id, r.end, r.reason.as_deref().unwrap_or_default()))
        .collect();
    let line = |n| id(&migration, "sale.order.line", "item", n);
    let product = id(&migration, "product.product", "treatment", 0);
    let mut expected = vec![
        ("res.partner", changed, UndoStep::Kept, "changed"),
        ("res.partner", noted, UndoStep::Kept, "added-to"),
        ("res.partner", used, UndoStep::Archived, "in-use"),
        ("res.partner", known.adopted, UndoStep::Kept, "changed"),
        ("sale.order", order, UndoStep::Kept, "changed"),
        ("sale.order.line", line(2), UndoStep::Kept, "part-of-kept"),
        ("sale.order.line", line(3), UndoStep::Kept, "part-of-kept"),
        ("product.product", product, UndoStep::Archived, "in-use"),
    ];
    left.sort_unstable();
    expected.sort_unstable();
    assert_eq!(left, expected);
    assert!(ends(&done).contains(&("res.partner", UndoStep::Gone, None, 1)), "one was gone already");

    let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
    let rows = client.search_read("res.partner", json!([["id", "=", used]]), &["active"], options).await.expect("read");
    assert_eq!(rows[0]["active"], false, "archived");
    let city = client.read("res.partner", &[known.adopted], &["city", "function"]).await.expect("read");
    assert_eq!((&city[0]["city"], &city[0]["function"]), (&json!("Leeds"), &json!("Dentist")), "left as it is");
    assert_eq!(client.read("mail.message", &[note], &["body"]).await.expect("read").len(), 1);

    client.unlink("res.partner", &[child]).await.expect("deleted");
    cancel_orders(&client, &[order]).await.expect("cancelled");
    client.unlink("sale.order", &[order]).await.expect("deleted");
    client.unlink("product.product", &[product]).await.expect("deleted");
    client.unlink("res.partner", &[changed, noted, used, known.adopted]).await.expect("deleted");
}

on_both!(undo_on_a_real_odoo: everything_is_taken_back, what_the_customer_did_stays);
