//! Rows, their indexes and the undo log that makes a call commit wholly or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::tables::Model;

/// A record's stored values. An absent field is NULL; a many2one is the id, a many2many the ids.
pub(crate) type Row = Map<String, Value>;

#[derive(Debug, Default, Clone)]
struct Table {
    rows: BTreeMap<i64, Arc<Row>>,
    next: i64,
}

#[derive(Debug)]
enum Undo {
    Row { model: String, id: i64, before: Option<Arc<Row>> },
    Next { model: String, next: i64 },
    Model { model: Arc<Model> },
}

/// The database.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) models: HashMap<String, Arc<Model>>,
    tables: HashMap<String, Table>,
    /// `ir.model.data` by name, then module.
    external: HashMap<String, HashMap<String, i64>>,
    /// Rows that hang on a document: (kind, model, record).
    hanging: HashMap<(Hanging, String, i64), BTreeSet<i64>>,
    /// Rows by what their references name: model, field, the id that is named. Made when it is first asked for.
    references: Mutex<HashMap<String, HashMap<String, Named>>>,
    undo: Vec<Undo>,
}

/// The rows that name an id.
type Named = HashMap<i64, BTreeSet<i64>>;

/// What may hang on a document by model and id, without a foreign key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Hanging {
    Activity,
    Message,
    Attachment,
    ExternalId,
}

impl Hanging {
    pub(crate) const ALL: [Hanging; 4] =
        [Hanging::Activity, Hanging::Message, Hanging::Attachment, Hanging::ExternalId];

    /// The model of the rows that hang.
    pub(crate) fn model(self) -> &'static str {
        match self {
            Hanging::Activity => "mail.activity",
            Hanging::Message => "mail.message",
            Hanging::Attachment => "ir.attachment",
            Hanging::ExternalId => "ir.model.data",
        }
    }

    fn of(model: &str) -> Option<(Hanging, &'static str)> {
        match model {
            "mail.activity" => Some((Hanging::Activity, "res_model")),
            "mail.message" => Some((Hanging::Message, "model")),
            "ir.attachment" => Some((Hanging::Attachment, "res_model")),
            "ir.model.data" => Some((Hanging::ExternalId, "model")),
            _ => None,
        }
    }
}

/// A point to roll back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Savepoint(usize);

impl Store {
    pub(crate) fn new(models: HashMap<String, Arc<Model>>) -> Store {
        Store { models, ..Store::default() }
    }

    pub(crate) fn model(&self, name: &str) -> Option<Arc<Model>> {
        self.models.get(name).cloned()
    }

    pub(crate) fn get(&self, model: &str, id: i64) -> Option<&Arc<Row>> {
        self.tables.get(model)?.rows.get(&id)
    }

    pub(crate) fn exists(&self, model: &str, id: i64) -> bool {
        self.get(model, id).is_some()
    }

    /// Rows in the order of their ids.
    pub(crate) fn rows(&self, model: &str) -> impl DoubleEndedIterator<Item = (i64, &Arc<Row>)> {
        self.tables.get(model).into_iter().flat_map(|table| table.rows.iter().map(|(id, row)| (*id, row)))
    }

    pub(crate) fn count(&self, model: &str) -> usize {
        self.tables.get(model).map_or(0, |table| table.rows.len())
    }

    /// A new id of the model's sequence.
    pub(crate) fn next_id(&mut self, model: &str) -> i64 {
        let table = self.tables.entry(model.to_owned()).or_default();
        self.undo.push(Undo::Next { model: model.to_owned(), next: table.next });
        table.next += 1;
        table.next
    }

    /// Stores a row under its id.
    pub(crate) fn put(&mut self, model: &str, id: i64, row: Row) {
        self.set(model, id, Some(&Arc::new(row)), true);
    }

    /// Deletes a row.
    pub(crate) fn delete(&mut self, model: &str, id: i64) {
        self.set(model, id, None, true);
    }

