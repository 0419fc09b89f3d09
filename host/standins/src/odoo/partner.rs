//! Contacts: names, addresses shared with the parent, links to users.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::database::{Context, Database};
use super::fault::{Fault, repr};
use super::store::{Row, id_of, is_set, text_of};

/// The address that a child of type `contact` shares with its parent.
const ADDRESS: &[&str] = &["street", "street2", "zip", "city", "state_id", "country_id"];

/// What a child that is no company shares with the company at its head.
const NUMBERS: &[&str] = &["vat", "company_registry", "industry_id"];

/// Rewrites what Odoo rewrites: a web address gets its scheme, `company_type` sets `is_company`.
pub(crate) fn clean(values: &mut Row) {
    if let Some(site) = text_of(values, "website").filter(|site| !site.is_empty() && !site.contains("://")) {
        let site = format!("http://{site}");
        values.insert("website".to_owned(), site.into());
    }
    if let Some(kind) = text_of(values, "company_type") {
        let company = kind == "company";
        values.insert("is_company".to_owned(), company.into());
    }
}

/// Fills the computed columns of a new contact and gives a child its parent's address.
pub(crate) fn after_create(database: &mut Database, id: i64) -> Result<(), Fault> {
    share_address(database, id);
    share_numbers(database, id);
    compute(database, id);
    Ok(())
}

/// What follows when all contacts of a `load()` are there: a parent without an address takes over that of its only child.
/// `create` does not do it.
pub(crate) fn after_all(database: &mut Database, ids: &[i64]) {
    for id in ids {
        let Some(row) = database.store.get("res.partner", *id).cloned() else { continue };
        let Some(parent_id) = id_of(&row, "parent_id") else { continue };
        let Some(parent) = database.store.get("res.partner", parent_id).cloned() else { continue };
        let has_address = |row: &Row| ADDRESS.iter().any(|name| row.contains_key(*name));
        let is_root = is_set(&parent, "is_company") || !parent.contains_key("parent_id");
        let is_active = |id: &i64| database.store.get("res.partner", *id).is_some_and(|row| is_set(row, "active"));
        let children = || database.store.referring("res.partner", "parent_id", &HashSet::from([parent_id]));
        if !is_root
            || !has_address(&row)
            || has_address(&parent)
            || children().iter().filter(|id| is_active(id)).count() != 1
        {
            continue;
        }
        let mut parent = Row::clone(&parent);
        for name in ADDRESS {
            if let Some(value) = row.get(*name) {
                parent.insert((*name).to_owned(), value.clone());
            }
        }
        parent.insert("write_date".to_owned(), database.now.clone().into());
        parent.insert("write_uid".to_owned(), database.user.into());
        database.store.put("res.partner", parent_id, parent);
    }
}

/// A child that is no company has the numbers of the company that it belongs to.
fn share_numbers(database: &mut Database, id: i64) {
    let Some(row) = database.store.get("res.partner", id) else { return };
    if is_set(row, "is_company") {
        return;
    }
    let Some(parent) = id_of(row, "parent_id").and_then(|parent| database.store.get("res.partner", parent)) else {
        return;
    };
    let company = id_of(parent, "commercial_partner_id").and_then(|id| database.store.get("res.partner", id));
    let (mut row, company) = (Row::clone(row), Arc::clone(company.unwrap_or(parent)));
    for name in NUMBERS {
        match company.get(*name) {
            Some(value) => row.insert((*name).to_owned(), value.clone()),
            None => row.shift_remove(*name),
        };
    }
    database.store.put("res.partner", id, row);
}

/// Computes again what a write may have changed, for the contact and its children.
pub(crate) fn after_write(database: &mut Database, id: i64, values: &Row) -> Result<(), Fault> {
    if values.contains_key("parent_id") || values.contains_key("type") {
        share_address(database, id);
    }
    if values.contains_key("parent_id") {
        share_numbers(database, id);
    }
    compute(database, id);
    let address = ADDRESS.iter().any(|name| values.contains_key(*name));
    if address || values.contains_key("name") || values.contains_key("parent_id") {
        let children: Vec<i64> = database
            .store
            .rows("res.partner")
            .filter(|(_, row)| id_of(row, "parent_id") == Some(id))
            .map(|(child, _)| child)
            .collect();
        for child in children {
            if address {
                share_address(database, child);
            }
            compute(database, child);
        }
    }
    Ok(())
}

