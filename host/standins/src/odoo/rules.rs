//! What single models add to create, write and unlink.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::database::{ADMIN, ADMIN_PARTNER, Context, Database};
use super::fault::Fault;
use super::store::{Row, id_of, is_set, text_of};
use super::tables::Model;
use super::{attachment, partner, schema, view};

/// Models whose records log their own creation; `mail.thread` in Odoo.
const THREADS: &[&str] = &["res.partner", "crm.lead", "sale.order", "crm.team", "account.move", "product.product"];

/// Where a user's password is kept: no field, so nobody reads it.
pub(crate) const PASSWORD: &str = "password_crypt";

/// Defaults that depend on the moment of the call.
pub(crate) fn moment_default(database: &Database, model: &str, field: &str) -> Option<Value> {
    match (model, field) {
        ("mail.activity", "date_deadline") => Some(database.today().into()),
        ("mail.message", "date") | ("sale.order", "date_order") => Some(database.now.clone().into()),
        _ => None,
    }
}

/// Rewrites the values of a create, before they are converted.
pub(crate) fn before_create(
    database: &mut Database,
    model: &Model,
    values: &mut Row,
    context: &Context,
) -> Result<(), Fault> {
    match model.name.as_str() {
        "res.partner" => partner::clean(values),
        "res.users" => user_partner(database, values, context)?,
        "res.company" => company_partner(database, values, context)?,
        "ir.model.fields" => schema::before_create(database, values),
        "ir.ui.view" => view::before_create(database, values)?,
        "mail.activity" => {
            values.shift_remove("res_model");
        }
        "utm.source" => {
            if let Some(name) = text_of(values, "name") {
                let free = free_name(database, name);
                values.insert("name".to_owned(), free.into());
            }
        }
        "crm.lead" => lead_defaults(database, values),
        "sale.order.line" => line_taxes(database, values),
        attachment::MODEL => {
            for computed in ["file_size", "checksum", "store_fname"] {
                values.shift_remove(computed);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Fills columns that Odoo computes from others, before a row is stored.
pub(crate) fn complete(database: &Database, model: &Model, row: &mut Row, values: &Row) -> Result<(), Fault> {
    match model.name.as_str() {
        "mail.activity" => {
            let document = match id_of(row, "res_model_id") {
                Some(id) => Some(database.store.get("ir.model", id).ok_or_else(|| Fault::missing("ir.model", &[id]))?),
                None => None,
            };
            match document.and_then(|row| text_of(row, "model")) {
                Some(name) => row.insert("res_model".to_owned(), name.into()),
                None => row.shift_remove("res_model"),
            };
            // Kept when given with the archived activity; else the day of archiving.
            if is_set(row, "active") {
                row.shift_remove("date_done");
            } else if !row.contains_key("date_done") {
                row.insert("date_done".to_owned(), database.today().into());
            }
        }
        attachment::MODEL => attachment::complete(row, values)?,
        "res.users" => {
            if let Some(password) = values.get(PASSWORD) {
                row.insert(PASSWORD.to_owned(), password.clone());
            }
        }
        "ir.model.fields" if !row.contains_key("model") => {
            let model = id_of(row, "model_id")
                .and_then(|id| database.store.get("ir.model", id))
                .and_then(|model| model.get("model").cloned());
            if let Some(model) = model {
                row.insert("model".to_owned(), model);
            }
        }
        "sale.order" => {
            if let Some(partner) = row.get("partner_id").cloned() {
                for name in ["partner_invoice_id", "partner_shipping_id"] {
                    row.entry(name).or_insert_with(|| partner.clone());
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Constraints, in the order in which Odoo names them.
pub(crate) fn check(database: &Database, model: &Model, id: i64, row: &Row) -> Result<(), Fault> {
    let taken = |column: &str| {
        let value = row.get(column);
        value.is_some() && database.store.rows(&model.name).any(|(other, row)| other != id && row.get(column) == value)
    };
    let named = |message: &str, column: &str| Fault::Constraint {
        message: message.to_owned(),
        column: Some(column.to_owned()),
    };
    match model.name.as_str() {
        "res.partner" if text_of(row, "type").unwrap_or("contact") == "contact" && !row.contains_key("name") => {
            Err(Fault::constraint("Contacts require a name"))
        }
        "mail.activity" => activity(database, id, row),
        "mail.message" => message(database, row),
        attachment::MODEL => attachment::check(database, row),
        "res.users" if taken("login") => Err(named("You can not have two users with the same login!", "login")),
        "res.company" if taken("name") => Err(named("The company name must be unique!", "name")),
        "utm.source" if taken("name") => Err(named("The name must be unique", "name")),
        "crm.tag" if taken("name") => Err(named("Tag name already exists!", "name")),
        "ir.config_parameter" if taken("key") => Err(named("Key must be unique.", "key")),
        "ir.model.data" => external_id(database, id, row),
        "ir.model.fields" => schema::check(database, id, row),
        "ir.model.fields.selection" => schema::check_choice(database, id, row),
        "ir.ui.view" => view::check(database, row),
        _ => Ok(()),
    }
}

fn activity(database: &Database, id: i64, row: &Row) -> Result<(), Fault> {
    let record = id_of(row, "res_id").filter(|id| *id != 0);
    let Some(model) = text_of(row, "res_model") else {
        if record.is_some() {
            return Err(Fault::constraint("Activities have to be linked to records with a not null res_id."));
        }
        if !row.contains_key("user_id") {
            return Err(Fault::constraint("Activities must be assigned if not attached to a document."));
        }
        return Ok(());
    };
    let Some(record) = record else {
        return Err(Fault::constraint("Activities have to be linked to records with a not null res_id."));
    };
    if database.store.model(model).is_some() && !database.store.exists(model, record) {
        return Err(Fault::access(format!(
            "The requested operation cannot be completed due to security restrictions. Please contact your system \
             administrator.\n\n(Document type: Activity, Operation: create)\n\nRecords: {id}, User: {ADMIN}"
        )));
    }
    Ok(())
}

/// A message hangs on a record that is there, or on none.
fn message(database: &Database, row: &Row) -> Result<(), Fault> {
    let (Some(model), Some(id)) = (text_of(row, "model"), id_of(row, "res_id").filter(|id| *id != 0)) else {
        return Ok(());
    };
    if database.store.model(model).is_some() {
        return database.must_exist(model, &[id]);
    }
    let known = database.store.rows("ir.model").any(|(_, row)| text_of(row, "model") == Some(model));
    if known { Ok(()) } else { Err(Fault::python("builtins.KeyError", model)) }
}

fn external_id(database: &Database, id: i64, row: &Row) -> Result<(), Fault> {
    let module = text_of(row, "module").unwrap_or_default();
    let name = text_of(row, "name").unwrap_or_default();
    if name.contains(' ') {
        return Err(Fault::constraint("External IDs cannot contain spaces"));
    }
    match database.store.external(module, name) {
        Some(other) if other != id => Err(Fault::constraint(format!(
            "duplicate key value violates unique constraint \"ir_model_data_module_name_uniq_index\"\nDETAIL:  Key (module, \
             name)=({module}, {name}) already exists.\n"
        ))),
        _ => Ok(()),
    }
}

/// What follows a create; `given` are the fields that the client named.
pub(crate) fn after_create(
    database: &mut Database,
    model: &Arc<Model>,
    id: i64,
    given: &BTreeSet<String>,
    context: &Context,
) -> Result<(), Fault> {
    match model.name.as_str() {
        "res.partner" => partner::after_create(database, id)?,
        "crm.lead" => lead_partner(database, id, given)?,
        "ir.model.fields" => schema::after_create(database, id)?,
        "ir.model.fields.selection" => schema::refresh_choices(database, id),
        "mail.activity" => activity_name(database, id),
        "mail.message" => message_id(database, id),
        _ => {}
    }
    attachment::keep_fields(database, model, id, given.iter())?;
    let quiet = |key: &str| context.get(key).is_some_and(super::values::truthy);
    if THREADS.contains(&model.name.as_str()) && !quiet("tracking_disable") && !quiet("mail_create_nolog") {
        let Ok(message) = database.model("mail.message") else { return Ok(()) };
        let note = database.store.resolve("mail.mt_note").map(|(_, _, id)| id);
        let Value::Object(values) = json!({
            "model": model.name, "res_id": id, "message_type": "notification", "subtype_id": note,
            "author_id": ADMIN_PARTNER, "body": format!("<p>{} created</p>", model.description),
        }) else {
            return Ok(());
        };
        database.create_one(&message, values, context)?;
    }
    Ok(())
}

/// Rewrites or refuses the values of a write.
pub(crate) fn before_write(
    database: &mut Database,
    model: &Model,
    ids: &[i64],
    values: &mut Row,
    context: &Context,
) -> Result<(), Fault> {
    match model.name.as_str() {
        "res.partner" => partner::clean(values),
        owner @ ("res.users" | "res.company") => {
            let partner_model = database.model("res.partner")?;
            let own: Vec<String> = values
                .keys()
                .filter(|name| model.fields.get(*name).is_some_and(|field| !field.store))
                .filter(|name| partner_model.fields.contains_key(*name))
                .cloned()
                .collect();
            let mut partner = Row::new();
            for name in own {
                if let Some(value) = values.shift_remove(&name) {
                    partner.insert(name, value);
                }
            }
            if !partner.is_empty() {
                let partners: Vec<i64> =
                    ids.iter().filter_map(|id| id_of(database.store.get(owner, *id)?, "partner_id")).collect();
                database.write("res.partner", &partners, partner, context)?;
            }
        }
        "ir.model.fields" => schema::before_write(database, ids, values)?,
        "ir.ui.view" => view::before_write(values),
        attachment::MODEL => {
            for computed in ["file_size", "checksum", "store_fname"] {
                values.shift_remove(computed);
            }
        }
        "mail.activity" => {
            values.shift_remove("res_model");
        }
        _ => {}
    }
    Ok(())
}

/// What follows a write of one record.
pub(crate) fn after_write(
    database: &mut Database,
    model: &Model,
    id: i64,
    before: &Row,
    values: &Row,
) -> Result<(), Fault> {
    attachment::keep_fields(database, model, id, values.keys())?;
    match model.name.as_str() {
        "res.partner" => {
            partner::after_write(database, id, values)?;
            partner::leads_follow(database, id, values)
        }
        "crm.lead" => {
            let given = values.keys().cloned().collect();
            lead_partner(database, id, &given)
        }
        "ir.model.fields" => schema::after_write(database, id, before),
        "ir.model.fields.selection" => {
            schema::refresh_choices(database, id);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Refuses deletions.
pub(crate) fn before_unlink(database: &Database, model: &Model, ids: &[i64]) -> Result<(), Fault> {
    match model.name.as_str() {
        "res.partner" => partner::before_unlink(database, ids),
        "ir.model.fields" => schema::before_unlink(database, ids),
        "sale.order" if ids.iter().any(|id| is_confirmed(database, *id)) => Err(Fault::user(
            "You can not delete a sent quotation or a confirmed sales order. You must first cancel it.",
        )),
        "sale.order.line" if ids.iter().any(|id| line_is_confirmed(database, *id)) => Err(Fault::user(
            "Once a sales order is confirmed, you can't remove one of its lines (we need to track if something gets \
             invoiced or delivered).\n                Set the quantity to 0 instead.",
        )),
        "res.users" if ids.contains(&ADMIN) || ids.contains(&1) => Err(Fault::user(
            "You can not remove the admin user as it is used internally for resources created by Odoo (updates, module \
             installation, ...)",
        )),
        _ => Ok(()),
    }
}

fn is_confirmed(database: &Database, order: i64) -> bool {
    let state = database.store.get("sale.order", order).and_then(|row| text_of(row, "state"));
    !matches!(state, None | Some("draft" | "cancel"))
}

fn line_is_confirmed(database: &Database, line: i64) -> bool {
    let order = database.store.get("sale.order.line", line).and_then(|row| id_of(row, "order_id"));
    let state = order.and_then(|order| database.store.get("sale.order", order)).and_then(|row| text_of(row, "state"));
    state == Some("sale")
}

/// What follows a deletion.
pub(crate) fn after_unlink(database: &mut Database, model: &Model, _ids: &[i64]) -> Result<(), Fault> {
    if model.name == "ir.model.fields" {
        schema::forget_deleted(database);
    }
    Ok(())
}

/// A user's partner comes from the values that belong to it.
fn user_partner(database: &mut Database, values: &mut Row, context: &Context) -> Result<(), Fault> {
    if let Some(password) = values.shift_remove("password") {
        values.insert(PASSWORD.to_owned(), password);
    }
    let (users, partners) = (database.model("res.users")?, database.model("res.partner")?);
    let mut partner = Row::new();
    let inherited: Vec<String> = values
        .keys()
        .filter(|name| users.fields.get(*name).is_some_and(|field| !field.store) && partners.fields.contains_key(*name))
        .cloned()
        .collect();
    for name in inherited {
        if let Some(value) = values.shift_remove(&name) {
            partner.insert(name, value);
        }
    }
    match values.get("partner_id").and_then(Value::as_i64) {
        Some(id) if !partner.is_empty() => database.write("res.partner", &[id], partner, context),
        Some(_) => Ok(()),
        None => {
            let id = database.create_one(&partners, partner, context)?;
            values.insert("partner_id".to_owned(), id.into());
            Ok(())
        }
    }
}

/// A company has a partner of its own, and the first company's currency.
fn company_partner(database: &mut Database, values: &mut Row, context: &Context) -> Result<(), Fault> {
    let name = values.get("name").filter(|name| name.is_string()).cloned();
    if name.is_some() && database.store.rows("res.company").any(|(_, row)| row.get("name") == name.as_ref()) {
        let message = "The company name must be unique!".to_owned();
        return Err(Fault::Constraint { message, column: Some("name".to_owned()) });
    }
    if let (Some(name), false) = (name, values.contains_key("partner_id")) {
        let mut partner = Row::new();
        partner.insert("name".to_owned(), name);
        partner.insert("is_company".to_owned(), true.into());
        for key in ["email", "phone", "street", "street2", "zip", "city", "state_id", "country_id", "website", "vat"] {
            if let Some(value) = values.get(key) {
                partner.insert(key.to_owned(), value.clone());
            }
        }
        let partners = database.model("res.partner")?;
        let id = database.create_one(&partners, partner, context)?;
        values.insert("partner_id".to_owned(), id.into());
    }
    values.entry("currency_id").or_insert(1.into());
    Ok(())
}

/// A source whose name is taken is renamed, as `utm.mixin` does.
fn free_name(database: &Database, name: &str) -> String {
    let taken: BTreeSet<&str> = database.store.rows("utm.source").filter_map(|(_, row)| text_of(row, "name")).collect();
    if !taken.contains(name) {
        return name.to_owned();
    }
    let mut number: u64 = 2;
    loop {
        let candidate = format!("{name} [{number}]");
        if !taken.contains(candidate.as_str()) {
            return candidate;
        }
        number += 1;
    }
}

/// A line that says nothing about its taxes gets its product's.
fn line_taxes(database: &Database, values: &mut Row) {
    if values.contains_key("tax_ids") {
        return;
    }
    let product = values.get("product_id").and_then(Value::as_i64);
    let product = product.and_then(|id| database.store.get("product.product", id));
    if let Some(taxes) = product.and_then(|product| product.get("taxes_id")) {
        values.insert("tax_ids".to_owned(), json!([[6, 0, taxes]]));
    }
}

fn lead_defaults(database: &Database, values: &mut Row) {
    if !values.contains_key("stage_id") {
        let first = database
            .store
            .rows("crm.stage")
            .min_by_key(|(id, row)| (id_of(row, "sequence").unwrap_or_default(), *id))
            .map(|(id, _)| id);
        values.insert("stage_id".to_owned(), first.into());
    }
    if !values.contains_key("team_id") {
        let team = database.store.rows("crm.team").find(|(_, row)| is_set(row, "active")).map(|(id, _)| id);
        values.insert("team_id".to_owned(), team.into());
    }
    let partner = values.get("partner_id").and_then(Value::as_i64).and_then(|id| database.store.get("res.partner", id));
    if let Some(partner) = partner {
        for (lead, own) in
            [("email_from", "email"), ("phone", "phone"), ("website", "website"), ("country_id", "country_id")]
        {
            if !values.contains_key(lead)
                && let Some(value) = partner.get(own)
            {
                values.insert(lead.to_owned(), value.clone());
            }
        }
    }
    let company = partner.filter(|partner| is_set(partner, "is_company")).and_then(|partner| partner.get("name"));
    if let Some(name) = company.cloned() {
        values.entry("partner_name").or_insert(name);
    }
    values.entry("company_id").or_insert(1.into());
    values.entry("date_open").or_insert_with(|| database.now.clone().into());
    values.entry("date_last_stage_update").or_insert_with(|| database.now.clone().into());
}

/// A lead's own e-mail and phone go back to its partner.
fn lead_partner(database: &mut Database, id: i64, given: &BTreeSet<String>) -> Result<(), Fault> {
    let Some(lead) = database.store.get("crm.lead", id).cloned() else { return Ok(()) };
    let Some(partner_id) = id_of(&lead, "partner_id") else { return Ok(()) };
    let Some(partner) = database.store.get("res.partner", partner_id) else { return Ok(()) };
    let mut change = Row::new();
    for (column, own) in [("email_from", "email"), ("phone", "phone")] {
        if given.contains(column) && lead.get(column).is_some() && lead.get(column) != partner.get(own) {
            change.insert(own.to_owned(), lead.get(column).cloned().unwrap_or_default());
        }
    }
    if change.is_empty() { Ok(()) } else { database.write("res.partner", &[partner_id], change, &Context::new()) }
}

fn activity_name(database: &mut Database, id: i64) {
    let Some(row) = database.store.get("mail.activity", id) else { return };
    if let (Some(model), Some(record)) = (text_of(row, "res_model"), id_of(row, "res_id")) {
        let name = database.display_name(model, record);
        let mut row = Row::clone(row);
        row.insert("res_name".to_owned(), name.into());
        database.store.put("mail.activity", id, row);
    }
}

fn message_id(database: &mut Database, id: i64) {
    let Some(row) = database.store.get("mail.message", id) else { return };
    if row.contains_key("message_id") {
        return;
    }
    let mut row = Row::clone(row);
    let author = id_of(&row, "author_id").and_then(|id| database.store.get("res.partner", id));
    if let Some((name, email)) = author.and_then(|author| Some((text_of(author, "name")?, text_of(author, "email")?)))
        && !email.is_empty()
    {
        let from = format!("\"{name}\" <{}>", email.trim());
        row.entry("email_from").or_insert(from.into());
    }
    let record = id_of(&row, "res_id").unwrap_or_default();
    let model = text_of(&row, "model").unwrap_or("private").to_owned();
    row.insert("message_id".to_owned(), format!("<{id}.standin-openerp-{record}-{model}@standin>").into());
    database.store.put("mail.message", id, row);
}
