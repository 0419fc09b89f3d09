//! From rows of texts to values: `_extract_records` and `ir.fields.converter`.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::database::Database;
use super::fault::{Fault, repr_text};
use super::load::Load;
use super::store::{Row, is_set, text_of};
use super::tables::{Field, Kind, Model};
use super::values::{self, truthy};

/// A record cut out of the rows: texts, and lists of records for relations. The key `""` stands for
/// the name by which a related record is found.
#[derive(Debug, Clone)]
pub(crate) struct Extracted {
    pub(crate) values: Row,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Cuts records out of rows; rows that only hold one2many cells belong to the record above.
///
/// # Errors
/// Odoo's fault for a column that the model doesn't have.
pub(crate) fn extract(
    database: &Database,
    model: &Model,
    paths: &[Vec<String>],
    data: &[Vec<Value>],
) -> Result<Vec<Extracted>, Fault> {
    let first = |path: &Vec<String>| path.first().cloned().unwrap_or_default();
    for path in paths {
        let name = first(path);
        if !name.is_empty() && !name.contains('.') && name != "id" && !model.fields.contains_key(&name) {
            return Err(Fault::value(format!("Invalid field name {}", repr_text(&name))));
        }
    }
    let kind = |name: &str| model.fields.get(name).map(|field| field.kind);
    let relational = |name: &str| kind(name).is_some_and(Kind::relational);
    let own: Vec<usize> =
        (0..paths.len()).filter(|index| kind(&first(&paths[*index])) != Some(Kind::One2many)).collect();
    let many: Vec<usize> =
        (0..paths.len()).filter(|index| kind(&first(&paths[*index])) == Some(Kind::One2many)).collect();
    let any = |row: &[Value], columns: &[usize]| columns.iter().any(|index| row.get(*index).is_some_and(truthy));
    let mut records = Vec::new();
    let mut index = 0;
    while index < data.len() {
        let row = &data[index];
        let mut values = Row::new();
        for (column, path) in paths.iter().enumerate() {
            let name = first(path);
            if !relational(&name)
                && let Some(value) = row.get(column)
            {
                values.insert(name, value.clone());
            }
        }
        let mut end = index + 1;
        while end < data.len() && any(&data[end], &many) && !any(&data[end], &own) {
            end += 1;
        }
        for path in paths {
            let name = first(path);
            if !relational(&name) || values.contains_key(&name) {
                continue;
            }
            let columns: Vec<usize> = (0..paths.len()).filter(|column| first(&paths[*column]) == name).collect();
            let subpaths: Vec<Vec<String>> = columns
                .iter()
                .map(|column| match &paths[*column][1..] {
                    [] => vec![String::new()],
                    rest => rest.to_vec(),
                })
                .collect();
            let subrows: Vec<Vec<Value>> = data[index..end]
                .iter()
                .map(|row| {
                    columns.iter().map(|column| row.get(*column).cloned().unwrap_or_default()).collect::<Vec<_>>()
                })
                .filter(|cells| cells.iter().any(truthy))
                .collect();
            let relation = model.fields[&name].relation.clone().unwrap_or_default();
            let subrecords = match database.store.model(&relation) {
                Some(comodel) => extract(database, &comodel, &subpaths, &subrows)?,
                None => Vec::new(),
            };
            let list: Vec<Value> = subrecords.into_iter().map(|record| Value::Object(record.values)).collect();
            values.insert(name, list.into());
        }
        records.push(Extracted { values, from: index, to: end - 1 });
        index = end;
    }
    Ok(records)
}

/// What is wrong with a cell.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) field: String,
    pub(crate) message: String,
    pub(crate) moreinfo: Option<Value>,
    /// Whether Odoo adds the field's label to the message.
    pub(crate) named: bool,
    pub(crate) warning: bool,
}

/// A cell's value, or why it has none.
enum Outcome {
    Value(Value),
    Warned(Value, Problem),
    Wrong(Problem),
}

/// Converts records of one call; keeps what it looked up by name.
pub(crate) struct Converter {
    module: String,
    names: HashMap<String, HashMap<String, Vec<i64>>>,
}

impl Converter {
    pub(crate) fn new(module: String) -> Converter {
        Converter { module, names: HashMap::new() }
    }

