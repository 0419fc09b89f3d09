//! PANDA Perio's databases to typed records: its own and the exams' contract.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::civil::{Date, date};
use odograft_records::bindings::panda_perio::records::Entity;
use odograft_records::{Assemble, Staged, Texts, panda_perio, perio};
use odograft_standins::mssql::{Cell, Database, Fault, MssqlStandin, Table};
use odograft_standins::practice::{Practice, PracticeOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::attachments::{source, start};
use super::{assembled, client, command, extracted, held, ledger, staged};
use crate::clinic::small;
use crate::guests;

fn databases(practice: &Practice) -> (Vec<Database>, String, Vec<odograft_standins::practice::Truth>) {
    let (databases, truths) = practice.panda_databases(7);
    let names: Vec<_> = databases.iter().map(|(clinic, own)| format!("{clinic} = \"{}\"", own.name)).collect();
    (databases.into_iter().map(|(_, own)| own).collect(), names.join(", "), truths)
}

fn table<'d>(database: &'d Database, name: &str) -> &'d Table {
    database.tables.iter().find(|table| table.name == name).expect("a table")
}

fn table_mut<'d>(database: &'d mut Database, name: &str) -> &'d mut Table {
    database.tables.iter_mut().find(|table| table.name == name).expect("a table")
}

fn place(table: &Table, column: &str) -> usize {
    table.columns.iter().position(|own| own.name == column).expect("a column")
}

/// How many rows of a table have a key of another table that none of its rows has.
fn orphans(database: &Database, name: &str, column: &str, parents: &str) -> usize {
    let (rows, parents) = (table(database, name), table(database, parents));
    let (at, key) = (place(rows, column), place(parents, column));
    let there = |row: &&Vec<Cell>| parents.rows.iter().any(|parent| parent[key] == row[at]);
    rows.rows.iter().filter(|row| !there(row)).count()
}

fn audited(folder: &Path) -> (Option<i32>, Vec<Value>) {
    let output = command(&["audit", "--json"], folder);
    (output.status.code(), serde_json::from_slice(&output.stdout).expect("a list"))
}

