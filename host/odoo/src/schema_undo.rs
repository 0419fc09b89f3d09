//! Taking the schema back: pages, choices and fields that a migration added. Dropping a field drops what it holds.

use serde_json::{Value, json};

use crate::client::{Client, SearchOptions};
use crate::error::OdooError;
use crate::remove::{Removal, remove};

/// Deletes the page that the migration put into a model's form, if it is there.
///
/// # Errors
/// Those of any call; Odoo's refusal.
pub async fn remove_page(client: &Client, model: &str, external_id_module: &str) -> Result<(), OdooError> {
    let external_id = crate::page::external_id(external_id_module, model);
    let found = client.resolve_external_ids(std::slice::from_ref(&external_id)).await?;
    match found.get(&external_id) {
        Some((_, id)) => removed(client, "ir.ui.view", &[*id]).await,
        None => Ok(()),
    }
}

/// Deletes custom fields of a model with all that they hold; those that are not there are left out.
///
/// # Errors
/// Odoo's refusal: a field that a view of the customer's shows, for instance.
pub async fn remove_fields(client: &Client, model: &str, names: &[&str]) -> Result<(), OdooError> {
    let domain = json!([["model", "=", model], ["name", "in", names], ["state", "=", "manual"]]);
    let ids = ids(client, "ir.model.fields", domain).await?;
    removed(client, "ir.model.fields", &ids).await
}

/// Deletes a choice of a selection field, if it is there.
///
/// # Errors
/// Odoo's refusal.
pub async fn remove_choice(client: &Client, model: &str, field: &str, value: &str) -> Result<(), OdooError> {
    let domain = json!([["field_id.model", "=", model], ["field_id.name", "=", field], ["value", "=", value]]);
    let ids = ids(client, "ir.model.fields.selection", domain).await?;
    removed(client, "ir.model.fields.selection", &ids).await
}

/// How many records of a model, archived ones too, hold a value in a custom field; 0 when the field is not there.
///
/// # Errors
/// As [`Client::search_count`].
pub async fn holding(client: &Client, model: &str, field: &str) -> Result<u64, OdooError> {
    let Some(info) = client.fields_get(model).await?.remove(field) else { return Ok(0) };
    // A number that was never set reads as 0.
    let domain = match info.kind.as_str() {
        "integer" | "float" | "monetary" => json!([[field, "!=", 0]]),
        _ => json!([[field, "!=", false]]),
    };
    client.search_count(model, domain, true).await
}

async fn ids(client: &Client, model: &str, domain: Value) -> Result<Vec<i64>, OdooError> {
    let rows = client.search_read(model, domain, &["id"], SearchOptions::default()).await?;
    Ok(rows.iter().filter_map(|row| row["id"].as_i64()).collect())
}

async fn removed(client: &Client, model: &str, ids: &[i64]) -> Result<(), OdooError> {
    for end in remove(client, model, ids).await? {
        if let Removal::Refused(error) = end {
            return Err(error);
        }
    }
    Ok(())
}
