//! What rows call their columns, what the configuration must say, and where a server is found.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::time::Duration;

use odograft_standins::mssql::{Cell, Kind, Table};
use serde_json::json;

use super::{column, note_map, notes, options, refusal, refused, server, walk};
use crate::panda::{Conventions, Panda, PandaError, PandaOptions, TableMap};
use crate::{FileColumn, SourceError};

fn map(json: serde_json::Value) -> TableMap {
    serde_json::from_value(json).expect("a mapping")
}

#[tokio::test]
async fn columns_are_found_by_their_defaults_and_others_keep_their_names() {
    let table = Table {
        schema: "dbo".to_owned(),
        name: "Notes".to_owned(),
        columns: vec![
            column("Nr", Kind::Int),
            column("patientid", Kind::Int),
            column("ProviderID", Kind::NVarChar(9)),
            column("Words", Kind::NVarChar(90)),
            column("body", Kind::NVarChar(90)),
            column("clinic_id", Kind::Int),
            column("NoteDate", Kind::DateTime),
            column("Colour", Kind::NVarChar(9)),
        ],
        rows: vec![
            vec![
                Cell::Int(7),
                Cell::Int(17),
                Cell::Text("P-1  ".to_owned()),
                Cell::Text("aches".to_owned()),
                Cell::Text("other".to_owned()),
                Cell::Int(3),
                Cell::DateTime { days: 46_080, ticks: 0 },
                Cell::Text("red".to_owned()),
            ],
            [vec![Cell::Int(8)], vec![Cell::Null; 7]].concat(),
        ],
    };
    let server = server(vec![("north", vec![table])], None);
    let notes = map(json!({"table": "Notes", "key": "Nr", "columns": {"body": "Words"}}));
    let panda = Panda::open(options(&server, &[("north", "N")], notes)).await.expect("the database is good");
    let (rows, _) = walk(&panda).await;
    assert_eq!((rows[0].id.as_str(), rows[0].parent.as_deref()), ("N/7", Some("N/17")));
    assert_eq!(
        rows[0].body,
        r#"{"clinic_id":"N","column.body":"other","column.clinic_id":3,"Colour":"red","written_at":"2026-03-01T00:00:00.000","id":"N/7","patient_id":"N/17","provider_id":"N/P-1","body":"aches"}"#
    );
    assert_eq!(rows[1].parent, None);
    assert!(rows[1].body.contains(r#""patient_id":null,"provider_id":null"#), "{}", rows[1].body);
    let notice = &panda.notices()[0];
    assert_eq!((notice.object.as_str(), notice.file.as_str()), ("note", "north.Notes"));
    assert_eq!(notice.surplus, ["body", "clinic_id", "Colour"]);
    assert_eq!(notice.missing, ["plan_id", "kind", "subjective", "objective", "assessment", "plan"]);
}

#[tokio::test]
async fn one_column_may_be_key_and_parent_and_keys_of_other_rows_carry_the_clinic() {
    let table = Table {
        schema: "dbo".to_owned(),
        name: "Alerts".to_owned(),
        columns: vec![column("PatientID", Kind::Int), column("Flag", Kind::NVarChar(20))],
        rows: vec![vec![Cell::Int(17), Cell::Text("Latex".to_owned())]],
    };
    let server = server(vec![("north", vec![table, notes(1)])], None);
    let mut options = options(&server, &[("north", "N")], note_map("note_table"));
    options
        .tables
        .insert("flag".to_owned(), Some(map(json!({"table": "Alerts", "key": "PatientID", "parent": "PatientID"}))));
    let panda = Panda::open(options).await.expect("the database is good");
    let page = panda.extract("flag", None).await.expect("a page");
    assert_eq!(page.rows[0].body, r#"{"clinic_id":"N","text":"Latex","id":"N/17","patient_id":"N/17"}"#);
    let names: Vec<_> = panda.objects().iter().map(|spec| spec.name).collect();
    assert_eq!(names, ["panda-manifest", "clinic", "note", "flag"]);
    let manifest = panda.extract("panda-manifest", None).await.expect("a page").rows;
    assert_eq!(manifest[0].body, r#"{"date_order":"ymd","decimal_mark":".","time_zone":"Europe/London"}"#);
    let clinics = panda.extract("clinic", None).await.expect("a page").rows;
    assert_eq!((clinics[0].id.as_str(), clinics[0].body.as_str()), ("N", r#"{"id":"N"}"#));
    assert!(matches!(panda.extract("perio-manifest", None).await, Err(SourceError::UnknownObject { .. })));
}

#[tokio::test]
async fn what_no_value_tells_must_be_said() {
    let server = server(vec![("north", vec![notes(1)])], None);
    let good = || options(&server, &[("north", "N")], note_map("note_table"));
    let with = |change: &dyn Fn(&mut Conventions)| {
        let mut options = good();
        change(&mut options.conventions);
        options
    };
    for (options, wrong) in [
        (with(&|own| own.time_zone = "Springfield".to_owned()), "time_zone"),
        (with(&|own| own.date_order = "auto".to_owned()), "date_order"),
        (with(&|own| own.decimal_mark = String::new()), "decimal_mark"),
        (PandaOptions { letters: Some("Letters".to_owned()), ..good() }, "share"),
    ] {
        let error = refused(options).await;
        assert!(matches!(error, PandaError::Option { option, .. } if option == wrong), "{wrong}: {error:?}");
    }
    let exams = |notation: Option<&str>, sign: Option<&str>| {
        let mut options = good();
        options.tables.remove("exam");
        options.conventions.notation = notation.map(str::to_owned);
        options.conventions.margin_sign = sign.map(str::to_owned);
        options
    };
    let error = refused(exams(None, Some("recession-positive"))).await;
    assert!(matches!(error, PandaError::Option { option: "notation", .. }), "{error:?}");
    let error = refused(exams(Some("fdi"), Some("up"))).await;
    assert!(matches!(error, PandaError::Option { option: "margin_sign", .. }), "{error:?}");
    let error = refused(exams(Some("fdi"), Some("recession-positive"))).await;
    assert!(matches!(error, PandaError::Schema { .. }), "only the table is missing: {error:?}");
}

#[tokio::test]
async fn names_that_no_record_has_and_parts_of_nothing_are_refused() {
    let server = server(vec![("north", vec![notes(1)])], None);
    let mut slip = note_map("note_table");
    slip.columns.insert("bdoy".to_owned(), "Body".to_owned());
    let error = refused(options(&server, &[("north", "N")], slip)).await;
    assert!(matches!(&error, PandaError::UnknownColumn { name, .. } if name == "bdoy"), "{error:?}");
    assert!(error.to_string().contains("hint: `columns` takes `plan_id`"), "{error}");

    let mut options = options(&server, &[("north", "N")], note_map("note_table"));
    options.tables.insert("phase".to_owned(), Some(map(json!({"table": "note_table", "key": "NoteID"}))));
    let error = refused(options.clone()).await;
    assert!(matches!(error, PandaError::Part { of: "treatment-plan", .. }), "{error:?}");
    // With a plan there is one, and what a phase is a part of must be told.
    options.tables.insert("treatment-plan".to_owned(), Some(map(json!({"table": "note_table", "key": "NoteID"}))));
    let error = refused(options.clone()).await;
    assert!(error.to_string().contains("`note_table` in `north` has no column `PlanID`"), "{error}");
    // Silent, it falls away with the plan.
    options.tables.remove("phase");
    options.tables.insert("treatment-plan".to_owned(), None);
    assert!(Panda::open(options).await.is_ok());
}

#[tokio::test]
async fn letters_are_the_rows_of_a_table_and_the_files_of_a_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let letters = folder.path().join("Letters");
    std::fs::create_dir_all(letters.join("2019")).expect("made");
    std::fs::write(letters.join("recall.txt"), "\u{feff}Dear {FirstName}").expect("written");
    std::fs::write(letters.join("logo.bin"), b"\xff\xfe\0").expect("written");
    for number in 0..60 {
        std::fs::write(letters.join(format!("2019/{number:02}.txt")), "old").expect("written");
    }
    #[cfg(unix)]
    {
        std::fs::write(folder.path().join("secret.txt"), "secret").expect("written");
        std::os::unix::fs::symlink("/etc", letters.join("elsewhere")).expect("a link");
    }
    let table = Table {
        schema: "dbo".to_owned(),
        name: "letter_template_table".to_owned(),
        columns: vec![
            column("TemplateID", Kind::Int),
            column("Body", Kind::NVarChar(90)),
            column("FilePath", Kind::NVarChar(90)),
        ],
        rows: vec![vec![Cell::Int(1), Cell::Text("Thank you".to_owned()), Cell::Null]],
    };
    let server = server(vec![("north", vec![table, notes(1)])], None);
    let mut options = options(&server, &[("north", "N")], note_map("note_table"));
    options.tables.remove("letter-template");
    options.share = Some(folder.path().to_owned());
    options.letters = Some("Letters\\".to_owned());
    let panda = Panda::open(options.clone()).await.expect("good");
    let (mut rows, mut pages, mut cursor) = (Vec::new(), 0, None);
    loop {
        let page = panda.extract("letter-template", cursor.as_deref()).await.expect("a page");
        (pages, cursor) = (pages + 1, page.next);
        rows.extend(page.rows);
        if cursor.is_none() {
            break;
        }
    }
    let links = usize::from(cfg!(unix));
    assert_eq!((rows.len(), pages), (63 + links, 3));
    assert_eq!(rows[0].body, r#"{"clinic_id":"N","body":"Thank you","path":null,"id":"N/1"}"#);
    let of = |id: &str| rows.iter().find(|row| row.id == id).map(|row| row.body.as_str()).expect("a row");
    assert_eq!(
        of("/Letters/recall.txt"),
        r#"{"id":"/Letters/recall.txt","name":"recall.txt","body":"Dear {FirstName}","path":"Letters/recall.txt"}"#
    );
    assert!(of("/Letters/logo.bin").contains(r#""body":null"#));
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(ids.len(), rows.len());
    if cfg!(unix) {
        assert!(of("/Letters/elsewhere").contains(r#""body":null"#), "no link leads out of the share");
        assert!(panda.open_file("Letters/elsewhere/passwd").await.is_err());
    }
    let file = FileColumn { object: "letter-template".to_owned(), column: "path".to_owned() };
    assert_eq!(panda.file_columns(), [file]);
    assert_eq!(panda.open_file("Letters/recall.txt").await.expect("there").length, Some(19));

    options.letters = Some("../Letters".to_owned());
    let error = Panda::open(options).await.expect_err("outside the share");
    assert!(matches!(error, SourceError::BadOption { option: "letters", .. }), "{error:?}");
}

/// Answers one instance's name with a port, the first request not at all; what it was asked.
fn browser(instance: &'static str, port: u16) -> (u16, std::thread::JoinHandle<Vec<Vec<u8>>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let own = socket.local_addr().expect("an address").port();
    let served = std::thread::spawn(move || {
        let mut asked: Vec<Vec<u8>> = Vec::new();
        socket.set_read_timeout(Some(Duration::from_secs(8))).expect("set");
        let mut request = [0; 64];
        while let Ok((length, from)) = socket.recv_from(&mut request) {
            asked.push(request[..length].to_vec());
            if asked.len() == 1 {
                continue;
            }
            let text =
                format!("ServerName;HOST;InstanceName;{instance};IsClustered;No;Version;12.0.2000.8;tcp;{port};;");
            let length = (text.len() as u16).to_le_bytes();
            let _ = socket.send_to(&[&[5], &length[..], text.as_bytes()].concat(), from);
            if asked.len() == 3 {
                break;
            }
        }
        asked
    });
    (own, served)
}

#[tokio::test]
async fn an_instance_is_found_by_its_name() {
    let server = server(vec![("north", vec![notes(3)])], None);
    let (port, asked) = browser("PANDA", server.address().port());
    let named = |instance: &str| PandaOptions {
        host: "127.0.0.1".to_owned(),
        instance: Some(instance.to_owned()),
        port,
        ..options(&server, &[("north", "N")], note_map("note_table"))
    };
    let panda = Panda::open(named("panda")).await.expect("the instance is there");
    assert_eq!(walk(&panda).await.0.len(), 3, "a later connection asks again");
    assert_eq!(asked.join().expect("it ends")[0], b"\x04panda\0");
    for instance in ["", "two words", &"x".repeat(40)] {
        let error = refused(named(instance)).await;
        assert!(matches!(error, PandaError::Instance { .. }), "{error:?}");
    }
    let (port, _asked) = browser("OTHER", 1);
    let other = Panda::open(PandaOptions { port, ..named("PANDA") }).await.expect_err("another instance");
    let error = refusal(other).to_string();
    assert!(error.contains("names no TCP port; hint: check the name"), "{error}");
}

#[test]
fn measures_are_said_where_the_databases_have_words_of_their_own() {
    let mut own = super::conventions();
    (own.notation, own.margin_sign) = (Some("fdi".to_owned()), Some("recession-positive".to_owned()));
    assert_eq!(own.perio_manifest(), r#"{"notation":"fdi","margin_sign":"recession-positive"}"#);
    own.measures = BTreeMap::from([("4".to_owned(), "probing-depth".to_owned())]);
    assert!(own.perio_manifest().ends_with(r#""measures":{"4":"probing-depth"}}"#));
}