#[test]
fn pandas_databases_are_staged_whole_and_every_row_is_a_part_of_a_record() {
    let practice = Practice::generate(&PracticeOptions { exams: 60, ..small() });
    let (databases, names, truths) = databases(&practice);
    let server = start(databases.clone());
    let folder = client(&source(&server, &names, "share = \"share\"\nletters = \"Letters\""));
    let files = practice.write_panda_share(&folder.path().join("share")).expect("the share is written");
    server.fail("chart_table", 300, Fault::Drop);
    let answer = extracted(folder.path());
    let ledger = ledger(folder.path());
    let mut of_tables = held(&ledger, &truths);
    // The letters of the folder are beside those of the tables.
    let letters = of_tables.iter().position(|truth| truth.object == "letter-template").expect("letters");
    assert_eq!(of_tables[letters].rows, truths[letters].rows + 3);
    of_tables[letters] = truths[letters].clone();
    assert_eq!(of_tables, truths);
    assert!(truths.len() == 14 && truths.iter().all(|truth| truth.rows > 0), "{truths:#?}");

    // What is in the databases and in the share is read; the letter that one row names is a file of the folder, too.
    let scans = databases.iter().map(|own| table(own, "attachment_table"));
    let blobs = scans.map(|own| own.rows.iter().filter(|row| row[place(own, "Scan")] != Cell::Null).count());
    let named = databases.len();
    assert_eq!(answer["files"]["read"], blobs.sum::<usize>() + files + named);
    assert_eq!(answer["files"]["unread"], json!([]));
    let patients =
        answer["tables"].as_array().and_then(|all| all.iter().find(|t| t["file"] == "Panda1.dbo.patient_table"));
    assert_eq!(patients.expect("a table")["surplus"], json!(["RecallMonths"]));

    // What cannot be read is what was planted: days of birth that are none, and hours of changing clocks.
    let mut unreadable = BTreeMap::<String, usize>::new();
    for (field, _) in assembled::<panda_perio::Assembler>(&ledger) {
        *unreadable.entry(field).or_default() += 1;
    }
    let no_days = table(&databases[1], "patient_table");
    let birth = place(no_days, "BirthDate");
    let is_no_day = |row: &&Vec<Cell>| matches!(&row[birth], Cell::Text(text) if text.parse::<Date>().is_err());
    let no_days = no_days.rows.iter().filter(is_no_day).count();
    let expected = [("note.written_at".to_owned(), 2), ("patient.birth_date".to_owned(), no_days)];
    assert_eq!(unreadable, BTreeMap::from(expected.map(|(field, count)| (field, count))));
    assert!(no_days > 0);
    assert_eq!(assembled::<perio::Assembler>(&ledger), []);
    drop(ledger);

    let expected: usize = databases
        .iter()
        .map(|own| {
            orphans(own, "chart_table", "ExamID", "exam_table")
                + orphans(own, "treatment_phase_table", "PlanID", "treatment_plan_table")
                + orphans(own, "patient_referral_table", "PatientID", "patient_table")
        })
        .sum();
    let (code, found) = audited(folder.path());
    let sum = |what: &str| found.iter().filter_map(|object| object[what].as_u64()).sum::<u64>();
    assert_eq!((code, sum("orphans"), sum("refused")), (Some(3), expected as u64, 0), "{found:#?}");
    assert!(expected >= 3);
    let objects: Vec<_> = found.iter().filter_map(|object| object["object"].as_str()).collect();
    assert_eq!(
        objects,
        [
            "clinic",
            "provider",
            "referral",
            "patient",
            "treatment-plan",
            "note",
            "flag",
            "letter-template",
            "attachment",
            "exam"
        ]
    );
    // Letters of the folder are no rows of a table.
    assert_eq!(sum("rows") + sum("orphans"), truths.iter().map(|truth| truth.rows).sum::<u64>() + 3);
}

/// The records of an object, with their texts.
fn records(folder: &Path, object: &str) -> (Vec<Entity>, Texts) {
    let (ledger, mut texts) = (ledger(folder), Texts::new());
    let manifest = ledger.staged_row("panda-manifest", "manifest").expect("read").expect("staged").body;
    let assembler = panda_perio::Assembler::open(&manifest).expect("a good manifest");
    let object = panda_perio::Assembler::OBJECTS.iter().find(|own| own.name == object).expect("an object");
    let record = |row: odograft_ledger::StagedRow| {
        let below: Vec<_> =
            object.below().map(|below| ledger.staged_children(below, &row.id, &row.id).expect("children")).collect();
        let lists: Vec<Vec<_>> =
            below.iter().map(|rows| rows.iter().map(|row| (row.id.as_str(), row.body.as_str())).collect()).collect();
        let rows = Staged { key: &row.id, row: &row.body, lists: &lists, latest: false };
        assembler.assemble(object, &rows, &mut texts).expect("a record").record
    };
    let records = staged(&ledger, object.staged).into_iter().map(record).collect();
    (records, texts)
}