    /// Converts a record's texts.
    ///
    /// # Errors
    /// Odoo's fault for a cell that is no text where text is needed.
    pub(crate) fn record(
        &mut self,
        load: &mut Load<'_>,
        model: &Arc<Model>,
        record: &Row,
    ) -> Result<(Row, Vec<Problem>), Fault> {
        let mut converted = Row::new();
        let mut problems = Vec::new();
        for (name, value) in record {
            if matches!(name.as_str(), "id" | ".id" | "") {
                continue;
            }
            if !truthy(value) {
                converted.insert(name.clone(), Value::Bool(false));
                continue;
            }
            let Some(field) = model.fields.get(name).cloned() else { continue };
            match self.cell(load, &field, value)? {
                Outcome::Value(value) => {
                    converted.insert(name.clone(), value);
                }
                Outcome::Warned(value, problem) => {
                    converted.insert(name.clone(), value);
                    problems.push(problem);
                }
                Outcome::Wrong(problem) => problems.push(problem),
            }
        }
        Ok((converted, problems))
    }

    fn cell(&mut self, load: &mut Load<'_>, field: &Arc<Field>, value: &Value) -> Result<Outcome, Fault> {
        let wrong = |message: String, moreinfo: Option<Value>| Problem {
            field: field.name.clone(),
            named: true,
            message,
            moreinfo,
            warning: false,
        };
        let label = &field.label;
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(match field.kind {
            Kind::Boolean => match boolean(value)? {
                Some(flag) => Outcome::Value(flag.into()),
                // Odoo takes an unknown word for true and says so as an error all the same.
                None => Outcome::Warned(
                    true.into(),
                    wrong(
                        format!("Unknown value '{shown}' for boolean field '{label}'"),
                        Some("Use '1' for yes and '0' for no".into()),
                    ),
                ),
            },
            Kind::Integer | Kind::Many2oneReference => match integer(value) {
                Some(number) => Outcome::Value(number.into()),
                None => {
                    Outcome::Wrong(wrong(format!("'{shown}' does not seem to be an integer for field '{label}'"), None))
                }
            },
            Kind::Float | Kind::Monetary => match value.as_f64().or_else(|| shown.trim().parse().ok()) {
                Some(number) => Outcome::Value(json!(number)),
                None => {
                    Outcome::Wrong(wrong(format!("'{shown}' does not seem to be a number for field '{label}'"), None))
                }
            },
            Kind::Date => match values::date(value) {
                Ok(date) => Outcome::Value(date),
                Err(_) => Outcome::Wrong(wrong(
                    format!("'{shown}' does not seem to be a valid date for field '{label}'"),
                    Some("Use the format '2012-12-31'".into()),
                )),
            },
            Kind::Datetime => match values::datetime(value) {
                Ok(moment) => Outcome::Value(moment),
                Err(_) => Outcome::Wrong(wrong(
                    format!("'{shown}' does not seem to be a valid datetime for field '{label}'"),
                    Some("Use the format '2012-12-31 23:59:59'".into()),
                )),
            },
            Kind::Selection => {
                let lower = lowered(value)?;
                let hit = field.selection.iter().find(|(choice, label)| {
                    let code = choice.as_str().map_or_else(|| choice.to_string(), str::to_owned);
                    code.to_lowercase() == lower || label.to_lowercase() == lower
                });
                match hit {
                    Some((choice, _)) => Outcome::Value(choice.clone()),
                    None => {
                        let labels: Vec<&str> = field.selection.iter().map(|(_, label)| label.as_str()).collect();
                        Outcome::Wrong(wrong(
                            format!("Value '{shown}' not found in selection field '{label}'"),
                            Some(labels.into()),
                        ))
                    }
                }
            }
            Kind::Many2one => self.many2one(load, field, value)?,
            Kind::Many2many => self.many2many(load, field, value)?,
            Kind::One2many => self.one2many(load, field, value)?,
            Kind::Other => match serde_json::from_str(&shown) {
                Ok(json) => Outcome::Value(json),
                Err(_) => Outcome::Wrong(wrong(
                    format!("'{shown}' does not seem to be a valid JSON for field '{label}'"),
                    None,
                )),
            },
            Kind::Char | Kind::Text | Kind::Html | Kind::Binary | Kind::Reference => Outcome::Value(value.clone()),
        })
    }

