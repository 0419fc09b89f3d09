//! Each source from its own interface to typed records, by the command line, against what the generator says of it.

pub(crate) mod attachments;
pub(crate) mod dentally;
mod hostile;
pub(crate) mod measure;
mod panda;
mod telling;
mod whole;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use odograft_ledger::{Ledger, StagedRow};
use odograft_records::table::Field;
use odograft_records::{
    Assemble, Staged, Texts, dent_o_soft, dentally as dentally_records, panda_perio, perio, practice_by_numbers,
};
use odograft_sources::{DropKind, Panda};
use odograft_standins::numbers_api::{NumbersApiOptions, NumbersApiStandin};
use odograft_standins::practice::{Practice, PracticeOptions, Truth};
use serde_json::Value;
use tempfile::TempDir;

use crate::clinic::{odograft, small};
use crate::told::{self, generate};

/// What the exports of a practice are drawn from.
pub(crate) const SEED: u64 = 7;

const PASSWORD: &str = "pä$$word";
pub(crate) const LEDGER_KEY: &str = "a test's ledger";

/// The folder of a migration that has this source.
pub(crate) fn client(source: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!(
        "[migration]\nname = \"clinic\"\nrehearsal = true\n{source}\n[odoo]\nurl = \"https://clinic.example.invalid\"\n"
    );
    fs::write(folder.path().join("odograft.toml"), text).expect("the configuration is written");
    folder
}

fn extract(folder: &Path) -> Output {
    command(&["extract", "--json"], folder)
}

/// `odograft WORDS` in a folder, with every key in the environment.
pub(crate) fn odograft_in(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(odograft());
    command
        .args(words)
        .arg(folder)
        .env("ODOGRAFT_ODOO_KEY", "not a key")
        .env("ODOGRAFT_PRACTICE_BY_NUMBERS_TOKEN", "token")
        .env("ODOGRAFT_DENTALLY_KEY", "token")
        .env("ODOGRAFT_LEDGER_KEY", LEDGER_KEY)
        .env("ODOGRAFT_PANDA_PASSWORD", PASSWORD);
    command
}

/// Runs it. What it tells is searched for every practice that was generated.
pub(crate) fn command(words: &[&str], folder: &Path) -> Output {
    told_by(&mut odograft_in(folder, words))
}

/// Searches what a command has told that somebody else has run.
pub(crate) fn search(command: &Command, output: &Output) {
    told::search(command, output);
}

/// The same for a command that was changed.
pub(crate) fn told_by(command: &mut Command) -> Output {
    let output = command.output().expect("the command starts");
    told::search(command, &output);
    output
}

