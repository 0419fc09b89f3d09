use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::{DropKind, TableDrop};
use crate::{DropProblem, ObjectSpec, SourceError};

const CLIENTS: &[u8] = b"Nr;Name;Shoe size\n7;Moss;39\n8;Ng;\n";
const NOTES: &[u8] = b"Nr;Text\n7;one\n7;one\n8;two\n";

fn client() -> Value {
    json!({"file": "c.csv", "rows": 2, "key": "number", "columns": {"number": "text", "name": "text"},
           "aliases": {"number": ["Nr"]}})
}

fn note() -> Value {
    json!({"file": "n.csv", "parent": {"object": "client", "column": "client"}, "gathered": true,
           "columns": {"client": "text", "text": "text"}, "aliases": {"client": ["Nr"]}})
}

fn manifest(tables: &Value) -> Value {
    json!({
        "format": "odograft-tabular-drop", "version": 1, "date_order": "dmy", "decimal_mark": ",",
        "time_zone": "Europe/Berlin", "encoding": "utf-8", "delimiter": ";", "tables": tables,
    })
}

fn folder(manifest: &Value, files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().expect("the test needs a temporary folder");
    let write =
        |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("the drop is written");
    write("manifest.json", manifest.to_string().as_bytes());
    files.iter().for_each(|(name, bytes)| write(name, bytes));
    folder
}

fn open(folder: &Path) -> Result<TableDrop, SourceError> {
    TableDrop::open(DropKind::Tabular, folder)
}

/// What is said of tables beside the files of a client's and a note's.
fn problems(tables: &Value) -> Vec<String> {
    let folder = folder(&manifest(tables), &[("c.csv", CLIENTS), ("n.csv", NOTES)]);
    match open(folder.path()) {
        Err(SourceError::DropRefused { problems }) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("the drop gave {other:?}"),
    }
}

fn refused(tables: &Value, words: &str) {
    let problems = problems(tables);
    assert!(problems.iter().any(|problem| problem.contains(words)), "{words}: {problems:#?}");
}

#[test]
fn tables_are_those_that_the_manifest_declares_parents_first() {
    // A parent may stand behind its own in the manifest.
    let folder =
        folder(&manifest(&json!({"note": note(), "client": client()})), &[("c.csv", CLIENTS), ("n.csv", NOTES)]);
    let drop = open(folder.path()).expect("the drop is good");
    let spec = |name, parent| ObjectSpec { name, parent };
    assert_eq!(drop.objects(), [spec("tabular-manifest", None), spec("client", None), spec("note", Some("client"))]);
    let clients = drop.extract("client", None).expect("a page").rows;
    assert_eq!(clients[0].body, r#"{"number":"7","name":"Moss","Shoe size":"39"}"#);
    assert_eq!((clients[0].id.as_str(), clients[0].parent.as_deref()), ("7", None));
    let notes = drop.extract("note", None).expect("a page").rows;
    let parents: Vec<_> = notes.iter().map(|row| row.parent.as_deref()).collect();
    assert_eq!(parents, [Some("7"), Some("7"), Some("8")]);
    assert_eq!(notes[1].id, format!("{}-1", notes[0].id), "the same row twice");
    let manifest = drop.extract("tabular-manifest", None).expect("a page").rows;
    assert_eq!((manifest.len(), manifest[0].id.as_str()), (1, "manifest"));
    let notices = drop.notices();
    assert_eq!((notices[0].object.as_str(), notices[0].surplus.as_slice()), ("client", &["Shoe size".to_owned()][..]));
}

#[test]
fn what_is_not_declared_cannot_be_guessed() {
    let with = |key: &str, value: Value| {
        let mut client = client();
        client[key] = value;
        json!({ "client": client, "note": note() })
    };
    refused(&json!({}), "`tables` must be an object");
    refused(&with("key", Value::Null), "`tables.client.key` must be one of `columns`");
    refused(&with("key", "nr".into()), "`tables.client.key` must be one of `columns`");
    refused(&with("columns", json!({})), "`tables.client.columns` must be an object");
    refused(
        &with("columns", json!({"number": "number"})),
        "`tables.client.columns.number` must be `text` or `integer`",
    );
    refused(&with("columns", json!({"Nr.": "text"})), "`tables.client.columns.Nr.` must be named");
    refused(&with("gatherd", true.into()), "`tables.client.gatherd` must be left out, or one of `file`, `rows`");
    refused(&with("gathered", true.into()), "`tables.client.gathered` must be left out, or beside the `parent`");
    refused(&with("gathered", "yes".into()), "`tables.client.gathered` must be true or false");
    refused(&with("aliases", json!({"nummer": ["Nr"]})), "`tables.client.aliases.nummer` must be for a column");
    refused(&with("parent", "note".into()), "`tables.client.parent` must be an object");
    let parent = |object: &str, column: &str| json!({"object": object, "column": column});
    refused(&with("parent", parent("dog", "name")), "`tables.client.parent.object` must be one of `tables`");
    refused(&with("parent", parent("note", "name")), "`tables.client.parent.object` must be a table with a `key`");
    refused(&with("parent", parent("client", "owner")), "`tables.client.parent.column` must be one of `columns`");
    refused(&json!({"client": client(), "exam": note()}), "`tables.exam` must be named");
    refused(&json!({"client": client(), "Note": note()}), "`tables.Note` must be named");
    let mut words = manifest(&json!({"client": client()}));
    words["true_words"] = "ja".into();
    let folder = folder(&words, &[("c.csv", CLIENTS)]);
    let error = open(folder.path()).expect_err("no list").to_string();
    assert!(error.contains("`true_words` must be a list of names"), "{error}");
}

#[test]
fn a_declared_column_that_does_not_come_is_refused() {
    let mut wanting = client();
    wanting["columns"]["born"] = "date".into();
    let folder = folder(&manifest(&json!({ "client": wanting })), &[("c.csv", CLIENTS)]);
    match open(folder.path()) {
        Err(SourceError::DropRefused { problems }) => {
            assert_eq!(problems, [DropProblem::MissingColumns { file: "c.csv".into(), columns: vec!["born".into()] }]);
        }
        other => panic!("the drop gave {other:?}"),
    }
}

#[test]
fn a_report_is_read_without_its_titles_where_it_is_declared_to_be_one() {
    let mut report = client();
    report["report"] = true.into();
    let text = b"Clients as of today\n\nNr;Name\n7;Moss\n8;Ng\nTotal;2\n";
    let folder = folder(&manifest(&json!({ "client": report })), &[("c.csv", text)]);
    let drop = open(folder.path()).expect("the report is good");
    assert_eq!((drop.notices()[0].rows, drop.notices()[0].skipped), (2, 1));
}

#[test]
fn tables_in_a_circle_end_all_the_same() {
    let mut one = client();
    one["parent"] = json!({"object": "family", "column": "name"});
    let mut other = client();
    other["file"] = "f.csv".into();
    other["parent"] = json!({"object": "client", "column": "name"});
    let folder = folder(&manifest(&json!({"client": one, "family": other})), &[("c.csv", CLIENTS), ("f.csv", CLIENTS)]);
    assert_eq!(open(folder.path()).expect("the drop is good").objects().len(), 3);
}
