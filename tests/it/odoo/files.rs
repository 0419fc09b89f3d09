//! Files: streamed into attachments and binary fields, compared with what Odoo keeps, sent again when they are others,
//! and put aside one by one when they can't be sent.

mod memory;

use std::collections::{BTreeMap, VecDeque};
use std::io::Cursor;
use std::sync::{Arc, Mutex};

use odograft_ledger::{Ledger, PlannedRecord, UndoStep};
use odograft_migration::{Cell, Files, Loader, Opening, Undo, UndoOptions, UndoReport, Written};
use odograft_odoo::{Client, CustomField, Protocol, SchemaPlan, apply, remove_fields};
use odograft_sources::{FileError, OpenFile};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::plan::{ledger, plan, planned, source, text};
use super::undo::word;
use super::{Server, assert_same_content, content};

/// A custom field that holds a file.
const SCAN: &str = "x_odograft_scan";
const MODELS: [&str; 2] = ["res.partner", "ir.attachment"];
/// More than this is too large here.
const LIMIT: u64 = 4 << 20;

/// Files in memory. One with several contents is another one each time that it is opened, up to the last.
#[derive(Default)]
pub(super) struct Shelf(Mutex<BTreeMap<String, VecDeque<Vec<u8>>>>);

impl Shelf {
    fn put<const N: usize>(&self, handle: &str, contents: [Vec<u8>; N]) {
        self.0.lock().expect("not poisoned").insert(handle.to_owned(), contents.into());
    }
}

impl Files for Shelf {
    fn open<'a>(&'a self, _: &'a str, handle: &'a str) -> Opening<'a> {
        let mut files = self.0.lock().expect("not poisoned");
        let bytes = files.get_mut(handle).and_then(|contents| match contents.len() {
            0 | 1 => contents.front().cloned(),
            _ => contents.pop_front(),
        });
        let missing = FileError::Closed(std::io::ErrorKind::NotFound);
        let open = |bytes: Vec<u8>| OpenFile { length: None, stamp: None, reader: Box::pin(Cursor::new(bytes)) };
        Box::pin(async move { bytes.map(open).ok_or(missing) })
    }
}

