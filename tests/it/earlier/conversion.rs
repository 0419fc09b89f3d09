//! Version 0.0.9 of Dentally's contract: its bindings, and its types as today's. This is all that keeping a released
//! version alive takes.

use odograft_engine::{Dentally, Earlier, Meter, Version};
use odograft_records::bindings::dentally::records as today;
use odograft_records::bindings::transform::{effects, manifest, values};
use wasmtime::component::InstancePre;
use wasmtime::{Result, Store};

mod bindings {
    wasmtime::component::bindgen!({
        world: "odograft:dentally/mapper",
        path: ["../guests/adversarial/released/0.0.9/transform", "../guests/adversarial/released/0.0.9/dentally"],
    });
}

use bindings::odograft::dentally::records as before;
use bindings::odograft::transform::{effects as old_effects, manifest as old_manifest, values as old_values};

/// What the engine is told of this version.
pub(super) const VERSION: Version<Dentally> = Version {
    interface: "odograft:dentally/mapping@0.0.9",
    wit: &[
        ("transform/transform.wit", include_str!("../../../guests/adversarial/released/0.0.9/transform/transform.wit")),
        ("dentally/dentally.wit", include_str!("../../../guests/adversarial/released/0.0.9/dentally/dentally.wit")),
    ],
    typecheck: |function, found, component| match function {
        "describe" => found.typecheck::<(&[old_manifest::Setting],), (Declared,)>(&component.instance_type()),
        _ => found.typecheck::<(&old_manifest::Context, &[before::Entity]), (Returned,)>(&component.instance_type()),
    },
    wrap: |pre: InstancePre<Meter>| Ok(Box::new(Mapper(bindings::MapperPre::new(pre)?))),
};

type Declared = std::result::Result<old_manifest::Manifest, old_manifest::SettingError>;
type Returned = Vec<std::result::Result<old_effects::Outcome, old_effects::Rejection>>;

struct Mapper(bindings::MapperPre<Meter>);

impl Earlier<Dentally> for Mapper {
    fn describe(
        &self,
        store: &mut Store<Meter>,
        settings: &[manifest::Setting],
    ) -> Result<std::result::Result<manifest::Manifest, manifest::SettingError>> {
        let settings: Vec<old_manifest::Setting> = settings.iter().map(Into::into).collect();
        let module = self.0.instantiate(&mut *store)?;
        let declared = module.odograft_dentally_mapping().call_describe(store, &settings)?;
        Ok(declared.map(Into::into).map_err(Into::into))
    }

    fn transform(
        &self,
        store: &mut Store<Meter>,
        context: &manifest::Context,
        texts: &str,
        batch: &[today::Entity],
    ) -> Result<Vec<std::result::Result<effects::Outcome, effects::Rejection>>> {
        // A record that the version does not have never reaches the module; it keeps its place among the answers.
        let known: Vec<Option<before::Entity>> = batch.iter().map(|record| Seen { texts, record }.into()).collect();
        let there: Vec<bool> = known.iter().map(Option::is_some).collect();
        let records: Vec<before::Entity> = known.into_iter().flatten().collect();
        let module = self.0.instantiate(&mut *store)?;
        let returned = module.odograft_dentally_mapping().call_transform(store, &context.into(), &records)?;
        let mut returned = returned.into_iter().map(|answer| answer.map(Into::into).map_err(Into::into));
        // An answer too few or too many is the engine's to refuse: it counts them.
        let mut answers: Vec<_> =
            there.into_iter().map_while(|there| if there { returned.next() } else { Some(Ok(unknown())) }).collect();
        answers.extend(returned);
        Ok(answers)
    }
}

/// What becomes of a record that the version does not have.
fn unknown() -> effects::Outcome {
    let finding = effects::Finding {
        severity: effects::Severity::Warning,
        code: "object-newer-than-module".into(),
        field: None,
        message: "the module speaks a version of the contract that does not have this object".into(),
    };
    effects::Outcome { upserts: Vec::new(), handovers: Vec::new(), findings: vec![finding] }
}

/// A record of today beside the texts that it points into.
struct Seen<'a, R> {
    texts: &'a str,
    record: &'a R,
}

impl<R> Seen<'_, R> {
    fn text(&self, span: values::Span) -> String {
        let range = span.start as usize..(span.start + span.length) as usize;
        self.texts.get(range).unwrap_or_default().to_owned()
    }

    fn some(&self, span: Option<values::Span>) -> Option<String> {
        span.map(|span| self.text(span))
    }
}

impl From<Seen<'_, today::Entity>> for Option<before::Entity> {
    fn from(Seen { texts, record }: Seen<'_, today::Entity>) -> Self {
        match record {
            today::Entity::Patient(record) => Some(before::Entity::Patient(Seen { texts, record }.into())),
            today::Entity::Practitioner(record) => Some(before::Entity::Practitioner(Seen { texts, record }.into())),
            _ => None,
        }
    }
}

impl From<Seen<'_, today::Patient>> for before::Patient {
    fn from(seen: Seen<'_, today::Patient>) -> Self {
        Self {
            id: seen.text(seen.record.id),
            first_name: seen.some(seen.record.first_name),
            last_name: seen.some(seen.record.last_name),
            date_of_birth: seen.record.date_of_birth.map(Into::into),
            site_id: seen.some(seen.record.site_id),
            active: seen.record.active,
        }
    }
}

