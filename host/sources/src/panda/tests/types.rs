//! A column of every type, with the smallest and the largest value and null.

use std::collections::BTreeMap;

use odograft_standins::mssql::{Cell, Kind, Table};
use serde_json::{Value, json};

use super::suite::Ground;
use super::{column, walk};
use crate::SourceRow;
use crate::open_file::tests::whole;
use crate::panda::{Panda, TableMap};

/// A type's name in SQL, and two values as SQL and as the stand-in write them and as JSON shows them.
type Typed = (&'static str, Kind, [(&'static str, Cell, Value); 2]);

/// The table's name.
const TABLE: &str = "odograft_types";

fn types() -> Vec<Typed> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let guid =
        Cell::Guid([0xff, 0x19, 0x96, 0x6f, 0x86, 0x8b, 0x11, 0xd0, 0xb4, 0x2d, 0, 0xc0, 0x4f, 0xc9, 0x64, 0xff]);
    let variant = |kind, cell| Cell::Variant(Box::new((kind, cell)));
    let most = 10_i128.pow(38) - 1;
    // Its content is read apart.
    let bytes = |sql, bytes: &[u8]| (sql, Cell::Bytes(bytes.to_vec()), Value::Null);
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
            "decimal(38, 0)",
            Kind::Decimal(38, 0),
            [
                (
                    "-99999999999999999999999999999999999999",
                    Cell::Decimal(-most),
                    json!("-99999999999999999999999999999999999999"),
                ),
                ("1", Cell::Decimal(1), json!("1")),
            ],
        ),
        (
            "numeric(38, 38)",
            Kind::Numeric(38, 38),
            [
                (
                    "0.99999999999999999999999999999999999999",
                    Cell::Decimal(most),
                    json!("0.99999999999999999999999999999999999999"),
                ),
                ("0", Cell::Decimal(0), json!("0.00000000000000000000000000000000000000")),
            ],
        ),
        (
            "time(0)",
            Kind::Time(0),
            [("'00:00:00'", Cell::Time(0), json!("00:00:00")), ("'23:59:59'", Cell::Time(86_399), json!("23:59:59"))],
        ),
        (
            "datetime2(7)",
            Kind::DateTime2(7),
            [
                ("'0001-01-01T00:00:00'", Cell::DateTime2 { days: 0, time: 0 }, json!("0001-01-01T00:00:00.0000000")),
                (
                    "'9999-12-31T23:59:59.9999999'",
                    Cell::DateTime2 { days: 3_652_058, time: 863_999_999_999 },
                    json!("9999-12-31T23:59:59.9999999"),
                ),
            ],
        ),
        (
            "datetimeoffset(7)",
            Kind::DateTimeOffset(7),
            [
                (
                    "'0001-01-01T00:00:00+00:00'",
                    Cell::DateTimeOffset { days: 0, time: 0, offset: 0 },
                    json!("0001-01-01T00:00:00.0000000+00:00"),
                ),
                (
                    "'2026-03-14T01:30:00.1234567+14:00'",
                    Cell::DateTimeOffset { days: 739_687, time: 414_001_234_567, offset: 840 },
                    json!("2026-03-14T01:30:00.1234567+14:00"),
                ),
            ],
        ),
        ("varbinary(20)", Kind::VarBinary(20), [bytes("0x", &[]), bytes("0x00ff", &[0, 0xff])]),
        ("varbinary(max)", Kind::VarBinaryMax, [bytes("0x", &[]), bytes("0x010203", &[1, 2, 3])]),
        ("image", Kind::Image, [bytes("0x00", &[0]), bytes("0xfeff", &[0xfe, 0xff])]),
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

/// What makes the same table on a real server.
fn script() -> String {
    let columns: Vec<_> = types().iter().enumerate().map(|(at, (sql, ..))| format!("c{at} {sql} NULL")).collect();
    let row = |id: i32, value: &dyn Fn(&Typed) -> String| {
        let values: Vec<_> = types().iter().map(value).collect();
        format!("INSERT INTO dbo.{TABLE} VALUES ({id}, {});", values.join(", "))
    };
    format!(
        "DROP TABLE IF EXISTS dbo.{TABLE}; CREATE TABLE dbo.{TABLE} (id int NOT NULL, {}); {} {} {}",
        columns.join(", "),
        row(1, &|(_, _, values)| values[0].0.to_owned()),
        row(2, &|(_, _, values)| values[1].0.to_owned()),
        row(3, &|_| "NULL".to_owned()),
    )
}

/// The same table for the stand-in.
fn table() -> Table {
    let mut columns = vec![column("id", Kind::Int)];
    columns.extend(types().into_iter().enumerate().map(|(at, (_, kind, _))| column(&format!("c{at}"), kind)));
    let row = |id: i64, at: usize| {
        let cells = types().into_iter().map(|(_, _, values)| values[at].1.clone());
        std::iter::once(Cell::Int(id)).chain(cells).collect::<Vec<_>>()
    };
    let nulls = std::iter::once(Cell::Int(3)).chain(types().iter().map(|_| Cell::Null)).collect();
    Table { schema: "dbo".to_owned(), name: TABLE.to_owned(), columns, rows: vec![row(1, 0), row(2, 1), nulls] }
}

/// What a row's binary column holds.
fn content(values: &[(&'static str, Cell, Value); 2], row: &SourceRow) -> Option<Vec<u8>> {
    let at: usize = row.id.strip_prefix("N/")?.parse().ok()?;
    match values.get(at - 1)? {
        (_, Cell::Bytes(bytes), _) => Some(bytes.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn every_type_arrives_with_nulls_and_limits() {
    let map: TableMap =
        serde_json::from_value(json!({"table": format!("dbo.{TABLE}"), "key": "id"})).expect("a mapping");
    let ground = Ground::of(map, vec![table()], &script()).await;
    let panda = Panda::open(ground.options.clone()).await.expect("the database is good");
    let (rows, _) = walk(&panda).await;
    assert_eq!(rows.len(), 3);
    for (at, (sql, kind, values)) in types().into_iter().enumerate() {
        for (row, expected) in std::iter::zip(&rows, [&values[0].2, &values[1].2, &Value::Null]) {
            let body: BTreeMap<String, &serde_json::value::RawValue> =
                serde_json::from_str(&row.body).expect("a JSON object");
            let found = body[&format!("c{at}")].get();
            if let Some(content) = content(&values, row) {
                let handle: String = serde_json::from_str(found).expect("a handle");
                let file = panda.open_file(&handle).await.expect("it is there");
                assert_eq!(file.length, Some(content.len() as u64), "{sql} of row {}", row.id);
                assert!(whole(file).await == content, "{sql} of row {}", row.id);
                continue;
            }
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
