//! A module's page: everything that its manifest says, for the people who approve a mapping.
//!
//! Written as Markdown, the same bytes for the same module, so that it can stand beside the module and be compared.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use odograft_records::bindings::transform::manifest::{Cardinality, Field, FieldKind, Manifest, Setting, Target};

use crate::case::AS_OF;
use crate::subject::{Subject, SubjectError};

/// The page of a module: what is made under its defaults, then what other values of its settings make besides.
///
/// # Errors
/// The module does not describe itself.
pub fn sheet(subject: &Subject) -> Result<String, SubjectError> {
    let manifest = subject.ready(AS_OF, &[])?.manifest;
    let mut out = String::new();
    line(&mut out, &format!("# `{}` {}", manifest.name, manifest.version));
    line(
        &mut out,
        "What becomes of each record in Odoo. `odograft module mapping` writes this page from the module's manifest.",
    );
    let mut shown = BTreeSet::new();
    targets(&mut out, &manifest, &mut shown, None);
    for spec in &manifest.settings {
        for value in spec.allowed.iter().filter(|value| **value != spec.default) {
            let setting = Setting { name: spec.name.clone(), value: value.clone() };
            let other = subject.ready(AS_OF, &[setting])?.manifest;
            targets(&mut out, &other, &mut shown, Some(&format!("{} = {value}", spec.name)));
        }
    }
    handovers(&mut out, &manifest);
    settings(&mut out, &manifest);
    dropped(&mut out, &manifest);
    Ok(out)
}

/// The headers of [`rows`].
pub const COLUMNS: [&str; 10] = [
    "module",
    "source object",
    "Odoo model",
    "field in Odoo",
    "what it holds",
    "made from",
    "how",
    "new field",
    "shown under",
    "about the records",
];

/// A row for every field that a module fills under the settings that it was described with: what its page says, for a
/// spreadsheet.
#[must_use]
pub fn rows(manifest: &Manifest) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for target in &manifest.targets {
        let about = words(target, None);
        for field in &target.fields {
            let (label, section) =
                (field.custom.clone().unwrap_or_default(), field.section.clone().unwrap_or_default());
            rows.push(vec![
                manifest.name.clone(),
                target.object.clone(),
                target.model.clone(),
                field.name.clone(),
                kind(&field.kind),
                field.sources.join(", "),
                field.rule.clone(),
                label,
                section,
                about.clone(),
            ]);
        }
    }
    rows
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push_str("\n\n");
}

/// Every target that is not shown yet.
fn targets(out: &mut String, manifest: &Manifest, shown: &mut BTreeSet<String>, with: Option<&str>) {
    for target in &manifest.targets {
        let names: Vec<&str> = target.fields.iter().map(|field| field.name.as_str()).collect();
        if !shown.insert(format!("{} {} {}", target.object, target.model, names.join(" "))) {
            continue;
        }
        line(out, &format!("## {} → `{}`", target.object, target.model));
        let words = words(target, with);
        if !words.is_empty() {
            line(out, &words);
        }
        out.push_str("| field in Odoo | what it holds | made from | how |\n|---|---|---|---|\n");
        for field in &target.fields {
            let sources = field.sources.iter().map(|source| format!("`{source}`")).collect::<Vec<_>>().join(", ");
            let cells = [format!("`{}`", field.name), holds(field), sources, field.rule.clone()];
            row(out, &cells);
        }
        out.push('\n');
    }
}