impl From<Seen<'_, today::Practitioner>> for before::Practitioner {
    fn from(seen: Seen<'_, today::Practitioner>) -> Self {
        Self { id: seen.text(seen.record.id), active: seen.record.active, site_id: seen.some(seen.record.site_id) }
    }
}

impl From<values::Date> for old_values::Date {
    fn from(values::Date { year, month, day }: values::Date) -> Self {
        Self { year, month, day }
    }
}

impl From<old_values::Date> for values::Date {
    fn from(old_values::Date { year, month, day }: old_values::Date) -> Self {
        Self { year, month, day }
    }
}

impl From<&manifest::Setting> for old_manifest::Setting {
    fn from(manifest::Setting { name, value }: &manifest::Setting) -> Self {
        Self { name: name.clone(), value: value.clone() }
    }
}

impl From<&manifest::Context> for old_manifest::Context {
    fn from(context: &manifest::Context) -> Self {
        Self { as_of_seconds: context.as_of_seconds, settings: context.settings.iter().map(Into::into).collect() }
    }
}

impl From<old_manifest::SettingError> for manifest::SettingError {
    fn from(old_manifest::SettingError { name, message }: old_manifest::SettingError) -> Self {
        Self { name, message }
    }
}

impl From<old_manifest::Manifest> for manifest::Manifest {
    fn from(old_manifest::Manifest { name, version, targets, dropped }: old_manifest::Manifest) -> Self {
        let dropped = dropped.into_iter().map(|(source, reason)| manifest::DroppedField { source, reason }).collect();
        let targets = targets.into_iter().map(Into::into).collect();
        Self { name, version, targets, dropped, handovers: Vec::new(), settings: Vec::new() }
    }
}

impl From<old_manifest::Target> for manifest::Target {
    fn from(old_manifest::Target { object, model, fields }: old_manifest::Target) -> Self {
        Self {
            object,
            model,
            // What every target was before there was a choice.
            cardinality: manifest::Cardinality::OneToOne,
            adopt_by: Vec::new(),
            may_create: true,
            needs_app: None,
            needs: Vec::new(),
            fields: fields.into_iter().map(Into::into).collect(),
            note: String::new(),
        }
    }
}

impl From<old_manifest::Field> for manifest::Field {
    fn from(old_manifest::Field { name, kind, custom, sources, rule }: old_manifest::Field) -> Self {
        Self { name, kind: kind.into(), custom, section: None, groups: Vec::new(), sources, rule }
    }
}

impl From<old_manifest::FieldKind> for manifest::FieldKind {
    fn from(kind: old_manifest::FieldKind) -> Self {
        use old_manifest::FieldKind as Old;
        match kind {
            Old::Char => Self::Char,
            Old::Text => Self::Text,
            Old::Integer => Self::Integer,
            Old::Boolean => Self::Boolean,
            Old::Date => Self::Date,
            Old::Many2one(model) => Self::Many2one(model),
        }
    }
}

impl From<old_effects::Outcome> for effects::Outcome {
    fn from(old_effects::Outcome { upserts, findings }: old_effects::Outcome) -> Self {
        let upserts = upserts.into_iter().map(Into::into).collect();
        Self { upserts, handovers: Vec::new(), findings: findings.into_iter().map(Into::into).collect() }
    }
}

impl From<old_effects::Upsert> for effects::Upsert {
    fn from(old_effects::Upsert { target, key, cells }: old_effects::Upsert) -> Self {
        let cells = cells.into_iter().map(|cell| effects::Cell { field: cell.field, value: cell.value.into() });
        Self { target, key: key.into(), cells: cells.collect() }
    }
}

impl From<old_effects::SourceKey> for effects::SourceKey {
    fn from(old_effects::SourceKey { object, id }: old_effects::SourceKey) -> Self {
        Self { object, id: effects::Text::Made(id) }
    }
}

impl From<old_effects::Value> for effects::Value {
    fn from(value: old_effects::Value) -> Self {
        use old_effects::{Reference, Value as Old};
        match value {
            Old::Empty => Self::Empty,
            Old::Boolean(truth) => Self::Boolean(truth),
            Old::Integer(number) => Self::Integer(number),
            Old::Text(text) => Self::Text(effects::Text::Made(text)),
            Old::Date(date) => Self::Date(date.into()),
            Old::Reference(Reference::Source(key)) => Self::Reference(effects::Reference::Source(key.into())),
            Old::Reference(Reference::ExternalId(id)) => Self::Reference(effects::Reference::ExternalId(id)),
        }
    }
}

impl From<old_effects::Finding> for effects::Finding {
    fn from(old_effects::Finding { severity, code, field, message }: old_effects::Finding) -> Self {
        let severity = match severity {
            old_effects::Severity::Info => effects::Severity::Info,
            old_effects::Severity::Warning => effects::Severity::Warning,
            old_effects::Severity::Error => effects::Severity::Error,
        };
        Self { severity, code, field, message }
    }
}

impl From<old_effects::Rejection> for effects::Rejection {
    fn from(old_effects::Rejection { code, field, message }: old_effects::Rejection) -> Self {
        Self { code, field, message }
    }
}
