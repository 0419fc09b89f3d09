//! The crossing itself: every field of every record arrives as it was sent, and every kind of value comes back as it
//! was returned. The host writes and reads the sandbox's memory by itself, so this is what holds it to the contract.

use odograft_engine::{Answer, Limits, Module, Perio, Tabular};
use odograft_records::bindings::dentally::records::Entity;
use odograft_records::bindings::perio::records::{Exam, MarginSign, Measure, Notation, Reading, Surface};
use odograft_records::bindings::tabular::records::{Child, Row};
use odograft_records::bindings::transform::effects::{
    Cell, File, Finding, Handover, Lookup, Outcome, Reference, Rejection, Severity, SourceKey, Text, Upsert, Value,
};
use odograft_records::bindings::transform::values::{Date, Decimal, ExtraField, Instant, Scalar, Span};
use odograft_records::dentally::{Assembler, api_name, decode};
use odograft_records::{Assemble, Texts};
use serde_json::{Value as Json, json};

use crate::guests;

/// The fields of a record of the interface, each with another value than all others of its kind.
fn row(wit: &str, record: &str) -> Json {
    let (_, rest) = wit.split_once(&format!("record {record} {{")).expect("the interface has the record");
    let (body, _) = rest.split_once('}').expect("the record ends");
    let mut row = serde_json::Map::new();
    for line in body.lines().map(str::trim).filter(|line| !line.starts_with("///")) {
        let Some((name, kind)) = line.trim_end_matches(',').split_once(": ") else { continue };
        let (name, n) = (api_name(&name.replace('-', "_")), row.len() + 1);
        let value = match kind.trim_start_matches("option<").trim_end_matches('>') {
            "span" => json!(format!("{record} {n}")),
            "bool" => json!(n.is_multiple_of(2)),
            "s64" => json!(n),
            "date" => json!(format!("{}-02-28", 1900 + n)),
            "instant" => json!(format!("20{n:02}-02-28T08:30:00.000000{n:03}Z")),
            "user" => self::row(wit, "user"),
            "list<extra-field" => continue,
            other => panic!("a kind that this test does not know: {other}"),
        };
        row.insert(name, value);
    }
    Json::Object(row)
}

fn extras(texts: &mut Texts) -> Vec<ExtraField> {
    let text = texts.add("text");
    let scalars = [
        Scalar::Boolean(true),
        Scalar::Integer(i64::MIN),
        Scalar::Float(-0.1),
        Scalar::Decimal(Decimal { unscaled: -1234, scale: 2 }),
        Scalar::Text(text),
        Scalar::Date(Date { year: 9999, month: 12, day: 31 }),
        Scalar::Instant(Instant { seconds: -62_135_596_800, nanoseconds: 1 }),
    ];
    let named = |(n, value)| ExtraField { name: texts.add(&format!("extra {n}")), value };
    scalars.into_iter().enumerate().map(named).collect()
}

/// Each object with all its fields, with none but those that it must have, and with extra columns.
fn entities(texts: &mut Texts) -> Vec<Entity> {
    let wit = include_str!("../../wit/dentally/dentally.wit");
    let mut entities = Vec::new();
    for object in Assembler::OBJECTS.iter().map(|object| object.name) {
        let full = row(wit, object);
        let bare = json!({"id": full["id"], "start_time": "2026-03-02T09:00:00Z"});
        for (row, with_extras) in [(full, true), (bare, false)] {
            let decoded = decode(object, "1", &row.to_string(), texts).expect("decodes");
            assert_eq!(decoded.problems, []);
            let mut entity = decoded.record;
            let extra = match &mut entity {
                Entity::Patient(patient) => &mut patient.extra,
                Entity::Practitioner(practitioner) => &mut practitioner.extra,
                Entity::Site(site) => &mut site.extra,
                Entity::Appointment(appointment) => &mut appointment.extra,
            };
            if with_extras {
                assert!(extra.is_empty(), "the interface names every column: {extra:?}");
                extra.extend(extras(texts));
            }
            entities.push(entity);
        }
    }
    entities
}

fn id(entity: &Entity) -> Span {
    match entity {
        Entity::Patient(patient) => patient.id,
        Entity::Practitioner(practitioner) => practitioner.id,
        Entity::Site(site) => site.id,
        Entity::Appointment(appointment) => appointment.id,
    }
}

/// What `guests/adversarial/examples/mirror.rs` returns for a record.
fn expected(entity: &Entity) -> Outcome {
    let id = Text::Given(id(entity));
    let key = |object: &str| SourceKey { object: object.to_owned(), id: id.clone() };
    let lookup = || Reference::Lookup(Lookup { model: "res.country".into(), field: "code".into(), value: id.clone() });
    let file = |media_type| Value::File(File { handle: "h".into(), name: "n".into(), media_type });
    let values = vec![
        Value::Empty,
        Value::Boolean(true),
        Value::Integer(-7),
        Value::Float(0.5),
        Value::Decimal(Decimal { unscaled: -1234, scale: 2 }),
        Value::Text(id.clone()),
        Value::Text(Text::Made("Zoë".into())),
        Value::Date(Date { year: 2024, month: 2, day: 29 }),
        Value::Datetime(Instant { seconds: -1, nanoseconds: 999_999_999 }),
        Value::Reference(Reference::Source(key("site"))),
        Value::Reference(Reference::Source(key("site"))),
        Value::Reference(lookup()),
        Value::References(vec![Reference::ExternalId("base.uk".into()), lookup()]),
        file(None),
        file(Some("text/plain".into())),
    ];
    let finding = |severity, field: Option<&str>| Finding {
        severity,
        code: "c".into(),
        field: field.map(Into::into),
        message: "m".into(),
    };
    let cell = |(field, value)| Cell { field, value };
    Outcome {
        upserts: vec![Upsert {
            target: 0,
            key: key("patient"),
            cells: std::iter::zip(0.., values).map(cell).collect(),
        }],
        handovers: vec![Handover { kind: 0, key: key("patient"), document: format!("\"{entity:?}\"") }],
        findings: vec![
            finding(Severity::Info, None),
            finding(Severity::Warning, Some("patient.id")),
            finding(Severity::Error, None),
        ],
    }
}