fn share_address(database: &mut Database, id: i64) {
    let Some(row) = database.store.get("res.partner", id) else { return };
    if text_of(row, "type") != Some("contact") {
        return;
    }
    let Some(parent) = id_of(row, "parent_id").and_then(|parent| database.store.get("res.partner", parent)) else {
        return;
    };
    if !ADDRESS.iter().any(|name| parent.contains_key(*name)) {
        return;
    }
    let mut row = Row::clone(row);
    for name in ADDRESS {
        match parent.get(*name) {
            Some(value) => row.insert((*name).to_owned(), value.clone()),
            None => row.shift_remove(*name),
        };
    }
    database.store.put("res.partner", id, row);
}

/// Fills the columns that Odoo computes from name, parent and e-mail.
pub(crate) fn compute(database: &mut Database, id: i64) {
    let Some(stored) = database.store.get("res.partner", id) else { return };
    let mut row = Row::clone(stored);
    let parent = id_of(&row, "parent_id").and_then(|parent| database.store.get("res.partner", parent).map(Arc::clone));
    let name = text_of(&row, "name").unwrap_or_default().to_owned();
    let own = if name.is_empty() {
        match text_of(&row, "type") {
            Some("other") => "Other".to_owned(),
            Some("invoice") => "Invoice".to_owned(),
            Some("delivery") => "Delivery".to_owned(),
            _ => String::new(),
        }
    } else {
        name
    };
    let company = is_set(&row, "is_company");
    let complete = match parent.as_deref().and_then(|parent| text_of(parent, "name")) {
        Some(parent) if !company => format!("{parent}, {own}"),
        _ => own.clone(),
    };
    row.insert("complete_name".to_owned(), complete.into());
    let commercial = match &parent {
        Some(parent) if !company => id_of(parent, "commercial_partner_id").or(id_of(&row, "parent_id")).unwrap_or(id),
        _ => id,
    };
    row.insert("commercial_partner_id".to_owned(), commercial.into());
    if company {
        row.insert("commercial_company_name".to_owned(), own.into());
    }
    match text_of(&row, "email").and_then(normal_email) {
        Some(email) => row.insert("email_normalized".to_owned(), email.into()),
        None => row.shift_remove("email_normalized"),
    };
    row.entry("partner_share").or_insert(json!(true));
    if row != **stored {
        database.store.put("res.partner", id, row);
    }
}

/// The one address in a text, lower-cased; none when there is none or more than one.
fn normal_email(text: &str) -> Option<String> {
    let address = match (text.find('<'), text.find('>')) {
        (Some(from), Some(to)) if from < to => &text[from + 1..to],
        _ => text,
    };
    let address = address.trim();
    let (local, domain) = address.split_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@' || c == ',');
    (plain(local) && plain(domain)).then(|| address.to_lowercase())
}

/// A contact of a user can't be deleted.
pub(crate) fn before_unlink(database: &Database, ids: &[i64]) -> Result<(), Fault> {
    let users: Vec<(i64, String)> = database
        .store
        .rows("res.users")
        .filter(|(_, row)| is_set(row, "active") && id_of(row, "partner_id").is_some_and(|id| ids.contains(&id)))
        .map(|(id, _)| (id, database.display_name("res.users", id)))
        .collect();
    let Some((first, _)) = users.first() else { return Ok(()) };
    let names: Vec<&str> = users.iter().map(|(_, name)| name.as_str()).collect();
    let action: Value = json!({
        "type": "ir.actions.act_window", "res_model": "res.users", "context": {"create": false},
        "view_mode": "form", "views": [[167, "form"]], "res_id": first,
    });
    Err(Fault::Odoo {
        status: 500,
        name: "odoo.exceptions.RedirectWarning",
        message: format!(
            "You cannot delete contacts linked to an active user.\nYou should rather archive them after archiving their \
             associated user.\n\nLinked active users : {}\n{}\nGo to users\nNone",
            names.join(", "),
            repr(&action)
        ),
    })
}

/// A contact's new e-mail and phone go to its leads, as Odoo computes them.
pub(super) fn leads_follow(database: &mut Database, id: i64, values: &Row) -> Result<(), Fault> {
    let Some(partner) = database.store.get("res.partner", id).cloned() else { return Ok(()) };
    for (own, column) in [("email", "email_from"), ("phone", "phone")] {
        let Some(value) = partner.get(own).filter(|value| values.contains_key(own) && !value.is_null()) else {
            continue;
        };
        let leads = database.store.referring("crm.lead", "partner_id", &HashSet::from([id]));
        let differing =
            |lead: &i64| database.store.get("crm.lead", *lead).is_some_and(|row| row.get(column) != Some(value));
        let leads: Vec<i64> = leads.into_iter().filter(differing).collect();
        if !leads.is_empty() {
            let change = Row::from_iter([(column.to_owned(), value.clone())]);
            database.write("crm.lead", &leads, change, &Context::new())?;
        }
    }
    Ok(())
}
