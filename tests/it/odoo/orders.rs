//! Orders keep the state, the moment and the taxes that they had; children keep their addresses, and parents theirs.

use odograft_ledger::{Ledger, PlannedRecord};
use odograft_migration::{Cell, Event, Loader, Undo, UndoOptions, Written};
use odograft_odoo::{Client, LoadBatch, Protocol, Row, RowOutcome, insert};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::plan::{ledger, plan, planned, source, text};
use super::undo::word;
use super::{Server, assert_same_content, content};

const ORDERS: [&str; 4] = ["product.product", "res.partner", "sale.order", "sale.order.line"];

struct Case {
    _folder: TempDir,
    ledger: Ledger,
    name: String,
}

impl Case {
    fn new() -> Self {
        let (folder, ledger) = ledger();
        Self { _folder: folder, ledger, name: word() }
    }

    fn plan(&mut self, records: &[PlannedRecord]) {
        plan(&mut self.ledger, records);
    }

    async fn load(&mut self, client: &Client, models: &[&str]) -> Written {
        let models: Vec<String> = models.iter().map(|model| (*model).to_owned()).collect();
        let written = Loader::new(&mut self.ledger, client).load(&models, &mut |_| {}).await.expect("loaded");
        let refused: Vec<_> = self.ledger.quarantined().expect("readable").into_iter().map(|row| row.code).collect();
        assert!(refused.is_empty(), "{refused:?}");
        written
    }

    /// A load that is killed as soon as records of this model are in.
    async fn load_until(&mut self, client: &Client, models: &[&str], until: &str) {
        let models: Vec<String> = models.iter().map(|model| (*model).to_owned()).collect();
        let killed = tokio::sync::Notify::new();
        let mut report = |event: Event| {
            if matches!(event, Event::Progress { what, .. } if what == until) {
                killed.notify_one();
            }
        };
        let load = Loader::new(&mut self.ledger, client).load(&models, &mut report);
        tokio::select! {
            biased;
            () = killed.notified() => {}
            done = load => panic!("it ran to its end: {done:?}"),
        }
    }

    async fn undo(&mut self, client: &Client) {
        let options = UndoOptions { write: true, drop_fields: false };
        Undo::new(&mut self.ledger, client, &self.name, options).run(&mut |_| {}).await.expect("undone");
    }

    async fn one(&self, client: &Client, model: &str, object: &str, n: usize, fields: &[&str]) -> Map<String, Value> {
        let record = self.ledger.record(model, object, &n.to_string()).expect("readable").expect("planned");
        let id = record.odoo_id.expect("in Odoo");
        client.read(model, &[id], fields).await.expect("read").pop().expect("there")
    }

    fn findings(&self) -> Vec<(String, String, Option<String>)> {
        let found = self.ledger.findings().expect("readable");
        found.into_iter().map(|finding| (finding.source_id, finding.code, finding.field)).collect()
    }
}

fn orders(name: &str) -> Vec<PlannedRecord> {
    let mut records = vec![
        planned(name, "product.product", "treatment", 0, vec![("name", text(format!("Crown {name}")))]),
        planned(name, "res.partner", "patient", 0, vec![("name", text(format!("Patient {name}")))]),
    ];
    for (n, state) in ["draft", "sent", "sale", "cancel"].into_iter().enumerate() {
        let cells = vec![
            ("partner_id", source("res.partner", "patient", 0, false)),
            ("date_order", text("2020-02-29 09:00:00")),
            ("state", text(state)),
        ];
        records.push(planned(name, "sale.order", "plan", n, cells));
        let mut cells = vec![
            ("order_id", source("sale.order", "plan", n, false)),
            ("product_id", source("product.product", "treatment", 0, false)),
            ("price_unit", Cell::Decimal("125.50".into())),
        ];
        if n == 0 {
            // The first tax that every Odoo has.
            cells.push(("tax_ids", Cell::Many(vec![Cell::Id(1)])));
        }
        records.push(planned(name, "sale.order.line", "item", n, cells));
    }
    records
}

async fn orders_stay_what_they_were(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let before = content(&client, &ORDERS).await;
    let mut case = Case::new();
    let records = orders(&case.name);
    case.plan(&records);
    case.load_until(&client, &ORDERS, "sale.order.line").await;
    for n in 0..4 {
        let order = case.one(&client, "sale.order", "plan", n, &["state"]).await;
        assert_eq!(order["state"], "draft", "a run that is killed once the lines are in");
    }
    let written = case.load(&client, &ORDERS).await;
    assert_eq!((written.created, written.updated), (0, 3), "what is no draft is brought to its state");
    for (n, state) in ["draft", "sent", "sale", "cancel"].into_iter().enumerate() {
        let order = case.one(&client, "sale.order", "plan", n, &["state", "date_order", "amount_total"]).await;
        assert_eq!((&order["state"], &order["date_order"]), (&json!(state), &json!("2020-02-29 09:00:00")));
        let line = case.one(&client, "sale.order.line", "item", n, &["tax_ids", "price_unit"]).await;
        assert_eq!(line["tax_ids"], if n == 0 { json!([1]) } else { json!([]) }, "no tax but the given one");
        assert_eq!(line["price_unit"].as_f64(), Some(125.5));
    }
    assert_eq!(case.findings(), []);
    case.plan(&records);
    assert_eq!(case.load(&client, &ORDERS).await, Written::default(), "a second run writes nothing");
    case.undo(&client).await;
    assert_same_content(&content(&client, &ORDERS).await, &before);
}

