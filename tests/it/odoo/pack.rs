//! A pack through the dialogs of a real Odoo: its own look at each file, its own import, its own export; and what then is
//! in Odoo, field by field, against a run through the API.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use odograft_odoo::{Client, Protocol, SearchOptions, cancel_orders};
use odograft_standins::practice::Practice;
use serde_json::{Value, json};

use super::Server;
use crate::clinic::{Clinic, small};
use crate::pack::administrator::{Administrator, Hand, sheet, steps};
use crate::pack::{DESCRIBED, Desk, MODELS};

/// The fields of a migration's records by model and external id, references to its own records by external id.
async fn held(
    client: &Client,
    module: &str,
    fields: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut names: BTreeMap<(String, i64), String> = BTreeMap::new();
    let mut ids: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for model in MODELS {
        let domain = json!([["model", "=", model], ["module", "=", module]]);
        let rows = client.search_read("ir.model.data", domain, &["name", "res_id"], SearchOptions::default()).await;
        for row in rows.expect("external ids are readable") {
            let (name, id) = (row["name"].as_str().expect("text"), row["res_id"].as_i64().expect("an id"));
            names.insert((model.to_owned(), id), name.to_owned());
            ids.entry(model.to_owned()).or_default().push(id);
        }
    }
    let mut held = BTreeMap::new();
    for (model, ids) in ids {
        let fields: Vec<&str> = fields[&model].iter().map(String::as_str).collect();
        for row in client.read(&model, &ids, &fields).await.expect("readable") {
            let own = &names[&(model.clone(), row["id"].as_i64().expect("an id"))];
            let value = |field: &str| {
                let (other, id) = match field {
                    "res_id" => ("res.partner", &row[field]),
                    "x_site_team" => ("crm.team", &row[field][0]),
                    _ => return row[field].clone(),
                };
                id.as_i64()
                    .and_then(|id| names.get(&(other.to_owned(), id)))
                    .map_or(row[field].clone(), |name| json!(name))
            };
            let record = fields.iter().map(|field| ((*field).to_owned(), value(field))).collect();
            held.insert(format!("{model} {own}"), record);
        }
    }
    held
}

async fn delete(client: &Client, module: &str) {
    const PARTS: [&str; 11] = [
        "mail.message",
        "mail.activity",
        "sale.order.line",
        "sale.order",
        "res.partner",
        "crm.team.member",
        "crm.team",
        "product.product",
        "utm.source",
        "mail.activity.type",
        "ir.actions.act_window",
    ];
    for model in PARTS {
        let ids = made(client, module, model).await;
        if model == "sale.order.line" {
            cancel_orders(client, &made(client, module, "sale.order").await).await.expect("orders are cancelled");
        }
        for chunk in ids.chunks(500) {
            client.unlink(model, chunk).await.expect("what the test has made can be deleted");
        }
    }
}

/// The records that a migration has made of a model.
async fn made(client: &Client, module: &str, model: &str) -> Vec<i64> {
    let domain = json!([["model", "=", model], ["module", "=", module]]);
    let rows = client.search_read("ir.model.data", domain, &["res_id"], SearchOptions::default()).await;
    rows.expect("readable").iter().filter_map(|row| row["res_id"].as_i64()).collect()
}

/// The fields and views that people have added.
async fn added(client: &Client) -> [BTreeSet<i64>; 2] {
    let ids = async |model: &str, domain| -> BTreeSet<i64> {
        let rows = client.search_read(model, domain, &["id"], SearchOptions::default()).await.expect("readable");
        rows.iter().filter_map(|row| row["id"].as_i64()).collect()
    };
    [ids("ir.ui.view", json!([])).await, ids("ir.model.fields", json!([["state", "=", "manual"]])).await]
}

mod real {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_dialogs_of_a_real_odoo_take_a_pack_as_the_api_takes_a_run() {
        let Some(server) = Server::real() else { return };
        let client = server.client(Protocol::Json2);
        let mut practice = Practice::generate(&small());
        practice.patients[0]["first_name"] = json!("=1+1");
        practice.patients[1]["first_name"] = json!("-2 \"a\"");
        practice.patients[2]["first_name"] = json!("@Zoë, +x");
        let mails = client.search_count("mail.mail", json!([]), true).await.expect("counted");

        let administrator = Administrator { client: client.clone(), hand: Hand::Dialog };
        let before = added(&client).await;
        let desk = Desk::of(Clinic::of(practice.clone(), None).await, administrator).await;
        let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for round in ["first", "second"] {
            desk.administrator.export_for_planning(&DESCRIBED, &desk.planning).await;
            desk.write();
            for step in steps(&desk.pack).iter().filter(|step| !step.model.starts_with("ir.")) {
                let headers = sheet(&desk.pack.join(&step.file)).0.into_iter().skip(1);
                let names = headers.map(|header| header.split('/').next().unwrap_or_default().to_owned());
                fields.entry(step.model.clone()).or_default().extend(names);
            }
            let found = desk.round(round).await;
            assert_eq!((&found["differing"], &found["unread"]), (&json!([]), &json!([])), "{round} round");
        }
        assert_eq!(desk.write()["steps"], json!([]), "nothing is left");
        assert_eq!(client.search_count("mail.mail", json!([]), true).await.expect("counted"), mails, "no mail is made");

        let calls = Clinic::of(practice, None).await;
        let file = calls.folder.path().join("odograft.toml");
        let text = fs::read_to_string(&file).expect("a configuration");
        let database =
            server.connection.database.as_ref().map(|name| format!("\ndatabase = \"{name}\"")).unwrap_or_default();
        let there = format!("url = \"{}\"{database}", server.connection.url.trim_end_matches('/'));
        let text = text
            .replace(&format!("url = \"{}\"", calls.odoo.url()), &there)
            .replace("name = \"test\"", "name = \"test_calls\"");
        fs::write(&file, text).expect("written");
        let key = std::env::var("ODOGRAFT_TEST_ODOO_KEY").expect("the key goes with the address");
        let run = calls.command(&["run"]).env("ODOGRAFT_ODOO_KEY", key).output().expect("the command starts");
        assert!(matches!(run.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&run.stderr));

        let by_files = held(&client, "odograft_test", &fields).await;
        let by_calls = held(&client, "odograft_test_calls", &fields).await;
        // The run took the pack's products for its own orders.
        delete(&client, "odograft_test_calls").await;
        delete(&client, "odograft_test").await;
        // A page shows its fields, so it goes first; users have the fields of their contacts, which go with them.
        for (model, place) in [("ir.ui.view", 0), ("ir.model.fields", 1)] {
            let made: Vec<i64> = added(&client).await[place].difference(&before[place]).copied().collect();
            client.unlink(model, &made).await.expect("what the test has made can be deleted");
        }
        assert!(by_files.len() > 500, "{} records", by_files.len());
        assert_eq!(by_files.keys().collect::<Vec<_>>(), by_calls.keys().collect::<Vec<_>>());
        for (name, record) in &by_files {
            let differing: Vec<&String> =
                record.keys().filter(|field| record[*field] != by_calls[name][*field]).collect();
            assert!(differing.is_empty(), "{name}: {differing:?} differ");
        }
    }
}