    /// Replaces a model's fields.
    pub(crate) fn set_model(&mut self, model: Model) {
        let name = model.name.clone();
        if let Some(before) = self.models.insert(name, Arc::new(model)) {
            self.undo.push(Undo::Model { model: before });
        }
    }

    fn set(&mut self, model: &str, id: i64, after: Option<&Arc<Row>>, log: bool) {
        let table = self.tables.entry(model.to_owned()).or_default();
        let before = match after {
            Some(row) => {
                table.next = table.next.max(id);
                table.rows.insert(id, Arc::clone(row))
            }
            None => table.rows.remove(&id),
        };
        let references = self.references.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (field, rows) in references.get_mut(model).into_iter().flatten() {
            for named in before.as_deref().map(|row| ids_in(row, field)).unwrap_or_default() {
                if let Some(rows) = rows.get_mut(&named) {
                    rows.remove(&id);
                }
            }
            for named in after.map(|row| ids_in(row, field)).unwrap_or_default() {
                rows.entry(named).or_default().insert(id);
            }
        }
        if let Some((kind, column)) = Hanging::of(model) {
            let place = |row: &Row| {
                let document = row.get(column)?.as_str()?;
                Some((kind, document.to_owned(), row.get("res_id")?.as_i64()?))
            };
            if let Some(key) = before.as_deref().and_then(place)
                && let Some(set) = self.hanging.get_mut(&key)
            {
                set.remove(&id);
            }
            if let Some(key) = after.map(AsRef::as_ref).and_then(place) {
                self.hanging.entry(key).or_default().insert(id);
            }
            if kind == Hanging::ExternalId {
                if let Some((module, name)) = before.as_deref().and_then(external_key)
                    && let Some(modules) = self.external.get_mut(name)
                    && modules.get(module) == Some(&id)
                {
                    modules.remove(module);
                }
                if let Some((module, name)) = after.map(AsRef::as_ref).and_then(external_key) {
                    self.external.entry(name.to_owned()).or_default().insert(module.to_owned(), id);
                }
            }
        }
        if log {
            self.undo.push(Undo::Row { model: model.to_owned(), id, before });
        }
    }

    /// The `ir.model.data` row of `module.name`.
    pub(crate) fn external(&self, module: &str, name: &str) -> Option<i64> {
        self.external.get(name)?.get(module).copied()
    }

    /// The `ir.model.data` rows with this name in any module.
    pub(crate) fn external_named(&self, name: &str) -> Vec<i64> {
        self.external.get(name).map(|modules| modules.values().copied().collect()).unwrap_or_default()
    }

    /// What an external id names: `ir.model.data` row, model and record.
    pub(crate) fn resolve(&self, xmlid: &str) -> Option<(i64, String, i64)> {
        let (module, name) = xmlid.split_once('.')?;
        let id = self.external(module, name)?;
        let row = self.get("ir.model.data", id)?;
        Some((id, row.get("model")?.as_str()?.to_owned(), row.get("res_id")?.as_i64()?))
    }

    /// The rows that hang on a document.
    pub(crate) fn hanging(&self, kind: Hanging, model: &str, id: i64) -> Vec<i64> {
        self.hanging.get(&(kind, model.to_owned(), id)).map(|set| set.iter().copied().collect()).unwrap_or_default()
    }

    /// The rows of a model whose field names one of these ids.
    pub(crate) fn referring(&self, model: &str, field: &str, ids: &HashSet<i64>) -> Vec<i64> {
        let mut references = self.references.lock().unwrap_or_else(PoisonError::into_inner);
        let fields = references.entry(model.to_owned()).or_default();
        let rows = fields.entry(field.to_owned()).or_insert_with(|| {
            let mut named = Named::new();
            for (id, row) in self.rows(model) {
                for of in ids_in(row, field) {
                    named.entry(of).or_default().insert(id);
                }
            }
            named
        });
        ids.iter().filter_map(|id| rows.get(id)).flatten().copied().collect()
    }

    pub(crate) fn savepoint(&self) -> Savepoint {
        Savepoint(self.undo.len())
    }

    /// Whether anything changed since the savepoint.
    pub(crate) fn changed_since(&self, point: Savepoint) -> bool {
        self.undo.len() > point.0
    }