/// How a target's records come to be, in a sentence or two.
fn words(target: &Target, with: Option<&str>) -> String {
    let mut words = Vec::new();
    if let Some(with) = with {
        words.push(format!("With `{with}`."));
    }
    match target.cardinality {
        Cardinality::OneToOne => {}
        Cardinality::OneToMany => words.push("One record becomes several.".to_owned()),
        Cardinality::ManyToOne => words.push("Several records meet in one.".to_owned()),
    }
    if !target.adopt_by.is_empty() {
        let fields = target.adopt_by.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(" and ");
        words.push(format!("One that Odoo has already is known by {fields}."));
    }
    if !target.may_create {
        words.push("None is ever created.".to_owned());
    }
    if let Some(app) = &target.needs_app {
        words.push(format!("Falls away where Odoo does not have the app `{app}`."));
    }
    if !target.needs.is_empty() {
        let fields = target.needs.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(" and ");
        words.push(format!("None is made where no user of Odoo matches {fields}."));
    }
    if !target.note.is_empty() {
        let mut note = target.note.clone();
        if let Some(first) = note.get(..1).map(str::to_uppercase) {
            note.replace_range(..1, &first);
        }
        words.push(if note.ends_with('.') { note } else { format!("{note}.") });
    }
    words.join(" ")
}

/// A field's kind, and for a custom one its label and where it is shown.
fn holds(field: &Field) -> String {
    let kind = kind(&field.kind);
    match (&field.custom, &field.section) {
        (None, _) => kind,
        (Some(label), None) => format!("{kind}; new field “{label}”"),
        (Some(label), Some(section)) => format!("{kind}; new field “{label}” under “{section}”"),
    }
}

/// A field's kind in words.
fn kind(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Char => "a line of text".to_owned(),
        FieldKind::Text => "text".to_owned(),
        FieldKind::Html => "text with mark-up".to_owned(),
        FieldKind::Integer => "a whole number".to_owned(),
        FieldKind::Float => "a number".to_owned(),
        FieldKind::Monetary => "an amount".to_owned(),
        FieldKind::Boolean => "yes or no".to_owned(),
        FieldKind::Date => "a day".to_owned(),
        FieldKind::Datetime => "a moment (UTC)".to_owned(),
        FieldKind::Binary => "a file".to_owned(),
        FieldKind::Selection(choices) => {
            let values: Vec<_> = choices.iter().map(|choice| format!("`{}`", choice.value)).collect();
            format!("one of {}", values.join(", "))
        }
        FieldKind::Many2one(model) | FieldKind::Many2oneReference(model) => format!("a record of `{model}`"),
        FieldKind::Many2many(model) => format!("records of `{model}`"),
    }
}

fn handovers(out: &mut String, manifest: &Manifest) {
    if manifest.handovers.is_empty() {
        return;
    }
    line(out, "## Handed over to people");
    out.push_str("| source object | document | where it is rebuilt |\n|---|---|---|\n");
    for kind in &manifest.handovers {
        row(out, &[kind.object.clone(), kind.title.clone(), kind.rebuild_in.clone()]);
    }
    out.push('\n');
}

fn settings(out: &mut String, manifest: &Manifest) {
    if manifest.settings.is_empty() {
        return;
    }
    line(out, "## Settings");
    out.push_str("| setting | default | allowed | what it does |\n|---|---|---|---|\n");
    for spec in &manifest.settings {
        let quoted = |value: &String| if value.is_empty() { String::new() } else { format!("`{value}`") };
        let allowed = spec.allowed.iter().map(quoted).collect::<Vec<_>>().join(", ");
        row(out, &[format!("`{}`", spec.name), quoted(&spec.default), allowed, spec.help.clone()]);
    }
    out.push('\n');
}

fn dropped(out: &mut String, manifest: &Manifest) {
    line(out, "## Left behind");
    if manifest.dropped.is_empty() {
        line(out, "Nothing.");
    } else {
        out.push_str("| source field | why |\n|---|---|\n");
        for field in &manifest.dropped {
            row(out, &[format!("`{}`", field.source), field.reason.clone()]);
        }
        out.push('\n');
    }
    // One line break ends a file.
    out.truncate(out.trim_end().len());
    out.push('\n');
}

fn row(out: &mut String, cells: &[String]) {
    for cell in cells {
        // Writing to a text cannot fail.
        let _ = write!(out, "| {} ", cell.replace('|', "\\|").replace('\n', " "));
    }
    out.push_str("|\n");
}