    fn many2one(&mut self, load: &mut Load<'_>, field: &Arc<Field>, value: &Value) -> Result<Outcome, Fault> {
        let Some(record) = value.as_array().and_then(|list| list.first()).and_then(Value::as_object) else {
            return Ok(Outcome::Value(Value::Bool(false)));
        };
        let subfield = match referencing(field, record) {
            Ok(subfield) => subfield,
            Err(message) => return Ok(Outcome::Wrong(plain(field, message))),
        };
        Ok(match self.reference(load, field, &subfield, &record[&subfield])? {
            Ok(id) => Outcome::Value(id),
            Err(problem) => Outcome::Wrong(problem),
        })
    }

    fn many2many(&mut self, load: &mut Load<'_>, field: &Arc<Field>, value: &Value) -> Result<Outcome, Fault> {
        let Some(record) = value.as_array().and_then(|list| list.first()).and_then(Value::as_object) else {
            return Ok(Outcome::Value(Value::Bool(false)));
        };
        let subfield = match referencing(field, record) {
            Ok(subfield) => subfield,
            Err(message) => return Ok(Outcome::Wrong(plain(field, message))),
        };
        let mut ids = Vec::new();
        let text = record[&subfield].as_str().map_or_else(|| record[&subfield].to_string(), str::to_owned);
        for part in text.split(',') {
            match self.reference(load, field, &subfield, &part.into())? {
                Ok(Value::Number(id)) => ids.push(Value::Number(id)),
                Ok(_) => {}
                Err(problem) => return Ok(Outcome::Wrong(problem)),
            }
        }
        Ok(Outcome::Value(json!([[6, 0, ids]])))
    }

    fn one2many(&mut self, load: &mut Load<'_>, field: &Arc<Field>, value: &Value) -> Result<Outcome, Fault> {
        let records: Vec<Map<String, Value>> =
            value.as_array().into_iter().flatten().filter_map(|record| record.as_object().cloned()).collect();
        let comodel = load.database.model(field.relation.as_deref().unwrap_or_default())?;
        let is_reference = |key: &str| matches!(key, "id" | ".id" | "");
        let mut commands = Vec::new();
        for record in records {
            let (mut writable, problems) = self.record(load, &comodel, &record)?;
            if let Some(problem) = problems.into_iter().next() {
                let label = comodel.fields.get(&problem.field).map(|field| field.label.clone()).unwrap_or_default();
                let own = format!("'{label}'");
                let nested = format!("'{}/{label}'", field.label);
                let message = problem.message.replace(&own, &nested);
                return Ok(Outcome::Wrong(Problem { field: field.name.clone(), message, ..problem }));
            }
            let mut found = None;
            if let Some(key) = record.keys().find(|key| is_reference(key)).cloned() {
                match self.reference(load, field, &key, &record[&key])? {
                    Ok(Value::Number(id)) => found = id.as_i64(),
                    Ok(_) => {}
                    // Not there yet: it is made with this external id.
                    Err(_) if key == "id" => {
                        writable.insert("id".to_owned(), record[&key].clone());
                    }
                    Err(problem) => return Ok(Outcome::Wrong(problem)),
                }
            }
            match found {
                Some(id) => {
                    commands.push(json!([4, id, 0]));
                    commands.push(json!([1, id, writable]));
                }
                None => commands.push(json!([0, 0, writable])),
            }
        }
        Ok(Outcome::Value(commands.into()))
    }

