//! Outcomes as people read them and as golden files keep them: names instead of indexes.

use odograft_records::bindings::transform::effects::{
    Finding, Handover, Outcome, Reference, Rejection, Severity, SourceKey, Upsert, Value as Cell,
};
use odograft_records::bindings::transform::manifest::Manifest;
use odograft_records::bindings::transform::values::{Date, Decimal, Instant};
use serde_json::{Map, Value, json};

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
pub fn outcome_json(manifest: &Manifest, answer: &Answer) -> Value {
    match answer {
        Answer::Outcome(outcome) => outcome_value(manifest, outcome),
        Answer::Rejected(Rejection { code, field, message }) => {
            json!({ "rejected": { "code": code, "field": field, "message": message } })
        }
        Answer::Failed(fault) => json!({ "failed": { "kind": fault.kind.code(), "message": fault.message } }),
    }
}

fn outcome_value(manifest: &Manifest, outcome: &Outcome) -> Value {
    json!({
        "upserts": outcome.upserts.iter().map(|upsert| upsert_value(manifest, upsert)).collect::<Vec<_>>(),
        "findings": outcome.findings.iter().map(finding_value).collect::<Vec<_>>(),
        "handovers": outcome.handovers.iter().map(|handover| handover_value(manifest, handover)).collect::<Vec<_>>(),
    })
}

fn upsert_value(manifest: &Manifest, upsert: &Upsert) -> Value {
    let target = manifest.targets.get(usize::from(upsert.target));
    let mut fields = Map::with_capacity(upsert.cells.len());
    for cell in &upsert.cells {
        let field = target.and_then(|target| target.fields.get(usize::from(cell.field)));
        let name = field.map_or_else(|| unknown(cell.field), |field| field.name.clone());
        fields.insert(name, cell_value(&cell.value));
    }
    let model = target.map_or_else(|| unknown(upsert.target), |target| target.model.clone());
    json!({ "model": model, "key": key_text(&upsert.key), "fields": fields })
}

/// How an index reads that the manifest does not declare: only in answers that were never checked.
fn unknown(index: u16) -> String {
    format!("#{index}")
}

fn handover_value(manifest: &Manifest, handover: &Handover) -> Value {
    let kind = manifest.handovers.get(usize::from(handover.kind));
    let title = kind.map_or_else(|| unknown(handover.kind), |kind| kind.title.clone());
    let document = serde_json::from_str(&handover.document).unwrap_or_else(|_| json!(handover.document));
    json!({ "title": title, "key": key_text(&handover.key), "document": document })
}

fn finding_value(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    json!({ "severity": severity, "code": finding.code, "field": finding.field, "message": finding.message })
}

fn key_text(key: &SourceKey) -> String {
    format!("{}/{}", key.object, key.id)
}

fn cell_value(value: &Cell) -> Value {
    match value {
        Cell::Empty => Value::Null,
        Cell::Boolean(truth) => json!(truth),
        Cell::Integer(number) => json!(number),
        Cell::Float(number) => json!(number),
        Cell::Decimal(decimal) => json!(decimal_text(*decimal)),
        Cell::Text(text) => json!(text),
        Cell::Date(date) => json!(date_text(*date)),
        Cell::Datetime(moment) => json!(instant_text(*moment)),
        Cell::Reference(reference) => reference_value(reference),
        Cell::References(references) => references.iter().map(reference_value).collect(),
        Cell::File(file) => {
            json!({ "file": { "handle": file.handle, "name": file.name, "media-type": file.media_type } })
        }
    }
}

fn reference_value(reference: &Reference) -> Value {
    match reference {
        Reference::Source(key) => json!({ "source": key_text(key) }),
        Reference::ExternalId(id) => json!({ "external-id": id }),
        Reference::Lookup(lookup) => {
            json!({ "lookup": { "model": lookup.model, "field": lookup.field, "value": lookup.value } })
        }
    }
}

fn date_text(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// Whole seconds, as Odoo keeps them.
fn instant_text(moment: Instant) -> String {
    match jiff::Timestamp::from_second(moment.seconds) {
        Ok(moment) => moment.to_string(),
        Err(_) => format!("{} s", moment.seconds),
    }
}

fn decimal_text(decimal: Decimal) -> String {
    let scale = usize::from(decimal.scale);
    let sign = if decimal.unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", decimal.unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit() {
        let text = |unscaled, scale| decimal_text(Decimal { unscaled, scale });
        assert_eq!(text(1234, 2), "12.34");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(7, 0), "7");
        assert_eq!(text(0, 3), "0.000");
        assert_eq!(text(i64::MIN, 4), "-922337203685477.5808");
    }

    #[test]
    fn moments_are_utc_without_fractions() {
        let moment = Instant { seconds: 1_709_195_400, nanoseconds: 999_999_999 };
        assert_eq!(instant_text(moment), "2024-02-29T08:30:00Z");
        assert_eq!(instant_text(Instant { seconds: -1, nanoseconds: 0 }), "1969-12-31T23:59:59Z");
    }
}
