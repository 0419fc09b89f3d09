//! Files beside the rows: what a row names is read once, and nothing outside the source ever is.

use std::fs;
use std::path::Path;

use odograft_ledger::Ledger;
use odograft_standins::mssql::{Cell, Column, Database, Fault, Kind, MssqlOptions, MssqlStandin, Table};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use tempfile::TempDir;

use super::{PASSWORD, client, command, extracted, ledger, staged};
use crate::clinic::small;
use crate::told::generate;

/// A name that must not be told.
const NAME: &str = "Quackenbush";

fn sha1(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder with patients, each of which names a file.
fn export(paths: &[&str]) -> TempDir {
    let folder = client("[source.dent_o_soft]\nfolder = \"export\"");
    let export = folder.path().join("export");
    fs::create_dir_all(export.join("scans")).expect("made");
    let others = ["practice", "practitioner", "supplier", "referral-source", "policy", "emergency-contact"];
    let more = ["practitioner-address", "treatment", "appointment", "account-line", "clinical-note", "reminder-rule"];
    let manifest = json!({
        "format": "odograft-dent-o-soft-drop", "version": 1, "date_order": "mdy", "decimal_mark": ".",
        "time_zone": "America/Chicago", "encoding": "utf-8", "delimiter": ",",
        "tables": {"patient": {"file": "patient.csv", "attachments": ["scan"]}},
        "left_out": others.iter().chain(&more).collect::<Vec<_>>(), "ignored": ["scans"],
    });
    fs::write(export.join("manifest.json"), manifest.to_string()).expect("written");
    let mut csv = csv::Writer::from_path(export.join("patient.csv")).expect("a table");
    csv.write_record(["id", "last_name", "Scan"]).expect("written");
    for (at, path) in paths.iter().enumerate() {
        csv.write_record([&format!("{}", at + 1), NAME, path]).expect("written");
    }
    csv.flush().expect("written");
    folder
}

/// By row, what the ledger holds of its file.
fn files(ledger: &Ledger) -> Vec<(String, Value)> {
    let row = |row: odograft_ledger::StagedRow| {
        (row.parent.unwrap_or_default(), serde_json::from_str(&row.body).expect("JSON"))
    };
    staged(ledger, "file").into_iter().map(row).collect()
}

fn read(folder: &Path) -> (Option<i32>, Value) {
    let output = command(&["extract", "--json"], folder);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains(NAME), "{errors}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains(NAME));
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no answer: {errors}")))
}

#[test]
fn files_of_a_drop_are_read_and_none_outside_of_it() {
    let outside = tempfile::tempdir().expect("a temporary folder");
    let secret = outside.path().join(format!("{NAME}.png"));
    fs::write(&secret, b"secret").expect("written");
    let absolute = secret.display().to_string();
    let up = format!("../../{NAME}.png");
    let paths = [
        "scans/a.png",
        "scans\\b.pdf",
        "",
        &up,
        &absolute,
        "scans/file.png",
        "scans/folder/x.png",
        "scans/none.png",
        "scans",
        "scans/a.png/../b.pdf",
    ];
    let folder = export(&paths);
    fs::write(folder.path().join(format!("{NAME}.png")), b"secret").expect("written");
    let scans = folder.path().join("export/scans");
    let large: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    fs::write(scans.join("a.png"), &large).expect("written");
    fs::write(scans.join("b.pdf"), b"").expect("written");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&secret, scans.join("file.png")).expect("a link");
        std::os::unix::fs::symlink(outside.path(), scans.join("folder")).expect("a link");
    }
    let (code, answer) = read(folder.path());
    assert_eq!(code, Some(3), "{answer:#}");
    assert_eq!((&answer["files"]["read"], &answer["files"]["bytes"]), (&json!(2), &json!(2_800_000)), "{answer:#}");
    let unread = answer["files"]["unread"].as_array().expect("a list");
    let mut rows: Vec<&str> = unread.iter().filter_map(|file| file["row"].as_str()).collect();
    rows.sort_unstable();
    assert_eq!(rows, ["10", "4", "5", "6", "7", "8", "9"]);
    assert!(unread.iter().all(|file| file["object"] == "patient" && file["column"] == "Scan"), "{unread:#?}");
    assert_eq!(answer["staged"], json!([["dent-o-soft-manifest", 1], ["file", 9], ["patient", 10]]));

    let held = files(&ledger(folder.path()));
    let of = |row: &str| held.iter().find(|(own, _)| own == row).map(|(_, file)| file.clone()).expect("a file");
    assert_eq!((&of("1")["read"]["sha1"], &of("1")["read"]["bytes"]), (&sha1(&large).into(), &json!(2_800_000)));
    assert_eq!(of("2")["read"]["sha1"], sha1(b""));
    assert_eq!(of("8")["unread"], "entity not found");
    assert_eq!(of("4")["handle"], up.as_str(), "the ledger keeps what the row says");

    // Once more: the same, and then another content.
    let digest = ledger(folder.path()).digest().expect("a digest");
    assert_eq!(
        read(folder.path()),
        (Some(3), {
            let mut again = answer.clone();
            again["pass"] = 2.into();
            again
        })
    );
    assert_eq!(ledger(folder.path()).digest().expect("a digest"), digest);
    fs::write(scans.join("b.pdf"), b"corrected").expect("written");
    read(folder.path());
    let held = files(&ledger(folder.path()));
    let b = held.iter().find(|(row, _)| row == "2").expect("a file");
    assert_eq!(b.1["read"]["sha1"], sha1(b"corrected"));
}

