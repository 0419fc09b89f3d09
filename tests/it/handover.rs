//! What people take over: a practice's export run into Odoo, its documents written, and the files held against what the
//! export says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use odograft_ledger::{Handover, Ledger, Notes};
use odograft_migration::external_id;
use odograft_standins::odoo::{OdooOptions, OdooStandin};
use odograft_standins::practice::PracticeOptions;
use serde_json::Value;
use tempfile::TempDir;

use crate::clinic::small;
use crate::guests;
use crate::sources::{LEDGER_KEY, client, command, dent_o_soft};
use crate::told::generate;

const KEY: &str = "not a key";

/// A client's folder whose export was run into Odoo.
struct Moved {
    folder: TempDir,
    odoo: OdooStandin,
}

/// A Dent-O-Soft export, run.
async fn moved() -> Moved {
    let practice = generate(&PracticeOptions { patients: 60, appointments: 160, exams: 0, ..small() });
    let options = OdooOptions { api_key: KEY.to_owned(), users: practice.users(), ..OdooOptions::default() };
    let odoo = OdooStandin::start(options).await.expect("Odoo's stand-in starts");
    let table = "[source.dent_o_soft]\nfolder = \"export\"\n[owners]\nfallback = \"admin\"\n[[module]]\nfile = \"modules/dent-o-soft.wasm\"";
    let folder = client(table);
    let file = folder.path().join("odograft.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    fs::write(&file, text.replace("https://clinic.example.invalid", &odoo.url())).expect("written");
    fs::create_dir(folder.path().join("modules")).expect("a folder for modules");
    fs::write(folder.path().join("modules/dent-o-soft.wasm"), guests::bytes("dent-o-soft")).expect("a module");
    dent_o_soft(&practice, &folder.path().join("export"));
    assert!(command(&["lock"], folder.path()).status.success());
    run(folder.path());
    Moved { folder, odoo }
}

fn run(folder: &Path) {
    let output = command(&["run", "--json"], folder);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `odograft handover --json`: its answer.
fn handed_over(folder: &Path) -> Value {
    let output = command(&["handover", "--json"], folder);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

fn refused(words: &[&str], folder: &Path) -> String {
    let output = command(words, folder);
    assert_eq!(output.status.code(), Some(1), "{words:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn kind<'s>(summary: &'s Value, title: &str) -> &'s Value {
    let kinds = summary["kinds"].as_array().expect("a list");
    kinds.iter().find(|kind| kind["title"] == title).unwrap_or_else(|| panic!("no `{title}`: {summary:#}"))
}

/// The rows of a CSV file by their headers.
fn rows(file: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("`{}`: {error}", file.display()));
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark, as Odoo wants it");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().expect("headers").clone();
    let row = |row: csv::Result<csv::StringRecord>| {
        let row = row.expect("a row");
        assert_eq!(row.len(), headers.len());
        std::iter::zip(&headers, &row).map(|(header, cell)| (header.to_owned(), cell.to_owned())).collect()
    };
    reader.records().map(row).collect()
}

/// An export's own table.
fn exported(folder: &Path, object: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(format!("export/{object}.csv"))).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// `$1,234.50`, `($65.50)` and `-5.25` as cents.
fn cents(amount: &str) -> i64 {
    let digits: String = amount.chars().filter(char::is_ascii_digit).collect();
    let cents: i64 = digits.parse().expect("an amount");
    if amount.starts_with(['(', '-']) { -cents } else { cents }
}

/// `12.5` or `0` as cents.
fn booked(cell: &str) -> i64 {
    let (whole, part) = cell.split_once('.').unwrap_or((cell, ""));
    format!("{whole}{part:0<2}").parse().expect("an amount")
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => drop(all.insert(path.clone(), fs::read(&path).expect("readable"))),
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documents_say_what_the_export_says() {
    let Moved { folder, odoo } = moved().await;
    let folder = folder.path();
    let summary = handed_over(folder);
    let place = folder.join("handover");

    let reminders = kind(&summary, "Appointment reminders");
    assert_eq!(reminders["rebuild_in"], "Settings › Technical › Automation Rules");
    let rules = exported(folder, "reminder-rule");
    assert_eq!(reminders["documents"], rules.len());
    let lines = fs::read_to_string(place.join(reminders["lines"].as_str().expect("a file"))).expect("lines");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), rules.len());
    for rule in &rules {
        let file = place.join(reminders["folder"].as_str().expect("a folder")).join(format!("{}.json", rule["id"]));
        let document: Value = serde_json::from_slice(&fs::read(file).expect("a document")).expect("JSON");
        let told = [&document["name"], &document["trigger"], &document["offset"], &document["template"]];
        assert_eq!(told, [&rule["name"], &rule["trigger"], &rule["offset"], &rule["template"]]);
        assert_eq!(document["active"], rule["active"] == "yes");
        let line = lines.iter().find(|line| line["id"] == rule["id"].as_str()).expect("its line");
        assert_eq!(line["document"], document);
    }

    let billing = kind(&summary, "Billing history for the accountant (CSV)");
    assert_eq!(billing["rebuild_in"], "Accounting › Journal Entries › Import records");
    accounts(folder, billing, &odoo);
    mapping(folder, &summary);
    lists(folder, &summary);
    page(&place, &summary);
}

/// Every line of the export is in the CSV or in what was left out, to the cent, and names a contact that Odoo has.
fn accounts(folder: &Path, billing: &Value, odoo: &OdooStandin) {
    let place = folder.join("handover");
    let booked_rows = rows(&place.join(billing["tables"][0]["file"].as_str().expect("a CSV file")));
    assert_eq!(billing["tables"][0]["rows"], booked_rows.len());
    // Lines of patients whom the export does not have are put aside before any module sees them.
    let ledger = Ledger::open_read_only(&folder.join("ledger.db"), &LEDGER_KEY.into()).expect("the ledger opens");
    let aside = ledger.quarantined().expect("read").into_iter();
    let nobody: BTreeSet<String> =
        aside.filter(|row| row.field.as_deref() == Some("account-line")).map(|row| row.source_id).collect();
    let mut lines = exported(folder, "account-line");
    lines.retain(|line| !nobody.contains(&line["patient_id"]));
    let left_out: Vec<_> = match billing["left_out"]["file"].as_str() {
        Some(file) => rows(&place.join(file)),
        None => Vec::new(),
    };
    let entries = booked_rows.iter().filter(|row| !row["date"].is_empty());
    assert_eq!(entries.clone().count() + left_out.len(), lines.len(), "no line is lost");

    let external: BTreeSet<String> = odoo
        .records("ir.model.data")
        .iter()
        .map(|record| {
            format!("{}.{}", record["module"].as_str().expect("text"), record["name"].as_str().expect("text"))
        })
        .collect();
    let (mut debit, mut credit) = (0, 0);
    let mut owed: BTreeMap<&str, i64> = BTreeMap::new();
    for row in &booked_rows {
        let (more, less) = (booked(&row["line_ids/debit"]), booked(&row["line_ids/credit"]));
        (debit, credit) = (debit + more, credit + less);
        let contact = row["line_ids/partner_id/id"].as_str();
        assert!(external.contains(contact), "Odoo has no contact `{contact}`");
        if row["line_ids/account_id"] == "121000" {
            *owed.entry(contact).or_default() += more - less;
        }
    }
    assert_eq!(debit, credit, "every entry balances");
    let contact = |patient: &str| external_id("odograft_clinic", "res.partner", "patient", patient);
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    for line in &lines {
        *expected.entry(contact(&line["patient_id"])).or_default() += cents(&line["amount"]);
    }
    for row in &left_out {
        let what: Value = serde_json::from_str(&row["what"]).expect("JSON");
        match what["amount"].as_str() {
            Some(amount) => {
                assert_eq!(row["why"], "void");
                *expected.entry(contact(&row["id"])).or_default() -= cents(amount);
            }
            // The entry of somebody who is not in Odoo.
            None => drop(expected.remove(&contact(&row["id"]))),
        }
    }
    assert!(expected.len() > 20 && left_out.iter().any(|row| row["why"] == "void"), "there is something to compare");
    let owed: BTreeMap<String, i64> = owed.into_iter().map(|(contact, cents)| (contact.to_owned(), cents)).collect();
    let differing = expected.iter().filter(|(contact, cents)| owed.get(*contact).unwrap_or(&0) != *cents);
    assert_eq!(differing.collect::<Vec<_>>(), []);
    assert!(owed.keys().all(|contact| expected.contains_key(contact)), "nobody else owes anything");
}

/// The sheet is the one that `odograft module mapping` writes, and the table has every field of it.
fn mapping(folder: &Path, summary: &Value) {
    let place = folder.join("handover");
    let page = fs::read_to_string(place.join(summary["pages"][0][1].as_str().expect("a file"))).expect("a page");
    let output = command(&["module", "mapping"], &folder.join("modules/dent-o-soft.wasm"));
    assert_eq!(page, String::from_utf8_lossy(&output.stdout));
    let fields = rows(&place.join("mapping.csv"));
    let names: BTreeSet<&str> = fields.iter().map(|row| row["field in Odoo"].as_str()).collect();
    assert!(names.contains("x_outstanding_balance") && names.contains("name"), "{names:?}");
    for row in &fields {
        assert!(page.contains(&format!("| `{}` |", row["field in Odoo"])), "{row:?}");
    }
}

/// The lists have what the ledger has.
fn lists(folder: &Path, summary: &Value) {
    let place = folder.join("handover");
    let ledger = Ledger::open_read_only(&folder.join("ledger.db"), &LEDGER_KEY.into()).expect("the ledger opens");
    let workflow = rows(&place.join("workflow.csv"));
    let told: Vec<&str> = workflow.iter().map(|row| row["what"].as_str()).collect();
    assert_eq!(told, ["extract", "plan", "schema", "load-begun", "load"]);
    assert!(workflow[1]["detail"].contains("\"documents\":"), "{workflow:?}");
    let put_aside = rows(&place.join("put-aside.csv"));
    assert_eq!(put_aside.len(), ledger.quarantined().expect("read").len());
    assert_eq!(rows(&place.join("findings.csv")).len(), ledger.findings().expect("read").len());
    let made = rows(&place.join("custom-fields.csv"));
    let balance = made.iter().find(|row| row["field"] == "x_outstanding_balance").expect("it was made");
    assert_eq!(
        (balance["model"].as_str(), balance["label"].as_str(), balance["type"].as_str()),
        ("res.partner", "Outstanding balance", "monetary")
    );
    let records = rows(&place.join("records.csv"));
    let written = ledger.records(0, 100_000).expect("read");
    assert_eq!(records.len(), written.len());
    let in_odoo = |row: &&BTreeMap<String, String>| row["Odoo id"].parse::<i64>().is_ok();
    assert_eq!(records.iter().filter(in_odoo).count(), written.iter().filter(|(r, _)| r.odoo_id.is_some()).count());
    assert_eq!(summary["lists"].as_array().map(Vec::len), Some(6));
}

/// The page links what is there, and all of it.
fn page(place: &Path, summary: &Value) {
    let html = fs::read_to_string(place.join("index.html")).expect("a page");
    crate::told::search_text("the page", &html);
    assert!(html.contains("patients’ data"));
    let links: Vec<&str> = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for link in &links {
        assert!(place.join(link).exists(), "`{link}` is not there");
    }
    for kind in summary["kinds"].as_array().expect("a list") {
        assert!(links.contains(&kind["lines"].as_str().expect("a file")), "{kind:#}");
    }
    #[cfg(unix)]
    for (path, _) in files(place) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700), "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_made_anew_in_one_go_and_follows_the_source() {
    let moved = moved().await;
    let folder = moved.folder.path();
    let place = folder.join("handover");
    let export = folder.join("export").to_string_lossy().into_owned();
    let refusal = refused(&["handover", "--out", &export], folder);
    assert!(!place.exists() && refusal.contains("handover.json"), "{refusal}");
    let output = command(&["handover"], folder);
    assert!(String::from_utf8_lossy(&output.stdout).contains("index.html"));
    let first = files(&place);
    fs::write(place.join("a note of somebody's"), "x").expect("written");
    handed_over(folder);
    assert_eq!(files(&place), first, "the same bytes, and nothing that was not written");
    let left: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("odograft-")), "{left:?}");

    // One rule says something else, and one is gone.
    let table = folder.join("export/reminder-rule.csv");
    let text = fs::read_to_string(&table).expect("a table");
    let changed = text.lines().filter(|line| !line.starts_with("R3")).collect::<Vec<_>>().join("\n") + "\n";
    assert!(changed.contains("-48h"), "{changed}");
    fs::write(&table, changed.replace("-48h", "-72h")).expect("written");
    let manifest = folder.join("export/manifest.json");
    let mut declared: Value = serde_json::from_slice(&fs::read(&manifest).expect("a manifest")).expect("JSON");
    declared["tables"]["reminder-rule"]["rows"] = 2.into();
    fs::write(&manifest, declared.to_string()).expect("written");
    run(folder);
    let summary = handed_over(folder);
    let reminders = kind(&summary, "Appointment reminders");
    assert_eq!(reminders["documents"], 2);
    let own = place.join(reminders["folder"].as_str().expect("a folder"));
    let document: Value = serde_json::from_slice(&fs::read(own.join("R1.json")).expect("there")).expect("JSON");
    assert_eq!(document["offset"], "-72h");
    assert!(!own.join("R3.json").exists(), "its source row is gone");

    // Shredded documents cannot be handed over.
    let output = command(&["ledger", "shred", "--yes", "--give-up-undo"], folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(refused(&["handover"], folder).contains("hint:"));
}