#[test]
fn every_field_goes_in_and_every_kind_of_value_comes_out() {
    let (module, described) = guests::described(&guests::engine(), "mirror", Limits::default());
    let mut texts = Texts::new();
    let entities = entities(&mut texts);
    let report = module.transform(&guests::context(), &described.manifest, &texts, &entities);
    assert_eq!(report.calls, 1);
    assert_eq!(report.answers.len(), entities.len());
    for (entity, answer) in std::iter::zip(&entities, &report.answers) {
        assert_eq!(*answer, Answer::Outcome(expected(entity)));
    }
}

#[test]
fn a_rejection_comes_out_whole() {
    let (module, described) = guests::described(&guests::engine(), "mirror", Limits::default());
    let mut texts = Texts::new();
    let decoded = decode("site", "1", r#"{"id":"rejected"}"#, &mut texts).expect("decodes");
    let report = module.transform(&guests::context(), &described.manifest, &texts, &[decoded.record]);
    let rejection =
        Rejection { code: "mirror".into(), field: Some("patient.id".into()), message: "turned down".into() };
    assert_eq!(report.answers, [Answer::Rejected(rejection)]);
}

#[test]
fn every_reading_of_an_exam_goes_in() {
    const SURFACES: [Surface; 6] = [
        Surface::MesioBuccal,
        Surface::Buccal,
        Surface::DistoBuccal,
        Surface::MesioLingual,
        Surface::Lingual,
        Surface::DistoLingual,
    ];
    const MEASURES: [Measure; 12] = [
        Measure::ProbingDepth,
        Measure::GingivalMargin,
        Measure::AttachmentLevel,
        Measure::Bleeding,
        Measure::Suppuration,
        Measure::Plaque,
        Measure::Calculus,
        Measure::Furcation,
        Measure::Mobility,
        Measure::MucogingivalJunction,
        Measure::Missing,
        Measure::Implant,
    ];
    let mut texts = Texts::new();
    let mut exams = Vec::new();
    for (notation, margin_sign, latest) in [
        (Notation::Universal, MarginSign::RecessionPositive, true),
        (Notation::Fdi, MarginSign::RecessionNegative, false),
        (Notation::Palmer, MarginSign::RecessionPositive, false),
    ] {
        let mut readings = Vec::new();
        for (value, measure) in std::iter::zip(-3.., MEASURES) {
            let tooth = texts.add(&format!("1{value}"));
            let surfaces = SURFACES.into_iter().map(Some).chain([None]);
            readings.extend(surfaces.map(|surface| Reading { tooth, surface, measure, value }));
        }
        readings[0].value = i16::MIN;
        exams.push(Exam {
            id: texts.add("E1"),
            patient_id: texts.add("17"),
            examined_on: Date { year: 2026, month: 3, day: 2 },
            examiner: latest.then(|| texts.add("Dr Example")),
            notation,
            margin_sign,
            classification: latest.then(|| texts.add("Stage II")),
            latest,
            readings: if notation == Notation::Palmer { Vec::new() } else { readings },
            note: (!latest).then(|| texts.add("a note")),
            extra: if latest { extras(&mut texts) } else { Vec::new() },
        });
    }
    let module: Module<Perio> =
        Module::load(&guests::engine(), "mirror-exam", &guests::bytes("mirror-exam"), Limits::default())
            .expect("the module is sound");
    let manifest = module.describe(&[]).expect("the module describes itself").manifest;
    let report = module.transform(&guests::context(), &manifest, &texts, &exams);
    assert_eq!(report.answers.len(), exams.len());
    for (exam, answer) in std::iter::zip(&exams, &report.answers) {
        let Answer::Outcome(outcome) = answer else { panic!("{answer:?}") };
        assert_eq!(outcome.findings[0].message, format!("{exam:?}"));
    }
}

#[test]
fn every_cell_of_a_row_and_of_those_below_it_goes_in() {
    let mut texts = Texts::new();
    let child = |object: &str, cells, texts: &mut Texts| Child { object: texts.add(object), id: texts.add("1"), cells };
    let children = vec![
        child("balance", extras(&mut texts), &mut texts),
        child("balance", Vec::new(), &mut texts),
        child("note", extras(&mut texts), &mut texts),
    ];
    let row = |parent: Option<&str>, cells, children, texts: &mut Texts| {
        let parent = parent.map(|key| texts.add(key));
        Row { object: texts.add("client"), id: texts.add("17"), parent, cells, children }
    };
    let rows = vec![
        row(Some("F-1"), extras(&mut texts), children, &mut texts),
        row(None, Vec::new(), Vec::new(), &mut texts),
        row(None, extras(&mut texts), Vec::new(), &mut texts),
    ];
    let module: Module<Tabular> =
        Module::load(&guests::engine(), "mirror-row", &guests::bytes("mirror-row"), Limits::default())
            .expect("the module is sound");
    let manifest = module.describe(&[]).expect("the module describes itself").manifest;
    let report = module.transform(&guests::context(), &manifest, &texts, &rows);
    assert_eq!(report.answers.len(), rows.len());
    for (row, answer) in std::iter::zip(&rows, &report.answers) {
        let Answer::Outcome(outcome) = answer else { panic!("{answer:?}") };
        assert_eq!(outcome.findings[0].message, format!("{row:?}"));
    }
}
