//! A delta goes three ways: the source then, the source now, and Odoo now. On the stand-in and on the real Odoo.

use std::collections::BTreeMap;
use std::fs;

use odograft_odoo::{Client, Protocol, SearchOptions};
use serde_json::{Map, Value, json};

use crate::odoo::Server;
use crate::tabular::{BrightChair, external_id};

const CONTACT: &str = "res.partner";

/// The contacts of these clients, as Odoo holds them now.
async fn contacts<const N: usize>(client: &Client, ids: [&str; N]) -> BTreeMap<String, Map<String, Value>> {
    let names = ids.map(|id| external_id(CONTACT, "client", id));
    let found = client.resolve_external_ids(&names).await.expect("external ids are readable");
    let fields = ["phone", "website", "active", "x_date_of_birth", "x_mobile"];
    let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
    let numbers: Vec<i64> = found.values().map(|(_, id)| *id).collect();
    let rows = client.search_read(CONTACT, json!([["id", "in", numbers]]), &fields, options).await.expect("readable");
    let of = |name: &String| {
        let (_, number) = found.get(name)?;
        rows.iter().find(|row| row["id"].as_i64() == Some(*number)).cloned()
    };
    std::iter::zip(ids, &names).filter_map(|(id, name)| Some((id.to_owned(), of(name)?))).collect()
}

fn replaced(rows: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = rows.windows(from.len()).position(|window| window == from).expect("it stands there");
    [&rows[..at], to, &rows[at + from.len()..]].concat()
}

fn without(rows: &[u8], number: &[u8]) -> Vec<u8> {
    let lines = rows.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(number));
    lines.collect::<Vec<_>>().concat()
}

async fn what_is_gone_is_archived_where_the_policy_says_so_and_no_edit_of_the_practices_is_lost(server: &Server) {
    let bright = BrightChair::on(&server.connection);
    let practice = server.client(Protocol::Json2);
    let fields = practice.search_count("ir.model.fields", json!([]), true).await.expect("counted");
    bright.json(&["run"], 3);
    let config = bright.folder.path().join("odograft.toml");
    let text = fs::read_to_string(&config).expect("a configuration");
    fs::write(&config, text + "\n[delta]\ndeleted = \"archive\"\n").expect("written");
    let held = async || contacts(&practice, ["1001", "1002", "1003", "1006", "1007"]).await;
    let first = held().await;
    let id = |client: &str| first[client]["id"].as_i64().expect("an id");
    let (zoe, joern, kim) = (id("1001"), id("1002"), id("1006"));

    // A moment of writing has a second's length.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    for (contact, field, value) in
        [(zoe, "phone", "555-0199"), (joern, "phone", "555-0188"), (kim, "website", "https://kim.example.invalid")]
    {
        practice.write(CONTACT, &[contact], json!({ field: value }), Value::Null).await.expect("written");
    }
    let export = bright.folder.path().join("export");
    let (clients, manifest) = (export.join("klienten.csv"), export.join("manifest.json"));
    let (rows, declared) = (fs::read(&clients).expect("a table"), fs::read_to_string(&manifest).expect("a manifest"));
    let changed = replaced(&replaced(&rows, b"31.02.1990", b"28.02.1990"), b"07700 900101", b"07700 900108");
    fs::write(&clients, without(&without(&changed, b"1006;"), b"1007;")).expect("written");
    fs::write(&manifest, declared.replacen("\"rows\": 7", "\"rows\": 5", 1)).expect("written");

    let delta = bright.json(&["delta"], 3);
    let now = held().await;
    assert_eq!(now["1003"]["x_date_of_birth"], "1990-02-28", "what changed in the source alone goes to Odoo");
    assert_eq!(now["1002"]["phone"], "555-0188", "what changed in Odoo alone stays");
    assert_eq!((&now["1001"]["phone"], &now["1001"]["x_mobile"]), (&json!("555-0199"), &json!("07700 900108")));
    assert_eq!(delta["both_sides"], 1, "what changed on both sides stays as it is in Odoo, and is told");
    let gone = delta["gone"].as_array().into_iter().flatten().filter(|gone| gone["model"] == CONTACT);
    let word = |gone: &Value, name: &str| gone[name].as_str().unwrap_or_default().to_owned();
    let gone: Vec<(String, String)> = gone.map(|gone| (word(gone, "source_id"), word(gone, "end"))).collect();
    let expected = [("1006", "changed-in-odoo"), ("1007", "archived")];
    assert_eq!(gone, expected.map(|(id, end)| (id.to_owned(), end.to_owned())));
    assert_eq!((&now["1006"]["active"], &now["1007"]["active"]), (&json!(true), &json!(false)));
    let told = bright.run(&["delta"], 3);
    assert!(told.contains("Gone from the source") && told.contains("stays: changed in Odoo"), "{told}");

    // What comes back to the source comes back from the archive.
    fs::write(&clients, &changed).expect("written");
    fs::write(&manifest, &declared).expect("written");
    let back = bright.json(&["delta"], 3);
    assert_eq!(back["gone"].as_array().map(Vec::len), Some(0), "{}", back["gone"]);
    assert_eq!(held().await["1007"]["active"], json!(true));
    assert_eq!(bright.json(&["reconcile"], 0)["gaps"], json!([]));
    println!("three ways: 1 change of the source's alone, 2 of Odoo's alone, 1 of both; 2 gone, 1 archived and back");

    // The practice's edits stay after an undo, so the records do.
    bright.json(&["rollback", "--yes", "--drop-fields"], 3);
    let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
    let left = practice.search_read(CONTACT, json!([["id", "in", [zoe, joern, kim]]]), &["phone"], options).await;
    assert_eq!(left.expect("readable").len(), 3, "what the practice has edited stays");
    assert_eq!(practice.search_count("ir.model.fields", json!([]), true).await.expect("counted"), fields);
    practice.unlink(CONTACT, &[zoe, joern, kim]).await.expect("deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn standin() {
    let server = Server::standin().await;
    what_is_gone_is_archived_where_the_policy_says_so_and_no_edit_of_the_practices_is_lost(&server).await;
}

mod real {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_delta_goes_three_ways_on_a_real_odoo() {
        let Some(server) = Server::real() else { return };
        what_is_gone_is_archived_where_the_policy_says_so_and_no_edit_of_the_practices_is_lost(&server).await;
    }
}
