//! Taking records out of Odoo again: deleting, and finding out who still needs them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::client::{Client, SearchOptions, unexpected, with_context};
use crate::error::OdooError;
use crate::loader::bulk_context;
use crate::retry::Patience;

/// What became of a record that was to be deleted.
#[derive(Debug, Clone, PartialEq)]
pub enum Removal {
    /// It is gone, now or since an earlier time.
    Deleted,
    /// Odoo keeps it, for this reason.
    Refused(OdooError),
}

/// A record that refers to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referrer {
    /// Its model.
    pub model: String,
    /// Its database id.
    pub id: i64,
    /// The field that refers.
    pub field: String,
    /// The record that it refers to.
    pub to: i64,
}

/// Referring records read in one call: a product or a source may have every record of a practice.
const REFERRING: usize = 5_000;

/// Models whose references say nothing of a user's: Odoo keeps them for itself.
const TECHNICAL: [&str; 4] = ["mail.followers", "mail.notification", "mail.tracking.value", "ir.model.data"];

/// Deletes records; one end for each id, in order. Where Odoo refuses some, the others go all the same. An unknown
/// outcome is settled by looking which are still there.
///
/// # Errors
/// Faults that would meet every record: no rights on the model, no model, no connection after all tries.
pub async fn remove(client: &Client, model: &str, ids: &[i64]) -> Result<Vec<Removal>, OdooError> {
    let mut ends: BTreeMap<i64, Removal> = BTreeMap::new();
    let mut parts: Vec<Vec<i64>> = vec![ids.to_vec()];
    while let Some(part) = parts.pop() {
        match remove_part(client, model, &part).await {
            Ok(()) => ends.extend(part.into_iter().map(|id| (id, Removal::Deleted))),
            Err(error) if !keeps(&error) => return Err(error),
            Err(error) => match part.as_slice() {
                [id] => {
                    ends.insert(*id, Removal::Refused(error));
                }
                _ => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.push(second.to_vec());
                    parts.push(first.to_vec());
                }
            },
        }
    }
    Ok(ids.iter().map(|id| ends.get(id).cloned().unwrap_or(Removal::Deleted)).collect())
}

/// Deletes those of these records that exist, all or none.
async fn remove_part(client: &Client, model: &str, ids: &[i64]) -> Result<(), OdooError> {
    let mut patience = Patience::new(client.settings());
    loop {
        let there: Vec<i64> =
            client.read(model, ids, &["id"]).await?.iter().filter_map(|row| row["id"].as_i64()).collect();
        if there.is_empty() {
            return Ok(());
        }
        match client.unlink(model, &there).await {
            Ok(()) => return Ok(()),
            // Somebody else was faster with one of them.
            Err(OdooError::MissingRecord { .. }) => patience.wait(OdooError::Serialization).await?,
            Err(error) => patience.wait(error).await?,
        }
    }
}

/// Whether a refusal is about the record, not about the call.
fn keeps(error: &OdooError) -> bool {
    error.is_about_record() || matches!(error, OdooError::InUse { .. } | OdooError::Server { .. })
}

/// Cancels orders, as Odoo wants before a confirmed one is deleted. A locked one is unlocked first.
///
/// # Errors
/// Odoo's refusal: an order that was invoiced, for instance.
pub async fn cancel_orders(client: &Client, ids: &[i64]) -> Result<(), OdooError> {
    let rows = client.read("sale.order", ids, &["state", "locked"]).await?;
    let of = |wanted: &dyn Fn(&Map<String, Value>) -> bool| -> Vec<i64> {
        rows.iter().filter(|row| wanted(row)).filter_map(|row| row["id"].as_i64()).collect()
    };
    let locked = of(&|row| row["locked"] == true);
    if !locked.is_empty() {
        client.write("sale.order", &locked, json!({ "locked": false }), bulk_context()).await?;
    }
    let open = of(&|row| row["state"] != "cancel");
    if !open.is_empty() {
        client.ask("sale.order", "action_cancel", with_context(json!({ "ids": open }), bulk_context())).await?;
    }
    Ok(())
}

/// The records with these ids with references as plain database ids, archived ones too, also among those that a list refers
/// to; one that doesn't exist is left out.
///
/// # Errors
/// As [`Client::search_read`].
pub async fn read_plain(
    client: &Client,
    model: &str,
    ids: &[i64],
    fields: &[&str],
) -> Result<Vec<Map<String, Value>>, OdooError> {
    let body = with_context(json!({ "ids": ids, "fields": fields, "load": false }), json!({ "active_test": false }));
    let Value::Array(rows) = client.ask(model, "read", body).await? else {
        return Err(unexpected(model, "read", "a list of records"));
    };
    rows.into_iter()
        .map(|row| match row {
            Value::Object(row) => Ok(row),
            _ => Err(unexpected(model, "read", "a list of records")),
        })
        .collect()
}

