//! `load()`: Odoo's importer, with its external ids, its batches and its messages.
//!
//! Follows `BaseModel.load` of Odoo 19 step by step: extract records from rows, convert their texts,
//! create or update in one batch, and on an error once more record by record to name the bad rows.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::convert::{Converter, Extracted};
use super::database::{Context, Database};
use super::fault::Fault;
use super::partner;
use super::store::{Row, Savepoint, is_set};
use super::tables::Model;
use super::values::truthy;

/// A row ready to be stored.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    xmlid: Option<String>,
    id: Option<i64>,
    values: Row,
    info: Map<String, Value>,
}

/// One call of `load`.
pub(crate) struct Load<'call> {
    pub(crate) database: &'call mut Database,
    pub(crate) model: Arc<Model>,
    pub(crate) context: &'call Context,
    pub(crate) messages: Vec<Value>,
    savepoint: Savepoint,
    ids: Vec<i64>,
    batch: Vec<Ready>,
    batch_xmlids: HashSet<String>,
    /// Models whose records this call may make: the flush before a search by name.
    creatable: HashSet<String>,
}

impl Load<'_> {
    /// Runs the call.
    ///
    /// # Errors
    /// For what Odoo answers with a fault: an unknown column, a cell that is no text.
    pub(crate) fn run(
        database: &mut Database,
        model: &Arc<Model>,
        fields: &[String],
        data: &[Vec<Value>],
        context: &Context,
    ) -> Result<Value, Fault> {
        let paths: Vec<Vec<String>> = fields.iter().map(|field| split_path(field)).collect();
        let savepoint = database.store.savepoint();
        let mut creatable = HashSet::from([model.name.clone()]);
        for path in &paths {
            let mut at = Arc::clone(model);
            for name in path {
                let Some(field) = at.fields.get(name) else { break };
                if field.kind != super::tables::Kind::One2many {
                    break;
                }
                let Some(next) = field.relation.as_deref().and_then(|relation| database.store.model(relation)) else {
                    break;
                };
                creatable.insert(next.name.clone());
                at = next;
            }
        }
        let mut load = Load {
            database,
            model: Arc::clone(model),
            context,
            messages: Vec::new(),
            savepoint,
            ids: Vec::new(),
            batch: Vec::new(),
            batch_xmlids: HashSet::new(),
            creatable,
        };
        let extracted = super::convert::extract(load.database, model, &paths, data)?;
        load.records(extracted)?;
        load.flush();
        let failed = load.messages.iter().any(|message| message["type"] == "error");
        let ids: Value = if failed {
            load.database.store.rollback(savepoint);
            Value::Bool(false)
        } else {
            load.ids.clone().into()
        };
        Ok(json!({"ids": ids, "messages": load.messages, "nextrow": 0}))
    }

    /// `_load_records(…, update=True)` of values with external ids that are marked `noupdate`; the records' ids.
    ///
    /// # Errors
    /// The first refusal; nothing is stored then.
    pub(crate) fn records_of(
        database: &mut Database,
        model: &Arc<Model>,
        rows: Vec<(String, Row)>,
        mut context: Context,
    ) -> Result<Vec<i64>, Fault> {
        context.insert("mode".to_owned(), "update".into());
        context.insert("noupdate".to_owned(), true.into());
        let savepoint = database.store.savepoint();
        let mut load = Load {
            database,
            model: Arc::clone(model),
            context: &context,
            messages: Vec::new(),
            savepoint,
            ids: Vec::new(),
            batch: Vec::new(),
            batch_xmlids: HashSet::new(),
            creatable: HashSet::new(),
        };
        let ready = |(xmlid, values)| Ready { xmlid: Some(xmlid), id: None, values, info: Map::new() };
        load.store(&rows.into_iter().map(ready).collect::<Vec<_>>())
    }

    fn records(&mut self, extracted: Vec<Extracted>) -> Result<(), Fault> {
        let module = self.context.get("module").and_then(Value::as_str).unwrap_or("__import__").to_owned();
        let mut converter = Converter::new(module.clone());
        for (index, record) in extracted.into_iter().enumerate() {
            let mut info = Map::new();
            info.insert("rows".to_owned(), json!({"from": record.from, "to": record.to}));
            let xmlid = match record.values.get("id").filter(|id| truthy(id)) {
                None => None,
                Some(Value::String(id)) => Some(id.clone()),
                Some(_) => {
                    return Err(Fault::python("builtins.TypeError", "argument of type 'int' is not iterable"));
                }
            };
            let id = self.database_id(&record, &info, index);
            let model = Arc::clone(&self.model);
            let (values, problems) = converter.record(self, &model, &record.values)?;
            for problem in problems {
                let mut message = info.clone();
                message.insert("type".to_owned(), if problem.warning { "warning" } else { "error" }.into());
                message.insert("record".to_owned(), index.into());
                message.insert("field".to_owned(), problem.field.clone().into());
                message.insert("message".to_owned(), problem.message.into());
                if let Some(moreinfo) = problem.moreinfo {
                    message.insert("moreinfo".to_owned(), moreinfo);
                    let label = model.fields.get(&problem.field).map(|field| field.label.clone());
                    message.insert("field_name".to_owned(), label.unwrap_or_default().into());
                } else if problem.named {
                    let label = model.fields.get(&problem.field).map(|field| field.label.clone());
                    message.insert("field_name".to_owned(), label.unwrap_or_default().into());
                }
                self.messages.push(Value::Object(message));
            }
            info.insert("record".to_owned(), index.into());
            let xmlid = xmlid.map(|id| if id.contains('.') { id } else { format!("{module}.{id}") });
            if let Some(xmlid) = &xmlid {
                self.batch_xmlids.insert(xmlid.clone());
            }
            self.batch.push(Ready { id: if xmlid.is_some() { None } else { id }, xmlid, values, info });
        }
        Ok(())
    }

    fn database_id(&mut self, record: &Extracted, info: &Map<String, Value>, index: usize) -> Option<i64> {
        let text = record.values.get(".id").filter(|id| truthy(id))?;
        let shown = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
        let id = shown.trim().parse().ok().filter(|id| self.database.store.exists(&self.model.name, *id));
        if id.is_none() {
            let mut message = info.clone();
            message.insert("type".to_owned(), "error".into());
            message.insert("record".to_owned(), index.into());
            message.insert("field".to_owned(), ".id".into());
            message.insert("message".to_owned(), format!("Unknown database identifier '{shown}'").into());
            self.messages.push(Value::Object(message));
        }
        id
    }

    /// Stores the batch now if this external id waits in it.
    pub(crate) fn flush_for_xmlid(&mut self, xmlid: &str) {
        if self.batch_xmlids.contains(xmlid) {
            self.flush();
        }
    }

    /// Stores the batch now if the model's records may wait in it.
    pub(crate) fn flush_for_model(&mut self, model: &str) -> bool {
        let flushed = self.creatable.contains(model) && !self.batch.is_empty();
        if flushed {
            self.flush();
        }
        flushed
    }

    fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        self.batch_xmlids.clear();
        let point = self.database.store.savepoint();
        let whole = match self.store(&batch) {
            Ok(ids) => {
                self.ids.extend(ids);
                return;
            }
            // Only Odoo's own exceptions are kept to be shown in front of the rows' messages.
            Err(Fault::Odoo { message, .. }) => Some(message),
            Err(_) => None,
        };
        self.database.store.rollback_to_savepoint(point);
        let mut errors = 0_usize;
        for (index, ready) in batch.iter().enumerate() {
            match self.store(std::slice::from_ref(ready)) {
                Ok(ids) => self.ids.extend(ids),
                Err(fault) => {
                    self.database.store.rollback_to_savepoint(self.savepoint);
                    self.messages.push(row_message(ready, fault));
                    errors += 1;
                }
            }
            if errors >= 10 && errors * 10 > index {
                self.messages.push(json!({
                    "type": "warning",
                    "message": "Found more than 10 errors and more than one error per 10 records, interrupted to avoid showing too many errors.",
                }));
                break;
            }
        }
        if errors > 0
            && let (Some(message), Some(first)) = (whole, batch.first())
        {
            let mut shown = first.info.clone();
            shown.insert("type".to_owned(), "error".into());
            shown.insert("message".to_owned(), message.into());
            let shown = Value::Object(shown);
            if !self.messages.contains(&shown) {
                self.messages.insert(0, shown);
            }
        }
    }

    /// `_load_records`: updates what has its external id, creates the rest, then notes the external ids.
    fn store(&mut self, batch: &[Ready]) -> Result<Vec<i64>, Fault> {
        let update = self.context.get("mode").and_then(Value::as_str) == Some("update");
        let noupdate = self.context.get("noupdate").is_some_and(truthy);
        let mut ids: Vec<Option<i64>> = vec![None; batch.len()];
        let mut creates: Vec<usize> = Vec::new();
        let mut named: Vec<usize> = Vec::new();
        let mut updates: Vec<(usize, i64)> = Vec::new();
        for (index, ready) in batch.iter().enumerate() {
            let Some(xmlid) = &ready.xmlid else {
                match ready.id {
                    Some(id) => {
                        ids[index] = Some(id);
                        updates.push((index, id));
                    }
                    None if update => {
                        return Err(Fault::validation("Cannot update a record without specifying its id or xml_id"));
                    }
                    None => creates.push(index),
                }
                continue;
            };
            let Some((data_id, model, id)) = self.database.store.resolve(xmlid) else {
                creates.push(index);
                continue;
            };
            if model != self.model.name {
                return Err(Fault::validation(format!(
                    "For external id {xmlid} when trying to create/update a record of model {} found record of different \
                     model {model} ({data_id})",
                    self.model.name
                )));
            }
            if self.database.store.exists(&model, id) {
                ids[index] = Some(id);
                named.push(index);
                let kept = self.database.store.get("ir.model.data", data_id).is_some_and(|row| is_set(row, "noupdate"));
                if !(update && kept) {
                    updates.push((index, id));
                }
            } else {
                self.database.store.delete("ir.model.data", data_id);
                creates.push(index);
            }
        }
        // `load` looks up external ids in nobody's name, and makes and changes records in the user's.
        let model = Arc::clone(&self.model);
        if !updates.is_empty() {
            self.database.allow(&model, "write")?;
        }
        if !creates.is_empty() {
            self.database.allow(&model, "create")?;
        }
        for (index, id) in updates {
            let mut values = batch[index].values.clone();
            values.shift_remove("id");
            let name = self.model.name.clone();
            self.database.write(&name, &[id], values, self.context)?;
        }
        let mut made = Vec::with_capacity(creates.len());
        for index in creates {
            // A second row with the same new external id becomes an update of the first one's record.
            let again = batch[index].xmlid.as_deref().and_then(|xmlid| self.database.store.resolve(xmlid));
            let model = Arc::clone(&self.model);
            let id = match again {
                Some((_, _, id)) => {
                    self.database.write(&model.name, &[id], batch[index].values.clone(), self.context)?;
                    id
                }
                None => self.database.create_one(&model, batch[index].values.clone(), self.context)?,
            };
            ids[index] = Some(id);
            made.push(id);
            if let Some(xmlid) = &batch[index].xmlid
                && again.is_none()
            {
                self.name(xmlid, id, noupdate)?;
                if model.name == "res.users"
                    && let Some(partner) =
                        self.database.store.get("res.users", id).and_then(|row| row.get("partner_id")?.as_i64())
                {
                    self.name_as(&format!("{xmlid}_res_partner"), "res.partner", partner, noupdate)?;
                }
            }
        }
        if self.model.name == "res.partner" {
            partner::after_all(self.database, &made);
        }
        Ok(ids.into_iter().flatten().collect())
    }

    fn name(&mut self, xmlid: &str, id: i64, noupdate: bool) -> Result<(), Fault> {
        let model = self.model.name.clone();
        self.name_as(xmlid, &model, id, noupdate)
    }

    fn name_as(&mut self, xmlid: &str, model: &str, id: i64, noupdate: bool) -> Result<(), Fault> {
        let (module, name) = xmlid.split_once('.').unwrap_or(("__import__", xmlid));
        if name.contains(' ') {
            let now = &self.database.now;
            let row = self.database.store.next_id("ir.model.data");
            return Err(Fault::constraint(format!(
                "new row for relation \"ir_model_data\" violates check constraint \"ir_model_data_name_nospaces\"\nDETAIL:  \
                 Failing row contains ({row}, null, {now}, {now}, null, {id}, f, {name}, {module}, {model}).\n"
            )));
        }
        let Value::Object(values) =
            json!({"module": module, "name": name, "model": model, "res_id": id, "noupdate": noupdate})
        else {
            return Ok(());
        };
        let data = self.database.model("ir.model.data")?;
        self.database.create_one(&data, values, &Context::new()).map(|_| ())
    }
}

