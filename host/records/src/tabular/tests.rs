use serde_json::json;

use super::*;
use crate::bindings::transform::values::{Date, Decimal, Instant};

fn manifest() -> String {
    json!({
        "date_order": "dmy", "decimal_mark": ",", "time_zone": "Europe/Berlin", "true_words": ["Ja"], "false_words": ["nein"],
        "tables": {
            "client": {"key": "number", "columns": {"number": "text", "name": "text", "born": "date", "recall": "boolean"}},
            "visit": {"key": "id", "parent": {"object": "client", "column": "client"},
                      "columns": {"id": "integer", "client": "text", "begins": "datetime", "minutes": "integer"}},
            "balance": {"parent": {"object": "client", "column": "client"}, "gathered": true,
                        "columns": {"client": "text", "amount": "decimal"}},
        },
    })
    .to_string()
}

/// A record of these rows: its cells as text, what was said of it, and the record itself with its texts.
fn assembled(object: &str, row: &str, lists: &[Vec<(&str, &str)>]) -> Result<(Gathered<Row>, Texts), DecodeError> {
    let (assembler, mut texts) = (Assembler::open(&manifest()).expect("a good manifest"), Texts::new());
    let objects = Assembler::objects(&manifest()).expect("a good manifest");
    let all = objects.all();
    let object = all.iter().find(|own| own.name == object).expect("a declared table");
    let rows = Staged { key: "staged", row, lists, latest: false };
    assembler.assemble(object, &rows, &mut texts).map(|gathered| (gathered, texts))
}

fn cells<'t>(cells: &[ExtraField], texts: &'t Texts) -> Vec<(&'t str, String)> {
    let value = |value: Scalar| match value {
        Scalar::Text(span) => texts.get(span).expect("a text").to_owned(),
        other => format!("{other:?}"),
    };
    cells.iter().map(|cell| (texts.get(cell.name).expect("a name"), value(cell.value))).collect()
}

#[test]
fn columns_are_what_they_are_declared_to_be() {
    let row = r#"{"number":" 0017 ","name":" Zoë ","born":"29.02.1988","recall":"JA","Bonus":"12","x":""}"#;
    let (gathered, texts) = assembled("client", row, &[vec![]]).expect("a record");
    let record = gathered.record;
    assert_eq!((texts.get(record.object), texts.get(record.id), record.parent), (Some("client"), Some("0017"), None));
    let born = Scalar::Date(Date { year: 1988, month: 2, day: 29 });
    assert_eq!(
        cells(&record.cells, &texts),
        [
            ("number", " 0017 ".to_owned()),
            ("name", " Zoë ".to_owned()),
            ("born", format!("{born:?}")),
            ("recall", format!("{:?}", Scalar::Boolean(true))),
            ("Bonus", "12".to_owned()),
        ]
    );
    assert_eq!(gathered.problems, []);
}

#[test]
fn rows_are_gathered_below_the_row_that_they_belong_to() {
    let below =
        [vec![("17/a", r#"{"client":"17","amount":"1.234,50 €"}"#), ("17/b", "[]"), ("17/c", r#"{"amount":"12,x"}"#)]];
    let (gathered, texts) = assembled("client", r#"{"number":"17"}"#, &below).expect("a record");
    let children = gathered.record.children;
    let ids: Vec<_> = children.iter().map(|child| (texts.get(child.object), texts.get(child.id))).collect();
    assert_eq!(ids, [(Some("balance"), Some("17/a")), (Some("balance"), Some("17/c"))]);
    let amount = Scalar::Decimal(Decimal { unscaled: 123_450, scale: 2 });
    assert_eq!(cells(&children[0].cells, &texts), [("amount", format!("{amount:?}"))]);
    assert_eq!(cells(&children[1].cells, &texts), [("amount", "12,x".to_owned())]);
    let message = Locale::NO_AMOUNT;
    assert_eq!(gathered.problems, [Problem { field: "client.balance.amount".to_owned(), message }]);
    assert_eq!((gathered.refused.len(), gathered.refused[0].0.as_str()), (1, "17/b"));
}

#[test]
fn what_cannot_be_read_is_told_and_carried_as_text() {
    let row = r#"{"id":"9","client":" 17 ","begins":"25.10.2026 02:30","minutes":"half an hour"}"#;
    let (gathered, texts) = assembled("visit", row, &[]).expect("a record");
    assert_eq!((gathered.record.parent.and_then(|key| texts.get(key))), Some("17"));
    // In Berlin the clocks show 02:30 at 00:30Z and once more an hour later.
    let begins = Scalar::Instant(Instant { seconds: 1_792_888_200, nanoseconds: 0 });
    assert_eq!(
        cells(&gathered.record.cells, &texts),
        [
            ("id", format!("{:?}", Scalar::Integer(9))),
            ("client", " 17 ".to_owned()),
            ("begins", format!("{begins:?}")),
            ("begins", "25.10.2026 02:30".to_owned()),
            ("minutes", "half an hour".to_owned()),
        ]
    );
    let told: Vec<_> = gathered.problems.iter().map(|problem| (problem.field.as_str(), problem.message)).collect();
    assert_eq!(told, [("visit.begins", Moment::TWICE), ("visit.minutes", "is not a whole number")]);
}

#[test]
fn a_row_without_its_key_is_no_record() {
    for row in [r#"{"number":" ","name":"Kim"}"#, r#"{"name":"Kim"}"#, "17", r#"{"number":{"a":1}}"#] {
        let error = assembled("client", row, &[vec![]]).expect_err("no record");
        assert!(!error.to_string().contains("Kim") && error.to_string().starts_with("client"), "{error}");
    }
}

#[test]
fn the_manifest_gives_the_objects_and_their_fields() {
    let objects = Assembler::objects(&manifest()).expect("a good manifest");
    let all = objects.all();
    assert_eq!(all.iter().map(|object| object.name).collect::<Vec<_>>(), ["client", "visit"]);
    assert_eq!(all[0].below().collect::<Vec<_>>(), ["balance"]);
    let kinds = |part: usize| -> Vec<_> {
        all[0].parts[part].fields.iter().map(|field| (&*field.name, field.kind, field.required)).collect()
    };
    assert_eq!(kinds(1)[0], ("number", Kind::Text, true));
    assert_eq!(kinds(2), [("client", Kind::Link, false), ("amount", Kind::Decimal, false)]);
}

#[test]
fn a_manifest_that_does_not_say_enough_is_named() {
    let said =
        |tables: Value| Tables::decode(&json!({ "tables": tables }).to_string()).expect_err("refused").to_string();
    assert!(Tables::decode("{}").expect_err("refused").to_string().contains("`tables`"));
    assert!(said(json!({"client": {"key": "id"}})).contains("`tables.client.columns`"));
    assert!(
        said(json!({"client": {"columns": {"id": "number"}}})).contains("`tables.client.columns.id` must be `text`")
    );
}