fn bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = vec![0; length];
    random.fill(&mut bytes);
    bytes
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let word = part.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for place in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * place)) as usize & 63];
            text.push(if place > part.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

fn file(handle: &str) -> Cell {
    Cell::File { object: "document".into(), handle: handle.into() }
}

/// A migration with one contact and a file for each handle.
struct Case {
    _folder: TempDir,
    ledger: Ledger,
    name: String,
    shelf: Arc<Shelf>,
    handles: Vec<&'static str>,
    with_scan: bool,
}

impl Case {
    fn new(name: &str, handles: &[&'static str], with_scan: bool) -> Self {
        let (folder, ledger) = ledger();
        let (shelf, handles) = (Arc::default(), handles.to_vec());
        Self { _folder: folder, ledger, name: name.to_owned(), shelf, handles, with_scan }
    }

    fn records(&self) -> Vec<PlannedRecord> {
        let mut cells = vec![("name", text(format!("Patient {}", self.name)))];
        if self.with_scan {
            cells.push((SCAN, file("scan")));
        }
        let mut records = vec![planned(&self.name, "res.partner", "patient", 0, cells)];
        for (n, handle) in self.handles.iter().enumerate() {
            let cells = vec![
                ("name", text(format!("{}-{handle}.bin", self.name))),
                ("res_model", text("res.partner")),
                ("res_id", source("res.partner", "patient", 0, true)),
                ("datas", file(handle)),
            ];
            records.push(planned(&self.name, "ir.attachment", "document", n, cells));
        }
        records
    }

    /// A run: a plan of the same records, and a load.
    async fn run(&mut self, client: &Client) -> Written {
        let records = self.records();
        plan(&mut self.ledger, &records);
        let loader = Loader::new(&mut self.ledger, client).with_files(Arc::clone(&self.shelf) as _, LIMIT);
        loader.load(&MODELS.map(str::to_owned), &mut |_| {}).await.expect("loaded")
    }

    fn id(&self, handle: &str) -> i64 {
        let n = self.handles.iter().position(|other| *other == handle).expect("known").to_string();
        let record = self.ledger.record("ir.attachment", "document", &n).expect("readable").expect("planned");
        record.odoo_id.expect("in Odoo")
    }

    fn quarantined(&self) -> Vec<(String, String)> {
        let rows = self.ledger.quarantined().expect("readable").into_iter();
        let handle = |id: &str| id.parse::<usize>().ok().and_then(|n| self.handles.get(n)).copied().unwrap_or_default();
        rows.map(|row| (handle(&row.source_id).to_owned(), row.code)).collect()
    }

    fn findings(&self) -> Vec<(String, String)> {
        let rows = self.ledger.findings().expect("readable").into_iter();
        rows.map(|finding| (finding.source_id, finding.code)).collect()
    }
}

/// What Odoo says an attachment's content is, and how long.
async fn datas(client: &Client, id: i64) -> (Value, Value) {
    let row = client.read("ir.attachment", &[id], &["datas", "file_size"]).await.expect("read").pop().expect("there");
    // A file without bytes has no content for some protocols and an empty one for others.
    let datas = if row["datas"] == "" { json!(false) } else { row["datas"].clone() };
    (datas, row["file_size"].clone())
}

async fn files_arrive_whole(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let before = content(&client, &MODELS).await;
    let name = word();
    let handles = ["empty", "tiny", "small", "large", "odd", "gone", "huge", "changing"];
    let mut case = Case::new(&name, &handles, false);
    let contents = [("empty", 0), ("tiny", 10), ("small", 300_001), ("large", 3 << 20), ("odd", (2 << 20) + 1)];
    for (handle, length) in contents {
        case.shelf.put(handle, [bytes(length, length as u64)]);
    }
    let limit = usize::try_from(LIMIT).expect("small");
    case.shelf.put("huge", [bytes(limit + 1, 1)]);
    // Looked at, measured, and then another one while it is sent.
    let (one, other) = (bytes(2 << 20, 2), bytes(2 << 20, 3));
    case.shelf.put("changing", [one.clone(), one, other.clone()]);

    let written = case.run(&client).await;
    assert_eq!((written.created, written.updated), (6, 0), "a contact and five files");
    for (handle, length) in contents {
        let (datas, size) = datas(&client, case.id(handle)).await;
        assert_eq!(size, json!(length), "{handle}");
        let wanted = if length == 0 { json!(false) } else { json!(base64(&bytes(length, length as u64))) };
        assert!(datas == wanted, "{handle} is another file");
    }
    let aside = [("gone", "file-missing"), ("huge", "file-too-large"), ("changing", "file-changed")];
    let mut quarantined = case.quarantined();
    quarantined.sort_unstable();
    let mut expected = aside.map(|(handle, code)| (handle.to_owned(), code.to_owned()));
    expected.sort_unstable();
    assert_eq!(quarantined, expected);
    for row in case.ledger.quarantined().expect("readable") {
        assert!(row.field.as_deref() == Some("datas") && row.message.contains("hint: "), "{}", row.message);
    }
    let named = |handle: &str| json!([["name", "=", format!("{name}-{handle}.bin")]]);
    for (handle, _) in aside {
        assert_eq!(client.search_count("ir.attachment", named(handle), true).await, Ok(0), "nothing of {handle}");
    }
    assert_eq!(case.findings(), []);

    // The same again: what changes no longer is written, the rest is left alone.
    let written = case.run(&client).await;
    assert_eq!((written.created, written.updated), (1, 0));
    assert!(datas(&client, case.id("changing")).await.0 == base64(&other).as_str());
    // A file with new content under its old name is written again; so is one that got longer.
    case.shelf.put("tiny", [bytes(11, 7)]);
    case.shelf.put("large", [bytes(3 << 20, 8)]);
    let written = case.run(&client).await;
    assert_eq!((written.created, written.updated), (0, 2));
    assert!(datas(&client, case.id("tiny")).await.0 == base64(&bytes(11, 7)).as_str());
    assert!(datas(&client, case.id("large")).await.0 == base64(&bytes(3 << 20, 8)).as_str());
    assert_eq!(case.run(&client).await, Written::default());

    // Both sides have changed one: Odoo's stays. Odoo's moments have whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let theirs = json!({ "datas": "VGhlaXJz" });
    client.write("ir.attachment", &[case.id("tiny")], theirs, Value::Null).await.expect("written");
    let options = UndoOptions { write: false, drop_fields: false };
    let undo = Undo::new(&mut case.ledger, &client, &name, options).run(&mut |_| {}).await.expect("looked at");
    let tiny = case.id("tiny");
    let expected = [("ir.attachment", Some("changed")), ("res.partner", Some("added-to"))];
    let kept = |undo: &UndoReport| -> Vec<i64> {
        let kept: Vec<_> = undo.records.iter().filter(|record| record.end == UndoStep::Kept).collect();
        assert_eq!(kept.iter().map(|r| (r.model.as_str(), r.reason.as_deref())).collect::<Vec<_>>(), expected);
        kept.iter().map(|record| record.odoo_id).collect()
    };
    assert_eq!(kept(&undo)[0], tiny, "an undo leaves the customer's file");
    case.shelf.put("tiny", [bytes(12, 9)]);
    assert_eq!(case.run(&client).await.updated, 0);
    assert_eq!(datas(&client, tiny).await.0, "VGhlaXJz");
    assert_eq!(case.findings(), [("1".to_owned(), "changed-in-odoo".to_owned())]);

    let options = UndoOptions { write: true, drop_fields: false };
    let undo = Undo::new(&mut case.ledger, &client, &name, options).run(&mut |_| {}).await.expect("undone");
    let left = kept(&undo);
    assert_eq!(left[0], tiny, "a later run has not made the customer's file ours");
    client.unlink("ir.attachment", &[left[0]]).await.expect("deleted");
    client.unlink("res.partner", &[left[1]]).await.expect("deleted");
    assert_same_content(&content(&client, &MODELS).await, &before);
}

/// A ledger that was lost: Odoo has the records, with other files.
async fn another_file_in_odoo_is_told(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let name = word();
    let mut lost = Case::new(&name, &["a", "b"], false);
    let mut case = Case::new(&name, &["a", "b"], false);
    for (shelf, seed) in [(&lost.shelf, 1), (&case.shelf, 2)] {
        shelf.put("a", [bytes(100, 1)]);
        shelf.put("b", [bytes(100, seed)]);
    }
    lost.run(&client).await;
    case.run(&client).await;
    assert_eq!(case.findings(), [("1".to_owned(), "file-differs-in-odoo".to_owned())]);
    let finding = case.ledger.findings().expect("readable").remove(0);
    assert_eq!((finding.field.as_deref(), finding.severity.as_str()), (Some("datas"), "error"));
    client.unlink("ir.attachment", &[case.id("a"), case.id("b")]).await.expect("deleted");
    let partner = case.ledger.record("res.partner", "patient", "0").expect("readable").and_then(|r| r.odoo_id);
    client.unlink("res.partner", &[partner.expect("in Odoo")]).await.expect("deleted");
}

/// A binary field of a contact, and one of a contact that was there before.
async fn a_binary_field_takes_a_file(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let field = CustomField {
        model: "res.partner".to_owned(),
        name: SCAN.to_owned(),
        kind: "binary".to_owned(),
        label: "Scan".to_owned(),
        groups: Vec::new(),
        selection: Vec::new(),
        relation: None,
    };
    let schema =
        SchemaPlan { fields: vec![field], external_id_module: "odograft_files".to_owned(), ..SchemaPlan::default() };
    apply(&client, &schema).await.expect("the field is made");
    let name = word();
    let mut case = Case::new(&name, &[], true);
    case.shelf.put("scan", [bytes(2 << 20, 5)]);
    assert_eq!(case.run(&client).await.created, 1);
    assert_eq!((case.quarantined(), case.findings()), (Vec::new(), Vec::new()));
    let record = case.ledger.record("res.partner", "patient", "0").expect("readable").expect("planned");
    let id = record.odoo_id.expect("in Odoo");
    let held = client.read("res.partner", &[id], &[SCAN]).await.expect("read");
    assert!(held[0][SCAN] == base64(&bytes(2 << 20, 5)).as_str(), "another file");
    assert_eq!(case.run(&client).await, Written::default());
    case.shelf.put("scan", [bytes(5, 6)]);
    assert_eq!(case.run(&client).await.updated, 1);
    assert_eq!(client.read("res.partner", &[id], &[SCAN]).await.expect("read")[0][SCAN], base64(&bytes(5, 6)).as_str());

    // Tied to a contact that has a scan of its own: an undo gives that back.
    let values = json!({ "name": format!("Adopted {name}"), SCAN: "b3du" });
    let adopted = client.create("res.partner", vec![values], Value::Null).await.expect("a contact")[0];
    let mut tied = Case::new(&word(), &[], true);
    tied.shelf.put("scan", [bytes(9, 7)]);
    let (odoo_id, state) = (Some(adopted), odograft_ledger::RecordState::Adopted);
    let records: Vec<_> = tied.records().into_iter().map(|r| PlannedRecord { odoo_id, state, ..r }).collect();
    plan(&mut tied.ledger, &records);
    let loader = Loader::new(&mut tied.ledger, &client).with_files(Arc::clone(&tied.shelf) as _, LIMIT);
    assert_eq!(loader.load(&MODELS.map(str::to_owned), &mut |_| {}).await.expect("loaded").updated, 1);
    let scan = async || client.read("res.partner", &[adopted], &[SCAN]).await.expect("read")[0][SCAN].clone();
    assert_eq!(scan().await, base64(&bytes(9, 7)).as_str());
    let options = UndoOptions { write: true, drop_fields: false };
    Undo::new(&mut tied.ledger, &client, &tied.name, options).run(&mut |_| {}).await.expect("undone");
    assert_eq!(scan().await, "b3du");

    client.unlink("res.partner", &[id, adopted]).await.expect("deleted");
    remove_fields(&client, "res.partner", &[SCAN]).await.expect("the field goes");
}

on_both!(files_on_a_real_odoo: files_arrive_whole, another_file_in_odoo_is_told, a_binary_field_takes_a_file);