/// A module's document under a key of any form.
fn document(source_id: &str, document: &str) -> Handover {
    let [module, kind, rebuild_in, object] = ["m", "../Letters", "Documents", "letter"].map(str::to_owned);
    Handover { module, kind, rebuild_in, object, source_id: source_id.to_owned(), document: document.to_owned() }
}

/// A client's folder whose ledger has these documents and no record.
fn planned(handovers: Vec<Handover>) -> TempDir {
    let folder = client("[source.dent_o_soft]\nfolder = \"export\"\n[[module]]\nfile = \"modules/dent-o-soft.wasm\"");
    fs::create_dir(folder.path().join("modules")).expect("a folder for modules");
    fs::write(folder.path().join("modules/dent-o-soft.wasm"), guests::bytes("dent-o-soft")).expect("a module");
    assert!(command(&["lock"], folder.path()).status.success());
    assert!(refused(&["handover"], folder.path()).contains("nothing has been read"));
    let mut ledger = Ledger::open(&folder.path().join("ledger.db"), &LEDGER_KEY.into()).expect("a ledger");
    assert!(refused(&["handover"], folder.path()).contains("nothing has been planned"));
    let pass = ledger.begin_pass().expect("a pass");
    ledger.finish_pass(pass).expect("finished");
    ledger.begin_plan(pass).expect("a plan");
    ledger.plan_records(&[], &Notes { handovers, ..Notes::default() }).expect("planned");
    assert!(refused(&["handover"], folder.path()).contains("not finished"));
    ledger.finish_plan(pass).expect("finished");
    folder
}

