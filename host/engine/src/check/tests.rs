use odograft_records::bindings::transform::effects::{Condition, Handover, Lookup};
use odograft_records::bindings::transform::manifest::{Cardinality, Choice, HandoverKind};
use odograft_records::bindings::transform::values::{Decimal, Instant, Span};

use super::*;

const KINDS: usize = 14;

/// One target with a field of each kind, in the order of `manifest.wit`.
fn manifest() -> Manifest {
    let choice = Choice { value: "draft".into(), label: "Draft".into() };
    let kinds: [FieldKind; KINDS] = [
        FieldKind::Char,
        FieldKind::Text,
        FieldKind::Html,
        FieldKind::Integer,
        FieldKind::Float,
        FieldKind::Monetary,
        FieldKind::Boolean,
        FieldKind::Date,
        FieldKind::Datetime,
        FieldKind::Binary,
        FieldKind::Selection(vec![choice]),
        FieldKind::Many2one("res.country".into()),
        FieldKind::Many2many("res.partner.category".into()),
        FieldKind::Many2oneReference("res.partner".into()),
    ];
    let field = |kind: FieldKind| Field {
        name: format!("x_{}", kind_word(&kind).replace('-', "_")),
        kind,
        custom: None,
        section: None,
        groups: Vec::new(),
        sources: Vec::new(),
        rule: String::new(),
    };
    let target = Target {
        object: "patient".into(),
        model: "res.partner".into(),
        cardinality: Cardinality::OneToOne,
        adopt_by: Vec::new(),
        may_create: true,
        needs_app: None,
        needs: Vec::new(),
        fields: kinds.into_iter().map(field).collect(),
        note: String::new(),
    };
    let handover = HandoverKind { object: "patient".into(), title: "Letters".into(), rebuild_in: "Documents".into() };
    Manifest {
        name: "test".into(),
        version: "0".into(),
        targets: vec![target],
        handovers: vec![handover],
        settings: Vec::new(),
        dropped: Vec::new(),
    }
}

fn key() -> SourceKey {
    SourceKey { object: "patient".into(), id: "17".into() }
}

fn by_code(value: Text) -> Lookup {
    let by = vec![Condition { field: "code".into(), value }];
    Lookup { model: "res.country".into(), by, take: String::new() }
}

fn upsert(target: u16, cells: Vec<Cell>) -> Outcome {
    Outcome { upserts: vec![Upsert { target, key: key(), cells }], handovers: Vec::new(), findings: Vec::new() }
}

fn cell(field: u16, value: Value) -> Cell {
    Cell { field, value }
}

fn fault(outcome: &Outcome) -> Fault {
    check(&manifest(), &Texts::new(), outcome).expect_err("the outcome is wrong")
}

fn handover(kind: u16, document: &str) -> Outcome {
    let handover = Handover { kind, key: key(), document: document.into() };
    Outcome { upserts: Vec::new(), handovers: vec![handover], findings: Vec::new() }
}

#[test]
fn every_pair_of_field_and_value_is_judged_as_the_contract_says() {
    let country = by_code("GB".into());
    // What a user's contact is, Odoo alone knows.
    let taken = Lookup { model: "res.users".into(), take: "partner_id".into(), ..country.clone() };
    let file = odograft_records::bindings::transform::effects::File {
        handle: "7".into(),
        name: "x.png".into(),
        media_type: None,
    };
    let values = [
        (Value::Boolean(true), vec![6]),
        (Value::Integer(7), vec![3, 4, 5]),
        (Value::Float(0.5), vec![4]),
        (Value::Decimal(Decimal { unscaled: 1234, scale: 2 }), vec![4, 5]),
        (Value::Text("draft".into()), vec![0, 1, 2, 10]),
        (Value::Date(Date { year: 2024, month: 2, day: 29 }), vec![7]),
        (Value::Datetime(Instant { seconds: -1, nanoseconds: 0 }), vec![8]),
        (Value::Reference(Reference::Source(key())), vec![11, 13]),
        (Value::References(vec![Reference::Source(key())]), vec![12]),
        (Value::File(file), vec![9]),
        (Value::Empty, (0..KINDS).collect()),
        (Value::Reference(Reference::Lookup(country)), vec![11]),
        (Value::Reference(Reference::Lookup(taken)), vec![11, 13]),
    ];
    for (value, fitting) in values {
        for field in 0..KINDS {
            let index = u16::try_from(field).expect("few fields");
            let result = check(&manifest(), &Texts::new(), &upsert(0, vec![cell(index, value.clone())]));
            assert_eq!(result.is_ok(), fitting.contains(&field), "field {field}, {}", value_word(&value));
            if let Err(fault) = result {
                assert_eq!(fault.kind, FaultKind::WrongValueKind, "{fault}");
            }
        }
    }
}