    /// Takes back everything since the savepoint.
    pub(crate) fn rollback(&mut self, point: Savepoint) {
        while self.undo.len() > point.0 {
            match self.undo.pop() {
                Some(Undo::Row { model, id, before }) => self.set(&model, id, before.as_ref(), false),
                Some(Undo::Next { model, next }) => {
                    if let Some(table) = self.tables.get_mut(&model) {
                        table.next = next;
                    }
                }
                Some(Undo::Model { model }) => {
                    self.models.insert(model.name.clone(), model);
                }
                None => break,
            }
        }
    }

    /// Takes back rows and fields since the savepoint, but not the ids that were dealt out: PostgreSQL's
    /// sequences don't roll back either.
    pub(crate) fn rollback_to_savepoint(&mut self, point: Savepoint) {
        let mut dealt = Vec::new();
        for undo in self.undo.split_off(point.0.min(self.undo.len())).into_iter().rev() {
            match undo {
                Undo::Row { model, id, before } => self.set(&model, id, before.as_ref(), false),
                Undo::Model { model } => {
                    self.models.insert(model.name.clone(), model);
                }
                next @ Undo::Next { .. } => dealt.push(next),
            }
        }
        self.undo.extend(dealt.into_iter().rev());
    }

    /// Keeps everything: the undo log is forgotten.
    pub(crate) fn commit(&mut self) {
        self.undo.clear();
    }
}

fn external_key(row: &Row) -> Option<(&str, &str)> {
    Some((row.get("module").and_then(Value::as_str).unwrap_or_default(), row.get("name")?.as_str()?))
}

/// The ids in a row's reference, or its list of them.
fn ids_in(row: &Row, field: &str) -> Vec<i64> {
    match row.get(field) {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_i64).collect(),
        Some(value) => value.as_i64().into_iter().collect(),
        None => Vec::new(),
    }
}

/// The id in a row's many2one.
pub(crate) fn id_of(row: &Row, field: &str) -> Option<i64> {
    row.get(field).and_then(Value::as_i64)
}

/// The text in a row's field.
pub(crate) fn text_of<'row>(row: &'row Row, field: &str) -> Option<&'row str> {
    row.get(field).and_then(Value::as_str)
}

/// Whether a row's boolean is set.
pub(crate) fn is_set(row: &Row, field: &str) -> bool {
    row.get(field).and_then(Value::as_bool).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Value) -> Row {
        match value {
            Value::Object(map) => map,
            _ => Row::new(),
        }
    }

    #[test]
    fn rolling_back_restores_rows_sequences_and_indexes() {
        let mut store = Store::default();
        let first = store.next_id("ir.model.data");
        store.put("ir.model.data", first, row(json!({"module": "m", "name": "a", "model": "x", "res_id": 5})));
        store.commit();
        let point = store.savepoint();
        store.put("ir.model.data", first, row(json!({"module": "m", "name": "b", "model": "x", "res_id": 6})));
        let second = store.next_id("ir.model.data");
        store.put("ir.model.data", second, row(json!({"module": "m", "name": "c", "model": "x", "res_id": 5})));
        assert!(store.changed_since(point));
        store.rollback(point);
        assert_eq!(store.resolve("m.a"), Some((first, "x".to_owned(), 5)));
        assert_eq!(store.resolve("m.b"), None);
        assert_eq!(store.resolve("m.c"), None);
        assert_eq!(store.hanging(Hanging::ExternalId, "x", 5), [first]);
        assert_eq!(store.referring("ir.model.data", "res_id", &HashSet::from([5])), [first]);
        store.put("ir.model.data", first, row(json!({"module": "m", "name": "a", "model": "x", "res_id": 7})));
        assert_eq!(store.referring("ir.model.data", "res_id", &HashSet::from([5, 7])), [first], "the index follows");
        assert!(store.referring("ir.model.data", "res_id", &HashSet::from([5])).is_empty());
        assert_eq!(store.next_id("ir.model.data"), second);
    }
}
