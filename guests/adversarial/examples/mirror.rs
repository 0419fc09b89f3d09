//! Says what it was given, field by field, and answers with a value of every kind.

use odograft_guest_adversarial::{manifest, mapping, sdk::bindings::dentally::records::Entity};
use odograft_sdk::bindings::transform::effects::{
    Cell, Condition, File, Finding, Handover, Lookup, Outcome, Reference, Rejection, Severity, SourceKey, Text, Upsert,
    Value,
};
use odograft_sdk::bindings::transform::manifest::{Field, FieldKind, HandoverKind, Manifest};
use odograft_sdk::bindings::transform::values::{Date, Decimal, Instant};

fn kinds() -> Vec<FieldKind> {
    let model = || "res.country".to_owned();
    vec![
        FieldKind::Char,
        FieldKind::Boolean,
        FieldKind::Integer,
        FieldKind::Float,
        FieldKind::Monetary,
        FieldKind::Text,
        FieldKind::Html,
        FieldKind::Date,
        FieldKind::Datetime,
        FieldKind::Many2one(model()),
        FieldKind::Many2oneReference(model()),
        FieldKind::Many2one(model()),
        FieldKind::Many2many(model()),
        FieldKind::Binary,
        FieldKind::Binary,
    ]
}

fn described() -> Manifest {
    let mut manifest = manifest("mirror");
    let field = |(at, kind)| Field { name: format!("x_{at}"), kind, ..manifest.targets[0].fields[0].clone() };
    manifest.targets[0].fields = kinds().into_iter().enumerate().map(field).collect();
    let title = "What was given".to_owned();
    manifest.handovers.push(HandoverKind { object: "patient".to_owned(), title, rebuild_in: String::new() });
    manifest
}

fn every_value(id: &Text) -> Vec<Value> {
    let key = || SourceKey { object: "site".to_owned(), id: id.clone() };
    let condition = |field: &str| Condition { field: field.to_owned(), value: id.clone() };
    let by = || vec![condition("code"), condition("currency_id.name")];
    let lookup = || Lookup { model: "res.country".to_owned(), by: by(), take: "parent_id".to_owned() };
    let file = |media_type| Value::File(File { handle: "h".to_owned(), name: "n".to_owned(), media_type });
    vec![
        Value::Empty,
        Value::Boolean(true),
        Value::Integer(-7),
        Value::Float(0.5),
        Value::Decimal(Decimal { unscaled: -1234, scale: 2 }),
        Value::Text(id.clone()),
        Value::Text(Text::Made("Zoë".to_owned())),
        Value::Date(Date { year: 2024, month: 2, day: 29 }),
        Value::Datetime(Instant { seconds: -1, nanoseconds: 999_999_999 }),
        Value::Reference(Reference::Source(key())),
        Value::Reference(Reference::Source(key())),
        Value::Reference(Reference::Lookup(lookup())),
        Value::References(vec![Reference::ExternalId("base.uk".to_owned()), Reference::Lookup(lookup())]),
        file(None),
        file(Some("text/plain".to_owned())),
    ]
}

fn mirror(entity: &Entity) -> Result<Outcome, Rejection> {
    let id = match entity {
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
    };
    if &*id == "rejected" {
        let field = Some("patient.id".to_owned());
        return Err(Rejection { code: "mirror".to_owned(), field, message: "turned down".to_owned() });
    }
    let key = || SourceKey { object: "patient".to_owned(), id: id.into() };
    let cell = |(field, value)| Cell { field, value };
    let finding = |severity, field| Finding { severity, code: "c".to_owned(), field, message: "m".to_owned() };
    // Texts are spans, so that it holds no quotes.
    let document = format!("\"{entity:?}\"");
    Ok(Outcome {
        upserts: vec![Upsert {
            target: 0,
            key: key(),
            cells: std::iter::zip(0.., every_value(&id.into())).map(cell).collect(),
        }],
        handovers: vec![Handover { kind: 0, key: key(), document }],
        findings: vec![
            finding(Severity::Info, None),
            finding(Severity::Warning, Some("patient.id".to_owned())),
            finding(Severity::Error, None),
        ],
    })
}

mapping!(|| Ok(described()), |batch: &[Entity]| batch.iter().map(mirror).collect());
