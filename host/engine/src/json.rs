//! Outcomes as people read them and as golden files keep them: names instead of indexes.

use std::fmt::{self, Display};

use odograft_records::Texts;
use odograft_records::bindings::transform::effects::{
    Cell, Condition, File, Finding, Handover, Lookup, Outcome, Reference, Severity, SourceKey, Upsert, Value,
};
use odograft_records::bindings::transform::manifest::{Manifest, Target};
use odograft_records::bindings::transform::values::Instant;
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::Value as Json;

use crate::batch::Answer;

/// One answer as JSON, with the manifest's names for targets, fields and handovers.
///
/// - A good answer is `{"upserts": […], "findings": […], "handovers": […]}`. An upsert is
///   `{"model": "res.partner", "key": "patient/17", "fields": {"name": "…"}}`: days as
///   `2024-02-29`, moments as `2024-02-29T08:30:00Z`, decimals as exact text, empty values as null,
///   references as `{"source": "site/3"}`, `{"external-id": "base.uk"}` or `{"lookup": {…}}`.
/// - A rejection is `{"rejected": {"code", "field", "message"}}`.
/// - A failure is `{"failed": {"kind", "message"}}`.
///
/// Keys stand in the order of the answer, so equal answers give equal bytes.
#[must_use]
pub fn outcome_json<'a>(manifest: &'a Manifest, texts: &'a Texts, answer: &'a Answer) -> impl Serialize + 'a {
    Named(Words { manifest, texts }, answer)
}

/// What an answer's indexes and spans stand for.
#[derive(Clone, Copy)]
struct Words<'a> {
    manifest: &'a Manifest,
    texts: &'a Texts,
}

/// Something of an answer beside the words that it is read with.
struct Named<'a, T>(Words<'a>, &'a T);

/// The parts of a list, each beside the words.
struct Each<'a, T>(Words<'a>, &'a [T]);

impl<'a, T> Serialize for Each<'a, T>
where
    Named<'a, T>: Serialize,
{
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.1.iter().map(|part| Named(self.0, part)))
    }
}

impl Serialize for Named<'_, Answer> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let &Self(words, answer) = self;
        match answer {
            Answer::Outcome(Outcome { upserts, findings, handovers }) => {
                let mut json = out.serialize_struct("Outcome", 3)?;
                json.serialize_field("upserts", &Each(words, upserts))?;
                json.serialize_field("findings", &Each(words, findings))?;
                json.serialize_field("handovers", &Each(words, handovers))?;
                json.end()
            }
            Answer::Rejected(rejection) => {
                let mut json = out.serialize_struct("Rejected", 1)?;
                json.serialize_field("rejected", rejection)?;
                json.end()
            }
            Answer::Failed(fault) => {
                let mut json = out.serialize_struct("Failed", 1)?;
                json.serialize_field("failed", &Failed { kind: fault.kind.code(), message: &fault.message })?;
                json.end()
            }
        }
    }
}

#[derive(serde::Serialize)]
struct Failed<'a> {
    kind: &'a str,
    message: &'a str,
}

impl Serialize for Named<'_, Upsert> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let &Self(words, upsert) = self;
        let target = words.manifest.targets.get(usize::from(upsert.target));
        let mut json = out.serialize_struct("Upsert", 3)?;
        match target {
            Some(target) => json.serialize_field("model", &target.model)?,
            None => json.serialize_field("model", &Text(Unknown(upsert.target)))?,
        }
        json.serialize_field("key", &Named(words, &upsert.key))?;
        json.serialize_field("fields", &Fields(words, target, &upsert.cells))?;
        json.end()
    }
}

/// The cells of an upsert, with their target's names.
struct Fields<'a>(Words<'a>, Option<&'a Target>, &'a [Cell]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let &Self(words, target, cells) = self;
        let mut json = out.serialize_map(Some(cells.len()))?;
        for cell in cells {
            match target.and_then(|target| target.fields.get(usize::from(cell.field))) {
                Some(field) => json.serialize_entry(&field.name, &Named(words, &cell.value))?,
                None => json.serialize_entry(&Text(Unknown(cell.field)), &Named(words, &cell.value))?,
            }
        }
        json.end()
    }
}

