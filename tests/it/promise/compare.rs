//! What Odoo holds against what must stand there, and everything else that a truth says.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use odograft_odoo::{Client, read_plain};
use odograft_records::bindings::transform::manifest::Manifest;
use odograft_standins::practice::truth::{Expected, Holds, Said, Statement};
use serde_json::{Map, Value};

use super::command::Document;
use super::declared::{Declared, explanation};
use super::find::{Finder, told};
use super::outcome::Outcome;
use super::{markup, mouth};

/// Records of one answer.
const PAGE: usize = 200;

/// A comparison under way.
pub(super) struct Comparison<'s> {
    statement: &'s Statement,
    manifests: &'s [Manifest],
    declared: Declared<'s>,
    finder: Finder,
    outcome: Outcome,
}

impl<'s> Comparison<'s> {
    pub(super) fn new(
        rows: &'static [&'static str],
        manifests: &'s [Manifest],
        statement: &'s Statement,
        finder: Finder,
    ) -> Self {
        Self { statement, manifests, declared: Declared::new(manifests), finder, outcome: Outcome::of(rows) }
    }

    /// Reads every record of the truth and compares each of its fields.
    pub(super) async fn records(&mut self, client: &Client) {
        let mut by_model: BTreeMap<&str, Vec<(i64, &Expected)>> = BTreeMap::new();
        for expected in &self.statement.records {
            match self.finder.id(client, expected.model, &expected.key).await {
                Some(id) => by_model.entry(expected.model).or_default().push((id, expected)),
                None => {
                    self.outcome.fail(expected.row, format!("`{}` {}: not found", expected.model, told(&expected.key)));
                }
            }
        }
        let spoken: HashSet<(&str, i64)> =
            by_model.iter().flat_map(|(model, records)| records.iter().map(|(id, _)| (*model, *id))).collect();
        let targets = self.manifests.iter().flat_map(|manifest| &manifest.targets);
        let written: BTreeSet<&str> = targets.map(|target| target.model.as_str()).collect();
        for (model, count) in self.finder.unspoken(&written, &spoken) {
            self.outcome
                .check(false, || format!("{count} records of `{model}` were made that the truth does not know"));
        }
        for (model, records) in by_model {
            let fields: BTreeSet<&str> =
                records.iter().flat_map(|(_, one)| &one.fields).map(|said| said.field).collect();
            let known = client.fields_get(model).await.expect("the model is there");
            let fields: Vec<&str> = fields.into_iter().filter(|field| known.contains_key(*field)).collect();
            for page in records.chunks(PAGE) {
                let ids: BTreeSet<i64> = page.iter().map(|(id, _)| *id).collect();
                let ids: Vec<i64> = ids.into_iter().collect();
                let rows = client.read(model, &ids, &fields).await.expect("every field is there");
                let mut rows: HashMap<i64, Map<String, Value>> =
                    rows.into_iter().filter_map(|row| Some((row["id"].as_i64()?, row))).collect();
                // Odoo leaves archived records out of lists; what they hold is what counts.
                let said = page.iter().flat_map(|(_, one)| &one.fields);
                let lists: BTreeSet<&str> =
                    said.filter(|said| matches!(said.odoo, Holds::Records(..))).map(|said| said.field).collect();
                let lists: Vec<&str> = lists.into_iter().collect();
                if !lists.is_empty() {
                    for whole in read_plain(client, model, &ids, &lists).await.expect("every field is there") {
                        let row = whole["id"].as_i64().and_then(|id| rows.get_mut(&id));
                        row.into_iter().for_each(|row| row.extend(whole.clone()));
                    }
                }
                for (id, expected) in page {
                    match rows.get(id) {
                        Some(row) => self.record(client, expected, row).await,
                        None => self.outcome.fail(expected.row, format!("`{model}` {id}: not there")),
                    }
                }
            }
        }
    }

    async fn record(&mut self, client: &Client, expected: &Expected, row: &Map<String, Value>) {
        let Expected { row: of, object, model, key, fields } = expected;
        self.outcome.record(of);
        for said in fields {
            let at = || format!("`{model}.{}` of {} (Odoo's {})", said.field, told(key), row["id"]);
            let Some(field) = self.declared.compared(object, model, said.field) else {
                self.outcome.fail(of, format!("{}: not declared for {object}", at()));
                continue;
            };
            let Some(value) = row.get(said.field) else {
                self.outcome.fail(of, format!("{}: Odoo has no such field", at()));
                continue;
            };
            if !self.holds(client, &said.odoo, value).await {
                self.outcome.fail(of, format!("{}: holds something else", at()));
            } else if is_as_said(said) {
                self.outcome.same(of);
            } else {
                match explanation(field) {
                    Some(rule) => self.outcome.changed(of, said.field, &rule),
                    None => self.outcome.fail(of, format!("{}: changed, and no rule is declared", at())),
                }
            }
        }
    }

    /// Whether a value as Odoo gives it is this.
    async fn holds(&mut self, client: &Client, wanted: &Holds, value: &Value) -> bool {
        match wanted {
            Holds::Empty => is_empty(value),
            Holds::Is(wanted) => match (wanted.as_f64(), value.as_f64()) {
                (Some(wanted), Some(value)) => wanted == value,
                _ => wanted == value,
            },
            Holds::Json(wanted) => {
                let parsed = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
                parsed.as_ref() == Some(wanted)
            }
            Holds::JsonWith(wanted) => {
                let parsed = serde_json::from_str(&markup::words(value.as_str().unwrap_or_default()));
                parsed.is_ok_and(|document| contains(&document, wanted))
            }
            Holds::Reads { text, with } => {
                let html = value.as_str().unwrap_or_default();
                markup::words(html) == markup::blanks(text) && with.iter().all(|element| markup::has(html, element))
            }
            Holds::Mouth(mouth) => mouth::shows(value.as_str().unwrap_or_default(), mouth),
            Holds::Record(model, key) => {
                let id = self.finder.id(client, model, key).await;
                id.is_some() && referred(value) == id
            }
            Holds::Records(model, keys) => {
                let mut ids = BTreeSet::new();
                for key in keys {
                    let Some(id) = self.finder.id(client, model, key).await else { return false };
                    ids.insert(id);
                }
                let held: BTreeSet<i64> = value.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
                held == ids
            }
            Holds::Named(name) => value[1] == name.as_str(),
        }
    }

    /// What was put aside is what the truth says, no more and no less, and nothing of it is in Odoo.
    pub(super) fn aside(&mut self, status: &Value) {
        let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let rows = status["quarantined"].as_array().expect("a list");
        let rows: Vec<_> =
            rows.iter().map(|row| ["object", "source_id", "code"].map(|field| text(row, field))).collect();
        let mut expected = vec![false; self.statement.aside.len()];
        for [object, id, code] in &rows {
            let is_it = |aside: &odograft_standins::practice::truth::Aside| {
                let same_id = aside.id == *id || aside.id.ends_with('/') && id.starts_with(&aside.id);
                aside.object == object && aside.code == code && same_id
            };
            let mut known = false;
            for (at, _) in self.statement.aside.iter().enumerate().filter(|(_, aside)| is_it(aside)) {
                expected[at] = true;
                known = true;
            }
            self.outcome
                .check(known, || format!("{object} {id} was put aside as `{code}`, and the truth does not say so"));
        }
        for (aside, found) in std::iter::zip(&self.statement.aside, expected) {
            if found {
                self.outcome.same(aside.row);
            } else {
                let (object, id, code) = (aside.object, &aside.id, aside.code);
                self.outcome.fail(aside.row, format!("{object} {id} was not put aside as `{code}`"));
            }
            let targets = self.manifests.iter().flat_map(|manifest| &manifest.targets);
            for target in targets.filter(|target| target.object == aside.object) {
                if self.finder.made(&target.model, aside.object, &aside.id).is_some() {
                    let (object, id, model) = (aside.object, &aside.id, &target.model);
                    self.outcome
                        .fail(aside.row, format!("{object} {id} was put aside, and is a `{model}` all the same"));
                }
            }
        }
    }

    /// Every document of the truth is handed over, with what must be in it.
    pub(super) fn handed(&mut self, documents: &[Document]) {
        for wanted in &self.statement.handed {
            let of_key = |one: &&Document| one.title == wanted.title && one.key == wanted.key;
            match documents.iter().find(of_key) {
                None => self.outcome.fail(wanted.row, format!("`{}` of {}: not handed over", wanted.title, wanted.key)),
                Some(Document { document, .. }) => {
                    self.outcome.record(wanted.row);
                    for (member, value) in wanted.document.as_object().into_iter().flatten() {
                        if contains(&document[member], value) {
                            self.outcome.same(wanted.row);
                        } else {
                            let (title, key) = (wanted.title, &wanted.key);
                            self.outcome
                                .fail(wanted.row, format!("`{title}` of {key}: `{member}` says something else"));
                        }
                    }
                }
            }
        }
    }

    /// What was found, with what was never looked at.
    pub(super) fn end(mut self) -> Outcome {
        for gap in self.declared.gaps(self.statement) {
            self.outcome.check(false, || gap);
        }
        self.outcome
    }
}

/// Whether Odoo must hold just what the source says.
fn is_as_said(said: &Said) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match &said.odoo {
        Holds::Empty => is_empty(&said.source),
        Holds::Is(value) => !said.source.is_null() && text(value) == text(&said.source),
        Holds::Reads { text: words, .. } => said.source == words.as_str(),
        _ => false,
    }
}

/// Nothing: of a list, when each of its parts is nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        _ => false,
    }
}

/// The id that a reference holds: a many2one with its name, or a bare number.
fn referred(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value[0].as_i64())
}

/// Whether all that `wanted` has stands in `document`.
fn contains(document: &Value, wanted: &Value) -> bool {
    match (document, wanted) {
        (Value::Object(document), Value::Object(wanted)) => {
            wanted.iter().all(|(name, value)| document.get(name).is_some_and(|held| contains(held, value)))
        }
        (Value::Array(document), Value::Array(wanted)) => {
            document.len() == wanted.len()
                && std::iter::zip(document, wanted).all(|(held, value)| contains(held, value))
        }
        _ => document == wanted,
    }
}