#[test]
fn hostile_keys_and_cells_stay_what_they_are() {
    let long = "k".repeat(300);
    let keys =
        ["../x", "../../../etc/passwd", "CON", "con", "nul.txt", &long, "Zoë/患者", "a\u{0}b", "", ".", "A", "a"];
    let mut handovers: Vec<_> = keys.iter().map(|key| document(key, "{\"n\": 1.10}")).collect();
    handovers.push(document("A", "[1]"));
    let rows =
        r#"{"columns": ["name", "amount"], "rows": [["=cmd|' /C calc'!A0", "-12.50"], ["+44 7700 900123", "3"]]}"#;
    handovers.push(document("table", rows));
    let unknown =
        r#"{"columns": ["ref", "partner_id/id"], "rows": [["1", "patient/17"]], "left_out": [{"why": "void"}]}"#;
    handovers.push(document("unknown", unknown));
    let folder = planned(handovers.clone());
    let summary = handed_over(folder.path());
    let place = folder.path().join("handover");
    let letters = kind(&summary, "../Letters");
    assert_eq!(letters["documents"], handovers.len());

    let own = place.join("documents/letters");
    let entries: Vec<_> = fs::read_dir(&own).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(entries.len(), handovers.len(), "a file each: {entries:?}");
    let capitals: BTreeSet<String> = entries.iter().map(|name| name.to_string_lossy().to_lowercase()).collect();
    assert_eq!(capitals.len(), entries.len(), "also where capitals do not count");
    let outside = files(folder.path()).into_keys().filter(|file| !file.starts_with(&place));
    let outside: Vec<_> = outside.filter(|file| file.extension().is_some_and(|ending| ending == "json")).collect();
    assert_eq!(outside, Vec::<PathBuf>::new(), "nothing was written elsewhere");
    let lines = fs::read_to_string(place.join("documents/letters.jsonl")).expect("lines");
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let file = line["file"].as_str().expect("a name");
        assert!(matches!(Path::new(file).components().collect::<Vec<_>>()[..], [Component::Normal(_)]), "{file}");
        assert!(own.join(file).exists(), "{file}");
    }
    assert!(lines.contains(r#""document":{"n":1.10}"#), "numbers keep their digits");

    assert_eq!(summary["marked_cells"], 2, "{summary:#}");
    let table = self::rows(&place.join("documents/letters.csv"));
    assert_eq!((table[0]["name"].as_str(), table[0]["amount"].as_str()), ("'=cmd|' /C calc'!A0", "-12.50"));
    assert_eq!(table[1]["name"], "'+44 7700 900123");
    let left_out = self::rows(&place.join("documents/letters.left-out.csv"));
    let whys: Vec<&str> = left_out.iter().map(|row| row["why"].as_str()).collect();
    assert_eq!(whys, ["void", "its contact is not in the plan"]);
    assert_eq!(letters["tables"].as_array().map(Vec::len), Some(1), "no file without rows");
}

#[test]
fn a_migration_without_documents_has_a_page_that_says_so() {
    let folder = planned(Vec::new());
    let output = command(&["handover"], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("no documents to rebuild"), "{told}");
    let html = fs::read_to_string(folder.path().join("handover/index.html")).expect("a page");
    assert!(html.contains("no documents to rebuild") && html.contains("Appointment reminders"), "{html}");
    assert!(!folder.path().join("handover/documents").exists());
}
