//! The whole of it at the size of a practice: the same records over each protocol, read back field by field, a second
//! load that writes nothing, no mail, and an undo that leaves Odoo as it was but for what was changed in between.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use odograft_ledger::{PlannedRecord, RecordState, UndoStep};
use odograft_migration::{Cell, Cells, Undo, UndoOptions};
use odograft_odoo::{Client, Protocol, bulk_context, read_plain};
use serde_json::{Map, Value, json};

use super::files::base64;
use super::plan::{Known, MODELS, Migration, Size, paper};
use super::undo::{compared, id, known, word};
use super::{Server, assert_same_content, full};

const PRACTICE: Size = Size { partners: 5_000, activities: 2_000, messages: 1_000, attachments: 200, orders: 200 };
const PART: Size = Size { partners: 500, activities: 200, messages: 100, attachments: 20, orders: 20 };
const SMALL: Size = Size { partners: 60, activities: 20, messages: 10, attachments: 4, orders: 4 };

/// A user who would get an e-mail for each activity, if any left.
async fn assignee(client: &Client, name: &str) -> i64 {
    let values = json!({ "name": "Dentist", "login": format!("{name}@example.invalid"), "email": format!("{name}@example.invalid") });
    client.create("res.users", vec![values], bulk_context()).await.expect("a user")[0]
}

/// How many e-mails and notifications there are; nothing where the server has no such model.
async fn mails(client: &Client) -> Vec<Option<u64>> {
    let mut counts = Vec::new();
    for model in ["mail.mail", "mail.notification"] {
        counts.push(client.search_count(model, json!([]), true).await.ok());
    }
    counts
}

/// Reads every record back and compares each planned field; how many fields were compared.
async fn read_back(client: &Client, migration: &Migration) -> usize {
    let mut externals: HashMap<String, i64> = HashMap::new();
    for (name, (_, id)) in client.resolve_external_ids(&["base.uk".to_owned()]).await.expect("resolved") {
        externals.insert(name, id);
    }
    let mut by_model: BTreeMap<&str, Vec<&PlannedRecord>> = BTreeMap::new();
    for record in &migration.records {
        by_model.entry(&record.model).or_default().push(record);
    }
    let id = |model: &str, object: &str, source_id: &str| {
        let record = migration.ledger.record(model, object, source_id).expect("readable").expect("planned");
        assert!(matches!(record.state, RecordState::Written | RecordState::Adopted), "{object} {source_id} is in Odoo");
        record.odoo_id.expect("it is in Odoo")
    };
    let mut compared = 0;
    for (model, records) in by_model {
        for page in records.chunks(500) {
            let cells: Vec<Cells> = page.iter().map(|r| serde_json::from_str(&r.cells).expect("cells")).collect();
            let names: Vec<&str> = cells.iter().flat_map(BTreeMap::keys).map(String::as_str).collect();
            let names: Vec<&str> = std::collections::BTreeSet::from_iter(names).into_iter().collect();
            let ids: Vec<i64> = page.iter().map(|r| id(model, &r.object, &r.source_id)).collect();
            let rows = read_plain(client, model, &ids, &names).await.expect("readable");
            let rows: HashMap<i64, Map<String, Value>> =
                rows.into_iter().filter_map(|row| Some((row["id"].as_i64()?, row))).collect();
            for (odoo_id, cells) in std::iter::zip(&ids, &cells) {
                let row = rows.get(odoo_id).unwrap_or_else(|| panic!("`{model}` {odoo_id} is not there"));
                for (field, cell) in cells {
                    let expected = match cell {
                        Cell::Text(text) => json!(text),
                        Cell::Boolean(truth) => json!(truth),
                        Cell::Id(id) => json!(id),
                        Cell::ExternalId(name) => json!(externals[name]),
                        Cell::Source { model, object, id: source_id, .. } => json!(id(model, object, source_id)),
                        Cell::Float(number) => json!(number),
                        Cell::File { handle, .. } => json!(base64(&paper(handle.parse().expect("a number")))),
                        Cell::Decimal(text) => json!(text.parse::<f64>().expect("a number")),
                        other => panic!("{other:?} is not planned"),
                    };
                    // A file without bytes has no content for some protocols and an empty one for others.
                    let empty = json!("");
                    let held = if field == "datas" && row[field] == false { &empty } else { &row[field] };
                    let same = *held == expected || (held.is_number() && held.as_f64() == expected.as_f64());
                    assert!(same, "`{model}.{field}` of {odoo_id} differs");
                    compared += 1;
                }
            }
        }
    }
    compared
}

