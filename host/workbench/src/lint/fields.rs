//! Fields: what Odoo takes as a name, and what a mapping sheet needs to say.

use std::collections::BTreeSet;

use odograft_records::bindings::transform::manifest::{Choice, Field, FieldKind, Target};

use super::{At, Problem, sources};
use odograft_records::Object;

/// The longest name of a field that Odoo 19 takes; measured.
const LONGEST: usize = 63;

/// What Odoo fills by itself.
const RESERVED: [&str; 6] = ["id", "create_uid", "create_date", "write_uid", "write_date", "display_name"];

pub(super) fn fields(target: &Target, objects: &[Object<'_>], problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for field in &target.fields {
        let place = format!("{} → {}.{}", target.object, target.model, field.name);
        let mut at = At { place, problems };
        if !seen.insert(&field.name) {
            at.error("duplicate-field", "an earlier field of the target has the same name");
        }
        name(field, &mut at);
        kind(&field.kind, &mut at);
        if field.rule.trim().is_empty() {
            at.error(
                "no-rule",
                "its rule is empty; say in a few words how it is made, `as entered` where it is carried",
            );
        }
        if field.section.is_some() && field.custom.is_none() && !field.name.starts_with("x_") {
            at.warning("section", "a section shows custom fields; this one has its place in Odoo's own form");
        }
        for group in field.groups.iter().filter(|group| !is_external_id(group)) {
            at.error("group", format!("`{group}` is no external id of a group, such as `base.group_system`"));
        }
        sources::of_field(target, field, objects, &mut at);
    }
}

fn name(field: &Field, at: &mut At<'_>) {
    let name = &field.name;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        at.error("field-name", "Odoo refuses the name: letters without accents, digits and `_` only");
    }
    if name.len() > LONGEST {
        at.error("field-name-length", format!("Odoo refuses the name: {} characters, at most {LONGEST}", name.len()));
    }
    if RESERVED.contains(&name.as_str()) {
        at.error("reserved-field", "Odoo fills this field by itself");
    }
    match &field.custom {
        Some(label) => {
            if !name.starts_with("x_") {
                at.error("custom-name", "Odoo refuses the name of a custom field that does not begin with `x_`");
            }
            if label.trim().is_empty() {
                at.error("no-label", "a custom field needs a label that users read");
            }
        }
        None if name.starts_with("x_") => at.error(
            "not-custom",
            "a name with `x_` is a custom field's, and without a label the schema plan does not create it",
        ),
        None => {}
    }
}

fn kind(kind: &FieldKind, at: &mut At<'_>) {
    match kind {
        FieldKind::Selection(choices) => selection(choices, at),
        FieldKind::Many2one(model) | FieldKind::Many2many(model) | FieldKind::Many2oneReference(model)
            if !is_model(model) =>
        {
            at.error("model-name", format!("`{model}` is no name of an Odoo model; such as `res.partner`"));
        }
        _ => {}
    }
}

fn selection(choices: &[Choice], at: &mut At<'_>) {
    if choices.is_empty() {
        at.error("no-choices", "a selection needs the choices that it may write");
    }
    let mut seen = BTreeSet::new();
    for choice in choices {
        if choice.value.is_empty() || choice.label.trim().is_empty() {
            at.error("empty-choice", "a choice needs a value that Odoo stores and a label that users read");
        }
        if !seen.insert(&choice.value) {
            at.error("duplicate-choice", format!("Odoo refuses two choices `{}`", choice.value));
        }
    }
}

/// Lower-case words with `_` and digits, joined by dots.
pub(super) fn is_model(name: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    name.split('.').all(word)
}

/// `module.name`.
fn is_external_id(id: &str) -> bool {
    id.split_once('.').is_some_and(|(module, name)| !module.is_empty() && !name.is_empty() && !id.contains(' '))
}
