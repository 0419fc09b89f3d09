//! Whether an outcome keeps to the manifest. The host plans writes from it, so nothing undeclared may pass.

use odograft_records::Texts;
use odograft_records::bindings::transform::effects::{Cell, Outcome, Reference, SourceKey, Text, Upsert, Value};
use odograft_records::bindings::transform::manifest::{Field, FieldKind, Manifest, Target};
use odograft_records::bindings::transform::values::Date;

use crate::fault::{Fault, FaultKind};

/// The first thing that is wrong with the outcome. Messages name targets and fields, never values.
pub(crate) fn check(manifest: &Manifest, texts: &Texts, outcome: &Outcome) -> Result<(), Fault> {
    outcome.upserts.iter().try_for_each(|upsert| check_upsert(manifest, texts, upsert))?;
    for handover in &outcome.handovers {
        let declared = manifest.handovers.len();
        if manifest.handovers.get(usize::from(handover.kind)).is_none() {
            let detail = format!("the module handed over kind {}, its manifest declares {declared}", handover.kind);
            return Err(Fault::detailed(FaultKind::UndeclaredHandover, 0, detail));
        }
        check_key(texts, &handover.key, "a handover")?;
        if serde_json::from_str::<serde::de::IgnoredAny>(&handover.document).is_err() {
            return Err(bad("the module handed over a document that is not JSON"));
        }
    }
    Ok(())
}

fn check_upsert(manifest: &Manifest, texts: &Texts, upsert: &Upsert) -> Result<(), Fault> {
    let Some(target) = manifest.targets.get(usize::from(upsert.target)) else {
        let (index, declared) = (upsert.target, manifest.targets.len());
        let detail = format!("the module wrote to target {index}, its manifest declares {declared}");
        return Err(Fault::detailed(FaultKind::UndeclaredTarget, 0, detail));
    };
    check_key(texts, &upsert.key, "an upsert")?;
    let mut filled = Filled::default();
    for cell in &upsert.cells {
        let Some(field) = target.fields.get(usize::from(cell.field)) else {
            let (index, model, declared) = (cell.field, &target.model, target.fields.len());
            let detail = format!(
                "the module wrote to field {index} of `{model}`, its manifest declares {declared} fields there"
            );
            return Err(Fault::detailed(FaultKind::UndeclaredField, 0, detail));
        };
        if !filled.insert(cell.field) {
            let detail = format!("the module filled {} twice in one upsert", name(target, field));
            return Err(Fault::detailed(FaultKind::RepeatedField, 0, detail));
        }
        check_cell(texts, target, field, cell)?;
    }
    Ok(())
}

/// Fields that were seen: those of usual targets without memory of their own.
#[derive(Default)]
struct Filled {
    low: u128,
    high: Vec<u16>,
}

impl Filled {
    /// False when it was there.
    fn insert(&mut self, field: u16) -> bool {
        if let Some(bit) = 1_u128.checked_shl(field.into()) {
            let new = self.low & bit == 0;
            self.low |= bit;
            return new;
        }
        let new = !self.high.contains(&field);
        self.high.push(field);
        new
    }
}

fn check_key(texts: &Texts, key: &SourceKey, holder: &str) -> Result<(), Fault> {
    let id = check_text(texts, &key.id, holder)?;
    if key.object.is_empty() || id.is_empty() {
        return Err(bad(&format!("the module returned {holder} whose key is empty")));
    }
    Ok(())
}

/// What the text says.
fn check_text<'a>(texts: &'a Texts, text: &'a Text, holder: &str) -> Result<&'a str, Fault> {
    match text {
        Text::Made(text) => Ok(text),
        Text::Given(span) => texts
            .get(*span)
            .ok_or_else(|| bad(&format!("the module gave {holder} a span that is no part of the batch's texts"))),
    }
}

fn check_cell(texts: &Texts, target: &Target, field: &Field, cell: &Cell) -> Result<(), Fault> {
    if !fits(&field.kind, &cell.value) {
        let (value, field, kind) = (value_word(&cell.value), name(target, field), kind_word(&field.kind));
        let detail = format!("the module wrote a value of kind `{value}` to {field}, which is of kind `{kind}`");
        return Err(Fault::detailed(FaultKind::WrongValueKind, 0, detail));
    }
    let refuse = |what: &str| Err(bad(&format!("the module wrote {what} to {}", name(target, field))));
    match (&field.kind, &cell.value) {
        (_, Value::Date(date)) if !in_calendar(*date) => refuse("a day that is not in the calendar"),
        (_, Value::Datetime(moment))
            if odograft_records::utc(*moment).is_none() || moment.nanoseconds > 999_999_999 =>
        {
            refuse("a moment that is not in the calendar")
        }
        (_, Value::Float(number)) if !number.is_finite() => refuse("a number that is not finite"),
        (FieldKind::Integer, Value::Integer(number)) if i32::try_from(*number).is_err() => {
            refuse("a number of more than 32 bits")
        }
        (FieldKind::Selection(choices), Value::Text(text)) => {
            let text = check_text(texts, text, "a selection")?;
            if choices.is_empty() || choices.iter().any(|choice| choice.value == text) {
                Ok(())
            } else {
                refuse("a choice that the manifest does not declare")
            }
        }
        (_, Value::Text(text)) => check_text(texts, text, "a field").map(drop),
        (FieldKind::Many2one(model) | FieldKind::Many2oneReference(model), Value::Reference(reference)) => {
            check_reference(texts, target, field, model, reference)
        }
        (FieldKind::Many2many(model), Value::References(references)) => {
            references.iter().try_for_each(|reference| check_reference(texts, target, field, model, reference))
        }
        _ => Ok(()),
    }
}