const ADDRESS: [&str; 6] = ["street", "street2", "zip", "city", "state_id", "country_id"];

/// Three parents, two of them without an address, and twelve children who say nothing about their type, but for one.
fn family(name: &str, late: bool) -> Vec<PlannedRecord> {
    let person = |n: usize| ("name", text(format!("Person {n} {name}")));
    let home = |n: usize| [("street", text(format!("{n} Mill Lane"))), ("city", text("Bath"))];
    let partner = |n: usize, cells| planned(name, "res.partner", "patient", n, cells);
    let mut records = vec![
        partner(0, [vec![person(0)], home(0).to_vec()].concat()),
        partner(1, vec![person(1)]),
        partner(2, vec![person(2), ("is_company", Cell::Boolean(true))]),
    ];
    for n in 3..13 {
        let parent = ("parent_id", source("res.partner", "patient", 0, false));
        records.push(partner(n, [vec![person(n), parent], home(n).to_vec()].concat()));
    }
    let parent = ("parent_id", source("res.partner", "patient", 1, false));
    records.push(partner(13, [vec![person(13), parent], home(13).to_vec()].concat()));
    let parent = ("parent_id", source("res.partner", "patient", 2, false));
    records.push(partner(14, [vec![person(14), parent, ("type", text("invoice"))], home(14).to_vec()].concat()));
    // Whose parent is known to a later run only.
    let mut cells = [vec![person(15)], home(15).to_vec()].concat();
    if late {
        cells.push(("parent_id", source("res.partner", "patient", 0, false)));
    }
    records.push(partner(15, cells));
    records
}

async fn addresses_stay_apart(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let before = content(&client, &["res.partner"]).await;
    let mut case = Case::new();
    for late in [false, true] {
        let records = family(&case.name, late);
        case.plan(&records);
        let written = case.load(&client, &["res.partner"]).await;
        assert_eq!((written.created, written.updated), if late { (0, 1) } else { (16, 0) });
        assert_eq!(case.findings(), []);
        for n in (0..16).filter(|n| !matches!(n, 1 | 2)) {
            let row = case.one(&client, "res.partner", "patient", n, &["street", "type", "parent_id"]).await;
            assert_eq!(row["street"], format!("{n} Mill Lane"), "{n}");
            let kind = match n {
                0 => "contact",
                14 => "invoice",
                15 if !late => "contact",
                _ => "other",
            };
            assert_eq!(row["type"], kind, "{n}");
            assert_eq!(row["parent_id"].is_array(), n > 2 && (n < 15 || late));
        }
        for n in [1, 2] {
            let row = case.one(&client, "res.partner", "patient", n, &ADDRESS).await;
            assert!(ADDRESS.iter().all(|field| row[*field] == false), "a parent without an address stays so: {n}");
        }
        case.plan(&records);
        assert_eq!(case.load(&client, &["res.partner"]).await, Written::default());
    }
    case.undo(&client).await;
    assert_same_content(&content(&client, &["res.partner"]).await, &before);
}

/// A run that was killed between a child and its parent's restoring: the next one does it. What a user has written stays.
async fn a_parent_is_restored_by_the_next_run(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let mut case = Case::new();
    let parent = client.create("res.partner", vec![json!({ "name": "Parent" })], Value::Null).await.expect("made")[0];
    let id = parent.to_string();
    let row = Row {
        external_id: format!("odograft_{}.child", case.name),
        cells: ["Child", "other", &id, "1 Mill Lane"].map(str::to_owned).to_vec(),
    };
    let columns = ["name", "type", "parent_id/.id", "street"].map(str::to_owned).to_vec();
    let batch = LoadBatch { model: "res.partner".to_owned(), columns, rows: vec![row] };
    let child = match insert(&client, &batch).await.expect("loaded").outcomes.as_slice() {
        [RowOutcome::Loaded { id }] => *id,
        other => panic!("{other:?}"),
    };
    let street = async || client.read("res.partner", &[parent], &["street"]).await.expect("read")[0]["street"].clone();
    assert_eq!(street().await, "1 Mill Lane", "Odoo takes a first child's address for its parent's");
    case.ledger.set_meta("parents_without_address", &format!("[{parent}]")).expect("noted");
    case.plan(&[]);
    case.load(&client, &["res.partner"]).await;
    assert_eq!(street().await, false);
    client.write("res.partner", &[parent], json!({ "street": "2 Mill Lane" }), Value::Null).await.expect("written");
    case.load(&client, &["res.partner"]).await;
    assert_eq!(street().await, "2 Mill Lane", "once is enough");
    client.unlink("res.partner", &[child, parent]).await.expect("deleted");
}

on_both!(orders_on_a_real_odoo: orders_stay_what_they_were, addresses_stay_apart, a_parent_is_restored_by_the_next_run);