#[test]
fn keys_lead_from_record_to_record_in_every_clinic() {
    let practice = Practice::generate(&PracticeOptions { exams: 60, ..small() });
    let (databases, names, _) = databases(&practice);
    let server = start(databases);
    let folder = client(&source(&server, &names, ""));
    extracted(folder.path());
    let ids =
        |object: &str| staged(&ledger(folder.path()), object).into_iter().map(|row| row.id).collect::<BTreeSet<_>>();
    let patients = ids("patient");
    let numbers: Vec<_> = patients.iter().filter_map(|id| id.split_once('/')).collect();
    let alone: BTreeSet<_> = numbers.iter().map(|(_, number)| number).collect();
    assert!(alone.len() < numbers.len(), "numbers repeat from clinic to clinic");
    let (providers, referrals, clinics, locations) = (ids("provider"), ids("referral"), ids("clinic"), ids("location"));

    let (records, texts) = records(folder.path(), "patient");
    let text = |span: Option<_>| span.and_then(|span| texts.get(span));
    let mut several = 0;
    for record in &records {
        let Entity::Patient(patient) = record else { panic!("not a patient") };
        let known = |ids: &BTreeSet<String>, id: Option<&str>| id.is_none_or(|id| ids.contains(id));
        assert!(patients.contains(text(Some(patient.id)).expect("a key")));
        assert!(clinics.contains(text(Some(patient.clinic_id)).expect("a tag")));
        assert!(locations.contains(text(patient.location_id).expect("a location")));
        assert!(known(&providers, text(patient.provider_id)) && known(&referrals, text(patient.referral_id)));
        assert!(patient.referrals.iter().all(|one| referrals.contains(text(one.referral_id).expect("a key"))));
        assert_ne!(
            text(patient.pms_id),
            text(Some(patient.id)),
            "PANDA's number is another than the practice system's"
        );
        several += usize::from(patient.referrals.len() > 1);
    }
    assert!(several > 0, "a patient of several doctors");

    let (records, texts) = self::records(folder.path(), "treatment-plan");
    let mut phases = 0;
    for record in &records {
        let Entity::TreatmentPlan(plan) = record else { panic!("not a plan") };
        assert!(patients.contains(texts.get(plan.patient_id.expect("a key")).expect("a text")));
        phases = phases.max(plan.phases.len());
        let fees: i64 = plan.phases.iter().filter_map(|phase| Some(phase.fee?.unscaled)).sum();
        assert_eq!(plan.fee.map(|fee| (fee.unscaled, fee.scale)), Some((fees, 4)), "a plan's phases are all there");
    }
    assert!(phases > 1);
    for exam in staged(&ledger(folder.path()), "exam") {
        let body: Value = serde_json::from_str(&exam.body).expect("JSON");
        assert_eq!(
            (body["exam_id"].as_str(), body["patient_id"].as_str()),
            (Some(exam.id.as_str()), exam.parent.as_deref())
        );
    }
}

#[test]
fn a_run_needs_a_module_for_each_contract_that_the_databases_have_records_of() {
    let practice = Practice::generate(&small());
    let (databases, names, _) = databases(&practice);
    let server = start(databases);
    let with_module = |more: &str| -> TempDir {
        let module = "[[module]]\nfile = \"modules/mirror-panda.wasm\"";
        let folder = client(&format!("{}\n{module}\n", source(&server, &names, more)));
        fs::create_dir(folder.path().join("modules")).expect("made");
        fs::write(folder.path().join("modules/mirror-panda.wasm"), guests::bytes("mirror-panda")).expect("written");
        assert!(command(&["lock"], folder.path()).status.success());
        folder
    };
    let refused = command(&["run"], with_module("").path());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.starts_with("error: PANDA Perio is configured, but no module maps its periodontal exams\nhint: "),
        "{said}"
    );
    // Without exams the module is enough, and the run goes on to Odoo, which is not there.
    let refused = command(&["run"], with_module("[source.panda_perio.tables]\nexam = false").path());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && !said.contains("no module maps"), "{said}");
}

