//! The crossing itself: every field of every record arrives as it was sent, and every kind of value comes back as it
//! was returned. The host writes and reads the sandbox's memory by itself, so this is what holds it to the contract.

use odograft_engine::{Answer, Limits, Module, PandaPerio, Perio, Tabular};
use odograft_records::bindings::dentally::records::Entity;
use odograft_records::bindings::perio::records::{Exam, MarginSign, Measure, Notation, Reading, Surface};
use odograft_records::bindings::tabular::records::{Child, Row};
use odograft_records::bindings::transform::effects::{
    Cell, Condition, File, Finding, Handover, Lookup, Outcome, Reference, Rejection, Severity, SourceKey, Text, Upsert,
    Value,
};
use odograft_records::bindings::transform::values::{Date, Decimal, ExtraField, Instant, Scalar, Span};
use odograft_records::dentally::{Assembler, api_name, decode};
use odograft_records::{Assemble, Staged, Texts, panda_perio};
use serde_json::{Value as Json, json};

use crate::guests;

/// The package of Dentally's contract.
const WIT: &str = concat!(
    include_str!("../../wit/dentally/dentally.wit"),
    include_str!("../../wit/dentally/lists.wit"),
    include_str!("../../wit/dentally/care.wit"),
    include_str!("../../wit/dentally/money.wit"),
);

