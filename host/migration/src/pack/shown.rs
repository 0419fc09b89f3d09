//! What an administrator's export shows of a record, beside what was planned.

use odograft_ledger::RecordState;
use odograft_odoo::{Exported, Table};
use odograft_records::bindings::transform::manifest::FieldKind;
use serde_json::Value;

use super::select::{Selector, relation};
use crate::cells::Cell;
use crate::directory::plain;
use crate::error::MigrationError;

impl Selector<'_> {
    /// Whether an export shows that Odoo holds a cell; nothing when it does not show the field in a form that tells.
    pub(super) fn holds(
        &self,
        model: &str,
        field: &str,
        cell: &Cell,
        table: &Table,
        there: &Exported,
    ) -> Result<Option<bool>, MigrationError> {
        let shown = |column: &str| table.column(column).and_then(|place| there.cells.get(place)?.as_deref());
        let (value, external) = (shown(field), shown(&format!("{field}/id")));
        let kind = self.kind(model, field);
        Ok(match cell {
            Cell::Empty => value.or(external).map(|shown| matches!(shown, "" | "False" | "0" | "0.0")),
            Cell::Boolean(truth) => value.map(|shown| (shown == "True") == *truth),
            Cell::Integer(_) | Cell::Float(_) | Cell::Decimal(_) => value.map(|shown| same_number(cell, plain(shown))),
            Cell::Text(text) => value.map(|shown| same_text(kind, text, shown)),
            Cell::Source { model, object, id, as_integer: true } => {
                let target = self.ledger.record(model, object, id)?.and_then(|target| target.odoo_id);
                value.map(|shown| target.is_some_and(|id| shown == id.to_string()))
            }
            Cell::Source { .. } | Cell::Many(_) => external.and_then(|shown| self.same_records(cell, kind, shown)),
            // No pack carries one.
            Cell::File { .. } => None,
            Cell::ExternalId(id) => external.and_then(|shown| told(shown, shown == id)),
            Cell::Id(id) => {
                let known =
                    kind.and_then(relation).map(|model| self.exports.external_id(model, *id)).transpose()?.flatten();
                external.and_then(|shown| told(shown, known.as_deref() == Some(shown)))
            }
        })
    }

    fn same_records(&self, cell: &Cell, kind: Option<&FieldKind>, shown: &str) -> Option<bool> {
        let items = if let Cell::Many(items) = cell { items.as_slice() } else { std::slice::from_ref(cell) };
        let model = kind.and_then(relation)?;
        let mut wanted = Vec::with_capacity(items.len());
        for item in items {
            let Cell::Source { object, id, .. } = item else { return None };
            let known = self.ledger.record(model, object, id).ok()??;
            if known.state == RecordState::Adopted {
                return None;
            }
            wanted.push(known.external_id);
        }
        let mut shown: Vec<&str> = shown.split(',').filter(|id| !id.is_empty()).collect();
        wanted.sort_unstable();
        shown.sort_unstable();
        Some(wanted == shown)
    }
}

/// A record may have several external ids, and Odoo exports one of them: another one than ours tells nothing.
fn told(shown: &str, same: bool) -> Option<bool> {
    if shown.is_empty() { Some(false) } else { same.then_some(true) }
}

/// The export gives a choice's label; the import dialog trims texts.
fn same_text(kind: Option<&FieldKind>, text: &str, shown: &str) -> bool {
    if let Some(FieldKind::Selection(choices)) = kind {
        return choices.iter().any(|choice| choice.value == text && (choice.label == shown || choice.value == shown));
    }
    let kind = if matches!(kind, Some(FieldKind::Html)) { "html" } else { "" };
    let wanted = Cell::Text(text.to_owned());
    [shown, plain(shown)].into_iter().any(|shown| wanted.is_held_in(kind, &[], &Value::String(shown.to_owned())))
}

fn same_number(cell: &Cell, shown: &str) -> bool {
    let shown = if shown.is_empty() { Ok(0.0) } else { shown.parse::<f64>() };
    shown.ok().and_then(serde_json::Number::from_f64).is_some_and(|held| cell.is_held(&[], &Value::Number(held)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialogs_spellings_are_the_same_values() {
        for (text, shown, same) in [
            ("=1+1", "'=1+1", true),
            ("=1+1", "=1+1", true),
            ("'=1+1", "'=1+1", true),
            (" Ann ", "Ann", true),
            ("Ann", "Bob", false),
            ("2024-02-29 08:30:00", "2024-02-29 08:30:00", true),
            ("<p>a &amp; b</p>", "<p>a &amp; b</p>\n", true),
            ("", "", true),
            ("x", "", false),
        ] {
            assert_eq!(same_text(None, text, shown), same, "{text:?} {shown:?}");
        }
        assert!(same_text(Some(&FieldKind::Html), "<p>&quot;a&#39;</p>", "<p>\"a'</p>"));
        assert!(!same_text(Some(&FieldKind::Char), "&quot;", "\""));
        assert!(same_number(&Cell::Integer(-3), "-3"));
        assert!(same_number(&Cell::Decimal("12.30".into()), "12.3"));
        assert!(same_number(&Cell::Integer(0), ""));
        assert!(!same_number(&Cell::Integer(5), "Bob"));
    }
}
