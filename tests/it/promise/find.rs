//! Finding the records of Odoo that a truth speaks of.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use odograft_migration::external_id;
use odograft_odoo::{Client, SearchOptions};
use odograft_standins::practice::truth::Key;
use serde_json::{Value, json};

/// Rows of one answer.
const PAGE: usize = 5_000;

/// Finds records by their keys, and remembers what it has found.
pub(super) struct Finder {
    /// The module part of the migration's external ids.
    namespace: String,
    /// The migration's own records, by external id without its module.
    made: HashMap<String, (String, i64)>,
    found: BTreeMap<(String, Key), Option<i64>>,
}

impl Finder {
    /// Reads every external id of the migration.
    pub(super) async fn open(client: &Client, namespace: String) -> Self {
        let mut made = HashMap::new();
        loop {
            let options = SearchOptions {
                limit: Some(PAGE),
                offset: made.len(),
                order: Some("id".to_owned()),
                ..SearchOptions::default()
            };
            let domain = json!([["module", "=", namespace]]);
            let page = client.search_read("ir.model.data", domain, &["name", "model", "res_id"], options).await;
            let page = page.expect("external ids");
            let is_last = page.len() < PAGE;
            for row in page {
                let text = |field: &str| row[field].as_str().expect("text").to_owned();
                made.insert(text("name"), (text("model"), row["res_id"].as_i64().expect("an id")));
            }
            if is_last {
                return Self { namespace, made, found: BTreeMap::new() };
            }
        }
    }

    /// The record of a key; none where there is none, or more than one.
    pub(super) async fn id(&mut self, client: &Client, model: &str, key: &Key) -> Option<i64> {
        if let Key::Source { object, id } = key {
            return self.made(model, object, id);
        }
        let asked = (model.to_owned(), key.clone());
        if let Some(found) = self.found.get(&asked) {
            return *found;
        }
        let found = self.search(client, model, key).await;
        self.found.insert(asked, found);
        found
    }

    /// The record that the migration has made of a source record.
    pub(super) fn made(&self, model: &str, object: &str, id: &str) -> Option<i64> {
        let full = external_id(&self.namespace, model, object, id);
        let name = full.strip_prefix(&format!("{}.", self.namespace))?;
        self.made.get(name).filter(|(of, _)| of == model).map(|(_, id)| *id)
    }

    /// How many records of each of these models the migration has made that are not among the `spoken` ones. What Odoo makes
    /// beside them, such as a product's template, has an external id too.
    pub(super) fn unspoken(&self, models: &BTreeSet<&str>, spoken: &HashSet<(&str, i64)>) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        let own = self.made.values().filter(|(model, _)| models.contains(model.as_str()));
        for (model, _) in own.filter(|(model, id)| !spoken.contains(&(model.as_str(), *id))) {
            *counts.entry(model.as_str()).or_default() += 1;
        }
        counts
    }

    async fn search(&mut self, client: &Client, model: &str, key: &Key) -> Option<i64> {
        match key {
            Key::Source { .. } => None,
            Key::Holding(held) => alone(client, model, conditions(held)).await,
            Key::Below { field, model: parents, key, holding } => {
                let parent = Box::pin(self.id(client, parents, key)).await?;
                let mut domain = conditions(holding);
                domain.push(json!([field, "=", parent]));
                alone(client, model, domain).await
            }
            Key::Taken { model: other, key, field } => {
                let id = Box::pin(self.id(client, other, key)).await?;
                let rows = client.read(other, &[id], &[field]).await.expect("a record");
                rows.first().and_then(|row| row[*field][0].as_i64())
            }
            Key::External(name) => {
                let known = client.resolve_external_ids(&[(*name).to_owned()]).await.expect("external ids");
                known.get(*name).filter(|(of, _)| of == model).map(|(_, id)| *id)
            }
        }
    }
}

fn conditions(held: &[(&str, String)]) -> Vec<Value> {
    held.iter().map(|(field, value)| json!([field, "=", value])).collect()
}

/// The one record that a domain selects.
async fn alone(client: &Client, model: &str, domain: Vec<Value>) -> Option<i64> {
    let options = SearchOptions { include_archived: true, limit: Some(2), ..SearchOptions::default() };
    let rows = client.search_read(model, json!(domain), &["id"], options).await.expect("a search");
    rows.first().filter(|_| rows.len() == 1).and_then(|row| row["id"].as_i64())
}

/// A key as a failure names it: numbers of the source, never what a record holds.
pub(super) fn told(key: &Key) -> String {
    match key {
        Key::Source { object, id } => format!("{object} {id}"),
        Key::Holding(held) => {
            let fields: Vec<String> = held.iter().map(|(field, _)| format!("`{field}`")).collect();
            format!("known by {}", fields.join(" and "))
        }
        Key::Below { key, .. } => format!("below {}", told(key)),
        Key::Taken { model, field, .. } => format!("`{field}` of a `{model}`"),
        Key::External(name) => format!("`{name}`"),
    }
}