fn check_reference(
    texts: &Texts,
    target: &Target,
    field: &Field,
    model: &str,
    reference: &Reference,
) -> Result<(), Fault> {
    match reference {
        Reference::Source(key) => check_key(texts, key, "a reference"),
        Reference::ExternalId(id) if id.is_empty() => {
            Err(bad(&format!("the module wrote an empty external id to {}", name(target, field))))
        }
        Reference::Lookup(lookup) if lookup.by.is_empty() => {
            Err(bad(&format!("the module looked up a record by nothing for {}", name(target, field))))
        }
        // What a field of the found record refers to is known to Odoo only.
        Reference::Lookup(lookup) if lookup.model != model && lookup.take.is_empty() => {
            let field = name(target, field);
            let detail = format!("the module looked up `{}` for {field}, which refers to `{model}`", lookup.model);
            Err(Fault::detailed(FaultKind::WrongValueKind, 0, detail))
        }
        Reference::Lookup(lookup) => {
            lookup.by.iter().try_for_each(|condition| check_text(texts, &condition.value, "a lookup").map(drop))
        }
        Reference::ExternalId(_) => Ok(()),
    }
}

/// Which value fits which field, as `wit/transform/effects.wit` says.
fn fits(kind: &FieldKind, value: &Value) -> bool {
    match value {
        Value::Empty => true,
        Value::Boolean(_) => matches!(kind, FieldKind::Boolean),
        Value::Integer(_) => matches!(kind, FieldKind::Integer | FieldKind::Float | FieldKind::Monetary),
        Value::Float(_) => matches!(kind, FieldKind::Float),
        Value::Decimal(_) => matches!(kind, FieldKind::Monetary | FieldKind::Float),
        Value::Text(_) => {
            matches!(kind, FieldKind::Char | FieldKind::Text | FieldKind::Html | FieldKind::Selection(_))
        }
        Value::Date(_) => matches!(kind, FieldKind::Date),
        Value::Datetime(_) => matches!(kind, FieldKind::Datetime),
        Value::Reference(_) => matches!(kind, FieldKind::Many2one(_) | FieldKind::Many2oneReference(_)),
        Value::References(_) => matches!(kind, FieldKind::Many2many(_)),
        Value::File(_) => matches!(kind, FieldKind::Binary),
    }
}

fn in_calendar(date: Date) -> bool {
    let civil = |number: u8| i8::try_from(number).ok();
    let (Ok(year), Some(month), Some(day)) = (i16::try_from(date.year), civil(date.month), civil(date.day)) else {
        return false;
    };
    year > 0 && jiff::civil::Date::new(year, month, day).is_ok()
}

fn bad(detail: &str) -> Fault {
    Fault::detailed(FaultKind::BadValue, 0, detail)
}

fn name(target: &Target, field: &Field) -> String {
    format!("`{}.{}`", target.model, field.name)
}

fn value_word(value: &Value) -> &'static str {
    match value {
        Value::Empty => "empty",
        Value::Boolean(_) => "boolean",
        Value::Integer(_) => "integer",
        Value::Float(_) => "float",
        Value::Decimal(_) => "decimal",
        Value::Text(_) => "text",
        Value::Date(_) => "date",
        Value::Datetime(_) => "datetime",
        Value::Reference(_) => "reference",
        Value::References(_) => "references",
        Value::File(_) => "file",
    }
}

fn kind_word(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Char => "char",
        FieldKind::Text => "text",
        FieldKind::Html => "html",
        FieldKind::Integer => "integer",
        FieldKind::Float => "float",
        FieldKind::Monetary => "monetary",
        FieldKind::Boolean => "boolean",
        FieldKind::Date => "date",
        FieldKind::Datetime => "datetime",
        FieldKind::Binary => "binary",
        FieldKind::Selection(_) => "selection",
        FieldKind::Many2one(_) => "many2one",
        FieldKind::Many2many(_) => "many2many",
        FieldKind::Many2oneReference(_) => "many2one-reference",
    }
}

#[cfg(test)]
mod tests;
