//! Two versions of a module over a corpus: what they declare, what they do, what it costs.
//!
//! A difference that somebody has looked at and wants is *accepted*: its [`Accepted`] is written down, and the same
//! difference is no news any more. What is kept is one digest over all changes with their values, so the file holds no
//! value of a record, and a build of the new version with other bytes and the same answers is still accepted.

use std::collections::BTreeMap;

use odograft_engine::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::case::Input;
use crate::changes::Part;
use crate::subject::{Subject, SubjectError};
use crate::verdict::{Differing, differing};

/// What differs between two modules.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Records of the corpus.
    pub records: usize,
    /// Records whose answers differ.
    pub changed: Vec<ChangedRecord>,
    /// For each part of answers that differs, in how many records.
    pub parts: Vec<PartCount>,
    /// What the manifests declare differently, in words: `res.partner.name: rule`.
    pub declared: Vec<String>,
    /// Fuel of the old module.
    pub fuel_old: u64,
    /// Fuel of the new one.
    pub fuel_new: u64,
    /// One digest over all changes with their values and over what is declared differently.
    pub digest: String,
}

/// A record whose answers differ.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedRecord {
    /// Which input of the corpus, counted from 0.
    pub input: usize,
    /// The record and its changes.
    #[serde(flatten)]
    pub differing: Differing,
}

/// How often a part differs.
#[derive(Debug, Clone, Serialize)]
pub struct PartCount {
    /// The part.
    #[serde(flatten)]
    pub part: Part,
    /// Records in which it differs.
    pub records: usize,
}

/// A difference that is wanted, as it is kept in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// SHA-256 of the old module.
    pub old: String,
    /// SHA-256 of the new module when the difference was accepted.
    pub new: String,
    /// Records of the corpus.
    pub records: usize,
    /// Records that differ.
    pub changed: usize,
    /// What differs, with the number of records.
    pub parts: BTreeMap<String, usize>,
    /// [`Comparison::digest`].
    pub changes: String,
}

impl Comparison {
    /// Whether nothing differs; fuel alone is no difference.
    #[must_use]
    pub fn same(&self) -> bool {
        self.changed.is_empty() && self.declared.is_empty()
    }

    /// The difference as it is accepted.
    #[must_use]
    pub fn accepted(&self, old: &Subject, new: &Subject) -> Accepted {
        Accepted {
            old: old.digest().to_owned(),
            new: new.digest().to_owned(),
            records: self.records,
            changed: self.changed.len(),
            parts: self.parts.iter().map(|count| (count.part.to_string(), count.records)).collect(),
            changes: self.digest.clone(),
        }
    }

    /// Whether this is the difference that was accepted: the same old module and the same changes.
    #[must_use]
    pub fn is(&self, accepted: &Accepted, old: &Subject) -> bool {
        accepted.old == old.digest() && accepted.changes == self.digest
    }

    /// Takes all values out, so that what is left can be shown to anyone.
    pub fn without_values(&mut self) {
        for change in self.changed.iter_mut().flat_map(|record| &mut record.differing.changes) {
            change.old = None;
            change.new = None;
        }
    }
}

/// Compares two modules of one source.
///
/// # Errors
/// One of them cannot be asked: it refuses a setting of the corpus, or the records are another source's.
pub fn compare(old: &Subject, new: &Subject, corpus: &[Input]) -> Result<Comparison, SubjectError> {
    let mut comparison = Comparison {
        records: 0,
        changed: Vec::new(),
        parts: Vec::new(),
        declared: Vec::new(),
        fuel_old: 0,
        fuel_new: 0,
        digest: String::new(),
    };
    for (number, input) in corpus.iter().enumerate() {
        let (settings, rows) = (input.settings(), input.rows());
        let (before, after) = (old.ready(input.as_of, &settings)?, new.ready(input.as_of, &settings)?);
        let (ran_old, ran_new) = (old.run(&before, &rows)?, new.run(&after, &rows)?);
        comparison.records += rows.len();
        comparison.fuel_old += ran_old.fuel;
        comparison.fuel_new += ran_new.fuel;
        let changed = differing(&ran_old.answers(&before.manifest), &ran_new.answers(&after.manifest));
        comparison.changed.extend(changed.into_iter().map(|differing| ChangedRecord { input: number, differing }));
        for word in declared(&json!(before.manifest), &json!(after.manifest)) {
            if !comparison.declared.contains(&word) {
                comparison.declared.push(word);
            }
        }
    }
    let mut counts: BTreeMap<&Part, usize> = BTreeMap::new();
    for record in &comparison.changed {
        let mut parts: Vec<_> = record.differing.changes.iter().map(|change| &change.part).collect();
        parts.sort();
        parts.dedup();
        parts.into_iter().for_each(|part| *counts.entry(part).or_default() += 1);
    }
    comparison.parts = counts.into_iter().map(|(part, records)| PartCount { part: part.clone(), records }).collect();
    comparison.digest = digest(json!([comparison.changed, comparison.declared]).to_string().as_bytes());
    Ok(comparison)
}

/// What two manifests declare differently.
fn declared(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (entries(old), entries(new));
    let mut words = Vec::new();
    for (name, entry) in &old {
        match new.get(name) {
            None => words.push(format!("{name}: no longer declared")),
            Some(other) => {
                let mut what: Vec<&str> = entry.keys().map(String::as_str).collect();
                what.retain(|part| entry.get(*part) != other.get(*part));
                if !what.is_empty() {
                    words.push(format!("{name}: {}", what.join(", ")));
                }
            }
        }
    }
    words.extend(new.keys().filter(|name| !old.contains_key(*name)).map(|name| format!("{name}: newly declared")));
    words
}

/// Whatever a manifest declares, each under a name that a person knows it by.
fn entries(manifest: &Value) -> BTreeMap<String, Map<String, Value>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut entries = BTreeMap::new();
    let mut add = |name: String, value: &Value, but: &str| {
        let mut entry = value.as_object().cloned().unwrap_or_default();
        entry.remove(but);
        entries.insert(name, entry);
    };
    for target in list(&manifest["targets"]) {
        let name = format!("{} → {}", word(&target["object"]), word(&target["model"]));
        for field in list(&target["fields"]) {
            add(format!("{name}.{}", word(&field["name"])), &field, "name");
        }
        add(name, &target, "fields");
    }
    let others =
        [("setting", "settings", "name"), ("dropped", "dropped", "source"), ("handover", "handovers", "title")];
    for (kind, part, name) in others {
        for value in list(&manifest[part]) {
            add(format!("{kind} `{}`", word(&value[name])), &value, name);
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_compared_by_name() {
        let manifest = |note: &str, fields: Value, settings: Value| {
            let target = json!({ "object": "patient", "model": "res.partner", "note": note, "fields": fields });
            json!({ "targets": [target], "settings": settings })
        };
        let fields = json!([{ "name": "name", "rule": "a" }, { "name": "zip" }, { "name": "city" }]);
        let old = manifest("", fields, json!([]));
        let fields = json!([{ "name": "name", "rule": "b" }, { "name": "zip" }, { "name": "street" }]);
        let new = manifest("archived too", fields, json!([{ "name": "group", "default": "" }]));
        let expected = [
            "patient → res.partner.city: no longer declared",
            "patient → res.partner.name: rule",
            "patient → res.partner.street: newly declared",
            "patient → res.partner: note",
            "setting `group`: newly declared",
        ];
        let mut found = declared(&old, &new);
        found.sort();
        assert_eq!(found, expected);
        assert!(declared(&old, &old).is_empty());
    }
}