/// The fields through which other records refer to those of a model: names by model. When such a record is deleted Odoo
/// empties the field, deletes the other record as well, or refuses, as each field has it.
///
/// # Errors
/// As [`Client::search_read`].
pub async fn referring_fields(client: &Client, model: &str) -> Result<BTreeMap<String, Vec<String>>, OdooError> {
    let passing = models(client, "ir.model", json!(["|", ["transient", "=", true], ["abstract", "=", true]])).await?;
    // A report is a view over other models' tables: nobody writes to it, and it has no column for who did.
    let tables = models(client, "ir.model.fields", json!([["name", "=", "write_uid"], ["store", "=", true]])).await?;
    let domain = json!([["relation", "=", model], ["ttype", "in", ["many2one", "many2many"]], ["store", "=", true]]);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in client.search_read("ir.model.fields", domain, &["model", "name"], SearchOptions::default()).await? {
        let (Some(name), Some(field)) = (row["model"].as_str(), row["name"].as_str()) else { continue };
        if tables.contains(name) && !passing.contains(name) && !TECHNICAL.contains(&name) {
            found.entry(name.to_owned()).or_default().push(field.to_owned());
        }
    }
    Ok(found)
}

/// The names in the field `model` of these records.
async fn models(client: &Client, of: &str, domain: Value) -> Result<BTreeSet<String>, OdooError> {
    let rows = client.search_read(of, domain, &["model"], SearchOptions::default()).await?;
    Ok(rows.iter().filter_map(|row| row["model"].as_str().map(str::to_owned)).collect())
}

/// Hands over who refers to these records through the fields that [`referring_fields`] names, archived records too.
///
/// # Errors
/// As [`Client::search_read`], and those of `each`.
pub async fn referrers<E: From<OdooError>>(
    client: &Client,
    model: &str,
    fields: &BTreeMap<String, Vec<String>>,
    ids: &[i64],
    mut each: impl FnMut(Referrer) -> Result<(), E>,
) -> Result<(), E> {
    for (other, names) in fields {
        let mut domain = vec![json!("|"); names.len().saturating_sub(1)];
        domain.extend(names.iter().map(|name| json!([name, "in", ids])));
        let (domain, names) = (Value::Array(domain), names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut offset = 0;
        loop {
            let (limit, order) = (Some(REFERRING), Some("id".to_owned()));
            let options = SearchOptions { limit, offset, order, include_archived: true };
            let rows = match client.search_read(other, domain.clone(), &names, options).await {
                Ok(rows) => rows,
                // Reports and the like, which have no table, and what the key's user may not see.
                Err(
                    OdooError::NoModel { .. }
                    | OdooError::NoRights { .. }
                    | OdooError::NoRightsOnRecord { .. }
                    | OdooError::NoField { .. }
                    | OdooError::NoMethod { .. }
                    | OdooError::Refused
                    | OdooError::Server { .. },
                ) => break,
                Err(error) => return Err(error.into()),
            };
            for row in &rows {
                let Some(id) = row["id"].as_i64() else { continue };
                for name in &names {
                    // A record that refers to itself needs nobody else.
                    let others = |to: &i64| ids.contains(to) && !(other == model && id == *to);
                    for to in targets(&row[*name]).into_iter().filter(others) {
                        each(Referrer { model: other.clone(), id, field: (*name).to_owned(), to })?;
                    }
                }
            }
            if rows.len() < REFERRING {
                break;
            }
            offset += REFERRING;
        }
    }
    Ok(())
}

/// The ids in a many2one as Odoo reads it, `[id, name]`, or in a many2many.
fn targets(value: &Value) -> Vec<i64> {
    match value {
        Value::Array(items) if items.get(1).is_some_and(Value::is_string) => {
            items.first().and_then(Value::as_i64).into_iter().collect()
        }
        Value::Array(items) => items.iter().filter_map(Value::as_i64).collect(),
        _ => Vec::new(),
    }
}

/// Hands over what users have added to records of a model: messages that no program wrote, activities and attachments.
///
/// # Errors
/// As [`Client::search_read`], and those of `each`.
pub async fn additions<E: From<OdooError>>(
    client: &Client,
    model: &str,
    ids: &[i64],
    mut each: impl FnMut(Referrer) -> Result<(), E>,
) -> Result<(), E> {
    let automatic = ["notification", "user_notification", "auto_comment", "out_of_office"];
    let questions = [
        ("mail.message", json!([["model", "=", model], ["res_id", "in", ids], ["message_type", "not in", automatic]])),
        ("mail.activity", json!([["res_model", "=", model], ["res_id", "in", ids]])),
        ("ir.attachment", json!([["res_model", "=", model], ["res_id", "in", ids]])),
    ];
    for (other, domain) in questions {
        let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
        for row in client.search_read(other, domain, &["res_id"], options).await? {
            if let (Some(id), Some(to)) = (row["id"].as_i64(), row["res_id"].as_i64()) {
                each(Referrer { model: other.to_owned(), id, field: "res_id".to_owned(), to })?;
            }
        }
    }
    Ok(())
}
