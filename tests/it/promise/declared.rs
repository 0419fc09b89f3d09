//! What modules declare of the fields that are compared.

use std::collections::BTreeSet;

use odograft_records::bindings::transform::manifest::{Field, FieldKind, Manifest};
use odograft_standins::practice::truth::Statement;

/// Object, model and field of a target.
type Name = (String, String, String);

/// The fields of all targets, and those of them that were compared.
pub(super) struct Declared<'m> {
    manifests: &'m [Manifest],
    compared: BTreeSet<Name>,
}

impl<'m> Declared<'m> {
    pub(super) fn new(manifests: &'m [Manifest]) -> Self {
        Self { manifests, compared: BTreeSet::new() }
    }

    fn fields(&self) -> impl Iterator<Item = (&'m str, &'m str, &'m Field)> + use<'m> {
        let targets = self.manifests.iter().flat_map(|manifest| &manifest.targets);
        targets.flat_map(|target| {
            let name = move |field| (target.object.as_str(), target.model.as_str(), field);
            target.fields.iter().map(name)
        })
    }

    /// A field, which counts as compared from here on.
    pub(super) fn compared(&mut self, object: &str, model: &str, field: &str) -> Option<&'m Field> {
        let is_it = |(of, on, declared): &(&str, &str, &Field)| *of == object && *on == model && declared.name == field;
        let (.., found) = self.fields().find(is_it)?;
        self.compared.insert((object.to_owned(), model.to_owned(), field.to_owned()));
        Some(found)
    }

    /// Fields that were neither compared nor left out with a reason, and reasons that no field needs.
    pub(super) fn gaps(&self, statement: &Statement) -> Vec<String> {
        let mut gaps = Vec::new();
        let mut needed = vec![false; statement.unsaid.len()];
        for (object, model, field) in self.fields() {
            let name = &field.name;
            if self.compared.contains(&(object.to_owned(), model.to_owned(), name.clone())) {
                continue;
            }
            let reason = statement.unsaid.iter().position(|unsaid| {
                unsaid.object == object && unsaid.model == model && (unsaid.field.is_empty() || unsaid.field == name)
            });
            match reason {
                Some(at) => needed[at] = true,
                None => gaps.push(format!("{object} → `{model}.{name}` is declared, and the truth says nothing of it")),
            }
        }
        for (unsaid, _) in std::iter::zip(&statement.unsaid, needed).filter(|(_, needed)| !needed) {
            let (object, model, field) = (unsaid.object, unsaid.model, unsaid.field);
            gaps.push(format!("{object} → `{model}.{field}` is left out for a reason that it does not need"));
        }
        gaps
    }
}

/// Why Odoo holds something else than the source says: the field's rule, else that a text is read as what its type is.
pub(super) fn explanation(field: &Field) -> Option<String> {
    let typed = match &field.kind {
        FieldKind::Date => "read as a day, in the order that the source declares",
        FieldKind::Datetime => "read as a moment, UTC",
        FieldKind::Boolean => "read as yes or no",
        FieldKind::Integer | FieldKind::Float | FieldKind::Monetary => "read as a number",
        FieldKind::Many2one(_) | FieldKind::Many2many(_) | FieldKind::Many2oneReference(_) => {
            "the record that it names"
        }
        _ => "",
    };
    let rule = if field.rule.is_empty() { typed } else { &field.rule };
    (!rule.is_empty()).then(|| rule.to_owned())
}
