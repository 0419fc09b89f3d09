//! An unmodified driver against the stand-in. What a real server can be brought to as well is in `suite` and `types`.

mod changes;
mod suite;
mod types;
mod vocabulary;

use std::collections::BTreeMap;
use std::time::Duration;

use odograft_standins::mssql::{Cell, Column, Database, Fault, Kind, MssqlOptions, MssqlStandin, Table};
use serde_json::json;

use super::{Conventions, Encryption, Panda, PandaError, PandaOptions, SchemaProblem, TableMap, Trust};
use crate::open_file::tests::whole;
use crate::{FileError, SourceError, SourceRow};

const PASSWORD: &str = "pä$$word";

fn column(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind }
}

fn notes(count: i64) -> Table {
    let row = |id: i64| vec![Cell::Int(id), Cell::Int(id % 7), Cell::Text(format!("note {id}"))];
    Table {
        schema: "dbo".to_owned(),
        name: "note_table".to_owned(),
        columns: vec![column("NoteID", Kind::Int), column("PatientID", Kind::Int), column("Body", Kind::NVarChar(200))],
        rows: (1..=count).map(row).collect(),
    }
}

fn server(databases: Vec<(&str, Vec<Table>)>, identity: Option<(Vec<u8>, Vec<u8>)>) -> MssqlStandin {
    let databases = databases.into_iter().map(|(name, tables)| Database { name: name.to_owned(), tables }).collect();
    let options = MssqlOptions { user: "reader".to_owned(), password: PASSWORD.to_owned(), databases, identity };
    MssqlStandin::start(options).expect("the stand-in starts")
}

fn note_map(table: &str) -> TableMap {
    serde_json::from_value(json!({
        "table": table, "key": "NoteID", "parent": "PatientID", "columns": {"body": "Body"},
    }))
    .expect("a mapping")
}

/// Options that read notes only.
fn options(server: &MssqlStandin, databases: &[(&str, &str)], notes: TableMap) -> PandaOptions {
    let mut tables: BTreeMap<_, _> =
        super::objects::OBJECTS.iter().map(|object| (object.name.to_owned(), None)).collect();
    tables.insert("note".to_owned(), Some(notes));
    PandaOptions {
        host: "localhost".to_owned(),
        instance: None,
        port: server.address().port(),
        user: "reader".to_owned(),
        password: PASSWORD.into(),
        databases: databases.iter().map(|(name, clinic)| ((*name).to_owned(), (*clinic).to_owned())).collect(),
        encryption: Encryption::None,
        trust: Trust::Any,
        timeout: Duration::from_secs(10),
        conventions: conventions(),
        tables,
        overlap: None,
        share: None,
        letters: None,
    }
}

fn conventions() -> Conventions {
    Conventions {
        time_zone: "Europe/London".to_owned(),
        date_order: "ymd".to_owned(),
        decimal_mark: ".".to_owned(),
        notation: None,
        margin_sign: None,
        measures: BTreeMap::new(),
    }
}

async fn walk(panda: &Panda) -> (Vec<SourceRow>, usize) {
    let (mut rows, mut pages, mut cursor) = (Vec::new(), 0, None);
    loop {
        let page = panda.extract("note", cursor.as_deref()).await.expect("a page");
        rows.extend(page.rows);
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            return (rows, pages);
        }
    }
}

fn refusal(error: SourceError) -> PandaError {
    match error {
        SourceError::Panda(error) => error,
        other => panic!("{other:?}"),
    }
}

async fn refused(options: PandaOptions) -> PandaError {
    refusal(Panda::open(options).await.expect_err("it is refused"))
}