impl Serialize for Named<'_, Handover> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let &Self(words, handover) = self;
        let mut json = out.serialize_struct("Handover", 3)?;
        match words.manifest.handovers.get(usize::from(handover.kind)) {
            Some(kind) => json.serialize_field("title", &kind.title)?,
            None => json.serialize_field("title", &Text(Unknown(handover.kind)))?,
        }
        json.serialize_field("key", &Named(words, &handover.key))?;
        match serde_json::from_str::<Json>(&handover.document) {
            Ok(document) => json.serialize_field("document", &document)?,
            // Only in answers that were never checked.
            Err(_) => json.serialize_field("document", &handover.document)?,
        }
        json.end()
    }
}

impl Serialize for Named<'_, Finding> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            severity: &'a str,
            code: &'a str,
            field: Option<&'a str>,
            message: &'a str,
        }
        let Self(_, Finding { severity, code, field, message }) = self;
        let severity = match severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        Written { severity, code, field: field.as_deref(), message }.serialize(out)
    }
}

impl Serialize for Named<'_, Value> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.1 {
            Value::Empty => out.serialize_unit(),
            Value::Boolean(truth) => out.serialize_bool(*truth),
            Value::Integer(number) => out.serialize_i64(*number),
            Value::Float(number) => out.serialize_f64(*number),
            Value::Decimal(decimal) => out.collect_str(decimal),
            Value::Text(text) => out.serialize_str(self.0.texts.read(text)),
            Value::Date(date) => out.collect_str(date),
            Value::Datetime(moment) => out.collect_str(&Moment(*moment)),
            Value::Reference(reference) => Named(self.0, reference).serialize(out),
            Value::References(references) => Each(self.0, references).serialize(out),
            Value::File(file) => {
                let mut json = out.serialize_struct("File", 1)?;
                json.serialize_field("file", &Named(self.0, file))?;
                json.end()
            }
        }
    }
}

impl Serialize for Named<'_, File> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Written<'a> {
            handle: &'a str,
            name: &'a str,
            media_type: Option<&'a str>,
        }
        let File { handle, name, media_type } = self.1;
        Written { handle, name, media_type: media_type.as_deref() }.serialize(out)
    }
}

impl Serialize for Named<'_, Reference> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut json = out.serialize_struct("Reference", 1)?;
        match self.1 {
            Reference::Source(key) => json.serialize_field("source", &Named(self.0, key))?,
            Reference::ExternalId(id) => json.serialize_field("external-id", id)?,
            Reference::Lookup(lookup) => json.serialize_field("lookup", &Named(self.0, lookup))?,
        }
        json.end()
    }
}

impl Serialize for Named<'_, Lookup> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let &Self(words, Lookup { model, by, take }) = self;
        let mut json = out.serialize_struct("Lookup", 3)?;
        json.serialize_field("model", model)?;
        json.serialize_field("by", &Conditions(words, by))?;
        if take.is_empty() {
            json.skip_field("take")?;
        } else {
            json.serialize_field("take", take)?;
        }
        json.end()
    }
}

/// What a record has to hold, by field.
struct Conditions<'a>(Words<'a>, &'a [Condition]);

impl Serialize for Conditions<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let &Self(words, conditions) = self;
        out.collect_map(conditions.iter().map(|condition| (&condition.field, words.texts.read(&condition.value))))
    }
}

/// Something that reads as text.
struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

/// How an index reads that the manifest does not declare: only in answers that were never checked.
struct Unknown(u16);

impl Display for Unknown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "#{}", self.0)
    }
}

impl Serialize for Named<'_, SourceKey> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Self(words, SourceKey { object, id }) = self;
        out.collect_str(&format_args!("{object}/{}", words.texts.read(id)))
    }
}

/// Whole seconds, as Odoo keeps them.
struct Moment(Instant);

impl Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match odograft_records::utc(self.0) {
            Some(utc) => write!(out, "{utc}Z"),
            None => write!(out, "{} s", self.0.seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_utc_without_fractions() {
        let moment = Instant { seconds: 1_709_195_400, nanoseconds: 999_999_999 };
        assert_eq!(Moment(moment).to_string(), "2024-02-29T08:30:00Z");
        assert_eq!(Moment(Instant { seconds: -1, nanoseconds: 0 }).to_string(), "1969-12-31T23:59:59Z");
    }
}
