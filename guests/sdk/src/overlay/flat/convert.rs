//! Between the contract's types as rules know them and as they lie in memory.

use super::{Cell, Condition, File, Finding, Lookup, Opt, Reference, Rejection, Severity, SourceKey, Str, Text, Value};
use crate::bindings::transform::effects;

impl From<effects::Text> for Text {
    fn from(text: effects::Text) -> Self {
        match text {
            effects::Text::Given(span) => Self::Given(span),
            effects::Text::Made(text) => Self::Made(text.into()),
        }
    }
}

impl From<effects::SourceKey> for SourceKey {
    fn from(key: effects::SourceKey) -> Self {
        Self { object: key.object.into(), id: key.id.into() }
    }
}

impl From<effects::Reference> for Reference {
    fn from(reference: effects::Reference) -> Self {
        match reference {
            effects::Reference::Source(key) => Self::Source(key.into()),
            effects::Reference::ExternalId(id) => Self::ExternalId(id.into()),
            effects::Reference::Lookup(effects::Lookup { model, by, take }) => {
                let condition = |by: effects::Condition| Condition { field: by.field.into(), value: by.value.into() };
                let by = by.into_iter().map(condition).collect::<Vec<_>>().into();
                Self::Lookup(Lookup { model: model.into(), by, take: take.into() })
            }
        }
    }
}

impl From<effects::Value> for Value {
    fn from(value: effects::Value) -> Self {
        use effects::Value as Owned;
        match value {
            Owned::Empty => Self::Empty,
            Owned::Boolean(truth) => Self::Boolean(truth),
            Owned::Integer(number) => Self::Integer(number),
            Owned::Float(number) => Self::Float(number),
            Owned::Decimal(number) => Self::Decimal(number),
            Owned::Text(text) => Self::Text(text.into()),
            Owned::Date(day) => Self::Date(day),
            Owned::Datetime(moment) => Self::Datetime(moment),
            Owned::Reference(reference) => Self::Reference(reference.into()),
            Owned::References(all) => Self::References(all.into_iter().map(Into::into).collect::<Vec<_>>().into()),
            Owned::File(effects::File { handle, name, media_type }) => Self::File(File {
                handle: handle.into(),
                name: name.into(),
                media_type: media_type.map(Into::into).into(),
            }),
        }
    }
}

impl From<effects::Cell> for Cell {
    fn from(cell: effects::Cell) -> Self {
        Self { field: cell.field, value: cell.value.into() }
    }
}

impl From<effects::Finding> for Finding {
    fn from(finding: effects::Finding) -> Self {
        let effects::Finding { severity, code, field, message } = finding;
        let severity = match severity {
            effects::Severity::Info => Severity::Info,
            effects::Severity::Warning => Severity::Warning,
            effects::Severity::Error => Severity::Error,
        };
        Self { severity, code: code.into(), field: field.map(Into::into).into(), message: message.into() }
    }
}

impl From<effects::Rejection> for Rejection {
    fn from(rejection: effects::Rejection) -> Self {
        let effects::Rejection { code, field, message } = rejection;
        Self { code: code.into(), field: field.map(Into::into).into(), message: message.into() }
    }
}

impl From<Text> for effects::Text {
    fn from(text: Text) -> Self {
        match text {
            Text::Given(span) => Self::Given(span),
            Text::Made(text) => Self::Made(text.as_str().to_owned()),
        }
    }
}

impl From<Reference> for effects::Reference {
    fn from(reference: Reference) -> Self {
        let owned = |text: Str| text.as_str().to_owned();
        let condition = |by: Condition| effects::Condition { field: owned(by.field), value: by.value.into() };
        match reference {
            Reference::Source(key) => Self::Source(effects::SourceKey { object: owned(key.object), id: key.id.into() }),
            Reference::ExternalId(id) => Self::ExternalId(owned(id)),
            Reference::Lookup(lookup) => Self::Lookup(effects::Lookup {
                model: owned(lookup.model),
                by: lookup.by.as_slice().iter().map(|by| condition(*by)).collect(),
                take: owned(lookup.take),
            }),
        }
    }
}

impl From<Value> for effects::Value {
    fn from(value: Value) -> Self {
        let owned = |text: Str| text.as_str().to_owned();
        match value {
            Value::Empty => Self::Empty,
            Value::Boolean(truth) => Self::Boolean(truth),
            Value::Integer(number) => Self::Integer(number),
            Value::Float(number) => Self::Float(number),
            Value::Decimal(number) => Self::Decimal(number),
            Value::Text(text) => Self::Text(text.into()),
            Value::Date(day) => Self::Date(day),
            Value::Datetime(moment) => Self::Datetime(moment),
            Value::Reference(reference) => Self::Reference(reference.into()),
            Value::References(all) => Self::References(all.as_slice().iter().map(|&one| one.into()).collect()),
            Value::File(file) => Self::File(effects::File {
                handle: owned(file.handle),
                name: owned(file.name),
                media_type: match file.media_type {
                    Opt::None => None,
                    Opt::Some(text) => Some(owned(text)),
                },
            }),
        }
    }
}
