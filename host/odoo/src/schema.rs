//! The schema phase: custom fields and the pages that show them. Never interleaved with data: each create reloads
//! Odoo's registry, and calls beside it fail without reason.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::client::{Client, SearchOptions, unexpected};
use crate::error::OdooError;
use crate::metadata::FieldInfo;
use crate::page::{self, Page, PageEnd};
use crate::retry::Patience;

/// A field that a migration adds to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// The model.
    pub model: String,
    /// The name, `x_` first; 63 characters at most.
    pub name: String,
    /// Odoo's type: `char`, `text`, `html`, `date`, `datetime`, `float`, `monetary`, `integer`, `boolean`, `selection`,
    /// `many2one`, `many2many`, `binary`.
    pub kind: String,
    /// What users see before it.
    pub label: String,
    /// External ids of the groups that see it; everybody when empty.
    pub groups: Vec<String>,
    /// Value and label of each choice of a `selection`.
    pub selection: Vec<(String, String)>,
    /// The model at the other end of a `many2one` or `many2many`.
    pub relation: Option<String>,
}

impl CustomField {
    /// The field as `fields_get` tells of it once it is made.
    pub fn info(&self) -> FieldInfo {
        FieldInfo {
            relation: self.relation.clone(),
            selection: self.selection.clone(),
            label: self.label.clone(),
            ..FieldInfo::column(&self.kind)
        }
    }
}

/// What a migration's schema needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaPlan {
    /// The fields.
    pub fields: Vec<CustomField>,
    /// The pages, one a model at most.
    pub pages: Vec<Page>,
    /// The module of the pages' external ids.
    pub external_id_module: String,
}

/// What the schema phase did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaReport {
    /// Model, name and database id of each new field.
    pub created_fields: Vec<(String, String, i64)>,
    /// How many planned fields were there already.
    pub existing_fields: usize,
    /// Model, field and value of each choice that was added to a field that was there.
    pub added_choices: Vec<(String, String, String)>,
    /// Model, view id and outcome of each page.
    pub pages: Vec<(String, i64, PageEnd)>,
}

/// Brings Odoo's schema to the plan. A second run finds everything there and writes nothing.
///
/// # Errors
/// [`OdooError::FieldDiffers`] when a field is there in another type, before any field of its model is made;
/// [`OdooError::NoSuchExternalId`] for an unknown group; [`OdooError::HiddenField`]; [`OdooError::BadFieldName`].
pub async fn apply(client: &Client, plan: &SchemaPlan) -> Result<SchemaReport, OdooError> {
    let mut report = SchemaReport::default();
    let groups = group_ids(client, &plan.fields).await?;
    for (model, fields) in by_model(&plan.fields)? {
        apply_fields(client, model, &fields, &groups, &mut report).await?;
    }
    for page in &plan.pages {
        let (id, end) = page::apply(client, page, &plan.external_id_module).await?;
        report.pages.push((page.model.clone(), id, end));
    }
    Ok(report)
}

/// What [`apply`] would make now: model and field of each custom field; model, field and value of each choice of a
/// field that is there. To be kept before `apply` is called, so that an undo knows it even when the run is killed then.
///
/// # Errors
/// Those of any call, and [`OdooError::FieldDiffers`] for a plan at odds with itself.
pub async fn missing(
    client: &Client,
    plan: &SchemaPlan,
) -> Result<(Vec<(String, String)>, Vec<(String, String, String)>), OdooError> {
    let (mut fields, mut choices) = (Vec::new(), Vec::new());
    for (model, planned) in by_model(&plan.fields)? {
        let present = client.fields_get(model).await?;
        for field in planned {
            let Some(info) = present.get(&field.name) else {
                fields.push((model.to_owned(), field.name.clone()));
                continue;
            };
            let new = |value: &String| !info.selection.iter().any(|(there, _)| there == value);
            let values = field.selection.iter().map(|(value, _)| value).filter(|value| new(value));
            choices.extend(values.map(|value| (model.to_owned(), field.name.clone(), value.clone())));
        }
    }
    Ok((fields, choices))
}

