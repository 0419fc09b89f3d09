//! The first records of a fresh Odoo 19, with its own ids and external ids.

use serde_json::{Value, json};

use super::database::Database;
use super::store::Row;
use super::tables::{self, Kind, OnDelete};

/// First ids of new records lie above what a fresh server has used.
const FIRST_IDS: &[(&str, i64)] = &[
    ("res.partner", 5),
    ("res.users", 4),
    ("mail.message", 60),
    ("ir.model.data", 17_900),
    ("ir.ui.view", 1_100),
    ("ir.model.fields", 7_500),
    ("ir.model.fields.selection", 2_000),
];

/// Puts the records into an empty database, then the users beside the administrator.
pub(crate) fn plant(database: &mut Database, users: &[(String, String)]) {
    let stamp: Value = database.now.clone().into();
    if let Ok(Value::Object(models)) = serde_json::from_str::<Value>(tables::RECORDS) {
        for (model, records) in models {
            for record in records.as_array().into_iter().flatten() {
                let Value::Object(mut row) = record.clone() else { continue };
                let Some(id) = row.shift_remove("id").and_then(|id| id.as_i64()) else { continue };
                stamp_row(&mut row, &stamp);
                database.store.put(&model, id, row);
            }
        }
    }
    base_fields(database, &stamp);
    for (model, first) in FIRST_IDS {
        while database.store.next_id(model) < *first {}
    }
    if let Ok(Value::Array(list)) = serde_json::from_str::<Value>(tables::EXTERNAL_IDS) {
        for entry in list {
            let Some((module, name)) = entry[0].as_str().and_then(|xmlid| xmlid.split_once('.')) else { continue };
            let mut row = Row::new();
            row.insert("module".to_owned(), module.into());
            row.insert("name".to_owned(), name.into());
            row.insert("model".to_owned(), entry[1].clone());
            row.insert("res_id".to_owned(), entry[2].clone());
            row.insert("noupdate".to_owned(), entry[3].clone());
            stamp_row(&mut row, &stamp);
            let id = database.store.next_id("ir.model.data");
            database.store.put("ir.model.data", id, row);
        }
    }
    for (login, name) in users {
        add_user(database, login, name, &stamp);
    }
}

fn stamp_row(row: &mut Row, stamp: &Value) {
    for key in ["create_date", "write_date"] {
        row.insert(key.to_owned(), stamp.clone());
    }
    for key in ["create_uid", "write_uid"] {
        row.insert(key.to_owned(), json!(1));
    }
}

/// `ir.model.fields` rows of the fields that the tables hold.
fn base_fields(database: &mut Database, stamp: &Value) {
    let ids: Vec<(String, i64)> = database
        .store
        .rows("ir.model")
        .filter_map(|(id, row)| Some((row.get("model")?.as_str()?.to_owned(), id)))
        .collect();
    for (name, model_id) in ids {
        let Some(model) = database.store.model(&name) else { continue };
        for field in model.fields.values() {
            let mut row = Row::new();
            row.insert("name".to_owned(), field.name.clone().into());
            row.insert("model".to_owned(), name.clone().into());
            row.insert("model_id".to_owned(), model_id.into());
            row.insert("field_description".to_owned(), field.label.clone().into());
            row.insert("ttype".to_owned(), field.attributes.get("type").cloned().unwrap_or_default());
            row.insert("state".to_owned(), "base".into());
            row.insert("store".to_owned(), field.store.into());
            row.insert("required".to_owned(), field.required.into());
            if let Some(relation) = &field.relation {
                row.insert("relation".to_owned(), relation.clone().into());
            }
            if field.kind == Kind::Many2one {
                let word = match field.on_delete {
                    OnDelete::SetNull => "set null",
                    OnDelete::Restrict => "restrict",
                    OnDelete::Cascade => "cascade",
                };
                row.insert("on_delete".to_owned(), word.into());
            }
            if field.kind == Kind::One2many
                && let Some(column) = &field.relation_field
            {
                row.insert("relation_field".to_owned(), column.clone().into());
            }
            stamp_row(&mut row, stamp);
            let id = database.store.next_id("ir.model.fields");
            database.store.put("ir.model.fields", id, row);
        }
    }
}

fn add_user(database: &mut Database, login: &str, name: &str, stamp: &Value) {
    let partner = database.store.next_id("res.partner");
    let user = database.store.next_id("res.users");
    let rows = [
        (
            "res.partner",
            partner,
            json!({
                "name": name, "complete_name": name, "email": login, "email_normalized": login.to_lowercase(),
                "active": true, "type": "contact", "lang": "en_US", "commercial_partner_id": partner, "company_id": 1,
                "autopost_bills": "ask", "is_company": false, "color": 0
            }),
        ),
        (
            "res.users",
            user,
            json!({
                "login": login, "active": true, "partner_id": partner, "company_id": 1, "company_ids": [1],
                "group_ids": [1], "share": false, "notification_type": "email"
            }),
        ),
    ];
    for (model, id, row) in rows {
        if let Value::Object(mut row) = row {
            stamp_row(&mut row, stamp);
            database.store.put(model, id, row);
        }
    }
}
