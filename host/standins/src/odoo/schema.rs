//! Custom fields: `ir.model.fields` and its choices.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::database::Database;
use super::fault::Fault;
use super::store::{Row, id_of, is_set, text_of};
use super::tables::{Field, Model};

const UNIQUE: &str = "Field names must be unique per model.";
const CHARACTERS: &str = "Field names can only contain characters, digits and underscores (up to 63).";

/// Sets the model's name and turns the old `selection` text into choices.
pub(crate) fn before_create(database: &Database, values: &mut Row) {
    if let Some(model) = values
        .get("model_id")
        .and_then(Value::as_i64)
        .and_then(|id| database.store.get("ir.model", id))
        .and_then(|row| row.get("model").cloned())
    {
        values.insert("model".to_owned(), model);
    }
    if !values.contains_key("selection_ids")
        && let Some(text) = text_of(values, "selection")
    {
        let choices: Vec<Value> = literal_pairs(text)
            .into_iter()
            .enumerate()
            .map(|(sequence, (value, name))| json!([0, 0, {"value": value, "name": name, "sequence": sequence}]))
            .collect();
        values.insert("selection_ids".to_owned(), choices.into());
    }
    values.shift_remove("selection");
}

/// The quoted strings of `[('a', 'Alpha'), …]`, in pairs.
fn literal_pairs(text: &str) -> Vec<(String, String)> {
    let mut strings = Vec::new();
    let mut chars = text.chars();
    while let Some(quote) = chars.next() {
        if quote != '\'' && quote != '"' {
            continue;
        }
        let mut one = String::new();
        while let Some(c) = chars.next() {
            if c == '\\' {
                one.extend(chars.next());
            } else if c == quote {
                break;
            } else {
                one.push(c);
            }
        }
        strings.push(one);
    }
    strings.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

/// Checks a field's name and relation.
pub(crate) fn check(database: &Database, id: i64, row: &Row) -> Result<(), Fault> {
    let name = text_of(row, "name").unwrap_or_default();
    let model = text_of(row, "model").unwrap_or_default();
    let manual = text_of(row, "state") == Some("manual");
    if manual && !name.starts_with("x_") {
        return Err(Fault::Constraint {
            message: "Custom fields must have a name that starts with 'x_'!".to_owned(),
            column: None,
        });
    }
    let taken = database
        .store
        .rows("ir.model.fields")
        .any(|(other, row)| other != id && text_of(row, "name") == Some(name) && text_of(row, "model") == Some(model));
    if taken {
        return Err(Fault::constraint(UNIQUE));
    }
    let legal = name.len() <= 63 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !legal {
        return Err(Fault::validation(CHARACTERS));
    }
    if !manual {
        return Ok(());
    }
    let kind = text_of(row, "ttype").unwrap_or_default();
    if let Some(relation) = text_of(row, "relation") {
        let known = database.store.rows("ir.model").any(|(_, row)| text_of(row, "model") == Some(relation));
        if !known {
            return Err(Fault::validation(format!("Unknown model name '{relation}' in Related Model")));
        }
    }
    if kind == "many2one" && is_set(row, "required") && text_of(row, "on_delete").unwrap_or("set null") == "set null" {
        return Err(Fault::validation(format!(
            "The m2o field {name} is required but declares its ondelete policy as being 'set null'. Only 'restrict' and \
             'cascade' make sense."
        )));
    }
    if kind == "monetary" && !row.contains_key("currency_field") {
        let fields = database
            .store
            .model(model)
            .map(|model| model.fields.contains_key("currency_id") || model.fields.contains_key("x_currency_id"));
        if fields == Some(false) {
            return Err(Fault::validation("Currency field is empty and there is no fallback field in the model"));
        }
    }
    Ok(())
}

/// A field's choices have distinct values.
pub(crate) fn check_choice(database: &Database, id: i64, row: &Row) -> Result<(), Fault> {
    let same = |other: &Row| other.get("field_id") == row.get("field_id") && other.get("value") == row.get("value");
    if database.store.rows("ir.model.fields.selection").any(|(other, row)| other != id && same(row)) {
        return Err(Fault::constraint("Selections values must be unique per field"));
    }
    Ok(())
}

/// Makes the new field known to its model.
pub(crate) fn after_create(database: &mut Database, id: i64) -> Result<(), Fault> {
    let Some(row) = database.store.get("ir.model.fields", id).cloned() else { return Ok(()) };
    add(database, id, &row);
    Ok(())
}

fn add(database: &mut Database, id: i64, row: &Row) {
    let Some(name) = text_of(row, "name") else { return };
    let Some(model) = text_of(row, "model").and_then(|model| database.store.model(model)) else { return };
    let field = describe(database, id, row);
    let mut changed = Model::clone(&model);
    changed.fields.insert(name.to_owned(), Arc::new(Field::parse(name, field.clone())));
    database.store.set_model(changed);
    // Users inherit their partner's fields.
    if model.name == "res.partner"
        && let Some(users) = database.store.model("res.users")
    {
        let mut users = Model::clone(&users);
        let mut inherited = field;
        inherited.insert("store".to_owned(), false.into());
        inherited.insert("related".to_owned(), true.into());
        users.fields.insert(name.to_owned(), Arc::new(Field::parse(name, inherited)));
        database.store.set_model(users);
    }
}

fn describe(database: &Database, id: i64, row: &Row) -> Map<String, Value> {
    let mut field = Map::new();
    let kind = text_of(row, "ttype").unwrap_or("char");
    field.insert("type".to_owned(), kind.into());
    field.insert("string".to_owned(), row.get("field_description").cloned().unwrap_or_default());
    field.insert("manual".to_owned(), true.into());
    let stored = row.get("store").and_then(Value::as_bool).unwrap_or(true);
    field.insert("store".to_owned(), stored.into());
    for key in ["required", "readonly"] {
        if is_set(row, key) {
            field.insert(key.to_owned(), true.into());
        }
    }
    for key in ["relation", "relation_field", "currency_field", "help", "on_delete", "groups"] {
        if let Some(value) = row.get(key).filter(|value| value.is_string()) {
            field.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(size) = id_of(row, "size").filter(|size| *size > 0) {
        field.insert("size".to_owned(), size.into());
    }
    if kind == "monetary" {
        field.entry("currency_field").or_insert_with(|| "currency_id".into());
    }
    if kind == "selection" {
        let mut choices: Vec<(i64, i64, Value, Value)> = database
            .store
            .rows("ir.model.fields.selection")
            .filter(|(_, choice)| id_of(choice, "field_id") == Some(id))
            .map(|(choice_id, choice)| {
                let text = |name: &str| choice.get(name).cloned().unwrap_or_default();
                (id_of(choice, "sequence").unwrap_or(1000), choice_id, text("value"), text("name"))
            })
            .collect();
        choices.sort_by_key(|(sequence, id, _, _)| (*sequence, *id));
        let choices: Vec<Value> = choices.into_iter().map(|(_, _, value, name)| json!([value, name])).collect();
        field.insert("selection".to_owned(), choices.into());
    }
    field
}

/// After a choice was added or changed its field shows the new list.
pub(crate) fn refresh_choices(database: &mut Database, choice: i64) {
    let field = database.store.get("ir.model.fields.selection", choice).and_then(|row| id_of(row, "field_id"));
    let Some(field) = field else { return };
    if let Some(row) = database.store.get("ir.model.fields", field).cloned()
        && text_of(&row, "state") == Some("manual")
    {
        add(database, field, &row);
    }
}

/// Base fields can't be changed, a type neither.
pub(crate) fn before_write(database: &Database, ids: &[i64], values: &mut Row) -> Result<(), Fault> {
    for id in ids {
        let Some(row) = database.store.get("ir.model.fields", *id) else { continue };
        if text_of(row, "state") != Some("manual") {
            return Err(Fault::user(
                "Properties of base fields cannot be altered in this manner! Please modify them through Python code, \
                 preferably through a custom addon!",
            ));
        }
        if values.get("model_id").is_some_and(|model| Some(model) != row.get("model_id")) {
            return Err(Fault::user("Changing the model of a field is forbidden!"));
        }
        if values.get("ttype").is_some_and(|kind| Some(kind) != row.get("ttype")) {
            return Err(Fault::user(
                "Changing the type of a field is not yet supported. Please drop it and create it again!",
            ));
        }
    }
    for name in ["model_id", "model", "state"] {
        values.shift_remove(name);
    }
    Ok(())
}

/// A renamed field keeps its values under the new name.
pub(crate) fn after_write(database: &mut Database, id: i64, before: &Row) -> Result<(), Fault> {
    let Some(row) = database.store.get("ir.model.fields", id).cloned() else { return Ok(()) };
    let (old, new) = (text_of(before, "name").unwrap_or_default(), text_of(&row, "name").unwrap_or_default());
    if old != new {
        let model = text_of(&row, "model").unwrap_or_default();
        let renamed: Vec<(i64, Row)> = database
            .store
            .rows(model)
            .filter_map(|(id, stored)| {
                let value = stored.get(old)?.clone();
                let mut stored = Row::clone(stored);
                stored.shift_remove(old);
                stored.insert(new.to_owned(), value);
                Some((id, stored))
            })
            .collect();
        for (id, stored) in renamed {
            database.store.put(model, id, stored);
        }
        forget_deleted(database);
    }
    add(database, id, &row);
    Ok(())
}

/// Only custom fields that no view shows can be deleted.
pub(crate) fn before_unlink(database: &Database, ids: &[i64]) -> Result<(), Fault> {
    for id in ids {
        let Some(row) = database.store.get("ir.model.fields", *id) else { continue };
        if text_of(row, "state") != Some("manual") {
            return Err(Fault::user("This column contains module data and cannot be removed!"));
        }
        let (model, name) = (text_of(row, "model").unwrap_or_default(), text_of(row, "name").unwrap_or_default());
        let shown = format!("name=\"{name}\"");
        let view = database
            .store
            .rows("ir.ui.view")
            .find(|(_, view)| text_of(view, "arch_db").is_some_and(|arch| arch.contains(&shown)));
        if let Some((_, view)) = view {
            return Err(Fault::user(format!(
                "Cannot rename/delete fields that are still present in views:\nFields: {model}.{name}\nView: {}",
                text_of(view, "name").unwrap_or_default()
            )));
        }
    }
    Ok(())
}

/// Takes deleted custom fields out of their models and their columns out of the rows.
pub(crate) fn forget_deleted(database: &mut Database) {
    let models: Vec<Arc<Model>> = database.store.models.values().cloned().collect();
    for model in models {
        // Users inherit their partner's fields.
        let owners: &[&str] = if model.name == "res.users" { &["res.users", "res.partner"] } else { &[&model.name] };
        let declared = |name: &str, row: &Row| {
            text_of(row, "name") == Some(name) && text_of(row, "model").is_some_and(|of| owners.contains(&of))
        };
        let gone: Vec<&String> = model
            .fields
            .values()
            .filter(|field| field.manual)
            .map(|field| &field.name)
            .filter(|name| !database.store.rows("ir.model.fields").any(|(_, row)| declared(name, row)))
            .collect();
        if gone.is_empty() {
            continue;
        }
        for name in &gone {
            let holding: Vec<i64> =
                database.store.rows(&model.name).filter(|(_, row)| row.contains_key(*name)).map(|(id, _)| id).collect();
            for id in holding {
                if let Some(row) = database.store.get(&model.name, id) {
                    let mut row = Row::clone(row);
                    row.shift_remove(*name);
                    database.store.put(&model.name, id, row);
                }
            }
        }
        let mut kept = Model::clone(&model);
        kept.fields.retain(|name, _| !gone.contains(&name));
        database.store.set_model(kept);
    }
}