/// What the practice does after the load: model and id of each record that an undo has to leave, and why.
async fn work(client: &Client, migration: &Migration) -> Vec<(String, i64, &'static str)> {
    let patient = |n| id(migration, "res.partner", "patient", n);
    let (moved, noted, recall) = (patient(0), patient(1), id(migration, "mail.activity", "recall", 1));
    // Odoo's moments have whole seconds.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    client.write("res.partner", &[moved], json!({ "city": "Leeds" }), Value::Null).await.expect("written");
    client.write("mail.activity", &[recall], json!({ "summary": "Call" }), bulk_context()).await.expect("written");
    let note = json!({ "model": "res.partner", "res_id": noted, "body": "<p>Called</p>", "message_type": "comment" });
    client.create("mail.message", vec![note], Value::Null).await.expect("a note");
    let partner = || "res.partner".to_owned();
    vec![("mail.activity".to_owned(), recall, "changed"), (partner(), moved, "changed"), (partner(), noted, "added-to")]
}

async fn a_practice_lands_over(server: &Server, protocol: Protocol, fast: bool, size: Size, known: Known) {
    let client = server.client(protocol);
    let before = compared(&client, known).await;
    let mail = mails(&client).await;
    let mut migration = Migration::plan(&word(), size, known);
    let models = MODELS.map(str::to_owned);
    let began = Instant::now();
    let namespace = format!("odograft_{}", migration.name);
    let mut loader = migration.loader(&client);
    if fast {
        loader = loader.fast(&namespace);
    }
    let written = loader.load(&models, &mut |_| {}).await.expect("loaded");
    let loaded = began.elapsed().as_millis();
    assert_eq!(written.created as usize + 1, migration.records.len(), "all but the adopted one are created");
    assert!(migration.ledger.quarantined().expect("readable").is_empty());
    let fields = read_back(&client, &migration).await;
    let again = migration.loader(&client).load(&models, &mut |_| {}).await.expect("loaded");
    assert_eq!((again.created, again.updated, again.adopted), (0, 0, 0), "a second load writes nothing");
    assert_eq!(mails(&client).await, mail, "no mail leaves");
    let mut expected = work(&client, &migration).await;
    let options = UndoOptions { write: true, drop_fields: false };
    let began = Instant::now();
    let undone =
        Undo::new(&mut migration.ledger, &client, &migration.name, options).run(&mut |_| {}).await.expect("undone");
    let taken = began.elapsed().as_millis();
    assert_eq!(undone.counts.iter().map(|count| count.count).sum::<u64>() as usize, migration.records.len());
    let kept = undone.records.into_iter().filter(|record| record.end == UndoStep::Kept);
    let mut kept: Vec<_> = kept.map(|r| (r.model, r.odoo_id, r.reason.unwrap_or_default())).collect();
    kept.sort_unstable();
    expected.sort_unstable();
    let kept: Vec<_> = kept.iter().map(|(model, id, reason)| (model.clone(), *id, reason.as_str())).collect();
    assert_eq!(kept, expected, "what was changed in between is left and reported");
    for (model, id, _) in &expected {
        client.unlink(model, &[*id]).await.expect("it is still there");
    }
    assert_same_content(&compared(&client, known).await, &before);
    println!(
        "{:8}{} {} records loaded in {loaded} ms, {fields} fields read back equal, second load wrote nothing, no mail; \
         undone in {taken} ms, {} changed in between left and reported, Odoo as before",
        protocol.name(),
        if fast { " by a server action," } else { "" },
        migration.records.len(),
        expected.len(),
    );
}

async fn all(server: &Server, size: Size) {
    let client = server.client(Protocol::Json2);
    let mut known = known(&client).await;
    known.assignee = Some(assignee(&client, &word()).await);
    for protocol in Protocol::ALL {
        a_practice_lands_over(server, protocol, false, size, known).await;
    }
    a_practice_lands_over(server, Protocol::Json2, true, size, known).await;
    let actions = client.search_count("ir.actions.server", json!([["name", "=", "odograft"]]), true).await;
    assert_eq!(actions, Ok(0), "the server action is gone");
    client.unlink("res.partner", &[known.adopted]).await.expect("deleted");
}

#[tokio::test]
async fn standin() {
    all(&Server::standin().await, SMALL).await;
}

mod real {
    use super::*;

    #[tokio::test]
    async fn a_practice_on_a_real_odoo() {
        let Some(server) = Server::real() else { return };
        all(&server, if full() { PRACTICE } else { PART }).await;
    }
}
