//! What is wrong with a manifest before any record is seen: each problem would otherwise show in Odoo, in the mapping
//! sheet or in a migration's last hour.

mod fields;
mod sources;

use std::collections::BTreeSet;

use odograft_records::bindings::transform::manifest::{Cardinality, FieldKind, Manifest, SettingSpec, Target};
use serde::Serialize;

use odograft_records::Object;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// A migration would fail or lose data.
    Error,
    /// It would work, and somebody would wonder.
    Warning,
}

/// Something wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How much it matters.
    pub weight: Weight,
    /// A stable word for the kind of problem, such as `duplicate-field`.
    pub code: &'static str,
    /// Where: `patient → res.partner.name`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Gathers problems of one place.
struct At<'a> {
    place: String,
    problems: &'a mut Vec<Problem>,
}

impl At<'_> {
    fn error(&mut self, code: &'static str, message: impl Into<String>) {
        let (place, message) = (self.place.clone(), message.into());
        self.problems.push(Problem { weight: Weight::Error, code, place, message });
    }

    fn warning(&mut self, code: &'static str, message: impl Into<String>) {
        let (place, message) = (self.place.clone(), message.into());
        self.problems.push(Problem { weight: Weight::Warning, code, place, message });
    }
}

/// All problems of a manifest, whose source has these objects.
#[must_use]
pub fn lint(manifest: &Manifest, objects: &[Object<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut at = At { place: "the manifest".to_owned(), problems: &mut problems };
    for (what, word) in [("name", &manifest.name), ("version", &manifest.version)] {
        if word.trim().is_empty() {
            at.error("no-name", format!("its `{what}` is empty; reports and the ledger call the module by it"));
        }
    }
    if manifest.targets.is_empty() && manifest.handovers.is_empty() {
        at.warning("no-target", "it declares neither a target nor a handover, so nothing can come out");
    }
    let mut seen = BTreeSet::new();
    for (number, target) in manifest.targets.iter().enumerate() {
        let mut at = At { place: format!("{} → {}", target.object, target.model), problems: &mut problems };
        // What needs an app may fall away, and the rest must not fall with it.
        if !seen.insert((&target.object, &target.model, &target.needs_app, hangs_on(target))) {
            at.error(
                "duplicate-target",
                format!("target {number} has the object and model of an earlier one; declare all fields in one"),
            );
        }
        self::target(target, objects, &mut at);
        fields::fields(target, objects, &mut problems);
    }
    handovers(manifest, objects, &mut problems);
    settings(&manifest.settings, &mut problems);
    sources::dropped(manifest, objects, &mut problems);
    problems.sort_by_key(|problem| problem.weight);
    problems
}

/// The models of the records that a target's records hang on. A declaration names one model for a field such as `res_id`,
/// so files that hang on contacts and files that hang on opportunities are two targets.
fn hangs_on(target: &Target) -> Vec<&str> {
    let mut models = Vec::new();
    for field in &target.fields {
        if let FieldKind::Many2oneReference(model) = &field.kind {
            models.push(model.as_str());
        }
    }
    models
}

fn target(target: &Target, objects: &[Object<'_>], at: &mut At<'_>) {
    object(&target.object, objects, at);
    if !fields::is_model(&target.model) {
        at.error("model-name", format!("`{}` is no name of an Odoo model; such as `res.partner`", target.model));
    }
    if target.fields.is_empty() {
        at.error("no-field", "it declares no field, so nothing can be written to it");
    }
    for name in &target.adopt_by {
        if !target.fields.iter().any(|field| field.name == *name) {
            at.error("adopt-by", format!("`adopt-by` names `{name}`, which is none of its fields"));
        }
    }
    if !target.may_create && target.adopt_by.is_empty() && target.cardinality != Cardinality::ManyToOne {
        at.warning(
            "never-found",
            "it may not create records and has nothing to find existing ones by; name fields in `adopt-by`",
        );
    }
    if target.needs_app.as_ref().is_some_and(|app| app.trim().is_empty()) {
        at.error("needs-app", "`needs-app` is empty; name the app, or leave it out");
    }
}

/// The object with this name, or a problem.
fn object<'o>(name: &str, objects: &'o [Object<'o>], at: &mut At<'_>) -> Option<&'o Object<'o>> {
    let found = objects.iter().find(|object| object.name == name);
    if found.is_none() {
        let known: Vec<_> = objects.iter().map(|object| format!("`{}`", object.name)).collect();
        at.error("no-such-object", format!("`{name}` is none of the source's objects: {}", known.join(", ")));
    }
    found
}

fn handovers(manifest: &Manifest, objects: &[Object<'_>], problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for kind in &manifest.handovers {
        let mut at = At { place: format!("handover `{}`", kind.title), problems };
        object(&kind.object, objects, &mut at);
        if kind.title.trim().is_empty() || kind.rebuild_in.trim().is_empty() {
            at.error("no-words", "title and `rebuild-in` are what a person reads; neither may be empty");
        }
        if !seen.insert((&kind.object, &kind.title)) {
            at.error("duplicate-handover", "an earlier one has the same object and title");
        }
    }
}

fn settings(specs: &[SettingSpec], problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for spec in specs {
        let mut at = At { place: format!("setting `{}`", spec.name), problems };
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if spec.name.is_empty() || !spec.name.chars().all(legal) {
            at.error("setting-name", "its name is a key of `odograft.toml`: lower-case letters, digits, `_` and `-`");
        }
        if !seen.insert(&spec.name) {
            at.error("duplicate-setting", "an earlier one has the same name");
        }
        if !spec.allowed.is_empty() && !spec.allowed.contains(&spec.default) {
            at.error(
                "default-not-allowed",
                format!("its default `{}` is none of what it allows: {}", spec.default, spec.allowed.join(", ")),
            );
        }
        if spec.help.trim().is_empty() {
            at.warning("no-help", "its help is empty; say what it does");
        }
    }
}

#[cfg(test)]
mod tests;