#[test]
fn a_column_with_files_that_is_not_there_is_refused() {
    let folder = export(&["scans/a.png"]);
    let manifest = folder.path().join("export/manifest.json");
    let text = fs::read_to_string(&manifest).expect("a manifest").replace("[\"scan\"]", "[\"xray\"]");
    fs::write(&manifest, text).expect("written");
    let refused = command(&["extract"], folder.path());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.contains("`patient.csv` has no column `xray`") && said.contains("\nhint: ") || said.contains("; hint: "),
        "{said}"
    );
}

#[test]
fn binary_columns_of_a_database_are_read_in_pieces() {
    let practice = generate(&small());
    let (databases, _) = practice.panda_databases(7);
    let mut expected: Vec<(String, String)> = Vec::new();
    for (clinic, database) in &databases {
        let Some(table) = database.tables.iter().find(|table| table.name == "attachment_table") else { continue };
        let scan = table.columns.iter().position(|column| column.name == "Scan").expect("a column");
        for row in &table.rows {
            if let (Cell::Int(id), Cell::Bytes(bytes)) = (&row[0], &row[scan]) {
                expected.push((format!("{clinic}/{id}"), sha1(bytes)));
            }
        }
    }
    expected.sort_unstable();
    assert!(!expected.is_empty(), "the practice has no attachment");
    let server = start(databases.iter().map(|(_, own)| own.clone()).collect());
    let names: Vec<_> = databases.iter().map(|(clinic, own)| format!("{clinic} = \"{}\"", own.name)).collect();
    let folder = client(&source(&server, &names.join(", "), ""));
    let answer = extracted(folder.path());
    assert_eq!(answer["files"]["read"], expected.len());
    let mut held: Vec<(String, String)> = files(&ledger(folder.path()))
        .into_iter()
        .map(|(row, file)| (row, file["read"]["sha1"].as_str().unwrap_or_default().to_owned()))
        .collect();
    held.sort_unstable();
    assert_eq!(held, expected);
}

#[test]
fn a_database_names_files_of_a_share_and_holds_others_itself() {
    let bytes: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    let column = |name: &str, kind| Column { name: name.to_owned(), kind };
    let text = |text: &str| Cell::Text(text.to_owned());
    let table = Table {
        schema: "dbo".to_owned(),
        name: "Files".to_owned(),
        columns: vec![column("Id", Kind::Int), column("Scan", Kind::VarBinaryMax), column("Path", Kind::NVarChar(200))],
        rows: vec![
            vec![Cell::Int(1), Cell::Bytes(bytes.clone()), Cell::Null],
            vec![Cell::Int(2), Cell::Null, text("charts\\one.png")],
            vec![Cell::Int(3), Cell::Bytes(Vec::new()), text("..\\Quackenbush.png")],
            vec![Cell::Int(4), Cell::Null, text("blob:attachment/Scan/elsewhere/1")],
        ],
    };
    let server = start(vec![Database { name: "Panda".to_owned(), tables: vec![table] }]);
    let objects =
        ["location", "provider", "referral", "patient", "exam", "treatment-plan", "note", "flag", "letter-template"];
    let absent: String = objects.iter().map(|object| format!("{object} = false\n")).collect();
    let more = format!(
        "share = \"share\"\n[source.panda_perio.tables]\n{absent}attachment = {{ table = \"Files\", key = \"Id\", columns = {{ path = \"Path\" }}, attachments = [\"Path\"] }}"
    );
    let folder = client(&source(&server, "north = \"Panda\"", &more));
    fs::create_dir_all(folder.path().join("share/charts")).expect("made");
    fs::write(folder.path().join("share/charts/one.png"), b"one").expect("written");
    fs::write(folder.path().join(format!("{NAME}.png")), b"secret").expect("written");
    // The connection breaks in the middle of the rows.
    server.fail("Files", 1, Fault::Drop);
    let (code, answer) = read(folder.path());
    assert_eq!((code, &answer["files"]["read"]), (Some(3), &json!(3)), "{answer:#}");
    let held = files(&ledger(folder.path()));
    let of = |row: &str, column: &str| {
        let file = held.iter().find(|(own, file)| own == row && file["column"] == column);
        file.map(|(_, file)| file.clone()).unwrap_or_else(|| panic!("no file of {row}: {held:#?}"))
    };
    assert_eq!(of("north/1", "content")["read"]["sha1"], sha1(&bytes));
    assert_eq!(of("north/2", "path")["read"]["sha1"], sha1(b"one"));
    assert_eq!(of("north/3", "content")["read"]["bytes"], 0);
    assert!(of("north/3", "path")["unread"].is_string() && of("north/4", "path")["unread"].is_string(), "{held:#?}");
    assert_eq!(held.len(), 5);
}

pub(crate) fn start(databases: Vec<Database>) -> MssqlStandin {
    let options = MssqlOptions { user: "reader".to_owned(), password: PASSWORD.to_owned(), databases, identity: None };
    MssqlStandin::start(options).expect("the stand-in starts")
}

/// The configuration of PANDA Perio's databases on a stand-in, as the generator writes them.
pub(crate) fn source(server: &MssqlStandin, databases: &str, more: &str) -> String {
    format!(
        "[source.panda_perio]\nhost = \"127.0.0.1\"\nport = {}\nuser = \"reader\"\nencryption = \"none\"\ntime_zone = \"Europe/London\"\nnotation = \"fdi\"\nmargin_sign = \"recession-positive\"\ndatabases = {{ {databases} }}\n{more}",
        server.address().port()
    )
}