/// The plan's fields by model, each once.
fn by_model(fields: &[CustomField]) -> Result<BTreeMap<&str, Vec<&CustomField>>, OdooError> {
    let mut models: BTreeMap<&str, Vec<&CustomField>> = BTreeMap::new();
    for field in fields {
        let planned = models.entry(&field.model).or_default();
        match planned.iter().find(|other| other.name == field.name) {
            Some(other) if (&other.kind, &other.relation) != (&field.kind, &field.relation) => {
                return Err(differs(field, kind(&other.kind, other.relation.as_deref())));
            }
            Some(_) => {}
            None => planned.push(field),
        }
    }
    Ok(models)
}

async fn apply_fields(
    client: &Client,
    model: &str,
    fields: &[&CustomField],
    groups: &HashMap<String, i64>,
    report: &mut SchemaReport,
) -> Result<(), OdooError> {
    let present = client.fields_get(model).await?;
    let mut missing = Vec::new();
    for field in fields {
        match present.get(&field.name) {
            Some(info) => {
                compare(field, info)?;
                report.existing_fields += 1;
                add_choices(client, field, info, report).await?;
            }
            None => missing.push(*field),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    create_fields(client, model, &missing, groups).await?;
    let ids = field_ids(client, model, &missing).await?;
    for field in missing {
        let id = ids.get(field.name.as_str()).ok_or_else(|| no_field(model, &field.name))?;
        report.created_fields.push((model.to_owned(), field.name.clone(), *id));
    }
    Ok(())
}

/// Makes the missing fields in one create. After an unknown outcome it asks which are there now and makes the rest.
async fn create_fields(
    client: &Client,
    model: &str,
    missing: &[&CustomField],
    groups: &HashMap<String, i64>,
) -> Result<(), OdooError> {
    let model_id = model_id(client, model).await?;
    let mut patience = Patience::new(client.settings());
    loop {
        let values: Vec<Value> = still_missing(client, model, missing)
            .await?
            .into_iter()
            .map(|field| field_values(field, model_id, groups))
            .collect();
        let error = match client.create("ir.model.fields", values, Value::Null).await {
            Ok(_) => return Ok(()),
            // The earlier try was still at work and has finished in the meantime.
            Err(OdooError::BadFieldName { .. }) if patience.may_be_done() => OdooError::Serialization,
            Err(error) => error,
        };
        patience.wait(error).await?;
    }
}

/// Those of these fields that do not exist. One that exists and is not seen can't be filled.
async fn still_missing<'f>(
    client: &Client,
    model: &str,
    fields: &[&'f CustomField],
) -> Result<Vec<&'f CustomField>, OdooError> {
    let there = field_ids(client, model, fields).await?;
    if there.is_empty() {
        return Ok(fields.to_vec());
    }
    let visible = client.fields_get(model).await?;
    let mut missing = Vec::new();
    for field in fields {
        match (there.contains_key(field.name.as_str()), visible.get(&field.name)) {
            (false, _) => missing.push(*field),
            (true, Some(info)) => compare(field, info)?,
            (true, None) => {
                return Err(OdooError::HiddenField { model: model.to_owned(), field: field.name.clone() });
            }
        }
    }
    Ok(missing)
}

fn field_values(field: &CustomField, model_id: i64, groups: &HashMap<String, i64>) -> Value {
    let mut values = json!({
        "model_id": model_id,
        "name": field.name,
        "ttype": field.kind,
        "field_description": field.label,
        "state": "manual",
    });
    if !field.selection.is_empty() {
        let choices = field.selection.iter().enumerate();
        values["selection_ids"] = choices
            .map(|(sequence, (value, label))| json!([0, 0, { "value": value, "name": label, "sequence": sequence }]))
            .collect();
    }
    if let Some(relation) = &field.relation {
        values["relation"] = json!(relation);
    }
    if !field.groups.is_empty() {
        let ids: Vec<i64> = field.groups.iter().filter_map(|group| groups.get(group).copied()).collect();
        values["groups"] = json!([[6, 0, ids]]);
    }
    values
}

/// A newer module may know more choices than the one that made the field.
async fn add_choices(
    client: &Client,
    field: &CustomField,
    info: &FieldInfo,
    report: &mut SchemaReport,
) -> Result<(), OdooError> {
    let known = |value: &String| info.selection.iter().any(|(there, _)| there == value);
    let missing: Vec<&(String, String)> = field.selection.iter().filter(|(value, _)| !known(value)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let ids = field_ids(client, &field.model, &[field]).await?;
    let field_id = ids.get(field.name.as_str()).ok_or_else(|| no_field(&field.model, &field.name))?;
    let next = info.selection.len();
    let mut values = Vec::new();
    for (position, (value, label)) in missing.into_iter().enumerate() {
        values.push(json!({ "field_id": field_id, "value": value, "name": label, "sequence": next + position }));
        report.added_choices.push((field.model.clone(), field.name.clone(), value.clone()));
    }
    client.create("ir.model.fields.selection", values, Value::Null).await.map(drop)
}

/// The database ids of those of these fields that exist, seen or not.
async fn field_ids<'f>(
    client: &Client,
    model: &str,
    fields: &[&'f CustomField],
) -> Result<HashMap<&'f str, i64>, OdooError> {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let domain = json!([["model", "=", model], ["name", "in", names]]);
    let rows = client.search_read("ir.model.fields", domain, &["name"], SearchOptions::default()).await?;
    let id = |name: &str| rows.iter().find(|row| row["name"] == name).and_then(|row| row["id"].as_i64());
    Ok(fields.iter().filter_map(|field| Some((field.name.as_str(), id(&field.name)?))).collect())
}

async fn model_id(client: &Client, model: &str) -> Result<i64, OdooError> {
    let rows =
        client.search_read("ir.model", json!([["model", "=", model]]), &["model"], SearchOptions::default()).await?;
    let id = rows.first().and_then(|row| row["id"].as_i64());
    id.ok_or_else(|| unexpected("ir.model", "search_read", "the model that `fields_get` knows"))
}

async fn group_ids(client: &Client, fields: &[CustomField]) -> Result<HashMap<String, i64>, OdooError> {
    let mut names: Vec<String> = fields.iter().flat_map(|field| field.groups.iter().cloned()).collect();
    names.sort_unstable();
    names.dedup();
    let found = client.resolve_external_ids(&names).await?;
    names
        .into_iter()
        .map(|name| match found.get(&name) {
            Some((model, id)) if model == "res.groups" => Ok((name, *id)),
            _ => Err(OdooError::NoSuchExternalId { external_id: name }),
        })
        .collect()
}

fn compare(field: &CustomField, info: &FieldInfo) -> Result<(), OdooError> {
    if field.kind == info.kind && (field.relation.is_none() || field.relation == info.relation) {
        return Ok(());
    }
    Err(differs(field, kind(&info.kind, info.relation.as_deref())))
}

fn differs(field: &CustomField, found: String) -> OdooError {
    OdooError::FieldDiffers {
        model: field.model.clone(),
        field: field.name.clone(),
        wanted: kind(&field.kind, field.relation.as_deref()),
        found,
    }
}

/// `` `char` ``, or `` `many2one` to `res.users` ``.
fn kind(kind: &str, relation: Option<&str>) -> String {
    relation.map_or_else(|| format!("`{kind}`"), |relation| format!("`{kind}` to `{relation}`"))
}

fn no_field(model: &str, field: &str) -> OdooError {
    OdooError::NoField { model: model.to_owned(), field: field.to_owned() }
}