fn row_message(ready: &Ready, fault: Fault) -> Value {
    let mut message = ready.info.clone();
    message.insert("type".to_owned(), "error".into());
    match fault {
        Fault::Constraint { message: text, column } => {
            message.insert("message".to_owned(), text.into());
            if let Some(column) = column {
                message.insert("field".to_owned(), column.into());
            }
        }
        Fault::Odoo { message: text, .. } => {
            message.insert("message".to_owned(), text.into());
        }
        Fault::Python { name, message: text } => {
            let class = name.strip_prefix("builtins.").unwrap_or(name);
            if class.starts_with("psycopg2.") {
                message.insert("message".to_owned(), text.into());
            } else {
                let text = format!("Unknown error during import: <class '{class}'>: {text}");
                message.insert("message".to_owned(), text.into());
                message.insert("moreinfo".to_owned(), "Resolve other errors first".into());
            }
        }
        // No row calls a model or a method.
        Fault::NoModel(_) | Fault::NoMethod(_) | Fault::Arguments { .. } | Fault::Http { .. } => {
            message.insert("message".to_owned(), fault.exception().1.into());
        }
    }
    Value::Object(message)
}

/// `partner_id/id` is the path to the external id; `partner_id/.id` and `partner_id.id` to the database id.
fn split_path(field: &str) -> Vec<String> {
    let spaced = field.replace("/.id", "/\u{0}id");
    let mut parts: Vec<String> = Vec::new();
    for part in spaced.split('/') {
        let part = part.replace('\u{0}', ".");
        match part.strip_suffix(":id") {
            Some(name) => parts.extend([name.to_owned(), "id".to_owned()]),
            None => match part.strip_suffix(".id").filter(|name| !name.is_empty()) {
                Some(name) => parts.extend([name.to_owned(), ".id".to_owned()]),
                None => parts.push(part),
            },
        }
    }
    parts
}
