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
    let with = |key: &str, value: Value| json!({ "client": with(key, value), "note": note() });
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
    assert_eq!((drop.notices()[0].rows, drop.notices()[0].skipped), (Some(2), 1));
}

/// A client's table with this in place of what it says under a key.
fn with(key: &str, value: Value) -> Value {
    let mut client = client();
    client[key] = value;
    client
}

/// What a drop of these files is refused for; the whole message ends in a hint.
fn told(manifest: &str, files: &[(&str, &[u8])]) -> String {
    let folder = folder(&Value::Null, files);
    std::fs::write(folder.path().join("manifest.json"), manifest).expect("the manifest is written");
    let error = open(folder.path()).expect_err("the drop is refused").to_string();
    assert!(error.ends_with("; hint: mend the export or its manifest and run again"), "{error}");
    assert!(!error.contains("Moss"), "a value is told: {error}");
    error
}

#[test]
fn tables_in_a_circle_are_named_once() {
    let above = |table: &str, parent: &str, file: &str| {
        let mut other = with("parent", json!({"object": parent, "column": "name"}));
        other["file"] = file.into();
        (table.to_owned(), other)
    };
    let tables =
        [above("client", "family", "c.csv"), above("family", "house", "f.csv"), above("house", "client", "h.csv")];
    let tables: Value = serde_json::Map::from_iter(tables).into();
    let error = told(&manifest(&tables).to_string(), &[("c.csv", CLIENTS), ("f.csv", CLIENTS), ("h.csv", CLIENTS)]);
    let circle =
        "`tables.client.parent.object` must be a table above this one, but `client`, `family`, `house` stand above";
    assert!(error.contains(circle) && error.matches("in a circle").count() == 1, "{error}");
    // What hangs on a circle is in none, and a table above itself makes no circle: families hang on one of their own.
    let itself = with("parent", json!({"object": "client", "column": "name"}));
    let drop = folder(&manifest(&json!({"client": itself, "note": note()})), &[("c.csv", CLIENTS), ("n.csv", NOTES)]);
    let objects = open(drop.path()).expect("the drop is good");
    assert_eq!(objects.objects()[1], ObjectSpec { name: "client", parent: Some("client") });
}

#[test]
fn a_table_or_a_column_that_is_declared_twice_is_named() {
    let once = client().to_string();
    let tables = format!(r#""tables":{{"client":{once},"client":{once}}}"#);
    let twice = manifest(&Value::Null).to_string().replace(r#""tables":null"#, &tables);
    let error = told(&twice, &[("c.csv", CLIENTS)]);
    assert!(error.contains("`manifest.json` says `tables.client` twice"), "{error}");
    let twice = manifest(&json!({ "client": client() }))
        .to_string()
        .replace(r#""name":"text""#, r#""name":"text","name":"date""#);
    let error = told(&twice, &[("c.csv", CLIENTS)]);
    assert!(error.contains("`manifest.json` says `tables.client.columns.name` twice"), "{error}");
}

#[test]
fn no_table_lies_outside_the_folder() {
    for file in ["../c.csv", "/etc/hostname", "way/../../c.csv"] {
        let error = told(&manifest(&json!({ "client": with("file", file.into()) })).to_string(), &[("c.csv", CLIENTS)]);
        assert!(error.contains(&format!("`{file}` cannot be opened")), "{error}");
    }
    #[cfg(unix)]
    {
        let outside = folder(&Value::Null, &[("c.csv", CLIENTS)]);
        let folder = folder(&manifest(&json!({ "client": client() })), &[]);
        std::os::unix::fs::symlink(outside.path().join("c.csv"), folder.path().join("c.csv")).expect("a link");
        let error = open(folder.path()).expect_err("a link leads out").to_string();
        assert!(error.contains("`c.csv` cannot be opened"), "{error}");
    }
}

#[test]
fn an_empty_file_and_keys_that_stand_twice_are_named() {
    let said = manifest(&json!({ "client": client() })).to_string();
    let error = told(&said, &[("c.csv", b"")]);
    assert!(error.contains("`c.csv` is empty; a table without rows has its header all the same"), "{error}");
    let error = told(&said, &[("c.csv", b"Nr;Name\n7;Moss\n7;Ng\n")]);
    assert!(error.contains("`c.csv` line 3 has the same `number` as a line before"), "{error}");
    let error = told(&said, &[("c.csv", b"Nr;Name;Nr\n7;Moss;8\n8;Ng;9\n")]);
    assert!(error.contains("`c.csv` has the column `number` twice"), "{error}");
    let none = folder(&manifest(&json!({ "client": with("rows", 0.into()) })), &[("c.csv", b"Nr;Name\n")]);
    assert_eq!(open(none.path()).expect("a table without rows is one").notices()[0].rows, Some(0));
}

#[test]
fn ten_thousand_columns_are_too_many_to_declare_and_not_too_many_to_come() {
    let many = |count: usize| -> Value { (0..count).map(|at| (format!("c{at}"), Value::from("text"))).collect() };
    let declared = |count: usize| {
        let mut columns = many(count);
        columns["number"] = "text".into();
        json!({ "client": {"file": "c.csv", "key": "number", "columns": columns} })
    };
    let error = told(&manifest(&declared(10_000)).to_string(), &[("c.csv", CLIENTS)]);
    assert!(error.contains("`tables.client.columns` must be an object of at most 2000 columns"), "{error}");
    assert!(!error.contains("does not name"), "the table's file is named all the same: {error}");
    // Undeclared ones are carried along, as any column that no rule reads.
    let wide = |count: usize| {
        let header: Vec<String> = (0..count).map(|at| format!("c{at}")).collect();
        format!("number;{}\n7;{}\n", header.join(";"), vec!["x"; count].join(";"))
    };
    let few = folder(&manifest(&declared(3)), &[("c.csv", wide(10_000).as_bytes())]);
    let drop = open(few.path()).expect("the drop is good");
    assert_eq!(drop.notices()[0].surplus.len(), 9_997);
    let most = folder(&manifest(&declared(1_999)), &[("c.csv", wide(1_999).as_bytes())]);
    assert!(open(most.path()).expect("the drop is good").notices()[0].surplus.is_empty());
}