#[test]
fn the_undeclared_is_named() {
    let target = fault(&upsert(1, Vec::new()));
    assert_eq!(target.kind, FaultKind::UndeclaredTarget);
    assert_eq!(
        target.message,
        "the module wrote to target 1, its manifest declares 1; hint: declare the target in `describe`, under the same settings"
    );
    let field = fault(&upsert(0, vec![cell(14, Value::Empty)]));
    assert_eq!(field.kind, FaultKind::UndeclaredField);
    assert!(
        field.message.starts_with("the module wrote to field 14 of `res.partner`, its manifest declares 14 fields")
    );
    assert_eq!(fault(&handover(1, "{}")).kind, FaultKind::UndeclaredHandover);
    assert!(check(&manifest(), &Texts::new(), &handover(0, "{}")).is_ok());
}

#[test]
fn values_that_cannot_be_are_refused() {
    let selection = Value::Text("secret diagnosis".into());
    let cases = [
        (7, Value::Date(Date { year: 2023, month: 2, day: 29 })),
        (7, Value::Date(Date { year: 0, month: 1, day: 1 })),
        (7, Value::Date(Date { year: 2023, month: 255, day: 1 })),
        (8, Value::Datetime(Instant { seconds: i64::MAX, nanoseconds: 0 })),
        (8, Value::Datetime(Instant { seconds: 0, nanoseconds: 1_000_000_000 })),
        (4, Value::Float(f64::NAN)),
        (3, Value::Integer(i64::from(i32::MAX) + 1)),
        (10, selection),
        (11, Value::Reference(Reference::ExternalId(String::new()))),
        (11, Value::Reference(Reference::Source(SourceKey { object: "site".into(), id: "".into() }))),
    ];
    for (field, value) in cases {
        let fault = fault(&upsert(0, vec![cell(field, value)]));
        assert_eq!(fault.kind, FaultKind::BadValue, "field {field}: {fault}");
        assert!(!fault.message.contains("secret"), "a message never repeats a value");
    }
    assert_eq!(fault(&handover(0, "{")).kind, FaultKind::BadValue);
}

#[test]
fn a_field_filled_twice_is_refused() {
    let fault = fault(&upsert(0, vec![cell(0, Value::Empty), cell(0, Value::Empty)]));
    assert_eq!(fault.kind, FaultKind::RepeatedField);
}

#[test]
fn a_span_must_be_a_part_of_the_batchs_texts() {
    let mut texts = Texts::new();
    let good = texts.add("Zoë");
    let given = |start, length| Value::Text(Text::Given(Span { start, length }));
    let judge = |value: Value| check(&manifest(), &texts, &upsert(0, vec![cell(0, value)])).map_err(|fault| fault.kind);
    assert_eq!(judge(given(good.start, good.length)), Ok(()));
    for (start, length) in [(0, 3), (3, 1), (1, 4), (u32::MAX, 1), (0, u32::MAX)] {
        assert_eq!(judge(given(start, length)), Err(FaultKind::BadValue), "{start} + {length}");
    }
    let outside = by_code(Text::Given(Span { start: 9, length: 1 }));
    for lookup in [Lookup { by: Vec::new(), ..outside.clone() }, outside] {
        let outcome = upsert(0, vec![cell(11, Value::Reference(Reference::Lookup(lookup)))]);
        assert_eq!(check(&manifest(), &texts, &outcome).map_err(|f| f.kind), Err(FaultKind::BadValue));
    }
    let key = SourceKey { object: "patient".into(), id: Text::Given(Span { start: 2, length: 1 }) };
    let outcome = Outcome { upserts: vec![Upsert { target: 0, key, cells: Vec::new() }], ..upsert(0, Vec::new()) };
    assert_eq!(check(&manifest(), &texts, &outcome).map_err(|f| f.kind), Err(FaultKind::BadValue));
}
