//! An unmodified driver against the stand-in, or against a real server that `MSSQL_TEST_URL` names.

use std::collections::BTreeMap;
use std::time::Duration;

use odograft_standins::mssql::{Cell, Column, Database, Fault, Kind, MssqlOptions, MssqlStandin, Table};
use serde_json::{Value, json};

use super::{Encryption, Panda, PandaError, PandaOptions, SchemaProblem, TableMap, Trust};
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
        "table": table, "key": "NoteID", "parent": "PatientID", "columns": {"patient_id": "PatientID", "body": "Body"},
    }))
    .expect("a mapping")
}

/// Options that read notes only.
fn options(server: &MssqlStandin, databases: &[(&str, &str)], notes: TableMap) -> PandaOptions {
    let mut tables: BTreeMap<_, _> =
        super::schema::OBJECTS.iter().map(|object| (object.name.to_owned(), None)).collect();
    tables.insert("note".to_owned(), Some(notes));
    PandaOptions {
        host: "localhost".to_owned(),
        port: server.address().port(),
        user: "reader".to_owned(),
        password: PASSWORD.into(),
        databases: databases.iter().map(|(name, clinic)| ((*name).to_owned(), (*clinic).to_owned())).collect(),
        encryption: Encryption::None,
        trust: Trust::Any,
        timeout: Duration::from_secs(10),
        tables,
        changed_since: None,
        share: None,
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
    assert_eq!(rows[0].body, r#"{"clinic_id":"N","body":"note 1","NoteID":1,"patient_id":1}"#);
    assert_eq!(rows[2_300].id, "S/1");
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(ids.len(), 3_300);
    assert!(panda.extract("note", Some(r#"{"database":0,"name":"other"}"#)).await.is_err());
    assert!(matches!(panda.extract("exam", None).await, Err(SourceError::UnknownObject { .. })));
}

#[tokio::test]
async fn what_goes_wrong_in_the_middle_costs_no_row_and_repeats_none() {
    for fault in [Fault::Error, Fault::Drop, Fault::Stall] {
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
async fn wrong_passwords_databases_and_ports_are_told_apart() {
    let server = server(vec![("north", vec![notes(1)])], None);
    let good = || options(&server, &[("north", "N")], note_map("note_table"));
    let error = refused(PandaOptions { password: "wrong".into(), ..good() }).await;
    assert!(matches!(error, PandaError::LogIn), "{error:?}");
    let error = refused(PandaOptions { databases: vec![("gone".into(), "N".into())], ..good() }).await;
    assert!(matches!(error, PandaError::Database { number: 4_060, .. }), "{error:?}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let error = refused(PandaOptions { port: closed, ..good() }).await;
    assert!(matches!(error, PandaError::Unreachable { .. }), "{error:?}");
    let error =
        refused(PandaOptions { databases: vec![("north".into(), "N".into()), ("north".into(), "N".into())], ..good() })
            .await;
    assert!(matches!(error, PandaError::Option { option: "clinic", .. }), "{error:?}");
    for error in [refused(PandaOptions { password: "wrong".into(), ..good() }).await, error] {
        assert!(!format!("{error:?} {error}").contains("wrong"), "{error:?}");
    }
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

#[tokio::test]
async fn everything_that_the_databases_lack_is_said_at_once() {
    let server = server(vec![("north", vec![notes(1)]), ("south", vec![])], None);
    let mut options = options(&server, &[("north", "N"), ("south", "S")], note_map("note_table"));
    options.tables.remove("patient");
    let map = options.tables.get_mut("note").and_then(Option::as_mut).expect("notes");
    map.modified = Some("Changed".to_owned());
    map.columns.insert("author".to_owned(), "Author".to_owned());
    let PandaError::Schema { problems } = refused(options).await else { panic!("another error") };
    let no_table = |database: &str, object: &str, table: &str| SchemaProblem::NoTable {
        database: database.into(),
        object: object.into(),
        table: table.into(),
    };
    let columns = vec!["Changed".to_owned(), "Author".to_owned()];
    assert_eq!(
        problems,
        [
            SchemaProblem::NoColumns { database: "north".into(), table: "note_table".into(), columns },
            no_table("north", "patient", "dbo.patient_table"),
            no_table("south", "note", "note_table"),
            no_table("south", "patient", "dbo.patient_table"),
        ]
    );
}

#[tokio::test]
async fn only_what_changed_is_read_where_a_moment_is_given() {
    let mut table = notes(10);
    table.columns.push(column("LastModifiedDate", Kind::DateTime));
    for (at, row) in table.rows.iter_mut().enumerate() {
        // One a day from 1 March 2026, day 46,080 since 1900, at a third of a second past noon.
        row.push(Cell::DateTime { days: 46_080 + at as i32, ticks: 12_960_100 });
    }
    let server = server(vec![("north", vec![table])], None);
    let mut map = note_map("note_table");
    map.modified = Some("LastModifiedDate".to_owned());
    let mut options = options(&server, &[("north", "N")], map);
    options.changed_since = Some("2026-03-08T12:00:00.333".to_owned());
    let panda = Panda::open(options).await.expect("the database is good");
    let (rows, _) = walk(&panda).await;
    let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["N/8", "N/9", "N/10"]);
    assert!(rows[0].body.contains(r#""LastModifiedDate":"2026-03-08T12:00:00.333""#), "{}", rows[0].body);
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
    assert!(rows[0].body.contains(r#""Scan":"blob:note/Scan/N/1""#), "{}", rows[0].body);
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

/// A column of every type: its name in SQL, and two values as SQL and as the stand-in write them and as JSON shows them.
fn types() -> Vec<(&'static str, Kind, [(&'static str, Cell, Value); 2])> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let guid =
        Cell::Guid([0xff, 0x19, 0x96, 0x6f, 0x86, 0x8b, 0x11, 0xd0, 0xb4, 0x2d, 0, 0xc0, 0x4f, 0xc9, 0x64, 0xff]);
    let variant = |kind, cell| Cell::Variant(Box::new((kind, cell)));
    let big = 12_345_678_901_234_567_890_123_456_789_i128;
    vec![
        ("bit", Kind::Bit, [("0", Cell::Int(0), json!(false)), ("1", Cell::Int(1), json!(true))]),
        ("tinyint", Kind::TinyInt, [("0", Cell::Int(0), json!(0)), ("255", Cell::Int(255), json!(255))]),
        (
            "smallint",
            Kind::SmallInt,
            [("-32768", Cell::Int(-32_768), json!(-32_768)), ("32767", Cell::Int(32_767), json!(32_767))],
        ),
        (
            "int",
            Kind::Int,
            [
                ("-2147483648", Cell::Int(i32::MIN.into()), json!(i32::MIN)),
                ("2147483647", Cell::Int(i32::MAX.into()), json!(i32::MAX)),
            ],
        ),
        (
            "bigint",
            Kind::BigInt,
            [
                ("-9223372036854775808", Cell::Int(i64::MIN), json!(i64::MIN)),
                ("9223372036854775807", Cell::Int(i64::MAX), json!(i64::MAX)),
            ],
        ),
        ("real", Kind::Real, [("-1.5", Cell::Float(-1.5), json!(-1.5)), ("0.1", Cell::Float(0.1), json!(0.1))]),
        (
            "float",
            Kind::Float,
            [("-1.7e308", Cell::Float(-1.7e308), json!(-1.7e308)), ("0.1", Cell::Float(0.1), json!(0.1))],
        ),
        (
            "smallmoney",
            Kind::SmallMoney,
            [
                ("-214748.3648", Cell::Money(i32::MIN.into()), json!("-214748.3648")),
                ("214748.3647", Cell::Money(i32::MAX.into()), json!("214748.3647")),
            ],
        ),
        (
            "money",
            Kind::Money,
            [
                ("-922337203685477.5808", Cell::Money(i64::MIN), json!("-922337203685477.5808")),
                ("922337203685477.5807", Cell::Money(i64::MAX), json!("922337203685477.5807")),
            ],
        ),
        (
            "decimal(5, 0)",
            Kind::Decimal(5, 0),
            [("-99999", Cell::Decimal(-99_999), json!("-99999")), ("0", Cell::Decimal(0), json!("0"))],
        ),
        (
            "numeric(38, 10)",
            Kind::Numeric(38, 10),
            [
                ("1234567890123456789.0123456789", Cell::Decimal(big), json!("1234567890123456789.0123456789")),
                ("-0.0000000001", Cell::Decimal(-1), json!("-0.0000000001")),
            ],
        ),
        (
            "smalldatetime",
            Kind::SmallDateTime,
            [
                ("'1900-01-01T00:00:00'", Cell::SmallDateTime { days: 0, minutes: 0 }, json!("1900-01-01T00:00:00")),
                (
                    "'2079-06-06T23:59:00'",
                    Cell::SmallDateTime { days: u16::MAX, minutes: 1_439 },
                    json!("2079-06-06T23:59:00"),
                ),
            ],
        ),
        (
            "datetime",
            Kind::DateTime,
            [
                (
                    "'1753-01-01T00:00:00.003'",
                    Cell::DateTime { days: -53_690, ticks: 1 },
                    json!("1753-01-01T00:00:00.003"),
                ),
                (
                    "'9999-12-31T23:59:59.997'",
                    Cell::DateTime { days: 2_958_463, ticks: 25_919_999 },
                    json!("9999-12-31T23:59:59.997"),
                ),
            ],
        ),
        (
            "date",
            Kind::Date,
            [
                ("'0001-01-01'", Cell::Date(0), json!("0001-01-01")),
                ("'9999-12-31'", Cell::Date(3_652_058), json!("9999-12-31")),
            ],
        ),
        (
            "time(7)",
            Kind::Time(7),
            [
                ("'00:00:00'", Cell::Time(0), json!("00:00:00.0000000")),
                ("'23:59:59.9999999'", Cell::Time(863_999_999_999), json!("23:59:59.9999999")),
            ],
        ),
        (
            "datetime2(3)",
            Kind::DateTime2(3),
            [
                ("'0001-01-01T00:00:00'", Cell::DateTime2 { days: 0, time: 0 }, json!("0001-01-01T00:00:00.000")),
                (
                    "'9999-12-31T23:59:59.999'",
                    Cell::DateTime2 { days: 3_652_058, time: 86_399_999 },
                    json!("9999-12-31T23:59:59.999"),
                ),
            ],
        ),
        (
            "datetimeoffset(0)",
            Kind::DateTimeOffset(0),
            [
                (
                    "'2026-03-14T01:30:00+05:30'",
                    Cell::DateTimeOffset { days: 739_687, time: 72_000, offset: 330 },
                    json!("2026-03-14T01:30:00+05:30"),
                ),
                (
                    "'2026-03-13T20:00:00-08:00'",
                    Cell::DateTimeOffset { days: 739_688, time: 14_400, offset: -480 },
                    json!("2026-03-13T20:00:00-08:00"),
                ),
            ],
        ),
        (
            "varchar(20)",
            Kind::VarChar(20),
            [("''", text(""), json!("")), ("'O''Hara'", text("O'Hara"), json!("O'Hara"))],
        ),
        (
            "nchar(3)",
            Kind::NChar(3),
            [("N'ab '", text("ab "), json!("ab ")), ("N'日本語'", text("日本語"), json!("日本語"))],
        ),
        (
            "nvarchar(20)",
            Kind::NVarChar(20),
            [("N''", text(""), json!("")), ("N'Zoë 😀'", text("Zoë 😀"), json!("Zoë 😀"))],
        ),
        (
            "nvarchar(max)",
            Kind::NVarCharMax,
            [
                ("N''", text(""), json!("")),
                (
                    "REPLICATE(CAST(N'é' AS nvarchar(max)), 30000)",
                    Cell::Text("é".repeat(30_000)),
                    json!("é".repeat(30_000)),
                ),
            ],
        ),
        ("ntext", Kind::NText, [("N'a'", text("a"), json!("a")), ("N'ß\n'", text("ß\n"), json!("ß\n"))]),
        (
            "uniqueidentifier",
            Kind::UniqueIdentifier,
            [
                (
                    "'00000000-0000-0000-0000-000000000000'",
                    Cell::Guid([0; 16]),
                    json!("00000000-0000-0000-0000-000000000000"),
                ),
                ("'6F9619FF-8B86-D011-B42D-00C04FC964FF'", guid, json!("6f9619ff-8b86-d011-b42d-00c04fc964ff")),
            ],
        ),
        (
            "xml",
            Kind::Xml,
            [("'<a/>'", text("<a/>"), json!("<a/>")), ("'<b>é</b>'", text("<b>é</b>"), json!("<b>é</b>"))],
        ),
        (
            "sql_variant",
            Kind::SqlVariant,
            [
                ("CAST(7 AS int)", variant(Kind::Int, Cell::Int(7)), json!(7)),
                ("CAST(N'seven' AS nvarchar(20))", variant(Kind::NVarChar(20), text("seven")), json!("seven")),
            ],
        ),
    ]
}

/// Makes the same table on a real server.
async fn make(url: &str) -> PandaOptions {
    let bad = "MSSQL_TEST_URL is `mssql://user:password@host:port/database`";
    let (log_in, place) = url.strip_prefix("mssql://").and_then(|url| url.rsplit_once('@')).expect(bad);
    let (user, password) = log_in.split_once(':').expect(bad);
    let (address, database) = place.split_once('/').expect(bad);
    let (host, port) = address.split_once(':').expect(bad);
    let stand_in = server(Vec::new(), None);
    let options = PandaOptions {
        host: host.to_owned(),
        port: port.parse().expect(bad),
        user: user.to_owned(),
        password: password.into(),
        encryption: Encryption::Required,
        ..options(&stand_in, &[(database, "N")], type_map())
    };
    let columns: Vec<_> = types().iter().enumerate().map(|(at, (sql, ..))| format!("c{at} {sql} NULL")).collect();
    let row = |id: i32, value: &dyn Fn(&(&'static str, Kind, [(&'static str, Cell, Value); 2])) -> String| {
        let values: Vec<_> = types().iter().map(value).collect();
        format!("INSERT INTO dbo.odograft_types VALUES ({id}, {});", values.join(", "))
    };
    let script = format!(
        "DROP TABLE IF EXISTS dbo.odograft_types; CREATE TABLE dbo.odograft_types (id int NOT NULL, {}); {} {} {}",
        columns.join(", "),
        row(1, &|(_, _, values)| values[0].0.to_owned()),
        row(2, &|(_, _, values)| values[1].0.to_owned()),
        row(3, &|_| "NULL".to_owned()),
    );
    let mut connection = super::client::Connection::open(&options, database).await.expect("a connection");
    connection.query("odograft_types", &script, &[]).await.expect("the table is made");
    options
}

fn type_map() -> TableMap {
    serde_json::from_value(json!({"table": "dbo.odograft_types", "key": "id"})).expect("a mapping")
}

#[tokio::test]
async fn every_type_arrives_with_nulls_and_limits() {
    let stand_in;
    let options = match std::env::var("MSSQL_TEST_URL") {
        Ok(url) => make(&url).await,
        Err(_) => {
            let mut columns = vec![column("id", Kind::Int)];
            columns.extend(types().into_iter().enumerate().map(|(at, (_, kind, _))| column(&format!("c{at}"), kind)));
            let row = |id: i64, at: usize| {
                let cells = types().into_iter().map(|(_, _, values)| values[at].1.clone());
                std::iter::once(Cell::Int(id)).chain(cells).collect::<Vec<_>>()
            };
            let nulls = std::iter::once(Cell::Int(3)).chain(types().iter().map(|_| Cell::Null)).collect();
            let rows = vec![row(1, 0), row(2, 1), nulls];
            let table = Table { schema: "dbo".to_owned(), name: "odograft_types".to_owned(), columns, rows };
            stand_in = server(vec![("north", vec![table])], None);
            options(&stand_in, &[("north", "N")], type_map())
        }
    };
    let panda = Panda::open(options).await.expect("the database is good");
    let (rows, _) = walk(&panda).await;
    assert_eq!(rows.len(), 3);
    for (at, (sql, kind, values)) in types().into_iter().enumerate() {
        for (row, expected) in std::iter::zip(&rows, [&values[0].2, &values[1].2, &Value::Null]) {
            let body: BTreeMap<String, &serde_json::value::RawValue> =
                serde_json::from_str(&row.body).expect("a JSON object");
            let found = body[&format!("c{at}")].get();
            // Exact numbers are compared digit by digit.
            let exact = matches!(kind, Kind::SmallMoney | Kind::Money | Kind::Decimal(..) | Kind::Numeric(..));
            let expected = match expected {
                Value::String(digits) if exact => digits.clone(),
                other => other.to_string(),
            };
            assert_eq!(found, expected, "{sql} of row {}", row.id);
        }
    }
}