    /// `db_id_for`: the id behind a reference, `false` for an empty one.
    fn reference(
        &mut self,
        load: &mut Load<'_>,
        field: &Arc<Field>,
        subfield: &str,
        value: &Value,
    ) -> Result<Result<Value, Problem>, Fault> {
        let relation = field.relation.clone().unwrap_or_default();
        let label = &field.label;
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let wrong = |message: String| Problem {
            field: field.name.clone(),
            message,
            moreinfo: Some(possible_values(&relation, subfield)),
            named: true,
            warning: false,
        };
        let none = |kind: &str| wrong(format!("No matching record found for {kind} '{shown}' in field '{label}'"));
        match subfield {
            ".id" => {
                if value.is_string() && boolean(value)? == Some(false) {
                    return Ok(Ok(Value::Bool(false)));
                }
                let Some(id) = integer(value) else {
                    return Ok(Err(wrong(format!("Invalid database id '{shown}' for the field '{label}'"))));
                };
                Ok(if load.database.store.exists(&relation, id) { Ok(id.into()) } else { Err(none("database id")) })
            }
            "id" => {
                if boolean(value)? == Some(false) {
                    return Ok(Ok(Value::Bool(false)));
                }
                let xmlid = if shown.contains('.') { shown.clone() } else { format!("{}.{shown}", self.module) };
                load.flush_for_xmlid(&xmlid);
                let Some((_, model, id)) = load.database.store.resolve(&xmlid) else {
                    return Ok(Err(none("external id")));
                };
                if model != relation {
                    let message = format!(
                        "Invalid external ID {xmlid}: expected model {}, found {}",
                        repr_text(&relation),
                        repr_text(&model)
                    );
                    return Ok(Err(plain(field, message)));
                }
                Ok(if load.database.store.exists(&model, id) { Ok(id.into()) } else { Err(none("external id")) })
            }
            _ => {
                if load.flush_for_model(&relation) {
                    self.names.remove(&relation);
                }
                let index = self.names.entry(relation.clone()).or_insert_with(|| name_index(load.database, &relation));
                Ok(match index.get(&shown).and_then(|ids| ids.first()) {
                    Some(id) => Ok((*id).into()),
                    None => Err(none("name")),
                })
            }
        }
    }
}

fn plain(field: &Field, message: String) -> Problem {
    Problem { field: field.name.clone(), message, moreinfo: None, named: false, warning: false }
}

/// The one key by which a related record is named.
fn referencing(field: &Field, record: &Map<String, Value>) -> Result<String, String> {
    if record.keys().any(|key| !matches!(key.as_str(), "id" | ".id" | "")) {
        return Err("Can not create Many-To-One records indirectly, import the field separately".to_owned());
    }
    let mut keys = record.keys();
    match (keys.next(), keys.next()) {
        (Some(key), None) => Ok(key.clone()),
        _ => Err(format!(
            "Ambiguous specification for field '{}', only provide one of name, external id or database id",
            field.label
        )),
    }
}

/// Active records by each of their names.
fn name_index(database: &Database, model: &str) -> HashMap<String, Vec<i64>> {
    let mut index: HashMap<String, Vec<i64>> = HashMap::new();
    let Some(table) = database.store.model(model) else { return index };
    let has_active = table.fields.contains_key("active");
    for (id, row) in database.store.rows(model) {
        if has_active && !is_set(row, "active") {
            continue;
        }
        for name in database.names(model, id) {
            index.entry(name).or_default().push(id);
        }
        if model == "res.country"
            && let Some(code) = text_of(row, "code")
        {
            index.entry(code.to_owned()).or_default().push(id);
        }
    }
    index
}

fn possible_values(relation: &str, subfield: &str) -> Value {
    let mut action = json!({
        "name": "Possible Values",
        "type": "ir.actions.act_window",
        "target": "new",
        "view_mode": "list,form",
        "views": [[false, "list"], [false, "form"]],
        "context": {"create": false},
        "help": "See all possible values",
    });
    if subfield.is_empty() {
        action["res_model"] = relation.into();
    } else {
        action["res_model"] = "ir.model.data".into();
        action["domain"] = json!([["model", "=", relation]]);
    }
    action
}

fn lowered(value: &Value) -> Result<String, Fault> {
    let kind = match value {
        Value::String(text) => return Ok(text.to_lowercase()),
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int",
        Value::Number(_) => "float",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
        Value::Null => "NoneType",
    };
    Err(Fault::python("builtins.AttributeError", format!("'{kind}' object has no attribute 'lower'")))
}

/// Odoo's words for yes and no; `None` for any other.
fn boolean(value: &Value) -> Result<Option<bool>, Fault> {
    Ok(match lowered(value)?.as_str() {
        "1" | "true" | "yes" => Some(true),
        "" | "0" | "false" | "no" => Some(false),
        _ => None,
    })
}

/// Python's `int()` of a cell.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            #[expect(clippy::cast_possible_truncation, reason = "Python's int() cuts the fraction too")]
            number.as_f64().map(|number| number as i64)
        }),
        Value::Bool(flag) => Some(i64::from(*flag)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