#[test]
fn what_has_changed_is_read_by_its_stamp_and_what_is_gone_is_known_by_its_key() {
    let practice = Practice::generate(&PracticeOptions { exams: 20, ..small() });
    let (databases, names, _) = databases(&practice);
    let server = start(databases);
    let folder = client(&source(&server, &names, "overlap_minutes = 60"));
    extracted(folder.path());

    let stamp = |day: Date| Cell::DateTime { days: date(1900, 1, 1).until(day).expect("days").get_days(), ticks: 300 };
    let last = |table: &Table, row: &mut Vec<Cell>, day: Date| row[place(table, "LastModifiedDate")] = stamp(day);
    server.set_clock(date(2026, 11, 9).at(9, 0, 0, 0));
    server.change(|options| {
        let database = &mut options.databases[0];
        // A patient who moves and another who is new, in order; a note that goes; a plan without its last phase.
        let patients = table_mut(database, "patient_table");
        let shape = patients.clone();
        patients.rows[3][place(&shape, "City")] = Cell::Text("Otterby".to_owned());
        last(&shape, &mut patients.rows[3], date(2026, 11, 8));
        let mut new = patients.rows[4].clone();
        new[place(&shape, "PatientID")] = Cell::Int(9_001);
        last(&shape, &mut new, date(2026, 11, 8));
        patients.rows.push(new);
        table_mut(database, "note_table").rows.remove(5);
        table_mut(database, "treatment_phase_table").rows.remove(0);
        // A stamp of the future must not hide what comes before it.
        let providers = table_mut(database, "provider_table");
        let shape = providers.clone();
        last(&shape, &mut providers.rows[0], date(2199, 1, 1));
        last(&shape, &mut providers.rows[1], date(2026, 11, 7));
        providers.rows[1][place(&shape, "Active")] = Cell::Int(0);
        // A flag that was restored: new, with its former stamp.
        let flags = table_mut(database, "flag_table");
        let shape = flags.clone();
        let mut restored = flags.rows[0].clone();
        restored[place(&shape, "FlagID")] = Cell::Int(9_002);
        last(&shape, &mut restored, date(2020, 1, 1));
        flags.rows.push(restored);
    });
    let before = server.statements().len();
    extracted(folder.path());
    let sent = server.statements().split_off(before);
    let whole = |table: &str| {
        let whole = |statement: &&String| {
            statement.starts_with("SELECT TOP")
                && statement.contains(&format!("[{table}]"))
                && statement.contains("], [")
        };
        sent.iter().filter(whole).count()
    };
    assert_eq!((whole("patient_table"), whole("note_table"), whole("chart_table")), (0, 0, 0), "{sent:#?}");
    assert_eq!(whole("flag_table"), 2, "one row's stamp told too little: both databases' flags are read whole");
    let pieces = sent.iter().filter(|statement| statement.contains("SUBSTRING")).count();
    assert_eq!(pieces, 0, "no row with a file has changed: {sent:#?}");
    same_as_anew(&folder, &server, &names);
    assert_eq!(ledger(folder.path()).vanished("note", 2).expect("read").len(), 1);

    // The next reading trusts the stamp of today, and what was put right in spite of the stamp of the future.
    server.set_clock(date(2026, 11, 12).at(9, 0, 0, 0));
    server.change(|options| {
        let providers = table_mut(&mut options.databases[0], "provider_table");
        let shape = providers.clone();
        providers.rows[2][place(&shape, "Active")] = Cell::Int(0);
        last(&shape, &mut providers.rows[2], date(2026, 11, 11));
    });
    extracted(folder.path());
    same_as_anew(&folder, &server, &names);

    // Another name for a column is another reading: no row stays as it was read before.
    let file = folder.path().join("odograft.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    let renamed = "[source.panda_perio.tables]\nnote = { table = \"note_table\", key = \"NoteID\", columns = { kind = \"Body\" } }\n[odoo]";
    fs::write(&file, text.replace("[odoo]", renamed)).expect("written");
    extracted(folder.path());
    let notes = staged(&ledger(folder.path()), "note");
    assert!(notes.iter().all(|row| !row.body.contains("\"body\":\"") && row.body.contains("\"NoteType\":")));
}

/// What is staged is what a reading of the whole would stage.
fn same_as_anew(folder: &TempDir, server: &MssqlStandin, names: &str) {
    let anew = client(&source(server, names, "overlap_minutes = 60"));
    extracted(anew.path());
    let (own, other) = (ledger(folder.path()), ledger(anew.path()));
    for (object, _) in other.staged_objects().expect("read") {
        assert_eq!(staged(&own, &object), staged(&other, &object), "{object}");
        let bodies = |ledger: &odograft_ledger::Ledger| {
            staged(ledger, &object).into_iter().map(|row| row.body).collect::<Vec<_>>()
        };
        assert_eq!(bodies(&own), bodies(&other), "{object}");
    }
}