pub(crate) fn extracted(folder: &Path) -> Value {
    let output = extract(folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

/// Writes the practice as a Dent-O-Soft export, whose own numbers are remembered too.
pub(crate) fn dent_o_soft(practice: &Practice, export: &Path) -> Vec<Truth> {
    let truths = practice.write_dent_o_soft(SEED, export).expect("the export is written");
    told::remember_column(&export.join("policy.csv"), "policy_number");
    told::remember_column(&export.join("clinical-note.csv"), "body");
    truths
}

/// The ledger, which is searched too.
pub(crate) fn ledger(folder: &Path) -> Ledger {
    let ledger = Ledger::open_read_only(&folder.join("ledger.db"), &LEDGER_KEY.into()).expect("the ledger opens");
    told::search_ledger(&ledger);
    ledger
}

fn staged(ledger: &Ledger, object: &str) -> Vec<StagedRow> {
    let mut rows: Vec<StagedRow> = Vec::new();
    loop {
        let after = rows.last().map(|row| row.id.clone());
        let page = ledger.staged(object, after.as_deref(), 1_000).expect("rows are read");
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

/// What the ledger holds of these objects, told as the generator tells it.
fn held(ledger: &Ledger, truths: &[Truth]) -> Vec<Truth> {
    let bodies = |object| staged(ledger, object).into_iter().map(|row| row.body).collect();
    truths.iter().map(|truth| Truth::of(truth.object, bodies(truth.object))).collect()
}

/// Every staged row of a source as a part of its record; the fields that cannot be read, each with its record's key.
fn assembled<A: Assemble>(ledger: &Ledger) -> Vec<(String, String)> {
    let manifest = A::MANIFEST.map(|object| ledger.staged_row(object, "manifest").expect("read").expect("staged").body);
    let assembler = A::open(manifest.as_deref().unwrap_or("{}")).expect("a manifest");
    let (mut texts, mut unreadable) = (Texts::new(), Vec::new());
    for object in A::OBJECTS {
        let mut count = 0;
        for row in staged(ledger, object.staged) {
            let children = |below| ledger.staged_children(below, &row.id, &row.id).expect("children");
            let children: Vec<_> = object.below().map(children).collect();
            let lists: Vec<Vec<(&str, &str)>> = children
                .iter()
                .map(|rows| rows.iter().map(|row| (row.id.as_str(), row.body.as_str())).collect())
                .collect();
            let rows = Staged { key: &row.id, row: &row.body, lists: &lists, latest: false };
            let gathered = assembler.assemble(object, &rows, &mut texts).expect("a record");
            assert_eq!(gathered.refused.len(), 0, "{} of {}", object.name, row.id);
            unreadable.extend(gathered.problems.into_iter().map(|problem| (problem.field, row.id.clone())));
            count += if object.own() { 1 } else { lists.iter().map(Vec::len).sum() };
        }
        assert!(count > 0, "no {}", object.name);
    }
    unreadable
}

#[test]
fn tables_have_the_columns_that_records_name() {
    type Fields = fn(&str) -> Option<&'static [Field]>;
    let kinds: [(DropKind, Fields); 3] = [
        (DropKind::DentallyFiles, dentally_records::Assembler::fields),
        (DropKind::DentOSoft, dent_o_soft::Assembler::fields),
        (DropKind::PracticeByNumbers, practice_by_numbers::Assembler::fields),
    ];
    for (kind, fields) in kinds {
        for (object, columns) in kind.columns() {
            let fields = fields(object).unwrap_or_else(|| panic!("no record of `{object}`"));
            let mut columns: Vec<_> = columns.collect();
            let mut named: Vec<_> = fields.iter().map(|field| field.names[0]).collect();
            // A gathered row has its parent's key beside the record's fields, and one without a number has no such
            // column; date and time become one moment.
            let parents = ["patient_id", "provider_id"];
            columns.retain(|column| !parents.contains(column) || named.contains(column));
            named.retain(|name| *name != "id" || columns.contains(name));
            named.retain(|name| *name != "starts_at" || columns.contains(name));
            columns.sort_unstable();
            named.sort_unstable();
            assert_eq!(columns, named, "{object}");
        }
    }
    for (object, mut columns) in Panda::columns() {
        let fields = panda_perio::Assembler::fields(object).or_else(|| perio::Assembler::fields(object));
        let mut named: Vec<_> =
            fields.unwrap_or_else(|| panic!("no record of `{object}`")).iter().map(|field| field.names[0]).collect();
        columns.sort_unstable();
        named.sort_unstable();
        assert_eq!(columns, named, "{object}");
    }
}

#[test]
fn a_dent_o_soft_export_is_staged_whole_and_every_row_is_a_record() {
    let practice = generate(&small());
    let folder = client("[source.dent_o_soft]\nfolder = \"export\"");
    let truths = dent_o_soft(&practice, &folder.path().join("export"));
    let answer = extracted(folder.path());
    let ledger = ledger(folder.path());
    assert_eq!(held(&ledger, &truths), truths);
    assert!(truths.len() == 13 && truths.iter().all(|truth| truth.rows > 0), "{truths:#?}");
    let patient = answer["tables"].as_array().and_then(|tables| tables.iter().find(|t| t["object"] == "patient"));
    assert_eq!(patient.expect("a table")["surplus"], serde_json::json!(["Parking permit"]));

    let mut unreadable = assembled::<dent_o_soft::Assembler>(&ledger);
    // What the generator soiled, and nothing else.
    unreadable.retain(|(field, _)| field != "patient.date_of_birth");
    assert_eq!(unreadable, []);
}

#[test]
fn reports_of_practice_by_numbers_are_staged_whole_and_every_row_is_a_record() {
    let practice = generate(&small());
    let folder = client("[source.practice_by_numbers]\nfolder = \"reports\"");
    let truths =
        practice.write_practice_by_numbers(7, &folder.path().join("reports")).expect("the reports are written");
    extracted(folder.path());
    let ledger = ledger(folder.path());
    assert_eq!(held(&ledger, &truths), truths);
    assert!(truths.len() == 9 && truths.iter().all(|truth| truth.rows > 0), "{truths:#?}");
    let mut unreadable = assembled::<practice_by_numbers::Assembler>(&ledger);
    // What the generator soiled, and nothing else.
    let soiled = practice.planted.unparsable_birth_dates.len();
    assert_eq!(unreadable.iter().filter(|(field, _)| field == "patient.date_of_birth").count(), soiled);
    unreadable.retain(|(field, _)| field != "patient.date_of_birth");
    assert_eq!(unreadable, []);
}

#[test]
fn a_source_without_a_module_is_refused_by_a_run() {
    let practice = generate(&PracticeOptions { patients: 20, appointments: 20, exams: 0, ..small() });
    let folder = client("[source.dent_o_soft]\nfolder = \"export\"");
    dent_o_soft(&practice, &folder.path().join("export"));
    extracted(folder.path());
    for words in [&["run"][..], &["check"], &["pack", "write"]] {
        let refused = command(words, folder.path());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert_eq!(
            said,
            "error: no module is named\nhint: add a `[[module]]` table with `file = \"modules/NAME.wasm\"`\n"
        );
    }
}

#[test]
fn the_same_export_again_changes_nothing_and_another_one_only_what_differs() {
    let practice = generate(&PracticeOptions { patients: 40, appointments: 80, exams: 0, ..small() });
    let folder = client("[source.dent_o_soft]\nfolder = \"export\"");
    let export = folder.path().join("export");
    let truths = dent_o_soft(&practice, &export);
    extracted(folder.path());
    let digest = ledger(folder.path()).digest().expect("a digest");
    assert_eq!(extracted(folder.path())["pass"], 2);
    let again = ledger(folder.path());
    assert_eq!(held(&again, &truths), truths);
    drop(again);

    // One treatment less, and one appointment moved.
    let table = export.join("treatment.csv");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&table).expect("a table");
    let mut rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    rows.remove(1);
    let mut writer = csv::Writer::from_path(&table).expect("a table");
    rows.iter().for_each(|row| writer.write_record(row).expect("written"));
    writer.flush().expect("written");
    let appointments = fs::read_to_string(export.join("appointment.csv")).expect("a table");
    fs::write(export.join("appointment.csv"), appointments.replacen("Completed", "Cancelled", 1)).expect("written");
    let refused = extract(folder.path());
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("`treatment.csv` has"), "{words}");
    let manifest = fs::read_to_string(export.join("manifest.json")).expect("a manifest");
    let mut manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    manifest["tables"]["treatment"]["rows"] = (rows.len() - 1).into();
    fs::write(export.join("manifest.json"), manifest.to_string()).expect("written");

    let before = staged(&ledger(folder.path()), "appointment");
    extracted(folder.path());
    let ledger = ledger(folder.path());
    assert_eq!(ledger.vanished("treatment", 3).expect("read").len(), 1);
    let after = staged(&ledger, "appointment");
    let changed = std::iter::zip(&before, &after).filter(|(before, after)| before.body != after.body).count();
    assert_eq!((before.len(), changed), (after.len(), 1));
    assert_ne!(ledger.digest().expect("a digest"), digest);
}

/// The API on a stand-in, and a folder that has it as its source.
async fn numbers_api(practice: &Practice, fail_every: Option<u64>) -> (NumbersApiStandin, String) {
    let options = NumbersApiOptions {
        organisation: "clinic".to_owned(),
        token: "token".to_owned(),
        fail_every,
        ..NumbersApiOptions::default()
    };
    let server = NumbersApiStandin::start(practice, options).await.expect("the stand-in starts");
    let table = format!(
        "[source.practice_by_numbers]\nurl = \"{}\"\norganisation = \"clinic\"\ntime_zone = \"Europe/London\"\n\
         lists = {{ provider = \"providers\", appointment = \"appointments\", ledger-line = \"ledger\" }}",
        server.url()
    );
    (server, table)
}

/// What is true of the API's lists.
fn numbers_truths(server: &NumbersApiStandin) -> Vec<Truth> {
    let lists = [
        ("provider", "providers"),
        ("patient", "patients"),
        ("appointment", "appointments"),
        ("ledger-line", "ledger"),
    ];
    lists.map(|(object, list)| Truth::of(object, server.items(list))).to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn items_of_the_api_of_practice_by_numbers_are_staged_whole_and_are_the_reports_records() {
    let practice = generate(&small());
    let (server, table) = numbers_api(&practice, Some(4)).await;
    let folder = client(&table);
    let answer = extracted(folder.path());
    let truths = numbers_truths(&server);
    assert_eq!(held(&ledger(folder.path()), &truths), truths);

    let counted = |object: &str| {
        let objects = answer["objects"].as_array().expect("a list");
        objects.iter().find(|counted| counted["object"] == object).expect("an object").clone()
    };
    let (patients, sites) = (counted("patient"), &practice.sites);
    assert_eq!((&patients["rows"], &patients["announced"]), (&practice.patients.len().into(), &patients["rows"]));
    assert_eq!(patients["sites"].as_object().map(serde_json::Map::len), Some(sites.len()), "{patients}");
    assert!(counted("appointment")["newest"].is_string());

    let audited = command(&["audit", "--json"], folder.path());
    assert_eq!(audited.status.code(), Some(0), "{}", String::from_utf8_lossy(&audited.stderr));
    let audited: Vec<Value> = serde_json::from_slice(&audited.stdout).expect("a list");
    let record = |name: &str| audited.iter().find(|object| object["object"] == name).expect("an object");
    for (name, truth) in std::iter::zip(["provider", "patient", "appointment", "ledger"], &truths) {
        assert_eq!(record(name)["rows"], truth.rows, "{name}");
    }
    let unreadable: Vec<_> = audited.iter().filter_map(|object| object["unreadable"].as_object()).flatten().collect();
    let soiled = practice.planted.unparsable_birth_dates.len();
    let day = "patient.date_of_birth: is not a day as the source is declared to write days".to_owned();
    assert_eq!(unreadable, [(&day, &soiled.into())]);

    let text = fs::read_to_string(folder.path().join("odograft.toml")).expect("a configuration");
    fs::write(folder.path().join("odograft.toml"), text.replace("organisation", "organization")).expect("written");
    let said = String::from_utf8_lossy(&extract(folder.path()).stderr).into_owned();
    assert!(said.contains("`folder`, or `url`, `organisation` and `time_zone` with `lists` by object"), "{said}");
}