/// The fields of a record of the interface, each with another value than all others of its kind.
fn row(wit: &str, record: &str) -> Json {
    let (_, rest) = wit.split_once(&format!("record {record} {{")).expect("the interface has the record");
    let (body, _) = rest.split_once("\n    }").expect("the record ends");
    let mut row = serde_json::Map::new();
    for line in body.lines().map(str::trim).filter(|line| !line.starts_with("///")) {
        let Some((name, kind)) = line.trim_end_matches(',').split_once(": ") else { continue };
        let (name, n) = (api_name(&name.replace('-', "_")), row.len() + 1);
        let value = match kind.trim_start_matches("option<").trim_end_matches('>') {
            // What has no form is carried as it is written.
            "span" if matches!(name.as_str(), "opening_hours" | "portal_settings") => json!({ "Monday": n }),
            "span" => json!(format!("{record} {n}")),
            "bool" => json!(n.is_multiple_of(2)),
            "s64" => json!(n),
            "decimal" => json!(format!("-{n}.50")),
            "date" => json!(format!("{}-02-28", 1900 + n)),
            "instant" => json!(format!("20{n:02}-02-28T08:30:00.000000{n:03}Z")),
            "scalar" => json!(n),
            "user" => self::row(wit, "user"),
            "list<span" => json!([format!("{record} {n}.1"), format!("{record} {n}.2")]),
            "list<custom-value" => json!([self::row(wit, "custom-value"), { "name": "empty" }]),
            "list<explanation" => json!([self::row(wit, "explanation"), {}]),
            // Rows of their own, and columns that the interface does not name.
            list if list.starts_with("list<") => continue,
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

/// Where a record keeps columns that the interface does not name.
fn extra(entity: &mut Entity) -> Option<&mut Vec<ExtraField>> {
    Some(match entity {
        Entity::Patient(patient) => &mut patient.extra,
        Entity::Practitioner(practitioner) => &mut practitioner.extra,
        Entity::Site(site) => &mut site.extra,
        Entity::Appointment(appointment) => &mut appointment.extra,
        Entity::Practice(practice) => &mut practice.extra,
        Entity::PaymentPlan(plan) => &mut plan.extra,
        Entity::AcquisitionSource(source) => &mut source.extra,
        Entity::Treatment(treatment) => &mut treatment.extra,
        Entity::AppointmentReason(reason) => &mut reason.extra,
        Entity::AppointmentCancellationReason(reason) => &mut reason.extra,
        Entity::CustomField(field) => &mut field.extra,
        Entity::TreatmentPlan(plan) => &mut plan.extra,
        Entity::TreatmentHistory(_) | Entity::AccountHistory(_) => return None,
        Entity::Recall(recall) => &mut recall.extra,
        Entity::Image(image) => &mut image.extra,
        Entity::Template(template) => &mut template.extra,
    })
}

/// Each object with all its fields and two rows in each list, with none but those that it must have, and with extra columns.
fn entities(texts: &mut Texts) -> Vec<Entity> {
    let mut entities = Vec::new();
    for object in Assembler::OBJECTS {
        let name = object.name.replace('_', "-");
        let full = if object.own() { row(WIT, &name).to_string() } else { String::new() };
        let bare = json!({"id": "bare", "start_time": "2026-03-02T09:00:00Z"}).to_string();
        for (body, filled) in [(full, true), (bare, false)] {
            let below = |staged: &str| {
                if filled { vec![row(WIT, &staged.replace('_', "-")).to_string(); 2] } else { Vec::new() }
            };
            let lists: Vec<Vec<String>> = object.below().map(below).collect();
            let lists: Vec<Vec<(&str, &str)>> =
                lists.iter().map(|rows| rows.iter().map(|row| ("key", row.as_str())).collect()).collect();
            let rows = Staged { key: "17", row: &body, lists: &lists, latest: false };
            let gathered = Assembler.assemble(object, &rows, texts).expect("a record");
            assert_eq!((gathered.problems.len(), gathered.refused.len()), (0, 0), "{:?}", gathered.problems);
            let mut entity = gathered.record;
            if let Some(extra) = extra(&mut entity).filter(|_| filled) {
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
        Entity::Practice(practice) => practice.id,
        Entity::PaymentPlan(plan) => plan.id,
        Entity::AcquisitionSource(source) => source.id,
        Entity::Treatment(treatment) => treatment.id,
        Entity::AppointmentReason(reason) => reason.id,
        Entity::AppointmentCancellationReason(reason) => reason.id,
        Entity::CustomField(field) => field.id,
        Entity::TreatmentPlan(plan) => plan.id,
        Entity::TreatmentHistory(history) => history.patient_id,
        Entity::AccountHistory(history) => history.patient_id,
        Entity::Recall(recall) => recall.id,
        Entity::Image(image) => image.id,
        Entity::Template(template) => template.id,
    }
}

/// What `guests/adversarial/examples/mirror.rs` returns for a record.
fn expected(entity: &Entity) -> Outcome {
    let id = Text::Given(id(entity));
    let key = |object: &str| SourceKey { object: object.to_owned(), id: id.clone() };
    let condition = |field: &str| Condition { field: field.into(), value: id.clone() };
    let by = || vec![condition("code"), condition("currency_id.name")];
    let lookup = || Reference::Lookup(Lookup { model: "res.country".into(), by: by(), take: "parent_id".into() });
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
fn every_field_of_panda_perio_goes_in() {
    let wit = include_str!("../../wit/panda-perio/panda-perio.wit");
    let assembler = panda_perio::Assembler::open(r#"{"date_order":"ymd","decimal_mark":".","time_zone":"UTC"}"#);
    let assembler = assembler.expect("a good manifest");
    let (mut texts, mut entities) = (Texts::new(), Vec::new());
    for object in panda_perio::Assembler::OBJECTS {
        let row = row(wit, object.name);
        let bare = json!({"id": row["id"], "clinic_id": "N"});
        let mut full = row.clone();
        full["of the practice's own"] = json!([true, -7, 12.50, "words", "1e5"]);
        for is_full in [true, false] {
            let row = if is_full { &full } else { &bare }.to_string();
            let below = |staged| if is_full { self::row(wit, staged) } else { json!({"id": "N/9"}) };
            let below: Vec<String> = object.below().map(|staged| below(staged).to_string()).collect();
            let lists: Vec<_> = below.iter().map(|row| vec![("N/9", row.as_str()), ("N/9", row.as_str())]).collect();
            let rows = Staged { key: "N/1", row: &row, lists: &lists, latest: false };
            let gathered = assembler.assemble(object, &rows, &mut texts).expect("a record");
            assert_eq!((gathered.problems, gathered.refused.len()), (Vec::new(), 0), "{}", object.name);
            let shown = format!("{:?}", gathered.record);
            assert!(!(is_full && shown.contains("None")), "every field is filled: {shown}");
            entities.push(gathered.record);
        }
    }
    let module: Module<PandaPerio> =
        Module::load(&guests::engine(), "mirror-panda", &guests::bytes("mirror-panda"), Limits::default())
            .expect("the module is sound");
    let manifest = module.describe(&[]).expect("the module describes itself").manifest;
    let report = module.transform(&guests::context(), &manifest, &texts, &entities);
    assert_eq!((entities.len(), report.answers.len()), (18, 18));
    for (entity, answer) in std::iter::zip(&entities, &report.answers) {
        let Answer::Outcome(outcome) = answer else { panic!("{answer:?}") };
        assert_eq!(outcome.findings[0].message, format!("{entity:?}"));
    }
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