#[tokio::test]
async fn several_databases_are_read_page_by_page_and_merged_by_clinic() {
    let server = server(vec![("north", vec![notes(2_300)]), ("south", vec![notes(1_000)])], None);
    let panda = Panda::open(options(&server, &[("north", "N"), ("south", "S")], note_map("dbo.note_table"))).await;
    let panda = panda.expect("the databases are good");
    let (rows, pages) = walk(&panda).await;
    assert_eq!((rows.len(), pages), (3_300, 4));
    assert_eq!((rows[0].id.as_str(), rows[0].parent.as_deref()), ("N/1", Some("N/1")));
    assert_eq!(rows[0].body, r#"{"clinic_id":"N","body":"note 1","id":"N/1","patient_id":"N/1"}"#);
    assert_eq!(rows[2_300].id, "S/1");
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(ids.len(), 3_300);
    assert!(panda.extract("note", Some(r#"{"database":0,"name":"other"}"#)).await.is_err());
    assert!(matches!(panda.extract("exam", None).await, Err(SourceError::UnknownObject { .. })));
}

#[tokio::test]
async fn what_goes_wrong_in_the_middle_costs_no_row_and_repeats_none() {
    for fault in [Fault::Error(824), Fault::Drop, Fault::Stall] {
        let server = server(vec![("north", vec![notes(1_500)])], None);
        let mut options = options(&server, &[("north", "N")], note_map("note_table"));
        // The stall costs this once; a shorter one is not enough to connect on a busy machine.
        options.timeout = Duration::from_secs(3);
        let panda = Panda::open(options).await.expect("the database is good");
        server.fail("note_table", 700, fault);
        let before = server.statements().len();
        let (rows, _) = walk(&panda).await;
        assert_eq!(rows.len(), 1_500, "{fault:?}");
        assert_eq!(server.statements().len() - before, 3, "{fault:?}");
    }
}

#[tokio::test]
async fn keys_that_repeat_are_refused_before_a_row_is_lost() {
    for double in [1, 999, 1_000, 1_001] {
        let mut table = notes(1_500);
        table.rows[double][0] = table.rows[double - 1][0].clone();
        let server = server(vec![("north", vec![table])], None);
        let panda = Panda::open(options(&server, &[("north", "N")], note_map("note_table"))).await.expect("good");
        let (mut cursor, mut read) = (None, 0);
        let error = loop {
            match panda.extract("note", cursor.as_deref()).await {
                Ok(page) => (read, cursor) = (read + page.rows.len(), page.next),
                Err(error) => break refusal(error),
            }
        };
        assert!(matches!(error, PandaError::Order { .. }) && read <= double, "{double}: {error:?} after {read}");
    }
}

#[tokio::test]
async fn an_error_that_stays_is_told_by_its_number_alone() {
    let server = server(vec![("north", vec![notes(5)])], None);
    let panda = Panda::open(options(&server, &[("north", "N")], note_map("note_table"))).await.expect("good");
    server.change(|options| options.databases[0].tables.clear());
    let error = refusal(panda.extract("note", None).await.expect_err("the table is gone"));
    assert!(matches!(error, PandaError::Refused { number: 208, class: 16, .. }), "{error:?}");
    assert!(error.to_string().contains("hint:"));
}

#[tokio::test]
async fn two_databases_of_one_clinic_are_refused() {
    let server = server(vec![("north", vec![notes(1)])], None);
    let options = options(&server, &[("north", "N"), ("north", "N")], note_map("note_table"));
    let error = refused(options).await;
    assert!(matches!(error, PandaError::Option { option: "clinic", .. }), "{error:?}");
}

#[tokio::test]
async fn encryption_is_kept_to_and_certificates_are_checked() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let identity = (made.cert.der().to_vec(), made.signing_key.serialize_der());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let authority = folder.path().join("server.der");
    std::fs::write(&authority, &identity.0).expect("written");
    let server = server(vec![("north", vec![notes(1_200)])], Some(identity));
    let with = |encryption, trust| PandaOptions {
        encryption,
        trust,
        ..options(&server, &[("north", "N")], note_map("note_table"))
    };
    for (encryption, trust) in [
        (Encryption::Required, Trust::Any),
        (Encryption::Required, Trust::Authority(authority)),
        // The server insists.
        (Encryption::None, Trust::Any),
    ] {
        let panda = Panda::open(with(encryption, trust.clone())).await.expect("an encrypted connection");
        assert_eq!(walk(&panda).await.0.len(), 1_200, "{encryption:?} {trust:?}");
    }
    let error = refused(with(Encryption::Required, Trust::System)).await;
    assert!(matches!(error, PandaError::Encryption { .. }), "{error:?}");

    let plain = self::server(vec![("north", vec![notes(1)])], None);
    let without =
        PandaOptions { encryption: Encryption::Required, ..options(&plain, &[("north", "N")], note_map("note_table")) };
    let error = refused(without).await;
    assert!(matches!(error, PandaError::Encryption { .. }), "{error:?}");
}

#[tokio::test]
async fn a_hostile_name_is_a_name_and_nothing_else() {
    let hostile = "note]; DROP TABLE patient_table; --";
    let mut table = notes(3);
    table.name = hostile.to_owned();
    table.columns[2].name = "Bo]dy".to_owned();
    let server = server(vec![("north", vec![table])], None);
    let mut map = note_map(&format!("dbo.{hostile}"));
    map.columns.insert("body".to_owned(), "Bo]dy".to_owned());
    let panda = Panda::open(options(&server, &[("north", "N")], map)).await.expect("the table is there");
    assert_eq!(walk(&panda).await.0.len(), 3);
    let read = server.statements().into_iter().find(|statement| statement.contains("DROP")).expect("a statement");
    assert!(read.contains("[dbo].[note]]; DROP TABLE patient_table; --]") && read.contains("[Bo]]dy]"), "{read}");

    let missing = refused(options(&server, &[("north", "N")], note_map("dbo.a]; DROP TABLE b"))).await;
    assert!(matches!(&missing, PandaError::Schema { problems } if problems.len() == 1), "{missing:?}");
    for name in ["", "dbo.", "dbo.a\nb", &"x".repeat(200)] {
        let error = refused(options(&server, &[("north", "N")], note_map(name))).await;
        assert!(matches!(error, PandaError::Name { .. }), "{name}: {error:?}");
    }
}

#[test]
fn types_that_the_driver_does_not_know_are_asked_for_as_text() {
    let columns = [
        ("NoteID", "int"),
        ("PatientID", "int"),
        ("Body", "ntext"),
        ("Place", "geography"),
        ("Scan", "image"),
        ("Fee", "money"),
        ("Counter", "rowversion"),
    ];
    let key = |name: &str| ("dbo".to_owned(), "note_table".to_owned(), name.to_lowercase());
    let catalogue = columns.map(|(name, kind)| (key(name), (name.to_owned(), kind.to_owned()))).into();
    let (tables, mut problems) = (BTreeMap::from([("note", note_map("note_table"))]), Vec::new());
    let layouts = super::schema::check("north", &tables, &catalogue, &mut problems);
    let (statement, _) = super::statements::page(&tables["note"], &layouts["note"], 10, None);
    assert_eq!(
        statement,
        "SELECT TOP (@P1) [Body], CAST([Fee] AS DECIMAL(19, 4)) AS [Fee], [NoteID], [PatientID], \
         CAST([Place] AS NVARCHAR(MAX)) AS [Place], DATALENGTH([Scan]) AS [Scan] FROM [dbo].[note_table] ORDER BY [NoteID]"
    );
}

#[tokio::test]
async fn everything_that_the_databases_lack_is_said_at_once() {
    let server = server(vec![("north", vec![notes(1)]), ("south", vec![])], None);
    let mut options = options(&server, &[("north", "N"), ("south", "S")], note_map("note_table"));
    options.tables.remove("patient");
    let map = options.tables.get_mut("note").and_then(Option::as_mut).expect("notes");
    map.modified = Some("Changed".to_owned());
    map.columns.insert("kind".to_owned(), "Sort".to_owned());
    let PandaError::Schema { problems } = refused(options).await else { panic!("another error") };
    let no_table = |database: &str, object: &str, table: &str| SchemaProblem::NoTable {
        database: database.into(),
        object: object.into(),
        table: table.into(),
    };
    let columns = vec!["Changed".to_owned(), "Sort".to_owned()];
    assert_eq!(
        problems,
        [
            no_table("north", "patient", "dbo.patient_table"),
            SchemaProblem::NoColumns { database: "north".into(), table: "note_table".into(), columns },
            no_table("south", "patient", "dbo.patient_table"),
            no_table("south", "note", "note_table"),
        ]
    );
}

#[tokio::test]
async fn a_binary_column_is_copied_in_pieces() {
    let bytes: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut table = notes(2);
    table.columns.push(column("Scan", Kind::VarBinaryMax));
    table.rows[0].push(Cell::Bytes(bytes.clone()));
    table.rows[1].push(Cell::Null);
    let server = server(vec![("north", vec![table])], None);
    let panda = Panda::open(options(&server, &[("north", "N")], note_map("note_table"))).await.expect("good");
    let (rows, _) = walk(&panda).await;
    assert!(rows[0].body.contains(r#""Scan":"blob:note/Scan/N/1","Scan_bytes":2800000"#), "{}", rows[0].body);
    assert!(rows[1].body.contains(r#""Scan":null"#), "{}", rows[1].body);
    let file = panda.open_file("blob:note/Scan/N/1").await.expect("there");
    assert_eq!(file.length, Some(2_800_000));
    assert!(whole(file).await == bytes);
    for place in ["note/Scan/N/2", "note/Scan/N/9", "note/Scan/M/1", "note/Body/N/1", "flag/Scan/N/1", "note", ""] {
        let error = panda.open_file(&format!("blob:{place}")).await.err().expect("closed");
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{place}");
    }
    assert!(matches!(panda.open_file("scan.png").await, Err(FileError::NoFiles)));
}
